"""Links that open a calendar on the web with a new appointment filled in. They are only followed by the visitor.

None of these calendars publishes the format. These were found out and are kept up by the Interaction Design Foundation,
last in August 2026: https://github.com/InteractionDesignFoundation/add-event-to-calendar-docs, in ``services/``.
"""

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlencode

from registration.calendars import entry
from registration.models import Meeting

_LONGEST_ABOUT = 200
"""Of an address some servers take no more than 8,000 bytes, and an emoji is 12 of them."""


class Link(NamedTuple):
    """A calendar on the web."""

    name: str
    url: str


class _Appointment(NamedTuple):
    title: str
    start: datetime
    end: datetime
    description: str
    location: str


def calendar_links(meeting: Meeting, *, is_approved: bool) -> list[Link]:
    """The links, in the order of how many people use them. Nothing of the person is known here."""
    appointment = _Appointment(
        entry.title(meeting),
        meeting.start_at.astimezone(UTC),
        meeting.end_at.astimezone(UTC),
        entry.description(meeting, longest=_LONGEST_ABOUT, is_approved=is_approved),
        entry.place(),
    )
    return [
        Link("Google Calendar", _google(appointment)),
        Link("Outlook.com", _outlook("outlook.live.com", appointment)),
        Link("Microsoft 365", _outlook("outlook.office.com", appointment)),
        Link("Yahoo Calendar", _yahoo(appointment)),
    ]


def _google(appointment: _Appointment) -> str:
    """``services/google.md``: ``dates`` are start and end in UTC, with a slash between."""
    return _address(
        "https://calendar.google.com/calendar/render",
        action="TEMPLATE",
        text=appointment.title,
        dates=f"{_short(appointment.start)}/{_short(appointment.end)}",
        details=appointment.description,
        location=appointment.location,
    )


def _outlook(host: str, appointment: _Appointment) -> str:
    """``services/outlook-web.md``: the same for Outlook.com and for companies, but for the host."""
    return _address(
        f"https://{host}/calendar/deeplink/compose",
        path="/calendar/action/compose",
        rru="addevent",
        subject=appointment.title,
        startdt=_long(appointment.start),
        enddt=_long(appointment.end),
        body=appointment.description,
        location=appointment.location,
    )


def _yahoo(appointment: _Appointment) -> str:
    """``services/yahoo.md``: upper case matters, and nothing opens without ``v=60``."""
    return _address(
        "https://calendar.yahoo.com/",
        v="60",
        TITLE=appointment.title,
        ST=_short(appointment.start),
        ET=_short(appointment.end),
        DESC=appointment.description,
        in_loc=appointment.location,
    )


def _address(base: str, **parameters: str) -> str:
    # Outlook shows a plus sign where others read a space.
    return f"{base}?{urlencode(parameters, quote_via=quote)}"


def _short(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _long(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
