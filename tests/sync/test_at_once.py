"""What a sync and staff do about the same people at the same moment: each waits for the other, and none for ever."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from registration.flow import drift
from registration.models import UnknownRegistrant
from registration.sandbox.server import SandboxServer
from tests.at_once import at_once, database_for_threads
from tests.sync.conftest import Registered, Sync
from tests.sync.people import sign_up_at_webex

pytestmark = pytest.mark.django_db(transaction=True)

STRANGERS = UnknownRegistrant.objects.order_by("pk")
WORK: dict[str, Callable[[Sync, User], Any]] = {
    "see them": lambda run, _staff: run(),
    "miss them": lambda run, _staff: run(),
    "adopt them": lambda _run, staff: drift.adopt(STRANGERS.all(), by=staff, at=timezone.now()),
    "ignore them": lambda _run, _staff: drift.ignore(STRANGERS.all()),
    "stop ignoring them": lambda _run, _staff: drift.stop_ignoring(STRANGERS.all()),
}


@pytest.mark.parametrize("what", WORK)
def test_strangers_are_locked_in_the_order_of_their_keys(
    sandbox: SandboxServer, registered: Registered, run: Sync, tmp_path: Path, what: str
) -> None:
    """Whoever locks the first of them, and then the others, finds nobody who holds those and waits for the first."""
    staff = User.objects.create_user("staff")
    meeting = registered(0)
    emails = ["eve@example.com", "mallory@example.com", "trudy@example.com"]
    ids = [sign_up_at_webex(sandbox, meeting, email) for email in emails]
    # By their keys in another order than on Webex's list, and in the table.
    for number, (registrant_id, email) in enumerate(zip(ids, emails, strict=True)):
        UnknownRegistrant.objects.create(
            pk=100 - number, meeting=meeting, registrant_id=registrant_id, email=email, seen_at=meeting.created_at
        )
    if what == "miss them":
        sandbox.store.delete(meeting.webex_id, ids)
    if what == "stop ignoring them":
        STRANGERS.update(is_ignored=True)
    is_locked = Event()

    def lock_all() -> None:
        with transaction.atomic():
            STRANGERS.select_for_update().get(email=emails[-1])
            is_locked.set()
            time.sleep(0.5)  # by then the other one waits
            list(STRANGERS.select_for_update())

    def work() -> None:
        assert is_locked.wait(timeout=10)
        WORK[what](run, staff)

    with database_for_threads(tmp_path):
        at_once(2, lambda number: (lock_all, work)[number]())
        states = list(STRANGERS.values_list("email", "is_ignored"))
    is_ignored = what == "ignore them"
    are_left = what not in ("miss them", "adopt them")
    assert states == [(email, is_ignored) for email in reversed(emails) if are_left]
