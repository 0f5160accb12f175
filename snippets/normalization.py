"""Normalization: the same formula, x̂ = (x - mean) / std, over different axes."""

from __future__ import annotations

import math

import numpy as np

from snippets import checks
from snippets.arrays import Array, Backward, as_float


def normalize(x: Array, axes: tuple[int, ...], eps: float = 1e-5) -> tuple[Array, Backward]:
    """x̂ = (x - μ) / √(σ² + ε), with mean μ and variance σ² over these axes.

    Shapes: x (...) -> (...).
    Raises: ValueError unless ε > 0, axes are those of x and there is something to average.
    Source: ioffe2015, section 3: what all norms share. The variance is that of the
    centred x: E[x²] - μ² cancels.
    """
    eps = checks.number("eps", eps, "(0, inf)")
    checks.array("x", x)
    checks.axes("axes", axes, x.ndim)
    checks.not_empty("x", x)
    centred = x - x.mean(axis=axes, keepdims=True)
    inv_std = 1.0 / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + eps)
    x_hat = centred * inv_std

    def backward(dx_hat: Array) -> tuple[Array, ...]:
        mean = dx_hat.mean(axis=axes, keepdims=True)
        along = (dx_hat * x_hat).mean(axis=axes, keepdims=True)
        return (inv_std * (dx_hat - mean - x_hat * along),)

    return x_hat, backward


def batch_norm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> tuple[Array, Backward]:
    """y = γ x̂ + β, where each channel of x̂ has mean 0 and variance 1 over this batch.

    Shapes: x (N, C) or (N, C, H, W), gamma (C,), beta (C,) -> y as x.
    Raises: ValueError for one number a channel only (its variance says nothing), other
    shapes, ε <= 0.
    Source: ioffe2015, algorithm 1. For training; see batch_norm_inference.
    """
    axes = _all_but_channels(x, gamma, beta)
    _check_more_than_one(x)
    x_hat, back = normalize(x, axes, eps)

    def backward(dy: Array) -> tuple[Array, ...]:
        (dx,) = back(dy * _per_channel(gamma, x))
        return dx, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)

    return _per_channel(gamma, x) * x_hat + _per_channel(beta, x), backward


def running_statistics(x: Array, mean: Array, var: Array, new_weight: float = 0.1) -> tuple[Array, Array]:
    """m ← (1 - a) m + a μ and v ← (1 - a) v + a σ² n / (n - 1), with μ, σ² of n numbers.

    Shapes: x (N, C) or (N, C, H, W), mean (C,), var (C,) -> mean (C,), var (C,).
    Raises: ValueError unless 0 < a <= 1, and as batch_norm.
    Source: ioffe2015, algorithm 2, for the unbiased variance. a is the weight of the
    new value (PyTorch's momentum; in Keras that of the old). Start from 0 and 1.
    """
    new_weight = checks.number("new_weight", new_weight, "(0, 1]")
    axes = _all_but_channels(x, mean, var, ("mean", "var"))
    _check_more_than_one(x)
    new_mean, new_var = x.mean(axis=axes), x.var(axis=axes, ddof=1)
    return mean + new_weight * (new_mean - mean), var + new_weight * (new_var - var)


def batch_norm_inference(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float = 1e-5
) -> tuple[Array, Backward]:
    """y = γ (x - m) / √(v + ε) + β with running mean m and variance v, for evaluation.

    Shapes: x (N, C) or (N, C, H, W), gamma, beta, mean, var (C,) -> y as x.
    Raises: ValueError for a negative variance, other shapes, ε <= 0.
    Source: ioffe2015, algorithm 2. Statistics are fixed here and have no gradient.
    """
    eps = checks.number("eps", eps, "(0, inf)")
    axes = _all_but_channels(x, gamma, beta)
    _all_but_channels(x, mean, var, ("mean", "var"))
    checks.within("var", var, 0.0, np.inf)
    inv_std = 1.0 / np.sqrt(_per_channel(var, x) + eps)
    x_hat = (x - _per_channel(mean, x)) * inv_std

    def backward(dy: Array) -> tuple[Array, ...]:
        return dy * _per_channel(gamma, x) * inv_std, (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)

    return _per_channel(gamma, x) * x_hat + _per_channel(beta, x), backward


def layer_norm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> tuple[Array, Backward]:
    """y = γ x̂ + β, where x̂ is x with mean 0 and variance 1 over the last axis.

    Shapes: x (..., D), gamma (D,), beta (D,) -> y (..., D).
    Raises: ValueError for other shapes, an empty x, ε <= 0.
    Source: ba2016, eq. 3-4.
    """
    checks.last_axis("x", x)
    checks.shape("gamma", gamma, x.shape[-1:])
    checks.shape("beta", beta, x.shape[-1:])
    x_hat, back = normalize(x, (-1,), eps)
    others = tuple(range(x.ndim - 1))

    def backward(dy: Array) -> tuple[Array, ...]:
        (dx,) = back(dy * gamma)
        return dx, (dy * x_hat).sum(axis=others), dy.sum(axis=others)

    return gamma * x_hat + beta, backward


def group_norm(x: Array, gamma: Array, beta: Array, groups: int, eps: float = 1e-5) -> tuple[Array, Backward]:
    """y = γ x̂ + β, where each group of channels of each example has mean 0, variance 1 in x̂.

    Shapes: x (N, C) or (N, C, H, W), gamma (C,), beta (C,) -> y as x.
    Raises: ValueError for groups that do not divide C, other shapes, an empty x, ε <= 0.
    Source: wu2018, eq. 1 and 7. One group: all channels together; C: instance norm.
    """
    axes = _all_but_channels(x, gamma, beta)
    checks.integer("groups", groups, "[1, inf)")
    if x.shape[1] % groups:
        raise ValueError(f"groups must divide the {x.shape[1]} channels, got {groups}")
    rows, back = normalize(x.reshape(len(x), groups, math.prod(x.shape[1:]) // groups), (2,), eps)
    x_hat = rows.reshape(x.shape)

    def backward(dy: Array) -> tuple[Array, ...]:
        (d_rows,) = back((dy * _per_channel(gamma, x)).reshape(rows.shape))
        return d_rows.reshape(x.shape), (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)

    return _per_channel(gamma, x) * x_hat + _per_channel(beta, x), backward


def instance_norm(x: Array, gamma: Array, beta: Array, eps: float = 1e-5) -> tuple[Array, Backward]:
    """y = γ x̂ + β, where each channel of each image has mean 0 and variance 1 in x̂.

    Shapes: x (N, C, H, W), gamma (C,), beta (C,) -> y (N, C, H, W).
    Raises: as group_norm, and ValueError unless x are images.
    Source: ulyanov2016.
    """
    checks.ndim("x", x, 4)
    return group_norm(x, gamma, beta, x.shape[1], eps)


def rms_norm(x: Array, gamma: Array, eps: float = 1e-5) -> tuple[Array, Backward]:
    """y = γ x / √(mean(x²) + ε) over the last axis: nothing is subtracted, nothing added.

    Shapes: x (..., D), gamma (D,) -> y (..., D).
    Raises: ValueError for other shapes, an empty x, ε <= 0.
    Source: zhang2019, eq. 4, with ε as in layer norm.
    """
    x, eps = as_float(x), checks.number("eps", eps, "(0, inf)")
    checks.last_axis("x", x)
    checks.not_empty("x", x)
    checks.shape("gamma", gamma, x.shape[-1:])
    inv_rms = 1.0 / np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)
    x_hat, others = x * inv_rms, tuple(range(x.ndim - 1))

    def backward(dy: Array) -> tuple[Array, ...]:
        dx_hat = dy * gamma
        along = (dx_hat * x_hat).mean(axis=-1, keepdims=True)
        return inv_rms * (dx_hat - x_hat * along), (dy * x_hat).sum(axis=others)

    return gamma * x_hat, backward


def _all_but_channels(x: Array, a: Array, b: Array, names: tuple[str, str] = ("gamma", "beta")) -> tuple[int, ...]:
    """The axes of x other than 1, where the channels are; a and b have a number for each channel."""
    checks.array("x", x)
    if x.ndim not in (2, 4):
        raise ValueError(f"x must have shape (N, C) or (N, C, H, W), got {x.shape}")
    for name, array in zip(names, (a, b), strict=True):
        checks.shape(name, array, (x.shape[1],))
    return (0, *range(2, x.ndim))


def _per_channel(a: Array, x: Array) -> Array:
    """A number for each channel, laid out so that it meets its channel in x."""
    return a.reshape(-1, *[1] * (x.ndim - 2))


def _check_more_than_one(x: Array) -> None:
    """Statistics of a channel need two numbers at least."""
    if x.size < 2 * x.shape[1]:
        raise ValueError(f"x must hold more than one number for every channel, got shape {x.shape}")
