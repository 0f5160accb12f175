"""Figures of the chapter on augmentation."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import cbook
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets import augmentation as aug
from snippets.arrays import Array
from snippets.experiments import augmentation as runs
from snippets.figures.palette import (
    BAD,
    BLUE,
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


def _picture(ax: Axes, image: Array, frame: str | None = None) -> None:
    """An image (H, W) or (3, H, W) of brightness from 0 to 1, in a frame of this colour."""
    image = np.repeat(image[np.newaxis], 3, axis=0) if image.ndim == 2 else image
    ax.imshow(np.clip(np.moveaxis(image, 0, -1), 0.0, 1.0), interpolation="none")
    ax.set(xticks=(), yticks=())
    ax.grid(visible=False)
    ax.spines[:].set_visible(frame is not None)
    if frame is not None:
        ax.spines[:].set(color=frame, linewidth=2.0)


def one_pixel_aside(t: Words) -> Figure:
    """Pushed by one pixel, digits are misread; a network trained on pushed digits reads on."""
    fig = plt.figure(figsize=(6.0, 3.1))
    axes = fig.subplot_mosaic(
        [["as stored", "plain", "trained"], ["pushed", "plain", "trained"]], width_ratios=(0.62, 1.0, 1.0)
    )
    images, labels = runs.parts(runs.MANY, 0)[1]
    x = images[labels == 3][2:3]
    still = np.zeros(1)
    _picture(axes["as stored"], x[0])
    _picture(axes["pushed"], runs.moved(x, still, still, still + 1.0)[0])
    axes["as stored"].set_title(t("as stored"), fontsize=11)
    axes["pushed"].set_title(t("one pixel on"), fontsize=11)
    for name, kind in (("plain", "none"), ("trained", "shift")):
        right = runs.accuracy_by_shift(kind)
        ax = axes[name]
        ax.imshow(right, cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, rasterized=True, extent=(-2.5, 2.5, 2.5, -2.5))
        for i, j in np.ndindex(5, 5):
            colour = SEQUENTIAL(0.0) if right[i, j] > 0.4 else SEQUENTIAL(1.0)
            ax.text(j - 2, i - 2, f"{100 * right[i, j]:.0f}", ha="center", va="center", color=colour, fontsize=11)
        ax.set(xticks=range(-2, 3), yticks=range(-2, 3), xlabel=t("pixels to the right"))
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
    axes["plain"].set_title(t("trained as stored"), fontsize=11)
    axes["trained"].set_title(t("trained with shifts"), fontsize=11)
    axes["plain"].set_ylabel(t("pixels down"))
    return fig


def photograph_ten_ways(t: Words) -> Figure:
    """Ten versions of one photograph: eight show what a camera could have seen, two do not."""
    path = cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)
    grey = (plt.imread(str(path)) / 255.0).mean(axis=-1)[20:440, 60:480]
    photo = grey.reshape(84, 5, 84, 5).mean(axis=(1, 3))[np.newaxis]
    rng = np.random.default_rng(3)
    enlarged = aug.crop(photo, rng, (60, 60))
    versions = {
        t("as taken"): photo,
        t("noise"): aug.noise(photo, rng, 0.12),
        t("brightness"): aug.brightness(photo, rng, 0.6),
        t("shift"): aug.shift(photo, rng, 17),
        t("rotation"): aug.rotate(photo, np.random.default_rng(2), 12.0),
        t("flip"): aug.flip(photo, rng, 1.0),
        t("crop"): enlarged,
        "cutout": aug.cutout(photo, np.random.default_rng(8), 30),
        t("upside down"): photo[:, ::-1],
        t("negative"): 1.0 - photo,
    }
    fig, axes = plt.subplots(2, 5, figsize=(6.0, 3.0))
    for k, (ax, (name, image)) in enumerate(zip(axes.flat, versions.items(), strict=True)):
        _picture(ax, np.round(23.0 * image[0]) / 23.0, BAD if k > 7 else None)  # 24 greys weigh half of 256
        ax.set_title(name, fontsize=11, color=BAD if k > 7 else FOREGROUND)
    return fig


def which_digit_is_it(t: Words) -> Figure:
    """Mirrored, a network still reads 0 and most 8s; turned by half, a 6 is a 9; as a negative it reads nothing."""
    x, y = runs.parts(runs.MANY, 0)[0]
    chosen = [int(np.flatnonzero(y == digit)[3]) for digit in range(10)]
    names = {"stored": t("as stored"), "mirrored": t("mirrored"), "turned": t("half a turn"), "negative": t("negative")}
    fig, axes = plt.subplots(4, 11, figsize=(6.0, 3.4), width_ratios=(2.1,) + (1,) * 10)
    fig.set_layout_engine("constrained", w_pad=0.02, h_pad=0.03, wspace=0.0, hspace=0.0)
    for row, (view, name) in zip(axes, names.items(), strict=True):
        row[0].set_axis_off()
        row[0].text(1.0, 0.5, name, ha="right", va="center", transform=row[0].transAxes, fontsize=11)
        images, right = runs.VIEWS[view](x[chosen]), runs.right_by_view(view)
        for ax, image, share in zip(row[1:], images, right, strict=True):
            colour = GOOD if share > 0.9 else MUTED if share > 0.5 else BAD
            _picture(ax, image, colour)
            ax.set_xlabel(f"{100 * share:.0f}", fontsize=11, color=colour, labelpad=2)
    return fig


def copies_share_their_noise(t: Words) -> Figure:
    """The variance of a mean gradient falls with the number of copies only as far as copies differ."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    m = np.arange(1, 17)
    fine = np.geomspace(1, 16, 60)
    for kind, colour in (("noise", ORANGE), ("jitter", BLUE), ("shift", GREEN)):
        measured = runs.gradients_of_copies(kind)
        ax.plot(fine, [runs.variance_of_mean(1, k, measured.rho) for k in fine], color=colour, lw=1.6)
        ax.plot(m, measured.variance, "o", color=colour, ms=5)
    ax.plot(fine, 1.0 / fine, color=MUTED, ls=(0, (4, 3)), lw=1.6)
    direct_label(ax, 16, 1.015, t("noise 0.1"), ORANGE, ha="right")
    direct_label(ax, 16, 0.87, t("10° and half a pixel"), BLUE, ha="right")
    direct_label(ax, 16, 0.70, t("shift by up to one pixel"), GREEN, ha="right")
    direct_label(ax, 5.1, 0.26, t("new digits"), MUTED)
    ax.set(xscale="log", ylim=(0, 1.08), xlabel=t("copies of each digit"), ylabel=t("variance of the mean"))
    ax.set_xticks((1, 2, 4, 8, 16), ("1", "2", "4", "8", "16"))
    ax.minorticks_off()
    return fig


def ten_copies_or_new_digits(t: Words) -> Figure:
    """Ten copies of a hundred digits gain about a point; nine hundred new digits gain seven."""
    fig, ax = plt.subplots(figsize=(6.0, 2.7))
    names = {
        "hundred": t("100 digits"),
        "fixed": t("10 copies of each"),
        "fresh": t("new copies every step"),
        "thousand": t("1000 digits"),
    }
    for row, (name, colour) in enumerate(zip(names, (GREY, BLUE, BLUE, GREEN), strict=True)):
        scores = [100.0 * runs.copies_or_new(seed)[name] for seed in runs.SEEDS]
        ax.plot(scores, [row] * len(scores), "o", color=colour, ms=6.5, alpha=0.6, mew=0)
        ax.plot([np.mean(scores)] * 2, [row - 0.32, row + 0.32], color=colour, lw=2.6)
    ax.set(xlabel=t("accuracy on other digits, %"), ylim=(3.5, -0.5), xlim=(88.5, 99))
    ax.set_yticks(range(4), list(names.values()))
    ax.grid(axis="y", visible=False)
    return fig


def split_before_copying(t: Words) -> Figure:
    """If copies are split, those held out are read almost without a fault, and other digits are not."""
    fig, ax = plt.subplots(figsize=(6.0, 2.9))
    for seed in runs.SEEDS:
        ax.plot((0, 1), [100.0 * score for score in runs.split_too_late(seed)], "o-", color=PURPLE, lw=1.6, ms=6.5)
    ax.set(xlim=(-0.45, 1.45), ylim=(88, 100.6), ylabel=t("accuracy, %"))
    ax.set_xticks((0, 1), (t("copies held out"), t("other digits")))
    ax.grid(axis="x", visible=False)
    return fig


def noise_is_a_penalty(t: Words) -> Figure:
    """The more noisy copies a linear model is fitted to, the closer its weights come to those of ridge regression."""
    fig, ax = plt.subplots(figsize=(6.0, 3.6))
    stds = np.geomspace(0.01, 1.0, 13)
    ax.loglog(stds, [np.linalg.norm(runs.ridge_fit(std)) for std in stds], color=FOREGROUND, lw=1.8)
    for copies, colour in ((1, RED), (10, ORANGE), (100, BLUE)):
        length = [np.linalg.norm(runs.noisy_fit(std, copies)) for std in stds]
        ax.loglog(stds, length, "o", color=colour, ms=5.5)
    direct_label(ax, 0.065, 36, t("1 noisy copy"), RED)
    direct_label(ax, 0.0205, 8.0, t("10 copies"), ORANGE)
    direct_label(ax, 0.0105, 2.4, t("100 copies"), BLUE)
    direct_label(ax, 0.2, 0.66, t("line: ridge, no noise"), FOREGROUND, ha="right")
    ax.set(xlabel=t("standard deviation of the noise"), ylabel="‖w‖", xlim=(0.0085, 1.2))
    ax.set_xticks((0.01, 0.03, 0.1, 0.3, 1.0), ("0.01", "0.03", "0.1", "0.3", "1"))
    ax.set_yticks((0.3, 1, 3, 10, 30), ("0.3", "1", "3", "10", "30"))
    ax.minorticks_off()
    return fig


def mixtures_and_their_labels(t: Words) -> Figure:
    """Mixup fades a two into a six, cutmix replaces a rectangle; the bar is the label."""
    fig, axes = plt.subplots(4, 6, figsize=(6.0, 3.0), height_ratios=(1, 0.17, 1, 0.17), width_ratios=(0.9,) + (1,) * 5)
    fig.set_layout_engine("constrained", w_pad=0.04, h_pad=0.02, wspace=0.0, hspace=0.0)
    for row, (kind, name) in enumerate((("mixup", "mixup"), ("cutmix", "cutmix"))):
        pictures, bars = axes[2 * row], axes[2 * row + 1]
        pictures[0].set_axis_off()
        bars[0].set_axis_off()
        pictures[0].text(0.9, 0.5, name, ha="right", va="center", transform=pictures[0].transAxes)
        if row == 0:
            bars[0].text(0.9, 0.5, t("label"), ha="right", va="center", transform=bars[0].transAxes, color=MUTED)
        for ax, bar, (image, share) in zip(pictures[1:], bars[1:], runs.mixtures(kind), strict=True):
            _picture(ax, image)
            bar.barh([0], [share], color=BLUE, height=1.0)
            bar.barh([0], [1.0 - share], left=[share], color=ORANGE, height=1.0)
            if share > 0.2:
                bar.text(0.04, 0, "2", color=PAPER, va="center", fontsize=11)
            if share < 0.8:
                bar.text(0.96, 0, "6", color=PAPER, va="center", ha="right", fontsize=11)
            bar.set(xlim=(0, 1), ylim=(-0.5, 0.5), xticks=(), yticks=())
            bar.grid(visible=False)
            bar.spines[:].set_visible(False)
    return fig


def amount_and_patience(t: Words) -> Figure:
    """With few digits changed copies gain a point or two; with a thousand they cost one until training is longer."""
    fig, axes = small_multiples(1, 2, height=3.5, share_x=False)
    left, right = axes[0]
    for kind, colour in (("none", GREY), ("jitter", BLUE)):
        few = [100.0 * runs.accuracies(kind, n) for n in runs.SIZES]
        left.plot(runs.SIZES, [float(row.mean()) for row in few], color=colour)
        for n, row in zip(runs.SIZES, few, strict=True):
            left.plot([n] * len(row), row, "o", color=colour, ms=4.5, alpha=0.4, mew=0)
        scores = 100.0 * np.array([runs.accuracies(kind, runs.MANY, n) for n in runs.STAGES])
        right.plot(runs.STAGES, scores.mean(axis=1), color=colour)
        right.plot(runs.STAGES, scores, "o", color=colour, ms=4.5, alpha=0.55, mew=0)
    left.set(xscale="log", xlabel=t("training digits"), ylabel=t("accuracy, %"), title=t("500 steps"))
    right.set(xscale="log", xlabel=t("steps"), title=t("1000 digits"), ylim=(77, 100))
    left.set_xticks(runs.SIZES, [str(n) for n in runs.SIZES])
    right.set_xticks((60, 250, 500, 1500), ("60", "250", "500", "1500"))
    for ax in (left, right):
        ax.minorticks_off()
    direct_label(left, 150, 85.5, t("as stored"), GREY)
    direct_label(left, 31, 95.5, t("changed"), BLUE)
    direct_label(right, 60, 98.3, t("as stored"), GREY)
    direct_label(right, 150, 91.0, t("changed"), BLUE)
    return fig


def each_change_alone(t: Words) -> Figure:
    """With 100 digits a small turn and push gains more than luck explains; flips and cutout cost."""
    names = {
        "noise": t("noise 0.1"),
        "brightness": t("brightness"),
        "rotate": t("rotation, 10°"),
        "jitter": t("10° and half a pixel"),
        "shift": t("shift by a pixel"),
        "cutout": "cutout, 3 × 3",
        "mixup": "mixup",
        "cutmix": "cutmix",
        "flip": t("flip"),
        "invert": t("negative"),
    }
    order = sorted(names, key=lambda kind: -runs.gains(kind, runs.FEW).mean())
    fig, ax = plt.subplots(figsize=(6.0, 4.0))
    ax.axvline(0.0, color=MUTED, lw=1.2)
    for row, kind in enumerate(order):
        gain = 100.0 * runs.gains(kind, runs.FEW)
        luck = runs.beyond_luck(kind)
        colour = GOOD if luck > 3.0 else BAD if luck < -3.0 else GREY
        ax.plot(gain, [row] * len(gain), "o", color=colour, ms=6, alpha=0.6, mew=0)
        ax.plot([gain.mean()] * 2, [row - 0.32, row + 0.32], color=colour, lw=2.6)
    ax.set(xlabel=t("gain in accuracy, percentage points"), ylim=(len(order) - 0.5, -0.5))
    ax.set_yticks(range(len(order)), [names[kind] for kind in order])
    ax.grid(axis="y", visible=False)
    return fig
