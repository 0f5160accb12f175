"""The figures of the chapter on optimizers."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.experiments import optimizers as experiments
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
    SEQUENTIAL,
    direct_label,
    small_multiples,
)
from snippets.figures.words import Words
from snippets.optimizers import SGD, Adam, Momentum, Optimizer

# The same rule has the same colour in every figure of the chapter.
COLORS = {"SGD": BLUE, "Momentum": ORANGE, "RMSProp": GREEN, "Adam": PURPLE, "Nesterov": RED, "Adagrad": GREY}
DASHED = (0, (4, 3))


def _smooth(loss: Array, reach: int = 6) -> list[float]:
    """Means over a window of 2 · reach + 1 steps."""
    return [float(loss[max(0, k - reach) : k + reach + 1].mean()) for k in range(len(loss))]


def one_rate_two_verdicts(t: Words) -> Figure:
    """At a learning rate of 0.01 Adam beats SGD, at 0.32 SGD beats Adam: one rate compares nothing."""
    fig, axes = small_multiples(1, 2, height=3.1)
    for ax, k in zip(axes[0], (4, 7), strict=True):
        for name in ("SGD", "Adam"):
            for seed in experiments.SEEDS:
                loss = experiments.on_digits(name, experiments.RATES[k], seed).loss
                ax.plot(_smooth(loss), color=COLORS[name], lw=1.1, alpha=0.75)
        ax.set(xlabel=t("step"), ylim=(0, 3.6), xlim=(0, 170), xticks=(0, 50, 100, 150))
    axes[0, 0].set(title=t("learning rate 0.01"), ylabel=t("loss"))
    axes[0, 1].set(title=t("learning rate 0.32"))
    direct_label(axes[0, 0], 90, 2.55, "SGD", BLUE)
    direct_label(axes[0, 0], 90, 0.75, "Adam", PURPLE)
    direct_label(axes[0, 1], 90, 3.05, "Adam", PURPLE)
    direct_label(axes[0, 1], 90, 0.75, "SGD", BLUE)
    return fig


def noise_of_minibatches(t: Words) -> Figure:
    """The variance of a minibatch gradient falls as 1/B, and to zero when the batch is the whole set."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    batches = (1, 4, 16, 64, 256, 1024)
    one, measured = experiments.batch_variance()
    n = len(experiments.digits_data()[0][0])
    b = np.geomspace(1, n - 1, 300)
    ax.loglog(b, 1.0 / b, color=MUTED, lw=1.2, ls=DASHED)
    ax.loglog(b, (n - b) / (n - 1) / b, color=BLUE, lw=1.6)
    ax.loglog(batches, measured / one, "o", color=ORANGE, ms=7)
    direct_label(ax, 330, 5.5e-3, "1/B", MUTED)
    direct_label(ax, 3.0, 4.5e-3, t("without replacement"), BLUE)
    direct_label(ax, 3.0, 1.5e-3, t("measured"), ORANGE)
    ax.set(xlabel=t("batch size B"), ylabel=t("variance, relative"), ylim=(2e-5, 2.0), yticks=(1e-4, 1e-2, 1.0))
    ax.set_xticks(batches, [str(b) for b in batches])
    ax.minorticks_off()
    return fig


def _contours(ax: Axes, height: Array, x: Array, y: Array, levels: Array) -> None:
    filled = ax.contourf(x, y, np.log10(height), levels, cmap=SEQUENTIAL, alpha=0.35, extend="both")
    filled.set_rasterized(True)
    ax.grid(visible=False)


def _trace(ax: Axes, points: Array, color: str) -> None:
    seen = points[:: 1 + len(points) // 300]
    ax.plot(*seen.T, "-", color=color, lw=1.6)
    ax.plot(*seen.T, "o", color=color, ms=2.8)
    ax.plot(*points[0], "o", color=FOREGROUND, ms=6)


def paths_in_a_valley(t: Words) -> Figure:
    """In a narrow valley SGD creeps or zigzags; momentum builds up speed along it; Adam weighs each axis."""
    fig, axes = plt.subplots(2, 2, figsize=(6.0, 4.6), sharex=True, sharey=True)
    kappa, updates = 25.0, 30
    best = experiments.best_settings(kappa)
    runs: tuple[tuple[str, Optimizer[Any], str], ...] = (
        (t("SGD, small rate"), SGD(0.3 / kappa), BLUE),
        (t("SGD, best rate"), best["SGD"], BLUE),
        (t("momentum, 0.7"), Momentum(0.5 / kappa, 0.7), ORANGE),
        ("Adam, 0.1", Adam(0.1), PURPLE),
    )
    x, y = np.linspace(-0.75, 1.15, 120), np.linspace(-0.55, 0.55, 80)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    height = 0.5 * np.einsum("...i,ij,...j->...", grid, experiments.valley(kappa), grid)
    for ax, (name, rule, color) in zip(axes.flat, runs, strict=True):
        _contours(ax, height + 1e-3, x, y, np.linspace(-2.5, 0.6, 9))
        _trace(ax, experiments.in_valley(rule, kappa, updates), color)
        ax.plot(0, 0, "+", color=FOREGROUND, ms=10, mew=1.6)
        ax.set(title=name, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xticks=(-0.5, 0, 0.5, 1), yticks=(-0.4, 0, 0.4))
    return fig


def rates_follow_theory(t: Words) -> Figure:
    """Steps for one more digit grow with κ for gradient descent and with √κ for both kinds of momentum."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    kappas = np.array(experiments.KAPPAS)
    fine = np.geomspace(2, 1000, 100)
    for name in ("SGD", "Nesterov", "Momentum"):
        line = [np.log(0.1) / np.log(experiments.theory(k)[name]) for k in fine]
        dots = [np.log(0.1) / np.log(experiments.measured_factors(k)[name]) for k in kappas]
        ax.loglog(fine, line, color=MUTED, lw=1.2, ls=DASHED)
        ax.loglog(kappas, dots, "o", color=COLORS[name], ms=6.5)
    direct_label(ax, 200, 560, "SGD", BLUE, ha="right")
    direct_label(ax, 330, 66, t("Nesterov"), RED, ha="right")
    direct_label(ax, 330, 12, t("momentum"), ORANGE)
    direct_label(ax, 2.1, 400, t("dashed: theory"), MUTED, fontsize=11)
    ax.set(xlabel=t("condition number κ"), ylabel=t("steps for one more digit"), ylim=(0.8, 2000))
    ax.set_xticks([2, 10, 100, 1000], ["2", "10", "100", "1000"])
    ax.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    ax.minorticks_off()
    return fig


def momentum_is_not_calmer(t: Words) -> Figure:
    """Momentum at rate 0.01 ends in the same noise as SGD at 0.1: its step is ten times longer than it looks."""
    fig, ax = plt.subplots(figsize=(6.0, 3.5))
    for lr, mu, color in ((0.01, 0.0, BLUE), (0.1, 0.0, GREEN), (0.01, 0.9, ORANGE)):
        ax.semilogy(experiments.noisy_descent(lr, mu)[:, 0], color=color, lw=1.8)
    ax.semilogy(experiments.noisy_descent(0.1, 0.0)[:, 1], color=GREEN, lw=1.4, ls=(0, (1, 1.2)))
    for rule in (SGD(0.1), Momentum(0.01, 0.9)):
        ax.axhline(experiments.noise_floor(rule), color=MUTED, lw=1.0, ls=DASHED)
    direct_label(ax, 190, 10.0, "SGD, 0.01", BLUE)
    direct_label(ax, 690, 0.13, t("momentum, 0.01, and SGD, 0.1"), FOREGROUND, ha="right")
    direct_label(ax, 12, 0.0055, t("SGD, 0.1, averaged"), GREEN)
    ax.set(xlabel=t("step"), ylabel=t("mean of w²"), ylim=(2.5e-3, 200.0), yticks=(1e-2, 1e-1, 1.0, 10.0, 100.0))
    ax.set_xlim(0, 700)
    return fig


def rosenbrock_paths(t: Words) -> Figure:
    """At its best rate SGD needs thousands of steps along the bent valley, momentum and Adam a few hundred."""
    fig, axes = plt.subplots(2, 2, figsize=(6.0, 5.4), sharex=True, sharey=True)
    x, y = np.linspace(-2.3, 2.0, 160), np.linspace(-0.9, 2.9, 140)
    height = experiments.rosenbrock(np.stack(np.meshgrid(x, y), axis=-1))
    for ax, name in zip(axes.flat, experiments.VALLEY, strict=True):
        _, count, points = experiments.rosenbrock_run(name)
        _contours(ax, height + 1e-2, x, y, np.linspace(-1.5, 3.0, 10))
        _trace(ax, points, COLORS[name])
        ax.plot(1, 1, "+", color=FOREGROUND, ms=11, mew=1.8)
        title = t("Momentum") if name == "Momentum" else name
        ax.set(title=f"{title}: {count}", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), xticks=(-2, -1, 0, 1, 2))
    return fig


def leaving_a_saddle(t: Words) -> Figure:
    """SGD leaves a saddle the later the closer it starts to the ridge; Adam does not care."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.5), width_ratios=(1.0, 1.15))
    x, y = np.linspace(-0.5, 1.15, 100), np.linspace(-0.35, 1.3, 100)
    height = experiments.saddle(np.stack(np.meshgrid(x, y), axis=-1))
    filled = left.contourf(x, y, height, np.linspace(-0.25, 0.7, 12), cmap=SEQUENTIAL, alpha=0.35, extend="both")
    filled.set_rasterized(True)
    left.grid(visible=False)
    for name in ("SGD", "Momentum", "Adam"):
        left.plot(*experiments.saddle_path(name, 1e-3)[:250].T, color=COLORS[name], lw=1.8)
        offsets = 10.0 ** np.arange(-10.0, 0.0)
        right.semilogx(offsets, [experiments.steps_to_escape(name, d) for d in offsets], "o-", color=COLORS[name])
    left.plot(1, 1e-3, "o", color=FOREGROUND, ms=6)
    left.plot(0, 0, "x", color=FOREGROUND, ms=8, mew=1.8)
    left.plot(0, 1, "+", color=FOREGROUND, ms=11, mew=1.8)
    direct_label(right, 3e-8, 390, "SGD", BLUE)
    direct_label(right, 2e-10, 175, t("momentum"), ORANGE)
    direct_label(right, 2e-10, 45, "Adam", PURPLE)
    left.set(xlabel="x", ylabel="y", xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), aspect="equal")
    right.set(xlabel=t("distance from the ridge"), ylabel=t("steps to leave"), ylim=(-10, 490))
    right.set_xticks([1e-10, 1e-7, 1e-4, 1e-1])
    right.minorticks_off()
    return fig


def turned_valley(t: Words) -> Figure:
    """Turn the valley and RMSProp and Adagrad lose their advantage; SGD and momentum notice nothing."""
    fig, ax = plt.subplots(figsize=(6.0, 3.7))
    angles = np.array([0.0, 2.5, 5.0, 10.0, 15.0, 22.5, 30.0, 45.0, 60.0, 67.5, 75.0, 80.0, 85.0, 87.5, 90.0])
    for name in ("SGD", "Momentum", "Adagrad", "RMSProp", "Adam"):
        heights = [max(experiments.height_in_turned_valley(name, a), 1e-40) for a in angles]
        ax.semilogy(angles, heights, "o-", color=COLORS[name], ms=4)
    direct_label(ax, 45, 0.9, "SGD", BLUE, ha="center")
    direct_label(ax, 45, 1.5e-9, "Adam", PURPLE, ha="center")
    direct_label(ax, 45, 1.4e-5, t("momentum"), ORANGE, ha="center")
    direct_label(ax, 10.5, 3e-15, "RMSProp", GREEN)
    direct_label(ax, 79.5, 3e-13, "Adagrad", GREY, ha="right")
    ax.set(xlabel=t("angle of the valley, degrees"), ylabel=t("height after 150 steps"), ylim=(1e-18, 100.0))
    ax.set(xticks=(0, 15, 30, 45, 60, 75, 90), yticks=(1e-16, 1e-12, 1e-8, 1e-4, 1.0))
    return fig


def missing_correction(t: Words) -> Figure:
    """Without its bias correction Adam begins with steps up to 6.6 times too long: good rates move down."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 3.4))
    steps = np.arange(1, 3001)
    constant = np.ones(3000)
    left.semilogx(steps, experiments.step_sizes(experiments.Uncorrected(1.0), constant), color=BAD)
    left.semilogx(steps, experiments.step_sizes(Adam(1.0), constant), color=PURPLE)
    left.set(xlabel=t("step"), ylabel=t("step size / learning rate"), ylim=(0, 7.4), xticks=(1, 10, 100, 1000))
    direct_label(left, 25, 6.8, t("without"), BAD)
    direct_label(left, 1.4, 0.45, t("corrected"), PURPLE)
    for name, color in (("Uncorrected", BAD), ("Adam", PURPLE)):
        losses = experiments.rate_curve(name)
        right.loglog(experiments.RATES, np.median(losses, axis=1), "o-", color=color, ms=4)
    right.set(xlabel=t("learning rate"), ylabel=t("training loss"), ylim=(0.03, 6.0), xticks=(1e-4, 1e-2, 1.0))
    right.set_yticks([0.1, 1.0], ["0.1", "1"])
    right.minorticks_off()
    return fig


def adam_walks_the_wrong_way(t: Words) -> Figure:
    """Rare large gradients point to -1: Adam forgets them and walks to +1, AMSGrad remembers their size."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    for name, beta2, color in (("Adam", 0.99, PURPLE), ("Adam", 0.999, ORANGE), ("AMSGrad", 0.99, GREEN)):
        w = experiments.counterexample(name, beta2)
        w = w[: len(w) // 101 * 101].reshape(-1, 101)
        ax.fill_between(101 * np.arange(len(w)), w.min(axis=1), w.max(axis=1), color=color, alpha=0.2, lw=0)
        ax.plot(101 * np.arange(len(w)), w.mean(axis=1), color=color)
    direct_label(ax, 11500, 0.72, "Adam, β₂ = 0.99", PURPLE)
    direct_label(ax, 11500, -0.36, "Adam, β₂ = 0.999", ORANGE)
    direct_label(ax, 1500, -0.98, "AMSGrad", GREEN)
    ax.set(xlabel=t("step"), ylabel="w", ylim=(-1.12, 1.12), xlim=(0, 29900), yticks=(-1, 0, 1))
    ax.set_yticks([-1, 0, 1], [t("−1: best"), "0", t("+1: worst")])
    return fig


def decay_by_gradient(t: Words) -> Figure:
    """L2 in Adam's gradient erases the weights of silent pixels at any strength; AdamW's decay treats all alike."""
    fig, axes = small_multiples(1, 3, height=3.1)
    _, size = experiments.pixel_norms("none", 0.0)
    x = np.where(np.sort(size) > 0, np.sort(size), 1e-5)
    silent = experiments.silent_pixels()
    panels = (("L2", 1e-6, "L2, λ = 10⁻⁶", BAD), ("L2", 0.01, "L2, λ = 0.01", BAD))
    for ax, (kind, strength, title, color) in zip(
        axes[0], (*panels, ("decoupled", 1.0, "AdamW, λ = 1", GOOD)), strict=True
    ):
        y = experiments.kept(kind, strength)
        ax.semilogx(x[silent:], y[silent:], "o", color=color, ms=4.5, alpha=0.7, mew=0)
        ax.semilogx(x[:silent] * np.array([0.6, 0.85, 1.2, 1.7]), y[:silent], "o", mfc="none", mec=color, ms=5.5)
        ax.set(title=title, ylim=(0, 1.05), xlim=(4e-6, 4e-2), yticks=(0, 0.5, 1))
        ax.set_xticks([1e-5, 1e-4, 1e-2], ["0", "$10^{-4}$", "$10^{-2}$"])
        ax.minorticks_off()
    axes[0, 0].set_ylabel(t("length kept"))
    axes[0, 1].set_xlabel(t("typical gradient of the pixel's weights"))
    return fig


def rate_curves(t: Words) -> Figure:
    """Every rule has a valley of good learning rates; where it lies and how wide it is differs by factors of ten."""
    fig, axes = small_multiples(4, 4, height=1.55)
    curves = {name: experiments.rate_curve(name) for name in experiments.RULES}
    for ax, name in zip(axes.flat, curves, strict=False):
        for other in curves.values():
            ax.loglog(experiments.RATES, np.median(other, axis=1), color=MUTED, lw=0.6, alpha=0.35)
        color = COLORS.get(name, FOREGROUND)
        ax.fill_between(experiments.RATES, curves[name].min(axis=1), curves[name].max(axis=1), color=color, alpha=0.2)
        ax.loglog(experiments.RATES, np.median(curves[name], axis=1), color=color)
        best = experiments.best_rate(name)
        ax.plot(best, np.median(curves[name], axis=1).min(), "o", color=color, ms=5)
        told = {"CenteredRMSProp": t("(centred)"), "Momentum": t("Momentum"), "Nesterov": t("Nesterov")}
        ax.set_title(told.get(name, name), fontsize=11)
        ax.set(ylim=(0.03, 6.0), xlim=(7e-5, 14))
        ax.set_xticks([1e-3, 1.0], ["0.001", "1"], fontsize=10)
        ax.set_yticks([0.1, 1.0], ["0.1", "1"], fontsize=10)
        ax.minorticks_off()
    for ax in axes.flat[len(curves) :]:
        ax.set_axis_off()
    notes = (t("grey: the other rules"), t("band: five seeds"), t("dot: the best rate"))
    for note, y in zip(notes, (0.8, 0.5, 0.2), strict=True):
        text = axes[3, 1].text(0.0, y, note, color=MUTED, fontsize=11, transform=axes[3, 1].transAxes)
        text.set_in_layout(False)
    for ax in axes[2, 1:]:
        ax.tick_params(labelbottom=True)
    fig.supxlabel(t("learning rate"), fontsize=12)
    fig.supylabel(t("training loss"), fontsize=12)
    return fig


def tuned_rules_end_alike(t: Words) -> Figure:
    """Each at its best rate, the rules differ in training loss, but on new digits hardly more than seeds do."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.0, 4.4), sharey=True)
    names = sorted(experiments.RULES, key=lambda name: float(np.median(experiments.rate_curve(name), axis=1).min()))
    for row, name in enumerate(names):
        color = COLORS.get(name, FOREGROUND)
        best = experiments.RATES.index(experiments.best_rate(name))
        losses, accuracies = experiments.rate_curve(name)[best], 100 * experiments.accuracies(name)
        for ax, values, middle in ((left, losses, np.median(losses)), (right, accuracies, accuracies.mean())):
            ax.plot(values, np.full(len(values), row), "o", color=color, ms=5, alpha=0.5, mew=0)
            ax.plot([middle] * 2, [row - 0.33, row + 0.33], color=color, lw=2.6)
    told = {"CenteredRMSProp": "RMSProp " + t("(centred)"), "Momentum": t("Momentum"), "Nesterov": t("Nesterov")}
    left.set_yticks(range(len(names)), [told.get(name, name) for name in names])
    left.invert_yaxis()
    left.set(xlabel=t("training loss"), xscale="log")
    left.set_xticks([0.05, 0.1, 0.2, 0.4], ["0.05", "0.1", "0.2", "0.4"])
    left.minorticks_off()
    right.set(xlabel=t("accuracy, %"), xlim=(84, 98), xticks=(85, 90, 95))
    return fig
