"""A zone's clock in a calendar file, read by another library than the one that writes it."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from registration.calendars.time_zone import time_zone

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", (2027, 3, 28, 1)),
        ("Europe/Berlin", (2027, 10, 31, 1)),
        ("America/New_York", (2027, 3, 14, 7)),
        ("America/New_York", (2027, 11, 7, 6)),
        ("Australia/Lord_Howe", (2027, 4, 3, 15)),
        ("Europe/Dublin", (2027, 3, 28, 1)),
        ("Asia/Kolkata", (2027, 3, 28, 1)),
        ("America/St_Johns", (2027, 3, 14, 5, 30)),
    ],
)
def test_around_a_change_of_the_clock_every_local_time_is_the_same_instant(zone: str, change: tuple[int, ...]) -> None:
    at = datetime(*change, tzinfo=UTC)  # type: ignore[arg-type, misc]
    ours = ZoneInfo(zone)
    theirs = tzical(StringIO(file_of(ours, at, at))).get(zone)
    for minutes in range(-24 * 60, 24 * 60, 10):
        local = (at + timedelta(minutes=minutes)).astimezone(ours)
        # What a clock shows twice stands for the first time, in ours and in theirs.
        if not local.fold:
            assert local.replace(tzinfo=theirs).astimezone(UTC) == local.astimezone(UTC), local


def test_a_clock_that_is_put_back_for_a_month_is_put_forward_again() -> None:
    zone = ZoneInfo("Africa/Casablanca")
    theirs = tzical(StringIO(file_of(zone, *[datetime(2027, 2, 20, tzinfo=UTC)] * 2))).get(zone.key)
    for day in range(-60, 60):
        local = datetime(2027, 2, 20, 12, tzinfo=zone) + timedelta(days=day)
        assert local.replace(tzinfo=theirs).utcoffset() == local.utcoffset(), local


def test_a_meeting_of_several_weeks_has_the_clock_of_each_of_its_days() -> None:
    start, end = datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2029, 11, 30, 8, tzinfo=UTC)
    zone = ZoneInfo("Europe/Berlin")
    theirs = tzical(StringIO(file_of(zone, start, end))).get(zone.key)
    for at in (start, datetime(2028, 7, 1, tzinfo=UTC), end):
        local = at.astimezone(zone)
        assert local.replace(tzinfo=theirs).astimezone(UTC) == at


@pytest.mark.parametrize("year", [1970, 2200])
def test_the_first_and_the_last_year_that_a_meeting_may_have_are_no_trouble(year: int) -> None:
    at = datetime(year, 1, 1, tzinfo=UTC)
    assert "BEGIN:STANDARD" in file_of(ZoneInfo("Europe/Berlin"), at, at + HOUR)


def file_of(zone: ZoneInfo, start_at: datetime, end_at: datetime) -> str:
    component = time_zone(zone, start_at=start_at, end_at=end_at).to_ical().decode()
    return f"BEGIN:VCALENDAR\r\n{component}END:VCALENDAR\r\n"
