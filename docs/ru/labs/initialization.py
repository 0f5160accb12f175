# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Практикум: тридцать слоёв и их сигнал {#lab-initialization}
#
# Вы соберёте сеть из тридцати слоёв, пропустите через неё случайные числа и посмотрите, что с ними станет по пути
# вперёд и назад. Теория — в главе об инициализации; здесь она происходит на глазах, и в неё можно вмешаться. Всё ниже
# выполняется за секунды.

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
# ## Сеть {#network}
#
# Слой умножает на свои веса и применяет функцию активации `f`. Кроме этого цикла, ничего и нет; предактивации `z`
# всех слоёв он запоминает: они понадобятся на обратном пути.


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
    print(f"слой {layer + 1:2}: отклонение активаций {std:.1e}")

# %% [markdown]
# Каждый слой умножает на $0.01 \cdot \sqrt{256} = 0.16$. После десяти слоёв не остаётся ничего, с чем мог бы работать
# следующий.
#
# ## Три масштаба {#scales}
#
# Та же сеть с весами слишком малыми, слишком большими и такими, какие нужны линейному слою:


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
# Отклонение активаций tanh по слоям: при σ = 0.01 падает по прямой, при σ =
# 1 около 1, при 1/√n медленно убывает.
fig, ax = plt.subplots()
layers = np.arange(1, DEPTH + 1)
for name, (_, color) in schemes.items():
    ax.semilogy(layers, signals[name], color=color, label=name)
ax.set(xlabel="слой", ylabel="отклонение активаций", ylim=(1e-9, 10))
ax.legend()
plt.show()

# %% [markdown]
# Значит, лучше всех красная линия? Отклонение она держит около 1. Посмотрим, из чего оно состоит:

# %%
# Гистограммы активаций в слое 10: при σ = 1 почти все стоят у −1 и 1, при σ
# = 1/√n рассеяны вокруг 0.
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, name in zip(axes, ("σ = 1", "σ = 1/√n"), strict=True):
    init, color = schemes[name]
    h = tanh(forward(tanh, init)[1][9])
    ax.hist(h.ravel(), bins=41, range=(-1, 1), density=True, color=color)
    ax.set(title=name, xlabel="активация в слое 10")
axes[0].set_ylabel("плотность")
plt.show()

# %% [markdown]
# Насыщение: проходят одни знаки, а наклон tanh у ±1 почти нулевой.
#
# ## Поищем масштаб для ReLU {#search}
#
# Забудем на время формулу. Для каждого $g$ возьмём веса со среднеквадратичным отклонением $g / \sqrt{n}$ и измерим,
# на что один слой в среднем по глубине умножает средний квадрат предактиваций:


# %%
def factor(f, g):
    _, z = forward(f, lambda shape, rng: xavier_normal(shape, rng, gain=g))
    squares = [np.mean(layer**2) for layer in z]
    return (squares[-1] / squares[0]) ** (1 / (DEPTH - 1))


gains = np.linspace(0.8, 2.0, 13)
factors = np.array([factor(relu, g) for g in gains])
best = gains[np.argmin(np.abs(factors - 1))]
print(f"ближе всего к 1: g = {best:.1f}, а g² = {best**2:.2f}")

# %%
# Множитель за слой растёт вместе с g² и проходит через 1 при g² = 2.
fig, ax = plt.subplots()
ax.plot(gains**2, factors, "o", color=GREEN)
ax.plot(gains**2, gains**2 / 2, color=GREY, lw=1, label="теория: g²/2")
ax.axhline(1, color=GREY, lw=1, ls="--")
ax.set(xlabel="g²", ylabel="множитель за слой")
ax.legend()
plt.show()

# %% [markdown]
# Прямая проходит через единицу при $g^2 = 2$: это инициализация Хе, найденная без вывода. Заметьте, как мало здесь
# свободы: при $g = 1.3$ вместо $1.41$ слой теряет 15 % среднего квадрата, и тридцать слоёв оставляют меньше сотой доли.
#
# ## Обратный путь {#backward}
#
# Подадим сверху случайный градиент. Каждый слой умножает его на наклон и на транспонированные веса:


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
    "ReLU, Хе": (relu, relu_grad, he_normal, GREEN),
    "ReLU, Ксавье": (relu, relu_grad, xavier_normal, ORANGE),
    "tanh, Ксавье": (tanh, tanh_grad, xavier_normal, BLUE),
    "tanh, σ = 1": (tanh, tanh_grad, large, RED),
}

# %%
# Градиенты от слоя 30 к слою 1: с ReLU и Хе держатся, с Ксавье убывают, у
# tanh при σ = 1 взрываются.
fig, ax = plt.subplots()
for name, (f, f_grad, init, color) in pairs.items():
    stds = backward(f_grad, *forward(f, init))
    ax.semilogy(layers, stds, color=color, label=name)
ax.set(xlabel="слой", ylabel="отклонение градиентов", ylim=(1e-6, 1e14))
ax.legend()
plt.show()

# %% [markdown]
# Удивляет насыщенная сеть: почти все её наклоны близки к нулю, а градиенты всё равно взрываются.

# %%
_, z = forward(tanh, large)
slope = np.mean(tanh_grad(z[14]) ** 2)
print(f"средний квадрат наклона: {slope:.3f}")
print(f"на {WIDTH} весов с дисперсией 1: {WIDTH * slope:.1f}")

# %% [markdown]
# Хватает немногих нейронов на крутом участке: сумма по всем весам перевешивает малость наклонов.
#
# ## Упражнения {#exercises}
#
# 1. Поставьте `WIDTH` равным 16 и вызовите `forward(relu, he_normal, seed)` с разными `seed`. Насколько различаются
#    сигналы в слое 30? Почему формула этого не запрещает?
# 2. Замените `he_normal` на `orthogonal` из `snippets.initialization` с `gain=2**0.5`. Что станет лучше, что
#    останется прежним?
# 3. Добавьте в каждый слой сети с tanh смещение из `normal(..., std=0.5)`. Что станет с двумя разными входами к слою
#    30? Сравните их строки в `z`.
# 4. Найдите усиление, при котором tanh сохраняет средний квадрат предактиваций равным 1. Число есть в главе;
#    получится ли у вас такое же?
# 5. Возьмите `silu` и `silu_grad` и найдите усиление так же. Есть ли такое, что годится для входов любой величины?
#    Попробуйте входы в десять раз больше.
