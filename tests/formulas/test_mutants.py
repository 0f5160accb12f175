"""The typing errors that the mutation gate makes: all of them, each once, and none that says the same."""

from __future__ import annotations

import numpy as np
import pytest

from formulas.bindings import Binding
from formulas.mutants import judged, mutants, normal
from formulas.reader import read

VALUES = dict.fromkeys(["a", "b", "x", "y", "n", "w_{t+1}", "w_t", r"\hat{y}"], 1.0) | {"f": abs}

CASES = r"x = \begin{cases} a & b > 0 \\ 1 & b \le 0 \end{cases}"
MADE = [
    ("sign", "x = a - b", "x = a + b"),
    ("sign", "w_{t+1} = a", "w_{t-1} = a"),
    ("order", "a < b", "a > b"),
    ("boundary", r"a \le b", "a < b"),
    ("function", r"x = \log a", r"x = \exp a"),
    ("function", r"x = \sum_i a_i", r"x = \prod_i a_i"),
    ("constant", "x = 2", "x = 3"),
    ("constant", "x = 0.05", "x = 0.06"),
    ("constant", "x = 0", "x = 1"),
    ("swap fraction", r"x = \frac{a}{b}", r"x = \frac{b}{a}"),
    ("swap fraction", r"x = \frac ab", r"x = \frac {b}{a}"),
    ("swap fraction", r"x = \frac{a + b}n", r"x = \frac{n}{a + b}"),
    ("drop power", "x = a^{2} b", "x = a b"),
    ("drop power", "x = a^2", "x = a"),
    ("drop factor", r"x = a \cdot b", "x = a"),
    ("drop factor", r"x = a \cdot b", "x = b"),
    ("drop factor", r"x = \frac12 a", r"x = \frac12"),
    ("drop factor", "x = a b y", "x = a y"),
    ("drop term", "x = a + b", "x = a"),
    ("drop brackets", r"x = a \left(b + 1\right)", "x = a b + 1"),
    ("drop accent or prime", r"x = \hat{y}", "x = {y}"),
    ("drop accent or prime", "x = f'(a)", "x = f(a)"),
    ("insert minus", "x = e^{a}", "x = e^{-a}"),
    ("insert minus", "x = e^a", "x = e^{-a}"),
    ("insert minus", "x = f(a)", "x = f(-a)"),
    ("insert minus", r"x = \frac1a", r"x = \frac1{-a}"),
    ("other symbol", "x = a b", "x = b b"),
    ("exchange symbols", "x = a - b", "x = b - a"),
    ("exchange rows", CASES, CASES.replace("} a", "} 1").replace("1 & b \\le", "a & b \\le")),
]
SAME = [
    ("a + b - x", "b - x + a"),
    ("a b x", r"x \cdot b \, a"),
    (r"\frac{a b}{x}", r"a \frac{b}{x}"),
    ("a (b x)", "(a b) x"),
    ("a - (b - x)", "a - b + x"),
    (r"\max(a, b)", r"\max(b, a)"),
    ("|a - b|", "|b - a|"),
    (r"\mathrm{Var}(a)", r"\mathrm{Var}(-a)"),
    ("0", "-0"),
]
UNLIKE = [
    ("a - b", "b - a"),
    ("a / b", "b / a"),
    ("a (b + x)", "a b + x"),
    ("f(a)", "f(-a)"),
    ("a^2", "a"),
    ("x_a", "x_b"),
    (r"a^\top a", r"a a^\top"),
]


def made(tex: str) -> set[tuple[str, str]]:
    return {(mutant.operator, "".join(mutant.tex.split())) for mutant in mutants(tex, read(tex, VALUES))}


@pytest.mark.parametrize(("operator", "tex", "typo"), MADE)
def test_makes_the_typo(operator: str, tex: str, typo: str) -> None:
    assert (operator, "".join(typo.split())) in made(tex)


def test_makes_no_typo_twice_and_none_that_changes_nothing() -> None:
    tex = r"x = \frac{a + b}{2} \cdot f(a)^2 - |y|"
    texts = [mutant.tex for mutant in mutants(tex, read(tex, VALUES))]
    assert len(set(texts)) == len(texts)
    assert tex not in texts


def test_a_typo_keeps_commands_apart() -> None:
    assert all(r"\cdota" not in mutant.tex for mutant in mutants(r"x = b\cdot y a", read(r"x = b\cdot y a", VALUES)))


def test_the_row_of_a_typo_is_the_line_that_changed() -> None:
    tex = "\\begin{aligned}\n  x &= a \\\\\n  &= b\n\\end{aligned}"
    rows = {mutant.row for mutant in mutants(tex, read(tex, VALUES)) if mutant.operator == "insert minus"}
    assert rows == {r"-x &= a \\", r"x &= -a \\", "&= -b"}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_reordered_is_the_same(one: str, other: str) -> None:
    first, second = (read(f"x = {tex}", VALUES)[0].parts[1] for tex in (one, other))
    assert normal(first) == normal(second)


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_changed_is_not_the_same(one: str, other: str) -> None:
    first, second = (read(f"x = {tex}", VALUES)[0].parts[1] for tex in (one, other))
    assert normal(first) != normal(second)


def test_a_strong_binding_notices_all_and_a_weak_one_does_not() -> None:
    tex = "y = a x"
    strong = Binding("strong", lambda rng: (lambda a, x: {"y": a * x, "a": a, "x": x})(*rng.normal(size=2)))
    weak = Binding("weak", lambda _rng: {"y": 1.0, "a": 1.0, "x": 1.0})
    assert {how for _, how in judged(tex, strong, strong.samples())} <= {"by value", "unreadable"}
    assert "alive" in {how for _, how in judged(tex, weak, weak.samples())}


def test_every_sign_in_a_formula_counts() -> None:
    tex = r"\ell = \max(z, 0) - z y + \log\left(1 + e^{-|z|}\right)"
    binding = Binding("logits", lambda rng: logits(rng.normal(0.3, 2.0), rng.uniform(0.1, 0.9)))
    signs = {mutant.tex: how for mutant, how in judged(tex, binding, binding.samples()) if mutant.operator == "sign"}
    assert len(signs) == 4
    assert "alive" not in signs.values()


def logits(z: float, y: float) -> dict[str, float]:
    return {r"\ell": float(np.logaddexp(0, z) - z * y), "z": z, "y": y}
