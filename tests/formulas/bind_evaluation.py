"""What the symbols of the chapter on ensembles, averages and calibration stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import RV, formula, iid, independent, inline
from snippets.activations import softmax
from snippets.arrays import Array, Labels
from snippets.ensembles import average_predictions, average_weights, calibration_error, fit_temperature, reliability
from snippets.experiments.evaluation import DECAY, confusion_matrix
from snippets.losses import soft_cross_entropy, softmax_cross_entropy
from snippets.network import Dense, Params, init_params
from snippets.optimizers import ema
from snippets.training import accuracy

Rng = np.random.Generator


def members(rng: Rng) -> Array:
    """The probabilities of four networks for three classes of one example."""
    return softmax(rng.normal(0.3, 1.2, (4, 3)))


def together(p: Array) -> Array:
    """Their mean, as the package computes it."""
    return average_predictions(list(p))


def networks(rng: Rng, count: int) -> list[Params]:
    """Networks of the same layers."""
    return [init_params((Dense(2),), (3,), rng) for _ in range(count)]


def answered(rng: Rng) -> tuple[Labels, Labels]:
    """Right classes and given ones, some of each kind."""
    y = np.concatenate([np.arange(3), rng.integers(0, 3, 9)])
    return y, np.where(rng.random(12) < 0.5, y, rng.integers(0, 3, 12))


@formula("evaluation-standard-error", n=3)
def _(rng: Rng) -> dict[str, Any]:
    right = int(rng.integers(1, 4))
    (h,) = iid(3, np.arange(4.0) < right)
    return {"h": h, "N": 3, "a": right / 4, r"\hat a": RV(h.values.mean(axis=1))}


@formula("evaluation-paired", n=3)
def _(rng: Rng) -> dict[str, Any]:
    support = np.array([1.0, -1.0, 0.0, *rng.choice([0.0, 1.0], 2)])
    support[-1] = 1.0
    (d,) = iid(3, support)
    return {"d": d, "N": 3, "u": float((support > 0).mean()), "v": float((support < 0).mean())}


@formula("evaluation-average")
def _(rng: Rng) -> dict[str, Any]:
    p = members(rng)
    return {"p": p, r"\bar p": together(p), "M": len(p)}


@formula("evaluation-jensen", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """Members that differ, and members that agree, with whom both sides are equal."""
    p = members(rng)
    p = p if rng.random() < 0.5 else np.repeat(p[:1], 2, axis=0)
    return {"p": p, r"\bar p": together(p), "M": len(p), "y": int(rng.integers(1, 4))}


@formula("evaluation-ambiguity")
def _(rng: Rng) -> dict[str, Any]:
    f = members(rng)[:, 0]
    return {"f": f, r"\bar f": float(together(f)), "M": len(f), "t": float(rng.normal(0.4))}


@formula("evaluation-variance", n=4)
def _(rng: Rng) -> dict[str, Any]:
    """Each predictor is a part that all share and one of its own: that correlates them equally."""
    supports = [rng.normal(1.0, 1.0, 3), *[rng.normal(0.5, 1.0, 3)] * 3]
    shared, *own = independent(*supports)
    f = RV(np.stack([shared.values + one.values for one in own], axis=1))
    covariance = float(np.var(supports[0]))
    variance = covariance + float(np.var(supports[1]))
    mean = float(f.values.mean())
    return {
        "f": f,
        r"\bar f": RV(f.values.mean(axis=1)),
        "M": 3,
        r"\mu": mean,
        r"\sigma^2": variance,
        r"\rho": covariance / variance,
    }


@formula("evaluation-weights")
def _(rng: Rng) -> dict[str, Any]:
    nets = networks(rng, 4)
    return {"w": np.array([net.flat for net in nets]), r"\bar w": average_weights(nets).flat, "M": 4}


@formula("evaluation-running-mean")
def _(rng: Rng) -> dict[str, Any]:
    nets = networks(rng, 4)
    before, after = average_weights(nets[:-1]).flat, average_weights(nets).flat
    return {r"\bar w_M": before, r"\bar w_{M+1}": after, "w_{M+1}": nets[-1].flat, "M": 3}


@formula("evaluation-ema", base=0)
def _(rng: Rng) -> dict[str, Any]:
    w, decay = rng.normal(size=6), float(rng.uniform(0.3, 0.9))
    average: Array = w[:1]
    for t in range(1, 6):
        average = ema(average, w[t : t + 1], decay)
    return {"w": w, r"\bar w_n": float(average[0]), r"\delta": decay, "n": 5}


@inline("evaluation", r"p = \mathrm{softmax}(z / T)")
def _(rng: Rng) -> dict[str, Any]:
    """What the loss compares with the target: its gradient is p - q."""
    z, q, temperature = rng.normal(size=(1, 4)), softmax(rng.normal(size=(1, 4))), float(rng.uniform(1.5, 4.0))
    gradient = soft_cross_entropy(z / temperature, q)[1]
    return {r"\mathrm{softmax}": softmax, "p": (gradient + q)[0], "z": z[0], "T": temperature}


@inline("evaluation", r"\delta = 0.98", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {r"\delta": DECAY}


@formula("evaluation-distillation")
def _(rng: Rng) -> dict[str, Any]:
    z, q, temperature = rng.normal(size=(1, 4)), softmax(rng.normal(size=(1, 4))), float(rng.uniform(1.5, 4.0))
    value, gradient = soft_cross_entropy(z / temperature, q)
    return {
        "L": temperature**2 * value,
        r"\frac{\partial L}{\partial z}": temperature * gradient[0],
        "p": softmax(z / temperature)[0],
        "q": q[0],
        "T": temperature,
    }


@formula("evaluation-ece")
def _(rng: Rng) -> dict[str, Any]:
    """Where each example falls is asked for it alone; an empty bin counts as 0."""
    p, labels = softmax(rng.normal(0.0, 2.0, (40, 3))), rng.integers(0, 3, 40)
    where = np.array([reliability(p[i : i + 1], labels[i : i + 1], 5).examples.argmax() for i in range(40)])
    members = [where == m for m in range(5)]
    return {
        r"\mathrm{ECE}": calibration_error(p, labels, 5),
        "n": reliability(p, labels, 5).examples,
        "a": np.array([accuracy(p[m], labels[m]) if m.any() else 0.0 for m in members]),
        "c": np.array([p[m].max(axis=1).mean() if m.any() else 0.0 for m in members]),
        "N": len(p),
    }


@formula("evaluation-temperature")
def _(rng: Rng) -> dict[str, Any]:
    z, temperature = rng.normal(size=4), float(rng.uniform(0.4, 3.0))
    return {"z": z, "p": softmax(z / temperature), "T": temperature}


@inline("evaluation", r"\beta = 1/T")
def _(rng: Rng) -> dict[str, Any]:
    """The factor of the logits with the smallest loss, where its slope changes sign, and the fitted temperature."""
    z = rng.normal(size=(20, 4))
    y = (z + rng.normal(0.0, 1.5, z.shape)).argmax(axis=1)
    low, high = 0.0, 50.0
    for _ in range(60):
        middle = (low + high) / 2
        falls = float((softmax_cross_entropy(middle * z, y)[1] * z).sum()) < 0.0
        low, high = (middle, high) if falls else (low, middle)
    return {r"\beta": low, "T": fit_temperature(z, y)}


@formula("evaluation-temperature-slope")
def _(rng: Rng) -> dict[str, Any]:
    z, y, beta = rng.normal(size=(1, 4)), rng.integers(0, 4, 1), float(rng.uniform(0.4, 3.0))
    return {
        "L": lambda b: softmax_cross_entropy(b * z, y)[0],
        r"\beta": beta,
        "p": softmax(beta * z)[0],
        "z": z[0],
        "y": int(y[0]) + 1,
    }


@formula("evaluation-confusion")
def _(rng: Rng) -> dict[str, Any]:
    y, given = answered(rng)
    return {
        "C": confusion_matrix(y, given, 3),
        "y": y + 1,
        r"\hat y": given + 1,
        "N": len(y),
        r"\hat a": accuracy(np.eye(3)[given], y),
    }
