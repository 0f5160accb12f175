"""Measure the package against PyTorch eager, JAX jit and scikit-learn, and against the matrix products alone.

Everything runs in one process and in turns, so that all meet the same machine; medians and ratios are printed. What is
not installed is named and left out. To compare with all of them, give them an environment of their own:

    python -m venv .bench
    .bench/bin/pip install numpy==2.4.6 torch==2.13.0 jax==0.10.2 optax==0.2.8 scikit-learn==1.9.1
    .bench/bin/python -m scripts.bench [--threads 1] [--rounds 15] [--cpu]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

BATCH, CLASSES = 128, 10
SIZES = ((64, 256, 256, CLASSES), (784, 256, 256, CLASSES))
ELEMENTWISE = ("relu", "sigmoid", "tanh", "gelu", "silu", "softplus")
Work: TypeAlias = Callable[[], object]


def parse() -> argparse.Namespace:
    """Read the arguments and fix threads and instruction sets, which must happen before any library is imported."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--cpu", action="store_true", help="processor time instead of wall time, for a busy machine")
    options = parser.parse_args()
    for name in ("OPENBLAS", "OMP", "MKL"):
        os.environ[f"{name}_NUM_THREADS"] = str(options.threads)
    os.environ.pop("OPENBLAS_CORETYPE", None)  # everyone may use all that the processor can do
    several = str(options.threads > 1).lower()
    os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={several} intra_op_parallelism_threads={options.threads}"
    os.environ["JAX_ENABLE_X64"] = "1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    return options


def installed(*names: str) -> bool:
    """Whether all these packages can be imported; says which cannot."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed, left out: {', '.join(missing)}")
    return not missing


def batch(sizes: tuple[int, ...], dtype: str) -> tuple[Any, Any]:
    """The same random examples and classes for everyone."""
    import numpy as np

    rng = np.random.default_rng(0)
    return rng.standard_normal((BATCH, sizes[0])).astype(dtype), rng.integers(0, CLASSES, BATCH)


def ours(sizes: tuple[int, ...], dtype: str) -> dict[str, Work]:
    """The training loop of the package as it stands on the page, one step a call."""
    import numpy as np

    from snippets.activations import relu, relu_grad
    from snippets.losses import softmax_cross_entropy
    from snippets.network import Activation, Dense, init_params
    from snippets.optimizers import Adam
    from snippets.training import steps

    rng = np.random.default_rng(0)
    net = (Dense(sizes[1]), Activation(relu, relu_grad), Dense(sizes[2]), Activation(relu, relu_grad), Dense(sizes[3]))
    params = init_params(net, sizes[:1], rng, np.dtype(dtype))
    data = batch(sizes, dtype)
    run = steps(net, params, data, softmax_cross_entropy, Adam(), epochs=10**9, batch_size=BATCH, rng=rng)
    return {"ours": lambda: next(run)}


def products(sizes: tuple[int, ...], dtype: str) -> dict[str, Work]:
    """The matrix products that a step cannot do without: the physical limit."""
    import numpy as np

    rng = np.random.default_rng(0)
    hidden = [rng.standard_normal((BATCH, n)).astype(dtype) for n in sizes]
    weights = [rng.standard_normal((m, n)).astype(dtype) for m, n in pairwise(sizes)]

    def work() -> None:
        for i, w in enumerate(weights):
            hidden[i] @ w
            hidden[i].T @ hidden[i + 1]
            if i > 0:
                hidden[i + 1] @ w.T

    return {"products alone": work}


def torch_eager(sizes: tuple[int, ...], dtype: str, threads: int) -> dict[str, Work]:
    """PyTorch eager with its default Adam and its fused one."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    x, y = (torch.from_numpy(a) for a in batch(sizes, dtype))

    def make(fused: bool) -> Work:
        layers = [nn.Linear(sizes[0], sizes[1]), nn.ReLU(), nn.Linear(sizes[1], sizes[2]), nn.ReLU()]
        net = nn.Sequential(*layers, nn.Linear(sizes[2], sizes[3])).to(x.dtype)
        optimizer = torch.optim.Adam(net.parameters(), fused=fused)
        loss = nn.CrossEntropyLoss()

        def work() -> None:
            rows = torch.randperm(BATCH)
            optimizer.zero_grad()
            value = loss(net(x[rows]), y[rows])
            value.backward()
            optimizer.step()
            value.item()

        return work

    return {"PyTorch eager": make(fused=False), "PyTorch eager, fused Adam": make(fused=True)}


def jax_jit(sizes: tuple[int, ...], dtype: str) -> dict[str, Work]:
    """JAX: one jitted function a step, arguments donated, optax's Adam."""
    import jax
    import numpy as np
    import optax
    from jax import numpy as jnp

    x, y = batch(sizes, dtype)
    rng = np.random.default_rng(0)
    optimizer = optax.adam(1e-3)
    weights = [
        (jnp.array(rng.standard_normal((m, n)) * (2 / m) ** 0.5, dtype), jnp.zeros(n, dtype))
        for m, n in pairwise(sizes)
    ]

    def loss(weights: Any, x: Any, y: Any) -> Any:
        for w, b in weights[:-1]:
            x = jax.nn.relu(x @ w + b)
        logits = x @ weights[-1][0] + weights[-1][1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    def update(weights: Any, state: Any, x: Any, y: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(weights, x, y)
        changes, state = optimizer.update(grads, state)
        return optax.apply_updates(weights, changes), state, value

    step = jax.jit(update, donate_argnums=(0, 1))
    held = [weights, optimizer.init(weights)]

    def work() -> None:
        rows = rng.permutation(BATCH)
        held[0], held[1], value = step(held[0], held[1], x[rows], y[rows])
        float(value)

    return {"JAX jit": work}


def sklearn_mlp(sizes: tuple[int, ...], dtype: str) -> dict[str, Work]:
    """scikit-learn's MLPClassifier, one minibatch a call."""
    import numpy as np
    from sklearn.neural_network import MLPClassifier

    x, y = batch(sizes, dtype)
    model = MLPClassifier(sizes[1:-1], solver="adam", batch_size=BATCH, alpha=0.0)
    classes = np.arange(CLASSES)
    return {"scikit-learn": lambda: model.partial_fit(x, y, classes=classes)}


def elementwise(name: str, dtype: str, threads: int) -> dict[str, Work]:
    """One activation of 128 x 256 numbers, forward only."""
    import numpy as np

    from snippets import activations

    x = np.random.default_rng(0).standard_normal((BATCH, 256)).astype(dtype)
    f = getattr(activations, name)
    contenders: dict[str, Work] = {"ours": lambda: f(x)}
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(threads)
        t, g = torch.from_numpy(x), getattr(torch, name, None) or getattr(torch.nn.functional, name)
        contenders["PyTorch eager"] = lambda: g(t)
    if importlib.util.find_spec("jax"):
        import jax

        keywords = {"approximate": False} if name == "gelu" else {}
        h, j = jax.jit(lambda x: getattr(jax.nn, name)(x, **keywords)), jax.numpy.array(x)
        contenders["JAX jit"] = lambda: h(j).block_until_ready()
    return contenders


def measure(contenders: dict[str, Work], options: argparse.Namespace, calls: int = 20) -> dict[str, float]:
    """Median milliseconds a call; the contenders take turns, so that a busy machine is busy for all."""
    clock = time.process_time if options.cpu else time.perf_counter
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(options.rounds + 1):
        for name, work in contenders.items():
            start = clock()
            for _ in range(calls):
                work()
            times[name].append((clock() - start) / calls * 1e3)
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def report(title: str, times: dict[str, float]) -> None:
    """One line a contender: its time and how much of it we need."""
    print(f"\n{title}")
    for name, value in times.items():
        print(f"  {name:28}{value:9.3f} ms   ours / this = {times['ours'] / value:5.2f}")


def main() -> None:
    """Run all comparisons that can be run."""
    options = parse()
    print(f"{options.threads} thread(s), batch {BATCH}, medians of {options.rounds} rounds")
    with_torch, with_jax, with_sklearn = installed("torch"), installed("jax", "optax"), installed("sklearn")
    for sizes in SIZES:
        for dtype in ("float32", "float64"):
            contenders = ours(sizes, dtype) | products(sizes, dtype)
            contenders |= torch_eager(sizes, dtype, options.threads) if with_torch else {}
            contenders |= jax_jit(sizes, dtype) if with_jax else {}
            contenders |= sklearn_mlp(sizes, dtype) if with_sklearn else {}
            report(f"training step {'-'.join(map(str, sizes))}, {dtype}", measure(contenders, options))
    for name in ELEMENTWISE:
        for dtype in ("float32", "float64"):
            report(f"{name}, {dtype}", measure(elementwise(name, dtype, options.threads), options))


if __name__ == "__main__":
    main()
