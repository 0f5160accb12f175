"""Rows of snippets/ensembles.py."""

from __future__ import annotations

import numpy as np

from snippets import ensembles as e
from snippets.blocks import LayerNorm
from snippets.network import Dense, init_params
from tests.tables import Other, Refusal, Row, refusal

P, Y = np.full((4, 2), 0.5), np.array([0, 1, 1, 0])
RNG = np.random.default_rng(0)
NETS = [init_params((Dense(n),), (3,), RNG) for n in (2, 4)]
SAME_SIZE = [init_params((Dense(n),), (d,), RNG) for n, d in ((2, 3), (4, 1))]  # 8 numbers each, laid out otherwise
NORM = init_params((LayerNorm(),), (4,), RNG)

ROWS: list[Row] = [
    Other(e.average_predictions, "a mean of arrays"),
    Other(e.average_weights, "a mean of networks"),
    Other(e.snapshots, "copies of a run"),
    Other(e.reliability, "counts in bins"),
    Other(e.calibration_error, "a number"),
    Other(e.fit_temperature, "a number"),
]

REFUSALS: list[Refusal] = [
    refusal(e.average_predictions, ValueError, "predictions", "[]", []),
    refusal(e.average_predictions, ValueError, "predictions", "(3, 2)", [P, P[:3]]),
    refusal(e.average_predictions, TypeError, "predictions", "complex128", [P, P + 0j]),
    refusal(e.average_weights, ValueError, "networks", "[]", []),
    refusal(e.average_weights, ValueError, "networks", "(3, 4)", NETS),
    refusal(e.average_weights, ValueError, "networks", "(1, 4)", SAME_SIZE),
    refusal(e.average_weights, ValueError, "networks", "0.gamma", [SAME_SIZE[1], NORM]),
    refusal(e.snapshots, ValueError, "every", "0", [], NETS[0], 0),
    refusal(e.reliability, ValueError, "p", "(4,)", P[:, 0], Y),
    refusal(e.reliability, ValueError, "p", "(0, 2)", P[:0], Y[:0]),
    refusal(e.reliability, ValueError, "p", "1.5", P + np.array([1.0, -1.0]), Y),
    refusal(e.reliability, ValueError, "p", "0.8", P * 0.8, Y),
    refusal(e.reliability, ValueError, "labels", "2", P, Y + 1),
    refusal(e.reliability, ValueError, "bins", "0", P, Y, 0),
    refusal(e.calibration_error, TypeError, "labels", "float64", P, Y + 0.0),
    refusal(e.reliability, TypeError, "p", "complex128", P + 0j, Y),
    refusal(e.reliability, TypeError, "labels", "[0, 1, 1, 0]", P, Y.tolist()),
    refusal(e.fit_temperature, ValueError, "logits", "(4,)", P[:, 0], Y),
    refusal(e.fit_temperature, TypeError, "logits", "masked_array", np.ma.array(P), Y),
    refusal(e.fit_temperature, ValueError, "logits", "(0, 2)", P[:0], Y[:0]),
    refusal(e.fit_temperature, ValueError, "logits", "nan", P * np.nan, Y),
    refusal(e.fit_temperature, ValueError, "labels", "-1", P, Y - 1),
    refusal(e.fit_temperature, ValueError, "labels", "slopes", np.eye(2)[Y], Y),
    refusal(e.fit_temperature, ValueError, "labels", "slopes", np.eye(2)[Y], 1 - Y),
]
