"""What regularization changes: a network that can learn 199 digits by heart, held back in several ways."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from snippets.activations import relu, relu_grad, softmax
from snippets.arrays import Array, Labels
from snippets.blocks import Dropout
from snippets.data import Split, digits_split, stratified_split
from snippets.diagnostics import layer_outputs
from snippets.experiments import Frame, Movable
from snippets.losses import confidence_penalty, softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, forward, init_params
from snippets.optimizers import SGD
from snippets.regularization import EarlyStopping, dropout, elastic_net, max_norm, soft_threshold
from snippets.training import accuracy, evaluate, predict, steps

SEEDS = range(5)
WRONG = (0.0, 0.2)  # shares of labels that are wrong
EXAMPLES, RATE, BATCH, EPOCHS = 200, 0.3, 50, 100
MARKS = (1, 2, 3, 4, 6, 8, 11, 15, 20, 28, 40, 55, 75, 100)  # epochs after which a network is measured


# Networks for 199 digits


@dataclass(frozen=True)
class Method:
    """What is done against overfitting: nothing, but for what is given."""

    l1: float = 0.0
    l2: float = 0.0
    limit: float = math.inf  # of the length of a unit's incoming weights
    p: float = 0.0  # to drop a hidden unit
    p_input: float = 0.0
    entropy: float = 0.0
    threshold: bool = False  # L1 by soft thresholding after the step, not by its gradient


NONE = Method()
SMALL, SPARSE, ZEROS = Method(l2=0.03), Method(l1=0.003), Method(l1=0.003, threshold=True)
GRID: dict[str, tuple[Method, ...]] = {
    "none": (NONE,),
    "L2": tuple(Method(l2=s) for s in (0.003, 0.01, 0.03, 0.1)),
    "L1": tuple(Method(l1=s) for s in (0.001, 0.003, 0.01)),
    "max-norm": tuple(Method(limit=c) for c in (0.5, 1.0, 2.0)),
    "entropy": tuple(Method(entropy=s) for s in (1.0, 3.0)),
    "dropout": tuple(Method(p=p) for p in (0.3, 0.5, 0.7, 0.8, 0.9)),
    "inputs": tuple(Method(p=p, p_input=0.2) for p in (0.5, 0.7)),
    "both": tuple(Method(p=0.5, limit=c) for c in (1.0, 1.5)),
}


@dataclass(frozen=True)
class Run:
    """The network after training, and loss and accuracy in training and validation after every mark."""

    net: Network
    params: Params
    train: Array
    validation: Array


@functools.cache
def data(seed: int, wrong: float) -> tuple[Split, Split, Split, Labels]:
    """199 training digits, 359 for validation, 359 for the test, and which of the first have a wrong label."""
    rest, validation, test = ((x.astype(np.float32), y) for x, y in digits_split(0))
    rng = np.random.default_rng(seed)
    (x, y), _ = stratified_split(rest, EXAMPLES / len(rest[1]), rng)
    mistaken = rng.permutation(len(y))[: round(wrong * len(y))]
    y[mistaken] = (y[mistaken] + rng.integers(1, 10, len(mistaken))) % 10
    return (x, y), validation, test, mistaken


def network(method: Method, rng: np.random.Generator) -> tuple[Network, Params]:
    """64 inputs, 128 ReLU units, 10 outputs."""
    inputs = (Dropout(method.p_input),) if method.p_input else ()
    hidden = (Dropout(method.p),) if method.p else ()
    net = (*inputs, Dense(128), Activation(relu, relu_grad), *hidden, Dense(10))
    return net, init_params(net, (64,), rng, dtype=np.float32)


@functools.cache
def train(method: Method, seed: int, wrong: float) -> Run:
    """Plain descent on the 199 digits; penalties and limits hold weights, not biases."""
    training, validation, _, _ = data(seed, wrong)
    rng = np.random.default_rng(seed)
    net, params = network(method, rng)
    matrices = [a for name, a in params.arrays.items() if name.endswith("w")]
    held = params.with_flat(np.zeros_like(params.flat))
    for name, a in held.arrays.items():
        a[...] = name.endswith("w")

    def penalize(g: Array, w: Array) -> Array:
        strength = 0.0 if method.threshold else method.l1
        return g + held.flat * elastic_net(w, strength, method.l2)[1]

    cross_entropy = softmax_cross_entropy
    loss = functools.partial(confidence_penalty, strength=method.entropy) if method.entropy else cross_entropy
    adjust = penalize if method.l1 or method.l2 else None
    per_epoch = EXAMPLES // BATCH
    seen, new = [], []
    run = steps(net, params, training, loss, SGD(RATE), epochs=EPOCHS, batch_size=BATCH, rng=rng, adjust=adjust)
    for t, _ in enumerate(run, start=1):
        for w in matrices:
            if method.limit < math.inf:
                w[...] = max_norm(w, method.limit)
            if method.threshold:
                w[...] = soft_threshold(w, RATE * method.l1)
        if t % per_epoch == 0 and t // per_epoch in MARKS:
            seen.append(evaluate(net, params, training, cross_entropy))
            new.append(evaluate(net, params, validation, cross_entropy))
    return Run(net, params, np.array(seen), np.array(new))


def runs(method: Method, wrong: float) -> list[Run]:
    """The same with every seed."""
    return [train(method, seed, wrong) for seed in SEEDS]


def curves(method: Method, wrong: float) -> tuple[Array, Array]:
    """Training and validation after every mark, averaged over the seeds.

    Shapes: -> (marks, 2) loss and accuracy, twice.
    """
    many = runs(method, wrong)
    return np.mean([r.train for r in many], axis=0), np.mean([r.validation for r in many], axis=0)


def by_validation(name: str, wrong: float) -> Array:
    """Validation accuracy at the end for every strength of a technique and every seed.

    Shapes: -> (strengths, seeds).
    """
    return np.array([[r.validation[-1, 1] for r in runs(method, wrong)] for method in GRID[name]])


def tuned(name: str, wrong: float) -> Method:
    """The strength with the highest mean validation accuracy."""
    return GRID[name][int(by_validation(name, wrong).mean(axis=1).argmax())]


def mistakes_learnt(name: str, wrong: float = WRONG[1]) -> Array:
    """The share of wrong labels that the tuned network repeats, for every seed."""
    shares = []
    for seed in SEEDS:
        (x, y), _, _, mistaken = data(seed, wrong)
        net, params = result(name, seed, wrong)
        shares.append(accuracy(predict(net, params, x[mistaken]), y[mistaken]))
    return np.array(shares)


def result(name: str, seed: int, wrong: float) -> tuple[Network, Params]:
    """The network that a technique ends with, at its best strength."""
    run = stop_in_time(seed, wrong) if name == "stopping" else train(tuned(name, wrong), seed, wrong)
    return run.net, run.params


@functools.cache
def test_scores(name: str, wrong: float) -> Array:
    """Loss and accuracy on test digits, which nothing was tuned on.

    Shapes: -> (seeds, 2).
    """
    rows = []
    for seed in SEEDS:
        net, params = result(name, seed, wrong)
        rows.append(evaluate(net, params, data(seed, wrong)[2], softmax_cross_entropy))
    return np.array(rows)


def sureness(name: str, wrong: float = WRONG[1]) -> Array:
    """The mean probability that the tuned network gives its own answer on test digits, for every seed."""
    shares = []
    for seed in SEEDS:
        net, params = result(name, seed, wrong)
        shares.append(softmax(forward(net, params, data(seed, wrong)[2][0])[0]).max(axis=1).mean())
    return np.array(shares)


# Stopping in time


@dataclass(frozen=True)
class Stopped:
    """The network with the best weights, the epoch that they are from, the validation loss after every epoch."""

    net: Network
    params: Params
    best: int
    losses: list[float]


@functools.cache
def stop_in_time(seed: int, wrong: float) -> Stopped:
    """Train without a penalty; when the validation loss has not fallen for ten epochs, stop.

    The weights that are kept are those of the best epoch, not the last.
    """
    training, validation, _, _ = data(seed, wrong)
    rng = np.random.default_rng(seed)
    net, params = network(NONE, rng)
    stop, losses, best = EarlyStopping(patience=10), list[float](), params
    loss, per_epoch = softmax_cross_entropy, EXAMPLES // BATCH
    plan: dict[str, Any] = {"epochs": EPOCHS, "batch_size": BATCH}
    run = steps(net, params, training, loss, SGD(RATE), rng=rng, **plan)
    for t, _ in enumerate(run, start=1):
        if t % per_epoch == 0:
            losses.append(evaluate(net, params, validation, loss).loss)
            if stop.best(losses) == len(losses) - 1:
                best = params.copy()
            if stop(losses):
                break
    return Stopped(net, best, stop.best(losses) + 1, losses)


def descended(curvatures: Array, updates: int, lr: float) -> Array:
    """How far descent on ½ a (w - 1)² gets from 0 towards 1, for each curvature a.

    Shapes: curvatures (n,) -> (n,).
    """
    w = np.zeros_like(curvatures)
    for _ in range(updates):
        w = w - lr * curvatures * (w - 1.0)
    return w


def penalized(curvatures: Array, strength: float, lr: float = 0.05, updates: int = 20_000) -> Array:
    """Where descent on the same loss with an L2 penalty comes to rest.

    Shapes: curvatures (n,) -> (n,).
    """
    w = np.zeros_like(curvatures)
    for _ in range(updates):
        w = w - lr * (curvatures * (w - 1.0) + elastic_net(w, 0.0, strength)[1])
    return w


# Weights


def weights(method: Method) -> Array:
    """First-layer weights of all seeds, trained with wrong labels, but for pixels that no training digit lights."""
    lit = [(data(seed, WRONG[1])[0][0] > 0).any(axis=0) for seed in SEEDS]
    layers = [first_weights(run.params) for run in runs(method, WRONG[1])]
    return np.concatenate([w[on].ravel() for w, on in zip(layers, lit, strict=True)])


def first_weights(params: Params) -> Array:
    """The matrix of the first dense layer."""
    return next(a for name, a in params.arrays.items() if name.endswith("w"))


def share_up_to(method: Method, limit: float) -> float:
    """The share of these weights that are no larger than the limit."""
    return float((np.abs(weights(method)) <= limit).mean())


# Dropout


@functools.cache
def hidden() -> tuple[Array, Array]:
    """ReLU outputs of a network trained without regularization on validation digits, and the matrix behind them."""
    run = train(NONE, 0, 0.0)
    return layer_outputs(run.net, run.params, data(0, 0.0)[1][0])[1].astype(float), run.params["2.w"].astype(float)


@functools.cache
def grown(p: float, draws: int = 40) -> tuple[float, float, float]:
    """Mean, mean square and variance of what dropout makes of these outputs, relative to those before it."""
    x, rng = hidden()[0], np.random.default_rng(0)
    y = np.stack([dropout(x, p, rng)[0] for _ in range(draws)])
    return float(y.mean() / x.mean()), float((y**2).mean() / (x**2).mean()), float(y.var() / x.var())


@functools.cache
def sums(p: float, draws: int = 20_000) -> tuple[Array, float, float]:
    """One output's sum for one digit under many masks, the sum without a mask, and the standard deviation in theory."""
    x, w = hidden()
    row, w = x[0], w[:, int(data(0, 0.0)[1][1][0])]
    masked = dropout(np.tile(row, (draws, 1)), p, np.random.default_rng(0))[0] @ w
    return masked, float(row @ w), float(np.sqrt(p / (1 - p) * ((row * w) ** 2).sum()))


@functools.cache
def masks_averaged(seed: int, counts: tuple[int, ...] = (1, 2, 5, 10, 30, 100)) -> Array:
    """Test accuracy if dropout stays on and the probabilities of so many passes are averaged.

    Shapes: -> (counts,).
    """
    run, (x, y) = train(Method(p=0.5), seed, WRONG[1]), data(seed, WRONG[1])[2]
    rng = np.random.default_rng(seed)
    passes = np.cumsum([softmax(forward(run.net, run.params, x, rng)[0]) for _ in range(max(counts))], axis=0)
    return np.array([accuracy(passes[k - 1], y) for k in counts])


def without_mask(seed: int) -> float:
    """Test accuracy of the same network in evaluation mode."""
    run = train(Method(p=0.5), seed, WRONG[1])
    return evaluate(run.net, run.params, data(seed, WRONG[1])[2], softmax_cross_entropy).accuracy


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """Loss in training and validation over the epochs, for any p, with a fifth of the labels wrong."""
    notes = {
        0.0: "the gap opens early: wrong labels are learnt by heart",
        0.7: "at the end the lowest validation loss of all",
        0.9: "too much: both curves stay high",
    }
    frames = []
    for method in (NONE, *GRID["dropout"]):
        train_curve, validation_curve = (c[:, 0].round(4) for c in curves(method, WRONG[1]))
        frames.append(Frame(f"{method.p:g}", (train_curve, validation_curve), notes.get(method.p, "")))
    return {
        "dropout_rate": Movable(
            claim="dropout closes the gap from both sides",
            slider="dropout p",
            x_label="epoch",
            y_label="loss",
            x=np.array(MARKS, float),
            series=("training", "validation"),
            frames=tuple(frames),
            start=0,
            log_x=True,
            y_limits=(0.0, 2.4),
        )
    }


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    right, wrong = WRONG
    seen, new = curves(NONE, wrong)
    clean_seen, clean = curves(NONE, right)
    names = {"none": "none", "L2": "l2", "L1": "l1", "max-norm": "max_norm", "entropy": "entropy"}
    names |= {"dropout": "dropout", "inputs": "inputs", "both": "both", "stopping": "stopping"}
    table: dict[str, float] = {}
    for name, key in names.items():
        for kind, share in (("right", right), ("wrong", wrong)):
            values = test_scores(name, share)[:, 1]
            table |= {f"{kind}_{key}": values.mean(), f"{kind}_{key}_std": 100.0 * values.std(ddof=1)}
        table[f"learnt_{key}"] = mistakes_learnt(name).mean()
    gained = [table[f"wrong_{key}"] for key in names.values() if key != "none"]
    losses = {key: test_scores(name, wrong)[:, 0].mean() for name, key in names.items()}
    masked, centre, std = sums(0.5)
    passes = np.mean([masks_averaged(seed) for seed in SEEDS], axis=0)
    off = float(np.mean([without_mask(seed) for seed in SEEDS]))
    stopped = {kind: [stop_in_time(s, share) for s in SEEDS] for kind, share in (("right", right), ("wrong", wrong))}
    rest = float(descended(np.full(1, 1.0), 10, 0.1)[0])
    return {
        **table,
        "parameters": train(NONE, 0, right).params.flat.size,
        "peak": new[:, 1].max(),
        "peak_epoch": MARKS[int(new[:, 1].argmax())],
        "end": new[-1, 1],
        "end_training": seen[-1, 1],
        "right_end": clean[-1, 1],
        "right_end_training": clean_seen[-1, 1],
        "gain_least": 100.0 * (min(gained) - table["wrong_none"]),
        "gain_most": 100.0 * (max(gained) - table["wrong_none"]),
        "right_least": min(table[f"right_{key}"] for key in names.values()),
        "right_most": max(table[f"right_{key}"] for key in names.values()),
        "inputs_ahead": int((test_scores("inputs", wrong) > test_scores("dropout", wrong))[:, 1].sum()),
        "loss_none": losses["none"],
        "loss_l2": losses["l2"],
        "loss_dropout": losses["dropout"],
        "loss_entropy": losses["entropy"],
        "sure_l2": sureness("L2").mean(),
        "sure_entropy": sureness("entropy").mean(),
        "tiny_l1": share_up_to(SPARSE, 0.001),
        "zero_l1": share_up_to(SPARSE, 0.0),
        "zero_threshold": share_up_to(ZEROS, 0.0),
        "largest_none": np.abs(weights(NONE)).max(),
        "largest_l2": np.abs(weights(SMALL)).max(),
        "largest_l1": np.abs(weights(ZEROS)).max(),
        "grown_mean": grown(0.5)[0],
        "grown_square": grown(0.5)[1],
        "grown_variance": grown(0.5)[2],
        "sum_right": centre,
        "sum_std": masked.std(),
        "sum_theory": std,
        "off": off,
        "one_pass": passes[0],
        "forgotten": 100.0 * (off - passes[0]),
        "hundred_passes": passes[-1],
        "stopped_first": min(s.best for s in stopped["wrong"]),
        "stopped_last": max(s.best for s in stopped["wrong"]),
        "right_stopped_first": min(s.best for s in stopped["right"]),
        "covered_10": rest,
        "covered_l2": float(penalized(np.full(1, 1.0), 1.0)[0]),
        "second_moment_80": grown(0.8)[1],
        "best_right_l2": tuned("L2", right).l2,
        "best_wrong_l2": tuned("L2", wrong).l2,
        "best_wrong_p": tuned("dropout", wrong).p,
    }
