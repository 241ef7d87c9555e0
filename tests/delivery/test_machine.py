"""Everything that people and Webex may do, in any order: after each step nothing is wrong, and in the end all is done.

Hypothesis picks the steps. It takes the same ones each time; ``FAULTS_SEED`` in the environment makes it take others,
and ``FAULTS_EXAMPLES`` as many as one likes.
"""

import os

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from registration.sandbox.server import SandboxServer
from tests.delivery.machine import Portal

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(600)
def test_whatever_happens_in_whatever_order(sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.accounts.gate.backoff_seconds", lambda failures: 0.0)
    chosen = os.environ.get("FAULTS_SEED")
    Portal.sandbox, Portal.staff = sandbox, User.objects.create_user("dana")
    run_state_machine_as_test(
        seed(int(chosen))(Portal) if chosen else Portal,
        settings=settings(
            derandomize=not chosen,
            max_examples=int(os.environ.get("FAULTS_EXAMPLES", "20")),
            stateful_step_count=30,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
