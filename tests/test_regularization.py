"""Dropout, penalties, max-norm and early stopping by hand; the properties of operations are in test_properties.py."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from snippets import regularization as r
from snippets.gradcheck import check_loss


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---------------------------------------------------------------- dropout


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_mean_and_multiplies_the_second_moment(p: float) -> None:
    """E[y] = E[x], E[y²] = E[x²] / (1 - p): not the distribution is kept, only its mean."""
    x = rng().normal(1.0, 1.0, 400_000)
    y, _ = r.dropout(x, p, rng(1))
    assert (y == 0.0).mean() == pytest.approx(p, abs=0.004)
    assert y.mean() == pytest.approx(x.mean(), abs=4 * np.sqrt(2 / (1 - p) / x.size))
    assert (y**2).mean() == pytest.approx((x**2).mean() / (1 - p), rel=0.02)
    assert_allclose(y[y != 0.0], x[y != 0.0] / (1 - p), rtol=1e-14)


def test_the_gradient_goes_the_way_of_the_numbers() -> None:
    x = rng().normal(size=(50, 20))
    y, backward = r.dropout(x, 0.3, rng(1))
    (dx,) = backward(np.ones((50, 20)))
    assert_allclose(dx, y / x, rtol=1e-14)
    assert 0.2 < (dx == 0.0).mean() < 0.4


def test_dropout_in_evaluation_and_of_nothing_changes_nothing() -> None:
    x, dy = rng().normal(size=(5, 4)), rng(1).normal(size=(5, 4))
    for p, generator in ((0.9, None), (0.0, rng())):
        y, backward = r.dropout(x, p, generator)
        assert_array_equal(y, x)
        assert_array_equal(backward(dy)[0], dy)


def test_every_call_draws_anew_from_the_generator_and_the_same_seed_the_same() -> None:
    x, generator = np.ones((20, 20)), rng()
    first, second, again = (r.dropout(x, 0.5, g)[0] for g in (generator, generator, rng()))
    assert (first != second).any()
    assert_array_equal(first, again)


def test_dropout_takes_any_shape() -> None:
    for shape in ((), (0,), (2, 3, 4, 5)):
        y, backward = r.dropout(np.ones(shape), 0.5, rng())
        assert np.shape(y) == np.shape(backward(y)[0]) == shape


# ---------------------------------------------------------------- stochastic depth


def test_stochastic_depth_drops_or_keeps_whole_examples_and_keeps_the_mean() -> None:
    x = rng().normal(1.0, 1.0, (20_000, 2, 3))
    y, backward = r.stochastic_depth(x, 0.25, rng(1))
    factor = y / x
    assert set(np.unique(factor.round(12))) == {0.0, round(1 / 0.75, 12)}
    assert_allclose(factor, np.broadcast_to(factor[:, :1, :1], x.shape), rtol=1e-12)
    assert factor.mean() == pytest.approx(1.0, abs=0.02)
    assert_allclose(backward(np.ones_like(x))[0], factor, rtol=1e-12)


def test_stochastic_depth_in_evaluation_changes_nothing() -> None:
    x = rng().normal(size=(5, 4))
    y, backward = r.stochastic_depth(x, 0.9, None)
    assert_array_equal(y, x)
    assert_array_equal(backward(x)[0], x)


# ---------------------------------------------------------------- penalties


def test_penalties_by_hand() -> None:
    w = np.array([[3.0, -4.0, 0.0]])
    value, gradient = r.l1(w, 0.5)
    assert value == 3.5
    assert_array_equal(gradient, [[0.5, -0.5, 0.0]])
    value, gradient = r.l2(w, 0.5)
    assert value == 6.25
    assert_array_equal(gradient, [[1.5, -2.0, 0.0]])
    value, gradient = r.elastic_net(w, 0.5, 0.25)
    assert value == 3.5 + 3.125
    assert_array_equal(gradient, [[1.25, -1.5, 0.0]])


def test_penalties_have_the_gradient_that_central_differences_measure() -> None:
    w = rng().choice([-1.0, 1.0], (3, 4)) * rng(1).uniform(0.1, 2.0, (3, 4))
    assert check_loss(lambda x: r.l1(x, 0.3), w) < 1e-9
    assert check_loss(lambda x: r.l2(x, 0.3), w) < 1e-9
    assert check_loss(lambda x: r.elastic_net(x, 0.3, 0.7), w) < 1e-9


def test_elastic_net_has_both_as_its_ends() -> None:
    w = rng().normal(size=(3, 4))
    for whole, part in ((r.elastic_net(w, 0.3, 0.0), r.l1(w, 0.3)), (r.elastic_net(w, 0.0, 0.3), r.l2(w, 0.3))):
        assert whole[0] == part[0]
        assert_array_equal(whole[1], part[1])


def test_penalties_keep_dtype_and_take_whole_numbers() -> None:
    for penalty in (r.l1, r.l2):
        assert penalty(np.ones(3, np.float32), 0.5)[1].dtype == np.float32
        value, gradient = penalty(np.array([2, -1]), 1.0)
        assert value == {r.l1: 3.0, r.l2: 2.5}[penalty]
        assert gradient.dtype == np.float64
        assert penalty(np.zeros((0, 2)), 1.0)[0] == 0.0


def test_l1_makes_weights_zero_and_l2_makes_them_small() -> None:
    """Descent on (w - t)² / 2 plus a penalty of strength 1: soft thresholding against shrinking."""
    t = np.array([3.0, 0.5, -0.2])
    sparse, small = t.copy(), t.copy()
    for _ in range(4000):
        sparse -= 0.01 * (sparse - t + r.l1(sparse, 1.0)[1])
        small -= 0.01 * (small - t + r.l2(small, 1.0)[1])
    assert_allclose(sparse, [2.0, 0.0, 0.0], atol=0.02)
    assert_allclose(small, t / 2, rtol=1e-9)


def test_soft_threshold_is_the_minimum_that_it_promises() -> None:
    v = np.linspace(-3.0, 3.0, 60_001)
    for w, amount in ((2.0, 0.5), (-1.5, 1.0), (0.3, 0.4), (-0.2, 0.0)):
        best = v[(0.5 * (v - w) ** 2 + amount * np.abs(v)).argmin()]
        assert r.soft_threshold(np.array(w), amount) == pytest.approx(best, abs=1e-4)


def test_soft_threshold_makes_true_zeros_and_keeps_dtype() -> None:
    w = np.array([3.0, -0.5, 0.5, -2.0, 0.0], np.float32)
    assert_array_equal(r.soft_threshold(w, 0.5), [2.5, 0.0, 0.0, -1.5, 0.0])
    assert r.soft_threshold(w, 0.5).dtype == np.float32
    assert_array_equal(r.soft_threshold(np.array([2, -1]), 1.0), [1.0, 0.0])


# ---------------------------------------------------------------- max-norm


def test_max_norm_cuts_the_units_that_are_too_long() -> None:
    w = np.array([[3.0, 0.3], [4.0, 0.4]])
    assert_allclose(r.max_norm(w, 2.5), [[1.5, 0.3], [2.0, 0.4]], rtol=1e-15)
    assert_array_equal(r.max_norm(w, 5.0), w)
    assert_array_equal(w, [[3.0, 0.3], [4.0, 0.4]])


def test_max_norm_of_filters_is_that_of_each_filter() -> None:
    w = rng().normal(size=(5, 3, 2, 2))
    cut = r.max_norm(w, 2.0)
    before, after = (np.sqrt((a.reshape(5, -1) ** 2).sum(axis=1)) for a in (w, cut))
    assert_allclose(after, np.minimum(before, 2.0), rtol=1e-14)
    assert (before > 2.0).any()


def test_max_norm_leaves_zeros_and_dtype_alone() -> None:
    assert_array_equal(r.max_norm(np.zeros((3, 2)), 1.0), np.zeros((3, 2)))
    assert r.max_norm(np.ones((3, 2), np.float32), 1.0).dtype == np.float32
    assert r.max_norm(np.ones((0, 2)), 1.0).shape == (0, 2)


def test_max_norm_brings_back_weights_whose_squares_are_no_floats() -> None:
    """Lengths from 5e-160 to beyond the largest float; what is short enough stays as it is, to the last bit."""
    unit = np.array([3.0, 4.0, 0.0, 0.0])
    w = np.stack([1e-160 * unit, 10.0 * unit, 1e200 * unit, np.array([1e308, -1e308, 1e308, 1e308])], axis=1)
    cut = r.max_norm(w, 10.0)
    assert_array_equal(cut[:, 0], w[:, 0])
    assert_allclose(cut[:, 1:].T, np.stack([2.0 * unit, 2.0 * unit, np.array([5.0, -5.0, 5.0, 5.0])]), rtol=1e-14)
    assert_allclose(r.max_norm(np.full((4, 1), 1e30, np.float32), 1.0), np.full((4, 1), 0.5), rtol=1e-6)
    assert_allclose(r.max_norm(np.array([[1e308], [1e308]]), 1e308), np.full((2, 1), 1e308 / np.sqrt(2)), rtol=1e-14)


# ---------------------------------------------------------------- early stopping


def test_early_stopping_waits_for_more_than_its_patience() -> None:
    losses = [1.0, 0.8, 0.9, 0.85, 0.95]
    for patience, needed in ((0, 3), (1, 4), (2, 5), (3, 6)):
        stop = r.EarlyStopping(patience)
        assert [stop(losses[:n]) for n in range(6)] == [n >= needed for n in range(6)]
        assert stop.best(losses) == 1


def test_a_better_loss_starts_the_wait_again() -> None:
    stop = r.EarlyStopping(patience=1)
    assert not stop([1.0, 1.1, 0.9, 1.0])
    assert stop([1.0, 1.1, 0.9, 1.0, 0.95])


def test_better_means_by_more_than_min_delta() -> None:
    losses = [1.0, 0.95, 0.9, 0.8]
    assert r.EarlyStopping(0, 0.0).best(losses) == 3
    assert r.EarlyStopping(0, 0.1).best(losses) == 3
    assert r.EarlyStopping(0, 0.1).best(losses[:3]) == 0
    assert r.EarlyStopping(0, 0.3).best(losses) == 0


def test_nan_is_never_better_and_without_any_number_the_wait_is_from_the_start() -> None:
    stop = r.EarlyStopping(patience=1)
    assert stop.best([]) == -1
    assert stop.best([np.nan, 1.0, np.nan]) == 1
    assert [stop([np.nan] * n) for n in range(4)] == [False, False, True, True]


def test_max_norm_keeps_single_precision_whatever_float_its_limit_is() -> None:
    assert r.max_norm(np.ones((3, 2), np.float32), np.float64(0.5)).dtype == np.float32
