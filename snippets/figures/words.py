"""The words of the figures. A figure is given t and asks t("step"): English gets the word, Russian its entry here.

t takes a literal, so that the build sees which words a figure needs. Symbols, numbers and names of functions need no t.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Words: TypeAlias = Callable[[str], str]

RU: dict[str, str] = {
    "epoch": "эпоха",
    "layer": "слой",
    "loss": "потери",
    "step": "шаг",
    "training": "обучение",
    "validation": "валидация",
}
