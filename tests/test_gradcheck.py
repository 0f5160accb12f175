"""snippets/gradcheck.py: it finds right gradients right, and wrong ones wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from snippets.arrays import Array, Backward
from snippets.gradcheck import check_loss, check_operation, h_sweep, numeric_gradient, relative_error


def cubes(x: Array) -> float:
    return float((x**3).sum())


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 2)])
def test_numeric_gradient_of_cubes_is_off_by_h_squared_exactly(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape)
    x = np.asarray(x)
    x.flags.writeable = False
    gradient = numeric_gradient(cubes, x, h=0.125)
    assert gradient.shape == shape
    assert gradient.dtype == np.float64
    assert_allclose(gradient, 3.0 * x**2 + 0.125**2, rtol=1e-13)


def test_numeric_gradient_uses_a_step_of_one_hundred_thousandth() -> None:
    seen: list[float] = []

    def f(x: Array) -> float:
        seen.append(float(x[0]))
        return 0.0

    numeric_gradient(f, np.zeros(1))
    assert sorted(seen) == [-1e-5, 1e-5]


def test_numeric_gradient_of_an_empty_array_is_empty() -> None:
    assert numeric_gradient(cubes, np.zeros((0, 2))).shape == (0, 2)


def test_relative_error_by_hand() -> None:
    assert relative_error(np.array([1.0, 4.0]), np.array([2.0, 4.0])) == 0.25
    assert relative_error(np.array([2.0, -8.0]), np.array([2.0, 0.0])) == 1.0
    assert relative_error(np.array([3.0]), np.array([-3.0])) == 2.0
    assert relative_error(np.zeros(3), np.zeros(3)) == 0.0
    assert relative_error(np.array(2.0), np.array(1.0)) == 0.5
    for number in (0.0, 1.0):
        assert math.isnan(relative_error(np.array([np.nan]), np.array([number])))
        assert math.isnan(relative_error(np.array([number]), np.array([np.nan])))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(a=hnp.arrays(np.float64, 4, elements=st.floats(-1e6, 1e6)), scale=st.floats(1e-3, 1e3))
def test_relative_error_is_symmetric_and_has_no_unit(a: Array, scale: float) -> None:
    b = a[::-1] + 1.0
    assert relative_error(a, b) == relative_error(b, a)
    assert relative_error(scale * a, scale * b) == pytest.approx(relative_error(a, b), rel=1e-12)
    assert relative_error(a, a.copy()) == 0.0
    assert 0.0 <= relative_error(a, b) <= 2.0


def test_h_sweep_falls_with_the_square_of_h_and_rises_again_with_rounding() -> None:
    x = np.array([0.7, -1.3])
    steps = [1e-1, 1e-2, 1e-3, 1e-5, 1e-8, 1e-11]
    errors = h_sweep(lambda z: float(np.exp(z).sum()), x, np.exp(x), steps)
    assert errors.shape == (6,)
    assert errors[0] / errors[1] == pytest.approx(100.0, rel=0.01)
    assert errors[1] / errors[2] == pytest.approx(100.0, rel=0.01)
    assert errors[3] < 1e-10 < errors[4] < errors[5]


def product(x: Array, w: Array) -> tuple[Array, Backward]:
    def backward(dy: Array) -> tuple[Array, ...]:
        return dy @ w.T, x.T @ dy

    return x @ w, backward


def wrong_product(x: Array, w: Array) -> tuple[Array, Backward]:
    def backward(dy: Array) -> tuple[Array, ...]:
        return dy @ w.T, -x.T @ dy

    return x @ w, backward


def test_check_operation_tells_which_gradient_is_wrong() -> None:
    x, w = np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).normal(size=(3, 2))
    right = check_operation(product, x, w, rng=np.random.default_rng(2))
    assert len(right) == 2
    assert max(right) < 1e-9
    wrong = check_operation(wrong_product, x, w, rng=np.random.default_rng(2))
    assert wrong[0] < 1e-9
    assert wrong[1] == pytest.approx(2.0)


def test_check_operation_hides_nothing_behind_a_constant_upstream_gradient() -> None:
    def centred(x: Array) -> tuple[Array, Backward]:
        return x - x.mean(), lambda dy: (np.zeros_like(dy),)  # right for dy = 1, wrong otherwise

    (error,) = check_operation(centred, np.arange(4.0), rng=np.random.default_rng(0))
    assert error == pytest.approx(1.0)


def test_check_operation_passes_h_on() -> None:
    def cubed(x: Array) -> tuple[Array, Backward]:
        return x**3, lambda dy: (3.0 * x**2 * dy,)

    x = np.array([1.0])
    assert check_operation(cubed, x, rng=np.random.default_rng(0))[0] < 1e-8
    (error,) = check_operation(cubed, x, rng=np.random.default_rng(0), h=0.5)
    assert error == pytest.approx(0.25 / 3.25)


def test_check_loss_compares_value_and_gradient() -> None:
    x = np.array([1.0, -2.0])
    assert check_loss(lambda z: (cubes(z), 3.0 * z**2), x) < 1e-9
    assert check_loss(lambda z: (cubes(z), z**2), x) == pytest.approx(2.0 / 3.0)
    assert check_loss(lambda z: (cubes(z), 3.0 * z**2), np.array([1.0]), 0.5) == pytest.approx(0.25 / 3.25)
