"""The figures of the chapter on regularization."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.experiments import regularization as runs
from snippets.figures.palette import (
    BLUE,
    FOREGROUND,
    GOOD,
    GREEN,
    GREY,
    MUTED,
    ORANGE,
    PURPLE,
    RED,
    direct_label,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.gaussian import normal_pdf
from snippets.regularization import soft_threshold

# The same thing has the same colour in every figure of the chapter.
TRAIN, VALIDATION = BLUE, ORANGE
RIGHT, SOME_WRONG = GREEN, PURPLE
L1, L2 = RED, BLUE
MARKS = np.array(runs.MARKS)


def _epochs(ax: Axes) -> None:
    """A logarithmic axis of epochs."""
    ax.set_xscale("log")
    ax.set_xticks([1, 3, 10, 30, 100], ["1", "3", "10", "30", "100"])
    ax.minorticks_off()


def _seeds_and_mean(ax: Axes, many: list[Array], color: str, width: float = 2.2) -> None:
    """One thin line a seed, a thick one for their mean."""
    for one in many:
        ax.plot(MARKS, one, color=color, lw=0.8, alpha=0.45)
    ax.plot(MARKS, np.mean(many, axis=0), color=color, lw=width)


def wrong_labels_by_heart(t: Words) -> Figure:
    """Right labels: nothing is lost by training on. A fifth of them wrong: what was learnt is unlearnt again."""
    fig, axes = small_multiples(1, 2, height=3.3)
    for ax, wrong, title in zip(axes[0], runs.WRONG, (t("all labels right"), t("a fifth wrong")), strict=True):
        many = runs.runs(runs.NONE, wrong)
        _seeds_and_mean(ax, [100 * r.train[:, 1] for r in many], TRAIN)
        _seeds_and_mean(ax, [100 * r.validation[:, 1] for r in many], VALIDATION)
        _epochs(ax)
        ax.set(title=title, ylim=(20, 103), xlabel=t("epoch"))
    axes[0, 0].set_ylabel(t("accuracy, %"))
    direct_label(axes[0, 1], 40, 98, t("training"), TRAIN, ha="right")
    direct_label(axes[0, 1], 110, 66, t("validation"), VALIDATION, ha="right")
    return fig


def pull_of_a_penalty(t: Words) -> Figure:
    """L1 takes the same amount off every weight and leaves zeros; L2 takes a share and leaves none."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.2))
    w, still = np.linspace(-3, 3, 301), np.array([-3.0, 3.0])
    left.plot(still, still, color=MUTED, lw=1.0, ls=(0, (4, 3)))
    left.plot(w, soft_threshold(w, 1.0), color=L1)
    left.plot(w, w / 2.0, color=L2)
    direct_label(left, 1.0, -0.35, "L1", L1)
    direct_label(left, -2.9, -0.95, "L2", L2)
    direct_label(left, -2.1, -2.75, t("no penalty"), MUTED, fontsize=10)
    left.set(
        title=t("where a weight rests"), xlabel=t("where the data pull it"), xticks=range(-3, 4), yticks=range(-3, 4)
    )
    path = np.arange(0.0, 4.01, 0.05)
    for start in (0.5, 1.0, 2.0):
        right.plot(path, start * np.exp(-path), color=L2)
        right.plot(path, np.array([float(soft_threshold(np.array(start), s)) for s in path]), color=L1)
    direct_label(right, 1.35, 1.05, "L1", L1)
    direct_label(right, 2.7, 0.28, "L2", L2)
    right.set(title=t("penalty alone, over time"), xlabel=t("steps × rate × strength"), ylim=(-0.05, 2.1))
    return fig


def sparse_against_small(t: Words) -> Figure:
    """L2 makes weights small, the gradient of L1 makes most of them tiny, and soft thresholding makes those zero."""
    fig, axes = small_multiples(2, 2, height=2.3)
    kinds = (
        (t("no penalty"), runs.NONE, GREY),
        ("L2", runs.SMALL, L2),
        (t("L1 in the gradient"), runs.SPARSE, L1),
        (t("L1 by thresholding"), runs.ZEROS, L1),
    )
    edges = np.linspace(-1.21, 1.21, 122)
    for ax, (title, method, color) in zip(axes.flat, kinds, strict=True):
        w = runs.weights(method)
        ax.hist(w, edges, weights=np.full(w.size, 100.0 / w.size), color=color, alpha=0.8)
        ax.set(title=title, xlim=(-1.2, 1.2), ylim=(0.002, 130), yscale="log")
        ax.set_yticks([0.01, 0.1, 1, 10, 100], ["0.01", "0.1", "1", "10", "100"])
        ax.minorticks_off()
        zeros = 100 * runs.share_up_to(method, 0.0)
        ax.text(1.17, 40, f"{zeros:.0f}% " + t("exactly 0"), ha="right", color=FOREGROUND, fontsize=10.5)
    for ax in axes[1]:
        ax.set(xlabel=t("weight"), xticks=(-1, -0.5, 0, 0.5, 1))
    for ax in axes[:, 0]:
        ax.set_ylabel(t("weights, %"))
    return fig


def strength_is_a_dial(t: Words) -> Figure:
    """Every technique has a best strength, and it is much higher where labels are wrong."""
    fig, axes = plt.subplots(2, 2, figsize=(6.0, 4.9), sharey=True)
    panels = (
        ("L2", "L2: λ", [m.l2 for m in runs.GRID["L2"]], True),
        ("L1", "L1: λ", [m.l1 for m in runs.GRID["L1"]], True),
        ("max-norm", t("max-norm: limit"), [m.limit for m in runs.GRID["max-norm"]], True),
        ("dropout", t("dropout: p"), [m.p for m in runs.GRID["dropout"]], False),
    )
    for ax, (name, label, x, logarithmic) in zip(axes.flat, panels, strict=True):
        for wrong, color in zip(runs.WRONG, (RIGHT, SOME_WRONG), strict=True):
            y = 100 * runs.by_validation(name, wrong)
            ax.axhline(100 * runs.by_validation("none", wrong).mean(), color=color, lw=1.2, ls=(0, (4, 3)))
            ax.plot(x, y.mean(axis=1), color=color)
            ax.plot(x, y, "o", color=color, ms=4, alpha=0.5, mew=0)
        if logarithmic:
            ax.set_xscale("log")
        ax.set_xticks(x, [f"{v:g}" for v in x])
        ax.minorticks_off()
        ax.set(xlabel=label, ylim=(55, 97))
    for ax in axes[:, 0]:
        ax.set_ylabel(t("accuracy, %"))
    direct_label(axes[1, 1], 0.3, 71, t("all labels right"), RIGHT, fontsize=10.5)
    direct_label(axes[1, 1], 0.3, 65, t("a fifth wrong"), SOME_WRONG, fontsize=10.5)
    direct_label(axes[1, 1], 0.3, 59, t("dashed: none"), MUTED, fontsize=10.5)
    return fig


def held_back_in_eight_ways(t: Words) -> Figure:
    """Training and validation curves on wrong labels: every technique slows the learning by heart."""
    fig, axes = small_multiples(2, 4, height=2.2)
    for ax, (title, name) in zip(axes.flat, _titles(t), strict=True):
        many = runs.runs(runs.tuned(name, runs.WRONG[1]), runs.WRONG[1])
        ax.plot(MARKS, 100 * np.mean([r.train[:, 1] for r in many], axis=0), color=TRAIN)
        ax.plot(MARKS, 100 * np.mean([r.validation[:, 1] for r in many], axis=0), color=VALIDATION)
        ax.axhline(80, color=MUTED, lw=1.0, ls=(0, (4, 3)))
        _epochs(ax)
        ax.set_xticks([1, 10, 100], ["1", "10", "100"])
        ax.set_title(title, fontsize=10.5)
        ax.set(ylim=(20, 103))
    direct_label(axes[0, 0], 0.9, 97, t("training"), TRAIN, fontsize=10)
    direct_label(axes[0, 0], 4.2, 38, t("validation"), VALIDATION, fontsize=10)
    fig.supxlabel(t("epoch"), fontsize=12)
    fig.supylabel(t("accuracy, %"), fontsize=12)
    return fig


def _titles(t: Words) -> tuple[tuple[str, str], ...]:
    """The techniques of the grid as a reader calls them."""
    return (
        (t("nothing"), "none"),
        ("L2", "L2"),
        ("L1", "L1"),
        ("max-norm", "max-norm"),
        (t("entropy"), "entropy"),
        (t("dropout"), "dropout"),
        (t("inputs too"), "inputs"),
        ("+ max-norm", "both"),
    )


def gains_depend_on_the_labels(t: Words) -> Figure:
    """On right labels the techniques differ less than seeds do; on wrong ones all are far above nothing."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 4.3), sharey=True)
    rows = (*_titles(t), (t("early stopping"), "stopping"))
    for ax, wrong, color, title in (
        (left, runs.WRONG[0], RIGHT, t("all labels right")),
        (right, runs.WRONG[1], SOME_WRONG, t("a fifth wrong")),
    ):
        for row, (_, name) in enumerate(rows):
            values = 100 * runs.test_scores(name, wrong)[:, 1]
            ax.plot(values, np.full(len(values), row), "o", color=color, ms=5, alpha=0.5, mew=0)
            ax.plot([values.mean()] * 2, [row - 0.33, row + 0.33], color=color, lw=2.6)
        ax.axvline(100 * runs.test_scores("none", wrong)[:, 1].mean(), color=MUTED, lw=1.0, ls=(0, (4, 3)))
        ax.set(title=title, xlabel=t("accuracy, %"))
    left.set_yticks(range(len(rows)), [title for title, _ in rows])
    left.invert_yaxis()
    return fig


def dropout_keeps_only_the_mean(t: Words) -> Figure:
    """Dropout keeps the mean of what it drops from, multiplies the square by 1/(1-p), and makes sums noisy."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.3))
    p = np.array([m.p for m in runs.GRID["dropout"]])
    measured = np.array([runs.grown(float(q)) for q in p])
    line = np.linspace(0.0, 0.92, 200)
    left.plot(line, 1.0 / (1.0 - line), color=FOREGROUND, lw=1.4, ls=(0, (4, 2)))
    left.axhline(1.0, color=MUTED, lw=1.0)
    for column, color in ((2, ORANGE), (1, PURPLE), (0, GREEN)):
        left.plot(p, measured[:, column], "o", color=color, ms=6)
    direct_label(left, 0.03, 0.84, t("mean"), GREEN)
    direct_label(left, 0.93, 2.6, t("square"), PURPLE, ha="right")
    direct_label(left, 0.83, 11.5, t("variance"), ORANGE, ha="right")
    left.set(yscale="log", title=t("with dropout : without"), xlabel="p", xlim=(0, 0.95), ylim=(0.72, 24))
    left.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    left.minorticks_off()
    z, centre, std = runs.sums(0.5)
    right.hist(z, 50, density=True, color=PURPLE, alpha=0.7)
    x = np.linspace(z.min(), z.max(), 200)
    right.plot(x, normal_pdf((x - centre) / std) / std, color=FOREGROUND, lw=1.4, ls=(0, (4, 2)))
    right.axvline(centre, color=GOOD, lw=2.0)
    right.set(title=t("one sum, 20,000 masks"), xlabel=t("value"), yticks=())
    right.spines["left"].set_visible(False)
    return fig


def evaluation_stands_for_all_masks(t: Words) -> Figure:
    """A pass with dropout left on loses accuracy; a hundred such passes together do what one without a mask does."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    counts = (1, 2, 5, 10, 30, 100)
    many = 100 * np.array([runs.masks_averaged(seed) for seed in runs.SEEDS])
    off = 100 * np.array([runs.without_mask(seed) for seed in runs.SEEDS])
    relative = many - off[:, None]
    ax.axhline(0.0, color=GOOD, lw=1.6, ls=(0, (4, 2)))
    ax.plot(counts, relative.T, "o", color=PURPLE, ms=5, alpha=0.5, mew=0)
    ax.plot(counts, relative.mean(axis=0), color=PURPLE)
    ax.set(xscale="log", xlabel=t("passes averaged, dropout left on"), ylabel=t("accuracy against off, points"))
    ax.set_xticks(counts, [str(n) for n in counts])
    ax.minorticks_off()
    direct_label(ax, 1.0, 2.3, t("dropout off, one pass"), GOOD)
    ax.set_ylim(-10, 3.2)
    return fig


def stopping_is_a_penalty(t: Words) -> Figure:
    """Early descent and an L2 penalty leave nearly the same share of each direction: steep ones first."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    a = np.logspace(-3, 1, 81)
    for updates, color in ((10, GREEN), (100, PURPLE)):
        ax.plot(a, 100 * runs.descended(a, updates, 0.1), color=color)
        ax.plot(a, 100 * runs.penalized(a, 1.0 / (0.1 * updates)), color=color, lw=1.5, ls=(0, (4, 2)))
    ax.set(xscale="log", xlabel=t("curvature of the direction"), ylabel=t("way covered, %"))
    direct_label(ax, 0.0012, 42, t("100 steps"), PURPLE)
    direct_label(ax, 1.1, 42, t("10 steps"), GREEN)
    direct_label(ax, 1.1, 20, t("dashed: L2"), MUTED)
    return fig
