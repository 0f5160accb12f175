"""Preprocessing: statistics are fitted on the training split and applied, unchanged, to every other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snippets import checks
from snippets.arrays import Array, as_float


@dataclass(frozen=True)
class Affine:
    """y = (x - shift) / scale for every example, with numbers that were fitted before.

    Shapes: shift, scale (...) and x (N, ...) -> y (N, ...); the last `free` axes of x may have any size.
    Raises: ValueError for x of another shape: nothing is broadcast in silence.
    """

    shift: Array
    scale: Array
    free: int = 0

    def __call__(self, x: Array) -> Array:
        """Apply."""
        return (self._checked("x", x) - self.shift) / self.scale

    def inverse(self, y: Array) -> Array:
        """x = shift + scale · y."""
        return self.shift + self.scale * self._checked("y", y)

    def _checked(self, name: str, x: Array) -> Array:
        x = as_float(x, name)
        checks.ndim(name, x, 1 + self.shift.ndim)
        fixed = self.shift.shape[: self.shift.ndim - self.free]
        checks.shape(name, x, (len(x), *fixed, *x.shape[1 + len(fixed) :]))
        return x


@dataclass(frozen=True)
class Linear:
    """y = (x - mean) w and back, x ≈ mean + y v, with matrices that were fitted before.

    Shapes: mean (D,), w (D, K), v (K, D); x (N, D) -> y (N, K). variances: of the training data along each direction.
    Raises: ValueError for x of another shape.
    """

    mean: Array
    w: Array
    v: Array
    variances: Array

    def __call__(self, x: Array) -> Array:
        """Apply."""
        x = as_float(x)
        checks.shape("x", x, (*x.shape[:1], len(self.w)))
        return (x - self.mean) @ self.w

    def inverse(self, y: Array) -> Array:
        """As much of x as the kept directions hold."""
        y = as_float(y, "y")
        checks.shape("y", y, (*y.shape[:1], len(self.v)))
        return self.mean + y @ self.v


def fit_centring(x: Array) -> Affine:
    """y = x - mean: every feature has mean 0 on the training split.

    Shapes: x (N, ...), one mean for each of (...).
    Raises: ValueError for no examples or numbers that are not finite.
    """
    x = _checked(x)
    mean: Array = x.mean(axis=0)
    return Affine(mean, np.ones_like(mean))


def fit_standardization(x: Array) -> Affine:
    """y = (x - mean) / std: mean 0 and variance 1 for every feature; a constant one is only centred.

    Shapes: x (N, ...), one mean and one std for each of (...).
    Raises: ValueError for no examples or numbers that are not finite. The std is NumPy's, divided by N.
    """
    x = _checked(x)
    return Affine(x.mean(axis=0), _or_one(x.std(axis=0), x))


def fit_channel_standardization(x: Array) -> Affine:
    """y = (x - mean) / std with one mean and one std a channel, over all images and pixels.

    Shapes: x (N, C, H, W); images of another size may follow.
    Raises: ValueError for other dimensions, no examples or numbers that are not finite.
    """
    x = _checked(x)
    checks.ndim("x", x, 4)
    flat = fit_standardization(x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1]))
    return Affine(flat.shift[:, np.newaxis, np.newaxis], flat.scale[:, np.newaxis, np.newaxis], free=2)


def fit_min_max(x: Array, low: float = -1.0, high: float = 1.0) -> Affine:
    """y = low + (high - low) (x - x_min) / (x_max - x_min); a constant feature becomes low.

    Shapes: x (N, ...), one min and one max for each of (...).
    Raises: ValueError unless low < high, for no examples or numbers that are not finite.
    """
    x, low = _checked(x), checks.number("low", low)
    high = checks.number("high", high, f"({low}, inf)")
    scale = _or_one(np.ptp(x, axis=0) / (high - low), x)
    return Affine(x.min(axis=0) - low * scale, scale)


def centre_images(x: Array) -> Array:
    """x minus the mean of its own pixels, image by image: nothing is fitted.

    Shapes: x (N, ...) -> (N, ...).
    Raises: ValueError for no examples or numbers that are not finite.
    """
    x = _checked(x)
    mean: Array = x.mean(axis=tuple(range(1, x.ndim)), keepdims=True)
    return x - mean


def principal_directions(x: Array) -> tuple[Array, Array, Array]:
    """(mean, V, λ): orthonormal columns of V along which the training data vary most, and their variances λ = s²/N.

    Shapes: x (N, D) -> (D,), (D, K), (K,), K = min(N, D). The covariance is V diag(λ) Vᵀ; s are singular values.
    Raises: ValueError for other dimensions, no examples or numbers that are not finite, TypeError for other floats
    than float32 and float64, which are what LAPACK computes with.
    Signs are free: the largest entry of every direction is made positive.
    """
    x = _checked(x)
    checks.ndim("x", x, 2)
    if x.dtype not in (np.float32, np.float64):
        raise TypeError(f"x must be float32 or float64, got {x.dtype}")
    mean: Array = x.mean(axis=0)
    _, s, rows = np.linalg.svd(x - mean, full_matrices=False)
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1, keepdims=True), axis=1)
    return mean, (rows * np.sign(largest)).T, s**2 / len(x)


def fit_pca(x: Array, k: int) -> Linear:
    """y = (x - mean) V, the coordinates along the k directions of largest variance: uncorrelated.

    Shapes: x (N, D), k <= min(N, D).
    Raises: ValueError for other dimensions, no examples, numbers that are not finite or another k.
    """
    mean, v, variances = principal_directions(x)
    k = checks.integer("k", k, f"[1, {len(variances)}]")
    return Linear(mean, v[:, :k], v[:, :k].T, variances[:k])


def fit_pca_whitening(x: Array, eps: float = 1e-5) -> Linear:
    """y = (x - mean) V / √(λ + ε): uncorrelated, and of variance 1 wherever λ is far above ε.

    Shapes: x (N, D) -> K = min(N, D) directions.
    Raises: ValueError for other dimensions, no examples, numbers that are not finite or ε <= 0.
    """
    eps = checks.number("eps", eps, "(0, inf)")
    mean, v, variances = principal_directions(x)
    std = np.sqrt(variances + eps)
    return Linear(mean, v / std, (v * std).T, variances)


def fit_zca_whitening(x: Array, eps: float = 1e-5) -> Linear:
    """y = (x - mean) V diag(1 / √(λ + ε)) Vᵀ: whitened, then turned back, so that digits stay digits.

    Shapes: x (N, D) -> D features again.
    Raises: ValueError for other dimensions, no examples, numbers that are not finite or ε <= 0.
    Source: bell1997.
    """
    eps = checks.number("eps", eps, "(0, inf)")
    mean, v, variances = principal_directions(x)
    std = np.sqrt(variances + eps)
    return Linear(mean, (v / std) @ v.T, (v * std) @ v.T, variances)


def _or_one(scale: Array, x: Array) -> Array:
    """The scale, but 1 for features that are constant: rounding may leave them a spread, never a meaning."""
    return np.where((np.ptp(x, axis=0) > 0.0) & (scale > 0.0), scale, 1.0).astype(x.dtype)


def _checked(x: Array) -> Array:
    """x as floats, if there is at least one example and every number is finite."""
    x = as_float(x)
    checks.batch("x", x)
    checks.not_empty("x", x)
    checks.finite("x", x)
    return x
