"""Undoing brings back what a decision had ended: that an address is to be confirmed, and that a rule held somebody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration import audit
from registration.flow import confirm, moves, review, submit, undo
from registration.models import Mail, Meeting, Submission
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.undoing import decided, people, undone

pytestmark = pytest.mark.django_db

OVER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def dana(db: None) -> User:
    return User.objects.create_user("dana")


# --- whose address was not confirmed yet ------------------------------------------------------------------------------


def unconfirmed(**facts: Any) -> Submission:
    """Ann, who has signed up for a meeting that confirms addresses, and has not followed the link yet."""
    meeting = MeetingFactory(**{"confirms_address": True, "confirm_hours": 4} | facts)
    values = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
    pk = submit.register(meeting, values=values, answers=(), language="en", now=timezone.now() - timedelta(hours=1))
    return Submission.objects.get(pk=pk)


def kinds() -> list[str]:
    return [kind for _email, kind in written()]


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        ({"approval": "automatic"}, "waiting", "approved"),
        ({"capacity": 0, "waiting_list": "at_once"}, "waitlisted", "waitlisted"),
    ],
)
def test_whoever_had_not_confirmed_their_address_is_asked_for_it_again_and_decided_about_then(
    dana: User, facts: dict[str, Any], before: str, after: str
) -> None:
    ann = unconfirmed(**facts)
    review.decline(people(ann), by=dana, reason="No")
    plan = undone(ann, by=dana)
    assert plan is not None
    assert (plan.asked, list(plan.mails)) == (1, ["confirm"])
    ann.refresh_from_db()
    in_time = ann.moves.latest("pk").at + timedelta(hours=4)
    assert (ann.decision, ann.confirm_by, ann.confirmed_at) == (before, in_time, None)
    assert kinds() == ["confirm", "declined", "confirm"]
    assert confirm.by_owner(ann.pk, at=timezone.now())
    assert people(ann).get().decision == after


@pytest.mark.parametrize(
    ("of_her", "of_meeting"),
    [
        ({"confirmed_at": OVER, "confirm_by": None}, {}),
        ({}, {"confirms_address": False}),
        ({}, {"is_cancelled": True}),
        ({}, {"start_at": OVER, "end_at": OVER + timedelta(hours=1)}),
    ],
)
def test_nobody_is_asked_who_has_confirmed_nor_where_no_address_is_confirmed_any_more(
    dana: User, of_her: dict[str, Any], of_meeting: dict[str, Any]
) -> None:
    ann = unconfirmed()
    people(ann).update(**of_her)
    review.decline(people(ann), by=dana, reason="No")
    Meeting.objects.update(**of_meeting)
    plan = undone(ann, by=dana)
    assert plan is not None
    assert (plan.asked, kinds()) == (0, ["confirm", "declined"])
    assert people(ann).get().confirm_by is None


def test_who_never_was_asked_to_confirm_an_address_is_not_asked_now(dana: User) -> None:
    ann = SubmissionFactory(meeting=MeetingFactory(confirms_address=True))
    review.decline(people(ann), by=dana, reason="No")
    undone(ann, by=dana)
    assert (people(ann).get().confirm_by, kinds()) == (None, ["declined"])


def test_who_was_not_asked_any_more_when_they_were_declined_is_not_asked_now(dana: User) -> None:
    ann = unconfirmed()
    review.decline(people(ann), by=dana, reason="No")
    review.reopen(people(ann), by=dana)
    review.decline(people(ann), by=dana, reason="No")
    undone(ann, by=dana)
    assert (people(ann).get().confirm_by, kinds()) == (None, ["confirm", "declined", "declined"])


def test_who_is_asked_again_and_declined_again_is_asked_once_more(dana: User) -> None:
    ann = unconfirmed()
    for _time in range(2):
        review.decline(people(ann), by=dana, reason="No")
        undone(ann, by=dana)
    assert people(ann).get().confirm_by is not None
    assert kinds() == ["confirm", "declined", "confirm", "declined", "confirm"]


def test_what_was_shown_before_a_meeting_confirmed_addresses_is_not_done(dana: User) -> None:
    ann = unconfirmed()
    review.decline(people(ann), by=dana, reason="No")
    Meeting.objects.update(confirms_address=False)
    move = undo.last_of(people(ann).get())
    assert move is not None
    shown = undo.of_move(move, at=timezone.now()).fingerprint
    Meeting.objects.update(confirms_address=True)
    assert undo.move_back(move, by=dana, at=timezone.now(), shown=shown) is None
    assert people(ann).get().decision == "declined"


def test_to_ask_many_for_their_addresses_takes_one_query_more(
    dana: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    meeting = MeetingFactory(confirms_address=True)
    chosen = SubmissionFactory.create_batch(9, meeting=meeting, confirm_by=timezone.now() + timedelta(hours=1))
    Mail.objects.bulk_create(Mail(submission=each, kind="confirm", queued_at=OVER) for each in chosen)
    review.decline(people(*chosen), by=dana, reason="No")
    entry = decided(audit.Action.DECLINED, *chosen, by=dana)
    Mail.objects.filter(kind="declined").delete()
    with django_assert_num_queries(5):
        assert undo.of_entry(entry, Submission.objects.all(), at=timezone.now()).asked == 9


# --- whom a rule held for review --------------------------------------------------------------------------------------


def held(submission: Submission) -> str:
    return people(submission).get().review_note


def hold(submission: Submission, words: str) -> None:
    assert moves.hold_for_review(people(submission), words=words, at=timezone.now()) == [submission.pk]


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_whom_a_rule_held_for_review_is_held_by_it_again(dana: User, verb: str) -> None:
    dee = SubmissionFactory()
    hold(dee, "an older rule")
    hold(dee, "a rule")
    for _time in range(2):
        if verb == "approve":
            review.approve(people(dee), by=dana)
        else:
            review.decline(people(dee), by=dana, reason="No")
        assert held(dee) == ""
        plan = undone(dee, by=dana)
        assert plan is not None
        assert (plan.held_for_review, held(dee)) == (1, "a rule")
    moved = dee.moves.order_by("at", "pk").values_list("subject", "after", "reason")
    assert list(moved)[-2:] == [("decision", "waiting", ""), ("hold", "", "a rule")]


def test_whom_no_rule_held_any_more_is_not_held_again(dana: User) -> None:
    dee = SubmissionFactory()
    hold(dee, "a rule")
    review.approve(people(dee), by=dana)
    review.reopen(people(dee), by=dana)
    review.approve(people(dee), by=dana)
    plan = undone(dee, by=dana)
    assert plan is not None
    assert (plan.held_for_review, held(dee)) == (0, "")


def test_whoever_does_not_go_back_to_review_is_not_held(dana: User) -> None:
    dee = SubmissionFactory()
    hold(dee, "a rule")
    review.approve(people(dee), by=dana)
    review.decline(people(dee), by=dana, reason="No")
    undone(dee, by=dana)
    assert (people(dee).get().decision, held(dee)) == ("approved", "")


def test_each_is_held_by_their_own_rule_again(dana: User) -> None:
    dee, eli, fay = SubmissionFactory.create_batch(3)
    hold(dee, "a rule")
    hold(eli, "another rule")
    review.approve(people(dee, eli, fay), by=dana)
    entry = decided(audit.Action.APPROVED, dee, eli, fay, by=dana)
    plan = undo.of_entry(entry, Submission.objects.all(), at=timezone.now())
    undo.entry_back(entry, Submission.objects.all(), by=dana, at=timezone.now(), shown=plan.fingerprint)
    assert [held(each) for each in (dee, eli, fay)] == ["a rule", "another rule", ""]
