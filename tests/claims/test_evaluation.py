"""Every sentence of the chapter on ensembles and calibration that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from snippets.experiments import evaluation as experiments
from snippets.experiments.evaluation import FEW, NET, RATES, SEEDS, SETS, methods, paths
from snippets.network import forward, init_params

FACTS = experiments.facts()


def gains(name: str) -> list[float]:
    """Accuracy against one network, for every training set."""
    return list(methods()[name][:, 0] - methods()["one"][:, 0])


def test_five_beat_their_mean_on_every_set_and_their_best_on_most() -> None:
    assert min(gains("five")) > 0.005
    assert FACTS["above_best"] >= 4


def test_the_vote_takes_some_right_answers_and_gives_more() -> None:
    down, up = experiments.outvoted()
    assert 1.0 < down < up / 2
    alone = np.mean([experiments.alone(k) for k in SETS])
    assert (up - down) / FACTS["tests"] == pytest.approx(FACTS["five_accuracy"] - alone)


def test_the_one_picked_on_validation_data_gains_less_than_half_of_what_five_gain() -> None:
    assert FACTS["one_accuracy"] < FACTS["picked"] < (FACTS["one_accuracy"] + FACTS["five_accuracy"]) / 2


def test_two_points_could_be_luck_for_two_accuracies_and_the_gain_on_the_first_set_is_none_for_the_paired() -> None:
    assert 2 * np.sqrt(2) * FACTS["one_error"] > 2.5
    assert FACTS["paired_gain"] > 2 * FACTS["paired_error"]


def test_two_members_predict_the_variance_of_a_mean_of_up_to_ten() -> None:
    variance, rho = experiments.pair_statistics()
    counts = np.array(experiments.COUNTS)
    assert_allclose(experiments.variance_of_means() / variance, rho + (1 - rho) / counts, rtol=0.04)


def test_five_members_take_most_of_the_gain_of_ten() -> None:
    losses = experiments.scores_of_groups()[:, :, 1].mean(axis=1)
    five = experiments.COUNTS.index(5)
    assert losses[0] - losses[five] > 0.85 * (losses[0] - losses[-1])
    assert (experiments.scores_of_groups()[0, :, 1] > experiments.scores_of_groups()[-1, :, 1]).all()


def test_bagging_gains_less_than_seeds() -> None:
    assert 0 < np.mean(gains("bagging")) < np.mean(gains("five"))


def test_bagging_lowers_the_correlation_raises_the_variance_and_makes_each_member_worse() -> None:
    assert FACTS["bagged_rho"] < FACTS["rho"] - 0.1
    assert FACTS["bagged_variance"] > 1.3
    assert FACTS["bagged_one"] < FACTS["one_accuracy"] - 0.02


def test_a_draw_with_replacement_misses_more_than_a_third() -> None:
    assert (1 - 1 / 150) ** 150 > 1 / 3


def test_neither_five_times_the_steps_nor_five_times_the_weights_gain_what_five_networks_gain() -> None:
    for name in ("longer", "wider"):
        assert np.mean(gains(name)) + 0.005 < np.mean(gains("five"))
    sizes = [len(init_params(experiments.network(w), (64,), np.random.default_rng(0)).flat) for w in (164, 64)]
    assert sizes[0] / sizes[1] == pytest.approx(5.0, rel=0.02)


def test_five_at_any_rate_beat_one_at_any_rate() -> None:
    one, five = (experiments.by_rate()[name][:, :, 0].mean(axis=1) for name in ("one", "five"))
    assert five.min() > one.max()
    assert (experiments.by_rate()["five"] > experiments.by_rate()["one"])[:, :, 0].all()
    assert RATES[0] < FACTS["best_rate"] < RATES[-1] == 0.1
    assert FACTS["best_rate_one"] - FACTS["large_rate_one"] > 0.02


def test_mean_weights_of_five_seeds_guess() -> None:
    assert FACTS["weights_of_five"] == pytest.approx(0.1, abs=0.03)


def test_reordered_units_change_no_answer_but_stand_as_far_away_as_another_seed() -> None:
    params, x = experiments.member(0, 0), experiments.data()[2][0]
    other = experiments.shuffled(params, np.random.default_rng(0))
    assert np.abs(other.flat - params.flat).max() > 0.1
    assert_allclose(forward(NET, other, x)[0], forward(NET, params, x)[0], rtol=1e-3, atol=1e-3)
    middle = len(experiments.SHARES) // 2
    for name in ("two seeds", "its own units in another order"):
        assert paths()[name][:, middle].max() < 0.75
    assert FACTS["own_units"] == pytest.approx(FACTS["two_seeds"], abs=0.15)


def test_there_is_no_valley_within_a_run_nor_after_a_common_start() -> None:
    run, start = paths()["one run"], paths()["same start"]
    assert (run[:, 6] >= np.minimum(run[:, 0], run[:, -1])).all()
    assert FACTS["same_start_end"] - FACTS["same_start"] < 0.02
    assert (start[:, [0, -1]].mean(axis=1) - start.min(axis=1)).max() < 0.03


def test_averaged_weights_give_in_part_what_a_decayed_rate_gives() -> None:
    assert max(FACTS["one_loss"], FACTS["swa_loss"]) < FACTS["steady_loss"] - 0.01
    assert FACTS["ema_loss"] < FACTS["steady_loss"]
    scores = [FACTS[f"{name}_accuracy"] for name in ("steady", "ema", "swa", "one")]
    assert max(scores) - min(scores) < 0.01


def test_the_average_of_weights_is_below_the_weights_from_epoch_ten_on_and_climbs_again() -> None:
    losses = {name: curve.mean(axis=0) for name, curve in experiments.through_training().items()}
    assert (losses["ema"][9:] < losses["last"][9:]).all()
    assert losses["ema"].argmin() < 20
    assert losses["ema"][-1] > losses["ema"].min() + 0.05
    least, (x, y) = int(losses["ema"].argmin()), experiments.data()[2]
    nets = [experiments.steady(k, seed).ema for k in SETS for seed in FEW]
    early, late = np.mean([[experiments.score(experiments.answer(e[i], x), y) for e in nets] for i in (least, -1)], 1)
    assert late[0] > early[0] - 0.01  # no fewer right answers,
    assert late[2] > 1.5 * early[2]  # but too much confidence
    assert len(experiments.through_training()["last"]) == len(SETS) * len(FEW) == 18


def test_mean_weights_and_mean_answers_of_a_run_agree() -> None:
    assert FACTS["agreement"] > 0.98


def test_snapshots_have_the_accuracy_of_one_cosine_and_a_lower_loss_and_the_last_alone_is_worse() -> None:
    assert abs(np.mean(gains("snapshots"))) < 0.005
    assert FACTS["snapshots_loss"] < FACTS["one_loss"] - 0.01
    assert np.mean(gains("last cycle")) < -0.01


def test_views_help_only_where_the_network_was_trained_to_bear_them() -> None:
    assert abs(np.mean(gains("rotated"))) < 0.005
    assert FACTS["rotated_loss"] < FACTS["one_loss"] - 0.005
    assert max(gains("shifted")) < -0.3
    before, after = methods()["on shifted"], methods()["on shifted, shifted"]
    assert (after[:, 0] > before[:, 0] + 0.02).all()
    assert np.mean(gains("on shifted, shifted")) < 0.0
    assert (after[:, 2] > 3 * before[:, 2]).all()


def test_a_student_needs_five_teachers_and_the_digits_without_labels() -> None:
    assert min(gains("student")) > 0.0
    for other in ("student of one", "student, 150"):
        assert np.mean(gains("student")) > np.mean(gains(other)) + 0.005
    assert FACTS["student_accuracy"] < FACTS["five_accuracy"]


def test_a_temperature_lowers_the_loss_of_every_one_of_thirty_networks_and_their_error_on_average() -> None:
    found = experiments.calibrations(together=False)
    assert len(found) == len(SETS) * len(SEEDS) == 30
    for c in found:
        assert c.temperature > 1.3
        assert c.after.loss < c.before.loss
        assert c.after.accuracy == c.before.accuracy
    assert FACTS["alone_ece_after"] < 0.7 * FACTS["alone_ece"]


def test_five_networks_hardly_need_one() -> None:
    assert FACTS["together_temperature"] < FACTS["temperature_least"]
    assert abs(FACTS["together_ece"] - FACTS["together_ece_after"]) < 0.005
    assert FACTS["together_ece"] < min(FACTS["honest_ece"] + 0.01, 0.7 * FACTS["alone_ece"])
    assert FACTS["together_loss_after"] < FACTS["alone_loss_after"] < FACTS["alone_loss"]


def test_one_network_is_too_sure_below_the_fitted_temperature_and_too_modest_above() -> None:
    notes = [frame.note for frame in experiments.movables()["temperature_moves_confidence"].frames]
    order = ["one network is too sure", "it fits", "one network is too modest"]
    assert [notes.index(note) for note in order] == sorted(notes.index(note) for note in order)


def test_errors_are_not_evenly_spread_and_eight_attracts() -> None:
    counts = experiments.confusions() * (1 - np.eye(10, dtype=int))
    assert counts.sum(axis=0).argmax() == 8
    assert experiments.confusions().sum() == 60 * FACTS["tests"]
    assert FACTS["always_right"] > 0.5
    assert FACTS["mostly_wrong_share"] > 5 * FACTS["mostly_wrong"] / FACTS["tests"]
