"""The formula in the first line of a docstring is what the function computes."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import snippets
from formulas.bindings import Binding, Sample
from formulas.checker import Mismatch, check
from formulas.reader import canonical
from snippets import activations
from snippets.gaussian import normal_cdf, normal_pdf
from tests.formulas.docstrings import SAMPLES
from tests.formulas.plain import latex, sentence, statements

HEAD = re.compile(r"(?P<name>[^\s(=]+)\(x\) [=≈]")
PARAMETERS = {"alpha": r"\alpha", "a": "a", "slope": r"\mathrm{slope}"}
OFF_BY = {"gelu_sigmoid": 0.021}  # what the docstring itself says, rounded up
ONE_SYMBOL = {"hard σ": "hardsigmoid", "hard-swish": "hardswish", "η(t)": "rate", " for W steps": ""}


def first_line(function: Any) -> str:
    text = (inspect.getdoc(function) or "").partition("\n")[0]
    for words, name in ONE_SYMBOL.items():
        text = text.replace(words, name)
    return text


def public() -> dict[str, Any]:
    """The public functions and classes of the package, as `module.name`."""
    modules = [importlib.import_module(f"snippets.{m.name}") for m in pkgutil.iter_modules(snippets.__path__)]
    return {
        f"{module.__name__.removeprefix('snippets.')}.{name}": value
        for module in modules
        if not hasattr(module, "__path__")
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__ and first_line(value)
    }


SAID_IN_WORDS = {
    "activations.relu_grad": "its sides stand in words",
    "activations.leaky_relu_grad": "its sides stand in words",
    "activations.elu_grad": "its sides stand in words",
    "activations.hard_sigmoid_grad": "its sides stand in words",
    "activations.gelu_tanh": "u follows its use",
    "activations.mish_grad": "s follows its use",
    "activations.gelu_tanh_grad": "u is that of the function",
    "activations.gelu_sigmoid_grad": "the derivative of an expression",
    "activations.log_softmax_jacobian": "the derivative of an expression",
    "activations.logsumexp_grad": "the derivative of an expression",
    "activations.prelu_grad": "its sides stand in words",
    "activations.prelu_grad_a": "the derivative by a parameter, without a point",
    "activations.selu_constants": "a condition in words",
    "activations.maxout": "products of one row with many matrices",
    "arrays.norm": "the checker's own norm stands on the left",
    "augmentation.brightness": "a law in a sentence",
    "augmentation.rotate": "a law in a sentence",
    "convolution.avg_pool": "a side in words",
    "convolution.conv2d": "indices in brackets, and what the sum runs over in words",
    "convolution.max_pool": "a side in words",
    "convolution.windows": "indices in brackets",
    "ensembles.calibration_error": "what the sum runs over in words",
    "gradcheck.check_operation": "a sentence",
    "initialization.constant": "a side in words",
    "initialization.orthogonal": "no formula for Q",
    "initialization.truncated_normal": "a law in words",
    "layers.embedding": "a side in words",
    "network.Activation": "f is the reader's",
    "optimizers.Adadelta": "a remark",
    "preprocessing.principal_directions": "a sentence",
    "transfer.Scaled": "s is a scale for each parameter, Δw the step of any rule",
}


def functions() -> dict[str, Callable[..., Any]]:
    """The activation functions of one variable whose docstring begins with a formula."""
    found = inspect.getmembers(activations, inspect.isfunction)
    return {name: f for name, f in found if HEAD.match(first_line(f))}


def symbol(function: Callable[..., Any]) -> str:
    head = HEAD.match(first_line(function))
    assert head
    return canonical(latex(head["name"]))


def environment(function: Callable[..., Any], rng: np.random.Generator) -> Sample:
    """Every activation under the name that its docstring gives it, the numbers under those of its parameters."""
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


def holds(function: Callable[..., Any], approx: float | None = None) -> int:
    tex = latex(sentence(first_line(function)))
    binding = Binding("docstring", lambda rng: environment(function, rng), n=24, approx=approx, texts=(tex,))
    return check(tex, binding, binding.samples())


def after(sample: Sample, tex: str) -> Sample:
    """The sample once an update is made: what stands further on in the line means the new value."""
    symbol = tex.partition(r"\leftarrow")[0].strip()
    return {**sample, symbol: sample[f"<-{symbol}"]} if r"\leftarrow" in tex else sample


def test_every_docstring_with_a_formula_is_checked_or_says_why_not() -> None:
    with_formula = {name for name, value in public().items() if statements(first_line(value))}
    bound_by_name = {f"activations.{name}" for name in functions()}
    assert with_formula - SAID_IN_WORDS.keys() - SAMPLES.keys() - bound_by_name == set()
    assert (SAID_IN_WORDS.keys() | SAMPLES.keys()) - with_formula == set()


@pytest.mark.parametrize("name", sorted(f for f in functions() if f"activations.{f}" not in SAID_IN_WORDS))
def test_docstring_says_what_the_activation_computes(name: str) -> None:
    assert holds(functions()[name], OFF_BY.get(name)) >= 1


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_docstring_says_what_the_function_computes(name: str) -> None:
    samples = Binding(name, SAMPLES[name]).samples()
    for text in statements(first_line(public()[name])):
        tex = latex(text)
        base = 0 if name.startswith("losses.") else 1
        assert check(tex, Binding(name, SAMPLES[name], base=base, approx=1e-3, texts=(tex,)), samples) >= 1
        samples = [after(sample, tex) for sample in samples]


def test_a_wrong_docstring_is_noticed() -> None:
    def wrong(x: Any) -> Any:
        """σ(x) = 1 / (1 + eˣ)."""
        return activations.sigmoid(x)

    with pytest.raises(Mismatch):
        holds(wrong)
