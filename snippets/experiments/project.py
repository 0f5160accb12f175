"""A complete run on digits: a baseline, two networks, five splits, and what their errors are made of."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from snippets.activations import log_softmax, relu, relu_grad
from snippets.arrays import Array, Labels
from snippets.blocks import Conv2d, Dropout, MaxPool2d
from snippets.convolution import conv2d
from snippets.data import digits
from snippets.initialization import normal
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Flatten, Network, Params, forward, init_params
from snippets.optimizers import AdamW
from snippets.preprocessing import fit_channel_standardization
from snippets.schedules import Cosine
from snippets.training import Data, Evaluation, evaluate, predict, steps

Mask: TypeAlias = NDArray[np.bool_]

SPLITS, CLASSES, BATCH = 5, 10, 32
SMALL = functools.partial(normal, std=0.01)
RELU = Activation(relu, relu_grad)
MLP: Network = (Flatten(), Dense(64), RELU, Dense(CLASSES, SMALL))
CONV: Network = (
    *(Conv2d(8, padding=1), RELU, Conv2d(24, padding=1), RELU, MaxPool2d()),
    *(Flatten(), Dropout(0.5), Dense(CLASSES, SMALL)),
)
NETWORKS: dict[str, tuple[Network, int]] = {
    "softmax": ((Flatten(), Dense(CLASSES, SMALL)), 20),
    "MLP": (MLP, 20),
    "conv": (CONV, 10),
}
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1)
FEW_RATES = (3e-3, 1e-2, 3e-2)  # where the MLP was best, for what costs ten times as much and for further splits
METHODS = ("softmax", "neighbour", "MLP", "conv")
SHUFFLED, IN_ORDER = "shuffled", "in order"


# Data and splits


@functools.cache
def images() -> tuple[Array, Labels]:
    """All digits as (N, 1, 8, 8) in single precision, with their labels."""
    x, y = digits()
    return x.reshape(-1, 1, 8, 8).astype(np.float32), y


def stratified_folds(y: Labels, k: int, rng: np.random.Generator) -> Labels:
    """A number 0..k-1 for each example, dealt out like cards.

    Every fold gets its share of every class.
    """
    fold = np.empty(len(y), dtype=np.int64)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        fold[members] = np.arange(len(members)) % k
    return fold


def folds(kind: str = SHUFFLED) -> Labels:
    """The test fold of every digit: dealt at random, or five stretches of the file, which cut at most four writers."""
    y = images()[1]
    if kind == IN_ORDER:
        return np.arange(len(y)) * SPLITS // len(y)
    return stratified_folds(y, SPLITS, np.random.default_rng(0))


def validation_split(split: int) -> tuple[Labels, Labels]:
    """Rows for training and validation, from the training part of a split alone."""
    rest = np.flatnonzero(folds() != split)
    part = stratified_folds(images()[1][rest], 4, np.random.default_rng(split))
    return rest[part != 0], rest[part == 0]


# Training


class Run(NamedTuple):
    """A training run: the mean minibatch loss of every epoch, loss and accuracy of the rows to check, their logits."""

    loss: Array
    check: list[Evaluation]
    logits: Array


def fit(name: str, rate: float, rows: Labels, check: Labels, seed: int, watch: bool = False) -> Run:
    """Train on some rows, with preprocessing fitted on just these.

    Judge other rows at the end, or after every epoch to watch.
    """
    (x, y), (net, epochs) = images(), NETWORKS[name]
    scale = fit_channel_standardization(x[rows])
    rng, per_epoch = np.random.default_rng(seed), -(-len(rows) // BATCH)
    params = init_params(net, x.shape[1:], rng, np.float32)
    run = steps(
        net,
        params,
        (scale(x[rows]), y[rows]),
        softmax_cross_entropy,
        AdamW(rate, weight_decay=0.01),
        epochs=epochs,
        batch_size=BATCH,
        rng=rng,
        schedule=Cosine(rate, epochs * per_epoch),
    )
    held, losses, seen = (scale(x[check]), y[check]), [], []
    for t, step in enumerate(run, start=1):
        losses.append(step.loss)
        if watch and t % per_epoch == 0:
            seen.append(evaluate(net, params, held, softmax_cross_entropy))
    return Run(np.reshape(losses, (epochs, per_epoch)).mean(axis=1), seen, predict(net, params, held[0]))


@functools.cache
def trial(name: str, rate: float, split: int = 0) -> Run:
    """A run that looks at validation data only: the test part of the split stays closed."""
    rows, check = validation_split(split)
    return fit(name, rate, rows, check, split, watch=True)


def chosen_rate(name: str, split: int = 0) -> float:
    """The rate with the smallest validation loss at the end."""
    rates = FEW_RATES if name == "conv" or split else RATES
    return min(rates, key=lambda rate: trial(name, rate, split).check[-1].loss)


@functools.cache
def out_of_fold(name: str, kind: str = SHUFFLED, nested: bool = False) -> Array:
    """For each digit the logits of a network that has never seen it."""
    fold = folds(kind)
    logits = np.zeros((len(fold), CLASSES))
    for split in range(SPLITS):
        rate = chosen_rate(name, split if nested else 0)
        rows, test = np.flatnonzero(fold != split), np.flatnonzero(fold == split)
        logits[test] = fit(name, rate, rows, test, split).logits
    return logits


def nearest_neighbour(x: Array, y: Labels, new: Array) -> Labels:
    """The label of the training example that is closest."""
    squares = (x**2).sum(axis=1) - 2 * new @ x.T  # |new|² is the same for all x
    label: Labels = y[squares.argmin(axis=1)]
    return label


@functools.cache
def predicted(method: str, kind: str = SHUFFLED) -> Labels:
    """For each digit the class that a method gives it without having seen it."""
    (x, y), fold = images(), folds(kind)
    x, found = x.reshape(len(x), -1), np.empty_like(y)
    if method != "neighbour":
        found[:] = out_of_fold(method, kind).argmax(axis=1)
        return found
    for split in range(SPLITS):
        test = fold == split
        found[test] = nearest_neighbour(x[~test], y[~test], x[test])
    return found


def accuracies(method: str, kind: str = SHUFFLED) -> Array:
    """The share of right answers in each of the five test sets."""
    right, fold = predicted(method, kind) == images()[1], folds(kind)
    return np.array([right[fold == split].mean() for split in range(SPLITS)])


# The checklist


def first_loss(net: Network, seed: int = 0) -> float:
    """The loss of the first training rows before the first step."""
    (x, y), rows = images(), validation_split(0)[0][:256]
    params = init_params(net, x.shape[1:], np.random.default_rng(seed))
    return softmax_cross_entropy(forward(net, params, fit_channel_standardization(x[rows])(x[rows]))[0], y[rows])[0]


@functools.cache
def overfit(mismatched: bool = False, count: int = 20, updates: int = 100) -> Array:
    """Losses of the MLP on a handful of digits, all in each batch.

    Mismatched: a bug shuffles the labels apart from the images.
    """
    (x, y), rows = images(), validation_split(0)[0][:count]
    rng = np.random.default_rng(0)
    params = init_params(MLP, x.shape[1:], rng, np.float32)
    data = fit_channel_standardization(x[rows])(x[rows]), y[rows]

    def batches(data: Data, _: int, rng: np.random.Generator) -> Iterator[Data]:
        x, y = data
        yield x, rng.permutation(y) if mismatched else y

    run = steps(
        MLP,
        params,
        data,
        softmax_cross_entropy,
        AdamW(1e-2),
        epochs=updates,
        batch_size=count,
        rng=rng,
        batches=batches,
    )
    return np.array([step.loss for step in run])


def parameters(net: Network) -> int:
    """How many numbers training moves."""
    return built(net).flat.size


def built(net: Network) -> Params:
    """The parameters of a network for one digit."""
    return init_params(net, (1, 8, 8), np.random.default_rng(0))


# Judging


def standard_error(right: Mask) -> float:
    """√(a (1 - a) / N) of the share a of right answers among N."""
    a = right.mean()
    return float(np.sqrt(a * (1 - a) / len(right)))


class Paired(NamedTuple):
    """Two classifiers on the same examples."""

    only_first: int
    only_second: int
    difference: float
    error: float
    chi2: float


def paired(first: Mask, second: Mask) -> Paired:
    """Compare who is right where.

    Only the examples count on which they disagree.
    """
    b, c = int((first & ~second).sum()), int((second & ~first).sum())
    n = len(first)
    d = (b - c) / n
    error = float(np.sqrt(((b + c) / n - d**2) / n))
    return Paired(b, c, d, error, (b - c) ** 2 / max(b + c, 1))


def compare(first: str, second: str, kind: str = SHUFFLED) -> Paired:
    """Two methods on all digits."""
    y = images()[1]
    return paired(predicted(first, kind) == y, predicted(second, kind) == y)


def confusion(y: Labels, found: Labels) -> Labels:
    """How often class k (row) was taken for class j (column)."""
    counts = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(counts, (y, found), 1)
    return counts


def f1(counts: Labels) -> Array:
    """For each class twice the hits over all that are or were called so."""
    share: Array = 2 * np.diagonal(counts) / (counts.sum(axis=0) + counts.sum(axis=1))
    return share


def probabilities(logits: Array) -> Array:
    """Softmax, row by row."""
    p: Array = np.exp(log_softmax(logits))
    return p


def hardest(name: str, count: int) -> list[tuple[int, int, float]]:
    """The wrong answers given with most confidence: row, answer, probability."""
    p, y = probabilities(out_of_fold(name)), images()[1]
    found = p.argmax(axis=1)
    sure = np.where(found != y, p.max(axis=1), -1.0)
    order = np.argsort(-sure, kind="stable")[: min(count, int((found != y).sum()))]
    return [(int(i), int(found[i]), float(sure[i])) for i in order]


def declined(name: str) -> Array:
    """Errors among those that are answered, when the n least certain digits are left to a person, n = 0, 1, …."""
    p = probabilities(out_of_fold(name))
    wrong = (p.argmax(axis=1) != images()[1])[np.argsort(p.max(axis=1), kind="stable")]
    left = np.cumsum(wrong[::-1])[::-1]
    return np.append(left, 0)


def conv_output(size: int, kernel: int, padding: int, stride: int = 1) -> int:
    """The side of what a convolution makes of an image of this side."""
    x = np.zeros((1, 1, size, size))
    y, _ = conv2d(x, np.zeros((1, 1, kernel, kernel)), np.zeros(1), stride, padding)
    return int(y.shape[-1])


def facts() -> dict[str, float]:
    """What the chapter quotes."""
    y = images()[1]
    found: dict[str, float] = {"digits": len(y), "fewest": np.bincount(y).min(), "most": np.bincount(y).max()}
    for method in METHODS:
        right, strange = (predicted(method, kind) == y for kind in (SHUFFLED, IN_ORDER))
        found[method], found[f"{method}_error"] = right.mean(), standard_error(right)
        found[f"wrong_{method}"], found[f"new_{method}"] = int((~right).sum()), strange.mean()
        found[f"lowest_{method}"], found[f"highest_{method}"] = accuracies(method).min(), accuracies(method).max()
    for name, net in (("MLP", MLP), ("conv", CONV)):
        found[f"parameters_{name}"], found[f"rate_{name}"] = parameters(net), chosen_rate(name)
        found[f"first_loss_{name}"] = first_loss(net)
        course = trial(name, chosen_rate(name))
        found[f"course_{name}"], found[f"course_validation_{name}"] = course.loss[-1], course.check[-1].loss
        found[f"new_wrong_{name}"] = int((predicted(name, IN_ORDER) != y).sum())
    strangers = predicted("conv", IN_ORDER) == y
    counts = confusion(y, predicted("conv"))
    mixed = counts - np.diag(np.diagonal(counts))
    often_digit, often_answer = np.unravel_index(mixed.argmax(), mixed.shape)
    row, surest_answer, surest = hardest("conv", 1)[0]
    n, wrong = len(y), np.stack([predicted(method) != y for method in METHODS])
    two, five = round(0.02 * n), round(0.05 * n)
    found |= {f"conv_MLP_{key}": value for key, value in compare("conv", "MLP")._asdict().items()}
    for prefix, kind in (("", SHUFFLED), ("new_", IN_ORDER)):
        b, c, _, _, chi2 = compare("conv", "neighbour", kind)
        found |= {f"{prefix}ahead": b, f"{prefix}behind": c, f"{prefix}chi2": chi2}
    return found | {
        "new_conv_error": standard_error(strangers),
        "spread_MLP": accuracies("MLP").std(ddof=1),
        "one_split_error": standard_error(np.arange(n // SPLITS) < 0.98 * (n // SPLITS)),
        "nested": (out_of_fold("MLP", nested=True).argmax(axis=1) == y).mean(),
        "first_loss_he": first_loss((Flatten(), Dense(64), RELU, Dense(CLASSES))),
        "twenty_loss": overfit()[-1],
        "mismatched_loss": overfit(mismatched=True)[-10:].mean(),
        "f1_conv": f1(counts).mean(),
        "often": mixed.max(),
        "often_digit": int(often_digit),
        "often_answer": int(often_answer),
        "three_kinds": np.sort(mixed.ravel())[-3:].sum(),
        "hidden": 1.0 - found["wrong_MLP"] / found["new_wrong_MLP"],
        "ruined": trial("MLP", 10 * chosen_rate("MLP")).check[-1].loss,
        "surest": surest,
        "surest_digit": int(y[row]),
        "surest_answer": surest_answer,
        "nobody": int(wrong.all(axis=0).sum()),
        "passed_2": two,
        "left_2": declined("conv")[two],
        "passed_5": five,
        "left_5": declined("conv")[five],
        "left_MLP_5": declined("MLP")[five],
        "question_parameters": init_params((Conv2d(16, size=5),), (3, 9, 9), np.random.default_rng(0)).flat.size,
        "question_side": conv_output(32, kernel=5, padding=2, stride=2),
        "question_images": 50 * (standard_error(np.arange(50) < 49) / 0.0035) ** 2,
        "question_chi2": paired(np.arange(64) < 40, np.arange(64) >= 40).chi2,
    }
