"""Staff write to everybody who is registered: the mails are sent by a real mail server, and their links followed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.models import Meeting
from tests.browser import signing_up
from tests.browser.mailbox import OWN_PAGE, Mailbox, calendar_in, lines_in, link_in, status_in, told
from tests.browser.reviewing import expect_messages
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BEN, CLEO = "ada@example.com", "ben@example.com", "cleo@example.com"
# In winter: no clock is put forward or back in the weeks after it.
BEGINS = datetime(timezone.now().year + 1, 1, 20, 9, tzinfo=UTC)


@pytest.fixture
def meeting(visitor: Page, mailbox: Mailbox) -> Meeting:
    """A meeting for which Ada waits for review, with it in her calendar, and Ben for a place; Cleo was declined."""
    meeting: Meeting = MeetingFactory(start_at=BEGINS, capacity=1, waiting_list="at_once")
    signing_up.sign_up(visitor, meeting)
    SubmissionFactory(meeting=meeting, decision="waitlisted", email=BEN)
    SubmissionFactory(meeting=meeting, decision="declined", email=CLEO)
    return meeting


def write_to_everybody(staff: Page) -> None:
    staff.get_by_role("button", name="Write to everybody who is registered …").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text("Write to 2 people")
    staff.get_by_role("button", name="Write to them").click()
    expect_messages(staff, "2 mails are on their way.")


def test_who_is_registered_for_a_meeting_that_is_moved_finds_it_moved_in_the_calendar(
    visitor: Page, staff: Page, mailbox: Mailbox, meeting: Meeting
) -> None:
    [received] = mailbox.new()
    begins, ends = (moment + timedelta(days=7) for moment in (meeting.start_at, meeting.end_at))
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.locator("#id_start_at_0").fill(begins.date().isoformat())
    staff.locator("#id_end_at_0").fill(ends.date().isoformat())
    staff.get_by_role("button", name="Save and continue editing").click()
    expect(staff.locator(".messagelist")).to_contain_text("2 registered people have not been told of this change")
    assert mailbox.new() == []
    write_to_everybody(staff)
    moved, of_ben = mailbox.new()
    assert told([moved, of_ben]) == [(ADA, "The meeting has changed"), (BEN, "The meeting has changed")]
    assert [status_in(mail) for mail in (moved, of_ben)] == ["Received", "On the waiting list"]
    [before], [after] = (calendar_in(mail).walk("VEVENT") for mail in (received, moved))
    assert (calendar_in(moved)["METHOD"], after["UID"], calendar_in(of_ben)) == ("PUBLISH", before["UID"], None)
    assert (after.start, after.end, int(after["SEQUENCE"]) > int(before["SEQUENCE"])) == (begins, ends, True)
    visitor.goto(link_in(moved, OWN_PAGE))
    [when] = [line.removeprefix("When: ") for line in lines_in(moved) if line.startswith("When: ")]
    expect(visitor.get_by_role("time").first).to_have_text(when)


def test_who_is_registered_for_a_meeting_that_is_cancelled_finds_it_gone_from_the_calendar(
    visitor: Page, staff: Page, mailbox: Mailbox, meeting: Meeting
) -> None:
    [received] = mailbox.new()
    staff.goto(f"/admin/registration/meeting/{meeting.pk}/change/")
    staff.get_by_label("Cancelled", exact=True).check()
    staff.get_by_role("button", name="Save and continue editing").click()
    write_to_everybody(staff)
    cancelled, of_ben = mailbox.new()
    assert told([cancelled, of_ben]) == [(ADA, "The meeting is cancelled"), (BEN, "The meeting is cancelled")]
    [before], [gone] = (calendar_in(mail).walk("VEVENT") for mail in (received, cancelled))
    assert (calendar_in(cancelled)["METHOD"], gone["STATUS"], gone["UID"]) == ("CANCEL", "CANCELLED", before["UID"])
    for mail in (cancelled, of_ben):
        assert status_in(mail) == "This meeting has been cancelled"
        visitor.goto(link_in(mail, OWN_PAGE))
        assert signing_up.status(visitor)[0] == "This meeting has been cancelled"
    assert mailbox.new() == []
