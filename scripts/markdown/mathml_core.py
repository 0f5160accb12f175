"""MathJax's MathML made for browsers, which know MathML Core only.

Letters of other alphabets become Unicode characters, TeX's spacing attributes of operators, the alignment of tables
styles of their cells. What browsers would draw wrongly is refused.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from functools import cache
from itertools import pairwise

from scripts.vendor.characters import character_sets

ROWS = {"math", "mrow", "mstyle", "msqrt", "mphantom", "mpadded", "mtd"}
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"}
TOKENS = {"mi", "mn", "mo", "mtext"}
ELEMENTS = ROWS | SCRIPTS | TOKENS | {"mspace", "mfrac", "mroot", "mtable", "mtr", "mprescripts"}
ATTRIBUTES = {
    *("display", "displaystyle", "scriptlevel", "form", "fence", "separator", "stretchy", "symmetric", "largeop"),
    *("movablelimits", "minsize", "maxsize", "lspace", "rspace", "linethickness", "width", "height", "depth"),
    *("voffset", "accent", "accentunder", "mathvariant", "style", "class"),
}
LAYOUT = {"columnalign", "columnspacing", "rowspacing"}  # of tables: become styles of the cells
HINTS = {
    "indentshift",
    "indentalign",
    "linebreakstyle",
    "framespacing",
}  # for long lines and frames, of which we have none

STYLES = {
    "bold": "BOLD",
    "italic": "ITALIC",
    "bold-italic": "BOLD ITALIC",
    "script": "SCRIPT",
    "bold-script": "BOLD SCRIPT",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "sans-serif": "SANS-SERIF",
    "monospace": "MONOSPACE",
}
TEXT_STYLES = {
    "bold": "font-weight:bold",
    "italic": "font-style:italic",
    "bold-italic": "font-weight:bold;font-style:italic",
    "sans-serif": "font-family:sans-serif",
    "monospace": "font-family:monospace",
}
USUAL_SPACE = (
    dict.fromkeys("=<>≤≥≈∼≠≡∈←→↦⟶", ("0.278em", "0.278em"))
    | dict.fromkeys("()[]{}⌊⌋⌈⌉\u2061", ("0", "0"))
    | {",": ("0", "0.167em")}
)  # what browsers set around these operators by themselves; for all others it is written down


ACCENTS = {"^": "ˆ", "~": "˜"}  # as high as the accents of a text
WIDE_ACCENTS = {"^": "\u0302", "~": "\u0303", "→": "→", "←": "←"}  # what the font can stretch
BARS = {"mover": "overline", "munder": "underline"}


class FormulaError(Exception):
    """A formula that cannot be shown; the message says why and what to do."""


def for_browsers(mathml: str, tex: str) -> str:
    """MathJax's MathML of `tex` as browsers need it, the TeX kept as an annotation. Raises: FormulaError."""
    math = ET.fromstring(mathml.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "", 1))
    for node in math.iter():
        node.tail = None
        if node.tag not in TOKENS:
            node.text = None
    _simplify(math)
    for step in (_accent, _space, _finish):
        for node in list(math.iter()):
            step(node)
    content = ET.Element("mrow")
    content.extend(math)
    annotation = ET.Element("annotation", {"encoding": "application/x-tex"})
    annotation.text = re.sub(r"&(?=#?\w+;)", "& ", tex)  # never what looks like an HTML entity
    # in the search index a formula within a sentence is its signs once, one of its own line is nothing
    (math if math.get("display") else annotation).set("data-search-exclude", "")
    semantics = ET.Element("semantics")
    semantics.extend([content[0] if len(content) == 1 else content, annotation])
    math[:] = [semantics]
    return ET.tostring(math, encoding="unicode")


def _simplify(node: ET.Element) -> None:
    """Take away rows of one element and invisible delimiters; the space before a row goes to what it held."""
    for i, child in enumerate(list(node)):
        _simplify(child)
        own = {name for name in child.attrib if not name.startswith("data-")} - HINTS
        if child.tag in {"mrow", "mstyle"} and len(child) == 1 and not own:
            node[i] = child[0]
            node[i].attrib.pop("data-space", None)
            node[i].attrib |= {k: v for k, v in child.attrib.items() if k == "data-space"}
    if node.tag in ROWS:
        for child in list(node):
            if child.tag == "mo" and not child.text:
                node.remove(child)


def _operator(node: ET.Element) -> ET.Element | None:
    """The operator that decides how much space there is around an element: itself, or the base of its scripts."""
    while node.tag in SCRIPTS and len(node):
        node = node[0]
    return node if node.tag == "mo" else None


def _space(row: ET.Element) -> None:
    """Set the space between the elements of a row as TeX does: on the operator beside the gap, else as an element."""
    if row.tag not in ROWS:
        return
    around: dict[ET.Element, list[str]] = {}
    children, gaps = list(row), dict[ET.Element, str]()
    for child in children:
        if (operator := _operator(child)) is not None:
            around[operator] = ["0", "0"]
    for previous, child in pairwise(children):
        gap = child.get("data-space")
        if gap is None:
            continue
        before, after = _operator(previous), _operator(child)
        if before is not None:
            around[before][1] = gap
        elif after is not None:
            around[after][0] = gap
        else:
            gaps[child] = gap
    for operator, (left, right) in around.items():
        if USUAL_SPACE.get(operator.text or "") != (left, right):
            operator.attrib |= {"lspace": left, "rspace": right}
    for child, gap in gaps.items():
        row.insert(list(row).index(child), ET.Element("mspace", {"width": gap}))


def _finish(node: ET.Element) -> None:
    """Letters, accents, tables; then only attributes that browsers know are left."""
    if node.tag not in ELEMENTS:
        raise FormulaError(
            f"browsers cannot show <{node.tag}>, which MathJax makes of this; say it with other commands"
        )
    if node.get("linebreak") == "newline":
        raise FormulaError(
            r"\\ starts a line only inside of aligned, cases or a matrix: put the lines into \begin{aligned}"
        )
    if node.tag == "mtext" and "\\" in (node.text or ""):
        raise FormulaError(f"MathJax reads no command inside of \\text: {node.text}")
    if node.tag == "mtable":
        _align(node)
    if node.tag in TOKENS:
        _letters(node)
    for name in [name for name in node.attrib if name.startswith("data-") or name in HINTS]:
        del node.attrib[name]
    for name, value in list(node.attrib.items()):
        if node.tag == "mpadded" and (value[0] == "+" or (name == "height" and value[0] == "-")):
            del node.attrib[name]  # relative sizes of labels over arrows: without them the label has its natural size
        elif name not in ATTRIBUTES:
            raise FormulaError(
                f'browsers ignore {name}="{value}", which MathJax makes of this; say it with other commands'
            )


def _accent(node: ET.Element) -> None:
    """A sign over or under something, in the form that the font has for it."""
    if node.attrib.pop("data-accent", None) is None:
        return
    sign = node[1]
    if sign.text == "―":  # browsers do not stretch it: a style of the row draws the line
        node.remove(sign)
        node.tag, node.attrib["class"] = "mrow", BARS[node.tag]
        return
    node.set("accentunder" if node.tag == "munder" else "accent", "true")
    if sign.tag == "mo" and sign.get("stretchy") == "false":
        if sign.text == "→":
            sign.text = "\u20d7"
            sign.set("stretchy", "true")  # else Chromium puts it beside the letter
        sign.text = ACCENTS.get(sign.text or "", sign.text)
    elif sign.tag == "mo" and sign.text in WIDE_ACCENTS:
        sign.text = WIDE_ACCENTS[sign.text]
        sign.set("stretchy", "true")


def _letters(node: ET.Element) -> None:
    """Letters of another alphabet as the characters that Unicode has for them: browsers know no other way."""
    text, variant = node.text or "", node.get("mathvariant")
    if variant == "normal" and not (node.tag == "mi" and len(text) == 1):
        del node.attrib["mathvariant"]  # upright is what these are by themselves
    elif variant not in {None, "normal"}:
        del node.attrib["mathvariant"]
        if node.tag == "mtext":
            if variant not in TEXT_STYLES:
                raise FormulaError(f"text cannot be {variant}: use the letters of a formula")
            node.set("style", TEXT_STYLES[variant])
        elif node.tag != "mo":
            node.text = text = "".join(styled(character, variant) for character in text)
    if node.tag != "mtext":
        _check_font(text)


def styled(character: str, variant: str) -> str:
    """A letter or digit in another alphabet. Raises: FormulaError.

    >>> styled("W", "bold"), styled("θ", "bold-italic"), styled("1", "double-struck"), styled("C", "double-struck")
    ('𝐖', '𝜽', '𝟙', 'ℂ')
    """
    if (character, variant) == ("h", "italic"):
        return "ℎ"
    name = unicodedata.name(character, "").removeprefix("LATIN ").removeprefix("GREEK ")
    name = name.replace("LETTER ", "").replace("LUNATE ", "")
    style = STYLES.get(variant, "")
    for full in (f"MATHEMATICAL {style} {name}", f"{style} {name}".replace("FRAKTUR", "BLACK-LETTER")):
        try:
            return unicodedata.lookup(full)
        except KeyError:
            continue
    raise FormulaError(f"there is no {variant} {character!r} in Unicode: write it without that command")


@cache
def _in_font() -> set[str]:
    return {chr(code) for codes in character_sets().values() for code in codes}


def _check_font(text: str) -> None:
    """Refuse a sign that would come from whatever font the reader has; Cyrillic comes from the page's on purpose."""
    for character in text:
        if character not in _in_font() and "CYRILLIC" not in unicodedata.name(character, ""):
            raise FormulaError(
                f"the math font has no {character} (U+{ord(character):04X}): use another sign, or add it to "
                "scripts/vendor/characters.txt and run make vendor"
            )


def _align(table: ET.Element) -> None:
    """Alignment and distances as styles of the cells, and struts, so that rows are as far apart as in TeX."""
    layout = {name: (table.attrib.pop(name, "") or default).split() for name, default in _LAYOUT_DEFAULTS.items()}
    if table.get("displaystyle") == "true":
        layout["rowspacing"] = ["0.5em"]  # room for the limits of sums
    rows = list(table)
    for i, row in enumerate(rows):
        if row.tag != "mtr":
            raise FormulaError("\\tag is not for here: give the formula a \\label and it is numbered")
        for j, cell in enumerate(row):
            align = _nth(layout["columnalign"], j)
            if align != "center":
                cell.set("class", align)
            above = _half(_nth(layout["rowspacing"], i - 1)) if i else "0"
            below = _half(_nth(layout["rowspacing"], i)) if i < len(rows) - 1 else "0"
            left = _half(_nth(layout["columnspacing"], j - 1)) if j else "0"
            right = _half(_nth(layout["columnspacing"], j)) if j < len(row) - 1 else "0"
            sides = [above, right, below, left]
            cell.set("style", f"padding:{' '.join(sides) if any(side != '0' for side in sides) else '0'}")
        if len(row):
            row[0].insert(0, ET.Element("mspace", {"height": "0.84em", "depth": "0.36em"}))


_LAYOUT_DEFAULTS = {"columnalign": "center", "columnspacing": "0.8em", "rowspacing": "0.5em"}


def _nth(values: list[str], n: int) -> str:
    """Entry n of a list whose last entry repeats."""
    return values[min(n, len(values) - 1)]


def _half(length: str) -> str:
    """Half of a length in em or pt, in em: a pt is a tenth of an em here, as in a 10 pt text.

    >>> _half("3pt"), _half("1em"), _half("0em")
    ('0.15em', '0.5em', '0')
    """
    match = re.fullmatch(r"([\d.]+)(em|pt)", length)
    if match is None:
        raise FormulaError(f"the distance {length} in a table is neither in em nor in pt")
    value = float(match[1]) / (2 if match[2] == "em" else 20)
    return f"{value:g}em" if value else "0"
