"""Figures: an image of assets/figures becomes a pair for light and dark that opens large, with its size set.

Both images are one file: only the fragment differs, and with it the colours. The hidden one has `display: none`, so
that a screen reader meets the other alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from scripts.markdown.syntax import FIGURE, Source, blocks, near

Sizes = Mapping[str, tuple[int, int]]
HOW = "![what it shows](assets/figures/NAME.svg), then a blank line and a `/// figure-caption` block"


class FiguresChecker(Preprocessor):
    """Refuse a figure that does not exist, or has no alternative text or no caption."""

    def __init__(self, md: Markdown, sizes: Sizes, source: Source) -> None:
        super().__init__(md)
        self.sizes, self.source = sizes, source

    def run(self, lines: list[str]) -> list[str]:
        """The lines as they are."""
        for block in blocks(lines):
            if block.info is None:
                self.check("\n".join(block.lines), block.start)
        return lines

    def check(self, text: str, start: int) -> None:
        """Check the figures of one stretch of prose."""
        for match in FIGURE.finditer(text):
            line = start + text.count("\n", 0, match.start())
            alt, name = match[1].strip(), match[2]
            after = [line.strip() for line in text[match.end() :].split("\n") if line.strip()]
            if name not in self.sizes:
                raise self.source.error(line, f"there is no figure {name}{near(name, self.sizes)}")
            if not alt:
                raise self.source.error(line, f"figure {name} has no alternative text: say what it shows, with numbers")
            if "$" in alt:
                raise self.source.error(line, f"figure {name}: alternative text is plain text, write σ′ instead of TeX")
            if text[match.end() :].split("\n")[0].strip() or text[: match.start()].split("\n")[-1].strip():
                raise self.source.error(line, f"figure {name} shares its line with something else: write {HOW}")
            if after[:1] != ["/// figure-caption"] or after[1:2] in ([], ["///"]):
                raise self.source.error(line, f"figure {name} has no caption: write {HOW}")
        rest = FIGURE.sub(lambda m: "\n" * m[0].count("\n"), text)
        if "assets/figures/" in rest:
            line = start + rest[: rest.index("assets/figures/")].count("\n")
            raise self.source.error(line, f"a figure is written as {HOW}")


class FiguresTreeprocessor(Treeprocessor):
    """Put the pair of images in a link to the file in place of the one image."""

    def __init__(self, md: Markdown, sizes: Sizes) -> None:
        super().__init__(md)
        self.sizes = sizes

    def run(self, root: Element) -> None:
        """Replace every figure of the page; all but the first wait until they come near."""
        pairs = [(parent, i) for parent in root.iter() for i, image in enumerate(parent) if is_figure(image)]
        for count, (parent, i) in enumerate(pairs):
            parent[i] = self.pair(parent[i], lazy=count > 0)

    def pair(self, image: Element, lazy: bool) -> Element:
        """The link with both images."""
        address = image.get("src", "")
        width, height = self.sizes[address.rpartition("/")[2].removesuffix(".svg")]
        link = Element("a", {"class": "figure", "href": address})
        link.tail = image.tail
        for theme in ("light", "dark"):
            attributes = {"src": f"{address}#only-{theme}", "alt": image.get("alt", "")}
            attributes |= {"width": str(width), "height": str(height), "decoding": "async"}
            SubElement(link, "img", attributes | ({"loading": "lazy"} if lazy else {}))
        return link


def is_figure(element: Element) -> bool:
    """Whether an element is an image of assets/figures."""
    return element.tag == "img" and "assets/figures/" in element.get("src", "")


class FiguresExtension(Extension):
    """Figures for Python-Markdown: give it their sizes in this language and the page being converted."""

    def __init__(self, sizes: Sizes, source: Source) -> None:
        super().__init__()
        self.sizes, self.source = sizes, source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register the check before lines change, the pair after attributes are set and before links are resolved."""
        md.preprocessors.register(FiguresChecker(md, self.sizes, self.source), "figures_check", 48)
        md.treeprocessors.register(FiguresTreeprocessor(md, self.sizes), "figures", 6)
