"""snippets/layers.py as ONNX operators."""

from __future__ import annotations

import math

import numpy as np

from snippets import layers
from snippets.arrays import Array, Labels
from tests.onnx_table import Node


def gemm(a: Array, b: Array, c: Array | None = None, alpha: float = 1.0, beta: float = 1.0, **transposed: int) -> Array:
    a, b = a.T if transposed.get("transA") else a, b.T if transposed.get("transB") else b
    bias = np.zeros(b.shape[1]) if c is None else np.broadcast_to(beta * c.ravel(), b.shape[1])
    return layers.dense(alpha * a, b, bias)[0]


def flatten(a: Array, axis: int = 1) -> Array:
    return layers.flatten(a.reshape(math.prod(a.shape[:axis]), *a.shape[axis:]))[0]


def gather(data: Array, indices: Labels, axis: int = 0) -> Array:
    """The axis is moved to the front and all else laid out in rows: the table of an embedding."""
    table = np.moveaxis(data, axis, 0)
    y = layers.embedding(indices, table.reshape(len(table), -1))[0].reshape(*indices.shape, *table.shape[1:])
    return np.moveaxis(y, range(indices.ndim), range(axis, axis + indices.ndim))


NODES = [
    Node("Gemm", "gemm", gemm, {"test_gemm_default_matrix_bias": "the bias of a layer is a vector"}),
    Node("Flatten", "flatten", flatten),
    Node("Gather", "gather", gather, {"test_gather_negative_indices": "negative numbers are refused"}),
]
