"""``push_registrations`` in processes of its own, and what must be true once they have done all."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from registration.models import Meeting, Submission
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.environment import POSTGRESQL_URL

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PATIENCE_SECONDS = 200  # for a slow machine: whatever waits goes on as soon as it can

# As short as the times can be that hang together: a lease outlasts two calls and their graces.
TIMES = {"WEBEX_TIMEOUT_SECONDS": "1", "WEBEX_GRACE_SECONDS": "1", "WEBEX_LEASE_SECONDS": "8"}

Process = subprocess.Popen[bytes]


class Processes:
    """Starts processes that work on the database of the test and talk to its sandbox."""

    def __init__(self, sandbox: SandboxServer, **environment: str) -> None:
        self._environment = os.environ | surroundings(sandbox) | TIMES | environment
        self._started: list[Process] = []

    def push(self, *arguments: str) -> Process:
        """A ``push_registrations --json``."""
        return self.start("manage.py", "push_registrations", "--json", *arguments)

    def start(self, *arguments: str) -> Process:
        """A Python with these arguments."""
        command = [sys.executable, *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=self._environment, stdin=pipe, stdout=pipe)
        self._started.append(process)
        return process

    def end(self) -> None:
        """End those that still run."""
        for process in self._started:
            process.kill()
            process.communicate()


@contextmanager
def processes(sandbox: SandboxServer, **environment: str) -> Iterator[Processes]:
    """Processes that have all ended after the block."""
    started = Processes(sandbox, **environment)
    try:
        yield started
    finally:
        started.end()


def surroundings(sandbox: SandboxServer) -> dict[str, str]:
    """The environment in which a process works on the database of the test and talks to its sandbox."""
    name = connection.settings_dict["NAME"]
    is_on_sqlite = connection.vendor == "sqlite"
    return {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{name}" if is_on_sqlite else f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}",
        "WEBEX_BASE_URL": sandbox.url,
        "WEBEX_BATCH_SIZE": "5",
        "WEBEX_CONCURRENCY": "4",
        "LOG_LEVEL": "ERROR",
    }


def ended(process: Process) -> dict[str, Any]:
    """What a run reported that ended by itself with nothing left to do."""
    report, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, json.loads(report or "{}").get("problems")) == (0, [])
    return dict(json.loads(report))


def enrol(meeting: Meeting, numbers: Iterable[int], *, decision: Decision = Decision.APPROVED) -> None:
    """People with these numbers, whom nobody has sent yet."""
    Submission.objects.bulk_create(
        Submission(
            meeting=meeting,
            first_name="Ada",
            last_name=f"Number {number}",
            email=f"Person{number}@Example.com",
            email_key=f"person{number}@example.com",
            submitted_at=NOW,
            decision=decision,
        )
        for number in numbers
    )


def assert_each_is_registered_exactly_once(sandbox: SandboxServer, meeting: Meeting, *, people: int) -> None:
    """Everybody has one row at Webex, which is the one that we know of, and nobody else has one."""
    at_webex = {registrant.id: registrant.email for registrant in sandbox.store.registrants(meeting.webex_id)}
    everybody = sorted(meeting.submissions.values_list("email_key", flat=True))
    assert len(everybody) == people
    assert sorted(at_webex.values()) == everybody
    known = meeting.submissions.filter(presence=Presence.REGISTERED).values_list("registrant_id", "email_key")
    assert dict(known) == at_webex
