"""LaTeX to tree, strictly: whatever is not understood, or has two readings, is an error with its position."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, NoReturn, TypeVar

from formulas.functions import EXTREMES, FUNCTIONS, MOMENTS, NAMED
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


RELATIONS = {"=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!="}
RELATIONS |= {r"\approx": "~", r"\leftarrow": "<-", r"\sim": "law", r"\in": "in"}
ACCENTS = {r"\hat", r"\tilde", r"\bar", r"\dot", r"\vec", r"\overline"}
_OF_CONDITIONS = {r"\mathbb{P}", r"\mathbf{1}"}
_IN_BRACKETS = {*_OF_CONDITIONS, *MOMENTS, *EXTREMES}  # functions that need their brackets
_KNOWN = {*FUNCTIONS, *MOMENTS} - {r"\sqrt"}
_NEEDS_BRACES = {"&", r"\\", r"\frac", r"\sqrt", *ACCENTS}
_LETTER = re.compile(
    r"[A-Za-z]|\\(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi"
    r"|chi|psi|omega|varphi|vartheta|ell|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|infty)"
    r"|\\(mathrm|mathbb|mathbf|mathcal|boldsymbol|bm)\{.+\}"
)
_BRACKETS = {"(": (")", ""), "[": ("]", ""), r"\{": (r"\}", "")}  # the closing one, and the function that they mean
_CALL = tuple(_BRACKETS)  # what begins arguments
_COMMAS = (",", ";", r"\|", r"\mid")  # what separates them
_BRACKETS |= {r"\lfloor": (r"\rfloor", "floor"), r"\lceil": (r"\rceil", "ceil"), "|": ("|", "abs")}
_BRACKETS |= {r"\lvert": (r"\rvert", "abs"), r"\|": (r"\|", "norm"), r"\lVert": (r"\rVert", "norm")}
_SIGN, _PRODUCT, _SIDE_BY_SIDE, _FACTOR = range(1, 5)  # how strongly operators bind
_OPERATORS = {"+": ("add", _SIGN), "-": ("sub", _SIGN), r"\odot": ("had", _PRODUCT), "/": ("div", _PRODUCT)}
_OPERATORS |= dict.fromkeys((r"\cdot", r"\times", "*"), ("mul", _PRODUCT))
_SEPARATORS = {",", ".", ";", r"\quad", r"\qquad", r"\mathrm{with}", r"\mathrm{where}"}
_GUARDS = {r"\mathrm{if}", r"\mathrm{for}", r"\mathrm{for all}"}
_OTHERWISE = {r"\mathrm{otherwise}", r"\mathrm{otherwise.}"}
_STOPS = {"", "&", r"\\", *RELATIONS, *_OPERATORS, *_SEPARATORS, *_GUARDS, *_OTHERWISE}
_STOPS |= {closing for closing, _ in _BRACKETS.values()} - _BRACKETS.keys()
_STEP = re.compile(r"\*|\\star|\\ast|\+|-|\(.*\)|\[.*\]")  # a superscript that is part of a name and no power
_DIGIT = re.compile(r"[0-9}]")  # what ends a number, or a script or argument that may be one
_ADVICE = r"""
\cdots \dots \ldots \vdots -> write the sum with \sum; a free index means: for all
\to \mapsto \rightarrow \Rightarrow \int -> exempt it: `none: reason`
\propto \ll \gg \lesssim -> say it with =, < or \approx, or exempt it: `none: reason`
\mathbf \boldsymbol \mathbb \mathcal -> one letter; names of several go in \mathrm{}
\left. \right. -> write the bracket on both sides
! -> the factorial is not known
: -> write the condition in words or as cases
| -> what is given is written \mid
"""
_HINTS = dict.fromkeys(RELATIONS, ": a side is missing")
for _texts, _hint in (line.split(" -> ") for line in _ADVICE.strip().splitlines()):
    _HINTS |= dict.fromkeys(_texts.split(), f": {_hint}")


def read(tex: str, values: Mapping[str, Any]) -> tuple[Node, ...]:
    """The statements of a formula, chains of relations; the symbols with a value say what is a name or a function."""
    try:
        return _Reader(tokenize(tex), values).statements()
    except RecursionError:
        raise FormulaError("brackets are nested too deeply") from None


@cache
def canonical(tex: str) -> str:
    r"""The one spelling of a symbol: `\hat m_{t + 1}` and `\hat{m}_{t+1}` are both `\hat{m}_{t+1}`."""
    reader = _Reader(tokenize(tex))
    name = reader.primary().name if reader.peek() == r"\frac" else reader.spelled().name
    if reader.peek() or not name:
        reader.fail(f"{tex} is not one symbol")
    return name


class _Spelled(NamedTuple):
    """A symbol as it is spelled: base, primes, subscript, superscript."""

    base: str
    primes: str
    sub: Sequence[Token]
    sup: Sequence[Token]

    @property
    def name(self) -> str:
        scripts = "".join(f"{mark}{{{spell(part)}}}" for mark, part in (("_", self.sub), ("^", self.sup)) if part)
        return self.base + scripts + self.primes

    def readings(self) -> list[tuple[str, list[Sequence[Token]]]]:
        """As a name, and as an element of an array: the array's name and the subscript."""
        return [(self.name, []), *([(self._replace(sub=()).name, [self.sub])] if self.sub else [])]


@dataclass
class _Reader:
    """A reader of a list of tokens: operators by how strongly they bind, all else by its first token."""

    tokens: Sequence[Token]
    names: Mapping[str, Any] = field(default_factory=dict)
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

    def fail(self, message: str = "") -> NoReturn:
        """Refuse the next token: it cannot be read, or there is a better reason."""
        text = self.peek()
        unread = f"cannot read {text}{_HINTS.get(text, '')}" if text else "the formula ends too early"
        raise FormulaError(message or unread, self.position())

    def node(self, kind: str, start: int, parts: tuple[Node, ...] = (), name: str = "") -> Node:
        """A node that reaches from `start` to the last token taken."""
        return Node(kind, parts, name, start, self.tokens[self.at - 1].end)

    def group(self) -> Sequence[Token]:
        """The tokens of one TeX argument: those in braces, or a single one."""
        start, depth = self.at, 1
        if self.peek() in _NEEDS_BRACES:
            self.fail(f"{self.peek()} as an argument needs braces")
        if self.take() != "{":
            return self.tokens[start : self.at]
        while depth:
            depth += {"{": 1, "}": -1}.get(self.take(), 0)
        if self.at - start == 2:
            self.fail("an empty argument")
        return self.tokens[start + 1 : self.at - 1]

    def within(self, tokens: Sequence[Token], read: Callable[[_Reader], T]) -> T:
        """Read these tokens to their end."""
        inner = _Reader(tokens, self.names)
        result = read(inner)
        if inner.peek():
            inner.fail()
        return result

    # Statements

    def statements(self) -> tuple[Node, ...]:
        """All statements; a row that begins with a relation, or a sign after &, goes on with the chain before it."""
        found: list[Node] = []
        end = self.skip(r"\begin{aligned}").replace("begin", "end")
        columns = 0
        while (text := self.peek()) != end:
            last = found[-1] if found and found[-1].kind == "chain" else None
            if self.skip(*_SEPARATORS, "&", r"\\"):
                columns = {"&": columns + 1, r"\\": 0}.get(text, columns)
                if columns > 1:
                    self.fail("more than one derivation side by side: write one below the other")
            elif last and text in RELATIONS:
                found[-1] = self.chain(last)
            elif last and columns and text in ("+", "-"):
                side = self.expression(0, last.parts[-1])
                found[-1] = self.chain(self.node("chain", last.start, (*last.parts[:-1], side), last.name))
            elif last and self.skip(*_GUARDS):
                guard = self.chain()
                if guard.name:  # `for all x` alone says what every statement means
                    found[-1] = self.node("when", last.start, (guard, *last.parts), last.name)
            else:
                found.append(self.chain())
        while self.peek() and self.skip(end, *_SEPARATORS):
            pass
        if self.peek():
            self.fail()
        return tuple(found)

    def chain(self, begun: Node | None = None) -> Node:
        """An expression and the relations in which it stands, their names being the chain's; or more of a chain."""
        start = self.position()
        chain = begun or self.node("chain", start, (self.expression(),))
        while self.peek() in RELATIONS:
            relation = RELATIONS[self.take()]
            parts = *chain.parts, self.expression()
            chain = self.node("chain", chain.start, parts, f"{chain.name} {relation}".strip())
        return chain

    def condition(self) -> Node:
        """A chain with at least one relation."""
        chain = self.chain()
        if not chain.name:
            self.fail("expected a condition such as x > 0")
        return chain

    # Expressions

    def expression(self, strength: int = 0, left: Node | None = None) -> Node:
        """Factors and the operators between them that bind more strongly than `strength`, maybe after a left side."""
        start = left.start if left else self.position()
        sign = "" if left or strength else self.skip("+", "-")
        left = left or (self.expression(_SIGN) if sign else self.factor())
        if sign == "-":
            left = self.node("neg", start, (left,))
        while True:
            operator = self.peek()
            kind, binds = _OPERATORS.get(operator, ("mul", _SIDE_BY_SIDE if self.at_factor() else 0))
            if binds <= strength:
                return left
            if not self.skip(*_OPERATORS) and operator.isdecimal() and _DIGIT.fullmatch(self.tokens[self.at - 1].text):
                self.fail(r"digits side by side have two readings: write braces, or \cdot between them")
            left = self.node(kind, start, (left, self.expression(_FACTOR if operator == "/" else binds)))
            if operator == "/" and self.at_factor():
                self.fail(r"a/b c has two readings: use \frac or brackets")

    def at_factor(self) -> bool:
        text = self.peek()
        return text not in _STOPS and text not in self.closing and not text.startswith(r"\end{")

    def factor(self) -> Node:
        """A primary with its subscript and its powers."""
        start, node = self.position(), self.primary()
        while self.peek() in ("_", "^"):
            if node.kind in ("pow", "transpose"):
                self.fail("a double superscript")
            if node.kind == "call" and node.name in NAMED:
                self.fail(f"{node.name}(x)^2 has two readings: write {node.name}^2(x), or more brackets")
            power, script = self.take() == "^", self.group()
            node = self.raised(node, script, start) if power else self.part(node, [script], start)
        return node

    def raised(self, base: Node, exponent: Sequence[Token], start: int) -> Node:
        """A power, or a transpose."""
        if spell(exponent) not in (r"\top", "T", r"\intercal", r"\mathrm{T}"):
            return self.node("pow", start, (base, self.within(exponent, _Reader.expression)))
        if spell(exponent) in self.names:
            self.fail(r"^T has two readings here, T being a symbol: write ^\top")
        return self.node("transpose", start, (base,))

    def part(self, whole: Node, subscripts: Sequence[Sequence[Token]], start: int) -> Node:
        """An element of an array, or the array itself if there are no subscripts."""
        indices = [index for tokens in subscripts for index in self.within(tokens, _Reader.indices)]
        return self.node("index", start, (whole, *indices)) if indices else whole

    def indices(self) -> list[Node]:
        """A subscript as indices: `i,j`, `ij` (letters side by side), `t+1`, `y_i`."""
        found: list[Node] = []
        while self.peek():
            letters = self.peek().isalpha() and self.peek(1).isalnum()
            found.append(self.node("sym", self.position(), (), self.take()) if letters else self.expression())
            if not letters and self.peek():
                self.take(",")
        return found

    def primary(self) -> Node:
        """The smallest part: a number, a bracket, a command with its arguments, a symbol."""
        start, text = self.position(), self.peek()
        if text.isdecimal():
            return self.number(start)
        is_name = text in self.names or (text in EXTREMES and self.peek(1) != "_")
        return _READERS.get("" if is_name else text, _Reader.symbol)(self, start)

    def number(self, start: int) -> Node:
        """Digits that stand side by side, maybe with a dot among them."""
        digits = self.take()
        while self.tokens[self.at - 1].end == self.position():
            dot = self.peek() == "." and "." not in digits and self.peek(1).isdecimal()
            if not (self.peek().isdecimal() or dot):
                break
            digits += self.take()
        if self.peek() == "e" and self.peek(1 + (self.peek(1) in ("+", "-"))).isdecimal():
            self.fail(rf"{digits}e8 has two readings: write {digits} \cdot 10^8")
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

    def bracket(self, start: int) -> Node:
        """Brackets of any kind: a group, an absolute value, a norm with its order, a floor or ceiling."""
        name = _BRACKETS[self.peek()][1]
        parts = self.items(self.expression)
        if name == "abs" and parts[0].name == "abs" and parts[0].start == start + 1:
            self.fail(r"||x|| has two readings: write a norm as \lVert x \rVert")
        if name and self.skip("_"):
            name += f"_{spell(self.group())}"
            if name not in FUNCTIONS:
                self.fail(f"{name} is not known")
        return self.node("call" if name else "group", start, parts, name)

    def root(self, start: int) -> Node:
        r"""A square root, or \sqrt[3]{x}."""
        name = self.take()
        order = self.items(self.expression) if self.peek() == "[" else ()
        return self.node("call", start, (self.within(self.group(), _Reader.expression), *order), name)

    def table(self, start: int) -> Node:
        """Cases, or a matrix in brackets."""
        cases = self.peek() == r"\begin{cases}"
        end = self.take().replace("begin", "end")
        rows: list[Node] = []
        while not self.skip(end):
            rows.append(self.case() if cases else self.row())
            if self.peek() != end:
                self.take(r"\\")
        if cases and not rows:
            self.fail("cases without a row")
        if not cases and len({len(row.parts) for row in rows}) != 1:
            self.fail("the rows of the matrix differ in length")
        return self.node("cases" if cases else "matrix", start, tuple(rows))

    def case(self) -> Node:
        """A row `value & if condition`, or `value & otherwise`."""
        start, value = self.position(), self.expression()
        self.skip(*_SEPARATORS)
        if not self.skip("&"):
            self.fail("expected a value & a condition")
        otherwise = self.skip(*_OTHERWISE)
        self.skip(*_GUARDS)
        parts = (value,) if otherwise else (value, self.condition())
        self.skip(*_SEPARATORS)
        return self.node("case", start, parts)

    def row(self) -> Node:
        """Cells with & between them."""
        start, cells = self.position(), [self.expression()]
        while self.skip("&"):
            cells.append(self.expression())
        return self.node("row", start, tuple(cells))

    # Sums and functions

    def big(self, start: int) -> Node:
        r"""A sum, product, or extreme over an index; a sum reaches to the next sign, an extreme over one factor."""
        name = self.take()
        if not self.skip("_"):
            self.fail(f"{name} needs its index, as in {name}_i")
        below = self.group()
        spans = self.spans(below, self.group() if self.skip("^") else ())
        strength = {r"\sum": _SIGN, r"\prod": _PRODUCT}.get(name, _FACTOR)
        body = self.expression(strength)
        if self.at_factor() or _OPERATORS.get(self.peek(), ("", 0))[1] == _PRODUCT:
            self.fail(f"{name} a b has two readings: write brackets")
        for span in reversed(spans):
            body = self.node("big", start, (body, span), name)
        return body

    def spans(self, below: Sequence[Token], above: Sequence[Token]) -> list[Node]:
        r"""What each index runs over: `i`, `i,j`, `i=1` to n, `i \ne j`, `i \in B`."""
        where = below[0].start, below[-1].end
        letters = [token.text for token in below if token.text != ","]
        if all(letter.isalpha() for letter in letters) and not above:
            return [Node("where", (), letter, *where) for letter in letters]
        chain = self.within(below, _Reader.chain)
        index = chain.parts[0]
        parts = (*chain.parts[1:], self.within(above, _Reader.expression)) if above else (chain,)
        if index.kind != "sym" or not index.name.isalpha() or (chain.name == "=") != bool(above):
            raise FormulaError("cannot read what the index runs over", below[0].start)
        return [Node("range" if above else "where", parts, index.name, *where)]

    def known(self, name: str) -> tuple[Node, ...]:
        """The arguments of a function known by name: in brackets, or one symbol, fraction or sum."""
        if self.peek() in _CALL:
            return self.items(self.condition if name in _OF_CONDITIONS else self.expression, *_COMMAS)
        if name in _IN_BRACKETS:
            self.fail(f"{name} needs brackets or an index, or a value in the binding")
        argument = self.factor()
        if self.at_factor() and self.peek() not in _KNOWN:
            self.fail(f"{name} a b has two readings: write brackets")
        return (argument,)

    # Symbols

    def symbol(self, start: int) -> Node:
        """A symbol with its scripts, read as the names have it: a name, an element, a power, a call."""
        spelled = self.spelled()
        power = () if spelled.name in self.names or _STEP.fullmatch(spell(spelled.sup)) else spelled.sup
        node = self.applied(spelled._replace(sup=()) if power else spelled, start)
        if power and power[0].text == "-" and node.kind in ("call", "prime"):
            self.fail(f"{spelled.name} has two readings: the inverse function, or 1 over the function")
        return self.raised(node, power, start) if power else node

    def applied(self, spelled: _Spelled, start: int) -> Node:
        """A symbol with the arguments that follow it if it is a function."""
        name, bare, plain = spelled.name, spelled._replace(sub=()).name, spelled._replace(primes="").name
        if spelled.base in _KNOWN and name not in self.names:
            if spelled.sub:
                self.fail(f"{spelled.base} with this subscript is not known")
            return self.node("prime" if spelled.primes else "call", start, self.known(spelled.base), name)
        function = next((each for each in (name, bare, plain) if callable(self.names.get(each))), "")
        if not function or self.peek() not in ("(", "["):
            return self.element(spelled.readings(), start)
        arguments = self.items(self.expression, *_COMMAS)
        if function == bare != name:
            return self.part(self.node("call", start, arguments, bare), [spelled.sub], start)
        return self.node("call" if function == name else "prime", start, arguments, name)

    def element(self, readings: Sequence[tuple[str, list[Sequence[Token]]]], start: int) -> Node:
        """The symbol of the first reading that has a value, or its element."""
        name, subscripts = next((reading for reading in readings if reading[0] in self.names), readings[0])
        return self.part(self.node("sym", start, (), name), subscripts, start)

    def fraction(self, start: int) -> Node:
        """A fraction, or a derivative written as one."""
        self.take()
        above, below = self.group(), self.group()
        mark = above[0].text if len(above) > 1 < len(below) else ""
        if mark in (r"\partial", "d", r"\mathrm{d}") and mark == below[0].text and mark not in self.names:
            of, by = (self.within(part[1:], _Reader.spelled) for part in (above, below))
            return self.derivative(of, by, start)
        return self.node("frac", start, tuple(self.within(part, _Reader.expression) for part in (above, below)))

    def partial(self, start: int) -> Node:
        r"""\partial L / \partial x."""
        self.take()
        of = self.spelled()
        self.take("/")
        self.take(r"\partial")
        return self.derivative(of, self.spelled(), start)

    def derivative(self, of: _Spelled, by: _Spelled, start: int) -> Node:
        """A derivative is a symbol of its own, maybe an array."""
        pairs = [(*f, *x) for f in of.readings() for x in by.readings()]
        return self.element([(rf"\frac{{\partial {f}}}{{\partial {x}}}", [*i, *j]) for f, i, x, j in pairs], start)

    def spelled(self) -> _Spelled:
        """The next symbol with its scripts and primes."""
        base, primes = self.base(), ""
        scripts: dict[str, Sequence[Token]] = {}
        while mark := self.skip("_", "^", "'"):
            if mark == "'" and "^" not in scripts:
                primes += mark
            elif mark in scripts or mark == "'":
                self.fail("a double subscript" if mark == "_" else "a double superscript")
            else:
                scripts[mark] = self.group()
        return _Spelled(base, primes, scripts.get("_", ()), scripts.get("^", ()))

    def base(self) -> str:
        """The next symbol without its scripts."""
        text = self.peek()
        if self.skip(r"\nabla"):
            return rf"\nabla {self.base()}"
        if self.skip(*ACCENTS):
            return f"{text}{{{spell(self.group())}}}"
        if text in _STOPS or not (text in _KNOWN or _LETTER.fullmatch(text)):
            self.fail()
        return self.take()


_READERS: dict[str, Callable[[_Reader, int], Node]] = {
    "{": lambda reader, _start: reader.within(reader.group(), _Reader.factor),  # {a+b}c would look like a+bc
    r"\frac": _Reader.fraction,
    r"\partial": _Reader.partial,
    r"\sqrt": _Reader.root,
    **dict.fromkeys((r"\begin{cases}", r"\begin{bmatrix}", r"\begin{pmatrix}"), _Reader.table),
    **dict.fromkeys((r"\sum", r"\prod", r"\argmax", r"\argmin", *EXTREMES), _Reader.big),
    **dict.fromkeys(_BRACKETS, _Reader.bracket),
}
