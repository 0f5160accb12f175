"""What the symbols of the chapter on watching a run stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets import diagnostics
from snippets.experiments.training import softmax_twice, to_one
from snippets.gradcheck import relative_error
from snippets.network import Dense, init_params
from snippets.optimizers import clip_by_norm

Rng = np.random.Generator


@formula("training-start", n=6)
def _(rng: Rng) -> dict[str, Any]:
    return {"K": int(rng.integers(2, 50))}


@formula("training-error", n=24)
def _(rng: Rng) -> dict[str, Any]:
    a, b = rng.normal(0.3, 1.0, 4), rng.normal(0.3, 1.0, 4) * rng.choice([0.2, 5.0])
    return {"a": a, "b": b, r"\mathrm{error}": relative_error(a, b)}


@formula("training-ratio", n=6)
def _(rng: Rng) -> dict[str, Any]:
    params = init_params((Dense(1),), (4,), rng)
    step = rng.normal(0.1, 0.3, params.flat.size)
    ratio = diagnostics.update_ratios(params, step)["0.w"]
    w = params["0.w"][:, 0]
    return {"r_t": ratio, "w_t": w, "w_{t+1}": w + step[:4]}


@formula("training-clip", n=24)
def _(rng: Rng) -> dict[str, Any]:
    g = rng.normal(0.4, 1.0, 5)
    limit = float(np.linalg.norm(g) * rng.choice([0.3, 3.0]))
    return {"g": g, r"\ell": limit, "<-g": clip_by_norm(g, limit)}


@inline("training", r"\ell = 1")
def _(rng: Rng) -> dict[str, Any]:
    return {r"\ell": float(np.linalg.norm(to_one(rng.normal(2.0, 1.0, 5), np.zeros(5))))}


@formula("training-sign", n=6)
def _(rng: Rng) -> dict[str, Any]:
    return {"a": rng.normal(0.4, 1.0, 5)}


@formula("training-floor", n=6)
def _(rng: Rng) -> dict[str, Any]:
    k = int(rng.integers(3, 9))
    y = int(rng.integers(k))
    p = np.eye(k)[y]
    return {"K": k, "p": p, "y": y + 1, "L": softmax_twice(1e3 * p[None], np.array([y]))[0]}


@formula("training-floor-value", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {}


@formula("training-one", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {}


@formula("training-chance", n=12)
def _(rng: Rng) -> dict[str, Any]:
    k, n = int(rng.integers(2, 20)), int(rng.integers(30, 400))
    return {"K": k, "N": n, "a": diagnostics.chance_limit(k, n)}
