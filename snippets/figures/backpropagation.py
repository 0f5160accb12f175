"""The figures of the chapter on backpropagation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from snippets.arrays import Array
from snippets.experiments import backpropagation as runs
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
    direct_label,
)
from snippets.figures.words import Words

# In graphs what runs forward is blue, what runs backward orange.
VALUE, GRADIENT = BLUE, ORANGE


def _number(x: float) -> str:
    """A short number with a real minus sign."""
    return f"{x:g}".replace("-", "−")


def faults_learn(t: Words) -> Figure:
    """Five of six faulty backward passes train a network for digits; a gradient check finds every one of them."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.3, 3.7), sharey=True)
    names = (
        t("no fault"),
        t("bias: mean for sum"),
        t("weights not transposed"),
        t("random weights back"),
        t("slope forgotten"),
        t("cut off below"),
        t("opposite sign"),
    )
    faults = ("none", "averaged bias", "not transposed", "random feedback", "no slope", "cut", "wrong sign")
    for row, fault in enumerate(faults):
        color = GOOD if fault == "none" else BAD
        left.plot(100 * runs.accuracies(fault), [-row] * len(runs.SEEDS), "o", color=color, ms=7, alpha=0.55, mew=0)
        right.plot([1e-11, runs.check(fault)], [-row, -row], color=color, lw=1.2)
        right.plot(runs.check(fault), -row, "o", color=color, ms=7, mew=0)
    left.set_yticks(-np.arange(len(faults)), names, color=FOREGROUND, fontsize=11)
    left.set(xlabel=t("accuracy, %"), xlim=(0, 103), xticks=(10, 50, 100), ylim=(-6.6, 0.6))
    left.set_title(t("training"), loc="center", fontsize=12)
    right.set_title(t("gradient check"), loc="center", fontsize=12)
    right.set(xscale="log", xlabel=t("relative error"), xlim=(1e-11, 30))
    right.set_xticks([1e-10, 1e-5, 1.0])
    return fig


def _node(ax: Axes, x: float, y: float, text: str) -> None:
    ax.add_patch(Circle((x, y), 0.36, facecolor=PAPER, edgecolor=FOREGROUND, lw=1.4, zorder=3))
    ax.text(x, y, text, ha="center", va="center", color=FOREGROUND, fontsize=13, zorder=4)


def _wire(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate(
        "",
        end,
        start,
        zorder=1,
        arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.4, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12},
    )


def _bare(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    ax.set(xlim=x, ylim=y, aspect="equal")
    ax.axis("off")


def graph_there_and_back(t: Words) -> Figure:
    """Values run forward through the graph of two neurons, gradients backward, each node times its own slope."""
    fig, ax = plt.subplots(figsize=(6.3, 3.2))
    e, (v, g) = runs.EXAMPLE, runs.two_neurons(**runs.EXAMPLE)
    product, again = e["w1"] * e["x"], e["w2"] * v["h"]
    chain = ((1.5, "×"), (3.3, "+"), (5.1, "σ"), (6.9, "×"), (8.7, "+"), (10.6, "L"))
    _bare(ax, (-0.75, 12.0), (-2.0, 4.1))
    for (x0, _), (x1, _) in pairwise(chain):
        _wire(ax, (x0 + 0.36, 0.0), (x1 - 0.36, 0.0))
    for x, symbol in chain:
        _node(ax, x, 0.0, symbol)
    _wire(ax, (0.15, 0.0), (1.14, 0.0))
    _wire(ax, (10.96, 0.0), (11.8, 0.0))
    on_wires = (
        (0.45, "x", e["x"], g["x"]),
        (2.4, "", product, g["z"]),
        (4.2, "z", v["z"], g["z"]),
        (6.0, "h", v["h"], g["h"]),
        (7.8, "", again, g["y_hat"]),
        (9.65, "ŷ", v["y_hat"], g["y_hat"]),
        (11.5, "L", v["loss"], 1.0),
    )
    for x, name, value, gradient in on_wires:
        ax.text(x, 1.02, name, ha="center", va="center", color=MUTED, fontsize=12, style="italic")
        ax.text(x, 0.48, _number(value), ha="center", va="center", color=VALUE)
        ax.text(x, -0.5, _number(gradient), ha="center", va="center", color=GRADIENT)
    from_above = ((1.5, "w₁", "w1"), (3.3, "b₁", "b1"), (6.9, "w₂", "w2"), (8.7, "b₂", "b2"))
    for x, name, key in from_above:
        _wire(ax, (x, 2.55), (x, 0.36))
        ax.text(x, 2.9, name, ha="center", va="center", color=MUTED, fontsize=12)
        ax.text(x - 0.14, 1.9, _number(e[key]), ha="right", va="center", color=VALUE)
        ax.text(x + 0.14, 1.9, _number(g[key]), ha="left", va="center", color=GRADIENT)
    _wire(ax, (10.6, 2.55), (10.6, 0.36))
    ax.text(10.6, 2.9, "y", ha="center", va="center", color=MUTED, fontsize=12, style="italic")
    ax.text(10.46, 1.9, _number(e["y"]), ha="right", va="center", color=VALUE)
    ax.annotate("", (5.6, 3.75), (0.0, 3.75), arrowprops={"arrowstyle": "-|>", "color": VALUE, "lw": 1.8})
    ax.text(5.9, 3.75, t("values"), color=VALUE, va="center")
    ax.annotate("", (5.6, -1.65), (11.6, -1.65), arrowprops={"arrowstyle": "-|>", "color": GRADIENT, "lw": 1.8})
    ax.text(5.3, -1.65, t("gradients ∂L/∂…"), color=GRADIENT, va="center", ha="right")
    return fig


def three_habits(t: Words) -> Figure:
    """A sum hands its gradient to both inputs, a product exchanges them, a maximum picks one, a branch adds them up."""
    fig, axes = plt.subplots(2, 2, figsize=(6.2, 4.3))
    titles = (t("a sum copies"), t("a product exchanges"), t("a maximum routes"), t("a branch adds"))
    gates = (("+", 2.0, 5.0, 7.0, 3.0, 3.0), ("×", 2.0, 5.0, 10.0, 15.0, 6.0), ("max", 2.0, 5.0, 5.0, 0.0, 3.0))
    for ax, (symbol, a, b, y, da, db), title in zip(axes.flat, gates, titles, strict=False):
        _bare(ax, (-0.9, 4.4), (-1.35, 1.9))
        for side, value, gradient in ((1.0, a, da), (-1.0, b, db)):
            _wire(ax, (0.0, side), (1.62, 0.24 * side))
            ax.text(-0.12, side + 0.2, _number(value), ha="right", va="center", color=VALUE)
            ax.text(-0.12, side - 0.25, _number(gradient), ha="right", va="center", color=GRADIENT)
        _wire(ax, (2.3, 0.0), (3.8, 0.0))
        _node(ax, 1.95, 0.0, "" if symbol == "max" else symbol)
        if symbol == "max":
            ax.text(1.95, 0.0, "max", ha="center", va="center", color=FOREGROUND, fontsize=10, zorder=4)
        ax.text(3.1, 0.32, _number(y), ha="center", va="center", color=VALUE)
        ax.text(3.1, -0.36, _number(3.0), ha="center", va="center", color=GRADIENT)
        ax.set_title(title, loc="center", color=FOREGROUND)
    ax = axes[1, 1]
    _bare(ax, (-0.9, 4.4), (-1.35, 1.9))
    ax.set_title(titles[3], loc="center", color=FOREGROUND)
    _wire(ax, (0.0, 0.0), (1.9, 0.0))
    ax.plot(1.95, 0.0, "o", color=FOREGROUND, ms=7)
    ax.text(0.9, 0.32, "2", ha="center", va="center", color=VALUE)
    ax.text(0.9, -0.36, "7", ha="center", va="center", color=GRADIENT)
    for side, gradient in ((1.0, 3.0), (-1.0, 4.0)):
        _wire(ax, (1.95, 0.0), (3.6, 0.9 * side))
        ax.text(3.75, side + 0.2, "2", ha="left", va="center", color=VALUE)
        ax.text(3.75, side - 0.25, _number(gradient), ha="left", va="center", color=GRADIENT)
    return fig


def one_sign_decides(t: Words) -> Figure:
    """Two neurons, one example, five starts: with ŷ − y the loss falls to nothing, with y − ŷ it bursts."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    for seed in runs.SEEDS:
        ax.semilogy(runs.descend(1.0, seed), color=GOOD, alpha=0.75, lw=1.6)
        ax.semilogy(runs.descend(-1.0, seed), color=BAD, alpha=0.75, lw=1.6)
    direct_label(ax, 30, 1e13, "∂L/∂ŷ = y − ŷ", BAD, ha="right")
    direct_label(ax, 30, 1e-12, "∂L/∂ŷ = ŷ − y", GOOD, ha="right")
    ax.set(xlabel=t("step"), ylabel=t("loss"), xlim=(0, 100), ylim=(1e-18, 1e18))
    ax.set_yticks([1e-15, 1e-10, 1e-5, 1.0, 1e5, 1e10, 1e15])
    return fig


def _cells(ax: Axes, a: Array, title: str, color: str, mark: Sequence[tuple[int, int]] = ()) -> None:
    """A small array as a table of numbers, all cells of a figure equally large; marked cells are filled."""
    rows, columns = a.shape
    for i, j in np.ndindex(rows, columns):
        corner, value = (j, rows - 1 - i), float(a[i, j])
        if (i, j) in mark:
            ax.add_patch(Rectangle(corner, 1, 1, facecolor=color, alpha=0.25, lw=0))
        ax.add_patch(Rectangle(corner, 1, 1, facecolor="none", edgecolor=MUTED, lw=0.8))
        shown = MUTED if value == 0.0 and color == GRADIENT else color
        ax.text(j + 0.5, rows - 0.5 - i, _number(value), ha="center", va="center", color=shown, fontsize=11)
    ax.text(columns / 2, rows + 0.35, title, ha="center", va="center", color=FOREGROUND)
    ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows / 2 - 2.1, rows / 2 + 2.6), aspect="equal")
    ax.axis("off")


def pooling_routes(_t: Words) -> Figure:
    """The gradient of a max-pooling goes to the largest pixel of each window; twelve of sixteen pixels get nothing."""
    x, y, dy, dx = runs.pool_example()
    largest = [(int(i), int(j)) for i, j in np.argwhere(dx != 0.0)]
    fig, axes = plt.subplots(1, 4, figsize=(6.3, 2.15), width_ratios=(4.2, 2.2, 2.2, 4.2))
    all_four = [(0, 0), (0, 1), (1, 0), (1, 1)]
    _cells(axes[0], x, "x", VALUE, largest)
    _cells(axes[1], y, "y", VALUE, all_four)
    _cells(axes[2], dy, "∂L/∂y", GRADIENT, all_four)
    _cells(axes[3], dx, "∂L/∂x", GRADIENT, largest)
    for ax in (axes[0], axes[3]):
        ax.plot([2, 2], [0, 4], color=FOREGROUND, lw=1.6)
        ax.plot([0, 4], [2, 2], color=FOREGROUND, lw=1.6)
    return fig


def convolution_both_ways(_t: Words) -> Figure:
    """A weight of a filter meets four pixels, a pixel up to four windows: gradients add up over these meetings."""
    x, w, y, dy, dx, dw = runs.conv_example()
    fig, axes = plt.subplots(2, 3, figsize=(5.6, 5.4), width_ratios=(4.2, 3.2, 2.2))
    window = [(i, j) for i in (0, 1) for j in (1, 2)]
    _cells(axes[0, 0], x, "x", VALUE, window)
    _cells(axes[0, 1], w, "w", VALUE, [(0, 1)])
    _cells(axes[0, 2], y, "y", VALUE)
    _cells(axes[1, 0], dx, "∂L/∂x", GRADIENT)
    _cells(axes[1, 1], dw, "∂L/∂w", GRADIENT, [(0, 1)])
    _cells(axes[1, 2], dy, "∂L/∂y", GRADIENT, [(0, 0), (0, 1), (1, 0), (1, 1)])
    return fig


def price_of_a_gradient(t: Words) -> Figure:
    """Nudging costs two passes a parameter; one backward pass costs two forward ones, whatever their number."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    size, there, back = np.array([runs.multiplications(width) for width in (2, 4, 8, 16, 32, 64, 128, 256)]).T
    ax.loglog(size, 2.0 * size * there, color=BAD)
    ax.loglog(size, there + back, color=GOOD)
    ax.loglog(size, there, color=GREY, ls=(0, (4, 2)))
    direct_label(ax, 200, 2e9, t("nudge every parameter"), BAD)
    direct_label(ax, 3000, 1.6e6, t("forward and backward"), GOOD, ha="right")
    direct_label(ax, 9000, 8e4, t("forward only"), GREY)
    ax.set(xlabel=t("parameters"), ylabel=t("multiplications"), ylim=(2e3, 1e12))
    return fig


def memory_of_depth(t: Words) -> Figure:
    """A backward pass holds every activation, two arrays a layer; checkpoints let memory grow as the root of depth."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    depth = np.array([4, 9, 16, 25, 36, 49, 64])
    ax.plot(depth, [runs.held(int(d)) for d in depth], "o-", color=BAD)
    ax.plot(depth, [runs.held(int(d), round(d**0.5)) for d in depth], "o-", color=GOOD)
    direct_label(ax, 42, 106, t("everything kept"), BAD, ha="right")
    direct_label(ax, 42, 36, t("checkpoints, each part run twice"), GOOD, ha="center")
    ax.set(xlabel=t("layers"), ylabel=t("arrays in memory"), xlim=(0, 67), ylim=(0, 140), xticks=(4, 16, 36, 64))
    return fig


def step_of_a_check(t: Words) -> Figure:
    """The error of a measured gradient falls with h until rounding lifts it: central wins, float32 never gets there."""
    fig, ax = plt.subplots(figsize=(6.0, 3.9))
    kinds = (("float32", PURPLE), ("one-sided", ORANGE), ("relu", RED), ("central", BLUE))
    for kind, color in kinds:
        ax.loglog(runs.STEPS, runs.sweep(kind), color=color, ls=(0, (4, 2)) if kind == "relu" else "-")
    direct_label(ax, 2e-12, 4.0, t("central, 32-bit numbers"), PURPLE)
    direct_label(ax, 2e-5, 1e-4, t("one-sided"), ORANGE, ha="right")
    direct_label(ax, 2e-6, 2.2e-10, t("central"), BLUE, ha="right")
    direct_label(ax, 4e-2, 1e-6, t("central, ReLU"), RED, ha="left", fontsize=10.5)
    ax.set(xlabel=t("step h"), ylabel=t("relative error"), xlim=(1e-12, 10.0), ylim=(3e-11, 20.0))
    ax.set_xticks([1e-12, 1e-9, 1e-6, 1e-3, 1.0])
    ax.set_yticks([1e-10, 1e-7, 1e-4, 1e-1])
    return fig


def gradient_reaches_pixels(t: Words) -> Figure:
    """The backward pass goes on to the pixels: a step of 0.1 along their gradients' signs fools every second digit."""
    fig, axes = plt.subplots(1, 4, figsize=(6.3, 2.3), width_ratios=(1.0, 1.0, 1.0, 1.5))
    dx, x = runs.pixel_gradients(0)
    digit = 5
    step = 0.1 * np.sign(dx[digit])
    top = float(np.abs(dx[digit]).max())
    images = (x[digit], dx[digit] / top, np.clip(x[digit] + step, 0.0, 1.0))
    titles = (t("digit"), "∂L/∂x", t("a step of 0.1"))
    for ax, image, title in zip(axes[:3], images, titles, strict=True):
        signed = title == "∂L/∂x"
        shown = image if signed else 1.0 - image
        ax.imshow(
            shown.reshape(8, 8),
            cmap=DIVERGING if signed else "gray",
            vmin=-1.0 if signed else 0.0,
            vmax=1.0,
            rasterized=True,
        )
        ax.set_title(title, loc="center", fontsize=12)
        ax.set(xticks=(), yticks=())
        ax.spines[:].set_visible(True)
    ax = axes[3]
    sizes = np.array([0.0, 0.05, 0.1, 0.15, 0.2])
    for seed in runs.SEEDS:
        ax.plot(sizes, [100 * runs.after_a_step(seed, s) for s in sizes], color=BAD, lw=1.2, alpha=0.7)
        ax.plot(sizes, [100 * runs.after_a_step(seed, s, False) for s in sizes], color=GREEN, lw=1.2, alpha=0.7)
    direct_label(ax, 0.2, 80, t("random"), GREEN, fontsize=11, ha="right")
    direct_label(ax, 0.0, 20, t("gradient"), BAD, fontsize=11)
    ax.set(xlabel=t("size of the step"), ylim=(0, 103), yticks=(0, 50, 100), xticks=(0, 0.1, 0.2))
    ax.set_title(t("accuracy, %"), loc="right", fontsize=12)
    return fig
