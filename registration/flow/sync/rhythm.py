"""When a meeting's statuses are to be read: often near its start, seldom far from it, and never after its end."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial

from registration.models import Meeting

_RHYTHM = (
    # From so long before the start on, every so often.
    (timedelta(days=30), timedelta(hours=6)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=1), timedelta(minutes=15)),
    (timedelta(hours=1), timedelta(minutes=5)),
)
_FAR_FROM_THE_START = timedelta(days=1)
_SHORTEST = min(interval for _before, interval in _RHYTHM)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def next_sync_at(meeting: Meeting, *, synced_at: datetime) -> datetime | None:
    """When the meeting is to be read again that was read at ``synced_at``; nothing where it is over by then.

    The shorter interval holds from its beginning on: who reads daily does not sleep through the last hour.
    """
    moments = [synced_at + _FAR_FROM_THE_START]
    moments += [max(synced_at, meeting.start_at - before) + interval for before, interval in _RHYTHM]
    moment = min(moments)
    return moment if moment < meeting.end_at else None


def is_due(meeting: Meeting, *, at: datetime) -> bool:
    """Whether the meeting's time to be read has come. One read in the future was read before the clock was set back.

    A try that came to nothing is made again after the shortest interval of all.
    """
    if at >= meeting.end_at or at < _tried_at(meeting, at=at) + _SHORTEST:
        return False
    if meeting.synced_at is None or meeting.synced_at > at:
        return True
    moment = next_sync_at(meeting, synced_at=meeting.synced_at)
    return moment is not None and moment <= at


def in_turn(meetings: Iterable[Meeting], *, at: datetime) -> list[Meeting]:
    """The meetings in the order in which to read them: first those that have not been tried for longest.

    So a meeting whose reading takes all the time that there is, or never comes to an end, keeps no other waiting.
    """
    return sorted(meetings, key=partial(_tried_at, at=at))


def _tried_at(meeting: Meeting, *, at: datetime) -> datetime:
    """When the meeting was last tried: long ago if never, or if a clock that has been set back since says when."""
    tried_at = meeting.sync_tried_at
    return tried_at if tried_at is not None and tried_at <= at else _LONG_AGO
