"""What changed rules would do to the submissions that there are, before they hold."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from registration.flow import moves, review, rule_trial, ruling, submit
from registration.models import Answer, ApprovalRule, Meeting, Submission
from registration.rules import Otherwise
from registration.states import Decision
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def unsaved(meeting: Meeting, **facts: object) -> ApprovalRule:
    rule: ApprovalRule = ApprovalRuleFactory.build(meeting=meeting, **facts)
    return rule


def test_each_submission_is_counted_as_it_stands_and_as_the_rules_would_have_it() -> None:
    meeting = MeetingFactory()
    diet = QuestionFactory(meeting=meeting, text="Diet?")
    people = {
        decision: SubmissionFactory(meeting=meeting, decision=decision, email=f"{decision}@example.com")
        for decision in Decision
    }
    held = SubmissionFactory(meeting=meeting, email="x@elsewhere.example")
    moves.hold_for_review(Submission.objects.filter(pk=held.pk), words="a rule", at=timezone.now())
    Answer.objects.create(submission=held, question=diet, question_text="Diet?", text="vegan")
    erased, other = SubmissionFactory(meeting=meeting), SubmissionFactory()
    Submission.objects.filter(pk=erased.pk).update(erase_asked_at=timezone.now())
    rules = [
        unsaved(meeting, value="@example.com", is_active=False),
        unsaved(meeting, field="", question=diet, condition="contains", value="vegan", result="hold"),
        unsaved(meeting, field="city", condition="notEquals", value="Bonn", result="reject"),
        unsaved(meeting, value="@example.com", result="reject"),
    ]

    trial = rule_trial.try_out(meeting, rules)

    assert [number for number, _rule in trial.followed] == [2, 4]
    assert trial.found.by_rule == {0: 1, 1: len(Decision)}
    expected = {(decision.value, "reject"): 1 for decision in Decision} | {("held", "hold"): 1}
    assert trial.found.matrix == expected
    assert trial.found.otherwise == [Otherwise(people[Decision.APPROVED].pk, "approved", 1)]
    assert (list(trial.people), trial.is_all) == ([people[Decision.APPROVED].pk], True)
    assert other.pk not in trial.people
    assert not ApprovalRule.objects.exists()


def test_whom_a_rule_decided_that_is_gone_is_listed_and_whom_a_person_did_is_not() -> None:
    meeting, rita, now = MeetingFactory(), User.objects.create_user("rita"), timezone.now()
    by_rule, by_person = SubmissionFactory.create_batch(2, meeting=meeting)
    moves.decide(Submission.objects.filter(pk=by_rule.pk), to=Decision.DECLINED, at=now, reason="a rule")
    review.decline(Submission.objects.filter(pk=by_person.pk), by=rita, reason="Full")
    found = rule_trial.try_out(meeting, []).found
    assert found.otherwise == [Otherwise(by_rule.pk, "declined", None)]
    assert found.matrix == {("declined", ""): 2}


def test_what_is_decided_and_held_counts_as_what_it_will_be() -> None:
    meeting, rita, now = MeetingFactory(holds_decisions=True), User.objects.create_user("rita"), timezone.now()
    by_rule, by_person, put_back = SubmissionFactory.create_batch(3, meeting=meeting)
    Submission.objects.filter(pk=put_back.pk).update(decision=Decision.APPROVED)
    for person, to, by, reason in (
        (by_rule, Decision.APPROVED, None, "a rule"),
        (by_person, Decision.DECLINED, rita, "Full"),
        (put_back, Decision.WAITING, rita, ""),
    ):
        moves.hold(Submission.objects.filter(pk=person.pk), to=to, at=now, by=by, reason=reason)
    moves.hold_for_review(Submission.objects.filter(pk=by_rule.pk), words="another rule", at=now)

    found = rule_trial.try_out(meeting, []).found
    assert found.otherwise == [Otherwise(by_rule.pk, "held: approved", None)]
    assert found.matrix == {("held: approved", ""): 1, ("held: declined", ""): 1, ("held: waiting", ""): 1}

    everybody = unsaved(meeting, condition="contains", value="@", result="approve")
    found = rule_trial.try_out(meeting, [everybody]).found
    assert found.otherwise == [Otherwise(by_person.pk, "held: declined", 0)]


def test_more_than_can_be_tried_are_said_to_be_left_out_the_oldest() -> None:
    meeting = MeetingFactory()
    people = SubmissionFactory.create_batch(3, meeting=meeting, approved=True)
    rule = unsaved(meeting, condition="contains", value="@", result="reject")
    trial = rule_trial.try_out(meeting, [rule], most=2)
    assert ([each.key for each in trial.found.otherwise], trial.is_all) == ([people[2].pk, people[1].pk], False)
    assert rule_trial.try_out(meeting, [rule], most=3).is_all


@pytest.mark.parametrize("size", [2, 20])
def test_as_many_queries_for_twenty_people_and_rules_as_for_two(size: int) -> None:
    meeting = MeetingFactory()
    questions = QuestionFactory.create_batch(size, meeting=meeting)
    for person in SubmissionFactory.create_batch(size, meeting=meeting, approved=True, decision_reason="a rule"):
        Answer.objects.create(submission=person, question=questions[0], question_text="?", text="yes")
    rules = [unsaved(meeting, field="", question=question, value="yes", result="reject") for question in questions]
    with CaptureQueriesContext(connection) as queries:
        trial = rule_trial.try_out(meeting, rules)
    # The people, their answers, who decided, and those who are listed.
    assert (len(queries), trial.found.tried) == (4, size)


texts = st.text(alphabet="ab ", max_size=3)
a_rule = st.tuples(
    st.sampled_from(ApprovalRule.Condition.values),
    texts.filter(bool),
    st.booleans(),
    st.sampled_from(ApprovalRule.Result.values),
    st.booleans(),
    st.sampled_from(["last_name", "question", "private"]),
)


class TestUnchangedRules(TestCase):
    """Any rules, any people."""

    @settings(max_examples=40, deadline=None)
    @given(rules=st.lists(a_rule, max_size=4), people=st.lists(st.tuples(texts, texts), max_size=5))
    def test_they_would_decide_nobody_otherwise_whom_they_decided(
        self, rules: Sequence[tuple[str, str, bool, str, bool, str]], people: Sequence[tuple[str, str]]
    ) -> None:
        meeting = MeetingFactory(approval="rules")
        questions = {
            "question": QuestionFactory(meeting=meeting),
            "private": QuestionFactory(meeting=meeting, is_private=True),
        }
        for order, (condition, value, match_case, result, is_active, subject) in enumerate(rules):
            ApprovalRuleFactory(
                meeting=meeting,
                order=order,
                field="" if subject in questions else subject,
                question=questions.get(subject),
                condition=condition,
                value=value,
                match_case=match_case,
                result=result,
                is_active=is_active,
            )
        for number, (name, answer) in enumerate(people):
            values = {"first_name": "Ann", "last_name": name, "email": f"ann{number}@example.com"}
            given = [(question, [(None, answer)]) for question in questions.values()]
            submit.register(meeting, values=values, answers=given, language="en", now=timezone.now())

        trial = rule_trial.try_out(meeting, ruling.rules_of(meeting))

        assert (trial.found.tried, trial.found.differences) == (len(people), 0)
        expected = {"approved": {"approve"}, "declined": {"reject"}, "held": {"hold"}, "waiting": {""}}
        assert all(result in expected[stands] for stands, result in trial.found.matrix)
