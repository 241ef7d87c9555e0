"""An access token that is renewed once, however many threads, processes and machines need it at the same moment.

The tokens are kept, sealed, in the account's row. Whoever finds that the access token is due claims its renewal with
a conditional update (``renewing_until``), calls Webex with no transaction open, and stores both new tokens in one
update before anybody uses them. The others go on with the old token while that is good, and otherwise wait for the
new one to appear. A renewer that dies is replaced when its claim ends.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from registration.accounts import seal
from registration.accounts.stem import Integration, integration_of
from registration.errors import NotConfigured
from registration.models import Account
from registration.webex import token_call
from registration.webex.errors import Unauthorized, WebexError
from registration.webex.session import longest_call_seconds
from registration.webex.token_call import NewTokens, NoTokenNow, RenewalRefused

logger = logging.getLogger("registration.accounts")

REMEMBERED_SECONDS = 5.0
"""So long a token is used without asking the database whether another process has renewed it."""

LONGEST_WAIT_SECONDS = 30.0
"""So long a call waits for a renewal that another process is making."""

_LONGEST_SILENCE_SECONDS = 15
_POLL_SECONDS = 0.1
_PAUSES_OF_STORING = (0.2, 1.0, 2.0, 4.0)
_CLAIM_MARGIN_SECONDS = 15
_PAUSE_AFTER_FAILURE = timedelta(seconds=15)
_PAUSE_AFTER_REFUSAL = timedelta(minutes=1)


def forget_refusals(accounts: QuerySet[Account]) -> None:
    """Have Webex asked anew by the next call of each account, however short ago it refused the refresh token."""
    # A renewal that is under way has cleared this time, and keeps its claim.
    accounts.filter(refresh_token_expires_at__lte=timezone.now()).update(renewing_until=None)


class _Remembered(NamedTuple):
    token: str
    until: float


class RenewingToken:
    """The access token of an account that has a refresh token. Safe for threads."""

    def __init__(self, account_pk: int, *, clock: Callable[[], datetime]) -> None:
        self._pk = account_pk
        self._clock = clock
        self._lock = Lock()
        self._remembered: _Remembered | None = None

    def __call__(self) -> str:
        """The token to send, renewed ahead of its end.

        Raises ``RenewalRefused`` or another ``Unauthorized`` where a person must act, and ``RateLimited`` or
        ``NoTokenNow`` where there may be one later.
        """
        with self._lock:
            if self._remembered is not None and time.monotonic() < self._remembered.until:
                return self._remembered.token
        return self._obtain(refused="")

    def renew(self, refused: str) -> str:
        """Another token than ``refused``: one that is stored already, or else a new one. Raises as a call does."""
        return self._obtain(refused=refused)

    def _obtain(self, *, refused: str) -> str:
        gives_up_at = time.monotonic() + LONGEST_WAIT_SECONDS
        while True:
            account, now = Account.objects.get(pk=self._pk), self._clock()
            try:
                integration = integration_of(account)
            except NotConfigured as error:
                raise Unauthorized(str(error.words)) from None
            token = _good_token(account, integration, refused=refused, now=now)
            if token and (account.renew_at is None or now < account.renew_at):
                return self._remember(token)
            if claimed_until := _claim(account, integration, now=now):
                token = self._renew(account, integration, token, claimed_until=claimed_until)
            if token:
                return self._remember(token)
            # Not by what was read above: whoever was quicker to claim has cleared an old refusal since.
            account.refresh_from_db(fields=["refresh_token_expires_at"])
            if _has_ended(account, now=now):
                raise RenewalRefused  # as somebody was told just now
            if time.monotonic() > gives_up_at:
                raise NoTokenNow
            time.sleep(_POLL_SECONDS)

    def _renew(self, account: Account, integration: Integration, token: str, *, claimed_until: datetime) -> str:
        """The new token, or ``token`` (the old one, if it is still good) where there is no new one now.

        Empty where the claim had ended by the time that Webex answered, so that another may have renewed it.
        """
        try:
            new = token_call.renew(
                base_url=settings.WEBEX_BASE_URL,
                client_id=integration.client_id,
                client_secret=integration.client_secret,
                refresh_token=integration.refresh_token,
                timeout_seconds=min(settings.WEBEX_TIMEOUT_SECONDS, _LONGEST_SILENCE_SECONDS),
            )
        except WebexError as error:
            logger.warning("token not renewed account=%s outcome=%s", self._pk, type(error).__name__)
            is_ours = _put_off(account, error, claimed_until=claimed_until, now=self._clock())
            if is_ours and not token:
                raise
            return token
        stored = _store(account, integration, new, claimed_until=claimed_until, now=self._clock())
        logger.info("token renewed account=%s is_stored=%s", self._pk, stored)
        return new.access_token

    def _remember(self, token: str) -> str:
        with self._lock:
            self._remembered = _Remembered(token, time.monotonic() + REMEMBERED_SECONDS)
        return token


def _good_token(account: Account, integration: Integration, *, refused: str, now: datetime) -> str:
    """The stored access token, unless it stems from other credentials, has ended, was refused or cannot be read."""
    has_ended = account.access_token_expires_at is not None and account.access_token_expires_at <= now
    if account.credentials_mark != integration.mark or has_ended:
        return ""
    try:
        token = seal.opened(account.access_token_sealed)
    except NotConfigured:
        return ""
    return "" if token == refused else token


def _same_tokens(account: Account) -> Q:
    """Whether the row has the tokens still that ``account`` was read with."""
    return Q(
        pk=account.pk,
        credentials_mark=account.credentials_mark,
        access_token_sealed=account.access_token_sealed,
        refresh_token_sealed=account.refresh_token_sealed,
    )


def _claim(account: Account, integration: Integration, *, now: datetime) -> datetime | None:
    """Claim the renewal of the tokens that ``account`` was read with: until when, or nothing if another has it.

    Whether Webex refuses the refresh token is open again from then on. Where the credentials were replaced, the tokens
    and the claim of the old ones are void and go with this update.
    """
    seconds = longest_call_seconds(_LONGEST_SILENCE_SECONDS) + _CLAIM_MARGIN_SECONDS
    until = now + timedelta(seconds=seconds)
    free = Account.objects.filter(_same_tokens(account))
    if account.credentials_mark == integration.mark:
        free = free.filter(Q(renewing_until=None) | Q(renewing_until__lte=now) | Q(renewing_until__gt=_too_late(now)))
        changes: dict[str, datetime | None] = {"renewing_until": until}
        if _has_ended(account, now=now):
            changes["refresh_token_expires_at"] = account.refresh_token_expires_at = None
        return until if free.update(**changes) else None
    account.credentials_mark, account.access_token_sealed, account.refresh_token_sealed = integration.mark, "", ""
    is_claimed = free.update(
        renewing_until=until,
        credentials_mark=integration.mark,
        access_token_sealed="",
        access_token_expires_at=None,
        renew_at=None,
        refresh_token_sealed="",
        refresh_token_expires_at=None,
    )
    return until if is_claimed else None


def _has_ended(account: Account, *, now: datetime) -> bool:
    """Whether the refresh token has ended, by what Webex said when it gave it, or since Webex refused it."""
    return account.refresh_token_expires_at is not None and account.refresh_token_expires_at <= now


def _too_late(now: datetime) -> datetime:
    """No claim is made for so long: one that ends later was made before the clock was set back."""
    return now + timedelta(hours=1)


def _store(
    account: Account, integration: Integration, new: NewTokens, *, claimed_until: datetime, now: datetime
) -> bool:
    """Store what the renewal brought, both tokens at once. Returns whether that was possible.

    It is not where the credentials were replaced meanwhile, or where this renewal took longer than its claim and
    another has stored newer tokens.
    """
    changes: dict[str, object] = {
        "access_token_sealed": seal.sealed(new.access_token),
        "access_token_expires_at": _after(now, new.expires_in),
        "renew_at": _after(now, _seconds_until_due(new.expires_in)),
        "refresh_token_sealed": seal.sealed(new.refresh_token or integration.refresh_token),
        "renewing_until": None,
    }
    if new.refresh_token_expires_in is not None or account.refresh_token_expires_at is None:
        changes["refresh_token_expires_at"] = _after(now, new.refresh_token_expires_in)
    # By either: rotate_token_keys seals the old tokens anew, and a claim that has ended may not have been taken over.
    ours = _claimed(account, claimed_until) | _same_tokens(account)
    # Webex may have replaced the refresh token: lost here, it would be lost for good.
    for pause in (*_PAUSES_OF_STORING, None):
        try:
            return bool(Account.objects.filter(ours).update(**changes))
        except DatabaseError:
            if pause is None or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(pause)
    return False


def _put_off(account: Account, error: WebexError, *, claimed_until: datetime, now: datetime) -> bool:
    """Have nobody try again for a while. A refresh token that is refused has ended, whatever Webex said before.

    Returns whether the claim was still ours, so that what Webex said is about the tokens that are there.
    """
    pause = timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else _PAUSE_AFTER_FAILURE
    changes = {"renewing_until": now + pause}
    if isinstance(error, RenewalRefused):
        changes = {"renewing_until": now + _PAUSE_AFTER_REFUSAL, "refresh_token_expires_at": now}
    return bool(Account.objects.filter(_claimed(account, claimed_until)).update(**changes))


def _claimed(account: Account, until: datetime) -> Q:
    return Q(pk=account.pk, credentials_mark=account.credentials_mark, renewing_until=until)


def _seconds_until_due(expires_in: float | None) -> float | None:
    """A tenth of its life before its end, or five minutes, if that is more and it lives long enough."""
    if expires_in is None:
        return None
    return expires_in - max(0.1 * expires_in, min(300.0, 0.5 * expires_in))


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)
