"""Augmentation: changed copies of images whose labels stay right, or change with them.

Images are (N, H, W) or (N, C, H, W). Every function draws new random numbers for each image from the generator that it
is given, and returns new images; what comes in from outside the frame is 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from snippets import checks
from snippets.arrays import Array, Labels, as_float


def noise(x: Array, rng: np.random.Generator, std: float) -> Array:
    """x + std · N(0, 1), another number for every pixel.

    Shapes: x (N, ...) -> (N, ...).
    Raises: ValueError unless std >= 0.
    """
    x = as_float(x)
    checks.number("std", std, "[0, inf)")
    checks.generator("rng", rng)
    return x + (std * rng.standard_normal(x.shape)).astype(x.dtype, copy=False)


def brightness(x: Array, rng: np.random.Generator, spread: float) -> Array:
    """c x with one c ~ U[1 - spread, 1 + spread] an image; white is not cut.

    Shapes: x (N, ...) -> (N, ...).
    Raises: ValueError unless 0 <= spread <= 1.
    """
    x = as_float(x)
    checks.batch("x", x)
    checks.number("spread", spread, "[0, 1]")
    checks.generator("rng", rng)
    factor = rng.uniform(1.0 - spread, 1.0 + spread, (len(x), *[1] * (x.ndim - 1)))
    return x * factor.astype(x.dtype, copy=False)


def flip(x: Array, rng: np.random.Generator, p: float = 0.5) -> Array:
    """Each image left to right with probability p: for photos, not for digits.

    Shapes: x (N, H, W) or (N, C, H, W) -> the same.
    Raises: ValueError unless 0 <= p <= 1.
    """
    x = _images(x)
    checks.number("p", p, "[0, 1]")
    checks.generator("rng", rng)
    turned = rng.random((len(x), *[1] * (x.ndim - 1))) < p
    return np.where(turned, x[..., ::-1], x)


def shift(x: Array, rng: np.random.Generator, most: int) -> Array:
    """Each image by -most to most whole pixels, down and to the right.

    Shapes: x (N, H, W) or (N, C, H, W) -> the same.
    Raises: ValueError unless 0 <= most < H and W.
    """
    x = _images(x)
    most = checks.integer("most", most, f"[0, {min(x.shape[-2:])})")
    checks.generator("rng", rng)
    down, right = rng.integers(-most, most + 1, (2, len(x), 1, 1))
    rows, columns = _grid(x.shape[-2:])
    return _pixels(x, rows - down, columns - right)


def crop(x: Array, rng: np.random.Generator, size: tuple[int, int]) -> Array:
    """From each image a window of this size, anywhere.

    Shapes: x (N, H, W) or (N, C, H, W), size (h, w) -> (N, h, w) or (N, C, h, w).
    Raises: ValueError for a window larger than the image or empty.
    """
    x = _images(x)
    checks.generator("rng", rng)
    checks.pair("size", size)
    room = []
    for name, length, limit in zip(("height of size", "width of size"), size, x.shape[-2:], strict=True):
        room.append(limit - checks.integer(name, length, f"[1, {limit}]"))
    top, left = (rng.integers(0, most + 1, (len(x), 1, 1)) for most in room)
    rows, columns = _grid(size)
    return _pixels(x, top + rows, left + columns)


def rotate(x: Array, rng: np.random.Generator, degrees: float) -> Array:
    """Each image about its centre by ~ U[-degrees, degrees], counter-clockwise.

    Shapes: x (N, H, W) or (N, C, H, W) -> the same.
    Raises: ValueError unless 0 <= degrees <= 180.
    Every new pixel looks where it came from and mixes the four pixels around.
    """
    x = _images(x)
    most = abs(checks.number("degrees", degrees, "[0, 180]"))  # 0 for -0
    checks.generator("rng", rng)
    angle = np.deg2rad(rng.uniform(-most, most, (len(x), 1, 1)))
    middle_row, middle_column = (0.5 * (length - 1) for length in x.shape[-2:])
    rows, columns = _grid(x.shape[-2:])
    down, right = rows - middle_row, columns - middle_column
    source_rows = middle_row + np.cos(angle) * down + np.sin(angle) * right
    source_columns = middle_column - np.sin(angle) * down + np.cos(angle) * right
    return bilinear(x, source_rows, source_columns)


def bilinear(x: Array, rows: Array, columns: Array) -> Array:
    """The image between its pixels: the four around, weighted by nearness.

    Shapes: x (N, H, W) or (N, C, H, W), rows and columns (N, h, w)
    -> (N, h, w) or (N, C, h, w).
    Raises: ValueError for places of other shapes or that are not finite.
    """
    x, rows, columns = _images(x), as_float(rows, "rows"), as_float(columns, "columns")
    checks.ndim("rows", rows, 3)
    checks.shape("rows", rows, (len(x), *rows.shape[1:]))
    checks.shape("columns", columns, rows.shape)
    checks.finite("rows", rows)
    checks.finite("columns", columns)
    row, column = (np.floor(places) for places in (rows, columns))
    below, beside = rows - row, columns - column
    mixed = np.zeros((*x.shape[:-2], *rows.shape[1:]), x.dtype)
    for i, j in np.ndindex(2, 2):
        weight = (below if i else 1.0 - below) * (beside if j else 1.0 - beside)
        pixels = _pixels(x, row.astype(int) + i, column.astype(int) + j)
        mixed += _as_images(weight.astype(x.dtype), x) * pixels
    return mixed


def cutout(x: Array, rng: np.random.Generator, size: int) -> Array:
    """Each image with a square of zeros, centred anywhere: it may hang over.

    Shapes: x (N, H, W) or (N, C, H, W) -> the same.
    Raises: ValueError unless size >= 1.
    Source: devries2017, section 3.2.
    """
    x = _images(x)
    checks.integer("size", size, "[1, inf)")
    checks.generator("rng", rng)
    rows, columns = _grid(x.shape[-2:])
    centres = (rng.integers(0, length, (len(x), 1, 1)) for length in x.shape[-2:])
    top, left = (centre - size // 2 for centre in centres)
    down, right = rows - top, columns - left
    hidden = (down >= 0) & (down < size) & (right >= 0) & (right < size)
    return np.where(_as_images(hidden, x), x.dtype.type(0), x)


def mixup(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    alpha: float = 0.2,
) -> tuple[Array, Array]:
    """λ x + (1 - λ) x′, λ y + (1 - λ) y′; x′, y′: the batch in another order.

    Shapes: x (N, ...), y (N, K) with rows that sum to 1 -> the same two shapes.
    Raises: ValueError unless α > 0, y are probabilities, x and y equally long.
    Source: zhang2018; λ ~ Beta(α, α), one a batch, as in their code.
    """
    x, y, other = _paired(x, y, rng)
    checks.number("alpha", alpha, "(0, inf)")
    share = float(rng.beta(alpha, alpha))
    return share * x + (1.0 - share) * x[other], share * y + (1.0 - share) * y[other]


def cutmix(
    x: Array,
    y: Array,
    rng: np.random.Generator,
    alpha: float = 1.0,
) -> tuple[Array, Array]:
    """A rectangle of x is replaced by that of x′, the batch in another order.

    Shapes: x (N, H, W) or (N, C, H, W), y (N, K), rows that sum to 1 -> as x, y.
    Raises: as mixup, and ValueError unless x are images.
    Source: yun2019, eq. 1 and 2; λ ~ Beta(α, α), sides √(1 - λ) of the image's,
    one rectangle a batch. Labels mix as the areas do.
    """
    x, y, other = _paired(_images(x), y, rng)
    checks.number("alpha", alpha, "(0, inf)")
    side = np.sqrt(1.0 - rng.beta(alpha, alpha))
    rows, columns = (_part(length, side, rng) for length in x.shape[-2:])
    mixed = x.copy()
    mixed[..., rows, columns] = x[other][..., rows, columns]
    share = 1.0 - x[0, ..., rows, columns].size / x[0].size
    return mixed, share * y + (1.0 - share) * y[other]


def _part(length: int, share: float, rng: np.random.Generator) -> slice:
    """Such a share of a length, centred on any place and cut off at the ends."""
    centre, half = float(rng.integers(0, length)), 0.5 * share * length
    return slice(max(0, round(centre - half)), round(centre + half))


def _images(x: Array) -> Array:
    """x as floats, refused unless it holds images."""
    x = as_float(x)
    if x.ndim not in (3, 4) or 0 in x.shape[1:]:
        raise ValueError(f"x must have shape (N, H, W) or (N, C, H, W) with pixels, got {x.shape}")
    return x


def _grid(size: tuple[int, ...]) -> tuple[Labels, Labels]:
    """The row and the column of every pixel of an image, as (h, 1) and (1, w)."""
    return np.arange(size[0])[:, np.newaxis], np.arange(size[1])[np.newaxis]


def _pixels(x: Array, rows: Labels, columns: Labels) -> Array:
    """The pixels at these places (N, h, w), 0 outside of the image."""
    height, width = x.shape[-2:]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    image = np.arange(len(x))[:, np.newaxis, np.newaxis]
    pixels = x[image, ..., np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    pixels = np.moveaxis(pixels, -1, 1) if x.ndim == 4 else pixels
    return np.where(_as_images(inside, x), pixels, x.dtype.type(0))


def _as_images(a: NDArray[Any], x: Array) -> NDArray[Any]:
    """One array (h, w) for each image, laid out so that it meets all channels of x."""
    return a[:, np.newaxis] if x.ndim == 4 else a


def _paired(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array, Labels]:
    """Examples, the probabilities of their classes, and another order of both."""
    x, y = as_float(x), as_float(y, "y")
    checks.batch("x", x)
    checks.ndim("y", y, 2)
    checks.not_empty("x", x)
    checks.shape("y", y, (len(x), *y.shape[1:]))
    checks.within("y", y, 0.0, 1.0)
    checks.sums_to_one("y", y)
    checks.generator("rng", rng)
    return x, y, rng.permutation(len(x))
