"""Formulas that a page marks as wrong fail by value, stand where a reader sees it, and have the right one beside."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from formulas import Book, FormulaError
from formulas.pages import displays
from scripts import refutations

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / language / "errata.md" for language in ("en", "ru")]
BOOK = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
BOX = re.compile(r'^!!! (wrong|right) "(.+)"\n((?:\n| {4}.*\n)+)', re.M)
TITLES = {"en": {"wrong": "Wrong", "right": "Right"}, "ru": {"wrong": "Неверно", "right": "Верно"}}

PAGE = r"""!!! wrong "Wrong"

    <!-- formula: line wrong -->

    $$
    WRONG
    $$

<!-- formula: line -->

$$
y = 2 x
$$

<!-- formula: line again -->

$$
AGAIN
$$
"""
BINDING = r"""from formulas import formula

@formula("line")
def _(rng):
    x = rng.uniform(1.0, 2.0)
    return {"y": 2.0 * x, "x": x}
"""
Write = Callable[..., Book]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(wrong: str = "y = 3 x", again: str = "y = 2 x") -> Book:
        (tmp_path / "bind_page.py").write_text(BINDING, encoding="utf-8")
        (tmp_path / "page.md").write_text(PAGE.replace("WRONG", wrong).replace("AGAIN", again), encoding="utf-8")
        return Book.of(tmp_path, tmp_path)

    return written


def test_every_formula_marked_as_wrong_fails_by_value_where_the_right_one_holds() -> None:
    marked = [formula for formula in BOOK.displays if formula.wrong]
    refuted = list(BOOK.refuted())
    assert [formula for formula, _, _ in refuted] == marked != []
    for formula, binding, _ in refuted:
        right = [f for f in BOOK.displays if f.path == formula.path and f.of == formula.of and not f.wrong]
        assert right, f"{formula.path}:{formula.line}: the right formula is not on this page"
        assert not BOOK.failure(right[0], binding)


def test_a_wrong_formula_is_neither_checked_nor_counted_as_one_that_holds(write: Write) -> None:
    book = write()
    assert [formula.label for formula, _ in book.bound()] == ["line"]
    assert [formula.label for formula, _, _ in book.refuted()] == ["line wrong"]
    assert not book.problems()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("y = 2 x", "page.md:5: cannot be refuted: it holds"),
        ("y = 3 z", "cannot be refuted: unknown symbol z"),
        ("y = ( 2 x", "cannot be refuted"),
    ],
)
def test_a_formula_that_holds_or_cannot_be_read_is_not_refuted(write: Write, wrong: str, message: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(message)):
        list(write(wrong).refuted())


def test_a_repeated_display_is_the_same_or_the_build_says_so(write: Write) -> None:
    assert write(again="y = 2\n x").problems() == []
    assert "is not the display labelled `line`" in write(again="y = 2 x + 0").problems()[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_wrong_formulas_stand_in_boxes_that_say_so_and_right_ones_in_the_others(page: Path) -> None:
    boxes = {"wrong": "", "right": ""}
    for kind, title, text in BOX.findall(page.read_text(encoding="utf-8")):
        assert title == TITLES[page.parent.name][kind]
        boxes[kind] += text
    for formula in displays(page):
        assert (f"formula: {formula.label} -->" in boxes["wrong"]) == formula.wrong, f"{page}:{formula.line}"
        assert (f"formula: {formula.label} -->" in boxes["right"]) != formula.wrong, f"{page}:{formula.line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_every_entry_says_what_is_wrong_what_is_right_why_or_how_it_is_known_and_where_to_read_on(page: Path) -> None:
    entries = re.split(r"^### .*$", page.read_text(encoding="utf-8").partition("\n## ")[2], flags=re.M)[1:]
    assert 30 <= len(entries) <= 45
    for entry in entries:
        assert [kind for kind, _, _ in BOX.findall(entry)] == ["wrong", "right"]
        assert re.search(r"\*\*(Proof|Проверка)\.\*\*| wrong -->", entry), f"nothing is proved here: {entry}"
        assert re.search(r"→ \[.+\]\(\w+\.md#[\w-]+\)", entry), f"no way on from here: {entry}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_below_each_wrong_formula_stand_two_numbers_that_differ(page: Path) -> None:
    filled = refutations.fill(page.read_text(encoding="utf-8"), refutations.found(BOOK), page.parent.name)
    shown = re.findall(r"(?:left side is|слева) \$(.+?)\$, (?:the right side|справа) \$(.+?)\$", filled)
    assert len(shown) == sum(formula.wrong for formula in displays(page))
    assert all(left != right for left, right in shown)


def test_the_numbers_are_those_of_the_sample(write: Write) -> None:
    book = write(r"\frac{y}{1000 x} = 2")
    ((formula, _, mismatch),) = book.refuted()
    x = f"{mismatch.sample['x']:.3g}"
    given = {"y": f"{2 * mismatch.sample['x']:.3g}", "x": x}
    assert refutations.found(book) == {formula.without_text: [given, "0.002", "2"]}
    text = PAGE.replace("WRONG", r"\frac{y}{1000 x} = 2")
    assert f"    **Proof.** At $y = {given['y']}$, $x = {x}$ the left side is $0.002$, the right side $2$.\n" in (
        refutations.fill(text, refutations.found(book), "en")
    )


def test_a_page_keeps_its_text_where_nothing_is_known_yet() -> None:
    assert refutations.fill(PAGE, {}, "en") == PAGE
