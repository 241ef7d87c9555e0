"""What visitors and attendees see, beside the main job."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from registration.models import Submission
from tests.browser import accessibility, signing_up
from tests.browser.launch import launch
from tests.browser.reviewing import do_action, expect_messages
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import delivered

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_address_in_capitals_is_the_same_person(visitor: Page) -> None:
    meeting = MeetingFactory(slug="open-hour")
    pages = []
    for first_name, address in (("Ada", "ada@example.com"), ("Somebody", "ADA@EXAMPLE.COM")):
        visitor.goto(meeting.get_absolute_url())
        signing_up.fill_in(visitor, {"First name": first_name, "Last name": "Okafor", "E-mail address": address})
        signing_up.send(visitor)
        expect(visitor).to_have_url(re.compile("/meetings/open-hour/done/$"))
        pages.append(visitor.content())
    assert pages[0] == pages[1]
    assert list(Submission.objects.values_list("first_name", "email")) == [("Ada", "ada@example.com")]
    assert [message.to for message in delivered()] == [["ada@example.com"], ["ada@example.com"]]
    assert signing_up.link_in_mail(0) == signing_up.link_in_mail(1)


def test_what_was_typed_is_still_there_when_something_is_wrong(visitor: Page) -> None:
    visitor.goto(MeetingFactory(shows_all=True).get_absolute_url())
    typed = {"First name": "Ada", "E-mail address": "ada@", "Work phone": "seven"}
    signing_up.fill_in(visitor, typed)
    signing_up.send(visitor)
    expect(visitor.get_by_role("region", name="There is a problem").get_by_role("link")).to_have_text(
        [
            "Enter your last name",
            "Enter an e-mail address in the usual form, such as name@example.com",
            "Enter a work phone number that begins with + and the country’s code, such as +44 20 7946 0000",
        ]
    )
    assert {label: visitor.get_by_label(label).input_value() for label in typed} == typed
    expect(visitor.get_by_label("Last name")).to_have_accessible_description("Error: Enter your last name")
    expect(visitor.get_by_label("Last name")).to_have_attribute("aria-invalid", "true")


def test_a_visitor_reads_the_time_in_the_meetings_zone_and_in_their_own(visitor: Page) -> None:
    meeting = MeetingFactory(
        start_at="2030-12-22T16:00:00Z", end_at="2030-12-22T17:00:00Z", timezone="America/New_York"
    )
    visitor.goto(meeting.get_absolute_url())
    when = visitor.get_by_role("definition").filter(has=visitor.get_by_role("time"))
    expect(when.get_by_role("time")).to_have_text(
        "Sunday, 22 December 2030, 11:00 to 12:00 (America/New\N{NO-BREAK SPACE}York)"
    )
    expect(when.locator(".your-time")).to_have_text("Your time: Sunday, 22 December 2030, 17:00–18:00 CET")


def test_visitors_read_every_other_time_in_their_own_zone_too(visitor: Page) -> None:
    times = {"start_at": "2030-12-22T16:00:00Z", "end_at": "2030-12-22T17:00:00Z", "timezone": "America/New_York"}
    opens_later = MeetingFactory(opens_at="2030-07-01T12:00:00Z", **times)
    visitor.goto("/")
    own = visitor.locator(".your-time")
    expect(own).to_have_text(["Your time: Sunday, 22 December 2030, 17:00–18:00 CET"])
    visitor.goto(opens_later.get_absolute_url())
    expect(own.last).to_have_text("Your time: Monday, 1 July 2030 at 14:00 Central European Summer Time")
    visitor.goto(MeetingFactory(closes_at="2030-07-01T12:00:00Z", **times).get_absolute_url())
    expect(own.last).to_have_text("Your time: Monday, 1 July 2030 at 14:00 Central European Summer Time")


def test_whoever_has_to_do_something_by_a_time_reads_that_in_their_own_zone_too(visitor: Page) -> None:
    meeting = MeetingFactory(timezone="America/New_York", start_at=datetime(2030, 12, 22, 16, tzinfo=UTC))
    offered = SubmissionFactory(meeting=meeting, decision="offered", offer_ends_at="2030-07-01T12:00:00Z")
    unconfirmed = SubmissionFactory(meeting=meeting, confirm_by="2030-07-01T12:00:00Z")
    until = "Monday, 1 July 2030, 08:00 (America/New\N{NO-BREAK SPACE}York)"
    for submission, pages in ((offered, ("", "place/", "confirm/")), (unconfirmed, ("", "confirm/"))):
        for page in pages:
            visitor.goto(submission.get_absolute_url() + page)
            said = visitor.get_by_role("paragraph").filter(has_text=until)
            expect(said.locator(".your-time")).to_have_text(
                "Your time: Monday, 1 July 2030 at 14:00 Central European Summer Time"
            )


def test_every_wrong_attempt_leads_to_the_list_of_what_is_wrong(visitor: Page) -> None:
    visitor.goto(MeetingFactory().get_absolute_url())
    problems = visitor.get_by_role("region", name="There is a problem")
    signing_up.send(visitor)
    problems.get_by_role("link", name="Enter your last name").click()
    signing_up.fill_in(visitor, {"Last name": "Okafor"})
    signing_up.send(visitor)
    expect(problems.get_by_role("link")).to_have_text(["Enter your first name", "Enter your e-mail address"])
    expect(problems).to_be_focused()
    expect(problems).to_be_in_viewport()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844), (320, 256)])
def test_who_follows_a_link_to_what_is_wrong_sees_the_label_and_the_words_above_the_field(
    visitor: Page, width: int, height: int
) -> None:
    visitor.set_viewport_size({"width": width, "height": height})
    visitor.emulate_media(reduced_motion="reduce")  # or the page would still be on its way
    visitor.goto(launch().get_absolute_url())
    signing_up.send(visitor)
    for link in visitor.get_by_role("region", name="There is a problem").get_by_role("link").all():
        link.click()
        field = visitor.locator(".field", has=visitor.locator(":focus"))
        expect(field.locator(".form-label")).to_be_in_viewport(ratio=1)
        expect(field.get_by_text(link.inner_text())).to_be_in_viewport(ratio=1)
        assert accessibility.focus_problems(visitor) == []


def test_the_list_of_what_is_wrong_has_the_focus_without_javascript_too(chromium: Browser, portal: str) -> None:
    with chromium.new_context(base_url=portal, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(MeetingFactory().get_absolute_url())
        signing_up.send(page)
        expect(page.get_by_role("region", name="There is a problem")).to_be_focused()


def test_who_is_declined_reads_the_reason_on_the_own_page(visitor: Page, staff: Page) -> None:
    tom = SubmissionFactory(first_name="Tom", last_name="Baker")
    do_action(staff, "Decline …", to=["Tom Baker"])
    staff.get_by_role("button", name="Decline").click()
    expect(staff.get_by_label("Reason")).to_have_accessible_description(re.compile("Enter a reason:"))
    staff.get_by_label("Reason").fill("This event is for customers.")
    staff.get_by_role("button", name="Decline").click()
    expect_messages(staff, "1 declined. Undo …")
    visitor.goto(tom.get_absolute_url())
    assert signing_up.status(visitor) == [
        "Declined",
        "The organisers could not accept your registration.",
        "Reason: This event is for customers.",
    ]
