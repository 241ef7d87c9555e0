"""The watch that the other browser tests are under notices what it is there for."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watch import Watch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(chromium: Browser, portal: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=portal)
    yield context.new_page()
    context.close()


@pytest.fixture
def watch(page: Page, portal: str) -> Watch:
    watch = Watch(page.context, hosts={urlsplit(portal).netloc})
    page.goto("/")
    assert watch.complaints == []
    return watch


def test_what_the_security_policy_stops(page: Page, watch: Watch) -> None:
    with page.expect_console_message():
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    [complaint] = watch.complaints
    assert complaint.startswith("console error: Applying inline style violates the following Content Security Policy")


def test_a_script_that_fails(page: Page, watch: Watch) -> None:
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('Oh') })")
    assert watch.complaints == ["script: Oh"]


def test_a_file_that_is_missing(page: Page, watch: Watch) -> None:
    with page.expect_console_message():
        page.evaluate("new Image().src = '/static/nothing.png'")
    assert watch.complaints == [
        "console error: Failed to load resource: the server responded with a status of 404 (Not Found)"
    ]


def test_a_request_to_another_host(page: Page, watch: Watch) -> None:
    # Port 9 of this machine, where nobody listens: nothing leaves it.
    with page.expect_request("**/pixel.png"):
        page.goto("data:text/html,<img src='http://localhost:9/pixel.png'>")
    assert watch.complaints[0] == "another host: localhost:9"


def test_a_page_that_is_not_found_is_no_fault(page: Page, watch: Watch) -> None:
    with page.expect_console_message():
        page.goto("/meetings/nothing/")
    assert watch.complaints == []
