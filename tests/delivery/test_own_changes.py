"""What attendees change or cancel after they are at Webex is done there, once."""

import pytest

from registration.flow import correct, own
from registration.models import Meeting, Submission
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from tests.delivery.people import Clock, Push, approve, converge

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(sandbox: SandboxServer, meeting: Meeting, push: Push) -> Submission:
    """At Webex, approved there; nothing was asked of Webex since."""
    sandbox.store.duplicates = "second_row"
    [ann] = approve(meeting, 1, first_name="Ann", email="ann@example.com")
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
