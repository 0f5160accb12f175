"""Rows of snippets/gradcheck.py."""

from __future__ import annotations

import numpy as np

from snippets import gradcheck
from snippets.arrays import Array, Backward
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)

ROWS: list[Row] = [
    Other(f, "a check, not a rule")
    for f in (
        gradcheck.numeric_gradient,
        gradcheck.relative_error,
        gradcheck.h_sweep,
        gradcheck.check_operation,
        gradcheck.check_loss,
    )
]


def total(x: Array) -> float:
    return float(x.sum())


def forgetful(x: Array, w: Array) -> tuple[Array, Backward]:
    """A product whose backward forgets the second factor."""
    return x * w, lambda dy: (dy * w,)


def half_sum(x: Array) -> tuple[float, Array]:
    return float((x**2).sum()) / 2, x


REFUSALS: list[Refusal] = [
    refusal(gradcheck.numeric_gradient, TypeError, "x", "[1.0]", total, [1.0]),
    refusal(gradcheck.relative_error, TypeError, "a", "[1.0]", [1.0], np.ones(1)),
    refusal(gradcheck.relative_error, TypeError, "b", "[1.0]", np.ones(1), [1.0]),
    refusal(gradcheck.numeric_gradient, TypeError, "x", "int64", total, np.array([1, 2])),
    refusal(gradcheck.numeric_gradient, TypeError, "x", "float32", total, np.ones(2, np.float32)),
    refusal(gradcheck.numeric_gradient, ValueError, "h", "0.0", total, np.ones(2), 0.0),
    refusal(gradcheck.numeric_gradient, ValueError, "h", "nan", total, np.ones(2), np.nan),
    refusal(gradcheck.relative_error, ValueError, "b", "(2, 1)", np.ones(2), np.ones((2, 1))),
    refusal(gradcheck.relative_error, ValueError, "a", "(0,)", np.ones(0), np.ones(0)),
    refusal(
        gradcheck.check_operation,
        ValueError,
        "backward",
        "2 gradients, got 1",
        forgetful,
        RNG.random(2),
        RNG.random(2),
        rng=RNG,
    ),
    refusal(
        gradcheck.check_operation, TypeError, "arrays", "int64", forgetful, np.ones(2, int), np.ones(2, int), rng=RNG
    ),
    refusal(gradcheck.check_operation, TypeError, "rng", "0", forgetful, np.ones(2), np.ones(2), rng=0),
    refusal(gradcheck.check_loss, TypeError, "x", "int64", half_sum, np.array([1, 2])),
    refusal(gradcheck.check_loss, ValueError, "h", "-1.0", half_sum, np.ones(2), -1.0),
    refusal(gradcheck.h_sweep, ValueError, "h", "0.0", total, np.ones(2), np.ones(2), [1e-5, 0.0]),
]
