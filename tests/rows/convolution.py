"""Rows of snippets/convolution.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from snippets import convolution as c
from snippets.arrays import Array, Backward
from tests.tables import SUMS, Draw, Operation, Refusal, Row, refusal

X, W, B = np.zeros((2, 4, 5, 6)), np.zeros((6, 4, 3, 2)), np.zeros(6)


def _convolution(*kernel: int) -> Draw:
    """Images and filters of this shape."""
    return lambda rng: (
        rng.standard_normal((3, 4, 5, 6)),
        rng.standard_normal(kernel),
        rng.standard_normal(kernel[0]),
    )


def _images(rng: np.random.Generator) -> tuple[Array, ...]:
    """Images of pixels that differ by 0.1 at least."""
    return (0.1 * rng.permutation(2 * 2 * 6 * 5).reshape(2, 2, 6, 5) - 6.0,)


def _windows(**options: int) -> Callable[[Array], tuple[Array, Backward]]:
    return lambda x: c.windows(x, (3, 2), **options)


ROWS: list[Row] = [
    Operation(c.windows, _images, _windows()),
    Operation(c.windows, _images, _windows(stride=2, padding=1), label="stride 2, padding 1"),
    Operation(c.conv2d, _convolution(6, 4, 3, 2), largest=SUMS),
    Operation(
        c.conv2d,
        _convolution(2, 4, 3, 3),
        partial(c.conv2d, stride=2, padding=1),
        label="stride 2, padding 1",
        largest=SUMS,
    ),
    Operation(c.conv2d, _convolution(6, 2, 2, 2), partial(c.conv2d, groups=2), label="2 groups", largest=SUMS),
    Operation(
        c.conv2d, _convolution(4, 1, 3, 3), partial(c.conv2d, padding=2, groups=4), label="depthwise", largest=SUMS
    ),
    Operation(c.conv2d, _convolution(3, 4, 1, 1), label="1 x 1", largest=SUMS),
    Operation(c.max_pool, _images),
    Operation(c.max_pool, _images, partial(c.max_pool, size=3, stride=2, padding=1), label="overlapping"),
    Operation(c.avg_pool, _images),
    Operation(c.avg_pool, _images, partial(c.avg_pool, size=3, stride=2, padding=1), label="overlapping"),
]


def _pools(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "x", "(4, 5, 6)", X[0]),
        refusal(f, TypeError, "x", "complex128", X + 0j),
        refusal(f, ValueError, "size", "(6, 6)", X, 6),
        refusal(f, ValueError, "size", "0", X, 0),
        refusal(f, TypeError, "size", "2.0", X, 2.0),
        refusal(f, ValueError, "stride", "0", X, 2, 0),
        refusal(f, ValueError, "stride", "-1", X, 2, -1),
        refusal(f, ValueError, "padding", "2", X, 3, 1, 2),
        refusal(f, ValueError, "padding", "-1", X, 3, 1, -1),
    ]


REFUSALS: list[Refusal] = [
    *_pools(c.max_pool),
    *_pools(c.avg_pool),
    refusal(c.windows, ValueError, "x", "(4, 5, 6)", X[0], (2, 2)),
    refusal(c.windows, ValueError, "size", "(6, 1)", X, (6, 1)),
    refusal(c.windows, ValueError, "size", "(1, 7)", X, (1, 7)),
    refusal(c.windows, ValueError, "size", "got 0", X, (0, 1)),
    refusal(c.windows, ValueError, "size", "got 0", X, (1, 0)),
    refusal(c.windows, TypeError, "size", "got 2", X, 2),
    refusal(c.windows, TypeError, "size", "(2,)", X, (2,)),
    refusal(c.windows, TypeError, "size", "2.0", X, (2.0, 2)),
    refusal(c.windows, ValueError, "size", "(7, 8)", X, (8, 1), 1, 1),
    refusal(c.windows, ValueError, "size", "(1, 9)", X, (1, 9), 1, 1),
    refusal(c.windows, ValueError, "stride", "0", X, (2, 2), 0),
    refusal(c.windows, TypeError, "stride", "1.5", X, (2, 2), 1.5),
    refusal(c.windows, ValueError, "padding", "-1", X, (2, 2), 1, -1),
    refusal(c.windows, TypeError, "padding", "0.5", X, (2, 2), 1, 0.5),
    refusal(c.conv2d, ValueError, "x", "(4, 5, 6)", X[0], W, B),
    refusal(c.conv2d, TypeError, "w", "[[[[0.0, 0.0]", X, W.tolist(), B),
    refusal(c.conv2d, TypeError, "b", "[0.0, 0.0,", X, W, B.tolist()),
    refusal(c.conv2d, ValueError, "w", "(4, 3, 2)", X, W[0], B),
    refusal(c.conv2d, ValueError, "w", "(6, 3, 3, 2)", X, W[:, :3], B),
    refusal(c.conv2d, ValueError, "w", "(6, 4, 3, 2)", X, W, B, groups=2),
    refusal(c.conv2d, ValueError, "b", "(5,)", X, W, B[:5]),
    refusal(c.conv2d, ValueError, "b", "(6, 1)", X, W, B[:, None]),
    refusal(c.conv2d, ValueError, "size", "(3, 2)", X[:, :, :2], W, B),
    refusal(c.conv2d, ValueError, "stride", "0", X, W, B, 0),
    refusal(c.conv2d, ValueError, "padding", "-1", X, W, B, 1, -1),
    refusal(c.conv2d, ValueError, "groups", "0", X, W, B, groups=0),
    refusal(c.conv2d, ValueError, "groups", "3", X, W, B, groups=3),
    refusal(c.conv2d, ValueError, "groups", "4", X, W, B, groups=4),
    refusal(c.conv2d, TypeError, "groups", "1.0", X, W, B, groups=1.0),
]
