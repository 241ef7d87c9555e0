"""The measures that the public pages are put to notice what they are there for."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import accessibility

BACKGROUND = "<div style='position: fixed; inset: 0; background: white'></div>"
WITH_FLAWS: dict[str, tuple[Callable[[Page], list[str]], str, list[str]]] = {
    "a page wider than its screen": (
        accessibility.sideways_scrolling,
        "<p style='inline-size: 500px'>Hint",
        ["the page is 508 wide on a screen of 320"],
    ),
    "a small button": (
        accessibility.small_targets,
        "<button style='inline-size: 40px; block-size: 20px'>OK</button>",
        ["button “OK” is 40×20"],
    ),
    "a link by itself, as low as its letters": (
        accessibility.small_targets,
        "<p><a href='/' style='font: 10px/1.8 monospace'>Home</a></p>",
        ["a “Home” is 24.1×11"],
    ),
    "a text that is cut off": (
        accessibility.clipped_texts,
        "<p style='inline-size: 50px; overflow: hidden; white-space: nowrap'>Enter your last name</p>",
        ["p “Enter your last name” is clipped"],
    ),
    "a text that is cut off below": (
        accessibility.clipped_texts,
        "<p style='block-size: 10px; overflow: hidden'>Enter your last name</p>",
        ["p “Enter your last name” is clipped"],
    ),
    "a word that is longer than its element": (
        accessibility.clipped_texts,
        "<p style='inline-size: 50px'>Donaudampfschiff</p>",
        ["p “Donaudampfschiff” is clipped"],
    ),
    "a text beside the screen": (
        accessibility.clipped_texts,
        "<p style='position: relative; left: -20px'>Hint</p>",
        ["p “Hint” is clipped"],
    ),
    "a button that changes gently": (
        accessibility.motions,
        "<button style='transition: color .2s'>OK</button>",
        ["button “OK” moves"],
    ),
    "an input that only its colour sets off": (
        accessibility.borderless,
        "<input id='name' style='appearance: none; border: 0; background: silver'>",
        ["input#name “” has no border"],
    ),
    "a focus without an outline": (
        accessibility.focus_problems,
        "<button autofocus style='outline: none'>OK</button>",
        ["button “OK” shows no outline"],
    ),
    "a focus beside the screen": (
        accessibility.focus_problems,
        "<button autofocus style='outline: 2px solid; position: fixed; left: -20px'>OK</button>",
        ["button “OK” is not on the screen", "button “OK” is covered"],
    ),
    "a focus under something": (
        accessibility.focus_problems,
        f"<button autofocus style='outline: 2px solid'>OK</button>{BACKGROUND}",
        ["button “OK” is covered"],
    ),
}
WITHOUT: dict[str, tuple[Callable[[Page], list[str]], str]] = {
    "a small link in a sentence": (
        accessibility.small_targets,
        "<p>Go <a href='/' style='font-size: 10px'>on</a>.</p>",
    ),
    "a small link that takes clicks around it": (
        accessibility.small_targets,
        "<style>b { display: block; position: relative; line-height: 50px } a::after { content: ''; "
        "position: absolute; inset: 0 }</style><b><a href='/' style='font-size: 10px'>Home</a></b>",
    ),
    "a text for screen readers only": (
        accessibility.clipped_texts,
        "<p style='position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden'>Error</p>",
    ),
    "an outline around something else": (
        accessibility.focus_problems,
        "<style>a { outline: none } a:focus::after { content: '.'; outline: 3px solid }</style>"
        "<a href='/' autofocus>Home</a>",
    ),
}


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 320, "height": 256})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("flaw", WITH_FLAWS)
def test_what_falls_short(page: Page, flaw: str) -> None:
    measure, html, words = WITH_FLAWS[flaw]
    _show(page, html)
    assert measure(page) == words


@pytest.mark.parametrize("name", WITHOUT)
def test_what_does_not(page: Page, name: str) -> None:
    measure, html = WITHOUT[name]
    _show(page, html)
    assert measure(page) == []


def test_axe_core_has_the_rules_that_are_asked_for(page: Page) -> None:
    _show(
        page, "<button style='inline-size: 9px; block-size: 9px'></button><button style='inline-size: 9px'>O</button>"
    )
    rules = {violation.partition(":")[0] for violation in accessibility.violations(page)}
    # Of WCAG 2.0, of WCAG 2.2, and of neither.
    assert {"button-name", "target-size", "landmark-one-main"} <= rules


def test_axe_core_finds_colours_by_themselves(page: Page) -> None:
    _show(page, "<p style='color: #999'>Pale<button></button>")
    assert [words.partition(":")[0] for words in accessibility.violations(page, of_colors=True)] == ["color-contrast"]


def _show(page: Page, html: str) -> None:
    page.set_content(f"<!doctype html>{html}")
    page.evaluate("document.querySelector('[autofocus]')?.focus()")
