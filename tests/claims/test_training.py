"""Every sentence of the chapter on watching a run that claims something about a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from snippets.experiments import training as runs
from snippets.experiments.training import ALARMS, CASES, HEALTHY, NORMED, SEEDS, accuracies, alarms, last_losses, run
from snippets.optimizers import SGD, Adam

FACTS = runs.facts()
BROKEN = {name: case.broken for name, case in CASES.items()}
HEALTHY_ONES = {"SGD": HEALTHY, "Adam": replace(HEALTHY, optimizer=Adam(2e-3)), "batch norm": NORMED}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", HEALTHY_ONES)
def test_no_alarm_goes_off_in_a_healthy_run(kind: str, seed: int) -> None:
    assert alarms(run(HEALTHY_ONES[kind], seed)) == []


@pytest.mark.parametrize("name", CASES)
def test_each_failure_raises_its_own_alarm_with_every_seed_and_its_cure_silences_it(name: str) -> None:
    case, alarm = CASES[name], ALARMS[CASES[name].alarm]
    with np.errstate(all="ignore"):
        assert all(alarm.fires(run(case.broken, seed)) for seed in SEEDS)
        assert not any(alarm.fires(run(case.cured, seed)) for seed in SEEDS)


@pytest.mark.parametrize("name", CASES)
def test_the_number_that_a_figure_shows_lies_beyond_the_limit_exactly_in_the_broken_runs(name: str) -> None:
    """The dashed line of each figure of the atlas is the limit of the detector."""
    limit = ALARMS[CASES[name].alarm].limit
    broken, cured = runs.numbers(name)
    assert (broken.min() > limit >= cured.max()) or (broken.max() < limit <= cured.min())


@pytest.mark.parametrize(
    "name", ["rate_too_high", "no_shuffling", "leaked_statistics", "stale_statistics", "overfitting"]
)
def test_alarms_tell_broken_from_cured_with_further_seeds(name: str) -> None:
    case, alarm = CASES[name], ALARMS[CASES[name].alarm]
    with np.errstate(all="ignore"):
        assert [alarm.fires(run(setup, seed)) for setup in (case.broken, case.cured) for seed in (3, 4)] == [
            True,
            True,
            False,
            False,
        ]


def test_six_runs_stand_still_at_ln_10() -> None:
    for name in runs.FLAT:
        assert last_losses(BROKEN[name])[0] == pytest.approx(np.log(10), abs=0.25)
    assert len(runs.FLAT) == 6
    assert SGD(5.0).lr / SGD(1e-4).lr == pytest.approx(FACTS["rate_span"])


def test_a_leap_of_the_rate_ends_in_dead_units_and_not_in_infinity() -> None:
    for seed in SEEDS:
        r = run(BROKEN["rate_too_high"], seed)
        assert "dies" in alarms(r)
        assert np.isfinite(r.history.loss).all()


def test_gradients_of_a_rate_too_low_are_as_long_as_ever() -> None:
    slow, healthy = (np.median(run(s, 0).history.grad_norm) for s in (BROKEN["rate_too_low"], HEALTHY))
    assert slow > 0.5 * healthy


def test_a_lower_rate_makes_the_wrong_sign_climb_more_slowly_but_climb() -> None:
    slower = run(replace(BROKEN["wrong_sign"], optimizer=SGD(0.02)), 0).history.loss
    assert slower[12] < np.inf
    assert len(slower) > len(run(BROKEN["wrong_sign"], 0).history.loss)
    assert "ascends" in alarms(run(replace(BROKEN["wrong_sign"], optimizer=SGD(0.02)), 0))


def test_wrong_labels_are_learnt_by_heart_and_pass_every_check_of_the_machinery() -> None:
    for seed in SEEDS:
        found = alarms(run(BROKEN["labels_out_of_step"], seed))
        assert "memory_test" not in found
        assert "slope_error" not in found


def test_the_checklist_passes_for_the_healthy_network() -> None:
    for seed in SEEDS:
        numbers = runs.checked(seed)
        assert numbers["loss at the start"] == pytest.approx(np.log(10), abs=1.0)
        assert numbers["gradient check"] < 1e-4
        assert numbers["20 examples"] < 0.01
        assert numbers["start with decay"] > numbers["loss at the start"]
        assert 0.1 < numbers["rate"] < 1.0


def test_ratios_convict_from_below_only() -> None:
    points = [
        (np.median(r.history.update_ratio), runs.validation_accuracy(r)) for lr in runs.RATES for r in runs.at_rate(lr)
    ]
    assert max(accuracy for ratio, accuracy in points if ratio < 1e-4) < 0.2
    assert sum(1e-3 < ratio < 2e-2 and accuracy < 0.2 for ratio, accuracy in points) >= 2
    assert all(ratio > 5e-3 for ratio, accuracy in points if accuracy > FACTS["good"])
    assert sum(accuracy > FACTS["good"] for _, accuracy in points) >= 6
    for lr in (2.0, 5.0):
        assert all("dies" in alarms(r) for r in runs.at_rate(lr))


def test_weights_too_large_end_with_a_lower_training_loss_and_a_worse_validation() -> None:
    large = BROKEN["weights_too_large"]
    assert (last_losses(large) < last_losses(HEALTHY)).all()
    assert (accuracies(large) < accuracies(HEALTHY)).all()


def test_units_of_zero_weights_stay_one_and_only_the_last_biases_learn() -> None:
    params = run(BROKEN["zero_weights"], 0).params[-1]
    assert {name for name, a in params.arrays.items() if np.any(a)} == {"4.b"}


def test_vanishing_gradients_shrink_by_a_thousand_without_saturation() -> None:
    assert FACTS["vanishing_ratio"] == pytest.approx(4.0**-5, rel=0.5)
    for seed in SEEDS:
        assert "saturates" not in alarms(run(BROKEN["vanishing_gradients"], seed))


def test_clipping_saves_the_run_and_the_right_weights_help_more_with_it_than_either_alone() -> None:
    assert FACTS["clipped_accuracy"] > 0.5
    assert FACTS["he_clipped_accuracy"] > max(FACTS["he_accuracy"], FACTS["clipped_accuracy"])
    assert np.ptp(accuracies(runs.HE_DEEP)) > 0.05


def test_softmax_twice_never_goes_below_its_floor() -> None:
    floor = runs.twice_floor(10)
    assert floor == pytest.approx(1.4612, abs=5e-5)
    for seed in SEEDS:
        assert min(run(BROKEN["softmax_twice"], seed).history.loss) > floor
    assert floor <= FACTS["twice_low"] + 1e-4
    assert FACTS["twice_accuracy"] > 0.7


def test_in_32_bits_one_and_a_small_number_is_one_beyond_24_ln_2() -> None:
    for z, equal in ((16.63, False), (16.65, True)):
        assert (np.float32(1.0) + np.exp(np.float32(-z)) == np.float32(1.0)) == equal
    naive, stable = runs.rounded_losses(np.array([10.0, 16.0, 17.0]))
    assert naive[0] == pytest.approx(stable[0], abs=1e-3)
    assert abs(naive[1] - stable[1]) > 0.03
    assert naive[2] == np.inf
    assert stable[2] == pytest.approx(17.0, abs=1e-4)


def test_the_naive_loss_breaks_out_of_a_calm() -> None:
    for seed in SEEDS:
        loss = run(BROKEN["unstable_log"], seed).history.loss
        assert np.isnan(loss[-1])
        assert max(loss[-11:-1]) < 0.05


def test_the_missing_correction_begins_with_3162_rates_and_kills_units() -> None:
    broken, cured = runs.numbers("missing_correction")
    assert broken == pytest.approx(np.sqrt(10), rel=1e-4)
    assert cured == pytest.approx(1.0, rel=1e-4)
    assert FACTS["correction_dead"] > 0.85


def test_sorted_data_look_tolerable_in_training_and_fail_in_validation() -> None:
    setup = BROKEN["no_shuffling"]
    assert last_losses(setup).max() < 1.0 < runs.asked_losses(setup).min()


def test_with_sixty_digits_accuracy_does_not_fall_while_the_loss_turns() -> None:
    for seed in SEEDS:
        record = run(runs.SMALL, seed).history.validation
        assert record[-1].accuracy > max(e.accuracy for e in record) - 0.03
    assert FACTS["more_accuracy"] > FACTS["over_accuracy"] + 0.1


def test_an_answer_in_training_mode_depends_on_its_neighbours() -> None:
    assert accuracies(BROKEN["wrong_mode"]).max() < 0.3
    assert accuracies(NORMED).min() > 0.95


def test_stale_statistics_spoil_the_training_data_too() -> None:
    assert max(run(BROKEN["stale_statistics"], seed).history.train[-1].accuracy for seed in SEEDS) < 0.96
    assert runs.numbers("stale_statistics")[0].min() > 20


def test_hard_failures_raise_many_alarms_and_soft_ones_little_but_their_own() -> None:
    verdicts = runs.verdicts()
    always = {name: [a for a, n in counts.items() if n == len(SEEDS)] for name, counts in verdicts.items()}
    assert len(always["zero_weights"]) == FACTS["zero_alarms"] > 5
    assert always["overfitting"] == ["overfits"]
    for name in ("no_shuffling", "labels_out_of_step", "overfitting", "leaked_statistics", "wrong_mode"):
        assert always[name] == [CASES[name].alarm]
    assert always["stale_statistics"] == ["memory_test", "mode_gap"]
    assert (len(verdicts), len(ALARMS)) == (18, 21)


def test_a_rate_too_low_and_one_too_high_end_at_the_same_loss_in_the_movable() -> None:
    movable = runs.movables()["loss_at_any_rate"]
    ends = {frame.value: frame.curves[0][-1] for frame in movable.frames}
    assert ends["5"] == pytest.approx(ends["0.001"], rel=0.05)
    assert movable.frames[movable.start].note == runs.NOTES[""]
    assert movable.frames[0].note == runs.NOTES["barely_moves"]
