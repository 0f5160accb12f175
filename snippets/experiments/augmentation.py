"""What changed copies of digits teach, what they cost, and how much they are worth."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array, Labels
from snippets.augmentation import bilinear, brightness, cutmix, cutout, flip, mixup, noise, rotate, shift
from snippets.data import Split, digits_split, stratified_split
from snippets.experiments import Frame, Movable
from snippets.losses import mse, smooth_labels, soft_cross_entropy, softmax_cross_entropy
from snippets.network import Activation, Dense, Params, init_params
from snippets.optimizers import Adam
from snippets.regularization import l2
from snippets.training import Data, minibatches, predict, steps

Change: TypeAlias = Callable[[Array, np.random.Generator], Array]
NET = (Dense(128), Activation(relu, relu_grad), Dense(10))
SEEDS, MORE = range(4), range(16)
SIZES = (30, 100, 300, 1000)
FEW, MANY = 100, 1000
UPDATES = 500
STAGES = (60, 120, 250, 500, 1000, 1500)
ANGLES = np.arange(0.0, 181.0, 10.0)


# Changes of images (N, 8, 8)


def moved(x: Array, degrees: Array, down: Array, right: Array) -> Array:
    """Each image turned about its centre, then pushed; the numbers may be fractions.

    Shapes: x (N, 8, 8), degrees, down and right (N,) -> (N, 8, 8).
    """
    angle = np.deg2rad(degrees)[:, np.newaxis, np.newaxis]
    rows = np.arange(8.0)[:, np.newaxis] - 3.5 - down[:, np.newaxis, np.newaxis]
    columns = np.arange(8.0) - 3.5 - right[:, np.newaxis, np.newaxis]
    source_rows = 3.5 + np.cos(angle) * rows + np.sin(angle) * columns
    source_columns = 3.5 - np.sin(angle) * rows + np.cos(angle) * columns
    return bilinear(x, source_rows, source_columns)


def jitter(x: Array, rng: np.random.Generator) -> Array:
    """Each image turned by up to 10 degrees and pushed by up to half a pixel."""
    degrees = rng.uniform(-10.0, 10.0, len(x))
    return moved(x, degrees, *rng.uniform(-0.5, 0.5, (2, len(x))))


def invert(x: Array, rng: np.random.Generator) -> Array:
    """Every other image, on average, black on white."""
    return np.where(rng.random((len(x), 1, 1)) < 0.5, x.dtype.type(1) - x, x)


CHANGES: dict[str, Change] = {
    "none": lambda x, _: x,
    "noise": functools.partial(noise, std=0.1),
    "brightness": functools.partial(brightness, spread=0.3),
    "rotate": functools.partial(rotate, degrees=10.0),
    "jitter": jitter,
    "shift": functools.partial(shift, most=1),
    "cutout": functools.partial(cutout, size=3),
    "flip": flip,
    "invert": invert,
    **{f"rotate {most}": functools.partial(rotate, degrees=float(most)) for most in (20, 45, 90, 180)},
}
MIXES = {"mixup": functools.partial(mixup, alpha=0.2), "cutmix": functools.partial(cutmix, alpha=1.0)}
ALONE = ("noise", "brightness", "rotate", "jitter", "shift", "cutout", "flip", "invert", "mixup", "cutmix")


# Training on digits


def as_images(data: Split) -> Split:
    """Digits in float32 as (N, 8, 8)."""
    return data[0].astype(np.float32).reshape(-1, 8, 8), data[1]


@functools.cache
def parts(n: int, seed: int) -> tuple[Split, Split]:
    """n training digits, as many of every class as there are, and the 718 digits of the other two parts."""
    training, validation, test = (as_images(part) for part in digits_split(seed))
    few, _ = stratified_split(training, n / len(training[0]), np.random.default_rng(seed))
    return few, (np.concatenate([validation[0], test[0]]), np.concatenate([validation[1], test[1]]))


def changed_batches(kind: str, data: Data, size: int, rng: np.random.Generator) -> Iterator[Data]:
    """Minibatches of images and class probabilities, changed anew each time, as rows of pixels."""
    for x, y in minibatches(data, size, rng):
        images, labels = MIXES[kind](x, y, rng) if kind in MIXES else (CHANGES[kind](x, rng), y)
        yield images.reshape(len(x), -1), labels


def run(kind: str, data: Split, rng: np.random.Generator, updates: int = UPDATES) -> Iterator[tuple[int, Params]]:
    """128 ReLU units and Adam, minibatches of 50 whatever the number of examples: the network at each of STAGES."""
    params = init_params(NET, (64,), rng, dtype=np.float32)
    labels = smooth_labels(data[1], 10).astype(np.float32)
    epochs, batches = -(-updates // -(-len(labels) // 50)), functools.partial(changed_batches, kind)
    settings: dict[str, Any] = {"epochs": epochs, "batch_size": 50, "rng": rng, "batches": batches}
    every = steps(NET, params, (data[0], labels), soft_cross_entropy, Adam(lr=3e-3), **settings)
    for t, _ in enumerate(every, start=1):
        if t in STAGES:
            yield t, params.copy()


@functools.cache
def stages(kind: str, n: int, seed: int) -> dict[int, Params]:
    """The network after so many steps; split, weights and order of examples are the seed's."""
    updates = STAGES[-1] if n == MANY and kind in ("none", "jitter") else UPDATES
    return dict(run(kind, parts(n, seed)[0], np.random.default_rng(seed), updates))


def fit(data: Split, rng: np.random.Generator) -> Params:
    """The network after UPDATES steps on these images, none of them changed."""
    return dict(run("none", data, rng))[UPDATES]


def trained(kind: str, n: int, seed: int, updates: int = UPDATES) -> Params:
    """The network of this seed after so many steps."""
    return stages(kind, n, seed)[updates]


def answers(params: Params, x: Array) -> Labels:
    """The classes that the network names."""
    return np.asarray(predict(NET, params, x.reshape(len(x), -1)).argmax(axis=1))


def accuracy(params: Params, data: Split) -> float:
    """The share of right answers."""
    return float((answers(params, data[0]) == data[1]).mean())


@functools.cache
def accuracies(kind: str, n: int, updates: int = UPDATES) -> Array:
    """On digits as stored that were not trained on, one number a seed; for few digits, where luck is large, MORE."""
    seeds = MORE if n < MANY else SEEDS
    return np.array([accuracy(trained(kind, n, seed, updates), parts(n, seed)[1]) for seed in seeds])


def gains(kind: str, n: int) -> Array:
    """Accuracy with a change minus accuracy without, seed by seed."""
    return accuracies(kind, n) - accuracies("none", n)


def beyond_luck(kind: str) -> float:
    """The mean gain with FEW digits over its standard error, the spread of the seeds over the root of their number."""
    gain = gains(kind, FEW)
    return float(gain.mean() / (gain.std(ddof=1) / np.sqrt(len(gain))))


# Digits that stand elsewhere, are turned, or are no longer the same digit


@functools.cache
def accuracy_by_shift(kind: str) -> Array:
    """Accuracy on digits pushed by -2..2 pixels down and to the right, mean of three seeds. Shapes: -> (5, 5)."""
    found = np.zeros((3, 5, 5))
    for seed in range(3):
        x, y = parts(MANY, seed)[1]
        still = np.zeros(len(x))
        for i, j in np.ndindex(5, 5):
            pushed = moved(x, still, still + i - 2, still + j - 2)
            found[seed, i, j] = accuracy(trained(kind, MANY, seed), (pushed, y))
    return np.asarray(found.mean(axis=0))


@functools.cache
def right_by_angle(kind: str) -> Array:
    """The share of each digit that is read rightly after a turn by ANGLES, mean of three seeds. Shapes: -> (A, 10)."""
    found = np.zeros((3, len(ANGLES), 10))
    for seed in range(3):
        x, y = parts(MANY, seed)[1]
        params, still = trained(kind, MANY, seed), np.zeros(len(x))
        for k, angle in enumerate(ANGLES):
            right = answers(params, moved(x, still + angle, still, still)) == y
            found[seed, k] = [right[y == digit].mean() for digit in range(10)]
    return np.asarray(found.mean(axis=0))


VIEWS: dict[str, Callable[[Array], Array]] = {
    "stored": lambda x: x,
    "mirrored": lambda x: x[:, :, ::-1],
    "turned": lambda x: x[:, ::-1, ::-1],
    "negative": lambda x: 1.0 - x,
}


@functools.cache
def right_by_view(view: str) -> Array:
    """The share of each digit that a network trained on digits as stored still reads rightly. Shapes: -> (10,)."""
    found = np.zeros((len(SEEDS), 10))
    for seed in SEEDS:
        x, y = parts(MANY, seed)[1]
        right = answers(trained("none", MANY, seed), VIEWS[view](x)) == y
        found[seed] = [right[y == digit].mean() for digit in range(10)]
    return np.asarray(found.mean(axis=0))


@functools.cache
def mistaken(view: str, digit: int, other: int) -> float:
    """The share of one digit that is read as another in this view."""
    named = [answers(trained("none", MANY, s), VIEWS[view](parts(MANY, s)[1][0])) for s in SEEDS]
    true = [parts(MANY, s)[1][1] for s in SEEDS]
    return float(np.mean([(a[y == digit] == other).mean() for a, y in zip(named, true, strict=True)]))


# What a copy is worth


def variance_of_mean(n: int, copies: int, rho: float) -> float:
    """Var of the mean of so many copies of n independent examples, in units of the variance of one."""
    return (rho + (1.0 - rho) / copies) / n


def effective_size(n: int, copies: int, rho: float) -> float:
    """How many independent examples give a mean with the same variance."""
    return 1.0 / variance_of_mean(n, copies, rho)


@dataclass(frozen=True)
class Copies:
    """Correlation of two copies, and variance of the mean of the first 1, 2, … copies over that of one."""

    rho: float
    variance: Array


@functools.cache
def gradients_of_copies(kind: str, most: int = 16) -> Copies:
    """Gradients of a linear classifier at its start for copies of 718 digits, summed over its 640 weights."""
    x, y = parts(MANY, 0)[1]
    rng = np.random.default_rng(0)
    _, dz = softmax_cross_entropy(np.zeros((len(y), 10)), y, reduction="sum")
    gradients = np.zeros((len(y), 640))
    variance, first = [], gradients
    together = 0.0
    for m in range(1, most + 1):
        pixels = CHANGES[kind](x, rng).reshape(-1, 64)
        new = (pixels[:, :, np.newaxis] * dz[:, np.newaxis]).reshape(-1, 640)
        gradients = gradients + new
        variance.append(float((gradients / m).var(axis=0).sum()))
        first = new if m == 1 else first
        if m == 2:
            together = float(((first - first.mean(axis=0)) * (new - new.mean(axis=0))).mean(axis=0).sum())
            spread = np.sqrt(first.var(axis=0).sum() * new.var(axis=0).sum())
    return Copies(together / float(spread), np.array(variance) / variance[0])


@functools.cache
def copies_or_new(seed: int) -> dict[str, float]:
    """Accuracy from 100 digits, ten fixed copies of each, fresh copies in every step, and 1,000 digits."""
    few, others = parts(100, seed)
    rng = np.random.default_rng(seed)
    ten = (np.concatenate([jitter(few[0], rng) for _ in range(10)]), np.tile(few[1], 10))
    return {
        "hundred": accuracy(trained("none", 100, seed), others),
        "fixed": accuracy(fit(ten, rng), others),
        "fresh": accuracy(trained("jitter", 100, seed), others),
        "thousand": accuracy(trained("none", MANY, seed), parts(MANY, seed)[1]),
    }


@functools.cache
def split_too_late(seed: int) -> tuple[float, float]:
    """Ten copies of 100 digits, then a fifth of them held out: accuracy there, and on other digits."""
    few, others = parts(100, seed)
    rng = np.random.default_rng(seed)
    copies = np.concatenate([jitter(few[0], rng) for _ in range(10)]), np.tile(few[1], 10)
    training, held_out = stratified_split(copies, 0.8, rng)
    params = fit(training, rng)
    return accuracy(params, held_out), accuracy(params, others)


# Noise is a penalty


@functools.cache
def threes_and_eights() -> tuple[Array, Array]:
    """60 threes and eights less their mean; targets are -1 for a three and 1 for an eight, less their mean."""
    (x, y), _, _ = digits_split(0)
    chosen = np.flatnonzero((y == 3) | (y == 8))[:60]
    t = np.where(y[chosen] == 8, 1.0, -1.0)
    return x[chosen] - x[chosen].mean(axis=0), t - t.mean()


def ridge(x: Array, t: Array, penalty: float) -> Array:
    """The w with the least mean of (wᵀx - t)² plus penalty · ‖w‖². Shapes: x (N, D), t (N,) -> (D,)."""
    n, d = x.shape
    return np.linalg.solve(x.T @ x / n + penalty * np.eye(d), x.T @ t / n)


def least_squares(x: Array, t: Array) -> Array:
    """The w with the least mean of (wᵀx - t)², the shortest if there are many. Shapes: x (N, D), t (N,) -> (D,)."""
    return np.linalg.lstsq(x, t, rcond=None)[0]


@functools.cache
def noisy_fit(std: float, copies: int) -> Array:
    """Weights fitted without a penalty to noisy copies of threes and eights."""
    x, t = threes_and_eights()
    return least_squares(noise(np.tile(x, (copies, 1)), np.random.default_rng(0), std), np.tile(t, copies))


def ridge_fit(std: float) -> Array:
    """Weights fitted by ridge to the same digits without noise."""
    return ridge(*threes_and_eights(), std**2)


def spread_evenly(x: Array, std: float) -> Array:
    """2D copies of each row, one pixel up or down in each: their noise has mean 0 and covariance exactly std² I.

    Shapes: x (N, D) -> (2D N, D).
    """
    d = x.shape[1]
    push = std * np.sqrt(d) * np.concatenate([np.eye(d), -np.eye(d)])
    return np.asarray((x[np.newaxis] + push[:, np.newaxis]).reshape(-1, d))


# Mixtures to look at, what a reader can move, and the numbers that the text quotes


@functools.cache
def mixtures(kind: str, wanted: tuple[float, ...] = (0.9, 0.7, 0.5, 0.3, 0.1)) -> list[tuple[Array, float]]:
    """A two mixed with a six: images and shares of the two, of 400 draws those nearest to the wanted shares."""
    x, y = parts(MANY, 0)[0]
    pair = x[[int(np.flatnonzero(y == digit)[4]) for digit in (2, 6)]]
    draws = []
    for seed in range(400):
        images, labels = functools.partial(MIXES[kind], alpha=1.0)(pair, np.eye(2), np.random.default_rng(seed))
        if labels[0, 0] < 1.0:
            draws.append((images[0], float(labels[0, 0])))
    return [min(draws, key=lambda draw: abs(draw[1] - share)) for share in wanted]


def movables() -> dict[str, Movable]:
    """Digits turned by any angle, after training with rotations up to another."""
    ranges = {"none": "0", "rotate 20": "20", "rotate 45": "45", "rotate 90": "90", "rotate 180": "180"}
    notes = {"none": "beyond 10 degrees it begins to fail", "rotate 45": "the range of training is the range of use"}
    notes |= {"rotate 90": "6 and 9 begin to suffer", "rotate 180": "all angles alike, and 6 and 9 are one digit"}
    still = right_by_angle("none").mean(axis=1)

    def curves(kind: str) -> tuple[Array, ...]:
        right = right_by_angle(kind)
        return still, right.mean(axis=1), right[:, [6, 9]].mean(axis=1)

    return {
        "turned_digits": Movable(
            claim="rotations in training help up to their own angle, and in the end they mix up 6 and 9",
            slider="rotations in training up to, degrees",
            x_label="test digits turned by, degrees",
            y_label="share read rightly",
            x=ANGLES,
            series=("without rotations", "with rotations", "with rotations, 6 and 9 only"),
            colors=("grey", "blue", "red"),
            frames=tuple(Frame(value, curves(kind), notes.get(kind, "")) for kind, value in ranges.items()),
            start=2,
            y_limits=(0.0, 1.0),
        )
    }


def facts() -> dict[str, float]:
    """Numbers that the text quotes."""
    found: dict[str, float] = {}
    for kind in ("none", "shift"):
        right = accuracy_by_shift(kind)
        found[f"{kind}_centre"] = right[2, 2]
        found[f"{kind}_beside"] = (right[1, 2] + right[3, 2] + right[2, 1] + right[2, 3]) / 4.0
        found[f"{kind}_two"] = (right[0, 2] + right[4, 2] + right[2, 0] + right[2, 4]) / 4.0
    found["gain_beside"] = 100.0 * (found["shift_beside"] - found["none_beside"])
    found["cost_shift"] = 100.0 * (found["none_centre"] - found["shift_centre"])
    found |= {f"view_{view}": right_by_view(view).mean() for view in VIEWS}
    found |= {f"mirrored_{digit}": right_by_view("mirrored")[digit] for digit in (0, 4, 8)}
    found["six_as_nine"] = mistaken("turned", 6, 9)
    found |= {f"gain_{n}": 100.0 * gains("jitter", n).mean() for n in (30, 300)}
    found["cost_1000"] = -100.0 * gains("jitter", MANY).mean()
    few = np.array([gains("jitter", n) for n in SIZES if n < MANY])
    found |= {"ahead": int((few > 0.0).sum()), "ahead_of": few.size}
    for kind in ("rotate", "jitter", "shift", "cutout", "mixup", "cutmix", "flip"):
        found[f"gain_{kind}"] = 100.0 * gains(kind, FEW).mean()
    found["gain_next"] = 100.0 * max(gains(kind, FEW).mean() for kind in ALONE if kind != "jitter")
    for kind in ("none", "jitter"):
        found[f"{kind}_1000"] = accuracies(kind, MANY).mean()
        found[f"{kind}_long"] = accuracies(kind, MANY, STAGES[-1]).mean()
    for name in ("hundred", "fixed", "fresh", "thousand"):
        found[name] = float(np.mean([copies_or_new(seed)[name] for seed in SEEDS]))
    found |= {f"gain_{name}": 100.0 * (found[name] - found["hundred"]) for name in ("fixed", "thousand")}
    for k, name in enumerate(("late_inside", "late_outside")):
        found[name] = float(np.mean([split_too_late(seed)[k] for seed in SEEDS]))
    found |= {f"rho_{kind}": gradients_of_copies(kind).rho for kind in ("noise", "jitter", "shift")}
    found["worth_jitter"] = effective_size(100, 10, found["rho_jitter"])
    found |= {f"most_{kind}": 100.0 / found[f"rho_{kind}"] for kind in ("jitter", "shift")}
    return found | facts_of_formulas()


def facts_of_formulas() -> dict[str, float]:
    """Noise as a penalty, weights of mixtures, answers to questions."""
    x, t = threes_and_eights()
    share = np.random.default_rng(0).beta(0.2, 0.2, 100_000)
    w = np.arange(1.0, 65.0)
    more = mse(spread_evenly(x, 0.1) @ w, np.tile(t, 128))[0] - mse(x @ w, t)[0]
    return {
        "length_noisy": float(np.linalg.norm(noisy_fit(0.3, 100))),
        "length_one": float(np.linalg.norm(noisy_fit(0.3, 1))),
        "length_ridge": float(np.linalg.norm(ridge_fit(0.3))),
        "mixup_edge": float((np.minimum(share, 1.0 - share) < 0.1).mean()),
        "turned_30_none": float(right_by_angle("none")[3].mean()),
        "turned_30_trained": float(right_by_angle("rotate 45")[3].mean()),
        "six_nine_none": float(right_by_angle("none")[0, [6, 9]].mean()),
        "six_nine_180": float(right_by_angle("rotate 180")[0, [6, 9]].mean()),
        "others_180": float(right_by_angle("rotate 180")[0, [0, 1, 2, 3, 4, 5, 7, 8]].mean()),
        "question_size": effective_size(100, 10, 0.5),
        "question_penalty": more / l2(w, 1.0)[0],
    }
