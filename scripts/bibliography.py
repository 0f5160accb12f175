"""Sources: what docs/reference/sources.yml says of each, and where pages and docstrings cite it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scripts import records
from scripts.listings import Place, modules
from scripts.markdown.syntax import INCLUDE, near

FILE = "docs/reference/sources.yml"
ALL = "<!-- bibliography -->"
SHAPE = re.compile(r"([a-z]+)((?:1[89]|20)\d\d)?([b-z])?")
KEY = re.compile(r"\b[a-z]{2,}(?:1[89]|20)\d\d[a-z]?\b")  # what looks like a key in a docstring
LINK = re.compile(r"\]\(sources\.md#([\w-]+)\)")
MARKER = re.compile(r"<!-- sources\b(.*?)-->", re.S)  # begins with plain letters: every page is searched, and often
ITEM = re.compile(r"\s*([\w-]+)(?:\s*\(([^()]*)\))?\s*(,|$)")
SAYS = re.compile(r"Source: .*?(?=\n\s*\n|\"\"\")", re.S)
WORDS = {
    "en": {"others": "and others", "russian": ""},
    "ru": {"others": "и соавторы", "russian": "По-русски:"},
}


class CitationError(ValueError):
    """A citation that cannot be read; `position` counts characters of what was read."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Entry:
    """One source; texts by language, an address and its label where there is one."""

    key: str
    authors: Mapping[str, str]
    title: Mapping[str, str]
    where: Mapping[str, str]
    address: str
    label: Mapping[str, str]
    russian: str  # Markdown: the original or a translation, for readers of the Russian site

    @property
    def year(self) -> str:
        """The year, which the key carries; empty if the source has none."""
        return "".join(re.findall(r"\d", self.key))

    def write(self, lang: str, remark: str = "") -> str:
        """The source as a line of Markdown, with what a page remarks on it."""
        authors = re.sub(r"and others$", WORDS[lang]["others"], self.authors[lang])
        said = [f"{authors}.", *sentence(self.title[lang]), *sentence(place(self.where[lang], self.year))]
        line = " ".join(said)
        if remark:
            line = f"{line.removesuffix('.')}: {remark.removesuffix('.')}."
        if self.address:
            line += f" [{self.label[lang]}]({self.address})"
        if self.russian and lang == "ru":
            line += f"{'.' if self.address else ''} {WORDS[lang]['russian']} {self.russian}."
        return line


def sentence(words: str) -> list[str]:
    """Words with a full stop, unless they end with a mark of their own; nothing if there are none."""
    return [words if words[-1] in ".?!" else f"{words}."] if words else []


def place(where: str, year: str) -> str:
    """Where and when something was published, as far as it is known."""
    return ", ".join(part for part in (where, year) if part)


@dataclass(frozen=True)
class Cited:
    """A page that cites a source: its file and its title."""

    file: str
    title: str


# --- the file ---------------------------------------------------------------------------------------------------------


def load(path: Path) -> dict[str, Entry]:
    """The sources of the file by their keys, every field checked. Raises: ValueError that names file and source."""
    return _load(path, path.read_bytes())


@lru_cache(maxsize=2)
def _load(path: Path, content: bytes) -> dict[str, Entry]:  # noqa: ARG001
    data = records.read(path)
    if not isinstance(data, dict) or not data:
        raise ValueError(f"{path}: write sources, each beginning with its key, such as `kingma2015:`")
    entries = {str(key): _entry(str(key), item, f"{path}: {key}") for key, item in data.items()}
    if list(entries) != sorted(entries):
        late = next(b for a, b in zip(entries, list(entries)[1:], strict=False) if b < a)
        raise ValueError(f"{path}: {late}: put it in the order of the keys")
    for key in entries:
        if re.fullmatch(r".*\d[b-z]", key) and key[:-1] not in entries:
            raise ValueError(f"{path}: {key}: a letter tells two keys apart, and there is no {key[:-1]}")
    return entries


def _entry(key: str, item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise ValueError(f"{where}: write its fields below it, beginning with `authors:`")
    records.fields(item, {"authors", "title"}, where, frozenset({"where", "link", "label", "russian"}))
    texts = {name: records.text(item[name], f"{where}: {name}") for name in item if name not in ("link", "russian")}
    empty = dict.fromkeys(records.LANGUAGES, "")
    shape, name = SHAPE.fullmatch(key), surname(texts["authors"]["en"])
    if shape is None or shape[1] != name or (shape[3] and not shape[2]):
        raise ValueError(f"{where}: the key of {texts['authors']['en']!r} begins with the surname and ends with a year")
    link = str(item.get("link", ""))
    address, label = _address(link, where)
    if "label" in texts and not link:
        raise ValueError(f"{where}: a label needs a link")
    if link and bool(label) == ("label" in texts):
        raise ValueError(f"{where}: a link needs a label, unless it is arXiv:… or doi:…")
    russian = str(item.get("russian", ""))
    label_of = texts.get("label") or dict.fromkeys(records.LANGUAGES, label)
    return Entry(key, texts["authors"], texts["title"], texts.get("where", empty), address, label_of, russian)


def surname(authors: str) -> str:
    """The surname of the first author in plain small letters; an organisation by its first word.

    >>> surname("T. van Laarhoven"), surname("C. Buciluă, R. Caruana"), surname("Dask developers")
    ('vanlaarhoven', 'bucilua', 'dask')
    """
    first = authors.partition(",")[0].removesuffix(" and others").replace("Ł", "L").replace("ł", "l")
    family = re.sub(r"^(?:\w+\.[ -]?)+", "", first)
    plain = unicodedata.normalize("NFKD", family if family != first else first.partition(" ")[0])
    return re.sub(r"[^a-z]", "", plain.lower())


def _address(link: str, where: str) -> tuple[str, str]:
    """The address of a link and the label that it brings with it."""
    kind, _, name = link.partition(":")
    if kind == "arXiv":
        return f"https://arxiv.org/abs/{name}", link
    if kind == "doi":
        return f"https://doi.org/{quote(name)}", link
    if link and not re.fullmatch(r"https?://[^\s()]+", link):
        raise ValueError(f"{where}: link must be arXiv:…, doi:… or an address, got {link!r}")
    return link, ""


# --- citations --------------------------------------------------------------------------------------------------------


def read_marker(said: str, known: Iterable[str]) -> list[tuple[str, str]]:
    """The (key, remark) that a marker names, from what stands between its word and its end. Raises: CitationError."""
    how = "write <!-- sources: robbins1951, polyak1964 (what to read there) -->"
    if not said.startswith(":") or not said.strip(": \n"):
        raise CitationError(how, 0)
    items, position, known = list[tuple[str, str]](), 1, list(known)
    while position < len(said.rstrip()):
        item = ITEM.match(said, position)
        if item is None:
            raise CitationError(how, position + len(said[position:]) - len(said[position:].lstrip()))
        if item[1] not in known:
            raise CitationError(f"there is no source {item[1]} in {FILE}{near(item[1], known)}", item.start(1))
        if item[1] in dict(items):
            raise CitationError(f"{item[1]} is named twice", item.start(1))
        items.append((item[1], " ".join((item[2] or "").split())))
        position = item.end()
    return items


def in_code(root: Path) -> Iterator[tuple[str, str, int]]:
    """(key, file, line) of every key that a docstring of the package names."""
    for path in modules(root).values():
        text = path.read_text("utf-8")
        for said in SAYS.finditer(text):
            for key in KEY.finditer(text, said.start(), said.end()):
                yield key[0], path.relative_to(root).as_posix(), text.count("\n", 0, key.start()) + 1


def in_page(markdown: str, code: Iterable[tuple[str, str, int]], index: Mapping[str, Place]) -> set[str]:
    """The keys that a page cites: in a marker, in a link to the list of sources, in the listings that it shows."""
    keys = set(LINK.findall(markdown)) | {key for key, _ in in_markers(markdown)}
    places = [index[name] for name in INCLUDE.findall(markdown) if name in index]
    return keys | {k for k, file, line in code for p in places if p.file == file and p.first <= line <= p.last}


def in_markers(markdown: str) -> Iterator[tuple[str, str]]:
    """(key, remark) of every item that the markers of a page name, whether or not they can be read to the end."""
    for marker in MARKER.finditer(markdown):
        yield from ((item[1], item[2] or "") for item in ITEM.finditer(marker[1].lstrip(":")))


@dataclass(frozen=True)
class Bibliography:
    """The sources, and for each the pages that cite it, in their order; a file whose listings no page shows if none."""

    entries: Mapping[str, Entry]
    cited: Mapping[str, list[Cited]]

    @classmethod
    def of(cls, root: Path, lang: str, nav: Any, index: Mapping[str, Place]) -> Bibliography:
        """What a language's site has. Raises: ValueError for a wrong file or a docstring that names no source."""
        entries, code = load(root / FILE), list(in_code(root))
        for key, file, line in code:
            if key not in entries:
                raise ValueError(f"{file}:{line}: there is no source {key} in {FILE}{near(key, entries)}")
        found = dict[str, list[Cited]]()
        for page in in_nav(nav):
            if (path := root / "docs" / lang / page).suffix == ".md" and path.exists():
                markdown = path.read_text("utf-8")
                title = re.search(r"^title: *(.*?)\s*$", markdown, re.M)
                for key in in_page(markdown, code, index):
                    found.setdefault(key, []).append(Cited(page, title[1] if title else page))
        unseen = {(key, file) for key, file, _ in code if key not in found}
        for key, file in sorted(unseen):
            found.setdefault(key, []).append(Cited("", file))
        return cls(entries, found)

    def matters_to(self, markdown: str) -> str:
        """What a page has of this: when it changes, the page must be converted again."""
        if ALL in markdown:
            return str(self)
        return str([self.entries.get(key) for key, _ in in_markers(markdown)])


def in_nav(nav: Any) -> Iterator[str]:
    """The files that a navigation names, in its order."""
    if isinstance(nav, str):
        yield nav
    for part in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from in_nav(part)
