"""Questions: what the loader refuses, what a page gets, what every chapter's file must hold."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml
from markdown import Markdown

from scripts.markdown.questions import FOLDER, WORDS, QuestionsExtension, load
from scripts.markdown.syntax import PageError, Source

ROOT = FOLDER.parents[1]
FILES = sorted(FOLDER.glob("*.yml"))
FACTS = {"slopes.at_ten": 4.539580773595167e-05, "slopes.none": 0}


def both(text: str) -> dict[str, str]:
    return {"en": text, "ru": f"{text} по-русски"}


def option(text: str, right: bool) -> dict[str, Any]:
    return {"right": right, "text": both(text), "reason": both(f"because of {text}")}


GOOD: list[dict[str, Any]] = [
    {
        "key": "one",
        "kind": "single",
        "text": both("Is `f` of $x_1$ *steep*?"),
        "options": [option("no", False), option("yes", True), option("perhaps", False)],
    },
    {"key": "many", "kind": "multiple", "text": both("Which?"), "options": [option("a", True), option("b", False)]},
    {
        "key": "size",
        "kind": "number",
        "text": both("How steep, if not [[slopes.at_ten:.1e]]?"),
        "answer": "slopes.at_ten",
        "format": ".2e",
        "tolerance": 0.02,
        "reason": both("It is $e^{-10}$."),
    },
]


def write(folder: Path, data: Any, name: str = "slopes") -> Path:
    path = folder / f"{name}.yml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True), "utf8")
    return path


def convert(folder: Path, lang: str = "en", page: str = "# Slopes {#slopes}\n\n<!-- questions -->\n") -> Element:
    extension = QuestionsExtension(FACTS, lang, Source("docs/en/slopes.md"), folder)
    return fromstring(f"<page>{Markdown(extensions=[extension, 'attr_list', 'fenced_code']).convert(page)}</page>")


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


# --- the loader -------------------------------------------------------------------------------------------------------


def test_a_good_file_is_read_as_written(tmp_path: Path) -> None:
    one, many, size = load(write(tmp_path, GOOD))
    assert [o.right for o in one.options] == [False, True, False]
    assert many.options[0].reason == both("because of a")
    assert (size.answer, size.format, size.tolerance) == ("slopes.at_ten", ".2e", 0.02)


def test_a_plain_text_serves_both_languages(tmp_path: Path) -> None:
    data = copy.deepcopy(GOOD)
    data[0]["options"][0]["text"] = "$x$"
    assert load(write(tmp_path, data))[0].options[0].text == {"en": "$x$", "ru": "$x$"}


def put(*path: str | int, value: Any) -> Callable[[list[Any]], None]:
    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        data[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[list[Any]], None]:
    def change(data: Any) -> None:
        for name in path[:-1]:
            data = data[name]
        del data[path[-1]]

    return change


BAD: dict[str, tuple[Callable[[list[Any]], None], str]] = {
    "key used twice": (put(1, "key", value="one"), r"'one'.*used 2 times"),
    "key in capitals": (put(0, "key", value="One"), r"question 1.*lower case"),
    "no key": (drop(0, "key"), r"question 1.*begin with `key:`"),
    "unknown kind": (put(0, "kind", value="choice"), r"'one'.*kind must be"),
    "unknown field": (put(0, "hint", value="x"), r"'one'.*unknown hint"),
    "unknown field of an option": (put(0, "options", 0, "why", value="x"), r"'one'.*option 1.*unknown why"),
    "options of a number": (put(2, "options", value=[]), r"'size'.*unknown options"),
    "a language missing": (drop(0, "text", "ru"), r"'one'.*text.*en: …, ru: …"),
    "a language too many": (put(0, "text", "de", value="x"), r"'one'.*text"),
    "a comma not quoted": (put(0, "text", value={"en": "a", "b": None, "ru": "c"}), r"'one'.*comma.*quoted"),
    "empty text": (put(0, "text", "ru", value=" "), r"'one'.*ru must be one paragraph"),
    "two paragraphs": (put(0, "text", "en", value="a\n\nb"), r"'one'.*en must be one paragraph"),
    "text that is a number": (put(0, "options", 0, "text", value={"en": 1, "ru": 1}), r"option 1.*quoted"),
    "no reason": (drop(0, "options", 2, "reason"), r"'one'.*option 3.*add reason"),
    "none right": (put(1, "options", 0, "right", value=False), r"'many'.*at least one"),
    "two right in single": (put(0, "options", 0, "right", value=True), r"'one'.*exactly one option"),
    "right is a word": (put(0, "options", 0, "right", value="maybe"), r"'one'.*true or false"),
    "one option": (put(1, "options", value=[option("a", True)]), r"'many'.*2 to 8"),
    "option is a string": (put(0, "options", 0, value="no"), r"'one'.*option 1"),
    "answer typed": (put(2, "answer", value=0.25), r"'size'.*name a fact"),
    "answer without a stem": (put(2, "answer", value="at_ten"), r"'size'.*name a fact"),
    "tolerance 0": (put(2, "tolerance", value=0), r"'size'.*tolerance"),
    "tolerance of everything": (put(2, "tolerance", value=1.0), r"'size'.*tolerance"),
    "tolerance yes": (put(2, "tolerance", value=True), r"'size'.*tolerance"),
    "number without a reason": (drop(2, "reason"), r"'size'.*add reason"),
    "number without a format": (drop(2, "format"), r"'size'.*add format"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_loader_refuses(tmp_path: Path, name: str) -> None:
    change, message = BAD[name]
    data = copy.deepcopy(GOOD)
    change(data)
    path = write(tmp_path, data)
    with pytest.raises(ValueError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: question ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "write a list"),
        ("key: one", "write a list"),
        ("- key: [", "not YAML"),
        ("- key: one\n  kind: single\n  kind: multiple\n", "'kind' is written twice"),
    ],
)
def test_the_loader_refuses_a_file_that_is_no_list_of_questions(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        load(write(tmp_path, content))


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", WORDS)
def test_every_question_is_a_form_that_a_keyboard_and_a_screen_reader_can_use(tmp_path: Path, lang: str) -> None:
    write(tmp_path, GOOD)
    forms = convert(tmp_path, lang).findall(".//form")
    assert [form.get("id") for form in forms] == ["question-one", "question-many", "question-size"]
    for form, question in zip(forms, GOOD, strict=True):
        fieldset = form.find("fieldset")
        assert fieldset is not None
        assert fieldset[0].tag == "legend"
        assert form.get("method") == "dialog"
        assert form.get("autocomplete") == "off"
        fields = form.findall(".//label/input")
        kinds = {"single": ["radio"] * 3, "multiple": ["checkbox"] * 2, "number": ["text"]}
        assert [field.get("type") for field in fields] == kinds[question["kind"]]
        assert form.findall(".//input") == fields, "an input without a label"
        assert [button.get("type") for button in form.findall(".//button")] == ["submit", "reset"]
        assert form.find(".//output[@role='status']") is not None


@pytest.mark.parametrize("lang", WORDS)
def test_without_javascript_every_option_is_judged_in_words_with_its_reason(tmp_path: Path, lang: str) -> None:
    write(tmp_path, GOOD)
    for form, question in zip(convert(tmp_path, lang).findall(".//form"), GOOD[:2], strict=False):
        letters = [text(letter) for letter in form.findall(".//label/span[@class='letter']")]
        items = form.findall(".//details/ul/li")
        for item, letter, given in zip(items, letters, question["options"], strict=True):
            mark, word = ("✓", WORDS[lang]["right"]) if given["right"] else ("✗", WORDS[lang]["wrong"])
            assert text(item) == f"{letter} {mark} {word} {given['reason'][lang]}"
            assert item.get("class") == ("right" if given["right"] else "wrong")


def test_nothing_is_hidden_by_markup(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    for element in convert(tmp_path).iter():
        assert not {"hidden", "style", "aria-hidden"} & set(element.keys())


def test_a_number_is_the_experiments_and_shown_in_its_format(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    form = convert(tmp_path).findall(".//form")[2]
    assert form.get("data-answer") == repr(FACTS["slopes.at_ten"])
    assert form.get("data-tolerance") == "0.02"
    answer = form.find(".//details/p")
    assert answer is not None
    assert "4.54·10⁻⁵" in text(answer)
    assert "within 2%" in text(answer)
    legend = form.find(".//legend")
    assert legend is not None
    assert text(legend) == "3. How steep, if not 4.5·10⁻⁵?"
    field = form.find(".//input")
    assert field is not None
    assert field.get("inputmode") == "decimal"


def test_markdown_in_a_text_is_converted_and_mathematics_left_to_its_extension(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    legend = convert(tmp_path).find(".//legend")
    assert legend is not None
    assert [text(code) for code in legend.iter("code")] == ["f"]
    assert [text(em) for em in legend.iter("em")] == ["steep"]
    assert "$x_1$" in text(legend)


def test_only_multiple_choice_says_that_several_may_be_right(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    hints = [len(form.findall(".//legend/span[@class='hint']")) for form in convert(tmp_path).findall(".//form")]
    assert hints == [0, 1, 0]


def test_both_languages_have_the_same_structure(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    english, russian = ([element.tag for element in convert(tmp_path, lang).iter()] for lang in ("en", "ru"))
    assert english == russian


def test_a_marker_in_a_fence_is_shown_and_not_replaced(tmp_path: Path) -> None:
    page = convert(tmp_path, page="# Slopes {#slopes}\n\n```\n<!-- questions -->\n```\n")
    assert "<!-- questions -->" in text(page)
    assert page.find(".//form") is None


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# Slopes\n\n<!-- questions -->\n", r"docs/en/slopes.md.*heading"),
        ("# Slopes {#slopes}\n\n<!-- questions -->\n\n<!-- questions -->\n", r"docs/en/slopes.md.*keep one"),
        ("# Curves {#curves}\n\n<!-- questions -->\n", r"curves.*curves\.yml"),
    ],
)
def test_a_page_that_cannot_have_its_questions_is_refused(tmp_path: Path, page: str, message: str) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(PageError, match=message):
        convert(tmp_path, page=page)


@pytest.mark.parametrize("answer", ["slopes.at_nine", "slopes.none"])
def test_an_answer_that_is_no_fact_or_zero_is_refused(tmp_path: Path, answer: str) -> None:
    data = copy.deepcopy(GOOD)
    data[2]["answer"] = answer
    write(tmp_path, data)
    with pytest.raises(PageError, match=rf"slopes\.yml.*'size'.*{answer}"):
        convert(tmp_path)


def test_the_interface_has_the_same_words_in_both_languages() -> None:
    assert WORDS["en"].keys() == WORDS["ru"].keys()
    for name, english in WORDS["en"].items():
        assert re.findall(r"{\w+}", english) == re.findall(r"{\w+}", WORDS["ru"][name])
        assert WORDS["ru"][name] not in ("", english)


# --- the chapters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_chapter_has_at_least_five_questions(path: Path) -> None:
    assert len(load(path)) >= 5


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_place_of_an_option_does_not_give_it_away(path: Path) -> None:
    chosen = [question for question in load(path) if question.options]
    assert not all(question.options[0].right for question in chosen), f"{path}: the first option is always right"
    single = [[option.right for option in question.options] for question in chosen if question.kind == "single"]
    places = {right.index(True) for right in single}
    assert len(single) < 2 or len(places) > 1, f"{path}: the right option always stands in the same place"


def test_questions_and_pages_that_show_them_belong_together() -> None:
    for lang in WORDS:
        marked = {
            page.stem for page in (ROOT / "docs" / lang).glob("*.md") if "<!-- questions -->" in page.read_text("utf8")
        }
        assert marked == {path.stem for path in FILES}
