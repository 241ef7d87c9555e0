"""What comes out of a printer is worth keeping: what was agreed on, on white, and nothing that is only for pressing."""

import pytest
from playwright.sync_api import Page

from tests.browser.pictures import take
from tests.browser.public_pages import PAGES

A4_WIDTH = 660
"""What is left of a sheet of A4 between margins of 18 mm, in CSS pixels."""

pytestmark = pytest.mark.django_db(transaction=True)

COLORED = """
[...document.querySelectorAll("body, main, main *")]
  .filter((tag) => tag.checkVisibility() && !tag.matches("input, select, textarea"))
  .filter((tag) => getComputedStyle(tag).backgroundColor !== "rgba(0, 0, 0, 0)")
  .map((tag) => tag.outerHTML)
"""


@pytest.mark.parametrize("name", ["sign-up-look", "done-look", "own-page-look", "own-page-declined"])
def test_a_page_on_paper(visitor: Page, name: str) -> None:
    visitor.goto(PAGES[name]())
    visitor.set_viewport_size({"width": A4_WIDTH, "height": 900})
    visitor.emulate_media(media="print", color_scheme="dark")
    take(visitor, f"{name}-print")
    left_out = visitor.locator("header.site-header, footer, .skip-link, button, nav")
    assert [part for part in left_out.all() if part.is_visible()] == []
    assert visitor.evaluate(COLORED) == []
    assert visitor.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
