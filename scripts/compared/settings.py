"""Initial weights, schedules, clipping, averages, standard deviations: settings of the libraries against ours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from scripts.compared import Facts, numbers, row
from snippets import initialization, optimizers, preprocessing, schedules
from snippets.arrays import Array

IN, OUT = 400, 100
MANY = (IN, 4 * OUT)  # enough weights for a standard deviation within one percent


def spread(weights: Any) -> tuple[float, float]:
    """Their standard deviation and the largest size."""
    w = np.asarray(weights, np.float64)
    return float(w.std()), float(np.abs(w).max())


@row("initialization", "PyTorch `Linear`, `Conv2d`", "torch")
def _(facts: Facts) -> None:
    import torch

    torch.manual_seed(0)
    for layer, fan_in in ((torch.nn.Linear(IN, OUT), IN), (torch.nn.Conv2d(30, 90, 3), 270)):
        for array in (layer.weight, layer.bias):
            facts.same(spread(array.detach())[1] * math.sqrt(fan_in), 1.0, within=0.05)
        facts.same(spread(layer.weight.detach())[0] * math.sqrt(3 * fan_in), 1.0, within=0.01)
    limit = spread(initialization.he_uniform((IN, OUT), np.random.default_rng(0), slope=math.sqrt(5)))[1]
    facts.same(limit * math.sqrt(IN), 1.0, within=0.01)


@row("initialization", "Keras `Dense`, `Conv2D`", "keras")
def _(facts: Facts) -> None:
    import keras

    dense, conv = keras.layers.Dense(OUT), keras.layers.Conv2D(90, 3)
    dense.build((None, IN))
    conv.build((None, 8, 8, 30))
    for layer, fan_in, fan_out in ((dense, IN, OUT), (conv, 270, 810)):
        weights, bias = layer.get_weights()
        facts.same(spread(weights)[1], math.sqrt(6 / (fan_in + fan_out)), within=1e-3)
        facts.same(bias, np.zeros_like(bias))
    facts.defaults(keras.layers.Dense, kernel_initializer="glorot_uniform", bias_initializer="zeros")


@row("initialization", "scikit-learn `MLPClassifier`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.neural_network import MLPClassifier

    x, y = numbers(8, IN), np.arange(8) % 3
    for activation, factor in (("relu", 6), ("tanh", 6), ("logistic", 2)):
        model = MLPClassifier((OUT,), activation=activation, solver="sgd", learning_rate_init=1e-12, random_state=0)
        model.partial_fit(x, y, classes=[0, 1, 2])
        limit = math.sqrt(factor / (IN + OUT))
        facts.same(spread(model.coefs_[0])[1], limit, within=1e-3)
        facts.same(spread(model.intercepts_[0])[1], limit, within=5e-3)


@row("initialization", "here `he_normal`, PyTorch `kaiming_normal_`", "torch")
def _(facts: Facts) -> None:
    import torch

    torch.manual_seed(0)
    theirs = torch.nn.init.kaiming_normal_(torch.empty(MANY[1], MANY[0]))
    for weights in (theirs, initialization.he_normal(MANY, np.random.default_rng(0))):
        std, largest = spread(weights)
        facts.same(std / math.sqrt(2 / IN), 1.0, within=0.01)
        facts.apart(min(largest / std, 4.0), 2.3, by=1.7)  # goes beyond four standard deviations: nothing is cut off


@row("initialization", "Keras `HeNormal`, JAX `he_normal`", "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras

    theirs = jax.nn.initializers.he_normal()(jax.random.key(0), MANY)
    for weights in (theirs, keras.initializers.HeNormal(seed=0)(MANY)):
        std, largest = spread(weights)
        facts.same(std / math.sqrt(2 / IN), 1.0, within=0.01)
        facts.same(largest / std * initialization.CUT_NORMAL_STD, 2.0, within=1e-2)
    ours = spread(initialization.truncated_normal(MANY, np.random.default_rng(0), math.sqrt(2 / IN)))
    facts.same(ours, spread(theirs), within=1e-3)


@row("initialization", "Keras `TruncatedNormal(s)`, JAX `truncated_normal(s)`", "keras", "jax")
def _(facts: Facts) -> None:
    import jax
    import keras

    theirs = jax.nn.initializers.truncated_normal(0.5)(jax.random.key(0), MANY)
    for weights in (theirs, keras.initializers.TruncatedNormal(0.0, 0.5, seed=0)(MANY)):
        std, largest = spread(weights)
        facts.same(std / 0.5, 0.88, within=0.005)
        facts.same(largest, 2 * 0.5, within=1e-3)


@row("initialization", "PyTorch `trunc_normal_(std=s)`", "torch")
def _(facts: Facts) -> None:
    import torch

    torch.manual_seed(0)
    std, largest = spread(torch.nn.init.trunc_normal_(torch.empty(MANY), std=0.5))
    facts.same(std / 0.5, 1.0, within=0.01)
    facts.same(largest, 2.0, within=0.05)
    facts.defaults(torch.nn.init.trunc_normal_, a=-2.0, b=2.0)


# ---------------------------------------------------------------- schedules


def torch_rates(make: Any, steps: int, **options: Any) -> list[float]:
    """The rates of a schedule of PyTorch that starts from 1, one a step."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule, rates = make(optimizer, **options), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return rates


def rates_of(schedule: Any, steps: int) -> list[float]:
    """The rates at the steps 0, 1, ...."""
    return [float(schedule(t)) for t in range(steps)]


@row("schedules", "PyTorch: every scheduler", "torch")
def _(facts: Facts) -> None:
    from torch.optim import lr_scheduler as theirs

    facts.same(torch_rates(theirs.ExponentialLR, 9, gamma=0.8), rates_of(schedules.Exponential(1.0, 0.8), 9))
    facts.same(torch_rates(theirs.StepLR, 9, step_size=3), rates_of(schedules.StepDecay(1.0, 3), 9))


@row("schedules", "Keras, optax: every schedule", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    seen: list[float] = []
    w = keras.Variable(np.zeros(1), dtype="float64")
    rule = keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(1.0, 1, 0.5))
    rule.build([w])
    for _ in range(3):
        before = float(np.array(w)[0])
        rule.apply([keras.ops.ones(1, "float64")])
        seen.append(before - float(np.array(w)[0]))
    facts.same(seen, [1.0, 0.5, 0.25], within=1e-6)
    rule = optax.sgd(optax.exponential_decay(1.0, 1, 0.5))
    state, moves = rule.init(np.zeros(1)), []
    for _ in range(3):
        move, state = rule.update(np.ones(1), state)
        moves.append(-float(move[0]))
    facts.same(moves, [1.0, 0.5, 0.25])


@row("schedules", "decay by a factor: Keras, optax", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    ours = rates_of(schedules.Exponential(1.0, 0.5 ** (1 / 4)), 12)
    facts.same(rates_of(keras.optimizers.schedules.ExponentialDecay(1.0, 4, 0.5), 12), ours, within=1e-6)
    facts.same(rates_of(optax.exponential_decay(1.0, 4, 0.5), 12), ours, within=1e-6)


@row("schedules", "warmup: here")
def _(facts: Facts) -> None:
    facts.same(rates_of(schedules.Warmup(schedules.Constant(1.0), 5), 7), [0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0])


@row("schedules", "warmup: Keras `CosineDecay`, optax `linear_schedule`", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    ours = [0.0, *rates_of(schedules.Warmup(schedules.Constant(1.0), 5), 5)]
    decay = keras.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=5)
    facts.same(rates_of(decay, 6), ours, within=1e-6)
    facts.same(rates_of(optax.linear_schedule(0.0, 1.0, 5), 6), ours, within=1e-6)


@row("schedules", "warmup: PyTorch `LinearLR`", "torch")
def _(facts: Facts) -> None:
    from torch.optim import lr_scheduler as theirs

    facts.same(torch_rates(theirs.LinearLR, 7), [1 / 3 + 2 / 3 * min(t, 5) / 5 for t in range(7)])
    facts.refused(torch_rates, theirs.LinearLR, 1, start_factor=0.0)
    facts.defaults(theirs.LinearLR, start_factor=1 / 3, total_iters=5)
    facts.same(
        torch_rates(theirs.LinearLR, 7, start_factor=1 / 5, total_iters=5 - 1),
        rates_of(schedules.Warmup(schedules.Constant(1.0), 5), 7),
    )


@row("schedules", "cosine: here, Keras, optax", "keras", "optax")
def _(facts: Facts) -> None:
    import keras
    import optax

    ours = rates_of(schedules.Cosine(2.0, 10, 0.2), 14)
    facts.same(ours[10:], [0.2] * 4)
    facts.same(rates_of(keras.optimizers.schedules.CosineDecay(2.0, 10, 0.1), 14), ours, within=1e-6)
    facts.same(rates_of(optax.cosine_decay_schedule(2.0, 10, 0.1), 14), ours, within=1e-6)


@row("schedules", "cosine: PyTorch `CosineAnnealingLR`", "torch")
def _(facts: Facts) -> None:
    from torch.optim import lr_scheduler as theirs

    rates = torch_rates(theirs.CosineAnnealingLR, 21, T_max=10, eta_min=0.1)
    facts.same(rates[:11], rates_of(schedules.Cosine(1.0, 10, 0.1), 11))
    facts.same(rates[20], 1.0)


@row("schedules", "milestones: here, PyTorch, optax", "torch", "optax")
def _(facts: Facts) -> None:
    import optax
    from torch.optim import lr_scheduler as theirs

    ours = rates_of(schedules.MultiStep(1.0, (3, 5)), 8)
    facts.same(ours[2:4], [1.0, 0.1])
    facts.same(torch_rates(theirs.MultiStepLR, 8, milestones=[3, 5]), ours)
    facts.same(rates_of(optax.piecewise_constant_schedule(1.0, {3: 0.1, 5: 0.1}), 8), ours, within=1e-6)


@row("schedules", "milestones: Keras", "keras")
def _(facts: Facts) -> None:
    import keras

    late = rates_of(keras.optimizers.schedules.PiecewiseConstantDecay([3, 5], [1.0, 0.1, 0.01]), 8)
    facts.same(late, rates_of(schedules.MultiStep(1.0, (4, 6)), 8), within=1e-6)


@row("schedules", "one cycle: here, PyTorch", "torch")
def _(facts: Facts) -> None:
    from torch.optim import lr_scheduler as theirs

    rates = torch_rates(theirs.OneCycleLR, 20, max_lr=1.0, total_steps=21)
    facts.same(rates, rates_of(schedules.OneCycle(1.0, 21), 20))
    facts.same(max(torch_rates(theirs.OneCycleLR, 20, max_lr=1.0, total_steps=20)), 1.0)
    facts.same(np.argmax(torch_rates(theirs.OneCycleLR, 19, max_lr=1.0, total_steps=20)), 0.3 * 20 - 1)
    facts.defaults(theirs.OneCycleLR, pct_start=0.3, div_factor=25.0, final_div_factor=1e4, cycle_momentum=True)


@row("schedules", "one cycle: optax `cosine_onecycle_schedule`", "optax")
def _(facts: Facts) -> None:
    import optax

    rates = rates_of(optax.cosine_onecycle_schedule(20, 1.0), 21)
    facts.same(np.argmax(rates), 0.3 * 20)
    facts.same(rates[0], 1 / 25, within=1e-6)
    facts.same(rates[-1], rates_of(schedules.OneCycle(1.0, 20), 20)[-1], within=1e-6)
    facts.same(np.argmin(rates), 20)


STUCK = (1.0,) * 20
SLOW = tuple(0.01 - 5e-6 * t for t in range(20))  # each falls by more than the share 1e-4, all by less than 1e-4


def cut_at(rates: list[float]) -> list[int]:
    """At which loss, counted from 0, the rate was cut."""
    return [t for t in range(1, len(rates)) if rates[t] < 0.5 * rates[t - 1]]


@row("schedules", "plateau: here, PyTorch", "torch")
def _(facts: Facts) -> None:
    import torch
    from torch.optim.lr_scheduler import ReduceLROnPlateau

    plateau = schedules.ReduceOnPlateau(1.0)
    for losses, cuts in ((STUCK, [11]), (SLOW, [])):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        schedule, rates = ReduceLROnPlateau(optimizer), []
        for loss in losses:
            schedule.step(loss)
            rates.append(optimizer.param_groups[0]["lr"])
        facts.same(rates, [plateau(losses[: n + 1]) for n in range(len(losses))])
        facts.same(cut_at(rates), cuts)
    facts.defaults(ReduceLROnPlateau, threshold=1e-4, threshold_mode="rel")
    facts.defaults(schedules.ReduceOnPlateau, threshold=1e-4)


@row("schedules", "plateau: Keras", "keras")
def _(facts: Facts) -> None:
    import keras

    for losses in (STUCK, SLOW):
        model = keras.Sequential([keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(1.0), "mse")
        callback, rates = keras.callbacks.ReduceLROnPlateau(monitor="loss"), []
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, loss in enumerate(losses):
            callback.on_epoch_end(epoch, {"loss": loss})
            rates.append(float(model.optimizer.learning_rate))
        facts.same(cut_at(rates), [10])
    facts.defaults(keras.callbacks.ReduceLROnPlateau, min_delta=1e-4)


# ---------------------------------------------------------------- clipping and averages

TWO = (numbers(5), 3.0 * numbers(4, seed=1))
ALL = np.concatenate(TWO)


@row("clipping", "here, optax `clip_by_global_norm`", "optax")
def _(facts: Facts) -> None:
    import optax

    expected = optimizers.clip_by_norm(ALL, 0.7)
    theirs, _ = optax.clip_by_global_norm(0.7).update(TWO, optax.EmptyState())
    facts.same(np.concatenate(theirs), expected)
    facts.same(np.linalg.norm(expected), 0.7)


@row("clipping", "PyTorch `clip_grad_norm_`", "torch")
def _(facts: Facts) -> None:
    import torch

    params = [torch.nn.Parameter(torch.zeros(len(g), dtype=torch.float64)) for g in TWO]
    for w, g in zip(params, TWO, strict=True):
        w.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_(params, 0.7)
    theirs = np.concatenate([w.grad for w in params])
    facts.same(theirs, ALL * 0.7 / (np.linalg.norm(ALL) + 1e-6), within=1e-14)
    facts.apart(theirs, optimizers.clip_by_norm(ALL, 0.7), by=1e-9)


@row("clipping", "Keras `clipnorm`, `global_clipnorm`, `clipvalue`", "keras")
def _(facts: Facts) -> None:
    import keras

    def clipped(**options: float) -> Array:
        ws = [keras.Variable(np.zeros(len(g)), dtype="float64") for g in TWO]
        rule = keras.optimizers.SGD(1.0, **options)
        rule.build(ws)
        rule.apply([keras.ops.convert_to_tensor(g, "float64") for g in TWO])
        return -np.concatenate([np.array(w) for w in ws])

    facts.same(clipped(clipnorm=0.7), np.concatenate([optimizers.clip_by_norm(g, 0.7) for g in TWO]), within=1e-6)
    facts.same(clipped(global_clipnorm=0.7), optimizers.clip_by_norm(ALL, 0.7), within=1e-6)
    facts.same(clipped(clipvalue=0.7), optimizers.clip_by_value(ALL, 0.7), within=1e-6)


PATH = numbers(5, 3, seed=4)


def averaged(start: Array, weights: Array, decay: float) -> Array:
    """Our running mean of the rows."""
    average = start
    for w in weights:
        average = optimizers.ema(average, w, decay)
    return average


@row("clipping", "EMA: here, PyTorch `get_ema_multi_avg_fn`", "torch")
def _(facts: Facts) -> None:
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    model = torch.nn.Linear(3, 1, bias=False, dtype=torch.float64)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
    for w in PATH:
        model.weight.data = torch.tensor(w[None])
        average.update_parameters(model)
    facts.same(average.module.weight.detach()[0], averaged(PATH[0], PATH[1:], 0.9))
    facts.defaults(get_ema_multi_avg_fn, decay=0.999)
    facts.defaults(optimizers.ema, decay=0.999)


@row("clipping", "EMA: Keras `use_ema`", "keras")
def _(facts: Facts) -> None:
    import keras

    w = keras.Variable(np.zeros(3), dtype="float64")
    rule = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=0.9)
    rule.build([w])
    reached = []
    for g in PATH:
        rule.apply([keras.ops.convert_to_tensor(g, "float64")])
        reached.append(np.array(w))
    facts.same(rule._model_variables_moving_average[0], averaged(reached[0], np.array(reached[1:]), 0.9), within=1e-6)
    facts.defaults(keras.optimizers.SGD, use_ema=False, ema_momentum=0.99)


@row("clipping", "EMA: optax `ema`", "optax")
def _(facts: Facts) -> None:
    import optax

    rule = optax.ema(0.9)
    state = rule.init(PATH[0])
    for w in PATH:
        average, state = rule.update(w, state)
    facts.same(average, averaged(np.zeros(3), PATH, 0.9) / (1 - 0.9**5))
    facts.defaults(optax.ema, debias=True)


# ---------------------------------------------------------------- standard deviations


@row("deviations", "here, NumPy, JAX, scikit-learn, Keras", "jax", "sklearn", "keras")
def _(facts: Facts) -> None:
    import jax
    import keras
    from sklearn.preprocessing import StandardScaler

    ours = preprocessing.fit_standardization(PATH)
    facts.same(ours.scale, PATH.std(axis=0))
    facts.same(jax.numpy.std(PATH, axis=0), PATH.std(axis=0))
    facts.same(StandardScaler().fit(PATH).transform(PATH), ours(PATH))
    layer = keras.layers.Normalization(dtype="float64")
    layer.adapt(PATH)
    facts.same(layer(PATH), ours(PATH), within=1e-5)


@row("deviations", "PyTorch `std`", "torch")
def _(facts: Facts) -> None:
    import torch

    facts.same(torch.tensor(PATH).std(dim=0), PATH.std(axis=0, ddof=1))


@row("deviations", "whitening: here")
def _(facts: Facts) -> None:
    x = numbers(20, 3)
    facts.same(preprocessing.fit_pca_whitening(x, eps=1e-30)(x).std(axis=0), np.ones(3))


@row("deviations", "whitening: scikit-learn `PCA(whiten=True)`", "sklearn")
def _(facts: Facts) -> None:
    from sklearn.decomposition import PCA

    x = numbers(20, 3)
    facts.same(PCA(whiten=True).fit_transform(x).std(axis=0, ddof=1), np.ones(3))
