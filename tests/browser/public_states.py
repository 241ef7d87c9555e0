"""The public pages that nobody comes to by an address alone: what a visitor does leads there, or what goes wrong."""

from collections.abc import Callable

from django.test import Client, override_settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration import mail
from registration.models import Mail, Meeting, Submission
from registration.states import Decision
from tests.browser import signing_up
from tests.browser.launch import launch
from tests.browser.public_pages import PAGES, own_page_of
from tests.cast import MeetingFactory, SubmissionFactory
from tests.pages import sign_up


def everything_wrong(page: Page) -> None:
    """The sign-up page with an error at each field that can have one."""
    page.goto(launch().get_absolute_url())
    signing_up.send(page)
    expect(page.get_by_role("region", name="There is a problem")).to_be_focused()


def closed_meanwhile(page: Page) -> None:
    """The sign-up page that closed while somebody was typing: what they typed is still there."""
    meeting = launch()
    _begin(page, meeting.get_absolute_url())
    signing_up.answer_all_five_questions(page)
    meeting.capacity = 0
    meeting.save()
    signing_up.send(page)
    expect(page.get_by_role("heading", name="All places are taken")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def too_many(page: Page) -> None:
    """429: too many signed up from here just now; what was typed is still there."""
    _begin(page, launch().get_absolute_url())
    signing_up.answer_all_five_questions(page)
    page.set_extra_http_headers({"X-Forwarded-For": "203.0.113.7"})
    with override_settings(BEHIND_PROXY=True, SIGN_UPS_PER_MINUTE=1):
        sign_up(Client(headers={"X-Forwarded-For": "203.0.113.7"}), MeetingFactory())
        signing_up.send(page)
        expect(page.get_by_role("heading", name="Many people have signed up from your network")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def too_many_at_all(page: Page) -> None:
    """429: very many sign up for the meeting just now, and each has to prove some work; what was typed is there."""
    meeting = launch()
    _begin(page, meeting.get_absolute_url())
    signing_up.answer_all_five_questions(page)
    with override_settings(SURGE_SIGN_UPS_PER_MINUTE=1, HAS_CHALLENGES=True):
        somebody = SubmissionFactory(meeting=meeting)
        mail.write(somebody.pk, Mail.Kind.RECEIVED, at=timezone.now(), signed_up_for=meeting.pk)
        signing_up.send(page)
        expect(page.get_by_role("heading", name="Send the form once more: to keep bots out")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def too_fast(page: Page) -> None:
    """429: the form came back faster than people type."""
    with override_settings(FORM_MIN_SECONDS=60):
        _begin(page, launch().get_absolute_url())
        signing_up.answer_all_five_questions(page)
        signing_up.send(page)
        expect(page.get_by_role("heading", name="Send the form once more, in")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def stale_form(page: Page) -> None:
    """403: the sign-up page again, for a form whose cookie is gone: what was typed is still there."""
    _begin(page, launch().get_absolute_url())
    page.context.clear_cookies()
    signing_up.send(page)
    expect(page.get_by_role("heading", name="Send the form once more")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Ada")


def change_with_mistakes(page: Page) -> None:
    """The form of changes with something missing."""
    _begin_change(page)
    page.get_by_label("First name").fill("")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("region", name="There is a problem")).to_be_focused()


def changed_meanwhile(page: Page) -> None:
    """409: what was typed, and beside it what somebody else has stored since."""
    _begin_change(page)
    Submission.objects.update(city="Abuja", company_name="")
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("region", name="Your answers have been changed meanwhile")).to_be_focused()
    expect(page.get_by_label("City")).to_have_value("Ibadan")


def change_came_too_late(page: Page) -> None:
    """409: what was typed is still there, though it can no longer be sent."""
    _begin_change(page)
    meeting = Meeting.objects.get()
    meeting.changes_until = timezone.now()
    meeting.save()
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("heading", name="Answers could be changed until")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value("Ibadan")


def stale_change(page: Page) -> None:
    """403: the form of changes again, for one whose cookie is gone."""
    _begin_change(page)
    page.context.clear_cookies()
    page.get_by_role("button", name="Save the changes").click()
    expect(page.get_by_role("heading", name="Send the form once more")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value("Ibadan")


def stale_form_elsewhere(page: Page) -> None:
    """403: any other form whose cookie is gone."""
    page.goto("/admin/")
    signing_up.fill_in(page, {"Username": "dana", "Password": "danadana"})
    page.context.clear_cookies()
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your form could not be checked")


def too_much(page: Page) -> None:
    """400: more was sent than is read."""
    _begin(page, launch().get_absolute_url())
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3):
        signing_up.send(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("We could not read what was sent")


def too_long(page: Page) -> None:
    """413: what was sent is longer than the form."""
    _begin(page, launch().get_absolute_url())
    page.get_by_label("First name").fill("x" * 300_000)
    signing_up.send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("That was too much")


def our_fault(page: Page) -> None:
    """500: a meeting in a zone that does not exist cannot be shown."""
    page.goto(MeetingFactory(timezone="Mars/Olympus").get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("Something went wrong on our side")


def _begin_change(page: Page) -> None:
    page.goto(own_page_of(page="change/", decision=Decision.APPROVED))
    signing_up.fill_in(page, {"City": "Ibadan"})


def _begin(page: Page, address: str) -> None:
    page.goto(address)
    texts = {"First name": "Ada", "Last name": "Okafor", "E-mail address": "ada@example.com", "Company": "Works"}
    signing_up.fill_in(page, texts)


STATES: dict[str, Callable[[Page], None]] = {
    "sign-up-wrong": everything_wrong,
    "sign-up-closed-meanwhile": closed_meanwhile,
    "sign-up-too-many": too_many,
    "sign-up-surge": too_many_at_all,
    "sign-up-too-fast": too_fast,
    "sign-up-stale": stale_form,
    "change-wrong": change_with_mistakes,
    "change-meanwhile": changed_meanwhile,
    "change-came-too-late": change_came_too_late,
    "change-stale": stale_change,
    "form-stale": stale_form_elsewhere,
    "bad-request": too_much,
    "too-long": too_long,
    "server-error": our_fault,
}
"""Every such page by the name of its picture: calling it leads the window there, and sees that it is there."""

NAMES = (*PAGES, *STATES)
"""Every public page there is."""


def show(page: Page, name: str) -> None:
    """Lead the window to one of ``NAMES``."""
    if name in PAGES:
        page.goto(PAGES[name]())
    else:
        STATES[name](page)
