"""Families of curves: what a Movable refuses, and that the picture says what the numbers say."""

from __future__ import annotations

import gzip
import importlib
import json
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import numpy as np
import pytest
from markdown import Markdown

from scripts.markdown.movables import ACROSS, DOWN, FINE, Axis, MovablesExtension, draw, path
from scripts.markdown.syntax import PageError, Source
from snippets.arrays import Array
from snippets.experiments import Frame, Movable

ROOT = Path(__file__).resolve().parents[1]
X = np.array([1.0, 2.0, 4.0])


def family(**changes: Any) -> Movable:
    frames = tuple(Frame(f"{g:g}", (g * X, g + X), "it <grows>" if g > 1 else "") for g in (0.5, 1.0, 2.0))
    given: dict[str, Any] = {"claim": "both grow", "slider": "gain", "x_label": "layer", "y_label": "size", "x": X}
    return Movable(**(given | {"series": ("product", "sum"), "frames": frames, "start": 1} | changes))


def picture(movable: Movable) -> Element:
    return fromstring(draw(movable, lambda word: word.upper()))


def frames(page: Element) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = json.loads(page.get("data-frames", ""))
    return data


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"series": ("one",)}, "must have 1 curves, got 2"),
        ({"series": ()}, "1 to 4"),
        ({"series": ("a", "b", "c", "d", "e")}, "1 to 4"),
        ({"colors": ("blue",)}, "for each curve"),
        ({"colors": ("blue", "teal")}, "got .'blue', 'teal'."),
        ({"start": 3}, "start=3"),
        ({"start": -1}, "start=-1"),
        ({"frames": family().frames[:2]}, "at least 3"),
        ({"x": np.array([1.0, 2.0])}, "x's shape"),
        ({"x": np.array([1.0, 1.0, 4.0])}, "increasing"),
        ({"x": np.array([0.0, 1.0, 4.0]), "log_x": True}, "positive"),
        ({"frames": tuple(Frame("0", (0 * X, X)) for _ in range(3)), "log_y": True}, "positive"),
    ],
)
def test_a_family_that_does_not_fit_together_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        family(**changes)


def points(d: str) -> list[list[tuple[float, float]]]:
    """The strokes of a path, read back into the unit square."""
    strokes: list[list[tuple[float, float]]] = []
    x = y = 0
    for kind, a, b in re.findall(r"([Ml])(-?\d+) (-?\d+)", d):
        x, y = (int(a), int(b)) if kind == "M" else (x + int(a), y + int(b))
        if kind == "M":
            strokes.append([])
        strokes[-1].append((x / (ACROSS * FINE), 1 - y / (DOWN * FINE)))
    assert re.sub(r"[Ml]-?\d+ -?\d+", "", d) == ""
    return strokes


def test_a_path_passes_through_its_points() -> None:
    x, y = np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** 2
    (stroke,) = points(path(x, y))
    np.testing.assert_allclose(stroke, np.column_stack([x, y]), atol=0.6 / (DOWN * FINE))


def test_a_path_breaks_where_a_value_is_missing_and_stays_bounded_outside() -> None:
    y = np.array([0.1, 0.2, np.nan, np.inf, 0.5, 1e300])
    first, second = points(path(np.linspace(0, 1, 6), y))
    assert len(first) == 2
    assert len(second) == 2
    assert second[-1][1] == pytest.approx(2.0)


@pytest.mark.parametrize("log", [False, True])
def test_curves_are_drawn_to_the_scale_of_their_axes(log: bool) -> None:
    page = picture(family(log_y=log))
    scale = np.log10 if log else np.asarray
    low, high = scale(np.array([0.5, 8.0]))  # the smallest and the largest value of all frames
    for frame, given in zip(frames(page), family().frames, strict=True):
        for d, curve in zip(frame["curves"], given.curves, strict=True):
            (stroke,) = points(d)
            expected = (scale(np.asarray(curve)) - low) / (high - low)
            np.testing.assert_allclose([y for _, y in stroke], expected, atol=0.6 / (DOWN * FINE))


def test_the_start_frame_stands_there_without_javascript() -> None:
    page = picture(family())
    start = frames(page)[1]
    assert [p.get("d") for p in page.findall("./svg/svg/path")] == start["curves"]
    assert page.findtext(".//output") == start["value"] == "1"
    slider = page.find(".//label/input[@type='range']")
    assert slider is not None
    assert (slider.get("min"), slider.get("max"), slider.get("value")) == ("0", "2", "1")
    assert slider.get("aria-valuetext") == "1"


def test_curves_and_their_names_share_colour_and_dashes() -> None:
    page = picture(family(colors=("red", "grey")))
    for where in ("./svg/svg/path", ".//li/svg/path"):
        assert [p.get("class") for p in page.findall(where)] == ["curve red dash-1", "curve grey dash-2"]


def test_every_word_is_translated_and_no_value_is() -> None:
    page = picture(family())
    drawing = page.find("./svg")
    assert drawing is not None
    assert drawing.get("aria-label") == "BOTH GROW"
    texts = {element.text for element in page.iter() if element.text and element.text.strip()}
    assert {"GAIN", "LAYER", "SIZE"} <= texts
    assert [text for item in page.iter("li") for text in item.itertext()] == ["PRODUCT", "SUM"]
    assert [frame["note"] for frame in frames(page)] == ["", "", "IT <GROWS>"]
    assert [frame["value"] for frame in frames(page)] == ["0.5", "1", "2"]


@pytest.mark.parametrize(
    ("low", "high", "log", "labels"),
    [
        (0, 1, False, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (-1, 1, False, ["−1", "−0.5", "0", "0.5", "1"]),
        (1, 30, False, ["10", "20", "30"]),
        (1e-6, 1e4, True, ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²", "10⁴"]),
        (1e-13, 1e5, True, ["10⁻¹²", "10⁻⁸", "10⁻⁴", "10⁰", "10⁴"]),
        (0.01, 0.1, True, ["10⁻²", "10⁻¹"]),
        (2, 8, True, ["2", "4", "6", "8"]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, log: bool, labels: list[str]) -> None:
    axis = Axis(low, high, log)
    assert [label for _, label in axis.ticks()] == labels
    assert all(-1e-9 <= place <= 1 + 1e-9 for place, _ in axis.ticks())


def test_a_tick_stands_where_its_value_falls() -> None:
    axis = Axis(1e-3, 1e3, log=True)
    values: Array = np.array([1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3])
    places = dict(zip(["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹", "10²", "10³"], axis.place(values), strict=True))
    for place, label in axis.ticks():
        assert place == pytest.approx(places[label])


def test_the_marker_becomes_the_picture_and_an_unknown_one_is_refused() -> None:
    def convert(text: str) -> str:
        return Markdown(extensions=[MovablesExtension({"gain": "<div>moves</div>"}, Source("docs/en/a.md"))]).convert(
            text
        )

    assert convert("before\n\n<!-- movable: gain -->\n\nafter") == "<p>before</p>\n<div>moves</div>\n<p>after</p>"
    with pytest.raises(PageError, match=r"docs/en/a\.md: there is no movable gian; did you mean gain\?"):
        convert("<!-- movable: gian -->")


USED = {
    page.stem: names
    for page in sorted((ROOT / "docs" / "en").glob("*.md"))
    if (names := re.findall(r"^<!-- movable: (\w+) -->$", page.read_text("utf8"), re.M))
}


@pytest.mark.parametrize("stem", USED)
def test_the_movables_of_a_page_stay_small(stem: str) -> None:
    movables = importlib.import_module(f"snippets.experiments.{stem}").movables()
    size = len(gzip.compress("".join(draw(movables[name], str) for name in USED[stem]).encode(), mtime=0))
    assert size <= 12_000, f"{stem}: {size} bytes; take fewer frames or points"
