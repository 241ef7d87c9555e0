"""Sites under gunicorn, in processes of their own, and the processor time that they take."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.rows import scalar_row

from tests.benchmarks.surroundings import ROOT

_BACKLOG = 2048
"""Connections that may wait to be accepted: gunicorn's own default, which a socket that it is given has to bring."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Site:
    """A site that is being served: where, and what it has taken so far."""

    def __init__(self, address: tuple[str, int], *, gunicorn: int, database_url: str) -> None:
        self.address = address
        self._database_url = database_url
        self._gunicorn = gunicorn

    def cpu_seconds(self) -> float:
        """User and system time of gunicorn's workers and, on PostgreSQL, of that server's processes for this site.

        The latter only where it runs on this machine.
        """
        return sum(_cpu_seconds(pid) for pid in [*_children(self._gunicorn), *self._backends()])

    def rows(self, table: str) -> int:
        """How many rows the table has."""
        question = f"SELECT COUNT(*) FROM {table}"
        if self._is_on_sqlite:
            with closing(sqlite3.connect(self._database_url.removeprefix("sqlite:///"))) as database:
                return int(database.execute(question).fetchone()[0])
        with psycopg.connect(self._database_url, row_factory=scalar_row) as connection:
            return int(connection.execute(question.encode()).fetchone() or 0)

    @property
    def _is_on_sqlite(self) -> bool:
        return self._database_url.startswith("sqlite:")

    def _backends(self) -> list[int]:
        if self._is_on_sqlite:
            return []
        ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with psycopg.connect(self._database_url, row_factory=scalar_row) as connection:
            return [pid for pid in connection.execute(ours) if _name(pid) == "postgres"]


@contextmanager
def served(
    application: str, *, environment: Mapping[str, str], flags: Sequence[str], database_url: str
) -> Iterator[Site]:
    """The application under gunicorn with these flags, answering; ended after the block."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(_BACKLOG)
        address = listener.getsockname()
        command = [sys.executable, "-m", "gunicorn", application, "--bind", f"fd://{listener.fileno()}", *flags]
        gunicorn = subprocess.Popen(
            [*command, "--log-level", "error"],
            cwd=ROOT,
            env=os.environ | environment,
            pass_fds=[listener.fileno()],
        )
    # From here on gunicorn alone listens: where it ends, nobody waits for an answer.
    with gunicorn:
        try:
            yield Site(address, gunicorn=gunicorn.pid, database_url=database_url)
        finally:
            gunicorn.terminate()
            gunicorn.wait(30)


def _children(pid: int) -> list[int]:
    """The processes that it started, from /proc: only Linux has that."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(") ")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def _name(pid: int) -> str:
    with suppress(OSError):
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    return ""


def _cpu_seconds(pid: int) -> float:
    with suppress(OSError):
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
    return 0.0
