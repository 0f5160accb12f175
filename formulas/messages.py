"""What an author reads when a formula does not hold: where, the sample, both sides, the change that would help."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check, environment, understood
from formulas.evaluator import CONSTANTS
from formulas.moments import RV, Law
from formulas.mutants import Mutant, mutants, repairs
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
    if changes := fixes(formula.tex, error, binding, samples):
        lines.append(f"  one change would make it hold: {' or '.join(changes)}")
    return "\n".join(lines)


def fixes(tex: str, error: FormulaError | Mismatch, binding: Binding, samples: Sequence[Sample]) -> list[str]:
    """The row after one small change with which the formula would hold, and another one if there is."""
    environments = [environment(sample) for sample in samples]
    try:
        statements = understood(tex, environments)
    except FormulaError:
        return []
    names = [name for name, value in environments[0].items() if not callable(value)]
    candidates = [*mutants(tex, statements), *repairs(tex, statements, names)]
    if isinstance(error, Mismatch):
        candidates.sort(key=lambda mutant: mutant.at < error.right.start)
    unlike = {mutant.row.replace(" ", ""): mutant for mutant in reversed(candidates)}.values()
    return [mutant.row for mutant in islice(filter(partial(_holds, binding, samples), reversed(unlike)), 2)]


def _holds(binding: Binding, samples: Sequence[Sample], mutant: Mutant) -> bool:
    try:
        check(mutant.tex, binding, samples)
    except (FormulaError, Mismatch):
        return False
    return True


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
    shown = {name: show(value) for name, value in error.sample.items() if name in names}
    sample = [f"{name} = {value}" for name, value in shown.items() if "<" not in value]
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
