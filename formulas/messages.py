"""What an author reads when a formula does not hold: where, the sample, both sides, the change that would help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check, understood
from formulas.functions import CONSTANTS
from formulas.moments import RV, Law
from formulas.mutants import mutants, repairs
from formulas.pages import Formula
from formulas.tokens import FormulaError


def explain(formula: Formula, error: FormulaError | Mismatch, binding: Binding, samples: Sequence[Sample]) -> str:
    """The whole message for a formula that failed."""
    at = error.at if isinstance(error, FormulaError) else error.right.start
    start = formula.tex.rfind("\n", 0, at or 0) + 1
    row = formula.tex[start:].partition("\n")[0]
    where = f"{formula.path}:{formula.line + formula.tex.count(chr(10), 0, start)}"
    where += f": formula `{formula.label}`" if formula.label else ": inline formula"
    if isinstance(error, Mismatch):
        lines = [f"{where} is not what the code computes", f"    {row.strip()}", *_values(error)]
    else:
        caret = [f"    {row}", "    " + " " * (at - start) + "^"] if at is not None else []
        lines = [f"{where} cannot be checked: {error}", *caret]
    if changes := list(islice(fixes(formula.tex, at or 0, binding, samples), 2)):
        lines.append(f"  one change would make it hold: {' or '.join(changes)}")
    return "\n".join(lines)


def fixes(tex: str, at: int, binding: Binding, samples: Sequence[Sample]) -> Iterator[str]:
    """The rows after each small change with which the formula would hold, changes from a position on first."""
    try:
        statements = understood(tex, samples)
    except FormulaError:
        return
    names = [name for name, value in samples[0].items() if not callable(value)]
    candidates = [*mutants(tex, statements), *repairs(tex, statements, names)]
    tried: set[str] = set()
    for mutant in sorted(candidates, key=lambda mutant: mutant.at < at):
        unlike = mutant.row.replace(" ", "")
        if unlike not in tried:
            tried.add(unlike)
            try:
                check(mutant.tex, binding, samples)
                yield mutant.row
            except (FormulaError, Mismatch):
                continue


def _values(error: Mismatch) -> list[str]:
    """The sample and both sides."""
    nodes = [node for side in (error.left, error.right) for node in side.walk()]
    names = {name for node in nodes for name in (node.name, node.name.rstrip("'"))} - CONSTANTS.keys()
    shown = {name: show(value) for name, value in error.sample.items() if name in names}
    sample = [f"{name} = {value}" for name, value in shown.items() if "<lambda>" not in value]
    left, right = map(show, error.values)
    return [f"  at  {', '.join(sample)}", f"  left side   {left}", f"  right side  {right}"]


def show(value: Any) -> str:
    """A value in a message."""
    if isinstance(value, RV):
        return f"random ({len(value.values)} outcomes)"
    if isinstance(value, Law):
        return f"{value.kind[0].upper()}({value.first:.6g}, {value.second:.6g})"
    if callable(value):
        return f"{getattr(value, '__module__', '?')}.{getattr(value, '__name__', '?')}"
    return np.array2string(np.asarray(value), precision=6, threshold=8)
