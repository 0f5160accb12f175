"""Rows of snippets/layers.py."""

from __future__ import annotations

from functools import partial

import numpy as np

from snippets import layers
from tests.tables import SUMS, Operation, Refusal, Row, refusal

IDS = np.array([[3, 0, 3], [1, 1, 3]])  # the first result is the last row: rows of a table are no examples
X, W, B = np.zeros((5, 3)), np.zeros((3, 4)), np.zeros(4)

ROWS: list[Row] = [
    Operation(
        layers.dense,
        lambda rng: (rng.standard_normal((5, 3)), rng.standard_normal((3, 4)), rng.standard_normal(4)),
        largest=SUMS,
    ),
    Operation(layers.flatten, lambda rng: (rng.standard_normal((4, 2, 3)),)),
    Operation(layers.embedding, lambda rng: (rng.standard_normal((4, 2)),), partial(layers.embedding, IDS), batched=0),
]

REFUSALS: list[Refusal] = [
    refusal(layers.dense, TypeError, "x", "[[0.0, 0.0, 0.0]", X.tolist(), W, B),
    refusal(layers.dense, TypeError, "w", "[[0.0, 0.0, 0.0, 0.0]", X, W.tolist(), B),
    refusal(layers.dense, TypeError, "b", "[0.0, 0.0, 0.0, 0.0]", X, W, B.tolist()),
    refusal(layers.embedding, TypeError, "ids", "masked_array", np.ma.array(IDS), W),
    refusal(layers.embedding, TypeError, "table", "masked_array", IDS, np.ma.array(W)),
    refusal(layers.flatten, TypeError, "x", "[0.0]", [0.0]),
    refusal(layers.dense, ValueError, "x", "(5,)", X[:, 0], W, B),
    refusal(layers.dense, ValueError, "x", "(5, 2)", X[:, :2], W, B),
    refusal(layers.dense, ValueError, "w", "(3,)", X, W[:, 0], B),
    refusal(layers.dense, ValueError, "b", "(1, 4)", X, W, B[None]),
    refusal(layers.dense, ValueError, "b", "(1,)", X, W, B[:1]),
    refusal(layers.embedding, ValueError, "ids", "3", IDS, W),
    refusal(layers.embedding, ValueError, "ids", "-1", IDS - 4, W),
    refusal(layers.embedding, TypeError, "ids", "float64", IDS + 0.0, W),
    refusal(layers.embedding, ValueError, "table", "(3,)", IDS, W[:, 0]),
    refusal(layers.flatten, ValueError, "x", "()", np.array(1.0)),
]
