"""What is read off a run by hand, and detectors that fire on broken runs and stay silent on healthy ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from snippets import diagnostics as d
from snippets.activations import relu, relu_grad, sigmoid_grad
from snippets.arrays import Array, Backward
from snippets.data import digits_split
from snippets.initialization import he_normal, normal, zeros
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Named, Params, Shape, forward, init_params
from snippets.optimizers import SGD, Adam
from snippets.schedules import RangeTest
from snippets.training import Data, Evaluation, History, Step, minibatches, steps, train

NET = (Dense(64), Activation(relu, relu_grad), Dense(64), Activation(relu, relu_grad), Dense(10))
BATCH = 64


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---------------------------------------------------------------- looking at layers


def small() -> tuple[tuple[Any, ...], Params, Array]:
    """One unit that is always on, one that is on for half of the data, one that is dead."""
    net = (Dense(3), Activation(relu, relu_grad), Dense(2))
    params = init_params(net, (1,), rng())
    params["0.w"][...] = [[1.0, 1.0, -1.0]]
    params["0.b"][...] = [5.0, 0.0, -5.0]
    return net, params, np.array([[-2.0], [-1.0], [1.0], [2.0]])


def test_layer_outputs_are_what_forward_goes_through() -> None:
    net, params, x = small()
    dense, relu, logits = d.layer_outputs(net, params, x)
    assert_array_equal(dense, [[3, -2, -3], [4, -1, -4], [6, 1, -6], [7, 2, -7]])
    assert_array_equal(relu, np.maximum(dense, 0.0))
    assert_array_equal(logits, forward(net, params, x)[0])


def test_layer_statistics_tell_sparse_from_dead() -> None:
    """Six of twelve slopes are zero, but only one unit of three is silent on all examples."""
    dense, relu, logits = d.layer_statistics(*small())
    assert [relu.flat, relu.dead] == pytest.approx([0.5, 1 / 3])
    assert (dense.flat, dense.dead, logits.flat) == (0.0, 0.0, 0.0)
    assert (dense.layer, relu.layer) == (repr(small()[0][0]), "Activation(relu)")
    values = np.array([3, 0, 0, 4, 0, 0, 6, 1, 0, 7, 2, 0])
    assert relu.mean == pytest.approx(values.mean())
    assert relu.std == pytest.approx(values.std())


def test_flat_units_count_saturation_too() -> None:
    """σ′ is below a hundredth beyond |z| = 4.6; what counts is the unit, also one of an image."""
    z = np.array([[5.0, 0.0, -9.0], [6.0, 5.0, 9.0]])
    assert_array_equal(d.flat_units(sigmoid_grad, z), [1.0, 0.5, 1.0])
    assert_array_equal(d.flat_units(relu_grad, z.reshape(2, 3, 1)), [[0.0], [0.5], [0.5]])
    assert d.FLAT == 0.01
    assert_array_equal(d.flat_units(lambda z: z, np.array([[0.01, 0.0099]])), [0.0, 1.0])


def test_histogram_gives_shares_of_all_values() -> None:
    shares, edges = d.histogram(np.array([0.0, 0.1, 0.9, 1.0, math.nan, math.inf, 0.2, 0.3]), bins=2)
    assert_array_equal(shares, [0.5, 0.25])
    assert_array_equal(edges, [0.0, 0.5, 1.0])
    assert d.histogram(np.ones((3, 2)))[0].sum() == 1.0


@dataclass(frozen=True)
class Running:
    """Does nothing but own a running array and double its input in training."""

    def build(self, shape: Shape, _: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        return {"running_mean": np.ones(shape)}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        factor = 1.0 if rng is None else 2.0
        p["running_mean"][...] *= factor
        return factor * x, lambda dy: (factor * dy,)


def test_norms_and_update_ratios_are_given_by_name_and_only_for_what_is_trained() -> None:
    params = init_params((Dense(2), Running()), (2,), rng())
    params.flat[:] = [3.0, 0.0, 0.0, 4.0, 0.0, 0.0]
    assert d.norms(params, params.flat) == {"0.w": 5.0, "0.b": 0.0}
    step = np.array([0.0, 0.03, 0.04, 0.0, 1.0, 0.0])
    assert d.update_ratios(params, step) == {"0.w": pytest.approx(0.01), "0.b": 0.0}


def test_mode_gap_compares_the_two_modes_and_leaves_the_network_alone() -> None:
    def total(y: Array, target: Array) -> tuple[float, Array]:
        return float((y * target).sum()), target

    net = (Running(),)
    params, data = init_params(net, (2,), rng()), (np.ones((3, 2)), np.ones((3, 2)))
    assert d.mode_gap(net, params, data, total, rng()) == 2.0
    assert_array_equal(params["0.running_mean"], [1.0, 1.0])


def test_the_steepest_rate_is_where_the_loss_falls_fastest() -> None:
    rates = np.geomspace(1e-4, 1.0, 81)
    losses = 2.0 - np.tanh(2.0 * np.log10(rates / 1e-2))
    assert d.steepest_rate(rates, losses) == pytest.approx(1e-2, rel=0.2)
    broken = np.where(rates > 0.1, math.nan, losses)
    broken[-1] = math.inf
    assert d.steepest_rate(rates, broken) == pytest.approx(1e-2, rel=0.2)


def test_the_slope_is_taken_per_factor_and_not_per_entry() -> None:
    """A fall of 1 over a factor of 10 is steeper than one of 2 over a factor of a million."""
    rates = np.array([1e-8, 1e-2, 1e-1, 1.0])
    assert d.steepest_rate(rates, np.array([5.0, 3.0, 2.0, 2.5]), window=1) == pytest.approx(1e-2)


def test_defaults_of_windows_and_bins() -> None:
    rates, losses = np.geomspace(1e-4, 1.0, 30), rng().normal(size=30).cumsum()[::-1]
    assert d.steepest_rate(rates, losses) == d.steepest_rate(rates, losses, window=5)
    assert len(d.histogram(np.arange(9.0))[0]) == 40


def test_a_range_test_on_digits_suggests_a_rate_that_trains() -> None:
    (data, _, _), schedule = digits_split(0), RangeTest(1e-5, 1.0, 170)
    params = init_params(NET, (64,), rng())
    run = steps(
        NET, params, data, softmax_cross_entropy, Adam(), epochs=10, batch_size=BATCH, rng=rng(), schedule=schedule
    )
    record = np.array([(step.lr, step.loss) for step in run])
    rate = d.steepest_rate(record[:, 0], record[:, 1])
    assert 1e-4 < rate < 3e-2
    history = trained(optimizer=Adam(rate))
    assert history.validation[-1].accuracy > 0.93


def test_the_check_of_a_whole_network_finds_a_wrong_sign_a_lost_factor_and_nothing_in_the_right_gradient() -> None:
    net, (data, _, _) = NET, splits(0)
    params = init_params(net, (64,), rng())

    def scaled(factor: float) -> Callable[[Array, Any], tuple[float, Array]]:
        def loss(logits: Array, labels: Any) -> tuple[float, Array]:
            value, gradient = softmax_cross_entropy(logits, labels)
            return value, factor * gradient

        return loss

    few = (data[0][:30], data[1][:30])
    before = params.flat.copy()
    assert d.slope_error(net, params, few, scaled(1.0), rng()) < 1e-7
    assert d.slope_error(net, params, few, scaled(-1.0), rng()) == pytest.approx(2.0, abs=1e-6)
    assert d.slope_error(net, params, few, scaled(0.5), rng()) == pytest.approx(0.5, abs=1e-6)
    assert_array_equal(params.flat, before)


def test_twenty_examples_are_learnt_by_heart_and_the_network_is_left_alone() -> None:
    data, _, _ = splits(0)
    params = init_params(NET, (64,), rng())
    before = params.flat.copy()
    assert d.memory_test(NET, params, data, softmax_cross_entropy, Adam(1e-2), rng()) < 1e-3
    assert_array_equal(params.flat, before)
    others = (data[0][20:], data[1][20:])
    same = (np.concatenate([data[0][:20], others[0][:1]]), np.concatenate([data[1][:20], others[1][:1]]))
    full, cut = (d.memory_test(NET, params, part, softmax_cross_entropy, Adam(1e-2), rng()) for part in (data, same))
    assert full == cut
    silent = init_params(dense(zeros), (64,), rng())
    assert d.memory_test(dense(zeros), silent, data, softmax_cross_entropy, Adam(1e-2), rng()) > 1.0


def test_company_gap_asks_the_same_in_two_halves() -> None:
    x = np.array([[1.0], [2.0], [6.0]])
    assert d.company_gap(lambda v: 3.0 * v, x) == 0.0
    assert d.company_gap(lambda v: v - v.mean(axis=0), x) == pytest.approx(2.0)
    assert d.company_gap(lambda v: v - v.mean(axis=0), x[:2]) == pytest.approx(0.5)


def test_epochs_alike_correlate_and_epochs_by_chance_do_not() -> None:
    wave = [1.0, 2.0, 3.0, 2.0]
    assert d.epoch_correlation(record(wave * 6), 4) == pytest.approx(1.0)
    assert d.epoch_correlation(record((wave + [3.0 - v for v in wave]) * 3), 4) == pytest.approx(-1.0)
    assert d.epoch_correlation(record([9.0, 1.0, 5.0, 0.0, *wave * 4]), 4) == pytest.approx(1.0)
    assert d.epoch_correlation(record([9.0, 1.0, 5.0, 0.0, 0.0, 5.0, 1.0, 9.0, *wave * 4]), 4) == pytest.approx(1.0)
    assert d.epoch_correlation(record([*wave * 3, math.nan]), 4) == pytest.approx(1.0)
    assert d.epoch_correlation(record([*wave * 3, math.nan, 1.0, 1.0, 1.0]), 4) == 0.0


# ---------------------------------------------------------------- detectors on records by hand


def record(loss: list[float], **others: list[Any]) -> History:
    return History(loss=loss, **others)


def test_diverges_means_no_number_or_far_above_the_start() -> None:
    assert not d.diverges(record([2.0, 8.0, 1.0]))
    assert d.diverges(record([2.0, 8.1, 1.0]))
    assert d.diverges(record([2.0, math.nan]))
    assert d.diverges(record([2.0, 1.0, math.inf]))


def test_ascends_and_stalls_compare_the_end_with_the_start() -> None:
    for end, ascends, stalls in ((1.0, False, False), (1.85, False, True), (2.15, False, True), (2.3, True, False)):
        history = record([2.0] * 90 + [end] * 10)
        assert (d.ascends(history), d.stalls(history)) == (ascends, stalls)
    assert d.ascends(record([2.0, math.nan]))
    assert not d.stalls(record([2.0, math.nan]))
    assert not d.stalls(record([0.0, 0.0]))


def test_one_bad_batch_at_the_end_is_no_symptom() -> None:
    assert not d.ascends(record([2.0] * 50 + [0.1] * 50 + [5.0]))


def test_the_start_is_the_first_loss_and_the_end_the_last_tenth() -> None:
    assert d.ascends(record([1.0] + [3.0] * 99))
    assert not d.ascends(record([3.0] + [1.0] * 99))
    assert d.ascends(record([1.0] * 18 + [1.3, 1.0]))
    assert d.ascends(record([1.0, 1.0, 1.15]))
    assert not d.stalls(record([2.0, 1.0, 1.0]))
    assert d.stalls(record([1.0, 0.1, 0.95]))
    assert d.ascends(record([1.0] * 90 + [3.0] * 6 + [1.0] * 4))
    assert not d.ascends(record([1.0] * 90 + [3.0] * 4 + [1.0] * 6))


def test_barely_moves_and_leaps_look_at_the_median_ratio() -> None:
    for ratio, barely, leaps in ((1e-5, True, False), (1e-3, False, False), (0.2, False, True)):
        history = record([1.0] * 3, update_ratio=[ratio, ratio, 0.05])
        assert (d.barely_moves(history), d.leaps(history)) == (barely, leaps)


def test_explodes_looks_for_one_gradient_out_of_all_proportion() -> None:
    assert not d.explodes(record([1.0], grad_norm=[1.0, 1.0, 99.0]))
    assert d.explodes(record([1.0], grad_norm=[1.0, 1.0, 101.0]))
    assert d.explodes(record([1.0], grad_norm=[1.0, math.nan, 1.0]))
    assert d.explodes(record([1.0], grad_norm=[1.0, math.inf, 1.0]))


def test_a_leap_is_measured_against_what_came_before_it_only() -> None:
    assert d.worst_leap(record([1.0], grad_norm=[2.0, 4.0, 6.0])) == pytest.approx(2.0)
    assert d.worst_leap(record([1.0], grad_norm=[1000.0] + [1.0] * 99)) == pytest.approx(1.0)
    assert d.worst_leap(record([1.0], grad_norm=[1.0, 1.0, 1.0, 50.0, 60.0])) == pytest.approx(60.0)
    assert d.worst_leap(record([1.0], grad_norm=[3.0])) == 1.0
    assert d.worst_leap(record([1.0], grad_norm=[1.0, math.nan])) == math.inf
    assert not d.explodes(record([1.0], grad_norm=[1000.0] + [1.0] * 99))


def test_a_loss_breaks_off_only_out_of_a_calm() -> None:
    assert d.breaks_off(record([2.0, 1.0, 0.1, math.nan]))
    assert d.breaks_off(record([2.0, 4.0, math.inf]))
    assert not d.breaks_off(record([2.0, 4.1, math.inf]))
    assert not d.breaks_off(record([2.0, 1.0, 0.1]))
    assert not d.breaks_off(record([math.nan]))


def layer(flat: float, dead: float) -> d.LayerStatistics:
    return d.LayerStatistics("layer", 0.0, 1.0, flat, dead)


def test_dies_and_saturates_look_at_the_worst_layer() -> None:
    for flat, dead, saturates, dies in ((0.69, 0.59, False, False), (0.7, 0.1, True, False), (0.5, 0.6, False, True)):
        rows = [layer(0.0, 0.0), layer(flat, dead), layer(0.1, 0.1)]
        assert (d.saturates(rows), d.dies(rows)) == (saturates, dies)
    assert not d.saturates([])
    assert not d.dies([])


def test_vanishes_compares_every_layer_with_the_last() -> None:
    assert not d.vanishes([0.01, 5.0, 1.0])
    assert d.vanishes([1.0, 0.009, 1.0])
    assert d.vanishes([math.nan, 1.0])
    assert not d.vanishes([0.05, 4.0])
    assert d.vanishes([0.03, 4.0])


def test_lunges_measures_the_largest_move_in_learning_rates() -> None:
    for move, expected in ((0.15, False), (-0.16, True), (math.nan, True)):
        assert d.lunges(Step(1.0, np.zeros(2), np.array([0.01, move]), 0.1)) == expected


def test_the_limit_of_chance_is_four_standard_errors_above_guessing() -> None:
    assert d.chance_limit(2, 100) == pytest.approx(0.7)
    assert d.chance_limit(10, 900, errors=1.0) == pytest.approx(0.11)


def test_starts_wrong_expects_the_log_of_the_number_of_classes() -> None:
    assert not d.starts_wrong(record([2.4]), classes=10)
    assert not d.starts_wrong(record([3.2]), classes=10)
    assert d.starts_wrong(record([3.4]), classes=10)
    assert d.starts_wrong(record([1.2]), classes=10)
    assert d.starts_wrong(record([math.nan]), classes=10)


def test_overfits_needs_a_training_loss_that_went_on_falling() -> None:
    def history(train: list[float], validation: list[float]) -> History:
        return record([], train=[Evaluation(x, 1) for x in train], validation=[Evaluation(x, 1) for x in validation])

    assert d.overfits(history([1.0, 0.5, 0.1], [1.0, 0.8, 1.0]))
    assert not d.overfits(history([1.0, 0.5, 0.1], [1.0, 0.8, 0.9]))
    assert not d.overfits(history([1.0, 0.5, 0.6], [1.0, 0.8, 1.0]))
    assert not d.overfits(history([1.0, 0.5, 0.5], [1.0, 0.8, 1.0]))
    assert not d.overfits(history([1.0, 0.5, 0.1], [1.5, 1.0, 2.0]), factor=2.0)
    assert not d.overfits(record([math.nan]))


def test_repeats_compares_each_epoch_with_the_next() -> None:
    pattern, noise = np.sin(np.arange(20.0)), rng().normal(size=(10, 20))
    assert d.repeats(record((pattern + 0.3 * noise).ravel().tolist()), 20)
    assert not d.repeats(record(noise.ravel().tolist()), 20)
    assert not d.repeats(record([1.0] * 40), 20)
    turning = [np.sin(np.arange(20.0) + 0.9 * epoch) for epoch in range(12)]
    assert d.repeats(record(np.ravel(turning).tolist()), 20)  # like the next epoch, not like the first
    assert not d.repeats(record([1.0] * 39 + [math.inf]), 20)


def test_symmetric_units_have_equal_columns() -> None:
    assert d.symmetric(np.array([[1.0, 1.0], [2.0, 2.0]]))
    assert d.symmetric(np.zeros((3, 4)))
    assert not d.symmetric(np.array([[1.0, 1.0], [2.0, 2.1]]))
    assert not d.symmetric(np.ones((3, 1)))


def test_at_its_limit_a_detector_is_silent() -> None:
    assert not d.ascends(record([1.0, 2.0]), share=1.0)
    assert not d.stalls(record([2.0, 1.0]), share=0.5)
    assert not d.barely_moves(record([1.0], update_ratio=[0.5]), ratio=0.5)
    assert not d.leaps(record([1.0], update_ratio=[0.5]), ratio=0.5)
    assert not d.explodes(record([1.0], grad_norm=[1.0, 100.0]))
    assert not d.starts_wrong(record([1.0]), classes=1)
    assert not d.repeats(record([1.0] * 40), 20, correlation=0.0)


# ---------------------------------------------------------------- detectors on real runs


@cache
def splits(seed: int) -> tuple[Data, Data, Data]:
    return digits_split(seed)


@cache
def trained(
    net: Any = NET,
    optimizer: Any = Adam(2e-3),  # noqa: B008 - frozen
    seed: int = 0,
    epochs: int = 15,
    adjust: Callable[[Array, Array], Array] | None = None,
    batches: Callable[[Data, int, np.random.Generator], Iterator[Data]] = minibatches,
) -> History:
    data, validation, _ = splits(seed)
    params = init_params(net, (64,), rng(seed))
    return train(
        net,
        params,
        data,
        softmax_cross_entropy,
        optimizer,
        epochs=epochs,
        batch_size=BATCH,
        rng=rng(seed),
        validation=validation,
        adjust=adjust,
        batches=batches,
    )


def symptoms(history: History) -> set[str]:
    of_history = (d.diverges, d.ascends, d.stalls, d.barely_moves, d.leaps, d.explodes, d.overfits)
    found = {detector.__name__ for detector in of_history if detector(history)}
    found |= {"starts_wrong"} if d.starts_wrong(history, 10) else set()
    return found | ({"repeats"} if d.repeats(history, 17) else set())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("optimizer", [Adam(2e-3), SGD(0.2)], ids=repr)
def test_all_detectors_are_silent_on_healthy_runs(optimizer: Any, seed: int) -> None:
    assert symptoms(trained(optimizer=optimizer, seed=seed)) == set()


def uphill(g: Array, _: Array) -> Array:
    return -g


def in_order(data: Data, batch_size: int, _: np.random.Generator) -> Iterator[Data]:
    x, y = data
    order = np.argsort(y, kind="stable")
    return minibatches((x[order], y[order]), batch_size, None)


def large(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    return normal(shape, generator, 2.0)


def dense(init: Any) -> Any:
    hidden = (Dense(64, init), Activation(relu, relu_grad))
    return (*hidden, *hidden, Dense(10, init))


def deep() -> Any:
    """Ten layers whose weights are one and a half times as large as they should be."""

    def steep(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        return 1.5 * he_normal(shape, generator)

    return (*(Dense(32, steep), Activation(relu, relu_grad)) * 10, Dense(10, steep))


@pytest.mark.parametrize("seed", range(3))
def test_each_broken_run_shows_its_symptom(seed: int) -> None:
    assert "diverges" in symptoms(trained(optimizer=SGD(20.0), seed=seed))
    with np.errstate(over="ignore", invalid="ignore"):
        assert d.explodes(trained(net=deep(), optimizer=SGD(0.1), seed=seed))
    assert {"stalls", "barely_moves"} <= symptoms(trained(optimizer=SGD(1e-5), seed=seed))
    assert "ascends" in symptoms(trained(seed=seed, epochs=5, adjust=uphill))
    assert "starts_wrong" in symptoms(trained(net=dense(large), seed=seed))
    assert "stalls" in symptoms(trained(net=dense(zeros), optimizer=SGD(0.2), seed=seed))
    assert "repeats" in symptoms(trained(optimizer=SGD(0.02), seed=seed, batches=in_order))


def test_a_long_run_of_a_large_network_on_few_examples_overfits() -> None:
    (x, y), validation, _ = splits(0)
    net = dense(large)
    params = init_params(net, (64,), rng())
    history = train(
        net,
        params,
        (x[:60], y[:60]),
        softmax_cross_entropy,
        Adam(1e-2),
        epochs=60,
        batch_size=20,
        rng=rng(),
        validation=validation,
    )
    assert history.train[-1].accuracy == 1.0
    assert history.train[-1].accuracy - history.validation[-1].accuracy > 0.1


def test_units_that_start_equal_stay_equal() -> None:
    data, _, _ = splits(0)
    params = init_params(dense(zeros), (64,), rng())
    train(dense(zeros), params, data, softmax_cross_entropy, Adam(), epochs=2, batch_size=BATCH, rng=rng())
    assert d.symmetric(params["0.w"])
    assert not d.symmetric(init_params(NET, (64,), rng())["0.w"])
