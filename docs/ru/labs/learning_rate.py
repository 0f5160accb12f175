# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # Практикум: найти скорость обучения {#lab-learning-rate}
#
# Короткий тест обещает назвать скорость обучения ещё до первого настоящего запуска. Вы проведёте этот тест, прочтёте
# его четырьмя способами, а затем сделаете то, на что редко у кого хватает терпения: обучите сеть на всех скоростях и
# посмотрите, кто был прав. В итоге выйдет рецепт, и ему придётся показать себя на задаче, которой он не видел. Всё
# выполняется за секунды.

# %%
from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

from snippets.activations import relu, relu_grad
from snippets.data import digits_split, spirals
from snippets.diagnostics import steepest_rate
from snippets.losses import softmax_cross_entropy
from snippets.network import Activation, Dense, init_params
from snippets.optimizers import SGD, Adam
from snippets.schedules import Constant, Cosine, RangeTest, Warmup
from snippets.training import evaluate, steps

plt.style.use("snippets.figures.lab")
set_matplotlib_formats("svg", metadata={"Date": None})
BLUE, ORANGE, GREEN, RED, GREY = (f"C{i}" for i in range(5))

RELU = Activation(relu, relu_grad)
NET = (Dense(32), RELU, Dense(10))
TRAINING, VALIDATION = ((x.astype(np.float32), y) for x, y in digits_split(0)[:2])
SEEDS, PLAIN = (0, 1, 2), SGD()

# %% [markdown]
# ## Тест диапазона {#range-test}
#
# Один запуск, 200 шагов. Скорость начинается с заведомо малой и на каждом шаге растёт в одно и то же число раз, пока не
# станет заведомо большой. Потери каждого шага записываются.


# %%
def range_test(
    seed,
    rule=PLAIN,
    low=1e-3,
    high=10,
    count=200,
    size=32,
    net=NET,
    data=TRAINING,
):
    """Скорости и потери запуска, в котором скорость растёт на каждом шаге."""
    rng = np.random.default_rng(seed)
    params = init_params(net, data[0].shape[1:], rng, np.float32)
    run = steps(
        net,
        params,
        data,
        softmax_cross_entropy,
        rule,
        epochs=count,  # с запасом: islice остановит после `count` шагов
        batch_size=size,
        rng=rng,
        schedule=RangeTest(low, high, count),
    )
    with np.errstate(all="ignore"):
        record = np.array([(step.lr, step.loss) for step in islice(run, count)])
    rates, losses = record.T
    return rates, np.where(np.isfinite(losses), np.minimum(losses, 1e3), 1e3)


def smooth(values, window=10):
    return np.convolve(values, np.ones(window) / window, "valid")


tests = [range_test(seed) for seed in SEEDS]

# %%
# Три теста диапазона: до 0.02 ровно, между 0.4 и 1 спуск примерно до 1, затем
# скачок до 2.3 и выше.
fig, ax = plt.subplots()
for (rates, losses), color in zip(tests, (BLUE, ORANGE, GREEN), strict=True):
    ax.semilogx(rates, losses, ".", color=color, ms=3, alpha=0.5)
    ax.semilogx(np.exp(smooth(np.log(rates))), smooth(losses), color=color)
ax.axhline(np.log(10), color=GREY, lw=1, ls="--")
ax.set(xlabel="скорость обучения", ylabel="потери", ylim=(0, 5))
plt.show()
assert all(smooth(losses).min() < 1.2 for _, losses in tests)

# %% [markdown]
# Точки — отдельные шаги, линии — среднее по десяти. **Прежде чем читать дальше:** какую скорость взяли бы вы? Запишите.
#
# Читают такую кривую четырьмя способами: берут саму нижнюю точку, треть от неё, десятую долю или то место, где кривая
# падает круче всего.


# %%
def lowest(rates, losses):
    return np.exp(smooth(np.log(rates)))[smooth(losses).argmin()]


print("зерно  нижняя     треть   десятая   крутизна")
for seed, test in zip(SEEDS, tests, strict=True):
    low = lowest(*test)
    steep = steepest_rate(*test)
    print(f"{seed:4} {low:8.2f} {low / 3:9.2f} {low / 10:9.3f} {steep:10.3f}")

found = np.array([lowest(*test) for test in tests])
steep = np.array([steepest_rate(*test) for test in tests])
assert found.max() / found.min() < 2
assert steep.max() / steep.min() > 50

# %% [markdown]
# Нижняя точка все три раза почти одна и та же. Самое крутое место — нет: в одном запуске получается скорость в полсотни
# с лишним раз меньше, чем в других. Посмотрите на точки: слева, где сеть ещё ничему не учится, потери от батча к батчу
# скачут сильнее, чем потом падает сама кривая на таком же коротком отрезке. Программа, которая ищет, где круче, находит
# пару удачных батчей. Глаз бы не обманулся. **Чтение, которое меняется от одного запуска к другому, ничего не стоит:
# делайте три.**
#
# ## Как на самом деле {#sweep}
#
# Теперь настоящие запуски: по пять эпох на каждой из тринадцати скоростей, по три запуска, и потери на валидационных
# данных, которых сеть при обучении не видит.


# %%
def result(
    seed,
    rule,
    schedule,
    epochs=5,
    size=32,
    net=NET,
    data=TRAINING,
    new=VALIDATION,
):
    """Потери на валидации после запуска; 10, если они больше или не число."""
    rng = np.random.default_rng(seed)
    params = init_params(net, data[0].shape[1:], rng, np.float32)
    run = steps(
        net,
        params,
        data,
        softmax_cross_entropy,
        rule,
        epochs=epochs,
        batch_size=size,
        rng=rng,
        schedule=schedule,
    )
    with np.errstate(all="ignore"):
        for step in run:
            if not np.isfinite(step.loss):
                return 10.0
        loss = evaluate(net, params, new, softmax_cross_entropy).loss
    return min(loss, 10.0)


def sweep(rates, rule=PLAIN, shape=Constant, **options):
    """Потери на валидации: строка на скорость, столбец на зерно."""

    def row(rate):
        return [result(seed, rule, shape(rate), **options) for seed in SEEDS]

    return np.array([row(rate) for rate in rates])


def best(rates, losses):
    return rates[np.median(losses, axis=1).argmin()]


def plain(ax, x_ticks=(0.03, 0.1, 0.3, 1), y_ticks=(0.1, 0.2, 0.5, 1, 2)):
    """Скорости и потери на логарифмических осях, с обычными числами."""
    ax.minorticks_off()
    ax.set_xticks(x_ticks, [f"{tick:g}" for tick in x_ticks])
    ax.set_yticks(y_ticks, [f"{tick:g}" for tick in y_ticks])
    ax.set(xlabel="скорость обучения", ylabel="потери на валидации")


RATES = 2.0 ** np.arange(-5, 1.1, 0.5)
truth = sweep(RATES)
for rate, row in zip(RATES, truth, strict=True):
    print(f"{rate:6.3f}   " + "  ".join(f"{loss:.3f}" for loss in row))

# %%
# Потери на валидации в зависимости от скорости: долгий спуск примерно до 0.2
# около 0.7, затем стена до 2.3. Нижняя точка теста — в конце спуска.
fig, ax = plt.subplots()
ax.loglog(RATES, truth, "o", color=GREY, ms=4)
ax.loglog(RATES, np.median(truth, axis=1), color=BLUE, lw=2)
low = np.median(found)
for rate, name in ((low, "нижняя"), (low / 3, "треть"), (low / 10, "десятая")):
    ax.axvline(rate, color=RED, lw=1, ls="--")
    ax.text(rate, 3.2, name, ha="center", color=RED)
ax.set_ylim(0.15, 3)
plain(ax, y_ticks=(0.2, 0.5, 1, 2))
plt.show()


# %%
def at(rate, losses, rates=RATES):
    """Медиана потерь при любой скорости, интерполированная между испытанными."""
    medians = np.median(losses, axis=1)
    return np.exp(np.interp(np.log(rate), np.log(rates), np.log(medians)))


top = best(RATES, truth)
medians = np.median(truth, axis=1)
cliff = RATES[np.flatnonzero(medians > 2)[0]]
print(f"лучшая {top:.2f}, потери {medians.min():.2f}")
print(f"половина от неё: {at(top / 2, truth):.2f}")
print(f"десятая доля: {at(top / 10, truth):.2f}")
print(f"первая скорость, при которой сеть не учится: {cliff:.2f}")
assert 0.8 < low / top < 1.2
assert cliff <= 3 * top
assert at(top / 2, truth) < 1.4 * medians.min()
assert at(low / 10, truth) > 3 * medians.min()

# %% [markdown]
# Читайте кривую как тропу над обрывом. Влево — пологий склон: вдвое меньшая скорость обходится недорого. Вправо тропа
# кончается: скорость втрое больше лучшей, и сеть не учится вовсе. Нижняя точка теста лежит рядом с лучшей скоростью, а
# значит, и рядом с краем. Десятая её доля, как обычно советуют, безопасна и медленна: за пять эпох до цели не дойти.
#
# ## Чего тест знать не может {#length}
#
# Тест понятия не имеет, долго ли вы собираетесь учить. **Прежде чем читать дальше:** что станет со слишком малой
# скоростью, если запуск вчетверо длиннее? А со слишком большой?

# %%
LENGTHS = {1: ORANGE, 5: BLUE, 20: GREEN}
by_length = {n: truth if n == 5 else sweep(RATES, epochs=n) for n in LENGTHS}
print("эпох    лучшая       потери    при 1/8   при 1.41")
for n, losses in by_length.items():
    top = best(RATES, losses)
    row = [at(rate, losses) for rate in (top, 1 / 8, 2**0.5)]
    print(f"{n:6} {top:7.2f} {row[0]:14.2f} {row[1]:9.2f} {row[2]:10.2f}")

# %%
# Потери на валидации в зависимости от скорости после 1, 5 и 20 эпох: чем дольше
# запуск, тем ниже левый склон; у всех одна и та же стена за единицей.
fig, ax = plt.subplots()
for n, color in LENGTHS.items():
    medians = np.median(by_length[n], axis=1)
    ax.loglog(RATES, medians, color=color, lw=2)
    ax.text(RATES[4], medians[4], f" {n}", color=color, va="bottom")
plain(ax)
plt.show()

lost = [at(1 / 8, y) - at(best(RATES, y), y) for y in by_length.values()]
assert lost[0] > 2 * lost[1] > 4 * lost[2]
assert min(at(2**0.5, by_length[n]) for n in (1, 20)) > 1.5

# %% [markdown]
# Числа у кривых — эпохи. Слишком малую скорость время прощает: то, что 1/8 проигрывает лучшей, с каждой эпохой тает.
# Слишком большую — нет: при 1.41 двадцать эпох спасают не лучше одной. Сама лучшая скорость почти не сдвигается.
# Значит, чем короче запуск, тем важнее скорость, а сравнение после одной эпохи льстит большим скоростям.
#
# ## Размер батча {#batch-size}
#
# **Прежде чем читать дальше:** в батчах по 512 вместо 8 за каждым шагом стоит в 64 раза больше примеров. Нужна ли и
# скорость в 64 раза больше?

# %%
SIZES = {8: ORANGE, 32: BLUE, 128: GREEN, 512: RED}
by_size = {n: truth if n == 32 else sweep(RATES, size=n) for n in SIZES}
low_by_size = {}
for n in SIZES:
    points = [lowest(*range_test(seed, size=n)) for seed in SEEDS]
    low_by_size[n] = np.median(points)
print("батч     тест  лучшая   потери при B/256")
for n, losses in by_size.items():
    top = best(RATES, losses)
    print(f"{n:5} {low_by_size[n]:7.2f} {top:7.2f} {at(n / 256, losses):16.2f}")

tops = [best(RATES, losses) for losses in by_size.values()]
assert max(tops) <= 4 * min(tops)
assert np.median(by_size[512], axis=1).min() > 0.8
assert abs(at(32 / 256, truth) / at(8 / 256, by_size[8]) - 1) < 0.05
assert at(128 / 256, by_size[128]) > 1.4 * at(32 / 256, truth)
assert at(512 / 256, by_size[512]) > 2

# %%
# Потери на валидации в зависимости от скорости при батчах 8, 32, 128 и 512: слева
# кривые врозь, у малых батчей ниже; между 0.5 и 2 все поворачивают вверх.
fig, ax = plt.subplots()
for n, color in SIZES.items():
    medians = np.median(by_size[n], axis=1)
    ax.loglog(RATES, medians, color=color, lw=2)
    ax.text(RATES[4], medians[4], f" {n}", color=color, va="bottom")
plain(ax)
plt.show()

# %% [markdown]
# Ответов два, и оба верны. На склоне так и есть: батч 8 при 1/32 и батч 32 при 1/8 приходят к одним и тем же потерям,
# ведь четыре малых шага уводят так же далеко, как один большой (последний столбец). Но обрыв не сдвигается. Шаг,
# слишком длинный для долины, остаётся слишком длинным, как бы точно ни было известно направление. Поэтому батч больше в
# 64 раза, а лучшая скорость — не больше и в четыре, и у батчей по 512, при пятнадцати шагах за пять эпох, нет скорости,
# при которой они дошли бы до цели.
#
# Тест это показывает верно: его нижняя точка видит обрыв.
#
# ## Расписание {#schedule}
#
# **Прежде чем читать дальше:** косинус спускается от наибольшей скорости до нуля. В среднем он вдвое ниже наибольшей.
# Где вы ждёте лучшую наибольшую скорость, и станут ли потери меньше?

# %%
COUNT = 5 * -(-len(TRAINING[0]) // 32)


def cosine(rate):
    return Cosine(rate, COUNT)


def warm_cosine(rate):
    return Warmup(Cosine(rate, COUNT - COUNT // 10), COUNT // 10)


SHAPES = {
    "постоянная": (Constant, GREY),
    "косинус": (cosine, BLUE),
    "с разогревом": (warm_cosine, GREEN),
}
by_shape = {name: sweep(RATES, shape=shape) for name, (shape, _) in SHAPES.items()}
print("                лучшая    потери  при 1/16   при 1/8  при 1.41")
for name, losses in by_shape.items():
    top = best(RATES, losses)
    row = [at(rate, losses) for rate in (top, 1 / 16, 1 / 8, 2**0.5)]
    print(f"{name:15} {top:6.2f}" + "".join(f"{loss:10.2f}" for loss in row))

constant, falling, warmed = by_shape.values()
assert best(RATES, falling) >= best(RATES, constant)
assert at(1 / 16, constant) < at(1 / 8, falling) < 1.1 * at(1 / 16, constant)
assert at(2**0.5, warmed) < at(2**0.5, falling) < at(2**0.5, constant)

# %%
# Потери на валидации в зависимости от наибольшей скорости: на склоне косинус и
# разогрев сдвинуты вправо вдвое, и стена у них дальше.
fig, ax = plt.subplots()
for name, (_, color) in SHAPES.items():
    medians = np.median(by_shape[name], axis=1)
    ax.loglog(RATES, medians, color=color, lw=2, label=name)
ax.set_ylim(0.15, 3)
plain(ax, y_ticks=(0.2, 0.5, 1, 2))
ax.set_xlabel("наибольшая скорость обучения")
ax.legend()
plt.show()

# %% [markdown]
# На склоне важна средняя: косинус от 1/8 приходит туда же, куда постоянная скорость 1/16. Поэтому долина сдвигается
# вправо, а стена отступает. Разогрев отодвигает её ещё раз: при 1.41, где постоянная скорость уже не годится, сеть ещё
# учится. Наименьшие потери у всех трёх примерно равны; за пять эпох расписание покупает не глубину, а безопасность. Обо
# всём этом тест ничего не знает: расписание у него своё.
#
# ## Другое правило {#adam}
#
# Adam делит на величину градиентов, поэтому его скорость значит нечто иное. Всё то же самое:

# %%
ADAM_RATES = 0.001 * 2.0 ** np.arange(0, 7.6, 0.75)
adam = sweep(ADAM_RATES, Adam())
adam_tests = [lowest(*range_test(seed, Adam(), 1e-5, 1)) for seed in SEEDS]
adam_low, adam_top = np.median(adam_tests), best(ADAM_RATES, adam)
print(f"нижняя точка теста: {adam_low:.3f}")
print(f"лучшая скорость: {adam_top:.3f}")
assert 1.4 < adam_low / adam_top < 4

# %% [markdown]
# Теперь тест обещает слишком много. Одна из причин: шаг Adam составлен из градиентов многих прежних шагов, так что
# потери отвечают с опозданием, а скорость тем временем выросла.
#
# ## Кто был прав? {#verdict}
#
# Для каждого случая: во сколько раз нижняя точка теста больше лучшей скорости и чего стоит послушаться теста, то есть
# потери в нижней точке, на трети и на десятой доле от неё по отношению к наименьшим из всех.

# %%
settings = {
    "5 эпох": (low, truth, RATES),
    "1 эпоха": (low, by_length[1], RATES),
    "20 эпох": (low, by_length[20], RATES),
    "батч 8": (low_by_size[8], by_size[8], RATES),
    "батч 128": (low_by_size[128], by_size[128], RATES),
    "батч 512": (low_by_size[512], by_size[512], RATES),
    "косинус": (low, falling, RATES),
    "с разогревом": (low, warmed, RATES),
    "Adam": (adam_low, adam, ADAM_RATES),
}
ratio, cost = {}, {}
print("случай          тест/лучшая нижняя  треть десятая")
for name, (reading, losses, rates) in settings.items():
    ratio[name] = reading / best(rates, losses)
    least = np.median(losses, axis=1).min()
    cost[name] = [at(reading / part, losses, rates) / least for part in (1, 3, 10)]
    print(f"{name:16} {ratio[name]:9.2f}  " + "".join(f"{c:7.2f}" for c in cost[name]))

assert all(0.5 < value < 4 for value in ratio.values())
assert all(costs[0] < 1.4 for costs in cost.values())
assert [name for name, costs in cost.items() if costs[1] < costs[0]] == ["Adam"]
assert sum(costs[2] > 1.9 for costs in cost.values()) >= 8

# %% [markdown]
# Что тест предсказывает хорошо: порядок величины, при любом размере батча и для обоих правил, ценой двухсот шагов. С
# SGD из трёх чтений лучшее — сама нижняя точка, с Adam — треть от неё. Десятая доля стоит потерь вдвое больше, а то и
# хуже, всюду, кроме Adam.
#
# Чего он не предсказывает: долго ли вы учите и что сделает с этим ваше расписание. И одного столбца в таблице нет. Это
# медианы по трём запускам; нижняя точка так близко к краю, что невезучий запуск может и сорваться.
#
# ## Рецепт {#recipe}
#
# 1. Три теста диапазона по 200 шагов. Возьмите медиану нижних точек.
# 2. Три настоящих запуска, той длины и с тем расписанием, какие вам нужны: на этой скорости, на половине и на четверти;
#    каждый — с несколькими зёрнами генератора.
# 3. Выбирайте по *худшему* из них. Если лучшая из трёх скоростей стоит с краю, добавьте за ней ещё одну.
#
# Рецепт, найденный на одной задаче, должен показать себя на другой: три спирали на плоскости, сеть глубже, батчи
# меньше.


# %%
def recipe(epochs, new, **task):
    low = np.median([lowest(*range_test(seed, **task)) for seed in SEEDS])
    rates = low / np.array([4, 2, 1])
    losses = sweep(rates, epochs=epochs, new=new, **task).max(axis=1)
    for rate, loss in zip(rates, losses, strict=True):
        print(f"скорость {rate:.2f}: худший запуск {loss:.3f}")
    return rates[losses.argmin()], losses.min()


task = {
    "net": (Dense(32), RELU, Dense(32), RELU, Dense(3)),
    "data": spirals(200, np.random.default_rng(0)),
    "size": 20,
}
fresh = spirals(100, np.random.default_rng(1))
chosen, reached = recipe(15, fresh, **task)

# %%
# Худший из трёх запусков на спиралях в зависимости от скорости: ниже всего между
# 0.25 и 0.5; рецепт выбрал скорость в этой долине.
spiral = sweep(RATES, epochs=15, new=fresh, **task)
worst = spiral.max(axis=1)
fig, ax = plt.subplots()
ax.loglog(RATES, worst, "o-", color=BLUE, ms=4)
ax.axvline(chosen, color=RED, lw=1, ls="--")
plain(ax)
plt.show()

# %%
by_worst, by_best = worst.argmin(), spiral.min(axis=1).argmin()
print(f"рецепт:       {chosen:.2f}, худший запуск {reached:.3f}")
print(f"все скорости: {RATES[by_worst]:.2f}, худший запуск {worst[by_worst]:.3f}")
print(f"по лучшему:   {RATES[by_best]:.2f}, худший запуск {worst[by_best]:.3f}")
assert 0.2 < chosen < 0.6
assert reached < 1.3 * worst[by_worst]
assert worst[by_best] > 1.2 * worst[by_worst]

# %% [markdown]
# Девять настоящих запусков и три коротких теста нашли то же, что и тридцать девять запусков. И судить надо по худшему:
# скорость с лучшим отдельным запуском — это та, на которой следующий может сорваться.
#
# ## Упражнения {#exercises}
#
# 1. Вызовите `range_test` с `count=25`, потом 100 и 800. Насколько расходятся нижние точки в десяти запусках? Почему
#    слишком короткий тест завышает или занижает?
# 2. Нарисуйте тест диапазона для батчей по 8 и по 512. Где из двух вы поверили бы `steepest_rate`?
# 3. Разделите пиксели на 4 или умножьте на 4. Куда сдвинется нижняя точка, куда лучшая скорость? Попробуйте
#    предсказать, во сколько раз.
# 4. Повторите раздел о расписании с `epochs=20`. Отстанет ли теперь постоянная скорость?
# 5. Дайте Adam `beta1=0`. Обещает ли его тест по-прежнему слишком много?
# 6. Обучите сеть на спиралях с десятью новыми зёрнами на скорости из рецепта и на той, у которой лучший запуск. Какую
#    вы предпочли бы выбрать?
# 7. Поставьте вместо спиралей свою задачу. Если рецепт не сработает, что ему следовало бы сказать?
