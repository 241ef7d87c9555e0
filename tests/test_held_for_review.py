"""What a rule holds for review: staff see by which rule, the attendee nothing, and a person decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from registration import download
from registration.flow import correct, moves, own, review, submit
from registration.flow.correct.by_attendee import change
from registration.flow.correct.changes import version
from registration.models import Mail, Meeting, Move, Question, Submission
from registration.states import Decision
from registration.wording import reason, status_of
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOLD = "E-mail address ends with “@rival.example”: hold for review"


def meeting_with_rules(**facts: Any) -> Meeting:
    """Whoever is of a rival is held; everybody else is approved, as nobody's name is Nobody."""
    meeting: Meeting = MeetingFactory(start_at=NOW + timedelta(days=9), approval="rules", **facts)
    ApprovalRuleFactory(meeting=meeting, value="@rival.example", result="hold", order=1)
    ApprovalRuleFactory(meeting=meeting, field="last_name", condition="notEquals", value="Nobody", order=3)
    return meeting


def register(meeting: Meeting, email: str, answers: submit.Answers = ()) -> Submission:
    values = {"first_name": "Ann", "last_name": "Lee", "email": email}
    pk = submit.register(meeting, values=values, answers=answers, language="en", now=NOW)
    return stored(pk)


def stored(pk: int) -> Submission:
    return Submission.objects.select_related("meeting").get(pk=pk)


def history(ann: Submission) -> list[tuple[str, str, str, str]]:
    return list(ann.moves.order_by("pk").values_list("subject", "before", "after", "reason"))


def test_whom_a_rule_holds_waits_and_the_rule_is_named() -> None:
    ann = register(meeting_with_rules(), "ann@rival.example")
    assert (ann.decision, ann.decided_at, ann.decision_reason, ann.review_note) == ("waiting", None, "", HOLD)
    assert history(ann) == [("hold", "", "", HOLD)]
    assert list(Mail.objects.values_list("kind", flat=True)) == ["received"]


def test_a_rule_that_is_switched_off_decides_nothing() -> None:
    meeting = meeting_with_rules()
    meeting.rules.filter(result="hold").update(is_active=False)
    assert register(meeting, "ann@rival.example").decision == Decision.APPROVED


def test_the_attendee_learns_nothing_of_it(client: Client) -> None:
    held, plain = register(meeting_with_rules(), "ann@rival.example"), register(MeetingFactory(), "bob@example.com")
    assert (reason(held), status_of(held).explanation) == ("", status_of(plain).explanation)
    data = download.of(held)
    assert data["changes"] == []
    assert "rival" not in str(data).replace("ann@rival.example", "")
    assert "hold" not in str(data)
    assert "for review" not in client.get(held.get_absolute_url()).content.decode()


@pytest.mark.parametrize("verb", ["approve", "decline"])
def test_once_a_person_decides_nothing_is_held_any_more(verb: str) -> None:
    ann, dana = register(meeting_with_rules(), "ann@rival.example"), User.objects.create_user("dana")
    person = Submission.objects.filter(pk=ann.pk)
    if verb == "approve":
        review.approve(person, by=dana)
    else:
        review.decline(person, by=dana, reason="Full")
    assert stored(ann.pk).review_note == ""
    review.reopen(person, by=dana)
    assert stored(ann.pk).review_note == ""


def test_an_attendee_does_not_get_round_it_by_another_answer() -> None:
    meeting = meeting_with_rules()
    meeting.rules.filter(result="hold").update(field="first_name", condition="equals", value="Ann")
    ann = register(meeting, "ann@example.com")
    values = {"first_name": "Bea", "last_name": "Lee"}
    change(ann, values=values, answers=(), at=NOW, seen=version(ann))
    ann = stored(ann.pk)
    assert (ann.first_name, ann.decision, bool(ann.review_note)) == ("Bea", "waiting", True)
    own.cancel(ann, at=NOW)
    own.register_again(stored(ann.pk), at=NOW)
    ann = stored(ann.pk)
    assert (ann.decision, bool(ann.review_note)) == ("waiting", True)
    assert [subject for subject, *_rest in history(ann)].count("hold") == 1


def test_who_is_approved_and_whose_new_answer_a_rule_holds_goes_back_to_review() -> None:
    meeting = meeting_with_rules(has_review_after_change=True)
    meeting.rules.filter(result="hold").update(field="first_name", condition="equals", value="Ann")
    meeting.rules.filter(order=3).update(condition="equals", value="Lee")
    ann = stored(SubmissionFactory(meeting=meeting, first_name="Bea", last_name="Lee", approved=True).pk)
    change(ann, values={"first_name": "Ann", "last_name": "Lee"}, answers=(), at=NOW, seen=version(ann))
    ann = stored(ann.pk)
    assert (ann.decision, ann.review_note) == ("waiting", "First name equals “Ann”: hold for review")


def test_the_same_words_hold_once_and_whoever_is_decided_or_erased_is_left() -> None:
    waiting, approved, erased = SubmissionFactory(), SubmissionFactory(approved=True), SubmissionFactory()
    Submission.objects.filter(pk=erased.pk).update(erase_asked_at=NOW)
    everybody = Submission.objects.all()
    assert moves.hold_for_review(everybody, words="a rule", at=NOW) == [waiting.pk]
    assert moves.hold_for_review(everybody, words="a rule", at=NOW) == []
    assert moves.hold_for_review(everybody, words="another", at=NOW) == [waiting.pk]
    assert list(Move.objects.order_by("pk").values_list("submission", "reason")) == [
        (waiting.pk, "a rule"),
        (waiting.pk, "another"),
    ]
    assert stored(approved.pk).review_note == ""


@pytest.mark.parametrize("result", ["approve", "reject", "hold"])
def test_a_rule_on_a_private_question_is_named_without_its_words(result: str) -> None:
    meeting: Meeting = MeetingFactory(approval="rules")
    diet: Question = QuestionFactory(meeting=meeting, text="Diet?", is_private=True)
    ApprovalRuleFactory(meeting=meeting, value="@nowhere.example", order=1)
    rule = ApprovalRuleFactory(meeting=meeting, field="", question=diet, value="kosher", result=result, order=2)
    ann = register(meeting, "ann@example.com", [(diet, [(None, "kosher")])])
    words = f"rule #{rule.pk}, on a private question: {rule.get_result_display()}"
    assert ann.decision_reason or ann.review_note == words
    assert [move.reason for move in ann.moves.all()] == [words]


def test_a_correction_by_staff_leaves_it_held() -> None:
    ann, dana = register(meeting_with_rules(), "ann@rival.example"), User.objects.create_user("dana")
    values = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com"}
    correct.correct(ann, values=values, answers=(), by=dana, at=NOW)
    assert stored(ann.pk).review_note == HOLD
