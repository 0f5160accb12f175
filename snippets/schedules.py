"""Schedules: the learning rate used at step t, a pure function of t = 0, 1, 2, …

Each is a frozen dataclass that checks its settings once and is then called with the step: Cosine(0.1, steps=1000)(t).
All of them may be handed to `training.steps`. What has no end keeps its last value after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from snippets import checks

Schedule: TypeAlias = Callable[[int], float]


def cosine_between(start: float, end: float, share: float) -> float:
    """Half a cosine wave from start (share 0) to end (share 1), then level.

    >>> cosine_between(1.0, 0.0, 0.5)
    0.5
    """
    wave = (1 + math.cos(math.pi * min(max(share, 0.0), 1.0))) / 2
    return end + (start - end) * wave


@dataclass(frozen=True)
class Constant:
    """η(t) = η."""

    lr: float

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return self.lr


@dataclass(frozen=True)
class StepDecay:
    """η(t) = η γ^⌊t/k⌋: times γ after every k steps."""

    lr: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("every", self.every, "[1, inf)")
        checks.number("factor", self.factor, "(0, 1]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return self.lr * self.factor ** (t // self.every)


@dataclass(frozen=True)
class MultiStep:
    """η(t) = η γⁿ, where n milestones have been reached.

    At a milestone the new value already holds.
    """

    lr: float
    milestones: tuple[int, ...]
    factor: float = 0.1

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("factor", self.factor, "(0, 1]")
        checks.sizes("milestones", self.milestones, least=0)
        if any(later <= earlier for earlier, later in pairwise(self.milestones)):
            raise ValueError(f"milestones must increase, got {self.milestones}")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        reached = sum(milestone <= t for milestone in self.milestones)
        return self.lr * self.factor**reached


@dataclass(frozen=True)
class Exponential:
    """η(t) = η γᵗ."""

    lr: float
    factor: float

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("factor", self.factor, "(0, 1]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return self.lr * self.factor**t


@dataclass(frozen=True)
class InverseTime:
    """η(t) = η / (1 + k t): the sum of rates diverges, that of their squares does not.

    Source: robbins1951.
    """

    lr: float
    decay: float

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("decay", self.decay, "[0, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return self.lr / (1 + self.decay * t)


@dataclass(frozen=True)
class InverseSqrt:
    """η(t) = η √(k / max(t, k)): constant for k steps, then falling as 1/√t.

    Source: vaswani2017, eq. 3.
    """

    lr: float
    constant: int = 1

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("constant", self.constant, "[1, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return self.lr * math.sqrt(self.constant / max(t, self.constant))


@dataclass(frozen=True)
class Polynomial:
    """η(t) = η_end + (η - η_end) (1 - t/T)^p, a straight line if p is 1."""

    lr: float
    steps: int
    power: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("steps", self.steps, "[1, inf)")
        checks.number("power", self.power, "(0, inf)")
        checks.number("end", self.end, f"[0, {self.lr}]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        left = 1 - min(t, self.steps) / self.steps
        return self.end + (self.lr - self.end) * math.pow(left, self.power)


@dataclass(frozen=True)
class Cosine:
    """η(t) = η_end + (η - η_end) (1 + cos(π t/T)) / 2.

    Source: loshchilov2017, eq. 5, without restarts.
    """

    lr: float
    steps: int
    end: float = 0.0

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("steps", self.steps, "[1, inf)")
        checks.number("end", self.end, f"[0, {self.lr}]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        return cosine_between(self.lr, self.end, t / self.steps)


@dataclass(frozen=True)
class CosineRestarts:
    """The cosine from the start again after T steps, then after T m, T m², ….

    Source: loshchilov2017, eq. 5.
    """

    lr: float
    steps: int
    growth: int = 1
    end: float = 0.0

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("steps", self.steps, "[1, inf)")
        checks.integer("growth", self.growth, "[1, inf)")
        checks.number("end", self.end, f"[0, {self.lr}]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        since, period = t if self.growth > 1 else t % self.steps, self.steps
        while since >= period:
            since, period = since - period, period * self.growth
        return cosine_between(self.lr, self.end, since / period)


@dataclass(frozen=True)
class Warmup:
    """η(t) = h(0) (t + 1) / W for W steps; then the schedule h.

    The line starts at h(0)/W, since a first step with rate 0 would be wasted.
    """

    schedule: Schedule
    steps: int

    def __post_init__(self) -> None:
        checks.function("schedule", self.schedule)
        checks.integer("steps", self.steps, "[1, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        share = min(1.0, (t + 1) / self.steps)
        return share * self.schedule(max(0, t - self.steps))


@dataclass(frozen=True)
class Triangular:
    """From base up to peak in k steps and down again in k, for ever.

    Source: smith2017, section 3.1.
    """

    base: float
    peak: float
    half: int

    def __post_init__(self) -> None:
        checks.number("base", self.base, "(0, inf)")
        checks.number("peak", self.peak, f"[{self.base}, inf)")
        checks.integer("half", self.half, "[1, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        height = 1 - abs(t % (2 * self.half) / self.half - 1)
        return self.base + (self.peak - self.base) * height


@dataclass(frozen=True)
class Triangular2:
    """Triangular whose height halves with every cycle.

    Source: smith2017, section 3.1.
    """

    base: float
    peak: float
    half: int

    def __post_init__(self) -> None:
        Triangular(self.base, self.peak, self.half)

    def __call__(self, t: int) -> float:
        height = Triangular(self.base, self.peak, self.half)(t) - self.base
        cycle = t // (2 * self.half)
        return self.base + height * 0.5**cycle


@dataclass(frozen=True)
class ExpRange:
    """Triangular whose height shrinks by γ with every step.

    Source: smith2017, section 3.1.
    """

    base: float
    peak: float
    half: int
    factor: float

    def __post_init__(self) -> None:
        Triangular(self.base, self.peak, self.half)
        checks.number("factor", self.factor, "(0, 1]")

    def __call__(self, t: int) -> float:
        height = Triangular(self.base, self.peak, self.half)(t) - self.base
        return self.base + height * self.factor**t


@dataclass(frozen=True)
class OneCycle:
    """One cosine up from peak/start_div to peak, one down to peak/start_div/end_div.

    As in PyTorch the peak is reached at t = rise·T - 1 and the end at t = T - 1.
    Source: smith2018.
    """

    peak: float
    steps: int
    rise: float = 0.3
    start_div: float = 25.0
    end_div: float = 1e4

    def __post_init__(self) -> None:
        checks.number("peak", self.peak, "(0, inf)")
        checks.integer("steps", self.steps, "[2, inf)")
        checks.number("rise", self.rise, f"({1 / self.steps}, 1)")
        checks.number("start_div", self.start_div, "[1, inf)")
        checks.number("end_div", self.end_div, "[1, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        top, start = self.rise * self.steps - 1, self.peak / self.start_div
        if t <= top:
            return cosine_between(start, self.peak, t / top)
        share = (t - top) / (self.steps - 1 - top)
        return cosine_between(self.peak, start / self.end_div, share)


@dataclass(frozen=True)
class WarmupStableDecay:
    """A line up for W steps, a plateau, a line down over the last D of T.

    Source: hu2024.
    """

    lr: float
    steps: int
    warmup: int
    decay: int
    end: float = 0.0

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.integer("warmup", self.warmup, "[1, inf)")
        checks.integer("decay", self.decay, "[1, inf)")
        checks.integer("steps", self.steps, f"[{self.warmup + self.decay}, inf)")
        checks.number("end", self.end, f"[0, {self.lr}]")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        up = min(1.0, (t + 1) / self.warmup)
        down = min(1.0, max(0.0, (self.steps - t) / self.decay))
        return up * (self.end + (self.lr - self.end) * down)


@dataclass(frozen=True)
class RangeTest:
    """η(t) = low (high/low)^(t/(T - 1)): from low to high in equal ratios.

    Source: smith2017, section 3.3.
    """

    low: float
    high: float
    steps: int

    def __post_init__(self) -> None:
        checks.number("low", self.low, "(0, inf)")
        checks.number("high", self.high, f"({self.low}, inf)")
        checks.integer("steps", self.steps, "[2, inf)")

    def __call__(self, t: int) -> float:
        checks.integer("t", t, "[0, inf)")
        share = min(1.0, t / (self.steps - 1))
        return float(self.low ** (1 - share) * self.high**share)


@dataclass(frozen=True)
class ReduceOnPlateau:
    """η times γ whenever more than `patience` losses in a row were no better.

    Better means below (1 - threshold) times the best. A function of the losses so far:
    let it read a list that the loop fills, schedule=lambda t: plateau(losses).

    >>> plateau = ReduceOnPlateau(0.1, factor=0.5, patience=1)
    >>> plateau([1.0, 0.9, 0.9]), plateau([1.0, 0.9, 0.9, 0.9])
    (0.1, 0.05)
    """

    lr: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    end: float = 0.0

    def __post_init__(self) -> None:
        checks.number("lr", self.lr, "(0, inf)")
        checks.number("factor", self.factor, "(0, 1)")
        checks.integer("patience", self.patience, "[0, inf)")
        checks.number("threshold", self.threshold, "[0, 1)")
        checks.number("end", self.end, f"[0, {self.lr}]")

    def __call__(self, losses: Sequence[float]) -> float:
        lr, best, bad = self.lr, math.inf, 0
        for loss in losses:
            better = loss < best * (1 - self.threshold)
            best, bad = (loss, 0) if better else (best, bad + 1)
            if bad > self.patience:
                lr, bad = max(lr * self.factor, self.end), 0
        return lr
