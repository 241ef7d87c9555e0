"""Real processes at once, and processes killed at any moment, while Webex fails in every way that it can.

Each approved person is at Webex exactly once in the end. The sandbox gives a second row to whoever is sent twice, so
that no conflict hides it. ``FAULTS_SEED`` in the environment repeats the moments of a run, as far as processes let
them be repeated.
"""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from registration.flow import moves, review
from registration.models import Account, Meeting, Move, Submission
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import DECISION_MOVES, Decision, Presence
from tests.at_once import at_once, database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.herd import Herd
from tests.delivery.processes import (
    NOW,
    Processes,
    assert_each_is_registered_exactly_once,
    ended,
    enrol,
    processes,
)
from tests.delivery.storm import REFUSAL, Storm

pytestmark = pytest.mark.django_db(transaction=True)

FEW = 400
BATCH_SIZE = 5
LATENCY_SECONDS = 0.01

# The storm lasts for so many people, kills in the middle of a batch, and faults that struck, and until half of the
# people are registered; but not for longer.
FEWEST_PEOPLE = 2_000
KILLS = 50
FEWEST_FAULTS = 40
LONGEST_STORM_SECONDS = 150.0
WAVE = FEWEST_PEOPLE // KILLS
MEAN_SECONDS_TO_LOOK = 0.03


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A Webex that registers twice whoever is sent twice."""
    with SandboxServer(latency_seconds=LATENCY_SECONDS) as server:
        server.store.duplicates = "second_row"
        yield server


@pytest.fixture
def meeting(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Meeting]:
    """A meeting in a database that other processes can use."""
    with database_for_threads(tmp_path):
        meeting = MeetingFactory()
        sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
        yield meeting


@pytest.fixture
def running(sandbox: SandboxServer, meeting: Meeting) -> Iterator[Processes]:
    with processes(sandbox) as started:
        yield started


def test_two_runs_at_once_register_each_person_once_and_share_the_work(
    sandbox: SandboxServer, meeting: Meeting, running: Processes
) -> None:
    enrol(meeting, range(FEW))
    runs = [running.push("--until-done", "120") for _ in range(2)]
    shares = [ended(run)["this_run"]["registered"] for run in runs]
    assert_each_is_registered_exactly_once(sandbox, meeting, people=FEW)
    assert (sum(shares), min(shares) > 0) == (FEW, True)
    calls = Counter(call.operation for call in sandbox.store.calls)
    assert (calls["bulkInsert"], calls["query"]) == (FEW / BATCH_SIZE, 0)


def test_no_storm_and_no_kill_loses_anybody_or_registers_anybody_twice(
    sandbox: SandboxServer, meeting: Meeting, tmp_path: Path
) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    sys.stdout.write(f"FAULTS_SEED={seed}\n")
    with (
        processes(sandbox, WEBEX_BATCH_SIZE="10", WEBEX_CONCURRENCY="2") as running,
        Herd(running, tmp_path, dice=random.Random(seed)) as herd,
    ):
        with Storm(sandbox, dice=random.Random(seed)) as storm:
            people = kill_in_the_storm(herd, storm, meeting)
        forget_what_was_learned()
        # A conflict that met a single person is a refusal of that person, which is for staff: exit status 3.
        refused = Submission.objects.filter(presence=Presence.REFUSED)
        words = set(refused.values_list("refusal", flat=True))
        assert words <= {REFUSAL}
        review.send_again(refused)

        assert herd.wait() <= ({0, 3} if words else {0})
        assert ended(running.push("--until-done", "120"))["registered"] == people
    assert_each_is_registered_exactly_once(sandbox, meeting, people=people)


def kill_in_the_storm(herd: Herd, storm: Storm, meeting: Meeting) -> int:
    """Kill until there was enough of everything, while people are approved. Returns how many people there are then."""
    kills = people = 0
    gives_up_at = time.monotonic() + LONGEST_STORM_SECONDS
    while kills < KILLS or people < FEWEST_PEOPLE or storm.struck < FEWEST_FAULTS or registered(meeting) < people / 2:
        assert time.monotonic() < gives_up_at, (kills, people, storm.struck, registered(meeting))
        # Runs that find nothing to do end before they can be killed: so there is always something to do. But on a slow
        # machine, where most are killed before they have done much, there would never be enough who are registered.
        while people < WAVE * (min(kills, KILLS) + 1) or left_to_send(meeting) < WAVE:
            approve_more(meeting, range(people, people + WAVE))
            people += WAVE
        herd.fill_up(herd_size(kills))
        time.sleep(herd.dice.expovariate(1 / MEAN_SECONDS_TO_LOOK))
        forget_what_was_learned()
        kills += herd.kill_old()
    sys.stdout.write(f"{kills} kills, {storm.struck} faults, {registered(meeting)} of {people} registered by then\n")
    return people


def herd_size(kills: int) -> int:
    """Two at once, and on PostgreSQL eight in the second half."""
    return 8 if connection.vendor == "postgresql" and kills >= KILLS // 2 else 2


def registered(meeting: Meeting) -> int:
    """How many of its people are at Webex, as far as we know."""
    return meeting.submissions.filter(presence=Presence.REGISTERED).count()


def left_to_send(meeting: Meeting) -> int:
    """How many approved people nobody has sent yet."""
    return meeting.submissions.filter(decision=Decision.APPROVED, presence=Presence.ABSENT).count()


def approve_more(meeting: Meeting, numbers: range) -> None:
    """Enrol people with these numbers, and approve them as staff would."""
    enrol(meeting, numbers, decision=Decision.WAITING)
    moves.decide(meeting.submissions.filter(decision=Decision.WAITING), to=Decision.APPROVED, at=NOW)


def forget_what_was_learned() -> None:
    """Take back what the account learned from faults, but for the pause that it makes now.

    That there are fewer calls a minute from then on, and longer pauses, is right, and would only make the test last
    for an hour.
    """
    Account.objects.exclude(learned_at=None, failures=0).update(learned_per_minute=None, learned_at=None, failures=0)


def test_decisions_made_at_once_are_each_legal_and_follow_upon_each_other(meeting: Meeting) -> None:
    """Whoever comes second waits, and then decides about what the first one left: or leaves it alone."""
    enrol(meeting, range(FEW))
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
