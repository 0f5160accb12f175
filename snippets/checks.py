"""What bad input gets: one-line checks whose messages name the argument and the value."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snippets.arrays import Array


def number(name: str, value: object, interval: str = "(-inf, inf)") -> float:
    """value as a float if it is a finite real number inside the interval, written as in mathematics.

    Raises: TypeError for anything but a float or a whole number, ValueError outside the interval or for NaN.

    >>> number("beta1", 1.0, "[0, 1)")
    Traceback (most recent call last):
    ValueError: beta1 must be in [0, 1), got 1.0
    """
    if isinstance(value, bool) or not isinstance(value, (float, int, np.floating, np.integer)):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        x = float(value)
    except OverflowError:  # a whole number above 1e308
        x = math.inf
    low, high = _ends(interval)
    above = x >= low if interval[0] == "[" else x > low
    below = x <= high if interval[-1] == "]" else x < high
    if not (above and below and math.isfinite(x)):
        raise ValueError(f"{name} must be in {interval}, got {value}")
    return x


@cache
def _ends(interval: str) -> tuple[float, float]:
    """The two numbers of an interval."""
    low, high = (float(end) for end in interval[1:-1].split(","))
    return low, high


def integer(name: str, value: object, interval: str = "(-inf, inf)") -> int:
    """value as an int if it is a whole number inside the interval.

    Raises: TypeError for anything but an integer (a float such as 2.0 included), ValueError outside the interval.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    number(name, value, interval)
    return int(value)


def generator(name: str, rng: object) -> None:
    """Raise TypeError unless rng is a NumPy random generator: a seed or the global state is not enough."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{name} must be a numpy.random.Generator, got {rng!r}")


def function(name: str, f: object) -> None:
    """Raise TypeError unless f can be called: a number is no schedule, however constant."""
    if not callable(f):
        raise TypeError(f"{name} must be a function, got {f!r}")


def function_or_none(name: str, f: object) -> None:
    """Raise TypeError unless f can be called or is None: 0.0 is neither, though an `if` takes it for nothing."""
    if f is not None:
        function(name, f)


def floating(name: str, dtype: np.dtype[Any]) -> None:
    """Raise TypeError unless this is a type of floats: weights of whole numbers would be cut off."""
    if dtype.kind != "f":
        raise TypeError(f"{name} must be a float type, got {dtype}")


def double(name: str, x: NDArray[Any]) -> None:
    """Raise TypeError unless x is an array of float64: central differences need the digits."""
    array(name, x)
    if x.dtype != np.float64:
        raise TypeError(f"{name} must be float64, got dtype {x.dtype}")


def array(name: str, x: object) -> None:
    """Raise TypeError unless x is an array of real numbers: a list has no shape, a matrix another *, a mask is lost."""
    if type(x) is np.ndarray and x.dtype.kind in "fiub":  # told at once: operations check their arrays in every step
        return
    other = not isinstance(x, (np.ndarray, np.generic)) or isinstance(x, (np.matrix, np.ma.MaskedArray))
    if other or x.dtype.kind not in "fiub":  # type: ignore[attr-defined]
        raise TypeError(f"{name} must be an array of real numbers, got {x!r}")


def ndim(name: str, x: NDArray[Any], dims: int) -> None:
    """Raise ValueError unless x has this many dimensions, TypeError unless it is an array."""
    array(name, x)
    if x.ndim != dims:
        raise ValueError(f"{name} must have {dims} dimensions, got shape {x.shape}")


def sizes(name: str, wanted: tuple[int, ...], least: int = 1) -> None:
    """Raise unless this is the shape of an array that holds something, with so many dimensions at least.

    Raises: TypeError for anything but a tuple of whole numbers, ValueError for a size below 1 or too few dimensions.
    """
    if not isinstance(wanted, tuple):
        raise TypeError(f"{name} must be a tuple of whole numbers, got {wanted!r}")
    for size in wanted:
        integer(name, size, "[1, inf)")
    if len(wanted) < least:
        raise ValueError(f"{name} must have at least {least} dimensions, got {wanted}")


def pair(name: str, wanted: tuple[int, int]) -> None:
    """Raise TypeError unless this is a tuple of two whole numbers, ValueError for one below 1."""
    if not isinstance(wanted, tuple) or len(wanted) != 2:
        raise TypeError(f"{name} must be a tuple of two whole numbers, got {wanted!r}")
    sizes(name, wanted)


def batch(name: str, x: NDArray[Any]) -> None:
    """Raise ValueError unless x has a first axis, which is that of the examples; TypeError unless it is an array."""
    array(name, x)
    if x.ndim == 0:
        raise ValueError(f"{name} must have an axis for the examples, got shape {x.shape}")


def shape(name: str, x: NDArray[Any], expected: tuple[int, ...]) -> None:
    """Raise ValueError unless x has exactly this shape: nothing is broadcast in silence."""
    if getattr(x, "shape", None) != expected:
        array(name, x)
        raise ValueError(f"{name} must have shape {expected}, got {x.shape}")


def not_empty(name: str, x: NDArray[Any]) -> None:
    """Raise ValueError if x holds nothing: a mean over nothing is no number."""
    if getattr(x, "size", 0) == 0:
        array(name, x)
        raise ValueError(f"{name} must not be empty, got shape {x.shape}")


def axes(name: str, wanted: tuple[int, ...], dims: int) -> None:
    """Raise ValueError unless these are some of so many axes: over none nothing would be averaged, in silence."""
    if not isinstance(wanted, tuple) or not wanted or min(wanted) < -dims or max(wanted) >= dims:
        raise ValueError(f"{name} must be some of the {dims} axes, got {wanted}")


def broadcast(name: str, x: NDArray[Any], expected: tuple[int, ...]) -> None:
    """Raise ValueError unless x stretches to exactly this shape: the other way round, the result would grow."""
    fits = all(size in (1, wanted) for size, wanted in zip(x.shape[::-1], expected[::-1], strict=False))
    if x.ndim > len(expected) or not fits:
        raise ValueError(f"{name} must broadcast to shape {expected}, got {x.shape}")


def last_axis(name: str, x: NDArray[Any]) -> None:
    """Raise ValueError unless x has a last axis that holds something: no maximum of nothing."""
    array(name, x)
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"{name} must have a last axis that is not empty, got shape {x.shape}")


def finite(name: str, x: Array) -> None:
    """Raise ValueError if x holds NaN or an infinity."""
    if not np.isfinite(x).all():
        raise ValueError(f"{name} must be finite, got {x[~np.isfinite(x)].flat[0]}")


def within(name: str, x: Array, low: float, high: float) -> None:
    """Raise ValueError unless every element of x is in [low, high]; NaN is not."""
    bad = ~((x >= low) & (x <= high))
    if bad.any():
        raise ValueError(f"{name} must be in [{low}, {high}], got {x[bad].flat[0]}")


def one_of(name: str, x: Array, values: tuple[float, ...]) -> None:
    """Raise ValueError unless every element of x is one of the values."""
    bad = ~np.isin(x, values)
    if bad.any():
        raise ValueError(f"{name} must be {' or '.join(map(str, values))}, got {x[bad].flat[0]}")


def sums_to_one(name: str, p: Array) -> None:
    """Raise ValueError unless p sums to 1 over its last axis, to the precision of its dtype, float64 at best."""
    total = p.sum(axis=-1)
    bad = ~(np.abs(total - 1.0) <= 64 * max(np.finfo(p.dtype).eps, np.finfo(np.float64).eps))
    if bad.any():
        raise ValueError(f"{name} must sum to 1 over the last axis, got {total[bad].flat[0]}")


def labels(name: str, y: NDArray[Any], batch: int, classes: int) -> None:
    """Raise unless y is a vector of `batch` whole numbers in 0..classes-1.

    Raises: TypeError for labels that are not integers, ValueError for a wrong shape or range (-1 would wrap around).
    """
    array(name, y)
    if y.dtype.kind not in "iu":
        raise TypeError(f"{name} must be integers, got dtype {y.dtype}")
    shape(name, y, (batch,))
    bad = (y < 0) | (y >= classes)
    if bad.any():
        raise ValueError(f"{name} must be in 0..{classes - 1}, got {y[bad][0]}")
