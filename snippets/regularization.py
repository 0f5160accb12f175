"""Regularization: dropping numbers or branches, penalties on weights, a bound on their norm, stopping in time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from snippets import checks
from snippets.arrays import Array, Backward, as_float


def dropout(
    x: Array,
    p: float,
    rng: np.random.Generator | None,
) -> tuple[Array, Backward]:
    """y = m x / (1 - p), where m is 0 with probability p, else 1, drawn anew each time.

    Shapes: x (...) -> y (...).
    Raises: ValueError unless 0 <= p < 1, TypeError for a generator that is none.
    Source: srivastava2014, with its section 10 for the division ("inverted").
    p is the probability to drop. No rng means evaluation: y = x.
    The mean of x is kept, its second moment grows by 1 / (1 - p).
    """
    x, p = as_float(x), checks.number("p", p, "[0, 1)")
    if rng is None:
        return x, lambda dy: (dy,)
    checks.generator("rng", rng)
    mask = ((rng.random(x.shape) >= p) / (1.0 - p)).astype(x.dtype, copy=False)
    return x * mask, lambda dy: (dy * mask,)


def stochastic_depth(
    x: Array,
    p: float,
    rng: np.random.Generator | None,
) -> tuple[Array, Backward]:
    """y = m x / (1 - p), one m an example: 0 with probability p, else 1.

    Shapes: x (N, ...) -> y (N, ...).
    Raises: ValueError unless 0 <= p < 1 and x has a batch axis; else as dropout.
    Source: huang2016, section 3, there without the division and scaled in evaluation.
    For the branch of a residual block, whose output x is before the shortcut is added.
    """
    x = as_float(x)
    checks.batch("x", x)
    mask, _ = dropout(np.ones((len(x), *(1,) * (x.ndim - 1)), x.dtype), p, rng)
    return x * mask, lambda dy: (dy * mask,)


def l1(w: Array, strength: float) -> tuple[float, Array]:
    """λ Σ |w|, whose gradient λ sign(w) pulls all weights alike: many become 0.

    Shapes: w (...) -> a number, gradient (...).
    Raises: ValueError unless λ >= 0.
    """
    w, strength = as_float(w, "w"), checks.number("strength", strength, "[0, inf)")
    return float((strength * np.abs(w)).sum()), strength * np.sign(w)


def l2(w: Array, strength: float) -> tuple[float, Array]:
    """½ λ Σ w², whose gradient λ w pulls large weights more: all shrink, none is 0.

    Shapes: w (...) -> a number, gradient (...).
    Raises: ValueError unless λ >= 0. With the ½ λ is what PyTorch calls weight_decay.
    """
    w, strength = as_float(w, "w"), checks.number("strength", strength, "[0, inf)")
    return 0.5 * strength * float((w**2).sum()), strength * w


def elastic_net(
    w: Array,
    l1_strength: float,
    l2_strength: float,
) -> tuple[float, Array]:
    """λ₁ Σ |w| + ½ λ₂ Σ w²: both penalties together.

    Shapes: w (...) -> a number, gradient (...).
    Raises: ValueError unless λ₁ >= 0 and λ₂ >= 0.
    Source: zou2005, where λ₂ has no ½.
    """
    checks.number("l1_strength", l1_strength, "[0, inf)")
    checks.number("l2_strength", l2_strength, "[0, inf)")
    (value, gradient), (more, other) = l1(w, l1_strength), l2(w, l2_strength)
    return value + more, gradient + other


def soft_threshold(w: Array, amount: float) -> Array:
    """sign(w) max(0, |w| - a): the v at which ½ (v - w)² + a |v| is smallest.

    Shapes: w (...) -> as w.
    Raises: ValueError unless a >= 0.
    Source: donoho1995. After a step of plain descent with a = ηλ: L1 with true zeros.
    """
    w, amount = as_float(w, "w"), checks.number("amount", amount, "[0, inf)")
    small: Array = np.maximum(np.abs(w) - w.dtype.type(amount), 0.0)
    return np.sign(w) * small


def max_norm(w: Array, limit: float) -> Array:
    """w min(1, c / ‖w‖) for the incoming weights of each unit: none is longer than c.

    Shapes: w (D, K), a unit a column, or (O, C, h, w), a filter a row -> as w.
    Raises: ValueError unless c > 0, and for weights of other dimensions.
    Source: srivastava2014, section 5.1. To be applied after every step.
    Divided by the largest weight first, if that is above c, so that no square overflows.
    """
    w, limit = as_float(w, "w"), checks.number("limit", limit, "(0, inf)")
    if w.ndim not in (2, 4):
        raise ValueError(f"w must have shape (D, K) or (O, C, h, w), got {w.shape}")
    incoming = (0,) if w.ndim == 2 else (1, 2, 3)
    peak = np.abs(w).max(axis=incoming, keepdims=True, initial=limit)
    norm: Array = np.sqrt(((w / peak) ** 2).sum(axis=incoming, keepdims=True))
    scale: Array = limit / peak / np.maximum(norm, limit / peak)
    return w * scale


@dataclass(frozen=True)
class EarlyStopping:
    """Whether to stop: more than `patience` losses in a row were not below the best.

    Better means lower by more than min_delta. A function of the losses so far, one an
    epoch; keep a copy of the parameters whenever the best loss is the last.

    >>> stop = EarlyStopping(patience=1)
    >>> stop([0.9, 0.5, 0.6]), stop([0.9, 0.5, 0.6, 0.7])
    (False, True)
    >>> stop.best([0.9, 0.5, 0.6, 0.7])
    1
    """

    patience: int = 10
    min_delta: float = 0.0

    def __post_init__(self) -> None:
        checks.integer("patience", self.patience, "[0, inf)")
        checks.number("min_delta", self.min_delta, "[0, inf)")

    def __call__(self, losses: Sequence[float]) -> bool:
        """Whether the wait has been long enough."""
        return len(losses) - 1 - self.best(losses) > self.patience

    def best(self, losses: Sequence[float]) -> int:
        """The index of the best loss, -1 while there is none; NaN is never better."""
        best, at = math.inf, -1
        for i, loss in enumerate(losses):
            if loss < best - self.min_delta:
                best, at = loss, i
        return at
