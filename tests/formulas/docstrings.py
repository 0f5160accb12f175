"""What the symbols in the first lines of docstrings stand for: one sampler for each function or class with a formula.

Activation functions need none: test_docstrings.py finds what their symbols mean by their names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from formulas import law_of
from snippets import ensembles, gaussian, gradcheck, layers, losses, normalization, preprocessing, schedules
from snippets import initialization as init
from snippets import optimizers as o
from snippets import regularization as reg
from snippets.activations import sigmoid, softmax, softmax_jacobian
from snippets.arrays import Array
from snippets.network import Dense, forward, init_params

Rng = np.random.Generator
Sampler = Callable[[Rng], dict[str, Any]]
SAMPLES: dict[str, Sampler] = {}
CLASSES = 4


def said(*names: str) -> Callable[[Sampler], Sampler]:
    """Bind the docstrings of these functions or classes, named as `module.name`."""

    def register(sampler: Sampler) -> Sampler:
        SAMPLES.update(dict.fromkeys(names, sampler))
        return sampler

    return register


def positive(rng: Rng, low: float = 0.2, high: float = 2.0) -> float:
    return float(rng.uniform(low, high))


# Softmax, Gaussian, gradient check, layers, ensembles


@said("activations.softmax", "activations.log_softmax", "activations.logsumexp", "activations.softmax_jacobian")
def _(rng: Rng) -> dict[str, Any]:
    z = rng.normal(scale=2.0, size=CLASSES)
    values = {"z": z, r"\mathrm{softmax}": softmax, "p": softmax(z), r"\delta": np.eye(CLASSES)}
    return values | {r"\frac{\partial p}{\partial z}": softmax_jacobian(z)}


@said("gaussian.normal_pdf", "gaussian.normal_cdf")
def _(rng: Rng) -> dict[str, Any]:
    values = {"x": rng.normal(), r"\mathrm{erfc}": math.erfc}
    return values | {r"\varphi": gaussian.normal_pdf, r"\Phi": gaussian.normal_cdf}


@said("gradcheck.numeric_gradient")
def _(rng: Rng) -> dict[str, Any]:
    x, h = rng.normal(size=3), 0.01

    def f(at: Array) -> float:
        return float(np.sin(at).sum() + at[0] * at[1] * at[2])

    slopes = gradcheck.numeric_gradient(f, x, h)
    return {"f": f, "x": x, "h": h, "e": np.eye(3), r"\frac{\partial f}{\partial x}": slopes}


@said("layers.dense")
def _(rng: Rng) -> dict[str, Any]:
    x, w, b = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    return {"x": x, "w": w, "b": b, "y": layers.dense(x, w, b)[0]}


@said("network.Dense")
def _(rng: Rng) -> dict[str, Any]:
    params = init_params((Dense(2),), (3,), rng)
    x = rng.normal(size=(5, 3))
    return {"x": x, "w": params["0.w"], "b": params["0.b"], "y": forward((Dense(2),), params, x)[0]}


@said("ensembles.average_predictions")
def _(rng: Rng) -> dict[str, Any]:
    members = softmax(rng.normal(size=(3, 1, CLASSES)))
    return {r"\bar{p}": ensembles.average_predictions(list(members))[0], "p": members[:, 0], "M": 3}


@said("ensembles.average_weights")
def _(rng: Rng) -> dict[str, Any]:
    members = [init_params((Dense(2),), (3,), rng) for _ in range(3)]
    weights = np.array([params.flat for params in members])
    return {r"\bar{w}": ensembles.average_weights(members).flat, "w": weights, "M": 3}


# Losses of one example


def regression(loss: Callable[..., tuple[float, Array]], **options: float) -> Sampler:
    def sampler(rng: Rng) -> dict[str, Any]:
        prediction, target = rng.normal(scale=2.0, size=(2, 1))
        r = prediction[0] - target[0]
        value, _ = loss(prediction, target, **options)
        symbols = {"L": value, r"\hat{y}": prediction[0], "y": target[0], "r": r}
        return symbols | {rf"\{name}": option for name, option in options.items()}

    return sampler


SAMPLES["losses.mse"] = regression(losses.mse)
SAMPLES["losses.mae"] = regression(losses.mae)
SAMPLES["losses.huber"] = regression(losses.huber, delta=1.7)
SAMPLES["losses.smooth_l1"] = regression(losses.smooth_l1, beta=1.7)
SAMPLES["losses.log_cosh"] = regression(losses.log_cosh)


@said("losses.bce")
def _(rng: Rng) -> dict[str, Any]:
    p, t = rng.uniform(0.05, 0.95, size=(2, 1))
    return {"L": losses.bce(p, t)[0], "p": p[0], "t": t[0]}


@said("losses.multi_label_bce")
def _(rng: Rng) -> dict[str, Any]:
    z, t = rng.normal(size=(1, CLASSES)), rng.uniform(size=(1, CLASSES))
    return {"L": losses.multi_label_bce(z, t)[0], "z": z[0], "t": t[0], r"\sigma": sigmoid}


@said("losses.bce_with_logits")
def _(rng: Rng) -> dict[str, Any]:
    z, t = rng.normal(size=1), rng.uniform(size=1)
    return {"L": losses.bce_with_logits(z, t)[0], "z": z[0], "t": t[0], r"\sigma": sigmoid}


@said("losses.hinge")
def _(rng: Rng) -> dict[str, Any]:
    s, t = rng.normal(scale=2.0, size=1), rng.choice([-1.0, 1.0], 1)
    return {"L": losses.hinge(s, t)[0], "s": s[0], "t": t[0]}


@said("losses.binary_focal")
def _(rng: Rng) -> dict[str, Any]:
    z, t, gamma, alpha = rng.normal(size=1), rng.integers(2, size=1), positive(rng), positive(rng, 0.1, 0.9)
    p_t, alpha_t = (sigmoid(z), alpha) if t[0] else (sigmoid(-z), 1.0 - alpha)
    value, _ = losses.binary_focal(z, t.astype(float), gamma=gamma, alpha=alpha)
    return {"L": value, r"\alpha_t": alpha_t, "p_t": p_t[0], r"\gamma": gamma}


def classified(rng: Rng) -> tuple[Array, int, dict[str, Any]]:
    """Logits of one example, its class, and the symbols that all losses of classes share."""
    z, y = rng.normal(scale=2.0, size=CLASSES), int(rng.integers(CLASSES))
    shared = {"z": z, "y": y, r"\mathrm{softmax}": softmax, "p": softmax(z), "K": CLASSES}
    shared[r"\mathrm{onehot}"] = lambda label: np.eye(CLASSES)[int(label)]
    return z, y, shared


def of_class(loss: Callable[..., tuple[float, Array]], **options: Any) -> Sampler:
    def sampler(rng: Rng) -> dict[str, Any]:
        z, y, shared = classified(rng)
        value, _ = loss(z[None], np.array([y]), **options)
        symbols = {r"\gamma": options.get("gamma"), r"\alpha": options.get("alpha"), "w": options.get("weights")}
        symbols |= {r"\lambda": options.get("strength"), r"\Delta": options.get("margin")}
        shared |= {name: option for name, option in symbols.items() if option is not None}
        return shared | {"L": value, "s": z, "H": losses.entropy(z[None])[0]}

    return sampler


WEIGHTS = np.array([0.5, 2.0, 1.2, 0.7])
SAMPLES["losses.softmax_cross_entropy"] = of_class(losses.softmax_cross_entropy)
SAMPLES["losses.weighted_cross_entropy"] = of_class(losses.weighted_cross_entropy, weights=WEIGHTS, reduction="sum")
SAMPLES["losses.confidence_penalty"] = of_class(losses.confidence_penalty, strength=0.3)
SAMPLES["losses.weston_watkins"] = of_class(losses.weston_watkins, margin=1.5)
SAMPLES["losses.crammer_singer"] = of_class(losses.crammer_singer, margin=1.5)
SAMPLES["losses.focal"] = of_class(losses.focal, gamma=1.5, alpha=WEIGHTS / 2.0)


@said("losses.soft_cross_entropy", "losses.entropy")
def _(rng: Rng) -> dict[str, Any]:
    z, _, shared = classified(rng)
    t = softmax(rng.normal(size=CLASSES))
    return shared | {"L": losses.soft_cross_entropy(z[None], t[None])[0], "t": t, "H": losses.entropy(z[None])[0]}


@said("losses.smooth_labels", "losses.smoothed_cross_entropy")
def _(rng: Rng) -> dict[str, Any]:
    z, y, shared = classified(rng)
    smoothing = positive(rng, 0.05, 0.5)
    t = losses.smooth_labels(np.array([y]), CLASSES, smoothing)[0]
    value, _ = losses.smoothed_cross_entropy(z[None], np.array([y]), smoothing)
    return shared | {"L": value, "t": t, r"\epsilon": smoothing}


@said("losses.nll", "losses.kl_divergence")
def _(rng: Rng) -> dict[str, Any]:
    p, q = softmax(rng.normal(size=(2, CLASSES)))
    y = int(rng.integers(CLASSES))
    divergence, _ = losses.kl_divergence(np.log(q)[None], p[None])
    value, _ = losses.nll(np.log(p)[None], np.array([y]))
    return {"p": p, "q": q, "y": y, r"\mathrm{KL}": lambda *_: divergence, "L": value}


# Normalization: one feature, or one channel


def features(rng: Rng) -> tuple[Array, Array, Array, dict[str, Any]]:
    x, gamma, beta = rng.normal(2.0, 3.0, size=(6, 4)), rng.normal(size=4), rng.normal(size=4)
    return x, gamma, beta, {r"\epsilon": 0.3, r"\gamma": gamma[1], r"\beta": beta[1]}


@said("normalization.normalize")
def _(rng: Rng) -> dict[str, Any]:
    x, _, _, symbols = features(rng)
    mean, std = x.mean(axis=0), x.std(axis=0)
    return symbols | {"x": x, r"\hat{x}": normalization.normalize(x, (0,), 0.3)[0], r"\mu": mean, r"\sigma": std}


@said("normalization.batch_norm")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, beta, symbols = features(rng)
    x_hat, _ = normalization.normalize(x, (0,), 0.3)
    return symbols | {"y": normalization.batch_norm(x, gamma, beta, 0.3)[0][:, 1], r"\hat{x}": x_hat[:, 1]}


@said("normalization.batch_norm_inference")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, beta, symbols = features(rng)
    m, v = rng.normal(size=4), rng.uniform(0.5, 2.0, 4)
    y, _ = normalization.batch_norm_inference(x, gamma, beta, m, v, 0.3)
    return symbols | {"x": x[:, 1], "y": y[:, 1], "m": m[1], "v": v[1]}


@said("normalization.running_statistics")
def _(rng: Rng) -> dict[str, Any]:
    x, m, v, _ = features(rng)
    new_m, new_v = normalization.running_statistics(x, m, v**2, 0.3)
    moments = {r"\mu": x.mean(axis=0), r"\sigma": x.std(axis=0), "n": len(x), "a": 0.3}
    return moments | {"m": m, "v": v**2, "<-m": new_m, "<-v": new_v}


@said("normalization.layer_norm")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, beta, symbols = features(rng)
    x_hat, _ = normalization.normalize(x, (1,), 0.3)
    return symbols | {"y": normalization.layer_norm(x, gamma, beta, 0.3)[0][:, 1], r"\hat{x}": x_hat[:, 1]}


@said("normalization.group_norm")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, beta, symbols = features(rng)
    x_hat, _ = normalization.normalize(x.reshape(6, 2, 2), (2,), 0.3)
    y, _ = normalization.group_norm(x, gamma, beta, 2, 0.3)
    return symbols | {"y": y[:, 1], r"\hat{x}": x_hat[:, 0, 1]}


@said("normalization.instance_norm")
def _(rng: Rng) -> dict[str, Any]:
    _, gamma, beta, symbols = features(rng)
    x = rng.normal(2.0, 3.0, size=(2, 4, 3, 3))
    x_hat, _ = normalization.normalize(x, (2, 3), 0.3)
    y, _ = normalization.instance_norm(x, gamma, beta, 0.3)
    return symbols | {"y": y[0, 1], r"\hat{x}": x_hat[0, 1]}


@said("normalization.rms_norm")
def _(rng: Rng) -> dict[str, Any]:
    x, gamma, _, symbols = features(rng)
    y, _ = normalization.rms_norm(x, np.full(4, gamma[1]), 0.3)
    return symbols | {"x": x[0], "y": y[0], r"\mathrm{mean}": np.mean}


# Optimizers: one step after two


def rule(optimizer: o.Optimizer[Any], **symbols: str) -> Sampler:
    """The third step of a rule, with the symbols that its fields and those of its state have."""

    def sampler(rng: Rng) -> dict[str, Any]:
        w: Array = rng.normal(size=3)
        before, step = optimizer.init(w), np.zeros_like(w)
        state = before
        for g in (gradients := rng.normal(size=(3, 3))):
            before = state
            step, state = optimizer.update(g, before, w)
        values = {"g": gradients[-1], "w": w, r"\mathrm{step}": step}
        values |= {symbol: getattr(optimizer, name) for name, symbol in symbols.items() if hasattr(optimizer, name)}
        for name in getattr(before, "_fields", ()):
            values |= {name: getattr(before, name), f"<-{name}": getattr(state, name)}
        if isinstance(optimizer, o.Adamax | o.AdamW):
            values[r"\hat{m}"] = state.m / (1.0 - optimizer.beta1**3)
            values[r"\hat{v}"] = state.v / (1.0 - optimizer.beta2**3)
        if isinstance(optimizer, o.Lion):  # its state is called v, as every velocity
            values |= {"m": values.pop("v"), "<-m": values.pop("<-v")}
        return values

    return sampler


NAMES = {"lr": r"\eta", "momentum": r"\mu", "rho": r"\rho", "eps": r"\epsilon", "weight_decay": r"\lambda"}
NAMES |= {"beta1": r"\beta_1", "beta2": r"\beta_2"}
for optimizer in (
    o.SGD(0.3),
    o.Momentum(0.3, 0.8),
    o.Nesterov(0.3, 0.8),
    o.Adagrad(0.3, eps=0.5),
    o.RMSProp(0.3, 0.7, eps=0.5),
    o.Adamax(0.3, 0.6, 0.7, eps=0.5),
    o.AdamW(0.3, 0.6, 0.7, eps=0.5, weight_decay=0.2),
    o.Lion(0.3, 0.6, 0.7, weight_decay=0.2),
):
    SAMPLES[f"optimizers.{type(optimizer).__name__}"] = rule(optimizer, **NAMES)


@said("optimizers.ema")
def _(rng: Rng) -> dict[str, Any]:
    a, w = rng.normal(size=(2, 3))
    return {"a": a, "w": w, r"\delta": 0.7, "<-a": o.ema(a, w, 0.7)}


# Initialization


@said("initialization.zeros")
def _(rng: Rng) -> dict[str, Any]:
    return {"w": init.zeros((3, 2), rng)}


def law(draw: Callable[..., Array], **options: float) -> Sampler:
    def sampler(rng: Rng) -> dict[str, Any]:
        shape = int(rng.integers(2, 50)), int(rng.integers(2, 50))
        found = law_of(lambda recorder: draw(shape, recorder, **options))
        symbols = {
            "w": found,
            r"n_\mathrm{in}": shape[0],
            r"n_\mathrm{out}": shape[1],
            "n": shape[0],
            "a": found.second,
        }
        return symbols | {rf"\mathrm{{{name}}}": option for name, option in options.items()}

    return sampler


SAMPLES["initialization.normal"] = law(init.normal, std=0.3)
SAMPLES["initialization.uniform"] = law(init.uniform, limit=0.3)
SAMPLES["initialization.lecun_normal"] = law(init.lecun_normal)
SAMPLES["initialization.lecun_uniform"] = law(init.lecun_uniform)
SAMPLES["initialization.xavier_normal"] = law(init.xavier_normal, gain=1.3)
SAMPLES["initialization.xavier_uniform"] = law(init.xavier_uniform, gain=1.3)
SAMPLES["initialization.he_normal"] = law(init.he_normal, slope=0.3)
SAMPLES["initialization.he_uniform"] = law(init.he_uniform, slope=0.3)


# Preprocessing


def fitted(fit: Callable[[Array], preprocessing.Affine | preprocessing.Linear]) -> Sampler:
    def sampler(rng: Rng) -> dict[str, Any]:
        x = rng.normal(2.0, 3.0, size=(7, 3)) @ rng.normal(size=(3, 3))
        _, directions, variances = preprocessing.principal_directions(x)
        symbols = {"x": x, "y": fit(x)(x), r"\mathrm{mean}": x.mean(axis=0), r"\mathrm{std}": x.std(axis=0)}
        symbols |= {r"x_\mathrm{min}": x.min(axis=0), r"x_\mathrm{max}": x.max(axis=0)}
        symbols |= {r"\mathrm{low}": -1.0, r"\mathrm{high}": 1.0}
        return symbols | {"V": directions, r"\lambda": variances, r"\epsilon": 0.3}

    return sampler


SAMPLES["preprocessing.fit_centring"] = fitted(preprocessing.fit_centring)
SAMPLES["preprocessing.fit_standardization"] = fitted(preprocessing.fit_standardization)
SAMPLES["preprocessing.fit_min_max"] = fitted(preprocessing.fit_min_max)
SAMPLES["preprocessing.fit_pca"] = fitted(lambda x: preprocessing.fit_pca(x, 3))
SAMPLES["preprocessing.fit_pca_whitening"] = fitted(lambda x: preprocessing.fit_pca_whitening(x, 0.3))
SAMPLES["preprocessing.fit_zca_whitening"] = fitted(lambda x: preprocessing.fit_zca_whitening(x, 0.3))


@said("preprocessing.fit_channel_standardization")
def _(rng: Rng) -> dict[str, Any]:
    x = rng.normal(2.0, 3.0, size=(5, 2, 3, 3))
    y, one = preprocessing.fit_channel_standardization(x)(x), x[:, 1]
    return {"x": one[0], "y": y[0, 1], r"\mathrm{mean}": one.mean(), r"\mathrm{std}": one.std()}


@said("preprocessing.Affine")
def _(rng: Rng) -> dict[str, Any]:
    x, shift, scale = rng.normal(size=(5, 3)), rng.normal(size=3), rng.uniform(0.5, 2.0, 3)
    y = preprocessing.Affine(shift, scale)(x)
    return {"x": x, "y": y, r"\mathrm{shift}": shift, r"\mathrm{scale}": scale}


@said("preprocessing.Linear")
def _(rng: Rng) -> dict[str, Any]:
    x, mean, w = rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=(3, 2))
    y = preprocessing.Linear(mean, w, w.T, np.ones(2))(x)
    return {"x": x, "y": y, "w": w, r"\mathrm{mean}": mean}


# Schedules


def schedule(rate: schedules.Schedule, **symbols: str) -> Sampler:
    """The rate at some step, and the fields under the letters of the docstring."""

    def sampler(rng: Rng) -> dict[str, Any]:
        t = int(rng.integers(40))
        return {"t": t, r"\mathrm{rate}": rate(t)} | {letter: getattr(rate, name) for name, letter in symbols.items()}

    return sampler


RATE = {"lr": r"\eta", "factor": r"\gamma", "every": "k", "decay": "k", "constant": "k", "steps": "T"}
RATE |= {"power": "p", "end": r"\eta_\mathrm{end}", "low": r"\mathrm{low}", "high": r"\mathrm{high}"}
for rate in (
    schedules.Constant(0.3),
    schedules.StepDecay(0.3, 7, 0.5),
    schedules.Exponential(0.3, 0.9),
    schedules.InverseTime(0.3, 0.2),
    schedules.InverseSqrt(0.3, 9),
    schedules.Polynomial(0.3, 40, 1.7, 0.1),
    schedules.Cosine(0.3, 40, 0.1),
    schedules.RangeTest(0.01, 3.0, 40),
):
    names = {name: letter for name, letter in RATE.items() if hasattr(rate, name)}
    SAMPLES[f"schedules.{type(rate).__name__}"] = schedule(rate, **names)


@said("schedules.MultiStep")
def _(rng: Rng) -> dict[str, Any]:
    t, rate = int(rng.integers(40)), schedules.MultiStep(0.3, (10, 15, 30), 0.5)
    return {r"\mathrm{rate}": rate(t), r"\eta": 0.3, r"\gamma": 0.5, "n": np.searchsorted((10, 15, 30), t, "right")}


@said("schedules.Warmup")
def _(rng: Rng) -> dict[str, Any]:
    t, then = int(rng.integers(8)), schedules.Cosine(0.3, 40)
    return {r"\mathrm{rate}": schedules.Warmup(then, 8)(t), "h": lambda at: then(int(at)), "t": t, "W": 8}


# Regularization


def masked(operation: Callable[..., tuple[Array, Any]]) -> Sampler:
    def sampler(rng: Rng) -> dict[str, Any]:
        x, p = rng.normal(size=(4, 5)), positive(rng, 0.1, 0.9)
        y, _ = operation(x, p, rng)
        return {"x": x[0, 0], "y": y[0, 0], "p": p, "m": float(y[0, 0] != 0.0)}

    return sampler


SAMPLES["regularization.dropout"] = masked(reg.dropout)
SAMPLES["regularization.stochastic_depth"] = masked(reg.stochastic_depth)
