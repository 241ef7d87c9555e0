"""The public pages on every screen, in light and dark, as they are and with pictures of them."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser import signing_up
from tests.browser.launch import launch
from tests.browser.pictures import NARROW, WIDE, resize, take
from tests.browser.public_pages import PAGES

NARROWEST = 320
"""What is left of 1280 pixels when a page is enlarged four times, as WCAG 2.2 asks for in 1.4.10."""

pytestmark = pytest.mark.django_db(transaction=True)


def look_at(page: Page, name: str) -> None:
    """Take the page's pictures on every screen (see ``resize``), in light and dark."""
    for width in (WIDE, NARROW, NARROWEST):
        resize(page, width)
        if width != NARROWEST:
            take(page, name)
    page.emulate_media(color_scheme="dark")
    for width in (WIDE, NARROW):
        resize(page, width)
        take(page, f"{name}-dark")


@pytest.mark.parametrize("name", PAGES)
def test_a_public_page(visitor: Page, name: str) -> None:
    visitor.goto(PAGES[name]())
    expect(visitor.get_by_role("heading", level=1)).to_have_count(1)
    look_at(visitor, name)


def test_the_sign_up_page_with_everything_wrong(visitor: Page) -> None:
    visitor.goto(launch().get_absolute_url())
    signing_up.send(visitor)
    expect(visitor.get_by_role("region", name="There is a problem")).to_be_focused()
    look_at(visitor, "sign-up-wrong")


def test_the_sign_up_page_that_closed_while_somebody_was_typing(visitor: Page) -> None:
    meeting = launch()
    visitor.goto(meeting.get_absolute_url())
    signing_up.fill_in(
        visitor, {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@example.com", "Company": "Works"}
    )
    signing_up.answer_all_five_questions(visitor)
    meeting.capacity = 0
    meeting.save()
    signing_up.send(visitor)
    expect(visitor.get_by_role("heading", name="All places are taken")).to_be_visible()
    expect(visitor.get_by_label("First name")).to_have_value("Ada")
    look_at(visitor, "sign-up-closed-meanwhile")


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_is_as_dark_as_the_visitors_system(
    visitor: Page, scheme: Literal["light", "dark"], is_dark: bool
) -> None:
    visitor.emulate_media(color_scheme=scheme)
    visitor.goto(launch().get_absolute_url())
    ground, ink = lightness(visitor, "background-color"), lightness(visitor, "color")
    assert (ground < ink) is is_dark
    assert abs(ground - ink) > 0.7


def lightness(page: Page, colour: str) -> float:
    """How light a colour of the page's body is, from 0 (black) to 1 (white)."""
    words = str(page.evaluate(f"getComputedStyle(document.body).getPropertyValue('{colour}')"))
    return sum(map(int, re.findall(r"\d+", words))) / (3 * 255)
