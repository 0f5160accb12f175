"""The mutation gate: every small typo in every formula is noticed, or stands on a list that someone has reviewed.

With --package the other direction: which small mistakes in the package do the formulas alone notice?
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from formulas import Binding, Book, check
from formulas.pages import Formula

ROOT = Path(__file__).resolve().parents[1]
ACCEPTED = ROOT / "tests/formulas/accepted_mutants.txt"
ENOUGH = 0.98
SEEDS = 50
UNREVIEWED = "?"


def main() -> int:
    """Check all formulas on many seeds, then all their typos; return 0 if every typo is accounted for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="bring the list of accepted typos up to date")
    arguments.add_argument("--package", action="store_true", help="make mistakes in the package, not in the formulas")
    options = arguments.parse_args()
    book = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
    if options.package:
        return mutate_package(book)
    wrong = [*book.problems(), *false_alarms(book)]
    print("\n".join(wrong) or f"{len(list(book.bound()))} formulas hold on {SEEDS} seeds")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    alive = []
    for formula, mutant, how in [] if wrong else book.judged():
        counts[mutant.operator][how] += 1
        if how == "alive":
            alive.append(f"{formula.label or formula.path.stem} | {mutant.operator} | {mutant.row}")
    killed = table(counts)
    return int(bool(wrong) or killed < ENOUGH or not reviewed(sorted(set(alive)), options.write))


def false_alarms(book: Book) -> list[str]:
    """The formulas that fail on some seed."""
    return [message for seed in range(SEEDS) for found in book.bound() if (message := book.failure(*found, seed))]


def table(counts: dict[str, Counter[str]]) -> float:
    """Print the typos by kind, return the part of them that was noticed."""
    total: Counter[str] = sum(counts.values(), Counter())
    print(f"\n{'typo':24}{'made':>7}{'by value':>10}{'unreadable':>12}{'alive':>7}{'noticed':>10}")
    for name, count in [*sorted(counts.items(), key=lambda item: -item[1].total()), ("all", total)]:
        noticed = 1 - count["alive"] / max(count.total(), 1)
        numbers = f"{count['by value']:10}{count['unreadable']:12}{count['alive']:7}{noticed:10.1%}"
        print(f"{name:24}{count.total():7}{numbers}")
    return 1 - total["alive"] / max(total.total(), 1)


def reviewed(alive: list[str], write: bool) -> bool:
    """Whether the typos alive are exactly those on the list, each with its reason; print the difference."""
    lines = ACCEPTED.read_text(encoding="utf-8").splitlines() if ACCEPTED.exists() else []
    pairs = (line.rpartition(" | ") for line in lines if line and not line.startswith("#"))
    reasons = {typo: reason for typo, _, reason in pairs}
    if write:
        header = [line for line in lines if line.startswith("#")]
        body = [f"{typo} | {reasons.get(typo, UNREVIEWED)}" for typo in alive]
        ACCEPTED.write_text("\n".join([*header, *body]) + "\n", encoding="utf-8")
    new = [typo for typo in alive if reasons.get(typo, UNREVIEWED) == UNREVIEWED]
    gone = [typo for typo in reasons if typo not in alive]
    for typo in new:
        print(f"alive and not reviewed: {typo}")
    for typo in gone:
        print(f"accepted but not alive any more: {typo}")
    return not new and not gone


SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
NAMES = {"maximum": "minimum", "minimum": "maximum", "exp": "expm1", "log": "log1p", "mean": "sum", "sum": "mean"}


def mutate_package(book: Book) -> int:
    """Print how many mistakes in the functions that the formulas reach they notice, and each that they do not."""
    reached = lines_reached(book)
    total: Counter[bool] = Counter()
    for name in sorted(name for name in sys.modules if name.startswith("snippets.")):
        module = importlib.import_module(name)
        path = Path(module.__file__ or "")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [(line, noticed(book, module, mutated)) for line, mutated in mistakes(tree, reached[str(path)])]
        for line in sorted({line for line, good in found if not good}):
            print(f"  {path.relative_to(ROOT)}:{line}: a mistake here is not noticed by any formula")
        if found:
            print(f"{name}: {sum(good for _, good in found)} of {len(found)} mistakes noticed")
        total += Counter(good for _, good in found)
    print(f"all: {total[True]} of {total.total()} mistakes noticed")
    return 0


def lines_reached(book: Book) -> dict[str, set[int]]:
    """For every file the first lines of the functions that run when all formulas are checked."""
    reached: dict[str, set[int]] = defaultdict(set)

    def remember(frame: FrameType, event: str, _arg: object) -> None:
        if event == "call":
            reached[frame.f_code.co_filename].add(frame.f_code.co_firstlineno)

    sys.setprofile(remember)
    try:
        for found in book.bound():
            fails(*found)
    finally:
        sys.setprofile(None)
    return reached


def mistakes(tree: ast.Module, reached: set[int]) -> Iterator[tuple[int, ast.Module]]:
    """Copies of a module with one operator, constant, sign or function name changed in a function that was reached."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    inside = {id(node) for function in functions if function.lineno in reached for node in ast.walk(function)}
    for index, node in enumerate(ast.walk(tree)):
        mutated = copy.deepcopy(tree) if id(node) in inside and changed(copy.deepcopy(node)) else None
        if mutated:
            changed(next(other for k, other in enumerate(ast.walk(mutated)) if k == index))
            yield getattr(node, "lineno", 0), mutated


def changed(node: Any) -> bool:
    """Make one small mistake in a node if there is one to make."""
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops[0] = SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        node.attr = NAMES[node.attr]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        node.value *= 1.1 if node.value else 0.1
    else:
        return False
    return True


def noticed(book: Book, module: ModuleType, mutated: ast.Module) -> bool:
    """Whether some formula fails while the mutated module stands in for the real one, wherever it was imported."""
    stand_in = ModuleType(module.__name__)
    vars(stand_in).update(__file__=module.__file__)
    exec(compile(ast.fix_missing_locations(mutated), str(module.__file__), "exec"), vars(stand_in))
    replaced = [
        (namespace, name, value, vars(stand_in)[original])
        for original, value in list(vars(module).items())
        if getattr(value, "__module__", "") == module.__name__ and original in vars(stand_in)
        for namespace in namespaces(book)
        for name, used in list(namespace.items())
        if used is value
    ]
    for namespace, name, _, new in replaced:
        namespace[name] = new
    try:
        return any(fails(*found) for found in book.bound())
    finally:
        for namespace, name, old, _ in replaced:
            namespace[name] = old


def namespaces(book: Book) -> list[dict[str, Any]]:
    """The global names of everything that may have imported from the package: its modules and the bindings'."""
    samplers: list[Any] = [binding.sampler for binding in book.bindings]
    bindings = {id(sampler.__globals__): sampler.__globals__ for sampler in samplers}
    package = [vars(module) for name, module in list(sys.modules.items()) if name.startswith("snippets")]
    return [*package, *bindings.values()]


def fails(formula: Formula, binding: Binding) -> bool:
    """Whether a formula fails, or cannot even be sampled."""
    try:
        with np.errstate(all="ignore"):
            check(formula.tex, binding, binding.samples())
    except Exception:
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
