"""What weights and settings need on their way from another library into this one."""

from __future__ import annotations

import math

from snippets import checks
from snippets.arrays import Array


def same_padding(size: int, window: int, stride: int = 1) -> tuple[int, int]:
    """How many zeros before and after n pixels make ⌈n/s⌉ windows of k at stride s.

    This is "same" in Keras and JAX: an odd zero stands after.
    Raises: ValueError unless size n, window k and stride s are at least 1.

    >>> same_padding(8, 3), same_padding(8, 3, stride=2)
    ((1, 1), (0, 1))
    """
    size = checks.integer("size", size, "[1, inf)")
    window = checks.integer("window", window, "[1, inf)")
    stride = checks.integer("stride", stride, "[1, inf)")
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + window - size)
    return total // 2, total - total // 2


def channels_first_rows(w: Array, shape: tuple[int, int, int]) -> Array:
    """The rows of w in the order of a flattened (C, H, W), no longer of (H, W, C).

    For a dense layer that Keras trained behind an image of this shape (H, W, C).
    Shapes: w (H·W·C, K) -> the same.
    Raises: ValueError unless w has H·W·C rows.
    """
    checks.ndim("w", w, 2)
    checks.sizes("shape", shape, least=3)
    checks.shape("w", w, (math.prod(shape), w.shape[1]))
    return w.reshape(*shape, -1).transpose(2, 0, 1, 3).reshape(w.shape)
