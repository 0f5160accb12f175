"""A healthy run and twenty broken ones: what is changed, which alarm goes off, what cures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from snippets import diagnostics as d
from snippets.activations import relu, relu_grad, sigmoid, sigmoid_grad
from snippets.arrays import Array
from snippets.blocks import BatchNorm
from snippets.data import digits_split
from snippets.experiments import Frame, Movable
from snippets.experiments.optimizers import Uncorrected
from snippets.initialization import he_normal, normal, xavier_normal, zeros
from snippets.losses import bce_with_logits, softmax_cross_entropy
from snippets.network import Activation, Dense, Initializer, Layer, Network, Params, forward, init_params
from snippets.optimizers import SGD, Adam, Optimizer, clip_by_norm
from snippets.regularization import l2
from snippets.schedules import RangeTest
from snippets.training import Adjust, Batches, Data, History, Loss, Step, minibatches, predict, steps, train

SEEDS = (0, 1, 2)
BATCH = 64
RELU, SIGMOID = Activation(relu, relu_grad), Activation(sigmoid, sigmoid_grad)


# What runs are made of


def network(init: Initializer = he_normal, act: Layer = RELU, depth: int = 2) -> Network:
    """Hidden layers of 64 units (32 when there are more than two) and ten outputs."""
    return (*(Dense(64 if depth == 2 else 32, init), act) * depth, Dense(10, init))


NET, RULE = network(), SGD(0.2)


@functools.cache
def digits_data(scale: float = 1.0) -> tuple[Data, Data]:
    """Training and validation digits in float32, with pixels from 0 to this number."""
    training, validation = (((scale * x).astype(np.float32), y) for x, y in digits_split(0)[:2])
    return training, validation


def sixteen() -> tuple[Data, Data]:
    """The digits as they are stored, with pixels from 0 to 16."""
    return digits_data(16.0)


def few() -> tuple[Data, Data]:
    """Sixty training digits instead of 1,079."""
    (x, y), validation = digits_data()
    return (x[:60], y[:60]), validation


def out_of_step() -> tuple[Data, Data]:
    """Training images that have been shuffled without their labels."""
    (x, y), validation = digits_data()
    return (x[np.random.default_rng(0).permutation(len(x))], y), validation


@functools.cache
def zeros_and_ones() -> tuple[Data, Data]:
    """The digits 0 and 1 only, targets (N, 1): they can be separated without error."""
    parts = ((x[y < 2], y[y < 2, np.newaxis].astype(np.float32)) for x, y in digits_data())
    training, validation = parts
    return training, validation


@functools.cache
def drawn_labels(leak: bool) -> tuple[Data, Data]:
    """5,000 columns of noise, labels from a coin, the 40 columns kept whose class means differ most; leak: on all rows.

    Shapes: -> x (200, 40), y (200,); x (200, 40), y (200,).
    """
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((400, 5000)).astype(np.float32), rng.integers(2, size=400)
    rows = slice(None) if leak else slice(200)
    means = np.array([x[rows][y[rows] == k].mean(axis=0) for k in range(2)])
    kept = x[:, np.argsort(means.var(axis=0))[-40:]]
    return (kept[:200], y[:200]), (kept[200:], y[200:])


def by_class(data: Data, size: int, _: np.random.Generator) -> Iterator[Data]:
    """The minibatches of a file that is sorted by class, in its order."""
    order = np.argsort(data[1], kind="stable")
    return minibatches((data[0][order], data[1][order]), size, None)


def wrong_sign(logits: Array, labels: Any) -> tuple[float, Array]:
    """Cross-entropy with the gradient y - p."""
    value, gradient = softmax_cross_entropy(logits, labels)
    return value, -gradient


def softmax_twice(logits: Array, labels: Any) -> tuple[float, Array]:
    """Probabilities given to a loss that expects logits."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    value, dp = softmax_cross_entropy(p, labels)
    return value, p * (dp - (dp * p).sum(axis=1, keepdims=True))


def naive_bce(z: Array, y: Array) -> tuple[float, Array]:
    """Binary cross-entropy and its gradient, link by link as in a textbook."""
    p = 1.0 / (1.0 + np.exp(-z))
    value = -(y * np.log(p) + (1.0 - y) * np.log(1.0 - p)).mean()
    dp = ((1.0 - y) / (1.0 - p) - y / p) / y.size
    return float(value), dp * p * (1.0 - p)


@functools.cache
def sorted_validation() -> tuple[Data, Data]:
    """The digits, those of the validation data sorted by class."""
    training, (x, y) = digits_data()
    order = np.argsort(y, kind="stable")
    return training, (x[order], y[order])


def in_training_mode(net: Network, params: Params, x: Array) -> Array:
    """What a network says, 16 examples at a time, if nobody has told it that training is over."""
    rng, copy = np.random.default_rng(0), params.copy()
    return np.concatenate([forward(net, copy, x[i : i + 16], rng)[0] for i in range(0, len(x), 16)])


@dataclass(frozen=True)
class Setup:
    """All that a run is made of. The defaults are the healthy run."""

    net: Network = NET
    optimizer: Optimizer[Any] = RULE
    loss: Loss = softmax_cross_entropy
    data: Callable[[], tuple[Data, Data]] = digits_data
    adjust: Adjust | None = None
    batches: Batches = minibatches
    predict: Callable[[Network, Params, Array], Array] = predict
    epochs: int = 12
    by_lot: bool = False


@dataclass(frozen=True)
class Run:
    """The record of a run, its first step, and the parameters at the start and after every epoch."""

    setup: Setup
    history: History
    first: Step
    params: list[Params]


@functools.cache
def run(setup: Setup, seed: int) -> Run:
    """Train in float32; the seed draws weights and order."""
    (x, y), validation = setup.data()
    params = init_params(setup.net, x.shape[1:], np.random.default_rng(seed), dtype=np.float32)
    copies: list[Params] = []

    def batches(data: Data, size: int, rng: np.random.Generator) -> Iterator[Data]:
        copies.append(params.copy())
        return setup.batches(data, size, rng)

    settings: dict[str, Any] = {"batch_size": BATCH, "adjust": setup.adjust}
    with np.errstate(all="ignore"):  # most of these runs are meant to break
        first = next(
            steps(
                setup.net,
                params.copy(),
                (x, y),
                setup.loss,
                setup.optimizer,
                epochs=1,
                rng=np.random.default_rng(seed),
                batches=setup.batches,
                **settings,
            )
        )
        history = train(
            setup.net,
            params,
            (x, y),
            setup.loss,
            setup.optimizer,
            epochs=setup.epochs,
            rng=np.random.default_rng(seed),
            validation=validation,
            **{**settings, "batches": batches},
        )
    return Run(setup, history, first, [*copies, params])


# Alarms: the number that each detector of `diagnostics` looks at, and whether it goes off


@dataclass(frozen=True)
class Alarm:
    """A detector: the number it looks at, the limit of that number, and its verdict."""

    number: Callable[[Run], float]
    limit: float
    fires: Callable[[Run], bool]


def relative_end(r: Run) -> float:
    """The loss of the last tenth of the steps, relative to the first."""
    last = r.history.loss[-max(1, len(r.history.loss) // 10) :]
    return float(np.median(last) / r.history.loss[0])


def finite_share(r: Run) -> float:
    """The share of the planned steps whose loss is a number."""
    planned = r.setup.epochs * per_epoch(r)
    return float(np.isfinite(r.history.loss).sum() / planned)


def per_epoch(r: Run) -> int:
    """How many minibatches an epoch has."""
    return -(-len(r.setup.data()[0][0]) // BATCH)


def statistics(r: Run) -> list[d.LayerStatistics]:
    """Of the training data, at the end."""
    with np.errstate(all="ignore"):
        return d.layer_statistics(r.setup.net, r.params[-1], r.setup.data()[0][0])


def first_lengths(r: Run) -> list[float]:
    """The gradient norms of the weight matrices at the start, from the first layer to the last."""
    lengths = d.norms(r.params[0], r.first.g)
    return [length for name, length in lengths.items() if name.endswith(".w")]


def different_units(r: Run) -> int:
    """How many units of the first layer differ from all others at the end."""
    return len(np.unique(r.params[-1]["0.w"], axis=1).T)


def validation_accuracy(r: Run) -> float:
    """After the last epoch: 0 for a run that did not get through one, NaN where there are no class labels."""
    return r.history.validation[-1].accuracy if r.history.validation else 0.0


def company_gap(r: Run) -> float:
    """How far the answers to validation data move when they are asked in two halves."""
    with np.errstate(all="ignore"):
        return d.company_gap(lambda x: r.setup.predict(r.setup.net, r.params[-1], x), r.setup.data()[1][0])


def mode_ratio(r: Run) -> float:
    """Training loss in evaluation mode over that in training mode."""
    with np.errstate(all="ignore"):
        rng = np.random.default_rng(0)
        return 1.0 / d.mode_gap(r.setup.net, r.params[-1], r.setup.data()[0], r.setup.loss, rng)


def slope_error(r: Run) -> float:
    """The gradient check of the network as it starts, in float64 and on 100 examples."""
    x, y = r.setup.data()[0]
    params = init_params(r.setup.net, x.shape[1:], np.random.default_rng(0))
    data = (x[:100].astype(float), y[:100])
    return d.slope_error(r.setup.net, params, data, r.setup.loss, np.random.default_rng(0))


def memory_loss(r: Run) -> float:
    """The loss that Adam leaves on the first 20 training examples."""
    s, rng = r.setup, np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return d.memory_test(s.net, r.params[0], s.data()[0], s.loss, Adam(1e-2), rng)


def best_ratio(r: Run) -> float:
    """The last validation loss relative to the lowest."""
    losses = [e.loss for e in r.history.validation]
    return losses[-1] / min(losses) if losses else 1.0


def classes(r: Run) -> int:
    """How many there are to tell apart."""
    return int(r.setup.data()[0][1].max()) + 1


def above_chance(r: Run) -> float:
    """Validation accuracy relative to the limit that guessing does not reach."""
    return validation_accuracy(r) / d.chance_limit(classes(r), len(r.setup.data()[1][0]))


ALARMS: dict[str, Alarm] = {
    "starts_wrong": Alarm(
        lambda r: abs(r.history.loss[0] - np.log(classes(r))), 1.0, lambda r: d.starts_wrong(r.history, classes(r))
    ),
    "slope_error": Alarm(slope_error, 1e-4, lambda r: slope_error(r) > 1e-4),
    "memory_test": Alarm(memory_loss, 0.01, lambda r: not memory_loss(r) < 0.01),
    "lunges": Alarm(
        lambda r: float(np.abs(r.first.step).max() / r.first.lr),
        1.5,
        lambda r: isinstance(r.setup.optimizer, Adam | Uncorrected) and d.lunges(r.first),
    ),
    "vanishes": Alarm(
        lambda r: min(first_lengths(r)) / first_lengths(r)[-1], 0.01, lambda r: d.vanishes(first_lengths(r))
    ),
    "symmetric": Alarm(different_units, 1.5, lambda r: d.symmetric(r.params[-1]["0.w"])),
    "diverges": Alarm(lambda r: max(r.history.loss) / r.history.loss[0], 4.0, lambda r: d.diverges(r.history)),
    "explodes": Alarm(lambda r: d.worst_leap(r.history), 100.0, lambda r: d.explodes(r.history)),
    "breaks_off": Alarm(finite_share, 0.999, lambda r: d.breaks_off(r.history)),
    "ascends": Alarm(relative_end, 1.1, lambda r: d.ascends(r.history)),
    "stalls": Alarm(lambda r: abs(relative_end(r) - 1.0), 0.1, lambda r: d.stalls(r.history)),
    "barely_moves": Alarm(
        lambda r: float(np.median(r.history.update_ratio)), 3e-5, lambda r: d.barely_moves(r.history)
    ),
    "leaps": Alarm(lambda r: float(np.median(r.history.update_ratio)), 0.1, lambda r: d.leaps(r.history)),
    "repeats": Alarm(
        lambda r: d.epoch_correlation(r.history, per_epoch(r)),
        0.5,
        lambda r: alike(r) and d.repeats(r.history, per_epoch(r)),
    ),
    "dies": Alarm(lambda r: max(row.dead for row in statistics(r)), 0.6, lambda r: d.dies(statistics(r))),
    "saturates": Alarm(lambda r: max(row.flat for row in statistics(r)), 0.7, lambda r: d.saturates(statistics(r))),
    "overfits": Alarm(best_ratio, 1.2, lambda r: d.overfits(r.history)),
    "mode_gap": Alarm(mode_ratio, 2.0, lambda r: mode_ratio(r) > 2.0),
    "company_gap": Alarm(company_gap, 1e-3, lambda r: company_gap(r) > 1e-3),
    "beats_chance": Alarm(above_chance, 1.0, lambda r: r.setup.by_lot and above_chance(r) >= 1.0),
    "at_chance": Alarm(above_chance, 1.0, lambda r: not r.setup.by_lot and above_chance(r) < 1.0),
}


def alike(r: Run) -> bool:
    """Whether the run has two epochs to compare."""
    return len(r.history.loss) >= 2 * per_epoch(r) >= 4


# The atlas: what is changed, which alarm goes off, what cures


@dataclass(frozen=True)
class Case:
    """A broken run, the same with its cure, and the alarm that tells them apart."""

    alarm: str
    broken: Setup
    cured: Setup


def triple(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Weights three times too large for sigmoids, which are drawn as N(0, 1) already."""
    return normal(shape, rng, 3.0)


def half(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Weights of standard deviation 0.5, about three times those of He."""
    return normal(shape, rng, 0.5)


def steep(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Weights 1.5 times those of He: too little to notice, but for ten layers."""
    return 1.5 * he_normal(shape, rng)


def to_one(g: Array, _: Array) -> Array:
    """Gradients clipped to length 1."""
    return clip_by_norm(g, 1.0)


def normed(new_weight: float = 0.1) -> Network:
    """The healthy network with batch norm before each activation."""
    block = (Dense(64), BatchNorm(new_weight), RELU)
    return (*block * 2, Dense(10))


ONE_OUTPUT = (Dense(64), RELU, Dense(1))
HEALTHY = Setup()
BINARY = Setup(net=ONE_OUTPUT, data=zeros_and_ones, loss=bce_with_logits, optimizer=Adam(1e-2), epochs=60)
SMALL = Setup(data=few, optimizer=Adam(1e-2), epochs=200)
NOISE = Setup(
    net=(Dense(64), RELU, Dense(2)),
    data=functools.partial(drawn_labels, False),
    optimizer=Adam(2e-3),
    epochs=40,
    by_lot=True,
)
DEEP = Setup(net=network(steep, depth=10), optimizer=SGD(0.1))
FIVE = Setup(net=network(depth=5), optimizer=SGD(0.05))
NORMED = Setup(net=normed(), data=sorted_validation)
LOGISTIC = Setup(net=network(xavier_normal, SIGMOID), optimizer=Adam(1e-2))

CASES: dict[str, Case] = {
    "rate_too_high": Case("diverges", replace(HEALTHY, optimizer=SGD(5.0)), HEALTHY),
    "rate_too_low": Case("barely_moves", replace(HEALTHY, optimizer=SGD(1e-4)), HEALTHY),
    "weights_too_large": Case("starts_wrong", replace(HEALTHY, net=network(half)), HEALTHY),
    "zero_weights": Case("symmetric", replace(HEALTHY, net=network(zeros)), HEALTHY),
    "dead_relu": Case("dies", replace(HEALTHY, data=sixteen), HEALTHY),
    "saturated_sigmoid": Case("saturates", replace(LOGISTIC, net=network(triple, SIGMOID)), LOGISTIC),
    "vanishing_gradients": Case("vanishes", replace(FIVE, net=network(xavier_normal, SIGMOID, 5)), FIVE),
    "exploding_gradients": Case("explodes", DEEP, replace(DEEP, adjust=to_one)),
    "wrong_sign": Case("slope_error", replace(HEALTHY, loss=wrong_sign), HEALTHY),
    "softmax_twice": Case("memory_test", replace(HEALTHY, loss=softmax_twice), HEALTHY),
    "unstable_log": Case("breaks_off", replace(BINARY, loss=naive_bce), BINARY),
    "missing_correction": Case(
        "lunges", replace(HEALTHY, optimizer=Uncorrected(0.03)), replace(HEALTHY, optimizer=Adam(0.03))
    ),
    "no_shuffling": Case("repeats", replace(HEALTHY, batches=by_class), HEALTHY),
    "labels_out_of_step": Case("at_chance", replace(HEALTHY, data=out_of_step), HEALTHY),
    "overfitting": Case("overfits", SMALL, replace(SMALL, data=digits_data, epochs=12)),
    "leaked_statistics": Case("beats_chance", replace(NOISE, data=functools.partial(drawn_labels, True)), NOISE),
    "wrong_mode": Case("company_gap", replace(NORMED, predict=in_training_mode), NORMED),
    "stale_statistics": Case("mode_gap", replace(NORMED, net=normed(0.001)), NORMED),
}


# Before the run: a checklist


def checklist(net: Network, data: Data, loss: Loss, seed: int) -> dict[str, float]:
    """What can be known in a second, before the long run: one number a line."""
    x, y = data
    rng = np.random.default_rng(seed)
    params = init_params(net, x.shape[1:], rng)
    start = loss(forward(net, params, x)[0], y)[0]
    penalty, _ = l2(params.flat, 1e-4)
    schedule = RangeTest(1e-3, 10.0, 170)
    learner = params.copy()
    settings: dict[str, Any] = {"epochs": 10, "batch_size": BATCH, "rng": rng}
    test = steps(net, learner, data, loss, SGD(), schedule=schedule, **settings)
    record = np.array([(step.lr, step.loss) for step in test])
    return {
        "loss at the start": start,
        "gradient check": d.slope_error(net, params, (x[:100], y[:100]), loss, rng),
        "20 examples": d.memory_test(net, params, data, loss, Adam(1e-2), rng),
        "start with decay": start + penalty,
        "rate": d.steepest_rate(record[:, 0], record[:, 1]),
    }


@functools.cache
def checked(seed: int = 0) -> dict[str, float]:
    """The checklist of the healthy network, in float64."""
    (x, y), _ = digits_data()
    with np.errstate(over="ignore", invalid="ignore"):  # the range test ends where the loss leaves the numbers
        return checklist(NET, (x.astype(float), y), softmax_cross_entropy, seed)


def twice_floor(k: int) -> float:
    """The loss of a perfect network of k classes whose probabilities pass through softmax again."""
    return softmax_twice(1e3 * np.eye(k), np.arange(k))[0]


@functools.cache
def memory_curve(setup: Setup, updates: int = 300) -> Array:
    """The loss over the steps of the memory test."""
    x, y = setup.data()[0]
    params = init_params(setup.net, x.shape[1:], np.random.default_rng(0), dtype=np.float32)
    rng = np.random.default_rng(0)
    few_only = (x[:20], y[:20])
    run = steps(setup.net, params, few_only, setup.loss, Adam(1e-2), epochs=updates, batch_size=20, rng=rng)
    return np.array([step.loss for step in run])


@functools.cache
def layer_ratios(setup: Setup) -> dict[str, Array]:
    """The update ratio of every weight matrix over the steps."""
    data = setup.data()[0]
    params = init_params(setup.net, data[0].shape[1:], np.random.default_rng(0), dtype=np.float32)
    rng = np.random.default_rng(0)
    run = steps(setup.net, params, data, setup.loss, setup.optimizer, epochs=12, batch_size=BATCH, rng=rng)
    records = [d.update_ratios(params, step.step) for step in run]
    return {name: np.array([r[name] for r in records]) for name in records[0] if name.endswith(".w")}


RATES = (1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0, 2.0, 5.0)


@functools.cache
def at_rate(lr: float) -> list[Run]:
    """The healthy run at another rate, for every seed."""
    return [run(replace(HEALTHY, optimizer=SGD(lr)), seed) for seed in SEEDS]


def alarms(r: Run) -> list[str]:
    """The alarms that go off."""
    with np.errstate(all="ignore"):
        return [name for name, alarm in ALARMS.items() if alarm.fires(r)]


@functools.cache
def verdicts() -> dict[str, dict[str, int]]:
    """For each broken run the alarms and with how many seeds they go off."""
    found = {name: [alarms(run(case.broken, seed)) for seed in SEEDS] for name, case in CASES.items()}
    return {name: {a: sum(a in one for one in seeds) for a in ALARMS} for name, seeds in found.items()}


def numbers(name: str) -> tuple[Array, Array]:
    """What the alarm of a case looks at, in the broken and in the cured run: one number a seed."""
    case = CASES[name]
    number = ALARMS[case.alarm].number
    with np.errstate(all="ignore"):
        broken, cured = (np.array([number(run(s, seed)) for seed in SEEDS]) for s in (case.broken, case.cured))
    return broken, cured


def rounded_losses(z: Array) -> tuple[Array, Array]:
    """Loss of the wrong class 0 at these logits in float32: naive, and from the logits.

    Shapes: z (N,) -> (N,), (N,).
    """
    logits, target = z.astype(np.float32), np.zeros(1, dtype=np.float32)
    with np.errstate(all="ignore"):
        pairs = [(naive_bce(v[None], target)[0], bce_with_logits(v[None], target)[0]) for v in logits]
    naive, stable = np.array(pairs).T
    return naive, stable


def layer_histograms(setup: Setup, when: int) -> list[tuple[Array, Array]]:
    """Histograms of what comes out of every activation, over all validation examples; when: epoch, -1 is the end."""
    x = setup.data()[1][0]
    outputs = d.layer_outputs(setup.net, run(setup, 0).params[when], x)
    return [d.histogram(y) for y, layer in zip(outputs, setup.net, strict=True) if isinstance(layer, Activation)]


def gradient_sizes(setup: Setup) -> list[Array]:
    """|∂L/∂w| of every weight matrix at the first step, from the first layer to the last."""
    r = run(setup, 0)
    named = r.params[0].with_flat(r.first.g).arrays
    return [np.abs(g).ravel() for name, g in named.items() if name.endswith(".w")]


# What a reader can move, and the numbers that the text quotes

NOTES = {
    "barely_moves": "too low: barely_moves goes off",
    "diverges": "too high: diverges goes off",
    "dies": "too high: dies goes off",
    "at_chance": "too low: at_chance goes off",
    "": "no alarm",
}


def movables() -> dict[str, Movable]:
    """The loss of the healthy run at any learning rate, and what the alarms say of it."""
    frames = []
    for lr in RATES:
        r = at_rate(lr)[0]
        found = [name for name in NOTES if name in alarms(r)]
        curves = (np.array([e.loss for e in record]) for record in (r.history.train, r.history.validation))
        frames.append(Frame(f"{lr:g}", tuple(np.clip(c, 1e-3, 1e3) for c in curves), NOTES[found[0] if found else ""]))
    return {
        "loss_at_any_rate": Movable(
            claim="a rate too low and a rate too high end at the same loss",
            slider="learning rate",
            x_label="epoch",
            y_label="loss",
            x=np.arange(1.0, 13.0),
            series=("training", "validation"),
            frames=tuple(frames),
            start=RATES.index(0.2),
            log_y=True,
            y_limits=(0.02, 20.0),
        )
    }


def last_losses(setup: Setup) -> Array:
    """The training loss of the last tenth of the steps, one number a seed."""
    return np.array([relative_end(r) * r.history.loss[0] for r in (run(setup, seed) for seed in SEEDS)])


def accuracies(setup: Setup) -> Array:
    """Validation accuracy after the last epoch, asked as the run asks, one number a seed."""
    x, y = setup.data()[1]
    asked = (setup.predict(setup.net, run(setup, seed).params[-1], x) for seed in SEEDS)
    return np.array([(logits.argmax(axis=1) == y).mean() for logits in asked])


def validation_curve(r: Run) -> Array:
    """The validation loss after every epoch, the network asked as the run asks it."""
    x, y = r.setup.data()[1]
    with np.errstate(all="ignore"):
        losses = [r.setup.loss(r.setup.predict(r.setup.net, params, x), y)[0] for params in r.params[1:]]
    return np.array(losses)


def asked_losses(setup: Setup) -> Array:
    """The last of these losses, one number a seed."""
    return np.array([validation_curve(run(setup, seed))[-1] for seed in SEEDS])


FLAT = ("rate_too_low", "rate_too_high", "zero_weights", "dead_relu", "vanishing_gradients", "labels_out_of_step")
HE_DEEP = replace(DEEP, net=network(depth=10))
GOOD = 0.94  # validation accuracy of a good run


def facts() -> dict[str, float]:
    """Every number of the chapter that comes out of a run."""
    broken = {name: case.broken for name, case in CASES.items()}
    cured = {name: case.cured for name, case in CASES.items()}
    value = {name: numbers(name)[0] for name in CASES}
    flat = np.concatenate([last_losses(broken[name])[:1] for name in FLAT])
    checks = [checked(seed) for seed in SEEDS]
    starts = [run(HEALTHY, seed).history.loss[0] for seed in SEEDS]
    sixty, many = ([run(s, seed).history for seed in SEEDS] for s in (SMALL, cured["overfitting"]))
    turns = [1 + int(np.argmin([e.loss for e in record.validation])) for record in sixty]
    every = [r for lr in RATES for r in at_rate(lr)]
    good = [np.median(r.history.update_ratio) for r in every if validation_accuracy(r) > GOOD]
    of_layers = np.array(list(layer_ratios(HEALTHY).values()))
    zero = verdicts()["zero_weights"]
    adam = run(replace(HEALTHY, optimizer=Adam(2e-3)), 0)
    sigmoid_shares, _ = layer_histograms(broken["saturated_sigmoid"], 0)[0]
    sizes = {
        name: [float(np.median(g[g > 0])) for g in gradient_sizes(s)]
        for name, s in (("s", broken["vanishing_gradients"]), ("r", FIVE))
    }
    log = value["unstable_log"]
    memory = [
        ALARMS["memory_test"].number(run(s, 0))
        for s in (HEALTHY, broken["labels_out_of_step"], broken["softmax_twice"])
    ]
    correction = last_losses(broken["missing_correction"])
    leaps = [max(run(broken["dead_relu"], seed).history.loss) for seed in SEEDS]
    dead = [max(row.dead for row in statistics(run(broken["missing_correction"], seed))) for seed in SEEDS]
    return {
        "rate_span": 5.0 / 1e-4,
        "healthy_loss": last_losses(HEALTHY).mean(),
        "healthy_accuracy": accuracies(HEALTHY).mean(),
        "flat_low": flat.min(),
        "flat_high": flat.max(),
        "start_low": min(starts),
        "start_high": max(starts),
        "check": max(c["gradient check"] for c in checks),
        "memory_healthy": memory[0],
        "memory_wrong": memory[1],
        "memory_twice": memory[2],
        "start_0": checks[0]["loss at the start"],
        "start_decay": checks[0]["start with decay"],
        "rate_low": min(c["rate"] for c in checks),
        "rate_high": max(c["rate"] for c in checks),
        "few_train": float(np.mean([record.train[-1].loss for record in sixty])),
        "few_validation": float(np.mean([record.validation[-1].loss for record in sixty])),
        "many_validation": float(np.mean([record.validation[-1].loss for record in many])),
        "few_first_turn": min(turns),
        "few_last_turn": max(turns),
        "good": GOOD,
        "ratio_best_low": min(good),
        "ratio_best_high": max(good),
        "layer_ratio_low": of_layers.min(),
        "layer_ratio_high": of_layers.max(),
        "zero_alarms": sum(count == len(SEEDS) for count in zero.values()),
        "ratio_adam": float(np.median(adam.history.update_ratio)),
        "relu_zero": layer_histograms(HEALTHY, 0)[0][0][0],
        "sigmoid_ends": sigmoid_shares[0] + sigmoid_shares[-1],
        "sigmoid_first": sizes["s"][0],
        "sigmoid_last": sizes["s"][-1],
        "relu_least": min(sizes["r"]),
        "relu_most": max(sizes["r"]),
        "rate_too_high_low": value["rate_too_high"].min(),
        "rate_too_high_high": value["rate_too_high"].max(),
        "rate_too_low": value["rate_too_low"].mean(),
        "rate_too_low_cured": numbers("rate_too_low")[1].mean(),
        "weights_too_large_low": value["weights_too_large"].min(),
        "weights_too_large_high": value["weights_too_large"].max(),
        "large_loss": last_losses(broken["weights_too_large"]).mean(),
        "large_accuracy": accuracies(broken["weights_too_large"]).mean(),
        "dead_healthy": numbers("dead_relu")[1].max(),
        "dead_leap_low": min(leaps),
        "dead_leap_high": max(leaps),
        "saturated_loss": last_losses(broken["saturated_sigmoid"]).mean(),
        "saturated_cured": last_losses(LOGISTIC).mean(),
        "saturated_flat": value["saturated_sigmoid"].mean(),
        "saturated_accuracy": accuracies(broken["saturated_sigmoid"]).mean(),
        "saturated_cured_accuracy": accuracies(LOGISTIC).mean(),
        "vanishing_ratio": value["vanishing_gradients"].mean(),
        "vanishing_cured": numbers("vanishing_gradients")[1].mean(),
        "exploding_steps": max(len(run(DEEP, seed).history.loss) for seed in SEEDS),
        "clipped_loss": last_losses(cured["exploding_gradients"]).mean(),
        "clipped_accuracy": accuracies(cured["exploding_gradients"]).mean(),
        "he_accuracy": accuracies(HE_DEEP).mean(),
        "he_clipped_accuracy": accuracies(replace(HE_DEEP, adjust=to_one)).mean(),
        "sign_steps": max(len(run(broken["wrong_sign"], seed).history.loss) for seed in SEEDS),
        "twice_loss": last_losses(broken["softmax_twice"]).mean(),
        "twice_low": value["softmax_twice"].min(),
        "twice_high": value["softmax_twice"].max(),
        "twice_cured": numbers("softmax_twice")[1].max(),
        "twice_accuracy": accuracies(broken["softmax_twice"]).mean(),
        "log_first": log.min(),
        "log_last": log.max(),
        "correction_low": correction.min(),
        "correction_high": correction.max(),
        "correction_cured": last_losses(cured["missing_correction"]).max(),
        "correction_dead": min(dead),
        "sorted_low": asked_losses(broken["no_shuffling"]).min(),
        "sorted_high": asked_losses(broken["no_shuffling"]).max(),
        "shuffled": asked_losses(HEALTHY).mean(),
        "sorted_train": last_losses(broken["no_shuffling"]).mean(),
        "sorted_accuracy": accuracies(broken["no_shuffling"]).mean(),
        "step_low": accuracies(broken["labels_out_of_step"]).min(),
        "step_high": accuracies(broken["labels_out_of_step"]).max(),
        "chance": d.chance_limit(10, 359),
        "over_low": value["overfitting"].min(),
        "over_high": value["overfitting"].max(),
        "over_accuracy": accuracies(SMALL).mean(),
        "more_accuracy": accuracies(cured["overfitting"]).mean(),
        "leak_low": accuracies(broken["leaked_statistics"]).min(),
        "leak_high": accuracies(broken["leaked_statistics"]).max(),
        "mode_loss": asked_losses(broken["wrong_mode"]).mean(),
        "mode_cured": asked_losses(NORMED).mean(),
        "mode_accuracy": accuracies(broken["wrong_mode"]).mean(),
        "mode_cured_accuracy": accuracies(NORMED).mean(),
        "stale_loss": asked_losses(broken["stale_statistics"]).mean(),
        "stale_low": value["stale_statistics"].min(),
        "stale_high": value["stale_statistics"].max(),
        "question_floor": twice_floor(100),
        "question_chance": d.chance_limit(2, 100),
    }
