"""Every sentence of the chapter on optimizers that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets import optimizers as o
from snippets.experiments import optimizers as experiments
from snippets.experiments.optimizers import RATES, RULES, SEEDS, accuracies, best_rate, on_digits, rate_curve

FACTS = experiments.facts()


def test_at_a_rate_of_001_adam_wins_and_at_032_sgd_wins_with_every_seed() -> None:
    for seed in SEEDS:
        low, high = ({name: on_digits(name, RATES[k], seed) for name in ("SGD", "Adam")} for k in (4, 7))
        assert low["Adam"].accuracy > 0.9 > 0.6 > low["SGD"].accuracy
        assert high["SGD"].accuracy > 0.85 > 0.6 > high["Adam"].accuracy
    assert RATES[4] == pytest.approx(0.01)


def test_the_noise_of_a_minibatch_follows_one_over_b_and_the_correction_for_drawing_without_replacement() -> None:
    one, measured = experiments.batch_variance()
    n = len(experiments.digits_data()[0][0])
    theory = np.array([(n - b) / (n - 1) / b for b in (1, 4, 16, 64, 256, 1024)])
    assert measured / one == pytest.approx(theory, rel=0.12)
    assert n == 1079


def test_beyond_two_over_the_curvature_every_step_overshoots_further() -> None:
    for eta, grows in ((1.9, False), (2.1, True)):
        distance = np.abs(experiments.path(o.SGD(eta / 3.0), lambda w: 3.0 * w, np.ones(1), 20)[:, 0])
        assert (np.diff(distance) > 0).all() == grows


def test_measured_factors_are_those_of_theory_within_one_percent() -> None:
    assert FACTS["worst_factor_error"] < 0.01
    assert experiments.measured_factors(100.0)["SGD"] == pytest.approx(99.0 / 101.0, rel=1e-6)
    assert experiments.measured_factors(100.0)["Momentum"] == pytest.approx(9.0 / 11.0, rel=0.01)


def test_at_kappa_1000_momentum_needs_a_thirtieth_of_the_steps_and_nesterov_about_twice_those_of_momentum() -> None:
    steps = {name: -1.0 / np.log(q) for name, q in experiments.measured_factors(1000.0).items()}
    assert 28 < steps["SGD"] / steps["Momentum"] < 35
    assert 1.8 < steps["Nesterov"] / steps["Momentum"] < 2.1


def test_momentum_ends_in_the_noise_of_sgd_at_ten_times_the_rate() -> None:
    floors = experiments.noise_floor(o.SGD(0.1)), experiments.noise_floor(o.Momentum(0.01, 0.9))
    assert floors[1] == pytest.approx(floors[0], rel=0.06)
    assert floors[1] == pytest.approx(10 * experiments.noise_floor(o.SGD(0.01)), rel=0.01)
    for lr, momentum, floor in ((0.1, 0.0, floors[0]), (0.01, 0.9, floors[1])):
        assert experiments.noisy_descent(lr, momentum)[-200:, 0].mean() == pytest.approx(floor, rel=0.03)


def test_a_smaller_rate_or_averaged_weights_are_calmer_than_momentum() -> None:
    assert experiments.noisy_descent(0.01, 0.0)[-20:, 0].mean() < 0.2 * FACTS["floor_momentum"]
    assert FACTS["floor_averaged"] < 0.2 * FACTS["floor_sgd_10"]


def test_each_tenth_of_the_distance_to_the_ridge_costs_sgd_equally_many_steps_and_adam_none() -> None:
    sgd, adam = ([experiments.steps_to_escape(name, 10.0**-d) for d in range(2, 10)] for name in ("SGD", "Adam"))
    assert np.ptp(np.diff(sgd)) <= 2 < min(np.diff(sgd))
    assert np.ptp(adam) <= 2


@pytest.mark.parametrize("name", ["SGD", "Momentum", "Adam", "RMSProp"])
def test_from_exactly_on_the_ridge_nobody_leaves(name: str) -> None:
    assert experiments.steps_to_escape(name, 0.0) == float("inf")


def test_turning_the_valley_costs_rmsprop_and_adagrad_their_advantage_and_sgd_and_momentum_nothing() -> None:
    for name in ("SGD", "Momentum"):
        straight, turned = (experiments.height_in_turned_valley(name, angle) for angle in (0.0, 45.0))
        assert turned == pytest.approx(straight, rel=1e-6)
    for name in ("RMSProp", "Adagrad"):
        assert experiments.height_in_turned_valley(name, 0.0) < 1e-100
        assert experiments.height_in_turned_valley(name, 45.0) > 1e-4
    assert 5 < FACTS["turned_sgd"] / FACTS["turned_rmsprop_45"] < 15


def test_adam_stays_low_at_every_angle() -> None:
    assert all(experiments.height_in_turned_valley("Adam", angle) < 1e-6 for angle in range(0, 91, 15))


def test_on_rosenbrock_momentum_and_adam_need_hundreds_of_steps_where_sgd_and_rmsprop_need_thousands() -> None:
    counts = {name: experiments.rosenbrock_run(name)[1] for name in experiments.VALLEY}
    assert max(counts["Momentum"], counts["Adam"]) < 300
    assert min(counts["SGD"], counts["RMSProp"]) > 1500
    for name in experiments.VALLEY:
        assert experiments.rosenbrock(experiments.rosenbrock_run(name)[2])[-1] < 0.01


def test_with_constant_gradients_adam_takes_the_learning_rate_and_without_correction_up_to_66_times_it() -> None:
    assert experiments.step_sizes(o.Adam(), np.full(50, 7.0)) == pytest.approx(1.0, abs=1e-6)
    bare = experiments.step_sizes(experiments.Uncorrected(), np.ones(3000))
    assert bare[0] == pytest.approx(0.1 / np.sqrt(0.001), rel=1e-6)
    assert bare[11] == bare.max() == pytest.approx(6.57, abs=0.01)
    assert bare[99] > 3.0
    assert bare[-1] < 1.05


def test_the_missing_correction_shifts_the_good_rates_down_and_is_not_worse_everywhere() -> None:
    assert best_rate("Uncorrected") < best_rate("Adam")
    low = rate_curve("Uncorrected")[2] < rate_curve("Adam")[2]
    high = rate_curve("Uncorrected")[6] > rate_curve("Adam")[6]
    assert low.all()
    assert high.all()


def test_a_lone_gradient_after_silence_gives_3162_and_one_that_stays_gives_more_than_the_quoted_bound() -> None:
    woken = experiments.woken(60)
    assert woken[0] == pytest.approx(3.162, abs=0.001)
    assert woken.max() == FACTS["woken_peak"] > 2 * woken[0]
    assert woken.max() < FACTS["largest_step"] == pytest.approx(7.27, abs=0.001)


def test_the_corrections_only_shorten_the_step() -> None:
    t = np.arange(1.0, 20001.0)
    assert (np.sqrt(1 - 0.999**t) <= 1 - 0.9**t).all()


def test_no_gradients_make_a_longer_step_than_the_growing_ones() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        g = rng.normal(size=40) * 10.0 ** rng.uniform(-3, 3, 40)
        assert experiments.step_sizes(o.Adam(lr=1.0, eps=0.0), g).max() < FACTS["largest_step"]


def test_adam_walks_to_the_worst_point_amsgrad_to_the_best_and_the_default_only_creeps_the_wrong_way() -> None:
    assert FACTS["counter_adam"] > 0.95
    assert FACTS["counter_amsgrad"] < -0.95
    w = experiments.counterexample("Adam", 0.999)
    means = w[: len(w) // 101 * 101].reshape(-1, 101).mean(axis=1)
    assert (np.diff(means[30:]) > 0).all()
    assert means[-1] < 0.0


def test_l2_in_adam_erases_silent_pixels_at_any_strength_and_spares_the_busy_ones() -> None:
    silent = experiments.silent_pixels()
    assert silent == 4
    for strength in (1e-6, 0.01):
        kept = experiments.kept("L2", strength)
        assert kept[:silent].max() < 0.15
        assert np.median(kept[32:]) > 0.75


def test_adamw_decays_all_pixels_nearly_alike_and_silent_ones_exactly_by_its_factor() -> None:
    kept = experiments.kept("decoupled", 1.0)
    steps = 15 * 34  # epochs times batches
    assert kept[: experiments.silent_pixels()] == pytest.approx((1 - 1e-3 * 1.0) ** steps)
    assert kept.max() / kept.min() < 1.5 < experiments.kept("L2", 0.01).max() / experiments.kept("L2", 0.01).min() / 4


def test_for_sgd_an_l2_term_and_decay_are_the_same() -> None:
    w, g = np.array([2.0, -1.0]), np.array([0.3, 0.5])
    step, _ = o.SGD(0.1).update(g + 0.2 * w, o.NoState(), w)
    assert w + step == pytest.approx((1 - 0.1 * 0.2) * w - 0.1 * g)


def test_the_best_rates_span_a_factor_of_a_thousand() -> None:
    assert FACTS["rate_span"] == pytest.approx(1000.0)
    assert best_rate("Adadelta") == pytest.approx(10.0) == RATES[-1]
    assert max(RULES, key=best_rate) == "Adadelta"
    assert best_rate("Lion") == pytest.approx(0.01)


def test_no_rule_works_at_every_rate() -> None:
    for name in RULES:
        assert np.median(rate_curve(name), axis=1).max() > 2.0


def test_adams_valley_is_wider_than_that_of_sgd_and_its_default_rate_is_outside() -> None:
    assert experiments.usable_rates("Adam") > experiments.usable_rates("SGD")
    assert FACTS["adam_default"] > 0.3
    assert FACTS["high_rate"] == pytest.approx(10 * best_rate("Adam"))


def test_tuned_adam_and_its_relatives_fit_faster_than_momentum_and_sgd() -> None:
    best = {name: np.median(rate_curve(name), axis=1).min() for name in RULES}
    for name in ("Adam", "AMSGrad", "NAdam", "AdamW"):
        assert best[name] < 0.8 * best["Momentum"] < 0.8 * best["SGD"]
    assert best["Nesterov"] == min(best[n] for n in RULES if n not in ("Adam", "AMSGrad", "NAdam", "AdamW"))


def test_on_digits_adam_and_amsgrad_cannot_be_told_apart() -> None:
    adam, amsgrad = (np.median(rate_curve(name), axis=1) for name in ("Adam", "AMSGrad"))
    assert adam[:6] == pytest.approx(amsgrad[:6], rel=0.06)


def test_on_new_digits_tuned_rules_differ_less_than_seeds_do() -> None:
    means = {name: accuracies(name).mean() for name in RULES}
    assert max(means.values()) - min(means.values()) < FACTS["accuracy_spread"]
    assert abs(means["Momentum"] - means["Adam"]) < min(np.ptp(accuracies(name)) for name in ("Momentum", "Adam"))


def test_nesterov_loses_seeds_at_the_edge() -> None:
    assert FACTS["nesterov_lost"] >= 1
    best = RATES.index(best_rate("Nesterov"))
    assert np.median(rate_curve("Nesterov")[best + 1]) > 2.0


def test_in_the_movable_sgd_flies_off_beyond_002_and_momentum_beyond_0038_and_adam_never() -> None:
    movable = experiments.movables()["valley_rate"]
    for frame in movable.frames:
        lr, ends = float(frame.value), [curve[-1] for curve in frame.curves]
        assert (ends[0] > 1e3) == (lr > 0.02)
        assert (ends[1] > 1e3) == (lr > 0.038)
        assert ends[3] < 10.0
