"""Waiting and doing later, both of which end when the server does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from threading import Event, Lock, Timer


class Delays:
    """The sandbox's sleeps and postponed works."""

    def __init__(self) -> None:
        self._ended = Event()
        self._timers: set[Timer] = set()
        self._lock = Lock()

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than the server lives."""
        if seconds > 0:
            self._ended.wait(seconds)

    def later(self, seconds: float, work: Callable[[], object]) -> None:
        """Do the work in another thread after so many seconds, unless the server ends before."""

        def run() -> None:
            work()
            with self._lock:
                self._timers.discard(timer)

        timer = Timer(seconds, run)
        timer.daemon = True
        with self._lock:
            if self._ended.is_set():
                return
            self._timers.add(timer)
            timer.start()

    def end(self) -> None:
        """Wake all sleepers and drop what is still to be done."""
        with self._lock:
            self._ended.set()
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()


class RateLimit:
    """At most so many calls in any 60 seconds; `None` sets no bound. Safe for threads."""

    WINDOW = timedelta(seconds=60)

    def __init__(self, per_minute: int | None, *, clock: Callable[[], datetime]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._taken_at: list[datetime] = []
        self._lock = Lock()

    def take(self) -> int:
        """Take one call. Returns 0, or, when there is none left, the whole seconds until there is (at least 1)."""
        if self._per_minute is None:
            return 0
        with self._lock:
            now = self._clock()
            self._taken_at = [at for at in self._taken_at if at > now - self.WINDOW]
            if len(self._taken_at) < self._per_minute:
                self._taken_at.append(now)
                return 0
            first = self._taken_at[0] if self._taken_at else now
            return max(1, ceil((first + self.WINDOW - now).total_seconds()))
