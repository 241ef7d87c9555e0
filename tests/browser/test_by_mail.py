"""What attendees do from their mails: sent by a real mail server, read there, and their links followed."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.models import Submission
from tests.browser import signing_up
from tests.browser.conftest import OpenWindow
from tests.browser.mailbox import Mailbox, calendar_in, lines_in, link_in, status_in, told
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"
OWN_PAGE = "Open your own page"
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


def test_a_place_is_offered_by_mail_and_taken_from_it(visitor: Page, staff: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer", offer_hours=24)
    SubmissionFactory(meeting=meeting, first_name="Tom", last_name="Baker", email="tom@example.com")
    signing_up.sign_up(visitor, meeting)
    mails = mailbox.new()
    assert [*told(mails), status_in(mails[0])] == [(ADA, "You are on the waiting list"), "On the waiting list"]
    assert calendar_in(mails[0]) is None
    do_action(staff, "Decline …", to=["Tom Baker"])
    staff.get_by_label("Reason").fill("Members only")
    staff.get_by_role("button", name="Decline").click()
    expect_messages(staff, "1 declined. Undo …")
    mails = mailbox.new()
    tom = Submission.objects.get(email="tom@example.com")
    assert told(mails) == [
        ("tom@example.com", f"About your registration {tom.reference}"),
        (ADA, "A place is kept for you"),
    ]
    lines = lines_in(mails[0])
    assert lines[lines.index("The organisers write:") + 1] == "Members only"
    visitor.goto(link_in(mails[1], "Take the place, or leave it"))
    visitor.get_by_role("button", name="Take the place").click()
    assert signing_up.status(visitor)[0] == "Received"
    mails = mailbox.new()
    assert [*told(mails), status_in(mails[0])] == [(ADA, f"Your registration {reference()}"), "Received"]
    assert calendar_in(mails[0])["METHOD"] == "PUBLISH"


def test_an_offer_that_is_not_taken_is_lost_and_goes_to_the_next(visitor: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer")
    late = SubmissionFactory(meeting=meeting, decision="offered", email="late@example.com")
    signing_up.sign_up(visitor, meeting)
    mailbox.new()
    Submission.objects.filter(pk=late.pk).update(offer_ends_at=timezone.now())
    mails = mailbox.new()
    assert told(mails) == [("late@example.com", "Your place has been given up"), (ADA, "A place is kept for you")]
    visitor.goto(link_in(mails[0], OWN_PAGE))
    assert signing_up.status(visitor)[0] == "Cancelled"


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
    visitor.get_by_role("link", name="Cancel my registration").click()
    visitor.get_by_role("button", name="Cancel my registration").click()
    expect(visitor.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()
    [cancelled] = mailbox.new()
    assert (*told([cancelled]), status_in(cancelled)) == ((ADA, "Your registration is cancelled"), "Cancelled")
    calendar = calendar_in(cancelled)
    [gone] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], gone["STATUS"], gone["UID"]) == ("CANCEL", "CANCELLED", event["UID"])
    assert int(gone["SEQUENCE"]) > int(event["SEQUENCE"])


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
    assert (*told([known]), status_in(known)) == ((ADA, "We have your registration already"), "Cancelled")
    visitor.goto(link_in(known, "Register again"))
    visitor.get_by_role("button", name="Register again").click()
    expect(visitor.get_by_role("heading", name="You have registered again")).to_be_visible()
    [again] = mailbox.new()
    assert (*told([again]), status_in(again)) == ((ADA, f"Your registration {reference()}"), "Received")
