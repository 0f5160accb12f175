"""The site as a reader meets it: both languages, light and dark, phone width, keyboard, no other host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.conftest import ROOT

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
CHAPTERS = sorted(path.stem for path in (ROOT / "docs" / "en").glob("*.md") if path.stem != "index")
PAGES = ["", *(f"{stem}/" for stem in CHAPTERS), "labs/initialization/"]
LANGUAGES = {"en": "", "ru": "ru/"}


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=list(LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Reader:
    """A browser context that notes every console error and every request to another host."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else self.complaints.append(r.url)
        )
        self.page.on("response", lambda r: self.complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path, wait_until="networkidle")
        return self.page


@pytest.fixture
def reader(browser: Browser, site: Path, url: str) -> Iterator[Reader]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    reader = Reader(context, url)
    yield reader
    context.close()
    assert not reader.complaints


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_without_a_complaint(
    browser: Browser, site: Path, url: str, path: str, scheme: str, language: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    reader = Reader(context, url)
    page = reader.open(LANGUAGES[language] + path)
    assert page.locator("html").get_attribute("lang") == language
    for figure in page.locator("article a.figure img").all():
        if figure.is_visible():
            figure.scroll_into_view_if_needed()
            page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=figure.element_handle())
            assert scheme in (figure.get_attribute("src") or "")
    assert not reader.complaints
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_on_a_phone(browser: Browser, site: Path, url: str, path: str, language: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True)
    reader = Reader(context, url)
    page = reader.open(LANGUAGES[language] + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not reader.complaints
    context.close()


LOOSE = """[...document.querySelectorAll('article math:not([display])')].flatMap(formula => {
  const box = formula.getBoundingClientRect(), range = document.createRange()
  const isLoose = (text, at, mark) => {
    if (text?.nodeType !== Node.TEXT_NODE || !mark.test(text.data)) return false
    range.setStart(text, at); range.setEnd(text, at + 1)
    const { top, bottom } = range.getBoundingClientRect()
    return bottom > top && box.height && (top >= box.bottom - 2 || bottom <= box.top + 2)
  }
  const before = formula.previousSibling, after = formula.nextSibling
  return isLoose(after, 0, /^[,.:;?)»”]/) || isLoose(before, before?.data?.length - 1, /[(«“]$/)
    ? [before?.data + formula.textContent + after?.data] : []
})"""


@pytest.mark.parametrize("width", [360, 390, 1400])
@pytest.mark.parametrize("path", ["losses/", "optimizers/"])
def test_no_line_breaks_between_a_formula_and_its_mark(reader: Reader, language: str, path: str, width: int) -> None:
    reader.page.set_viewport_size({"width": width, "height": 844})
    page = reader.open(LANGUAGES[language] + path)
    page.add_style_tag(content="* { content-visibility: visible !important }")
    assert page.locator("article .tied > math").count() > 30
    assert page.evaluate(LOOSE) == []


def test_formulas_are_drawn_in_the_math_font(reader: Reader) -> None:
    page = reader.open("initialization/")
    formulas = page.locator("article math")
    assert formulas.count() > 50
    heights = page.evaluate("[...document.querySelectorAll('article math')].map(m => m.getBoundingClientRect().height)")
    assert min(heights) > 5
    assert page.evaluate("[...document.fonts].some(font => font.status === 'loaded')")


@pytest.mark.parametrize(
    ("path", "word", "target"),
    [("", "gradients", "initialization"), ("ru/", "сетями", "ru/"), ("ru/", "градиентами", "ru/initialization")],
)
def test_search_finds_other_forms_of_a_word(reader: Reader, path: str, word: str, target: str) -> None:
    page = reader.open(path)
    page.keyboard.press("/")
    page.keyboard.type(word)
    page.keyboard.press("End")  # Cyrillic letters are inserted without the key events that the theme waits for
    first = page.locator(".md-search-result__link").first
    expect(first).to_be_visible()
    found = page.locator(".md-search-result__link").evaluate_all("links => links.map(link => link.href)")
    assert any(link.startswith(reader.url + target) for link in found)


def test_the_language_switch_lands_on_the_same_page_after_instant_navigation(reader: Reader) -> None:
    page = reader.open("")
    page.evaluate("window.stayed = true")
    page.locator(".md-nav--primary a[href*='initialization']").first.click()
    expect(page).to_have_url(reader.url + "initialization/")
    assert page.evaluate("window.stayed"), "instant navigation is off: the whole page was loaded again"
    page.locator("header a.language[hreflang=ru]").click()
    expect(page).to_have_url(reader.url + "ru/initialization/")
    expect(page.locator("h1")).to_contain_text("нициализаци")


def test_a_question_is_answered_by_keyboard(reader: Reader, language: str) -> None:
    page = reader.open(LANGUAGES[language] + "activations/")
    question = page.locator("form.question:has(input[type=radio])").first
    first = question.locator("input").first
    first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") == "INPUT":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(question.locator("[role=status], [aria-live]")).not_to_be_empty()
    expect(question.locator(".question-reason").first).to_be_visible()


def test_questions_can_be_read_without_javascript(browser: Browser, site: Path, url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(url + "activations/")
    question = page.locator("form.question:has(input[type=radio])").first
    question.locator("summary").click()
    expect(question.locator("details")).to_have_attribute("open", "")
    expect(question.locator("details li").first).to_be_visible()
    context.close()


def test_a_figure_can_be_enlarged_and_closed_by_keyboard(reader: Reader) -> None:
    page = reader.open("initialization/")
    page.locator("a.figure").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('a.figure')")


def test_the_theme_switch_changes_the_figures(reader: Reader) -> None:
    page = reader.open("initialization/")
    page.locator("label[for=__palette_1]").click()
    dark = page.locator("article figure img[src$='#only-dark']").first
    dark.scroll_into_view_if_needed()
    expect(dark).to_be_visible()
    expect(page.locator("article figure img[src$='#only-light']").first).to_be_hidden()
