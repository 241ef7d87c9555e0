"""Undoing decisions: what it does is shown first, and is what is done."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration import audit, wording
from registration.flow import moves, places, release, review, undo
from registration.models import AuditEntry, Mail, Meeting, Move, Submission
from registration.states import (
    DECISION_MOVES,
    UNDO_MOVES,
    Decision,
    Policy,
    Presence,
    Step,
    WaitingList,
    WebexStatus,
    Withdrawal,
    next_step,
)
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.undoing import commit, decided, people, undone

pytestmark = pytest.mark.django_db

OVER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


# --- the table --------------------------------------------------------------------------------------------------------


def test_undoing_allows_one_move_more_and_no_other() -> None:
    more = {decision: UNDO_MOVES[decision] - DECISION_MOVES[decision] for decision in UNDO_MOVES}
    assert more == {
        Decision.WAITING: {Decision.WAITLISTED},
        Decision.APPROVED: {Decision.WAITLISTED},
        Decision.DECLINED: {Decision.WAITLISTED},
        Decision.WAITLISTED: set(),
        Decision.CANCELLED: set(),
    }


@pytest.mark.parametrize("policy", [Policy(approves, rule) for approves, rule in product([True, False], Withdrawal)])
def test_whoever_goes_back_to_the_waiting_list_is_not_left_approved_at_webex(policy: Policy) -> None:
    """The extra move leads nowhere that the plan does not know: as from any decision, it says what to tell Webex."""
    for presence, status, is_moved_back in product(Presence, (None, *WebexStatus), (False, True)):
        step = next_step(
            Decision.WAITLISTED, presence, status, policy, is_decided_since=True, is_moved_back=is_moved_back
        )
        expected = Step.LOOK_UP if presence is Presence.UNCERTAIN else Step.NOTHING
        if presence is Presence.REGISTERED and status is WebexStatus.APPROVED:
            expected = Step.MOVE_TO_PENDING
        assert step is expected


# --- one person -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [Decision.WAITING, Decision.DECLINED, Decision.WAITLISTED])
def test_an_approval_is_undone(dana: User, before: Decision) -> None:
    ann = SubmissionFactory(decision=before)
    review.approve(people(ann), by=dana)
    assert undone(ann, by=dana) is not None
    now = Submission.objects.get()
    assert (now.decision, now.in_line_since) == (before, ann.in_line_since)
    assert list(Move.objects.values_list("before", "after", "by")) == [
        ("approved", before, dana.pk),
        (before, "approved", dana.pk),
    ]
    (entry,) = AuditEntry.objects.filter(action="undone")
    assert list(entry.people.values_list("submission", "before", "after")) == [(ann.pk, "approved", before)]


def test_the_reason_with_which_somebody_was_declined_holds_again(dana: User) -> None:
    ann = SubmissionFactory()
    review.decline(people(ann), by=dana, reason="The room is full.")
    review.approve(people(ann), by=dana)
    undone(ann, by=dana)
    assert list(Submission.objects.values_list("decision", "decision_reason")) == [("declined", "The room is full.")]
    assert written()[-1] == (ann.email, "declined")


def test_the_words_of_a_rule_that_declined_are_not_told_as_a_persons(dana: User) -> None:
    ann = SubmissionFactory()
    now = timezone.now()
    moves.decide(people(ann), to=Decision.DECLINED, at=now, reason="by the rule “E-mail contains @evil: decline”")
    review.approve(people(ann), by=dana)
    undone(ann, by=dana)
    ann.refresh_from_db()
    assert (ann.decision, ann.decision_reason, wording.reason(ann)) == ("declined", "", "")


def test_whoever_was_offered_a_place_is_in_line_again_and_offered_the_next_one(dana: User) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list=WaitingList.OFFER)
    first, second = (
        SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED, submitted_at=datetime(2026, 11, n, tzinfo=UTC))
        for n in (1, 2)
    )
    places.fill([meeting.pk], at=timezone.now())
    review.approve(people(first), by=dana)
    undone(first, by=dana)
    commit()
    assert [person.decision for person in people(first, second).order_by("pk")] == ["offered", "waitlisted"]
    assert people(first).get().in_line_since == first.in_line_since


def test_what_was_decided_since_is_not_touched(dana: User) -> None:
    ann = SubmissionFactory()
    review.approve(people(ann), by=dana)
    move = undo.last_of(people(ann).get())
    assert move is not None
    shown = undo.of_move(move, at=timezone.now()).fingerprint
    review.decline(people(ann), by=dana, reason="No")
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is None
    again = undo.of_move(move, at=timezone.now())
    assert (again.people, dict(again.left)) == ([], {undo.CHANGED: 1})
    assert people(ann).get().decision == "declined"


def test_an_undo_is_undone_as_well_and_twice_does_nothing(dana: User) -> None:
    ann = SubmissionFactory(decision=Decision.WAITLISTED)
    review.approve(people(ann), by=dana)
    move = undo.last_of(people(ann).get())
    assert move is not None
    shown = undo.of_move(move, at=timezone.now()).fingerprint
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is not None
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is None
    undone(ann, by=dana)
    assert people(ann).get().decision == "approved"


def test_what_an_attendee_decided_is_theirs(dana: User) -> None:
    ann = SubmissionFactory(approved=True)
    moves.decide(people(ann), to=Decision.CANCELLED, at=timezone.now(), reason="by the attendee")
    assert undo.last_of(people(ann).get()) is None


@pytest.mark.parametrize("change", [{"erase_asked_at": "2026-11-20T09:00:00Z"}, {"confirm_by": "2026-12-20T09:00:00Z"}])
def test_the_erased_and_the_unconfirmed_are_left_as_they_are(dana: User, change: dict[str, str]) -> None:
    ann = SubmissionFactory(approved=True)
    review.reopen(people(ann), by=dana)
    move = undo.last_of(people(ann).get())
    assert move is not None
    people(ann).update(**change)
    plan = undo.of_move(move, at=timezone.now())
    assert (plan.people, sum(plan.left.values())) == ([], 1)


# --- what it does at Webex, and which mails it causes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("presence", "status", "withdrawal", "before", "step"),
    [
        (Presence.ABSENT, "", Withdrawal.REJECT, Decision.WAITING, Step.NOTHING),
        (Presence.REGISTERED, "approved", Withdrawal.REJECT, Decision.WAITING, Step.MOVE_TO_PENDING),
        (Presence.REGISTERED, "approved", Withdrawal.REJECT, Decision.WAITLISTED, Step.MOVE_TO_PENDING),
        (Presence.REGISTERED, "pending", Withdrawal.REJECT, Decision.WAITING, Step.NOTHING),
        (Presence.REGISTERED, "approved", Withdrawal.REJECT, Decision.DECLINED, Step.REJECT),
        (Presence.REGISTERED, "approved", Withdrawal.REMOVE, Decision.DECLINED, Step.REMOVE),
        (Presence.UNCERTAIN, "", Withdrawal.REJECT, Decision.WAITING, Step.LOOK_UP),
    ],
)
def test_undoing_an_approval_says_what_the_push_does_and_the_push_is_asked_for_just_that(
    dana: User, presence: Presence, status: str, withdrawal: Withdrawal, before: Decision, step: Step
) -> None:
    meeting = MeetingFactory(withdrawal=withdrawal)
    ann = SubmissionFactory(meeting=meeting, decision=before)
    review.approve(people(ann), by=dana)
    people(ann).update(presence=presence, webex_status=status, due_at=timezone.now(), webex_status_at=timezone.now())
    plan = undone(ann, by=dana)
    assert plan is not None
    assert (list(plan.steps), people(ann).get().next_step) == ([step], step)


@pytest.mark.parametrize("is_missing", [True, False])
def test_undoing_a_decline_registers_or_approves_again(dana: User, is_missing: bool) -> None:
    ann = SubmissionFactory(approved=True)
    review.decline(people(ann), by=dana, reason="No")
    if not is_missing:
        now = timezone.now()
        people(ann).update(presence=Presence.REGISTERED, webex_status="rejected", webex_status_at=now)
    plan = undone(ann, by=dana)
    assert plan is not None
    expected = Step.REGISTER if is_missing else Step.APPROVE
    assert (list(plan.steps), people(ann).get().next_step) == ([expected], expected)


@pytest.mark.parametrize("send_email", [True, False])
@pytest.mark.parametrize(
    ("presence", "steps", "called"), [(Presence.SENDING, [], 1), (Presence.UNCERTAIN, [Step.LOOK_UP], 0)]
)
def test_of_whom_a_call_is_under_way_or_unknown_it_says_so_and_that_webex_may_mail_them(
    dana: User, presence: Presence, steps: list[Step], called: int, send_email: bool
) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(send_email=send_email))
    review.approve(people(ann), by=dana)
    people(ann).update(presence=presence, due_at=timezone.now())
    plan = undone(ann, by=dana)
    assert plan is not None
    assert (list(plan.steps), plan.called, plan.mailed_by_webex) == (steps, called, int(send_email))


@pytest.mark.parametrize("is_earlier", [True, False])
def test_what_was_shown_before_a_call_began_or_ended_is_not_done(dana: User, is_earlier: bool) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(send_email=False))
    review.approve(people(ann), by=dana)
    sending = {"presence": Presence.SENDING, "due_at": timezone.now()}
    if not is_earlier:
        people(ann).update(**sending)
    move = undo.last_of(people(ann).get())
    assert move is not None
    shown = undo.of_move(move, at=timezone.now()).fingerprint
    people(ann).update(**(sending if is_earlier else {"presence": Presence.ABSENT, "due_at": None}))
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is None


@pytest.mark.parametrize(
    "change", [{"webex_id": ""}, {"is_cancelled": True}, {"start_at": OVER, "end_at": OVER + timedelta(hours=1)}]
)
def test_where_nothing_is_sent_to_webex_any_more_nothing_is_done_there(dana: User, change: dict[str, Any]) -> None:
    ann = SubmissionFactory()
    review.approve(people(ann), by=dana)
    people(ann).update(presence=Presence.REGISTERED, webex_status="approved")
    Meeting.objects.update(**change)
    plan = undone(ann, by=dana)
    assert plan is not None
    assert list(plan.steps) == [Step.NOTHING]


@pytest.mark.parametrize("send_email", [True, False])
@pytest.mark.parametrize("before", [Decision.WAITING, Decision.APPROVED, Decision.DECLINED, Decision.WAITLISTED])
def test_the_mails_that_are_written_are_those_that_were_told(dana: User, before: Decision, send_email: bool) -> None:
    meeting = MeetingFactory(send_email=send_email)
    ann = SubmissionFactory(meeting=meeting, decision=before)
    if before is Decision.APPROVED:
        review.decline(people(ann), by=dana, reason="No")
    else:
        review.approve(people(ann), by=dana)
    Mail.objects.all().delete()
    plan = undone(ann, by=dana)
    assert plan is not None
    assert [kind for _email, kind in written()] == list(plan.mails)
    told: dict[Decision, list[Mail.Kind]] = {
        Decision.WAITING: [],
        Decision.APPROVED: [] if send_email else [Mail.Kind.APPROVED],
        Decision.DECLINED: [Mail.Kind.DECLINED],
        Decision.WAITLISTED: [Mail.Kind.WAITLISTED],
    }
    assert list(plan.mails) == told[before]


def test_whoever_is_approved_at_webex_all_the_time_is_told_by_us(dana: User) -> None:
    ann = SubmissionFactory(presence=Presence.REGISTERED, webex_status="approved", webex_status_at=timezone.now())
    review.approve(people(ann), by=dana)
    review.decline(people(ann), by=dana, reason="No")
    plan = undone(ann, by=dana)
    assert plan is not None
    assert (list(plan.steps), list(plan.mails), plan.mailed_by_webex) == ([Step.NOTHING], [Mail.Kind.APPROVED], 0)
    assert [kind for _email, kind in written()] == ["declined", "approved"]


# --- which places it takes and frees ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "verb", "capacity", "taking", "freeing"),
    [
        ("waiting", "approve", 1, 0, 0),
        ("declined", "approve", 1, 0, 1),
        ("declined", "approve", None, 0, 0),
        ("waitlisted", "approve", 1, 0, 1),
        ("waitlisted", "decline", 1, 0, 0),
        ("waiting", "decline", 1, 1, 0),
        ("approved", "decline", None, 1, 0),
    ],
)
def test_a_place_is_taken_or_freed_where_one_of_both_decisions_has_one(
    dana: User, before: str, verb: str, capacity: int | None, taking: int, freeing: int
) -> None:
    cy = SubmissionFactory(meeting=MeetingFactory(capacity=capacity), decision=before)
    if verb == "approve":
        review.approve(people(cy), by=dana)
    else:
        review.decline(people(cy), by=dana, reason="No")
    plan = undone(cy, by=dana)
    assert plan is not None
    assert (plan.taking[cy.meeting_id], plan.freeing[cy.meeting_id]) == (taking, freeing)


# --- many at once -----------------------------------------------------------------------------------------------------


def test_each_goes_back_to_where_they_were_and_who_does_not_is_counted(dana: User) -> None:
    was = [Decision.WAITING, Decision.DECLINED, Decision.WAITLISTED]
    chosen = [SubmissionFactory(decision=decision) for decision in (*was, Decision.WAITING, Decision.WAITING)]
    review.approve(people(*chosen), by=dana)
    entry = decided(audit.Action.APPROVED, *chosen, by=dana)
    review.decline(people(chosen[3]), by=dana, reason="No")
    people(chosen[4]).update(erase_asked_at=timezone.now())
    plan = undo.of_entry(entry, Submission.objects.all(), at=timezone.now())
    assert dict(plan.left) == {undo.CHANGED: 1, undo.ERASED: 1}
    done = undo.entry_back(entry, Submission.objects.all(), by=dana, at=timezone.now(), shown=plan.fingerprint)
    assert done is not None
    assert [person.decision for person in people(*chosen).order_by("pk")] == [*was, "declined", "approved"]
    assert AuditEntry.objects.filter(action="undone").count() == 3


def test_undoing_what_was_undone_brings_everybody_back_at_once(dana: User) -> None:
    """Wherever they went: it is one deed, and one entry for each meeting."""
    one, other = MeetingFactory(), MeetingFactory()
    was = [(one, Decision.WAITING), (one, Decision.DECLINED), (other, Decision.WAITLISTED), (other, Decision.WAITING)]
    chosen = [SubmissionFactory(meeting=meeting, decision=decision) for meeting, decision in was]
    review.approve(people(*chosen), by=dana)
    everybody = Submission.objects.order_by("pk")
    for action, after in (("approved", [decision for _meeting, decision in was]), ("undone", ["approved"] * 4)):
        entry = AuditEntry.objects.filter(action=action).latest("pk")
        plan = undo.of_entry(entry, everybody, at=timezone.now())
        assert undo.entry_back(entry, everybody, by=dana, at=timezone.now(), shown=plan.fingerprint) is not None
        assert list(everybody.values_list("decision", flat=True)) == after
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "meeting", "count")) == [
        (action, meeting.pk, 2) for action in ("approved", "undone", "undone") for meeting in (one, other)
    ]


def test_only_those_are_put_back_whom_the_user_may_review(dana: User) -> None:
    hers, others = SubmissionFactory(), SubmissionFactory()
    review.approve(people(hers, others), by=dana)
    entry = decided(audit.Action.APPROVED, hers, others, by=dana)
    plan = undo.of_entry(entry, people(hers), at=timezone.now())
    undo.entry_back(entry, people(hers), by=dana, at=timezone.now(), shown=plan.fingerprint)
    assert [person.decision for person in people(hers, others).order_by("pk")] == ["waiting", "approved"]


def test_a_decision_after_the_entry_is_another_even_if_it_is_the_same(dana: User) -> None:
    ann = SubmissionFactory()
    review.approve(people(ann), by=dana)
    entry = decided(audit.Action.APPROVED, ann, by=dana)
    review.reopen(people(ann), by=dana)
    review.approve(people(ann), by=dana)
    Move.objects.filter(pk=Move.objects.latest("pk").pk).update(at=timezone.now() + timedelta(seconds=1))
    plan = undo.of_entry(entry, Submission.objects.all(), at=timezone.now())
    assert (plan.people, dict(plan.left)) == ([], {undo.CHANGED: 1})


@pytest.mark.parametrize("size", [2, 20])
def test_a_plan_needs_as_many_queries_for_twenty_as_for_two(
    dana: User, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    chosen = SubmissionFactory.create_batch(size)
    review.approve(people(*chosen), by=dana)
    entry = decided(audit.Action.APPROVED, *chosen, by=dana)
    with django_assert_num_queries(4):
        assert len(undo.of_entry(entry, Submission.objects.all(), at=timezone.now()).people) == size


def test_one_deed_is_written_down_once(dana: User) -> None:
    ann = SubmissionFactory()
    review.approve(people(ann), by=dana)
    undone(ann, by=dana)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["approved", "undone"]


@pytest.mark.parametrize("is_by_rule", [False, True])
def test_what_was_held_and_released_is_undone(dana: User, is_by_rule: bool) -> None:
    chosen = SubmissionFactory.create_batch(2, meeting=MeetingFactory(holds_decisions=True))
    review.approve(people(*chosen), by=dana)
    if is_by_rule:
        people(*chosen).update(held_by=None)
    now = timezone.now()
    release.release(people(*chosen), by=dana, at=now, seen_at=now)
    entry = AuditEntry.objects.latest("pk")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["held", "released"]
    plan = undo.of_entry(entry, Submission.objects.all(), at=timezone.now())
    assert (len(plan.people), dict(plan.left)) == (2, {})
    undo.entry_back(entry, Submission.objects.all(), by=dana, at=timezone.now(), shown=plan.fingerprint)
    assert set(Submission.objects.values_list("decision", "held_decision")) == {("waiting", "")}
