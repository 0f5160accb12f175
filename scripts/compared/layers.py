"""Norms, layouts, padding, dropout: layers of the libraries against our functions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from scripts.compared import Facts, numbers, row
from snippets import convolution, layers, normalization, regularization
from snippets.arrays import Array
from snippets.conventions import channels_first_rows, same_padding

X = 2.0 + 3.0 * numbers(4, 3, 5, 6)  # N, C, H, W
ONE, NONE = np.ones(3), np.zeros(3)


def last(x: Array) -> Array:
    """From (N, C, H, W) to (N, H, W, C)."""
    return x.transpose(0, 2, 3, 1)


def first(x: Any) -> Array:
    """From (N, H, W, C) to (N, C, H, W)."""
    return np.asarray(x).transpose(0, 3, 1, 2)


def biased(x: Array, old_weight: float) -> Any:
    """The running variance after one batch, started at 1 and not corrected by n / (n - 1)."""
    return old_weight + (1 - old_weight) * x.var(axis=(0, 2, 3))


@row("norms", "here, PyTorch `BatchNorm2d`", "torch")
def _(facts: Facts) -> None:
    import torch

    norm = torch.nn.BatchNorm2d(3, eps=0.5, dtype=torch.float64)
    facts.same(norm(torch.tensor(X)).detach(), normalization.batch_norm(X, ONE, NONE, 0.5)[0])
    mean, var = normalization.running_statistics(X, NONE, ONE)
    facts.same(norm.running_mean, mean)
    facts.same(norm.running_var, var)
    facts.apart(var, biased(X, 0.9), by=1e-3)
    facts.defaults(torch.nn.BatchNorm2d, momentum=0.1, eps=1e-5)
    facts.defaults(normalization.running_statistics, new_weight=0.1)
    facts.defaults(normalization.batch_norm, eps=1e-5)


@row("norms", "Keras `BatchNormalization`", "keras")
def _(facts: Facts) -> None:
    import keras

    norm = keras.layers.BatchNormalization(momentum=0.9, epsilon=0.5, dtype="float64")
    y = first(norm(last(X), training=True))
    facts.same(y, normalization.batch_norm(X, ONE, NONE, 0.5)[0], within=1e-5)
    facts.same(norm.moving_mean, normalization.running_statistics(X, NONE, ONE, 1 - 0.9)[0], within=1e-5)
    facts.same(norm.moving_variance, biased(X, 0.9), within=1e-5)
    facts.defaults(keras.layers.BatchNormalization, momentum=0.99, epsilon=1e-3)


@row("norms", "ONNX `BatchNormalization`", "onnx")
def _(facts: Facts) -> None:
    import onnx
    from onnx.reference import ReferenceEvaluator

    schema = onnx.defs.get_schema("BatchNormalization")
    facts.same(schema.attributes["momentum"].default_value.f, 0.9, within=1e-6)
    facts.same(schema.attributes["epsilon"].default_value.f, 1e-5)
    node = onnx.helper.make_node("BatchNormalization", list("xgbmv"), list("yMV"), training_mode=1, momentum=0.75)
    args = dict(zip("xgbmv", (X, ONE, NONE, NONE, ONE), strict=True))
    _, mean, var = ReferenceEvaluator(node).run(None, args)
    facts.same(mean, normalization.running_statistics(X, NONE, ONE, 1 - 0.75)[0])
    facts.same(var, biased(X, 0.75))


@row("norms", "here, PyTorch `LayerNorm`, `GroupNorm`", "torch")
def _(facts: Facts) -> None:
    import torch

    x, g, z = X[:, 0, 0], np.ones(6), np.zeros(6)
    theirs = torch.nn.functional.layer_norm(torch.tensor(x), (6,), eps=0.5)
    facts.same(theirs, normalization.layer_norm(x, g, z, 0.5)[0])
    groups = torch.nn.functional.group_norm(torch.tensor(X), 3, eps=0.5)
    facts.same(groups, normalization.group_norm(X, ONE, NONE, 3, 0.5)[0])
    for call in (torch.nn.LayerNorm, torch.nn.GroupNorm, normalization.layer_norm, normalization.group_norm):
        facts.defaults(call, eps=1e-5)


@row("norms", "Keras `LayerNormalization`, `GroupNormalization`", "keras")
def _(facts: Facts) -> None:
    import keras

    x, g, z = X[:, 0, 0], np.ones(6), np.zeros(6)
    norm = keras.layers.LayerNormalization(epsilon=0.5, dtype="float64")
    facts.same(norm(x), normalization.layer_norm(x, g, z, 0.5)[0], within=1e-5)
    groups = keras.layers.GroupNormalization(3, epsilon=0.5, dtype="float64")
    facts.same(first(groups(last(X))), normalization.group_norm(X, ONE, NONE, 3, 0.5)[0], within=1e-5)
    facts.defaults(keras.layers.LayerNormalization, axis=-1, epsilon=1e-3)
    facts.defaults(keras.layers.GroupNormalization, groups=32, epsilon=1e-3)


@row("norms", "PyTorch `RMSNorm`", "torch")
def _(facts: Facts) -> None:
    import torch

    facts.defaults(torch.nn.RMSNorm, eps=None)
    facts.defaults(normalization.rms_norm, eps=1e-5)
    facts.same(torch.finfo(torch.float32).eps, 1.19e-7, within=1e-9)
    x = 1e-4 * X[:, 0, 0].astype(np.float32)  # small enough for ε to show
    exact = normalization.rms_norm(x.astype(np.float64), np.ones(6), float(np.finfo(np.float32).eps))[0]
    facts.same(torch.nn.RMSNorm(6)(torch.tensor(x)).detach(), exact, within=1e-6)
    facts.apart(exact, normalization.rms_norm(x.astype(np.float64), np.ones(6))[0], by=0.1)


@row("norms", "Keras `RMSNormalization`", "keras")
def _(facts: Facts) -> None:
    import keras

    x = X[:, 0, 0]
    norm = keras.layers.RMSNormalization(epsilon=0.5, dtype="float64")
    facts.same(norm(x), normalization.rms_norm(x, np.ones(6), 0.5)[0], within=1e-5)
    facts.defaults(keras.layers.RMSNormalization, axis=-1, epsilon=1e-6)


@row("norms", "JAX `nn.standardize`", "jax")
def _(facts: Facts) -> None:
    import jax

    x = X[:, 0, 0]
    facts.same(jax.nn.standardize(x, epsilon=0.5), normalization.normalize(x, (-1,), 0.5)[0])
    facts.defaults(jax.nn.standardize, axis=-1, epsilon=1e-5)
    far = np.array([10_000.0, 10_001.0, 10_002.0], np.float32)
    facts.apart(jax.nn.standardize(far), normalization.normalize(far, (-1,))[0], by=0.1)


# ---------------------------------------------------------------- layouts

KERNELS, BIAS = numbers(2, 3, 3, 3, seed=1), numbers(2, seed=2)  # O, I, h, w


@row("layouts", "here, JAX `lax.conv`", "jax")
def _(facts: Facts) -> None:
    import jax

    ours = convolution.conv2d(X, KERNELS, np.zeros(2))[0]
    facts.same(jax.lax.conv(X, KERNELS, (1, 1), "VALID"), ours)
    weights = jax.nn.initializers.glorot_uniform()(jax.random.key(0), (400, 100))
    fans = jax.nn.initializers.lecun_normal()(jax.random.key(0), (3, 3, 100, 400))
    facts.same(np.abs(weights).max(), np.sqrt(6 / 500), within=1e-3)
    facts.same(fans.std() * 30, 1.0, within=0.01)  # n_in = 3 · 3 · 100: (h, w, in, out)


@row("layouts", "PyTorch `Linear`, `Conv2d`", "torch")
def _(facts: Facts) -> None:
    import torch

    x, w, b = numbers(4, 5), numbers(5, 2, seed=1), numbers(2, seed=2)
    theirs = torch.nn.functional.linear(torch.tensor(x), torch.tensor(w.T.copy()), torch.tensor(b))
    facts.same(theirs, layers.dense(x, w, b)[0])
    facts.same(torch.nn.Linear(5, 2).weight.shape, (2, 5))
    theirs = torch.nn.functional.conv2d(torch.tensor(X), torch.tensor(KERNELS), torch.tensor(BIAS))
    facts.same(theirs, convolution.conv2d(X, KERNELS, BIAS)[0])


@row("layouts", "Keras `Dense`, `Conv2D`", "keras")
def _(facts: Facts) -> None:
    import keras

    x, w, b = numbers(4, 5), numbers(5, 2, seed=1), numbers(2, seed=2)
    dense = keras.layers.Dense(2, dtype="float64")
    dense.build((None, 5))
    dense.set_weights([w, b])
    facts.same(dense(x), layers.dense(x, w, b)[0])
    conv = keras.layers.Conv2D(2, 3, dtype="float64")
    conv.build((None, 5, 6, 3))
    conv.set_weights([KERNELS.transpose(2, 3, 1, 0), BIAS])
    facts.same(first(conv(last(X))), convolution.conv2d(X, KERNELS, BIAS)[0])
    behind = keras.layers.Dense(2, dtype="float64")
    flat = keras.layers.Flatten(dtype="float64")(last(X))
    behind.build((None, 90))
    w = numbers(90, 2, seed=3)
    behind.set_weights([w, b])
    facts.same(behind(flat), layers.dense(X.reshape(4, -1), channels_first_rows(w, (5, 6, 3)), b)[0])


@row("layouts", "scikit-learn `MLPClassifier`, `LogisticRegression`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    x, y = numbers(30, 5), np.arange(30) % 3
    facts.same(LogisticRegression().fit(x, y).coef_.shape, (3, 5))
    mlp = MLPClassifier((4,), activation="identity").partial_fit(x, y, classes=[0, 1, 2])
    facts.same(mlp.coefs_[0].shape, (5, 4))
    hidden = layers.dense(x, mlp.coefs_[0], mlp.intercepts_[0])[0]
    facts.same(mlp.predict(x), layers.dense(hidden, mlp.coefs_[1], mlp.intercepts_[1])[0].argmax(axis=1))


@row("layouts", "SciPy `convolve2d`, `correlate2d`", "scipy")
def _(facts: Facts) -> None:
    from scipy import signal

    x, w = X[:1, :1], KERNELS[:1, :1]
    ours = convolution.conv2d(x, w, np.zeros(1))[0][0, 0]
    facts.same(signal.correlate2d(x[0, 0], w[0, 0], "valid"), ours)
    facts.same(signal.convolve2d(x[0, 0], w[0, 0, ::-1, ::-1], "valid"), ours)
    facts.apart(signal.convolve2d(x[0, 0], w[0, 0], "valid"), ours, by=1.0)


# ---------------------------------------------------------------- padding


def padded_same(stride: int, size: int = 3) -> Array:
    """Our convolution of X after the padding that is "same" in Keras and JAX."""
    rows, columns = (same_padding(n, size, stride) for n in X.shape[2:])
    x = np.pad(X, ((0, 0), (0, 0), rows, columns))
    return convolution.conv2d(x, numbers(2, 3, size, size, seed=1), np.zeros(2), stride)[0]


@row("padding", "here, PyTorch `Conv2d(padding=p)`", "torch")
def _(facts: Facts) -> None:
    import torch

    for stride in (1, 2):
        theirs = torch.nn.functional.conv2d(torch.tensor(X), torch.tensor(KERNELS), stride=stride, padding=1)
        facts.same(theirs, convolution.conv2d(X, KERNELS, np.zeros(2), stride, 1)[0])
    facts.apart(convolution.conv2d(X, KERNELS, np.zeros(2), 2, 1)[0], padded_same(2), by=0.1)


@row("padding", 'Keras `padding="same"`, JAX `"SAME"`', "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras

    for stride in (1, 2, 3):
        for size in (2, 3):
            w = numbers(2, 3, size, size, seed=1)
            facts.same(jax.lax.conv(X, w, (stride, stride), "SAME"), padded_same(stride, size))
            conv = keras.layers.Conv2D(2, size, stride, "same", use_bias=False, dtype="float64")
            conv.build((None, 5, 6, 3))
            conv.set_weights([w.transpose(2, 3, 1, 0)])
            facts.same(first(conv(last(X))), padded_same(stride, size))


@row("padding", 'PyTorch `padding="same"`', "torch")
def _(facts: Facts) -> None:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs: that an even kernel costs a copy
        for size in (2, 3):
            w = numbers(2, 3, size, size, seed=1)
            theirs = torch.nn.functional.conv2d(torch.tensor(X), torch.tensor(w), padding="same")
            facts.same(theirs, padded_same(1, size))
    facts.refused(torch.nn.Conv2d, 3, 2, 3, stride=2, padding="same")


@row("padding", "here, PyTorch `AvgPool2d(padding=p)`", "torch")
def _(facts: Facts) -> None:
    import torch

    theirs = torch.nn.functional.avg_pool2d(torch.tensor(X), 2, padding=1)
    facts.same(theirs, convolution.avg_pool(X, 2, padding=1)[0])
    facts.defaults(torch.nn.AvgPool2d, count_include_pad=True)


@row("padding", 'Keras `AveragePooling2D(padding="same")`', "keras")
def _(facts: Facts) -> None:
    import keras

    flat = np.ones((1, 3, 3, 1))
    facts.same(keras.layers.AveragePooling2D(2, padding="same")(flat), np.ones((1, 2, 2, 1)))
    facts.apart(convolution.avg_pool(first(flat), 2, padding=1)[0], np.ones((1, 1, 2, 2)), by=0.5)


# ---------------------------------------------------------------- dropout


@row("dropout", "here, PyTorch `Dropout(p)`, Keras `Dropout(rate)`", "torch", "keras")
def _(facts: Facts) -> None:
    import keras
    import torch

    p, ones = 0.2, np.ones(40_000)
    ours = regularization.dropout(ones, p, np.random.default_rng(0))[0]
    torch.manual_seed(0)
    theirs = torch.nn.functional.dropout(torch.tensor(ones), p)
    kept = np.asarray(keras.layers.Dropout(p, seed=0, dtype="float64")(ones, training=True))
    for y in (ours, theirs.numpy(), kept):
        facts.same(np.unique(y), [0.0, 1 / (1 - p)], within=1e-6)
        facts.same((y == 0).mean(), p, within=0.01)
    facts.same(keras.layers.Dropout(p, dtype="float64")(ones), ones)
    facts.same(torch.nn.Dropout(p).eval()(torch.tensor(ones)), ones)
    facts.defaults(torch.nn.Dropout, p=0.5)


@row("dropout", "JAX `random.bernoulli(key, q)`", "jax")
def _(facts: Facts) -> None:
    import jax

    facts.same(jax.random.bernoulli(jax.random.key(0), 0.2, (40_000,)).mean(), 0.2, within=0.01)


@row("dropout", "dropping all: PyTorch, Keras", "torch", "keras")
def _(facts: Facts) -> None:
    import keras
    import torch

    facts.same(torch.nn.functional.dropout(torch.ones(3), 1.0), np.zeros(3))
    facts.same(keras.layers.Dropout(1.0)(np.ones(3), training=True), np.zeros(3))
    facts.refused(regularization.dropout, np.ones(3), 1.0, None)
