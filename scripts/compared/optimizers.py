"""Momentum, decay and ε: rules of the libraries against ours, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from scripts.compared import Facts, numbers, row
from snippets import losses, optimizers, regularization
from snippets.arrays import Array

W, G = numbers(7), numbers(6, 7, seed=1)
RATES = (0.1, 0.1, 0.1, 0.01, 0.01, 0.01)  # falls after three steps
STEADY = (0.1,) * 6


def ours(rule: Any, rates: Sequence[float] = STEADY, gradients: Array = G) -> Array:
    """The weights after every step of a rule of the package, its rate replaced at every step."""
    w, s, path = W, rule.init(W), []
    for lr, g in zip(rates, gradients, strict=True):
        step, s = replace(rule, lr=lr).update(g, s, w)
        w = w + step
        path.append(w)
    return np.array(path)


def by_hand(step: Callable[[float, Array, Array], Any], rates: Sequence[float] = STEADY) -> Array:
    """The weights after every step w + step(lr, g, w)."""
    w, path = W, []
    for lr, g in zip(rates, G, strict=True):
        w = w + step(lr, g, w)
        path.append(w)
    return np.array(path)


def velocity_with_rate(momentum: float, nesterov: bool, rates: Sequence[float]) -> Array:
    """v ← μ v - η g, w ← w + v, or + μ v - η g."""
    v = np.zeros_like(W)

    def step(lr: float, g: Array, w: Array) -> Any:  # noqa: ARG001
        nonlocal v
        v = momentum * v - lr * g
        return momentum * v - lr * g if nesterov else v

    return by_hand(step, rates)


def torch_path(make: Callable[..., Any], rates: Sequence[float] = STEADY, **options: Any) -> Array:
    """The weights after every step of an optimizer of PyTorch."""
    import torch

    w = torch.nn.Parameter(torch.tensor(W))
    optimizer, path = make([w], lr=rates[0], **options), []
    for lr, g in zip(rates, G, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        w.grad = torch.tensor(g)
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


def keras_path(make: Callable[..., Any], rates: Sequence[float] = STEADY, **options: Any) -> Array:
    """The weights after every step of an optimizer of Keras."""
    import keras

    w = keras.Variable(W, dtype="float64")
    optimizer, path = make(rates[0], **options), []
    optimizer.build([w])
    for lr, g in zip(rates, G, strict=True):
        optimizer.learning_rate = lr
        optimizer.apply([keras.ops.convert_to_tensor(g, "float64")])
        path.append(np.array(w))
    return np.array(path)


def optax_path(make: Callable[..., Any], rates: Sequence[float] = STEADY, **options: Any) -> Array:
    """The weights after every step of an optimizer of optax."""
    import jax.numpy as jnp
    import optax

    w, schedule = jnp.array(W), jnp.array(rates)
    optimizer, path = make(lambda t: schedule[t], **options), []
    s = optimizer.init(w)
    for g in G:
        step, s = optimizer.update(jnp.array(g), s, w)
        w = optax.apply_updates(w, step)
        path.append(np.array(w))
    return np.array(path)


def sklearn_path(make: Callable[..., Any], rates: Sequence[float] = STEADY, **options: Any) -> Array:
    """The weights after every step of an optimizer of scikit-learn's perceptrons."""
    w, path = W.copy(), []
    optimizer = make([w], learning_rate_init=rates[0], **options)
    for lr, g in zip(rates, G, strict=True):
        if hasattr(optimizer, "velocities"):
            optimizer.learning_rate = lr
        optimizer.update_params([w], [g])
        path.append(w.copy())
    return np.array(path)


@row("momentum", "here, PyTorch `SGD`, optax `sgd`", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    expected = ours(optimizers.Momentum(momentum=0.9), RATES)
    facts.same(torch_path(torch.optim.SGD, RATES, momentum=0.9), expected)
    facts.same(optax_path(optax.sgd, RATES, momentum=0.9), expected)
    facts.defaults(torch.optim.SGD, momentum=0)
    facts.defaults(optax.sgd, momentum=None)


@row("momentum", "Keras `SGD`, scikit-learn `MLPClassifier`", "keras", "sklearn")
def _(facts: Facts) -> None:
    import keras
    from sklearn.neural_network import MLPClassifier
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    expected = velocity_with_rate(0.9, nesterov=False, rates=RATES)
    facts.same(keras_path(keras.optimizers.SGD, RATES, momentum=0.9), expected, within=1e-7)
    facts.same(sklearn_path(SGDOptimizer, RATES, momentum=0.9, nesterov=False), expected)
    facts.apart(expected, ours(optimizers.Momentum(momentum=0.9), RATES), by=0.1)
    facts.same(velocity_with_rate(0.9, nesterov=False, rates=STEADY), ours(optimizers.Momentum(momentum=0.9)))
    facts.defaults(keras.optimizers.SGD, momentum=0.0)
    facts.defaults(MLPClassifier, momentum=0.9)


@row("momentum", "PyTorch `dampening`", "torch")
def _(facts: Facts) -> None:
    import torch

    v = G[0]
    expected = [W - 0.1 * v]
    for g in G[1:]:
        v = 0.9 * v + (1 - 0.4) * g
        expected.append(expected[-1] - 0.1 * v)
    facts.same(torch_path(torch.optim.SGD, momentum=0.9, dampening=0.4), expected)
    facts.defaults(torch.optim.SGD, dampening=0)


@row("momentum", "Nesterov: here, PyTorch, optax", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    expected = ours(optimizers.Nesterov(momentum=0.9), RATES)
    facts.same(torch_path(torch.optim.SGD, RATES, momentum=0.9, nesterov=True), expected)
    facts.same(optax_path(optax.sgd, RATES, momentum=0.9, nesterov=True), expected)


@row("momentum", "Nesterov: Keras, scikit-learn", "keras", "sklearn")
def _(facts: Facts) -> None:
    import keras
    from sklearn.neural_network import MLPClassifier
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    expected = velocity_with_rate(0.9, nesterov=True, rates=RATES)
    facts.same(keras_path(keras.optimizers.SGD, RATES, momentum=0.9, nesterov=True), expected, within=1e-7)
    facts.same(sklearn_path(SGDOptimizer, RATES, momentum=0.9, nesterov=True), expected)
    facts.apart(expected, ours(optimizers.Nesterov(momentum=0.9), RATES), by=0.01)
    facts.same(velocity_with_rate(0.9, nesterov=True, rates=STEADY), ours(optimizers.Nesterov(momentum=0.9)))
    facts.defaults(MLPClassifier, nesterovs_momentum=True)
    facts.defaults(keras.optimizers.SGD, nesterov=False)


@row("momentum", "optax `ema`", "optax")
def _(facts: Facts) -> None:
    import optax

    m, expected = np.zeros_like(W), list[Array]()
    for t, g in enumerate(G, start=1):
        m = 0.9 * m + (1 - 0.9) * g
        expected.append((expected[-1] if expected else W) - 0.1 * m / (1 - 0.9**t))
    facts.same(optax_path(lambda _: optax.chain(optax.ema(0.9), optax.scale(-0.1))), expected)
    facts.defaults(optax.ema, debias=True)


# ---------------------------------------------------------------- weight decay


def with_l2(rule: Any, strength: float) -> Array:
    """The rule of the package with the gradient of the L2 penalty added to each gradient."""
    s = rule.init(W)

    def step(lr: float, g: Array, w: Array) -> Any:  # noqa: ARG001
        nonlocal s
        move, s = rule.update(g + regularization.l2(w, strength)[1], s, w)
        return move

    return by_hand(step)


def with_decay(rule: Any, decay: float) -> Array:
    """The rule of the package, and beside its step a share lr · decay of the weights."""
    s = rule.init(W)

    def step(lr: float, g: Array, w: Array) -> Any:
        nonlocal s
        move, s = rule.update(g, s, w)
        return move - lr * decay * w

    return by_hand(step)


@row("decay", "PyTorch `weight_decay` of `SGD`, `Adam`, `RMSprop`", "torch")
def _(facts: Facts) -> None:
    import torch

    for theirs, rule in (
        (torch.optim.SGD, optimizers.SGD(0.1)),
        (torch.optim.Adam, optimizers.Adam(0.1)),
        (torch.optim.RMSprop, optimizers.RMSProp(0.1)),
    ):
        facts.same(torch_path(theirs, weight_decay=0.3), with_l2(rule, 0.3))
        facts.defaults(theirs, weight_decay=0)
    facts.apart(with_l2(optimizers.Adam(0.1), 0.3), with_decay(optimizers.Adam(0.1), 0.3), by=0.01)


@row("decay", "here, PyTorch, optax: `AdamW`", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    expected = ours(optimizers.AdamW(weight_decay=0.3))
    facts.same(expected, with_decay(optimizers.Adam(0.1), 0.3))
    facts.same(torch_path(torch.optim.AdamW, weight_decay=0.3), expected)
    facts.same(optax_path(optax.adamw, weight_decay=0.3), expected)
    facts.defaults(torch.optim.AdamW, weight_decay=0.01)
    facts.defaults(optimizers.AdamW, weight_decay=0.01)
    facts.defaults(optax.adamw, weight_decay=1e-4)


@row("decay", "Keras `weight_decay` of every optimizer", "keras")
def _(facts: Facts) -> None:
    import keras

    momentum = with_decay(optimizers.Momentum(0.1, 0.9), 0.3)
    facts.same(keras_path(keras.optimizers.SGD, momentum=0.9, weight_decay=0.3), momentum, within=1e-6)
    adam = with_decay(optimizers.Adam(0.1, eps=0.0), 0.3)
    for theirs in (keras.optimizers.Adam, keras.optimizers.AdamW):
        facts.same(keras_path(theirs, weight_decay=0.3, epsilon=0.0), adam, within=1e-6)
    facts.defaults(keras.optimizers.AdamW, weight_decay=0.004)
    facts.defaults(keras.optimizers.Adam, weight_decay=None)


@row("decay", "Keras `L2(c)`", "keras")
def _(facts: Facts) -> None:
    import keras

    facts.same(keras.regularizers.L2(0.15)(W), regularization.l2(W, 2 * 0.15)[0], within=1e-6)
    facts.defaults(keras.regularizers.L2, l2=0.01)


@row("decay", "optax `add_decayed_weights`", "optax")
def _(facts: Facts) -> None:
    import optax

    decay = optax.add_decayed_weights(0.3)
    before = optax_path(lambda _: optax.chain(decay, optax.scale_by_adam(), optax.scale(-0.1)))
    after = optax_path(lambda _: optax.chain(optax.scale_by_adam(), decay, optax.scale(-0.1)))
    facts.same(before, with_l2(optimizers.Adam(0.1), 0.3))
    facts.same(after, with_decay(optimizers.Adam(0.1), 0.3))


@row("decay", "scikit-learn `MLPClassifier(alpha)`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.neural_network import MLPClassifier

    x, y = numbers(12, 4), np.arange(12) % 3
    options: dict[str, Any] = {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1, "random_state": 0}
    plain, decayed = (
        MLPClassifier((5,), alpha=alpha, batch_size=12, **options).partial_fit(x, y, classes=[0, 1, 2])
        for alpha in (0.0, 3.0)
    )
    start = plain.coefs_[0] + (plain.coefs_[0] - decayed.coefs_[0]) * 0.0
    step = plain.coefs_[0] - decayed.coefs_[0]  # 0.1 · λ · w before the step
    weights = step / (0.1 * 3.0 / 12)
    fresh = MLPClassifier((5,), alpha=0.0, batch_size=12, **(options | {"learning_rate_init": 1e-12}))
    facts.same(fresh.partial_fit(x, y, classes=[0, 1, 2]).coefs_[0], weights, within=1e-9)
    facts.same(decayed.intercepts_[0], plain.intercepts_[0])
    facts.apart(start, weights, by=1e-4)
    facts.defaults(MLPClassifier, alpha=1e-4)


@row("decay", "scikit-learn `LogisticRegression(C)`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.linear_model import LogisticRegression

    x, y, c = numbers(30, 4), np.arange(30) % 3, 0.7
    model = LogisticRegression(C=c, tol=1e-10, max_iter=10_000).fit(x, y)
    w = model.coef_.T
    _, slope = losses.softmax_cross_entropy(x @ w + model.intercept_, y)
    facts.same(x.T @ slope + regularization.l2(w, 1 / (c * 30))[1], np.zeros_like(w), within=1e-6)  # λ = 1/(C N)
    facts.same(slope.sum(axis=0), np.zeros(3), within=1e-6)
    facts.defaults(LogisticRegression, C=1.0)


@row("decay", "scikit-learn `Ridge(alpha)`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.linear_model import Ridge

    x, y = numbers(30, 4), numbers(30, seed=1)
    model = Ridge(alpha=0.7).fit(x, y)
    _, slope = losses.mse(model.predict(x), y)
    facts.same(x.T @ slope + regularization.l2(model.coef_, 2 * 0.7 / 30)[1], np.zeros(4))  # λ = 2α/N
    facts.defaults(Ridge, alpha=1.0)


# ---------------------------------------------------------------- ε


def adam_before(eps: float) -> Array:
    """Adam whose ε is added to the root of v before the bias correction."""
    m, v, t = np.zeros_like(W), np.zeros_like(W), 0

    def step(lr: float, g: Array, w: Array) -> Any:  # noqa: ARG001
        nonlocal m, v, t
        m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2, t + 1
        return -lr * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + eps)

    return by_hand(step)


def squares_inside(eps: float, rho: float | None, start: float = 0.0) -> Array:
    """RMSProp, or without rho Adagrad, with ε inside of the root and squares that start elsewhere."""
    h = np.full_like(W, start)

    def step(lr: float, g: Array, w: Array) -> Any:  # noqa: ARG001
        nonlocal h
        h = h + g**2 if rho is None else rho * h + (1 - rho) * g**2
        return -lr * g / np.sqrt(h + eps)

    return by_hand(step)


BIG = 0.2  # an ε that shows


@row("epsilon", "here, PyTorch, optax: `Adam`", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    expected = ours(optimizers.Adam(eps=BIG))
    facts.same(torch_path(torch.optim.Adam, eps=BIG), expected)
    facts.same(optax_path(optax.adam, eps=BIG), expected)
    facts.apart(expected, adam_before(BIG), by=0.01)
    facts.defaults(torch.optim.Adam, eps=1e-8)
    facts.defaults(optax.adam, eps=1e-8, eps_root=0.0)
    facts.defaults(optimizers.Adam, eps=1e-8)


@row("epsilon", "Keras `Adam`", "keras")
def _(facts: Facts) -> None:
    import keras

    facts.same(keras_path(keras.optimizers.Adam, epsilon=BIG), adam_before(BIG), within=1e-6)
    facts.defaults(keras.optimizers.Adam, epsilon=1e-7)


@row("epsilon", "scikit-learn `MLPClassifier`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.neural_network import MLPClassifier
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    facts.same(sklearn_path(AdamOptimizer, epsilon=BIG), adam_before(BIG))
    facts.defaults(MLPClassifier, epsilon=1e-8)


@row("epsilon", "here, PyTorch: RMSProp", "torch")
def _(facts: Facts) -> None:
    import torch

    facts.same(torch_path(torch.optim.RMSprop, eps=BIG, alpha=0.8), ours(optimizers.RMSProp(rho=0.8, eps=BIG)))
    facts.defaults(torch.optim.RMSprop, alpha=0.99, eps=1e-8)
    facts.defaults(optimizers.RMSProp, rho=0.99, eps=1e-8)


@row("epsilon", "Keras, optax: RMSProp", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    facts.same(keras_path(keras.optimizers.RMSprop, epsilon=BIG), squares_inside(BIG, 0.9), within=1e-6)
    facts.same(optax_path(optax.rmsprop, eps=BIG), squares_inside(BIG, 0.9))
    facts.same(optax_path(optax.rmsprop, eps=BIG, eps_in_sqrt=False), ours(optimizers.RMSProp(rho=0.9, eps=BIG)))
    facts.defaults(keras.optimizers.RMSprop, rho=0.9, epsilon=1e-7)
    facts.defaults(optax.rmsprop, decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True)


@row("epsilon", "here, PyTorch: Adagrad", "torch")
def _(facts: Facts) -> None:
    import torch

    facts.same(torch_path(torch.optim.Adagrad, eps=BIG), ours(optimizers.Adagrad(eps=BIG)))
    facts.defaults(torch.optim.Adagrad, eps=1e-10, initial_accumulator_value=0)
    facts.defaults(optimizers.Adagrad, eps=1e-10)


@row("epsilon", "Keras, optax: Adagrad", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    facts.same(keras_path(keras.optimizers.Adagrad, epsilon=BIG), squares_inside(BIG, None, 0.1), within=1e-6)
    facts.same(optax_path(optax.adagrad, eps=BIG), squares_inside(BIG, None, 0.1))
    facts.defaults(keras.optimizers.Adagrad, initial_accumulator_value=0.1, epsilon=1e-7)
    facts.defaults(optax.adagrad, initial_accumulator_value=0.1, eps=1e-7)


@row("epsilon", "AMSGrad: here, PyTorch, Keras", "torch", "keras")
def _(facts: Facts) -> None:
    import keras
    import torch

    expected = ours(optimizers.AMSGrad(eps=0.0))
    facts.same(torch_path(torch.optim.Adam, amsgrad=True, eps=0.0), expected)
    facts.same(keras_path(keras.optimizers.Adam, amsgrad=True, epsilon=0.0), expected, within=1e-6)


@row("epsilon", "AMSGrad: optax", "optax")
def _(facts: Facts) -> None:
    import optax

    m, v, most, t = np.zeros_like(W), np.zeros_like(W), np.zeros_like(W), 0

    def step(lr: float, g: Array, w: Array) -> Any:  # noqa: ARG001
        nonlocal m, v, most, t
        m, v, t = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2, t + 1
        most = np.maximum(most, v / (1 - 0.999**t))
        return -lr * m / (1 - 0.9**t) / np.sqrt(most)

    facts.same(optax_path(optax.amsgrad, eps=0.0), by_hand(step))
    facts.apart(by_hand(step), ours(optimizers.AMSGrad(eps=0.0)), by=0.001)


@row("epsilon", "Adadelta: here, PyTorch, optax", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    import torch

    expected = ours(optimizers.Adadelta(rho=0.8, eps=BIG))
    facts.same(torch_path(torch.optim.Adadelta, rho=0.8, eps=BIG), expected)
    facts.same(optax_path(optax.adadelta, rho=0.8, eps=BIG), expected)
    facts.defaults(torch.optim.Adadelta, lr=1.0, rho=0.9, eps=1e-6)
    facts.defaults(optax.adadelta, rho=0.9, eps=1e-6)
    facts.defaults(optimizers.Adadelta, lr=1.0, rho=0.9, eps=1e-6)


@row("epsilon", "Adadelta: Keras", "keras")
def _(facts: Facts) -> None:
    import keras

    theirs = keras_path(keras.optimizers.Adadelta, rho=0.8, epsilon=BIG)
    facts.same(theirs, ours(optimizers.Adadelta(rho=0.8, eps=BIG)), within=1e-6)
    facts.defaults(keras.optimizers.Adadelta, learning_rate=0.001, rho=0.95, epsilon=1e-7)
