"""English and Russian cannot drift, and what the pages name exists and is used."""

from __future__ import annotations

import ast
import hashlib
import re
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
EN, RU = ROOT / "docs" / "en", ROOT / "docs" / "ru"
PAGES = sorted(path.stem for path in EN.glob("*.md"))
LABS = sorted(path.stem for path in (EN / "labs").glob("*.py"))
FENCE = re.compile(r"^ *```.*?^ *```$", re.S | re.M)  # blanks: inside ??? everything is indented
MATH = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.S)


def source(language: str, stem: str) -> str:
    return (ROOT / "docs" / language / f"{stem}.md").read_text("utf-8")


def front_matter(text: str) -> dict[str, str]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.S)
    return yaml.safe_load(found[1]) if found else {}


def prose(text: str) -> str:
    """The page without front matter, listings, formulas, HTML comments, code spans and link targets."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S)
    for pattern in (
        FENCE,
        re.compile(r"<!--.*?-->", re.S),
        re.compile(r"^ *(?:!!!|\?\?\?\+?) .*$", re.M),
        MATH,
        re.compile(r"`[^`]*`"),
        re.compile(r"\]\([^)]*\)|\{[^}]*\}"),
    ):
        text = pattern.sub("", text)
    return re.sub(r"<[^>]+>|\[\[[^\]]*\]\]", "", text)


STRUCTURE = {
    "headings": re.compile(r"^ *(#+) .*?(\{ ?#[\w-]+ ?\})?$", re.M),
    "listings": re.compile(r"^ *--8<-- \"(.*?)\"$", re.M),
    "figures": re.compile(r"!\[[^\]]*(?:\]\][^\]]*)*\]\((\S+?)\)"),
    "formula labels": re.compile(r"<!-- formula: (.*?) -->"),
    "markers": re.compile(r"^ *<!-- ((?:questions|all questions|cheatsheet|movable|notation|glossary).*?) -->$", re.M),
    "admonitions": re.compile(r"^ *(!!!|\?\?\?\+?) (\w+)", re.M),
    "links to pages": re.compile(r"\]\(([\w/.-]+\.(?:md|py)(?:#[\w-]+)?)\)"),
    "table rows": re.compile(r"^ *(\|)", re.M),
}


@pytest.mark.parametrize("what", STRUCTURE)
@pytest.mark.parametrize("stem", PAGES)
def test_both_languages_have_the_same_structure(stem: str, what: str) -> None:
    pages = [source(language, stem) for language in ("en", "ru")]
    if what != "listings":
        pages = [FENCE.sub("", page) for page in pages]
    english, russian = (STRUCTURE[what].findall(page) for page in pages)
    for en, ru in zip_longest(english, russian):
        assert en == ru, f"docs/en/{stem}.md and docs/ru/{stem}.md differ in their {what}: {en!r} against {ru!r}"


@pytest.mark.parametrize("stem", PAGES)
def test_every_heading_has_an_id_of_its_own(stem: str) -> None:
    headings = STRUCTURE["headings"].findall(FENCE.sub("", source("en", stem)))
    ids = [anchor for _, anchor in headings]
    assert all(ids), f"docs/en/{stem}.md: a heading has no explicit {{#id}}"
    assert len(set(ids)) == len(ids), f"docs/en/{stem}.md: two headings share an id"


@pytest.mark.parametrize("stem", PAGES)
def test_both_languages_quote_the_same_numbers(stem: str) -> None:
    facts = [set(re.findall(r"\[\[(\w+\.\w+)", source(language, stem))) for language in ("en", "ru")]
    assert facts[0] == facts[1], f"{stem}: only one language quotes {sorted(facts[0] ^ facts[1])}"


@pytest.mark.parametrize("stem", PAGES)
def test_the_russian_page_follows_the_english_one_as_it_is_now(stem: str) -> None:
    english = hashlib.sha256((EN / f"{stem}.md").read_bytes()).hexdigest()[:12]
    follows = str(front_matter(source("ru", stem)).get("follows"))
    assert follows == english, (
        f"docs/en/{stem}.md has changed since docs/ru/{stem}.md was written: "
        f"bring the Russian page up to date, then set `follows: {english}` in it"
    )


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("stem", PAGES)
def test_every_page_has_a_title_and_a_description_for_search_engines(stem: str, language: str) -> None:
    meta = front_matter(source(language, stem))
    assert meta.get("title"), f"docs/{language}/{stem}.md has no title"
    assert 50 <= len(meta.get("description", "")) <= 160, (
        f"docs/{language}/{stem}.md: description of 50 to 160 characters"
    )


def test_both_languages_have_the_same_pages() -> None:
    english, russian = ({p.relative_to(d).as_posix() for p in d.rglob("*") if p.is_file()} for d in (EN, RU))
    assert english == russian


def test_both_navigations_are_in_step() -> None:
    def targets(node: object) -> list[str]:
        if isinstance(node, dict):
            return [leaf for value in node.values() for leaf in targets(value)]
        return [leaf for item in node for leaf in targets(item)] if isinstance(node, list) else [str(node)]

    english, russian = (
        re.search(r"^nav:\n(?:[ -].*\n)+", (ROOT / name).read_text("utf-8"), re.M)
        for name in ("mkdocs.yml", "mkdocs.ru.yml")
    )
    assert english
    assert russian
    assert targets(yaml.safe_load(english[0])) == targets(yaml.safe_load(russian[0]))


@pytest.mark.parametrize("stem", LABS)
def test_labs_run_the_same_code_in_both_languages(stem: str) -> None:
    """Words may differ: strings and comments do not count, everything else does."""

    def code(folder: Path) -> list[str]:
        text = (folder / "labs" / f"{stem}.py").read_text("utf-8")
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                node.value = ""
        return ast.unparse(tree).splitlines() + re.findall(r"^# %%.*$", text, re.M)

    for en, ru in zip_longest(code(EN), code(RU)):
        assert en == ru, f"docs/en/labs/{stem}.py and docs/ru/labs/{stem}.py differ: {en!r} against {ru!r}"


@pytest.mark.parametrize("stem", PAGES)
def test_conditions_inside_russian_formulas_are_russian(stem: str) -> None:
    """`& \\text{if } x > 0` is read as a word; subscripts such as n_\\text{in} stay as they are."""
    assert [c for c in re.findall(r"& *\\text\{([^}]*)\}", source("ru", stem)) if not re.search("[а-яё]", c)] == []


@pytest.mark.parametrize("stem", PAGES)
def test_russian_typography(stem: str) -> None:
    """«Ёлочки» for quotes, a dash between words, no English words left in the prose by oversight."""
    text = prose(source("ru", stem))
    assert not re.search(r'["“”]', text), re.search(r'.*["“”].*', text)
    assert not re.search(r"[а-яё] - [а-яё]", text), re.search(r".*[а-яё] - [а-яё].*", text)
    assert not re.search(r"[а-яё][a-z]|[a-z][а-яё]", text), re.search(r".*(?:[а-яё][a-z]|[a-z][а-яё]).*", text)


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("stem", PAGES)
def test_pages_hold_no_code_of_their_own(stem: str, language: str) -> None:
    for fence in FENCE.findall(source(language, stem)):
        lines = [line.strip() for line in fence.splitlines()[1:-1] if line]
        assert all(line.startswith('--8<-- "') for line in lines), (
            f"docs/{language}/{stem}.md: a fence with code of its own:\n{fence}"
        )
