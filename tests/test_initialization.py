"""snippets/initialization.py: the statistics of every scheme are in the tables, here is what is special."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from snippets import initialization as init
from snippets.arrays import Array


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((64, 10), (64, 10)),
        ((1, 1), (1, 1)),
        ((16, 3, 5, 5), (75, 400)),
        ((8, 2, 3), (6, 24)),
        ((np.int64(4), 5), (4, 5)),
    ],
)
def test_fans_of_dense_and_convolution_weights(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert init.fans(shape) == expected


def test_fan_picks_inputs_outputs_or_their_mean() -> None:
    assert [init.fan((64, 10), mode) for mode in ("in", "out", "avg")] == [64.0, 10.0, 37.0]
    with pytest.raises(ValueError, match=r"^mode must be one of in, out, avg, got 'sum'$"):
        init.fan((64, 10), "sum")  # type: ignore[arg-type]
    assert [init.fan((16, 3, 5, 5), mode) for mode in ("in", "out", "avg")] == [75.0, 400.0, 237.5]


def test_gain_of_each_activation() -> None:
    assert init.gain("linear") == init.gain("sigmoid") == init.gain("selu") == 1.0
    assert init.gain("tanh") == 5.0 / 3.0
    assert init.gain("relu") == math.sqrt(2.0)
    assert init.gain("leaky_relu") == pytest.approx(math.sqrt(2.0 / 1.0001), rel=4e-16)
    assert init.gain("leaky_relu", slope=1e200) == pytest.approx(math.sqrt(2.0) * 1e-200, rel=4e-16)
    assert init.gain("tanh", slope=1e200) == init.gain("tanh")
    assert init.gain("leaky_relu", slope=1.0) == 1.0
    assert init.gain("leaky_relu", slope=0.0) == init.gain("relu")
    with pytest.raises(ValueError, match="linear, sigmoid, tanh, relu, leaky_relu, selu, got 'swish'"):
        init.gain("swish")


@pytest.mark.parametrize("f", [init.he_normal, init.he_uniform])
def test_he_with_a_huge_slope_draws_weights_as_small_as_that(f: Any) -> None:
    weights = [f((30, 20), np.random.default_rng(0), slope=slope) for slope in (0.0, 1e200)]
    assert_allclose(weights[1] * 1e200, weights[0], rtol=1e-14)


def test_gain_of_relu_keeps_the_second_moment_of_a_normal_signal() -> None:
    z = np.random.default_rng(0).standard_normal(1_000_000)
    assert init.gain("relu") ** 2 * np.mean(np.maximum(z, 0.0) ** 2) == pytest.approx(1.0, abs=0.01)
    leaky = np.where(z > 0.0, z, 0.3 * z)
    assert init.gain("leaky_relu", slope=0.3) ** 2 * np.mean(leaky**2) == pytest.approx(1.0, abs=0.01)


def test_constant_and_zeros_draw_nothing() -> None:
    generator = rng()
    assert init.zeros((2, 3), generator).tolist() == [[0.0] * 3] * 2
    assert init.constant((2,), generator, 0.1).tolist() == [0.1, 0.1]
    assert init.constant((2,), generator, 1).dtype == np.float64
    assert generator.bit_generator.state == rng().bit_generator.state


@pytest.mark.parametrize(
    ("w", "shape", "cdf"),
    [
        (init.normal((50_000,), rng(), 2.0), (50_000,), stats.norm(0, 2).cdf),
        (init.uniform((50_000,), rng(), 3.0), (50_000,), stats.uniform(-3, 6).cdf),
        (
            init.truncated_normal((50_000,), rng(), 1.0),
            (50_000,),
            stats.truncnorm(-2, 2, scale=1.0 / init.CUT_NORMAL_STD).cdf,
        ),
        (init.he_normal((500, 100), rng()), (500, 100), stats.norm(0, math.sqrt(2 / 500)).cdf),
        (
            init.he_uniform((500, 100), rng()),
            (500, 100),
            stats.uniform(-math.sqrt(6 / 500), 2 * math.sqrt(6 / 500)).cdf,
        ),
    ],
    ids=["normal", "uniform", "truncated", "he_normal", "he_uniform"],
)
def test_the_whole_distribution_is_the_promised_one(w: Array, shape: tuple[int, ...], cdf: Any) -> None:
    assert w.shape == shape
    assert stats.kstest(w.ravel(), cdf).pvalue > 0.01


def test_the_deviation_of_the_cut_normal_is_the_closed_form() -> None:
    assert pytest.approx(stats.truncnorm(-2, 2).std(), rel=1e-14) == init.CUT_NORMAL_STD
    phi, cdf = math.exp(-2.0) / math.sqrt(2.0 * math.pi), 0.5 * math.erfc(-math.sqrt(2.0))
    assert pytest.approx(math.sqrt(1.0 - 4.0 * phi / (2.0 * cdf - 1.0)), rel=1e-15) == init.CUT_NORMAL_STD


def test_truncated_normal_reaches_to_its_cut_but_not_past_it() -> None:
    w = np.abs(init.truncated_normal((200_000,), rng(), 1.0)) * init.CUT_NORMAL_STD
    assert 1.999 < w.max() <= 2.0


def test_lecun_xavier_and_he_differ_by_their_formula_only() -> None:
    shape = (30, 20)
    z = np.random.default_rng(0).standard_normal(shape)
    u = 2.0 * np.random.default_rng(0).random(shape) - 1.0
    assert_allclose(init.lecun_normal(shape, rng()), z * math.sqrt(1 / 30), rtol=1e-14)
    assert_allclose(init.xavier_normal(shape, rng()), z * math.sqrt(2 / 50), rtol=1e-14)
    assert_allclose(init.xavier_normal(shape, rng(), 5 / 3), z * 5 / 3 * math.sqrt(2 / 50), rtol=1e-14)
    assert_allclose(init.he_normal(shape, rng()), z * math.sqrt(2 / 30), rtol=1e-14)
    assert_allclose(init.he_normal(shape, rng(), 0.5, "out"), z * math.sqrt(2 / (1.25 * 20)), rtol=1e-14)
    assert_allclose(init.lecun_uniform(shape, rng()), u * math.sqrt(3 / 30), rtol=1e-14)
    assert_allclose(init.xavier_uniform(shape, rng()), u * math.sqrt(6 / 50), rtol=1e-14)
    assert_allclose(init.he_uniform(shape, rng(), 0.5, "avg"), u * math.sqrt(6 / (1.25 * 25)), rtol=1e-14)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(rows=st.integers(1, 12), columns=st.integers(1, 12), gain=st.floats(0.1, 10.0))
def test_orthogonal_has_orthonormal_rows_or_columns(rows: int, columns: int, gain: float) -> None:
    w = init.orthogonal((rows, columns), np.random.default_rng(rows), gain) / gain
    small = w.T @ w if rows >= columns else w @ w.T
    assert_allclose(small, np.eye(min(rows, columns)), atol=1e-13)


def test_orthogonal_kernels_are_orthonormal_as_rows() -> None:
    w = init.orthogonal((6, 2, 3, 3), rng()).reshape(6, 18)
    assert_allclose(w @ w.T, np.eye(6), atol=1e-13)


def test_orthogonal_is_uniform_over_rotations_and_reflections() -> None:
    generator = rng()
    w = np.stack([init.orthogonal((2, 2), generator) for _ in range(4000)])
    angle = np.arctan2(w[:, 1, 0], w[:, 0, 0])
    assert stats.kstest(angle, stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 0.01
    assert abs(np.mean(np.linalg.det(w) > 0.0) - 0.5) < 0.03


def test_orthogonal_keeps_the_length_of_every_signal() -> None:
    x = np.random.default_rng(1).standard_normal((5, 16))
    w = init.orthogonal((16, 16), rng())
    assert_allclose(np.linalg.norm(x @ w, axis=1), np.linalg.norm(x, axis=1), rtol=1e-13)


def test_a_shape_must_be_a_tuple_of_whole_numbers() -> None:
    with pytest.raises(TypeError, match=r"shape must be a tuple of whole numbers, got \[2, 3\]"):
        init.he_normal([2, 3], rng())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"shape must have at least 2 dimensions, got \(7,\)"):
        init.he_normal((7,), rng())
    assert_array_equal(init.normal((7,), rng(), 1.0), np.random.default_rng(0).standard_normal(7))
