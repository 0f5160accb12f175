"""Figures, listings and facts in pages: what comes out, and that every mistake is named with file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import markdown
import pytest

from scripts.listings import Place, source_pages, write_listings
from scripts.markdown.facts import FactError, FactsExtension, fill, written
from scripts.markdown.figures import FiguresExtension
from scripts.markdown.listings import ListingsExtension
from scripts.markdown.syntax import PageError, Source, used_in

FACTS = {"chapter.small": -1.25e-5, "chapter.share": 0.571, "chapter.count": 1797, "chapter.many": 1234567}
SIZES = {"curve": (576, 346), "bars": (576, 200)}
FIGURE = "![A curve that falls to 0](assets/figures/curve.svg)\n\n/// figure-caption\nLook at the end.\n///\n"
CODE = '''"""A module."""

A, B = 1, 2
_HIDDEN = 3
C = 4


# Why it is so.
@cache
def first(x):
    """Line one."""
    return x


def second(x):
    return first(x)


def third(x):
    return x
'''


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., str]:
    """A converter of pages with all three extensions, over a package of one module."""
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "module.py").write_text(CODE)
    index = write_listings(tmp_path, tmp_path / "listings")
    source = Source("docs/en/page.md", skipped=4, code="../code/")

    def run(text: str, lang: str = "en") -> str:
        extensions: list[object] = [
            FactsExtension(FACTS, lang, source),
            FiguresExtension(SIZES, source),
            ListingsExtension(index, source),
            "attr_list",
            "pymdownx.blocks.caption",
            "pymdownx.superfences",
            "pymdownx.highlight",
            "pymdownx.snippets",
        ]
        settings = {
            "pymdownx.highlight": {"anchor_linenums": True},
            "pymdownx.snippets": {"base_path": [str(tmp_path / "listings")], "check_paths": True},
        }
        return markdown.markdown(text, extensions=extensions, extension_configs=settings)  # type: ignore[arg-type]

    return run


def fence(*names: str, options: str = "") -> str:
    """A fence that includes these listings."""
    return f"```python{options}\n" + "\n\n\n".join(f'--8<-- "{name}"' for name in names) + "\n```\n"


def lines_shown(html: str) -> list[int]:
    """The line numbers beside the code."""
    return [int(n) for n in re.findall(r'<a href="#__codelineno-0-\d+">\s*(\d+)</a>', html)]


# --- figures ---


def test_a_figure_becomes_a_link_around_two_images_of_one_file(convert: Callable[..., str]) -> None:
    html = convert(FIGURE)
    images = re.findall(r"<img [^>]*>", html)
    assert [re.search(r'src="([^"]*)"', image)[1] for image in images] == [  # type: ignore[index]
        "assets/figures/curve.svg#only-light",
        "assets/figures/curve.svg#only-dark",
    ]
    for image in images:
        assert all(part in image for part in ('alt="A curve that falls to 0"', 'width="576"', 'height="346"'))
    assert '<a class="figure" href="assets/figures/curve.svg">' in html
    assert "<figcaption>" in html


def test_only_figures_after_the_first_load_lazily(convert: Callable[..., str]) -> None:
    html = convert(FIGURE + "\n" + FIGURE.replace("curve", "bars").replace("A bars", "Bars"))
    assert ['loading="lazy"' in image for image in re.findall(r"<img [^>]*>", html)] == [False, False, True, True]


def test_a_figure_of_a_page_further_down_keeps_its_way_up(convert: Callable[..., str]) -> None:
    assert 'href="../assets/figures/curve.svg"' in convert(FIGURE.replace("(assets", "(../assets"))


def test_an_image_that_is_no_figure_is_left_alone(convert: Callable[..., str]) -> None:
    assert convert("![logo](assets/logo.svg)") == '<p><img alt="logo" src="assets/logo.svg" /></p>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FIGURE.replace("curve.svg", "curves.svg"), "no figure curves; did you mean curve"),
        (FIGURE.replace("A curve that falls to 0", " "), "no alternative text"),
        (FIGURE.replace("falls to 0", "falls to $0$"), "plain text"),
        (FIGURE.split("\n\n")[0], "no caption"),
        (FIGURE.replace("Look at the end.\n", ""), "no caption"),
        (FIGURE.replace("figure-caption", "caption"), "no caption"),
        ("See " + FIGURE, "shares its line"),
        (FIGURE.replace(".svg)", ".svg) here"), "shares its line"),
        ('<img src="assets/figures/curve.svg">', "is written as"),
        ("[![a](assets/figures/curve.svg)](assets/figures/curve.svg)", "shares its line"),
    ],
)
def test_a_figure_that_cannot_be_shown_is_an_error(convert: Callable[..., str], text: str, message: str) -> None:
    with pytest.raises(PageError, match=rf"^docs/en/page\.md:8: .*{message}"):
        convert(f"One\ntwo\n\n{text}\n")


def test_a_figure_inside_a_fence_is_text(convert: Callable[..., str]) -> None:
    assert "![](assets/figures/none.svg)" in convert("```text\n![](assets/figures/none.svg)\n```\n")


# --- listings ---


def test_a_listing_has_its_file_its_lines_and_a_link(convert: Callable[..., str]) -> None:
    html = convert(fence("module.first.py"))
    title = "snippets/module.py, 8–12"
    assert f'<a href="../code/module/#__codelineno-0-8">{title}</a>' in html
    assert lines_shown(html) == [8, 9, 10, 11, 12]
    assert "Why it is so." in html
    assert "Line one." in html
    assert "return first" not in re.sub("<[^>]*>", "", html)


def test_neighbours_share_a_fence_with_the_space_they_have_in_the_file(convert: Callable[..., str]) -> None:
    html = convert('```python\n--8<-- "module.first.py"\n--8<-- "module.second.py"\n```\n')
    assert "snippets/module.py, 8–16" in html
    assert lines_shown(html) == list(range(8, 17))


def test_options_of_a_fence_are_kept(convert: Callable[..., str]) -> None:
    assert '<span class="hll">' in convert(fence("module.second.py", options=' hl_lines="2"'))


def test_a_listing_may_stand_in_a_list(convert: Callable[..., str]) -> None:
    indented = "".join(f"    {line}\n" for line in fence("module.second.py").splitlines())
    assert "snippets/module.py, 15–16" in convert(f"- Look:\n\n{indented}")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("```python\nx = 1\n```", 8, "only by name"),
        ("```py\nx = 1\n```", 8, "only by name"),
        ("~~~ {.python .x}\nx = 1\n~~~", 8, "only by name"),
        ("```python\n```", 7, "only by name"),
        (fence("module.first.py").replace("\n```", "\nx = 1\n```"), 9, "only by name"),
        (fence("module.fist.py"), 8, "no listing module.fist.py; did you mean module.first.py"),
        (fence("module.first.py", "module.third.py"), 11, "does not follow"),
        (fence("module.second.py", "module.first.py"), 11, "does not follow"),
        (fence("module.A.py", "module.C.py"), 11, "does not follow"),
        ("- In a list:\n\n    ```python\n    x = 1\n    ```", 10, "only by name"),
    ],
)
def test_code_that_is_not_a_listing_is_an_error(
    convert: Callable[..., str], text: str, line: int, message: str
) -> None:
    with pytest.raises(PageError, match=rf"^docs/en/page\.md:{line}: .*{message}"):
        convert(f"One\n\n{text}\n")


def test_other_languages_than_python_may_be_fenced(convert: Callable[..., str]) -> None:
    assert "make" in convert("```sh\nmake serve\n```\n")


def test_a_source_page_has_an_anchor_for_every_line(convert: Callable[..., str], tmp_path: Path) -> None:
    assert source_pages(tmp_path, "en") == {}
    (tmp_path / "docs" / "en").mkdir(parents=True)
    (tmp_path / "docs" / "en" / "page.md").write_text(fence("module.first.py"))
    page = source_pages(tmp_path, "en")["code/module.md"]
    html = convert(page.split("---\n", 2)[2])
    anchors = re.findall(r'id="__codelineno-0-(\d+)"', html)
    assert anchors == [str(n + 1) for n in range(CODE.count("\n"))]


def test_listings_of_symbols_that_are_gone_are_removed(tmp_path: Path) -> None:
    module = tmp_path / "snippets" / "module.py"
    module.parent.mkdir()
    module.write_text(CODE)
    index = write_listings(tmp_path, tmp_path / "listings")
    assert index["module.A.py"] == index["module.B.py"] == Place("snippets/module.py", 3, 3, 1)
    assert "module._HIDDEN.py" not in index
    module.write_text("A = 1\n")
    write_listings(tmp_path, tmp_path / "listings")
    assert sorted(p.name for p in (tmp_path / "listings").iterdir()) == ["index.json", "module.A.py"]


# --- facts ---


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("[[chapter.small:.2e]]", "−1.25·10⁻⁵", "−1.25·10⁻⁵"),
        ("$[[chapter.small:.2e]]$", r"$-1.25 \cdot 10^{-5}$", r"$-1.25 \cdot 10^{-5}$"),
        ("$$ x = [[chapter.small:.2e]] $$", r"$$ x = -1.25 \cdot 10^{-5} $$", r"$$ x = -1.25 \cdot 10^{-5} $$"),
        ("\\$[[chapter.small:.2e]]", "\\$−1.25·10⁻⁵", "\\$−1.25·10⁻⁵"),
        ("`[[chapter.small:.2e]]`", "`-1.25e-05`", "`-1.25e-05`"),
        ("[[chapter.share:.0%]]", "57%", "57\u00a0%"),
        ("$[[chapter.share:.0%]]$", r"$57\%$", r"$57\,\%$"),
        ("[[chapter.count]] and [[chapter.count:,]]", "1797 and 1,797", "1797 and 1797"),
        ("[[chapter.many:,]]", "1,234,567", "1\u00a0234\u00a0567"),
        ("$[[chapter.many:,]]$", "$1{,}234{,}567$", r"$1\,234\,567$"),
        ("It costs 5$.\n\n[[chapter.count]]", "It costs 5$.\n\n1797", "It costs 5$.\n\n1797"),
        ("[[1, 2], [3, 4]] and [[word]]", "[[1, 2], [3, 4]] and [[word]]", "[[1, 2], [3, 4]] and [[word]]"),
    ],
)
def test_a_fact_is_written_as_the_language_and_the_place_want_it(text: str, english: str, russian: str) -> None:
    assert fill(text, FACTS, "en") == english
    assert fill(text, FACTS, "ru") == russian


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("-0.00", "0.00"),
        ("1.0e+00", "1.0"),
        ("1e-05", "10⁻⁵"),
        ("-1e+12", "−10¹²"),
        ("+0.5", "+0.5"),
        ("3e+01", "3·10¹"),
    ],
)
def test_numbers_are_written_without_noise(number: str, shown: str) -> None:
    assert written(number, "en") == written(number, "ru") == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[chapter.smal:.1e]]", "no fact chapter.smal; did you mean chapter.small"),
        ("[[chapter.small]]", "give it a format"),
        ("[[chapter.small:d]]", "format 'd'"),
        ("[[chapter.count:b>9]]", "not a plain number"),
        ("[[chapter.count:c]]", "not a plain number"),
    ],
)
def test_a_fact_that_cannot_be_written_is_an_error(convert: Callable[..., str], text: str, message: str) -> None:
    with pytest.raises(FactError, match=message):
        fill(text, FACTS, "en")
    with pytest.raises(PageError, match=rf"^docs/en/page\.md:10: .*{message}"):
        convert(f"One\n\n```text\n[[no.fact]]\n```\n{text}\n")


def test_facts_reach_captions_and_alternative_text_but_not_fences(convert: Callable[..., str]) -> None:
    html = convert(FIGURE.replace("to 0", "to [[chapter.small:.2e]]").replace("end", "[[chapter.count]] points"))
    assert html.count('alt="A curve that falls to −1.25·10⁻⁵"') == 2
    assert "Look at the 1797 points" in html
    assert "[[chapter.count]]" in convert("```text\n[[chapter.count]]\n```\n")


# --- what a page uses ---


def test_what_a_page_uses_is_found_by_reading() -> None:
    used = used_in(
        FIGURE + fence("module.first.py", "module.second.py") + "In $[[chapter.small:.1e]]$.\n  answer: a.b\n"
    )
    assert used.figures == {"curve"}
    assert used.listings == {"module.first.py", "module.second.py"}
    assert used.facts == {"chapter.small", "a.b"}
