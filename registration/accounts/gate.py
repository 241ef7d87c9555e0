"""The turns of an account: how many calls a minute it makes over all processes, and when it must make none.

Kept in the account's row, so that every worker on every machine heeds what one of them was told, also after a restart.
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db import transaction

from registration.models import Account, WebexCall
from registration.webex.errors import NotBegun, NotSent, OutcomeUnknown, RateLimited, WebexError
from registration.webex.pacing import (
    MARGIN,
    WINDOW,
    backoff_seconds,
    learned_limit,
    limit_now,
    pause_until,
)

LONGEST_WAIT_SECONDS = 5.0
"""So long a call that is ready to be sent waits for its turn; whoever has a longer wait before them has not claimed."""

_LONGEST_PAUSE = timedelta(seconds=600)
_SWEEP_EVERY = 100


class AccountGate:
    """The gate that every call of the account passes, whichever process makes it. Safe for threads.

    ``is_hasty``: those who pass give Webex less time than others.
    """

    def __init__(self, account: Account, *, clock: Callable[[], datetime], is_hasty: bool = False) -> None:
        self._pk = account.pk
        self._is_hasty = is_hasty
        self._clock = clock
        self._lock = Lock()
        self._own_calls: deque[datetime] = deque(maxlen=10_000)
        self._has_failures = False

    def seconds_until_turn(self) -> float:
        """How long a call would have to wait now; 0 if it may begin. Takes nothing."""
        account, now = Account.objects.get(pk=self._pk), self._clock()
        return max(_blocked_seconds(account, now), _seconds_until_free(account, now))

    def enter(self) -> None:
        """Take the turn for one call, waiting a little for it. Raises ``NotBegun`` where it would be long."""
        waited = 0.0
        while seconds := self._take():
            if waited + seconds > LONGEST_WAIT_SECONDS:
                raise NotBegun(retry_after_seconds=seconds)
            time.sleep(seconds)
            waited += seconds

    def leave(self, error: WebexError | None) -> None:
        """Learn from how the call ended: a pause that Webex asks for, or a failure to back off from.

        That Webex does not answer somebody hasty says nothing about those who can wait.
        """
        if isinstance(error, OutcomeUnknown | NotSent) and self._is_hasty:
            return
        if isinstance(error, RateLimited | OutcomeUnknown | NotSent):
            self._pause(error)
        elif self._has_failures:
            Account.objects.filter(pk=self._pk).update(failures=0)

    def _take(self) -> float:
        """Take a turn if there is one: returns 0, or how long to wait before asking again."""
        now = self._clock()
        account = Account.objects.get(pk=self._pk)
        self._has_failures = account.failures > 0
        if seconds := _blocked_seconds(account, now):
            return seconds
        if _limit(account, now) is None:
            with self._lock:
                self._own_calls.append(now)
            return 0.0
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=self._pk)
            now = self._clock()
            if seconds := _seconds_until_free(account, now):
                return seconds
            call = WebexCall.objects.create(account=account, at=now)
        if call.pk % _SWEEP_EVERY == 0:
            WebexCall.objects.filter(account=account, at__lt=now - 2 * WINDOW).delete()
        return 0.0

    def _pause(self, error: WebexError) -> None:
        """No call for a while: as long as Webex asked, or as it is left alone where it gives no usable answers."""
        with transaction.atomic():
            account = Account.objects.select_for_update().get(pk=self._pk)
            now = self._clock()
            pause_before, seconds = _blocked_seconds(account, now), error.retry_after_seconds or 0.0
            if not isinstance(error, RateLimited):
                seconds = max(seconds, backoff_seconds(account.failures))
                account.failures = min(account.failures + 1, 30)
            elif not pause_before:
                # Several calls in flight are told at once what is one piece of news.
                self._learn(account, now)
            account.blocked_until = pause_until(now, seconds=max(seconds, pause_before))
            account.save(update_fields=["failures", "learned_per_minute", "learned_at", "blocked_until"])

    def _learn(self, account: Account, now: datetime) -> None:
        """Webex said that the calls of the last minute were too many: fewer from now on."""
        with self._lock:
            own = sum(at > now - WINDOW for at in self._own_calls)
        calls = max(own, WebexCall.objects.filter(account=account, at__gt=now - WINDOW, at__lte=now).count())
        if (learned := learned_limit(calls)) is not None:
            account.learned_per_minute, account.learned_at = learned, now


def _limit(account: Account, now: datetime) -> int | None:
    configured = account.calls_per_minute or settings.WEBEX_CALLS_PER_MINUTE
    return limit_now(configured, account.learned_per_minute, learned_at=account.learned_at, now=now)


def _blocked_seconds(account: Account, now: datetime) -> float:
    """How long the pause lasts that Webex asked for. One that no clock of ours can have set is not believed."""
    if account.blocked_until is None or not now < account.blocked_until <= now + _LONGEST_PAUSE:
        return 0.0
    return (account.blocked_until - now).total_seconds()


def _seconds_until_free(account: Account, now: datetime) -> float:
    limit = _limit(account, now)
    if limit is None:
        return 0.0
    window = WINDOW + MARGIN
    # Calls from the future were made before the clock was set back.
    calls = WebexCall.objects.filter(account=account, at__gt=now - window, at__lte=now + window)
    count = calls.count()
    if count < limit:
        return 0.0
    oldest = calls.order_by("at").values_list("at", flat=True)[count - limit]
    return max(0.05, (oldest + window - now).total_seconds())
