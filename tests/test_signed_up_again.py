"""Where what was typed the second time differs from the registration."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registration.models import Answer, SecondSignUp, Submission
from registration.signed_up_again import Difference, differences
from tests.cast import QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

SAME = {"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "city": "Bonn"}


def ann(*answers: tuple[str, list[str]], **facts: Any) -> Submission:
    """Ann, with her answers as pairs of question and texts."""
    submission: Submission = SubmissionFactory(**(SAME | facts))
    for position, (question_text, texts) in enumerate(answers):
        question = QuestionFactory(meeting=submission.meeting)
        for text in texts:
            Answer.objects.create(
                submission=submission, question=question, question_text=question_text, text=text, position=position
            )
    return submission


def again(
    submission: Submission, *, values: dict[str, str], answers: Any = ()
) -> list[tuple[str, list[str], list[str]]]:
    """What differs when somebody signs the person up again."""
    second = SecondSignUp.objects.create(
        submission=submission, at=datetime(2026, 12, 1, tzinfo=UTC), values=values, answers=answers
    )
    second.refresh_from_db()
    return [(str(found.label), found.registered, found.typed) for found in differences(second)]


def test_what_is_the_same_differs_in_nothing() -> None:
    submission = ann(("Colour?", ["Red", "Green"]), ("Why?", ["one\ntwo"]))
    assert again(submission, values=SAME, answers=[["Colour?", ["Red", "Green"]], ["Why?", ["one\ntwo"]]]) == []


def test_fields_and_answers_that_differ_are_told_in_the_forms_order() -> None:
    submission = ann(("Colour?", ["Red", "Green"]), ("Why?", ["So"]), company_name="Acme")
    answers = [["Colour?", ["Green"]], ["How?", ["Thus"]]]
    assert again(submission, values=SAME | {"last_name": "Low", "company_name": "", "fax": "12"}, answers=answers) == [
        ("Last name", ["Lee"], ["Low"]),
        ("Company", ["Acme"], []),
        ("Fax", [], ["12"]),
        ("Colour?", ["Red", "Green"], ["Green"]),
        ("Why?", ["So"], []),
        ("How?", [], ["Thus"]),
    ]


def test_a_field_that_was_not_asked_for_the_second_time_does_not_differ() -> None:
    assert again(ann(company_name="Acme"), values=SAME) == []


def test_another_spelling_of_the_address_is_no_difference_and_another_address_is_one() -> None:
    assert again(ann(email="Ann@Example.com"), values=SAME) == []
    corrected = ann(email="ann.lee@example.com")
    assert again(corrected, values=SAME) == [("E-mail address", ["ann.lee@example.com"], ["ann@example.com"])]


def test_two_questions_of_the_same_words_are_told_apart() -> None:
    submission = ann(("Colour?", ["Red"]), ("Colour?", ["Blue"]))
    assert again(submission, values=SAME, answers=[["Colour?", ["Red"]], ["Colour?", ["Green"]]]) == [
        ("Colour?", ["Blue"], ["Green"])
    ]


def test_no_more_is_shown_of_an_answer_than_a_form_takes() -> None:
    [(_label, _registered, [typed])] = again(ann(), values=SAME, answers=[["Why?", ["x" * 5000]]])
    assert (len(typed), typed[-2:]) == (1000, "x…")


def test_a_difference_is_what_it_says() -> None:
    second = SecondSignUp(submission=ann(), at=datetime(2026, 12, 1, tzinfo=UTC), values={"city": "Köln"}, answers=[])
    assert [difference for difference in differences(second) if difference.registered == ["Bonn"]] == [
        Difference("City", ["Bonn"], ["Köln"])
    ]
