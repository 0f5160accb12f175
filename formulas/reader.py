"""LaTeX to tree, strictly: whatever is not understood, or has two readings, is an error with its position."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple, NoReturn, TypeVar

from formulas.tokens import FormulaError, Token, spell, tokenize

T = TypeVar("T")


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


def _words(*words: str) -> set[str]:
    return {rf"\mathrm{{{word}}}" for word in words}


RELATIONS = {"=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!="}
RELATIONS |= {r"\approx": "~", r"\leftarrow": "<-", r"\sim": "law", r"\in": "in"}
ACCENTS = {r"\hat", r"\tilde", r"\bar", r"\dot", r"\vec", r"\overline"}
EXTREMES = {r"\max", r"\min"}
MOMENTS = {r"\mathbb{E}", r"\mathbb{P}", r"\mathrm{Var}"}
_OF_CONDITIONS = {r"\mathbb{P}", r"\mathbf{1}"}
_TWO_READINGS = {rf"\{name}" for name in ("log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arctan")}
_TWO_READINGS |= _words("erf", "sign", "sgn", "diag", "tr")
_FUNCTIONS = _TWO_READINGS | MOMENTS | EXTREMES | _OF_CONDITIONS | {r"\exp", r"\mathcal{N}", r"\mathcal{U}"}
_BIG = EXTREMES | {r"\sum", r"\prod", r"\argmax", r"\argmin"}
_GREEK = re.compile(
    r"\\(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi"
    r"|omega|varphi|vartheta|ell|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|infty)"
)
_BRACKETS = {"(": (")", "group", ""), "[": ("]", "group", ""), r"\{": (r"\}", "group", "")}  # closing, kind and name
_BRACKETS |= {r"\lfloor": (r"\rfloor", "fn", "floor"), r"\lceil": (r"\rceil", "fn", "ceil")}
_BRACKETS |= {r"\lvert": (r"\rvert", "fn", "abs"), "|": ("|", "fn", "abs")}
_BRACKETS |= {r"\lVert": (r"\rVert", "norm", "2"), r"\|": (r"\|", "norm", "2")}
_CALL = {"(", "[", r"\{"}
_SIGNS = {"+": "add", "-": "sub"}
_OPERATORS = {r"\cdot": "mul", r"\times": "mul", "*": "mul", "/": "div", r"\odot": "had"}
_SEPARATORS = {",", ".", ";", r"\quad", r"\qquad"} | _words("and", "where", "with", "so")
_GUARDS = {r"\forall"} | _words("if", "for", "when", "for all", "for every", "whenever")
_OTHERWISE = _words("otherwise", "otherwise.", "else", "else.")
_STOPS = {*RELATIONS, *_SIGNS, *_OPERATORS, *_SEPARATORS, *_GUARDS, *_OTHERWISE}
_STOPS |= {closing for closing, *_ in _BRACKETS.values()} - _BRACKETS.keys()
_PARTIAL = ("d", r"\partial", r"\mathrm{d}")
_READ_BY = {r"\frac": "fraction", r"\partial": "partial", r"\sqrt": "root", **dict.fromkeys(_BRACKETS, "bracket")}
_READ_BY |= {r"\begin{cases}": "cases", r"\begin{bmatrix}": "matrix", r"\begin{pmatrix}": "matrix"}
_HINTS = {
    word: f": {hint}"
    for words, hint in (
        (r"\cdots \dots \ldots \vdots", r"write the sum with \sum; a free index means: for all"),
        (r"\to \longrightarrow \mapsto \rightarrow \Rightarrow \int", "exempt it: `none: reason`"),
        (r"\propto \ll \gg \lesssim", r"say it with =, < or \approx, or exempt it: `none: reason`"),
        (r"\mathbf \boldsymbol \mathbb \mathcal", r"one letter; names of several go in \mathrm{}"),
        (r"\left. \right.", "write the bracket on both sides"),
        ("!", "the factorial is not known"),
        (":", "write the condition in words or as cases"),
        ("|", r"what is given is written \mid"),
    )
    for word in words.split()
}


def read(tex: str, names: Collection[str], functions: Collection[str] = ()) -> tuple[Node, ...]:
    """The statements of a formula, chains of relations, given the symbols that have a value and which are functions."""
    try:
        return _Reader(tokenize(tex), names, functions).statements()
    except RecursionError:
        raise FormulaError("brackets are nested too deeply") from None


@cache
def canonical(tex: str) -> str:
    r"""The one spelling of a symbol: `\hat m_{t + 1}` and `\hat{m}_{t+1}` are both `\hat{m}_{t+1}`."""
    reader = _Reader(tokenize(tex))
    node = reader.fraction() if reader.peek() == r"\frac" else None
    name = node.name if node else reader.spelled().name
    if reader.peek() or not name:
        reader.fail(f"{tex} is not one symbol")
    return name


def argument_end(tokens: Sequence[Token], at: int) -> int:
    """Where in the text the TeX argument ends that begins with the token number `at`."""
    reader = _Reader(tokens, at=at)
    reader.group()
    return tokens[reader.at - 1].end


class _Spelled(NamedTuple):
    """A symbol as it is spelled: base, subscript, superscript, primes."""

    base: str
    sub: Sequence[Token]
    sup: Sequence[Token]
    primes: str

    @property
    def name(self) -> str:
        scripts = "".join(f"{mark}{{{spell(part)}}}" for mark, part in (("_", self.sub), ("^", self.sup)) if part)
        return self.base + scripts + self.primes

    @property
    def has_step(self) -> bool:
        """Whether the superscript is part of the name, as in w^{(t)} or w^*, and no power."""
        sup = spell(self.sup)
        return sup in ("*", r"\star", r"\ast", "+", "-") or sup[:1] + sup[-1:] in ("()", "[]")

    def readings(self) -> list[tuple[str, list[Sequence[Token]]]]:
        """As a name, and as an element of an array: the array's name and the subscript."""
        return [(self.name, []), *([(self._replace(sub=()).name, [self.sub])] if self.sub else [])]


def _split(tokens: Sequence[Token], separator: str) -> list[list[Token]]:
    """The parts of a token list between separators that stand in no bracket and no environment."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += token.text in ("(", "[", "{") or token.text.startswith(r"\begin")
        depth -= token.text in (")", "]", "}") or token.text.startswith(r"\end")
        if token.text == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _cells(tokens: Sequence[Token]) -> list[list[list[Token]]]:
    """The cells of the rows of an environment, without the commas and stops at their ends."""
    rows = [_split(row, "&") for row in _split(tokens, r"\\") if row]
    for cell in (cell for row in rows for cell in row):
        while cell and cell[-1].text in _SEPARATORS:
            cell.pop()
    return rows


@dataclass
class _Reader:
    """A recursive-descent reader of a list of tokens."""

    tokens: Sequence[Token]
    names: Collection[str] = ()
    functions: Collection[str] = ()
    at: int = 0  # how far it has read
    closing: Collection[str] = ()  # the bars that end the bracket that is open, and so begin none

    # Tokens, one after the other

    def peek(self, ahead: int = 0) -> str:
        """The text of a token to come, empty at the end."""
        at = self.at + ahead
        return self.tokens[at].text if at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        text = self.peek()
        if not text or (expected and text != expected):
            self.fail(f"expected {expected or 'more'}, found {text or 'the end'}{_HINTS.get(expected, '')}")
        self.at += 1
        return text

    def skip(self, *texts: str) -> str:
        """Take the next token if it is one of these."""
        return self.take() if self.peek() in texts else ""

    def position(self) -> int:
        """Where the next token stands."""
        if self.at < len(self.tokens):
            return self.tokens[self.at].start
        return self.tokens[-1].end if self.tokens else 0

    def fail(self, message: str) -> NoReturn:
        raise FormulaError(message, self.position())

    def cannot_read(self) -> NoReturn:
        text = self.peek()
        self.fail(f"cannot read {text}{_HINTS.get(text, '')}" if text else "the formula ends too early")

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

    def table(self) -> list[list[list[Token]]]:
        """The cells of the rows of an environment."""
        first, end = self.at, self.take().replace("begin", "end")
        depth = 1
        while depth:
            text = self.take()
            depth += text.startswith(r"\begin") - text.startswith(r"\end")
        self.at -= 1
        self.take(end)
        return _cells(self.tokens[first + 1 : self.at - 1])

    def within(self, tokens: Sequence[Token], read: Callable[[_Reader], T]) -> T:
        """Read these tokens to their end."""
        inner = _Reader(tokens, self.names, self.functions)
        result = read(inner)
        if inner.peek():
            inner.cannot_read()
        return result

    def taken(self, read: Callable[[], object]) -> Sequence[Token]:
        """The tokens of what is read."""
        first = self.at
        read()
        return self.tokens[first : self.at]

    # Statements

    def statements(self) -> tuple[Node, ...]:
        """All statements of a display; every pair of columns has its own derivation."""
        rows = _cells(self.tokens)
        if re.fullmatch(r"\\begin\{(aligned|align|gathered|gather|split|equation)\*?\}", self.peek()):
            rows = self.table()
            while self.skip(*_SEPARATORS):
                pass
            if self.peek():
                self.cannot_read()
        found: list[Node] = []
        above: dict[int, int] = {}  # which statement a column goes on with
        for row in rows:
            for column in range(0, len(row), 2):
                cells = [token for cell in row[column : column + 2] for token in cell]
                self.within(cells, partial(_Reader.chains, found=found, above=above, column=column))
        return tuple(found)

    def chains(self, found: list[Node], above: dict[int, int], column: int) -> None:
        """Read a row to its end; one that begins with a relation or a sign goes on with the statement above it."""
        while text := self.peek():
            if self.skip(*_SEPARATORS):
                continue
            start = self.position()
            if found and self.skip(*_GUARDS):
                guard = self.chain()  # `for all x` alone says what every statement means
                if guard.name:
                    found[-1] = self.node("when", found[-1].start, (found[-1], guard))
                    above.clear()
                continue
            if text not in RELATIONS:
                side = self.expression()
                if text in _SIGNS and column in above and self.peek() not in RELATIONS:
                    chain = found[above[column]]
                    last = self.node("add", chain.parts[-1].start, (chain.parts[-1], side))
                    found[above[column]] = self.node("chain", chain.start, (*chain.parts[:-1], last), chain.name)
                    continue
                above[column] = len(found)
                found.append(self.node("chain", start, (side,)))
            if column not in above:
                self.fail("a row begins with a relation but no chain is open")
            found[above[column]] = self.relations(found[above[column]])

    def chain(self) -> Node:
        """An expression and the relations in which it stands, their names being the chain's."""
        start, side = self.position(), self.expression()
        return self.relations(self.node("chain", start, (side,)))

    def relations(self, chain: Node) -> Node:
        """A chain with every relation that follows, and its right side."""
        while self.peek() in RELATIONS:
            relation = RELATIONS[self.take()]
            parts = *chain.parts, self.expression()
            chain = self.node("chain", chain.start, parts, f"{chain.name} {relation}".strip())
        return chain

    def condition(self) -> Node:
        """One or more relations, joined by `and`."""
        first = self.chain()
        if not first.name:
            self.fail("expected a condition such as x > 0")
        both = self.skip(r"\mathrm{and}")
        return self.node("both", first.start, (first, self.condition())) if both else first

    # Expressions

    def expression(self) -> Node:
        """Terms with signs between them."""
        start, sign = self.position(), self.skip(*_SIGNS)
        left = self.term()
        if sign == "-":
            left = self.node("neg", start, (left,))
        while sign := self.skip(*_SIGNS):
            left = self.node(_SIGNS[sign], start, (left, self.term()))
        return left

    def term(self) -> Node:
        """Products with written operators between them."""
        start, left = self.position(), self.product()
        while operator := self.skip(*_OPERATORS):
            right = self.factor() if operator == "/" else self.product()
            if operator == "/" and self.at_factor():
                self.fail(r"a/b c has two readings: use \frac or brackets")
            left = self.node(_OPERATORS[operator], start, (left, right))
        return left

    def product(self) -> Node:
        """Factors side by side."""
        start, left = self.position(), self.factor()
        while self.at_factor():
            left = self.node("mul", start, (left, self.factor()))
        return left

    def at_factor(self) -> bool:
        text = self.peek()
        return bool(text) and text not in _STOPS and text not in self.closing and not text.startswith(r"\end{")

    def factor(self) -> Node:
        """A primary with its subscript and its powers."""
        start, node = self.position(), self.primary()
        while self.peek() in ("_", "^"):
            if node.kind in ("pow", "transpose"):
                self.fail("a double superscript")
            if node.kind == "fn" and node.name in _TWO_READINGS:
                self.fail(f"{node.name}(x)^2 has two readings: write {node.name}^2(x), or more brackets")
            if self.take() == "_":
                node = self.node("index", start, (node, *self.indices(self.group())))
            else:
                node = self.raised(node, self.group(), start)
        return node

    def raised(self, base: Node, exponent: Sequence[Token], start: int) -> Node:
        """A power, or a transpose."""
        if spell(exponent) not in (r"\top", "T", r"\intercal", r"\mathrm{T}"):
            return self.node("pow", start, (base, self.within(exponent, _Reader.expression)))
        if spell(exponent) in self.names:
            self.fail(r"^T has two readings here, T being a symbol: write ^\top")
        return self.node("transpose", start, (base,))

    def indices(self, tokens: Sequence[Token]) -> tuple[Node, ...]:
        """A subscript as indices: `i,j`, `ij` (letters side by side), `t+1`, `y_i`, `:`."""
        parts = []
        for part in _split(tokens, ","):
            letters = len(part) > 1 and all(token.text.isalpha() for token in part)
            for item in [[token] for token in part] if letters else [part]:
                everything = Node("slice", (), ":", item[0].start, item[0].end) if spell(item) == ":" else None
                parts.append(everything or self.within(item, _Reader.expression))
        return tuple(parts)

    def primary(self) -> Node:
        """The smallest part: a number, a bracket, a command with its arguments, a symbol."""
        text = self.peek()
        if text == "{":
            return self.within(self.group(), _Reader.product)  # braces are invisible: {a+b}c would read a+bc
        if text.isdigit():
            return self.number()
        if text in _BIG - set(self.names) and (text not in EXTREMES or self.peek(1) == "_"):
            return self.big()
        if text in _FUNCTIONS and text not in self.names:
            return self.function()
        node: Node = getattr(self, _READ_BY.get(text, "symbol"))()
        return node

    def number(self) -> Node:
        """Digits that stand side by side, maybe with a dot among them."""
        start, digits = self.position(), self.take()
        while self.tokens[self.at - 1].end == self.position():
            dot = self.peek() == "." and "." not in digits and self.peek(1).isdigit()
            if not (self.peek().isdigit() or dot):
                break
            digits += self.take()
        return self.node("num", start, (), digits)

    def items(self, read: Callable[[], Node], *separators: str) -> tuple[Node, ...]:
        """What stands between brackets, the opening one being next."""
        closer = _BRACKETS[self.take()][0]
        before, self.closing = self.closing, {closer, *separators}
        parts = [read()]
        while self.skip(*separators):
            parts.append(read())
        self.closing = before
        self.take(closer)
        return tuple(parts)

    def bracket(self) -> Node:
        """Brackets of any kind: a group, an absolute value, a norm with its order, a floor or ceiling."""
        start, (_, kind, name) = self.position(), _BRACKETS[self.peek()]
        parts = self.items(self.expression)
        if kind == "norm" and self.skip("_"):
            name = spell(self.group())
            if name not in ("1", "2", r"\infty", "F"):
                self.fail(f"norm {name} is not known")
        return self.node(kind, start, parts, name)

    def root(self) -> Node:
        r"""A square root, or \sqrt[3]{x}."""
        start, name = self.position(), self.take()
        order = self.items(self.expression) if self.peek() == "[" else ()
        parts = self.within(self.group(), _Reader.expression), *order
        return self.node("root" if order else "fn", start, parts, name)

    def cases(self) -> Node:
        """Rows of `value & if condition`, the last one maybe `otherwise`."""
        start, rows = self.position(), []
        for row in self.table():
            if len(row) != 2 or not all(row):
                raise FormulaError("expected a value & a condition", row[0][-1].end if row[0] else start)
            parts, condition = [self.within(row[0], _Reader.expression)], row[1]
            if spell(condition) not in _OTHERWISE:
                parts.append(self.within(condition[condition[0].text in _GUARDS :], _Reader.condition))
            rows.append(Node("case", tuple(parts), "", parts[0].start, condition[-1].end))
        if not rows:
            self.fail("cases without a row")
        return self.node("cases", start, tuple(rows))

    def matrix(self) -> Node:
        start, rows = self.position(), []
        for cells in self.table():
            parts = tuple(self.within(cell, _Reader.expression) for cell in cells)
            rows.append(Node("row", parts, "", parts[0].start, parts[-1].end))
        if len({len(row.parts) for row in rows}) != 1:
            self.fail("the rows of the matrix differ in length")
        return self.node("matrix", start, tuple(rows))

    # Sums and functions

    def big(self) -> Node:
        r"""A sum, product, or extreme over an index; a sum reaches to the next sign, an extreme over one factor."""
        start, name = self.position(), self.take()
        if not self.skip("_"):
            self.fail(f"{name} needs its index, as in {name}_i")
        below = self.group()
        spans = self.spans(below, self.group() if self.skip("^") else ())
        body = self.term() if name in (r"\sum", r"\prod") else self.factor()
        if self.at_factor():
            self.fail(f"{name} a b has two readings: write brackets")
        for span in reversed(spans):
            body = self.node("big", start, (body, span), name)
        return body

    def spans(self, below: Sequence[Token], above: Sequence[Token]) -> list[Node]:
        r"""What each index runs over: `i`, `i,j`, `i=1` to n, `i \ne j`, `i \in B`."""
        letters = [token.text for token in below if token.text != ","]
        relation = letters[1] if letters[1:] else ""
        kind, parts = "over", []
        if above and relation == "=":
            kind, letters = "range", letters[:1]
            parts = [self.within(bound, _Reader.expression) for bound in (below[2:], above)]
        elif relation in RELATIONS and relation != "=":
            kind, parts, letters = "where", [self.within(below, _Reader.condition)], letters[:1]
        if bool(above) != (kind == "range") or not all(len(letter) == 1 and letter.isalpha() for letter in letters):
            raise FormulaError("cannot read what the index runs over", below[0].start)
        return [Node(kind, tuple(parts), letter, below[0].start, below[-1].end) for letter in letters]

    def function(self) -> Node:
        """A function known by name, with brackets or one symbol, fraction or sum as its argument."""
        start, name = self.position(), self.take()
        primes, power = "", self.group() if self.skip("^") else ()
        while self.skip("'"):
            primes += "'"
        if self.peek() in ("_", "^"):
            self.fail(f"{name} with this {self.peek()} is not known")
        node = self.node("prime" if primes else "fn", start, self.function_arguments(name), name + primes)
        return self.power_of_function(node, power, start)

    def function_arguments(self, name: str) -> tuple[Node, ...]:
        if name in _OF_CONDITIONS and self.peek() in _CALL:
            return self.items(self.condition)
        if self.peek() in _CALL:
            return self.arguments()
        if name in EXTREMES:
            self.fail(f"{name} needs brackets or an index")
        if name in _OF_CONDITIONS:
            self.fail(f"{name} has no value here: bind it, or give it a condition in brackets")
        argument = self.big() if self.peek() in (r"\sum", r"\prod") else self.factor()
        if self.at_factor() and self.peek() not in _FUNCTIONS:
            self.fail(f"{name} a b has two readings: write brackets")
        return (argument,)

    def arguments(self) -> tuple[Node, ...]:
        return self.items(self.expression, ",", ";", r"\|", r"\mid")

    def power_of_function(self, node: Node, power: Sequence[Token], start: int) -> Node:
        r"""A call with the power that stands before its argument, which must not mean the inverse function."""
        if power and power[0].text == "-":
            self.fail(f"{node.name}^{spell(power)} has two readings: the inverse function, or 1 over the function")
        return self.raised(node, power, start) if power else node

    # Derivatives

    def fraction(self) -> Node:
        """A fraction, or a derivative written as one."""
        start = self.position()
        self.take()
        above, below = self.group(), self.group()
        mark = above[0].text
        if mark == below[0].text and mark in _PARTIAL and mark not in self.names and len(below) > 1:
            return self.derivative(above[1:], below[1:], start)
        return self.node("frac", start, tuple(self.within(part, _Reader.expression) for part in (above, below)))

    def partial(self) -> Node:
        r"""\partial_x f, or \partial L / \partial x."""
        start, _ = self.position(), self.take()
        if self.skip("_"):
            variable = self.group()
            return self.derivative(self.taken(self.factor), variable, start)
        target = self.taken(self.spelled)
        self.take("/")
        self.take(r"\partial")
        return self.derivative(target, self.taken(self.spelled), start)

    def derivative(self, target: Sequence[Token], variable: Sequence[Token], start: int) -> Node:
        """A derivative: a symbol of its own if it is bound (maybe as an array), else taken numerically."""
        if target and target[0].text == "^":
            raise FormulaError("a second derivative is written f''(x)", start)
        if not target:
            return self.node("deriv", start, (self.term(), self.within(variable, _Reader.symbol)))
        by, name = self.within(variable, _Reader.spelled), ""
        with suppress(FormulaError):  # what is differentiated need not be a symbol
            of = self.within(target, _Reader.spelled)
            name = rf"\frac{{\partial {of.name}}}{{\partial {by.name}}}"
            for (f, i), (x, j) in ((one, other) for one in of.readings() for other in by.readings()):
                bound = rf"\frac{{\partial {f}}}{{\partial {x}}}"
                if bound in self.names:
                    return self.element(bound, [*i, *j], start)
        parts = self.within(target, _Reader.term), self.within(variable, _Reader.symbol)
        return self.node("deriv", start, parts, name)

    # Symbols

    def symbol(self) -> Node:
        """A symbol with its scripts, read as the names have it: a name, an element, a power, a call."""
        start, spelled = self.position(), self.spelled()
        if not spelled.sup or spelled.name in self.names or spelled.has_step:
            return self.applied(spelled, start)
        node = self.applied(spelled._replace(sup=()), start)
        if node.kind == "call":
            return self.power_of_function(node, spelled.sup, start)
        return self.raised(node, spelled.sup, start)

    def applied(self, spelled: _Spelled, start: int) -> Node:
        """A symbol with the arguments that follow it if it is a function."""
        if self.peek() in ("(", "["):
            bare, plain = spelled._replace(sub=()).name, spelled._replace(primes="").name
            if spelled.name in self.functions:
                return self.node("call", start, self.arguments(), spelled.name)
            if bare in self.functions:
                call = self.node("call", start, self.arguments(), bare)
                return self.node("index", start, (call, *self.indices(spelled.sub)))
            if plain in self.functions:
                return self.node("prime", start, self.arguments(), spelled.name)
            nabla, _, function = plain.partition(" ")
            if nabla.startswith(r"\nabla") and function in self.functions:
                return self.node("gradient", start, self.arguments(), function)
        found = (reading for reading in spelled.readings() if reading[0] in self.names)
        return self.element(*next(found, (spelled.name, [])), start)

    def element(self, name: str, subscripts: Sequence[Sequence[Token]], start: int) -> Node:
        """A symbol, or an element of it."""
        symbol = self.node("sym", start, (), name)
        indices = [index for tokens in subscripts for index in self.indices(tokens)]
        return self.node("index", start, (symbol, *indices)) if indices else symbol

    def spelled(self) -> _Spelled:
        """The next symbol with its scripts and primes."""
        base, primes = self.base(), ""
        scripts: dict[str, Sequence[Token]] = {}
        while mark := self.skip("_", "^", "'"):
            if mark in scripts:
                self.fail("a double subscript" if mark == "_" else "a double superscript")
            if mark == "'":
                primes += mark
            else:
                scripts[mark] = self.group()
        return _Spelled(base, scripts.get("_", ()), scripts.get("^", ()), primes)

    def base(self) -> str:
        """The next symbol without its scripts."""
        text = self.peek()
        if self.skip(r"\nabla"):
            return rf"\nabla{f'_{{{spell(self.group())}}}' if self.skip('_') else ''} {self.base()}"
        if self.skip(*ACCENTS):
            return f"{text}{{{spell(self.group())}}}"
        letter = len(text) == 1 and text.isascii() and text.isalpha()
        named = text in _FUNCTIONS or _GREEK.fullmatch(text) or re.fullmatch(r"\\(?!begin|end)[a-z]+\{.+\}", text)
        if not (letter or named) or text in _STOPS:
            self.cannot_read()
        return self.take()
