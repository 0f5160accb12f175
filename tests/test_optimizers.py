"""Every rule against a plain loop over numbers written from its paper, over whole trajectories; its special sentences.

Our variants were once compared with PyTorch 2.13.0 (all but Lion) and optax 0.2.8 (Lion) over 150 steps in double
precision: relative difference below 1e-14. The loops here are independent of the package and of both frameworks.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from snippets import optimizers as o
from snippets.arrays import Array

STEPS = 200


def sgd(gs: list[float], w: float, lr: float) -> Iterator[float]:
    for g in gs:
        w = w - lr * g
        yield w


def heavy_ball(gs: list[float], w: float, lr: float, momentum: float) -> Iterator[float]:
    """polyak1964: the difference of the last two points is the memory."""
    previous = w
    for g in gs:
        w, previous = w - lr * g + momentum * (w - previous), w
        yield w


def nesterov(gs: list[float], w: float, lr: float, momentum: float) -> Iterator[float]:
    """sutskever2013, eq. 3-4: g is taken at theta + mu v, and that point is reported."""
    theta, v = w, 0.0
    for g in gs:
        v = momentum * v - lr * g
        theta = theta + v
        yield theta + momentum * v


def adagrad(gs: list[float], w: float, lr: float, eps: float) -> Iterator[float]:
    for n, g in enumerate(gs):
        w = w - lr / (math.sqrt(math.fsum(h * h for h in gs[: n + 1])) + eps) * g
        yield w


def adadelta(gs: list[float], w: float, lr: float, rho: float, eps: float) -> Iterator[float]:
    """zeiler2012, algorithm 1."""
    e_g = e_x = 0.0
    for g in gs:
        e_g = rho * e_g + (1 - rho) * g * g
        dx = -math.sqrt(e_x + eps) / math.sqrt(e_g + eps) * g
        e_x = rho * e_x + (1 - rho) * dx * dx
        w = w + lr * dx
        yield w


def rmsprop(gs: list[float], w: float, lr: float, rho: float, eps: float) -> Iterator[float]:
    mean_square = 0.0
    for g in gs:
        mean_square = rho * mean_square + (1 - rho) * g * g
        w = w - lr * g / (math.sqrt(mean_square) + eps)
        yield w


def centered_rmsprop(gs: list[float], w: float, lr: float, rho: float, eps: float) -> Iterator[float]:
    """The variance as the weighted sum of squares about the weighted mean: no difference of near numbers."""
    for n, g in enumerate(gs, start=1):
        weights = [(1 - rho) * rho ** (n - 1 - k) for k in range(n)]
        mean = math.fsum(a * h for a, h in zip(weights, gs, strict=False))
        rest = 1 - math.fsum(weights)  # the weight of the zeros before the first gradient
        variance = math.fsum(a * (h - mean) ** 2 for a, h in zip(weights, gs, strict=False)) + rest * mean * mean
        w = w - lr * g / (math.sqrt(variance) + eps)
        yield w


def adam(
    gs: list[float],
    w: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    largest: bool = False,
) -> Iterator[float]:
    """kingma2015, algorithm 1; reddi2018 (largest v so far); loshchilov2019, algorithm 2 (decay beside the step)."""
    m = v = top = 0.0
    for t, g in enumerate(gs, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        top = max(top, v)
        alpha = lr / (1 - beta1**t)
        root = math.sqrt((top if largest else v) / (1 - beta2**t))
        w = w - alpha * m / (root + eps) - lr * weight_decay * w
        yield w


def adamax(gs: list[float], w: float, lr: float, beta1: float, beta2: float, eps: float) -> Iterator[float]:
    """kingma2015, algorithm 2; u written out as the maximum over all gradients so far."""
    m = 0.0
    for t, g in enumerate(gs, start=1):
        m = beta1 * m + (1 - beta1) * g
        u = max(beta2 ** (t - 1 - k) * (abs(h) + eps) for k, h in enumerate(gs[:t]))
        w = w - lr / (1 - beta1**t) * m / u
        yield w


def nadam(gs: list[float], w: float, lr: float, beta1: float, beta2: float, eps: float) -> Iterator[float]:
    """dozat2016 with the momentum schedule of its section on practice."""
    mu = [beta1 * (1 - 0.5 * 0.96 ** (t / 250)) for t in range(len(gs) + 2)]
    m = v = 0.0
    for t, g in enumerate(gs, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        now = (1 - mu[t]) / (1 - math.prod(mu[1 : t + 1])) * g
        ahead = mu[t + 1] / (1 - math.prod(mu[1 : t + 2])) * m
        w = w - lr * (now + ahead) / (math.sqrt(v / (1 - beta2**t)) + eps)
        yield w


def lion(gs: list[float], w: float, lr: float, beta1: float, beta2: float, weight_decay: float) -> Iterator[float]:
    """chen2023, algorithm 2."""
    m = 0.0
    for g in gs:
        c = beta1 * m + (1 - beta1) * g
        m = beta2 * m + (1 - beta2) * g
        w = w - lr * ((c > 0) - (c < 0) + weight_decay * w)
        yield w


def amsgrad(gs: list[float], w: float, **options: float) -> Iterator[float]:
    return adam(gs, w, **options, largest=True)


Reference = Callable[..., Iterator[float]]
RULES: list[tuple[Any, Reference]] = [
    (o.SGD(lr=0.3), sgd),
    (o.Momentum(lr=0.03, momentum=0.9), heavy_ball),
    (o.Momentum(lr=0.03, momentum=0.0), heavy_ball),
    (o.Nesterov(lr=0.03, momentum=0.9), nesterov),
    (o.Adagrad(lr=0.3), adagrad),
    (o.Adagrad(lr=0.3, eps=3.0), adagrad),
    (o.Adadelta(), adadelta),
    (o.Adadelta(lr=0.5, rho=0.8, eps=3.0), adadelta),
    (o.RMSProp(), rmsprop),
    (o.RMSProp(lr=0.1, rho=0.7, eps=3.0), rmsprop),
    (o.CenteredRMSProp(), centered_rmsprop),
    (o.CenteredRMSProp(lr=0.1, rho=0.7, eps=3.0), centered_rmsprop),
    (o.Adam(), adam),
    (o.Adam(lr=0.1, beta1=0.7, beta2=0.8, eps=3.0), adam),
    (o.AMSGrad(), amsgrad),
    (o.AMSGrad(lr=0.1, beta1=0.7, beta2=0.8, eps=3.0), amsgrad),
    (o.Adamax(), adamax),
    (o.Adamax(lr=0.1, beta1=0.7, beta2=0.8, eps=3.0), adamax),
    (o.NAdam(), nadam),
    (o.NAdam(lr=0.1, beta1=0.7, beta2=0.8, eps=3.0), nadam),
    (o.AdamW(), adam),
    (o.AdamW(lr=0.1, beta1=0.7, beta2=0.8, eps=3.0, weight_decay=0.4), adam),
    (o.Lion(), lion),
    (o.Lion(lr=0.1, beta1=0.7, beta2=0.8, weight_decay=0.4), lion),
]


def gradients(seed: int = 0) -> Array:
    """A hard life: scales from 1e-3 to 1e2, a pause of zeros, a jump, a change of sign."""
    g = np.random.default_rng(seed).normal(0.3, 1.0, size=(STEPS, 6)) * np.logspace(-3, 2, 6)
    g[40:60] = 0.0
    g[100:130] *= 30.0
    g[150:] *= -1.0
    return g


def trajectory(rule: Any, gs: Array, w: Array) -> Array:
    points, state = [], rule.init(w)
    for g in gs:
        step, state = rule.update(g, state, w)
        w = w + step
        points.append(w)
    return np.array(points)


def run(rule: Any, gs: list[float], w: float = 1.0) -> list[float]:
    points: list[float] = trajectory(rule, np.array(gs)[:, None], np.array([w]))[:, 0].tolist()
    return points


@pytest.mark.parametrize(("rule", "reference"), RULES, ids=lambda x: repr(x) if dataclasses.is_dataclass(x) else "")
def test_the_trajectory_is_that_of_the_paper_s_loop(rule: Any, reference: Reference) -> None:
    gs, w = gradients(), np.linspace(-2.0, 2.0, 6)
    ours = trajectory(rule, gs, w)
    theirs = [list(reference(gs[:, i].tolist(), float(w[i]), **dataclasses.asdict(rule))) for i in range(6)]
    np.testing.assert_allclose(ours, np.transpose(theirs), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_a_rule_never_changes(rule: Any) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        rule.lr = 1.0
    assert hash(rule) == hash(dataclasses.replace(rule))


def test_there_is_a_trajectory_for_every_rule() -> None:
    public = {name for name, x in vars(o).items() if dataclasses.is_dataclass(x) and hasattr(x, "update")}
    assert {type(rule).__name__ for rule, _ in RULES} == public


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_pure_and_dtype_kept(rule: Any) -> None:
    """The same arguments give the same result; nothing that is passed in changes; float32 stays float32."""
    gs, w = gradients().astype(np.float32), np.linspace(-2.0, 2.0, 6, dtype=np.float32)
    state = rule.init(w)
    for g in gs[:3]:
        _, state = rule.update(g, state, w)
    before = [np.copy(part) for part in (gs[3], w, *state)]
    first, after = rule.update(gs[3], state, w)
    second, _ = rule.update(gs[3], state, w)
    np.testing.assert_array_equal(first, second)
    for part, copy in zip((gs[3], w, *state), before, strict=True):
        np.testing.assert_array_equal(part, copy)
    assert {part.dtype for part in (first, *after) if isinstance(part, np.ndarray)} == {np.dtype(np.float32)}


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_every_array_of_the_state_is_shaped_like_the_weights_from_the_start(rule: Any) -> None:
    w = np.ones((2, 3), np.float32)
    arrays = [part for part in rule.init(w) if isinstance(part, np.ndarray)]
    assert {part.shape for part in arrays} <= {(2, 3)}
    assert {part.dtype for part in arrays} <= {np.dtype(np.float32)}
    assert not any(part.any() for part in arrays)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=repr)
def test_without_a_gradient_only_decay_moves_the_weights(rule: Any) -> None:
    w = np.array([-3.0, 0.0, 2.0])
    step, _ = rule.update(np.zeros(3), rule.init(w), w)
    np.testing.assert_allclose(step, -rule.lr * getattr(rule, "weight_decay", 0.0) * w, rtol=1e-15)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES if not isinstance(rule, o.Lion)], ids=repr)
def test_every_rule_but_lion_is_proportional_to_the_rate(rule: Any) -> None:
    w, gs = np.ones(6), gradients()[:5]
    doubled = dataclasses.replace(rule, lr=2 * rule.lr)
    state, other = rule.init(w), doubled.init(w)
    for g in gs:
        (step, state), (step2, other) = rule.update(g, state, w), doubled.update(g, other, w)
        np.testing.assert_allclose(step2, 2 * step, rtol=1e-14)


@pytest.mark.parametrize("rule", [o.Adam(), o.AMSGrad(), o.Adamax(lr=1e-3), o.AdamW(weight_decay=0.0)], ids=repr)
def test_the_first_step_has_the_size_of_the_rate(rule: Any) -> None:
    g = np.array([1e-3, -2.0, 50.0])
    step, _ = rule.update(g, rule.init(g), g)
    np.testing.assert_allclose(step, -1e-3 * np.sign(g), rtol=2e-5)


def test_adam_by_hand() -> None:
    """m = 0.2, v = 0.004: both corrections give back g = 2 and g² = 4, so the step is -0.1 · 2 / (2 + 3)."""
    step, state = o.Adam(lr=0.1, eps=3.0).update(np.array([2.0]), o.Adam().init(np.zeros(1)), np.zeros(1))
    np.testing.assert_allclose([step[0], state.m[0], state.v[0]], [-0.04, 0.2, 0.004], rtol=1e-13)
    assert state.t == 1


def test_momentum_by_hand() -> None:
    """With g = 1 the velocity is 1, 1.5, 1.75 for μ = 1/2, towards 1 / (1 - μ) = 2."""
    assert run(o.Momentum(lr=1.0, momentum=0.5), [1.0, 1.0, 1.0], w=0.0) == [-1.0, -2.5, -4.25]
    far = run(o.Momentum(lr=1.0, momentum=0.5), [1.0] * 60, w=0.0)
    assert far[-1] - far[-2] == pytest.approx(-2.0, rel=1e-12)


def test_nesterov_by_hand() -> None:
    """v = 1, then 1.5: steps of 1 + 0.5 and 1 + 0.75."""
    assert run(o.Nesterov(lr=1.0, momentum=0.5), [1.0, 1.0], w=0.0) == [-1.5, -3.25]


def test_adagrad_by_hand() -> None:
    """Gradients 3 and 4: 3/3, then 4/5."""
    assert run(o.Adagrad(lr=1.0, eps=0.0), [3.0, 4.0], w=0.0) == pytest.approx([-1.0, -1.8], rel=1e-15)


def test_a_rate_that_changes_acts_at_once_on_momentum() -> None:
    """The rate stands outside the velocity: after a cut to a hundredth the next step is a hundredth too."""
    w, g = np.zeros(1), np.ones(1)
    _, state = o.Momentum(lr=1.0).update(g, o.Momentum(lr=1.0).init(w), w)
    step, _ = o.Momentum(lr=0.01).update(g, state, w)
    assert step[0] == pytest.approx(-0.019, rel=1e-15)


def test_centred_rmsprop_survives_a_constant_gradient() -> None:
    """h - m² is zero after many equal gradients, and rounding makes it negative for some: never NaN."""
    rule, g = o.CenteredRMSProp(rho=0.9), np.linspace(0.1, 1.0, 1000)
    w, state = np.zeros(1000), o.CenteredRMSProp().init(np.zeros(1000))
    for _ in range(400):
        step, state = rule.update(g, state, w)
    assert (state.h - state.m**2 < 0).any()
    assert np.isfinite(step).all()


def test_l2_is_not_decoupled_decay_for_adam() -> None:
    """Adam divides an L2 term by the same root as the gradient: large gradients switch it off; AdamW's decay stays."""
    w = np.array([1.0])
    adam_w, _ = o.AdamW(lr=0.1, weight_decay=0.5).update(np.array([100.0]), o.AdamW().init(w), w)
    adam_l2, _ = o.Adam(lr=0.1).update(np.array([100.0]) + 0.5 * w, o.Adam().init(w), w)
    assert adam_l2[0] == pytest.approx(-0.1, rel=1e-8)
    assert adam_w[0] == pytest.approx(-0.15, rel=1e-8)


def test_l2_is_decay_for_plain_gradient_descent() -> None:
    w, g = np.array([2.0]), np.array([3.0])
    step, _ = o.SGD(lr=0.1).update(g + 0.5 * w, o.SGD().init(w), w)
    assert w + step == pytest.approx((1 - 0.1 * 0.5) * w - 0.1 * g)


def test_adam_does_not_see_the_scale_of_the_loss() -> None:
    gs, w = gradients(), np.ones(6)
    rule = o.Adam(eps=0.0)
    np.testing.assert_allclose(trajectory(rule, gs, w), trajectory(rule, 1e6 * gs, w), rtol=1e-12)


def test_the_largest_step_of_adam_comes_after_a_long_silence() -> None:
    """kingma2015, section 2.1: (1 - β₁)/√(1 - β₂) = 3.16 times the rate, for a gradient that is seldom not zero."""
    points = run(o.Adam(lr=1.0), [0.0] * 20000 + [1.0], w=0.0)
    assert points[-1] == pytest.approx(-0.1 / math.sqrt(0.001), rel=1e-6)


def projected(rule_of: Callable[[float], Any], rounds: int, c: float = 3.0) -> float:
    """reddi2018, theorem 1: gradients C, -1, -1 for ever on [-1, 1], rate 0.1/√t; the best point is -1."""
    w, state = np.array([1.0]), rule_of(0.1).init(np.zeros(1))
    for t in range(3 * rounds):
        step, state = rule_of(0.1 / math.sqrt(t + 1)).update(np.array([c if t % 3 == 0 else -1.0]), state, w)
        w = np.clip(w + step, -1.0, 1.0)
    return float(w[0])


def test_adam_goes_to_the_worst_point_where_amsgrad_goes_to_the_best() -> None:
    betas = {"beta1": 0.0, "beta2": 1 / (1 + 3.0**2), "eps": 1e-8}
    assert projected(lambda lr: o.Adam(lr=lr, **betas), 3000) > 0.99
    assert projected(lambda lr: o.AMSGrad(lr=lr, **betas), 3000) == pytest.approx(-1.0, abs=0.01)


def test_clip_by_norm_keeps_the_direction() -> None:
    np.testing.assert_allclose(o.clip_by_norm(np.array([3.0, 4.0]), 1.0), [0.6, 0.8], rtol=1e-15)
    np.testing.assert_array_equal(o.clip_by_norm(np.array([3.0, 4.0]), 5.0), [3.0, 4.0])
    np.testing.assert_array_equal(o.clip_by_norm(np.array([3.0, 4.0]), 100.0), [3.0, 4.0])
    np.testing.assert_array_equal(o.clip_by_norm(np.zeros(3), 1.0), np.zeros(3))
    assert o.clip_by_norm(np.zeros(0), 1.0).size == 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_clip_by_norm_at_the_ends_of_the_floats(dtype: type) -> None:
    """A square would overflow or vanish: gradients that explode are what clipping is for."""
    info = np.finfo(dtype)
    cases: list[Array] = [np.array(g, dtype) for g in ([info.max] * 4, [info.tiny / 2] * 4, [info.max, 1.0])]
    for g in cases:
        before, clipped = np.copy(g), o.clip_by_norm(g, 1.0)
        assert clipped.dtype == dtype
        np.testing.assert_array_equal(g, before)
        assert np.linalg.norm(clipped.astype(float)) <= 1.0 + 4 * info.eps
    np.testing.assert_allclose(o.clip_by_norm(np.full(4, info.max, dtype), 1.0), 0.5, rtol=4 * float(info.eps))


def test_clip_by_value_may_turn_the_direction() -> None:
    g = np.array([3.0, -4.0, 0.5])
    np.testing.assert_array_equal(o.clip_by_value(g, 1.0), [1.0, -1.0, 0.5])
    np.testing.assert_array_equal(g, [3.0, -4.0, 0.5])


def test_ema_by_hand() -> None:
    np.testing.assert_allclose(o.ema(np.array([1.0, -2.0]), np.array([3.0, 4.0]), 0.75), [1.5, -0.5], rtol=1e-15)


def test_ema_forgets_at_the_rate_of_its_decay() -> None:
    average: Array = np.zeros(2)
    for n in range(1, 6):
        average = o.ema(average, np.ones(2), decay=0.9)
        np.testing.assert_allclose(average, 1 - 0.9**n, rtol=1e-14)
    np.testing.assert_array_equal(o.ema(average, np.ones(2), decay=0.0), np.ones(2))
    assert o.ema(np.zeros(2, np.float32), np.ones(2, np.float32)).dtype == np.float32
    assert o.ema(np.zeros(1), np.ones(1))[0] == pytest.approx(0.001)


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -0.1, True, "0.1"])
@pytest.mark.parametrize("rule", sorted({type(r) for r, _ in RULES}, key=str))
def test_no_rule_takes_a_bad_rate(rule: Any, value: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"lr must be .*got"):
        rule(lr=value)


BAD = {"momentum": [1.0, -0.1, math.nan], "rho": [1.0, -0.1], "beta1": [1.0, -0.1], "beta2": [1.0, -0.1]}
BAD |= {"eps": [-1e-8, math.nan, math.inf], "weight_decay": [-0.1, math.inf]}


@pytest.mark.parametrize("rule", sorted({type(r) for r, _ in RULES}, key=str))
def test_no_rule_takes_a_bad_hyperparameter(rule: Any) -> None:
    for field in dataclasses.fields(rule):
        for value in BAD.get(field.name, []):
            with pytest.raises(ValueError, match=rf"{field.name} must be in .*got {value}"):
                rule(**{field.name: value})


def test_defaults_are_those_of_the_conventions() -> None:
    """PyTorch's, and the papers' where it has no such rule; AdamW decays by 0.01, Lion not at all."""
    adam = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    defaults: dict[Any, dict[str, float]] = {
        o.SGD: {"lr": 0.01},
        o.Momentum: {"lr": 0.01, "momentum": 0.9},
        o.Nesterov: {"lr": 0.01, "momentum": 0.9},
        o.Adagrad: {"lr": 0.01, "eps": 1e-10},
        o.Adadelta: {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
        o.RMSProp: {"lr": 0.01, "rho": 0.99, "eps": 1e-8},
        o.CenteredRMSProp: {"lr": 0.01, "rho": 0.99, "eps": 1e-8},
        o.Adam: {"lr": 0.001} | adam,
        o.AMSGrad: {"lr": 0.001} | adam,
        o.Adamax: {"lr": 0.002} | adam,
        o.NAdam: {"lr": 0.002} | adam,
        o.AdamW: {"lr": 0.001} | adam | {"weight_decay": 0.01},
        o.Lion: {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0},
    }
    assert {rule: dataclasses.asdict(rule()) for rule in defaults} == defaults
    assert set(defaults) == {type(rule) for rule, _ in RULES}


def test_every_interval_is_that_of_a_hyperparameter_and_every_hyperparameter_has_one() -> None:
    """check_hyperparameters would fail with a KeyError for a field that no interval is known for."""
    assert {field.name for rule, _ in RULES for field in dataclasses.fields(rule)} == set(o._INTERVALS)


def test_nesterov_needs_momentum_and_adamax_an_epsilon() -> None:
    with pytest.raises(ValueError, match=r"momentum must be in \(0, 1\), got 0.0"):
        o.Nesterov(momentum=0.0)
    with pytest.raises(ValueError, match=r"eps must be in \(0, inf\), got 0.0"):
        o.Adamax(eps=0.0)


@pytest.mark.parametrize("clip", [o.clip_by_norm, o.clip_by_value])
def test_clipping_refuses(clip: Any) -> None:
    for limit in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(ValueError, match=f"limit must be .*got {limit}"):
            clip(np.ones(2), limit)
    with pytest.raises(ValueError, match="g must be finite, got inf"):
        clip(np.array([1.0, math.inf]), 1.0)


def test_ema_refuses() -> None:
    for decay in (1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match=f"decay must be .*got {decay}"):
            o.ema(np.ones(2), np.ones(2), decay)
    with pytest.raises(ValueError, match=r"average must have shape \(2,\), got \(2, 1\)"):
        o.ema(np.ones((2, 1)), np.ones(2))


def test_clipping_and_averages_keep_single_precision_whatever_float_their_limit_is() -> None:
    g, half = np.array([3.0, -4.0], np.float32), np.float64(0.5)
    for changed in (o.clip_by_norm(g, half), o.clip_by_value(g, half), o.ema(g, g, half)):
        assert changed.dtype == np.float32
