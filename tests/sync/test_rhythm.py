"""How often a meeting is read: a table that a person can read."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.flow import sync
from registration.models import Meeting
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory
from tests.sync.conftest import Registered, Sync
from tests.sync.people import SleepingClock

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
END = START + timedelta(hours=2)


def meeting(**kwargs: datetime | None) -> Meeting:
    return Meeting(start_at=START, end_at=END, **kwargs)


@pytest.mark.parametrize(
    ("before", "interval"),
    [
        (timedelta(days=300), timedelta(days=1)),
        (timedelta(days=30), timedelta(hours=6)),
        (timedelta(days=8), timedelta(hours=6)),
        (timedelta(days=7), timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=1)),
        (timedelta(days=1), timedelta(minutes=15)),
        (timedelta(hours=2), timedelta(minutes=15)),
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(0), timedelta(minutes=5)),
        (timedelta(hours=-1), timedelta(minutes=5)),
        # The shorter interval holds from its beginning on.
        (timedelta(days=30, hours=20), timedelta(hours=24)),
        (timedelta(days=30, hours=4), timedelta(hours=10)),
        (timedelta(days=7, minutes=1), timedelta(hours=1, minutes=1)),
        (timedelta(hours=1, minutes=3), timedelta(minutes=8)),
    ],
)
def test_the_interval_grows_shorter_towards_the_start(before: timedelta, interval: timedelta) -> None:
    synced_at = START - before
    assert sync.next_sync_at(meeting(), synced_at=synced_at) == synced_at + interval


def test_nothing_is_read_after_the_end() -> None:
    assert sync.next_sync_at(meeting(), synced_at=END - timedelta(minutes=5)) is None
    assert sync.next_sync_at(meeting(), synced_at=END - timedelta(minutes=6)) == END - timedelta(minutes=1)
    assert not sync.is_due(meeting(), at=END)


@pytest.mark.parametrize(
    ("synced_at", "is_due"),
    [
        (None, True),
        (START - timedelta(minutes=5), True),
        (START - timedelta(minutes=4), False),
        # Read by a clock that has been set back since.
        (START + timedelta(minutes=1), True),
    ],
)
def test_a_meeting_is_due_when_its_time_has_come(synced_at: datetime | None, is_due: bool) -> None:
    assert sync.is_due(meeting(synced_at=synced_at), at=START) == is_due


@pytest.mark.django_db
def test_only_meetings_that_are_due_are_read(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(1)
    assert run(only_due=True).counts["seen"] == 1
    assert run(only_due=True).counts["seen"] == 0
    assert run().counts["seen"] == 1
    clock.ahead += timedelta(hours=23)
    MeetingFactory(webex_id="")
    assert run(only_due=True).counts["seen"] == 1
