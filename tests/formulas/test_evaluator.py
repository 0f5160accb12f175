"""The value of every kind of expression, against NumPy or a number by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from formulas.bindings import Binding, respelled
from formulas.checker import Mismatch, check
from formulas.evaluator import Evaluator
from formulas.moments import RV, Law, iid, independent, law_of
from formulas.reader import Node, read
from formulas.tokens import FormulaError

X = np.array([1.0, -2.0, 4.0])
Y = np.array([0.5, 3.0, -1.0])
W = np.array([[1.0, 2.0, -1.0], [0.5, -3.0, 2.0]])
A = np.array([[2.0, 1.0], [1.0, 3.0]])
VALUES: dict[str, Any] = {
    "x": X,
    "y": Y,
    "W": W,
    "A": A,
    "a": 2.0,
    "b": -3.0,
    "n": 3,
    "k": 2,
    "B": frozenset({1, 3}),
    r"\beta_1": 0.5,
    "f": lambda t: t**3,
    r"\nabla g": lambda v: 2 * v,
    "p": lambda t: np.array([t, 1 - t]),
    "L": lambda u, v: u - v,
}

EVALUATED = {
    # arithmetic
    "2 a - b": 7.0,
    r"-a^2": -4.0,
    r"\frac{a}{b}": -2 / 3,
    r"\tfrac12 a": 1.0,
    r"a / b": -2 / 3,
    r"\beta_1^k": 0.25,
    r"\sqrt[3]{8}": 2.0,
    r"e^{\pi}": math.e**math.pi,
    # vectors and matrices
    r"x \odot y": X * Y,
    r"x^\top y": X @ Y,
    r"x y^\top": np.outer(X, Y),
    r"W x": W @ X,
    r"W^\top": W.T,
    r"W + x": W + X,
    r"W^\top A W": W.T @ A @ W,
    r"A^{-1}": np.linalg.inv(A),
    r"x^2": X**2,
    r"\begin{bmatrix} a & 1 \\ 0 & b \end{bmatrix}": [[2.0, 1.0], [0.0, -3.0]],
    r"\begin{pmatrix} a \\ b \end{pmatrix}": [2.0, -3.0],
    r"\lVert x \rVert_2^2": X @ X,
    r"\|x\|_1": 7.0,
    r"\|x\|_\infty": 4.0,
    r"\|W\|_F": np.linalg.norm(W),
    r"\operatorname{diag}(x)": np.diag(X),
    r"\operatorname{tr}(A)": 5.0,
    # subscripts
    "x_2": -2.0,
    "W_{2,1}": 0.5,
    "W_{k,k+1}": 2.0,
    "p(a)_1": 2.0,
    # functions
    r"\log 8 / \log 2": 3.0,
    r"\sqrt{k + n}": math.sqrt(5),
    r"\exp(a)": math.exp(2),
    r"\tanh^2(a)": math.tanh(2) ** 2,
    r"\operatorname{erf}(a)": math.erf(2),
    r"\operatorname{sign}(b)": -1.0,
    r"\max(a, b, 1)": 2.0,
    r"\max(0, x)": np.maximum(X, 0),
    r"|b| + |x|": 3 + np.abs(X),
    r"\lfloor a / b \rfloor": -1.0,
    r"\lceil a / b \rceil": 0.0,
    "f(a)": 8.0,
    "L(a, b)": 5.0,
    # sums and extremes
    r"\sum_i x_i y_i": X @ Y,
    r"\frac1n \sum_{i=1}^n x_i^2": (X**2).mean(),
    r"\sum_{i=1}^0 a": 0.0,
    r"\sum_{i \in B} x_i": 5.0,
    r"\sum_{i \ne k} x_i": 5.0,
    r"\sum_{i,j} W_{ij}": W.sum(),
    r"\sum_i \sum_{j < i} x_i x_j": -2 + 4 - 8,
    r"\prod_{i=1}^{n} i": 6.0,
    r"\max_i x_i": 4.0,
    r"\arg\max_i x_i": 3.0,
    r"\argmin_i x_i": 2.0,
    r"\sum_i p(x_i)_1": X.sum(),
    # cases and indicators
    r"\begin{cases} 1 & a > 0 \\ 2 & \text{otherwise} \end{cases}": 1.0,
    r"\begin{cases} 1 & a < 0 \\ 2 & \text{if } 1 < a \le 2 \end{cases}": 2.0,
    r"\mathbf 1(a > 0) + \mathbb 1[a = 2] + \mathbb 1(b > 0)": 2.0,
    r"\mathbf 1(k \in B) + 2 \mathbf 1(n \in B)": 2.0,
    # derivatives
    "f'(a)": 12.0,
    r"\tanh'(a)": 1 - math.tanh(2) ** 2,
    r"\nabla g(x)": 2 * X,
    # laws
    r"\mathrm{Var}(\mathcal U[-a, a])": 4 / 3,
    r"\mathbb{E}[\mathcal N(a, 1)]": 2.0,
}
REFUSED = {
    "c": "unknown symbol c; the binding has x",
    "f": "needs its argument",
    "a^T": "transpose of a number",
    "x y": "product of two vectors",
    "W y^\\top x": "do not fit|do not multiply|product",
    "A W^\\top": "do not multiply",
    "x + A": "do not fit",
    "A^2": "power of a matrix",
    "a^x": "vector in an exponent",
    r"b^{1/2}": "invalid value encountered in power",
    r"\sqrt{b}": "invalid value encountered in sqrt",
    r"\sqrt[3]{b}": "invalid value encountered in power",
    r"\log b": "invalid value encountered in log",
    "x_4": "subscript 4.0 is none of 1 to 3",
    "x_0": "none of 1 to 3",
    "x_{a/4}": "subscript 0.5 is none of",
    "a_1": "too many subscripts",
    "W_{1,1,k}": "too many subscripts",
    r"\sum_n x_n": "index n has a value already",
    r"\sum_i (x_i + \sum_i x_i)": "index i has a value already",
    r"\sum_{i=1}^{10^9} i": "more than 10000 terms",
    r"\sum_i a": "stands at no array",
    r"\sum_i W_{ii}": r"cannot tell the range of index i: \[2, 3\]",
    r"\max_{i < 1} x_i": "extreme over nothing",
    r"\lVert W \rVert": "norm is of a vector",
    r"\begin{cases} 1 & a > 0 \\ 2 & a > 1 \end{cases}": "2 rows",
    r"\begin{cases} 1 & a < 0 \\ 2 & a < 1 \end{cases}": "no row",
    r"f''(a)": "only",
    r"L'(a, b)": "only",
    "L(a)": "missing 1 required",
    r"\frac{\partial L}{\partial c}": r"unknown symbol \\frac{\\partial L}{\\partial c}",
    r"\mathbf 1(a \approx 2)": "part of a condition",
    r"\mathbb{E}[a]": "without random variables",
    r"\mathrm{Var}(a, b)": "takes one argument",
}


def tree(tex: str, values: dict[str, Any]) -> Node:
    (statement,) = read(f"q = {tex}", values)
    return statement.parts[1]


def value(tex: str, values: dict[str, Any]) -> Any:
    here = respelled(values)
    with np.errstate(all="raise"):
        return Evaluator(here)(tree(tex, here))


@pytest.mark.parametrize("tex", EVALUATED)
def test_value(tex: str) -> None:
    np.testing.assert_allclose(value(tex, VALUES), EVALUATED[tex], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("tex", REFUSED)
def test_refuses(tex: str) -> None:
    with pytest.raises(FormulaError, match=REFUSED[tex]) as caught:
        value(tex, VALUES)
    assert caught.value.at is not None


def test_every_node_that_the_reader_makes_has_a_value() -> None:
    inner = {"case", "row", "range", "where", "when"}
    kinds = {node.kind for tex in EVALUATED for node in tree(tex, respelled(VALUES)).walk()}
    arithmetic = {"add", "sub", "had", "div", "frac", "neg", "group", "transpose"}
    assert all(hasattr(Evaluator, f"_{kind}") for kind in kinds - inner - arithmetic)


def test_subscripts_may_count_from_zero() -> None:
    assert Evaluator({"x": X}, base=0)(tree("x_0", {"x": X})) == 1.0


def test_expectations_are_exact() -> None:
    w, x = iid(2, [1.0, 2.0, 6.0], [0.0, 1.0])
    values = {"w": w, "x": x}
    assert value(r"\mathbb{E}[w]", values) == pytest.approx(3.0, abs=1e-14)
    assert value(r"\mathrm{Var}(w_1)", values) == pytest.approx(14 / 3, abs=1e-14)
    assert value(r"\mathbb{E}[w_1 x_2]", values) == pytest.approx(1.5, abs=1e-14)
    assert value(r"\mathbb{P}(w_1 > 1)", values) == pytest.approx(2 / 3, abs=1e-14)


def test_a_random_variable_needs_e_or_var() -> None:
    with pytest.raises(FormulaError, match="random variable"):
        value("2 u", {"u": RV(np.array([0.0, 1.0]))})


def test_unlike_components_have_no_common_moment() -> None:
    u, v = independent([0.0, 1.0], [0.0, 2.0])
    with pytest.raises(FormulaError, match="different moments"):
        value(r"\mathrm{Var}(w)", {"w": RV(np.stack([u.values, v.values], axis=1))})


def test_variables_drawn_apart_have_no_joint_moment() -> None:
    with pytest.raises(FormulaError, match="drawn together"):
        value(r"\mathbb{E}[u v]", {"u": RV(np.zeros(2)), "v": RV(np.zeros(3))})


@pytest.mark.parametrize(
    ("initializer", "law"),
    [
        (lambda rng: rng.normal(0.0, 0.5, (3, 2)), Law("normal", 0.0, 0.25)),
        (lambda rng: 1 + 2 * rng.standard_normal((3, 2)), Law("normal", 1.0, 4.0)),
        (lambda rng: rng.uniform(-2.0, 2.0, size=5), Law("uniform", -2.0, 2.0)),
        (lambda rng: 4 * rng.random(3) - 2, Law("uniform", -2.0, 2.0)),
    ],
)
def test_the_law_of_an_initializer_is_read_off_its_draws(initializer: Any, law: Law) -> None:
    assert law_of(initializer) == law


@pytest.mark.parametrize(
    "initializer",
    [
        lambda rng: rng.standard_normal(3) ** 3 - rng.standard_normal(3),
        lambda rng: rng.normal(0.0, np.array([1.0, 2.0]), 2),
        lambda rng: rng.normal() + rng.uniform(),
        lambda _rng: np.zeros(3),
    ],
)
def test_other_draws_have_no_law(initializer: Any) -> None:
    with pytest.raises(ValueError, match=r"law|affine"):
        law_of(initializer)


def test_numbers_too_large_are_refused_not_compared() -> None:
    binding = Binding("large", lambda _rng: {"a": 1e3})
    with pytest.raises(FormulaError, match="cannot be evaluated"):
        check(r"a = e^{a} - e^{a} + a", binding, binding.samples())
    with pytest.raises(FormulaError, match="cannot be evaluated"):
        check(r"a = a / (a - a)", binding, binding.samples())


def test_equal_infinities_are_equal() -> None:
    binding = Binding("infinite", lambda _rng: {"a": math.inf})
    assert check(r"a = \infty", binding, binding.samples()) == 1
    with pytest.raises(Mismatch):
        check(r"a = -\infty", binding, binding.samples())
