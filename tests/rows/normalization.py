"""Rows of snippets/normalization.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from snippets import normalization as n
from snippets.arrays import Array
from tests.tables import SQUARES, SUMS, Draw, Operation, Other, Refusal, Row, refusal

X, C, V = np.zeros((3, 4)), np.ones(4), np.arange(1.0, 5.0)


def _draw(*shape: int, parameters: int = 2, axis: int = 1) -> Draw:
    """Data of this shape and a number for each channel, or so many."""
    return lambda rng: (
        rng.normal(1.0, 2.0, shape),
        *(rng.normal(1.0, 0.5, shape[axis]) for _ in range(parameters)),
    )


def _inference(x: Array, gamma: Array, beta: Array) -> object:
    return n.batch_norm_inference(x, gamma, beta, V.astype(x.dtype), V.astype(x.dtype))


_norm = partial(Operation, largest=SQUARES)

ROWS: list[Row] = [
    _norm(n.normalize, lambda rng: (rng.normal(1.0, 2.0, (5, 3)),), partial(n.normalize, axes=(0,)), batched=0),
    _norm(n.batch_norm, _draw(6, 4), batched=0),
    _norm(n.batch_norm, _draw(3, 4, 2, 3), batched=0, label="2-D"),
    Operation(n.batch_norm_inference, _draw(6, 4), _inference, largest=SUMS),  # type: ignore[arg-type]
    Operation(n.batch_norm_inference, _draw(3, 4, 2, 3), _inference, label="2-D", largest=SUMS),  # type: ignore[arg-type]
    Other(n.running_statistics, "two averages"),
    _norm(n.layer_norm, _draw(6, 4)),
    _norm(n.layer_norm, _draw(3, 2, 4, axis=-1), label="a sequence"),
    _norm(n.group_norm, _draw(5, 4), partial(n.group_norm, groups=2)),
    _norm(n.group_norm, _draw(3, 4, 2, 3), partial(n.group_norm, groups=2), label="2-D"),
    _norm(n.group_norm, _draw(3, 4, 2, 3), partial(n.group_norm, groups=1), label="2-D, one group"),
    _norm(n.instance_norm, _draw(3, 4, 2, 3)),
    _norm(n.rms_norm, _draw(6, 4, parameters=1)),
    _norm(n.rms_norm, _draw(3, 2, 4, parameters=1, axis=-1), label="a sequence"),
]


def _eps(f: Callable[..., object], *arguments: object) -> list[Refusal]:
    return [refusal(f, ValueError, "eps", v, *arguments, eps=float(v)) for v in ("0.0", "-1.0", "nan", "inf")]


def _channels(f: Callable[..., object], *more: object) -> list[Refusal]:
    return [
        refusal(f, ValueError, "x", "(4,)", X[0], C, C, *more),
        refusal(f, ValueError, "x", "(3, 4, 1)", X[:, :, None], C, C, *more),
        refusal(f, ValueError, "gamma", "(3,)", X, C[:3], C, *more),
        refusal(f, ValueError, "gamma", "(4, 1)", X, C[:, None], C, *more),
        refusal(f, ValueError, "beta", "(1,)", X, C, C[:1], *more),
    ]


IMAGES = np.zeros((2, 4, 3, 3))

REFUSALS: list[Refusal] = [
    *_eps(n.normalize, X, (0,)),
    *_eps(n.batch_norm, X, C, C),
    *_eps(n.batch_norm_inference, X, C, C, C, C),
    *_eps(n.layer_norm, X, C, C),
    *_eps(n.group_norm, X, C, C, 2),
    *_eps(n.instance_norm, IMAGES, C, C),
    *_eps(n.rms_norm, X, C),
    *_channels(n.batch_norm),
    *_channels(n.batch_norm_inference, C, C),
    *_channels(n.group_norm, 2),
    refusal(n.normalize, ValueError, "x", "(0, 4)", X[:0], (1,)),
    refusal(n.normalize, ValueError, "axes", "2 axes, got (2,)", X, (2,)),
    refusal(n.normalize, ValueError, "axes", "()", X, ()),
    refusal(n.normalize, TypeError, "x", "[[1.0]]", [[1.0]], (0,)),
    refusal(n.batch_norm, TypeError, "gamma", "[1.0, 1.0, 1.0, 1.0]", X, C.tolist(), C),
    refusal(n.batch_norm, TypeError, "x", "[[", X.tolist(), C, C),
    refusal(n.layer_norm, TypeError, "x", "[1.0, 1.0, 1.0, 1.0]", C.tolist(), C, C),
    refusal(n.batch_norm, ValueError, "x", "(1, 4)", X[:1], C, C),
    refusal(n.batch_norm, ValueError, "x", "(0, 4)", X[:0], C, C),
    refusal(n.batch_norm, ValueError, "x", "(1, 4, 1, 1)", X[:1, :, None, None], C, C),
    refusal(n.batch_norm_inference, ValueError, "mean", "(3,)", X, C, C, C[:3], C),
    refusal(n.batch_norm_inference, ValueError, "var", "(3,)", X, C, C, C, C[:3]),
    refusal(n.batch_norm_inference, ValueError, "var", "-1.0", X, C, C, C, -C),
    refusal(n.batch_norm_inference, ValueError, "var", "nan", X, C, C, C, C * np.nan),
    refusal(n.running_statistics, ValueError, "x", "(1, 4)", X[:1], C, C),
    refusal(n.running_statistics, ValueError, "x", "(4,)", X[0], C, C),
    refusal(n.running_statistics, ValueError, "mean", "(3,)", X, C[:3], C),
    refusal(n.running_statistics, ValueError, "var", "(3,)", X, C, C[:3]),
    refusal(n.running_statistics, ValueError, "new_weight", "0.0", X, C, C, 0.0),
    refusal(n.running_statistics, ValueError, "new_weight", "1.5", X, C, C, 1.5),
    refusal(n.running_statistics, ValueError, "new_weight", "nan", X, C, C, np.nan),
    refusal(n.layer_norm, ValueError, "gamma", "(3,)", X, C[:3], C),
    refusal(n.layer_norm, ValueError, "gamma", "(1,)", X, C[:1], C),
    refusal(n.layer_norm, ValueError, "beta", "(4, 1)", X, C, C[:, None]),
    refusal(n.layer_norm, ValueError, "x", "(0, 4)", X[:0], C, C),
    refusal(n.layer_norm, ValueError, "x", "last axis that is not empty, got shape ()", *[np.array(1.0)] * 3),
    refusal(n.rms_norm, ValueError, "x", "last axis that is not empty, got shape ()", *[np.array(1.0)] * 2),
    refusal(n.group_norm, ValueError, "groups", "3", X, C, C, 3),
    refusal(n.group_norm, ValueError, "groups", "0", X, C, C, 0),
    refusal(n.group_norm, TypeError, "groups", "2.0", X, C, C, 2.0),
    refusal(n.group_norm, ValueError, "x", "(0, 2, 2)", X[:0], C, C, 2),
    refusal(n.instance_norm, ValueError, "x", "(3, 4)", X, C, C),
    refusal(n.instance_norm, ValueError, "gamma", "(3,)", IMAGES, C[:3], C),
    refusal(n.rms_norm, ValueError, "gamma", "(3,)", X, C[:3]),
    refusal(n.rms_norm, ValueError, "x", "(0, 4)", X[:0], C),
]
