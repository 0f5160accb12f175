"""Optimizers: from gradient and state to the next step, each rule written for one array.

Every rule is a frozen dataclass of its hyperparameters with the same two methods:

    state = optimizer.init(w)
    step, state = optimizer.update(g, state, w)

and the training loop alone adds the step: w += step. The weights are the third argument of every rule because
decoupled decay (AdamW, Lion) is part of two of them; a rule without decay does not look at w.
"""

from __future__ import annotations

from dataclasses import dataclass
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
        """The step to add to w, and the next state."""
        ...


class NoState(NamedTuple):
    """A rule that remembers nothing."""


class MomentumState(NamedTuple):
    """The velocity v."""

    v: Array


class AdamState(NamedTuple):
    """Steps taken t, mean of gradients m, mean of squared gradients v."""

    t: int
    m: Array
    v: Array


@dataclass(frozen=True)
class SGD:
    """Δw = -η g. Source: robbins1951, eq. 8."""

    lr: float = 0.01

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")

    def init(self, w: Array) -> NoState:
        """Nothing to remember."""
        return NoState()

    def update(self, g: Array, s: NoState, w: Array) -> tuple[Array, NoState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        return -self.lr * g, s


@dataclass(frozen=True)
class Momentum:
    """v ← μ v + g, Δw = -η v. Source: polyak1964, eq. 9, in PyTorch's form: η outside v, so a schedule acts at once."""

    lr: float = 0.01
    momentum: float = 0.9

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("momentum", self.momentum, "[0, 1)")

    def init(self, w: Array) -> MomentumState:
        """Start from rest."""
        return MomentumState(v=np.zeros_like(w))

    def update(self, g: Array, s: MomentumState, w: Array) -> tuple[Array, MomentumState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        v = self.momentum * s.v + g
        return -self.lr * v, MomentumState(v)


@dataclass(frozen=True)
class Adam:
    """Adam with ε outside the square root, after the bias correction. Source: kingma2015, algorithm 1."""

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("beta1", self.beta1, "[0, 1)")
        checks.number("beta2", self.beta2, "[0, 1)")
        checks.number("eps", self.eps, "[0, inf)")

    def init(self, w: Array) -> AdamState:
        """Both means start at zero: the bias that the correction takes out."""
        return AdamState(t=0, m=np.zeros_like(w), v=np.zeros_like(w))

    def update(self, g: Array, s: AdamState, w: Array) -> tuple[Array, AdamState]:
        """Return (Δw, next state); the caller adds Δw to w."""
        t = s.t + 1
        m = self.beta1 * s.m + (1 - self.beta1) * g
        v = self.beta2 * s.v + (1 - self.beta2) * g**2
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return -self.lr * m_hat / (np.sqrt(v_hat) + self.eps), AdamState(t, m, v)
