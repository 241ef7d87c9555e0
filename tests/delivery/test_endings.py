"""The delivery loop against a real server that speaks Webex: what everybody's ending is, whatever it answers."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import Clients
from registration.flow import deliver, moves
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Step
from tests.cast import MeetingFactory, SubmissionFactory
from tests.delivery.people import (
    Clock,
    Push,
    approve,
    calls_of,
    converge,
    emails_at_webex,
    everybody,
    presences,
    resume,
    what_is_paused,
)

pytestmark = pytest.mark.django_db


def test_approved_people_are_registered_in_batches_and_nobody_else(
    sandbox: SandboxServer, meeting: Meeting, push: Push, settings: Settings
) -> None:
    settings.WEBEX_BATCH_SIZE = 2
    people = approve(meeting, 5)
    for decision in set(Decision) - {Decision.APPROVED}:
        SubmissionFactory(meeting=meeting, decision=decision)

    report = push()

    assert emails_at_webex(sandbox, meeting) == everybody(people)
    assert [len(call.body["items"]) for call in calls_of(sandbox, "bulkInsert")] == [2, 2, 1]
    assert report.states == {"absent": 0, "sending": 0, "uncertain": 0, "refused": 0, "registered": 5}
    assert (report.exit_status, report.problems) == (0, [])
    batches = Batch.objects.order_by("pk")
    assert list(batches.values_list("action", "size", "outcome", "http_status")) == [
        ("register", 2, "done", 200),
        ("register", 2, "done", 200),
        ("register", 1, "done", 200),
    ]
    assert all(batch.tracking_id and batch.seconds is not None for batch in batches)


def test_what_webex_answers_is_stored(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    [person] = approve(meeting, 1)
    push()
    [registrant] = sandbox.store.registrants(meeting.webex_id)
    person.refresh_from_db()
    assert (person.registrant_id, person.webex_status) == (registrant.id, registrant.status)
    assert person.registration_time == registrant.registered_at.replace(microsecond=0)
    assert person.registration_id == registrant.registration_id


def test_a_second_run_sends_nobody_again(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 3)
    push()
    report = push()
    assert len(calls_of(sandbox, "bulkInsert")) == 1
    assert report.batches == 0


@pytest.mark.parametrize("fault", [Fault("bulkInsert", shuffle=True), Fault("bulkInsert", double=True)])
def test_rows_are_matched_by_email_in_any_order(
    sandbox: SandboxServer, meeting: Meeting, push: Push, fault: Fault
) -> None:
    people = approve(meeting, 10)
    sandbox.faults.add(fault)
    push()
    ids = {registrant.email: registrant.id for registrant in sandbox.store.registrants(meeting.webex_id)}
    stored = dict(Submission.objects.values_list("email_key", "registrant_id"))
    assert stored == ids
    assert set(stored) == set(everybody(people))


def test_a_row_that_is_missing_is_uncertain_and_looked_up_after_the_grace(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, settings: Settings
) -> None:
    people = approve(meeting, 3)
    sandbox.faults.add(Fault("bulkInsert", short_by=1))

    report = push()
    assert sorted(presences()) == ["registered", "registered", "uncertain"]
    assert report.exit_status == 4
    push()
    assert sorted(presences()) == ["registered", "registered", "uncertain"]

    clock.ahead = timedelta(seconds=settings.WEBEX_GRACE_SECONDS + 1)
    report = push()
    assert presences() == ["registered"] * 3
    assert report.exit_status == 0
    assert emails_at_webex(sandbox, meeting) == everybody(people)
    assert len(calls_of(sandbox, "bulkInsert")) == 1


# What staff see after one call that Webex answered with the status: the people's presence, the batch's outcome, the
# exit status for cron, and what is paused until a person resumes it.
ENDINGS = {
    200: ("registered", "done", 0, ""),
    201: ("registered", "done", 0, ""),
    202: ("uncertain", "done", 4, ""),
    204: ("uncertain", "done", 4, ""),
    401: ("absent", "refused", 1, "account"),
    403: ("absent", "refused", 3, "meeting"),
    404: ("absent", "refused", 3, "meeting"),
    405: ("absent", "refused", 3, "meeting"),
    410: ("absent", "refused", 3, "meeting"),
    415: ("absent", "refused", 3, "meeting"),
    428: ("absent", "refused", 3, "meeting"),
    423: ("absent", "postponed", 4, ""),
    429: ("absent", "postponed", 4, ""),
    500: ("uncertain", "unknown", 4, ""),
    502: ("uncertain", "unknown", 4, ""),
    503: ("uncertain", "unknown", 4, ""),
    504: ("uncertain", "unknown", 4, ""),
}


# A 4xx promises that nothing was processed; after a 5xx Webex may have done its work or not.
@pytest.mark.parametrize(
    ("status", "after_write"),
    [(status, status < 300) for status in ENDINGS] + [(status, True) for status in ENDINGS if status >= 500],
)
def test_every_status_has_its_ending_and_nobody_is_lost_or_registered_twice(
    sandbox: SandboxServer,
    meeting: Meeting,
    push: Push,
    clock: Clock,
    settings: Settings,
    status: int,
    after_write: bool,
) -> None:
    people = approve(meeting, 2)
    is_success = status < 300
    sandbox.faults.add(Fault("bulkInsert", status=status, after_write=after_write))

    report = push()

    presence, outcome, exit_status, paused = ENDINGS[status]
    assert presences() == [presence] * 2
    batch = Batch.objects.get()
    assert (batch.outcome, batch.http_status) == (outcome, status)
    assert bool(batch.error) is not is_success
    assert (report.exit_status, len(report.problems)) == (exit_status, 0 if is_success else 1)
    assert what_is_paused() == paused

    if paused:
        before = len(sandbox.store.calls)
        assert (push().exit_status, len(sandbox.store.calls)) == (3, before)
        resume()
    converge(push, clock)
    assert presences() == ["registered"] * 2
    assert emails_at_webex(sandbox, meeting) == everybody(people)
    assert sandbox.faults.waiting() == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("bulkInsert", body="<html>Welcome</html>", content_type="text/html", after_write=True),
        Fault("bulkInsert", body="<html>Bad gateway</html>", content_type="text/html", status=502),
        Fault("bulkInsert", body="{", content_type="application/json", after_write=True),
        Fault("bulkInsert", body="[]", content_type="application/json", after_write=True),
        Fault("bulkInsert", drop=True),
        Fault("bulkInsert", drop=True, after_write=True),
        Fault("bulkInsert", delay_seconds=1.5, after_write=True),
        Fault("bulkInsert", drop=True, land_after_seconds=0.3),
    ],
)
def test_an_outcome_that_was_not_seen_is_uncertain_and_looked_up_before_anything_is_sent_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, settings: Settings, fault: Fault
) -> None:
    settings.WEBEX_TIMEOUT_SECONDS = 1
    people = approve(meeting, 2)
    sandbox.faults.add(fault)
    with Clients(clock=clock) as impatient:
        deliver.push(Meeting.objects.all(), clients=impatient, clock=clock)
    assert presences() == ["uncertain"] * 2
    assert list(BatchItem.objects.values_list("outcome", flat=True)) == ["unknown"] * 2

    wait_for = timezone.now() + timedelta(seconds=2)
    while fault.land_after_seconds and not sandbox.store.registrants(meeting.webex_id) and timezone.now() < wait_for:
        pass
    converge(push, clock)
    assert presences() == ["registered"] * 2
    assert emails_at_webex(sandbox, meeting) == everybody(people)


def test_an_empty_answer_means_accepted_and_is_looked_up(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", body="", status=200, after_write=True))
    push()
    assert presences() == ["uncertain"]


def test_where_no_connection_can_be_made_nobody_was_sent(settings: Settings, clock: Clock) -> None:
    meeting = MeetingFactory()
    approve(meeting, 2)
    settings.WEBEX_BASE_URL = "http://127.0.0.1:9/v1"
    with Clients(clock=clock) as clients:
        report = deliver.push(Meeting.objects.all(), clients=clients, clock=clock)
    assert presences() == ["absent"] * 2
    assert (report.exit_status, len(report.problems), what_is_paused()) == (4, 1, "")


def test_a_refused_call_is_halved_until_the_bad_rows_stand_alone(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    """The sandbox refuses a call for one row that it cannot take, as Webex may."""
    people = approve(meeting, 8)
    Submission.objects.filter(pk=people[5].pk).update(last_name="")

    report = push()

    assert presences() == ["refused" if person is people[5] else "registered" for person in people]
    people[5].refresh_from_db()
    assert people[5].refusal
    assert emails_at_webex(sandbox, meeting) == everybody(people[:5] + people[6:])
    assert report.exit_status == 3
    assert len(calls_of(sandbox, "bulkInsert")) == 7
    before = len(sandbox.store.calls)
    push()
    assert len(sandbox.store.calls) == before  # not sent again until something about them changed

    Submission.objects.filter(pk=people[5].pk).update(last_name="Mended")
    moves.forgive(Submission.objects.filter(pk=people[5].pk))
    assert push().exit_status == 0
    assert emails_at_webex(sandbox, meeting) == everybody(people)


def test_a_refusal_that_is_about_the_meeting_refuses_nobody(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 4)
    sandbox.store.set_form(meeting.webex_id, None)
    report = push()
    assert presences() == ["absent"] * 4
    assert (report.exit_status, len(calls_of(sandbox, "bulkInsert")), what_is_paused()) == (3, 0, "meeting")
    assert len(report.problems) == 1


@pytest.mark.parametrize("size", [1, 5])
def test_a_conflict_records_who_is_there_and_sends_only_the_others(
    sandbox: SandboxServer, meeting: Meeting, push: Push, size: int
) -> None:
    people = approve(meeting, size)
    push()
    Submission.objects.filter(pk=people[0].pk).update(presence=Presence.ABSENT, registrant_id="")
    more = approve(meeting, 2)
    sandbox.store.forget_calls()
    push()
    assert presences() == ["registered"] * (size + 2)
    assert emails_at_webex(sandbox, meeting) == everybody(people + more)
    sent = [[row["email"] for row in call.body["items"]] for call in calls_of(sandbox, "bulkInsert")]
    assert sent == [[person.email for person in (people[0], *more)], [person.email for person in more]]


def test_a_conflict_that_a_look_up_does_not_explain_ends_as_a_refusal(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    approve(meeting, 2)
    sandbox.faults.add(Fault("bulkInsert", status=409, message="No room", times=3))
    report = push()
    assert presences() == ["refused"] * 2
    assert set(Submission.objects.values_list("refusal", flat=True)) == {"No room"}
    assert report.exit_status == 3
    push()
    assert len(calls_of(sandbox, "bulkInsert")) == 3


def test_other_meetings_go_on_when_one_is_gone_from_webex(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    gone = MeetingFactory(start_at=meeting.start_at - timedelta(days=1))
    approve(gone, 1)
    approve(meeting, 1)
    report = push()
    assert presences() == ["absent", "registered"]
    assert report.exit_status == 3


def test_a_process_that_died_in_its_call_leaves_people_who_are_looked_up_after_the_lease(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, settings: Settings
) -> None:
    approve(meeting, 2)
    now = clock()
    lease = timedelta(seconds=settings.WEBEX_LEASE_SECONDS)
    moves.claim(meeting, Step.REGISTER, limit=1, at=now, lease_ends_at=now + lease, latest_due_at=now + lease)
    push()
    assert presences() == ["sending", "registered"]
    converge(push, clock)
    assert presences() == ["registered", "registered"]
    operations = [call.operation for call in sandbox.store.calls if call.method == "POST"]
    assert operations == ["bulkInsert", "query", "query", "bulkInsert"]


def test_a_meetings_parameters_and_mail_choice_go_with_every_call(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    Meeting.objects.update(current=True, host_email_parameter="host@example.com", send_email=False)
    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=409))
    push()
    operations = [(call.operation, dict(call.query)) for call in sandbox.store.calls]
    mine = {"current": "true", "hostEmail": "host@example.com"}
    assert [(operation, {k: v for k, v in query.items() if k != "max"}) for operation, query in operations] == [
        (operation, mine) for operation, __ in operations
    ]
    assert [row["sendEmail"] for call in calls_of(sandbox, "bulkInsert") for row in call.body["items"]] == [False]


def test_meetings_that_are_over_or_unknown_to_webex_are_passed_over(sandbox: SandboxServer, push: Push) -> None:
    approve(MeetingFactory(webex_id=""), 1)
    past = timezone.now() - timedelta(days=1)
    approve(MeetingFactory(start_at=past, end_at=past), 1)
    assert push().exit_status == 0
    assert sandbox.store.calls == []


def test_only_narrows_the_run_to_these_people(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    people = approve(meeting, 3)
    report = push(only=[people[1].pk])
    assert presences() == ["absent", "registered", "absent"]
    assert report.counts["left"] == 2


def test_no_call_is_begun_when_the_time_is_up(sandbox: SandboxServer, meeting: Meeting, push: Push) -> None:
    approve(meeting, 3)
    report = push(seconds=0)
    assert (report.batches, report.exit_status, report.left) == (0, 4, 3)
    assert sandbox.store.calls == []


def test_webexs_own_words_reach_staff_and_no_address_in_them_the_report(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    words = "ann@example.com cannot be removed."
    approve(meeting, 1, email="ann@example.com")
    push()
    Meeting.objects.update(withdrawal="remove")
    Submission.objects.update(decision=Decision.CANCELLED)
    sandbox.faults.add(Fault("bulkDelete", status=400, message=words))
    report = push()
    assert report.problems[0] == f"{meeting}: …@… cannot be removed. Trying the same again does not help."
    assert [batch.error for batch in Batch.objects.filter(action=Batch.Action.REMOVE)] == [words]

    approve(meeting, 1)
    sandbox.faults.add(Fault("bulkInsert", status=410, message="Not for <ann@example.com>."))
    push()
    assert "Webex says: Not for <ann@example.com>." in Meeting.objects.get().pause_reason
    assert "Webex says: Not for <…@…>." in " ".join(push().problems)


def test_the_log_names_no_person(
    sandbox: SandboxServer, meeting: Meeting, push: Push, caplog: pytest.LogCaptureFixture
) -> None:
    Meeting.objects.update(host_email_parameter="host@example.com")
    caplog.set_level("DEBUG")
    for status in (409, 400, 503, 429):
        approve(meeting, 1)
        sandbox.faults.add(Fault("bulkInsert", status=status, message="bob@example.com is bad"))
        push()
    assert "batch=" in caplog.text
    assert [word for word in caplog.text.split() if "@" in word or "a-token" in word] == []
