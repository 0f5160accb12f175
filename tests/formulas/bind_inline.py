"""What the symbols of inline formulas stand for: those that claim something about the code."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import inline
from snippets import activations, initialization

Sample = dict[str, Any]


@inline("activations", r"\partial\,\mathrm{PReLU} / \partial a = \min(0, x)")
def _(rng: np.random.Generator) -> Sample:
    x = float(rng.choice([0.0, -1.0, rng.normal()]))
    return {r"\frac{\partial \mathrm{PReLU}}{\partial a}": float(activations.prelu_grad_a(np.array(x))), "x": x}


@inline("activations", r"m = \max_j z_j")
def _(rng: np.random.Generator) -> Sample:
    z = rng.normal(size=5)
    return {"m": float((z - activations.below_max(z))[0]), "z": z}


@inline("initialization", r"g = \sqrt2", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {"g": initialization.gain("relu")}


@inline("initialization", r"g = 5/3", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {"g": initialization.gain("tanh")}


@inline("initialization", r"\varphi(0) = \tfrac12", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {r"\varphi": activations.sigmoid}


@inline("initialization", r"\ln 10 \approx 2.303", n=1)
def _(rng: np.random.Generator) -> Sample:
    return {}
