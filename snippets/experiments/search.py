"""What a search finds: small networks on few digits, at every point of a surface, at random points, on cut budgets."""

from __future__ import annotations

import functools
import math
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from snippets.activations import relu, relu_grad
from snippets.arrays import Array
from snippets.data import Split, digits, stratified_split
from snippets.experiments import Frame, Movable
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, init_params
from snippets.optimizers import Momentum
from snippets.regularization import l2
from snippets.search import (
    Choice,
    LogUniform,
    Sampler,
    Settings,
    Trial,
    Uniform,
    grid_search,
    hit_probability,
    paired_difference,
    random_search,
    random_settings,
    ranked,
    standard_error,
    successive_halving,
)
from snippets.training import predict, steps

SPACE: dict[str, Sampler] = {"lr": LogUniform(1e-4, 1.0), "decay": LogUniform(1e-6, 0.1)}
WIDE: dict[str, Sampler] = {**SPACE, "momentum": Uniform(0.0, 0.95), "units": Choice((8, 16, 32))}
BUDGETS = (1, 2, 4, 8, 16)
CELLS = 18
SEEDS = range(3)
MIDDLES = (np.arange(CELLS) + 0.5) / CELLS
LRS, DECAYS = (tuple(float(low * (high / low) ** u) for u in MIDDLES) for low, high in ((1e-4, 1.0), (1e-6, 0.1)))


@functools.cache
def data() -> tuple[Split, Split, Split]:
    """320 digits for training, a fifth of the others for validation, the rest for the test; single precision."""
    rng = np.random.default_rng(0)
    training, others = stratified_split(digits(), 320 / 1797, rng)
    validation, test = stratified_split(others, 0.2, rng)
    first, second, third = ((x.astype(np.float32), y) for x, y in (training, validation, test))
    return first, second, third


class Run(NamedTuple):
    """Validation accuracy after 1, 2, 4 … epochs, and which validation and test digits are right at the end."""

    curve: tuple[float, ...]
    validation: NDArray[np.bool_]
    test: NDArray[np.bool_]


@functools.cache
def run(
    lr: float, decay: float, momentum: float = 0.9, units: int = 16, seed: int = 0, epochs: int = BUDGETS[-1]
) -> Run:
    """Train 64-units-10 with batches of 64 and an L2 penalty; the seed draws weights and order."""
    rng = np.random.default_rng(seed)
    net = (Dense(units), Activation(relu, relu_grad), Dense(10))
    params = init_params(net, (64,), rng, dtype=np.float32)
    train, *held_out = data()
    per_epoch = -(-len(train[0]) // 64)
    training = steps(
        net,
        params,
        train,
        softmax_cross_entropy,
        Momentum(lr, momentum),
        epochs=epochs,
        batch_size=64,
        rng=rng,
        adjust=lambda g, w: g + l2(w, decay)[1],
    )

    def right(data: Split) -> NDArray[np.bool_]:
        answers: NDArray[np.bool_] = predict(net, params, data[0]).argmax(axis=1) == data[1]
        return answers

    curve = []
    with np.errstate(over="ignore", invalid="ignore"):  # some of these rates are meant to be too large
        for t, _ in enumerate(training, start=1):
            if t % per_epoch == 0 and t // per_epoch in BUDGETS:
                curve.append(float(right(held_out[0]).mean()))
        return Run(tuple(curve), right(held_out[0]), right(held_out[1]))


def validation_accuracy(settings: Settings, epochs: int = BUDGETS[-1]) -> float:
    """The score of a trial: train with these settings, then count right answers on validation digits."""
    return run(**settings, epochs=epochs).curve[-1]


# The same search anywhere


def best_of_eight(executor: Executor) -> list[Trial]:
    """Settings are drawn here, scored where the workers are, ranked here."""
    rng = np.random.default_rng(0)
    return random_search(validation_accuracy, SPACE, 8, rng, executor)


def processes(workers: int) -> Executor:
    """A pool of processes on this machine."""
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))


@contextmanager
def dask_workers(workers: int) -> Iterator[Executor]:
    """A Dask cluster on this machine; Client takes the address of another one."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


# The surface


@functools.cache
def surface() -> tuple[Array, Array]:
    """Accuracy on validation and on test digits at 18 learning rates × 18 decays × 3 seeds."""
    runs = [[[run(lr, decay, seed=seed) for seed in SEEDS] for decay in DECAYS] for lr in LRS]
    validation = np.array([[[r.validation.mean() for r in cell] for cell in row] for row in runs])
    return validation, np.array([[[r.test.mean() for r in cell] for cell in row] for row in runs])


def winners(chosen: NDArray[np.int64], seed: int) -> Array:
    """Test accuracy of the best by validation in each row of chosen cells.

    Shapes: chosen (repeats, n) -> (repeats,).
    """
    validation, test = (part[:, :, seed].ravel() for part in surface())
    best = validation[chosen].argmax(axis=1)
    return np.asarray(test[chosen[np.arange(len(chosen)), best]])


def grid_cells(k: int) -> NDArray[np.int64]:
    """The cells of every even k × k grid that fits the surface, a row each.

    Shapes: -> ((18 / k)², k²).
    """
    gap, places = CELLS // k, np.arange(k)
    return np.array(
        [[(a + gap * i) * CELLS + b + gap * j for i in places for j in places] for a in range(gap) for b in range(gap)]
    )


@functools.cache
def found_by_grid(k: int) -> Array:
    """What every k × k grid finds, for all seeds."""
    return np.concatenate([winners(grid_cells(k), seed) for seed in SEEDS])


@functools.cache
def found_at_random(n: int, repeats: int = 1000) -> Array:
    """What n random cells find, many times over, for all seeds."""
    rng = np.random.default_rng(n)
    return np.concatenate([winners(rng.integers(CELLS**2, size=(repeats, n)), seed) for seed in SEEDS])


def top_fifth() -> NDArray[np.bool_]:
    """Which cells have one of the best 20 % of test accuracies, averaged over seeds."""
    mean = surface()[1].mean(axis=2).ravel()
    return np.asarray(mean >= np.quantile(mean, 0.8))


def grid_hits(k: int) -> float:
    """The share of k × k grids with a cell in the top fifth."""
    return float(top_fifth()[grid_cells(k)].any(axis=1).mean())


def random_hits(n: int) -> float:
    """The share of searches with n random cells that have one in the top fifth, out of 4,000."""
    rng = np.random.default_rng(n)
    return float(top_fifth()[rng.integers(CELLS**2, size=(4000, n))].any(axis=1).mean())


# Random trials with four hyperparameters


@functools.cache
def pool() -> tuple[list[Settings], list[Run]]:
    """Three hundred random trials."""
    drawn = random_settings(WIDE, 300, np.random.default_rng(1))
    return drawn, [run(**settings) for settings in drawn]


def explained(name: str, bins: int = 6) -> float:
    """The share of the variance of test accuracy that lies between groups of trials with like values of one setting."""
    drawn, runs = pool()
    score = np.array([r.test.mean() for r in runs])
    values = np.array([float(settings[name]) for settings in drawn])
    levels = np.unique(values)
    edges = levels[1:] if len(levels) <= bins else np.quantile(values, np.arange(1, bins) / bins)
    group = np.searchsorted(edges, values, side="right")
    means = np.array([score[group == g].mean() for g in group])
    return float(means.var() / score.var())


@functools.cache
def found_by_wide_grid(shift: float) -> float:
    """What 3⁴ even settings find: this far into each third of the three ranges, and the three widths."""
    u = (np.arange(3) + shift) / 3
    lrs, decays, momenta = 10 ** (4 * u - 4), 10 ** (5 * u - 6), 0.95 * u
    space = {"lr": lrs.tolist(), "decay": decays.tolist(), "momentum": momenta.tolist(), "units": [8, 16, 32]}
    with ThreadPoolExecutor(1) as executor:
        best = grid_search(validation_accuracy, space, executor)[0]
    return float(run(**best.settings).test.mean())


@functools.cache
def from_pool(n: int, halving: bool, repeats: int = 2000) -> Array:
    """Test accuracy of what n random trials find, trained in full or by successive halving."""
    rng = np.random.default_rng(n)
    curves = np.array([r.curve for r in pool()[1]])
    test = np.array([r.test.mean() for r in pool()[1]])
    found = []
    for _ in range(repeats):
        left = rng.permutation(len(test))[:n]
        for rung in range(len(BUDGETS) if halving else 0):
            order = np.argsort(-curves[left, rung], kind="stable")
            left = left[order[: max(1, len(left) // 2)]]
        found.append(test[left[curves[left, -1].argmax()]])
    return np.array(found)


@functools.cache
def halved(seed: int = 0) -> list[list[Trial]]:
    """Sixteen random settings through successive halving, the budget in epochs."""
    drawn = random_settings(SPACE, 16, np.random.default_rng(seed))
    with ThreadPoolExecutor(1) as executor:
        return successive_halving(validation_accuracy, drawn, BUDGETS[0], executor)


# How far a winner can be trusted


@functools.cache
def optimism(size: int, repeats: int = 300) -> tuple[Array, Array]:
    """Score of the best of n trials on the digits that chose it and on all others, n = 1 … 200, averaged over draws.

    Shapes: -> (200,), (200,).
    """
    rng = np.random.default_rng(size)
    right = np.array([np.concatenate([r.validation, r.test]) for r in pool()[1]], dtype=float)
    seen, new = np.zeros(200), np.zeros(200)
    for _ in range(repeats):
        digit, trial = rng.permutation(right.shape[1]), rng.permutation(len(right))[:200]
        score = right[trial][:, digit[:size]].mean(axis=1)
        rest = (right[trial].sum(axis=1) - size * score) / (right.shape[1] - size)
        leader = np.array([score[: n + 1].argmax() for n in range(200)])
        seen += score[leader] / repeats
        new += rest[leader] / repeats
    return seen, new


def expected_best(p: float, size: int, n: int) -> float:
    """The mean of the best of n independent scores on `size` examples each, if all are right with probability p."""
    k = np.arange(size + 1)
    binomial = [math.comb(size, int(i)) * p**i * (1 - p) ** (size - i) for i in k]
    return float((1.0 - np.cumsum(binomial)[:-1] ** n).sum() / size)


@functools.cache
def leaders() -> list[tuple[Settings, Run, Array]]:
    """The ten best of the pool by validation: settings, run, and test accuracy of five more seeds."""
    drawn, runs = pool()
    order = np.argsort([-r.curve[-1] for r in runs], kind="stable")[:10]
    again = [[run(**drawn[i], seed=seed).test.mean() for seed in range(1, 6)] for i in order]
    return [(drawn[i], runs[i], np.array(scores)) for i, scores in zip(order, again, strict=True)]


@functools.cache
def coarse_and_fine() -> Array:
    """Test accuracy of the winner of 20 trials, of these and 20 more around it, of these and 20 more anywhere.

    Shapes: -> (5 searches, 3).
    """
    rows = []
    with ThreadPoolExecutor(1) as executor:
        for seed in range(5):
            rng = np.random.default_rng(seed)
            coarse = random_search(validation_accuracy, SPACE, 20, rng, executor)
            near = {name: LogUniform(value / 3, value * 3) for name, value in coarse[0].settings.items()}
            more = (random_search(validation_accuracy, space, 20, rng, executor) for space in (near, SPACE))
            best = [coarse[0], *(ranked([coarse[0], other[0]])[0] for other in more)]
            rows.append([run(**trial.settings).test.mean() for trial in best])
    return np.array(rows)


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """The winner on the digits that chose it and on others, for six sizes of the validation set."""
    trials = np.unique(np.geomspace(1, 200, 40).astype(int))
    frames = []
    for size in (25, 50, 100, 200, 400, 800):
        curves = tuple(np.round(100 * curve[trials - 1], 2) for curve in optimism(size))
        frames.append(Frame(str(size), curves))
    return {
        "lucky_winner": Movable(
            claim="the fewer examples choose the winner, the more its score flatters",
            slider="validation examples",
            x_label="trials",
            y_label="accuracy, %",
            x=trials.astype(float),
            series=("validation", "new digits"),
            colors=("orange", "blue"),
            frames=tuple(frames),
            start=1,
            log_x=True,
            y_limits=(85.0, 100.0),
        )
    }


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    drawn, runs = pool()
    (_, best, others), *_, (_, tenth, _) = leaders()
    fragile = min(leaders(), key=lambda leader: leader[2].min())
    apart, apart_error = paired_difference(best.validation, tenth.validation)
    apart_test, apart_test_error = paired_difference(best.test, tenth.test)
    curves = np.array([r.curve for r in runs])
    place = curves.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    lr = surface()[1][:, :12].mean(axis=(1, 2))
    grid_wide = [found_by_wide_grid(shift) for shift in (1 / 6, 1 / 2, 5 / 6)]
    coarse, fine, again = coarse_and_fine().mean(axis=0)
    seen, new = optimism(100)
    return {
        **{f"{part}_size": len(y) for part, (_, y) in zip(("training", "validation", "test"), data(), strict=True)},
        "pool": len(drawn),
        "winner_validation": best.validation.mean(),
        "winner_error": 100 * standard_error(best.validation.mean(), len(best.validation)),
        "winner_test": best.test.mean(),
        "winner_again": others.mean(),
        "fragile_validation": fragile[1].validation.mean(),
        "fragile_test": fragile[1].test.mean(),
        "fragile_low": fragile[2].min(),
        "fragile_high": fragile[2].max(),
        "fragile_place": 1 + [leader is fragile for leader in leaders()].index(True),
        "fragile_rate": fragile[0]["lr"],
        "narrow_best": max(r.test.mean() for settings, r in zip(drawn, runs, strict=True) if settings["units"] == 8),
        "leaders_low": min(leader[1].validation.mean() for leader in leaders()),
        "apart": 100 * apart,
        "apart_error": 100 * apart_error,
        "apart_test": 100 * apart_test,
        "apart_test_error": 100 * apart_test_error,
        **{f"explained_{name}": explained(name) for name in WIDE},
        "best_rate": LRS[int(lr.argmax())],
        "border": lr[np.array(LRS) < 0.01].max(),
        "summit": lr.max(),
        "useful_low": min(rate for rate, score in zip(LRS, lr, strict=True) if score > 0.85),
        "useful_high": max(rate for rate, score in zip(LRS, lr, strict=True) if score > 0.85),
        "coarse": coarse,
        "fine": fine,
        "coarse_again": again,
        "hit_9": hit_probability(9, float(top_fifth().mean())),
        "grid_hits_9": grid_hits(3),
        "random_hits_9": random_hits(9),
        "grid_mean_9": found_by_grid(3).mean(),
        "random_mean_9": found_at_random(9).mean(),
        "grid_missed_9": found_by_grid(3)[found_by_grid(3) <= 0.91].mean(),
        "random_missed_9": found_at_random(9)[found_at_random(9) <= 0.91].mean(),
        "grid_good_9": (found_by_grid(3) > 0.91).mean(),
        "random_good_9": (found_at_random(9) > 0.91).mean(),
        "wide_grid_low": min(grid_wide),
        "wide_grid_high": max(grid_wide),
        "wide_random_low": np.quantile(from_pool(81, False), 0.1),
        "wide_random_high": np.quantile(from_pool(81, False), 0.9),
        "halved_16": from_pool(16, True).mean(),
        "full_16": from_pool(16, False).mean(),
        "full_5": from_pool(5, False).mean(),
        "halved_64": from_pool(64, True).mean(),
        "full_20": from_pool(20, False).mean(),
        "rank_1": np.corrcoef(place[:, 0], place[:, -1])[0, 1],
        "rank_4": np.corrcoef(place[:, 2], place[:, -1])[0, 1],
        "seen_60": seen[59],
        "new_60": new[59],
        "gap_60": 100 * (seen[59] - new[59]),
        "gap_60_small": 100 * float(np.subtract(*optimism(25))[59]),
        "gap_60_large": 100 * float(np.subtract(*optimism(800))[59]),
        "equal_60": 100 * (expected_best(0.93, 100, 60) - 0.93),
        "bound_60": 100 * math.sqrt(2 * math.log(60)) * standard_error(0.93, 100),
        "error_100": 100 * standard_error(0.93, 100),
        "error_10000": 100 * standard_error(0.93, 10000),
        "question_hits": hit_probability(20, 0.1),
        "question_error": standard_error(0.9, 400),
    }
