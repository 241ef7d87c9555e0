"""Places and the waiting list, as attendees learn of them by mail: sent by a real mail server, and followed."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.models import Submission
from tests.browser import signing_up
from tests.browser.mailbox import OWN_PAGE, Mailbox, calendar_in, lines_in, link_in, status_in, told
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BEN, CLEO = "ada@example.com", "ben@example.com", "cleo@example.com"


def test_a_place_is_offered_by_mail_and_taken_from_it(visitor: Page, staff: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer", offer_hours=24)
    SubmissionFactory(meeting=meeting, first_name="Tom", last_name="Baker", email="tom@example.com")
    signing_up.sign_up(visitor, meeting)
    mails = mailbox.new()
    assert [*told(mails), status_in(mails[0])] == [(ADA, "You are on the waiting list"), "On the waiting list"]
    assert calendar_in(mails[0]) is None
    visitor.goto(link_in(mails[0], OWN_PAGE))
    assert signing_up.status(visitor) == [
        "On the waiting list",
        "All places are taken. You are number 1 on the waiting list and will hear from us when a place becomes free.",
    ]
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
    visitor.goto(link_in(mails[0], OWN_PAGE))
    assert (signing_up.status(visitor)[0], signing_up.status(visitor)[-1]) == ("Declined", "Reason: Members only")
    visitor.goto(link_in(mails[1], "Take the place, or leave it"))
    visitor.get_by_role("button", name="Take the place").click()
    assert signing_up.status(visitor)[0] == "Received"
    mails = mailbox.new()
    assert [*told(mails), status_in(mails[0])] == [(ADA, "You have moved up from the waiting list"), "Received"]
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


def test_a_place_that_is_left_is_offered_to_the_next(visitor: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory(capacity=0, waiting_list="offer")
    signing_up.sign_up(visitor, meeting)
    SubmissionFactory(meeting=meeting, decision="waitlisted", email=BEN, in_line_since=timezone.now())
    mailbox.new()
    meeting.capacity = 1
    meeting.save()
    [offered] = mailbox.new()
    assert (*told([offered]), status_in(offered)) == (
        (ADA, "A place is kept for you"),
        "A place is yours if you want it",
    )
    visitor.goto(link_in(offered, "Take the place, or leave it"))
    visitor.get_by_role("button", name="Leave it to others").click()
    assert signing_up.status(visitor)[0] == "Cancelled"
    mails = mailbox.new()
    assert told(mails) == [(ADA, "Your registration is cancelled"), (BEN, "A place is kept for you")]
    visitor.goto(link_in(mails[0], OWN_PAGE))
    assert signing_up.status(visitor)[0] == "Cancelled"
    visitor.goto(link_in(offered, "Take the place, or leave it"))
    expect(visitor.get_by_role("heading", level=1)).to_have_text("The place is no longer offered to you")


def test_a_place_that_is_cancelled_goes_to_the_first_in_line_at_once(visitor: Page, mailbox: Mailbox) -> None:
    meeting = MeetingFactory(approval="automatic", capacity=1, waiting_list="at_once")
    signing_up.sign_up(visitor, meeting)
    SubmissionFactory(meeting=meeting, decision="waitlisted", email=BEN)
    cleo = SubmissionFactory(meeting=meeting, decision="waitlisted", email=CLEO)
    [received] = mailbox.new()
    visitor.goto(link_in(received, OWN_PAGE))
    visitor.get_by_role("link", name="Cancel my registration").click()
    visitor.get_by_role("button", name="Cancel my registration").click()
    expect(visitor.get_by_role("heading", name="Your registration has been cancelled")).to_be_visible()
    mails = mailbox.new()
    assert told(mails) == [
        (ADA, "Your registration is cancelled"),
        (BEN, "You have moved up from the waiting list"),
    ]
    assert (status_in(mails[1]), calendar_in(mails[1])["METHOD"]) == ("Approved", "PUBLISH")
    visitor.goto(link_in(mails[1], OWN_PAGE))
    assert (signing_up.status(visitor)[0], signing_up.given(visitor)["E-mail address"]) == ("Approved", BEN)
    visitor.goto(cleo.get_absolute_url())
    assert "You are number 1 on the waiting list" in signing_up.status(visitor)[1]
    assert mailbox.new() == []


def test_whoever_does_not_confirm_in_time_loses_the_place_and_may_join_the_line(
    visitor: Page, mailbox: Mailbox
) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="at_once", confirms_address=True)
    signing_up.sign_up(visitor, meeting)
    SubmissionFactory(meeting=meeting, decision="waitlisted", email=BEN)
    [confirm] = mailbox.new()
    Submission.objects.filter(email=ADA).update(confirm_by=timezone.now())
    [moved_up] = mailbox.new()
    assert (*told([moved_up]), status_in(moved_up)) == ((BEN, "You have moved up from the waiting list"), "Received")
    visitor.goto(link_in(confirm, "Confirm your address"))
    expect(visitor.get_by_role("heading", level=1)).to_have_text("This registration has ended")
    visitor.get_by_role("link", name="Register again").click()
    expect(visitor.get_by_text("You would stand last on the waiting list.")).to_be_visible()
    visitor.get_by_role("button", name="Register again").click()
    [waitlisted] = mailbox.new()
    assert told([waitlisted]) == [(ADA, "You are on the waiting list")]
    visitor.goto(link_in(waitlisted, OWN_PAGE))
    assert signing_up.status(visitor)[0] == "On the waiting list"
