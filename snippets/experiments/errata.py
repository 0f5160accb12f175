"""What comes of mistakes in circulation: each runs beside what is right."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.data import digits_split
from snippets.experiments.initialization import ratio, second_moments
from snippets.gradcheck import numeric_gradient
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Params, forward, init_params
from snippets.optimizers import Adam, AdamState, Optimizer, Velocity
from snippets.training import evaluate, minibatches, steps

Wrong: TypeAlias = Callable[[AdamState, Adam], Array]
NET = (Dense(32), Activation(relu, relu_grad), Dense(10))
BATCH = 32

# Adam as it is misprinted


def frozen_count(s: AdamState, rule: Adam) -> Array:
    """Adam's step if the count of the correction stays at 1."""
    step: Array = -rule.lr * (s.m / (1.0 - rule.beta1)) / (np.sqrt(s.v / (1.0 - rule.beta2)) + rule.eps)
    return step


def no_root(s: AdamState, rule: Adam) -> Array:
    """Adam's step if it is divided by v̂ instead of its root."""
    return -rule.lr * (s.m / (1.0 - rule.beta1**s.t)) / (s.v / (1.0 - rule.beta2**s.t) + rule.eps)


def eps_outside(s: AdamState, rule: Adam) -> Array:
    """Adam's step if ε is added to the weight instead of the denominator."""
    with np.errstate(invalid="ignore"):  # 0/0 is what ε is there to prevent
        step: Array = -rule.lr * (s.m / (1.0 - rule.beta1**s.t)) / np.sqrt(s.v / (1.0 - rule.beta2**s.t)) + rule.eps
    return step


@dataclass(frozen=True)
class Misprinted:
    """Adam's means with another step."""

    wrong: Wrong
    lr: float = 1e-3

    def init(self, w: Array) -> AdamState:
        """Adam's state."""
        return Adam(self.lr).init(w)

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """The misprinted step."""
        state = Adam(self.lr).update(g, s, w)[1]
        return self.wrong(state, Adam(self.lr)), state


RULES: dict[str, Callable[[float], Optimizer[AdamState]]] = {
    "Adam": Adam,
    "frozen": functools.partial(Misprinted, frozen_count),
    "rootless": functools.partial(Misprinted, no_root),
}


@functools.cache
def step_sizes(name: str, slope: float = 1.0, updates: int = 5000) -> Array:
    """The length of each step in learning rates, if the gradient is the same at every step."""
    rule, w = RULES[name](1.0), np.zeros(1)
    state, sizes = rule.init(w), np.empty(updates)
    for t in range(updates):
        step, state = rule.update(np.full(1, slope), state, w)
        sizes[t] = abs(float(step[0]))
    return sizes


# Digits


def first_batch(standardize: Callable[[Array], Array] | None = None) -> tuple[Array, Any]:
    """The first minibatch of the training digits, standardized on request."""
    x, y = digits_split(0)[0]
    return next(minibatches((standardize(x) if standardize else x, y), BATCH, np.random.default_rng(0)))


def unguarded(x: Array) -> Array:
    """Each column less its mean, divided by its standard deviation, whatever that is."""
    with np.errstate(invalid="ignore"):
        z: Array = (x - x.mean(axis=0)) / x.std(axis=0)
    return z


def after_one_step(rule: Optimizer[Any], batch: tuple[Array, Any]) -> tuple[Params, Array, Array]:
    """A network that has gone forward and backward, and what it had for weights before; its weights after a step."""
    params = init_params(NET, (64,), np.random.default_rng(1))
    before = params.flat.copy()
    logits, backward = forward(NET, params, batch[0])
    _, g = backward(softmax_cross_entropy(logits, batch[1])[1])
    step, _ = rule.update(g, rule.init(params.flat), params.flat)
    return params, before, params.flat + step


def lost(batch: tuple[Array, Any], rule: Optimizer[Any] | None = None) -> int:
    """How many weights are no number after one step."""
    with np.errstate(invalid="ignore"):
        return int(np.isnan(after_one_step(rule or Adam(), batch)[2]).sum())


@functools.cache
def trained(name: str, scale: float = 1.0, epochs: int = 5) -> float:
    """Validation accuracy after training with a rule at 0.001, all gradients multiplied by a scale."""
    train, validation, _ = digits_split(0)
    params, rng = init_params(NET, (64,), np.random.default_rng(1)), np.random.default_rng(0)
    settings: dict[str, Any] = {"epochs": epochs, "batch_size": BATCH, "rng": rng, "adjust": lambda g, _: scale * g}
    for _ in steps(NET, params, train, softmax_cross_entropy, RULES[name](1e-3), **settings):
        pass
    return evaluate(NET, params, validation, softmax_cross_entropy).accuracy


def moved() -> tuple[int, int]:
    """How many weights the backward pass has changed, and how many the step after it would."""
    params, before, after = after_one_step(Adam(), first_batch())
    return int((params.flat != before).sum()), int((after != before).sum())


# Layers


def square(x: Array) -> Array:
    """x²: an activation that is a polynomial."""
    return x**2


@functools.cache
def best_fit(activation: Callable[[Array], Array], units: int, seed: int = 0) -> float:
    """The root mean square error of the best output weights over random hidden units, for sin 3x on [-2, 2]."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-2.0, 2.0, 400)
    hidden = activation(np.outer(x, rng.normal(size=units)) + rng.normal(0.0, 2.0, units))
    hidden = np.column_stack([hidden, np.ones_like(x)])
    target = np.sin(3.0 * x)
    weights = np.linalg.lstsq(hidden, target, rcond=1e-10)[0]
    return float(np.sqrt(((hidden @ weights - target) ** 2).mean()))


def slopes_at_kink(h: float = 1e-3) -> tuple[float, float, float]:
    """Difference quotients of ReLU at 0: from the left, from the right, and both sides at once."""
    left, right = ((relu(np.array(x)) - relu(np.array(0.0))) / x for x in (-h, h))
    centre = numeric_gradient(lambda x: float(relu(x)[0]), np.zeros(1), h)
    return abs(float(left)), float(right), float(centre[0])


def after_rate_drop(per_step: bool, updates: int = 10) -> float:
    """How far momentum moves in the steps after its rate was cut from 1 to 0.1, if all gradients are 1.

    per_step: the velocity v ← μv - ηg is itself the step; else v ← μv + g, and the step is -ηv.
    """
    mu, v, moved = 0.9, Velocity(np.zeros(1)).v, 0.0
    for t in range(200 + updates):
        lr = 1.0 if t < 200 else 0.1
        v = mu * v - lr if per_step else mu * v + 1.0
        moved += t >= 200 and abs(float(v[0] if per_step else lr * v[0]))
    return moved


def facts() -> dict[str, float]:
    """The numbers that the page quotes."""
    still, gone = moved()
    left, right, centre = slopes_at_kink()
    return {
        "square_units": best_fit(square, 100),
        "relu_units": best_fit(relu, 100),
        "kink_left": left,
        "kink_right": right,
        "kink_centre": centre,
        "moved_backward": still,
        "moved_step": gone,
        "lost_unguarded": lost(first_batch(unguarded)),
        "lost_eps": lost(first_batch(), Misprinted(eps_outside)),
        "weights": after_one_step(Adam(), first_batch())[0].flat.size,
        "he_linear": ratio(second_moments("linear", "he")[0]),
        "drop_in_step": after_rate_drop(per_step=True),
        "drop_outside": after_rate_drop(per_step=False),
        "frozen_peak": float(step_sizes("frozen").max()),
        "frozen_end": float(step_sizes("frozen")[-1]),
        "rootless_small": float(step_sizes("rootless", 0.01)[-1]),
        "rootless_large": float(step_sizes("rootless", 100.0)[-1]),
        "adam_rescaled": trained("Adam", 100.0),
        "rootless_accuracy": trained("rootless"),
        "rootless_rescaled": trained("rootless", 100.0),
    }
