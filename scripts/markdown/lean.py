"""Listings with fewer elements: what has no colour of its own needs no span, and a line number need not be a link.

Half of a chapter's elements were these, and a phone lays out every one of them before the reader sees the page.
"""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

NUMBER = re.compile(r'<span class="normal"><a href="#__codelineno-[\d-]+">(\s*\d+)</a></span>')
PLAIN = re.compile(r'<span class="(?:n|nn|o|p|w|bp)">([^<]*)</span>')  # names, operators, punctuation, blanks


class _Lean(Postprocessor):
    def run(self, text: str) -> str:
        return PLAIN.sub(r"\1", NUMBER.sub(r"\1", text))


class LeanExtension(Extension):
    """Unwraps tokens without colour and line numbers; the anchors of the lines stay."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register after raw HTML, such as highlighted code, has been put back (30)."""
        md.postprocessors.register(_Lean(md), "lean", 4)
