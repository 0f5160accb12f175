"""Several networks instead of one, and probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from snippets import checks
from snippets.activations import softmax
from snippets.arrays import Array, Labels, as_float
from snippets.network import Params


def average_predictions(predictions: Sequence[Array]) -> Array:
    """p̄ = (Σₘ pₘ) / M: the mean of what M networks predict, a distribution if each is one.

    Shapes: M arrays (N, K) -> (N, K).
    Raises: ValueError for no predictions or different shapes.
    """
    if len(predictions) == 0:
        raise ValueError("predictions must not be empty, got []")
    arrays = [as_float(prediction, "predictions") for prediction in predictions]
    for array in arrays:
        checks.shape("predictions", array, arrays[0].shape)
    return np.mean(arrays, axis=0)  # type: ignore[no-any-return]


def average_weights(networks: Sequence[Params]) -> Params:
    """w̄ = (Σₘ wₘ) / M: one network from M of the same layers that come from one run.

    Running statistics are averaged too; with batch norm they are better measured again.

    Raises: ValueError for no networks or different layers.
    Source: izmailov2018.
    """
    if not networks:
        raise ValueError("networks must not be empty, got []")
    average = networks[0].copy()
    shapes = [{k: a.shape for k, a in net.arrays.items()} for net in networks]
    for found in shapes:
        if found != shapes[0]:
            raise ValueError(f"networks must all hold {shapes[0]}, got {found}")
    for name, array in average.arrays.items():
        array[...] = np.mean([network[name] for network in networks], axis=0)
    return average


def snapshots(run: Iterable[Any], params: Params, every: int) -> list[Params]:
    """Let a run of `training.steps` go on to its end and copy the parameters at times.

    every: the period in steps; with a cosine that restarts, the length of a cycle.

    Raises: ValueError for a period below 1.
    Source: huang2017.
    """
    checks.integer("every", every, "[1, inf)")
    return [params.copy() for t, _ in enumerate(run, start=1) if t % every == 0]


class Reliability(NamedTuple):
    """Per bin: its examples, their mean confidence and accuracy (0 where there are none)."""

    examples: Labels
    confidence: Array
    accuracy: Array


def reliability(p: Array, labels: Labels, bins: int = 10) -> Reliability:
    """Sort predictions into bins (0, 1/bins], … of confidence; count how many are right.

    Shapes: p (N, K) with rows that sum to 1, labels (N,) -> three arrays (bins,).
    Raises: ValueError for an empty batch, rows that do not sum to 1, bad labels or bins.
    Source: guo2017.
    """
    p, bins = as_float(p, "p"), checks.integer("bins", bins, "[1, inf)")
    checks.ndim("p", p, 2)
    checks.not_empty("p", p)
    checks.within("p", p, 0.0, 1.0)
    checks.sums_to_one("p", p)
    checks.labels("labels", labels, *p.shape)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    rows = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    examples = np.bincount(rows, minlength=bins)
    sums = (np.bincount(rows, weights=w, minlength=bins) for w in (confidence, right))
    return Reliability(examples, *(total / np.maximum(examples, 1) for total in sums))


def calibration_error(p: Array, labels: Labels, bins: int = 10) -> float:
    """ECE = Σ n_b/N |a_b - c_b| over the bins of `reliability`: accuracy and confidence.

    Shapes and Raises: as reliability.
    Source: guo2017, eq. 3.
    """
    examples, confidence, accuracy = reliability(p, labels, bins)
    return float((examples * np.abs(accuracy - confidence)).sum() / examples.sum())


def fit_temperature(logits: Array, labels: Labels) -> float:
    """The T for which softmax(z/T) has the smallest cross-entropy: classes stay.

    The loss is convex in β = 1/T; its derivative mean(Σ p z - z_y) is bisected.

    Shapes: logits (N, K), labels (N,) -> a number.
    Raises: ValueError for bad logits or labels, and where no T from 1e-6 to 1e6 is best:
    if every example is right, sharper is always better.
    Source: guo2017, section 4.2.
    """
    logits = as_float(logits, "logits")
    checks.ndim("logits", logits, 2)
    checks.not_empty("logits", logits)
    checks.finite("logits", logits)
    checks.labels("labels", labels, *logits.shape)
    z = logits - logits.max(axis=1, keepdims=True)

    def slope(log_beta: float) -> float:
        p = softmax(np.exp(log_beta) * z)
        return float(((p * z).sum(axis=1) - z[np.arange(len(z)), labels]).mean())

    low, high = -6 * np.log(10.0), 6 * np.log(10.0)
    if not slope(low) < 0.0 < slope(high):
        ends = f"{slope(low):.1e} and {slope(high):.1e}"
        raise ValueError(f"labels must leave a best temperature, got slopes {ends}")
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0.0 else (middle, high)
    return float(np.exp(-(low + high) / 2))
