"""What the symbols of the chapter on transfer stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets import transfer as t
from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.experiments.transfer import DECAYS, HEAD, path_of_descent
from snippets.layers import dense
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, forward, init_params
from snippets.optimizers import Adam
from snippets.regularization import l2

Rng = np.random.Generator
NET: Network = (Dense(5), Activation(relu, relu_grad), Dense(4), Activation(relu, relu_grad), Dense(3))


def positive(rng: Rng, low: float = 0.2, high: float = 2.0) -> float:
    """A number that is not near 0."""
    return float(rng.uniform(low, high))


def drawn(rng: Rng) -> Params:
    """A small network with biases that are not 0."""
    params = init_params(NET, (6,), rng)
    params.flat[:] += rng.normal(0.0, 0.3, params.flat.size)
    return params


@formula("transfer-composition")
def _(rng: Rng) -> dict[str, Any]:
    params = drawn(rng)
    body, head = Params(params.flat, params.slots[:4]), Params(params.flat, params.slots[4:])

    def run(net: Network, p: Params, x: Array) -> Array:
        y: Array = forward(net, p, x[np.newaxis])[0][0]
        return y

    return {
        "f": lambda x: run(NET, params, x),
        "h": lambda a: run(NET[4:], head, a),
        r"\varphi": lambda x: run(NET[:4], body, x),
        "x": rng.normal(size=6),
        "a": rng.normal(size=4),
        "W": params["4.w"],
        "b": params["4.b"],
    }


@formula("transfer-scaled")
def _(rng: Rng) -> dict[str, Any]:
    w, g, share, lr = rng.normal(size=4), rng.normal(size=4), rng.uniform(0.0, 1.0, 4), positive(rng)
    share[rng.integers(4)] = 0.0
    scaled, plain = t.Scaled(Adam, share, lr), Adam(lr)
    step, _ = scaled.update(g, scaled.init(w), w)
    return {"w_t": w, "w_{t+1}": w + step, "s": share, r"\Delta_t": plain.update(g, plain.init(w), w)[0]}


@formula("transfer-into-the-body")
def _(rng: Rng) -> dict[str, Any]:
    a, w, b, label = rng.normal(size=(1, 4)), rng.normal(size=(4, 3)), rng.normal(size=3), int(rng.integers(3))
    z, backward = dense(a, w, b)
    _, dz = softmax_cross_entropy(z, np.array([label]))
    e = np.exp(z[0])
    return {r"\frac{\partial L}{\partial a}": backward(dz)[0][0], "W": w, "p": e / e.sum(), "y": np.eye(3)[label]}


@inline("transfer", "W = 0", r"\xi = 0.1", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {"W": init_params((HEAD,), (4,), rng)["0.w"], r"\xi": DECAYS[0]}


@inline("transfer", r"\xi = 1 / 2.6 \approx 0.38", n=1)
def _(rng: Rng) -> dict[str, Any]:
    """What the layer below the last gets, as a share of its rate."""
    params = drawn(rng)
    return {r"\xi": params.with_flat(t.layerwise(params, 1 / 2.6))["2.b"][0]}


@formula("transfer-layer-rates")
def _(rng: Rng) -> dict[str, Any]:
    params, decay, lr, layer = drawn(rng), positive(rng, 0.2, 0.8), positive(rng), int(rng.integers(1, 4))
    share = params.with_flat(t.layerwise(params, decay))[f"{2 * (layer - 1)}.b"][0]
    return {r"\eta_l": lr * share, r"\eta": lr, r"\xi": decay, "L": 3, "l": layer}


@formula("transfer-l2-sp")
def _(rng: Rng) -> dict[str, Any]:
    taken, start, head, alpha, beta = (
        rng.normal(size=4),
        rng.normal(size=4),
        rng.normal(size=3),
        *rng.uniform(0.2, 2, 2),
    )
    (value, gradient), (more, other) = t.l2_sp(taken, start, alpha), l2(head, beta)
    return {
        r"\Omega": value + more,
        r"\frac{\partial \Omega}{\partial w_S}": gradient,
        r"\frac{\partial \Omega}{\partial w_H}": other,
        "w_S": taken,
        "u": start,
        "w_H": head,
        r"\alpha": alpha,
        r"\beta": beta,
    }


@formula("transfer-anchor")
def _(rng: Rng) -> dict[str, Any]:
    """ŵ is where descent on loss and penalty ends."""
    a, alpha, start, optimum = *rng.uniform(0.3, 2.0, 2), *rng.normal(size=2)

    def gradient(w: Array) -> Array:
        pull: Array = a * (w - optimum) + t.l2_sp(w, np.array([start]), alpha)[1]
        return pull

    end = path_of_descent(gradient, start, 200, 0.4)[-1]
    return {"a": a, r"\alpha": alpha, "u": start, "w^*": optimum, r"\hat w": end}


@formula("transfer-steps")
def _(rng: Rng) -> dict[str, Any]:
    a, lr, steps, start, optimum = positive(rng), positive(rng), int(rng.integers(2, 6)), *rng.normal(size=2)
    path = path_of_descent(lambda w: a * (w - optimum), start, steps + 1, lr)
    return {
        "a": a,
        r"\eta": lr,
        "t": steps,
        "u": start,
        "w^*": optimum,
        "w_t": path[steps],
        "w_{t+1}": path[steps + 1],
    }


@inline("transfer", r"\alpha = 1 / (\eta t)", n=4)
def _(rng: Rng) -> dict[str, Any]:
    """An anchor of 1 covers α times what t steps do, where the loss is so flat that both are proportional to it."""
    flat, lr, steps = 1e-11, positive(rng, 0.2, 0.9), int(rng.integers(2, 6))
    held = path_of_descent(lambda w: flat * (w - 1.0) + t.l2_sp(w, np.zeros(1), 1.0)[1], 0.0, 200, 0.5)[-1]
    return {
        r"\alpha": float(held / path_of_descent(lambda w: flat * (w - 1.0), 0.0, steps, lr)[-1]),
        r"\eta": lr,
        "t": steps,
    }
