"""The numbers of the layers by hand; what holds for every operation is in test_properties.py."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from snippets import layers


def test_dense_by_hand() -> None:
    x, w, b = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0, 0.0], [0.5, 4.0, 1.0]]), np.array([0.0, 1.0, -2.0])
    y, backward = layers.dense(x, w, b)
    assert_array_equal(y, [[4.0, 8.0, 0.0]])
    dx, dw, db = backward(np.array([[1.0, 0.0, 2.0]]))
    assert_array_equal(dx, [[3.0, 2.5]])
    assert_array_equal(dw, [[1.0, 0.0, 2.0], [2.0, 0.0, 4.0]])
    assert_array_equal(db, [1.0, 0.0, 2.0])


def test_dense_sums_the_gradients_of_its_examples() -> None:
    rng = np.random.default_rng(0)
    x, w, b, dy = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=(4, 2))
    _, dw, db = layers.dense(x, w, b)[1](dy)
    alone = [layers.dense(x[i : i + 1], w, b)[1](dy[i : i + 1]) for i in range(4)]
    np.testing.assert_allclose(dw, sum(part[1] for part in alone), rtol=1e-13)
    np.testing.assert_allclose(db, sum(part[2] for part in alone), rtol=1e-13)


def test_an_empty_batch_passes_through() -> None:
    y, backward = layers.dense(np.zeros((0, 3)), np.ones((3, 2)), np.ones(2))
    dx, dw, db = backward(np.zeros((0, 2)))
    assert (y.shape, dx.shape) == ((0, 2), (0, 3))
    assert_array_equal(dw, np.zeros((3, 2)))
    assert_array_equal(db, np.zeros(2))
    assert layers.flatten(np.zeros((0, 2, 3)))[0].shape == (0, 6)


def test_flatten_keeps_every_example_in_its_row() -> None:
    x = np.arange(24.0).reshape(2, 3, 2, 2)
    y, backward = layers.flatten(x)
    assert_array_equal(y, np.arange(24.0).reshape(2, 12))
    assert_array_equal(backward(y)[0], x)
    assert layers.flatten(np.zeros(3))[0].shape == (3, 1)
