"""Questions of a chapter: `<!-- questions -->` on a page becomes the forms of docs/questions/<stem>.yml.

The stem is the id of the page's first heading; `<!-- questions of: stem -->` names another chapter, and its forms stay
inside of <noscript> until site.js takes them out. Without JavaScript the answers stand under "Answer and reasons"; with
it site.js judges an answer in place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from scripts import records
from scripts.markdown.facts import FactError, fill
from scripts.markdown.syntax import PageError, Source

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "questions"

WORDS = {
    "en": {
        "several": "More than one answer may be right.",
        "yours": "Your answer",
        "check": "Check",
        "again": "Try again",
        "reasons": "Answer and reasons",
        "is": "Answer:",
        "within": "Counted as right within {percent}%.",
        "right": "Right.",
        "wrong": "Wrong.",
        "not yet": "Not yet right.",
        "choose": "Choose an answer first.",
        "number": "Write a number, such as 0.25 or 1e-5.",
        "found": "Right ones chosen: {found} of {right}.",
        "letters": "ABCDEFGH",
    },
    "ru": {
        "several": "Верных ответов может быть несколько.",
        "yours": "Ваш ответ",
        "check": "Проверить",
        "again": "Ещё раз",
        "reasons": "Ответ и объяснения",
        "is": "Ответ:",
        "within": "Засчитывается с точностью до {percent}\u00a0%.",
        "right": "Верно.",
        "wrong": "Неверно.",
        "not yet": "Пока неверно.",
        "choose": "Сначала выберите ответ.",
        "number": "Введите число, например 0.25 или 1e-5.",
        "found": "Выбрано верных: {found} из {right}.",
        "letters": "АБВГДЕЖЗ",
    },
}


@dataclass(frozen=True)
class Option:
    """One answer to choose, with the reason why it is right or wrong; texts by language."""

    right: bool
    text: Mapping[str, str]
    reason: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """A question with options (single, multiple), or one answered by a number that is the fact `answer`."""

    key: str
    kind: str
    text: Mapping[str, str]
    options: tuple[Option, ...] = ()
    answer: str = ""
    format: str = ""
    tolerance: float = 0.0
    reason: Mapping[str, str] = field(default_factory=dict)


def load(path: Path) -> list[Question]:
    """The questions of a file, every field checked.

    Raises: ValueError that names the file, the question and what to do.
    """
    data = records.read(path)
    if not isinstance(data, list) or not data:
        raise ValueError(f"{path}: write a list of questions, each beginning with `- key:`")
    questions = [_question(item, f"{path}: question {number}") for number, item in enumerate(data, 1)]
    for key, count in Counter(question.key for question in questions).items():
        if count > 1:
            raise ValueError(f"{path}: question {key!r}: the key is used {count} times; give each question its own")
    return questions


def _question(item: Any, where: str) -> Question:
    if not isinstance(item, dict) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", str(item.get("key", ""))):
        raise ValueError(f"{where}: begin with `key:` in lower case, such as `key: sigmoid-slope`")
    key, kind = str(item["key"]), item.get("kind")
    where = f"{where.rsplit(' ', 1)[0]} {key!r}"
    if kind == "number":
        records.fields(item, {"key", "kind", "text", "answer", "format", "tolerance", "reason"}, where)
        answer, tolerance = item["answer"], item["tolerance"]
        if not isinstance(answer, str) or not re.fullmatch(r"\w+(\.\w+)+", answer):
            raise ValueError(f"{where}: answer must name a fact such as activations.sigmoid_slope, got {answer!r}")
        if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 < tolerance < 1:
            raise ValueError(f"{where}: tolerance must be relative, between 0 and 1, got {tolerance!r}")
        text, reason = (records.text(item[name], f"{where}: {name}") for name in ("text", "reason"))
        return Question(key, kind, text, (), answer, str(item["format"]), float(tolerance), reason)
    if kind not in ("single", "multiple"):
        raise ValueError(f"{where}: kind must be single, multiple or number, got {kind!r}")
    records.fields(item, {"key", "kind", "text", "options"}, where)
    given = item["options"]
    if not isinstance(given, list) or not 2 <= len(given) <= len(WORDS["en"]["letters"]):
        raise ValueError(f"{where}: options must be a list of 2 to {len(WORDS['en']['letters'])}")
    options = tuple(_option(option, f"{where}: option {number}") for number, option in enumerate(given, 1))
    right = sum(option.right for option in options)
    if right < 1 or (kind == "single" and right > 1):
        wanted = "exactly one option" if kind == "single" else "at least one option"
        raise ValueError(f"{where}: {wanted} must have `right: true`, got {right}")
    return Question(key, kind, records.text(item["text"], f"{where}: text"), options)


def _option(item: Any, where: str) -> Option:
    if not isinstance(item, dict):
        raise ValueError(f"{where}: write {{right: …, text: …, reason: …}}, got {item!r}")
    records.fields(item, {"right", "text", "reason"}, where)
    if not isinstance(item["right"], bool):
        raise ValueError(f"{where}: right must be true or false, got {item['right']!r}")
    return Option(
        item["right"], records.text(item["text"], f"{where}: text"), records.text(item["reason"], f"{where}: reason")
    )


# --- HTML -------------------------------------------------------------------------------------------------------------


def _add(parent: Element, tag: str, css: str = "", text: str | None = None, **attributes: str) -> Element:
    """A child whose text Markdown still reads: code, emphasis and mathematics in it work."""
    element = SubElement(parent, tag, {"class": css} if css else {}, **attributes)
    element.text = text
    if tag == "span":
        element.tail = " "
    return element


@dataclass(frozen=True)
class Writer:
    """Writes questions as forms, in one language."""

    facts: Mapping[str, float]
    lang: str

    def write(self, parent: Element, questions: list[Question]) -> None:
        """Append the questions to parent. Raises: ValueError that names the question."""
        words = {"wrong": self.word("not yet")} | {
            name: self.word(name) for name in ("right", "choose", "number", "found")
        }
        box = SubElement(parent, "div", {"class": "questions"} | {f"data-{name}": text for name, text in words.items()})
        for number, question in enumerate(questions, 1):
            try:
                self.form(box, number, question)
            except (ValueError, FactError) as error:
                raise ValueError(f"question {question.key!r}: {error}") from error

    def word(self, name: str) -> str:
        """A word of the interface."""
        return WORDS[self.lang][name]

    def fill(self, text: Mapping[str, str]) -> str:
        """A text with its facts written out."""
        return fill(text[self.lang], self.facts, self.lang)

    def form(self, box: Element, number: int, question: Question) -> None:
        """One question; method=dialog outside a dialog sends nothing anywhere, with or without JavaScript."""
        form = _add(box, "form", "question", id=f"question-{question.key}", method="dialog", autocomplete="off")
        form.set("data-kind", question.kind)
        fieldset = _add(form, "fieldset")
        legend = _add(fieldset, "legend")
        _add(legend, "span", "count", f"{number}.")
        _add(legend, "span", "", self.fill(question.text))
        if question.kind == "multiple":
            _add(legend, "span", "hint", self.word("several"))
        reasons = (
            self.number(form, fieldset, question) if question.kind == "number" else self.options(fieldset, question)
        )
        buttons = _add(fieldset, "div", "buttons", **{"data-search-exclude": ""})
        _add(buttons, "button", "", self.word("check"), type="submit")
        _add(buttons, "button", "", self.word("again"), type="reset")
        _add(buttons, "output", role="status")
        details = _add(fieldset, "details", "answer")
        _add(details, "summary", "", self.word("reasons"))
        details.append(reasons)

    def options(self, fieldset: Element, question: Question) -> Element:
        """The options of a question; returns their reasons."""
        reasons = Element("ul")
        for option, letter in zip(question.options, self.word("letters"), strict=False):
            label = _add(_add(fieldset, "div", "option"), "label")
            _add(label, "input", type="radio" if question.kind == "single" else "checkbox", name="answer", value=letter)
            _add(label, "span", "letter", letter)
            _add(label, "span", "", self.fill(option.text))
            item = _add(reasons, "li", "right" if option.right else "wrong")
            _add(item, "span", "letter", letter)
            _add(item, "span", "verdict", f"✓ {self.word('right')}" if option.right else f"✗ {self.word('wrong')}")
            _add(item, "span", "", self.fill(option.reason))
        return reasons

    def number(self, form: Element, fieldset: Element, question: Question) -> Element:
        """The field for a number; returns the answer with its reason."""
        shown = fill(f"[[{question.answer}:{question.format}]]", self.facts, self.lang)
        answer = float(self.facts[question.answer])
        if answer == 0:
            raise ValueError(f"{question.answer} is 0, and no tolerance is relative to 0: ask for another number")
        form.set("data-answer", repr(answer))
        form.set("data-tolerance", repr(question.tolerance))
        label = _add(_add(fieldset, "div", "number"), "label")
        _add(label, "span", "", self.word("yours"))
        _add(label, "input", type="text", inputmode="decimal", name="answer", spellcheck="false")
        reasons = Element("p")
        _add(reasons, "span", "verdict", f"{self.word('is')} {shown}.")
        _add(reasons, "span", "", self.fill(question.reason))
        _add(reasons, "span", "hint", self.word("within").format(percent=f"{100 * question.tolerance:g}"))
        return reasons


# --- the Markdown extension -------------------------------------------------------------------------------------------


class _Marker(Preprocessor):
    """Turns the comment into a token that no HTML preprocessor hides, with the page's stem in it."""

    TOKEN = "\x02questions:{}\x03"
    FOLDED = "\x02questions of:{}\x03"
    OTHER = re.compile(r"<!-- questions of: ([\w-]+) -->")

    def __init__(self, md: Markdown, source: Source) -> None:
        super().__init__(md)
        self.source = source

    def run(self, lines: list[str]) -> list[str]:
        headings = (re.match(r"# .*\{[^}]*#([\w-]+)[^}]*\}\s*$", line) for line in lines)
        stem = next((heading[1] for heading in headings if heading), None)
        marked = [number for number, line in enumerate(lines) if line.strip() == "<!-- questions -->"]
        if marked and stem is None:
            raise PageError(
                f"{self.source.name}: begin the page with a heading `# Title {{#stem}}`: it names the questions"
            )
        if len(marked) > 1:
            raise PageError(f"{self.source.name}: keep one of the {len(marked)} markers <!-- questions -->")
        for number in marked:
            lines[number] = f"\n{self.TOKEN.format(stem)}\n"
        for number, line in enumerate(lines):
            if other := self.OTHER.fullmatch(line.strip()):
                lines[number] = f"\n{self.FOLDED.format(other[1])}\n"
        return "\n".join(lines).split("\n")


class _Block(BlockProcessor):
    """Puts the questions where the token stands."""

    def __init__(self, md: Markdown, facts: Mapping[str, float], lang: str, folder: Path) -> None:
        super().__init__(md.parser)
        self.facts, self.lang, self.folder = facts, lang, folder

    def test(self, parent: Element, block: str) -> bool:  # noqa: ARG002
        return re.fullmatch(r"\x02questions( of)?:[\w-]+\x03", block.strip()) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        kind, _, stem = blocks.pop(0).strip()[1:-1].partition(":")
        if kind == "questions of":
            parent = SubElement(parent, "noscript")
        path = self.folder / f"{stem}.yml"
        if not path.is_file():
            raise PageError(f"the page {stem} asks for questions: write {path}, or take <!-- questions --> away")
        try:
            Writer(self.facts, self.lang).write(parent, load(path))
        except (ValueError, FactError) as error:
            raise PageError(str(error) if str(path) in str(error) else f"{path}: {error}") from error


class QuestionsExtension(Extension):
    """Replaces `<!-- questions -->` by the chapter's questions in the page's language, `questions of:` by another's."""

    def __init__(self, facts: Mapping[str, float], lang: str, source: Source, folder: Path = FOLDER) -> None:
        super().__init__()
        self.facts, self.lang, self.source, self.folder = facts, lang, source, folder

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        """Register between the stashing of fences (25) and of HTML (20), so that a marker in a fence stays."""
        md.preprocessors.register(_Marker(md, self.source), "questions", 22)
        md.parser.blockprocessors.register(_Block(md, self.facts, self.lang, self.folder), "questions", 200)
