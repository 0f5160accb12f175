"""Rows of snippets/regularization.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from snippets import regularization as r
from snippets.arrays import Array, Backward
from tests.tables import SQUARES, Operation, Other, Penalty, Refusal, Row, refusal

RNG = np.random.default_rng
X = np.zeros((2, 3))


def _draw(rng: np.random.Generator) -> tuple[Array, ...]:
    return (rng.standard_normal((4, 5)),)


def _training(x: Array) -> tuple[Array, Backward]:
    return r.dropout(x, 0.4, RNG(3))


def _evaluation(x: Array) -> tuple[Array, Backward]:
    return r.dropout(x, 0.4, None)


ROWS: list[Row] = [
    Operation(r.dropout, _draw, _training, batched=None, label="training"),
    Operation(r.dropout, _draw, _evaluation, label="evaluation"),
    Operation(r.stochastic_depth, _draw, lambda x: r.stochastic_depth(x, 0.4, RNG(3)), batched=None, label="training"),
    Operation(r.stochastic_depth, _draw, lambda x: r.stochastic_depth(x, 0.4, None), label="evaluation"),
    Penalty(r.l1, partial(r.l1, strength=0.5)),
    Penalty(r.l2, partial(r.l2, strength=0.5), largest=SQUARES),
    Penalty(r.elastic_net, partial(r.elastic_net, l1_strength=0.5, l2_strength=0.25), largest=SQUARES),
    Other(r.soft_threshold, "a proximal step"),
    Other(r.max_norm, "a projection"),
    Other(r.EarlyStopping, "a decision"),
]


def _strength(f: Callable[..., object], name: str, *others: float) -> list[Refusal]:
    values = ("-1.0", "nan", "inf")
    return [refusal(f, ValueError, name, value, X, *others, **{name: float(value)}) for value in values]


REFUSALS: list[Refusal] = [
    refusal(r.dropout, ValueError, "p", "1.0", X, 1.0, RNG(0)),
    refusal(r.dropout, ValueError, "p", "-0.1", X, -0.1, RNG(0)),
    refusal(r.dropout, ValueError, "p", "nan", X, np.nan, RNG(0)),
    refusal(r.dropout, ValueError, "p", "1.0", X, 1.0, None),
    refusal(r.dropout, TypeError, "p", "'0.5'", X, "0.5", None),
    refusal(r.dropout, TypeError, "rng", "0", X, 0.5, 0),
    refusal(r.dropout, TypeError, "x", "complex128", X + 0j, 0.5, None),
    refusal(r.stochastic_depth, ValueError, "p", "1.0", X, 1.0, RNG(0)),
    refusal(r.stochastic_depth, ValueError, "x", "()", np.zeros(()), 0.5, RNG(0)),
    refusal(r.stochastic_depth, TypeError, "rng", "0", X, 0.5, 0),
    *_strength(r.soft_threshold, "amount"),
    refusal(r.soft_threshold, TypeError, "w", "complex128", X + 0j, 1.0),
    *_strength(r.l1, "strength"),
    *_strength(r.l2, "strength"),
    refusal(r.elastic_net, ValueError, "l1_strength", "-1.0", X, -1.0, 0.0),
    refusal(r.elastic_net, ValueError, "l2_strength", "-1.0", X, 0.0, -1.0),
    refusal(r.l1, TypeError, "w", "complex128", X + 0j, 1.0),
    refusal(r.l2, TypeError, "w", "complex128", X + 0j, 1.0),
    refusal(r.max_norm, ValueError, "limit", "0.0", X, 0.0),
    refusal(r.max_norm, ValueError, "limit", "-1.0", X, -1.0),
    refusal(r.max_norm, ValueError, "limit", "nan", X, np.nan),
    refusal(r.max_norm, ValueError, "w", "(3,)", X[0], 1.0),
    refusal(r.max_norm, TypeError, "w", "complex128", X + 0j, 1.0),
    refusal(r.EarlyStopping, ValueError, "patience", "-1", -1),
    refusal(r.EarlyStopping, TypeError, "patience", "1.5", 1.5),
    refusal(r.EarlyStopping, ValueError, "min_delta", "-0.1", 1, -0.1),
    refusal(r.EarlyStopping, ValueError, "min_delta", "nan", 1, np.nan),
]
