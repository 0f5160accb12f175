"""Figures of the chapter on activation functions."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets import activations
from snippets.arrays import Array
from snippets.experiments import activations as runs
from snippets.figures.palette import (
    BLUE,
    DERIVATIVE,
    FOREGROUND,
    FUNCTION,
    GREEN,
    GREY,
    MUTED,
    ORANGE,
    PURPLE,
    direct_label,
    shades,
    small_multiples,
)
from snippets.figures.words import Words

COLOURS = {"sigmoid": BLUE, "tanh": ORANGE, "relu": GREEN}  # as in the movable
LABELS = {
    "tanh": "tanh",
    "softplus": "softplus",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "mish": "Mish",
}


def _curve(ax: Axes, x: Array, f: Callable[[Array], Array], f_grad: Callable[[Array], Array], title: str) -> None:
    """A function and its derivative; a jump of the derivative is not joined by a line."""
    slope = f_grad(x)
    jumps = np.flatnonzero(np.abs(np.diff(slope)) > 0.05) + 1
    ax.plot(np.insert(x, jumps, np.nan), np.insert(slope, jumps, np.nan), color=DERIVATIVE, linewidth=1.8)
    ax.plot(x, f(x), color=FUNCTION)
    ax.set_title(title)


def deep_sigmoid_learns_nothing(t: Words) -> Figure:
    """Eight hidden layers: the sigmoid network stays at ln 10, the loss of guessing; tanh and ReLU learn."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    for name in runs.DEEP_RATE:
        loss = np.convolve(runs.one_word(name, 0).loss, np.full(10, 0.1), "valid")
        ax.plot(np.arange(len(loss)) + 10, loss, color=COLOURS[name])
    ax.axhline(np.log(10.0), color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    direct_label(ax, 254, np.log(10.0) + 0.19, t("sigmoid"), BLUE, ha="right")
    ax.text(10, np.log(10.0) + 0.19, t("guessing: ln 10"), color=MUTED, va="center")
    direct_label(ax, 33, 0.82, "tanh", ORANGE)
    direct_label(ax, 61, 1.25, "ReLU", GREEN)
    ax.set(xlabel=t("step"), ylabel=t("training loss"), ylim=(0, 2.75))
    return fig


def sigmoid_and_tanh_flatten(t: Words) -> Figure:
    """Both squashing functions are flat outside a narrow window; the sigmoid's slope is 1/4 at best, tanh's 1."""
    fig, axes = small_multiples(1, 2, height=3.0, share_y=False)
    x = np.linspace(-8.0, 8.0, 801)
    for ax, name, title in zip(axes[0], ("sigmoid", "tanh"), ("σ(x)", "tanh x"), strict=True):
        f, f_grad = runs.PAIRS[name]
        flat = x[f_grad(x) < 0.05]
        edge = flat[flat > 0].min()
        for low, high in ((-8.0, -edge), (edge, 8.0)):
            ax.axvspan(low, high, color=GREY, alpha=0.13, linewidth=0)
        _curve(ax, x, f, f_grad, title)
        ax.set(xlabel="x", xlim=(-8, 8), xticks=(-8, -4, 0, 4, 8))
    axes[0, 0].set(ylim=(-0.05, 1.1), yticks=(0, 0.25, 0.5, 1), yticklabels=("0", "0.25", "0.5", "1"))
    axes[0, 1].set(ylim=(-1.12, 1.12), yticks=(-1, 0, 1))
    direct_label(axes[0, 0], 1.3, 0.62, "σ", FUNCTION)
    direct_label(axes[0, 0], -1.3, 0.31, "σ′", DERIVATIVE, ha="right")
    direct_label(axes[0, 1], 1.5, 0.72, "tanh", FUNCTION)
    direct_label(axes[0, 1], -0.8, 0.72, "tanh′", DERIVATIVE, ha="right")
    for ax, low in ((axes[0, 0], 0.5), (axes[0, 1], -0.6)):
        ax.text(7.8, low + 0.06, t("saturated"), color=MUTED, ha="right", va="bottom", fontsize=11)
    return fig


def sigmoid_stops_at_depth(t: Words) -> Figure:
    """A sigmoid network learns with three hidden layers and guesses with six; tanh and ReLU learn with eight."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    for name, colour in COLOURS.items():
        scores = np.array([runs.accuracy_at_depth(name, depth) for depth in runs.DEPTHS])
        ax.plot(runs.DEPTHS, scores.mean(axis=1), color=colour)
        for column in scores.T:
            ax.plot(runs.DEPTHS, column, "o", color=colour, markersize=4, alpha=0.55, markeredgewidth=0)
    ax.axhline(0.1, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    ax.text(1.0, 0.135, t("guessing"), color=MUTED)
    direct_label(ax, 3.75, 0.55, t("sigmoid"), BLUE)
    direct_label(ax, 6.6, 1.035, "tanh", ORANGE)
    direct_label(ax, 6.6, 0.915, "ReLU", GREEN)
    ax.set(xlabel=t("hidden layers"), ylabel=t("test accuracy"), ylim=(0, 1.09), xticks=range(1, 9))
    return fig


def positive_inputs_forbid_large_steps(t: Words) -> Figure:
    """A neuron with positive inputs walks a zig-zag; centred ones allow a larger rate and so need fewer steps."""
    fig = plt.figure(figsize=(6.0, 6.2))
    axes = fig.subplot_mosaic([["positive", "centred"], ["steps", "steps"]], height_ratios=[1.0, 0.95])
    grid = np.linspace(-0.85, 1.85, 81)
    w1, w2 = np.meshgrid(grid, grid - 1.0)
    for key, centred, colour in (("positive", False, ORANGE), ("centred", True, BLUE)):
        ax, lr = axes[key], runs.best_step_size(centred)
        d1, d2 = w1 - 1.0, w2 + 1.0
        condition = runs.input_condition(centred)
        along, across = (d1 + d2) ** 2 / 2.0, (d1 - d2) ** 2 / 2.0
        ax.contour(w1, w2, np.sqrt(condition * along + across), levels=6, colors=MUTED, linewidths=0.7, alpha=0.6)
        path = runs.neuron_path(centred, lr)[: int(runs.steps_to_goal(centred, lr)) + 1, 0]
        ax.plot(*path.T, "-o", color=colour, markersize=3.2, linewidth=1.3)
        ax.plot(0, 0, "o", color=FOREGROUND, markersize=6)
        ax.plot(1, -1, "*", color=FOREGROUND, markersize=12)
        ax.set(xlim=(-0.85, 1.85), ylim=(-1.85, 0.85), aspect="equal", xlabel="$w_1$", xticks=(0, 1), yticks=(-1, 0))
        ax.grid(visible=False)
    axes["positive"].set_title(t("inputs σ: all positive"))
    axes["centred"].set_title(t("inputs σ − ½: centred"))
    axes["positive"].set_ylabel("$w_2$", rotation=0, labelpad=10)
    ax = axes["steps"]
    for centred, colour in ((False, ORANGE), (True, BLUE)):
        needed = np.array([runs.steps_to_goal(centred, lr) for lr in runs.STEP_SIZES])
        needed[np.isinf(needed)] = np.nan
        ax.plot(runs.STEP_SIZES, needed, "-o", color=colour, markersize=4)
    direct_label(ax, 2.9, 62, t("all positive"), ORANGE)
    direct_label(ax, 5.4, 8.2, t("centred"), BLUE, ha="center")
    ax.set(xscale="log", yscale="log", xlabel=t("learning rate"), ylabel=t("steps to the goal"), ylim=(6, 900))
    ax.set_xticks([0.125, 0.5, 2.0, 8.0, 32.0], ["1/8", "1/2", "2", "8", "32"])
    ax.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
    ax.minorticks_off()
    return fig


def minibatch_mixes_signs(t: Words) -> Figure:
    """One example pushes all weights one way; a large batch mixes signs only once the mean error is zero."""
    fig, axes = small_multiples(1, 2, height=3.1)
    sizes = runs.BATCH_SIZES
    for ax, settled in zip(axes[0], (False, True), strict=True):
        for inputs, colour in zip((2, 4, 16), shades(3), strict=True):
            ax.plot(sizes, runs.same_sign_share(inputs, settled), "-o", color=colour, markersize=3.5, linewidth=1.8)
        ax.set(xscale="log", xlabel=t("batch size"), ylim=(-0.03, 1.06), yticks=(0, 0.5, 1))
        ax.set_xticks([1, 4, 16, 64, 256], ["1", "4", "16", "64", "256"])
        ax.minorticks_off()
    axes[0, 0].set(ylabel=t("share of one sign"))
    axes[0, 0].set_title(t("bias not yet learnt"))
    axes[0, 1].set_title(t("bias learnt"))
    for inputs, colour, x, y in zip((2, 4, 16), shades(3), (64, 64, 5), (0.57, 0.29, 0.24), strict=True):
        direct_label(axes[0, 1], x, y, f"n = {inputs}", colour)
    return fig


def what_becomes_of_the_negative_side(t: Words) -> Figure:
    """ReLU is flat for x < 0; leaky ReLU keeps a slope there, ELU and SELU bend towards a floor below zero."""
    fig, axes = small_multiples(2, 2, height=2.3)
    x = np.linspace(-4.0, 2.0, 601)
    for ax, name in zip(axes.flat, ("relu", "leaky_relu", "elu", "selu"), strict=True):
        f, f_grad = runs.PAIRS[name]
        if name == "leaky_relu":
            _curve(ax, x, lambda x: activations.leaky_relu(x, 0.1), lambda x: activations.leaky_relu_grad(x, 0.1), "")
        else:
            _curve(ax, x, f, f_grad, "")
        ax.text(-3.9, 2.15, LABELS[name], color=FOREGROUND, va="top")
        ax.set(ylim=(-2.0, 2.3), yticks=(-1, 0, 1, 2), xticks=(-4, -2, 0, 2), xlim=(-4, 2))
    axes[0, 1].text(-3.9, 1.55, t("(slope 0.1)"), color=MUTED, va="top", fontsize=11)
    for ax, floor, label in (
        (axes[1, 0], -1.0, "−α"),
        (axes[1, 1], -activations.SELU_SCALE * activations.SELU_ALPHA, "−λα"),
    ):
        ax.axhline(floor, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        ax.text(1.95, floor + 0.08, label, color=MUTED, ha="right", va="bottom")
    for ax in axes[1]:
        ax.set_xlabel("x")
    direct_label(axes[0, 0], 0.9, 1.65, "f", FUNCTION, ha="right")
    direct_label(axes[0, 0], 1.3, 0.72, "f ′", DERIVATIVE)
    return fig


def large_steps_kill_units(t: Words) -> Figure:
    """At sane rates no ReLU unit dies though half of all outputs are zero; a large rate or a bad start kills many."""
    fig, axes = small_multiples(1, 2, height=3.4)
    rates = [str(lr) if lr else t("start") for lr in runs.RELU_RATES]
    places = np.arange(len(rates))
    for bias, colour in zip(runs.RELU_BIASES, shades(5), strict=True):
        silence = [runs.mean_silence(lr, bias) for lr in runs.RELU_RATES]
        for ax, values in zip(axes[0], ([s.dead for s in silence], [s.zeros for s in silence]), strict=True):
            ax.plot(places, np.array(values), "-o", color=colour, markersize=4)
    axes[0, 0].set_title(t("dead units"))
    axes[0, 1].set_title(t("zero outputs"))
    axes[0, 0].set(ylabel=t("share"), ylim=(-0.03, 1.18), yticks=(0, 0.5, 1))
    for ax in axes[0]:
        ax.set_xticks(places, rates)
        ax.set_xlabel(t("learning rate"))
    starts = [runs.mean_silence(0.0, bias).zeros for bias in runs.RELU_BIASES]
    for bias, start, colour in zip(runs.RELU_BIASES, starts, shades(5), strict=True):
        direct_label(axes[0, 1], -0.15, start, f"{bias:+.0f}".replace("-", "−").replace("+0", "0"), colour, ha="right")
    axes[0, 1].set_xlim(-0.85, 4.2)
    axes[0, 1].text(-0.8, 1.1, t("bias"), color=MUTED, va="center", fontsize=11)
    axes[0, 0].text(0.1, 0.60, t("−2: born dead"), color=shades(5)[0], fontsize=11)
    return fig


def selu_pulls_to_one(t: Words) -> Figure:
    """From any start the mean square of SELU activations moves to 1; ReLU's stays where it began and drifts."""
    fig, axes = small_multiples(1, 2, height=3.0)
    for ax, name in zip(axes[0], ("selu", "relu"), strict=True):
        for start, colour in zip((0.1, 0.25, 1.0, 4.0, 10.0), shades(5), strict=True):
            squares = runs.mean_square_through_layers(name, start)
            ax.plot(np.arange(len(squares)), squares, "-o", color=colour, markersize=2.6, linewidth=1.6)
        ax.axhline(1.0, color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
        ax.set(yscale="log", xlabel=t("layer"), title=LABELS[name], xticks=(0, 8, 16, 24))
        ax.set_yticks([0.1, 1.0, 10.0], ["0.1", "1", "10"])
        ax.minorticks_off()
    axes[0, 0].set_ylabel(t("mean square"))
    return fig


def smooth_gates(_t: Words) -> Figure:
    """GELU, SiLU and Mish dip below zero and turn back; softplus never does and stays above ReLU."""
    fig, axes = small_multiples(2, 2, height=2.4)
    x = np.linspace(-4.0, 2.5, 651)
    lows = {"gelu": activations.gelu, "silu": activations.silu, "mish": activations.mish}
    for ax, name in zip(axes.flat, ("gelu", "silu", "mish", "softplus"), strict=True):
        f, f_grad = runs.PAIRS[name]
        ax.plot(x, activations.relu(x), color=MUTED, linewidth=1.0, linestyle=(0, (4, 3)))
        _curve(ax, x, f, f_grad, "")
        ax.text(-3.9, 2.3, LABELS[name], color=FOREGROUND, va="top")
        ax.set(ylim=(-0.6, 2.45), yticks=(0, 1, 2), xticks=(-4, -2, 0, 2), xlim=(-4, 2.5))
        if name in lows:
            at, low = runs.minimum(lows[name])
            ax.plot(at, low, "o", color=FUNCTION, markersize=5)
            ax.text(
                at,
                low - 0.06,
                f"({at:.2f}, {low:.2f})".replace("-", "−"),
                color=FUNCTION,
                ha="center",
                va="top",
                fontsize=10,
            )
    for ax in axes[1]:
        ax.set_xlabel("x")
    direct_label(axes[0, 0], 1.55, 1.95, "f", FUNCTION, ha="right")
    direct_label(axes[0, 0], 1.75, 0.82, "f ′", DERIVATIVE)
    direct_label(axes[1, 1], 0.95, 0.55, "ReLU", MUTED, fontsize=11)
    return fig


def gelu_forms_differ(t: Words) -> Figure:
    """The sigmoid form of GELU errs by up to 0.02, the tanh form by up to 0.0005: forty times less."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    x = np.linspace(-5.0, 5.0, 1001)
    for f, colour in ((activations.gelu_sigmoid, ORANGE), (activations.gelu_tanh, BLUE)):
        error = np.abs(f(x) - activations.gelu(x))
        ax.plot(x, np.where(error > 1e-9, error, np.nan), color=colour)
        at, top = runs.largest_error(f)
        ax.plot(at, top, "o", color=colour)
    direct_label(ax, 0.0, 0.05, "x σ(1.702 x)", ORANGE, ha="center")
    direct_label(ax, -2.7, 1.5e-3, t("tanh form"), BLUE, ha="center")
    at, top = runs.largest_error(activations.gelu_sigmoid)
    ax.text(at - 0.2, top * 1.6, f"{top:.4f}", color=ORANGE, ha="right")
    at, top = runs.largest_error(activations.gelu_tanh)
    ax.text(at + 0.25, top * 1.6, f"{top:.5f}", color=BLUE, ha="left")
    ax.set(yscale="log", ylim=(1e-7, 0.2), xlabel="x", ylabel=t("distance from GELU"))
    ax.set_yticks([1e-6, 1e-4, 1e-2])
    ax.minorticks_off()
    return fig


def temperature_flattens(t: Words) -> Figure:
    """The same four logits: cold softmax picks the largest, hot softmax hardly tells them apart."""
    fig, axes = small_multiples(1, 3, height=2.7)
    places = np.arange(len(runs.LOGITS))
    for ax, temperature in zip(axes[0], (0.25, 1.0, 4.0), strict=True):
        p = runs.at_temperature(temperature)
        ax.bar(places, p, width=0.72, color=FUNCTION)
        for place, value in zip(places, p, strict=True):
            ax.text(place, value + 0.02, f"{value:.2f}", ha="center", fontsize=10, color=FOREGROUND)
        ax.set_title(f"T = {temperature:g}")
        ax.set_xticks(places, [f"{z:g}".replace("-", "−") for z in runs.LOGITS])
        ax.set(ylim=(0, 1.1), yticks=(0, 0.5, 1), xlim=(-0.75, 3.65))
        ax.grid(visible=False, axis="x")
    axes[0, 0].set_ylabel(t("probability"))
    axes[0, 1].set_xlabel(t("logit"))
    return fig


def maxout_is_a_hull(_t: Words) -> Figure:
    """A maxout unit is the upper hull of its affine pieces: convex, never flat unless a piece is."""
    fig, ax = plt.subplots(figsize=(6.0, 3.0))
    x = np.linspace(-3.0, 3.0, 601)
    w, b = np.array([-0.8, 0.1, 0.9]), np.array([-0.6, 0.2, -0.5])
    y, _ = activations.maxout(x[:, np.newaxis], w[:, np.newaxis, np.newaxis], b[:, np.newaxis])
    for slope, offset in zip(w, b, strict=True):
        ax.plot(x, slope * x + offset, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)))
    ax.plot(x, y[:, 0], color=FUNCTION)
    direct_label(ax, -2.15, 1.75, "maxout, k = 3", FUNCTION)
    ax.set(xlabel="x", ylim=(-1.2, 2.4), xlim=(-3, 3))
    return fig


def the_rate_matters_more(t: Words) -> Figure:
    """At their best rates all functions end within a few digits; at a large rate only the bounded ones survive."""
    fig, axes = small_multiples(1, 2, height=4.0, share_x=False)
    places = np.arange(len(runs.PAIRS))[::-1]
    for ax, large in zip(axes[0], (False, True), strict=True):
        for name, place in zip(runs.PAIRS, places, strict=True):
            scores = runs.quality(name, max(runs.RATES) if large else runs.best_rate(name))
            colour = PURPLE if name in ("sigmoid", "tanh") else GREY
            ax.plot([min(scores), max(scores)], [place, place], color=colour, linewidth=5, alpha=0.25)
            ax.plot(scores, [place] * len(scores), "o", color=colour, markersize=4.5)
        ax.set_yticks(places, [t("sigmoid"), *(LABELS[name] for name in runs.PAIRS if name != "sigmoid")])
        ax.set_xlabel(t("test accuracy"))
        ax.tick_params(axis="y", labelcolor=FOREGROUND)
    axes[0, 0].set(title=t("best learning rate"), xlim=(0.955, 1.0), xticks=(0.96, 0.98, 1.0))
    axes[0, 1].set(title=t("learning rate 0.3"), xlim=(-0.03, 1.04), xticks=(0, 0.5, 1))
    return fig
