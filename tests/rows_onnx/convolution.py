"""snippets/convolution.py as ONNX operators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snippets import convolution as c
from snippets.arrays import Array
from snippets.conventions import same_padding
from tests.onnx_table import Node

NO_SIGNALS = "images only"
NO_DILATION = "windows have no gaps"
ROUNDED_DOWN = "windows that do not fit are left out"
NO_INDICES = "the indices are not returned"


def padded(
    x: Array, size: Sequence[int], strides: Sequence[int], pads: Sequence[int], auto_pad: bytes, fill: float
) -> tuple[Array, int]:
    """The image, and the padding that is left to our function: what is the same on all sides and at most half a window.

    SAME makes ⌈H / stride⌉ windows; an odd pixel goes to the end (UPPER) or the beginning (LOWER).
    """
    if auto_pad.startswith(b"SAME"):
        sides = [same_padding(n, k, s) for n, k, s in zip(x.shape[2:], size, strides, strict=True)]
        less, more = zip(*sides, strict=True)
        pads = [*less, *more] if auto_pad == b"SAME_UPPER" else [*more, *less]
    if len(set(pads)) == 1 and pads[0] <= size[0] // 2:
        return x, pads[0]
    width = ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3]))
    return np.pad(x, width, constant_values=fill), 0


def conv(
    x: Array,
    w: Array,
    kernel_shape: Sequence[int],
    pads: Sequence[int] = (0, 0, 0, 0),
    strides: Sequence[int] = (1, 1),
    auto_pad: bytes = b"",
) -> Array:
    x, padding = padded(x, kernel_shape, strides, pads, auto_pad, 0.0)
    return c.conv2d(x, w, np.zeros(len(w), w.dtype), strides[0], padding)[0]


def max_pool(
    x: Array,
    kernel_shape: Sequence[int],
    pads: Sequence[int] = (0, 0, 0, 0),
    strides: Sequence[int] = (1, 1),
    auto_pad: bytes = b"",
) -> Array:
    x, padding = padded(x, kernel_shape, strides, pads, auto_pad, -np.inf)
    return c.max_pool(x, kernel_shape[0], strides[0], padding)[0]


def average_pool(
    x: Array,
    kernel_shape: Sequence[int],
    pads: Sequence[int] = (0, 0, 0, 0),
    strides: Sequence[int] = (1, 1),
    auto_pad: bytes = b"",
    count_include_pad: int = 0,
) -> Array:
    """Without the zeros of the padding: the mean of the pixels by the mean of a one for each pixel."""

    def mean(z: Array) -> Array:
        z, padding = padded(z, kernel_shape, strides, pads, auto_pad, 0.0)
        return c.avg_pool(z, kernel_shape[0], strides[0], padding)[0]

    return mean(x) if count_include_pad else mean(x) / mean(np.ones_like(x))


NODES = [
    Node("Conv", "conv", conv),
    Node(
        "MaxPool",
        "maxpool",
        max_pool,
        {
            "test_maxpool_1d_default": NO_SIGNALS,
            "test_maxpool_3d_default": NO_SIGNALS,
            "test_maxpool_2d_dilations": NO_DILATION,
            "test_maxpool_3d_dilations": NO_DILATION,
            "test_maxpool_3d_dilations_use_ref_impl": NO_DILATION,
            "test_maxpool_3d_dilations_use_ref_impl_large": NO_DILATION,
            "test_maxpool_2d_ceil": ROUNDED_DOWN,
            "test_maxpool_2d_ceil_output_size_reduce_by_one": ROUNDED_DOWN,
            "test_maxpool_with_argmax_2d_precomputed_pads": NO_INDICES,
            "test_maxpool_with_argmax_2d_precomputed_strides": NO_INDICES,
        },
    ),
    Node(
        "AveragePool",
        "averagepool",
        average_pool,
        {
            "test_averagepool_1d_default": NO_SIGNALS,
            "test_averagepool_3d_default": NO_SIGNALS,
            "test_averagepool_2d_ceil": ROUNDED_DOWN,
            "test_averagepool_2d_ceil_last_window_starts_on_pad": ROUNDED_DOWN,
            "test_averagepool_2d_dilations": NO_DILATION,
            "test_averagepool_3d_dilations_small": NO_DILATION,
            **{
                f"test_averagepool_3d_dilations_large_count_include_pad_is_{i}_ceil_mode_is_{j}": NO_DILATION
                for i in (0, 1)
                for j in (True, False)
            },
        },
    ),
    Node("GlobalMaxPool", "globalmaxpool", lambda x: c.max_pool(x, x.shape[-1])[0]),
    Node("GlobalAveragePool", "globalaveragepool", lambda x: c.avg_pool(x, x.shape[-1])[0]),
]
