"""Approval rules over plain data."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registration.models import ApprovalRule
from registration.rules import Case, Otherwise, Rule, back_test, covers, first_match, leave_nothing

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


# --- rules that cannot be reached -------------------------------------------------------------------------------------

some_text = st.text(alphabet="aAbß ", max_size=4)
some_rule = st.builds(rule, st.sampled_from(CONDITIONS), some_text, match_case=st.booleans())


@settings(max_examples=400)
@given(some_rule, some_rule, st.lists(some_text, max_size=3))
@example(rule("notContains", "a"), rule("notContains", "a", match_case=True), ["A"])
def test_a_rule_that_covers_another_matches_whenever_the_other_does(
    earlier: Rule, later: Rule, answers: list[str]
) -> None:
    if covers(earlier, later) and later.matches(answers):
        assert earlier.matches(answers)


@given(some_rule, some_rule, st.lists(some_text, max_size=3))
def test_of_two_that_leave_nothing_one_matches(first: Rule, second: Rule, answers: list[str]) -> None:
    if leave_nothing(first, second):
        assert first.matches(answers) or second.matches(answers)


@pytest.mark.parametrize(
    ("earlier", "later", "is_covered"),
    [
        (rule("endsWith", ".com"), rule("endsWith", "@example.com"), True),
        (rule("endsWith", "@example.com"), rule("endsWith", ".com"), False),
        (rule("contains", "bonn"), rule("equals", "Bonn"), True),
        (rule("contains", "Bonn", match_case=True), rule("equals", "Bonn"), False),
        (rule("contains", "Bonn"), rule("equals", "Bonn", match_case=True), True),
        (rule("notEquals", "Bonn"), rule("notEquals", "BONN"), True),
        (rule("notContains", "Bonn"), rule("notContains", "on"), True),
        (rule("notContains", "on"), rule("notContains", "Bonn"), False),
        (rule("notEquals", "Bonn"), rule("notContains", "on"), True),
        (rule("notContains", "a"), rule("notContains", "a", match_case=True), False),
        (rule("notEquals", "Ulm"), rule("equals", "Bonn"), False),
        (Rule("state", "equals", "Bonn", False, "approve", ""), rule("equals", "Bonn"), False),
    ],
)
def test_what_a_rule_covers(earlier: Rule, later: Rule, *, is_covered: bool) -> None:
    assert covers(earlier, later) is is_covered


@given(some_rule)
def test_a_rule_covers_itself(tested: Rule) -> None:
    assert covers(tested, tested)


@pytest.mark.parametrize(
    ("first", "second", "is_so"),
    [
        (rule("equals", "Bonn"), rule("notEquals", "BONN"), True),
        (rule("notContains", "Bonn"), rule("contains", "Bonn"), True),
        (rule("equals", "Bonn"), rule("notContains", "Bonn"), False),
        (rule("equals", "Bonn"), rule("notEquals", "Bonn", match_case=True), False),
        (rule("equals", "Bonn"), rule("equals", "Bonn"), False),
    ],
)
def test_which_two_rules_leave_nothing_to_others(first: Rule, second: Rule, *, is_so: bool) -> None:
    assert leave_nothing(first, second) is is_so


# --- trying rules out -------------------------------------------------------------------------------------------------

results = st.sampled_from(["approve", "reject", "hold"])
rule_lists = st.lists(
    st.builds(rule, st.sampled_from(CONDITIONS), some_text, match_case=st.booleans(), result=results), max_size=5
)


@given(rule_lists, st.lists(some_text, max_size=20))
def test_rules_that_are_as_they_were_would_decide_nobody_otherwise(rules: list[Rule], answers: list[str]) -> None:
    def decided(key: int, answer: str) -> Case:
        values = {"city": [answer]}
        match = first_match(rules, values)
        result = match.result if match and match.result != "hold" else ""
        return Case(key, values, result or "waiting", result, by_rule=bool(result))

    cases = [decided(*pair) for pair in enumerate(answers)]
    found = back_test(rules, cases, most_listed=5)
    assert (found.tried, found.differences, found.otherwise) == (len(answers), 0, [])
    assert all(stands == result or (stands == "waiting" and result in {"", "hold"}) for stands, result in found.matrix)


@given(rule_lists, st.lists(some_text, max_size=20))
def test_everybody_is_counted_once_under_the_rule_that_decides(rules: list[Rule], answers: list[str]) -> None:
    cases = [Case(key, {"city": [answer]}, "waiting") for key, answer in enumerate(answers)]
    found = back_test(rules, cases, most_listed=5)
    assert found.by_rule.total() == found.matrix.total() == found.tried == len(answers)
    for index, tested in enumerate(rules):
        decided = [answer for answer in answers if first_match(rules, {"city": [answer]}) is tested]
        assert found.by_rule[index] == len(decided)


def test_whom_the_rules_would_decide_otherwise_is_listed_as_far_as_there_is_room() -> None:
    rules = [rule("equals", "Bonn"), rule("equals", "Ulm", result="hold")]
    cases = [
        Case(1, {"city": ["Bonn"]}, "declined", "reject"),
        Case(2, {"city": ["Bonn"]}, "approved", "approve"),
        Case(3, {"city": ["Ulm"]}, "approved", "approve"),
        Case(4, {"city": ["Köln"]}, "approved", "approve"),
        Case(5, {"city": ["Köln"]}, "approved", "approve", by_rule=True),
        Case(6, {"city": ["Bonn"]}, "waiting"),
    ]
    found = back_test(rules, cases, most_listed=2)
    assert found.otherwise == [Otherwise(1, "declined", 0), Otherwise(3, "approved", 1)]
    assert found.differences == 3
    assert back_test(rules, cases, most_listed=9).otherwise[2:] == [Otherwise(5, "approved", None)]
    assert found.by_rule == {0: 3, 1: 1, None: 2}
    assert found.matrix == {
        ("declined", "approve"): 1,
        ("approved", "approve"): 1,
        ("approved", "hold"): 1,
        ("approved", ""): 2,
        ("waiting", "approve"): 1,
    }
