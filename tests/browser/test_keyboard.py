"""The whole way from the list of meetings to one's own page with the keyboard alone, also on an enlarged page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from registration.models import Answer, Submission
from tests.browser import accessibility, signing_up
from tests.browser.keyboard import go_to, press, walk
from tests.browser.launch import launch
from tests.browser.signing_up import QUESTION_ASK, QUESTION_HEARD, QUESTION_ROLE, QUESTION_TODAY, QUESTION_TOPICS

SPACED = """
    const style = new CSSStyleSheet();
    style.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
        p { margin-block-end: 2em !important; }
    `);
    document.adoptedStyleSheets = [style];
"""
"""A visitor's own spacing, as WCAG 2.2 names it in 1.4.12. The page's policy has nothing to say about such a style."""

WINDOWS = {"desktop": (1280, 900, ""), "enlarged": (320, 256, ""), "enlarged-and-spaced": (320, 256, SPACED)}
"""Width, height and style. Enlarged four times, a screen of 1280 by 1024 pixels has 320 by 256 of CSS."""

pytestmark = pytest.mark.django_db(transaction=True)


def typing(words: str) -> Callable[[Page], None]:
    return lambda page: page.keyboard.type(words)


def pressing(*keys: str) -> Callable[[Page], None]:
    return lambda page: press(page, *keys)


CORRECTIONS: dict[str, tuple[str, Callable[[Page], None]]] = {
    "Enter your first name": ("First name", typing("Ada")),
    "Enter your last name": ("Last name", typing("Okafor")),
    "Enter your e-mail address": ("E-mail address", typing("ada@example.com")),
    "Enter the name of your company": ("Company", typing("Lagos Water Works")),
    f"Choose an option for “{QUESTION_HEARD}”": (QUESTION_HEARD, typing("A colleague")),
    f"Choose at least one option for “{QUESTION_TOPICS}”": (
        "Video and audio quality",
        pressing("Space", "Tab", "Space", "Space", "Tab", "Space"),
    ),
    f"Choose an option for “{QUESTION_TODAY}”": ("Yes", pressing("Space", "ArrowDown", "ArrowDown")),
}
"""What an empty form is told: the field to which it leads, and what is done there."""


@pytest.mark.parametrize("window", WINDOWS)
def test_from_the_list_of_meetings_to_the_own_page(visitor: Page, window: str) -> None:
    width, height, style = WINDOWS[window]
    visitor.set_viewport_size({"width": width, "height": height})
    visitor.add_init_script(style)
    visitor.emulate_media(reduced_motion="reduce")  # or the page would still be on its way to what has the focus
    launch(has_check_step=True)
    visitor.goto("/")
    choose_the_meeting(visitor)
    send_the_empty_form(visitor)
    correct_what_is_wrong(visitor)
    answer_the_rest(visitor)
    check_and_change(visitor)
    send(visitor)
    assert list(Answer.objects.values_list("question_text", "text")) == [
        (QUESTION_HEARD, "A colleague"),
        (QUESTION_TOPICS, "Video and audio quality"),
        (QUESTION_TOPICS, "Management of many rooms"),
        (QUESTION_TODAY, "We used to"),
        (QUESTION_ROLE, "I advise & sign"),
        (QUESTION_ASK, "Will it work with our old cameras?\nAnd in a small room?"),
    ]
    visitor.goto(signing_up.link_in_mail(0))
    fits(visitor)
    walk(visitor)


def choose_the_meeting(page: Page) -> None:
    fits(page)
    go_to(page, page.get_by_role("link", name="Product launch"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Product launch")


def send_the_empty_form(page: Page) -> None:
    fits(page)
    go_to(page, page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="There is a problem")).to_be_focused()
    assert accessibility.focus_problems(page) == []


def correct_what_is_wrong(page: Page) -> None:
    fits(page)
    links = page.get_by_role("region", name="There is a problem").get_by_role("link")
    expect(links).to_have_text(list(CORRECTIONS))
    press(page, "Tab")
    for words, (label, correct) in CORRECTIONS.items():
        go_to(page, links.filter(has_text=words), key="Shift+Tab")
        press(page, "Enter")
        expect(page.get_by_label(label, exact=True)).to_be_focused()
        correct(page)


def answer_the_rest(page: Page) -> None:
    go_to(page, page.get_by_label(QUESTION_ROLE))
    page.keyboard.type("I advise & sign")
    go_to(page, page.get_by_label(QUESTION_ASK))
    page.keyboard.type("Will it work with our old cameras?\nAnd in a small room?")
    fits(page)
    go_to(page, page.get_by_role("button", name="Continue"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")


def check_and_change(page: Page) -> None:
    fits(page)
    go_to(page, page.get_by_role("button", name="Change “Job title”"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Job title")).to_be_focused()
    page.keyboard.type("Engineer")
    page.keyboard.press("Enter")
    expect(page.get_by_role("definition").filter(has_text="Engineer")).to_be_visible()


def send(page: Page) -> None:
    go_to(page, page.get_by_role("button", name="Register"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    submission = Submission.objects.get()
    assert (submission.full_name, submission.job_title) == ("Ada Okafor", "Engineer")
    fits(page)
    walk(page)


def fits(page: Page) -> None:
    """Everything can be read without scrolling in two directions, once the page has its styles."""
    page.wait_for_load_state()
    assert [*accessibility.sideways_scrolling(page), *accessibility.clipped_texts(page)] == []


def test_the_first_stop_of_a_page_leads_past_its_head(visitor: Page) -> None:
    launch()
    visitor.goto("/")
    press(visitor, "Tab")
    expect(visitor.get_by_role("link", name="Skip to the main part")).to_be_focused()
    visitor.keyboard.press("Enter")
    press(visitor, "Tab")
    expect(visitor.get_by_role("link", name="Product launch")).to_be_focused()
