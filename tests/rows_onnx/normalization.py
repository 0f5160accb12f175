"""snippets/normalization.py as ONNX operators."""

from __future__ import annotations

import math

import numpy as np

from snippets import normalization as n
from snippets.arrays import Array
from tests.onnx_table import Node


def batch_normalization(
    x: Array, gamma: Array, beta: Array, mean: Array, var: Array, epsilon: float = 1e-5, training_mode: int = 0
) -> Array | tuple[Array, ...]:
    """Their momentum of 0.9 is the weight of the old; their running variance is biased, ours is not."""
    if not training_mode:
        return n.batch_norm_inference(x, gamma, beta, mean, var, epsilon)[0]
    new_mean, new_var = n.running_statistics(x, mean, var, 1.0 - 0.9)
    count = x.size // x.shape[1]
    biased = 0.9 * var + (new_var - 0.9 * var) * (count - 1) / count
    return n.batch_norm(x, gamma, beta, epsilon)[0], new_mean, biased


def layer_normalization(
    x: Array, gamma: Array, beta: Array, axis: int = -1, epsilon: float = 1e-5
) -> tuple[Array, ...]:
    """All axes from this one on are laid out as one; mean and 1 / std are outputs of theirs alone."""
    rows = x.reshape(math.prod(x.shape[:axis]), -1)
    y, _ = n.layer_norm(rows, gamma.ravel(), beta.ravel(), epsilon)
    axes = tuple(range(axis % x.ndim, x.ndim))
    mean: Array = x.mean(axis=axes, keepdims=True)
    inv_std: Array = 1.0 / np.sqrt(x.var(axis=axes, keepdims=True) + epsilon)
    return y.reshape(x.shape), mean, inv_std


def rms_normalization(x: Array, gamma: Array, axis: int = -1, epsilon: float = 1e-5) -> Array:
    rows = x.reshape(math.prod(x.shape[:axis]), -1)
    return n.rms_norm(rows, gamma.ravel(), epsilon)[0].reshape(x.shape)


def group_normalization(x: Array, gamma: Array, beta: Array, num_groups: int, epsilon: float = 1e-5) -> Array:
    return n.group_norm(x, gamma, beta, num_groups, epsilon)[0]


def instance_normalization(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
    return n.instance_norm(x, gamma, beta, epsilon)[0]


NODES = [
    Node("BatchNormalization", "batch_normalization", batch_normalization),
    Node("LayerNormalization", "layernormalization", layer_normalization),
    Node("RMSNormalization", "rmsnormalization", rms_normalization),
    Node("GroupNormalization", "groupnormalization", group_normalization),
    Node("InstanceNormalization", "instance_normalization", instance_normalization),
]
