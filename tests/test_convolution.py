"""Convolution and pooling by hand and against SciPy; what holds for every operation is in test_properties.py."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage, signal

from snippets import convolution as c
from snippets.arrays import Array

X = np.arange(16.0).reshape(1, 1, 4, 4)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def slow(x: Array, w: Array, b: Array, stride: int, padding: int, groups: int) -> Array:
    """The definition, written as loops."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    (filters, channels, h, w_), per_group = w.shape, len(w) // groups
    rows, columns = (x.shape[2] - h) // stride + 1, (x.shape[3] - w_) // stride + 1
    y = np.zeros((len(x), filters, rows, columns))
    for n, o, i, j in np.ndindex(*y.shape):
        first = o // per_group * channels
        seen = x[n, first : first + channels, i * stride : i * stride + h, j * stride : j * stride + w_]
        y[n, o, i, j] = b[o] + (seen * w[o]).sum()
    return y


def test_windows_lie_side_by_side_and_are_views() -> None:
    y, _ = c.windows(X, (2, 2), stride=2)
    assert_array_equal(y[0, 0, :, :, 0, 0], [[0.0, 1.0], [4.0, 5.0]])
    assert_array_equal(y[0, 0, :, :, 1, 1], [[10.0, 11.0], [14.0, 15.0]])
    assert np.shares_memory(y, X)
    assert c.windows(X, (3, 2), stride=3, padding=1, fill=-7.0)[0].shape == (1, 1, 3, 2, 2, 2)
    assert c.windows(X, (3, 2), padding=1, fill=-7.0)[0][0, 0, 0, 0, 0, 0] == -7.0


def test_a_pixel_gets_back_the_sum_over_the_windows_that_see_it() -> None:
    y, backward = c.windows(X, (2, 2))
    (dx,) = backward(np.ones(y.shape))
    assert_array_equal(dx[0, 0], [[1, 2, 2, 1], [2, 4, 4, 2], [2, 4, 4, 2], [1, 2, 2, 1]])


def test_a_pixel_that_no_window_sees_gets_nothing() -> None:
    y, backward = c.windows(X, (2, 2), stride=3)
    (dx,) = backward(np.ones(y.shape))
    assert_array_equal(dx[0, 0], [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_conv2d_by_hand() -> None:
    """A filter that takes the pixel below to the right from the one above to the left: 5 everywhere, and a bias."""
    w, b = np.array([[[[-1.0, 0.0], [0.0, 1.0]]]]), np.array([0.5])
    y, backward = c.conv2d(X, w, b)
    assert_array_equal(y, np.full((1, 1, 3, 3), 5.5))
    dx, dw, db = backward(np.ones((1, 1, 3, 3)))
    assert_array_equal(dx[0, 0], [[-1, -1, -1, 0], [-1, 0, 0, 1], [-1, 0, 0, 1], [0, 1, 1, 1]])
    assert_array_equal(dw[0, 0], [[45.0, 54.0], [81.0, 90.0]])
    assert_array_equal(db, [9.0])


def test_conv2d_is_cross_correlation_the_filter_is_not_turned() -> None:
    x, w = rng().normal(size=(7, 6)), rng(1).normal(size=(3, 2))
    y, _ = c.conv2d(x[None, None], w[None, None], np.zeros(1))
    assert_allclose(y[0, 0], signal.correlate2d(x, w, mode="valid"), rtol=1e-12)
    assert not np.allclose(y[0, 0], signal.convolve2d(x, w, mode="valid"))
    same, _ = c.conv2d(x[None, None], w[None, None, :, :1] @ np.ones((1, 3)), np.zeros(1), padding=1)
    assert_allclose(same[0, 0], ndimage.correlate(x, w[:, :1] @ np.ones((1, 3)), mode="constant"), rtol=1e-11)


@pytest.mark.parametrize(("stride", "padding", "groups"), [(1, 0, 1), (2, 1, 1), (3, 2, 2), (1, 1, 4), (2, 0, 2)])
def test_conv2d_is_its_definition(stride: int, padding: int, groups: int) -> None:
    x, w, b = rng().normal(size=(2, 4, 6, 7)), rng(1).normal(size=(8, 4 // groups, 3, 2)), rng(2).normal(size=8)
    y, _ = c.conv2d(x, w, b, stride, padding, groups)
    assert_allclose(y, slow(x, w, b, stride, padding, groups), rtol=1e-11, atol=1e-13)


def test_a_filter_of_one_pixel_is_a_dense_layer_for_every_pixel() -> None:
    x, w, b = rng().normal(size=(2, 3, 4, 5)), rng(1).normal(size=(6, 3)), rng(2).normal(size=6)
    y, _ = c.conv2d(x, w[:, :, None, None], b)
    assert_allclose(y, np.moveaxis(np.moveaxis(x, 1, -1) @ w.T + b, -1, 1), rtol=1e-12)


def test_shifting_the_image_shifts_the_result() -> None:
    x, w = np.zeros((1, 1, 9, 9)), rng().normal(size=(2, 1, 3, 3))
    x[0, 0, 3:6, 2:5] = rng(1).normal(size=(3, 3))
    y, shifted = (c.conv2d(z, w, np.zeros(2))[0] for z in (x, np.roll(x, (1, 2), axis=(2, 3))))
    assert_allclose(shifted, np.roll(y, (1, 2), axis=(2, 3)), rtol=1e-13, atol=1e-15)


def test_an_empty_batch_passes_through() -> None:
    none, w = np.zeros((0, 2, 5, 5)), np.ones((4, 2, 3, 3))
    y, backward = c.conv2d(none, w, np.ones(4), padding=1)
    dx, dw, db = backward(y)
    assert (y.shape, dx.shape) == ((0, 4, 5, 5), none.shape)
    assert_array_equal(dw, np.zeros(w.shape))
    assert_array_equal(db, np.zeros(4))
    for pool in (c.max_pool, c.avg_pool):
        y, backward = pool(none)
        assert (y.shape, backward(y)[0].shape) == ((0, 2, 2, 2), none.shape)


def test_max_pool_by_hand() -> None:
    x = np.array([[[[1.0, 3.0, 2.0, 0.0], [4.0, 2.0, 1.0, 5.0]]]])
    y, backward = c.max_pool(x)
    assert_array_equal(y, [[[[4.0, 5.0]]]])
    assert_array_equal(backward(np.array([[[[10.0, 20.0]]]]))[0], [[[[0, 0, 0, 0], [10, 0, 0, 20]]]])


def test_of_equal_pixels_the_first_gets_the_gradient() -> None:
    _, backward = c.max_pool(np.zeros((1, 1, 2, 4)))
    assert_array_equal(backward(np.ones((1, 1, 1, 2)))[0], [[[[1, 0, 1, 0], [0, 0, 0, 0]]]])
    x = np.array([[[[0.0, 7.0], [7.0, 0.0]]]])
    assert_array_equal(c.max_pool(x)[1](np.ones((1, 1, 1, 1)))[0], [[[[0.0, 1.0], [0.0, 0.0]]]])


def test_padding_never_wins_a_maximum_and_is_counted_in_a_mean() -> None:
    x = np.full((1, 1, 2, 2), -3.0)
    assert_array_equal(c.max_pool(x, 2, 1, 1)[0], np.full((1, 1, 3, 3), -3.0))
    assert_array_equal(c.avg_pool(x, 2, 2, 1)[0], np.full((1, 1, 2, 2), -0.75))


def test_a_pixel_that_wins_twice_gets_both_gradients() -> None:
    x = np.zeros((1, 1, 3, 3))
    x[0, 0, 1, 1] = 1.0
    y, backward = c.max_pool(x, 2, 1)
    assert_array_equal(y, np.ones((1, 1, 2, 2)))
    (dx,) = backward(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert dx[0, 0, 1, 1] == 10.0
    assert dx.sum() == 10.0


def test_avg_pool_by_hand() -> None:
    y, backward = c.avg_pool(X)
    assert_array_equal(y, [[[[2.5, 4.5], [10.5, 12.5]]]])
    (dx,) = backward(np.array([[[[4.0, 8.0], [12.0, 16.0]]]]))
    assert_array_equal(dx[0, 0], [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]])


@pytest.mark.parametrize(("size", "stride"), [(2, 1), (3, 2), (3, 3)])
def test_pools_are_scipys_filters(size: int, stride: int) -> None:
    x = rng().normal(size=(7, 8))
    places = (slice(size // 2, 7 - (size - 1) // 2, stride), slice(size // 2, 8 - (size - 1) // 2, stride))
    y, _ = c.max_pool(x[None, None], size, stride)
    assert_array_equal(y[0, 0], ndimage.maximum_filter(x, size)[places])
    y, _ = c.avg_pool(x[None, None], size, stride)
    assert_allclose(y[0, 0], ndimage.uniform_filter(x, size)[places], rtol=1e-10, atol=1e-14)


def test_large_numbers_pass() -> None:
    x = 1e4 * rng().choice([-1.0, 1.0], (2, 2, 4, 4))
    y, _ = c.conv2d(x, np.full((1, 2, 2, 2), 1e4), np.zeros(1))
    assert np.abs(y).max() <= 8e8
    assert np.abs(c.max_pool(1e304 * x)[0]).max() == 1e308
    assert_array_equal(c.avg_pool(np.full((1, 1, 2, 4), 1e308))[0], [[[[1e308, 1e308]]]])
    assert c.max_pool(np.full((1, 1, 2, 2), -np.inf), 2, 1, 1)[0].max() == -np.inf


def test_whole_numbers_are_taken_as_floats() -> None:
    whole = np.arange(16).reshape(1, 1, 4, 4)
    for y in (c.max_pool(whole, 2, 1, 1)[0], c.avg_pool(whole, 2, 1, 1)[0]):  # type: ignore[arg-type]
        assert y.dtype == np.float64
    assert_array_equal(c.max_pool(whole, 2, 1, 1)[0], c.max_pool(X, 2, 1, 1)[0])  # type: ignore[arg-type]


def test_nan_is_not_hidden_by_a_maximum() -> None:
    x = np.zeros((1, 1, 2, 2))
    x[0, 0, 1, 0] = np.nan
    assert np.isnan(c.max_pool(x)[0]).all()
