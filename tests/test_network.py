"""Networks: one flat array under many names, run forwards and backwards."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from snippets import activations
from snippets import network as n
from snippets.activations import gelu, gelu_grad, relu, relu_grad, sigmoid, tanh, tanh_grad
from snippets.arrays import Array, Backward
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.initialization import xavier_uniform

NET = (
    n.Flatten(),
    n.Dense(4),
    n.Activation(tanh, tanh_grad),
    n.Dense(3, init=xavier_uniform),
    n.Activation(gelu, gelu_grad),
    n.Dense(2),
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class Centre:
    """A layer with one trained and one running array: subtracts the mean of the batch, or the running mean."""

    def build(self, shape: n.Shape, _: np.random.Generator) -> tuple[dict[str, Array], n.Shape]:
        return {"running_mean": np.zeros(shape), "beta": np.full(shape, 0.5)}, shape

    def apply(self, p: n.Named, x: Array, rng: np.random.Generator | None) -> tuple[Array, Backward]:
        if rng is None:
            return x - p["running_mean"] + p["beta"], lambda dy: (dy, dy.sum(axis=0))
        p["running_mean"][...] += 0.5 * (x.mean(axis=0) - p["running_mean"])
        return x - x.mean(axis=0) + p["beta"], lambda dy: (dy - dy.mean(axis=0), dy.sum(axis=0))


@pytest.mark.parametrize("layer", [*NET, n.DenseOnData(n.Dense(2))], ids=lambda layer: type(layer).__name__)
def test_a_layer_never_changes_and_can_be_a_key(layer: Any) -> None:
    for field in dataclasses.fields(layer):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(layer, field.name, 1)
    assert hash(layer) == hash(dataclasses.replace(layer))


def test_parameters_are_named_views_of_one_flat_array() -> None:
    params = n.init_params(NET, (2, 3), rng())
    assert list(params.arrays) == ["1.w", "1.b", "3.w", "3.b", "5.w", "5.b"]
    assert [a.shape for a in params.arrays.values()] == [(6, 4), (4,), (4, 3), (3,), (3, 2), (2,)]
    assert params.flat.shape == (6 * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2,)
    assert_array_equal(np.concatenate([a.ravel() for a in params.arrays.values()]), params.flat)
    params.flat[:] = np.arange(params.flat.size)
    assert params["1.w"][0, 1] == 1.0
    assert params["5.b"][-1] == params.flat.size - 1
    params["3.b"][...] = -1.0
    assert (params.flat == -1.0).sum() == 3


def test_weights_are_those_of_the_initializer_and_biases_are_zero() -> None:
    drawn, params = rng(5), n.init_params((n.Dense(3, init=xavier_uniform), n.Dense(2)), (4,), rng(5))
    assert_array_equal(params["0.w"], xavier_uniform((4, 3), drawn))
    assert_array_equal(params["0.b"], np.zeros(3))
    assert_array_equal(params["1.w"], n.Dense(2).init((3, 2), drawn))


def test_with_flat_gives_a_gradient_the_names_of_the_parameters() -> None:
    params = n.init_params((n.Dense(2), Centre()), (3,), rng())
    other = params.with_flat(np.arange(10.0))
    assert_array_equal(other["0.w"], [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    assert_array_equal(other["1.beta"], [8.0, 9.0])
    assert np.shares_memory(other["0.w"], other.flat)
    assert not np.shares_memory(other["1.running_mean"], params["1.running_mean"])


def test_a_copy_has_its_own_numbers() -> None:
    params: n.Params = n.init_params((n.Dense(2), Centre()), (3,), rng())
    copy, before = params.copy(), params.flat.copy()
    copy.flat[:] += 1.0
    copy["1.running_mean"][...] = 7.0
    assert_array_equal(params.flat, before)
    assert_array_equal(params["1.running_mean"], np.zeros(2))


def test_running_statistics_are_not_trained_and_move_in_training_only() -> None:
    net = (Centre(), n.Dense(2))
    params = n.init_params(net, (3,), rng())
    assert list(params.arrays) == ["0.running_mean", "0.beta", "1.w", "1.b"]
    assert params.flat.size == 3 + 6 + 2
    assert n.is_trained("beta")
    assert not n.is_trained("running_mean")
    x = rng(1).normal(2.0, 1.0, (50, 3))
    n.forward(net, params, x)
    assert_array_equal(params["0.running_mean"], np.zeros(3))
    _, backward = n.forward(net, params, x, rng())
    assert_allclose(params["0.running_mean"], 0.5 * x.mean(axis=0), rtol=1e-14)
    assert backward(np.ones((50, 2)))[1].shape == params.flat.shape


def test_forward_is_the_layers_one_after_another() -> None:
    params, x = n.init_params(NET, (2, 3), rng()), rng(1).normal(size=(5, 2, 3))
    h = np.tanh(x.reshape(5, 6) @ params["1.w"] + params["1.b"])
    y = activations.gelu(h @ params["3.w"] + params["3.b"]) @ params["5.w"] + params["5.b"]
    assert_allclose(n.forward(NET, params, x)[0], y, rtol=1e-13)


def test_backward_is_the_central_difference() -> None:
    params, x = n.init_params(NET, (2, 3), rng()), rng(1).normal(size=(5, 2, 3))
    dy = rng(2).normal(size=(5, 2))
    dx, grad = n.forward(NET, params, x, rng())[1](dy)

    def of_params(flat: Array) -> float:
        return float((dy * n.forward(NET, params.with_flat(flat), x)[0]).sum())

    def of_input(z: Array) -> float:
        return float((dy * n.forward(NET, params, z)[0]).sum())

    assert relative_error(grad, numeric_gradient(of_params, params.flat)) < 1e-9
    assert relative_error(dx, numeric_gradient(of_input, x)) < 1e-9


def test_on_data_gives_the_same_result_and_gradient_but_none_for_the_data() -> None:
    net = (n.Dense(4), n.Activation(tanh, tanh_grad), n.Dense(2))
    params, x, dy = n.init_params(net, (6,), rng()), rng(1).normal(size=(5, 6)), rng(2).normal(size=(5, 2))
    first = n.on_data(net)
    assert first == (n.DenseOnData(n.Dense(4)), *net[1:])
    assert_array_equal(n.init_params(first, (6,), rng()).flat, params.flat)
    (y, backward), (same, to_parameters) = n.forward(net, params, x), n.forward(first, params, x)
    assert_array_equal(same, y)
    assert_array_equal(to_parameters(dy)[1], backward(dy)[1])
    assert to_parameters(dy)[0].shape == (0, 6)


def test_on_data_leaves_networks_alone_that_begin_otherwise() -> None:
    assert n.on_data(NET) == NET
    assert n.on_data(()) == ()


def test_backward_may_be_called_twice_and_changes_nothing() -> None:
    params, x, dy = n.init_params(NET, (6,), rng()), rng(1).normal(size=(5, 6)), rng(2).normal(size=(5, 2))
    before = params.flat.copy()
    _, backward = n.forward(NET, params, x)
    (dx, grad), (again, grad_again) = backward(dy), backward(dy)
    assert_array_equal(dx, again)
    assert_array_equal(grad, grad_again)
    assert_array_equal(params.flat, before)
    assert not np.shares_memory(grad, params.flat)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_parameters_is_kept(dtype: type) -> None:
    params = n.init_params(NET, (6,), rng(), dtype)
    for x in (rng(1).normal(size=(5, 6)), rng(1).normal(size=(5, 6)).astype(np.float32)):
        y, backward = n.forward(NET, params, x)
        dx, grad = backward(np.ones((5, 2), dtype))
        assert {params.flat.dtype, params["1.w"].dtype, y.dtype, dx.dtype, grad.dtype} == {np.dtype(dtype)}


def test_whole_numbers_reach_the_first_layer_as_they_are() -> None:
    params = n.init_params((n.Dense(2),), (3,), rng())
    whole: Any = np.arange(6).reshape(2, 3)
    assert_array_equal(n.forward((n.Dense(2),), params, whole)[0], n.forward((n.Dense(2),), params, whole + 0.0)[0])


def test_a_network_without_parameters_has_an_empty_flat_array() -> None:
    net = (n.Flatten(), n.Activation(relu, relu_grad))
    params = n.init_params(net, (2, 2), rng())
    y, backward = n.forward(net, params, -np.ones((3, 2, 2)))
    dx, grad = backward(np.ones((3, 4)))
    assert (params.flat.size, grad.size, y.shape, dx.shape) == (0, 0, (3, 4), (3, 2, 2))


def test_layers_and_parameters_must_belong_together() -> None:
    params = n.init_params(NET, (6,), rng())
    for net in (NET[:-1], (*NET, n.Dense(2))):
        with pytest.raises(ValueError, match=f"params must belong to {len(net)} layers, got 6"):
            n.forward(net, params, np.zeros((1, 6)))


def test_an_activation_is_its_function_and_goes_back_by_its_derivative() -> None:
    x, dy = rng().normal(size=(4, 3)), rng(1).normal(size=(4, 3))
    y, backward = n.Activation(sigmoid, tanh_grad).apply({}, x, None)
    assert_array_equal(y, sigmoid(x))
    assert_array_equal(backward(dy)[0], dy * tanh_grad(x))
    assert repr(n.Activation(tanh, tanh_grad)) == "Activation(tanh)"
    nameless = functools.partial(gelu)
    assert repr(n.Activation(nameless, gelu_grad)) == f"Activation({nameless})"
