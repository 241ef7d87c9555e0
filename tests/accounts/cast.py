"""An integration that the sandbox knows, and accounts that use it."""

from typing import Any

from cryptography.fernet import Fernet

from registration.accounts import credentials
from registration.models import Account
from registration.sandbox.token_endpoint import Integration

KEY, OTHER_KEY = Fernet.generate_key().decode(), Fernet.generate_key().decode()
CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN = "the-client-id", "the-client-secret", "the-first-refresh-token"
SETTINGS = {
    "WEBEX_CLIENT_ID": CLIENT_ID,
    "WEBEX_CLIENT_SECRET": CLIENT_SECRET,
    "WEBEX_REFRESH_TOKEN": REFRESH_TOKEN,
    "TOKEN_KEYS": [KEY],
}
"""Settings under which the account of the settings gets its tokens from the integration."""


def integration(**changes: Any) -> Integration:
    """The integration as the sandbox knows it; every refresh replaces the refresh token."""
    return Integration(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, **{"replaces_refresh_token": True} | changes)


def an_account(name: str = "Berlin", **changes: Any) -> Account:
    """A stored account that uses the integration. TOKEN_KEYS must be set."""
    account = Account(name=name)
    taken = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN} | changes
    credentials.take_integration(account, **taken)
    account.save()
    return account


def an_account_with_a_token(name: str = "By hand", *, token: str = "made-by-hand", **changes: Any) -> Account:
    """A stored account whose token nobody renews. TOKEN_KEYS must be set."""
    account = Account(name=name)
    credentials.take_access_token(account, access_token=token, expires_at=changes.get("expires_at"))
    account.save()
    return account
