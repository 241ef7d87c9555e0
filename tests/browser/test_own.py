"""Attendees change, cancel and renew their registration in the browser, with the keyboard and with a pointer."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect
from pytest_httpserver import HTTPServer

from registration.calendars import links
from registration.models import Submission
from registration.states import Decision
from tests.browser import accessibility, signing_up
from tests.browser.keyboard import go_to, walk
from tests.browser.pictures import NARROW, WIDE, resize
from tests.browser.public_pages import own_page_of
from tests.letters import written

ADDRESS = "ada.okafor@example.com"

pytestmark = pytest.mark.django_db(transaction=True)


def press_enter(goal: Locator) -> None:
    go_to(goal.page, goal)
    goal.page.keyboard.press("Enter")


def click(goal: Locator) -> None:
    goal.click()


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("do", [press_enter, click], ids=["keyboard", "pointer"])
def test_changing_cancelling_and_registering_again(visitor: Page, do: Callable[[Locator], None], width: int) -> None:
    visitor.emulate_media(reduced_motion="reduce")
    visitor.goto(own_page_of(decision=Decision.APPROVED, meeting={"approval": "automatic"}))
    resize(visitor, width)

    do(visitor.get_by_role("link", name="Change my answers"))
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Change your answers")
    visitor.get_by_label("City").fill("Ibadan")
    do(visitor.get_by_role("button", name="Save the changes"))
    expect(visitor.get_by_role("region", name="Your answers have been changed")).to_be_focused()
    assert signing_up.given(visitor)["City"] == "Ibadan"
    fits(visitor)

    do(visitor.get_by_role("link", name="Cancel my registration"))
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Cancel your registration?")
    fits(visitor)
    do(visitor.get_by_role("button", name="Cancel my registration"))
    expect(visitor.get_by_role("region", name="Your registration has been cancelled")).to_be_focused()
    expect(visitor.get_by_role("link", name="Change my answers")).to_have_count(0)

    do(visitor.get_by_role("link", name="Register again"))
    do(visitor.get_by_role("button", name="Register again"))
    expect(visitor.get_by_role("region", name="You have registered again")).to_be_focused()
    expect(visitor.get_by_role("heading", name="Approved")).to_be_visible()
    fits(visitor)
    walk(visitor)
    assert written() == [(ADDRESS, "changed"), (ADDRESS, "cancelled"), (ADDRESS, "received")]


def fits(page: Page) -> None:
    page.wait_for_load_state()
    problems = [*accessibility.sideways_scrolling(page), *accessibility.clipped_texts(page)]
    assert [*problems, *accessibility.violations(page)] == []


def test_back_and_reload_do_nothing_once_more(visitor: Page) -> None:
    visitor.goto(own_page_of(page="cancel/", decision=Decision.APPROVED))
    visitor.get_by_role("button", name="Cancel my registration").click()
    visitor.reload()
    expect(visitor.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()
    visitor.go_back()
    # It is no longer kept as it was: what could be cancelled then is cancelled now.
    expect(visitor.get_by_role("heading", level=1)).to_have_text("This registration has been cancelled")
    assert written() == [(ADDRESS, "cancelled")]


def test_two_tabs_cancel_once(visitor: Page) -> None:
    address = own_page_of(page="cancel/", decision=Decision.APPROVED)
    other = visitor.context.new_page()
    for page in (visitor, other):
        page.goto(address)
    for page in (visitor, other):
        page.get_by_role("button", name="Cancel my registration").click()
        expect(page.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()
    assert written() == [(ADDRESS, "cancelled")]


def test_in_two_tabs_nothing_is_overwritten_unseen(visitor: Page) -> None:
    address = own_page_of(page="change/", decision=Decision.APPROVED)
    other = visitor.context.new_page()
    for page, city in ((visitor, "Ibadan"), (other, "Abuja")):
        page.goto(address)
        page.get_by_label("City").fill(city)
    for page in (visitor, other):
        page.get_by_role("button", name="Save the changes").click()
    expect(other.get_by_role("region", name="Your answers have been changed meanwhile")).to_be_focused()
    assert Submission.objects.get().city == "Ibadan"
    other.get_by_role("button", name="Save the changes").click()
    expect(other.get_by_role("region", name="Your answers have been changed")).to_be_focused()
    assert Submission.objects.get().city == "Abuja"


def test_a_new_link_is_not_shown_to_whoever_has_the_old_one(visitor: Page) -> None:
    address = own_page_of()
    visitor.goto(address)
    visitor.get_by_role("link", name="Get a new link").click()
    visitor.get_by_role("button", name="Mail me a new link").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("The new link is in your mail")
    new = Submission.objects.get()
    assert new.token not in visitor.content() + visitor.url
    visitor.goto(address)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("There is no such page")
    visitor.goto(new.get_absolute_url())
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Product launch")


# --- the address stays a secret ---------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(httpserver: HTTPServer) -> HTTPServer:
    """Somebody else's site, which remembers who led its visitors there."""
    httpserver.expect_request("/calendar").respond_with_data("A calendar")
    return httpserver


def referrers(elsewhere: HTTPServer) -> list[str | None]:
    return [request.headers.get("Referer") for request, _response in elsewhere.log if request.path == "/calendar"]


def test_a_calendar_on_the_web_does_not_learn_where_one_came_from(
    chromium: Browser, portal: str, elsewhere: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_google", lambda appointment: elsewhere.url_for("/calendar"))
    page = chromium.new_context(base_url=portal).new_page()
    page.goto(own_page_of(decision=Decision.APPROVED))
    page.get_by_role("link", name="Google Calendar").click()
    expect(page.get_by_text("A calendar")).to_be_visible()
    assert referrers(elsewhere) == [None]
    page.context.close()


@pytest.mark.parametrize("name", ["", "change/", "cancel/", "new-link/"])
def test_no_page_tells_another_site_more_than_the_portals_name(
    chromium: Browser, portal: str, elsewhere: HTTPServer, name: str
) -> None:
    """By the page's policy alone: the link itself asks for nothing."""
    page = chromium.new_context(base_url=portal).new_page()
    page.goto(own_page_of(page=name))
    page.evaluate("(address) => location.assign(address)", elsewhere.url_for("/calendar"))
    expect(page.get_by_text("A calendar")).to_be_visible()
    assert referrers(elsewhere) == [f"{portal}/"]
    page.context.close()


@pytest.mark.parametrize("name", ["", "change/"])
def test_no_page_tells_the_portal_itself_its_address(chromium: Browser, portal: str, name: str) -> None:
    """Or it would stand in the log of a proxy, for each style sheet and each form that is sent."""
    page = chromium.new_context(base_url=portal).new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    page.goto(own_page_of(page=name), wait_until="networkidle")
    assert len(asked) > 1
    assert {request.all_headers().get("referer") for request in asked} <= {None, f"{portal}/"}
    page.context.close()


def test_a_page_that_hides_nothing_would_tell(chromium: Browser, elsewhere: HTTPServer) -> None:
    """Or the tests above could not fail."""
    address = elsewhere.url_for("/calendar")
    other = address.replace("localhost", "127.0.0.1") if "localhost" in address else address
    elsewhere.expect_request("/open").respond_with_data(
        f"<a href='{other}'>on</a>", content_type="text/html", headers={"Referrer-Policy": "unsafe-url"}
    )
    page = chromium.new_page()
    page.goto(elsewhere.url_for("/open"))
    page.get_by_text("on").click()
    expect(page.get_by_text("A calendar")).to_be_visible()
    assert referrers(elsewhere) == [elsewhere.url_for("/open")]
    page.close()
