"""Rows of snippets/arrays.py."""

from __future__ import annotations

import numpy as np

from snippets import arrays
from tests.tables import Other, Refusal, Row, refusal

ROWS: list[Row] = [
    Other(arrays.as_float, "a conversion"),
    Other(arrays.as_array, "a conversion"),
    Other(arrays.norm, "a number"),
]

REFUSALS: list[Refusal] = [
    refusal(arrays.as_array, TypeError, "x", "masked_array", np.ma.ones(2)),
    refusal(arrays.as_array, ValueError, "y", "[[1], [2, 3]]", [[1], [2, 3]], "y"),
    refusal(arrays.as_float, TypeError, "z", "masked_array", np.ma.ones(2), "z"),
    refusal(arrays.as_float, ValueError, "z", "[[1], [2, 3]]", [[1], [2, 3]], "z"),
    refusal(arrays.as_float, TypeError, "x", "complex128", np.zeros(1, complex)),
    refusal(arrays.as_float, TypeError, "z", "object", np.array([None]), "z"),
    refusal(arrays.as_float, TypeError, "x", "<U5", ["three"]),
    refusal(arrays.as_float, TypeError, "x", "datetime64", np.array(["2020-01-01"], dtype="datetime64[D]")),
]
