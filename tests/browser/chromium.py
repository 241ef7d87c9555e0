"""Finding a Chromium that starts."""

import os
import shutil

from playwright.sync_api import Browser, Error, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first does everything that a page can ask for, with a third of the work: it draws no window around it."""

ARGUMENTS = (
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    # What Chromium would otherwise do on its own behalf, with servers of its maker.
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ADVICE = (
    "no Chromium could be started: install one (Debian: apt-get install chromium-headless-shell; any other: python -m "
    "playwright install chromium), or set CHROMIUM to the path of one"
)


class NoChromium(Exception):
    """None could be started; the words say how to get one."""


def start(playwright: Playwright) -> Browser:
    """A running Chromium, without a window: the one that ``CHROMIUM`` names, else one on the path, else Playwright's.

    Raises ``NoChromium``.
    """
    named = os.environ.get("CHROMIUM")
    paths: list[str | None] = [named] if named else [*filter(None, map(shutil.which, NAMES)), None]
    for path in paths:
        try:
            return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        except Error as error:
            reason = str(error).splitlines()[0]
    raise NoChromium(f"{ADVICE} ({reason})")
