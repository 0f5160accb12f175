"""Formulas in plain text, as docstrings have them, to LaTeX: `σ(x) = 1 / (1 + e⁻ˣ)` can be checked like a page's."""

from __future__ import annotations

import re
import unicodedata
from itertools import dropwhile, takewhile

_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ˣᵏⁿᵗᶻⁱʲᵀ", "0123456789+-()xkntzijT", strict=True))
_SUB = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₓᵢⱼₖₘₙₜ", "0123456789+-xijkmnt", strict=True))
_ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar"}
_SIGNS = {"·": r"\cdot ", "½": r"\frac12 ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "−": "-"}
_SIGNS |= {
    "′": "'",
    "∂": r"\partial ",
    "Σ": r"\sum ",
    "∏": r"\prod ",
    "⊙": r"\odot ",
    "√": r"\sqrt ",
    "∞": r"\infty ",
    "×": r"\times ",
    "←": r"\leftarrow ",
    "~": r"\sim ",
    "‖": r"\|",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
}
_KNOWN = {"exp", "log", "tanh", "cosh", "sinh", "sin", "cos", "max", "min", "arctan"}
_END = re.compile(r"[.,;:](?:\s|$)|\s(?:where|over|with|and)\s")
_RELATION = re.compile(r"[=≈←~]")


def sentence(text: str) -> str:
    """The formula that a text begins with: up to the first stop outside of brackets.

    >>> sentence("f(x, y) = x + y, which is symmetric.")
    'f(x, y) = x + y'
    """
    for stop in _END.finditer(text):
        before = text[: stop.start()]
        if len(re.findall(r"[(\[]", before)) == len(re.findall(r"[)\]]", before)):
            return before
    return text


def statements(line: str) -> list[str]:
    """The formulas at the head of a line, apart at its stops: relations without which nothing more is said.

    >>> statements("Nesterov: v ← μ v + g, Δw = -η (g + μ v). Source: sutskever2013, where w stands for θ.")
    ['v ← μ v + g', 'Δw = -η (g + μ v)']
    """
    parts, rest = [], line
    while rest:
        parts.append(sentence(rest))
        rest = rest[len(parts[-1]) :].lstrip(".,;: ").removeprefix("and ").removeprefix("then ")
    found = list(dropwhile(lambda part: not _RELATION.search(part), parts))
    return list(takewhile(_RELATION.search, found))


def latex(text: str) -> str:
    r"""A plain formula as LaTeX.

    >>> latex("σ′(x) = e⁻ˣ / (1 + e^(2 x))²")
    "\\sigma '(x) = e^{-x} / (1 + e^{2 x})^{2}"
    """
    text = re.sub(r"\bU\[([^)]*)\)", r"\\mathcal{U}(\1)", text.replace("Δw", r"\mathrm{step}").replace("≠", r"\ne "))
    text = re.sub(r"(?<=~ )N(?=\()", r"\\mathcal{N}", text)
    text = unicodedata.normalize("NFD", text)
    text = re.sub(r"(\w)([\u0302-\u0304])", lambda match: f"{_ACCENTS[match[2]]}{{{match[1]}}}", text)
    text = re.sub(rf"[{''.join(_SUPER)}]+", lambda match: f"^{{{_translated(match[0], _SUPER)}}}", text)
    text = re.sub(rf"[{''.join(_SUB)}]+", lambda match: f"_{{{_translated(match[0], _SUB)}}}", text)
    text = re.sub(r"\^(-?\|[^|]*\||[A-Za-z]_\{[^}]*\}|⌊[^⌋]*⌋)", r"^{\1}", text)
    text = re.sub(r"(?<![\\A-Za-z{])[A-Za-z]{2,}", lambda match: _word(match[0]), text)
    text = re.sub(r"√(\\\w+\{\w\})", r"√(\1)", text)  # \sqrt\hat{v} would be an error
    for mark, command in (("^", "^"), ("_", "_"), ("√", r"\sqrt")):
        text = _braced(text, mark, command)
    return "".join(_SIGNS.get(character) or _greek(character) for character in text)


def _translated(text: str, table: dict[str, str]) -> str:
    return "".join(table[character] for character in text)


def _word(word: str) -> str:
    return rf"\{word}" if word in _KNOWN else rf"\mathrm{{{word}}}"


def _greek(character: str) -> str:
    name = unicodedata.name(character, "")
    small, capital = "GREEK SMALL LETTER ", "GREEK CAPITAL LETTER "
    if name == small + "PHI":
        return r"\varphi "
    if name.startswith((small, capital)):
        letter = name.rpartition(" ")[2].lower().replace("lamda", "lambda")
        return rf"\{letter.capitalize() if name.startswith(capital) else letter} "
    return character


def _braced(text: str, mark: str, command: str) -> str:
    """Put the bracket, maybe of a function, that follows a mark in braces instead."""
    while match := re.search(rf"{re.escape(mark)}(\\(?:max|min))?\(", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inside = text[match.end() : end - 1]
        argument = f"{match[1]}({inside})" if match[1] else inside
        text = f"{text[: match.start()]}{command}{{{argument}}}{text[end:]}"
    return text
