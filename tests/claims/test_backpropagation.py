"""Every sentence of the chapter on backpropagation that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.activations import relu
from snippets.arrays import Array
from snippets.experiments import backpropagation as runs
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.network import init_params

FACTS = runs.facts()
FAULTS = tuple(runs.FAULTS)


# ---------------------------------------------------------------- faults


def test_five_of_six_faulty_passes_learn_and_four_stay_within_two_percent_of_the_right_one() -> None:
    assert len(FAULTS) == 7
    learnt = [fault for fault in FAULTS if runs.accuracies(fault).min() > 0.8]
    assert set(FAULTS) - set(learnt) == {"wrong sign"}
    good = [fault for fault in learnt if runs.accuracies(fault).mean() > FACTS["right"] - 0.02]
    assert set(learnt) - set(good) == {"cut"}
    assert FACTS["slope"] == min(runs.accuracies(fault).mean() for fault in good)


def test_the_check_finds_all_six_faults_and_acquits_the_right_code() -> None:
    assert runs.check("none") < 1e-8
    assert all(runs.check(fault) > 0.4 for fault in FAULTS if fault != "none")
    assert runs.check("wrong sign") == pytest.approx(2.0)
    errors = [runs.check(fault) for fault in FAULTS if fault != "none"]
    assert (min(errors), max(errors)) == (FACTS["slope_error"], FACTS["sign_error"])


def test_a_relative_error_of_two_is_the_opposite_sign_a_half_a_factor_of_two_and_one_no_gradient() -> None:
    b: Array = np.random.default_rng(0).normal(size=50)
    assert [relative_error(factor * b, b) for factor in (-1.0, 0.5, 0.0)] == [2.0, 0.5, 1.0]
    others = [relative_error(a, b) for a in np.random.default_rng(1).normal(size=(50, 50))]
    assert max(others) < 2.0


def test_the_wrong_sign_ends_at_guessing() -> None:
    assert runs.accuracies("wrong sign").max() < 0.12


def test_averaged_biases_cost_nothing_that_could_be_measured() -> None:
    assert abs(FACTS["bias"] - FACTS["right"]) < 0.3 * np.ptp(runs.accuracies("none"))


def test_random_feedback_costs_training_loss() -> None:
    pairs = [(runs.trained("random feedback", seed).loss, runs.trained("none", seed).loss) for seed in runs.SEEDS]
    assert all(spoilt > 1.3 * right for spoilt, right in pairs)


def test_where_nothing_is_passed_on_only_the_last_layer_moves() -> None:
    net = runs.network("cut")
    start = init_params(net, (64,), np.random.default_rng(0), dtype=np.float32)
    end = runs.trained("cut", 0).params
    moved = {name: bool((start[name] != end[name]).any()) for name in start.arrays}
    assert [name for name, has in moved.items() if has] == ["4.w", "4.b"]


# ---------------------------------------------------------------- the graph


def test_the_graph_of_the_example_has_the_numbers_of_the_figure() -> None:
    values, gradients = runs.two_neurons(**runs.EXAMPLE)
    assert values == {"z": 0.0, "h": 0.5, "y_hat": 2.0, "loss": 0.5}
    assert gradients["w1"] == 1.0 * 3.0 * 0.25 * 2.0


@pytest.mark.parametrize("name", ["x", "w1", "b1", "w2", "b2"])
def test_the_derivation_agrees_with_nudging(name: str) -> None:
    def loss(v: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> float:
        return runs.two_neurons(**{**runs.EXAMPLE, name: float(v[0])})[0]["loss"]

    measured = numeric_gradient(loss, np.array([runs.EXAMPLE[name]]))[0]
    assert runs.two_neurons(**runs.EXAMPLE)[1][name] == pytest.approx(measured, rel=1e-8)


def test_the_right_sign_descends_and_the_wrong_one_ascends_from_every_start() -> None:
    for seed in runs.SEEDS:
        assert runs.descend(1.0, seed)[-1] < 1e-9
        assert runs.descend(-1.0, seed)[-1] > 1e9


# ---------------------------------------------------------------- costs


def test_both_passes_cost_two_and_a_half_forward_passes_and_nudging_two_for_each_parameter() -> None:
    assert 2.0 < FACTS["passes"] < 3.0
    assert FACTS["nudges"] == 2 * FACTS["parameters"]
    size, there, back = runs.multiplications(64)
    assert there == 32 * (64 * 64 + 64 * 64 + 64 * 10)
    assert back == 2 * there - 32 * 64 * 64
    assert FACTS["saving"] == pytest.approx(2 * size * there / (there + back))


def test_the_advantage_grows_with_the_network() -> None:
    saved = [2 * size * there / (there + back) for size, there, back in map(runs.multiplications, (4, 16, 64, 256))]
    assert saved == sorted(saved)


def test_memory_grows_by_two_arrays_a_layer_and_with_checkpoints_as_the_root_of_depth() -> None:
    assert (FACTS["held_64"] - runs.held(16)) / 48 == pytest.approx(2.0, abs=0.05)
    more = FACTS["checkpoints_64"] - runs.held(16, 4)
    assert more / (8 - 4) == pytest.approx(3.0, abs=0.1)
    assert FACTS["checkpoints_64"] < FACTS["held_64"] / 4


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_checkpoints_leave_the_gradient_the_same_to_the_last_bit(every: int) -> None:
    net, x = runs.network("none", 8), np.random.default_rng(1).normal(size=(5, 64))
    params = init_params(net, (64,), np.random.default_rng(0))
    again = runs.checkpointed(net, params, x, np.ones_like, every)
    np.testing.assert_array_equal(again, runs.plain(net, params, x, np.ones_like))


# ---------------------------------------------------------------- layers and images


def test_the_passes_move_running_statistics_and_the_optimizer_everything_else() -> None:
    moved = runs.one_step()
    assert {name for name, (passes, _) in moved.items() if passes} == {"1.running_mean", "1.running_var"}
    assert {name.split(".")[0] for name, (_, step) in moved.items() if step} == {"0", "1", "6"}
    assert all(passes != step for passes, step in moved.values())


def test_pooling_hands_all_to_the_largest_pixels() -> None:
    x, y, dy, dx = runs.pool_example()
    assert sorted(x[dx != 0.0]) == sorted(y.ravel()) == [5.0, 7.0, 8.0, 9.0]
    assert (dx == 0.0).sum() == 12
    assert dx.sum() == dy.sum()


def test_the_marked_weight_of_the_filter_gets_sixteen_and_a_half() -> None:
    x, _, _, dy, _, dw = runs.conv_example()
    assert dw[0, 1] == (x[0:2, 1:3] * dy).sum() == 5 * 1 - 2 * 2 + 4 * 3 + 7 * 0.5 == 16.5


def test_informed_steps_of_the_pixels_halve_the_accuracy_and_random_ones_hardly_matter() -> None:
    for seed in runs.SEEDS:
        assert runs.after_a_step(seed, 0.1) < 0.6
        assert runs.after_a_step(seed, 0.1, informed=False) > 0.93
        assert runs.after_a_step(seed, 0.2, informed=False) > 0.9
        assert runs.after_a_step(seed, 0.2) < 0.1


# ---------------------------------------------------------------- the check


def test_the_error_falls_as_h_squared_one_sided_as_h_and_then_rises_as_one_over_h() -> None:
    def slope(kind: str, low: float, high: float) -> float:
        part = (low < runs.STEPS) & (high > runs.STEPS)
        return float(np.polyfit(np.log(runs.STEPS[part]), np.log(runs.sweep(kind)[part]), 1)[0])

    assert slope("central", 5e-5, 5e-2) == pytest.approx(2.0, abs=0.05)
    assert slope("one-sided", 5e-7, 5e-2) == pytest.approx(1.0, abs=0.05)
    for kind in ("central", "one-sided"):
        assert slope(kind, 1e-13, 5e-9) == pytest.approx(-1.0, abs=0.15)


def test_the_best_central_step_is_near_what_the_formula_says_and_beats_the_others() -> None:
    assert 0.1 < FACTS["central_h"] / FACTS["best_step"] < 10.0
    assert 100 * FACTS["central_best"] < FACTS["one_sided_best"] < FACTS["float32_best"] / 100


def test_a_number_is_rounded_by_less_than_two_to_minus_53_of_its_size() -> None:
    assert runs.error_bound(1.0, 1.0, 0.0) == 2.0**-53 == np.finfo(float).eps / 2.0


def test_large_steps_cross_kinks() -> None:
    assert FACTS["relu_kinked"] > 10 * FACTS["smooth_there"]
    below = runs.STEPS < 1e-2
    assert (runs.sweep("relu")[below] < 3 * runs.sweep("central")[below] + 1e-9).all()


@pytest.mark.parametrize("h", [1e-1, 1e-5, 1e-9])
def test_exactly_at_the_kink_the_quotient_is_one_half(h: float) -> None:
    assert numeric_gradient(lambda x: float(relu(x)[0]), np.zeros(1), h)[0] == pytest.approx(0.5)


def test_new_dropout_masks_spoil_a_check_and_a_fixed_one_does_not() -> None:
    assert FACTS["dropout_fixed"] < 1e-8
    assert FACTS["dropout_free"] > 0.9


def test_a_penalty_hides_a_fault() -> None:
    assert runs.penalized_error(0.0) == pytest.approx(FACTS["slope_error"])
    assert FACTS["penalty_hides"] < FACTS["slope_error"] / 20


def test_the_central_chord_is_nearer_than_the_one_sided_one_once_steps_are_small() -> None:
    errors = {h: tuple(abs(e) for e in runs.chords(h)[2:]) for h in (2.0, 0.4, 0.2, 0.1, 0.05)}
    assert errors[2.0][0] < errors[2.0][1]
    assert all(one > 4 * two for h, (one, two) in errors.items() if h < 1.0)
    assert errors[0.4] == pytest.approx((0.22, 0.05), abs=0.005)
    assert max(errors[0.05]) < 0.04
