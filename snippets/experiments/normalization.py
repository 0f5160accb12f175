"""What normalization changes: which scales and rates learn, what a batch decides, how far a gradient can be trusted."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from snippets.activations import relu, relu_grad, softmax
from snippets.arrays import Array, Backward, Labels, norm
from snippets.blocks import BatchNorm, LayerNorm
from snippets.data import Split
from snippets.experiments import Frame, Movable
from snippets.experiments.initialization import standardized_digits
from snippets.initialization import constant, he_normal, normal
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Initializer, Layer, Named, Network, Params, forward, init_params
from snippets.normalization import batch_norm, normalize, running_statistics
from snippets.optimizers import SGD
from snippets.training import evaluate, minibatches, steps

SEEDS = (0, 1, 2)
SCALES = (1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.4, 1.0)
RATES = (0.01, 0.1, 0.3, 1.0, 3.0, 10.0)
SIZES = (2, 4, 8, 32)
COMPANIES = (2, 4, 8, 16, 32, 64, 128, 359)
STEP_RATES = (0.03, 0.1, 0.3, 1.0)


@dataclass(frozen=True)
class ShakenBatchNorm(BatchNorm):
    """Batch norm whose output is, in training, scaled and shifted anew for every channel and step, at random."""

    strength: float = 0.1

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """As batch norm; in training y eᵏᵃ + k b with standard normal a and b, and strength k."""
        y, backward = super().apply(p, x, rng)
        if rng is None:
            return y, backward
        scale, shift = rng.normal(scale=self.strength, size=(2, y.shape[1])).astype(y.dtype)
        return y * np.exp(scale) + shift, lambda dy: backward(dy * np.exp(scale))


# Networks for digits: dense layers of 50 ReLU units, with or without a norm before each ReLU


@dataclass(frozen=True)
class Run:
    """A network after training: itself, its parameters, the loss of every step, the accuracy on validation data."""

    net: Network
    params: Params
    loss: Array
    accuracy: float
    weight_norms: Array


def network(norm_layer: Layer | None, init: Initializer, depth: int = 5) -> Network:
    """Hidden layers Dense, norm, ReLU, and ten outputs."""
    middle = () if norm_layer is None else (norm_layer,)
    block = (Dense(50, init), *middle, Activation(relu, relu_grad))
    return (*block * depth, Dense(10, init))


def pairs_or_more(data: Split, size: int, rng: np.random.Generator) -> Iterator[Split]:
    """The minibatches of an epoch without a last batch of one example, which batch norm refuses."""
    return (batch for batch in minibatches(data, size, rng) if len(batch[0]) > 1)


@functools.cache
def train_on_digits(
    norm_layer: Layer | None,
    seed: int,
    std: float | None = None,
    lr: float = 0.1,
    depth: int = 5,
    epochs: int = 15,
    size: int = 64,
) -> Run:
    """Plain gradient descent on digits; all weights from N(0, std²), or He's if no std is given."""
    rng = np.random.default_rng(seed)
    training, validation = standardized_digits()
    net = network(norm_layer, he_normal if std is None else functools.partial(normal, std=std), depth)
    params = init_params(net, (64,), rng, dtype=np.float32)
    loss, norms = [], []
    run = steps(
        net,
        params,
        training,
        softmax_cross_entropy,
        SGD(lr=lr),
        epochs=epochs,
        batch_size=size,
        rng=rng,
        batches=pairs_or_more,
    )
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # some of these runs are meant to diverge
        for step in run:
            loss.append(step.loss)
            norms.append(norm(params["0.w"]))
            if not np.isfinite(step.loss):
                break
        right = evaluate(net, params, validation, softmax_cross_entropy).accuracy if np.isfinite(loss[-1]) else 0.1
    return Run(net, params, np.array(loss), right, np.array(norms))


@functools.cache
def scale_window() -> dict[str, Array]:
    """Accuracies by weight scale (rows) and seed (columns), without and with batch norm; 0.1 is guessing."""
    layers = {"none": None, "batch": BatchNorm()}
    return {
        k: np.array([[train_on_digits(n, s, std).accuracy for s in SEEDS] for std in SCALES]) for k, n in layers.items()
    }


@functools.cache
def rate_window() -> dict[str, Array]:
    """Accuracies by learning rate (rows) and seed (columns), with He's weights."""
    layers = {"none": None, "batch": BatchNorm()}
    return {
        k: np.array([[train_on_digits(n, s, lr=r).accuracy for s in SEEDS] for r in RATES]) for k, n in layers.items()
    }


@functools.cache
def repaired() -> dict[str, Array]:
    """The two ends of the scale window again: the small one with a smaller ε, the large one with a larger rate."""
    return {
        "small": np.array([train_on_digits(BatchNorm(eps=1e-12), s, 1e-4).accuracy for s in SEEDS]),
        "large": np.array([train_on_digits(BatchNorm(), s, 1.0, lr=3.0).accuracy for s in SEEDS]),
    }


@functools.cache
def small_batches() -> dict[str, Array]:
    """Accuracies by batch size (rows) and seed (columns) after three epochs of two hidden layers."""
    layers = {"batch": BatchNorm(), "layer": LayerNorm()}
    run = functools.partial(train_on_digits, lr=0.03, depth=2, epochs=3)
    return {k: np.array([[run(n, s, size=b).accuracy for s in SEEDS] for b in SIZES]) for k, n in layers.items()}


@functools.cache
def twins() -> float:
    """The accuracy after training from weights that are all 0.1, with batch norm."""
    rng = np.random.default_rng(0)
    training, validation = standardized_digits()
    net = network(BatchNorm(), functools.partial(constant, value=0.1), depth=2)
    params = init_params(net, (64,), rng)
    for _ in steps(net, params, training, softmax_cross_entropy, SGD(lr=0.1), epochs=5, batch_size=64, rng=rng):
        pass
    return evaluate(net, params, validation, softmax_cross_entropy).accuracy


# One network, two modes


@dataclass(frozen=True)
class Modes:
    """Accuracy in evaluation mode, and in training mode by batch size, for mixed batches and for those of one class."""

    right: float
    mixed: Array
    by_class: Array


def in_training_mode(run: Run, x: Array) -> Array:
    """What the network says if nobody told it that training is over; its running statistics stay as they were."""
    return forward(run.net, run.params.copy(), x, np.random.default_rng(0))[0]


@functools.cache
def modes(seed: int) -> Modes:
    """The accuracies of one trained network on the validation digits, by mode and company."""
    run, (x, y) = train_on_digits(BatchNorm(), seed), standardized_digits()[1]
    mixed, by_class = np.random.default_rng(seed).permutation(len(y)), np.argsort(y, kind="stable")

    def right(order: Labels, size: int) -> float:
        batches = [rows for rows in np.array_split(order, range(size, len(order), size)) if len(rows) > 1]
        hits = [in_training_mode(run, x[rows]).argmax(axis=1) == y[rows] for rows in batches]
        return float(np.concatenate(hits).mean())

    return Modes(run.accuracy, *(np.array([right(o, n) for n in COMPANIES]) for o in (mixed, by_class)))


@functools.cache
def company(size: int = 8, draws: int = 400, digit: int = 3) -> tuple[Array, float]:
    """The probability of the right class of one digit in training mode, in many batches; and in evaluation mode."""
    run, (x, y) = train_on_digits(BatchNorm(), 0), standardized_digits()[1]
    rng = np.random.default_rng(0)
    others = np.delete(np.arange(len(y)), digit)
    rows = [np.append(digit, rng.choice(others, size - 1, replace=False)) for _ in range(draws)]
    seen = np.array([softmax(in_training_mode(run, x[r]))[0, y[digit]] for r in rows])
    return seen, float(softmax(forward(run.net, run.params, x[digit : digit + 1])[0])[0, y[digit]])


# Why it helps


@functools.cache
def trust(norm_layer: Layer | None, seed: int) -> tuple[Array, Array]:
    """For steps -ηg with η from STEP_RATES: ‖g after - g‖/‖g‖, and how much of the fall η‖g‖² came.

    Medians over the first two epochs of training at a learning rate of 0.1, on the minibatch that g comes from.
    """
    rng = np.random.default_rng(seed)
    net = network(norm_layer, he_normal)
    params = init_params(net, (64,), rng)

    def look(p: Params, x: Array, y: Labels) -> tuple[float, Array]:
        z, backward = forward(net, p, x, rng)
        value, dz = softmax_cross_entropy(z, y)
        return value, backward(dz)[1]

    changes, falls = [], []
    for _ in range(2):
        for x, y in pairs_or_more(standardized_digits()[0], 64, rng):
            value, g = look(params, x, y)
            after = [look(params.with_flat(params.flat - lr * g), x, y) for lr in STEP_RATES]
            changes.append([norm(g_after - g) / norm(g) for _, g_after in after])
            falls.append([(value - v) / (lr * norm(g) ** 2) for lr, (v, _) in zip(STEP_RATES, after, strict=True)])
            params.flat[:] -= 0.1 * g
    return np.median(changes, axis=0), np.median(falls, axis=0)


@functools.cache
def shaken_losses(seed: int) -> dict[str, Array]:
    """The loss of twenty layers, step by step: plain, with batch norm, and with batch norm whose output is shaken."""
    layers = {"none": None, "batch": BatchNorm(), "0.1": ShakenBatchNorm(), "0.3": ShakenBatchNorm(strength=0.3)}
    return {k: train_on_digits(n, seed, depth=20, epochs=8).loss for k, n in layers.items()}


# Two moments, and the running ones


def shapes(n: int = 20000) -> dict[str, Array]:
    """Three laws that are not normal, each normalized over its n draws."""
    rng = np.random.default_rng(0)
    laws = {
        "waiting": rng.exponential(3.0, n),
        "two": rng.normal(size=n) + 4.0 * (rng.random(n) < 0.7),
        "relu": np.maximum(rng.normal(1.0, 2.0, n), 0.0),
    }
    return {name: normalize(x, (0,))[0] for name, x in laws.items()}


def pair(difference: float, eps: float = 1e-5) -> float:
    """What batch norm makes of the larger of two numbers that differ by this much."""
    y, _ = batch_norm(np.array([[difference], [0.0]]), np.ones(1), np.zeros(1), eps)
    return float(y[0, 0])


def running_mean(new_weight: float, batches: int = 120) -> tuple[Array, Array]:
    """Means of batches of 16 whose true mean jumps from 2 to 5 halfway, and the running mean after each."""
    rng = np.random.default_rng(0)
    seen, kept = np.empty(batches), np.empty(batches)
    mean: Array = np.zeros(1)
    var: Array = np.ones(1)
    for t in range(batches):
        x = rng.normal(2.0 if t < batches // 2 else 5.0, 2.0, size=(16, 1))
        mean, var = running_statistics(x, mean, var, new_weight)
        seen[t], kept[t] = x.mean(), mean[0]
    return seen, kept


def movables() -> dict[str, Movable]:
    """The running mean for any weight of the new value."""
    weights = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9, 0.99)
    notes = {0.01: "still on its way from the start at 0", 0.1: "a compromise", 0.9: "forgets all but the last batch"}
    frames = tuple(Frame(f"{a:g}", running_mean(a), notes.get(a, "")) for a in weights)
    return {
        "running_mean_moves": Movable(
            claim="a small weight is late, a large one noisy",
            slider="weight of the new value",
            x_label="batch",
            y_label="mean",
            x=np.arange(1.0, 121.0),
            series=("mean of the batch", "running mean"),
            colors=("grey", "blue"),
            frames=frames,
            start=weights.index(0.1),
            y_limits=(0.0, 7.0),
        )
    }


# Numbers that the text quotes


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    scale, rate, ends, small = scale_window(), rate_window(), repaired(), small_batches()
    mixed, by_class = (np.mean([getattr(modes(s), k) for s in SEEDS], axis=0) for k in ("mixed", "by_class"))
    seen, alone = company()
    plain, batch = (np.mean([trust(n, s) for s in SEEDS], axis=0) for n in (None, BatchNorm()))
    ends_of_loss = {k: [shaken_losses(s)[k][-17:].mean() for s in SEEDS] for k in ("none", "batch", "0.1", "0.3")}
    return {
        "plain_learning": int((scale["none"].min(axis=1) > 0.5).sum()),
        "batch_middle_low": scale["batch"][1:7].min(),
        "batch_tiny_low": scale["batch"][0].min(),
        "batch_tiny_high": scale["batch"][0].max(),
        "batch_large": scale["batch"][-1].mean(),
        "small_repaired": ends["small"].mean(),
        "large_repaired": ends["large"].mean(),
        "twins": twins(),
        "plain_rate": max(r for r, row in zip(RATES, rate["none"], strict=True) if row.min() > 0.9),
        "batch_rate": max(r for r, row in zip(RATES, rate["batch"], strict=True) if row.min() > 0.9),
        "plain_best_rate": rate["none"].mean(axis=1).max(),
        "batch_best_rate": rate["batch"].mean(axis=1).max(),
        "modes_right": float(np.mean([modes(s).right for s in SEEDS])),
        "mixed_2": mixed[0],
        "mixed_64": mixed[COMPANIES.index(64)],
        "by_class_64": by_class[COMPANIES.index(64)],
        "company_low": seen.min(),
        "company_high": seen.max(),
        "company_wrong": float((seen < 0.5).mean()),
        "company_alone": alone,
        "plain_change": plain[0, 1],
        "batch_change": batch[0, 1],
        "plain_change_1": plain[0, -1],
        "batch_change_1": batch[0, -1],
        "plain_fall": plain[1, 1],
        "batch_fall": batch[1, 1],
        "plain_fall_1": plain[1, -1],
        "batch_fall_1": batch[1, -1],
        "shaken_mild_low": min(ends_of_loss["0.1"]),
        "shaken_mild_high": max(ends_of_loss["0.1"]),
        "unshaken_low": min(ends_of_loss["batch"]),
        "unshaken_high": max(ends_of_loss["batch"]),
        "shaken_strong_low": min(ends_of_loss["0.3"]),
        "shaken_strong_high": max(ends_of_loss["0.3"]),
        "plain_twenty": min(ends_of_loss["none"]),
        "layer_2": small["layer"][0].mean(),
        "batch_2": small["batch"][0].mean(),
        "batch_4": small["batch"][1].mean(),
        "layer_4": small["layer"][1].mean(),
        "gap_4": float(np.ceil(100 * np.abs(small["layer"] - small["batch"])[1:].mean(axis=1).max()) / 100),
        "digits": len(standardized_digits()[1][1]),
        "grown_3": float(np.divide(*train_on_digits(BatchNorm(), 0, lr=3.0).weight_norms[[-1, 0]])),
        "skew_after": float((shapes()["waiting"] ** 3).mean()),
        "pair_far": pair(1.0),
        "question_hat": float(normalize(np.array([1.0, 2.0, 3.0, 6.0]), (0,))[0][3]),
        "question_running": float(running_statistics(np.array([[1.0], [3.0]]), np.ones(1), np.ones(1), 0.1)[1][0]),
        "question_rate": effective_rate_after(10.0),
    }


def effective_rate_after(scale: float) -> float:
    """How much smaller the relative step ‖ηg‖/‖w‖ is when the weights before a batch norm are this much larger."""
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(2, 16, 5))
    w = rng.normal(size=(5, 5))

    def relative(w: Array) -> float:
        _, backward = batch_norm(x @ w, np.ones(5), np.zeros(5), 1e-30)
        return norm(x.T @ backward(dy)[0]) / norm(w)

    return relative(w) / relative(scale * w)
