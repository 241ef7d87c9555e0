"""The guards of the delivery loop, each of which fails here when it is taken out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.flow import deliver, moves, queries
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Step
from registration.webex.client import WebexClient
from registration.webex.errors import OutcomeUnknown
from registration.webex.records import Answered, Registrant, RegistrantRow
from registration.webex.tokens import StaticToken
from tests.cast import MeetingFactory
from tests.delivery.people import (
    Clock,
    OneClient,
    Push,
    approve,
    calls_of,
    converge,
    emails_at_webex,
    everybody,
    presences,
)

pytestmark = pytest.mark.django_db
FAR = timedelta(days=1)


class PoisonedWebex(WebexClient):
    """A Webex that gives no usable answer to any call with one certain person in it, and does nothing."""

    poison = ""

    def bulk_insert(self, meeting_id: str, registrants: Sequence[Registrant], **kwargs: Any) -> Answered:
        """Register people, but for the poisonous one."""
        if any(registrant.email == self.poison for registrant in registrants):
            raise OutcomeUnknown(http_status=500)
        return super().bulk_insert(meeting_id, registrants, **kwargs)


def test_one_person_whom_webex_cannot_take_holds_up_nobody_for_long(
    sandbox: SandboxServer, meeting: Meeting, clock: Clock, settings: Settings
) -> None:
    settings.WEBEX_BATCH_SIZE = 8
    people = approve(meeting, 30)
    later = MeetingFactory(start_at=meeting.start_at + timedelta(days=1))
    sandbox.store.add_meeting(id=later.webex_id, form=Form())
    others = approve(later, 1)
    with PoisonedWebex(base_url=sandbox.url, token=StaticToken("t"), concurrency=1) as client:
        client.poison = people[3].email
        deliver.push(Meeting.objects.all(), clients=OneClient(client), clock=clock)
        assert emails_at_webex(sandbox, later) == everybody(others)
        for _ in range(16):
            clock.ahead += timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 1)
            deliver.push(Meeting.objects.all(), clients=OneClient(client), clock=clock)
    assert emails_at_webex(sandbox, meeting) == everybody(people[:3] + people[4:])


def test_a_webex_that_is_down_is_left_alone_after_a_few_calls(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    for _ in range(5):
        other = MeetingFactory()
        sandbox.store.add_meeting(id=other.webex_id, form=Form())
        approve(other, 1)
    sandbox.faults.add(Fault("bulkInsert", status=503, times=100))
    report = push()
    assert len(calls_of(sandbox, "bulkInsert")) == 3
    assert (report.exit_status, report.left, report.in_flight) == (4, 2, 3)


def test_a_look_up_that_webex_refuses_does_not_hold_up_those_who_wait_to_be_registered(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, settings: Settings
) -> None:
    approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", status=503))
    push()
    approve(meeting, 1)
    clock.ahead = timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 1)
    sandbox.faults.add(Fault("query", status=400))
    push()
    assert presences() == ["uncertain", "uncertain", "registered"]
    # Not before another grace, and then with fewer people at once.
    push()
    assert presences() == ["uncertain", "uncertain", "registered"]
    converge(push, clock)
    assert presences() == ["registered"] * 3


def test_a_change_that_webex_accepts_and_does_not_make_is_asked_for_once(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    sandbox.faults.add(Fault("reject", status=204, times=100))
    reports = [push() for _ in range(3)]
    assert len(calls_of(sandbox, "reject")) == 1
    assert [(report.exit_status, report.problems) for report in reports] == [
        (3, ["Webex was asked to change 1 person’s status and did not. Look at them there."])
    ] * 3
    sandbox.faults.clear()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=timezone.now())
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    assert push().exit_status == 0
    assert Submission.objects.get().webex_status == "rejected"


def test_a_decision_that_could_not_be_carried_out_is_left_to_do(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    sandbox.faults.add(Fault("reject", status=429))
    report = push()
    assert (report.exit_status, report.left) == (4, 1)
    clock.ahead += FAR
    assert push().exit_status == 0


def test_when_webex_refuses_everybody_of_a_batch_the_next_is_not_sent(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings
) -> None:
    settings.WEBEX_BATCH_SIZE = 2
    approve(meeting, 6)
    sandbox.faults.add(Fault("bulkInsert", status=400, message="Full", times=100))
    report = push()
    assert presences() == ["refused"] * 2 + ["absent"] * 4
    assert (report.exit_status, len(calls_of(sandbox, "bulkInsert"))) == (3, 3)


def test_the_rest_of_a_halved_call_is_free_again_when_the_run_stops(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 4)
    sandbox.faults.add(Fault("bulkInsert", status=400))
    sandbox.faults.add(Fault("bulkInsert", status=429))
    push()
    assert presences() == ["absent"] * 4
    assert set(BatchItem.objects.values_list("outcome", flat=True)) == {"postponed"}


def test_a_halved_call_ends_when_the_time_is_up(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 8)
    sandbox.faults.add(Fault("bulkInsert", status=400, delay_seconds=3.5))
    report = push(seconds=3.0)
    assert len(calls_of(sandbox, "bulkInsert")) == 1
    assert presences() == ["absent"] * 8
    assert (report.exit_status, report.is_worth_another) == (4, True)


def test_every_item_of_a_halved_call_has_its_end(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    people = approve(meeting, 2)
    Submission.objects.filter(pk=people[0].pk).update(last_name="")
    push()
    outcomes = BatchItem.objects.order_by("batch_id", "submission_id").values_list("batch__size", "outcome")
    assert list(outcomes) == [(2, "postponed"), (2, "postponed"), (1, "refused"), (1, "registered")]


def test_the_batch_of_a_process_that_died_ends_as_unknown(meeting: Meeting, clock: Clock) -> None:
    approve(meeting, 1)
    lease = timedelta(seconds=django_settings.WEBEX_LEASE_SECONDS)
    now = clock()
    moves.claim(meeting, Step.REGISTER, limit=1, at=now, lease_ends_at=now + lease, latest_due_at=now + FAR)
    moves.expire(meeting, at=now + lease, look_up_at=now + lease, latest_due_at=now + 2 * lease)
    batch = Batch.objects.get()
    assert (batch.outcome, batch.finished_at) == ("unknown", now + lease)
    assert BatchItem.objects.get().outcome == "unknown"


def test_nobody_is_sent_whose_lease_a_call_and_its_grace_could_outlast(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings
) -> None:
    approve(meeting, 1)
    settings.WEBEX_TIMEOUT_SECONDS, settings.WEBEX_GRACE_SECONDS = 10, 60
    settings.WEBEX_LEASE_SECONDS = 10 + 2 * 10 + 60
    push()
    assert (presences(), calls_of(sandbox, "bulkInsert")) == (["absent"], [])
    settings.WEBEX_LEASE_SECONDS += 5
    push()
    assert presences() == ["registered"]


def test_a_conflict_whose_look_up_fails_leaves_people_uncertain(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", status=409))
    sandbox.faults.add(Fault("query", status=429))
    push()
    assert presences() == ["uncertain"] * 2


def test_two_runs_do_not_look_the_same_people_up(meeting: Meeting, clock: Clock) -> None:
    approve(meeting, 1)
    now = clock()
    lease = now + timedelta(minutes=5)
    moves.claim(meeting, Step.REGISTER, limit=1, at=now, lease_ends_at=now, latest_due_at=now + FAR)
    moves.expire(meeting, at=now, look_up_at=now, latest_due_at=lease)
    assert moves.claim(meeting, Step.LOOK_UP, limit=1, at=now, lease_ends_at=lease, latest_due_at=now + FAR) is not None
    assert moves.claim(meeting, Step.LOOK_UP, limit=1, at=now, lease_ends_at=lease, latest_due_at=now + FAR) is None


def test_a_part_of_a_call_is_not_taken_from_whoever_has_it_now(meeting: Meeting, clock: Clock) -> None:
    approve(meeting, 1)
    now = clock()
    lease = now + timedelta(minutes=5)
    claimed = moves.claim(meeting, Step.REGISTER, limit=1, at=now, lease_ends_at=now, latest_due_at=now + FAR)
    assert claimed is not None
    moves.expire(meeting, at=now, look_up_at=now, latest_due_at=lease)
    assert moves.claim_again(claimed, claimed.submissions, at=now, lease_ends_at=lease) is None


def observe(rows: dict[int, RegistrantRow], *, asked_at: datetime, at: datetime) -> int:
    return moves.observe(rows, asked_at=asked_at, at=at, latest_at=at)


def test_a_sync_does_not_overwrite_what_was_recorded_after_it_had_asked(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 1)
    asked_at = timezone.now()
    push()
    person = Submission.objects.get()
    stale = {person.pk: RegistrantRow(id="old", email=person.email, status="rejected")}
    assert observe(stale, asked_at=asked_at, at=timezone.now()) == 0
    person.refresh_from_db()
    assert person.webex_status == "approved"
    assert observe(stale, asked_at=timezone.now(), at=timezone.now()) == 1


def test_who_is_being_sent_is_not_observed(meeting: Meeting, clock: Clock) -> None:
    [person] = approve(meeting, 1)
    now = clock()
    moves.claim(
        meeting, Step.REGISTER, limit=1, at=now, lease_ends_at=now + timedelta(minutes=5), latest_due_at=now + FAR
    )
    row = {person.pk: RegistrantRow(id="r1", email=person.email, status="approved")}
    assert observe(row, asked_at=now + timedelta(minutes=1), at=now) == 0


@pytest.mark.parametrize("idle", [2, 12])
def test_idle_meetings_cost_nothing(sandbox: SandboxServer, meeting: Meeting, push: Push, idle: int) -> None:
    for _ in range(idle):
        approve(MeetingFactory(), 1, presence=Presence.REGISTERED, webex_status="approved")
    with CaptureQueriesContext(connection) as asked:
        push()
    assert len(asked) == 11


def test_what_is_left_counts_everybody_with_a_step_and_only_them(meeting: Meeting) -> None:
    approve(meeting, 2)
    approve(meeting, 3, presence=Presence.REGISTERED, webex_status="approved")
    moves.decide(Submission.objects.filter(presence=Presence.REGISTERED), to=Decision.CANCELLED, at=timezone.now())
    approve(meeting, 4, presence=Presence.UNCERTAIN)
    approve(meeting, 6, failed_calls=queries.MOST_FAILED_CALLS)
    assert queries.left_to_do([meeting]) == (5, 0)
    assert queries.busy([meeting, MeetingFactory()]) == {meeting.pk}
