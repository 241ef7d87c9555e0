"""What a browser that has never been there gets of a page, when it shows it, and what moves meanwhile."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Response, Route

SLOWER = 4
"""How many times slower than this machine the visitor's processor is."""

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
