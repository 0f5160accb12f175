"""Rows of snippets/optimizers.py."""

from __future__ import annotations

from functools import partial

import numpy as np

from snippets import optimizers as o
from tests.tables import SUMS, Optimizer, Other, Refusal, Row, refusal

G = np.ones(3)

ROWS: list[Row] = [
    Optimizer(o.SGD, largest=1e308),
    Optimizer(o.Momentum, largest=SUMS),
    Optimizer(o.Nesterov, largest=SUMS),
    Optimizer(o.Adagrad),
    Optimizer(o.Adadelta),
    Optimizer(o.RMSProp),
    Optimizer(o.CenteredRMSProp),
    Optimizer(o.Adam),
    Optimizer(partial(o.Adam, eps=3.0), label="eps=3"),
    Optimizer(o.AMSGrad),
    Optimizer(o.Adamax, largest=1e308),
    Optimizer(o.NAdam),
    Optimizer(o.AdamW, zero_gradient_rests=False),
    Optimizer(partial(o.AdamW, weight_decay=0.0), label="no decay"),
    Optimizer(o.Lion, largest=1e308),
    Optimizer(partial(o.Lion, weight_decay=0.1), zero_gradient_rests=False, label="decay", largest=1e308),
    Other(o.check_hyperparameters, "the check that all rules share"),
    Other(o.clip_by_norm, "changes a gradient"),
    Other(o.clip_by_value, "changes a gradient"),
    Other(o.ema, "averages weights"),
]

REFUSALS: list[Refusal] = [
    refusal(o.SGD, TypeError, "lr", "'0.1'", lr="0.1"),
    refusal(o.Momentum, ValueError, "momentum", "1.0", momentum=1.0),
    refusal(o.Nesterov, ValueError, "momentum", "0.0", momentum=0.0),
    refusal(o.Adagrad, ValueError, "eps", "-1e-08", eps=-1e-8),
    refusal(o.Adadelta, ValueError, "rho", "1.0", rho=1.0),
    refusal(o.RMSProp, ValueError, "rho", "-0.1", rho=-0.1),
    refusal(o.CenteredRMSProp, ValueError, "rho", "nan", rho=np.nan),
    refusal(o.Adam, ValueError, "beta1", "1.0", beta1=1.0),
    refusal(o.AMSGrad, ValueError, "beta2", "1.0", beta2=1.0),
    refusal(o.Adamax, ValueError, "eps", "0.0", eps=0.0),
    refusal(o.NAdam, ValueError, "beta1", "-0.5", beta1=-0.5),
    refusal(o.AdamW, ValueError, "weight_decay", "-0.1", weight_decay=-0.1),
    refusal(o.Lion, ValueError, "weight_decay", "inf", weight_decay=np.inf),
    refusal(o.SGD().update, TypeError, "g", "[1.0, 1.0, 1.0]", G.tolist(), o.NoState(), G),
    refusal(o.clip_by_norm, ValueError, "limit", "0.0", G, 0.0),
    refusal(o.clip_by_norm, TypeError, "g", "[1.0, 1.0, 1.0]", G.tolist(), 1.0),
    refusal(o.clip_by_value, TypeError, "g", "1.+0.j", G + 0j, 1.0),
    refusal(o.clip_by_norm, ValueError, "g", "nan", G * np.nan, 1.0),
    refusal(o.clip_by_value, ValueError, "limit", "-1.0", G, -1.0),
    refusal(o.clip_by_value, ValueError, "g", "inf", G * np.inf, 1.0),
    refusal(o.ema, ValueError, "decay", "1.0", G, G, 1.0),
    refusal(o.ema, ValueError, "average", "(1, 3)", G[None], G),
    refusal(o.ema, TypeError, "average", "[1.0, 1.0, 1.0]", G.tolist(), G),
    refusal(o.ema, TypeError, "w", "[1.0, 1.0, 1.0]", G, G.tolist()),
]
