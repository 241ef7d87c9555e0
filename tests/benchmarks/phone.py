"""How long somebody with a slow phone waits: for the sign-up form, and for the proof that keeps bots out."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.benchmarks.results import Line
from tests.browser import chromium
from tests.browser.first_view import SLOWER, first_view
from tests.browser.in_production import launch_serving
from tests.made_once import collect_static_files, migrate

TITLE = f"A phone whose processor is {SLOWER} times slower than this machine's (Chromium)"

VIEWS = 10
MOST_SECONDS, MOST_SECONDS_OF_PROOF = 1.0, 2.0


def measure() -> Iterator[Line]:
    """The quickest of some views each: how busy this machine is says nothing of the page."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="registration-bench-") as folder:
        browser = chromium.start(playwright)
        migrated, static_root = Path(folder) / "migrated.sqlite3", Path(folder) / "static"
        migrate(migrated)
        collect_static_files(static_root)
        with launch_serving(Path(folder), migrated=migrated, static_root=static_root, has_challenge=True) as address:
            painted = sorted(first_view(browser, address).largest_paint_seconds for _time in range(VIEWS))
            proved = sorted(_proof_seconds(browser, address) for _time in range(VIEWS))
        browser.close()
    yield _line("first view of the form, until its largest part is painted", painted, MOST_SECONDS)
    yield _line("the proof, from the first field's focus until it is there", proved, MOST_SECONDS_OF_PROOF)


def _line(what: str, seconds: list[float], most: float) -> Line:
    told = f"{seconds[0]:.2f} s; median {seconds[len(seconds) // 2]:.2f} s"
    return Line(f"{what}: quickest of {VIEWS}", told, f"≤ {most:g} s", seconds[0] <= most)


def _proof_seconds(browser: Browser, address: str) -> float:
    with browser.new_context() as context:
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address)
        began = time.monotonic()
        page.get_by_label("First name").focus()
        expect(page.locator("input[name=proof]")).not_to_have_value("")
        return time.monotonic() - began
