"""The formulas of a page or notebook: displays with the label in the comment above them, and inline formulas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from formulas.tokens import FormulaError

_CODE = re.compile(r"^([ ]*)(`{3,}|~{3,}).*?^\1\2[ ]*$|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\3(?!`)", re.S | re.M)
_DISPLAY = re.compile(r"^[ ]*\$\$(?P<tex>.*?)\$\$[ ]*$", re.S | re.M)
_COMMENT = re.compile(r"^[ ]*<!--\s*formula:(?P<label>.*?)-->[ ]*\n(?P<gap>(?:[ ]*\n)*)", re.S | re.M)
INLINE = re.compile(r"(?<!\\)\$(?!\s)(?P<tex>(?:\\.|[^\\$])+?)(?<!\s)\$", re.S)
_LABEL = re.compile(r"[a-z][a-z0-9-]*(?: again| wrong)?|none:\s*\S.*", re.S)
TEXT = re.compile(r"\\text\s*\{[^{}]*\}")


@dataclass(frozen=True)
class Formula:
    """A formula where it stands: `line` is that of its first character, `label` None for an inline formula.

    `label again` repeats the display of that label, `label wrong` must fail on the values with which it holds.
    """

    path: Path
    line: int
    label: str | None
    tex: str

    @property
    def of(self) -> str:
        """The label of the binding that this display belongs to."""
        return (self.label or "").partition(" ")[0]

    @property
    def wrong(self) -> bool:
        """Whether the display must be wrong."""
        return self.label == f"{self.of} wrong"

    @property
    def reason(self) -> str | None:
        """Why the formula is exempt from checking; None if it is not."""
        mark, _, reason = (self.label or "").partition(":")
        return reason.strip() if mark == "none" else None

    @property
    def spaced(self) -> str:
        """The TeX with single spaces."""
        return " ".join(self.tex.split())

    @property
    def without_text(self) -> str:
        r"""The TeX with every \text{} emptied and spaces evened out: the same in all languages."""
        return TEXT.sub(r"\\text{}", self.spaced)


def pages(folder: Path) -> list[Path]:
    """The pages and notebooks of a folder and its folders."""
    return sorted(path for path in folder.rglob("*") if path.suffix in (".md", ".py"))


def displays(path: Path) -> list[Formula]:
    """Every display of a page, code aside. A display without a label, or a label without a display, is an error."""
    text = _markdown(path)
    labels = {match.end(): match for match in _COMMENT.finditer(text)}
    rest = _blank(_DISPLAY, text)
    found, mistakes = [], {}  # mistakes by their place
    for match in _DISPLAY.finditer(text):
        comment = labels.pop(match.start(), None)
        label = comment["label"].strip() if comment else ""
        if comment is None:
            mistakes[match.start()] = "a display without `<!-- formula: label -->` and a blank line above it"
        elif not comment["gap"]:
            mistakes[comment.start()] = "a blank line must stand between the label and the display"
        elif label == "none:":
            mistakes[comment.start()] = "an exemption must give its reason"
        elif not _LABEL.fullmatch(label):
            mistakes[comment.start()] = f"{label!r} is not a label: small letters, digits and hyphens"
        found.append(Formula(path, _line(text, match.start("tex")), label, match["tex"]))
    mistakes |= {comment.start(): "a formula label without a display below it" for comment in labels.values()}
    if "$$" in rest:
        mistakes.setdefault(rest.index("$$"), "$$ must begin and end the display's own lines")
    for place, mistake in mistakes.items():
        raise FormulaError(f"{path}:{_line(text, place)}: {mistake}")
    return found


def inlines(path: Path) -> list[Formula]:
    """Every inline formula of a page."""
    text = _blank(_DISPLAY, _markdown(path))
    return [Formula(path, _line(text, match.start()), None, match["tex"]) for match in INLINE.finditer(text)]


def _markdown(path: Path) -> str:
    """The text of a page, code aside; that of a notebook in the percent format stands in its comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = re.sub(r"^(?:# ?(.*)|.*)$", r"\1", text, flags=re.M)
    return _blank(_CODE, text)


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Text with every match replaced by spaces, lines and positions kept."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
