"""Every sentence of the chapter on a complete run that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.experiments import project as runs
from snippets.experiments.project import FEW_RATES, IN_ORDER, METHODS, RATES, SPLITS

FACTS = runs.facts()


def test_the_promise_is_kept_by_the_mlp_and_the_convolutional_network() -> None:
    assert runs.accuracies("MLP").mean() >= 0.975
    assert runs.accuracies("conv").mean() >= 0.985


def test_the_nearest_neighbour_reads_more_than_the_mlp_and_softmax_regression_least() -> None:
    assert FACTS["neighbour"] > FACTS["MLP"] > FACTS["softmax"]


def test_on_new_hands_all_lose_and_the_mlp_makes_three_times_as_many_errors() -> None:
    for method in METHODS:
        assert FACTS[f"new_{method}"] < FACTS[method] - 0.01
    assert FACTS["new_wrong_MLP"] / FACTS["wrong_MLP"] == pytest.approx(3.4, abs=0.5)
    assert FACTS["conv"] - FACTS["new_conv"] == min(FACTS[m] - FACTS[f"new_{m}"] for m in METHODS)


def test_no_image_is_there_twice_and_three_pixels_never_change() -> None:
    x = runs.images()[0].reshape(1797, 64)
    assert len(np.unique(x, axis=0)) == len(x)
    assert (np.ptp(x, axis=0) == 0).sum() == 3


def test_every_digit_is_tested_once_and_every_fold_has_its_share_of_every_class() -> None:
    y, fold = runs.images()[1], runs.folds()
    counts = np.array([np.bincount(y[fold == split], minlength=10) for split in range(SPLITS)])
    assert counts.sum() == len(y)
    assert (np.ptp(counts, axis=0) <= 1).all()


def test_validation_and_test_parts_of_a_split_never_meet() -> None:
    for split in range(SPLITS):
        rows, check = runs.validation_split(split)
        test = np.flatnonzero(runs.folds() == split)
        assert len({*rows, *check, *test}) == len(rows) + len(check) + len(test) == 1797
        assert len(check) == pytest.approx(len(rows) / 3, rel=0.02)


def test_neighbours_in_the_file_look_alike() -> None:
    """Of the digits of one class the next one in the file is closer than a random one: the same hand."""
    x, y = runs.images()
    near, far = [], []
    for label in range(10):
        own = x[y == label].reshape(-1, 64)
        near.append(np.linalg.norm(own[1:] - own[:-1], axis=1).mean())
        far.append(np.linalg.norm(own - np.roll(own, len(own) // 2, axis=0), axis=1).mean())
    assert np.mean(near) < 0.9 * np.mean(far)


def test_the_networks_start_near_ln_10_and_with_he_in_the_last_layer_one_does_not() -> None:
    assert FACTS["first_loss_MLP"] == pytest.approx(np.log(10), abs=0.05)
    assert FACTS["first_loss_conv"] == pytest.approx(np.log(10), abs=0.05)
    assert FACTS["first_loss_he"] > np.log(10) + 0.4


def test_a_sound_network_learns_twenty_digits_by_heart_and_one_with_shuffled_labels_does_not() -> None:
    assert (runs.overfit()[40:] < 1e-3).all()
    assert (runs.overfit(mismatched=True) > 1.8).all()


def test_the_chosen_rates_are_those_of_the_smallest_validation_loss_and_ten_times_as_much_ruins_the_mlp() -> None:
    losses = {rate: runs.trial("MLP", rate).check[-1].loss for rate in RATES}
    assert losses[FACTS["rate_MLP"]] == min(losses.values())
    assert FACTS["ruined"] == losses[0.3] > 10 * min(losses.values())
    assert runs.chosen_rate("conv") in FEW_RATES[1:2]  # not at the edge of what was tried


def test_the_mlp_ends_below_its_validation_loss_and_the_convolutional_network_under_dropout_above() -> None:
    mlp, conv = (runs.trial(name, runs.chosen_rate(name)) for name in ("MLP", "conv"))
    assert mlp.loss[-1] < 0.1 * mlp.check[-1].loss
    assert conv.loss[-1] > conv.check[-1].loss


def test_choosing_the_rate_inside_each_split_costs_less_than_the_error_bar() -> None:
    assert 0 < FACTS["MLP"] - FACTS["nested"] < FACTS["MLP_error"]


def test_the_splits_of_the_mlp_scatter_as_chance_alone_would_make_them() -> None:
    assert 0.5 < FACTS["spread_MLP"] / FACTS["one_split_error"] < 2.0


def test_the_error_bars_of_the_two_networks_touch() -> None:
    assert FACTS["MLP"] + FACTS["MLP_error"] > FACTS["conv"] - FACTS["conv_error"]


def test_neither_lead_of_the_convolutional_network_is_certain_with_known_hands_but_with_new_ones_it_is() -> None:
    assert max(FACTS["conv_MLP_chi2"], FACTS["chi2"]) < 6.63 < FACTS["new_chi2"]
    assert runs.compare("conv", "MLP", IN_ORDER).chi2 > 6.63


def test_a_fair_coin_exceeds_384_in_about_5_percent_and_663_in_about_1_percent_of_many_cases() -> None:
    chi2 = (2 * np.random.default_rng(0).binomial(60, 0.5, 20000) - 60) ** 2 / 60
    assert 0.02 < np.mean(chi2 > 3.84) < 0.06
    assert 0.005 < np.mean(chi2 > 6.63) < 0.015


def test_three_kinds_of_error_of_the_ninety_that_there_could_be_make_up_a_large_part() -> None:
    counts = runs.confusion(runs.images()[1], runs.predicted("conv"))
    wrong = np.sort((counts - np.diag(np.diagonal(counts))).ravel())[::-1]
    assert wrong[:3].sum() / wrong.sum() > 1 / 3
    assert counts[int(FACTS["often_digit"]), int(FACTS["often_answer"])] == FACTS["often"] == wrong[0]
    assert FACTS["often_digit"] != FACTS["often_answer"]


def test_the_surest_mistake_is_nearly_certain_and_mistakes_come_in_order() -> None:
    found = runs.hardest("conv", 12)
    row, answer, sure = found[0]
    assert (runs.images()[1][row], answer) == (FACTS["surest_digit"], FACTS["surest_answer"])
    assert sure == FACTS["surest"] > 0.95
    assert [p for _, _, p in found] == sorted((p for _, _, p in found), reverse=True)
    assert all(runs.images()[1][row] != answer for row, answer, _ in found)


def test_with_5_percent_left_to_a_person_few_errors_remain_and_fewer_than_for_the_mlp() -> None:
    assert FACTS["left_5"] <= 0.2 * FACTS["wrong_conv"]
    assert FACTS["left_5"] < FACTS["left_MLP_5"]
    assert runs.declined("conv")[0] == FACTS["wrong_conv"]
    assert runs.declined("conv")[-1] == 0


def test_macro_f1_tells_nothing_new_here() -> None:
    assert FACTS["f1_conv"] == pytest.approx(FACTS["conv"], abs=0.001)
