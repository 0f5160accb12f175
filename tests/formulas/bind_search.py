"""What the symbols of the chapter on hyperparameter search stand for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from formulas import RV, formula, iid, independent, inline
from snippets import search

Rng = np.random.Generator


@formula("search-log-uniform")
def _(rng: Rng) -> dict[str, Any]:
    """u is the even number that the generator gives first."""
    low, seed = float(rng.uniform(0.1, 0.9)), int(rng.integers(1000))
    high = low * float(rng.uniform(1.5, 20.0))
    x = search.LogUniform(low, high)(np.random.default_rng(seed))
    return {"x": x, "u": np.random.default_rng(seed).random(), r"x_{\min}": low, r"x_{\max}": high}


@formula("search-miss")
def _(rng: Rng) -> dict[str, Any]:
    """Ranks in eighths, so that 1 - q is one of them."""
    n, q = int(rng.integers(2, 4)), float(rng.integers(1, 8)) / 8
    (rank,) = iid(n, np.arange(8) / 8)
    return {"r": rank, "q": q, "n": n}


@formula("search-hit")
def _(rng: Rng) -> dict[str, Any]:
    n, q = int(rng.integers(2, 9)), float(rng.uniform(0.05, 0.9))
    return {"p": search.hit_probability(n, q), "q": q, "n": n}


@formula("search-trials")
def _(rng: Rng) -> dict[str, Any]:
    n, q = int(rng.integers(2, 9)), float(rng.uniform(0.05, 0.9))
    return {"p": search.hit_probability(n, q), "q": q, "n": n}


@inline("search", r"1 - (1 - 0.05)^{60} \approx 0.954")
def _(rng: Rng) -> dict[str, Any]:
    return {}


@formula("search-grid-hit")
def _(rng: Rng) -> dict[str, Any]:
    """All placements of the grid's values in steps of 1/600, and a band that begins somewhere."""
    k, width = int(rng.integers(2, 6)), int(rng.choice([60, 90, 150, 240, 480]))
    begin = int(rng.integers(0, 600 - width + 1))
    hits = []
    for shift in range(600 // k):
        points = search.grid({"a": [shift + 600 // k * i for i in range(k)]})
        hits.append(any(begin <= point["a"] < begin + width for point in points))
    return {"p": float(np.mean(hits)), "k": k, "q": width / 600}


@inline("search", "3^4 = 81", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}


@inline("search", "n = k^r")
def _(rng: Rng) -> dict[str, Any]:
    """So many rungs are left above the first one when one in k is kept."""
    k, n = [(2, 4), (2, 8), (3, 9), (2, 16), (3, 27)][int(rng.integers(5))]
    trials = search.grid({"end": list(range(n))})
    with ThreadPoolExecutor(1) as executor:
        rungs = search.successive_halving(lambda settings, _: float(settings["end"]), trials, 1, executor, keep=k)
    return {"n": len(rungs[0]), "k": k, "r": len(rungs) - 1}


@formula("search-halving")
def _(rng: Rng) -> dict[str, Any]:
    """The budgets that the package spends are added up."""
    k, r, b = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(2, 6))
    spent: list[int] = []

    def score(settings: search.Settings, budget: int) -> float:
        spent.append(budget)
        return float(settings["end"])

    with ThreadPoolExecutor(1) as executor:
        search.successive_halving(score, search.grid({"end": list(range(k**r))}), b, executor, keep=k)
    return {"C": sum(spent), "n": k**r, "k": k, "r": r, "b": b}


@formula("search-accuracy-variance")
def _(rng: Rng) -> dict[str, Any]:
    n, right = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    (h,) = iid(n, np.arange(4) < right)
    return {"h": h, "N": n, "a": right / 4}


@formula("search-standard-error")
def _(rng: Rng) -> dict[str, Any]:
    n, a = int(rng.integers(2, 90)), float(rng.uniform(0.05, 0.4))
    return {r"\sigma": search.standard_error(a, n), "N": n, "a": a}


@formula("search-optimism", n=24)
def _(rng: Rng) -> dict[str, Any]:
    """Scores with much noise, or with none at all, then the two sides are equal."""
    spread, centre = float(rng.choice([0.0, 3.0])), float(rng.choice([-1.0, 1.0]))
    columns = independent(*(rng.normal(centre, 0.3) + spread * rng.permutation([-0.9, 0.1, 0.8]) for _ in range(3)))
    return {"s": RV(np.stack([column.values for column in columns], axis=1))}


@formula("search-two")
def _(rng: Rng) -> dict[str, Any]:
    noise, other = rng.normal(size=3), rng.normal(size=4)
    a = float(rng.uniform(0.2, 0.9))
    columns = independent(a + noise - noise.mean(), a + other - other.mean())
    s = np.stack([column.values for column in columns], axis=1)
    return {"s": RV(s), "m": RV(s.max(axis=1)), "a": a}


@inline("search", r"m = \max(s_1, s_2)")
def _(rng: Rng) -> dict[str, Any]:
    s = rng.normal(0.7, 0.5, 2)
    with ThreadPoolExecutor(1) as executor:
        best = search.search(lambda settings: float(s[settings["k"]]), search.grid({"k": [0, 1]}), executor)[0]
    return {"s": s, "m": best.score}


@formula("search-max")
def _(rng: Rng) -> dict[str, Any]:
    n, support = int(rng.integers(2, 5)), np.sort(rng.normal(0.7, 0.5, 4))
    (s,) = iid(n, support)
    return {"s": s, "n": n, "x": float(rng.choice(support[:3]))}


@inline("search", "d = u - v")
def _(rng: Rng) -> dict[str, Any]:
    first, second = rng.random((2, 30)) < ((0.8,), (0.5,))
    only, other = (float((a & ~b).mean()) for a, b in ((first, second), (second, first)))
    return {"d": search.paired_difference(first, second)[0], "u": only, "v": other}


@formula("search-paired")
def _(rng: Rng) -> dict[str, Any]:
    """Answers of two classifiers on n examples, drawn from ten kinds of example; d as the package computes it."""
    n, only, other = 3, int(rng.integers(1, 4)), int(rng.integers(1, 4))
    kinds = np.repeat([2, 1, 3, 0], [only, other, 2, 8 - only - other])  # only the first, only the second, both, none
    (kind,) = iid(n, kinds)
    d = [search.paired_difference(row >= 2, row % 2 == 1)[0] for row in kind.values.astype(int)]
    return {"d": RV(np.array(d)), "u": only / 10, "v": other / 10, "N": n}
