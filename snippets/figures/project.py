"""The figures of the chapter on a complete run."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.arrays import Array
from snippets.experiments import project as runs
from snippets.figures.palette import (
    BAD,
    BLUE,
    FOREGROUND,
    GOOD,
    GREY,
    MUTED,
    ORANGE,
    PURPLE,
    SEQUENTIAL,
    direct_label,
    small_multiples,
)
from snippets.figures.words import Words

# The same method has the same colour in every figure of the chapter.
COLORS = {"softmax": PURPLE, "neighbour": GREY, "MLP": BLUE, "conv": ORANGE}


def _names(t: Words) -> dict[str, str]:
    return {"softmax": "softmax", "neighbour": t("neighbour"), "MLP": "MLP", "conv": t("conv. net")}


def _picture(ax: Axes, image: Array) -> None:
    """Ink on paper, without axes."""
    ax.imshow(np.repeat(1.0 - image[:, :, np.newaxis], 3, axis=2), rasterized=True, interpolation="nearest")
    ax.set_axis_off()


def twelve_of_each(t: Words) -> Figure:
    """Digits of one class differ more than one expects, and digits of different classes less."""
    x, y = runs.images()
    fig, ax = plt.subplots(figsize=(6.0, 5.2))
    sheet = np.zeros((10 * 9, 12 * 9, 4))
    for digit in range(10):
        members = np.flatnonzero(y == digit)
        for k, i in enumerate(members[np.linspace(0, len(members) - 1, 12).astype(int)]):
            tile = sheet[9 * digit : 9 * digit + 8, 9 * k : 9 * k + 8]
            tile[..., :3], tile[..., 3] = 1.0 - x[i, 0][:, :, np.newaxis], 1.0
    ax.imshow(sheet, rasterized=True, interpolation="nearest")
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(
        yticks=np.arange(10) * 9 + 3.5, yticklabels=range(10), xticks=(), xlabel=t("from the first writer to the last")
    )
    return fig


def twenty_by_heart(t: Words) -> Figure:
    """A sound network learns twenty digits by heart in a few dozen steps; one with shuffled labels stays at ln 10."""
    fig, ax = plt.subplots(figsize=(6.0, 3.2))
    for mismatched, color in ((False, GOOD), (True, BAD)):
        ax.semilogy(runs.overfit(mismatched), color=color)
    ax.axhline(np.log(10), color=MUTED, lw=1, ls=":")
    direct_label(ax, 99, 0.75, t("a bug: labels shuffled apart from images"), BAD, ha="right")
    direct_label(ax, 99, 5e-4, t("as it should be"), GOOD, ha="right")
    direct_label(ax, 99, 6.0, "ln 10", MUTED, ha="right")
    ax.set(xlabel=t("step"), ylabel=t("loss"), ylim=(1e-5, 12), xlim=(0, 100))
    return fig


def rate_valleys(t: Words) -> Figure:
    """Validation loss against the learning rate: a valley for each model, and they lie close together."""
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    for name, rates in (("softmax", runs.RATES), ("MLP", runs.RATES), ("conv", runs.FEW_RATES)):
        losses = [runs.trial(name, rate).check[-1].loss for rate in rates]
        ax.loglog(rates, losses, "o-", color=COLORS[name], ms=4)
        best = runs.chosen_rate(name)
        ax.loglog(best, min(losses), "o", color=COLORS[name], ms=9)
    direct_label(ax, 1.1e-3, 0.75, "softmax", COLORS["softmax"])
    direct_label(ax, 1.1e-3, 0.095, "MLP", COLORS["MLP"])
    direct_label(ax, 3.1e-3, 0.028, _names(t)["conv"], COLORS["conv"], ha="right")
    ax.set(xlabel=t("learning rate"), ylabel=t("validation loss"))
    return fig


def two_courses(t: Words) -> Figure:
    """Training loss keeps falling, validation loss settles: the distance is what the networks know by heart."""
    fig, axes = small_multiples(1, 2, height=3.2, share_x=False)
    for ax, name in zip(axes[0], ("MLP", "conv"), strict=True):
        run = runs.trial(name, runs.chosen_rate(name))
        epochs = np.arange(1, len(run.loss) + 1)
        ax.semilogy(epochs, run.loss, color=COLORS[name], ls="--")
        ax.semilogy(epochs, [e.loss for e in run.check], color=COLORS[name])
        ax.set(title=_names(t)[name], xlabel=t("epoch"), xlim=(1, len(epochs)))
    left, right = axes[0]
    direct_label(left, 19.5, 0.075, t("validation"), COLORS["MLP"], ha="right")
    direct_label(left, 9.2, 0.0022, t("training"), COLORS["MLP"], ha="right")
    direct_label(right, 9.8, 0.16, t("training"), COLORS["conv"], ha="right")
    direct_label(right, 5.4, 0.02, t("validation"), COLORS["conv"], ha="right")
    left.set_ylabel(t("loss"))
    return fig


def five_splits(t: Words) -> Figure:
    """Test accuracy of four methods on the same five splits: means and standard errors overlap where splits do not."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    y = runs.images()[1]
    for k, method in enumerate(runs.METHODS):
        values, color = 100 * runs.accuracies(method), COLORS[method]
        ax.plot(k - 0.16 + 0.08 * np.arange(5), values, "o", color=color, ms=5, alpha=0.55)
        right = runs.predicted(method) == y
        mean, error = 100 * right.mean(), 100 * runs.standard_error(right)
        ax.errorbar(k + 0.32, mean, error, fmt="D", color=color, ms=6, capsize=4)
    ax.axhline(97.5, color=MUTED, lw=1, ls=":")
    ax.set(ylabel=t("test accuracy, %"), xticks=range(4), xticklabels=_names(t).values(), xlim=(-0.5, 3.6))
    ax.grid(visible=False, axis="x")
    return fig


def taken_for_another(t: Words) -> Figure:
    """The errors of the convolutional network in a table: a few pairs of digits make up most of them."""
    fig, ax = plt.subplots(figsize=(6.0, 4.6))
    counts = runs.confusion(runs.images()[1], runs.predicted("conv"))
    wrong = np.where((counts == 0) | np.eye(10, dtype=bool), np.nan, counts)
    ax.imshow(wrong, cmap=SEQUENTIAL, vmin=0, vmax=np.nanmax(wrong), rasterized=True)
    for (i, j), count in np.ndenumerate(counts):
        if i == j:
            ax.text(j, i, str(count), ha="center", va="center", color=MUTED, fontsize=10)
        elif count:
            shade = SEQUENTIAL(1.0) if count < np.nanmax(wrong) / 2 else SEQUENTIAL(0.0)
            ax.text(j, i, str(count), ha="center", va="center", color=shade, fontsize=12)
    ax.set(xlabel=t("answer"), ylabel=t("digit"), xticks=range(10), yticks=range(10))
    ax.grid(visible=False)
    return fig


def surest_mistakes(_t: Words) -> Figure:
    """The wrong answers given with most certainty: at some of them a person would hesitate, too."""
    x, y = runs.images()
    fig, axes = small_multiples(2, 6, height=1.75)
    for ax, (i, answer, sure) in zip(axes.ravel(), runs.hardest("conv", 12), strict=True):
        _picture(ax, x[i, 0])
        ax.set_title(f"{y[i]} → {answer}", fontsize=12, color=FOREGROUND)
        ax.text(3.5, 8.2, f"{100 * sure:.1f}\u2009%", ha="center", va="top", color=MUTED, fontsize=10)
    return fig


def known_and_new_hands(t: Words) -> Figure:
    """On writers it has not met every method loses points: the convolutional network fewest, the MLP most."""
    fig, ax = plt.subplots(figsize=(6.0, 3.8))
    y = runs.images()[1]
    for method, name in _names(t).items():
        shares = [100 * (runs.predicted(method, kind) == y).mean() for kind in (runs.SHUFFLED, runs.IN_ORDER)]
        ax.plot((0, 1), shares, "o-", color=COLORS[method])
        direct_label(ax, 1.04, shares[1], f"{name} {shares[1]:.1f}", COLORS[method])
        lift = {"neighbour": -0.05, "conv": 0.18, "MLP": -0.2}.get(method, 0.0)
        direct_label(ax, -0.04, shares[0] + lift, f"{shares[0]:.1f}", COLORS[method], ha="right")
    ax.set(ylabel=t("test accuracy, %"), xticks=(0, 1), xlim=(-0.3, 1.6))
    ax.set_xticklabels((t("known hands"), t("new hands")))
    ax.grid(visible=False, axis="x")
    return fig


def passing_on(t: Words) -> Figure:
    """Most errors stand among the few digits that the network is least certain of."""
    fig, ax = plt.subplots(figsize=(6.0, 3.3))
    n = len(runs.images()[1])
    for name in ("MLP", "conv"):
        left = runs.declined(name)[: n // 10]
        ax.step(100 * np.arange(len(left)) / n, left, where="post", color=COLORS[name])
    direct_label(ax, 2.2, 20.5, "MLP", COLORS["MLP"])
    direct_label(ax, 0.2, 2.6, _names(t)["conv"], COLORS["conv"])
    ax.set(xlabel=t("left to a person, %"), ylabel=t("errors in the rest"), xlim=(0, 10), ylim=(0, None))
    return fig
