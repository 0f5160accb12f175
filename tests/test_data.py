"""snippets/data.py."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from snippets import data
from snippets.data import Split

FILE = Path(data.__file__).with_name("digits.npz")


def test_the_vendored_digits_are_the_ones_that_were_vendored() -> None:
    digest = hashlib.sha256(FILE.read_bytes()).hexdigest()
    assert digest == "089d33176bf6819a5c6ebd6746c5293713f4e81c2c8fc52b672e6e15faa78f41"
    assert FILE.stat().st_size < 50_000


def test_digits_are_1797_images_of_sixteen_greys() -> None:
    x, y = data.digits()
    assert x.shape == (1797, 64)
    assert x.dtype == np.float64
    assert y.shape == (1797,)
    assert y.dtype == np.int64
    assert sorted(np.unique(16.0 * x)) == list(range(17))
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.flatnonzero(np.ptp(x, axis=0) == 0.0).tolist() == [0, 32, 39]
    assert not x[:, [0, 32, 39]].any()


def test_the_first_digit_is_a_zero() -> None:
    x, y = data.digits()
    assert y[0] == 0
    assert (16.0 * x[0].reshape(8, 8))[:2].tolist() == [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]]
    assert 16.0 * x.sum() == 561718.0


def test_the_docstring_names_source_and_licence() -> None:
    assert "Alpaydin" in str(data.digits.__doc__)
    assert "CC BY 4.0" in str(data.digits.__doc__)


def test_digits_can_be_changed_without_changing_the_next_ones() -> None:
    data.digits()[0][:] = -1.0
    assert data.digits()[0].min() == 0.0


def multiset(*parts: Split) -> list[bytes]:
    return sorted(row.tobytes() + label.tobytes() for x, y in parts for row, label in zip(x, y, strict=True))


def test_digits_split_is_60_20_20_of_every_class_and_loses_nothing() -> None:
    parts = data.digits_split(0)
    assert [len(y) for _, y in parts] == [1079, 359, 359]
    assert [x.shape for x, _ in parts] == [(1079, 64), (359, 64), (359, 64)]
    assert multiset(*parts) == multiset(data.digits())
    counts = np.array([np.bincount(y) for _, y in parts])
    assert np.abs(counts - np.outer([0.6, 0.2, 0.2], counts.sum(axis=0))).max() <= 1.0


def test_digits_split_is_fixed_by_its_seed() -> None:
    for (x, y), (x2, y2) in zip(data.digits_split(3), data.digits_split(3), strict=True):
        assert_array_equal(x, x2)
        assert_array_equal(y, y2)
    assert not np.array_equal(data.digits_split(3)[0][1], data.digits_split(4)[0][1])


@settings(max_examples=40, derandomize=True, deadline=None)
@given(counts=st.lists(st.integers(4, 30), min_size=1, max_size=4), share=st.floats(0.2, 0.8), seed=st.integers(0, 99))
def test_stratified_split_takes_the_rounded_share_of_every_class(counts: list[int], share: float, seed: int) -> None:
    y = np.repeat(np.arange(len(counts)) * 10, counts)
    x = np.arange(2 * len(y)).reshape(-1, 2).astype(np.float64)
    x.flags.writeable = y.flags.writeable = False
    first, second = data.stratified_split((x, y), share, np.random.default_rng(seed))
    assert [int((first[1] == 10 * i).sum()) for i in range(len(counts))] == [round(share * n) for n in counts]
    assert multiset(first, second) == multiset((x, y))


def test_stratified_split_mixes_both_parts() -> None:
    y = np.repeat([0, 1], 500)
    for _, labels in data.stratified_split((np.zeros((1000, 1)), y), 0.5, np.random.default_rng(0)):
        assert 200 < np.count_nonzero(labels[:250]) + np.count_nonzero(labels[250:] == 0) < 300
    half, _ = data.stratified_split((np.arange(1000.0), y), 0.5, np.random.default_rng(0))
    assert abs(half[0].mean() - 499.5) < 30.0


def test_spirals_are_the_curve_of_the_docstring() -> None:
    x, y = data.spirals(4, np.random.default_rng(0), classes=3, noise=0.0)
    assert y.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert_allclose(np.linalg.norm(x, axis=1), np.tile([0.25, 0.5, 0.75, 1.0], 3), rtol=1e-14)
    angle = np.arange(1.0, 5.0)
    assert_allclose(x[:4], angle[:, np.newaxis] / 4.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1), rtol=1e-14)
    turn = 2.0 * math.pi / 3.0
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    assert_allclose(x[:4] @ rotation, x[4:8], atol=1e-14)
    assert_allclose(x[4:8] @ rotation, x[8:], atol=1e-14)


def test_noise_of_spirals_turns_the_points_by_what_was_drawn() -> None:
    still, _ = data.spirals(50, np.random.default_rng(0), noise=0.0)
    moved, y = data.spirals(50, np.random.default_rng(0))
    assert np.bincount(y).tolist() == [50, 50, 50]
    turn = 0.2 * np.random.default_rng(0).standard_normal(150)
    cos, sin = np.cos(turn), np.sin(turn)
    turned = np.stack([cos * still[:, 0] - sin * still[:, 1], sin * still[:, 0] + cos * still[:, 1]], axis=1)
    assert_allclose(moved, turned, atol=1e-14)


def test_moons_lie_on_two_half_circles() -> None:
    x, y = data.moons(500, np.random.default_rng(0), noise=0.0)
    assert y.tolist() == [0] * 500 + [1] * 500
    upper, lower = x[:500], x[500:]
    assert_allclose(np.linalg.norm(upper, axis=1), 1.0, rtol=1e-14)
    assert_allclose(np.linalg.norm(lower - [1.0, 0.5], axis=1), 1.0, rtol=1e-14)
    assert upper[:, 1].min() >= 0.0
    assert lower[:, 1].max() <= 0.5
    assert np.ptp(upper[:, 0]) > 1.99


def test_noise_of_moons_is_added_in_both_directions() -> None:
    generator = np.random.default_rng(0)
    angle = generator.uniform(0.0, math.pi, 100)
    noise = generator.standard_normal((100, 2))
    moved, _ = data.moons(50, np.random.default_rng(0))
    still, _ = data.moons(50, np.random.default_rng(0), noise=0.0)
    assert_allclose(still[:50], np.stack([np.cos(angle), np.sin(angle)], axis=1)[:50], rtol=1e-14)
    assert_allclose(moved, still + 0.1 * noise, rtol=1e-12)


def test_gaussian_clouds_have_their_centres_and_deviation() -> None:
    centres = np.array([[0.0, 10.0, 0.0], [-5.0, 0.0, 1.0]])
    x, y = data.gaussian_clouds(4000, np.random.default_rng(0), centres, std=0.5)
    assert x.shape == (8000, 3)
    assert y.tolist() == [0] * 4000 + [1] * 4000
    for k in range(2):
        assert_allclose(x[y == k].mean(axis=0), centres[k], atol=0.03)
        assert_allclose(x[y == k].std(axis=0), 0.5, rtol=0.04)
    assert_allclose(x, centres[y] + 0.5 * np.random.default_rng(0).standard_normal((8000, 3)), rtol=1e-12)
    wide, _ = data.gaussian_clouds(4000, np.random.default_rng(0), centres)
    assert_allclose(wide - centres[y], 2.0 * (x - centres[y]), atol=1e-12)


def test_the_same_generator_gives_the_same_set() -> None:
    draws: list[Callable[[np.random.Generator], Split]] = [
        lambda rng: data.spirals(9, rng),
        lambda rng: data.moons(9, rng),
        lambda rng: data.gaussian_clouds(9, rng, np.eye(2)),
    ]
    for draw in draws:
        assert_array_equal(draw(np.random.default_rng(1))[0], draw(np.random.default_rng(1))[0])
        assert not np.array_equal(draw(np.random.default_rng(1))[0], draw(np.random.default_rng(2))[0])


def test_clouds_take_their_centres_as_a_list() -> None:
    centres: Any = [[0, 0], [4, 0]]
    (x, y), (other, _) = (data.gaussian_clouds(3, np.random.default_rng(0), c) for c in (centres, np.array(centres)))
    assert_array_equal(x, other)
    assert y.tolist() == [0, 0, 0, 1, 1, 1]
