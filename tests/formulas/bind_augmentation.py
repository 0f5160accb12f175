"""What the symbols of the chapter on augmentation stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from formulas import RV, formula, iid, independent, inline
from snippets import augmentation as aug
from snippets.activations import softmax
from snippets.arrays import Array
from snippets.experiments import augmentation as runs
from snippets.layers import dense
from snippets.losses import soft_cross_entropy, softmax_cross_entropy

Rng = np.random.Generator
Mix = Callable[[Array, Array, Rng, float], tuple[Array, Array]]


def mixed_twice(rng: Rng, mix: Mix, x: Array, y: Array) -> tuple[Array, Array, float, int]:
    """The first example mixed, its label, its share and its partner; both told by labels of one class."""
    while True:
        seed = int(rng.integers(1_000_000))
        weights = mix(x, np.eye(len(x)), np.random.default_rng(seed), 1.0)[1][0]
        if 0.0 < weights[0] < 1.0:
            mixed, labels = mix(x, y, np.random.default_rng(seed), 1.0)
            return mixed[0], labels[0], float(weights[0] / weights.sum()), int(np.flatnonzero(weights)[1])


def entropy_of(y: Array, p: Array) -> float:
    """The cross-entropy of one label and one prediction."""
    return soft_cross_entropy(np.log(p)[None], y[None])[0]


@formula("augmentation-loss")
def _(rng: Rng) -> dict[str, Any]:
    z, y = rng.normal(size=(3, 4, 5)), rng.integers(0, 5, 3)
    each = [[softmax_cross_entropy(z[i, m : m + 1], y[i : i + 1])[0] for m in range(4)] for i in range(3)]
    whole = softmax_cross_entropy(z.reshape(12, 5), np.repeat(y, 4))[0]
    return {r"\bar\ell": whole, r"\ell": np.array(each), "N": 3, "M": 4}


@formula("augmentation-rotation")
def _(rng: Rng) -> dict[str, Any]:
    places = np.arange(9.0) - 4.0
    ramps = np.repeat(places[:, None], 9, axis=1)[None], np.repeat(places[None], 9, axis=0)[None]
    seed = int(rng.integers(1_000_000))
    angle = float(np.random.default_rng(seed).uniform(-60.0, 60.0, (1, 1, 1))[0, 0, 0])
    rows, columns = (aug.rotate(ramp, np.random.default_rng(seed), 60.0)[0] for ramp in ramps)
    r, c = (int(k) for k in rng.integers(-2, 3, 2))
    return {
        "r": float(r),
        "c": float(c),
        "r'": rows[r + 4, c + 4],
        "c'": columns[r + 4, c + 4],
        r"\varphi": np.deg2rad(angle),
    }


@formula("augmentation-bilinear")
def _(rng: Rng) -> dict[str, Any]:
    x, (a, b) = rng.normal(size=(1, 4, 5)), rng.uniform(0.1, 0.9, 2)
    i, j = int(rng.integers(0, 3)), int(rng.integers(0, 4))
    y = aug.bilinear(x, np.array([[[i + a]]]), np.array([[[j + b]]]))[0, 0, 0]
    return {"x": x[0], "i": i + 1, "j": j + 1, "a": float(a), "b": float(b), "y": float(y)}


@formula("augmentation-variance", n=4)
def _(rng: Rng) -> dict[str, Any]:
    shared, *own = independent(rng.normal(0.5, 1.0, 3), *[rng.normal(0.5, 1.0, 3)] * 3)
    copies = shared.values[:, None] + np.stack([v.values for v in own], axis=1)
    return {
        "a": RV(copies),
        r"\bar a": RV(copies.mean(axis=1)),
        "M": 3,
        r"\mu": float(copies[:, 0].mean()),
        r"\sigma^2": float(copies[:, 0].var()),
        r"\rho": float(np.corrcoef(copies[:, 0], copies[:, 1])[0, 1]),
    }


@formula("augmentation-effective", n=24)
def _(rng: Rng) -> dict[str, Any]:
    n, m, rho = int(rng.integers(2, 50)), int(rng.choice([2, 7, 19, 5000])), float(rng.uniform(0.05, 0.95))
    return {r"N_{\text{eff}}": runs.effective_size(n, m, rho), "N": n, "M": m, r"\rho": rho}


def linear(rng: Rng, noise: RV) -> dict[str, Any]:
    """A linear model, one example, and noise to add to it."""
    w, x, t = rng.normal(0.7, 1.0, 2), rng.normal(0.7, 1.0, 2), float(rng.normal())
    error = float(dense(x[None], w[:, None], np.array([-t]))[0][0, 0])
    return {"w": w, "x": x, "t": t, "r": error, r"\varepsilon": noise}


@inline("augmentation", r"r = w^\top x - t")
def _(rng: Rng) -> dict[str, Any]:
    return linear(rng, RV(rng.normal(0.6, 1.0, (5, 2))))


@formula("augmentation-noise-error", n=6)
def _(rng: Rng) -> dict[str, Any]:
    return linear(rng, RV(rng.normal(0.6, 1.0, (5, 2))))


@formula("augmentation-noise-penalty", n=6)
def _(rng: Rng) -> dict[str, Any]:
    support = rng.normal(size=3)
    (noise,) = iid(2, support - support.mean())
    return {**linear(rng, noise), "s": float(support.std())}


@formula("augmentation-ridge")
def _(rng: Rng) -> dict[str, Any]:
    x, t, s = rng.normal(0.5, 1.0, (5, 3)), rng.normal(size=5), float(rng.uniform(0.2, 1.5))
    copies = runs.spread_evenly(x, s)
    w = runs.least_squares(copies, np.tile(t, 6))
    return {"w^*": w, "X": x, "t": t, "s": s, "I": np.eye(3), "N": 5}


@formula("augmentation-mixup")
def _(rng: Rng) -> dict[str, Any]:
    x, y = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(5), 3)
    mixed, label, share, other = mixed_twice(rng, aug.mixup, x, y)
    return {
        r"\tilde x": mixed,
        r"\tilde y": label,
        "x": x[0],
        "x'": x[other],
        "y": y[0],
        "y'": y[other],
        r"\lambda": share,
    }


@formula("augmentation-mixup-loss")
def _(rng: Rng) -> dict[str, Any]:
    x, y = rng.normal(size=(3, 4)), rng.dirichlet(np.ones(5), 3)
    _, label, share, other = mixed_twice(rng, aug.mixup, x, y)
    return {
        r"\ell": entropy_of,
        r"\tilde y": label,
        "y": y[0],
        "y'": y[other],
        "p": softmax(rng.normal(size=5)),
        r"\lambda": share,
    }


@formula("augmentation-cutmix")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(size=(3, 4, 5))
    mixed, _, share, other = mixed_twice(rng, aug.cutmix, x, np.eye(3))
    return {
        r"\tilde x": mixed,
        "x": x[0],
        "x'": x[other],
        "B": (mixed == x[0]).astype(float),
        r"\lambda": share,
        "H": 4,
        "W": 5,
    }


@inline("augmentation", r"\ell(y, p) = -\sum_k y_k \log p_k")
def _(rng: Rng) -> dict[str, Any]:
    return {r"\ell": entropy_of, "y": rng.dirichlet(np.ones(5)), "p": softmax(rng.normal(size=5))}


@inline("augmentation", r"\alpha = 0.2", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\alpha": runs.MIXES["mixup"].keywords["alpha"]}
