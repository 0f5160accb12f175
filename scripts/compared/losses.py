"""Losses and activations of the libraries against ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from scripts.compared import Facts, numbers, row
from snippets import activations, losses
from snippets.arrays import Array

A, B = numbers(6, 4), numbers(6, 4, seed=1)
Z, Y = 3.0 * numbers(6, 4), np.array([0, 1, 2, 3, 1, 2])
P = activations.softmax(Z)
HOT = np.eye(4)[Y]
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])


def tensor(x: Array) -> Any:
    """As PyTorch has it."""
    import torch

    return torch.tensor(x)


def keras_loss(name: str, target: Array, prediction: Array, weights: Array | None = None, **options: Any) -> Any:
    """The value of a loss of Keras."""
    import keras

    loss = getattr(keras.losses, name)(**options, dtype="float64")
    return loss(target, prediction, weights)


# ---------------------------------------------------------------- what is averaged


@row("reduction", "here, PyTorch `MSELoss`, `CrossEntropyLoss`", "torch")
def _(facts: Facts) -> None:
    import torch

    facts.same(torch.nn.MSELoss()(tensor(A), tensor(B)), losses.mse(A, B)[0])
    facts.same(losses.mse(A, B)[0], ((A - B) ** 2).mean())
    facts.same(torch.nn.CrossEntropyLoss()(tensor(Z), tensor(Y)), losses.softmax_cross_entropy(Z, Y)[0])
    each = [losses.softmax_cross_entropy(Z[i : i + 1], Y[i : i + 1])[0] for i in range(6)]
    facts.same(losses.softmax_cross_entropy(Z, Y)[0], np.mean(each))
    facts.defaults(torch.nn.MSELoss, reduction="mean")


@row("reduction", "here, PyTorch: class weights", "torch")
def _(facts: Facts) -> None:
    import torch

    each = np.array([losses.softmax_cross_entropy(Z[i : i + 1], Y[i : i + 1])[0] for i in range(6)])
    expected = (WEIGHTS[Y] * each).sum() / WEIGHTS[Y].sum()
    facts.same(losses.weighted_cross_entropy(Z, Y, WEIGHTS)[0], expected)
    facts.same(torch.nn.CrossEntropyLoss(tensor(WEIGHTS))(tensor(Z), tensor(Y)), expected)


@row("reduction", "Keras", "keras")
def _(facts: Facts) -> None:
    facts.same(keras_loss("MeanSquaredError", B, A), losses.mse(A, B)[0], within=1e-6)
    sums = keras_loss("MeanSquaredError", B, A, reduction="sum")
    facts.same(sums, losses.mse(A, B, "sum")[0] / 4, within=1e-6)  # the last axis is averaged even so
    each = np.array([losses.softmax_cross_entropy(Z[i : i + 1], Y[i : i + 1])[0] for i in range(6)])
    weighted = keras_loss("SparseCategoricalCrossentropy", Y, Z, WEIGHTS[Y], from_logits=True)
    facts.same(weighted, (WEIGHTS[Y] * each).sum() / 6, within=1e-6)


@row("reduction", "optax", "optax")
def _(facts: Facts) -> None:
    import optax

    facts.same(optax.squared_error(A, B), (A - B) ** 2)
    facts.same(optax.l2_loss(A, B), (A - B) ** 2 / 2)
    facts.same(optax.softmax_cross_entropy_with_integer_labels(Z, Y).mean(), losses.softmax_cross_entropy(Z, Y)[0])


@row("reduction", "scikit-learn `MLPRegressor`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.neural_network._base import squared_loss

    facts.same(squared_loss(B, A), losses.mse(A, B)[0] / 2)


# ---------------------------------------------------------------- logits or probabilities


@row("logits", "here, PyTorch `CrossEntropyLoss`, `BCEWithLogitsLoss`, optax", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    many, each = losses.softmax_cross_entropy(Z, Y)[0], losses.bce_with_logits(Z, HOT)[0]
    facts.same(torch.nn.CrossEntropyLoss()(tensor(Z), tensor(Y)), many)
    facts.same(torch.nn.CrossEntropyLoss()(tensor(Z), tensor(HOT)), many)
    facts.same(optax.softmax_cross_entropy(Z, HOT).mean(), many)
    facts.same(torch.nn.BCEWithLogitsLoss()(tensor(Z), tensor(HOT)), each)
    facts.same(optax.sigmoid_binary_cross_entropy(Z, HOT).mean(), each)


@row("logits", "Keras", "keras")
def _(facts: Facts) -> None:
    import keras

    many, each = losses.softmax_cross_entropy(Z, Y)[0], losses.bce_with_logits(Z, HOT)[0]
    facts.same(keras_loss("CategoricalCrossentropy", HOT, P), many, within=1e-6)
    facts.same(keras_loss("SparseCategoricalCrossentropy", Y, P), many, within=1e-6)
    facts.same(keras_loss("CategoricalCrossentropy", HOT, Z, from_logits=True), many, within=1e-6)
    facts.same(keras_loss("BinaryCrossentropy", HOT, activations.sigmoid(Z)), each, within=1e-6)
    facts.same(keras_loss("BinaryCrossentropy", np.ones((1, 1)), np.zeros((1, 1))), 16.12, within=1e-3)
    facts.same(-np.log(1e-7), 16.12, within=1e-3)
    for loss in (keras.losses.CategoricalCrossentropy, keras.losses.BinaryCrossentropy):
        facts.defaults(loss, from_logits=False)


@row("logits", "here `bce`, PyTorch `BCELoss`", "torch")
def _(facts: Facts) -> None:
    import torch

    p = activations.sigmoid(Z)
    facts.same(torch.nn.BCELoss()(tensor(p), tensor(HOT)), losses.bce(p, HOT)[0])
    facts.same(torch.nn.BCELoss()(torch.zeros(1), torch.ones(1)), 100.0)
    facts.same(losses.bce(np.zeros(1), np.ones(1))[0], 100.0)


@row("logits", "here `nll`, PyTorch `NLLLoss`", "torch")
def _(facts: Facts) -> None:
    import torch

    log_p = activations.log_softmax(Z)
    facts.same(torch.nn.NLLLoss()(tensor(log_p), tensor(Y)), losses.nll(log_p, Y)[0])
    facts.same(losses.nll(log_p, Y)[0], losses.softmax_cross_entropy(Z, Y)[0])


@row("logits", "scikit-learn `log_loss`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.metrics import log_loss

    facts.same(log_loss(Y, P), losses.softmax_cross_entropy(Z, Y)[0])


@row("logits", "smoothed labels: here, PyTorch, Keras, optax", "torch", "keras", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    ours = losses.smoothed_cross_entropy(Z, Y, 0.2)[0]
    facts.same(torch.nn.CrossEntropyLoss(label_smoothing=0.2)(tensor(Z), tensor(Y)), ours)
    keras_value = keras_loss("CategoricalCrossentropy", HOT, Z, from_logits=True, label_smoothing=0.2)
    facts.same(keras_value, ours, within=1e-6)
    facts.same(optax.smooth_labels(HOT, 0.2), losses.smooth_labels(Y, 4, 0.2))
    facts.same(losses.smooth_labels(Y, 4, 0.2), (1 - 0.2) * HOT + 0.2 / 4)


@row("logits", "smoothed labels: Keras `BinaryCrossentropy`", "keras")
def _(facts: Facts) -> None:
    p = activations.sigmoid(Z)
    theirs = keras_loss("BinaryCrossentropy", HOT, p, label_smoothing=0.2)
    facts.same(theirs, losses.bce(p, HOT * (1 - 0.2) + 0.2 / 2)[0], within=1e-6)


@row("logits", "KL: here, PyTorch `KLDivLoss`, optax", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    log_q, p = activations.log_softmax(A), activations.softmax(B)
    ours = losses.kl_divergence(log_q, p)[0]
    facts.same(torch.nn.KLDivLoss(reduction="batchmean")(tensor(log_q), tensor(p)), ours)
    facts.same(optax.kl_divergence(log_q, p).mean(), ours)
    facts.same(torch.nn.functional.kl_div(tensor(log_q), tensor(p), reduction="sum") / 24, ours / 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs: that "mean" is not what one wants
        facts.same(torch.nn.KLDivLoss()(tensor(log_q), tensor(p)), ours / 4)
    facts.defaults(torch.nn.KLDivLoss, reduction="mean")


@row("logits", "KL: Keras `KLDivergence`", "keras")
def _(facts: Facts) -> None:
    log_q, p = activations.log_softmax(A), activations.softmax(B)
    facts.same(keras_loss("KLDivergence", p, np.exp(log_q)), losses.kl_divergence(log_q, p)[0], within=1e-6)


# ---------------------------------------------------------------- regression and margins


@row("margins", "here, PyTorch, Keras, optax: Huber", "torch", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax
    import torch

    ours = losses.huber(A, B, 0.5)[0]
    facts.same(torch.nn.HuberLoss(delta=0.5)(tensor(A), tensor(B)), ours)
    facts.same(keras_loss("Huber", B, A, delta=0.5), ours, within=1e-6)
    facts.same(optax.huber_loss(A, B, delta=0.5).mean(), ours)
    for call in (torch.nn.HuberLoss, keras.losses.Huber, optax.huber_loss, losses.huber):
        facts.defaults(call, delta=1.0)


@row("margins", "here, PyTorch `SmoothL1Loss`", "torch")
def _(facts: Facts) -> None:
    import torch

    theirs = torch.nn.SmoothL1Loss(beta=0.5)(tensor(A), tensor(B))
    facts.same(theirs, losses.smooth_l1(A, B, 0.5)[0])
    facts.same(theirs, losses.huber(A, B, 0.5)[0] / 0.5)
    facts.defaults(torch.nn.SmoothL1Loss, beta=1.0)
    facts.defaults(losses.smooth_l1, beta=1.0)


@row("margins", "scikit-learn `HuberRegressor`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.linear_model import HuberRegressor

    x, y = numbers(60, 2), numbers(60, seed=3) + 5.0 * (np.arange(60) % 6 == 0)
    small, large = (HuberRegressor(alpha=0.0, tol=1e-9, max_iter=1000).fit(x, scale * y) for scale in (1.0, 100.0))
    facts.same(large.coef_ / 100, small.coef_, within=1e-4)  # ε counts in units of the scale that is fitted too
    facts.same(large.scale_ / 100, small.scale_, within=1e-4)
    facts.defaults(HuberRegressor, epsilon=1.35)


@row("margins", "here `weston_watkins`, PyTorch `MultiMarginLoss`", "torch")
def _(facts: Facts) -> None:
    import torch

    ours = losses.weston_watkins(A, Y)[0]
    rivals = np.maximum(0.0, A - A[np.arange(6), Y][:, None] + 1.0)
    facts.same(ours, (rivals.sum(axis=1) - 1.0).mean())
    facts.same(torch.nn.MultiMarginLoss()(tensor(A), tensor(Y)), ours / 4)


@row("margins", "Keras `CategoricalHinge`", "keras")
def _(facts: Facts) -> None:
    right = A[np.arange(6), Y]
    rival = np.where(HOT == 1.0, 0.0, A).max(axis=1)  # its own class enters as 0
    theirs = keras_loss("CategoricalHinge", HOT, A)
    facts.same(theirs, np.maximum(0.0, rival - right + 1.0).mean(), within=1e-6)
    facts.apart(theirs, losses.crammer_singer(A, Y)[0], by=0.01)
    facts.same(keras_loss("CategoricalHinge", HOT, A + 9.0), losses.crammer_singer(A, Y)[0], within=1e-6)


@row("margins", "here `crammer_singer`, optax, scikit-learn", "optax", "sklearn")
def _(facts: Facts) -> None:
    import optax
    from sklearn.metrics import hinge_loss

    ours = losses.crammer_singer(A, Y)[0]
    facts.same(optax.losses.multiclass_hinge_loss(A, Y).mean(), ours)
    facts.same(hinge_loss(Y, A, labels=np.arange(4)), ours)


# ---------------------------------------------------------------- activations

LINE = np.linspace(-4.0, 4.0, 33)


@row("activations", "GELU: here, PyTorch, Keras", "torch", "keras")
def _(facts: Facts) -> None:
    import keras
    import torch

    facts.same(torch.nn.functional.gelu(tensor(LINE)), activations.gelu(LINE))
    facts.same(torch.nn.functional.gelu(tensor(LINE), approximate="tanh"), activations.gelu_tanh(LINE))
    facts.same(keras.activations.gelu(LINE), activations.gelu(LINE), within=1e-6)
    facts.defaults(torch.nn.GELU, approximate="none")
    facts.defaults(keras.activations.gelu, approximate=False)


@row("activations", "GELU: JAX", "jax")
def _(facts: Facts) -> None:
    import jax

    facts.same(jax.nn.gelu(LINE), activations.gelu_tanh(LINE))
    facts.same(jax.nn.gelu(LINE, approximate=False), activations.gelu(LINE))
    fine = np.linspace(-6.0, 6.0, 100_001)
    off = np.abs(activations.gelu_tanh(fine) - activations.gelu(fine)).max()
    facts.same(off, 4.7e-4, within=5e-6)
    facts.defaults(jax.nn.gelu, approximate=True)


@row("activations", "leaky ReLU: here, PyTorch, JAX", "torch", "jax")
def _(facts: Facts) -> None:
    import jax
    import torch

    facts.same(torch.nn.functional.leaky_relu(tensor(LINE)), activations.leaky_relu(LINE))
    facts.same(jax.nn.leaky_relu(LINE), activations.leaky_relu(LINE))
    facts.defaults(activations.leaky_relu, slope=0.01)


@row("activations", "leaky ReLU: Keras", "keras")
def _(facts: Facts) -> None:
    import keras

    facts.same(keras.activations.leaky_relu(LINE), activations.leaky_relu(LINE, 0.2))
    facts.same(keras.layers.LeakyReLU(dtype="float64")(LINE), activations.leaky_relu(LINE, 0.3), within=1e-6)


@row("activations", "ELU, CELU, SELU: all", "torch", "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras
    import torch

    modules: tuple[Any, ...] = (keras.activations, jax.nn)
    for name in ("elu", "celu", "selu"):
        ours = getattr(activations, name)(LINE)
        facts.same(getattr(torch.nn.functional, name)(tensor(LINE)), ours, within=1e-6)
        for module in modules:
            facts.same(getattr(module, name)(LINE), ours, within=1e-6)
    calls: list[Callable[..., Any]] = [activations.elu, activations.celu, torch.nn.ELU, torch.nn.CELU]
    for call in calls:
        facts.defaults(call, alpha=1.0)


@row("activations", "hard sigmoid: here, PyTorch, Keras, JAX", "torch", "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras
    import torch

    ours = activations.hard_sigmoid(LINE)
    facts.same(ours, np.clip((LINE + 3) / 6, 0.0, 1.0))
    facts.same(torch.nn.functional.hardsigmoid(tensor(LINE)), ours)
    facts.same(keras.activations.hard_sigmoid(LINE), ours, within=1e-6)
    facts.same(jax.nn.hard_sigmoid(LINE), ours)


@row("activations", "hard sigmoid: ONNX", "onnx")
def _(facts: Facts) -> None:
    import onnx
    from onnx.reference import ReferenceEvaluator

    node = onnx.helper.make_node("HardSigmoid", ["x"], ["y"])
    (y,) = ReferenceEvaluator(node).run(None, {"x": LINE})
    facts.same(y, np.clip(0.2 * LINE + 0.5, 0.0, 1.0), within=1e-7)
    facts.apart(y, activations.hard_sigmoid(LINE), by=0.05)


@row("activations", "softmax: PyTorch", "torch")
def _(facts: Facts) -> None:
    import torch

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        guessed = torch.nn.functional.softmax(tensor(np.stack([A, B, A])))
    facts.same(len(heard), 1)
    facts.same(guessed.sum(dim=0), np.ones((6, 4)))  # of three axes it takes the first


@row("activations", "softmax: here, Keras, JAX", "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras

    facts.same(jax.nn.softmax(Z), activations.softmax(Z))
    facts.same(keras.activations.softmax(Z), activations.softmax(Z), within=1e-6)
    facts.defaults(jax.nn.softmax, axis=-1)


@row("activations", "slope of ReLU at 0", "torch", "jax")
def _(facts: Facts) -> None:
    import jax
    import torch

    x = torch.zeros(1, requires_grad=True)
    torch.nn.functional.relu(x).sum().backward()
    facts.same(x.grad, np.zeros(1))
    facts.same(jax.grad(jax.nn.relu)(0.0), 0.0)
    facts.same(jax.grad(lambda x: jax.numpy.maximum(x, 0.0))(0.0), 0.5)
    facts.same(activations.relu_grad(np.zeros(1)), np.zeros(1))
