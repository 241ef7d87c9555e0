"""A meeting with people at Webex, and the sync that reads them back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registration.accounts import Clients
from registration.flow import deliver, sync
from registration.models import Meeting
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory, SubmissionFactory
from tests.sync.people import PAST_GRACE, SleepingClock

Sync = Callable[..., sync.Report]
Registered = Callable[..., Meeting]


@pytest.fixture
def clock() -> SleepingClock:
    return SleepingClock()


@pytest.fixture
def clients(sandbox: SandboxServer, clock: SleepingClock) -> Iterator[Clients]:
    with Clients(clock=clock) as clients:
        yield clients


@pytest.fixture
def push(clients: Clients, clock: SleepingClock) -> Callable[[], Any]:
    """Runs the delivery loop over every meeting, until nothing is due."""
    return lambda: deliver.push(Meeting.objects.all(), clients=clients, clock=clock)


@pytest.fixture
def registered(sandbox: SandboxServer, clients: Clients, clock: SleepingClock) -> Registered:
    """Makes a meeting with so many people who are pending at Webex, and puts the clock past their grace."""

    def make(count: int, **kwargs: Any) -> Meeting:
        meeting: Meeting = MeetingFactory(**kwargs)
        sandbox.store.add_meeting(id=meeting.webex_id, title=meeting.title, form=Form(auto_accept=False))
        SubmissionFactory.create_batch(count, meeting=meeting, approved=True)
        deliver.push(Meeting.objects.filter(pk=meeting.pk), clients=clients, clock=clock)
        sandbox.store.forget_calls()
        clock.ahead += PAST_GRACE
        return meeting

    return make


@pytest.fixture
def run(clients: Clients, clock: SleepingClock) -> Sync:
    """Runs a sync over every meeting; it never sleeps, but puts the clock forward."""

    return lambda **kwargs: sync.statuses(
        Meeting.objects.all(), clients=clients, clock=clock, sleep=clock.sleep, **kwargs
    )
