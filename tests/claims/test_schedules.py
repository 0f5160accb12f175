"""Every sentence of the chapter on schedules that claims something about a run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from snippets import schedules as s
from snippets.experiments import schedules as experiments
from snippets.experiments.schedules import (
    PEAKS,
    SEEDS,
    STEPS,
    adam_losses,
    at_best,
    best_peak,
    losses_by_peak,
    mean_accuracy,
    mean_rate,
    median_loss,
    on_digits,
    planned,
    range_test,
    variances,
)
from snippets.optimizers import SGD, Adam

FACTS = experiments.facts()
NAMES = list(planned(1.0))
FALLING = [name for name in NAMES if name != "Constant"]


def test_a_small_rate_is_slow_a_large_one_restless_and_one_that_falls_at_the_end_is_neither() -> None:
    (slow, calm), (fast, restless), (best, falling) = (
        experiments.opening(rate) for rate in (s.Constant(0.125), s.Constant(1.0), planned(1.0)["WarmupStableDecay"])
    )
    assert slow > 1.4 * fast > 1.4 * best
    shape = planned(1.0)["WarmupStableDecay"]
    assert isinstance(shape, s.WarmupStableDecay)
    assert [t for t in range(STEPS) if shape(t) == 1.0] == list(range(16, STEPS - STEPS // 3))
    assert np.ptp(restless) > max(np.ptp(calm), np.ptp(falling))
    assert falling.mean() > calm.mean() + 0.02
    assert falling.mean() > restless.mean() + 0.01


def test_two_thousand_drawn_runs_lie_on_the_computed_lines() -> None:
    for rate in (s.Constant(0.5), s.Constant(0.1), s.Constant(0.02), experiments.best_rates()):
        assert experiments.drawn(rate, 400) == pytest.approx(variances(rate, 400), rel=0.15)


def test_the_best_rates_are_below_every_constant_one_all_the_way_and_without_a_floor() -> None:
    best = variances(experiments.best_rates(), 3000)
    for lr in (0.02, 0.1, 0.5, 0.99, 1.5):
        assert (best[1:] <= variances(s.Constant(lr), 3000)[1:]).all()
    assert best[3000] == pytest.approx(best[300] / 10, rel=0.01)


def test_no_sequence_of_rates_is_better_than_the_one_that_falls_as_one_over_t() -> None:
    rng = np.random.default_rng(0)
    best = experiments.best_rates()
    lowest = variances(best, 20)[-1]
    for _ in range(200):
        factors = rng.uniform(0.5, 1.5, 20)
        assert variances(lambda t, by=factors: best(t) * by[t], 20)[-1] > lowest  # type: ignore[misc]


def test_each_constant_rate_is_the_best_of_the_three_for_a_while() -> None:
    lines = np.array([variances(s.Constant(lr), 400) for lr in (0.5, 0.1, 0.02)])
    assert list(lines[:, [10, 100, 390]].argmin(axis=0)) == [0, 1, 2]


def test_a_decay_over_a_fifth_pays_for_the_way_and_for_the_calm() -> None:
    ends = {share: [float(c[-1]) for c in experiments.two_directions(share)] for share in (0, 40, 199)}
    assert sum(ends[40]) < 0.6 * min(sum(ends[0]), sum(ends[199]))
    assert ends[0][0] > ends[0][1]
    assert ends[199][1] > 10 * ends[199][0]
    movable = experiments.movables()["decay_share"]
    sums = [frame.curves[2][-1] for frame in movable.frames]
    assert movable.frames[int(np.argmin(sums))].note.startswith("the lowest sum")


def test_every_schedule_beats_the_constant_rate_on_new_digits_and_seeds_matter_more_than_which() -> None:
    means = [mean_accuracy(name) for name in FALLING]
    assert min(means) > mean_accuracy("Constant")
    assert 100.0 * (max(means) - min(means)) < FACTS["accuracy_spread"]


def test_about_half_of_fifteen_fit_worse_than_the_constant_rate_and_the_cosine_is_about_level_with_it() -> None:
    assert len(FALLING) == 15
    worse = [name for name in FALLING if median_loss(name) > median_loss("Constant")]
    assert median_loss("Cosine") == pytest.approx(median_loss("Constant"), rel=0.3)
    assert FACTS["worse_than_constant"] == len(worse) > 5
    assert max(FALLING, key=median_loss) == "InverseTime"
    assert min(NAMES, key=median_loss) == "WarmupStableDecay"


def test_seeds_of_the_constant_rate_are_far_apart_and_those_of_the_straight_line_are_close() -> None:
    assert FACTS["constant_worst"] - FACTS["constant_best"] > 4 * (FACTS["linear_worst"] - FACTS["linear_best"])


def test_no_best_peak_stands_at_the_border() -> None:
    assert all(PEAKS[0] < best_peak(name) < PEAKS[-1] for name in NAMES)


def test_the_further_a_run_could_go_the_lower_it_ended_and_the_constant_one_is_off_that_line() -> None:
    assert FACTS["way_correlation"] < -0.7
    far = [name for name in FALLING if mean_rate(name) >= mean_rate("Constant")]
    assert set(far) == {"WarmupStableDecay", "ReduceOnPlateau"}
    assert all(median_loss(name) < 0.7 * median_loss("Constant") for name in far)


def test_in_this_short_run_a_cosine_cut_in_half_fits_better_than_a_finished_one() -> None:
    finished = [run.training_loss for run in at_best("Cosine")]
    assert np.median(experiments.cut_short()) < 0.8 * np.median(finished)


def test_the_loss_shows_the_schedule() -> None:
    def mean(name: str) -> list[float]:
        runs = [on_digits(SGD(), planned(1.0)[name], seed).losses for seed in SEEDS]
        return [float(x) for x in np.mean([experiments.smooth(run) for run in runs], axis=0)]

    restarts = mean("CosineRestarts")
    starts = (STEPS // 7 + 1, 3 * (STEPS // 7 + 1))
    assert all(0.7 < max(restarts[t : t + 20]) < 2.0 > 2 * restarts[t - 8] for t in starts)
    milestones = mean("MultiStep")
    assert np.ptp(milestones[180:300]) < 0.5 * np.ptp(milestones[50:170])
    names = ("Constant", "MultiStep", "Cosine", "CosineRestarts", "Triangular", "WarmupStableDecay")
    assert min(names, key=lambda name: np.mean(mean(name)[-10:])) == "WarmupStableDecay"


def test_without_lasting_noise_the_constant_rate_ends_lower_the_more_so_the_longer_the_run() -> None:
    constant, cosine = (experiments.long_runs(name, 0.0)[0].mean(axis=1) for name in ("Constant", "Cosine"))
    assert (constant < cosine).all()
    assert all(later > earlier for earlier, later in pairwise(cosine / constant))
    assert abs(FACTS["clean_constant_accuracy"] - FACTS["clean_cosine_accuracy"]) < 0.005


def test_with_noisy_labels_it_stands_on_its_floor_and_the_cosine_goes_on() -> None:
    constant, cosine = (experiments.long_runs(name, experiments.WRONG)[0] for name in ("Constant", "Cosine"))
    assert constant.mean(axis=1)[2] > 0.7 * constant.mean(axis=1)[0]
    assert cosine.mean(axis=1)[2] < 0.6 * cosine.mean(axis=1)[0]
    assert cosine[2].max() < constant[2].min()
    assert FACTS["noisy_cosine_accuracy"] > FACTS["noisy_constant_accuracy"] + 0.02


def test_the_least_possible_loss_is_the_entropy_of_a_label() -> None:
    assert experiments.floor(0.0) == 0.0
    assert experiments.floor(1.0) == pytest.approx(np.log(10.0))


def test_warmup_buys_next_to_nothing_at_moderate_rates_and_much_at_large_ones() -> None:
    plain, warm = (np.median(losses_by_peak(name), axis=1) for name in ("Cosine", "Warmup"))
    assert warm[:3] == pytest.approx(plain[:3], rel=0.12)
    assert warm[3] < 0.4 * plain[3]
    plain, warm = (np.median(adam_losses(name), axis=1) for name in ("Cosine", "Warmup"))
    assert warm[:2] == pytest.approx(plain[:2], rel=0.12)
    assert warm[2] < 0.6 * plain[2]
    assert warm[3] < 0.2 < 1.0 < plain[3]
    assert FACTS["adam_warmup_ahead"] >= 3


def test_the_best_constant_rate_lies_near_the_lowest_point_of_the_range_test_not_at_a_tenth() -> None:
    for rule, best in ((SGD(), best_peak("Constant")), (Adam(), experiments.best_adam("Constant"))):
        rates, losses = range_test(rule)
        lowest = np.median(rates[losses.argmin(axis=1)])
        assert lowest / 3 < best < 3 * lowest
        assert len(rates) == 170


def test_a_tenth_of_the_rate_at_the_lowest_point_wastes_most_of_a_short_run() -> None:
    assert FACTS["tenth_loss"] > 4 * FACTS["half_loss"]
    assert experiments.BATCH_RATES[1] == 1 / 16
    assert experiments.BATCH_RATES[4] == 1 / 2


def test_linear_scaling_holds_from_8_to_32_falls_behind_at_128_and_fails_at_512() -> None:
    assert FACTS["scaling_32"] == pytest.approx(FACTS["scaling_8"], rel=0.03)
    assert FACTS["scaling_128"] > 1.4 * FACTS["scaling_32"]
    assert FACTS["scaling_512"] > 2.2
    assert [experiments.BATCH_RATES[k] for k in (0, 2, 4, 6)] == [1 / 32, 1 / 8, 1 / 2, 2]


def test_reduction_on_plateau_waits_long_and_then_cuts() -> None:
    for run in at_best("ReduceOnPlateau"):
        assert (run.rates[: STEPS // 3] == run.rates[0]).all()
        assert run.rates[-1] < 0.5 * run.rates[0]
        assert (np.diff(run.rates) <= 0).all()
