"""The package as pages show it: one file for each public symbol, and one source page for each module."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.closure import Assignment, Definition, parse, targets
from scripts.files import write
from scripts.markdown.syntax import INCLUDE

SOURCE_FENCE = "`" * 12  # longer than any in the code
INTRODUCTION = {
    "en": "The whole file, as the chapters use it and the tests test it.",
    "ru": "Файл целиком: на него опираются главы, его проверяют тесты.",
}


@dataclass(frozen=True)
class Place:
    """Where a listing comes from: its file, its first and last line, and the last line of what stands before it."""

    file: str
    first: int
    last: int
    before: int


def modules(root: Path) -> dict[str, Path]:
    """The modules of the package by the name that pages use: `activations`, `experiments.initialization`."""
    folder = root / "snippets"
    paths = (path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py")
    return {".".join(path.relative_to(folder).with_suffix("").parts): path for path in paths}


def cut(root: Path, path: Path) -> Iterator[tuple[str, Place]]:
    """Each public symbol of a module and its place; decorators and comments right above belong to it."""
    before = 0
    file = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    for statement in parse(path).body:
        first = statement.lineno
        names: list[str] = []
        if isinstance(statement, Definition):
            first = min([first, *(decorator.lineno for decorator in statement.decorator_list)])
            names = [statement.name]
        elif isinstance(statement, Assignment):
            names = [n.id for target in targets(statement) for n in ast.walk(target) if isinstance(n, ast.Name)]
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        for name in names:
            if not name.startswith("_"):
                yield name, Place(file, first, statement.end_lineno or first, before)
        before = statement.end_lineno or first


def write_listings(root: Path, folder: Path) -> dict[str, Place]:
    """Write the file of each public symbol and their index; files of symbols that are gone are removed."""
    index: dict[str, Place] = {}
    for module, path in modules(root).items():
        lines = path.read_text(encoding="utf-8").splitlines()
        for name, place in cut(root, path):
            index[f"{module}.{name}.py"] = place
            text = "\n".join(lines[place.first - 1 : place.last])  # no newline at the end: snippets makes it a line
            write(folder / f"{module}.{name}.py", text.encode())
    for old in folder.glob("*.py"):
        if old.name not in index:
            old.unlink()
    write(folder / "index.json", json.dumps({name: asdict(place) for name, place in index.items()}, indent=0).encode())
    return index


def source_pages(root: Path, lang: str) -> dict[str, str]:
    """The source page of each module that a listing shows, `code/<module>.md`: line n is at #__codelineno-0-n."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "docs" / lang).glob("*.md"))]
    shown = {listing.rsplit(".", 2)[0] for text in texts for listing in INCLUDE.findall(text)}
    pages = {}
    for module, path in modules(root).items():
        if module not in shown:
            continue
        name = path.relative_to(root).as_posix()
        front = f'---\ntitle: "{name}"\ndescription: "{INTRODUCTION[lang]}"\nsearch:\n  exclude: true\n---\n'
        code = path.read_text(encoding="utf-8").rstrip()
        pages[f"code/{module}.md"] = (
            f"{front}\n# {name} {{#source}}\n\n{INTRODUCTION[lang]}\n\n"
            f'{SOURCE_FENCE} {{.python title="{name}" linenums="1"}}\n{code}\n{SOURCE_FENCE}\n'
        )
    return pages
