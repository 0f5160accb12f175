"""Formulas that are wrong in every way an author can be wrong are caught, and the message says what to do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check
from formulas.messages import explain
from formulas.moments import iid, law_of
from formulas.pages import Formula
from formulas.tokens import FormulaError


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rectified(rng: np.random.Generator) -> Sample:
    return {r"\mathrm{ReLU}'": lambda x: float(x > 0), "x": float(rng.choice([0.0, 1.0, -1.0]))}


def elu(rng: np.random.Generator) -> Sample:
    a = rng.uniform(0.2, 0.8)
    return {r"\mathrm{ELU}": lambda x: x if x > 0 else a * math.expm1(x), r"\alpha": a, "x": rng.normal()}


def softmax(rng: np.random.Generator) -> Sample:
    z = rng.normal(size=4)
    return {"z": z, "p": np.exp(z) / np.exp(z).sum()}


def step(rng: np.random.Generator) -> Sample:
    w, g, lr = rng.normal(size=3), rng.normal(size=3), rng.uniform()
    return {"w": w, "<-w": w - lr * g, "g": g, r"\eta": lr}


def dense(rng: np.random.Generator) -> Sample:
    x, w = rng.normal(size=3), rng.normal(size=(3, 2))
    return {"x": x, "W": w, "z": x @ w}


def centred(_rng: np.random.Generator) -> Sample:
    w, x = iid(2, [-1.0, 1.0], [-3.0, 1.0, 2.0])
    return {"w": w, "x": x, "n": 2}


SAMPLERS: dict[str, Any] = {
    "sigmoid": lambda rng: {r"\sigma": sigmoid, "x": rng.choice([rng.normal(), 9.0])},
    "slope": lambda rng: {r"\sigma": sigmoid, "x": rng.choice([rng.normal(), 0.0])},
    "relu": rectified,
    "elu": elu,
    "softmax": softmax,
    "step": step,
    "dense": dense,
    "variance": centred,
    "law": lambda _rng: {"W_{ij}": law_of(lambda rng: rng.normal(0, 0.5, 3)), "n": 8},
    "constant": lambda _rng: {r"\lambda": 1.0507009873554805},
    "tiny": lambda _rng: {"u": 2.0**-53},
    "members": lambda _rng: {"i": 2.0, "B": frozenset({1, 3})},
    "positive": lambda rng: {"x": rng.normal(), "f": lambda x: abs(x)},
}
HOLD = {
    "sigmoid": [r"\sigma(x) = \frac{1}{1 + e^{-x}}", r"\sigma(-x) = 1 - \sigma(x) \ge 0"],
    "slope": [r"\sigma'(x) = \sigma(x) (1 - \sigma(x)) \le \frac14"],
    "tiny": [r"u = 2^{-53}", r"u - u = 0", r"\frac12 \le u + \frac12"],
    "relu": [
        r"\mathrm{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
        r"\mathrm{ReLU}'(x) = \mathbf 1(x > 0)",
    ],
    "elu": [r"\mathrm{ELU}(x) = \max(0, x) + \min(0, \alpha (e^x - 1))"],
    "softmax": [
        r"p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}, \qquad \sum_i p_i = 1",
        r"\arg\max_i p_i = \arg\max_i z_i",
    ],
    "step": [r"w \leftarrow w - \eta g", r"w_i \leftarrow w_i - \eta g_i"],
    "dense": [
        r"z_j = \sum_i x_i W_{ij}",
        r"z = W^\top x",
    ],
    "variance": [
        r"\mathrm{Var}(w^\top x) = n\, \mathrm{Var}(w)\, \mathbb{E}[x^2]",
        r"\mathbb{E}[w_1 w_2] = 0, \quad n = 2, \quad \mathbb{E}[x] = 0",
    ],
    "law": [r"W_{ij} \sim \mathcal{N}\left(0, \tfrac2n\right)", r"\mathrm{Var}(W_{ij}) = 2 / n"],
    "constant": [r"\lambda \approx 1.0507", r"-\lambda \approx -1.0507"],
    "positive": [r"f(x) = x \quad \text{if } x > 0", r"f(x) = -x \quad \text{for } x \le 0"],
}
WRONG = [
    # the label, the wrong formula, what the message must contain
    (
        "sigmoid",
        r"\sigma(x) = \frac{1}{1 + e^{x}}",
        ["not what the code computes", r"hold: \sigma(x) = \frac{1}{1 + e^{-x}}", "left side"],
    ),
    ("sigmoid", r"\sigma(x) = \frac{1}{1 + e^{-y}}", ["unknown symbol y; the binding has \\sigma, x"]),
    ("sigmoid", r"\sigma(x) > \frac12", ["not what the code computes"]),
    ("sigmoid", r"\sigma(x)", ["a part without a relation"]),
    ("sigmoid", r"\sigma(0) = \frac12", ["bound but not used in the formula: x"]),
    ("members", r"i \in B", ["left side   2.", "right side  frozenset({1, 3})"]),
    ("slope", r"\sigma'(x) = \sigma(x) (1 + \sigma(x))", [r"hold: \sigma'(x) = \sigma(x) (1 - \sigma(x))"]),
    (
        "slope",
        "\\begin{aligned}\n\\sigma'(x) &= \\sigma(x) - \\sigma(x)^2 \\\\\n&= \\sigma(x)^2\n\\end{aligned}",
        ["page.md:10:", "    &= \\sigma(x)^2"],
    ),
    (
        "relu",
        r"\mathrm{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x < 0 \end{cases}",
        ["no row of the cases holds", r"0 & x \le 0"],
    ),
    (
        "relu",
        r"\mathrm{ReLU}'(x) = \begin{cases} 1 & x \ge 0 \\ 0 & x \le 0 \end{cases}",
        ["2 rows of the cases hold", r"1 & x > 0"],
    ),
    (
        "relu",
        r"\mathrm{ReLU}'(x) = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \\ 7 & x > 7 \end{cases}",
        ["2 rows|no sample meets this condition"],
    ),
    ("relu", r"\mathrm{ReLU}'(x) = \mathbf 1(x > 0) \quad \text{if } x > 2", ["no sample meets this condition"]),
    ("elu", r"\mathrm{ELU}(x) = \max(0, x) + \min(0, (e^x - 1))", ["hold: ", r"\min(0, \alpha (e^x - 1))"]),
    ("softmax", r"p_i = \frac{e^{z_i}}{\sum_j e^{z_i}}", ["cannot tell the range of index j", r"e^{z_j}"]),
    ("softmax", r"p_i = \frac{e^{z_i}}{\sum_i e^{z_i}}", ["index i has a value already"]),
    ("softmax", r"p = \frac{e^{z}}{z_1 + z}", ["a vector in an exponent"]),
    ("softmax", r"p_i = p_i, \quad z = W", ["unknown symbol W"]),
    ("step", r"w \leftarrow w + \eta g", [r"hold: w \leftarrow w - \eta g"]),
    ("step", r"g \leftarrow w - \eta g", ["no '<-g'"]),
    ("dense", r"z_j = \sum_i x_i W_{ji}", ["cannot tell the range of index j", r"W_{ij}|W_{i j }"]),
    ("dense", r"z = W x", ["do not multiply"]),
    ("dense", r"z = x^\top W", [r"sides have shapes (2,) and (1, 2)"]),
    (
        "variance",
        r"\mathrm{Var}(w^\top x) = \mathrm{Var}(w)\, \mathrm{Var}(x) / n + n - n",
        ["not what the code computes", "random (36 outcomes)"],
    ),
    ("law", r"W_{ij} \sim \mathcal{N}(0, \frac1n)", ["N(0, 0.25)", "N(0, 0.125)", r"\frac{2}n|\frac2n"]),
    ("law", r"W_{ij} \sim \mathcal{U}(0, \frac2n)", ["N(0, 0.25)", "U(0, 0.25)"]),
    ("constant", r"\lambda \approx 1.0506", [r"hold: \lambda \approx 1.0507"]),
    ("constant", r"\lambda = 1.0507", ["not what the code computes"]),
    ("constant", r"\lambda \approx 1", ["one digit after \\approx says little"]),
    ("constant", r"\lambda \le 2", ["no sample comes near this bound"]),
    ("constant", r"0 < \lambda", ["no sample comes near this bound"]),
    ("tiny", r"u = 2^{-52}", ["not what the code computes", "hold: u = 2^{-53}"]),
    ("tiny", r"2^{-50} = u", ["not what the code computes"]),
    ("sigmoid", r"\sigma(x) = 1 / 1 + e^{-x} x y \cdots", ["write the sum", "^"]),
]


def message(label: str, tex: str) -> str:
    """What an author reads, the formula standing in line 7 of a page."""
    binding = Binding(label, SAMPLERS[label])
    formula = Formula(Path("page.md"), 7, label, f"\n{tex}\n")
    samples = binding.samples()
    try:
        check(formula.tex, binding, samples)
    except (FormulaError, Mismatch) as error:
        return explain(formula, error, binding, samples)
    return ""


@pytest.mark.parametrize(("label", "tex"), [(label, tex) for label, all_of_it in HOLD.items() for tex in all_of_it])
def test_holds(label: str, tex: str) -> None:
    assert not message(label, tex)


@pytest.mark.parametrize(("label", "tex", "parts"), WRONG, ids=[tex[:40] for _, tex, _ in WRONG])
def test_caught_with_a_message_that_helps(label: str, tex: str, parts: list[str]) -> None:
    text = message(label, tex)
    assert text.startswith("page.md:")
    assert f"formula `{label}`" in text
    for part in parts:
        assert any(either in text for either in part.split("|")), text


def test_the_message_names_the_line_of_the_row() -> None:
    tex = "\\begin{aligned}\n\\sigma(x) &= \\sigma(x) \\\\\n&= \\frac{1}{1 + e^{x}}\n\\end{aligned}"
    assert message("sigmoid", tex).startswith("page.md:10: formula `sigmoid` is not what the code computes\n    &= ")


def test_the_caret_points_to_what_cannot_be_read() -> None:
    lines = message("sigmoid", r"\sigma(x) = a \star b").splitlines()
    assert lines[2].index("^") == lines[1].index(r"\star")


def test_counts_the_relations() -> None:
    binding = Binding("sigmoid", SAMPLERS["sigmoid"])
    assert check(r"\sigma(x) = 1 - \sigma(-x) < 1, \quad \sigma(0) = \tfrac12", binding, binding.samples()) == 3


def test_an_approximation_holds_to_what_the_binding_allows() -> None:
    close = Binding("close", lambda rng: {"a": 1.0 + 0.01 * rng.uniform(-1, 1), "b": 1.0}, approx=0.01)
    assert check(r"a \approx b", close, close.samples()) == 1
    for tex, binding in ((r"a = b", close), (r"a \approx b", Binding("exact", close.sampler))):
        with pytest.raises(Mismatch):
            check(tex, binding, binding.samples())


def test_inline_formulas_may_leave_symbols_unused() -> None:
    binding = Binding("page", SAMPLERS["sigmoid"], texts=(r"\sigma(0) = \tfrac12",))
    assert check(binding.texts[0], binding, binding.samples()) == 1


def test_samples_must_bind_the_same_symbols() -> None:
    binding = Binding("odd", lambda rng: {"a": 1.0} if rng.random() < 0.5 else {"b": 1.0})
    with pytest.raises(FormulaError, match="same symbols"):
        check("a = 1", binding, binding.samples())
    with pytest.raises(FormulaError, match="0 samples"):
        check("a = 1", binding, [])


def test_the_same_seed_gives_the_same_samples() -> None:
    binding = Binding("sigmoid", SAMPLERS["sigmoid"])
    first, again, other = ([sample["x"] for sample in binding.samples(seed)] for seed in (1, 1, 2))
    assert first == again != other
