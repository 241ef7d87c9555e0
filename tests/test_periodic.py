"""What time alone brings about, and the command that sees to it."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection

from registration.flow import confirm, offers, periodic, places, reminders
from registration.models import Meeting, Submission
from registration.states import Decision
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory, SubmissionFactory
from tests.delivery.test_queries import plan_of
from tests.letters import written
from tests.pages import HOUR
from tests.test_push_registrations import run

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
NOTHING = {"unconfirmed": 0, "offers": 0, "moved_up": 0, "reminders": 0}


def everything_is_due() -> Meeting:
    """A meeting with one person about whom each of the concerns is, and what follows from that."""
    meeting: Meeting = MeetingFactory(
        start_at=NOW + 20 * HOUR, capacity=4, waiting_list="offer", offer_hours=5, reminder_hours=24
    )
    people: dict[str, dict[str, Any]] = {
        "ann": {"confirm_by": NOW},
        "bo": {"decision": Decision.OFFERED, "offer_ends_at": NOW},
        "cy": {"decision": Decision.APPROVED},
        "dee": {"decision": Decision.WAITLISTED},
        "eve": {"decision": Decision.WAITLISTED},
        "flo": {"decision": Decision.WAITLISTED},
        "gus": {"decision": Decision.WAITLISTED},
    }
    for email, facts in people.items():
        SubmissionFactory(meeting=meeting, email=f"{email}@example.com", **facts)
    return meeting


def decisions() -> list[str]:
    return list(Submission.objects.order_by("email").values_list("decision", flat=True))


AFTERWARDS = ["cancelled", "cancelled", "approved", "offered", "offered", "offered", "waitlisted"]


def test_all_that_is_due_is_done_and_nothing_twice() -> None:
    everything_is_due()
    done = periodic.run(at=NOW)
    assert (done.counts, done.problems) == ({"unconfirmed": 1, "offers": 1, "moved_up": 3, "reminders": 1}, {})
    assert decisions() == AFTERWARDS
    assert sorted(written()) == [
        ("bo@example.com", "place_lost"),
        ("cy@example.com", "reminder"),
        ("dee@example.com", "offered"),
        ("eve@example.com", "offered"),
        ("flo@example.com", "offered"),
    ]
    again = periodic.run(at=NOW)
    assert (again.counts, again.is_idle, len(written())) == (NOTHING, True, 5)


def test_a_place_that_a_crash_left_free_is_given_away() -> None:
    meeting = MeetingFactory(start_at=NOW + 20 * HOUR, capacity=1, waiting_list="at_once")
    SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    assert periodic.run(at=NOW).counts["moved_up"] == 1


def test_a_concern_that_fails_keeps_none_of_the_others_from_being_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: Any) -> None:
        raise ValueError("ann@example.com")

    everything_is_due()
    monkeypatch.setattr(offers, "expire", fail)
    done = periodic.run(at=NOW)
    assert (done.problems, done.is_idle) == ({"offers": "ValueError"}, False)
    assert done.counts == NOTHING | {"unconfirmed": 1, "moved_up": 2, "reminders": 1}
    assert caplog.messages == ["Not done, and tried again by the next run: offers (ValueError)"]
    monkeypatch.undo()
    periodic.run(at=NOW)
    assert decisions() == AFTERWARDS


def test_many_are_dealt_with_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_AT_ONCE", 2)
    monkeypatch.setattr(reminders, "_AT_ONCE", 2)
    meeting = MeetingFactory(start_at=NOW + 20 * HOUR, capacity=9, waiting_list="at_once", reminder_hours=24)
    for facts in ({"confirm_by": NOW}, {"approved": True}, {"decision": Decision.WAITLISTED}):
        SubmissionFactory.create_batch(5, meeting=meeting, **facts)
    assert periodic.run(at=NOW).counts == {"unconfirmed": 5, "offers": 0, "moved_up": 4, "reminders": 5}


@pytest.fixture
def threads_may_write(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that several threads can write to at the same moment."""
    with database_for_threads(tmp_path):
        yield


@pytest.mark.usefixtures("threads_may_write")
def test_runs_at_the_same_moment_do_everything_once() -> None:
    everything_is_due()
    runs = at_once(6, lambda number: periodic.run(at=NOW))
    assert [done.problems for done in runs] == [{}] * 6
    assert {key: sum(done.counts[key] for done in runs) for key in periodic.KEYS} == {
        "unconfirmed": 1,
        "offers": 1,
        "moved_up": 3,
        "reminders": 1,
    }
    assert (decisions(), len(written())) == (AFTERWARDS, 5)


# --- reminders --------------------------------------------------------------------------------------------------------


def reminded(**facts: Any) -> list[tuple[str, str]]:
    """The mails after a run for an approved person whose meeting is of these facts."""
    person = {name.removeprefix("person__"): facts.pop(name) for name in [*facts] if name.startswith("person__")}
    meeting = MeetingFactory(**{"start_at": NOW + 24 * HOUR, "reminder_hours": 24} | facts)
    SubmissionFactory(meeting=meeting, email="ann@example.com", **{"decision": Decision.APPROVED} | person)
    periodic.run(at=NOW)
    return written()


@pytest.mark.parametrize(
    "facts",
    [
        {"reminder_hours": None},
        {"start_at": NOW + 24 * HOUR + timedelta.resolution},
        {"start_at": NOW},
        {"is_cancelled": True},
        {"person__decision": Decision.WAITING},
        {"person__decision": Decision.WAITLISTED, "capacity": 0},
        {"person__decision": Decision.CANCELLED},
        {"person__webex_status": "rejected", "person__presence": "registered"},
        {"person__erase_asked_at": NOW},
    ],
)
def test_nobody_is_reminded(facts: dict[str, Any]) -> None:
    assert reminded(**facts) == []


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"start_at": NOW + timedelta(seconds=1)},
        {"webex_id": ""},
        {"person__webex_status": "approved", "person__presence": "registered"},
        {"person__webex_status": "pending", "person__presence": "registered"},
    ],
)
def test_whoever_is_approved_is_reminded_in_time(facts: dict[str, Any]) -> None:
    assert reminded(**facts) == [("ann@example.com", "reminder")]


def test_of_a_meeting_that_is_moved_later_everybody_is_reminded_once_more() -> None:
    reminded()
    Meeting.objects.update(start_at=NOW + 60 * HOUR, end_at=NOW + 61 * HOUR)
    assert [periodic.run(at=NOW + hours * HOUR).counts["reminders"] for hours in (1, 35, 36, 37)] == [0, 0, 1, 0]


def test_of_a_meeting_that_is_moved_to_an_earlier_time_nobody_is_reminded_again() -> None:
    reminded()
    Meeting.objects.update(start_at=NOW + 9 * HOUR, end_at=NOW + 10 * HOUR)
    assert periodic.run(at=NOW + HOUR).is_idle


def test_who_is_approved_later_is_reminded_then() -> None:
    reminded()
    SubmissionFactory(meeting=Meeting.objects.get(), approved=True, email="bo@example.com")
    assert periodic.run(at=NOW + HOUR).counts["reminders"] == 1


def test_who_has_just_heard_that_they_are_approved_is_reminded_an_hour_later() -> None:
    assert reminded(person__decided_at=NOW) == []
    assert [periodic.run(at=NOW + minutes * HOUR / 60).counts["reminders"] for minutes in (59, 60, 61)] == [0, 1, 0]


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_did() -> None:
    everything_is_due()
    with time_machine.travel(NOW, tick=False):
        assert run("run_periodic") == (
            0,
            "1 registration ended: its address was not confirmed in time.\n"
            "1 offered place was not taken in time.\n"
            "3 people moved up from the waiting list.\n"
            "1 reminder written.\n",
            "",
        )
        assert run("run_periodic") == (0, "Nothing was due.\n", "")


def test_json_is_one_object_with_every_count() -> None:
    everything_is_due()
    with time_machine.travel(NOW, tick=False):
        status, out, err = run("run_periodic", "--json")
    assert (status, json.loads(out), err) == (
        0,
        {"this_run": {"unconfirmed": 1, "offers": 1, "moved_up": 3, "reminders": 1, "jobs": 0}, "problems": []},
        "",
    )


def test_what_failed_is_said_and_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise ValueError

    monkeypatch.setattr(reminders, "write", fail)
    assert run("run_periodic") == (4, "", "Not done: reminders (ValueError).\n")
    status, out, _err = run("run_periodic", "--json")
    assert (status, json.loads(out)) == (
        4,
        {"this_run": NOTHING | {"jobs": 0}, "problems": ["Not done: reminders (ValueError)."]},
    )


# --- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("concern", "index"),
    [
        (lambda: confirm.expire(at=NOW), "submission_unconfirmed"),
        (lambda: offers.expire(at=NOW), "submission_(offered|decision_at)"),
        # Asked for each meeting that has a waiting list: its index by meeting and decision will do as well.
        (lambda: list(places.with_line(Meeting.objects.all(), at=NOW)), "submission_(in_line|meeting_states)"),
    ],
)
def test_nobody_who_is_settled_is_read(concern: Callable[[], object], index: str) -> None:
    meeting = MeetingFactory(start_at=NOW + 20 * HOUR, capacity=9, waiting_list="offer")
    Submission.objects.bulk_create(
        SubmissionFactory.build(meeting=meeting, email_key=f"p{number}@example.com", approved=True)
        for number in range(2_000)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What other tests rolled back still fills the indexes, so that the planner would not like to read them.
            cursor.execute("REINDEX TABLE registration_submission")
        cursor.execute("ANALYZE registration_submission" if connection.vendor == "postgresql" else "ANALYZE")
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        concern()
    [plan] = [plan_of(sql, params) for sql, params in asked if f"FROM {TABLE}" in sql.replace('"', "") and params]
    assert re.search(rf"(SEARCH|Scan).*{index}\b", plan)
    assert not re.search(rf"Seq Scan on {TABLE}|SCAN ({TABLE}|U0 USING COVERING INDEX submission)", plan)


TABLE = "registration_submission"
