"""Layers taken over, frozen, slowed down and anchored: by hand, and in training with every rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from snippets import optimizers as o
from snippets import transfer as t
from snippets.activations import relu, relu_grad
from snippets.blocks import BatchNorm
from snippets.gradcheck import check_loss
from snippets.losses import mse
from snippets.network import Activation, Dense, Network, Params, init_params
from snippets.training import train

NET: Network = (Dense(3), Activation(relu, relu_grad), BatchNorm(), Dense(2))


def params(seed: int) -> Params:
    drawn = init_params(NET, (4,), np.random.default_rng(seed))
    drawn["2.running_mean"][:] = seed
    return drawn


def test_a_transplant_takes_these_layers_with_their_statistics_and_leaves_both_networks_as_they_were() -> None:
    source, target = params(1), params(2)
    before = source.flat.copy(), target.flat.copy()
    result = t.transplant(source, target, (0, 2))
    for name, array in result.arrays.items():
        assert_array_equal(array, (target if name.startswith("3.") else source)[name])
    assert result["2.running_mean"][0] == 1.0
    result.flat[:] = 0.0
    assert_array_equal(source.flat, before[0])
    assert_array_equal(target.flat, before[1])
    assert target["2.running_mean"][0] == 2.0


def test_a_transplant_of_nothing_is_a_copy() -> None:
    assert_array_equal(t.transplant(params(1), params(2), ()).flat, params(2).flat)


def test_a_body_may_go_under_a_head_of_another_size() -> None:
    other = init_params((*NET[:3], Dense(7)), (4,), np.random.default_rng(0))
    assert_array_equal(t.transplant(params(1), other, (0, 1, 2))["0.w"], params(1)["0.w"])
    with pytest.raises(ValueError, match=r"source\[3.w\] must have shape \(3, 7\)"):
        t.transplant(params(1), other, (3,))


def test_a_mask_is_zero_in_the_frozen_layers_only() -> None:
    p = params(1)
    mask = p.with_flat(t.frozen(p, (0, 1, 2)))
    assert {name: set(mask[name].ravel()) for name in ("0.w", "0.b", "3.w", "3.b")} == {
        "0.w": {0.0},
        "0.b": {0.0},
        "3.w": {1.0},
        "3.b": {1.0},
    }
    assert mask["2.running_mean"][0] == p["2.running_mean"][0] == 1.0
    assert_array_equal(t.frozen(p, ()), np.ones_like(p.flat))


def test_rates_fall_by_the_factor_from_one_layer_with_weights_to_the_one_below() -> None:
    p = init_params((Dense(3), Activation(relu, relu_grad), Dense(3), Dense(2)), (4,), np.random.default_rng(0))
    share = p.with_flat(t.layerwise(p, 0.5))
    for layer, expected in ((0, 0.25), (2, 0.5), (3, 1.0)):
        for key in "wb":
            assert_array_equal(share[f"{layer}.{key}"], np.full(p[f"{layer}.{key}"].shape, expected))
    assert set(t.layerwise(p, 1.0)) == {1.0}


RULES: list[Callable[[float], o.Optimizer[Any]]] = [
    o.SGD,
    o.Momentum,
    o.Adam,
    partial(o.AdamW, weight_decay=0.5),
    partial(o.Lion, weight_decay=0.5),
]


@pytest.mark.parametrize("rule", RULES, ids=["SGD", "momentum", "Adam", "AdamW", "Lion"])
def test_what_has_no_share_stays_and_what_has_a_whole_one_moves_as_ever(rule: Callable[[float], Any]) -> None:
    rng = np.random.default_rng(0)
    w, share = rng.normal(size=4), np.array([0.0, 1.0, 0.5, 2.0])
    plain, scaled = rule(0.1), t.Scaled(rule, share, lr=0.1)
    s, s_scaled = plain.init(w), scaled.init(w)
    assert repr(s_scaled) == repr(s)
    for _ in range(3):
        g = rng.normal(size=4)
        (step, s), (step_scaled, s_scaled) = plain.update(g, s, w), scaled.update(g, s_scaled, w)
        assert step[0] != 0.0
        assert_allclose(step_scaled, share * step, rtol=1e-15)


def test_a_masked_gradient_does_not_stop_decay_and_a_scaled_one_does_not_slow_adam() -> None:
    """Why it is the step that is scaled."""
    w, g = np.ones(1), np.full(1, 0.3)
    decayed, _ = o.AdamW(0.1, weight_decay=0.5).update(0.0 * g, o.AdamW(0.1).init(w), w)
    assert decayed[0] == pytest.approx(-0.05)
    steps = [o.Adam(0.1, eps=0.0).update(c * g, o.Adam(0.1).init(w), w)[0] for c in (1.0, 0.01)]
    assert_allclose(steps[0], steps[1], rtol=1e-12)


def test_a_schedule_changes_the_rate_of_the_rule_inside() -> None:
    rule = t.Scaled(o.SGD, np.array([0.5]), lr=0.1)
    assert rule.lr == 0.1
    step, _ = replace(rule, lr=0.2).update(np.ones(1), o.NoState(), np.ones(1))
    assert step[0] == pytest.approx(-0.1)


def test_in_training_frozen_layers_keep_every_bit() -> None:
    rng, p = np.random.default_rng(0), params(1)
    before = p.copy()
    rule = t.Scaled(partial(o.AdamW, weight_decay=0.1), t.frozen(p, (0,)), lr=0.01)
    train(NET, p, (rng.normal(size=(20, 4)), rng.normal(size=(20, 2))), mse, rule, epochs=3, batch_size=5, rng=rng)
    for name in ("0.w", "0.b"):
        assert_array_equal(p[name], before[name])
    for name in ("2.gamma", "3.w", "2.running_mean"):
        assert (p[name] != before[name]).all()


def test_the_anchor_by_hand() -> None:
    value, gradient = t.l2_sp(np.array([3.0, 1.0]), np.array([1.0, 2.0]), 0.5)
    assert value == 1.25
    assert_array_equal(gradient, [1.0, -0.5])
    assert t.l2_sp(np.ones(2), np.ones(2), 7.0)[0] == 0.0
    value, gradient = t.l2_sp(np.array([3]), np.array([1]), 0.0)
    assert value == 0.0
    assert gradient.dtype == np.float64


def test_the_anchor_has_the_gradient_that_central_differences_measure() -> None:
    w, start = np.random.default_rng(0).normal(size=(2, 3, 4))
    assert check_loss(lambda x: t.l2_sp(x, start, 0.3), w) < 1e-9
