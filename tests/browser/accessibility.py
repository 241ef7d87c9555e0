"""What can be measured of a page for those who see, hear, point or type otherwise. Each measure lists what falls short.

Both scripts are evaluated from outside: the page's Content-Security-Policy does not stop that, and stays as it is.
"""

from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_OPTIONS = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"], "preload": False}
_OF_COLORS = _OPTIONS | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
_MEASURES = Path(__file__).with_name("measures.js").read_text()


def violations(page: Page, *, within: str = "html", of_colors: bool = False) -> list[str]:
    """Where the page, or what is within a part of it, breaks a rule of axe-core, as it looks now, and how.

    ``of_colors``: those rules alone that depend on colours.
    """
    # Colours that are on their way from light to dark are none that anybody is meant to read.
    page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    run = "([within, options]) => axe.run(within, options).then((results) => results.violations)"
    found = page.evaluate(run, [within, _OF_COLORS if of_colors else _OPTIONS])
    return [f"{rule['id']}: {node['failureSummary']} {node['html']}" for rule in found for node in rule["nodes"]]


def sideways_scrolling(page: Page) -> list[str]:
    """Whether the page is wider than its screen."""
    return _measure(page, "sidewaysScrolling")


def small_targets(page: Page) -> list[str]:
    """What can be pointed at and is smaller than 24 by 24 CSS pixels, links inside sentences excepted."""
    return _measure(page, "smallTargets")


def clipped_texts(page: Page) -> list[str]:
    """Texts that are wider than their element, cut off, or partly beside the screen."""
    return _measure(page, "clippedTexts")


def motions(page: Page) -> list[str]:
    """What would move of its own accord, or gently where it could be at once."""
    return _measure(page, "motions")


def borderless(page: Page) -> list[str]:
    """Inputs and buttons of our own look that have no border."""
    return _measure(page, "borderless")


def focus_problems(page: Page) -> list[str]:
    """Why the element that has the focus cannot be seen to have it."""
    return _measure(page, "focus")


def _measure(page: Page, name: str) -> list[str]:
    found: list[str] = page.evaluate(f"{_MEASURES.rstrip()}.{name}()")
    return found
