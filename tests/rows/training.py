"""Rows of snippets/training.py."""

from __future__ import annotations

from functools import partial

import numpy as np

from snippets import network, optimizers, training
from snippets.losses import softmax_cross_entropy
from snippets.schedules import Cosine
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)
NET = (network.Dense(2),)
PARAMS = network.init_params(NET, (3,), RNG)
X, Y = np.zeros((4, 3)), np.array([0, 1, 1, 0])

ROWS: list[Row] = [
    Other(training.History, "a record"),
    Other(training.minibatches, "parts of a data set"),
    Other(training.steps, "a loop"),
    Other(training.train, "a loop with a record"),
    Other(training.accuracy, "a share"),
    Other(training.predict, "runs a network"),
    Other(training.evaluate, "runs a network"),
    Other(training.save, "writes a file"),
    Other(training.load, "reads a file"),
    Other(training.progress, "draws on a terminal"),
]


def _first(data: training.Data, batch_size: int, rng: object = RNG) -> training.Data:
    return next(training.minibatches(data, batch_size, rng))  # type: ignore[arg-type]


def _step(epochs: object) -> training.Step:
    run = partial(training.steps, NET, PARAMS, (X, Y), softmax_cross_entropy, optimizers.SGD(), batch_size=2, rng=RNG)
    return next(run(epochs=epochs))  # type: ignore[arg-type]


def _train(data: training.Data, **changed: object) -> training.History:
    settings = {"epochs": 1, "batch_size": 2, "rng": RNG} | changed
    run = partial(training.train, NET, PARAMS, data, softmax_cross_entropy, optimizers.SGD())
    return run(**settings)  # type: ignore[arg-type]


REFUSALS: list[Refusal] = [
    refusal(_first, ValueError, "batch_size", "0", (X, Y), 0),
    refusal(_first, TypeError, "batch_size", "2.0", (X, Y), 2.0),
    refusal(_first, ValueError, "x", "(0, 3)", (X[:0], Y[:0]), 2),
    refusal(_first, ValueError, "y", "(3,)", (X, Y[:3]), 2),
    refusal(_first, ValueError, "x", "()", (np.array(1.0), Y), 2),
    refusal(_first, TypeError, "x", "[1.0]", ([1.0], Y[:1]), 2),
    refusal(_first, TypeError, "y", "[0, 1, 1, 0]", (X, Y.tolist()), 2),
    refusal(_first, TypeError, "rng", "got 0", (X, Y), 2, 0),
    refusal(_train, ValueError, "batch_size", "0", (X, Y), batch_size=0),
    refusal(_step, ValueError, "epochs", "-1", -1),
    refusal(_step, TypeError, "epochs", "1.0", 1.0),
    refusal(_train, ValueError, "epochs", "-1", (X, Y), epochs=-1),
    refusal(_train, TypeError, "epochs", "None", (X, Y), epochs=None),
    refusal(_train, TypeError, "schedule", "got 0.1", (X, Y), schedule=0.1),
    refusal(_train, TypeError, "adjust", "got 0.0", (X, Y), adjust=0.0),
    refusal(_train, ValueError, "lr", "got 0.0", (X, Y), epochs=2, schedule=Cosine(0.1, steps=3)),
    refusal(_train, TypeError, "rng", "None", (X, Y), rng=None),
    refusal(_train, TypeError, "rng", "0", (X, Y), rng=0),
    refusal(_train, ValueError, "x", "(0, 3)", (X[:0], Y[:0])),
    refusal(training.accuracy, ValueError, "logits", "(0, 3)", X[:0], Y[:0]),
    refusal(training.accuracy, ValueError, "logits", "(4,)", X[:, 0], Y),
    refusal(training.accuracy, ValueError, "labels", "3", X, Y + 2),
    refusal(training.accuracy, TypeError, "labels", "float64", X, Y + 0.0),
    refusal(training.predict, ValueError, "x", "(0, 3)", NET, PARAMS, X[:0]),
    refusal(training.accuracy, TypeError, "labels", "[0, 1, 1, 0]", X, Y.tolist()),
    refusal(training.evaluate, TypeError, "y", "[0, 1, 1, 0]", NET, PARAMS, (X, Y.tolist()), softmax_cross_entropy),
    refusal(training.predict, TypeError, "x", "[[0.0", NET, PARAMS, X.tolist()),
    refusal(training.predict, ValueError, "x", "()", NET, PARAMS, np.array(1.0)),
    refusal(training.predict, ValueError, "batch_size", "0", NET, PARAMS, X, 0),
]
