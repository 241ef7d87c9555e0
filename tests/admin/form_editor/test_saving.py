"""The form editor: what it shows, and what it stores."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from registration.admin import form_draft
from registration.models import AuditEntry, Meeting
from tests.admin.form_editor.editing import address, fields_of, form_of, press, preview_of, typed_in
from tests.admin.pages import buttons, page_of, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db


def test_it_shows_the_form_and_what_attendees_will_see(as_dana: Client, meeting: Meeting) -> None:
    response = as_dana.get(address(meeting))
    assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green"]
    assert preview_of(response.content.decode()) == [
        "First name",
        "Last name",
        "E-mail address",
        "Why? (optional)",
        "Colour? (optional)",
    ]
    shown = soup(response)
    assert [field for field in shown.select("fieldset[disabled] :is(input, button)") if field.get("form")] == []
    assert len(shown.select("form form")) == 0
    assert "Form" in buttons(as_dana.get(page_of(meeting)))


def test_everything_is_stored_at_once_and_noted(as_dana: Client, dana: User, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    red, green = colour.options.all()
    before = meeting.form_version
    fields = fields_of(as_dana.get(address(meeting)))
    fields |= {
        "use-city": "required",
        f"text-{why.pk}": "Why <b>now</b>?",
        f"hint-{why.pk}": "A word will do",
        f"longest-{why.pk}": "40",
        f"required-{why.pk}": "on",
        f"private-{why.pk}": "on",
        f"option-text-{green.pk}": "Blue",
        f"option-retired-{red.pk}": "on",
        "question": [str(colour.pk), str(why.pk), "new1"],
        f"option-of-{colour.pk}": [str(green.pk), str(red.pk), "new2"],
        "option-text-new2": "Yellow",
        "text-new1": "Topics?",
        "type-new1": "checkbox",
        "option-of-new1": ["new3"],
        "option-text-new3": "One",
        "do": "save",
    }
    response = as_dana.post(address(meeting), fields)

    assert response.status_code == 302
    assert said(response) == ["success: Saved: 12 changes."]
    meeting.refresh_from_db()
    assert (meeting.city_use, meeting.form_version == before) == ("required", False)
    assert form_of(meeting) == [("Colour?", ["Blue", "Red", "Yellow"]), ("Why <b>now</b>?", []), ("Topics?", ["One"])]
    why.refresh_from_db()
    assert (why.hint, why.max_length, why.is_required, why.is_private) == ("A word will do", 40, True, True)
    assert list(colour.options.filter(is_retired=True)) == [red]
    [entry] = AuditEntry.objects.all()
    assert (entry.by, entry.action, entry.meeting, entry.thing) == (dana, "edited", meeting, "form")
    assert (entry.before["city"], entry.after["city"]) == ("hidden", "required")
    assert entry.before[f"question {why.pk}"]["text"] == "Why?"
    assert entry.after[f"question {colour.pk}"]["options"] == ["Blue", "Red (retired)", "Yellow"]


def test_saving_what_is_stored_changes_nothing(as_dana: Client, meeting: Meeting) -> None:
    version = Meeting.objects.get().form_version
    response = press(as_dana, meeting, "save")
    assert said(response) == ["info: Nothing was changed: this is what is stored already."]
    meeting.refresh_from_db()
    assert (meeting.form_version, AuditEntry.objects.count()) == (version, 0)


def test_a_question_of_another_meeting_is_not_taken_over(as_dana: Client, meeting: Meeting) -> None:
    other = QuestionFactory(text="Theirs")
    fields = fields_of(as_dana.get(address(meeting)))
    fields["question"] = [*fields["question"], str(other.pk)]
    as_dana.post(
        address(meeting),
        {**fields, f"text-{other.pk}": "Mine", f"type-{other.pk}": "singleLineTextBox", "do": "save"},
    )
    other.refresh_from_db()
    assert (other.text, other.meeting_id != meeting.pk) == ("Theirs", True)
    assert [question for question, _options in form_of(meeting)] == ["Why?", "Colour?", "Mine"]


class TestMany:
    """What is stored is never cut; only adding has an end."""

    @pytest.fixture(autouse=True)
    def few_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(form_draft, "MOST_QUESTIONS", 1)
        monkeypatch.setattr(form_draft, "MOST_OPTIONS", 1)

    def test_saving_it_as_it_is_changes_nothing(self, as_dana: Client, meeting: Meeting) -> None:
        assert said(press(as_dana, meeting, "save")) == ["info: Nothing was changed: this is what is stored already."]
        assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]

    def test_it_can_be_changed_but_nothing_added(self, as_dana: Client, meeting: Meeting) -> None:
        why, colour = meeting.questions.all()
        response = press(as_dana, meeting, "save", **{f"text_{why.pk}": "Why now?"})
        assert said(response) == ["success: Saved: 1 change."]
        questions = "A form takes at most 1 questions: delete one to add another."
        options = "A form takes at most 1 options in all: delete one to add another."
        for button, words in {"add question": questions, f"add option {colour.pk}": options}.items():
            response = press(as_dana, meeting, button)
            assert (said(response), soup(response).select("[value^=new]")) == ([f"warning: {words}"], [])
        fields = fields_of(as_dana.get(address(meeting)))
        fields |= {"text-new1": "New?", "type-new1": "singleLineTextBox", "option-text-new2": "New", "do": "save"}
        fields["question"] = [*fields["question"], "new1"]
        fields[f"option-of-{colour.pk}"] = [*fields[f"option-of-{colour.pk}"], "new2"]
        response = as_dana.post(address(meeting), fields)
        assert [text(item) for item in soup(response).select(".errornote li")] == [questions, options]
        assert form_of(meeting) == [("Why now?", []), ("Colour?", ["Red", "Green"])]

    def test_what_a_browser_does_not_send_stays(self, as_dana: Client, meeting: Meeting) -> None:
        _why, colour = meeting.questions.all()
        fields = fields_of(as_dana.get(address(meeting)))
        fields |= {"question": [str(colour.pk)], f"option-of-{colour.pk}": [], "do": "save"}
        assert as_dana.post(address(meeting), fields).status_code == 302
        assert sorted(form_of(meeting)) == [("Colour?", ["Red", "Green"]), ("Why?", [])]


def test_as_many_queries_for_many_questions_as_for_few(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    few, many = MeetingFactory(), MeetingFactory()
    QuestionFactory(meeting=few, type="checkbox", options=["One"])
    for _number in range(12):
        QuestionFactory(meeting=many, type="checkbox", options=["One", "Two", "Three"])
    for meeting in (few, many):
        with django_assert_num_queries(8):
            as_dana.get(address(meeting))
