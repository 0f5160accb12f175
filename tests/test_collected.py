"""The cheat sheet and the page of all questions are made of the chapters: nothing typed again, nothing lost."""

from __future__ import annotations

import copy
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown import Markdown

from formulas.pages import displays
from scripts.collected import Chapter, Sheet, bank, chosen, count, facts, fill, in_order
from scripts.listings import Place
from scripts.markdown.questions import FOLDER, QuestionsExtension, load
from scripts.markdown.syntax import PageError, Source
from tests.conftest import ROOT

LANGUAGES = {"en": "", "ru": "ru/"}
CHAPTERS = sorted(path.stem for path in FOLDER.glob("*.yml"))
INDEX = {"slopes.steep.py": Place("snippets/slopes.py", 7, 9, 5)}
PAGE = """# Slopes {#slopes}

## Steep ones {#steep}

<!-- formula: slopes-steep -->

$$
y = x
$$

<!-- formula: none: a picture -->

$$
y \\to x
$$

## Flat ones {#flat}

<!-- formula: slopes-flat -->

$$
y = 0 & \\text{if } x
$$
"""
GOOD: dict[str, Any] = {
    "slopes": {
        "slopes-flat": {"en": "Flat in $x$", "ru": "Пологий по $x$"},
        "slopes-steep": {"en": "Steep", "ru": "Крутой", "code": "slopes.steep"},
    }
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    for lang in LANGUAGES:
        (tmp_path / lang).mkdir()
        (tmp_path / lang / "slopes.md").write_text(PAGE if lang == "en" else PAGE.replace("if", "если"), "utf8")
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "slopes.yml").write_text("- key: one\n- key: two\n", "utf8")
    return tmp_path


def choice(docs: Path, data: Any) -> Path:
    path = docs / "cheatsheet.yml"
    path.write_text(
        data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True, sort_keys=False), "utf8"
    )
    return path


def sheet(docs: Path, lang: str = "en", data: Any = None) -> str:
    return Sheet(lang, ["slopes"], INDEX, "../code/", docs).write(chosen(choice(docs, data or GOOD)))


# --- what an author may write -----------------------------------------------------------------------------------------


def test_a_formula_stands_under_its_name_as_in_its_chapter_in_the_order_of_the_list(docs: Path) -> None:
    text = sheet(docs)
    assert re.findall(r"\$\$\n(.*?)\n\$\$", text) == [r"y = 0 & \text{if } x", "y = x"]
    assert "## [Slopes](slopes.md) {#slopes}" in text
    assert "[Flat in $x$](slopes.md#flat)\n" in text
    assert '[Steep](slopes.md#steep) <a href="../code/slopes/#__codelineno-0-7"><code>steep</code></a>\n' in text
    assert r"\text{если }" in sheet(docs, "ru")


def test_a_changed_chapter_changes_the_sheet(docs: Path) -> None:
    assert "y = x\n" in sheet(docs)
    page = docs / "en" / "slopes.md"
    page.write_text(PAGE.replace("y = x\n", "y = 2x\n"), "utf8")
    os.utime(page, ns=(page.stat().st_atime_ns, page.stat().st_mtime_ns + 1))  # some clocks are coarse
    assert "y = 2x\n" in sheet(docs)


def put(*path: str, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("slops", value={}), r"slops is no chapter; did you mean slopes\?"),
        (
            put("slopes", "slopes-stip", value={"en": "a", "ru": "б"}),
            r"no formula slopes-stip; did you mean slopes-steep",
        ),
        (put("slopes", "slopes-steep", "code", value="slopes.stip"), r"no listing slopes\.stip; did you mean slopes"),
        (put("slopes", "none: a picture", value={"en": "a", "ru": "б"}), "no formula none"),
    ],
)
def test_a_chapter_a_formula_or_a_listing_that_is_not_there_is_refused(
    docs: Path, change: Callable[[Any], None], message: str
) -> None:
    data = copy.deepcopy(GOOD)
    change(data)
    with pytest.raises(PageError, match=message):
        sheet(docs, data=data)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- slopes", "write `chapter:`"),
        ("slopes: [a]", "write `chapter:`"),
        ("slopes:\n  slopes-flat: Flat", "slopes-flat: write"),
        ("slopes:\n  slopes-flat: {en: Flat}", "slopes-flat: add ru"),
        ("slopes:\n  slopes-flat: {en: Flat, ru: Пологий, link: x}", "unknown link"),
        ("slopes:\n  slopes-flat: {en: a, ru: б}\n  slopes-flat: {en: a, ru: б}", "'slopes-flat' is written twice"),
    ],
)
def test_a_choice_that_cannot_be_read_is_refused(docs: Path, content: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chosen(choice(docs, content))


def test_a_page_without_a_heading_is_refused(docs: Path) -> None:
    (docs / "en" / "flat.md").write_text("# Flat\n", "utf8")
    with pytest.raises(PageError, match=r"flat\.md: begin the page"):
        Chapter.read("flat", "en", docs)


def test_chapters_come_in_the_order_of_the_navigation(docs: Path) -> None:
    (docs / "questions" / "flat.yml").write_text("- key: three\n", "utf8")
    nav = [{"Home": "index.md"}, {"Part": [{"Slopes": "slopes.md"}, "flat.md"]}, {"Labs": [{"One": "labs/slopes.py"}]}]
    assert in_order(nav, docs) == ["slopes", "flat"]


def test_the_bank_has_a_closed_chapter_for_each_with_its_number_of_questions(docs: Path) -> None:
    text = bank("en", ["slopes"], docs)
    assert re.findall(r"<summary>(.*?)</summary>", text) == ['Slopes <span class="count">2</span>']
    assert re.findall(r"<!-- questions of: (.*?) -->", text) == ["slopes"]
    assert " open" not in text


def test_questions_of_another_chapter_wait_inside_of_noscript(tmp_path: Path) -> None:
    option = {"text": "a", "reason": "b"}
    question = {
        "key": "one",
        "kind": "single",
        "text": "Which?",
        "options": [option | {"right": r} for r in (True, False)],
    }
    (tmp_path / "slopes.yml").write_text(yaml.safe_dump([question]), "utf8")
    md = Markdown(extensions=[QuestionsExtension({}, "en", Source(), tmp_path), "md_in_html"])
    html = md.convert("<details markdown>\n<summary>S</summary>\n\n<!-- questions of: slopes -->\n\n</details>\n")
    inside = re.search(r"<details>\s*<summary>S</summary>\s*<noscript>(.*)</noscript>\s*</details>", html, re.S)
    assert inside
    assert 'id="question-one"' in inside[1]


# --- what the site shows ----------------------------------------------------------------------------------------------


def entries() -> dict[str, tuple[str, Mapping[str, str]]]:
    return {entry.label: (stem, entry.name) for stem, own in chosen().items() for entry in own}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("stem", chosen())
def test_every_formula_of_the_cheat_sheet_stands_in_its_chapter(stem: str, lang: str) -> None:
    labels = [display.label for display in displays(ROOT / "docs" / lang / f"{stem}.md")]
    assert [entry.label for entry in chosen()[stem] if entry.label not in labels] == []


def test_the_cheat_sheet_has_something_of_every_chapter() -> None:
    assert sorted(chosen()) == CHAPTERS


def test_no_formula_and_no_name_is_on_the_cheat_sheet_twice() -> None:
    labels = [entry.label for own in chosen().values() for entry in own]
    assert len(set(labels)) == len(labels)
    for lang in LANGUAGES:
        names = Counter((stem, name[lang]) for stem, name in entries().values())
        assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("label", [label for label, (_, name) in entries().items() if "$" in name["en"] + name["ru"]])
def test_the_letters_of_a_name_are_letters_of_its_formula(label: str) -> None:
    stem, name = entries()[label]
    tex = next(d.tex for d in displays(ROOT / "docs" / "en" / f"{stem}.md") if d.label == label)
    letters = set(re.findall(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", tex))
    for lang in LANGUAGES:
        for math in re.findall(r"\$(.*?)\$", name[lang]):
            assert set(re.findall(r"[A-Za-z]", math)) <= letters, f"{label}: ${math}$"


def test_what_the_pages_count_is_what_there_is() -> None:
    assert count() == {stem: len(load(FOLDER / f"{stem}.yml")) for stem in CHAPTERS}
    assert facts() == {"collected.questions": sum(count().values()), "collected.formulas": len(entries())}


def test_other_pages_are_left_alone() -> None:
    assert fill("No marker here.", "en", [], {}, "") == "No marker here."


def built(site: Path, page: str) -> str:
    return (site / page / "index.html").read_text("utf-8")


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_the_cheat_sheet_shows_each_formula_as_its_chapter_does(site: Path, prefix: str) -> None:
    """The same MathML, found by its place among the displays of the chapter."""
    lang = "ru" if prefix else "en"
    display = re.compile(r'<div class="formula">\s*(<math.*?</math>)\s*</div>', re.S)
    shown = iter(display.findall(built(site, f"{prefix}cheatsheet")))
    stems = re.findall(r'<h2 id="(\w+)">', built(site, f"{prefix}cheatsheet"))
    assert sorted(stems) == CHAPTERS
    for stem in stems:
        labels = [d.label for d in displays(ROOT / "docs" / lang / f"{stem}.md")]
        there = dict(zip(labels, display.findall(built(site, f"{prefix}{stem}")), strict=True))
        for entry in chosen()[stem]:
            assert next(shown) == there[entry.label], entry.label
    assert next(shown, None) is None


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_every_question_is_once_on_the_page_of_all_as_in_its_chapter(site: Path, prefix: str) -> None:
    form = re.compile(r'<form [^>]*class="question".*?</form>', re.S)
    chapters = [question for stem in CHAPTERS for question in form.findall(built(site, f"{prefix}{stem}"))]
    collected = form.findall(built(site, f"{prefix}questions"))
    assert Counter(collected) == Counter(chapters)
    assert max(Counter(collected).values()) == 1
    assert len(collected) == sum(count().values())


@pytest.mark.parametrize("prefix", LANGUAGES.values(), ids=LANGUAGES)
def test_the_search_finds_a_question_in_its_chapter_only(site: Path, prefix: str) -> None:
    documents = json.loads((site / prefix / "search" / "search_documents.json").read_text("utf-8"))
    (text,) = (document["text"] for document in documents if document["location"] == "questions/")
    assert len(text) < 1000


@pytest.mark.parametrize("page", ["cheatsheet", "questions"])
def test_both_languages_collect_the_same_in_the_same_order(site: Path, page: str) -> None:
    names = re.compile(r' id="([^"]+)"| href="(?:\.\./)+([a-z]+/#[\w-]+)"')
    english, russian = (names.findall(built(site, prefix + page)) for prefix in LANGUAGES.values())
    assert english == russian
    assert len(english) > 100
