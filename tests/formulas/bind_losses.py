"""What the symbols of the chapter on loss functions stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import RV, formula, inline
from snippets import activations as act
from snippets import losses
from snippets.experiments import losses as runs
from snippets.gaussian import normal_pdf

Sample = dict[str, Any]
K = 4


def one(loss: Any, *arguments: Any) -> Any:
    """A loss of one prediction against the target 0, as a function of numbers."""
    return np.vectorize(lambda r: loss(np.array([r]), np.zeros(1), *arguments)[0], otypes=[float])


def slope(loss: Any, *arguments: Any) -> Any:
    """Its slope."""
    return np.vectorize(lambda r: loss(np.array([r]), np.zeros(1), *arguments)[1].item(), otypes=[float])


def logits(rng: np.random.Generator) -> Any:
    return rng.normal(0.4, 1.5, size=(1, K))


def label(rng: np.random.Generator) -> Any:
    return rng.integers(K, size=1)


def distribution(rng: np.random.Generator) -> Any:
    return rng.dirichlet(np.ones(K))


@formula("losses-nll")
def _(rng: np.random.Generator) -> Sample:
    log_p, y = act.log_softmax(rng.normal(0.4, 1.5, size=(5, K))), rng.integers(K, size=5)
    return {"L": losses.nll(log_p, y, "sum")[0], "p": np.exp(log_p[np.arange(5), y]), "n": 5}


@formula("losses-gaussian")
def _(rng: np.random.Generator) -> Sample:
    y_hat, sigma = float(rng.normal(0.5)), float(rng.uniform(0.4, 2.0))
    return {
        "p": lambda y: normal_pdf(np.asarray((y - y_hat) / sigma)) / sigma,
        "y": float(rng.normal(0.5)),
        r"\hat y": y_hat,
        r"\sigma": sigma,
    }


@formula("losses-mse")
def _(rng: np.random.Generator) -> Sample:
    y_hat, y = rng.normal(0.5, 1.0, size=(2, 5))
    value, gradient = losses.mse(y_hat, y)
    return {"L": value, r"\hat y": y_hat, "y": y, "n": 5, r"\frac{\partial L}{\partial \hat y}": gradient}


@formula("losses-mae")
def _(rng: np.random.Generator) -> Sample:
    y_hat, y = rng.normal(0.5, 1.0, size=(2, 5))
    y_hat[1] = y[1]
    value, gradient = losses.mae(y_hat, y)
    return {
        "L": value,
        r"\hat y": y_hat,
        "y": y,
        "n": 5,
        r"\operatorname{sign}": np.sign,
        r"\frac{\partial L}{\partial \hat y}": gradient,
    }


@formula("losses-mean", n=4)
def _(rng: np.random.Generator) -> Sample:
    return {"y": RV(rng.normal(1.0, 1.0, 4)), "c": float(rng.normal(0.5))}


@inline("losses", r"r = \hat y - y")
def _(rng: np.random.Generator) -> Sample:
    """Huber's loss has the slope r near zero."""
    y_hat, y = rng.normal(0.5, 1.0, size=(2, 1))
    return {"r": losses.huber(y_hat, y, 100.0)[1].item(), r"\hat y": y_hat.item(), "y": y.item()}


@formula("losses-huber", n=32)
def _(rng: np.random.Generator) -> Sample:
    delta = float(rng.uniform(0.4, 2.0))
    r = float(rng.choice([delta, -delta])) if rng.random() < 0.2 else float(rng.normal(0.3, 2.0))
    return {
        r"H_\delta": one(losses.huber, delta),
        r"\delta": delta,
        "r": r,
    }


@formula("losses-huber-slope", n=24)
def _(rng: np.random.Generator) -> Sample:
    delta = float(rng.uniform(0.4, 2.0))
    return {r"H_\delta'": slope(losses.huber, delta), r"\delta": delta, "r": float(rng.normal(0.3, 2.0))}


@formula("losses-smooth-l1")
def _(rng: np.random.Generator) -> Sample:
    beta = float(rng.uniform(0.4, 2.0))
    return {
        r"S_\beta": one(losses.smooth_l1, beta),
        r"H_\beta": one(losses.huber, beta),
        r"\beta": beta,
        "r": float(rng.normal(0.3, 2.0)),
    }


@inline("losses", "H_2(3) = 4", "S_2(3) = 2", n=1)
def _(_rng: np.random.Generator) -> Sample:
    return {"H_2": one(losses.huber, 2.0), "S_2": one(losses.smooth_l1, 2.0)}


@formula("losses-log-cosh")
def _(rng: np.random.Generator) -> Sample:
    r = float(rng.choice([*rng.normal(0.3, 2.0, 3), rng.uniform(20.0, 30.0)]))
    return {"C": one(losses.log_cosh), "C'": slope(losses.log_cosh), "r": r}


@inline("losses", r"p = \sigma(z)")
def _(rng: np.random.Generator) -> Sample:
    """The probability whose logarithm the loss takes."""
    z = rng.normal(0.4, 1.5, size=1)
    return {"p": float(np.exp(-losses.bce_with_logits(z, np.ones(1))[0])), r"\sigma": act.sigmoid, "z": z.item()}


@inline("losses", r"\mathrm{softplus}(z) = \log(1 + e^{z})")
def _(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{softplus}": act.softplus, "z": float(rng.normal(0.4, 1.5))}


@inline("losses", r"1 - \sigma(z) = \sigma(-z)", r"-\log \sigma(z) = \log(1 + e^{-z})")
def _(rng: np.random.Generator) -> Sample:
    return {r"\sigma": act.sigmoid, "z": float(rng.normal(0.4, 1.5))}


@inline("losses", r"\beta = 1", n=1)
def _(_rng: np.random.Generator) -> Sample:
    """The default of smooth L1, read off where its slope reaches 1."""
    r = np.linspace(0.0, 3.0, 301)
    slopes = np.array([losses.smooth_l1(np.array([v]), np.zeros(1))[1].item() for v in r])
    return {r"\beta": float(r[slopes >= 1.0][0])}


@formula("losses-bce")
def _(rng: np.random.Generator) -> Sample:
    p, t = float(rng.uniform(0.05, 0.95)), float(rng.choice([0.0, 1.0, rng.uniform()]))
    return {"L": losses.bce(np.array([p]), np.array([t]))[0], "p": p, "t": t}


@formula("losses-bce-steps")
def _(rng: np.random.Generator) -> Sample:
    z, t = float(rng.normal(0.4, 1.5)), float(rng.choice([0.0, 1.0, rng.uniform()]))
    value, gradient = losses.bce_with_logits(np.array([z]), np.array([t]))
    return {
        "L": value,
        r"\frac{\partial L}{\partial z}": gradient.item(),
        r"\sigma": act.sigmoid,
        r"\mathrm{softplus}": act.softplus,
        "t": t,
        "z": z,
    }


@formula("losses-squared-sigmoid")
def _(rng: np.random.Generator) -> Sample:
    z, t = float(rng.normal(0.4, 1.5)), float(rng.choice([0.0, 1.0, rng.uniform()]))
    return {
        r"\frac{\partial L}{\partial z}": runs.squared_error_of_sigmoid(np.array([z]), np.array([t]))[1].item(),
        r"\sigma": act.sigmoid,
        r"\sigma'": act.sigmoid_grad,
        "t": t,
        "z": z,
    }


@formula("losses-multi-label")
def _(rng: np.random.Generator) -> Sample:
    z, t = logits(rng), rng.uniform(size=(1, K))
    twice = losses.multi_label_bce(np.repeat(z, 2, axis=0), np.repeat(t, 2, axis=0))[0]
    return {"L": twice, "p": act.sigmoid(z[0]), "t": t[0], "K": K}


@inline("losses", r"p = \mathrm{softmax}(z)")
def _(rng: np.random.Generator) -> Sample:
    """The probabilities whose logarithms the loss takes, for each class as the right one."""
    z = logits(rng)
    each = [losses.softmax_cross_entropy(z, np.array([y]))[0] for y in range(K)]
    return {"p": np.exp(-np.array(each)), r"\mathrm{softmax}": act.softmax, "z": z[0]}


@formula("losses-cross-entropy")
def _(rng: np.random.Generator) -> Sample:
    z, y = logits(rng), label(rng)
    return {"L": losses.softmax_cross_entropy(z, y)[0], "p": act.softmax(z)[0], "z": z[0], "y": int(y[0]) + 1}


@formula("losses-gradient")
def _(rng: np.random.Generator) -> Sample:
    z, y = logits(rng), label(rng)
    gradient = losses.softmax_cross_entropy(z, y)[1][0]
    return {
        r"\frac{\partial L}{\partial z}": gradient,
        "p": act.softmax(z)[0],
        "z": z[0],
        "y": int(y[0]) + 1,
    }


def entropy_of(p: Any) -> float:
    return losses.entropy(np.log(np.atleast_2d(p)))[0]


@formula("losses-kl")
def _(rng: np.random.Generator) -> Sample:
    return {
        "t": distribution(rng),
        "p": distribution(rng),
        "H": entropy_of,
        r"\mathrm{KL}": lambda t, p: losses.kl_divergence(np.log(np.atleast_2d(p)), np.atleast_2d(t))[0],
    }


@inline("losses", r"\log 10 \approx 2.302585", n=1)
def _(_rng: np.random.Generator) -> Sample:
    return {}


@formula("losses-initial")
def _(rng: np.random.Generator) -> Sample:
    classes = int(rng.integers(2, 12))
    return {"L": losses.softmax_cross_entropy(np.full((1, classes), 0.7), np.array([1]))[0], "K": classes}


@inline("losses", r"\Delta = 1", n=1)
def _(_rng: np.random.Generator) -> Sample:
    """The default margin is what a tie of two classes costs."""
    return {r"\Delta": losses.weston_watkins(np.zeros((1, 2)), np.zeros(1, int))[0]}


@formula("losses-hinge", n=24)
def _(rng: np.random.Generator) -> Sample:
    s, y, delta = logits(rng), label(rng), float(rng.uniform(0.5, 2.0))
    return {"L": losses.weston_watkins(s, y, delta)[0], "s": s[0], "y": int(y[0]) + 1, r"\Delta": delta}


@formula("losses-focal", n=24)
def _(rng: np.random.Generator) -> Sample:
    z, t = rng.normal(0.4, 1.5, size=1), rng.integers(2, size=1).astype(float)
    alpha, gamma = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.3, 3.0))
    cross_entropy = losses.bce_with_logits(z, t)[0]
    return {
        "L": losses.binary_focal(z, t, gamma, alpha)[0],
        r"\alpha_t": losses.binary_focal(z, t, 0.0, alpha)[0] / cross_entropy,
        "p_t": float(np.exp(-cross_entropy)),
        r"\gamma": gamma,
    }


@formula("losses-focal-alpha", n=24)
def _(rng: np.random.Generator) -> Sample:
    z, t, alpha = rng.normal(0.4, 1.5, size=1), rng.integers(2, size=1).astype(float), float(rng.uniform(0.1, 0.9))
    weight = losses.binary_focal(z, t, 0.0, alpha)[0] / losses.bce_with_logits(z, t)[0]
    return {r"\alpha_t": weight, r"\alpha": alpha, "t": int(t[0])}


@formula("losses-focal-classes")
def _(rng: np.random.Generator) -> Sample:
    z, y = logits(rng), label(rng)
    alpha, gamma = rng.uniform(0.1, 0.9, size=K), float(rng.uniform(0.3, 3.0))
    return {
        "L": losses.focal(z, y, gamma, alpha)[0],
        r"\alpha": alpha,
        r"\gamma": gamma,
        "p": act.softmax(z)[0],
        "y": int(y[0]) + 1,
    }


@inline("losses", r"\alpha = 0.25", r"\gamma = 2", n=1)
def _(_rng: np.random.Generator) -> Sample:
    gamma, alpha = runs.DETECTORS["focal, α = 0.25"]
    return {r"\alpha": alpha, r"\gamma": gamma}


@formula("losses-smoothing")
def _(rng: np.random.Generator) -> Sample:
    y, epsilon = label(rng), float(rng.uniform(0.05, 0.9))
    return {
        "t": losses.smooth_labels(y, K, epsilon)[0],
        r"\varepsilon": epsilon,
        "K": K,
        "y": int(y[0]) + 1,
    }


@inline("losses", "p = t", "K = 10", r"\varepsilon = 0.1", n=1)
def _(_rng: np.random.Generator) -> Sample:
    """Where descent on the smoothed loss of one example comes to rest."""
    z = np.zeros((1, 10))
    for _ in range(600):
        z = z - 10.0 * losses.smoothed_cross_entropy(z, np.zeros(1, int), runs.SMOOTHING)[1]
    t = losses.smooth_labels(np.zeros(1, int), 10, runs.SMOOTHING)[0]
    return {"p": act.softmax(z)[0], "t": t, "K": runs.least_smoothed().size, r"\varepsilon": runs.SMOOTHING}


@formula("losses-gap", n=1)
def _(_rng: np.random.Generator) -> Sample:
    t = losses.smooth_labels(np.array([2]), 10, 0.1)[0]
    gap = float(np.ptp(act.log_softmax(np.log(t))))
    return {"g": gap, r"\varepsilon": 0.1, "K": 10, "H": entropy_of, "t": t}


@formula("losses-penalty")
def _(rng: np.random.Generator) -> Sample:
    z, y, strength = logits(rng), label(rng), float(rng.uniform(0.1, 1.5))
    return {
        "L": losses.confidence_penalty(z, y, strength)[0],
        "p": act.softmax(z)[0],
        "y": int(y[0]) + 1,
        r"\lambda": strength,
        "H": entropy_of,
    }


@inline("losses", r"H(p) = -\sum_k p_k \log p_k", r"\lambda = 1")
def _(rng: np.random.Generator) -> Sample:
    return {"H": entropy_of, "p": distribution(rng), r"\lambda": runs.PENALTIES[-1]}
