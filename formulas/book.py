"""All pages of a language with their bindings: what fails, is exempt or stale, and the numbers for readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formulas.bindings import Binding, load
from formulas.checker import Mismatch, check
from formulas.messages import explain
from formulas.mutants import Mutant, judged
from formulas.pages import Formula, displays, inlines
from formulas.tokens import FormulaError, tokenize
from formulas.tree import RELATIONS


@dataclass(frozen=True)
class Book:
    """The displays and inline formulas of some pages, and the bindings of all."""

    displays: tuple[Formula, ...]
    inlines: tuple[Formula, ...]
    bindings: tuple[Binding, ...]
    unreadable: tuple[str, ...] = ()  # pages whose labels and displays do not fit together

    @classmethod
    def of(cls, pages: Path, bindings: Path) -> Book:
        """The pages of a folder with the bindings of a folder."""
        found: dict[str, list[Any]] = {"displays": [], "inlines": [], "unreadable": []}
        for path in sorted(pages.glob("*.md")):
            try:
                found["displays"] += displays(path)
                found["inlines"] += inlines(path)
            except FormulaError as error:
                found["unreadable"].append(str(error))
        return cls(**{name: tuple(items) for name, items in found.items()}, bindings=tuple(load(bindings)))

    @property
    def exempt(self) -> list[Formula]:
        """The displays that are exempt from checking."""
        return [formula for formula in self.displays if formula.reason]

    def bound(self) -> Iterator[tuple[Formula, Binding]]:
        """Every formula that is checked, with its binding."""
        by_label = {binding.label: binding for binding in self.bindings if not binding.texts}
        for formula in self.displays:
            if formula.label in by_label:
                yield formula, by_label[formula.label]
        for binding in self.bindings:
            for formula in self.inlines:
                if formula.path.stem == binding.label and formula.spaced in binding.texts:
                    yield formula, binding

    def failure(self, formula: Formula, binding: Binding, seed: int = 0) -> str:
        """Why a formula does not hold on its samples; empty if it does."""
        samples = binding.samples(seed)
        try:
            check(formula.tex, binding, samples)
        except (FormulaError, Mismatch) as error:
            return explain(formula, error, binding, samples)
        return ""

    def problems(self) -> list[str]:
        """Unreadable pages, labels without a binding or used twice, bindings without a formula."""
        labels = Counter(formula.label for formula in self.displays if not formula.reason)
        bound = {binding.label for binding in self.bindings if not binding.texts}
        texts = {(formula.path.stem, formula.spaced) for formula in self.inlines}
        wanted = [(binding.label, text) for binding in self.bindings for text in binding.texts]
        unbound = [f for f in self.displays if f.label not in bound and not f.reason]
        return [
            *self.unreadable,
            *(f"{f.path}:{f.line}: formula `{f.label}` is bound nowhere" for f in unbound),
            *(f"label `{label}` is used {n} times" for label, n in labels.items() if n > 1),
            *(f"binding `{label}` has no formula" for label in sorted(bound - {label for label in labels if label})),
            *(f"page {stem} has no inline formula {text}" for stem, text in wanted if (stem, text) not in texts),
        ]

    def judged(self) -> Iterator[tuple[Formula, Mutant, str]]:
        """Every small typo of every formula, and how it was found out."""
        for formula, binding in self.bound():
            for mutant, how in judged(formula.tex, binding, binding.samples()):
                yield formula, mutant, how

    def report(self) -> dict[str, Any]:
        """The numbers that tell a reader what is checked."""
        checked = list(self.bound())
        mutants = Counter(how for _, _, how in self.judged())
        return {
            "displays": len(self.displays),
            "formulas": len(checked),
            "statements": sum(check(formula.tex, binding, binding.samples()) for formula, binding in checked),
            "samples": sum(binding.n for _, binding in checked),
            "inline": sum(formula.label is None for formula, _ in checked),
            "inline_with_relation": sum(has_relation(formula.tex) for formula in self.inlines),
            "mutants": mutants.total(),
            "killed": mutants.total() - mutants["alive"],
            "exempt": [(formula.path.stem, formula.line, formula.reason) for formula in self.exempt],
        }


def has_relation(tex: str) -> bool:
    """Whether a formula says something: has an equality, an inequality or the like."""
    return any(token.text in RELATIONS for token in tokenize(tex))
