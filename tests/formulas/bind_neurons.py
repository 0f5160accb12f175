"""What the symbols of the chapter on networks as functions stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets import activations
from snippets.activations import relu, relu_grad, silu, silu_grad
from snippets.arrays import Array, Labels
from snippets.experiments import neurons as runs
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, forward, init_params
from snippets.optimizers import SGD
from snippets.training import steps

Rng = np.random.Generator
SILU, RELU = Activation(silu, silu_grad), Activation(relu, relu_grad)


def drawn(net: Network, inputs: int, rng: Rng) -> Params:
    """Parameters of a network, biases drawn too."""
    params = init_params(net, (inputs,), rng)
    params.flat[:] = rng.normal(size=params.flat.size)
    return params


def two_layers(params: Params) -> dict[str, Any]:
    """The matrices and biases of two layers as the page writes them, (out, in)."""
    first, last = (f"{slot}." for slot in (0, len(params.slots) - 1))
    return {
        "W_1": params[f"{first}w"].T,
        "b_1": params[f"{first}b"],
        "W_2": params[f"{last}w"].T,
        "b_2": params[f"{last}b"],
    }


@formula("neurons-neuron")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(size=(1, 4))
    params = drawn((Dense(1),), 4, rng)
    z, _ = forward((Dense(1),), params, x)
    a, _ = forward((Dense(1), SILU), Params(params.flat, (*params.slots, {})), x)
    return {
        "w": params["0.w"][:, 0],
        "b": params["0.b"][0],
        "x": x[0],
        "d": 4,
        "z": z[0, 0],
        "a": a[0, 0],
        r"\varphi": activations.silu,
    }


@formula("neurons-distance")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(size=(1, 3))
    params = drawn((Dense(1),), 3, rng)
    z, _ = forward((Dense(1),), params, x)
    return {"w": params["0.w"][:, 0], "b": params["0.b"][0], "x": x[0], "z": z[0, 0]}


@inline("neurons", r"w^\top w = \lVert w \rVert^2")
def _(rng: Rng) -> dict[str, Any]:
    return {"w": drawn((Dense(1),), 3, rng)["0.w"][:, 0]}


@formula("neurons-xor")
def _(rng: Rng) -> dict[str, Any]:
    params = drawn((Dense(1),), 2, rng)
    return {"w": params["0.w"][:, 0], "b": params["0.b"][0]}


@formula("neurons-xor-network", n=12)
def _(rng: Rng) -> dict[str, Any]:
    net, params = runs.xor_network()
    x = rng.uniform(-1.0, 2.0, 2)
    hidden = forward(net[:2], Params(params.flat, params.slots[:2]), x[None, :])[0][0]
    return {"f": lambda x: forward(net, params, x[None, :])[0][0, 0], "x": x, "a": hidden}


@formula("neurons-two-layer")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), SILU, Dense(2))
    params, x = drawn(net, 3, rng), rng.normal(size=3)
    return {
        **two_layers(params),
        "f": lambda x: forward(net, params, x[None, :])[0][0],
        "x": x,
        r"\varphi": activations.silu,
    }


@formula("neurons-batch")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), SILU, Dense(2))
    params, x = drawn(net, 3, rng), rng.normal(size=(5, 3))
    return {**two_layers(params), "F": forward(net, params, x)[0], "X": x, r"\varphi": activations.silu}


@formula("neurons-count", base=0)
def _(rng: Rng) -> dict[str, Any]:
    n = rng.integers(1, 9, int(rng.integers(2, 6)))
    net = tuple(Dense(int(units)) for units in n[1:])
    return {"n": n, "L": len(net), "P": runs.size(net, int(n[0]))}


@formula("neurons-collapse")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), Dense(2))
    params, x = drawn(net, 3, rng), rng.normal(size=3)
    matrix, b = runs.as_one_layer(net, params)
    return {
        **two_layers(params),
        "f": lambda x: forward(net, params, x[None, :])[0][0],
        "x": x,
        "W": matrix,
        "b": b,
    }


@inline("neurons", "W = W_2 W_1", "b = W_2 b_1 + b_2")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(4), Dense(2))
    params = drawn(net, 3, rng)
    matrix, b = runs.as_one_layer(net, params)
    return {**two_layers(params), "W": matrix, "b": b}


@formula("neurons-rank", n=40)
def _(rng: Rng) -> dict[str, Any]:
    d, h, k = (int(n) for n in rng.permutation([2, 3, 4]))
    params = drawn((Dense(h), Dense(k)), d, rng)
    if rng.random() < 0.5:
        params["0.w"][:, 1:] = params["0.w"][:, :1]  # units that are alike
    weights = {key: value for key, value in two_layers(params).items() if key.startswith("W")}
    return {**weights, r"\operatorname{rank}": lambda w: int(np.linalg.matrix_rank(w)), "d": d, "h": h, "k": k}


@inline("neurons", r"\varphi(z) = \max(0, z)")
def _(rng: Rng) -> dict[str, Any]:
    return {r"\varphi": relu, "z": float(rng.normal())}


@formula("neurons-kinks")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(5), RELU, Dense(1))
    params, x = drawn(net, 1, rng), float(rng.normal())
    return {
        "f": lambda x: float(runs.outputs(net, params, np.array([x]))[0]),
        "x": x,
        "n": 5,
        "w": params["0.w"][0],
        "b": params["0.b"],
        "v": params["2.w"][:, 0],
        "c": params["2.b"][0],
    }


def g(x: Array) -> Array:
    """A function to be met, neither even nor odd."""
    y: Array = np.sin(2.0 * x) + 0.5 * x**2
    return y


@formula("neurons-recipe", base=0, n=12)
def _(rng: Rng) -> dict[str, Any]:
    units = int(rng.integers(2, 7))
    low, high = float(rng.uniform(-2.0, -1.0)), float(rng.uniform(1.0, 2.0))
    t = np.linspace(low, high, units + 1)
    net, params = runs.broken_line(g, units, low, high)
    y = runs.outputs(net, params, t)
    return {
        "f": lambda x: float(runs.outputs(net, params, np.array([x]))[0]),
        "g": lambda x: float(g(np.array(x))),
        "x": float(rng.uniform(low, high)),
        "t": t,
        "s": np.concatenate([[0.0], np.diff(y) / np.diff(t)]),
        "n": units,
    }


@inline("neurons", r"g(x) = \sin(4 x^2 + 3 x)")
def _(rng: Rng) -> dict[str, Any]:
    return {"g": lambda x: float(runs.target(np.array(x))), "x": float(rng.normal())}


@formula("neurons-error", n=24)
def _(rng: Rng) -> dict[str, Any]:
    units, bend, high = int(rng.integers(1, 9)), float(rng.normal()), float(rng.uniform(0.5, 3.0))

    def parabola(x: Array) -> Array:
        y: Array = bend * x**2 / 2.0 - x + 0.3
        return y

    net, params = runs.broken_line(parabola, units, -0.4, high)
    width = (high + 0.4) / units
    return {
        "f": lambda x: float(runs.outputs(net, params, np.array([x]))[0]),
        "g": lambda x: float(parabola(np.array(x))),
        "x": -0.4
        + width
        * (int(rng.integers(units)) + float(rng.choice([0.45, rng.random()]))),  # all but the worst place, the middle
        "M": abs(bend),
        r"\Delta": width,
    }


@inline("neurons", "-b_j / w_j = 0")
def _(rng: Rng) -> dict[str, Any]:
    params = init_params((Dense(5),), (1,), rng)
    return {"b": params["0.b"], "w": params["0.w"][0]}


@formula("neurons-tent", n=24)
def _(rng: Rng) -> dict[str, Any]:
    return {
        "T": lambda x: float(runs.outputs(*runs.tents(1), np.array([x]))[0]),
        "x": float(rng.choice([0.0, 0.5, 1.0, rng.uniform(0.0, 0.5), rng.uniform(0.5, 1.0)])),
    }


@formula("neurons-pieces")
def _(rng: Rng) -> dict[str, Any]:
    k = int(rng.integers(1, 8))
    return {"p": np.array([runs.pieces(*runs.tents(depth)) for depth in range(1, 8)]), "k": k}


@formula("neurons-update")
def _(rng: Rng) -> dict[str, Any]:
    net, eta = (Dense(4), SILU, Dense(3)), float(rng.uniform(0.1, 1.0))
    params, x, y = drawn(net, 2, rng), rng.normal(size=(6, 2)), rng.permutation(6) % 3
    rows = [int(row) for row in rng.permutation(6)[:4]]
    each = np.array([_gradient(net, params, x[i : i + 1], y[i : i + 1]) for i in range(6)])
    before = params.flat.copy()
    run = steps(net, params, (x[rows], y[rows]), softmax_cross_entropy, SGD(eta), epochs=1, batch_size=4, rng=rng)
    step = next(run)
    return {
        r"\bar g": step.g,
        "B": len(rows),
        "S": frozenset(row + 1 for row in rows),
        "g": each,
        r"\theta": before,
        r"<-\theta": params.flat,
        r"\eta": eta,
    }


def _gradient(net: Network, params: Params, x: Array, y: Labels) -> Array:
    """The gradient of the loss on these examples."""
    z, backward = forward(net, params, x)
    return backward(softmax_cross_entropy(z, y)[1])[1]


@formula("neurons-epochs", n=12)
def _(rng: Rng) -> dict[str, Any]:
    count, size, epochs = int(rng.integers(5, 40)), int(rng.integers(2, 9)), int(rng.integers(2, 5))
    net, data = (Dense(2),), (rng.normal(size=(count, 1)), rng.integers(0, 2, count))
    run = steps(net, drawn(net, 1, rng), data, softmax_cross_entropy, SGD(0.1), epochs=epochs, batch_size=size, rng=rng)
    return {"U": len(list(run)), "E": epochs, "N": count, "B": size}
