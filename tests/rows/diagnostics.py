"""Rows of snippets/diagnostics.py."""

from __future__ import annotations

import numpy as np

from snippets import diagnostics as d
from snippets.activations import relu, relu_grad
from snippets.losses import mse
from snippets.network import Activation, Dense, init_params
from snippets.training import History
from tests.tables import Other, Refusal, Row, refusal

NET = (Dense(2), Activation(relu, relu_grad))
PARAMS = init_params(NET, (3,), np.random.default_rng(0))
SINGLE = init_params(NET, (3,), np.random.default_rng(0), dtype=np.float32)
ZERO, RNG = np.zeros((4, 2)), np.random.default_rng(0)
RATES = np.geomspace(1e-3, 1.0, 10)

ROWS: list[Row] = [
    Other("diagnostics.FLAT", "a number"),
    Other(d.layer_outputs, "runs a network"),
    Other(d.flat_units, "a share a unit"),
    Other(d.layer_statistics, "runs a network"),
    Other(d.histogram, "counts"),
    Other(d.norms, "numbers by name"),
    Other(d.update_ratios, "numbers by name"),
    Other(d.mode_gap, "runs a network"),
    Other(d.epoch_correlation, "reads a record"),
    Other(d.worst_leap, "reads a record"),
    Other(d.slope_error, "checks a network"),
    Other(d.memory_test, "trains a network"),
    Other(d.company_gap, "asks a network"),
    Other(d.steepest_rate, "reads a range test"),
    Other(d.diverges, "a detector"),
    Other(d.ascends, "a detector"),
    Other(d.stalls, "a detector"),
    Other(d.barely_moves, "a detector"),
    Other(d.leaps, "a detector"),
    Other(d.explodes, "a detector"),
    Other(d.starts_wrong, "a detector"),
    Other(d.overfits, "a detector"),
    Other(d.repeats, "a detector"),
    Other(d.symmetric, "a detector"),
    Other(d.breaks_off, "a detector"),
    Other(d.dies, "a detector"),
    Other(d.saturates, "a detector"),
    Other(d.vanishes, "a detector"),
    Other(d.lunges, "a detector"),
    Other(d.chance_limit, "a number"),
]

REFUSALS: list[Refusal] = [
    refusal(d.flat_units, ValueError, "z", "(0, 3)", "relu", np.zeros((0, 3))),
    refusal(d.layer_statistics, ValueError, "x", "(0, 3)", NET, PARAMS, np.zeros((0, 3))),
    refusal(d.flat_units, ValueError, "z", "()", relu_grad, np.array(1.0)),
    refusal(d.histogram, ValueError, "bins", "0", np.ones(3), 0),
    refusal(d.histogram, TypeError, "values", "complex128", np.ones(3) + 0j),
    refusal(d.histogram, ValueError, "values", "(0,)", np.full(3, np.nan)),
    refusal(d.norms, ValueError, "flat", "(3,)", PARAMS, np.ones(3)),
    refusal(d.steepest_rate, ValueError, "losses", "(9,)", RATES, np.ones(9)),
    refusal(d.steepest_rate, ValueError, "window", "6", RATES, np.ones(10), 6),
    refusal(d.steepest_rate, ValueError, "losses", "(0,)", RATES, np.arange(10.0)),
    refusal(d.steepest_rate, ValueError, "window", "[1, 3.5], got 5", RATES, np.r_[np.ones(7), [np.inf] * 3]),
    refusal(d.steepest_rate, ValueError, "window", "[1, 0.0], got 5", RATES, np.full(10, np.nan)),
    refusal(d.steepest_rate, ValueError, "losses", "nan", RATES, np.r_[3.0, np.nan, np.ones(8)]),
    refusal(d.steepest_rate, ValueError, "rates", "(2, 5)", RATES.reshape(2, 5), np.ones(10)),
    refusal(d.steepest_rate, ValueError, "rates", "0.001", RATES[::-1], np.ones(10)),
    refusal(d.steepest_rate, ValueError, "rates", "[0.", np.linspace(0.0, 1.0, 10), np.ones(10)),
    refusal(d.mode_gap, TypeError, "rng", "None", NET, PARAMS, (np.ones((4, 3)), ZERO), mse, None),
    refusal(d.slope_error, TypeError, "rng", "got 0", NET, PARAMS, (np.ones((4, 3)), ZERO), mse, 0),
    refusal(d.company_gap, ValueError, "x", "(1, 2)", abs, np.ones((1, 2))),
    refusal(d.company_gap, ValueError, "x", "()", abs, np.array(1.0)),
    refusal(d.starts_wrong, ValueError, "classes", "0", History(loss=[1.0]), 0),
    refusal(d.chance_limit, ValueError, "classes", "0", 0, 5),
    refusal(d.chance_limit, ValueError, "examples", "0", 5, 0),
    refusal(d.epoch_correlation, ValueError, "steps_per_epoch", "1", History(loss=[1.0] * 9), 1),
    refusal(d.slope_error, TypeError, "x", "float32", NET, SINGLE, (np.ones((4, 3)), ZERO), mse, RNG),
    refusal(d.repeats, ValueError, "steps_per_epoch", "1", History(loss=[1.0] * 9), 1),
    refusal(d.repeats, ValueError, "steps_per_epoch", "5", History(loss=[1.0] * 9), 5),
    refusal(d.symmetric, ValueError, "w", "(3,)", np.ones(3)),
]
