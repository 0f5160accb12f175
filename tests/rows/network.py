"""Rows of snippets/network.py."""

from __future__ import annotations

import numpy as np

from snippets import network as n
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)
NET = (n.Dense(2),)
PARAMS = n.init_params(NET, (3,), RNG)

ROWS: list[Row] = [
    Other(n.Dense, "a layer"),
    Other(n.DenseOnData, "a layer"),
    Other(n.on_data, "changes a network"),
    Other(n.Activation, "a layer"),
    Other(n.Flatten, "a layer"),
    Other(n.Params, "views of one array"),
    Other(n.is_trained, "a question about a name"),
    Other(n.init_params, "draws a whole network"),
    Other(n.forward, "runs a whole network"),
]

REFUSALS: list[Refusal] = [
    refusal(n.Dense, ValueError, "units", "0", 0),
    refusal(n.Dense, TypeError, "units", "2.0", 2.0),
    refusal(n.Dense, TypeError, "init", "'he'", 2, "he"),
    refusal(n.Activation, TypeError, "f", "'relu'", "relu", abs),
    refusal(n.Activation, TypeError, "f_grad", "None", abs, None),
    refusal(n.init_params, ValueError, "shape", "(1, 8, 8)", NET, (1, 8, 8), RNG),
    refusal(n.init_params, TypeError, "rng", "0", NET, (3,), 0),
    refusal(n.init_params, ValueError, "input_shape", "got ()", NET, (), RNG),
    refusal(n.init_params, ValueError, "input_shape", "got 0", NET, (0,), RNG),
    refusal(n.init_params, TypeError, "input_shape", "2.5", NET, (2.5,), RNG),
    refusal(n.init_params, TypeError, "input_shape", "got 3", NET, 3, RNG),
    refusal(n.init_params, TypeError, "dtype", "int64", NET, (3,), RNG, np.int64),
    refusal(PARAMS.with_flat, ValueError, "flat", "(7,)", np.zeros(7)),
    refusal(n.forward, TypeError, "x", "[[0.0, 0.0, 0.0]]", NET, PARAMS, [[0.0, 0.0, 0.0]]),
    refusal(n.forward, TypeError, "x", "1.+0.j", NET, PARAMS, np.ones((4, 3), complex)),
    refusal(n.forward, ValueError, "x", "(4, 2)", NET, PARAMS, np.zeros((4, 2))),
]
