"""Every display formula of every page is read from the page and must hold on the values that the package computes."""

from __future__ import annotations

import html
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import markdown
import pytest
import yaml

from formulas import Binding, Book, FormulaError, check
from formulas.pages import INLINE, Formula, displays, inlines, pages
from scripts.verification import has_relation, is_setting

ROOT = Path(__file__).resolve().parents[2]
BOOK = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
BOUND = list(BOOK.bound())
MOST_EXEMPT = 0.10
PAGES = [page.relative_to(ROOT / "docs/ru") for page in pages(ROOT / "docs/ru")]
LISTS = sorted([*(ROOT / "docs/questions").glob("*.yml"), *(ROOT / "docs/reference").glob("*.yml")])
RENDERED = re.compile(r'class="arithmatex">\\[\[(](.*?)\\[\])]</(?:div|span)>', re.S)
EXTENSIONS = ["arithmatex", "superfences", "details", "blocks.caption"]
EXTENSIONS = ["tables", "admonition", "attr_list", "md_in_html", *(f"pymdownx.{name}" for name in EXTENSIONS)]
SAID = {(formula.path.stem, formula.spaced) for formula, _ in BOUND}
LISTED = {
    (stem, tex): reason
    for line in (ROOT / "tests/formulas/unbound_inlines.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for stem, tex, reason in [line.split(" | ")]
}


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


def test_every_inline_formula_with_a_relation_is_bound_or_a_setting_or_listed_with_a_reason() -> None:
    inline = [*BOOK.inlines, *(formula for path in LISTS for formula in asked(path))]
    unbound = [f for f in inline if has_relation(f) and (f.path.stem, f.spaced) not in SAID]
    claims = {(f.path.stem, f.spaced): f"{f.path}:{f.line}: {f.tex}" for f in unbound if not is_setting(f)}
    missing = [f"{where}: neither bound nor listed" for key, where in claims.items() if key not in LISTED]
    stale = [f"{stem} | {tex}: listed for nothing" for stem, tex in LISTED.keys() - claims.keys()]
    assert not missing + stale, "\n".join(missing + stale)
    assert all(LISTED.values())


@pytest.mark.parametrize(
    ("tex", "setting"),
    [
        (r"\eta = 0.1", True),
        ("h = 10^{-12}", True),
        ("z = -6", True),
        (r"0 < \rho < 1", True),
        (r"a = s = 1", True),
        (r"\hat p_t \le 0.5", True),
        (r"\alpha \ne 1", True),
        (r"h \approx 10^{-5}", False),
        ("u = 2^{-53}", False),
        ("D = K", False),
        ("g = 5/3", False),
        (r"s = \sqrt 2", False),
        ("3^4 = 81", False),
        ("1 < 2", False),
        ("E'(h) = 0", False),
        ("v^2 = 1", False),
        ("x = 1, y = 2", False),
        ("x = 0 + 1", False),
        (r"t = 0, 1, \ldots", False),
        (r"x \in 3", False),
        (r"w \leftarrow 0", False),
    ],
)
def test_a_setting_compares_symbols_with_plain_numbers_and_nothing_else(tex: str, setting: bool) -> None:
    assert is_setting(Formula(Path("page.md"), 1, None, tex)) is setting


@pytest.mark.parametrize("tex", ["a = b", r"a \ge b", r"a \approx b", r"a \propto b", r"a \gg b"])
def test_a_relation_is_seen_even_if_the_checker_cannot_read_it(tex: str) -> None:
    assert has_relation(Formula(Path("page.md"), 1, None, tex))
    assert not has_relation(Formula(Path("page.md"), 1, None, "a + b"))


@pytest.mark.parametrize("name", PAGES, ids=str)
def test_russian_displays_and_inline_relations_equal_the_english_ones(name: Path) -> None:
    page = ROOT / "docs/ru" / name
    russian, english = displays(page), displays(ROOT / "docs/en" / name)
    for ours, theirs in zip(russian, english, strict=False):
        assert (ours.label, ours.without_text) == (theirs.label, theirs.without_text), f"{page}:{ours.line}"
    assert len(russian) == len(english)
    said = [{f.without_text for f in inlines(p) if has_relation(f)} for p in (page, ROOT / "docs/en" / name)]
    assert said[0] == said[1]


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").glob("[er][nu]/*.md")), ids=lambda page: page.parent.name + page.stem
)
def test_whatever_the_site_takes_for_a_formula_is_read(page: Path) -> None:
    options = {"pymdownx.arithmatex": {"generic": True}}
    shown = markdown.markdown(page.read_text("utf-8"), extensions=EXTENSIONS, extension_configs=options)
    rendered = Counter(" ".join(html.unescape(tex).split()) for tex in RENDERED.findall(shown))
    assert not rendered - Counter(formula.spaced for formula in (*displays(page), *inlines(page)))
    assert "<math" not in shown


def asked(path: Path) -> Iterator[Formula]:
    """The formulas of a list of questions or terms, but for those that hold as they stand, with numbers only."""
    for tex in sorted({tex for text in texts(yaml.safe_load(path.read_text("utf-8"))) for tex in inline_in(text)}):
        try:
            check(tex, Binding("", lambda _rng: {}, texts=(tex,)), [{}])
        except FormulaError:
            yield Formula(path, 1, None, tex)


def texts(value: Any) -> Iterator[str]:
    """All texts in lists and dictionaries."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts(part)


def inline_in(text: str) -> list[str]:
    """The inline formulas of a text, which has no others."""
    assert not re.search(r"\$\$|\\[\[(]", text), text
    return [match["tex"] for match in INLINE.finditer(text)]


def test_a_pass_over_all_formulas_takes_seconds() -> None:
    start = time.process_time()
    for formula, binding in BOUND:
        BOOK.failure(formula, binding)
    assert time.process_time() - start < 5.0
