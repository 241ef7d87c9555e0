"""Real processes at once, and processes killed at any moment, while Webex fails in every way that it can.

Each approved person is at Webex exactly once in the end. The sandbox gives a second row to whoever is sent twice, so
that no conflict hides it. ``FAULTS_SEED`` in the environment repeats the moments of a run, as far as processes let
them be repeated.
"""

import os
import random
import signal
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
from tests.delivery.processes import (
    NOW,
    PATIENCE_SECONDS,
    Process,
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

FEWEST_PEOPLE = 2_000
KILLS = 50
WAVE = FEWEST_PEOPLE // KILLS
MEAN_SECONDS_TO_KILL = 0.45
YOUNGEST_SECONDS = 1.0  # before that, a process has hardly begun


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
    runs = [running.push("--until-done", "20") for _ in range(2)]
    shares = [ended(run)["this_run"]["registered"] for run in runs]
    assert_each_is_registered_exactly_once(sandbox, meeting, people=FEW)
    assert (sum(shares), min(shares) > 0) == (FEW, True)
    calls = Counter(call.operation for call in sandbox.store.calls)
    assert (calls["bulkInsert"], calls["query"]) == (FEW / BATCH_SIZE, 0)


class Herd:
    """So many runs at once, of which each that ends, or is killed, is followed by another."""

    def __init__(self, running: Processes, *, dice: random.Random) -> None:
        self._running = running
        self._dice = dice
        self._alive: dict[Process, float] = {}

    def fill_up(self, size: int) -> None:
        """Start as many as are missing."""
        self._alive = {process: since for process, since in self._alive.items() if process.poll() is None}
        for _ in range(size - len(self._alive)):
            self._alive[self._running.push("--until-done", "300")] = time.monotonic()

    def kill_one(self) -> bool:
        """Kill one of those that are at work. Returns whether there was one."""
        oldest_start = time.monotonic() - YOUNGEST_SECONDS
        grown = [process for process, since in self._alive.items() if since < oldest_start]
        if not grown:
            return False
        victim = self._dice.choice(grown)
        victim.kill()
        return victim.wait() == -signal.SIGKILL

    def wait(self) -> set[int]:
        """Let all end by themselves. Returns their exit statuses."""
        return {process.wait(PATIENCE_SECONDS) for process in self._alive if process.poll() is None}


def herd_size(kills: int) -> int:
    """Two at once, and on PostgreSQL eight in the second half."""
    return 8 if connection.vendor == "postgresql" and kills >= KILLS // 2 else 2


def test_no_storm_and_no_kill_loses_anybody_or_registers_anybody_twice(
    sandbox: SandboxServer, meeting: Meeting, running: Processes
) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    sys.stdout.write(f"FAULTS_SEED={seed}\n")
    dice = random.Random(seed)
    herd = Herd(running, dice=dice)
    kills = people = 0
    with Storm(sandbox, dice=random.Random(seed)) as storm:
        while kills < KILLS:
            # Runs that find nothing to do end before they can be killed: so there is always something to do.
            while people < WAVE * (kills + 1) or left_to_send(meeting) < WAVE:
                approve_more(meeting, range(people, people + WAVE))
                people += WAVE
            herd.fill_up(herd_size(kills))
            time.sleep(dice.expovariate(1 / MEAN_SECONDS_TO_KILL))
            forget_what_was_learned()
            kills += herd.kill_one()
    registered = meeting.submissions.filter(presence=Presence.REGISTERED).count()
    sys.stdout.write(f"{kills} kills, {storm.sent} faults, {registered} of {people} registered by then\n")
    assert people >= FEWEST_PEOPLE
    forget_what_was_learned()
    # A conflict that met a single person is a refusal of that person, which is for staff: exit status 3.
    refused = Submission.objects.filter(presence=Presence.REFUSED)
    words = set(refused.values_list("refusal", flat=True))
    assert words <= {REFUSAL}
    review.send_again(refused)

    assert herd.wait() <= ({0, 3} if words else {0})
    assert ended(running.push("--until-done", "60"))["registered"] == people
    assert_each_is_registered_exactly_once(sandbox, meeting, people=people)


def left_to_send(meeting: Meeting) -> int:
    """How many approved people nobody has sent yet."""
    return meeting.submissions.filter(decision=Decision.APPROVED, presence=Presence.ABSENT).count()


def approve_more(meeting: Meeting, numbers: range) -> None:
    """Enrol people with these numbers, and approve them as staff would."""
    enrol(meeting, numbers, decision=Decision.WAITING)
    moves.decide(meeting.submissions.filter(decision=Decision.WAITING), to=Decision.APPROVED, at=NOW)


def forget_what_was_learned() -> None:
    """Take back what the account learned from a 429, but for the pause that it asked for.

    That there are fewer calls a minute from then on is right, and would only make the test last for an hour.
    """
    Account.objects.update(learned_per_minute=None, learned_at=None)


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
