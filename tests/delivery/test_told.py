"""Nobody waits for ever without a person being told."""

import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import correct, drift, review, sync
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from tests.delivery.people import Clock, Push, approve, calls_of, converge, emails_at_webex, presences

pytestmark = pytest.mark.django_db


def read_statuses(clock: Clock) -> sync.Report:
    with Clients(clock=clock) as clients:
        return sync.statuses(Meeting.objects.all(), clients=clients, clock=clock)


def test_who_waits_for_an_address_that_somebody_else_keeps_at_webex(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    [first] = approve(meeting, 1, email="bob@example.com")
    push()
    first.refresh_from_db()
    sandbox.store.set_status(meeting.webex_id, [first.registrant_id], "rejected")
    clock.ahead += timedelta(hours=1)
    read_statuses(clock)
    dana = User.objects.create_user("dana")
    correct.correct(first, values={"email": "alice@example.com"}, answers=(), by=dana, at=clock())
    approve(meeting, 1, email="bob@example.com")
    before = len(sandbox.store.calls)
    report = push()
    assert (report.exit_status, report.left, report.is_worth_another) == (3, 0, False)
    assert report.problems == [
        "1 person waits: somebody whose address was corrected since is registered at Webex under theirs."
    ]
    assert len(sandbox.store.calls) == before


def test_whose_calls_never_get_a_usable_answer(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=500, times=1000))
    for minutes in [10] * 24 + [20] * 18:
        clock.ahead += timedelta(minutes=minutes)
        push()
    report = converge(push, clock)
    assert 14 <= len(calls_of(sandbox, "bulkInsert")) <= 17
    assert (report.exit_status, report.left) == (3, 0)
    assert report.problems == [
        "Webex never gave a usable answer about 1 person. They are tried ever more rarely, at least once an hour; "
        "correct what they sent."
    ]
    sandbox.faults.clear()
    clock.ahead += timedelta(hours=1)
    assert (converge(push, clock).exit_status, presences()) == (0, ["registered"])


@pytest.mark.parametrize("minutes", [30, 120])
def test_who_was_to_be_sent_while_webex_was_down_is_sent_soon_after(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, minutes: int
) -> None:
    approve(meeting, 3)
    sandbox.faults.add(Fault("bulkInsert", status=503, times=1000))
    for pause in [1] * 30 + [10] * ((minutes - 30) // 10):
        push(seconds=1)
        clock.ahead += timedelta(minutes=pause)
    assert min(Submission.objects.values_list("failed_calls", flat=True)) >= 10
    sandbox.faults.clear()
    for _ in range(min(minutes, 60)):
        push(seconds=1)
        if presences() == ["registered"] * 3:
            break
        clock.ahead += timedelta(minutes=1)
    assert presences() == ["registered"] * 3


def test_who_has_gone_missing_at_webex(sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock) -> None:
    [person] = approve(meeting, 1)
    push()
    person.refresh_from_db()
    sandbox.store.delete(meeting.webex_id, [person.registrant_id])
    clock.ahead += timedelta(hours=1)
    read_statuses(clock)
    reports = [push() for _ in range(2)]
    assert [(report.exit_status, report.problems) for report in reports] == [
        (3, ["1 approved person is at Webex no longer: look for “missing” in the list of submissions."])
    ] * 2
    drift.leave(Submission.objects.all(), at=clock(), by=User.objects.create_user("rita"))
    report = push()
    assert (report.exit_status, report.problems) == (0, [])


def test_whom_webex_did_not_reject_though_asked(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    [person] = approve(meeting, 1)
    push()
    rita = User.objects.create_user("rita")
    review.decline(Submission.objects.all(), by=rita, reason="")
    batch = Batch.objects.create(meeting=meeting, action="reject", outcome="done", started_at=clock(), size=1)
    BatchItem.objects.create(batch=batch, submission=person, outcome="registered")
    clock.ahead += timedelta(hours=1)
    approve(meeting, 1)
    report = push()
    stuck = "Webex was asked to change 1 person’s status and did not. Look at them there."
    assert (report.exit_status, report.problems, report.left) == (3, [stuck], 0)
    drift.leave(Submission.objects.filter(pk=person.pk), at=clock(), by=rita)
    clock.ahead += timedelta(hours=1)
    approve(meeting, 1)
    report = push()
    assert (report.exit_status, report.problems, report.left) == (0, [], 0)


def test_a_correction_whose_removal_is_seen_late_ends_with_the_next_sync(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    [person] = approve(meeting, 1, email="ann@example.com")
    push()
    dana = User.objects.create_user("dana")
    correct.correct(person, values={"first_name": "Anne"}, answers=(), by=dana, at=timezone.now())
    sandbox.faults.add(Fault("bulkDelete", status=204, land_after_seconds=1.5))
    assert push().exit_status == 3
    gives_up_at = time.monotonic() + 60
    while emails_at_webex(sandbox, meeting):
        assert time.monotonic() < gives_up_at
        time.sleep(0.02)
    clock.ahead += timedelta(hours=1)
    read_statuses(clock)
    assert converge(push, clock).exit_status == 0
    assert emails_at_webex(sandbox, meeting) == ["ann@example.com"]
    assert Submission.objects.get().presence == "registered"


def test_a_meeting_that_webex_does_not_have_is_not_asked_for_at_every_run(
    sandbox: SandboxServer, meeting: Meeting, clock: Clock
) -> None:
    Meeting.objects.update(webex_id="f" * 32)
    for _ in range(3):
        with Clients(clock=clock) as clients:
            sync.statuses(Meeting.objects.all(), clients=clients, clock=clock, only_due=True)
        clock.ahead += timedelta(minutes=1)
    assert len(calls_of(sandbox, "listRegistrants")) == 1
