# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Практикум: от данных до отчёта {#lab-project}
#
# Весь путь от сырых цифр до отчёта: посмотрим на данные, разделим их, найдём, с чем сравнивать, пройдём проверочный
# список, выберем скорость обучения, обучим две сети на пяти разбиениях и разберём их ошибки. Почему каждое решение
# таково, объясняет глава о полном проекте. Всё выполняется меньше чем за минуту, на одном NumPy.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

from snippets.activations import relu, relu_grad
from snippets.blocks import Conv2d, Dropout, MaxPool2d
from snippets.data import digits
from snippets.initialization import normal
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, Flatten, init_params
from snippets.optimizers import AdamW
from snippets.preprocessing import fit_channel_standardization
from snippets.schedules import Cosine
from snippets.training import predict, steps

plt.style.use("snippets.figures.lab")
set_matplotlib_formats("svg", metadata={"Date": None})
BLUE, ORANGE, GREEN, RED, GREY = (f"C{i}" for i in range(5))

# %% [markdown]
# ## Посмотреть на данные {#data}
#
# Прежде всего: сколько примеров, какие в них значения, сколько примеров каждого класса? Нет ли пропусков, постоянных
# признаков, повторов?

# %%
x, y = digits()
print(f"изображений: {len(x)}, пикселей в каждом: {x.shape[1]}, значения от {x.min():.0f} до {x.max():.0f}")
print("изображений каждой цифры:", *np.bincount(y))
print("пиксели, одинаковые на всех изображениях:", *np.flatnonzero(np.ptp(x, axis=0) == 0))
print("повторяющихся изображений:", len(x) - len(np.unique(x, axis=0)))
x = x.reshape(-1, 1, 8, 8).astype(np.float32)

# %%
# Десять строк по двенадцать изображений, строка на цифру: иная единица похожа
# на семёрку, восьмёрка на единицу, девятка бывает открыта сверху.
fig, axes = plt.subplots(10, 12, figsize=(6.4, 5.6))
for digit, row in enumerate(axes):
    members = np.flatnonzero(y == digit)
    chosen = members[np.linspace(0, len(members) - 1, len(row)).astype(int)]
    for ax, i in zip(row, chosen, strict=True):
        ax.imshow(x[i, 0], cmap="gray_r")
        ax.set_axis_off()
plt.show()

# %% [markdown]
# ## Сначала разделить {#split}
#
# Пять разбиений: каждая цифра попадает ровно в одну тестовую выборку из 20 %, и в каждой есть своя доля каждого
# класса. Функция раздаёт примеры класса, как карты. Решения принимаются по валидационной части, а её мы вырезаем из
# обучающей части первого разбиения.


# %%
def stratified_folds(y, k, rng):
    fold = np.empty(len(y), dtype=int)
    for label in np.unique(y):
        members = rng.permutation(np.flatnonzero(y == label))
        fold[members] = np.arange(len(members)) % k
    return fold


SPLITS = 5
fold = stratified_folds(y, SPLITS, np.random.default_rng(0))
rest = np.flatnonzero(fold != 0)
part = stratified_folds(y[rest], 4, np.random.default_rng(0))
training, validation = rest[part != 0], rest[part == 0]
print(f"{len(training)} для обучения, {len(validation)} для валидации, {np.sum(fold == 0)} для теста")
assert not set(training) & set(validation)
assert not (set(training) | set(validation)) & set(np.flatnonzero(fold == 0))

# %% [markdown]
# ## С чем сравнивать {#baselines}
#
# Чего достигает программа, которая ничему не учится? Метод ближайшего соседа сравнивает новое изображение со всеми
# известными и берёт метку самого близкого.


# %%
def nearest_neighbour(rows, test):
    known, new = x[rows].reshape(len(rows), -1), x[test].reshape(len(test), -1)
    squares = (known**2).sum(axis=1) - 2 * new @ known.T
    return y[rows][squares.argmin(axis=1)]


print(f"всегда самая частая цифра: {np.bincount(y).max() / len(y):.1%}")
baseline = np.mean(nearest_neighbour(training, validation) == y[validation])
print(f"ближайший сосед: {baseline:.1%} на валидационной выборке")

# %% [markdown]
# Это число и надо превзойти, а оно высокое. Кто начал бы с сети, гордился бы меньшим.
#
# ## Три модели и одно обучение {#models}
#
# Регрессия softmax — это сеть без скрытого слоя. Предобработка — часть обучения: среднее и разброс берутся по тем
# строкам, на которых сеть обучается, и ни по каким другим. Поэтому их подбор стоит внутри функции.

# %%
small = partial(normal, std=0.01)
RELU = Activation(relu, relu_grad)
models = {
    "softmax": ((Flatten(), Dense(10, small)), 20),
    "MLP": ((Flatten(), Dense(64), RELU, Dense(10, small)), 20),
    "conv": (
        (
            *(Conv2d(8, padding=1), RELU, Conv2d(24, padding=1), RELU, MaxPool2d()),
            *(Flatten(), Dropout(0.5), Dense(10, small)),
        ),
        10,
    ),
}


def learn(name, rate, rows, seed=0):
    """Обучить; вернуть функцию от изображений к логитам и потери по шагам."""
    net, epochs = models[name]
    scale = fit_channel_standardization(x[rows])
    rng = np.random.default_rng(seed)
    params = init_params(net, (1, 8, 8), rng, np.float32)
    run = steps(
        net,
        params,
        (scale(x[rows]), y[rows]),
        softmax_cross_entropy,
        AdamW(rate, weight_decay=0.01),
        epochs=epochs,
        batch_size=32,
        rng=rng,
        schedule=Cosine(rate, epochs * -(-len(rows) // 32)),
    )
    losses = [step.loss for step in run]
    return lambda images: predict(net, params, scale(images)), losses


for name, (net, _) in models.items():
    count = init_params(net, (1, 8, 8), np.random.default_rng(0)).flat.size
    print(f"{name:8}параметров: {count}")

# %% [markdown]
# ## Проверочный список {#checklist}
#
# Две проверки стоят секунду и находят большинство ошибок. Первые потери должны быть около $\ln 10 \approx 2.303$: сеть,
# которая ничего не знает, даёт каждому классу одну десятую. И двадцать примеров сеть должна выучить наизусть: если не
# может, дело в ошибке, а не в нехватке данных.

# %%
few = training[:20]
for name, (net, epochs) in list(models.items()):
    models[name] = (net, 100)  # сто эпох по одному батчу
    losses = learn(name, 0.01, few)[1]
    models[name] = (net, epochs)
    print(f"{name:8} первые потери {losses[0]:.3f}, после 100 шагов {losses[-1]:.4f}")
    assert abs(losses[0] - np.log(10)) < 0.3
    assert losses[-1] < 0.05

# %% [markdown]
# ## Скорость обучения {#rate}
#
# Выбираем её по валидационной выборке. Тестовая часть разбиения остаётся закрытой. Запуск свёрточной сети стоит
# вдесятеро дороже, поэтому ей достаются только скорости вокруг той, что подошла MLP.

# %%
rates = {
    "softmax": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "MLP": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
    "conv": (0.003, 0.01, 0.03),
}
found = {}
for name, candidates in rates.items():
    found[name] = []
    for rate in candidates:
        logits = learn(name, rate, training)[0](x[validation])
        found[name].append(softmax_cross_entropy(logits, y[validation])[0])
best = {name: rates[name][int(np.argmin(found[name]))] for name in rates}
print(best)

# %%
# Потери на валидации в зависимости от скорости обучения: ложбины с дном
# между 0.01 и 0.03, по краям намного выше.
fig, ax = plt.subplots()
for (name, losses), color in zip(found.items(), (GREY, BLUE, ORANGE), strict=True):
    ax.loglog(rates[name], losses, "o-", color=color, label=name)
ax.set(xlabel="скорость обучения", ylabel="потери на валидации")
ax.legend()
plt.show()

# %% [markdown]
# ## Пять разбиений {#splits}
#
# Теперь настройки выбраны, и каждое разбиение открывается один раз. О каждой цифре судит сеть, которая её не видела.


# %%
def judge(name, fold):
    """Для каждой цифры логиты модели, обученной на остальных частях."""
    logits = np.zeros((len(y), 10))
    for split in range(SPLITS):
        rows, test = np.flatnonzero(fold != split), np.flatnonzero(fold == split)
        if name == "neighbour":
            logits[test, nearest_neighbour(rows, test)] = 1.0
        else:
            logits[test] = learn(name, best[name], rows, split)[0](x[test])
    return logits


METHODS = ("softmax", "neighbour", "MLP", "conv")
logits = {name: judge(name, fold) for name in METHODS}
right = {name: logits[name].argmax(axis=1) == y for name in METHODS}
for name in METHODS:
    shares = [right[name][fold == split].mean() for split in range(SPLITS)]
    p = right[name].mean()
    error = np.sqrt(p * (1 - p) / len(y))
    print(f"{name:10} {p:.2%} ± {error:.2%}   разбиения:", *(f"{share:.1%}" for share in shares))

assert right["MLP"].mean() >= 0.975
assert right["conv"].mean() >= 0.985

# %% [markdown]
# Строки с assert — часть блокнота: если изменение пакета нарушит обещание, эта страница не соберётся.
#
# Свёрточная сеть лучше остальных или ей повезло? Вопросы были одни и те же, поэтому смотрим только на цифры, о которых
# двое спорят. Будь они равны, каждый такой спор решала бы монета.

# %%
for other in ("MLP", "neighbour"):
    b = np.sum(right["conv"] & ~right[other])
    c = np.sum(right[other] & ~right["conv"])
    print(f"conv против {other}: {b} к {c}, χ² = {(b - c) ** 2 / (b + c):.1f} (3.8 — это 5%)")

# %% [markdown]
# ## Ошибки {#errors}
#
# Какие классы путаются и как выглядят худшие случаи?

# %%
# Таблица десять на десять: строки — настоящие цифры, столбцы — ответы
# свёрточной сети; вне диагонали лишь немногие.
confusion = np.zeros((10, 10), dtype=int)
np.add.at(confusion, (y, logits["conv"].argmax(axis=1)), 1)
fig, ax = plt.subplots(figsize=(6.4, 4.4))
wrong = confusion - np.diag(np.diag(confusion))
ax.imshow(wrong, cmap="Oranges")
for (row, column), count in np.ndenumerate(confusion):
    if count:
        shade = "white" if wrong[row, column] > 3 else "black"
        ax.text(column, row, count, ha="center", va="center", color=shade)
ax.set(xlabel="ответ", ylabel="цифра", xticks=range(10), yticks=range(10))
ax.grid(visible=False)
plt.show()

# %%
# Двенадцать неверных ответов, в которых свёрточная сеть была увереннее всего;
# над каждым изображением цифра и ответ.
z = logits["conv"] - logits["conv"].max(axis=1, keepdims=True)
probability = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
certainty = probability.max(axis=1)
worst = np.argsort(np.where(right["conv"], -1.0, certainty))[::-1][:12]
fig, axes = plt.subplots(2, 6, figsize=(6.4, 2.9))
for ax, i in zip(axes.ravel(), worst, strict=True):
    ax.imshow(x[i, 0], cmap="gray_r")
    ax.set_title(f"{y[i]} → {probability[i].argmax()}")
    ax.set_axis_off()
plt.show()

# %% [markdown]
# Некоторые из них и человек прочёл бы неуверенно. А если сети разрешить отдавать то, в чём она уверена меньше всего?

# %%
order = np.argsort(certainty)
for share in (0.0, 0.01, 0.02, 0.05):
    kept = order[round(share * len(y)) :]
    print(f"отдано {share:3.0%}: ошибок {np.sum(~right['conv'][kept])} на {len(kept)}")

# %% [markdown]
# ## Новый почерк {#writers}
#
# Один вопрос ещё открыт. Цифры написали тринадцать человек, в файле они идут друг за другом. Наши разбиения их
# перемешивают: в каждой тестовой выборке сеть встречает знакомые руки. Поэтому разделим ещё раз — на пять отрезков
# файла.

# %%
stretch = np.arange(len(y)) * SPLITS // len(y)
strangers = {name: judge(name, stretch).argmax(axis=1) == y for name in METHODS}
for name in METHODS:
    print(f"{name:10} знакомый почерк {right[name].mean():.1%}, новый {strangers[name].mean():.1%}")
assert all(strangers[name].mean() < right[name].mean() for name in METHODS)

# %% [markdown]
# ## Отчёт {#report}
#
# Его пишет последняя ячейка по числам, найденным выше, так что ничего другого она сказать не может.


# %%
def percent(answers):
    p = answers.mean()
    return f"{p:.1%} ± {np.sqrt(p * (1 - p) / len(answers)):.1%}"


hits, said, were = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
lines = (
    f"Задача: читать рукописные цифры 8×8. Изображений {len(y)}, писали тринадцать человек.",
    f"Результат: свёрточная сеть читает {percent(right['conv'])} (доля верных ± стандартная ошибка),",
    f"F1 в среднем по классам {np.mean(2 * hits / (said + were)):.3f};",
    "каждая цифра проверена один раз, на пяти разбиениях.",
    f"Для сравнения: MLP {percent(right['MLP'])}, ближайший сосед {percent(right['neighbour'])},",
    f"регрессия softmax {percent(right['softmax'])}.",
    f"Пределы: у незнакомых людей читает {percent(strangers['conv'])}.",
    f"Скорости: {best},",
    "выбраны на валидационной части первого разбиения.",
    "Фильтры, эпохи и дропаут подобраны раньше, в пробах на этих же цифрах.",
)
print(*lines, sep="\n")

# %% [markdown]
# ## Упражнения {#exercises}
#
# 1. Подберите предобработку один раз, по всем изображениям, вне `learn`. Меняется ли доля верных ответов? Почему так
#    делать нельзя, даже если не меняется?
# 2. Замените `fit_channel_standardization` на `fit_standardization` из того же модуля: у каждого пикселя будет свой
#    разброс. Напечатайте наибольший вход тестовой выборки. Какой модели это вредит?
# 3. Выбирайте скорость MLP заново внутри каждого разбиения, по его валидационной части. Сколько скоростей изменится,
#    насколько изменится доля верных ответов?
# 4. Сдвигайте обучающие изображения не больше чем на пиксель (`shift` из `snippets.augmentation`, аргумент `batches` у
#    `steps`). Помогает ли это со знакомым почерком, с новым?
# 5. Усредните вероятности свёрточной сети и MLP. Какие ошибки исчезнут?
