"""Every sentence of the chapter on augmentation that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.experiments import augmentation as experiments
from snippets.experiments.augmentation import FEW, MANY, SEEDS, SIZES, accuracies, gains

FACTS = experiments.facts()


def test_one_pixel_aside_the_network_loses_half_and_two_pixels_aside_it_guesses() -> None:
    right = experiments.accuracy_by_shift("none")
    assert right[2, 2] > 0.96
    assert 0.4 < right[1, 2] < 0.55
    assert 0.4 < right[2, 1] < 0.55
    assert right[[0, 4], 2].max() < 0.15
    assert right[2, [0, 4]].max() < 0.17


def test_trained_with_shifts_it_reads_up_to_one_pixel_not_beyond_and_loses_in_the_middle() -> None:
    plain, shifted = (experiments.accuracy_by_shift(kind) for kind in ("none", "shift"))
    assert shifted[1:4, 1:4].min() > 0.85
    assert max(shifted[0].max(), shifted[4].max(), shifted[:, 0].max(), shifted[:, 4].max()) < 0.45
    assert (gains("shift", MANY) < 0).all()
    assert plain[2, 2] - shifted[2, 2] > 0.03


def test_mirrored_zeros_survive_and_fours_and_eights_mostly_and_other_digits_do_not() -> None:
    right = experiments.right_by_view("mirrored")
    assert right[0] > 0.95
    assert min(right[[4, 8]]) > 0.8
    assert right[[3, 5, 6, 7]].max() < 0.1
    assert experiments.right_by_view("stored").min() > 0.9


def test_sixes_turned_by_half_are_read_as_nines_and_negatives_worse_than_by_guessing() -> None:
    assert FACTS["six_as_nine"] > 0.9
    assert FACTS["view_negative"] < 0.01
    assert experiments.right_by_view("turned")[[6, 9]].max() < 0.05


def test_rotations_in_training_help_up_to_their_angle() -> None:
    plain, trained = (experiments.right_by_angle(kind).mean(axis=1) for kind in ("none", "rotate 45"))
    assert (trained[2:9] > plain[2:9]).all()
    assert trained[:5].min() > 0.88 > 0.5 > plain[3]
    assert trained[9] < 0.4


def test_all_angles_in_training_cost_six_and_nine_more_than_the_others() -> None:
    plain, turned = (experiments.right_by_angle(kind)[0] for kind in ("none", "rotate 180"))
    loss = plain - turned
    others = [digit for digit in range(10) if digit not in (6, 9)]
    assert loss[[6, 9]].mean() > 0.25 > loss[others].mean() + 0.1
    assert np.ptp(experiments.right_by_angle("rotate 180").mean(axis=1)) < 0.1


@pytest.mark.parametrize("kind", ["noise", "jitter", "shift"])
def test_the_variance_of_a_mean_of_copies_follows_the_correlation_of_two(kind: str) -> None:
    measured = experiments.gradients_of_copies(kind)
    predicted = [experiments.variance_of_mean(1, m, measured.rho) for m in range(1, 17)]
    assert np.abs(measured.variance / predicted - 1.0).max() < 0.03
    assert measured.variance[-1] > 0.6


def test_ten_copies_gain_about_a_point_and_nine_hundred_new_digits_seven() -> None:
    results = [experiments.copies_or_new(seed) for seed in SEEDS]
    for found in results:
        assert found["thousand"] > max(found["fixed"], found["fresh"]) + 0.03 > found["hundred"] + 0.03
    assert 0.005 < FACTS["fixed"] - FACTS["hundred"] < 0.02
    assert 0.005 < FACTS["fresh"] - FACTS["hundred"] < 0.02
    assert 0.06 < FACTS["thousand"] - FACTS["hundred"] < 0.08


def test_copies_held_out_after_copying_promise_more_than_other_digits_give() -> None:
    for seed in SEEDS:
        inside, outside = experiments.split_too_late(seed)
        assert inside > outside + 0.03


def test_many_noisy_copies_give_the_weights_of_ridge_and_one_does_not() -> None:
    for std in (0.03, 0.1, 0.3, 1.0):
        wanted = experiments.ridge_fit(std)
        far, near = (np.linalg.norm(experiments.noisy_fit(std, n) - wanted) for n in (1, 100))
        assert near < 0.2 * np.linalg.norm(wanted) < far
        assert np.linalg.norm(experiments.noisy_fit(std, 1)) > 3 * np.linalg.norm(wanted)
        assert np.linalg.norm(experiments.noisy_fit(std, 10)) == pytest.approx(np.linalg.norm(wanted), rel=0.25)


def test_most_shares_of_mixup_are_nearly_pure() -> None:
    assert 0.6 < FACTS["mixup_edge"] < 0.75


def test_with_100_digits_only_the_small_turn_and_push_gains_more_than_luck_and_flips_and_cutout_cost() -> None:
    mean = {kind: gains(kind, FEW).mean() for kind in experiments.ALONE}
    assert len(mean) == 10
    assert experiments.beyond_luck("jitter") > 2.5
    assert max(gain for kind, gain in mean.items() if kind != "jitter") < 0.6 * mean["jitter"]
    assert min(mean, key=mean.__getitem__) == "flip"
    assert max(experiments.beyond_luck("flip"), experiments.beyond_luck("cutout")) < -2.5


def test_mixtures_and_whole_pixel_shifts_cost_about_a_point_with_seeds_on_both_sides() -> None:
    for kind in ("shift", "mixup", "cutmix"):
        gain = gains(kind, FEW)
        assert len(gain) == 16
        assert -0.018 < gain.mean() < -0.002
        assert gain.min() < 0 < gain.max()


def test_noise_brightness_and_negatives_change_nothing_that_can_be_measured() -> None:
    for kind in ("noise", "brightness", "invert"):
        assert abs(gains(kind, FEW).mean()) < 0.006


def test_small_changes_gain_with_few_digits_and_cost_with_a_thousand() -> None:
    gain = {n: gains("jitter", n).mean() for n in SIZES}
    assert min(gain[n] for n in (30, 100, 300)) > 0.003
    assert gain[30] > gain[300] + 0.005
    assert FACTS["ahead"] >= 34
    assert FACTS["ahead_of"] == 48
    assert -0.02 < gain[1000] < -0.005


def test_after_three_times_as_many_steps_nothing_is_lost() -> None:
    last = experiments.STAGES[-1]
    gap = accuracies("jitter", MANY, last) - accuracies("none", MANY, last)
    assert abs(gap.mean()) < 0.004
    early = [(accuracies("jitter", MANY, t) - accuracies("none", MANY, t)).mean() for t in experiments.STAGES[:4]]
    assert max(early) < -0.005
    assert max(early[:3]) < early[3]


def test_a_question_about_the_penalty_has_twice_the_variance_as_its_answer() -> None:
    assert FACTS["question_penalty"] == pytest.approx(2 * 0.1**2, rel=1e-6)
