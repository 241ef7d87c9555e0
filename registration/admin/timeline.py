"""Sign-ups over time: counted in the database by the quarter of an hour, and put into bars here.

A quarter is the finest in which time zones differ, so that a bar begins at midnight wherever the meeting is; and there
are few enough of them, however many people sign up.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import BigIntegerField, Count, F, Func
from django.utils.translation import gettext as _

from registration.models import Meeting

_QUARTER = 15 * 60
_HOURS_UPTO, _DAYS_UPTO, _WEEKS_UPTO = timedelta(days=2), timedelta(days=62), timedelta(days=7 * 104)


class _Quarter(Func):
    """The quarter of an hour, counted from 1970. By the database itself: Django's own way asks Python for each row on
    SQLite.
    """

    output_field = BigIntegerField()

    def as_sqlite(self, compiler, connection, **more):  # type: ignore[no-untyped-def]
        template = f"CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / {_QUARTER}"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler, connection, **more):  # type: ignore[no-untyped-def]
        template = f"FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / {_QUARTER})::bigint"
        return self.as_sql(compiler, connection, template=template, **more)


class Bar(NamedTuple):
    """So many signed up in the time that begins then; ``label`` is that time in words."""

    starts_at: datetime
    label: str
    people: int


@dataclass(frozen=True)
class Timeline:
    """The bars, from the first sign-up on, with what each is the sum of: an hour, a day, a week or a month."""

    unit: str
    bars: list[Bar]

    @property
    def total(self) -> int:
        """Everybody in it."""
        return sum(bar.people for bar in self.bars)

    @property
    def highest(self) -> Bar | None:
        """The first of the highest bars."""
        return max(self.bars, key=lambda bar: bar.people, default=None)


def quarters(meeting: Meeting) -> list[tuple[int, int]]:
    """The quarters of an hour in which anybody signed up, and how many did, in order. One query."""
    rows = meeting.submissions.order_by().values_list(_Quarter(F("submitted_at"))).annotate(Count("pk"))
    return sorted(rows)


def of(meeting: Meeting, *, now: datetime) -> Timeline:
    """The meeting's sign-ups until now, or until it was over: by the hour, day, week or month, as the time is long."""
    counted = quarters(meeting)
    if not counted:
        return Timeline(_("day"), [])
    first, last = _moment(counted[0][0]), _moment(counted[-1][0])
    last = max(last, min(now, meeting.end_at))
    unit, floor, step, words = _scale(last - first)
    starts = list(_starts(floor(first.astimezone(meeting.zone)), last, step))
    counts = [0] * len(starts)
    for quarter, count in counted:
        counts[bisect_right(starts, _moment(quarter)) - 1] += count
    bars = [
        Bar(start, words(start.astimezone(meeting.zone)), count) for start, count in zip(starts, counts, strict=True)
    ]
    return Timeline(unit, bars)


def _moment(quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * _QUARTER, tz=UTC)


_Scale = tuple[str, Callable[[datetime], datetime], Callable[[datetime], datetime], Callable[[datetime], str]]


def _scale(length: timedelta) -> _Scale:
    """What a bar is of, how to find the beginning of the first, and that of the next, and how to write it."""
    if length < _HOURS_UPTO:
        return _("hour"), _hour, _next_hour, lambda local: f"{local:%Y-%m-%d %H:%M}"
    if length < _DAYS_UPTO:
        return _("day"), _midnight, lambda local: _later(local, days=1), lambda local: f"{local:%Y-%m-%d}"
    if length < _WEEKS_UPTO:
        return _("week"), _monday, lambda local: _later(local, days=7), lambda local: f"{local:%Y-%m-%d}"
    return _("month"), _month, _next_month, lambda local: f"{local:%Y-%m}"


def _starts(first: datetime, last: datetime, step: Callable[[datetime], datetime]) -> Iterator[datetime]:
    """The beginnings of all bars, in UTC: what is compared there is right also where the clocks change."""
    start = first
    while (moment := start.astimezone(UTC)) <= last:
        yield moment
        start = step(start)


def _hour(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0)


def _next_hour(local: datetime) -> datetime:
    """An hour later, which the clock on the wall need not show."""
    return (local.astimezone(UTC) + timedelta(hours=1)).astimezone(local.tzinfo)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _monday(local: datetime) -> datetime:
    return _later(_midnight(local), days=-local.weekday())


def _month(local: datetime) -> datetime:
    return _midnight(local).replace(day=1)


def _later(local: datetime, *, days: int) -> datetime:
    """The same time on the wall, so many days later."""
    return local + timedelta(days=days)


def _next_month(local: datetime) -> datetime:
    return (local + timedelta(days=32)).replace(day=1)
