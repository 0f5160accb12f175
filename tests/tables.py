"""The tables behind test_properties.py: every public name of the package has a row that says what kind of thing it is.

A row lives in tests/rows/<module>.py, in the list ROWS; what the module must refuse stands there in the list REFUSALS.
The kind decides which properties are tested; what is special about a function is in its own tests/test_<module>.py.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from snippets.arrays import Array, Backward

Draw: TypeAlias = Callable[[np.random.Generator], tuple[Any, ...]]
SUMS, SQUARES = 1e306, 1e150  # numbers of which sums of a hundred, or squares, are floats


@dataclass(frozen=True)
class Elementwise:
    """f(x, **options) and its derivative, both of one argument of any shape."""

    f: Callable[..., Array]
    grad: Callable[..., Array]
    options: Mapping[str, Any] = field(default_factory=dict)
    kinks: tuple[float, ...] = ()  # where f has no derivative
    bends: tuple[float, ...] = ()  # where the derivative has none, which blunts a central difference
    low: float = -np.inf  # bounds of f, both may be reached
    high: float = np.inf

    @property
    def subjects(self) -> tuple[Any, ...]:
        return self.f, self.grad


@dataclass(frozen=True)
class Operation:
    """op(*arrays) -> (y, backward), where backward(dy) returns a gradient for each of the arrays that draw returns."""

    op: Callable[..., tuple[Array, Backward]]
    draw: Draw  # float64 arrays, the batch first; keep values apart where the operation has kinks or ties
    call: Callable[..., tuple[Array, Backward]] | None = None  # op with everything that is no such array filled in
    # How many of the arrays have the batch as their first axis; 0: its rows are mixed, None: random numbers are drawn.
    batched: int | None = 1
    label: str = ""
    largest: float = 1e308  # the size of the first array up to which everything is finite

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.op,)

    def run(self, *arrays: Array) -> tuple[Array, Backward]:
        return (self.call or self.op)(*arrays)


@dataclass(frozen=True)
class Loss:
    """loss(prediction, target, **options, reduction) -> (value, gradient)."""

    loss: Callable[..., tuple[float, Array]]
    draw: Draw  # (prediction, target) with at least three examples, away from kinks
    options: Mapping[str, Any] = field(default_factory=dict)
    low: float = 0.0  # a lower bound of the value
    mean_divides_by: str = "examples"  # "examples", "elements", or "other": what turns the sum into the mean
    rows_sum_to_zero: bool = False  # a loss of logits that does not change when a row is shifted
    shift: float = 3.0  # by how much all predictions may be shifted and still be in order
    domain: tuple[float, float] = (-np.inf, np.inf)  # of predictions
    largest: float = 1e308  # the size of predictions up to which the loss of one is a float

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.loss,)

    def run(self, prediction: Array, target: Array, reduction: str = "mean") -> tuple[float, Array]:
        return self.loss(prediction, target, **self.options, reduction=reduction)


@dataclass(frozen=True)
class Penalty:
    """call(w) -> (value, gradient) of what is added to a loss for weights of any shape; penalty is its public name."""

    penalty: Callable[..., tuple[float, Array]]
    call: Callable[[Array], tuple[float, Array]]
    least: float = 0.0  # the number that every weight has where there is nothing to pay
    largest: float = 1e308  # the size of weights up to which everything is finite

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.penalty,)

    def run(self, w: Array) -> tuple[float, Array]:
        return self.call(w)


@dataclass(frozen=True)
class Initializer:
    """f(shape, rng, **options) -> weights of this shape whose standard deviation is std(shape)."""

    f: Callable[..., Array]
    std: Callable[[tuple[int, ...]], float]
    options: Mapping[str, Any] = field(default_factory=dict)
    least_ndim: int = 2
    mean: float = 0.0
    bound: Callable[[tuple[int, ...]], float] = lambda _: np.inf  # no weight is larger

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.f,)

    def run(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return self.f(shape, rng, **self.options)


@dataclass(frozen=True)
class Transform:
    """fit(x) -> a transform with __call__ and inverse, fitted on one split and applied to any other."""

    fit: Callable[..., Callable[[Array], Array]]
    shape: tuple[int, ...] = (40, 5)  # of data that may be put in
    options: Mapping[str, Any] = field(default_factory=dict)
    largest: float = SQUARES  # the size of data up to which everything is finite

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.fit,)

    def run(self, x: Array) -> Callable[[Array], Array]:
        return self.fit(x, **self.options)


@dataclass(frozen=True)
class Augmentation:
    """f(x, rng, **options) -> a changed batch of the same shape and dtype."""

    f: Callable[..., Array]
    shape: tuple[int, ...] = (4, 3, 8, 8)
    options: Mapping[str, Any] = field(default_factory=dict)
    keeps_shape: bool = True
    subjects_too: tuple[Any, ...] = ()

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.f, *self.subjects_too)

    def run(self, x: Array, rng: np.random.Generator) -> Array:
        return self.f(x, rng, **self.options)


@dataclass(frozen=True)
class Optimizer:
    """make(lr=...) -> an object with init(w) -> state and update(g, state, w) -> (step, state)."""

    make: Callable[..., Any]
    zero_gradient_rests: bool = True  # from a fresh state, g = 0 gives the step 0
    label: str = ""
    elementwise: bool = True  # the step of two arrays put together is the two steps put together
    largest: float = SQUARES  # the size of gradients up to which the steps are finite

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (_unwrapped(self.make),)


@dataclass(frozen=True)
class Schedule:
    """f(t, **options) -> the learning rate used at step t = 0, 1, ..., always in [low, high]; f may be an instance."""

    f: Callable[[int], float]  # an object with its settings
    low: float
    high: float
    label: str = ""

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (type(self.f),)

    def run(self, t: int) -> float:
        return self.f(t)


@dataclass(frozen=True)
class Other:
    """No kind of its own: tested by name in tests/test_<module>.py, for the reason given."""

    subject: Any  # a function, a class, or the name of a constant as "module.NAME"
    reason: str

    @property
    def subjects(self) -> tuple[Any, ...]:
        return (self.subject,)


Row: TypeAlias = (
    Elementwise | Operation | Loss | Penalty | Initializer | Transform | Augmentation | Optimizer | Schedule | Other
)


@dataclass(frozen=True)
class Refusal:
    """call() must raise this error with a message that names the argument and shows the value."""

    call: Callable[[], object]
    error: type[Exception]
    argument: str
    value: str
    subject: str = ""


def refusal(
    f: Callable[..., object], error: type[Exception], argument: str, value: str, *args: Any, **kwargs: Any
) -> Refusal:
    """f(*args, **kwargs) must raise error, naming argument and value.

    >>> from snippets.activations import elu
    >>> row = refusal(elu, ValueError, "alpha", "-1.0", np.zeros(2), alpha=-1.0)
    >>> row.subject
    'elu'
    """
    return Refusal(partial(f, *args, **kwargs), error, argument, value, getattr(f, "__qualname__", str(f)))


def name_of(subject: Any) -> str:
    """ "module.name" of a public thing of the package; a string stands for itself."""
    if isinstance(subject, str):
        return subject
    return f"{subject.__module__.removeprefix('snippets.')}.{subject.__qualname__}"


def label_of(row: Row) -> str:
    """What a test is called: the row's name, its options and its label."""
    options = ", ".join(f"{k}={v}" for k, v in getattr(row, "options", {}).items())
    extra = ", ".join(part for part in (options, getattr(row, "label", "")) if part)
    return name_of(row.subjects[0]) + (f"({extra})" if extra else "")


def _unwrapped(f: Any) -> Any:
    """The public thing behind a partial or an instance."""
    if isinstance(f, partial):
        return f.func
    return f if isinstance(f, (type, FunctionType)) else type(f)


def _modules() -> list[Any]:
    files = sorted((Path(__file__).parent / "rows").glob("*.py"))
    return [importlib.import_module(f"tests.rows.{file.stem}") for file in files]


def rows(kind: type[Any] | None = None) -> list[Any]:
    """All rows, or those of one kind."""
    return [row for module in _modules() for row in module.ROWS if kind is None or isinstance(row, kind)]


def refusals() -> list[Refusal]:
    """What the package must refuse."""
    return [row for module in _modules() for row in module.REFUSALS]
