"""Who asked to be erased is removed at Webex, and then gone here; nobody else is touched."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from registration.accounts import Clients
from registration.errors import ChangedMeanwhile
from registration.flow import correct, drift, erase, moves, post, preview, queries, review, submit, sync
from registration.models import Batch, BatchItem, Mail, Meeting, Move, Submission, UnknownRegistrant
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.states import Decision, Presence, Step
from tests.cast import MeetingFactory, SubmissionFactory
from tests.delivery.people import Clock, Push, approve, calls_of, converge, emails_at_webex, resume

pytestmark = pytest.mark.django_db


def ask(*people: Submission, clock: Clock | None = None) -> list[int]:
    return erase.ask(Submission.objects.filter(pk__in=[person.pk for person in people]), at=(clock or timezone.now)())


def is_erased(person: Submission) -> bool:
    person.refresh_from_db()
    return person.erased_at is not None and (person.presence, person.sent_email) == (Presence.ABSENT, "")


def reasons(person: Submission) -> list[str]:
    erasures = person.moves.filter(subject=Move.Subject.ERASURE).order_by("pk")
    return list(erasures.values_list("reason", flat=True))


def end(meeting: Meeting) -> None:
    now = timezone.now()
    Meeting.objects.filter(pk=meeting.pk).update(start_at=now - timedelta(hours=2), end_at=now - timedelta(hours=1))


# --- the way of it ----------------------------------------------------------------------------------------------------


def test_who_is_at_webex_is_removed_there_and_then_gone_here(
    sandbox: SandboxServer, meeting: Meeting, push: Push
) -> None:
    ann, ben = approve(meeting, 2)
    push()
    assert ask(ann) == [ann.pk]
    ann.refresh_from_db()
    assert (ann.decision, ann.first_name, ann.email, ann.erased_at) == (Decision.CANCELLED, "", "", None)
    assert ann.sent_email and ann.registrant_id
    report = push()
    assert report.exit_status == 0
    assert [words for words in report.warnings if "erased" in words] == []
    assert is_erased(ann)
    assert reasons(ann) == ["Asked for on their own page.", "Webex does not have them: everything is erased."]
    assert emails_at_webex(sandbox, meeting) == [ben.email_key]
    before = len(sandbox.store.calls)
    push()
    assert len(sandbox.store.calls) == before


@pytest.mark.parametrize("facts", [{}, {"presence": Presence.REFUSED, "refusal": "Bad phone"}])
def test_who_is_not_at_webex_is_erased_at_once(facts: dict[str, str]) -> None:
    person = SubmissionFactory(approved=True, **facts)
    ask(person)
    assert is_erased(person)
    assert ask(person) == []


def test_their_withdrawal_that_webex_did_not_make_does_not_hold_up_the_erasure(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    Meeting.objects.update(withdrawal="remove")
    (ann,) = approve(meeting, 1)
    push()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=timezone.now())
    sandbox.faults.add(Fault("bulkDelete", status=204))
    assert push().exit_status == 3
    ask(ann)
    push()
    assert (is_erased(ann), ann.decision, emails_at_webex(sandbox, meeting)) == (True, Decision.DECLINED, [])


def test_a_removal_that_webex_accepts_and_does_not_make_is_told_and_tried_again_after_an_hour(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    (ann,) = approve(meeting, 1)
    push()
    ask(ann)
    sandbox.faults.add(Fault("bulkDelete", status=204))
    for _ in range(3):
        report = push()
    assert len(calls_of(sandbox, "bulkDelete")) == 1
    assert (report.exit_status, is_erased(ann)) == (3, False)
    assert len(report.warnings) == 1
    clock.ahead = timedelta(minutes=61)
    assert push().exit_status == 0
    assert is_erased(ann)


def test_a_second_registration_under_their_address_is_removed_as_well(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    sandbox.store.duplicates = "second_row"
    (ann,) = approve(meeting, 1)
    push()
    sandbox.faults.add(Fault("bulkDelete", drop=True))
    row = sandbox.store.registrants(meeting.webex_id)[0].row
    sandbox.store.register(meeting.webex_id, [row])
    assert len(emails_at_webex(sandbox, meeting)) == 2
    ask(ann)
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), is_erased(ann)) == ([], True)


@pytest.mark.parametrize("fault", [Fault("bulkInsert", status=503), Fault("bulkInsert", status=503, after_write=True)])
def test_whose_call_is_under_way_is_looked_up_first_and_then_removed(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, fault: Fault
) -> None:
    (ann,) = approve(meeting, 1)
    sandbox.faults.add(fault)
    push()
    assert Submission.objects.get().presence == Presence.UNCERTAIN
    ask(ann)
    converge(push, clock)
    assert (emails_at_webex(sandbox, meeting), is_erased(ann)) == ([], True)
    assert len(calls_of(sandbox, "bulkInsert")) == 1


def test_who_went_missing_at_webex_is_erased(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    (ann,) = approve(meeting, 1)
    push()
    sandbox.store.delete(meeting.webex_id, [Submission.objects.get().registrant_id])
    Submission.objects.update(missing_at=timezone.now())
    ask(ann)
    converge(push, clock)
    assert is_erased(ann)


def test_a_place_that_they_leave_goes_to_the_next_in_line(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="at_once", approval="automatic")
    ann = SubmissionFactory(meeting=meeting, approved=True)
    ben = SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    with django_capture_on_commit_callbacks(execute=True):
        ask(ann)
    ben.refresh_from_db()
    assert ben.decision == Decision.APPROVED


# --- meetings that are over, cancelled or gone ------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["over", "cancelled"])
def test_people_are_removed_also_where_the_meeting_is_over_or_cancelled(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, why: str
) -> None:
    ann, ben = approve(meeting, 2)
    approve(meeting, 1, presence=Presence.UNCERTAIN, sent_email="carl@example.com")
    push()
    approve(meeting, 1)
    if why == "over":
        end(meeting)
    else:
        Meeting.objects.update(is_cancelled=True)
    ask(ann)
    report = push()
    assert (report.left, report.in_flight, report.warnings) == (0, 0, [])
    assert is_erased(ann)
    assert ann.decision == (Decision.APPROVED if why == "over" else Decision.CANCELLED)
    ben.refresh_from_db()
    assert ben.email_key in emails_at_webex(sandbox, meeting)
    # Nobody else of such a meeting is registered, looked up or removed.
    assert [call.action for call in Batch.objects.filter(pk__gt=_first_batch_of(ann))] == []
    assert push().batches == 0


def test_a_dry_run_tells_of_the_removals_at_past_meetings(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    ann, _ben = approve(meeting, 2)
    push()
    end(meeting)
    ask(ann)
    ann.refresh_from_db()
    planned = list(preview.calls(Meeting.objects.all(), at=clock()))
    registrants = [{"id": ann.registrant_id}]
    assert [(call.verb, call.body) for call in planned] == [
        ("bulkDelete", {"sendEmail": True, "registrants": registrants})
    ]


def _first_batch_of(person: Submission) -> int:
    return int(person.batch_items.order_by("-batch").values_list("batch", flat=True)[0])


@pytest.mark.parametrize(("status", "is_gone"), [(404, True), (410, True), (400, False), (503, False)])
def test_where_webex_no_longer_has_a_past_meeting_nobody_is_there_any_more(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, status: int, is_gone: bool
) -> None:
    ann, ben = approve(meeting, 2)
    push()
    end(meeting)
    ask(ann)
    sandbox.faults.add(Fault("getMeeting", status=status, times=9))
    report = push()
    assert is_erased(ann) is is_gone
    ben.refresh_from_db()
    assert ben.presence == Presence.REGISTERED
    if is_gone:
        words = "Webex has the meeting no longer, and nobody who was registered for it: everything is erased."
        assert reasons(ann)[1:] == [words]
        assert report.exit_status == 0
    else:
        assert len(report.warnings) == 1
        assert report.exit_status != 0


def test_a_paused_meeting_waits_and_staff_are_told(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    (ann,) = approve(meeting, 1)
    push()
    end(meeting)
    Meeting.objects.update(paused_at=timezone.now(), pause_reason="Because.")
    ask(ann)
    report = push()
    assert (report.exit_status, is_erased(ann)) == (3, False)
    assert report.warnings == [
        "1 person who asked to be erased may still be at Webex. They are removed as soon as nothing is in the way."
    ]
    assert [words for words in report.problems if "is paused: Because." in words]
    resume()
    push()
    assert is_erased(ann)


# --- nothing fills it again -------------------------------------------------------------------------------------------


def sign_up(meeting: Meeting, email: str, *, at: Clock) -> int:
    values = {"first_name": "New", "last_name": "Comer", "email": email}
    return submit.register(meeting, values=values, answers=(), language="en", now=at())


@pytest.mark.parametrize("is_removed", [False, True])
def test_the_same_address_signs_up_again_as_somebody_new(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, is_removed: bool
) -> None:
    Meeting.objects.update(approval="automatic")
    meeting.refresh_from_db()
    (ann,) = approve(meeting, 1, email="ann@example.com")
    push()
    ask(ann)
    if is_removed:
        push()
    new = Submission.objects.get(pk=sign_up(meeting, "Ann@example.com", at=clock))
    assert (new.pk != ann.pk, new.decision) == (True, Decision.APPROVED)
    converge(push, clock)
    new.refresh_from_db()
    assert (is_erased(ann), new.presence) == (True, Presence.REGISTERED)
    assert [row.id for row in sandbox.store.registrants(meeting.webex_id)] == [new.registrant_id]


@pytest.mark.parametrize("is_removed", [False, True])
def test_no_verb_fills_or_sends_them_again(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock, is_removed: bool
) -> None:
    (ann,) = approve(meeting, 1)
    push()
    ask(ann)
    if is_removed:
        push()
    people, staff = Submission.objects.filter(pk=ann.pk), User.objects.create_user("dana")
    before = people.values("decision", "first_name", "email", "email_key", "erased_at", "presence").get()
    for verb in (review.approve, review.reopen):
        assert verb(people, by=staff).changed == 0
    assert review.decline(people, by=staff, reason="Ann").changed == 0
    assert (review.send_again(people).changed, post.again(people, at=clock())) == (0, 0)
    ann.refresh_from_db()
    with pytest.raises(ChangedMeanwhile):
        correct.correct(ann, values={"first_name": "Ann"}, answers=(), by=staff, at=clock())
    Mail.objects.create(submission=ann, kind=Mail.Kind.RECEIVED, queued_at=clock(), due_at=clock())
    assert post.send(Mail.objects.all()).sent == 0
    with Clients() as clients:
        sync.statuses(Meeting.objects.all(), clients=clients)
    drift.look_up_again(people, at=clock())
    if is_removed:
        assert people.values(*before).get() == before
    converge(push, clock)
    assert (is_erased(ann), emails_at_webex(sandbox, meeting), UnknownRegistrant.objects.count()) == (True, [], 0)


def test_a_sync_that_read_webexs_list_before_the_removal_keeps_nothing_of_it(
    sandbox: SandboxServer, meeting: Meeting, push: Push, clock: Clock
) -> None:
    """It goes on with what it read after they were erased, when nothing here tells them from a stranger."""
    (ann,) = approve(meeting, 1)
    push()
    row = sandbox.store.registrants(meeting.webex_id)[0].row
    ask(ann)
    push()
    assert is_erased(ann)
    sandbox.store.register(meeting.webex_id, [row])
    with Clients() as clients:
        sync.statuses(Meeting.objects.all(), clients=clients)
        assert UnknownRegistrant.objects.count() == 0
        # Who is there still when some time has passed is there on their own account.
        clock.ahead = timedelta(hours=1)
        sync.statuses(Meeting.objects.all(), clients=clients, clock=clock)
    assert UnknownRegistrant.objects.count() == 1


def test_the_safety_net_finishes_what_a_dead_run_left() -> None:
    ann = SubmissionFactory(meeting=MeetingFactory())
    Submission.objects.update(erase_asked_at=timezone.now())
    assert moves.finish_erasing(at=timezone.now()) == 1
    assert (is_erased(ann), ann.first_name) == (True, "")
    assert moves.finish_erasing(at=timezone.now()) == 0


def test_many_are_erased_with_as_many_queries_as_few(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    meeting = MeetingFactory(webex_id="")
    SubmissionFactory.create_batch(40, meeting=meeting)
    with django_assert_max_num_queries(60):
        assert len(erase.ask(Submission.objects.all(), at=timezone.now())) == 40
    assert queries.being_erased([meeting]).count() == 0


def test_what_webex_says_of_a_call_that_ends_after_the_wish_is_not_kept(meeting: Meeting, clock: Clock) -> None:
    """Its words may hold the address, and come when everything has been emptied."""
    (ann,) = approve(meeting, 1)
    now = clock()
    later = now + timedelta(hours=1)
    claimed = moves.claim(meeting, Step.REGISTER, limit=5, at=now, lease_ends_at=later, latest_due_at=later)
    assert claimed is not None
    ask(ann)
    words = "ann@example.com is not an address."
    refused = BatchItem.Outcome.REFUSED
    moves.settle(claimed, claimed.pks, to=Presence.REFUSED, outcome=refused, at=now, refusal=words)
    moves.close(claimed.batch, Batch.Outcome.REFUSED, at=now, error=words)
    assert (is_erased(ann), ann.refusal, Batch.objects.get().error) == (True, "", "")


def test_which_past_meetings_are_pushed(meeting: Meeting) -> None:
    person = SubmissionFactory(meeting=meeting, presence=Presence.REGISTERED, registrant_id="r")
    others = [SubmissionFactory(presence=Presence.REGISTERED), SubmissionFactory(meeting__webex_id="")]
    assert list(queries.erasing_meetings(Meeting.objects.all(), at=timezone.now())) == []
    ask(person, *others[1:])
    assert list(queries.erasing_meetings(Meeting.objects.all(), at=timezone.now())) == []
    Meeting.objects.update(is_cancelled=True)
    assert list(queries.erasing_meetings(Meeting.objects.all(), at=timezone.now())) == [meeting]
