"""Every sentence of the chapter on normalization that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets.blocks import BatchNorm
from snippets.experiments import normalization as experiments
from snippets.experiments.initialization import standardized_digits
from snippets.experiments.normalization import RATES, SCALES, SEEDS, SIZES, modes, trust
from snippets.losses import softmax_cross_entropy
from snippets.network import forward

FACTS = experiments.facts()


def test_without_a_norm_two_of_eight_scales_learn() -> None:
    learnt = experiments.scale_window()["none"].min(axis=1) > 0.85
    assert [std for std, good in zip(SCALES, learnt, strict=True) if good] == [0.1, 0.2]
    assert experiments.scale_window()["none"][~learnt].max() < 0.2


def test_with_batch_norm_six_scales_in_the_middle_learn_and_both_ends_sag() -> None:
    accuracies = experiments.scale_window()["batch"]
    middle = accuracies[1:7]
    assert middle.min() > 0.92
    assert accuracies[0].mean() < middle.min() - 0.03
    assert accuracies[-1].mean() < middle.min() - 0.03


def test_a_smaller_epsilon_repairs_the_small_end_and_a_larger_rate_the_large_end() -> None:
    ends, before = experiments.repaired(), experiments.scale_window()["batch"]
    assert ends["small"].min() > 0.92
    assert ends["small"].mean() > before[0].mean() + 0.05
    assert ends["large"].mean() > before[-1].mean() + 0.03


def test_at_a_sigma_of_a_ten_thousandth_epsilon_outweighs_the_variance_of_the_first_layer() -> None:
    x = standardized_digits()[0][0]
    assert (1e-4**2) * float((x.astype(float) ** 2).sum(axis=1).mean()) < 1e-6


def test_normalized_samples_keep_their_skewness_and_their_two_humps() -> None:
    shapes = experiments.shapes()
    for x in shapes.values():
        assert x.mean() == pytest.approx(0.0, abs=1e-12)
        assert x.var() == pytest.approx(1.0, abs=1e-4)
    raw = np.random.default_rng(0).exponential(3.0, 20000)
    skewness = float((((raw - raw.mean()) / raw.std()) ** 3).mean())
    assert FACTS["skew_after"] == pytest.approx(skewness, rel=1e-4)
    count, _ = np.histogram(shapes["two"], np.linspace(-2.5, 2.0, 19))
    assert count[3:8].max() > 1.5 * count[7:11].min() < count[11:].max() / 1.5


def test_before_a_norm_weights_only_grow_and_faster_at_larger_rates() -> None:
    growth = []
    for rate in (0.3, 1.0, 3.0):
        norms = experiments.train_on_digits(BatchNorm(), 0, lr=rate).weight_norms
        assert np.diff(norms).min() > -1e-5 * norms[0]
        growth.append(norms[-1] / norms[0])
    assert growth == sorted(growth)
    assert FACTS["grown_3"] > 1.5


def test_twins_stay_twins_with_batch_norm() -> None:
    assert FACTS["twins"] < 0.2


def test_in_training_mode_mixed_batches_of_64_hide_the_bug_and_pairs_show_it() -> None:
    for seed in SEEDS:
        result = modes(seed)
        at = dict(zip(experiments.COMPANIES, result.mixed, strict=True))
        assert result.right - at[64] < 0.03
        assert at[2] < 0.4
        assert (np.diff(result.mixed) > -0.01).all()


def test_batches_of_one_class_are_answered_wrongly_in_training_mode() -> None:
    for seed in SEEDS:
        assert dict(zip(experiments.COMPANIES, modes(seed).by_class, strict=True))[64] < 0.5 < modes(seed).right


def test_neighbours_change_the_probability_of_one_digit() -> None:
    assert FACTS["company_low"] < 0.01
    assert FACTS["company_high"] > 0.99
    assert FACTS["company_alone"] > 0.95
    assert 0.05 < FACTS["company_wrong"] < 0.25


def test_a_bias_in_front_of_a_norm_has_gradient_zero() -> None:
    run = experiments.train_on_digits(BatchNorm(), 0)
    (x, y), params = standardized_digits()[0], run.params.copy()
    z, backward = forward(run.net, params, x[:64], np.random.default_rng(0))
    _, dz = softmax_cross_entropy(z, y[:64])
    gradient = params.with_flat(backward(dz)[1])
    assert np.abs(gradient["0.b"]).max() < 1e-6 < 1e-3 < np.abs(gradient["1.beta"]).max()


def test_shaken_a_little_batch_norm_still_beats_every_run_without_a_norm_and_shaken_a_lot_it_does_not() -> None:
    worst_mild = max(experiments.shaken_losses(seed)["0.1"][-17:].mean() for seed in SEEDS)
    for seed in SEEDS:
        loss = {kind: values[-17:].mean() for kind, values in experiments.shaken_losses(seed).items()}
        assert not loss["none"] <= worst_mild
        assert loss["0.3"] > loss["0.1"] + 0.5
    assert FACTS["shaken_mild_low"] < FACTS["unshaken_high"] + 0.4


def test_with_batch_norm_a_gradient_changes_less_over_a_step_and_more_of_the_promised_fall_comes() -> None:
    for seed in SEEDS:
        (plain_change, plain_fall), (change, fall) = trust(None, seed), trust(BatchNorm(), seed)
        assert (change < plain_change).all()
        assert (fall > plain_fall).all()
        assert plain_change[-1] > 5 * change[-1]


def test_batch_norm_learns_at_rates_ten_times_as_large_for_all_seeds() -> None:
    assert (FACTS["plain_rate"], FACTS["batch_rate"]) == (0.3, 3.0)
    for accuracies in experiments.rate_window().values():
        assert (accuracies[RATES.index(10.0)] < 0.5).all()


def test_at_its_best_rate_each_is_as_good_and_at_001_the_plain_network_is_ahead() -> None:
    accuracies = experiments.rate_window()
    best = {kind: values.mean(axis=1).max() for kind, values in accuracies.items()}
    assert abs(best["batch"] - best["none"]) < 0.01
    assert (accuracies["none"][0] >= accuracies["batch"][0]).all()


def test_of_two_examples_only_the_sign_is_left() -> None:
    assert 0.9999 < FACTS["pair_far"] < 1.0
    assert experiments.pair(-5.0) == pytest.approx(-1.0, abs=1e-5)
    assert experiments.pair(0.001) < 0.5


def test_with_two_examples_in_a_batch_batch_norm_fails_and_layer_norm_does_not() -> None:
    accuracies = experiments.small_batches()
    assert accuracies["batch"][0].max() < 0.75 < 0.94 < accuracies["layer"][0].min()
    gaps = (accuracies["layer"] - accuracies["batch"])[1:].mean(axis=1)
    assert np.abs(gaps).max() <= FACTS["gap_4"] <= 0.05
    assert list(SIZES) == [2, 4, 8, 32]


def test_a_small_weight_of_the_new_value_is_late_and_a_large_one_noisy() -> None:
    late, good, noisy = (experiments.running_mean(weight)[1] for weight in (0.005, 0.1, 0.9))
    assert late[59] < 1.0 < 1.5 < good[59] < 2.5
    assert noisy[20:60].std() > 2 * good[20:60].std()


def test_weights_ten_times_longer_turn_a_hundred_times_slower() -> None:
    assert FACTS["question_rate"] == pytest.approx(100.0)
