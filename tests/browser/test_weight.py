"""What the first view of the sign-up page costs a visitor: bytes, requests, time, and what moves under their eyes."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, Route

from tests.browser.in_production import launch_serving

TEN_YEARS = 10 * 365 * 24 * 60 * 60
"""Seconds: what whitenoise says for files whose name changes with their content."""

MOST_BYTES = 60 * 1024
SLOWER = 4
"""How many times slower than this machine the visitor's processor is."""

VIEWS = 10
"""The quickest of so many counts: how busy this machine is says nothing of the page."""

OBSERVE = """
    window.shift = 0;
    window.painted = new Promise((resolve) => {
        new PerformanceObserver((list) => {
            window.largest = list.getEntries().at(-1).startTime;
            resolve();
        }).observe({ type: "largest-contentful-paint", buffered: true });
    });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@dataclass
class View:
    """What a window without a cache got, and what it showed."""

    address: str
    sizes: Counter[str] = field(default_factory=Counter)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    largest_paint_seconds: float = 0
    shift: float = 0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with launch_serving(tmp_path_factory.mktemp("production")) as address:
        yield address


@pytest.fixture(scope="module")
def view(chromium: Browser, address: str) -> View:
    return first_view(chromium, address)


def first_view(chromium: Browser, address: str, *, script_is_late: bool = False) -> View:
    """Look at the page with a slow processor, in a browser that has never been there."""
    context = chromium.new_context(timezone_id="Europe/Berlin", locale="en-GB")
    page = context.new_page()
    page.add_init_script(OBSERVE)
    if script_is_late:
        page.route("**/*.js", _late)
    view = View(address)
    _listen(page, view)
    page.goto(address, wait_until="networkidle")
    # Not by asking again and again: that would have the page evaluate a string, which its own policy forbids.
    page.evaluate("window.painted")
    view.largest_paint_seconds = page.evaluate("window.largest") / 1000
    view.shift = page.evaluate("window.shift")
    context.close()
    return view


def _listen(page: Page, view: View) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    urls: dict[str, str] = {}

    def note_request(event: dict[str, Any]) -> None:
        urls[event["requestId"]] = event["request"]["url"]

    def note_size(event: dict[str, Any]) -> None:
        view.sizes[urls[event["requestId"]]] += int(event["encodedDataLength"])

    def note_response(response: Response) -> None:
        view.headers[response.url] = response.headers

    devtools.on("Network.requestWillBeSent", note_request)
    devtools.on("Network.loadingFinished", note_size)
    page.on("response", note_response)


def _late(route: Route) -> None:
    time.sleep(0.5)
    route.continue_()


def test_it_is_light(view: View) -> None:
    assert sum(view.sizes.values()) <= MOST_BYTES, view.sizes


def test_nobody_else_is_asked_for_anything(view: View, address: str) -> None:
    hosts = {urlsplit(url).netloc for url in view.sizes if not url.startswith("data:")}
    assert hosts == {urlsplit(address).netloc}


def test_it_is_there_within_a_second(chromium: Browser, address: str) -> None:
    assert any(first_view(chromium, address).largest_paint_seconds < 1 for _time in range(VIEWS))


def test_nothing_moves_under_ones_eyes(view: View) -> None:
    assert view.shift == 0


def test_nothing_moves_when_the_script_comes_late(chromium: Browser, address: str) -> None:
    shift = first_view(chromium, address, script_is_late=True).shift
    assert shift == 0


def test_static_files_are_compressed_and_kept_for_years(view: View) -> None:
    files = {
        url: (headers["cache-control"].split(", "), headers.get("content-encoding"))
        for url, headers in view.headers.items()
        if urlsplit(url).path.startswith("/static/")
    }
    assert len(files) >= 3
    for url, (caching, encoding) in files.items():
        assert re.fullmatch(r".+\.[0-9a-f]{12}\.[a-z]+", url)
        assert set(caching) == {f"max-age={TEN_YEARS}", "public", "immutable"}
        assert encoding in {"br", "gzip"}
