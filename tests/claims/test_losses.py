"""Each sentence of the chapter on loss functions that reports an experiment, held on the data behind it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from snippets import losses
from snippets.activations import sigmoid
from snippets.arrays import Array
from snippets.data import digits_split
from snippets.experiments import losses as runs
from snippets.losses import bce_with_logits, binary_focal


@pytest.fixture(scope="module")
def facts() -> dict[str, float]:
    return runs.facts()


# ---------------------------------------------------------------- numbers


def test_four_wrong_points_spoil_least_squares_and_not_huber(facts: dict[str, float]) -> None:
    assert facts["mse_error_8"] > 8.0 * facts["huber_error_8"]
    x, y = runs.points(8.0)
    assert x.shape == (100, 40)
    clean = runs.points(0.0)[1]
    assert ((y - clean).round(9) == 8.0).sum(axis=1).tolist() == [4] * 100


@pytest.mark.parametrize("name", runs.REGRESSIONS)
def test_the_lines_are_fitted_to_the_end(name: str) -> None:
    x, y = runs.points(8.0)
    w = runs.fitted_lines(runs.REGRESSIONS[name], 8.0)
    best = runs.REGRESSIONS[name](w[:, :1] + w[:, 1:] * x, y)[0]
    for step in ((0.02, 0.0), (-0.02, 0.0), (0.0, 0.02), (0.0, -0.02)):
        moved = w + step
        assert runs.REGRESSIONS[name](moved[:, :1] + moved[:, 1:] * x, y)[0] > best


def test_the_error_of_mse_doubles_with_the_offset_and_the_others_do_not_move(facts: dict[str, float]) -> None:
    assert facts["mse_error_16"] / facts["mse_error_8"] == pytest.approx(2.0, abs=0.02)
    for name in ("log-cosh", "MAE", "Huber"):
        near, far = (runs.line_error(runs.REGRESSIONS[name], offset).mean() for offset in (8.0, 16.0))
        assert far == pytest.approx(near, rel=1e-3)


def test_without_outliers_mse_beats_mae_and_huber_nearly_equals_it(facts: dict[str, float]) -> None:
    mse, mae = (runs.line_error(runs.REGRESSIONS[name], 0.0) for name in ("MSE", "MAE"))
    difference = mae - mse
    assert difference.mean() > 4.0 * difference.std(ddof=1) / math.sqrt(len(difference))
    assert facts["huber_error_0"] == pytest.approx(facts["mse_error_0"], rel=0.02)


def test_huber_is_almost_as_safe_as_mae_and_log_cosh_pays_for_its_wide_corner(facts: dict[str, float]) -> None:
    assert facts["huber_error_16"] == pytest.approx(facts["mae_error_16"], rel=0.05)
    assert facts["log_cosh_error_16"] > 1.4 * facts["huber_error_16"]


def test_at_three_with_two_huber_gives_four_and_smooth_l1_two() -> None:
    three, zero = np.array([3.0]), np.zeros(1)
    assert losses.huber(three, zero, 2.0)[0] == 4.0
    assert losses.smooth_l1(three, zero, 2.0)[0] == 2.0


def test_the_mean_asks_for_one_rate_and_the_sum_for_less_as_the_batch_grows(facts: dict[str, float]) -> None:
    assert len({runs.best_rate(False, batch) for batch in runs.BATCHES}) == 1
    assert runs.best_rate(False, 16) == facts["best_mean_16"]
    assert facts["best_sum_256"] < 0.5 * facts["best_sum_16"]


# ---------------------------------------------------------------- yes or no


def test_a_rounded_probability_loses_the_logarithm_near_37_and_near_17_in_single_precision() -> None:
    for dtype, edge in ((np.float64, 37.0), (np.float32, 17.0)):
        z: Array = np.arange(0.0, 60.0, 0.25).astype(dtype)
        p = sigmoid(z)
        assert p.dtype == dtype
        assert z[(1.0 - p) == 0.0].min() == pytest.approx(edge, abs=0.75)
    assert 1.0 - sigmoid(np.array(40.0)) == 0.0
    assert bce_with_logits(np.array([40.0]), np.zeros(1))[0] == pytest.approx(40.0)


def test_squared_error_pulls_hundreds_of_times_less_on_a_sure_mistake(facts: dict[str, float]) -> None:
    assert facts["bce_slope"] > 100.0 * facts["squared_slope"]
    assert facts["squared_steps"] > 10.0 * facts["bce_steps"]


# ---------------------------------------------------------------- many classes


def test_a_network_that_knows_nothing_starts_at_the_logarithm_of_the_classes(facts: dict[str, float]) -> None:
    assert facts["ln_10"] == pytest.approx(2.302585, abs=5e-7)
    assert facts["first_small"] == pytest.approx(math.log(10.0), abs=0.005)
    assert facts["first_small"] < facts["first_usual"] < 0.5 * facts["first_large"]
    assert facts["first_hinge"] == pytest.approx(9.0, abs=0.05)


def test_hinge_is_done_at_one_and_cross_entropy_never_and_focal_is_always_lower() -> None:
    for s in np.linspace(-3.0, 6.0, 19):
        score, one = np.array([s]), np.ones(1)
        assert (losses.hinge(score, one)[0] == 0.0) == (s >= 1.0)
        assert 0.0 < binary_focal(score, one)[0] < bce_with_logits(score, one)[0]


# ---------------------------------------------------------------- rare classes


def test_focal_turns_a_sure_example_down_a_hundred_times() -> None:
    for p, share in ((0.9, 0.01), (0.5, 0.25)):
        z, one = np.array([math.log(p / (1.0 - p))]), np.ones(1)
        assert binary_focal(z, one, 2.0)[0] == pytest.approx(share * bce_with_logits(z, one)[0])


def test_focal_turns_the_gradient_of_a_sure_example_down_much_less_than_its_loss(facts: dict[str, float]) -> None:
    for p, factor in ((0.9, facts["focal_relief_90"]), (0.5, facts["focal_relief_50"])):
        less = 1.0 / ((1.0 - p) * (1.0 - p - 2.0 * p * math.log(p)))  # (1 - p) over (1 - p)² (1 - p - γ p log p)
        assert factor == pytest.approx(less)
        assert 1.0 < factor < 0.5 / (1.0 - p) ** 2


def test_ten_eights_hide_among_the_other_digits(facts: dict[str, float]) -> None:
    for seed in runs.RARE_SEEDS:
        (_, rare), _ = runs.rare_digits(seed)
        assert int(rare.sum()) == 10
        assert len(rare) - 10 == facts["rare_others"]
    others = facts["rare_others"]
    assert others / (others + 10) == pytest.approx(runs.FREQUENT, abs=0.001)


def test_at_one_half_the_share_found_rises_with_the_weight_of_the_rare_class(facts: dict[str, float]) -> None:
    assert facts["alpha_25_found"] < facts["focal_found"] < facts["alpha_75_found"] < facts["weighted_found"]
    for seed in runs.RARE_SEEDS:
        low, high = (runs.rare_scores(name)[seed, 0] for name in ("focal, α = 0.25", "α = 0.99, γ = 0"))
        assert high > low
    *others, weighted = (runs.rare_scores(name)[:, 1].mean() for name in runs.DETECTORS)
    assert weighted > max(others)


def test_at_equal_false_alarms_the_losses_differ_much_less_than_at_one_half(facts: dict[str, float]) -> None:
    found, _, budget = np.array([runs.rare_scores(name).mean(axis=0) for name in runs.DETECTORS]).T
    assert max(found) - min(found) > 4.0 * (max(budget) - min(budget))
    assert min(budget) == facts["ce_budget"]
    assert max(budget) == facts["focal_budget"]


def test_focal_finds_a_little_more_at_equal_false_alarms_and_weights_alone_do_not(facts: dict[str, float]) -> None:
    assert facts["focal_gain"] > 2.0 * facts["focal_gain_error"]
    assert facts["focal_ahead"] >= 8
    assert abs(facts["weighted_gain"]) < 2.0 * facts["weighted_gain_error"]


# ---------------------------------------------------------------- too sure


def test_one_hot_labels_drive_the_gap_on_and_smoothed_ones_stop_it(facts: dict[str, float]) -> None:
    for seed in runs.SEEDS[:3]:
        plain, smooth = (runs.smoothing_run(epsilon, seed).gap for epsilon in (0.0, runs.SMOOTHING))
        assert plain[-1] > plain[-10] > plain[-20]
        assert smooth[-1] == pytest.approx(smooth[-20], abs=0.2)
    best = runs.least_smoothed()
    floor, gradient = losses.smoothed_cross_entropy(best, np.zeros(1, dtype=int), runs.SMOOTHING)
    assert np.abs(gradient).max() < 1e-15
    assert floor == facts["smoothing_floor"]
    assert np.ptp(best) == pytest.approx(4.51086, abs=5e-6)
    assert facts["smooth_gap"] == pytest.approx(np.ptp(best), abs=0.3)
    assert facts["smoothing_floor"] == pytest.approx(0.500288, abs=5e-7)


def test_smoothing_gains_a_little_on_eight_seeds_but_less_than_would_be_proof(facts: dict[str, float]) -> None:
    assert facts["smooth_gain"] == pytest.approx(facts["smooth_test"] - facts["plain_test"])
    assert 0.0 < facts["smooth_gain"] < 4.0 * facts["smooth_gain_error"]
    assert round(100.0 / len(digits_split(0)[2][1]), 2) == 0.28


def test_the_entropy_term_alone_spreads_with_the_right_sign_and_collapses_with_the_wrong(
    facts: dict[str, float],
) -> None:
    assert facts["entropy_right"] == pytest.approx(math.log(3.0), abs=1e-4)
    assert facts["entropy_wrong"] < 0.01
    assert facts["entropy_wrong"] < facts["entropy_start"] < facts["entropy_right"]


def test_with_labels_the_right_sign_is_humbler_than_the_data_and_the_wrong_one_surer(facts: dict[str, float]) -> None:
    assert runs.settled(0.0)[0] == pytest.approx(0.6, abs=1e-6)
    assert facts["settled_right"] < 0.6 < facts["settled_wrong"]
    assert np.diff([runs.settled(strength)[0] for strength in runs.PENALTIES]).max() < 0.0
