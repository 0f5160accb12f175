"""Watching a run: what layers, gradients and steps look like, and detectors of what goes wrong.

The detectors are pure functions of a `training.History` (or of an array): True means that the symptom is there. Their
limits are rules of thumb, chosen so that they stay silent on healthy runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from snippets import checks
from snippets.arrays import Array, as_float, norm
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.network import Activation, Network, Params, forward, is_trained
from snippets.optimizers import Optimizer
from snippets.training import Data, History, Loss, Step, evaluate, steps

FLAT = 0.01  # an activation whose slope is below this share of 1 passes no gradient worth the name


class LayerStatistics(NamedTuple):
    """Of a layer's output: mean, standard deviation, share of flat slopes, share of units flat on all examples."""

    layer: str
    mean: float
    std: float
    flat: float
    dead: float


def layer_outputs(net: Network, params: Params, x: Array) -> list[Array]:
    """What comes out of every layer, in evaluation mode.

    Shapes: x (N, ...) -> one array (N, ...) a layer.
    """
    outputs = []
    for layer, slot in zip(net, params.slots, strict=True):
        x, _ = layer.apply(slot, x, None)
        outputs.append(x)
    return outputs


def flat_units(f_grad: Callable[[Array], Array], z: Array) -> Array:
    """Per unit the share of examples for which |f′(z)| < 0.01: 1 means dead (ReLU) or saturated (sigmoid) on all data.

    Shapes: z (N, ...) before the activation with this derivative -> (...), one share a unit.
    Raises: ValueError for no examples.
    """
    checks.batch("z", z)
    checks.not_empty("z", z)
    return (np.abs(f_grad(z)) < FLAT).mean(axis=0)  # type: ignore[no-any-return]


def layer_statistics(net: Network, params: Params, x: Array) -> list[LayerStatistics]:
    """Mean and spread of every layer's output; for activations, how much is flat.

    Raises: ValueError for no examples.
    """
    checks.not_empty("x", x)
    rows, before = [], x
    for layer, y in zip(net, layer_outputs(net, params, x), strict=True):
        flat: Array = np.zeros(1)
        if isinstance(layer, Activation):
            flat = flat_units(layer.f_grad, before)
        numbers = (y.mean(), y.std(), flat.mean(), (flat == 1).mean())
        rows.append(LayerStatistics(repr(layer), *map(float, numbers)))
        before = y
    return rows


def histogram(values: Array, bins: int = 40) -> tuple[Array, Array]:
    """Shares of the finite values in equal bins from the smallest to the largest, and the edges of the bins.

    Shapes: values (...) -> shares (bins,), edges (bins + 1,).
    Raises: ValueError if nothing is finite or bins < 1.
    """
    values, bins = as_float(values, "values"), checks.integer("bins", bins, "[1, inf)")
    finite = values[np.isfinite(values)]
    checks.not_empty("finite values", finite)
    counts, edges = np.histogram(finite, bins)
    return counts / values.size, edges


def norms(params: Params, flat: Array) -> dict[str, float]:
    """‖·‖ of every trained array's part of a gradient or a step: gradients that vanish or explode show layer by layer.

    Shapes: flat as params.flat -> one number a name.
    """
    named = params.with_flat(flat).arrays
    return {name: norm(a) for name, a in named.items() if is_trained(name.partition(".")[2])}


def update_ratios(params: Params, step: Array) -> dict[str, float]:
    """‖Δw‖ / ‖w‖ of every trained array: 1e-3 or so is healthy; 0 where w is 0.

    Shapes: step as params.flat -> one number a name.
    """
    size = norms(params, params.flat)
    moved = norms(params, step)
    return {name: moved[name] / size[name] if size[name] else 0.0 for name in moved}


def mode_gap(net: Network, params: Params, data: Data, loss: Loss, rng: np.random.Generator) -> float:
    """Loss in training mode over loss in evaluation mode, on the same data: far from 1 a layer is in the wrong mode.

    Raises: TypeError for a generator that is none: without one both would be evaluation.
    """
    checks.generator("rng", rng)
    x, y = data
    training, evaluation = (loss(forward(net, params.copy(), x, mode)[0], y)[0] for mode in (rng, None))
    return training / evaluation


def epoch_correlation(history: History, steps_per_epoch: int) -> float:
    """How alike the losses of neighbouring epochs rise and fall, on average after the first third: 0 is by chance.

    Raises: ValueError for fewer than two steps an epoch or two epochs.
    """
    checks.integer("steps_per_epoch", steps_per_epoch, f"[2, {len(history.loss) // 2}]")
    epochs = len(history.loss) // steps_per_epoch
    losses = np.reshape(history.loss[: epochs * steps_per_epoch], (epochs, steps_per_epoch))[epochs // 3 :]
    if not np.isfinite(losses).all():
        return 0.0
    centred = losses - losses.mean(axis=1, keepdims=True)
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), np.finfo(float).tiny)
    return float((unit[1:] * unit[:-1]).sum(axis=1).mean())


def worst_leap(history: History) -> float:
    """The largest gradient norm over the median of those before; inf if not finite."""
    lengths = np.asarray(history.grad_norm)
    if not np.isfinite(lengths).all():
        return float("inf")
    before = [np.median(lengths[:t]) for t in range(1, len(lengths))]
    ratios = lengths[1:] / np.maximum(before, np.finfo(float).tiny)
    return float(ratios.max(initial=1.0))


def slope_error(net: Network, params: Params, data: Data, loss: Loss, rng: np.random.Generator) -> float:
    """The gradient check of a whole network: backward against central differences along 20 random directions.

    Raises: TypeError unless the parameters are float64 and the generator is one.
    """
    checks.generator("rng", rng)
    x, y = data
    prediction, backward = forward(net, params, x)
    _, g = backward(loss(prediction, y)[1])
    directions = rng.standard_normal((20, g.size)) / np.sqrt(g.size)

    def along(a: Array) -> float:
        moved = params.with_flat(params.flat + a @ directions)
        return loss(forward(net, moved, x)[0], y)[0]

    return relative_error(directions @ g, numeric_gradient(along, np.zeros(20, params.flat.dtype)))


def memory_test(
    net: Network, params: Params, data: Data, loss: Loss, optimizer: Optimizer[Any], rng: np.random.Generator
) -> float:
    """The loss after 300 steps on nothing but the first 20 examples: 0, or something cannot learn."""
    few, learner = (data[0][:20], data[1][:20]), params.copy()
    for _ in steps(net, learner, few, loss, optimizer, epochs=300, batch_size=20, rng=rng):
        pass
    return evaluate(net, learner, few, loss).loss


def company_gap(predict: Callable[[Array], Array], x: Array) -> float:
    """How far an answer moves when the same examples are asked in two halves: 0, or neighbours have a say.

    Raises: ValueError for fewer than two examples.
    """
    checks.batch("x", x)
    if len(x) < 2:
        raise ValueError(f"x must hold two examples or more, got shape {x.shape}")
    half = len(x) // 2
    apart = np.concatenate([predict(x[:half]), predict(x[half:])])
    return float(np.abs(predict(x) - apart).max())


def steepest_rate(rates: Array, losses: Array, window: int = 5) -> float:
    """The rate at which the smoothed loss of a range test falls fastest per factor of e, before its minimum.

    Shapes: rates (T,), positive and rising; losses (T,), may end in infinities or NaN -> a number.
    Raises: ValueError for other shapes or rates, a loss that never falls, a window that is below 1 or longer than half
    of the losses that are finite.
    Source: smith2017, section 3.3, read by the steepest slope.
    """
    checks.ndim("rates", rates, 1)
    checks.shape("losses", losses, rates.shape)
    if not (np.diff(rates, prepend=0.0) > 0.0).all():
        raise ValueError(f"rates must be positive and rise, got {rates}")
    finite = losses[np.isfinite(losses)]
    checks.finite("losses", losses[: len(finite)])
    checks.integer("window", window, f"[1, {len(finite) / 2}]")
    kernel = np.ones(window) / window
    smooth, log_rates = (np.convolve(v, kernel, "valid") for v in (finite, np.log(rates)))
    slopes = np.diff(smooth[: smooth.argmin() + 1]) / np.diff(log_rates)[: smooth.argmin()]
    checks.not_empty("falling losses", slopes)
    return float(np.exp(log_rates[slopes.argmin()]))


# ---------------------------------------------------------------- detectors


def _end(values: list[float]) -> float:
    """The median of the last tenth of a record."""
    return float(np.median(values[-max(1, len(values) // 10) :]))


def diverges(history: History, factor: float = 4.0) -> bool:
    """The loss leaves the numbers or rises above so many times its start: the rate is too high."""
    return not bool((np.asarray(history.loss) <= factor * history.loss[0]).all())


def ascends(history: History, share: float = 0.1) -> bool:
    """The loss ends above its start by this share or more: a sign is wrong, or the rate much too high."""
    return not _end(history.loss) <= (1 + share) * history.loss[0]


def stalls(history: History, share: float = 0.1) -> bool:
    """The loss ends within this share of its start: low rate, dead units, zero weights."""
    return abs(_end(history.loss) - history.loss[0]) < share * history.loss[0]


def barely_moves(history: History, ratio: float = 3e-5) -> bool:
    """The median update ratio is below the limit (1e-3 is usual): the rate is too low or gradients vanish."""
    return bool(np.median(history.update_ratio) < ratio)


def leaps(history: History, ratio: float = 0.1) -> bool:
    """The median update ratio is above the limit: every step replaces a good part of the weights."""
    return bool(np.median(history.update_ratio) > ratio)


def explodes(history: History, factor: float = 100.0) -> bool:
    """Some gradient is not finite, or this many times longer than the median of those before it."""
    return not worst_leap(history) <= factor


def starts_wrong(history: History, classes: int, tolerance: float = 1.0) -> bool:
    """The first loss is not near ln K, that of a classifier without an opinion: weights too large, or a wrong loss.

    Raises: ValueError unless there is a class.
    """
    checks.integer("classes", classes, "[1, inf)")
    return not abs(history.loss[0] - np.log(classes)) <= tolerance


def overfits(history: History, factor: float = 1.2) -> bool:
    """The validation loss ends this much above its minimum while the training loss went on falling."""
    validation, train = ([e.loss for e in record] for record in (history.validation, history.train))
    if not validation:
        return False
    best = int(np.argmin(validation))
    return validation[-1] > factor * validation[best] and train[-1] < train[best]


def repeats(history: History, steps_per_epoch: int, correlation: float = 0.5) -> bool:
    """The losses of one epoch rise and fall like those of the next: the examples are not shuffled.

    Raises: as epoch_correlation.
    """
    return epoch_correlation(history, steps_per_epoch) > correlation


def symmetric(w: Array) -> bool:
    """All units of a layer have the same weights: they started equal and nothing can tell them apart.

    Shapes: w (D, K).
    """
    checks.ndim("w", w, 2)
    return w.shape[1] > 1 and bool((w == w[:, :1]).all())


def breaks_off(history: History) -> bool:
    """The loss had not risen when it stopped being a number: a logarithm of 0 or 0/0, no explosion."""
    return not np.isfinite(history.loss[-1]) and max(history.loss[:-1], default=np.inf) <= 2 * history.loss[0]


def dies(statistics: list[LayerStatistics], share: float = 0.6) -> bool:
    """In some layer this share of the units or more is flat on all examples: no gradient reaches their weights."""
    return max((row.dead for row in statistics), default=0.0) >= share


def saturates(statistics: list[LayerStatistics], share: float = 0.7) -> bool:
    """In some layer this share of all slopes or more is flat. ReLU lives well with a half."""
    return max((row.flat for row in statistics), default=0.0) >= share


def vanishes(lengths: list[float], ratio: float = 0.01) -> bool:
    """Some layer's weights have a gradient this many times shorter than those of the last layer.

    Takes one length a layer, from the first to the last, as `norms` gives them.
    """
    return not min(lengths) >= ratio * lengths[-1]


def lunges(first: Step, factor: float = 1.5) -> bool:
    """The first step moves a weight by more than the learning rate: Adam does not, unless its correction is missing."""
    return not np.abs(first.step).max() <= factor * first.lr


def chance_limit(classes: int, examples: int, errors: float = 4.0) -> float:
    """1/K + 4 √((1/K)(1 - 1/K) / N), the accuracy that guessing does not reach: below it nothing has been learnt.

    Raises: ValueError unless K >= 1 and N >= 1.
    """
    checks.integer("classes", classes, "[1, inf)")
    checks.integer("examples", examples, "[1, inf)")
    chance = 1.0 / classes
    return chance + errors * float(np.sqrt(chance * (1.0 - chance) / examples))
