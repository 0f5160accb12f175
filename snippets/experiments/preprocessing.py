"""What preprocessing changes: the shape of the loss, the rates it allows, and what statistics may not see."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from snippets.activations import relu, relu_grad
from snippets.arrays import Array, Labels
from snippets.data import digits, digits_split
from snippets.experiments import Frame, Movable
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, init_params
from snippets.optimizers import SGD, Adam
from snippets.preprocessing import (
    fit_centring,
    fit_channel_standardization,
    fit_min_max,
    fit_pca_whitening,
    fit_standardization,
    fit_zca_whitening,
    principal_directions,
)
from snippets.training import evaluate, train

Transform: TypeAlias = Callable[[Array], Array]
Fit: TypeAlias = Callable[[Array], Transform]
SEEDS = range(5)
RATES = (0.03, 0.1, 0.3, 1.0, 3.0)
EPS = 0.01


# Kinds of preprocessing for images of 8 × 8 pixels in rows of 64


def as_stored(_: Array) -> Transform:
    """White ink on black, between 0 and 1."""
    return lambda images: images


def negative(_: Array) -> Transform:
    """Black ink on white paper."""
    return lambda images: 1.0 - images


def one_channel(x: Array) -> Transform:
    """One mean and one standard deviation for all pixels."""
    fitted = fit_channel_standardization(x.reshape(-1, 1, 8, 8))
    return lambda images: fitted(images.reshape(-1, 1, 8, 8)).reshape(-1, 64)


def mean_image(x: Array) -> Transform:
    """A mean for every pixel, one standard deviation for all."""
    centred = fit_centring(x)
    scaled = one_channel(centred(x))
    return lambda images: scaled(centred(images))


KINDS: dict[str, Fit] = {
    "negative": negative,
    "stored": as_stored,
    "centred": fit_centring,
    "channel": one_channel,
    "mean image": mean_image,
    "pixel": fit_standardization,
    "whitened": functools.partial(fit_pca_whitening, eps=EPS),
    "whitened hard": functools.partial(fit_pca_whitening, eps=1e-5),
}
ZCA = functools.partial(fit_zca_whitening, eps=EPS)


# The shape of the loss


def hessian(x: Array) -> Array:
    """Second derivatives of the mean of ½(wᵀx + b − t)² by (w, b): the mean of products of (x, 1) with itself.

    Shapes: x (N, D) -> (D + 1, D + 1).
    """
    extended = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    return np.asarray(extended.T @ extended / len(x))


def condition_number(h: Array) -> float:
    """The largest eigenvalue over the smallest that rounding did not make."""
    values = np.linalg.eigvalsh(h)
    return float(values[-1] / values[values > 1e-9 * values[-1]][0])


def best_rate(h: Array) -> float:
    """The learning rate with which gradient descent shrinks the worst direction most: 2 / (λ_max + λ_min)."""
    values = np.linalg.eigvalsh(h)
    return float(2.0 / (values[-1] + values[0]))


def descend(h: Array, start: Array, lr: float, steps: int) -> Array:
    """Errors e of gradient descent on ½ eᵀ h e. Shapes: h (D, D), start (D,) -> (steps + 1, D)."""
    path = [start]
    for _ in range(steps):
        path.append(path[-1] - lr * (h @ path[-1]))
    return np.array(path)


@functools.cache
def cloud(mean: tuple[float, ...], std: tuple[float, ...], correlation: float = 0.0, n: int = 300) -> Array:
    """A sample with exactly these means, standard deviations and, for two features, this correlation."""
    z: Array = np.random.default_rng(1).normal(size=(n, len(mean)))
    z = fit_pca_whitening(z, eps=1e-15)(z)
    if len(mean) == 2:
        z = np.stack([z[:, 0], correlation * z[:, 0] + np.sqrt(1.0 - correlation**2) * z[:, 1]], axis=1)
    return np.asarray(mean + np.array(std) * z)


def clouds() -> dict[str, Array]:
    """One cloud with an offset, two scales and a correlation, after each step of preprocessing."""
    x = cloud((3.2, 1.4), (1.2, 0.5), 0.85)
    fits: dict[str, Fit] = {
        "raw": as_stored,
        "centred": fit_centring,
        "standardized": fit_standardization,
        "min_max": fit_min_max,
        "pca": functools.partial(fit_pca_whitening, eps=1e-9),
        "zca": functools.partial(fit_zca_whitening, eps=1e-9),
    }
    return {name: fit(x)(x) for name, fit in fits.items()}


@dataclass(frozen=True)
class Valley:
    """A loss over two parameters before and after one remedy."""

    before: Array  # Hessian
    after: Array


@functools.cache
def valleys() -> dict[str, Valley]:
    """Three ailments of data and what centring, scaling and whitening make of their loss.

    The offset is seen by the weight and bias of one feature, scale and correlation by the weights of two.
    """
    offset, scale, tied = cloud((2.0,), (1.0,)), cloud((0.0, 0.0), (1.0, 0.2)), cloud((0.0, 0.0), (1.0, 1.0), 0.9)
    fits: dict[str, tuple[Array, Fit]] = {
        "offset": (offset, fit_centring),
        "scale": (scale, fit_standardization),
        "correlation": (tied, functools.partial(fit_pca_whitening, eps=1e-12)),
    }
    return {name: Valley(hessian(x)[:2, :2], hessian(fit(x)(x))[:2, :2]) for name, (x, fit) in fits.items()}


def steps_to(h: Array, share: float = 1e-3) -> int:
    """How many steps at the best rate bring the worst error down to this share."""
    kappa = condition_number(h)
    factor = (kappa - 1.0) / (kappa + 1.0)
    return 1 if factor < share else int(np.ceil(np.log(share) / np.log(factor)))


@functools.cache
def spectrum(kind: str, seed: int = 0) -> Array:
    """Eigenvalues, largest first, of the Hessian of linear regression on the training digits."""
    (x, _), _, _ = digits_split(seed)
    return np.linalg.eigvalsh(hessian(KINDS[kind](x)(x)))[::-1]


@functools.cache
def squared_mean(kind: str, seed: int = 0) -> float:
    """‖μ‖²: the squared length of the mean of the training digits."""
    (x, _), _, _ = digits_split(seed)
    return float((KINDS[kind](x)(x).mean(axis=0) ** 2).sum())


# Training on digits


@dataclass(frozen=True)
class Run:
    """The loss of every step, the training loss after every epoch, and how the network ends on the other parts."""

    steps: Array
    train: Array
    validation_loss: float
    test_accuracy: float


@functools.cache
def train_on_digits(kind: str, lr: float, seed: int, epochs: int = 10, rule: str = "SGD") -> Run:
    """64 ReLU units on preprocessed digits; split, weights and order of examples are those of the seed."""
    optimizer = {"SGD": SGD, "Adam": Adam}[rule](lr=lr)
    training, *rest = digits_split(seed)
    transform = KINDS[kind](training[0])
    parts = [(transform(x).astype(np.float32), y) for x, y in (training, *rest)]
    rng = np.random.default_rng(seed)
    net = (Dense(64), Activation(relu, relu_grad), Dense(10))
    params = init_params(net, (64,), rng, dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # rates that are too large are part of the experiment
        history = train(net, params, parts[0], softmax_cross_entropy, optimizer, epochs=epochs, batch_size=32, rng=rng)
        validation, test = (evaluate(net, params, part, softmax_cross_entropy) for part in parts[1:])
    losses = np.array([epoch.loss for epoch in history.train])
    return Run(np.array(history.loss), losses, validation.loss, test.accuracy)


def train_loss(kind: str, lr: float, epoch: int) -> float:
    """The training loss after so many epochs, averaged over the seeds; infinite if a run has blown up before."""
    losses = [run.train[epoch - 1] if len(run.train) >= epoch else np.inf for run in runs(kind, lr)]
    return float(np.nan_to_num(np.mean(losses), nan=np.inf, posinf=np.inf))


def least_loss(kind: str) -> float:
    """The training loss after three epochs at the rate where it is least."""
    return min(train_loss(kind, lr, 3) for lr in RATES)


def runs(kind: str, lr: float) -> list[Run]:
    """One for each seed."""
    return [train_on_digits(kind, lr, seed) for seed in SEEDS]


def tuned(kind: str) -> float:
    """The rate with the least validation loss, averaged over the seeds."""
    losses = [np.mean([run.validation_loss for run in runs(kind, lr)]) for lr in RATES]
    return RATES[int(np.argmin(np.nan_to_num(losses, nan=np.inf)))]


def adam_loss(kind: str) -> float:
    """The training loss after three epochs of Adam at the best of three rates, averaged over the seeds."""
    rates = (0.003, 0.01, 0.03)
    return min(float(np.mean([train_on_digits(kind, lr, s, 3, "Adam").train[-1] for s in SEEDS])) for lr in rates)


# Pixels that hardly ever speak, and one wrong number


@functools.cache
def pixel_extremes(seed: int = 0) -> tuple[Array, Array, Array]:
    """For every pixel: its std in training and the largest |z| among training and among validation digits."""
    (x, _), (new, _), _ = digits_split(seed)
    transform = fit_standardization(x)
    return x.std(axis=0), np.abs(transform(x)).max(axis=0), np.abs(transform(new)).max(axis=0)


@functools.cache
def with_outlier(fit: Fit, n: int = 500) -> Array:
    """Heights in metres, the first of them in centimetres by mistake, after a fit. Shapes: -> (n,)."""
    heights = cloud((1.72,), (0.09,), n=n).copy()
    heights[0] = 172.0
    return fit(heights)(heights)[:, 0]


# Leakage


def ridge(x: Array, y: Labels, penalty: float = 1e-3) -> Array:
    """Weights of the linear least-squares classifier with one column for each of ten classes."""
    h = hessian(x)
    extended = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    return np.linalg.solve(h + penalty * np.eye(len(h)), extended.T @ np.eye(10)[y] / len(x))


def accuracy(w: Array, x: Array, y: Labels) -> float:
    """The share of right answers."""
    return float(((x @ w[:-1] + w[-1]).argmax(axis=1) == y).mean())


@functools.cache
def leak_through_statistics(kind: str, n: int, draws: int = 30) -> tuple[Array, Array]:
    """Test accuracies with statistics of the training digits, and with those of training and test digits together.

    Every draw takes n digits for training and n for the test. Shapes: -> (draws,), (draws,).
    """
    x, y = digits()
    honest, leaky = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(y))
        train_on, test_on = order[:n], order[n : 2 * n]
        for result, seen in ((honest, train_on), (leaky, order[: 2 * n])):
            transform = KINDS[kind](x[seen])
            result[draw] = accuracy(ridge(transform(x[train_on]), y[train_on]), transform(x[test_on]), y[test_on])
    return honest, leaky


@functools.cache
def leak_through_labels(draws: int = 30, n: int = 50, features: int = 2000, kept: int = 20) -> tuple[Array, Array]:
    """The same for pure noise with labels thrown by a coin, where the statistics choose the features.

    Kept are the features whose class means lie furthest apart, in the training part or in both parts together; the
    classifier takes the nearer of two class means. Shapes: -> (draws,), (draws,).
    """
    honest, leaky = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        x, y = rng.normal(size=(2 * n, features)), rng.integers(0, 2, 2 * n)
        for result, seen in ((honest, n), (leaky, 2 * n)):
            apart = np.abs(x[:seen][y[:seen] == 1].mean(axis=0) - x[:seen][y[:seen] == 0].mean(axis=0))
            chosen = x[:, np.argsort(-apart)[:kept]]
            centres = [chosen[:n][y[:n] == label].mean(axis=0) for label in (0, 1)]
            distance = [((chosen[n:] - centre) ** 2).sum(axis=1) for centre in centres]
            result[draw] = ((distance[1] < distance[0]) == y[n:]).mean()
    return honest, leaky


@functools.cache
def own_statistics(seed: int = 0) -> tuple[Array, Array]:
    """Accuracy on test batches of one digit each, standardised with the training's statistics and with their own."""
    (x, y), _, (new, labels) = digits_split(seed)
    fitted = fit_standardization(x)
    w = ridge(fitted(x), y)
    batches = [new[labels == digit] for digit in range(10)]
    right = [np.full(len(batch), digit) for digit, batch in enumerate(batches)]
    ours = [accuracy(w, fitted(batch), label) for batch, label in zip(batches, right, strict=True)]
    own = [accuracy(w, fit_standardization(b)(b), label) for b, label in zip(batches, right, strict=True)]
    return np.array(ours), np.array(own)


# Whitening


@functools.cache
def variances(seed: int = 0) -> Array:
    """Variance of the training digits along their principal directions."""
    (x, _), _, _ = digits_split(seed)
    return principal_directions(x)[2]


@functools.cache
def whitened_spread(eps: float, n: int = 150, seed: int = 0) -> tuple[Array, Array]:
    """Std along each of 50 directions after whitening fitted on n digits: of those n and of the validation digits."""
    (x, _), (new, _), _ = digits_split(seed)
    transform = fit_pca_whitening(x[:n], eps)
    return transform(x[:n]).std(axis=0)[:50], transform(new).std(axis=0)[:50]


def whiten_photograph(photo: Array, size: int = 9, patches: int = 6000, eps: float = 1e-3) -> tuple[Array, Array]:
    """ZCA fitted on patches of a photograph: the filter of a patch's middle pixel, and the photograph after it.

    Shapes: photo (H, W) -> (size, size), (H - size + 1, W - size + 1).
    """
    windows = np.lib.stride_tricks.sliding_window_view(photo, (size, size)).reshape(-1, size * size)
    chosen = np.random.default_rng(0).choice(len(windows), patches, replace=False)
    transform = fit_zca_whitening(windows[chosen], eps)
    middle = transform.w[:, size * size // 2]
    white = (windows - transform.mean) @ middle
    return middle.reshape(size, size), white.reshape(photo.shape[0] - size + 1, photo.shape[1] - size + 1)


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """Training at any rate, and whitening with any ε."""
    notes = {0.03: "centring alone gains nothing yet", 0.3: "the negative falls behind"}
    notes |= {1.0: "the negative no longer learns", 3.0: "only the centred digits take this rate"}
    shown = ("negative", "stored", "centred", "mean image")
    return {
        "rate_and_input": Movable(
            claim="the input decides which learning rates work",
            slider="learning rate",
            x_label="epoch",
            y_label="training loss",
            x=np.arange(1.0, 11.0),
            series=("negative", "as stored", "centred", "centred, one scale"),
            colors=("red", "grey", "blue", "green"),
            frames=tuple(
                Frame(f"{lr:g}", tuple(loss_by_epoch(kind, lr) for kind in shown), notes.get(lr, "")) for lr in RATES
            ),
            start=3,
            log_y=True,
            y_limits=(1e-3, 4.0),
        ),
        "whitening_eps": Movable(
            claim="a small ε turns directions of noise into large inputs",
            slider="ε",
            x_label="principal direction",
            y_label="std after whitening",
            x=np.arange(1.0, 51.0),
            series=("150 training digits", "new digits"),
            colors=("blue", "orange"),
            frames=tuple(Frame(name, whitened_spread(float(name)), note) for name, note in EPS_NOTES.items()),
            start=0,
            y_limits=(0.0, 2.6),
        ),
    }


EPS_NOTES = {
    "0.00001": "the last directions of new digits are blown up",
    "0.0001": "",
    "0.0003": "",
    "0.001": "",
    "0.003": "",
    "0.01": "the last directions are damped",
    "0.03": "",
    "0.1": "hardly whitened any more",
}


def loss_by_epoch(kind: str, lr: float) -> Array:
    """The training loss after each of ten epochs, averaged over the seeds; no number once a run has blown up."""
    losses = np.array([train_loss(kind, lr, epoch) for epoch in range(1, 11)])
    return np.where(np.isfinite(losses), losses, np.nan)


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    return {**facts_of_data(), **facts_of_training(), **facts_of_leaks()}


def facts_of_data() -> dict[str, float]:
    """What the data and the shape of the loss are like."""
    found = {f"{name}_kappa": condition_number(valley.before) for name, valley in valleys().items()}
    names = ("raw", "centred", "standardized", "min_max")
    found |= {f"cloud_{name}": condition_number(hessian(clouds()[name])) for name in names}
    found |= {f"{kind}_limit": 2.0 / spectrum(kind)[0] for kind in ("negative", "stored", "centred")}
    for kind in ("negative", "stored"):
        found[f"{kind}_top"], found[f"{kind}_bound"] = spectrum(kind)[0], 1.0 + squared_mean(kind)
    found |= {f"{kind}_tenth": spectrum(kind)[0] / spectrum(kind)[9] for kind in ("centred", "pixel")}
    std, _, new = pixel_extremes()
    return found | {
        "offset_steps": steps_to(valleys()["offset"].before),
        "constant_pixels": int((std == 0.0).sum()),
        "bound_z": float(np.sqrt(len(digits_split(0)[0][0]) - 1)),
        "largest_new": new.max(),
        "loudest_pixel": int(new.argmax()),
        "middle_new": new.reshape(8, 8)[:, 2:6].max(),
        "outlier_share": float(np.ptp(with_outlier(fit_min_max)[1:]) / 2.0),
        "outlier_std": float(with_outlier(fit_standardization)[1:].std()),
        "pca_90": int(np.argmax(np.cumsum(variances()) > 0.9 * variances().sum())) + 1,
        "small_eps_new": whitened_spread(1e-5)[1].max(),
    }


def facts_of_training() -> dict[str, float]:
    """How training and tests came out, by kind of input."""
    found: dict[str, float] = {}
    for kind in ("negative", "stored", "centred"):
        long = [train_on_digits(kind, 1.0, seed, 20) for seed in SEEDS]
        found[f"{kind}_accuracy"] = float(np.mean([run.test_accuracy for run in long]))
        found[f"{kind}_loss"] = float(np.mean([run.train[-1] for run in long]))
    for kind in ("negative", "stored", "centred", "mean image", "pixel", "whitened"):
        found[f"{kind.replace(' ', '_')}_third"] = least_loss(kind)
    for kind in KINDS:
        scores = [run.test_accuracy for run in runs(kind, tuned(kind))]
        found[f"{kind.replace(' ', '_')}_test"] = float(np.mean(scores))
        if kind in ("centred", "pixel"):
            found[f"{kind}_spread"] = 100.0 * float(np.std(scores, ddof=1))
            found[f"{kind}_validation"] = float(np.mean([run.validation_loss for run in runs(kind, tuned(kind))]))
    found |= {f"adam_{kind.replace(' ', '_')}": adam_loss(kind) for kind in ("negative", "stored", "mean image")}
    return found | {"centred_rate": tuned("centred"), "mean_image_rate": tuned("mean image")}


def facts_of_leaks() -> dict[str, float]:
    """What statistics that saw too much, or too little, did to test accuracy."""
    found: dict[str, float] = {}
    for name, (honest, leaky) in leaks().items():
        found[f"{name}_honest"], found[f"{name}_leaky"] = float(honest.mean()), float(leaky.mean())
    honest, leaky = leaks()["leak_scale"]
    gap = 100.0 * (leaky - honest)
    found["leak_scale_gap"], found["leak_scale_gap_spread"] = gap.mean(), gap.std(ddof=1)
    honest, leaky = leak_through_statistics("pixel", 400)
    found["leak_same"] = int((honest == leaky).sum())
    ours, own = (float(np.mean([own_statistics(seed)[k] for seed in SEEDS])) for k in (0, 1))
    return found | {"batch_fitted": ours, "batch_own": own}


def leaks() -> dict[str, tuple[Array, Array]]:
    """Test accuracy of honest and of leaky statistics in three cases."""
    return {
        "leak_scale": leak_through_statistics("pixel", 25),
        "leak_white": leak_through_statistics("whitened hard", 25),
        "leak_labels": leak_through_labels(),
    }
