"""Every display formula of every page is read from the page and must hold on the values that the package computes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from formulas import Binding, Book
from formulas.pages import Formula, displays

ROOT = Path(__file__).resolve().parents[2]
BOOK = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
BOUND = list(BOOK.bound())
MOST_EXEMPT = 0.10


@pytest.mark.parametrize(("formula", "binding"), BOUND, ids=[f"{f.path.stem}:{f.line}:{f.label}" for f, _ in BOUND])
def test_formula_holds(formula: Formula, binding: Binding) -> None:
    failure = BOOK.failure(formula, binding)
    if failure:
        pytest.fail(failure, pytrace=False)


def test_every_display_has_a_label_and_a_binding_and_no_binding_is_stale() -> None:
    assert not BOOK.problems(), "\n".join(BOOK.problems())


def test_few_formulas_are_exempt() -> None:
    exempt = [f"{formula.path}:{formula.line}: {formula.reason}" for formula in BOOK.exempt]
    assert len(exempt) <= MOST_EXEMPT * len(BOOK.displays), "\n".join(exempt)


@pytest.mark.parametrize("page", sorted((ROOT / "docs/ru").glob("*.md")), ids=lambda page: page.stem)
def test_russian_displays_equal_the_english_ones(page: Path) -> None:
    russian, english = displays(page), displays(ROOT / "docs/en" / page.name)
    for ours, theirs in zip(russian, english, strict=False):
        assert (ours.label, ours.without_text) == (theirs.label, theirs.without_text), f"{page}:{ours.line}"
    assert len(russian) == len(english)


@pytest.mark.parametrize("formula", [f for f, _ in BOUND if f.label is None], ids=lambda formula: formula.tex)
def test_russian_page_has_the_checked_inline_formulas_too(formula: Formula) -> None:
    page = ROOT / "docs/ru" / formula.path.name
    assert not page.exists() or formula.spaced in " ".join(page.read_text(encoding="utf-8").split())


def test_a_pass_over_all_formulas_takes_seconds() -> None:
    start = time.process_time()
    for formula, binding in BOUND:
        BOOK.failure(formula, binding)
    assert time.process_time() - start < 5.0
