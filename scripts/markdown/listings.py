"""Listings: a fence that includes symbols of the package gets their file, their real line numbers and a link to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor

from scripts.listings import SOURCE_FENCE, Place
from scripts.markdown.syntax import INCLUDE, Block, Source, blocks, near

PYTHON = re.compile(r"^\{?\s*\.?(python|python3|py|py3|pycon|ipython)\b")
HOW = 'a page shows Python only by name, as --8<-- "module.symbol.py": put the code into snippets/'


class ListingsPreprocessor(Preprocessor):
    """Give each listing its title and line numbers, before pymdownx.snippets puts in the code."""

    def __init__(self, md: Markdown, index: Mapping[str, Place], source: Source) -> None:
        super().__init__(md)
        self.index, self.source = index, source
        self.links: dict[str, str] = {}

    def run(self, lines: list[str]) -> list[str]:
        """The lines with each listing's fence made ready."""
        self.links.clear()
        ready: list[str] = []
        for block in blocks(lines):
            python = block.info is not None and PYTHON.match(block.info)
            ready += self.fence(block) if python and not block.lines[0].startswith(SOURCE_FENCE) else block.lines
        return ready

    def fence(self, block: Block) -> list[str]:
        """One fence. Raises: PageError for code of the page's own, a missing symbol, symbols that are no neighbours."""
        names, places = [], []
        for line, text in enumerate(block.lines[1:-1], block.start + 1):
            match = INCLUDE.match(text)
            if match is None and text.strip(" \t>"):
                raise self.source.error(line, HOW)
            if match is None:
                continue
            if match[1] not in self.index:
                raise self.source.error(line, f"there is no listing {match[1]}{near(match[1], self.index)}")
            names.append(text.rstrip())
            places.append(self.index[match[1]])
            if len(places) > 1 and (places[-2].file, places[-2].last) != (places[-1].file, places[-1].before):
                raise self.source.error(line, f"{match[1]} does not follow the symbol above it: give it its own fence")
        if not places:
            raise self.source.error(block.start, HOW)
        first, last = places[0].first, places[-1].last
        title = f"{places[0].file}, {first}–{last}"
        self.links[title] = f"{self.source.code}{module(places[0])}/#__codelineno-0-{first}"
        body = [names[0]]
        for above, below, name in zip(places, places[1:], names[1:], strict=False):
            body += [""] * (below.first - above.last - 1) + [name]
        return [f'{block.lines[0].rstrip()} title="{title}" linenums="{first}"', *body, block.lines[-1]]


class ListingsPostprocessor(Postprocessor):
    """Turn the titles of listings into links to the source pages."""

    def __init__(self, md: Markdown, links: Mapping[str, str]) -> None:
        super().__init__(md)
        self.links = links

    def run(self, text: str) -> str:
        """The HTML with its titles linked."""
        for title, address in self.links.items():
            span = f'<span class="filename">{title}</span>'
            text = text.replace(span, f'<span class="filename"><a href="{address}">{title}</a></span>')
        return text


def module(place: Place) -> str:
    """The name of a file's source page."""
    return place.file.removeprefix("snippets/").removesuffix(".py").replace("/", ".")


class ListingsExtension(Extension):
    """Listings for Python-Markdown: give it the index of listings and the page being converted."""

    def __init__(self, index: Mapping[str, Place], source: Source) -> None:
        super().__init__()
        self.index, self.source = index, source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register before pymdownx.snippets reads the names, and after raw HTML has been put back."""
        listings = ListingsPreprocessor(md, self.index, self.source)
        md.preprocessors.register(listings, "listings", 46)
        md.postprocessors.register(ListingsPostprocessor(md, listings.links), "listings", 5)
