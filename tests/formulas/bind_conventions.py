"""What the symbols of the page on conventions stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline, law_of
from snippets import initialization, losses, optimizers, schedules
from snippets.activations import softmax
from snippets.arrays import Array
from snippets.conventions import same_padding
from snippets.normalization import running_statistics

Rng = np.random.Generator


def gradients(rng: Rng, n: int) -> Any:
    """Gradients of five weights at n steps, none of them near zero."""
    return rng.normal(0.7, 0.4, (n, 5)) + np.array([-3.0, -2.0, 1.0, 2.0, 3.0])


def after(rule: Any, gs: Any, w: Any) -> tuple[Any, Any]:
    """Weights and state of a rule after these gradients."""
    s = rule.init(w)
    for g in gs:
        step, s = rule.update(g, s, w)
        w = w + step
    return w, s


@formula("conventions-velocity")
def _(rng: Rng) -> dict[str, Any]:
    gs, w, mu = gradients(rng, 3), rng.normal(1, 1, 5), rng.uniform(0.2, 0.8)
    old, new = rng.uniform(0.5, 1.0), rng.uniform(0.05, 0.4)
    w, s = after(optimizers.Momentum(old, mu), gs[:2], w)
    step, next_s = optimizers.Momentum(new, mu).update(gs[2], s, w)
    return {
        "u_t": -old * s.v,
        "u_{t+1}": -new * next_s.v,
        "w_t": w,
        "w_{t+1}": w + step,
        "g_t": gs[2],
        r"\mu": mu,
        r"\eta_{t-1}": old,
        r"\eta_t": new,
    }


@formula("conventions-mean")
def _(rng: Rng) -> dict[str, Any]:
    gs, mu, eta = gradients(rng, 3), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.9)
    m: Array = np.zeros(5)
    for g in gs[:2]:
        m = optimizers.ema(m, g, mu)
    v = after(optimizers.Momentum(eta, mu), gs, np.zeros(5))[1].v
    new = optimizers.ema(m, gs[2], mu)
    return {"m_t": m, "m_{t+1}": new, "v_{t+1}": v, "g_t": gs[2], r"\mu": mu, r"\eta": eta}


def moved(rng: Rng, rule: type[Any], gs: Array) -> dict[str, Any]:
    """A step of momentum from the second gradient to the third: weights, rate, memory, velocities before and after."""
    w, mu, eta = rng.normal(1, 1, 5), rng.uniform(0.2, 0.8), rng.uniform(0.1, 0.9)
    s = after(rule(eta, mu), gs[:2], w)[1]
    step, new = rule(eta, mu).update(gs[2], s, w)
    return {"v": s.v, "new": new.v, "w": w, "<-w": w + step, "g": gs[2], r"\mu": mu, r"\eta": eta}


def named(found: dict[str, Any], *names: str, **others: Any) -> dict[str, Any]:
    """These of what was found, and others."""
    return {name: found[name] for name in names} | others


@inline("conventions", r"v \leftarrow \mu v + g")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Momentum, gradients(rng, 3))
    return named(found, "v", "g", r"\mu") | {"<-v": found["new"]}


@inline("conventions", r"w \leftarrow w - \eta v")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Momentum, gradients(rng, 3))
    return named(found, "w", "<-w", r"\eta", v=found["new"])


@inline("conventions", r"v \leftarrow \mu v - \eta g")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Momentum, gradients(rng, 3))
    eta = found[r"\eta"]
    return named(found, "g", r"\mu", r"\eta", v=-eta * found["v"]) | {"<-v": -eta * found["new"]}


@inline("conventions", "w \\leftarrow w + v")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Momentum, gradients(rng, 3))
    return named(found, "w", "<-w", v=-found[r"\eta"] * found["new"])


@inline("conventions", r"v \leftarrow \mu v + (1 - \tau) g")
def _(rng: Rng) -> dict[str, Any]:
    gs, tau = gradients(rng, 3), rng.uniform(0.2, 0.8)
    found = moved(rng, optimizers.Momentum, (1 - tau) * gs)
    return named(found, "v", r"\mu", g=gs[2]) | {"<-v": found["new"], r"\tau": tau}


@inline("conventions", r"v \leftarrow \mu v + (1 - \mu) g")
def _(rng: Rng) -> dict[str, Any]:
    (v, g), mu = gradients(rng, 2), rng.uniform(0.2, 0.8)
    return {"v": v, "<-v": optimizers.ema(v, g, mu), "g": g, r"\mu": mu}


@inline("conventions", r"w \leftarrow w - \eta \left( g + \mu v \right)")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Nesterov, gradients(rng, 3))
    return named(found, "w", "<-w", "g", r"\mu", r"\eta", v=found["new"])


@inline("conventions", r"w \leftarrow w + \mu v - \eta g")
def _(rng: Rng) -> dict[str, Any]:
    found = moved(rng, optimizers.Nesterov, gradients(rng, 3))
    return named(found, "w", "<-w", "g", r"\mu", r"\eta", v=-found[r"\eta"] * found["new"])


@formula("conventions-strength")
def _(rng: Rng) -> dict[str, Any]:
    z, y, w = rng.normal(0.5, 1.0, (6, 3)), rng.integers(0, 3, 6), rng.normal(1.0, 1.0, 5)
    each = [losses.softmax_cross_entropy(z[i : i + 1], y[i : i + 1])[0] for i in range(6)]
    mean = losses.softmax_cross_entropy(z, y)[0]
    return {"C": rng.uniform(0.3, 3.0), "N": 6, "L": np.array(each), r"\bar L": mean, "w": w}


@formula("conventions-epsilon", n=24)
def _(rng: Rng) -> dict[str, Any]:
    gs, w, t = gradients(rng, 3), rng.normal(1.0, 1.0, 5), int(rng.integers(0, 3))
    eta, eps, beta1, beta2 = rng.uniform(0.1, 0.9), rng.uniform(0.5, 2.0), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99)
    rule = optimizers.Adam(eta, beta1, beta2, eps)
    before, _ = after(rule, gs[:t], w)
    behind, s = after(rule, gs[: t + 1], w)
    return {
        "w_t": before,
        "w_{t+1}": behind,
        "m_{t+1}": s.m,
        "v_{t+1}": s.v,
        "t": t,
        r"\eta": eta,
        r"\beta_1": beta1,
        r"\beta_2": beta2,
        r"\varepsilon": eps,
        r"\hat\varepsilon": eps * np.sqrt(1 - beta2 ** (t + 1)),
    }


@formula("conventions-root", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A mean of squares without any, with many, and nearly as large as ε², where a root of 2 lies between the two."""
    eps = float(rng.uniform(0.1, 2.0))
    g = rng.choice([0.0, 1.01 * eps / np.sqrt(0.1), rng.normal(2.0, 1.0), rng.normal(200.0, 1.0)])
    h = optimizers.RMSProp(rho=0.9).update(np.array([g]), optimizers.Squares(np.zeros(1)), np.zeros(1))[1].h
    return {"h": float(h[0]), r"\varepsilon": eps}


@inline("conventions", r"\sqrt{10^{-7}} \approx 3.16 \cdot 10^{-4}", n=1, approx=5e-7)
def _(rng: Rng) -> dict[str, Any]:
    return {}


@formula("conventions-variance")
def _(rng: Rng) -> dict[str, Any]:
    n, t, alpha = int(rng.integers(2, 6)), int(rng.integers(1, 4)), rng.uniform(0.1, 0.9)
    mean: Array = np.zeros(1)
    v: Array = np.ones(1)
    b = 1.0
    for _ in range(t):
        x = rng.normal(1.0, 2.0, (n, 1))
        b = (1 - alpha) * b + alpha * float(x.var())
        mean, v = running_statistics(x, mean, v, alpha)
    return {"v_t": float(v[0]), "b_t": b, r"\alpha": alpha, "t": t, "n": n}


@formula("conventions-same", n=48)
def _(rng: Rng) -> dict[str, Any]:
    n, k, s = (int(rng.integers(1, high)) for high in (12, 6, 5))
    before, behind = same_padding(n, k, s)
    return {"P": before + behind, "P_1": before, "n": n, "k": k, "s": s}


@formula("conventions-elements")
def _(rng: Rng) -> dict[str, Any]:
    z, target, k = rng.normal(1.0, 1.0, (4, 5)), rng.random((4, 5)), int(rng.integers(2, 6))
    return {
        r"\bar L_{\text{examples}}": losses.multi_label_bce(z[:, :k], target[:, :k])[0],
        r"\bar L_{\text{numbers}}": losses.bce_with_logits(z[:, :k], target[:, :k])[0],
        "K": k,
    }


@formula("conventions-huber", n=24)
def _(rng: Rng) -> dict[str, Any]:
    delta = float(rng.uniform(0.3, 3.0))
    return {
        r"H_\delta": lambda r: losses.huber(np.array([r]), np.zeros(1), delta)[0],
        r"S_\delta": lambda r: losses.smooth_l1(np.array([r]), np.zeros(1), delta)[0],
        r"\delta": delta,
        "r": float(rng.choice([0.5, 1.0, -2.0]) * delta),
    }


@formula("conventions-temperature")
def _(rng: Rng) -> dict[str, Any]:
    z = rng.normal(1.0, 2.0, 4)
    return {r"\mathrm{softmax}": softmax, "z": z, "T": rng.uniform(0.3, 3.0), "p": softmax(z)}


@formula("conventions-uniform")
def _(rng: Rng) -> dict[str, Any]:
    n = int(rng.integers(2, 30))
    law = law_of(lambda rng: initialization.he_uniform((n, 3), rng, slope=5**0.5))
    return {"W_{ij}": law, "a": 1 / n**0.5, r"n_{\text{in}}": n}


@formula("conventions-factor")
def _(rng: Rng) -> dict[str, Any]:
    k, r, t, eta = int(rng.integers(2, 9)), rng.uniform(0.1, 0.9), int(rng.integers(1, 20)), rng.uniform(0.1, 2.0)
    return {"k": k, "r": r, "t": t, r"\eta": eta, r"\gamma": schedules.Exponential(1.0, r ** (1 / k))(1)}


@formula("conventions-half-life")
def _(rng: Rng) -> dict[str, Any]:
    h, start = int(rng.integers(1, 60)), rng.normal(2.0, 1.0, 3)
    decay: float = 0.5 ** (1 / h)
    average: Array = start
    for _ in range(h):
        average = optimizers.ema(average, np.zeros(3), decay)
    return {"h": h, r"\delta": decay, r"\bar w_h": average, r"\bar w_0": start}
