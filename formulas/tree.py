"""What a formula is made of: nodes, the names that the reader knows, and those that a binding adds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Node:
    """A part of a formula: its kind, its own parts, the name it has in the text, and where it stands."""

    kind: str
    parts: tuple[Node, ...] = ()
    name: str = ""
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def walk(self) -> Iterator[Node]:
        """The node itself and everything in it."""
        yield self
        for part in self.parts:
            yield from part.walk()


class Vocabulary(NamedTuple):
    """The symbols that have a value, in canonical spelling, and those of them that are functions."""

    names: Collection[str] = ()
    functions: Collection[str] = ()


RELATIONS = {"=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!="}
RELATIONS |= {r"\approx": "~", r"\leftarrow": "<-", r"\sim": "law", r"\in": "in"}
EXTREMES = {r"\max", r"\min"}
MOMENTS = {r"\mathbb{E}", r"\mathbb{P}", r"\mathrm{Var}", r"\mathrm{Cov}"}
TWO_READINGS = {rf"\{name}" for name in ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan")}
TWO_READINGS |= {rf"\mathrm{{{name}}}" for name in ("erf", "sign", "sgn", "diag", "tr")}
FUNCTIONS = TWO_READINGS | MOMENTS | EXTREMES | {r"\exp", r"\mathcal{N}", r"\mathcal{U}"}
