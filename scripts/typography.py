"""What Russian typography asks of a finished page: no line begins with a dash."""

from __future__ import annotations

import re

VERBATIM = re.compile(r"(<pre\b.*?</pre>|<code\b.*?</code>)", re.S)
NO_BREAK = "\u00a0"


def tie_dashes(html: str) -> str:
    """The page with every dash tied to the word before it, code left alone."""
    parts = VERBATIM.split(html)
    parts[::2] = (re.sub(r"[ \n]— ", f"{NO_BREAK}— ", part) for part in parts[::2])
    return "".join(parts)
