"""Convolution and pooling of images (N, C, H, W): the same small function applied to every window."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from snippets import checks
from snippets.arrays import Array, Backward, as_float


def windows(
    x: Array, size: tuple[int, int], stride: int = 1, padding: int = 0, fill: float = 0.0
) -> tuple[Array, Backward]:
    """y[:, :, a, b, i, j] = x[:, :, a + s·i, b + s·j] with stride s: what window (i, j) sees.

    Shapes: x (N, C, H, W), size (h, w) -> y (N, C, h, w, H', W'),
    H' = ⌊(H + 2·padding - h) / s⌋ + 1.
    Raises: ValueError for a window larger than the padded image, stride < 1, padding < 0.
    A pixel gets back the sum over all windows that see it. The windows are views.
    """
    x, stride = as_float(x), checks.integer("stride", stride, "[1, inf)")
    checks.ndim("x", x, 4)
    checks.pair("size", size)
    edge = (checks.integer("padding", padding, "[0, inf)"),) * 2
    padded = np.pad(x, ((0, 0), (0, 0), edge, edge), constant_values=fill) if padding else x
    (height, width), (h, w) = x.shape[2:], size
    if h > height + 2 * padding or w > width + 2 * padding:
        raise ValueError(f"size must fit into the padded image {padded.shape[2:]}, got {size}")
    seen = sliding_window_view(padded, size, axis=(2, 3))[:, :, ::stride, ::stride]
    rows, columns = seen.shape[2:4]

    def backward(dy: Array) -> tuple[Array, ...]:
        dx = np.zeros(padded.shape, dy.dtype)
        for a, b in np.ndindex(h, w):
            below, right = slice(a, a + stride * rows, stride), slice(b, b + stride * columns, stride)
            dx[:, :, below, right] += dy[:, :, a, b]
        return (dx[:, :, padding : padding + height, padding : padding + width],)

    return seen.transpose(0, 1, 4, 5, 2, 3), backward


def conv2d(x: Array, w: Array, b: Array, stride: int = 1, padding: int = 0, groups: int = 1) -> tuple[Array, Backward]:
    """y[n, o, i, j] = b[o] + Σ w[o, c, a, b] x[n, c, s·i + a, s·j + b] over c, a, b; stride s.

    Shapes: x (N, C, H, W), w (O, C/groups, h, w), b (O,) -> y (N, O, H', W') as `windows`.
    Raises: ValueError for shapes that do not fit, groups that do not divide C and O.
    Source: lecun1998b, section II. Cross-correlation: the filter is not turned over. The
    windows become columns ("im2col"): one matrix product compares them all.
    """
    checks.ndim("w", w, 4)
    _check_groups(x, w, groups)
    checks.shape("b", b, w.shape[:1])
    seen, back = windows(x, w.shape[2:], stride, padding)
    (n, _, _, _, rows, columns), filters = seen.shape, len(w) // groups
    patches = seen.reshape(n, groups, w[0].size, rows * columns)
    kernels = w.reshape(groups, filters, w[0].size)
    y = (kernels @ patches).reshape(n, len(w), rows, columns) + b[:, np.newaxis, np.newaxis]

    def backward(dy: Array) -> tuple[Array, ...]:
        dz = dy.reshape(n, groups, filters, rows * columns)
        (dx,) = back((kernels.swapaxes(1, 2) @ dz).reshape(seen.shape))
        dw = (dz @ patches.swapaxes(2, 3)).sum(axis=0)
        return dx, dw.reshape(w.shape), dy.sum(axis=(0, 2, 3))

    return y, backward


def max_pool(x: Array, size: int = 2, stride: int | None = None, padding: int = 0) -> tuple[Array, Backward]:
    """y = the largest pixel of every window; the gradient goes to that pixel alone.

    Shapes: x (N, C, H, W) -> y (N, C, H', W'), H' as in `windows` with h = w = size.
    Raises: ValueError for padding beyond half the window, and as `windows`.
    Of equal pixels the first counts, row by row. No stride means size: windows side by
    side. Padding never wins.
    """
    _check_pool(size, padding)
    seen, back = windows(x, (size, size), size if stride is None else stride, padding, fill=-np.inf)
    n, c, _, _, rows, columns = seen.shape
    pixels = seen.reshape(n, c, size * size, rows, columns)
    first = pixels.argmax(axis=2)[:, :, np.newaxis]

    def backward(dy: Array) -> tuple[Array, ...]:
        d_pixels = np.zeros(pixels.shape, dy.dtype)
        np.put_along_axis(d_pixels, first, dy[:, :, np.newaxis], axis=2)
        return back(d_pixels.reshape(seen.shape))

    return np.take_along_axis(pixels, first, axis=2)[:, :, 0], backward


def avg_pool(x: Array, size: int = 2, stride: int | None = None, padding: int = 0) -> tuple[Array, Backward]:
    """y = the mean of every window; each of its pixels gets the same share of the gradient.

    Shapes: x (N, C, H, W) -> y (N, C, H', W'), H' as in `windows` with h = w = size.
    Raises: as max_pool. No stride means size: windows side by side.
    The zeros of the padding are counted. Divided before it is summed: nothing overflows.
    """
    _check_pool(size, padding)
    seen, back = windows(x, (size, size), size if stride is None else stride, padding)

    def backward(dy: Array) -> tuple[Array, ...]:
        return back(np.broadcast_to(dy[:, :, np.newaxis, np.newaxis] / size**2, seen.shape))

    return (seen / size**2).sum(axis=(2, 3)), backward


def _check_groups(x: Array, w: Array, groups: int) -> None:
    """Groups divide channels and filters, and a filter sees the channels of its group."""
    checks.ndim("x", x, 4)
    channels, filters = x.shape[1], len(w)
    checks.integer("groups", groups, "[1, inf)")
    if channels % groups or filters % groups:
        raise ValueError(f"groups must divide the {channels} channels and the {filters} filters, got {groups}")
    checks.shape("w", w, (filters, channels // groups, *w.shape[2:]))


def _check_pool(size: int, padding: int) -> None:
    """Padding is at most half a window, so that no window holds nothing else."""
    checks.integer("size", size, "[1, inf)")
    checks.integer("padding", padding, f"[0, {size // 2}]")
