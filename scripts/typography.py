"""What typography asks of a finished page: no line begins with a dash or a comma, none ends with a bracket."""

from __future__ import annotations

import re

VERBATIM = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>)", re.S)
NO_BREAK = "\u00a0"
INLINE = re.compile(r"(<math>.*?</math>)", re.S)
OPENING = "([«“"
CLOSING = re.compile(rf"[^\s<]*(?:{NO_BREAK}—)?")


def tie_dashes(html: str) -> str:
    """The page with every dash tied to the word before it, code left alone."""
    parts = VERBATIM.split(html)
    parts[::2] = (re.sub(r"[ \n]— ", f"{NO_BREAK}— ", part) for part in parts[::2])
    return "".join(parts)


def tie_formulas(html: str) -> str:
    """The page with each inline formula tied to the marks that touch it: browsers break lines beside any `<math>`."""
    parts = INLINE.split(html)
    for i in range(1, len(parts), 2):
        before = parts[i - 1].rstrip(OPENING)
        opening, closing = parts[i - 1][len(before) :], CLOSING.match(parts[i + 1])
        if closing and (opening or closing[0]):
            tied = f'<span class="tied">{opening}{parts[i]}{closing[0]}</span>'
            parts[i - 1 : i + 2] = before, tied, parts[i + 1][closing.end() :]
    return "".join(parts)
