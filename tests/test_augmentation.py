"""Augmentations on images small enough to follow; purity and dtypes are in test_properties.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from snippets import augmentation as a
from snippets.arrays import Array


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def photographs(n: int = 50) -> Array:
    return 0.1 + rng(9).random((n, 3, 6, 8))


def test_noise_has_mean_0_and_the_deviation_asked_for() -> None:
    x = photographs(200)
    change = a.noise(x, rng(), 0.3) - x
    assert abs(change.mean()) < 0.005
    assert change.std() == pytest.approx(0.3, rel=0.02)
    assert_array_equal(a.noise(x, rng(), 0.0), x)


def test_brightness_is_one_factor_for_each_image() -> None:
    x = photographs(500)
    factor = a.brightness(x, rng(), 0.4) / x
    assert_allclose(factor, factor[:, :1, :1, :1] * np.ones((1, 3, 6, 8)), rtol=1e-12)
    assert 0.6 <= factor.min() < 0.61
    assert 1.39 < factor.max() <= 1.4
    assert factor.mean() == pytest.approx(1.0, abs=0.04)


def test_flip_turns_whole_images_left_to_right() -> None:
    x = photographs(500)
    y = a.flip(x, rng())
    same, turned = ((y == z).all(axis=(1, 2, 3)) for z in (x, x[..., ::-1]))
    assert (same ^ turned).all()
    assert 0.4 < turned.mean() < 0.6
    assert_array_equal(a.flip(x, rng(), 1.0), x[..., ::-1])
    assert_array_equal(a.flip(x, rng(), 0.0), x)


def shifted(x: Array, down: int, right: int) -> Array:
    """What a shift by whole pixels gives, from scipy."""
    return ndimage.shift(x, (0, down, right), order=0)  # type: ignore[no-any-return]


def test_shift_moves_each_image_by_whole_pixels_and_fills_with_zeros() -> None:
    x = photographs(300)
    y, seen = a.shift(x, rng(), 1), set()
    for before, after in zip(x, y, strict=True):
        ways = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if np.array_equal(after, shifted(before, i, j))]
        assert len(ways) == 1
        seen.add(ways[0])
    assert len(seen) == 9
    assert_array_equal(a.shift(x, rng(), 0), x)


def test_crop_is_a_window_of_the_image() -> None:
    x, seen = photographs(100), set()
    y = a.crop(x, rng(), (5, 6))
    for before, after in zip(x, y, strict=True):
        places = [(i, j) for i in range(2) for j in range(3) if np.array_equal(after, before[:, i : i + 5, j : j + 6])]
        assert len(places) == 1
        seen.add(places[0])
    assert len(seen) == 6
    assert_array_equal(a.crop(x, rng(), (6, 8)), x)
    assert a.crop(x[:, 0], rng(), (1, 8)).shape == (100, 1, 8)


class Angle(np.random.Generator):
    """A generator whose uniform numbers are all at the upper end."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def uniform(self, low: float, high: float, size: tuple[int, ...]) -> Array:  # type: ignore[override]
        return np.full(size, max(low, high))


def test_a_quarter_turn_is_exact_and_counter_clockwise() -> None:
    x = rng().random((2, 3, 5, 5))
    assert_allclose(a.rotate(x, Angle(), 90.0), np.rot90(x, axes=(2, 3)), atol=1e-14)
    assert_allclose(a.rotate(x[:, 0], Angle(), 180.0), x[:, 0, ::-1, ::-1], atol=1e-14)


def test_rotation_is_scipys_with_linear_interpolation() -> None:
    x = ndimage.gaussian_filter(rng().random((12, 12)), 1.0)
    ours, theirs = a.rotate(x[None], Angle(), 20.0)[0], ndimage.rotate(x, 20.0, reshape=False, order=1)
    assert_allclose(ours[3:-3, 3:-3], theirs[3:-3, 3:-3], rtol=1e-12)


def test_rotations_stay_within_their_angle_and_differ() -> None:
    x = np.zeros((300, 21, 21))
    x[:, 10, 20] = x[:, 10, 19] = 1.0
    y = a.rotate(x, rng(), 10.0)
    mass: Array = y.sum(axis=(1, 2))
    height = (y.sum(axis=2) * (10 - np.arange(21))).sum(axis=1) / mass
    angle = np.rad2deg(np.arcsin(height / 9.5))
    assert np.abs(angle).max() < 10.7
    assert angle.std() == pytest.approx(10 / np.sqrt(3), rel=0.1)
    assert_array_equal(a.rotate(x, rng(), 0.0), x)


def test_bilinear_by_hand() -> None:
    x = np.array([[[0.0, 1.0], [2.0, 3.0]]])
    rows, columns = np.array([[[0.5, 0.0, 1.0, -0.5, 5.0]]]), np.array([[[0.5, 0.25, 1.0, 0.0, 5.0]]])
    assert_array_equal(a.bilinear(x, rows, columns), [[[1.5, 0.25, 3.0, 0.0, 0.0]]])
    assert_array_equal(a.bilinear(x, np.array([[[1.5]]]), np.array([[[0.0]]])), [[[1.0]]])
    assert a.bilinear(x[:, None], rows, columns).shape == (1, 1, 1, 5)


def test_cutout_hides_a_square_that_may_hang_over_the_edge() -> None:
    x = photographs(500)
    hidden = a.cutout(x, rng(), 3) == 0.0
    assert (hidden == hidden[:, :1]).all()
    sizes = hidden[:, 0].sum(axis=(1, 2))
    assert set(sizes) == {4, 6, 9}
    rows, columns = hidden[:, 0].any(axis=2).sum(axis=1), hidden[:, 0].any(axis=1).sum(axis=1)
    assert_array_equal(rows * columns, sizes)
    assert (a.cutout(x, rng(), 3)[~hidden] == x[~hidden]).all()
    assert (hidden.mean(axis=(0, 1)) > 0.0).all()
    assert not a.cutout(x, rng(), 100).any()


def test_the_square_of_a_cutout_may_be_centred_on_every_pixel() -> None:
    x = np.ones((2000, 3, 4))
    assert (a.cutout(x, rng(), 1) == 0.0).any(axis=0).all()
    hidden = a.cutout(np.ones((500, 9, 9)), rng(), 3) == 0.0
    centres = [(int(np.median(i)), int(np.median(j))) for i, j in map(np.nonzero, hidden) if len(i) == 9]
    assert set(centres) == {(i, j) for i in range(1, 8) for j in range(1, 8)}


def test_a_square_of_even_size_has_its_odd_pixel_before_the_centre() -> None:
    """Two of four rows are left where the centre is the first, three where it is the last."""
    covered = (a.cutout(np.ones((300, 9, 9)), rng(), 4) == 0.0).any(axis=2)
    assert set(covered[covered[:, 0]].sum(axis=1)) == {2, 3, 4}
    assert set(covered[covered[:, -1]].sum(axis=1)) == {3, 4}


def test_mixup_mixes_examples_and_labels_in_one_proportion() -> None:
    x, y = np.eye(6), np.eye(6)
    mixed, labels = a.mixup(x, y, rng(), 1.0)
    assert_allclose(mixed, labels, rtol=1e-15)
    assert_allclose(labels.sum(axis=1), 1.0, rtol=1e-15)
    shares = np.unique(np.round(labels, 12))
    assert len(shares) <= 4
    assert ((shares >= 0.0) & (shares <= 1.0)).all()
    assert ((shares > 0.0) & (shares < 1.0)).any()


def test_the_share_of_mixup_is_drawn_from_beta() -> None:
    y, generator = np.eye(2), rng()
    drawn = np.array([a.mixup(y, y, generator, 0.2)[1].max() for _ in range(4000)])
    share = np.minimum(drawn, 1.0 - drawn)
    assert ((drawn >= 0.5) & (drawn <= 1.0)).all()
    # Half of the pairs are an example with itself; of the others E[λ (1 - λ)] = α / (2 (2α + 1)).
    assert (share * (1 - share)).mean() == pytest.approx(0.5 * 0.2 / (2 * 1.4), rel=0.1)


def test_a_cutmix_that_does_not_hang_over_takes_the_share_that_was_drawn() -> None:
    """λ is drawn after the order of the batch; a rectangle of side √(1 - λ) has the area 1 - λ, to whole pixels."""
    x, inside = np.stack([np.zeros((100, 100)), np.ones((100, 100))]), 0
    for seed in range(200):
        twin = rng(seed)
        if (twin.permutation(2) == (0, 1)).all():
            continue
        drawn = twin.beta(1.0, 1.0)
        centre, half = twin.integers(0, 100, 2), 50.0 * np.sqrt(1.0 - drawn)
        if (centre - half < 0.0).any() or (centre + half > 100.0).any():
            continue
        mixed, labels = a.cutmix(x, np.eye(2), rng(seed))
        inside += 1
        assert labels[0, 0] == pytest.approx(drawn, abs=0.015)
        rows, columns = np.nonzero(mixed[0])
        assert [rows.mean() + 0.5, columns.mean() + 0.5] == pytest.approx(list(centre), abs=1.0)
    assert inside > 10


def test_a_cutmix_at_the_edge_is_cut_off_there() -> None:
    x, firsts, lasts = np.stack([np.zeros((5, 5)), np.ones((5, 5))]), set(), set()
    for seed in range(300):
        rows = np.flatnonzero(a.cutmix(x, np.eye(2), rng(seed))[0][0].any(axis=1))
        if 0 < len(rows) < 5:
            firsts.add(int(rows[0]))
            lasts.add(int(rows[-1]))
    assert (firsts, lasts) == (set(range(4)), set(range(5)))


def test_defaults_of_mixing_are_those_of_the_papers() -> None:
    x, y = np.arange(8.0).reshape(2, 2, 2), np.eye(2)
    for seed in range(5):
        assert_array_equal(a.mixup(x, y, rng(seed))[1], a.mixup(x, y, rng(seed), 0.2)[1])
        assert_array_equal(a.cutmix(x, y, rng(seed))[0], a.cutmix(x, y, rng(seed), 1.0)[0])


def test_cutmix_replaces_a_rectangle_and_mixes_labels_by_its_area() -> None:
    generator = rng()
    for _ in range(200):
        x = np.arange(1.0, 5.0)[:, None, None, None] * np.ones((4, 2, 6, 8))
        mixed, labels = a.cutmix(x, np.eye(4), generator)
        for i in range(4):
            foreign = mixed[i] != x[i]
            assert (foreign == foreign[0]).all()
            rows, columns = foreign[0].any(axis=1).sum(), foreign[0].any(axis=0).sum()
            assert foreign[0].sum() == rows * columns
            values = np.unique(mixed[i])
            assert len(values) <= 2
            for value in values:
                assert labels[i, int(value) - 1] == pytest.approx((mixed[i, 0] == value).mean(), abs=1e-15)
        assert_allclose(labels.sum(axis=1), 1.0, rtol=1e-15)


@pytest.mark.parametrize("f", [a.mixup, a.cutmix])
def test_mixing_is_pure_and_keeps_shapes_and_dtype(f: Callable[..., tuple[Array, Array]]) -> None:
    x, y = photographs(5).astype(np.float32), np.eye(5, dtype=np.float32)
    x.flags.writeable = y.flags.writeable = False
    first, again = f(x, y, rng()), f(x, y, rng())
    for one, other, original in zip(first, again, (x, y), strict=True):
        assert_array_equal(one, other)
        assert (one.shape, one.dtype) == (original.shape, original.dtype)
        assert not np.shares_memory(one, original)
    assert f(x[:, 0], y, rng())[0].shape == (5, 6, 8)


def test_whole_numbers_become_floats() -> None:
    pixels = rng().integers(0, 255, (2, 4, 4)).astype(np.uint8)
    for change in (a.shift(pixels, rng(), 1), a.cutout(pixels, rng(), 1), a.noise(pixels, rng(), 1.0)):  # type: ignore[arg-type]
        assert change.dtype == np.float64


def test_no_images_give_none() -> None:
    none = np.zeros((0, 3, 4, 5))
    for y in (
        a.noise(none, rng(), 1.0),
        a.brightness(none, rng(), 0.5),
        a.flip(none, rng()),
        a.shift(none, rng(), 1),
        a.rotate(none, rng(), 5.0),
        a.cutout(none, rng(), 2),
    ):
        assert y.shape == none.shape
    assert a.crop(none, rng(), (2, 2)).shape == (0, 3, 2, 2)


def test_settings_of_other_number_types_are_those_numbers() -> None:
    x = np.random.default_rng(0).random((3, 5, 6))
    pairs: list[tuple[Callable[..., Array], object, object]] = [
        (a.shift, np.uint8(2), 2),
        (a.rotate, -0.0, 0.0),
        (a.brightness, -0.0, 0.0),
        (a.cutout, np.uint8(3), 3),
        (a.crop, (np.uint8(2), np.int64(3)), (2, 3)),
    ]
    for f, setting, same in pairs:
        images, others = (f(x, np.random.default_rng(1), s) for s in (setting, same))
        assert_array_equal(images, others)
