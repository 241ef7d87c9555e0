"""A registration as a calendar file (iCalendar, RFC 5545), to be opened with any calendar."""

from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress

from registration.calendars import entry
from registration.calendars.entry import Standing
from registration.calendars.time_zone import time_zone
from registration.models import Meeting, Submission

_LONGEST_ABOUT = 1000


class Method(StrEnum):
    """What the file is for (iTIP, RFC 5546): calendars that are sent one by mail act upon it."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


def calendar_file(submission: Submission, *, now: datetime, method: Method = Method.PUBLISH) -> bytes:
    """The file: one event, which replaces what an earlier file of the same registration put into the calendar.

    With ``CANCEL`` it takes that back. It holds neither the address of the own page nor the attendee's: calendars are
    shared.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Webex registration portal//Registration//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    start, end = _times(submission.meeting)
    standing = Standing.CANCELLED if method is Method.CANCEL else entry.standing_of(submission)
    calendar.add_component(_event(submission, standing, start, end, now=now))
    before, begin, event = bytes(calendar.to_ical()).partition(b"BEGIN:VEVENT")
    zone = b"" if start.tzinfo is UTC else _time_zone(submission.meeting.timezone, start, end)
    return before + zone + begin + event


@lru_cache(maxsize=100)
def _time_zone(name: str, start: datetime, end: datetime) -> bytes:
    """Kept, since everybody of a meeting is mailed the same one, and to work it out takes longer than all the rest."""
    return bytes(time_zone(ZoneInfo(name), start_at=start, end_at=end).to_ical())


def _event(submission: Submission, standing: Standing, start: datetime, end: datetime, *, now: datetime) -> Event:
    meeting = submission.meeting
    event = Event()
    event.add("uid", f"{submission.reference}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("sequence", _sequence(meeting, now=now) + (standing is Standing.CANCELLED))
    event.add("status", standing.value)
    event.add("dtstart", start)
    # RFC 5545 wants an end that is later; without one the event ends as it starts.
    if end > start:
        event.add("dtend", end)
    event.add("summary", entry.title(meeting))
    event.add("description", _description(submission, standing))
    event.add("location", entry.place())
    event.add("organizer", _organizer(meeting))
    return event


def _times(meeting: Meeting) -> tuple[datetime, datetime]:
    """Start and end in the meeting's zone, or both in UTC where the zone's clock cannot tell them.

    In the hour that a clock shows twice, a local time stands for the first of the two.
    """
    start, end = (at.replace(microsecond=0) for at in (meeting.start_at, meeting.end_at))
    local = start.astimezone(meeting.zone), end.astimezone(meeting.zone)
    if meeting.timezone == "UTC" or any(at.fold for at in local):
        return start.astimezone(UTC), end.astimezone(UTC)
    return local


def _sequence(meeting: Meeting, *, now: datetime) -> int:
    """The seconds since the meeting was made: a later file always counts as the newer one.

    So it does whatever changed in between: the meeting's time, a decision, a status at Webex. One that cancels
    counts as newer than one of the same second.
    """
    return max(0, int((now - meeting.created_at).total_seconds()))


def _description(submission: Submission, standing: Standing) -> str:
    about = entry.description(
        submission.meeting, longest=_LONGEST_ABOUT, is_approved=standing is not Standing.TENTATIVE
    )
    if standing is Standing.CANCELLED:
        return _("Cancelled. Your reference: %(reference)s") % {"reference": submission.reference}
    return about + "\n\n" + _("Your reference: %(reference)s") % {"reference": submission.reference}


def _organizer(meeting: Meeting) -> vCalAddress:
    """Whoever can be written to: RFC 5546 wants one, the host or not."""
    # The host first, other than in ``Meeting.contact``: a calendar may ignore what cancels, or moves, an appointment of
    # another organizer, and the address for answers is what staff change while files are out.
    email = meeting.host_email or meeting.reply_to or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    address = vCalAddress(f"mailto:{email}")
    if name := entry.one_line(meeting.host_display_name):
        address.params["CN"] = name
    return address
