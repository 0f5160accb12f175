"""What the symbols of the chapter on optimizers stand for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from formulas import RV, formula, iid, inline
from snippets import optimizers as o
from snippets.arrays import Array
from snippets.experiments.optimizers import best_settings, noise_floor, path, rosenbrock_gradient
from snippets.experiments.preprocessing import condition_number
from snippets.regularization import l2

Rng = np.random.Generator
NEXT_M, NEXT_V = r"m_{t+1}", r"v_{t+1}"
NEXT_M_HAT, NEXT_V_HAT = r"\hat m_{t+1}", r"\hat v_{t+1}"


def positive(rng: Rng, low: float = 0.2, high: float = 2.0) -> float:
    """A number that is not near 0."""
    return float(rng.uniform(low, high))


def gradients(rng: Rng, n: int) -> Array:
    """Numbers of both signs, none near 0."""
    numbers: Array = rng.uniform(0.3, 2.0, n) * np.where(rng.random(n) < 0.5, -1.0, 1.0)
    return numbers


def after(optimizer: o.Optimizer[Any], seen: Array, w: Array | None = None) -> tuple[Array, Any, Any]:
    """The last step of a rule that has seen these gradients, the state after it and the state before it."""
    at = np.zeros(np.shape(seen[0])) if w is None else w
    state, before, step = optimizer.init(at), optimizer.init(at), np.zeros_like(at)
    for g in seen:
        before = state
        step, state = optimizer.update(np.asarray(g), state, at)
    return step, state, before


def corrected(rule: o.Adam | o.NAdam, seen: Array) -> dict[str, Array]:
    """m̂ and v̂ after these gradients: what a step divided by the last gradient's size has, and one of the last alone."""
    by_size = after(replace(rule, lr=1.0, beta2=0.0, eps=0.0), seen)[0]
    by_root = after(o.Adam(lr=1.0, beta1=0.0, beta2=rule.beta2, eps=0.0), seen)[0]
    return {NEXT_M_HAT: -by_size * np.abs(seen[-1]), NEXT_V_HAT: (seen[-1] / by_root) ** 2}


def stepped(rule: Any, w: Array, step: Array) -> dict[str, Any]:
    """The weights before and after the step of a rule, and the settings that all of Adam's kind have."""
    return {"w_t": w, "w_{t+1}": w + step, r"\eta": rule.lr, r"\varepsilon": rule.eps}


def one_step(optimizer: o.Optimizer[Any], curvature: float) -> Array:
    """The matrix by which a linear rule takes (w, v) to the next (w, v) on ½aw²."""
    columns = []
    for w, v in ((1.0, 0.0), (0.0, 1.0)):
        step, state = optimizer.update(np.array([curvature * w]), o.Velocity(np.array([v])), np.array([w]))
        columns.append([w + step[0], state.v[0]])
    return np.array(columns).T


def factor(optimizer: o.Optimizer[Any], curvature: float) -> float:
    """The factor by which a step shrinks (w, v) in the long run."""
    return float(np.abs(np.linalg.eigvals(one_step(optimizer, curvature))).max())


def largest(true: Callable[[float], bool]) -> float:
    """The number between 0 and 100 up to which a statement is true."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if true(middle) else (low, middle)
    return low


@formula("optimizers-gd")
def _(rng: Rng) -> dict[str, Any]:
    w, lr = rng.normal(size=2), positive(rng)
    step, _ = o.SGD(lr).update(rosenbrock_gradient(w), o.NoState(), w)
    return {"w_t": w, "w_{t+1}": w + step, r"\eta": lr, r"\nabla L": rosenbrock_gradient}


@formula("optimizers-noise", n=4)
def _(rng: Rng) -> dict[str, Any]:
    (draws,) = iid(3, rng.normal(0.7, 1.0, 4))
    return {"g": draws, r"\bar g": RV(draws.values.mean(axis=1)), "B": 3}


@formula("optimizers-noise-epoch", n=4)
def _(rng: Rng) -> dict[str, Any]:
    g, size = rng.normal(0.7, 1.0, 6), int(rng.integers(2, 5))
    batches = np.array(list(itertools.permutations(g, size)))
    return {"g": RV(batches[:, 0]), r"\bar g": RV(batches.mean(axis=1)), "B": size, "N": 6}


@formula("optimizers-curvature")
def _(rng: Rng) -> dict[str, Any]:
    a, lr, w = positive(rng), positive(rng), float(rng.normal())
    return {"a": a, r"\eta": lr, "w_t": w, "w_{t+1}": path(o.SGD(lr), lambda x: a * x, np.array([w]), 1)[1, 0]}


@inline("optimizers", r"L(w) = \frac12 a w^2", "g_t = a w_t")
def _(rng: Rng) -> dict[str, Any]:
    """The loss and the gradient of a penalty of strength a."""
    a, w = positive(rng), rng.normal(size=1)
    return {"L": lambda w: l2(np.array([w]), a)[0], "a": a, "w": w[0], "w_t": w[0], "g_t": l2(w, a)[1][0]}


@inline("optimizers", r"L = \frac12 a w^2")
def _(rng: Rng) -> dict[str, Any]:
    a, w = positive(rng), rng.normal(size=1)
    return {"L": l2(w, a)[0], "a": a, "w": w[0]}


@inline("optimizers", r"|1 - \eta a| < 1", r"0 < \eta < 2/a", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A rate that brings w closer to the minimum, now and then the largest that does."""
    a, w = positive(rng, 0.2, 5.0), rng.normal(size=1)
    limit = largest(lambda lr: abs(path(o.SGD(lr), lambda x: l2(x, a)[1], w, 1)[1, 0]) < abs(w[0]))
    return {"a": a, r"\eta": limit * float(rng.choice([1e-3, rng.uniform(), 1.0 - 1e-9]))}


@inline("optimizers", r"\kappa = a_n / a_1")
def _(rng: Rng) -> dict[str, Any]:
    a = np.sort(rng.uniform(0.2, 5.0, 4))
    return {"a": a, "n": 4, r"\kappa": condition_number(np.diag(a))}


@formula("optimizers-best-rate")
def _(rng: Rng) -> dict[str, Any]:
    a, kappa = positive(rng), positive(rng, 2.0, 50.0)
    curvatures = a * np.array([1.0, 2.0, kappa])
    return {"a": curvatures, "n": 3, r"\kappa": kappa, r"\eta": best_settings(kappa)["SGD"].lr / a}


def velocity_step(rule: o.Momentum | o.Nesterov, rng: Rng) -> dict[str, Any]:
    """One step of a rule that has a velocity already."""
    w, v, g = rng.normal(size=(3, 4))
    step, state = rule.update(g, o.Velocity(v), w)
    symbols = {"v_t": v, NEXT_V: state.v, "g_t": g, "w_t": w, "w_{t+1}": w + step}
    return symbols | {r"\mu": rule.momentum, r"\eta": rule.lr}


@formula("optimizers-momentum")
def _(rng: Rng) -> dict[str, Any]:
    return velocity_step(o.Momentum(positive(rng), positive(rng, 0.1, 0.9)), rng)


@formula("optimizers-effective")
def _(rng: Rng) -> dict[str, Any]:
    mu, g, t = positive(rng, 0.1, 0.9), float(gradients(rng, 1)[0]), int(rng.integers(2, 7))
    _, state, _ = after(o.Momentum(1.0, mu), np.full((t, 1), g))
    return {"v_t": state.v[0], r"\mu": mu, "g": g, "t": t}


@formula("optimizers-momentum-steps")
def _(rng: Rng) -> dict[str, Any]:
    a, rule = positive(rng), o.Momentum(positive(rng), positive(rng, 0.1, 0.9))
    before, state, w = rng.normal(size=1), o.Velocity(rng.normal(size=1)), np.zeros(1)
    points = [before]
    velocities = []
    for _ in range(2):
        step, state = rule.update(a * points[-1], state, w)
        velocities.append(state.v[0])
        points.append(points[-1] + step)
    return {
        "w_{t-1}": points[0][0],
        "w_t": points[1][0],
        "w_{t+1}": points[2][0],
        "v_t": velocities[0],
        "a": a,
        r"\mu": rule.momentum,
        r"\eta": rule.lr,
    }


@inline("optimizers", r"\mu = 0.9", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\mu": o.Momentum().momentum}


@inline("optimizers", r"w_t - w_{t-1} = -\eta v_t")
def _(rng: Rng) -> dict[str, Any]:
    rule, w, g = o.Momentum(positive(rng), positive(rng, 0.1, 0.9)), rng.normal(size=1), rng.normal(size=1)
    step, state = rule.update(g, o.Velocity(rng.normal(size=1)), w)
    return {"w_{t-1}": w[0], "w_t": w[0] + step[0], "v_t": state.v[0], r"\eta": rule.lr}


@inline("optimizers", r"b = 1 + \mu - \eta a", "w_t = r^t", r"r^2 - b \, r + \mu = 0", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A step in a direction that it only stretches, outside of the range where there is none."""
    mu, a, t = positive(rng, 0.05, 0.9), positive(rng, 0.3, 3.0), int(rng.integers(2, 6))
    rule = o.Momentum(float(rng.choice([0.9 * (1 - np.sqrt(mu)) ** 2, 1.1 * (1 + np.sqrt(mu)) ** 2])) / a, mu)
    matrix = one_step(rule, a)
    values, vectors = np.linalg.eig(matrix)
    k = int(rng.integers(2))
    later = np.linalg.matrix_power(matrix, t) @ vectors[:, k]
    return {
        "w_t": later[0] / vectors[0, k],
        "r": values[k],
        "b": float(np.trace(matrix)),
        "t": t,
        "a": a,
        r"\mu": mu,
        r"\eta": rule.lr,
    }


@inline("optimizers", r"(1 - \sqrt\mu)^2 \le \eta a \le (1 + \sqrt\mu)^2", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """A rate with which both roots are complex, at either end of their range."""
    mu, a = positive(rng, 0.05, 0.6), positive(rng, 0.3, 9.0)

    def real(lr: float) -> bool:
        return bool(np.isreal(np.linalg.eigvals(one_step(o.Momentum(lr, mu), a))).all())

    low = largest(lambda lr: lr < (1.0 + mu) / a and real(lr))
    high = largest(lambda lr: lr < (1.0 + mu) / a or not real(lr))
    return {"a": a, r"\mu": mu, r"\eta": float(rng.choice([low * (1.0 + 1e-7), high * (1.0 - 1e-7)]))}


@formula("optimizers-momentum-factor", n=60)
def _(rng: Rng) -> dict[str, Any]:
    """Close to either end of the range, inside and outside of it."""
    mu, a = positive(rng, 0.05, 0.9), positive(rng, 0.3, 3.0)
    ends = (1 - np.sqrt(mu)) ** 2, (1 + np.sqrt(mu)) ** 2
    lr = float(rng.choice(ends) * rng.choice([0.97, 0.999, 1.001, 1.03])) / a
    rule = o.Momentum(lr, mu)
    return {"q": factor(rule, a), "b": float(np.trace(one_step(rule, a))), r"\mu": mu}


@inline("optimizers", r"\sqrt{\eta a_1} = 1 - \sqrt\mu", r"\sqrt{\eta a_n} = 1 + \sqrt\mu")
def _(rng: Rng) -> dict[str, Any]:
    a, kappa = positive(rng), positive(rng, 2.0, 50.0)
    rule = best_settings(kappa)["Momentum"]
    assert isinstance(rule, o.Momentum)
    return {"a": a * np.array([1.0, 1.5, kappa]), "n": 3, r"\mu": rule.momentum, r"\eta": rule.lr / a}


@formula("optimizers-momentum-best")
def _(rng: Rng) -> dict[str, Any]:
    a, kappa = positive(rng), positive(rng, 2.0, 50.0)
    rule = best_settings(kappa)["Momentum"]
    assert isinstance(rule, o.Momentum)
    inside = float(rng.uniform(1.1, kappa / 1.1))
    return {
        "a": a * np.array([1.0, inside, kappa]),
        "n": 3,
        r"\eta": rule.lr / a,
        r"\mu": rule.momentum,
        r"\kappa": kappa,
        "q": factor(rule, inside),
    }


@formula("optimizers-nesterov")
def _(rng: Rng) -> dict[str, Any]:
    return velocity_step(o.Nesterov(positive(rng), positive(rng, 0.1, 0.9)), rng)


@inline("optimizers", r"\eta = 1 / a_n", r"\mu = \frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}")
def _(rng: Rng) -> dict[str, Any]:
    a, kappa = positive(rng), positive(rng, 2.0, 50.0)
    rule = best_settings(kappa)["Nesterov"]
    assert isinstance(rule, o.Nesterov)
    curvatures = a * np.array([1.0, 1.5, kappa])
    return {"a": curvatures, "n": 3, r"\kappa": kappa, r"\mu": rule.momentum, r"\eta": rule.lr / a}


@formula("optimizers-nesterov-factor", approx=1e-6)
def _(rng: Rng) -> dict[str, Any]:
    kappa = positive(rng, 2.0, 50.0)
    slowest = max(factor(best_settings(kappa)["Nesterov"], a) for a in (1.0 + 1e-13, kappa / 2.0, kappa))
    return {"q": slowest, r"\kappa": kappa}


@formula("optimizers-floor")
def _(rng: Rng) -> dict[str, Any]:
    lr, a, s = positive(rng, 0.05, 0.5), positive(rng, 0.5, 2.0), positive(rng)
    spread = s * np.sqrt(noise_floor(o.SGD(lr), a))
    return {"w": RV(np.array([0.3 - spread, 0.3 + spread])), r"\eta": lr, "a": a, "s": s}


@formula("optimizers-adagrad")
def _(rng: Rng) -> dict[str, Any]:
    rule, seen, w = o.Adagrad(positive(rng), positive(rng)), rng.normal(size=(3, 2)), rng.normal(size=2)
    step, state, before = after(rule, seen, w)
    return {
        "h_t": before.h[0],
        "h_{t+1}": state.h[0],
        "g_t": seen[-1, 0],
        "w_t": w[0],
        "w_{t+1}": w[0] + step[0],
        r"\eta": rule.lr,
        r"\varepsilon": rule.eps,
    }


@formula("optimizers-rmsprop")
def _(rng: Rng) -> dict[str, Any]:
    rule, seen = o.RMSProp(rho=positive(rng, 0.1, 0.9)), rng.normal(size=(3, 2))
    _, state, before = after(rule, seen)
    return {"h_t": before.h, "h_{t+1}": state.h, "g_t": seen[-1], r"\rho": rule.rho}


@formula("optimizers-scale")
def _(rng: Rng) -> dict[str, Any]:
    rules = (o.Adagrad(eps=0.0), o.RMSProp(eps=0.0), o.Adam(eps=0.0), o.NAdam(eps=0.0), o.AMSGrad(eps=0.0))
    rule, earlier = rules[int(rng.integers(len(rules)))], gradients(rng, 3)

    def step(g: float) -> float:
        return float(after(rule, g * np.append(earlier, 1.0)[:, None])[0][0])

    return {r"\Delta": step, "c": positive(rng), "g": float(gradients(rng, 1)[0])}


@formula("optimizers-adam")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.Adam(positive(rng), positive(rng, 0.1, 0.9), positive(rng, 0.1, 0.9), positive(rng))
    t, w = int(rng.integers(1, 6)), rng.normal(size=2)
    seen = rng.normal(size=(t + 1, 2))
    step, state, before = after(rule, seen, w)
    return {
        "t": t,
        "g_t": seen[-1],
        "m_t": before.m,
        "v_t": before.v,
        NEXT_M: state.m,
        NEXT_V: state.v,
        r"\beta_1": rule.beta1,
        r"\beta_2": rule.beta2,
        **corrected(rule, seen),
        **stepped(rule, w, step),
    }


@formula("optimizers-bias", n=4)
def _(rng: Rng) -> dict[str, Any]:
    t, beta = int(rng.integers(2, 5)), positive(rng, 0.1, 0.9)
    (draws,) = iid(t, rng.normal(0.7, 1.0, 3))
    _, state, _ = after(o.Adam(beta1=beta), draws.values.T)
    return {"g": draws, "m_t": RV(state.m), "t": t, r"\beta_1": beta}


@formula("optimizers-first-step")
def _(rng: Rng) -> dict[str, Any]:
    rule, g = o.Adam(lr=positive(rng), eps=0.0), float(gradients(rng, 1)[0])
    w = rng.normal(size=1)
    return {"w_0": w[0], "w_1": w[0] + after(rule, np.array([[g]]), w)[0][0], r"\eta": rule.lr, "g_0": g}


@formula("optimizers-sparse", n=2)
def _(rng: Rng) -> dict[str, Any]:
    rule = o.Adam(lr=positive(rng), eps=0.0)
    w = rng.normal(size=1)
    step, _ = rule.update(gradients(rng, 1), rule.init(w)._replace(t=10**6), w)
    return {
        "w_t": w[0],
        "w_{t+1}": w[0] + step[0],
        r"\eta": rule.lr,
        r"\beta_1": rule.beta1,
        r"\beta_2": rule.beta2,
    }


@formula("optimizers-bound")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.Adam(beta1=positive(rng, 0.3, 0.6), beta2=positive(rng, 0.7, 0.95))
    t, c = int(rng.integers(3, 9)), rule.beta1**2 / rule.beta2
    g = positive(rng) * (rule.beta2 / rule.beta1) ** np.arange(t)
    _, state, _ = after(rule, g[:, None])
    return {
        "m_t": state.m[0],
        "v_t": state.v[0],
        "g": g,
        "t": t,
        "c": c,
        r"\beta_1": rule.beta1,
        r"\beta_2": rule.beta2,
    }


@inline("optimizers", r"\sqrt{1 - \beta_2^t} \le 1 - \beta_1^t", n=24)
def _(rng: Rng) -> dict[str, Any]:
    return {r"\beta_1": o.Adam().beta1, r"\beta_2": o.Adam().beta2, "t": int(rng.choice([1, 20, 20000]))}


@inline("optimizers", r"c = \beta_1^2 / \beta_2 < 1", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """What the first gradient still adds to m beside a second one that is larger by β₂ / β₁."""
    rule = o.Adam(beta2=float(rng.choice([0.999, 0.8101])))
    beta1, beta2 = rule.beta1, rule.beta2
    seen = np.array([1.0, beta2 / beta1])
    both, last = (after(rule, g[:, None])[1].m[0] for g in (seen, seen[1:]))
    return {"c": both / last - 1.0, r"\beta_1": beta1, r"\beta_2": beta2}


@formula("optimizers-bound-value", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {r"\beta_1": o.Adam().beta1, r"\beta_2": o.Adam().beta2}


@formula("optimizers-amsgrad")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.AMSGrad(positive(rng), 0.8, 0.5, positive(rng))
    t, w = 3, rng.normal(size=3)
    seen = rng.normal(size=(t + 1, 3)) * np.array([[3.0], [1.0], [0.1], [1.0]])
    step, state, before = after(rule, seen, w)
    return {
        "t": t,
        "u_t": before.v_max,
        "u_{t+1}": state.v_max,
        NEXT_V: after(o.Adam(beta2=rule.beta2), seen)[1].v,
        NEXT_M_HAT: corrected(o.Adam(beta1=rule.beta1), seen)[NEXT_M_HAT],
        r"\beta_2": rule.beta2,
        **stepped(rule, w, step),
    }


@formula("optimizers-adamax")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.Adamax(positive(rng), 0.8, 0.5, positive(rng))
    seen, w = rng.normal(size=(4, 3)) * np.array([[3.0], [1.0], [0.1], [1.0]]), rng.normal(size=3)
    step, state, before = after(rule, seen, w)
    return {
        "v_t": before.v,
        NEXT_V: state.v,
        "g_t": seen[-1],
        NEXT_M_HAT: corrected(o.Adam(beta1=rule.beta1), seen)[NEXT_M_HAT],
        r"\beta_2": rule.beta2,
        **stepped(rule, w, step),
    }


@formula("optimizers-nadam")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.NAdam(positive(rng), positive(rng, 0.5, 0.9), 0.5, positive(rng))
    t, w = int(rng.integers(1, 200)), rng.normal(size=2)
    seen = rng.normal(size=(t + 1, 2))
    step, state, before = after(rule, seen, w)
    following = rule.update(seen[0], state, w)[1]
    return {
        "t": t,
        "g_t": seen[-1],
        NEXT_M: after(o.Adam(beta1=rule.beta1), seen)[1].m,
        "P_t": before.product,
        "P_{t+1}": state.product,
        r"\mu_{t+1}": state.product / before.product,
        r"\mu_{t+2}": following.product / state.product,
        r"\beta_1": rule.beta1,
        **corrected(rule, seen),
        **stepped(rule, w, step),
    }


@formula("optimizers-adamw")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.AdamW(lr=positive(rng), eps=positive(rng), weight_decay=positive(rng))
    seen, w = rng.normal(size=(3, 2)), rng.normal(size=2)
    step, _, _ = after(rule, seen, w)
    return {r"\lambda": rule.weight_decay, **corrected(o.Adam(), seen), **stepped(rule, w, step)}


@formula("optimizers-lion")
def _(rng: Rng) -> dict[str, Any]:
    rule = o.Lion(positive(rng), positive(rng, 0.1, 0.9), positive(rng, 0.1, 0.9), positive(rng))
    w, m, g = gradients(rng, 3), *rng.normal(size=(2, 3))
    step, state = rule.update(g, o.Velocity(m), w)
    mixed = o.Lion(beta2=rule.beta1).update(g, o.Velocity(m), w)[1].v
    return {
        "u_t": mixed,
        "w_t": w,
        "w_{t+1}": w + step,
        "m_t": m,
        NEXT_M: state.v,
        "g_t": g,
        r"\beta_1": rule.beta1,
        r"\beta_2": rule.beta2,
        r"\eta": rule.lr,
        r"\lambda": rule.weight_decay,
    }


@formula("optimizers-clip", n=12)
def _(rng: Rng) -> dict[str, Any]:
    g, limit = rng.normal(size=3), positive(rng, 0.5, 4.0)
    return {"g": g, "<-g": o.clip_by_norm(g, limit), r"\ell": limit}


@formula("optimizers-ema")
def _(rng: Rng) -> dict[str, Any]:
    average, w = rng.normal(size=(2, 3))
    delta = positive(rng, 0.1, 0.9)
    return {r"\bar w_t": average, r"\bar w_{t+1}": o.ema(average, w, delta), "w_{t+1}": w, r"\delta": delta}


@inline("optimizers", r"v \leftarrow \mu v - \eta g")
def _(rng: Rng) -> dict[str, Any]:
    """The velocity of Keras is the step itself."""
    rule, (v, g) = o.Momentum(positive(rng), positive(rng, 0.1, 0.9)), rng.normal(size=(2, 1))
    step, _ = rule.update(g, o.Velocity(v), g)
    return {"v": -rule.lr * v[0], "<-v": step[0], "g": g[0], r"\mu": rule.momentum, r"\eta": rule.lr}


@inline("optimizers", r"\rho = 0.99", r"\varepsilon = 10^{-8}", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\rho": o.RMSProp().rho, r"\varepsilon": o.Adam().eps}
