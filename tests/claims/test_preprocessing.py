"""Every sentence of the chapter on preprocessing that claims something about a run."""

from __future__ import annotations

import numpy as np
import pytest

from snippets import preprocessing as pre
from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.data import digits_split
from snippets.experiments import preprocessing as runs
from snippets.experiments.preprocessing import KINDS, RATES, SEEDS, train_on_digits
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, forward, init_params

FACTS = runs.facts()
(TRAIN, LABELS), (VALIDATION, _LABELS), _TEST = digits_split(0)


def losses(kind: str) -> Array:
    """Validation losses of the five seeds at the best rate."""
    return np.array([run.validation_loss for run in runs.runs(kind, runs.tuned(kind))])


def test_at_rate_one_every_seed_learns_white_on_black_and_guesses_black_on_white() -> None:
    for seed in SEEDS:
        assert train_on_digits("negative", 1.0, seed, 20).test_accuracy < 0.12
        assert np.abs(train_on_digits("negative", 1.0, seed, 20).train - np.log(10.0)).max() < 0.1
        for kind in ("stored", "centred"):
            assert train_on_digits(kind, 1.0, seed, 20).test_accuracy > 0.96


def test_centred_the_two_sets_are_mirror_images() -> None:
    stored, negative = (pre.fit_centring(f(TRAIN))(f(TRAIN)) for f in (runs.as_stored(TRAIN), runs.negative(TRAIN)))
    assert negative == pytest.approx(-stored, abs=1e-12)


def test_centred_digits_fall_smoothly_and_stored_ones_with_jumps() -> None:
    def jumps(kind: str) -> int:
        return sum(int((np.diff(train_on_digits(kind, 1.0, s, 20).train) > 0).sum()) for s in SEEDS)

    assert jumps("stored") > 10 > 3 * jumps("centred")


def test_each_step_rounds_the_cloud_and_whitening_ends_at_one() -> None:
    kappa = {name: runs.condition_number(runs.hessian(x)) for name, x in runs.clouds().items()}
    assert kappa["raw"] > kappa["centred"] > kappa["standardized"] > kappa["pca"]
    assert (kappa["pca"], kappa["zca"]) == pytest.approx((1.0, 1.0), abs=1e-6)


def test_zca_leaves_every_point_near_its_old_side() -> None:
    clouds = runs.clouds()
    change = {name: np.abs(clouds[name] - clouds["standardized"]).mean() for name in ("pca", "zca")}
    assert change["zca"] < change["pca"]
    assert np.corrcoef(clouds["raw"][:, 0], clouds["zca"][:, 0])[0, 1] > 0.8


def test_before_each_remedy_there_is_a_valley_and_after_it_one_step_arrives() -> None:
    for valley in runs.valleys().values():
        assert runs.condition_number(valley.before) > 15
        assert runs.steps_to(valley.after) == 1
        path = runs.descend(valley.after, np.array([0.3, -0.8]), runs.best_rate(valley.after), 1)
        assert np.abs(path[-1]).max() < 1e-9


def test_with_kappa_34_the_worst_error_needs_118_steps_to_shrink_a_thousandfold() -> None:
    h = runs.valleys()["offset"].before
    worst = np.linalg.eigh(h)[1][:, 0]
    length = np.linalg.norm(runs.descend(h, worst, runs.best_rate(h), 200), axis=1)
    assert int(np.argmax(length < 1e-3)) == FACTS["offset_steps"] == 118


def test_the_mean_alone_explains_the_largest_eigenvalue() -> None:
    for kind in ("negative", "stored"):
        assert FACTS[f"{kind}_bound"] < FACTS[f"{kind}_top"] < 1.02 * FACTS[f"{kind}_bound"]
    assert (runs.spectrum("centred")[0], 1.0 + runs.squared_mean("centred")) == pytest.approx((1.0, 1.0))


def test_the_other_eigenvalues_coincide_to_the_eye() -> None:
    negative, stored, centred = (runs.spectrum(kind)[1:50] for kind in ("negative", "stored", "centred"))
    assert negative == pytest.approx(centred, rel=0.3)  # on an axis of seven powers of ten
    assert stored == pytest.approx(centred, rel=0.3)


@pytest.mark.parametrize("kind", ["negative", "stored", "centred"])
def test_a_linear_unit_converges_below_two_over_the_largest_eigenvalue_only(kind: str) -> None:
    h = runs.hessian(KINDS[kind](TRAIN)(TRAIN))
    start = np.random.default_rng(0).normal(size=65)
    below, above = (runs.descend(h, start, factor * FACTS[f"{kind}_limit"], 300)[-1] for factor in (0.98, 1.02))
    assert np.linalg.norm(below) < np.linalg.norm(start) < np.linalg.norm(above)


def test_one_wrong_number_squeezes_all_others_whatever_the_scale() -> None:
    assert FACTS["outlier_share"] < 0.01
    assert FACTS["outlier_std"] < 0.05


def test_pixels_0_32_and_39_are_constant_and_testing_for_a_deviation_of_zero_is_not_enough() -> None:
    assert set(np.flatnonzero(np.ptp(TRAIN, axis=0) == 0.0)) >= {0, 32, 39}
    assert int((np.ptp(TRAIN, axis=0) == 0.0).sum()) == FACTS["constant_pixels"]
    tenths = np.full((7, 1), 0.1)
    assert 0.0 < tenths.std() < 1e-16
    assert np.abs(pre.fit_standardization(tenths)(tenths)).max() < 1e-15


def test_a_single_nan_reaches_every_weight_in_one_step() -> None:
    x = pre.fit_centring(TRAIN[:32])(TRAIN[:32])
    x[:, 0] = np.nan
    rng = np.random.default_rng(0)
    net = (Dense(8), Activation(relu, relu_grad), Dense(10))
    params = init_params(net, (64,), rng)
    logits, backward = forward(net, params, x)
    _, gradient = backward(softmax_cross_entropy(logits, LABELS[:32])[1])
    assert np.isnan(gradient).all()


def test_training_values_stay_below_the_bound_and_new_ones_do_not() -> None:
    _, seen, new = runs.pixel_extremes()
    assert seen.max() <= FACTS["bound_z"] * (1 + 1e-12)
    assert new.max() > 2 * FACTS["bound_z"]
    assert FACTS["middle_new"] < 4.0


def test_zca_is_the_whitening_closest_to_the_data() -> None:
    x = pre.fit_centring(VALIDATION[:, 20:30])(VALIDATION[:, 20:30])
    white = pre.fit_zca_whitening(x, 1e-9)(x)
    rng = np.random.default_rng(0)
    for _ in range(20):
        turn, _ = np.linalg.qr(rng.normal(size=(10, 10)))
        assert ((white - x) ** 2).sum() < ((white @ turn - x) ** 2).sum()


def test_with_a_tiny_eps_new_digits_are_wide_in_the_last_directions_and_a_larger_one_tames_them() -> None:
    assert FACTS["small_eps_new"] > 2.0
    assert runs.whitened_spread(0.01)[1][40:].max() < 1.0
    seen, _ = runs.whitened_spread(1e-5)
    variances = pre.principal_directions(TRAIN[:150])[2][:50]
    assert seen == pytest.approx(np.sqrt(variances / (variances + 1e-5)), rel=1e-9)


def test_whitening_a_photograph_leaves_a_bright_middle_and_dark_neighbours() -> None:
    smooth = np.cumsum(np.cumsum(np.random.default_rng(0).normal(size=(60, 60)), axis=0), axis=1)
    kernel, white = runs.whiten_photograph(smooth, patches=2000)
    assert kernel[4, 4] == kernel.max() > 0
    assert max(kernel[3, 4], kernel[5, 4], kernel[4, 3], kernel[4, 5]) < 0
    assert white.shape == (52, 52)


def test_centring_opens_larger_rates() -> None:
    best = {kind: RATES[int(np.argmin([runs.train_loss(kind, lr, 3) for lr in RATES]))] for kind in KINDS}
    assert best["negative"] <= best["stored"] == 0.3 < best["mean image"] < best["centred"] == 3.0
    assert FACTS["centred_third"] < FACTS["stored_third"] / 5 < FACTS["negative_third"] / 10


def test_whitening_trains_fastest_by_a_little() -> None:
    others = [runs.least_loss(kind) for kind in ("negative", "stored", "centred", "channel", "mean image", "pixel")]
    assert 0.5 * min(others) < FACTS["whitened_third"] < min(others) == FACTS["mean_image_third"]


def test_adam_does_not_make_it_superfluous() -> None:
    assert FACTS["adam_negative"] > 2 * FACTS["adam_stored"] > 4 * FACTS["adam_mean_image"]


def test_standardizing_every_pixel_is_worse_than_centring_in_every_split() -> None:
    assert (losses("pixel") > losses("centred")).all()
    assert (losses("whitened hard") > losses("centred")).all()
    assert FACTS["centred_test"] - FACTS["pixel_test"] > 0.01
    assert FACTS["centred_test"] - FACTS["whitened_hard_test"] > 0.01
    assert FACTS["pixel_tenth"] < FACTS["centred_tenth"]


def test_two_numbers_for_all_pixels_do_about_as_well_as_a_mean_for_each() -> None:
    assert FACTS["channel_test"] > 0.965
    assert FACTS["channel_test"] == pytest.approx(FACTS["mean_image_test"], abs=0.01)


def test_networks_and_linear_units_bear_rates_in_the_same_order() -> None:
    order = ("negative", "stored", "centred")
    linear = [FACTS[f"{kind}_limit"] for kind in order]
    network = [max(lr for lr in RATES if runs.train_loss(kind, lr, 10) < 0.5) for kind in order]
    assert linear[0] < linear[1] < linear[2]
    assert network[0] < network[1] < network[2]


def test_scaling_with_a_leak_is_no_different_within_noise() -> None:
    assert abs(FACTS["leak_scale_gap"]) < 2 * FACTS["leak_scale_gap_spread"] / np.sqrt(30)
    assert FACTS["leak_same"] >= 28


def test_whitening_with_a_leak_ruins_and_leaves_all_examples_equally_far_apart() -> None:
    honest, leaky = runs.leaks()["leak_white"]
    assert (leaky < honest).sum() >= 28
    both = TRAIN[:50]
    white = pre.fit_pca_whitening(both, 1e-12)(both)
    distance = np.linalg.norm(white[:, None] - white[None, :], axis=-1)[np.triu_indices(50, 1)]
    assert distance == pytest.approx(np.full(len(distance), 10.0), rel=1e-3)


def test_choosing_features_on_all_data_predicts_a_coin_and_honestly_does_not() -> None:
    assert FACTS["leak_labels_leaky"] > 0.8
    assert FACTS["leak_labels_honest"] == pytest.approx(0.5, abs=0.04)


def test_own_statistics_work_on_a_mixed_test_set_and_fail_on_batches_of_one_digit() -> None:
    for seed in SEEDS:
        (x, y), _, (new, labels) = digits_split(seed)
        fitted = pre.fit_standardization(x)
        w = runs.ridge(fitted(x), y)
        own = runs.accuracy(w, pre.fit_standardization(new)(new), labels)
        assert own == pytest.approx(runs.accuracy(w, fitted(new), labels), abs=0.03)
    assert FACTS["batch_fitted"] > 0.9
    assert FACTS["batch_own"] < 0.25
