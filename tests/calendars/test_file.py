"""A registration as a calendar file, read back."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from pytest_django import Settings

from registration.calendars.file import calendar_file
from registration.models import Meeting, Submission
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory

NOW = datetime(2026, 12, 1, 9, 30, 15, tzinfo=UTC)
CREATED = datetime(2026, 11, 1, tzinfo=UTC)


def ann(*, decision: Decision = Decision.APPROVED, **changes: Any) -> Submission:
    """Ann's registration, not saved; ``changes`` are fields of the meeting."""
    facts: dict[str, Any] = {
        "slug": "launch",
        "title": "Launch",
        "start_at": datetime(2027, 1, 5, 9, tzinfo=UTC),
        "end_at": datetime(2027, 1, 5, 10, tzinfo=UTC),
        "timezone": "Europe/Berlin",
        "webex_id": "a" * 32,
        "created_at": CREATED,
    }
    return Submission(
        meeting=Meeting(**(facts | changes)),
        first_name="Ann",
        last_name="Lee",
        email="ann@example.com",
        reference="K7QX-93MP",
        decision=decision,
        presence="absent",
        submitted_at=CREATED,
    )


def event_of(submission: Submission, *, now: datetime = NOW) -> Any:
    """The event in the file."""
    (event,) = Calendar.from_ical(calendar_file(submission, now=now)).walk("VEVENT")
    return event


def test_the_file_says_when_what_where_and_who(settings: Settings) -> None:
    settings.SITE_URL = "https://register.example.com:8443"
    submission = ann(
        title="Tom & Ann’s; <Launch>, part 2",
        intro="Welcome!",
        agenda="1. Hello\n2. Demo",
        host_email="dana@example.com",
        host_display_name="Dana “D” Host; Ltd",
    )
    lines = calendar_file(submission, now=NOW).decode().split("\r\n")
    assert lines[:4] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Webex registration portal//Registration//EN",
        "METHOD:PUBLISH",
    ]
    event = event_of(submission)
    assert {name: event.decoded(name) for name in event if name not in {"SUMMARY", "DESCRIPTION", "LOCATION"}} == {
        "UID": "K7QX-93MP@register.example.com",
        "DTSTAMP": NOW,
        "SEQUENCE": int((NOW - CREATED).total_seconds()),
        "STATUS": "CONFIRMED",
        "DTSTART": submission.meeting.start_at,
        "DTEND": submission.meeting.end_at,
        "ORGANIZER": "mailto:dana@example.com",
    }
    assert [str(event[name]) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")] == [
        "Tom & Ann’s; <Launch>, part 2",
        "Online, on Webex",
        "Welcome!\n\n1. Hello\n2. Demo\n\nYour own link for joining comes from Webex by mail.\n\n"
        "Your reference: K7QX-93MP",
    ]
    assert event["ORGANIZER"].params["CN"] == "Dana “D” Host; Ltd"
    assert "DTSTART;TZID=Europe/Berlin:20270105T100000" in lines


def test_the_file_holds_no_secret_of_the_attendee() -> None:
    submission = ann(host_email="")
    words = calendar_file(submission, now=NOW).decode().replace("\r\n ", "")
    assert [secret for secret in (submission.token, "ann@example.com", "Ann", "Lee") if secret in words] == []


@pytest.mark.parametrize(
    ("facts", "status", "description"),
    [
        ({}, "CONFIRMED", "Your own link for joining comes from Webex by mail."),
        ({"send_email": False}, "CONFIRMED", "The organisers send you the link for joining."),
        (
            {"decision": Decision.WAITING},
            "TENTATIVE",
            "Once you are approved, Webex mails you your own link for joining.",
        ),
        ({"decision": Decision.DECLINED}, "CANCELLED", ""),
        ({"is_cancelled": True}, "CANCELLED", ""),
    ],
)
def test_the_file_says_how_certain_it_is(facts: dict[str, Any], status: str, description: str) -> None:
    event = event_of(ann(**facts))
    told = f"{description}\n\nYour reference: K7QX-93MP" if description else "Cancelled. Your reference: K7QX-93MP"
    assert (str(event["STATUS"]), str(event["DESCRIPTION"])) == (status, told)


def test_a_later_file_is_the_same_event_and_counts_as_newer() -> None:
    submission = ann()
    first = event_of(submission)
    submission.meeting.start_at += timedelta(minutes=30)
    second = event_of(submission, now=NOW + timedelta(seconds=1))
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] - first["SEQUENCE"] == 1


def test_no_clock_that_is_wrong_makes_a_negative_sequence() -> None:
    assert event_of(ann(), now=CREATED - timedelta(days=1))["SEQUENCE"] == 0


@pytest.mark.parametrize(
    ("zone", "start", "end", "lines"),
    [
        # Over the change to summer time, when the clock leaves an hour out.
        ("Europe/Berlin", (2027, 3, 28, 0, 30), (2027, 3, 28, 1, 30), ["20270328T013000", "20270328T033000"]),
        # Over the change to winter time: it ends in the hour that the clock shows twice, the first time and the second.
        ("Europe/Berlin", (2027, 10, 30, 23), (2027, 10, 31, 0, 30), ["20271031T010000", "20271031T023000"]),
        ("Europe/Berlin", (2027, 10, 30, 23), (2027, 10, 31, 1, 30), ["20271030T230000Z", "20271031T013000Z"]),
        ("America/New_York", (2027, 3, 12, 15), (2027, 3, 15, 15), ["20270312T100000", "20270315T110000"]),
        ("UTC", (2027, 3, 28, 0, 30), (2027, 3, 28, 1, 30), ["20270328T003000Z", "20270328T013000Z"]),
    ],
)
def test_start_and_end_are_the_meetings_instants_also_when_the_clock_is_changed(
    zone: str, start: tuple[int, ...], end: tuple[int, ...], lines: list[str]
) -> None:
    start_at, end_at = (datetime(*moment, tzinfo=UTC) for moment in (start, end))  # type: ignore[arg-type, misc]
    content = calendar_file(ann(start_at=start_at, end_at=end_at, timezone=zone), now=NOW)
    calendar: Any = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert [event.decoded(name).astimezone(UTC) for name in ("DTSTART", "DTEND")] == [start_at, end_at]
    is_local = not lines[0].endswith("Z")
    own = content.decode().split("BEGIN:VEVENT")[1].split("\r\n")
    zone_name = f";TZID={zone}" if is_local else ""
    assert [line for line in own if line.startswith(("DTSTART", "DTEND"))] == [
        f"DTSTART{zone_name}:{lines[0]}",
        f"DTEND{zone_name}:{lines[1]}",
    ]
    assert [str(part["TZID"]) for part in calendar.walk("VTIMEZONE")] == ([zone] if is_local else [])


def test_a_meeting_that_ends_as_it_starts_has_no_end() -> None:
    at = datetime(2027, 1, 5, 9, tzinfo=UTC)
    assert "DTEND" not in event_of(ann(start_at=at, end_at=at))


@pytest.mark.parametrize(
    "title", ["إطلاق المنتج الجديد", "שלום, עולם; \\n", "🎉" * 150, "👩‍👩‍👧‍👦 " * 20, "a\\nb", "—" * 300]
)
def test_titles_of_every_kind_come_back_as_they_were(title: str) -> None:
    submission = ann(title=title, host_display_name=title[:200], host_email="dana@example.com")
    content = calendar_file(submission, now=NOW)
    assert max(len(line) for line in content.split(b"\r\n")) <= 75
    assert str(event_of(submission)["SUMMARY"]) == title.strip()


@pytest.mark.parametrize(
    "name", ['Dana "D" Lee; CN=x:', "Dana\x07\x00 Lee", "Dana\r\nATTENDEE:mailto:eve@example.com", "Dana^n\x7fLee"]
)
def test_no_name_of_a_host_breaks_the_file_or_adds_to_it(name: str) -> None:
    event = event_of(ann(host_display_name=name, host_email="dana@example.com"))
    assert (str(event["ORGANIZER"]), "ATTENDEE" in event) == ("mailto:dana@example.com", False)


@given(
    title=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300),
    agenda=st.text(st.characters(exclude_categories=["Cs"]), max_size=900),
)
def test_whatever_is_written_comes_back_as_it_was(title: str, agenda: str) -> None:
    submission = ann(title=title, agenda=agenda)
    event = event_of(submission)
    assert str(event["SUMMARY"]) == " ".join(title.split())
    about = str(event["DESCRIPTION"]).removesuffix(
        "Your own link for joining comes from Webex by mail.\n\nYour reference: K7QX-93MP"
    )
    # Only what no calendar can hold is left out.
    assert printable(about) == printable(agenda)


def printable(text: str) -> str:
    letters = (letter for letter in text.strip() if letter > "\x9f" or " " <= letter < "\x7f")
    return unicodedata.normalize("NFC", "".join(letters)).strip()


@pytest.mark.django_db
def test_a_stored_meeting_has_what_a_file_needs() -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(title="Launch"))
    event = event_of(Submission.objects.get(), now=submission.meeting.created_at + timedelta(minutes=1))
    assert (str(event["SUMMARY"]), event["SEQUENCE"]) == ("Launch", 60)
