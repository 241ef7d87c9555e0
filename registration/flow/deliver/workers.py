"""Threads that make an account's calls side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from types import TracebackType
from typing import Self, TypeVar

from django.db import connection, connections

T = TypeVar("T")
U = TypeVar("U")

_SPARE = 2
"""More threads than calls in flight: while some wait for Webex, others claim the next people and record the last."""


_LONGEST_GOODBYE_SECONDS = 10.0


class Workers:
    """As many threads as keep ``concurrency`` calls in flight; for one call at a time, only the caller's own.

    Use it as a context manager: each thread keeps its connection to the database until the end.
    """

    def __init__(self, concurrency: int) -> None:
        self._others = concurrency + _SPARE - 1 if concurrency > 1 else 0
        self._pool = ThreadPoolExecutor(self._others, thread_name_prefix="delivery") if self._others else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._pool is not None:
            # One for each thread: none of them ends before all have begun, so that none does two.
            everybody = Barrier(self._others)
            for _ in range(self._others):
                self._pool.submit(_disconnect, everybody)
            self._pool.shutdown()

    def warm(self) -> None:
        """Let the threads connect to the database, while the caller waits for something else."""
        if self._pool is not None:
            for _ in range(self._others):
                self._pool.submit(connection.ensure_connection)

    def share(self, work: Callable[[T | None], None], first: T) -> None:
        """Do the work here, beginning with ``first``, and at once in every other thread, beginning with nothing.

        Returns when all have ended; raises as one of them.
        """
        futures = [self._pool.submit(work, None) for _ in range(self._others)] if self._pool is not None else []
        try:
            work(first)
        finally:
            wait(futures)
        for future in futures:
            future.result()

    def both(self, first: Callable[[], T], second: Callable[[], U]) -> tuple[T, U]:
        """What both return, asked side by side. Raises as the first, or else as the second."""
        if self._pool is None:
            return first(), second()
        other = self._pool.submit(second)
        try:
            return first(), other.result()
        finally:
            wait([other])


def side_by_side(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each of them returns; one alone is done in the caller's own thread."""
    if len(works) < 2:
        return [work() for work in works]
    with ThreadPoolExecutor(len(works), thread_name_prefix="delivery") as pool:
        return list(pool.map(_in_thread, works))


def _disconnect(everybody: Barrier) -> None:
    with suppress(BrokenBarrierError):
        everybody.wait(_LONGEST_GOODBYE_SECONDS)
    connections.close_all()


def _in_thread(work: Callable[[], T]) -> T:
    """Do the work, and close the thread's own connections to the database after it."""
    try:
        return work()
    finally:
        connections.close_all()
