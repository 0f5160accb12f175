"""snippets/activations.py as ONNX operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from snippets import activations as a
from snippets.arrays import Array
from tests.onnx_table import Node


def gelu(x: Array, approximate: bytes = b"none") -> Array:
    return {b"none": a.gelu, b"tanh": a.gelu_tanh}[approximate](x)


def selu(x: Array, alpha: float | None = None, gamma: float | None = None) -> Array:
    if alpha is None or gamma is None:
        return a.selu(x)
    return gamma * a.elu(x, alpha)


def hard_sigmoid(x: Array, alpha: float = 0.2, beta: float = 0.5) -> Array:
    """max(0, min(1, αx + β)), which ours is for α = 1/6 and β = ½."""
    return a.hard_sigmoid(6.0 * (alpha * x + beta - 0.5))


def softmax(x: Array, axis: int = -1) -> Array:
    return np.moveaxis(a.softmax(np.moveaxis(x, axis, -1)), -1, axis)


def log_softmax(x: Array, axis: int = -1) -> Array:
    return np.moveaxis(a.log_softmax(np.moveaxis(x, axis, -1)), -1, axis)


def reduce_log_sum_exp(data: Array, axes: Any, keepdims: int = 1) -> Array:
    """Over several axes: they are moved to the end and laid out as one."""
    reduced = tuple(int(axis) % data.ndim for axis in axes) or tuple(range(data.ndim))
    kept = tuple(axis for axis in range(data.ndim) if axis not in reduced)
    rows = data.transpose(*kept, *reduced).reshape(*(data.shape[axis] for axis in kept), -1)
    y = a.logsumexp(rows)
    return np.expand_dims(y, reduced) if keepdims else y


NODES = [
    Node("Sigmoid", "sigmoid", a.sigmoid),
    Node("Tanh", "tanh", a.tanh),
    Node("Relu", "relu", a.relu),
    Node("LeakyRelu", "leakyrelu", lambda x, alpha=0.01: a.leaky_relu(x, alpha)),
    Node("PRelu", "prelu", a.prelu),
    Node("Elu", "elu", a.elu),
    Node("Selu", "selu", selu),
    Node("Celu", "celu", a.celu, {"test_celu_bfloat16": "NumPy itself has no bfloat16"}),
    Node("Gelu", "gelu", gelu),
    Node("Swish", "swish", lambda x, alpha=1.0: a.silu(alpha * x) / alpha),
    Node("Softplus", "softplus", a.softplus),
    Node("Softsign", "softsign", a.softsign),
    Node("Mish", "mish", a.mish),
    Node("HardSigmoid", "hardsigmoid", hard_sigmoid),
    Node("HardSwish", "hardswish", a.hard_swish),
    Node("Softmax", "softmax", softmax),
    Node("LogSoftmax", "logsoftmax", log_softmax),
    Node(
        "ReduceLogSumExp",
        "reduce_log_sum_exp",
        reduce_log_sum_exp,
        {"test_reduce_log_sum_exp_empty_set": "a sum over nothing is refused"},
    ),
]
