"""What changes while an outcome is unknown, or while somebody else changes it at Webex, is neither lost nor undone."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from registration.flow import correct, moves
from registration.models import Account, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Step
from registration.webex.client import WebexClient
from tests.delivery.people import Clock, Push, approve, calls_of, converge

pytestmark = pytest.mark.django_db

FEWEST_CALLS = 10


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


@pytest.fixture
def sandbox(sandbox: SandboxServer) -> SandboxServer:
    """A Webex that registers twice whoever is sent twice."""
    sandbox.store.duplicates = "second_row"
    return sandbox


def at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[tuple[str, str]]:
    return sorted((row.email, str(row.row.fields["firstName"])) for row in sandbox.store.registrants(meeting.webex_id))


def statuses_at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[str]:
    return [row.status for row in sandbox.store.registrants(meeting.webex_id)]


def test_whom_we_approve_again_while_their_rejection_is_unknown_is_approved_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    sandbox.faults.add(Fault("reject", drop=True, after_write=True))
    push()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    converge(push, clock)
    assert statuses_at_webex(sandbox, meeting) == ["approved"]


def test_whom_we_approve_again_after_the_clock_was_set_back_is_approved_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    clock.ahead = timedelta(hours=3)
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    push()
    clock.ahead = timedelta()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    converge(push, clock)
    assert statuses_at_webex(sandbox, meeting) == ["approved"]


@pytest.mark.parametrize("has_landed", [True, False])
def test_whoever_takes_an_address_that_a_correction_freed_gets_a_row_of_their_own(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, dana: User, has_landed: bool
) -> None:
    """Bo was, perhaps, registered under the address that is Di's now."""
    [bo] = approve(meeting, 1, first_name="Bo", email="bo@example.com")
    sandbox.faults.add(Fault("bulkInsert", drop=True, after_write=has_landed))
    push()
    correct.correct(bo, values={"email": "bob@example.com"}, answers=(), by=dana, at=clock())
    approve(meeting, 1, first_name="Di", email="bo@example.com")
    push()
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("bo@example.com", "Di"), ("bob@example.com", "Bo")]


@pytest.mark.parametrize("has_landed", [True, False])
@pytest.mark.parametrize("others", [[], ["Cy"]], ids=["alone", "beside another"])
def test_a_removal_never_hits_whoever_took_the_address_meanwhile(
    sandbox: SandboxServer,
    meeting: Meeting,
    push: Push,
    clock: Clock,
    dana: User,
    has_landed: bool,
    others: list[str],
) -> None:
    """Nor does a push that has others to register take along whoever has to wait until the address is free."""
    [bo] = approve(meeting, 1, first_name="Bo", email="bo@example.com")
    push()
    correct.correct(bo, values={"email": "bob@example.com"}, answers=(), by=dana, at=clock())
    approve(meeting, 1, first_name="Di", email="bo@example.com")
    for name in others:
        approve(meeting, 1, first_name=name, email=f"{name}@example.com")
    sandbox.faults.add(Fault("bulkDelete", drop=True, after_write=has_landed))
    push()
    clock.ahead += timedelta(seconds=5)  # the account's pause is over, and Bo's grace is not
    push()
    converge(push, clock)
    bystanders = [(f"{name.lower()}@example.com", name) for name in others]
    assert at_webex(sandbox, meeting) == [("bo@example.com", "Di"), ("bob@example.com", "Bo"), *bystanders]


@pytest.mark.parametrize("count", [1, 6])
def test_whom_the_host_deleted_before_we_could_approve_them_there_is_not_registered_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push, count: int
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    approve(meeting, count)
    push()
    Meeting.objects.update(approves_pending=True)
    sandbox.store.delete(meeting.webex_id, [row.id for row in sandbox.store.registrants(meeting.webex_id)])
    push()
    assert (len(calls_of(sandbox, "bulkInsert")), at_webex(sandbox, meeting)) == (1, [])
    assert Submission.objects.filter(missing_at__isnull=False).count() == count


def test_one_429_after_a_handful_of_calls_does_not_all_but_end_them(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    """That Webex had enough of three calls says little of how many a minute it takes."""
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=429, retry_after="1"))
    push()
    learned = Account.objects.get().learned_per_minute
    assert learned is None or learned >= FEWEST_CALLS


@pytest.mark.parametrize("is_answered", [True, False])
def test_whom_we_approve_again_while_their_rejection_is_under_way_is_approved_at_webex(
    sandbox: SandboxServer,
    meeting: Meeting,
    push: Push,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    is_answered: bool,
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    change = WebexClient.change

    def approve_meanwhile(client: WebexClient, verb: str, *args: Any, **kwargs: Any) -> None:
        if verb == "reject":
            moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
        change(client, verb, *args, **kwargs)

    monkeypatch.setattr(WebexClient, "change", approve_meanwhile)
    if not is_answered:
        sandbox.faults.add(Fault("reject", drop=True, after_write=True))
    converge(push, clock)
    assert statuses_at_webex(sandbox, meeting) == ["approved"]


def test_whom_we_approve_again_before_the_lease_of_a_dead_process_ends_is_approved_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    [person] = approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    now = clock()
    lease_ends_at = now + timedelta(seconds=settings.WEBEX_LEASE_SECONDS)
    moves.claim(meeting, Step.REJECT, limit=1, at=now, lease_ends_at=lease_ends_at, latest_due_at=lease_ends_at)
    person.refresh_from_db()
    sandbox.store.set_status(meeting.webex_id, [person.registrant_id], "rejected")  # and there it died
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    converge(push, clock)
    assert statuses_at_webex(sandbox, meeting) == ["approved"]
