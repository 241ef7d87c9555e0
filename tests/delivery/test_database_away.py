"""The database goes away in the middle of a run: the run fails, or goes on; the next one ends what it left."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from registration.models import Meeting
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.processes import (
    Process,
    Processes,
    assert_each_is_registered_exactly_once,
    ended,
    enrol,
    processes,
)
from tests.environment import is_on_postgresql

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 300
TIMES = 4
PATIENCE_SECONDS = 100
SECONDS = "150"

# A database with room for a few pages more, as on a disk that is nearly full.
FULL_DISK = """
import sys
from django.core.management import execute_from_command_line
from django.db.backends.signals import connection_created

def limit(connection, **kwargs):
    with connection.cursor() as cursor:
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + 4}")

connection_created.connect(limit)
execute_from_command_line(["manage.py", "push_registrations"])
"""


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """A slow Webex that registers twice whoever is sent twice."""
    with SandboxServer(latency_seconds=0.05) as server:
        server.store.duplicates = "second_row"
        yield server


@pytest.fixture
def meeting(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Meeting]:
    with database_for_threads(tmp_path):
        meeting = MeetingFactory()
        sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
        enrol(meeting, range(PEOPLE))
        yield meeting


@pytest.fixture
def running(sandbox: SandboxServer, meeting: Meeting) -> Iterator[Processes]:
    with processes(sandbox) as started:
        yield started


def wait_until_it_registers(sandbox: SandboxServer, meeting: Meeting, process: Process) -> None:
    """Return once somebody more is at Webex."""
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    before = len(sandbox.store.registrants(meeting.webex_id))
    while len(sandbox.store.registrants(meeting.webex_id)) == before:
        assert (process.poll(), time.monotonic() < gives_up_at) == (None, True)
        time.sleep(0.01)


Calamity = Callable[[SandboxServer, Meeting, Processes], None]


def connections_are_ended(sandbox: SandboxServer, meeting: Meeting, running: Processes) -> None:
    """PostgreSQL is restarted, say: each run fails."""
    for _ in range(TIMES):
        run = running.push("--until-done", SECONDS)
        wait_until_it_registers(sandbox, meeting, run)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] > 0
        assert run.wait(PATIENCE_SECONDS) == 1


def somebody_else_locks_it(sandbox: SandboxServer, meeting: Meeting, running: Processes) -> None:
    """A backup of SQLite's file, say: the run waits, and goes on."""
    run = running.push("--until-done", SECONDS)
    for _ in range(TIMES):
        wait_until_it_registers(sandbox, meeting, run)
        with closing(sqlite3.connect(connection.settings_dict["NAME"], timeout=10)) as other:
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(1.0)
    assert ended(run)["registered"] == PEOPLE


def the_disk_is_full(sandbox: SandboxServer, meeting: Meeting, running: Processes) -> None:
    """Each run fails where it would have to write more than there is room for."""
    for _ in range(TIMES):
        assert running.start("-c", FULL_DISK).wait(PATIENCE_SECONDS) == 1
    assert 0 < len(sandbox.store.registrants(meeting.webex_id)) < PEOPLE


CALAMITIES: list[Calamity] = [connections_are_ended] if is_on_postgresql else [somebody_else_locks_it, the_disk_is_full]


@pytest.mark.parametrize("calamity", CALAMITIES)
def test_the_next_run_ends_what_was_left(
    sandbox: SandboxServer, meeting: Meeting, running: Processes, calamity: Calamity
) -> None:
    calamity(sandbox, meeting, running)
    assert ended(running.push("--until-done", SECONDS))["registered"] == PEOPLE
    assert_each_is_registered_exactly_once(sandbox, meeting, people=PEOPLE)
