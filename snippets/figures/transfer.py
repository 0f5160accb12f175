"""Figures of the chapter on transfer."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.experiments import transfer as runs
from snippets.experiments.transfer import LABELS, SEEDS, centred, fresh, knows_old, wandering
from snippets.figures.palette import (
    BLUE,
    DIVERGING,
    GREEN,
    GREY,
    ORANGE,
    PAPER,
    PURPLE,
    RED,
    direct_label,
    shades,
    small_multiples,
)
from snippets.figures.words import Words

# The same thing has the same colour in every figure of the chapter.
PIXELS, SCRATCH, FROZEN, TUNED = GREY, BLUE, ORANGE, GREEN


def _band(ax: Axes, x: Array, y: Array, color: str) -> None:
    """The mean over seeds as a line with dots, the range of the seeds as a band."""
    ax.fill_between(x, y.min(axis=1), y.max(axis=1), color=color, alpha=0.18, lw=0)
    ax.plot(x, y.mean(axis=1), "o-", color=color, ms=4.5)


def does_transfer_pay(t: Words) -> Figure:
    """Centred digits: the bare pixels beat old features. Wandering: old features win with few labels, not with many."""
    fig, axes = small_multiples(1, 2, height=3.9)
    x = np.array(LABELS, dtype=float)
    for ax, place, title in zip(axes[0], (centred, wandering), (t("in the middle"), t("wandering")), strict=True):
        for method, color in zip(runs.METHODS.values(), (PIXELS, SCRATCH, FROZEN, TUNED), strict=True):
            _band(ax, x, np.array([method(place, k) for k in LABELS]), color)
        ax.set(xscale="log", title=title, ylim=(0.1, 1.1), xlim=(0.85, 125))
        ax.set_xticks(LABELS, [str(k) for k in LABELS])
        ax.minorticks_off()
        ax.set_xlabel(t("labels a class"))
    axes[0, 0].set_ylabel(t("accuracy on 5 to 9"))
    left, right = axes[0]
    direct_label(left, 8, 0.57, t("frozen"), FROZEN)
    direct_label(left, 4.2, 0.71, t("fine-tuned"), TUNED)
    direct_label(left, 1.0, 1.05, t("from scratch"), SCRATCH)
    direct_label(left, 1.0, 0.96, t("pixels"), PIXELS)
    direct_label(right, 1.0, 0.55, t("frozen"), FROZEN)
    direct_label(right, 60, 0.86, t("fine-tuned"), TUNED, ha="right")
    direct_label(right, 33, 0.35, t("pixels"), PIXELS)
    return fig


def classes_it_never_saw(t: Words) -> Figure:
    """In features that were learnt from 0 to 4, the digits 5 to 9 form groups; in pixels and random features not."""
    fig, axes = small_multiples(1, 3, height=2.9, share_x=False, share_y=False)
    spaces = (
        (fresh, 0, t("pixels")),
        (fresh, runs.HEAD_AT, t("random layers")),
        (knows_old, runs.HEAD_AT, t("learnt from 0–4")),
    )
    for ax, (start, layers, title) in zip(axes[0], spaces, strict=True):
        points, y = runs.in_two_dimensions(start, layers)
        for digit, color in zip(range(5, 10), (BLUE, ORANGE, GREEN, PURPLE, RED), strict=True):
            group = points[y == digit]
            ax.plot(*group.T, "o", color=color, ms=3.2, alpha=0.4, mew=0, rasterized=True)
            ax.plot(*group.mean(axis=0), "o", color=color, ms=10, mec=PAPER, mew=1.5)
            if start is knows_old:
                where = {"transform": ax.transAxes, "ha": "center", "fontsize": 13, "weight": "bold"}
                direct_label(ax, 0.18 + 0.16 * (digit - 5), -0.1, str(digit), color, **where)
        ax.set(title=title, xticks=(), yticks=())
    axes[0, 0].set_xlabel(t("first principal direction"), loc="left")
    axes[0, 0].set_ylabel(t("second"))
    return fig


def strokes_in_the_first_layer(t: Words) -> Figure:
    """First-layer weights start as noise; digits in the middle hardly change that, wandering ones draw strokes."""
    fig, axes = plt.subplots(3, 6, figsize=(6.0, 3.5))
    rows = (
        (fresh, wandering, t("start")),
        (knows_old, centred, t("in the middle")),
        (knows_old, wandering, t("wandering")),
    )
    for row, (start, place, title) in zip(axes, rows, strict=True):
        for ax, image in zip(row, runs.strongest_filters(start, place, 6), strict=True):
            ax.imshow(image, cmap=DIVERGING, vmin=-1, vmax=1, rasterized=True)
            ax.set(xticks=(), yticks=())
        row[0].set_ylabel(title, fontsize=10)
    return fig


def how_much_to_freeze(t: Words) -> Figure:
    """With 3 labels a class more frozen layers are better, with 30 fewer; frozen random layers only cost."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    for start, labels, color in ((knows_old, 30, TUNED), (fresh, 30, GREY), (knows_old, 3, ORANGE)):
        held = [runs.tuned(start, wandering, labels, h) for h in range(3)] + [runs.probe(start, wandering, labels)]
        _band(ax, np.arange(4.0), np.array(held), color)
    direct_label(ax, 1.05, 0.64, t("30 labels a class"), TUNED)
    direct_label(ax, 1.3, 0.3, t("30 labels, random layers"), GREY, ha="right")
    direct_label(ax, 2.05, 0.47, t("3 labels a class"), ORANGE)
    ax.set(xlabel=t("frozen layers, from below"), ylabel=t("accuracy on 5 to 9"), xticks=range(4), ylim=(0.2, 0.68))
    return fig


def rates_by_layer(t: Words) -> Figure:
    """Smaller rates below help with 3 labels and hurt with 30; they decide how far each layer moves."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.2, 3.4))
    decays = np.array(runs.DECAYS)
    for labels, color in ((30, TUNED), (3, ORANGE)):
        _band(left, decays, np.array([runs.tuned(knows_old, wandering, labels, 0, d) for d in runs.DECAYS]), color)
    direct_label(left, 0.1, 0.655, t("30 labels a class"), TUNED)
    direct_label(left, 0.1, 0.29, t("3 labels a class"), ORANGE)
    left.set(xscale="log", xlabel=t("ξ, rate below / rate above"), ylabel=t("accuracy on 5 to 9"), ylim=(0.2, 0.7))
    left.set_xticks(decays, ["0.1", "0.3", "1", "3"])
    left.minorticks_off()
    layers = np.arange(1, 4)
    for decay, color in zip(runs.DECAYS, shades(4), strict=True):
        distance = runs.moved(30, decay)
        right.semilogy(layers, distance, "o-", color=color)
        direct_label(right, 3.12, distance[-1] * (1.3 if decay > 1 else 1), f"ξ = {decay:g}", color, fontsize=10)
    right.set(xlabel=t("layer"), ylabel=t("relative distance moved"), xticks=layers, xlim=(0.85, 4.0))
    return fig


def forgetting_the_old(t: Words) -> Figure:
    """Learning 5 to 9 wipes out 0 to 4 in ten updates; a small rate or an anchor saves features, replay answers too."""
    fig, axes = small_multiples(2, 2, height=2.45)
    titles = (t("rate 0.03"), t("rate 0.001"), t("anchor α = 0.1"), t("replay of 150 old digits"))
    for ax, how, title in zip(axes.flat, runs.REMEDIES, titles, strict=True):
        curves = runs.forgetting(**how)
        for which, color, style in ((2, TUNED, "-"), (1, PURPLE, (0, (4, 2))), (0, RED, "-")):
            seeds = curves[:, :, which]
            ax.fill_between(runs.MOMENTS, seeds.min(axis=0), seeds.max(axis=0), color=color, alpha=0.16, lw=0)
            ax.plot(runs.MOMENTS, seeds.mean(axis=0), color=color, ls=style)
        ax.set(title=title, ylim=(-0.03, 1.03), yticks=(0, 0.5, 1), xlim=(0, 150), xticks=(0, 50, 100, 150))
    top = axes[0, 1]
    direct_label(top, 60, 0.93, t("0–4 out of five"), PURPLE, fontsize=10)
    direct_label(top, 60, 0.4, "5–9", TUNED, fontsize=10)
    direct_label(top, 60, 0.09, t("0–4 out of ten"), RED, fontsize=10)
    fig.supxlabel(t("update"), fontsize=12)
    fig.supylabel(t("accuracy"), fontsize=12)
    return fig


def what_pretraining_taught(t: Words) -> Figure:
    """Only pre-training on wandering digits beats none; drawn labels teach nothing useful, a wrong picture harms."""
    fig, ax = plt.subplots(figsize=(6.2, 3.7))
    starts = (
        (knows_old, t("wandering 0–4")),
        (runs.random_labels, t("… with labels by lot")),
        (fresh, t("nothing")),
        (runs.shuffled_pixels, t("… with pixels shuffled")),
        (runs.knows_centred, t("0–4 in the middle")),
    )
    for row, (start, _) in enumerate(starts):
        for values, color in ((runs.probe(start, wandering, 30), FROZEN), (runs.tuned(start, wandering, 30), TUNED)):
            ax.plot(values, np.full(len(SEEDS), row), "o", color=color, ms=6, alpha=0.5, mew=0)
            ax.plot([values.mean()] * 2, [row - 0.3, row + 0.3], color=color, lw=2.6)
    for values, color in ((runs.probe(fresh, wandering, 30), FROZEN), (runs.tuned(fresh, wandering, 30), TUNED)):
        ax.axvline(float(values.mean()), color=color, lw=1.0, ls=(0, (4, 3)), zorder=1)
    direct_label(ax, 0.43, 2.5, t("frozen"), FROZEN, ha="center")
    direct_label(ax, 0.6, 3.6, t("fine-tuned"), TUNED)
    ax.set_yticks(range(len(starts)), [name for _, name in starts])
    ax.invert_yaxis()
    ax.set(xlabel=t("accuracy on 5 to 9, 30 labels a class"), xlim=(0.24, 0.7))
    return fig


def knowing_beats_transferring(t: Words) -> Figure:
    """Showing each of 10 labelled digits at 20 places is worth more than any transfer, which then adds nothing."""
    fig, ax = plt.subplots(figsize=(6.0, 2.9))
    for row, places in enumerate((1, 20)):
        for shift, (values, color) in enumerate(
            (
                (runs.probe(knows_old, wandering, 10, places=places), FROZEN),
                (runs.tuned(fresh, wandering, 10, places=places), SCRATCH),
                (runs.tuned(knows_old, wandering, 10, places=places), TUNED),
            )
        ):
            y = row + (shift - 1) * 0.24
            ax.plot(values, np.full(len(SEEDS), y), "o", color=color, ms=6, alpha=0.5, mew=0)
            ax.plot([values.mean()] * 2, [y - 0.11, y + 0.11], color=color, lw=2.6)
    direct_label(ax, 0.58, -0.24, t("frozen"), FROZEN)
    direct_label(ax, 0.58, 0.0, t("from scratch"), SCRATCH)
    direct_label(ax, 0.58, 0.24, t("fine-tuned"), TUNED)
    ax.set_yticks((0, 1), [t("1 place"), t("20 places")])
    ax.invert_yaxis()
    ax.set(xlabel=t("accuracy on 5 to 9, 10 labels a class"), xlim=(0.3, 0.95))
    return fig
