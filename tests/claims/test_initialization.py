"""Every sentence of the chapter on initialization that claims something about a run."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from snippets import initialization as init
from snippets.experiments import initialization as experiments
from snippets.experiments.initialization import HE_STD, STDS, accuracies, ratio, second_moments, spreads, train_units

FACTS = experiments.facts()


def test_small_weights_leave_the_network_at_the_loss_and_the_accuracy_of_guessing() -> None:
    stuck = experiments.train_on_digits(0.01)
    assert np.abs(stuck.loss - np.log(10.0)).max() < 0.02
    assert stuck.accuracy < 0.12


def test_the_same_numbers_times_fourteen_learn_and_times_twenty_are_no_number_within_five_steps() -> None:
    assert experiments.train_on_digits(HE_STD).accuracy > 0.93
    burst = experiments.train_on_digits(0.2)
    assert np.isnan(burst.loss[-1])
    assert np.isfinite(burst.loss[:-1]).all()
    assert FACTS["exploded_steps"] == len(burst.loss) - 1 < 5
    assert FACTS["he_over_small"] == pytest.approx(14.1, abs=0.1)


@pytest.mark.parametrize("f", ["tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("start", [0.0, 0.5])
def test_units_that_start_alike_stay_alike_to_the_last_bit(f: str, start: float) -> None:
    assert not train_units(f, start).spread.any()


def test_from_zeros_nothing_but_the_output_bias_learns_with_relu_and_tanh() -> None:
    for f in ("relu", "tanh"):
        assert train_units(f, 0.0).moved == {"w": False, "b": False, "v": False, "c": True}


def test_from_zeros_the_sigmoid_moves_in_lockstep() -> None:
    run = train_units("sigmoid", 0.0)
    assert all(run.moved.values())
    assert not run.spread.any()


def test_another_order_of_terms_makes_a_difference_of_one_rounding_that_grows_for_thousands_of_steps() -> None:
    run = train_units("tanh", 0.5, mixed=True)
    assert 0.0 < FACTS["mixed_first"] < 1e-15
    assert run.spread[2000] < 1e-9
    assert run.spread[4000] > 10 * run.spread[2000] > 100 * run.spread[500]
    assert run.spread[2000:].max() > 0.1
    assert 3000 < FACTS["mixed_broken_step"] < 12000


def test_broken_by_rounding_the_network_settles_far_above_a_random_start() -> None:
    mixed, twins, drawn = (train_units("tanh", *how).loss[-1] for how in ((0.5, True), (0.5,), (None,)))
    assert twins > mixed > 50 * drawn


def test_with_sigma_001_each_of_256_units_layers_multiplies_by_016_and_ten_tanh_layers_leave_1e8() -> None:
    std, _ = spreads("tanh", "small")
    assert FACTS["small_factor"] == pytest.approx(0.16)
    assert std[9] == pytest.approx(FACTS["small_factor"] ** 10, rel=0.3)


def test_with_sigma_1_most_activations_of_tanh_layer_10_are_beyond_099() -> None:
    assert 0.8 < FACTS["large_tanh_saturated"] < 0.95


def test_lecun_weights_keep_the_variance_of_a_linear_network() -> None:
    forward, backward = second_moments("linear", "lecun")
    assert np.abs(forward - 1.0).max() < 0.15
    assert np.abs(backward - 1.0).max() < 0.15


def test_even_with_one_over_root_n_the_spread_of_tanh_slowly_shrinks() -> None:
    std = [values.std() for values in experiments.outputs("lecun", (1, 3, 5, 7, 10))]
    assert (np.diff(std) < 0).all()
    assert 0.2 < std[-1] < 0.26


def test_sigmoid_with_xavier_loses_the_gradient_in_thirty_layers() -> None:
    std, gradient = spreads("sigmoid", "xavier")
    assert gradient[0] < 1e-15
    assert np.ptp(np.log10(std)) < 0.5


def test_with_zero_mean_alone_relu_may_keep_two_thirds() -> None:
    z, p = experiments.asymmetric()
    assert p @ z == pytest.approx(0.0)
    assert p @ np.maximum(z, 0.0) ** 2 / (p @ z**2) == pytest.approx(2.0 / 3.0)


def test_he_keeps_the_second_moment_of_relu_layers_and_xavier_halves_it_within_five_percent() -> None:
    for scheme, factor in (("he", 1.0), ("xavier", 0.5)):
        forward, backward = second_moments("relu", scheme)
        assert ratio(forward) == pytest.approx(factor, rel=0.05)
        assert ratio(backward[::-1]) == pytest.approx(factor, rel=0.05)
    assert FACTS["worst_error"] < 0.05
    assert 0.5**29 / 3 < FACTS["xavier_moment_30"] < 3 * 0.5**29


def test_a_single_layer_strays_further_than_the_mean_over_the_depth() -> None:
    assert FACTS["layerwise_low"] < 0.93
    assert FACTS["layerwise_high"] > 1.07


def test_forward_only_he_is_level_for_relu() -> None:
    for scheme in experiments.SCHEMES:
        change = np.ptp(np.log10(spreads("relu", scheme)[0]))
        assert (change < 0.3) == (scheme == "he")


def test_tanh_stays_between_a_tenth_and_one_except_for_the_smallest_weights() -> None:
    for scheme in experiments.SCHEMES:
        std, _ = spreads("tanh", scheme)
        assert (std.min() > 0.1 and std.max() < 1.0) == (scheme != "small")


def test_gradients_of_relu_are_level_with_he_and_those_of_tanh_explode_with_large_weights() -> None:
    assert np.ptp(np.log10(spreads("relu", "he")[1])) < 0.3
    assert spreads("tanh", "large")[1][0] > 1e10


def test_for_relu_with_gain_root_two_every_size_is_kept() -> None:
    f, _ = experiments.FUNCTIONS["relu"]
    for q in (0.1, 1.0, 7.0):
        assert experiments.length_map(q, init.gain("relu"), f, experiments.gaussian_points()) == pytest.approx(
            q, rel=1e-3
        )


def test_for_tanh_with_gain_one_the_only_resting_point_is_zero() -> None:
    u = experiments.gaussian_points()
    assert all(experiments.length_map(q, 1.0, np.tanh, u) < q for q in np.linspace(0.01, 3.0, 50))
    assert experiments.fixed_point(1.0, np.tanh) < 0.01


def test_for_tanh_with_gain_five_thirds_ten_layers_keep_065_and_gradients_grow() -> None:
    assert FACTS["tanh_53_10"] == pytest.approx(0.65, abs=0.02)
    assert FACTS["tanh_53_gradient"] > 4.0
    assert experiments.fixed_point(5.0 / 3.0, np.tanh) > 1.0


def test_the_length_map_predicts_the_measured_second_moments_of_tanh() -> None:
    for g, scheme in ((1.0, "xavier"), (5.0 / 3.0, "tanh")):
        predicted = experiments.iterate(g, np.tanh, g**2, 30)
        assert experiments.tanh_moments(scheme) == pytest.approx(predicted, rel=0.25)


def test_a_gain_of_1592_keeps_a_second_moment_of_one_for_tanh() -> None:
    u = experiments.gaussian_points(20001)
    assert FACTS["tanh_unit_gain"] == pytest.approx(1.592, abs=0.001)
    assert experiments.length_map(1.0, FACTS["tanh_unit_gain"], np.tanh, u) == pytest.approx(1.0, rel=1e-3)


def test_for_selu_with_gain_one_the_resting_point_is_one() -> None:
    f, _ = experiments.FUNCTIONS["selu"]
    assert experiments.fixed_point(init.gain("selu"), f) == pytest.approx(1.0, abs=0.01)


def test_thirty_gaussian_matrices_keep_the_mean_square_and_lose_most_directions() -> None:
    values = experiments.singular_values("lecun", 30)
    assert 0.3 < (values**2).mean() < 3.0
    assert 15 < FACTS["kept_30"] == (values > 0.01).sum() < 45


def test_orthogonal_matrices_keep_every_direction_at_any_depth() -> None:
    assert experiments.singular_values("orthogonal", 30) == pytest.approx(np.ones(100), abs=1e-12)


def test_narrow_networks_stray_further_and_the_spread_grows_with_depth_over_width() -> None:
    spread = {width: np.log(experiments.chance_through_depth(width)).std() for width in (16, 50, 160)}
    for width, value in spread.items():
        assert value == pytest.approx(np.sqrt(5.0 * 30 / width), rel=0.2)
    assert FACTS["narrow_median"] < FACTS["middle_median"] < FACTS["wide_median"] < 2.0


def test_other_seeds_do_the_same_as_the_first() -> None:
    for seed in experiments.SEEDS:
        assert experiments.train_on_digits(0.01, seed=seed).accuracy < 0.12
        assert experiments.train_on_digits(HE_STD, seed=seed).accuracy > 0.9
        assert np.isnan(experiments.train_on_digits(0.2, seed=seed).loss[-1])


def test_plain_gradient_descent_learns_from_he_and_the_next_scale_below_and_nowhere_else_whatever_the_seed() -> None:
    least, most = accuracies()["SGD"].min(axis=1), accuracies()["SGD"].max(axis=1)
    assert [std for std, worst in zip(STDS, least, strict=True) if worst > 0.5] == pytest.approx([0.1, HE_STD])
    assert most[least <= 0.5].max() < 0.4


def test_adam_forgives_small_weights_and_generalizes_badly_from_large_ones_whatever_the_seed() -> None:
    adam = accuracies()["Adam"]
    he = STDS.index(HE_STD)
    assert adam[he - 2].min() > 0.85 > 0.4 > accuracies()["SGD"][he - 2].max()
    assert (adam[he] - adam[-1]).min() > 0.15
    for large in experiments.runs(STDS[-1], "Adam"):
        assert large.training_accuracy > 0.93
        assert large.training_accuracy - large.accuracy > 0.15


def test_ten_layers_learn_late_with_xavier_but_learn() -> None:
    xavier, he = (experiments.train_on_digits(std) for std in (0.1, HE_STD))
    assert xavier.loss[50:80].mean() > 2.0 > 1.5 > he.loss[50:80].mean()
    assert xavier.accuracy > 0.5


def test_thirty_layers_learn_with_he_and_stay_at_ln_10_with_xavier() -> None:
    for he, xavier in zip(experiments.deep_digits(HE_STD), experiments.deep_digits(0.1), strict=True):
        assert np.abs(xavier.loss - np.log(10.0)).max() < 0.05
        assert he.loss[-17:].mean() < 2.0
        assert he.accuracy > 0.35


def test_at_equal_variance_the_signal_does_not_care_about_the_distribution() -> None:
    f, f_grad = experiments.FUNCTIONS["tanh"]
    truncated = functools.partial(init.truncated_normal, std=1.0 / 16.0)
    runs = [
        experiments.signal_through_depth(f, f_grad, w) for w in (init.xavier_normal, init.xavier_uniform, truncated)
    ]
    normal, *others = (f(z).std(axis=(1, 2)) for z, _ in runs)
    for other in others:
        assert other == pytest.approx(normal, rel=0.25)


def test_tanh_with_gain_one_fades_slowly_both_ways_and_with_five_thirds_gradients_grow() -> None:
    std, gradient = spreads("tanh", "xavier")
    assert 0.1 < std[-1] < 0.2
    assert 0.05 < gradient[0] < 0.5 < gradient[-1]
    std, gradient = spreads("tanh", "tanh")
    assert std[-1] > 0.6
    assert gradient[0] > 4 * gradient[-1]
