"""What the symbols of the chapter on schedules stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import RV, formula, independent, inline
from snippets import schedules as s
from snippets.experiments.schedules import best_rates, variances
from snippets.optimizers import SGD, NoState
from snippets.regularization import l2

Rng = np.random.Generator
LOW, HIGH = r"\eta_{\mathrm{low}}", r"\eta_{\mathrm{high}}"


def positive(rng: Rng, low: float = 0.2, high: float = 2.0) -> float:
    """A number that is not near 0."""
    return float(rng.uniform(low, high))


def stable(rng: Rng) -> tuple[float, float]:
    """A curvature and a rate below 2/a."""
    a = positive(rng)
    return a, positive(rng, 0.1, 1.9) / a


@inline("schedules", r"w_{t+1} = w_t - \eta \, (a w_t + \xi)")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), (w, noise) = stable(rng), rng.normal(size=(2, 1))
    step, _ = SGD(lr).update(l2(w, a)[1] + noise, NoState(), w)
    return {"w_t": w[0], "w_{t+1}": w[0] + step[0], r"\xi": noise[0], "a": a, r"\eta": lr}


@formula("schedules-noise", n=4)
def _(rng: Rng) -> dict[str, Any]:
    a, lr = stable(rng)
    w, noise = independent(rng.normal(1.0, 1.0, 3), rng.normal(-0.7, 1.0, 3))
    step, _ = SGD(lr).update(a * w.values + noise.values, NoState(), w.values)
    return {"w_t": w, "w_{t+1}": RV(w.values + step), r"\xi": noise, "a": a, r"\eta": lr}


@formula("schedules-variance")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), noise, start = stable(rng), positive(rng), positive(rng)
    after = variances(s.Constant(lr), 1, a, noise**2, start)
    return {"V_t": after[0], "V_{t+1}": after[1], "a": a, r"\eta": lr, "s": noise}


@inline("schedules", r"\eta = 1/a")
def _(rng: Rng) -> dict[str, Any]:
    """The rate with which a step without noise forgets most: the vertex of a parabola."""
    a, rates = positive(rng), np.array([0.1, 0.5, 1.0])
    left = [variances(s.Constant(float(lr)), 1, a, 0.0, 1.0)[1] for lr in rates]
    square, linear, _ = np.polyfit(rates, left, 2)
    return {r"\eta": -linear / (2.0 * square), "a": a}


@formula("schedules-floor")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), noise = stable(rng), positive(rng)
    return {"V": variances(s.Constant(lr), 400, a, noise**2, 1.0)[-1], "a": a, r"\eta": lr, "s": noise}


@formula("schedules-square")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), noise, start = stable(rng), positive(rng), positive(rng)
    after = variances(s.Constant(lr), 1, a, noise**2, start)
    return {"V_t": after[0], "V_{t+1}": after[1], "a": a, r"\eta": lr, "s": noise}


@formula("schedules-best")
def _(rng: Rng) -> dict[str, Any]:
    a, noise, start, t = positive(rng), positive(rng), positive(rng), int(rng.integers(1, 6))
    best = best_rates(a, noise**2, start)
    spread = variances(best, t + 1, a, noise**2, start)
    return {
        "V_t": spread[t],
        "V_{t+1}": spread[t + 1],
        r"\eta_t": best(t),
        r"\eta_0": best(0),
        "a": a,
        "s": noise,
        "t": t,
    }


@formula("schedules-inverse-time")
def _(rng: Rng) -> dict[str, Any]:
    a, t = positive(rng), int(rng.integers(1, 9))
    best = best_rates(a, positive(rng), positive(rng))
    return {r"\eta_t": best(t), r"\eta_0": best(0), "a": a, "t": t}


@formula("schedules-step", n=24)
def _(rng: Rng) -> dict[str, Any]:
    rule, t = s.StepDecay(positive(rng), int(rng.integers(2, 6)), positive(rng, 0.1, 0.9)), int(rng.integers(0, 20))
    return {r"\eta_t": rule(t), r"\eta_0": rule.lr, r"\gamma": rule.factor, "k": rule.every, "t": t}


@formula("schedules-exponential")
def _(rng: Rng) -> dict[str, Any]:
    rule, t = s.Exponential(positive(rng), positive(rng, 0.1, 0.9)), int(rng.integers(2, 9))
    return {r"\eta_t": rule(t), r"\eta_0": rule.lr, r"\gamma": rule.factor, "t": t}


@formula("schedules-inverse-sqrt", n=24)
def _(rng: Rng) -> dict[str, Any]:
    rule, t = s.InverseSqrt(positive(rng), int(rng.integers(2, 9))), int(rng.integers(0, 20))
    return {r"\eta_t": rule(t), r"\eta_0": rule.lr, "k": rule.constant, "t": t}


@formula("schedules-polynomial")
def _(rng: Rng) -> dict[str, Any]:
    end, steps = positive(rng, 0.1, 0.4), int(rng.integers(5, 20))
    rule, t = s.Polynomial(positive(rng, 0.5), steps, positive(rng), end), int(rng.integers(1, steps))
    return {r"\eta_t": rule(t), r"\eta_0": rule.lr, r"\eta_T": end, "p": rule.power, "T": steps, "t": t}


@inline("schedules", "p = 1", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {"p": s.Polynomial(1.0, 10).power}


@formula("schedules-cosine")
def _(rng: Rng) -> dict[str, Any]:
    end, steps = positive(rng, 0.1, 0.4), int(rng.integers(5, 20))
    rule, t = s.Cosine(positive(rng, 0.5), steps, end), int(rng.integers(1, steps))
    return {r"\eta_t": rule(t), r"\eta_0": rule.lr, r"\eta_T": end, "T": steps, "t": t}


def cycles(rng: Rng) -> tuple[s.Triangular, int, dict[str, Any]]:
    """A triangle, a step inside a cycle that is neither of its ends, and the symbols of its formula.

    The height is that of a triangle from nearly 0 to 1, the number of cycles what triangular2 has halved.
    """
    rule, cycle = s.Triangular(positive(rng, 0.1, 0.4), positive(rng, 0.5), int(rng.integers(3, 8))), rng.integers(1, 4)
    t = int(2 * rule.half * cycle + rng.integers(1, 2 * rule.half))
    height = (rule(t) - rule.base) / (rule.peak - rule.base)
    halved = (s.Triangular2(rule.base, rule.peak, rule.half)(t) - rule.base) / (rule(t) - rule.base)
    return rule, t, {LOW: rule.base, HIGH: rule.peak, "h": height, "c": -float(np.log2(halved)), "t": t}


@formula("schedules-triangular", n=24)
def _(rng: Rng) -> dict[str, Any]:
    rule, t, symbols = cycles(rng)
    return {**symbols, r"\eta_t": rule(t), "k": rule.half}


@formula("schedules-triangular2")
def _(rng: Rng) -> dict[str, Any]:
    rule, t, symbols = cycles(rng)
    del symbols["t"]
    return {**symbols, r"\eta_t": s.Triangular2(rule.base, rule.peak, rule.half)(t)}


@formula("schedules-exp-range")
def _(rng: Rng) -> dict[str, Any]:
    rule, t, symbols = cycles(rng)
    del symbols["c"]
    gamma = positive(rng, 0.8, 0.99)
    return {**symbols, r"\eta_t": s.ExpRange(rule.base, rule.peak, rule.half, gamma)(t), r"\gamma": gamma}


@formula("schedules-wsd", n=40)
def _(rng: Rng) -> dict[str, Any]:
    warmup, decay = (int(rng.integers(3, 9)) for _ in range(2))
    rule = s.WarmupStableDecay(positive(rng), warmup + decay + int(rng.integers(0, 6)), warmup, decay)
    t = int(rng.integers(0, rule.steps))
    return {r"\eta_t": rule(t), r"\eta": rule.lr, "W": warmup, "D": decay, "T": rule.steps, "t": t}


@formula("schedules-warmup", n=40)
def _(rng: Rng) -> dict[str, Any]:
    inner = s.Exponential(positive(rng), positive(rng, 0.3, 0.9))
    rule, t = s.Warmup(inner, int(rng.integers(3, 8))), int(rng.integers(0, 14))
    return {r"\eta_t": rule(t), "h": lambda k: inner(round(k)), "W": rule.steps, "t": t}


@formula("schedules-range-test")
def _(rng: Rng) -> dict[str, Any]:
    rule = s.RangeTest(positive(rng, 0.1, 0.4), positive(rng, 0.5), int(rng.integers(5, 20)))
    t = int(rng.integers(1, rule.steps - 1))
    return {r"\eta_t": rule(t), LOW: rule.low, HIGH: rule.high, "T": rule.steps, "t": t}


@formula("schedules-batch-floor")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), sigma, size = stable(rng), positive(rng), int(rng.integers(2, 9))
    spread = variances(s.Constant(lr), 400, a, sigma**2 / size, 1.0)
    return {"V": spread[-1], "a": a, r"\eta": lr, r"\sigma": sigma, "B": size}


@formula("schedules-scaling")
def _(rng: Rng) -> dict[str, Any]:
    (a, lr), k, start = stable(rng), int(rng.integers(2, 7)), positive(rng)
    w = np.array([start])
    for _ in range(k):
        w = w + SGD(lr).update(a * w, NoState(), w)[0]
    return {"w_t": start, "w_{t+k}": w[0], "a": a, r"\eta": lr, "k": k}
