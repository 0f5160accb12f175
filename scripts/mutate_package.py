"""The mutation gate's other direction: which small mistakes in the package do the formulas of the pages notice alone?

Mistakes are made in the functions that some formula reaches, but not in checks of arguments, for a formula gives none
that is wrong. A mistake that lives is "unseen" if not even NaN in its place is noticed: no formula says anything of
this value, as of a gradient that the page leaves out. tests/formulas/accepted_package.txt excuses those that change no
value, each with its reason. What is still alive shows a sample that is too tame.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from formulas import Binding, Book, check
from formulas.pages import Formula

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = str(ROOT / "snippets")
ACCEPTED = ROOT / "tests/formulas/accepted_package.txt"
SECONDS = 20.0  # after which a formula is taken to run for ever
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
TURNED: dict[type[ast.AST], type[ast.cmpop]] = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
NAMES = {"maximum": "minimum", "minimum": "maximum", "exp": "expm1", "log": "log1p", "mean": "sum", "sum": "mean"}
Bound = tuple[Formula, Binding]


def main() -> int:
    """Print for every module how many mistakes the formulas notice, and those that they do not."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("modules", nargs="*", help="only these, as in: activations experiments.training")
    modules = arguments.parse_args().modules
    reach = reached(Book.of(ROOT / "docs/en", ROOT / "tests/formulas"))
    reasons = accepted(ACCEPTED.read_text(encoding="utf-8") if ACCEPTED.exists() else "")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    unused = set(reasons)
    for function, formulas in reach.items():
        module = function.__module__.removeprefix("snippets.")
        for line, change, wrong, nonsense in mistakes(function) if not modules or module in modules else ():
            keys = [f"{module}.{function.__qualname__} | {each}" for each in (change, "*")]
            excuse = next((key for key in keys if key in reasons), "")
            how = "noticed" if noticed(function, wrong, formulas) else "excused" if excuse else "alive"
            if how == "alive" and not noticed(function, nonsense, formulas):
                how = "unseen"
            counts[module][how] += 1
            if how == "excused":
                unused.discard(excuse)
            if how in ("alive", "unseen"):
                print(f"{how}  {line:4}  {keys[0]}", flush=True)
    print(f"\n{'module':26}{'made':>6}{'noticed':>9}{'unseen':>8}{'excused':>9}{'alive':>7}{'of all':>9}{'of seen':>9}")
    total: Counter[str] = sum(counts.values(), Counter())
    for name, count in [*sorted(counts.items()), ("all", total)]:
        good, seen = count["noticed"], count.total() - count["unseen"]
        numbers = f"{count.total():6}{good:9}{count['unseen']:8}{count['excused']:9}{count['alive']:7}"
        print(f"{name:26}{numbers}{good / max(count.total(), 1):9.1%}{good / max(seen, 1):9.1%}")
    for key in sorted(unused) if not modules else ():
        print(f"excused but noticed, or made no more: {key}")
    return int(total["alive"] > 0 or (not modules and bool(unused)))


def accepted(text: str) -> dict[str, str]:
    """The reason of each mistake that no formula could notice."""
    lines = [line.rpartition(" | ") for line in text.splitlines() if line and not line.startswith("#")]
    return {mistake: reason for mistake, _, reason in lines}


def reached(book: Book) -> dict[FunctionType, list[Bound]]:
    """The functions of the package that run when a formula is checked, each with its formulas, the fastest first."""
    runs = []
    for bound in book.bound():
        codes: set[CodeType] = set()
        forget()
        start = time.perf_counter()
        fails(*bound, codes)
        runs.append((time.perf_counter() - start, bound, codes))
    runs.sort(key=lambda run: run[0])
    found = {function: [bound for _, bound, codes in runs if function.__code__ in codes] for function in functions()}
    return {function: formulas for function, formulas in found.items() if formulas}


def functions() -> Iterator[FunctionType]:
    """The functions and methods of the package, as far as they are imported."""
    for name, module in sorted(sys.modules.items()):
        if name.startswith("snippets.") and name != "snippets.checks":
            own = [value for value in vars(module).values() if getattr(value, "__module__", "") == name]
            for value in own:
                for member in vars(value).values() if inspect.isclass(value) else [value]:
                    function = inspect.unwrap(getattr(member, "fget", member))
                    if isinstance(function, FunctionType) and function.__code__.co_filename == module.__file__:
                        yield function


def mistakes(function: FunctionType) -> Iterator[tuple[int, str, CodeType, CodeType]]:
    """For every operator, constant, sign and function name in a function: its code with that changed, and with NaN."""
    tree = ast.parse(Path(function.__code__.co_filename).read_text(encoding="utf-8"))
    own = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and defines(node, function))
    for node in (node for statement in own.body for node in computing(statement)):
        before, was = dict(vars(node)), ast.unparse(node)
        if changed(node):
            change, wrong = f"{was} -> {ast.unparse(node)}", compiled(own, function)
            vars(node).update(before)
            nan = ast.copy_location(senseless(node), node)
            Replace(node, nan).visit(own)
            nonsense = compiled(own, function)
            Replace(nan, node).visit(own)
            yield node.lineno, change, wrong, nonsense


def defines(node: ast.FunctionDef, function: FunctionType) -> bool:
    """Whether this is where a function is defined."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return first == function.__code__.co_firstlineno


def compiled(own: ast.FunctionDef, function: FunctionType) -> CodeType:
    """The code of a function after its tree was changed."""
    body: list[ast.stmt] = [own]
    for name in function.__qualname__.split(".")[-2::-1]:
        body = [ast.ClassDef(name=name, bases=[], keywords=[], body=body, decorator_list=[])]
    tree = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    codes = inner(compile(tree, function.__code__.co_filename, "exec"))
    return next(code for code in codes if code.co_qualname == function.__qualname__)


class Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        """The new node for the old one, any other as it is."""
        return self.new if node is self.old else self.generic_visit(node)


def senseless(node: ast.expr) -> ast.expr:
    """NaN for a value, a function that gives NaN for a function, and a comparison turned round."""
    if isinstance(node, ast.Compare):
        return ast.Compare(node.left, [TURNED[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    nan: ast.expr = ast.parse("(0.0 * 1e999)", mode="eval").body
    if isinstance(node, ast.Attribute):
        return ast.parse("lambda *arguments, **names: 0.0 * 1e999", mode="eval").body
    return nan if isinstance(node, ast.Constant) else ast.BinOp(node, ast.Mult(), nan)


def computing(node: ast.AST) -> Iterator[Any]:
    """The expressions in a statement that compute something, in contrast to checking arguments."""
    call = node.func if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Raise | ast.Assert) or (call and ast.unparse(call).startswith("checks.")):
        return
    yield node
    check_only = isinstance(node, ast.If) and all(isinstance(statement, ast.Raise) for statement in node.body)
    for child in node.orelse if check_only and isinstance(node, ast.If) else ast.iter_child_nodes(node):
        yield from computing(child)


def inner(code: CodeType) -> Iterator[CodeType]:
    """A code and all codes in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from inner(constant)


def changed(node: Any) -> bool:
    """Make one small mistake in a node if there is one to make."""
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        node.op = SWAPS[type(node.op)]()  # type: ignore[assignment]
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops = [SWAPS[type(node.ops[0])](), *node.ops[1:]]  # type: ignore[list-item]
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        node.attr = NAMES[node.attr]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node.op = ast.UAdd()
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        node.value = 1.1 * node.value or 0.1
    else:
        return False
    return True


def noticed(function: FunctionType, wrong: CodeType, formulas: list[Bound]) -> bool:
    """Whether some formula fails while a function does something wrong."""
    right = function.__code__
    function.__code__ = wrong
    forget()
    try:
        return any(fails(*bound) for bound in formulas)
    finally:
        function.__code__ = right
        forget()


def forget() -> None:
    """Forget the results that functions of the package keep."""
    for name, module in list(sys.modules.items()):
        for value in vars(module).values() if name.startswith("snippets.") else ():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def fails(formula: Formula, binding: Binding, codes: set[CodeType] | None = None) -> bool:
    """Whether a formula fails, cannot be sampled, or runs for ever; adds to the codes those of the package that ran."""

    def remember(frame: FrameType, event: str, _argument: object) -> None:
        if codes is not None and event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            codes.add(frame.f_code)

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    sys.setprofile(remember if codes is not None else None)
    try:
        with np.errstate(all="ignore"):
            check(formula.tex, binding, binding.samples())
    except Exception:
        return True
    finally:
        sys.setprofile(None)
        signal.setitimer(signal.ITIMER_REAL, 0.0)
    return False


if __name__ == "__main__":
    sys.exit(main())
