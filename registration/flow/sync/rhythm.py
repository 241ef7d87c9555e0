"""When a meeting's statuses are to be read: often near its start, seldom far from it, and never after its end."""

from datetime import datetime, timedelta

from registration.models import Meeting

_RHYTHM = (
    # From so long before the start on, every so often.
    (timedelta(days=30), timedelta(hours=6)),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=1), timedelta(minutes=15)),
    (timedelta(hours=1), timedelta(minutes=5)),
)
_FAR_FROM_THE_START = timedelta(days=1)


def next_sync_at(meeting: Meeting, *, synced_at: datetime) -> datetime | None:
    """When the meeting is to be read again that was read at ``synced_at``; nothing where it is over by then.

    The shorter interval holds from its beginning on: who reads daily does not sleep through the last hour.
    """
    moments = [synced_at + _FAR_FROM_THE_START]
    moments += [max(synced_at, meeting.start_at - before) + interval for before, interval in _RHYTHM]
    moment = min(moments)
    return moment if moment < meeting.end_at else None


def is_due(meeting: Meeting, *, at: datetime) -> bool:
    """Whether the meeting's time to be read has come. One read in the future was read before the clock was set back."""
    if at >= meeting.end_at:
        return False
    if meeting.synced_at is None or meeting.synced_at > at:
        return True
    moment = next_sync_at(meeting, synced_at=meeting.synced_at)
    return moment is not None and moment <= at
