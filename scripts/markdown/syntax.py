"""What pages write to show something of the package, and how an error says where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

FENCE = re.compile(r"^([ \t>]*)(`{3,}|~{3,})(.*)$")
FACT = re.compile(r"\[\[([A-Za-z_]\w*\.[A-Za-z_]\w*)(?::([^\]\n]*))?\]\]")
FIGURE = re.compile(r"!\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?:\.\./)*assets/figures/([\w-]+)\.svg\)")
INCLUDE = re.compile(r'^[ \t>]*--8<-- "([^"\n]+)"\s*$', re.M)


class PageError(Exception):
    """A page that asks for what is not there or not allowed; the message begins with file and line."""


@dataclass
class Source:
    """The page being converted. Whoever converts sets these before each page; line numbers in errors rest on them."""

    name: str = "page"
    skipped: int = 0  # lines of front matter, which the converter does not see
    code: str = "code/"  # address of the source pages, from this page
    sources: str = "sources/"  # address of the list of sources, from this page

    def error(self, line: int, message: str) -> PageError:
        """An error at a line (from 1) of the text that the converter sees."""
        return PageError(f"{self.name}:{line + self.skipped}: {message}")


@dataclass(frozen=True)
class Used:
    """The names that a page uses."""

    figures: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    listings: set[str] = field(default_factory=set)


def used_in(markdown: str) -> Used:
    """The figures, facts (`stem.name`) and listings (`module.symbol.py`) that a page, or a file of questions, uses."""
    return Used(
        {match[2] for match in FIGURE.finditer(FACT.sub("0", markdown))},
        {match[1] for match in FACT.finditer(markdown)}
        | set(re.findall(r"^\s*answer: *(\w+\.\w+)\s*$", markdown, re.M)),
        set(INCLUDE.findall(markdown)),
    )


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a page: prose, or one fence with its first and last line. `start` counts from 1."""

    start: int
    lines: list[str]
    info: str | None = None  # what follows the opening backticks of a fence; None for prose


def blocks(lines: Iterable[str]) -> Iterator[Block]:
    """A page in prose and fences, in order."""
    current: list[str] = []
    start, info, closing = 1, None, re.compile("")
    for number, line in enumerate(lines, 1):
        match = FENCE.match(line)
        if info is None and match and not (match[2][0] == "`" and "`" in match[3]):
            yield Block(start, current)
            current, start, info = [line], number, match[3].strip()
            closing = re.compile(rf"^[ \t>]*{match[2][0]}{{{len(match[2])},}}\s*$")
        elif info is not None and closing.match(line):
            yield Block(start, [*current, line], info)
            current, start, info = [], number + 1, None
        else:
            current.append(line)
    yield Block(start, current, info)


def near(name: str, known: Iterable[str]) -> str:
    """A hint: the names that the author may have meant."""
    matches = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""
