"""Rows of snippets/data.py."""

from __future__ import annotations

import numpy as np

from snippets import data
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)
X, Y = np.zeros((4, 2)), np.array([0, 0, 1, 1])

ROWS: list[Row] = [
    Other(data.digits, "reads a file"),
    Other(data.digits_split, "parts of one data set"),
    Other(data.stratified_split, "two pairs of arrays"),
    Other(data.spirals, "draws examples and labels"),
    Other(data.moons, "draws examples and labels"),
    Other(data.gaussian_clouds, "draws examples and labels"),
]

REFUSALS: list[Refusal] = [
    refusal(data.digits_split, ValueError, "seed", "-1", -1),
    refusal(data.digits_split, TypeError, "seed", "0.5", 0.5),
    refusal(data.stratified_split, ValueError, "share", "(0, 1), got 0.0", (X, Y), 0.0, RNG),
    refusal(data.stratified_split, ValueError, "share", "(0, 1), got 1.0", (X, Y), 1.0, RNG),
    refusal(data.stratified_split, ValueError, "share", "nan", (X, Y), np.nan, RNG),
    refusal(data.stratified_split, ValueError, "share", "0.1 of 2", (X, Y), 0.1, RNG),
    refusal(data.stratified_split, ValueError, "share", "0.9 of 2", (X, Y), 0.9, RNG),
    refusal(data.stratified_split, ValueError, "share", "class 1", (X, np.array([0, 0, 0, 1])), 0.5, RNG),
    refusal(data.stratified_split, TypeError, "rng", "0", (X, Y), 0.5, 0),
    refusal(data.stratified_split, ValueError, "y", "(3,)", (X, Y[:3]), 0.5, RNG),
    refusal(data.stratified_split, ValueError, "y", "(4, 1)", (X, Y[:, None]), 0.5, RNG),
    refusal(data.stratified_split, ValueError, "y", "(0,)", (X[:0], Y[:0]), 0.5, RNG),
    refusal(data.spirals, ValueError, "n", "0", 0, RNG),
    refusal(data.spirals, TypeError, "n", "2.5", 2.5, RNG),
    refusal(data.spirals, ValueError, "classes", "0", 2, RNG, classes=0),
    refusal(data.spirals, ValueError, "noise", "-0.1", 2, RNG, noise=-0.1),
    refusal(data.spirals, TypeError, "rng", "None", 2, None),
    refusal(data.moons, ValueError, "n", "-1", -1, RNG),
    refusal(data.moons, ValueError, "noise", "nan", 2, RNG, noise=np.nan),
    refusal(data.moons, ValueError, "noise", "[0, inf), got -0.1", 2, RNG, noise=-0.1),
    refusal(data.moons, TypeError, "rng", "7", 2, 7),
    refusal(data.stratified_split, ValueError, "x", "()", (np.array(1.0), Y), 0.5, RNG),
    refusal(data.gaussian_clouds, TypeError, "centres", "complex128", 2, RNG, centres=np.eye(2) + 0j),
    refusal(data.gaussian_clouds, ValueError, "n", "0", 0, RNG, centres=np.eye(2)),
    refusal(data.gaussian_clouds, ValueError, "std", "-1.0", 2, RNG, centres=np.eye(2), std=-1.0),
    refusal(data.gaussian_clouds, ValueError, "centres", "(2,)", 2, RNG, centres=np.ones(2)),
    refusal(data.gaussian_clouds, ValueError, "centres", "(0, 2)", 2, RNG, centres=np.ones((0, 2))),
    refusal(data.gaussian_clouds, ValueError, "centres", "nan", 2, RNG, centres=np.full((2, 2), np.nan)),
    refusal(data.gaussian_clouds, TypeError, "rng", "0", 2, 0, centres=np.eye(2)),
]
