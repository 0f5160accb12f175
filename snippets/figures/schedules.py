"""The figures of the chapter on schedules."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from snippets.experiments import schedules as experiments
from snippets.figures.palette import (
    BLUE,
    FOREGROUND,
    GREEN,
    GREY,
    MUTED,
    ORANGE,
    PURPLE,
    RED,
    direct_label,
    shades,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.optimizers import SGD, Adam
from snippets.schedules import Constant, RangeTest, Schedule

# The same family has the same colour in every figure of the chapter.
COLORS = {
    "Constant": GREY,
    "StepDecay": BLUE,
    "MultiStep": BLUE,
    "ReduceOnPlateau": BLUE,
    "Exponential": PURPLE,
    "InverseTime": PURPLE,
    "InverseSqrt": PURPLE,
    "Polynomial": GREEN,
    "Cosine": GREEN,
    "Warmup": GREEN,
    "WarmupStableDecay": RED,
    "CosineRestarts": ORANGE,
    "Triangular": ORANGE,
    "Triangular2": ORANGE,
    "ExpRange": ORANGE,
    "OneCycle": RED,
}
DASHED = (0, (4, 3))


def _names(t: Words) -> dict[str, str]:
    """What the schedules are called in the text."""
    return {
        "Constant": t("constant"),
        "StepDecay": t("step decay"),
        "MultiStep": t("milestones"),
        "Exponential": t("exponential"),
        "InverseTime": "1/t",
        "InverseSqrt": "1/√t",
        "Polynomial": t("linear"),
        "Cosine": t("cosine"),
        "CosineRestarts": t("warm restarts"),
        "Warmup": t("warmup, cosine"),
        "Triangular": t("triangular"),
        "Triangular2": "triangular2",
        "ExpRange": "exp_range",
        "OneCycle": t("one cycle"),
        "WarmupStableDecay": t("stable, decay"),
        "ReduceOnPlateau": t("on plateau"),
    }


def no_constant_rate_is_right(t: Words) -> Figure:
    """A small constant rate is slow, a large one stays restless; a large one that falls at the end is neither."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    falling = experiments.planned(1.0)["WarmupStableDecay"]
    for schedule, color in ((Constant(0.125), BLUE), (Constant(1.0), ORANGE), (falling, GREEN)):
        runs = [experiments.on_digits(SGD(), schedule, seed).losses for seed in experiments.SEEDS]
        losses = np.array([experiments.smooth(run, reach=8) for run in runs])
        steps = np.arange(experiments.STEPS)
        ax.fill_between(steps, losses.min(axis=0), losses.max(axis=0), color=color, alpha=0.14, lw=0)
        ax.semilogy(steps, losses.mean(axis=0), color=color, lw=1.8)
    direct_label(ax, 235, 0.43, t("0.125 throughout"), BLUE)
    direct_label(ax, 130, 0.72, t("1 throughout"), ORANGE)
    direct_label(ax, 150, 0.05, t("1, falling at the end"), GREEN)
    ax.set(xlabel=t("step"), ylabel=t("loss"), ylim=(0.025, 3.5), xlim=(0, experiments.STEPS))
    ax.set_yticks([0.1, 1.0], ["0.1", "1"])
    ax.minorticks_off()
    return fig


def all_schedules(t: Words) -> Figure:
    """Sixteen schedules over one run: those that fall, those that come back, those that rise first, and two others."""
    fig, axes = small_multiples(4, 4, height=1.45)
    names = _names(t)
    order = (
        ("StepDecay", "MultiStep", "ReduceOnPlateau", "Exponential"),
        ("InverseTime", "InverseSqrt", "Polynomial", "Cosine"),
        ("CosineRestarts", "Triangular", "Triangular2", "ExpRange"),
        ("Warmup", "WarmupStableDecay", "OneCycle", "range test"),
    )
    for ax, name in zip(axes.flat, [name for row in order for name in row], strict=True):
        if name == "range test":
            test = RangeTest(1e-3, 1.0, experiments.STEPS)
            ax.plot([test(k) for k in range(experiments.STEPS)], color=MUTED)
            ax.set_title(t("range test"), fontsize=11)
        else:
            run = experiments.on_digits(SGD(), experiments.planned(1.0)[name], seed=0)
            ax.plot(run.rates, color=COLORS[name])
            ax.set_title(names[name], fontsize=11)
        ax.set(xlim=(0, experiments.STEPS), ylim=(-0.05, 1.1))
        ax.set_xticks([0, 300], ["0", "300"], fontsize=10)
        ax.set_yticks([0.0, 1.0], ["0", "1"], fontsize=10)
    fig.supxlabel(t("step"), fontsize=12)
    fig.supylabel(t("rate, relative"), fontsize=12)
    return fig


def floors_of_noise(t: Words) -> Figure:
    """A constant rate ends at a floor proportional to it; rates that fall as 1/t follow the lowest line all the way."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    best, steps = experiments.best_rates(), np.arange(1, 401)
    lines: tuple[tuple[Schedule, str], ...] = (
        (Constant(0.5), shades(7)[0]),
        (Constant(0.1), shades(7)[3]),
        (Constant(0.02), shades(7)[6]),
        (best, GREEN),
    )
    for schedule, color in lines:
        ax.loglog(steps, experiments.drawn(schedule, 400)[1:], color=color, lw=1.8)
        ax.loglog(steps, experiments.variances(schedule, 400)[1:], color=FOREGROUND, lw=0.9, ls=DASHED)
    direct_label(ax, 30, 0.62, "0.5", shades(7)[0])
    direct_label(ax, 105, 0.095, "0.1", shades(7)[3])
    direct_label(ax, 40, 38.0, "0.02", shades(7)[6])
    direct_label(ax, 4.0, 0.035, t("falling as 1/t"), GREEN)
    ax.set(xlabel=t("step"), ylabel=t("mean of w²"), ylim=(1.5e-3, 200.0), xlim=(1, 400))
    ax.set_xticks([1, 10, 100], ["1", "10", "100"])
    ax.set_yticks([1e-2, 1e-1, 1.0, 10.0, 100.0])
    ax.minorticks_off()
    return fig


def range_test_on_digits(t: Words) -> Figure:
    """As the rate grows from step to step, the loss falls, turns and leaps: SGD at ten times the rates of Adam."""
    fig, axes = small_multiples(1, 2, height=3.2, share_x=False)
    peaks = experiments.best_peak("Constant"), experiments.best_adam("Constant")
    for ax, rule, peak, color in zip(axes[0], (SGD(), Adam()), peaks, (BLUE, PURPLE), strict=True):
        rates, losses = experiments.range_test(rule)
        for row in losses:
            ax.semilogx(rates, row, color=color, lw=1.1, alpha=0.75)
        ax.axvline(peak, color=FOREGROUND, lw=1.2, ls=DASHED)
        ax.set(xlabel=t("learning rate"), ylim=(0, 4.2), title=type(rule).__name__)
        ax.minorticks_off()
    axes[0, 0].set(ylabel=t("loss"), xlim=(1e-3, 10), xticks=(1e-3, 1e-2, 1e-1, 1.0, 10.0))
    axes[0, 1].set(xlim=(1e-4, 1), xticks=(1e-4, 1e-3, 1e-2, 1e-1, 1.0))
    direct_label(axes[0, 0], peaks[0] * 0.8, 3.9, t("best constant"), FOREGROUND, ha="right", fontsize=11)
    return fig


def warmup_buys_rate(t: Words) -> Figure:
    """At moderate rates a warmup changes little; at large ones it decides, most of all for Adam."""
    fig, axes = small_multiples(1, 2, height=3.2, share_x=False)
    colors = {"Constant": GREY, "Cosine": BLUE, "Warmup": GREEN}
    panels = (
        (experiments.PEAKS, experiments.losses_by_peak, "SGD"),
        (experiments.ADAM_PEAKS, experiments.adam_losses, "Adam"),
    )
    for ax, (peaks, losses, title) in zip(axes[0], panels, strict=True):
        for name in experiments.KINDS:
            seen = losses(name)
            ax.fill_between(peaks, seen.min(axis=1), seen.max(axis=1), color=colors[name], alpha=0.15, lw=0)
            ax.loglog(peaks, np.median(seen, axis=1), "o-", color=colors[name], ms=5)
        ax.set(xlabel=t("highest rate"), title=title, ylim=(0.008, 4.0))
        ax.set_xticks(peaks[::2] if title == "SGD" else peaks)
        ax.set_xticklabels([f"{x:g}" for x in ax.get_xticks()])
        ax.minorticks_off()
    axes[0, 0].set(ylabel=t("training loss"))
    axes[0, 0].set_yticks([0.01, 0.1, 1.0], ["0.01", "0.1", "1"])
    direct_label(axes[0, 1], 0.0105, 0.4, t("constant"), GREY)
    direct_label(axes[0, 1], 0.0105, 0.22, t("cosine"), BLUE)
    direct_label(axes[0, 1], 0.0105, 0.0125, t("with warmup"), GREEN)
    return fig


def batch_and_rate(t: Words) -> Figure:
    """Runs with the same rate per example end alike, until the rate of a large batch meets the limit of stability."""
    fig, axes = small_multiples(1, 2, height=3.3, share_x=False)
    for size, color in zip(experiments.BATCHES, shades(4), strict=True):
        loss = np.median(experiments.batch_losses(size), axis=1)
        axes[0, 0].loglog(experiments.BATCH_RATES, loss, "o-", color=color, ms=4)
        axes[0, 1].loglog(experiments.pace(size), loss, "o-", color=color, ms=4)
    places = ((0.03, 0.09), (2.3, 0.17), (2.3, 0.48), (2.3, 1.05))
    for size, place, color in zip(experiments.BATCHES, places, shades(4), strict=True):
        direct_label(axes[0, 0], *place, f"B = {size}", color, fontsize=11)
    axes[0, 0].set(xlabel=t("learning rate η"), ylabel=t("training loss"), ylim=(0.06, 4.0), xlim=(0.025, 18))
    axes[0, 0].set_xticks([0.1, 1.0], ["0.1", "1"])
    axes[0, 1].set_xticks([0.01, 0.1, 1.0, 10.0], ["0.01", "0.1", "1", "10"])
    axes[0, 1].set(xlabel="32 η / B")
    axes[0, 0].set_yticks([0.1, 1.0], ["0.1", "1"])
    for ax in axes[0]:
        ax.minorticks_off()
    return fig


def schedules_in_time(t: Words) -> Figure:
    """The loss shows the schedule: it drops where the rate drops and rises where the rate comes back."""
    fig, axes = small_multiples(3, 2, height=1.75)
    names = _names(t)
    chosen = ("Constant", "MultiStep", "Cosine", "CosineRestarts", "Triangular", "WarmupStableDecay")
    for ax, name in zip(axes.flat, chosen, strict=True):
        runs = [experiments.on_digits(SGD(), experiments.planned(1.0)[name], seed) for seed in experiments.SEEDS]
        ax.fill_between(range(experiments.STEPS), 0.02, 0.02 * 150 ** runs[0].rates, color=MUTED, alpha=0.14, lw=0)
        for run in runs:
            ax.semilogy(
                range(0, experiments.STEPS, 2),
                experiments.smooth(run.losses)[::2],
                color=COLORS[name],
                lw=1.0,
                alpha=0.75,
            )
        ax.set(title=names[name], ylim=(0.02, 3.0), xlim=(0, experiments.STEPS))
        ax.set_yticks([0.1, 1.0], ["0.1", "1"])
        ax.minorticks_off()
    fig.supxlabel(t("step"), fontsize=12)
    fig.supylabel(t("loss"), fontsize=12)
    return fig


def every_schedule_tuned(t: Words) -> Figure:
    """At its own best rate almost every schedule beats the constant one on new digits; few fit better."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 5.4), sharey=True)
    names = _names(t)
    order = sorted(names, key=experiments.median_loss, reverse=True)
    for y, name in enumerate(order):
        runs, color = experiments.at_best(name), COLORS[name]
        for ax, values in ((left, [r.training_loss for r in runs]), (right, [r.accuracy for r in runs])):
            middle = np.median(values) if ax is left else np.mean(values)
            ax.plot(values, [y] * len(values), "o", color=color, ms=4.5, alpha=0.55, mew=0)
            ax.plot(middle, y, "|", color=color, ms=13, mew=2.2)
    for ax in (left, right):
        ax.margins(x=0.07)
    left.axvline(experiments.median_loss("Constant"), color=GREY, lw=1.0, ls=DASHED)
    right.axvline(experiments.mean_accuracy("Constant"), color=GREY, lw=1.0, ls=DASHED)
    left.set_yticks(range(len(order)), [names[name] for name in order], fontsize=11)
    left.set(xlabel=t("training loss"), xscale="log")
    left.set_xticks([0.04, 0.06, 0.1], ["0.04", "0.06", "0.1"])
    left.minorticks_off()
    right.set(xlabel=t("accuracy, new digits"))
    return fig


def way_and_calm(t: Words) -> Figure:
    """Among schedules that end low the loss falls with the mean rate; the constant one misses that line."""
    fig, ax = plt.subplots(figsize=(6.0, 3.8))
    names = _names(t)
    for name in names:
        ax.semilogy(experiments.mean_rate(name), experiments.median_loss(name), "o", color=COLORS[name], ms=7)
    places = {
        "WarmupStableDecay": (0.79, 0.0365, "right"),
        "ReduceOnPlateau": (0.785, 0.048, "right"),
        "Constant": (0.72, 0.0742, "left"),
        "OneCycle": (0.495, 0.0585, "right"),
        "Triangular": (0.54, 0.0625, "left"),
        "InverseSqrt": (0.545, 0.0815, "left"),
        "Cosine": (0.49, 0.0765, "right"),
        "StepDecay": (0.475, 0.0875, "left"),
        "MultiStep": (0.365, 0.0775, "right"),
        "ExpRange": (0.342, 0.0945, "left"),
        "Exponential": (0.328, 0.1015, "left"),
        "InverseTime": (0.351, 0.117, "left"),
    }
    for name, (x, y, side) in places.items():
        direct_label(ax, x, y, names[name], COLORS[name], ha=side, fontsize=11)
    ax.set(xlabel=t("mean rate over the run"), ylabel=t("training loss"), xlim=(0.25, 0.86), ylim=(0.034, 0.13))
    ax.set_yticks([0.04, 0.06, 0.08, 0.1], ["0.04", "0.06", "0.08", "0.1"])
    ax.minorticks_off()
    return fig


def when_noise_ends(t: Words) -> Figure:
    """On clean digits a constant rate ends lower, the longer the lower; with noisy labels it stays at its floor."""
    fig, axes = small_multiples(1, 2, height=3.2)
    epochs = experiments.LENGTHS
    for ax, wrong in zip(axes[0], (0.0, experiments.WRONG), strict=True):
        for name, color in (("Constant", GREY), ("Cosine", GREEN)):
            losses = experiments.long_runs(name, wrong)[0]
            ax.loglog(epochs, losses, "o", color=color, ms=4.5, alpha=0.6, mew=0)
            ax.loglog(epochs, losses.mean(axis=1), color=color)
        ax.set(xlabel=t("epochs in the run"), ylim=(0.006, 0.4))
        ax.set_xticks(epochs, [str(n) for n in epochs])
        ax.minorticks_off()
    axes[0, 0].set(title=t("clean labels"), ylabel=t("loss above the least"))
    axes[0, 1].set(title=t("20% noisy labels"))
    axes[0, 0].set_yticks([0.01, 0.1], ["0.01", "0.1"])
    axes[0, 0].minorticks_off()
    direct_label(axes[0, 0], 20, 0.09, t("cosine"), GREEN)
    direct_label(axes[0, 0], 11, 0.019, t("constant"), GREY)
    return fig
