"""Layers as operations: y = f(x, parameters) together with the function that sends gradients back."""

from __future__ import annotations

import math

import numpy as np

from snippets import checks
from snippets.arrays import Array, Backward, Labels, as_array, as_float


def dense(x: Array, w: Array, b: Array) -> tuple[Array, Backward]:
    """y = x w + b, the same for every row of the batch.

    Shapes: x (N, D), w (D, K), b (K,) -> y (N, K).
    Raises: ValueError if the shapes do not fit together, TypeError for anything but arrays.
    Source: rumelhart1986. Weights are stored (in, out), so that nothing is
    transposed on the way forward.
    """
    checks.ndim("x", x, 2)
    checks.ndim("w", w, 2)
    checks.shape("x", x, (len(x), len(w)))
    checks.shape("b", b, w.shape[1:])

    def backward(dy: Array) -> tuple[Array, ...]:
        return dy @ w.T, x.T @ dy, dy.sum(axis=0)

    return x @ w + b, backward


def flatten(x: Array) -> tuple[Array, Backward]:
    """Every example of the batch as one row: the same numbers in another shape.

    Shapes: x (N, ...) -> y (N, product of the rest).
    Raises: ValueError if x has no batch axis.
    """
    checks.batch("x", x)

    def backward(dy: Array) -> tuple[Array, ...]:
        return (dy.reshape(x.shape),)

    return x.reshape(len(x), math.prod(x.shape[1:])), backward


def embedding(ids: Labels, table: Array) -> tuple[Array, Backward]:
    """y = the rows of the table with these numbers: a learnt vector for every word.

    Shapes: ids (...) of whole numbers in 0..V-1, table (V, D) -> y (..., D).
    Raises: ValueError for numbers out of range, TypeError for ids that are no integers.
    Only the table has a gradient; a row that is used twice gets the sum of both.
    """
    ids, table = as_array(ids, "ids"), as_float(table, "table")
    checks.ndim("table", table, 2)
    checks.labels("ids", ids.ravel(), ids.size, len(table))

    def backward(dy: Array) -> tuple[Array, ...]:
        d_table = np.zeros_like(table)
        np.add.at(d_table, ids, dy)
        return (d_table,)

    return table[ids], backward
