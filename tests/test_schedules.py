"""Every schedule against an independent reference over hundreds of steps, its hand numbers, and what it refuses.

Our variants were once compared with PyTorch 2.13.0 (step, multi-step, exponential, polynomial, cosine, warm restarts,
the three cyclic ones, one-cycle, linear warm-up, plateau) over 200 steps: relative difference below 5e-15.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from itertools import chain, count, islice, pairwise
from typing import Any

import numpy as np
import pytest

from snippets import schedules as s

STEPS = 300


def times(lr: float, factor_at: Callable[[int], float]) -> Iterator[float]:
    """A rate that is multiplied before step t = 1, 2, … by factor_at(t)."""
    for t in count(1):
        yield lr
        lr *= factor_at(t)


def wave(start: float, end: float, n: int) -> Iterator[float]:
    """n points of a cosine from start on, not counting the end: cos(a) = Re exp(ia), turned step by step."""
    turn, z = complex(math.cos(math.pi / n), math.sin(math.pi / n)), complex(1.0)
    for _ in range(n):
        yield (start + end) / 2 + (start - end) / 2 * z.real
        z *= turn


def line(start: float, end: float, n: int) -> list[float]:
    """n points from start on, not counting the end."""
    return [start * (n - k) / n + end * k / n for k in range(n)]


def restarts(lr: float, end: float, n: int, growth: int) -> Iterator[float]:
    while True:
        yield from wave(lr, end, n)
        n *= growth


def forever(x: float) -> Iterator[float]:
    while True:
        yield x


def zigzag(base: float, peak: float, half: int, height: Callable[[int, int], float]) -> Iterator[float]:
    """Up and down; height(cycle, t) shrinks what stands above the base."""
    t = 0
    for cycle in count():
        for share in (*line(0.0, 1.0, half), *line(1.0, 0.0, half)):
            yield base + (peak - base) * share * height(cycle, t)
            t += 1


def vaswani(lr: float, k: int) -> Iterator[float]:
    """eq. 3 without its warm-up: (t/k)^-0.5 from k on."""
    return (lr if t < k else lr * (t / k) ** -0.5 for t in count())


LOOPS: list[tuple[Callable[[int], float], Iterator[float]]] = [
    (s.Constant(0.3), forever(0.3)),
    (s.StepDecay(0.3, 40, 0.5), times(0.3, lambda t: 0.5 if t % 40 == 0 else 1.0)),
    (s.StepDecay(0.3, 90), times(0.3, lambda t: 0.1 if t % 90 == 0 else 1.0)),
    (s.MultiStep(0.3, (30, 100, 101), 0.5), times(0.3, lambda t: 0.5 if t in (30, 100, 101) else 1.0)),
    (s.MultiStep(0.3, (100,)), times(0.3, lambda t: 0.1 if t == 100 else 1.0)),
    (s.Exponential(0.3, 0.97), times(0.3, lambda _: 0.97)),
    (s.InverseTime(0.3, 0.1), times(0.3, lambda t: (10 + t - 1) / (10 + t))),
    (s.InverseSqrt(0.3), vaswani(0.3, 1)),
    (s.InverseSqrt(0.3, 50), vaswani(0.3, 50)),
    (s.Polynomial(0.3, 200, end=0.1), chain(line(0.3, 0.1, 200), forever(0.1))),
    (s.Polynomial(0.3, 200), chain(line(0.3, 0.0, 200), forever(0.0))),
    (s.Polynomial(0.5, 200, 2.0, 0.1), chain((0.1 + x * x / 0.4 for x in line(0.4, 0.0, 200)), forever(0.1))),
    (s.Cosine(0.3, 200, 0.1), chain(wave(0.3, 0.1, 200), forever(0.1))),
    (s.Cosine(0.3, 200), chain(wave(0.3, 0.0, 200), forever(0.0))),
    (s.CosineRestarts(0.3, 50, 1, 0.1), restarts(0.3, 0.1, 50, 1)),
    (s.CosineRestarts(0.3, 20, 2), restarts(0.3, 0.0, 20, 2)),
    (s.CosineRestarts(0.3, 10, 3), restarts(0.3, 0.0, 10, 3)),
    (s.Warmup(s.Cosine(0.3, 200, 0.1), 30), chain(line(0.3, 0.0, 30)[::-1], wave(0.3, 0.1, 200), forever(0.1))),
    (s.Warmup(s.Constant(0.3), 1), forever(0.3)),
    (s.Triangular(0.1, 0.5, 35), zigzag(0.1, 0.5, 35, lambda _, __: 1.0)),
    (s.Triangular2(0.1, 0.5, 35), zigzag(0.1, 0.5, 35, lambda cycle, _: 0.5**cycle)),
    (s.ExpRange(0.1, 0.5, 35, 0.98), zigzag(0.1, 0.5, 35, lambda _, t: 0.98**t)),
    (
        s.OneCycle(0.5, 200, rise=0.305, start_div=10.0, end_div=100.0),
        chain(wave(0.05, 0.5, 60), wave(0.5, 0.0005, 139), forever(0.0005)),
    ),
    (
        s.WarmupStableDecay(0.4, 200, 20, 50, 0.1),
        chain(line(0.4, 0.0, 20)[::-1], [0.4] * 130, line(0.4, 0.1, 50), forever(0.1)),
    ),
    (s.WarmupStableDecay(0.4, 70, 20, 50), chain(line(0.4, 0.0, 20)[::-1], line(0.4, 0.0, 50), forever(0.0))),
    (s.RangeTest(1e-4, 10.0, 101), chain(islice(times(1e-4, lambda _: 1e5**0.01), 101), forever(10.0))),
]
CASES = [(schedule, list(islice(loop, STEPS))) for schedule, loop in LOOPS]


@pytest.mark.parametrize(("schedule", "reference"), CASES, ids=lambda x: repr(x) if dataclasses.is_dataclass(x) else "")
def test_every_step_is_that_of_the_reference(schedule: Callable[[int], float], reference: list[float]) -> None:
    ours = [schedule(t) for t in range(STEPS)]
    assert {type(rate) for rate in ours} == {float}
    np.testing.assert_allclose(ours, reference, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("schedule", [*(schedule for schedule, _ in CASES), s.ReduceOnPlateau(0.1)], ids=repr)
def test_a_schedule_never_changes(schedule: Any) -> None:
    for field in dataclasses.fields(schedule):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(schedule, field.name, 1)
    assert hash(schedule) == hash(dataclasses.replace(schedule))


def test_there_is_a_reference_for_every_schedule() -> None:
    public = {name for name, x in vars(s).items() if dataclasses.is_dataclass(x)}
    assert {type(schedule).__name__ for schedule, _ in CASES} == public - {"ReduceOnPlateau"}


@pytest.mark.parametrize("schedule", [schedule for schedule, _ in CASES], ids=repr)
def test_only_whole_steps_from_zero(schedule: Callable[[Any], float]) -> None:
    with pytest.raises(ValueError, match=r"t must be in \[0, inf\), got -1"):
        schedule(-1)
    with pytest.raises(TypeError, match=r"t must be a whole number, got 1\.0"):
        schedule(1.0)


def test_far_beyond_the_end_nothing_overflows() -> None:
    for schedule, _ in CASES:
        assert 0.0 <= schedule(10**7) <= 10.0
    assert s.Triangular2(0.1, 0.5, 1)(10**5 + 1) == 0.1


def test_one_cycle_may_rise_in_less_than_two_steps() -> None:
    assert s.OneCycle(1.0, 9, rise=0.15)(0) == pytest.approx(1.0 / 25.0)


def test_the_peak_of_one_cycle_stands_where_pytorch_puts_it() -> None:
    rates = [s.OneCycle(1.0, 100)(t) for t in range(100)]
    assert (rates[0], rates[29], rates[99]) == pytest.approx((0.04, 1.0, 4e-6), rel=1e-12)
    assert max(rates) == rates[29]


def test_half_a_cosine_is_half_way_in_the_middle() -> None:
    assert s.Cosine(0.4, 100)(50) == pytest.approx(0.2, rel=1e-15)
    assert s.Cosine(0.4, 100)(25) == pytest.approx(0.2 + 0.2 * math.sqrt(0.5), rel=1e-15)
    assert s.cosine_between(1.0, 3.0, -1.0) == 1.0
    assert s.cosine_between(1.0, 3.0, 2.0) == 3.0


def test_warm_up_ends_in_its_schedule_and_never_starts_at_zero() -> None:
    rates = [s.Warmup(s.Exponential(0.5, 0.9), 4)(t) for t in range(6)]
    assert rates == pytest.approx([0.125, 0.25, 0.375, 0.5, 0.5, 0.45], rel=1e-15)


def test_triangular2_halves_with_every_cycle() -> None:
    """Peaks at s, 3s, 5s, …: above the base each is half the one before."""
    peaks = np.array([s.Triangular2(0.1, 0.9, 10)(t) for t in range(10, 100, 20)]) - 0.1
    np.testing.assert_allclose(peaks, [0.8, 0.4, 0.2, 0.1, 0.05], rtol=1e-14)


def test_the_range_test_grows_by_equal_ratios() -> None:
    rates = [s.RangeTest(1e-3, 1.0, 4)(t) for t in range(6)]
    assert rates == pytest.approx([1e-3, 1e-2, 0.1, 1.0, 1.0, 1.0], rel=1e-14)


def plateau(losses: list[float], **options: Any) -> list[float]:
    rule = s.ReduceOnPlateau(1.0, **({"factor": 0.5, "patience": 2, "threshold": 0.0} | options))
    return [rule(losses[:n]) for n in range(len(losses) + 1)]


def test_plateau_by_hand() -> None:
    """With patience 2 the third loss in a row that is no better cuts; then counting starts again."""
    assert plateau([3.0, 2.0, 2.0, 2.5, 2.0, 2.0, 2.0, 2.0]) == [1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]


def test_an_improvement_gives_the_plateau_new_patience() -> None:
    assert plateau([3.0, 3.0, 3.0, 2.0, 2.0, 2.0, 1.9, 2.0, 2.0]) == [1.0] * 10


def test_plateau_counts_small_gains_as_none() -> None:
    """A loss must fall below (1 - threshold) times the best."""
    assert plateau([1.0, 0.95, 0.91, 0.9], threshold=0.1, patience=1)[-2:] == [0.5, 0.5]
    assert plateau([1.0, 0.95, 0.89, 0.85], threshold=0.1, patience=1)[-2:] == [1.0, 1.0]
    assert plateau([1.0, 0.99995, 0.99991], threshold=1e-4, patience=0) == [1.0, 1.0, 0.5, 0.25]


def test_plateau_stops_at_its_floor_and_treats_nan_as_no_gain() -> None:
    assert plateau([math.nan] * 4, patience=0, end=0.2) == [1.0, 0.5, 0.25, 0.2, 0.2]


def test_plateau_of_100_noisy_losses_is_that_of_a_state_machine() -> None:
    losses = np.round(np.random.default_rng(3).uniform(0.5, 1.0, 120) * np.linspace(1.0, 0.8, 120), 2).tolist()
    lr, since, rates = 1.0, 0, [1.0]
    for n, loss in enumerate(losses):
        since = 0 if all(loss < earlier * (1 - 1e-4) for earlier in losses[:n]) else since + 1
        lr, since = (max(0.01, 0.5 * lr), 0) if since == 5 else (lr, since)
        rates.append(lr)
    assert plateau(losses, patience=4, threshold=1e-4, end=0.01) == rates
    assert len(set(rates)) > 5


def test_defaults_are_those_of_pytorch() -> None:
    defaults = (s.StepDecay(1.0, 1).factor, s.MultiStep(1.0, ()).factor, s.ReduceOnPlateau(1.0), s.OneCycle(1.0, 9))
    assert defaults == (
        0.1,
        0.1,
        s.ReduceOnPlateau(1.0, factor=0.1, patience=10, threshold=1e-4, end=0.0),
        s.OneCycle(1.0, 9, rise=0.3, start_div=25.0, end_div=1e4),
    )
    assert (s.Polynomial(1.0, 9), s.Cosine(1.0, 9)) == (s.Polynomial(1.0, 9, 1.0, 0.0), s.Cosine(1.0, 9, 0.0))
    assert (s.CosineRestarts(1.0, 9), s.InverseSqrt(1.0)) == (s.CosineRestarts(1.0, 9, 1, 0.0), s.InverseSqrt(1.0, 1))
    assert s.WarmupStableDecay(1.0, 9, 1, 1) == s.WarmupStableDecay(1.0, 9, 1, 1, end=0.0)


LR = [0.0, -0.1, math.nan, math.inf]
REFUSED: list[tuple[Callable[..., object], dict[str, Any], str, list[Any]]] = [
    (s.Constant, {"lr": 0.1}, "lr", LR),
    (s.StepDecay, {"lr": 0.1, "every": 5}, "lr", LR),
    (s.StepDecay, {"lr": 0.1, "every": 5}, "every", [0, -1]),
    (s.StepDecay, {"lr": 0.1, "every": 5}, "factor", [0.0, -0.1, 1.1, math.nan]),
    (s.MultiStep, {"lr": 0.1, "milestones": (3,)}, "lr", LR),
    (s.MultiStep, {"lr": 0.1, "milestones": (3,)}, "milestones", [(0,), (-1, 2), (3, 3), (4, 3)]),
    (s.MultiStep, {"lr": 0.1, "milestones": (3,)}, "factor", [0.0, 1.1]),
    (s.Exponential, {"lr": 0.1, "factor": 0.9}, "lr", LR),
    (s.Exponential, {"lr": 0.1, "factor": 0.9}, "factor", [0.0, -1.0, 1.01]),
    (s.InverseTime, {"lr": 0.1, "decay": 0.9}, "lr", LR),
    (s.InverseTime, {"lr": 0.1, "decay": 0.9}, "decay", [-0.1, math.inf]),
    (s.InverseSqrt, {"lr": 0.1}, "lr", LR),
    (s.InverseSqrt, {"lr": 0.1}, "constant", [0, -1]),
    (s.Polynomial, {"lr": 0.1, "steps": 9}, "lr", LR),
    (s.Polynomial, {"lr": 0.1, "steps": 9}, "steps", [0]),
    (s.Polynomial, {"lr": 0.1, "steps": 9}, "power", [0.0, -1.0]),
    (s.Polynomial, {"lr": 0.1, "steps": 9}, "end", [-0.1, 0.2]),
    (s.Cosine, {"lr": 0.1, "steps": 9}, "lr", LR),
    (s.Cosine, {"lr": 0.1, "steps": 9}, "steps", [0]),
    (s.Cosine, {"lr": 0.1, "steps": 9}, "end", [-0.1, 0.2]),
    (s.CosineRestarts, {"lr": 0.1, "steps": 9}, "lr", LR),
    (s.CosineRestarts, {"lr": 0.1, "steps": 9}, "steps", [0]),
    (s.CosineRestarts, {"lr": 0.1, "steps": 9}, "growth", [0]),
    (s.CosineRestarts, {"lr": 0.1, "steps": 9}, "end", [-0.1, 0.2]),
    (s.Warmup, {"schedule": s.Constant(1.0), "steps": 9}, "steps", [0]),
    (s.Triangular, {"base": 0.1, "peak": 0.2, "half": 5}, "base", [0.0, math.nan]),
    (s.Triangular, {"base": 0.1, "peak": 0.2, "half": 5}, "peak", [0.05, math.inf]),
    (s.Triangular, {"base": 0.1, "peak": 0.2, "half": 5}, "half", [0]),
    (s.Triangular2, {"base": 0.1, "peak": 0.2, "half": 5}, "peak", [0.05]),
    (s.ExpRange, {"base": 0.1, "peak": 0.2, "half": 5, "factor": 0.9}, "peak", [0.05]),
    (s.ExpRange, {"base": 0.1, "peak": 0.2, "half": 5, "factor": 0.9}, "factor", [0.0, 1.1]),
    (s.OneCycle, {"peak": 0.1, "steps": 9}, "peak", LR),
    (s.OneCycle, {"peak": 0.1, "steps": 9}, "steps", [1]),
    (s.OneCycle, {"peak": 0.1, "steps": 9}, "rise", [0.0, 0.1, 1.0]),
    (s.OneCycle, {"peak": 0.1, "steps": 9}, "start_div", [0.5]),
    (s.OneCycle, {"peak": 0.1, "steps": 9}, "end_div", [0.5]),
    (s.WarmupStableDecay, {"lr": 0.1, "steps": 9, "warmup": 4, "decay": 5}, "lr", LR),
    (s.WarmupStableDecay, {"lr": 0.1, "steps": 9, "warmup": 4, "decay": 5}, "warmup", [0]),
    (s.WarmupStableDecay, {"lr": 0.1, "steps": 9, "warmup": 4, "decay": 5}, "decay", [0]),
    (s.WarmupStableDecay, {"lr": 0.1, "steps": 9, "warmup": 4, "decay": 5}, "steps", [8]),
    (s.WarmupStableDecay, {"lr": 0.1, "steps": 9, "warmup": 4, "decay": 5}, "end", [-0.1, 0.2]),
    (s.RangeTest, {"low": 0.1, "high": 1.0, "steps": 9}, "low", [0.0, math.nan]),
    (s.RangeTest, {"low": 0.1, "high": 1.0, "steps": 9}, "high", [0.1, 0.05]),
    (s.RangeTest, {"low": 0.1, "high": 1.0, "steps": 9}, "steps", [1]),
    (s.ReduceOnPlateau, {"lr": 0.1}, "lr", LR),
    (s.ReduceOnPlateau, {"lr": 0.1}, "factor", [0.0, 1.0]),
    (s.ReduceOnPlateau, {"lr": 0.1}, "patience", [-1]),
    (s.ReduceOnPlateau, {"lr": 0.1}, "threshold", [-0.1, 1.0]),
    (s.ReduceOnPlateau, {"lr": 0.1}, "end", [-0.1, 0.2]),
]


@pytest.mark.parametrize(
    ("make", "good", "name", "value"),
    [(make, good, name, value) for make, good, name, values in REFUSED for value in values],
)
def test_settings_that_are_refused(make: Callable[..., object], good: dict[str, Any], name: str, value: Any) -> None:
    make(**good)
    with pytest.raises(ValueError, match=rf"^{name} must (be in|increase).*, got "):
        make(**(good | {name: value}))


def test_rates_fall_where_they_are_said_to_fall() -> None:
    falling: list[s.Schedule] = [
        s.Exponential(0.1, 0.9),
        s.InverseTime(0.1, 1.0),
        s.InverseSqrt(0.1),
        s.Cosine(0.1, 50),
        s.Polynomial(0.1, 50),
    ]
    for schedule in falling:
        assert all(later < earlier for earlier, later in pairwise([schedule(t) for t in range(1, 50)]))
