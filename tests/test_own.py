"""Attendees cancel their registration, register again, and have the link to it replaced."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from registration.errors import NotPossible, RegistrationClosed
from registration.flow import moves, own
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.states import Decision, Presence, WaitingList, WebexStatus
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EMAIL = "ann@example.com"
STANDING = [Decision.WAITLISTED, Decision.OFFERED, Decision.WAITING, Decision.APPROVED]


def meeting(**facts: Any) -> Meeting:
    made: Meeting = MeetingFactory(start_at=NOW + 24 * HOUR, **facts)
    return made


def register(of: Meeting | None = None, **facts: Any) -> Submission:
    ann: Submission = SubmissionFactory(meeting=of or meeting(), email=EMAIL, **facts)
    return ann


def stored(person: Submission) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=person.pk)


def history(ann: Submission) -> list[tuple[str, str, str]]:
    return list(ann.moves.order_by("pk").values_list("before", "after", "reason"))


# --- cancel -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", STANDING)
def test_a_registration_that_stands_can_be_cancelled(decision: Decision) -> None:
    ann = register(decision=decision, confirm_by=None if decision == "approved" else NOW + HOUR)
    own.cancel(ann, at=NOW)
    ann = stored(ann)
    assert (ann.decision, ann.confirm_by, ann.offer_ends_at) == (Decision.CANCELLED, None, None)
    assert history(ann) == [(decision, "cancelled", "cancelled by the attendee")]
    assert written() == [(EMAIL, "cancelled")]


def test_to_cancel_twice_is_to_cancel_once() -> None:
    first, second = (register(approved=True),) * 2
    second = stored(first)
    own.cancel(first, at=NOW)
    own.cancel(second, at=NOW)
    own.cancel(stored(first), at=NOW)
    assert (len(history(first)), written()) == (1, [(EMAIL, "cancelled")])


def test_a_place_that_is_cancelled_goes_to_the_first_in_line() -> None:
    of = meeting(capacity=1, waiting_list=WaitingList.AT_ONCE)
    ann, bo = register(of, approved=True), SubmissionFactory(meeting=of, decision=Decision.WAITLISTED, email="bo@x.org")
    own.cancel(ann, at=NOW)
    assert stored(bo).decision == Decision.WAITING
    assert written() == [(EMAIL, "cancelled"), ("bo@x.org", "moved_up")]


def test_cancelling_is_possible_until_the_meeting_ends() -> None:
    end = NOW + 25 * HOUR
    late, early = register(approved=True), SubmissionFactory(meeting=meeting())
    with pytest.raises(NotPossible, match="This meeting is over"):
        own.cancel(late, at=end)
    own.cancel(early, at=end - timedelta.resolution)
    assert [stored(late).decision, stored(early).decision] == [Decision.APPROVED, Decision.CANCELLED]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"decision": Decision.DECLINED}, "This registration was declined"),
        ({"erase_asked_at": NOW}, "Your data are being erased"),
        ({"of": {"is_cancelled": True}}, "This meeting has been cancelled"),
    ],
)
def test_what_does_not_stand_cannot_be_cancelled(facts: dict[str, Any], words: str) -> None:
    ann = register(meeting(**facts.pop("of", {})), **facts)
    with pytest.raises(NotPossible, match=words):
        own.cancel(ann, at=NOW)
    assert (history(ann), written()) == ([], [])


def test_who_is_declined_in_between_stays_declined() -> None:
    ann = register()
    moves.decide(Submission.objects.all(), to=Decision.DECLINED, at=NOW)
    with pytest.raises(NotPossible, match="This registration was declined"):
        own.cancel(ann, at=NOW)
    assert (stored(ann).decision, written()) == (Decision.DECLINED, [])


def test_who_is_approved_in_between_is_cancelled_as_such() -> None:
    ann = register()
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=NOW)
    own.cancel(ann, at=NOW)
    assert [(before, after) for before, after, _why in history(ann)][1:] == [("approved", "cancelled")]
    assert written() == [(EMAIL, "cancelled")]


# --- register again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "decision", "kind"),
    [
        ({}, "waiting", "received"),
        ({"approval": "automatic"}, "approved", "received"),
        ({"capacity": 1}, "waiting", "received"),
        ({"capacity": 0, "waiting_list": WaitingList.OFFER}, "waitlisted", "waitlisted"),
    ],
)
def test_who_cancelled_can_register_again_as_if_they_signed_up(facts: dict[str, Any], decision: str, kind: str) -> None:
    ann = register(meeting(**facts), decision=Decision.CANCELLED)
    own.register_again(ann, at=NOW)
    ann = stored(ann)
    assert (ann.decision, ann.in_line_since) == (decision, NOW if decision == "waitlisted" else None)
    assert history(ann)[0] == ("cancelled", history(ann)[0][1], "registered again by the attendee")
    assert written() == [(EMAIL, kind)]


def test_to_register_again_twice_is_to_do_it_once() -> None:
    ann = register(decision=Decision.CANCELLED)
    own.register_again(ann, at=NOW)
    own.register_again(ann, at=NOW)
    assert (len(history(ann)), written()) == (1, [(EMAIL, "received")])


def test_whoever_registers_again_stands_last_in_the_line() -> None:
    of = meeting(capacity=1, waiting_list=WaitingList.AT_ONCE)
    holder = SubmissionFactory(meeting=of, approved=True)
    ann = register(of, decision=Decision.WAITLISTED, in_line_since=NOW - 2 * HOUR)
    bo = SubmissionFactory(meeting=of, decision=Decision.WAITLISTED, in_line_since=NOW - HOUR)
    own.cancel(ann, at=NOW)
    own.register_again(ann, at=NOW)
    own.cancel(holder, at=NOW)
    assert [stored(person).decision for person in (ann, bo)] == [Decision.WAITLISTED, Decision.WAITING]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"capacity": 0}, "All places are taken"),
        ({"closes_at": NOW}, "Registration for this meeting is closed"),
        ({"is_published": False}, "Registration for this meeting is closed"),
        ({"is_cancelled": True}, "This meeting has been cancelled"),
        ({"end_at": NOW, "start_at": NOW - HOUR}, "This meeting is over"),
    ],
)
def test_where_the_meeting_takes_nobody_nobody_registers_again(facts: dict[str, Any], words: str) -> None:
    of = MeetingFactory(**{"start_at": NOW + HOUR} | facts)
    ann = register(of, decision=Decision.CANCELLED)
    with pytest.raises(RegistrationClosed, match=words):
        own.register_again(ann, at=NOW)
    assert (stored(ann).decision, written()) == (Decision.CANCELLED, [])


@pytest.mark.parametrize(
    "facts", [{"decision": Decision.DECLINED}, {"decision": Decision.CANCELLED, "erase_asked_at": NOW}]
)
def test_who_was_declined_or_is_being_erased_does_not_register_again(facts: dict[str, Any]) -> None:
    ann = register(**facts)
    with pytest.raises(NotPossible):
        own.register_again(ann, at=NOW)
    assert (stored(ann).decision, written()) == (facts["decision"], [])


def test_to_cancel_and_register_again_does_not_get_round_the_review_of_staff() -> None:
    ann = register(meeting(approval="automatic"), approved=True)
    dana = User.objects.create_user("dana")
    moves.decide(Submission.objects.all(), to=Decision.WAITING, at=NOW, by=dana)
    for _twice in range(2):
        own.cancel(stored(ann), at=NOW)
        own.register_again(ann, at=NOW)
        assert stored(ann).decision == Decision.WAITING


@pytest.mark.parametrize(
    ("action", "decision"), [("approve", Decision.WAITING), ("reject", Decision.APPROVED), ("", Decision.WAITING)]
)
def test_to_cancel_and_register_again_does_not_get_round_the_host(action: str, decision: Decision) -> None:
    of = meeting(approval="automatic")
    facts = {"presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED}
    ann = register(of, decision=Decision.CANCELLED, **facts)
    if action:
        batch = Batch.objects.create(meeting=of, action=action, size=1, started_at=NOW)
        BatchItem.objects.create(batch=batch, submission=ann, outcome="registered")
    own.register_again(ann, at=NOW)
    assert stored(ann).decision == decision


# --- the link -----------------------------------------------------------------------------------------------------


def test_links_are_replaced_written_down_and_mailed() -> None:
    ann, bo, other = register(), SubmissionFactory(email="bo@example.com"), SubmissionFactory()
    dana = User.objects.create_user("dana")
    assert own.replace_links(Submission.objects.exclude(pk=other.pk), at=NOW, by=dana) == 2
    assert len({person.token for old in (ann, bo) for person in (old, stored(old))}) == 4
    assert stored(other).token == other.token
    assert list(ann.moves.values_list("subject", "by", "reason")) == [("link", dana.pk, "")]
    assert written() == [(EMAIL, "new_link"), ("bo@example.com", "new_link")]


def test_an_attendees_own_wish_for_a_new_link_is_written_down_as_theirs() -> None:
    ann = register()
    own.replace_links(Submission.objects.all(), at=NOW)
    move = ann.moves.get()
    assert (move.subject, move.by, move.reason) == ("link", None, "asked for by the attendee")


def test_whose_data_are_being_erased_gets_no_new_link() -> None:
    ann = register(erase_asked_at=NOW)
    assert own.replace_links(Submission.objects.all(), at=NOW) == 0
    assert (stored(ann).token, written()) == (ann.token, [])
