"""The cheat sheet on paper, and all questions: by keyboard, without JavaScript, drawn by lot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from scripts.collected import count

LANGUAGES = {"en": "", "ru": "ru/"}
A4 = {"width": 794 - 68, "height": 1123 - 68}  # in pixels, without the margins of the sheet
FORMS = ".question:visible"


@pytest.fixture(params=list(LANGUAGES.values()), ids=list(LANGUAGES))
def prefix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, site: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def chapter(page: Page, number: int) -> Locator:
    return page.locator("details.chapter").nth(number)


def numbers(page: Page) -> list[int]:
    """How many questions each chapter says that it has."""
    return [int(text) for text in page.locator(".chapter > summary .count").all_inner_texts()]


def test_a_chapter_is_opened_and_a_question_answered_by_keyboard(page: Page, url: str, prefix: str) -> None:
    page.goto(f"{url}{prefix}questions/")
    expect(page.locator(FORMS)).to_have_count(0)
    chapter(page, 1).locator("> summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(FORMS)).to_have_count(numbers(page)[1])
    question = page.locator(".question:has(input[type=radio])").first
    question.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(question.locator("output")).not_to_be_empty()
    expect(question.locator(".question-reason")).to_have_count(1)


def test_a_chapter_that_is_closed_and_opened_again_has_its_questions_once(page: Page, url: str) -> None:
    page.goto(f"{url}questions/")
    summary = chapter(page, 0).locator("> summary")
    for _ in range(3):
        summary.click()
    expect(page.locator(FORMS)).to_have_count(numbers(page)[0])
    assert page.evaluate("document.querySelectorAll('.question').length") == numbers(page)[0]


def test_without_javascript_every_chapter_opens_and_gives_its_answers(
    browser: Browser, site: Path, url: str, prefix: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{url}{prefix}questions/")
    assert sum(numbers(page)) == sum(count().values())
    expect(page.locator(".draw")).to_be_hidden()
    summary = chapter(page, 2).locator("> summary")
    summary.focus()
    summary.press("Enter")
    expect(page.locator(FORMS)).to_have_count(numbers(page)[2])
    question = chapter(page, 2).locator(".question").first
    question.locator("summary").click()
    expect(question.locator(".answer > :not(summary)")).to_be_visible()
    context.close()


def test_ten_questions_are_drawn_from_the_whole_book_each_once(page: Page, url: str, prefix: str) -> None:
    page.goto(f"{url}{prefix}questions/")
    drawn = set()
    for _ in range(12):
        page.locator(".draw button").click()
        expect(page.locator(FORMS)).to_have_count(10)
        texts = page.locator(".drawn legend > span:nth-child(2)").all_text_contents()
        assert len(set(texts)) == 10
        drawn |= set(page.locator(".drawn .chapter-link").all_text_contents())
    assert len(drawn) > 8, "twelve draws of ten came from few chapters"
    assert page.evaluate("document.activeElement.closest('.drawn') !== null")
    question = page.locator(".drawn .question:has(input[type=radio])").first
    question.locator("input").first.check()
    question.locator("button[type=submit]").click()
    expect(question.locator("output")).not_to_be_empty()


def test_only_open_chapters_are_drawn_from_and_nothing_has_its_id_twice(page: Page, url: str) -> None:
    page.goto(f"{url}cheatsheet/")
    page.locator(".md-nav--primary a[href*='questions']").first.click()  # instant navigation parses the page itself
    expect(page.locator("details.chapter").first).to_be_visible()
    chapter(page, 3).locator("> summary").click()
    name = re.sub(r"\s*\d+$", "", chapter(page, 3).locator("> summary").inner_text())
    page.locator(".draw button").click()
    number = numbers(page)[3]
    expect(page.locator(".drawn .question")).to_have_count(min(10, number))
    assert set(page.locator(".drawn .chapter-link").all_text_contents()) == {name}
    ids = page.evaluate("[...document.querySelectorAll('.question')].map(question => question.id).filter(id => id)")
    assert len(set(ids)) == len(ids) == number


def test_closed_chapters_cost_no_elements(page: Page, url: str) -> None:
    page.goto(f"{url}questions/", wait_until="networkidle")
    assert page.evaluate("document.querySelectorAll('*').length") < 600


def test_the_cheat_sheet_fits_on_four_sheets_of_paper_with_every_formula_whole(
    page: Page, url: str, prefix: str
) -> None:
    page.goto(f"{url}{prefix}cheatsheet/", wait_until="networkidle")
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    assert 1 < len(sheets) <= 4
    page.emulate_media(media="print")
    page.set_viewport_size(A4)  # type: ignore[arg-type]
    columns = page.evaluate("new Set([...document.querySelectorAll('.formulas > p')].map(p => p.offsetLeft)).size")
    assert columns == 2
    cut = page.evaluate(
        """[...document.querySelectorAll(".formulas > .formula")]
        .filter(box => box.firstElementChild.getBoundingClientRect().width > box.getBoundingClientRect().width + 0.5)
        .map(box => box.previousElementSibling.textContent)"""
    )
    assert cut == []
    expect(page.locator(".md-header, .md-sidebar, .md-footer").locator("visible=true")).to_have_count(0)


def test_paper_is_white_and_ink_black_even_when_the_theme_is_dark(page: Page, url: str) -> None:
    page.goto(f"{url}cheatsheet/", wait_until="networkidle")
    colour = "getComputedStyle(document.querySelector('.formula math')).color"
    assert page.evaluate(colour) != "rgb(0, 0, 0)"
    page.emulate_media(media="print")
    assert page.evaluate(colour) == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.querySelector('.formulas a')).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
