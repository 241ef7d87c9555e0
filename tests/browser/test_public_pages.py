"""The public pages on every screen, in light and dark, as they are and with pictures of them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import accessibility
from tests.browser.launch import launch
from tests.browser.pictures import NARROW, SCHEMES, WIDE, Scheme, resize, take
from tests.browser.public_states import NAMES, show

NARROWEST = 320
"""What is left of 1280 pixels when a page is enlarged four times, as WCAG 2.2 asks for in 1.4.10."""

pytestmark = pytest.mark.django_db(transaction=True)


def look_at(page: Page, name: str) -> None:
    """Take the page's pictures on every screen, in light and dark. Nothing may fall short on any of them."""
    assert list(_shortcomings(page, name)) == []


def _shortcomings(page: Page, name: str) -> Iterator[str]:
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        picture = name if scheme == "light" else f"{name}-{scheme}"
        for width in (WIDE, NARROW, NARROWEST):
            resize(page, width)
            if width != NARROWEST:
                take(page, picture)
            if width != NARROW:
                yield from (f"{scheme}, {width}: {words}" for words in _of_one_look(page, scheme))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    yield from accessibility.motions(page)
    page.emulate_media(reduced_motion="no-preference", forced_colors="active")
    yield from accessibility.borderless(page)
    page.emulate_media(forced_colors="none")


def _of_one_look(page: Page, scheme: Scheme) -> Iterator[str]:
    """What falls short as the page looks now. In the dark only colours are others."""
    if scheme == "dark":
        yield from accessibility.violations(page, of_colors=True)
        return
    yield from accessibility.violations(page)
    yield from accessibility.small_targets(page)
    yield from accessibility.clipped_texts(page)


@pytest.mark.parametrize("name", NAMES)
def test_a_public_page(visitor: Page, name: str) -> None:
    show(visitor, name)
    expect(visitor.get_by_role("heading", level=1)).to_have_count(1)
    look_at(visitor, name)


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_is_as_dark_as_the_visitors_system(visitor: Page, scheme: Scheme, is_dark: bool) -> None:
    visitor.emulate_media(color_scheme=scheme)
    visitor.goto(launch().get_absolute_url())
    ground, ink = lightness(visitor, "background-color"), lightness(visitor, "color")
    assert (ground < ink) is is_dark
    assert abs(ground - ink) > 0.7


def lightness(page: Page, colour: str) -> float:
    """How light a colour of the page's body is, from 0 (black) to 1 (white)."""
    words = str(page.evaluate(f"getComputedStyle(document.body).getPropertyValue('{colour}')"))
    return sum(map(int, re.findall(r"\d+", words))) / (3 * 255)
