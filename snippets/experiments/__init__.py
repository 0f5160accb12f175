"""Seeded runs that return plain numbers: what figures, sentences and widgets of a chapter rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snippets.arrays import Array

COLORS = {"blue", "orange", "green", "purple", "red", "grey"}  # of figures/palette.py, by their names there


@dataclass(frozen=True)
class Frame:
    """One position of a slider: its value as a reader sees it, the curves there, what there is to notice."""

    value: str
    curves: tuple[Array, ...]
    note: str = ""


@dataclass(frozen=True)
class Movable:
    """A family of curves over one x, a frame for every position of a slider; all words in English.

    Raises: ValueError if frames, series and x do not fit together, or a logarithmic axis has a value ≤ 0.
    """

    claim: str
    slider: str
    x_label: str
    y_label: str
    x: Array
    series: tuple[str, ...]
    frames: tuple[Frame, ...]
    start: int = 0
    log_x: bool = False
    log_y: bool = False
    y_limits: tuple[float, float] | None = None
    colors: tuple[str, ...] = ("blue", "orange", "green", "purple")

    def __post_init__(self) -> None:
        if not 1 <= len(self.series) <= 4:
            raise ValueError(f"series must name 1 to 4 curves, got {len(self.series)}")
        if len(self.colors) < len(self.series) or not set(self.colors) <= COLORS:
            raise ValueError(f"colors must name one of {', '.join(sorted(COLORS))} for each curve, got {self.colors}")
        if not 0 <= self.start < len(self.frames) or len(self.frames) < 3:
            raise ValueError(f"start={self.start} must be one of at least 3 frames, got {len(self.frames)}")
        for frame in self.frames:
            if len(frame.curves) != len(self.series):
                raise ValueError(f"frame {frame.value!r} must have {len(self.series)} curves, got {len(frame.curves)}")
            for name, curve in zip(self.series, frame.curves, strict=True):
                if np.shape(curve) != np.shape(self.x):
                    raise ValueError(f"{name!r} at {frame.value!r} must have x's shape {np.shape(self.x)}")
                if self.log_y and np.any(np.asarray(curve) <= 0):
                    raise ValueError(f"{name!r} at {frame.value!r} must be positive on a logarithmic axis")
        if np.ndim(self.x) != 1 or np.size(self.x) < 2 or np.any(np.diff(self.x) <= 0):
            raise ValueError("x must be one row of at least 2 increasing numbers")
        if self.log_x and np.any(np.asarray(self.x) <= 0):
            raise ValueError("x must be positive on a logarithmic axis")
