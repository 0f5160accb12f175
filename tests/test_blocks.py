"""Convolution, norms and dropout as layers of a network, one by one and on digits."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from snippets import blocks as b
from snippets import convolution, layers, normalization, regularization, training
from snippets.activations import relu, relu_grad, tanh, tanh_grad
from snippets.arrays import Array, Labels
from snippets.data import digits, stratified_split
from snippets.gradcheck import numeric_gradient, relative_error
from snippets.initialization import he_normal
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Flatten, Layer, Network, Shape, forward, init_params
from snippets.optimizers import AdamW
from snippets.schedules import Cosine

IMAGE = (2, 6, 5)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def ones(*names: str, size: int = 2) -> dict[str, Array]:
    return {name: np.zeros(size) if name in ("beta", "running_mean") else np.ones(size) for name in names}


BUILT: list[tuple[Layer, Shape, dict[str, Shape], Shape]] = [
    (b.Conv2d(4), IMAGE, {"w": (4, 2, 3, 3), "b": (4,)}, (4, 4, 3)),
    (b.Conv2d(4, 3, stride=2, padding=1, groups=2), IMAGE, {"w": (4, 1, 3, 3), "b": (4,)}, (4, 3, 3)),
    (b.MaxPool2d(), IMAGE, {}, (2, 3, 2)),
    (b.MaxPool2d(3, 1, 1), IMAGE, {}, (2, 6, 5)),
    (b.AvgPool2d(), IMAGE, {}, (2, 3, 2)),
    (b.AvgPool2d(3, 2, 1), IMAGE, {}, (2, 3, 3)),
    (b.BatchNorm(), IMAGE, {"gamma": (2,), "beta": (2,), "running_mean": (2,), "running_var": (2,)}, IMAGE),
    (b.BatchNorm(), (7,), {"gamma": (7,), "beta": (7,), "running_mean": (7,), "running_var": (7,)}, (7,)),
    (b.LayerNorm(), (3, 7), {"gamma": (7,), "beta": (7,)}, (3, 7)),
    (b.GroupNorm(2), IMAGE, {"gamma": (2,), "beta": (2,)}, IMAGE),
    (b.RMSNorm(), (7,), {"gamma": (7,)}, (7,)),
    (b.Dropout(0.3), IMAGE, {}, IMAGE),
    (b.Embedding(11, 3), (4,), {"table": (11, 3)}, (4, 3)),
]


@pytest.mark.parametrize(("layer", "shape", "arrays", "out"), BUILT, ids=lambda value: repr(value)[:30])
def test_a_layer_tells_its_arrays_and_what_comes_out(
    layer: Layer, shape: Shape, arrays: dict[str, Shape], out: Shape
) -> None:
    p, told = layer.build(shape, rng())
    assert {name: a.shape for name, a in p.items()} == arrays
    assert told == out
    x = np.zeros((5, *shape), int if isinstance(layer, b.Embedding) else float)
    for generator in (None, rng()):
        y, backward = layer.apply(p, x, generator)
        assert y.shape == (5, *out)
        _, *gradients = backward(np.ones(y.shape))
        trained = [shape for name, shape in arrays.items() if not name.startswith("running_")]
        assert [g.shape for g in gradients] == trained


def test_norms_start_as_the_plain_norm_and_convolution_as_initialized() -> None:
    for layer in (b.BatchNorm(), b.LayerNorm(), b.GroupNorm(1), b.RMSNorm()):
        p, _ = layer.build((4,), rng())
        expected = ones(*p, size=4)
        for name, array in p.items():
            assert_array_equal(array, expected[name])
    p, _ = b.Conv2d(4, 5).build((3, 8, 8), rng(5))
    assert_array_equal(p["w"], he_normal((4, 3, 5, 5), rng(5)))
    assert_array_equal(p["b"], np.zeros(4))
    table = b.Embedding(1000, 50).build((), rng())[0]["table"]
    assert (table.mean(), table.std()) == pytest.approx((0.0, 1.0), abs=0.02)


def test_layers_are_their_operations_with_their_settings() -> None:
    x, dy = rng(1).normal(size=(6, 4, 6, 5)), rng(2).normal(size=(6, 4, 6, 5))
    gamma, beta = rng(3).normal(size=4), rng(4).normal(size=4)
    w, bias = rng(5).normal(size=(4, 2, 3, 3)), rng(6).normal(size=4)
    last, p = rng(7).normal(size=5), {"gamma": gamma, "beta": beta}
    for (y, backward), (expected, back) in (
        (
            b.Conv2d(4, padding=1, groups=2).apply({"w": w, "b": bias}, x, None),
            convolution.conv2d(x, w, bias, padding=1, groups=2),
        ),
        (b.MaxPool2d(3, 1, 1).apply({}, x, None), convolution.max_pool(x, 3, 1, 1)),
        (b.AvgPool2d(3, 1, 1).apply({}, x, None), convolution.avg_pool(x, 3, 1, 1)),
        (b.GroupNorm(2, 0.1).apply(p, x, None), normalization.group_norm(x, gamma, beta, 2, 0.1)),
        (
            b.LayerNorm(0.1).apply({"gamma": last, "beta": last}, x, None),
            normalization.layer_norm(x, last, last, 0.1),
        ),
        (b.RMSNorm(0.1).apply({"gamma": last}, x, None), normalization.rms_norm(x, last, 0.1)),
        (b.Dropout(0.3).apply({}, x, rng(8)), regularization.dropout(x, 0.3, rng(8))),
        (b.Dropout(0.3).apply({}, x, None), (x, lambda dy: (dy,))),
    ):
        assert_array_equal(y, expected)
        for mine, official in zip(backward(dy), back(dy), strict=True):
            assert_array_equal(mine, official)


def test_strides_and_windows_side_by_side() -> None:
    x, w = rng().normal(size=(2, 1, 7, 7)), rng(1).normal(size=(3, 1, 3, 3))
    y, _ = b.Conv2d(3, stride=2).apply({"w": w, "b": np.zeros(3)}, x, None)
    assert_array_equal(y, convolution.conv2d(x, w, np.zeros(3), 2)[0])
    assert_array_equal(b.MaxPool2d(3).apply({}, x, None)[0], convolution.max_pool(x, 3, 3)[0])
    assert_array_equal(b.AvgPool2d(3).apply({}, x, None)[0], convolution.avg_pool(x, 3, 3)[0])


def test_embedding_in_a_network_looks_up_and_learns_its_rows() -> None:
    net: Network = (b.Embedding(5, 3), Flatten(), Dense(2))
    params = init_params(net, (4,), rng())
    ids: Labels = rng(1).integers(0, 5, (6, 4))
    y, backward = forward(net, params, ids)  # type: ignore[arg-type]
    assert y.shape == (6, 2)
    assert_array_equal(
        layers.flatten(params["0.table"][ids])[0] @ params["2.w"] + params["2.b"],
        y,
    )
    dx, grad = backward(np.ones((6, 2)))
    assert dx.shape == (0, 4)
    assert grad.shape == params.flat.shape
    assert (params.with_flat(grad)["0.table"] != 0.0).all()


# ---------------------------------------------------------------- batch norm


def test_batch_norm_uses_the_batch_in_training_and_its_memory_in_evaluation() -> None:
    net = (b.BatchNorm(new_weight=0.5, eps=0.01),)
    params = init_params(net, (3,), rng())
    mean: Array = np.zeros(3)
    var: Array = np.ones(3)
    gamma, beta = np.ones(3), np.zeros(3)
    for i in range(20):
        x = rng(i).normal(2.0, 3.0, (10, 3))
        y, _ = forward(net, params, x, rng())
        assert_array_equal(y, normalization.batch_norm(x, gamma, beta, 0.01)[0])
        mean, var = normalization.running_statistics(x, mean, var, 0.5)
        assert_array_equal(params["0.running_mean"], mean)
        assert_array_equal(params["0.running_var"], var)
    x = rng(99).normal(size=(4, 3))
    y, backward = forward(net, params, x)
    assert_array_equal(y, normalization.batch_norm_inference(x, gamma, beta, mean, var, 0.01)[0])
    assert_array_equal(params["0.running_mean"], mean)
    assert backward(y)[1].shape == (6,)


def test_one_example_is_refused_in_training_and_fine_in_evaluation() -> None:
    net = (b.BatchNorm(),)
    params = init_params(net, (3,), rng())
    with pytest.raises(ValueError, match=r"x must hold more than one number for every channel, got shape \(1, 3\)"):
        forward(net, params, np.zeros((1, 3)), rng())
    assert_array_equal(params["0.running_mean"], np.zeros(3))
    assert forward(net, params, np.zeros((1, 3)))[0].shape == (1, 3)


# ---------------------------------------------------------------- whole networks


def test_backward_of_a_network_of_all_layers_is_the_central_difference() -> None:
    net: Network = (
        b.Conv2d(4, 3, padding=1),
        b.BatchNorm(),
        Activation(tanh, tanh_grad),
        b.MaxPool2d(),
        b.Conv2d(4, 2, groups=2),
        b.GroupNorm(2),
        b.AvgPool2d(),
        Flatten(),
        b.LayerNorm(),
        Dense(3),
        b.RMSNorm(),
    )
    params, x, dy = init_params(net, (1, 6, 6), rng()), rng(1).normal(size=(5, 1, 6, 6)), rng(2).normal(size=(5, 3))
    for generator in (rng(), None):
        dx, grad = forward(net, params, x, generator)[1](dy)

        def of_params(flat: Array, generator: np.random.Generator | None = generator) -> float:
            return float((dy * forward(net, params.with_flat(flat), x, generator)[0]).sum())

        def of_input(z: Array, generator: np.random.Generator | None = generator) -> float:
            return float((dy * forward(net, params.copy(), z, generator)[0]).sum())

        assert relative_error(grad, numeric_gradient(of_params, params.flat)) < 1e-7
        assert relative_error(dx, numeric_gradient(of_input, x)) < 1e-7


def test_a_network_keeps_single_precision() -> None:
    net: Network = (
        b.Conv2d(4),
        b.BatchNorm(),
        b.MaxPool2d(),
        b.GroupNorm(2),
        b.AvgPool2d(2),
        Flatten(),
        b.LayerNorm(),
        b.RMSNorm(),
        b.Dropout(),
        Dense(2),
    )
    params = init_params(net, (1, 10, 10), rng(), np.float32)
    for generator in (rng(), None):
        y, backward = forward(net, params, rng(1).normal(size=(3, 1, 10, 10)), generator)
        dx, grad = backward(np.ones((3, 2), np.float32))
        assert {y.dtype, dx.dtype, grad.dtype, params["1.running_var"].dtype} == {np.dtype(np.float32)}


def test_a_small_convolutional_network_reads_98_5_percent_of_unseen_digits() -> None:
    """Mean over the five stratified 80/20 splits of test_training.py, under five seconds of processor time each."""
    net: Network = (
        b.Conv2d(16, padding=1),
        Activation(relu, relu_grad),
        b.Conv2d(32, padding=1),
        Activation(relu, relu_grad),
        b.MaxPool2d(),
        Flatten(),
        b.Dropout(0.5),
        Dense(10),
    )
    accuracies, seconds = [], []
    for seed in range(5):
        generator = rng(seed)
        parts = stratified_split(digits(), 0.8, generator)
        data, test = ((x.reshape(-1, 1, 8, 8), y) for x, y in parts)
        started = time.process_time()
        params = init_params(net, (1, 8, 8), generator, np.float32)
        run = training.steps(
            net,
            params,
            data,
            softmax_cross_entropy,
            AdamW(),
            epochs=15,
            batch_size=32,
            rng=generator,
            schedule=Cosine(5e-3, steps=15 * 45),
        )
        assert len(list(run)) == 15 * 45
        seconds.append(time.process_time() - started)
        accuracies.append(training.evaluate(net, params, test, softmax_cross_entropy).accuracy)
    assert np.mean(accuracies) >= 0.985
    assert max(seconds) < 5.0
