"""The queue's own tables in the database of the tests. On SQLite there is no queue, and nothing to test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from registration.models import Meeting
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory
from tests.environment import POSTGRESQL_URL, is_on_postgresql

if not is_on_postgresql:
    collect_ignore = [f"test_{name}.py" for name in ("jobs", "mail", "rescue", "tasks", "workers")]

BATCH_SIZE = 5
STALLED_SECONDS = 3

Start = Callable[[], "subprocess.Popen[bytes]"]


def environment() -> dict[str, str]:
    """The environment of a process with workers' settings, in the database of this very test."""
    name = connection.settings_dict["NAME"]
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}",
        "QUEUE": "true",
        "QUEUE_STALLED_SECONDS": str(STALLED_SECONDS),
        "WEBEX_BATCH_SIZE": str(BATCH_SIZE),
        "WEBEX_CONCURRENCY": "1",
        "WEBEX_CALLS_PER_MINUTE": "0",
        "WEBEX_TIMEOUT_SECONDS": "1",
        "WEBEX_GRACE_SECONDS": "1",
        "WEBEX_LEASE_SECONDS": "8",
    }


@pytest.fixture(scope="session")
def _queue_tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The tables, made by the command that the documentation names."""
    with django_db_blocker.unblock():
        command = [sys.executable, "manage.py", "migrate", "procrastinate", "--verbosity", "0"]
        subprocess.run(command, cwd=django_settings.BASE_DIR, env=environment(), check=True)


@pytest.fixture
def queue(_queue_tables: None, transactional_db: None, settings: Settings) -> Iterator[None]:
    """The queue is in use, and empty."""
    settings.QUEUE = True
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A Webex that takes its time, and registers twice whoever is sent twice."""
    with SandboxServer(latency_seconds=0.05) as server:
        server.store.duplicates = "second_row"
        settings.WEBEX_BASE_URL = server.url
        yield server


@pytest.fixture
def meeting(queue: None, sandbox: SandboxServer) -> Meeting:
    """A meeting that the sandbox has as well."""
    meeting: Meeting = MeetingFactory()
    sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
    return meeting


@pytest.fixture
def start(queue: None, sandbox: SandboxServer, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker, in a process of its own, that mails into ``tmp_path``."""
    changes: dict[str, Any] = {"WEBEX_BASE_URL": sandbox.url, "EMAIL_URL": f"filemail:///{tmp_path / 'mails'}"}
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "procrastinate", "worker"]
        with (tmp_path / f"worker-{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=django_settings.BASE_DIR, env=environment() | changes, stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
