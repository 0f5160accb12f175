"""Transfer: take layers over from a trained network, and decide how far each of them may move."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from snippets import checks
from snippets.arrays import Array, as_float
from snippets.network import Params
from snippets.optimizers import Optimizer


def transplant(source: Params, target: Params, layers: Collection[int]) -> Params:
    """A copy of target that has the arrays of source in these layers.

    Running statistics come along. Neither of the two is changed.
    Raises: ValueError if an array of such a layer has another name or shape.
    """
    result = target.copy()
    for layer in _layers(layers, target):
        taken = source.slots[layer] if layer < len(source.slots) else {}
        wanted = result.slots[layer]
        if taken.keys() != wanted.keys():
            raise ValueError(f"source[{layer}] must have {[*wanted]}, got {[*taken]}")
        for key, array in wanted.items():
            checks.shape(f"source[{layer}.{key}]", taken[key], array.shape)
            array[...] = taken[key]
    return result


def frozen(params: Params, layers: Collection[int]) -> Array:
    """s: 0 for each number of these layers, 1 for all others.

    Shapes: -> as params.flat.
    Raises: ValueError for a layer that is not there.
    """
    mask = params.with_flat(np.ones_like(params.flat))
    for layer in _layers(layers, params):
        for array in mask.slots[layer].values():
            array[...] = 0.0
    return mask.flat


def layerwise(params: Params, decay: float) -> Array:
    """ξ^(L-l) for each number of the l-th of L layers with weights: 1 for the last.

    Shapes: -> as params.flat.
    Raises: ValueError unless ξ > 0.
    Source: howard2018, section 3.2, where 1/ξ is 2.6.
    """
    checks.number("decay", decay, "(0, inf)")
    share = params.with_flat(np.ones_like(params.flat))
    with_weights = [slot for slot in share.slots if slot]
    for above, slot in enumerate(reversed(with_weights)):
        for array in slot.values():
            array[...] = decay**above
    return share.flat


@dataclass(frozen=True)
class Scaled:
    """w ← w + s Δw: the step of any rule, times a share s for each number of w.

    A share of 0 freezes, whatever the rule does, decay and old momentum included.
    To scale the gradient instead would do nothing to Adam, which divides it out again.
    Shapes: share as w.
    Raises: ValueError for a share that is negative or not finite, or of another shape.
    """

    rule: Callable[[float], Optimizer[Any]]
    share: Array
    lr: float = 1e-3

    def __post_init__(self) -> None:
        checks.function("rule", self.rule)
        share = as_float(self.share, "share")
        checks.within("share", share, 0.0, np.finfo(float).max)
        checks.number("lr", self.lr, "(0, inf)")

    def init(self, w: Array) -> Any:
        """The state of the rule."""
        checks.shape("share", self.share, w.shape)
        return self.rule(self.lr).init(w)

    def update(self, g: Array, s: Any, w: Array) -> tuple[Array, Any]:
        """The step of the rule, scaled."""
        step, s = self.rule(self.lr).update(g, s, w)
        return self.share * step, s


def l2_sp(w: Array, start: Array, strength: float) -> tuple[float, Array]:
    """½ α Σ (w - u)², whose gradient α (w - u) pulls towards the start u, not to 0.

    Shapes: w, start (...) -> a number, gradient (...).
    Raises: ValueError for another shape or unless α >= 0.
    Source: li2018. For layers that were taken over; a new head gets plain L2.
    """
    w, start = as_float(w, "w"), as_float(start, "start")
    checks.shape("start", start, w.shape)
    strength, moved = checks.number("strength", strength, "[0, inf)"), w - start
    return 0.5 * strength * float((moved**2).sum()), strength * moved


def _layers(layers: Collection[int], params: Params) -> list[int]:
    """These layers, if each is one of the network."""
    return [checks.integer("layers", layer, f"[0, {len(params.slots) - 1}]") for layer in layers]
