"""What the first page lets a reader try: one network, one slider."""

from __future__ import annotations

import numpy as np

from snippets.arrays import Array
from snippets.experiments import Frame, Movable
from snippets.experiments.initialization import HE_STD, Run, train_on_digits

STEPS, EVERY = 255, 5  # fifteen epochs; the loss is shown as the mean of five steps
SCALES = tuple(float(HE_STD * 2.0 ** (k / 4.0)) for k in (-8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3))


def smoothed(loss: Array) -> Array:
    """The mean loss of every five steps, up to the first that is no number."""
    padded = np.full(STEPS, np.nan)
    padded[: len(loss)] = np.where(np.isfinite(loss), loss, np.nan)
    means: Array = padded.reshape(-1, EVERY).mean(axis=1)
    return means


def outcome(run: Run) -> str:
    """What has become of a network."""
    if not np.isfinite(run.loss).all():
        return "after a few steps the loss is no number any more"
    if run.accuracy < 0.2:
        return "it learns nothing: every answer is a guess"
    return "it reads digits" if run.accuracy > 0.9 else "it learns, but too slowly"


def movables() -> dict[str, Movable]:
    """The training loss for a dozen scales of the starting weights."""
    frames, right = [], smoothed(train_on_digits(HE_STD).loss)
    guessing = np.full(STEPS // EVERY, np.log(10.0))
    for std in SCALES:
        run = train_on_digits(std)
        frames.append(Frame(f"{std:.3f}", (smoothed(run.loss), right, guessing), outcome(run)))
    return {
        "one_number": Movable(
            claim="one number decides whether the network learns",
            slider="scale of the weights",
            x_label="step",
            y_label="loss",
            x=np.arange(EVERY / 2.0, STEPS, EVERY),
            series=("this scale", "√(2/100)", "guessing"),
            colors=("orange", "green", "grey"),
            frames=tuple(frames),
            start=2,
            log_y=True,
            y_limits=(1e-3, 1e2),
        )
    }
