"""What the symbols of the chapter on activation functions stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets import activations as act
from snippets.activations import silu, silu_grad
from snippets.gaussian import normal_cdf, normal_pdf
from snippets.initialization import gain
from snippets.layers import dense
from snippets.network import Activation, Dense, Params, forward, init_params

Sample = dict[str, Any]


def real(rng: np.random.Generator) -> float:
    """A number on either side of 0, and every other time close to 0 or 0 itself, where functions have kinks."""
    return float(rng.choice([0.0, rng.uniform(-0.1, 0.1), *rng.normal(0.3, 2.0, 2)]))


def logits(rng: np.random.Generator) -> Any:
    return rng.normal(0.4, 1.5, size=4)


@formula("activations-collapse")
def _(rng: np.random.Generator) -> Sample:
    w1, w2, x = rng.normal(size=(3, 4)), rng.normal(size=(2, 3)), rng.normal(size=4)
    return {"W_1": w1, "W_2": w2, "x": x}


@formula("activations-sigmoid")
def _(rng: np.random.Generator) -> Sample:
    return {r"\sigma": act.sigmoid, "x": real(rng)}


@formula("activations-sigmoid-slope", n=24)
def _(rng: np.random.Generator) -> Sample:
    return {r"\sigma": act.sigmoid, r"\sigma'": act.sigmoid_grad, "x": real(rng)}


@formula("activations-sigmoid-steps")
def _(rng: np.random.Generator) -> Sample:
    return {r"\sigma": act.sigmoid, r"\sigma'": act.sigmoid_grad, "x": real(rng)}


@inline("activations", r"s = 1/2", "x = 0", n=1)
def _(_rng: np.random.Generator) -> Sample:
    """Where the slope of the sigmoid is largest."""
    grid = np.linspace(-5.0, 5.0, 101)
    x = grid[act.sigmoid_grad(grid).argmax()]
    return {"s": act.sigmoid(x), "x": x}


@formula("activations-tanh")
def _(rng: np.random.Generator) -> Sample:
    return {r"\tanh": act.tanh, r"\tanh'": act.tanh_grad, r"\sigma": act.sigmoid, "x": real(rng)}


@formula("activations-chain")
def _(rng: np.random.Generator) -> Sample:
    k, x0 = 4, real(rng)
    w = rng.normal(0.5, 1.0, size=k)
    net = tuple(layer for _ in range(k) for layer in (Dense(1), Activation(silu, silu_grad)))
    params = init_params(net, (1,), rng)
    z, x = [], np.array([[x0]])
    for i in range(k):
        params[f"{2 * i}.w"][...] = w[i]
        z.append(forward(net[: 2 * i + 1], Params(params.flat, params.slots[: 2 * i + 1]), x)[0].item())
    _y, backward = forward(net, params, x)
    dx, _gradient = backward(np.ones((1, 1)))
    return {
        r"\frac{\partial x_k}{\partial x_0}": dx.item(),
        "f'": act.silu_grad,
        "w": w,
        "z": np.array(z),
        "k": k,
    }


@inline("activations", r"s = \sqrt 2", n=1)
def _(_rng: np.random.Generator) -> Sample:
    return {"s": gain("relu")}


@formula("activations-neuron-gradient")
def _(rng: np.random.Generator) -> Sample:
    x, w, delta = rng.normal(0.5, 1.0, size=(1, 3)), rng.normal(size=(3, 1)), real(rng)
    _y, backward = dense(x, w, np.zeros(1))
    _dx, dw, _db = backward(np.array([[delta]]))
    return {r"\frac{\partial L}{\partial w}": dw[:, 0], r"\delta": delta, "x": x[0]}


@formula("activations-relu", n=24)
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{ReLU}": act.relu, r"\mathrm{ReLU}'": act.relu_grad, "x": real(rng)}


@formula("activations-prelu", n=24)
def _(rng: np.random.Generator) -> Sample:
    a = float(rng.uniform(0.1, 2.0))
    return {
        r"\mathrm{PReLU}": lambda x: act.prelu(x, a),
        r"\mathrm{PReLU}'": lambda x: act.prelu_grad(x, a),
        "a": a,
        "x": real(rng),
    }


@inline("activations", r"\partial\,\mathrm{PReLU} / \partial a = \min(0, x)")
def _(rng: np.random.Generator) -> Sample:
    x = real(rng)
    return {r"\frac{\partial \mathrm{PReLU}}{\partial a}": float(act.prelu_grad_a(np.array(x))), "x": x}


@inline("activations", r"\alpha = 1", n=1)
def _(_rng: np.random.Generator) -> Sample:
    """What ELU tends to on the left, by default."""
    return {r"\alpha": -float(act.elu(np.array(-50.0)))}


@inline("activations", r"a \le 1", n=24)
def _(rng: np.random.Generator) -> Sample:
    """A slope with which PReLU is the larger of a line and the identity."""
    x = np.array([-2.0, -0.5, 0.0, 1.5])
    same = [a for a in (0.0, 0.4, 0.9, 1.0, 1.1, 1.9) if np.array_equal(act.prelu(x, a), np.maximum(a * x, x))]
    return {"a": float(rng.choice(same))}


@formula("activations-elu", n=24)
def _(rng: np.random.Generator) -> Sample:
    alpha = float(rng.uniform(0.2, 2.0))
    return {
        r"\mathrm{ELU}": lambda x: act.elu(x, alpha),
        r"\mathrm{ELU}'": lambda x: act.elu_grad(x, alpha),
        r"\alpha": alpha,
        "x": real(rng),
    }


@formula("activations-selu", n=24)
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{SELU}": act.selu, r"\alpha": act.SELU_ALPHA, r"\lambda": act.SELU_SCALE, "x": real(rng)}


def negative_moment(k: float) -> float:
    """E[e^(kz); z < 0] for a standard normal z, by quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(120)
    z = 10.0 * (nodes - 1.0)
    return float(10.0 * weights @ (np.exp(k * z) * normal_pdf(z)))


@formula("activations-selu-moments")
def _(rng: np.random.Generator) -> Sample:
    k = float(rng.uniform(0.2, 3.0))
    return {"m_k": negative_moment(k), "k": k, r"\Phi": normal_cdf}


@formula("activations-selu-equations", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {
        r"\alpha": act.SELU_ALPHA,
        r"\lambda": act.SELU_SCALE,
        "m_1": negative_moment(1),
        "m_2": negative_moment(2),
    }


@formula("activations-selu-constants", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {r"\alpha": act.SELU_ALPHA, r"\lambda": act.SELU_SCALE}


@formula("activations-gelu")
def _(rng: np.random.Generator) -> Sample:
    return {
        r"\mathrm{GELU}": act.gelu,
        r"\mathrm{GELU}'": act.gelu_grad,
        r"\Phi": normal_cdf,
        r"\varphi": normal_pdf,
        "x": real(rng),
    }


@formula("activations-gelu-tanh")
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{GELU}": act.gelu_tanh, "x": real(rng)}


@formula("activations-gelu-sigmoid")
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{GELU}": act.gelu_sigmoid, r"\sigma": act.sigmoid, "x": real(rng)}


@formula("activations-silu")
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{SiLU}": act.silu, r"\mathrm{SiLU}'": act.silu_grad, r"\sigma": act.sigmoid, "x": real(rng)}


@formula("activations-softplus")
def _(rng: np.random.Generator) -> Sample:
    return {
        r"\mathrm{softplus}": act.softplus,
        r"\mathrm{softplus}'": act.softplus_grad,
        r"\sigma": act.sigmoid,
        "x": real(rng),
    }


@inline("activations", r"s = \mathrm{softplus}(x)")
def _(rng: np.random.Generator) -> Sample:
    """The s with which Mish is x tanh s."""
    x = float(rng.uniform(0.2, 2.0)) * float(rng.choice([-1.0, 1.0]))
    return {r"\mathrm{softplus}": act.softplus, "s": float(np.arctanh(act.mish(np.array(x)) / x)), "x": x}


@formula("activations-mish")
def _(rng: np.random.Generator) -> Sample:
    x = real(rng)
    return {
        r"\mathrm{Mish}": act.mish,
        r"\mathrm{Mish}'": act.mish_grad,
        r"\sigma": act.sigmoid,
        "s": float(act.softplus(np.array(x))),
        "x": x,
    }


@formula("activations-hard", n=24)
def _(rng: np.random.Generator) -> Sample:
    x = float(rng.choice((-3.0, 3.0))) if rng.random() < 0.2 else float(rng.uniform(-6.0, 6.0))
    return {"h": act.hard_sigmoid, r"\operatorname{hardswish}": act.hard_swish, "x": x}


@formula("activations-celu", n=24)
def _(rng: np.random.Generator) -> Sample:
    alpha = float(rng.uniform(0.2, 2.0))
    return {r"\mathrm{CELU}": lambda x: act.celu(x, alpha), r"\alpha": alpha, "x": real(rng)}


@formula("activations-softsign", n=24)
def _(rng: np.random.Generator) -> Sample:
    return {r"\operatorname{softsign}": act.softsign, r"\operatorname{softsign}'": act.softsign_grad, "x": real(rng)}


@formula("activations-maxout")
def _(rng: np.random.Generator) -> Sample:
    x, w, b = rng.normal(size=3), rng.normal(size=(4, 3)), rng.normal(size=4)
    y, _backward = act.maxout(x[np.newaxis], w[:, :, np.newaxis], b[:, np.newaxis])
    return {"y": float(y[0, 0]), "w": w, "b": b, "x": x}


@formula("activations-softmax")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"p": act.softmax(z), "z": z}


@inline("activations", r"m = \max_j z_j")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"m": float((z - act.below_max(z))[0]), "z": z}


@formula("activations-softmax-shift")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"p": act.softmax(z), "z": z, "m": float(z.max())}


@formula("activations-log-softmax")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"p": act.softmax(z), r"\mathrm{LSE}": act.logsumexp, "z": z, "m": float(z.max())}


@formula("activations-temperature")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"p": lambda T: act.softmax(z / T), "z": z, "T": float(rng.uniform(0.3, 3.0))}


@formula("activations-softmax-jacobian")
def _(rng: np.random.Generator) -> Sample:
    z = logits(rng)
    return {"p": act.softmax(z), r"\frac{\partial p}{\partial z}": act.softmax_jacobian(z), r"\delta": np.eye(4)}
