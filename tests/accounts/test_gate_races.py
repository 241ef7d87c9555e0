"""Threads with connections of their own, as processes have them, that pass an account's gate at the same moment."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import gate, settings_account
from registration.accounts.gate import AccountGate
from registration.models import Account, WebexCall
from registration.webex.errors import NotBegun, OutcomeUnknown
from tests.at_once import at_once, database_for_threads

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, LIMIT = 8, 3
LONG_ENOUGH_SECONDS = 0.1  # for all threads to ask the same before the first has its answer


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """The account of the settings, in a database that threads can use."""
    with database_for_threads(tmp_path):
        yield settings_account()


def test_eight_at_once_begin_no_more_calls_than_are_allowed(
    account: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBEX_CALLS_PER_MINUTE = LIMIT
    seconds_until_free = gate._seconds_until_free

    def answer_late(account: Account, now: datetime) -> float:
        seconds = seconds_until_free(account, now)
        time.sleep(LONG_ENOUGH_SECONDS)
        return seconds

    def is_begun(number: int) -> bool:
        try:
            AccountGate(account, clock=timezone.now).enter()
        except NotBegun:
            return False
        return True

    monkeypatch.setattr(gate, "_seconds_until_free", answer_late)
    begun = at_once(THREADS, is_begun)
    assert (sum(begun), WebexCall.objects.count()) == (LIMIT, LIMIT)


def test_eight_calls_that_fail_at_once_are_eight_failures(account: Account) -> None:
    def now() -> datetime:
        time.sleep(LONG_ENOUGH_SECONDS)
        return timezone.now()

    at_once(THREADS, lambda number: AccountGate(account, clock=now).leave(OutcomeUnknown(http_status=503)))
    account.refresh_from_db()
    assert account.failures == THREADS
