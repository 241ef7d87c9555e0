"""How often a meeting is read: a table that a person can read."""

from datetime import UTC, datetime, timedelta

import pytest

from registration.flow import sync
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory
from tests.sync.conftest import Registered, Sync
from tests.sync.people import SleepingClock, operations

pytestmark = pytest.mark.django_db
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
    ("synced_at", "tried_at", "is_due"),
    [
        (None, None, True),
        (START - timedelta(minutes=5), None, True),
        (START - timedelta(minutes=4), None, False),
        # A try that came to nothing is made again after the shortest interval.
        (None, START - timedelta(minutes=5), True),
        (None, START - timedelta(minutes=4), False),
        (START - timedelta(hours=2), START - timedelta(minutes=4), False),
        # Read, or tried, by a clock that has been set back since.
        (START + timedelta(minutes=1), None, True),
        (None, START + timedelta(minutes=1), True),
    ],
)
def test_a_meeting_is_due_when_its_time_has_come(
    synced_at: datetime | None, tried_at: datetime | None, is_due: bool
) -> None:
    assert sync.is_due(meeting(synced_at=synced_at, sync_tried_at=tried_at), at=START) == is_due


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


# --- whose turn it is -------------------------------------------------------------------------------------------------

TOO_LONG = Fault("listRegistrants", status=429, retry_after="300")


def were_read() -> list[bool]:
    """Whether each meeting was read to its end, in the order of their starts."""
    return [synced_at is not None for synced_at in Meeting.objects.values_list("synced_at", flat=True)]


def test_a_meeting_on_which_the_time_ran_out_is_tried_again_after_the_others(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    for _ in range(2):
        registered(1)
    reads = []
    for faults in ([TOO_LONG], [Fault("listRegistrants", times=2), TOO_LONG], []):
        for fault in faults:
            sandbox.faults.add(fault)
        run(seconds=20.0)
        reads.append(were_read())
        clock.ahead += timedelta(seconds=301)
    assert reads == [[False, False], [False, True], [True, True]]


def test_meetings_about_which_webex_gives_no_usable_answer_do_not_keep_the_others_waiting(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    for _ in range(4):
        registered(1)
    no_answers = Fault("listRegistrants", body='{"items": "none"}', times=3)
    for faults in ([no_answers], [Fault("listRegistrants", times=2), no_answers]):
        for fault in faults:
            sandbox.faults.add(fault)
        run()
    assert were_read() == [False, False, False, True]


def test_a_meeting_that_cannot_be_read_is_tried_every_five_minutes(
    sandbox: SandboxServer, registered: Registered, run: Sync, clock: SleepingClock
) -> None:
    registered(1)
    sandbox.faults.add(Fault("listRegistrants", body='{"items": "none"}', times=100))
    for _minute in range(11):
        run(only_due=True)
        clock.ahead += timedelta(minutes=1)
    assert operations(sandbox) == ["listRegistrants"] * 3


def test_it_is_no_try_where_the_time_was_up_before_or_where_some_people_only_are_asked_for(
    registered: Registered, run: Sync
) -> None:
    registered(1)
    run(seconds=0.0)
    run(only={Submission.objects.get().pk})
    assert Meeting.objects.get().sync_tried_at is None
