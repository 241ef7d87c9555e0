"""The one door to decision and presence."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

import registration
from registration.flow import moves
from registration.models import Batch, BatchItem, Move, Submission
from registration.states import DECISION_MOVES, Decision, Presence, Step
from registration.webex.records import RegistrantRow
from tests.cast import MeetingFactory, SubmissionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
FAR = NOW + timedelta(days=1)


@pytest.mark.parametrize("to", Decision)
def test_decide_moves_exactly_those_that_may_move_and_writes_each_down(to: Decision) -> None:
    staff = User.objects.create(username="staff")
    people = {decision: SubmissionFactory(decision=decision) for decision in Decision}
    legal = {decision for decision in Decision if to in DECISION_MOVES[decision]}

    offer_ends_at = NOW + LEASE if to is Decision.OFFERED else None
    changed = moves.decide(
        Submission.objects.all(), to=to, at=NOW, by=staff, reason="Because", offer_ends_at=offer_ends_at
    )

    assert set(changed) == {people[decision].pk for decision in legal}
    after = {decision: Submission.objects.get(pk=person.pk).decision for decision, person in people.items()}
    assert after == {decision: to if decision in legal else decision for decision in Decision}
    written = set(Move.objects.values_list("submission", "subject", "before", "after", "at", "by", "reason"))
    assert written == {(people[decision].pk, "decision", decision, to, NOW, staff.pk, "Because") for decision in legal}


@pytest.mark.parametrize("before", Decision)
@pytest.mark.parametrize("to", [Decision.CANCELLED, Decision.APPROVED, Decision.DECLINED])
def test_one_that_was_read_is_decided_about_where_that_is_legal(before: Decision, to: Decision) -> None:
    """To be offered or put on the waiting list takes more than a decision."""
    ann = SubmissionFactory(decision=before, webex_status_at=NOW + timedelta(hours=1))
    is_legal = to in DECISION_MOVES[before]

    assert moves.decide_one(ann, to=to, at=NOW, reason="Because") is is_legal

    stored = Submission.objects.get()
    assert (stored.decision, ann.decision) == ((to, to) if is_legal else (before, before))
    # Newer than all that we know of Webex.
    assert stored.decided_at == (NOW + timedelta(hours=1) + timedelta.resolution if is_legal else None)
    written = list(Move.objects.values_list("subject", "before", "after", "at", "reason"))
    assert written == ([("decision", before, to, NOW, "Because")] if is_legal else [])


@pytest.mark.parametrize(
    "facts", [{"decision": Decision.CANCELLED}, {"erase_asked_at": NOW}, {"confirm_by": NOW}], ids=str
)
def test_one_that_is_no_longer_as_it_was_read_stays_so(facts: dict[str, Any]) -> None:
    ann = SubmissionFactory()
    Submission.objects.update(**facts)
    assert moves.decide_one(ann, to=Decision.APPROVED, at=NOW) is False
    assert (ann.decision, Submission.objects.get().decision) == ("waiting", facts.get("decision", "waiting"))
    assert not Move.objects.exists()


def test_decide_takes_more_people_than_a_statement_takes_parameters() -> None:
    meeting = MeetingFactory()
    Submission.objects.bulk_create(
        Submission(
            meeting=meeting, first_name="A", last_name="B", email=f"{n}@a.example", email_key=f"{n}@a.example",
            submitted_at=NOW,
        )
        for n in range(33_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        # Or PostgreSQL, which has seen a small table, reads all of this one for each move that it checks in the end.
        cursor.execute("ANALYZE registration_submission")
    assert len(moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=NOW)) == 33_000
    assert Submission.objects.filter(decision=Decision.APPROVED).count() == Move.objects.count() == 33_000


def claim(limit: int = 50) -> moves.Claim:
    meeting = Submission.objects.latest("pk").meeting
    claimed = moves.claim(meeting, Step.REGISTER, limit=limit, at=NOW, lease_ends_at=NOW + LEASE, latest_due_at=FAR)
    assert claimed is not None
    return claimed


def expire(person: Submission, *, at: datetime) -> int:
    return moves.expire(person.meeting, at=at, look_up_at=at, latest_due_at=FAR)


def test_a_claim_takes_each_person_once() -> None:
    meeting = MeetingFactory()
    people = SubmissionFactory.create_batch(3, meeting=meeting, approved=True)
    SubmissionFactory(meeting=meeting)
    first = claim(limit=2)
    second = claim(limit=2)
    assert [[p.pk for p in c.submissions] for c in (first, second)] == [[people[0].pk, people[1].pk], [people[2].pk]]
    assert moves.claim(meeting, Step.REGISTER, limit=2, at=NOW, lease_ends_at=NOW + LEASE, latest_due_at=FAR) is None
    assert list(Batch.objects.order_by("pk").values_list("action", "size", "outcome")) == [
        ("register", 2, "under_way"),
        ("register", 1, "under_way"),
    ]


def test_a_claim_whose_lease_ended_is_uncertain_and_no_longer_ours_to_send() -> None:
    person = SubmissionFactory(approved=True)
    claimed = claim()
    assert moves.is_ours(claimed, margin_ends_at=NOW)
    assert not moves.is_ours(claimed, margin_ends_at=NOW + LEASE)
    assert expire(person, at=NOW + LEASE - timedelta(seconds=1)) == 0
    assert expire(person, at=NOW + LEASE) == 1
    person.refresh_from_db()
    assert (person.presence, person.due_at) == (Presence.UNCERTAIN, NOW + LEASE)
    assert not moves.is_ours(claimed, margin_ends_at=NOW)


def test_what_of_a_person_is_to_be_sent_is_noted_down() -> None:
    person = SubmissionFactory(approved=True, sent_email="old@example.com", absent_at=NOW)
    [claimed] = claim().submissions
    assert (claimed.first_name, claimed.email, claimed.webex_key) == (person.first_name, person.email, person.email_key)
    person.refresh_from_db()
    assert (person.sent_at, person.sent_email, person.absent_at) == (NOW, person.email_key, None)


def look_up(person: Submission, *, at: datetime) -> moves.Claim:
    claimed = moves.claim(person.meeting, Step.LOOK_UP, limit=1, at=at, lease_ends_at=at + LEASE, latest_due_at=FAR)
    assert claimed is not None
    return claimed


GRACE = timedelta(minutes=1)


def not_found(person: Submission, *, at: datetime) -> int:
    return moves.not_found(
        look_up(person, at=at), [person.pk], at=at, before=at - GRACE, again_at=at + GRACE, left_out_words="-"
    )


def test_whom_webex_never_confirmed_is_absent_when_two_look_ups_a_grace_apart_do_not_find_them() -> None:
    person = SubmissionFactory(approved=True, presence=Presence.UNCERTAIN, due_at=NOW)
    assert not_found(person, at=NOW) == 0
    person.refresh_from_db()
    assert (person.presence, person.absent_at, person.due_at) == (Presence.UNCERTAIN, NOW, NOW + GRACE)
    assert (
        moves.claim(person.meeting, Step.LOOK_UP, limit=1, at=NOW, lease_ends_at=NOW + LEASE, latest_due_at=FAR) is None
    )
    assert not_found(person, at=NOW + GRACE) == 1
    person.refresh_from_db()
    assert (person.presence, person.absent_at, person.due_at) == (Presence.ABSENT, None, None)
    assert list(BatchItem.objects.order_by("pk").values_list("outcome", flat=True)) == ["unknown", "absent"]


def test_two_look_ups_that_are_not_a_grace_apart_prove_nothing() -> None:
    person = SubmissionFactory(approved=True, presence=Presence.UNCERTAIN, due_at=NOW, absent_at=NOW)
    assert not_found(person, at=NOW + GRACE / 2) == 0
    person.refresh_from_db()
    assert (person.presence, person.absent_at) == (Presence.UNCERTAIN, NOW)


def test_a_first_look_up_in_the_future_was_before_the_clock_was_set_back() -> None:
    person = SubmissionFactory(approved=True, presence=Presence.UNCERTAIN, due_at=NOW, absent_at=NOW + LEASE)
    assert not_found(person, at=NOW) == 0
    person.refresh_from_db()
    assert person.absent_at == NOW


def asked_to_remove(person: Submission, *, ending: str) -> None:
    removal = Batch.objects.create(meeting=person.meeting, action="remove", size=1, started_at=NOW, outcome=ending)
    BatchItem.objects.create(batch=removal, submission=person, outcome="unknown")


def test_whom_we_declined_and_webex_once_confirmed_is_absent_after_two_look_ups_or_one_where_it_removed_them() -> None:
    person = SubmissionFactory(decision=Decision.DECLINED, presence=Presence.UNCERTAIN, due_at=NOW, registrant_id="r1")
    assert [not_found(person, at=NOW), not_found(person, at=NOW + GRACE)] == [0, 1]
    other = SubmissionFactory(decision=Decision.DECLINED, presence=Presence.UNCERTAIN, due_at=NOW, registrant_id="r2")
    asked_to_remove(other, ending="done")
    assert not_found(other, at=NOW) == 1


def test_whom_webex_confirmed_and_we_approved_has_gone_missing_unless_we_had_them_removed() -> None:
    person = SubmissionFactory(
        approved=True, presence=Presence.UNCERTAIN, due_at=NOW, registrant_id="r1", sent_at=NOW, webex_status="approved"
    )
    assert not_found(person, at=NOW) == 0
    person.refresh_from_db()
    assert (person.presence, person.missing_at, person.registrant_id) == (Presence.REGISTERED, NOW, "r1")
    Submission.objects.update(presence=Presence.UNCERTAIN, due_at=NOW, missing_at=None)
    asked_to_remove(person, ending="unknown")
    assert [not_found(person, at=NOW), not_found(person, at=NOW + GRACE)] == [0, 1]


def test_what_is_due_in_a_future_that_no_clock_of_today_can_have_set_is_due_now() -> None:
    """The clock was set back by a day after these were written."""
    uncertain = SubmissionFactory(approved=True, presence=Presence.UNCERTAIN, due_at=FAR + GRACE)
    assert look_up(uncertain, at=NOW).submissions == [uncertain]
    sending = SubmissionFactory(approved=True, presence=Presence.SENDING, due_at=FAR + GRACE)
    assert expire(sending, at=NOW) == 1


def test_an_answer_that_comes_after_the_lease_still_counts() -> None:
    person = SubmissionFactory(approved=True)
    claimed = claim()
    expire(person, at=NOW + LEASE)
    row = RegistrantRow(id="r1", email="x@y.example", status="pending", registration_time=NOW, registration_id="77")
    assert moves.registered(claimed, {person.pk: row}, at=NOW + LEASE) == 1
    person.refresh_from_db()
    assert (person.presence, person.registrant_id, person.webex_status, person.registration_id) == (
        Presence.REGISTERED,
        "r1",
        "pending",
        "77",
    )
    assert person.registration_time == NOW
    assert list(BatchItem.objects.values_list("outcome", "webex_status")) == [("registered", "pending")]


def test_what_another_batch_holds_is_left_alone() -> None:
    person = SubmissionFactory(approved=True)
    lost = claim()
    expire(person, at=NOW + LEASE)
    looked_up = moves.claim(
        person.meeting, Step.LOOK_UP, limit=1, at=NOW + LEASE, lease_ends_at=NOW + 2 * LEASE, latest_due_at=FAR
    )
    assert looked_up is not None
    row = RegistrantRow(id="r1", email="x@y.example")
    assert moves.registered(lost, {person.pk: row}, at=NOW + LEASE) == 0
    settled = moves.settle(lost, [person.pk], to=Presence.ABSENT, outcome=BatchItem.Outcome.POSTPONED, at=NOW + LEASE)
    assert settled == 0
    person.refresh_from_db()
    assert (person.presence, person.batch) == (Presence.UNCERTAIN, looked_up.batch)


def test_who_is_registered_cannot_be_made_absent_by_a_late_answer() -> None:
    person = SubmissionFactory(approved=True)
    claimed = claim()
    moves.registered(claimed, {person.pk: RegistrantRow(id="r1", email="x@y.example")}, at=NOW)
    assert moves.settle(claimed, [person.pk], to=Presence.ABSENT, outcome=BatchItem.Outcome.ABSENT, at=NOW) == 0
    person.refresh_from_db()
    assert person.presence == Presence.REGISTERED


def test_being_found_absent_writes_down_the_status_that_was_lost() -> None:
    person = SubmissionFactory(
        approved=True, presence=Presence.UNCERTAIN, due_at=NOW, webex_status="approved", registrant_id="r1"
    )
    claimed = moves.claim(person.meeting, Step.LOOK_UP, limit=1, at=NOW, lease_ends_at=NOW + LEASE, latest_due_at=FAR)
    assert claimed is not None
    moves.settle(claimed, [person.pk], to=Presence.ABSENT, outcome=BatchItem.Outcome.ABSENT, at=NOW)
    person.refresh_from_db()
    assert (person.presence, person.webex_status, person.registrant_id) == (Presence.ABSENT, "", "")
    assert list(Move.objects.values_list("subject", "before", "after")) == [("webex_status", "approved", "")]


def test_only_the_refused_are_forgiven() -> None:
    people = {presence: SubmissionFactory(presence=presence, refusal="No") for presence in Presence}
    assert moves.forgive(Submission.objects.all()) == [people[Presence.REFUSED].pk]
    after = {presence: Submission.objects.get(pk=person.pk).presence for presence, person in people.items()}
    assert after == {presence: presence for presence in Presence} | {Presence.REFUSED: Presence.ABSENT}


def test_of_whom_webex_refused_it_has_nothing_to_be_looked_up_under() -> None:
    person = SubmissionFactory(approved=True)
    moves.settle(claim(), [person.pk], to=Presence.REFUSED, outcome=BatchItem.Outcome.REFUSED, at=NOW, refusal="No")
    person.refresh_from_db()
    assert (person.presence, person.refusal, person.sent_at, person.sent_email) == (Presence.REFUSED, "No", None, "")


def writes_of_state() -> Iterator[str]:
    """Where the code assigns ``decision`` or ``presence``, or passes them to a method that writes."""
    root = Path(registration.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names: set[str] = set()
            if isinstance(node, ast.Assign):
                targets = [leaf for target in node.targets for leaf in ast.walk(target)]
                names = {leaf.attr for leaf in targets if isinstance(leaf, ast.Attribute)}
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in {"update", "update_or_create"}:
                    names = {keyword.arg or "" for keyword in node.keywords}
                if node.func.attr in {"bulk_update", "bulk_create", "save"}:
                    names = {str(leaf.value) for leaf in ast.walk(node) if isinstance(leaf, ast.Constant)}
            if names & {"decision", "presence"}:
                yield str(path.relative_to(root))


def test_nobody_else_writes_decision_or_presence() -> None:
    assert {path for path in writes_of_state() if not path.startswith("flow/moves/")} == set()
