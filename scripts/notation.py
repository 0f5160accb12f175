"""The page "Notation": `<!-- notation: latin -->` becomes that section of docs/reference/notation.yml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from scripts import records

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "docs" / "reference" / "notation.yml"
MARKER = re.compile(r"^<!-- notation: (\w+) -->$", re.M)
WITHIN = {"en": "in", "ru": "в"}


@dataclass(frozen=True)
class Meaning:
    """What a symbol stands for in some chapters: in words, by language, and in the code of the package."""

    chapters: tuple[str, ...]
    text: dict[str, str]
    code: tuple[str, ...] = ()  # module.function, or module.function.name
    written: tuple[str, ...] = ()  # as it stands in formulas with this meaning
    example: str = ""


@dataclass(frozen=True)
class Row:
    """One symbol, or several that are told together, with all meanings in the order of the book."""

    symbols: tuple[str, ...]
    meanings: tuple[Meaning, ...]


def load(path: Path = DATA) -> dict[str, list[Row]]:
    """The rows of each section."""
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(path: Path, changed: int) -> dict[str, list[Row]]:  # noqa: ARG001
    return {section: [_row(item) for item in items] for section, items in records.read(path).items()}


def _row(item: dict[str, Any]) -> Row:
    return Row(tuple(item["symbol"].split(", ")), tuple(_meaning(**meaning) for meaning in item["means"]))


def _meaning(en: str, ru: str, code: str = "", like: str = "", **rest: Any) -> Meaning:
    chapters, written = rest.pop("in").split(), rest.pop("as", ())
    if rest:
        raise ValueError(f"{DATA}: {en!r} has the unknown {', '.join(rest)}")
    written = (written,) if isinstance(written, str) else tuple(written)
    return Meaning(tuple(chapters), {"en": en, "ru": ru}, tuple(code.split()), written, like)


def fill(markdown: str, lang: str) -> str:
    """A page with the rows of each section in their place."""
    return MARKER.sub(lambda match: table(load()[match[1]], lang), markdown)


def table(rows: list[Row], lang: str) -> str:
    """A definition list. Who has one meaning names the chapter that introduces it, who has several names all."""
    known = titles((stem for row in rows for meaning in row.meanings for stem in meaning.chapters), lang)
    entries = (_entry(row, lang, known) for row in rows)
    return '<div class="notation" markdown>\n\n' + "\n".join(entries) + "\n</div>"


def _entry(row: Row, lang: str, known: Mapping[str, str]) -> str:
    several = len(row.meanings) > 1
    shown = [meaning.example for meaning in row.meanings if meaning.example] or row.symbols
    means = [f":   {_told(meaning, lang, known, several)}\n" for meaning in row.meanings]
    return f"{_math(shown)}\n" + "".join(means)


def _told(meaning: Meaning, lang: str, known: Mapping[str, str], several: bool) -> str:
    words = f"{_math(meaning.written)}: {meaning.text[lang]}" if meaning.written else meaning.text[lang]
    first, *others = meaning.chapters
    chapters = [f"[{known[first]}]({first}.md)", *(known[stem] for stem in others if several)]
    code = [_code(name, lang) for name in meaning.code]
    return f"{words} <small>{' · '.join([*code, ', '.join(chapters)])}</small>"


def _code(name: str, lang: str) -> str:
    _, place, *own = name.split(".")
    return f"`{own[0]}` {WITHIN[lang]} `{place}`" if own else f"`{place}`"


def _math(fragments: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"${fragment}$" for fragment in fragments)


def titles(stems: Iterable[str], lang: str) -> dict[str, str]:
    """The titles of some chapters. Raises: ValueError if a page has none."""
    found = {}
    for stem in set(stems):
        path = ROOT / "docs" / lang / f"{stem}.md"
        title = re.search(r"^title: (.+)$", path.read_text("utf-8"), re.M)
        if title is None:
            raise ValueError(f"{path} has no title")
        found[stem] = title[1]
    return found
