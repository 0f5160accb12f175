"""What the symbols of the chapter on initialization stand for."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from formulas import RV, formula, iid, independent, inline, law_of
from snippets import activations
from snippets import initialization as init
from snippets.activations import sigmoid, sigmoid_grad, silu, silu_grad
from snippets.arrays import Array
from snippets.experiments.initialization import asymmetric, length_map
from snippets.layers import dense
from snippets.network import Activation, Dense, forward, init_params

Rng = np.random.Generator
IN, OUT = r"n_{\text{in}}", r"n_{\text{out}}"


def centred(rng: Rng, n: int) -> Array:
    """n numbers with mean 0 that are not symmetric about it."""
    x: Array = rng.uniform(0.3, 2.0, n) * np.where(np.arange(n) % 2, 1.0, -1.0)
    return x - float(x.mean())


def symmetric(rng: Rng) -> Array:
    """Four numbers, symmetric about 0."""
    half = rng.uniform(0.3, 2.0, 2)
    return np.concatenate([half, -half])


def fans(rng: Rng) -> tuple[int, int]:
    """A fan-in and a larger fan-out."""
    return int(rng.integers(2, 9)), int(rng.integers(9, 20))


def slope(f: str, x: str) -> str:
    """The name of a partial derivative."""
    return rf"\frac{{\partial {f}}}{{\partial {x}}}"


def correlated(rng: Rng, w: tuple[Array, ...], outcomes: int = 4) -> tuple[Array, Array]:
    """Independent weights with these supports and inputs that depend on each other, in all combinations."""
    x = rng.normal(0.6, 1.0, (outcomes, len(w)))
    rows = [(*weights, k) for *weights, k in itertools.product(*w, range(outcomes))]
    table = np.array(rows, dtype=float)
    return table[:, :-1], x[table[:, -1].astype(int)]


@inline("initialization", r"f(x) = c + \sum_j v_j \, \varphi(w_j^\top x + b_j)", r"\varphi(0) = \tfrac12")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), Activation(sigmoid, sigmoid_grad), Dense(1))
    params = init_params(net, (3,), rng)
    params.flat[:] = rng.normal(size=params.flat.size)
    return {
        "f": lambda x: forward(net, params, x[None, :])[0][0, 0],
        "x": rng.normal(size=3),
        "w": params["0.w"].T,
        "b": params["0.b"],
        "v": params["2.w"][:, 0],
        "c": params["2.b"][0],
        r"\varphi": sigmoid,
    }


@inline("initialization", r"z = \sum_i w_i x_i")
def _(rng: Rng) -> dict[str, Any]:
    w, x = rng.normal(size=(2, 4))
    return {"w": w, "x": x, "z": dense(x[None, :], w[:, None], np.zeros(1))[0][0, 0]}


@inline("initialization", r"\mathbb{E}[w_i w_j] = \mathbb{E}[w_i] \, \mathbb{E}[w_j]", n=4)
def _(rng: Rng) -> dict[str, Any]:
    first, second = independent(*rng.normal(0.6, 1.0, (2, 3)))
    return {"w_i": first, "w_j": second}


@formula("initialization-symmetry")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), Activation(silu, silu_grad), Dense(1))
    params = init_params(net, (3,), rng)
    params["0.b"][:] = rng.normal(size=4)
    x = rng.normal(size=3)
    _, backward = forward(net, params, x[None, :])
    grad = params.with_flat(backward(np.ones((1, 1)))[1])
    return {
        "w": params["0.w"].T,
        "b": params["0.b"],
        "v": params["2.w"][:, 0],
        "x": x,
        r"\varphi": activations.silu,
        r"\varphi'": activations.silu_grad,
        slope("f", "w"): grad["0.w"].T,
        slope("f", "b"): grad["0.b"],
        slope("f", "v"): grad["2.w"][:, 0],
    }


@formula("initialization-mean", n=4)
def _(rng: Rng) -> dict[str, Any]:
    w, x = correlated(rng, tuple(rng.normal(0.6, 1.0, (3, 3))))
    return {"w": RV(w), "x": RV(x), "z": RV((w * x).sum(axis=1)), "n": 3}


@formula("initialization-variance", n=4)
def _(rng: Rng) -> dict[str, Any]:
    w, x = correlated(rng, (centred(rng, 3), centred(rng, 3), centred(rng, 3)))
    return {"w": RV(w), "x": RV(x), "z": RV((w * x).sum(axis=1)), "n": 3}


@formula("initialization-variance-iid", n=4)
def _(rng: Rng) -> dict[str, Any]:
    w, x = iid(2, centred(rng, 3), rng.normal(0.6, 1.0, 3))
    return {"w": w, "x": x, "z": RV((w.values * x.values).sum(axis=1)), "n": 2}


@formula("initialization-depth", n=3)
def _(rng: Rng) -> dict[str, Any]:
    n, layers, support = 2, int(rng.integers(2, 4)), symmetric(rng)[[0, 2]]
    numbers = independent(*[support] * (n * n * layers), rng.normal(0.6, 1.0, 2))
    table = np.stack([number.values for number in numbers], axis=1)
    x = z = np.repeat(table[:, -1:], n, axis=1)  # the same number twice: inputs need not be independent
    w = table[:, :-1].reshape(-1, layers, n, n)
    for layer in range(layers):
        z = np.einsum("ki,kij->kj", z, w[:, layer])
    return {"w": RV(w[:, 0, 0, 0]), "x": RV(x), "z^{(k)}": RV(z), "n": n, "k": layers}


@formula("initialization-lecun")
def _(rng: Rng) -> dict[str, Any]:
    i, o = fans(rng)
    return {"w": law_of(lambda r: init.lecun_normal((i, o), r)), IN: i}


@formula("initialization-backward-sum")
def _(rng: Rng) -> dict[str, Any]:
    w, dz = rng.normal(size=(3, 4)), rng.normal(size=(1, 4))
    _, backward = dense(rng.normal(size=(1, 3)), w, rng.normal(size=4))
    return {"w": w, OUT: 4, slope("L", "x"): backward(dz)[0][0], slope("L", "z"): dz[0]}


@formula("initialization-backward", n=4)
def _(rng: Rng) -> dict[str, Any]:
    w, dz = iid(2, centred(rng, 3), rng.normal(0.6, 1.0, 3))
    dx = [
        dense(np.zeros((1, 1)), row[None, :], np.zeros(2))[1](g[None, :])[0]
        for row, g in zip(w.values, dz.values, strict=True)
    ]
    return {"w": w, OUT: 2, slope("L", "x"): RV(np.ravel(dx)), slope("L", "z"): dz}


@formula("initialization-xavier")
def _(rng: Rng) -> dict[str, Any]:
    i, o = fans(rng)
    return {"w": law_of(lambda r: init.xavier_normal((i, o), r)), IN: i, OUT: o}


@formula("initialization-uniform")
def _(rng: Rng) -> dict[str, Any]:
    return {"a": float(rng.uniform(0.3, 3.0))}


@formula("initialization-xavier-uniform")
def _(rng: Rng) -> dict[str, Any]:
    i, o = fans(rng)
    law = law_of(lambda r: init.xavier_uniform((i, o), r))
    return {"w": law, "a": law.second, IN: i, OUT: o}


@formula("initialization-backward-slope")
def _(rng: Rng) -> dict[str, Any]:
    net, x = (Activation(silu, silu_grad), Dense(4)), rng.normal(size=(1, 3))
    params, dz = init_params(net, (3,), rng), rng.normal(size=(1, 4))
    delta, _ = forward(net, params, x)[1](dz)
    return {
        r"\delta": delta[0],
        r"\varphi'": activations.silu_grad,
        "z": x[0],
        "w": params["1.w"],
        r"\delta^{+}": dz[0],
        OUT: 4,
    }


@formula("initialization-relu-split", n=20)
def _(rng: Rng) -> dict[str, Any]:
    return {"z": float(rng.normal(scale=2.0)) * float(rng.random() < 0.9)}


@formula("initialization-relu-half", n=6)
def _(rng: Rng) -> dict[str, Any]:
    return {"z": RV(symmetric(rng))}


@formula("initialization-relu-counterexample", n=1)
def _(rng: Rng) -> dict[str, Any]:
    values, probabilities = asymmetric()
    return {"z": RV(np.repeat(values, np.rint(30 * probabilities).astype(int)))}


@inline("initialization", r"x = \max(0, z)", r"x_i = \max(0, u_i)")
def _(rng: Rng) -> dict[str, Any]:
    z, u = float(rng.normal()), rng.normal(size=4)
    return {"x": float(activations.relu(np.array(z))), "z": z, "x_i": activations.relu(u)[1], "u_i": u[1]}


@formula("initialization-he-step", n=4)
def _(rng: Rng) -> dict[str, Any]:
    w, u = iid(2, centred(rng, 3), symmetric(rng))
    x = activations.relu(u.values)
    return {"w": w, "x": RV(x), "u": u, "z": RV((w.values * x).sum(axis=1)), IN: 2}


@formula("initialization-he")
def _(rng: Rng) -> dict[str, Any]:
    i, o = fans(rng)
    return {"w": law_of(lambda r: init.he_normal((i, o), r)), IN: i}


@formula("initialization-leaky")
def _(rng: Rng) -> dict[str, Any]:
    """He's law, and Xavier's with the gain of the leaky ReLU, which is the same where both fans are."""
    (i, o), a = fans(rng), float(rng.uniform(0.05, 0.95))
    laws = (
        law_of(lambda r: init.he_normal((i, o), r, slope=a)),
        law_of(lambda r: init.xavier_normal((i, i), r, gain=init.gain("leaky_relu", a))),
    )
    return {"w": laws[int(rng.integers(2))], "a": a, IN: i}


@formula("initialization-gain")
def _(rng: Rng) -> dict[str, Any]:
    i, g = int(rng.integers(2, 9)), init.gain(str(rng.choice(["tanh", "relu", "leaky_relu"])), slope=0.3)
    return {"w": law_of(lambda r: init.xavier_normal((i, i), r, gain=g)), "g": g, IN: i}


@formula("initialization-length-map")
def _(rng: Rng) -> dict[str, Any]:
    q, g, u = float(rng.uniform(0.3, 2.0)), float(rng.uniform(0.3, 2.0)), rng.normal(size=7)
    return {
        r"q_{\text{next}}": length_map(q, g, activations.silu, u),
        "q": q,
        "g": g,
        "u": RV(u),
        r"\varphi": activations.silu,
    }


@inline("initialization", r"g = \sqrt2", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {"g": init.gain("relu")}


@inline("initialization", r"g = 5/3", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {"g": init.gain("tanh")}


@formula("initialization-orthogonal")
def _(rng: Rng) -> dict[str, Any]:
    shape = int(rng.integers(4, 6)), 4
    return {"W": init.orthogonal(shape, rng), "x": rng.normal(size=4), "I": np.eye(4)}


@formula("initialization-conv")
def _(rng: Rng) -> dict[str, Any]:
    c_out, c_in, h, w = (int(k) for k in rng.permutation([2, 3, 5, 7]))
    n_in, n_out = init.fans((c_out, c_in, h, w))
    return {IN: n_in, OUT: n_out, r"c_{\text{in}}": c_in, r"c_{\text{out}}": c_out, "k_h": h, "k_w": w}


@inline("initialization", r"\ln 10 \approx 2.303", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}
