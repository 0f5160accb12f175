"""The words of the figures. A figure is given t and asks t("step"): English gets the word, Russian its entry here.

t takes a literal, so that the build sees which words a figure needs. Symbols, numbers and names of functions need no t.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Words: TypeAlias = Callable[[str], str]

RU: dict[str, str] = {
    "(slope 0.1)": "(наклон 0.1)",
    "all positive": "все положительны",
    "batch size": "размер батча",
    "best learning rate": "лучшая скорость обучения",
    "bias learnt": "смещение обучено",
    "bias not yet learnt": "смещение не обучено",
    "bias −2: born dead": "смещение −2: мертвы с рождения",
    "bias": "смещение",
    "centred": "центрированы",
    "dead units": "мёртвые нейроны",
    "distance from GELU": "отличие от GELU",
    "at its own weight scale each function keeps the gradient": "у каждой функции свой масштаб весов без потерь",
    "epoch": "эпоха",
    "guessing": "угадывание",
    "guessing: ln 10": "угадывание: ln 10",
    "hidden layers": "скрытых слоёв",
    "inputs σ − ½: centred": "входы σ − ½: центрированы",
    "inputs σ: all positive": "входы σ: все положительны",
    "layer": "слой",
    "layers passed on the way back": "слоёв пройдено на обратном пути",
    "learning rate 0.3": "скорость обучения 0.3",
    "learning rate": "скорость обучения",
    "length of the gradient": "длина градиента",
    "logit": "логит",
    "loss": "потери",
    "mean square": "средний квадрат",
    "probability": "вероятность",
    "ReLU keeps the gradient: √2 is its scale": "ReLU сохраняет градиент: её масштаб √2",
    "saturated": "насыщение",
    "share of one sign": "доля: все одного знака",
    "share": "доля",
    "sigmoid": "сигмоида",
    "start": "старт",
    "step": "шаг",
    "steps to the goal": "шагов до цели",
    "tanh and ReLU explode, the sigmoid still fades": "у tanh и ReLU взрыв, у сигмоиды всё ещё затухание",
    "tanh form": "форма с tanh",
    "tanh nearly keeps the gradient, the sigmoid quarters it": "tanh почти хранит градиент, сигмоида делит на четыре",
    "test accuracy": "доля верных ответов",
    "the sigmoid keeps it, with many units saturated": "сигмоида сохраняет его, но многие нейроны насыщены",
    "training loss": "потери при обучении",
    "training": "обучение",
    "validation": "валидация",
    "weight scale": "масштаб весов",
    "zero outputs": "нулевые выходы",
}
