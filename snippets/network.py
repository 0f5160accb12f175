"""Networks: tuples of layers that hold hyperparameters only; the parameters live in one flat array.

A layer draws the arrays it needs (`build`) and runs on a batch (`apply`). All trained arrays of a network are named
views into one flat array, so an optimizer's rule, clipping and checking gradients are one operation on one array each.
Arrays whose names begin with "running_" are the one exception: they are not trained, a layer moves them itself while it
runs in training mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from snippets import checks, layers
from snippets.arrays import Array, Backward
from snippets.initialization import he_normal

Shape: TypeAlias = tuple[int, ...]
Elementwise: TypeAlias = Callable[[Array], Array]
Initializer: TypeAlias = Callable[[Shape, np.random.Generator], Array]
Named: TypeAlias = Mapping[str, Array]


class Layer(Protocol):
    """What a network needs to know of a layer. Shapes are those of one example, without the batch axis."""

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Draw the arrays, in the order in which `apply` returns their gradients; tell the shape that comes out."""
        ...

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """Run on a batch: y and backward(dy) -> (dx, gradient of each trained array). No rng means evaluation."""
        ...


Network: TypeAlias = tuple[Layer, ...]


@dataclass(frozen=True)
class Dense:
    """y = x w + b with a weight matrix drawn by init and a bias that starts at zero."""

    units: int
    init: Initializer = he_normal

    def __post_init__(self) -> None:
        checks.integer("units", self.units, "[1, inf)")
        checks.function("init", self.init)

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """W (D, units) and b (units,)."""
        if len(shape) != 1:
            raise ValueError(f"shape must be that of a vector, got {shape}: put Flatten() before Dense({self.units})")
        return {"w": self.init((*shape, self.units), rng), "b": np.zeros(self.units)}, (self.units,)

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `layers.dense`."""
        return layers.dense(x, p["w"], p["b"])


@dataclass(frozen=True)
class DenseOnData:
    """A dense layer that stands first: the same y, but no gradient for the data, which nobody asks for in training."""

    layer: Dense

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """As the layer itself."""
        return self.layer.build(shape, rng)

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `layers.dense` without dy wᵀ, a third of its work: dx is empty."""
        y, _ = self.layer.apply(p, x, rng)
        return y, lambda dy: (x[:0], x.T @ dy, dy.sum(axis=0))


@dataclass(frozen=True, repr=False)
class Activation:
    """y = f(x) for an elementwise f and its derivative f′, as in Activation(relu, relu_grad)."""

    f: Elementwise
    f_grad: Elementwise

    def __post_init__(self) -> None:
        checks.function("f", self.f)
        checks.function("f_grad", self.f_grad)

    def __repr__(self) -> str:
        return f"Activation({getattr(self.f, '__name__', self.f)})"

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Nothing to learn, the same shape."""
        return {}, shape

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """f(x), and dx = dy f′(x)."""
        return self.f(x), lambda dy: (dy * self.f_grad(x),)


@dataclass(frozen=True)
class Flatten:
    """Every example as one row: from images to the vectors that a dense layer takes."""

    def build(self, shape: Shape, rng: np.random.Generator) -> tuple[dict[str, Array], Shape]:
        """Nothing to learn, C H W numbers in a row."""
        return {}, (math.prod(shape),)

    def apply(self, p: Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        """The operation `layers.flatten`."""
        return layers.flatten(x)


@dataclass(frozen=True)
class Params:
    """The arrays of a network: `flat` holds all trained numbers, params["0.w"] is a view of those of layer 0's w."""

    flat: Array
    slots: tuple[dict[str, Array], ...]

    @property
    def arrays(self) -> dict[str, Array]:
        """All arrays by name, layer by layer."""
        return {f"{i}.{key}": a for i, slot in enumerate(self.slots) for key, a in slot.items()}

    def __getitem__(self, name: str) -> Array:
        layer, _, key = name.partition(".")
        return self.slots[int(layer)][key]

    def with_flat(self, flat: Array) -> Params:
        """Another flat array under the same names: a gradient, a step, an average. Running statistics are copied."""
        checks.shape("flat", flat, (sum(a.size for slot in self.slots for k, a in slot.items() if is_trained(k)),))
        slots, start = [], 0
        for slot in self.slots:
            views = {}
            for key, a in slot.items():
                size = a.size if is_trained(key) else 0
                views[key] = flat[start : start + size].reshape(a.shape) if size else a.astype(flat.dtype)
                start += size
            slots.append(views)
        return Params(flat, tuple(slots))

    def copy(self) -> Params:
        """The same numbers in arrays of their own."""
        return self.with_flat(self.flat.copy())


def is_trained(name: str) -> bool:
    """Whether gradients move this array: running statistics are moved by their layer instead."""
    return not name.startswith("running_")


def init_params(net: Network, input_shape: Shape, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Params:
    """Draw the parameters of every layer for examples of this shape.

    Raises: ValueError if a layer cannot take what the layer before it returns or examples hold nothing, TypeError for a
    dtype that is no float.
    """
    checks.generator("rng", rng)
    checks.sizes("input_shape", input_shape)
    checks.floating("dtype", np.dtype(dtype))
    slots, shape = [], input_shape
    for layer in net:
        arrays, shape = layer.build(shape, rng)
        slots.append(arrays)
    trained = [a.ravel() for slot in slots for key, a in slot.items() if is_trained(key)]
    flat = np.concatenate([np.zeros(0), *trained]).astype(dtype)
    return Params(flat, tuple(slots)).with_flat(flat)


def forward(
    net: Network, params: Params, x: Array, rng: np.random.Generator | None = None
) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
    """Run the layers one after another; backward(dy) -> (dx, gradient laid out as params.flat).

    Shapes: x (N, ...) -> y (N, ...). No rng means evaluation: nothing is dropped, running statistics are used.
    Raises: ValueError if the parameters are those of another network, TypeError unless x is an array.
    Floats are taken in the dtype of the parameters.
    """
    if len(params.slots) != len(net):
        raise ValueError(f"params must belong to {len(net)} layers, got {len(params.slots)}")
    checks.array("x", x)
    x = x.astype(params.flat.dtype, copy=False) if x.dtype.kind == "f" else x
    tape = []
    for layer, slot in zip(net, params.slots, strict=True):
        x, back = layer.apply(slot, x, rng)
        tape.append(back)

    def backward(dy: Array) -> tuple[Array, Array]:
        parts: list[Array] = []
        for back in reversed(tape):
            dy, *grads = back(dy)
            parts = [g.ravel() for g in grads] + parts
        return dy, np.concatenate(parts) if parts else params.flat[:0]

    return x, backward


def on_data(net: Network) -> Network:
    """The same network, made to be trained: backward(dy) -> (nothing, gradient), where the first layer allows it."""
    return (DenseOnData(net[0]), *net[1:]) if net and isinstance(net[0], Dense) else net
