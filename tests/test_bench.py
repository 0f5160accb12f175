"""The benchmark runs with what is installed, says what is not, and measures what it says."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import bench

ROOT = Path(__file__).resolve().parents[1]
OPTIONS = argparse.Namespace(threads=1, rounds=3, cpu=False)


def test_the_benchmark_prints_a_line_for_every_contender() -> None:
    command = [sys.executable, "-m", "scripts.bench", "--rounds", "1", "--cpu"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "1 thread(s), batch 128, medians of 1 rounds" in run.stdout
    for sizes in bench.SIZES:
        for dtype in ("float32", "float64"):
            assert f"training step {'-'.join(map(str, sizes))}, {dtype}" in run.stdout
    assert run.stdout.count("\n  products alone ") == 4
    assert run.stdout.count("\n  ours ") == 4 + 2 * len(bench.ELEMENTWISE)


def test_what_is_missing_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.installed("numpy")
    assert not bench.installed("numpy", "a_framework_of_tomorrow", "another")
    assert capsys.readouterr().out == "not installed, left out: a_framework_of_tomorrow, another\n"


def test_measure_takes_the_median_of_a_call() -> None:
    waits = iter([0.0] * 10 + [0.01] * 20 + [0.1] * 10)
    times = bench.measure({"ours": lambda: time.sleep(next(waits))}, OPTIONS, calls=10)
    assert 9.0 < times["ours"] < 40.0


def test_every_contender_of_ours_learns_the_same_batch() -> None:
    for dtype in ("float32", "float64"):
        step = bench.ours(bench.SIZES[0], dtype)["ours"]
        losses = [step().loss for _ in range(60)]  # type: ignore[attr-defined]
        assert losses[-1] < 0.2 * losses[0]
