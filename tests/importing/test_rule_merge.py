"""Approval rules of Webex and of our own in one list, whatever either side did in between."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from registration.flow import ruling
from registration.importing.bounds import bounded_form
from registration.importing.merge import FormMerge
from registration.models import Meeting
from registration.rules import first_match
from registration.webex.records import FormInfo, QuestionInfo, RuleInfo
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory
from tests.importing.form_facts import everything_of

pytestmark = pytest.mark.django_db


def infos(values: Sequence[str], **more: Any) -> tuple[RuleInfo, ...]:
    return tuple(
        RuleInfo(
            order, **({"field": "city", "question_id": ""} | more), condition="equals", value=value, result="reject"
        )
        for order, value in enumerate(values)
    )


def take(meeting: Meeting, *values: str, is_first: bool = False) -> FormMerge:
    merge = FormMerge(meeting, FormInfo(rules=infos(values)), is_first=is_first)
    merge.save()
    return merge


def listed(meeting: Meeting) -> list[str]:
    """The values in order; those of our own with a star, those that are switched off in brackets."""
    return [
        f"{rule.value if rule.is_active else f'({rule.value})'}{'' if rule.is_from_webex else '*'}"
        for rule in meeting.rules.all()
    ]


def arranged(*wanted: str, **facts: Any) -> Meeting:
    """A meeting with these rules, as ``listed`` tells them."""
    meeting: Meeting = MeetingFactory(**facts)
    for order, words in enumerate(wanted, start=1):
        value = words.rstrip("*").strip("()")
        ApprovalRuleFactory(
            meeting=meeting,
            order=order,
            field="city",
            condition="equals",
            value=value,
            result="reject",
            is_active="(" not in words,
            is_from_webex="*" not in words,
        )
    return meeting


@pytest.mark.parametrize(
    ("stored", "at_webex_now", "then"),
    [
        ([], ["A", "B"], ["A", "B"]),
        (["A", "B"], ["A", "B"], ["A", "B"]),
        # What staff made, moved or switched off stays so.
        (["own*", "A", "B"], ["A", "B"], ["own*", "A", "B"]),
        (["A", "own*", "B"], ["A", "B"], ["A", "own*", "B"]),
        (["B", "A"], ["A", "B"], ["B", "A"]),
        (["A", "(B)"], ["A", "B"], ["A", "(B)"]),
        # What is gone from Webex goes, and what is new takes its place as far as that is after our own.
        (["A", "own*", "B"], ["B"], ["own*", "B"]),
        (["(A)", "own*"], [], ["own*"]),
        (["A", "C"], ["A", "B", "C"], ["A", "B", "C"]),
        (["A", "C"], ["0", "A", "C"], ["0", "A", "C"]),
        (["own*"], ["A"], ["own*", "A"]),
        (["own*", "C"], ["A", "C"], ["own*", "A", "C"]),
        (["A", "own*", "C"], ["A", "B", "C"], ["A", "own*", "B", "C"]),
        (["A", "C", "own*"], ["A", "B", "C"], ["A", "C", "own*", "B"]),
        # A rule that Webex changed is another one.
        (["(A)", "B"], ["A2", "B"], ["A2", "B"]),
        # What staff had first is not there twice; a rule that Webex has twice is.
        (["A*"], ["A", "B"], ["A*", "B"]),
        (["A"], ["A", "A"], ["A", "A"]),
        (["A", "A*"], ["A"], ["A", "A*"]),
    ],
)
def test_what_becomes_of_the_list(stored: list[str], at_webex_now: list[str], then: list[str]) -> None:
    meeting = arranged(*stored)
    take(meeting, *at_webex_now)
    assert listed(meeting) == then
    before = everything_of(meeting)
    assert take(meeting, *at_webex_now).notes == []
    assert everything_of(meeting) == before


def test_each_rule_that_changed_is_told_in_its_words_and_that_our_own_stay() -> None:
    meeting = arranged("A", "own*", "mine*")
    assert take(meeting, "B", "C").notes == [
        "New approval rule: City equals “B”: decline.",
        "New approval rule: City equals “C”: decline.",
        "Approval rule gone from Webex, and here, too: City equals “A”: decline.",
        "2 approval rules of your own stay.",
    ]


def test_where_the_rules_decide_what_is_new_comes_switched_off() -> None:
    meeting = arranged("A", "own*", "C", approval="rules")
    assert take(meeting, "A", "B", "C").notes == [
        "New approval rule, switched off: City equals “B”: decline.",
        "What is switched off decides nothing: try it on the page “Approval rules”, and switch it on there.",
        "1 approval rule of your own stays.",
    ]
    assert listed(meeting) == ["A", "own*", "(B)", "C"]
    assert take(meeting, "A", "B", "C").notes == []


@pytest.mark.parametrize(
    ("stored", "at_webex_now", "then"),
    [
        (["A", "B"], ["A2", "B"], ["A*", "(A2)", "B"]),
        (["A", "own*", "B"], ["B"], ["A*", "own*", "B"]),
        (["(A)", "B"], ["B"], ["B"]),
        (["A", "B"], [], ["A*", "B*"]),
    ],
)
def test_where_the_rules_decide_one_that_declines_and_is_gone_from_webex_stays_on_as_our_own(
    stored: list[str], at_webex_now: list[str], then: list[str]
) -> None:
    meeting = arranged(*stored, approval="rules")
    take(meeting, *at_webex_now)
    assert listed(meeting) == then
    before = everything_of(meeting)
    assert take(meeting, *at_webex_now).notes == []
    assert everything_of(meeting) == before


@pytest.mark.parametrize(("result", "then"), [("reject", ["A*"]), ("hold", ["A*"]), ("approve", [])])
def test_what_is_gone_from_webex_and_approves_goes_what_declines_or_holds_stays(result: str, then: list[str]) -> None:
    meeting = arranged("A", approval="rules")
    meeting.rules.update(result=result)
    take(meeting)
    assert listed(meeting) == then


def test_who_is_declined_is_not_approved_by_the_next_rule_where_webex_changed_the_first() -> None:
    meeting: Meeting = MeetingFactory(approval="rules")
    approving = RuleInfo(1, "email", "", "notEquals", "x", "approve")
    verdicts = []
    for first in ("Bonn", "Köln"):
        form = FormInfo(rules=(*infos([first], field="email"), approving))
        FormMerge(meeting, form, is_first=first == "Bonn").save()
        rules = [rule for _number, rule in ruling.followed(ruling.rules_of(meeting))]
        match = first_match(rules, {"email": ["Bonn"]})
        verdicts.append(match and match.result)
    assert verdicts == ["reject", "reject"]


def test_what_is_kept_is_told() -> None:
    assert take(arranged("A", "own*", approval="rules"), "B").notes == [
        "New approval rule, switched off: City equals “B”: decline.",
        "What is switched off decides nothing: try it on the page “Approval rules”, and switch it on there.",
        "Approval rule gone from Webex, kept here as your own: City equals “A”: decline.",
        "What is kept goes on declining or holding: switch it off or remove it on the page “Approval rules”.",
        "1 approval rule of your own stays.",
    ]


def test_a_rule_that_is_kept_and_comes_back_at_webex_is_not_there_twice() -> None:
    meeting = arranged("A", approval="rules")
    take(meeting, "A2")
    assert take(meeting, "A").notes == [
        "Approval rule gone from Webex, and here, too: City equals “A2”: decline.",
        "1 approval rule of your own stays.",
    ]
    assert listed(meeting) == ["A*"]


def test_the_first_import_has_its_rules_decide() -> None:
    meeting = arranged(approval="rules")
    take(meeting, "A", is_first=True)
    assert listed(meeting) == ["A"]


def test_another_order_than_webex_s_is_told_at_every_import() -> None:
    words = ["The approval rules from Webex stand in another order here than at Webex; the order here holds."]
    assert [take(arranged("B", "A"), "A", "B").warnings, take(arranged("A", "B"), "A", "B").warnings] == [words, []]


def test_a_rule_keeps_its_question_also_a_question_that_is_new() -> None:
    meeting = arranged("own*")
    question = QuestionInfo(id="7", text="Colour?", type="singleLineTextBox")
    form = FormInfo(questions=(question,), rules=infos(["Red"], field="", question_id="7"))
    FormMerge(meeting, form).save()
    assert [rule.question and rule.question.text for rule in meeting.rules.all()] == [None, "Colour?"]
    meeting.rules.filter(value="Red").update(is_active=False)
    merge = FormMerge(meeting, form)
    merge.save()
    assert (merge.notes, listed(meeting)) == ([], ["own*", "(Red)"])


def test_our_own_rule_on_a_question_that_webex_no_longer_asks_stays() -> None:
    question = QuestionFactory()
    ApprovalRuleFactory(meeting=question.meeting, field="", question=question)
    FormMerge(question.meeting, FormInfo()).save()
    assert question.meeting.rules.get().question == question


def test_as_many_queries_for_many_rules_as_for_few() -> None:
    counts = []
    for size in (2, 20):
        meeting = arranged(*(f"own{n}*" for n in range(size)), *(f"A{n}" for n in range(size)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            take(meeting, *(f"A{n}" for n in range(1, size)), *(f"B{n}" for n in range(size)))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_holding_for_review_is_ours_webex_cannot_ask_for_it() -> None:
    rule = RuleInfo(1, "city", "", "equals", "Bonn", "hold")
    notes: list[str] = []
    assert bounded_form(FormInfo(rules=(rule,)), notes=notes).rules == ()
    assert notes == ["Approval rule 1 was left out: the portal cannot follow it."]


words = st.sampled_from(["A", "B", "C", "D"])
own = st.sampled_from(["A*", "E*", "F*", "(F)*"])


class TestRefreshing(TestCase):
    """Any list after any other."""

    @settings(max_examples=60, deadline=None)
    @given(
        stored=st.lists(words | words.map("({})".format) | own, max_size=6),
        theirs=st.lists(words, max_size=5),
    )
    def test_our_own_stay_as_they_were_and_webex_s_are_all_there(self, stored: list[str], theirs: list[str]) -> None:
        meeting = arranged(*stored)
        ours = list(meeting.rules.filter(is_from_webex=False).values_list("pk", "value", "is_active"))
        take(meeting, *theirs)
        after = list(meeting.rules.filter(is_from_webex=False).values_list("pk", "value", "is_active"))
        assert after == ours
        there = [words.rstrip("*").strip("()") for words in listed(meeting)]
        assert all(there.count(value) >= theirs.count(value) for value in theirs)
        left = [words.strip("()") for words in listed(meeting) if "*" not in words]
        assert set(left) <= set(theirs)
