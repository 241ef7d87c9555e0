"""The calendar file in a mail: it puts the meeting into the attendee's calendar, moves it there, or takes it out.

The own page offers the same files by the same rules.
"""

from datetime import datetime
from email.mime.text import MIMEText

from registration.calendars.entry import Standing, standing_of
from registration.calendars.file import Method, calendar_file
from registration.models import Mail, Submission
from registration.models.mail import KEPT_FOR
from registration.states import Decision

Kind = Mail.Kind

CARRYING = frozenset(
    {Kind.RECEIVED, Kind.APPROVED, Kind.MOVED_UP, Kind.BACK_IN_REVIEW, Kind.CHANGED, Kind.REMINDER, Kind.NEWS}
)
"""The mails that put the meeting into the calendar of whoever is expected."""

WITHDRAWING = frozenset(
    {Kind.DECLINED, Kind.CANCELLED, Kind.PLACE_LOST, Kind.WAITLISTED, Kind.OFFERED, Kind.CHANGED, Kind.NEWS}
)
"""The mails that take it out again: an answer that was changed may have had its owner declined."""


def has_place(submission: Submission) -> bool:
    """Whether a calendar file puts the meeting in; else it takes it out. Whoever only waits for a place has none yet,
    but may have had one.
    """
    is_in = submission.decision in {Decision.WAITING, Decision.APPROVED} and submission.confirm_by is None
    return is_in and standing_of(submission) is not Standing.CANCELLED


def is_expected(submission: Submission, *, at: datetime) -> bool:
    """Whether they have a place in a meeting to come: whoever only waits for one needs no appointment."""
    return has_place(submission) and submission.meeting.end_at > at


def was_expected(submission: Submission, *, at: datetime) -> bool:
    """Whether a mail may have put the meeting into their calendar before. One query."""
    if submission.submitted_at < at - KEPT_FOR:
        return True  # of the mails of that time nothing is known any more
    return Mail.objects.filter(submission=submission.pk, kind__in=CARRYING, sent_at__isnull=False).exists()


def is_left_over(submission: Submission, *, at: datetime) -> bool:
    """Whether a meeting to come, in which they have no place, may still stand in their calendar. At most one query."""
    return not has_place(submission) and submission.meeting.end_at > at and was_expected(submission, at=at)


def calendar(submission: Submission, kind: Kind, *, at: datetime) -> MIMEText | None:
    """What the mail carries, if anything."""
    if kind in CARRYING and is_expected(submission, at=at):
        return _part(submission, Method.PUBLISH, at=at)
    if kind in WITHDRAWING and is_left_over(submission, at=at):
        return _part(submission, Method.CANCEL, at=at)
    return None


def _part(submission: Submission, method: Method, *, at: datetime) -> MIMEText:
    content = calendar_file(submission, now=at, method=method).decode()
    part = MIMEText(content, "calendar", "utf-8")
    part.set_param("method", method.value)
    part.add_header("Content-Disposition", "attachment", filename=f"{submission.meeting.slug}.ics")
    return part
