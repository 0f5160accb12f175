"""Displays, labels and inline formulas of Markdown pages: found with their lines, and mistakes in labelling named."""

from __future__ import annotations

from pathlib import Path

import pytest

from formulas.bindings import formula, inline, load
from formulas.book import Book
from formulas.pages import displays, inlines
from formulas.tokens import FormulaError
from scripts.verification import counts

PAGE = r"""# Title

Text with $a = b$ and `$no = formula$` and \$5 and $x_1
= 2$.

<!-- formula: one -->

$$
a = b
$$

- an item

    <!-- formula: two -->

    $$
    \text{in} = c
    $$

<!-- formula: none: a picture of a graph -->

$$ x \to y $$

```
$$
not = a formula
$$
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def changed(page: Path, old: str, new: str) -> Path:
    assert old in PAGE
    page.write_text(PAGE.replace(old, new, 1), encoding="utf-8")
    return page


NOTEBOOK = r"""# %% [markdown]
# Text with $a = b$.
#
# <!-- formula: three -->
#
# $$a = b$$
#
# %%
price = "$c = d$ and $$"  # $e = f$
"""


def test_the_formulas_of_a_notebook_stand_in_its_comments(tmp_path: Path) -> None:
    path = tmp_path / "lab.py"
    path.write_text(NOTEBOOK, encoding="utf-8")
    assert [(f.label, f.line, f.spaced) for f in displays(path)] == [("three", 6, "a = b")]
    assert [(f.line, f.spaced) for f in inlines(path)] == [(2, "a = b")]


def test_displays_are_found_with_label_and_line(page: Path) -> None:
    assert [(f.label, f.line, f.spaced) for f in displays(page)] == [
        ("one", 8, "a = b"),
        ("two", 16, r"\text{in} = c"),
        ("none: a picture of a graph", 22, r"x \to y"),
    ]


def test_an_exemption_has_its_reason(page: Path) -> None:
    assert [f.reason for f in displays(page)] == [None, None, "a picture of a graph"]


def test_text_does_not_count_when_languages_are_compared(page: Path) -> None:
    assert displays(page)[1].without_text == r"\text{} = c"


def test_inline_formulas_are_found_outside_code_and_displays(page: Path) -> None:
    assert [(f.line, f.spaced) for f in inlines(page)] == [(3, "a = b"), (3, "x_1 = 2")]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("<!-- formula: one -->\n\n", "", 6, "a display without"),
        ("<!-- formula: one -->\n\n", "<!-- formula: one -->\n", 6, "a blank line must stand"),
        ("<!-- formula: one -->\n\n", "<!-- formula: one -->\n\nText.\n\n", 10, "a display without"),
        ("<!-- formula: one -->", "<!-- formula: One two -->", 6, "is not a label"),
        ("<!-- formula: one -->", "<!-- formula: -->", 6, "is not a label"),
        ("none: a picture of a graph", "none:", 20, "must give its reason"),
        ("$$ x \\to y $$\n", "", 20, "a formula label without a display"),
        ("$$ x \\to y $$\n", "so $$ x \\to y $$\n", 20, "a formula label without a display"),
        ("- an item\n", "- an item $$a$$ here\n", 12, "must begin and end"),
        ("$$ x \\to y $$\n", "$$ x \\to y\n", 20, "without a display|must begin and end"),
    ],
)
def test_a_mistake_in_labelling_is_named(page: Path, old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(FormulaError, match=message) as caught:
        displays(changed(page, old, new))
    assert str(caught.value).startswith(f"{page}:{line}: ")


BINDINGS = """
from formulas import formula, inline

@formula("one")
def _(rng):
    return {"a": 1.0, "b": 1.0}

@formula("two", n=3)
def _(rng):
    return {r"\\text{in}": 2.0, "c": 2.0}

@inline("page", "a = b")
def _(rng):
    return {"a": 1.0, "b": 1.0}
"""


def book(tmp_path: Path, bindings: str = BINDINGS) -> Book:
    (tmp_path / "bind_page.py").write_text(bindings, encoding="utf-8")
    return Book.of(tmp_path, tmp_path)


def test_a_book_joins_pages_and_bindings(page: Path) -> None:
    whole = book(page.parent)
    assert [(f.label, b.n) for f, b in whole.bound()] == [("one", 12), ("two", 3), (None, 12)]
    assert whole.problems() == []
    assert [whole.failure(f, b) for f, b in whole.bound()] == ["", "", ""]
    assert [f.reason for f in whole.exempt] == ["a picture of a graph"]


def test_a_book_tells_readers_its_numbers(page: Path) -> None:
    report = counts(book(page.parent))
    assert report["displays"] == 3
    assert (report["formulas"], report["statements"], report["samples"]) == (3, 3, 27)
    assert (report["inline"], report["settings"], report["listed"]) == (1, 1, 0)
    assert report["exempt"] == [("page", 22, "a picture of a graph")]
    assert 0 < report["killed"] <= report["mutants"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('@formula("two", n=3)', '@formula("three")', "page.md:16: formula `two` is bound nowhere"),
        ('@formula("two", n=3)', '@formula("three")', "binding `three` has no formula"),
        ('"a = b"', '"a = c"', "page page has no inline formula a = c"),
        ('"page"', '"other"', "page other has no inline formula a = b"),
    ],
)
def test_a_book_names_what_does_not_fit(page: Path, old: str, new: str, problem: str) -> None:
    assert any(problem in found for found in book(page.parent, BINDINGS.replace(old, new)).problems())


def test_a_label_used_twice_is_named(page: Path) -> None:
    changed(page, "formula: two", "formula: one")
    assert "label `one` is used 2 times" in book(page.parent).problems()


def test_an_unreadable_page_is_a_problem_not_a_crash(page: Path) -> None:
    changed(page, "<!-- formula: one -->\n\n", "")
    assert "a display without" in book(page.parent).problems()[0]


def test_a_wrong_value_is_a_failure(page: Path) -> None:
    whole = book(page.parent, BINDINGS.replace('"c": 2.0', '"c": 3.0'))
    failures = [whole.failure(f, b) for f, b in whole.bound()]
    assert "page.md:17: formula `two` is not what the code computes" in failures[1]


def test_a_label_is_bound_once(tmp_path: Path) -> None:
    (tmp_path / "bind_a.py").write_text(BINDINGS + BINDINGS, encoding="utf-8")
    with pytest.raises(ValueError, match="one is bound twice"):
        load(tmp_path)


def test_registering_hands_the_function_back(tmp_path: Path) -> None:
    def sampler(_rng: object) -> dict[str, float]:
        return {"a": 1.0}

    assert formula("some-label")(sampler) is sampler
    assert inline("some-page", "a = 1", "a  > 0")(sampler) is sampler
    assert load(tmp_path) == []
