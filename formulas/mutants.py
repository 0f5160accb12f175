"""Small typing errors, made on purpose: a formula whose typo still holds is not checked well enough."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check, understood
from formulas.functions import EXTREMES
from formulas.reader import ACCENTS, Node
from formulas.tokens import FormulaError, tokenize

_OPPOSITE = {"+": "-", "-": "+"}
_FUNCTIONS = r"""\log \exp; \exp \log; \sin \cos; \cos \sin; \tanh \sin; \sqrt \exp; \max \min; \min \max
\argmax \argmin; \argmin \argmax; \sum \prod; \odot +; \mathbb{E} \operatorname{Var}; \mathrm{Var} \mathbb{E}"""
_TOKENS = {  # what is typed in place of a token
    "sign": _OPPOSITE,
    "order": {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le"},
    "boundary": {"<": r"\le ", ">": r"\ge ", r"\le": "<", r"\ge": ">"},
    "drop accent or prime": dict.fromkeys([*ACCENTS, "'"], ""),
    "function": dict(pair.split() for pair in re.split(r";|\n", _FUNCTIONS)),
}
_POWER = re.compile(r"\^\s*(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|\\[A-Za-z]+|[^\s{}])")
_EVEN = {"abs", "norm", r"\mathrm{Var}", r"\cos"}
_PRODUCTS, _QUOTIENTS = ("mul", "had"), ("frac", "div")
_NO_MINUS_IN = {"add", "sub", "neg", "index", "group", *_PRODUCTS, "div"}
_NO_MINUS_AT = {"neg", "row", "case", "chain", "range", "where"}


class Mutant(NamedTuple):
    """A formula with one typing error: its kind, the new text, and where the change begins."""

    operator: str
    tex: str
    at: int

    @property
    def row(self) -> str:
        """The line of the change, with single spaces."""
        before, after = self.tex[: self.at], self.tex[self.at :]
        return " ".join((before.rpartition("\n")[2] + after.partition("\n")[0]).split())


def mutants(tex: str, statements: Sequence[Node]) -> list[Mutant]:
    """All small typing errors of a formula that change what it says, none twice."""
    nodes = [node for statement in statements for node in statement.walk()]
    structural = (typo for node in nodes for typo in _node_typos(tex, node))
    made = [*_token_typos(tex), *structural, *_symbol_typos(tex, nodes)]
    return list({mutant.tex: mutant for mutant in reversed(made) if mutant.tex != tex}.values())[::-1]


def repairs(tex: str, statements: Sequence[Node], names: Sequence[str]) -> Iterator[Mutant]:
    """More changes that may put a formula right: a factor more, a constant doubled or halved, any other symbol."""
    nodes = [node for statement in statements for node in statement.walk()]
    symbols = {tex[node.start : node.end] for node in nodes if node.kind in ("sym", "index")}
    symbols |= {node.name for node in nodes if node.kind in ("range", "where")}
    for node in nodes:
        changes = [f"{float(node.name) * factor:g}" for factor in (2.0, 0.5)] if node.kind == "num" else []
        changes += sorted(symbols) if node.kind in ("sym", "index") else []
        yield from (_cut(tex, "other symbol", node.start, node.end, change) for change in changes)
        yield from (_cut(tex, "insert factor", node.start, node.start, f"{name} ") for name in names)


def judged(tex: str, binding: Binding, samples: Sequence[Sample]) -> Iterator[tuple[Mutant, str]]:
    """Every typo of a formula with how it was found out: by its value, as unreadable, or not at all."""
    statements = understood(tex, samples)
    same = [normal(statement) for statement in statements]
    for mutant in mutants(tex, statements):
        try:
            check(mutant.tex, binding, samples)
            if [normal(statement) for statement in understood(mutant.tex, samples)] != same:
                yield mutant, "alive"
        except Mismatch:
            yield mutant, "by value"
        except FormulaError:
            yield mutant, "unreadable"


def normal(node: Node, sign: str = "+") -> str:
    """What a tree says, whatever the order of its terms and factors: a formula that is only reordered is no error."""
    return "+".join(sorted(_terms(node, sign)))


def _terms(node: Node, sign: str) -> list[str]:
    if node.kind in ("group", "neg"):
        return _terms(node.parts[0], sign if node.kind == "group" else _OPPOSITE[sign])
    if node.kind in ("add", "sub"):
        return _terms(node.parts[0], sign) + _terms(node.parts[1], sign if node.kind == "add" else _OPPOSITE[sign])
    factors = _factors(node)
    matrices = any(factor.startswith("transpose") for factor in factors)  # their order is part of what they say
    return ["+0"] if node.name == "0" else [sign + "*".join(factors if matrices else sorted(factors))]


def _factors(node: Node) -> list[str]:
    if node.kind == "group" and node.parts[0].kind in ("group", *_PRODUCTS, *_QUOTIENTS):
        return _factors(node.parts[0])
    if node.kind in _PRODUCTS:
        return _factors(node.parts[0]) + _factors(node.parts[1])
    if node.kind in _QUOTIENTS:
        return [*_factors(node.parts[0]), f"1/({normal(node.parts[1])})"]
    even = node.name in _EVEN
    parts = [min(normal(part), normal(part, "-")) if even else normal(part) for part in node.parts]
    if node.name in EXTREMES and node.kind == "call":
        parts.sort()
    return parts if node.kind == "group" else [f"{node.kind} {node.name}({', '.join(parts)})"]


def _cut(tex: str, operator: str, start: int, end: int, new: str = "") -> Mutant:
    """The text with a part replaced, the rest kept apart from it."""
    apart = " " if new[:1].isalpha() and re.search(r"\\[A-Za-z]+$", tex[:start]) else ""
    return Mutant(operator, f"{tex[:start]}{apart}{new or ' '}{tex[end:]}", start)


def _token_typos(tex: str) -> Iterator[Mutant]:
    """Typos of single tokens."""
    for text, start, end in tokenize(tex):
        for operator, table in _TOKENS.items():
            if text in table:
                yield _cut(tex, operator, start, end, table[text])
        if power := _POWER.match(tex, start):
            yield _cut(tex, "drop power", start, power.end())


def _node_typos(tex: str, node: Node) -> Iterator[Mutant]:
    """Typos of structure: what a part of the tree says is changed, its text with it."""
    first, last = (node.parts[0], node.parts[-1]) if node.parts else (node, node)
    if node.kind == "num":
        digits = len(node.name.partition(".")[2])
        for value in (float(node.name) + 10.0**-digits, float(node.name) - 10.0**-digits):
            if value >= 0:
                yield _cut(tex, "constant", node.start, node.end, f"{value:.{digits}f}")
    if node.kind in _QUOTIENTS:
        one, two = (tex[part.start : part.end] for part in node.parts)
        swapped = _fit(tex, node, first, two) + tex[first.end : last.start] + _fit(tex, node, last, one)
        yield _cut(tex, "swap fraction", first.start, last.end, swapped)
    if node.kind in _PRODUCTS:
        yield _cut(tex, "drop factor", first.end, last.end)
        if first.kind not in _PRODUCTS:
            yield _cut(tex, "drop factor", first.start, last.start)
    if node.kind in ("add", "sub"):
        yield _cut(tex, "drop term", first.end, last.end)
    if node.kind == "group" and first.kind not in ("sym", "num", "index"):
        yield _cut(tex, "drop brackets", node.start, node.end, f" {tex[first.start : first.end]} ")
    if node.kind == "cases" and len(node.parts) > 1:
        above, below = node.parts[0].parts[0], node.parts[1].parts[0]
        rows = tex[below.start : below.end] + tex[above.end : below.start] + tex[above.start : above.end]
        yield _cut(tex, "exchange rows", above.start, below.end, rows)
    for part in () if node.kind in _NO_MINUS_IN else node.parts[node.kind == "pow" :]:
        if part.kind not in _NO_MINUS_AT:
            minus = _fit(tex, node, part, "-" + tex[part.start : part.end])
            yield _cut(tex, "insert minus", part.start, part.end, minus)


def _fit(tex: str, node: Node, place: Node, text: str) -> str:
    """A new text for a part of a node, with braces if the part is a TeX argument that has none."""
    argument = node.kind in ("frac", "pow") or node.name == r"\sqrt"
    return f"{{{text}}}" if argument and not tex[: place.start].rstrip().endswith("{") else text


def _symbol_typos(tex: str, nodes: Sequence[Node]) -> Iterator[Mutant]:
    """One symbol in place of another, and neighbours exchanged."""
    symbols = sorted({(node.start, node.end) for node in nodes if node.kind in ("sym", "index")})
    names = list(dict.fromkeys(tex[start:end] for start, end in symbols))
    for (start, end), following in pairwise([*symbols, (len(tex), len(tex))]):
        name, other = tex[start:end], tex[slice(*following)]
        if len(names) > 1:
            yield _cut(tex, "other symbol", start, end, names[(names.index(name) + 1) % len(names)] + " ")
        if other not in ("", name) and following[0] >= end:
            yield _cut(tex, "exchange symbols", start, following[1], f"{other} {tex[end : following[0]]}{name} ")
