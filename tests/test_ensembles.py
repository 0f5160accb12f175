"""Averages of networks, and whether probabilities mean what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from snippets import ensembles as e
from snippets.activations import softmax, tanh, tanh_grad
from snippets.arrays import Array, Labels
from snippets.data import moons
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Params, forward, init_params
from snippets.optimizers import SGD
from snippets.training import steps

NET = (Dense(8), Activation(tanh, tanh_grad), Dense(2))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_average_predictions_by_hand() -> None:
    a, b = np.array([[1.0, 0.0], [0.2, 0.8]]), np.array([[0.5, 0.5], [0.4, 0.6]])
    assert_allclose(e.average_predictions([a, b]), [[0.75, 0.25], [0.3, 0.7]], rtol=1e-15)
    assert_array_equal(e.average_predictions([a]), a)
    assert e.average_predictions([a.astype(np.float32), b.astype(np.float32)]).dtype == np.float32


def test_the_log_loss_of_the_mean_is_no_more_than_the_mean_log_loss() -> None:
    """Jensen's inequality: why ensembles of good networks cannot hurt on average."""
    members = [softmax(rng(seed).normal(0.0, 3.0, (50, 4))) for seed in range(5)]
    y = rng(9).integers(0, 4, 50)
    losses = [-np.log(p[np.arange(50), y]).mean() for p in members]
    assert -np.log(e.average_predictions(members)[np.arange(50), y]).mean() < np.mean(losses)


def test_average_weights_is_the_mean_of_every_array() -> None:
    networks = [init_params(NET, (2,), rng(seed)) for seed in range(3)]
    before = [network.flat.copy() for network in networks]
    average = e.average_weights(networks)
    assert_allclose(average.flat, np.mean(before, axis=0), rtol=1e-14)
    assert_allclose(average["2.w"], np.mean([network["2.w"] for network in networks], axis=0), rtol=1e-14)
    assert np.shares_memory(average["2.w"], average.flat)
    for network, flat in zip(networks, before, strict=True):
        assert_array_equal(network.flat, flat)


def test_the_average_of_one_network_is_a_copy_and_those_of_other_layers_are_told_what_the_first_holds() -> None:
    network, other = init_params(NET, (2,), rng()), init_params(NET, (3,), rng())
    alone = e.average_weights([network])
    assert_array_equal(alone.flat, network.flat)
    assert not np.shares_memory(alone.flat, network.flat)
    with pytest.raises(ValueError, match=r"hold \{'0\.w': \(2, 8\).*got \{'0\.w': \(3, 8\)"):
        e.average_weights([network, other])


def test_average_weights_averages_running_statistics_too() -> None:
    def with_mean(mean: float) -> Params:
        arrays: dict[str, Array] = {"w": np.full(2, mean), "running_mean": np.array([10.0 * mean])}
        return Params(arrays["w"], (arrays,))

    average = e.average_weights([with_mean(1.0), with_mean(3.0)])
    assert_array_equal(average["0.running_mean"], [20.0])
    assert_array_equal(average.flat, [2.0, 2.0])


def test_snapshots_are_copies_after_every_so_many_steps() -> None:
    params, data = init_params(NET, (2,), rng()), moons(30, rng(1))
    again = params.copy()
    run = steps(NET, params, data, softmax_cross_entropy, SGD(0.1), epochs=7, batch_size=60, rng=rng())
    copies = e.snapshots(run, params, every=3)
    assert len(copies) == 2
    other = steps(NET, again, data, softmax_cross_entropy, SGD(0.1), epochs=7, batch_size=60, rng=rng())
    for t, _ in enumerate(other, start=1):
        if t % 3 == 0:
            assert_array_equal(copies[t // 3 - 1].flat, again.flat)
    assert_array_equal(params.flat, again.flat)
    assert (copies[-1].flat != params.flat).any()


def test_an_average_of_snapshots_predicts() -> None:
    params, data = init_params(NET, (2,), rng()), moons(30, rng(1))
    run = steps(NET, params, data, softmax_cross_entropy, SGD(0.1), epochs=4, batch_size=60, rng=rng())
    assert forward(NET, e.average_weights(e.snapshots(run, params, 2)), data[0])[0].shape == (60, 2)


def test_reliability_by_hand() -> None:
    """Confidences 0.9, 0.9, 0.6 and 1.0 in ten bins: an edge belongs to the bin below it."""
    p = np.array([[0.9, 0.1], [0.1, 0.9], [0.4, 0.6], [1.0, 0.0]])
    examples, confidence, accuracy = e.reliability(p, np.array([0, 0, 1, 0]))
    assert_array_equal(examples, [0, 0, 0, 0, 0, 1, 0, 0, 2, 1])
    assert_allclose(confidence[[5, 8, 9]], [0.6, 0.9, 1.0])
    assert_array_equal(accuracy[[5, 8, 9]], [1.0, 0.5, 1.0])
    assert (confidence[:5] == 0.0).all()
    assert e.calibration_error(p, np.array([0, 0, 1, 0])) == pytest.approx((0.4 + 2 * 0.4) / 4)


def test_the_lowest_bin_is_used_and_ten_bins_are_usual() -> None:
    p = np.full((4, 3), 1 / 3)
    assert_array_equal(e.reliability(p, np.zeros(4, int), bins=2).examples, [4, 0])
    assert [len(part) for part in e.reliability(p, np.zeros(4, int))] == [10, 10, 10]
    z, y = honest(500)
    assert e.calibration_error(softmax(z), y) == e.calibration_error(softmax(z), y, bins=10)
    assert e.calibration_error(softmax(z), y) != e.calibration_error(softmax(z), y, bins=11)


def test_one_bin_compares_the_means() -> None:
    p = np.array([[0.9, 0.1], [0.3, 0.7]])
    assert e.calibration_error(p, np.array([0, 0]), bins=1) == pytest.approx(0.3)


def honest(n: int, sharpness: float = 1.0) -> tuple[Array, Labels]:
    """Logits whose softmax is the true probability of each class, then multiplied."""
    z = rng(1).normal(0.0, 2.0, (n, 3))
    y = (rng(2).random((n, 1)) > softmax(z).cumsum(axis=1)).sum(axis=1)
    return sharpness * z, np.minimum(y, 2)


def test_honest_probabilities_are_calibrated_and_sharpened_ones_are_not() -> None:
    z, y = honest(20000)
    assert e.calibration_error(softmax(z), y) < 0.01
    assert e.calibration_error(softmax(3.0 * z), y) > 0.1


@pytest.mark.parametrize("sharpness", [1e-5, 0.2, 1.0, 4.0, 1e5])
def test_the_temperature_undoes_a_sharpening(sharpness: float) -> None:
    z, y = honest(20000, sharpness)
    assert e.fit_temperature(z, y) == pytest.approx(sharpness, rel=0.03)
    assert e.fit_temperature(z, y) == pytest.approx(sharpness * e.fit_temperature(z / sharpness, y), rel=1e-9)


def test_the_temperature_is_the_minimum_of_the_cross_entropy() -> None:
    z, y = honest(200, 2.5)
    t = e.fit_temperature(z, y)
    at, above, below = (softmax_cross_entropy(z / (t * factor), y)[0] for factor in (1.0, 1.001, 0.999))
    assert at < min(above, below)
    assert_array_equal(softmax(z / t).argmax(axis=1), z.argmax(axis=1))


def test_the_temperature_by_hand() -> None:
    """Logits ±1 right in 3 of 4: softmax(2/T) must be 3/4, so T = 2 / ln 3."""
    z = np.array([[1.0, -1.0]] * 4)
    y, offsets = np.array([0, 0, 0, 1]), np.array([[0.0], [1e9], [-1e9], [1e12]])
    assert e.fit_temperature(z, y) == pytest.approx(2 / math.log(3), rel=1e-12)
    assert e.fit_temperature(z + offsets, y) == pytest.approx(2 / math.log(3), rel=1e-14)


def test_temperatures_from_a_millionth_to_a_million_are_looked_at() -> None:
    """With logits ±s, right in 3 of 4, the best one is 1.82 s; with any, right in 2 of 4, there is none."""
    z, y = np.array([[1.0, -1.0]] * 4), np.array([0, 0, 0, 1])
    for inside in (6e-7, 5e5):
        assert e.fit_temperature(inside * z, y) == pytest.approx(2 * inside / math.log(3), rel=1e-12)
    for outside in (4e-7, 7e5):
        with pytest.raises(ValueError, match=r"got slopes -?\d\.\de.\d\d and -?\d\.\de.\d\d$"):
            e.fit_temperature(outside * z, y)
    with pytest.raises(ValueError, match=r"got slopes 0\.0e\+00 and \d"):
        e.fit_temperature(1e-12 * z, np.array([0, 0, 1, 1]))


def test_ensembles_take_stacked_arrays_whole_numbers_and_lists() -> None:
    p = np.eye(2)[[0, 1, 1]]
    assert_array_equal(
        e.average_predictions(np.stack([p, p[::-1]])),  # type: ignore[arg-type]
        (p + p[::-1]) / 2,
    )
    assert_array_equal(e.average_predictions([p.tolist(), p]), p)
    labels = np.array([0, 1, 0])
    assert e.calibration_error(p.astype(int), labels, np.arange(5)[4]) == e.calibration_error(p, labels, 4)
