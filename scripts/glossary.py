"""The page "Glossary": `<!-- glossary -->` becomes the terms of docs/reference/glossary.yml in the page's alphabet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from scripts import records
from scripts.notation import ROOT, titles

DATA = ROOT / "docs" / "reference" / "glossary.yml"
MARKER = "<!-- glossary -->"
FOREIGN = "A–Z"  # on the Russian page, what is written in Latin letters comes last


@dataclass(frozen=True)
class Entry:
    """A term in both languages, its definition, and the section that explains it: `stem#anchor`."""

    key: str
    at: str
    term: dict[str, str]
    text: dict[str, str]

    def letter(self, lang: str) -> str:
        """Under which letter the term stands."""
        first = self.term[lang][0].upper()
        return FOREIGN if lang == "ru" and first.isascii() else first

    def place(self, lang: str) -> tuple[bool, str]:
        """By what the terms of a language are sorted."""
        return self.letter(lang) == FOREIGN, self.term[lang].lower().replace("ё", "е")


def load(path: Path = DATA) -> list[Entry]:
    """The entries. Raises: ValueError for a record that is not complete."""
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> list[Entry]:  # noqa: ARG001
    entries = []
    for key, item in records.read(path).items():
        records.fields(item, {"at", "en", "ru"}, f"{path}: {key}")
        terms, texts = ({lang: item[lang][part] for lang in records.LANGUAGES} for part in (0, 1))
        entries.append(Entry(key, item["at"], terms, texts))
    return entries


def fill(markdown: str, lang: str) -> str:
    """A page with the glossary in its place."""
    return markdown.replace(MARKER, listed(load(), lang)) if MARKER in markdown else markdown


def listed(entries: list[Entry], lang: str) -> str:
    """A line of letters to jump, and a definition list for each."""
    known = titles((entry.at.partition("#")[0] for entry in entries), lang)
    ordered = sorted(entries, key=lambda entry: entry.place(lang))
    groups = [(letter, list(group)) for letter, group in groupby(ordered, lambda entry: entry.letter(lang))]
    jumps = " ".join(f"[{letter}](#{group[0].key})" for letter, group in groups)
    lists = [
        f"{letter}\n{{ .letter }}\n\n" + "\n".join(_told(e, lang, known) for e in group) for letter, group in groups
    ]
    return f'{jumps}\n{{ .letters }}\n\n<div class="glossary" markdown>\n\n' + "\n".join(lists) + "\n</div>"


def _told(entry: Entry, lang: str, known: Mapping[str, str]) -> str:
    other = "ru" if lang == "en" else "en"
    term, counterpart = entry.term[lang], entry.term[other]
    shown = term if term == counterpart else f'{term} <span lang="{other}">{counterpart}</span>'
    stem, anchor = entry.at.split("#")
    link = f"[{known[stem]}]({stem}.md#{anchor})"
    return f"{shown} {{ #{entry.key} }}\n:   {entry.text[lang]} <small>{link}</small>\n"
