"""Sources on pages: the list of a chapter, the list of all, and the keys in the docstrings of listings.

`<!-- sources: robbins1951, polyak1964 (what to read there) -->` becomes the sources named, `<!-- bibliography -->` all
of them with the pages that cite them; each key leads to its entry on the page `sources.md`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from scripts.bibliography import ALL, KEY, MARKER, Bibliography, CitationError, Cited, read_marker
from scripts.markdown.syntax import Source, blocks

ALONE = re.compile(r"[ \t]*(\n|\Z)")
DOCSTRING = re.compile(r'<span class="sd">[^<]*</span>')


class _Checker(Preprocessor):
    """Refuses a marker that cannot be read while the lines are still those of the page."""

    def __init__(self, md: Markdown, known: Bibliography, source: Source) -> None:
        super().__init__(md)
        self.entries, self.source = known.entries, source

    def run(self, lines: list[str]) -> list[str]:
        for block in blocks(lines):
            text = "\n".join(block.lines)
            for marker in MARKER.finditer(text) if block.info is None else ():
                try:
                    if not re.search(r"(\A|\n)\Z", text[: marker.start()]) or not ALONE.match(text, marker.end()):
                        raise CitationError(
                            "a list of sources has its lines for itself", marker.start() - marker.start(1)
                        )
                    read_marker(marker[1], self.entries)
                except CitationError as error:
                    line = block.start + text.count("\n", 0, marker.start(1) + error.position)
                    raise self.source.error(line, str(error)) from error
        return lines


class _Writer(Preprocessor):
    """Puts the lists where the markers stand."""

    def __init__(self, md: Markdown, known: Bibliography, lang: str) -> None:
        super().__init__(md)
        self.entries, self.cited, self.lang = known.entries, known.cited, lang

    def run(self, lines: list[str]) -> list[str]:
        ready: list[str] = []
        for block in blocks(lines):
            if block.info is not None:
                ready += block.lines
                continue
            text = MARKER.sub(lambda marker: "\n".join(self.some(marker[1])), "\n".join(block.lines))
            ready += text.replace(ALL, "\n".join(self.all())).split("\n") if block.lines else []
        return ready

    def some(self, said: str) -> Iterator[str]:
        """The sources of a chapter, each with its key."""
        for key, remark in read_marker(said, self.entries):
            yield f"- {self.entries[key].write(self.lang, remark)} [{key}](sources.md#{key}){{ .key }}"

    def all(self) -> Iterator[str]:
        """All sources, with letters to jump to and the pages that cite each."""
        letters = (next(group) for _, group in groupby(self.entries, key=lambda key: key[0]))
        yield '<div class="bibliography" markdown>\n'
        yield " ".join(f"[{key[0].upper()}](#{key})" for key in letters) + "\n{ .letters }\n"
        for key, entry in self.entries.items():
            pages = "".join(f", {self.link(page)}" for page in self.cited.get(key, ()))
            yield f"- {entry.write(self.lang)} <small>[{key}](#{key}){{ .key }}{pages}</small>\n{{ #{key} }}"
        yield "\n</div>"

    def link(self, page: Cited) -> str:
        return f"[{page.title}]({page.file})" if page.file else f"`{page.title}`"


class _Docstrings(Postprocessor):
    """Makes the keys in docstrings links; what is read and copied stays the same."""

    def __init__(self, md: Markdown, known: Bibliography, source: Source) -> None:
        super().__init__(md)
        self.entries, self.source = known.entries, source

    def run(self, text: str) -> str:
        return DOCSTRING.sub(lambda span: KEY.sub(self.link, span[0]), text)

    def link(self, key: re.Match[str]) -> str:
        return f'<a href="{self.source.sources}#{key[0]}">{key[0]}</a>' if key[0] in self.entries else key[0]


class BibliographyExtension(Extension):
    """Sources for Python-Markdown: give it what is known of them, the language and the page being converted."""

    def __init__(self, known: Bibliography, lang: str, source: Source) -> None:
        super().__init__()
        self.known, self.lang, self.source = known, lang, source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the check before listings change lines (46), the lists after that, links after raw HTML is back."""
        md.preprocessors.register(_Checker(md, self.known, self.source), "citations", 47)
        md.preprocessors.register(_Writer(md, self.known, self.lang), "bibliography", 40)
        md.postprocessors.register(_Docstrings(md, self.known, self.source), "docstrings", 3)
