"""A sandbox that gives its tokens to one integration only, which the settings name."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from registration.accounts import settings_account
from registration.models import Account
from registration.sandbox.server import SandboxServer
from registration.sandbox.token_endpoint import Integration
from tests.accounts import cast


@pytest.fixture
def integration() -> Integration:
    """What the sandbox knows of the integration."""
    return cast.integration()


@pytest.fixture
def sandbox(settings: Settings, integration: Integration) -> Iterator[SandboxServer]:
    """A running Webex sandbox, to which the portal's settings point, with the integration's credentials."""
    with SandboxServer(integration=integration) as server:
        settings.WEBEX_BASE_URL = server.url
        for name, value in cast.SETTINGS.items():
            setattr(settings, name, value)
        yield server


@pytest.fixture
def account(sandbox: SandboxServer, db: None) -> Account:
    """The account of the settings."""
    return settings_account()


def refreshes(sandbox: SandboxServer) -> int:
    """How many times the sandbox was asked for a new access token."""
    return sum(call.operation == "accessToken" for call in sandbox.store.calls)
