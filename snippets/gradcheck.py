"""Gradient check: a gradient derived by hand against one measured by central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from snippets import checks
from snippets.arrays import Array, Backward


def numeric_gradient(f: Callable[[Array], float], x: Array, h: float = 1e-5) -> Array:
    """∂f/∂xᵢ ≈ (f(x + h eᵢ) - f(x - h eᵢ)) / (2h), one element after the other: slow, and right to h².

    Shapes: x (...) -> (...); f returns one number.
    Raises: TypeError unless x is float64 (integers would swallow h, float32 its digits), ValueError unless h > 0.

    >>> numeric_gradient(lambda x: float((x**2).sum()), np.array([1.0, -3.0])).round(6)
    array([ 2., -6.])
    """
    checks.double("x", x)
    checks.number("h", h, "(0, inf)")
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2.0 * h)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """max |a - b| / max(|a|, |b|), both maxima over all elements; 0 where both are 0, NaN where one holds it.

    Raises: ValueError for different shapes or empty arrays, TypeError for no arrays.
    """
    checks.array("a", a)
    checks.shape("b", b, a.shape)
    checks.not_empty("a", a)
    scale = np.maximum(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale != 0.0 else 0.0


def h_sweep(f: Callable[[Array], float], x: Array, gradient: Array, steps: Sequence[float]) -> Array:
    """The relative error of the measured gradient for every h: it falls as h², until rounding lifts it again as 1/h.

    Shapes: x (...), gradient (...) -> (number of steps,).
    Raises: as numeric_gradient and relative_error.
    """
    return np.array([relative_error(numeric_gradient(f, x, h), gradient) for h in steps])


def check_operation(
    op: Callable[..., tuple[Array, Backward]], *arrays: Array, rng: np.random.Generator, h: float = 1e-5
) -> tuple[float, ...]:
    """The relative error of each gradient that backward(dy) returns, for L = Σ dy · y with a random dy.

    Shapes: any arrays that op takes -> one error an array.
    Raises: TypeError unless every array is float64, ValueError if backward returns another number of gradients.
    """
    checks.generator("rng", rng)
    for array in arrays:
        checks.double("arrays", array)
    y, backward = op(*arrays)
    dy = rng.standard_normal(y.shape)

    def error(i: int, gradient: Array) -> float:
        def along(x: Array) -> float:
            return float((dy * op(*arrays[:i], x, *arrays[i + 1 :])[0]).sum())

        return relative_error(gradient, numeric_gradient(along, arrays[i], h))

    gradients = backward(dy)
    if len(gradients) != len(arrays):
        raise ValueError(f"backward must return {len(arrays)} gradients, got {len(gradients)}")
    return tuple(error(i, gradient) for i, gradient in enumerate(gradients))


def check_loss(loss: Callable[[Array], tuple[float, Array]], x: Array, h: float = 1e-5) -> float:
    """The relative error of the gradient that loss(x) -> (value, gradient) returns.

    Raises: as numeric_gradient.
    """
    _, gradient = loss(x)
    return relative_error(gradient, numeric_gradient(lambda z: float(loss(z)[0]), x, h))
