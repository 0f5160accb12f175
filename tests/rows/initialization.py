"""Rows of snippets/initialization.py."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from snippets import initialization as init
from snippets.initialization import CUT_NORMAL_STD, fans
from tests.tables import Initializer, Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)


def _per_root(numerator: float, weight_in: float, weight_out: float) -> Callable[[tuple[int, ...]], float]:
    """√(numerator / (weight_in n_in + weight_out n_out))."""

    def value(shape: tuple[int, ...]) -> float:
        fan_in, fan_out = fans(shape)
        return math.sqrt(numerator / (weight_in * fan_in + weight_out * fan_out))

    return value


ROWS: list[Row] = [
    Initializer(init.zeros, lambda _: 0.0, least_ndim=1),
    Initializer(init.constant, lambda _: 0.0, {"value": -0.75}, least_ndim=1, mean=-0.75),
    Initializer(init.normal, lambda _: 0.01, {"std": 0.01}, least_ndim=1),
    Initializer(init.uniform, lambda _: 0.1 / math.sqrt(3), {"limit": 0.1}, least_ndim=1, bound=lambda _: 0.1),
    Initializer(init.truncated_normal, lambda _: 0.5, {"std": 0.5}, least_ndim=1, bound=lambda _: 1.0 / CUT_NORMAL_STD),
    Initializer(init.lecun_normal, _per_root(1, 1, 0)),
    Initializer(init.lecun_uniform, _per_root(1, 1, 0), bound=_per_root(3, 1, 0)),
    Initializer(init.xavier_normal, _per_root(2, 1, 1)),
    Initializer(init.xavier_normal, _per_root(2 * 25 / 9, 1, 1), {"gain": 5 / 3}),
    Initializer(init.xavier_uniform, _per_root(2, 1, 1), bound=_per_root(6, 1, 1)),
    Initializer(init.xavier_uniform, _per_root(8, 1, 1), {"gain": 2.0}, bound=_per_root(24, 1, 1)),
    Initializer(init.he_normal, _per_root(2, 1, 0)),
    Initializer(init.he_normal, _per_root(2, 0, 1), {"mode": "out"}),
    Initializer(init.he_normal, _per_root(4, 1, 1), {"mode": "avg"}),
    Initializer(init.he_normal, _per_root(1.6, 1, 0), {"slope": 0.5}),
    Initializer(init.he_uniform, _per_root(2, 1, 0), bound=_per_root(6, 1, 0)),
    Initializer(init.he_uniform, _per_root(2, 0, 1), {"mode": "out"}, bound=_per_root(6, 0, 1)),
    Initializer(init.he_uniform, _per_root(1.6, 1, 0), {"slope": 0.5}, bound=_per_root(4.8, 1, 0)),
    Initializer(init.orthogonal, lambda shape: 1 / math.sqrt(max(shape[0], math.prod(shape[1:])))),
    Initializer(init.orthogonal, lambda s: 3 / math.sqrt(max(s[0], math.prod(s[1:]))), {"gain": 3.0}),
    Other(init.fans, "two numbers from a shape"),
    Other(init.fan, "a number from a shape"),
    Other(init.gain, "a number from a name"),
    Other("initialization.CUT_NORMAL_STD", "a number"),
]

REFUSALS: list[Refusal] = [
    refusal(init.fans, ValueError, "shape", "(5,)", (5,)),
    refusal(init.fans, ValueError, "shape", "()", ()),
    refusal(init.fans, ValueError, "shape", "0", (5, 0)),
    refusal(init.fans, TypeError, "shape", "2.0", (5, 2.0)),
    refusal(init.fans, TypeError, "shape", "5", 5),
    refusal(init.fan, ValueError, "mode", "'sum'", (5, 5), "sum"),
    refusal(init.gain, ValueError, "activation", "'gelu'", "gelu"),
    refusal(init.gain, ValueError, "slope", "nan", "leaky_relu", np.nan),
    refusal(init.gain, ValueError, "slope", "got 100", "leaky_relu", 10**400),
    refusal(init.constant, ValueError, "value", "nan", (3,), RNG, np.nan),
    refusal(init.normal, ValueError, "std", "-0.01", (3,), RNG, -0.01),
    refusal(init.normal, ValueError, "std", "inf", (3,), RNG, np.inf),
    refusal(init.normal, ValueError, "std", "nan", (3,), RNG, np.nan),
    refusal(init.truncated_normal, ValueError, "std", "-0.01", (3,), RNG, -0.01),
    refusal(init.uniform, ValueError, "limit", "-0.1", (3,), RNG, -0.1),
    refusal(init.xavier_normal, ValueError, "gain", "0.0", (3, 3), RNG, 0.0),
    refusal(init.xavier_uniform, ValueError, "gain", "-1.0", (3, 3), RNG, -1.0),
    refusal(init.orthogonal, ValueError, "gain", "(0, inf), got -2.0", (3, 3), RNG, -2.0),
    refusal(init.orthogonal, ValueError, "gain", "nan", (3, 3), RNG, np.nan),
    refusal(init.he_normal, ValueError, "mode", "'both'", (3, 3), RNG, mode="both"),
    refusal(init.he_uniform, ValueError, "mode", "'both'", (3, 3), RNG, mode="both"),
    refusal(init.he_normal, ValueError, "slope", "inf", (3, 3), RNG, slope=np.inf),
    refusal(init.he_uniform, ValueError, "slope", "nan", (3, 3), RNG, slope=np.nan),
]
