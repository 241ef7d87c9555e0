"""Going through a page with the keyboard alone, and seeing at each stop where one is."""

from playwright.sync_api import Locator, Page

from tests.browser import accessibility

LONGEST_WAY = 80
"""More stops than any of our pages has."""


class Lost(AssertionError):
    """There is no way to the element with the keyboard."""


def press(page: Page, *keys: str) -> None:
    """Press the keys one after the other. What then has the focus must be seen to have it."""
    for key in keys:
        page.keyboard.press(key)
        problems = accessibility.focus_problems(page)
        assert problems == [], problems


def go_to(page: Page, goal: Locator, *, key: str = "Tab") -> None:
    """Press the key until the goal has the focus, and look at each stop on the way (see ``press``). Raises ``Lost``."""
    for _stop in range(LONGEST_WAY):
        if goal.evaluate("(element) => element === document.activeElement"):
            return
        press(page, key)
    raise Lost(f"{key} does not lead to {goal}.")


def walk(page: Page) -> None:
    """Go round the whole page, from its first stop to its first stop, and look at each (see ``press``)."""
    first = page.get_by_role("link", name="Skip to the main part")
    go_to(page, first)
    press(page, "Tab")
    go_to(page, first)


def is_first_for_enter(page: Page, form: str, value: str) -> bool:
    """Whether the button with this value is what Enter presses in a field of the form, in every browser: the first
    one, and one that has a box, without which WebKit passes over it.
    """
    first = page.locator(f"{form} button").first
    return first.get_attribute("value") == value and first.bounding_box() is not None
