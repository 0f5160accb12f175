"""What rules make of gradients: valleys, saddles and noise where theory speaks, digits where it is silent."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.data import Split, digits_split
from snippets.experiments import Frame, Movable
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, forward, init_params
from snippets.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamState,
    AdamW,
    AMSGrad,
    CenteredRMSProp,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    RMSProp,
    ema,
)
from snippets.training import evaluate, steps

Gradient: TypeAlias = Callable[[Array], Array]
Rule: TypeAlias = Callable[[float], Optimizer[Any]]

RULES: dict[str, Rule] = {
    "SGD": SGD,
    "Momentum": Momentum,
    "Nesterov": Nesterov,
    "Adagrad": Adagrad,
    "Adadelta": Adadelta,
    "RMSProp": RMSProp,
    "CenteredRMSProp": CenteredRMSProp,
    "Adam": Adam,
    "AMSGrad": AMSGrad,
    "Adamax": Adamax,
    "NAdam": NAdam,
    "AdamW": AdamW,
    "Lion": Lion,
}


VALLEY = ("SGD", "Momentum", "RMSProp", "Adam")


def path(optimizer: Optimizer[Any], gradient: Gradient, start: Array, updates: int) -> Array:
    """All points that a rule visits, the start first.

    Shapes: start (D,) -> (updates + 1, D).
    """
    w, state = start, optimizer.init(start)
    points = [w]
    for _ in range(updates):
        step, state = optimizer.update(gradient(w), state, w)
        w = w + step
        points.append(w)
    return np.array(points)


# Quadratic valleys


def valley(kappa: float, degrees: float = 0.0) -> Array:
    """The matrix H of L(w) = ½ wᵀHw with curvatures 1 and κ, turned by an angle."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    h: Array = turn @ np.diag([1.0, kappa]) @ turn.T
    return h


def heights(points: Array, h: Array) -> Array:
    """½ wᵀHw at every point of a path; no number where a float is too small for it."""
    with np.errstate(over="ignore", invalid="ignore"):
        height: Array = 0.5 * ((points @ h) * points).sum(axis=1)
    return height


def in_valley(optimizer: Optimizer[Any], kappa: float, updates: int, degrees: float = 0.0) -> Array:
    """The path from the point at 1 along the valley and 0.4 across; where a rule flies off, up to infinity."""
    h = valley(kappa, degrees)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    with np.errstate(over="ignore", invalid="ignore"):
        return path(optimizer, lambda w: h @ w, np.array([c - 0.4 * s, s + 0.4 * c]), updates)


def best_settings(kappa: float) -> dict[str, Optimizer[Any]]:
    """The rates and momenta that theory gives for curvatures between 1 and κ."""
    root = np.sqrt(kappa)
    mu = (root - 1.0) / (root + 1.0)
    return {
        "SGD": SGD(lr=2.0 / (1.0 + kappa)),
        "Momentum": Momentum(lr=float(4.0 / (1.0 + root) ** 2), momentum=float(mu**2)),
        "Nesterov": Nesterov(lr=1.0 / kappa, momentum=float(mu)),
    }


def theory(kappa: float) -> dict[str, float]:
    """By which factor a step shrinks the distance to the minimum at these settings."""
    root = np.sqrt(kappa)
    return {
        "SGD": (kappa - 1.0) / (kappa + 1.0),
        "Momentum": float((root - 1.0) / (root + 1.0)),
        "Nesterov": float(1.0 - 1.0 / root),
    }


KAPPAS = (2.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0)


@functools.cache
def measured_factors(kappa: float) -> dict[str, float]:
    """The same factor measured: the mean over the second half of a run that ends long before the smallest float."""
    factors = {}
    for name, rule in best_settings(kappa).items():
        updates = min(3000, int(300.0 / -np.log(theory(kappa)[name])))
        distance = np.linalg.norm(in_valley(rule, kappa, updates), axis=1)
        half = updates // 2
        factors[name] = float((distance[-1] / distance[half]) ** (1.0 / (updates - half)))
    return factors


@functools.cache
def height_in_turned_valley(name: str, degrees: float, kappa: float = 100.0, updates: int = 150) -> float:
    """The height after so many steps at the best of sixteen rates from 0.001 to 2."""
    ends = [in_valley(RULES[name](float(lr)), kappa, updates, degrees)[-1:] for lr in np.geomspace(0.001, 2.0, 16)]
    final = [float(heights(end, valley(kappa, degrees))[0]) for end in ends]
    return min(height for height in final if np.isfinite(height))


# Two other landscapes


def rosenbrock(w: Array) -> Array:
    """(1 - x)² + 100 (y - x²)²: a bent valley with its minimum 0 at (1, 1)."""
    x, y = w[..., 0], w[..., 1]
    height: Array = (1.0 - x) ** 2 + 100.0 * (y - x**2) ** 2
    return height


def rosenbrock_gradient(w: Array) -> Array:
    """The gradient of `rosenbrock` at one point."""
    x, y = w
    return np.array([-2.0 * (1.0 - x) - 400.0 * x * (y - x**2), 200.0 * (y - x**2)])


@functools.cache
def rosenbrock_run(name: str, updates: int = 4000) -> tuple[float, int, Array]:
    """Of thirteen rates the one that gets below 0.01 soonest, to stay for 100 steps; how many it took; its path."""
    best: tuple[float, int, Array] = (float("nan"), updates, np.empty((0, 2)))
    for lr in 2.0 ** np.arange(-12.0, 1.0):
        with np.errstate(over="ignore", invalid="ignore"):  # rates that are too large leave for infinity
            points = path(RULES[name](float(lr)), rosenbrock_gradient, np.array([-1.2, 1.0]), best[1] + 100)
            high = np.flatnonzero(~(rosenbrock(points) < 0.01))[-1] + 1
        if high < best[1]:
            best = (float(lr), int(high), points[: high + 1])
    return best


def saddle(w: Array) -> Array:
    """½x² - ½y² + ¼y⁴: a saddle at 0 between two minima of height -¼ at y = ±1."""
    x, y = w[..., 0], w[..., 1]
    height: Array = 0.5 * x**2 - 0.5 * y**2 + 0.25 * y**4
    return height


def saddle_gradient(w: Array) -> Array:
    """The gradient of `saddle` at one point."""
    return np.array([w[0], w[1] ** 3 - w[1]])


@functools.cache
def saddle_path(name: str, offset: float, lr: float = 0.05, updates: int = 700) -> Array:
    """The path from (1, offset): the ridge leads straight into the saddle."""
    return path(RULES[name](lr), saddle_gradient, np.array([1.0, offset]), updates)


def steps_to_escape(name: str, offset: float) -> float:
    """The first step below a height of -0.1; infinity if there is none."""
    low = np.flatnonzero(saddle(saddle_path(name, offset)) < -0.1)
    return float(low[0]) if len(low) else float("inf")


# Noise


def noise_floor(optimizer: Optimizer[Any], curvature: float = 1.0, updates: int = 3000) -> float:
    """Var(w) after many steps on ½aw² if noise of variance 1 is added to every gradient; for rules linear in g.

    Each of the noises leaves in w what a single gradient of 1 leaves after so many steps; the squares add up.
    """
    pulse = iter([1.0] + [0.0] * (updates - 1))
    left = path(optimizer, lambda w: curvature * w + next(pulse), np.zeros(1), updates)
    return float((left**2).sum())


@functools.cache
def noisy_descent(lr: float, momentum: float, updates: int = 700, copies: int = 2000, seed: int = 0) -> Array:
    """Mean of w² over many copies of L = ½w² that start at 10, step by step, with normal noise on every gradient.

    Shapes: -> (updates + 1, 2): of the last point, and of the average of points (decay 0.98).
    """
    rng = np.random.default_rng(seed)
    rule: Optimizer[Any] = Momentum(lr, momentum) if momentum else SGD(lr)
    w = np.full(copies, 10.0)
    state, average, rows = rule.init(w), w, [(100.0, 100.0)]
    for _ in range(updates):
        step, state = rule.update(w + rng.normal(size=copies), state, w)
        w = w + step
        average = ema(average, w, 0.98)
        rows.append((float((w**2).mean()), float((average**2).mean())))
    return np.array(rows)


# Digits

NET = (Dense(32), Activation(relu, relu_grad), Dense(10))
RATES = tuple(float(10.0 ** (k / 2.0)) for k in range(-8, 3))  # 0.0001 to 10, each √10 times the last
SEEDS = range(5)


@functools.cache
def digits_data() -> tuple[Split, Split]:
    """Training and validation digits, in single precision."""
    train, validation = ((x.astype(np.float32), y) for x, y in digits_split(0)[:2])
    return train, validation


@functools.cache
def batch_variance(batches: tuple[int, ...] = (1, 4, 16, 64, 256, 1024), draws: int = 100) -> tuple[float, Array]:
    """Variance of the gradient of one example and of minibatches without replacement, summed over all weights."""
    rng = np.random.default_rng(0)
    x, y = digits_data()[0]
    params = init_params(NET, (64,), rng, dtype=np.float32)
    gradients = np.empty((len(x), params.flat.size), np.float32)
    for k in range(len(x)):
        logits, backward = forward(NET, params, x[k : k + 1])
        gradients[k] = backward(softmax_cross_entropy(logits, y[k : k + 1])[1])[1]
    mean = gradients.mean(axis=0)
    spread = np.empty((len(batches), draws))
    for row, size in enumerate(batches):
        for draw in range(draws):
            batch = gradients[rng.permutation(len(x))[:size]].mean(axis=0)
            spread[row, draw] = ((batch - mean) ** 2).sum()
    return float(((gradients - mean) ** 2).sum(axis=1).mean()), spread.mean(axis=1)


@dataclass(frozen=True)
class Run:
    """The loss of every step, and loss and accuracy on all training and validation digits at the end."""

    loss: Array
    training_loss: float  # infinity if the run left the numbers
    accuracy: float


@functools.cache
def on_digits(name: str, lr: float, seed: int, epochs: int = 5) -> Run:
    """Train 64-32-10 units with batches of 32; the seed draws weights and order, so that all rules start alike."""
    optimizer = Uncorrected(lr) if name == "Uncorrected" else RULES[name](lr)
    rng = np.random.default_rng(seed)
    train, validation = digits_data()
    params = init_params(NET, (64,), rng, dtype=np.float32)
    run = steps(NET, params, train, softmax_cross_entropy, optimizer, epochs=epochs, batch_size=32, rng=rng)
    with np.errstate(over="ignore", invalid="ignore"):  # some of these rates are meant to be too large
        loss = [step.loss for step in run]
        seen, new = (evaluate(NET, params, data, softmax_cross_entropy) for data in (train, validation))
    return Run(np.array(loss), seen.loss if np.isfinite(seen.loss) else float("inf"), new.accuracy)


@functools.cache
def rate_curve(name: str) -> Array:
    """Training loss after five epochs for every rate and seed.

    Shapes: -> (rates, seeds).
    """
    return np.array([[on_digits(name, lr, seed).training_loss for seed in SEEDS] for lr in RATES])


def best_rate(name: str) -> float:
    """The rate whose median training loss over the seeds is the lowest."""
    return RATES[int(np.median(rate_curve(name), axis=1).argmin())]


def usable_rates(name: str, limit: float = 0.3) -> int:
    """At how many of the rates the median training loss ends below the limit."""
    return int((np.median(rate_curve(name), axis=1) < limit).sum())


def accuracies(name: str) -> Array:
    """Validation accuracy at the best rate, one number a seed."""
    return np.array([on_digits(name, best_rate(name), seed).accuracy for seed in SEEDS])


def mean_accuracy(name: str, lr: float) -> float:
    """Validation accuracy at one rate, averaged over the seeds."""
    return float(np.mean([on_digits(name, lr, seed).accuracy for seed in SEEDS]))


def final_loss(name: str, lr: float) -> float:
    """Training loss after the five epochs at one rate, averaged over the seeds."""
    return float(np.mean([on_digits(name, lr, seed).training_loss for seed in SEEDS]))


# Adam from near


@dataclass(frozen=True)
class Uncorrected:
    """Adam that believes a million steps to lie behind it, when both corrections have become 1."""

    lr: float = 1e-3

    def init(self, w: Array) -> AdamState:
        """Adam's state with another count."""
        return Adam(self.lr).init(w)._replace(t=10**6)

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """Adam's step."""
        return Adam(self.lr).update(g, s, w)


def step_sizes(optimizer: Optimizer[Any], gradients: Array) -> Array:
    """|Δw| / lr of a rule that is fed these gradients one after another.

    Shapes: gradients (T,) -> (T,).
    """
    feed = iter(gradients)
    points = path(optimizer, lambda _: np.full(1, next(feed)), np.zeros(1), len(gradients))
    return np.abs(np.diff(points[:, 0])) / optimizer.lr


def woken(updates: int, silent: int = 20_000) -> Array:
    """Step sizes of Adam when a gradient has been 0 for long and then is 1 at every step."""
    return step_sizes(Adam(lr=1.0), np.repeat([0.0, 1.0], [silent, updates]))[silent:]


def largest_step(updates: int = 300) -> float:
    """The step size of Adam after gradients that grow by β₂/β₁ a step: the worst that the bound allows."""
    adam = Adam(lr=1.0, eps=0.0)
    growing = (adam.beta2 / adam.beta1) ** np.arange(-updates, 1.0)
    state = adam.init(np.zeros(1))._replace(t=10**6)
    for g in growing:
        step, state = adam.update(np.full(1, g), state, np.zeros(1))
    return float(-step[0])


@functools.cache
def counterexample(name: str, beta2: float, updates: int = 30_000, period: int = 101) -> Array:
    """w in [-1, 1] under gradients of 1010 once in 101 steps and -10 otherwise: their mean is 0.1, so -1 is best.

    The rate falls as 1/√t; β₁ = 0.9. Source: reddi2018, section 3 and figure 1.
    """
    w, points = np.zeros(1), np.empty(updates)
    rules: dict[str, Adam | AMSGrad] = {"Adam": Adam(beta2=beta2), "AMSGrad": AMSGrad(beta2=beta2)}
    rule, state = rules[name], rules[name].init(w)
    for t in range(updates):
        g = np.full(1, 1010.0 if t % period == 0 else -10.0)
        step, state = replace(rule, lr=float(0.5 / np.sqrt(t + 1.0))).update(g, state, w)  # type: ignore[arg-type]
        w = np.clip(w + step, -1.0, 1.0)
        points[t] = w[0]
    return points


@functools.cache
def pixel_norms(kind: str, strength: float, epochs: int = 15, seed: int = 0) -> tuple[Array, Array]:
    """For each pixel the length of its 32 weights after training and the typical size of their gradients.

    kind: "L2" puts λw into Adam's gradient, "decoupled" is AdamW, "none" is Adam alone.
    """
    rng = np.random.default_rng(seed)
    train, _ = digits_data()
    params = init_params(NET, (64,), rng)
    rule: Optimizer[Any] = AdamW(weight_decay=strength) if kind == "decoupled" else Adam()
    squares = np.zeros_like(params.flat)

    def adjust(g: Array, w: Array) -> Array:
        nonlocal squares
        squares += g**2
        return g + strength * w if kind == "L2" else g

    settings: dict[str, Any] = {"epochs": epochs, "batch_size": 32, "rng": rng, "adjust": adjust}
    updates = len(list(steps(NET, params, train, softmax_cross_entropy, rule, **settings)))
    size = np.sqrt(params.with_flat(squares)["0.w"].mean(axis=1) / updates)
    return np.linalg.norm(params["0.w"], axis=1), size


def kept(kind: str, strength: float) -> Array:
    """What share of its length decay leaves to the weights of each pixel, from the smallest gradients to the largest.

    Shapes: -> (64,).
    """
    alone, size = pixel_norms("none", 0.0)
    return (pixel_norms(kind, strength)[0] / alone)[np.argsort(size, kind="stable")]


def silent_pixels() -> int:
    """How many pixels are 0 in all training digits, so that their weights never see a gradient."""
    return int((pixel_norms("none", 0.0)[1] == 0.0).sum())


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """The height over the steps, for any learning rate, in a valley with κ = 100 turned by 30 degrees."""
    rates = (0.001, 0.002, 0.005, 0.01, 0.015, 0.0198, 0.021, 0.03, 0.037, 0.039, 0.05, 0.1, 0.2, 0.5, 1.0)
    notes = {
        0.0198: "SGD leaps from wall to wall",
        0.021: "SGD flies off: the limit is 0.02",
        0.039: "momentum flies off too: its limit is 0.038",
    }
    frames = []
    for lr in rates:
        curves = [heights(in_valley(RULES[name](lr), 100.0, 120, 30.0), valley(100.0, 30.0)) for name in VALLEY]
        frames.append(Frame(f"{lr:g}", tuple(np.clip(c, 1e-9, 1e5).round(12) for c in curves), notes.get(lr, "")))
    return {
        "valley_rate": Movable(
            claim="each rule has learning rates of its own",
            slider="learning rate",
            x_label="step",
            y_label="height above the minimum",
            x=np.arange(121.0),
            series=VALLEY,
            colors=("blue", "orange", "green", "purple"),
            frames=tuple(frames),
            start=rates.index(0.0198),
            log_y=True,
            y_limits=(1e-8, 1e3),
        )
    }


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    low, high = RATES[4], RATES[7]
    best = {name: float(np.median(rate_curve(name), axis=1).min()) for name in RULES}
    mean = {name: float(accuracies(name).mean()) for name in RULES}
    one, batches = batch_variance()
    predicted = theory(100.0)
    uncorrected = step_sizes(Uncorrected(1.0), np.ones(3000))
    weak, strong, beside = kept("L2", 1e-6), kept("L2", 0.01), kept("decoupled", 1.0)
    silent = silent_pixels()
    return {
        "low_sgd": mean_accuracy("SGD", low),
        "low_adam": mean_accuracy("Adam", low),
        "high_sgd": mean_accuracy("SGD", high),
        "high_adam": mean_accuracy("Adam", high),
        "low_sgd_loss": final_loss("SGD", low),
        "low_adam_loss": final_loss("Adam", low),
        "high_sgd_loss": final_loss("SGD", high),
        "high_adam_loss": final_loss("Adam", high),
        "high_rate": high,
        "updates": len(on_digits("SGD", low, 0).loss),
        "variance_16": batches[2] / one,
        "variance_1024": batches[5] / one,
        "factor_sgd": measured_factors(100.0)["SGD"],
        "worst_factor_error": max(abs(measured_factors(k)[n] / theory(k)[n] - 1) for k in KAPPAS for n in theory(k)),
        "tenfold_sgd": float(np.log(0.1) / np.log(predicted["SGD"])),
        "tenfold_momentum": float(np.log(0.1) / np.log(predicted["Momentum"])),
        "effective_rate": step_sizes(Momentum(0.02, 0.9), np.ones(300))[-1] * 0.02,
        "factor_momentum_9": theory(9.0)["Momentum"],
        "floor_sgd": noise_floor(SGD(0.01)),
        "floor_momentum": noise_floor(Momentum(0.01, 0.9)),
        "floor_sgd_10": noise_floor(SGD(0.1)),
        "floor_measured": float(noisy_descent(0.01, 0.9)[-200:, 0].mean()),
        "floor_averaged": float(noisy_descent(0.1, 0.0)[-200:, 1].mean()),
        **{f"rosenbrock_{name.lower()}": rosenbrock_run(name)[1] for name in ("SGD", *VALLEY[1:])},
        "rosenbrock_adam_rate": rosenbrock_run("Adam")[0],
        "saddle_sgd_2": steps_to_escape("SGD", 1e-2),
        "saddle_sgd_8": steps_to_escape("SGD", 1e-8),
        "saddle_momentum_8": steps_to_escape("Momentum", 1e-8),
        "saddle_adam_2": steps_to_escape("Adam", 1e-2),
        "saddle_adam_8": steps_to_escape("Adam", 1e-8),
        "turned_rmsprop_0": height_in_turned_valley("RMSProp", 0.0),
        "turned_rmsprop_45": height_in_turned_valley("RMSProp", 45.0),
        "turned_sgd": height_in_turned_valley("SGD", 45.0),
        "turned_momentum": height_in_turned_valley("Momentum", 45.0),
        "turned_adagrad_45": height_in_turned_valley("Adagrad", 45.0),
        "turned_adam_45": height_in_turned_valley("Adam", 45.0),
        "first_uncorrected": uncorrected[0],
        "peak_uncorrected": uncorrected.max(),
        "peak_uncorrected_step": int(uncorrected.argmax()) + 1,
        "woken_peak": woken(40).max(),
        "largest_step": largest_step(),
        "uncorrected_low": float(np.median(rate_curve("Uncorrected")[2])),
        "corrected_low": float(np.median(rate_curve("Adam")[2])),
        "uncorrected_high": float(np.median(rate_curve("Uncorrected")[6])),
        "corrected_high": float(np.median(rate_curve("Adam")[6])),
        "rate_uncorrected": best_rate("Uncorrected"),
        "counter_adam": counterexample("Adam", 0.99)[-1010:].mean(),
        "counter_amsgrad": counterexample("AMSGrad", 0.99)[-1010:].mean(),
        "counter_default_early": counterexample("Adam", 0.999)[9090:10100].mean(),
        "counter_default": counterexample("Adam", 0.999)[-1010:].mean(),
        "silent_pixels": silent,
        "l2_weak_silent": weak[:silent].max(),
        "l2_weak_busy": float(np.median(weak[32:])),
        "l2_strong_silent": strong[:silent].max(),
        "l2_strong_busy": float(np.median(strong[32:])),
        "decoupled_silent": beside[:silent].max(),
        "decoupled_busy": float(np.median(beside[32:])),
        "decoupled_least": beside.min(),
        "decoupled_most": beside.max(),
        **{f"best_{name.lower()}": best[name] for name in ("SGD", "Momentum", "Nesterov", "Adam", "AMSGrad")},
        **{f"rate_{name.lower()}": best_rate(name) for name in ("SGD", "Momentum", "RMSProp", "Adam", "Adadelta")},
        "rate_span": max(map(best_rate, RULES)) / min(map(best_rate, RULES)),
        **{f"accuracy_{name.lower()}": mean[name] for name in ("Momentum", "Adam", "AdamW")},
        "accuracy_least": min(mean.values()),
        "accuracy_most": max(mean.values()),
        "nesterov_lost": int((accuracies("Nesterov") < 0.9).sum()),
        "accuracy_spread": max(float(np.ptp(accuracies(name))) for name in RULES),
        "usable_sgd": usable_rates("SGD"),
        "usable_adam": usable_rates("Adam"),
        "adam_default": float(np.median(rate_curve("Adam")[RATES.index(0.001)])),
    }
