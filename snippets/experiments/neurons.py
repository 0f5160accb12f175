"""What networks can express and what training finds: lines, kinks, spirals, width against depth, epochs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array, Labels
from snippets.data import Split, digits_split, spirals
from snippets.experiments import Frame, Movable
from snippets.initialization import xavier_normal
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, forward, init_params
from snippets.optimizers import Adam
from snippets.schedules import Cosine
from snippets.training import evaluate, minibatches, predict, steps

SEEDS = (0, 1, 2, 3, 4)
WIDTHS = (2, 5, 20, 100)
RELU = Activation(relu, relu_grad)
Function: TypeAlias = Callable[[Array], Array]


def squared_error(prediction: Array, y: Array) -> tuple[float, Array]:
    """The mean of (prediction - y)² and its gradient."""
    error = prediction - y
    return float((error**2).mean()), 2.0 * error / error.size


# ---------------------------------------------------------------- one neuron, and two that fold


def xor() -> Split:
    """The four corners of the unit square; the class says whether exactly one coordinate is 1."""
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def xor_network() -> tuple[Network, Params]:
    """max(0, x1 + x2) - 2 max(0, x1 + x2 - 1): two ReLU units whose difference is XOR on the corners."""
    net = (Dense(2), RELU, Dense(1))
    params = init_params(net, (2,), np.random.default_rng(0))
    params.flat[:] = [1.0, 1.0, 1.0, 1.0, 0.0, -1.0, 1.0, -2.0, 0.0]
    return net, params


# ---------------------------------------------------------------- spirals: with a non-linearity and without


@dataclass(frozen=True)
class Classifier:
    """A trained network: loss and accuracies at the end, the loss of every update, parameters on the way by epoch."""

    net: Network
    params: Params
    loss: float
    training: float
    test: float
    losses: tuple[float, ...]
    seen: dict[int, Params]


EPOCHS = (0, 1, 10, 200)


def planes(*widths: int, bend: bool) -> Network:
    """Dense layers of these widths, with ReLU between them or with nothing between them."""
    *hidden, last = (Dense(width, xavier_normal) for width in widths)
    return (*(layer for dense in hidden for layer in ((dense, RELU) if bend else (dense,))), last)


@functools.cache
def spiral_data(seed: int) -> tuple[Split, Split]:
    """300 training points and 300 test points on three arms."""
    rng = np.random.default_rng(seed)
    return spirals(100, rng), spirals(100, rng)


@functools.cache
def on_spirals(net: Network, seed: int) -> Classifier:
    """Train on three spiral arms: 200 epochs of Adam, batches of 64, the rate falling from 0.03 to 0 along a cosine."""
    training, test = spiral_data(seed)
    rng = np.random.default_rng(seed)
    params = init_params(net, (2,), rng)
    rate, losses, seen = Cosine(0.03, steps=1000), [], {0: params.copy()}
    run = steps(net, params, training, softmax_cross_entropy, Adam(), epochs=200, batch_size=64, rng=rng, schedule=rate)
    for t, step in enumerate(run, start=1):
        losses.append(step.loss)
        if t in [5 * epoch for epoch in EPOCHS]:
            seen[t // 5] = params.copy()
    before, after = (evaluate(net, params, data, softmax_cross_entropy) for data in (training, test))
    return Classifier(net, params, before.loss, before.accuracy, after.accuracy, tuple(losses), seen)


LINEAR = planes(3, bend=False)
DEEP_LINEAR = planes(32, 32, 32, 32, 3, bend=False)
BENT = planes(32, 3, bend=True)


def mean_test(net: Network) -> float:
    """Test accuracy on spirals, the mean over the seeds."""
    return float(np.mean([on_spirals(net, seed).test for seed in SEEDS]))


def as_one_layer(net: Network, params: Params) -> tuple[Array, Array]:
    """W and b of the one layer that equals a network without activations, read off its outputs for 0 and unit vectors.

    Shapes: -> W (K, D), b (K,).
    """
    inputs = len(params["0.w"])
    b = forward(net, params, np.zeros((1, inputs)))[0][0]
    return (forward(net, params, np.eye(inputs))[0] - b).T, b


def decide(net: Network, params: Params, x: Array) -> Labels:
    """The class with the largest score."""
    chosen: Labels = predict(net, params, x, 1 << 15).argmax(axis=1)
    return chosen


# ---------------------------------------------------------------- one hidden layer on a line


def target(x: Array) -> Array:
    """sin(4x² + 3x): slow on the left, faster and faster on the right."""
    return np.sin(4.0 * x**2 + 3.0 * x)


def broken_line(f: Function, units: int, low: float = -1.0, high: float = 1.0) -> tuple[Network, Params]:
    """A network, written down without training, that meets f at `units` + 1 equally spaced points.

    Unit j switches on at the left end of piece j and adds the change of slope that is needed there.
    """
    t = np.linspace(low, high, units + 1)
    slopes = np.diff(f(t)) / np.diff(t)
    net = (Dense(units), RELU, Dense(1))
    params = init_params(net, (1,), np.random.default_rng(0))
    params["0.w"][0], params["0.b"][:] = 1.0, -t[:-1]
    params["2.w"][:, 0], params["2.b"][0] = np.diff(slopes, prepend=0.0), f(t[:1])[0]
    return net, params


GRID = np.linspace(-1.0, 1.0, 129)


def outputs(net: Network, params: Params, x: Array) -> Array:
    """f(x) of a network with one input and one output, for a row of inputs."""
    return forward(net, params, x[:, None])[0][:, 0]


def largest_error(net: Network, params: Params, goal: Function = target) -> float:
    """The largest distance from a function on [-1, 1]."""
    x = np.linspace(-1.0, 1.0, 4001)
    return float(np.abs(outputs(net, params, x) - goal(x)).max())


def steepest_bend() -> float:
    """The largest |f''| of the target on [-1, 1], by differences."""
    x = np.linspace(-1.0, 1.0, 4001)
    return float(np.abs(np.diff(target(x), 2)).max() / (x[1] - x[0]) ** 2)


@dataclass(frozen=True)
class Fit:
    """A network trained on the target: root of the mean square error and largest error on [-1, 1]; the kinks."""

    net: Network
    params: Params
    rms: float
    largest: float
    kinks: Array


@functools.cache
def fit(widths: tuple[int, ...], seed: int, scattered: bool = True, goal: Function = target) -> Fit:
    """Fit a function on 129 points: 2,000 updates of Adam, each on all points, the rate falling from 0.01 to 0.

    The first layer's kinks start scattered over [-1, 1], or all at 0 where biases of zero put them.
    """
    rng = np.random.default_rng(seed)
    net = (*(layer for width in widths for layer in (Dense(width), RELU)), Dense(1))
    params = init_params(net, (1,), rng)
    if scattered:
        params["0.b"][:] = -params["0.w"][0] * rng.uniform(-1.0, 1.0, widths[0])
    x, y = GRID[:, None], goal(GRID)[:, None]
    rate = Cosine(0.01, steps=2000)
    for _ in steps(net, params, (x, y), squared_error, Adam(), epochs=2000, batch_size=len(x), rng=rng, schedule=rate):
        pass
    rms = float(np.sqrt(evaluate(net, params, (x, y), squared_error).loss))
    return Fit(net, params, rms, largest_error(net, params, goal), -params["0.b"] / params["0.w"][0])


def rms_errors(widths: tuple[int, ...], scattered: bool = True) -> Array:
    """Root of the mean square error for every seed."""
    return np.array([fit(widths, seed, scattered).rms for seed in SEEDS])


def last_kink() -> float:
    """The rightmost kink inside [-1, 1] of all networks of 100 units whose biases started at zero."""
    kinks = np.concatenate([fit((100,), seed, scattered=False).kinks for seed in SEEDS])
    return float(kinks[np.abs(kinks) <= 1.0].max())


# ---------------------------------------------------------------- depth


def tents(k: int) -> tuple[Network, Params]:
    """The tent T(x) = 2 max(0, x) - 4 max(0, x - 1/2), applied k times: k hidden layers of two units."""
    net = (*(layer for _ in range(k) for layer in (Dense(2), RELU)), Dense(1))
    params = init_params(net, (1,), np.random.default_rng(0))
    for layer in range(0, 2 * k, 2):
        params[f"{layer}.w"][...] = 1.0 if layer == 0 else [[2.0, 2.0], [-4.0, -4.0]]
        params[f"{layer}.b"][...] = [0.0, -0.5]
    params[f"{2 * k}.w"][:, 0] = [2.0, -4.0]
    return net, params


def pieces(net: Network, params: Params, low: float = 0.0, points: int = 16_385) -> int:
    """How many straight pieces a network has on [low, 1]: the slope between neighbours of a grid changes in between."""
    y = outputs(net, params, np.linspace(low, 1.0, points))
    bent = np.abs(np.diff(y, 2)) > 1e-9
    return 1 + int(np.count_nonzero(bent & ~np.roll(bent, 1)))


def zigzag(x: Array) -> Array:
    """Four tents, one inside the other, stretched over [-1, 1]: 16 straight pieces."""
    return outputs(*tents(4), (x + 1.0) / 2.0)


ON_A_LINE = {1: (100,), 2: (15, 15), 3: (11, 11, 11), 4: (9, 9, 9, 9)}
IN_THE_PLANE = {1: (32,), 2: (11, 11), 3: (8, 8, 8), 4: (7, 7, 7, 7)}


def spirals_by_depth(depth: int) -> Array:
    """Test accuracy on spirals for every seed, with about 200 parameters at any depth."""
    net = planes(*IN_THE_PLANE[depth], 3, bend=True)
    return np.array([on_spirals(net, seed).test for seed in SEEDS])


def mean_pieces(depth: int) -> float:
    """Straight pieces on [-1, 1] of the networks fitted to the target, the mean over the seeds."""
    fits = [fit(ON_A_LINE[depth], seed) for seed in SEEDS]
    return float(np.mean([pieces(f.net, f.params, -1.0) for f in fits]))


# ---------------------------------------------------------------- what the page quotes and what a reader can move


def size(net: Network, inputs: int) -> int:
    """The number of parameters."""
    return int(init_params(net, (inputs,), np.random.default_rng(0)).flat.size)


def facts() -> dict[str, float]:
    """The numbers of the chapter, by the names that its sentences use."""
    linear, deep = (on_spirals(net, 0) for net in (LINEAR, DEEP_LINEAR))
    points = spiral_data(0)[1][0]
    same = decide(linear.net, linear.params, points) == decide(deep.net, deep.params, points)
    digits = (Dense(64), RELU, Dense(10))
    by_depth = [spirals_by_depth(depth) for depth in IN_THE_PLANE]
    deepest = ON_A_LINE[4]
    return {
        "linear_test": mean_test(LINEAR),
        "deep_linear_test": mean_test(DEEP_LINEAR),
        "bent_test": mean_test(BENT),
        "linear_loss": linear.loss,
        "deep_linear_loss": deep.loss,
        "same_decisions": float(same.mean()),
        "linear_size": size(LINEAR, 2),
        "deep_linear_size": size(DEEP_LINEAR, 2),
        "bent_size": size(BENT, 2),
        **{f"rms_{n}": float(np.median(rms_errors((n,)))) for n in WIDTHS},
        **{f"written_{n}": largest_error(*broken_line(target, n)) for n in (20, 100)},
        "trained_20_best": min(fit((20,), seed).largest for seed in SEEDS),
        "trained_20_worst": max(fit((20,), seed).largest for seed in SEEDS),
        "trained_100_best": min(fit((100,), seed).largest for seed in SEEDS),
        "trained_100_worst": max(fit((100,), seed).largest for seed in SEEDS),
        "zero_bias_20": float(np.median(rms_errors((20,), scattered=False))),
        "zero_bias_100": float(np.median(rms_errors((100,), scattered=False))),
        "zero_bias_last_kink": last_kink(),
        "tents_size": tents(6)[1].flat.size,
        "shallow_size": size((Dense(63), RELU, Dense(1)), 1),
        "zigzag_size": tents(4)[1].flat.size,
        "zigzag_std": float(zigzag(np.linspace(-1.0, 1.0, 4001)).std()),
        "zigzag_best": min(fit(deepest, seed, goal=zigzag).rms for seed in SEEDS),
        "zigzag_worst": max(fit(deepest, seed, goal=zigzag).rms for seed in SEEDS),
        **{f"line_depth_{depth}": float(np.mean(rms_errors(widths))) for depth, widths in ON_A_LINE.items()},
        "pieces_depth_4": mean_pieces(4),
        "spirals_lowest": float(min(scores.mean() for scores in by_depth)),
        "spirals_highest": float(max(scores.mean() for scores in by_depth)),
        "digits_size": size(digits, 64),
        "digits_count": len(digits_split(0)[0][0]),
        "digits_updates": len(list(minibatches(digits_split(0)[0], 64, None))),
        "first_loss": on_spirals(BENT, 0).losses[0],
        "last_loss": float(np.mean(on_spirals(BENT, 0).losses[-5:])),
        "quiz_size": size((Dense(300), RELU, Dense(100), RELU, Dense(10)), 784),
        "quiz_updates": 5 * len(list(minibatches((np.zeros((1000, 1)), np.zeros(1000)), 64, None))),
        "quiz_units": pieces(*tents(5)) - 1,
        "digits_last_batch": len(list(minibatches(digits_split(0)[0], 64, None))[-1][0]),
    }


def movables() -> dict[str, Movable]:
    """What a reader can move: the number of units of the network that is written down."""
    x = np.linspace(-1.0, 1.0, 121)
    units = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30)
    notes = {1: "one straight line", 5: "the slow half is already close", 20: "only the fastest bends are cut"}
    frames = tuple(
        Frame(value=str(n), curves=(target(x), outputs(*broken_line(target, n), x)), note=notes.get(n, ""))
        for n in units
    )
    return {
        "units_bend_a_line": Movable(
            claim="every unit adds a kink",
            slider="units",
            x_label="x",
            y_label="f(x)",
            x=x,
            series=("target", "network"),
            frames=frames,
            start=units.index(5),
            y_limits=(-1.4, 1.4),
        )
    }
