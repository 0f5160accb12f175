"""No line begins with a dash or a comma, none ends with an opening bracket."""

from __future__ import annotations

from scripts.typography import tie_dashes, tie_formulas


def test_a_dash_stays_with_the_word_before_it() -> None:
    assert tie_dashes("<p>Слово — дело,\nслово\n— дело</p>") == "<p>Слово\u00a0— дело,\nслово\u00a0— дело</p>"


def test_code_is_left_alone() -> None:
    code = "<pre><span>a — b</span>\n</pre> и <code>c — d</code>"
    assert tie_dashes(code) == code


def test_marks_and_brackets_stay_with_the_formula_beside_them() -> None:
    x, dash = "<math><mi>x</mi></math>", "\u00a0—"
    tied = '<span class="tied">{}</span>'
    assert (
        tie_formulas(f"Let ({x}), the {x}-th, be") == f"Let {tied.format(f'({x}),')} the {tied.format(f'{x}-th,')} be"
    )
    assert tie_formulas(f"<p>{x}</p> {x} {x}{dash} это") == f"<p>{x}</p> {x} {tied.format(x + dash)} это"


def test_a_display_is_tied_to_nothing() -> None:
    display = '(<math display="block"><mi>x</mi></math>).'
    assert tie_formulas(display) == display
