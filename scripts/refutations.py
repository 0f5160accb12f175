"""Below every formula that is marked as wrong: the numbers on which it fails, found by the formula checker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from formulas import Book, FormulaError, Mismatch
from formulas.evaluator import Evaluator
from formulas.functions import CONSTANTS
from formulas.pages import TEXT
from formulas.reader import Node

WRONG = re.compile(r"^(?P<indent> *)<!-- formula: [\w-]+ wrong -->\n\n *\$\$\n(?P<tex>.*?)\n *\$\$\n", re.M | re.S)
WORDS = {
    "en": ("**Proof.** {}the left side is ${}$, the right side ${}$.", "At {} ", "In one example "),
    "ru": ("**Проверка.** {}слева ${}$, справа ${}$.", "При {} ", "В одном примере "),
}
DERIVATIVE = re.compile(r"\\frac\{(\\partial [^{}]+)\}\{(\\partial [^{}]+)\}")


def found(book: Book) -> dict[str, list[Any]]:
    """For every wrong formula: its numbers, then the value of either side where they are furthest apart, as TeX."""
    refuted = {}
    for formula, binding, mismatch in book.refuted():
        left, right = (np.ravel(value) for value in np.broadcast_arrays(*mismatch.values))
        at = int(np.abs(left - right).argmax())
        given = numbers(formula.tex, mismatch, Evaluator(mismatch.sample, binding.base, set()))
        refuted[formula.without_text] = [given, number(left[at]), number(right[at])]
    return refuted


def numbers(tex: str, mismatch: Mismatch, evaluator: Evaluator) -> dict[str, str]:
    """Every symbol and element that the relation names, with its value; nothing unless each is a single number."""
    given = {}
    for leaf in (leaf for side in (mismatch.left, mismatch.right) for leaf in leaves(side)):
        if leaf is mismatch.left or leaf.name in CONSTANTS.keys() - evaluator.values.keys():
            continue
        try:
            value = evaluator(leaf)
        except FormulaError:  # an index that runs
            return {}
        if not isinstance(value, int | float):
            return {}
        name = leaf.name.replace(r"\epsilon", r"\varepsilon") if leaf.kind == "sym" else tex[leaf.start : leaf.end]
        given[DERIVATIVE.sub(r"\1 / \2", name)] = number(value)
    return given


def leaves(node: Node) -> Iterator[Node]:
    """The symbols and elements of an expression, from left to right."""
    if node.kind in ("index", "sym"):
        yield node
    else:
        yield from (leaf for part in node.parts for leaf in leaves(part))


def number(value: float) -> str:
    """A number with three digits, as TeX."""
    digits, _, power = f"{value:.3g}".partition("e")
    return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits


def fill(markdown: str, refuted: dict[str, list[Any]], lang: str) -> str:
    """A page with the numbers below each wrong formula that is known."""
    sentence, at, without = WORDS[lang]

    def below(match: re.Match[str]) -> str:
        given, left, right = refuted.get(TEXT.sub(r"\\text{}", " ".join(match["tex"].split())), (None, "", ""))
        if given is None:
            return match[0]
        values = at.format(", ".join(f"${name} = {value}$" for name, value in given.items())) if given else without
        return f"{match[0]}\n{match['indent']}{sentence.format(values, left, right)}\n"

    return WRONG.sub(below, markdown)
