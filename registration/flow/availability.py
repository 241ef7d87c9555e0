"""Whether meetings take registrations: new ones, and those of people who register again."""

from collections.abc import Collection
from datetime import datetime

from registration.flow import places
from registration.models import Meeting, Submission
from registration.states import Availability, Decision, WaitingList


def of(meeting: Meeting, *, now: datetime) -> Availability:
    """Whether the meeting takes registrations at ``now``."""
    return of_each([meeting], now=now)[meeting.pk]


def again(submission: Submission, *, now: datetime) -> Availability | None:
    """How the meeting would take the registration again, if it was cancelled: else there is nothing to take."""
    if submission.decision != Decision.CANCELLED or submission.erase_asked_at is not None:
        return None
    return of(submission.meeting, now=now)


def of_each(meetings: Collection[Meeting], *, now: datetime) -> dict[int, Availability]:
    """Whether each meeting takes registrations at ``now``, by primary key: one query, if any has a capacity."""
    limited = [meeting for meeting in meetings if meeting.capacity is not None]
    taken = places.taken(limited) if limited else {}
    return {meeting.pk: _of(meeting, *taken.get(meeting.pk, (0, 0)), now=now) for meeting in meetings}


def _of(meeting: Meeting, places_taken: int, line: int, *, now: datetime) -> Availability:
    if not meeting.is_published:
        return Availability.UNPUBLISHED
    if meeting.is_cancelled:
        return Availability.CANCELLED
    if meeting.end_at <= now:
        return Availability.ENDED
    if meeting.closes_at is not None and meeting.closes_at <= now:
        return Availability.CLOSED
    if meeting.opens_at is not None and now < meeting.opens_at:
        return Availability.NOT_YET_OPEN
    if meeting.capacity is None:
        return Availability.OPEN
    if meeting.waiting_list == WaitingList.NONE:
        return Availability.FULL if places_taken >= meeting.capacity else Availability.OPEN
    # A place that is free while somebody waits is theirs, in a moment.
    return Availability.WAITING_LIST if line or places_taken >= meeting.capacity else Availability.OPEN
