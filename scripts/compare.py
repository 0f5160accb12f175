r"""Ask PyTorch, Keras, JAX, optax, scikit-learn and others whether the page "Conventions" is right about them.

One line for every row of its tables: how many facts were compared, and the largest difference from what the page says.
A contradiction is named, and the exit status is then 1. Rows whose libraries are not installed are left out:

    python -m venv .bench
    .bench/bin/pip install numpy==2.4.6 torch==2.13.0 keras==3.15.1 jax==0.10.2 optax==0.2.8 scikit-learn==1.9.1 \
        scipy==1.17.1 onnx==1.23.2
    .bench/bin/python -m scripts.compare
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.compared import ROWS, VERSIONS, ContradictionError, Facts, Row, layers, losses, optimizers, settings

MODULES = (optimizers, layers, losses, settings)  # each has registered its rows


def installed(distribution: str) -> str:
    """Its version here, or nothing."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def runnable(row: Row) -> bool:
    """Whether all that the check imports is installed."""
    return all(importlib.util.find_spec(name) for name in row.needs)


def judge(rows: Iterable[Row]) -> int:
    """Print a line for every row that can be run; the number of contradictions."""
    contradictions = left_out = 0
    for row in rows:
        if not runnable(row):
            left_out += 1
            continue
        facts, verdict = Facts(), "ok"
        try:
            row.check(facts)
        except ContradictionError as error:
            verdict, contradictions = f"CONTRADICTION: {error}", contradictions + 1
        print(f"{row.section:15}{row.who:68}{facts.count:3} facts, difference {facts.largest:7.1e}  {verdict}")
    if left_out:
        print(f"{left_out} rows left out: their libraries are not installed")
    return contradictions


def main() -> None:
    """Ask all, in double precision, one thread each."""
    os.environ |= {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}
    for name, tried in VERSIONS.items():
        found = installed(name).partition("+")[0]  # PyTorch adds for which processor it was built
        print(f"{name} {found or 'is not installed'}" + f" (the page speaks of {tried})" * (found not in ("", tried)))
    sys.exit(judge(ROWS) > 0)


if __name__ == "__main__":
    main()
