"""The customized questions of the form."""

import pytest

from tests.cast import MeetingFactory, QuestionFactory
from tests.filling import NAMES, errors, filled, name_of

pytestmark = pytest.mark.django_db


def test_all_five_kinds_of_question_are_answered_with_option_and_text() -> None:
    meeting = MeetingFactory()
    line = QuestionFactory(meeting=meeting, type="singleLineTextBox")
    lines = QuestionFactory(meeting=meeting, type="multiLineTextBox")
    boxes = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green", "Blue"])
    listed = QuestionFactory(meeting=meeting, type="dropdownList", options=["Red", "Green"])
    radio = QuestionFactory(meeting=meeting, type="radioButtons", options=["Yes", "No"])
    skipped = QuestionFactory(meeting=meeting, type="checkbox", options=["Only"])
    red, _green, blue = boxes.options.all()
    given: dict[str, str | list[str]] = {
        name_of(line): "a line",
        name_of(lines): "one\r\ntwo\rthree",
        name_of(boxes): [str(blue.pk), str(red.pk), str(red.pk)],
        name_of(listed): str(listed.options.all()[1].pk),
        name_of(radio): str(radio.options.all()[0].pk),
        name_of(skipped): [],
    }
    form = filled(meeting, **given)
    assert errors(form) == {}
    assert form.answers() == [
        (line, [(None, "a line")]),
        (lines, [(None, "one\ntwo\nthree")]),
        (boxes, [(red, "Red"), (blue, "Blue")]),
        (listed, [(listed.options.all()[1], "Green")]),
        (radio, [(radio.options.all()[0], "Yes")]),
    ]
    assert form.values() == NAMES


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("singleLineTextBox", "Answer “Colour?”"),
        ("multiLineTextBox", "Answer “Colour?”"),
        ("checkbox", "Choose at least one option for “Colour?”"),
        ("dropdownList", "Choose an option for “Colour?”"),
        ("radioButtons", "Choose an option for “Colour?”"),
    ],
)
def test_a_required_question_says_what_to_do(kind: str, words: str) -> None:
    options = [] if "TextBox" in kind else ["Red"]
    question = QuestionFactory(type=kind, text="Colour?", is_required=True, options=options)
    assert errors(filled(question.meeting)) == {name_of(question): [words]}


@pytest.mark.parametrize("kind", ["checkbox", "dropdownList", "radioButtons"])
@pytest.mark.parametrize("wrong", ["0", "-1", "999999999999999999999", "Red", "1e3", "\x00", "of another question"])
def test_an_option_that_is_not_the_questions_own_is_refused(kind: str, wrong: str) -> None:
    question = QuestionFactory(type=kind, text="100% sure?", options=["Red"])
    other = QuestionFactory(meeting=question.meeting, type=kind, options=["Elsewhere"])
    if wrong == "of another question":
        wrong = str(other.options.get().pk)
    assert errors(filled(question.meeting, **{name_of(question): wrong})) == {
        name_of(question): ["Choose from the options for “100% sure?”"]
    }


@pytest.mark.parametrize("kind", ["singleLineTextBox", "multiLineTextBox"])
@pytest.mark.parametrize(("max_length", "longest"), [(5, 5), (None, 999)])
def test_an_answer_keeps_to_its_length(kind: str, max_length: int | None, longest: int) -> None:
    question = QuestionFactory(type=kind, text="100% sure?", max_length=max_length)
    assert errors(filled(question.meeting, **{name_of(question): "é" * longest})) == {}
    assert errors(filled(question.meeting, **{name_of(question): "é" * (longest + 1)})) == {
        name_of(question): [f"Shorten “100% sure?” to {longest} characters or fewer: it has {longest + 1}"]
    }


def test_a_line_break_counts_as_one_character() -> None:
    question = QuestionFactory(type="multiLineTextBox", max_length=5)
    form = filled(question.meeting, **{name_of(question): "a\r\nb\r\nc"})
    assert (errors(form), form.answers()) == ({}, [(question, [(None, "a\nb\nc")])])


def test_of_repeated_keys_the_last_one_counts() -> None:
    assert filled(MeetingFactory(), first_name=["Bob", "Ann"]).is_valid()
    form = filled(MeetingFactory(), first_name=["Bob", "Ann"])
    assert (form.is_valid(), form.values()["first_name"]) == (True, "Ann")


def test_what_the_form_does_not_ask_for_is_left_aside() -> None:
    form = filled(MeetingFactory(), job_title="Boss", decision="approved", question_1="x")
    assert (errors(form), form.values(), form.answers()) == ({}, NAMES, [])
