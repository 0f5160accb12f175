"""LaTeX to tokens: commands that mean the same are spelled the same; spacing, sizes and labels are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class FormulaError(Exception):
    """A formula that cannot be read or evaluated, with the place in its text."""

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at


class Token(NamedTuple):
    """One token: its canonical spelling and where it stands in the text."""

    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""(?P<skip> \s+ | ~ | %[^\n]* | \\[,;:!\ >] | \\(?:label|tag)\*?\{[^}]*\} | (?<![\^_}A-Za-z])\{\}
                | \\(?:displaystyle|textstyle|limits|nolimits|nonumber|notag)(?![A-Za-z]))
      | (?P<word> \\(?:text|mathrm|operatorname\*?)\s*\{(?P<name>[^{}]*)\})
      | (?P<font> \\(?P<face>mathbb|mathbf|mathcal|boldsymbol|bm)(?![A-Za-z])\s*
                  (?:\{\s*(?P<inner>[A-Za-z0-9]|\\[A-Za-z]+)\s*\} | (?P<letter>[A-Za-z0-9]|\\[A-Za-z]+)))
      | (?P<joined> \\(?:begin|end)\s*\{[a-z]+\*?\} | \\arg\s*\\(?:max|min)(?![A-Za-z]))
      | (?P<sized> \\(?P<size>left|right|middle|[bB]igg?[lrm]?)(?![A-Za-z])\s*
                   (?P<delimiter>\\[A-Za-z]+|\\[{}|]|[][()|./]))
      | (?P<command> \\[A-Za-z]+ | \\.) | (?P<character> := | \S)""",
    re.S | re.X,
)
_SPELLINGS = r"""
\frac \tfrac \dfrac; \hat \widehat; \tilde \widetilde; \log \ln \mathrm{ln} \mathrm{log}; \epsilon \varepsilon
\exp \mathrm{exp}; \tanh \mathrm{tanh}; \max \mathrm{max}; \min \mathrm{min}; \argmax \arg\max \mathrm{argmax}
\argmin \arg\min \mathrm{argmin}; \leftarrow \gets; \mathrm{sign} \mathrm{sgn}
= := \coloneqq \equiv; \le \leq; \ge \geq; \ne \neq; [ \lbrack; ] \rbrack; \{ \lbrace; \} \rbrace; | \vert; \| \Vert
\mathbb{P} \Pr; \mathbb{E} \mathrm{E}; \mathbf{1} \mathbb{1} \bm{1} \boldsymbol{1}
"""
_SAME = {other: first for first, *others in map(str.split, re.split(r";|\n", _SPELLINGS.strip())) for other in others}
_SIDED = {"|": (r"\lvert", r"\rvert", r"\mid"), r"\|": (r"\lVert", r"\rVert", r"\|"), ".": (r"\left.", r"\right.", ".")}


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula."""
    found = _TOKEN.finditer(text)
    return [Token(_canonical(match), match.start(), match.end()) for match in found if not match["skip"]]


def spell(tokens: Iterable[Token]) -> str:
    """The canonical spelling of some tokens, with spaces only where TeX needs them."""
    out = ""
    for token in tokens:
        out += " " * bool(re.search(r"\\[A-Za-z]+$", out) and token.text[:1].isalpha()) + token.text
    return out


def _canonical(match: re.Match[str]) -> str:
    text = match.group()
    if match["word"]:
        name = " ".join(re.sub(r"\\[,;: !]", " ", match["name"]).split())
        text = rf"\mathrm{{{re.sub(r'^arg (?=max|min)', 'arg', name)}}}"
    elif match["font"]:
        text = rf"\{match['face']}{{{match['inner'] or match['letter']}}}"
    elif match["joined"]:
        text = re.sub(r"\s", "", text)
    elif match["sized"]:
        text = _SAME.get(match["delimiter"], match["delimiter"])
        side = {"left": 0, "right": 1, "middle": 2}.get(match["size"], "lrm".find(match["size"][-1]))
        return _SIDED[text][side] if side >= 0 and text in _SIDED else text
    return _SAME.get(text, text)
