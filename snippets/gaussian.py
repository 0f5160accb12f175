"""The standard normal density and distribution: NumPy has no erf, and 1 + erf loses the left tail."""

from __future__ import annotations

import math

import numpy as np

from snippets.arrays import Array, as_float

_FAR = 40.0  # Φ(-40) and φ(40) are 0 in double precision

# (1 + t) e^(t²/2) Φ(-t) as a polynomial in (t - 5) / (t + 5), t >= 0: interpolation at 60 Chebyshev
# nodes with 60 digits, cut after the 24th term (scripts/vendor/gaussian.py prints these lines).
_TAIL = (
    0.46151582985003775,
    -0.09155228183400904,
    0.031030368425963708,
    0.010002352385229382,
    -0.026401042966308307,
    0.024536963243678652,
    -0.015170415402514863,
    0.006522000667783896,
    -0.00167607234455447,
    7.791597409338999e-06,
    0.00018233414511643843,
    -5.36075811148722e-05,
    -9.896097759279782e-06,
    9.05982468125664e-06,
    -7.034644683537101e-08,
    -1.3074486019237587e-06,
    1.27878221820937e-07,
    1.9627809920091187e-07,
    -2.6286205089898754e-08,
    -3.095201755804207e-08,
    3.627373163401201e-09,
    4.4011596227599254e-09,
    -2.8220772290629865e-10,
    -3.815816262632953e-10,
)


def normal_pdf(x: Array) -> Array:
    """φ(x) = e^(-x²/2) / √(2π), the standard normal density.

    >>> float(normal_pdf(np.array(0.0)))
    0.3989422804014327
    """
    return _bell(np.minimum(np.abs(as_float(x)), _FAR)) / math.sqrt(2.0 * math.pi)


def normal_cdf(x: Array) -> Array:
    """Φ(x) = ½ erfc(-x/√2), the standard normal distribution: right to 1e-15 relative in the left tail too.

    >>> float(normal_cdf(np.array(0.0))), float(normal_cdf(np.array(-20.0)))
    (0.5, 2.7536241186062337e-89)
    """
    x = as_float(x)
    t = np.minimum(np.abs(x), _FAR)
    s = (t - 5.0) / (t + 5.0)
    scaled = np.full_like(s, _TAIL[-1])
    for coefficient in _TAIL[-2::-1]:
        scaled *= s
        scaled += coefficient
    tail = scaled / (1.0 + t) * _bell(t)
    return np.abs((x > 0.0) - tail)  # the tail itself, or 1 minus the tail


def _bell(t: Array) -> Array:
    """e^(-t²/2) for 0 <= t <= 40: the square of t cut to sixteenths is exact, so large t cost no digits."""
    cut: Array = np.round(t * 16.0) / 16.0
    return np.exp(-0.5 * cut * cut) * np.exp(-0.5 * (t - cut) * (t + cut))
