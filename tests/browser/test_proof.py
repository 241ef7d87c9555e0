"""Proving work in a real browser: by keyboard, heard by screen readers, and whom it cannot be asked of."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from registration.flow import surges
from registration.models import Meeting, SpentChallenge, Submission
from tests.browser import accessibility, signing_up
from tests.browser.keyboard import go_to, press
from tests.browser.launch import launch
from tests.browser.public_states import STATES
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA = {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@example.com"}
DONE = re.compile("/done/$")


@pytest.fixture(autouse=True)
def challenges(settings: Settings) -> Iterator[None]:
    settings.HAS_CHALLENGES = True
    yield
    surges.forget()


def meeting_with_proof(**facts: object) -> Meeting:
    meeting: Meeting = MeetingFactory(has_challenge=True, host_email="dana@example.com", **facts)
    return meeting


def stored() -> tuple[int, int]:
    return Submission.objects.count(), SpentChallenge.objects.count()


def test_who_fills_in_the_form_with_the_keyboard_notices_nothing_of_it(visitor: Page) -> None:
    visitor.emulate_media(reduced_motion="reduce")
    visitor.goto(meeting_with_proof().get_absolute_url())
    for label, text in ADA.items():
        go_to(visitor, visitor.get_by_label(label))
        visitor.keyboard.type(text)
    go_to(visitor, visitor.get_by_role("button", name="Register"))
    press_and_go(visitor)
    expect(visitor).to_have_url(DONE)
    assert stored() == (1, 1)


def press_and_go(page: Page) -> None:
    page.keyboard.press("Enter")


def test_who_sends_it_at_once_hears_why_it_takes_a_moment_and_keeps_the_focus(visitor: Page) -> None:
    visitor.goto(meeting_with_proof().get_absolute_url())
    visitor.evaluate("() => { crypto.subtle.importKey = () => new Promise(() => {}); }")  # a computer without end
    signing_up.fill_in(visitor, ADA)
    button = visitor.get_by_role("button", name="Register")
    button.focus()
    visitor.keyboard.press("Enter")
    status = visitor.locator(".proof").get_by_role("status")
    expect(status).to_have_text("One moment: to keep bots out, your computer works before the form is sent.")
    expect(button).to_be_focused()
    assert accessibility.violations(visitor) == []


def test_a_browser_that_cannot_says_so_and_whom_to_write_to(visitor: Page) -> None:
    visitor.goto(meeting_with_proof().get_absolute_url())
    visitor.evaluate("() => { crypto.subtle.importKey = () => Promise.reject(new Error('no')); }")
    signing_up.fill_in(visitor, ADA)
    signing_up.send(visitor)
    expect(visitor.locator(".proof").get_by_role("status")).to_have_text(
        "Your browser cannot do what keeps bots out here. Try another one, or write to dana@example.com."
    )
    expect(visitor.get_by_label("First name")).to_have_value("Ada")
    assert stored() == (0, 0)


def test_with_a_check_step_the_last_button_waits_for_it_and_the_others_do_not(visitor: Page) -> None:
    visitor.goto(meeting_with_proof(has_check_step=True).get_absolute_url())
    signing_up.fill_in(visitor, ADA)
    signing_up.send(visitor)
    visitor.get_by_role("button", name="Change “First name”").click()
    visitor.get_by_label("First name").fill("Adaeze")
    signing_up.send(visitor)
    expect(visitor).to_have_title(re.compile("^Check your answers"))
    signing_up.send(visitor)
    expect(visitor).to_have_url(DONE)
    assert stored() == (1, 1)


def test_who_goes_back_and_signs_up_somebody_else_proves_it_once_more(visitor: Page) -> None:
    visitor.goto(meeting_with_proof().get_absolute_url())
    signing_up.fill_in(visitor, ADA)
    signing_up.send(visitor)
    expect(visitor).to_have_url(DONE)
    visitor.go_back()
    signing_up.fill_in(visitor, ADA | {"E-mail address": "bob@example.com"})
    signing_up.send(visitor)
    expect(visitor).to_have_url(DONE)
    assert stored() == (2, 2)


def test_who_had_the_page_open_when_very_many_came_sends_the_form_once_more(visitor: Page) -> None:
    STATES["sign-up-surge"](visitor)
    expect(visitor.locator("[data-without-script]")).to_have_count(0)
    signing_up.send(visitor)
    expect(visitor).to_have_url(DONE)


def test_without_javascript_it_is_said_whom_to_write_to(chromium: Browser, portal: str) -> None:
    with chromium.new_context(base_url=portal, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(meeting_with_proof().get_absolute_url())
        expect(page.get_by_text("that needs JavaScript. If you cannot turn it on")).to_be_visible()
        expect(page.locator(".proof").get_by_role("link", name="dana@example.com")).to_be_visible()
        signing_up.fill_in(page, ADA)
        signing_up.send(page)
        notice = page.get_by_role("region", name="Send the form once more")
        expect(notice.get_by_text("that needs JavaScript. If you cannot turn it on")).to_be_visible()


def test_nobody_comes_across_what_is_there_for_bots(visitor: Page) -> None:
    visitor.emulate_media(reduced_motion="reduce")
    visitor.goto(launch().get_absolute_url())
    trap = visitor.locator("#id_homepage")
    expect(visitor.get_by_role("textbox", name="Leave this empty")).to_have_count(0)
    for part in (trap, visitor.locator("label[for=id_homepage]")):
        box = part.bounding_box()
        assert box is not None
        assert max(box["width"], box["height"]) <= 1
    for _stop in range(60):
        press(visitor, "Tab")
        assert visitor.evaluate("document.activeElement.id") != "id_homepage"
