"""Training: minibatches, the epoch loop, a history of the run, evaluation, and parameters on disk."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from snippets import checks
from snippets.arrays import Array, norm
from snippets.network import Network, Params, forward, on_data
from snippets.optimizers import Optimizer

T = TypeVar("T")
Data: TypeAlias = tuple[Array, NDArray[Any]]
Loss: TypeAlias = Callable[[Array, Any], tuple[float, Array]]
Schedule: TypeAlias = Callable[[int], float]
Adjust: TypeAlias = Callable[[Array, Array], Array]
Batches: TypeAlias = Callable[[Data, int, np.random.Generator], Iterator[Data]]


class Step(NamedTuple):
    """What happened in one update: the loss before it, the gradient used, the step taken, its learning rate."""

    loss: float
    g: Array
    step: Array
    lr: float


class Evaluation(NamedTuple):
    """Mean loss of a data set and the share of correct classes (NaN where the targets are not class labels)."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class History:
    """The record of a run: an entry a step; an entry an epoch for whole data sets."""

    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    grad_norm: list[float] = field(default_factory=list)
    update_ratio: list[float] = field(default_factory=list)
    train: list[Evaluation] = field(default_factory=list)
    validation: list[Evaluation] = field(default_factory=list)


def minibatches(data: Data, batch_size: int, rng: np.random.Generator | None) -> Iterator[Data]:
    """One epoch: every example once, in a new random order (no rng: as stored), ⌈N/B⌉ batches, the last may be short.

    Shapes: data (N, ...) and (N, ...) -> batches of (B, ...) and (B, ...).
    Raises: ValueError for an empty data set, different lengths or a batch size below 1.
    """
    x, y = data
    batch_size = checks.integer("batch_size", batch_size, "[1, inf)")
    if rng is not None:
        checks.generator("rng", rng)
    checks.batch("x", x)
    checks.not_empty("x", x)
    checks.batch("y", y)
    checks.shape("y", y, (len(x), *y.shape[1:]))
    order = np.arange(len(x)) if rng is None else rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        rows = order[start : start + batch_size]
        yield x[rows], y[rows]


def steps(
    net: Network,
    params: Params,
    data: Data,
    loss: Loss,
    optimizer: Optimizer[Any],
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    schedule: Schedule | None = None,
    adjust: Adjust | None = None,
    batches: Batches = minibatches,
) -> Iterator[Step]:
    """Train in place, one update a step; who iterates may look at each step, and stop.

    schedule(t) is the learning rate used at step t; adjust(g, w) is what becomes of a
    gradient before the rule sees it (clipping, an L2 term); batches(data, batch_size,
    rng) makes the minibatches of an epoch (augmentation goes there).

    Raises: ValueError for an empty data set, a batch size below 1 and a rate of 0, which
    a schedule shorter than the run may end with; TypeError for a generator, a schedule or
    an adjust that is none.
    """
    checks.integer("epochs", epochs, "[0, inf)")
    checks.generator("rng", rng)
    checks.function_or_none("schedule", schedule)
    checks.function_or_none("adjust", adjust)
    _keep_freed_memory()
    net = on_data(net)
    w, state, t = params.flat, optimizer.init(params.flat), 0
    for _ in range(epochs):
        for x, y in batches(data, batch_size, rng):
            prediction, backward = forward(net, params, x, rng)
            value, dy = loss(prediction, y)
            _, g = backward(dy)
            g = adjust(g, w) if adjust else g
            if schedule:
                optimizer = replace(optimizer, lr=float(schedule(t)))
            step, state = optimizer.update(g, state, w)
            w += step
            t += 1
            yield Step(value, g, step, optimizer.lr)


def train(
    net: Network,
    params: Params,
    data: Data,
    loss: Loss,
    optimizer: Optimizer[Any],
    *,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    validation: Data | None = None,
    schedule: Schedule | None = None,
    adjust: Adjust | None = None,
    batches: Batches = minibatches,
) -> History:
    """Train in place and return the history; after every epoch the training and the validation data are evaluated.

    The settings are those of `steps`. A run ends early at the first loss that is no finite number.

    Raises: ValueError for an empty data set or a batch size below 1.
    """
    checks.integer("epochs", epochs, "[0, inf)")
    batch_size = checks.integer("batch_size", batch_size, "[1, inf)")
    history, per_epoch = History(), -(-len(data[0]) // batch_size)
    run = steps(
        net,
        params,
        data,
        loss,
        optimizer,
        epochs=epochs,
        batch_size=batch_size,
        rng=rng,
        schedule=schedule,
        adjust=adjust,
        batches=batches,
    )
    for t, step in enumerate(progress(run, epochs * per_epoch), start=1):
        history.loss.append(step.loss)
        history.lr.append(step.lr)
        history.grad_norm.append(norm(step.g))
        history.update_ratio.append(_ratio(step.step, params.flat))
        if not np.isfinite(step.loss):
            break
        if t % per_epoch == 0:
            history.train.append(evaluate(net, params, data, loss))
            if validation is not None:
                history.validation.append(evaluate(net, params, validation, loss))
    return history


def _ratio(step: Array, w: Array) -> float:
    """‖Δw‖ / ‖w‖ of the weights after the step, and 0 where both are 0."""
    return norm(step) / max(norm(w), np.finfo(float).tiny)


def _keep_freed_memory() -> None:
    """Make glibc reuse the memory of freed arrays up to 32 MB, as it does by itself once such a block has been freed.

    Otherwise each temporary above 128 kB is mapped afresh, page by page, which costs more than the arithmetic.
    Where a `MALLOC_` variable sets glibc's limits, they stay as they are set.
    """
    np.empty(2**25 - 2**16, np.uint8)


def accuracy(logits: Array, labels: NDArray[Any]) -> float:
    """The share of rows whose largest entry stands at the label.

    Shapes: logits (N, K), labels (N,) -> a number.
    Raises: ValueError for an empty batch or labels out of range, TypeError for labels that are not integers.
    """
    checks.ndim("logits", logits, 2)
    checks.not_empty("logits", logits)
    checks.labels("labels", labels, *logits.shape)
    return float((logits.argmax(axis=1) == labels).mean())


def predict(net: Network, params: Params, x: Array, batch_size: int = 1024) -> Array:
    """The outputs of the network in evaluation mode, batch after batch.

    Shapes: x (N, ...) -> y (N, ...).
    Raises: ValueError for no examples or a batch size below 1.
    """
    checks.batch("x", x)
    checks.not_empty("x", x)
    batch_size = checks.integer("batch_size", batch_size, "[1, inf)")
    return np.concatenate([forward(net, params, x[i : i + batch_size])[0] for i in range(0, len(x), batch_size)])


def evaluate(net: Network, params: Params, data: Data, loss: Loss) -> Evaluation:
    """Loss and accuracy on a whole data set in evaluation mode."""
    x, y = data
    checks.batch("y", y)
    prediction = predict(net, params, x)
    classes = y.ndim == 1 and y.dtype.kind in "iu"
    share = accuracy(prediction, y) if classes else float("nan")
    return Evaluation(loss(prediction, y)[0], share)


def save(path: str | os.PathLike[str], params: Params) -> None:
    """Write the parameters as .npz: a finished file is moved into place, or nothing."""
    target = Path(path)
    partial = target.with_name(f"{target.name}.part")
    try:
        with partial.open("wb") as file:
            np.savez(file, **params.arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], params: Params) -> Params:
    """Read saved parameters of the same layers; params says what must be in the file.

    Raises: ValueError if the file holds other names or shapes.
    """
    loaded = params.copy()
    with np.load(Path(path), allow_pickle=False) as file:
        if sorted(file.files) != sorted(params.arrays):
            expected = sorted(params.arrays)
            raise ValueError(f"{path} must hold {expected}, got {sorted(file.files)}")
        for name, array in loaded.arrays.items():
            checks.shape(name, file[name], array.shape)
            array[...] = file[name]
    return loaded


def progress(items: Iterable[T], total: int, stream: TextIO | None = None) -> Iterator[T]:
    """Pass the items through and draw a bar when a terminal is there and the run has lasted a second."""
    out = stream or sys.stderr
    started = shown = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if out.isatty() and (now - shown > 0.2 or done == total) and now - started > 1.0:
            shown = now
            out.write(
                f"\r{'█' * (30 * done // total):30} {done}/{total} steps, {now - started:.0f} s"
                + "\n" * (done == total)
            )
            out.flush()
