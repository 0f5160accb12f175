"""What the symbols of the page on mistakes stand for: the wrong formula and the right one get the same values."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula
from snippets import activations as act
from snippets import optimizers as o
from snippets.gaussian import normal_cdf
from snippets.network import Activation, Dense, forward, init_params

Rng = np.random.Generator
SIGMOID = Activation(act.sigmoid, act.sigmoid_grad)


@formula("errata-bias")
def _(rng: Rng) -> dict[str, Any]:
    net = (Dense(1), SIGMOID, Dense(1))
    params = init_params(net, (1,), rng)
    params.flat[:] = rng.normal(0.4, 1.0, params.flat.size)
    symbols = {f"{name}_{k}": params[f"{slot}.{name}"].item() for k, slot in ((1, 0), (2, 2)) for name in "wb"}
    f = lambda x: forward(net, params, np.array([[x]]))[0].item()  # noqa: E731
    return {"f": f, r"\sigma": act.sigmoid, "x": float(rng.normal(0.3, 1.0)), **symbols}


@formula("errata-prelu", n=24)
def _(rng: Rng) -> dict[str, Any]:
    a = float(rng.uniform(0.1, 3.0))
    x = 0.0 if rng.random() < 0.2 else float(rng.normal(0.3, 2.0))
    return {r"\mathrm{PReLU}": lambda x: act.prelu(np.array(x), a), "a": a, "x": x}


@formula("errata-gelu", approx=0.0204)
def _(rng: Rng) -> dict[str, Any]:
    return {
        r"\mathrm{GELU}": act.gelu,
        r"\Phi": normal_cdf,
        r"\sigma": act.sigmoid,
        "x": float(rng.normal(0.3, 2.0)),
    }


@formula("errata-local")
def _(rng: Rng) -> dict[str, Any]:
    z, upstream = rng.normal(0.3, 1.0, (2, 1, 1))
    _, backward = forward((SIGMOID,), init_params((SIGMOID,), (1,), rng), z)
    return {
        r"\frac{\partial h}{\partial z}": backward(np.ones((1, 1)))[0].item(),
        r"\frac{\partial L}{\partial z}": backward(upstream)[0].item(),
        r"\frac{\partial L}{\partial h}": upstream.item(),
        r"\sigma'": act.sigmoid_grad,
        "z": z.item(),
    }


def adam(rng: Rng) -> tuple[o.Adam, int, o.AdamState, float, float]:
    """Adam after t + 1 gradients: the rule, t, its state, the last step, and m̂ by a rule whose v̂ is 1."""
    rule = o.Adam(*rng.uniform(0.1, 0.9, 4).tolist())
    t, g = int(rng.integers(1, 6)), rng.normal(0.4, 1.0, (7, 1))
    state = rule.init(g[0])
    for k in range(t + 1):
        before = state
        step, state = rule.update(g[k], before, g[0])
    plain = o.Adam(1.0, rule.beta1, 0.0, 0.0).update(g[t], before, g[0])[0]
    return rule, t, state, step.item(), -(plain * np.abs(g[t])).item()


@formula("errata-adam-hat")
def _(rng: Rng) -> dict[str, Any]:
    rule, t, state, _, m_hat = adam(rng)
    return {"t": t, "m_{t+1}": state.m.item(), r"\hat m_{t+1}": m_hat, r"\beta_1": rule.beta1}


@formula("errata-adam-step")
def _(rng: Rng) -> dict[str, Any]:
    rule, t, state, step, m_hat = adam(rng)
    w = float(rng.normal())
    return {
        r"\hat m_{t+1}": m_hat,
        r"\hat v_{t+1}": state.v.item() / (1.0 - rule.beta2 ** (t + 1)),
        "w_t": w,
        "w_{t+1}": w + step,
        r"\eta": rule.lr,
        r"\varepsilon": rule.eps,
    }
