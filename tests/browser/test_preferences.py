"""What visitors have asked their systems for: their own colours, and no motion."""

import pytest
from playwright.sync_api import FloatRect, Locator, Page

from tests.browser import accessibility, signing_up
from tests.browser.launch import launch
from tests.browser.pictures import SCHEMES, Scheme

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(visitor: Page) -> Page:
    """The sign-up page with an error at each field that can have one, in the visitor's own colours."""
    visitor.emulate_media(forced_colors="active", reduced_motion="reduce")
    visitor.goto(launch().get_absolute_url())
    signing_up.send(visitor)
    visitor.get_by_role("region", name="There is a problem").wait_for()
    return visitor


def style(element: Locator, name: str) -> str:
    """A property of the element's style."""
    return str(element.evaluate("(element, name) => getComputedStyle(element)[name]", name))


def middle(box: Locator) -> bytes:
    """A picture of what is inside the box: its border and outline may change for other reasons."""
    box.scroll_into_view_if_needed()
    place = box.bounding_box()
    assert place is not None
    inside: FloatRect = {
        "x": place["x"] + 6,
        "y": place["y"] + 6,
        "width": place["width"] - 12,
        "height": place["height"] - 12,
    }
    return box.page.screenshot(clip=inside)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("option", ["Video and audio quality", "Yes"])
def test_a_chosen_option_looks_otherwise_in_ones_own_colours(form: Page, option: str, scheme: Scheme) -> None:
    form.emulate_media(color_scheme=scheme)
    box = form.get_by_label(option, exact=True)
    before = middle(box)
    box.check()
    assert middle(box) != before


def test_a_wrong_field_is_told_from_others_without_colours(form: Page) -> None:
    wrong, right = form.get_by_label("First name"), form.get_by_label("Job title")
    assert (style(wrong, "borderTopWidth"), style(right, "borderTopWidth")) == ("2px", "1px")
    assert style(form.locator(".field", has=wrong), "borderInlineStartWidth") == "4px"
    assert form.get_by_text("Enter your first name").count() == 2


def test_the_focus_shows_in_ones_own_colours(form: Page) -> None:
    for element in (form.get_by_label("Job title"), form.get_by_role("button", name="Register")):
        element.focus()
        assert accessibility.focus_problems(form) == []
        assert style(element, "outlineColor") != style(form.locator("body"), "backgroundColor")


def test_what_is_said_in_a_box_of_its_own_has_a_border(form: Page) -> None:
    assert style(form.locator(".problems"), "borderTopWidth") == "3px"
