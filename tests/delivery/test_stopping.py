"""How a run is ended from outside: after the calls that are under way, with everything recorded."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Event, Lock, Timer

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import Settings

from registration.accounts import Clients
from registration.flow import deliver
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.people import Push, approve, calls_of, emails_at_webex, everybody, presences
from tests.environment import POSTGRESQL_URL


@pytest.mark.django_db
def test_a_run_that_is_to_stop_begins_no_call(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 2)
    stop = Event()
    stop.set()
    report = push(stop=stop)
    assert (sandbox.store.calls, presences()) == ([], ["absent"] * 2)
    assert (report.exit_status, report.left, report.is_worth_another) == (4, 2, True)


@pytest.mark.django_db
def test_a_run_that_waits_for_its_turn_stops_at_once(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="60"))
    push()
    stop = Event()
    Timer(0.3, stop.set).start()
    began = time.monotonic()
    push(stop=stop)
    assert time.monotonic() - began < 5


# --- in real processes and threads --------------------------------------------------------------------------------


@pytest.fixture
def committed(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Meeting]:
    """A meeting in a database that other threads and processes can use."""
    with database_for_threads(tmp_path):
        meeting = MeetingFactory()
        sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
        yield meeting


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_after_the_calls_that_are_under_way(
    sandbox: SandboxServer, committed: Meeting, number: signal.Signals
) -> None:
    people = approve(committed, 60)
    sandbox.faults.add(Fault("bulkInsert", delay_seconds=1.5, after_write=True, times=100))
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": (
            f"sqlite:///{name}" if connection.vendor == "sqlite" else f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}"
        ),
        "WEBEX_BASE_URL": sandbox.url,
        "WEBEX_BATCH_SIZE": "5",
        "WEBEX_CONCURRENCY": "2",
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "manage.py", "push_registrations", "--json", "--until-done", "60"]
    with subprocess.Popen(command, cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.PIPE) as process:
        gives_up_at = time.monotonic() + 100
        while len(calls_of(sandbox, "bulkInsert")) < 2:
            assert time.monotonic() < gives_up_at
            time.sleep(0.02)
        process.send_signal(number)
        told = process.communicate(timeout=100)[0]
    report = json.loads(told)
    sent = emails_at_webex(sandbox, committed)
    assert (process.returncode, len(sent)) == (4, 5 * len(calls_of(sandbox, "bulkInsert")))
    assert len(sent) < len(people)
    # All that was under way is recorded, and nobody is left in between.
    counts = {"registered": len(sent), "absent": len(people) - len(sent), "sending": 0, "uncertain": 0, "refused": 0}
    assert {key: report[key] for key in counts} == counts


class Turnstile:
    """Stands before what Webex does in a call: whoever comes waits until there are ``size`` of them, and then a moment.

    ``most`` is how many were there at a time.
    """

    def __init__(self, size: int) -> None:
        self.most = 0
        self._inside = 0
        self._lock = Lock()
        self._barrier = Barrier(size, timeout=30)

    def take(self, operation: str) -> None:
        """In the place of `Faults.take`, by which each call comes, in a thread of its own. Brings no fault."""
        if operation != "bulkInsert":
            return
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self._barrier.wait()
        time.sleep(0.1)  # long enough for one too many to come, too
        with self._lock:
            self._inside -= 1


@pytest.mark.django_db(transaction=True)
def test_several_calls_are_in_flight_and_no_more_than_allowed(
    sandbox: SandboxServer, committed: Meeting, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBEX_CONCURRENCY, settings.WEBEX_BATCH_SIZE = 3, 2
    people = approve(committed, 24)
    turnstile = Turnstile(3)
    monkeypatch.setattr(sandbox.faults, "take", turnstile.take)
    with Clients() as clients:
        report = deliver.push(Meeting.objects.all(), clients=clients)
    assert emails_at_webex(sandbox, committed) == everybody(people)
    assert (report.exit_status, report.batches, len(calls_of(sandbox, "bulkInsert"))) == (0, 12, 12)
    assert turnstile.most == 3
    assert Submission.objects.filter(presence="registered").count() == 24
