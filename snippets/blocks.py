"""More layers for networks: convolution, pooling, normalization, dropout, embedding; frozen like those of `network`.

What a layer refuses and the shape that comes out of it are told by its operation, run on no examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snippets import checks, convolution, layers, normalization, regularization
from snippets.arrays import Array, Backward
from snippets.initialization import he_normal
from snippets.network import Initializer, Named, Shape


@dataclass(frozen=True)
class Conv2d:
    """Images (C, H, W) compared with learnt filters of size x size pixels; the bias starts at zero."""

    filters: int
    size: int = 3
    stride: int = 1
    padding: int = 0
    groups: int = 1
    init: Initializer = he_normal

    def __post_init__(self) -> None:
        for name in ("filters", "size", "stride", "groups"):
            checks.integer(name, getattr(self, name), "[1, inf)")
        checks.integer("padding", self.padding, "[0, inf)")
        checks.function("init", self.init)

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """W (filters, C/groups, size, size) and b (filters,)."""
        checks.ndim("shape", np.zeros((0, *shape)), 4)
        kernels = (self.filters, max(shape[0] // self.groups, 1), self.size, self.size)
        p = {"w": self.init(kernels, rng), "b": np.zeros(self.filters)}
        return p, self.apply(p, np.zeros((0, *shape)), None)[0].shape[1:]

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `convolution.conv2d`."""
        return convolution.conv2d(x, p["w"], p["b"], self.stride, self.padding, self.groups)


@dataclass(frozen=True)
class MaxPool2d:
    """The largest pixel of every window; windows stand side by side unless a stride is given."""

    size: int = 2
    stride: int | None = None
    padding: int = 0

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Nothing to learn, fewer pixels."""
        return {}, self.apply({}, np.zeros((0, *shape)), None)[0].shape[1:]

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `convolution.max_pool`."""
        return convolution.max_pool(x, self.size, self.stride, self.padding)


@dataclass(frozen=True)
class AvgPool2d:
    """The mean of every window; windows stand side by side unless a stride is given."""

    size: int = 2
    stride: int | None = None
    padding: int = 0

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Nothing to learn, fewer pixels."""
        return {}, self.apply({}, np.zeros((0, *shape)), None)[0].shape[1:]

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `convolution.avg_pool`."""
        return convolution.avg_pool(x, self.size, self.stride, self.padding)


@dataclass(frozen=True)
class BatchNorm:
    """Each feature (D,) or channel of (C, H, W) normalized over the batch; in evaluation by running statistics."""

    new_weight: float = 0.1
    eps: float = 1e-5

    def __post_init__(self) -> None:
        checks.number("new_weight", self.new_weight, "(0, 1]")
        checks.number("eps", self.eps, "(0, inf)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """γ = 1 and β = 0 for each channel, and the running mean 0 and variance 1, which are not trained."""
        statistics = {"running_mean": np.zeros(shape[0]), "running_var": np.ones(shape[0])}
        return {"gamma": np.ones(shape[0]), "beta": np.zeros(shape[0]), **statistics}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `normalization.batch_norm`, which moves the running statistics, or `batch_norm_inference`."""
        mean, var = p["running_mean"], p["running_var"]
        if rng is None:
            return normalization.batch_norm_inference(x, p["gamma"], p["beta"], mean, var, self.eps)
        mean[...], var[...] = normalization.running_statistics(x, mean, var, self.new_weight)
        return normalization.batch_norm(x, p["gamma"], p["beta"], self.eps)


@dataclass(frozen=True)
class LayerNorm:
    """Each example normalized over its last axis."""

    eps: float = 1e-5

    def __post_init__(self) -> None:
        checks.number("eps", self.eps, "(0, inf)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """γ = 1 and β = 0 for each feature."""
        return {"gamma": np.ones(shape[-1]), "beta": np.zeros(shape[-1])}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `normalization.layer_norm`."""
        return normalization.layer_norm(x, p["gamma"], p["beta"], self.eps)


@dataclass(frozen=True)
class GroupNorm:
    """Each group of channels of each example normalized; with a group for each channel: instance norm."""

    groups: int
    eps: float = 1e-5

    def __post_init__(self) -> None:
        checks.integer("groups", self.groups, "[1, inf)")
        checks.number("eps", self.eps, "(0, inf)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """γ = 1 and β = 0 for each channel."""
        return {"gamma": np.ones(shape[0]), "beta": np.zeros(shape[0])}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `normalization.group_norm`."""
        return normalization.group_norm(x, p["gamma"], p["beta"], self.groups, self.eps)


@dataclass(frozen=True)
class RMSNorm:
    """Each example divided by its root mean square over the last axis."""

    eps: float = 1e-5

    def __post_init__(self) -> None:
        checks.number("eps", self.eps, "(0, inf)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """γ = 1 for each feature."""
        return {"gamma": np.ones(shape[-1])}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `normalization.rms_norm`."""
        return normalization.rms_norm(x, p["gamma"], self.eps)


@dataclass(frozen=True)
class Dropout:
    """Each number dropped with probability p in training, none in evaluation."""

    p: float = 0.5

    def __post_init__(self) -> None:
        checks.number("p", self.p, "[0, 1)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Nothing to learn, the same shape."""
        return {}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `regularization.dropout`."""
        return regularization.dropout(x, self.p, rng)


@dataclass(frozen=True)
class Embedding:
    """A learnt vector of so many numbers for each of the whole numbers 0..count-1, drawn from N(0, 1)."""

    count: int
    units: int

    def __post_init__(self) -> None:
        checks.integer("count", self.count, "[1, inf)")
        checks.integer("units", self.units, "[1, inf)")

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """The table (count, units)."""
        return {"table": rng.standard_normal((self.count, self.units))}, (*shape, self.units)

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `layers.embedding`; whole numbers have no gradient: dx is empty."""
        y, backward = layers.embedding(x, p["table"])  # type: ignore[arg-type]
        return y, lambda dy: (np.zeros((0, *x.shape[1:])), *backward(dy))
