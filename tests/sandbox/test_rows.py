"""What the sandbox takes as a registrant, and what the approval rules make of it."""

from typing import Any

import pytest

from registration.sandbox.errors import Refusal
from registration.sandbox.forms import Condition, Form, Option, Question, Rule
from registration.sandbox.rows import Answer, Choice, read_row, read_rows
from tests.sandbox.talk import answer, person

TEXT = Question(1, "Team", "singleLineTextBox", max_length=5)
BOXES = Question(2, "Colours", "checkbox", options=(Option(1, "red"), Option(2, "green"), Option(3, "blue")))
MUST = Question(3, "Sure?", "radioButtons", is_required=True, options=(Option(1, "yes"), Option(2, "no")))
FORM = Form(questions=(TEXT, BOXES))


def refusal(row: object, form: Form = FORM) -> tuple[int, str]:
    with pytest.raises(Refusal) as caught:
        read_rows([person("good"), row], form=form, limit=100)
    return caught.value.status, caught.value.description


@pytest.mark.parametrize("field", ["firstName", "lastName", "email"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_row_without_a_fixed_field_refuses_the_call_and_names_row_and_field(field: str, value: str | None) -> None:
    assert refusal(person(**{field: value})) == (400, f"items[1].{field} is required.")


def test_a_row_without_a_field_that_the_form_requires_is_refused() -> None:
    form = Form(required_fields=frozenset({"companyName"}))
    with pytest.raises(Refusal, match=r"^companyName is required\.$"):
        read_row(person(), form=form)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "no address"}, "items[1].email must be an e-mail address."),
        ({"sendEmail": "yes"}, "items[1].sendEmail must be true or false."),
        ({"city": 5}, "items[1].city must be a text."),
        ({"zipCode": True}, "items[1].zipCode must be a text."),
        ({"zipCode": float("nan")}, "items[1].zipCode must be a number."),
        ({"customizedQuestions": {}}, "items[1].customizedQuestions must be a list."),
        ({"customizedQuestions": [7]}, "items[1].customizedQuestions[0] must be an object."),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused(wrong: dict[str, Any], words: str) -> None:
    assert refusal(person(**wrong)) == (400, words)


def test_a_row_that_is_no_object_is_refused() -> None:
    assert refusal("ann") == (400, "items[1] must be an object.")


@pytest.mark.parametrize("items", [None, [], {}, "x"])
def test_a_call_without_rows_is_refused(items: object) -> None:
    with pytest.raises(Refusal, match="at least one registrant"):
        read_rows(items, form=FORM, limit=2)


def test_a_call_with_too_many_rows_is_refused() -> None:
    with pytest.raises(Refusal, match=r"^items must have at most 2 registrants\.$"):
        read_rows([person("a"), person("b"), person("c")], form=FORM, limit=2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(9, "x"), ".questionId is not a question of this meeting's form."),
        (answer(None, "x"), ".questionId is not a question of this meeting's form."),
        (answer(1, "123456"), ".answers[0].answer is longer than 5 characters."),
        (answer(1, "a", "b"), ".answers must have one answer: only check boxes take several."),
        ({"questionId": 1}, ".answers must be a list."),
        (answer(1, {"optionId": 1}), ".answers[0].answer is required and must be a text."),
        (answer(2, {"optionId": 9, "answer": "red"}), ".answers[0].optionId is not an option of question 2."),
        (answer(2, "pink"), ".answers[0].answer is not an option of question 2."),
        (answer(2, {"optionId": 1, "answer": "blue"}), ".answers[0].answer is not the text of option 1."),
    ],
)
def test_an_answer_that_does_not_fit_its_question_is_refused(given: dict[str, Any], words: str) -> None:
    row = person(customizedQuestions=[given])
    assert refusal(row) == (400, f"items[1].customizedQuestions[0]{words}")


def test_a_question_answered_twice_is_refused() -> None:
    row = person(customizedQuestions=[answer(1, "a"), answer("1", "b")])
    assert refusal(row) == (400, "items[1].customizedQuestions[1].questionId is answered twice.")


@pytest.mark.parametrize("given", [[], [answer(3)], [answer(3, " ")]])
def test_a_required_question_without_an_answer_is_refused(given: list[dict[str, Any]]) -> None:
    with pytest.raises(Refusal, match=r"^customizedQuestions: question 3 is required\.$"):
        read_row(person(customizedQuestions=given), form=Form(questions=(MUST,)))


def test_ids_are_taken_as_numbers_and_as_texts_and_an_option_also_by_its_text() -> None:
    given = [answer("1", "five5"), answer(2, {"optionId": "1", "answer": "red"}, "green")]
    row = read_row(person(customizedQuestions=given), form=FORM)
    assert row.answers == (
        Answer(1, (Choice("five5"),)),
        Answer(2, (Choice("red", 1), Choice("green", 2))),
    )


@pytest.mark.parametrize("zip_code", ["02139", "SW1A 1AA", 2139, 1.5])
def test_a_postal_code_is_kept_as_it_was_given(zip_code: object) -> None:
    assert read_row(person(zipCode=zip_code), form=FORM).fields["zipCode"] == zip_code


def test_the_email_is_put_in_lower_case() -> None:
    assert read_row(person(email=" Ann@Example.COM "), form=FORM).email == "ann@example.com"


@pytest.mark.parametrize(
    ("condition", "met", "not_met"),
    [
        ("contains", "the Cat sat", "dog"),
        ("notContains", "dog", "the cat"),
        ("beginsWith", "cats", "the cat"),
        ("endsWith", "my CAT", "cats"),
        ("equals", "cAt", "cats"),
        ("notEquals", "cats", "cat"),
    ],
)
def test_each_condition_is_met_and_not_met(condition: Condition, met: str, not_met: str) -> None:
    rule = Rule(condition, "Cat", "approve", order=1)
    assert (rule.is_met_by([met]), rule.is_met_by([not_met])) == (True, False)


def test_a_rule_may_look_at_the_case() -> None:
    rule = Rule("contains", "Cat", "approve", order=1, match_case=True)
    assert (rule.is_met_by(["Cat"]), rule.is_met_by(["cat"])) == (True, False)


def test_one_of_several_answers_meets_a_positive_condition_and_breaks_a_negative_one() -> None:
    given = ["red", "blue"]
    assert Rule("equals", "blue", "approve", order=1).is_met_by(given)
    assert not Rule("notEquals", "blue", "approve", order=1).is_met_by(given)


def test_what_was_not_answered_counts_as_the_empty_text() -> None:
    assert Rule("notEquals", "blue", "approve", order=1).is_met_by([])
    assert not Rule("contains", "blue", "approve", order=1).is_met_by([])


@pytest.mark.parametrize(("order_of_question", "status"), [(1, "rejected"), (3, "approved")], ids=["first", "last"])
def test_the_first_rule_that_is_met_decides_and_both_kinds_are_in_one_order(
    order_of_question: int, status: str
) -> None:
    team = Question(1, "Team", "singleLineTextBox", rules=(Rule("equals", "x", "reject", order_of_question),))
    form = Form(questions=(team,), rules=(Rule("equals", "Test", "approve", order=2, field="lastName"),))
    row = read_row(person(customizedQuestions=[answer(1, "x")]), form=form)
    assert row.judge(form, otherwise="pending") == status


def test_where_no_rule_is_met_none_decides() -> None:
    form = Form(rules=(Rule("equals", "Nobody", "reject", order=1, field="lastName"),))
    assert read_row(person(), form=form).judge(form, otherwise="approved") == "approved"
