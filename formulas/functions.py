"""What every formula knows without a binding: constants, relations, functions."""

from __future__ import annotations

import math
import operator as op
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from formulas.moments import Law

CONSTANTS: Mapping[str, float] = {"e": math.e, r"\pi": math.pi, r"\infty": math.inf}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {"<": op.lt, ">": op.gt, "=": op.eq}
COMPARE |= {"<=": op.le, ">=": op.ge, "!=": op.ne, "in": lambda value, members: np.isin(value, sorted(members))}
MOMENTS: Mapping[str, Callable[..., Any]] = {r"\mathbb{E}": np.mean, r"\mathbb{P}": np.mean, r"\mathrm{Var}": np.var}
EXTREMES: Mapping[str, Callable[..., Any]] = {
    r"\max": lambda a, b, *more: np.maximum.reduce(np.broadcast_arrays(a, b, *more)),
    r"\min": lambda a, b, *more: np.minimum.reduce(np.broadcast_arrays(a, b, *more)),
}
# Functions known by their names: log(x)^2 has two readings, which \max(x, y)^2 has not.
_NAMES = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan")
NAMED: dict[str, Callable[..., Any]] = {rf"\{name}": getattr(np, name) for name in _NAMES}
NAMED |= {r"\mathrm{sign}": np.sign, r"\mathrm{diag}": np.diag, r"\mathrm{tr}": np.trace}
NAMED |= {r"\mathrm{erf}": np.vectorize(math.erf, otypes=[float])}
FUNCTIONS = {**NAMED, **EXTREMES, r"\mathbf{1}": float, "abs": np.abs, "floor": np.floor, "ceil": np.ceil}
FUNCTIONS |= {r"\mathcal{N}": partial(Law, "normal"), r"\mathcal{U}": partial(Law, "uniform")}
FUNCTIONS |= {r"\sqrt": lambda value, order=2: np.sqrt(value) if order == 2 else np.power(value, 1 / order)}


def _norm(order: float | None, dimensions: int, value: Any) -> Any:
    if np.ndim(value) != dimensions:
        raise ValueError("a norm is of a vector, the Frobenius norm of a matrix")
    return np.linalg.norm(value, order)


_ORDERS = {"norm": 2, "norm_1": 1, "norm_2": 2, r"norm_\infty": np.inf}
FUNCTIONS |= {name: partial(_norm, order, 1) for name, order in _ORDERS.items()} | {"norm_F": partial(_norm, None, 2)}
_STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))  # the central difference of order 8
_STEP = 0.02


def slope(function: Callable[[Any], Any], x: Any) -> Any:
    """The derivative of a function, elementwise."""
    return sum(c * (function(x + k * _STEP) - function(x - k * _STEP)) for k, c in _STENCIL) / _STEP
