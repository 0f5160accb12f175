"""The figures of the chapter on watching a run: six about healthy runs, and one of each failure."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.experiments import training as runs
from snippets.experiments.training import CASES, SEEDS, Run
from snippets.figures.palette import BAD, BLUE, GOOD, GREY, MUTED, ORANGE, PURPLE, direct_label, shades
from snippets.figures.words import Words

# The same thing has the same colour in every figure of the chapter.
TRAIN, VALIDATION = BLUE, ORANGE
DASHED = (0, (4, 3))


def _smooth(values: Array, reach: int = 4) -> Array:
    """Means over a window of 2 · reach + 1 steps, as far as the values are numbers."""
    values = values[np.isfinite(values)]
    return np.array([values[max(0, k - reach) : k + reach + 1].mean() for k in range(len(values))])


def _steps(r: Run) -> tuple[Array, Array]:
    """Steps and smoothed training loss."""
    loss = _smooth(np.array(r.history.loss))
    return np.arange(1.0, len(loss) + 1), loss


def _validation(r: Run) -> tuple[Array, Array]:
    """Steps and validation loss after every epoch, the network asked as the run asks it."""
    losses = runs.validation_curve(r)
    return runs.per_epoch(r) * np.arange(1.0, len(losses) + 1), losses


def _log_ticks(ax: Axes, low: float, high: float) -> None:
    """Powers of ten, written as decimals where that is short."""
    powers = range(int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9)) + 1)
    shown = [p for p in powers if (p - powers[0]) % max(1, len(powers) // 3) == 0]
    ax.set_yscale("log")
    ax.set_ylim(low, high)
    ax.set_yticks([10.0**p for p in shown], [f"{10.0**p:g}" if -4 < p < 4 else f"$10^{{{p}}}$" for p in shown])
    ax.minorticks_off()


def _case(
    t: Words,
    name: str,
    curve: Callable[[Run], tuple[Array, Array]],
    losses: tuple[float, float],
    number: str,
    limits: tuple[float, float],
    log: bool = True,
) -> Figure:
    """Left the losses of broken and cured runs, right the number that the alarm looks at, with its limit."""
    case, alarm = CASES[name], runs.ALARMS[CASES[name].alarm]
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 2.5), width_ratios=(2.3, 1))
    for setup, color in ((case.cured, GOOD), (case.broken, BAD)):
        for seed in SEEDS:
            r = runs.run(setup, seed)
            x, y = curve(r)
            left.plot(x, np.clip(y, losses[0] / 10, losses[1] * 10), color=color, lw=1.5, alpha=0.75)
            if not np.isfinite(r.history.loss[-1]):
                left.plot(x[-1], min(max(y[-1], losses[0]), losses[1]), "x", color=color, ms=9, mew=2.4, clip_on=False)
    _log_ticks(left, *losses)
    left.set(xlabel=t("step"), ylabel=t("validation loss") if curve is _validation else t("training loss"))
    left.set_xlim(0, max(len(runs.run(s, 0).history.loss) for s in (case.broken, case.cured)))
    for k, (values, color) in enumerate(zip(runs.numbers(name), (BAD, GOOD), strict=True)):
        shown = np.clip(values, *limits)
        right.plot(k + 0.12 * np.arange(-1, 2), shown, "o", color=color, ms=7, alpha=0.75, mew=0, clip_on=False)
    if log:
        _log_ticks(right, *limits)
    else:
        right.set_ylim(*limits)
    right.axhline(alarm.limit, color=MUTED, lw=1.2, ls=DASHED, zorder=1)
    right.set(xlim=(-0.6, 1.6))
    right.set_xticks([0, 1], [t("broken"), t("cured")])
    for label, color in zip(right.get_xticklabels(), (BAD, GOOD), strict=True):
        label.set_color(color)
    right.set_title(number, fontsize=11, loc="right")
    return fig


# Watching


def one_curve_six_causes(t: Words) -> Figure:
    """Six different failures have the same loss curve; the healthy run falls."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    for name, color in zip(runs.FLAT, (BLUE, ORANGE, PURPLE, BAD, GREY, MUTED), strict=True):
        x, y = _steps(runs.run(CASES[name].broken, 0))
        ax.plot(x, np.clip(y, None, 30.0), color=color, lw=1.8)
    ax.plot(*_steps(runs.run(runs.HEALTHY, 0)), color=GOOD, lw=2.2)
    ax.axhline(np.log(10), color=MUTED, lw=1.0, ls=DASHED, zorder=1)
    direct_label(ax, 102, 0.33, t("healthy"), GOOD)
    direct_label(ax, 53, 4.6, t("six causes, one level: ln 10"), MUTED)
    _log_ticks(ax, 0.08, 12.0)
    ax.set(xlabel=t("step"), ylabel=t("training loss"), xlim=(0, 204))
    return fig


def gap_between_two_curves(t: Words) -> Figure:
    """With 60 digits the validation loss turns while the training loss falls on; with 1,079 both fall."""
    fig, axes = plt.subplots(1, 2, figsize=(6.0, 3.1), sharey=True)
    panels = (
        (CASES["overfitting"].broken, t("60 training digits")),
        (CASES["overfitting"].cured, t("1,079 training digits")),
    )
    for ax, (setup, title) in zip(axes, panels, strict=True):
        for seed in SEEDS:
            h = runs.run(setup, seed).history
            for record, color in ((h.train, TRAIN), (h.validation, VALIDATION)):
                ax.plot(np.arange(1, len(record) + 1), [e.loss for e in record], color=color, lw=1.5, alpha=0.8)
        ax.set(xlabel=t("epoch"), title=title, xlim=(0, setup.epochs), xticks=[0, setup.epochs // 2, setup.epochs])
    _log_ticks(axes[0], 1e-5, 3.0)
    axes[0].set_ylabel(t("loss"))
    direct_label(axes[0], 70, 1.6, t("validation"), VALIDATION)
    direct_label(axes[0], 95, 1.2e-3, t("training"), TRAIN)
    return fig


def ratios_of_steps_to_weights(t: Words) -> Figure:
    """The ratio of step to weights tells the order of magnitude: good runs lie around 0.01."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.2))
    ratio = np.array([[np.median(r.history.update_ratio) for r in runs.at_rate(lr)] for lr in runs.RATES])
    right.plot(
        ratio,
        [[100 * runs.validation_accuracy(r) for r in runs.at_rate(lr)] for lr in runs.RATES],
        "o",
        color=BLUE,
        ms=4.5,
        alpha=0.6,
        mew=0,
    )
    right.axvspan(1e-3, 1e-2, color=GOOD, alpha=0.15, lw=0)
    right.set(xscale="log", xlabel=t("step / weights"), ylabel=t("accuracy, %"), ylim=(0, 100), xlim=(3e-6, 0.1))
    right.set_xticks([1e-5, 1e-3, 1e-1], ["$10^{-5}$", "$10^{-3}$", "0.1"])
    for name, color in zip(("0.w", "2.w", "4.w"), shades(3), strict=True):
        y = _smooth(runs.layer_ratios(runs.HEALTHY)[name])
        left.plot(np.arange(len(y)) / 17, y, color=color)
        direct_label(
            left,
            12.2,
            y[-1] * {"0.w": 1.0, "2.w": 0.8, "4.w": 1.15}[name],
            {"0.w": "1", "2.w": "2", "4.w": "3"}[name],
            color,
        )
    _log_ticks(left, 1e-3, 0.1)
    left.set(xlabel=t("epoch"), ylabel=t("step / weights"), xlim=(0, 12))
    left.set_title(t("three layers, SGD 0.2"), fontsize=11)
    right.set_title(t("runs at 14 rates"), fontsize=11)
    right.minorticks_off()
    return fig


def histograms_of_three_networks(t: Words) -> Figure:
    """A healthy ReLU layer is zero for half of its outputs; a saturated sigmoid piles up at 0 and 1."""
    fig, axes = plt.subplots(1, 3, figsize=(6.0, 2.7))
    panels = (
        (runs.HEALTHY, 0, t("ReLU, healthy"), GOOD),
        (CASES["saturated_sigmoid"].cured, 0, t("sigmoid, healthy"), GOOD),
        (CASES["saturated_sigmoid"].broken, 0, t("saturated"), BAD),
    )
    for ax, (setup, when, title, color) in zip(axes, panels, strict=True):
        shares, edges = runs.layer_histograms(setup, when)[0]
        ax.bar(edges[:-1], 100 * shares, np.diff(edges), align="edge", color=color, alpha=0.75)
        ax.set_title(title, fontsize=11)
        ax.set(ylim=(0, 60))
    axes[0].set_ylabel(t("share, %"))
    axes[1].set_xlabel(t("output of the first hidden layer"))
    return fig


def gradients_by_layer(t: Words) -> Figure:
    """In five sigmoid layers gradients shrink by a factor of five a layer towards the input; with ReLU they do not."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    case = CASES["vanishing_gradients"]
    for setup, color, shift in ((case.broken, BAD, -0.14), (case.cured, GOOD, 0.14)):
        sizes = [g[g > 0] for g in runs.gradient_sizes(setup)]
        for k, g in enumerate(sizes, start=1):
            low, middle, high = np.percentile(g, [10, 50, 90])
            ax.plot([k + shift] * 2, [low, high], color=color, lw=7, alpha=0.35, solid_capstyle="butt")
            ax.plot(k + shift, middle, "o", color=color, ms=6)
    direct_label(ax, 2.35, 2e-5, t("sigmoid"), BAD)
    direct_label(ax, 0.62, 2.2e-2, "ReLU", GOOD)
    _log_ticks(ax, 1e-6, 0.1)
    ax.set(xlabel=t("layer"), ylabel=t("|gradient| of a weight"), xticks=range(1, 7))
    return fig


def memory_of_twenty(t: Words) -> Figure:
    """Twenty examples are learnt by heart within 50 steps, even with wrong labels; with softmax twice they are not."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    broken = CASES["softmax_twice"].broken, CASES["labels_out_of_step"].broken
    for setup, color in zip((runs.HEALTHY, *broken), (GOOD, BAD, ORANGE), strict=True):
        ax.plot(runs.memory_curve(setup), color=color)
    ax.axhline(0.01, color=MUTED, lw=1.2, ls=DASHED, zorder=1)
    direct_label(ax, 120, 0.7, t("softmax twice"), BAD)
    direct_label(ax, 95, 5e-4, t("wrong labels"), ORANGE)
    direct_label(ax, 12, 6e-6, t("healthy"), GOOD)
    _log_ticks(ax, 3e-6, 5.0)
    ax.set(xlabel=t("step"), ylabel=t("loss of 20 examples"), xlim=(0, 300))
    return fig


def who_raises_which_alarm(t: Words) -> Figure:
    """Each failure raises its own alarm with every seed, and most raise others too."""
    fig, ax = plt.subplots(figsize=(6.0, 6.4))
    titles = {
        "rate_too_high": t("rate too high"),
        "rate_too_low": t("rate too low"),
        "weights_too_large": t("weights too large"),
        "zero_weights": t("zero weights"),
        "dead_relu": t("dead ReLU"),
        "saturated_sigmoid": t("saturated sigmoid"),
        "vanishing_gradients": t("vanishing gradients"),
        "exploding_gradients": t("exploding gradients"),
        "wrong_sign": t("gradient with the wrong sign"),
        "softmax_twice": t("softmax twice"),
        "unstable_log": t("unstable logarithm"),
        "missing_correction": t("missing correction"),
        "no_shuffling": t("no shuffling"),
        "labels_out_of_step": t("labels out of step"),
        "overfitting": t("overfitting"),
        "leaked_statistics": t("leaked statistics"),
        "wrong_mode": t("wrong mode"),
        "stale_statistics": t("stale statistics"),
    }
    names = list(runs.ALARMS)
    for row, (name, counts) in enumerate(runs.verdicts().items()):
        for column, alarm in enumerate(names):
            own = alarm == CASES[name].alarm
            if counts[alarm]:
                ax.plot(
                    column,
                    row,
                    "o",
                    ms=10 if own else 6.5,
                    color=BAD if own else GREY,
                    alpha=1 if own or counts[alarm] == len(SEEDS) else 0.4,
                    mew=0,
                )
    ax.set_yticks(range(len(titles)), [titles[name] for name in CASES], fontsize=10)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=9.5)
    ax.xaxis.tick_top()
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(len(titles) - 0.4, -0.6))
    ax.tick_params(length=0)
    return fig


def rounding_up_to_one(t: Words) -> Figure:
    """In float32 the naive loss of a wrong answer frays from a logit of 14 on and is infinite at 17."""
    fig, ax = plt.subplots(figsize=(6.0, 2.9))
    z = np.linspace(10.0, 20.0, 401)
    naive, stable = runs.rounded_losses(z)
    ax.plot(z, stable, color=GOOD, lw=2.4)
    ax.plot(z[np.isfinite(naive)], naive[np.isfinite(naive)], color=BAD, lw=1.6)
    edge = z[np.isfinite(naive)][-1]
    ax.plot(edge, naive[np.isfinite(naive)][-1], "x", color=BAD, ms=10, mew=2.4)
    direct_label(ax, 16.2, 14.0, t("from here on infinite"), BAD)
    direct_label(ax, 10.3, 13.9, t("from the logit"), GOOD)
    ax.set(xlabel=t("logit of the wrong class"), ylabel=t("loss"), xlim=(10, 20), ylim=(9.5, 20.5))
    return fig


# The atlas


def atlas_rate_too_high(t: Words) -> Figure:
    """At a rate of 5 the loss leaps to hundreds of times its start, and comes to rest where all units are dead."""
    return _case(t, "rate_too_high", _steps, (0.05, 1000.0), t("largest / first loss"), (0.5, 1000.0))


def atlas_rate_too_low(t: Words) -> Figure:
    """At a rate of 0.0001 the loss hardly moves: a step is a hundred-thousandth of the weights."""
    return _case(t, "rate_too_low", _steps, (0.05, 10.0), t("step / weights"), (1e-6, 0.1))


def atlas_weights_too_large(t: Words) -> Figure:
    """Weights three times too large start with a loss of ten and more, and most of the run goes into undoing them."""
    return _case(t, "weights_too_large", _steps, (0.03, 100.0), t("|loss − ln 10|"), (0.1, 100.0))


def atlas_zero_weights(t: Words) -> Figure:
    """All weights zero: the loss stays at ln 10, and 64 units remain one."""
    return _case(t, "zero_weights", _steps, (0.05, 10.0), t("different units"), (0.5, 100.0))


def atlas_dead_relu(t: Words) -> Figure:
    """Pixels up to 16 instead of 1: one leap, and every unit of a layer is dead."""
    return _case(t, "dead_relu", _steps, (0.05, 1000.0), t("dead units"), (0.0, 1.05), log=False)


def atlas_saturated_sigmoid(t: Words) -> Figure:
    """Sigmoids with weights three times too large learn, slowly, through slopes of which most are flat."""
    return _case(t, "saturated_sigmoid", _steps, (0.05, 100.0), t("flat slopes"), (0.0, 1.05), log=False)


def atlas_vanishing_gradients(t: Words) -> Figure:
    """Five layers of sigmoids: the first layer's gradient is a thousandth of the last one's, and nothing is learnt."""
    return _case(t, "vanishing_gradients", _steps, (0.1, 10.0), t("first / last layer"), (1e-4, 3.0))


def atlas_exploding_gradients(t: Words) -> Figure:
    """Ten layers with weights 1.5 times too large leave the numbers within four steps; clipped, they learn."""
    return _case(t, "exploding_gradients", _steps, (0.3, 1000.0), t("longest gradient"), (0.5, 1e4))


def atlas_wrong_sign(t: Words) -> Figure:
    """With y − p for p − y the loss climbs out of the numbers within an epoch; the gradient check reads 2."""
    return _case(t, "wrong_sign", _steps, (0.05, 1e6), t("gradient check"), (1e-10, 10.0))


def atlas_softmax_twice(t: Words) -> Figure:
    """Softmax applied twice: the loss falls, but never below ln(1 + 9/e), not even on twenty examples."""
    return _case(t, "softmax_twice", _steps, (0.05, 5.0), t("20 examples"), (1e-6, 10.0))


def atlas_unstable_log(t: Words) -> Figure:
    """On separable data the naive cross-entropy falls like the stable one until it is no number any more."""
    return _case(t, "unstable_log", _steps, (1e-5, 2.0), t("finite losses"), (0.0, 1.05), log=False)


def atlas_missing_correction(t: Words) -> Figure:
    """Adam without its correction begins with a step of 3.16 learning rates and loses most of its units."""
    return _case(t, "missing_correction", _steps, (0.003, 20.0), t("first step / rate"), (0.0, 4.0), log=False)


def atlas_no_shuffling(t: Words) -> Figure:
    """Sorted by class, the loss climbs at every new class, in every epoch alike."""
    return _case(t, "no_shuffling", _validation, (0.1, 10.0), t("epochs alike"), (-0.3, 1.05), log=False)


def atlas_labels_out_of_step(t: Words) -> Figure:
    """Images shuffled without their labels: validation stays at guessing while the training loss creeps down."""
    return _case(t, "labels_out_of_step", _validation, (0.1, 10.0), t("accuracy / limit"), (0.1, 10.0))


def atlas_overfitting(t: Words) -> Figure:
    """The validation loss of a network with 60 digits ends 1.4 times above its lowest point."""
    return _case(t, "overfitting", _validation, (0.05, 3.0), t("last / lowest loss"), (0.9, 1.6), log=False)


def atlas_leaked_statistics(t: Words) -> Figure:
    """Columns chosen on all rows predict a coin; chosen on the training rows they do not."""
    return _case(t, "leaked_statistics", _validation, (0.1, 10.0), t("accuracy / limit"), (0.5, 1.5), log=False)


def atlas_wrong_mode(t: Words) -> Figure:
    """Asked in training mode the network's answers depend on who else is in the batch."""
    return _case(t, "wrong_mode", _validation, (0.05, 10.0), t("change of answers"), (1e-8, 10.0))


def atlas_stale_statistics(t: Words) -> Figure:
    """Running statistics that move by a thousandth a step lag behind: evaluation is much worse than training."""
    return _case(t, "stale_statistics", _validation, (0.05, 3.0), t("evaluation / training"), (0.5, 100.0))
