"""A time zone as calendars exchange it (``VTIMEZONE``, RFC 5545, 3.6.5)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_AROUND = timedelta(days=366)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def time_zone(zone: ZoneInfo, *, start_at: datetime, end_at: datetime) -> Timezone:
    """The zone's clock from a year before ``start_at`` to a year after ``end_at``.

    icalendar's own ``Timezone.from_tzinfo`` has summer time begin an hour late: it writes the time that clocks are put
    to, where RFC 5545 wants the time at which they are.
    """
    component = Timezone()
    component.add("tzid", zone.key)
    begin = start_at.astimezone(UTC).replace(microsecond=0) - _AROUND
    before = _offset(begin.astimezone(zone))
    for at in (begin, *_changes(zone, begin, end_at.astimezone(UTC) + _AROUND)):
        local = at.astimezone(zone)
        offset = _offset(local)
        observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
        observance.add("dtstart", (at + before).replace(tzinfo=None))
        observance.add("tzoffsetfrom", before)
        observance.add("tzoffsetto", offset)
        observance.add("tzname", local.tzname())
        component.add_component(observance)
        before = offset
    return component


def _changes(zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """When the zone's clock is changed, in UTC. Nowhere is it changed twice within a day."""
    while begin < end:
        if _clock(zone, begin) != _clock(zone, begin + _DAY):
            yield _change_within(zone, begin, begin + _DAY)
        begin += _DAY


def _change_within(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    old = _clock(zone, before)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        before, after = (middle, after) if _clock(zone, middle) == old else (before, middle)
    return after


def _clock(zone: ZoneInfo, at: datetime) -> tuple[timedelta, str | None]:
    local = at.astimezone(zone)
    return _offset(local), local.tzname()


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()
