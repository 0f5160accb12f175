"""Starting weights: what a layer's random numbers must look like for its signal to keep its size."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np

from snippets import checks
from snippets.arrays import Array

Fan: TypeAlias = Literal["in", "out", "avg"]

# Standard deviation of N(0, 1) cut off at ±2: √(1 - 4φ(2) / (2Φ(2) - 1)).
CUT_NORMAL_STD = 0.8796256610342398


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(n_in, n_out): how many inputs one output sums over, and how many outputs one input reaches.

    Shapes: dense weights (in, out); convolution kernels (out, in, height, width), where the kernel's area counts too.
    Raises: ValueError for fewer than two dimensions or an empty one.

    >>> fans((64, 10)), fans((16, 3, 5, 5))
    ((64, 10), (75, 400))
    """
    checks.sizes("shape", shape, least=2)
    if len(shape) == 2:
        return shape[0], shape[1]
    area = math.prod(shape[2:])
    return shape[1] * area, shape[0] * area


def fan(shape: tuple[int, ...], mode: Fan) -> float:
    """n_in, n_out or their mean, for the modes "in", "out" and "avg".

    Raises: ValueError for any other mode.
    """
    fan_in, fan_out = fans(shape)
    sizes = {"in": float(fan_in), "out": float(fan_out), "avg": (fan_in + fan_out) / 2.0}
    if mode not in sizes:
        raise ValueError(f"mode must be one of {', '.join(sizes)}, got {mode!r}")
    return sizes[mode]


def gain(activation: str, slope: float = 0.01) -> float:
    """The factor on √(1/n) that makes up for what this activation does to the variance.

    Raises: ValueError for an activation without a known gain.
    Source: he2015, eq. 15 for the (leaky) ReLU; klambauer2017 for SELU. The 5/3 of tanh
    is PyTorch's, which names no source for it.
    """
    checks.number("slope", slope)
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0) / math.hypot(1.0, slope),
        "selu": 1.0,
    }
    if activation not in gains:
        raise ValueError(f"activation must be one of {', '.join(gains)}, got {activation!r}")
    return gains[activation]


def constant(shape: tuple[int, ...], rng: np.random.Generator, value: float) -> Array:
    """w = value everywhere: right for biases; as weights it makes all units of a layer the same for ever.

    Raises: ValueError for an empty shape or a value that is not finite.
    All initializers are called alike, so there is an rng, although nothing is drawn.
    """
    checks.sizes("shape", shape)
    checks.number("value", value)
    return np.full(shape, value, dtype=np.float64)


def zeros(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """w = 0.

    Raises: ValueError for an empty shape.
    """
    return constant(shape, rng, 0.0)


def normal(shape: tuple[int, ...], rng: np.random.Generator, std: float) -> Array:
    """w ~ N(0, std²), not truncated.

    Raises: ValueError for an empty shape or std < 0.
    """
    checks.sizes("shape", shape)
    checks.generator("rng", rng)
    checks.number("std", std, "[0, inf)")
    return std * rng.standard_normal(shape)


def uniform(shape: tuple[int, ...], rng: np.random.Generator, limit: float) -> Array:
    """w ~ U[-limit, limit), whose variance is limit² / 3.

    Raises: ValueError for an empty shape or limit < 0.
    """
    checks.sizes("shape", shape)
    checks.generator("rng", rng)
    checks.number("limit", limit, "[0, inf)")
    return limit * (2.0 * rng.random(shape) - 1.0)


def truncated_normal(shape: tuple[int, ...], rng: np.random.Generator, std: float) -> Array:
    """w ~ N(0, σ²) cut off at ±2σ, with the σ for which std is the deviation *after* the cut: σ = std / 0.8796.

    Raises: ValueError for an empty shape or std < 0. What falls outside is drawn again.
    """
    z = normal(shape, rng, 1.0)
    checks.number("std", std, "[0, inf)")
    while (outside := np.abs(z) > 2.0).any():
        z[outside] = rng.standard_normal(outside.sum())
    return std / CUT_NORMAL_STD * z


def lecun_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """w ~ N(0, 1/n_in): keeps the variance through a linear layer.

    Raises: ValueError for a shape without fans.
    Source: lecun1998, eq. 16.
    """
    fan_in, _ = fans(shape)
    return normal(shape, rng, std=math.sqrt(1.0 / fan_in))


def lecun_uniform(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """w ~ U[-a, a), a = √(3/n_in): variance 1/n_in again.

    Raises: ValueError for a shape without fans.
    Source: lecun1998, eq. 16.
    """
    fan_in, _ = fans(shape)
    return uniform(shape, rng, limit=math.sqrt(3.0 / fan_in))


def xavier_normal(shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """w ~ N(0, 2 gain² / (n_in + n_out)), also named after Glorot: between what forward and backward passes want.

    Raises: ValueError for a shape without fans or gain <= 0.
    Source: glorot2010, eq. 12.
    """
    checks.number("gain", gain, "(0, inf)")
    fan_in, fan_out = fans(shape)
    return normal(shape, rng, std=gain * math.sqrt(2.0 / (fan_in + fan_out)))


def xavier_uniform(shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """w ~ U[-a, a), a = gain √(6 / (n_in + n_out)).

    Raises: ValueError for a shape without fans or gain <= 0.
    Source: glorot2010, eq. 16.
    """
    checks.number("gain", gain, "(0, inf)")
    fan_in, fan_out = fans(shape)
    return uniform(shape, rng, limit=gain * math.sqrt(6.0 / (fan_in + fan_out)))


def he_normal(shape: tuple[int, ...], rng: np.random.Generator, slope: float = 0.0, mode: Fan = "in") -> Array:
    """w ~ N(0, 2 / ((1 + slope²) n)), also named after Kaiming: for ReLU (slope 0) and leaky ReLU.

    Raises: ValueError for a shape without fans or an unknown mode.
    Source: he2015, eq. 15; n is n_in unless mode says "out" or "avg".
    """
    checks.number("slope", slope)
    return normal(shape, rng, std=math.sqrt(2.0 / fan(shape, mode)) / math.hypot(1.0, slope))


def he_uniform(shape: tuple[int, ...], rng: np.random.Generator, slope: float = 0.0, mode: Fan = "in") -> Array:
    """w ~ U[-a, a), a = √(6 / ((1 + slope²) n)).

    Raises: ValueError for a shape without fans or an unknown mode.
    Source: he2015, eq. 15; n is n_in unless mode says "out" or "avg".
    """
    checks.number("slope", slope)
    return uniform(shape, rng, limit=math.sqrt(6.0 / fan(shape, mode)) / math.hypot(1.0, slope))


def orthogonal(shape: tuple[int, ...], rng: np.random.Generator, gain: float = 1.0) -> Array:
    """w = gain · Q with orthonormal rows or columns, whichever there are fewer of; a square Q keeps every length.

    Shapes: (in, out), or (out, in, height, width) seen as (out, in · height · width).
    Raises: ValueError for a shape without fans or gain <= 0.
    Source: saxe2014; the signs of R make Q uniform over all orthogonal matrices (mezzadri2007).
    """
    checks.number("gain", gain, "(0, inf)")
    fans(shape)
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(normal((max(rows, columns), min(rows, columns)), rng, std=1.0))
    q = q * np.sign(np.diag(r))
    return gain * (q if rows >= columns else q.T).reshape(shape)
