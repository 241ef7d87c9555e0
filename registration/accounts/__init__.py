"""The Webex accounts: open clients in their names, each with its own token, its own turns and its own pauses."""

import math
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from django.conf import settings
from django.utils import timezone

from registration.accounts.credentials import token_source
from registration.accounts.gate import AccountGate
from registration.accounts.stem import mark_of
from registration.models import Account, Meeting
from registration.webex.client import WebexClient

Clock = Callable[[], datetime]

HASTY_SECONDS = 4.0
"""The longest silence of Webex where its answer is of use at once only."""


def settings_account() -> Account:
    """The account that the settings name, made on first use."""
    account, _is_new = Account.objects.get_or_create(
        is_from_settings=True, defaults={"name": "Account of the settings"}
    )
    return account


def account_of(meeting: Meeting) -> Account:
    """The account in whose name Webex is called for the meeting."""
    return meeting.account or settings_account()


def webex_client(account: Account | None = None, *, clock: Clock = timezone.now, is_hasty: bool = False) -> WebexClient:
    """A client for the account (by default that of the settings), to be closed by the caller.

    One that ``is_hasty`` gives Webex a short time, and tries nothing again.
    Raises ``NotConfigured`` where the account has no token.
    """
    account = account or settings_account()
    return WebexClient(
        base_url=settings.WEBEX_BASE_URL,
        token=token_source(account, clock=clock),
        timeout_seconds=min(settings.WEBEX_TIMEOUT_SECONDS, HASTY_SECONDS if is_hasty else math.inf),
        gate=AccountGate(account, clock=clock, is_hasty=is_hasty),
        concurrency=settings.WEBEX_CONCURRENCY,
        is_hasty=is_hasty,
    )


class Clients:
    """One client for each account that is asked for, opened then and closed at the end of the ``with`` block.

    An account whose credentials were replaced meanwhile gets another one. ``is_hasty`` as for ``webex_client``.
    """

    def __init__(self, *, clock: Clock = timezone.now, is_hasty: bool = False) -> None:
        self._clock, self._is_hasty = clock, is_hasty
        self._open: dict[tuple[int, str], WebexClient] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for client in self._open.values():
            client.close()

    def of(self, account: Account) -> WebexClient:
        """A client with the credentials that ``account`` was read with. Raises ``NotConfigured`` where it has none."""
        key = (account.pk, mark_of(account))
        if key not in self._open:
            self._open[key] = webex_client(account, clock=self._clock, is_hasty=self._is_hasty)
        return self._open[key]
