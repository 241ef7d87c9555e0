"""A meeting's places: who has one, who waits in line, and who moves up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from registration import line
from registration.flow import moves, places
from registration.models import Meeting, Move, Submission
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, SubmissionFactory
from tests.letters import written
from tests.pages import HOUR

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def meeting_with(**facts: Any) -> Meeting:
    return MeetingFactory(**{"start_at": NOW + timedelta(days=9), "capacity": 2, "waiting_list": "at_once"} | facts)


def person(meeting: Meeting, name: str, decision: str = "waitlisted", **facts: Any) -> Submission:
    return SubmissionFactory(meeting=meeting, email=f"{name}@example.com", decision=decision, **facts)


def line_of(meeting: Meeting, *names: str) -> list[Submission]:
    """People in line, in this order, whoever was stored first."""
    since = {name: NOW - HOUR + timedelta(minutes=number) for number, name in enumerate(names)}
    stored = {name: person(meeting, name, in_line_since=since[name]) for name in sorted(names, reverse=True)}
    return [stored[name] for name in names]


def decisions(meeting: Meeting) -> dict[str, str]:
    return {
        email.partition("@")[0]: decision
        for email, decision in meeting.submissions.order_by("email").values_list("email", "decision")
    }


def of(*people: Submission) -> "QuerySet[Submission]":
    return Submission.objects.filter(pk__in=[each.pk for each in people])


# --- counting ---------------------------------------------------------------------------------------------------------


def test_who_waits_is_approved_or_was_offered_a_place_takes_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    first, second, empty = meeting_with(), meeting_with(), meeting_with()
    for decision in Decision:
        person(first, decision, decision)
    person(second, "ann")
    with django_assert_num_queries(1):
        assert places.taken([first, second, empty]) == {first.pk: (3, 1), second.pk: (0, 1)}


def test_a_meeting_is_overbooked_by_how_many_more_are_taken_than_there_are() -> None:
    full, over, unlimited = meeting_with(capacity=1), meeting_with(capacity=1), meeting_with(capacity=None)
    for meeting, count in ((full, 1), (over, 3), (unlimited, 2)):
        SubmissionFactory.create_batch(count, meeting=meeting, approved=True)
    assert places.overbooked([full, over, unlimited]) == {over.pk: 2}


def test_everybody_in_line_knows_their_place_in_it(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    meeting, other = meeting_with(), meeting_with()
    cy, ann, bo = line_of(meeting, "cy", "ann", "bo")
    twin = person(meeting, "twin", in_line_since=bo.in_line_since)
    elsewhere, placed = person(other, "ann"), person(meeting, "dee", "waiting")
    erasing = person(meeting, "eve", in_line_since=NOW - 2 * HOUR, erase_asked_at=NOW)
    # Of two who came in the same microsecond, whoever was stored first.
    expected = {cy.pk: 1, ann.pk: 2, bo.pk: 3, twin.pk: 4, elsewhere.pk: 1}
    everybody = [*expected, placed.pk, erasing.pk]
    with django_assert_num_queries(1):
        assert line.positions(everybody) == expected
    assert [line.position(each) for each in (cy, bo, placed)] == [1, 3, None]


# --- moving up --------------------------------------------------------------------------------------------------------


def test_the_first_in_line_get_the_free_places_at_once_and_are_mailed() -> None:
    meeting = meeting_with(capacity=3)
    person(meeting, "zoe", "approved")
    line_of(meeting, "cy", "ann", "bo")
    assert places.fill([meeting.pk], at=NOW) == 2
    assert decisions(meeting) == {"zoe": "approved", "cy": "waiting", "ann": "waiting", "bo": "waitlisted"}
    assert written() == [("cy@example.com", "moved_up"), ("ann@example.com", "moved_up")]
    move = Move.objects.get(submission__email="cy@example.com")
    assert (move.before, move.after, move.at, move.by, move.reason) == (
        "waitlisted",
        "waiting",
        NOW,
        None,
        "a place has become free",
    )
    assert places.fill([meeting.pk], at=NOW) == 0


@pytest.mark.parametrize(
    ("facts", "ends_at"),
    [
        ({}, NOW + 24 * HOUR),
        ({"offer_hours": 3}, NOW + 3 * HOUR),
        ({"start_at": NOW + 2 * HOUR}, NOW + 2 * HOUR),
        ({"start_at": NOW - HOUR, "end_at": NOW + 4 * HOUR}, NOW + 4 * HOUR),
    ],
)
def test_an_offer_ends_after_its_hours_and_before_the_meeting_does(facts: dict[str, Any], ends_at: datetime) -> None:
    meeting = meeting_with(**{"capacity": 1, "waiting_list": "offer"} | facts)
    line_of(meeting, "ann", "bo")
    assert places.fill([meeting.pk], at=NOW) == 1
    assert decisions(meeting) == {"ann": "offered", "bo": "waitlisted"}
    assert meeting.submissions.get(decision="offered").offer_ends_at == ends_at
    assert written() == [("ann@example.com", "offered")]


def test_an_offer_holds_its_place() -> None:
    meeting = meeting_with(capacity=1, waiting_list="offer")
    line_of(meeting, "ann", "bo")
    assert [places.fill([meeting.pk], at=NOW), places.fill([meeting.pk], at=NOW)] == [1, 0]


@pytest.mark.parametrize(
    "facts",
    [
        {"waiting_list": "none"},
        {"is_cancelled": True},
        {"start_at": NOW - HOUR, "end_at": NOW},
        {"capacity": 0},
    ],
)
def test_nobody_moves_up_where_the_line_does_not_move_or_no_place_is_free(facts: dict[str, Any]) -> None:
    meeting = meeting_with(**facts)
    line_of(meeting, "ann")
    assert (places.fill([meeting.pk], at=NOW), decisions(meeting), written()) == (0, {"ann": "waitlisted"}, [])


@pytest.mark.parametrize(("rule", "decision"), [("none", "waiting"), ("at_once", "waiting"), ("offer", "offered")])
def test_where_there_is_no_limit_any_more_everybody_moves_up(
    rule: str, decision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_AT_ONCE", 2)
    meeting = meeting_with(capacity=None, waiting_list=rule)
    line_of(meeting, "ann", "bo", "cy")
    assert places.fill([meeting.pk], at=NOW) == 3
    assert decisions(meeting) == dict.fromkeys(["ann", "bo", "cy"], decision)


def test_staff_may_have_overbooked_the_meeting() -> None:
    meeting = meeting_with(capacity=1)
    SubmissionFactory.create_batch(3, meeting=meeting, approved=True)
    line_of(meeting, "ann")
    assert places.fill([meeting.pk], at=NOW) == 0


def test_whoever_is_to_be_erased_does_not_hold_up_the_line() -> None:
    meeting = meeting_with(capacity=1)
    person(meeting, "eve", in_line_since=NOW - 9 * HOUR, erase_asked_at=NOW)
    line_of(meeting, "ann")
    assert places.fill([meeting.pk], at=NOW) == 1
    assert decisions(meeting) == {"ann": "waiting", "eve": "waitlisted"}


def test_who_has_not_confirmed_yet_keeps_their_turn_and_is_not_decided_about(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    meeting = meeting_with(capacity=1, approval="automatic", confirms_address=True)
    ann, _bo = line_of(meeting, "ann", "bo")
    of(ann).update(confirm_by=NOW + HOUR)
    places.fill([meeting.pk], at=NOW)
    assert decisions(meeting) == {"ann": "waiting", "bo": "waitlisted"}
    assert Submission.objects.get(pk=ann.pk).confirm_by == NOW + HOUR


def test_whose_time_to_confirm_is_up_is_passed_over() -> None:
    meeting = meeting_with(capacity=1)
    ann, _bo = line_of(meeting, "ann", "bo")
    of(ann).update(confirm_by=NOW)
    places.fill([meeting.pk], at=NOW)
    assert decisions(meeting) == {"ann": "waitlisted", "bo": "waiting"}


def test_whoever_moves_up_is_decided_about_and_whom_a_rule_declines_makes_room_for_the_next() -> None:
    meeting = meeting_with(capacity=1, approval="rules")
    ApprovalRuleFactory(meeting=meeting, order=0, value="ann@", condition="beginsWith", result="reject")
    ApprovalRuleFactory(meeting=meeting, order=1)
    line_of(meeting, "ann", "bo", "cy")
    assert places.fill([meeting.pk], at=NOW) == 2
    assert decisions(meeting) == {"ann": "declined", "bo": "approved", "cy": "waitlisted"}
    assert written() == [("ann@example.com", "declined"), ("bo@example.com", "moved_up")]


def test_the_line_moves_once_the_callers_transaction_is_over(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    meeting = meeting_with(capacity=1)
    line_of(meeting, "ann")
    with django_capture_on_commit_callbacks(execute=True):
        places.fill_once_committed([meeting.pk], at=NOW)
        assert decisions(meeting) == {"ann": "waitlisted"}
    assert decisions(meeting) == {"ann": "waiting"}


def test_only_meetings_whose_line_moves_and_where_somebody_waits_have_a_line() -> None:
    waiting, unlimited = meeting_with(), meeting_with(capacity=None, waiting_list="none")
    stopped, cancelled = meeting_with(waiting_list="none"), meeting_with(is_cancelled=True)
    over, empty = meeting_with(end_at=NOW, start_at=NOW - HOUR), meeting_with()
    for meeting in (waiting, unlimited, stopped, cancelled, over):
        line_of(meeting, "ann")
    person(empty, "bo", "waiting")
    assert list(places.with_line(Meeting.objects.all(), at=NOW)) == [waiting, unlimited]


# --- the moves under it -----------------------------------------------------------------------------------------------


def test_what_chose_people_must_hold_once_they_are_locked() -> None:
    meeting = meeting_with()
    ann, bo = line_of(meeting, "ann", "bo")
    moved = moves.decide(of(ann, bo), to=Decision.CANCELLED, at=NOW, when=places.TAKES_A_PLACE)
    assert (moved, decisions(meeting)) == ([], {"ann": "waitlisted", "bo": "waitlisted"})
    assert moves.confirm(of(ann), at=NOW, when=places.TAKES_A_PLACE) == []


def test_nobody_is_approved_before_the_address_is_confirmed_and_nobody_moves_who_is_to_be_erased() -> None:
    meeting = meeting_with()
    ann = person(meeting, "ann", "waiting", confirm_by=NOW + HOUR)
    eve = person(meeting, "eve", "waiting", confirm_by=NOW + HOUR, erase_asked_at=NOW)
    assert moves.decide(of(ann, eve), to=Decision.APPROVED, at=NOW) == []
    assert moves.confirm(of(ann, eve), at=NOW) == [ann.pk]
    assert moves.confirm(of(ann), at=NOW) == []
    assert moves.decide(of(ann, eve), to=Decision.APPROVED, at=NOW) == [ann.pk]
    assert list(ann.moves.order_by("pk").values_list("subject", "before", "after")) == [
        ("confirmation", "", ""),
        ("decision", "waiting", "approved"),
    ]


@pytest.mark.parametrize("to", [Decision.DECLINED, Decision.CANCELLED])
def test_an_offer_and_a_confirmation_that_are_no_more_leave_no_time_behind(to: Decision) -> None:
    ann = person(meeting_with(), "ann", "offered", confirm_by=NOW + HOUR)
    moves.decide(of(ann), to=to, at=NOW)
    ann.refresh_from_db()
    assert (ann.decision, ann.offer_ends_at, ann.confirm_by) == (to, None, None)


def test_who_is_put_on_the_waiting_list_again_stands_last() -> None:
    meeting = meeting_with()
    back = person(meeting, "back", "cancelled", in_line_since=NOW - 9 * HOUR)
    [ann] = line_of(meeting, "ann")
    moves.decide(of(back), to=Decision.WAITLISTED, at=NOW)
    assert line.positions([back.pk, ann.pk]) == {ann.pk: 1, back.pk: 2}
