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
    Other(s.standard_error, "a standard error"),
    Other(s.paired_difference, "a difference and its standard error"),
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
    refusal(s.Uniform(0.0, 1.0), TypeError, "rng", "RandomState", np.random.RandomState(0)),
    refusal(s.LogUniform(0.1, 1.0), TypeError, "rng", "RandomState", np.random.RandomState(0)),
    refusal(s.Choice((1, 2)), TypeError, "rng", "got 0", 0),
    refusal(s.random_settings, ValueError, "n", "0", SPACE, 0, RNG),
    refusal(s.random_settings, TypeError, "rng", "0", SPACE, 1, 0),
    refusal(s.hit_probability, ValueError, "n", "0", 0, 0.1),
    refusal(s.hit_probability, ValueError, "share", "1.0", 5, 1.0),
    refusal(s.standard_error, ValueError, "accuracy", "1.5", 1.5, 10),
    refusal(s.standard_error, ValueError, "accuracy", "nan", np.nan, 10),
    refusal(s.standard_error, ValueError, "n", "0", 0.5, 0),
    refusal(s.paired_difference, ValueError, "a", "(0,)", np.zeros(0, bool), np.zeros(0, bool)),
    refusal(s.paired_difference, ValueError, "a", "(1, 2)", np.ones((1, 2), bool), np.ones((1, 2), bool)),
    refusal(s.paired_difference, ValueError, "b", "(3,)", np.ones(2, bool), np.ones(3, bool)),
    refusal(s.paired_difference, TypeError, "a", "float64", np.ones(2), np.ones(2, bool)),
    refusal(s.paired_difference, TypeError, "b", "int64", np.ones(2, bool), np.ones(2, int)),
    refusal(s.search, ValueError, "trials", "[]", _score, [], POOL),
    refusal(s.grid_search, ValueError, "trials", "[]", _score, {"lr": []}, POOL),
    refusal(s.random_search, ValueError, "n", "-1", _score, SPACE, -1, RNG, POOL),
    refusal(s.successive_halving, ValueError, "budget", "0", _score, [{}], 0, POOL),
    refusal(s.successive_halving, ValueError, "keep", "1", _score, [{}], 1, POOL, keep=1),
    refusal(s.successive_halving, ValueError, "trials", "[]", _score, [], 1, POOL),
]
