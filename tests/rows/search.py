"""Rows of snippets/search.py."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from snippets import search as s
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)
POOL = ThreadPoolExecutor(1)
SPACE = {"lr": s.LogUniform(1e-4, 1.0)}

ROWS: list[Row] = [
    Other(s.Uniform, "draws a number"),
    Other(s.LogUniform, "draws a number"),
    Other(s.Choice, "draws a value"),
    Other(s.grid, "lists settings"),
    Other(s.random_settings, "draws settings"),
    Other(s.hit_probability, "a probability"),
    Other(s.ranked, "sorts trials"),
    Other(s.search, "runs trials"),
    Other(s.grid_search, "runs trials"),
    Other(s.random_search, "runs trials"),
    Other(s.successive_halving, "runs trials"),
]


def _score(settings: s.Settings, budget: int = 1) -> float:
    return float(len(settings) + budget)


REFUSALS: list[Refusal] = [
    refusal(s.Uniform, ValueError, "low", "nan", np.nan, 1.0),
    refusal(s.Uniform, ValueError, "high", "1.0", 1.0, 1.0),
    refusal(s.LogUniform, ValueError, "low", "0.0", 0.0, 1.0),
    refusal(s.LogUniform, ValueError, "high", "0.05", 0.1, 0.05),
    refusal(s.Choice, ValueError, "values", "()", ()),
    refusal(s.random_settings, ValueError, "n", "0", SPACE, 0, RNG),
    refusal(s.random_settings, TypeError, "rng", "0", SPACE, 1, 0),
    refusal(s.hit_probability, ValueError, "n", "0", 0, 0.1),
    refusal(s.hit_probability, ValueError, "share", "1.0", 5, 1.0),
    refusal(s.search, ValueError, "trials", "[]", _score, [], POOL),
    refusal(s.grid_search, ValueError, "trials", "[]", _score, {"lr": []}, POOL),
    refusal(s.random_search, ValueError, "n", "-1", _score, SPACE, -1, RNG, POOL),
    refusal(s.successive_halving, ValueError, "budget", "0", _score, [{}], 0, POOL),
    refusal(s.successive_halving, ValueError, "keep", "1", _score, [{}], 1, POOL, keep=1),
    refusal(s.successive_halving, ValueError, "trials", "[]", _score, [], 1, POOL),
]
