"""What becomes of people at Webex when we, or the host, decide otherwise afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import moves, sync
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision
from tests.delivery.people import Clock, Push, approve, converge, presences

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("withdrawal", "left"), [("reject", ["rejected"]), ("remove", [])])
@pytest.mark.parametrize("decision", [Decision.DECLINED, Decision.CANCELLED])
def test_who_is_declined_or_cancelled_after_being_registered_is_withdrawn_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, withdrawal: str, left: list[str], decision: Decision
) -> None:
    Meeting.objects.update(withdrawal=withdrawal)
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=decision, at=timezone.now())
    report = push()
    assert [registrant.status for registrant in sandbox.store.registrants(meeting.webex_id)] == left
    assert presences() == ["registered" if left else "absent"]
    assert report.exit_status == 0
    before = len(sandbox.store.calls)
    push()
    assert len(sandbox.store.calls) == before


def test_whom_we_approved_and_webex_left_pending_is_approved_where_staff_chose_so(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    approve(meeting, 1)
    push()
    assert Submission.objects.get().webex_status == "pending"
    Meeting.objects.update(approves_pending=True)
    push()
    assert Submission.objects.get().webex_status == "approved"


def test_who_is_put_back_to_review_is_moved_back_to_pending(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.WAITING, at=timezone.now())
    push()
    assert Submission.objects.get().webex_status == "pending"


def test_whom_we_moved_back_to_pending_and_approve_again_is_approved_there_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    push()
    for to, status in ((Decision.WAITING, "pending"), (Decision.APPROVED, "approved")) * 2:
        moves.decide(Submission.objects.all(), to=to, at=timezone.now())
        report = push()
        assert (Submission.objects.get().webex_status, report.exit_status) == (status, 0)
    before = len(sandbox.store.calls)
    assert (push().exit_status, len(sandbox.store.calls)) == (0, before)


def test_whom_the_host_moves_back_is_left_to_the_host_whatever_we_did_before(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    push()
    for to in (Decision.WAITING, Decision.APPROVED):
        moves.decide(Submission.objects.all(), to=to, at=timezone.now())
        push()
    sandbox.store.set_status(meeting.webex_id, [Submission.objects.get().registrant_id], "pending")
    with Clients() as clients:
        sync.statuses(Meeting.objects.all(), clients=clients)
    for to in (Decision.WAITING, Decision.APPROVED):
        moves.decide(Submission.objects.all(), to=to, at=timezone.now())
    report = push()
    assert [registrant.status for registrant in sandbox.store.registrants(meeting.webex_id)] == ["pending"]
    assert (Submission.objects.get().webex_status, report.exit_status) == ("pending", 0)


def test_who_was_to_be_moved_back_and_was_not_is_the_hosts_again_once_a_sync_has_seen_it(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.WAITING, at=clock())
    sandbox.faults.add(Fault("cancel", drop=True))
    push()
    assert Submission.objects.get().moved_back_at is not None
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    clock.ahead += timedelta(hours=1)
    assert (push().exit_status, Submission.objects.get().webex_status) == (0, "approved")
    with Clients(clock=clock) as clients:
        sync.statuses(Meeting.objects.all(), clients=clients, clock=clock)
    assert Submission.objects.get().moved_back_at is None


def test_who_is_moved_back_by_a_call_that_lands_late_is_approved_there_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.WAITING, at=clock())
    sandbox.faults.add(Fault("cancel", drop=True))
    push()
    clock.ahead += timedelta(minutes=1)
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    clock.ahead += timedelta(minutes=10)
    push()
    person = Submission.objects.get()
    assert (person.presence, person.webex_status) == ("registered", "approved")
    sandbox.store.set_status(meeting.webex_id, [person.registrant_id], "pending")
    clock.ahead += timedelta(minutes=10)
    with Clients(clock=clock) as clients:
        sync.statuses(Meeting.objects.all(), clients=clients, clock=clock)
    assert Submission.objects.get().webex_status == "pending"
    assert (push().exit_status, Submission.objects.get().webex_status) == (0, "approved")


def test_whom_we_rejected_at_webex_and_approve_again_is_approved_there_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    push()
    assert Submission.objects.get().webex_status == "rejected"
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=timezone.now())
    report = push()
    assert (Submission.objects.get().webex_status, report.exit_status) == ("approved", 0)


def test_whom_the_host_rejected_stays_rejected(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 1)
    push()
    person = Submission.objects.get()
    sandbox.store.set_status(meeting.webex_id, [person.registrant_id], "rejected")
    with Clients() as clients:
        sync.statuses(Meeting.objects.all(), clients=clients)
    push()
    assert [registrant.status for registrant in sandbox.store.registrants(meeting.webex_id)] == ["rejected"]
    assert Submission.objects.get().webex_status == "rejected"


def test_a_change_that_webex_refuses_does_not_hold_up_those_who_wait_to_be_registered(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    sandbox.store.delete(meeting.webex_id, [Submission.objects.get().registrant_id])
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    approve(meeting, 1)
    report = push()
    assert (presences(), report.exit_status) == (["uncertain", "registered"], 3)
    assert (converge(push, clock).exit_status, presences()) == (0, ["absent", "registered"])
