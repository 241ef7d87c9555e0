"""What Webex sends is bounded to what the portal can keep, and whatever is cut or left out is told."""

from dataclasses import replace

import pytest

from registration.sandbox.forms import Form, Option, Question, Rule
from registration.sandbox.server import SandboxServer
from tests.importing.cast import NEWS, WHY, answer_once, at_webex, import_it, meeting_json
from tests.importing.form_facts import questions_of, rules_of

pytestmark = pytest.mark.django_db

WHY_LAST = replace(WHY, id=7)


def test_what_does_not_fit_is_cut_or_left_out_and_told(sandbox: SandboxServer) -> None:
    form = {
        "autoAcceptRequest": False,
        "customizedQuestions": [
            {"id": 1, "question": "q" * 501, "type": "singleLineTextBox", "required": True, "maxLength": 0},
            {"id": 1, "question": "Twice?", "type": "singleLineTextBox"},
            {"id": 2, "question": "Slider?", "type": "slider", "required": True},
            {"id": 3, "question": "Nothing?", "type": "checkbox", "options": []},
            {
                "id": 4,
                "question": " Options? ",
                "type": "checkbox",
                "maxLength": 5,
                "options": [{"id": 1, "value": "o" * 501}, {"id": 1, "value": "Twice"}, {"id": 2, "value": "Two"}],
            },
            {"id": "5" * 65, "question": "Id?", "type": "singleLineTextBox"},
            {"id": 6, "question": "Length?", "type": "multiLineTextBox", "maxLength": 1000},
        ],
        "rules": [
            {"question": "shoeSize", "condition": "equals", "value": "9", "result": "reject", "order": 1},
            {"question": "email", "condition": "sounds like", "value": "9", "result": "reject", "order": 2},
            {"question": "email", "condition": "equals", "value": "v" * 501, "result": "reject", "order": 3},
            {"question": "city", "condition": "equals", "value": "Bonn", "result": "approve", "order": 4},
        ],
    }
    at_webex(sandbox, Form())
    body = meeting_json(
        title="t" * 301, agenda="a" * 3001, hostDisplayName="h" * 201, timezone="Mars/Olympus", hostEmail="no address"
    )
    answer_once(sandbox, "getMeeting", body)
    answer_once(sandbox, "getRegistration", form)

    imported = import_it(approval="rules")

    meeting = imported.meeting
    assert (meeting.title, meeting.agenda, meeting.host_display_name) == ("t" * 300, "a" * 3000, "h" * 200)
    assert (meeting.timezone, meeting.host_email) == ("UTC", "")
    assert questions_of(meeting) == [
        ("1", "q" * 500, "singleLineTextBox", True, None, []),
        ("4", "Options?", "checkbox", False, None, [("1", "o" * 500), ("2", "Two")]),
        ("6", "Length?", "multiLineTextBox", False, None, []),
    ]
    assert rules_of(meeting) == [(1, "city", "equals", "Bonn", False, "approve")]
    meeting.full_clean()
    assert imported.notes == [
        "The title is too long and was cut after 300 characters.",
        "The agenda is too long and was cut after 3000 characters.",
        "Webex gives no time zone that the portal knows; times are shown in UTC.",
        "The host’s name is too long and was cut after 200 characters.",
        "The host’s e-mail address cannot be read and was left out.",
        "A question is too long and was cut after 500 characters.",
        "The question “Twice?” was left out: its id is too long, or another question has it too.",
        "The question “Slider?” was left out: the portal does not know its type “slider”. "
        "Webex requires an answer to it, so it may refuse people.",
        "The question “Nothing?” was left out: it has no options to choose from.",
        "An option is too long and was cut after 500 characters.",
        "An option of “Options?” was left out: its id is too long, or another option has it too.",
        "The question “Id?” was left out: its id is too long, or another question has it too.",
        "Approval rule 1 was left out: the portal cannot follow it.",
        "Approval rule 2 was left out: the portal cannot follow it.",
        "Approval rule 3 was left out: the portal cannot follow it.",
    ]


def test_a_form_of_endless_length_is_bounded(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=tuple(replace(WHY, id=number) for number in range(1, 251))))

    imported = import_it()

    assert imported.notes == ["Webex sent more than the portal takes: the last 50 were left out."]
    assert imported.meeting.questions.count() == 200


def test_the_options_of_all_questions_together_are_bounded(sandbox: SandboxServer) -> None:
    many = tuple(Option(number, f"Option {number}") for number in range(1, 701))
    choices = [Question(number, f"Question {number}?", "checkbox", options=many) for number in range(1, 6)]
    at_webex(sandbox, Form(questions=(*choices[:3], WHY_LAST, replace(NEWS, id=8), *choices[3:])))

    imported = import_it()

    counts = [len(question.options.all()) for question in imported.meeting.questions.prefetch_related("options")]
    assert counts == [500, 500, 500, 0, 1, 499]
    left_out = "Webex sent more than the portal takes: the last %d were left out."
    assert imported.notes == [
        *[left_out % 200] * 3,
        left_out % 201,
        left_out % 700,
        "The question “Question 5?” was left out: the form has too many options.",
    ]


def test_rules_are_bounded(sandbox: SandboxServer) -> None:
    rules = tuple(Rule("equals", "Bonn", "reject", order=order, field="city") for order in range(1, 251))
    at_webex(sandbox, Form(rules=rules))

    imported = import_it(approval="rules")

    assert imported.notes == ["Webex sent more than the portal takes: the last 50 were left out."]
    assert [rule.order for rule in imported.meeting.rules.all()] == list(range(1, 201))


def test_a_meeting_without_a_title_gets_one(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), title=" ")

    imported = import_it()

    assert (imported.meeting.title, imported.notes) == ("Untitled meeting", ["The meeting has no title at Webex."])
