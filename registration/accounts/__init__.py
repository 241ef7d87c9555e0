"""The Webex accounts: open clients in their names, each with its own token, its own turns and its own pauses."""

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


def settings_account() -> Account:
    """The account that the settings name, made on first use."""
    account, _is_new = Account.objects.get_or_create(
        is_from_settings=True, defaults={"name": "Account of the settings"}
    )
    return account


def account_of(meeting: Meeting) -> Account:
    """The account in whose name Webex is called for the meeting."""
    return meeting.account or settings_account()


def webex_client(account: Account | None = None, *, clock: Clock = timezone.now) -> WebexClient:
    """A client for the account (by default that of the settings), to be closed by the caller.

    Raises ``NotConfigured`` where the account has no token.
    """
    account = account or settings_account()
    return WebexClient(
        base_url=settings.WEBEX_BASE_URL,
        token=token_source(account, clock=clock),
        timeout_seconds=settings.WEBEX_TIMEOUT_SECONDS,
        gate=AccountGate(account, clock=clock),
        concurrency=settings.WEBEX_CONCURRENCY,
    )


class Clients:
    """One client for each account that is asked for, opened then and closed at the end of the ``with`` block.

    An account whose credentials were replaced meanwhile gets another one.
    """

    def __init__(self, *, clock: Clock = timezone.now) -> None:
        self._clock = clock
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
            self._open[key] = webex_client(account, clock=self._clock)
        return self._open[key]
