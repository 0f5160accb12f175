"""The page "Notation": `<!-- notation: latin -->` becomes that section of docs/reference/notation.yml."""

from __future__ import annotations

import re
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
    return '<div class="notation" markdown>\n\n' + "\n".join(_entry(row, lang) for row in rows) + "\n</div>"


def _entry(row: Row, lang: str) -> str:
    several = len(row.meanings) > 1
    shown = [meaning.example for meaning in row.meanings if meaning.example] or row.symbols
    means = [f":   {_told(meaning, lang, several)}\n" for meaning in row.meanings]
    return f"{_math(shown)}\n" + "".join(means)


def _told(meaning: Meaning, lang: str, several: bool) -> str:
    words = f"{_math(meaning.written)}: {meaning.text[lang]}" if meaning.written else meaning.text[lang]
    first, *others = meaning.chapters
    chapters = [f"[{title(first, lang)}]({first}.md)", *(title(stem, lang) for stem in others if several)]
    code = [_code(name, lang) for name in meaning.code]
    return f"{words} <small>{' · '.join([*code, ', '.join(chapters)])}</small>"


def _code(name: str, lang: str) -> str:
    _, place, *own = name.split(".")
    return f"`{own[0]}` {WITHIN[lang]} `{place}`" if own else f"`{place}`"


def _math(fragments: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"${fragment}$" for fragment in fragments)


def title(stem: str, lang: str) -> str:
    """The title of a chapter. Raises: ValueError if the page has none."""
    path = ROOT / "docs" / lang / f"{stem}.md"
    return _title(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _title(path: Path, changed: int) -> str:  # noqa: ARG001
    found = re.search(r"^title: (.+)$", path.read_text("utf-8"), re.M)
    if found is None:
        raise ValueError(f"{path} has no title")
    return found[1]
