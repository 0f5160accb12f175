"""Every sentence of the chapter on networks as functions that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.experiments import neurons as runs
from snippets.network import forward

FACTS = runs.facts()


# ---------------------------------------------------------------- spirals


def test_five_linear_layers_buy_nothing_and_one_bend_nearly_everything() -> None:
    for net in (runs.LINEAR, runs.DEEP_LINEAR):
        assert all(0.45 < runs.on_spirals(net, seed).test < 0.6 for seed in runs.SEEDS)
    assert all(runs.on_spirals(runs.BENT, seed).test > 0.98 for seed in runs.SEEDS)
    assert FACTS["deep_linear_size"] > 300 * FACTS["linear_size"]


def test_one_and_five_linear_layers_end_at_the_same_loss() -> None:
    for seed in runs.SEEDS:
        one, five = (runs.on_spirals(net, seed).loss for net in (runs.LINEAR, runs.DEEP_LINEAR))
        assert five == pytest.approx(one, rel=1e-3)


def test_five_linear_layers_are_one() -> None:
    net, params = runs.DEEP_LINEAR, runs.on_spirals(runs.DEEP_LINEAR, 0).params
    matrix, b = runs.as_one_layer(net, params)
    x = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(forward(net, params, x)[0], x @ matrix.T + b, atol=1e-9)


def test_two_units_and_a_sum_compute_xor() -> None:
    x, y = runs.xor()
    np.testing.assert_array_equal(forward(*runs.xor_network(), x)[0][:, 0], y)


# ---------------------------------------------------------------- one hidden layer


@pytest.mark.parametrize("units", [1, 7, 100])
def test_the_written_network_meets_the_target_at_its_points(units: int) -> None:
    t = np.linspace(-1.0, 1.0, units + 1)
    net, params = runs.broken_line(runs.target, units)
    np.testing.assert_allclose(runs.outputs(net, params, t), runs.target(t), atol=1e-9)
    assert runs.pieces(net, params, low=-1.0) <= units


def test_twice_the_units_are_a_quarter_of_the_error() -> None:
    errors = [runs.largest_error(*runs.broken_line(runs.target, units)) for units in (32, 64, 128)]
    assert errors[0] / errors[1] == pytest.approx(4.0, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4.0, rel=0.1)


def test_with_five_units_the_slow_half_is_close_and_with_twenty_only_the_fast_bends_are_cut() -> None:
    x = np.linspace(-1.0, 1.0, 401)
    five, twenty = (np.abs(runs.outputs(*runs.broken_line(runs.target, n), x) - runs.target(x)) for n in (5, 20))
    assert five[x < -0.2].max() < 0.2 < five[x > 0.2].max()
    assert twenty[x < 0.6].max() < 0.06 < twenty[x > 0.6].max() < 0.1


def test_width_helps_the_median() -> None:
    medians = [FACTS[f"rms_{n}"] for n in runs.WIDTHS]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] < 0.01 < 0.1 < medians[1]


def test_training_twenty_units_can_beat_the_written_network_and_can_miss_it_by_far() -> None:
    assert FACTS["trained_20_best"] < FACTS["written_20"] < 0.2 * FACTS["trained_20_worst"]


def test_training_a_hundred_units_never_gets_to_what_exists() -> None:
    assert FACTS["trained_100_best"] > 5 * FACTS["written_100"]


def test_from_zero_biases_a_hundred_units_are_no_better_than_twenty() -> None:
    for units in (20, 100):
        assert np.all(runs.rms_errors((units,), scattered=False) > 0.3)
    assert FACTS["zero_bias_100"] == pytest.approx(FACTS["zero_bias_20"], abs=0.005)
    assert FACTS["zero_bias_100"] > 20 * FACTS["rms_100"]


def test_from_zero_biases_no_kink_gets_into_the_last_third_and_from_scattered_ones_many_do() -> None:
    for seed in runs.SEEDS:
        trapped, free = (runs.fit((100,), seed, scattered).kinks for scattered in (False, True))
        assert not np.any((trapped > 0.3) & (trapped < 1.0))
        assert np.count_nonzero((free > 0.3) & (free < 1.0)) > 10


def test_outside_the_interval_trained_networks_run_straight_on_and_miss() -> None:
    x = np.linspace(1.05, 1.35, 31)
    for seed in runs.SEEDS:
        run = runs.fit((100,), seed)
        assert np.abs(runs.outputs(run.net, run.params, x) - runs.target(x)).max() > 0.5


# ---------------------------------------------------------------- depth


def test_every_layer_of_two_units_doubles_the_pieces() -> None:
    assert [runs.pieces(*runs.tents(k)) for k in range(1, 8)] == [2**k for k in range(1, 8)]
    assert FACTS["tents_size"] == 6 * 6 + 1
    assert FACTS["shallow_size"] == 3 * (2**6 - 1) + 1


def test_training_does_not_find_the_zigzag_that_25_parameters_write_down() -> None:
    assert runs.size(runs.fit(runs.ON_A_LINE[4], 0, goal=runs.zigzag).net, 1) == 298
    assert FACTS["zigzag_size"] == 25
    assert 0.15 < FACTS["zigzag_best"] < FACTS["zigzag_worst"] < FACTS["zigzag_std"]


def test_the_budgets_are_alike() -> None:
    for widths in runs.ON_A_LINE.values():
        assert runs.size(runs.fit(widths, 0).net, 1) == pytest.approx(300, rel=0.05)
    for widths in runs.IN_THE_PLANE.values():
        assert runs.size(runs.planes(*widths, 3, bend=True), 2) == pytest.approx(200, rel=0.07)


def test_depth_does_not_win_on_spirals_and_one_layer_is_best_on_the_line() -> None:
    assert FACTS["spirals_highest"] - FACTS["spirals_lowest"] < 0.01
    assert all(FACTS["line_depth_1"] < FACTS[f"line_depth_{depth}"] for depth in (2, 3, 4))


def test_trained_deep_networks_have_fewer_pieces_than_units() -> None:
    assert FACTS["pieces_depth_4"] < 4 * 9
    assert 50 < runs.mean_pieces(1) <= 101


# ---------------------------------------------------------------- training at a glance


def test_an_epoch_of_digits_is_seventeen_updates_the_last_of_them_short() -> None:
    assert FACTS["digits_updates"] == -(-1079 // 64)
    assert FACTS["digits_last_batch"] == 1079 - 16 * 64


def test_the_loss_of_the_first_network_falls_over_a_thousand_updates() -> None:
    losses = runs.on_spirals(runs.BENT, 0).losses
    assert len(losses) == 1000
    assert losses[0] > 0.8
    assert np.mean(losses[-5:]) < 0.05
