"""The loop, its record, and what is written to disk."""

from __future__ import annotations

import dataclasses
import io
import itertools
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from snippets import training
from snippets.activations import relu, relu_grad, tanh, tanh_grad
from snippets.arrays import Array
from snippets.blocks import Dropout
from snippets.data import digits, moons, stratified_split
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Params, forward, init_params
from snippets.optimizers import SGD, Adam, AdamW, Momentum, clip_by_norm
from snippets.schedules import Cosine, Exponential, ReduceOnPlateau

NET = (Dense(16), Activation(tanh, tanh_grad), Dense(2))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def fresh(dtype: type = np.float64) -> tuple[Params, training.Data]:
    return init_params(NET, (2,), rng(1), dtype), moons(50, rng(2))


# ---------------------------------------------------------------- minibatches


@pytest.mark.parametrize("batch_size", [1, 7, 20, 23, 100])
def test_an_epoch_holds_every_example_once_in_ceil_n_over_b_batches(batch_size: int) -> None:
    x = np.arange(23)[:, None] + np.zeros((23, 2))
    batches = list(training.minibatches((x, np.arange(23)), batch_size, rng()))
    assert len(batches) == -(-23 // batch_size)
    assert [len(x) for x, _ in batches[:-1]] == [batch_size] * (len(batches) - 1)
    assert sorted(np.concatenate([y for _, y in batches])) == list(range(23))
    for part, labels in batches:
        assert_array_equal(part[:, 1], labels)


def test_the_order_changes_with_every_epoch_and_not_without_a_generator() -> None:
    data, generator = (np.zeros((50, 1)), np.arange(50)), rng()
    first, second = (next(training.minibatches(data, 50, generator))[1] for _ in range(2))
    assert (first != second).any()
    assert (first != np.arange(50)).any()
    assert_array_equal(next(training.minibatches(data, 50, None))[1], np.arange(50))


# ---------------------------------------------------------------- steps


def test_a_step_is_forward_loss_backward_update() -> None:
    params, data = fresh()
    before = params.copy()
    (step,) = training.steps(NET, params, data, softmax_cross_entropy, SGD(0.5), epochs=1, batch_size=100, rng=rng())
    y, backward = forward(NET, before, data[0])
    value, dy = softmax_cross_entropy(y, data[1])
    assert step.loss == pytest.approx(value, rel=1e-12)
    assert_allclose(step.g, backward(dy)[1], rtol=1e-9, atol=1e-15)
    assert_allclose(step.step, -0.5 * step.g, rtol=1e-15)
    assert_array_equal(params.flat, before.flat + step.step)
    assert step.lr == 0.5


def test_the_state_of_the_rule_lives_through_all_epochs() -> None:
    """Momentum over three epochs of one batch each, written out."""
    params, data = fresh()
    w, v = params.copy(), np.zeros_like(params.flat)
    run = training.steps(NET, params, data, softmax_cross_entropy, Momentum(0.1), epochs=3, batch_size=100, rng=rng())
    assert len(list(run)) == 3
    for _ in range(3):
        y, backward = forward(NET, w, data[0])
        v = 0.9 * v + backward(softmax_cross_entropy(y, data[1])[1])[1]
        w.flat[:] -= 0.1 * v
    assert_allclose(params.flat, w.flat, rtol=1e-10)


def test_the_schedule_is_asked_for_each_step_in_turn() -> None:
    params, data = fresh()
    schedule = Exponential(0.1, 0.5)
    run = training.steps(
        NET, params, data, softmax_cross_entropy, SGD(9.0), epochs=2, batch_size=40, rng=rng(), schedule=schedule
    )
    seen = [(step.lr, step) for step in run]
    assert [lr for lr, _ in seen] == [0.1 * 0.5**t for t in range(6)]
    for lr, step in seen:
        assert_allclose(step.step, -lr * step.g, rtol=1e-15)


def test_adjust_changes_the_gradient_before_the_rule() -> None:
    params, data = fresh()
    before, seen = params.flat.copy(), []

    def l2_and_clip(g: Array, w: Array) -> Array:
        seen.append(w.copy())
        return clip_by_norm(g + 100.0 * w, 1.0)

    (step,) = training.steps(
        NET, params, data, softmax_cross_entropy, SGD(0.5), epochs=1, batch_size=100, rng=rng(), adjust=l2_and_clip
    )
    assert_array_equal(seen[0], before)
    assert np.linalg.norm(step.g) == pytest.approx(1.0, rel=1e-12)
    assert step.g @ before > 0.95 * np.linalg.norm(before)
    assert_allclose(step.step, -0.5 * step.g, rtol=1e-15)


def test_who_stops_looking_stops_the_training() -> None:
    params, data = fresh()
    run = training.steps(NET, params, data, softmax_cross_entropy, Adam(), epochs=1000, batch_size=10, rng=rng())
    assert len(list(itertools.islice(run, 5))) == 5
    after = params.flat.copy()
    run.close()  # type: ignore[attr-defined]
    assert_array_equal(params.flat, after)


def test_a_plateau_cuts_the_rate_through_a_list_that_the_loop_fills() -> None:
    params, data = fresh()
    losses: list[float] = []
    plateau, rates = ReduceOnPlateau(0.1, factor=0.5, patience=0), []
    for step in training.steps(
        NET,
        params,
        data,
        softmax_cross_entropy,
        SGD(),
        epochs=4,
        batch_size=100,
        rng=rng(),
        schedule=lambda _: plateau(losses),
    ):
        rates.append(step.lr)
        losses.append(1.0)
    assert rates == [0.1, 0.1, 0.05, 0.025]


def test_single_precision_stays_single_also_for_double_data_and_a_schedule() -> None:
    params, data = fresh(np.float32)
    (step,) = training.steps(
        NET, params, data, softmax_cross_entropy, Adam(), epochs=1, batch_size=100, rng=rng(), schedule=Cosine(0.1, 5)
    )
    assert {params.flat.dtype, step.g.dtype, step.step.dtype} == {np.dtype(np.float32)}


def test_steps_run_the_network_in_training_mode_and_evaluation_does_not() -> None:
    """The weights of an input that is dropped have no gradient."""
    net = (Dropout(0.5), Dense(2))
    params, x = init_params(net, (40,), rng(1)), np.ones((1, 40))
    data = (x, np.array([1]))
    (step,) = training.steps(net, params, data, softmax_cross_entropy, SGD(), epochs=1, batch_size=1, rng=rng())
    kept = params.with_flat(step.g)["1.w"].any(axis=1)
    assert 10 < kept.sum() < 30
    exact = training.evaluate(net, params, data, softmax_cross_entropy)
    assert exact.loss == softmax_cross_entropy(x @ params["1.w"] + params["1.b"], data[1])[0]


FAULTS = """
import resource, sys
import numpy as np
from snippets import training

if sys.argv[1] == "keep":
    training._keep_freed_memory()
np.ones(2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    np.ones(2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the memory of another C library is its own affair")
def test_memory_of_freed_arrays_is_used_again_without_a_fault_of_pages() -> None:
    """A hundred arrays of 8 MB in a fresh process: left alone, glibc returns each to the system and asks again.

    Whoever sets one of glibc's limits by hand (`MALLOC_TOP_PAD_`, say) has switched its adapting off, and keeps it off.
    """
    training._keep_freed_memory()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_TUNABLES"))}
    plain, kept = (
        int(subprocess.run([sys.executable, "-c", FAULTS, how], env=env, capture_output=True, check=True).stdout)
        for how in ("leave", "keep")
    )
    assert plain >= 100
    assert kept <= 10


# ---------------------------------------------------------------- train


def test_one_example_a_step_is_a_batch_too() -> None:
    params, (x, y) = fresh()
    run = training.train(NET, params, (x[:3], y[:3]), softmax_cross_entropy, SGD(), epochs=1, batch_size=1, rng=rng())
    assert (len(run.loss), len(run.train)) == (3, 1)


def test_train_makes_its_batches_as_it_is_told() -> None:
    def first_and_last(data: training.Data, batch_size: int, _: np.random.Generator) -> Iterator[training.Data]:
        yield data[0][:batch_size], data[1][:batch_size]
        yield data[0][-batch_size:], data[1][-batch_size:]

    (params, data), (again, _) = fresh(), fresh()
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 10, "batches": first_and_last}
    run = training.train(NET, params, data, softmax_cross_entropy, SGD(), rng=rng(), **settings)
    assert run.loss[0] == softmax_cross_entropy(forward(NET, again, data[0][:10])[0], data[1][:10])[0]
    assert len(run.loss) == 2


def test_train_records_every_step_and_every_epoch() -> None:
    params, data = fresh()
    validation = moons(30, rng(3))
    history = training.train(
        NET, params, data, softmax_cross_entropy, Adam(0.01), epochs=3, batch_size=40, rng=rng(), validation=validation
    )
    per_step = [history.loss, history.lr, history.grad_norm, history.update_ratio]
    assert [len(record) for record in per_step] == [9] * 4
    assert [len(history.train), len(history.validation)] == [3, 3]
    assert history.train[-1] == training.evaluate(NET, params, data, softmax_cross_entropy)
    assert history.validation[-1] == training.evaluate(NET, params, validation, softmax_cross_entropy)
    assert history.lr == [0.01] * 9
    assert {field.name for field in dataclasses.fields(training.History)} == set(vars(history))


def test_the_record_is_that_of_the_steps() -> None:
    (params, data), (again, _) = fresh(), fresh()
    settings: dict[str, Any] = {"epochs": 2, "batch_size": 40, "schedule": Cosine(0.1, 6)}
    history = training.train(NET, params, data, softmax_cross_entropy, SGD(), rng=rng(), **settings)
    run = training.steps(NET, again, data, softmax_cross_entropy, SGD(), rng=rng(), **settings)
    for t, step in enumerate(run):
        assert history.loss[t] == step.loss
        assert history.lr[t] == step.lr
        assert history.grad_norm[t] == pytest.approx(np.sqrt((step.g**2).sum()), rel=1e-12)
        assert history.update_ratio[t] == pytest.approx(
            np.sqrt((step.step**2).sum()) / np.sqrt((again.flat**2).sum()), rel=1e-12
        )
    assert_array_equal(params.flat, again.flat)


def test_the_same_seed_gives_the_same_run() -> None:
    runs = []
    for seed in (0, 0, 1):
        params, data = fresh()
        training.train(NET, params, data, softmax_cross_entropy, Adam(), epochs=2, batch_size=10, rng=rng(seed))
        runs.append(params.flat)
    assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


def test_without_validation_nothing_is_recorded_for_it_and_no_epoch_is_no_run() -> None:
    params, data = fresh()
    before = params.flat.copy()
    history = training.train(NET, params, data, softmax_cross_entropy, Adam(), epochs=0, batch_size=10, rng=rng())
    assert history == training.History()
    assert_array_equal(params.flat, before)
    history = training.train(NET, params, data, softmax_cross_entropy, Adam(), epochs=1, batch_size=10, rng=rng())
    assert history.validation == []


def test_weights_at_rest_at_zero_have_the_ratio_zero() -> None:
    params, data = fresh()
    params.flat[:] = 0.0
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 100, "rng": rng(), "adjust": lambda g, _: 0.0 * g}
    assert training.train(NET, params, data, softmax_cross_entropy, SGD(), **settings).update_ratio == [0.0]


def test_a_run_that_leaves_the_numbers_ends_there() -> None:
    """The last loss on record is the first that is no number; nothing after it is worth the time."""

    def breaks(y: Array, labels: Any) -> tuple[float, Array]:
        value, dy = softmax_cross_entropy(y, labels)
        return (value if next(calls) < 4 else np.nan), dy  # the third call is the evaluation after the first epoch

    calls = itertools.count()
    params, data = fresh()
    history = training.train(NET, params, data, breaks, SGD(), epochs=5, batch_size=50, rng=rng())
    assert np.isfinite(history.loss).tolist() == [True, True, True, False]
    assert (len(history.update_ratio), len(history.train)) == (4, 1)


def test_the_moons_are_learned() -> None:
    params, data = fresh()
    before = training.evaluate(NET, params, data, softmax_cross_entropy)
    training.train(NET, params, data, softmax_cross_entropy, Adam(0.03), epochs=100, batch_size=20, rng=rng())
    after = training.evaluate(NET, params, moons(200, rng(9)), softmax_cross_entropy)
    assert before.accuracy < 0.95
    assert after.accuracy > 0.98
    assert after.loss < 0.1


# ---------------------------------------------------------------- measuring


def test_accuracy_counts_rows_whose_largest_entry_is_at_the_label() -> None:
    logits = np.array([[0.1, 0.9], [2.0, 1.0], [-5.0, -1.0], [0.0, 3.0]])
    assert training.accuracy(logits, np.array([1, 0, 0, 1])) == 0.75


def test_predict_in_batches_is_predict_at_once() -> None:
    params, (x, _) = fresh()
    assert_allclose(training.predict(NET, params, x, 7), forward(NET, params, x)[0], rtol=1e-12)


def test_predict_takes_1024_examples_at_a_time_and_single_ones_if_told() -> None:
    """What a layer sees: no more memory is needed for a large data set than for a large batch."""
    seen: list[int] = []

    def look(z: Array) -> Array:
        seen.append(len(z))
        return z

    net = (Activation(look, tanh_grad),)
    params, x = init_params(net, (1,), rng()), np.arange(2500.0)[:, None]
    assert_array_equal(training.predict(net, params, x), x)
    assert seen == [1024, 1024, 452]
    training.predict(net, params, x[:2], 1)
    assert seen[3:] == [1, 1]


def test_evaluate_has_no_accuracy_where_targets_are_no_classes() -> None:
    def squares(y: Array, target: Array) -> tuple[float, Array]:
        return float(((y - target) ** 2).mean()), 2 * (y - target) / y.size

    params, (x, _) = fresh()
    result = training.evaluate(NET, params, (x, x), squares)
    assert np.isnan(result.accuracy)
    assert result.loss == pytest.approx(((forward(NET, params, x)[0] - x) ** 2).mean())
    whole: Any = np.ones(x.shape, int)  # two labels an example are no class
    assert np.isnan(training.evaluate(NET, params, (x, whole), squares).accuracy)
    assert np.isnan(training.evaluate(NET, params, (x[:2], np.array([0.0, 1.0])), squares).accuracy)


# ---------------------------------------------------------------- disk


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    params, _ = fresh(np.float32)
    training.save(tmp_path / "net.npz", params)
    other = init_params(NET, (2,), rng(7), np.float32)
    untouched = other.flat.copy()
    loaded = training.load(tmp_path / "net.npz", other)
    assert_array_equal(loaded.flat, params.flat)
    assert loaded.flat.dtype == np.float32
    assert_array_equal(other.flat, untouched)
    assert_array_equal(np.load(tmp_path / "net.npz")["2.w"], params["2.w"])
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]


def test_saving_replaces_what_was_there(tmp_path: Path) -> None:
    params, _ = fresh()
    training.save(str(tmp_path / "net"), params)
    params.flat[:] += 1.0
    training.save(str(tmp_path / "net"), params)
    assert_array_equal(training.load(tmp_path / "net", params).flat, params.flat)


@pytest.mark.parametrize("broken", ["savez", "fsync", "replace"])
def test_a_save_that_fails_leaves_nothing_half_written(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params, _ = fresh()
    target = tmp_path / "net.npz"
    training.save(target, params)
    whole = target.read_bytes()

    def fail(file: Any, *_: Any, **__: Any) -> None:
        if broken == "savez":
            file.write(b"half")
        raise OSError("no space left on device")

    owner = {"savez": np, "fsync": os, "replace": Path}[broken]
    monkeypatch.setattr(owner, broken, fail)
    params.flat[:] = 0.0
    with pytest.raises(OSError, match="no space left"):
        training.save(target, params)
    assert target.read_bytes() == whole
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"]


def test_parameters_of_another_network_are_refused(tmp_path: Path) -> None:
    params, _ = fresh()
    training.save(tmp_path / "net.npz", params)
    for net, message in (
        ((Dense(16), Activation(tanh, tanh_grad), Dense(3)), r"2\.w must have shape \(16, 3\), got \(16, 2\)"),
        ((Dense(16),), r"net\.npz must hold \['0\.b', '0\.w'\], got"),
    ):
        with pytest.raises(ValueError, match=message):
            training.load(tmp_path / "net.npz", init_params(net, (2,), rng()))


def test_a_file_that_would_run_code_when_read_is_refused(tmp_path: Path) -> None:
    params, _ = fresh()
    arrays = {name: np.array([print], dtype=object) for name in params.arrays}
    np.savez(tmp_path / "net.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="allow_pickle=False"):
        training.load(tmp_path / "net.npz", params)


# ---------------------------------------------------------------- progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the clock is 0.15 s after the one before."""
    ticks = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: 0.15 * next(ticks))


@pytest.mark.usefixtures("clock")
def test_a_long_run_shows_its_progress_on_a_terminal() -> None:
    out = Terminal()
    assert list(training.progress(range(20), 20, out)) == list(range(20))
    start, *lines = out.getvalue().split("\r")
    assert start == ""
    assert [line[30:].split()[0] for line in lines] == [f"{n}/20" for n in (7, 9, 11, 13, 15, 17, 19, 20)]
    assert lines[0] == "█" * 10 + " " * 20 + " 7/20 steps, 1 s"
    assert lines[-1] == "█" * 30 + " 20/20 steps, 3 s\n"


@pytest.mark.usefixtures("clock")
def test_nothing_is_shown_without_a_terminal_or_within_the_first_second() -> None:
    silent, short = io.StringIO(), Terminal()
    list(training.progress(range(20), 20, silent))
    list(training.progress(range(5), 5, short))
    assert silent.getvalue() == short.getvalue() == ""


@pytest.mark.usefixtures("clock")
def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    list(training.progress(range(20), 20))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "20/20" in shown.err


@pytest.mark.usefixtures("clock")
def test_train_shows_how_many_of_all_its_steps_are_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three epochs of five batches, the last of them short."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    params, data = fresh()
    training.train(NET, params, data, softmax_cross_entropy, SGD(), epochs=3, batch_size=24, rng=rng())
    assert [line[30:].split()[0] for line in capsys.readouterr().err.split("\r")[1:]] == [
        f"{n}/15" for n in (7, 9, 11, 13, 15)
    ]


def test_the_bar_waits_for_more_than_a_second_and_then_more_than_a_fifth_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A clock may begin anywhere: here 1, 1.5, 1.7, 1.75 and 1.8 seconds pass, the first and third to the last bit."""
    clock, out = iter([-1.5, -0.5, 0.0, 0.2, 0.25, 0.3]), Terminal()
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    list(training.progress(range(5), 6, out))
    assert [line[30:] for line in out.getvalue().split("\r")[1:]] == [" 2/6 steps, 2 s", " 4/6 steps, 2 s"]


# ---------------------------------------------------------------- real data


def test_a_network_in_numpy_reads_97_5_percent_of_unseen_digits() -> None:
    """Mean over five stratified 80/20 splits, under two seconds of processor time each."""
    net = (Dense(256), Activation(relu, relu_grad), Dense(10))
    accuracies, seconds = [], []
    for seed in range(5):
        generator = rng(seed)
        (x, y), test = stratified_split(digits(), 0.8, generator)
        started = time.process_time()
        params = init_params(net, (64,), generator, np.float32)
        run = training.steps(
            net,
            params,
            (x, y),
            softmax_cross_entropy,
            AdamW(),
            epochs=40,
            batch_size=32,
            rng=generator,
            schedule=Cosine(2e-3, steps=40 * 45),
        )
        assert len(list(run)) == 40 * 45
        seconds.append(time.process_time() - started)
        accuracies.append(training.evaluate(net, params, test, softmax_cross_entropy).accuracy)
    assert np.mean(accuracies) >= 0.975
    assert max(seconds) < 2.0


def test_an_unsigned_batch_size_is_that_number() -> None:
    params, data = fresh()
    sizes = [len(x) for x, _ in training.minibatches(data, np.uint8(30), None)]  # type: ignore[arg-type]
    assert sizes == [30, 30, 30, 10]
    settings: dict[str, Any] = {"epochs": 2, "batch_size": np.uint8(30), "rng": rng()}
    assert len(training.train(NET, params, data, softmax_cross_entropy, SGD(0.5), **settings).train) == 2
    parts = training.predict(NET, params, data[0], np.uint8(30))  # type: ignore[arg-type]
    assert_array_equal(parts, training.predict(NET, params, data[0], 30))
