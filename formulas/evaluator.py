"""The value of a tree under one sample: plain NumPy, no guessing about shapes."""

from __future__ import annotations

import math
import operator as op
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from formulas.functions import COMPARE, CONSTANTS, FUNCTIONS, MOMENTS, slope
from formulas.moments import RV, Law
from formulas.reader import Node
from formulas.tokens import FormulaError

_MOST_TERMS = 10_000
_ARITHMETIC: dict[str, Callable[..., Any]] = {"add": op.add, "sub": op.sub, "had": op.mul, "neg": op.neg}
_ARITHMETIC |= {"div": op.truediv, "frac": op.truediv, "group": lambda value: value}


@dataclass(frozen=True)
class Evaluator:
    """Evaluates trees with the values of one sample, and remembers which of them were used and which cases were met."""

    values: Mapping[str, Any]
    base: int = 1  # the first value of a subscript
    seen: set[str | int] = field(default_factory=set)

    def __call__(self, node: Node) -> Any:
        """The value of a node."""
        try:
            return self._arithmetic(node) if node.kind in _ARITHMETIC else getattr(self, f"_{node.kind}")(node)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise FormulaError(f"cannot be evaluated: {error}", node.start) from error

    def given(self, more: Mapping[str, Any]) -> Evaluator:
        """An evaluator that knows more values."""
        return Evaluator({**self.values, **more}, self.base, self.seen)

    def fail(self, node: Node, message: str) -> NoReturn:
        """Refuse a node."""
        raise FormulaError(message, node.start)

    # Symbols

    def _bound(self, node: Node, default: Mapping[str, Any]) -> Any:
        """The value of a symbol, or of the function that has these primes."""
        name = node.name.rstrip("'") if node.kind == "prime" else node.name
        if name in self.values:
            self.seen.add(name)
        elif name not in default:
            known = ", ".join(key for key in self.values if not key.startswith("<-"))
            self.fail(node, f"unknown symbol {name}; the binding has {known}")
        return self.values[name] if name in self.values else default[name]

    def _sym(self, node: Node) -> Any:
        value = self._bound(node, CONSTANTS)
        if isinstance(value, RV):
            self.fail(node, f"{node.name} is a random variable: write E or Var of it")
        if callable(value):
            self.fail(node, f"{node.name} is a function and needs its argument")
        return value

    def _index(self, node: Node) -> Any:
        thing, *indices = node.parts
        array, place = self(thing), []
        if np.ndim(array) < len(indices):
            self.fail(node, f"too many subscripts for {thing.name or 'this'} of shape {np.shape(array)}")
        for index, size in zip(indices, array.shape, strict=False):
            value = self(index)
            if np.ndim(value) or value != int(value) or not 0 <= value - self.base < size:
                self.fail(index, f"subscript {value} is none of {self.base} to {size - 1 + self.base}")
            place.append(int(value) - self.base)
        return array[tuple(place)]

    # Arithmetic

    def _num(self, node: Node) -> Any:
        return float(node.name)

    def _arithmetic(self, node: Node) -> Any:
        """What is done elementwise, with shapes that fit at their ends."""
        values = [self(part) for part in node.parts]
        short, long = sorted((np.shape(values[0]), np.shape(values[-1])), key=len)
        if long[len(long) - len(short) :] != short:
            self.fail(node.parts[1], f"shapes {np.shape(values[0])} and {np.shape(values[1])} do not fit")
        return _ARITHMETIC[node.kind](*values)

    def _mul(self, node: Node) -> Any:
        a, b = (self(part) for part in node.parts)
        dims = np.ndim(a), np.ndim(b)
        if 0 in dims:
            return a * b
        if dims == (1, 2) and np.shape(b)[0] == 1:
            return np.outer(a, b[0])
        if dims[0] == 1:
            self.fail(node.parts[1], r"product of two vectors: write \odot, or x^\top y")
        if max(dims) > 2 or np.shape(a)[1] != np.shape(b)[0]:
            self.fail(node.parts[1], f"shapes {np.shape(a)} and {np.shape(b)} do not multiply")
        product = a @ b
        return product[0] if product.shape == (1,) else product

    def _transpose(self, node: Node) -> Any:
        value = self(node.parts[0])
        if not np.ndim(value):
            self.fail(node, "the transpose of a number: is the exponent unknown?")
        return value[None, :] if value.ndim == 1 else value.T

    def _pow(self, node: Node) -> Any:
        base, exponent = (self(part) for part in node.parts)
        if np.ndim(exponent):
            self.fail(node, "a vector in an exponent")
        if np.ndim(base) == 2:
            return np.linalg.inv(base) if exponent == -1 else self.fail(node, "power of a matrix")
        return np.power(np.asarray(base, float), exponent)[()]

    def _matrix(self, node: Node) -> Any:
        value = np.array([[self(cell) for cell in row.parts] for row in node.parts], float)
        return value[:, 0] if value.shape[1] == 1 else value

    # Functions

    def _call(self, node: Node) -> Any:
        if node.name in MOMENTS and node.name not in self.values:
            return self._moment(node)
        values = [self(part) for part in node.parts]
        result = self._bound(node, FUNCTIONS)(*values)
        return result if isinstance(result, Law) else np.asarray(result, float)[()]

    def _prime(self, node: Node) -> Any:
        at = [self(part) for part in node.parts]
        if node.name.endswith("''") or len(at) > 1 or np.ndim(at[0]) > 1:
            self.fail(node, "only f'(x) of a number or a vector is measured; bind other derivatives")
        return slope(self._bound(node, FUNCTIONS), at[0])

    # Sums, extremes, cases

    def _span(self, node: Node, body: Node) -> list[int]:
        """The values that an index takes."""
        if node.kind == "range":
            low, high = (round(self(part)) for part in node.parts)
            if high - low > _MOST_TERMS:
                self.fail(node, f"a sum of more than {_MOST_TERMS} terms")
            return list(range(low, high + 1))
        extent = self.extent(node.name, body, node)
        return [i for i in extent if all(self.given({node.name: i})(condition) for condition in node.parts)]

    def extent(self, letter: str, body: Node, at: Node) -> range:
        """The range of an index, read off the arrays that it stands at in the body."""
        found = set()
        for part in body.walk():
            for axis, index in enumerate(part.parts[1:] if part.kind == "index" else ()):
                shape = self._shape(part.parts[0]) if index.kind == "sym" and index.name == letter else ()
                found |= set(shape[axis : axis + 1])
        if len(found) != 1:
            self.fail(at, f"cannot tell the range of index {letter}: {sorted(found) or 'it stands at no array'}")
        return range(self.base, self.base + found.pop())

    def _shape(self, thing: Node) -> tuple[int, ...]:
        """The shape of what carries a subscript."""
        value = self.values.get(thing.name)
        return value.values.shape[1:] if isinstance(value, RV) else np.shape(self(thing))

    def _big(self, node: Node) -> Any:
        body, span = node.parts
        if span.name in self.values:
            self.fail(span, f"index {span.name} has a value already")
        indices = self._span(span, body)
        values = [self.given({span.name: i})(body) for i in indices]
        if node.name in (r"\sum", r"\prod"):
            return sum(values) if node.name == r"\sum" else math.prod(values)
        if not values:
            self.fail(node, "an extreme over nothing")
        best = max(values) if node.name.endswith("max") else min(values)
        return float(indices[values.index(best)]) if node.name.startswith(r"\arg") else best

    def _chain(self, node: Node) -> bool:
        """Whether a condition holds, exactly."""
        relations = node.name.split()
        if not COMPARE.keys() >= set(relations):
            self.fail(node, "this relation cannot be part of a condition")
        values = [self(part) for part in node.parts]
        return all(np.all(COMPARE[r](a, b)) for r, a, b in zip(relations, values, values[1:], strict=False))

    def _cases(self, node: Node) -> Any:
        met = [row for row in node.parts if len(row.parts) > 1 and self(row.parts[1])]
        met = met or [row for row in node.parts if len(row.parts) == 1]
        if len(met) != 1:
            self.fail(node, f"{len(met)} rows of the cases hold at once" if met else "no row of the cases holds")
        self.seen.add(met[0].start)
        return self(met[0].parts[0])

    # Moments

    def worlds(self) -> Iterator[Evaluator]:
        """An evaluator for every outcome of the random variables, or just this one if there are none."""
        variables = {name: value.values for name, value in self.values.items() if isinstance(value, RV)}
        lengths = {len(values) for values in variables.values()} or {1}
        if len(lengths) > 1:
            raise FormulaError("the random variables of a sample must be drawn together")
        for k in range(lengths.pop()):
            yield self.given({name: values[k] for name, values in variables.items()})

    def _moment(self, node: Node) -> Any:
        """An expectation, variance or probability, over all outcomes; like components share one."""
        if len(node.parts) != 1:
            self.fail(node, f"{node.name} takes one argument")
        outcomes = [world(node.parts[0]) for world in self.worlds()]
        if isinstance(outcomes[0], Law):
            return outcomes[0].moments[node.name == r"\mathrm{Var}"]
        if len(outcomes) == 1:
            self.fail(node, f"{node.name} without random variables")
        moments = MOMENTS[node.name](outcomes, axis=0)
        if np.ptp(moments) > 1e-12:
            self.fail(node, "the components have different moments: write an index")
        return float(np.ravel(moments)[0])
