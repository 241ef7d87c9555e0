"""The buttons of the form editor: without JavaScript each asks the server, which gives back what was typed."""

import pytest
from django.test import Client

from registration.models import Meeting, Option
from tests.admin.form_editor.editing import address, fields_of, form_of, press, typed_in
from tests.admin.pages import said, soup

pytestmark = pytest.mark.django_db


def test_enter_in_a_field_presses_a_button_that_stores_nothing(as_dana: Client, meeting: Meeting) -> None:
    pressed = soup(as_dana.get(address(meeting))).select("#editor button")[0]
    assert (pressed["name"], pressed["value"]) == ("do", "preview")


def test_up_and_down_move_a_question_without_storing_anything(as_dana: Client, meeting: Meeting) -> None:
    why, _colour = meeting.questions.all()
    response = press(as_dana, meeting, f"down question {why.pk}", **{f"text_{why.pk}": "Typed"})
    assert typed_in(response) == ["Colour?", "", "Red", "Green", "Typed", ""]
    assert form_of(meeting)[0] == ("Why?", [])
    again = as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
    assert said(again) == ["success: Saved: 2 changes."]
    assert [question for question, _options in form_of(meeting)] == ["Colour?", "Typed"]


def test_up_and_down_move_an_option(as_dana: Client, meeting: Meeting) -> None:
    _red, green = Option.objects.all()
    response = press(as_dana, meeting, f"up option {green.pk}")
    assert typed_in(response) == ["Why?", "", "Colour?", "", "Green", "Red"]


@pytest.mark.parametrize("words", ["up question {}", "up question 0", "down option x", "add option 9", "dance", ""])
def test_what_moves_nothing_changes_nothing(as_dana: Client, meeting: Meeting, words: str) -> None:
    first = meeting.questions.all()[0]
    response = press(as_dana, meeting, words.format(first.pk))
    assert (response.status_code, typed_in(response)) == (200, ["Why?", "", "Colour?", "", "Red", "Green"])


def test_questions_and_options_are_added(as_dana: Client, meeting: Meeting) -> None:
    colour = meeting.questions.get(text="Colour?")
    response = press(as_dana, meeting, f"add option {colour.pk}")
    response = as_dana.post(address(meeting), {**fields_of(response), "do": "add question"})
    assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green", "", "", ""]
    [focused] = soup(response).select("[autofocus]")
    assert focused["name"] == "text-new2"
    assert meeting.questions.count() == 2


@pytest.mark.parametrize(
    ("button", "typed", "is_unsaved"),
    [("preview", {}, False), ("preview", {"use-city": "required"}, True), ("add question", {}, True)],
)
def test_it_tells_the_browser_whether_all_is_stored(
    as_dana: Client, meeting: Meeting, button: str, typed: dict[str, str], is_unsaved: bool
) -> None:
    fields = fields_of(as_dana.get(address(meeting)))
    response = as_dana.post(address(meeting), {**fields, **typed, "do": button})
    assert (soup(response).select_one("#editor[data-unsaved]") is not None) is is_unsaved
