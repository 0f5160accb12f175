"""The figures of the chapter on initialization."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.activations import relu
from snippets.experiments import initialization as experiments
from snippets.figures.palette import (
    BAD,
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
    shades,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.gaussian import normal_pdf

# The same scheme has the same colour in every figure of the chapter.
SMALL, LARGE, XAVIER, HE, FIVE_THIRDS = PURPLE, RED, BLUE, GREEN, ORANGE
COLORS = {"small": SMALL, "large": LARGE, "xavier": XAVIER, "he": HE, "tanh": FIVE_THIRDS}


def one_number_decides(t: Words) -> Figure:
    """One network, one set of random numbers: times 0.01 it stands still, times 0.14 it learns, times 0.2 it bursts."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    stuck, good, burst = (experiments.train_on_digits(std).loss for std in (0.01, experiments.HE_STD, 0.2))
    ax.semilogy(stuck, color=SMALL)
    ax.semilogy(good, color=HE, lw=0.8, alpha=0.35)
    ax.semilogy([good[max(0, k - 8) : k + 9].mean() for k in range(len(good))], color=HE)
    ax.semilogy(burst[np.isfinite(burst)], color=LARGE)
    direct_label(ax, 7, 1e4, t("σ = 0.2: soon not a number"), LARGE)
    direct_label(ax, 255, 9.0, t("σ = 0.01: nothing moves"), SMALL, ha="right")
    direct_label(ax, 255, 4e-2, "σ = √(2/100)", HE, ha="right")
    ax.set(xlabel=t("step"), ylabel=t("loss"), ylim=(3e-4, 3e5), yticks=(1e-3, 1e-1, 10.0, 1e3, 1e5))
    return fig


def units_stay_twins(t: Words) -> Figure:
    """Units that start alike stay alike; only sums taken in another order part them, after thousands of steps."""
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(6.0, 4.6), sharex=True, height_ratios=(1.5, 1.0))
    floor = 1e-20
    runs = (
        (experiments.train_units("tanh", None), GOOD),
        (experiments.train_units("tanh", 0.5, mixed=True), ORANGE),
        (experiments.train_units("tanh", 0.5), BAD),
    )
    for run, color in runs:
        top.semilogy(np.maximum(run.spread, floor), color=color)
        bottom.semilogy(run.loss, color=color)
    direct_label(top, 500, 3e-3, t("drawn at random"), GOOD)
    direct_label(top, 4300, 1e-13, t("all 0.5, one unit adds in another order"), ORANGE, ha="left", fontsize=10.5)
    direct_label(top, 500, 1e-18, t("all 0.5: exactly 0"), BAD)
    top.set(ylabel=t("spread of the units"), ylim=(1e-21, 1e3))
    top.set_yticks([floor, 1e-15, 1e-10, 1e-5, 1.0], ["0", "$10^{-15}$", "$10^{-10}$", "$10^{-5}$", "$10^0$"])
    bottom.set(xlabel=t("step"), ylabel=t("loss"), ylim=(2e-4, 8.0), yticks=(1e-3, 1e-2, 1e-1, 1.0))
    return fig


def tanh_layers(t: Words) -> Figure:
    """Through ten tanh layers small weights shrink activations to 0, large ones push them to ±1, 1/√n keeps them."""
    layers = (1, 3, 5, 7, 10)
    fig, axes = small_multiples(1, 3, height=3.4)
    edges = np.linspace(-1.0, 1.0, 42)
    for ax, scheme, title in zip(axes[0], ("small", "lecun", "large"), ("σ = 0.01", "σ = 1/√n", "σ = 1"), strict=True):
        for row, (values, color) in enumerate(
            zip(experiments.outputs(scheme, layers), shades(len(layers)), strict=True)
        ):
            share = np.histogram(values, edges)[0]
            ax.stairs(0.85 * share / share.max() - row, edges, baseline=-row, fill=True, color=color, alpha=0.75)
            ax.text(1.95, 0.1 - row, _short(values.std()), color=MUTED, fontsize=10, ha="right")
        ax.set(title=title, xlim=(-1.1, 2.0), xticks=(-1, 0, 1), yticks=-np.arange(len(layers)), ylim=(-4.15, 1.1))
        ax.set_yticklabels([str(layer) for layer in layers])
        ax.grid(visible=False)
        ax.spines["left"].set_visible(False)
        ax.spines["bottom"].set_bounds(-1, 1)
    axes[0, 0].set_ylabel(t("layer"))
    axes[0, 1].set_xlabel(t("activation; on the right, its std"))
    return fig


def _short(x: float) -> str:
    """Two decimals, or the power of ten of a number too small for them."""
    return f"{x:.2f}" if x >= 0.01 else f"$10^{{{round(np.log10(x))}}}$"


def _through_depth(t: Words, axes: list[Axes], which: int) -> None:
    """One panel for each activation function, a line for each scheme; which = 0 activations, 1 gradients."""
    layer = np.arange(1, 31)
    for ax, name, title in zip(axes, ("tanh", "relu", "sigmoid"), ("tanh", "ReLU", t("sigmoid")), strict=True):
        for scheme, color in COLORS.items():
            y = experiments.spreads(name, scheme)[which]
            ax.semilogy(layer, y, color=color, lw=1.8)
        ax.set(title=title, xlim=(0, 31), xticks=(1, 10, 20, 30), ylim=(1e-9, 1e9))
        ax.set_yticks([1e-8, 1e-4, 1.0, 1e4, 1e8])


def _name_schemes(t: Words, ax: Axes, places: dict[str, tuple[float, float]]) -> None:
    names = {"small": "σ = 0.01", "large": "σ = 1", "xavier": t("Xavier"), "he": t("He"), "tanh": t("5/3 · Xavier")}
    for scheme, (x, y) in places.items():
        direct_label(ax, x, y, names[scheme], COLORS[scheme], fontsize=10)


def activations_through_depth(t: Words) -> Figure:
    """No weight scale suits every activation function: He keeps ReLU alive, tanh forgives, small weights kill all."""
    fig, axes = small_multiples(1, 3, height=3.3)
    _through_depth(t, list(axes[0]), 0)
    axes[0, 0].set_ylabel(t("std of activations"))
    axes[0, 1].set_xlabel(t("layer"))
    _name_schemes(t, axes[0, 0], {"small": (11.0, 3e-8)})
    _name_schemes(t, axes[0, 1], {"large": (9.5, 1e7), "he": (20.0, 0.1), "tanh": (9.0, 4e2), "xavier": (14.0, 3e-6)})
    return fig


def gradients_through_depth(t: Words) -> Figure:
    """Gradients on their way down: steady for ReLU with He, growing where weights are large, gone for the sigmoid."""
    fig, axes = small_multiples(1, 3, height=3.3)
    _through_depth(t, list(axes[0]), 1)
    axes[0, 0].set_ylabel(t("std of gradients"))
    axes[0, 1].set_xlabel(t("layer"))
    _name_schemes(t, axes[0, 0], {"small": (4.5, 1e-7), "large": (13.0, 3e7)})
    _name_schemes(t, axes[0, 1], {"he": (2.0, 0.05), "xavier": (1.0, 3e-8), "tanh": (8.0, 7e2)})
    return fig


def half_of_the_second_moment(t: Words) -> Figure:
    """ReLU keeps half of E[z²] when z is symmetric about 0; with zero mean alone it may keep two thirds."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.1), sharey=False)
    x = np.linspace(-3.2, 3.2, 400)
    share = x**2 * normal_pdf(x)
    left.fill_between(x, share, where=x >= 0, color=GOOD, alpha=0.6, lw=0)
    left.fill_between(x, share, where=x <= 0, color=GREY, alpha=0.3, lw=0)
    left.plot(x, share, color=FOREGROUND, lw=1.4)
    left.text(1.45, 0.1, "½", ha="center", fontsize=17, color=FOREGROUND)
    left.text(-1.45, 0.1, "½", ha="center", fontsize=17, color=MUTED)
    left.set(title=t("symmetric"), xlabel="z", ylabel=t("contribution to E[z²]"), yticks=(0, 0.1, 0.2, 0.3))
    z, p = experiments.asymmetric()
    right.bar(z, p * z**2, width=0.7, color=[GOOD if value > 0 else GREY for value in z], alpha=0.6)
    for value, weight in zip(z, p * z**2, strict=True):
        text, color = ("4/3", FOREGROUND) if value > 0 else ("2/3", MUTED)
        right.text(value, weight / 2, text, ha="center", va="center", fontsize=15, color=color)
    right.set(title=t("mean 0, not symmetric"), xlabel="z", xticks=(-1, 0, 2), xlim=(-2.2, 3.2), yticks=(0, 0.5, 1))
    return fig


def he_against_xavier(t: Words) -> Figure:
    """Thirty ReLU layers: with He's weights E[z²] stays, with Xavier's each layer halves it."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    layer = np.arange(1, 31)
    for scheme, factor, color in (("he", 1.0, HE), ("xavier", 0.5, XAVIER)):
        moments, _ = experiments.second_moments("relu", scheme)
        theory = moments[0] * factor ** (layer - 1.0)
        ax.semilogy(layer, theory, color=MUTED, lw=1.2, ls=(0, (4, 3)))
        ax.semilogy(layer, moments, "o", color=color, ms=5)
    direct_label(ax, 19, 30.0, t("He: ratio 1"), HE)
    direct_label(ax, 5.0, 3e-6, t("Xavier: ratio ½"), XAVIER)
    direct_label(ax, 22.5, 2e-4, t("theory"), MUTED)
    ax.annotate("", (22.0, 0.5**21.0 * 1.5), (24.0, 9e-5), arrowprops={"arrowstyle": "-", "color": MUTED, "lw": 0.8})
    ax.set(xlabel=t("layer"), ylabel="E[z²]", ylim=(1e-10, 1e3), yticks=(1e-9, 1e-6, 1e-3, 1.0, 1e3))
    return fig


def length_maps(t: Words) -> Figure:
    """A layer maps E[z²] along a curve: tanh with gain 1 leads to 0, with 5/3 to a point above 0, ReLU stands still."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.4), width_ratios=(1.15, 1.0))
    u, q, layer = experiments.gaussian_points(), np.linspace(0.0, 2.2, 60), np.arange(1, 31)
    for g, f, color in ((1.0, np.tanh, BLUE), (5.0 / 3.0, np.tanh, ORANGE), (np.sqrt(2.0), relu, GREEN)):
        left.plot(q, [experiments.length_map(x, g, f, u) for x in q], color=color)
    for g, start, scheme, color in ((1.0, 2.1, "xavier", BLUE), (5.0 / 3.0, 0.1, "tanh", ORANGE)):
        steps = experiments.iterate(g, np.tanh, start, 8)
        left.plot(np.repeat(steps, 2)[:-1], np.repeat(steps, 2)[1:], color=color, lw=0.9, alpha=0.8)
        right.semilogy(layer, experiments.iterate(g, np.tanh, g**2, 30), color=MUTED, lw=1.2, ls=(0, (4, 3)))
        right.semilogy(layer, experiments.tanh_moments(scheme), "o", color=color, ms=4)
    settled = experiments.fixed_point(5.0 / 3.0, np.tanh)
    left.plot([settled], [settled], "o", color=ORANGE, ms=8, zorder=5)
    direct_label(left, 1.5, 1.95, "ReLU, √2", GREEN, ha="right")
    direct_label(left, 2.07, 1.1, "tanh, 5/3", ORANGE, ha="right")
    direct_label(left, 2.07, 0.3, "tanh, 1", BLUE, ha="right")
    direct_label(right, 12, 2.0, "tanh, 5/3", ORANGE)
    direct_label(right, 12, 0.11, "tanh, 1", BLUE)
    direct_label(right, 2.0, 0.0115, t("dashed: theory"), MUTED, fontsize=11)
    left.set(xlabel=t("E[z²] before the layer"), ylabel=t("E[z²] after it"), xlim=(0, 2.2), ylim=(0, 2.2))
    right.set(xlabel=t("layer"), ylabel="E[z²]", ylim=(8e-3, 5.0), xticks=(1, 10, 20, 30))
    return fig


def products_lose_directions(t: Words) -> Figure:
    """A product of Gaussian matrices keeps the mean square but loses most directions; an orthogonal one loses none."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    for depth, color in zip((1, 5, 30), shades(3), strict=True):
        values = experiments.singular_values("lecun", depth)
        ax.semilogy(np.arange(1, len(values) + 1), values, color=color)
    ax.axhline(1.0, color=ORANGE, lw=2.2)
    direct_label(ax, 98, 4.0, t("orthogonal: all 1, at any depth"), ORANGE, ha="right")
    direct_label(ax, 70, 0.17, t("1 layer"), shades(3)[0], ha="right")
    direct_label(ax, 73, 3e-4, t("5 layers"), shades(3)[1], ha="right")
    direct_label(ax, 41, 1e-5, t("30 layers"), shades(3)[2], ha="right")
    ax.set(xlabel=t("number of the singular value"), ylabel=t("singular value"), ylim=(1e-9, 40.0), xlim=(0, 101))
    return fig


def narrow_networks_wander(t: Words) -> Figure:
    """He keeps E[z²] on average; how far one network strays after thirty layers depends on its width."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    rng = np.random.default_rng(0)
    widths = (16, 50, 160)
    for row, (width, color) in enumerate(zip(widths, shades(3), strict=True)):
        moments = experiments.chance_through_depth(width)
        y = row + rng.uniform(-0.24, 0.24, len(moments))
        ax.plot(moments, y, "o", color=color, ms=4.5, alpha=0.55, mew=0)
        ax.plot([np.median(moments)] * 2, [row - 0.36, row + 0.36], color=color, lw=2.6)
    ax.axvline(2.0, color=MUTED, lw=1.2, ls=(0, (4, 3)))
    ax.text(2.4, 2.62, t("theory"), color=MUTED, va="center", fontsize=11)
    ax.set(xscale="log", xlabel=t("E[z²] at layer 30"), ylabel=t("width"), ylim=(-0.5, 2.8))
    ax.set_yticks(range(len(widths)), [str(width) for width in widths])
    ax.grid(axis="y", visible=False)
    return fig


def scale_decides_accuracy(t: Words) -> Figure:
    """Plain gradient descent learns only near He's scale; Adam forgives more, but large weights cost it accuracy."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    stds = np.array(experiments.STDS)
    for rule, color in (("SGD", BLUE), ("Adam", ORANGE)):
        percent = 100 * experiments.accuracies()[rule]
        ax.semilogx(stds, percent.mean(axis=1), color=color)
        ax.semilogx(stds, percent, "o", color=color, ms=4.5, alpha=0.55, mew=0)
    ax.axvline(experiments.HE_STD, color=MUTED, lw=1.2, ls=(0, (4, 3)))
    ax.axhline(10.0, color=MUTED, lw=0.8)
    direct_label(ax, 0.138, 20.0, t("He: √(2/n)"), MUTED, fontsize=11, ha="right")
    direct_label(ax, 0.079, 45.0, "SGD", BLUE, ha="right")
    direct_label(ax, 0.3, 81.0, "Adam", ORANGE)
    direct_label(ax, 0.3, 15.0, t("guessing"), MUTED, fontsize=11)
    ticks = [0.035, 0.071, 0.14, 0.28, 0.57]
    ax.set(
        xlabel=t("standard deviation σ of the weights"),
        ylabel=t("accuracy, %"),
        ylim=(0, 103),
        yticks=range(0, 101, 25),
    )
    ax.set_xticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    return fig


def thirty_layers_on_digits(t: Words) -> Figure:
    """Thirty ReLU layers on digits: with Xavier's weights the loss stays at ln 10, with He's it falls."""
    fig, ax = plt.subplots(figsize=(6.0, 3.0))
    for std, color in ((0.1, XAVIER), (experiments.HE_STD, HE)):
        for run in experiments.deep_digits(std):
            ax.plot([run.loss[max(0, k - 8) : k + 9].mean() for k in range(len(run.loss))], color=color, lw=1.6)
    direct_label(ax, 335, 2.62, t("Xavier: the loss stays at ln 10"), XAVIER, ha="right")
    direct_label(ax, 235, 1.35, t("He"), HE)
    ax.set(xlabel=t("step"), ylabel=t("loss"), ylim=(0, 3.0), xlim=(0, 340))
    return fig
