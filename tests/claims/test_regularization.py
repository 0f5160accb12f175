"""Every sentence of the chapter on regularization that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.experiments import regularization as experiments
from snippets.experiments.regularization import (
    GRID,
    NONE,
    SEEDS,
    SMALL,
    SPARSE,
    WRONG,
    ZEROS,
    by_validation,
    curves,
    data,
    descended,
    grown,
    masks_averaged,
    mistakes_learnt,
    penalized,
    runs,
    share_up_to,
    stop_in_time,
    sums,
    tuned,
    without_mask,
)

FACTS = experiments.facts()
RIGHT, SOME = WRONG
TECHNIQUES = [*(name for name in GRID if name != "none"), "stopping"]


def gain(name: str, wrong: float) -> np.ndarray:
    """Test accuracy minus that with nothing, for every seed."""
    gained: np.ndarray = (experiments.test_scores(name, wrong) - experiments.test_scores("none", wrong))[:, 1]
    return gained


def test_with_a_fifth_of_labels_wrong_validation_falls_from_its_peak_with_every_seed_while_training_climbs() -> None:
    assert FACTS["peak"] > 0.84 > 0.8 > FACTS["end"]
    for run in runs(NONE, SOME):
        assert run.validation[-1, 1] < run.validation[:, 1].max() - 0.008
        assert run.train[-1, 1] > 0.95


def test_one_label_in_five_is_wrong_and_the_network_repeats_most_of_these() -> None:
    for seed in SEEDS:
        (_, y), validation, test, mistaken = data(seed, SOME)
        true = data(seed, RIGHT)[0][1]
        assert (y != true).nonzero()[0].tolist() == sorted(mistaken)
        assert len(y) == 199
        assert len(mistaken) == 40
        assert len(validation[1]) == len(test[1]) == 359
    assert mistakes_learnt("none").min() > 0.8


def test_with_right_labels_nothing_is_lost_by_training_on() -> None:
    _, validation = curves(NONE, RIGHT)
    assert validation[-1, 1] > validation[:, 1].max() - 0.005
    assert FACTS["right_end_training"] == 1.0


def test_l1_in_the_gradient_leaves_tiny_weights_and_no_zeros_and_thresholding_makes_them_zero() -> None:
    assert share_up_to(SPARSE, 0.0) == 0.0
    assert share_up_to(SPARSE, 0.001) > 0.6
    assert share_up_to(ZEROS, 0.0) > 0.6
    assert share_up_to(SMALL, 0.0) == share_up_to(NONE, 0.0) == 0.0


def test_l2_allows_no_large_weight_and_l1_keeps_a_few_as_large_as_without_a_penalty() -> None:
    assert FACTS["largest_l2"] < 0.5 * FACTS["largest_none"]
    assert FACTS["largest_l1"] > 0.9 * FACTS["largest_none"]


@pytest.mark.parametrize("p", [method.p for method in GRID["dropout"]])
def test_dropout_keeps_the_mean_multiplies_the_square_and_the_variance_by_more(p: float) -> None:
    mean, square, variance = grown(p)
    assert mean == pytest.approx(1.0, abs=0.01)
    assert square == pytest.approx(1.0 / (1.0 - p), rel=0.01)
    assert variance > 1.1 * square


def test_the_noise_of_a_sum_is_that_of_the_formula() -> None:
    masked, centre, std = sums(0.5)
    assert masked.mean() == pytest.approx(centre, abs=3 * std / np.sqrt(len(masked)))
    assert masked.std() == pytest.approx(std, rel=0.02)


def test_dropout_left_on_costs_accuracy_with_every_seed_and_a_hundred_masks_make_up_for_it() -> None:
    for seed in SEEDS:
        passes, off = masks_averaged(seed), without_mask(seed)
        assert passes[0] < off - 0.05
        assert passes[-1] == pytest.approx(off, abs=0.01)


def test_in_the_movable_validation_loss_ends_lowest_at_p_07() -> None:
    frames = experiments.movables()["dropout_rate"].frames
    ends = {frame.value: frame.curves[1][-1] for frame in frames}
    assert min(ends, key=lambda value: float(ends[value])) == "0.7"
    last = frames[-1]
    assert last.curves[1][-1] > ends["0"]
    assert last.curves[0][-1] > 0.8 > max(float(frame.curves[0][-1]) for frame in frames[:-1])


def test_few_steps_and_an_l2_penalty_agree_at_the_flat_end() -> None:
    flat = np.array([0.001, 0.003, 0.01])
    assert descended(flat, 100, 0.1) == pytest.approx(penalized(flat, 0.1), rel=0.06)
    assert descended(np.full(1, 0.1), 100, 0.1) == pytest.approx(descended(np.full(1, 1.0), 10, 0.1), rel=0.04)


def test_with_wrong_labels_early_stopping_stops_early_with_right_ones_late() -> None:
    assert max(stop_in_time(seed, SOME).best for seed in SEEDS) < 50
    assert min(stop_in_time(seed, RIGHT).best for seed in SEEDS) > 60
    for seed in SEEDS:
        stopped = stop_in_time(seed, SOME)
        assert stopped.losses[stopped.best - 1] == min(stopped.losses)


def test_training_goes_far_beyond_the_right_labels_only_with_nothing_and_the_entropy_penalty() -> None:
    falls = {}
    for name in GRID:
        train, validation = curves(tuned(name, SOME), SOME)
        assert (train[-1, 1] > 0.9) == (name in ("none", "entropy"))
        falls[name] = validation[:, 1].max() - validation[-1, 1]
    assert max(falls, key=lambda name: falls[name]) == "none"


def test_with_right_labels_no_technique_beats_nothing_with_every_seed() -> None:
    for name in TECHNIQUES:
        assert (gain(name, RIGHT) <= 0.0).any()
        assert abs(gain(name, RIGHT).mean()) < 0.015
    assert gain("dropout", RIGHT).mean() > 0.008
    assert gain("inputs", RIGHT).mean() < 0.0


def test_with_wrong_labels_all_but_the_entropy_penalty_gain_with_every_seed() -> None:
    for name in TECHNIQUES:
        assert (gain(name, SOME) > 0.0).all() == (name != "entropy")


def test_l2_max_norm_and_dropout_differ_by_less_than_seeds_do() -> None:
    scores = [experiments.test_scores(name, SOME)[:, 1] for name in ("L2", "max-norm", "dropout")]
    assert np.ptp([s.mean() for s in scores]) < min(s.std(ddof=1) for s in scores)


def test_dropout_on_inputs_too_is_ahead_of_plain_dropout_on_average_and_with_most_seeds() -> None:
    ahead = experiments.test_scores("inputs", SOME)[:, 1] - experiments.test_scores("dropout", SOME)[:, 1]
    assert ahead.mean() > 0.0
    assert FACTS["inputs_ahead"] == (ahead > 0.0).sum() >= 3


def test_the_entropy_penalty_does_not_stop_memorizing() -> None:
    assert mistakes_learnt("entropy").mean() > 0.85
    assert max(mistakes_learnt(name).mean() for name in TECHNIQUES if name != "entropy") < 0.5


def test_techniques_chosen_for_accuracy_can_make_the_loss_worse() -> None:
    assert FACTS["loss_dropout"] < FACTS["loss_none"] < FACTS["loss_l2"] < FACTS["loss_entropy"]


def test_l2_and_the_entropy_penalty_make_answers_far_less_sure_than_right_with_every_seed() -> None:
    for name, gap in (("L2", 0.2), ("entropy", 0.4)):
        assert (experiments.test_scores(name, SOME)[:, 1] - experiments.sureness(name) > gap).all()


def test_without_a_penalty_nearly_all_right_labels_are_learnt_and_the_rest_of_the_accuracy_is_wrong_ones() -> None:
    wrong = 40 / 199
    right = (FACTS["end_training"] - wrong * FACTS["learnt_none"]) / (1.0 - wrong)
    assert 0.98 < right <= 1.0 + 1e-9


def test_too_strong_an_l2_is_far_worse_than_nothing_and_so_is_max_norm_with_right_labels() -> None:
    for wrong in WRONG:
        assert by_validation("L2", wrong)[-1].mean() < by_validation("none", wrong).mean() - 0.1
    assert by_validation("max-norm", RIGHT)[0].mean() < by_validation("none", RIGHT).mean() - 0.1
    assert tuned("L2", SOME).l2 > tuned("L2", RIGHT).l2
    assert np.ptp(by_validation("dropout", SOME).mean(axis=1)[2:]) < 0.01
