"""A meeting at Webex, the loop that delivers its people, and a clock to put forward."""

from collections.abc import Iterator

import pytest

from registration.accounts import Clients
from registration.flow import deliver
from registration.models import Meeting
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory
from tests.delivery.people import Clock, Push


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meeting(sandbox: SandboxServer) -> Meeting:
    """A meeting that the sandbox has as well, with registration."""
    meeting = MeetingFactory()
    sandbox.store.add_meeting(id=meeting.webex_id, title=meeting.title, form=Form(auto_accept=True))
    return meeting


@pytest.fixture
def push(clock: Clock) -> Iterator[Push]:
    """Runs the loop over every meeting."""
    with Clients(clock=clock) as clients:
        yield lambda **kwargs: deliver.push(Meeting.objects.all(), clients=clients, clock=clock, **kwargs)
