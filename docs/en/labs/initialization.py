# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Lab: thirty layers and their signal {#lab-initialization}
#
# You build a network of thirty layers, send a batch of random numbers through it and watch what becomes of them,
# forward and backward. The theory is in the chapter on initialization; here you see it happen, and change it.
# Everything below runs in seconds.

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

from snippets.activations import relu, relu_grad, tanh, tanh_grad
from snippets.initialization import he_normal, normal, xavier_normal

plt.style.use("snippets.figures.lab")
set_matplotlib_formats("svg", metadata={"Date": None})
BLUE, ORANGE, GREEN, RED, GREY = (f"C{i}" for i in range(5))

WIDTH, DEPTH, BATCH = 256, 30, 64

# %% [markdown]
# ## The network {#network}
#
# A layer multiplies by its weights and applies the activation function `f`. The loop below is all there is: it keeps
# the pre-activations `z` of every layer, since the way back needs them.


# %%
def forward(f, init, seed=0):
    rng = np.random.default_rng(seed)
    h = rng.normal(size=(BATCH, WIDTH))
    weights, z = [], []
    for _ in range(DEPTH):
        weights.append(init((WIDTH, WIDTH), rng))
        z.append(h @ weights[-1])
        h = f(z[-1])
    return weights, z


def small(shape, rng):
    return normal(shape, rng, std=0.01)


_, z = forward(tanh, small)
for layer in (0, 1, 2, 4, 9, 29):
    std = tanh(z[layer]).std()
    print(f"layer {layer + 1:2}: std of activations {std:.1e}")

# %% [markdown]
# Each layer multiplies by $0.01 \cdot \sqrt{256} = 0.16$. After ten layers nothing is left that a later layer could
# work with.
#
# ## Three scales {#scales}
#
# The same network with weights that are too small, too large and just right for a linear layer:


# %%
def large(shape, rng):
    return normal(shape, rng, std=1.0)


schemes = {
    "σ = 0.01": (small, ORANGE),
    "σ = 1": (large, RED),
    "σ = 1/√n": (xavier_normal, BLUE),
}
signals = {}
for name, (init, _) in schemes.items():
    _, z = forward(tanh, init)
    signals[name] = [tanh(layer).std() for layer in z]

# %%
# Std of tanh activations by layer: falling along a line for σ = 0.01, near
# 1 for σ = 1, slowly sinking for 1/√n.
fig, ax = plt.subplots()
layers = np.arange(1, DEPTH + 1)
for name, (_, color) in schemes.items():
    ax.semilogy(layers, signals[name], color=color, label=name)
ax.set(xlabel="layer", ylabel="std of activations", ylim=(1e-9, 10))
ax.legend()
plt.show()

# %% [markdown]
# Is the red line the best of the three? It keeps a standard deviation near 1. Look at what it consists of:

# %%
# Histograms of activations in layer 10: with σ = 1 nearly all stand at −1
# and 1, with σ = 1/√n they spread around 0.
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, name in zip(axes, ("σ = 1", "σ = 1/√n"), strict=True):
    init, color = schemes[name]
    h = tanh(forward(tanh, init)[1][9])
    ax.hist(h.ravel(), bins=41, range=(-1, 1), density=True, color=color)
    ax.set(title=name, xlabel="activation in layer 10")
axes[0].set_ylabel("density")
plt.show()

# %% [markdown]
# Saturated: only signs pass, and the slope of tanh at ±1 is nearly zero.
#
# ## Search the scale for ReLU {#search}
#
# Forget the formula for a moment and search. For each factor $g$ draw weights with standard deviation $g / \sqrt{n}$
# and measure by how much one layer multiplies the mean square of the pre-activations, on average over the depth:


# %%
def factor(f, g):
    _, z = forward(f, lambda shape, rng: xavier_normal(shape, rng, gain=g))
    squares = [np.mean(layer**2) for layer in z]
    return (squares[-1] / squares[0]) ** (1 / (DEPTH - 1))


gains = np.linspace(0.8, 2.0, 13)
factors = np.array([factor(relu, g) for g in gains])
best = gains[np.argmin(np.abs(factors - 1))]
print(f"closest to 1: g = {best:.1f}, and g² = {best**2:.2f}")

# %%
# The factor per layer grows with g² and crosses 1 at g² = 2.
fig, ax = plt.subplots()
ax.plot(gains**2, factors, "o", color=GREEN)
ax.plot(gains**2, gains**2 / 2, color=GREY, lw=1, label="theory: g²/2")
ax.axhline(1, color=GREY, lw=1, ls="--")
ax.set(xlabel="g²", ylabel="factor per layer")
ax.legend()
plt.show()

# %% [markdown]
# A straight line through $g^2 = 2$: that is He's initialization, found without a derivation. Note how little room
# there is: at $g = 1.3$ instead of $1.41$ a layer loses 15% of the square, and thirty layers leave less than a
# hundredth.
#
# ## The way back {#backward}
#
# Send a random gradient in at the top. Every layer multiplies by the slope and by the transposed weights:


# %%
def backward(f_grad, weights, z, seed=1):
    dh = np.random.default_rng(seed).normal(size=(BATCH, WIDTH))
    stds = []
    for w, pre in zip(reversed(weights), reversed(z), strict=True):
        dz = dh * f_grad(pre)
        stds.append(dz.std())
        dh = dz @ w.T
    return stds[::-1]


pairs = {
    "ReLU, He": (relu, relu_grad, he_normal, GREEN),
    "ReLU, Xavier": (relu, relu_grad, xavier_normal, ORANGE),
    "tanh, Xavier": (tanh, tanh_grad, xavier_normal, BLUE),
    "tanh, σ = 1": (tanh, tanh_grad, large, RED),
}

# %%
# Gradients from layer 30 to 1: level for ReLU with He, falling with Xavier,
# exploding for tanh with σ = 1.
fig, ax = plt.subplots()
for name, (f, f_grad, init, color) in pairs.items():
    stds = backward(f_grad, *forward(f, init))
    ax.semilogy(layers, stds, color=color, label=name)
ax.set(xlabel="layer", ylabel="std of gradients", ylim=(1e-6, 1e14))
ax.legend()
plt.show()

# %% [markdown]
# The saturated network is the surprise: nearly all its slopes are close to zero, and yet its gradients explode.

# %%
_, z = forward(tanh, large)
slope = np.mean(tanh_grad(z[14]) ** 2)
print(f"mean squared slope: {slope:.3f}")
print(f"times {WIDTH} weights of variance 1: {WIDTH * slope:.1f}")

# %% [markdown]
# A few units on the steep part are enough: the sum over all weights makes up for the slopes and more.
#
# ## Exercises {#exercises}
#
# 1. Set `WIDTH` to 16 and run `forward(relu, he_normal, seed)` for a few seeds. How far apart are the signals in
#    layer 30? Why does the formula not forbid it?
# 2. Replace `he_normal` by `orthogonal` from `snippets.initialization` with `gain=2**0.5`. What gets better, what
#    stays?
# 3. Add a bias drawn from `normal(..., std=0.5)` to every layer of the tanh network. What happens to two different
#    inputs by layer 30? Compare their rows of `z`.
# 4. Find the gain at which tanh keeps the mean square of the pre-activations at exactly 1. The chapter tells the
#    number; do you find the same?
# 5. Use `silu` and `silu_grad` and search the gain as above. Is there one that works for all sizes of the input? Try
#    inputs ten times as large.
