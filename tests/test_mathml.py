r"""Formulas: what MathJax and our own steps make of TeX, and what an author is told who makes a mistake."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from pathlib import Path

import markdown
import pytest
from markdown.extensions.toc import TocExtension

from scripts.markdown import mathjax, mathml_core
from scripts.markdown.mathml import FormulaError, MathMLExtension, makeExtension, render_html, to_mathml
from scripts.markdown.mathml_core import styled
from scripts.markdown.syntax import PageError, Source
from scripts.vendor.characters import character_sets

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts without stored results."""
    monkeypatch.setattr(mathjax, "CACHE", tmp_path / "mathml")
    monkeypatch.setattr(mathjax, "_memory", {})


def shown(tex: str, display: bool = False) -> str:
    """The MathML of a formula without its frame and annotation."""
    frame = (
        r'<math[^>]*><semantics>(.*)<annotation encoding="application/x-tex"[^>]*>[^<]*</annotation></semantics></math>'
    )
    match = re.fullmatch(frame, to_mathml(tex, display))
    assert match
    return match[1]


def convert(text: str, name: str = "docs/en/page.md", skipped: int = 0) -> str:
    """A page as the site converts it."""
    return markdown.markdown(
        text,
        extensions=[
            "attr_list",
            "tables",
            "admonition",
            TocExtension(permalink=True),
            "pymdownx.superfences",
            "pymdownx.arithmatex",
            MathMLExtension(Source(name=name, skipped=skipped)),
        ],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )


# --- one formula ---


def test_a_formula_keeps_its_tex_once_and_nothing_else_of_mathjax() -> None:
    mathml = to_mathml(r"\frac{a}{b} + \hat{x}_i", display=True)
    assert mathml.count(r"\frac{a}{b} + \hat{x}_i") == 1
    assert not re.search("data-(latex|mjx|space|accent)|xmlns", mathml)
    assert mathml.startswith('<math display="block" data-search-exclude=""><semantics>')


def test_an_inline_formula_is_not_a_block() -> None:
    assert to_mathml("x").startswith("<math><semantics><mi>x</mi><annotation")


def test_search_finds_the_signs_of_an_inline_formula_once() -> None:
    assert to_mathml("x").endswith(
        '<annotation encoding="application/x-tex" data-search-exclude="">x</annotation></semantics></math>'
    )


def test_one_letter_leans_and_a_name_stands_upright() -> None:
    assert shown("x") == "<mi>x</mi>"
    assert shown(r"\mathrm{ReLU}") == "<mi>ReLU</mi>"
    assert shown(r"\mathrm{d}") == '<mi mathvariant="normal">d</mi>'
    assert shown(r"\Phi") == '<mi mathvariant="normal">Φ</mi>'
    assert shown(r"\operatorname{erf}") == "<mi>erf</mi>"


@pytest.mark.parametrize(
    ("tex", "letter"),
    [
        (r"\mathbf{W}", "𝐖"),
        (r"\boldsymbol{x}", "𝒙"),
        (r"\boldsymbol{\theta}", "𝜽"),
        (r"\boldsymbol{\Sigma}", "𝚺"),
        (r"\mathcal{N}", "𝒩"),
        (r"\mathcal{L}", "ℒ"),
        (r"\mathscr{H}", "ℋ"),
        (r"\mathbb{E}", "𝔼"),
        (r"\mathbb{R}", "ℝ"),
        (r"\mathbb{1}", "𝟙"),
        (r"\mathfrak{g}", "𝔤"),
        (r"\mathfrak{R}", "ℜ"),
        (r"\mathsf{A}", "𝖠"),
        (r"\mathtt{x}", "𝚡"),
        (r"\mathbf{12}", "𝟏𝟐"),
        (r"\mathbf{Var}", "𝐕𝐚𝐫"),
        (r"\mathit{lr}", "𝑙𝑟"),
        (r"\mathit{hh}", "ℎℎ"),
        (r"\boldsymbol{\nabla}", "𝛁"),
    ],
)
def test_every_alphabet_becomes_unicode_letters(tex: str, letter: str) -> None:
    mathml = shown(tex)
    assert ET.fromstring(mathml).text == letter
    assert "mathvariant" not in mathml


@pytest.mark.parametrize(
    "variant", ["bold", "italic", "bold-italic", "double-struck", "sans-serif", "monospace", "fraktur"]
)
def test_every_letter_of_an_alphabet_is_one_character_of_the_font(variant: str) -> None:
    font = set[int]().union(*character_sets().values())
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz":
        assert ord(styled(letter, variant)) in font
        assert styled(letter, variant) not in {"", letter}


def test_bold_text_is_bold_by_style() -> None:
    assert shown(r"\textbf{not}") == '<mtext style="font-weight:bold">not</mtext>'


def test_russian_words_stay_words() -> None:
    assert "<mtext>иначе</mtext>" in shown(r"\begin{cases} x & \text{иначе} \end{cases}", display=True)
    assert "<mtext>вх</mtext>" in shown(r"n_{\text{вх}}")


def test_signs_of_html_are_escaped() -> None:
    mathml = to_mathml(r"\begin{aligned} a &< b \\ &\& c &gt; \end{aligned}")
    root = ET.fromstring(mathml)
    assert [mo.text for mo in root.iter("mo")][:1] == ["<"]
    annotation = root.find("semantics/annotation")
    assert annotation is not None
    assert annotation.text == r"\begin{aligned} a &< b \\ &\& c & gt; \end{aligned}", "no entity may appear in the TeX"


@pytest.mark.parametrize(
    ("tex", "space"),
    [
        ("x = -1", '<mo>=</mo><mo lspace="0" rspace="0">−</mo>'),  # after a relation a minus is a sign
        ("a - b", '<mo lspace="0.222em" rspace="0.222em">−</mo>'),
        ("-a", '<mo lspace="0" rspace="0">−</mo>'),
        ("x^{a=b}", '<mo lspace="0" rspace="0">=</mo>'),  # no room in superscripts
        (r"\log x", '<mo lspace="0" rspace="0.167em">\u2061</mo>'),
        (r"\log(x)", "<mo>\u2061</mo>"),
        (r"a\log b", '<mi>a</mi><mspace width="0.167em" /><mi>log</mi>'),
        (r"|x|", '<mo stretchy="false" lspace="0" rspace="0">|</mo>'),
        (r"a/b", '<mo lspace="0" rspace="0">/</mo>'),
        (r"\frac ab\left[x\right]", '</mfrac><mspace width="0.167em" /><mrow>'),
        (r"p(y \mid x)", '<mo lspace="0.278em" rspace="0.278em">∣</mo>'),
    ],
)
def test_operators_have_the_space_that_tex_gives_them(tex: str, space: str) -> None:
    assert space in shown(tex)


def test_usual_spaces_are_left_to_the_browser() -> None:
    assert shown("a = (b, c)") == (
        '<mrow><mi>a</mi><mo>=</mo><mo stretchy="false">(</mo><mi>b</mi><mo>,</mo><mi>c</mi>'
        '<mo stretchy="false">)</mo></mrow>'
    )


@pytest.mark.parametrize(
    ("tex", "sign"),
    [(r"\hat x", "ˆ"), (r"\bar x", "¯"), (r"\tilde x", "˜"), (r"\dot x", "˙"), (r"\vec x", "\u20d7")],
)
def test_an_accent_sits_on_its_letter(tex: str, sign: str) -> None:
    root = ET.fromstring(shown(tex))
    assert root.attrib == {"accent": "true"}
    assert [child.text for child in root] == ["x", sign]


def test_what_stands_over_a_relation_is_no_accent() -> None:
    assert "accent" not in shown(r"\overset{a}{=}")


def test_wide_accents_stretch_and_bars_are_drawn() -> None:
    assert '<mo stretchy="true">\u0302</mo>' in shown(r"\widehat{xy}")
    assert shown(r"\overline{x}") == '<mrow class="overline"><mi>x</mi></mrow>'
    assert shown(r"\underline{x}") == '<mrow class="underline"><mi>x</mi></mrow>'
    assert 'accentunder="true"' in shown(r"\underbrace{x}_n")


def test_a_prime_is_a_superscript() -> None:
    assert shown("f'") == "<msup><mi>f</mi><mo>′</mo></msup>"


def test_columns_of_aligned_meet_at_the_sign() -> None:
    root = ET.fromstring(shown(r"\begin{aligned} a &= b \\ &= c, & d &= e \end{aligned}", display=True))
    rows = [[cell.get("class") for cell in row] for row in root.iter("mtr")]
    assert rows == [["right", "left"], ["right", "left", "right", "left"]]
    assert root.get("displaystyle") == "true"
    assert "columnalign" not in ET.tostring(root, encoding="unicode")


def test_rows_of_cases_begin_at_the_left_and_the_brace_has_no_partner() -> None:
    mathml = shown(r"\begin{cases} x & x > 0 \\ 0 & x \le 0 \end{cases}", display=True)
    root = ET.fromstring(mathml)
    assert {cell.get("class") for cell in root.iter("mtd")} == {"left"}
    assert [mo.text for mo in root.iter("mo")] == ["{", ">", "≤"]


def test_a_matrix_is_centred() -> None:
    root = ET.fromstring(shown(r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}"))
    assert {cell.get("class") for cell in root.iter("mtd")} == {None}
    assert len(list(root.iter("mtr"))) == 2


def test_limits_may_move_unless_they_are_told_not_to() -> None:
    for display in (True, False):  # browsers put them beside the sum in a line of text
        assert "<munderover><mo" in shown(r"\sum_{i=1}^n x_i", display)
        assert "movablelimits" not in shown(r"\sum_{i=1}^n x_i", display)
    assert 'movablelimits="false"' in shown(r"\sum\limits_{i=1}^n x_i")
    assert 'movablelimits="true"' in shown(r"\max_i z_i")
    assert 'displaystyle="true"' in shown(r"\displaystyle\sum_{i=1}^n x_i")


def test_brackets_stretch_only_when_asked() -> None:
    assert 'stretchy="false"' in shown("(x)")
    assert "stretchy" not in shown(r"\left(\frac ab\right)")
    assert 'minsize="1.2em"' in shown(r"\bigl(x\bigr)")


def test_four_hundred_formulas_differ() -> None:
    formulas = {to_mathml(rf"\sigma(x_{{{i}}}) = \frac{{1}}{{1 + e^{{-x_{{{i}}}}}}}", display=True) for i in range(400)}
    assert len(formulas) == 400


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\frac{1}{", "MathJax says: Missing close brace"),
        (r"\foo", r"MathJax says: Undefined control sequence \foo"),
        (r"a & b", "MathJax says: Misplaced &"),
        (r"x^2^3", "MathJax says: Double exponent"),
        (r"\tag{1} x", r"give the formula a \label"),
        (r"a \\ b", r"put the lines into \begin{aligned}"),
        (r"\boxed{x}", "browsers cannot show <menclose>"),
        (r"\begin{array}{l|c} a & b \end{array}", "browsers ignore columnlines"),
        (r"\text{\textbf{a}}", "MathJax reads no command inside of"),
        (r"\mathbf{Я}", "there is no bold 'Я'"),
        (r"\nmid", "the math font has no ∤ (U+2224)"),
        (r"\newcommand{\x}{y}", "Undefined control sequence"),
    ],
)
def test_what_a_reader_would_see_wrongly_is_refused(tex: str, words: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(words)):
        to_mathml(tex, display=True)


def test_a_formula_after_an_error_is_not_harmed() -> None:
    before = to_mathml("x + 1")
    with pytest.raises(FormulaError):
        to_mathml(r"\left( x")
    mathjax._memory.clear()
    assert to_mathml("x + 1") == before


def test_the_examples_in_the_documentation_are_right() -> None:
    result = doctest.testmod(mathml_core)
    assert result.attempted > 1
    assert not result.failed


# --- the cache ---


def count_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows with every formula that MathJax converts."""
    seen: list[str] = []
    run = mathjax._run

    def counted(tex: str, display: bool) -> str:
        seen.append(tex)
        return run(tex, display)

    monkeypatch.setattr(mathjax, "_run", counted)
    return seen


def test_a_formula_is_converted_once_in_memory_and_once_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_runs(monkeypatch)
    first = to_mathml("x + y")
    assert to_mathml(" x + y\n") == first
    mathjax._memory.clear()
    assert to_mathml("x + y") == first
    assert seen == ["x + y"]


def test_a_display_is_another_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_runs(monkeypatch)
    assert to_mathml("x") != to_mathml("x", display=True)
    assert seen == ["x", "x"]


def test_other_tools_give_other_results(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_runs(monkeypatch)
    to_mathml("x")
    monkeypatch.setattr(mathjax, "_tools", lambda: "another version")
    mathjax._memory.clear()
    to_mathml("x")
    assert seen == ["x", "x"]


@pytest.mark.parametrize("content", [b"", b"\n", b"<math>", b"0" * 64 + b"\n<math><mi>y</mi></math>", b"\xff\xfe\x00"])
def test_a_damaged_file_is_converted_anew(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = count_runs(monkeypatch)
    good = to_mathml("x")
    (file,) = mathjax.CACHE.iterdir()
    whole = file.read_bytes()
    file.write_bytes(content)
    mathjax._memory.clear()
    assert to_mathml("x") == good
    assert seen == ["x", "x"]
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setattr(mathjax, "CACHE", blocked / "mathml")
    assert "<mi>x</mi>" in to_mathml("x")


def test_an_error_is_not_stored() -> None:
    for _ in range(2):
        with pytest.raises(FormulaError):
            to_mathml(r"\foo")
    assert not mathjax.CACHE.exists()


def test_threads_get_the_same_as_one_alone() -> None:
    alone = [to_mathml(f"x_{{{i}}}") for i in range(40)]
    mathjax._memory.clear()
    results: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append([to_mathml(f"x_{{{i}}}") for i in range(40)])) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [alone] * 4


def test_processes_share_results_and_end() -> None:
    """V8 left alone at the end of an interpreter sometimes never returns: a process that hangs fails here."""
    program = (
        "import sys; from pathlib import Path; from scripts.markdown import mathjax;"
        "mathjax.CACHE = Path(sys.argv[1]); print(len({mathjax.to_mathml(f'x_{i}') for i in range(9)}))"
    )
    command = [sys.executable, "-W", "error", "-c", program, str(mathjax.CACHE)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["9\n"] * 3
    assert [process.returncode for process in processes] == [0] * 3
    assert len(list(mathjax.CACHE.iterdir())) == 9


# --- pages ---


def test_formulas_of_a_page_become_mathml() -> None:
    html = convert("Let $x < 1$.\n\n$$\ny = x\n$$\n").replace("\n", "")
    assert "<p>Let <math><semantics><mrow><mi>x</mi><mo>&lt;</mo><mn>1</mn></mrow>" in html
    assert re.search('<div class="formula"><math [^>]*display="block"', html)
    assert "arithmatex" not in html
    assert r"\(" not in html
    assert r"\[" not in html


def test_angle_brackets_and_ampersands_survive_in_displays() -> None:
    html = convert("$$\n\\begin{aligned} a &< b \\\\ &> c \\end{aligned}\n$$")
    assert "<mo>&lt;</mo>" in html
    assert "<mo>&gt;</mo>" in html
    assert "&amp;lt;" not in html
    assert r"\begin{aligned} a &amp;&lt; b \\ &amp;&gt; c \end{aligned}</annotation>" in html


def test_formulas_stand_in_tables_lists_quotes_and_admonitions() -> None:
    text = "| a | b |\n|---|---|\n| $x$ | $y$ |\n\n- $z$\n\n> $u$\n\n!!! note\n\n    $$\n    v\n    $$\n"
    html = convert(text)
    for letter in "xyzuv":
        assert f"<mi>{letter}</mi>" in html


def test_dollars_in_code_are_no_formulas() -> None:
    html = convert("`$x$`\n\n```\n$$\ny\n$$\n```\n")
    assert "<math" not in html
    assert "$x$" in html


def test_a_heading_has_no_tex_in_the_table_of_contents() -> None:
    md = markdown.Markdown(
        extensions=["toc", "pymdownx.arithmatex", makeExtension()],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )
    html = md.convert(r"## The slope $\sigma'(x)$")
    assert "annotation" not in html
    assert "<mi>σ</mi>" in html
    assert md.toc_tokens[0]["name"].replace(" ", "") == "Theslopeσ′(x)"  # type: ignore[attr-defined]


def test_comments_about_formulas_vanish_and_others_stay() -> None:
    html = convert(
        "<!-- formula: a-b -->\n\n$$\nx\n$$\n\n<!-- formula: none: a long\nreason -->\n\n$$\ny\n$$\n\n<!-- kept -->\n"
    )
    assert "formula:" not in html
    assert "<!-- kept -->" in html
    assert html.count('display="block"') == 2


def test_comments_vanish_in_indented_blocks_and_stay_in_code() -> None:
    html = convert("!!! note\n\n    <!-- formula: a -->\n\n    $$\n    x\n    $$\n\n```\n<!-- formula: b -->\n```\n")
    assert "formula: a" not in html
    assert "formula: b" in html
    assert "<math" in html


def test_labelled_formulas_are_numbered_in_order_and_references_link_to_them() -> None:
    html = convert(
        "See $\\eqref{eq:b}$ and $\\ref{eq:a}$.\n\n$$\nx \\label{eq:a}\n$$\n\n$$\nz\n$$\n\n$$\ny\n\\label{eq:b}\n$$\n"
    )
    assert '<a href="#eq:b">(2)</a> and <a href="#eq:a">1</a>' in html
    assert re.search(r'<div class="equation" id="eq:a">.*?<mi>x</mi>.*?<span class="number">\(1\)</span>', html, re.S)
    assert re.search(r'<div class="equation" id="eq:b">.*?<mi>y</mi>.*?<span class="number">\(2\)</span>', html, re.S)
    assert html.count('class="equation"') == 2
    assert "label" not in html


def test_numbers_begin_anew_on_every_page() -> None:
    text = "$$\nx \\label{eq:a}\n$$\n"
    md = markdown.Markdown(
        extensions=["pymdownx.arithmatex", makeExtension()],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )
    assert md.convert(text) == md.reset().convert(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\n\n$\\eqref{eq:he}$\n\n$$\nx \\label{eq:hi}\n$$", "5: no formula of this page has \\label{eq:he}"),
        ("$$\nx \\label{a} \\label{b}\n$$", "4: one formula has the labels a and b"),
        ("$$\nx \\label{a}\n$$\n\n$$\ny \\label{a}\n$$", "8: the label a is used twice"),
        ("$x \\label{a}$", "3: only a formula of its own line"),
        ("$x = \\eqref{a}$", "3: a reference stands alone"),
        ("$$\nx \\label{два слова}\n$$", "4: the label 'два слова' may have"),
        ("a\nb\n$x + \\foo$ c", "5: MathJax says: Undefined control sequence \\foo\n    x + \\foo"),
        ("> $$\n> x \\foo\n> $$", "4: MathJax says"),
        ("!!! note\n\n    $$\n    x\n    + \\foo\n    $$", "6: MathJax says"),
    ],
)
def test_an_error_names_page_line_and_formula(text: str, words: str) -> None:
    with pytest.raises(PageError, match="^" + re.escape(f"docs/en/page.md:{words}")):
        convert(text, skipped=2)


def test_an_unknown_label_comes_with_a_near_one() -> None:
    with pytest.raises(PageError, match="did you mean eq:kaiming"):
        convert("$\\eqref{eq:kaimin}$\n\n$$\nx \\label{eq:kaiming}\n$$")


# --- finished HTML ---


def test_formulas_in_html_become_mathml_outside_of_code() -> None:
    html = render_html(
        "<h2>On $x_i$</h2><p>If $a &lt; b$, then \\$5 and <code>$c$</code> cost $6.</p>\n"
        "<p>$$\n\\frac{a}{b} &lt; 1\n$$</p><pre><span>$e$</span></pre>"
    )
    assert "<h2>On <math>" in html
    assert "<mo>&lt;</mo>" in html
    assert "<code>$c$</code> cost $6." in html
    assert "<span>$e$</span>" in html
    assert '<div class="formula"><math display="block" ' in html
    assert html.count("<math") == 3


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>a $$x$$ b</p>", "put empty lines around"),
        ("<p>$\\foo$</p>", "Undefined control sequence"),
        ("<p>$\\eqref{a}$</p>", "a notebook has none"),
    ],
)
def test_errors_in_html_are_errors(html: str, words: str) -> None:
    with pytest.raises(FormulaError, match=re.escape(words)):
        render_html(html)
