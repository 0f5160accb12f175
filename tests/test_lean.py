"""Listings lose the elements that show nothing, and nothing else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from markdown import Markdown
from markdown.extensions import Extension

from scripts.markdown.lean import LeanExtension

CODE = '''def f(x: Array) -> Array:
    """x < 1 & y."""
    return np.exp(-x) ** 2 if x is not None else "n"  # p
'''
HIGHLIGHT = {"pymdownx.highlight": {"anchor_linenums": True}}


def convert(*extra: Extension) -> str:
    extensions: list[Extension | str] = ["pymdownx.superfences", "pymdownx.highlight", *extra]
    md = Markdown(extensions=extensions, extension_configs=HIGHLIGHT)
    return md.convert(f'```python title="f.py" linenums="7"\n{CODE}```\n')


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


def test_a_lean_listing_reads_the_same() -> None:
    assert CODE in text(convert())
    assert text(convert(LeanExtension())) == text(convert())


def test_numbers_are_plain_and_lines_keep_their_anchors() -> None:
    lean = convert(LeanExtension())
    assert re.search(r"<pre><span></span>7\n8\n9</pre>", lean)
    assert re.findall(r'id="__codelineno-0-(\d+)"', lean) == ["7", "8", "9"]
    assert "href" not in lean


@pytest.mark.parametrize("kept", ["k", "nf", "sd", "s2", "mi", "c1", "kc"])
def test_what_has_a_colour_keeps_it(kept: str) -> None:
    spans = re.findall(rf'<span class="{kept}">', convert())
    assert spans
    assert re.findall(rf'<span class="{kept}">', convert(LeanExtension())) == spans


def test_what_has_none_is_gone() -> None:
    assert re.search(r'class="(n|o|p)"', convert())
    assert not re.search(r'class="(n|o|p|w)"', convert(LeanExtension()))
