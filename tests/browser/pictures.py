"""Pictures of pages, for people to look at, where ``SCREENSHOTS`` in the environment names a folder for them."""

import os
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

WIDE, NARROW = 1280, 390
"""The widths of a laptop's and a phone's screen, in CSS pixels."""

HEIGHTS = {WIDE: 900, NARROW: 844}

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


_COME_TO_REST = """() => Promise.race([
    Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
    new Promise((done) => setTimeout(done, 1000)),
])"""
"""Or colours that fade over to others, as Django's do, are looked at halfway. What goes round for ever is let be."""


def take(page: Page, name: str) -> None:
    """Have the page load and come to rest, and save a picture of all of it as ``name``, with its width:
    ``done-1280.png``. None where nobody asked for pictures.
    """
    page.wait_for_load_state()
    page.evaluate(_COME_TO_REST)
    if folder := os.environ.get("SCREENSHOTS"):
        size = page.viewport_size
        width = f"-{size['width']}" if size else ""
        page.screenshot(path=Path(folder) / f"{name}{width}.png", full_page=True, animations="disabled")


def resize(page: Page, width: int) -> None:
    """Look at the page, once it is there, on a screen so wide, and see that nothing has to be scrolled sideways."""
    # A click on a link ends before the page that it leads to has anything in it.
    page.wait_for_load_state()
    page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, HEIGHTS[NARROW])})
    assert page.evaluate("document.documentElement.scrollWidth") == width
