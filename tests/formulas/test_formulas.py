"""Every display formula of every page is read from the page and must hold on the values that the package computes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from formulas import Binding, Book
from formulas.pages import Formula, displays
from scripts.verification import has_relation, is_setting

ROOT = Path(__file__).resolve().parents[2]
BOOK = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
BOUND = list(BOOK.bound())
MOST_EXEMPT = 0.10
BOUND_INLINE = {(formula.path.stem, formula.spaced) for formula, _ in BOUND if formula.label is None}
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
    unbound = [f for f in BOOK.inlines if has_relation(f) and (f.path.stem, f.spaced) not in BOUND_INLINE]
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
