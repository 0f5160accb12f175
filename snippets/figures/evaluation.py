"""The figures of the chapter on evaluation: ensembles, averages, calibration."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.experiments import evaluation as runs
from snippets.figures.palette import (
    BAD,
    BLUE,
    FOREGROUND,
    GOOD,
    GREEN,
    GREY,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    SEQUENTIAL,
    direct_label,
)
from snippets.figures.words import Words

# The same thing has the same colour in every figure of the chapter.
ONE, FIVE, WEIGHTS = BLUE, GREEN, ORANGE
DASHED = (0, (4, 3))


def five_beat_each_of_five(t: Words) -> Figure:
    """On six training sets five networks together are better than their mean, on five of them than their best."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    labels = runs.data()[2][1]
    for k in runs.SETS:
        alone = [100 * runs.score(runs.on_test(k, m), labels).accuracy for m in runs.SEEDS]
        ax.plot(np.full(len(alone), k + 1.0), alone, "o", color=ONE, ms=6, alpha=0.6, mew=0)
        ax.plot(k + 1.0, 100 * runs.committee(k, tuple(runs.SEEDS)).accuracy, "D", color=FIVE, ms=8)
    direct_label(ax, 4.2, 96.1, t("five networks together"), FIVE, ha="center")
    direct_label(ax, 0.75, 89.4, t("each of the five alone"), ONE)
    ax.set(xlabel=t("training set of 150 digits"), ylabel=t("test accuracy, %"), xlim=(0.5, 6.5), ylim=(88.5, 97.0))
    ax.set_xticks(range(1, 7))
    return fig


def floor_under_members(t: Words) -> Figure:
    """Variance falls to ρσ² and no further: what all members share, their training data, cannot be averaged away."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.2))
    counts, (variance, rho) = np.array(runs.COUNTS), runs.pair_statistics()
    fine = np.linspace(1, 10, 100)
    left.plot(fine, rho + (1 - rho) / fine, color=MUTED, lw=1.4)
    left.plot(counts, runs.variance_of_means() / variance, "o", color=FIVE, ms=6.5)
    left.axhline(rho, color=MUTED, lw=1.2, ls=DASHED)
    direct_label(left, 10.0, rho - 0.06, "ρσ²", MUTED, ha="right")
    direct_label(left, 2.7, 0.78, t("measured"), FIVE)
    left.set(title=t("variance, in units of σ²"), xlabel=t("members"), ylim=(0.3, 1.08), xticks=(1, 2, 4, 6, 8, 10))
    losses = runs.scores_of_groups()[:, :, 1]
    right.plot(counts, losses, color=ONE, lw=0.9, alpha=0.45)
    right.plot(counts, losses.mean(axis=1), "o-", color=FIVE, ms=6.0)
    direct_label(right, 3.4, 0.4, t("a line: one set"), ONE, fontsize=10.5)
    right.set(title=t("test loss"), xlabel=t("members"), ylim=(0, 0.5), xticks=(1, 2, 4, 6, 8, 10))
    return fig


def ensemble_forgives_the_rate(t: Words) -> Figure:
    """At no rate is one network as good as five, and five at a rate far too large beat one at its best."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    for name, color in (("one", ONE), ("five", FIVE)):
        scores = 100 * runs.by_rate()[name][:, :, 0]
        ax.plot(runs.RATES, scores, "o", color=color, ms=4.5, alpha=0.5, mew=0)
        ax.plot(runs.RATES, scores.mean(axis=1), color=color)
    direct_label(ax, 0.0135, 95.3, t("five networks"), FIVE)
    direct_label(ax, 0.014, 89.0, t("one network"), ONE)
    ax.set(xscale="log", xlabel=t("learning rate"), ylabel=t("test accuracy, %"), ylim=(86.5, 96.5))
    ax.set_xticks(runs.RATES, [f"{rate:g}" for rate in runs.RATES])
    ax.minorticks_off()
    return fig


def weights_between_two(t: Words) -> Figure:
    """Between the weights of two seeds there is a valley of wrong answers; within one run there is none."""
    fig, axes = plt.subplots(1, 2, figsize=(6.2, 3.3), sharey=True)
    groups = (
        (("two seeds", BAD), ("its own units in another order", PURPLE)),
        (("one run", WEIGHTS), ("same start", GOOD)),
    )
    for ax, names in zip(axes, groups, strict=True):
        for name, color in names:
            path = 100 * runs.paths()[name]
            ax.plot(runs.SHARES, path.T, color=color, lw=0.8, alpha=0.35)
            ax.plot(runs.SHARES, path.mean(axis=0), color=color, lw=2.4)
        ax.axhline(10.0, color=MUTED, lw=1.0, ls=DASHED)
        ax.set(ylim=(0, 102), xlim=(0, 1), xticks=(0, 0.5, 1))
    direct_label(axes[0], 0.5, 23.0, t("two seeds"), BAD, ha="center", fontsize=10.5)
    direct_label(axes[0], 0.5, 96.5, t("units reordered"), PURPLE, ha="center", fontsize=10.5)
    direct_label(axes[1], 0.03, 78.0, t("one run, half-way to end"), WEIGHTS, fontsize=10.5)
    direct_label(axes[1], 0.03, 67.0, t("same start, other order"), GOOD, fontsize=10.5)
    direct_label(axes[1], 0.97, 14.5, t("guessing"), MUTED, ha="right", fontsize=10.5)
    axes[0].set_ylabel(t("test accuracy, %"))
    for ax in axes:
        ax.set_xlabel(t("share of the second's weights"))
    return fig


def averages_need_no_decay(t: Words) -> Figure:
    """At a constant rate the loss of the weights jumps about; that of their averages does not."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    losses = runs.through_training()
    epochs = np.arange(1, losses["last"].shape[1] + 1)
    ax.plot(epochs, losses["last"][:6].T, color=ONE, lw=0.7, alpha=0.3)
    ax.plot(epochs, losses["last"].mean(axis=0), color=ONE, lw=2.2)
    ax.plot(epochs, losses["ema"].mean(axis=0), color=WEIGHTS, lw=2.2)
    ax.plot(epochs[-losses["swa"].shape[1] :], losses["swa"].mean(axis=0), color=GREEN, lw=2.2)
    ax.set(xlabel=t("epoch"), ylabel=t("test loss"), ylim=(0, 1.2), xlim=(1, epochs[-1]))
    direct_label(ax, 5.5, 0.95, t("the weights themselves"), ONE)
    direct_label(ax, 4.0, 0.2, t("their moving average (EMA)"), WEIGHTS)
    direct_label(ax, 39.0, 0.08, t("mean since epoch 21"), GREEN, ha="right")
    return fig


def what_each_method_gains(t: Words) -> Figure:
    """Against one network on the same data: other networks, and what was distilled from them, gain most."""
    fig, ax = plt.subplots(figsize=(6.2, 4.4))
    one = runs.methods()["one"][:, 0]
    rows = (
        ("ten", t("ten networks"), FIVE),
        ("five", t("five networks"), FIVE),
        ("student", t("student of five"), PURPLE),
        ("bagging", t("five, bagged"), FIVE),
        ("longer", t("five times as long"), GREY),
        ("wider", t("five times the weights"), GREY),
        ("snapshots", t("five snapshots"), FIVE),
        ("swa", t("mean weights, constant rate"), WEIGHTS),
        ("ema", t("EMA, constant rate"), WEIGHTS),
        ("steady", t("constant rate"), ONE),
        ("rotated", t("ten rotated views"), BAD),
        ("on shifted, shifted", t("learnt shifts, ten views"), BAD),
    )
    for place, (name, _, color) in enumerate(rows):
        gains = 100 * (runs.methods()[name][:, 0] - one)
        ax.plot(gains, np.full(len(gains), place), "o", color=color, ms=5, alpha=0.5, mew=0)
        ax.plot([gains.mean()] * 2, [place - 0.32, place + 0.32], color=color, lw=3.0)
    ax.axvline(0.0, color=FOREGROUND, lw=1.0)
    ax.set_yticks(range(len(rows)), [label for _, label, _ in rows])
    ax.set(xlabel=t("test accuracy against one network, points"), ylim=(len(rows) - 0.4, -0.6))
    ax.grid(visible=False, axis="y")
    return fig


def _diagram(ax: Axes, together: bool, temperature: float | None, color: str) -> None:
    """Accuracy over mean confidence in every bin, the size of a dot by its number of examples; the gap as a line."""
    bins = runs.pooled(together, temperature)
    seen = bins.examples >= 20
    confidence, accuracy = bins.confidence[seen], bins.accuracy[seen]
    ax.plot([0, 1], [0, 1], color=MUTED, lw=1.2, ls=DASHED)
    ax.vlines(confidence, accuracy, confidence, color=BAD, lw=2.0)
    size = 14 + 240 * bins.examples[seen] / bins.examples.sum()
    ax.plot(confidence, accuracy, color=color, lw=1.4)
    ax.scatter(confidence, accuracy, s=size, color=color, edgecolor=PAPER, zorder=3)
    ax.set(xlim=(0.2, 1.04), ylim=(0.2, 1.04), xticks=(0.25, 0.5, 0.75, 1.0), yticks=(0.25, 0.5, 0.75, 1.0))
    ax.set_aspect("equal")


def confidence_before_and_after(t: Words) -> Figure:
    """A single network is surer than it is right; one number, the temperature, repairs that; five need no repair."""
    fig, axes = plt.subplots(1, 3, figsize=(6.3, 2.7), sharey=True)
    _diagram(axes[0], False, 1.0, ONE)
    _diagram(axes[1], False, None, ONE)
    _diagram(axes[2], True, 1.0, FIVE)
    for ax, title in zip(axes, (t("one network"), t("with temperature"), t("five networks")), strict=True):
        ax.set_title(title, fontsize=11.5)
        ax.tick_params(labelsize=9.5)
    axes[0].set_ylabel(t("share of right answers"), fontsize=11)
    axes[1].set_xlabel(t("confidence"), fontsize=11)
    return fig


def confused_digits(t: Words) -> Figure:
    """The wrong answers are not spread evenly: a few pairs of digits take most of them, and 8 attracts."""
    fig, ax = plt.subplots(figsize=(6.0, 4.6))
    counts = runs.confusions()
    share = 100 * counts / counts.sum(axis=1, keepdims=True)
    wrong = np.where(np.eye(10, dtype=bool), np.nan, share)
    image = ax.imshow(wrong, cmap=SEQUENTIAL, vmin=0, vmax=5)
    for i, j in np.ndindex(10, 10):
        if i == j:
            ax.text(j, i, f"{share[i, j]:.0f}", ha="center", va="center", color=MUTED, fontsize=9.5)
        elif share[i, j] >= 2.5:
            ax.text(j, i, f"{share[i, j]:.1f}", ha="center", va="center", color=SEQUENTIAL(0.0), fontsize=9.5)
    ax.set(xlabel=t("taken for"), ylabel=t("the digit is"), xticks=range(10), yticks=range(10))
    ax.grid(visible=False)
    bar = fig.colorbar(image, ax=ax, shrink=0.85)
    bar.set_label(t("% of the digit's images"))
    return fig


def hardest_digits(t: Words) -> Figure:
    """Six digits that nearly all networks get wrong, and alike: no vote among them can help."""
    hard, votes = runs.hardest(), runs.votes()
    x, y = runs.data()[2]
    fig, axes = plt.subplots(2, len(hard), figsize=(6.3, 2.9), height_ratios=(1.2, 1.0), squeeze=False)
    for (top, bottom), n in zip(axes.T, hard, strict=True):
        top.imshow(x[n].reshape(8, 8), cmap=SEQUENTIAL)
        top.axis("off")
        top.set_title(str(y[n]), fontsize=12, color=GOOD)
        colors = [GOOD if label == y[n] else BAD for label in range(10)]
        bottom.bar(range(10), votes[n], color=colors, width=0.8)
        bottom.set(ylim=(0, 60), yticks=(), xticks=(0, 3, 6, 9))
        bottom.tick_params(labelsize=9.5)
        bottom.spines["left"].set_visible(False)
        bottom.grid(visible=False)
    axes[1, 0].set_ylabel(t("votes"), fontsize=11)
    fig.supxlabel(t("the class named by 60 networks"), fontsize=11)
    return fig
