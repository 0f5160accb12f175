"""Draw the figures of one chapter and compute its facts. Runs in a fresh interpreter, so that no old code is about.

The job comes as JSON on standard input, the report goes as JSON into the file that the job names. A figure that fails
costs only itself.
"""

from __future__ import annotations

import functools
import importlib
import io
import json
import math
import sys
import traceback
import warnings
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from unittest.mock import patch

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib import font_manager
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from scripts.files import write
from scripts.markdown.movables import in_both_languages
from scripts.results import Results
from scripts.svg import themed

DPI = 150
WIDEST = 6.4  # inches; wider, and the text is too small on a phone
SMALLEST = 9.0  # points


def main(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job: {root, salt, stem, report, facts: path?, movables: path?, figures: [...], png: [folder, theme]?}.

    Each figure is {name, lang, path, literals}.
    """
    warnings.simplefilter("error")
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    root = Path(job["root"])
    font_manager.fontManager.ttflist = [
        font for font in font_manager.fontManager.ttflist if font.fname.startswith(matplotlib.get_data_path())
    ]  # the fonts that come with matplotlib, whatever else this machine has
    plt.style.use(["default", str(root / "snippets/figures/site.mplstyle")])
    palette = importlib.import_module("snippets.figures.palette")
    if job["png"] and job["png"][1] == "dark":
        darken(palette)
    functools.cache = Results(root, job["salt"]).cache  # type: ignore[assignment]
    report: dict[str, Any] = {"errors": []}
    for figure in job["figures"]:
        try:
            draw(job["stem"], figure, job["png"], palette)
        except Exception as error:
            report["errors"].append(f"figure {figure['name']} ({figure['lang']}): {explain(error, root)}")
        plt.close("all")
    if job["facts"]:
        try:
            write(Path(job["facts"]), json.dumps(facts(job["stem"]), indent=0).encode())
        except Exception as error:
            report["errors"].append(f"facts of {job['stem']}: {explain(error, root)}")
    if job["movables"]:
        try:
            write(Path(job["movables"]), json.dumps(movables(job["stem"]), ensure_ascii=False).encode())
        except Exception as error:
            report["errors"].append(f"movables of {job['stem']}: {explain(error, root)}")
    return report


def draw(stem: str, job: dict[str, Any], png: list[str] | None, palette: ModuleType) -> None:
    """Draw one figure in one language and write it with the list of its words beside it."""
    words: dict[str, str] = importlib.import_module("snippets.figures.words").RU
    used: set[str] = set()

    def t(word: str) -> str:
        if word not in job["literals"]:
            raise ValueError(
                f"t({word!r}): give t a string literal, or the build cannot see which words a figure needs"
            )
        used.add(word)
        if job["lang"] == "en":
            return word
        if word not in words:
            raise KeyError(f"no Russian for {word!r}: add it to RU in snippets/figures/words.py")
        return words[word]

    figure = getattr(importlib.import_module(f"snippets.figures.{stem}"), job["name"])(t)
    if not isinstance(figure, Figure):
        raise TypeError(f"a figure function returns a matplotlib Figure, this one returned {figure!r}")
    if png:
        target = Path(png[0]) / f"{job['name']}.{job['lang']}.{png[1]}.png"
        figure.savefig(target, dpi=DPI, facecolor=palette.PAPER)
    look_over(figure)
    if png:
        return
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    path = Path(job["path"])
    write(path, themed(buffer.getvalue().decode(), palette.DARK, palette.FIXED).encode())
    write(path.with_suffix(".json"), json.dumps(sorted(used)).encode())


def look_over(figure: Figure) -> None:
    """Refuse a figure that readers could not read: too wide, small letters, text cut off or upon other text."""
    if figure.get_figwidth() > WIDEST:
        raise ValueError(f"{figure.get_figwidth()} in wide: {WIDEST} in are all that a phone can show")
    boxes = []
    for text in drawn_texts(figure):
        name, box = text.get_text(), text.get_window_extent()
        if float(text.get_fontsize()) < SMALLEST:
            raise ValueError(f"the text {name!r} has {text.get_fontsize()} pt: {SMALLEST} are the least")
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            raise ValueError(f"the text {name!r} is cut off at the edge of the figure")
        if text.get_rotation() % 90 == 0:
            boxes.append((name, box))
    for (name, box), (other, under) in combinations(boxes, 2):
        common = Bbox.intersection(box, under)
        if common and common.width * common.height > 0.1 * min(b.width * b.height for b in (box, under)):
            raise ValueError(f"the texts {name!r} and {other!r} lie upon each other")


def drawn_texts(figure: Figure) -> list[Text]:
    """The texts that a drawing of the figure shows: ticks beyond the limits of their axis are not among them."""
    drawn: dict[Text, None] = {}
    draw = Text.draw

    def record(text: Text, renderer: Any) -> None:
        if text.get_visible() and text.get_text().strip():
            drawn[text] = None
        draw(text, renderer)

    with patch.object(Text, "draw", record):
        figure.draw_without_rendering()
    return list(drawn)


def darken(palette: ModuleType) -> None:
    """Put the colours of the dark theme in the palette and the style, before any figure module reads them."""
    dark: dict[str, str] = palette.DARK
    for name, value in vars(palette).items():
        if isinstance(value, str) and value in dark:
            setattr(palette, name, dark[value])
    palette.SHADES = tuple(dark[color] for color in palette.SHADES)  # type: ignore[attr-defined]
    for name, value in plt.rcParams.items():
        if isinstance(value, str) and f"#{value}".lower().replace("##", "#") in dark:
            plt.rcParams[name] = dark[f"#{value}".lower().replace("##", "#")]
    plt.rcParams["axes.prop_cycle"] = cycler(
        color=[dark[f"#{color}".replace("##", "#")] for color in plt.rcParams["axes.prop_cycle"].by_key()["color"]]
    )


def facts(stem: str) -> dict[str, float]:
    """The numbers of a chapter, each finite and a plain Python number."""
    found = importlib.import_module(f"snippets.experiments.{stem}").facts()
    plain: dict[str, float] = {}
    for name, value in found.items():
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
            raise TypeError(f"fact {stem}.{name} must be a number, got {value!r}")
        if not math.isfinite(cast(float, value)):
            raise ValueError(f"fact {stem}.{name} must be finite, got {value!r}")
        plain[f"{stem}.{name}"] = value.item() if isinstance(value, np.number) else value
    return plain


def movables(stem: str) -> dict[str, Any]:
    """The movables of a chapter: HTML in both languages, and the words of theirs that have Russian."""
    russian: dict[str, str] = importlib.import_module("snippets.figures.words").RU
    found = importlib.import_module(f"snippets.experiments.{stem}").movables()
    return {name: in_both_languages(movable, russian) for name, movable in found.items()}


def explain(error: BaseException, root: Path) -> str:
    """One line: where in the package it happened, and what."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f.filename.startswith(str(root / "snippets"))]
    if isinstance(error, SyntaxError):
        where = f"{error.filename}:{error.lineno}"
    else:
        where = f"{ours[-1].filename}:{ours[-1].lineno}" if ours else "in the finished figure"
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f"{where.removeprefix(f'{root}/')}: {type(error).__name__}: {text}"


if __name__ == "__main__":
    description = json.loads(sys.stdin.read())
    outcome = main(description)
    Path(description["report"]).write_text(json.dumps(outcome), encoding="utf-8")
