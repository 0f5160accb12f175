"""What the symbols of the chapter on preprocessing stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets import preprocessing as pre
from snippets.arrays import Array
from snippets.experiments.preprocessing import best_rate, cloud, condition_number, descend, hessian, valleys
from snippets.layers import dense
from snippets.losses import mse

Rng = np.random.Generator


def table(rng: Rng, n: int = 6, features: int = 3) -> Array:
    """Correlated features with means of their own, none of them close to a combination of the others."""
    while True:
        x: Array = rng.normal(size=(n, features)) @ rng.normal(size=(features, features)) + rng.uniform(1, 2, features)
        if pre.principal_directions(x)[2].min() > 0.1:
            return x


def covariance(x: Array) -> Array:
    """V diag(λ) Vᵀ, as the package decomposes it."""
    _, v, variances = pre.principal_directions(x)
    return np.asarray((v * variances) @ v.T)


@formula("preprocessing-loss")
def _(rng: Rng) -> dict[str, Any]:
    x, t = table(rng), rng.normal(size=6)

    def loss(w: Array, b: float) -> float:
        y, _ = dense(x, w[:, None], np.array([b]))
        return mse(y[:, 0], t)[0] / 2.0

    return {"L": loss, "x": x, "t": t, "w": rng.normal(size=3), "b": float(rng.normal()), "N": 6}


@inline("preprocessing", r"x_n = \mu + \tilde x_n")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    fitted = pre.fit_centring(x)
    return {"x": x, r"\tilde x": fitted(x), r"\mu": fitted.shift}


@formula("preprocessing-second-moment")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    fitted = pre.fit_centring(x)
    return {"x": x, r"\tilde x": fitted(x), r"\mu": fitted.shift, "C": covariance(x), "N": 6}


@formula("preprocessing-hessian")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    h = hessian(x)
    return {
        "H_{ww}": h[:3, :3],
        "H_{wb}": h[:3, 3],
        "H_{bb}": float(h[3, 3]),
        "C": covariance(x),
        r"\mu": pre.fit_centring(x).shift,
    }


@formula("preprocessing-descent")
def _(rng: Rng) -> dict[str, Any]:
    h = hessian(table(rng))
    values, vectors = np.linalg.eigh(h)
    steps, lr = int(rng.integers(2, 6)), float(rng.uniform(0.1, 1.9)) / float(values[-1])
    path = descend(h, rng.normal(size=4), lr, steps) @ vectors
    return {"e^{(t)}": path[-1], "e^{(0)}": path[0], r"\eta": lr, r"\lambda": values, "t": steps}


@inline("preprocessing", r"\eta < 2 / \lambda_{\max}", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A rate with which no direction grows, now and then nearly the largest of them."""
    h = hessian(table(rng)) * float(rng.choice([0.01, 1.0]))
    values, vectors = np.linalg.eigh(h)
    low, high = 0.0, 1e3
    for _ in range(60):
        middle = (low + high) / 2
        shrinks = np.linalg.norm(descend(h, vectors[:, -1], middle, 1)[1]) < 1.0
        low, high = (middle, high) if shrinks else (low, middle)
    return {r"\eta": low * float(rng.choice([rng.uniform(), 1.0 - 1e-9])), r"\lambda_{\max}": float(values[-1])}


@formula("preprocessing-best-rate")
def _(rng: Rng) -> dict[str, Any]:
    h = hessian(table(rng, n=9))
    low, high = np.linalg.eigvalsh(h)[[0, -1]]
    return {
        r"\eta": best_rate(h),
        r"\kappa": condition_number(h),
        r"\lambda_{\max}": float(high),
        r"\lambda_{\min}": float(low),
    }


@formula("preprocessing-best-factor")
def _(rng: Rng) -> dict[str, Any]:
    h = hessian(table(rng, n=9))
    low, high = np.linalg.eigvalsh(h)[[0, -1]]
    return {
        r"\eta": best_rate(h),
        r"\kappa": condition_number(h),
        r"\lambda_{\max}": float(high),
        r"\lambda_{\min}": float(low),
    }


@inline("preprocessing", r"\kappa \approx 34", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\kappa": condition_number(valleys()["offset"].before)}


@formula("preprocessing-centring")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    fitted = pre.fit_centring(x)
    return {r"\tilde x": fitted(x), "x": x, r"\mu": fitted.shift, "N": 6}


@formula("preprocessing-offset", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """Data near the origin, and far from it, where the bound leaves nothing out."""
    x = table(rng) + rng.choice([0.0, 30.0])
    mean, h = pre.fit_centring(x).shift, hessian(x)
    v = np.append(mean, 1.0)
    return {
        r"\lambda_{\max}": float(np.linalg.eigvalsh(h)[-1]),
        "v": v / np.linalg.norm(v),
        "H": h,
        "C": covariance(x),
        r"\mu": mean,
    }


@formula("preprocessing-standardization")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng) * rng.choice([0.001, 1.0])
    fitted = pre.fit_standardization(x)
    return {"z": fitted(x), "x": x, r"\mu": fitted.shift, r"\sigma": fitted.scale, "N": 6}


@formula("preprocessing-min-max")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng, features=1) * rng.choice([0.001, 1.0])
    return {"y": pre.fit_min_max(x)(x)[:, 0], "x": x[:, 0]}


@formula("preprocessing-bound", n=24)
def _(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(2, 7))
    x = np.eye(n)[:, :1] if rng.uniform() < 0.5 else rng.normal(size=(n, 1))
    return {"z": (1.0 - 1e-12) * pre.fit_standardization(x)(x)[:, 0], "N": n}  # equality, up to rounding


@formula("preprocessing-correlation")
def _(rng: Rng) -> dict[str, Any]:
    rho = float(rng.uniform(0.05, 0.95))
    x = cloud((0.3, 1.0), (2.0, 0.5), rho)
    return {r"\kappa": condition_number(hessian(pre.fit_standardization(x)(x))[:2, :2]), r"\rho": rho}


@inline("preprocessing", r"C v_k = \lambda_k v_k")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    _, v, variances = pre.principal_directions(x)
    return {"C": hessian(pre.fit_centring(x)(x))[:3, :3], "v": v.T, r"\lambda": variances}


@formula("preprocessing-eigenvalues")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    s = np.linalg.svd(pre.fit_centring(x)(x), compute_uv=False)
    return {r"\lambda": pre.principal_directions(x)[2], "s": s, "N": 6}


@inline("preprocessing", r"V^\top C V = \Lambda")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng)
    _, v, variances = pre.principal_directions(x)
    return {"V": v, "C": covariance(x), r"\Lambda": np.diag(variances)}


@inline("preprocessing", r"W = D V^\top", r"y_n = W \tilde x_n", r"\kappa = 1")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng, n=9)
    fitted = pre.fit_pca_whitening(x, eps=1e-16)
    _, v, variances = pre.principal_directions(x)
    return {
        "W": fitted.w.T,
        "D": np.diag(1.0 / np.sqrt(variances)),
        "V": v,
        "y": fitted(x),
        r"\tilde x": pre.fit_centring(x)(x),
        r"\kappa": condition_number(hessian(fitted(x))),
    }


@formula("preprocessing-whitening")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng, n=9)
    fitted = pre.fit_pca_whitening(x, eps=1e-16)
    _, v, variances = pre.principal_directions(x)
    return {
        "y": fitted(x),
        "W": fitted.w.T,
        "C": covariance(x),
        "V": v,
        "D": np.diag(1.0 / np.sqrt(variances)),
        r"\Lambda": np.diag(variances),
        "I": np.eye(3),
        "N": 9,
    }


@formula("preprocessing-rotation")
def _(rng: Rng) -> dict[str, Any]:
    x = table(rng, n=9)
    r, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return {"R": r, "W": pre.fit_pca_whitening(x, eps=1e-16).w.T, "C": covariance(x), "I": np.eye(3)}


@inline("preprocessing", "R = V")
def _(rng: Rng) -> dict[str, Any]:
    """What turns the one whitening into the other."""
    x = table(rng, n=9)
    eps = float(rng.uniform(0.1, 1.0))
    pca, zca = pre.fit_pca_whitening(x, eps).w.T, pre.fit_zca_whitening(x, eps).w.T
    return {"R": zca @ np.linalg.inv(pca), "V": pre.principal_directions(x)[1]}


@formula("preprocessing-damped")
def _(rng: Rng) -> dict[str, Any]:
    x, eps = table(rng), float(rng.uniform(0.1, 1.0))
    fitted = pre.fit_pca_whitening(x, eps)
    return {"y": fitted(x), r"\lambda": fitted.variances, r"\varepsilon": eps, "N": 6}


@formula("preprocessing-channel")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(1.0, 1.0, (2, 3, 4, 5))
    return {r"\mu": pre.fit_channel_standardization(x).shift[:, 0, 0], "x": x, "N": 2, "H": 4, "W": 5}


@formula("preprocessing-fold")
def _(rng: Rng) -> dict[str, Any]:
    x, w, b = table(rng), rng.normal(size=3), float(rng.normal())
    fitted = pre.fit_standardization(x)
    folded = w / fitted.scale
    shift = float(dense(fitted(np.zeros((1, 3))), w[:, None], np.array([b]))[0][0, 0])  # what zeros give
    return {
        "w": w,
        "z": fitted(x)[0],
        "b": b,
        "w'": folded,
        "x": x[0],
        "b'": shift,
        r"\sigma": fitted.scale,
        r"\mu": fitted.shift,
    }
