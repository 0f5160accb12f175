"""What is to be drawn and computed, and under which name each result is kept: the content that it depends on."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scripts.closure import ALL, Closure, Definition, parse

LANGUAGES = ("en", "ru")
DRAWING = [Path(__file__).with_name(f"{name}.py") for name in ("render", "svg")]
MOVABLES = Path(__file__).parent / "markdown" / "movables.py"


class AssetError(Exception):
    """Something could not be read, drawn or computed; the message has one line for each."""


@dataclass
class Job:
    """One chapter's work for one process: where facts and movables go; each figure's name, language, path, literals."""

    stem: str
    facts: Path | None = None
    movables: Path | None = None
    figures: list[dict[str, Any]] = field(default_factory=list)

    def stale(self) -> Job:
        """The part of the job that is not done yet."""
        facts = self.facts if self.facts and not self.facts.exists() else None
        movables = self.movables if self.movables and not self.movables.exists() else None
        figures = [f for f in self.figures if not Path(f["path"]).with_suffix(".json").exists()]
        return Job(self.stem, facts, movables, figures)


@lru_cache
def versions() -> list[str]:
    """What a figure's bytes depend on besides our code."""
    return [version("numpy"), version("matplotlib"), *map(str, sys.version_info[:2])]


def chapters(root: Path) -> list[str]:
    """The stems that have a page."""
    return sorted(path.stem for path in (root / "docs" / "en").glob("*.md"))


def figure_names(root: Path, stem: str) -> list[str]:
    """The figures of a chapter: the public functions of its figure module."""
    path = root / "snippets" / "figures" / f"{stem}.py"
    body = parse(path).body if path.exists() else []
    return [s.name for s in body if isinstance(s, Definition) and not s.name.startswith("_")]


def plan(root: Path, stems: Iterable[str]) -> list[Job]:
    """One job a chapter, with the path that each result has for the present state of what it depends on."""
    closure = Closure(root)
    words = russian(root)
    cache = root / ".cache"
    style = (root / "snippets" / "figures" / "site.mplstyle").read_text(encoding="utf-8")
    machinery = [path.read_text(encoding="utf-8") for path in DRAWING]
    palette = closure.key(("snippets.figures.palette", ALL))
    jobs: list[Job] = []
    owners: dict[str, str] = {}
    for stem in stems:
        job = Job(stem)
        experiments = f"snippets.experiments.{stem}"
        if experiments in closure.modules and "facts" in closure.modules[experiments].statements:
            key = short_hash([versions(), closure.key((experiments, "facts"))])
            job.facts = cache / "facts" / f"{stem}.{key}.json"
        if experiments in closure.modules and "movables" in closure.modules[experiments].statements:
            start = (experiments, "movables")
            seen = {word: words[word] for word in sorted(closure.strings(start)) if word in words}
            drawing = MOVABLES.read_text(encoding="utf-8")
            key = short_hash([versions(), drawing, closure.key(start), seen])
            job.movables = cache / "movables" / f"{stem}.{key}.json"
        for name in figure_names(root, stem):
            if owners.setdefault(name, stem) != stem:
                raise AssetError(f"figure {name} is in {owners[name]} and in {stem}: names are unique over the site")
            start = (f"snippets.figures.{stem}", name)
            literals = sorted(closure.strings(start))
            base = [versions(), style, machinery, palette, closure.key(start)]
            for lang in LANGUAGES:
                translated = {word: words[word] for word in literals if word in words} if lang == "ru" else {}
                path = cache / "figures" / f"{name}.{lang}.{short_hash([*base, translated])}.svg"
                job.figures.append({"name": name, "lang": lang, "path": str(path), "literals": literals})
        if job.facts or job.movables or job.figures:
            jobs.append(job)
    return jobs


def russian(root: Path) -> dict[str, str]:
    """The dictionary RU of words.py, read without importing it."""
    path = root / "snippets" / "figures" / "words.py"
    for statement in parse(path).body:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "RU" and statement.value:
            words: dict[str, str] = ast.literal_eval(statement.value)
            return words
    raise AssetError(f"{path}: no dictionary `RU: dict[str, str] = {{...}}`")


def short_hash(parts: Any) -> str:
    """A name for content."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
