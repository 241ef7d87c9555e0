"""Calls at the same moment, from threads with connections of their own."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


@contextmanager
def database_for_threads(folder: Path) -> Iterator[None]:
    """Give the threads of a test one database that they can wait for.

    PostgreSQL's is one as it is. SQLite's database of the tests is in memory, where connections do not wait for each
    other but fail: a file takes its place, with the same tables and rows.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    in_memory, name = connection.connection, connection.settings_dict["NAME"]
    path = folder / "threads.sqlite3"
    with closing(sqlite3.connect(path)) as file:
        in_memory.backup(file)
        # As it is in use. Whoever comes to change it does not wait for the others, and fails.
        file.execute("PRAGMA journal_mode=WAL")
    connection.connection, connection.settings_dict["NAME"] = None, str(path)
    try:
        yield
    finally:
        connection.close()
        connection.connection, connection.settings_dict["NAME"] = in_memory, name


def at_once(count: int, call: Callable[[int], T]) -> list[T]:
    """What ``call(0)``, ``call(1)`` ... returned when ``count`` threads made them at the same moment."""
    barrier = Barrier(count)

    def make(number: int) -> T:
        barrier.wait(timeout=30)
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(make, range(count)))
