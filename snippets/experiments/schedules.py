"""What schedules do: to noise, where theory speaks, and to one and the same run on digits, where only runs can tell."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.data import Split, digits_split
from snippets.experiments import Frame, Movable
from snippets.losses import smooth_labels, soft_cross_entropy, softmax_cross_entropy
from snippets.network import Activation, Dense, init_params
from snippets.optimizers import SGD, Adam, NoState, Optimizer
from snippets.schedules import (
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    ExpRange,
    InverseSqrt,
    InverseTime,
    MultiStep,
    OneCycle,
    Polynomial,
    RangeTest,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    Triangular,
    Triangular2,
    Warmup,
    WarmupStableDecay,
)
from snippets.training import evaluate, minibatches, predict, steps

Settings: TypeAlias = tuple[Optimizer[Any], Schedule | ReduceOnPlateau]


# Noise on a quadratic, where everything can be computed


def variances(
    schedule: Schedule,
    updates: int,
    curvature: float = 1.0,
    noise: float = 1.0,
    start: float = 100.0,
) -> Array:
    """E[w²] of SGD on ½aw² with noise of variance s² on every gradient.

    Shapes: -> (updates + 1,).
    """
    spread = [start]
    for t in range(updates):
        eta = schedule(t)
        spread.append((1 - eta * curvature) ** 2 * spread[-1] + eta**2 * noise)
    return np.array(spread)


def best_rates(
    curvature: float = 1.0,
    noise: float = 1.0,
    start: float = 100.0,
) -> InverseTime:
    """The rates that make E[w²] the least possible after every step."""
    first = curvature * start / (curvature**2 * start + noise)
    return InverseTime(first, decay=first * curvature)


@functools.cache
def drawn(schedule: Schedule, updates: int, copies: int = 2000, seed: int = 0) -> Array:
    """The mean of w² over many runs of SGD on ½w² from w = 10, with normal noise on each gradient."""
    rng = np.random.default_rng(seed)
    w, squares = np.full(copies, 10.0), [100.0]
    for t in range(updates):
        step, _ = SGD(schedule(t)).update(w + rng.normal(size=copies), NoState(), w)
        w = w + step
        squares.append(float((w**2).mean()))
    return np.array(squares)


def two_directions(decay: int, updates: int = 200) -> tuple[Array, Array]:
    """The losses ½aE[w²] along a steep and a flat direction if the rate 0.5 falls to 0 over the last `decay` steps."""
    rate = WarmupStableDecay(0.5, updates, 1, decay) if decay else Constant(0.5)
    steep, flat = 1.0, 0.04
    return (
        0.5 * steep * variances(rate, updates, curvature=steep, start=100.0),
        0.5 * flat * variances(rate, updates, curvature=flat, start=100.0 / flat),
    )


# Digits

NET = (Dense(32), Activation(relu, relu_grad), Dense(10))
EPOCHS, BATCH, PER_EPOCH = 10, 32, 34
STEPS = EPOCHS * PER_EPOCH
SEEDS = range(5)
PEAKS = tuple(float(0.5 * 2 ** (k / 2)) for k in range(5))  # 0.5 to 2, each √2 times the last
WRONG = 0.2  # the share of labels that are drawn at random where labels are noisy


def planned(peak: float, steps: int = STEPS) -> dict[str, Schedule | ReduceOnPlateau]:
    """Every schedule with this highest rate, made for a run of so many steps; `Constant` is the baseline."""
    third = steps // 3 + 1
    return {
        "Constant": Constant(peak),
        "StepDecay": StepDecay(peak, third, 0.3),
        "MultiStep": MultiStep(peak, (steps // 2, 3 * steps // 4)),
        "Exponential": Exponential(peak, 0.05 ** (1 / steps)),
        "InverseTime": InverseTime(peak, 10 / steps),
        "InverseSqrt": InverseSqrt(peak, steps // 10),
        "Polynomial": Polynomial(peak, steps),
        "Cosine": Cosine(peak, steps),
        "CosineRestarts": CosineRestarts(peak, steps // 7 + 1, growth=2),
        "Warmup": Warmup(Cosine(peak, steps - steps // 10), steps // 10),
        "Triangular": Triangular(peak / 20, peak, steps // 6 + 1),
        "Triangular2": Triangular2(peak / 20, peak, steps // 6 + 1),
        "ExpRange": ExpRange(peak / 20, peak, steps // 6 + 1, 0.1 ** (1 / steps)),
        "OneCycle": OneCycle(peak, steps),
        "WarmupStableDecay": WarmupStableDecay(peak, steps, steps // 20, third),
        "ReduceOnPlateau": ReduceOnPlateau(peak, 0.3, patience=0, threshold=0.1),
    }


@functools.cache
def digits_data() -> tuple[Split, Split]:
    """Training and validation digits, in single precision."""
    training, validation = ((x.astype(np.float32), y) for x, y in digits_split(0)[:2])
    return training, validation


@dataclass(frozen=True)
class Run:
    """The rate and the loss at every step, then loss on all training digits and accuracy on validation digits."""

    rates: Array
    losses: Array
    training_loss: float  # infinity if the run left the numbers
    accuracy: float


@functools.cache
def on_digits(
    rule: Optimizer[Any],
    schedule: Schedule | ReduceOnPlateau,
    seed: int,
    *,
    epochs: int = EPOCHS,
    batch_size: int = BATCH,
    wrong: float = 0.0,
) -> Run:
    """Train 64-32-10 units; the seed draws weights and order. A share `wrong` of labels is random, anew each time."""
    rng = np.random.default_rng(seed)
    training, validation = digits_data()
    params = init_params(NET, (64,), rng, dtype=np.float32)
    per_epoch = -(-len(training[0]) // batch_size)
    rates, losses, means = [], [], list[float]()

    def rate(t: int) -> float:
        return schedule(means) if isinstance(schedule, ReduceOnPlateau) else schedule(t)

    def batches(data: Any, size: int, rng: np.random.Generator) -> Any:
        for x, y in minibatches(data, size, rng):
            yield x, np.where(rng.random(len(y)) < wrong, rng.integers(0, 10, len(y)), y)

    settings: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "rng": rng}
    settings |= {"batches": batches} if wrong else {}
    with np.errstate(over="ignore", invalid="ignore"):  # some of these rates are meant to be too large
        for step in steps(NET, params, training, softmax_cross_entropy, rule, schedule=rate, **settings):
            rates.append(step.lr)
            losses.append(step.loss)
            if len(losses) % per_epoch == 0:
                means.append(float(np.mean(losses[-per_epoch:])))
        chances = smooth_labels(training[1], 10, wrong)  # of every label, as it is drawn
        seen = soft_cross_entropy(predict(NET, params, training[0]), chances)[0] - floor(wrong)
        new = evaluate(NET, params, validation, softmax_cross_entropy)
    return Run(np.array(rates), np.array(losses), seen if np.isfinite(seen) else float("inf"), new.accuracy)


def floor(wrong: float) -> float:
    """The mean loss of a network that knows all but the draws: the entropy of a label."""
    p = np.array([1 - 0.9 * wrong, *[0.1 * wrong] * 9])
    return float(-(p * np.log(np.maximum(p, 1e-300))).sum())


@functools.cache
def losses_by_peak(name: str) -> Array:
    """Training loss at the end for every peak rate and seed.

    Shapes: -> (peaks, seeds).
    """
    return np.array([[on_digits(SGD(), planned(lr)[name], seed).training_loss for seed in SEEDS] for lr in PEAKS])


def best_peak(name: str) -> float:
    """The peak rate whose median training loss over the seeds is the lowest."""
    return PEAKS[int(np.median(losses_by_peak(name), axis=1).argmin())]


def at_best(name: str) -> list[Run]:
    """The runs at the best peak rate, one a seed."""
    return [on_digits(SGD(), planned(best_peak(name))[name], seed) for seed in SEEDS]


ADAM_PEAKS = (0.01, 0.03, 0.1, 0.3)
KINDS = ("Constant", "Cosine", "Warmup")


@functools.cache
def adam_losses(name: str) -> Array:
    """Training loss of Adam at the end for every peak rate and seed.

    Shapes: -> (peaks, seeds).
    """
    return np.array([[on_digits(Adam(), planned(lr)[name], s).training_loss for s in SEEDS] for lr in ADAM_PEAKS])


LENGTHS = (10, 20, 40)


@functools.cache
def long_runs(name: str, wrong: float) -> Array:
    """Training loss above the least possible one and validation accuracy; each schedule is as long as its run.

    Shapes: -> (2, lengths, 3 seeds).
    """
    plans = [(epochs, planned(0.5, epochs * PER_EPOCH)[name]) for epochs in LENGTHS]
    runs = [[on_digits(SGD(), plan, seed, epochs=n, wrong=wrong) for seed in range(3)] for n, plan in plans]
    return np.array(
        [[[run.training_loss for run in row] for row in runs], [[run.accuracy for run in row] for row in runs]]
    )


BATCHES = (8, 32, 128, 512)
BATCH_RATES = tuple(2.0**k for k in range(-5, 2))  # 1/32 to 2


@functools.cache
def batch_losses(batch_size: int, epochs: int = 5) -> Array:
    """Training loss after five epochs with a constant rate, for every rate and three seeds.

    Shapes: -> (rates, seeds).
    """
    return np.array(
        [
            [on_digits(SGD(), Constant(lr), s, epochs=epochs, batch_size=batch_size).training_loss for s in range(3)]
            for lr in BATCH_RATES
        ]
    )


@functools.cache
def range_test(rule: SGD | Adam, epochs: int = 5) -> tuple[Array, Array]:
    """The rates of a range test and the losses, smoothed over eleven steps, one row a seed.

    Shapes: -> (steps,), (seeds, steps).
    """
    low = 1e-4 if isinstance(rule, Adam) else 1e-3
    test = RangeTest(low, 1e4 * low, epochs * PER_EPOCH)
    runs = [on_digits(rule, test, seed, epochs=epochs) for seed in SEEDS]
    return runs[0].rates, np.array([smooth(run.losses) for run in runs])


def smooth(losses: Array, reach: int = 5) -> Array:
    """Means over a window of 2 · reach + 1 steps, shorter at the ends."""
    return np.array([losses[max(0, k - reach) : k + reach + 1].mean() for k in range(len(losses))])


def median_loss(name: str) -> float:
    """The median over the seeds of the training loss at the best peak rate."""
    return float(np.median(losses_by_peak(name), axis=1).min())


def mean_accuracy(name: str) -> float:
    """Validation accuracy at the best peak rate, averaged over the seeds."""
    return float(np.mean([run.accuracy for run in at_best(name)]))


def best_adam(name: str) -> float:
    """The peak rate at which Adam's median training loss is the lowest."""
    return ADAM_PEAKS[int(np.median(adam_losses(name), axis=1).argmin())]


def mean_rate(name: str) -> float:
    """The mean of the rates over the run at the best peak: how far the run may have come."""
    return float(np.mean([run.rates.mean() for run in at_best(name)]))


def cut_short() -> Array:
    """Training losses of a cosine that was planned for twice as many steps and stopped half way, one a seed."""
    peak = best_peak("Cosine")
    return np.array([on_digits(SGD(), Cosine(peak, 2 * STEPS), seed).training_loss for seed in SEEDS])


def pace(batch_size: int, reference: int = BATCH) -> Array:
    """The rates of `batch_losses`, divided by the batch size: those that linear scaling calls equal."""
    return np.array(BATCH_RATES) * reference / batch_size


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """The losses along a steep and a flat direction, for a decay over any share of the run."""
    decays = (0, 4, 10, 20, 30, 40, 50, 60, 80, 100, 130, 160, 199)
    notes = {
        0: "no decay: the noise of the steep direction stays",
        50: "the lowest sum: first the way, then calm",
        199: "too early: the flat direction is not there yet",
    }
    frames = []
    for decay in decays:
        steep, flat = two_directions(decay)
        frames.append(
            Frame(f"{decay / 200:g}", tuple(c.round(5) for c in (steep, flat, steep + flat)), notes.get(decay, ""))
        )
    return {
        "decay_share": Movable(
            claim="a late decay gets far and still calms down",
            slider="share of the run in which the rate falls",
            x_label="step",
            y_label="loss",
            x=np.arange(201.0),
            series=("steep direction", "flat direction", "sum"),
            colors=("blue", "orange", "grey"),
            frames=tuple(frames),
            start=decays.index(0),
            log_y=True,
            y_limits=(5e-3, 100.0),
        )
    }


def opening(schedule: Schedule | ReduceOnPlateau) -> tuple[float, Array]:
    """The mean loss at the end and the validation accuracies of the first runs of the chapter, one a seed."""
    runs = [on_digits(SGD(), schedule, seed) for seed in SEEDS]
    return float(np.mean([run.losses[-9:].mean() for run in runs])), np.array([run.accuracy for run in runs])


def way_correlation() -> float:
    """The rank correlation of the mean rate with the training loss over the schedules that are not constant."""
    names = [name for name in planned(1.0) if name != "Constant"]
    ways, losses = ([f(name) for name in names] for f in (mean_rate, median_loss))
    return float(np.corrcoef(np.argsort(np.argsort(ways)), np.argsort(np.argsort(losses)))[0, 1])


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    names = [name for name in planned(1.0) if name != "Constant"]
    low_loss, low = opening(Constant(0.125))
    high_loss, high = opening(Constant(1.0))
    falling_loss, falling = opening(WarmupStableDecay(1.0, STEPS, STEPS // 20, STEPS // 3 + 1))
    accuracies = [mean_accuracy(name) for name in names]
    sums = {decay: sum(float(curve[-1]) for curve in two_directions(decay)) for decay in (0, 40, 199)}
    sgd = {name: float(np.median(losses_by_peak(name), axis=1)[3]) for name in KINDS}
    adam = {name: np.median(adam_losses(name), axis=1) for name in KINDS}
    lowest = {rule: range_test(rule)[0][range_test(rule)[1].argmin(axis=1)] for rule in (SGD(), Adam())}
    at_32 = np.median(batch_losses(32), axis=1)
    scaled = {size: float(np.median(batch_losses(size)[2 * k])) for k, size in enumerate(BATCHES)}
    ends = {name: [run.training_loss for run in at_best(name)] for name in ("Constant", "Polynomial")}
    return {
        "low_accuracy": low.mean(),
        "high_least": high.min(),
        "high_most": high.max(),
        "falling_accuracy": falling.mean(),
        "low_loss": low_loss,
        "high_loss": high_loss,
        "falling_loss": falling_loss,
        **{
            f"floor_{name}": variances(Constant(lr), 3000)[-1] for name, lr in (("05", 0.5), ("01", 0.1), ("002", 0.02))
        },
        "floor_best": variances(best_rates(), 400)[-1],
        "floor_halved": variances(Constant(0.5), 3000)[-1] / variances(Constant(0.25), 3000)[-1],
        "tenth_best_rate": InverseTime(0.5, decay=0.5)(18),
        "third_peak": Triangular2(0.1, 0.9, 10)(50),
        "sum_none": sums[0],
        "sum_fifth": sums[40],
        "sum_all": sums[199],
        **{f"loss_{name.lower()}": median_loss(name) for name in ("Constant", "Cosine", "InverseTime")},
        "loss_warmupstabledecay": median_loss("WarmupStableDecay"),
        "peak_constant": best_peak("Constant"),
        "accuracy_constant": mean_accuracy("Constant"),
        "accuracy_least": min(accuracies),
        "accuracy_most": max(accuracies),
        "accuracy_spread": 100.0 * max(float(np.ptp([run.accuracy for run in at_best(name)])) for name in names),
        "worse_than_constant": sum(median_loss(name) > median_loss("Constant") for name in names),
        "constant_best": min(ends["Constant"]),
        "constant_worst": max(ends["Constant"]),
        "linear_best": min(ends["Polynomial"]),
        "linear_worst": max(ends["Polynomial"]),
        **{f"way_{name.lower()}": mean_rate(name) for name in ("Constant", "InverseTime", "WarmupStableDecay")},
        "way_correlation": way_correlation(),
        "cut_short": float(np.median(cut_short())),
        **{f"clean_{name.lower()}": long_runs(name, 0.0)[0, -1].mean() for name in KINDS[:2]},
        **{f"noisy_{name.lower()}": long_runs(name, WRONG)[0, -1].mean() for name in KINDS[:2]},
        **{f"clean_{name.lower()}_accuracy": long_runs(name, 0.0)[1, -1].mean() for name in KINDS[:2]},
        **{f"noisy_{name.lower()}_accuracy": long_runs(name, WRONG)[1, -1].mean() for name in KINDS[:2]},
        **{f"sgd_{name.lower()}_high": sgd[name] for name in KINDS},
        **{f"adam_{name.lower()}_01": adam[name][2] for name in KINDS},
        **{f"adam_{name.lower()}_03": adam[name][3] for name in KINDS},
        "adam_warmup_ahead": int((adam_losses("Warmup") < adam_losses("Cosine"))[2].sum()),
        "adam_peak_constant": best_adam("Constant"),
        "range_sgd_least": lowest[SGD()].min(),
        "range_sgd_most": lowest[SGD()].max(),
        "range_adam_least": lowest[Adam()].min(),
        "range_adam_most": lowest[Adam()].max(),
        "tenth_loss": at_32[1],
        "half_loss": at_32[4],
        **{f"scaling_{size}": loss for size, loss in scaled.items()},
    }
