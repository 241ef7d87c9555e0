"""Which fields Webex's words are about."""

from datetime import UTC, datetime
from typing import Any

import pytest

from registration.models import Question
from registration.refusals import fields_named, questions_named
from registration.sandbox.errors import Refusal
from registration.sandbox.forms import OPTIONAL_FIELDS, Form
from registration.sandbox.rows import read_rows
from registration.sandbox.store import Store
from registration.standard_fields import NAME_FIELDS, STANDARD_FIELDS, StandardField

EVERY_FIELD = Form(required_fields=frozenset(OPTIONAL_FIELDS))


@pytest.mark.parametrize("field", STANDARD_FIELDS, ids=lambda field: field.name)
def test_each_field_is_known_by_webexs_name_for_it(field: StandardField) -> None:
    name = field.webex_name
    for words in (f"The value of {name} is wrong.", f"registrants[3].{name}: bad", f"“{name.upper()}” is too long"):
        assert fields_named(words) == (field.name,)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Invalid e-mail address.", ("email",)),
        ("The Work Phone Number and the postal code are wrong.", ("zip_code", "work_phone")),
        ("first_name must not be empty; last-name neither", ("first_name", "last_name")),
        ("This estate is understated, and a fact of the cityscape.", ()),
        ("firstName, lastName, email and city are wrong", ()),
        ("", ()),
        ("The meeting is in a state that does not allow registration.", ()),
        ("The state of the meeting is not valid for this.", ()),
        ("This host email is not allowed", ()),
        ("This host email is invalid", ()),
        ("Invalid value for field 'Company'", ("company_name",)),
        ("State is required", ("state",)),
        ("email is not accepted", ("email",)),
        ("email: must be a well-formed email address", ("email",)),
        ("Duplicate email", ("email",)),
        ("The email address has been registered", ("email",)),
        ("countryRegion is not known", ("country_region",)),
        ("items[0].workPhone must be a string", ("work_phone",)),
        ("Country must be specified", ("country_region",)),
        ("No such city.", ("city",)),
        ("items[4].state", ("state",)),
        ("Company is longer than 80 characters", ("company_name",)),
        ("The meeting is in an invalid state", ()),
        ("The meeting's state is invalid", ()),
        ("You must state your name.", ()),
        ("The host's e-mail address is unknown", ()),
        ("host_email: not allowed", ()),
        ("🎉 \u202ekrow enohp", ()),
    ],
)
def test_other_spellings_are_known_and_words_that_contain_one_are_not(words: str, names: tuple[str, ...]) -> None:
    assert fields_named(words) == names


@pytest.mark.parametrize("field", STANDARD_FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("value", [[], ""], ids=["no text", "empty"])
def test_the_field_is_known_in_the_sandboxs_words(field: StandardField, value: object) -> None:
    given: dict[str, Any] = {each.webex_name: "ada@example.com" for each in STANDARD_FIELDS}
    given[field.webex_name] = value
    assert fields_named(_refusal_of(given)) == (field.name,)


ROLE, PETS = Question(webex_id="330524", text="What is your role?"), Question(webex_id="7", text="Pets")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("registrants[0].customizedQuestions[1].answers[0].answer is longer than 5 characters.", [ROLE]),
        ("customizedQuestions[0].answers must be a list.", [PETS]),
        ("customizedQuestions[9].answers must be a list.", []),
        ("customizedQuestions: question 330524 is required.", [ROLE]),
        ("Error 330524", []),
        ("No such question: 1330524, 330524-5", []),
        ("Wrong questions: 330520,\n330524", [ROLE]),
        ("question 7 is required", [PETS]),
        ("questionId: 7", [PETS]),
        ("The answer is longer than 7 characters.", []),
        ("Answer “what is your ROLE?”", [ROLE]),
        ("No answer to “Pets”.", [PETS]),
        ("No pets are allowed.", []),
        ("The value of workPhone is not accepted.", []),
        ("(.*)+[", []),
    ],
)
def test_questions_are_known_by_their_ids_their_words_or_their_place(words: str, named: list[Question]) -> None:
    assert questions_named(words, [ROLE, PETS], sent=["7", "330524"]) == named


def test_a_question_that_is_called_like_a_field_is_named_where_it_is_quoted() -> None:
    question = Question(webex_id="1", text="E-mail address")
    assert questions_named("The e-mail address is wrong.", [question], sent=[]) == []
    assert questions_named("“E-mail address” is wrong.", [question], sent=[]) == [question]


def test_the_words_of_a_question_name_no_field() -> None:
    words = "“In which City, and which state?” must be answered; zip code is wrong."
    assert fields_named(words, apart_from=["In which city, and which state?"]) == ("zip_code",)


def test_words_that_name_very_many_questions_are_about_none_of_them() -> None:
    questions = [Question(webex_id=str(number), text="Why?") for number in range(10_000, 10_004)]
    words = "Wrong questions: " + ", ".join(question.webex_id for question in questions)
    assert questions_named(words, questions[:3], sent=[]) == questions[:3]
    assert questions_named(words, questions, sent=[]) == []


def test_an_address_is_known_in_the_sandboxs_words_where_it_is_none_or_is_there_already() -> None:
    ada = {each.webex_name: "ada@example.com" for each in NAME_FIELDS}
    assert fields_named(_refusal_of(ada | {"email": "ada"}, form=Form())) == ("email",)
    store = Store(clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    meeting = store.add_meeting(form=Form())
    with pytest.raises(Refusal) as refused:
        store.register(meeting.id, read_rows([ada, ada], form=Form(), limit=2))
    assert fields_named(refused.value.description) == ("email",)


def _refusal_of(given: dict[str, Any], *, form: Form = EVERY_FIELD) -> str:
    with pytest.raises(Refusal) as refused:
        read_rows([given], form=form, limit=1)
    return refused.value.description
