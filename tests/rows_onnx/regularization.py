"""snippets/regularization.py as ONNX operators."""

from __future__ import annotations

import numpy as np

from snippets.arrays import Array
from snippets.regularization import dropout as ours
from tests.onnx_table import Node


def legacy(seed: int) -> np.random.Generator:
    """The numbers of np.random.seed, which the official cases were made with."""
    return np.random.Generator(np.random.RandomState(seed)._bit_generator)


def dropout(
    x: Array, r: Array | None = None, t: Array | None = None, seed: int = 0, ratio: float = 0.5
) -> tuple[Array, Array]:
    """In evaluation unless t says otherwise; the mask is what becomes of ones."""
    p = ratio if r is None else float(r)
    y, mask = (ours(z, p, legacy(seed) if t else None)[0] for z in (x, np.ones_like(x)))
    return y, mask != 0.0


NODES = [Node("Dropout", "dropout", dropout)]
