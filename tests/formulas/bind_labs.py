"""What the symbols of the labs stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from formulas import formula, inline
from snippets.activations import softmax, softmax_jacobian
from snippets.initialization import gain

Rng = np.random.Generator


@formula("debugging-softmax")
def _(rng: Rng) -> dict[str, Any]:
    z, d = rng.normal(size=(2, 4))
    return {r"\frac{\partial L}{\partial z}": softmax_jacobian(z) @ d, "p": softmax(z), "d": d}


@inline("debugging", r"\ln 10 \approx 2.30", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}


@inline("project", r"\ln 10 \approx 2.303", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}


@inline("initialization", r"0.01 \cdot \sqrt{256} = 0.16", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {}


@inline("initialization", "g^2 = 2", n=1)
def _(_rng: Rng) -> dict[str, Any]:
    return {"g": gain("relu")}
