"""Searches: what is tried, in which order it comes back, on which executor."""

from __future__ import annotations

import math
import multiprocessing
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from snippets import search as s
from snippets.experiments import search as experiments


def bowl(settings: s.Settings) -> float:
    """Best at lr = 0.01, whatever else there is."""
    return -abs(math.log10(settings["lr"]) + 2.0)


def learning(settings: s.Settings, budget: int) -> float:
    """A run that comes nearer to its end value with its budget."""
    return float(settings["end"] * (1 - 0.5**budget))


def never(_: s.Settings) -> float:
    raise RuntimeError("out of memory")


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Any:
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield pool


def test_grid_is_every_combination_once() -> None:
    points = s.grid({"a": [1, 2, 3], "b": ["x", "y"]})
    assert points == [{"a": a, "b": b} for a in (1, 2, 3) for b in ("x", "y")]
    assert s.grid({"a": []}) == []


def test_nine_points_see_three_values_on_a_grid_and_nine_at_random() -> None:
    grid = s.grid({"a": [0.0, 0.5, 1.0], "b": [0.0, 0.5, 1.0]})
    drawn = s.random_settings({"a": s.Uniform(0.0, 1.0), "b": s.Uniform(0.0, 1.0)}, 9, np.random.default_rng(0))
    assert len(grid) == len(drawn) == 9
    assert (len({p["a"] for p in grid}), len({p["a"] for p in drawn})) == (3, 9)


def test_uniform_and_log_uniform_fill_their_intervals_evenly() -> None:
    rng = np.random.default_rng(0)
    flat = np.array([s.Uniform(-1.0, 3.0)(rng) for _ in range(4000)])
    log = np.log10([s.LogUniform(1e-5, 1e-1)(rng) for _ in range(4000)])
    for values, low in ((flat, -1.0), (log, -5.0)):
        shares, _ = np.histogram(values, bins=8, range=(low, low + 4.0))
        assert shares.sum() == 4000
        assert (np.abs(shares - 500) < 4.5 * math.sqrt(500)).all()


def test_choice_draws_every_value_and_keeps_its_type() -> None:
    rng = np.random.default_rng(0)
    drawn = [s.Choice(("relu", 3, None))(rng) for _ in range(300)]
    assert set(drawn) == {"relu", 3, None}
    assert all(drawn.count(value) > 60 for value in ("relu", 3, None))


def test_the_same_seed_draws_the_same_settings() -> None:
    space: dict[str, s.Sampler] = {"lr": s.LogUniform(1e-4, 1.0), "units": s.Choice((16, 32))}
    a, b, c = (s.random_settings(space, 5, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert a == b != c


def test_sixty_trials_hit_the_best_twentieth_with_95_percent() -> None:
    assert s.hit_probability(60, 0.05) == pytest.approx(0.954, abs=5e-4)
    assert s.hit_probability(1, 0.25) == pytest.approx(0.25, rel=1e-14)
    assert s.hit_probability(10, 1e-12) == pytest.approx(1e-11, rel=1e-9)


def test_standard_error_is_the_spread_of_measured_accuracies() -> None:
    rng = np.random.default_rng(0)
    measured = (rng.random((4000, 250)) < 0.9).mean(axis=1)
    assert s.standard_error(0.9, 250) == pytest.approx(measured.std(), rel=0.04)
    assert (s.standard_error(0.5, 100), s.standard_error(0.0, 7), s.standard_error(1.0, 7)) == (0.05, 0.0, 0.0)


def test_paired_difference_counts_where_only_one_is_right() -> None:
    a = np.array([True, True, True, False, False])
    b = np.array([True, False, False, True, False])
    assert s.paired_difference(a, b) == pytest.approx((0.2, math.sqrt((0.6 - 0.04) / 5)), rel=1e-14)
    assert s.paired_difference(b, a)[0] == pytest.approx(-0.2, rel=1e-14)
    assert s.paired_difference(a, a) == (0.0, 0.0)


def test_the_error_of_a_paired_difference_is_its_spread_and_shared_difficulty_makes_it_small() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random((4000, 200)) < 0.2
    a, b = (~hard & (rng.random(hard.shape) < p) for p in (0.95, 0.9))
    differences = [s.paired_difference(x, y) for x, y in zip(a, b, strict=True)]
    spread = float(np.std([difference for difference, _ in differences]))
    assert np.mean([error for _, error in differences]) == pytest.approx(spread, rel=0.04)
    alone = math.hypot(s.standard_error(float(a.mean()), 200), s.standard_error(float(b.mean()), 200))
    assert spread < 0.7 * alone


def test_ranked_puts_the_best_first_and_broken_runs_last() -> None:
    trials = [s.Trial({}, score) for score in (0.5, math.nan, 0.9, -math.inf, 0.7)]
    assert [t.score for t in s.ranked(trials)][:3] == [0.9, 0.7, 0.5]
    assert {str(t.score) for t in s.ranked(trials)[3:]} == {"nan", "-inf"}


def test_grid_search_finds_the_best_on_any_executor(executor: Executor) -> None:
    trials = s.grid_search(bowl, {"lr": [1.0, 0.1, 0.01, 0.001], "seed": [0, 1]}, executor)
    assert len(trials) == 8
    assert trials[0] == s.Trial({"lr": 0.01, "seed": 0}, 0.0)
    assert [t.score for t in trials] == sorted((t.score for t in trials), reverse=True)


def test_random_search_is_the_same_on_any_executor(executor: Executor) -> None:
    trials = s.random_search(bowl, {"lr": s.LogUniform(1e-4, 1.0)}, 20, np.random.default_rng(0), executor)
    drawn = s.random_settings({"lr": s.LogUniform(1e-4, 1.0)}, 20, np.random.default_rng(0))
    assert trials == s.ranked([s.Trial(settings, bowl(settings)) for settings in drawn])


def test_a_search_on_digits_is_the_same_on_threads_processes_and_a_dask_cluster() -> None:
    """Settings, scores and order, bit for bit; the functions are those that the chapter shows."""
    with ThreadPoolExecutor(1) as one, experiments.processes(2) as two, experiments.dask_workers(2) as cluster:
        assert type(cluster).__module__.startswith("distributed")
        serial, *others = (experiments.best_of_eight(pool) for pool in (one, two, cluster))
    assert len(serial) == 8
    assert serial[0].score > 0.85
    assert others == [serial, serial]


def test_search_runs_as_many_trials_at_a_time_as_there_are_workers() -> None:
    meeting = threading.Barrier(3, timeout=20)

    def waits_for_two_others(settings: s.Settings) -> float:
        meeting.wait()
        return float(settings["n"])

    with ThreadPoolExecutor(3) as pool:
        assert [t.score for t in s.search(waits_for_two_others, s.grid({"n": [1, 2, 3]}), pool)] == [3.0, 2.0, 1.0]


def test_what_a_trial_raises_is_raised(executor: Executor) -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        s.search(never, [{}], executor)


def test_successive_halving_halves_and_doubles(executor: Executor) -> None:
    rungs = s.successive_halving(learning, s.grid({"end": list(range(8))}), 1, executor)
    assert [len(rung) for rung in rungs] == [8, 4, 2, 1]
    assert [rung[0].score for rung in rungs] == [7 * (1 - 0.5**budget) for budget in (1, 2, 4, 8)]
    assert rungs[-1][0].settings == {"end": 7}
    assert sorted(t.settings["end"] for t in rungs[1]) == [4, 5, 6, 7]


def test_successive_halving_by_three_keeps_at_least_one() -> None:
    seen: list[int] = []

    def f(settings: s.Settings, budget: int) -> float:
        seen.append(budget)
        return float(settings["end"])

    with ThreadPoolExecutor(1) as pool:
        rungs = s.successive_halving(f, s.grid({"end": list(range(10))}), 2, pool, keep=3)
        assert [len(rung) for rung in rungs] == [10, 3, 1]
        assert seen == [2] * 10 + [6] * 3 + [18]
        assert s.successive_halving(f, [{"end": 1}], 5, pool) == [[s.Trial({"end": 1}, 1.0)]]
        assert [len(rung) for rung in s.successive_halving(f, s.grid({"end": [1, 2]}), 1, pool, keep=3)] == [2, 1]
