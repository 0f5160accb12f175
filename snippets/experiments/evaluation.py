"""Many networks on few digits: what averaging answers or weights gains and costs, and what a confidence means."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from snippets.activations import relu, relu_grad, softmax
from snippets.arrays import Array, Labels
from snippets.augmentation import rotate, shift
from snippets.data import Split, digits
from snippets.ensembles import (
    Reliability,
    average_predictions,
    average_weights,
    calibration_error,
    fit_temperature,
    reliability,
    snapshots,
)
from snippets.experiments import Frame, Movable
from snippets.losses import soft_cross_entropy, softmax_cross_entropy
from snippets.network import Activation, Dense, Network, Params, init_params
from snippets.optimizers import Momentum, ema
from snippets.schedules import Constant, Cosine, CosineRestarts, Schedule
from snippets.search import paired_difference
from snippets.training import Data, Step, accuracy, minibatches, predict, steps

SETS, MEMBERS, SEEDS, FEW = range(6), range(10), range(5), range(3)
RATE, UPDATES, PER_EPOCH, DECAY = 0.05, 400, 10, 0.98
RATES = (0.0125, 0.025, 0.05, 0.1)
COUNTS = (1, 2, 3, 4, 5, 6, 8, 10)
SHARES = np.linspace(0.0, 1.0, 13)
TEMPERATURES = (0.5, 0.7, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0)


def network(width: int = 64) -> Network:
    """Three hidden layers of ReLU units and ten outputs."""
    return (*(Dense(width), Activation(relu, relu_grad)) * 3, Dense(10))


NET = network()


@functools.cache
def data() -> tuple[list[Split], Split, Split]:
    """Six training sets of 150 digits that share none, 300 for validation, 597 for the test."""
    x, y = digits()
    x, order = x.astype(np.float32), np.random.default_rng(0).permutation(len(y))
    parts = [(x[rows], y[rows]) for rows in np.split(order, [*range(150, 901, 150), 1200])]
    return parts[:6], parts[6], parts[7]


class Score(NamedTuple):
    """What a table of the chapter has of every method."""

    accuracy: float
    loss: float
    ece: float


def score(p: Array, labels: Labels) -> Score:
    """Accuracy, mean -log p of the right class, calibration error."""
    right = p.argmax(axis=1) == labels
    return Score(float(right.mean()), softmax_cross_entropy(np.log(p), labels)[0], calibration_error(p, labels))


def answer(params: Params, x: Array, net: Network = NET) -> Array:
    """The probabilities that a network gives, in double precision."""
    return softmax(predict(net, params, x).astype(np.float64))


def start(seed: int, net: Network = NET) -> Params:
    """Weights before the first step."""
    return init_params(net, (64,), np.random.default_rng(seed), dtype=np.float32)


def run(params: Params, train: Data, seed: int, rate: Schedule, **other: Any) -> Iterator[Step]:
    """Momentum 0.9 on batches of 15, 400 steps unless told otherwise; the seed draws their order."""
    settings: dict[str, Any] = {"net": NET, "loss": softmax_cross_entropy, "updates": UPDATES, "size": 15} | other
    net, loss, updates, size = (settings.pop(name) for name in ("net", "loss", "updates", "size"))
    epochs, rng = updates // -(-len(train[1]) // size), np.random.default_rng([1, seed])
    rule = Momentum(RATE, 0.9)
    return steps(net, params, train, loss, rule, epochs=epochs, batch_size=size, rng=rng, schedule=rate, **settings)


def finish(params: Params, updates: Iterator[Step]) -> Params:
    """The parameters after the last step."""
    for _ in updates:
        pass
    return params


# One network, five networks, and what may be said against the comparison


@functools.cache
def member(k: int, seed: int, lr: float = RATE, updates: int = UPDATES, width: int = 64) -> Params:
    """A network trained on set k by a cosine from lr to 0; the seed draws its first weights and the order of digits."""
    net, seed = network(width), 100 * k + seed
    params = start(seed, net)
    return finish(params, run(params, data()[0][k], seed, Cosine(lr, updates), net=net, updates=updates))


@functools.cache
def on_test(k: int, seed: int, lr: float = RATE) -> Array:
    """The probabilities of a member on the test digits."""
    return answer(member(k, seed, lr), data()[2][0])


def mean_score(predictions: Sequence[Array]) -> Score:
    """The scores of several networks on the test digits, averaged: what one of them is worth."""
    return Score(*np.mean([score(p, data()[2][1]) for p in predictions], axis=0))


def committee(k: int, members: Sequence[int], lr: float = RATE) -> Score:
    """These members together: the score of their averaged probabilities."""
    return score(average_predictions([on_test(k, m, lr) for m in members]), data()[2][1])


def alone(k: int) -> Array:
    """The test accuracy of each of the first five members of set k."""
    return np.array([score(on_test(k, m), data()[2][1]).accuracy for m in SEEDS])


def picked(k: int) -> float:
    """The test accuracy of the one of the five that is best on the validation digits."""
    x, y = data()[1]
    return float(alone(k)[np.argmax([score(answer(member(k, m), x), y).accuracy for m in SEEDS])])


@functools.cache
def bagged(k: int) -> list[Array]:
    """What five networks answer, each trained on its own 150 draws with replacement from set k."""
    (x, y), together = data()[0][k], []
    for seed in SEEDS:
        rows, params = np.random.default_rng([2, k, seed]).integers(0, len(y), len(y)), start(100 * k + seed)
        finish(params, run(params, (x[rows], y[rows]), 100 * k + seed, Cosine(RATE, UPDATES)))
        together.append(answer(params, data()[2][0]))
    return together


@functools.cache
def cycles(k: int, seed: int) -> list[Params]:
    """One run of 400 steps with five cosines, each from 0.1 to 0: a copy at the end of each."""
    params = start(100 * k + seed)
    restarts = CosineRestarts(2 * RATE, UPDATES // 5)
    return snapshots(run(params, data()[0][k], 100 * k + seed, restarts), params, UPDATES // 5)


class Trace(NamedTuple):
    """A run with a constant rate, epoch by epoch: its weights, their EMA, their mean over the last half."""

    last: list[Params]
    ema: list[Params]
    mean: Params


@functools.cache
def steady(k: int, seed: int) -> Trace:
    """Train at the rate 0.05 without decay and average the weights in two ways."""
    params = start(100 * k + seed)
    average, last, smooth = params.flat.copy(), [], []
    for t, _ in enumerate(run(params, data()[0][k], 100 * k + seed, Constant(RATE)), start=1):
        average = ema(average, params.flat, DECAY)
        if t % PER_EPOCH == 0:
            last.append(params.copy())
            smooth.append(params.with_flat(average.astype(np.float32)))
    return Trace(last, smooth, average_weights(last[len(last) // 2 :]))


def views(params: Params, change: Callable[..., Array], amount: float, copies: int = 10) -> Array:
    """Test-time augmentation: the mean answer to ten changed copies of every test digit."""
    x, rng = data()[2][0], np.random.default_rng(3)
    images = x.reshape(-1, 8, 8)
    return average_predictions([answer(params, change(images, rng, amount).reshape(x.shape)) for _ in range(copies)])


@functools.cache
def shifted(k: int) -> Params:
    """A network trained on digits that are moved anew in every batch, by a pixel at most."""

    def moved(train: Data, size: int, rng: np.random.Generator) -> Iterator[Data]:
        for x, y in minibatches(train, size, rng):
            yield shift(x.reshape(-1, 8, 8), rng, 1).reshape(x.shape), y

    params = start(100 * k)
    return finish(params, run(params, data()[0][k], 100 * k, Cosine(RATE, UPDATES), batches=moved))


def student(k: int, teachers: Sequence[int], everything: bool) -> Array:
    """A network that never sees a label, only the teachers' mean probabilities: for set k or for all 900 digits."""
    x = np.concatenate([part[0] for part in data()[0]]) if everything else data()[0][k][0]
    wanted = average_predictions([answer(member(k, m), x) for m in teachers])
    params, size = start(1000 + k), 90 if everything else 15
    finish(params, run(params, (x, wanted), k, Cosine(RATE, UPDATES), loss=soft_cross_entropy, size=size))
    return answer(params, data()[2][0])


@functools.cache
def methods() -> dict[str, Array]:
    """Accuracy, loss and calibration error on the test digits, a row for each training set.

    Shapes: -> each (sets, 3).
    """
    x, y = data()[2]

    def each(found: Callable[[int], Score]) -> Array:
        return np.array([found(k) for k in SETS])

    def mean(found: Callable[[int, int], Array]) -> Array:
        return each(lambda k: mean_score([found(k, seed) for seed in FEW]))

    return {
        "one": each(lambda k: mean_score([on_test(k, m) for m in MEMBERS])),
        "five": each(lambda k: committee(k, SEEDS)),
        "ten": each(lambda k: committee(k, MEMBERS)),
        "bagging": each(lambda k: score(average_predictions(bagged(k)), y)),
        "one bagged": each(lambda k: mean_score(bagged(k))),
        "longer": each(lambda k: score(answer(member(k, 0, RATE, 5 * UPDATES), x), y)),
        "wider": each(lambda k: score(answer(member(k, 0, width=164), x, network(164)), y)),
        "snapshots": mean(lambda k, s: average_predictions([answer(p, x) for p in cycles(k, s)])),
        "last cycle": mean(lambda k, s: answer(cycles(k, s)[-1], x)),
        "steady": mean(lambda k, s: answer(steady(k, s).last[-1], x)),
        "ema": mean(lambda k, s: answer(steady(k, s).ema[-1], x)),
        "swa": mean(lambda k, s: answer(steady(k, s).mean, x)),
        "weights of five": each(lambda k: score(answer(average_weights([member(k, m) for m in SEEDS]), x), y)),
        "rotated": mean(lambda k, s: views(member(k, s), rotate, 10.0)),
        "shifted": mean(lambda k, s: views(member(k, s), shift, 1)),
        "on shifted": each(lambda k: score(answer(shifted(k), x), y)),
        "on shifted, shifted": each(lambda k: score(views(shifted(k), shift, 1), y)),
        "student": each(lambda k: score(student(k, SEEDS, True), y)),
        "student, 150": each(lambda k: score(student(k, SEEDS, False), y)),
        "student of one": each(lambda k: score(student(k, (0,), True), y)),
    }


@functools.cache
def by_rate() -> dict[str, Array]:
    """Accuracy and loss of one network (a mean of five) and of five, for every learning rate and set.

    Shapes: -> each (rates, sets, 3).
    """
    one = [[mean_score([on_test(k, m, lr) for m in SEEDS]) for k in SETS] for lr in RATES]
    return {"one": np.array(one), "five": np.array([[committee(k, SEEDS, lr) for k in SETS] for lr in RATES])}


# Why more members help less and less


@functools.cache
def answers() -> Array:
    """All members' probabilities on the test digits. Shapes: -> (sets, members, digits, classes)."""
    return np.array([[on_test(k, m) for m in MEMBERS] for k in SETS])


def groups(count: int) -> Array:
    """Mean answers of as many groups of `count` members as there are without sharing any.

    Shapes: -> (sets, groups, digits, classes).
    """
    whole = len(MEMBERS) // count
    p = answers()[:, : whole * count]
    mean: Array = p.reshape(len(SETS), whole, count, *p.shape[2:]).mean(axis=2)
    return mean


def variance_of_means() -> Array:
    """Variance over the training sets of a mean of m answers, summed over classes, averaged over digits, for COUNTS."""
    return np.array([groups(m).var(axis=0, ddof=1).sum(axis=-1).mean() for m in COUNTS])


def variance_and_correlation(p: Array) -> tuple[float, float]:
    """σ² and ρ over the training sets: the variance of an answer, and the correlation of two members of a set.

    Shapes: p (sets, members, digits, classes).
    """
    p, m = p - p.mean(axis=0), p.shape[1]
    variance = float((p**2).sum(axis=(0, 3)).mean() / (len(SETS) - 1))
    of_mean = float((p.mean(axis=1) ** 2).sum(axis=(0, 2)).mean() / (len(SETS) - 1))
    return variance, (m * of_mean / variance - 1) / (m - 1)


def pair_statistics() -> tuple[float, float]:
    """σ² and ρ as two members a set show them."""
    return variance_and_correlation(answers()[:, :2])


def scores_of_groups() -> Array:
    """Accuracy, loss and calibration error of m members together. Shapes: -> (COUNTS, sets, 3)."""
    y = data()[2][1]
    return np.array([[np.mean([score(p, y) for p in groups(m)[k]], axis=0) for k in SETS] for m in COUNTS])


# Between two networks


def between(a: Params, b: Params) -> Array:
    """Test accuracy of the networks with the weights (1 - s) a + s b, for SHARES."""
    x, y = data()[2]
    nets = [a.with_flat(((1 - s) * a.flat + s * b.flat).astype(np.float32)) for s in SHARES]
    return np.array([accuracy(predict(NET, params, x), y) for params in nets])


def parted(k: int, common: int) -> list[Params]:
    """Two networks that share their first weights and so many steps, and then see the digits in different orders."""
    trunk, whole = start(100 * k), Cosine(RATE, UPDATES)
    finish(trunk, run(trunk, data()[0][k], 100 * k, whole, updates=common))
    pair = [trunk.copy(), trunk.copy()]
    for branch, seed in zip(pair, (1, 2), strict=True):
        rest: dict[str, Any] = {"rate": lambda t: whole(t + common), "updates": UPDATES - common}
        finish(branch, run(branch, data()[0][k], 1000 * seed + k, **rest))
    return pair


def shuffled(params: Params, rng: np.random.Generator) -> Params:
    """The same function with other weights: every hidden layer in another order."""
    other = params.copy()
    for layer in (0, 2, 4):
        order = rng.permutation(len(other[f"{layer}.b"]))
        other[f"{layer}.w"][...] = other[f"{layer}.w"][:, order]
        other[f"{layer}.b"][...] = other[f"{layer}.b"][order]
        other[f"{layer + 2}.w"][...] = other[f"{layer + 2}.w"][order]
    return other


@functools.cache
def paths() -> dict[str, Array]:
    """Accuracy on the way between two networks that have more and more in common. Shapes: -> each (sets, SHARES)."""
    rng = np.random.default_rng(4)
    pairs: dict[str, Callable[[int], list[Params]]] = {
        "two seeds": lambda k: [member(k, 0), member(k, 1)],
        "its own units in another order": lambda k: [member(k, 0), shuffled(member(k, 0), rng)],
        "same start": lambda k: parted(k, 0),
        "parted after 50": lambda k: parted(k, 50),
        "parted after 200": lambda k: parted(k, 200),
        "one run": lambda k: [steady(k, 0).last[len(steady(k, 0).last) // 2], steady(k, 0).last[-1]],
    }
    return {name: np.array([between(*pair(k)) for k in SETS]) for name, pair in pairs.items()}


@functools.cache
def through_training() -> dict[str, Array]:
    """Test loss after every epoch at a constant rate: of the weights, of their EMA, of their mean since epoch 20."""
    x, y = data()[2]
    traces = [steady(k, seed) for k in SETS for seed in FEW]

    def losses(nets: Callable[[Trace], list[Params]]) -> Array:
        return np.array([[score(answer(p, x), y).loss for p in nets(trace)] for trace in traces])

    def means(trace: Trace) -> list[Params]:
        half = trace.last[len(trace.last) // 2 :]
        return [average_weights(half[: n + 1]) for n in range(len(half))]

    return {"last": losses(lambda t: t.last), "ema": losses(lambda t: t.ema), "swa": losses(means)}


def agreement() -> float:
    """How often the mean weights of one run and the mean answer of the same copies name the same class."""
    x = data()[2][0]
    same = []
    for k in SETS:
        copies = steady(k, 0).last[len(steady(k, 0).last) // 2 :]
        together = average_predictions([answer(p, x) for p in copies])
        same.append((together.argmax(axis=1) == answer(steady(k, 0).mean, x).argmax(axis=1)).mean())
    return float(np.mean(same))


# What a confidence means


class Calibration(NamedTuple):
    """A temperature fitted on validation digits, and what it changes on test digits."""

    temperature: float
    before: Score
    after: Score


def cooled(p: Array, temperature: float) -> Array:
    """softmax(z/T) from probabilities: their logarithms are logits."""
    return softmax(np.log(p) / temperature)


@functools.cache
def calibrated(k: int, members: tuple[int, ...]) -> Calibration:
    """Fit the temperature of the members' mean on 300 validation digits, try it on the test digits."""
    _, (x, y), test = data()
    fitted = fit_temperature(np.log(average_predictions([answer(member(k, m), x) for m in members])), y)
    p = average_predictions([on_test(k, m) for m in members])
    return Calibration(fitted, score(p, test[1]), score(cooled(p, fitted), test[1]))


def calibrations(together: bool) -> list[Calibration]:
    """Of every set the first five members, each alone or all together."""
    return [calibrated(k, members) for k in SETS for members in ([tuple(SEEDS)] if together else [(m,) for m in SEEDS])]


def pooled(together: bool, temperature: float | None = None) -> Reliability:
    """The reliability of single networks or of five, over all sets; without a temperature, each has its fitted one."""
    p = [average_predictions([on_test(k, m) for m in SEEDS]) if together else on_test(k, m) for k, m in _pool(together)]
    fitted = [c.temperature if temperature is None else temperature for c in calibrations(together)]
    changed = np.concatenate([cooled(one, t) for one, t in zip(p, fitted, strict=True)])
    return reliability(changed, np.tile(data()[2][1], len(p)))


def _pool(together: bool) -> list[tuple[int, int]]:
    return [(k, m) for k in SETS for m in (range(1) if together else SEEDS)]


def honest_error() -> float:
    """The calibration error of networks that are honest, on as many digits: labels drawn from their own answers."""
    rng, found = np.random.default_rng(5), []
    for k in SETS:
        p = cooled(on_test(k, 0), calibrated(k, (0,)).temperature)
        drawn = (rng.random((len(p), 1)) > p.cumsum(axis=1)).sum(axis=1)
        found.append(calibration_error(p, np.minimum(drawn, 9)))
    return float(np.mean(found))


# Which digits are wrong


def confusion_matrix(labels: Labels, predicted: Labels, classes: int) -> Labels:
    """C[i, j]: how many examples of class i were taken for class j.

    Shapes: labels and predicted (N,) -> (classes, classes).
    """
    counts = np.bincount(classes * labels + predicted, minlength=classes**2)
    return counts.reshape(classes, classes)


def confusions() -> Labels:
    """All 60 single networks on the test digits. Shapes: -> (10, 10)."""
    guesses = answers().argmax(axis=-1).reshape(-1, len(data()[2][1]))
    return confusion_matrix(np.tile(data()[2][1], len(guesses)), guesses.ravel(), 10)


def confused_pairs() -> list[tuple[int, int, float]]:
    """(right, taken for, share of the right class), the most frequent first."""
    counts = confusions()
    share = counts / counts.sum(axis=1, keepdims=True) * (1 - np.eye(10))
    return [
        (int(i), int(j), float(share[i, j]))
        for i, j in zip(*np.unravel_index(share.argsort(axis=None)[::-1], share.shape), strict=True)
    ]


def votes() -> Labels:
    """How many of the 60 networks name each class. Shapes: -> (digits, 10)."""
    guesses = answers().argmax(axis=-1).reshape(-1, len(data()[2][1]))
    counts: Labels = (guesses[:, :, np.newaxis] == np.arange(10)).sum(axis=0)
    return counts


def hardest(count: int = 6) -> Labels:
    """The test digits that most networks get wrong."""
    y = data()[2][1]
    return np.argsort(votes()[np.arange(len(y)), y], kind="stable")[:count]


def paired(k: int = 0) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which test digits the five get right, and which the first of them."""
    y = data()[2][1]
    five = average_predictions([on_test(k, m) for m in SEEDS]).argmax(axis=1) == y
    one = on_test(k, 0).argmax(axis=1) == y
    return five, one


def outvoted() -> tuple[float, float]:
    """How many right answers the five together take from one of them, and how many they give it, on average."""
    y, p = data()[2][1], answers()[:, list(SEEDS)]
    one, five = p.argmax(axis=-1) == y, (p.mean(axis=1).argmax(axis=-1) == y)[:, np.newaxis]
    return float((one & ~five).sum(axis=-1).mean()), float((five & ~one).sum(axis=-1).mean())


def standard_error(share: float, n: int) -> float:
    """√(a (1 - a) / n): how far an accuracy on n examples may well be from the true one."""
    return float(np.sqrt(share * (1 - share) / n))


# What a reader can move, and the numbers that the text quotes


def movables() -> dict[str, Movable]:
    """The share of right answers against the confidence, for any temperature, of all 30 networks and of the fives."""
    frames = []
    for temperature in TEMPERATURES:
        one, five = pooled(False, temperature), pooled(True, temperature)
        centres = (np.arange(10.0) + 0.5) / 10
        curves = [np.where(r.examples >= 20, r.accuracy, np.nan).round(4) for r in (one, five)]
        gap = float((one.examples * (one.confidence - one.accuracy)).sum() / one.examples.sum())
        note = "one network is too sure" if gap > 0.01 else "one network is too modest" if gap < -0.01 else "it fits"
        frames.append(Frame(f"{temperature:g}", (*curves, centres), note))
    return {
        "temperature_moves_confidence": Movable(
            claim="one temperature makes the confidence of a network honest",
            slider="temperature T",
            x_label="confidence",
            y_label="share of right answers",
            x=centres,
            series=("one network", "five networks", "honest"),
            colors=("blue", "green", "grey"),
            frames=tuple(frames),
            start=TEMPERATURES.index(1.0),
            y_limits=(0.0, 1.0),
        )
    }


GAINS = {  # the rows of the figure of gains
    "gain_ten": "ten",
    "gain_five": "five",
    "gain_student": "student",
    "gain_bagging": "bagging",
}
REST = ("longer", "wider", "snapshots", "swa", "ema", "steady", "rotated", "on shifted, shifted")
TABLE = ("one", "five", "ten", "bagging", "longer", "wider", "snapshots", "steady", "ema", "swa", "rotated", "student")


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    m, bags = methods(), np.array([bagged(k) for k in SETS])
    mean = {name: Score(*scores.mean(axis=0)) for name, scores in m.items()}
    gain = m["five"][:, 0] - m["one"][:, 0]
    five_alone = np.array([alone(k) for k in SETS])
    one, five = (by_rate()[name][:, :, 0].mean(axis=1) for name in ("one", "five"))
    variance, rho = pair_statistics()
    of_five, (of_bagged, bagged_rho) = (variance_and_correlation(p) for p in (answers()[:, list(SEEDS)], bags))
    middle = {name: float(path[:, len(SHARES) // 2].mean()) for name, path in paths().items()}
    single, together, raw = calibrations(False), calibrations(True), pooled(False, 1.0)
    vote, first = paired()
    paired_gain, paired_error = paired_difference(vote, first)
    down, up = outvoted()
    tests = len(data()[2][1])
    points = {name: 100 * (scores.accuracy - mean["one"].accuracy) for name, scores in mean.items()}
    pairs = confused_pairs()
    right = votes()[np.arange(tests), data()[2][1]]
    return {
        **{f"{name}_accuracy": mean[name].accuracy for name in TABLE},
        **{f"{name}_loss": mean[name].loss for name in TABLE},
        **{f"{name}_ece": mean[name].ece for name in TABLE},
        **{fact: points[name] for fact, name in GAINS.items()},
        "gain_rest_least": min(points[name] for name in REST),
        "gain_rest_most": max(points[name] for name in REST),
        "least_gain": 100 * gain.min(),
        "most_gain": 100 * gain.max(),
        "fewer_errors": 1 - (1 - mean["five"].accuracy) / (1 - mean["one"].accuracy),
        "above_best": int((m["five"][:, 0] > five_alone.max(axis=1)).sum()),
        "voted_down": down,
        "voted_up": up,
        "seed_span": 100 * float(np.ptp(five_alone, axis=1).max()),
        "picked": float(np.mean([picked(k) for k in SETS])),
        "best_rate": RATES[int(one.argmax())],
        "best_rate_one": one.max(),
        "best_rate_five": five[int(one.argmax())],
        "large_rate_one": one[-1],
        "large_rate_five": five[-1],
        "rho": rho,
        "bagged_rho": bagged_rho,
        "bagged_variance": of_bagged / of_five[0],
        "bagged_one": mean["one bagged"].accuracy,
        "ten_predicted": rho + (1 - rho) / 10,
        "ten_measured": variance_of_means()[-1] / variance,
        "weights_of_five": mean["weights of five"].accuracy,
        "two_seeds": middle["two seeds"],
        "own_units": middle["its own units in another order"],
        "same_start": middle["same start"],
        "same_start_end": float(paths()["same start"][:, [0, -1]].mean()),
        "one_run_start": float(paths()["one run"][:, 0].mean()),
        "one_run_end": float(paths()["one run"][:, -1].mean()),
        "one_run": middle["one run"],
        "agreement": agreement(),
        "ema_least_loss": float(through_training()["ema"].mean(axis=0).min()),
        "last_cycle": mean["last cycle"].accuracy,
        "shifted": mean["shifted"].accuracy,
        "on_shifted": mean["on shifted"].accuracy,
        "on_shifted_shifted": mean["on shifted, shifted"].accuracy,
        "on_shifted_ece": mean["on shifted"].ece,
        "on_shifted_shifted_ece": mean["on shifted, shifted"].ece,
        "student_150": mean["student, 150"].accuracy,
        "student_of_one": mean["student of one"].accuracy,
        "temperature": float(np.mean([c.temperature for c in single])),
        "temperature_least": min(c.temperature for c in single),
        "temperature_most": max(c.temperature for c in single),
        "alone_ece": float(np.mean([c.before.ece for c in single])),
        "alone_ece_after": float(np.mean([c.after.ece for c in single])),
        "alone_loss": float(np.mean([c.before.loss for c in single])),
        "alone_loss_after": float(np.mean([c.after.loss for c in single])),
        "together_temperature": float(np.mean([c.temperature for c in together])),
        "together_ece": float(np.mean([c.before.ece for c in together])),
        "together_ece_after": float(np.mean([c.after.ece for c in together])),
        "together_loss_after": float(np.mean([c.after.loss for c in together])),
        "honest_ece": honest_error(),
        "bin_confidence": raw.confidence[8],
        "bin_accuracy": raw.accuracy[8],
        "tests": tests,
        "only_five": int((vote & ~first).sum()),
        "only_one": int((first & ~vote).sum()),
        "paired_gain": 100 * paired_gain,
        "paired_error": 100 * paired_error,
        "one_error": 100 * standard_error(mean["one"].accuracy, tests),
        "pair_right": pairs[0][0],
        "pair_taken": pairs[0][1],
        "pair_share": pairs[0][2],
        "second_right": pairs[1][0],
        "second_taken": pairs[1][1],
        "second_share": pairs[1][2],
        "always_right": float((right == 60).mean()),
        "hard_right": int(data()[2][1][hardest()[0]]),
        "hard_taken": int(votes()[hardest()[0]].argmax()),
        "hard_votes": int(votes()[hardest()[0]].max()),
        "mostly_wrong": int((right < 30).sum()),
        "mostly_wrong_share": float((60 - right[right < 30]).sum() / (60 - right).sum()),
        "question_error": paired_difference(np.arange(400) < 18, np.arange(400) >= 398)[1],
        "question_ece": calibration_error(np.array([[0.9, 0.1]] * 6 + [[0.3, 0.7]] * 4), np.array([0] * 3 + [1] * 7)),
        "question_temperature": fit_temperature(np.array([[1.0, -1.0]] * 10), np.array([0] * 8 + [1] * 2)),
    }
