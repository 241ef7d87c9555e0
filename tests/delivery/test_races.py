"""Real processes at once, and processes killed at any moment: each approved person is at Webex exactly once.

The sandbox gives a second row to whoever is sent twice, so that no conflict hides it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from registration.flow import moves
from registration.models import Meeting, Move, Submission
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import DECISION_MOVES, Decision, Presence
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory
from tests.environment import POSTGRESQL_URL

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 400
BATCH_SIZE = 5
KILLS = 12
LATENCY_SECONDS = 0.01
PATIENCE_SECONDS = 30
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A Webex that registers twice whoever is sent twice."""
    with SandboxServer(latency_seconds=LATENCY_SECONDS) as server:
        server.store.duplicates = "second_row"
        yield server


@pytest.fixture
def meeting(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Meeting]:
    """A meeting with so many approved people, in a database that other processes can use."""
    with database_for_threads(tmp_path):
        meeting = MeetingFactory()
        sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
        Submission.objects.bulk_create(
            Submission(
                meeting=meeting,
                first_name="Ada",
                last_name=f"Number {number}",
                email=f"Person{number}@Example.com",
                email_key=f"person{number}@example.com",
                submitted_at=NOW,
                decision=Decision.APPROVED,
            )
            for number in range(PEOPLE)
        )
        yield meeting


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(sandbox: SandboxServer, meeting: Meeting) -> Iterator[Start]:
    """Starts ``push_registrations --json`` in a process of its own, whose leases and graces are short."""
    name = connection.settings_dict["NAME"]
    is_on_sqlite = connection.vendor == "sqlite"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{name}" if is_on_sqlite else f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}",
        "WEBEX_BASE_URL": sandbox.url,
        "WEBEX_BATCH_SIZE": str(BATCH_SIZE),
        "WEBEX_TIMEOUT_SECONDS": "1",
        "WEBEX_GRACE_SECONDS": "1",
        "WEBEX_LEASE_SECONDS": "8",
        "LOG_LEVEL": "WARNING",
    }
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "push_registrations", "--json", *arguments]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until_it_calls(sandbox: SandboxServer, process: "subprocess.Popen[bytes]") -> None:
    """Return once a further call has come in, or the process has ended by itself."""
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    before = len(sandbox.store.calls)
    while len(sandbox.store.calls) == before and process.poll() is None:
        assert time.monotonic() < gives_up_at, "the process neither called Webex nor ended"
        time.sleep(0.002)


def ended(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What a run reported that ended by itself with nothing left to do."""
    report, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    return dict(json.loads(report))


def assert_each_is_registered_exactly_once(sandbox: SandboxServer, meeting: Meeting) -> None:
    at_webex = {registrant.id: registrant.email for registrant in sandbox.store.registrants(meeting.webex_id)}
    everybody = sorted(Submission.objects.values_list("email_key", flat=True))
    assert len(everybody) == PEOPLE
    assert sorted(at_webex.values()) == everybody
    known = Submission.objects.filter(presence=Presence.REGISTERED).values_list("registrant_id", "email_key")
    assert dict(known) == at_webex


def test_two_runs_at_once_register_each_person_once_and_share_the_work(
    sandbox: SandboxServer, meeting: Meeting, start: Start
) -> None:
    runs = [start("--until-done", "20"), start("--until-done", "20")]
    shares = [ended(run)["this_run"]["registered"] for run in runs]
    assert_each_is_registered_exactly_once(sandbox, meeting)
    assert (sum(shares), min(shares) > 0) == (PEOPLE, True)
    assert Counter(call.operation for call in sandbox.store.calls) == {"bulkInsert": PEOPLE / BATCH_SIZE}


def test_runs_that_are_killed_at_any_moment_lose_nobody_and_register_nobody_twice(
    sandbox: SandboxServer, meeting: Meeting, start: Start
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    moments = random.Random(seed)
    kills = 0
    for _attempt in range(KILLS):
        process = start()
        wait_until_it_calls(sandbox, process)
        time.sleep(moments.uniform(0, 0.12))
        process.kill()
        kills += process.wait() == -signal.SIGKILL
    assert kills == KILLS, "the runs ended before they could be killed: more people are needed"

    for survivor in [start("--until-done", "25"), start("--until-done", "25")]:
        assert ended(survivor)["registered"] == PEOPLE
    assert_each_is_registered_exactly_once(sandbox, meeting)


def test_decisions_made_at_once_are_each_legal_and_follow_upon_each_other(meeting: Meeting) -> None:
    """Whoever comes second waits, and then decides about what the first one left: or leaves it alone."""
    everybody = meeting.submissions.all()
    wanted = [Decision.CANCELLED, Decision.DECLINED, Decision.CANCELLED, Decision.APPROVED]
    for _round in range(5):
        Move.objects.all().delete()
        moves.decide(everybody, to=Decision.WAITING, at=NOW)
        changed = at_once(len(wanted), lambda number: moves.decide(everybody, to=wanted[number], at=NOW))
        written = Move.objects.exclude(after=Decision.WAITING).order_by("pk")
        last = dict.fromkeys(everybody.values_list("pk", flat=True), str(Decision.WAITING))
        for pk, before, after in written.values_list("submission_id", "before", "after"):
            assert (before, Decision(after) in DECISION_MOVES[Decision(before)]) == (last[pk], True)
            last[pk] = after
        assert dict(everybody.values_list("pk", "decision")) == last
        assert sum(len(pks) for pks in changed) == written.count()
