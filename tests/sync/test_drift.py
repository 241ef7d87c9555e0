"""What staff make of drift: adopt, ignore, look up again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from registration.flow import drift, moves
from registration.models import Answer, Meeting, Submission, UnknownRegistrant
from registration.sandbox.faults import Fault
from registration.sandbox.rows import Answer as TheirAnswer
from registration.sandbox.rows import Choice
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Step
from tests.cast import QuestionFactory, SubmissionFactory
from tests.letters import written
from tests.sync.conftest import Registered, Sync
from tests.sync.people import PAST_GRACE, SleepingClock, missing, operations, sign_up_at_webex, states, unknown

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("staff")


def adopt(staff: User) -> drift.Adopted:
    return drift.adopt(UnknownRegistrant.objects.all(), by=staff, at=timezone.now())


# --- adopt ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "decision"), [("approved", "approved"), ("pending", "waiting"), ("rejected", "declined")]
)
def test_who_is_adopted_is_decided_as_webex_has_decided_and_needs_nothing(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    staff: User,
    status: Any,
    decision: str,
) -> None:
    meeting = registered(0)
    eve = sign_up_at_webex(sandbox, meeting, "eve@example.com")
    sandbox.store.set_status(meeting.webex_id, [eve], status)
    run()

    assert adopt(staff) == drift.Adopted(made=1, linked=0)

    person = Submission.objects.get()
    assert (person.decision, person.presence, person.webex_status) == (decision, "registered", status)
    assert (person.registrant_id, person.email, person.email_key) == (eve, "eve@example.com", "eve@example.com")
    assert (person.full_name, person.submitted_at) == ("Eve Stranger", person.registration_time)
    assert (len(person.reference), len(person.token), person.next_step) == (9, 43, Step.NOTHING)
    assert (UnknownRegistrant.objects.count(), written()) == (0, [])
    told = [("webex_status", "", status, staff.pk, "Adopted from Webex.")]
    if decision != "waiting":
        told.append(("decision", "", decision, staff.pk, "Adopted from Webex."))
    assert list(person.moves.values_list("subject", "before", "after", "by", "reason")) == told

    sandbox.store.forget_calls()
    push()
    assert sandbox.store.calls == []
    report = run()
    assert (report.counts["seen"], report.counts["changed"], report.exit_status) == (1, 0, 0)


def test_fields_and_answers_are_taken_over_as_they_were_told(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    meeting = registered(0)
    colour = QuestionFactory(meeting=meeting, webex_id="330521", text="Colour?", type="checkbox", options=["Green"])
    sign_up_at_webex(
        sandbox,
        meeting,
        "eve@example.com",
        TheirAnswer(330521, (Choice("green", 1), Choice("blue", 9))),
        TheirAnswer(330999, (Choice("I sing."),)),
        companyName="Example Ltd",
        zipCode="02139",
        countryRegion="x" * 150,
    )
    run()
    adopt(staff)
    person = Submission.objects.get()
    assert (person.company_name, person.zip_code, person.country_region) == ("Example Ltd", "02139", "x" * 100)
    option = colour.options.get()
    assert list(Answer.objects.values_list("submission", "question", "option", "question_text", "text")) == [
        (person.pk, colour.pk, option.pk, "Colour?", "green"),
        (person.pk, colour.pk, None, "Colour?", "blue"),
        (person.pk, None, None, "Question 330999 at Webex", "I sing."),
    ]


@pytest.mark.parametrize("presence", ["absent", "refused"])
def test_who_has_a_submission_already_is_looked_up_and_linked(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any], staff: User, presence: str
) -> None:
    meeting = registered(0)
    SubmissionFactory(meeting=meeting, email="Eve@Example.com", approved=True, presence=presence)
    eve = sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    assert adopt(staff) == drift.Adopted(made=0, linked=1)
    assert (states("presence"), unknown()) == ([("uncertain",)], [])
    push()
    assert states("presence", "registrant_id", "refusal") == [("registered", eve, "")]
    assert "bulkInsert" not in operations(sandbox)


def test_a_submission_that_came_meanwhile_is_not_made_twice(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    meeting = registered(0)
    other = registered(0)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    namesake = SubmissionFactory(meeting=other, email="eve@example.com")
    new = Submission(meeting=meeting, email="eve@example.com", email_key="eve@example.com", submitted_at=NOW)
    SubmissionFactory(meeting=meeting, email="eve@example.com")
    assert moves.adopt([new], at=NOW, by=staff, reason="") == []
    assert adopt(staff) == drift.Adopted(made=0, linked=1)
    namesake.refresh_from_db()
    assert (namesake.presence, Submission.objects.count()) == ("absent", 2)


def test_whose_submission_was_registered_meanwhile_is_left_as_they_are(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    meeting = registered(0)
    sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    SubmissionFactory(meeting=meeting, email="eve@example.com", presence="registered")
    assert adopt(staff) == drift.Adopted(made=0, linked=1)
    assert (states("presence"), unknown()) == ([("registered",)], [])


@pytest.mark.parametrize("presence", ["registered", "uncertain"])
def test_whoever_took_a_corrected_address_does_not_get_the_registration_of_whom_it_was(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any], staff: User, presence: str
) -> None:
    """Eve signed up at Webex, then here as well, and was corrected before a sync could tell that she is no stranger."""
    meeting = registered(0)
    eve_id = sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    eve = SubmissionFactory(
        meeting=meeting,
        email="eva@example.com",
        sent_email="eve@example.com",
        presence=presence,
        registrant_id=eve_id if presence == "registered" else "",
    )
    newcomer = SubmissionFactory(meeting=meeting, email="eve@example.com")
    assert adopt(staff) == drift.Adopted(made=0, linked=1)
    push()
    assert (states("pk", "presence", "registrant_id"), unknown()) == (
        [(eve.pk, "registered", eve_id), (newcomer.pk, "absent", "")],
        [],
    )


def test_a_registration_that_is_somebodys_by_its_id_is_nobody_elses(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    meeting = registered(0)
    eve_id = sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    SubmissionFactory(meeting=meeting, email="eva@example.com", presence="registered", registrant_id=eve_id)
    assert adopt(staff) == drift.Adopted(made=0, linked=1)
    assert states("email_key", "registrant_id") == [("eva@example.com", eve_id)]


def test_a_namesake_in_another_meeting_is_left_alone(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    one, other = registered(0), registered(0)
    sign_up_at_webex(sandbox, one, "eve@example.com")
    sign_up_at_webex(sandbox, other, "mallory@example.com")
    run()
    SubmissionFactory(meeting=one, email="mallory@example.com")
    assert adopt(staff) == drift.Adopted(made=2, linked=0)
    assert states("email", "presence") == [
        ("mallory@example.com", "absent"),
        ("eve@example.com", "registered"),
        ("mallory@example.com", "registered"),
    ]


def test_two_registrants_with_one_address_make_one_submission(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    sandbox.store.duplicates = "second_row"
    meeting = registered(0)
    for _ in range(2):
        sign_up_at_webex(sandbox, meeting, "eve@example.com")
    run()
    assert adopt(staff) == drift.Adopted(made=1, linked=1)
    report = run()
    assert (Submission.objects.count(), report.counts["unknown"], report.counts["seen"]) == (1, 0, 1)


def test_the_queries_of_adopting_do_not_grow_with_the_people(
    sandbox: SandboxServer, registered: Registered, run: Sync, staff: User
) -> None:
    asked = []
    for count in (2, 90):
        meeting = registered(0)
        QuestionFactory(meeting=meeting, webex_id="330521")
        for number in range(count):
            answer = TheirAnswer(330521, (Choice("Yes"),))
            sign_up_at_webex(sandbox, meeting, f"stranger{number}@example.com", answer)
        run()
        with CaptureQueriesContext(connection) as queries:
            adopt(staff)
        asked.append(len(queries))
    # SQLite takes a few statements more for many wide rows.
    assert asked[1] - asked[0] < 10
    assert (Submission.objects.count(), Answer.objects.count()) == (92, 92)


# --- look up again ----------------------------------------------------------------------------------------------------


def test_a_missing_person_who_is_looked_up_again_is_registered_again(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any], clock: SleepingClock
) -> None:
    meeting = registered(2)
    gone, there = Submission.objects.order_by("pk")
    sandbox.store.delete(meeting.webex_id, [gone.registrant_id])
    run()
    everybody = Submission.objects.all()
    assert drift.registered_again(everybody) == (1, 1)
    clock.ahead += PAST_GRACE
    assert drift.look_up_again(everybody, at=timezone.now()) == 1
    assert (states("presence"), missing()) == ([("uncertain",), ("registered",)], [])
    push()
    assert sorted(each.email for each in sandbox.store.registrants(meeting.webex_id)) == sorted(
        [gone.email_key, there.email_key]
    )
    assert (run().exit_status, drift.look_up_again(everybody, at=timezone.now())) == (0, 0)


def test_a_missing_person_who_is_there_after_all_is_not_registered_twice(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any]
) -> None:
    meeting = registered(1)
    person = Submission.objects.get()
    sandbox.store.delete(meeting.webex_id, [person.registrant_id])
    run()
    new_id = sign_up_at_webex(sandbox, meeting, person.email)
    drift.look_up_again(Submission.objects.all(), at=timezone.now())
    push()
    assert ("bulkInsert" in operations(sandbox), states("presence", "registrant_id")) == (
        False,
        [("registered", new_id)],
    )


def test_a_look_up_leaves_those_alone_about_whom_a_call_is_under_way(registered: Registered) -> None:
    registered(0)
    meeting = Meeting.objects.get()
    for presence in ("sending", "uncertain", "absent"):
        SubmissionFactory(meeting=meeting, presence=presence)
    changed = moves.look_up_again(Submission.objects.all(), at=timezone.now())
    assert (len(changed), states("presence")) == (1, [("sending",), ("uncertain",), ("uncertain",)])


# --- decided differently ----------------------------------------------------------------------------------------------


def test_whom_the_host_rejected_is_decided_differently_until_a_person_approves_them_anew(
    sandbox: SandboxServer, registered: Registered, run: Sync
) -> None:
    meeting = registered(2)
    rejected = Submission.objects.earliest("pk")
    sandbox.store.set_status(meeting.webex_id, [rejected.registrant_id], "rejected")
    report = run()
    assert (report.counts["decided_differently"], report.exit_status) == (1, 0)
    Submission.objects.filter(pk=rejected.pk).update(decided_at=timezone.now() + timedelta(days=1))
    assert run().counts["decided_differently"] == 0


@pytest.mark.parametrize(
    ("decision", "status"), [(Decision.DECLINED, "approved"), (Decision.CANCELLED, "pending"), ("waiting", "approved")]
)
def test_a_change_that_webex_accepted_and_did_not_make_is_decided_differently(
    sandbox: SandboxServer,
    registered: Registered,
    run: Sync,
    push: Callable[[], Any],
    decision: Decision,
    status: Any,
) -> None:
    meeting = registered(1)
    ids = [Submission.objects.get().registrant_id]
    sandbox.store.set_status(meeting.webex_id, ids, "approved")
    run()
    moves.decide(Submission.objects.all(), to=Decision(decision), at=timezone.now())
    assert run().counts["decided_differently"] == 0
    push()
    sandbox.store.set_status(meeting.webex_id, ids, status)
    report = run()
    assert (report.counts["decided_differently"], report.exit_status) == (1, 0)


def test_who_is_missing_is_not_decided_differently_as_well(registered: Registered, run: Sync) -> None:
    meeting = registered(0)
    SubmissionFactory(meeting=meeting, approved=True, presence="registered", webex_status="rejected")
    report = run()
    assert (report.counts["missing"], report.counts["decided_differently"]) == (1, 0)


def test_who_is_left_pending_to_the_host_is_not_decided_differently(registered: Registered, run: Sync) -> None:
    registered(1)
    assert run().counts["decided_differently"] == 0


def test_whom_we_approve_at_webex_and_who_stays_pending_is_decided_differently(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any]
) -> None:
    meeting = registered(1)
    Meeting.objects.update(approves_pending=True)
    push()
    assert run().counts["decided_differently"] == 0
    sandbox.store.set_status(meeting.webex_id, [Submission.objects.get().registrant_id], "pending")
    assert run().counts["decided_differently"] == 1


def test_whom_we_approved_again_and_webex_did_not_is_decided_differently(
    sandbox: SandboxServer, registered: Registered, run: Sync, push: Callable[[], Any], clock: SleepingClock
) -> None:
    meeting = registered(1)
    sandbox.store.set_status(meeting.webex_id, [Submission.objects.get().registrant_id], "rejected")
    run()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=clock())
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=clock())
    assert run().counts["decided_differently"] == 0
    sandbox.faults.add(Fault("approve", status=204))
    push()
    assert (run().counts["decided_differently"], states("webex_status")) == (1, [("rejected",)])
