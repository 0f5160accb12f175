"""What an author reads when a formula does not hold: where, the sample, both sides, the change that would help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check, environment, understood
from formulas.evaluator import CONSTANTS
from formulas.moments import RV, Law
from formulas.mutants import mutants
from formulas.pages import Formula
from formulas.tokens import FormulaError


def explain(formula: Formula, error: FormulaError | Mismatch, binding: Binding, samples: Sequence[Sample]) -> str:
    """The whole message for a formula that failed."""
    name = f"formula `{formula.label}`" if formula.label else "inline formula"
    at = error.at if isinstance(error, FormulaError) else error.right.start
    start, row = _row(formula.tex, at or 0)
    where = f"{formula.path}:{formula.line + formula.tex.count(chr(10), 0, start)}"
    if isinstance(error, FormulaError):
        caret = [f"    {row}", "    " + " " * ((at or 0) - start) + "^"] if at is not None else []
        lines = [f"{where}: {name} cannot be checked: {error}", *caret]
    else:
        lines = [f"{where}: {name} is not what the code computes", f"    {row.strip()}", *_values(error)]
    if changes := fixes(formula.tex, binding, samples):
        lines.append(f"  one change would make it hold: {' or '.join(changes)}")
    return "\n".join(lines)


def fixes(tex: str, binding: Binding, samples: Sequence[Sample], most: int = 2) -> list[str]:
    """The rows, after one small change each, with which the formula would hold."""
    found: list[str] = []
    try:
        candidates = mutants(tex, understood(tex, [environment(sample) for sample in samples]))
    except FormulaError:
        return []
    for mutant in candidates:
        try:
            check(mutant.tex, binding, samples)
        except (FormulaError, Mismatch):
            continue
        found.append(mutant.row)
        if len(found) == most:
            break
    return found


def show(value: Any) -> str:
    """A value in a message."""
    if isinstance(value, RV):
        return f"random ({len(value.values)} outcomes)"
    if isinstance(value, Law):
        letter, a, b = value.kind[0].upper(), value.first, value.second
        return f"{letter}({a:.6g}, {b:.6g})"
    if callable(value):
        return f"{getattr(value, '__module__', '?')}.{getattr(value, '__name__', '?')}"
    return np.array2string(np.asarray(value), precision=6, threshold=8)


def _values(error: Mismatch) -> list[str]:
    """The sample and both sides."""
    nodes = [node for side in (error.left, error.right) for node in side.walk()]
    names = {name for node in nodes for name in (node.name, node.name.rstrip("'"))} - CONSTANTS.keys()
    sample = [f"{name} = {show(value)}" for name, value in error.sample.items() if name in names]
    left, right = error.values
    return [
        f"  at  {', '.join(sample)}",
        f"  left side   {show(left)}",
        f"  right side  {'does not contain it' if right is None else show(right)}",
    ]


def _row(tex: str, at: int) -> tuple[int, str]:
    """The line of the text around a position, and where it begins."""
    start = tex.rfind("\n", 0, at) + 1
    return start, tex[start:].partition("\n")[0]
