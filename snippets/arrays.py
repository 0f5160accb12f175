"""The array types of the package and the one conversion that its functions begin with."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[np.floating[Any]]
Labels: TypeAlias = NDArray[np.integer[Any]]
Backward: TypeAlias = Callable[[Array], tuple[Array, ...]]


def as_float(x: ArrayLike, name: str = "x") -> Array:
    """x as an array of floats: a floating dtype is kept, integers and booleans become float64.

    Shapes: any, kept; nothing is copied when x is a float array already.
    Raises: TypeError if x holds anything but real numbers, and as `as_array`.

    >>> as_float([1, 2]).dtype, as_float(np.float32(3)).dtype
    (dtype('float64'), dtype('float32'))
    """
    array = x if type(x) is np.ndarray else as_array(x, name)
    if array.dtype.kind == "f":
        return array
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")


def as_array(x: ArrayLike, name: str = "x") -> NDArray[Any]:
    """x as a plain array.

    Raises: TypeError for a masked array, whose mask would be forgotten; ValueError for rows of different lengths.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be masked, got {x!r}")
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {x!r}") from None


def norm(x: Array) -> float:
    """‖x‖ = √(Σᵢ xᵢ²) over all elements, divided by the largest first: no square overflows or vanishes.

    >>> norm(np.array([3.0, 4.0])), norm(np.zeros(0))
    (5.0, 0.0)
    """
    peak = float(np.abs(x).max(initial=0.0))
    if peak == 0.0 or not math.isfinite(peak):
        return peak
    return peak * float(np.linalg.norm(x / peak))
