"""snippets/checks.py: what passes; what does not is in tests/rows/checks.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from snippets import checks
from snippets.arrays import Array


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        (0.0, "[0, 1)"),
        (1.0, "(0, 1]"),
        (0, "[0, 1]"),
        (1, "[0, 1]"),
        (-1e308, "(-inf, inf)"),
        (np.float32(0.5), "(0, 1)"),
        (np.int8(3), "[3, inf)"),
        (5e-324, "(0, inf)"),
    ],
)
def test_number_returns_a_float_inside_the_interval(value: Any, interval: str) -> None:
    got = checks.number("value", value, interval)
    assert type(got) is float
    assert got == float(value)


@pytest.mark.parametrize("value", [1, 0, -3, np.int64(7), np.uint8(200), 2**40])
def test_integer_returns_an_int(value: Any) -> None:
    got = checks.integer("value", value)
    assert type(got) is int
    assert got == value


def test_integer_takes_both_ends_of_a_closed_interval() -> None:
    assert [checks.integer("k", k, "[1, 3]") for k in (1, 2, 3)] == [1, 2, 3]


def test_the_message_names_argument_interval_and_value() -> None:
    with pytest.raises(ValueError, match=r"^beta1 must be in \[0, 1\), got 1\.0$"):
        checks.number("beta1", 1.0, "[0, 1)")
    with pytest.raises(TypeError, match=r"^beta1 must be a real number, got '0\.9'$"):
        checks.number("beta1", "0.9")
    with pytest.raises(TypeError, match=r"^steps must be a whole number, got 2\.0$"):
        checks.integer("steps", 2.0)


PASSES: list[tuple[Any, tuple[Any, ...]]] = [
    (checks.generator, (np.random.default_rng(0),)),
    (checks.function, (np.sin,)),
    (checks.function_or_none, (np.sin,)),
    (checks.function_or_none, (None,)),
    (checks.floating, (np.dtype(np.float16),)),
    (checks.double, (np.zeros(3),)),
    (checks.sizes, ((1,),)),
    (checks.sizes, ((np.int64(2), 3), 2)),
    (checks.sizes, ((), 0)),
    (checks.pair, ((1, 2),)),
    (checks.array, (np.zeros(0, bool),)),
    (checks.array, (np.float32(1.0),)),
    (checks.batch, (np.zeros(0),)),
    (checks.axes, ((0,), 1)),
    (checks.axes, ((-2, 1), 2)),
    (checks.broadcast, (np.zeros((3, 1)), (2, 3, 4))),
    (checks.broadcast, (np.array(1.0), ())),
    (checks.broadcast, (np.zeros(1), (0,))),
    (checks.ndim, (np.zeros((2, 3)), 2)),
    (checks.ndim, (np.array(1.0), 0)),
    (checks.shape, (np.zeros((2, 3)), (2, 3))),
    (checks.shape, (np.array(1.0), ())),
    (checks.not_empty, (np.zeros(1),)),
    (checks.not_empty, (np.array(1.0),)),
    (checks.last_axis, (np.zeros(1),)),
    (checks.last_axis, (np.zeros((0, 1)),)),
    (checks.finite, (np.array([-1e308, 0.0, 1e308]),)),
    (checks.finite, (np.zeros(0),)),
    (checks.within, (np.array([0.0, 0.5, 1.0]), 0, 1)),
    (checks.within, (np.zeros(0), 0, 1)),
    (checks.one_of, (np.array([[1.0, -1.0]]), (-1, 1))),
    (checks.one_of, (np.zeros(0), (0, 1))),
    (checks.sums_to_one, (np.array([[0.25, 0.75], [1.0, 0.0]]),)),
    (checks.sums_to_one, (np.zeros((0, 2)),)),
    (checks.labels, (np.array([0, 2, 1]), 3, 3)),
    (checks.labels, (np.array([2], np.uint8), 1, 3)),
]


@pytest.mark.parametrize(("check", "arguments"), PASSES)
def test_what_is_in_order_passes_in_silence(check: Any, arguments: tuple[Any, ...]) -> None:
    assert check("x", *arguments) is None


def test_array_takes_data_that_stay_in_a_file(tmp_path: Path) -> None:
    x = np.memmap(tmp_path / "x", np.float32, "w+", shape=(2, 3))
    checks.array("x", x)
    checks.shape("x", x, (2, 3))


def test_sums_to_one_asks_no_more_of_long_doubles_than_of_doubles() -> None:
    p = np.full((1, 3), 1.0 / 3.0)
    checks.sums_to_one("p", p.astype(np.longdouble))
    with pytest.raises(ValueError, match="p must sum to 1 over the last axis"):
        checks.sums_to_one("p", p.astype(np.longdouble) * (1.0 + 1e-13))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_to_one_allows_for_the_rounding_of_its_dtype_and_no_more(dtype: Any) -> None:
    eps = float(np.finfo(dtype).eps)
    p = np.random.default_rng(0).random((1000, 10)).astype(dtype)
    total: Array = p.sum(axis=-1, keepdims=True)
    checks.sums_to_one("p", p / total)
    checks.sums_to_one("p", np.array([0.5, 0.5 + 64 * eps], dtype))
    with pytest.raises(ValueError, match="p must sum to 1 over the last axis"):
        checks.sums_to_one("p", np.array([0.5, 0.5 + 65 * eps], dtype))
