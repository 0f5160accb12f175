"""The figures of the chapter on normalization."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from snippets.arrays import Array
from snippets.blocks import BatchNorm
from snippets.experiments import normalization as runs
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
    direct_label,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.gaussian import normal_pdf

# The same thing has the same colour in every figure of the chapter.
PLAIN, BATCH, LAYER = GREY, BLUE, ORANGE


def _spread(ax: Axes, x: Array, y: Array, color: str) -> None:
    """The mean over seeds as a line, every seed as a dot."""
    ax.plot(x, y.mean(axis=1), color=color)
    ax.plot(x, y, "o", color=color, ms=4.5, alpha=0.55, mew=0)


def norm_widens_the_window(t: Words) -> Figure:
    """Without a norm two of eight weight scales learn; with batch norm all do, and the two ends do so badly."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    accuracies, scales = runs.scale_window(), np.array(runs.SCALES)
    _spread(ax, scales, accuracies["none"], PLAIN)
    _spread(ax, scales, accuracies["batch"], BATCH)
    ax.axhline(0.1, color=MUTED, lw=1.0, ls=(0, (4, 3)), zorder=1)
    direct_label(ax, 1.1e-4, 0.15, t("guessing"), MUTED)
    direct_label(ax, 2.6e-3, 0.9, t("batch norm"), BATCH)
    direct_label(ax, 0.055, 0.45, t("no norm"), PLAIN, ha="right")
    ax.set(xscale="log", xlabel=t("σ of all weights at the start"), ylabel=t("validation accuracy"), ylim=(0, 1.03))
    return fig


def two_moments_not_the_shape(t: Words) -> Figure:
    """After normalization mean and variance are 0 and 1, and skewed stays skewed, two humps stay two."""
    fig, axes = small_multiples(1, 3, height=2.9)
    x, edges = np.linspace(-3.2, 3.6, 300), np.linspace(-3.2, 3.6, 69)
    shapes = runs.shapes()
    titles = (("waiting", t("waiting times")), ("two", t("two groups")), ("relu", t("after ReLU")))
    for ax, (name, title) in zip(axes[0], titles, strict=True):
        ax.hist(shapes[name], edges, density=True, color=BATCH, alpha=0.75)
        ax.plot(x, normal_pdf(x), color=FOREGROUND, lw=1.4, ls=(0, (4, 2)))
        ax.set(title=title, xlim=(-3.2, 3.6), ylim=(0, 1.25), yticks=(), xticks=(-2, 0, 2))
        ax.spines["left"].set_visible(False)
    axes[0, 1].set_xlabel(t("normalized value; dashed: the normal density"))
    return fig


def company_decides(t: Words) -> Figure:
    """Left in training mode a network answers by the batch: fine in large mixed ones, wrong in batches of one class."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.3), width_ratios=(1.35, 1.0))
    sizes = np.array(runs.COMPANIES)
    modes = [runs.modes(seed) for seed in runs.SEEDS]
    _spread(left, sizes, np.array([m.mixed for m in modes]).T, ORANGE)
    _spread(left, sizes, np.array([m.by_class for m in modes]).T, BAD)
    left.axhline(float(np.mean([m.right for m in modes])), color=GOOD, lw=1.4, ls=(0, (4, 2)))
    direct_label(left, 2.0, 1.01, t("evaluation mode"), GOOD, fontsize=10)
    direct_label(left, 7.5, 0.66, t("mixed"), ORANGE, fontsize=10)
    direct_label(left, 19.0, 0.08, t("sorted by class"), BAD, fontsize=10)
    left.set(xscale="log", xlabel=t("batch size"), ylabel=t("validation accuracy"), ylim=(0, 1.07))
    left.set_xticks([2, 8, 32, 128], ["2", "8", "32", "128"])
    left.minorticks_off()
    seen, alone = runs.company()
    right.hist(seen, np.linspace(0, 1, 21), color=ORANGE, alpha=0.75)
    right.axvline(alone, color=GOOD, lw=1.6, ls=(0, (4, 2)))
    right.set(
        title=t("one digit, batches of 8"),
        xlabel=t("probability of its class"),
        ylabel=t("batches"),
        xlim=(0, 1.03),
    )
    return fig


def norm_allows_larger_rates(t: Words) -> Figure:
    """Batch norm learns at rates ten times as large; at the best rate of each there is little between them."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    accuracies, rates = runs.rate_window(), np.array(runs.RATES)
    _spread(ax, rates, accuracies["none"], PLAIN)
    _spread(ax, rates, accuracies["batch"], BATCH)
    direct_label(ax, 0.6, 0.89, t("batch norm"), BATCH)
    direct_label(ax, 0.5, 0.45, t("no norm"), PLAIN, ha="right")
    ax.set(xscale="log", xlabel=t("learning rate"), ylabel=t("validation accuracy"), ylim=(0, 1.03), xlim=(0.008, 13))
    ax.set_xticks([0.01, 0.1, 1.0, 10.0], ["0.01", "0.1", "1", "10"])
    return fig


def gradient_can_be_trusted(t: Words) -> Figure:
    """With batch norm a step changes the gradient less, and the loss falls by more of what the gradient promised."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.2))
    rates = np.array(runs.STEP_RATES)
    for layer, color in ((None, PLAIN), (BatchNorm(), BATCH)):
        results = [runs.trust(layer, seed) for seed in runs.SEEDS]
        _spread(left, rates, np.array([change for change, _ in results]).T, color)
        _spread(right, rates, np.array([fall for _, fall in results]).T, color)
    left.set(xscale="log", yscale="log", title=t("change of the gradient"), xlabel=t("learning rate"))
    left.set_yticks([0.3, 1.0, 3.0, 10.0], ["30%", "100%", "300%", "1000%"])
    right.axhline(0.0, color=MUTED, lw=1.0, ls=(0, (4, 3)))
    right.set(xscale="log", title=t("promised fall that came"), xlabel=t("learning rate"), ylim=(-2.0, 1.1))
    right.set_yticks([-2, -1, 0, 1], ["−200%", "−100%", "0", "100%"])
    direct_label(left, 0.32, 0.62, t("batch norm"), BATCH, fontsize=10.5)
    direct_label(left, 0.029, 9.0, t("no norm"), PLAIN, fontsize=10.5)
    for ax in (left, right):
        ax.set_xticks(runs.STEP_RATES, [f"{rate:g}" for rate in runs.STEP_RATES])
        ax.minorticks_off()
    return fig


def shaken_norm_still_helps(t: Words) -> Figure:
    """Twenty layers: batch norm learns even when its outputs are shaken a little in every step, not when a lot."""
    fig, axes = small_multiples(1, 3, height=3.0)
    kinds = (("none", PLAIN), ("0.3", PURPLE), ("0.1", GREEN), ("batch", BATCH))
    for ax, seed in zip(axes[0], runs.SEEDS, strict=True):
        for kind, color in kinds:
            loss = runs.shaken_losses(seed)[kind]
            smooth = np.array([loss[max(0, k - 8) : k + 9].mean() for k in range(len(loss))])
            ax.plot(smooth, color=color, lw=1.8)
        ax.set(title=f"{t('seed')} {seed}", ylim=(0, 3.4), xlim=(0, 136), xticks=(0, 50, 100))
    axes[0, 0].set_ylabel(t("training loss"))
    axes[0, 1].set_xlabel(t("step"))
    direct_label(axes[0, 0], 5, 0.45, t("batch norm"), BATCH, fontsize=10)
    direct_label(axes[0, 1], 5, 0.45, t("shaken by 0.1"), GREEN, fontsize=10)
    direct_label(axes[0, 0], 135, 2.65, t("by 0.3"), PURPLE, ha="right", fontsize=10)
    direct_label(axes[0, 1], 135, 3.0, t("no norm"), PLAIN, ha="right", fontsize=10)
    return fig


def small_batches_hurt_batch_norm(t: Words) -> Figure:
    """With two examples in a batch, batch norm loses many digits; layer norm does not notice."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    accuracies, sizes = runs.small_batches(), np.array(runs.SIZES)
    _spread(ax, sizes, accuracies["batch"], BATCH)
    _spread(ax, sizes, accuracies["layer"], LAYER)
    direct_label(ax, 2.25, 0.6, t("batch norm"), BATCH)
    direct_label(ax, 2.3, 1.0, t("layer norm"), LAYER)
    ax.set(xscale="log", xlabel=t("batch size"), ylabel=t("validation accuracy"), ylim=(0.4, 1.03))
    ax.set_xticks(runs.SIZES, [str(size) for size in runs.SIZES])
    ax.minorticks_off()
    return fig


def weights_can_only_grow(t: Words) -> Figure:
    """Before a batch norm the gradient stands at a right angle to the weights: every step of descent lengthens them."""
    fig, ax = plt.subplots(figsize=(6.0, 3.1))
    for rate, color in ((3.0, PURPLE), (1.0, BLUE), (0.3, GREEN)):
        norms = runs.train_on_digits(BatchNorm(), 0, lr=rate).weight_norms
        ax.plot(norms / norms[0], color=color)
        direct_label(ax, 258, float(norms[-1] / norms[0]), f"η = {rate:g}", color, fontsize=10.5)
    ax.set(xlabel=t("step"), ylabel=t("length of the weights, start = 1"), xlim=(0, 300))
    return fig


# The axes of the norms: a batch of images as a block of cells

SIDES = (4, 6, 4)  # examples N, channels C, pixels H·W


def _cell(ax: Axes, corners: tuple[tuple[float, float, float], ...], on: bool) -> None:
    """One face of the block in parallel projection."""
    points = [(c + 0.42 * n, p + 0.36 * n) for n, c, p in corners]
    ax.add_patch(
        Polygon(
            points, facecolor=BATCH if on else PAPER, edgecolor=FOREGROUND if on else MUTED, lw=0.8, joinstyle="round"
        )
    )


def _block(ax: Axes, lit: set[tuple[int, int]]) -> None:
    """The block: channels to the right, pixels up, examples away from us; lit are pairs (example, channel)."""
    examples, channels, pixels = SIDES
    for n in range(examples):
        for p in range(pixels):
            side = ((n, channels, p), (n + 1, channels, p), (n + 1, channels, p + 1), (n, channels, p + 1))
            _cell(ax, side, (n, channels - 1) in lit)
    for n in range(examples):
        for c in range(channels):
            top = ((n, c, pixels), (n, c + 1, pixels), (n + 1, c + 1, pixels), (n + 1, c, pixels))
            _cell(ax, top, (n, c) in lit)
    for c in range(channels):
        for p in range(pixels):
            front = ((0, c, p), (0, c + 1, p), (0, c + 1, p + 1), (0, c, p + 1))
            _cell(ax, front, (0, c) in lit)


def axes_of_the_norms(t: Words) -> Figure:
    """Four norms, one formula: they differ in which numbers share a mean and a variance."""
    fig, axes = small_multiples(2, 2, height=2.3)
    examples, channels, _ = SIDES
    sets = (
        (t("batch norm"), {(n, 5) for n in range(examples)}),
        (t("layer norm"), {(0, c) for c in range(channels)}),
        (t("group norm, 2 groups"), {(0, c) for c in (3, 4, 5)}),
        (t("instance norm"), {(0, 5)}),
    )
    for ax, (title, lit) in zip(axes.flat, sets, strict=True):
        _block(ax, lit)
        ax.set(title=title, xlim=(-1.6, 8.2), ylim=(-1.0, 5.8), aspect="equal")
        ax.axis("off")
    for ax in axes[:, 0]:
        ax.text(3.0, -0.55, t("channels"), color=MUTED, fontsize=9.5, ha="center", va="center")
        ax.text(-0.5, 2.0, t("pixels"), color=MUTED, fontsize=9.5, ha="center", va="center", rotation=90)
        ax.text(-0.1, 5.0, t("examples"), color=MUTED, fontsize=9.5, ha="center", va="center", rotation=40)
    return fig
