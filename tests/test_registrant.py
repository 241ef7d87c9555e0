"""What Webex is told about a submission."""

import pytest

from registration.models import Answer, Option, Question, Submission
from registration.registrant import registrant_of
from registration.standard_fields import CHOSEN_FIELDS
from registration.webex import records
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db

STANDARD = {
    "first_name": "Zoë",
    "last_name": "O'Neil",
    "email": "Zoe@Example.com",
    "job_title": "Head of =cmd",
    "company_name": "Ünïcode & Co",
    "address1": "1 Main St",
    "address2": "Floor 2",
    "city": "Boston",
    "state": "MA",
    "zip_code": "02139",
    "country_region": "United States",
    "work_phone": "+1 617-555-0100",
    "fax": "+1 617-555-0199",
}


def answer(submission: Submission, question: Question, *texts: str) -> None:
    for text in texts:
        option = Option.objects.filter(question=question, text=text).first()
        Answer.objects.create(
            submission=submission,
            question=question,
            option=option,
            question_text=question.text,
            text=text,
            position=question.position,
        )


def test_every_field_goes_under_webex_s_name_and_type() -> None:
    meeting = MeetingFactory()
    color = QuestionFactory(meeting=meeting, type="checkbox", webex_id="330521", options=["Red", "Green", "Blue"])
    why = QuestionFactory(meeting=meeting, type="multiLineTextBox", webex_id="330522")
    person = SubmissionFactory(meeting=meeting, **STANDARD)
    answer(person, why, "two\nlines")
    answer(person, color, "Red", "Blue")

    assert registrant_of(person, answers=person.answers.all(), send_email=True).to_json() == {
        "firstName": "Zoë",
        "lastName": "O'Neil",
        "email": "Zoe@Example.com",
        "sendEmail": True,
        "jobTitle": "Head of =cmd",
        "companyName": "Ünïcode & Co",
        "address1": "1 Main St",
        "address2": "Floor 2",
        "city": "Boston",
        "state": "MA",
        "zipCode": "02139",
        "countryRegion": "United States",
        "workPhone": "+1 617-555-0100",
        "fax": "+1 617-555-0199",
        "customizedQuestions": [
            {"questionId": 330521, "answers": [{"optionId": 1, "answer": "Red"}, {"optionId": 3, "answer": "Blue"}]},
            {"questionId": 330522, "answers": [{"answer": "two\nlines"}]},
        ],
    }


def test_what_was_not_given_is_left_out() -> None:
    person = SubmissionFactory(first_name="A", last_name="B", email="a@b.example", zip_code="94105")
    assert registrant_of(person, answers=person.answers.all(), send_email=False).to_json() == {
        "firstName": "A",
        "lastName": "B",
        "email": "a@b.example",
        "sendEmail": False,
        "zipCode": 94105,
    }


def test_answers_that_webex_does_not_know_stay_with_us() -> None:
    meeting = MeetingFactory()
    person = SubmissionFactory(meeting=meeting)
    answer(person, QuestionFactory(meeting=meeting, webex_id=""), "by hand")
    answer(person, QuestionFactory(meeting=meeting, is_retired=True), "retired")
    color = QuestionFactory(meeting=meeting, type="radioButtons", options=["Red", "Green"])
    Option.objects.filter(text="Red").update(is_retired=True)
    answer(person, color, "Red")
    assert registrant_of(person, answers=person.answers.all(), send_email=True).answers == ()


def test_an_option_goes_in_the_words_that_webex_has_now() -> None:
    meeting = MeetingFactory()
    person = SubmissionFactory(meeting=meeting)
    color = QuestionFactory(meeting=meeting, type="dropdownList", webex_id="5", options=["Red"])
    answer(person, color, "Red")
    Option.objects.update(text="Crimson")
    assert registrant_of(person, answers=person.answers.all(), send_email=True).to_json()["customizedQuestions"] == [
        {"questionId": 5, "answers": [{"optionId": 1, "answer": "Crimson"}]}
    ]


def test_both_sides_call_the_standard_fields_by_the_same_names() -> None:
    assert {field.name: field.webex_name for field in CHOSEN_FIELDS} == records.STANDARD_FIELDS
