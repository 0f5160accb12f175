"""snippets/activations.py and snippets/gaussian.py: against 450 digits, SciPy, closed forms and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize, special

from snippets import activations as a
from snippets.arrays import Array
from snippets.gaussian import normal_cdf, normal_pdf
from tests import tables

INF = np.inf
Exact = Callable[[Decimal], Decimal]

# ---------------------------------------------------------------- against exact arithmetic

DIGITS = 450
PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651"
)


@cache
def phi(x: Decimal) -> Decimal:
    """Φ(x) = ½ + e^(-x²/2)/√(2π) Σ x^(2n+1)/(2n+1)!!, which needs 300 digits more than it returns at x = -37."""
    if abs(x) > 40:
        return Decimal(x > 0)
    term = total = x
    n = 1
    while abs(term) > Decimal(10) ** -(DIGITS - 10):
        n += 2
        term *= x * x / n
        total += term
    return Decimal("0.5") + total * (-x * x / 2).exp() / _root_two_pi()


@cache
def _root_two_pi() -> Decimal:
    """√(2π) from Machin's formula, to all digits."""

    def arctan_of_one_over(n: int) -> Decimal:
        power = total = Decimal(1) / n
        k = 1
        while abs(power) > Decimal(10) ** -(DIGITS + 10):
            power /= -n * n
            k += 2
            total += power / k
        return total

    pi = 4 * (4 * arctan_of_one_over(5) - arctan_of_one_over(239))
    assert abs(pi - PI) < Decimal("1e-100")
    return (2 * pi).sqrt()


def sigma(x: Decimal) -> Decimal:
    return 1 / (1 + (-x).exp())


def exact_tanh(x: Decimal) -> Decimal:
    return 1 - 2 / ((2 * x).exp() + 1)


def exact_softplus(x: Decimal) -> Decimal:
    return x + (1 + (-x).exp()).ln() if x > 0 else (1 + x.exp()).ln()


def leaky(slope: str) -> Exact:
    return lambda x: x if x > 0 else Decimal(slope) * x


def exact_elu(alpha: Decimal, inner: Decimal = Decimal(1)) -> Exact:
    return lambda x: x if x > 0 else alpha * ((x / inner).exp() - 1)


def exact_selu(x: Decimal) -> Decimal:
    return Decimal("1.0507009873554804934193349852946") * exact_elu(Decimal("1.6732632423543772848170429916717"))(x)


def hard(x: Decimal) -> Decimal:
    return min(max((x + 3) / 6, Decimal(0)), Decimal(1))


def exact_gelu_tanh(x: Decimal) -> Decimal:
    root = 2 / _root_two_pi()
    return x / 2 * (1 + exact_tanh(root * (x + Decimal("0.044715") * x**3))) if x > -300 else Decimal(0)


EXACT: dict[str, Exact] = {
    "activations.sigmoid": sigma,
    "activations.tanh": exact_tanh,
    "activations.relu": lambda x: max(x, Decimal(0)),
    "activations.leaky_relu": leaky("0.01"),
    "activations.leaky_relu(slope=0.3)": leaky("0.3"),
    "activations.prelu(a=0.25)": leaky("0.25"),
    "activations.prelu(a=-0.5)": leaky("-0.5"),
    "activations.elu": exact_elu(Decimal(1)),
    "activations.elu(alpha=2.5)": exact_elu(Decimal("2.5")),
    "activations.selu": exact_selu,
    "activations.celu": exact_elu(Decimal(1)),
    "activations.celu(alpha=2.5)": exact_elu(Decimal("2.5"), Decimal("2.5")),
    "activations.celu(alpha=0.125)": exact_elu(Decimal("0.125"), Decimal("0.125")),
    "activations.gelu": lambda x: x * phi(x),
    "activations.gelu_tanh": exact_gelu_tanh,
    "activations.gelu_sigmoid": lambda x: x * sigma(Decimal("1.702") * x),
    "activations.silu": lambda x: x * sigma(x),
    "activations.softplus": exact_softplus,
    "activations.softsign": lambda x: x / (1 + abs(x)),
    "activations.mish": lambda x: x * exact_tanh(exact_softplus(x)),
    "activations.hard_sigmoid": hard,
    "activations.hard_swish": lambda x: x * hard(x),
    "gaussian.normal_cdf": phi,
}
ROWS = tables.rows(tables.Elementwise)
POINTS = np.fromstring(
    """-700 -300.3 -100 -37.1 -30 -20.3 -12.7 -8.1 -5.9 -4 -3.1 -2.9 -2.2 -1.7 -0.9 -0.31 -1e-3 -1e-9
    1e-9 1e-3 0.29 0.9 1.1 1.7 2.3 2.9 3.1 4 5.9 8.1 12.7 20.3 30 37.1 100 300.3 700""",
    sep=" ",
)
# The argument of the exponential is itself rounded: at x = -20 it is 580, and so is the factor on 1e-16.
ROUNDED_ARGUMENT = ("activations.gelu_tanh", "activations.gelu_sigmoid")


def test_every_elementwise_function_has_an_exact_counterpart() -> None:
    assert {tables.label_of(row) for row in ROWS} == set(EXACT)


@pytest.mark.parametrize("row", ROWS, ids=tables.label_of)
def test_value_and_derivative_are_right_to_the_last_digits(row: tables.Elementwise) -> None:
    exact = EXACT[tables.label_of(row)]
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = DIGITS, MAX_EMAX, MIN_EMIN
        h = Decimal("1e-30")
        x = [Decimal(float(point)) for point in POINTS]
        value = [float(exact(point)) for point in x]
        slope = [float((exact(point + h) - exact(point - h)) / (2 * h)) for point in x]
    rtol = 3e-12 if tables.label_of(row) in ROUNDED_ARGUMENT else 4e-15
    assert_allclose(row.f(POINTS, **row.options), value, rtol=rtol, atol=1e-306)
    # 1e-17 over a root of the derivative: GELU, SiLU and Mish turn between -0.7 and -1.3, no point lies there.
    assert_allclose(row.grad(POINTS, **row.options), slope, rtol=max(rtol, 8e-15), atol=1e-304)


def test_normal_distribution_is_right_in_the_far_left_tail() -> None:
    x = -np.linspace(0.0, 37.5, 151)
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = DIGITS, MAX_EMAX, MIN_EMIN
        exact = np.array([float(phi(Decimal(float(t)))) for t in x])
    assert np.abs(normal_cdf(x) / exact - 1.0).max() < 1e-15
    assert np.abs(normal_cdf(-x) / (1.0 - exact) - 1.0).max() < 1e-15


def test_normal_distribution_agrees_with_scipy() -> None:
    x = np.linspace(-8.0, 8.0, 1601)
    assert_allclose(normal_cdf(x), special.ndtr(x), rtol=1e-13)
    assert_allclose(normal_cdf(x), special.erfc(-x / math.sqrt(2.0)) / 2.0, rtol=1e-13)
    assert_allclose(normal_pdf(x), np.exp(-(x**2) / 2.0) / math.sqrt(2.0 * math.pi), rtol=1e-14)


def test_normal_density_is_zero_far_out_and_even() -> None:
    assert_array_equal(normal_pdf(np.array([-INF, -1e308, -40.0, 40.0, 1e308, INF])), np.zeros(6))
    x = np.linspace(0.0, 39.0, 100)
    assert_array_equal(normal_pdf(x), normal_pdf(-x))


def test_agreement_with_scipy() -> None:
    x = np.linspace(-30.0, 30.0, 1201)
    assert_allclose(a.sigmoid(x), special.expit(x), rtol=1e-15)
    assert_allclose(a.softplus(x), np.logaddexp(0.0, x), rtol=1e-14)
    assert_allclose(a.elu(x, alpha=0.7), np.where(x > 0, x, 0.7 * special.expm1(x)), rtol=1e-14)
    assert_allclose(a.gelu(x), x * special.ndtr(x), rtol=2e-13)
    z = x[1:].reshape(-1, 3)
    assert_allclose(a.softmax(z), special.softmax(z, axis=-1), rtol=1e-13)
    assert_allclose(a.log_softmax(z), special.log_softmax(z, axis=-1), rtol=1e-13, atol=1e-13)
    assert_allclose(a.logsumexp(z), special.logsumexp(z, axis=-1), rtol=1e-13, atol=1e-13)


# ---------------------------------------------------------------- limits, kinks, numbers by hand

LIMITS: list[tuple[Any, float, float, float, float]] = [
    (a.sigmoid, 0.0, 1.0, 0.0, 0.0),
    (a.tanh, -1.0, 1.0, 0.0, 0.0),
    (a.relu, 0.0, INF, 0.0, 1.0),
    (a.leaky_relu, -INF, INF, 0.01, 1.0),
    (a.elu, -1.0, INF, 0.0, 1.0),
    (a.selu, -a.SELU_SCALE * a.SELU_ALPHA, INF, 0.0, a.SELU_SCALE),
    (a.celu, -1.0, INF, 0.0, 1.0),
    (a.gelu, 0.0, INF, 0.0, 1.0),
    (a.gelu_tanh, 0.0, INF, 0.0, 1.0),
    (a.gelu_sigmoid, 0.0, INF, 0.0, 1.0),
    (a.silu, 0.0, INF, 0.0, 1.0),
    (a.softplus, 0.0, INF, 0.0, 1.0),
    (a.softsign, -1.0, 1.0, 0.0, 0.0),
    (a.mish, 0.0, INF, 0.0, 1.0),
    (a.hard_sigmoid, 0.0, 1.0, 0.0, 0.0),
    (a.hard_swish, 0.0, INF, 0.0, 1.0),
    (normal_cdf, 0.0, 1.0, 0.0, 0.0),
]


@pytest.mark.parametrize(
    ("f", "left", "right", "slope_left", "slope_right"), LIMITS, ids=lambda v: getattr(v, "__name__", "")
)
def test_the_limits_at_infinity(f: Any, left: float, right: float, slope_left: float, slope_right: float) -> None:
    grad = next(row.grad for row in ROWS if row.f is f)
    x = np.array([-INF, INF])
    assert_array_equal(f(x), [left, right])
    assert_array_equal(grad(x), [slope_left, slope_right])


def test_the_derivative_at_a_kink_is_the_left_one_and_zero_for_hard_functions() -> None:
    zero, threes = np.array([0.0, -0.0]), np.array([-3.0, 3.0])
    assert_array_equal(a.relu_grad(zero), [0.0, 0.0])
    assert_array_equal(a.leaky_relu_grad(zero), [0.01, 0.01])
    assert_array_equal(a.prelu_grad(zero, 0.25), [0.25, 0.25])
    assert_array_equal(a.elu_grad(zero, alpha=2.0), [2.0, 2.0])
    assert_array_equal(a.selu_grad(zero), [a.SELU_SCALE * a.SELU_ALPHA] * 2)
    assert_array_equal(a.hard_sigmoid_grad(threes), [0.0, 0.0])
    assert_array_equal(a.hard_swish_grad(threes), [0.0, 1.0])


def test_far_is_where_every_exponential_has_vanished_and_fits_every_float() -> None:
    assert float(np.finfo(np.float16).max) > a.FAR
    assert np.exp(np.longdouble(-a.FAR)) == 0.0


def test_numbers_of_the_page() -> None:
    assert a.sigmoid_grad(np.array(0.0)) == 0.25
    assert a.sigmoid_grad(np.array([-10.0, 10.0])) == pytest.approx(4.5395807735951673e-05, rel=1e-14)
    assert a.tanh(np.array(2.0)) == pytest.approx(0.9640275800758169, rel=1e-15)
    assert a.tanh_grad(np.array(2.0)) == pytest.approx(0.07065082485316443, rel=1e-14)
    assert a.leaky_relu(np.array([-2.0, 3.0])).tolist() == [-0.02, 3.0]
    assert a.hard_swish(np.array([-3.0, -1.5, 0.0, 3.0])).tolist() == [0.0, -0.375, 0.0, 3.0]
    assert a.softplus(np.array(0.0)) == pytest.approx(math.log(2.0), rel=1e-15)
    assert a.gelu(np.array(-20.0)) == pytest.approx(-5.507248237212467e-88, rel=1e-15)


@pytest.mark.parametrize(
    ("f", "grad", "where", "value"),
    [
        (a.gelu, a.gelu_grad, -0.75179, -0.169971),
        (a.silu, a.silu_grad, -1.27846, -0.278465),
        (a.mish, a.mish_grad, -1.1924, -0.308843),
    ],
)
def test_the_minimum_is_where_it_was_published(f: Any, grad: Any, where: float, value: float) -> None:
    root = optimize.brentq(lambda x: float(grad(np.array(x))), -2.0, -0.1, xtol=1e-14)
    assert root == pytest.approx(where, abs=6e-6 if f is not a.mish else 6e-5)
    assert float(f(np.array(root))) == pytest.approx(value, abs=5.1e-7)
    assert f(np.linspace(-30.0, 30.0, 100_001)).min() >= float(f(np.array(root)))


def test_gelu_approximations_are_off_by_what_the_page_says() -> None:
    x = np.linspace(-8.0, 8.0, 160_001)
    assert np.abs(a.gelu_sigmoid(x) - a.gelu(x)).max() == pytest.approx(0.0203, abs=5e-5)
    assert np.abs(a.gelu_tanh(x) - a.gelu(x)).max() == pytest.approx(4.7e-4, abs=5e-6)


def test_selu_constants_are_the_published_fixed_point() -> None:
    assert a.selu_constants() == (a.SELU_ALPHA, a.SELU_SCALE)
    assert_allclose(a.selu_constants(), (1.6732632423543772848, 1.0507009873554804934), rtol=2e-15)


def test_selu_keeps_mean_and_variance_of_a_normal_signal() -> None:
    nodes, weights = np.polynomial.legendre.leggauss(200)
    moments = np.zeros(2)
    for low, high in ((-12.0, 0.0), (0.0, 12.0)):  # a panel on each side of the kink
        z = (high - low) / 2.0 * nodes + (high + low) / 2.0
        mass = (high - low) / 2.0 * weights * normal_pdf(z)
        moments += [mass @ a.selu(z), mass @ a.selu(z) ** 2]
    assert_allclose(moments, [0.0, 1.0], atol=1e-14)


# ---------------------------------------------------------------- identities


@settings(max_examples=40, derandomize=True, deadline=None)
@given(x=hnp.arrays(np.float64, 7, elements=st.floats(-1e308, 1e308)))
def test_symmetries(x: Array) -> None:
    assert_allclose(a.sigmoid(x) + a.sigmoid(-x), 1.0, rtol=1e-15)
    for odd in (a.tanh, a.softsign):
        assert_array_equal(odd(-x), -odd(x))
    for even in (a.sigmoid_grad, a.tanh_grad, a.softsign_grad, normal_pdf):
        assert_array_equal(even(-x), even(x))
    for gated in (a.gelu, a.gelu_tanh, a.gelu_sigmoid, a.silu, a.hard_swish):
        assert_allclose(gated(x) - gated(-x), x, rtol=1e-14, atol=1e-300)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(x=hnp.arrays(np.float64, 7, elements=st.floats(-300.0, 300.0)))
def test_relations_between_functions(x: Array) -> None:
    assert_allclose(a.tanh(x), 2.0 * a.sigmoid(2.0 * x) - 1.0, atol=1e-15)
    assert_allclose(a.softplus(x) - a.softplus(-x), x, rtol=1e-14, atol=1e-14)
    assert_array_equal(a.softplus_grad(x), a.sigmoid(x))
    assert_array_equal(a.celu(x), a.elu(x))
    assert_array_equal(a.prelu(x, 0.01), a.leaky_relu(x))
    assert_array_equal(a.prelu(x, 0.0), a.relu(x))
    assert_array_equal(a.relu(x) - a.relu(-x), x)
    assert_allclose(a.softmax(np.stack([x, np.zeros(7)], axis=-1))[:, 0], a.sigmoid(x), rtol=1e-12)


# ---------------------------------------------------------------- PReLU and maxout


def test_prelu_with_a_slope_per_channel() -> None:
    x = np.array([[[-2.0, 1.0], [-4.0, 3.0]]])
    slopes = np.array([[0.5], [0.25]])
    assert a.prelu(x, slopes).tolist() == [[[-1.0, 1.0], [-1.0, 3.0]]]
    assert a.prelu_grad(x, slopes).tolist() == [[[0.5, 1.0], [0.25, 1.0]]]
    assert a.prelu_grad_a(x).tolist() == [[[-2.0, 0.0], [-4.0, 0.0]]]


def test_prelu_grad_a_is_the_central_difference_and_keeps_shape_and_dtype() -> None:
    x = np.linspace(-5.0, 5.0, 21)
    assert_allclose(a.prelu_grad_a(x), (a.prelu(x, 0.3 + 1e-3) - a.prelu(x, 0.3 - 1e-3)) / 2e-3, atol=1e-12)
    assert a.prelu_grad_a(np.array([[-1.0]], np.float32)).dtype == np.float32
    whole: Any = np.array([-3, 2])
    assert a.prelu_grad_a(whole).tolist() == [-3.0, 0.0]


def test_prelu_is_the_larger_piece_only_up_to_slope_one() -> None:
    x = np.array([-1.0, 1.0])
    assert_array_equal(a.prelu(x, 0.25), np.maximum(0.25 * x, x))
    assert a.prelu(x, 2.0).tolist() == [-2.0, 1.0]
    assert np.maximum(2.0 * x, x).tolist() == [-1.0, 2.0]


def test_maxout_by_hand() -> None:
    x = np.array([[1.0, 2.0], [-1.0, 0.0]])
    w = np.array([[[1.0], [1.0]], [[-1.0], [0.0]]])
    b = np.array([[0.0], [0.5]])
    y, backward = a.maxout(x, w, b)
    assert y.tolist() == [[3.0], [1.5]]
    dx, dw, db = backward(np.array([[10.0], [100.0]]))
    assert dx.tolist() == [[10.0, 10.0], [-100.0, 0.0]]
    assert dw.tolist() == [[[10.0], [20.0]], [[-100.0], [0.0]]]
    assert db.tolist() == [[10.0], [100.0]]


def test_maxout_gives_a_tie_to_the_first_piece() -> None:
    _, backward = a.maxout(np.ones((1, 1)), np.ones((3, 1, 1)), np.zeros((3, 1)))
    assert backward(np.ones((1, 1)))[2].tolist() == [[1.0], [0.0], [0.0]]


def test_maxout_of_two_pieces_is_relu_or_absolute_value() -> None:
    x = np.linspace(-2.0, 2.0, 9)[:, np.newaxis]
    b = np.zeros((2, 1))
    assert_array_equal(a.maxout(x, np.array([[[1.0]], [[0.0]]]), b)[0], a.relu(x))
    assert_array_equal(a.maxout(x, np.array([[[1.0]], [[-1.0]]]), b)[0], np.abs(x))


# ---------------------------------------------------------------- softmax and its kin

ROWWISE: list[Callable[[Array], Array]] = [
    a.below_max,
    a.softmax,
    a.softmax_jacobian,
    a.logsumexp,
    a.logsumexp_grad,
    a.log_softmax,
    a.log_softmax_jacobian,
]
over_rowwise = pytest.mark.parametrize("f", ROWWISE, ids=lambda f: str(f.__name__))


def shape_of(f: Callable[[Array], Array], shape: tuple[int, ...]) -> tuple[int, ...]:
    if f is a.logsumexp:
        return shape[:-1]
    return (*shape, shape[-1]) if f in (a.softmax_jacobian, a.log_softmax_jacobian) else shape


@over_rowwise
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_rowwise_keeps_shape_dtype_and_input(f: Callable[[Array], Array], dtype: Any) -> None:
    for shape in ((3,), (1,), (4, 3), (0, 3), (2, 4, 3)):
        z = np.random.default_rng(0).normal(size=shape).astype(dtype)
        z.flags.writeable = False
        assert f(z).shape == shape_of(f, shape)
        assert f(z).dtype == dtype
    z = np.random.default_rng(0).normal(size=(5, 3)).astype(dtype)
    assert_allclose(f(z)[2], f(z[2]), rtol=1e-3 if dtype == np.float16 else 1e-6)


@over_rowwise
def test_rowwise_takes_whole_numbers_as_floats(f: Callable[[Array], Array]) -> None:
    whole: Any = np.array([[1, 2, -100], [3, 3, 120]], dtype=np.int8)
    assert_array_equal(f(whole), f(whole.astype(np.float64)))


@over_rowwise
def test_rowwise_is_quiet_at_the_extremes_and_nan_comes_from_nan_only(f: Callable[[Array], Array]) -> None:
    values = (-INF, -1e308, -1e4, -5e-324, 0.0, 5e-324, 1e4, 1e308, INF)
    z = np.array([(x, y, w) for x in values for y in values for w in values])
    assert not np.isnan(f(z)).any()
    for dtype in (np.float16, np.float32, np.longdouble):
        limit = min(1e308, float(0.99 * np.finfo(np.float32 if dtype == np.longdouble else dtype).max))
        assert not np.isnan(f(np.where(np.isinf(z), z, np.clip(z, -limit, limit)).astype(dtype))).any()
    poisoned = f(np.array([[np.nan, 0.0], [1.0, 2.0]]))
    assert np.isnan(poisoned[0]).any()
    assert not np.isnan(poisoned[1]).any()


def test_below_max_saturates_instead_of_overflowing() -> None:
    top = np.finfo(np.float64).max
    assert a.below_max(np.array([1.0, 3.0, -2.0])).tolist() == [-2.0, 0.0, -5.0]
    assert a.below_max(np.array([1e308, -1e308])).tolist() == [0.0, -top]
    assert a.below_max(np.array([INF, INF, 0.0])).tolist() == [0.0, 0.0, -top]
    assert a.below_max(np.array([-INF, -INF])).tolist() == [0.0, 0.0]
    assert a.below_max(np.array([1e308, 0.9e308])).tolist() == pytest.approx([0.0, -1e307], rel=1e-14)


def test_softmax_at_the_extremes() -> None:
    assert a.softmax(np.array([[INF, 0.0, -INF], [-INF, -INF, 0.0]])).tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert a.softmax(np.array([1e308, -1e308])).tolist() == [1.0, 0.0]
    assert a.softmax(np.array([1e308, 1e308 * (1 - 1e-15)])).tolist() == [1.0, 0.0]
    assert a.softmax(np.array([-INF, -INF])).tolist() == [0.5, 0.5]
    assert a.logsumexp(np.array([[INF, 0.0], [-INF, -INF], [1e308, 1e308]])).tolist() == [INF, -INF, 1e308]
    assert a.log_softmax(np.array([0.0, -1e4])).tolist() == [0.0, -1e4]


def test_softmax_by_hand() -> None:
    z = np.log(np.array([[1.0, 2.0, 5.0]]))
    assert_allclose(a.softmax(z), [[0.125, 0.25, 0.625]], rtol=1e-15)
    assert_allclose(a.logsumexp(z), [math.log(8.0)], rtol=1e-15)
    assert_allclose(a.log_softmax(z), np.log([[0.125, 0.25, 0.625]]), rtol=1e-15)
    assert_allclose(
        a.softmax_jacobian(z)[0] * 64.0, [[7.0, -2.0, -5.0], [-2.0, 12.0, -10.0], [-5.0, -10.0, 15.0]], rtol=1e-14
    )
    assert_allclose(a.log_softmax_jacobian(z)[0] * 8.0, [[7.0, -2.0, -5.0], [-1.0, 6.0, -5.0], [-1.0, -2.0, 3.0]])


@pytest.mark.parametrize(
    ("f", "jacobian"),
    [(a.softmax, a.softmax_jacobian), (a.log_softmax, a.log_softmax_jacobian), (a.logsumexp, a.logsumexp_grad)],
    ids=["softmax", "log_softmax", "logsumexp"],
)
def test_jacobian_is_the_central_difference(f: Any, jacobian: Any) -> None:
    z = np.random.default_rng(0).normal(0.0, 2.0, (4, 5))
    h = 1e-3
    for j in range(5):
        e = np.eye(5)[j] * h
        measured = (8 * (f(z + e) - f(z - e)) - (f(z + 2 * e) - f(z - 2 * e))) / (12 * h)
        assert_allclose(jacobian(z)[..., j], measured, atol=1e-11)


LOGITS = hnp.arrays(np.float64, (3, 4), elements=st.floats(-500.0, 500.0))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(z=LOGITS, shift=st.floats(-1e4, 1e4))
def test_softmax_sums_to_one_and_ignores_a_shift(z: Array, shift: float) -> None:
    p = a.softmax(z)
    assert ((p >= 0.0) & (p <= 1.0)).all()
    assert_allclose(p.sum(axis=-1), 1.0, rtol=1e-15 * 4)
    assert_allclose(a.softmax(z + shift), p, rtol=1e-11, atol=1e-300)
    assert_allclose(a.logsumexp(z + shift), a.logsumexp(z) + shift, rtol=1e-12, atol=1e-11)
    order = np.array([2, 0, 3, 1])
    assert_allclose(a.softmax(z[:, order]), p[:, order], rtol=1e-14)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(z=LOGITS)
def test_log_softmax_is_the_logarithm_of_softmax(z: Array) -> None:
    p, log_p = a.softmax(z), a.log_softmax(z)
    seen = p > 1e-300
    assert_allclose(log_p[seen], np.log(p[seen]), rtol=1e-13, atol=1e-15)
    assert_allclose(log_p, z - a.logsumexp(z)[:, np.newaxis], rtol=1e-12, atol=1e-12)
    assert (a.logsumexp(z) >= z.max(axis=-1)).all()
    assert_allclose(a.softmax_jacobian(z).sum(axis=-1), 0.0, atol=1e-15)
    assert_allclose(a.log_softmax_jacobian(z).sum(axis=-1), 0.0, atol=2e-15)
