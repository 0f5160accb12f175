"""What the reader reads, and what it refuses: every accepted formula has the one tree that a mathematician sees."""

from __future__ import annotations

import random

import pytest

from formulas.reader import Node, canonical, read
from formulas.tokens import FormulaError

NAMES = ["a", "b", "x", "y", "z", "w", "W", "p", "n", r"\alpha", r"\beta_{1}", "w_{t+1}", "w^{(t)}", r"\sigma_{B}^{2}"]
FUNCTIONS = ["f", "f'", "L", r"\nabla L", r"\sigma", r"\mathrm{softmax}"]
VALUES = dict.fromkeys([*NAMES, r"\frac{\partial L}{\partial z}"], 1.0) | dict.fromkeys(FUNCTIONS, abs)

ACCEPT = {
    # products, fractions, signs
    r"a b": "(mul a b)",
    r"2ab": "(mul (mul 2 a) b)",
    r"a \, 2^{-b}": "(mul a (pow 2 (neg b)))",
    r"2 \cdot 3": "(mul 2 3)",
    r"a \cdot b \times x": "(mul (mul a b) x)",
    r"a - b + x": "(add (sub a b) x)",
    r"-a b": "(neg (mul a b))",
    r"\frac12": "(frac 1 2)",
    r"\frac ab x": "(mul (frac a b) x)",
    r"\tfrac{1}{2}a": "(mul (frac 1 2) a)",
    r"a / b": "(div a b)",
    r"a b / n": "(div (mul a b) n)",
    r"1.702\,x": "(mul 1.702 x)",
    r"12": "12",
    r"a \odot b": "(had a b)",
    r"\left( a + b \right) x": "(mul (group (add a b)) x)",
    r"\bigl[ a \bigr]": "(group a)",
    r"\left\{ a \right\}": "(group a)",
    r"{}-a": "(neg a)",
    # scripts
    r"x^2y": "(mul (pow x 2) y)",
    r"x^{12}": "(pow x 12)",
    r"x_i^2": "(pow (index x i) 2)",
    r"x^2_i": "(pow (index x i) 2)",
    r"e^{-x}": "(pow e (neg x))",
    r"\beta_1^n": "(pow \\beta_{1} n)",
    r"\sigma_B^2": "\\sigma_{B}^{2}",
    r"w_{t + 1}": "w_{t+1}",
    r"w^{(t)}": "w^{(t)}",
    r"W_{ij}": "(index W i j)",
    r"W_{i,j+1}": "(index W i (add j 1))",
    r"W_{i1}": "(index W i 1)",
    r"x_{2i}": "(index x (mul 2 i))",
    r"z_{i, y_i}": "(index z i (index y i))",
    r"w^\top x": "(mul (transpose w) x)",
    r"w^T": "(transpose w)",
    r"(a + b)^2": "(pow (group (add a b)) 2)",
    r"(a b)_i": "(index (group (mul a b)) i)",
    # functions
    r"f(x)": "(call f x)",
    r"\sigma(a x)": "(call \\sigma (mul a x))",
    r"\sigma^2(x)": "(pow (call \\sigma x) 2)",
    r"\sigma(x)^2": "(pow (call \\sigma x) 2)",
    r"\sigma'(x)": "(prime \\sigma' x)",
    r"f'(x)": "(call f' x)",
    r"f''(x)": "(prime f'' x)",
    r"\operatorname{softmax}(z)_i": "(index (call \\mathrm{softmax} z) i)",
    r"L(y, \hat z)": "(call L y \\hat{z})",
    r"L(y \mid x)": "(call L y x)",
    r"L(y \,\|\, x)": "(call L y x)",
    r"\log x": "(call \\log x)",
    r"\ln\frac ab": "(call \\log (frac a b))",
    r"a \log x + b": "(add (mul a (call \\log x)) b)",
    r"\log(1 + x) y": "(mul (call \\log (add 1 x)) y)",
    r"\tanh^2(x)": "(pow (call \\tanh x) 2)",
    r"\tanh'(x)": "(prime \\tanh' x)",
    r"\max(0, x)": "(call \\max 0 x)",
    r"\max\{0, x\}": "(call \\max 0 x)",
    r"\operatorname{erf}\!\left(x\right)": "(call \\mathrm{erf} x)",
    r"\sqrt[3]{x}": "(call \\sqrt x 3)",
    r"\sqrt2 x": "(mul (call \\sqrt 2) x)",
    r"\mathbb{E}[x^2]": "(call \\mathbb{E} (pow x 2))",
    r"\operatorname{Var}(x)": "(call \\mathrm{Var} x)",
    r"\mathbb P(x > 0)": "(call \\mathbb{P} (chain> x 0))",
    r"\mathcal N(0, a)": "(call \\mathcal{N} 0 a)",
    # bars
    r"|x|": "(call abs x)",
    r"|a - b| |x|": "(mul (call abs (sub a b)) (call abs x))",
    r"\left|x\right|^2": "(pow (call abs x) 2)",
    r"\|w\|_2^2": "(pow (call norm_2 w) 2)",
    r"\lVert w \rVert_1": "(call norm_1 w)",
    r"\lVert w \rVert_\infty": "(call norm_\\infty w)",
    r"\|W\|_F": "(call norm_F W)",
    r"\left\lfloor a / b \right\rfloor": "(call floor (div a b))",
    # sums and extremes
    r"\sum_i x_i y": "(big\\sum (mul (index x i) y) (wherei))",
    r"\sum_i x_i + b": "(add (big\\sum (index x i) (wherei)) b)",
    r"\sum_{i=1}^n x_i": "(big\\sum (index x i) (rangei 1 n))",
    r"\sum_{j \ne i} x_j": "(big\\sum (index x j) (wherej (chain!= j i)))",
    r"\sum_{i, j} W_{ij}": "(big\\sum (big\\sum (index W i j) (wherej)) (wherei))",
    r"\sum_{i \in x} x_i": "(big\\sum (index x i) (wherei (chainin i x)))",
    r"\prod_i x_i": "(big\\prod (index x i) (wherei))",
    r"\prod_i x_i y + b": "(add (big\\prod (mul (index x i) y) (wherei)) b)",
    r"x - \max_k z_k": "(sub x (big\\max (index z k) (wherek)))",
    r"\operatorname*{arg\,max}_k z_k": "(big\\argmax (index z k) (wherek))",
    r"\arg\min_k z_k": "(big\\argmin (index z k) (wherek))",
    # derivatives
    r"\frac{\partial L}{\partial z}": "\\frac{\\partial L}{\\partial z}",
    r"\frac{\partial L}{\partial z_k}": "(index \\frac{\\partial L}{\\partial z} k)",
    r"\partial L / \partial z": "\\frac{\\partial L}{\\partial z}",
    r"\nabla L(w)": "(call \\nabla L w)",
    # the rest
    r"\mathbf 1(y = a)": "(call \\mathbf{1} (chain= y a))",
    r"\mathbb{1}[y = a]": "(call \\mathbf{1} (chain= y a))",
    r"\begin{bmatrix} a & b \\ x & y \end{bmatrix}": "(matrix (row a b) (row x y))",
    r"\begin{cases} x & \text{if } x > 0, \\ 0 & \text{otherwise.} \end{cases}": (
        "(cases (case x (chain> x 0)) (case 0))"
    ),
    r"\begin{cases} 1 & a \le x < b \\ 0 & \text{for } x < a \end{cases}": (
        "(cases (case 1 (chain<= < a x b)) (case 0 (chain< x a)))"
    ),
}
STATEMENTS = {
    r"a = b < x": "(chain= < a b x)",
    r"a = b, \qquad x \approx y.": "(chain= a b) (chain~ x y)",
    r"w \leftarrow w - a": "(chain<- w (sub w a))",
    r"a := b \label{eq:one} \tag{1}": "(chain= a b)",
    r"a \sim \mathcal{U}[0, 1]": "(chainlaw a (call \\mathcal{U} 0 1))",
    r"\begin{aligned} a &= b \\ &= x \end{aligned}": "(chain= = a b x)",
    r"\begin{aligned} a &= b \\ &\quad + x \\ &= y \end{aligned}": "(chain= = a (add b x) y)",
    r"\begin{aligned} a &= b \\ -x &= y \end{aligned}": "(chain= a b) (chain= (neg x) y)",
    r"a = b \quad \text{if } x > 0": "(when= (chain> x 0) a b)",
    r"a = b \quad \text{for all } x": "(chain= a b)",
    r"a = b \text{ with } b = x": "(chain= a b) (chain= b x)",
    "a = b % a comment\n + x": "(chain= a (add b x))",
}
REJECT = {
    # two readings
    r"a / b x": ("two readings", 6),
    r"\log a b": ("two readings", 7),
    r"\log 2 \sqrt x": ("two readings", 7),
    r"x^\frac12": ("needs braces", 2),
    r"\sqrt\hat x": ("needs braces", 5),
    r"\log(a)^2": ("two readings", 7),
    r"\max_i x_i y": ("two readings", 11),
    r"\max_i x_i \cdot y": ("two readings", 11),
    r"\prod_i x_i / y": ("two readings", 12),
    r"x^12": ("digits side by side", 3),
    r"1 2": ("digits side by side", 2),
    r"5\,682": ("digits side by side", 3),
    r"1{}2": ("digits side by side", 3),
    r"\frac12 3": ("digits side by side", 8),
    r"2.5e-8 x": (r"write 2.5 \\cdot 10", 3),
    r"1e5": ("write 1", 1),
    r"||x||": ("write a norm", 5),
    r"|x|_2": ("abs_2 is not known", 5),
    r"\lfloor x \rfloor_2": ("floor_2 is not known", 19),
    r"\mathbb{E} x^2": ("needs brackets", 11),
    r"\mathrm{Var}\, x": ("needs brackets", 15),
    r"f'^2'(x)": ("double superscript", 5),
    r"\sigma^{-1}(x)": ("inverse function", 14),
    r"\tanh^{-1}(x)": ("inverse function", 13),
    r"x^2^3": ("double superscript", 4),
    r"(a)^2^3": ("double superscript", 5),
    r"x_a_b": ("double subscript", 4),
    # unknown
    r"a \star b": (r"cannot read \\star", 2),
    r"\foo": (r"cannot read \\foo", 0),
    r"a \left< b \right> x": (r"cannot read \\left", 2),
    r"a \bigl- b": (r"cannot read \\bigl", 2),
    r"\mathsf{max}(a, b)": (r"cannot read \\mathsf", 0),
    "x²": ("cannot read ²", 1),
    r"x!": ("factorial", 1),
    r"\frac{d^2}{dx^2} f(x)": ("cannot read", 7),
    r"\frac{\partial}{\partial x} f(x)": ("too early", 14),
    r"\frac{\partial f(x)}{\partial x}": (r"cannot read \(", 16),
    r"\partial_x f(x)": ("cannot read _", 8),
    r"\nabla_w L(w)": ("cannot read _", 6),
    r"W_{:,j}": ("cannot read :", 3),
    r"\begin{cases} 1 & x > 0, x < a \end{cases}": (r"expected \\\\, found x", 25),
    r"x_1 + \cdots + x_n": ("write the sum", 6),
    r"a \propto b": ("exempt", 2),
    r"\mathbf{xy}": ("one letter", 0),
    r"\sqrt[3 x": (r"expected \]", 9),
    r"\|w\|_3": ("norm_3", 7),
    r"\|w\|_\text{F}": ("norm_", 14),
    "х": ("cannot read х", 0),  # a Cyrillic letter
    r"\left. a \right|": ("bracket on both sides", 0),
    r"\mathbf 1": ("value in the binding", 9),
    r"\begin{align} a &= b \end{align}": ("cannot read", 0),
    # incomplete
    r" ": ("too early", -1),
    r"a +": ("too early", 3),
    r"\frac{a}": ("expected more", 8),
    r"\frac{a}{}": ("empty argument", 10),
    r"(a": (r"expected \)", 2),
    r"(a]": (r"expected \)", 2),
    r"a)": (r"cannot read \)", 1),
    r"{a": ("expected more", 2),
    r"|a": (r"expected \|", 2),
    r"|a | b|": ("too early", 7),
    r"\sum x_i": ("needs its index", 5),
    r"\sum_{i=1} x_i": ("runs over", 6),
    r"\sum_{f(x) > 1} x_i": ("runs over", 6),
    r"a = = b": ("a side is missing", 4),
    r"\sum_i^n x_i": ("runs over", 5),
    r"\max x": ("brackets or an index", 5),
    r"\begin{cases} \end{cases}": ("without a row", 25),
    r"\begin{cases} x \end{cases}": ("expected a value & a condition", 16),
    r"\begin{cases} x & y \end{cases}": ("expected a condition", 20),
    r"\begin{bmatrix} a & b \\ x \end{bmatrix}": ("differ in length", 40),
    r"\begin{foo} a \end{foo}": ("cannot read", 0),
    r"a \cdot -b": ("cannot read -", 8),
    r"\log_2 x": ("with this subscript is not known", 7),
    r"\tanh_2 x": ("not known", 8),
    "(" * 3000: ("nested too deeply", None),
}


SOUP = r"""
a b x i 1 2 , + - * / ( ) [ ] { } ^ _ = < & | ! ' : \frac \sqrt \sum \max \log \sigma \hat \nabla \partial
\\ \| \text{if} \left( \right) \in \mathbf{1} \mathbb{E} \log_ \begin{bmatrix} \end{bmatrix} \{ \} \mathbb{R}^
\cdot \odot \top \text{otherwise} \begin{cases} \end{cases} \begin{aligned} \end{aligned}
"""


def tree(node: Node) -> str:
    """The tree in one line: (kind parts…), a leaf by its name."""
    if node.kind in ("sym", "num"):
        return node.name
    glued = (node.kind in ("call", "prime") and " ") or ""
    return f"({node.kind}{glued}{node.name}{''.join(' ' + tree(part) for part in node.parts)})"


def statements(tex: str) -> list[str]:
    return [tree(statement) for statement in read(tex, VALUES)]


@pytest.mark.parametrize("tex", ACCEPT)
def test_expression_has_its_tree(tex: str) -> None:
    assert statements(f"q = {tex}") == [f"(chain= q {ACCEPT[tex]})"]


@pytest.mark.parametrize("tex", STATEMENTS)
def test_statements_have_their_trees(tex: str) -> None:
    assert " ".join(statements(tex)) == STATEMENTS[tex]


@pytest.mark.parametrize("tex", REJECT, ids=lambda tex: tex[:40])
def test_refuses_with_the_place_and_the_reason(tex: str) -> None:
    message, at = REJECT[tex]
    with pytest.raises(FormulaError, match=message) as caught:
        statements(f"q = {tex}")
    assert at is None or caught.value.at == at + len("q = ")


def test_a_transpose_and_a_symbol_of_the_same_name_are_two_readings() -> None:
    with pytest.raises(FormulaError, match="two readings"):
        read("q = w^T", {"w": 1.0, "T": 2.0})


def test_two_derivations_may_not_stand_side_by_side() -> None:
    with pytest.raises(FormulaError, match="side by side") as caught:
        read(r"\begin{aligned} a &= b, & x &= y \end{aligned}", VALUES)
    assert caught.value.at == 26


def test_nothing_may_follow_a_derivation() -> None:
    with pytest.raises(FormulaError, match=r"cannot read \+") as caught:
        read(r"\begin{aligned} a &= b \end{aligned} + x", VALUES)
    assert caught.value.at == 37


def test_a_row_may_not_begin_with_a_relation_of_nothing() -> None:
    with pytest.raises(FormulaError, match="a side is missing"):
        read("= a", VALUES)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        (r"\hat m_{t + 1}", r"\hat{m}_{t+1}"),
        (r"\hat{m}_{t+1}", r"\hat{m}_{t+1}"),
        (r"n_\text{in}", r"n_{\mathrm{in}}"),
        (r"\varepsilon", r"\epsilon"),
        (r"\sigma^2_B", r"\sigma_{B}^{2}"),
        (r"L'", "L'"),
        (r"\tanh", r"\tanh"),
        (r"\boldsymbol\theta", r"\boldsymbol{\theta}"),
        (r"\frac{d L}{d \hat x}", r"\frac{\partial L}{\partial \hat{x}}"),
        (r"\dfrac{\partial\, \mathrm{MSE}}{\partial x_i}", r"\frac{\partial \mathrm{MSE}}{\partial x_{i}}"),
    ],
)
def test_a_symbol_has_one_spelling(spelling: str, name: str) -> None:
    assert canonical(spelling) == name


@pytest.mark.parametrize("tex", ["a b", "a + b", r"\frac{a}{b}", "", "2", "f(x)"])
def test_what_is_no_symbol_has_no_spelling(tex: str) -> None:
    with pytest.raises(FormulaError):
        canonical(tex)


def test_any_soup_of_tokens_is_read_or_refused() -> None:
    rng = random.Random(0)
    soup = SOUP.split()
    read_well = 0
    for _ in range(5000):
        tex = " ".join(rng.choices(soup, k=rng.randint(1, 9)))
        try:
            read_well += bool(read(tex, VALUES))
        except FormulaError:
            continue
    assert read_well > 100


def test_any_cut_of_a_formula_is_read_or_refused() -> None:
    for tex in [*ACCEPT, *STATEMENTS]:
        for end in range(len(tex)):
            for part in (tex[:end], tex[end:]):
                try:
                    read(part, VALUES)
                except FormulaError:
                    continue
