"""Sign-ups over time, in bars by the clock of the meeting."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.admin import timeline
from registration.models import Meeting
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

FAR = datetime(2027, 12, 1, tzinfo=UTC)


def bars(zone: str, times: list[str], *, now: str, end: datetime = FAR) -> list[tuple[str, int]]:
    meeting: Meeting = MeetingFactory(timezone=zone, start_at=end - timedelta(hours=1), end_at=end)
    for time in times:
        SubmissionFactory(meeting=meeting, submitted_at=datetime.fromisoformat(time + "Z"))
    line = timeline.of(meeting, now=datetime.fromisoformat(now + "Z"))
    assert line.total == len(times)
    return [(bar.label, bar.people) for bar in line.bars]


def test_of_nobody_there_is_none() -> None:
    assert bars("UTC", [], now="2026-11-05T12:00") == []


def test_one_person_is_one_bar() -> None:
    assert bars("UTC", ["2026-11-05T12:00:59"], now="2026-11-05T12:01") == [("2026-11-05 12:00", 1)]


def test_younger_than_two_days_it_goes_by_the_hour() -> None:
    found = bars("Europe/Berlin", ["2026-11-05T10:59", "2026-11-05T11:00", "2026-11-05T11:59"], now="2026-11-05T12:30")
    assert found == [("2026-11-05 11:00", 1), ("2026-11-05 12:00", 2), ("2026-11-05 13:00", 0)]


@pytest.mark.parametrize(
    ("zone", "first_day"),
    [("UTC", 3), ("Europe/Berlin", 4), ("America/New_York", 3), ("Asia/Kathmandu", 4), ("Pacific/Kiritimati", 4)],
)
def test_a_day_begins_at_midnight_where_the_meeting_is(zone: str, first_day: int) -> None:
    found = bars(zone, ["2026-11-03T23:10"], now="2026-11-06T00:00")
    assert found[0] == (f"2026-11-{first_day:02}", 1)


def test_a_quarter_past_six_is_midnight_in_kathmandu() -> None:
    times = ["2026-11-03T18:14:59", "2026-11-03T18:15"]
    assert bars("Asia/Kathmandu", times, now="2026-11-06T12:00")[:2] == [("2026-11-03", 1), ("2026-11-04", 1)]


def test_no_hour_is_lost_and_none_counted_twice_where_the_clocks_change() -> None:
    in_autumn = bars("Europe/Berlin", ["2026-10-25T00:30", "2026-10-25T01:30"], now="2026-10-25T02:00")
    assert in_autumn == [("2026-10-25 02:00", 1), ("2026-10-25 02:00", 1), ("2026-10-25 03:00", 0)]
    in_spring = bars("Europe/Berlin", ["2026-03-28T22:59", "2026-03-29T22:01"], now="2026-03-31T12:00")
    assert in_spring == [("2026-03-28", 1), ("2026-03-29", 0), ("2026-03-30", 1), ("2026-03-31", 0)]


def test_a_long_time_goes_by_the_week_from_monday() -> None:
    found = bars("Europe/Berlin", ["2026-08-05T12:00", "2026-11-01T22:59", "2026-11-01T23:01"], now="2026-11-10T00:00")
    assert found[0] == ("2026-08-03", 1)
    assert found[-3:] == [("2026-10-26", 1), ("2026-11-02", 1), ("2026-11-09", 0)]


def test_years_go_by_the_month() -> None:
    found = bars("UTC", ["2020-01-31T12:00", "2026-11-05T12:00"], now="2026-11-10T00:00")
    assert (len(found), found[0], found[-1]) == (83, ("2020-01", 1), ("2026-11", 1))


def test_it_ends_with_the_meeting() -> None:
    end = datetime(2026, 11, 8, 12, tzinfo=UTC)
    found = bars("UTC", ["2026-11-05T12:00"], now="2026-11-30T00:00", end=end)
    assert [label for label, _people in found] == ["2026-11-05", "2026-11-06", "2026-11-07", "2026-11-08"]
