"""What attendees change or cancel after they are at Webex is done there, once."""

from datetime import timedelta

import pytest

from registration.accounts import Clients
from registration.flow import correct, moves, own, sync
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.rows import Status
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.delivery.people import Clock, Push, approve, converge

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock) -> Submission:
    """At Webex, approved there; nothing was asked of Webex since."""
    sandbox.store.duplicates = "second_row"
    [ann] = approve(meeting, 1, first_name="Ann", email="ann@example.com", decided_at=clock())
    push()
    sandbox.store.forget_calls()
    return stored(ann)


def stored(person: Submission) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=person.pk)


def change(ann: Submission, clock: Clock, **values: str) -> None:
    correct.change(ann, values=values, answers=(), at=clock(), seen=correct.version(ann))


def changing_calls(sandbox: SandboxServer) -> list[str]:
    """What Webex was asked to change."""
    changing = {"bulkInsert", "bulkDelete", "approve", "reject", "cancel"}
    return [call.operation for call in sandbox.store.calls if call.operation in changing]


def at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[tuple[str, object, str]]:
    rows = sandbox.store.registrants(meeting.webex_id)
    return [(row.email, row.row.fields["firstName"], row.status) for row in rows]


def host_says(sandbox: SandboxServer, meeting: Meeting, clock: Clock, status: Status) -> None:
    """The host decides about the only one there, and a sync sees it."""
    [row] = sandbox.store.registrants(meeting.webex_id)
    sandbox.store.set_status(meeting.webex_id, [row.id], status)
    see(clock)
    sandbox.store.forget_calls()


def see(clock: Clock) -> None:
    """A sync, an hour later."""
    clock.ahead += timedelta(hours=1)
    with Clients(clock=clock) as clients:
        sync.statuses(Meeting.objects.all(), clients=clients, clock=clock)


def now_has(meeting: Meeting, **facts: object) -> None:
    for name, value in facts.items():
        setattr(meeting, name, value)
    meeting.save()


def test_a_change_removes_and_inserts_once(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    change(ann, clock, first_name="Anne")
    converge(push, clock)
    converge(push, clock)
    assert changing_calls(sandbox) == ["bulkDelete", "bulkInsert"]
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "approved")]


def test_a_change_that_is_approved_anew_by_itself_does_so_too(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    now_has(meeting, has_review_after_change=True, approval="automatic")
    change(stored(ann), clock, first_name="Anne")
    converge(push, clock)
    assert changing_calls(sandbox) == ["bulkDelete", "bulkInsert"]
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "approved")]


def test_a_change_that_is_reviewed_first_is_pending_until_then(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    now_has(meeting, has_review_after_change=True)
    change(stored(ann), clock, first_name="Anne")
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Ann", "pending")]


@pytest.mark.parametrize(
    "fault", [None, Fault("bulkDelete", drop=True, after_write=True), Fault("bulkInsert", drop=True)], ids=str
)
def test_whom_the_host_had_approved_is_approved_there_again_after_a_change(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock, fault: Fault | None
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    host_says(sandbox, meeting, clock, "approved")
    if fault is not None:
        sandbox.faults.add(fault)
    for name in ("Anne", "Anna"):
        change(stored(ann), clock, first_name=name)
        converge(push, clock)
        assert at_webex(sandbox, meeting) == [("ann@example.com", name, "approved")]
        assert stored(ann).webex_status == "approved"
    host_says(sandbox, meeting, clock, "pending")
    converge(push, clock)
    assert changing_calls(sandbox) == []


def test_whom_the_host_had_approved_is_approved_there_again_after_a_change_that_was_reviewed(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    now_has(meeting, has_review_after_change=True)
    change(stored(ann), clock, first_name="Anne")
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Ann", "pending")]
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "approved")]


def test_whom_the_host_had_rejected_and_we_approve_anew_is_approved_there_with_what_they_changed(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    host_says(sandbox, meeting, clock, "rejected")
    change(ann, clock, first_name="Anne")
    for to in (Decision.WAITING, Decision.APPROVED):
        moves.decide(Submission.objects.all(), to=to, at=clock())
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "approved")]


def test_whom_the_host_had_left_pending_is_left_to_the_host_after_a_change(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    host_says(sandbox, meeting, clock, "pending")
    change(stored(ann), clock, first_name="Anne")
    converge(push, clock)
    assert changing_calls(sandbox) == ["bulkDelete", "bulkInsert"]
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "pending")]


def test_who_is_removed_for_good_and_registers_again_is_for_the_host(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    now_has(meeting, withdrawal="remove", approval="automatic")
    change(stored(ann), clock, first_name="Anne")
    converge(push, clock)
    own.cancel(stored(ann), at=clock())
    converge(push, clock)
    own.register_again(stored(ann), at=clock())
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "pending")]


def test_whose_corrected_registration_is_refused_and_who_cancels_is_for_the_host_afterwards(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    now_has(meeting, approval="automatic")
    change(stored(ann), clock, first_name="Anne")
    sandbox.faults.add(Fault("bulkInsert", status=400, message="That name is not accepted."))
    converge(push, clock)
    assert stored(ann).presence == Presence.REFUSED
    own.cancel(stored(ann), at=clock())
    own.register_again(stored(ann), at=clock())
    moves.forgive(Submission.objects.all())
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "pending")]


def test_whose_removal_lands_late_is_approved_there_again_although_a_sync_saw_them_before(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    sandbox.store.set_form(meeting.webex_id, Form(auto_accept=False))
    change(stored(ann), clock, first_name="Anne")
    sandbox.faults.add(Fault("bulkDelete", status=204))
    converge(push, clock)
    see(clock)
    assert (stored(ann).webex_status, stored(ann).presence) == ("approved", "registered")
    sandbox.store.delete(meeting.webex_id, [stored(ann).registrant_id])
    see(clock)
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anne", "approved")]


@pytest.mark.parametrize(("withdrawal", "left"), [("reject", ["rejected"]), ("remove", [])])
def test_a_cancel_does_at_webex_what_the_meeting_says(
    sandbox: SandboxServer,
    meeting: Meeting,
    ann: Submission,
    push: Push,
    clock: Clock,
    withdrawal: str,
    left: list[str],
) -> None:
    now_has(meeting, withdrawal=withdrawal)
    own.cancel(stored(ann), at=clock())
    converge(push, clock)
    converge(push, clock)
    assert [status for *_who, status in at_webex(sandbox, meeting)] == left
    assert len(changing_calls(sandbox)) == 1


@pytest.mark.parametrize("withdrawal", ["reject", "remove"])
def test_who_cancelled_and_registers_again_is_there_again_once(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock, withdrawal: str
) -> None:
    now_has(meeting, withdrawal=withdrawal, approval="automatic")
    own.cancel(stored(ann), at=clock())
    converge(push, clock)
    own.register_again(stored(ann), at=clock())
    converge(push, clock)
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Ann", "approved")]
    assert (stored(ann).decision, stored(ann).presence) == (Decision.APPROVED, Presence.REGISTERED)


def test_whom_the_host_rejected_does_not_come_back_by_cancelling(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    now_has(meeting, approval="automatic")
    [row] = sandbox.store.registrants(meeting.webex_id)
    sandbox.store.set_status(meeting.webex_id, [row.id], "rejected")
    Submission.objects.filter(pk=ann.pk).update(webex_status="rejected", webex_status_at=clock())
    own.cancel(stored(ann), at=clock())
    converge(push, clock)
    own.register_again(stored(ann), at=clock())
    converge(push, clock)
    assert stored(ann).decision == Decision.WAITING
    assert [status for *_who, status in at_webex(sandbox, meeting)] == ["rejected"]
