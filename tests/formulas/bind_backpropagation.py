"""What the symbols of the chapter on backpropagation stand for."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from formulas import formula, inline
from snippets.activations import sigmoid, sigmoid_grad, silu, silu_grad
from snippets.arrays import Array
from snippets.convolution import conv2d, max_pool
from snippets.experiments.backpropagation import EXAMPLE, best_step, descend, error_bound, network, two_neurons
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.layers import dense, embedding
from snippets.network import Activation, forward, init_params
from snippets.optimizers import SGD

Rng = np.random.Generator
Sample = dict[str, Any]


def slope(f: str, x: str) -> str:
    """The name of a partial derivative."""
    return rf"\frac{{\partial {f}}}{{\partial {x}}}"


NAMES = {"x": "x", "y": "y", "w1": "w_1", "b1": "b_1", "w2": "w_2", "b2": "b_2"}
NAMES |= {"z": "z", "h": "h", "y_hat": r"\hat y", "loss": "L"}


def neurons(rng: Rng) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Two neurons with random numbers: what goes in, values, gradients."""
    given = {name: float(rng.normal(0.4, 1.2)) for name in EXAMPLE}
    return given, *two_neurons(**given)


@formula("backpropagation-update")
def _(rng: Rng) -> Sample:
    w, g, eta = rng.normal(size=3), rng.normal(size=3), float(rng.uniform(0.1, 2.0))
    sgd = SGD(lr=eta)
    step, _ = sgd.update(g, sgd.init(w), w)
    return {"w": w, "<-w": w + step, r"\eta": eta, slope("L", "w"): g}


@formula("backpropagation-network")
def _(rng: Rng) -> Sample:
    given, values, _ = neurons(rng)
    return {NAMES[k]: v for k, v in (given | values).items()} | {r"\sigma": sigmoid}


@formula("backpropagation-chain")
def _(rng: Rng) -> Sample:
    net, u, dv = (Activation(silu, silu_grad),), rng.normal(size=(1, 3)), rng.normal(size=(1, 4))
    w, b = rng.normal(size=(3, 4)), rng.normal(size=4)
    _, back = dense(u, w, b)
    _, through = forward(net, init_params(net, (4,), rng), dense(u, w, b)[0])
    local = np.stack([back(through(row[None])[0])[0][0] for row in np.eye(4)])  # row j: output j by all inputs
    return {
        slope("L", "u"): back(through(dv)[0])[0][0],
        slope("v", "u"): local,
        slope("L", "v"): dv[0],
    }


@formula("backpropagation-walk")
def _(rng: Rng) -> Sample:
    given, values, g = neurons(rng)
    numbers = {
        "x": given["x"],
        "y": given["y"],
        "w_2": given["w2"],
        **{NAMES[k]: values[k] for k in ("z", "h", "y_hat")},
    }
    gradients = {slope("L", NAMES[k]): g[k] for k in ("y_hat", "b2", "w2", "h", "z", "b1", "w1")}
    return numbers | gradients | {r"\sigma'": sigmoid_grad}


@inline("backpropagation", r"\sigma'(z) = h(1 - h)")
def _(rng: Rng) -> Sample:
    _, values, _ = neurons(rng)
    return {r"\sigma'": sigmoid_grad, "z": values["z"], "h": values["h"]}


@formula("backpropagation-path")
def _(rng: Rng) -> Sample:
    given, values, g = neurons(rng)
    row = np.array([[given["x"]]])
    _, first = dense(row, np.array([[given["w1"]]]), np.array([given["b1"]]))
    _, second = dense(np.array([[values["h"]]]), np.array([[given["w2"]]]), np.array([given["b2"]]))
    return {
        slope("L", "w_1"): g["w1"],
        slope("L", r"\hat y"): g["y_hat"],
        slope(r"\hat y", "h"): second(np.ones((1, 1)))[0][0, 0],
        slope("h", "z"): g["z"] / g["h"],
        slope("z", "w_1"): first(np.ones((1, 1)))[1][0, 0],
        r"\hat y": values["y_hat"],
        "y": given["y"],
        "w_2": given["w2"],
        r"\sigma'": sigmoid_grad,
        "z": values["z"],
        "x": given["x"],
    }


@inline("backpropagation", r"\frac{\partial L}{\partial w_1} = 1 \cdot 3 \cdot \frac14 \cdot 2 = 1.5", "w_1 = 0.5", n=1)
def _(_rng: Rng) -> Sample:
    return {slope("L", "w_1"): two_neurons(**EXAMPLE)[1]["w1"], "w_1": EXAMPLE["w1"]}


@inline("backpropagation", r"e = \hat y - y", r"\eta = 0.1")
def _(rng: Rng) -> Sample:
    given, values, g = neurons(rng)
    rate = inspect.signature(descend).parameters["lr"].default
    return {"e": g["y_hat"], r"\hat y": values["y_hat"], "y": given["y"], r"\eta": rate}


@formula("backpropagation-sign")
def _(rng: Rng) -> Sample:
    given, values, g = neurons(rng)
    eta = float(rng.uniform(0.1, 0.9))

    def error(sign: float) -> float:
        moved = given | {"b2": given["b2"] - sign * eta * g["b2"]}
        return two_neurons(**moved)[0]["y_hat"] - given["y"]

    return {
        r"e_{\text{right}}": error(1.0),
        r"e_{\text{wrong}}": error(-1.0),
        r"\eta": eta,
        "e": values["y_hat"] - given["y"],
    }


@formula("backpropagation-sum")
def _(rng: Rng) -> Sample:
    (a, b), dv = rng.normal(size=2), rng.normal(size=(1, 1))
    v, backward = dense(np.array([[a, b]]), np.ones((2, 1)), np.zeros(1))
    da, db = backward(dv)[0][0]
    return {"v": v[0, 0], "a": a, "b": b, slope("L", "a"): da, slope("L", "b"): db, slope("L", "v"): dv[0, 0]}


@formula("backpropagation-product")
def _(rng: Rng) -> Sample:
    (a, b), dv = rng.normal(0.4, 1.0, size=2), rng.normal(size=(1, 1))
    v, backward = dense(np.array([[a]]), np.array([[b]]), np.zeros(1))
    da, db, _ = backward(dv)
    return {
        "v": v[0, 0],
        "a": a,
        "b": b,
        slope("L", "a"): da[0, 0],
        slope("L", "b"): db[0, 0],
        slope("L", "v"): dv[0, 0],
    }


@formula("backpropagation-maximum", n=24)
def _(rng: Rng) -> Sample:
    """Two numbers that are near each other, so that no other bound parts them."""
    a, dv = rng.normal(), rng.normal(size=(1, 1, 1, 1))
    b = a * rng.uniform(0.6, 1.4)
    v, backward = max_pool(np.array([[[[a, b], [-9.0, -9.0]]]]))
    return {"v": v.item(), "a": a, "b": b, slope("L", "a"): backward(dv)[0][0, 0, 0, 0], slope("L", "v"): dv.item()}


@formula("backpropagation-branch")
def _(rng: Rng) -> Sample:
    dv = rng.normal(size=(3, 1))
    _, backward = embedding(np.zeros(3, int), rng.normal(size=(1, 1)))
    return {slope("L", "u"): backward(dv)[0][0, 0], slope("L", "v"): dv[:, 0]}


def layer(rng: Rng) -> tuple[Sample, Sample]:
    """A dense layer with N, D, K = 5, 3, 4: its arrays and its gradients by their names on the page."""
    x, w, b, dy = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(5, 4))
    y, backward = dense(x, w, b)
    dx, dw, db = backward(dy)
    gradients = {slope("L", "Y"): dy, slope("L", "X"): dx, slope("L", "W"): dw, slope("L", "b"): db}
    return {"Y": y, "X": x, "W": w, "b": b}, gradients


@formula("backpropagation-dense")
def _(rng: Rng) -> Sample:
    return layer(rng)[0]


@inline("backpropagation", "D = K", n=1)
def _(rng: Rng) -> Sample:
    d, k = init_params(network("not transposed"), (64,), rng)["2.w"].shape
    return {"D": d, "K": k}


@formula("backpropagation-dense-weight", n=4)
def _(rng: Rng) -> Sample:
    arrays, gradients = layer(rng)
    return {"X": arrays["X"], **{slope("L", name): gradients[slope("L", name)] for name in ("W", "Y")}}


@formula("backpropagation-dense-backward")
def _(rng: Rng) -> Sample:
    arrays, gradients = layer(rng)
    return {"X": arrays["X"], "W": arrays["W"], **gradients}


def convolution(rng: Rng) -> tuple[Array, ...]:
    """An image, a filter, a bias, the result, the gradient of the result, and of filter and bias."""
    x, w, b, dy = (rng.normal(size=shape) for shape in ((4, 5), (3, 2), (1,), (2, 4)))
    y, backward = conv2d(x[None, None], w[None, None], b)
    _, dw, db = backward(dy[None, None])
    return x, w, b, y[0, 0], dy, dw[0, 0], db


@formula("backpropagation-conv", n=4, base=0)
def _(rng: Rng) -> Sample:
    x, w, b, y, *_ = convolution(rng)
    return {"x": x, "w": w, "b": b[0], "y": y}


@formula("backpropagation-conv-weight", n=4, base=0)
def _(rng: Rng) -> Sample:
    x, _, _, _, dy, dw, db = convolution(rng)
    return {"x": x, slope("L", "y"): dy, slope("L", "w"): dw, slope("L", "b"): db[0]}


@formula("backpropagation-central", approx=1e-6)
def _(rng: Rng) -> Sample:
    given, _, g = neurons(rng)

    def loss(w1: float) -> float:
        return two_neurons(**(given | {"w1": float(w1)}))[0]["loss"]

    return {slope("L", "w"): g["w1"], "L": loss, "w": given["w1"], "h": 1e-4}


@formula("backpropagation-taylor")
def _(rng: Rng) -> Sample:
    cubic = np.polynomial.Polynomial(rng.normal(size=4))
    return {
        "f": cubic,
        "f'": cubic.deriv(1),
        "f''": cubic.deriv(2),
        "f'''": cubic.deriv(3),
        "x": float(rng.normal(0.3, 1.0)),
        "h": float(rng.uniform(0.2, 1.0)),
    }


@formula("backpropagation-error")
def _(rng: Rng) -> Sample:
    value, third = rng.uniform(0.3, 3.0, size=2)
    h = best_step(value, third) * float(rng.choice([0.5, 2.0, 3.0]))
    return {
        "E": lambda step: error_bound(step, value, third),
        "E'": lambda step: numeric_gradient(lambda s: error_bound(float(s[0]), value, third), np.array([step]), 1e-10)[
            0
        ],
        "M": third,
        "F": value,
        "u": 2.0**-53,
        "h": h,
    }


@inline("backpropagation", "E'(h) = 0")
def _(rng: Rng) -> Sample:
    value, third = rng.uniform(0.3, 3.0, size=2)

    def error(step: Array) -> float:
        return error_bound(float(step[0]), value, third)

    return {
        "E": lambda step: error_bound(step, value, third),
        "E'": lambda step: numeric_gradient(error, np.array([step]), 1e-10)[0],
        "h": best_step(value, third),
    }


@inline("backpropagation", "u = 2^{-53}", n=1)
def _(_rng: Rng) -> Sample:
    """The error of a sum that is 1, a step of 1 away."""
    return {"u": error_bound(1.0, 1.0, 0.0)}


@inline("backpropagation", r"h \approx 10^{-5}", n=1)
def _(_rng: Rng) -> Sample:
    return {"h": inspect.signature(numeric_gradient).parameters["h"].default}


@formula("backpropagation-best-step", n=24)
def _(rng: Rng) -> Sample:
    value, third = rng.uniform(0.3, 3.0, size=2)
    best = best_step(value, third)
    return {
        "h^*": best,
        "E": lambda step: error_bound(step, value, third),
        "h": best * float(rng.choice([0.9, 1.0, 1.1])),
        "M": third,
        "F": value,
        "u": 2.0**-53,
    }


@formula("backpropagation-relative-error", n=24)
def _(rng: Rng) -> Sample:
    a, b = rng.normal(size=(2, 4)) * rng.permutation([0.2, 1.0])[:, None]
    return {r"\varepsilon": relative_error(a, b), "a": a, "b": b}
