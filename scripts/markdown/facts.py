"""Numbers in prose: `[[stem.name:format]]` becomes the value that an experiment computed, written for the language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from scripts.markdown.syntax import FACT, Source, blocks, near

TOKEN = re.compile(rf"(?P<code>`[^`\n]*`)|(?P<end>\n[ \t]*\n)|\\\$|(?P<math>\$\$?)|(?P<fact>{FACT.pattern})")
NUMBER = re.compile(r"([-+]?)(\d[\d,]*)(\.\d+)?(?:e([-+]\d+))?(%?)")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
NO_BREAK = "\u00a0"


class FactError(Exception):
    """A fact that is not there or a format that does not fit it; `position` counts characters of the text."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def fill(text: str, facts: Mapping[str, float], lang: str) -> str:
    """The text with its facts written out, as TeX between dollar signs. Raises: FactError."""
    math = False

    def replace(match: re.Match[str]) -> str:
        nonlocal math
        if match["end"]:
            math = False
        elif match["math"]:
            math = not math
        elif match["code"]:
            return FACT.sub(lambda m: plain(m, match.start()), match[0])
        elif match["fact"]:
            fact = FACT.fullmatch(match[0])
            assert fact is not None, "a token named fact is one"
            return written(plain(fact, match.start()), lang, tex=math)
        return match[0]

    def plain(fact: re.Match[str], position: int) -> str:
        if fact[1] not in facts:
            raise FactError(f"there is no fact {fact[1]}{near(fact[1], facts)}", position)
        value = facts[fact[1]]
        if not fact[2] and not isinstance(value, int):
            raise FactError(f"fact {fact[1]} is {value!r}: give it a format, as in [[{fact[1]}:.2f]]", position)
        try:
            shown = format(value, fact[2] or "d")
        except ValueError as error:
            raise FactError(f"fact {fact[1]} is {value!r}, format {fact[2]!r}: {error}", position) from error
        if not NUMBER.fullmatch(shown):
            raise FactError(f"fact {fact[1]} with format {fact[2]!r} is {shown!r}, not a plain number", position)
        return shown

    return TOKEN.sub(replace, text)


def written(number: str, lang: str, tex: bool = False) -> str:
    r"""A number as Python writes it, as a reader of the language does; the decimal mark is a dot in both.

    >>> written("-1.2e-05", "en"), written("1797", "ru"), written("-1.2e-05", "en", tex=True)
    ('−1.2·10⁻⁵', '1797', '-1.2 \\cdot 10^{-5}')
    """
    match = NUMBER.fullmatch(number)
    if match is None:
        raise ValueError(f"{number!r} is not a plain number")
    sign, whole, fraction, exponent, percent = (part or "" for part in match.groups())
    if not float(whole.replace(",", "") + fraction):
        sign = ""
    if lang == "ru":  # four digits stand together in Russian
        whole = whole.replace(",", (r"\," if tex else NO_BREAK) if len(whole) > 5 else "")
        percent = (r"\,\%" if tex else f"{NO_BREAK}%") if percent else ""
    elif tex:
        whole, percent = whole.replace(",", "{,}"), percent.replace("%", r"\%")
    power = int(exponent or 0)
    digits = whole + fraction
    if power:
        ten = f"10^{{{power}}}" if tex else f"10{str(power).translate(SUPERSCRIPT)}"
        digits = ten if digits == "1" else digits + (r" \cdot " if tex else "·") + ten
    return (sign if tex else sign.replace("-", "−")) + digits + percent


class FactsPreprocessor(Preprocessor):
    """Fill in the facts of a page, outside of fenced code."""

    def __init__(self, md: Markdown, facts: Mapping[str, float], lang: str, source: Source) -> None:
        super().__init__(md)
        self.facts, self.lang, self.source = facts, lang, source

    def run(self, lines: list[str]) -> list[str]:
        """The lines with the values; there are as many as before."""
        filled: list[str] = []
        for block in blocks(lines):
            if block.info is not None or not block.lines:
                filled += block.lines
                continue
            text = "\n".join(block.lines)
            try:
                filled += fill(text, self.facts, self.lang).split("\n")
            except FactError as error:
                line = block.start + text.count("\n", 0, error.position)
                raise self.source.error(line, str(error)) from error
        return filled


class FactsExtension(Extension):
    """Facts for Python-Markdown: give it the values, the language and the page being converted."""

    def __init__(self, facts: Mapping[str, float], lang: str, source: Source) -> None:
        super().__init__()
        self.facts, self.lang, self.source = facts, lang, source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register before everything that reads lines."""
        md.preprocessors.register(FactsPreprocessor(md, self.facts, self.lang, self.source), "facts", 50)
