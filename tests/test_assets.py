"""What a figure depends on, and how figures, facts and listings are kept: on small packages made for each test."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from scripts import assets, render, svg
from scripts.closure import ALL, Closure, ReadError
from scripts.listings import modules
from scripts.results import Results

ROOT = Path(__file__).resolve().parents[1]
START = ("snippets.figures.chapter", "curve")

PACKAGE = {
    "__init__": "",
    "maths": '''
        """Mathematics."""
        from __future__ import annotations
        import numpy as np

        SCALE = 2.0
        UNUSED = 1.0

        def double(x):
            """Twice x."""
            return SCALE * x

        def half(x):
            return x / 2

        class Layer:
            """A layer."""
            size = half(4)

            def out(self):
                return self.size
        ''',
    "experiments.__init__": "",
    "experiments.chapter": """
        from functools import cache
        from snippets import maths as m
        import snippets.maths

        @cache
        def run():
            return [m.double(x) for x in range(3)]

        def facts():
            return {"last": run()[-1], "half": snippets.maths.half(1)}
        """,
    "figures.__init__": "",
    "figures.chapter": '''
        import matplotlib.pyplot as plt
        from snippets.experiments.chapter import run
        from snippets.figures.palette import BLUE

        def curve(t):
            """It grows."""
            fig, ax = plt.subplots()
            ax.plot(run(), color=BLUE)
            ax.set_xlabel(t("step"))
            return fig

        def other(t):
            """Nothing of the run."""
            fig, ax = plt.subplots()
            ax.set_ylabel(t("loss"))
            return fig
        ''',
}


def tree(root: Path, changes: Mapping[str, str] | None = None) -> Path:
    """Write PACKAGE, with these modules put in place of or added to its own, below `root`."""
    shutil.rmtree(root / "snippets", ignore_errors=True)
    for name, text in {**PACKAGE, **(changes or {})}.items():
        path = root / "snippets" / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return root


def edited(module: str, old: str, new: str) -> dict[str, str]:
    """One module of PACKAGE with a change."""
    assert PACKAGE[module].count(old) == 1
    return {module: PACKAGE[module].replace(old, new)}


def key(root: Path, changes: Mapping[str, str] | None = None, start: tuple[str, str] = START) -> str:
    """The key of a symbol in a changed package."""
    return Closure(tree(root, changes)).key(start)


# --- keys ---


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("maths", "return SCALE * x", "return x * SCALE"),
        ("maths", "SCALE = 2.0", "SCALE = 3.0"),
        ("experiments.chapter", "range(3)", "range(4)"),
        ("experiments.chapter", "        @cache\n", ""),
        ("figures.chapter", 't("step")', 't("epoch")'),
    ],
)
def test_a_change_of_what_a_figure_uses_changes_its_key_alone(tmp_path: Path, module: str, old: str, new: str) -> None:
    other = (START[0], "other")
    assert key(tmp_path, edited(module, old, new)) != key(tmp_path)
    assert key(tmp_path, edited(module, old, new), other) == key(tmp_path, start=other)


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("maths", "Twice x.", "x, twice."),
        ("maths", '"""Mathematics."""', '"""Other words."""'),
        ("maths", "UNUSED = 1.0", "UNUSED = 2.0"),
        ("maths", "return x / 2", "return x * 0.5"),
        ("maths", "return SCALE * x", "return (SCALE *\n                    x)  # a comment"),
        ("maths", "size = half(4)", "size = half(8)"),
        ("figures.chapter", "Nothing of the run.", "None."),
        ("figures.chapter", 't("loss")', 't("epoch")'),
    ],
)
def test_words_about_code_and_code_of_others_change_nothing(tmp_path: Path, module: str, old: str, new: str) -> None:
    assert key(tmp_path, edited(module, old, new)) == key(tmp_path)


@pytest.mark.parametrize(
    ("user", "changed"),
    [
        ("def f():\n    return Layer().out()", ("size = half(4)", "size = half(8)")),  # a class's own attributes
        ("def f():\n    return Layer().out()", ("return x / 2", "return x * 0.5")),  # and what they call
        ("def f(x=half(1)):\n    return x", ("return x / 2", "return x * 0.5")),  # defaults
        ("def f():\n    from snippets import maths as q\n    return q.half(1)", ("return x / 2", "return x * 0.5")),
        ("import snippets.maths as q\ndef f():\n    return q.half", ("return x / 2", "return x * 0.5")),
        ("import snippets\ndef f():\n    return snippets.maths.half", ("return x / 2", "return x * 0.5")),
        ("from . import maths as q\ndef f():\n    return q.half", ("return x / 2", "return x * 0.5")),
        ("from .maths import half as h\ndef f():\n    return h(1)", ("return x / 2", "return x * 0.5")),
        ("from snippets.maths import *\ndef f():\n    return half(1)", ("return x / 2", "return x * 0.5")),
        ("from snippets import maths\ndef f(name):\n    return getattr(maths, name)", ("UNUSED = 1.0", "UNUSED = 2.0")),
        ("import importlib\ndef f(n):\n    return importlib.import_module(n)", ("UNUSED = 1.0", "UNUSED = 2.0")),
        ("def f():\n    return plugins('snippets.maths')", ("UNUSED = 1.0", "UNUSED = 2.0")),
        ("TABLE = {'half': half}\nclass f:\n    def go(self, n):\n        return TABLE[n]", ("x / 2", "x * 0.5")),
        ("TABLE = {}\nTABLE['half'] = half\ndef f(n):\n    return TABLE[n]", ("x / 2", "x * 0.5")),
        ("TABLE = {}\nTABLE.update(half=half)\ndef f(n):\n    return TABLE[n]", ("x / 2", "x * 0.5")),
        ("def f(n):\n    return globals()[n]\ng = half", ("x / 2", "x * 0.5")),
        ("def f():\n    return 1\nhalf(1)", ("x / 2", "x * 0.5")),  # run on import
    ],
)
def test_every_way_to_use_a_symbol_counts(tmp_path: Path, user: str, changed: tuple[str, str]) -> None:
    package = {"user": f"from snippets.maths import Layer, half\n{user}\n"}
    start = ("snippets.user", "f")
    before = key(tmp_path, package, start)
    assert key(tmp_path, package | edited("maths", *changed), start) != before


REGISTRY = """
    TABLE = {}

    def register(name):
        def wrap(f):
            TABLE[name] = f
            return f
        return wrap

    def look_up(name):
        return TABLE[name]
    """


@pytest.mark.parametrize(
    "member",
    [
        "from snippets.registry import register\n@register('relu')\ndef relu(x):\n    return {}",
        "from snippets import registry\ndef relu(x):\n    return {}\nregistry.TABLE['relu'] = relu",
        "from snippets import registry\ndef relu(x):\n    return {}\nregistry.register('relu')(relu)",
    ],
)
def test_who_looks_up_by_name_depends_on_all_who_registered(tmp_path: Path, member: str) -> None:
    start = ("snippets.registry", "look_up")
    keys = {
        key(tmp_path, {"registry": REGISTRY, "member": member.format(body)}, start) for body in ("0", "1", "1  # one")
    }
    assert len(keys) == 2


def test_generic_functions_depend_on_their_cases(tmp_path: Path) -> None:
    text = "from functools import singledispatch\n@singledispatch\ndef f(x):\n    return 0\n"
    text += "@f.register\ndef _(x: int):\n    return {}\n"
    start = ("snippets.generic", "f")
    assert key(tmp_path, {"generic": text.format(1)}, start) != key(tmp_path, {"generic": text.format(2)}, start)


def test_data_files_count_for_those_who_name_them(tmp_path: Path) -> None:
    package = {"data": "def load():\n    return open('digits.npz')\ndef other():\n    return 0\n"}
    before, other = (
        key(tmp_path, package, ("snippets.data", "load")),
        key(tmp_path, package, ("snippets.data", "other")),
    )
    (tmp_path / "snippets" / "digits.npz").write_bytes(b"1")
    first = Closure(tmp_path).key(("snippets.data", "load"))
    (tmp_path / "snippets" / "digits.npz").write_bytes(b"2")
    second = Closure(tmp_path)
    assert len({before, first, second.key(("snippets.data", "load"))}) == 3
    assert second.key(("snippets.data", "other")) == other


def test_two_symbols_that_use_each_other_have_keys(tmp_path: Path) -> None:
    package = {"loop": "def f():\n    return g()\ndef g():\n    return f()\n"}
    assert Closure(tree(tmp_path, package)).reach(("snippets.loop", "f")) >= {("snippets.loop", "g")}


def test_what_cannot_be_read_or_found_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match=r"maths\.triple is not defined"):
        Closure(tree(tmp_path)).key(("snippets.maths", "triple"))
    with pytest.raises(ReadError, match=r"maths\.py:2: "):
        Closure(tree(tmp_path, {"maths": "x = 1\ndef\n"}))


def test_the_real_package_can_be_followed() -> None:
    closure = Closure(ROOT)
    for name in modules(ROOT):
        module = f"snippets.{name}"
        assert closure.reach((module, ALL)) >= {(module, symbol) for symbol in closure.modules[module].statements}


# --- the cache ---


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small project with one chapter, in the look of the real one."""
    tree(tmp_path)
    for name in ("palette.py", "words.py", "site.mplstyle"):
        shutil.copy(ROOT / "snippets" / "figures" / name, tmp_path / "snippets" / "figures" / name)
    (tmp_path / "snippets" / "figures" / "words.py").write_text(
        'RU: dict[str, str] = {"step": "шаг", "loss": "потери"}\n'
    )
    (tmp_path / "docs" / "en").mkdir(parents=True)
    (tmp_path / "docs" / "en" / "chapter.md").write_text("# Chapter\n")
    return tmp_path


def change(root: Path, module: str, old: str, new: str) -> None:
    """Edit a file of the project."""
    path = root / "snippets" / f"{module.replace('.', '/')}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_figures_facts_and_listings_are_made_once(site: Path) -> None:
    said: list[str] = []
    made = assets.ensure(site, said.append)
    assert said == ["chapter: 4 figures and facts ..."]
    assert set(made.figures) == {(name, lang) for name in ("curve", "other") for lang in ("en", "ru")}
    assert (
        made.facts == {"chapter.last": 4.0, "chapter.half": 0.5} == json.loads((site / ".cache/facts.json").read_text())
    )
    assert made.words == {"curve": ["step"], "other": ["loss"]}
    assert made.sizes["curve", "en"] == (576, 346)
    assert (made.listings / "maths.double.py").read_text().startswith("def double")
    english, russian = (made.figures["curve", lang].read_text() for lang in ("en", "ru"))
    assert english != russian
    assert "var(--c" in english
    assert "#2356cd" in english.split("</style>")[0]
    assert "#2356cd" not in english.split("</style>")[1]

    assert assets.ensure(site, said.append) == made
    change(site, "maths", "Twice x.", "x, twice.")
    assert assets.ensure(site, said.append).figures == made.figures
    assert len(said) == 1, "a docstring draws nothing again"

    change(site, "maths", "SCALE = 2.0", "SCALE = 3.0")
    after = assets.ensure(site, said.append)
    assert said[1:] == ["chapter: 2 figures and facts ..."]
    assert after.facts["chapter.last"] == 6.0
    assert after.figures["other", "en"] == made.figures["other", "en"]
    assert after.figures["curve", "en"] != made.figures["curve", "en"]

    change(site, "figures.words", "шаг", "шаги")
    final = assets.ensure(site, said.append)
    assert said[2:] == ["chapter: 1 figures ..."]
    assert final.figures["curve", "en"] == after.figures["curve", "en"]
    left = set((site / ".cache" / "figures").glob("*.svg"))
    assert left == {*after.figures.values(), *final.figures.values()}, "what two states ago needed is gone"


def test_an_experiment_runs_once_for_all_that_draw_it(site: Path) -> None:
    change(site, "experiments.chapter", "return [", "print(file=open('runs', 'a')); return [")
    runs = site / "runs"
    assets.ensure(site)
    change(site, "figures.chapter", "color=BLUE", "color=BLUE, marker='o'")
    assets.ensure(site)
    assert runs.read_text() == "\n"
    change(site, "maths", "SCALE * x", "x * SCALE")
    assert assets.ensure(site).facts["chapter.last"] == 4.0
    assert runs.read_text() == "\n\n", "the function that it calls has changed"


def test_only_calls_with_plain_arguments_are_kept(tmp_path: Path) -> None:
    tree(tmp_path)
    results = Results(tmp_path, "salt")
    calls: list[object] = []

    def run(*args: object, **named: object) -> object:
        calls.append((args, named))
        return len(calls)

    run.__module__, run.__name__ = "snippets.experiments.chapter", "run"
    for arguments in ((1,), (1,), ((1, "a", None),), (2.5,), (2.5,), (len,), (len,)):
        results.cache(run)(*arguments)  # a new wrapper each time: its memory is empty
    assert len(calls) == 5
    assert results.cache(run)(1) == 1
    assert Results(tmp_path, "other versions").cache(run)(1) == 6
    for path in results.folder.iterdir():
        path.write_bytes(b"")
    assert results.cache(run)(1) == 7, "a broken file is a missing one"
    run.__module__ = "snippets.maths"
    assert results.cache(run) is not run
    before = len(list(results.folder.iterdir()))
    results.cache(run)(3)
    assert len(list(results.folder.iterdir())) == before


def test_a_chapter_without_a_page_is_not_drawn(site: Path) -> None:
    (site / "docs" / "en" / "chapter.md").unlink()
    assert assets.ensure(site).figures == {}
    assert assets.ensure(site).facts == {}


def test_two_processes_draw_the_same_bytes(site: Path) -> None:
    def draw(seed: str) -> dict[str, bytes]:
        shutil.rmtree(site / ".cache", ignore_errors=True)
        code = "import sys, pathlib; from scripts import assets; assets.ensure(pathlib.Path(sys.argv[1]))"
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", code, str(site)], env=environment, check=True)
        return {path.name: path.read_bytes() for path in (site / ".cache" / "figures").iterdir()}

    first = draw("1")
    assert len(first) == 8
    assert draw("2") == first


def test_two_builds_at_once_do_not_disturb_each_other(site: Path) -> None:
    code = (
        "import sys, pathlib; from scripts import assets; print(len(assets.ensure(pathlib.Path(sys.argv[1])).figures))"
    )
    command = [sys.executable, "-c", code, str(site)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    builds = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [build.communicate()[0] for build in builds] == ["4\n", "4\n"]
    assert not list((site / ".cache").rglob("*.tmp"))


FAILURES = {
    "raises": ("raise RuntimeError('no data')", r"chapter\.py:\d+: RuntimeError: no data"),
    "warns": ("import warnings; warnings.warn('hm')", r"chapter\.py:\d+: UserWarning: hm"),
    "lacks_a_word": ("ax.set_xlabel(t('steps'))", r"no Russian for 'steps'"),
    "no_literal": ("ax.set_xlabel(t('st' + 'ill'))", r"give t a string literal"),
    "foreign_color": ("ax.plot([1, 2], color='#123456')", r"colours #123456 are not in .*palette"),
    "default_cycle": ("ax.plot([1, 2], color='tab:blue')", r"colours #1f77b4 are not in .*palette"),
    "no_figure": ("return ax", r"returns a matplotlib Figure"),
    "cut_off": ("fig.text(0.9, 0.5, 'far too long')", r"'far too long' is cut off"),
    "small": ("ax.text(0, 0, 'small', size=8)", r"'small' has 8\.0 pt"),
    "covered": ("ax.text(0, 0, 'one'); ax.text(0, 0, 'two')", r"'one' and 'two' lie upon each other"),
    "wide": ("fig.set_figwidth(7)", r"7\.0 in wide"),
}


def test_failing_figures_and_facts_are_named_and_cost_only_themselves(site: Path) -> None:
    path = site / "snippets" / "figures" / "chapter.py"
    good = path.read_text()
    bodies = (
        f"def {name}(t):\n    fig, ax = plt.subplots()\n    {code}\n    return fig\n"
        for name, (code, _) in FAILURES.items()
    )
    path.write_text(good + "\n\n".join(["", *bodies]))
    change(site, "experiments.chapter", "snippets.maths.half(1)", "1 / 0")
    with pytest.raises(assets.AssetError) as caught:
        assets.ensure(site)
    lines = str(caught.value).splitlines()
    for name, (_, message) in FAILURES.items():
        found = [line for line in lines if line.startswith(f"figure {name} (")]
        assert len(found) == (1 if name == "lacks_a_word" else 2)
        assert all(re.search(message, line) for line in found)
    assert re.match(r"facts of chapter: snippets/experiments/chapter\.py:11: ZeroDivisionError", lines[-1])
    assert len(lines) == 2 * len(FAILURES)
    drawn = {path.name.split(".")[0] for path in (site / ".cache" / "figures").glob("*.ru.*.svg")}
    assert drawn == {"curve", "other"}

    path.write_text(good)
    with pytest.raises(assets.AssetError, match=r"^facts of chapter: "):
        assets.ensure(site)
    change(site, "experiments.chapter", "1 / 0", "1 / 2")
    assert assets.ensure(site).facts["chapter.half"] == 0.5


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), r"chapter\.one must be finite"),
        (np.float64("inf"), r"chapter\.one must be finite"),
        ("1", r"chapter\.one must be a number"),
        (True, r"chapter\.one must be a number"),
        (np.bool_(True), r"chapter\.one must be a number"),
        (np.ones(1), r"chapter\.one must be a number"),
    ],
)
def test_a_fact_is_a_finite_number(monkeypatch: pytest.MonkeyPatch, value: object, message: str) -> None:
    chapter = SimpleNamespace(facts=lambda: {"one": value})
    monkeypatch.setitem(sys.modules, "snippets.experiments.chapter", chapter)
    with pytest.raises((TypeError, ValueError), match=message):
        render.facts("chapter")


def test_facts_become_plain_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    chapter = SimpleNamespace(facts=lambda: {"a": np.float64(0.5), "b": np.int64(2), "c": 3})
    monkeypatch.setitem(sys.modules, "snippets.experiments.chapter", chapter)
    plain = render.facts("chapter")
    assert plain == {"chapter.a": 0.5, "chapter.b": 2, "chapter.c": 3}
    assert [type(value) for value in plain.values()] == [float, int, int]


def test_a_figure_name_stands_once_on_the_site(site: Path) -> None:
    shutil.copy(site / "snippets/figures/chapter.py", site / "snippets/figures/second.py")
    (site / "docs" / "en" / "second.md").write_text("# Second\n")
    with pytest.raises(assets.AssetError, match="figure curve is in chapter and in second"):
        assets.ensure(site)


def test_a_module_that_cannot_be_read_is_named(site: Path) -> None:
    (site / "snippets" / "maths.py").write_text("def\n")
    with pytest.raises(assets.AssetError, match=r"maths\.py:1: "):
        assets.ensure(site)


def test_a_process_that_dies_is_reported(site: Path) -> None:
    change(site, "figures.chapter", "ax.plot(run(), color=BLUE)", "import os; os._exit(3)")
    with pytest.raises(assets.AssetError, match="chapter: the drawing process ended with code 3"):
        assets.ensure(site)


def test_numbers_are_computed_by_one_thread(site: Path) -> None:
    change(
        site, "experiments.chapter", "snippets.maths.half(1)", "int(__import__('os').environ['OPENBLAS_NUM_THREADS'])"
    )
    assert assets.ensure(site).facts["chapter.half"] == 1


def test_authors_can_look_at_both_themes(site: Path) -> None:
    made = assets.draw_named(["curve"], str(site / "look"), site)
    assert sorted(Path(path).name for path in made) == sorted(path.name for path in (site / "look").iterdir())
    assert len(made) == 4
    light, dark = ((site / "look" / f"curve.en.{theme}.png").read_bytes() for theme in ("light", "dark"))
    assert light != dark
    with pytest.raises(assets.AssetError, match="no figure or chapter curv; near: curve"):
        assets.draw_named(["curv"], None, site)
    assert "chapter.last = 4.0" in assets.draw_named(["chapter"], None, site)


# --- SVG ---


def test_rounding_keeps_what_is_seen() -> None:
    drawn = '<path d="M 10.123456 0.000001 \nL -0.004 2.5" transform="translate(1.23456 2) scale(0.015625)"/>'
    text = svg.themed(f'<svg viewBox="0 0 72 36">{drawn}</svg>', {}, set())
    assert '<path d="M 10.12 0 L 0 2.5" transform="translate(1.23 2) scale(0.015625)"/>' in text
    assert svg.size(text) == (96, 48)


def test_ids_stay_only_where_something_points_and_are_numbered() -> None:
    body = '<g id="axes_1"><path id="glyph" d="M 0 0"/><use xlink:href="#glyph"/><g clip-path="url(#p1)"/></g>'
    body += '<clipPath id="p1"/>'
    text = svg.themed(f'<svg viewBox="0 0 72 36">{body}</svg>', {}, set())
    assert '<path id="a0" d="M 0 0"/><use xlink:href="#a0"/><g clip-path="url(#a1)"/>' in text
    assert '<clipPath id="a1"/>' in text
    assert "axes_1" not in text


def test_the_last_bit_of_a_layout_changes_nothing() -> None:
    """The same two panels, once with clip rectangles that agree to the last bit and so share a name."""

    def drawn(first: str, second: str, clips: str) -> str:
        body = f'<g clip-path="url(#{first})"/><g clip-path="url(#{second})"/><defs>{clips}</defs>'
        return svg.themed(f'<svg viewBox="0 0 72 36">{body}</svg>', {}, set())

    one = drawn("p7", "p7", '<clipPath id="p7"><rect x="0.1200000001"/></clipPath>')
    clips = '<clipPath id="p8"><rect x="0.12"/></clipPath>\n<clipPath id="p9"><rect x="0.1200000002"/></clipPath>'
    assert one == drawn("p8", "p9", clips)


def test_bitmaps_are_not_touched() -> None:
    data = "data:image/png;base64,iVBOR#aabbcc/1.23456"
    text = svg.themed(f'<svg viewBox="0 0 72 36"><image xlink:href="{data}"/></svg>', {}, set())
    assert data in text
