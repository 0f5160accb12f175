"""The numbers of the losses by hand and at the extremes; what holds for every loss is in test_properties.py."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from snippets import losses
from snippets.activations import log_softmax, softmax


def test_softmax_cross_entropy_of_no_opinion_is_the_log_of_the_number_of_classes() -> None:
    value, gradient = losses.softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 7]))
    assert value == pytest.approx(math.log(10), rel=1e-15)
    assert gradient[0, 3] == pytest.approx(-0.45, rel=1e-14)
    assert gradient[0, 0] == pytest.approx(0.05, rel=1e-14)


def test_softmax_cross_entropy_is_minus_the_log_softmax_at_the_label() -> None:
    z, y = np.random.default_rng(0).normal(0.0, 5.0, (20, 6)), np.random.default_rng(1).integers(0, 6, 20)
    value, gradient = losses.softmax_cross_entropy(z, y, "sum")
    assert_allclose(value, -log_softmax(z)[np.arange(20), y].sum(), rtol=1e-14)
    assert_allclose(gradient, softmax(z) - np.eye(6)[y], rtol=1e-12, atol=1e-15)


def test_softmax_cross_entropy_at_the_extremes() -> None:
    """Where a softmax followed by a logarithm gives infinity or NaN."""
    for size in (1e4, 1e300):
        value, gradient = losses.softmax_cross_entropy(np.array([[size, -size]]), np.array([1]))
        assert value == pytest.approx(2 * size, rel=1e-15)
        assert_allclose(gradient, [[1.0, -1.0]])
        assert losses.softmax_cross_entropy(np.array([[size, -size]]), np.array([0]))[0] == 0.0
    tiny, _ = losses.softmax_cross_entropy(np.array([[40.0, 0.0]]), np.array([0]))
    assert 0.0 <= tiny < 1e-16
