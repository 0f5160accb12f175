"""The figures of the chapter on networks as functions."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from snippets.activations import tanh
from snippets.arrays import Array
from snippets.experiments import neurons as runs
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
    direct_label,
    shades,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.network import Network, Params, forward

ARMS = (BLUE, ORANGE, GREEN)
NETWORK = ORANGE  # what a network computes, against the target in grey


def _regions(ax: Axes, net: Network, params: Params, points: int = 220) -> None:
    """Which class a network chooses where, with the training points upon it."""
    side = np.linspace(-1.25, 1.25, points)
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    chosen = runs.decide(net, params, plane).reshape(points, points)
    for arm, color in enumerate(ARMS):
        ax.pcolormesh(
            side,
            side,
            np.where(chosen == arm, 1.0, np.nan),
            cmap=ListedColormap([color]),
            alpha=0.28,
            rasterized=True,
            linewidth=0,
        )
    (x, y), _ = runs.spiral_data(0)
    for arm, color in enumerate(ARMS):
        ax.plot(*x[y == arm].T, "o", color=color, ms=2.6, mew=0)
    ax.set(xticks=(), yticks=(), aspect="equal", xlim=(-1.25, 1.25), ylim=(-1.25, 1.25))
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)


def linear_layers_stay_linear(t: Words) -> Figure:
    """One linear layer and five draw the same straight borders through three spirals; one ReLU layer follows them."""
    fig, axes = small_multiples(1, 3, height=2.5)
    titles = (t("1 linear layer"), t("5 linear layers"), t("2 layers and ReLU"))
    for ax, net, title in zip(axes[0], (runs.LINEAR, runs.DEEP_LINEAR, runs.BENT), titles, strict=True):
        run = runs.on_spirals(net, 0)
        _regions(ax, net, run.params)
        ax.set_title(title, loc="center")
        ax.set_xlabel(f"{100 * run.test:.1f}\u2009%", color=FOREGROUND)
    return fig


def neuron_is_a_ridge(t: Words) -> Figure:
    """A neuron is constant along lines at right angles to w; b and the length of w only say where and how steeply."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.3), sharey=True)
    w, b = np.array([1.2, 0.8]), -0.9
    side = np.linspace(-3.0, 3.0, 181)
    x1, x2 = np.meshgrid(side, side)
    z = w[0] * x1 + w[1] * x2 + b
    lines = left.contour(x1, x2, z, levels=np.arange(-6.0, 6.0, 1.5), colors=MUTED, linewidths=0.8, alpha=0.7)
    lines.set_linestyle("solid")
    left.contour(x1, x2, z, levels=[0.0], colors=BLUE, linewidths=2.2)
    foot = -b * w / (w @ w)
    point = np.array([1.9, 1.9])
    away = point - (w @ point + b) / (w @ w) * w
    left.annotate(
        "", foot + w, foot, arrowprops={"arrowstyle": "-|>", "color": ORANGE, "lw": 2.2, "shrinkA": 0, "shrinkB": 0}
    )
    left.plot(*np.stack([point, away]).T, color=FOREGROUND, lw=1.2, ls=(0, (3, 2)))
    left.plot(*point, "o", color=FOREGROUND, ms=6)
    direct_label(left, 1.25, 0.45, "w", ORANGE, fontsize=14)
    direct_label(left, -0.95, 2.62, "z = 0", BLUE, backgroundcolor=PAPER)
    direct_label(left, 2.05, 2.15, "x", FOREGROUND, fontsize=13)
    left.set(title=t("pre-activation z"), xlabel="x₁", ylabel="x₂")
    right.pcolormesh(x1, x2, tanh(z), cmap=DIVERGING, vmin=-1, vmax=1, rasterized=True, shading="gouraud")
    right.contour(x1, x2, z, levels=[0.0], colors=BLUE, linewidths=2.2)
    right.text(-2.6, -2.4, "−1", color=DIVERGING(0.5), fontsize=14, ha="left", va="center")
    right.text(2.6, 2.4, "+1", color=DIVERGING(0.5), fontsize=14, ha="right", va="center")
    right.set(title=t("output tanh z"), xlabel="x₁")
    for ax in (left, right):
        ax.set(aspect="equal", xlim=(-3, 3), ylim=(-3, 3), xticks=(-2, 0, 2), yticks=(-2, 0, 2))
        ax.grid(visible=False)
    return fig


def two_units_fold_xor(t: Words) -> Figure:
    """No line parts the two classes of XOR; two ReLU units move the corners to where one line does."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.3))
    x, y = runs.xor()
    net, params = runs.xor_network()
    hidden = forward(net[:2], Params(params.flat, params.slots[:2]), x)[0]
    for ax, points in ((left, x), (right, hidden)):
        for label, color in ((0, BLUE), (1, ORANGE)):
            ax.plot(*points[y == label].T, "o", color=color, ms=13, mew=0, zorder=3)
        ax.set(aspect="equal", xticks=(0, 1, 2), yticks=(0, 1))
        ax.set_anchor("N")
    line = np.array([-0.6, 1.6])
    for where, which in ((0.0, 0), (1.0, 1)):
        left.plot(line, where - line, color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=1)
        direct_label(left, (-0.42, -0.42)[which], (0.62, 1.62)[which], ("z₁ = 0", "z₂ = 0")[which], MUTED, fontsize=11)
    for corner, place in zip(x, ((-0.32, -0.24), (-0.05, 1.23), (0.68, -0.24), (0.82, 1.23)), strict=True):
        left.text(*place, f"({corner[0]:.0f}, {corner[1]:.0f})", color=FOREGROUND, fontsize=10.5, va="center")
    across = np.array([0.02, 2.3])
    right.plot(across, (across - 0.5) / 2.0, color=GOOD, lw=2.2, zorder=1)
    right.text(-0.2, 0.22, "(0, 0)", color=FOREGROUND, fontsize=10.5, va="center")
    right.text(0.5, -0.24, "(0, 1)", color=FOREGROUND, fontsize=10.5, va="center")
    right.text(1.04, -0.24, "(1, 0)", color=FOREGROUND, fontsize=10.5, va="center")
    right.text(1.72, 1.22, "(1, 1)", color=FOREGROUND, fontsize=10.5, va="center")
    left.set(title=t("input"), xlabel="x₁", ylabel="x₂", xlim=(-0.6, 1.7), ylim=(-0.55, 1.75))
    right.set(title=t("hidden layer"), xlabel="a₁", ylabel="a₂", xlim=(-0.4, 2.4), ylim=(-0.9, 1.9))
    return fig


def _target(ax: Axes, x: Array) -> None:
    ax.plot(x, runs.target(x), color=GREY, lw=3.6, alpha=0.45)


def kinks_add_up(t: Words) -> Figure:
    """Every ReLU unit adds one kink; the sum of seven broken lines meets the target at eight points."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.1))
    units, x = 7, np.linspace(-1.0, 1.0, 401)
    net, params = runs.broken_line(runs.target, units)
    h, _ = forward(net[:2], Params(params.flat, params.slots[:2]), x[:, None])
    for j, color in enumerate(shades(units)):
        left.plot(x, h[:, j] * params["2.w"][j, 0], color=color, lw=1.8)
    left.set(title=t("seven units, each with its weight"), xlabel="x", ylim=(-8, 8), yticks=(-5, 0, 5))
    knots = np.linspace(-1.0, 1.0, units + 1)
    _target(right, x)
    right.plot(x, runs.outputs(net, params, x), color=NETWORK)
    right.plot(knots, runs.target(knots), "o", color=NETWORK, ms=6)
    direct_label(right, -0.95, 1.28, t("target"), GREY)
    direct_label(right, -0.72, -0.92, t("their sum"), NETWORK)
    right.set(title=" ", xlabel="x", ylim=(-1.25, 1.5), yticks=(-1, 0, 1))
    return fig


def width_buys_accuracy(t: Words) -> Figure:
    """Trained networks of 2, 5, 20 and 100 units: the more units, the closer, and outside the data all are wrong."""
    fig, axes = small_multiples(2, 2, height=2.3)
    x = np.linspace(-1.35, 1.35, 541)
    titles = (t("2 units"), t("5 units"), t("20 units"), t("100 units"))
    for ax, width, title in zip(axes.flat, runs.WIDTHS, titles, strict=True):
        for low, high in ((-1.35, -1.0), (1.0, 1.35)):
            ax.axvspan(low, high, color=GREY, alpha=0.13, linewidth=0)
        _target(ax, x)
        for seed in runs.SEEDS:
            run = runs.fit((width,), seed)
            ax.plot(x, runs.outputs(run.net, run.params, x), color=NETWORK, lw=1.2, alpha=0.85)
        ax.set(title=title, ylim=(-2.1, 2.1), xlim=(-1.35, 1.35), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    for ax in axes[1]:
        ax.set_xlabel("x")
    direct_label(axes[0, 0], -0.62, 1.45, t("target"), GREY)
    direct_label(axes[0, 0], -0.55, -1.5, t("five seeds"), NETWORK)
    return fig


def kinks_start_together(t: Words) -> Figure:
    """With biases that start at zero, a hundred units leave the right half to one kink; scattered kinks follow."""
    fig, axes = small_multiples(1, 2, height=3.1)
    x = np.linspace(-1.0, 1.0, 401)
    rows = ((False, BAD, t("all kinks start at 0")), (True, GOOD, t("kinks start scattered")))
    for ax, (scattered, color, title) in zip(axes[0], rows, strict=True):
        run = runs.fit((100,), 0, scattered)
        _target(ax, x)
        ax.plot(x, runs.outputs(run.net, run.params, x), color=color)
        inside = run.kinks[np.abs(run.kinks) <= 1.0]
        ax.plot(inside, np.full(len(inside), -1.42), "|", color=color, ms=12, mew=1.0, alpha=0.7)
        ax.set(title=title, xlabel="x", ylim=(-1.65, 1.4), yticks=(-1, 0, 1), xticks=(-1, 0, 1))
    direct_label(axes[0, 0], 0.36, -1.42, t("not one kink"), MUTED, fontsize=11)
    return fig


def error_falls_with_width(t: Words) -> Figure:
    """Written down, a network's largest error falls as 1/n²; training gets there at times, and at times far from it."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    units = np.unique(np.geomspace(2, 128, 25).round().astype(int))
    written = [runs.largest_error(*runs.broken_line(runs.target, int(n))) for n in units]
    ax.loglog(units, written, color=BLUE)
    for width in runs.WIDTHS:
        largest = [runs.fit((width,), seed).largest for seed in runs.SEEDS]
        ax.plot([width] * len(largest), largest, "o", color=NETWORK, ms=7, alpha=0.65, mew=0)
    bound = runs.steepest_bend() / 8.0 * (2.0 / units) ** 2
    ax.plot(units, np.where(bound < 2.5, bound, np.nan), color=MUTED, lw=1.2, ls=(0, (4, 3)))
    direct_label(ax, 34, 0.016, t("written down"), BLUE, ha="right")
    direct_label(ax, 23, 0.97, t("trained, five seeds"), NETWORK)
    direct_label(ax, 60, 0.03, t("bound"), MUTED, fontsize=11)
    ax.set(xlabel=t("units in the hidden layer"), ylabel=t("largest error"), ylim=(2e-3, 3.0))
    ax.set_xticks([2, 5, 10, 20, 50, 100], ["2", "5", "10", "20", "50", "100"])
    ax.set_yticks([0.01, 0.1, 1.0], ["0.01", "0.1", "1"])
    ax.minorticks_off()
    return fig


def tents_multiply(t: Words) -> Figure:
    """Each further layer of two units doubles the number of straight pieces: 2, 4, 8, 16."""
    fig, axes = small_multiples(1, 4, height=2.3)
    x = np.linspace(0.0, 1.0, 513)
    titles = (t("2 units"), t("4 units"), t("6 units"), t("8 units"))
    counts = (t("2 pieces"), t("4 pieces"), t("8 pieces"), t("16 pieces"))
    for k, (ax, title, count) in enumerate(zip(axes[0], titles, counts, strict=True), start=1):
        ax.plot(x, runs.outputs(*runs.tents(k), x), color=shades(4)[k - 1], lw=1.9)
        ax.set(xticks=(0, 1), yticks=(0, 1), xlim=(-0.04, 1.04))
        ax.set_title(title, loc="center")
        ax.set_xlabel(count, color=FOREGROUND)
    return fig


def same_budget_other_depth(t: Words) -> Figure:
    """With the parameters held equal, one to four hidden layers do alike on spirals, and one does best on the curve."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.1))
    for depth in runs.IN_THE_PLANE:
        scores, errors = 100 * runs.spirals_by_depth(depth), runs.rms_errors(runs.ON_A_LINE[depth])
        spread = np.linspace(-0.16, 0.16, len(scores))
        left.plot(depth + spread, scores, "o", color=PURPLE, ms=6, alpha=0.6, mew=0)
        left.plot([depth - 0.3, depth + 0.3], [scores.mean()] * 2, color=PURPLE)
        right.plot(depth + spread, errors, "o", color=BLUE, ms=6, alpha=0.6, mew=0)
        right.plot([depth - 0.3, depth + 0.3], [errors.mean()] * 2, color=BLUE)
    left.set(title=t("spirals: accuracy, %"), ylim=(95, 100.4), yticks=(95, 96, 97, 98, 99, 100))
    right.set(title=t("curve: error"), ylim=(0, 0.03), yticks=(0, 0.01, 0.02, 0.03))
    for ax in (left, right):
        ax.set(xlabel=t("hidden layers"), xticks=(1, 2, 3, 4), xlim=(0.5, 4.5))
        ax.grid(axis="x", visible=False)
    return fig


def epochs_are_many_updates(t: Words) -> Figure:
    """The borders grow into the spirals epoch after epoch, while the loss moves at each of 1,000 updates."""
    fig = plt.figure(figsize=(6.0, 4.4))
    axes = fig.subplot_mosaic([["0", "1", "10", "200"], ["loss"] * 4], height_ratios=(1.0, 1.25))
    run = runs.on_spirals(runs.BENT, 0)
    titles = (t("at random"), t("1 epoch"), t("10 epochs"), t("200 epochs"))
    for epoch, title in zip(runs.EPOCHS, titles, strict=True):
        _regions(axes[str(epoch)], run.net, run.seen[epoch], points=160)
        axes[str(epoch)].set_title(title, loc="center")
    ax, updates = axes["loss"], np.arange(1, len(run.losses) + 1)
    ax.loglog(updates, run.losses, color=BLUE, lw=1.2)
    for epoch in runs.EPOCHS[1:]:
        ax.axvline(5 * epoch, color=MUTED, lw=1.0, ls=(0, (4, 3)))
    ax.set(xlabel=t("update"), ylabel=t("loss"), xlim=(1, 1100))
    ax.set_xticks([1, 5, 50, 1000], ["1", "5", "50", "1000"])
    ax.set_yticks([0.01, 0.1, 1.0], ["0.01", "0.1", "1"])
    ax.minorticks_off()
    return fig
