"""Decisions that a meeting holds: they change nothing until they are released, and then all that follows."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import TestCase
from django.utils import timezone

from registration import audit
from registration.flow import approval, correct, erase, moves, own, places, release, review
from registration.flow.review import Reviewed
from registration.models import AuditedPerson, AuditEntry, Mail, Meeting, Move, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

everybody = Submission.objects.order_by("pk")


@pytest.fixture
def by() -> User:
    return User.objects.create_user("rita")


@pytest.fixture
def holding() -> Meeting:
    """A meeting that holds its decisions."""
    meeting: Meeting = MeetingFactory(holds_decisions=True, send_email=False)
    return meeting


def held() -> list[tuple[str, str, str]]:
    """Decision, what is held and why, of everybody in order."""
    return list(everybody.values_list("decision", "held_decision", "held_reason"))


def mails() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("kind", flat=True))


def release_all(by: User, **chosen: Any) -> Reviewed:
    return release.release(everybody.filter(**chosen), by=by, at=timezone.now(), seen_at=timezone.now())


def test_a_decision_that_is_held_changes_nothing(holding: Meeting, by: User) -> None:
    person = SubmissionFactory(meeting=holding)
    assert review.approve(everybody, by=by) == Reviewed(0, 0, held=1)
    after = Submission.objects.get()
    assert (after.decision, after.decided_at, after.next_step) == (person.decision, None, person.next_step)
    assert (after.held_decision, after.held_by, after.held_reason) == ("approved", by, "")
    assert (mails(), Move.objects.count()) == ([], 0)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.by, entry.meeting, entry.count) == (audit.Action.HELD, by, holding, 1)
    assert [(each.before, each.after) for each in entry.people.all()] == [("waiting", "approved")]


def test_the_last_word_counts(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding)
    review.approve(everybody, by=by)
    assert review.approve(everybody, by=by) == Reviewed(0, 1, ("1 is held as approved already",))
    assert review.decline(everybody, by=by, reason="Full.") == Reviewed(0, 0, held=1)
    assert held() == [("waiting", "declined", "Full.")]
    assert review.reopen(everybody, by=by) == Reviewed(0, 0, taken_back=1)
    assert held() == [("waiting", "", "")]
    assert review.reopen(everybody, by=by) == Reviewed(0, 1, ("1 was waiting for review already",))


def test_of_several_meetings_only_those_are_held_that_hold_them(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding)
    SubmissionFactory(meeting=MeetingFactory(send_email=False))
    SubmissionFactory(meeting=holding, decision=Decision.CANCELLED)
    assert review.approve(everybody, by=by) == Reviewed(
        1, 1, ("1 is cancelled and must be put back to review first",), held=1
    )
    assert held() == [("waiting", "approved", ""), ("approved", "", ""), ("cancelled", "", "")]


def test_releasing_decides_mails_and_frees_places(holding: Meeting, by: User) -> None:
    Meeting.objects.update(capacity=1, waiting_list="at_once")
    first = SubmissionFactory(meeting=holding, approved=True)
    SubmissionFactory(meeting=holding, decision=Decision.WAITLISTED)
    review.decline(everybody.filter(pk=first.pk), by=by, reason="Full.")
    assert places.taken([holding]) == {holding.pk: (1, 1)}
    other = User.objects.create_user("uma")
    with_commit(lambda: release_all(other, pk=first.pk))
    assert held() == [("declined", "", ""), ("waiting", "", "")]
    assert mails() == ["declined", "moved_up"]
    move = Move.objects.filter(submission=first).get()
    assert (move.before, move.after, move.by, move.reason) == ("approved", "declined", other, "Full.")
    entry = AuditEntry.objects.filter(action=audit.Action.RELEASED).get()
    assert (entry.by, [(each.before, each.after) for each in entry.people.all()]) == (other, [("approved", "declined")])


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_no_place_that_becomes_free_goes_to_somebody_who_is_released_later(
    holding: Meeting, by: User, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "AT_ONCE", 1)
    Meeting.objects.update(capacity=1, waiting_list="at_once")
    SubmissionFactory(meeting=holding, approved=True)
    SubmissionFactory(meeting=holding, decision=Decision.WAITLISTED)
    third = SubmissionFactory(meeting=holding, decision=Decision.WAITLISTED)
    review.decline(everybody.exclude(pk=third.pk), by=by, reason="Full.")
    if verb == "approve":
        review.approve(everybody.filter(decision="waitlisted").exclude(pk=third.pk), by=by)
    with_commit(lambda: release_all(by, held_at__isnull=False))
    if verb == "approve":
        assert [decision for decision, _held, _why in held()] == ["declined", "approved", "waitlisted"]
        assert mails() == ["approved", "declined"]
    else:
        assert [decision for decision, _held, _why in held()] == ["declined", "declined", "waiting"]
        assert mails() == ["declined", "declined", "moved_up"]


def with_commit(work: Any) -> None:
    with TestCase.captureOnCommitCallbacks(execute=True):
        work()


def test_each_is_released_with_the_decision_and_reason_that_is_held(holding: Meeting, by: User) -> None:
    people = SubmissionFactory.create_batch(4, meeting=holding)
    SubmissionFactory(meeting=holding, approved=True)
    review.approve(everybody.filter(pk=people[0].pk), by=by)
    review.decline(everybody.filter(pk=people[1].pk), by=by, reason="Full.")
    review.decline(everybody.filter(pk=people[2].pk), by=by, reason="Late.")
    review.reopen(everybody.filter(decision=Decision.APPROVED), by=by)
    assert release_all(by, held_decision__gt="") == Reviewed(4, 0)
    assert list(everybody.values_list("decision", "decision_reason", "held_decision")) == [
        ("approved", "", ""),
        ("declined", "Full.", ""),
        ("declined", "Late.", ""),
        ("waiting", "", ""),
        ("waiting", "", ""),
    ]
    assert sorted(mails()) == ["approved", "declined", "declined"]


def test_whoever_was_cancelled_erased_changed_or_decided_meanwhile_is_left_and_named(
    holding: Meeting, by: User
) -> None:
    names = ("Cancelled", "Erased", "Changed", "Decided", "Anew", "Fine")
    people = {name: SubmissionFactory(meeting=holding, first_name=name, last_name="X") for name in names}
    review.approve(everybody, by=by)
    seen_at = timezone.now()
    pks = list(everybody.values_list("pk", flat=True))
    own.cancel(Submission.objects.get(pk=people["Cancelled"].pk), at=timezone.now())
    erase.ask(everybody.filter(pk=people["Erased"].pk), at=timezone.now())
    changed = Submission.objects.get(pk=people["Changed"].pk)
    values = {"first_name": "Changed", "last_name": "Y"}
    correct.change(changed, values=values, answers=(), at=timezone.now(), seen=correct.version(changed))
    moves.decide(everybody.filter(pk=people["Decided"].pk), to=Decision.DECLINED, at=timezone.now(), by=by)
    review.decline(everybody.filter(pk=people["Anew"].pk), by=by, reason="No.")
    done = release.release(Submission.objects.filter(pk__in=pks), by=by, at=timezone.now(), seen_at=seen_at)
    references = {name: person.reference for name, person in people.items()}
    erased = Submission.objects.get(pk=people["Erased"].pk)
    assert done == Reviewed(
        1,
        5,
        (
            f"Cancelled X ({references['Cancelled']}): nothing is held any more; the registration is: cancelled",
            f"{erased}: erased meanwhile",
            f"Changed Y ({references['Changed']}): their answers have changed since: look at them, and decide anew",
            f"Decided X ({references['Decided']}): nothing is held any more; the registration is: declined",
            f"Anew X ({references['Anew']}): decided anew since you looked",
        ),
    )
    assert held() == [
        ("cancelled", "", ""),
        ("cancelled", "", ""),
        ("waiting", "approved", ""),
        ("declined", "", ""),
        ("waiting", "declined", "No."),
        ("approved", "", ""),
    ]


def test_whose_answers_changed_is_released_once_it_was_decided_anew(holding: Meeting, by: User) -> None:
    person = SubmissionFactory(meeting=holding)
    review.approve(everybody, by=by)
    values = {"first_name": "Anne", "last_name": "Y"}
    correct.change(person, values=values, answers=(), at=timezone.now(), seen=correct.version(person))
    assert release_all(by).changed == 0
    assert review.approve(everybody, by=by) == Reviewed(0, 0, held=1)
    assert release_all(by) == Reviewed(1, 0)


def test_taking_back_leaves_everybody_as_they_were(holding: Meeting, by: User) -> None:
    SubmissionFactory.create_batch(2, meeting=holding)
    review.approve(everybody, by=by)
    assert release.take_back(everybody.all(), by=by) == Reviewed(2, 0)
    assert held() == [("waiting", "", "")] * 2
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert (entry.action, entry.note) == (audit.Action.HELD, "taken back before it was released")
    assert release.take_back(everybody.all(), by=by) == Reviewed(0, 2, ("nothing is held of 2 any more",))
    assert (Move.objects.count(), mails()) == (0, [])


def test_a_release_is_one_entry_of_the_audit_however_many_transactions_it_takes(
    holding: Meeting, by: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "AT_ONCE", 2)
    people = SubmissionFactory.create_batch(5, meeting=holding)
    review.approve(everybody.filter(pk__in=[people[1].pk, people[4].pk]), by=by)
    review.decline(everybody.filter(pk=people[2].pk), by=by, reason="Full.")
    done = release_all(by)
    entry = AuditEntry.objects.get(action=audit.Action.RELEASED)
    assert (done.entry_pk, entry.meeting, entry.submission, entry.count) == (entry.pk, holding, None, 3)
    assert list(entry.people.values_list("submission", "before", "after")) == [
        (people[1].pk, "waiting", "approved"),
        (people[4].pk, "waiting", "approved"),
        (people[2].pk, "waiting", "declined"),
    ]


def test_a_second_release_finds_nothing_to_do(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding)
    review.approve(everybody, by=by)
    assert (release_all(by).changed, release_all(by).changed) == (1, 0)
    assert (mails(), Move.objects.count()) == (["approved"], 1)


def test_what_is_held_stays_to_be_released_where_the_meeting_holds_no_longer(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding)
    review.approve(everybody, by=by)
    Meeting.objects.update(holds_decisions=False)
    assert release_all(by) == Reviewed(1, 0)
    assert held() == [("approved", "", "")]


def test_rules_and_automatic_approval_are_held_with_the_words_of_the_rule(holding: Meeting, by: User) -> None:
    Meeting.objects.update(approval=Meeting.Approval.RULES)
    rule = ApprovalRuleFactory(meeting=holding)
    person = SubmissionFactory(meeting=Meeting.objects.get(), email="ann@example.com")
    approval.decide(person, {}, at=timezone.now())
    assert held() == [("waiting", "approved", str(rule))]
    assert (Submission.objects.get().held_by, person.decision, mails()) == (None, "waiting", [])
    assert approval.outcome(person) is Mail.Kind.RECEIVED


@pytest.mark.parametrize("staff", ["decline", "reopen"])
def test_an_attendee_does_not_get_round_what_staff_have_decided(holding: Meeting, by: User, staff: str) -> None:
    Meeting.objects.update(approval=Meeting.Approval.AUTOMATIC)
    person = SubmissionFactory(meeting=Meeting.objects.get())
    approval.decide(person, {}, at=timezone.now())
    if staff == "decline":
        review.decline(everybody, by=by, reason="No.")
    else:
        review.reopen(everybody, by=by)
    before = held()
    values = {"first_name": "Anne", "last_name": "Y"}
    correct.change(person, values=values, answers=(), at=timezone.now(), seen=correct.version(person))
    assert held() == before
    own.cancel(Submission.objects.get(), at=timezone.now())
    own.register_again(Submission.objects.get(), at=timezone.now() + timedelta(minutes=1))
    assert held() == [("waiting", "", "")]


def test_a_rule_decides_anew_of_other_answers(holding: Meeting) -> None:
    Meeting.objects.update(approval=Meeting.Approval.RULES)
    ApprovalRuleFactory(meeting=holding, field="first_name", condition="equals", value="Ann")
    person = SubmissionFactory(meeting=Meeting.objects.get(), first_name="Ann")
    approval.decide(person, {}, at=timezone.now())
    assert [row[1] for row in held()] == ["approved"]
    person.refresh_from_db()
    values = {"first_name": "Bo", "last_name": "Y"}
    correct.change(person, values=values, answers=(), at=timezone.now(), seen=correct.version(person))
    assert held() == [("waiting", "", "")]


def test_what_staff_decided_stands_when_a_place_becomes_free(holding: Meeting, by: User) -> None:
    Meeting.objects.update(capacity=1, waiting_list="at_once")
    SubmissionFactory(meeting=holding, decision=Decision.WAITLISTED)
    review.approve(everybody, by=by)
    places.fill([holding.pk], at=timezone.now())
    assert held() == [("waiting", "approved", "")]


def test_an_offer_that_ends_takes_what_is_held_with_it(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding, decision=Decision.OFFERED, offer_ends_at=timezone.now())
    review.approve(everybody, by=by)
    moves.decide(everybody, to=Decision.CANCELLED, at=timezone.now())
    assert held() == [("cancelled", "", "")]


def test_nobody_is_held_as_approved_who_has_not_confirmed(holding: Meeting, by: User) -> None:
    SubmissionFactory(meeting=holding, confirm_by=timezone.now() + timedelta(days=1))
    assert review.approve(everybody, by=by) == Reviewed(0, 1, ("1 has not confirmed their address yet",))
    assert held() == [("waiting", "", "")]


def test_as_many_queries_for_twenty_as_for_two(holding: Meeting, by: User, django_assert_max_num_queries: Any) -> None:
    counts = []
    for size in (2, 20):
        SubmissionFactory.create_batch(size, meeting=holding)
        review.approve(everybody.filter(decision=Decision.WAITING), by=by)
        with django_assert_max_num_queries(60) as asked:
            release_all(by, held_decision="approved")
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert AuditedPerson.objects.filter(entry__action__in=["held", "released"]).count() == 2 * 22
