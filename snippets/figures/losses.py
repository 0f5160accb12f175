"""Figures of the chapter on loss functions."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from snippets.activations import sigmoid
from snippets.experiments import losses as runs
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
from snippets.losses import bce_with_logits, binary_focal, hinge

COLOURS = {"MSE": RED, "MAE": ORANGE, "Huber": BLUE, "log-cosh": PURPLE}
DASHED = (0, (4, 3))


def four_points_move_the_line(t: Words) -> Figure:
    """Four of forty points are wrong: squared error follows them, the Huber loss stays with the others."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    x, y = (part[0] for part in runs.points(8.0))
    ends = np.array([-1.0, 1.0])
    ax.plot(x[runs.WRONG :], y[runs.WRONG :], "o", color=GREY, markersize=4.5, markeredgewidth=0)
    ax.plot(x[: runs.WRONG], y[: runs.WRONG], "X", color=FOREGROUND, markersize=8, markeredgewidth=0)
    ax.plot(ends, runs.LINE[0] + runs.LINE[1] * ends, color=MUTED, linewidth=1.2, linestyle=DASHED)
    for name in ("MSE", "Huber"):
        intercept, slope = runs.fitted_lines(runs.REGRESSIONS[name], 8.0)[0]
        ax.plot(ends, intercept + slope * ends, color=COLOURS[name])
        direct_label(ax, -0.62, intercept - 0.62 * slope + (0.75 if name == "MSE" else -1.05), name, COLOURS[name])
    ax.text(x[: runs.WRONG].mean(), y[: runs.WRONG].max() + 0.7, t("wrong labels"), ha="center", color=FOREGROUND)
    ax.set(xlabel="x", ylabel="y", xlim=(-1.05, 1.05), ylim=(-2.0, 12.0), xticks=(-1, 0, 1))
    return fig


def slope_is_influence(t: Words) -> Figure:
    """All four losses grow with the error; the slope, which is what a point can pull, is bounded for three of them."""
    fig, axes = small_multiples(1, 2, height=3.2, share_y=False)
    r = np.linspace(-3.0, 3.0, 241)
    for name, loss in runs.REGRESSIONS.items():
        values = [loss(r[i : i + 1], np.zeros(1))[0] for i in range(len(r))]
        axes[0, 0].plot(r, values, color=COLOURS[name])
        slope = loss(r, np.zeros_like(r))[1]
        if name == "MAE":
            slope[np.searchsorted(r, 0.0)] = np.nan
        axes[0, 1].plot(r, slope, color=COLOURS[name])
    axes[0, 0].set(title=t("loss"), ylim=(0, 5), xticks=(-2, 0, 2))
    axes[0, 1].set(title=t("slope"), ylim=(-3.2, 3.2), xticks=(-2, 0, 2))
    for ax in axes[0]:
        ax.set_xlabel(t("error ŷ − y"))
    direct_label(axes[0, 0], 1.85, 4.6, "MSE", RED, ha="right")
    direct_label(axes[0, 0], 2.98, 3.4, "MAE", ORANGE, ha="right")
    direct_label(axes[0, 1], 1.05, 2.85, "MSE", RED, ha="right")
    direct_label(axes[0, 1], 2.95, 1.3, "MAE", ORANGE, ha="right")
    direct_label(axes[0, 1], 2.95, -0.5, "log-cosh", PURPLE, ha="right")
    direct_label(axes[0, 1], 2.95, 0.1, "Huber, δ = ½", BLUE, ha="right")
    return fig


def error_follows_the_outlier(t: Words) -> Figure:
    """The further off four points lie, the worse the squared error's line; the other three stop caring."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    places = np.arange(len(runs.OFFSETS))
    for name, loss in runs.REGRESSIONS.items():
        errors = np.array([runs.line_error(loss, offset) for offset in runs.OFFSETS])
        if name in ("MSE", "Huber"):
            ax.fill_between(
                places, *np.quantile(errors, (0.1, 0.9), axis=1), color=COLOURS[name], alpha=0.15, linewidth=0
            )
        ax.plot(places, errors.mean(axis=1), "-o", color=COLOURS[name], markersize=4)
    direct_label(ax, 3.35, 0.9, "MSE", RED, ha="right")
    direct_label(ax, 5.12, 0.155, "log-cosh", PURPLE)
    direct_label(ax, 5.12, 0.112, "MAE", ORANGE)
    direct_label(ax, 5.12, 0.079, "Huber", BLUE)
    ax.set(yscale="log", xlabel=t("how far off four of forty points are"), ylabel=t("distance from the true line"))
    ax.set_xticks(places, [f"{offset:g}" for offset in runs.OFFSETS])
    ax.set_yticks([0.05, 0.1, 0.2, 0.5, 1.0, 2.0], ["0.05", "0.1", "0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    ax.set_xlim(-0.2, 6.3)
    return fig


def squared_error_forgives_the_sure(t: Words) -> Figure:
    """The surer the mistake, the smaller the gradient of the squared error behind a sigmoid; cross-entropy's stays."""
    fig, axes = small_multiples(1, 2, height=3.2, share_x=False, share_y=False)
    z = np.linspace(-8.0, 4.0, 241)
    one = np.ones(1)
    for loss, colour in ((bce_with_logits, BLUE), (runs.squared_error_of_sigmoid, RED)):
        slope = np.array([-loss(z[i : i + 1], one)[1].item() for i in range(len(z))])
        axes[0, 0].plot(z, slope, color=colour)
        starts = np.arange(-8.0, 2.1, 1.0)
        axes[0, 1].plot(
            starts, [runs.steps_to_agree(loss, start) for start in starts], "-o", color=colour, markersize=4
        )
    axes[0, 0].set(
        title=t("pull on the logit"), xlabel=t("logit of what is true"), ylim=(-0.03, 1.12), yticks=(0, 0.5, 1)
    )
    axes[0, 1].set(title=t("steps until p = 0.9"), xlabel=t("logit at the start"), yscale="log")
    axes[0, 1].set_yticks([10, 100, 1000], ["10", "100", "1000"])
    axes[0, 1].minorticks_off()
    direct_label(axes[0, 0], -7.8, 0.72, t("cross-entropy"), BLUE)
    direct_label(axes[0, 0], -7.8, 0.36, t("squared error"), RED)
    direct_label(axes[0, 1], -4.2, 400, t("squared error"), RED)
    direct_label(axes[0, 1], -7.8, 6.0, t("cross-entropy"), BLUE)
    return fig


def margins_compared(t: Words) -> Figure:
    """Hinge stops at a margin of one, cross-entropy never stops, the focal loss nearly does; all punish mistakes."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    s = np.linspace(-3.0, 3.5, 261)
    one = np.ones(1)
    ax.plot(s, np.where(s < 0, 1.0, 0.0), color=MUTED, linewidth=1.2, linestyle=DASHED)
    for loss, colour in ((hinge, GREEN), (bce_with_logits, BLUE), (binary_focal, ORANGE)):
        ax.plot(s, [loss(s[i : i + 1], one)[0] for i in range(len(s))], color=colour)
    direct_label(ax, -2.0, 3.3, "hinge", GREEN)
    direct_label(ax, 1.15, 0.62, t("cross-entropy"), BLUE)
    direct_label(ax, -0.95, 0.27, t("focal, γ = 2"), ORANGE, ha="right")
    direct_label(ax, 0.2, 1.25, t("wrong or right"), MUTED)
    ax.set(xlabel=t("score, positive when right"), ylabel=t("loss"), ylim=(-0.05, 4.1))
    return fig


def the_sum_moves_the_rate(t: Words) -> Figure:
    """With a mean one learning rate suits all batch sizes; with a sum the best rate falls as the batch grows."""
    fig, axes = small_multiples(1, 2, height=3.2)
    for ax, total in zip(axes[0], (False, True), strict=True):
        for batch, colour in zip(runs.BATCHES, shades(3), strict=True):
            values = [runs.loss_after_60_steps(total, batch, lr) for lr in runs.RATES]
            ax.plot(runs.RATES, values, "-o", color=colour, markersize=3.5, linewidth=1.8)
        ax.set(xscale="log", yscale="log", xlabel=t("learning rate"), ylim=(0.09, 8.0), xlim=(7e-5, 150))
        ax.set_xticks([1e-3, 1e-1, 10.0], ["0.001", "0.1", "10"])
        ax.set_yticks([0.1, 0.3, 1.0, 3.0], ["0.1", "0.3", "1", "3"])
        ax.minorticks_off()
    axes[0, 0].set(title=t("mean over the batch"), ylabel=t("loss after 60 steps"))
    axes[0, 1].set_title(t("sum over the batch"))
    for batch, colour, y in zip(runs.BATCHES, shades(3), (0.46, 0.3, 0.2), strict=True):
        direct_label(axes[0, 0], 1.3e-4, y, f"B = {batch}", colour)
    return fig


def thresholds_differ_more_than_losses(t: Words) -> Figure:
    """Five losses for a rare class: what is found at p = ½ differs by far, at equal false alarms by little."""
    fig, axes = small_multiples(1, 3, height=3.2, share_x=False)
    places = np.arange(len(runs.DETECTORS))[::-1]
    names = (
        t("cross-entropy"),
        t("focal, α = 0.25"),
        t("focal, no α"),
        t("focal, α = 0.75"),
        "α = 0.99, γ = 0",
    )
    for ax, column in zip(axes[0], (0, 1, 2), strict=True):
        for name, place in zip(runs.DETECTORS, places, strict=True):
            scores = runs.rare_scores(name)[:, column]
            ax.plot([scores.min(), scores.max()], [place, place], color=BLUE, linewidth=5, alpha=0.2)
            ax.plot(scores, np.full(len(scores), place), "o", color=BLUE, markersize=3.5, alpha=0.6, markeredgewidth=0)
            ax.plot(scores.mean(), place, "|", color=FOREGROUND, markersize=13, markeredgewidth=2)
        ax.set_yticks(places, names)
        ax.tick_params(axis="y", labelcolor=FOREGROUND)
    for column in (0, 2):
        axes[0, column].set(xlim=(-0.05, 1.0), xticks=(0, 0.5, 1))
    axes[0, 0].set_title(t("found"))
    axes[0, 2].set_title(t("found at 1%"))
    axes[0, 1].set(title=t("false alarms"), xlim=(-0.001, 0.025), xticks=(0, 0.02), xticklabels=("0", "0.02"))
    return fig


def smoothing_stops_the_gap(t: Words) -> Figure:
    """Cross-entropy drives the right logit away without end; with smoothed labels it settles near its target."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    epochs = np.arange(1, runs.EPOCHS + 1)
    for smoothing, colour in ((0.0, ORANGE), (runs.SMOOTHING, BLUE)):
        for seed in runs.SEEDS[:3]:
            ax.plot(epochs, runs.smoothing_run(smoothing, seed).gap, color=colour, linewidth=1.6)
    target = float(np.ptp(runs.least_smoothed()))
    ax.axhline(target, color=MUTED, linewidth=1.0, linestyle=DASHED, zorder=1)
    ax.text(runs.EPOCHS, target - 1.5, f"{target:.2f}", color=MUTED, ha="right")
    direct_label(ax, 21, 21.5, t("one-hot labels"), ORANGE, ha="right")
    direct_label(ax, 21, 7.0, t("smoothed, ε = 0.1"), BLUE)
    ax.set(xlabel=t("epoch"), ylabel=t("gap between logits"), ylim=(0, 27))
    return fig


def the_sign_of_entropy(t: Words) -> Figure:
    """Subtracting entropy makes predictions humbler than the data, adding it makes them surer; alone it collapses."""
    fig, axes = small_multiples(1, 2, height=3.3, share_x=False, share_y=False)
    for sign, colour in ((-1.0, GOOD), (1.0, BAD)):
        axes[0, 0].plot(runs.entropy_alone(sign), color=colour)
    axes[0, 0].axhline(np.log(3.0), color=MUTED, linewidth=1.0, linestyle=DASHED, zorder=1)
    axes[0, 0].set(title=t("the entropy term alone"), xlabel=t("step"), ylabel=t("entropy"), ylim=(-0.04, 1.3))
    axes[0, 0].text(300, 1.13, "ln 3", color=MUTED, ha="right", va="bottom")
    direct_label(axes[0, 0], 120, 0.98, t("−H: subtracted"), GOOD)
    direct_label(axes[0, 0], 75, 0.18, t("+H: added"), BAD)
    p = np.array([runs.settled(strength) for strength in runs.PENALTIES])
    ax = axes[0, 1]
    ax.axvspan(-1.0, 0.0, color=BAD, alpha=0.1, linewidth=0)
    for k, (share, colour) in enumerate(zip(runs.SHARES, shades(3), strict=True)):
        ax.plot(runs.PENALTIES, p[:, k], color=colour)
        ax.plot(0.0, share, "o", color=colour, markersize=5)
        direct_label(ax, 0.95, p[-1, k] + (0.1, 0.06, -0.09)[k], f"{share:g}", colour, ha="right")
    ax.set(title=t("with labels of 60, 30, 10%"), xlabel="λ", ylim=(0, 1.0), xlim=(-1, 1), xticks=(-1, 0, 1))
    ax.set_ylabel(t("probability"))
    ax.text(-0.95, 0.5, t("wrong sign"), color=BAD, fontsize=11)
    return fig


def two_ways_to_spell_a_logarithm(t: Words) -> Figure:
    """The logarithm of a rounded probability is lost where the logits still know the answer."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    z = np.linspace(0.0, 60.0, 241)
    stable = np.array([bce_with_logits(z[i : i + 1], np.zeros(1))[0] for i in range(len(z))])
    rest = 1.0 - sigmoid(z)
    naive = -np.log(rest, out=np.full_like(rest, np.nan), where=rest > 0.0)
    ax.plot(z, stable, color=GOOD, linewidth=2.6)
    ax.plot(z, naive, color=BAD, linewidth=2.0, linestyle=DASHED)
    last = float(z[np.isfinite(naive)].max())
    ax.axvspan(last, 60.0, color=BAD, alpha=0.1, linewidth=0)
    ax.text((last + 60.0) / 2.0, 12, t("log 0: infinite"), color=BAD, ha="center")
    direct_label(ax, 35.5, 13, "−log(1 − σ(z))", BAD, ha="right")
    direct_label(ax, 33, 42, t("from the logit"), GOOD, ha="right")
    ax.set(xlabel=t("logit of what is false"), ylabel=t("loss"), ylim=(0, 62), xlim=(0, 60))
    return fig
