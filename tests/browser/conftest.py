"""A browser, the portal and the Webex sandbox to which it goes, and a server for the mails."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from registration.sandbox.server import SandboxServer
from tests.browser import chromium as chromiums
from tests.browser.mailbox import Mailbox
from tests.browser.pictures import HEIGHTS, WIDE
from tests.browser.watch import Watch
from tests.smtp import mail_server

OpenWindow = Callable[[], Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A running Chromium; without one, the tests are skipped."""
    with sync_playwright() as playwright:
        try:
            browser = chromiums.start(playwright)
        except chromiums.NoChromium as error:
            pytest.skip(str(error))
        yield browser
        browser.close()


@pytest.fixture
def portal(live_server: LiveServer, settings: Settings) -> str:
    """The address of the portal, which is serving."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture
def mailbox(portal: str, settings: Settings) -> Iterator[Mailbox]:
    """The mailboxes of everybody whom the portal writes to."""
    with mail_server(settings) as server:
        yield Mailbox(server)


@pytest.fixture
def new_window(chromium: Browser, portal: str, sandbox: SandboxServer) -> Iterator[OpenWindow]:
    """Opens a window of a browser that nobody has used before, somewhere in Berlin.

    Once the test is over, no window may have complained about anything or have asked another host for anything.
    """
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_window() -> Page:
        context = chromium.new_context(
            base_url=portal,
            viewport={"width": WIDE, "height": HEIGHTS[WIDE]},
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        watches.append(Watch(context, hosts={urlsplit(portal).netloc, urlsplit(sandbox.page_url).netloc}))
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
    assert [complaint for watch in watches for complaint in watch.complaints] == []


@pytest.fixture
def visitor(new_window: OpenWindow) -> Page:
    """A visitor's window."""
    return new_window()


@pytest.fixture
def dana(transactional_db: None) -> User:
    """An administrator, whose password is her name twice."""
    return User.objects.create_superuser("dana", password="danadana")


@pytest.fixture
def staff(new_window: OpenWindow, portal: str, dana: User, settings: Settings) -> Page:
    """The window of an administrator who has signed in."""
    window = new_window()
    client = Client()
    client.force_login(dana)
    session = client.cookies[settings.SESSION_COOKIE_NAME]
    window.context.add_cookies([{"name": session.key, "value": session.value, "url": portal}])
    return window
