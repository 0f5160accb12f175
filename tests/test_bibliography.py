"""Sources: what the file refuses, what pages show, and that nothing is cited that a reader cannot look up."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml
from markdown import Markdown
from markdown.extensions import Extension

from scripts.bibliography import (
    ALL,
    FILE,
    MARKER,
    Bibliography,
    Cited,
    Entry,
    in_code,
    in_markers,
    in_nav,
    in_page,
    load,
    read_marker,
)
from scripts.listings import Place, write_listings
from scripts.markdown.bibliography import BibliographyExtension
from scripts.markdown.syntax import PageError, Source

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path.name for path in (ROOT / "docs" / "en").glob("*.md"))
CITING = [page for page in PAGES if MARKER.search((ROOT / "docs" / "en" / page).read_text("utf-8"))]
GOOD: dict[str, dict[str, Any]] = {
    "bishop2006": {
        "authors": "C. M. Bishop",
        "title": "Pattern Recognition",
        "where": {"en": "Springer, first printing", "ru": "Springer, первый тираж"},
        "link": "https://example.org/book.pdf",
        "label": {"en": "book", "ru": "книга"},
        "russian": "К. М. Бишоп. Распознавание образов",
    },
    "chen2023": {"authors": "X. Chen and others", "title": "Is it faster?", "where": "ICML", "link": "doi:10.1/(4)5"},
    "dask": {"authors": {"en": "Dask developers", "ru": "Разработчики Dask"}, "title": "Client"},
    "li2018": {"authors": "X. Li, Y. Grandvalet", "title": "Bias: one", "link": "arXiv:1802.01483"},
    "li2018b": {"authors": "L. Li", "title": "Hyperband"},
    "vanlaarhoven2017": {"authors": "T. van Laarhoven", "title": "L2", "where": "Letters 4"},
}


def write(folder: Path, data: Any) -> Path:
    path = folder / "sources.yml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
    return path


@pytest.fixture
def entries(tmp_path: Path) -> dict[str, Entry]:
    return load(write(tmp_path, GOOD))


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_source_is_written_with_what_is_known_of_it(entries: dict[str, Entry]) -> None:
    assert entries["bishop2006"].write("en") == (
        "C. M. Bishop. Pattern Recognition. Springer, first printing, 2006. [book](https://example.org/book.pdf)"
    )
    assert entries["li2018"].write("en") == (
        "X. Li, Y. Grandvalet. Bias: one. 2018. [arXiv:1802.01483](https://arxiv.org/abs/1802.01483)"
    )
    assert entries["vanlaarhoven2017"].write("en") == "T. van Laarhoven. L2. Letters 4, 2017."
    assert entries["dask"].write("en") == "Dask developers. Client."


def test_a_russian_page_says_it_in_russian(entries: dict[str, Entry]) -> None:
    assert entries["chen2023"].write("ru").startswith("X. Chen и соавторы. Is it faster? ICML, 2023. ")
    assert (
        entries["bishop2006"]
        .write("ru")
        .endswith(
            "Springer, первый тираж, 2006. [книга](https://example.org/book.pdf). "
            "По-русски: К. М. Бишоп. Распознавание образов."
        )
    )
    assert entries["dask"].write("ru") == "Разработчики Dask. Client."


def test_brackets_of_a_doi_do_not_end_its_link(entries: dict[str, Entry]) -> None:
    assert entries["chen2023"].write("en").endswith("[doi:10.1/(4)5](https://doi.org/10.1/%284%295)")


@pytest.mark.parametrize(("remark", "end"), [("eq. 3", "Letters 4, 2017: eq. 3."), ("", "Letters 4, 2017.")])
def test_a_remark_stands_after_the_year(entries: dict[str, Entry], remark: str, end: str) -> None:
    assert entries["vanlaarhoven2017"].write("en", remark).endswith(end)


def changed(key: str, **fields: Any) -> dict[str, Any]:
    return {**GOOD, key: {name: value for name, value in {**GOOD[key], **fields}.items() if value is not None}}


BAD: dict[str, tuple[Any, str]] = {
    "a key twice": ("li2018: {authors: X. Li, title: a}\nli2018: {authors: X. Li, title: b}\n", "written twice"),
    "a list": (["li2018"], "beginning with its key"),
    "another surname": ({"lee2018": GOOD["li2018"]}, "lee2018: the key of"),
    "capitals": ({"Li2018": GOOD["li2018"]}, "Li2018: the key of"),
    "a year of two digits": ({"li18": GOOD["li2018"]}, "li18: the key of"),
    "a letter without a year": ({"lib": GOOD["li2018"]}, "lib: the key of"),
    "a letter for nothing": ({"li2018b": GOOD["li2018b"]}, "li2018b: a letter tells two keys apart"),
    "out of order": (dict(reversed(GOOD.items())), "li2018b: put it in the order"),
    "no title": (changed("dask", title=None), "dask: add title"),
    "a field too many": (changed("dask", year=2018), "dask: unknown year"),
    "one language": (changed("dask", title={"en": "Client"}), "dask: title: write"),
    "an address without a label": (changed("dask", link="https://example.org"), "dask: a link needs a label"),
    "a label for a doi": (changed("chen2023", label="doi"), "chen2023: a link needs a label"),
    "a label without a link": (changed("dask", label="here"), "dask: a label needs a link"),
    "no address": (changed("dask", link="example.org", label="here"), "dask: link must be"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_file_refuses(tmp_path: Path, name: str) -> None:
    data, message = BAD[name]
    path = write(tmp_path, data)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def convert(entries: dict[str, Entry]) -> Callable[..., str]:
    cited = {
        "dask": [Cited("search.md", "Search"), Cited("project.md", "A run")],
        "li2018": [Cited("", "snippets/a.py")],
    }

    def run(page: str, lang: str = "en") -> str:
        source = Source("docs/en/page.md", skipped=4, sources="../../sources/")
        extension = BibliographyExtension(Bibliography(entries, cited), lang, source)
        settings = {"pymdownx.highlight": {"anchor_linenums": True}}
        extensions: list[Extension | str] = [
            extension,
            "attr_list",
            "md_in_html",
            "pymdownx.superfences",
            "pymdownx.highlight",
        ]
        return Markdown(extensions=extensions, extension_configs=settings).convert(page)

    return run


def parsed(html: str) -> Element:
    return fromstring(f"<page>{html}</page>")


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_a_chapter_lists_what_its_marker_names_in_its_order(convert: Callable[..., str]) -> None:
    page = "# A\n\n<!-- sources: dask, chen2023 (eq. 3,\n    and its proof),\n    bishop2006 -->\n\nThe end.\n"
    items = parsed(convert(page)).findall("ul/li")
    assert [text(item) for item in items] == [
        "Dask developers. Client. dask",
        "X. Chen and others. Is it faster? ICML, 2023: eq. 3, and its proof. doi:10.1/(4)5 chen2023",
        "C. M. Bishop. Pattern Recognition. Springer, first printing, 2006. book bishop2006",
    ]
    keys = [item.findall("a")[-1] for item in items]
    assert [(key.get("class"), key.get("href")) for key in keys] == [
        ("key", f"sources.md#{key}") for key in ("dask", "chen2023", "bishop2006")
    ]


def test_the_page_of_sources_lists_all_with_an_anchor_and_who_cites_them(convert: Callable[..., str]) -> None:
    page = parsed(convert(f"# Sources\n\n{ALL}\n"))
    items = page.findall("div/ul/li")
    assert [item.get("id") for item in items] == list(GOOD)
    smalls = [item.find("small") for item in items]
    assert [text(small) for small in smalls if small is not None] == [
        "bishop2006",
        "chen2023",
        "dask, Search, A run",
        "li2018, snippets/a.py",
        "li2018b",
        "vanlaarhoven2017",
    ]
    assert [a.get("href") for a in items[2].iter("a")] == ["#dask", "search.md", "project.md"]
    letters = page.findall("div/p/a")
    assert [(a.text, a.get("href")) for a in letters] == [
        (letter, f"#{key}")
        for letter, key in zip("BCDLV", ["bishop2006", "chen2023", "dask", "li2018", "vanlaarhoven2017"], strict=True)
    ]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("One.\n\n<!-- sources: dask, lee2018 -->", "docs/en/page.md:7: there is no source lee2018 in docs/reference"),
        ("<!-- sources: dask,\n    chen2032 -->", "docs/en/page.md:6: there is no source chen2032"),
        ("<!-- sources: li2019 -->", "did you mean li2018"),
        ("<!-- sources: dask, dask -->", "docs/en/page.md:5: dask is named twice"),
        ("Read\nthis: <!-- sources: dask -->", "docs/en/page.md:6: a list of sources has its lines for itself"),
        ("<!-- sources: dask --> and more", "docs/en/page.md:5: a list of sources has its lines for itself"),
        ("    <!-- sources: dask -->", "docs/en/page.md:5: a list of sources has its lines for itself"),
        ("<!-- sources -->", "docs/en/page.md:5: write <!-- sources:"),
        ("<!-- sources: -->", "docs/en/page.md:5: write <!-- sources:"),
        ("<!-- sources: dask li2018 -->", "docs/en/page.md:5: write <!-- sources:"),
        ("<!-- sources: dask (eq. 1 -->", "docs/en/page.md:5: write <!-- sources:"),
    ],
)
def test_a_wrong_marker_is_an_error_with_file_and_line(convert: Callable[..., str], page: str, message: str) -> None:
    with pytest.raises(PageError) as caught:
        convert(page)
    assert message in str(caught.value)


def test_a_marker_in_a_fence_stays(convert: Callable[..., str]) -> None:
    assert "&lt;!-- sources: nobody --&gt;" in convert("```text\n<!-- sources: nobody -->\n```\n")


LISTING = '''```python
def f(x):
    """Twice x.

    Source: dask, eq. 1; li2018 for the rest, li2018b and lee2018.
    """
    li2018 = "li2018"
    return x
```
'''


def test_a_key_in_a_docstring_leads_to_its_entry_and_nothing_else_changes(convert: Callable[..., str]) -> None:
    html = convert(LISTING)
    links = re.findall(r'<a href="(\.\./\.\./sources/[^"]*)">([^<]*)</a>', html)
    assert links == [(f"../../sources/#{key}", key) for key in ("li2018", "li2018b")]
    assert LISTING.split("\n", 1)[1].removesuffix("```\n") in unescape(re.sub(r"<[^>]+>", "", html))


# --- who cites what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A site of two pages over a package of one module."""
    link, include = "[Client](sources.md#dask)", '```python\n--8<-- "module.seen.py"\n```'
    files = {
        FILE: yaml.safe_dump(GOOD, allow_unicode=True, sort_keys=False),
        "docs/en/one.md": f"---\ntitle: First\n---\n# One\n\n{link}\n\n<!-- sources: bishop2006 (p. 1) -->\n",
        "docs/en/two.md": f"---\ntitle: Second\n---\n# Two\n\n{include}\n\n{link}\n",
        "snippets/module.py": 'def a():\n    """Source: li2018b."""\n\n\ndef seen():\n    """Source: li2018."""\n',
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


NAV = [{"Home": "two.md"}, {"Part": [{"One": "one.md"}, {"Lab": "labs/lab.py"}]}]


def test_a_source_knows_its_pages_in_the_order_of_the_navigation(tree: Path) -> None:
    known = Bibliography.of(tree, "en", NAV, write_listings(tree, tree / "listings"))
    assert known.cited == {
        "dask": [Cited("two.md", "Second"), Cited("one.md", "First")],
        "li2018": [Cited("two.md", "Second")],
        "bishop2006": [Cited("one.md", "First")],
        "li2018b": [Cited("", "snippets/module.py")],
    }


def test_an_unknown_key_in_a_docstring_is_an_error_with_file_and_line(tree: Path) -> None:
    (tree / "snippets" / "module.py").write_text(
        'def f():\n    """Sum.\n\n    Source: li2018;\n    see lee2018.\n    """\n'
    )
    with pytest.raises(ValueError, match=r"^snippets/module\.py:5: there is no source lee2018 in docs/reference"):
        Bibliography.of(tree, "en", NAV, {})


def test_a_page_is_converted_again_when_a_source_of_its_own_changes(tree: Path) -> None:
    before = Bibliography.of(tree, "en", NAV, {})
    path = tree / FILE
    path.write_text(path.read_text("utf-8").replace("Pattern Recognition", "Patterns"), "utf-8")
    after = Bibliography.of(tree, "en", NAV, {})
    citing, other = "<!-- sources: dask, bishop2006 -->", "<!-- sources: dask -->"
    assert before.matters_to(citing) != after.matters_to(citing)
    assert before.matters_to(other) == after.matters_to(other)
    assert before.matters_to(ALL) != after.matters_to(ALL)


# --- this site --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    return write_listings(ROOT, tmp_path_factory.mktemp("listings"))


@pytest.fixture(scope="module")
def known(index: dict[str, Place]) -> Bibliography:
    """Refuses keys of docstrings that have no entry."""
    return Bibliography.of(ROOT, "en", PAGES, index)


def page_of(language: str, name: str) -> str:
    return (ROOT / "docs" / language / name).read_text("utf-8")


def test_the_docstrings_of_the_package_name_sources() -> None:
    keys = {key for key, _, _ in in_code(ROOT)}
    assert {"kingma2015", "alpaydin1998", "mezzadri2007"} <= keys  # a line alone, with a remark, in brackets


def test_a_docstring_begins_what_it_says_of_its_source_with_a_key() -> None:
    said = [
        (path.relative_to(ROOT).as_posix(), found[1])
        for path in sorted((ROOT / "snippets").rglob("*.py"))
        for found in re.finditer(r"Source: (\S+)", path.read_text("utf-8"))
    ]
    entries = load(ROOT / FILE)
    assert [(file, word) for file, word in said if re.sub(r"\W+$", "", word) not in entries] == []


def test_every_source_is_cited_somewhere(known: Bibliography) -> None:
    assert [key for key in known.entries if key not in known.cited] == []


@pytest.mark.parametrize("page", CITING)
def test_a_page_that_lists_sources_lists_those_of_its_listings(page: str, index: dict[str, Place]) -> None:
    markdown = page_of("en", page)
    assert in_page(markdown, list(in_code(ROOT)), index) - {key for key, _ in in_markers(markdown)} == set()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("page", CITING)
def test_every_marker_can_be_read_and_lists_are_not_typed(page: str, language: str) -> None:
    markdown, entries = page_of(language, page), load(ROOT / FILE)
    assert [read_marker(marker[1], entries) for marker in MARKER.finditer(markdown)]
    addresses = {entry.address for entry in entries.values()} - {""}
    assert [address for address in addresses if f"]({address})" in markdown] == []


@pytest.mark.parametrize("page", CITING)
def test_both_languages_cite_the_same_and_remark_on_the_same(page: str) -> None:
    english, russian = ([(key, bool(r)) for key, r in in_markers(page_of(lang, page))] for lang in ("en", "ru"))
    assert english == russian


@pytest.mark.parametrize("page", CITING)
def test_russian_remarks_have_russian_quotes(page: str) -> None:
    assert [r for _, r in in_markers(page_of("ru", page)) if re.search(r'["“”]', r)] == []


def test_a_chapter_says_where_to_read_on() -> None:
    """Every page with questions lists sources."""
    assert [page for page in PAGES if "<!-- questions -->" in page_of("en", page) and page not in CITING] == []


def test_the_navigation_names_files_in_its_order() -> None:
    assert list(in_nav(NAV)) == ["two.md", "one.md", "labs/lab.py"]
