"""The value of a tree under one sample: plain NumPy, no guessing about shapes."""

from __future__ import annotations

import math
import operator as op
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn

import numpy as np

from formulas.moments import RV, Law
from formulas.reader import EXTREMES, MOMENTS, Node
from formulas.tokens import FormulaError

CONSTANTS: Mapping[str, float] = {"e": math.e, r"\pi": math.pi, r"\infty": math.inf}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {"<": op.lt, ">": op.gt, "=": op.eq}
COMPARE |= {"<=": op.le, ">=": op.ge, "!=": op.ne, "in": lambda value, members: np.isin(value, sorted(members))}
_STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))  # the central difference of order 8
_STEP = 0.02
_MOST_TERMS = 10_000
_NAMED = ("exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan")
_FUNCTIONS: dict[str, Callable[[Any], Any]] = {rf"\{name}": getattr(np, name) for name in _NAMED}
_FUNCTIONS |= {"floor": np.floor, "ceil": np.ceil, r"\mathrm{sign}": np.sign, r"\mathrm{sgn}": np.sign}
_FUNCTIONS |= {r"\mathrm{diag}": np.diag, r"\mathrm{tr}": np.trace}
_FUNCTIONS |= {r"\mathrm{erf}": np.vectorize(math.erf, otypes=[float])}
_FUNCTIONS |= {"abs": lambda value: np.float64(len(value)) if isinstance(value, frozenset) else np.abs(value)}
_UNARY: Mapping[str, Callable[[Any], Any]] = {
    "group": lambda value: value,
    "neg": op.neg,
    "transpose": lambda value: value[None, :] if np.ndim(value) == 1 else np.transpose(value),
}
_BINARY = {"add": op.add, "sub": op.sub, "had": op.mul, "div": op.truediv, "frac": op.truediv}
_LAWS = {r"\mathcal{N}": "normal", r"\mathcal{U}": "uniform"}


@dataclass(frozen=True)
class Evaluator:
    """Evaluates trees with the values of one sample, and remembers which of them were used and which cases were met."""

    values: Mapping[str, Any]
    base: int = 1  # the first value of a subscript
    seen: set[str | int] = field(default_factory=set)

    def __call__(self, node: Node) -> Any:
        """The value of a node."""
        if node.kind in _UNARY:
            return _UNARY[node.kind](self(node.parts[0]))
        return self._binary(node) if node.kind in _BINARY else getattr(self, "_" + node.kind)(node)

    def given(self, more: Mapping[str, Any]) -> Evaluator:
        """An evaluator that knows more values."""
        return replace(self, values={**self.values, **more})

    def fail(self, node: Node, message: str) -> NoReturn:
        """Refuse a node."""
        raise FormulaError(message, node.start)

    # Symbols

    def _bound(self, node: Node) -> Any:
        name = node.name.rstrip("'") if node.kind == "prime" else node.name
        if name not in self.values:
            known = ", ".join(key for key in self.values if not key.startswith("<-"))
            self.fail(node, f"unknown symbol {name}; the binding has {known}")
        self.seen.add(name)
        return self.values[name]

    def _sym(self, node: Node) -> Any:
        if node.name in CONSTANTS and node.name not in self.values:
            return CONSTANTS[node.name]
        value = self._bound(node)
        if isinstance(value, RV):
            self.fail(node, f"{node.name} is a random variable: write E or Var of it")
        if callable(value):
            self.fail(node, f"{node.name} is a function and needs its argument")
        return value

    def _index(self, node: Node) -> Any:
        thing, *indices = node.parts
        array = self(thing)
        if isinstance(array, Law):
            return array
        if not isinstance(array, np.ndarray) or array.ndim < len(indices):
            self.fail(node, f"too many subscripts for {thing.name or 'this'} of shape {np.shape(array)}")
        return array[self._place(indices, array.shape)]

    def _place(self, indices: list[Node], shape: tuple[int, ...]) -> tuple[int | slice, ...]:
        """Where in an array some subscripts point to."""
        place: list[int | slice] = []
        for index, size in zip(indices, shape, strict=False):
            value = None if index.kind == "slice" else self(index)
            if value is not None and (np.ndim(value) or value != int(value)):
                self.fail(index, "a subscript is not a whole number")
            if value is not None and not 0 <= value - self.base < size:
                self.fail(index, f"subscript {int(value)} is out of range")
            place.append(slice(None) if value is None else int(value) - self.base)
        return tuple(place)

    # Arithmetic

    def _num(self, node: Node) -> Any:
        return float(node.name)

    def _binary(self, node: Node) -> Any:
        """A sum, difference, quotient or elementwise product of shapes that fit at their ends."""
        a, b = (self(part) for part in node.parts)
        short, long = sorted((np.shape(a), np.shape(b)), key=len)
        if long[len(long) - len(short) :] != short:
            self.fail(node.parts[1], f"shapes {np.shape(a)} and {np.shape(b)} do not fit")
        return _BINARY[node.kind](a, b)

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

    def _pow(self, node: Node) -> Any:
        base, exponent = (self(part) for part in node.parts)
        if np.ndim(exponent):
            self.fail(node, "a vector in an exponent")
        if np.ndim(base) == 2 and exponent == -1:
            return np.linalg.inv(base)
        if np.ndim(base) == 2:
            self.fail(node, "power of a matrix")
        if exponent != int(exponent) and np.any(np.less(base, 0)):
            self.fail(node, "a fractional power of a negative number")
        return np.power(np.asarray(base, float), exponent)[()]

    def _root(self, node: Node) -> Any:
        value, order = (self(part) for part in node.parts)
        if np.any(np.less(value, 0)):
            self.fail(node, f"root of {np.min(value):.4g}")
        return np.power(value, 1 / order)

    def _matrix(self, node: Node) -> Any:
        value = np.array([[self(cell) for cell in row.parts] for row in node.parts], float)
        return value[:, 0] if value.shape[1] == 1 else value

    def _norm(self, node: Node) -> Any:
        value, frobenius = self(node.parts[0]), node.name == "F"
        if np.ndim(value) != 1 + frobenius:
            self.fail(node, "a norm is of a vector, the Frobenius norm of a matrix")
        order = {"1": 1, "2": 2, r"\infty": np.inf}.get(node.name)
        return float(np.linalg.norm(value, "fro" if frobenius else order))

    # Functions

    def _fn(self, node: Node) -> Any:
        if node.name in MOMENTS:
            return self._moment(node)
        if node.name == r"\mathbf{1}":
            return float(self.holds(node.parts[0]))
        values = [self(part) for part in node.parts]
        if node.name in _LAWS and len(values) == 2:
            return Law(_LAWS[node.name], *values)
        if node.name in EXTREMES and len(values) > 1:
            extreme = np.maximum if node.name == r"\max" else np.minimum
            return extreme.reduce(np.broadcast_arrays(*values))
        if node.name not in _FUNCTIONS or len(values) > 1:
            self.fail(node, f"{node.name} of {len(values)} thing(s) is not known; an extreme may have an index")
        low = np.min(np.asarray(values[0], float), initial=np.inf) if node.name in (r"\log", r"\sqrt") else np.inf
        if low < 0 or (low == 0 and node.name == r"\log"):
            self.fail(node, f"{node.name[1:]} of {low:.4g}")
        return _FUNCTIONS[node.name](values[0])[()]

    def _call(self, node: Node) -> Any:
        values = [self(part) for part in node.parts]
        try:
            result = self._bound(node)(*values)
        except Exception as error:  # a binding may call anything
            raise FormulaError(f"{node.name} raises {type(error).__name__}: {error}", node.start) from error
        return result if isinstance(result, Law) or np.ndim(result) else float(result)

    def _prime(self, node: Node) -> Any:
        order = len(node.name) - len(node.name.rstrip("'"))
        function = _FUNCTIONS.get(node.name.rstrip("'")) or self._bound(node)
        if len(node.parts) != 1 or order > 2 or np.ndim(self(node.parts[0])) > 1:
            self.fail(node, "only f'(x) and f''(x) of a number or a vector are known")
        for _ in range(order):
            function = _slope(function)
        return function(self(node.parts[0]))

    def _gradient(self, node: Node) -> Any:
        function, at = self._bound(node), np.asarray(self(node.parts[0]), float)
        steps = np.eye(at.size).reshape(at.size, *at.shape)
        slopes = [_slope(partial(lambda step, t: function(at + t * step), step))(0.0) for step in steps]
        return np.array(slopes, float).reshape(at.shape)[()]

    # Sums, extremes, cases

    def _span(self, node: Node, body: Node) -> list[int]:
        """The values that an index takes."""
        if node.kind == "range":
            low, high = (round(self(part)) for part in node.parts)
            if high - low > _MOST_TERMS:
                self.fail(node, f"a sum of more than {_MOST_TERMS} terms")
            return list(range(low, high + 1))
        return [i for i in self.extent(node.name, body, node)
                if all(self.given({node.name: i}).holds(condition) for condition in node.parts)]  # fmt: skip

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
        value = self.values.get(thing.name) if thing.kind == "sym" else None
        if isinstance(value, RV):
            return value.values.shape[1:]
        try:
            return np.shape(self(thing))
        except FormulaError:
            return ()

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

    def holds(self, node: Node) -> bool:
        """Whether a condition holds, exactly."""
        if node.kind == "both":
            return all(self.holds(part) for part in node.parts)
        relations = node.name.split()
        if not COMPARE.keys() >= set(relations):
            self.fail(node, "this relation cannot be part of a condition")
        values = [self(part) for part in node.parts]
        return all(np.all(COMPARE[r](a, b)) for r, a, b in zip(relations, values, values[1:], strict=False))

    def _cases(self, node: Node) -> Any:
        met = [row for row in node.parts if len(row.parts) > 1 and self.holds(row.parts[1])]
        met = met or [row for row in node.parts if len(row.parts) == 1]
        if len(met) != 1:
            self.fail(node, f"{len(met)} rows of the cases hold at once" if met else "no row of the cases holds")
        self.seen.add(met[0].start)
        return self(met[0].parts[0])

    # Derivatives and moments

    def _deriv(self, node: Node) -> Any:
        target, variable = node.parts
        symbol, *indices = variable.parts if variable.kind == "index" else (variable,)
        if symbol.kind != "sym" or symbol.name not in self.values or callable(self.values[symbol.name]):
            self.fail(node, f"cannot differentiate by {symbol.name or 'this'}: bind {node.name or 'its value'}")
        bind = f"bind {node.name or 'the derivative'}"
        if not any(part.kind == "sym" and part.name == symbol.name for part in target.walk()):
            self.fail(node, f"{bind}: {symbol.name} does not occur in what is differentiated")
        start = np.asarray(self(symbol), float)
        if start.ndim and not indices:
            self.fail(node, f"{symbol.name} is an array: {bind}, or write an index")
        step = np.zeros(start.shape)
        step[self._place(indices, start.shape)] = 1.0
        return _slope(lambda t: self.given({symbol.name: (start + t * step)[()]})(target))(0.0)

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
        if node.name == r"\mathbb{P}":
            return float(np.mean([world.holds(node.parts[0]) for world in self.worlds()]))
        outcomes = [world(node.parts[0]) for world in self.worlds()]
        if isinstance(outcomes[0], Law):
            return outcomes[0].moments[node.name == r"\mathrm{Var}"]
        if len(outcomes) == 1:
            self.fail(node, f"{node.name} without random variables")
        moments = np.mean(outcomes, axis=0) if node.name == r"\mathbb{E}" else np.var(outcomes, axis=0)
        if np.ptp(moments) > 1e-12:
            self.fail(node, "the components have different moments: write an index")
        return float(np.ravel(moments)[0])


def _slope(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative of a function, elementwise."""

    def derivative(x: Any) -> Any:
        return sum(c * (function(x + k * _STEP) - function(x - k * _STEP)) for k, c in _STENCIL) / _STEP

    return derivative
