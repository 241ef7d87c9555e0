"""Approval rules over plain data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.models import ApprovalRule
from registration.rules import Rule, first_match

CONDITIONS = ["contains", "notContains", "beginsWith", "endsWith", "equals", "notEquals"]
OPPOSITES = {"notContains": "contains", "notEquals": "equals"}


def rule(condition: str, value: str, *, match_case: bool = False, result: str = "approve", words: str = "") -> Rule:
    return Rule("city", condition, value, match_case, result, words)


def test_every_condition_of_the_model_is_known() -> None:
    assert sorted(ApprovalRule.Condition.values) == sorted(CONDITIONS)
    for condition in ApprovalRule.Condition:
        rule(condition, "Bonn").matches(["Bonn"])


@pytest.mark.parametrize(
    ("condition", "matching", "other"),
    [
        ("contains", "in Bonn today", "in Köln today"),
        ("notContains", "in Köln today", "in Bonn today"),
        ("beginsWith", "Bonn am Rhein", "am Rhein: Bonn"),
        ("endsWith", "am Rhein: Bonn", "Bonn am Rhein"),
        ("equals", "Bonn", "Bonn "),
        ("notEquals", "Bonn ", "Bonn"),
    ],
)
@pytest.mark.parametrize("match_case", [True, False])
def test_a_condition_holds_for_what_it_names_only(
    condition: str, matching: str, other: str, *, match_case: bool
) -> None:
    tested = rule(condition, "Bonn", match_case=match_case)
    assert (tested.matches([matching]), tested.matches([other])) == (True, False)


@pytest.mark.parametrize(("match_case", "holds"), [(True, False), (False, True)])
def test_case_matters_only_where_the_rule_says_so(*, match_case: bool, holds: bool) -> None:
    assert rule("equals", "STRASSE", match_case=match_case).matches(["Straße"]) is holds


@pytest.mark.parametrize(
    ("condition", "answers", "holds"),
    [
        ("equals", ["Köln", "Bonn"], True),
        ("equals", ["Köln", "Ulm"], False),
        ("contains", ["Köln", "near Bonn"], True),
        ("notEquals", ["Köln", "Ulm"], True),
        ("notEquals", ["Köln", "Bonn"], False),
        ("notContains", ["Köln", "near Bonn"], False),
    ],
)
def test_of_several_answers_one_is_enough_and_a_negative_rule_wants_none(
    condition: str, answers: list[str], *, holds: bool
) -> None:
    assert rule(condition, "Bonn").matches(answers) is holds


@pytest.mark.parametrize("condition", CONDITIONS)
def test_no_answer_counts_as_an_empty_one(condition: str) -> None:
    tested = rule(condition, "Bonn")
    assert first_match([tested], {}) == first_match([tested], {"city": [""]})
    assert tested.matches([]) is (condition in OPPOSITES)


def test_the_first_rule_that_matches_decides() -> None:
    rules = [
        rule("equals", "Ulm", words="first"),
        rule("contains", "o", result="reject", words="second"),
        rule("equals", "Bonn", words="third"),
    ]
    assert first_match(rules, {"city": ["Bonn"]}) == rules[1]


def test_no_rule_matches_without_rules_or_for_another_subject() -> None:
    assert first_match([], {"city": ["Bonn"]}) is None
    assert first_match([rule("equals", "Bonn")], {"state": ["Bonn"]}) is None


def test_a_condition_that_webex_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        rule("isLike", "Bonn").matches(["Bonn"])


@given(st.sampled_from(sorted(OPPOSITES)), st.text(), st.lists(st.text()), st.booleans())
def test_a_negative_condition_is_the_opposite_of_its_positive(
    condition: str, value: str, answers: list[str], match_case: bool
) -> None:
    negative = rule(condition, value, match_case=match_case)
    positive = rule(OPPOSITES[condition], value, match_case=match_case)
    assert negative.matches(answers) is not positive.matches(answers)


@given(st.sampled_from(CONDITIONS), st.text(), st.lists(st.text(), max_size=5))
def test_without_case_the_spelling_of_rule_and_answers_makes_no_difference(
    condition: str, value: str, answers: list[str]
) -> None:
    folded = [answer.casefold() for answer in answers]
    assert rule(condition, value).matches(answers) is rule(condition, value.casefold()).matches(folded)


@given(st.text(), st.text(), st.text())
def test_what_an_answer_is_made_of_is_found_in_it(before: str, value: str, after: str) -> None:
    assert rule("contains", value, match_case=True).matches([before + value + after])
    assert rule("beginsWith", value, match_case=True).matches([value + after])
    assert rule("endsWith", value, match_case=True).matches([before + value])


@given(st.lists(st.sampled_from(CONDITIONS), max_size=6), st.text(max_size=3))
def test_the_match_is_the_first_that_holds_and_none_before_it(conditions: list[str], answer: str) -> None:
    rules = [rule(condition, "a", words=str(number)) for number, condition in enumerate(conditions)]
    held = [tested for tested in rules if tested.matches([answer])]
    assert first_match(rules, {"city": [answer]}) == (held[0] if held else None)
