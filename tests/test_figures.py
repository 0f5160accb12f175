"""The figures of the site: all of them can be drawn and read, in both languages and both themes."""

from __future__ import annotations

import ast
import gzip
import re
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray

from scripts import assets, jobs
from scripts.closure import parse
from snippets.figures import palette, words

ROOT = Path(__file__).resolve().parents[1]
STEMS = sorted(
    p.stem for p in (ROOT / "snippets" / "figures").glob("*.py") if p.stem not in {"__init__", "palette", "words"}
)
FUNCTIONS = [(stem, name) for stem in STEMS for name in jobs.figure_names(ROOT, stem)]
STYLE = (ROOT / "snippets" / "figures" / "site.mplstyle").read_text(encoding="utf-8")
COLORS = {"light": list(palette.DARK), "dark": list(palette.DARK.values())}
PAPER = {"light": palette.PAPER, "dark": palette.DARK[palette.PAPER]}
NAMED = ("BLUE", "ORANGE", "GREEN", "PURPLE", "RED", "GREY")


@pytest.fixture(scope="module")
def made() -> assets.Assets:
    """All assets of the site, drawn if they are stale; drawing looks a figure over and refuses what cannot be read."""
    return assets.ensure(ROOT)


# --- every figure ---


@pytest.mark.parametrize(("stem", "name"), FUNCTIONS)
def test_a_figure_function_says_its_claim_and_takes_only_words(stem: str, name: str) -> None:
    body = parse(ROOT / "snippets" / "figures" / f"{stem}.py").body
    function = next(s for s in body if isinstance(s, ast.FunctionDef) and s.name == name)
    claim = ast.get_docstring(function)
    assert claim, "the docstring of a figure is its claim"
    assert claim.split("\n\n")[0].endswith("."), "the claim is a sentence"
    assert ast.unparse(function.args) in {"t: Words", "_t: Words"}, "a figure without words takes _t"
    assert function.returns
    assert ast.unparse(function.returns) == "Figure"


def test_every_figure_of_a_chapter_is_drawn_in_both_languages(made: assets.Assets) -> None:
    wanted = {name for stem, name in FUNCTIONS if stem in jobs.chapters(ROOT)}
    assert set(made.figures) == {(name, lang) for name in wanted for lang in jobs.LANGUAGES}


def test_figures_are_small_and_follow_the_theme(made: assets.Assets) -> None:
    for (name, _), path in made.figures.items():
        svg = path.read_bytes()
        assert len(gzip.compress(svg)) <= assets.LARGE, f"{name}: rasterize its largest part"
        assert b'<g id="only-dark">' in svg
        assert b"var(--c0)" in svg
        assert b"<text" not in svg, "letters are paths, the same on every machine"


def test_no_word_is_translated_in_vain(made: assets.Assets) -> None:
    used = {word for used in made.words.values() for word in used}
    assert sorted(set(words.RU) - used) == [], "remove these from RU in snippets/figures/words.py"


def test_words_are_in_order_and_in_russian() -> None:
    assert all(text == text.strip() and text for pair in words.RU.items() for text in pair)
    for english, russian in words.RU.items():
        assert re.search("[а-яё]", russian), f"{english!r}: {russian!r} is not Russian"
        assert (
            not re.search("[A-Za-z]{4,}", re.sub(r"\$[^$]*\$", "", russian).replace("ReLU", "")) or english != russian
        )


# --- the look ---


def luminance(color: str) -> float:
    """Relative luminance as WCAG defines it."""
    c = np.array(to_rgb(color))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    """Contrast ratio as WCAG defines it."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_named_colors_can_be_read_as_text(theme: str) -> None:
    for name in (*NAMED, "FOREGROUND", "MUTED"):
        color = getattr(palette, name)
        color = color if theme == "light" else palette.DARK[color]
        assert contrast(color, PAPER[theme]) >= 4.5, name


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ordered_colors_stand_out_and_go_away_from_the_background(theme: str) -> None:
    shades = [color if theme == "light" else palette.DARK[color] for color in palette.SHADES]
    ratios = [contrast(color, PAPER[theme]) for color in shades]
    assert ratios[0] >= 3.0
    assert ratios == sorted(ratios)


# Machado, Oliveira and Fernandes (2009), severity 1.0: linear RGB as protanopes and deuteranopes see it.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}
OKLAB = (
    np.array([[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]]),
    np.array([[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]]),
)


def seen(color: str, blindness: str) -> NDArray[np.float64]:
    """A color in Oklab, where distance is difference to the eye."""
    c = np.array(to_rgb(color))
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return np.asarray(OKLAB[1] @ np.cbrt(OKLAB[0] @ np.clip(np.array(BLINDNESS[blindness]) @ linear, 0, 1)))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_named_colors_are_told_apart_by_the_color_blind_too(theme: str, blindness: str) -> None:
    for a, b in combinations(NAMED, 2):
        pair = [getattr(palette, name) for name in (a, b)]
        pair = pair if theme == "light" else [palette.DARK[color] for color in pair]
        assert np.linalg.norm(seen(pair[0], blindness) - seen(pair[1], blindness)) >= 0.07, (a, b)


@pytest.mark.parametrize("cmap", [palette.SEQUENTIAL, palette.DIVERGING])
def test_color_maps_melt_into_no_background(cmap: matplotlib.colors.Colormap) -> None:
    for i in range(cmap.N):
        color = to_hex(cmap(i))
        assert all(contrast(color, paper) >= 1.25 for paper in PAPER.values())


def test_the_sequential_map_grows_lighter_all_the_way() -> None:
    steps = np.diff([seen(to_hex(palette.SEQUENTIAL(i)), "none")[0] for i in range(palette.SEQUENTIAL.N)])
    assert (steps > -0.002).all()  # a color has only 256 levels a channel


def test_the_style_sheet_uses_the_palette() -> None:
    used = re.findall(r"\b[0-9a-f]{6}\b", STYLE)
    assert {f"#{color}" for color in used} <= set(palette.DARK)
    cycle = re.search(r'cycler\("color", \[(.*)\]\)', STYLE)
    assert cycle
    assert re.findall(r'"(\w+)"', cycle[1]) == [getattr(palette, name)[1:] for name in NAMED]


def test_the_style_sheet_is_all_understood() -> None:
    settings = matplotlib.rc_params_from_file(
        ROOT / "snippets" / "figures" / "site.mplstyle", use_default_template=False
    )
    lines = [line for line in STYLE.splitlines() if line and not line.startswith("#")]
    assert len(settings) == len(lines)
    assert settings["font.size"] >= 11
    assert settings["figure.figsize"][0] <= 6.4


def test_shades_are_spread_from_first_to_last() -> None:
    assert palette.shades(7) == list(palette.SHADES)
    assert palette.shades(2) == [palette.SHADES[0], palette.SHADES[-1]]
    assert palette.shades(1) == [palette.SHADES[3]]
    assert all(len(set(palette.shades(n))) == n for n in range(1, 8))


def test_everything_in_the_palette_is_used() -> None:
    public = {
        n.id
        for s in parse(Path(palette.__file__)).body
        if isinstance(s, ast.Assign)
        for n in ast.walk(s.targets[0])
        if isinstance(n, ast.Name)
    }
    public |= {s.name for s in parse(Path(palette.__file__)).body if isinstance(s, ast.FunctionDef)}
    everywhere = [
        *(ROOT / "snippets" / "figures").glob("*.py"),
        *(ROOT / "scripts").glob("*.py"),
        *(ROOT / "docs").rglob("*.py"),
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in everywhere)
    once = sorted(name for name in public if len(re.findall(rf"\b{name}\b", text)) < 2)
    assert once == [], "no figure uses these: remove them from snippets/figures/palette.py"
