"""The figures of the page on mistakes in circulation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from snippets.experiments import errata as experiments
from snippets.figures.palette import ORANGE, PURPLE, RED, direct_label, small_multiples
from snippets.figures.words import Words


def adam_misprinted(t: Words) -> Figure:
    """Adam's step is one learning rate; with a frozen count it depends on time, without the root on the gradient."""
    fig, axes = small_multiples(1, 2, height=2.7, share_x=False, share_y=False)
    time, scale = axes[0]
    step = np.arange(1, 5001)
    time.plot(step, experiments.step_sizes("Adam"), color=PURPLE)
    time.plot(step, experiments.step_sizes("frozen"), color=RED)
    time.set(xscale="log", xlabel=t("step"), ylabel=r"$|\Delta w| / \eta$", ylim=(0, 2.4))
    direct_label(time, 1.2, 0.86, "Adam", PURPLE)
    direct_label(time, 60, 1.85, t("count frozen"), RED)
    slopes = 10.0 ** np.arange(-2, 3)
    for name, color in (("Adam", PURPLE), ("rootless", ORANGE)):
        scale.plot(slopes, [experiments.step_sizes(name, float(g))[-1] for g in slopes], "o-", color=color)
    scale.set(xscale="log", yscale="log", xlabel=t("gradient"))
    direct_label(scale, 12, 2.0, "Adam", PURPLE)
    direct_label(scale, 0.03, 60, t("no root"), ORANGE)
    return fig
