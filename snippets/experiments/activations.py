"""What the chapter on activations measures: gradients through depth, signs, fixed points, death, runs on digits."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from snippets.activations import (
    elu,
    elu_grad,
    gelu,
    gelu_grad,
    gelu_sigmoid,
    gelu_tanh,
    leaky_relu,
    leaky_relu_grad,
    mish,
    mish_grad,
    relu,
    relu_grad,
    selu,
    selu_grad,
    sigmoid,
    sigmoid_grad,
    silu,
    silu_grad,
    softmax,
    softplus,
    softplus_grad,
    tanh,
    tanh_grad,
)
from snippets.arrays import Array
from snippets.data import Split, digits_split
from snippets.experiments import Frame, Movable
from snippets.gaussian import normal_pdf
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Initializer, Network, Params, init_params
from snippets.optimizers import SGD, Momentum, Optimizer
from snippets.training import accuracy, predict, steps

SEEDS = (0, 1, 2, 3, 4)
Shape = tuple[int, ...]


PAIRS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, tanh_grad),
    "softplus": (softplus, softplus_grad),
    "relu": (relu, relu_grad),
    "leaky_relu": (leaky_relu, leaky_relu_grad),
    "elu": (elu, elu_grad),
    "selu": (selu, selu_grad),
    "gelu": (gelu, gelu_grad),
    "silu": (silu, silu_grad),
    "mish": (mish, mish_grad),
}


def scaled(gain: float) -> Initializer:
    """Weights drawn from N(0, gain² / fan-in)."""
    return lambda shape, rng: rng.normal(scale=gain / math.sqrt(shape[0]), size=shape)


def usual_gain(name: str) -> float:
    """1 for functions that are steepest around 0, √2 for those that silence half of their inputs."""
    return 1.0 if name in ("sigmoid", "tanh", "selu") else math.sqrt(2.0)


# ---------------------------------------------------------------- gradients through depth


@functools.cache
def gradient_through_layers(name: str, gain: float, depth: int = 20, width: int = 64) -> Array:
    """Length of the gradient after 0, 1, …, depth layers on its way back, as a share of its length at the output.

    A geometric mean over the seeds; inputs and the gradient at the output are drawn from N(0, 1).
    """
    f, f_grad = PAIRS[name]
    logs = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x: Array = rng.normal(size=(32, width))
        tape = []
        for _ in range(depth):
            w = scaled(gain)((width, width), rng)
            z = x @ w
            x = f(z)
            tape.append((w, f_grad(z)))
        dy = rng.normal(size=x.shape)
        lengths = [np.linalg.norm(dy)]
        for w, slope in reversed(tape):
            dy = (dy * slope) @ w.T
            lengths.append(np.linalg.norm(dy))
        logs.append(np.log(np.array(lengths) / lengths[0]))
    mean: Array = np.exp(np.mean(logs, axis=0))
    return mean


def per_layer(name: str, gain: float) -> float:
    """The factor by which one layer of `gradient_through_layers` shortens the gradient, on average."""
    lengths = gradient_through_layers(name, gain)
    return float(lengths[-1] ** (1.0 / (len(lengths) - 1)))


@functools.cache
def saturated_share(gain: float, depth: int = 20, width: int = 64) -> float:
    """The share of sigmoid units in the last layer whose slope is below 1/100 of the largest possible one."""
    shares = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        x: Array = rng.normal(size=(32, width))
        for _ in range(depth):
            z = x @ scaled(gain)((width, width), rng)
            x = sigmoid(z)
        shares.append(np.mean(sigmoid_grad(z) < 0.0025))
    return float(np.mean(shares))


# ---------------------------------------------------------------- inputs of one sign


@functools.cache
def neuron_path(centred: bool, lr: float, runs: int = 25, length: int = 600) -> Array:
    """Weights of a linear neuron with two inputs, trained on one example a step towards w = (1, -1).

    Its inputs are sigmoids of N(0, 1), as they are or centred (σ - ½), the same random numbers for both.
    Shapes: -> (length + 1, runs, 2).
    """
    rng = np.random.default_rng(0)
    inputs = sigmoid(rng.normal(size=(length, runs, 2))) - (0.5 if centred else 0.0)
    w = np.zeros((runs, 2))
    path = [w]
    for x in inputs:
        error = ((w - (1.0, -1.0)) * x).sum(axis=1, keepdims=True)
        w = w - lr * np.clip(error, -1e3, 1e3) * x
        path.append(w)
    return np.array(path)


def steps_to_goal(centred: bool, lr: float) -> float:
    """The median over the runs of the first step at which 95 % of the way is done; inf if most never get there."""
    near = np.linalg.norm(neuron_path(centred, lr) - (1.0, -1.0), axis=-1) < 0.05 * math.sqrt(2.0)
    return float(np.median(np.where(near.any(axis=0), near.argmax(axis=0), np.inf)))


STEP_SIZES = tuple(float(lr) for lr in 2.0 ** np.arange(-3.0, 5.5, 0.5))


def best_step_size(centred: bool) -> float:
    """The learning rate out of STEP_SIZES that needs the fewest steps."""
    return min(STEP_SIZES, key=lambda lr: steps_to_goal(centred, lr))


def largest_step_size(centred: bool) -> float:
    """The largest learning rate out of STEP_SIZES at which most runs arrive."""
    return max(lr for lr in STEP_SIZES if math.isfinite(steps_to_goal(centred, lr)))


def input_condition(centred: bool) -> float:
    """The condition number of E[x xᵀ] for two independent inputs σ(z), z ~ N(0, 1), as they are or centred."""
    z = np.linspace(-12.0, 12.0, 20_001)
    p = normal_pdf(z) * (z[1] - z[0])
    mean, square = float(sigmoid(z) @ p), float(sigmoid(z) ** 2 @ p)
    variance = square - mean**2
    return 1.0 if centred else (variance + 2.0 * mean**2) / variance


BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@functools.cache
def same_sign_share(inputs: int, settled: bool, trials: int = 1000) -> tuple[float, ...]:
    """How often all weights of a neuron get gradients of one sign, for every batch size in BATCH_SIZES.

    Its inputs are sigmoids of N(0, 1), its weights are off by N(0, 1) each. The bias is right for these weights
    (settled: errors average to 0) or for the right ones.
    """
    rng = np.random.default_rng(0)
    shares = []
    for batch in BATCH_SIZES:
        off = rng.normal(size=(trials, inputs, 1))
        x = sigmoid(rng.normal(size=(trials, batch, inputs)))
        error = (x - 0.5 if settled else x) @ off
        gradient = (x * error).sum(axis=1)
        shares.append(float(np.mean((gradient > 0).all(axis=1) | (gradient < 0).all(axis=1))))
    return tuple(shares)


# ---------------------------------------------------------------- SELU's fixed point


def moments(f: Callable[[Array], Array], variance: float) -> tuple[float, float]:
    """Mean and mean square of f(z) for z ~ N(0, variance), by the trapezoidal rule."""
    z = np.linspace(-12.0, 12.0, 20_001)
    p = normal_pdf(z) * (z[1] - z[0])
    y = f(math.sqrt(variance) * z)
    return float(y @ p), float(y**2 @ p)


@functools.cache
def mean_square_through_layers(name: str, start: float, depth: int = 24, width: int = 256) -> Array:
    """Mean square of the activations after 0, 1, …, depth layers of a random network, inputs from N(0, start)."""
    f, _ = PAIRS[name]
    rng = np.random.default_rng(0)
    x: Array = rng.normal(scale=math.sqrt(start), size=(64, width))
    squares = [start]
    for _ in range(depth):
        x = f(x @ scaled(usual_gain(name))((width, width), rng))
        squares.append(float(np.mean(x**2)))
    return np.array(squares)


def selu_contraction() -> float:
    """The slope at 1 of the map from the mean square before a SELU layer to the one after it."""
    h = 1e-3
    return (moments(selu, 1.0 + h)[1] - moments(selu, 1.0 - h)[1]) / (2.0 * h)


# ---------------------------------------------------------------- approximations, minima, softmax


def largest_error(approximation: Callable[[Array], Array]) -> tuple[float, float]:
    """Where an approximation of GELU errs most, and by how much."""
    x = np.linspace(-6.0, 6.0, 240_001)
    error = np.abs(approximation(x) - gelu(x))
    return float(x[error.argmax()]), float(error.max())


def minimum(f: Callable[[Array], Array]) -> tuple[float, float]:
    """Where f has its lowest value between -3 and 0, and that value."""
    x = np.linspace(-3.0, 0.0, 300_001)
    y = f(x)
    return float(x[y.argmin()]), float(y.min())


LOGITS = (2.0, 1.0, 0.0, -1.0)


def at_temperature(temperature: float) -> Array:
    """softmax(z / T) for the logits of the page."""
    return softmax(np.array(LOGITS) / temperature)


# ---------------------------------------------------------------- runs on digits


@functools.cache
def centred_digits() -> tuple[Split, Split, Split]:
    """Training, validation and test digits less the mean image of the training digits, over their common std."""
    parts = digits_split(0)
    x, _ = parts[0]
    mean, std = x.mean(axis=0), float(x.std())
    training, validation, test = (((images - mean) / std, labels) for images, labels in parts)
    return training, validation, test


@dataclass(frozen=True)
class Run:
    """One training run: the loss of every step up to the first that is not finite, and the final accuracies."""

    loss: tuple[float, ...]
    training: float
    validation: float
    test: float


def perceptron(name: str, depth: int, gain: float) -> Network:
    """`depth` hidden layers of 64 units each and ten outputs."""
    hidden = [layer for _ in range(depth) for layer in (Dense(64, scaled(gain)), Activation(*PAIRS[name]))]
    return (*hidden, Dense(10, scaled(1.0)))


def descend(
    net: Network, params: Params, data: Split, optimizer: Optimizer[Any], epochs: int, seed: int
) -> list[float]:
    """Train in batches of 64 and return the losses; the run ends at the first loss that is not finite."""
    losses: list[float] = []
    rng = np.random.default_rng(seed)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in steps(net, params, data, softmax_cross_entropy, optimizer, epochs=epochs, batch_size=64, rng=rng):
            losses.append(step.loss)
            if not math.isfinite(step.loss) or not np.isfinite(step.g).all():
                break
    return losses


def digits_run(name: str, depth: int, lr: float, seed: int, epochs: int) -> Run:
    """A run with the weight scale that suits the function."""
    return scaled_run(name, depth, lr, seed, epochs, usual_gain(name))


@functools.cache
def scaled_run(name: str, depth: int, lr: float, seed: int, epochs: int, gain: float) -> Run:
    """Train a perceptron on digits with momentum 0.9."""
    training, validation, test = centred_digits()
    net = perceptron(name, depth, gain)
    params = init_params(net, (64,), np.random.default_rng(seed))
    losses = descend(net, params, training, Momentum(lr), epochs, seed)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged network answers 0 to everything
        scores = [accuracy(predict(net, params, x), y) for x, y in (training, validation, test)]
    return Run(tuple(losses), *scores)


def one_word(name: str, seed: int) -> Run:
    """Eight hidden layers, rate 0.03, weights of variance 1 / fan-in, 15 epochs: only the function differs."""
    return scaled_run(name, 8, 0.03, seed, 15, 1.0)


RELU_RATES = (0.0, 0.1, 0.3, 1.0, 2.0)
RELU_BIASES = (-2.0, -1.0, 0.0, 1.0, 2.0)


@dataclass(frozen=True)
class Silence:
    """How many of the hidden ReLU outputs on the training digits are 0, and how many units have no other output."""

    zeros: float
    dead: float
    test: float


@functools.cache
def silence(lr: float, bias: float, seed: int) -> Silence:
    """Train two hidden ReLU layers for five epochs of plain gradient descent from a given bias; no step if lr is 0."""
    training, _, test = centred_digits()
    net = perceptron("relu", 2, usual_gain("relu"))
    params = init_params(net, (64,), np.random.default_rng(seed))
    for layer in (0, 2):
        params[f"{layer}.b"][...] = bias
    if lr:
        descend(net, params, training, SGD(lr), 5, seed)
    h, silent = training[0], []
    for layer in (0, 2):
        h = relu(h @ params[f"{layer}.w"] + params[f"{layer}.b"])
        silent.append(h == 0.0)
    zero = np.concatenate(silent, axis=1)
    return Silence(float(zero.mean()), float(zero.all(axis=0).mean()), accuracy(predict(net, params, test[0]), test[1]))


def mean_silence(lr: float, bias: float) -> Silence:
    """The mean over five seeds."""
    runs = [silence(lr, bias, seed) for seed in SEEDS]
    zeros, dead, test = np.mean([(run.zeros, run.dead, run.test) for run in runs], axis=0)
    return Silence(float(zeros), float(dead), float(test))


DEPTHS = (1, 2, 3, 4, 6, 8)
DEEP_RATE = {"sigmoid": 0.1, "tanh": 0.03, "relu": 0.03}


def accuracy_at_depth(name: str, depth: int) -> tuple[float, ...]:
    """Test accuracy after 15 epochs for three seeds."""
    return tuple(digits_run(name, depth, DEEP_RATE[name], seed, 15).test for seed in SEEDS[:3])


RATES = (0.03, 0.1, 0.3)


def quality(name: str, lr: float) -> tuple[float, ...]:
    """Test accuracy of two hidden layers after 10 epochs for three seeds."""
    return tuple(digits_run(name, 2, lr, seed, 10).test for seed in SEEDS[:3])


def best_rate(name: str) -> float:
    """The learning rate with the best mean accuracy on the validation digits."""
    return max(RATES, key=lambda lr: np.mean([digits_run(name, 2, lr, seed, 10).validation for seed in SEEDS[:3]]))


def steps_to_loss(name: str, lr: float, goal: float = 0.2) -> float:
    """Steps until the mean loss of ten steps in a row is below the goal, the median of three seeds."""
    needed = []
    for seed in SEEDS[:3]:
        smooth = np.convolve(digits_run(name, 2, lr, seed, 10).loss, np.full(10, 0.1), "valid")
        needed.append(float(np.argmax(smooth < goal)) + 10.0 if (smooth < goal).any() else np.inf)
    return float(np.median(needed))


# ---------------------------------------------------------------- what the page quotes and what a reader can move


def facts() -> dict[str, float]:
    """The numbers of the chapter, by the names that its sentences use."""
    far = np.array(10.0)
    one_word_test = {name: float(np.mean([one_word(name, seed).test for seed in SEEDS[:3]])) for name in DEEP_RATE}
    best = {name: quality(name, best_rate(name)) for name in PAIRS}
    means = {name: float(np.mean(scores)) for name, scores in best.items()}
    others = [means[name] for name in PAIRS if name != "sigmoid"]
    _, _, (_, labels) = centred_digits()
    top, bottom = softmax(np.array([3.0, 1.0, 0.2])), at_temperature(1.0)
    return {
        "sigmoid_slope_at_10": float(sigmoid_grad(far)),
        "tanh_at_2": float(tanh(np.array(2.0))),
        "tanh_slope_at_2": float(tanh_grad(np.array(2.0))),
        "ten_sigmoids": float(sigmoid_grad(np.array(0.0))) ** 10,
        "sigmoid_slope_at_2": float(sigmoid_grad(np.array(2.0))),
        **{f"deep_{name}": test for name, test in one_word_test.items()},
        "deep_sigmoid_any_rate": max(
            scaled_run("sigmoid", 8, lr, seed, 15, 1.0).test for lr in (0.01, 0.03, 0.1, 0.3) for seed in SEEDS[:3]
        ),
        "deep_sigmoid_loss": float(np.mean(one_word("sigmoid", 0).loss[-17:])),
        "deep_steps": len(one_word("sigmoid", 0).loss),
        "deep_sigmoid_large_weights": float(
            np.mean([scaled_run("sigmoid", 8, 0.1, s, 15, 4.0).test for s in SEEDS[:3]])
        ),
        "sigmoid_at_3": float(np.mean(accuracy_at_depth("sigmoid", 3))),
        "sigmoid_at_4": float(np.mean(accuracy_at_depth("sigmoid", 4))),
        "sigmoid_per_layer": per_layer("sigmoid", 1.0),
        "tanh_per_layer": per_layer("tanh", 1.0),
        "sigmoid_after_20": float(gradient_through_layers("sigmoid", 1.0)[-1]),
        "sigmoid_saturated_11": saturated_share(11.0),
        "condition_positive": input_condition(centred=False),
        "steps_positive_small": steps_to_goal(False, 0.5),
        "steps_centred_small": steps_to_goal(True, 0.5),
        "steps_positive_best": steps_to_goal(False, best_step_size(False)),
        "steps_centred_best": steps_to_goal(True, best_step_size(True)),
        "rate_ratio": largest_step_size(True) / largest_step_size(False),
        "same_sign_unsettled": same_sign_share(16, settled=False)[BATCH_SIZES.index(64)],
        "same_sign_settled": same_sign_share(16, settled=True)[BATCH_SIZES.index(64)],
        "zeros_healthy": mean_silence(0.3, 0.0).zeros,
        "dead_healthy": mean_silence(0.3, 0.0).dead,
        "dead_fast": mean_silence(2.0, 0.0).dead,
        "dead_positive_bias": mean_silence(1.0, 1.0).dead,
        "dead_small_bias": mean_silence(1.0, 0.1).dead,
        "dead_zero_bias": mean_silence(1.0, 0.0).dead,
        "dead_born": mean_silence(0.0, -2.0).dead,
        "dead_before_revival": mean_silence(0.0, -1.0).dead,
        "dead_after_revival": mean_silence(1.0, -1.0).dead,
        "selu_from_4": float(mean_square_through_layers("selu", 4.0)[-1]),
        "selu_contraction": selu_contraction(),
        "gelu_tanh_error": largest_error(gelu_tanh)[1],
        "gelu_sigmoid_error": largest_error(gelu_sigmoid)[1],
        **{
            f"{f.__name__}_minimum{part}": minimum(f)[k]
            for f in (gelu, silu, mish)
            for k, part in ((0, "_at"), (1, ""))
        },
        "elu_at_minus_3": float(elu(np.array(-3.0))),
        "softmax_of_3_1_02": float(top[0]),
        "softmax_top": float(bottom[0]),
        "softmax_top_cold": float(at_temperature(0.25)[0]),
        "softmax_top_hot": float(at_temperature(4.0)[0]),
        "log_largest_float": math.log(np.finfo(np.float64).max),
        "test_digits": len(labels),
        "best_lowest": min(others),
        "best_highest": max(others),
        "best_sigmoid": means["sigmoid"],
        "chance_error": math.sqrt(0.98 * 0.02 / len(labels)),
        "tanh_at_large_rate": float(np.mean(quality("tanh", 0.3))),
        "relu_at_large_rate": float(np.mean(quality("relu", 0.3))),
        "sigmoid_at_small_rate": float(np.mean(quality("sigmoid", 0.03))),
        "tanh_steps": steps_to_loss("tanh", 0.1),
        "relu_steps": steps_to_loss("relu", 0.1),
        "sigmoid_steps": steps_to_loss("sigmoid", 0.1),
    }


GAINS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0)
NOTES = {
    1.0: "tanh nearly keeps the gradient, the sigmoid quarters it",
    1.4: "ReLU keeps the gradient: √2 is its scale",
    4.0: "tanh and ReLU explode, the sigmoid still fades",
    11.0: "the sigmoid keeps it, with many units saturated",
}


def movables() -> dict[str, Movable]:
    """What a reader can move: the scale of the weights under a gradient that passes twenty layers."""
    names = ("sigmoid", "tanh", "relu")
    frames = tuple(
        Frame(
            value=f"{gain:.1f}" if gain < 10 else f"{gain:.0f}",
            curves=tuple(gradient_through_layers(name, gain) for name in names),
            note=NOTES.get(gain, ""),
        )
        for gain in GAINS
    )
    return {
        "gradient_by_weight_scale": Movable(
            claim="at its own weight scale each function keeps the gradient",
            slider="weight scale",
            x_label="layers passed on the way back",
            y_label="length of the gradient",
            x=np.arange(21.0),
            series=("sigmoid", "tanh", "ReLU"),
            colors=("blue", "orange", "green"),
            frames=frames,
            start=2,
            log_y=True,
            y_limits=(1e-13, 1e5),
        )
    }
