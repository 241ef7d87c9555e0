"""Changes by attendees: what is stored, what is decided then, what is mailed, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from registration.errors import ChangedMeanwhile, NotPossible
from registration.flow import correct, moves
from registration.models import Answer, Batch, BatchItem, Meeting, Move, Question, Submission
from registration.states import DECISION_MOVES, Decision, Presence, WaitingList, WebexStatus
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.letters import written

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EMAIL = "ann@example.com"


def register(*, of: Meeting | None = None, **facts: Any) -> Submission:
    """Ann, for a meeting that is tomorrow."""
    meeting = of or MeetingFactory(start_at=NOW + 24 * HOUR)
    ann: Submission = SubmissionFactory(meeting=meeting, email=EMAIL, first_name="Ann", last_name="Lee", **facts)
    return ann


def meeting(**facts: Any) -> Meeting:
    made: Meeting = MeetingFactory(start_at=NOW + 24 * HOUR, **facts)
    return made


def change(ann: Submission, *, at: datetime = NOW, answers: correct.Answers = (), **values: str) -> Submission:
    """Ann changes this, having seen what is stored. Returns her as she is then."""
    correct.change(ann, values=values, answers=answers, at=at, seen=correct.version(ann))
    return stored(ann)


def stored(ann: Submission) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=ann.pk)


def history(ann: Submission) -> list[tuple[str, str, str, str]]:
    """What changed, before and after, and why, oldest first."""
    return list(ann.moves.order_by("pk").values_list("subject", "before", "after", "reason"))


# --- what is stored -----------------------------------------------------------------------------------------------


def test_a_change_is_stored_written_down_and_mailed() -> None:
    ann = register(city="Bonn")
    colour = QuestionFactory(meeting=ann.meeting, text="Colour?")
    Answer.objects.create(submission=ann, question=colour, question_text="Colour?", text="Red")
    found = correct.change(
        ann,
        values={"first_name": "Anne", "city": "Bonn"},
        answers=[(colour, [(None, "Blue")])],
        at=NOW,
        seen=correct.version(ann),
    )
    assert [(str(each.label), each.before, each.after) for each in found] == [
        ("First name", ("Ann",), ("Anne",)),
        ("Colour?", ("Red",), ("Blue",)),
    ]
    ann = stored(ann)
    assert (ann.first_name, ann.city, ann.corrected_at) == ("Anne", "Bonn", NOW)
    assert list(ann.answers.values_list("text", flat=True)) == ["Blue"]
    assert history(ann) == [("correction", "", "", "by the attendee: First name, Colour?")]
    move = ann.moves.get()
    assert (move.by, move.at) == (None, NOW)
    assert written() == [(EMAIL, "changed")]


def test_what_is_stored_already_changes_nothing_and_mails_nobody() -> None:
    ann = change(register(city="Bonn"), city="Bonn")
    assert (ann.corrected_at, history(ann), written()) == (None, [], [])


def test_an_attendee_cannot_have_another_address_mailed() -> None:
    ann = register()
    token = ann.token
    ann = change(ann, email="stranger@example.com", first_name="Anne")
    assert (ann.email, ann.email_key, ann.token, ann.first_name) == (EMAIL, EMAIL, token, "Anne")
    assert written() == [(EMAIL, "changed")]


def test_answers_to_questions_that_are_no_longer_asked_stay() -> None:
    ann = register()
    retired = QuestionFactory(meeting=ann.meeting, is_retired=True)
    Answer.objects.create(submission=ann, question=retired, question_text="Old?", text="Yes")
    assert change(ann, first_name="Anne").given_answers == [("Old?", ["Yes"])]


def test_whoever_saw_something_else_changes_nothing() -> None:
    ann = register(city="Bonn")
    seen = correct.version(ann)
    change(ann, city="Köln")
    with pytest.raises(ChangedMeanwhile):
        correct.change(ann, values={"city": "Ulm"}, answers=(), at=NOW, seen=seen)
    assert (stored(ann).city, len(written())) == ("Köln", 1)
    # The same form again, as after a double click.
    assert correct.change(ann, values={"city": "Köln"}, answers=(), at=NOW, seen=seen) == ()


# --- until when ---------------------------------------------------------------------------------------------------

STANDING = [Decision.WAITLISTED, Decision.OFFERED, Decision.WAITING, Decision.APPROVED]


@pytest.mark.parametrize("decision", Decision)
def test_whose_registration_stands_can_change_it(decision: Decision) -> None:
    ann = register(decision=decision)
    if decision in STANDING:
        assert change(ann, first_name="Anne").first_name == "Anne"
    else:
        with pytest.raises(NotPossible):
            change(ann, first_name="Anne")
        assert (stored(ann).first_name, written()) == ("Ann", [])


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ({}, NOW + 24 * HOUR),
        ({"changes_until": NOW + HOUR}, NOW + HOUR),
        ({"changes_until": NOW + 24.5 * HOUR}, NOW + 24.5 * HOUR),
        ({"changes_until": NOW + 90 * HOUR}, NOW + 25 * HOUR),
    ],
)
def test_changes_end_when_the_staff_say_and_else_when_the_meeting_starts(
    facts: dict[str, datetime], end: datetime
) -> None:
    ann = register(of=meeting(**facts))
    change(ann, at=end - timedelta.resolution, city="Bonn")
    with pytest.raises(NotPossible):
        change(stored(ann), at=end, city="Ulm")
    assert stored(ann).city == "Bonn"


@pytest.mark.parametrize("facts", [{"erase_asked_at": NOW}, {"meeting__is_cancelled": True}])
def test_nothing_is_changed_of_what_is_erased_or_does_not_take_place(facts: dict[str, Any]) -> None:
    of = meeting(is_cancelled=facts.pop("meeting__is_cancelled", False))
    ann = register(of=of, **facts)
    with pytest.raises(NotPossible):
        change(ann, first_name="Anne")
    assert stored(ann).first_name == "Ann"


# --- what is decided then -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approval", "has_review", "path"),
    [
        ("manual", False, []),
        ("automatic", False, []),
        ("rules", False, []),
        ("manual", True, [("approved", "waiting")]),
        ("automatic", True, [("approved", "waiting"), ("waiting", "approved")]),
        ("rules", True, [("approved", "waiting"), ("waiting", "declined")]),
    ],
)
def test_who_is_approved_is_decided_about_anew_if_the_meeting_says_so(
    approval: str, has_review: bool, path: list[tuple[str, str]]
) -> None:
    of = meeting(approval=approval, has_review_after_change=has_review)
    ApprovalRuleFactory(meeting=of, field="last_name", condition="contains", value="spam", result="reject")
    ann = change(register(of=of, approved=True), last_name="spam")
    assert [(before, after) for _subject, before, after, _why in history(ann)[1:]] == path
    assert ann.decision == (path[-1][1] if path else "approved")


def test_an_answer_may_settle_what_was_waiting_for_a_person() -> None:
    of = meeting(approval="rules")
    rule = ApprovalRuleFactory(meeting=of, field="last_name", condition="equals", value="Low")
    ann = change(register(of=of), last_name="Low")
    assert (ann.decision, ann.decision_reason) == (Decision.APPROVED, str(rule))


def test_a_place_that_a_rule_frees_goes_to_the_first_in_line() -> None:
    of = meeting(approval="rules", capacity=1, waiting_list=WaitingList.AT_ONCE)
    ApprovalRuleFactory(meeting=of, field="last_name", condition="equals", value="spam", result="reject")
    ann = register(of=of)
    bo = SubmissionFactory(meeting=of, decision=Decision.WAITLISTED)
    assert (change(ann, last_name="spam").decision, stored(bo).decision) == (Decision.DECLINED, Decision.WAITING)


def test_to_change_something_confirms_the_address_and_is_decided_about() -> None:
    ann = register(of=meeting(approval="automatic", confirms_address=True), confirm_by=NOW + HOUR)
    ann = change(ann, city="Bonn")
    assert (ann.decision, ann.confirm_by, ann.confirmed_at) == (Decision.APPROVED, None, NOW)
    assert [subject for subject, *_ in history(ann)] == ["confirmation", "correction", "decision"]


def test_to_send_the_form_unchanged_confirms_the_address_too() -> None:
    ann = change(register(of=meeting(approval="automatic", send_email=False), confirm_by=NOW + HOUR))
    assert (ann.decision, ann.confirmed_at, written()) == (Decision.APPROVED, NOW, [(EMAIL, "approved")])


def test_whom_a_place_is_offered_still_has_to_take_it() -> None:
    ann = change(register(decision=Decision.OFFERED, confirm_by=NOW + HOUR))
    assert (ann.decision, ann.confirmed_at, written()) == (Decision.OFFERED, NOW, [])


def test_whom_staff_put_back_to_review_no_change_approves() -> None:
    ann = register(of=meeting(approval="automatic"), approved=True)
    dana = User.objects.create_user("dana")
    moves.decide(Submission.objects.all(), to=Decision.WAITING, at=NOW, by=dana)
    assert change(stored(ann), city="Bonn").decision == Decision.WAITING
    moves.decide(Submission.objects.all(), to=Decision.APPROVED, at=NOW, by=dana)
    Meeting.objects.update(has_review_after_change=True)
    assert change(stored(ann), city="Ulm").decision == Decision.APPROVED


@pytest.mark.parametrize(
    ("actions", "decision"),
    [(["register"], Decision.WAITING), (["register", "reject", "look_up"], Decision.APPROVED)],
)
def test_whom_the_host_rejected_no_change_approves(actions: list[str], decision: Decision) -> None:
    of = meeting(approval="automatic", has_review_after_change=True)
    ann = register(of=of, approved=True, presence=Presence.REGISTERED, webex_status=WebexStatus.REJECTED)
    for action in actions:
        batch = Batch.objects.create(meeting=of, action=action, size=1, started_at=NOW)
        BatchItem.objects.create(batch=batch, submission=ann, outcome="registered")
    assert change(ann, city="Bonn").decision == decision


def test_a_correction_by_staff_does_not_name_the_attendee() -> None:
    ann = register()
    dana = User.objects.create_user("dana")
    correct.correct(ann, values={"city": "Bonn"}, answers=(), by=dana, at=NOW)
    assert (history(ann), written()) == ([("correction", "", "", "City")], [])


def test_every_decision_that_can_be_cancelled_is_one_that_can_be_changed() -> None:
    assert [decision for decision in Decision if Decision.CANCELLED in DECISION_MOVES[decision]] == STANDING
    assert Question.objects.count() == Move.objects.count() == 0
