"""Rows of snippets/checks.py."""

from __future__ import annotations

import numpy as np

from snippets import checks
from tests.tables import Other, Refusal, Row, refusal

ROWS: list[Row] = [
    Other(check, "raises or does not")
    for check in (
        checks.number,
        checks.integer,
        checks.generator,
        checks.function,
        checks.floating,
        checks.double,
        checks.sizes,
        checks.ndim,
        checks.shape,
        checks.not_empty,
        checks.last_axis,
        checks.finite,
        checks.within,
        checks.one_of,
        checks.sums_to_one,
        checks.labels,
    )
]

HALVES = np.array([[0.5, 0.5], [0.5, 0.25]])

REFUSALS: list[Refusal] = [
    refusal(checks.number, ValueError, "lr", "(0, inf), got 0", "lr", 0, "(0, inf)"),
    refusal(checks.number, ValueError, "p", "[0, 1), got 1", "p", 1, "[0, 1)"),
    refusal(checks.number, ValueError, "p", "got -1e-300", "p", -1e-300, "[0, 1)"),
    refusal(checks.number, ValueError, "p", "got 1.5", "p", 1.5, "(0, 1]"),
    refusal(checks.number, ValueError, "lr", "got nan", "lr", np.nan),
    refusal(checks.number, ValueError, "lr", "got inf", "lr", np.inf),
    refusal(checks.number, ValueError, "lr", "got -inf", "lr", -np.inf),
    refusal(checks.number, ValueError, "lr", "got inf", "lr", np.inf, "[0, inf]"),
    refusal(checks.number, TypeError, "lr", "got True", "lr", True),
    refusal(checks.number, TypeError, "lr", "got np.True_", "lr", np.True_),
    refusal(checks.number, TypeError, "lr", "got '1'", "lr", "1"),
    refusal(checks.number, TypeError, "lr", "got None", "lr", None),
    refusal(checks.number, TypeError, "lr", "got 1j", "lr", 1j),
    refusal(checks.number, TypeError, "lr", "array([1.])", "lr", np.ones(1)),
    refusal(checks.integer, TypeError, "n", "got 2.0", "n", 2.0),
    refusal(checks.integer, TypeError, "n", "got np.float64(2.0)", "n", np.float64(2.0)),
    refusal(checks.integer, TypeError, "n", "got False", "n", False),
    refusal(checks.integer, TypeError, "n", "got np.False_", "n", np.False_),
    refusal(checks.integer, ValueError, "n", "got 0", "n", 0, "[1, inf)"),
    refusal(checks.generator, TypeError, "rng", "got 0", "rng", 0),
    refusal(checks.generator, TypeError, "rng", "got None", "rng", None),
    refusal(checks.generator, TypeError, "rng", "RandomState", "rng", np.random.RandomState(0)),
    refusal(checks.function, TypeError, "schedule", "got 0.1", "schedule", 0.1),
    refusal(checks.floating, TypeError, "dtype", "got int64", "dtype", np.dtype(np.int64)),
    refusal(checks.floating, TypeError, "dtype", "got complex128", "dtype", np.dtype(complex)),
    refusal(checks.sizes, TypeError, "shape", "got 5", "shape", 5),
    refusal(checks.sizes, TypeError, "shape", "[2, 3]", "shape", [2, 3]),
    refusal(checks.sizes, TypeError, "shape", "2.0", "shape", (5, 2.0)),
    refusal(checks.sizes, ValueError, "shape", "got 0", "shape", (5, 0)),
    refusal(checks.sizes, ValueError, "shape", "at least 1 dimensions, got ()", "shape", ()),
    refusal(checks.sizes, ValueError, "shape", "at least 2 dimensions, got (5,)", "shape", (5,), 2),
    refusal(checks.double, TypeError, "x", "int64", "x", np.zeros(2, np.int64)),
    refusal(checks.double, TypeError, "x", "float32", "x", np.zeros(2, np.float32)),
    refusal(checks.ndim, ValueError, "x", "(2, 3)", "x", np.zeros((2, 3)), 1),
    refusal(checks.shape, ValueError, "t", "(3,), got (3, 1)", "t", np.zeros((3, 1)), (3,)),
    refusal(checks.not_empty, ValueError, "x", "(2, 0)", "x", np.zeros((2, 0))),
    refusal(checks.last_axis, ValueError, "z", "()", "z", np.array(1.0)),
    refusal(checks.last_axis, ValueError, "z", "(2, 0)", "z", np.zeros((2, 0))),
    refusal(checks.finite, ValueError, "x", "got nan", "x", np.array([1.0, np.nan])),
    refusal(checks.finite, ValueError, "x", "got -inf", "x", np.array([-np.inf])),
    refusal(checks.within, ValueError, "p", "[0, 1], got 1.5", "p", np.array([0.5, 1.5]), 0, 1),
    refusal(checks.within, ValueError, "p", "got -0.5", "p", np.array([-0.5]), 0, 1),
    refusal(checks.within, ValueError, "p", "got nan", "p", np.array([np.nan]), 0, 1),
    refusal(checks.one_of, ValueError, "labels", "-1 or 1, got 0.5", "labels", np.array([1, 0.5, 0]), (-1, 1)),
    refusal(checks.one_of, ValueError, "t", "0 or 1, got nan", "t", np.array([np.nan]), (0, 1)),
    refusal(checks.sums_to_one, ValueError, "p", "got 0.75", "p", HALVES),
    refusal(checks.sums_to_one, ValueError, "p", "got nan", "p", HALVES * np.nan),
    refusal(checks.labels, TypeError, "y", "float64", "y", np.zeros(2), 2, 3),
    refusal(checks.labels, TypeError, "y", "bool", "y", np.zeros(2, bool), 2, 3),
    refusal(checks.labels, ValueError, "y", "(2,), got (2, 1)", "y", np.zeros((2, 1), int), 2, 3),
    refusal(checks.labels, ValueError, "y", "0..2, got 3", "y", np.array([0, 3]), 2, 3),
    refusal(checks.labels, ValueError, "y", "got -1", "y", np.array([-1, 0]), 2, 3),
]
