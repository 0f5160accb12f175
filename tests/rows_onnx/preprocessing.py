"""snippets/preprocessing.py as ONNX operators."""

from __future__ import annotations

from snippets.arrays import Array
from snippets.preprocessing import fit_channel_standardization
from tests.onnx_table import Node


def mean_variance_normalization(x: Array) -> Array:
    return fit_channel_standardization(x)(x)


NODES = [Node("MeanVarianceNormalization", "meanvariancenormalization", mean_variance_normalization)]
