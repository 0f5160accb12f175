"""Rows of snippets/blocks.py."""

from __future__ import annotations

import numpy as np

from snippets import blocks as b
from snippets.network import Shape
from tests.tables import Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)

ROWS: list[Row] = [
    Other(layer, "a layer")
    for layer in (
        b.Conv2d,
        b.MaxPool2d,
        b.AvgPool2d,
        b.BatchNorm,
        b.LayerNorm,
        b.GroupNorm,
        b.RMSNorm,
        b.Dropout,
        b.Embedding,
    )
]


def _built(layer: object, shape: Shape) -> object:
    return layer.build(shape, RNG)  # type: ignore[attr-defined]


REFUSALS: list[Refusal] = [
    refusal(b.Conv2d, ValueError, "filters", "0", 0),
    refusal(b.Conv2d, TypeError, "filters", "2.0", 2.0),
    refusal(b.Conv2d, TypeError, "init", "'he'", 2, init="he"),
    refusal(b.Conv2d, ValueError, "size", "0", 2, size=0),
    refusal(b.Conv2d, ValueError, "stride", "0", 2, stride=0),
    refusal(b.Conv2d, ValueError, "padding", "-1", 2, padding=-1),
    refusal(b.Conv2d, ValueError, "groups", "0", 2, groups=0),
    refusal(_built, ValueError, "shape must", "(0, 64)", b.Conv2d(2), (64,)),
    refusal(_built, ValueError, "size", "(3, 3)", b.Conv2d(2), (1, 2, 8)),
    refusal(_built, ValueError, "groups", "2", b.Conv2d(2, groups=2), (3, 8, 8)),
    refusal(_built, ValueError, "groups", "2", b.Conv2d(2, groups=2), (1, 8, 8)),
    refusal(_built, ValueError, "groups", "2", b.Conv2d(3, groups=2), (4, 8, 8)),
    refusal(_built, ValueError, "size", "(3, 3)", b.MaxPool2d(3), (1, 2, 2)),
    refusal(_built, ValueError, "stride", "0", b.MaxPool2d(3, 0), (1, 4, 4)),
    refusal(_built, ValueError, "padding", "2", b.AvgPool2d(3, 1, 2), (1, 4, 4)),
    refusal(_built, ValueError, "x", "(0, 64)", b.AvgPool2d(), (64,)),
    refusal(b.BatchNorm, ValueError, "new_weight", "0.0", 0.0),
    refusal(b.BatchNorm, ValueError, "new_weight", "1.5", 1.5),
    refusal(b.BatchNorm, ValueError, "eps", "0.0", 0.1, 0.0),
    refusal(b.LayerNorm, ValueError, "eps", "0.0", 0.0),
    refusal(b.GroupNorm, ValueError, "groups", "0", 0),
    refusal(b.GroupNorm, TypeError, "groups", "2.0", 2.0),
    refusal(b.GroupNorm, ValueError, "eps", "-1.0", 2, -1.0),
    refusal(b.RMSNorm, ValueError, "eps", "0.0", 0.0),
    refusal(b.Dropout, ValueError, "p", "1.0", 1.0),
    refusal(b.Dropout, ValueError, "p", "nan", np.nan),
    refusal(b.Embedding, ValueError, "count", "0", 0, 2),
    refusal(b.Embedding, ValueError, "units", "0", 2, 0),
    refusal(b.Embedding, TypeError, "units", "2.0", 2, 2.0),
]
