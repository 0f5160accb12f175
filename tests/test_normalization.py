"""The norms by hand, their statistics, the way they differ; what holds for every operation is in test_properties.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from snippets import normalization as n
from snippets.arrays import Array

ONE: Array = np.ones(4)
ZERO: Array = np.zeros(4)
EPS = 1e-12  # so small that variances of 1e-6 are 1 afterwards


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def images(scale: float = 1.0, offset: float = 0.0) -> Array:
    return offset + scale * rng().normal(size=(6, 4, 3, 5))


def batch(x: Array) -> Array:
    return n.batch_norm(x, ONE, ZERO, EPS)[0]


def layer(x: Array) -> Array:
    return n.layer_norm(x.reshape(-1, 4), ONE, ZERO, EPS)[0].reshape(x.shape)


def groups(x: Array) -> Array:
    return n.group_norm(x, ONE, ZERO, 2, EPS)[0]


def instance(x: Array) -> Array:
    return n.instance_norm(x, ONE, ZERO, EPS)[0]


NORMS = [batch, layer, groups, instance]
over_norms = pytest.mark.parametrize("norm", NORMS)


def test_epsilon_is_1e_5_unless_said_otherwise() -> None:
    """±0.001 has the variance 1e-6, and 0.001 / √(1e-6 + 1e-5) is 0.3015."""
    x = np.tile([[1e-3, -1e-3], [-1e-3, 1e-3]], (1, 2))
    one, zero = np.ones(4), np.zeros(4)
    images = np.stack([x, -x]).reshape(1, 4, 2, 2)
    normed = [n.normalize(x, (0,))[0], n.batch_norm(x, one, zero)[0], n.layer_norm(x, one, zero)[0]]
    normed += [n.group_norm(x, one, zero, 2)[0], n.instance_norm(images, one, zero)[0], n.rms_norm(x, one)[0]]
    normed.append(n.batch_norm_inference(x, one, zero, zero, np.full(4, 1e-6))[0])
    for y in normed:
        assert_allclose(np.abs(y), 1e-3 / np.sqrt(1.1e-5), rtol=1e-9)


def test_normalize_by_hand() -> None:
    """1, 3 and 5 have mean 3 and variance 8/3; with ε = 1/3 the divisor is √3."""
    x_hat, backward = n.normalize(np.array([[1.0], [3.0], [5.0]]), (0,), 1 / 3)
    assert_allclose(x_hat[:, 0], np.array([-2.0, 0.0, 2.0]) / np.sqrt(3.0), rtol=1e-15)
    (dx,) = backward(np.array([[1.0], [0.0], [0.0]]))
    assert_allclose(dx[:, 0], np.array([1 - 1 / 3 - 4 / 9, -1 / 3, -1 / 3 + 4 / 9]) / np.sqrt(3.0), rtol=1e-14)


def test_batch_norm_is_the_z_score_of_every_feature() -> None:
    x, gamma, beta = rng().normal(3.0, 2.0, (20, 4)), rng(1).normal(size=4), rng(2).normal(size=4)
    y, _ = n.batch_norm(x, gamma, beta, 1e-300)
    assert_allclose(y, gamma * stats.zscore(x) + beta, rtol=1e-10, atol=1e-12)


def test_each_norm_has_mean_0_and_variance_1_over_its_own_axes() -> None:
    x = images(2.0, 5.0)
    for y, axes in ((batch(x), (0, 2, 3)), (instance(x), (2, 3))):
        assert_allclose(y.mean(axis=axes), 0.0, atol=1e-13)
        assert_allclose(y.var(axis=axes), 1.0, rtol=1e-9)
    grouped = groups(x).reshape(6, 2, -1)
    assert_allclose(grouped.mean(axis=2), 0.0, atol=1e-13)
    assert_allclose(grouped.var(axis=2), 1.0, rtol=1e-9)
    rows = n.layer_norm(x, np.ones(5), np.zeros(5), EPS)[0]
    assert_allclose(rows.mean(axis=-1), 0.0, atol=1e-13)
    assert_allclose(rows.var(axis=-1), 1.0, rtol=1e-9)


def test_the_axes_are_what_the_norms_differ_in() -> None:
    x, flat = images(), rng().normal(size=(6, 4))
    assert_allclose(batch(x), n.normalize(x, (0, 2, 3), EPS)[0], rtol=1e-13)
    assert_allclose(instance(x), n.normalize(x, (2, 3), EPS)[0], rtol=1e-11)
    assert_allclose(n.group_norm(x, ONE, ZERO, 1, EPS)[0], n.normalize(x, (1, 2, 3), EPS)[0], rtol=1e-11)
    assert_allclose(n.group_norm(x, ONE, ZERO, 4, EPS)[0], instance(x), rtol=1e-13)
    assert_allclose(n.group_norm(flat, ONE, ZERO, 1, EPS)[0], layer(flat), rtol=1e-12)
    assert_allclose(layer(flat), n.normalize(flat, (1,), EPS)[0], rtol=1e-13)


def test_gamma_is_the_scale_and_beta_the_shift() -> None:
    x, gamma, beta = images(), np.array([1.0, -2.0, 0.0, 3.0]), np.array([0.0, 1.0, 5.0, -1.0])
    wide = (slice(None), None, None)
    for y, plain in (
        (n.batch_norm(x, gamma, beta, EPS)[0], batch(x)),
        (n.instance_norm(x, gamma, beta, EPS)[0], instance(x)),
        (n.group_norm(x, gamma, beta, 2, EPS)[0], groups(x)),
    ):
        assert_allclose(y, gamma[wide] * plain + beta[wide], rtol=1e-13)
    flat = rng().normal(size=(6, 4))
    assert_allclose(n.layer_norm(flat, gamma, beta, EPS)[0], gamma * layer(flat) + beta, rtol=1e-13)
    assert_allclose(n.rms_norm(flat, gamma)[0], gamma * n.rms_norm(flat, ONE)[0], rtol=1e-13)


@over_norms
def test_scale_and_offset_of_the_input_change_nothing(norm: Callable[[Array], Array]) -> None:
    for scale, offset in ((1.0, 7.0), (100.0, -3.0), (1e4, 1e4)):
        assert_allclose(norm(images(scale, offset)), norm(images()), atol=1e-6)


@over_norms
def test_an_offset_of_1e8_leaves_eight_digits_where_the_mean_of_squares_leaves_none(
    norm: Callable[[Array], Array],
) -> None:
    """E[x²] - E[x]² is off by a multiple of the variance there."""
    x = np.round(images() * 1024.0) / 1024.0  # so that x + 1e8 is exact
    assert_allclose(norm(x + 1e8), norm(x), atol=2e-7)
    far = x + 1e8
    naive: Array = (far**2).mean() - far.mean() ** 2
    assert abs(naive - x.var()) > 0.5


@over_norms
def test_what_does_not_vary_becomes_zero_and_stays_finite(norm: Callable[[Array], Array]) -> None:
    for value in (0.0, 0.1, -1e4, 1e8):
        assert np.abs(norm(np.full((6, 4, 3, 5), value))).max() <= 1e-4


@over_norms
def test_large_numbers_are_no_trouble(norm: Callable[[Array], Array]) -> None:
    assert_allclose(norm(images(1e150)), norm(images(1e3)), rtol=1e-8, atol=1e-9)
    assert np.abs(norm(images(1e-150))).max() < 1e-100


def test_gradients_of_norms_do_not_see_scale_and_offset_directions() -> None:
    """What a norm removes gets no gradient: dx sums to 0 and, but for ε, is orthogonal to x̂."""
    x, dy = images(), rng(3).normal(size=(6, 4, 3, 5))
    dx, dgamma, dbeta = n.batch_norm(x, ONE, ZERO, EPS)[1](dy)
    assert_allclose(dx.sum(axis=(0, 2, 3)), 0.0, atol=1e-12)
    assert_allclose((dx * batch(x)).sum(axis=(0, 2, 3)), 0.0, atol=1e-10)
    assert_allclose(dbeta, dy.sum(axis=(0, 2, 3)), rtol=1e-13)
    assert_allclose(dgamma, (dy * batch(x)).sum(axis=(0, 2, 3)), rtol=1e-12)


@pytest.mark.parametrize("shape", [(8, 4), (5, 4, 3, 2)])
def test_running_statistics_over_20_batches(shape: tuple[int, ...]) -> None:
    """m ← 0.9 m + 0.1 μ and the same for the unbiased variance, written out as sums."""
    axes = (0, 2, 3)[: len(shape) - 1]
    batches = [rng(i).normal(1.0 + i, 2.0, shape) for i in range(20)]
    mean, var = ZERO, ONE
    for x in batches:
        mean, var = n.running_statistics(x, mean, var)
    weights = [0.1 * 0.9 ** (19 - i) for i in range(20)]
    expected = sum(w * x.mean(axis=axes) for w, x in zip(weights, batches, strict=True))
    assert_allclose(mean, expected, rtol=1e-13)
    unbiased = sum(w * x.var(axis=axes, ddof=1) for w, x in zip(weights, batches, strict=True))
    assert_allclose(var, 0.9**20 + unbiased, rtol=1e-13)


def test_running_statistics_with_the_whole_weight_on_the_new() -> None:
    x = rng().normal(size=(2, 4))
    mean, var = n.running_statistics(x, ZERO, ONE, 1.0)
    assert_allclose(mean, x.mean(axis=0), rtol=1e-14)
    assert_allclose(var, (x[0] - x[1]) ** 2 / 2, rtol=1e-12)
    assert_array_equal(ZERO, np.zeros(4))


def test_inference_with_the_statistics_of_the_batch_is_training() -> None:
    x, gamma, beta = images(2.0, 1.0), rng(1).normal(size=4), rng(2).normal(size=4)
    mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    y, _ = n.batch_norm_inference(x, gamma, beta, mean, var)
    assert_allclose(y, n.batch_norm(x, gamma, beta)[0], rtol=1e-11, atol=1e-13)


def test_inference_by_hand() -> None:
    y, _ = n.batch_norm_inference(np.array([[7.0]]), np.array([3.0]), np.array([-1.0]), np.ones(1), np.ones(1) * 3, 1.0)
    assert_array_equal(y, [[8.0]])


def test_inference_takes_one_example_and_none() -> None:
    x = rng().normal(size=(5, 4))
    for part in (x[:1], x[:0]):
        y, backward = n.batch_norm_inference(part, ONE, ZERO, ZERO, ONE)
        dx, dgamma, dbeta = backward(y)
        assert (y.shape, dx.shape, dgamma.shape, dbeta.shape) == (part.shape, part.shape, (4,), (4,))


def test_rms_norm_by_hand() -> None:
    y, _ = n.rms_norm(np.array([[3.0, 4.0]]), np.array([1.0, 2.0]), 12.5)
    assert_allclose(y, [[0.6, 1.6]], rtol=1e-15)


def test_rms_norm_keeps_the_mean_that_layer_norm_takes_out() -> None:
    x = 5.0 + rng().normal(size=(6, 4))
    y, _ = n.rms_norm(x, ONE)
    assert_allclose((y**2).mean(axis=-1), 1.0, rtol=1e-5)
    assert y.mean() > 0.9
    centred = x - x.mean(axis=-1, keepdims=True)
    assert_allclose(n.rms_norm(centred, ONE)[0], n.layer_norm(x, ONE, ZERO)[0], rtol=1e-12)
    assert_array_equal(n.rms_norm(np.zeros((2, 4)), ONE)[0], np.zeros((2, 4)))


def test_one_image_is_enough_for_batch_norm_where_it_has_pixels() -> None:
    x = images()[:1]
    assert_allclose(batch(x), instance(x), rtol=1e-12)


def test_norms_keep_single_precision_whatever_float_their_settings_are() -> None:
    x, c = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32), np.ones(6, np.float32)
    eps, images = np.float64(1e-5), np.random.default_rng(0).normal(size=(2, 6, 3, 3)).astype(np.float32)
    for y, _ in (
        n.normalize(x, (0,), eps),
        n.batch_norm(x, c, c, eps),
        n.batch_norm_inference(x, c, c, c, c, eps),
        n.layer_norm(x, c, c, eps),
        n.group_norm(x, c, c, 2, eps),
        n.instance_norm(images, c, c, eps),
        n.rms_norm(x, c, eps),
    ):
        assert y.dtype == np.float32
    assert [a.dtype for a in n.running_statistics(x, c, c, np.float64(0.1))] == [np.float32] * 2
