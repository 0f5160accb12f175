"""The tokens of a formula, taken one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from formulas.tokens import FormulaError, Token
from formulas.tree import Node

ACCENTS = {r"\hat", r"\tilde", r"\bar", r"\dot", r"\vec", r"\overline"}
_HINTS = {
    word: hint
    for words, hint in (
        (r"\cdots \dots \ldots \vdots", r"write the sum with \sum; a free index means: for all"),
        (r"\to \longrightarrow \mapsto \rightarrow \Rightarrow \int", "exempt it: `none: reason`"),
        (r"\propto \ll \gg \lesssim", r"say it with =, < or \approx, or exempt it: `none: reason`"),
        (r"\mathbf \boldsymbol \mathbb \mathcal", r"one letter; names of several go in \mathrm{}"),
        (r"\left. \right.", "write the bracket on both sides"),
        ("!", "the factorial is not known"),
        (":", "write the condition in words or as cases"),
    )
    for word in words.split()
}


class Stream:
    """A list of tokens and how far it has been read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        """The text of a token to come, empty at the end."""
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        """The next token, which must be the expected one if that is given."""
        text = self.peek()
        if not text or (expected and text != expected):
            self.fail(f"expected {expected or 'more'}, found {text or 'the end'}")
        self.at += 1
        return text

    def position(self) -> int:
        """Where the next token stands."""
        if self.at < len(self.tokens):
            return self.tokens[self.at].start
        return self.tokens[-1].end if self.tokens else 0

    def fail(self, message: str) -> NoReturn:
        """Refuse the formula at the next token."""
        raise FormulaError(message, self.position())

    def cannot_read(self) -> NoReturn:
        """Refuse the next token, with what to write instead if that is known."""
        text = self.peek()
        hint = _HINTS.get(text)
        self.fail(f"cannot read {text}" + (f": {hint}" if hint else "") if text else "the formula ends too early")

    def node(self, kind: str, start: int, parts: tuple[Node, ...] = (), name: str = "") -> Node:
        """A node that reaches from `start` to the last token taken."""
        return Node(kind, parts, name, start, self.tokens[self.at - 1].end)

    def group(self) -> Sequence[Token]:
        """The tokens of one TeX argument: those in braces, or a single one with the arguments that it takes itself."""
        start, first = self.at, self.take()
        if first == "{":
            depth = 1
            while depth:
                depth += {"{": 1, "}": -1}.get(self.take(), 0)
            if self.at - start == 2:
                self.fail("an empty argument")
            return self.tokens[start + 1 : self.at - 1]
        for _ in range(2 if first == r"\frac" else first in ACCENTS or first == r"\sqrt"):
            self.group()
        return self.tokens[start : self.at]

    def skip(self, *texts: str) -> str:
        """Take the next token if it is one of these."""
        return self.take() if self.peek() in texts else ""
