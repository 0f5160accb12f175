"""What the chapter on losses measures: outliers, confident mistakes, rare classes, smoothing, signs."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from snippets.activations import relu, relu_grad, sigmoid, sigmoid_grad, softmax
from snippets.arrays import Array, Labels
from snippets.data import digits_split
from snippets.experiments import Frame, Movable
from snippets.losses import (
    bce_with_logits,
    binary_focal,
    entropy,
    huber,
    log_cosh,
    mae,
    mse,
    smoothed_cross_entropy,
    soft_cross_entropy,
    softmax_cross_entropy,
    weston_watkins,
)
from snippets.network import Activation, Dense, forward, init_params
from snippets.optimizers import SGD, Adam
from snippets.training import Loss, accuracy, predict, steps

Regression: TypeAlias = Callable[[Array, Array], tuple[float, Array]]
SEEDS = (0, 1, 2, 3, 4)

# ---------------------------------------------------------------- a line and its outliers

LINE = (1.0, 2.0)
NOISE, POINTS, WRONG, SETS = 0.3, 40, 4, 100
OFFSETS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)


def half_huber(prediction: Array, target: Array) -> tuple[float, Array]:
    """The Huber loss with δ = 0.5, a little above the noise, summed."""
    return huber(prediction, target, 0.5, "sum")


REGRESSIONS: dict[str, Regression] = {
    "MSE": lambda prediction, target: mse(prediction, target, "sum"),
    "log-cosh": lambda prediction, target: log_cosh(prediction, target, "sum"),
    "MAE": lambda prediction, target: mae(prediction, target, "sum"),
    "Huber": half_huber,
}


def points(offset: float) -> tuple[Array, Array]:
    """100 sets of 40 points around y = 1 + 2x; in every set the first four are too high by the offset."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1.0, 1.0, (SETS, POINTS))
    y = LINE[0] + LINE[1] * x + rng.normal(scale=NOISE, size=x.shape)
    y[:, :WRONG] += offset
    return x, y


@functools.cache
def fitted_lines(loss: Regression, offset: float, length: int = 500) -> Array:
    """Intercept and slope for every set, by gradient descent with a rate that falls linearly to 0.

    Shapes: -> (100, 2).
    """
    x, y = points(offset)
    w = np.zeros((SETS, 2))
    for t in range(length):
        _, g = loss(w[:, :1] + w[:, 1:] * x, y)
        w -= 0.4 * (1.0 - t / length) * np.stack([g.mean(axis=1), (g * x).mean(axis=1)], axis=1)
    return w


def line_error(loss: Regression, offset: float) -> Array:
    """Root mean square distance on [-1, 1] between the true line and each fitted one."""
    miss = fitted_lines(loss, offset) - LINE
    error: Array = np.sqrt(miss[:, 0] ** 2 + miss[:, 1] ** 2 / 3.0)
    return error


# ---------------------------------------------------------------- squared error behind a sigmoid


def squared_error_of_sigmoid(z: Array, t: Array) -> tuple[float, Array]:
    """(σ(z) - t)² and its gradient with respect to the logit."""
    value, gradient = mse(sigmoid(z), t)
    return value, gradient * sigmoid_grad(z)


def steps_to_agree(loss: Regression, start: float, goal: float = 0.9, limit: int = 100_000) -> int:
    """Steps of gradient descent at rate 1 on one logit until the class that is true has probability 0.9."""
    z, one = np.array([start]), np.ones(1)
    for step in range(limit):
        if sigmoid(z).item() >= goal:
            return step
        z = z - loss(z, one)[1]
    return limit


# ---------------------------------------------------------------- mean or sum

RATES = tuple(float(lr) for lr in 10.0 ** np.arange(-4.0, 2.1, 0.5))
BATCHES = (16, 64, 256)


@functools.cache
def loss_after_60_steps(total: bool, batch: int, lr: float) -> float:
    """Training loss of a linear classifier of digits after 60 steps with the batch mean or the sum: 3 seeds."""
    training, _, _ = digits_split(0)
    net, ends = (Dense(10),), []

    def loss(z: Array, y: Labels) -> tuple[float, Array]:
        return softmax_cross_entropy(z, y, "sum" if total else "mean")

    for seed in SEEDS[:3]:
        rng = np.random.default_rng(seed)
        params = init_params(net, (64,), rng)
        run = steps(net, params, training, loss, SGD(lr), epochs=60, batch_size=batch, rng=rng)
        for _ in zip(range(60), run, strict=False):
            pass
        ends.append(softmax_cross_entropy(forward(net, params, training[0])[0], training[1])[0])
    return float(np.mean(ends))


def best_rate(total: bool, batch: int) -> float:
    """The learning rate out of RATES with the lowest loss."""
    return min(RATES, key=lambda lr: loss_after_60_steps(total, batch, lr))


def first_loss(loss: Loss, scale: float) -> float:
    """The loss of an untrained network on the training digits, its last weights multiplied by a scale: 3 seeds."""
    (x, y), _, _ = digits_split(0)
    net, values = (Dense(64), Activation(relu, relu_grad), Dense(10)), []
    for seed in SEEDS[:3]:
        params = init_params(net, (64,), np.random.default_rng(seed))
        params["2.w"][...] *= scale
        values.append(loss(forward(net, params, x)[0], y)[0])
    return float(np.mean(values))


# ---------------------------------------------------------------- a rare class

RARE, RARE_SEEDS = 10, tuple(range(12))


def focal_relief(p: float) -> float:
    """How many times smaller γ = 2 makes the gradient of an example whose truth has probability p."""
    z, one = np.array([math.log(p / (1.0 - p))]), np.ones(1)
    return float(bce_with_logits(z, one)[1].item() / binary_focal(z, one, 2.0)[1].item())


@dataclass(frozen=True)
class Rare:
    """How a detector of a rare class does on new digits, every number at one seed."""

    found: float
    false_alarms: float
    found_at_budget: float


def rare_digits(seed: int) -> tuple[tuple[Array, Array], tuple[Array, NDArray[np.bool_]]]:
    """Is it an 8? Ten eights against all other training digits; validation and test digits to judge on."""
    (x, y), validation, test = digits_split(seed)
    eights = np.flatnonzero(y == 8)[RARE:]
    x, y = np.delete(x, eights, axis=0), np.delete(y, eights)
    new = np.concatenate([validation[0], test[0]]), np.concatenate([validation[1], test[1]])
    return (x, (y == 8)[:, np.newaxis].astype(float)), (new[0], new[1] == 8)


@functools.cache
def rare_run(gamma: float, alpha: float | None, seed: int) -> Rare:
    """Train 32 hidden units with the focal loss (γ = 0: cross-entropy) and judge at p = 1/2 and at 1 % false alarms."""
    training, (x, rare) = rare_digits(seed)
    net, rng = (Dense(32), Activation(relu, relu_grad), Dense(1)), np.random.default_rng(seed)
    params = init_params(net, (64,), rng)

    def loss(z: Array, y: Array) -> tuple[float, Array]:
        return binary_focal(z, y, gamma, alpha)

    for _ in steps(net, params, training, loss, Adam(3e-3), epochs=60, batch_size=64, rng=rng):
        pass
    z = forward(net, params, x)[0][:, 0]
    yes, no = z[rare], z[~rare]
    budget = np.sort(no)[-(len(no) // 100) - 1]
    return Rare(float((yes > 0).mean()), float((no > 0).mean()), float((yes > budget).mean()))


FREQUENT = 0.99  # the share of the other class, and so the α that makes both classes weigh the same
DETECTORS: dict[str, tuple[float, float | None]] = {
    "cross-entropy": (0.0, None),
    "focal, α = 0.25": (2.0, 0.25),
    "focal, no α": (2.0, None),
    "focal, α = 0.75": (2.0, 0.75),
    "α = 0.99, γ = 0": (0.0, FREQUENT),
}


def rare_scores(name: str) -> Array:
    """Found, false alarms, and found at 1 % false alarms, a row for each of twelve seeds."""
    runs = [rare_run(*DETECTORS[name], seed) for seed in RARE_SEEDS]
    return np.array([(run.found, run.false_alarms, run.found_at_budget) for run in runs])


def gain(name: str) -> Array:
    """How much more than with the cross-entropy is found at 1 % false alarms, seed by seed."""
    more: Array = rare_scores(name)[:, 2] - rare_scores("cross-entropy")[:, 2]
    return more


# ---------------------------------------------------------------- smoothing and confidence

SMOOTHING, EPOCHS, SMOOTH_SEEDS = 0.1, 40, tuple(range(8))


@dataclass(frozen=True)
class Confident:
    """The mean distance from the right logit to the others on training digits after every epoch; the test accuracy."""

    gap: tuple[float, ...]
    test: float


def least_smoothed() -> Array:
    """Logits at which the cross-entropy of smoothed labels is least, for one digit 0. Shapes: -> (1, 10)."""
    rest = SMOOTHING / 10.0
    logits: Array = np.log(np.array([[1.0 - SMOOTHING + rest, *[rest] * 9]]))
    return logits


@functools.cache
def smoothing_run(smoothing: float, seed: int) -> Confident:
    """Train 64 hidden units on digits with the cross-entropy of smoothed labels."""
    training, _, test = digits_split(0)
    net, rng, gaps = (Dense(64), Activation(relu, relu_grad), Dense(10)), np.random.default_rng(seed), []
    params = init_params(net, (64,), rng)

    def loss(z: Array, y: Labels) -> tuple[float, Array]:
        return smoothed_cross_entropy(z, y, smoothing)

    for _ in range(EPOCHS):
        for _ in steps(net, params, training, loss, Adam(1e-2), epochs=1, batch_size=128, rng=rng):
            pass
        z = forward(net, params, training[0])[0]
        right = z[np.arange(len(z)), training[1]]
        gaps.append(float(np.mean(right - (z.sum(axis=1) - right) / 9.0)))
    return Confident(tuple(gaps), accuracy(predict(net, params, test[0]), test[1]))


def smoothing_tests(smoothing: float) -> Array:
    """Test accuracy for each of eight seeds."""
    return np.array([smoothing_run(smoothing, seed).test for seed in SMOOTH_SEEDS])


def smoothing_gain() -> Array:
    """How much more of the test digits is read with smoothed labels, seed by seed."""
    more: Array = smoothing_tests(SMOOTHING) - smoothing_tests(0.0)
    return more


SHARES = (0.6, 0.3, 0.1)  # how often each class is right for one input: a label cannot be known better
PENALTIES = tuple(float(s) for s in np.linspace(-1.0, 1.0, 21))


@functools.cache
def settled(strength: float) -> Array:
    """The probabilities at which gradient descent on cross-entropy - λH settles, λ of either sign."""
    z, t = np.zeros((1, 3)), np.array([SHARES])
    for _ in range(2000):
        z = z - 0.5 * (soft_cross_entropy(z, t)[1] - strength * entropy(z)[1])
    p: Array = softmax(z)[0]
    return p


@functools.cache
def entropy_alone(sign: float, length: int = 300) -> tuple[float, ...]:
    """The entropy of three free logits that descend on sign · H and nothing else, step by step."""
    z, values = np.array([[0.5, 0.0, -0.5]]), []
    for _ in range(length + 1):
        h, gradient = entropy(z)
        values.append(h)
        z = z - sign * gradient
    return tuple(values)


# ---------------------------------------------------------------- what the page quotes and what a reader can move


def facts() -> dict[str, float]:
    """The numbers of the chapter, by the names that its sentences use."""
    numbers: dict[str, float] = {}
    for name, loss in REGRESSIONS.items():
        key = name.lower().replace("-", "_")
        numbers[f"{key}_error_16"] = float(line_error(loss, 16.0).mean())
    for name, at in (("MSE", 0.0), ("MAE", 0.0), ("Huber", 0.0), ("MSE", 8.0), ("Huber", 8.0)):
        numbers[f"{name.lower()}_error_{at:.0f}"] = float(line_error(REGRESSIONS[name], at).mean())
    for name, key in zip(DETECTORS, ("ce", "alpha_25", "focal", "alpha_75", "weighted"), strict=True):
        numbers[f"{key}_found"] = float(rare_scores(name)[:, 0].mean())
    for smoothing, key in ((0.0, "plain"), (SMOOTHING, "smooth")):
        runs = [smoothing_run(smoothing, seed) for seed in SEEDS[:3]]
        numbers |= {f"{key}_gap": float(np.mean([run.gap[-1] for run in runs]))}
        numbers |= {f"{key}_test": float(smoothing_tests(smoothing).mean())}
    return numbers | {
        "squared_steps": steps_to_agree(squared_error_of_sigmoid, -6.0),
        "bce_steps": steps_to_agree(bce_with_logits, -6.0),
        "squared_slope": abs(squared_error_of_sigmoid(np.array([-6.0]), np.ones(1))[1].item()),
        "bce_slope": abs(bce_with_logits(np.array([-6.0]), np.ones(1))[1].item()),
        "best_mean_16": best_rate(False, 16),
        "best_sum_16": best_rate(True, 16),
        "best_sum_256": best_rate(True, 256),
        "first_small": first_loss(softmax_cross_entropy, 0.01),
        "first_usual": first_loss(softmax_cross_entropy, 1.0),
        "first_large": first_loss(softmax_cross_entropy, 10.0),
        "first_hinge": first_loss(weston_watkins, 0.01),
        "ln_10": softmax_cross_entropy(np.zeros((1, 10)), np.zeros(1, dtype=int))[0],
        "smoothing_floor": smoothed_cross_entropy(least_smoothed(), np.zeros(1, dtype=int), SMOOTHING)[0],
        "smooth_gain": float(smoothing_gain().mean()),
        "smooth_gain_error": standard_error(smoothing_gain()),
        "focal_relief_90": focal_relief(0.9),
        "focal_relief_50": focal_relief(0.5),
        "ce_budget": float(rare_scores("cross-entropy")[:, 2].mean()),
        "focal_budget": float(rare_scores("focal, no α")[:, 2].mean()),
        "focal_ahead": int((gain("focal, no α") > 0.0).sum()),
        "focal_gain": float(gain("focal, no α").mean()),
        "focal_gain_error": standard_error(gain("focal, no α")),
        "weighted_gain": float(gain("α = 0.99, γ = 0").mean()),
        "weighted_gain_error": standard_error(gain("α = 0.99, γ = 0")),
        "rare_others": float((rare_digits(0)[0][1] == 0).sum()),
        "settled_right": float(settled(PENALTIES[-1])[0]),
        "settled_wrong": float(settled(PENALTIES[0])[0]),
        "entropy_start": entropy_alone(1.0)[0],
        "entropy_right": entropy_alone(-1.0)[-1],
        "entropy_wrong": entropy_alone(1.0)[-1],
    }


def standard_error(values: Array) -> float:
    """The standard error of a mean."""
    return float(values.std(ddof=1) / math.sqrt(len(values)))


def movables() -> dict[str, Movable]:
    """What a reader can move in this chapter."""
    p = np.linspace(0.02, 0.98, 97)
    z, one = np.log(p / (1.0 - p)), np.ones_like(p)
    cross_entropy = np.array([bce_with_logits(z[i : i + 1], one[:1])[0] for i in range(len(p))])
    frames = tuple(
        Frame(
            value=f"{gamma:g}",
            curves=(cross_entropy, np.array([binary_focal(z[i : i + 1], one[:1], gamma)[0] for i in range(len(p))])),
        )
        for gamma in (0.0, 0.5, 1.0, 2.0, 3.0, 5.0)
    )
    return {
        "focal_by_gamma": Movable(
            claim="the larger γ, the less an easy example counts",
            slider="γ",
            x_label="probability of the right class",
            y_label="loss",
            x=p,
            series=("cross-entropy", "focal loss"),
            frames=frames,
            start=3,
            y_limits=(0.0, 4.0),
        )
    }
