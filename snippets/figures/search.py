"""The figures of the chapter on hyperparameter search."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from snippets.experiments import search as experiments
from snippets.figures.palette import (
    BAD,
    BLUE,
    FOREGROUND,
    GREEN,
    MUTED,
    ORANGE,
    PAPER,
    PURPLE,
    SEQUENTIAL,
    direct_label,
    shades,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.search import hit_probability, random_settings, standard_error

# Orange is what the search saw, blue what it did not see; a grid is purple, random points are green.
DASHED = (0, (4, 3))
EDGE = 0.845  # rings below it lie beyond the figure of the ten best


def ten_best_trials(t: Words) -> Figure:
    """The ten best of 300 trials lose on new digits what they owed to luck, and one of them nearly everything."""
    fig, ax = plt.subplots(figsize=(6.0, 4.4))
    for row, (_, run, others) in enumerate(experiments.leaders()):
        seen = float(run.validation.mean())
        error = 100 * standard_error(seen, len(run.validation))
        ax.plot(100 * seen + error * np.array([-1, 1]), [row, row], color=ORANGE, lw=2.2, alpha=0.6)
        ax.plot(100 * seen, row, "o", color=ORANGE, ms=7)
        ax.plot(100 * others, np.full(5, row), "o", mfc="none", mec=BLUE, ms=5, alpha=0.8)
        ax.plot(100 * run.test.mean(), row, "o", color=BLUE, ms=7)
        if others.min() < EDGE:
            direct_label(ax, 100 * EDGE + 0.2, row + 0.55, t("← more"), BLUE, fontsize=11)
    ax.set(ylabel=t("place by validation"), xlabel=t("accuracy, %"), xlim=(100 * EDGE, 98.0), ylim=(9.6, -1.9))
    ax.set_yticks(range(10), [str(place) for place in range(1, 11)])
    direct_label(ax, 96.3, -1.1, t("validation"), ORANGE, ha="center")
    direct_label(ax, 93.6, -1.1, t("test"), BLUE, ha="center")
    direct_label(ax, 88.6, -1.1, t("test, other seeds"), BLUE, ha="center", fontsize=11)
    return fig


def what_decides(t: Words) -> Figure:
    """Of four hyperparameters in 300 random trials the learning rate explains most of the score."""
    fig, axes = plt.subplots(2, 2, figsize=(6.0, 4.8), sharey=True)
    drawn, runs = experiments.pool()
    score = 100 * np.array([run.test.mean() for run in runs])
    titles = {"lr": t("learning rate"), "units": t("width"), "momentum": t("momentum"), "decay": "L2"}
    for ax, (name, title) in zip(axes.flat, titles.items(), strict=True):
        values = np.array([float(settings[name]) for settings in drawn])
        if name == "units":
            values = values * np.exp(np.linspace(-0.18, 0.18, len(values)))
        ax.plot(values, score, "o", color=BLUE, ms=3.6, alpha=0.5, mew=0)
        ax.set_title(f"{title}: {experiments.explained(name):.2f}")
        ax.set(ylim=(0, 100), yticks=(0, 50, 100))
        if name != "momentum":
            ax.set_xscale("log")
    axes[0, 0].set_xticks([1e-4, 1e-2, 1.0])
    axes[1, 1].set_xticks([1e-6, 1e-4, 1e-2])
    axes[0, 1].set_xticks([8, 16, 32], ["8", "16", "32"])
    for ax in axes.flat:
        ax.minorticks_off()
    fig.supylabel(t("accuracy, %"), fontsize=12)
    return fig


def same_rates_two_scales(t: Words) -> Figure:
    """On an even axis the good rates are a cliff at the left edge; on a logarithmic one they are a hill."""
    fig, axes = small_multiples(1, 2, height=3.1, share_x=False)
    lrs = np.array(experiments.LRS)
    scores = 100 * experiments.surface()[1][:, :12].mean(axis=1)
    for ax, ticks in zip(axes[0], (np.linspace(0, 1, 13)[1:], np.geomspace(1e-4, 1, 12)), strict=True):
        ax.fill_between(lrs, scores.min(axis=1), scores.max(axis=1), color=BLUE, alpha=0.25, lw=0)
        ax.plot(lrs, scores.mean(axis=1), color=BLUE)
        ax.plot(ticks, np.full(len(ticks), 3.0), "|", color=ORANGE, ms=11, mew=2)
        ax.set(xlabel=t("learning rate"), ylim=(0, 100), yticks=(0, 50, 100))
    axes[0, 0].set(xlim=(-0.02, 1.03), xticks=(0, 0.5, 1), ylabel=t("accuracy, %"), title=t("even steps"))
    axes[0, 1].set(xscale="log", title=t("even factors"), xlim=(8e-5, 1.25))
    axes[0, 1].set_xticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
    axes[0, 1].minorticks_off()
    axes[0, 1].axvspan(8e-5, 0.01, color=MUTED, alpha=0.12, lw=0)
    direct_label(axes[0, 1], 9e-4, 88, t("stops at 0.01"), MUTED, ha="center", fontsize=11)
    return fig


def nine_trials(t: Words) -> Figure:
    """Nine trials on a grid try three learning rates, nine random ones try nine."""
    fig, axes = small_multiples(1, 2, height=3.5)
    score = 100 * experiments.surface()[1].mean(axis=2)
    on_grid = [(experiments.LRS[a], experiments.DECAYS[b]) for a in (1, 7, 13) for b in (3, 9, 15)]
    drawn = random_settings(experiments.SPACE, 9, np.random.default_rng(33))  # a draw whose marks can be told apart
    at_random = [(settings["lr"], settings["decay"]) for settings in drawn]
    for ax, points, title in zip(axes[0], (on_grid, at_random), (t("even grid"), t("random points")), strict=True):
        mesh = ax.pcolormesh(experiments.LRS, experiments.DECAYS, score.T, cmap=SEQUENTIAL, vmin=10, vmax=93)
        mesh.set_rasterized(True)
        ax.plot(*zip(*points, strict=True), "o", color=PAPER, ms=9)
        ax.plot(*zip(*points, strict=True), "o", color=FOREGROUND, ms=6)
        ax.plot([lr for lr, _ in points], np.full(9, 2.2e-7), "|", color=ORANGE, ms=11, mew=2, clip_on=False)
        ax.set(xscale="log", yscale="log", xlabel=t("learning rate"), title=title, xlim=(1e-4, 1), ylim=(1e-7, 0.1))
        ax.set_xticks([1e-4, 1e-2, 1.0], ["0.0001", "0.01", "1"])
        ax.set_yticks([1e-6, 1e-4, 1e-2])
        ax.minorticks_off()
        ax.grid(visible=False)
    axes[0, 0].set_ylabel("L2")
    bar = fig.colorbar(mesh, ax=axes, fraction=0.045, pad=0.02, ticks=(20, 50, 80))
    bar.set_label(t("accuracy, %"))
    bar.outline.set_visible(False)
    return fig


def coarse_grids_miss(t: Words) -> Figure:
    """Coarse grids meet the best fifth of the surface less often than random points; a fine grid cannot miss it."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    share = float(experiments.top_fifth().mean())
    n = np.arange(1, 41)
    ax.plot(n, [100 * hit_probability(int(k), share) for k in n], color=GREEN)
    sizes = (1, 2, 4, 9, 20, 36)
    ax.plot(sizes, [100 * experiments.random_hits(k) for k in sizes], "o", color=GREEN, ms=7)
    sides = (1, 2, 3, 6)
    ax.plot([k * k for k in sides], [100 * experiments.grid_hits(k) for k in sides], "s", color=PURPLE, ms=7)
    direct_label(ax, 12, 87, t("random points"), GREEN)
    direct_label(ax, 12, 65, t("even grid"), PURPLE)
    ax.set(xlabel=t("trials"), ylabel=t("searches that hit, %"), ylim=(0, 104), xlim=(0, 40), xticks=(1, 4, 9, 20, 36))
    ax.set_yticks([0, 50, 100])
    return fig


def halving_run(t: Words) -> Figure:
    """Successive halving: sixteen settings get one epoch, the best half two, and the last one sixteen."""
    fig, ax = plt.subplots(figsize=(6.0, 3.8))
    rungs = experiments.halved()
    scores: dict[float, list[float]] = {trial.settings["lr"]: [] for trial in rungs[0]}
    for rung in rungs:
        for trial in rung:
            scores[trial.settings["lr"]].append(100 * trial.score)
    colors = shades(len(rungs))
    for curve in sorted(scores.values(), key=len):
        color = colors[len(curve) - 1]
        ax.plot(experiments.BUDGETS[: len(curve)], curve, "-", color=color, lw=1.6, alpha=0.9)
        ax.plot(experiments.BUDGETS[len(curve) - 1], curve[-1], "o", color=color, ms=6)
    for epochs, rung in zip(experiments.BUDGETS, rungs, strict=True):
        direct_label(ax, epochs, 103, str(len(rung)), MUTED, ha="center")
    ax.set(xscale="log", xlabel=t("epochs"), ylabel=t("validation accuracy, %"), ylim=(0, 109), yticks=(0, 50, 100))
    ax.set_xticks(experiments.BUDGETS, [str(b) for b in experiments.BUDGETS])
    ax.minorticks_off()
    return fig


def halving_pays(t: Words) -> Figure:
    """For the same number of epochs successive halving finds better settings than trials trained in full."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    full = {16 * n: experiments.from_pool(n, False) for n in (3, 5, 10, 20, 40)}
    halved = {n * 5: experiments.from_pool(n, True) for n in (16, 32, 64)}
    for shift, found, color, mark in ((0.97, full, MUTED, "s"), (1.03, halved, GREEN, "o")):
        x = shift * np.array(list(found))
        low, middle, high = (100 * np.array([np.quantile(f, q) for f in found.values()]) for q in (0.1, 0.5, 0.9))
        mean = 100 * np.array([f.mean() for f in found.values()])
        ax.vlines(x, low, high, color=color, lw=2.2, alpha=0.45)
        ax.plot(x, mean, mark + "-", color=color, ms=6.5, lw=1.4)
        ax.plot(x, middle, "_", color=color, ms=12, mew=2)
    direct_label(ax, 100, 96.2, t("halved"), GREEN)
    direct_label(ax, 95, 82.5, t("trained in full"), MUTED)
    ax.set(xscale="log", xlabel=t("epochs in all"), ylabel=t("test accuracy, %"), ylim=(54, 98), xlim=(42, 800))
    ax.set_xticks([48, 80, 160, 320, 640], ["48", "80", "160", "320", "640"])
    ax.set_yticks([60, 70, 80, 90])
    ax.minorticks_off()
    return fig


def luck_of_the_winner(t: Words) -> Figure:
    """The best score flatters more the more trials it was the best of, though less than the bound allows."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    n = np.unique(np.geomspace(1, 200, 40).astype(int))
    error = standard_error(0.93, 100)
    seen, new = experiments.optimism(100)
    ax.semilogx(n, 100 * error * np.sqrt(2 * np.log(n)), color=MUTED, ls=DASHED)
    ax.semilogx(n, [100 * (experiments.expected_best(0.93, 100, int(k)) - 0.93) for k in n], color=BAD)
    ax.semilogx(n, 100 * (seen - new)[n - 1], color=ORANGE)
    direct_label(ax, 13, 7.0, t("upper bound"), MUTED, ha="right")
    direct_label(ax, 40, 4.0, t("equal settings"), BAD)
    direct_label(ax, 40, 1.2, t("our trials"), ORANGE)
    ax.set(xlabel=t("trials"), ylabel=t("excess, points"), ylim=(-0.6, 8.8), yticks=(0, 2, 4, 6, 8), xlim=(1, 200))
    ax.set_xticks([1, 10, 60, 200], ["1", "10", "60", "200"])
    ax.minorticks_off()
    return fig
