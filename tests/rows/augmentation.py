"""Rows of snippets/augmentation.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from snippets import augmentation as a
from tests.tables import Augmentation, Other, Refusal, Row, refusal

RNG = np.random.default_rng(0)
X, Y = np.zeros((3, 2, 5, 6)), np.eye(3)
GREY = (4, 7, 8)
PLACES = np.zeros((3, 2, 1))

_CHANGES: list[tuple[Callable[..., Any], dict[str, Any]]] = [
    (a.noise, {"std": 0.1}),
    (a.brightness, {"spread": 0.3}),
    (a.flip, {}),
    (a.shift, {"most": 2}),
    (a.rotate, {"degrees": 10.0}),
    (a.cutout, {"size": 3}),
]

ROWS: list[Row] = [
    *(Augmentation(f, options=options) for f, options in _CHANGES),
    *(Augmentation(f, GREY, options) for f, options in _CHANGES),
    Augmentation(a.crop, options={"size": (5, 4)}, keeps_shape=False),
    Augmentation(a.crop, GREY, {"size": (7, 8)}),
    Other(a.bilinear, "reads pixels, draws nothing"),
    Other(a.mixup, "changes labels too"),
    Other(a.cutmix, "changes labels too"),
]


def _images(f: Callable[..., object], **options: object) -> list[Refusal]:
    return [
        refusal(f, ValueError, "x", "(5, 6)", X[0, 0], RNG, **options),
        refusal(f, ValueError, "x", "(1, 3, 2, 5, 6)", X[None], RNG, **options),
        refusal(f, ValueError, "x", "(3, 0, 6)", X[:, 0, :0], RNG, **options),
        refusal(f, TypeError, "x", "complex128", X + 0j, RNG, **options),
    ]


def _mixes(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "alpha", "0.0", X, Y, RNG, 0.0),
        refusal(f, ValueError, "alpha", "nan", X, Y, RNG, np.nan),
        refusal(f, ValueError, "y", "(3,)", X, Y[0], RNG),
        refusal(f, ValueError, "y", "(2, 3)", X, Y[:2], RNG),
        refusal(f, ValueError, "y", "2.0", X, 2.0 * Y, RNG),
        refusal(f, ValueError, "y", "0.0", X, 0.0 * Y, RNG),
        refusal(f, ValueError, "y", "-1.0", X, -Y, RNG),
        refusal(f, ValueError, "x", "(0, 2, 5, 6)", X[:0], Y[:0], RNG),
        refusal(f, TypeError, "rng", "0", X, Y, 0),
        refusal(f, TypeError, "y", "complex128", X, Y + 0j, RNG),
    ]


REFUSALS: list[Refusal] = [
    *_images(a.flip),
    *_images(a.shift, most=1),
    *_images(a.crop, size=(2, 2)),
    *_images(a.rotate, degrees=1.0),
    *_images(a.cutout, size=1),
    *_mixes(a.mixup),
    *_mixes(a.cutmix),
    refusal(a.cutmix, ValueError, "x", "(3, 2)", X[:, :, 0, 0], Y, RNG),
    refusal(a.bilinear, ValueError, "x", "(5, 6)", X[0, 0], X[0, :1], X[0, :1]),
    refusal(a.bilinear, ValueError, "rows", "(2, 1)", X, PLACES[0], PLACES),
    refusal(a.bilinear, TypeError, "rows", "masked_array", X, np.ma.array(PLACES), PLACES),
    refusal(a.bilinear, TypeError, "columns", "masked_array", X, PLACES, np.ma.array(PLACES)),
    refusal(a.bilinear, ValueError, "rows", "(3, 2)", X, PLACES[..., 0], PLACES[..., 0]),
    refusal(a.bilinear, ValueError, "rows", "(3, 2, 1), got (1, 2, 1)", X, PLACES[:1], PLACES),
    refusal(a.bilinear, ValueError, "columns", "(3, 2, 1), got (3, 1, 1)", X, PLACES, PLACES[:, :1]),
    refusal(a.bilinear, ValueError, "rows", "nan", X, PLACES * np.nan, PLACES),
    refusal(a.bilinear, ValueError, "columns", "inf", X, PLACES, PLACES + np.inf),
    refusal(a.bilinear, TypeError, "columns", "complex128", X, PLACES, PLACES + 0j),
    refusal(a.cutout, ValueError, "x", "with pixels, got (3, 2, 5, 0)", X[..., :0], RNG, 1),
    refusal(a.brightness, ValueError, "x", "()", np.array(1.0), RNG, 0.5),
    refusal(a.mixup, ValueError, "x", "()", np.array(1.0), Y, RNG),
    refusal(a.noise, ValueError, "std", "-1.0", X, RNG, -1.0),
    refusal(a.noise, ValueError, "std", "nan", X, RNG, np.nan),
    refusal(a.brightness, ValueError, "spread", "1.5", X, RNG, 1.5),
    refusal(a.brightness, ValueError, "spread", "-0.5", X, RNG, -0.5),
    refusal(a.flip, ValueError, "p", "1.5", X, RNG, 1.5),
    refusal(a.flip, ValueError, "p", "nan", X, RNG, np.nan),
    refusal(a.shift, ValueError, "most", "5", X, RNG, 5),
    refusal(a.shift, ValueError, "most", "3", np.zeros((2, 3, 5)), RNG, 3),
    refusal(a.shift, ValueError, "most", "-1", X, RNG, -1),
    refusal(a.shift, TypeError, "most", "0.5", X, RNG, 0.5),
    refusal(a.crop, ValueError, "size", "6", X, RNG, (6, 2)),
    refusal(a.crop, ValueError, "size", "7", X, RNG, (2, 7)),
    refusal(a.crop, ValueError, "size", "0", X, RNG, (0, 2)),
    refusal(a.crop, TypeError, "size", "2.0", X, RNG, (2.0, 2)),
    refusal(a.crop, TypeError, "size", "got 2", X, RNG, 2),
    refusal(a.crop, TypeError, "size", "(2, 2, 2)", X, RNG, (2, 2, 2)),
    refusal(a.rotate, ValueError, "degrees", "-1.0", X, RNG, -1.0),
    refusal(a.rotate, ValueError, "degrees", "181.0", X, RNG, 181.0),
    refusal(a.cutout, ValueError, "size", "0", X, RNG, 0),
    refusal(a.cutout, TypeError, "size", "1.5", X, RNG, 1.5),
]
