"""The page "Notation" and the formulas of the book agree, symbol by symbol and chapter by chapter."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from formulas import Book
from formulas.reader import ACCENTS
from formulas.tokens import Token, spell, tokenize
from scripts.notation import Meaning, Row, fill, load

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "ru")
SECTIONS = load()
ROWS = [row for rows in SECTIONS.values() for row in rows]
MEANINGS = [(row, meaning) for row in ROWS for meaning in row.meanings]
LETTER = re.compile(r"[A-Za-z]|\\(?:mathbb|mathcal|mathbf)\{\w\}|\\[A-Za-z]+")
WORDS = {rf"\mathrm{{{word}}}" for word in ("if", "otherwise")}
CLOSING = {r"\rVert", r"\rvert", r"\rfloor", r"\rceil"}
SCHOOL = {*"+-=/<>()[]{},.&_^", r"\\", r"\le", r"\ge", r"\ne", r"\approx", r"\in", r"\cdot", r"\frac", r"\sqrt"}
SCHOOL |= {r"\sin", r"\cos", r"\cosh", r"\quad", r"\qquad"}
SCHOOL |= {rf"\{edge}{{{name}}}" for edge in ("begin", "end") for name in ("aligned", "cases")}


def symbols(tex: str) -> set[str]:
    r"""The symbols of a formula without their indices: `\hat m_{t+1}` has `\hat{m}` and `t`."""
    tokens, found, at, index_ends = tokenize(tex), set(), 0, 0
    while at < len(tokens):
        text = tokens[at].text
        if text == "_":
            index_ends = at + 1 + length(tokens, at + 1)
        if text in ACCENTS:
            size = length(tokens, at + 1)
            argument = [token for token in tokens[at + 1 : at + 1 + size] if token.text not in "{}"]
            found.add(f"{text}{{{spell(argument)}}}")
            at += size
        elif text.startswith(r"\mathrm"):
            found |= {text} - WORDS if at >= index_ends else set()
        elif text == "|":
            found.add(r"\lvert")
        elif not (text in SCHOOL | CLOSING or text.isdigit()):
            assert LETTER.fullmatch(text) or text in ("'", "*"), f"{text} in {tex}: a symbol or not?"
            found.add(text)
        at += 1
    return found


def length(tokens: Sequence[Token], at: int) -> int:
    """How many tokens an argument has."""
    depth = 0
    for size, token in enumerate(tokens[at:], 1):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return size
    raise AssertionError("a brace that is not closed")


@cache
def book() -> dict[str, list[str]]:
    """The displays and the bound inline formulas of each chapter."""
    found = Book.of(ROOT / "docs/en", ROOT / "tests/formulas")
    texts: dict[str, list[str]] = defaultdict(list)
    for formula in [*found.displays, *(formula for formula, _ in found.bound() if formula.label is None)]:
        if formula.path.stem in chapters():
            texts[formula.path.stem].append(formula.tex)
    return texts


@cache
def chapters() -> list[str]:
    """The chapters in the order of the book."""
    written = {path.stem for path in (ROOT / "docs/questions").glob("*.yml")}
    return [s for s in re.findall(r"(\w+)\.md$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M) if s in written]


def key(symbol: str) -> str:
    """A symbol of a row as `symbols` spells it."""
    return next(iter(symbols(symbol)))


def spelled(tex: str) -> str:
    return " ".join(token.text for token in tokenize(tex))


def test_every_symbol_of_a_chapter_has_a_row_that_names_the_chapter_and_no_row_names_another() -> None:
    used = {(symbol, stem) for stem, texts in book().items() for tex in texts for symbol in symbols(tex)}
    told = {(key(s), stem) for row, meaning in MEANINGS for s in row.symbols for stem in meaning.chapters}
    assert (sorted(used - told), sorted(told - used)) == ([], [])


def test_no_symbol_has_two_rows() -> None:
    assert [s for s, count in Counter(key(s) for row in ROWS for s in row.symbols).items() if count > 1] == []


@pytest.mark.parametrize(("row", "meaning"), [(row, meaning) for row, meaning in MEANINGS if meaning.written])
def test_what_is_shown_as_written_stands_in_formulas_of_the_chapters(row: Row, meaning: Meaning) -> None:
    texts = {stem: [spelled(tex) for tex in book()[stem]] for stem in meaning.chapters}
    found = {
        (written, stem)
        for written in meaning.written
        for stem in meaning.chapters
        if any(spelled(written) in text for text in texts[stem])
    }
    assert {written for written, _ in found} == set(meaning.written)
    assert {stem for _, stem in found} == set(meaning.chapters)
    assert all({key(symbol) for symbol in row.symbols} & symbols(written) for written in meaning.written)


@cache
def names(module: str) -> dict[str, set[str]]:
    """What a module of the package defines, and the parameters, fields and variables of each definition."""
    found: dict[str, set[str]] = {}
    for statement in ast.parse((ROOT / "snippets" / f"{module}.py").read_text("utf-8")).body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            nodes = list(ast.walk(statement))
            own = {node.arg for node in nodes if isinstance(node, ast.arg)}
            own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            found[statement.name] = own
    return found


@pytest.mark.parametrize("name", sorted({name for _, meaning in MEANINGS for name in meaning.code}))
def test_every_name_in_code_is_there(name: str) -> None:
    module, place, *own = name.split(".")
    assert place in names(module)
    assert set(own) <= names(module)[place]


def test_chapters_are_named_in_the_order_of_the_book() -> None:
    for _, meaning in MEANINGS:
        assert sorted(meaning.chapters, key=chapters().index) == list(meaning.chapters), meaning.text["en"]


def test_latin_letters_stand_in_the_order_of_the_alphabet() -> None:
    letters = [
        re.sub(r"\\(?:bar|hat|tilde)|[ \\]", "", row.symbols[0]).replace("ell", "l") for row in SECTIONS["latin"]
    ]
    assert letters == sorted(letters, key=lambda letter: (letter.lower(), letter.isupper()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_all_sections(lang: str) -> None:
    page = (ROOT / "docs" / lang / "notation.md").read_text("utf-8")
    text = fill(page, lang)
    assert "<!-- notation" not in text
    assert [meaning.text[lang] for _, meaning in MEANINGS if meaning.text[lang] not in text] == []


def test_each_meaning_is_told_in_both_languages() -> None:
    for _, meaning in MEANINGS:
        english, russian = (re.sub(r"\$[^$]*\$|`[^`]*`", "", meaning.text[lang]) for lang in LANGUAGES)
        assert not re.search("[а-яё]", english), english
        assert re.search("[а-яё]", russian), russian


def test_symbols_are_taken_from_a_formula_without_indices() -> None:
    assert symbols(r"\hat m_{t+1} = \bar{\ell} + n_{\text{in}} \, |x| \text{ if } \mathrm{ReLU}'(x) > 0") == {
        r"\hat{m}",
        "t",
        r"\bar{\ell}",
        "n",
        r"\lvert",
        "x",
        r"\mathrm{ReLU}",
        "'",
    }
