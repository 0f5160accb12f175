"""All pages of a language with their bindings: what is checked, fails, is exempt or stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from formulas.bindings import Binding, Sample, load
from formulas.checker import Mismatch, check
from formulas.messages import explain
from formulas.mutants import Mutant, judged
from formulas.pages import Formula, displays, inlines, pages
from formulas.tokens import FormulaError


@dataclass(frozen=True)
class Book:
    """The displays and inline formulas of some pages, and the bindings of all."""

    displays: list[Formula]
    inlines: list[Formula]
    bindings: list[Binding]
    unreadable: list[str]  # pages whose labels and displays do not fit together

    @classmethod
    def of(cls, folder: Path, bindings: Path) -> Book:
        """The pages and notebooks of a folder and its folders, with the bindings of a folder."""
        book = cls([], [], load(bindings), [])
        for path in pages(folder):
            try:
                book.displays.extend(displays(path))
                book.inlines.extend(inlines(path))
            except FormulaError as error:
                book.unreadable.append(str(error))
        return book

    @property
    def exempt(self) -> list[Formula]:
        """The displays that are exempt from checking."""
        return [formula for formula in self.displays if formula.reason]

    @property
    def by_label(self) -> dict[str, Binding]:
        """The bindings of displays."""
        return {binding.label: binding for binding in self.bindings if not binding.texts}

    def bound(self) -> Iterator[tuple[Formula, Binding]]:
        """Every formula that is checked, with its binding."""
        by_label = self.by_label
        yield from ((formula, by_label[formula.label]) for formula in self.displays if formula.label in by_label)
        for binding in self.bindings:
            for formula in self.inlines:
                if formula.path.stem == binding.label and formula.spaced in binding.texts:
                    yield formula, binding

    def refuted(self) -> Iterator[tuple[Formula, Binding, Mismatch]]:
        """Every display that is marked as wrong, and where it fails. Raises: FormulaError unless it fails by value."""
        by_label = self.by_label
        for formula in (formula for formula in self.displays if formula.wrong and formula.of in by_label):
            binding = by_label[formula.of]
            try:
                check(formula.tex, binding, binding.samples())
                raise FormulaError("it holds")
            except FormulaError as error:
                raise FormulaError(f"{formula.path}:{formula.line}: cannot be refuted: {error}") from error
            except Mismatch as found:
                yield formula, binding, found

    def failure(self, formula: Formula, binding: Binding, seed: int = 0) -> str:
        """Why a formula does not hold on its samples; empty if it does."""
        samples: Sequence[Sample] = []
        try:
            samples = binding.samples(seed)
            check(formula.tex, binding, samples)
        except (FormulaError, Mismatch) as error:
            return explain(formula, error, binding, samples)
        return ""

    def problems(self) -> list[str]:
        """Unreadable pages, labels without a binding or used twice, bindings without a formula."""
        own = [formula for formula in self.displays if formula.label == formula.of and not formula.reason]
        labels = Counter(formula.of for formula in own)
        first = {formula.of: formula.spaced for formula in own}
        bound = self.by_label.keys()
        texts = {(formula.path.stem, formula.spaced) for formula in self.inlines}
        wanted = [(binding.label, text) for binding in self.bindings for text in binding.texts]
        unbound = [f for f in self.displays if f.of not in bound and not f.reason]
        drifted = [f for f in self.displays if f.label == f"{f.of} again" and f.spaced != first.get(f.of)]
        return [
            *self.unreadable,
            *(f"{f.path}:{f.line}: formula `{f.label}` is bound nowhere" for f in unbound),
            *(f"{f.path}:{f.line}: is not the display labelled `{f.of}`" for f in drifted),
            *(f"label `{label}` is used {n} times" for label, n in labels.items() if n > 1),
            *(f"binding `{label}` has no formula" for label in sorted(bound - labels.keys())),
            *(f"page {stem} has no inline formula {text}" for stem, text in wanted if (stem, text) not in texts),
        ]

    def judged(self) -> Iterator[tuple[Formula, Mutant, str]]:
        """Every small typo of every formula, and how it was found out."""
        for formula, binding in self.bound():
            for mutant, how in judged(formula.tex, binding, binding.samples()):
                yield formula, mutant, how
