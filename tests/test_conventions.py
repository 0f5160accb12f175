"""Weights and settings on their way from other libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest

from snippets.conventions import channels_first_rows, same_padding
from snippets.convolution import conv2d
from snippets.layers import dense


@pytest.mark.parametrize(
    ("size", "window", "stride", "zeros"),
    [(8, 3, 1, (1, 1)), (8, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (5, 2, 1, (0, 1)), (9, 1, 4, (0, 0)), (3, 5, 2, (2, 2))],
)
def test_same_padding_puts_an_odd_zero_after(size: int, window: int, stride: int, zeros: tuple[int, int]) -> None:
    assert same_padding(size, window, stride) == zeros


def test_same_padding_moves_by_one_pixel_unless_told() -> None:
    assert same_padding(8, 3) == same_padding(8, 3, 1) != same_padding(8, 3, 2)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("window", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [4, 5, 6, 7])
def test_same_padding_gives_as_many_windows_as_strides_fit_in(size: int, window: int, stride: int) -> None:
    x = np.pad(np.ones((1, 1, size, size)), ((0, 0), (0, 0), *[same_padding(size, window, stride)] * 2))
    y, _ = conv2d(x, np.ones((1, 1, window, window)), np.zeros(1), stride)
    assert y.shape[2:] == (math.ceil(size / stride),) * 2


def test_rows_of_a_flattened_image_follow_its_numbers() -> None:
    """What the dense layer answers to an image does not depend on the order in which it was flattened."""
    image, w = np.random.default_rng(0).standard_normal((2, 3, 4, 5)), np.random.default_rng(1).random((60, 7))
    last, first = image.reshape(2, -1), image.transpose(0, 3, 1, 2).reshape(2, -1)
    y, _ = dense(last, w, np.zeros(7))
    np.testing.assert_allclose(dense(first, channels_first_rows(w, (3, 4, 5)), np.zeros(7))[0], y, rtol=1e-12)


def test_rows_of_a_flattened_image_by_hand() -> None:
    """Two pixels of three channels: the rows of channel 0 come first."""
    w = np.arange(6.0)[:, np.newaxis]
    assert channels_first_rows(w, (1, 2, 3))[:, 0].tolist() == [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]


def test_same_padding_takes_unsigned_numbers() -> None:
    size, window, stride = np.array([8, 3, 2], np.uint8)
    assert same_padding(size, window, stride) == same_padding(8, 3, 2)
