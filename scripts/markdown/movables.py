"""Families of curves with a slider: `<!-- movable: name -->` on a page becomes a picture whose curves a reader moves.

`draw` runs where the experiments run and makes finished HTML; site.js only swaps paths. Without JavaScript the start
frame stands there as a picture.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from scripts.markdown.syntax import PageError, Source, near

if TYPE_CHECKING:
    from snippets.arrays import Array
    from snippets.experiments import Movable

WIDTH, HEIGHT = 560, 340
LEFT, TOP, RIGHT, BOTTOM = 62, 30, 14, 46
ACROSS, DOWN = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
FINE = 2  # units of a path to one of the picture: rounding to whole units stays invisible
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Axis:
    """Where values fall between 0 and 1, and which of them are written."""

    def __init__(self, low: float, high: float, log: bool) -> None:
        self.log = log
        self.low, self.high = self.scale(np.array([low, high]))
        if self.low == self.high:
            self.low, self.high = self.low - 0.5, self.high + 0.5

    def scale(self, values: Array) -> Array:
        """Values, or their decimal logarithms on a logarithmic axis."""
        return np.log10(values) if self.log else values

    def place(self, values: Array) -> Array:
        """Where values fall: 0 at the low end, 1 at the high end, not finite where a value is not."""
        places: Array = (self.scale(values) - self.low) / (self.high - self.low)
        return places

    def ticks(self) -> list[tuple[float, str]]:
        """At most 7 places with their values: powers of ten on a logarithmic axis, steps of 1, 2 or 5 otherwise."""
        if self.log and self.high - self.low >= 1:
            first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
            every = math.ceil((last - first + 1) / 6)
            powers = range(math.ceil(first / every) * every, last + 1, every)
            return [((p - self.low) / (self.high - self.low), f"10{str(p).translate(SUPERSCRIPTS)}") for p in powers]
        low, high = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        raw = (high - low) / 5
        unit = 10.0 ** math.floor(math.log10(raw))
        step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= raw * (1 - 1e-9))
        values = np.arange(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1) * step
        return [
            (float(place), f"{round(float(value), 12):g}".replace("-", "−"))
            for place, value in zip(self.place(values), values, strict=True)
        ]


def draw(movable: Movable, t: Callable[[str], str]) -> str:
    """The HTML of a movable, its words through t."""
    curves = np.array([frame.curves for frame in movable.frames], dtype=float)
    finite = curves[np.isfinite(curves)]
    x_axis = Axis(float(movable.x[0]), float(movable.x[-1]), movable.log_x)
    y_axis = Axis(*(movable.y_limits or (float(finite.min()), float(finite.max()))), movable.log_y)
    frames = [
        {
            "value": frame.value,
            "note": t(frame.note) if frame.note else "",
            "curves": [path(x_axis.place(movable.x), y_axis.place(np.asarray(curve))) for curve in frame.curves],
        }
        for frame in movable.frames
    ]
    start = frames[movable.start]
    styles = [f"{color} dash-{i}" for i, color in enumerate(movable.colors[: len(movable.series)], 1)]
    series = [_curve(style, d) for style, d in zip(styles, start["curves"], strict=True)]
    key = [
        f'<li><svg viewBox="0 0 32 8" aria-hidden="true">{_curve(style, "M0 4H32")}</svg>{escape(t(name))}</li>'
        for style, name in zip(styles, movable.series, strict=True)
    ]
    data = escape(json.dumps(frames, ensure_ascii=False, separators=(",", ":")))
    return "".join(
        [
            f'<div class="movable" data-search-exclude="" data-frames="{data}">',
            f'<ul class="key">{"".join(key)}</ul>' if len(key) > 1 else "",
            f'<svg role="img" aria-label="{escape(t(movable.claim))}" viewBox="0 0 {WIDTH} {HEIGHT}">',
            _axes(x_axis, y_axis, t(movable.x_label), t(movable.y_label)),
            f'<svg x="{LEFT}" y="{TOP}" width="{ACROSS}" height="{DOWN}" ',
            f'viewBox="0 0 {ACROSS * FINE} {DOWN * FINE}">{"".join(series)}</svg></svg>',
            f'<div class="slider"><label><span>{escape(t(movable.slider))}</span> ',
            f'<input type="range" min="0" max="{len(frames) - 1}" value="{movable.start}" autocomplete="off" ',
            f'aria-valuetext="{escape(movable.frames[movable.start].value)}"/></label> ',
            f'<output aria-live="off">{escape(movable.frames[movable.start].value)}</output></div>',
            f'<p class="note" aria-live="polite">{escape(str(start["note"]))}</p></div>',
        ]
    )


def in_both_languages(movable: Movable, russian: Mapping[str, str]) -> dict[str, Any]:
    """The HTML of a movable by language, and the words that are in russian.

    Raises: KeyError that names a word without Russian; names and symbols (tanh, ReLU, σ) need none.
    """
    used: set[str] = set()

    def t(word: str) -> str:
        if word in russian:
            used.add(word)
            return russian[word]
        if any(part.islower() and len(part) > 2 and not hasattr(math, part) for part in re.findall("[A-Za-z]+", word)):
            raise KeyError(f"no Russian for {word!r}: add it to RU in snippets/figures/words.py")
        return word

    return {"html": {"en": draw(movable, str), "ru": draw(movable, t)}, "words": sorted(used)}


def path(x: Array, y: Array) -> str:
    """A curve through places in the unit square as SVG path data: whole units, relative moves, broken at gaps."""
    inside = np.isfinite(x) & np.isfinite(y)
    across = np.round(np.where(inside, x, 0) * ACROSS * FINE).astype(int)
    down = np.round((1 - np.clip(np.where(inside, y, 0), -1, 2)) * DOWN * FINE).astype(int)
    parts: list[str] = []
    last: tuple[int, int] | None = None
    for there, px, py in zip(inside.tolist(), across.tolist(), down.tolist(), strict=True):
        if there:
            parts.append(f"M{px} {py}" if last is None else f"l{px - last[0]} {py - last[1]}")
        last = (px, py) if there else None
    return "".join(parts)


def _curve(style: str, d: str) -> str:
    return f'<path class="curve {style}" d="{d}"/>'


def _axes(x_axis: Axis, y_axis: Axis, x_label: str, y_label: str) -> str:
    x_ticks = [(round(LEFT + place * ACROSS, 1), label) for place, label in x_axis.ticks()]
    y_ticks = [(round(TOP + (1 - place) * DOWN, 1), label) for place, label in y_axis.ticks()]
    grid = "".join(f"M{LEFT} {y}h{ACROSS}" for y, _ in y_ticks)
    marks = "".join(f"M{x} {TOP + DOWN}v5" for x, _ in x_ticks)
    texts = [f'<text x="{x}" y="{TOP + DOWN + 20}" text-anchor="middle">{label}</text>' for x, label in x_ticks]
    texts += [f'<text x="{LEFT - 8}" y="{y}" dy=".35em" text-anchor="end">{label}</text>' for y, label in y_ticks]
    texts += [
        f'<text x="{LEFT + ACROSS / 2}" y="{HEIGHT - 4}" text-anchor="middle">{escape(x_label)}</text>',
        f'<text x="0" y="14">{escape(y_label)}</text>',
    ]
    frame = f"M{LEFT} {TOP}v{DOWN}h{ACROSS}"
    return f'<path class="grid" d="{grid}"/><path class="axes" d="{frame}{marks}"/>{"".join(texts)}'


class _Marker(Preprocessor):
    """Replaces each marker by the finished HTML, stashed where Markdown does not touch it."""

    def __init__(self, md: Markdown, movables: Mapping[str, str], source: Source) -> None:
        super().__init__(md)
        self.movables, self.source = movables, source

    def run(self, lines: list[str]) -> list[str]:
        return [self.stash(line) for line in lines]

    def stash(self, line: str) -> str:
        marker = re.fullmatch(r"\s*<!-- movable: (\w+) -->\s*", line)
        if marker is None:
            return line
        if marker[1] not in self.movables:
            raise PageError(
                f"{self.source.name}: there is no movable {marker[1]}{near(marker[1], self.movables)}; "
                "return it from movables() of snippets/experiments/<stem>.py"
            )
        return f"\n{self.md.htmlStash.store(self.movables[marker[1]])}\n"


class MovablesExtension(Extension):
    """Replaces `<!-- movable: name -->` by movables[name], the HTML that `draw` made in the page's language."""

    def __init__(self, movables: Mapping[str, str], source: Source) -> None:
        super().__init__()
        self.movables, self.source = movables, source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register between the stashing of fences (25) and of HTML (20), so that a marker in a fence stays."""
        md.preprocessors.register(_Marker(md, self.movables, self.source), "movables", 22)
