"""snippets/losses.py as ONNX operators: classes stand on axis 1 there, and labels may be left out by their number."""

from __future__ import annotations

from typing import Any

import numpy as np

from snippets.activations import log_softmax
from snippets.arrays import Array, Labels
from snippets.losses import nll, softmax_cross_entropy, weighted_cross_entropy
from tests.onnx_table import Node


def rows_of(x: Array) -> Array:
    """The classes on the last axis, all else in rows."""
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def cross_entropy(
    x: Array, y: Labels, w: Array | None = None, reduction: bytes = b"mean", ignore_index: int | None = None
) -> tuple[Any, Array]:
    def loss(z: Array, labels: Labels, reduction: Any) -> float:
        if w is None:
            return softmax_cross_entropy(z, labels, reduction)[0]
        return weighted_cross_entropy(z, labels, w, reduction)[0]

    z, labels = rows_of(x), y.ravel()
    log_p = np.moveaxis(log_softmax(np.moveaxis(x, 1, -1)), -1, 1)
    counted = labels != ignore_index
    if reduction != b"none":
        return loss(z[counted], labels[counted], reduction.decode()), log_p
    alone = [loss(z[i : i + 1], labels[i : i + 1], "sum") if counted[i] else 0.0 for i in range(len(z))]
    return np.array(alone).reshape(y.shape), log_p


def negative_log_likelihood(
    x: Array, y: Labels, w: Array | None = None, reduction: bytes = b"mean", ignore_index: int | None = None
) -> Any:
    """L is linear in log p: so weights may go in there, and -L(-x) is for log-probabilities that are positive."""
    labels = y.ravel()
    counted = labels != ignore_index
    safe = np.where(counted, labels, 0)
    weights = counted * (np.ones(len(labels)) if w is None else w[safe])
    z = -rows_of(x) * weights[:, np.newaxis]
    if reduction == b"none":
        alone = [-nll(z[i : i + 1], safe[i : i + 1], "sum")[0] for i in range(len(z))]
        return np.array(alone).reshape(y.shape)
    return -nll(z, safe, "sum")[0] / (weights.sum() if reduction == b"mean" else 1.0)


NODES = [
    Node("SoftmaxCrossEntropyLoss", "softmax_cross_entropy_loss", cross_entropy),
    Node("NegativeLogLikelihoodLoss", "negativeloglikelihoodloss", negative_log_likelihood),
]
