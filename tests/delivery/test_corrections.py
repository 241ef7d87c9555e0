"""A correction of somebody who is at Webex, or on the way there, ends with one row there: the corrected one."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from registration.flow import correct, moves
from registration.models import Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence
from registration.webex.client import WebexClient
from registration.webex.records import Answered
from tests.delivery.people import Clock, Push, approve, calls_of, converge, presences

pytestmark = pytest.mark.django_db


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


@pytest.fixture
def ann(sandbox: SandboxServer, meeting: Meeting) -> Submission:
    """Approved, and about to be sent; a second row is made of her if she is sent twice."""
    sandbox.store.duplicates = "second_row"
    [person] = approve(meeting, 1, first_name="Ann", email="ann@example.com")
    return person


def correct_it(person: Submission, by: User, **values: str) -> None:
    correct.correct(person, values=values, answers=(), by=by, at=timezone.now())


def at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[tuple[str, object]]:
    return [(row.email, row.row.fields["firstName"]) for row in sandbox.store.registrants(meeting.webex_id)]


@pytest.mark.parametrize("email", ["ann@example.com", "anne@example.com"])
@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault("bulkDelete", drop=True, after_write=True),
        Fault("bulkDelete", drop=True),
        Fault("bulkDelete", status=503, after_write=True),
        Fault("bulkDelete", status=503),
        Fault("bulkDelete", status=429, retry_after="1"),
        Fault("bulkInsert", drop=True, after_write=True),
        Fault("bulkInsert", drop=True),
        Fault("query", status=503),
    ],
    ids=str,
)
def test_the_corrected_registration_is_the_only_one(
    sandbox: SandboxServer,
    meeting: Meeting,
    ann: Submission,
    dana: User,
    push: Push,
    clock: Clock,
    settings: Settings,
    fault: Fault | None,
    email: str,
) -> None:
    push()
    old_id = sandbox.store.registrants(meeting.webex_id)[0].id
    correct_it(ann, dana, first_name="Anne", email=email)
    if fault:
        sandbox.faults.add(fault)
    for _ in range(4):
        # Bounded: what must be waited for, the clock is put forward to.
        report = push(seconds=5)
        clock.ahead += timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 120)
    assert at_webex(sandbox, meeting) == [(email, "Anne")]
    ann.refresh_from_db()
    assert (ann.presence, ann.sent_email, ann.registrant_id == old_id) == (Presence.REGISTERED, email, False)
    assert report.exit_status == 0
    calls = len(sandbox.store.calls)
    push()
    assert len(sandbox.store.calls) == calls


def test_one_push_removes_and_registers_anew(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push
) -> None:
    push()
    correct_it(ann, dana, first_name="Anne")
    sandbox.store.forget_calls()
    push()
    changing = [call.operation for call in sandbox.store.calls if call.operation.startswith("bulk")]
    assert (changing, at_webex(sandbox, meeting)) == (["bulkDelete", "bulkInsert"], [("ann@example.com", "Anne")])


@pytest.mark.parametrize("fault", [None, Fault("bulkInsert", drop=True, after_write=True)], ids=str)
def test_who_is_corrected_while_being_sent_is_sent_anew(
    sandbox: SandboxServer,
    meeting: Meeting,
    ann: Submission,
    dana: User,
    push: Push,
    clock: Clock,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault | None,
) -> None:
    seen: list[str] = []
    insert = WebexClient.bulk_insert

    def correct_meanwhile(client: WebexClient, *args: Any, **kwargs: Any) -> Answered:
        if not seen:
            seen.extend(presences())
            correct_it(ann, dana, first_name="Anne", email="anne@example.com")
        return insert(client, *args, **kwargs)

    monkeypatch.setattr(WebexClient, "bulk_insert", correct_meanwhile)
    if fault:
        sandbox.faults.add(fault)
    for _ in range(3):
        push()
        clock.ahead += timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 1)
    assert seen == ["sending"]
    assert at_webex(sandbox, meeting) == [("anne@example.com", "Anne")]


def test_who_was_refused_is_sent_again_once_corrected_and_not_before(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push
) -> None:
    sandbox.faults.add(Fault("bulkInsert", status=400, message="That name is not accepted."))
    push()
    ann.refresh_from_db()
    assert (ann.presence, ann.refusal) == (Presence.REFUSED, "That name is not accepted.")
    correct_it(ann, dana, first_name="Ann")
    sandbox.store.forget_calls()
    push()
    assert (presences(), calls_of(sandbox, "bulkInsert")) == (["refused"], [])
    correct_it(ann, dana, first_name="Anne")
    push()
    assert (presences(), at_webex(sandbox, meeting)) == (["registered"], [("ann@example.com", "Anne")])
    ann.refresh_from_db()
    assert ann.refusal == ""


def test_a_corrected_registration_that_webex_refuses_shows_its_words(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push
) -> None:
    push()
    correct_it(ann, dana, first_name="Anne")
    sandbox.faults.add(Fault("bulkInsert", status=400, message="That name is not accepted."))
    push()
    ann.refresh_from_db()
    assert (ann.presence, ann.refusal, at_webex(sandbox, meeting)) == ("refused", "That name is not accepted.", [])
    correct_it(ann, dana, first_name="Anna")
    push()
    assert at_webex(sandbox, meeting) == [("ann@example.com", "Anna")]


def test_two_corrections_before_a_push_are_one_removal(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push
) -> None:
    push()
    correct_it(ann, dana, first_name="Anne")
    correct_it(ann, dana, email="anne@example.com")
    push()
    assert len(calls_of(sandbox, "bulkDelete")) == 1
    assert at_webex(sandbox, meeting) == [("anne@example.com", "Anne")]


def test_two_people_may_swap_their_addresses(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push
) -> None:
    [bo] = approve(meeting, 1, first_name="Bo", email="bo@example.com")
    push()
    correct_it(ann, dana, email="free@example.com")
    correct_it(bo, dana, email="ann@example.com")
    correct_it(ann, dana, email="bo@example.com")
    for _ in range(3):
        push()
    assert sorted(at_webex(sandbox, meeting)) == [("ann@example.com", "Bo"), ("bo@example.com", "Ann")]


NOBODY = '{"items": []}'


def test_a_removal_that_was_not_made_and_a_look_up_that_finds_nobody_make_no_second_row(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, dana: User, push: Push, clock: Clock, settings: Settings
) -> None:
    push()
    correct_it(ann, dana, first_name="Anne")
    sandbox.faults.add(Fault("bulkDelete", status=503))
    push(seconds=5)
    sandbox.faults.add(Fault("query", body=NOBODY))
    clock.ahead += timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 120)
    push(seconds=5)
    assert (presences(), at_webex(sandbox, meeting)) == (["uncertain"], [("ann@example.com", "Ann")])
    converge(push, clock)
    assert (presences(), at_webex(sandbox, meeting)) == (["registered"], [("ann@example.com", "Anne")])


def test_a_look_up_that_does_not_find_who_was_rejected_makes_no_second_row_when_they_are_approved_again(
    sandbox: SandboxServer, meeting: Meeting, ann: Submission, push: Push, clock: Clock
) -> None:
    push()
    moves.decide(meeting.submissions.all(), to=Decision.DECLINED, at=clock())
    sandbox.faults.add(Fault("query", body=NOBODY))
    push()
    moves.decide(meeting.submissions.all(), to=Decision.APPROVED, at=clock())
    converge(push, clock)
    assert [row.status for row in sandbox.store.registrants(meeting.webex_id)] == ["approved"]
