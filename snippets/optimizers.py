"""Optimizers: from gradient and state to the next step, each rule written for one array.

Every rule is a frozen dataclass of its hyperparameters with the same two methods:

    state = optimizer.init(w)
    step, state = optimizer.update(g, state, w)

and the training loop alone adds the step: w += step. The weights are the third argument of every rule because decoupled
decay is part of two of them (AdamW, Lion); the others do not look at w. An L2 penalty and clipping change
the gradient before a rule sees it. Where frameworks differ, the variant is PyTorch's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from snippets import checks
from snippets.arrays import Array

State = TypeVar("State")


class Optimizer(Protocol[State]):
    """What the training loop needs to know of a rule."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def lr(self) -> float:
        """The learning rate: what a schedule replaces."""
        ...

    def init(self, w: Array) -> State:
        """The state before the first step."""
        ...

    def update(self, g: Array, s: State, w: Array) -> tuple[Array, State]:
        """The step Δw, to be added to w by the caller, and the next state; ValueError unless g has the shape of w."""
        ...


_INTERVALS = {
    "lr": "(0, inf)",
    "momentum": "[0, 1)",
    "rho": "[0, 1)",
    "beta1": "[0, 1)",
    "beta2": "[0, 1)",
    "eps": "[0, inf)",
    "weight_decay": "[0, inf)",
}


def check_hyperparameters(optimizer: Optimizer[Any]) -> None:
    """Make plain floats of a rule's hyperparameters: with a NumPy float64 among them no step would be float32.

    Raises: ValueError if one is outside its interval, TypeError if it is no number.
    """
    for field in fields(optimizer):
        value = checks.number(field.name, getattr(optimizer, field.name), _INTERVALS[field.name])
        object.__setattr__(optimizer, field.name, value)


class NoState(NamedTuple):
    """A rule that remembers nothing."""


class Velocity(NamedTuple):
    """The running sum v of gradients."""

    v: Array


class Squares(NamedTuple):
    """The running sum or mean h of squared gradients."""

    h: Array


class CenteredState(NamedTuple):
    """The running means h of squared gradients and m of gradients."""

    h: Array
    m: Array


class AdadeltaState(NamedTuple):
    """The running means h of squared gradients and d of squared steps."""

    h: Array
    d: Array


class AdamState(NamedTuple):
    """Steps taken t, running means m of gradients and v of squared gradients (Adamax: their decaying maximum)."""

    t: int
    m: Array
    v: Array


class AMSGradState(NamedTuple):
    """Adam's state and the largest v so far."""

    t: int
    m: Array
    v: Array
    v_max: Array


class NAdamState(NamedTuple):
    """Adam's state and the product of all momenta so far."""

    t: int
    product: float
    m: Array
    v: Array


@dataclass(frozen=True)
class SGD:
    """Δw = -η g. Source: robbins1951."""

    lr: float = 0.01

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> NoState:
        """Nothing to remember."""
        return NoState()

    def update(self, g: Array, s: NoState, w: Array) -> tuple[Array, NoState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        return -self.lr * g, s


@dataclass(frozen=True)
class Momentum:
    """v ← μ v + g, Δw = -η v. Source: polyak1964; η stands outside v, so a schedule acts at once."""

    lr: float = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> Velocity:
        """Start from rest."""
        return Velocity(np.zeros_like(w))

    def update(self, g: Array, s: Velocity, w: Array) -> tuple[Array, Velocity]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        v = self.momentum * s.v + g
        return -self.lr * v, Velocity(v)


@dataclass(frozen=True)
class Nesterov:
    """v ← μ v + g, Δw = -η (g + μ v). Source: sutskever2013, eq. 3-4, where w stands for their θ + μ v."""

    lr: float = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check_hyperparameters(self)
        checks.number("momentum", self.momentum, "(0, 1)")

    def init(self, w: Array) -> Velocity:
        """Start from rest."""
        return Velocity(np.zeros_like(w))

    def update(self, g: Array, s: Velocity, w: Array) -> tuple[Array, Velocity]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        v = self.momentum * s.v + g
        return -self.lr * (g + self.momentum * v), Velocity(v)


@dataclass(frozen=True)
class Adagrad:
    """h ← h + g², Δw = -η g / (√h + ε), h being 0 at first. Source: duchi2011."""

    lr: float = 0.01
    eps: float = 1e-10

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> Squares:
        """No gradient seen."""
        return Squares(np.zeros_like(w))

    def update(self, g: Array, s: Squares, w: Array) -> tuple[Array, Squares]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        h = s.h + g**2
        return -self.lr * g / (np.sqrt(h) + self.eps), Squares(h)


@dataclass(frozen=True)
class Adadelta:
    """Adagrad with a fading memory, in the units of w. Source: zeiler2012, algorithm 1 (there η = 1)."""

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> AdadeltaState:
        """No gradient seen, no step taken."""
        return AdadeltaState(h=np.zeros_like(w), d=np.zeros_like(w))

    def update(self, g: Array, s: AdadeltaState, w: Array) -> tuple[Array, AdadeltaState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        h = self.rho * s.h + (1 - self.rho) * g**2
        step = -np.sqrt(s.d + self.eps) / np.sqrt(h + self.eps) * g
        d = self.rho * s.d + (1 - self.rho) * step**2
        return self.lr * step, AdadeltaState(h, d)


@dataclass(frozen=True)
class RMSProp:
    """h ← ρ h + (1 - ρ) g², Δw = -η g / (√h + ε), with ε outside the root. Source: tieleman2012."""

    lr: float = 0.01
    rho: float = 0.99
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> Squares:
        """No gradient seen."""
        return Squares(np.zeros_like(w))

    def update(self, g: Array, s: Squares, w: Array) -> tuple[Array, Squares]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        h = self.rho * s.h + (1 - self.rho) * g**2
        return -self.lr * g / (np.sqrt(h) + self.eps), Squares(h)


@dataclass(frozen=True)
class CenteredRMSProp:
    """RMSProp that divides by the standard deviation √(h - m²). Source: graves2013, eq. 38-41; ε outside the root."""

    lr: float = 0.01
    rho: float = 0.99
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> CenteredState:
        """No gradient seen."""
        return CenteredState(h=np.zeros_like(w), m=np.zeros_like(w))

    def update(self, g: Array, s: CenteredState, w: Array) -> tuple[Array, CenteredState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        h = self.rho * s.h + (1 - self.rho) * g**2
        m = self.rho * s.m + (1 - self.rho) * g
        std = np.sqrt(np.maximum(h - m**2, 0.0))  # rounding can make a constant gradient's variance negative
        return -self.lr * g / (std + self.eps), CenteredState(h, m)


@dataclass(frozen=True)
class Adam:
    """Adam with ε outside the square root, after the bias correction. Source: kingma2015, algorithm 1."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> AdamState:
        """Both means start at zero: the bias that the correction takes out."""
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        t = s.t + 1
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = self.beta2 * s.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return -self.lr * m_hat / (np.sqrt(v_hat) + self.eps), AdamState(t, m, v)


@dataclass(frozen=True)
class AMSGrad:
    """Adam whose denominator never shrinks (v uncorrected in the maximum). Source: reddi2018, algorithm 2."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> AMSGradState:
        """Means and maximum start at zero."""
        return AMSGradState(t=0, m=np.zeros_like(w), v=np.zeros_like(w), v_max=np.zeros_like(w))

    def update(self, g: Array, s: AMSGradState, w: Array) -> tuple[Array, AMSGradState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        t = s.t + 1
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = self.beta2 * s.v + (1 - self.beta2) * g**2
        v_max = np.maximum(s.v_max, v)
        m_hat = m / (1 - self.beta1**t)
        v_hat = v_max / (1 - self.beta2**t)
        return -self.lr * m_hat / (np.sqrt(v_hat) + self.eps), AMSGradState(t, m, v, v_max)


@dataclass(frozen=True)
class Adamax:
    """v ← max(β₂ v, |g| + ε), Δw = -η m̂ / v. Source: kingma2015, algorithm 2; ε keeps v above zero."""

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)
        checks.number("eps", self.eps, "(0, inf)")

    def init(self, w: Array) -> AdamState:
        """Mean and maximum start at zero."""
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        t = s.t + 1
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = np.maximum(self.beta2 * s.v, np.abs(g) + self.eps)
        m_hat = m / (1 - self.beta1**t)
        return -self.lr * m_hat / v, AdamState(t, m, v)


@dataclass(frozen=True)
class NAdam:
    """Adam with Nesterov's look-ahead; its momentum is β₁ (1 - 0.96^(0.004 t) / 2) at step t. Source: dozat2016."""

    lr: float = 2e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> NAdamState:
        """No momentum so far."""
        return NAdamState(t=0, product=1.0, m=np.zeros_like(w), v=np.zeros_like(w))

    def update(self, g: Array, s: NAdamState, w: Array) -> tuple[Array, NAdamState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        t = s.t + 1
        mu, mu_next = (self.beta1 * (1 - 0.5 * 0.96 ** (0.004 * k)) for k in (t, t + 1))
        product = s.product * mu
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = self.beta2 * s.v + (1 - self.beta2) * g**2
        m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
        v_hat = v / (1 - self.beta2**t)
        return -self.lr * m_hat / (np.sqrt(v_hat) + self.eps), NAdamState(t, product, m, v)


@dataclass(frozen=True)
class AdamW:
    """Adam with decay beside it: Δw = -η (m̂ / (√v̂ + ε) + λ w). Source: loshchilov2019, algorithm 2."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> AdamState:
        """Both means start at zero: the bias that the correction takes out."""
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        t = s.t + 1
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = self.beta2 * s.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return -self.lr * (m_hat / (np.sqrt(v_hat) + self.eps) + self.weight_decay * w), AdamState(t, m, v)


@dataclass(frozen=True)
class Lion:
    """Δw = -η (sign(β₁ m + (1 - β₁) g) + λ w), then m ← β₂ m + (1 - β₂) g. Source: chen2023."""

    lr: float = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_hyperparameters(self)

    def init(self, w: Array) -> Velocity:
        """Start from rest."""
        return Velocity(np.zeros_like(w))

    def update(self, g: Array, s: Velocity, w: Array) -> tuple[Array, Velocity]:
        """Return (Δw, next state); the caller adds Δw to w."""
        checks.shape("g", g, w.shape)
        direction = np.sign(self.beta1 * s.v + (1 - self.beta1) * g)
        m = self.beta2 * s.v + (1 - self.beta2) * g
        return -self.lr * (direction + self.weight_decay * w), Velocity(m)


def clip_by_norm(g: Array, limit: float) -> Array:
    """g min(1, ℓ / ‖g‖): the direction stays, the length is at most ℓ, exactly.

    Raises: ValueError for a limit that is not positive and for a gradient that is not finite.
    Source: pascanu2013, algorithm 1. Divided by the largest entry first, so that no square overflows.
    """
    limit = checks.number("limit", limit, "(0, inf)")
    checks.array("g", g)
    checks.finite("g", g)
    peak = float(np.abs(g).max(initial=0.0))
    if peak == 0.0:
        return g.copy()
    unit = g / peak
    return unit * min(peak, limit / float(np.linalg.norm(unit)))


def clip_by_value(g: Array, limit: float) -> Array:
    """Every component cut to [-ℓ, ℓ]: the direction may change.

    Raises: ValueError for a limit that is not positive and for a gradient that is not finite.
    Source: graves2013, section 2.1.
    """
    limit = checks.number("limit", limit, "(0, inf)")
    checks.array("g", g)
    checks.finite("g", g)
    return np.clip(g, -limit, limit)


def ema(average: Array, w: Array, decay: float = 0.999) -> Array:
    """a ← δ a + (1 - δ) w: weights averaged over about the last 1 / (1 - δ) steps.

    Shapes: average and w alike -> the same.
    Raises: ValueError for a decay outside [0, 1) or another shape.
    Source: polyak1992, with exponential weights.
    """
    decay = checks.number("decay", decay, "[0, 1)")
    checks.array("w", w)
    checks.shape("average", average, w.shape)
    return decay * average + (1 - decay) * w
