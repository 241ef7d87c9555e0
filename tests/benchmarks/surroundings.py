"""Where the benchmarks run: scratch databases, an environment that reaches nothing real, and processes of their own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.environment import POSTGRESQL_URL, SETTINGS

ROOT = Path(__file__).resolve().parent.parent.parent
NOWHERE = "http://127.0.0.1:9/v1"
"""An address at which no Webex is."""

_SETTINGS = SETTINGS | {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "DEBUG": "false",  # it would have Django keep every query
    "LOG_LEVEL": "ERROR",
    "WEBEX_BASE_URL": NOWHERE,
    "WEBEX_CALLS_PER_MINUTE": "0",
}

_numbers = count()


@dataclass(frozen=True)
class Portal:
    """A portal with a database of its own, and the processes that run in it."""

    environment: dict[str, str]

    def changed(self, **settings: object) -> "Portal":
        """The same portal with other settings, by their names in lower case: ``webex_batch_size=50``."""
        return Portal(self.environment | {name.upper(): str(value) for name, value in settings.items()})

    def run(self, *command: str) -> tuple[float, str]:
        """Run a Python module or ``manage.py`` there. Returns the seconds that it took, and what it printed.

        Raises ``CalledProcessError`` where it fails.
        """
        began = time.monotonic()
        ended = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return time.monotonic() - began, ended.stdout

    def import_meeting(self, webex_id: str) -> None:
        """Import one of the sandbox's sample meetings, as one in which everybody who signs up is approved at once."""
        self.run("manage.py", "import_meeting", webex_id, "--approval", "automatic", "--publish")

    def measure(self, what: str, *arguments: object) -> tuple[float, dict[str, Any]]:
        """Run a part of inside.py in a process. Returns the seconds that the process took, and what it measured."""
        seconds, told = self.run("-m", "tests.benchmarks.inside", what, *map(str, arguments))
        return seconds, json.loads(told)


@contextmanager
def on_postgresql(**settings: object) -> Iterator[Portal]:
    """A portal with these settings and a database of its own, on the server of the tests; dropped after the block."""
    with postgresql_database() as url:
        yield migrated(url, **settings)


@contextmanager
def on_sqlite(**settings: object) -> Iterator[Portal]:
    """A portal with these settings and a database file of its own, which is deleted after the block."""
    with sqlite_database() as url:
        yield migrated(url, **settings)


@contextmanager
def postgresql_database() -> Iterator[str]:
    """The address of a new database on the server of the tests; dropped after the block."""
    server, _, _ = POSTGRESQL_URL.rpartition("/")
    name = f"registration_bench_{os.getpid()}_{next(_numbers)}"
    _ask_postgresql("CREATE DATABASE {}", name)
    try:
        yield f"{server}/{name}"
    finally:
        _ask_postgresql("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def sqlite_database() -> Iterator[str]:
    """The address of a new database file, which is deleted after the block."""
    with tempfile.TemporaryDirectory(prefix="registration-bench-") as folder:
        yield f"sqlite:///{folder}/portal.sqlite3"


def migrated(database_url: str, **settings: object) -> Portal:
    """A portal with these settings, and its tables in that database."""
    portal = Portal(_SETTINGS | {"DATABASE_URL": database_url}).changed(**settings)
    portal.run("manage.py", "migrate", "--verbosity=0")
    return portal


def postgresql_version() -> str:
    """The server's version, such as 15.20."""
    with psycopg.connect(POSTGRESQL_URL) as connection:
        number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


def _ask_postgresql(statement: str, name: str) -> None:
    with psycopg.connect(POSTGRESQL_URL, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
