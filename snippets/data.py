"""Data to learn from: handwritten digits, and sets drawn from a generator in two dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np

from snippets import checks
from snippets.arrays import Array, Labels, as_float

Split: TypeAlias = tuple[Array, Labels]


def digits() -> Split:
    """All 1,797 handwritten digits: 8x8 images in rows of 64 pixels between 0 and 1, and their classes 0..9.

    Shapes: -> x (1797, 64), y (1797,).
    Source: alpaydin1998 (E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, https://doi.org/10.24432/C50P49, CC BY 4.0); the test set as scikit-learn 1.9.1 carries it, stored in
    `digits.npz` with pixels 0..16 that are divided by 16 here. Pixels 0, 32 and 39 are 0 in every image.
    """
    with np.load(Path(__file__).with_name("digits.npz")) as stored:
        return stored["pixels"] / 16.0, stored["labels"].astype(np.int64)


def digits_split(seed: int) -> tuple[Split, Split, Split]:
    """(training, validation, test): the digits in three parts of 60, 20 and 20 % of every class, fixed by the seed.

    Shapes: -> x (1079, 64), y (1079,); x (359, 64), y (359,); x (359, 64), y (359,).
    Raises: TypeError or ValueError for a seed that is no whole number from 0 on.
    """
    rng = np.random.default_rng(checks.integer("seed", seed, "[0, inf)"))
    rest, test = stratified_split(digits(), 0.8, rng)
    training, validation = stratified_split(rest, 0.75, rng)
    return training, validation, test


def stratified_split(data: Split, share: float, rng: np.random.Generator) -> tuple[Split, Split]:
    """Two parts in random order, the first with this share of every class, rounded to whole examples.

    Shapes: x (N, ...), y (N,) -> x (M, ...), y (M,); x (N-M, ...), y (N-M,).
    Raises: ValueError unless 0 < share < 1 and both parts get examples of every class.
    """
    x, y = data
    checks.number("share", share, "(0, 1)")
    checks.generator("rng", rng)
    checks.batch("x", x)
    checks.not_empty("y", y)
    checks.shape("y", y, (len(x),))
    order = rng.permutation(len(y))
    in_first = np.zeros(len(y), dtype=bool)
    for label in np.unique(y):
        members = order[y[order] == label]
        count = round(share * len(members))
        if not 0 < count < len(members):
            raise ValueError(f"share must leave class {label} in both parts, got {share} of {len(members)} examples")
        in_first[members[:count]] = True
    first, second = order[in_first[order]], order[~in_first[order]]
    return (x[first], y[first]), (x[second], y[second])


def spirals(n: int, rng: np.random.Generator, classes: int = 3, noise: float = 0.2) -> Split:
    """Arms that wind around each other: at radius r the angle is 2πk / classes + 4r + noise · N(0, 1).

    Shapes: -> x (n · classes, 2), y (n · classes,), n examples of each class in turn.
    Raises: ValueError unless n, classes >= 1 and noise >= 0.
    """
    y, noise = _in_turn(n, checks.integer("classes", classes, "[1, inf)")), checks.number("noise", noise, "[0, inf)")
    checks.generator("rng", rng)
    radius = np.tile(np.arange(1, n + 1) / n, classes)
    angle = 2.0 * np.pi * y / classes + 4.0 * radius + noise * rng.standard_normal(len(y))
    return radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1), y


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> Split:
    """Two half circles, one of them turned over and pushed into the other, with normal noise.

    Shapes: -> x (2n, 2), y (2n,), n examples of each class in turn.
    Raises: ValueError unless n >= 1 and noise >= 0.
    """
    y = _in_turn(n, 2)
    checks.number("noise", noise, "[0, inf)")
    checks.generator("rng", rng)
    angle = rng.uniform(0.0, np.pi, len(y))
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    return np.where(y[:, np.newaxis] == 0, upper, lower) + noise * rng.standard_normal((len(y), 2)), y


def gaussian_clouds(n: int, rng: np.random.Generator, centres: Array, std: float = 1.0) -> Split:
    """Normal clouds of one standard deviation around the rows of `centres`, a class for each.

    Shapes: centres (K, D) -> x (n · K, D), y (n · K,), n examples of each class in turn.
    Raises: ValueError unless n >= 1, std >= 0 and centres are K >= 1 finite rows.
    """
    centres = as_float(centres, "centres")
    checks.ndim("centres", centres, 2)
    checks.not_empty("centres", centres)
    checks.finite("centres", centres)
    checks.number("std", std, "[0, inf)")
    checks.generator("rng", rng)
    y = _in_turn(n, len(centres))
    return centres[y] + std * rng.standard_normal((len(y), centres.shape[1])), y


def _in_turn(n: int, classes: int) -> Labels:
    """Labels 0..classes-1, n of each, one class after the other."""
    return np.repeat(np.arange(classes), checks.integer("n", n, "[1, inf)"))
