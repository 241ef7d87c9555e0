"""The calendar file in a mail: who gets one, and what becomes of it in a calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from icalendar import Calendar
from pytest_django import Settings

from registration.models import Mail, Meeting, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.mail.people import ann, mail_of, sent

Kind = Mail.Kind

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def file_of(mail: EmailMultiAlternatives | None) -> Any:
    """The calendar that the mail carries, read back; None where it carries none."""
    assert mail is not None
    if not mail.attachments:
        return None
    [part] = mail.attachments
    assert part.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == calendar["METHOD"]
    return calendar


def test_the_mails_that_carry_it_are_those_to_people_who_are_expected() -> None:
    carried = {kind: file_of(mail_of(ann(kind, meeting={"slug": kind}), kind)) for kind in Kind}
    assert {kind for kind, calendar in carried.items() if calendar} == {
        Kind.RECEIVED,
        Kind.MOVED_UP,
        Kind.APPROVED,
        Kind.BACK_IN_REVIEW,
        Kind.CHANGED,
        Kind.REMINDER,
        Kind.NEWS,
    }
    statuses = {kind: calendar.walk("VEVENT")[0]["STATUS"] for kind, calendar in carried.items() if calendar}
    assert statuses[Kind.RECEIVED] == "TENTATIVE"
    assert statuses[Kind.APPROVED] == "CONFIRMED"


@pytest.mark.parametrize(
    "state",
    [
        {"decision": Decision.WAITLISTED},
        {"decision": Decision.OFFERED},
        {"decision": Decision.DECLINED},
        {"confirm_by": datetime(2026, 12, 1, tzinfo=UTC)},
        {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED},
    ],
)
def test_whoever_has_no_place_gets_none(state: dict[str, Any]) -> None:
    assert file_of(mail_of(ann(**state), Kind.RECEIVED)) is None


@pytest.mark.parametrize("kind", [Kind.DECLINED, Kind.CHANGED, Kind.CANCELLED, Kind.PLACE_LOST])
def test_an_earlier_one_is_taken_back_by_one_that_cancels(kind: Kind, settings: Settings) -> None:
    submission = ann(Kind.APPROVED)
    first = file_of(sent(submission, Kind.APPROVED))
    is_declined = kind in {Kind.DECLINED, Kind.CHANGED}
    Submission.objects.update(decision=Decision.DECLINED if is_declined else Decision.CANCELLED)
    second = file_of(sent(submission, kind))
    before, after = first.walk("VEVENT")[0], second.walk("VEVENT")[0]
    assert (first["METHOD"], second["METHOD"]) == ("PUBLISH", "CANCEL")
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert before["UID"] == after["UID"] == "K7QX-93MP@testserver"
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert before["ORGANIZER"] == after["ORGANIZER"] == "mailto:registration@testserver"


@pytest.mark.parametrize("kind", [Kind.WAITLISTED, Kind.OFFERED])
def test_whoever_loses_their_place_to_the_waiting_list_has_it_taken_back(kind: Kind) -> None:
    """Also where a place is offered to them before they hear that they are on it."""
    submission, now = ann(Kind.APPROVED), timezone.now()
    assert file_of(sent(submission, Kind.APPROVED))["METHOD"] == "PUBLISH"
    ends_at = now + DAY if kind is Kind.OFFERED else None
    Submission.objects.update(decision=kind.value, in_line_since=now, offer_ends_at=ends_at)
    second = file_of(sent(submission, kind))
    assert (second["METHOD"], second.walk("VEVENT")[0]["STATUS"]) == ("CANCEL", "CANCELLED")
    assert file_of(mail_of(ann(kind, meeting={"slug": "other"}), kind)) is None


def test_where_there_was_none_nothing_is_taken_back() -> None:
    assert file_of(sent(ann(Kind.DECLINED), Kind.DECLINED)) is None


def test_after_so_long_that_nobody_knows_it_is_taken_back_to_be_sure() -> None:
    submission = ann(Kind.CANCELLED, submitted_at=timezone.now() - 91 * DAY)
    assert file_of(sent(submission, Kind.CANCELLED))["METHOD"] == "CANCEL"


def test_a_meeting_that_moves_is_moved_and_one_that_is_cancelled_is_taken_out() -> None:
    submission = ann(Kind.APPROVED)
    first = file_of(sent(submission, Kind.APPROVED))
    start_at = submission.meeting.start_at + DAY
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        Meeting.objects.update(start_at=start_at, end_at=start_at + timedelta(hours=2))
        moved = file_of(sent(submission, Kind.NEWS))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        Meeting.objects.update(is_cancelled=True)
        gone = file_of(sent(submission, Kind.NEWS))
    events = [calendar.walk("VEVENT")[0] for calendar in (first, moved, gone)]
    assert [calendar["METHOD"] for calendar in (first, moved, gone)] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert (events[1].decoded("DTSTART"), events[1].decoded("DTEND")) == (start_at, start_at + timedelta(hours=2))
    assert len({event["UID"] for event in events}) == 1
    sequences = [event["SEQUENCE"] for event in events]
    assert sequences == sorted(set(sequences))


@pytest.mark.parametrize(
    ("zone", "start_at", "local"),
    [
        # The day before and the day of the change to summer time, and the hour that clocks show twice.
        ("Europe/Berlin", datetime(2027, 3, 27, 9, tzinfo=UTC), "2027-03-27 10:00"),
        ("Europe/Berlin", datetime(2027, 3, 28, 9, tzinfo=UTC), "2027-03-28 11:00"),
        ("America/New_York", datetime(2027, 11, 7, 6, 30, tzinfo=UTC), "2027-11-07 01:30"),
        ("Asia/Kathmandu", datetime(2027, 1, 5, 9, tzinfo=UTC), "2027-01-05 14:45"),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 15, tzinfo=UTC), "2027-04-04 01:30"),
        ("Pacific/Apia", datetime(2027, 1, 5, 11, tzinfo=UTC), "2027-01-06 00:00"),
        ("UTC", datetime(2027, 1, 5, 9, tzinfo=UTC), "2027-01-05 09:00"),
    ],
)
def test_the_zone_is_right(zone: str, start_at: datetime, local: str) -> None:
    submission = ann(Kind.APPROVED, meeting={"timezone": zone, "start_at": start_at})
    mail = mail_of(submission, Kind.APPROVED)
    [event] = file_of(mail).walk("VEVENT")
    start = event.decoded("DTSTART")
    assert start == start_at
    assert f"{start.astimezone(submission.meeting.zone):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("given", "organizer"),
    [
        ({"host_email": "host@example.com", "reply_to": "events@example.com"}, "mailto:host@example.com"),
        ({"reply_to": "events@example.com"}, "mailto:events@example.com"),
        ({}, "mailto:registration@example.org"),
    ],
)
def test_there_is_always_somebody_who_organises_it(given: dict[str, str], organizer: str, settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Events <registration@example.org>"
    [event] = file_of(mail_of(ann(Kind.APPROVED, meeting=given), Kind.APPROVED)).walk("VEVENT")
    assert event["ORGANIZER"] == organizer
