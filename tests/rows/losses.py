"""Rows of snippets/losses.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from snippets import losses
from snippets.activations import log_softmax, softmax
from tests.tables import Draw, Loss, Other, Refusal, Row, refusal

Z, Y = np.zeros((3, 4)), np.array([0, 1, 3])
LOG_P = np.log(np.full((3, 4), 0.25))
ONES = np.ones(4)


def _numbers(rng: np.random.Generator) -> tuple[Any, ...]:
    """Residuals of ±0.1 to ±5, away from 0, 1 and 2."""
    target = rng.normal(0.0, 2.0, (5, 3))
    residual = rng.uniform(0.1, 0.9, (5, 3)) + rng.integers(0, 5, (5, 3))
    return target + rng.choice([-1.0, 1.0], (5, 3)) * residual, target


def _yes_or_no(low: float, high: float, values: tuple[float, ...]) -> Draw:
    return lambda rng: (rng.uniform(low, high, (5, 3)), rng.choice(values, (5, 3)))


def _labels(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.normal(0.0, 3.0, (6, 4)), rng.integers(0, 4, 6)


def _probabilities(rng: np.random.Generator) -> tuple[Any, ...]:
    target = softmax(rng.normal(0.0, 3.0, (6, 4)))
    target[0] = [0.0, 1.0, 0.0, 0.0]
    return rng.normal(0.0, 3.0, (6, 4)), target


def _log_probabilities(draw: Draw) -> Draw:
    def drawn(rng: np.random.Generator) -> tuple[Any, ...]:
        z, target = draw(rng)
        return log_softmax(0.2 * z), target

    return drawn


_LOGITS = _yes_or_no(-4.0, 4.0, (0.0, 1.0))
_SOFT = (0.0, 0.3, 1.0)

ROWS: list[Row] = [
    Loss(losses.mse, _numbers, mean_divides_by="elements", largest=1e154),
    Loss(losses.mae, _numbers, mean_divides_by="elements"),
    Loss(losses.huber, _numbers, mean_divides_by="elements"),
    Loss(losses.huber, _numbers, {"delta": 2.0}, mean_divides_by="elements", largest=8e307),
    Loss(losses.smooth_l1, _numbers, mean_divides_by="elements"),
    Loss(losses.smooth_l1, _numbers, {"beta": 2.0}, mean_divides_by="elements", largest=8e307),
    Loss(losses.log_cosh, _numbers, mean_divides_by="elements"),
    Loss(losses.bce, _yes_or_no(0.1, 0.8, _SOFT), mean_divides_by="elements", shift=0.1, domain=(0.0, 1.0)),
    Loss(losses.bce_with_logits, _yes_or_no(-4.0, 4.0, _SOFT), mean_divides_by="elements"),
    Loss(losses.multi_label_bce, _yes_or_no(-4.0, 4.0, _SOFT)),
    Loss(losses.hinge, _yes_or_no(-0.9, 4.0, (-1.0, 1.0)), mean_divides_by="elements"),
    Loss(losses.binary_focal, _LOGITS, mean_divides_by="elements"),
    Loss(losses.binary_focal, _LOGITS, {"gamma": 0.0}, mean_divides_by="elements"),
    Loss(losses.binary_focal, _LOGITS, {"gamma": 0.5, "alpha": 0.25}, mean_divides_by="elements"),
    Loss(losses.softmax_cross_entropy, _labels, rows_sum_to_zero=True),
    Loss(losses.soft_cross_entropy, _probabilities, rows_sum_to_zero=True),
    Loss(
        losses.weighted_cross_entropy,
        _labels,
        {"weights": np.array([1.0, 0.5, 3.0, 0.25])},
        mean_divides_by="other",
        rows_sum_to_zero=True,
    ),
    Loss(losses.smoothed_cross_entropy, _labels, low=0.3, rows_sum_to_zero=True),
    Loss(losses.smoothed_cross_entropy, _labels, {"smoothing": 0.5}, low=0.9, rows_sum_to_zero=True),
    Loss(losses.confidence_penalty, _labels, low=-0.1 * np.log(4.0), rows_sum_to_zero=True),
    Loss(losses.confidence_penalty, _labels, {"strength": 2.0}, low=-2.0 * np.log(4.0), rows_sum_to_zero=True),
    Loss(losses.nll, _log_probabilities(_labels), shift=-3.0, domain=(-np.inf, 0.0)),
    Loss(losses.kl_divergence, _log_probabilities(_probabilities), shift=-3.0, domain=(-np.inf, 0.0)),
    Loss(losses.weston_watkins, _labels, rows_sum_to_zero=True, largest=2e307),
    Loss(losses.weston_watkins, _labels, {"margin": 3.0}, rows_sum_to_zero=True, largest=2e307),
    Loss(losses.crammer_singer, _labels, rows_sum_to_zero=True, largest=8e307),
    Loss(losses.focal, _labels, rows_sum_to_zero=True),
    Loss(losses.focal, _labels, {"gamma": 0.0}, rows_sum_to_zero=True),
    Loss(losses.focal, _labels, {"gamma": 0.5, "alpha": np.array([1.0, 0.5, 0.25, 0.0])}, rows_sum_to_zero=True),
    Other(losses.smooth_labels, "targets, not a loss"),
    Other(losses.entropy, "a loss without a target"),
]


def _needs_classes(f: Callable[..., object], scores: str = "logits") -> list[Refusal]:
    z = LOG_P if scores == "log_p" else Z
    return [
        refusal(f, ValueError, scores, "(3,)", z[:, 0], Y),
        refusal(f, ValueError, scores, "(0, 4)", z[:0], Y[:0]),
        refusal(f, TypeError, scores, "complex128", z + 0j, Y),
        refusal(f, ValueError, "labels", "(3, 1)", z, Y[:, None]),
        refusal(f, TypeError, "labels", "masked_array", z, np.ma.array(Y)),
        refusal(f, ValueError, "labels", "(2,)", z, Y[:2]),
        refusal(f, ValueError, "labels", "-1", z, Y - 1),
        refusal(f, ValueError, "labels", "4", z, Y + 1),
        refusal(f, TypeError, "labels", "float64", z, Y.astype(float)),
        refusal(f, ValueError, "reduction", "'none'", z, Y, reduction="none"),
    ]


def _needs_pairs(f: Callable[..., object], x: str = "prediction", t: str = "target") -> list[Refusal]:
    """The silent broadcast of (n, 1) against (n,) among them."""
    y = np.full((3, 4), 0.25)
    z = LOG_P if x == "log_q" else y
    return [
        refusal(f, ValueError, t, "(3,)", z[:, :1], y[:, 0]),
        refusal(f, ValueError, t, "(3, 1)", z[:, 0], y[:, :1]),
        refusal(f, ValueError, t, "()", z, np.array(1.0)),
        refusal(f, ValueError, t, "nan", z, np.full((3, 4), np.nan)),
        refusal(f, ValueError, t, "inf", z, np.full((3, 4), np.inf)),
        refusal(f, ValueError, x, "(0, 4)", z[:0], y[:0]),
        refusal(f, TypeError, x, "<U1", np.array(["a"]), y),
        refusal(f, TypeError, t, "complex128", z, y + 0j),
        refusal(f, ValueError, "reduction", "'none'", z, 0.0 * z + 1.0 if f is losses.hinge else y, reduction="none"),
    ]


def _needs_positive(f: Callable[..., object], name: str, *arguments: Any) -> list[Refusal]:
    values = ("0.0", "-1.0", "nan", "inf")
    numbers = [refusal(f, ValueError, name, v, *arguments, **{name: float(v)}) for v in values]
    return [*numbers, refusal(f, TypeError, name, "'1'", *arguments, **{name: "1"})]


def _needs_share(f: Callable[..., object], name: str, bad: tuple[str, ...], *arguments: Any) -> list[Refusal]:
    return [refusal(f, ValueError, name, value, *arguments, **{name: float(value)}) for value in bad]


_PAIRS = (losses.mse, losses.mae, losses.huber, losses.smooth_l1, losses.log_cosh)
_CLASSES = (
    losses.softmax_cross_entropy,
    losses.smoothed_cross_entropy,
    losses.confidence_penalty,
    losses.focal,
)
_P, _T = np.full((3, 4), 0.5), np.ones((3, 4))

REFUSALS: list[Refusal] = [
    *(row for f in _PAIRS for row in _needs_pairs(f)),
    *_needs_pairs(losses.bce, "p"),
    *_needs_pairs(losses.bce_with_logits, "logits"),
    *_needs_pairs(losses.soft_cross_entropy, "logits")[:-1],
    *_needs_pairs(losses.kl_divergence, "log_q", "p")[:-1],
    *_needs_pairs(losses.hinge, "scores", "labels"),
    *_needs_pairs(losses.binary_focal, "logits")[:-1],
    *(row for f in _CLASSES for row in _needs_classes(f)),
    *_needs_classes(losses.nll, "log_p"),
    *_needs_classes(losses.weston_watkins, "scores"),
    *_needs_classes(losses.crammer_singer, "scores"),
    *_needs_positive(losses.huber, "delta", Z, Z),
    *_needs_positive(losses.smooth_l1, "beta", Z, Z),
    *_needs_positive(losses.weston_watkins, "margin", Z, Y),
    *_needs_positive(losses.crammer_singer, "margin", Z, Y),
    *_needs_share(losses.smoothed_cross_entropy, "smoothing", ("-0.1", "1.0", "nan"), Z, Y),
    *_needs_share(losses.smooth_labels, "smoothing", ("-0.1", "1.0", "nan"), Y, 4),
    *_needs_share(losses.confidence_penalty, "strength", ("-0.1", "inf", "nan"), Z, Y),
    *_needs_share(losses.binary_focal, "gamma", ("-0.1", "inf", "nan"), Z, _T),
    *_needs_share(losses.binary_focal, "alpha", ("-0.1", "1.1", "nan"), Z, _T),
    *_needs_share(losses.focal, "gamma", ("-0.1", "inf", "nan"), Z, Y),
    refusal(losses.bce, ValueError, "p", "-0.25", _P - 0.75, _T),
    refusal(losses.bce, ValueError, "p", "1.25", _P + 0.75, _T),
    refusal(losses.bce, ValueError, "p", "nan", _P * np.nan, _T),
    refusal(losses.bce, ValueError, "target", "-1.0", _P, -_T),
    refusal(losses.bce, ValueError, "target", "1.5", _P, 1.5 * _T),
    refusal(losses.bce_with_logits, ValueError, "target", "-1.0", Z, -_T),
    refusal(losses.bce_with_logits, ValueError, "target", "1.5", Z, 1.5 * _T),
    refusal(losses.multi_label_bce, ValueError, "logits", "(3,)", Z[:, 0], _T[:, 0]),
    refusal(losses.multi_label_bce, ValueError, "target", "-1.0", Z, -_T),
    refusal(losses.multi_label_bce, TypeError, "logits", "masked_array", np.ma.array(Z), _T),
    refusal(losses.multi_label_bce, ValueError, "target", "(3,)", Z, _T[:, 0]),
    refusal(losses.multi_label_bce, ValueError, "logits", "(0, 4)", Z[:0], _T[:0]),
    refusal(losses.multi_label_bce, ValueError, "reduction", "'none'", Z, _T, "none"),
    refusal(losses.hinge, ValueError, "labels", "0.0", Z, 0.0 * _T),
    refusal(losses.hinge, ValueError, "labels", "0.5", Z, 0.5 * _T),
    refusal(losses.binary_focal, ValueError, "target", "0.5", Z, 0.5 * _T),
    refusal(losses.binary_focal, ValueError, "target", "-1.0", Z, -_T),
    refusal(losses.binary_focal, ValueError, "reduction", "'none'", Z, _T, reduction="none"),
    refusal(losses.soft_cross_entropy, ValueError, "logits", "(4,)", Z[0], np.full(4, 0.25)),
    refusal(losses.soft_cross_entropy, ValueError, "target", "4.0", Z, _T),
    refusal(losses.soft_cross_entropy, ValueError, "target", "-0.5", Z, np.tile([-0.5, 1.5, 0.0, 0.0], (3, 1))),
    refusal(losses.soft_cross_entropy, ValueError, "reduction", "'none'", Z, _T / 4, "none"),
    refusal(losses.weighted_cross_entropy, ValueError, "logits", "(3,)", Z[:, 0], Y, ONES),
    refusal(losses.weighted_cross_entropy, ValueError, "labels", "-1", Z, Y - 1, ONES),
    refusal(losses.weighted_cross_entropy, TypeError, "labels", "float64", Z, Y + 0.0, ONES),
    refusal(losses.weighted_cross_entropy, ValueError, "weights", "(3,)", Z, Y, ONES[:3]),
    refusal(losses.weighted_cross_entropy, ValueError, "weights", "-1.0", Z, Y, -ONES),
    refusal(losses.weighted_cross_entropy, ValueError, "weights", "nan", Z, Y, ONES * np.nan),
    refusal(losses.weighted_cross_entropy, ValueError, "weights", "inf", Z, Y, ONES * np.inf),
    refusal(losses.weighted_cross_entropy, ValueError, "weights", "[0. 0. 1. 0.]", Z, Y, np.eye(4)[2]),
    refusal(losses.weighted_cross_entropy, TypeError, "weights", "complex128", Z, Y, ONES + 0j),
    refusal(losses.weighted_cross_entropy, ValueError, "reduction", "'none'", Z, Y, ONES, "none"),
    refusal(losses.smooth_labels, ValueError, "classes", "0", Y, 0),
    refusal(losses.smooth_labels, TypeError, "labels", "masked_array", np.ma.array(Y), 4),
    refusal(losses.smooth_labels, TypeError, "classes", "4.0", Y, 4.0),
    refusal(losses.smooth_labels, ValueError, "labels", "3", Y, 3),
    refusal(losses.smooth_labels, ValueError, "labels", "-1", Y - 1, 4),
    refusal(losses.smooth_labels, ValueError, "labels", "(1, 3)", Y[None], 4),
    refusal(losses.smooth_labels, TypeError, "labels", "float64", Y + 0.0, 4),
    refusal(losses.nll, ValueError, "log_p", "0.25", LOG_P * 0.0 + 0.25, Y),
    refusal(losses.nll, ValueError, "log_p", "nan", LOG_P * np.nan, Y),
    refusal(losses.kl_divergence, ValueError, "log_q", "0.5", LOG_P * 0.0 + 0.5, np.full((3, 4), 0.25)),
    refusal(losses.kl_divergence, ValueError, "log_q", "(4,)", LOG_P[0], np.full(4, 0.25)),
    refusal(losses.kl_divergence, ValueError, "p", "2.0", LOG_P, np.full((3, 4), 0.5)),
    refusal(losses.kl_divergence, ValueError, "p", "-1.0", LOG_P, -_T),
    refusal(losses.kl_divergence, ValueError, "reduction", "'none'", LOG_P, np.full((3, 4), 0.25), "none"),
    refusal(losses.entropy, ValueError, "logits", "(4,)", Z[0]),
    refusal(losses.entropy, ValueError, "logits", "(0, 4)", Z[:0]),
    refusal(losses.entropy, TypeError, "logits", "complex128", Z + 0j),
    refusal(losses.entropy, ValueError, "reduction", "'none'", Z, "none"),
    refusal(losses.focal, TypeError, "alpha", "complex128", Z, Y, alpha=ONES + 0j),
    refusal(losses.focal, ValueError, "alpha", "(3,)", Z, Y, alpha=ONES[:3]),
    refusal(losses.focal, ValueError, "alpha", "1.5", Z, Y, alpha=ONES * 1.5),
    refusal(losses.focal, ValueError, "alpha", "nan", Z, Y, alpha=ONES * np.nan),
]
