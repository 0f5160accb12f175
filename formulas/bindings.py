"""What the symbols of a formula stand for: functions that draw samples, registered under the formula's label."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from formulas.reader import canonical

Sample: TypeAlias = Mapping[str, Any]
Sampler: TypeAlias = Callable[[np.random.Generator], Sample]

AFTER = "<-"  # marks the value that a symbol has after an update
_registry: dict[str, Binding] = {}


@dataclass(frozen=True)
class Binding:
    """How to draw the samples on which a formula must hold."""

    label: str
    sampler: Sampler
    n: int = 12  # samples a check
    approx: float | None = None  # what ≈ allows where the page prints no digits
    base: int = 1  # the first value of a subscript
    texts: tuple[str, ...] = ()  # the inline formulas that it binds; label is then the stem of their page

    def samples(self, seed: int = 0) -> list[Sample]:
        """n samples with their symbols in canonical spelling, the same ones for the same seed."""
        rng = np.random.default_rng(seed)
        return [respelled(self.sampler(rng)) for _ in range(self.n)]


def respelled(sample: Sample) -> dict[str, Any]:
    """A sample with its symbols in canonical spelling."""
    marks = {key: AFTER * key.startswith(AFTER) for key in sample}
    return {mark + canonical(key.removeprefix(AFTER)): sample[key] for key, mark in marks.items()}


def formula(label: str, n: int = 12, texts: tuple[str, ...] = (), **options: Any) -> Callable[[Sampler], Sampler]:
    """Bind the display labelled `label`: the decorated function maps a generator to {symbol as on the page: value}."""

    def register(sampler: Sampler) -> Sampler:
        key = f"{label}: {' | '.join(texts)}" if texts else label
        if key in _registry:
            raise ValueError(f"{key} is bound twice")
        _registry[key] = Binding(label, sampler, n, texts=texts, **options)
        return sampler

    return register


def inline(stem: str, *texts: str, n: int = 12, **options: Any) -> Callable[[Sampler], Sampler]:
    r"""Bind inline formulas of the page `stem`, as they stand there: `@inline("activations", r"\sigma(0) = 0.5")`."""
    return formula(stem, n, tuple(" ".join(text.split()) for text in texts), **options)


def load(folder: Path) -> list[Binding]:
    """Every binding of the files bind_*.py in a folder."""
    _registry.clear()
    for path in sorted(folder.glob("bind_*.py")):
        runpy.run_path(str(path), run_name=path.stem)
    return list(_registry.values())
