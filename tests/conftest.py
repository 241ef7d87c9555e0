"""Fixtures that every test may use."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from registration.sandbox.server import SandboxServer
from tests.environment import is_on_postgresql, postgresql_is_missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and say why, what needs a PostgreSQL that is not there."""
    if is_on_postgresql and (reason := postgresql_is_missing()):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A running Webex sandbox, to which the portal's settings point."""
    with SandboxServer() as server:
        settings.WEBEX_BASE_URL = server.url
        yield server
