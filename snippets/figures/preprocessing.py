"""Figures of the chapter on preprocessing."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import cbook
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.data import digits_split
from snippets.experiments import preprocessing as runs
from snippets.figures.palette import (
    BAD,
    BLUE,
    DIVERGING,
    FOREGROUND,
    GOOD,
    GREEN,
    GREY,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    RED,
    SEQUENTIAL,
    direct_label,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.preprocessing import (
    fit_centring,
    fit_standardization,
    fit_zca_whitening,
)

COLOURS = {"negative": RED, "stored": GREY, "centred": BLUE, "mean image": GREEN, "pixel": ORANGE, "whitened": PURPLE}


def _picture(ax: Axes, image: Array, limit: float | None = None) -> None:
    """An image without axes: in grey if its values are brightness from 0 to 1, else about 0 in two colours."""
    if limit is None:
        ax.imshow(
            np.repeat(np.clip(image, 0.0, 1.0)[:, :, np.newaxis], 3, axis=2), rasterized=True, interpolation="nearest"
        )
    else:
        ax.imshow(image, cmap=DIVERGING, vmin=-limit, vmax=limit, rasterized=True, interpolation="nearest")
    ax.set(xticks=(), yticks=())
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def negative_learns_nothing(t: Words) -> Figure:
    """At learning rate 1 a network reads white digits on black and, from the same start, no black ones on white."""
    fig = plt.figure(figsize=(6.0, 3.9))
    axes = fig.subplot_mosaic([["negative", "loss"], ["stored", "loss"], ["centred", "loss"]], width_ratios=(1, 3.9))
    (x, _), _, _ = digits_split(0)
    for kind in ("negative", "stored", "centred"):
        _picture(axes[kind], runs.KINDS[kind](x)(x)[8].reshape(8, 8), 0.8 if kind == "centred" else None)
        axes[kind].spines[:].set(visible=True, color=COLOURS[kind], linewidth=2.0)
        for seed in runs.SEEDS:
            loss = runs.train_on_digits(kind, 1.0, seed, 20).train
            axes["loss"].semilogy(np.arange(1, 21), loss, color=COLOURS[kind], lw=1.4, alpha=0.75)
    direct_label(axes["loss"], 20, 3.7, t("black on white: the loss stays at ln 10"), RED, ha="right")
    direct_label(axes["loss"], 8.0, 0.45, t("white on black"), GREY)
    direct_label(axes["loss"], 1.3, 0.006, t("either, centred"), BLUE)
    axes["loss"].set(xlabel=t("epoch"), ylabel=t("training loss"), ylim=(3e-3, 6), xticks=(1, 5, 10, 15, 20))
    return fig


def cloud_after_each_step(t: Words) -> Figure:
    """One cloud of points, centred, scaled in two ways and whitened in two, with the condition number of its loss."""
    fig, axes = small_multiples(2, 3, height=1.85)
    names = (t("raw"), t("centred"), t("standardized"), "min–max", t("whitened, PCA"), t("whitened, ZCA"))
    clouds = runs.clouds()
    for ax, name, y in zip(axes.flat, names, clouds.values(), strict=True):
        ax.axhline(0.0, color=MUTED, lw=0.8, zorder=0)
        ax.axvline(0.0, color=MUTED, lw=0.8, zorder=0)
        ax.scatter(y[:, 0], y[:, 1], c=clouds["raw"][:, 0], cmap=SEQUENTIAL, s=7, linewidths=0, rasterized=True)
        ax.set(title=name, aspect="equal", xlim=(-3.6, 7.0), ylim=(-3.4, 3.6), xticks=(0, 5), yticks=(-2, 0, 2))
        ax.text(6.8, -2.75, f"κ = {runs.condition_number(runs.hessian(y)):.3g}", ha="right", color=FOREGROUND)
    return fig


def three_ailments(t: Words) -> Figure:
    """Offset, scale and correlation each stretch the loss into a valley; centring, scaling, whitening round it."""
    fig, axes = small_multiples(2, 3, height=2.25)
    titles = {"offset": t("offset"), "scale": t("scale"), "correlation": t("correlation")}
    remedies = {"offset": t("centred"), "scale": t("on one scale"), "correlation": t("whitened")}
    grid = np.linspace(-1.25, 1.25, 51)
    w = np.stack(np.meshgrid(grid, grid), axis=-1)
    for column, (name, valley) in enumerate(runs.valleys().items()):
        _, vectors = np.linalg.eigh(valley.before)
        start = (vectors[:, 0] + vectors[:, 1] * (0.35 if name == "offset" else 0.55)) * -0.95
        for row, (h, colour) in enumerate(((valley.before, BAD), (valley.after, GOOD))):
            ax = axes[row, column]
            height = np.einsum("...i,ij,...j->...", w, h, w)
            levels = np.linalg.eigvalsh(h)[-1] * np.linspace(0.0, 1.3, 9)[1:] ** 2
            ax.contour(grid, grid, height, levels=levels, colors=MUTED, linewidths=0.8, alpha=0.6)
            path = runs.descend(h, start, runs.best_rate(h), 40)
            ax.plot(path[:, 0], path[:, 1], "o-", color=colour, lw=1.3, ms=3.2)
            ax.plot(0.0, 0.0, "*", color=FOREGROUND, ms=9, zorder=4)
            ax.set(aspect="equal", xticks=(), yticks=(), xlim=(-1.2, 1.2), ylim=(-1.2, 1.2))
            ax.grid(visible=False)
            ax.set_title((titles if row == 0 else remedies)[name])
            label = ax.text(1.15, -1.12, f"κ = {runs.condition_number(h):.0f}", ha="right", va="bottom")
            label.set_bbox({"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 1.5})
    return fig


def one_eigenvalue_sets_the_rate(t: Words) -> Figure:
    """On digits the mean makes the largest eigenvalue; centring removes it, standardizing lifts the small ones."""
    fig, ax = plt.subplots(figsize=(6.0, 3.7))
    for kind in ("negative", "stored", "centred", "pixel", "whitened"):
        values = runs.spectrum(kind)
        kept = values > 1e-9
        ax.semilogy(np.arange(1, len(values) + 1)[kept], values[kept], color=COLOURS[kind])
        ax.semilogy([1], values[:1], "o", color=COLOURS[kind], ms=7, clip_on=False)
    direct_label(ax, 3.2, 44, t("negative"), RED)
    direct_label(ax, 3.2, 14, t("as stored"), GREY)
    direct_label(ax, 37, 0.0004, t("centred"), BLUE, ha="right")
    direct_label(ax, 27, 2.6, t("every pixel scaled"), ORANGE)
    direct_label(ax, 50.5, 0.75, t("whitened"), PURPLE)
    ax.set(xlabel=t("number of the eigenvalue"), ylabel=t("eigenvalue"), xlim=(0, 65), ylim=(1e-5, 120))
    return fig


def centring_allows_larger_rates(t: Words) -> Figure:
    """Training loss after three epochs by learning rate: the negative stops at 0.3, centred digits go on to 3."""
    fig, ax = plt.subplots(figsize=(6.0, 3.9))
    for kind, colour in COLOURS.items():
        mean = np.array([runs.train_loss(kind, lr, 3) for lr in runs.RATES])
        mean[mean > 5.0] = np.nan
        ax.loglog(runs.RATES, mean, "o-", color=colour)
        for lr in runs.RATES:
            ends = [run.train[2] for run in runs.runs(kind, lr) if len(run.train) > 2]
            ax.loglog([lr] * len(ends), ends, "o", color=colour, ms=2.6, alpha=0.5, mew=0)
    direct_label(ax, 1.12, 3.1, t("negative"), RED)
    direct_label(ax, 1.12, 0.36, t("as stored"), GREY)
    direct_label(ax, 1.3, 0.115, t("centred"), BLUE)
    direct_label(ax, 0.4, 0.026, t("centred, one scale"), GREEN, ha="right")
    direct_label(ax, 0.34, 0.0073, t("whitened"), PURPLE, ha="left")
    direct_label(ax, 1.07, 0.022, t("every pixel scaled"), ORANGE, fontsize=10)
    ticks = [str(rate) for rate in runs.RATES]
    ax.set(xlabel=t("learning rate"), ylabel=t("training loss"), ylim=(6e-3, 5), xlim=(0.025, 4.8))
    ax.set_xticks(runs.RATES, ticks)
    ax.minorticks_off()
    return fig


def what_the_test_says(t: Words) -> Figure:
    """At its best rate every centred kind gets about the same accuracy; scaling each pixel or noise costs a point."""
    fig, ax = plt.subplots(figsize=(6.0, 3.7))
    names = {
        "negative": t("negative"),
        "stored": t("as stored"),
        "centred": t("centred"),
        "channel": t("one mean, one scale"),
        "mean image": t("centred, one scale"),
        "pixel": t("every pixel scaled"),
        "whitened": t("whitened, ε = 0.01"),
        "whitened hard": t("whitened, ε = 0.00001"),
    }
    for row, kind in enumerate(names):
        scores = [100.0 * run.test_accuracy for run in runs.runs(kind, runs.tuned(kind))]
        colour = COLOURS.get(kind, BLUE if kind == "channel" else PURPLE)
        ax.plot(scores, [row] * len(scores), "o", color=colour, ms=6, alpha=0.55, mew=0)
        ax.plot([np.mean(scores)] * 2, [row - 0.32, row + 0.32], color=colour, lw=2.6)
    ax.set(xlabel=t("test accuracy, %"), ylim=(len(names) - 0.5, -0.5), xlim=(87.5, 100))
    ax.set_yticks(range(len(names)), list(names.values()))
    ax.grid(axis="y", visible=False)
    return fig


def rare_pixels_shout(t: Words) -> Figure:
    """Pixels that hardly vary in training become inputs of dozens of standard deviations on new digits."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.2))
    std, _, largest = runs.pixel_extremes()
    shown = np.where(std > 0.0, std, np.nan).reshape(8, 8)
    first = left.imshow(shown, cmap=SEQUENTIAL, rasterized=True)
    for pixel in np.flatnonzero(std == 0.0):
        left.text(pixel % 8, pixel // 8, "0", ha="center", va="center", color=FOREGROUND, fontsize=11)
    loud = np.where(std > 0.0, largest, np.nan).reshape(8, 8)
    second = right.imshow(loud, cmap=SEQUENTIAL, norm=LogNorm(1.0, 100.0), rasterized=True)
    for pixel in np.flatnonzero((largest > 10.0) & (std > 0.0)):
        place = {"ha": "center", "va": "center", "color": SEQUENTIAL(0.0), "fontsize": 10}
        right.text(pixel % 8, pixel // 8, f"{largest[pixel]:.0f}", **place)
    left.set_title(t("std in training"))
    right.set_title(t("largest |z|, new digits"))
    for ax, image, ticks in ((left, first, (0.1, 0.2, 0.3, 0.4)), (right, second, (1, 10, 100))):
        bar = fig.colorbar(image, ax=ax, shrink=0.8, pad=0.04, ticks=ticks, format="%g")
        bar.outline.set_visible(False)
        for part in bar.ax.collections:
            part.set_rasterized(True)
        ax.set(xticks=(), yticks=())
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
    return fig


def digits_after_each_step(t: Words) -> Figure:
    """Centred digits lose what they share; scaling every pixel lights up the rim; ZCA keeps outlines, or only noise."""
    (x, y), _, _ = digits_split(0)
    chosen = [int(np.flatnonzero(y == digit)[0]) for digit in range(1, 7)]
    rows: dict[str, tuple[runs.Fit, float | None]] = {
        t("as stored"): (runs.as_stored, None),
        t("centred"): (fit_centring, 0.7),
        t("every pixel scaled"): (fit_standardization, 2.2),
        "ZCA, ε = 0.01": (runs.ZCA, 2.0),
        "ZCA, ε = 0.00001": (fit_zca_whitening, 2.5),
    }
    fig, axes = plt.subplots(len(rows), 1 + len(chosen), figsize=(6.0, 4.1), width_ratios=(1.7,) + (1,) * len(chosen))
    fig.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03, wspace=0.0, hspace=0.0)
    for row, (name, (fit, limit)) in zip(axes, rows.items(), strict=True):
        row[0].set_axis_off()
        row[0].text(1.0, 0.5, name, ha="right", va="center", transform=row[0].transAxes, fontsize=11)
        images = fit(x)(x)[chosen]
        for ax, image in zip(row[1:], images, strict=True):
            _picture(ax, image.reshape(8, 8), limit)
    return fig


def whitened_photograph(t: Words) -> Figure:
    """Whitened patch by patch, a photograph keeps its edges: a pixel becomes its difference from its neighbours."""
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    colour = plt.imread(str(path)) / 255.0
    photo = colour[20:440, 60:480].mean(axis=2).reshape(105, 4, 105, 4).mean(axis=(1, 3))
    kernel, white = runs.whiten_photograph(photo)
    fig, (left, middle, right) = plt.subplots(1, 3, figsize=(6.0, 2.5), width_ratios=(1.0, 0.5, 1.0))
    _picture(left, photo)
    _picture(middle, kernel, float(np.abs(kernel).max()))
    _picture(right, white, 2.5)
    left.set_title(t("photograph"))
    middle.set_title(t("filter"))
    right.set_title(t("after whitening"))
    return fig


def leaks_do_not_announce_themselves(t: Words) -> Figure:
    """Statistics from all data change nothing, or ruin the result, or invent one: it depends on what is fitted."""
    fig, axes = small_multiples(1, 3, height=3.3)
    rng = np.random.default_rng(0)
    titles = {"leak_scale": t("scaling"), "leak_white": t("whitening"), "leak_labels": t("choosing features")}
    chance = {"leak_scale": 10, "leak_white": 10, "leak_labels": 50}
    for ax, (name, results) in zip(axes[0], runs.leaks().items(), strict=True):
        for place, (scores, colour) in enumerate(zip(results, (GOOD, BAD), strict=True)):
            x = place + rng.uniform(-0.16, 0.16, len(scores))
            ax.plot(x, 100 * scores, "o", color=colour, ms=4.5, alpha=0.5, mew=0)
            ax.plot([place - 0.3, place + 0.3], [100 * scores.mean()] * 2, color=colour, lw=2.6)
        ax.axhline(chance[name], color=MUTED, lw=1.2, ls=(0, (4, 3)))
        ax.set(title=titles[name], xlim=(-0.6, 1.6), ylim=(0, 103))
        ax.set_xticks((0, 1), (t("honest"), t("leaky")))
        ax.grid(axis="x", visible=False)
    axes[0, 0].text(1.55, 14, t("guessing"), color=MUTED, ha="right", fontsize=11)
    axes[0, 0].set_ylabel(t("test accuracy, %"))
    return fig
