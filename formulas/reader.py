"""LaTeX to tree, strictly: whatever is not understood, or has two readings, is an error with its position."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from formulas.stream import ACCENTS, Stream
from formulas.tokens import FormulaError, Token, spell, tokenize
from formulas.tree import EXTREMES, FUNCTIONS, RELATIONS, TWO_READINGS, Node, Vocabulary

T = TypeVar("T")


_GREEK = re.compile(
    r"\\(alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma|tau|upsilon|phi|chi|psi"
    r"|omega|varphi|vartheta|ell|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega|infty)"
)
PAIRS = dict(zip("([", ")]", strict=True)) | {r"\{": r"\}", r"\lfloor": r"\rfloor", r"\lceil": r"\rceil"}
PAIRS |= {r"\lvert": r"\rvert", r"\lVert": r"\rVert"}
BARS = {"|", r"\|"}
_BIG = {r"\sum", r"\prod", r"\max", r"\min", r"\argmax", r"\argmin"}
_ENVIRONMENTS = {"aligned", "align", "gathered", "gather", "split", "equation", "alignedat", "multline"}
_OPERATORS = {r"\cdot": "mul", r"\times": "mul", "*": "mul", "/": "div", r"\odot": "had", r"\bmod": "mod"}
_SEPARATORS = {",", ".", ";", r"\quad", r"\qquad", *(rf"\mathrm{{{word}}}" for word in ("and", "where", "with", "so"))}
_GUARDS = {r"\forall", *(rf"\mathrm{{{word}}}" for word in ("if", "for", "when", "for all", "for every", "whenever"))}
_OTHERWISE = {rf"\mathrm{{{word}}}" for word in ("otherwise", "otherwise.", "else", "else.")}
_STOPS = {*PAIRS.values(), *RELATIONS, *_OPERATORS, *_SEPARATORS, *_GUARDS, *_OTHERWISE, "+", "-", "}", "&", "!", ":"}
_STOPS |= {r"\\", r"\pm", r"\mid", r"\to", r"\cdots", r"\dots", r"\ldots"}
_TRANSPOSE = {r"\top", "T", r"\intercal", r"\mathrm{T}"}
_PARTIAL = ("d", r"\partial", r"\mathrm{d}")


def read(tex: str, vocabulary: Vocabulary) -> tuple[Node, ...]:
    """The statements of a formula: chains of relations, each maybe under a condition."""
    try:
        return _Reader(tokenize(tex), vocabulary).statements()
    except RecursionError:
        raise FormulaError("brackets are nested too deeply") from None


def canonical(tex: str) -> str:
    r"""The one spelling of a symbol: `\hat m_{t + 1}` and `\hat{m}_{t+1}` are both `\hat{m}_{t+1}`."""
    reader = _Reader(tokenize(tex), Vocabulary())
    name = reader.derivative_name() if reader.peek() == r"\frac" else reader.spelled().name
    if reader.peek():
        reader.fail(f"{tex} is not one symbol")
    return name


class _Spelled(NamedTuple):
    """A symbol as it is spelled: base, subscript, superscript, primes."""

    base: str
    sub: Sequence[Token]
    sup: Sequence[Token]
    primes: str

    @property
    def name(self) -> str:
        """The canonical spelling."""
        scripts = "".join(f"{mark}{{{spell(part)}}}" for mark, part in (("_", self.sub), ("^", self.sup)) if part)
        return self.base + scripts + self.primes

    @property
    def has_step(self) -> bool:
        """Whether the superscript is part of the name, as in w^{(t)} or w^*, and no power."""
        sup = spell(self.sup)
        return sup in ("*", r"\star", r"\ast", "+", "-") or sup[:1] + sup[-1:] in ("()", "[]")

    def readings(self) -> Iterator[tuple[str, list[Sequence[Token]]]]:
        """As a name, and as an element of an array: the array's name and the subscript."""
        yield self.name, []
        if self.sub:
            yield self._replace(sub=()).name, [self.sub]


@dataclass
class _Chain:
    """A chain of relations that is being read: a = b < c."""

    sides: list[Node]
    relations: list[str] = field(default_factory=list)
    guard: Node | None = None

    def append(self, term: Node) -> None:
        """Add a term to the last side."""
        last = self.sides[-1]
        self.sides[-1] = Node("add", (last, term), "", last.start, term.end)

    def node(self) -> Node:
        """The chain as a node, its relations being its name."""
        first, last = self.sides[0].start, self.sides[-1].end
        chain = Node("chain", tuple(self.sides), " ".join(self.relations), first, last)
        return Node("when", (chain, self.guard), "", first, self.guard.end) if self.guard else chain


def _split(tokens: Sequence[Token], separator: str) -> list[list[Token]]:
    """The parts of a token list between separators that stand in no bracket."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        if token.text == separator and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _partial(target: str, variable: str) -> str:
    return rf"\frac{{\partial {target}}}{{\partial {variable}}}"


class _Reader(Stream):
    """A recursive-descent reader of a stream of tokens."""

    def __init__(self, tokens: Sequence[Token], vocabulary: Vocabulary) -> None:
        super().__init__(tokens)
        self.vocabulary = vocabulary
        self.bars: list[str] = []  # the bars | and \| that are open
        self.in_call = False
        self.cell = 0  # of the row, counted by &

    def within(self, tokens: Sequence[Token], read: Callable[[_Reader], T]) -> T:
        """Read these tokens to their end."""
        inner = _Reader(tokens, self.vocabulary)
        result = read(inner)
        if inner.peek():
            inner.cannot_read()
        return result

    def argument(self) -> Node:
        """One TeX argument as an expression."""
        return self.within(self.group(), _Reader.expression)

    # Statements

    def statements(self) -> tuple[Node, ...]:
        """All statements of a display."""
        end = ""
        if self.peek().startswith(r"\begin{") and self.peek()[7:-1].rstrip("*") in _ENVIRONMENTS:
            end = self.take().replace("begin", "end")
        chains = self.rows(end)
        if end:
            self.take(end)
        while self.skip(*_SEPARATORS):
            pass
        if self.peek():
            self.cannot_read()
        return tuple(chain.node() for chain in chains)

    def rows(self, end: str) -> list[_Chain]:
        """The chains of all rows; a row that begins with a relation or a sign goes on with the chain above it."""
        chains: list[_Chain] = []
        above: dict[int, _Chain] = {}  # the last chain of each pair of columns
        self.cell = 0
        while self.peek() != end:
            text, chain = self.peek(), above.get(self.cell // 2)
            if self.skip("&"):
                self.cell += 1
            elif self.skip(r"\\"):
                self.cell = 0
            elif self.skip(*_SEPARATORS):
                continue
            elif text in _GUARDS and chains:
                chains[-1].guard = self.guard()
            elif text in RELATIONS and chain:
                self.relations(chain)
            elif text in RELATIONS:
                self.fail("a row begins with a relation but no chain is open")
            else:
                column, side = self.cell // 2, self.expression()
                if text in ("+", "-") and chain and not self.at_relation():
                    chain.append(side)
                else:
                    chain = above[column] = _Chain([side])
                    chains.append(chain)
                self.relations(chain)
        return chains

    def at_relation(self) -> bool:
        """Whether a relation comes next, maybe in the next cell."""
        return self.peek(self.peek() == "&") in RELATIONS

    def relations(self, chain: _Chain) -> None:
        """Take every relation that follows, with its right side, into the chain."""
        while self.at_relation():
            self.cell += len(self.skip("&"))
            relation = RELATIONS[self.take()]
            self.cell += len(self.skip("&"))
            chain.relations.append(relation)
            chain.sides.append(self.collection() if relation == "in" else self.expression())

    def guard(self) -> Node | None:
        """A condition after a statement: `if x > 0`; `for all x` alone says what every statement means."""
        self.take()
        chain = _Chain([self.expression()])
        self.relations(chain)
        return chain.node() if chain.relations else None

    def condition(self) -> Node:
        """One or more relations, joined by `and`."""
        chain = _Chain([self.expression()])
        self.relations(chain)
        if not chain.relations:
            self.fail("expected a condition such as x > 0")
        first = chain.node()
        return self.node("both", first.start, (first, self.condition())) if self.skip(r"\mathrm{and}") else first

    def collection(self) -> Node:
        r"""What stands right of \in: a set, an interval, the reals with a shape, or a symbol."""
        start, opener = self.position(), self.peek()
        if self.skip(r"\mathbb{R}"):
            sizes = _split(self.group(), r"\times") if self.skip("^") else []
            return self.node("reals", start, tuple(self.within(size, _Reader.expression) for size in sizes))
        if opener not in ("(", "[", r"\{"):
            return self.expression()
        parts = self.items(",")
        closer = self.take()
        if opener == r"\{" and closer == r"\}":
            return self.node("set", start, parts)
        if opener == r"\{" or closer not in (")", "]") or len(parts) != 2:
            self.fail("expected a set or an interval")
        return self.node("interval", start, parts, opener + closer)

    def items(self, *separators: str) -> tuple[Node, ...]:
        """The expressions of a list, its opening bracket taken, its closing one not."""
        self.take()
        bars, self.bars = self.bars, []
        parts = [self.expression()]
        while self.skip(*separators):
            parts.append(self.expression())
        self.bars = bars
        return tuple(parts)

    # Expressions

    def expression(self) -> Node:
        """Terms with signs between them."""
        start = self.position()
        sign = self.skip("+", "-", r"\pm") or "+"
        left = self.term()
        if sign != "+":
            left = self.node("neg" if sign == "-" else "pm", start, (left,))
        while sign := self.skip("+", "-"):
            kind = "add" if sign == "+" else "sub"
            left = self.node(kind, start, (left, self.term()))
        return left

    def term(self) -> Node:
        """Products with written operators between them."""
        start, left = self.position(), self.product()
        while operator := self.skip(*_OPERATORS):
            kind = _OPERATORS[operator]
            right = self.factor() if kind == "div" else self.product()
            if kind == "div" and self.at_factor():
                self.fail(r"a/b c has two readings: use \frac or brackets")
            left = self.node(kind, start, (left, right))
        return left

    def product(self) -> Node:
        """Factors side by side."""
        start, left = self.position(), self.factor()
        while self.at_factor():
            left = self.node("mul", start, (left, self.factor()))
        return left

    def at_factor(self) -> bool:
        """Whether another factor begins here."""
        text = self.peek()
        if text in BARS:
            return not self.bars and not (text == r"\|" and self.in_call)
        return bool(text) and text not in _STOPS and not text.startswith(r"\end{")

    def factor(self) -> Node:
        """A primary with its subscript and its powers."""
        start, node = self.position(), self.primary()
        while self.peek() in ("_", "^"):
            if node.kind in ("pow", "transpose"):
                self.fail("a double superscript")
            if node.kind == "fn" and node.name in TWO_READINGS:
                self.fail(f"{node.name}(x)^2 has two readings: write {node.name}^2(x), or more brackets")
            if self.take() == "_":
                node = self.node("index", start, (node, *self.indices(self.group())))
            else:
                node = self.raised(node, self.group(), start)
        return node

    def raised(self, base: Node, exponent: Sequence[Token], start: int) -> Node:
        """A power, or a transpose."""
        if spell(exponent) not in _TRANSPOSE:
            return self.node("pow", start, (base, self.within(exponent, _Reader.expression)))
        if spell(exponent) in self.vocabulary.names:
            self.fail(r"^T has two readings here, T being a symbol: write ^\top")
        return self.node("transpose", start, (base,))

    def indices(self, tokens: Sequence[Token]) -> tuple[Node, ...]:
        """A subscript as indices: `i,j`, `ij` (letters side by side), `t+1`, `y_i`, `:`."""
        parts = []
        for part in _split(tokens, ","):
            letters = len(part) > 1 and all(token.text.isalpha() for token in part)
            for item in [[token] for token in part] if letters else [part]:
                if spell(item) == ":":
                    parts.append(Node("slice", (), ":", item[0].start, item[0].end))
                else:
                    parts.append(self.within(item, _Reader.expression))
        return tuple(parts)

    def primary(self) -> Node:
        """The smallest part: a number, a bracket, a command with its arguments, a symbol."""
        text, start = self.peek(), self.position()
        builtin = text in FUNCTIONS | _BIG and text not in self.vocabulary.names
        if text.isdigit():
            return self.number()
        if text == "{":
            return self.within(self.group(), _Reader.product)  # braces are invisible: {a+b}c would read a+bc
        if text in _BIG and builtin and (text not in FUNCTIONS or self.peek(1) == "_"):
            return self.big()
        if builtin:
            return self.function()
        if text == r"\sqrt":
            return self.root()
        if self.skip(r"\underbrace", r"\overbrace"):
            return self.braced(start)
        if text in BARS:
            return self.between_bars()
        if text in PAIRS:
            return self.bracket()
        if text == r"\mathbf{1}" and text not in self.vocabulary.names:
            return self.indicator()
        if text in (r"\frac", r"\partial"):
            return self.fraction() if text == r"\frac" else self.partial()
        if text == r"\begin{cases}":
            return self.cases()
        if text in (r"\begin{bmatrix}", r"\begin{pmatrix}"):
            return self.node("matrix", start, self.matrix())
        return self.symbol()

    def braced(self, start: int) -> Node:
        r"""What stands over \underbrace; the remark under it says nothing."""
        node = self.node("group", start, (self.argument(),))
        if self.skip("_", "^"):
            self.group()
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

    def bracket(self) -> Node:
        """Brackets of any kind; square ones around a relation are 1 if it holds, else 0."""
        start, opener = self.position(), self.take()
        bars, in_call, self.bars, self.in_call = self.bars, self.in_call, [], False
        inner = self.expression()
        if opener == "[" and self.at_relation():
            chain = _Chain([inner])
            self.relations(chain)
            inner = Node("indicator", (chain.node(),), "", inner.start, chain.node().end)
        self.bars, self.in_call = bars, in_call
        self.take(PAIRS[opener])
        return self.enclosed(opener, inner, start)

    def between_bars(self) -> Node:
        r"""|x| or \|x\|, closed by the next bar of the kind."""
        start, bar = self.position(), self.take()
        self.bars.append(bar)
        inner = self.expression()
        self.bars.pop()
        if not self.skip(bar):
            self.fail(rf"expected {bar}, found {self.peek() or 'the end'} (what is given is written \mid)")
        return self.enclosed(r"\lvert" if bar == "|" else r"\lVert", inner, start)

    def enclosed(self, opener: str, inner: Node, start: int) -> Node:
        """What a pair of brackets makes of its inside."""
        if opener != r"\lVert":
            names = {r"\lfloor": "floor", r"\lceil": "ceil", r"\lvert": "abs"}
            return self.node("fn" if opener in names else "group", start, (inner,), names.get(opener, ""))
        order = spell(self.group()) if self.skip("_") else "2"
        if order not in ("1", "2", r"\infty", "F"):
            self.fail(f"norm {order} is not known")
        return self.node("norm", start, (inner,), order)

    def root(self) -> Node:
        r"""A square root, or \sqrt[3]{x}."""
        start = self.position()
        self.take()
        if self.peek() != "[":
            return self.node("fn", start, (self.argument(),), r"\sqrt")
        order = self.items()
        self.take("]")
        return self.node("root", start, (self.argument(), *order))

    def indicator(self) -> Node:
        r"""\mathbf 1(condition), with any brackets or the condition as a subscript."""
        start = self.position()
        self.take()
        if self.skip("_"):
            return self.node("indicator", start, (self.within(self.group(), _Reader.condition),))
        closer = PAIRS.get(self.peek(), "")
        if not closer:
            self.fail(r"\mathbf 1 has no value here: bind it, or give it a condition in brackets")
        self.take()
        condition = self.condition()
        self.take(closer)
        return self.node("indicator", start, (condition,))

    def cases(self) -> Node:
        """Rows of `value & if condition`, the last one maybe `otherwise`."""
        start, rows = self.position(), []
        self.take()
        while self.peek() != r"\end{cases}":
            at, parts = self.position(), [self.expression()]
            self.skip(",", ".")
            self.take("&")
            if not self.skip(*_OTHERWISE):
                self.skip(*_GUARDS)
                parts.append(self.condition())
            rows.append(self.node("case", at, tuple(parts)))
            self.skip(",", ".", ";")
            if self.peek() != r"\end{cases}":
                self.take(r"\\")
        self.take()
        if not rows:
            self.fail("cases without a row")
        return self.node("cases", start, tuple(rows))

    def matrix(self) -> tuple[Node, ...]:
        """The rows of a matrix in brackets."""
        end, rows = self.take().replace("begin", "end"), []
        while self.peek() != end:
            start, cells = self.position(), [self.expression()]
            while self.skip("&"):
                cells.append(self.expression())
            rows.append(self.node("row", start, tuple(cells)))
            if self.peek() != end:
                self.take(r"\\")
        self.take()
        if len({len(row.parts) for row in rows}) != 1:
            self.fail("the rows of the matrix differ in length")
        return tuple(rows)

    # Sums and functions

    def big(self) -> Node:
        r"""A sum, product, or extreme over an index; a sum reaches to the next sign, an extreme over one factor."""
        start, name = self.position(), self.take()
        if not self.skip("_"):
            self.fail(f"{name} needs its index, as in {name}_i")
        below = self.group()
        spans = self.spans(below, self.group() if self.skip("^") else None)
        body = self.term() if name in (r"\sum", r"\prod") else self.factor()
        if self.at_factor():
            self.fail(f"{name} a b has two readings: write brackets")
        for span in reversed(spans):
            body = self.node("big", start, (body, span), name)
        return body

    def spans(self, below: Sequence[Token], above: Sequence[Token] | None) -> list[Node]:
        r"""What each index runs over: `i`, `i,j`, `i=1` to n, `i \ne j`, `i \in B`."""
        texts = [token.text for token in below]
        relation = next((k for k, text in enumerate(texts) if text in RELATIONS), len(texts))
        letters = [text for text in texts[:relation] if text != ","]
        if not letters or not all(len(x) == 1 and x.isalpha() for x in letters):
            raise FormulaError("cannot read what the index runs over", below[0].start)
        kind, parts, rest = "over", [], below[relation + 1 :]
        if above is not None and texts[relation : relation + 1] == ["="]:
            kind, parts = "range", [self.within(bound, _Reader.expression) for bound in (rest, above)]
        elif texts[relation : relation + 1] == [r"\in"] and len(letters) == 1:
            kind, parts = "members", [self.within(rest, _Reader.collection)]
        elif rest and texts[relation] != "=" and len(letters) == 1:
            kind, parts = "where", [self.within(below, _Reader.condition)]
        if (above is not None) != (kind == "range") or (relation < len(texts)) != (kind != "over"):
            raise FormulaError("cannot read what the index runs over", below[0].start)
        return [Node(kind, tuple(parts), letter, below[0].start, below[-1].end) for letter in letters]

    def function(self) -> Node:
        """A function known by name, with brackets or one symbol, fraction or sum as its argument."""
        start, name, base = self.position(), self.take(), None
        primes, power = "", None
        while mark := self.skip("'", "^", "_"):
            if mark == "'":
                primes += mark
            elif mark == "^" and power is None:
                power = self.group()
            elif mark == "_" and name == r"\log" and base is None:
                base = self.argument()
            else:
                self.fail(f"{name} with this {mark} is not known")
        node = self.node("prime" if primes else "fn", start, self.function_arguments(name), name + primes)
        if base:
            node = self.node("div", start, (node, Node("fn", (base,), name, base.start, base.end)))
        if power:
            self.no_inverse(f"{name}^{{{spell(power)}}}", power)
        return self.raised(node, power, start) if power else node

    def function_arguments(self, name: str) -> tuple[Node, ...]:
        """The arguments of a function known by name."""
        if name == r"\mathbb{P}":
            self.take("(")
            condition = self.condition()
            self.take(")")
            return (condition,)
        if self.peek() in ("(", "[", r"\{"):
            return self.arguments()
        if name in EXTREMES:
            self.fail(f"{name} needs brackets or an index")
        argument = self.big() if self.peek() in (r"\sum", r"\prod") else self.factor()
        if self.at_factor() and self.peek() not in FUNCTIONS:
            self.fail(f"{name} a b has two readings: write brackets")
        return (argument,)

    def arguments(self) -> tuple[Node, ...]:
        """The arguments of a call, in brackets."""
        closer, in_call, self.in_call = PAIRS[self.peek()], self.in_call, True
        parts = self.items(",", ";", r"\|", r"\mid")
        self.in_call = in_call
        self.take(closer)
        return parts

    # Derivatives

    def fraction(self) -> Node:
        """A fraction, or a derivative written as one."""
        start = self.position()
        self.take()
        above, below = self.group(), self.group()
        mark = above[0].text
        if mark == below[0].text and mark in _PARTIAL and mark not in self.vocabulary.names and len(below) > 1:
            return self.derivative(above[1:], below[1:], start)
        return self.node("frac", start, tuple(self.within(part, _Reader.expression) for part in (above, below)))

    def partial(self) -> Node:
        r"""\partial_x f, or \partial L / \partial x."""
        start = self.position()
        self.take()
        if self.skip("_"):
            variable, first = self.group(), self.at
            self.factor()
            return self.derivative(self.tokens[first : self.at], variable, start)
        first = self.at
        self.spelled()
        target = self.tokens[first : self.at]
        self.take("/")
        self.take(r"\partial")
        first = self.at
        self.spelled()
        return self.derivative(target, self.tokens[first : self.at], start)

    def derivative(self, target: Sequence[Token], variable: Sequence[Token], start: int) -> Node:
        """A derivative: a symbol of its own if it is bound (maybe as an array), else taken numerically."""
        if target and target[0].text == "^":
            raise FormulaError("a second derivative is written f''(x)", start)
        if not target:
            return self.node("deriv", start, (self.term(), self.within(variable, _Reader.symbol)))
        by = self.within(variable, _Reader.spelled)
        try:
            of = self.within(target, _Reader.spelled)
        except FormulaError:
            return self.node("deriv", start, (self.within(target, _Reader.term), self.within(variable, _Reader.symbol)))
        for name, subscripts in ((_partial(f, x), [*i, *j]) for f, i in of.readings() for x, j in by.readings()):
            if name in self.vocabulary.names:
                return self.element(name, subscripts, start)
        parts = self.within(target, _Reader.symbol), self.within(variable, _Reader.symbol)
        return self.node("deriv", start, parts, _partial(of.name, by.name))

    def derivative_name(self) -> str:
        """The canonical spelling of a derivative written as a fraction."""
        self.take(r"\frac")
        above, below = self.group(), self.group()
        if above[0].text not in _PARTIAL or below[0].text not in _PARTIAL:
            self.fail("a fraction is not a symbol")
        return _partial(*(self.within(part[1:], _Reader.spelled).name for part in (above, below)))

    # Symbols

    def symbol(self) -> Node:
        """A symbol with its scripts, read as the vocabulary has it: a name, an element, a power, a call."""
        start, spelled = self.position(), self.spelled()
        if not spelled.sup or spelled.name in self.vocabulary.names or spelled.has_step:
            return self.applied(spelled, start)
        node = self.applied(spelled._replace(sup=()), start)
        if node.kind == "call":
            self.no_inverse(spelled.name, spelled.sup)
        return self.raised(node, spelled.sup, start)

    def no_inverse(self, name: str, power: Sequence[Token]) -> None:
        """Refuse a power between a function and its argument if it may mean the inverse function."""
        if power[0].text == "-":
            self.fail(f"{name}(x) has two readings: the inverse function, or 1 over the function")

    def applied(self, spelled: _Spelled, start: int) -> Node:
        """A symbol with the arguments that follow it if it is a function."""
        if self.peek() in ("(", "["):
            functions = self.vocabulary.functions
            bare, plain = spelled._replace(sub=()).name, spelled._replace(primes="").name
            if spelled.name in functions:
                return self.node("call", start, self.arguments(), spelled.name)
            if bare in functions:
                call = self.node("call", start, self.arguments(), bare)
                return self.node("index", start, (call, *self.indices(spelled.sub)))
            if plain in functions:
                return self.node("prime", start, self.arguments(), spelled.name)
            nabla, _, function = plain.partition(" ")
            if nabla.startswith(r"\nabla") and function in functions:
                return self.node("gradient", start, self.arguments(), function)
        found = (reading for reading in spelled.readings() if reading[0] in self.vocabulary.names)
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
        letter = len(text) == 1 and text.isascii() and text.isalpha()
        if self.skip(r"\nabla"):
            return rf"\nabla{f'_{{{spell(self.group())}}}' if self.skip('_') else ''} {self.base()}"
        if self.skip(*ACCENTS):
            return f"{text}{{{spell(self.group())}}}"
        named = text in FUNCTIONS or _GREEK.fullmatch(text) or re.fullmatch(r"\\(?!begin|end)[a-z]+\{.+\}", text)
        if not (letter or named) or text in _STOPS:
            self.cannot_read()
        return self.take()
