"""What staff decide: who changes, who is left as they were, and what is said about it."""

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from registration.flow import review
from registration.flow.review import Reviewed
from registration.models import AuditEntry, Mail, Move, Submission
from registration.states import DECISION_MOVES, Decision, Presence, Step, Withdrawal
from tests.cast import MeetingFactory, SubmissionFactory

everybody = Submission.objects.order_by("pk")


@pytest.fixture
def by(db: None) -> User:
    return User.objects.create_user("rita")


def decisions() -> list[str]:
    return list(everybody.values_list("decision", flat=True))


def people(*decisions: Decision) -> None:
    meeting = MeetingFactory()
    for decision in decisions:
        SubmissionFactory(meeting=meeting, decision=decision)


def test_approving_changes_those_who_may_be_approved_and_says_who_may_not(by: User) -> None:
    people(*Decision)
    assert review.approve(everybody, by=by) == Reviewed(
        changed=4,
        skipped=2,
        why=("1 was approved already", "1 is cancelled and must be put back to review first"),
    )
    assert decisions() == ["approved"] * 5 + ["cancelled"]


def test_declining_keeps_the_reason_and_who_gave_it(by: User) -> None:
    people(Decision.WAITING)
    assert review.decline(everybody, by=by, reason="The room is full.") == Reviewed(1, 0)
    submission = Submission.objects.get()
    assert (submission.decision, submission.decision_reason) == ("declined", "The room is full.")
    assert submission.decided_at is not None
    assert list(Move.objects.values_list("subject", "before", "after", "at", "by", "reason")) == [
        ("decision", "waiting", "declined", submission.decided_at, by.pk, "The room is full.")
    ]


def test_several_declined_already_are_counted_together(by: User) -> None:
    people(Decision.DECLINED, Decision.DECLINED, Decision.DECLINED)
    assert review.decline(everybody, by=by, reason="x") == Reviewed(0, 3, ("3 were declined already",))
    assert Move.objects.count() == 0


def test_reopening_brings_everybody_back_to_review(by: User) -> None:
    people(*Decision)
    assert review.reopen(everybody, by=by) == Reviewed(5, 1, ("1 was waiting for review already",))
    assert set(decisions()) == {"waiting"}


def test_a_choice_by_decision_is_counted_as_it_was_before_the_change(by: User) -> None:
    people(Decision.WAITING, Decision.WAITING, Decision.DECLINED)
    waiting = everybody.filter(decision=Decision.WAITING)
    assert review.approve(waiting, by=by) == Reviewed(2, 0)
    assert decisions() == ["approved", "approved", "declined"]


@pytest.mark.parametrize("presence", Presence)
def test_a_decision_changes_whatever_the_presence_at_webex(by: User, presence: Presence) -> None:
    SubmissionFactory(decision=Decision.APPROVED, presence=presence)
    assert review.decline(everybody, by=by, reason="x") == Reviewed(1, 0)
    assert list(everybody.values_list("decision", "presence")) == [("declined", presence.value)]


def test_sending_again_frees_only_approved_people_whom_webex_refused(db: None) -> None:
    meeting = MeetingFactory()
    for decision, presence in (
        (Decision.APPROVED, Presence.REFUSED),
        (Decision.DECLINED, Presence.REFUSED),
        (Decision.APPROVED, Presence.REGISTERED),
        (Decision.APPROVED, Presence.UNCERTAIN),
    ):
        SubmissionFactory(meeting=meeting, decision=decision, presence=presence, refusal="No such country")
    assert review.send_again(everybody) == Reviewed(1, 3, ("2 were not refused by Webex", "1 is not approved"))
    assert list(everybody.values_list("presence", "refusal")) == [
        ("absent", ""),
        ("refused", "No such country"),
        ("registered", "No such country"),
        ("uncertain", "No such country"),
    ]


def test_whom_declining_withdraws_from_webex_is_counted_by_what_happens_there(db: None) -> None:
    rejecting = MeetingFactory(withdrawal=Withdrawal.REJECT)
    removing = MeetingFactory(withdrawal=Withdrawal.REMOVE)
    for presence in Presence:
        SubmissionFactory(meeting=rejecting, decision=Decision.APPROVED, presence=presence)
    SubmissionFactory(meeting=removing, decision=Decision.APPROVED, presence=Presence.REGISTERED)
    SubmissionFactory(meeting=removing, decision=Decision.DECLINED, presence=Presence.REGISTERED)
    # Sending, uncertain and registered people are there, or may be.
    assert review.withdrawals(everybody) == {Withdrawal.REJECT: 3, Withdrawal.REMOVE: 1}


class WhateverTheDecisions(TestCase):
    """Over any mixture of decisions, every verb keeps to the table and accounts for everybody."""

    @given(st.lists(st.sampled_from(Decision), max_size=6), st.sampled_from(["approve", "decline", "reopen"]))
    def test_everybody_is_accounted_for(self, mixture: list[Decision], verb: str) -> None:
        by = User.objects.create_user("rita")
        people(*mixture)
        if verb == "approve":
            to, done = Decision.APPROVED, review.approve(everybody.all(), by=by)
        elif verb == "decline":
            to, done = Decision.DECLINED, review.decline(everybody.all(), by=by, reason="x")
        else:
            to, done = Decision.WAITING, review.reopen(everybody.all(), by=by)
        expected = [to if to in DECISION_MOVES[decision] else decision for decision in mixture]
        changed = sum(to in DECISION_MOVES[decision] for decision in mixture)
        assert decisions() == expected
        assert (done.changed, done.skipped) == (changed, len(mixture) - changed)
        assert Move.objects.count() == changed


# --- what waits for a person ------------------------------------------------------------------------------------------


def test_whom_calls_failed_over_and_over_is_tried_at_once_and_others_wait_on(by: User) -> None:
    meeting = MeetingFactory()
    for facts in ({"failed_calls": 14}, {}, {"failed_calls": 14, "presence": "registered"}):
        SubmissionFactory(meeting=meeting, approved=True, **facts)
    assert review.try_at_once(everybody) == Reviewed(1, 2, ("2 wait for something else",))
    assert list(everybody.values_list("failed_calls", flat=True)) == [0, 0, 14]


@pytest.mark.parametrize(
    ("writes", "moves", "told"),
    [
        # Webex is not called, so that it writes nothing: our last word would be that they are declined.
        (True, ["approve", "decline", "approve"], ["declined", "approved"]),
        (True, ["approve", "reopen", "approve"], ["approved"]),
        (False, ["approve", "decline", "approve"], ["approved", "declined", "approved"]),
        # It is Webex, or its host, who told them so.
        (True, ["approve"], []),
    ],
)
def test_whoever_is_approved_again_before_a_push_is_told_so(
    by: User, writes: bool, moves: list[str], told: list[str]
) -> None:
    there = {"presence": "registered", "webex_status": "approved", "webex_status_at": timezone.now()}
    ann = SubmissionFactory(meeting=MeetingFactory(send_email=writes), **there)
    for move in moves:
        reason = {"reason": "x"} if move == "decline" else {}
        getattr(review, move)(everybody.all(), by=by, **reason)
    ann.refresh_from_db()
    assert ann.next_step is Step.NOTHING
    assert list(Mail.objects.order_by("pk").values_list("kind", flat=True)) == told


def test_what_is_decided_is_asked_for_anew_and_only_the_approved_are_told(by: User) -> None:
    meeting, now = MeetingFactory(send_email=False), timezone.now()
    decided = {"approved": "rejected", "declined": "approved", "waiting": "approved"}
    for decision, status in decided.items():
        there = {"presence": "registered", "webex_status": status, "webex_status_at": now}
        SubmissionFactory(meeting=meeting, decision=decision, decided_at=now, **there)
    SubmissionFactory(meeting=meeting, erase_asked_at=now)
    before = list(everybody.values_list("decision", flat=True))
    assert review.ask_again(everybody, by=by) == Reviewed(3, 1, ("1 was erased",))
    assert list(everybody.values_list("decision", flat=True)) == before
    assert everybody.filter(decided_at__gt=F("webex_status_at")).count() == 3
    assert (Move.objects.count(), list(Mail.objects.values_list("submission__decision", "kind"))) == (
        0,
        [("approved", "approved")],
    )
    entry = AuditEntry.objects.get()
    told = list(entry.people.order_by("submission_id").values_list("before", "after"))
    assert (entry.action, told) == ("retried", [(decision, decision) for decision in decided])
