"""The clients of a run: one for each account, with the credentials that it has now."""

import pytest
from pytest_django import Settings

from registration.accounts import Clients, credentials, settings_account
from registration.models import Account
from registration.sandbox.server import SandboxServer
from tests.accounts.cast import KEY, an_account_with_a_token

pytestmark = pytest.mark.django_db


def test_an_account_keeps_its_client_until_its_credentials_are_replaced(
    sandbox: SandboxServer, settings: Settings
) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account_with_a_token(token="old")
    with Clients() as clients:
        first, other = clients.of(account), clients.of(settings_account())
        Account.objects.update(failures=1)
        again = clients.of(Account.objects.get(pk=account.pk))
        credentials.take_access_token(account, access_token="new", expires_at=None)
        assert (again is first, clients.of(account) is first, other is first) == (True, False, False)
