"""Fixtures of the sandbox's own tests."""

from collections.abc import Iterator

import pytest

from registration.sandbox.server import SandboxServer
from tests.sandbox.talk import HandClock, Talk


@pytest.fixture
def clock() -> HandClock:
    """The sandbox's clock."""
    return HandClock()


@pytest.fixture
def server(clock: HandClock) -> Iterator[SandboxServer]:
    """A running sandbox."""
    with SandboxServer(clock=clock) as server:
        yield server


@pytest.fixture
def talk(server: SandboxServer) -> Talk:
    """Calls to the running sandbox."""
    return Talk(server)
