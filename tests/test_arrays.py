"""snippets/arrays.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from snippets.arrays import as_array, as_float, norm


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_as_float_keeps_a_float_array_as_it_is(dtype: Any) -> None:
    x = np.zeros((2, 3), dtype)
    assert as_float(x) is x
    assert as_float(x[0, 0]).dtype == dtype
    assert as_float(x[0, 0]).shape == ()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int32, np.uint64])
def test_as_float_turns_whole_numbers_into_double(dtype: Any) -> None:
    x = np.array([[0, 1]], dtype)
    assert as_float(x).dtype == np.float64
    assert_array_equal(as_float(x), [[0.0, 1.0]])


@pytest.mark.parametrize(
    ("x", "shape"), [(3, ()), (2.5, ()), (True, ()), ([1, 2], (2,)), ([], (0,)), ([[1.5]], (1, 1))]
)
def test_as_float_takes_plain_numbers_and_lists(x: Any, shape: tuple[int, ...]) -> None:
    assert as_float(x).shape == shape
    assert as_float(x).dtype == np.float64
    assert as_float(x).tolist() == x


def test_as_array_makes_a_plain_array_of_lists_and_matrices_and_copies_no_other() -> None:
    x = np.arange(3)
    assert as_array(x) is x
    assert type(as_array(np.ones((2, 2)).view(np.matrix))) is np.ndarray
    assert_array_equal(as_array([[1, 2], [3, 4]]), [[1, 2], [3, 4]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norm_at_the_ends_of_the_floats(dtype: Any) -> None:
    info = np.finfo(dtype)
    for unit in (1.0, float(info.max) / 8, float(info.tiny)):
        x = (np.array([[3.0, 0.0], [0.0, -4.0]]) * unit).astype(dtype)
        assert norm(x) == pytest.approx(5.0 * unit, rel=4 * float(info.eps))
    smallest = float(info.smallest_subnormal)
    assert norm(np.array([smallest, 0.0], dtype)) == smallest


def test_norm_of_nothing_of_zeros_and_of_what_is_no_number() -> None:
    assert [norm(np.zeros(n)) for n in (0, 3)] == [0.0, 0.0]
    assert norm(np.array([1.0, -np.inf])) == np.inf
    assert np.isnan(norm(np.array([1.0, np.nan, np.inf])))
    assert norm(np.full(4, np.finfo(np.float64).max)) == np.inf
