"""Print the coefficients of snippets/gaussian.py: (1 + t) e^(t²/2) Φ(-t) in powers of (t - 5) / (t + 5).

    python -m venv /tmp/venv && /tmp/venv/bin/pip install mpmath==1.4.1
    /tmp/venv/bin/python scripts/vendor/gaussian.py

mpmath is needed here only: interpolation at 60 Chebyshev nodes in 60 digits, cut after the 24th term.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp

NODES, TERMS, MIDDLE = 60, 24, 5


def scaled_tail(t: Any) -> Any:
    """(1 + t) e^(t²/2) Φ(-t); from t = 30 on by Laplace's continued fraction."""
    if t <= 30:
        return (1 + t) * mp.ncdf(-t) * mp.exp(t * t / 2)
    rest = mp.mpf(0)
    for k in range(400, 0, -1):
        rest = k / (t + rest)
    return (1 + t) / ((t + rest) * mp.sqrt(2 * mp.pi))


def powers() -> list[Any]:
    """Chebyshev coefficients by the discrete orthogonality of the nodes, then gathered by powers."""
    angles = [mp.pi * (2 * j + 1) / (2 * NODES) for j in range(NODES)]
    values = [scaled_tail(MIDDLE * (1 + mp.cos(a)) / (1 - mp.cos(a))) for a in angles]
    total = [mp.mpf(0)] * TERMS
    this, following = [mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]
    for m in range(TERMS):
        weight = (2 if m else 1) * mp.fsum(v * mp.cos(m * a) for v, a in zip(values, angles, strict=True)) / NODES
        for i, c in enumerate(this):
            total[i] += weight * c
        doubled = [mp.mpf(0), *(2 * c for c in following)]
        for i, c in enumerate(this):
            doubled[i] -= c
        this, following = following, doubled
    return total


if __name__ == "__main__":
    mp.mp.dps = 60
    for coefficient in powers():
        print(f"    {float(coefficient)!r},")
