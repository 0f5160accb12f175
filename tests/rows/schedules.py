"""Rows of snippets/schedules.py; what they refuse is a table of its own in tests/test_schedules.py."""

from __future__ import annotations

from snippets import schedules as s
from tests.tables import Other, Refusal, Row, Schedule, refusal

ROWS: list[Row] = [
    Schedule(s.Constant(0.1), 0.1, 0.1),
    Schedule(s.StepDecay(0.1, 30), 0.0, 0.1),
    Schedule(s.MultiStep(0.1, (30, 80)), 0.001 * (1 - 1e-15), 0.1),
    Schedule(s.Exponential(0.1, 0.99), 0.0, 0.1),
    Schedule(s.InverseTime(0.1, 0.5), 0.0, 0.1),
    Schedule(s.InverseSqrt(0.1, 10), 0.0, 0.1),
    Schedule(s.Polynomial(0.1, 300, 2.0, 0.01), 0.01, 0.1),
    Schedule(s.Cosine(0.1, 300, 0.01), 0.01, 0.1),
    Schedule(s.CosineRestarts(0.1, 30, 1, 0.01), 0.01, 0.1, label="equal"),
    Schedule(s.CosineRestarts(0.1, 30, 2, 0.01), 0.01, 0.1, label="growing"),
    Schedule(s.Warmup(s.Cosine(0.1, 300), 20), 0.0, 0.1),
    Schedule(s.Triangular(0.01, 0.1, 25), 0.01, 0.1),
    Schedule(s.Triangular2(0.01, 0.1, 25), 0.01, 0.1),
    Schedule(s.ExpRange(0.01, 0.1, 25, 1.0), 0.01, 0.1),
    Schedule(s.OneCycle(0.1, 300, rise=0.3), 4e-7, 0.1),
    Schedule(s.WarmupStableDecay(0.1, 300, 10, 50), 0.0, 0.1),
    Schedule(s.RangeTest(1e-4, 0.1, 200), 1e-4, 0.1),
    Other(s.cosine_between, "the half wave that three schedules share"),
    Other(s.ReduceOnPlateau, "a function of losses, not of the step"),
]

REFUSALS: list[Refusal] = [
    refusal(s.Warmup, TypeError, "schedule", "got 0.1", 0.1, 20),
    refusal(s.ReduceOnPlateau, ValueError, "factor", "1.0", 0.1, factor=1.0),
    refusal(s.MultiStep, ValueError, "milestones", "(3, 3)", 0.1, (3, 3)),
    refusal(s.MultiStep, TypeError, "milestones", "got 3", 0.1, 3),
    refusal(s.Triangular2(0.1, 0.2, 5), TypeError, "t", "'1'", "1"),
    refusal(s.WarmupStableDecay, ValueError, "steps", "8", 0.1, 8, 4, 5),
]
