"""When a sync makes its calls: each in its turn, and none after the time is up."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from registration.webex.errors import NotBegun, RateLimited
from registration.webex.pacing import Gate

T = TypeVar("T")
Sleep = Callable[[float], object]

LONGEST_WAIT_SECONDS = 65.0
"""So long a call waits at a time: a whole minute's turns are given out anew within it."""

_MOST_WAITS = 10


class OutOfTime(Exception):
    """No further call may be begun."""


class Turns:
    """Makes calls of one account. With ``ends_at`` somebody is waiting: no call is begun, and no wait ends, later.

    It is told by ``time.monotonic``, however the clock is set meanwhile. Once ``stop`` is set, no call is begun either.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        ends_at: float | None,
        sleep: Sleep | None = None,
        stop: Event | None = None,
    ) -> None:
        self._gate = gate
        self._stop = stop or Event()
        self._ends_at = ends_at
        self._sleep = sleep or self._stop.wait

    def __call__(self, call: Callable[[], T]) -> T:
        """What ``call`` returns, made when it is the account's turn: a call that was not processed is made again.

        Raises ``OutOfTime``, or what ``call`` raises; ``NotBegun`` and ``RateLimited`` only after many waits.
        """
        for _attempt in range(_MOST_WAITS):
            self.raise_if_out_of_time()
            try:
                return call()
            except (NotBegun, RateLimited) as error:
                self._wait(error.retry_after_seconds or 0.0)
        return call()

    def _wait(self, asked_seconds: float) -> None:
        seconds = min(LONGEST_WAIT_SECONDS, max(1.0, asked_seconds, self._gate.seconds_until_turn()))
        self.raise_if_out_of_time(seconds)
        self._sleep(seconds)

    def raise_if_out_of_time(self, seconds: float = 0.0) -> None:
        """Raise ``OutOfTime`` where no call may be begun after so many seconds."""
        is_late = self._ends_at is not None and time.monotonic() + seconds >= self._ends_at
        if is_late or self._stop.is_set():
            raise OutOfTime
