"""What must hold for every function of a kind, run over the tables of tests/tables.py."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import DTypeLike

import snippets
from snippets.arrays import Array
from snippets.optimizers import clip_by_norm
from tests import tables
from tests.tables import (
    Augmentation,
    Elementwise,
    Initializer,
    Loss,
    Operation,
    Optimizer,
    Other,
    Penalty,
    Refusal,
    Row,
    Schedule,
    Transform,
)

FLOATS: tuple[DTypeLike, ...] = (np.float16, np.float32, np.float64, np.longdouble)
SHAPES = [(), (0,), (3, 0), (1,), (7,), (2, 3, 4)]
TINY = float(np.finfo(np.float64).smallest_subnormal)
EXTREMES = np.array(
    [sign * size for sign in (-1, 1) for size in (0.0, TINY, 1e-310, 1e-8, 20, 40, 745.2, 1e4, 1e154, 1e308, np.inf)]
)


def over(kind: type[Any]) -> pytest.MarkDecorator:
    """The test is run for each row of a kind."""
    rows = tables.rows(kind)
    return pytest.mark.parametrize("row", rows, ids=[tables.label_of(row) for row in rows])


def frozen(x: Any) -> Any:
    """A copy that cannot be written to: whoever modifies an input fails at once."""
    if isinstance(x, np.ndarray):
        x = x.copy()
        x.flags.writeable = False
    return x


def slope(f: Any, x: Array, h: float = 1e-3) -> Array:
    """Central difference of fourth order, element by element: off by h⁴ f⁽⁵⁾/30 and 1e-13 of rounding."""
    near, far = f(x + h) - f(x - h), f(x + 2 * h) - f(x - 2 * h)
    return np.asarray((8 * near - far) / (12 * h))


def gradient_of(f: Any, x: Array, h: float = 1e-3) -> Array:
    """The gradient of a function with one number as its value, by the same central difference."""
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = 1.0
        out[i] = slope(lambda t, step=step: f(x + t * step), np.array(0.0), h)
    return out


def as_dtype(arrays: tuple[Any, ...], dtype: DTypeLike) -> tuple[Any, ...]:
    """The float64 arrays among these in another float type, and none of them writeable."""
    return tuple(
        frozen(a.astype(dtype)) if isinstance(a, np.ndarray) and a.dtype == np.float64 else frozen(a) for a in arrays
    )


# ---------------------------------------------------------------- completeness


def public_names() -> set[str]:
    """ "module.name" of every public function, class and constant that a module of the package defines itself.

    Type aliases, protocols and plain named tuples do nothing by themselves and are left out.
    """
    names = set()
    for info in pkgutil.iter_modules(snippets.__path__):
        if info.ispkg:
            continue
        module = importlib.import_module(f"snippets.{info.name}")
        defined = {name for name, value in vars(module).items() if is_own(module, value)} | constants(module)
        names |= {f"{info.name}.{name}" for name in defined if not name.startswith("_")}
    return names


def is_own(module: Any, value: Any) -> bool:
    """Whether this is a function or a class with behaviour, defined in this module."""
    if not (inspect.isfunction(value) or inspect.isclass(value)) or value.__module__ != module.__name__:
        return False
    return not (hasattr(value, "_fields") or getattr(value, "_is_protocol", False))


def constants(module: Any) -> set[str]:
    """Names bound by an assignment at the top level of the module, other than types."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    names = {leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)}
    return {name for name in names if not isinstance(vars(module)[name], TypeVar)}


def test_every_public_name_has_a_row_and_every_row_a_public_name() -> None:
    listed = {tables.name_of(subject) for row in tables.rows() for subject in row.subjects}
    public = public_names()
    assert not public - listed, f"without a row in tests/rows/: {sorted(public - listed)}"
    assert not listed - public, f"a row, but no such public name: {sorted(listed - public)}"


@over(Other)
def test_what_has_no_kind_is_tested_by_name(row: Other) -> None:
    module, name = tables.name_of(row.subject).split(".", 1)
    text = (Path(__file__).parent / f"test_{module}.py").read_text(encoding="utf-8")
    assert name in text, f"tests/test_{module}.py never names {name}"
    assert row.reason


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("row", tables.refusals(), ids=lambda r: f"{r.subject}-{r.argument}-{r.value}")
def test_bad_input_is_refused_by_name_and_value(row: Refusal) -> None:
    with pytest.raises(row.error) as caught:
        row.call()
    assert type(caught.value) is row.error
    message = str(caught.value)
    assert message.startswith(f"{row.argument} ") or f" {row.argument} " in message, message
    assert row.value in message, message


# ---------------------------------------------------------------- types


def masked(x: Any) -> Any:
    """The array with a mask that hides nothing."""
    return np.ma.array(x)


def in_numpy_floats(options: Any) -> dict[str, Any]:
    """Options as a grid of NumPy numbers hands them over."""
    return {key: np.float64(value) if type(value) is float else value for key, value in options.items()}


def test_no_function_forgets_a_mask() -> None:
    rng, x = np.random.default_rng(0), np.random.default_rng(0).random((4, 3, 8, 8))
    calls: list[Any] = [partial(f, x, **row.options) for row in tables.rows(Elementwise) for f in row.subjects]
    calls += [partial(row.run, row.draw(rng)[0], row.draw(rng)[1]) for row in tables.rows(Loss)]
    calls += [partial(row.run, *row.draw(rng)) for row in tables.rows(Operation)]
    calls += [partial(row.run, x[:, 0]) for row in tables.rows(Penalty)]
    calls += [partial(row.run, rng.random(row.shape)) for row in tables.rows(Transform)]
    calls += [partial(row.run, rng.random(row.shape), rng) for row in tables.rows(Augmentation)]
    assert len(calls) > 100
    for call in calls:
        first, *rest = call.args
        call()
        with pytest.raises(TypeError, match=r"must .*mask"):
            call.func(masked(first), *rest, **call.keywords)


@over(Loss)
def test_loss_refuses_masked_targets(row: Loss) -> None:
    prediction, target = example_of(row)
    with pytest.raises(TypeError, match="must not be masked"):
        row.run(prediction, masked(target))


@over(Operation)
def test_operation_refuses_what_is_no_array_of_real_numbers(row: Operation) -> None:
    x, *rest = row.draw(np.random.default_rng(0))
    for bad in (x + 0j, x.astype(object), x.astype(str)):
        with pytest.raises(TypeError, match=r"must (be an array of|hold) real numbers"):
            row.run(bad, *rest)


@over(Elementwise)
def test_elementwise_keeps_single_precision_whatever_float_its_options_are(row: Elementwise) -> None:
    x = np.array([-2.0, 0.0, 3.0], np.float32)
    for f in row.subjects:
        y = f(x, **in_numpy_floats(row.options))
        assert y.dtype == np.float32
        assert_array_equal(y, f(x, **row.options))


@over(Loss)
def test_loss_keeps_single_precision_whatever_float_its_options_are(row: Loss) -> None:
    prediction, target = example_of(row, np.float32)
    value, gradient = row.loss(prediction, target, **in_numpy_floats(row.options))
    assert gradient.dtype == np.float32
    assert value == row.run(prediction, target)[0]


@over(Loss)
def test_loss_takes_long_doubles(row: Loss) -> None:
    prediction, target = example_of(row)
    value, gradient = row.run(prediction.astype(np.longdouble), target)
    assert gradient.dtype == np.longdouble
    assert_allclose(value, row.run(prediction, target)[0], rtol=1e-12)


@over(Optimizer)
def test_optimizer_keeps_single_precision_whatever_float_its_settings_are(row: Optimizer) -> None:
    plain = row.make(lr=0.1)
    settings = {field.name: getattr(plain, field.name) for field in fields(plain)}
    optimizer = type(plain)(**in_numpy_floats(settings))
    assert optimizer == plain
    w = np.ones(3, np.float32)
    step, state = optimizer.update(w, optimizer.init(w), w)
    assert step.dtype == np.float32
    assert all(a.dtype == np.float32 for a in state if isinstance(a, np.ndarray))


# ---------------------------------------------------------------- elementwise


@over(Elementwise)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: np.dtype(d).name)
def test_elementwise_keeps_shape_and_dtype_and_input(row: Elementwise, shape: tuple[int, ...], dtype: Any) -> None:
    x = frozen(np.random.default_rng(0).normal(0.0, 2.0, shape).astype(dtype))
    for f in row.subjects:
        y = f(x, **row.options)
        assert y.shape == shape
        assert y.dtype == dtype
        assert not np.shares_memory(x, y) or y.size == 0


@over(Elementwise)
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, bool])
def test_elementwise_takes_whole_numbers_as_floats(row: Elementwise, dtype: Any) -> None:
    whole = np.array([0, 1, 2, 3, 100, 200, -1, -2, -128]).astype(dtype)
    for f in row.subjects:
        got = f(frozen(whole), **row.options)
        assert got.dtype == np.float64
        assert_array_equal(got, f(whole.astype(np.float64), **row.options))


@over(Elementwise)
@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: np.dtype(d).name)
def test_elementwise_is_quiet_at_the_extremes_and_nan_comes_from_nan_only(row: Elementwise, dtype: Any) -> None:
    limit = 0.95 * np.finfo(dtype).max if np.finfo(dtype).bits < 64 else np.inf
    x = np.where(np.isinf(EXTREMES), EXTREMES, np.clip(EXTREMES, -limit, limit)).astype(dtype)
    for f in row.subjects:
        assert not np.isnan(f(x, **row.options)).any()
        for element in x:
            assert not np.isnan(f(element, **row.options))
    assert np.isnan(row.f(np.array([np.nan, 0.0], dtype), **row.options)).tolist() == [True, False]
    row.grad(np.array([np.nan, 0.0], dtype), **row.options)


@over(Elementwise)
@settings(max_examples=25, derandomize=True, deadline=None)
@given(x=hnp.arrays(np.float64, st.integers(0, 20), elements=st.floats(-1e308, 1e308)))
def test_elementwise_stays_in_its_range_and_acts_on_each_element_alone(row: Elementwise, x: Array) -> None:
    y = row.f(x, **row.options)
    assert ((y >= row.low) & (y <= row.high)).all()
    for f in row.subjects:
        one_by_one = np.array([f(element, **row.options) for element in x], dtype=np.float64)
        assert_allclose(f(x, **row.options), one_by_one, rtol=1e-15, atol=0)
        assert_array_equal(f(x[::-1].reshape(1, -1), **row.options), f(x, **row.options)[::-1].reshape(1, -1))


@over(Elementwise)
def test_elementwise_derivative_is_the_central_difference(row: Elementwise) -> None:
    x = np.concatenate([np.linspace(-12.0, 12.0, 481), [-2.9, -3.1, 2.9, 3.1, 0.01, -0.01]])
    for kink in (*row.kinks, *row.bends):
        x = x[np.abs(x - kink) > 0.003]
    measured = slope(lambda z: row.f(z, **row.options), x)
    assert_allclose(row.grad(x, **row.options), measured, rtol=0, atol=2e-11 if not row.options else 3e-8)


@over(Elementwise)
def test_elementwise_in_single_precision_agrees_with_double(row: Elementwise) -> None:
    x = np.linspace(-10.0, 10.0, 2001).astype(np.float32)
    x = x[np.isin(x, row.kinks, invert=True)]
    for f in row.subjects:
        assert_allclose(f(x, **row.options), f(x.astype(np.float64), **row.options), rtol=1e-5, atol=1e-7)


# ---------------------------------------------------------------- operations


def numbers_of(row: Operation) -> tuple[Array, ...]:
    return as_dtype(row.draw(np.random.default_rng(0)), np.float64)


@over(Operation)
def test_operation_sends_back_what_central_differences_measure(row: Operation) -> None:
    arrays = numbers_of(row)
    y, backward = row.run(*arrays)
    dy = frozen(np.random.default_rng(1).standard_normal(y.shape))
    gradients = backward(dy)
    assert len(gradients) == len(arrays)
    for i, gradient in enumerate(gradients):

        def total(x: Array, i: int = i) -> float:
            return float((dy * row.run(*arrays[:i], x, *arrays[i + 1 :])[0]).sum())

        assert gradient.shape == arrays[i].shape
        assert_allclose(gradient, gradient_of(total, arrays[i]), rtol=1e-7, atol=1e-9)


@over(Operation)
def test_operation_backward_is_linear_and_leaves_no_trace(row: Operation) -> None:
    y, backward = row.run(*numbers_of(row))
    before = y.copy()
    dy = frozen(np.random.default_rng(1).standard_normal(y.shape))
    once, twice, doubled = backward(dy), backward(dy), backward(2.0 * dy)
    for a, b, c in zip(once, twice, doubled, strict=True):
        assert_array_equal(a, b)
        assert_allclose(2.0 * a, c, rtol=1e-12, atol=1e-13)
    assert_array_equal(y, before)


@over(Operation)
def test_operation_keeps_single_precision(row: Operation) -> None:
    arrays = as_dtype(row.draw(np.random.default_rng(0)), np.float32)
    y, backward = row.run(*arrays)
    assert y.dtype == np.float32
    gradients = backward(frozen(np.ones(y.shape, np.float32)))
    assert [g.dtype for g in gradients] == [np.dtype(np.float32)] * len(arrays)
    exact, _ = row.run(*(a.astype(np.float64) for a in arrays))
    assert_allclose(y, exact, rtol=1e-4, atol=1e-5)


@over(Operation)
def test_operation_takes_whole_numbers_as_floats(row: Operation) -> None:
    """Eight bits hold no square and no sum of these, and no gradient."""
    x, *rest = numbers_of(row)
    whole = np.clip(np.round(50.0 * x), -120, 120).astype(np.int8)
    (y, backward), (exact, exact_backward) = (row.run(frozen(whole.astype(d)), *rest) for d in (np.int8, np.float64))
    assert_allclose(y, exact, rtol=1e-12, atol=1e-12)
    dy = np.random.default_rng(1).standard_normal(y.shape)
    for gradient, exact_gradient in zip(backward(dy), exact_backward(dy), strict=True):
        assert_allclose(gradient, exact_gradient, rtol=1e-12, atol=1e-12)


@over(Operation)
def test_operation_does_not_care_how_its_arrays_lie_in_memory(row: Operation) -> None:
    arrays = numbers_of(row)
    y, backward = row.run(*arrays)
    other, back = row.run(*(np.asfortranarray(a) for a in arrays))
    dy = np.random.default_rng(1).standard_normal(y.shape)
    assert_allclose(other, y, rtol=1e-12, atol=1e-13)
    for a, b in zip(backward(dy), back(np.asfortranarray(dy)), strict=True):
        assert_allclose(b, a, rtol=1e-12, atol=1e-13)


@over(Operation)
def test_operation_on_a_batch_is_the_operation_on_each_example(row: Operation) -> None:
    if row.batched == 0:
        assert_batch_matters(row)
    if not row.batched:
        return
    arrays = numbers_of(row)
    y, _ = row.run(*arrays)
    for i in range(len(arrays[0])):
        alone, _ = row.run(*(a[i : i + 1] for a in arrays[: row.batched]), *arrays[row.batched :])
        assert_allclose(alone, y[i : i + 1], rtol=1e-12, atol=1e-13)


def assert_batch_matters(row: Operation) -> None:
    """An operation that claims to mix its examples does: changing the last one changes the first result."""
    x, *rest = numbers_of(row)
    changed = x.copy()
    changed[-1] += 1.0 + np.arange(changed[-1].size).reshape(changed[-1].shape)
    before, after = row.run(x, *rest)[0], row.run(changed, *rest)[0]
    assert not np.allclose(before.ravel()[:1], after.ravel()[:1])


LARGEST = -1.0  # stands for what the row says
FAR: list[tuple[float, float]] = [(TINY, 0.0), (1e-310, 0.0), (1e4, 0.0), (LARGEST, 0.0), (1.0, 1e8)]


def far_away(x: Array, size: float, offset: float) -> Array:
    """Numbers up to this size around this offset."""
    return as_dtype((x / np.abs(x).max() * size + offset,), np.float64)[0]  # type: ignore[no-any-return]


@over(Operation)
@pytest.mark.parametrize(("size", "offset"), FAR)
def test_operation_is_quiet_and_finite_far_from_one(row: Operation, size: float, offset: float) -> None:
    x, *rest = numbers_of(row)
    y, backward = row.run(far_away(x, row.largest if size == LARGEST else size, offset), *rest)
    assert np.isfinite(y).all()
    assert all(np.isfinite(gradient).all() for gradient in backward(frozen(np.ones_like(y))))


# ---------------------------------------------------------------- losses


def example_of(row: Loss, dtype: DTypeLike = np.float64) -> tuple[Array, Any]:
    prediction, target = as_dtype(row.draw(np.random.default_rng(0)), dtype)
    return prediction, target


@over(Loss)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_loss_gradient_is_the_central_difference(row: Loss, reduction: str) -> None:
    prediction, target = example_of(row)
    value, gradient = row.run(prediction, target, reduction)
    assert np.ndim(value) == 0
    assert np.isfinite(value)
    assert value >= row.low
    assert gradient.shape == prediction.shape
    measured = gradient_of(lambda p: row.run(p, target, reduction)[0], prediction, h=1e-4)
    assert_allclose(gradient, measured, rtol=1e-7, atol=1e-9)


@over(Loss)
def test_loss_mean_is_the_sum_divided(row: Loss) -> None:
    prediction, target = example_of(row)
    (mean, mean_gradient), (total, gradient) = (row.run(prediction, target, r) for r in ("mean", "sum"))
    count = {"examples": len(prediction), "elements": prediction.size, "other": total / mean}[row.mean_divides_by]
    assert_allclose(mean * count, total, rtol=1e-13)
    assert_allclose(mean_gradient * count, gradient, rtol=1e-12, atol=1e-15)


@over(Loss)
def test_loss_of_a_batch_is_the_sum_over_examples_in_any_order(row: Loss) -> None:
    prediction, target = example_of(row)
    total, gradient = row.run(prediction, target, "sum")
    order = np.random.default_rng(2).permutation(len(prediction))
    shuffled, shuffled_gradient = row.run(prediction[order], target[order], "sum")
    assert_allclose(shuffled, total, rtol=1e-13)
    assert_allclose(shuffled_gradient, gradient[order], rtol=1e-13, atol=1e-15)
    alone = [row.run(prediction[i : i + 1], target[i : i + 1], "sum") for i in range(len(prediction))]
    assert_allclose(sum(value for value, _ in alone), total, rtol=1e-13)
    assert_allclose(np.concatenate([g for _, g in alone]), gradient, rtol=1e-12, atol=1e-15)


@over(Loss)
def test_loss_keeps_single_precision(row: Loss) -> None:
    prediction, target = example_of(row, np.float32)
    value, gradient = row.run(prediction, target)
    exact, exact_gradient = row.run(*example_of(row))
    assert gradient.dtype == np.float32
    assert_allclose(value, exact, rtol=1e-4)
    assert_allclose(gradient, exact_gradient, rtol=1e-3, atol=1e-5)


@over(Loss)
def test_loss_refuses_another_reduction_an_empty_batch_and_other_lengths(row: Loss) -> None:
    prediction, target = example_of(row)
    with pytest.raises(ValueError, match="'none'"):
        row.run(prediction, target, "none")
    with pytest.raises(ValueError, match="empty"):
        row.run(prediction[:0], target[:0])
    with pytest.raises(ValueError, match="shape"):
        row.run(prediction, target[:-1])


@over(Loss)
def test_loss_gradient_rows_sum_to_zero_where_a_shift_changes_nothing(row: Loss) -> None:
    prediction, target = example_of(row)
    value, gradient = row.run(prediction, target)
    shifted, _ = row.run(prediction + row.shift, target)
    unchanged = abs(shifted - value) <= 1e-12 * max(1.0, abs(value))
    assert unchanged == row.rows_sum_to_zero
    assert bool((np.abs(gradient.sum(axis=-1)) < 1e-14).all()) == row.rows_sum_to_zero


@over(Loss)
def test_loss_is_quiet_as_long_as_that_of_one_example_is_a_float(row: Loss) -> None:
    prediction, target = example_of(row)
    sizes = [(np.float64, size) for size in (TINY, 1e4, row.largest)] + [(np.float32, size) for size in (1e-45, 1e4)]
    for dtype, size in sizes:
        far = frozen(np.clip(np.sign(prediction) * size, *row.domain).astype(dtype))
        for reduction in ("mean", "sum"):
            value, gradient = row.run(far, target, reduction)
            assert not np.isnan(value)
            assert np.isfinite(gradient).all()
            assert gradient.dtype == dtype


# ---------------------------------------------------------------- penalties


@over(Penalty)
@pytest.mark.parametrize("dtype", FLOATS, ids=lambda d: np.dtype(d).name)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_penalty_takes_any_shape_and_keeps_it_and_the_dtype(row: Penalty, shape: tuple[int, ...], dtype: Any) -> None:
    value, gradient = row.run(frozen(np.random.default_rng(0).normal(0.0, 2.0, shape).astype(dtype)))
    assert type(value) is float
    assert (value > 0.0) == (gradient.size > 0)
    assert gradient.shape == shape
    assert gradient.dtype == dtype


@over(Penalty)
def test_penalty_of_whole_numbers_is_that_of_floats(row: Penalty) -> None:
    w = np.array([[3, -1], [0, 7]])
    (value, gradient), (exact, exact_gradient) = row.run(frozen(w)), row.run(w.astype(np.float64))
    assert value == exact
    assert gradient.dtype == np.float64
    assert_array_equal(gradient, exact_gradient)


@over(Penalty)
def test_penalty_gradient_is_the_central_difference(row: Penalty) -> None:
    w = frozen(np.random.default_rng(0).choice([-1.0, 1.0], (3, 4)) * np.arange(1.0, 13.0).reshape(3, 4))
    assert_allclose(row.run(w)[1], gradient_of(lambda x: row.run(x)[0], w), rtol=1e-9, atol=1e-11)


@over(Penalty)
def test_penalty_is_the_sum_over_weights_and_nothing_at_its_least(row: Penalty) -> None:
    w = np.random.default_rng(0).normal(size=6)
    assert_allclose(row.run(w)[0], sum(row.run(number)[0] for number in w), rtol=1e-14)
    value, gradient = row.run(np.full((2, 2), row.least))
    assert value == 0.0
    assert not gradient.any()


@over(Penalty)
@pytest.mark.parametrize("size", [TINY, 1e-160, 1e4, LARGEST])
def test_penalty_is_quiet_and_finite_far_from_one(row: Penalty, size: float) -> None:
    size = row.largest if size == LARGEST else size
    value, gradient = row.run(frozen(np.array([size, -size])))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


# ---------------------------------------------------------------- initializers


@over(Initializer)
@pytest.mark.parametrize("shape", [(400, 300), (40, 25, 5, 7)], ids=str)
def test_initializer_has_the_promised_mean_deviation_and_bound(row: Initializer, shape: tuple[int, ...]) -> None:
    w = row.run(shape, np.random.default_rng(0))
    std = row.std(shape)
    assert w.shape == shape
    assert w.dtype == np.float64
    assert abs(w.mean() - row.mean) <= 4.5 * std / np.sqrt(w.size)
    assert_allclose(w.std(), std, rtol=0.01, atol=1e-300)
    assert np.abs(w).max() <= row.bound(shape) * (1 + 1e-12)


@over(Initializer)
def test_initializer_draws_from_the_generator_alone(row: Initializer) -> None:
    a, b, c = (row.run((30, 20), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert_array_equal(a, b)
    assert np.array_equal(a, c) == (row.std((30, 20)) == 0.0)


@over(Initializer)
def test_initializer_refuses_shapes_that_hold_no_weights(row: Initializer) -> None:
    rng = np.random.default_rng(0)
    small = [(), (0,), (3, 0), (-1, 2)] + ([(5,)] if row.least_ndim > 1 else [])
    for shape in small:
        with pytest.raises(ValueError, match="shape must"):
            row.run(shape, rng)
    with pytest.raises(TypeError, match=r"shape must .* 2\.5"):
        row.run((2.5, 2), rng)  # type: ignore[arg-type]
    if row.std((3, 3)) > 0.0:
        with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator, got 0"):
            row.run((3, 3), 0)  # type: ignore[arg-type]


# ---------------------------------------------------------------- transforms


@over(Transform)
def test_transform_is_fitted_once_and_applied_example_by_example(row: Transform) -> None:
    rng = np.random.default_rng(0)
    train, test = (frozen(rng.normal(3.0, 2.0, row.shape)) for _ in range(2))
    transform = row.run(train)
    y = transform(test)
    assert_allclose(np.concatenate([transform(test[i : i + 1]) for i in range(len(test))]), y, rtol=1e-9, atol=1e-12)
    assert_array_equal(transform(test), y)
    assert transform(test[:0]).shape == (0, *y.shape[1:])


@over(Transform)
def test_transform_keeps_dtype_and_takes_whole_numbers_as_floats(row: Transform) -> None:
    x: Any = np.random.default_rng(0).integers(0, 50, row.shape)
    whole, double = row.run(x)(x), row.run(x.astype(np.float64))(x.astype(np.float64))
    assert whole.dtype == np.float64
    assert_array_equal(whole, double)
    single = row.run(x.astype(np.float32))(x.astype(np.float32))
    assert single.dtype == np.float32
    assert_allclose(single, double, rtol=1e-3, atol=1e-3)


@over(Transform)
def test_transform_has_a_guard_for_constant_features(row: Transform) -> None:
    x = np.random.default_rng(0).normal(0.0, 1.0, row.shape)
    x[:, 0] = 0.1
    for data in (x, np.full(row.shape, 0.1), x[:1]):
        assert np.isfinite(row.run(data)(x)).all()


@over(Transform)
@pytest.mark.parametrize(("size", "offset"), FAR)
def test_transform_is_quiet_finite_and_undone_far_from_one(row: Transform, size: float, offset: float) -> None:
    size = row.largest if size == LARGEST else size
    x = far_away(np.random.default_rng(0).uniform(-1.0, 1.0, row.shape), size, offset)
    transform = row.run(x)
    for y in (transform(x), transform.inverse(transform(x))):  # type: ignore[attr-defined]
        assert np.isfinite(y).all()


@over(Transform)
def test_transform_refuses_what_it_cannot_be_fitted_on(row: Transform) -> None:
    x = np.random.default_rng(0).normal(0.0, 1.0, row.shape)
    broken = x.copy()
    broken.flat[3] = np.nan
    for bad, message in ((x[:0], "empty"), (broken, "nan"), (np.array(1.0), r"\(\)")):
        with pytest.raises(ValueError, match=f"x must .*{message}"):
            row.run(bad)
    with pytest.raises(ValueError, match="x must have shape"):
        row.run(x)(np.concatenate([x, x], axis=1))
    with pytest.raises(ValueError, match="x must have"):
        row.run(x)(x[0])


# ---------------------------------------------------------------- augmentations


@over(Augmentation)
def test_augmentation_is_a_pure_function_of_input_and_generator(row: Augmentation) -> None:
    x = frozen(np.random.default_rng(0).random(row.shape))
    a, b = (row.run(x, np.random.default_rng(1)) for _ in range(2))
    assert_array_equal(a, b)
    assert not np.shares_memory(a, x)
    if row.keeps_shape:
        assert a.shape == x.shape
    assert row.run(x.astype(np.float32), np.random.default_rng(1)).dtype == np.float32
    with pytest.raises(TypeError, match="rng"):
        row.run(x, 0)  # type: ignore[arg-type]


@over(Augmentation)
@pytest.mark.parametrize("size", [TINY, 1e4, 1e308])
def test_augmentation_is_quiet_and_finite_far_from_one_and_keeps_no_examples(row: Augmentation, size: float) -> None:
    x = far_away(np.random.default_rng(0).uniform(-1.0, 1.0, row.shape), size, 0.0)
    y = row.run(x, np.random.default_rng(1))
    assert np.isfinite(y).all()
    assert row.run(x[:0], np.random.default_rng(1)).shape == (0, *y.shape[1:])


# ---------------------------------------------------------------- optimizers


@over(Optimizer)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 3)], ids=str)
def test_optimizer_keeps_shape_and_dtype_and_what_it_is_given(
    row: Optimizer, shape: tuple[int, ...], dtype: Any
) -> None:
    rng = np.random.default_rng(0)
    optimizer = row.make(lr=0.1)
    w = frozen(np.asarray(rng.normal(size=shape), dtype))
    state = optimizer.init(w)
    for _ in range(3):
        step, state = optimizer.update(frozen(np.asarray(rng.normal(size=shape), dtype)), state, w)
        assert step.shape == shape
        assert step.dtype == dtype
        assert np.isfinite(step).all()


@over(Optimizer)
def test_optimizer_update_is_a_pure_function(row: Optimizer) -> None:
    rng = np.random.default_rng(0)
    optimizer = row.make(lr=0.1)
    w = frozen(np.ones(4))
    _, state = optimizer.update(rng.normal(size=4), optimizer.init(w), w)
    before = repr(state)
    g = frozen(rng.normal(size=4))
    first, _ = optimizer.update(g, state, w)
    second, _ = optimizer.update(g, state, w)
    assert_array_equal(first, second)
    assert repr(state) == before


@over(Optimizer)
def test_optimizer_rests_without_a_gradient(row: Optimizer) -> None:
    optimizer = row.make(lr=0.1)
    w = np.array([1.0, -2.0, 0.5])
    step, _ = optimizer.update(np.zeros(3), optimizer.init(w), w)
    assert bool((step == 0.0).all()) == row.zero_gradient_rests


@over(Optimizer)
@pytest.mark.parametrize("size", [TINY, 1e-160, 1e4, LARGEST])
def test_optimizer_is_quiet_and_finite_far_from_one(row: Optimizer, size: float) -> None:
    optimizer, w = row.make(lr=0.1), frozen(np.ones(3))
    state, size = optimizer.init(w), row.largest if size == LARGEST else size
    for _ in range(3):
        step, state = optimizer.update(frozen(np.array([size, -size, 0.0])), state, w)
        assert np.isfinite(step).all()


@over(Optimizer)
def test_optimizer_takes_any_gradient_that_is_clipped_before(row: Optimizer) -> None:
    """Squares end at 1e154, so that is where most rules end; clipping by norm does not."""
    optimizer, w = row.make(lr=0.1), frozen(np.ones(3))
    step, _ = optimizer.update(clip_by_norm(np.array([1e308, -1e308, 0.0]), 1.0), optimizer.init(w), w)
    assert np.isfinite(step).all()


@over(Optimizer)
def test_optimizer_descends(row: Optimizer) -> None:
    optimizer = row.make(lr=0.01)
    w = np.array([3.0, -2.0])
    step, _ = optimizer.update(2.0 * w, optimizer.init(w), w)
    assert float(step @ w) < 0.0


@over(Optimizer)
def test_optimizer_treats_elements_alone_where_it_says_so(row: Optimizer) -> None:
    rng = np.random.default_rng(0)
    optimizer = row.make(lr=0.1)
    whole = optimizer.init(np.ones(6))
    halves = [optimizer.init(np.ones(3)), optimizer.init(np.ones(3))]
    same = True
    for _ in range(5):
        g = rng.normal(size=6)
        step, whole = optimizer.update(g, whole, np.ones(6))
        parts = [optimizer.update(part, state, np.ones(3)) for part, state in zip((g[:3], g[3:]), halves, strict=True)]
        halves = [state for _, state in parts]
        same = same and np.allclose(step, np.concatenate([part for part, _ in parts]), rtol=1e-14, atol=0)
    assert same == row.elementwise


@over(Optimizer)
@pytest.mark.parametrize("lr", [0.0, -0.1, np.nan, np.inf])
def test_optimizer_refuses_a_learning_rate_that_is_none(row: Optimizer, lr: float) -> None:
    with pytest.raises(ValueError, match=f"lr must .*{lr}"):
        row.make(lr=lr)


@over(Optimizer)
def test_optimizer_refuses_a_gradient_of_another_shape_than_the_weights(row: Optimizer) -> None:
    optimizer, w = row.make(lr=0.1), np.ones(3)
    for g in (np.ones((3, 1)), np.ones(1), np.ones(4), np.array(1.0)):
        with pytest.raises(ValueError, match=rf"g must have shape \(3,\), got {re.escape(str(g.shape))}"):
            optimizer.update(g, optimizer.init(w), w)


# ---------------------------------------------------------------- schedules


@over(Schedule)
def test_schedule_is_a_pure_function_within_its_bounds(row: Schedule) -> None:
    rates = [row.run(t) for t in range(400)]
    assert all(isinstance(rate, float) for rate in rates)
    assert all(row.low <= rate <= row.high for rate in rates)
    assert max(rates) == pytest.approx(row.high, rel=1e-12)
    assert [row.run(t) for t in (399, 0, 200)] == [rates[399], rates[0], rates[200]]
    assert row.run(np.int64(7)) == rates[7]  # type: ignore[arg-type]
    assert np.isfinite(row.run(10**9))


@over(Schedule)
def test_schedule_refuses_steps_before_the_first_and_between_two(row: Schedule) -> None:
    with pytest.raises(ValueError, match="-1"):
        row.run(-1)
    with pytest.raises(TypeError, match=r"1\.5"):
        row.run(1.5)  # type: ignore[arg-type]


def test_every_kind_of_the_tables_has_rows_and_is_run_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    for kind in get_args(Row):
        assert tables.rows(kind), f"no row of the kind {kind.__name__}: its tests are skipped"
        assert f"@over({kind.__name__})" in here
