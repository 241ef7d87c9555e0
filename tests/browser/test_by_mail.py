"""What attendees do from their mails: sent by a real mail server, read there, and their links followed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone
from icalendar import Calendar
from playwright.sync_api import Page, expect

from registration.models import Submission
from tests.browser import signing_up
from tests.browser.conftest import OpenWindow
from tests.browser.mailbox import OWN_PAGE, Mailbox, calendar_in, lines_in, link_in, status_in, told
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"
# In winter, in a zone that has another time in summer.
BEGINS = datetime(timezone.now().year + 1, 1, 20, 9, tzinfo=UTC)


def test_an_address_is_confirmed_on_another_device_and_not_by_a_scanner(
    visitor: Page, new_window: OpenWindow, mailbox: Mailbox
) -> None:
    signing_up.sign_up(visitor, MeetingFactory(confirms_address=True, confirm_hours=24))
    expect(visitor.get_by_text("Follow the link in our mail within 24 hours")).to_be_visible()
    mails = mailbox.new()
    assert told(mails) == [(ADA, "Please confirm your address")]
    link = link_in(mails[0], "Confirm your address")
    for method in ("GET", "HEAD"):
        assert requests.request(method, link, timeout=30).status_code == 200
    assert (Submission.objects.filter(confirm_by=None).count(), mailbox.new()) == (0, [])
    phone = new_window()
    phone.goto(link)
    phone.get_by_role("button", name="Confirm the address").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    mails = mailbox.new()
    assert [*told(mails), status_in(mails[0])] == [(ADA, f"Your registration {reference()}"), "Received"]
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")
    phone.goto(link_in(mails[0], OWN_PAGE))
    assert signing_up.status(phone)[0] == "Received"
    assert mailbox.new() == []


def reference() -> str:
    return Submission.objects.get(email=ADA).reference


def test_an_approval_puts_the_meeting_into_the_calendar_and_cancelling_takes_it_out(
    visitor: Page, staff: Page, mailbox: Mailbox
) -> None:
    ends = BEGINS + timedelta(hours=2)
    meeting = MeetingFactory(send_email=False, timezone="America/New_York", start_at=BEGINS, end_at=ends)
    signing_up.sign_up(visitor, meeting)
    mailbox.new()
    do_action(staff, "Approve", to=["Ada Okafor"])
    expect_messages(staff, "1 approved. Undo …")
    [approved] = mailbox.new()
    assert (*told([approved]), status_in(approved)) == ((ADA, "Your registration is approved"), "Approved")
    calendar = calendar_in(approved)
    [event], [zone] = calendar.walk("VEVENT"), calendar.walk("VTIMEZONE")
    assert (calendar["METHOD"], event["STATUS"], zone["TZID"]) == ("PUBLISH", "CONFIRMED", "America/New_York")
    assert (event.start, event.end, event["DTSTART"].params["TZID"]) == (BEGINS, ends, "America/New_York")
    visitor.goto(link_in(approved, OWN_PAGE))
    assert signing_up.status(visitor)[0] == "Approved"
    with visitor.expect_download() as download:
        visitor.get_by_role("link", name="Calendar file").click()
    file: Any = Calendar.from_ical(Path(download.value.path()).read_bytes())
    [fetched] = file.walk("VEVENT")
    assert (fetched["UID"], fetched["STATUS"], fetched.start, fetched.end) == (event["UID"], "CONFIRMED", BEGINS, ends)
    visitor.get_by_role("link", name="Cancel my registration").click()
    visitor.get_by_role("button", name="Cancel my registration").click()
    expect(visitor.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()
    [cancelled] = mailbox.new()
    assert (*told([cancelled]), status_in(cancelled)) == ((ADA, "Your registration is cancelled"), "Cancelled")
    calendar = calendar_in(cancelled)
    [gone] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], gone["STATUS"], gone["UID"]) == ("CANCEL", "CANCELLED", event["UID"])
    assert int(gone["SEQUENCE"]) > int(event["SEQUENCE"])
    visitor.goto(link_in(cancelled, OWN_PAGE))
    assert signing_up.status(visitor)[0] == "Cancelled"


def test_a_change_is_mailed_and_the_mail_leads_to_what_was_changed(visitor: Page, mailbox: Mailbox) -> None:
    signing_up.sign_up(visitor, MeetingFactory())
    [received] = mailbox.new()
    visitor.goto(link_in(received, OWN_PAGE))
    visitor.get_by_role("link", name="Change my answers").click()
    visitor.get_by_label("First name").fill("Adaeze")
    visitor.get_by_role("button", name="Save the changes").click()
    expect(visitor.get_by_role("heading", name="Your answers have been changed")).to_be_visible()
    [changed] = mailbox.new()
    assert (*told([changed]), status_in(changed)) == ((ADA, "Your registration was changed"), "Received")
    assert (lines_in(received)[0], lines_in(changed)[0]) == ("Hello Ada Okafor,", "Hello Adaeze Okafor,")
    assert calendar_in(changed)["METHOD"] == "PUBLISH"
    visitor.goto(link_in(changed, OWN_PAGE))
    assert signing_up.given(visitor)["First name"] == "Adaeze"
    assert mailbox.new() == []


def test_whoever_is_approved_is_reminded_once_before_the_start(visitor: Page, mailbox: Mailbox) -> None:
    soon = timezone.now().replace(microsecond=0) + timedelta(hours=5)
    meeting = MeetingFactory(approval="automatic", reminder_hours=6, start_at=soon)
    SubmissionFactory(meeting=meeting, approved=True, email=ADA)
    SubmissionFactory(meeting=meeting, email="undecided@example.com")
    [reminder] = mailbox.new()
    assert (*told([reminder]), status_in(reminder)) == ((ADA, "It starts soon"), "Approved")
    assert calendar_in(reminder).walk("VEVENT")[0].start == soon
    visitor.goto(link_in(reminder, OWN_PAGE))
    assert signing_up.status(visitor)[0] == "Approved"
    assert mailbox.new() == []


def test_a_new_link_comes_by_mail_and_the_old_one_opens_nothing(visitor: Page, mailbox: Mailbox) -> None:
    signing_up.sign_up(visitor, MeetingFactory())
    [received] = mailbox.new()
    old = link_in(received, OWN_PAGE)
    visitor.goto(old)
    visitor.get_by_role("link", name="Get a new link").click()
    visitor.get_by_role("button", name="Mail me a new link").click()
    [sent] = mailbox.new()
    assert told([sent]) == [(ADA, "Your own page has a new address")]
    assert requests.get(old, timeout=30).status_code == 404
    visitor.goto(link_in(sent, OWN_PAGE))
    assert signing_up.given(visitor)["E-mail address"] == ADA


def test_who_signs_up_after_cancelling_registers_again_from_the_mail(visitor: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, decision="cancelled", email=ADA)
    signing_up.sign_up(visitor, meeting)
    [known] = mailbox.new()
    assert (*told([known]), status_in(known)) == ((ADA, "You are not registered at the moment"), "Cancelled")
    visitor.goto(link_in(known, "Register again"))
    visitor.get_by_role("button", name="Register again").click()
    expect(visitor.get_by_role("heading", name="You have registered again")).to_be_visible()
    [again] = mailbox.new()
    assert (*told([again]), status_in(again)) == ((ADA, f"Your registration {reference()}"), "Received")


def test_who_signs_up_with_a_known_address_is_mailed_nothing_of_what_they_typed(
    visitor: Page, new_window: OpenWindow, mailbox: Mailbox
) -> None:
    meeting = MeetingFactory()
    signing_up.sign_up(visitor, meeting)
    signing_up.sign_up(new_window(), meeting, first_name="Eve")
    _received, known = mailbox.new()
    assert (*told([known]), status_in(known)) == ((ADA, "We have your registration already"), "Received")
    assert [line for line in lines_in(known) if "Eve" in line] == []
    visitor.goto(link_in(known, OWN_PAGE))
    again = visitor.get_by_role("region", name="Signed up again")
    expect(again.get_by_role("term")).to_have_text(["First name"])
    expect(again.locator(".said")).to_have_text(["Ada", "Eve"])
    assert signing_up.given(visitor)["First name"] == "Ada"
