"""What the form editor refuses to store: nothing typed is lost where something is wrong."""

from typing import Any

import pytest
from django.test import Client

from registration.models import ApprovalRule, Meeting, Option
from tests.admin.form_editor.editing import address, fields_of, form_of, press, typed_in
from tests.admin.pages import said, soup, text
from tests.cast import ApprovalRuleFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


def test_what_is_wrong_is_said_by_its_input_and_all_that_was_typed_stays(as_dana: Client, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    typed = {
        f"text-{why.pk}": "",
        f"longest-{why.pk}": "many",
        f"hint-{why.pk}": "x" * 301,
        f"option-text-{colour.options.all()[0].pk}": "\0",
        f"text-{colour.pk}": "Kept",
        "use-city": "optional",
    }
    fields = fields_of(as_dana.get(address(meeting)))
    response = as_dana.post(address(meeting), {**fields, **typed, "do": "save"})
    assert response.status_code == 400
    shown = soup(response)
    assert [text(item) for item in shown.select(".errornote li")] == [
        "Question 1: Enter the words of the question.",
        "Question 1: Ensure this value has at most 300 characters (it has 301).",
        "Question 1: Enter a whole number.",
        "Question 2, an option: Null characters are not allowed.",
    ]
    targets = [str(link["href"])[1:] for link in shown.select(".errornote a")]
    assert [tag["id"] for tag in shown.select("[aria-invalid]")] == [targets[0], targets[2], targets[1], targets[3]]
    for tag in shown.select("[aria-invalid]"):
        assert shown.find(id=str(tag["aria-describedby"])) is not None
    assert fields_of(response)[f"text-{colour.pk}"] == "Kept"
    assert fields_of(response)["use-city"] == "optional"
    assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]


@pytest.mark.parametrize(
    ("longest", "words"),
    [
        ("5000", "Ensure this value is less than or equal to 999."),
        ("1000", "Ensure this value is less than or equal to 999."),
        ("0", "Ensure this value is greater than or equal to 1."),
        ("-1", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_a_longest_answer_that_webex_does_not_take_is_refused(
    as_dana: Client, meeting: Meeting, longest: str, words: str
) -> None:
    why = meeting.questions.get(text="Why?")
    response = press(as_dana, meeting, "save", **{f"longest_{why.pk}": longest})
    assert [text(item) for item in soup(response).select(".errornote li")] == [f"Question 1: {words}"]
    why.refresh_from_db()
    assert why.max_length == 80


def test_a_choice_without_options_is_refused(as_dana: Client, meeting: Meeting) -> None:
    why = meeting.questions.get(text="Why?")
    response = press(as_dana, meeting, "save", **{f"type_{why.pk}": "checkbox"})
    assert [text(item) for item in soup(response).select(".errornote li")] == [
        "Question 1: A question of this type needs an option to choose."
    ]


def test_two_tabs(as_dana: Client, meeting: Meeting) -> None:
    """Saving what was made of an older form is refused, with what changed; then it can be saved over it."""
    why, colour = meeting.questions.all()
    fields = fields_of(as_dana.get(address(meeting)))
    press(as_dana, meeting, "save", **{f"text_{why.pk}": "Theirs"})
    added = QuestionFactory(meeting=meeting, text="Added by them", webex_id="")
    Option.objects.create(question=colour, text="Blue", position=9)
    response = as_dana.post(address(meeting), {**fields, f"text-{why.pk}": "Mine", "do": "save"})
    assert response.status_code == 409
    assert [text(item) for item in soup(response).select(".caution li")] == [
        "“Why?”, Question: “Why?” → “Theirs”.",
        "In “Colour?”, added: “Blue”.",
        "Added: “Added by them” (one line of text, optional).",
    ]
    assert typed_in(response) == ["Mine", "", "Colour?", "", "Red", "Green", "Blue", "Added by them", ""]
    again = as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
    assert said(again)[-1] == "success: Saved: 1 change."
    assert [question for question, _options in form_of(meeting)] == ["Mine", "Colour?", "Added by them"]
    assert meeting.questions.filter(pk=added.pk).exists()


def test_a_change_of_the_meeting_that_is_none_of_the_form_refuses_nothing(as_dana: Client, meeting: Meeting) -> None:
    fields = fields_of(as_dana.get(address(meeting)))
    meeting.title = "Another"
    meeting.save()
    response = as_dana.post(address(meeting), {**fields, "use-fax": "optional", "do": "save"})
    assert said(response) == ["success: Saved: 1 change."]


def test_a_question_that_somebody_deleted_meanwhile_is_not_lost(as_dana: Client, meeting: Meeting) -> None:
    why = meeting.questions.get(text="Why?")
    fields = fields_of(as_dana.get(address(meeting)))
    why.delete()
    response = as_dana.post(address(meeting), {**fields, "do": "save"})
    assert (response.status_code, typed_in(response)[0]) == (409, "Why?")
    as_dana.post(address(meeting), {**fields_of(response), "do": "save"})
    assert [question for question, _options in form_of(meeting)] == ["Why?", "Colour?"]


@pytest.mark.parametrize("shown", ["", "forged", "a:b:c"])
def test_what_was_shown_cannot_be_forged(as_dana: Client, meeting: Meeting, shown: str) -> None:
    fields = fields_of(as_dana.get(address(meeting)))
    response = as_dana.post(address(meeting), {**fields, "shown": shown, "do": "save", "use-fax": "required"})
    assert response.status_code == 409
    assert typed_in(response) == ["Why?", "", "Colour?", "", "Red", "Green"]


def test_what_has_been_answered_is_not_deleted(as_dana: Client, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    red, green = colour.options.all()
    person = SubmissionFactory(meeting=meeting)
    person.answers.create(question=colour, option=red, question_text="Colour?", text="Red")
    page = soup(as_dana.get(address(meeting)))
    assert [str(box["name"]) for box in page.select("input[name*=deleted]")] == [
        f"deleted-{why.pk}",
        f"option-deleted-{green.pk}",
    ]
    response = press(as_dana, meeting, "save", **{f"deleted_{colour.pk}": "on", f"deleted_{why.pk}": "on"})
    assert said(response) == [
        "error: “Colour?” has been answered and cannot be deleted. Retire it instead: it is no longer asked."
    ]
    assert len(form_of(meeting)) == 2


def test_what_nobody_answered_is_deleted(as_dana: Client, meeting: Meeting) -> None:
    why, colour = meeting.questions.all()
    red = colour.options.all()[0]
    press(as_dana, meeting, "save", **{f"deleted_{why.pk}": "on", f"option_deleted_{red.pk}": "on"})
    assert form_of(meeting) == [("Colour?", ["Green"])]


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (
            {},
            "There are approval rules about what you delete: “%s”. Remove them first, on the page “Approval rules”.",
        ),
        (
            {"is_from_webex": True},
            "There are approval rules at Webex about what you delete: “%s (from Webex)”. They stay here until they are "
            "gone there: remove them at Webex and refresh the meeting, or retire the question instead.",
        ),
    ],
)
def test_a_question_with_a_rule_is_not_deleted_behind_its_back(
    as_dana: Client, meeting: Meeting, origin: dict[str, bool], words: str
) -> None:
    Meeting.objects.update(webex_id="a" * 32)
    why = meeting.questions.get(text="Why?")
    rule = ApprovalRuleFactory(meeting=meeting, field="", question=why, value="x", **origin)
    response = press(as_dana, meeting, "save", **{f"deleted_{why.pk}": "on"})
    assert said(response) == [f"error: {words % rule}"]
    assert list(ApprovalRule.objects.all()) == [rule]


@pytest.mark.parametrize(
    "more",
    [
        {"question": ["x", "-1", "9" * 40, "new99999999", "<b>"]},
        {"question": []},
        {"use-city": "<script>", "text-new1": "\0"},
        {"question": ["new1", "new1", "1"], "text-new1": "=cmd|'!A0", "type-new1": "slider"},
        {"question": ["new1"] * 3000},
    ],
)
def test_hostile_posts_are_answered(as_dana: Client, meeting: Meeting, more: dict[str, Any]) -> None:
    for words in ("save", "preview", "up question new1"):
        response = as_dana.post(address(meeting), {"do": words, **more})
        assert response.status_code in {200, 400, 409}
    assert as_dana.post(address(meeting, "form_preview"), more).status_code == 200
    assert form_of(meeting) == [("Why?", []), ("Colour?", ["Red", "Green"])]
