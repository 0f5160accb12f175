"""Networks that know the digits 0 to 4 meet 5 to 9: what is worth taking over, what it costs, what is forgotten."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array, norm
from snippets.augmentation import crop
from snippets.data import Split, digits_split
from snippets.experiments import Frame, Movable
from snippets.initialization import zeros
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, init_params
from snippets.optimizers import SGD, Adam, Momentum, Optimizer
from snippets.preprocessing import fit_pca
from snippets.training import accuracy, predict, steps
from snippets.transfer import Scaled, frozen, l2_sp, layerwise, transplant

Place: TypeAlias = Callable[[Array, np.random.Generator], Array]
Start: TypeAlias = Callable[[Place, int], Params]

SIDE = 12  # of the canvas on which an 8x8 digit lies
HEAD = Dense(10, init=zeros)
NET: Network = (
    Dense(96),
    Activation(relu, relu_grad),
    Dense(48),
    Activation(relu, relu_grad),
    Dense(48),
    Activation(relu, relu_grad),
    HEAD,
)
BODY, HEAD_AT = (0, 2, 4), 6  # the layers with weights
COPIES = 20  # of each old digit, at other places
LABELS = (1, 3, 10, 30, 100)  # a class
SEEDS = range(5)
UPDATES, EPOCHS = 150, 25  # at least, both of them


# Data


def centred(images: Array, _: np.random.Generator) -> Array:
    """Every digit in the middle of the canvas.

    Shapes: images (N, 64) -> (N, 144).
    """
    return np.pad(images.reshape(-1, 8, 8), ((0, 0), (2, 2), (2, 2))).reshape(-1, SIDE**2)


def wandering(images: Array, rng: np.random.Generator) -> Array:
    """Every digit somewhere on the canvas, whole, at one of 25 places.

    Shapes: images (N, 64) -> (N, 144).
    """
    return crop(np.pad(images.reshape(-1, 8, 8), ((0, 0), (4, 4), (4, 4))), rng, (SIDE, SIDE)).reshape(-1, SIDE**2)


def copies(data: Split, count: int, place: Place, rng: np.random.Generator) -> Split:
    """Every example several times, each time placed anew."""
    x, y = data
    return np.concatenate([place(x, rng) for _ in range(count)]), np.tile(y, count)


@dataclass(frozen=True)
class Task:
    """The old digits 0 to 4 to learn from and to test on, and the new ones, 5 to 9, a few of which get labels."""

    old: Split
    old_test: Split
    new: Split
    new_test: Split


@functools.cache
def halves(seed: int) -> Task:
    """60 % of every class to learn from, the rest to test on: single images of 64 pixels."""
    learn, *rest = digits_split(seed)
    test = tuple(np.concatenate(parts) for parts in zip(*rest, strict=True))
    parts = []
    for x, y in (learn, test):
        parts += [(x[y < 5].astype(np.float32), y[y < 5]), (x[y >= 5].astype(np.float32), y[y >= 5])]
    return Task(parts[0], parts[2], parts[1], parts[3])


@functools.cache
def task(place: Place, seed: int) -> Task:
    """The same on the canvas: many copies of the old to learn from, 4 of all to test on, one of the new."""
    rng, parts = np.random.default_rng(seed), halves(seed)
    counts = ((parts.old, COPIES), (parts.old_test, 4), (parts.new, 1), (parts.new_test, 4))
    return Task(*(copies(data, count, place, rng) for data, count in counts))


def first_of_each_class(data: Split, count: int) -> Split:
    """So many examples of every class; fewer are always among more."""
    x, y = data
    rows = np.concatenate([np.flatnonzero(y == label)[:count] for label in np.unique(y)])
    return x[rows], y[rows]


# Training


def fit(net: Network, params: Params, data: Split, rule: Optimizer[Any], seed: int) -> None:
    """Train in place with batches of 32: at least so many updates and epochs."""
    epochs = max(EPOCHS, -(-UPDATES // -(-len(data[0]) // 32)))
    rng = np.random.default_rng(seed)
    deque(steps(net, params, data, softmax_cross_entropy, rule, epochs=epochs, batch_size=32, rng=rng), maxlen=0)


def score(net: Network, params: Params, data: Split) -> float:
    """The share of right answers, out of all ten classes."""
    return accuracy(predict(net, params, data[0]), data[1])


def learned(data: Split, seed: int, updates: int = 800) -> Params:
    """A network trained on these data from weights of its own."""
    rng = np.random.default_rng(seed)
    params = init_params(NET, (SIDE**2,), rng, dtype=np.float32)
    run = steps(NET, params, data, softmax_cross_entropy, Adam(2e-3), epochs=4, batch_size=32, rng=rng)
    deque(islice(run, updates), maxlen=0)
    return params


@functools.cache
def fresh(_: Place, seed: int) -> Params:
    """A network that has seen nothing; its head is zero."""
    return init_params(NET, (SIDE**2,), np.random.default_rng(1000 + seed), dtype=np.float32)


@functools.cache
def knows_old(place: Place, seed: int) -> Params:
    """Trained on the old digits."""
    return learned(task(place, seed).old, seed)


def knows_centred(_: Place, seed: int) -> Params:
    """Trained on old digits that do not wander."""
    return knows_old(centred, seed)


@functools.cache
def random_labels(place: Place, seed: int) -> Params:
    """Trained on old digits whose labels were drawn by lot, one for each image and all of its copies."""
    x, y = task(place, seed).old
    drawn = np.random.default_rng(seed).integers(0, 5, len(y) // COPIES)
    return learned((x, np.tile(drawn, COPIES)), seed)


@functools.cache
def shuffled_pixels(place: Place, seed: int) -> Params:
    """Trained on old digits whose pixels change places, in all images alike."""
    x, y = task(place, seed).old
    return learned((x[:, np.random.default_rng(seed).permutation(SIDE**2)], y), seed)


def few(place: Place, labels: int, seed: int, places: int) -> Split:
    """The labelled new digits: each at one place, or each at many."""
    if places == 1:
        return first_of_each_class(task(place, seed).new, labels)
    rng = np.random.default_rng(seed)
    return copies(first_of_each_class(halves(seed).new, labels), places, place, rng)


@functools.cache
def fine_tuned(
    start: Start,
    place: Place,
    labels: int,
    seed: int,
    held: int = 0,
    decay: float = 1.0,
    places: int = 1,
) -> Params:
    """Learn the new digits with a body taken over from the start and a fresh head.

    The first `held` layers with weights are frozen, the rate falls by `decay` a layer.
    """
    params = transplant(start(place, seed), fresh(place, seed), BODY)
    share = frozen(params, BODY[:held]) * layerwise(params, decay)
    data = few(place, labels, seed, places)
    fit(NET, params, data, Scaled(Adam, share, lr=0.003), seed)
    return params


@functools.cache
def tuned(start: Start, place: Place, labels: int, held: int = 0, decay: float = 1.0, places: int = 1) -> Array:
    """Accuracy of these networks on new digits, one number a seed."""
    runs = [fine_tuned(start, place, labels, seed, held, decay, places) for seed in SEEDS]
    return np.array([score(NET, run, task(place, seed).new_test) for seed, run in zip(SEEDS, runs, strict=True)])


def features(params: Params, x: Array, layers: int = HEAD_AT) -> Array:
    """What comes out of the first layers."""
    return predict(NET[:layers], Params(params.flat, params.slots[:layers]), x)


@functools.cache
def probe(start: Start, place: Place, labels: int, layers: int = HEAD_AT, places: int = 1) -> Array:
    """Accuracy on new digits of a linear classifier of features that are computed once, one number a seed.

    With no layers these are the pixels; with random weights, random features.
    """
    accuracies = []
    for seed in SEEDS:
        params, test = start(place, seed), task(place, seed).new_test
        (x, y), x_test = few(place, labels, seed, places), features(params, test[0], layers)
        x = features(params, x, layers)
        linear = init_params((HEAD,), x.shape[1:], np.random.default_rng(seed), dtype=np.float32)
        fit((HEAD,), linear, (x, y), Adam(0.01), seed)
        accuracies.append(score((HEAD,), linear, (x_test, test[1])))
    return np.array(accuracies)


METHODS: dict[str, Callable[[Place, int], Array]] = {
    "pixels": lambda place, k: probe(fresh, place, k, 0),
    "scratch": lambda place, k: tuned(fresh, place, k),
    "frozen": lambda place, k: probe(knows_old, place, k),
    "tuned": lambda place, k: tuned(knows_old, place, k),
}
QUOTED_CENTRED = {10: ("pixels", "scratch", "frozen", "tuned"), 100: ("pixels",)}
QUOTED_WANDERING = {
    3: ("scratch", "frozen", "tuned"),
    10: ("pixels", "scratch", "frozen", "tuned"),
    30: ("scratch", "frozen", "tuned"),
    100: ("scratch", "frozen", "tuned"),
}
DECAYS = (0.1, 0.3, 1.0, 3.0)


# What the layers hold


def neighbours_agree(start: Start, place: Place) -> float:
    """Correlation between the weights of neighbouring pixels in the first layer, mean over the seeds."""
    found = []
    for seed in SEEDS:
        w = start(place, seed)["0.w"].reshape(SIDE, SIDE, -1)
        found.append(np.corrcoef(w[:, 1:].ravel(), w[:, :-1].ravel())[0, 1])
    return float(np.mean(found))


def strongest_filters(start: Start, place: Place, count: int, seed: int = 0) -> Array:
    """The longest weight vectors of the first layer as images, each divided by its largest entry.

    Shapes: -> (count, 12, 12).
    """
    w = start(place, seed)["0.w"].T
    w = w[np.argsort(-np.linalg.norm(w, axis=1))[:count]]
    images: Array = (w / np.abs(w).max(axis=1, keepdims=True)).reshape(-1, SIDE, SIDE)
    return images


def in_two_dimensions(start: Start, layers: int, seed: int = 0) -> Split:
    """Wandering new test digits along the two main directions of the features, and their classes."""
    params, data = start(wandering, seed), task(wandering, seed)
    x, y = data.new_test
    pca = fit_pca(features(params, data.new[0], layers), 2)
    return pca(features(params, x[: len(y) // 4], layers)), y[: len(y) // 4]


def between_classes(start: Start, layers: int) -> float:
    """The share of the variance of features that lies between the class means of new digits, mean over the seeds."""
    shares = []
    for seed in SEEDS:
        x, y = task(wandering, seed).new_test
        a = features(start(wandering, seed), x, layers)
        means = np.array([a[y == label].mean(axis=0) for label in range(5, 10)])[y - 5]
        shares.append(((means - a.mean(axis=0)) ** 2).sum() / ((a - a.mean(axis=0)) ** 2).sum())
    return float(np.mean(shares))


def moved(labels: int, decay: float) -> Array:
    """How far fine-tuning moved the weights of each body layer, relative to their length, mean over the seeds."""
    rows = []
    for seed in SEEDS:
        start = knows_old(wandering, seed)
        end = fine_tuned(knows_old, wandering, labels, seed, 0, decay)
        rows.append([norm(end[f"{layer}.w"] - start[f"{layer}.w"]) / norm(start[f"{layer}.w"]) for layer in BODY])
    mean: Array = np.array(rows).mean(axis=0)
    return mean


# Forgetting

MOMENTS = (0, 2, 4, 6, 10, 15, 20, 30, 40, 60, 80, 100, 125, 150)


REMEDIES: tuple[dict[str, float], ...] = ({}, {"lr": 0.001}, {"anchor": 0.1}, {"replayed": 30})


@functools.cache
def forgetting(lr: float = 0.03, anchor: float = 0.0, replayed: int = 0) -> Array:
    """Learn 30 new digits a class with all ten outputs; old digits of each class may be mixed in.

    Shapes: -> (seeds, moments, 3): accuracy on old digits out of ten classes, out of the five old ones; on new digits.
    """
    return np.array([_forgets(lr, anchor, replayed, seed) for seed in SEEDS])


def _forgets(lr: float, anchor: float, replayed: int, seed: int) -> list[tuple[float, float, float]]:
    data, params = task(wandering, seed), knows_old(wandering, seed).copy()
    old, new = (first_of_each_class(part, count) for part, count in ((data.old, replayed), (data.new, 30)))
    mixed = np.concatenate([new[0], old[0]]), np.concatenate([new[1], old[1]])
    start = params.flat.copy()
    run = steps(
        NET,
        params,
        mixed,
        softmax_cross_entropy,
        Momentum(lr),
        epochs=MOMENTS[-1],
        batch_size=32,
        rng=np.random.default_rng(seed),
        adjust=lambda g, w: g + l2_sp(w, start, anchor)[1],
    )
    rows, (x, y) = [], data.old_test
    for before, now in zip((0, *MOMENTS), MOMENTS, strict=False):
        deque(islice(run, now - before), maxlen=0)
        logits = predict(NET, params, x)
        rows.append((accuracy(logits, y), accuracy(logits[:, :5], y), score(NET, params, data.new_test)))
    return rows


# A quadratic


def path_of_descent(gradient: Callable[[Array], Array], start: float, updates: int, lr: float) -> Array:
    """Where gradient descent in one dimension goes.

    Shapes: -> (updates + 1,).
    """
    w, rule, path = np.array([start]), SGD(lr), [start]
    for _ in range(updates):
        w = w + rule.update(gradient(w), rule.init(w), w)[0]
        path.append(float(w[0]))
    return np.array(path)


def movables() -> dict[str, Movable]:
    """What a reader can move in this chapter."""
    curvature = np.geomspace(1e-4, 1.0, 61)

    def path(a: float) -> Array:
        return path_of_descent(lambda w: a * (w - 1.0), 0.0, 1000, 1.0)

    paths = np.array([path(a) for a in curvature])
    frames = tuple(
        Frame(value=f"t = {t}", curves=(paths[:, t], curvature / (curvature + 1.0 / t)))
        for t in (1, 2, 5, 10, 30, 100, 300, 1000)
    )
    return {
        "how_far_fine_tuning_goes": Movable(
            claim="steep directions arrive at the new optimum, flat ones stay at the start",
            slider="steps",
            x_label="curvature a (learning rate 1)",
            y_label="share of the way covered",
            x=curvature,
            series=("t steps", "anchor α = 1/t"),
            frames=frames,
            start=3,
            log_x=True,
            y_limits=(0.0, 1.02),
            colors=("blue", "orange"),
        )
    }


def facts() -> dict[str, float]:
    """Numbers that the text quotes."""
    found: dict[str, Any] = {
        f"old_{place.__name__}": np.mean([score(NET, knows_old(place, s), task(place, s).old_test) for s in SEEDS])
        for place in (centred, wandering)
    }
    found |= {
        f"{name}_{place.__name__}_{k}": METHODS[name](place, k).mean()
        for place, quoted in ((centred, QUOTED_CENTRED), (wandering, QUOTED_WANDERING))
        for k, names in quoted.items()
        for name in names
    }
    found |= {
        "agree_fresh": neighbours_agree(fresh, wandering),
        "agree_centred": neighbours_agree(knows_old, centred),
        "agree_wandering": neighbours_agree(knows_old, wandering),
        "between_pixels": between_classes(fresh, 0),
        "between_fresh": between_classes(fresh, HEAD_AT),
        "between_learned": between_classes(knows_old, HEAD_AT),
        "frozen_random_30": probe(fresh, wandering, 30).mean(),
        "slow_below_3": tuned(knows_old, wandering, 3, 0, 0.1).mean(),
        "slow_below_30": tuned(knows_old, wandering, 30, 0, 0.1).mean(),
        "moved_slow": moved(30, 0.1)[0],
        "moved_equal": moved(30, 1.0)[0],
        "places_frozen": probe(knows_old, wandering, 10, places=20).mean(),
        "places_scratch": tuned(fresh, wandering, 10, places=20).mean(),
        "places_tuned": tuned(knows_old, wandering, 10, places=20).mean(),
    }
    found["rate_of_the_first"] = 0.01 * layerwise(init_params((HEAD,) * 4, (10,), np.random.default_rng(0)), 0.5)[0]
    found["anchored_share"] = path_of_descent(lambda w: 0.3 * (w - 1.0) + l2_sp(w, 0.0 * w, 0.1)[1], 0.0, 100, 1.0)[-1]
    for name, start in (("lot", random_labels), ("shuffled", shuffled_pixels), ("middle", knows_centred)):
        found |= {
            f"{name}_frozen": probe(start, wandering, 30).mean(),
            f"{name}_tuned": tuned(start, wandering, 30).mean(),
        }
    leads = [100 * (found[f"tuned_wandering_{k}"] - found[f"scratch_wandering_{k}"]) for k in (3, 10, 30)]
    found |= {"lead_least": min(leads), "lead_most": max(leads)}
    found["plain_after_ten"] = forgetting().mean(axis=0)[MOMENTS.index(10), 0]
    plain, slow, anchored, replay = (forgetting(**how).mean(axis=0)[-1] for how in REMEDIES)
    found |= {"plain_five": plain[1], "plain_new": plain[2]}
    found |= {"slow_old": slow[0], "slow_five": slow[1], "slow_new": slow[2]}
    found |= {"anchored_old": anchored[0], "anchored_five": anchored[1], "anchored_new": anchored[2]}
    found |= {"replay_old": replay[0], "replay_new": replay[2]}
    return {name: float(value) for name, value in found.items()}
