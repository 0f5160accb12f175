"""Random variables small enough for exact expectations, and the laws that initial weights are drawn from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RV:
    """A random variable with finitely many equally likely outcomes: values[k] is outcome k, a number or an array."""

    values: NDArray[Any]


def independent(*supports: Sequence[float] | NDArray[Any]) -> list[RV]:
    """One random number per support, all independent.

    >>> [len(v.values) for v in independent([0.0, 1.0], [1.0, 2.0, 4.0])]
    [6, 6]
    """
    outcomes = np.array(list(itertools.product(*supports)), dtype=float)
    return [RV(column) for column in outcomes.T]


def iid(n: int, *supports: Sequence[float] | NDArray[Any]) -> list[RV]:
    """One random vector per support, with n components drawn from it, all independent."""
    columns = independent(*(support for support in supports for _ in range(n)))
    return [RV(np.stack([v.values for v in columns[k : k + n]], axis=1)) for k in range(0, len(columns), n)]


@dataclass(frozen=True)
class Law:
    """N(mean, variance) or U(low, high): what stands right of a tilde, and how initial weights are drawn."""

    kind: str  # "normal" or "uniform"
    first: float  # the mean, or the low end
    second: float  # the variance, or the high end

    @property
    def moments(self) -> tuple[float, float]:
        """The mean and the variance."""
        a, b = self.first, self.second
        return (a, b) if self.kind == "normal" else ((a + b) / 2, (b - a) ** 2 / 12)


class _Recorder(np.random.Generator):
    """A generator of which every draw is the same point of the standard law, whose kind is remembered."""

    def __init__(self, point: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.point = point
        self.kinds: set[str] = set()

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None, kind: str = "normal") -> Any:
        self.kinds.add(kind)
        return np.full(size or (), loc + scale * self.point)[()]

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        return self.normal(low, high - low, size, "uniform")

    def standard_normal(self, size: Any = None, dtype: Any = float) -> Any:  # type: ignore[override]
        return np.asarray(self.normal(size=size), dtype)[()]

    def random(self, size: Any = None, dtype: Any = float) -> Any:  # type: ignore[override]
        return np.asarray(self.uniform(size=size), dtype)[()]


def law_of(initializer: Callable[[Any], Any]) -> Law:
    """The law of the entries that initializer(rng) draws: it is run at three points, and must be affine in the draw.

    >>> law_of(lambda rng: 3 * rng.standard_normal((2, 2)))
    Law(kind='normal', first=0.0, second=9.0)
    """
    recorders = [_Recorder(point) for point in (0.0, 0.5, 1.0)]
    runs = [np.unique(np.asarray(initializer(recorder), dtype=float)) for recorder in recorders]
    kinds = set().union(*(recorder.kinds for recorder in recorders))
    if len(kinds) != 1 or any(len(run) != 1 for run in runs):
        raise ValueError(f"the entries do not follow one law: kinds {sorted(kinds)}")
    low, middle, high = (float(run[0]) for run in runs)
    if not np.isclose(middle, (low + high) / 2, rtol=1e-12, atol=1e-15):
        raise ValueError("the entries are not affine in what is drawn")
    return Law("normal", low, (high - low) ** 2) if kinds == {"normal"} else Law("uniform", low, high)
