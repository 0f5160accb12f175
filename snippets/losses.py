"""Losses: how wrong a prediction is, one number, and its gradient with respect to the prediction."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from snippets import checks
from snippets.activations import below_max, log_softmax, sigmoid, softplus
from snippets.arrays import Array, Labels, as_array, as_float

Reduction: TypeAlias = Literal["mean", "sum"]
ValueAndGradient: TypeAlias = tuple[float, Array]


# ---------------------------------------------------------------- numbers


def mse(prediction: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = (ŷ - y)², whose gradient is 2 (ŷ - y).

    Shapes: prediction (...), target the same -> a number, gradient (...).
    Raises: ValueError for other shapes, nothing to compare, NaN in the target.
    "mean" divides by the number of elements, and there is no ½.
    """
    r = _residual(prediction, target)
    return _reduced(r**2, 2.0 * r, r.size, reduction)


def mae(prediction: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = |ŷ - y|, whose gradient is the sign of ŷ - y, 0 where they are equal.

    Shapes: prediction (...), target the same -> a number, gradient (...).
    Raises: as mse. "mean" divides by the number of elements.
    """
    r = _residual(prediction, target)
    return _reduced(np.abs(r), np.sign(r), r.size, reduction)


def huber(prediction: Array, target: Array, delta: float = 1.0, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = ½ r² for |r| ≤ δ, else δ (|r| - ½ δ), where r = ŷ - y: the gradient is r, cut at ±δ.

    Shapes: prediction (...), target the same -> a number, gradient (...).
    Raises: ValueError unless δ > 0, and as mse.
    Source: huber1964. "mean" divides by the number of elements.
    """
    r, delta = _residual(prediction, target), checks.number("delta", delta, "(0, inf)")
    slope = np.clip(r, -delta, delta)
    return _reduced(slope * (r - 0.5 * slope), slope, r.size, reduction)


def smooth_l1(prediction: Array, target: Array, beta: float = 1.0, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = r² / (2β) for |r| ≤ β, else |r| - ½ β, where r = ŷ - y: the Huber loss of δ = β by β.

    Shapes: prediction (...), target the same -> a number, gradient (...).
    Raises: ValueError unless β > 0, and as mse.
    Source: girshick2015, eq. 3, where β = 1. "mean" divides by the number of elements.
    """
    beta = checks.number("beta", beta, "(0, inf)")
    value, gradient = huber(prediction, target, beta, reduction)
    return value / beta, gradient / beta


def log_cosh(prediction: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = log cosh r, where r = ŷ - y: ½ r² near 0, |r| - log 2 far away, gradient tanh r.

    Shapes: prediction (...), target the same -> a number, gradient (...).
    Raises: as mse. "mean" divides by the number of elements.
    log cosh r = log(1 + 2 sinh² ½r) keeps the digits near 0; beyond 20 a straight line
    does not overflow.
    """
    r = _residual(prediction, target)
    near = np.minimum(np.abs(r), 20.0)
    losses = np.log1p(2.0 * np.sinh(0.5 * near) ** 2) + (np.abs(r) - near)
    return _reduced(losses, np.tanh(r), r.size, reduction)


# ---------------------------------------------------------------- two classes


def bce(p: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -t log p - (1 - t) log(1 - p), whose gradient is (p - t) / (p (1 - p)).

    Shapes: p (...), target the same -> a number, gradient (...).
    Raises: ValueError for p or targets outside [0, 1], other shapes, nothing to compare.
    A logarithm is at least -100 and p (1 - p) at least 1e-12:
    to be sure and wrong costs 100. "mean" divides by the number of elements.

    >>> bce(np.array([0.0]), np.array([1]))[0]
    100.0
    """
    p, t = _pair("p", p, target)
    checks.within("p", p, 0.0, 1.0)
    checks.within("target", t, 0.0, 1.0)
    log_p = np.log(p, out=np.full_like(p, -100.0), where=p > 0.0)
    log_q = np.log1p(-p, out=np.full_like(p, -100.0), where=p < 1.0)
    losses = -t * np.maximum(log_p, -100.0) - (1.0 - t) * np.maximum(log_q, -100.0)
    return _reduced(losses, (p - t) / np.maximum(p * (1.0 - p), 1e-12), p.size, reduction)


def bce_with_logits(logits: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -t log σ(z) - (1 - t) log σ(-z), whose gradient is σ(z) - t.

    Shapes: logits (...), target the same -> a number, gradient (...).
    Raises: ValueError for targets outside [0, 1], other shapes, nothing to compare.
    -log σ(z) is softplus(-z): nothing overflows and no digit is lost.
    "mean" divides by the number of elements.
    """
    z, t = _pair("logits", logits, target)
    checks.within("target", t, 0.0, 1.0)
    losses = t * softplus(-z) + (1.0 - t) * softplus(z)
    gradient = (1.0 - t) * sigmoid(z) - t * sigmoid(-z)
    return _reduced(losses, gradient, z.size, reduction)


def multi_label_bce(logits: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -Σₖ (tₖ log σ(zₖ) + (1 - tₖ) log σ(-zₖ)): K times yes or no for every example.

    Shapes: logits (N, K), target (N, K) -> a number, gradient (N, K).
    Raises: as bce_with_logits, and ValueError unless there are two dimensions.
    "mean" divides by the number of examples: K times the mean of bce_with_logits.
    """
    checks.ndim("logits", as_float(logits, "logits"), 2)
    value, gradient = bce_with_logits(logits, target, "sum")
    divisor = _divisor(reduction, len(gradient))
    return value / divisor, gradient / divisor


def hinge(scores: Array, labels: Array | Labels, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = max(0, 1 - t s), labels t being ±1: no loss from a margin of 1 on.

    Shapes: scores (...), labels the same -> a number, gradient (...).
    Raises: ValueError for labels other than -1 and 1, other shapes, nothing to compare.
    Source: cortes1995. "mean" divides by the number of elements.
    The gradient at the kink is 0.
    """
    s, t = _pair("scores", scores, labels, "labels")
    checks.one_of("labels", t, (-1, 1))
    missing = 1.0 - t * s
    return _reduced(np.maximum(missing, 0.0), np.where(missing > 0.0, -t, 0.0), s.size, reduction)


def binary_focal(
    logits: Array,
    target: Array | Labels,
    gamma: float = 2.0,
    alpha: float | None = None,
    reduction: Reduction = "mean",
) -> ValueAndGradient:
    """L = -α_t (1 - p_t)^γ log p_t, where p_t is the probability of what is true.

    Shapes: logits (...), target of 0 and 1 the same -> a number, gradient (...).
    Raises: ValueError for other targets or shapes, γ < 0, α outside [0, 1], no elements.
    Source: lin2017, eq. 4 and 5. α_t is α for t = 1, 1 - α for t = 0, and 1 without an α.
    "mean" divides by the number of elements. With p_t = σ(s), where s = z for
    t = 1 and -z for t = 0, ∂L/∂s = -α_t (1 - p_t)^γ (1 - p_t - γ p_t log p_t).
    """
    gamma = checks.number("gamma", gamma, "[0, inf)")
    z, t = _pair("logits", logits, target)
    checks.one_of("target", t, (0, 1))
    sign = 2.0 * t - 1.0
    weight = 1.0 if alpha is None else np.where(t == 1.0, *_shares(alpha)).astype(z.dtype)
    p, q, surprise = sigmoid(sign * z), sigmoid(-sign * z), softplus(-sign * z)
    scale = weight * q**gamma
    return _reduced(scale * surprise, -sign * scale * (q + gamma * p * surprise), z.size, reduction)


# ---------------------------------------------------------------- many classes


def softmax_cross_entropy(logits: Array, labels: Labels, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -log softmax(z)_y, whose gradient is softmax(z) - onehot(y); nothing overflows.

    Shapes: logits (N, K), labels (N,) in 0..K-1 -> a number, gradient (N, K).
    Raises: ValueError for an empty batch, a label out of range or another reduction,
    TypeError for float labels.
    Source: bishop2006, eq. 4.108. "mean" divides by the number of examples.
    """
    z, y = _classes("logits", logits, labels)
    shifted = below_max(z)
    rows, e = np.arange(len(z)), np.exp(shifted)
    total = e.sum(axis=1, keepdims=True)
    losses = np.log(total[:, 0]) - shifted[rows, y]
    gradient = e / total
    gradient[rows, y] -= 1.0
    return _reduced(losses, gradient, len(z), reduction)


def soft_cross_entropy(logits: Array, target: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -Σₖ tₖ log softmax(z)ₖ, t being probabilities; its gradient is softmax(z) - t.

    Shapes: logits (N, K), target (N, K), rows that sum to 1 -> a number, gradient (N, K).
    Raises: ValueError for targets that are no probabilities, other shapes, no examples.
    "mean" divides by the number of examples. The least value is the entropy of t, not 0.
    """
    z, t = _pair("logits", logits, target)
    checks.ndim("logits", z, 2)
    checks.within("target", t, 0.0, 1.0)
    checks.sums_to_one("target", t)
    log_p = log_softmax(z)
    return _reduced(-(t * log_p).sum(axis=1), np.exp(log_p) - t, len(z), reduction)


def weighted_cross_entropy(
    logits: Array, labels: Labels, weights: Array, reduction: Reduction = "mean"
) -> ValueAndGradient:
    """L = -w_y log softmax(z)_y: a weight for every class, where their sizes differ.

    Shapes: logits (N, K), labels (N,), weights (K,) -> a number, gradient (N, K).
    Raises: ValueError for negative weights, labels that all weigh nothing, and as
    softmax_cross_entropy.
    "mean" divides by the sum of the weights of the labels, not by the number of examples.
    """
    z, y = _classes("logits", logits, labels)
    w = as_float(weights, "weights").astype(z.dtype, copy=False)
    checks.shape("weights", w, z.shape[1:])
    checks.finite("weights", w)
    checks.within("weights", w, 0.0, np.inf)
    rows, weight, log_p = np.arange(len(z)), w[y], log_softmax(z)
    if not weight.any():
        raise ValueError(f"weights must not be zero for every label, got {w}")
    gradient = weight[:, np.newaxis] * np.exp(log_p)
    gradient[rows, y] -= weight
    return _reduced(-weight * log_p[rows, y], gradient, float(weight.sum()), reduction)


def smooth_labels(labels: Labels, classes: int, smoothing: float = 0.0) -> Array:
    """t = (1 - ε) onehot(y) + ε / K: a share ε of every label is spread over all K classes.

    Shapes: labels (N,) -> (N, K).
    Raises: ValueError unless 0 <= ε < 1 and labels are in 0..K-1, TypeError for float labels.
    Source: szegedy2016, section 7. Without ε it is the one-hot code.

    >>> smooth_labels(np.array([0, 3]), 4, 0.2)
    array([[0.85, 0.05, 0.05, 0.05],
           [0.05, 0.05, 0.05, 0.85]])
    """
    checks.number("smoothing", smoothing, "[0, 1)")
    y, k = as_array(labels, "labels"), checks.integer("classes", classes, "[1, inf)")
    checks.labels("labels", y, y.size, k)
    onehot: Array = np.eye(k)[y]
    return (1.0 - smoothing) * onehot + smoothing / k


def smoothed_cross_entropy(
    logits: Array, labels: Labels, smoothing: float = 0.1, reduction: Reduction = "mean"
) -> ValueAndGradient:
    """L = -Σₖ tₖ log softmax(z)ₖ with t = (1 - ε) onehot(y) + ε / K: logits stay finite.

    Shapes: logits (N, K), labels (N,) -> a number, gradient (N, K).
    Raises: ValueError unless 0 <= ε < 1, and as softmax_cross_entropy.
    Source: szegedy2016, section 7. "mean" divides by the number of examples.
    """
    z, y = _classes("logits", logits, labels)
    return soft_cross_entropy(z, smooth_labels(y, z.shape[1], smoothing), reduction)


def nll(log_p: Array, labels: Labels, reduction: Reduction = "mean") -> ValueAndGradient:
    """L = -(log p)_y, from log-probabilities such as those of log_softmax; its gradient is -onehot(y).

    Shapes: log_p (N, K), labels (N,) -> a number, gradient (N, K).
    Raises: ValueError for log_p > 0 (probabilities or logits where their logarithm is
    meant), and as softmax_cross_entropy. "mean" divides by the number of examples.
    """
    log_p, y = _classes("log_p", log_p, labels)
    checks.within("log_p", log_p, -np.inf, 0.0)
    rows, gradient = np.arange(len(y)), np.zeros_like(log_p)
    gradient[rows, y] = -1.0
    return _reduced(-log_p[rows, y], gradient, len(y), reduction)


def kl_divergence(log_q: Array, p: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """KL(p ‖ q) = Σₖ pₖ (log pₖ - log qₖ), the prediction given as log q; its gradient is -p.

    Shapes: log_q (N, K), p (N, K) with rows that sum to 1 -> a number, gradient (N, K).
    Raises: ValueError for log_q > 0, p that are no probabilities, other shapes, no examples.
    Source: kullback1951. "mean" divides by the number of examples ("batchmean").
    """
    log_q, p = _pair("log_q", log_q, p, "p")
    checks.ndim("log_q", log_q, 2)
    checks.within("log_q", log_q, -np.inf, 0.0)
    checks.within("p", p, 0.0, 1.0)
    checks.sums_to_one("p", p)
    log_p = np.log(p, out=np.zeros_like(p), where=p > 0.0)
    terms = np.multiply(p, log_p - log_q, out=np.zeros_like(p), where=p > 0.0)
    return _reduced(terms.sum(axis=1), -p, len(p), reduction)


def entropy(logits: Array, reduction: Reduction = "mean") -> ValueAndGradient:
    """H = -Σₖ pₖ log pₖ with p = softmax(z); its gradient is -p (log p + H).

    Shapes: logits (N, K) -> a number, gradient (N, K).
    Raises: ValueError for an empty batch. "mean" divides by the number of examples.
    From 0 for a sure prediction to log K for none.
    """
    z = as_float(logits, "logits")
    checks.ndim("logits", z, 2)
    checks.not_empty("logits", z)
    log_p = log_softmax(z)
    p = np.exp(log_p)
    h = -(p * log_p).sum(axis=1)
    return _reduced(h, -p * (log_p + h[:, np.newaxis]), len(z), reduction)


def confidence_penalty(
    logits: Array, labels: Labels, strength: float = 0.1, reduction: Reduction = "mean"
) -> ValueAndGradient:
    """L = -log softmax(z)_y - λ H: the entropy is subtracted, so certainty has a price.

    Shapes: logits (N, K), labels (N,) -> a number, gradient (N, K).
    Raises: ValueError unless λ >= 0, and as softmax_cross_entropy.
    Source: pereyra2017, section 3. With a plus, being sure pays: predictions collapse.
    """
    strength = checks.number("strength", strength, "[0, inf)")
    value, gradient = softmax_cross_entropy(logits, labels, reduction)
    h, h_gradient = entropy(logits, reduction)
    return value - strength * h, gradient - strength * h_gradient


def weston_watkins(
    scores: Array, labels: Labels, margin: float = 1.0, reduction: Reduction = "mean"
) -> ValueAndGradient:
    """L = Σ_(j≠y) max(0, sⱼ - s_y + Δ): each wrong class must stay Δ below the right one.

    Shapes: scores (N, K), labels (N,) -> a number, gradient (N, K).
    Raises: ValueError unless Δ > 0, and as softmax_cross_entropy.
    Source: weston1999. "mean" divides by the number of examples.
    Equal scores cost (K - 1) Δ.
    """
    missing, rows, y = _missing_margins(scores, labels, margin)
    gradient = (missing > 0.0).astype(missing.dtype)
    gradient[rows, y] = -gradient.sum(axis=1)
    return _reduced(np.maximum(missing, 0.0).sum(axis=1), gradient, len(y), reduction)


def crammer_singer(
    scores: Array, labels: Labels, margin: float = 1.0, reduction: Reduction = "mean"
) -> ValueAndGradient:
    """L = max(0, max_(j≠y) sⱼ - s_y + Δ): only the best of the wrong classes counts.

    Shapes: scores (N, K), labels (N,) -> a number, gradient (N, K).
    Raises: ValueError unless Δ > 0, and as softmax_cross_entropy.
    Source: crammer2001. "mean" divides by the number of examples.
    Of equal scores the first gets the gradient.
    """
    missing, rows, y = _missing_margins(scores, labels, margin)
    gradient = np.zeros_like(missing)
    gradient[rows, missing.argmax(axis=1)] = 1.0
    gradient[rows, y] -= 1.0
    return _reduced(missing.max(axis=1), gradient, len(y), reduction)


def focal(
    logits: Array,
    labels: Labels,
    gamma: float = 2.0,
    alpha: Array | None = None,
    reduction: Reduction = "mean",
) -> ValueAndGradient:
    """L = -α_y (1 - p_y)^γ log p_y with p = softmax(z): what is sure already counts less.

    Shapes: logits (N, K), labels (N,), alpha (K,) -> a number, gradient (N, K).
    Raises: ValueError unless γ >= 0 and α in [0, 1], and as softmax_cross_entropy.
    Source: lin2017, eq. 5, for many classes. Without an α all classes weigh 1.
    "mean" divides by the number of examples.
    The gradient is α_y (1 - p_y)^γ (1 - γ p_y log p_y / (1 - p_y)) (p - onehot(y)).
    """
    gamma = checks.number("gamma", gamma, "[0, inf)")
    z, y = _classes("logits", logits, labels)
    weights = np.ones(z.shape[1]) if alpha is None else as_float(alpha, "alpha")
    checks.shape("alpha", weights, z.shape[1:])
    checks.within("alpha", weights, 0.0, 1.0)
    rows, log_p = np.arange(len(z)), log_softmax(z)
    surprise = -log_p[rows, y]
    q = -np.expm1(-surprise)
    scale = weights[y].astype(z.dtype, copy=False) * q**gamma
    slope = 1.0 + gamma * (1.0 - q) * np.divide(surprise, q, out=np.ones_like(q), where=q > 0.0)
    gradient = np.exp(log_p)
    gradient[rows, y] = -q
    gradient *= (scale * slope)[:, np.newaxis]
    return _reduced(scale * surprise, gradient, len(z), reduction)


def _pair(name: str, prediction: Array, target: ArrayLike, target_name: str = "target") -> tuple[Array, Array]:
    """Prediction and target as floats of the prediction's dtype, of one shape, the target finite."""
    y, t = as_float(prediction, name), as_float(target, target_name)
    checks.shape(target_name, t, y.shape)
    checks.not_empty(name, y)
    checks.finite(target_name, t)
    return y, t.astype(y.dtype, copy=False)


def _residual(prediction: Array, target: Array) -> Array:
    """ŷ - y of two arrays of one shape."""
    y, t = _pair("prediction", prediction, target)
    return y - t


def _classes(name: str, scores: Array, labels: Labels) -> tuple[Array, Labels]:
    """A row of K scores for every example, and the number of its class."""
    z, y = as_float(scores, name), as_array(labels, "labels")
    checks.ndim(name, z, 2)
    checks.not_empty(name, z)
    checks.labels("labels", y, *z.shape)
    return z, y


def _missing_margins(scores: Array, labels: Labels, margin: float) -> tuple[Array, Labels, Labels]:
    """sⱼ - s_y + Δ, and 0 for the right class itself, with the rows and the labels."""
    margin = checks.number("margin", margin, "(0, inf)")
    s, y = _classes("scores", scores, labels)
    rows = np.arange(len(s))
    missing = s - s[rows, y][:, np.newaxis] + margin
    missing[rows, y] = 0.0
    return missing, rows, y


def _shares(alpha: float) -> tuple[float, float]:
    """The weights of the classes 1 and 0."""
    return checks.number("alpha", alpha, "[0, 1]"), 1.0 - alpha


def _reduced(losses: Array, gradient: Array, count: float, reduction: str) -> ValueAndGradient:
    """The sum of the losses, divided by the count for a mean, and the gradient of that.

    A sum beyond the largest float is taken of shares of the largest loss: its mean may be a float again.
    """
    divisor, peak = _divisor(reduction, count), float(losses.max())
    unit = peak if math.isfinite(peak) and math.isinf(peak * losses.size) else 1.0
    return float((losses / unit).sum(dtype=np.float64) / divisor) * unit, gradient / divisor


def _divisor(reduction: str, count: float) -> float:
    """By what a sum over so many terms is divided."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction must be 'mean' or 'sum', got {reduction!r}")
    return count if reduction == "mean" else 1
