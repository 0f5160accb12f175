"""Rows of snippets/activations.py and snippets/gaussian.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from snippets import activations as a
from snippets import gaussian
from tests.tables import Elementwise, Operation, Other, Refusal, Row, refusal

RNG = np.random.default_rng
X = np.zeros((2, 3))

ROWS: list[Row] = [
    Elementwise(a.sigmoid, a.sigmoid_grad, low=0.0, high=1.0),
    Elementwise(a.tanh, a.tanh_grad, low=-1.0, high=1.0),
    Elementwise(a.relu, a.relu_grad, kinks=(0.0,), low=0.0),
    Elementwise(a.leaky_relu, a.leaky_relu_grad, kinks=(0.0,)),
    Elementwise(a.leaky_relu, a.leaky_relu_grad, {"slope": 0.3}, kinks=(0.0,)),
    Elementwise(a.prelu, a.prelu_grad, {"a": 0.25}, kinks=(0.0,)),
    Elementwise(a.prelu, a.prelu_grad, {"a": -0.5}, kinks=(0.0,), low=0.0),
    Elementwise(a.elu, a.elu_grad, bends=(0.0,), low=-1.0),
    Elementwise(a.elu, a.elu_grad, {"alpha": 2.5}, kinks=(0.0,), low=-2.5),
    Elementwise(a.selu, a.selu_grad, kinks=(0.0,), low=-1.7580993408473773),
    Elementwise(a.celu, a.celu_grad, bends=(0.0,), low=-1.0),
    Elementwise(a.celu, a.celu_grad, {"alpha": 2.5}, bends=(0.0,), low=-2.5),
    Elementwise(a.celu, a.celu_grad, {"alpha": 0.125}, bends=(0.0,), low=-0.125),
    Elementwise(a.gelu, a.gelu_grad, low=-0.169971),
    Elementwise(a.gelu_tanh, a.gelu_tanh_grad, low=-0.1701),
    Elementwise(a.gelu_sigmoid, a.gelu_sigmoid_grad, low=-0.1637),
    Elementwise(a.silu, a.silu_grad, low=-0.278465),
    Elementwise(a.softplus, a.softplus_grad, low=0.0),
    Elementwise(a.softsign, a.softsign_grad, bends=(0.0,), low=-1.0, high=1.0),
    Elementwise(a.mish, a.mish_grad, low=-0.308843),
    Elementwise(a.hard_sigmoid, a.hard_sigmoid_grad, kinks=(-3.0, 3.0), low=0.0, high=1.0),
    Elementwise(a.hard_swish, a.hard_swish_grad, kinks=(-3.0, 3.0), low=-0.375),
    Elementwise(gaussian.normal_cdf, gaussian.normal_pdf, low=0.0, high=1.0),
    Operation(
        a.maxout,
        lambda rng: (rng.standard_normal((5, 4)), rng.standard_normal((3, 4, 2)), rng.standard_normal((3, 2))),
    ),
    Other(a.prelu_grad_a, "a derivative in the parameter, not in x"),
    Other(a.selu_constants, "two numbers"),
    Other("activations.FAR", "a number"),
    Other("activations.SELU_ALPHA", "a number"),
    Other("activations.SELU_SCALE", "a number"),
    Other(a.below_max, "acts on rows: shape, shift, extremes and refusals are tested by name"),
    Other(a.softmax, "acts on rows"),
    Other(a.softmax_jacobian, "a Jacobian of rows"),
    Other(a.logsumexp, "acts on rows"),
    Other(a.logsumexp_grad, "acts on rows"),
    Other(a.log_softmax, "acts on rows"),
    Other(a.log_softmax_jacobian, "a Jacobian of rows"),
]


def _needs_alpha(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "alpha", "0.0", X, alpha=0.0),
        refusal(f, ValueError, "alpha", "-1.0", X, alpha=-1.0),
        refusal(f, ValueError, "alpha", "nan", X, alpha=np.nan),
        refusal(f, ValueError, "alpha", "inf", X, alpha=np.inf),
        refusal(f, TypeError, "alpha", "'1'", X, alpha="1"),
    ]


def _needs_slope(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "slope", "0.0", X, slope=0.0),
        refusal(f, ValueError, "slope", "-0.1", X, slope=-0.1),
        refusal(f, ValueError, "slope", "1.5", X, slope=1.5),
        refusal(f, ValueError, "slope", "nan", X, slope=np.nan),
        refusal(f, TypeError, "slope", "array([0.1])", X, slope=np.array([0.1])),
    ]


def _needs_slopes(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "a", "(2, 3), got (2,)", X, np.ones(2)),
        refusal(f, ValueError, "a", "(2, 3), got (1, 2, 3)", X, np.ones((1, 2, 3))),
        refusal(f, ValueError, "a", "(1, 3), got (2, 3)", X[:1], np.ones((2, 3))),
        refusal(f, ValueError, "a", "nan", X, np.nan),
        refusal(f, ValueError, "a", "inf", X, np.inf),
        refusal(f, TypeError, "a", "complex128", X, 1j),
    ]


def _needs_rows(f: Callable[..., object]) -> list[Refusal]:
    return [
        refusal(f, ValueError, "z", "()", np.array(1.0)),
        refusal(f, ValueError, "z", "(2, 0)", np.zeros((2, 0))),
    ]


_ROWWISE = (a.below_max, a.softmax, a.softmax_jacobian, a.logsumexp, a.logsumexp_grad, a.log_softmax)

REFUSALS: list[Refusal] = [
    *(row for f in (a.elu, a.elu_grad, a.celu, a.celu_grad) for row in _needs_alpha(f)),
    *(row for f in (a.leaky_relu, a.leaky_relu_grad) for row in _needs_slope(f)),
    *(row for f in (*_ROWWISE, a.log_softmax_jacobian) for row in _needs_rows(f)),
    *(row for f in (a.prelu, a.prelu_grad) for row in _needs_slopes(f)),
    refusal(a.sigmoid, TypeError, "x", "complex128", np.zeros(2, dtype=complex)),
    refusal(a.gelu, TypeError, "x", "<U1", np.array(["a"])),
    refusal(a.softmax, TypeError, "z", "complex128", np.zeros(2, dtype=complex)),
    refusal(a.maxout, TypeError, "x", "[[0.0]]", [[0.0]], np.zeros((3, 4, 2)), np.zeros((3, 2))),
    refusal(a.maxout, ValueError, "x", "(4,)", np.zeros(4), np.zeros((3, 4, 2)), np.zeros((3, 2))),
    refusal(a.maxout, ValueError, "w", "(4, 2)", np.zeros((5, 4)), np.zeros((4, 2)), np.zeros((3, 2))),
    refusal(a.maxout, ValueError, "w", "(3, 5, 2)", np.zeros((5, 4)), np.zeros((3, 5, 2)), np.zeros((3, 2))),
    refusal(a.maxout, ValueError, "w", "(0, 4, 2)", np.zeros((5, 4)), np.zeros((0, 4, 2)), np.zeros((0, 2))),
    refusal(a.maxout, ValueError, "b", "(1, 2)", np.zeros((5, 4)), np.zeros((3, 4, 2)), np.zeros((1, 2))),
]
