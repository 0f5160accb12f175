"""What the symbols of the chapter on regularization stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import RV, formula, inline
from snippets import optimizers as o
from snippets import regularization as r
from snippets.activations import silu
from snippets.arrays import Array
from snippets.experiments.regularization import RATE, SPARSE, descended, penalized
from snippets.layers import dense

Rng = np.random.Generator


class Evenly(np.random.Generator):
    """A generator whose numbers lie evenly between 0 and 1: what has a chance of 3 in 4 happens 3 times of 4."""

    def random(self, size: Any = None, *_args: Any, **_options: Any) -> Any:
        """The middles of n equal parts of [0, 1]."""
        n = int(np.prod(size))
        return ((np.arange(n) + 0.5) / n).reshape(size)


def evenly() -> Evenly:
    """A new one."""
    return Evenly(np.random.PCG64(0))


def strength(rng: Rng) -> float:
    """A positive number that is not 1."""
    return float(rng.uniform(0.2, 0.9))


def apart(rng: Rng, n: int) -> Array:
    """n numbers of both signs, none near 0."""
    x: Array = rng.uniform(0.3, 2.0, n) * rng.choice([-1.0, 1.0], n)
    return x


def masked(rng: Rng, outcomes: int = 4) -> dict[str, Any]:
    """Every pair of an outcome of x and one of the mask, and what dropout makes of it; p is a quarter."""
    x = np.repeat(rng.normal(0.7, 1.0, 3), outcomes)
    parts = [r.dropout(part, 0.25, evenly())[0] for part in x.reshape(3, outcomes)]
    ones = np.concatenate([r.dropout(np.ones(outcomes), 0.25, evenly())[0] for _ in parts])
    return {"x": RV(x), "y": RV(np.concatenate(parts)), "m": RV((ones != 0.0).astype(float)), "p": 0.25}


def sum_of_two(rng: Rng, outcomes: int = 4) -> tuple[Array, Array, RV]:
    """Weights, inputs and the weighted sum of two inputs under all pairs of masks; p is a quarter."""
    w, x = apart(rng, 2), apart(rng, 2)
    first, second = (r.dropout(np.full(outcomes, value), 0.25, evenly())[0] for value in x)
    return w, x, RV((w[0] * first[:, None] + w[1] * second[None, :]).ravel())


@formula("regularization-l2")
def _(rng: Rng) -> dict[str, Any]:
    s = strength(rng)
    value, gradient = (lambda w: r.l2(w, s)[0]), (lambda w: r.l2(w, s)[1])
    return {"R": value, r"\nabla R": gradient, r"\lambda": s, "w": apart(rng, 3)}


@formula("regularization-l1")
def _(rng: Rng) -> dict[str, Any]:
    s = strength(rng)
    value, gradient = (lambda w: r.l1(w, s)[0]), (lambda w: r.l1(w, s)[1])
    return {"R": value, r"\nabla R": gradient, r"\lambda": s, "w": apart(rng, 3)}


@formula("regularization-l2-rest", n=4)
def _(rng: Rng) -> dict[str, Any]:
    s, u = strength(rng), float(apart(rng, 1)[0])
    return {"w^*": float(penalized(np.ones(1), s, updates=2000)[0]) * u, "u": u, r"\lambda": s}


@inline("regularization", r"|u| \le \lambda", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A number that the threshold makes zero, now and then the largest of them."""
    s = strength(rng)
    u = s * np.array([-1.7, -1.0, -0.4, 0.4, 1.0, 1.7])
    return {"u": float(rng.choice(u[r.soft_threshold(u, s) == 0.0])), r"\lambda": s}


@formula("regularization-l1-rest", n=24)
def _(rng: Rng) -> dict[str, Any]:
    s = strength(rng)
    u = float(rng.choice([1.7, 0.4, -0.4, -1.7, 1.0, -1.0])) * s
    return {"w^*": float(r.soft_threshold(np.array(u), s)), "u": u, r"\lambda": s}


@inline("regularization", r"\lambda = 0.003", r"\eta = 0.3", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\lambda": SPARSE.l1, r"\eta": RATE}


@formula("regularization-elastic")
def _(rng: Rng) -> dict[str, Any]:
    s1, s2 = strength(rng), strength(rng)
    return {"R": lambda w: r.elastic_net(w, s1, s2)[0], r"\lambda_1": s1, r"\lambda_2": s2, "w": apart(rng, 3)}


@formula("regularization-decay")
def _(rng: Rng) -> dict[str, Any]:
    s, lr, w, g = strength(rng), strength(rng), apart(rng, 3), apart(rng, 3)
    step, _ = o.SGD(lr).update(g + r.l2(w, s)[1], o.NoState(), w)
    return {"w_t": w, "w_{t+1}": w + step, "g_t": g, r"\eta": lr, r"\lambda": s}


@formula("regularization-max-norm")
def _(rng: Rng) -> dict[str, Any]:
    w = apart(rng, 3)
    c = float(np.linalg.norm(w)) * float(rng.choice([0.4, 0.7, 1.6]))
    return {"w": w, "<-w": r.max_norm(w[:, None], c)[:, 0], "c": c}


@formula("regularization-dropout")
def _(rng: Rng) -> dict[str, Any]:
    x, p, seed = apart(rng, 6), strength(rng), int(rng.integers(1000))
    y, ones = (r.dropout(v, p, np.random.default_rng(seed))[0] for v in (x, np.ones(6)))
    return {"x": x, "y": y, "m": (ones != 0.0).astype(float), "p": p}


@formula("regularization-dropout-mean", n=4)
def _(rng: Rng) -> dict[str, Any]:
    return masked(rng)


@inline("regularization", r"\mathbb{E}[m] = 1 - p", "m^2 = m", n=4)
def _(rng: Rng) -> dict[str, Any]:
    return masked(rng)


@inline("regularization", "y = x")
def _(rng: Rng) -> dict[str, Any]:
    x = apart(rng, 6)
    return {"x": x, "y": r.dropout(x, strength(rng), None)[0]}


@inline("regularization", r"z = \sum_i w_i y_i")
def _(rng: Rng) -> dict[str, Any]:
    w, y = apart(rng, 4), r.dropout(apart(rng, 4), 0.25, rng)[0]
    return {"w": w, "y": y, "z": dense(y[None, :], w[:, None], np.zeros(1))[0][0, 0]}


@formula("regularization-dropout-square", n=4)
def _(rng: Rng) -> dict[str, Any]:
    return masked(rng)


@formula("regularization-dropout-noise", n=6)
def _(rng: Rng) -> dict[str, Any]:
    w, x, z = sum_of_two(rng)
    return {"w": w, "x": x, "z": z, "p": 0.25}


@formula("regularization-dropout-penalty", n=6)
def _(rng: Rng) -> dict[str, Any]:
    w, x, z = sum_of_two(rng)
    return {"w": w, "x": x, "z": z, "p": 0.25, "t": float(apart(rng, 1)[0])}


@formula("regularization-dropout-backward")
def _(rng: Rng) -> dict[str, Any]:
    x, dy, p, seed = apart(rng, 6), apart(rng, 6), strength(rng), int(rng.integers(1000))
    y, backward = r.dropout(x, p, np.random.default_rng(seed))
    return {
        r"\frac{\partial L}{\partial x}": backward(dy)[0],
        r"\frac{\partial L}{\partial y}": dy,
        "m": (y != 0.0).astype(float),
        "p": p,
    }


@formula("regularization-depth", n=4)
def _(rng: Rng) -> dict[str, Any]:
    x = float(apart(rng, 1)[0])
    kept, _ = r.stochastic_depth(np.ones((4, 1)), 0.25, evenly())
    return {"x": x, "m": RV((kept.reshape(4) != 0.0).astype(float)), "p": 0.25, "f": silu}


@formula("regularization-stopping")
def _(rng: Rng) -> dict[str, Any]:
    a, lr, u, t = strength(rng), strength(rng), float(apart(rng, 1)[0]), int(rng.integers(2, 6))
    return {"w_t": float(descended(np.full(1, a), t, lr)[0]) * u, "a": a, r"\eta": lr, "u": u, "t": t}


@formula("regularization-ridge", n=4)
def _(rng: Rng) -> dict[str, Any]:
    a, s, u = strength(rng), strength(rng), float(apart(rng, 1)[0])
    return {"w^*": float(penalized(np.full(1, a), s, updates=2000)[0]) * u, "a": a, r"\lambda": s, "u": u}


@inline("regularization", r"\lambda = 1 / (\eta t)", n=4)
def _(rng: Rng) -> dict[str, Any]:
    """A penalty of 1 covers λ times what t steps do, where the loss is so flat that both are proportional to it."""
    flat, lr, t = np.full(1, 1e-11), strength(rng), int(rng.integers(2, 6))
    return {
        r"\lambda": float(penalized(flat, 1.0, updates=2000)[0] / descended(flat, t, lr)[0]),
        r"\eta": lr,
        "t": t,
    }
