"""What the page "Conventions" says of each library, as checks that run the library: one for every row of its tables.

A check stands under the heading of its table and the first cell of its row, and is handed a Facts to measure with. The
modules here import a library only inside its checks, so that they can be read where it is not installed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

VERSIONS = {"torch": "2.13.0", "keras": "3.15.1", "jax": "0.10.2", "optax": "0.2.8"}  # that the page names
VERSIONS |= {"scikit-learn": "1.9.1", "scipy": "1.17.1", "onnx": "1.23.2"}


class ContradictionError(AssertionError):
    """A library does something else than the page says."""


@dataclass
class Facts:
    """Counts what was compared, keeps the largest relative difference, and stops at a contradiction."""

    count: int = 0
    largest: float = 0.0

    def same(self, theirs: Any, expected: Any, within: float = 1e-10) -> None:
        """Both are equal, but for rounding."""
        self.count += 1
        a, b = np.asarray(theirs, np.float64), np.asarray(expected, np.float64)
        if a.shape != b.shape:
            raise ContradictionError(f"shapes {a.shape} and {b.shape}")
        difference = float((np.abs(a - b) / np.maximum(1.0, np.abs(b))).max(initial=0.0))
        self.largest = max(self.largest, difference)
        if not difference <= within:
            raise ContradictionError(f"{a.ravel()[:4]} for {b.ravel()[:4]}, a difference of {difference:.1e}")

    def apart(self, one: Any, other: Any, by: float = 1e-6) -> None:
        """They are not equal: what the page warns of is there."""
        self.count += 1
        difference = float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).max())
        if not difference >= by:
            raise ContradictionError(f"no difference: {difference:.1e}")

    def defaults(self, call: Callable[..., Any], **values: object) -> None:
        """The arguments of these names have these defaults."""
        parameters = inspect.signature(call).parameters
        for name, value in values.items():
            self.count += 1
            found = parameters[name].default
            if found != value or type(found) is bool is not type(value):
                raise ContradictionError(f"{name} is {found!r} by default, not {value!r}")

    def refused(self, call: Callable[..., object], *args: object, **options: object) -> None:
        """The call ends with a ValueError."""
        self.count += 1
        try:
            call(*args, **options)
        except ValueError:
            return
        raise ContradictionError("not refused")


Check: TypeAlias = Callable[[Facts], None]


@dataclass(frozen=True)
class Row:
    """A row of the page: the id of its heading, its first cell, the packages that the check imports."""

    section: str
    who: str
    needs: tuple[str, ...]
    check: Check


ROWS: list[Row] = []


def row(section: str, who: str, *needs: str) -> Callable[[Check], Check]:
    """Register the check of a row."""

    def register(check: Check) -> Check:
        ROWS.append(Row(section, who, needs, check))
        return check

    return register


def numbers(*shape: int, seed: int = 0) -> Any:
    """Normal random numbers, the same for everyone."""
    return np.random.default_rng(seed).standard_normal(shape)
