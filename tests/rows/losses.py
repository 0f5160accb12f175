"""Rows of snippets/losses.py."""

from __future__ import annotations

import numpy as np

from snippets import losses
from tests.tables import Loss, Refusal, Row, refusal

Z, Y = np.zeros((3, 4)), np.array([0, 1, 3])

ROWS: list[Row] = [
    Loss(
        losses.softmax_cross_entropy,
        lambda rng: (rng.normal(0.0, 3.0, (6, 4)), rng.integers(0, 4, 6)),
        rows_sum_to_zero=True,
    ),
]

REFUSALS: list[Refusal] = [
    refusal(losses.softmax_cross_entropy, ValueError, "logits", "(3,)", Z[:, 0], Y),
    refusal(losses.softmax_cross_entropy, ValueError, "labels", "(3, 1)", Z, Y[:, None]),
    refusal(losses.softmax_cross_entropy, ValueError, "labels", "-1", Z, Y - 1),
    refusal(losses.softmax_cross_entropy, ValueError, "labels", "4", Z, Y + 1),
    refusal(losses.softmax_cross_entropy, TypeError, "labels", "float64", Z, Y.astype(float)),
    refusal(losses.softmax_cross_entropy, ValueError, "reduction", "'none'", Z, Y, "none"),
]
