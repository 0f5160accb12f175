"""What the symbols of the chapter on a complete run stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import RV, formula, iid, inline
from snippets.blocks import Conv2d
from snippets.data import digits
from snippets.experiments import project as runs
from snippets.losses import softmax_cross_entropy
from snippets.network import init_params
from snippets.training import accuracy

Rng = np.random.Generator


def answers(rng: Rng, n: int = 60) -> tuple[Any, Any]:
    """True and given classes; every class is found once at least, and some answers are wrong."""
    y = np.resize(np.arange(10), n)
    return y, np.where((rng.random(n) < 0.3) & (np.arange(n) >= 10), rng.permutation(y), y)


@formula("project-distance")
def _(rng: Rng) -> dict[str, Any]:
    x = digits()[0]
    u, x_j = x[rng.integers(len(x), size=2)]
    return {"u": u, "x_j": x_j}


@formula("project-side", n=24)
def _(rng: Rng) -> dict[str, Any]:
    n, k, p, s = (int(rng.integers(low, high)) for low, high in ((5, 12), (1, 6), (0, 3), (1, 4)))
    return {"m": runs.conv_output(n, k, p, s), "n": n, "k": k, "p": p, "s": s}


@inline("project", "k = 3", "p = 1", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    first = runs.CONV[0]
    assert isinstance(first, Conv2d)
    return {"k": first.size, "p": first.padding}


@formula("project-filters")
def _(rng: Rng) -> dict[str, Any]:
    filters, channels, k = (int(n) for n in rng.integers(1, 6, size=3))
    count = init_params((Conv2d(filters, size=k),), (channels, 7, 7), rng).flat.size
    return {"P": count, "K": filters, "C": channels, "k": k}


@inline("project", r"24 \cdot 4^2 = 384", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}


@formula("project-count", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {"P": runs.parameters(runs.CONV)}


@formula("project-first-loss", n=1)
def _(rng: Rng) -> dict[str, Any]:
    return {"L": softmax_cross_entropy(np.zeros((3, 10)), np.array([0, 4, 9]))[0]}


@formula("project-accuracy")
def _(rng: Rng) -> dict[str, Any]:
    y, found = answers(rng)
    return {r"\hat a": accuracy(np.eye(10)[found], y), "N": len(y), r"\hat y": found, "y": y}


@formula("project-coin", n=4)
def _(rng: Rng) -> dict[str, Any]:
    right = np.arange(7) < rng.integers(1, 7)
    return {"h": RV(right.astype(float)), "a": right.mean()}


@formula("project-variance", n=4)
def _(rng: Rng) -> dict[str, Any]:
    n, right = int(rng.integers(2, 5)), np.arange(4) < rng.integers(1, 4)
    (h,) = iid(n, right.astype(float))
    return {r"\hat a": RV(h.values.mean(axis=1)), "a": right.mean(), "N": n}


@formula("project-paired")
def _(rng: Rng) -> dict[str, Any]:
    first, second = rng.random((2, 30)) < ((0.8,), (0.5,))
    found, exchanged = runs.paired(first, second), runs.paired(second, first)
    return {"b": found.only_first, "c": exchanged.only_first, "N": 30, "d": found.difference, r"\sigma": found.error}


@formula("project-mcnemar")
def _(rng: Rng) -> dict[str, Any]:
    first, second = rng.random((2, 30)) < ((0.8,), (0.5,))
    found = runs.paired(first, second)
    return {r"\chi^2": found.chi2, "b": found.only_first, "c": found.only_second}


@formula("project-f1", n=4)
def _(rng: Rng) -> dict[str, Any]:
    y, found = answers(rng)
    precision = np.array([(y[found == k] == k).mean() for k in range(10)])
    recall = np.array([(found[y == k] == k).mean() for k in range(10)])
    counts = runs.confusion(y, found)
    return {"F": runs.f1(counts), "Q": precision, "R": recall, "C": counts.astype(float)}
