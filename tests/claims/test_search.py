"""Every sentence of the chapter on hyperparameter search that claims something about a run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from snippets.experiments import search as experiments
from snippets.search import standard_error

FACTS = experiments.facts()


def test_the_winner_of_300_loses_on_test_digits_and_again_with_other_seeds() -> None:
    assert FACTS["pool"] == 300
    error = standard_error(FACTS["winner_test"], int(FACTS["test_size"]))
    assert FACTS["winner_test"] + 2 * error < FACTS["winner_validation"]
    assert FACTS["winner_again"] < FACTS["winner_test"]


def test_all_of_the_ten_best_are_worse_on_the_test_than_on_validation() -> None:
    for _, run, _ in experiments.leaders():
        assert run.test.mean() < run.validation.mean()


def test_one_of_the_ten_best_looks_good_and_breaks_with_every_other_seed() -> None:
    others = experiments.leaders()[int(FACTS["fragile_place"]) - 1][2]
    assert others.min() == FACTS["fragile_low"] < 0.85
    assert others.max() == FACTS["fragile_high"] < FACTS["fragile_test"] - 0.02
    assert FACTS["fragile_test"] > 0.9
    assert FACTS["fragile_rate"] > 0.5


def test_rings_of_a_row_lie_further_apart_than_dots_of_rows() -> None:
    dots = np.array([run.test.mean() for _, run, _ in experiments.leaders()])
    spreads = np.array([np.ptp(others) for _, _, others in experiments.leaders()])
    assert (spreads > np.ptp(dots)).sum() >= 4


def test_the_learning_rate_explains_most_and_no_other_more_than_an_eighth() -> None:
    rest = [FACTS[f"explained_{name}"] for name in ("units", "momentum", "decay")]
    assert FACTS["explained_lr"] > 0.8
    assert max(rest) < 0.125
    assert rest == sorted(rest, reverse=True)


def test_eight_units_are_too_few_at_any_rate() -> None:
    narrow = [run.test.mean() for settings, run in zip(*experiments.pool(), strict=True) if settings["units"] == 8]
    assert len(narrow) > 50
    assert max(narrow) == FACTS["narrow_best"] < 0.8
    assert all(run.test.mean() > 0.9 for _, run, _ in experiments.leaders())


def test_weak_l2_changes_nothing_and_strong_l2_does_harm() -> None:
    test = experiments.surface()[1].mean(axis=2)[:15]
    decays = np.array(experiments.DECAYS)
    weak, strong = test[:, decays < 1e-5], test[:, decays > 0.05]
    assert np.ptp(weak, axis=1).max() < 0.01
    assert (strong[10:] < weak[10:].mean(axis=1, keepdims=True) - 0.03).all()


def test_up_to_a_rate_of_one_hundredth_the_best_rate_is_the_largest() -> None:
    scores = experiments.surface()[1][:, :12].mean(axis=(1, 2))
    grey = scores[np.array(experiments.LRS) < 0.01]
    assert grey.argmax() == len(grey) - 1
    assert FACTS["summit"] > FACTS["border"] + 0.3


def test_twenty_trials_around_the_best_gain_more_than_twenty_anywhere() -> None:
    coarse, fine, again = experiments.coarse_and_fine().T
    assert (fine >= coarse - 0.005).all()
    assert coarse.mean() < again.mean() < fine.mean()


def test_each_random_trial_has_a_learning_rate_of_its_own() -> None:
    assert len({settings["lr"] for settings in experiments.pool()[0]}) == 300


def test_random_searches_hit_as_often_as_the_formula_says() -> None:
    assert FACTS["random_hits_9"] == pytest.approx(FACTS["hit_9"], abs=4 * standard_error(FACTS["hit_9"], 4000))


def test_coarse_grids_hit_less_often_and_a_grid_of_36_always() -> None:
    assert experiments.grid_hits(2) < FACTS["grid_hits_9"] < FACTS["random_hits_9"] - 0.1
    assert experiments.grid_hits(6) == 1.0
    assert FACTS["grid_good_9"] < FACTS["random_good_9"] - 0.1


def test_grids_that_miss_stand_beside_the_band_and_random_searches_that_miss_stand_further_away() -> None:
    assert FACTS["grid_missed_9"] > 0.87
    assert FACTS["random_missed_9"] < FACTS["grid_missed_9"] - 0.01
    assert experiments.found_at_random(9).min() < experiments.found_by_grid(3).min() - 0.2


def test_on_average_nine_trials_find_the_same_on_a_grid_and_at_random() -> None:
    assert FACTS["grid_mean_9"] == pytest.approx(FACTS["random_mean_9"], abs=0.003)


def test_eighty_one_trials_in_four_dimensions_find_the_same_too() -> None:
    middle = (FACTS["wide_grid_low"] + FACTS["wide_grid_high"]) / 2
    assert FACTS["wide_random_low"] < middle < FACTS["wide_random_high"]
    assert FACTS["wide_grid_low"] < FACTS["wide_random_low"]


def test_the_good_band_is_about_a_quarter_of_the_axis() -> None:
    rates = {int(cell) // experiments.CELLS for cell in np.flatnonzero(experiments.top_fifth())}
    assert 0.2 < len(rates) / experiments.CELLS < 0.3


def test_halving_finds_more_for_the_same_epochs_and_loses_a_little_against_all_in_full() -> None:
    assert FACTS["halved_16"] > FACTS["full_5"] + 0.05
    assert FACTS["halved_64"] > FACTS["full_20"]
    assert FACTS["full_16"] > FACTS["halved_16"]
    spent = sum(len(rung) * budget for rung, budget in zip(experiments.halved(), experiments.BUDGETS, strict=True))
    assert (spent, 16 * 16) == (80, 256)


def test_a_run_that_was_continued_is_the_run_begun_anew() -> None:
    settings, whole = experiments.pool()[0][0], experiments.pool()[1][0]
    again = [experiments.validation_accuracy(settings, epochs) for epochs in experiments.BUDGETS]
    assert tuple(again) == whole.curve


def test_ranks_after_one_epoch_tell_less_than_those_after_four() -> None:
    assert 0.8 < FACTS["rank_1"] < FACTS["rank_4"] < 0.98


def test_the_computed_mean_of_the_best_is_that_of_drawn_scores_and_below_the_bound() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 60):
        drawn = rng.binomial(100, 0.93, (4000, n)).max(axis=1) / 100
        best = experiments.expected_best(0.93, 100, n)
        assert best == pytest.approx(drawn.mean(), abs=4 * drawn.std() / math.sqrt(4000))
    assert FACTS["equal_60"] < FACTS["bound_60"]
    normal = rng.normal(size=(4000, 60)).max(axis=1).mean()
    assert normal < math.sqrt(2 * math.log(60))


def test_our_excess_is_less_than_half_of_that_of_equal_trials() -> None:
    assert 0 < FACTS["gap_60"] < FACTS["equal_60"] / 2


def test_the_excess_falls_with_the_size_of_the_validation_set_and_the_winner_gets_better() -> None:
    sizes = (25, 50, 100, 200, 400, 800)
    gaps = [float(np.subtract(*experiments.optimism(size))[59]) for size in sizes]
    assert gaps == sorted(gaps, reverse=True)
    assert experiments.optimism(25)[1][59] < experiments.optimism(100)[1][59] < experiments.optimism(800)[1][59]


def test_first_and_tenth_are_undecided_on_validation_and_the_test_has_four_times_as_many_digits() -> None:
    assert 0 < FACTS["apart"] < 2 * FACTS["apart_error"]
    assert FACTS["test_size"] / FACTS["validation_size"] == pytest.approx(4.0, abs=0.02)
    assert FACTS["apart_test_error"] < 0.75 * FACTS["apart_error"]
    assert FACTS["apart_error"] < math.sqrt(2) * FACTS["winner_error"]
