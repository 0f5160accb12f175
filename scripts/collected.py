"""Pages collected from the chapters, the cheat sheet and all questions: written as Markdown before it is converted.

`<!-- cheatsheet -->` becomes the formulas that docs/reference/cheatsheet.yml names, each taken from its chapter by its
label; `<!-- all questions -->` becomes a marker for the questions of every chapter, in the order of the book.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from formulas.pages import Formula, displays
from formulas.tokens import FormulaError
from scripts import records
from scripts.bibliography import in_nav
from scripts.listings import Place
from scripts.markdown.listings import module
from scripts.markdown.syntax import PageError, near

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CHOICE = DOCS / "reference" / "cheatsheet.yml"
CHEATSHEET, QUESTIONS = "<!-- cheatsheet -->", "<!-- all questions -->"
HEADING = re.compile(r"^#+ (?P<title>.*?) *\{ ?#(?P<id>[\w-]+) ?\}", re.M)


@dataclass(frozen=True)
class Entry:
    """A formula of the cheat sheet: its label, its name by language, and the listing that computes it, if any."""

    label: str
    name: Mapping[str, str]
    code: str = ""


@dataclass(frozen=True)
class Chapter:
    """A chapter of one language: its title, and its displays with the section where each stands."""

    stem: str
    title: str
    displays: Mapping[str, tuple[Formula, str]]

    @classmethod
    def read(cls, stem: str, lang: str, docs: Path = DOCS) -> Chapter:
        """The chapter as its page says. Raises: PageError."""
        path = docs / lang / f"{stem}.md"
        return _chapter(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _chapter(path: Path, changed: int) -> Chapter:  # noqa: ARG001
    """A chapter, read once until its page changes: all of them together take 40 ms."""
    text = path.read_text("utf-8")
    headings = list(HEADING.finditer(text))
    if not headings:
        raise PageError(f"{path}: begin the page with a heading `# Title {{#stem}}`")
    try:
        found = displays(path)
    except FormulaError as error:
        raise PageError(str(error)) from error
    lines = [text.count("\n", 0, heading.start()) + 1 for heading in headings]
    sections = {
        f.label: (f, max((n, h["id"]) for n, h in zip(lines, headings, strict=True) if n < f.line)[1])
        for f in found
        if f.label and f.reason is None and not f.wrong
    }
    return Chapter(path.stem, headings[0]["title"], sections)


def in_order(nav: Any, docs: Path = DOCS) -> list[str]:
    """The chapters, which are the pages with questions, in the order of the navigation."""
    chapters = (page for page in in_nav(nav) if (docs / "questions" / page).with_suffix(".yml").is_file())
    return [page.removesuffix(".md") for page in chapters]


# --- the cheat sheet --------------------------------------------------------------------------------------------------


def chosen(path: Path = CHOICE) -> dict[str, list[Entry]]:
    """The entries of each chapter. Raises: ValueError that names the file, the formula and what to do."""
    return _chosen(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _chosen(path: Path, changed: int) -> dict[str, list[Entry]]:  # noqa: ARG001
    data = records.read(path)
    if not isinstance(data, dict) or not all(isinstance(entries, dict) for entries in data.values()):
        raise ValueError(f"{path}: write `chapter:` and below it `label: {{en: …, ru: …}}`")
    return {stem: [_entry(label, item, f"{path}: {label}") for label, item in data[stem].items()] for stem in data}


def _entry(label: str, item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise ValueError(f"{where}: write {{en: …, ru: …}}, and `code: module.function` if there is a listing")
    records.fields(item, set(records.LANGUAGES), where, frozenset({"code"}))
    name = records.text({lang: item[lang] for lang in records.LANGUAGES}, where)
    return Entry(label, name, str(item.get("code", "")))


@dataclass(frozen=True)
class Sheet:
    """Writes the cheat sheet in one language; `code` is where the source pages are, seen from its page."""

    lang: str
    stems: list[str]
    index: Mapping[str, Place]
    code: str
    docs: Path = DOCS

    def write(self, entries: Mapping[str, list[Entry]]) -> str:
        """The whole sheet. Raises: PageError for a chapter, a label or a listing that is not there."""
        strangers = sorted(entries.keys() - set(self.stems))
        if strangers:
            raise PageError(f"{CHOICE}: {strangers[0]} is no chapter{near(strangers[0], self.stems)}")
        return "\n\n".join(self.chapter(stem, entries[stem]) for stem in self.stems if stem in entries)

    def chapter(self, stem: str, entries: list[Entry]) -> str:
        """The formulas of a chapter under its title."""
        chapter = Chapter.read(stem, self.lang, self.docs)
        body = "\n\n".join(self.row(chapter, entry) for entry in entries)
        heading = f"## [{chapter.title}]({stem}.md) {{#{stem}}}"
        return f'{heading}\n\n<div class="formulas" markdown>\n\n{body}\n\n</div>'

    def row(self, chapter: Chapter, entry: Entry) -> str:
        """The name, which leads to the section, the listing, and the formula as it stands in the chapter."""
        if entry.label not in chapter.displays:
            hint = near(entry.label, chapter.displays)
            raise PageError(f"{CHOICE}: the chapter {chapter.stem} has no formula {entry.label}{hint}")
        formula, section = chapter.displays[entry.label]
        name = f"[{entry.name[self.lang]}]({chapter.stem}.md#{section})"
        return f"{name}{self.listing(entry)}\n\n$${formula.tex}$$"

    def listing(self, entry: Entry) -> str:
        """A link to the lines of the listing."""
        if not entry.code:
            return ""
        if f"{entry.code}.py" not in self.index:
            raise PageError(
                f"{CHOICE}: {entry.label}: there is no listing {entry.code}{near(f'{entry.code}.py', self.index)}"
            )
        place = self.index[f"{entry.code}.py"]
        address = f"{self.code}{module(place)}/#__codelineno-0-{place.first}"
        return f' <a href="{address}"><code>{entry.code.rpartition(".")[2]}</code></a>'


# --- all questions ----------------------------------------------------------------------------------------------------

WORDS = {
    "en": {"draw": "Draw ten questions", "chapter": "Read the chapter"},
    "ru": {"draw": "Вытянуть десять вопросов", "chapter": "Читать главу"},
}


def count(docs: Path = DOCS) -> dict[str, int]:
    """How many questions each chapter has; the whole files are read where they are shown."""
    files = sorted((docs / "questions").glob("*.yml"))
    return {path.stem: len(re.findall(r"^- key:", path.read_text("utf-8"), re.M)) for path in files}


def bank(lang: str, stems: list[str], docs: Path = DOCS) -> str:
    """A closed <details> for each chapter, and the button that draws; `<!-- questions of: stem -->` is filled later."""
    words, numbers = WORDS[lang], count(docs)
    chapters = (
        f'<details class="chapter" markdown>\n'
        f'<summary>{Chapter.read(stem, lang, docs).title} <span class="count">{numbers[stem]}</span></summary>\n\n'
        f"[{words['chapter']}]({stem}.md)\n\n<!-- questions of: {stem} -->\n\n</details>"
        for stem in stems
    )
    button = f'<p class="draw"><button type="button">{words["draw"]}</button></p>\n\n<div class="drawn"></div>'
    # a section, for the search knows what it leaves out by the name of the element, and there are other divs inside
    return "\n\n".join([button, '<section class="bank" data-search-exclude="" markdown>', *chapters, "</section>"])


# --- both -------------------------------------------------------------------------------------------------------------


def fill(markdown: str, lang: str, nav: Any, index: Mapping[str, Place], code: str) -> str:
    """A page with its marker replaced. Raises: PageError."""
    if CHEATSHEET in markdown:
        try:
            sheet = Sheet(lang, in_order(nav), index, code).write(chosen())
        except ValueError as error:
            raise PageError(str(error)) from error
        markdown = markdown.replace(CHEATSHEET, sheet)
    if QUESTIONS in markdown:
        markdown = markdown.replace(QUESTIONS, bank(lang, in_order(nav)))
    return markdown


def facts() -> dict[str, int]:
    """How many questions and formulas there are, for the sentences of these pages."""
    return {"collected.questions": sum(count().values()), "collected.formulas": sum(map(len, chosen().values()))}
