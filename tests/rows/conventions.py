"""Rows of snippets/conventions.py."""

from __future__ import annotations

import numpy as np

from snippets import conventions as c
from tests.tables import Other, Refusal, Row, refusal

W = np.zeros((12, 2))

ROWS: list[Row] = [
    Other(c.same_padding, "whole numbers"),
    Other(c.channels_first_rows, "an order of rows"),
]

REFUSALS: list[Refusal] = [
    refusal(c.same_padding, ValueError, "size", "0", 0, 3),
    refusal(c.same_padding, ValueError, "window", "0", 8, 0),
    refusal(c.same_padding, ValueError, "stride", "0", 8, 3, 0),
    refusal(c.same_padding, TypeError, "size", "8.0", 8.0, 3),
    refusal(c.channels_first_rows, ValueError, "w", "(12, 2)", W, (2, 2, 2)),
    refusal(c.channels_first_rows, ValueError, "w", "(12,)", W[:, 0], (2, 2, 3)),
    refusal(c.channels_first_rows, ValueError, "shape", "0", W, (0, 2, 3)),
    refusal(c.channels_first_rows, ValueError, "shape", "(6, 2)", W, (6, 2)),
    refusal(c.channels_first_rows, TypeError, "w", "[[1.0]]", [[1.0]], (1, 1, 1)),
    refusal(c.channels_first_rows, TypeError, "shape", "12", W, 12),
]
