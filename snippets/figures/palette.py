"""Colours by meaning: each is told apart in both themes, by the colour-blind too, and carries text (contrast ≥ 4.5).

A figure draws with the colours of the light theme; in the SVG each becomes a CSS variable, so that one file follows
light and dark. Colour maps stay as they are in both themes, and neither end of theirs melts into a background.
"""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

BLUE, ORANGE, GREEN = "#2356cd", "#bb5110", "#0f8461"
PURPLE, RED, GREY = "#860d9c", "#971018", "#575e68"
FOREGROUND, MUTED, GRID, PAPER = "#22262d", "#5c6470", "#dde1e6", "#ffffff"

# What is ordered (layers, depths, rates): from early to late, always away from the background.
SHADES = ("#159eab", "#0188a6", "#0b71a0", "#0358a2", "#273d97", "#342180", "#360264")

# The same colours on a dark page.
DARK = {
    BLUE: "#7cc4ff",
    ORANGE: "#f2a26e",
    GREEN: "#6ff0b4",
    PURPLE: "#cb68ee",
    RED: "#ff4a60",
    GREY: "#8391a5",
    FOREGROUND: "#e3e6ec",
    MUTED: "#a0a8b5",
    GRID: "#3a404b",
    PAPER: "#1e2129",
    **dict(zip(SHADES, ("#865fc1", "#7c7be1", "#6a98f8", "#5cb6fd", "#5cd1fe", "#5feafe", "#8cfff7"), strict=True)),
}

# The same thing has the same colour on every page.
FUNCTION, DERIVATIVE = BLUE, ORANGE
GOOD, BAD = GREEN, RED

SEQUENTIAL = LinearSegmentedColormap.from_list(
    "site_sequential", ["#392d7d", "#12549a", "#077896", "#029a97", "#43b987", "#9ecd71", "#ebd96e"]
)
DIVERGING = LinearSegmentedColormap.from_list(
    "site_diverging", ["#1545a2", "#4c80cd", "#98b3d7", "#d1d1d1", "#dbac8d", "#ca723c", "#934319"]
)

FIXED = {to_hex(cmap(i)) for cmap in (SEQUENTIAL, DIVERGING) for i in range(cmap.N)}


def shades(n: int) -> list[str]:
    """n ≤ 7 themed colours in order, spread evenly over SHADES."""
    if n == 1:
        return [SHADES[3]]
    return [SHADES[round(i * (len(SHADES) - 1) / (n - 1))] for i in range(n)]


def direct_label(ax: Axes, x: float, y: float, text: str, color: str, **kwargs: Any) -> Text:
    """Name a curve where it is, in its own colour: (x, y) is the left middle of the text, in data coordinates."""
    return ax.text(x, y, text, **{"color": color, "va": "center", "ha": "left", **kwargs})


def small_multiples(
    rows: int, cols: int, height: float = 2.0, share_x: bool = True, share_y: bool = True
) -> tuple[Figure, NDArray[Any]]:
    """A figure of rows × cols equal panels as wide as the page, each `height` inches high."""
    width = plt.rcParams["figure.figsize"][0]
    return plt.subplots(rows, cols, figsize=(width, height * rows), sharex=share_x, sharey=share_y, squeeze=False)
