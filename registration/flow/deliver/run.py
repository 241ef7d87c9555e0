"""One run of the loop: what all its accounts, meetings and threads share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from registration.report import Report
from registration.webex.session import longest_call_seconds


class StopMeeting(Exception):
    """Nothing more can be done for this meeting in this run."""


class StopAccount(Exception):
    """Nothing more can be done in the name of this account in this run."""


class Watch:
    """Is told how a run goes on, from several threads; this one looks away."""

    def settled(self, people: int) -> None:
        """So many more people came to an end in this run."""

    def waits(self, seconds: float) -> None:
        """The run waits so long before its next call."""

    def opened(self, batch: int) -> None:
        """A batch, by primary key, was written down: its call is next."""


class Calls(Watch):
    """Keeps the ``batches`` that a run opened, by primary key; they are there when the run fails, too."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def opened(self, batch: int) -> None:
        self.batches.append(batch)


@dataclass(frozen=True)
class Run:
    """One run of the loop. It ends at ``ends_at``, by ``time.monotonic``, however the clock is set meanwhile."""

    report: Report
    requested_by: User | None
    only: Q
    ends_at: float | None
    clock: Callable[[], datetime]
    stop: Event
    watch: Watch = field(default_factory=Watch)

    def is_over(self) -> bool:
        """Whether no further call may begin in this run; another one may go on then."""
        is_time_up = self.ends_at is not None and time.monotonic() >= self.ends_at
        if is_time_up or self.stop.is_set():
            self.report.will_get_further = True
            return True
        return False

    def has_time_for(self, seconds: float) -> bool:
        """Whether the run lasts longer than that."""
        return self.ends_at is None or time.monotonic() + seconds < self.ends_at

    def sleep(self, seconds: float) -> None:
        """Wait so long, or for a second of it: the wait may get shorter meanwhile. Ends when the run is to stop."""
        self.watch.waits(seconds)
        self.stop.wait(min(seconds, 1.0))


def grace() -> timedelta:
    """How long an unknown outcome rests before it is looked up."""
    return timedelta(seconds=settings.WEBEX_GRACE_SECONDS)


def lease() -> timedelta:
    """How long a call may be under way."""
    return timedelta(seconds=settings.WEBEX_LEASE_SECONDS)


def rest() -> timedelta:
    """The longest call and its grace: after so long, whatever was begun has ended and landed."""
    return timedelta(seconds=longest_call_seconds(settings.WEBEX_TIMEOUT_SECONDS)) + grace()


def horizon() -> timedelta:
    """Nothing is put off for longer: what is due later than that was put off by a clock that has been set back."""
    return lease() + rest()
