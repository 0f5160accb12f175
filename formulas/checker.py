"""Whether a formula holds on the samples of its binding: every relation, for every value of its free indices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formulas.bindings import AFTER, Binding, Sample
from formulas.evaluator import Evaluator
from formulas.functions import COMPARE, CONSTANTS, FUNCTIONS, MOMENTS
from formulas.moments import Law
from formulas.reader import Node, read
from formulas.tokens import FormulaError

_EXACT = 1e-9, 1e-12  # relative and absolute tolerance
_BOUNDS = COMPARE.keys() & {"<", ">", "<=", ">="}
_SHARP = 0.01  # how near the sides of a bound come on some sample, relative to them, or beside zero as it is


@dataclass
class Mismatch(Exception):  # noqa: N818
    """A relation that does not hold, with both values and the sample."""

    left: Node
    right: Node
    values: tuple[Any, Any]
    sample: Sample


def check(tex: str, binding: Binding, samples: Sequence[Sample]) -> int:
    """The number of relations of a formula that hold on all samples; FormulaError or Mismatch if one does not."""
    statements = understood(tex, samples)
    seen: set[str | int] = set()
    for values in samples:
        for statement in statements:
            _check_statement(statement, Evaluator(values, binding.base, seen), binding.approx)
    for node, met in (each for statement in statements for each in _to_be_met(statement)):
        if node.start not in seen:
            raise FormulaError(f"no sample {met}", node.start)
    if unused := [] if binding.texts else [key for key in samples[0] if key not in seen]:
        raise FormulaError(f"bound but not used in the formula: {', '.join(unused)}")
    return sum(len(statement.name.split()) for statement in statements)


def _to_be_met(statement: Node) -> Iterator[tuple[Node, str]]:
    """What some sample must meet, lest nothing be said by it: conditions, bounds."""
    yield from ((node, "meets this condition") for node in statement.walk() if node.kind in ("case", "when"))
    sides = zip(reversed(statement.name.split()), reversed(statement.parts), strict=False)
    yield from ((right, "comes near this bound: is it sharp?") for relation, right in sides if relation in _BOUNDS)


def understood(tex: str, samples: Sequence[Sample]) -> tuple[Node, ...]:
    """The statements of a formula, read with the symbols of its samples."""
    if len({frozenset(values) for values in samples}) != 1:
        raise FormulaError(f"the {len(samples)} samples do not bind the same symbols")
    statements = read(tex, samples[0])
    for statement in statements:
        if not statement.name:
            raise FormulaError("a part without a relation", statement.start)
    return statements


def _check_statement(statement: Node, evaluator: Evaluator, approx: float | None) -> None:
    """Check a statement for every value of its free indices and, without E or Var, for every outcome."""
    letters = dict.fromkeys(_free(statement, frozenset(evaluator.values)))
    moments = any(node.name in MOMENTS for node in statement.walk())
    with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
        ranges = [evaluator.extent(letter, statement, statement) for letter in letters]
        for combination in itertools.product(*ranges):
            here = evaluator.given(dict(zip(letters, combination, strict=True)))
            for world in [here] if moments else here.worlds():
                _check_relations(statement, world, approx)


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    """The letters that stand only as a subscript and belong to no sum: the statement holds for each of their values."""
    if node.kind == "big":
        bound |= {node.parts[1].name}
    if node.kind == "index":
        symbols = (part for index in node.parts[1:] for part in index.walk() if part.kind == "sym")
        yield from (part.name for part in symbols if part.name not in bound and len(part.name) == 1)
    for part in node.parts:
        yield from _free(part, bound)


def _check_relations(statement: Node, evaluator: Evaluator, approx: float | None) -> None:
    """Compare the neighbours in a chain, if its condition holds."""
    relations, sides = statement.name.split(), statement.parts
    if statement.kind == "when":
        if not evaluator(sides[0]):
            return
        evaluator.seen.add(statement.start)
        sides = sides[1:]
    ends = itertools.zip_longest(sides, relations)
    values = (_after(side, evaluator) if relation == "<-" else evaluator(side) for side, relation in ends)
    compared = zip(relations, itertools.pairwise(sides), itertools.pairwise(values), strict=True)
    for relation, (left, right), pair in compared:
        try:
            holds = _related(relation, *pair, (left, right), approx)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise FormulaError(f"cannot be compared: {error}", right.start) from error
        if not holds:
            raise Mismatch(left, right, pair, evaluator.values)
        if relation in _BOUNDS and _near(*pair):
            evaluator.seen.add(right.start)


def _near(a: Any, b: Any) -> bool:
    """Whether the sides of a bound nearly meet somewhere."""
    size = np.where(np.multiply(a, b) == 0, 1.0, np.maximum(np.abs(a), np.abs(b)))
    return bool(np.any(np.abs(np.subtract(a, b)) <= _SHARP * size))


def _after(left: Node, evaluator: Evaluator) -> Any:
    """The value of the left side after an update."""
    symbol = left.parts[0] if left.kind == "index" else left
    key = AFTER + symbol.name
    if key not in evaluator.values:
        raise FormulaError(f"the binding has no {key!r}: the value after the update", left.start)
    evaluator.seen.add(key)
    return evaluator.given({symbol.name: evaluator.values[key]})(left)


def _related(relation: str, a: Any, b: Any, sides: tuple[Node, Node], approx: float | None) -> bool:
    """Whether two values stand in a relation, to the precision with which they are known."""
    if relation in COMPARE and relation != "=":
        return bool(np.all(COMPARE[relation](a, b)))
    if relation == "law" or isinstance(a, Law) or isinstance(b, Law):
        laws = isinstance(a, Law) and isinstance(b, Law) and a.kind == b.kind
        return laws and np.allclose([a.first, a.second], [b.first, b.second], *_EXACT)
    if np.shape(a) != np.shape(b) and np.ndim(a) and np.ndim(b):
        raise FormulaError(f"the sides have shapes {np.shape(a)} and {np.shape(b)}", sides[1].start)
    if relation == "~" and (allowed := _printed_precision(sides[1]) or approx):
        return np.allclose(a, b, 0.0, allowed * (1 + 1e-6))
    small = np.all(a) and np.all(b) and any(map(_is_constant, sides))  # nothing cancels in 2^{-53}
    return np.allclose(a, b, _EXACT[0], 0.0 if small else _EXACT[1])


def _is_constant(node: Node) -> bool:
    """Whether numbers are all that stands there."""
    return {part.name for part in node.walk() if part.kind != "num"} <= {"", *CONSTANTS, *FUNCTIONS}


def _printed_precision(node: Node) -> float | None:
    """Half a unit of the last printed digit: 0.005 for `-1.05`; None if it is no number."""
    number = node.parts[0] if node.kind == "neg" else node
    if number.kind != "num":
        return None
    if len(number.name.replace(".", "").lstrip("0")) < 2:
        raise FormulaError(r"one digit after \approx says little: print two or more", node.start)
    return float(0.5 * 10.0 ** -len(number.name.partition(".")[2]))
