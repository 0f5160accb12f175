"""Every term of the glossary stands in the section that it links to; each page lists all of them in its alphabet."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from scripts.glossary import FOREIGN, Entry, fill, load

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "ru")
ENTRIES = load()
HEADING = re.compile(r"^(#+) .*\{ ?#([\w-]+) ?\}$", re.M)
FENCE = re.compile(r"^ *```.*?^ *```$", re.S | re.M)
ASIDE = re.compile(r"<!--.*?-->|\[\[.*?\]\]|\]\([^)]*\)|\{ ?#[\w-]+ ?\}", re.S)  # comments, facts, targets, ids


def section(lang: str, at: str) -> str:
    """The text under a heading, up to the next one that is not below it; of a page's first heading, up to any."""
    page, anchor = at.split("#")
    text = FENCE.sub("", (ROOT / "docs" / lang / f"{page}.md").read_text("utf-8")).replace("ё", "е")
    headings = list(HEADING.finditer(text))
    start = next(i for i, heading in enumerate(headings) if heading[2] == anchor)
    level = max(2, len(headings[start][1]))
    ends = [h.start() for h in headings[start + 1 :] if len(h[1]) <= level]
    return ASIDE.sub("", text[headings[start].start() : ends[0] if ends else len(text)]).lower()


def forms(term: str) -> re.Pattern[str]:
    """A term in any inflection: Russian words lose their last letters; words stand side by side or with one between."""
    words = [stem(word) for word in re.findall(r"\w+", term.lower().replace("ё", "е"))]
    return re.compile(r"\W+(?:\w+\W+)?".join(rf"\b{re.escape(word)}\w*" for word in words))


def stem(word: str) -> str:
    return word if word.isascii() else word[: max(3, len(word) - (2 if len(word) < 7 else 3))]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_every_term_stands_in_the_section_that_it_links_to(entry: Entry, lang: str) -> None:
    assert forms(entry.term[lang]).search(section(lang, entry.at)), f"{entry.term[lang]} is not in {entry.at}"


def test_forms_are_found_in_any_inflection_and_nothing_else_is() -> None:
    assert forms("обучающая выборка").search("по всей *обучающей* выборке")
    assert forms("learning rate").search("learning rates")
    assert not forms("обучающая выборка").search("на тестовой выборке")
    assert not forms("learning rate").search("learning from the rate")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_term_has_two_entries(lang: str) -> None:
    counts = Counter(entry.term[lang].lower() for entry in ENTRIES)
    assert [term for term, count in counts.items() if count > 1] == []


def test_every_entry_says_it_in_both_languages_and_shortly() -> None:
    for entry in ENTRIES:
        assert not re.search("[а-яё]", entry.term["en"] + entry.text["en"], re.I), entry.key
        assert re.search("[а-яё]", entry.text["ru"]), entry.key
        for lang in LANGUAGES:
            assert 20 <= len(entry.text[lang]) <= 170, f"{entry.key}: {len(entry.text[lang])} characters"
            assert entry.text[lang].endswith("."), entry.key


def test_entries_are_written_down_in_the_order_of_their_ids() -> None:
    keys = [entry.key for entry in ENTRIES]
    assert keys == sorted(keys)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_lists_all_terms_in_its_own_alphabet(lang: str) -> None:
    text = fill((ROOT / "docs" / lang / "glossary.md").read_text("utf-8"), lang)
    ids = re.findall(r"^.* \{ #([\w-]+) \}$", text, re.M)
    terms = {entry.key: entry.term[lang].lower().replace("ё", "е") for entry in ENTRIES}
    shown = [terms[key] for key in ids]
    assert sorted(ids) == sorted(terms)
    assert shown == sorted(shown, key=lambda term: (lang == "ru" and term[0].isascii(), term))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_line_of_letters_leads_to_the_first_term_of_each(lang: str) -> None:
    text = fill((ROOT / "docs" / lang / "glossary.md").read_text("utf-8"), lang)
    jumps = re.findall(r"\[([^\]]+)\]\(#([\w-]+)\)", text)
    entries = {entry.key: entry for entry in ENTRIES}
    assert [letter for letter, _ in jumps] == re.findall(r"^(\S+)\n\{ \.letter \}$", text, re.M)
    for letter, key in jumps:
        same = [e.term[lang].lower() for e in ENTRIES if e.letter(lang) == letter]
        assert entries[key].term[lang].lower() == min(same)
        assert letter == FOREIGN or all(term.upper().startswith(letter) for term in same)
