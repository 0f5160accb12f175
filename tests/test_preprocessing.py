"""snippets/preprocessing.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from snippets import preprocessing as pre
from snippets.arrays import Array
from snippets.data import digits, digits_split


def cloud(n: int = 500) -> Array:
    """Three correlated features with different means."""
    z = np.random.default_rng(0).normal(size=(n, 3))
    x: Array = z @ np.array([[3.0, 1.0, 0.0], [0.0, 0.5, 2.0], [0.0, 0.0, 0.1]]) + [10.0, -5.0, 0.0]
    return x


def covariance(x: Array) -> Array:
    centred: Array = x - x.mean(axis=0)
    product: Array = centred.T @ centred / len(x)
    return product


def test_by_hand() -> None:
    train, test = np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[5.0, 8.0]])
    assert pre.fit_centring(train)(test).tolist() == [[3.0, 1.0]]
    assert pre.fit_standardization(train)(test).tolist() == [[3.0, 1.0]]
    assert pre.fit_standardization(2.0 * train)(test).tolist() == [[0.5, -6.0]]
    assert pre.fit_min_max(train)(test).tolist() == [[3.0, 0.0]]
    assert pre.fit_min_max(train, 0.0, 4.0)(test).tolist() == [[8.0, 1.0]]
    assert pre.centre_images(test).tolist() == [[-1.5, 1.5]]


def test_statistics_come_from_the_training_split_only() -> None:
    x = cloud()
    train, test = x[:50], x[50:]
    y = pre.fit_standardization(train)(test)
    assert_allclose(y, (test - train.mean(axis=0)) / train.std(axis=0), rtol=1e-12)
    assert np.abs(y.mean(axis=0)).min() > 1e-3


def test_standardization_gives_mean_zero_and_variance_one() -> None:
    y = pre.fit_standardization(cloud())(cloud())
    assert_allclose(y.mean(axis=0), 0.0, atol=1e-13)
    assert_allclose(y.std(axis=0), 1.0, rtol=1e-13)


def test_standardization_survives_a_large_offset_and_tiny_scales() -> None:
    x = np.array([[1e8 + 1.0, 1e-200], [1e8 - 1.0, 3e-200]])
    assert_allclose(pre.fit_standardization(x)(x)[:, 0], [1.0, -1.0], rtol=1e-7)
    assert np.isfinite(pre.fit_standardization(x)(x)).all()


def test_constant_pixels_of_the_digits_stay_finite() -> None:
    (x, _), (held_out, _), _ = digits_split(0)
    for fit in (pre.fit_standardization, pre.fit_min_max, pre.fit_pca_whitening, pre.fit_zca_whitening):
        transform: Any = fit(x)
        assert np.isfinite(transform(held_out)).all()
    assert not pre.fit_standardization(x)(x)[:, [0, 32, 39]].any()
    assert (pre.fit_min_max(x)(x)[:, [0, 32, 39]] == -1.0).all()


def test_a_constant_that_the_mean_cannot_hit_exactly_is_not_blown_up() -> None:
    x = np.full((7, 1), 0.1)
    assert x.std() > 0.0  # rounding of the mean
    assert np.abs(pre.fit_standardization(x)(x)).max() < 1e-15
    beside = np.concatenate([x, np.arange(7.0)[:, np.newaxis]], axis=1)
    assert np.abs(pre.fit_standardization(beside)(beside)[:, 0]).max() < 1e-15


def test_min_max_maps_the_training_data_onto_the_interval() -> None:
    x = cloud()
    y = pre.fit_min_max(x)(x)
    assert_allclose(y.min(axis=0), -1.0, rtol=1e-14)
    assert_allclose(y.max(axis=0), 1.0, rtol=1e-14)
    y = pre.fit_min_max(x, 2.0, 5.0)(x)
    assert_allclose((y.min(axis=0), y.max(axis=0)), ([2.0] * 3, [5.0] * 3), rtol=1e-14)


def test_channels_share_one_mean_and_one_std_over_images_and_pixels() -> None:
    x = np.random.default_rng(0).normal(size=(6, 3, 4, 5)) * [[[1.0]], [[2.0]], [[5.0]]] + 7.0
    transform = pre.fit_channel_standardization(x)
    y = transform(x)
    assert_allclose(y.mean(axis=(0, 2, 3)), 0.0, atol=1e-13)
    assert_allclose(y.std(axis=(0, 2, 3)), 1.0, rtol=1e-13)
    assert transform(x[:, :, :2, :3]).shape == (6, 3, 2, 3)
    assert_allclose(transform.inverse(y), x, rtol=1e-13)
    assert np.abs(y.mean(axis=0)).max() > 0.01


def test_centre_images_takes_each_images_own_mean() -> None:
    x = np.random.default_rng(0).normal(3.0, 1.0, (4, 2, 3, 3))
    x.flags.writeable = False
    y = pre.centre_images(x)
    assert_allclose(y.mean(axis=(1, 2, 3)), 0.0, atol=1e-15)
    assert_allclose(x - y, np.broadcast_to(x.mean(axis=(1, 2, 3))[:, None, None, None], x.shape), rtol=1e-14)
    whole: Any = np.array([[1, 2]])
    assert pre.centre_images(whole).tolist() == [[-0.5, 0.5]]
    assert pre.centre_images(x.astype(np.float32)).dtype == np.float32
    assert_array_equal(pre.centre_images(np.array([1.0, 2.0])), [0.0, 0.0])


@pytest.mark.parametrize("fit", [pre.fit_centring, pre.fit_standardization, pre.fit_min_max])
def test_affine_inverse_gives_the_data_back(fit: Any) -> None:
    transform = fit(cloud(50))
    assert isinstance(transform, pre.Affine)
    assert_allclose(transform.inverse(transform(cloud())), cloud(), rtol=1e-12)


def test_principal_directions_are_the_eigenvectors_of_the_covariance() -> None:
    x = cloud()
    mean, v, variances = pre.principal_directions(x)
    assert_allclose(mean, x.mean(axis=0))
    assert_allclose(v.T @ v, np.eye(3), atol=1e-13)
    assert_allclose(covariance(x) @ v, v * variances, atol=1e-11)
    assert_allclose(variances, np.linalg.eigvalsh(covariance(x))[::-1], rtol=1e-10)
    assert (v[np.abs(v).argmax(axis=0), range(3)] > 0.0).all()


def test_the_singular_values_are_not_the_eigenvalues() -> None:
    x = cloud()
    s = np.linalg.svd(x - x.mean(axis=0), compute_uv=False)
    assert_allclose(pre.principal_directions(x)[2], s**2 / len(x), rtol=1e-12)


def test_pca_decorrelates_and_keeps_the_directions_of_largest_variance() -> None:
    x = cloud()
    transform = pre.fit_pca(x, 2)
    assert isinstance(transform, pre.Linear)
    y = transform(x)
    assert y.shape == (500, 2)
    assert_allclose(covariance(y), np.diag(transform.variances), atol=1e-12)
    assert transform.variances[0] > transform.variances[1] > 0.0
    lost = ((x - transform.inverse(y)) ** 2).sum() / len(x)
    assert lost == pytest.approx(pre.principal_directions(x)[2][2], rel=1e-9)
    assert_allclose(pre.fit_pca(x, 3).inverse(pre.fit_pca(x, 3)(x)), x, rtol=1e-12, atol=1e-12)


def test_whitening_gives_the_unit_covariance() -> None:
    x = cloud()
    for fit in (pre.fit_pca_whitening, pre.fit_zca_whitening):
        transform = fit(x, eps=1e-14)
        assert_array_equal(transform.variances, pre.principal_directions(x)[2])
        assert_allclose(covariance(transform(x)), np.eye(3), atol=1e-9)
        assert_allclose(transform.inverse(transform(x)), x, rtol=1e-9, atol=1e-9)
        damped = np.diag(covariance(fit(x)(x) @ (np.eye(3) if fit is pre.fit_pca_whitening else directions(x))))
        variances = pre.principal_directions(x)[2]
        assert_allclose(damped, variances / (variances + 1e-5), rtol=1e-10)


def directions(x: Array) -> Array:
    return pre.principal_directions(x)[1]


def test_zca_turns_the_whitened_data_back() -> None:
    x = cloud()
    assert_allclose(pre.fit_zca_whitening(x)(x), pre.fit_pca_whitening(x)(x) @ directions(x).T, rtol=1e-10, atol=1e-12)
    w = pre.fit_zca_whitening(x).w
    assert_allclose(w, w.T, atol=1e-12)
    (train, _), _, _ = digits_split(0)
    white = pre.fit_zca_whitening(train, eps=0.01)(train)
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(white[:50], (train - train.mean(axis=0))[:50], strict=True)]
    assert min(correlation) > 0.5  # digits stay digits


def test_fewer_examples_than_features() -> None:
    x = digits()[0][:20]
    mean, v, variances = pre.principal_directions(x)
    assert (mean.shape, v.shape, variances.shape) == ((64,), (64, 20), (20,))
    assert pre.fit_pca_whitening(x)(x).shape == (20, 20)
    assert pre.fit_zca_whitening(x)(x).shape == (20, 64)


@settings(max_examples=30, derandomize=True, deadline=None)
@given(x=hnp.arrays(np.float64, (5, 2), elements=st.floats(-1e6, 1e6)))
def test_a_transform_of_any_finite_data_is_finite_and_bounded(x: Array) -> None:
    assert np.abs(pre.fit_standardization(x)(x)).max() <= 2.0 + 1e-6  # √(N - 1)
    assert np.abs(pre.fit_min_max(x)(x)).max() <= 1.0 + 1e-6
    assert np.isfinite(pre.fit_zca_whitening(x)(x)).all()


def test_fits_keep_single_precision_whatever_float_their_settings_are() -> None:
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    for fitted in (
        pre.fit_min_max(x, np.float64(0.0), np.float64(1.0)),
        pre.fit_pca_whitening(x, np.float64(1e-5)),
        pre.fit_zca_whitening(x, np.float64(1e-5)),
    ):
        assert fitted(x).dtype == np.float32
