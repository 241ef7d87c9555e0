"""When a call may be begun: turns, pauses and backing off, as plain rules that know nothing of where they are kept."""

import random
from datetime import datetime, timedelta
from typing import Protocol

from registration.webex.errors import LONGEST_WAIT_SECONDS, WebexError

WINDOW = timedelta(minutes=1)
"""What calls are counted by."""

MARGIN = timedelta(seconds=1)
"""Added to the window: a call reaches Webex a little after its turn was taken."""

FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 120.0

LEARNED_SHARE = 0.8
"""Of the calls of the last minute, the share that is tried from then on where Webex said that they were too many."""

FEWEST_TO_LEARN_FROM = 30
"""Where Webex says "too many" after fewer calls in a minute, others use up its limit, and only its pause counts."""

RECOVERY = timedelta(minutes=10)
"""After so long without such an answer the learned limit is raised by a tenth, again and again."""


class Gate(Protocol):
    """What every call of an account passes, in whichever process: it spaces them, and holds them back in a pause."""

    def seconds_until_turn(self) -> float:
        """How long a call would have to wait now; 0 if it may begin. Takes nothing."""

    def enter(self) -> None:
        """Take the turn for one call, waiting a little for it. Raises ``NotBegun`` where it would be long."""

    def leave(self, error: WebexError | None) -> None:
        """Learn from how the call ended."""


class OpenGate:
    """A gate that lets every call through at once."""

    def seconds_until_turn(self) -> float:
        """Always 0."""
        return 0.0

    def enter(self) -> None:
        """Always lets through."""

    def leave(self, error: WebexError | None) -> None:
        """Learns nothing."""


def backoff_seconds(failures: int) -> float:
    """How long to leave Webex alone after so many calls in a row without a usable answer: at most two minutes.

    Full jitter: anything from 0 to a bound that doubles each time, so that many clients do not come back at once.
    """
    bound = min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** min(failures, 30))
    return random.uniform(0, bound)  # noqa: S311 - keeps clients out of step, guards no secret


def learned_limit(calls_in_window: int) -> int | None:
    """The calls a minute to try from now on, after Webex said that so many were too many; `None`: not known."""
    return int(calls_in_window * LEARNED_SHARE) if calls_in_window >= FEWEST_TO_LEARN_FROM else None


def limit_now(configured: int, learned: int | None, *, learned_at: datetime | None, now: datetime) -> int | None:
    """The calls a minute that may be begun; `None`: any number. ``configured`` 0 sets no bound of its own.

    A learned limit grows back by a tenth every `RECOVERY`, up to the configured one. Without a configured one it is
    forgotten after a day.
    """
    if learned is None or learned_at is None:
        return configured or None
    periods = max(0, (now - learned_at) // RECOVERY)
    grown = int(learned * 1.1 ** min(periods, 144))
    if configured:
        return min(configured, grown)
    return None if periods >= 144 else grown


def pause_until(now: datetime, *, seconds: float) -> datetime:
    """The end of a pause that begins now, within the longest that is ever made."""
    return now + timedelta(seconds=min(seconds, LONGEST_WAIT_SECONDS))
