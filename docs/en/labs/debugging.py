# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Lab: a run that does not learn {#lab-debugging}
#
# A short training script runs to its end without an error and learns nothing. Six faults are hidden in it. You
# find them one after the other with the checks of the chapter on watching a run, repair each, and see what the loss
# curve does. It will mislead you. Everything runs in seconds.

# %%
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

from snippets import diagnostics
from snippets.activations import relu, relu_grad
from snippets.data import digits
from snippets.gradcheck import numeric_gradient
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, forward, init_params
from snippets.optimizers import SGD, Adam
from snippets.training import predict, train

plt.style.use("snippets.figures.lab")
set_matplotlib_formats("svg", metadata={"Date": None})
BLUE, ORANGE, GREEN, RED, GREY = (f"C{i}" for i in range(5))

# %% [markdown]
# ## The script {#script}
#
# It reads handwritten digits as their file has them, shuffles them, keeps some for validation and trains a network of
# two hidden layers. Whoever wrote it has left two comments, and one will matter. Read it as you would read a
# colleague's code: do you see something?


# %%
def read():
    x, y = digits()
    return 16 * x, y  # as in the file


def scale(x):
    return x


def shuffle(x, y, rng):
    return rng.permutation(x), rng.permutation(y)


def split(x, y):
    return (x[:1400], y[:1400]), (x[1000:], y[1000:])


def probability_loss(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    value, dp = softmax_cross_entropy(p, labels)
    return value, p * (dp + (dp * p).sum(axis=1, keepdims=True))


RELU = Activation(relu, relu_grad)
NET = (Dense(64), RELU, Dense(64), RELU, Dense(10))


@dataclass(frozen=True)
class Script:
    scale: Callable = scale
    shuffle: Callable = shuffle
    split: Callable = split
    loss: Callable = probability_loss
    rate: float = 2.0  # 0.2 did not work


def prepare(script):
    x, y = read()
    rng = np.random.default_rng(0)
    return script.split(*script.shuffle(script.scale(x), y, rng))


@cache
def run(script, seed=0):
    training, _ = prepare(script)
    params = init_params(NET, (64,), np.random.default_rng(seed))
    start = params.copy()
    with np.errstate(all="ignore"):
        history = train(
            NET,
            params,
            training,
            script.loss,
            SGD(script.rate),
            epochs=12,
            batch_size=64,
            rng=np.random.default_rng(seed),
        )
    return history, start, params


# %% [markdown]
# `Script` holds what we are going to replace, piece by piece. `versions` will keep every state of the script, so that
# each curve can stand beside those before it.

# %%
versions = [Script()]


def validation_accuracy(script):
    _, (x, y) = prepare(script)
    with np.errstate(all="ignore"):
        logits = predict(NET, run(script)[2], x)
    return np.mean(logits.argmax(axis=1) == y)


def show():
    """Losses, and accuracy in the end; the newest version in colour, others grey."""
    _, (left, right) = plt.subplots(1, 2, figsize=(5.4, 2.7))
    for number, script in enumerate(versions):
        history = run(script)[0]
        new = script is versions[-1]
        color, width, size = (GREEN, 2, 9) if new else (GREY, 0.8, 6)
        step = np.arange(1, len(history.loss) + 1)
        left.loglog(step, history.loss, color=color, lw=width)
        right.plot(number, validation_accuracy(script), "o", color=color, ms=size)
    left.axhline(np.log(10), color=RED, lw=1, ls="--")
    left.set(xlim=(1, 264), ylim=(0.03, 300))
    left.set(xlabel="step", ylabel="training loss")
    right.axhline(0.1, color=RED, lw=1, ls="--")
    right.set(xlim=(-0.4, 6.4), ylim=(0, 1.03), xticks=range(7))
    right.set(xlabel="version", ylabel="validation accuracy")
    plt.show()


# %%
# The script as we got it: the loss stays near 2.3 from the first step to the
# last, the accuracy is one in ten, both on the dashed lines of guessing.
show()
assert validation_accuracy(versions[-1]) < 0.2

# %% [markdown]
# Dashed in red is what guessing gives: $\ln 10 \approx 2.30$ and one right answer in ten. So: does the rate need to
# go up? Or down? Is the network too small?
#
# Do not touch a knob yet. A curve like this one has a dozen causes. The checks come first, in their order, and the
# cheapest first.
#
# ## First the first loss {#first-loss}
#
# **Before you read on:** a network that knows nothing should start near 2.30. What do you expect here?


# %%
def first_loss(script):
    (x, y), _ = prepare(script)
    logits, _ = forward(NET, run(script)[1], x)
    return script.loss(logits, y)[0]


first = first_loss(versions[-1])
print(f"first loss {first:.2f}, without an opinion {np.log(10):.2f}")
assert abs(first - np.log(10)) < 1

# %% [markdown]
# Passed. Keep that in mind: we shall come back to it.
#
# ## The gradient check {#gradient}
#
# Does `backward` give the slope of what `forward` computes? Central differences along twenty random directions know:


# %%
def gradient_error(script, loss):
    (x, y), _ = prepare(script)
    start, rng = run(script)[1], np.random.default_rng(0)
    return diagnostics.slope_error(NET, start, (x[:100], y[:100]), loss, rng)


print(f"the script: error {gradient_error(versions[-1], versions[-1].loss):.0e}")
assert gradient_error(versions[-1], versions[-1].loss) > 0.1

# %% [markdown]
# It should be below 1e-4. The gradient is wrong, nearly as wrong as can be.
#
# **Before you read on:** wrong *where*? The network has three layers, two activations and a loss. Which single swap
# would halve the list of suspects?
#
# <details>
# <summary>An answer</summary>
#
# Replace the one part that is written by hand, the loss, by a tested one. If the error disappears, layers and
# activations are cleared.
#
# </details>

# %%
error = gradient_error(versions[-1], softmax_cross_entropy)
print(f"with the package's loss: error {error:.0e}")
assert error < 1e-6

z, label = np.array([[1.0, 0.0, -1.0]]), np.array([0])
print("three logits, by hand: ", *probability_loss(z, label)[1].round(3)[0])
measured = numeric_gradient(lambda z: probability_loss(z, label)[0], z)
print("three logits, measured:", *measured.round(3)[0])
assert not np.allclose(probability_loss(z, label)[1], measured, atol=0.01)

# %% [markdown]
# The loss it is, and three logits fit on a sheet of paper. With $p$ for the probabilities and $d_i$ for the gradient by
# $p_i$, softmax has the gradient
#
# <!-- formula: debugging-softmax -->
#
# $$\frac{\partial L}{\partial z_i} = p_i \left( d_i - \sum_k p_k d_k \right)$$
#
# and the script has a plus. **First fault: a sign in a backward pass.** The repair:


# %%
def signed_loss(logits, labels):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    value, dp = softmax_cross_entropy(p, labels)
    return value, p * (dp - (dp * p).sum(axis=1, keepdims=True))


versions.append(replace(versions[-1], loss=signed_loss))
print(f"error now {gradient_error(versions[-1], signed_loss):.0e}")
assert gradient_error(versions[-1], signed_loss) < 1e-6

# %%
# After the first repair: a flat line beside the one before, accuracy still one
# in ten.
show()
assert validation_accuracy(versions[-1]) < 0.2

# %% [markdown]
# The gradient is right, and the curve looks as it did. That is what makes several faults at once so hard: **a true
# repair need not show.** Whoever judges by the curve takes it back.
#
# ## Twenty examples by heart {#twenty}
#
# Any sound network learns twenty examples by heart. Regularization, noise and generalization play no part, nor does the
# script's rate: the test brings its own optimizer.


# %%
def twenty(script):
    training, _ = prepare(script)
    settings = script.loss, Adam(0.01), np.random.default_rng(0)
    with np.errstate(all="ignore"):
        return diagnostics.memory_test(NET, run(script)[1], training, *settings)


print(f"loss of twenty examples after 300 steps: {twenty(versions[-1]):.2f}")
assert twenty(versions[-1]) > 1.46

# %% [markdown]
# It should be zero. The gradient is right, and yet twenty examples do not go in.
#
# **Before you read on:** forget the network. What would the *loss* say of an answer that is perfect, and of one that
# could not be more wrong?


# %%
def cost(loss, answer):
    return loss(1000.0 * answer, np.arange(10))[0]


perfect, wrong = np.eye(10), np.roll(np.eye(10), 1, axis=1)
for name, loss in (
    ("the script", versions[-1].loss),
    ("the package", softmax_cross_entropy),
):
    least, most = cost(loss, perfect), cost(loss, wrong)
    print(f"{name}: perfect {least:.2f}, wrong {most:.2f}")

assert abs(cost(versions[-1].loss, perfect) - (np.log(9 + np.e) - 1)) < 1e-9
assert abs(cost(versions[-1].loss, wrong) - np.log(9 + np.e)) < 1e-9

# %% [markdown]
# <details>
# <summary>What do the two numbers say?</summary>
#
# A perfect answer costs 1.46 instead of 0, the worst one 2.46 instead of 1000. The loss takes logits and applies
# softmax itself; the script hands it probabilities, to which softmax is applied a second time. Numbers between 0 and 1
# are logits of somebody with hardly an opinion.
#
# </details>
#
# **Second fault: softmax twice.** The gradient check could not see it: it compares the code with itself, and the
# gradient of the wrong function was right. The repair throws away the lines that we have just corrected.

# %%
versions.append(replace(versions[-1], loss=softmax_cross_entropy))
print(f"twenty examples: {twenty(versions[-1]):.4f}")
assert twenty(versions[-1]) < 0.01

# %%
# After the second repair: the loss begins above 10, leaps out of the picture and
# comes down to the same 2.3; accuracy still one in ten.
show()
assert run(versions[-1])[0].loss[0] > 10
assert max(run(versions[-1])[0].loss) > 1000
assert validation_accuracy(versions[-1]) < 0.2

# %% [markdown]
# Something has changed at last, and for the worse: the start. Which check speaks of the start?
#
# ## Begin again {#again}
#
# After every repair the checks start over, also those that have been passed.
#
# **Before you read on:** which of the earlier results could the double softmax have disturbed?

# %%
for number, script in enumerate(versions):
    print(f"version {number}: first loss {first_loss(script):.2f}")
assert first_loss(versions[-1]) > 5

# %% [markdown]
# <details>
# <summary>What has happened?</summary>
#
# A loss that cannot leave the interval from 1.46 to 2.46 starts near 2.30 whatever goes in. The check was passed
# because one fault hid another. Now that the loss says what it sees, it sees a network that is very sure and wrong.
#
# </details>
#
# Logits that large before the first step: either the weights are too large, or what they are multiplied with.

# %%
(x, _), _ = prepare(versions[-1])
_, start, _ = run(versions[-1])
for name in ("0.w", "2.w", "4.w"):
    w = start[name]
    print(f"{name}: std {w.std():.3f}, He's {np.sqrt(2 / len(w)):.3f}")
print(f"inputs: from {x.min():.0f} to {x.max():.0f}, mean square {np.mean(x**2):.0f}")
assert np.mean(x**2) > 50

# %% [markdown]
# The weights are as they should be. He's initialization expects inputs with a mean square near 1. **Third fault: the
# inputs are not scaled.** The pixels go from 0 to 16, so divide them by 16:


# %%
def to_one(x):
    return x / 16


versions.append(replace(versions[-1], scale=to_one))
script = versions[-1]
error = gradient_error(script, script.loss)
print(f"first loss {first_loss(script):.2f}")
print(f"gradient check {error:.0e}")
print(f"twenty examples {twenty(script):.4f}")
assert abs(first_loss(script) - np.log(10)) < 1
assert error < 1e-6
assert twenty(script) < 0.01

# %%
# After the third repair: the leap is gone, the loss stays near 2.3 to the last
# step, accuracy still near one in ten.
show()
assert max(run(versions[-1])[0].loss) < 10
assert validation_accuracy(versions[-1]) < 0.2

# %% [markdown]
# Three checks passed, and the network still guesses. What now?
#
# ## Look at the data {#look}
#
# **Before you read on:** all checks so far work on the machinery. Which of them would notice if the *labels* were
# nonsense?
#
# <details>
# <summary>An answer</summary>
#
# None. Nonsense has a first loss of 2.30 and a gradient, and twenty nonsensical labels are learnt by heart like any
# others. For this check you need eyes.
#
# </details>

# %%
# Twelve training images with their labels: the images are clear digits, and
# most labels above them name another digit.
(x, y), _ = prepare(versions[-1])
fig, axes = plt.subplots(2, 6, figsize=(6.4, 2.9))
for ax, image, label in zip(axes.ravel(), x, y, strict=False):
    ax.imshow(image.reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{label}?")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# Nothing fits. A number for the same look: how often does an image have the label of the image that is most like it?


# %%
def neighbours_agree(script):
    (x, y), _ = prepare(script)
    squares = (x**2).sum(axis=1) - 2 * x @ x.T
    np.fill_diagonal(squares, np.inf)
    return np.mean(y[squares.argmin(axis=1)] == y)


print(f"neighbours with equal labels: {neighbours_agree(versions[-1]):.0%}")
assert neighbours_agree(versions[-1]) < 0.15

# %% [markdown]
# One in ten: as often as by chance. The line to blame looks innocent: `rng.permutation(x), rng.permutation(y)` shuffles
# twice, and each time differently. **Fourth fault: images and labels are out of step.** One order for both:


# %%
def shuffle_together(x, y, rng):
    order = rng.permutation(len(x))
    return x[order], y[order]


versions.append(replace(versions[-1], shuffle=shuffle_together))
print(f"neighbours with equal labels: {neighbours_agree(versions[-1]):.0%}")
assert neighbours_agree(versions[-1]) > 0.95

# %%
# After the fourth repair: the loss shakes at the beginning and ends at 2.3,
# accuracy still one in ten.
show()
assert validation_accuracy(versions[-1]) < 0.2

# %% [markdown]
# Four faults repaired, and the curve stands where it stood on the first day.
#
# ## Steps and units {#steps}
#
# What is left has to do with the run itself. How long are the steps, compared with the weights? And what is left of the
# network in the end?

# %%
history, _, _ = run(versions[-1])
ratios = history.update_ratio
print("step over weights, first three steps:", *np.round(ratios[:3], 2))
print(f"median of the whole run: {np.median(ratios):.3f}")


def dead(script):
    _, _, end = run(script)
    (x, _), _ = prepare(script)
    rows = diagnostics.layer_statistics(NET, end, x)
    return [row.dead for row in rows if row.layer == repr(RELU)]


shares = (f"{share:.0%}" for share in dead(versions[-1]))
print("units dead in the end, by layer:", *shares)
assert max(ratios[:3]) > 0.1
assert np.median(ratios) < 0.03
assert abs(np.median(history.loss[-22:]) - np.log(10)) < 0.1
assert max(dead(versions[-1])) > 0.9

# %% [markdown]
# **Before you read on:** the median looks healthy, about 0.01. The first steps do not. Which of the two do you believe,
# and what is the order of events?
#
# <details>
# <summary>An answer</summary>
#
# The first steps. Each replaced a good part of the weights. They threw the units so far to the negative side that no
# image wakes them, and a ReLU that is zero for all images gets no gradient. What moves after that is only the last
# biases. The median is that of a dead network.
#
# </details>
#
# **Fifth fault: the rate.** Remember the comment: `# 0.2 did not work`. Of course it did not, with four other faults in
# the script. Somebody turned the one knob that was no fault until it was one.

# %%
versions.append(replace(versions[-1], rate=0.2))
history, _, _ = run(versions[-1])
print("step over weights, first three steps:", *np.round(history.update_ratio[:3], 2))
shares = (f"{share:.0%}" for share in dead(versions[-1]))
print("units dead in the end, by layer:", *shares)
assert max(history.update_ratio[:3]) < 0.05
assert max(dead(versions[-1])) < 0.3

# %%
# After the fifth repair the loss falls at last, to about 0.1, and the accuracy
# jumps from one in ten to nearly one.
show()
assert 0.05 < np.median(history.loss[-22:]) < 0.15

# %% [markdown]
# ## Too good? {#too-good}

# %%
believed = validation_accuracy(versions[-1])
print(f"validation accuracy {believed:.1%}")
assert believed > 0.96

# %% [markdown]
# Done? We expected six faults and found five. And this is the moment at which nobody searches any more: the curve is
# lovely, the number is what one hoped for.
#
# **Before you read on:** how would you find out whether you may believe it?
#
# <details>
# <summary>An answer</summary>
#
# Ask whether the validation data are new to the network. Count the rows that both parts have in common.
#
# </details>


# %%
def shared(script):
    (x, _), (v, _) = prepare(script)
    seen = {row.tobytes() for row in x}
    return np.array([row.tobytes() in seen for row in v])


_, (v, labels) = prepare(versions[-1])
right = predict(NET, run(versions[-1])[2], v).argmax(axis=1) == labels
both = shared(versions[-1])
print(f"{both.sum()} of {len(both)} validation images are training images")
known, unknown = right[both].mean(), right[~both].mean()
print(f"accuracy on them {known:.1%}, on the others {unknown:.1%}")
assert both.sum() == 400
assert unknown < known

# %% [markdown]
# **Sixth fault: the validation data are half known.** `x[:1400]` and `x[1000:]`: two numbers that should be one. No
# curve shows this fault, and no check of gradients and steps.


# %%
def split_once(x, y):
    return (x[:1400], y[:1400]), (x[1400:], y[1400:])


versions.append(replace(versions[-1], split=split_once))
for script in versions[-2:]:
    print(f"validation accuracy {validation_accuracy(script):.1%}")
assert not shared(versions[-1]).any()
assert 0.95 < validation_accuracy(versions[-1]) < believed

# %%
# After the last repair: the curve lies on the one before, the accuracy is a
# little lower; the five curves of the versions before end at 2.3.
show()

# %% [markdown]
# The only repair that made a good number worse, and the only one that made it true.
#
# ## Who found what {#verdict}
#
# All checks on all versions. `x` means: this check complains.

# %%
checks = {
    "first loss": lambda s: abs(first_loss(s) - np.log(10)) > 1,
    "gradient check": lambda s: gradient_error(s, s.loss) > 1e-4,
    "perfect answer": lambda s: cost(s.loss, perfect) > 0.01,
    "twenty by heart": lambda s: twenty(s) > 0.01,
    "images and labels": lambda s: neighbours_agree(s) < 0.5,
    "dead units": lambda s: max(dead(s)) > 0.6,
    "shared rows": lambda s: shared(s).any(),
}
verdict = {name: [bool(check(s)) for s in versions] for name, check in checks.items()}
print(f"{'faults repaired:':20}", *range(len(versions)))
for name, complaints in verdict.items():
    print(f"{name:20}", *("x" if found else "." for found in complaints))

found_by = (
    "gradient check",
    "twenty by heart",
    "first loss",
    "images and labels",
    "dead units",
    "shared rows",
)
for repair, name in enumerate(found_by):
    assert verdict[name][repair]
    assert not verdict[name][repair + 1]
assert not any(complaints[-1] for complaints in verdict.values())

# %% [markdown]
# Read it by rows. Images with labels, and rows that are shared, complain from the first column on: two faults could
# have been found *before there was a network*, with no more than a look at the data. The first loss complains in one
# column only, since another fault kept it quiet. Dead units come and go: a symptom of several faults, not a name for
# one.
#
# What to take away:
#
# 1. Look at the data first, inputs with labels, as they enter the network, after all preparation.
# 2. One fault can hide another. After each repair begin again at the top.
# 3. A repair that does not show in the curve may still be right. Judge it by the check that found the fault.
# 4. The gradient check tells that the code is consistent, not that it computes what you want.
# 5. Turn no knob before the checks are passed. A rate that was tuned to a fault is a fault.
# 6. Mistrust the good number as you mistrust the bad one.
#
# ## Exercises {#exercises}
#
# 1. Call `run(versions[-1], seed)` for a few seeds. How far apart are the accuracies, compared with what the sixth
#    repair changed?
# 2. Start with `replace(Script(), rate=0.2)`: the "right" rate in the broken script. Does any curve look better for it?
# 3. Repair in another order, the labels first. Which row of the table changes?
# 4. Plant a fault of your own: `Dense(64, zeros)` from `snippets.initialization`, a rate of 0.0002, or a `shuffle` that
#    sorts by label. Which check complains? If none does, write one.
# 5. Replace `to_one` by a standardization with the mean and the standard deviation of *all* rows. The validation data
#    leak. Can any check of the table notice? How large is the harm here?
# 6. Ask somebody to change one character of the script while you look away.
