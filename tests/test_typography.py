"""No line of a Russian page begins with a dash."""

from __future__ import annotations

from scripts.typography import tie_dashes


def test_a_dash_stays_with_the_word_before_it() -> None:
    assert tie_dashes("<p>Слово — дело,\nслово\n— дело</p>") == "<p>Слово\u00a0— дело,\nслово\u00a0— дело</p>"


def test_code_is_left_alone() -> None:
    code = "<pre><span>a — b</span>\n</pre> и <code>c — d</code>"
    assert tie_dashes(code) == code
