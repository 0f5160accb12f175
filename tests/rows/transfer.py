"""Rows of snippets/transfer.py."""

from __future__ import annotations

import numpy as np

from snippets import transfer as t
from snippets.activations import relu, relu_grad
from snippets.network import Activation, Dense, Network, init_params
from snippets.optimizers import SGD
from tests.tables import SQUARES, Other, Penalty, Refusal, Row, refusal

NET: Network = (Dense(3), Activation(relu, relu_grad), Dense(2))
P, WIDER = (init_params(NET, (size,), np.random.default_rng(0)) for size in (4, 5))
SHORT = init_params(NET[:1], (4,), np.random.default_rng(0))
DEEPER = init_params((Dense(3), Dense(2)), (4,), np.random.default_rng(0))
W = np.ones(3)

ROWS: list[Row] = [
    Other(t.transplant, "arrays of a network"),
    Other(t.frozen, "a mask"),
    Other(t.layerwise, "a factor for each number"),
    Other(t.Scaled, "a rule around a rule"),
    Penalty(t.l2_sp, lambda w: t.l2_sp(w, np.full_like(w, 2.0), 0.5), least=2.0, largest=SQUARES),
]

REFUSALS: list[Refusal] = [
    refusal(t.transplant, ValueError, "source[0.w]", "(5, 3)", WIDER, P, (0,)),
    refusal(t.transplant, ValueError, "source[2]", "['w', 'b'], got []", SHORT, P, (2,)),
    refusal(t.transplant, ValueError, "source[1]", "['w', 'b'], got []", SHORT, DEEPER, (1,)),
    refusal(t.transplant, ValueError, "layers", "3", P, P, (3,)),
    refusal(t.transplant, TypeError, "layers", "'0'", P, P, ("0",)),
    refusal(t.frozen, ValueError, "layers", "-1", P, (0, -1)),
    refusal(t.frozen, ValueError, "layers", "[0, 2], got 3", P, (3,)),
    refusal(t.layerwise, ValueError, "decay", "0.0", P, 0.0),
    refusal(t.layerwise, ValueError, "decay", "nan", P, np.nan),
    refusal(t.Scaled, ValueError, "share", "-0.5", SGD, np.array([1.0, -0.5])),
    refusal(t.Scaled, ValueError, "share", "nan", SGD, np.array([np.nan])),
    refusal(t.Scaled, ValueError, "share", "inf", SGD, np.array([np.inf])),
    refusal(t.Scaled, TypeError, "share", "complex128", SGD, W + 0j),
    refusal(t.Scaled, ValueError, "lr", "0.0", SGD, W, lr=0.0),
    refusal(t.Scaled, TypeError, "rule", "SGD(lr=0.01)", SGD(0.01), W),
    refusal(t.Scaled(SGD, np.ones(1)).init, ValueError, "share", "(1,)", W),
    refusal(t.l2_sp, ValueError, "strength", "-1.0", W, W, -1.0),
    refusal(t.l2_sp, ValueError, "strength", "nan", W, W, np.nan),
    refusal(t.l2_sp, ValueError, "start", "(1,)", W, W[:1], 1.0),
    refusal(t.l2_sp, TypeError, "w", "complex128", W + 0j, W, 1.0),
    refusal(t.l2_sp, TypeError, "start", "complex128", W, W + 0j, 1.0),
]
