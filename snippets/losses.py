"""Losses: how wrong a prediction is, one number, and its gradient with respect to the prediction."""

from __future__ import annotations

from typing import Literal

import numpy as np

from snippets import checks
from snippets.arrays import Array, Labels, as_float


def softmax_cross_entropy(
    logits: Array, labels: Labels, reduction: Literal["mean", "sum"] = "mean"
) -> tuple[float, Array]:
    """L = -log softmax(z)_y, whose gradient is softmax(z) - onehot(y): the log-sum-exp never overflows.

    Shapes: logits (N, K), labels (N,) of whole numbers in 0..K-1 -> a number, gradient (N, K).
    Raises: ValueError for an empty batch, a label out of range or another reduction, TypeError for float labels.
    Source: bishop2006, eq. 4.108. "mean" divides by the number of examples.
    """
    z, y = as_float(logits, "logits"), np.asarray(labels)
    checks.ndim("logits", z, 2)
    checks.not_empty("logits", z)
    checks.labels("labels", y, *z.shape)
    shifted = z - z.max(axis=1, keepdims=True)
    rows, e = np.arange(len(z)), np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[rows, y]
    gradient = e / total
    gradient[rows, y] -= 1.0
    divisor = _divisor(reduction, len(z))
    return float(losses.sum() / divisor), gradient / divisor


def _divisor(reduction: str, n: int) -> int:
    """By what a sum over n terms is divided."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum', got {reduction!r}")
    return n if reduction == "mean" else 1
