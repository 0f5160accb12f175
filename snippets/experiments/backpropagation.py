"""Gradients by the chain rule: right and wrong ones in training, what they cost, how well they can be measured."""

from __future__ import annotations

import functools
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from snippets.activations import relu, relu_grad, sigmoid, tanh, tanh_grad
from snippets.arrays import Array, Backward
from snippets.blocks import BatchNorm, Conv2d, Dropout, MaxPool2d
from snippets.convolution import conv2d, max_pool
from snippets.data import digits_split
from snippets.experiments import Frame, Movable
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.initialization import xavier_normal
from snippets.losses import softmax_cross_entropy
from snippets.network import (
    Activation,
    Dense,
    Flatten,
    Layer,
    Named,
    Network,
    Params,
    Shape,
    forward,
    init_params,
    on_data,
)
from snippets.optimizers import SGD
from snippets.training import train

SEEDS = range(5)
TANH, RELU = Activation(tanh, tanh_grad), Activation(relu, relu_grad)

# A network of two neurons, by hand


def two_neurons(
    x: float, y: float, w1: float, b1: float, w2: float, b2: float
) -> tuple[dict[str, float], dict[str, float]]:
    """Values and gradients of L = ½ (ŷ - y)² for ŷ = w2 σ(w1 x + b1) + b2."""
    z = w1 * x + b1
    h = float(sigmoid(np.array(z)))
    y_hat = w2 * h + b2

    d_y_hat = y_hat - y
    d_h = d_y_hat * w2
    d_z = d_h * h * (1.0 - h)
    values = {"z": z, "h": h, "y_hat": y_hat, "loss": 0.5 * (y_hat - y) ** 2}
    gradients = {"y_hat": d_y_hat, "w2": d_y_hat * h, "b2": d_y_hat, "h": d_h}
    gradients |= {"z": d_z, "w1": d_z * x, "b1": d_z, "x": d_z * w1}
    return values, gradients


EXAMPLE = {"x": 2.0, "y": 1.0, "w1": 0.5, "b1": -1.0, "w2": 3.0, "b2": 0.5}


@functools.cache
def descend(sign: float, seed: int, lr: float = 0.1, updates: int = 100) -> Array:
    """The loss at each step of w ← w - sign · lr · g, on one example, from random parameters; sign = -1 is the slip."""
    rng = np.random.default_rng(seed)
    w = {name: float(rng.normal()) for name in ("w1", "b1", "w2", "b2")}
    x, y = (float(v) for v in rng.normal(size=2))
    losses = np.empty(updates + 1)
    for step in range(updates + 1):
        values, g = two_neurons(x, y, **w)
        losses[step] = values["loss"]
        w = {name: w[name] - sign * lr * g[name] for name in w}
    return losses


# Faults in the backward pass of a network for digits

Fault: TypeAlias = Callable[[Array, Named, tuple[Array, ...]], tuple[Array, ...]]


@dataclass(frozen=True)
class Faulty:
    """A layer that runs forward as it should; backward returns fault(dy, parameters, right gradients) instead."""

    layer: Layer
    fault: Fault

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """As the layer itself."""
        return self.layer.build(shape, rng)

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The value of the layer, and its spoilt gradients."""
        y, backward = self.layer.apply(p, x, rng)
        return y, lambda dy: self.fault(dy, p, backward(dy))


def no_slope(dy: Array, _p: Named, _g: tuple[Array, ...]) -> tuple[Array, ...]:
    """The factor f'(z) is forgotten."""
    return (dy,)


def averaged_bias(dy: Array, _p: Named, g: tuple[Array, ...]) -> tuple[Array, ...]:
    """The gradients of a bias are averaged over the batch; they should be added, for the loss is a mean already."""
    return g[0], g[1], dy.mean(axis=0)


def cut(_dy: Array, _p: Named, g: tuple[Array, ...]) -> tuple[Array, ...]:
    """Nothing is passed on to the layers below."""
    return np.zeros_like(g[0]), g[1], g[2]


def not_transposed(dy: Array, p: Named, g: tuple[Array, ...]) -> tuple[Array, ...]:
    """dy w for dy wᵀ: nobody notices while w is square."""
    return dy @ p["w"], g[1], g[2]


def random_feedback(dy: Array, p: Named, g: tuple[Array, ...]) -> tuple[Array, ...]:
    """dy Bᵀ for dy wᵀ, with a random B that never changes. Source: lillicrap2016."""
    return dy @ xavier_normal(p["w"].shape, np.random.default_rng(123)).T, g[1], g[2]


def wrong_sign(_dy: Array, _p: Named, g: tuple[Array, ...]) -> tuple[Array, ...]:
    """y - ŷ for ŷ - y at the top: all gradients point the other way."""
    return tuple(-gradient for gradient in g)


FAULTS: dict[str, tuple[Fault, tuple[int, ...]]] = {
    "none": (no_slope, ()),
    "averaged bias": (averaged_bias, (0, 2, 4)),
    "random feedback": (random_feedback, (2, 4)),
    "no slope": (no_slope, (1, 3)),
    "not transposed": (not_transposed, (2,)),
    "cut": (cut, (2, 4)),
    "wrong sign": (wrong_sign, (4,)),
}


def network(fault: str, width: int = 64) -> Network:
    """Two hidden layers of tanh units for digits, with this fault in the layers where it belongs."""
    f, places = FAULTS[fault]
    dense = Dense(width, xavier_normal)
    net: Network = (dense, TANH, dense, TANH, Dense(10, xavier_normal))
    return tuple(Faulty(layer, f) if i in places else layer for i, layer in enumerate(net))


@dataclass(frozen=True)
class Trained:
    """A trained network: its parameters, its accuracy on validation data, its mean loss in the last epoch."""

    params: Params
    accuracy: float
    loss: float


@functools.cache
def trained(fault: str, seed: int) -> Trained:
    """Fifteen epochs of plain gradient descent on the digits with what the backward pass returns."""
    rng = np.random.default_rng(seed)
    data, validation, _ = digits_split(0)
    net = network(fault)
    params = init_params(net, (64,), rng, dtype=np.float32)
    run = train(
        net, params, data, softmax_cross_entropy, SGD(lr=0.2), epochs=15, batch_size=32, rng=rng, validation=validation
    )
    return Trained(params, run.validation[-1].accuracy, run.train[-1].loss)


def accuracies(fault: str) -> Array:
    """Validation accuracy after training, seed by seed."""
    return np.array([trained(fault, seed).accuracy for seed in SEEDS])


# Measuring gradients


@dataclass(frozen=True)
class Problem:
    """A network and sixteen digits: the loss as a function of all parameters, and what the backward pass returns."""

    loss: Callable[[Array], float]
    w: Array
    gradient: Array


def problem(
    net: Network, dtype: type = np.float64, new_rng: Callable[[], np.random.Generator | None] = lambda: None
) -> Problem:
    """The loss of sixteen training digits by the parameters; every call of the network gets new_rng()."""
    params = init_params(net, (64,), np.random.default_rng(0))
    params.flat[:] += 0.01 * np.random.default_rng(1).normal(size=params.flat.size)  # no bias exactly at 0
    images, labels = digits_split(0)[0]
    x, y = images[:16], labels[:16]

    def loss(w: Array) -> float:
        return softmax_cross_entropy(forward(net, params.with_flat(w.astype(dtype)), x, new_rng())[0], y)[0]

    logits, backward = forward(net, params, x, new_rng())
    _, gradient = backward(softmax_cross_entropy(logits, y)[1])
    return Problem(loss, params.flat, gradient)


@functools.cache
def check(fault: str) -> float:
    """The relative error that a gradient check finds in the faulty network, eight units wide."""
    p = problem(network(fault, 8))
    return relative_error(numeric_gradient(p.loss, p.w), p.gradient)


STEPS = 10.0 ** np.arange(-12.0, 0.26, 0.5)


def small(hidden: Activation) -> Network:
    """Six hidden units with this activation."""
    return Dense(6, xavier_normal), hidden, Dense(10, xavier_normal)


def one_sided(f: Callable[[Array], float], x: Array, h: float) -> Array:
    """∂f/∂xᵢ ≈ (f(x + h eᵢ) - f(x)) / h: the forward difference, right to h only."""
    return np.array([(f(x + h * e) - f(x)) / h for e in np.eye(x.size)])


@functools.cache
def sweep(kind: str) -> Array:
    """The relative error of the measured gradient for every h in STEPS: central or one-sided, float32, or with ReLU."""
    p = problem(small(RELU if kind == "relu" else TANH), np.float32 if kind == "float32" else np.float64)
    measure = one_sided if kind == "one-sided" else numeric_gradient
    return np.array([relative_error(measure(p.loss, p.w, h), p.gradient) for h in STEPS])


def error_bound(h: float, value: float, third: float) -> float:
    """h² |f‴| / 6 + u |f| / h: what the central difference neglects, and what rounding adds, u = 2⁻⁵³."""
    return h**2 * third / 6.0 + 2.0**-53 * value / h


def best_step(value: float, third: float) -> float:
    """The h where error_bound is smallest."""
    return float(np.cbrt(3.0 * 2.0**-53 * value / third))


def dropout_error(fixed: bool) -> float:
    """The relative error of a check with dropout: the same mask for every call, or a new one each time."""
    net = (Dense(6), TANH, Dropout(0.5), Dense(10))
    new = np.random.default_rng(2)
    p = problem(net, new_rng=(lambda: np.random.default_rng(2)) if fixed else (lambda: new))
    return relative_error(numeric_gradient(p.loss, p.w), p.gradient)


def penalized_error(strength: float) -> float:
    """The relative error of a check of the network without slopes when a right penalty ½ λ ‖w‖² is in the loss."""
    p = problem(network("no slope", 8))
    measured = numeric_gradient(lambda w: p.loss(w) + 0.5 * strength * float(w @ w), p.w)
    return relative_error(measured, p.gradient + strength * p.w)


# What it costs


class Counted(NDArray[Any]):
    """An array that counts the multiplications of all matrix products it takes part in."""

    multiplications = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Run the function on plain arrays and hand on an array that counts."""
        plain = [np.asarray(a) for a in inputs]
        y = getattr(ufunc, method)(*plain, **kwargs)
        if ufunc is np.matmul:
            Counted.multiplications += y.size * plain[0].shape[-1]
        return np.asarray(y).view(Counted)


@functools.cache
def multiplications(width: int, examples: int = 32) -> tuple[int, int, int]:
    """Parameters of the network for digits, multiplications of its forward and of its backward pass; nothing for x."""
    net = on_data(network("none", width))
    params = init_params(net, (64,), np.random.default_rng(0))
    counted = params.with_flat(params.flat.view(Counted))
    Counted.multiplications = 0
    y, backward = forward(net, counted, np.ones((examples, 64)))
    there = Counted.multiplications
    backward(np.ones(y.shape).view(Counted))
    return params.flat.size, there, Counted.multiplications - there


Top: TypeAlias = Callable[[Array], Array]  # from the output to the gradient of the loss by the output


def checkpointed(net: Network, params: Params, x: Array, loss: Top, every: int) -> Array:
    """The gradient by the parameters, keeping the input of each `every`-th layer only."""
    cuts = [slice(i, i + every) for i in range(0, len(net), every)]
    parts = [(net[cut], Params(params.flat, params.slots[cut])) for cut in cuts]
    inputs = [x]
    for part in parts:
        inputs.append(forward(*part, inputs[-1])[0])
    dy, gradients = loss(inputs.pop()), []
    for part in reversed(parts):
        dy, gradient = forward(*part, inputs.pop())[1](dy)
        gradients.append(gradient)
    return np.concatenate(gradients[::-1])


def plain(net: Network, params: Params, x: Array, loss: Top) -> Array:
    """The same gradient, everything kept."""
    y, backward = forward(net, params, x)
    return backward(loss(y))[1]


@functools.cache
def held(depth: int, every: int = 0) -> float:
    """Peak memory of a gradient through `depth` tanh layers, in arrays as large as one activation; 0 = no checkpoints.

    A layer counts as two, the matrix and the function: the peak is what the interpreter reports, gradients included.
    """
    net = tuple(layer for _ in range(depth) for layer in (Dense(8, xavier_normal), TANH))
    rng = np.random.default_rng(0)
    params, x = init_params(net, (8,), rng), rng.normal(size=(4096, 8))
    tracemalloc.start()
    if every:
        checkpointed(net, params, x, np.ones_like, 2 * every)
    else:
        plain(net, params, x, np.ones_like)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return float(peak // x.nbytes)  # whole arrays: the odd kilobyte of small objects differs from run to run


# What the gradient reaches

CONVOLUTIONAL: Network = (
    Conv2d(4),
    BatchNorm(),
    RELU,
    MaxPool2d(),
    Flatten(),
    Dropout(0.5),
    Dense(10),
)


def one_step() -> dict[str, tuple[bool, bool]]:
    """For every array of a convolutional network: whether the passes moved it, whether the optimizer's step did."""
    rng = np.random.default_rng(0)
    images, labels = digits_split(0)[0]
    x, y = images[:32].reshape(-1, 1, 8, 8), labels[:32]
    params = init_params(CONVOLUTIONAL, (1, 8, 8), rng)
    start = {name: a.copy() for name, a in params.arrays.items()}
    logits, backward = forward(CONVOLUTIONAL, params, x, rng)
    _, gradient = backward(softmax_cross_entropy(logits, y)[1])
    between = {name: a.copy() for name, a in params.arrays.items()}
    step, _ = SGD(lr=0.1).update(gradient, SGD(lr=0.1).init(params.flat), params.flat)
    params.flat[:] += step
    return {
        name: (bool((between[name] != start[name]).any()), bool((a != between[name]).any()))
        for name, a in params.arrays.items()
    }


def pool_example() -> tuple[Array, Array, Array, Array]:
    """A small image, its 2 x 2 max-pooling, gradients from above, and what becomes of them."""
    x = np.array([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 7.0, 1.0], [6.0, 0.0, 2.0, 8.0], [2.0, 9.0, 3.0, 4.0]])
    dy = np.array([[1.0, -2.0], [3.0, 0.5]])
    y, backward = max_pool(x[None, None])
    return x, y[0, 0], dy, backward(dy[None, None])[0][0, 0]


def conv_example() -> tuple[Array, ...]:
    """A small image, a filter, their comparison, gradients from above, and the gradients of image and filter."""
    x, w, dy = pool_example()[0], np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]), pool_example()[2]
    y, backward = conv2d(x[None, None], w[None, None], np.zeros(1))
    dx, dw, _ = backward(dy[None, None])
    return x, w, y[0, 0], dy, dx[0, 0], dw[0, 0]


@functools.cache
def pixel_gradients(seed: int) -> tuple[Array, Array]:
    """∂L/∂x for every validation digit, and the digits, of a network trained without a fault."""
    x, y = digits_split(0)[1]
    logits, backward = forward(network("none"), trained("none", seed).params, x)
    return backward(softmax_cross_entropy(logits, y)[1])[0], x


def after_a_step(seed: int, size: float, informed: bool = True) -> float:
    """Accuracy after each pixel moved by `size` in the direction of its gradient's sign, or of a random sign."""
    dx, x = pixel_gradients(seed)
    direction = np.sign(dx) if informed else np.random.default_rng(seed).choice([-1.0, 1.0], x.shape)
    moved = np.clip(x + size * direction, 0.0, 1.0)
    logits = forward(network("none"), trained("none", seed).params, moved)[0]
    return float((logits.argmax(axis=1) == digits_split(0)[1][1]).mean())


# What a reader can move


def chords(h: float) -> tuple[Array, tuple[Array, ...], float, float]:
    """Loss of the two neurons by w1, its tangent, the one-sided and the central chord; errors of both slopes."""
    w = np.linspace(-3.0, 4.0, 141)

    def loss(w1: float) -> float:
        return two_neurons(**{**EXAMPLE, "w1": w1})[0]["loss"]

    at, slope = EXAMPLE["w1"], two_neurons(**EXAMPLE)[1]["w1"]
    one = (loss(at + h) - loss(at)) / h
    two = (loss(at + h) - loss(at - h)) / (2.0 * h)
    lines = tuple(loss(at) + s * (w - at) for s in (slope, one, two))
    return w, (np.array([loss(v) for v in w]), *lines), one / slope - 1.0, two / slope - 1.0


def movables() -> dict[str, Movable]:
    """The chords whose slopes stand for a derivative, for any h."""
    sizes = (2.0, 1.5, 1.2, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05)
    notes = {2.0: "the one-sided slope is nearer, by luck", 0.4: "the central slope errs by 5%, the one-sided by 22%"}
    notes[0.05] = "all three slopes agree"
    return {
        "chords_become_tangents": Movable(
            claim="a central chord becomes the tangent first",
            slider="step h",
            x_label="weight w₁",
            y_label="loss",
            x=chords(1.0)[0],
            series=("loss", "tangent", "one-sided", "central"),
            colors=("grey", "blue", "orange", "green"),
            frames=tuple(Frame(f"{h:g}", chords(h)[1], notes.get(h, "")) for h in sizes),
            start=3,
            y_limits=(-1.0, 3.5),
        )
    }


# Numbers that the text quotes


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    size, there, back = multiplications(64)
    right, slip = (descend(sign, 3) for sign in (1.0, -1.0))
    sweeps = {kind: sweep(kind) for kind in ("central", "one-sided", "float32", "relu")}
    values, gradients = two_neurons(**EXAMPLE)
    other = two_neurons(x=-1.0, y=2.0, w1=1.0, b1=1.0, w2=4.0, b2=1.0)[1]
    numbers: dict[str, float] = {
        "parameters": size,
        "nudges": 2 * size,
        "back_over_there": back / there,
        "passes": (there + back) / there,
        "saving": 2 * size * there / (there + back),
        "descent_start": right[0],
        "descent_end": right[-1],
        "ascent_end": slip[-1],
        "ascent_slowest": min(descend(-1.0, seed)[-1] for seed in SEEDS),
        "descent_worst": max(descend(1.0, seed)[-1] for seed in SEEDS),
        "example_loss": values["loss"],
        "example_w1": gradients["w1"],
        "quiz_w1": other["w1"],
        "quiz_passes": 2 * multiplications(8)[0],
        "central_best": sweeps["central"].min(),
        "one_sided_best": sweeps["one-sided"].min(),
        "float32_best": sweeps["float32"].min(),
        "relu_kinked": sweeps["relu"][STEPS > 0.09][0],
        "smooth_there": sweeps["central"][STEPS > 0.09][0],
        "central_h": STEPS[sweeps["central"].argmin()],
        "best_step": best_step(1.0, 1.0),
        "dropout_fixed": dropout_error(True),
        "dropout_free": dropout_error(False),
        "penalty_hides": penalized_error(10.0),
        "held_64": held(64),
        "checkpoints_64": held(64, 8),
        "pixels_sound": float(np.mean([after_a_step(seed, 0.0) for seed in SEEDS])),
        "pixels_informed": float(np.mean([after_a_step(seed, 0.1) for seed in SEEDS])),
        "pixels_random": float(np.mean([after_a_step(seed, 0.1, informed=False) for seed in SEEDS])),
        "pixels_doubled": float(np.mean([after_a_step(seed, 0.2) for seed in SEEDS])),
    }
    named = {"right": "none", "bias": "averaged bias", "feedback": "random feedback", "slope": "no slope"}
    named |= {"square": "not transposed", "cut": "cut", "sign": "wrong sign"}
    numbers |= {name: accuracies(fault).mean() for name, fault in named.items()}
    numbers |= {f"{name}_error": check(named[name]) for name in ("right", "slope", "sign")}
    for name in ("right", "feedback"):
        numbers[f"{name}_loss"] = float(np.mean([trained(named[name], seed).loss for seed in SEEDS]))
    return numbers
