"""Procrastinate's rows, as the tests look at them and make them."""

import json
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE_SECONDS = 100


def jobs(*columns: str) -> list[tuple[Any, ...]]:
    """The columns of all jobs but the periodic ones, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM procrastinate_jobs WHERE NOT args ? 'timestamp' ORDER BY id",
        )
        return [
            tuple(json.loads(value) if isinstance(value, str) and value[:1] == "{" else value for value in row)
            for row in cursor.fetchall()
        ]


def fetch() -> int | None:
    """The job that a worker gets who asks now."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        [(worker,)] = cursor.fetchall()
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", [worker])
        [(job,)] = cursor.fetchall()
    return int(job) if job else None


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Return once it is so."""
    gives_up_at = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < gives_up_at, f"in vain: {what}"
        time.sleep(0.02)
