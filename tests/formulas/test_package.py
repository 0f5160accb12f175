"""Small mistakes in a function: all are made, none in checks, and a formula notices those that its samples show."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from formulas import Binding
from formulas.pages import Formula
from scripts import mutate_package
from scripts.mutate_package import accepted, mistakes, noticed

SOURCE = '''
def line(x, slope=2.0):
    """y = 1 - 2 x."""
    if x < -1.0:
        raise ValueError("x")
    checks.number("x", x, 0.0)
    return -slope * x + 1.0


class checks:
    @staticmethod
    def number(*arguments):
        pass


class Rule:
    @property
    def steep(self):
        return 3.0 > 2.0
'''
Named = dict[str, tuple[CodeType, CodeType]]


@pytest.fixture
def names(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "lines.py"
    path.write_text(SOURCE, encoding="utf-8")
    return runpy.run_path(str(path), run_name="lines")


@pytest.fixture
def line(names: dict[str, Any]) -> FunctionType:
    found = names["line"]
    assert isinstance(found, FunctionType)
    return found


def by_change(function: FunctionType) -> Named:
    return {change: (wrong, nonsense) for _, change, wrong, nonsense in mistakes(function)}


def bound(line: Callable[..., Any], points: list[float]) -> list[tuple[Formula, Binding]]:
    def sampler(_rng: object) -> dict[str, float]:
        x = next(xs)
        return {"x": x, "y": float(line(x))}

    def forever() -> Iterator[float]:
        while True:
            yield from points

    xs = forever()
    return [(Formula(Path("page.md"), 1, "line", "y = 1 - 2 x"), Binding("line", sampler, n=len(points)))]


def test_every_mistake_is_made_but_none_in_a_check_or_a_default(line: FunctionType) -> None:
    assert by_change(line).keys() == {
        "-slope * x + 1.0 -> -slope * x - 1.0",
        "-slope * x -> -slope / x",
        "-slope -> +slope",
        "1.0 -> 1.1",
    }


def test_a_method_behind_a_property_is_changed_too(names: dict[str, Any]) -> None:
    steep = names["Rule"].steep.fget
    assert by_change(steep).keys() == {"3.0 > 2.0 -> 3.0 >= 2.0", "3.0 -> 3.3000000000000003", "2.0 -> 2.2"}
    steep.__code__ = by_change(steep)["3.0 > 2.0 -> 3.0 >= 2.0"][1]
    assert not names["Rule"]().steep


def test_a_formula_notices_what_its_samples_show(line: FunctionType) -> None:
    for wrong, nonsense in by_change(line).values():
        assert noticed(line, wrong, bound(line, [0.5, 2.0]))
        assert noticed(line, nonsense, bound(line, [0.5]))


def test_a_tame_sample_lets_a_mistake_live(line: FunctionType) -> None:
    changes = by_change(line)
    assert not noticed(line, changes["-slope -> +slope"][0], bound(line, [0.0]))
    assert noticed(line, changes["-slope -> +slope"][1], bound(line, [0.0]))


def test_a_mistake_that_never_ends_is_noticed(line: FunctionType, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(x: float) -> float:
        while True:
            x += 1.0

    monkeypatch.setattr(mutate_package, "SECONDS", 0.1)
    assert noticed(line, endless.__code__, bound(line, [0.5]))


def test_the_function_is_right_again_afterwards(line: FunctionType) -> None:
    for wrong, _ in by_change(line).values():
        noticed(line, wrong, bound(line, [0.5]))
    assert line(0.5) == 0.0


def test_reasons_are_read() -> None:
    text = "# a title\nlosses.bce | 1.0 -> 1.1 | a limit\nlosses.mse | a | b -> a & b | c\n"
    assert accepted(text) == {"losses.bce | 1.0 -> 1.1": "a limit", "losses.mse | a | b -> a & b": "c"}
