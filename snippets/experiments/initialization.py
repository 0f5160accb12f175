"""What starting weights decide: whether units differ, how a signal passes thirty layers, whether training begins."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad, selu, selu_grad, sigmoid, sigmoid_grad, tanh, tanh_grad
from snippets.arrays import Array
from snippets.data import Split, digits_split
from snippets.experiments import Frame, Movable
from snippets.initialization import (
    CUT_NORMAL_STD,
    constant,
    fans,
    gain,
    he_normal,
    lecun_normal,
    normal,
    orthogonal,
    xavier_normal,
)
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, init_params
from snippets.optimizers import SGD, Adam
from snippets.training import evaluate, steps

Function: TypeAlias = Callable[[Array], Array]
Initializer: TypeAlias = Callable[[tuple[int, ...], np.random.Generator], Array]

SCHEMES: dict[str, Initializer] = {
    "small": functools.partial(normal, std=0.01),
    "large": functools.partial(normal, std=1.0),
    "lecun": lecun_normal,
    "xavier": xavier_normal,
    "he": he_normal,
    "tanh": functools.partial(xavier_normal, gain=gain("tanh")),
}


FUNCTIONS: dict[str, tuple[Function, Function]] = {
    "linear": (lambda z: z, np.ones_like),
    "sigmoid": (sigmoid, sigmoid_grad),
    "tanh": (tanh, tanh_grad),
    "relu": (relu, relu_grad),
    "selu": (selu, selu_grad),
}


# Symmetry


@dataclass(frozen=True)
class Units:
    """A hidden layer in training: how far its units are apart and the loss, step by step, and what has moved at all."""

    spread: Array
    loss: Array
    moved: dict[str, bool]


def two_layer_gradients(p: dict[str, Array], x: Array, y: Array, f: str, mixed: bool) -> tuple[float, dict[str, Array]]:
    """Loss and gradients of v·f(xw + b) + c, each unit's sums added in the order of the examples.

    With mixed=True unit 0 adds them from the last example to the first: the same sums, other rounding errors.
    """
    act, act_grad = FUNCTIONS[f]
    z = (x[:, :, None] * p["w"]).sum(axis=1) + p["b"]
    h = act(z)
    error = (h * p["v"]).sum(axis=1) + p["c"] - y
    dy = 2.0 * error / len(y)
    dz = dy[:, None] * p["v"] * act_grad(z)
    dw = x[:, :, None] * dz[:, None, :]
    g = {"w": dw.sum(axis=0), "b": dz.sum(axis=0), "v": (h * dy[:, None]).sum(axis=0), "c": dy.sum()}
    if mixed:
        g["w"][:, 0] = dw[::-1, :, 0].sum(axis=0)
    return float((error**2).mean()), g


@functools.cache
def train_units(f: str, start: float | None, mixed: bool = False, units: int = 8, updates: int = 12000) -> Units:
    """Gradient descent on a small regression from weights that are all `start`, or drawn from N(0, ½) if None."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 2))
    y = np.sin(2.0 * x[:, 0]) + x[:, 1] ** 2 - 1.0
    init = functools.partial(normal, std=np.sqrt(0.5)) if start is None else functools.partial(constant, value=start)
    p = {"w": init((2, units), rng), "b": np.zeros(units), "v": init((units, 1), rng)[:, 0], "c": np.zeros(())}
    first = {name: value.copy() for name, value in p.items()}
    spread, loss = np.empty(updates), np.empty(updates)
    for step in range(updates):
        spread[step] = max(np.ptp(p["w"], axis=1).max(), np.ptp(p["b"]), np.ptp(p["v"]))
        loss[step], g = two_layer_gradients(p, x, y, f, mixed)
        p = {name: p[name] - 0.1 * g[name] for name in p}
    return Units(spread, loss, {name: bool(np.any(p[name] != first[name])) for name in p})


# The signal through depth


def signal_through_depth(
    f: Function, f_grad: Function, init: Initializer, width: int = 256, depth: int = 30, batch: int = 64, seed: int = 0
) -> tuple[Array, Array]:
    """Pre-activations z and gradients ∂L/∂z of every layer, for random inputs and random gradients at the top.

    Shapes: -> z (depth, batch, width), dz (depth, batch, width).
    """
    rng = np.random.default_rng(seed)
    h, dh = rng.normal(size=(2, batch, width))
    weights = [init((width, width), rng) for _ in range(depth)]
    z = np.empty((depth, batch, width))
    for layer in range(depth):
        z[layer] = h @ weights[layer]
        h = f(z[layer])
    dz = np.empty((depth, batch, width))
    for layer in reversed(range(depth)):
        dz[layer] = dh * f_grad(z[layer])
        dh = dz[layer] @ weights[layer].T
    return z, dz


@functools.cache
def spreads(name: str, scheme: str) -> tuple[Array, Array]:
    """Standard deviation of the activations f(z) and of the gradients ∂L/∂z, layer by layer."""
    f, f_grad = FUNCTIONS[name]
    z, dz = signal_through_depth(f, f_grad, SCHEMES[scheme])
    return f(z).std(axis=(1, 2)), dz.std(axis=(1, 2))


@functools.cache
def outputs(scheme: str, layers: tuple[int, ...], name: str = "tanh", depth: int = 10) -> tuple[Array, ...]:
    """All activations of the named layers, counted from 1: what a histogram per layer shows."""
    f, f_grad = FUNCTIONS[name]
    z, _ = signal_through_depth(f, f_grad, SCHEMES[scheme], depth=depth)
    return tuple(f(z[layer - 1]).ravel() for layer in layers)


@functools.cache
def second_moments(name: str, scheme: str, depth: int = 30) -> tuple[Array, Array]:
    """E[z²] and E[(∂L/∂z)²] layer by layer in a network 1000 units wide."""
    z, dz = signal_through_depth(*FUNCTIONS[name], SCHEMES[scheme], width=1000, depth=depth, batch=32, seed=1)
    return (z**2).mean(axis=(1, 2)), (dz**2).mean(axis=(1, 2))


@functools.cache
def tanh_moments(scheme: str) -> Array:
    """E[z²] layer by layer in the tanh networks whose spreads are drawn."""
    z, _ = signal_through_depth(*FUNCTIONS["tanh"], SCHEMES[scheme])
    moments: Array = (z**2).mean(axis=(1, 2))
    return moments


def ratio(moments: Array) -> float:
    """The factor a layer, as the geometric mean over all layers."""
    return float((moments[-1] / moments[0]) ** (1.0 / (len(moments) - 1)))


@functools.cache
def chance_through_depth(width: int, networks: int = 100, depth: int = 30) -> Array:
    """E[z²] at the last layer of many ReLU networks with He's weights, sorted; every input has length √width."""
    rng = np.random.default_rng(width)
    last = np.empty(networks)
    for k in range(networks):
        h: Array = np.ones(width)
        for _ in range(depth):
            z = h @ he_normal((width, width), rng)
            h = relu(z)
        last[k] = (z**2).mean()
    return np.sort(last)


@functools.cache
def singular_values(scheme: str, depth: int, width: int = 100) -> Array:
    """Singular values, largest first, of the product of `depth` square matrices."""
    rng = np.random.default_rng(0)
    init = orthogonal if scheme == "orthogonal" else SCHEMES[scheme]
    product = np.eye(width)
    for _ in range(depth):
        product = product @ init((width, width), rng)
    return np.linalg.svd(product, compute_uv=False)


def asymmetric() -> tuple[Array, Array]:
    """A variable with mean 0 that is not symmetric: its values 2 and -1 and their probabilities 1/3 and 2/3."""
    return np.array([2.0, -1.0]), np.array([1.0, 2.0]) / 3.0


# The length map: what one wide layer does to the second moment


def gaussian_points(n: int = 2001) -> Array:
    """N equally likely outcomes that stand for a standard normal variable: the middles of its n quantiles."""
    return np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])


def length_map(q: float, g: float, f: Function, u: Array) -> float:
    """E[z²] after a wide layer with weights of variance g²/n whose inputs are f(z), if E[z²] was q before it.

    Shapes: u (n,), equally likely outcomes of a variable with variance 1.
    Source: poole2016, eq. 3.
    """
    return float(g**2 * (f(np.sqrt(q) * u) ** 2).mean())


def iterate(g: float, f: Function, start: float, layers: int, u: Array | None = None) -> list[float]:
    """E[z²] in a row of wide layers, the first of which has `start`; u stands for the law of z, normal if not given."""
    u, moments = gaussian_points() if u is None else u, [start]
    while len(moments) < layers:
        moments.append(length_map(moments[-1], g, f, u))
    return moments


def fixed_point(g: float, f: Function) -> float:
    """Where E[z²] settles after many layers, starting from 1."""
    return iterate(g, f, 1.0, 300)[-1]


# Training on digits


@dataclass(frozen=True)
class Run:
    """The loss at every step, up to the first that is no number, and the accuracies at the end."""

    loss: Array
    accuracy: float  # on validation data
    training_accuracy: float


@functools.cache
def standardized_digits() -> tuple[Split, Split]:
    """Training and validation digits: mean 0 for every pixel, variance 1 over all pixels of the training digits."""
    parts = digits_split(0)[:2]
    mean = parts[0][0].mean(axis=0)
    scale = (parts[0][0] - mean).std()
    train, validation = ((((x - mean) / scale).astype(np.float32), y) for x, y in parts)
    return train, validation


SEEDS = range(3)


@functools.cache
def train_on_digits(
    std: float, depth: int = 10, rule: str = "SGD", lr: float = 0.1, epochs: int = 15, seed: int = 0
) -> Run:
    """Train `depth` hidden layers of 100 ReLU units whose weights are std times the standard normal draws of a seed."""
    rng = np.random.default_rng(seed)
    train, validation = standardized_digits()
    init = functools.partial(normal, std=std)
    hidden = (layer for _ in range(depth) for layer in (Dense(100, init), Activation(relu, relu_grad)))
    net = (*hidden, Dense(10, init))
    params = init_params(net, (64,), rng, dtype=np.float32)
    optimizer = {"SGD": SGD, "Adam": Adam}[rule](lr=lr)
    loss = []
    with np.errstate(over="ignore", invalid="ignore"):  # to see it diverge is what some of these runs are for
        for step in steps(net, params, train, softmax_cross_entropy, optimizer, epochs=epochs, batch_size=64, rng=rng):
            loss.append(step.loss)
            if not np.isfinite(step.loss):
                break
        seen, new = (evaluate(net, params, data, softmax_cross_entropy).accuracy for data in (train, validation))
    return Run(np.array(loss), accuracy=new, training_accuracy=seen)


HE_STD = float(np.sqrt(2.0 / 100.0))  # for a hundred inputs
STDS = tuple(float(HE_STD * 2.0 ** (k / 2.0)) for k in range(-4, 5))


def runs(std: float, rule: str = "SGD") -> list[Run]:
    """Ten layers from this scale, one run for each seed, at the rate that stands for this rule."""
    rate = {"SGD": 0.1, "Adam": 0.001}[rule]
    return [train_on_digits(std, rule=rule, lr=rate, seed=seed) for seed in SEEDS]


@functools.cache
def accuracies() -> dict[str, Array]:
    """Validation accuracy after training from every scale in STDS (rows) with every seed (columns); 0.1 is guessing."""
    return {rule: np.array([[run.accuracy for run in runs(s, rule)] for s in STDS]) for rule in ("SGD", "Adam")}


def deep_digits(std: float) -> list[Run]:
    """Thirty hidden layers with a learning rate that suits them, one run for each seed."""
    return [train_on_digits(std, depth=30, lr=0.01, epochs=20, seed=seed) for seed in SEEDS]


def movables() -> dict[str, Movable]:
    """The standard deviation of activations layer by layer, for any weight scale g."""
    gains = (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.5, 3.0)
    notes = {
        0.5: "every signal dies",
        1.0: "SELU holds, tanh fades, ReLU dies",
        1.4: "ReLU nearly holds: √2 is its gain",
    }
    notes[3.0] = "ReLU and SELU explode, tanh saturates"
    frames = tuple(Frame(f"{g:.1f}", scaled_spreads(g), notes.get(g, "")) for g in gains)
    return {
        "weight_scale": Movable(
            claim="each activation has a weight scale of its own",
            slider="weight scale g",
            x_label="layer",
            y_label="std of activations",
            x=np.arange(1.0, 31.0),
            series=("tanh", "ReLU", "SELU"),
            colors=("green", "blue", "orange"),
            frames=frames,
            start=gains.index(1.0),
            log_y=True,
            y_limits=(1e-6, 1e4),
        )
    }


def scaled_spreads(g: float, width: int = 128) -> tuple[Array, ...]:
    """Standard deviation of activations of 30 layers with weights of variance g²/n, for tanh, ReLU and SELU."""
    init = functools.partial(xavier_normal, gain=g)
    curves = []
    for name in ("tanh", "relu", "selu"):
        f, f_grad = FUNCTIONS[name]
        z, _ = signal_through_depth(f, f_grad, init, width=width, batch=32)
        curves.append(f(z).std(axis=(1, 2)))
    return tuple(curves)


# Numbers that the text quotes


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    stuck, good, exploded = (train_on_digits(std) for std in (0.01, HE_STD, 0.2))
    he, xavier = (second_moments("relu", scheme) for scheme in ("he", "xavier"))
    linear = second_moments("linear", "lecun")
    mixed, twins, random = (train_units("tanh", 0.5, True), train_units("tanh", 0.5), train_units("tanh", None))
    errors = [ratio(he[0]) - 1, ratio(he[1][::-1]) - 1, 2 * ratio(xavier[0]) - 1, 2 * ratio(xavier[1][::-1]) - 1]
    errors += [ratio(linear[0]) - 1, ratio(linear[1][::-1]) - 1]
    layerwise = he[0][1:] / he[0][:-1]
    fan_in, fan_out = fans((64, 32, 3, 3))
    one_or_other = np.array([-1.0, 1.0])  # symmetric, so that ReLU keeps exactly one half
    adam = accuracies()["Adam"].mean(axis=1)
    deep = {name: [run.loss[-17:].mean() for run in deep_digits(s)] for name, s in (("he", HE_STD), ("xavier", 0.1))}
    return {
        "stuck_loss": float(stuck.loss[-17:].mean()),
        "stuck_accuracy": stuck.accuracy,
        "good_accuracy": good.accuracy,
        "good_loss": float(good.loss[-17:].mean()),
        "exploded_first_loss": exploded.loss[0],
        "exploded_steps": len(exploded.loss) - 1,
        "he_over_small": HE_STD / 0.01,
        "twins_spread": twins.spread.max(),
        "random_loss": random.loss[-1],
        "mixed_first": mixed.spread[mixed.spread > 0][0],
        "mixed_2000": mixed.spread[2000],
        "mixed_broken_step": int(np.argmax(mixed.spread > 0.1)),
        "mixed_loss": mixed.loss[-1],
        "small_factor": float(np.sqrt(256 * 0.01**2)),
        "small_tanh_10": spreads("tanh", "small")[0][9],
        "large_tanh_saturated": float((np.abs(outputs("large", (10,))[0]) > 0.99).mean()),
        "large_tanh_gradient": spreads("tanh", "large")[1][0],
        "tanh_1_30": spreads("tanh", "lecun")[0][29],
        "tanh_1_10": spreads("tanh", "lecun")[0][9],
        "tanh_53_10": spreads("tanh", "tanh")[0][9],
        "tanh_53_gradient": spreads("tanh", "tanh")[1][0],
        "tanh_unit_gain": float(1.0 / np.sqrt(length_map(1.0, 1.0, np.tanh, gaussian_points()))),
        "relu_xavier_30": spreads("relu", "xavier")[0][29],
        "sigmoid_gradient": spreads("sigmoid", "xavier")[1][0],
        "he_ratio": ratio(he[0]),
        "xavier_ratio": ratio(xavier[0]),
        "xavier_moment_30": xavier[0][-1],
        "worst_error": float(np.abs(errors).max()),
        "layerwise_low": layerwise.min(),
        "layerwise_high": layerwise.max(),
        "narrow_median": float(np.median(chance_through_depth(16))),
        "middle_median": float(np.median(chance_through_depth(50))),
        "wide_median": float(np.median(chance_through_depth(160))),
        "kept_30": int((singular_values("lecun", 30) > 0.01).sum()),
        "xavier_limit": float(np.sqrt(6.0 / sum(fans((300, 100))))),
        "conv_std": float(np.sqrt(2.0 / fan_in)),
        "cut_std": CUT_NORMAL_STD,
        "twenty_layers": iterate(1.0, relu, 1.0, 21, one_or_other)[-1],
        "conv_fan_in": fan_in,
        "conv_fan_out": fan_out,
        "scale_he_accuracy": accuracies()["SGD"][4].mean(),
        "scale_below_accuracy": accuracies()["SGD"][3].mean(),
        "adam_large_accuracy": adam[-1],
        "adam_large_training": float(np.mean([run.training_accuracy for run in runs(STDS[-1], "Adam")])),
        "adam_he_accuracy": adam[4],
        "adam_half_accuracy": adam[2],
        "deep_he_low": min(deep["he"]),
        "deep_he_high": max(deep["he"]),
        "deep_xavier_loss": min(deep["xavier"]),
    }
