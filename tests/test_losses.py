"""The numbers of the losses by hand and at the extremes; what holds for every loss is in test_properties.py."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

from snippets import losses
from snippets.activations import log_softmax, softmax
from snippets.arrays import Array
from snippets.gradcheck import check_loss


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---------------------------------------------------------------- numbers


def test_defaults_are_those_of_the_conventions() -> None:
    z, y, t = rng().normal(size=(3, 4)), np.array([0, 2, 3]), np.eye(4)[[0, 2, 3]]
    cases: list[tuple[Callable[..., Any], Any, dict[str, Any]]] = [
        (losses.huber, t, {"delta": 1.0}),
        (losses.smooth_l1, t, {"beta": 1.0}),
        (losses.binary_focal, t, {"gamma": 2.0, "alpha": None}),
        (losses.focal, y, {"gamma": 2.0, "alpha": None}),
        (losses.smoothed_cross_entropy, y, {"smoothing": 0.1}),
        (losses.confidence_penalty, y, {"strength": 0.1}),
        (losses.weston_watkins, y, {"margin": 1.0}),
        (losses.crammer_singer, y, {"margin": 1.0}),
    ]
    for loss, target, options in cases:
        assert loss(3.0 * z, target)[0] == loss(3.0 * z, target, **options)[0]


def test_the_losses_of_numbers_by_hand() -> None:
    """Residuals 3, -1 and 0."""
    prediction, target = np.array([4.0, 1.0, 2.0]), np.array([1.0, 2.0, 2.0])
    for loss, value, gradient in (
        (losses.mse, 10.0, [6.0, -2.0, 0.0]),
        (losses.mae, 4.0, [1.0, -1.0, 0.0]),
        (losses.huber, 2.5 + 0.5, [1.0, -1.0, 0.0]),
        (losses.log_cosh, math.log(math.cosh(3)) + math.log(math.cosh(1)), [math.tanh(3), -math.tanh(1), 0.0]),
    ):
        total, slope = loss(prediction, target, reduction="sum")
        assert total == pytest.approx(value, rel=1e-15)
        assert_allclose(slope, gradient, rtol=1e-15)
        mean, slope = loss(prediction, target)
        assert mean == pytest.approx(value / 3, rel=1e-15)
        assert_allclose(slope, np.array(gradient) / 3, rtol=1e-15)


def test_huber_is_scipys() -> None:
    residual = np.linspace(-5, 5, 101)
    for delta in (0.3, 1.0, 2.5):
        for r in residual:
            value, _ = losses.huber(np.array([r]), np.zeros(1), delta)
            assert value == pytest.approx(special.huber(delta, r), rel=1e-14, abs=1e-300)


def test_smooth_l1_is_huber_divided_by_beta() -> None:
    """At a residual of 3 with 2: 4 and 2."""
    assert losses.huber(np.array([3.0]), np.zeros(1), 2.0)[0] == 4.0
    assert losses.smooth_l1(np.array([3.0]), np.zeros(1), 2.0)[0] == 2.0
    assert_array_equal(losses.smooth_l1(np.array([3.0, 1.0]), np.zeros(2), 2.0, "sum")[1], [1.0, 0.5])


def test_huber_tends_to_mse_and_mae() -> None:
    y, t = rng().normal(size=50), rng(1).normal(size=50)
    assert losses.huber(y, t, 1e6)[0] == pytest.approx(0.5 * losses.mse(y, t)[0], rel=1e-14)
    assert losses.smooth_l1(y, t, 1e-9)[0] == pytest.approx(losses.mae(y, t)[0], rel=1e-8)


def test_log_cosh_keeps_its_digits_near_zero_and_does_not_overflow_far_away() -> None:
    def value(r: float) -> float:
        return losses.log_cosh(np.array([r]), np.zeros(1))[0]

    for r in (1e-150, 1e-8, 1e-3):
        assert value(r) == pytest.approx(r**2 / 2 - r**4 / 12, rel=1e-12)
    for r in (0.5, 3.0, 19.999, 20.001, 35.0):
        assert value(r) == pytest.approx(r + math.log1p(math.exp(-2 * r)) - math.log(2), rel=1e-14)
    for r in (-1e4, 1e154, -1e308):
        assert value(r) == pytest.approx(abs(r) - math.log(2), rel=1e-15)


@pytest.mark.parametrize("loss", [losses.mae, losses.huber, losses.smooth_l1])
def test_outliers_pull_with_a_bounded_force_unless_squared(loss: Callable[..., tuple[float, Array]]) -> None:
    far, target = np.array([1e4, -1e308]), np.zeros(2)
    assert_array_equal(loss(far, target, reduction="sum")[1], [1.0, -1.0])
    assert losses.mse(far[:1], target[:1])[1] == 2e4


def test_a_single_number_is_enough() -> None:
    for loss in (losses.mse, losses.mae, losses.huber, losses.smooth_l1, losses.log_cosh):
        value, gradient = loss(np.array(2.0), np.array(1.5))
        assert value > 0.0
        assert gradient.shape == ()


def test_single_precision_predictions_decide_the_dtype_of_the_gradient() -> None:
    assert losses.mse(np.ones(3, np.float32), np.zeros(3))[1].dtype == np.float32
    assert losses.bce_with_logits(np.ones(3, np.float32), np.zeros(3))[1].dtype == np.float32
    z, alpha = np.ones((2, 3), np.float32), np.full(3, 0.25)
    assert losses.soft_cross_entropy(z, np.eye(3)[:2])[1].dtype == np.float32
    assert losses.focal(z, np.array([0, 1]), alpha=alpha)[1].dtype == np.float32
    assert losses.weighted_cross_entropy(z, np.array([0, 1]), alpha)[1].dtype == np.float32
    assert losses.smoothed_cross_entropy(z, np.array([0, 1]))[1].dtype == np.float32
    assert losses.kl_divergence(np.log(np.full((2, 3), 1 / 3, np.float32)), np.eye(3)[:2])[1].dtype == np.float32
    assert losses.binary_focal(z, np.ones((2, 3)), alpha=0.3)[1].dtype == np.float32
    assert losses.hinge(z, np.ones((2, 3)))[1].dtype == np.float32


def test_whole_numbers_are_taken_as_floats() -> None:
    numbers: Any = np.array([3, 5])
    value, gradient = losses.mse(numbers, numbers - [2, 0])
    assert value == 2.0
    assert_array_equal(gradient, [2.0, 0.0])
    labels: Any = np.array([1, 0])
    assert losses.bce_with_logits(np.zeros(2), labels)[0] == pytest.approx(math.log(2), rel=1e-15)


# ---------------------------------------------------------------- two classes


def test_bce_by_hand() -> None:
    value, gradient = losses.bce(np.array([0.25, 0.5]), np.array([1.0, 0.0]), "sum")
    assert value == pytest.approx(math.log(4) + math.log(2), rel=1e-15)
    assert_allclose(gradient, [-4.0, 2.0], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_of_the_surely_wrong_costs_100_and_its_gradient_is_finite(dtype: type) -> None:
    value, gradient = losses.bce(np.array([0.0, 1.0], dtype), np.array([1.0, 0.0]))
    assert value == 100.0
    assert_allclose(gradient, [-0.5e12, 0.5e12], rtol=1e-6)
    value, gradient = losses.bce(np.array([0.0, 1.0], dtype), np.array([0.0, 1.0]))
    assert value == 0.0
    assert_array_equal(gradient, [0.0, 0.0])
    assert losses.bce(np.array([1e-44], dtype), np.ones(1))[0] == 100.0


def test_bce_keeps_the_digits_of_small_probabilities() -> None:
    assert losses.bce(np.array([1e-20]), np.zeros(1))[0] == pytest.approx(1e-20, rel=1e-15)
    assert losses.bce(np.array([1e-40]), np.ones(1))[0] == pytest.approx(40 * math.log(10), rel=1e-15)


def test_bce_of_a_sigmoid_is_bce_with_logits() -> None:
    z, t = rng().normal(0.0, 3.0, 100), rng(1).random(100)
    expected, dp = losses.bce(special.expit(z), t, "sum")
    value, dz = losses.bce_with_logits(z, t, "sum")
    assert value == pytest.approx(expected, rel=1e-13)
    assert_allclose(dz, dp * special.expit(z) * special.expit(-z), rtol=1e-12)


def test_bce_with_logits_keeps_every_digit_where_probabilities_have_none() -> None:
    value, gradient = losses.bce_with_logits(np.array([50.0, -700.0]), np.array([1.0, 0.0]), "sum")
    assert value == pytest.approx(math.exp(-50), rel=1e-14)
    assert_allclose(gradient, [-math.exp(-50), math.exp(-700)], rtol=1e-13)
    for size in (1e4, 1e308):
        value, gradient = losses.bce_with_logits(np.array([size]), np.zeros(1))
        assert value == size
        assert_array_equal(gradient, [1.0])
        assert losses.bce_with_logits(np.array([size]), np.ones(1))[0] == 0.0


def test_multi_label_bce_sums_over_the_labels_of_an_example() -> None:
    z, t = rng().normal(size=(4, 3)), rng(1).integers(0, 2, (4, 3)) + 0.0
    value, gradient = losses.multi_label_bce(z, t)
    pair, pair_gradient = losses.bce_with_logits(z, t)
    assert value == pytest.approx(3 * pair, rel=1e-14)
    assert_allclose(gradient, 3 * pair_gradient, rtol=1e-14)
    p = special.expit(z)
    by_hand = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p))
    assert losses.multi_label_bce(z, t, "sum")[0] == pytest.approx(by_hand, rel=1e-13)


def test_hinge_by_hand() -> None:
    scores, labels = np.array([2.0, 0.5, -0.5, 1.0]), np.array([1, 1, 1, -1])
    value, gradient = losses.hinge(scores, labels, "sum")
    assert value == 0.0 + 0.5 + 1.5 + 2.0
    assert_array_equal(gradient, [0.0, -1.0, -1.0, 1.0])
    assert_array_equal(losses.hinge(np.ones(1), np.ones(1))[1], [0.0])


def test_focal_loss_of_0_9_with_gamma_2_is_a_hundredth_of_the_cross_entropy() -> None:
    z = np.array([special.logit(0.9)])
    focal, _ = losses.binary_focal(z, np.ones(1), 2.0)
    assert losses.bce_with_logits(z, np.ones(1))[0] / focal == pytest.approx(100.0, rel=1e-12)
    rows = np.array([[z[0], 0.0]])
    focal, _ = losses.focal(rows, np.array([0]), 2.0)
    assert losses.softmax_cross_entropy(rows, np.array([0]))[0] / focal == pytest.approx(100.0, rel=1e-12)


def test_binary_focal_by_hand() -> None:
    """p = 0.8 with both labels: 0.04 log 1.25 and 0.64 log 5, weighed by 0.25 and 0.75."""
    z = np.full(2, special.logit(0.8))
    value, _ = losses.binary_focal(z, np.array([1, 0]), 2.0, 0.25, "sum")
    assert value == pytest.approx(0.25 * 0.04 * math.log(1.25) + 0.75 * 0.64 * math.log(5), rel=1e-13)


def test_alpha_of_a_quarter_weighs_the_positive_class_down() -> None:
    z = np.zeros(1)
    positive, negative = (losses.binary_focal(z, np.array([t]), 2.0, 0.25)[0] for t in (1, 0))
    assert negative / positive == pytest.approx(3.0, rel=1e-15)


def test_focal_without_gamma_is_the_cross_entropy() -> None:
    z, t = rng().normal(0.0, 5.0, 30), rng(1).integers(0, 2, 30)
    value, gradient = losses.binary_focal(z, t, 0.0)
    plain, plain_gradient = losses.bce_with_logits(z, t + 0.0)
    assert value == pytest.approx(plain, rel=1e-13)
    assert_allclose(gradient, plain_gradient, rtol=1e-13)
    rows, y = z.reshape(10, 3), rng(2).integers(0, 3, 10)
    value, gradient = losses.focal(rows, y, 0.0)
    plain, plain_gradient = losses.softmax_cross_entropy(rows, y)
    assert value == pytest.approx(plain, rel=1e-13)
    assert_allclose(gradient, plain_gradient, rtol=1e-12, atol=1e-15)


def test_focal_of_two_classes_is_binary_focal() -> None:
    z, t = rng().normal(0.0, 3.0, 20), rng(1).integers(0, 2, 20)
    for gamma in (0.5, 1.0, 2.0):
        two, binary = (
            losses.focal(np.stack([np.zeros(20), z], axis=1), t, gamma, np.array([0.7, 0.3])),
            losses.binary_focal(z, t, gamma, 0.3),
        )
        assert two[0] == pytest.approx(binary[0], rel=1e-12)
        assert_allclose(two[1][:, 1], binary[1], rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_at_the_extremes(gamma: float) -> None:
    """Neither 0 · ∞ nor a power of 0 disturbs the sure and right, nor the sure and wrong."""
    for size in (1e4, 1e308):
        value, gradient = losses.binary_focal(np.array([size, -size]), np.array([1, 0]), gamma)
        assert value == 0.0
        assert_array_equal(gradient, [0.0, 0.0])
        value, gradient = losses.binary_focal(np.array([size]), np.array([0]), gamma)
        assert value == size
        assert_array_equal(gradient, [1.0])
        assert losses.focal(np.array([[size, 0.0]]), np.array([0]), gamma)[0] == 0.0
        value, gradient = losses.focal(np.array([[size, 0.0]]), np.array([1]), gamma)
        assert value == size
        assert_array_equal(gradient, [[1.0, -1.0]])


# ---------------------------------------------------------------- many classes


def test_softmax_cross_entropy_of_no_opinion_is_the_log_of_the_number_of_classes() -> None:
    value, gradient = losses.softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 7]))
    assert value == pytest.approx(math.log(10), rel=1e-15)
    assert gradient[0, 3] == pytest.approx(-0.45, rel=1e-14)
    assert gradient[0, 0] == pytest.approx(0.05, rel=1e-14)


def test_softmax_cross_entropy_is_minus_the_log_softmax_at_the_label() -> None:
    z, y = rng().normal(0.0, 5.0, (20, 6)), rng(1).integers(0, 6, 20)
    value, gradient = losses.softmax_cross_entropy(z, y, "sum")
    assert_allclose(value, -log_softmax(z)[np.arange(20), y].sum(), rtol=1e-14)
    assert_allclose(gradient, softmax(z) - np.eye(6)[y], rtol=1e-12, atol=1e-15)


def test_softmax_cross_entropy_at_the_extremes() -> None:
    """Where a softmax followed by a logarithm gives infinity or NaN."""
    for size in (1e4, 1e300):
        value, gradient = losses.softmax_cross_entropy(np.array([[size, -size]]), np.array([1]))
        assert value == pytest.approx(2 * size, rel=1e-15)
        assert_allclose(gradient, [[1.0, -1.0]])
        assert losses.softmax_cross_entropy(np.array([[size, -size]]), np.array([0]))[0] == 0.0
    for size in (1e308, np.inf):
        value, gradient = losses.softmax_cross_entropy(np.array([[size, -size]]), np.array([1]))
        assert value == np.finfo(np.float64).max
        assert_array_equal(gradient, [[1.0, -1.0]])
    tiny, _ = losses.softmax_cross_entropy(np.array([[40.0, 0.0]]), np.array([0]))
    assert 0.0 <= tiny < 1e-16


def test_what_an_untrained_network_loses() -> None:
    """log C for the cross-entropy, C - 1 and 1 for the two hinges: the first thing to check in a run."""
    z, y = np.zeros((5, 10)), np.arange(5)
    uniform = np.full((5, 10), 0.1)
    for value, _ in (
        losses.softmax_cross_entropy(z, y),
        losses.soft_cross_entropy(z, uniform),
        losses.weighted_cross_entropy(z, y, np.arange(1.0, 11.0)),
        losses.smoothed_cross_entropy(z, y, 0.3),
        losses.nll(log_softmax(z), y),
        losses.entropy(z),
    ):
        assert value == pytest.approx(2.302585092994046, rel=1e-14)
    assert losses.weston_watkins(z, y)[0] == 9.0
    assert losses.crammer_singer(z, y)[0] == 1.0
    assert losses.kl_divergence(log_softmax(z), uniform)[0] == pytest.approx(0.0, abs=1e-15)


def test_one_hot_targets_make_soft_cross_entropy_the_usual_one() -> None:
    z, y = rng().normal(0.0, 5.0, (20, 6)), rng(1).integers(0, 6, 20)
    soft, usual = losses.soft_cross_entropy(z, losses.smooth_labels(y, 6)), losses.softmax_cross_entropy(z, y)
    assert soft[0] == pytest.approx(usual[0], rel=1e-14)
    assert_allclose(soft[1], usual[1], rtol=1e-12, atol=1e-15)


def test_soft_cross_entropy_is_least_at_the_targets_where_it_is_their_entropy() -> None:
    t = softmax(rng().normal(size=(5, 4)))
    value, gradient = losses.soft_cross_entropy(np.log(t), t, "sum")
    assert value == pytest.approx(stats.entropy(t, axis=1).sum(), rel=1e-14)
    assert_allclose(gradient, 0.0, atol=1e-15)


def test_weighted_cross_entropy_divides_by_the_weights_of_the_labels() -> None:
    """Losses log 2 and log 4 with weights 1 and 3."""
    z = np.log(np.array([[0.5, 0.5], [0.75, 0.25]]))
    weights = np.array([1.0, 3.0])
    total, _ = losses.weighted_cross_entropy(z, np.array([0, 1]), weights, "sum")
    assert total == pytest.approx(math.log(2) + 3 * math.log(4), rel=1e-14)
    assert losses.weighted_cross_entropy(z, np.array([0, 1]), weights)[0] == pytest.approx(total / 4, rel=1e-14)
    assert losses.weighted_cross_entropy(z, np.array([0, 0]), weights)[0] == pytest.approx(
        losses.softmax_cross_entropy(z, np.array([0, 0]))[0], rel=1e-14
    )
    ignoring = losses.weighted_cross_entropy(z, np.array([0, 1]), np.array([1.0, 0.0]))
    assert ignoring[0] == pytest.approx(math.log(2), rel=1e-14)
    assert_array_equal(ignoring[1][1], [0.0, 0.0])


def test_label_smoothing_of_a_tenth_over_ten_classes_has_a_floor_and_a_best_gap() -> None:
    """0.500288 at logits that differ by log(0.91 / 0.01) = 4.51086, and no logit has to be infinite."""
    t = losses.smooth_labels(np.array([3]), 10, 0.1)
    assert_allclose([t[0, 3], t[0, 0]], [0.91, 0.01], rtol=1e-14)
    assert t.sum() == pytest.approx(1.0, rel=1e-15)
    gap = math.log(t[0, 3] / t[0, 0])
    assert gap == pytest.approx(4.51086, abs=5e-6)
    z = gap * np.eye(10)[3:4]
    value, gradient = losses.smoothed_cross_entropy(z, np.array([3]), 0.1)
    assert value == pytest.approx(0.500288, abs=5e-7)
    assert_allclose(gradient, 0.0, atol=1e-15)
    for other in (gap - 0.1, gap + 0.1, 100.0):
        assert losses.smoothed_cross_entropy(other * np.eye(10)[3:4], np.array([3]), 0.1)[0] > value


def test_smooth_labels_of_none_and_without_smoothing() -> None:
    assert losses.smooth_labels(np.zeros(0, int), 3).shape == (0, 3)
    assert_array_equal(losses.smooth_labels(np.array([2, 0]), 3), [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])


def test_nll_reads_the_label_and_may_be_infinite() -> None:
    log_p = np.array([[-np.inf, 0.0], [-1.0, -2.0]])
    value, gradient = losses.nll(log_p, np.array([1, 1]), "sum")
    assert value == 2.0
    assert_array_equal(gradient, [[0.0, -1.0], [0.0, -1.0]])
    assert losses.nll(log_p, np.array([0, 0]))[0] == np.inf


def test_kl_divergence_is_scipys() -> None:
    q, p = softmax(rng().normal(size=(7, 4))), softmax(rng(1).normal(size=(7, 4)))
    p[0] = [0.0, 0.5, 0.5, 0.0]
    value, gradient = losses.kl_divergence(np.log(q), p, "sum")
    assert value == pytest.approx(special.rel_entr(p, q).sum(), rel=1e-13)
    assert_array_equal(gradient, -p)
    assert losses.kl_divergence(np.log(q), p)[0] == pytest.approx(value / 7, rel=1e-15)


def test_kl_divergence_where_a_probability_is_zero() -> None:
    """0 log 0 is 0, also where both are; a certainty that the prediction excludes costs infinitely much."""
    log_q = np.array([[-np.inf, 0.0]])
    assert losses.kl_divergence(log_q, np.array([[0.0, 1.0]]))[0] == 0.0
    assert losses.kl_divergence(log_q, np.array([[1.0, 0.0]]))[0] == np.inf


def test_cross_entropy_is_entropy_plus_divergence() -> None:
    z, t = rng().normal(size=(6, 5)), softmax(rng(1).normal(size=(6, 5)))
    total = stats.entropy(t, axis=1).mean() + losses.kl_divergence(log_softmax(z), t)[0]
    assert losses.soft_cross_entropy(z, t)[0] == pytest.approx(total, rel=1e-13)


def test_entropy_is_scipys_and_its_gradient_the_central_difference() -> None:
    z = rng().normal(0.0, 3.0, (6, 5))
    assert losses.entropy(z, "sum")[0] == pytest.approx(stats.entropy(softmax(z), axis=1).sum(), rel=1e-13)
    assert losses.entropy(z)[0] == pytest.approx(losses.entropy(z, "sum")[0] / 6, rel=1e-15)
    assert check_loss(losses.entropy, z) < 1e-9
    assert losses.entropy(z.astype(np.float32))[1].dtype == np.float32


@pytest.mark.parametrize("size", [1e4, 1e308])
def test_the_losses_of_logits_at_the_extremes(size: float) -> None:
    z, y = np.array([[size, -size, 0.0]]), np.array([0])
    assert losses.entropy(z)[0] == 0.0
    assert_array_equal(losses.entropy(z)[1], [[0.0, 0.0, 0.0]])
    assert losses.soft_cross_entropy(z, np.eye(3)[:1])[0] == 0.0
    assert losses.weighted_cross_entropy(z, y, np.ones(3))[0] == 0.0
    value, gradient = losses.soft_cross_entropy(z, np.eye(3)[2:])
    assert value == size
    assert_array_equal(gradient, [[1.0, 0.0, -1.0]])


def entropy_after(sign: float) -> float:
    """The entropy of three classes after 2000 steps of descent on sign · H, from a faint opinion."""
    z = np.array([[0.3, 0.0, -0.1]])
    for _ in range(2000):
        z -= 0.5 * sign * losses.entropy(z)[1]
    return losses.entropy(z)[0]


def test_the_entropy_must_be_subtracted_the_other_sign_collapses_the_prediction() -> None:
    assert entropy_after(-1.0) == pytest.approx(math.log(3), rel=1e-6)
    assert entropy_after(+1.0) < 0.003


def test_confidence_penalty_is_cross_entropy_minus_entropy() -> None:
    z, y = rng().normal(size=(6, 5)), rng(1).integers(0, 5, 6)
    value, _ = losses.confidence_penalty(z, y, 0.3, "sum")
    p = softmax(z)
    assert value == pytest.approx(-np.log(p[np.arange(6), y]).sum() - 0.3 * stats.entropy(p, axis=1).sum(), rel=1e-13)
    plain, none = losses.softmax_cross_entropy(z, y), losses.confidence_penalty(z, y, 0.0)
    assert none[0] == plain[0]
    assert_array_equal(none[1], plain[1])


def test_the_two_hinges_of_many_classes_by_hand() -> None:
    """Scores 3.2, 5.1 and -1.7 with class 0 right: 2.9 and -3.9 are missing; the second example has equal rivals."""
    scores, y = np.array([[3.2, 5.1, -1.7], [1.0, 0.5, 0.5]]), np.array([0, 0])
    value, gradient = losses.weston_watkins(scores, y, reduction="sum")
    assert value == pytest.approx(2.9 + 1.0, rel=1e-14)
    assert_array_equal(gradient, [[-1.0, 1.0, 0.0], [-2.0, 1.0, 1.0]])
    value, gradient = losses.crammer_singer(scores, y, reduction="sum")
    assert value == pytest.approx(2.9 + 0.5, rel=1e-14)
    assert_array_equal(gradient, [[-1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])


def test_a_wide_margin_costs_nothing() -> None:
    scores = np.array([[1e4, -1e4, 0.0]])
    for loss in (losses.weston_watkins, losses.crammer_singer):
        value, gradient = loss(scores, np.array([0]))
        assert value == 0.0
        assert_array_equal(gradient, np.zeros((1, 3)))
        assert loss(scores, np.array([0]), 2e4)[0] > 0.0
    value, _ = losses.weston_watkins(np.array([[1.0, 0.0]]), np.array([0]), 1.0)
    assert value == 0.0


def test_the_mean_of_losses_near_the_largest_float_is_a_float_and_their_sum_infinite() -> None:
    prediction, target = np.array([1.5e308, -0.5e308]), np.zeros(2)
    assert losses.mae(prediction, target)[0] == pytest.approx(1e308, rel=1e-15)
    assert losses.mae(prediction, target, "sum")[0] == np.inf
    assert losses.mae(np.array([np.inf, 1.0]), target)[0] == np.inf
    assert losses.mae(np.array([0.9e308, -0.8e308]), target, "sum")[0] == pytest.approx(1.7e308, rel=1e-15)


def test_a_sum_of_single_precision_losses_is_one_of_doubles() -> None:
    prediction, target = np.full(3, 3e38, np.float32), np.zeros(3, np.float32)
    assert losses.mae(prediction, target, "sum")[0] == pytest.approx(9e38, rel=1e-7)
    assert losses.mae(prediction, target)[0] == pytest.approx(3e38, rel=1e-7)


def test_a_loss_below_the_smallest_normal_float_keeps_its_digits() -> None:
    prediction = np.array([5e-324, -1.5e-323])
    assert losses.mae(prediction, np.zeros(2), "sum")[0] == 2e-323
    assert losses.mae(prediction, np.zeros(2))[0] == 1e-323
    assert losses.mae(prediction[:1], np.zeros(1))[0] == 5e-324
