"""Where an account's access token comes from, and how new credentials are taken in."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from registration.accounts import seal
from registration.accounts.renewal import RenewingToken
from registration.accounts.stem import digest, integration_of, is_renewing, mark_of
from registration.errors import NotConfigured
from registration.models import Account
from registration.webex.tokens import StaticToken, TokenSource

__all__ = ["is_renewing", "mark_of", "take_access_token", "take_integration", "token_source"]

COLUMNS = (
    "client_id",
    "client_secret_sealed",
    "access_token_sealed",
    "access_token_expires_at",
    "renew_at",
    "refresh_token_sealed",
    "refresh_token_expires_at",
    "credentials_mark",
    "renewing_until",
)
"""The columns that taking in new credentials writes: all of them or none."""


def token_source(account: Account, *, clock: Callable[[], datetime]) -> TokenSource:
    """What gives the account's access token.

    Raises ``NotConfigured`` where there is none to be had before somebody makes a setting or fills in a form.
    """
    if is_renewing(account):
        _check(account)
        return RenewingToken(account.pk, clock=clock)
    if account.is_from_settings:
        if not settings.WEBEX_ACCESS_TOKEN:
            raise NotConfigured(
                _("WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works.")
            )
        return StaticToken(settings.WEBEX_ACCESS_TOKEN)
    if token := seal.opened(account.access_token_sealed):
        return StaticToken(token)
    raise NotConfigured(_("The Webex account “%s” has no credentials. Enter them on its page.") % account)


def take_integration(account: Account, *, client_id: str, client_secret: str, refresh_token: str) -> None:
    """Let the account get its tokens by these from now on; what is empty stays as it is. Does not save.

    Raises ``NotConfigured`` where secrets cannot be stored or read.
    """
    client_secret = client_secret or seal.opened(account.client_secret_sealed)
    refresh_token = refresh_token or seal.opened(account.refresh_token_sealed)
    _clear(account)
    account.client_id = client_id
    account.client_secret_sealed = seal.sealed(client_secret)
    account.refresh_token_sealed = seal.sealed(refresh_token)
    account.credentials_mark = digest(client_id, client_secret, refresh_token)


def take_access_token(account: Account, *, access_token: str, expires_at: datetime | None) -> None:
    """Let the account use this token, which nobody renews, until it ends; an empty one stays as it is. Does not save.

    Raises ``NotConfigured`` where secrets cannot be stored or read.
    """
    access_token = access_token or seal.opened(account.access_token_sealed)
    _clear(account)
    account.access_token_sealed = seal.sealed(access_token)
    account.access_token_expires_at = expires_at
    account.credentials_mark = digest(access_token)


def _clear(account: Account) -> None:
    for name in COLUMNS:
        setattr(account, name, None if Account._meta.get_field(name).null else "")


def _check(account: Account) -> None:
    """Raise ``NotConfigured`` where the account could not get a new access token."""
    integration = integration_of(account)
    missing = [
        name
        for name, value in (
            ("WEBEX_CLIENT_ID", integration.client_id),
            ("WEBEX_CLIENT_SECRET", integration.client_secret),
        )
        if not value
    ]
    if missing:
        words = _("%s must be set as well where there is a WEBEX_REFRESH_TOKEN.")
        raise NotConfigured(words % " and ".join(missing))
