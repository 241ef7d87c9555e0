"""Confirming an address, and a place that is offered: in the browser, with the keyboard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from registration.flow import offers
from registration.models import Submission
from registration.states import Decision
from tests.browser import signing_up
from tests.browser.keyboard import go_to
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db(transaction=True)


def link_to(submission: Submission, page: str) -> str:
    return f"{submission.get_absolute_url()}{page}/"


def test_the_own_page_leads_to_the_confirmation_with_the_keyboard_alone(visitor: Page) -> None:
    ada = SubmissionFactory(confirm_by=timezone.now() + timedelta(days=1))
    visitor.goto(ada.get_absolute_url())
    go_to(visitor, visitor.get_by_role("link", name="Confirm the address"))
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Confirm your address")
    go_to(visitor, visitor.get_by_role("button", name="Confirm the address"))
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")


def test_a_place_that_staff_made_free_is_offered_and_taken(visitor: Page, staff: Page) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer")
    SubmissionFactory(meeting=meeting, first_name="Tom", last_name="Baker")
    visitor.goto(meeting.get_absolute_url())
    expect(visitor.get_by_role("button", name="Join the waiting list")).to_be_visible()
    signing_up.sign_up(visitor, meeting)
    ada = Submission.objects.get(email="ada@example.com")
    visitor.goto(ada.get_absolute_url())
    assert signing_up.status(visitor)[0] == "On the waiting list"
    do_action(staff, "Decline …", to=["Tom Baker"])
    staff.get_by_label("Reason").fill("Members only")
    staff.get_by_role("button", name="Decline").click()
    expect_messages(staff, "1 declined. Undo …")
    visitor.reload()
    assert signing_up.status(visitor)[0] == "A place is yours if you want it"
    go_to(visitor, visitor.get_by_role("link", name="Take the place or leave it"))
    visitor.keyboard.press("Enter")
    go_to(visitor, visitor.get_by_role("button", name="Leave it to others"))
    go_to(visitor, visitor.get_by_role("button", name="Take the place"), key="Shift+Tab")
    visitor.keyboard.press("Enter")
    expect(visitor).to_have_url(re.compile(rf"{ada.get_absolute_url()}\?done=taken$"))
    expect(visitor.get_by_role("heading", name="The place is yours")).to_be_visible()
    assert signing_up.status(visitor)[0] == "Received"
    assert list(ada.mails.order_by("pk").values_list("kind", flat=True)) == ["waitlisted", "offered", "moved_up"]


def test_a_place_that_is_left_goes_to_the_next_in_line(visitor: Page) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer")
    ada = SubmissionFactory(meeting=meeting, decision=Decision.OFFERED)
    tom = SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    visitor.goto(link_to(ada, "place"))
    visitor.get_by_role("button", name="Leave it to others").click()
    expect(visitor).to_have_url(re.compile(rf"{ada.get_absolute_url()}\?done=left$"))
    assert signing_up.status(visitor)[0] == "Cancelled"
    tom.refresh_from_db()
    assert tom.decision == Decision.OFFERED


def test_who_presses_the_button_after_the_offer_has_ended_reads_so(visitor: Page) -> None:
    ada = SubmissionFactory(
        decision=Decision.OFFERED,
        meeting=MeetingFactory(capacity=1, waiting_list="offer"),
        in_line_since=timezone.now(),
    )
    visitor.goto(link_to(ada, "place"))
    offers.expire(at=timezone.now() + timedelta(days=2))
    visitor.get_by_role("button", name="Take the place").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("The place is no longer offered to you")
    expect(visitor.get_by_role("link", name="Register again")).to_be_visible()
