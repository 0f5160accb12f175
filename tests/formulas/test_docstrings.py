"""The formula in the first line of an activation's docstring is what the function computes."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check
from formulas.reader import canonical
from snippets import activations
from snippets.gaussian import normal_cdf, normal_pdf
from tests.formulas.plain import latex, sentence

HEAD = re.compile(r"(?P<name>[^\s(=]+)\(x\) [=≈]")
PARAMETERS = {"alpha": r"\alpha", "a": "a", "slope": r"\mathrm{slope}"}
SAID_IN_WORDS = {"relu_grad", "leaky_relu_grad", "elu_grad", "gelu_tanh", "mish_grad", "hard_sigmoid_grad"}
OFF_BY = {"gelu_sigmoid": 0.021}  # what the docstring itself says, rounded up
TWO_WORDS = {"hard σ": "hardsigmoid", "hard-swish": "hardswish"}


def functions() -> dict[str, Callable[..., Any]]:
    """The functions of one variable whose docstring begins with a formula."""
    found = inspect.getmembers(activations, inspect.isfunction)
    return {name: f for name, f in found if HEAD.match(first_line(f))}


def first_line(function: Callable[..., Any]) -> str:
    text = (function.__doc__ or "").partition("\n")[0]
    for words, name in TWO_WORDS.items():
        text = text.replace(words, name)
    return text


def first_formula(function: Callable[..., Any]) -> str:
    return latex(sentence(first_line(function)))


def symbol(function: Callable[..., Any]) -> str:
    head = HEAD.match(first_line(function))
    assert head
    return canonical(latex(head["name"]))


def environment(function: Callable[..., Any], rng: np.random.Generator) -> Sample:
    """Every function under the name that its docstring gives it, the numbers under those of its parameters."""
    values = {"alpha": rng.uniform(0.3, 2.0), "a": rng.uniform(0.1, 0.9), "slope": rng.uniform(0.1, 0.9)}
    if function in (activations.selu, activations.selu_grad):
        values["alpha"] = activations.SELU_ALPHA
    named: dict[str, Any] = {
        "x": float(rng.choice([0.0, *rng.normal(scale=2.0, size=4)])),
        r"\lambda": activations.SELU_SCALE,
    }
    named |= {r"\Phi": normal_cdf, r"\varphi": normal_pdf, r"\mathrm{erfc}": math.erfc}
    for other in [*functions().values(), function]:
        given = {name: values[name] for name in inspect.signature(other).parameters if name in values}
        named[symbol(other)] = bound(other, given)
    return named | {PARAMETERS[name]: value for name, value in values.items()}


def bound(function: Callable[..., Any], given: dict[str, float]) -> Callable[..., Any]:
    return lambda x, *more: function(x, *more) if more else function(x, **given)


def test_most_activations_say_their_formula() -> None:
    assert len(functions()) >= 25
    assert functions().keys() >= SAID_IN_WORDS


def holds(function: Callable[..., Any], approx: float | None = None) -> int:
    tex = first_formula(function)
    binding = Binding("docstring", lambda rng: environment(function, rng), n=24, approx=approx, texts=(tex,))
    return check(tex, binding, binding.samples())


@pytest.mark.parametrize("name", sorted(functions().keys() - SAID_IN_WORDS))
def test_docstring_says_what_the_function_computes(name: str) -> None:
    assert holds(functions()[name], OFF_BY.get(name)) >= 1


def test_a_wrong_docstring_is_noticed() -> None:
    def wrong(x: Any) -> Any:
        """σ(x) = 1 / (1 + eˣ)."""
        return activations.sigmoid(x)

    with pytest.raises(Mismatch):
        holds(wrong)
