"""Nothing is drawn, computed or written for nobody: whatever a chapter has stands on a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import assets, jobs
from scripts.closure import Closure
from scripts.markdown.syntax import Used, used_in

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted(p.stem for p in (ROOT / "docs/en").glob("*.md") if (ROOT / f"snippets/figures/{p.stem}.py").exists())


@pytest.fixture(scope="module")
def given() -> assets.Assets:
    return assets.ensure()


@pytest.fixture(scope="module")
def used() -> Used:
    """What all English pages and all questions use; Russian pages have the same, by tests/test_pages.py."""
    files = [*(ROOT / "docs/en").glob("*.md"), *(ROOT / "docs/questions").glob("*.yml")]
    found = [used_in(path.read_text("utf-8")) for path in files]
    names = ("figures", "facts", "listings")
    return Used(*(set[str]().union(*(getattr(one, name) for one in found)) for name in names))


def test_every_figure_is_on_a_page(given: assets.Assets, used: Used) -> None:
    assert {name for name, _ in given.figures} - used.figures == set()


def test_every_fact_is_quoted(given: assets.Assets, used: Used) -> None:
    assert set(given.facts) - used.facts == set()


def test_every_movable_is_on_a_page(given: assets.Assets) -> None:
    text = "".join(path.read_text("utf-8") for path in (ROOT / "docs/en").glob("*.md"))
    assert [name for name in given.movables if f"<!-- movable: {name} -->" not in text] == []


@pytest.mark.parametrize("stem", CHAPTERS)
def test_every_public_name_of_a_chapter_is_shown_or_used_by_one_that_is(
    given: assets.Assets, used: Used, stem: str
) -> None:
    """Also counts what the chapter's experiments use: their results are what the page shows."""
    names = [name.split(".")[1] for name in given.index if name.startswith(f"{stem}.")]
    closure = Closure(ROOT)
    shown = [entry.removesuffix(".py").rsplit(".", 1) for entry in used.listings]
    starts = [(f"snippets.{module}", name) for module, name in shown]
    reached = {name for module, name in closure.reach(*starts) if module == f"snippets.{stem}"}
    figures = [(f"snippets.figures.{stem}", name) for name in jobs.figure_names(ROOT, stem)]
    reached |= {name for module, name in closure.reach(*figures) if module == f"snippets.{stem}"}
    assert [name for name in names if name not in reached] == []
