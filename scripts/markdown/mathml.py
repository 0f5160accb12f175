r"""Formulas of a page: TeX that pymdownx.arithmatex found becomes MathML; a reader's browser runs no script for them.

Displays with a `\label` are numbered within their page, `$\eqref{…}$` links to them.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from scripts.markdown.mathjax import to_mathml
from scripts.markdown.mathml_core import FormulaError
from scripts.markdown.syntax import PageError, Source, near

__all__ = ["FormulaError", "MathMLExtension", "makeExtension", "render_html", "to_mathml"]

LABEL = re.compile(r"\\label\s*\{([^{}]*)\}")
REFERENCE = re.compile(r"\s*\\(eqref|ref)\s*\{([^{}]*)\}\s*")
COMMENT = re.compile(r"^([ \t>]*)<!--\s*formula:.*?-->[ \t]*$", re.M | re.S)


class Numbers:
    """The numbers of the labelled formulas of one page."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def take_label(self, tex: str) -> tuple[str, str | None]:
        r"""The formula without its `\label`, and the label, which gets the next number. Raises: FormulaError."""
        labels = LABEL.findall(tex)
        if len(labels) > 1:
            raise FormulaError(
                f"one formula has the labels {' and '.join(labels)}: keep one, or make two formulas of it"
            )
        if not labels:
            return tex, None
        label = labels[0].strip()
        if not re.fullmatch(r"[\w:.-]+", label):
            raise FormulaError(
                f"the label {label!r} may have letters, digits and :.-_ only: it becomes the formula's id"
            )
        if label in self.of:
            raise FormulaError(f"the label {label} is used twice on the page: rename one of them")
        self.of[label] = len(self.of) + 1
        return LABEL.sub("", tex), label

    def reference(self, tex: str) -> tuple[str, str] | None:
        """Label and text of a formula that only refers to a numbered one. Raises: FormulaError."""
        match = REFERENCE.fullmatch(tex)
        if match is None:
            if REFERENCE.search(tex):
                raise FormulaError("a reference stands alone between its dollar signs, as in $\\eqref{eq:he}$")
            return None
        kind, label = match[1], match[2].strip()
        if label not in self.of:
            hint = near(label, self.of) or (f"; labels here: {', '.join(self.of)}" if self.of else "")
            raise FormulaError(f"no formula of this page has \\label{{{label}}}{hint}")
        return label, f"({self.of[label]})" if kind == "eqref" else str(self.of[label])


def _display(math: ET.Element, label: str | None, number: int) -> ET.Element:
    """A formula of its own line in a box that scrolls when it is too wide; its number stands at the right."""
    box = ET.Element("div", {"class": "formula"})
    box.append(math)
    if label is None:
        return box
    equation = ET.Element("div", {"class": "equation", "id": label})
    ET.SubElement(equation, "span", {"class": "number"}).text = f"({number})"
    equation.insert(0, box)
    return equation


def _become(element: ET.Element, new: ET.Element) -> None:
    """Change an element in place; what follows it stays."""
    tail = element.tail
    element.clear()
    element.tag, element.text, element.tail = new.tag, new.text, tail
    element.attrib.update(new.attrib)
    element.extend(new)


def _math(tex: str, display: bool) -> ET.Element:
    math = ET.fromstring(to_mathml(tex, display))
    for node in math.iter():
        if node.text:
            node.text = AtomicString(node.text)
    return math


class CommentPreprocessor(Preprocessor):
    """Take out `<!-- formula: … -->`, which is for the tests; empty lines keep the numbers of the others."""

    def run(self, lines: list[str]) -> list[str]:
        """The lines without these comments; there are as many as before."""
        text = COMMENT.sub(lambda m: m[1].rstrip() + "\n" * m[0].count("\n"), "\n".join(lines))
        return text.split("\n")


class SourcePreprocessor(Preprocessor):
    """Remember the lines as the author wrote them, with facts filled in, to say where a formula stands."""

    lines: list[str]

    def run(self, lines: list[str]) -> list[str]:
        """The lines, unchanged."""
        self.lines = lines
        return lines

    def line_of(self, tex: str) -> int | None:
        """The line, from 1, where a formula begins."""
        wanted = [line.strip() for line in tex.strip().split("\n")]
        for i in range(len(self.lines) - len(wanted) + 1):
            if all(part in line for part, line in zip(wanted, self.lines[i:], strict=False)):
                return i + 1
        return None


class MathMLTreeprocessor(Treeprocessor):
    """Replace what pymdownx.arithmatex found by MathML, numbers and links."""

    def __init__(self, md: Markdown, original: SourcePreprocessor, source: Source) -> None:
        super().__init__(md)
        self.original, self.source = original, source

    def run(self, root: ET.Element) -> None:
        """Convert every formula; labels first, since a reference may stand before its formula."""
        found = [e for e in root.iter() if e.get("class") == "arithmatex" and e.tag in {"div", "span"}]
        headings = {e for h in root.iter() if re.fullmatch("h[1-6]", h.tag) for e in h.iter()}
        numbers = Numbers()
        displays: dict[ET.Element, tuple[str, str | None]] = {}
        for element in found:
            if element.tag == "div":
                tex = html.unescape(element.text or "")[2:-2].strip("\n")
                with self._place(tex):
                    displays[element] = numbers.take_label(tex)
        for element in found:
            if element.tag == "div":
                tex, label = displays[element]
                with self._place(tex):
                    _become(element, _display(_math(tex, True), label, numbers.of.get(label or "", 0)))
                continue
            tex = (element.text or "")[2:-2]
            with self._place(tex):
                if LABEL.search(tex):
                    raise FormulaError("only a formula of its own line, between $$, can have a \\label")
                reference = numbers.reference(tex)
                if reference:
                    link = ET.Element("a", {"href": f"#{reference[0]}"})
                    link.text = AtomicString(reference[1])
                    _become(element, link)
                else:
                    math = _math(tex, False)
                    if element in headings:
                        _forget_tex(math)
                    _become(element, math)

    @contextmanager
    def _place(self, tex: str) -> Iterator[None]:
        """Turn an error of a formula into one that names the page and shows the formula."""
        try:
            yield
        except FormulaError as error:
            message = f"{error}\n    {tex.strip()}"
            line = self.original.line_of(tex)
            if line is None:
                raise PageError(f"{self.source.name}: {message}") from error
            raise self.source.error(line, message) from error


def _forget_tex(math: ET.Element) -> None:
    """Take the annotation out: a heading is repeated as plain text in the table of contents."""
    math[:] = [math[0][0]]


class MathMLExtension(Extension):
    """MathML for Python-Markdown; needs pymdownx.arithmatex with generic: true, which finds the formulas."""

    def __init__(self, source: Source | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.source = source or Source()

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register: comments go after fences are put away, formulas come after inline Markdown, before the contents."""
        original = SourcePreprocessor(md)
        md.preprocessors.register(original, "formula-source", 49)
        md.preprocessors.register(CommentPreprocessor(md), "formula-comment", 22)
        md.treeprocessors.register(MathMLTreeprocessor(md, original, self.source), "mathml", 15)


def makeExtension(**kwargs: Any) -> MathMLExtension:  # noqa: N802
    """What Python-Markdown calls for an extension given by its module's name."""
    return MathMLExtension(**kwargs)


# --- finished HTML ----------------------------------------------------------------------------------------------------

TAG = re.compile(r"(<!--.*?-->|</?[a-zA-Z][^>]*>)", re.S)
VERBATIM = {"code", "pre", "script", "style", "math"}
ALONE = re.compile(r"<p>\s*\$\$([^$]+)\$\$\s*</p>")
DOLLARS = re.compile(r"(?<![\\$])\$(?![\s$])([^$]+?)(?<![\\\s])\$(?!\d)")


def render_html(fragment: str) -> str:
    """HTML, such as a cell of a notebook, whose `$…$` and paragraphs of `$$…$$` become MathML. Raises: FormulaError."""
    fragment = ALONE.sub(lambda m: f'<div class="formula">{_rendered(m[1], True)}</div>', fragment)
    parts, verbatim = [], 0
    for part in TAG.split(fragment):
        if tag := re.match(r"<(/?)([a-zA-Z]+)", part):
            verbatim += (-1 if tag[1] else 1) * (tag[2] in VERBATIM)
        elif not verbatim:
            if "$$" in part:
                raise FormulaError(
                    f"$$ in the middle of a paragraph: put empty lines around the formula\n    {part.strip()}"
                )
            part = DOLLARS.sub(lambda m: _rendered(m[1], False), part)
        parts.append(part)
    return "".join(parts)


def _rendered(escaped: str, display: bool) -> str:
    """MathML of TeX out of HTML; numbers belong to pages."""
    tex = html.unescape(escaped)
    try:
        if LABEL.search(tex) or REFERENCE.search(tex):
            raise FormulaError("numbered formulas are for pages of Markdown: a notebook has none")
        return to_mathml(tex, display)
    except FormulaError as error:
        raise FormulaError(f"{error}\n    {tex.strip()}") from error
