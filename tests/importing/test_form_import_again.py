"""Importing a meeting again, after something was changed at Webex."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.accounts import Clients
from registration.errors import ImportRefused
from registration.flow import form_import
from registration.flow.form_import import HereAlready
from registration.importing.series import Series
from registration.models import Answer, Meeting, Question, Submission
from registration.models import Option as OptionRow
from registration.sandbox import seed
from registration.sandbox.forms import Form, Option, Rule
from registration.sandbox.server import SandboxServer
from registration.standard_fields import Use
from registration.webex.records import FormInfo
from tests.cast import WEBEX_ID, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.importing.cast import COLOUR, NEWS, START, WHY, answer_once, at_webex, import_it, meeting_json
from tests.importing.form_facts import everything_of, questions_of, uses_of

pytestmark = pytest.mark.django_db


def test_importing_twice_changes_nothing(sandbox: SandboxServer) -> None:
    meeting = import_it(seed.PRODUCT_LAUNCH_ID, approval="rules").meeting
    before = everything_of(meeting)

    again = import_it(seed.PRODUCT_LAUNCH_ID)

    assert (again.meeting, again.is_new, again.notes) == (meeting, False, [])
    assert everything_of(meeting) == before


def test_a_meeting_that_is_to_be_new_is_not_imported_again_and_webex_not_asked(sandbox: SandboxServer) -> None:
    meeting = import_it(seed.PRODUCT_LAUNCH_ID).meeting
    before = everything_of(meeting)
    sandbox.store.forget_calls()
    with pytest.raises(HereAlready) as refused:
        import_it(seed.PRODUCT_LAUNCH_ID, publish=True, may_update=False)
    assert (refused.value.meeting, sandbox.store.calls) == (meeting, [])
    assert everything_of(Meeting.objects.get()) == before
    assert not Meeting.objects.get().is_published


def test_a_meeting_that_somebody_imported_meanwhile_is_not_changed_either(
    sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_webex(sandbox, Form())
    read = Series.read_form

    def be_slower(series: Series, **more: Any) -> FormInfo:
        MeetingFactory(webex_id=WEBEX_ID, title="Theirs")
        return read(series, **more)

    monkeypatch.setattr(Series, "read_form", be_slower)
    with pytest.raises(HereAlready) as refused:
        import_it(may_update=False)
    assert refused.value.meeting == Meeting.objects.get(title="Theirs")


def test_what_staff_chose_is_kept_and_what_webex_says_is_taken(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(shown_fields=frozenset({"jobTitle", "fax"})))
    meeting = import_it(publish=True).meeting
    staff_chose = {
        "slug": "ours",
        "approval": "rules",
        "capacity": 7,
        "opens_at": START - timedelta(days=9),
        "closes_at": START - timedelta(days=1),
        "send_email": False,
        "job_title_use": Use.OPTIONAL,
    }
    Meeting.objects.filter(pk=meeting.pk).update(**staff_chose)
    body = meeting_json(title="Relaunch", start="2031-03-31T09:00:00Z", end="2031-03-31T11:00:00Z")
    answer_once(sandbox, "getMeeting", body)
    sandbox.store.set_form(WEBEX_ID, Form(auto_accept=True, shown_fields=frozenset({"jobTitle", "city"})))

    imported = import_it()

    meeting = imported.meeting
    meeting.refresh_from_db()
    assert {name: getattr(meeting, name) for name in staff_chose} == staff_chose
    assert (meeting.is_published, meeting.title, meeting.auto_accept_request) == (True, "Relaunch", True)
    assert (meeting.start_at, meeting.end_at) == (START + timedelta(days=1), START + timedelta(days=1, hours=2))
    assert uses_of(meeting) == {"job_title": "optional", "city": "required"}
    assert imported.notes == [
        "Webex has another time for this meeting now: who registered before was told the old one.",
        "Now on the form, and required: City.",
        "No longer on the form: Fax.",
    ]


def test_a_field_that_staff_hid_stays_hidden_until_webex_shows_it_anew(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(shown_fields=frozenset({"jobTitle", "fax"})))
    meeting = import_it().meeting
    Meeting.objects.filter(pk=meeting.pk).update(fax_use=Use.HIDDEN)

    again = import_it()
    assert (uses_of(again.meeting), again.notes) == ({"job_title": "required"}, [])

    sandbox.store.set_form(WEBEX_ID, Form(shown_fields=frozenset({"jobTitle"})))
    import_it()
    sandbox.store.set_form(WEBEX_ID, Form(shown_fields=frozenset({"jobTitle", "fax"})))
    anew = import_it()
    assert (uses_of(anew.meeting), anew.notes) == (
        {"job_title": "required", "fax": "required"},
        ["Now on the form, and required: Fax."],
    )


def test_an_explicit_choice_is_taken_when_importing_again(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()

    meeting = import_it(slug="other", approval="automatic", publish=True).meeting

    assert (meeting.slug, meeting.approval, meeting.is_published) == ("other", "automatic", True)


def test_a_question_that_disappeared_is_retired_and_its_answers_stay(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    meeting = import_it().meeting
    colour = meeting.questions.get(webex_id="1")
    submission = SubmissionFactory(meeting=meeting)
    answer = submission.answers.create(
        question=colour, option=colour.options.get(text="Red"), question_text="Colour?", text="Red"
    )
    before = [list(Submission.objects.values_list()), list(Answer.objects.values_list())]
    sandbox.store.set_form(WEBEX_ID, Form(questions=(WHY,)))

    imported = import_it()

    assert imported.notes == ["No longer asked: “Colour?”. The answers given are kept."]
    assert questions_of(meeting) == [("2", "Why?", "singleLineTextBox", False, 80, [])]
    assert questions_of(meeting, is_retired=True) == [
        ("", "Colour?", "radioButtons", False, None, [("1", "Red"), ("2", "Green")])
    ]
    assert [list(Submission.objects.values_list()), list(Answer.objects.values_list())] == before

    sandbox.store.set_form(WEBEX_ID, Form(questions=(WHY, replace(COLOUR, id=9))))
    assert import_it().notes == ["Asked again: “Colour?”.", "Under a new id at Webex: “Colour?”."]
    answer.refresh_from_db()
    assert answer.question is not None
    assert (answer.question, answer.question.webex_id, answer.question.is_retired) == (colour, "9", False)


def test_new_ids_are_matched_by_text_and_type(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY, NEWS)))
    meeting = import_it().meeting
    keys = dict(meeting.questions.values_list("text", "pk"))
    reordered = replace(COLOUR, id=33, options=(Option(7, "Green"), Option(8, "Red")))
    sandbox.store.set_form(WEBEX_ID, Form(questions=(replace(NEWS, id=31), replace(WHY, id=32), reordered)))

    import_it()

    assert questions_of(meeting) == [
        ("31", "News?", "checkbox", True, None, [("1", "Yes")]),
        ("32", "Why?", "singleLineTextBox", False, 80, []),
        ("33", "Colour?", "radioButtons", False, None, [("7", "Green"), ("8", "Red")]),
    ]
    assert dict(meeting.questions.values_list("text", "pk")) == keys


def test_an_order_that_staff_made_is_not_undone_unsaid(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY, NEWS)))
    meeting = import_it().meeting
    colour, why, news = meeting.questions.all()
    red, green = colour.options.all()
    put(news, why, colour)
    put(green, red)

    with Clients() as clients:
        plan = form_import.plan(meeting, clients=clients)

    words = ["In “Colour?” the options stand in another order.", "The questions stand in another order."]
    assert (plan.changes, plan.is_empty) == (words, False)
    assert (list(meeting.questions.all()), list(colour.options.all())) == ([news, why, colour], [green, red])
    assert import_it().notes == words
    assert (list(meeting.questions.all()), list(colour.options.all())) == ([colour, why, news], [red, green])


def test_an_order_at_webex_that_is_another_one_by_now_is_told(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY, NEWS)))
    import_it()
    turned = replace(COLOUR, text="Which colour?", options=COLOUR.options[::-1])
    sandbox.store.set_form(WEBEX_ID, Form(questions=(NEWS, turned, WHY)))
    assert import_it().notes == [
        "In “Which colour?” the options stand in another order.",
        "Reworded: “Colour?” is “Which colour?” now; answers to the one count for the other.",
        "The questions stand in another order.",
    ]


def test_other_numbers_of_positions_are_no_other_order(sandbox: SandboxServer) -> None:
    blue = replace(COLOUR, options=(*COLOUR.options, Option(3, "Blue")))
    at_webex(sandbox, Form(questions=(WHY, blue, NEWS)))
    meeting = import_it().meeting
    put(*meeting.questions.all(), first=7)
    put(*meeting.questions.get(text="Colour?").options.all(), first=7)
    assert import_it().notes == []

    size = replace(WHY, id=4, text="Size?")
    fewer = replace(COLOUR, options=(Option(4, "Pink"), Option(2, "Green"), Option(3, "Blue")))
    sandbox.store.set_form(WEBEX_ID, Form(questions=(size, fewer, NEWS)))
    assert import_it().notes == [
        "New question: “Size?”.",
        "New option of “Colour?”: “Pink”.",
        "No longer offered in “Colour?”: “Red”.",
        "No longer asked: “Why?”. The answers given are kept.",
    ]


def test_a_question_of_the_portal_s_own_that_would_stand_elsewhere_is_told(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    meeting = import_it().meeting
    colour, why = meeting.questions.all()
    put(QuestionFactory(meeting=meeting, webex_id="", text="Diet?"), colour, why)
    assert import_it().notes == ["The questions stand in another order."]
    assert [question.text for question in meeting.questions.all()] == ["Colour?", "Diet?", "Why?"]
    assert import_it().notes == []


def put(*rows: Question | OptionRow, first: int = 0) -> None:
    """Have the questions, or the options, stand in this order."""
    for position, row in enumerate(rows, start=first):
        row.position = position
        row.save()


def test_ids_that_are_swapped_between_questions_are_followed(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY, NEWS)))
    meeting = import_it().meeting
    keys = dict(meeting.questions.values_list("text", "pk"))
    sandbox.store.set_form(WEBEX_ID, Form(questions=(replace(COLOUR, id=2), replace(WHY, id=3), replace(NEWS, id=1))))

    import_it()

    assert dict(meeting.questions.values_list("text", "webex_id")) == {"Colour?": "2", "Why?": "3", "News?": "1"}
    assert dict(meeting.questions.values_list("text", "pk")) == keys


def test_an_id_that_a_retired_question_had_may_be_used_again(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    meeting = import_it().meeting
    sandbox.store.set_form(WEBEX_ID, Form(questions=(replace(WHY, id=1),)))

    assert import_it().notes == [
        "New question: “Why?”.",
        "No longer asked: “Colour?”. The answers given are kept.",
    ]
    assert [row[:2] for row in questions_of(meeting)] == [("1", "Why?")]
    assert [row[:2] for row in questions_of(meeting, is_retired=True)] == [("", "Colour?")]


def test_every_change_of_a_question_is_told(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY, NEWS)))
    meeting = import_it().meeting
    keys = list(meeting.questions.values_list("pk", flat=True))
    form = Form(
        questions=(
            replace(COLOUR, options=(Option(1, "Red"), Option(2, "Lime"), Option(3, "Blue"))),
            replace(WHY, text="Why not?", is_required=True, max_length=90),
            replace(NEWS, is_required=False, options=(Option(5, "No"), Option(4, "Yes"))),
        ),
        rules=(Rule("equals", "Bonn", "reject", order=1, field="city"),),
    )
    sandbox.store.set_form(WEBEX_ID, form)

    imported = import_it(approval="rules")

    assert imported.notes == [
        "Reworded in “Colour?”: “Green” is “Lime” now; whoever chose the one counts for the other.",
        "New option of “Colour?”: “Blue”.",
        "Reworded: “Why?” is “Why not?” now; answers to the one count for the other.",
        "Required now: “Why not?”.",
        "Another longest answer: “Why not?”.",
        "New option of “News?”: “No”.",
        "Under a new id at Webex in “News?”: “Yes”.",
        "Optional now: “News?”.",
        "New approval rule, switched off: City equals “Bonn”: decline.",
        "What is switched off decides nothing: try it on the page “Approval rules”, and switch it on there.",
    ]
    assert list(meeting.questions.values_list("pk", flat=True)) == keys
    assert questions_of(meeting) == [
        ("1", "Colour?", "radioButtons", False, None, [("1", "Red"), ("2", "Lime"), ("3", "Blue")]),
        ("2", "Why not?", "singleLineTextBox", True, 90, []),
        ("3", "News?", "checkbox", False, None, [("5", "No"), ("4", "Yes")]),
    ]


def test_an_option_that_is_gone_is_retired_without_its_id_and_comes_back(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    question = import_it().meeting.questions.get()
    sandbox.store.set_form(WEBEX_ID, Form(questions=(replace(COLOUR, options=(Option(1, "Green"),)),)))

    assert import_it().notes == [
        "Under a new id at Webex in “Colour?”: “Green”.",
        "No longer offered in “Colour?”: “Red”.",
    ]
    assert sorted(question.options.values_list("text", "webex_id", "is_retired")) == [
        ("Green", "1", False),
        ("Red", "", True),
    ]

    sandbox.store.set_form(WEBEX_ID, Form(questions=(COLOUR,)))
    assert import_it().notes == [
        "Offered again in “Colour?”: “Red”.",
        "Under a new id at Webex in “Colour?”: “Red”.",
        "Under a new id at Webex in “Colour?”: “Green”.",
    ]
    assert sorted(question.options.values_list("text", "webex_id", "is_retired")) == [
        ("Green", "2", False),
        ("Red", "1", False),
    ]


def test_a_question_of_the_portal_s_own_stays_and_one_that_webex_asks_too_is_adopted(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    meeting = MeetingFactory(webex_id=WEBEX_ID, imported_at=None)
    own = QuestionFactory(meeting=meeting, webex_id="", text="Diet?", position=5)
    adopted = QuestionFactory(
        meeting=meeting, webex_id="", text="Colour?", type=Question.Type.RADIO, options=["Red", "Pink"]
    )

    with Clients() as clients:
        form_import.refresh(meeting, clients=clients)

    assert questions_of(meeting) == [
        ("1", "Colour?", "radioButtons", False, None, [("1", "Red"), ("2", "Green")]),
        ("", "Diet?", "singleLineTextBox", False, None, []),
    ]
    assert list(meeting.questions.values_list("pk", flat=True)) == [adopted.pk, own.pk]


def test_of_two_that_fit_the_one_in_use_is_kept(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(WHY,)))
    meeting = MeetingFactory(webex_id=WEBEX_ID)
    retired = QuestionFactory(meeting=meeting, webex_id="", text="Why?", is_retired=True, position=0)
    in_use = QuestionFactory(meeting=meeting, webex_id="", text="Why?", position=1)

    import_it()

    assert list(meeting.questions.filter(is_retired=False).values_list("pk", "webex_id")) == [(in_use.pk, "2")]
    assert list(meeting.questions.filter(is_retired=True).values_list("pk", "webex_id")) == [(retired.pk, "")]


def test_refreshing_a_meeting_without_a_webex_id_is_refused(sandbox: SandboxServer) -> None:
    meeting = MeetingFactory(webex_id="")

    with Clients() as clients, pytest.raises(ImportRefused) as caught:
        form_import.refresh(meeting, clients=clients)

    assert str(caught.value.words) == ("This meeting has no Webex meeting id. Enter it and save, then refresh again.")
    assert sandbox.store.calls == []


def test_an_import_that_webex_refuses_leaves_everything_as_it_was(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    meeting = import_it().meeting
    before = everything_of(meeting)
    sandbox.store.set_form(WEBEX_ID, None)

    with pytest.raises(ImportRefused):
        import_it()

    assert everything_of(meeting) == before
