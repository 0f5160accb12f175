"""What the symbols of the chapter on normalization stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from formulas import formula, inline
from snippets.activations import silu, silu_grad
from snippets.arrays import Array
from snippets.blocks import BatchNorm
from snippets.experiments.normalization import SCALES
from snippets.normalization import (
    batch_norm,
    batch_norm_inference,
    layer_norm,
    normalize,
    rms_norm,
    running_statistics,
)

Rng = np.random.Generator
NO_EPS = 1e-30  # a norm without ε, but for 30 decimals
STENCIL = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])  # the central difference of order 8


def slope(f: Callable[[float], float], x: float, h: float = 0.01) -> float:
    """The derivative of f, with an error of order h⁸."""
    return float(sum(c * (f(x + k * h) - f(x - k * h)) for k, c in enumerate(STENCIL, start=1)) / h)


def partial(x: str) -> str:
    """The name of a partial derivative of the loss."""
    return rf"\frac{{\partial L}}{{\partial {x}}}"


def moments(x: Array) -> tuple[float, float]:
    """Mean and biased variance of one feature, as the package keeps them with all weight on the new value."""
    mean, var = running_statistics(x[:, None], np.zeros(1), np.ones(1), 1.0)
    return float(mean[0]), float(var[0]) * (len(x) - 1) / len(x)


def setting(rng: Rng) -> dict[str, Any]:
    """One feature of a batch of five, its scale and shift, an ε that shows, and all gradients of the package."""
    x, dy = rng.normal(0.7, 0.3, 5) + rng.permutation([-2.0, -1.0, 0.0, 1.5, 3.0]), rng.normal(0.4, 1.0, 5)
    gamma, beta, eps = rng.uniform(0.5, 2.0, 1), rng.uniform(0.5, 2.0, 1), float(rng.uniform(0.1, 0.9))
    y, backward = batch_norm(x[:, None], gamma, beta, eps)
    dx, d_gamma, d_beta = backward(dy[:, None])
    mean, var = moments(x)

    def loss(m: float, v: float) -> float:
        at = np.array([m]), np.array([v])
        return float(dy @ batch_norm_inference(x[:, None], gamma, beta, *at, eps)[0][:, 0])

    _, straight = batch_norm_inference(x[:, None], gamma, beta, np.zeros(1), np.ones(1) - eps, eps)
    return {
        "x": x,
        "y": y[:, 0],
        r"\hat x": normalize(x, (0,), eps)[0],
        r"\mu": mean,
        r"\sigma^2": var,
        r"\varepsilon": eps,
        r"\gamma": float(gamma[0]),
        r"\beta": float(beta[0]),
        "n": len(x),
        "g": straight(dy[:, None])[0][:, 0],
        partial("y"): dy,
        partial("x"): dx[:, 0],
        partial(r"\gamma"): float(d_gamma[0]),
        partial(r"\beta"): float(d_beta[0]),
        partial(r"\sigma^2"): slope(lambda v: loss(mean, v), var),
        partial(r"\mu"): slope(lambda m: loss(m, var), mean),
    }


def only(rng: Rng, *names: str) -> dict[str, Any]:
    """These symbols of the setting."""
    return {name: value for name, value in setting(rng).items() if name in names}


@formula("normalization-moments")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, "x", r"\mu", r"\sigma^2", "n")


@formula("normalization-hat")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, "x", r"\hat x", r"\mu", r"\sigma^2", r"\varepsilon")


@formula("normalization-output")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, "y", r"\hat x", r"\gamma", r"\beta")


@formula("normalization-two-moments")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, r"\hat x", r"\sigma^2", r"\varepsilon", "n")


@formula("normalization-scale")
def _(rng: Rng) -> dict[str, Any]:
    a, b, eps = rng.uniform(0.3, 3.0, 3)
    return {
        r"\mathrm{N}": lambda x, e: normalize(x, (0,), e)[0],
        "x": rng.normal(size=5),
        "a": a,
        "b": b,
        r"\varepsilon": eps,
    }


def loss_of_weights(rng: Rng) -> tuple[Callable[[Array], float], Callable[[Array], Array]]:
    """A loss of the SiLU of a batch norm behind a linear layer, and its gradient by the weights."""
    x, dy = rng.normal(size=(6, 3)), rng.normal(0.4, 1.0, 6)
    one, beta = rng.uniform(0.5, 2.0, 1), rng.uniform(0.5, 2.0, 1)

    def run(w: Array) -> tuple[float, Array]:
        y, backward = batch_norm((x @ w)[:, None], one, beta, NO_EPS)
        dx = backward(dy[:, None] * silu_grad(y))[0]
        return float(dy @ silu(y[:, 0])), x.T @ dx[:, 0]

    return (lambda w: run(w)[0]), (lambda w: run(w)[1])


@inline("normalization", r"\sigma = 10^{-4}", r"\varepsilon = 10^{-5}", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\sigma": SCALES[0], r"\varepsilon": BatchNorm().eps}


@inline("normalization", r"\sigma = 1", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\sigma": SCALES[-1]}


@formula("normalization-gradient-scale")
def _(rng: Rng) -> dict[str, Any]:
    loss, gradient = loss_of_weights(rng)
    return {"L": loss, r"\nabla L": gradient, "w": rng.normal(0.5, 1.0, 3), "a": float(rng.uniform(1.5, 3.0))}


@formula("normalization-growth")
def _(rng: Rng) -> dict[str, Any]:
    _, gradient = loss_of_weights(rng)
    w, rate = rng.normal(0.5, 1.0, 3), float(rng.uniform(0.1, 0.9))
    g = gradient(w)
    return {"w_t": w, "w_{t+1}": w - rate * g, "g_t": g, r"\eta": rate}


@formula("normalization-running")
def _(rng: Rng) -> dict[str, Any]:
    x, m, v, alpha = rng.normal(0.7, 1.3, 5), rng.normal(size=1), rng.uniform(0.5, 2.0, 1), float(rng.uniform(0.1, 0.9))
    mean, var = moments(x)
    new_m, new_v = running_statistics(x[:, None], m, v, alpha)
    old, new = {"m": float(m[0]), "v": float(v[0])}, {"<-m": float(new_m[0]), "<-v": float(new_v[0])}
    return {**old, **new, r"\alpha": alpha, r"\mu": mean, r"\sigma^2": var, "n": len(x)}


@formula("normalization-inference")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, beta, m, v = rng.uniform(0.5, 2.0, (5, 2))
    eps = float(rng.uniform(0.1, 0.9))
    y, _ = batch_norm_inference(x[None], gamma, beta, m, v, eps)
    values = {"x": x, r"\gamma": gamma, r"\beta": beta, "m": m, "v": v, "y": y[0]}
    return {**{name: float(value[1]) for name, value in values.items()}, r"\varepsilon": eps}


@formula("normalization-parameters")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, partial(r"\gamma"), partial(r"\beta"), partial("y"), r"\hat x", r"\gamma", "g", "n")


@formula("normalization-backward-variance")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, partial(r"\sigma^2"), "g", "x", r"\hat x", r"\mu", r"\sigma^2", r"\varepsilon", "n")


@formula("normalization-backward-mean")
def _(rng: Rng) -> dict[str, Any]:
    return only(rng, partial(r"\mu"), "g", r"\sigma^2", r"\varepsilon", "n")


@formula("normalization-backward")
def _(rng: Rng) -> dict[str, Any]:
    derivatives = (partial("x"), partial(r"\sigma^2"), partial(r"\mu"))
    return only(rng, *derivatives, "g", "x", r"\hat x", r"\mu", r"\sigma^2", r"\varepsilon", "n")


@formula("normalization-pair")
def _(rng: Rng) -> dict[str, Any]:
    x, eps = rng.normal(0.5, 1.0, 2), float(rng.uniform(0.1, 0.9))
    return {"x": x, r"\hat x": normalize(x, (0,), eps)[0], r"\varepsilon": eps}


@inline("normalization", r"\hat x = 0")
def _(rng: Rng) -> dict[str, Any]:
    return {r"\hat x": normalize(rng.normal(size=1), (0,))[0].item()}


@formula("normalization-channels")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(0.5, 1.0, (2, 3, 4, 5))
    mean, _ = running_statistics(x, np.zeros(3), np.ones(3), 1.0)
    return {r"\mu": mean, "x": x, "N": 2, "H": 4, "W": 5}


@formula("normalization-layer")
def _(rng: Rng) -> dict[str, Any]:
    pages, eps = rng.normal(0.5, 1.0, (2, 3, 4)), float(rng.uniform(0.1, 0.9))
    x, (gamma, beta) = pages[1], rng.uniform(0.5, 2.0, (2, 4))
    each = np.array([moments(row) for row in x])
    return {
        "x": x,
        "y": layer_norm(pages, gamma, beta, eps)[0][1],
        r"\mu": each[:, 0],
        r"\sigma": np.sqrt(each[:, 1]),
        r"\gamma": gamma,
        r"\beta": beta,
        r"\varepsilon": eps,
        "D": 4,
    }


@formula("normalization-rms")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, eps = rng.normal(0.5, 1.0, 4), rng.uniform(0.5, 2.0, 4), float(rng.uniform(0.1, 0.9))
    return {"x": x, r"\gamma": gamma, "y": rms_norm(x, gamma, eps)[0], r"\varepsilon": eps, "D": 4}
