"""Search for hyperparameters: grid, random and successive halving over any executor of `concurrent.futures`.

What is searched is a function of settings (a dictionary) that returns a score, the higher the better. Threads,
processes or the executor of a Dask cluster run it; the trials and their order do not depend on which.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from snippets import checks

Settings: TypeAlias = dict[str, Any]
Sampler: TypeAlias = Callable[[np.random.Generator], Any]


class Trial(NamedTuple):
    """Settings that were tried and the score they got."""

    settings: Settings
    score: float


@dataclass(frozen=True)
class Uniform:
    """A number drawn evenly from [low, high)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        checks.number("low", self.low)
        checks.number("high", self.high, f"({self.low}, inf)")

    def __call__(self, rng: np.random.Generator) -> float:
        """Draw one."""
        checks.generator("rng", rng)
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True)
class LogUniform:
    """A number whose logarithm is drawn evenly: each power of ten is as likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        checks.number("low", self.low, "(0, inf)")
        checks.number("high", self.high, f"({self.low}, inf)")

    def __call__(self, rng: np.random.Generator) -> float:
        """Draw one."""
        checks.generator("rng", rng)
        return math.exp(rng.uniform(math.log(self.low), math.log(self.high)))


@dataclass(frozen=True)
class Choice:
    """One of the values, each as likely as the others."""

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError(f"values must not be empty, got {self.values}")

    def __call__(self, rng: np.random.Generator) -> Any:
        """Draw one."""
        checks.generator("rng", rng)
        return self.values[rng.integers(len(self.values))]


def grid(space: Mapping[str, Sequence[Any]]) -> list[Settings]:
    """Every combination of the listed values, the last name changing fastest.

    >>> grid({"lr": [0.1, 0.01], "units": [32]})
    [{'lr': 0.1, 'units': 32}, {'lr': 0.01, 'units': 32}]
    """
    return [dict(zip(space, values, strict=True)) for values in product(*space.values())]


def random_settings(
    space: Mapping[str, Sampler],
    n: int,
    rng: np.random.Generator,
) -> list[Settings]:
    """n independent draws of all settings.

    Raises: ValueError unless n >= 1.
    Source: bergstra2012: n draws try n values of every setting, a grid far fewer.
    """
    checks.integer("n", n, "[1, inf)")
    checks.generator("rng", rng)
    return [{name: draw(rng) for name, draw in space.items()} for _ in range(n)]


def hit_probability(n: int, share: float) -> float:
    """1 - (1 - q)ⁿ: the chance that one of n random trials is among the best share q.

    Raises: ValueError unless n >= 1 and 0 < share < 1.
    """
    checks.integer("n", n, "[1, inf)")
    checks.number("share", share, "(0, 1)")
    return -math.expm1(n * math.log1p(-share))


def standard_error(accuracy: float, n: int) -> float:
    """√(a(1 - a) / N): the spread of accuracies on N examples around the true a.

    Raises: ValueError unless 0 <= accuracy <= 1 and n >= 1.
    """
    checks.number("accuracy", accuracy, "[0, 1]")
    checks.integer("n", n, "[1, inf)")
    return math.sqrt(accuracy * (1.0 - accuracy) / n)


def paired_difference(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """u - v and √((u + v - (u - v)²) / N): two accuracies on the same N examples.

    u is the share that only the first answers right, v only the second.

    Shapes: a (N,) and b (N,), true where right.
    Raises: ValueError for no examples or different numbers of them, TypeError unless
    both are Boolean.
    """
    first, second = np.asarray(a), np.asarray(b)
    checks.ndim("a", first, 1)
    checks.not_empty("a", first)
    checks.shape("b", second, first.shape)
    for name, right in (("a", first), ("b", second)):
        if right.dtype != bool:
            raise TypeError(f"{name} must be Boolean, got {right.dtype}")
    u, v = (first & ~second).mean(), (second & ~first).mean()
    return float(u - v), math.sqrt((u + v - (u - v) ** 2) / len(first))


def ranked(trials: Sequence[Trial]) -> list[Trial]:
    """The trials, best first; a score of NaN (a run that broke) is worse than any number."""
    return sorted(trials, key=lambda trial: -math.inf if math.isnan(trial.score) else trial.score, reverse=True)


def search(
    f: Callable[[Settings], float],
    trials: Sequence[Settings],
    executor: Executor,
) -> list[Trial]:
    """Score all settings, as many at a time as the executor has workers, and rank them.

    Raises: ValueError for no settings; whatever f raises.
    """
    if not trials:
        raise ValueError("trials must not be empty, got []")
    running = [executor.submit(f, settings) for settings in trials]
    scores = [float(future.result()) for future in running]
    return ranked([Trial(*pair) for pair in zip(trials, scores, strict=True)])


def grid_search(
    f: Callable[[Settings], float],
    space: Mapping[str, Sequence[Any]],
    executor: Executor,
) -> list[Trial]:
    """All combinations of the listed values, best first."""
    return search(f, grid(space), executor)


def random_search(
    f: Callable[[Settings], float],
    space: Mapping[str, Sampler],
    n: int,
    rng: np.random.Generator,
    executor: Executor,
) -> list[Trial]:
    """n random settings, best first."""
    return search(f, random_settings(space, n, rng), executor)


def successive_halving(
    f: Callable[[Settings, int], float],
    trials: Sequence[Settings],
    budget: int,
    executor: Executor,
    keep: int = 2,
) -> list[list[Trial]]:
    """Score all on a small budget, the best 1/k on k times as much, down to one.

    f(settings, budget) is the score after training for so long. The rungs are returned
    in order, each best first.

    Raises: ValueError for no settings, a budget below 1 or keep below 2; what f raises.
    Source: jamieson2016, "successive halving", with a budget that grows by k a rung.
    """
    checks.integer("budget", budget, "[1, inf)")
    checks.integer("keep", keep, "[2, inf)")
    rungs = [search(_At(f, budget), trials, executor)]
    while len(rungs[-1]) > 1:
        budget *= keep
        best = rungs[-1][: max(1, len(rungs[-1]) // keep)]
        left = [trial.settings for trial in best]
        rungs.append(search(_At(f, budget), left, executor))
    return rungs


@dataclass(frozen=True)
class _At:
    """f at a fixed budget, in a form that can be sent to another process."""

    f: Callable[[Settings, int], float]
    budget: int

    def __call__(self, settings: Settings) -> float:
        return self.f(settings, self.budget)
