"""The setting QUEUE, and what stands in the log of a worker."""

import io
import logging
import logging.config
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import IntegrityError

from tests.test_env import GOOD, manage

ON_POSTGRESQL = GOOD | {"QUEUE": "true", "DATABASE_URL": "postgres://nobody@localhost/nothing"}
WITHOUT_THE_PACKAGE = """
import sys
from django.core.management import execute_from_command_line
sys.modules["procrastinate"] = None
execute_from_command_line(["manage.py", "check"])
"""
LOADED = """
import sys
from registration import admin, urls
from registration.management.commands import purge, push_registrations
print([name for name in sys.modules if name.startswith("procrastinate")])
"""


def test_with_postgresql_and_the_package_nothing_is_amiss() -> None:
    checked = manage(ON_POSTGRESQL, "check", "--deploy", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (2 silenced).\n")


def test_without_postgresql_every_command_is_stopped_with_what_to_do() -> None:
    checked = manage(GOOD | {"QUEUE": "true"}, "check")
    assert checked.returncode == 1
    assert "(registration.E001) QUEUE needs PostgreSQL." in checked.stderr
    assert "HINT: Set DATABASE_URL to one, or QUEUE to false and use cron." in checked.stderr


def test_without_the_package_every_command_is_stopped_with_what_to_do() -> None:
    checked = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings", **ON_POSTGRESQL},
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 1
    assert "(registration.E001) QUEUE needs the package procrastinate." in checked.stderr
    assert "HINT: Install requirements-queue.lock." in checked.stderr


def test_without_the_setting_nothing_of_the_queue_is_loaded() -> None:
    assert manage(GOOD, "shell", "--no-imports", "-c", LOADED).stdout == "[]\n"


@pytest.fixture
def console() -> io.StringIO:
    """What the handler of the queue's log writes."""
    logging.config.dictConfig(settings.LOGGING)
    lines = io.StringIO()
    [handler] = logging.getLogger("procrastinate").handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    return lines


def test_a_job_that_fails_is_logged_with_the_place_and_without_the_words_of_its_error(console: io.StringIO) -> None:
    """PostgreSQL's words quote the values: Key (meeting_id, email_key)=(1, ann@example.com) already exists."""

    def store() -> None:
        try:
            raise ValueError("first ann@example.com")
        except ValueError as error:
            raise IntegrityError("Key (email_key)=(ann@example.com) already exists") from error

    try:
        store()
    except IntegrityError as error:
        logging.getLogger("procrastinate.worker").error("Job registration.push[3](meeting_id=1) failed", exc_info=error)
    lines = [line.strip() for line in console.getvalue().splitlines()]
    assert lines[0].split(" ", 2)[2] == "ERROR procrastinate.worker Job registration.push[3](meeting_id=1) failed"
    assert [line for line in lines if line in {"ValueError", "and then:", "IntegrityError"}] == [
        "ValueError",
        "and then:",
        "IntegrityError",
    ]
    assert any(line.endswith("in store") for line in lines)
    assert [line for line in lines if "@example.com" in line and not line.startswith("raise ")] == []
