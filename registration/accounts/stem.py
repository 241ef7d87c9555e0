"""What an account's access tokens stem from: a token made by hand, or an integration that gets new ones itself."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.crypto import salted_hmac

from registration.accounts import seal
from registration.errors import NotConfigured
from registration.models import Account


@dataclass(frozen=True, slots=True)
class Integration:
    """What gets an account its access tokens; ``refresh_token`` is the newest, ``mark`` tells of the first."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    mark: str


def is_renewing(account: Account) -> bool:
    """Whether the account gets new access tokens by itself."""
    return bool(settings.WEBEX_REFRESH_TOKEN if account.is_from_settings else account.refresh_token_sealed)


def integration_of(account: Account) -> Integration:
    """What gets the account its access tokens, by the account's row as it is.

    The newest refresh token is the one in the row, unless that stems from settings that were replaced since, or was
    sealed with a key that is gone. Raises ``NotConfigured`` where secrets cannot be stored or read.
    """
    if problem := seal.keys_problem():
        raise NotConfigured(problem)
    if not account.is_from_settings:
        return Integration(
            client_id=account.client_id,
            client_secret=seal.opened(account.client_secret_sealed),
            refresh_token=seal.opened(account.refresh_token_sealed),
            mark=account.credentials_mark,
        )
    mark = _mark_of_settings()
    return Integration(
        client_id=settings.WEBEX_CLIENT_ID,
        client_secret=settings.WEBEX_CLIENT_SECRET,
        refresh_token=_newest(account, mark) or settings.WEBEX_REFRESH_TOKEN,
        mark=mark,
    )


def mark_of(account: Account) -> str:
    """A keyed digest of what the account's tokens stem from: another one means that the credentials were replaced.

    It is about the credentials that ``account`` was read with, which may not be those in its row by now.
    """
    return _mark_of_settings() if account.is_from_settings else account.credentials_mark


def digest(*secrets: str) -> str:
    """What tells secrets apart without telling them: it can be reckoned with SECRET_KEY only."""
    return salted_hmac("registration.accounts", "\0".join(secrets), algorithm="sha256").hexdigest()


def _mark_of_settings() -> str:
    if settings.WEBEX_REFRESH_TOKEN:
        return digest(settings.WEBEX_CLIENT_ID, settings.WEBEX_CLIENT_SECRET, settings.WEBEX_REFRESH_TOKEN)
    return digest(settings.WEBEX_ACCESS_TOKEN)


def _newest(account: Account, mark: str) -> str:
    if account.credentials_mark != mark:
        return ""
    try:
        return seal.opened(account.refresh_token_sealed)
    except NotConfigured:
        return ""
