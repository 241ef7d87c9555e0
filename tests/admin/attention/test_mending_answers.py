"""Mending an answer where the list shows that Webex refuses it."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from registration.accounts import Clients
from registration.admin.attention import mending
from registration.flow import form_import
from registration.models import Answer, AuditEntry, Meeting, Question, Submission
from registration.sandbox.seed import PRODUCT_LAUNCH_ID
from registration.sandbox.server import SandboxServer
from tests.admin.attention import people
from tests.admin.attention.people import address, counted, queries_of
from tests.admin.pages import press, said, soup, text
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def launch(sandbox: SandboxServer) -> Meeting:
    """The sandbox's product launch, where everybody is approved."""
    with Clients() as clients:
        meeting = form_import.import_meeting(PRODUCT_LAUNCH_ID, clients=clients).meeting
    Meeting.objects.update(approval="automatic", send_email=False)
    return meeting


def labels(response: Any, person: Submission) -> list[str]:
    """Of the fields in the person's row."""
    found = soup(response).select(f"#refused-{person.pk} .mend > label, #refused-{person.pk} legend")
    return [text(label).removesuffix(f" of {person.full_name}") for label in found]


def mend(client: Client, person: Submission, question: Question, *values: str, was: str | None = None) -> Any:
    """Answer the question in the person's row with these values, and press the button."""
    row = soup(client.get(address())).select_one(f"#refused-{person.pk}")
    assert row is not None
    hidden = {str(field["name"]): str(field["value"]) for field in row.select("input[type=hidden]")}
    name = f"question_{question.pk}"
    assert row.select(f"[name=refused-{person.pk}-{name}]") != []
    if was is not None:
        hidden[f"was-{name}"] = was
    sent = {**hidden, f"refused-{person.pk}-{name}": list(values)}
    return client.post(reverse("admin:registration_attention_mend", args=["refused", person.pk]), sent)


def wrong(response: Any, person: Submission) -> list[str]:
    return [text(each) for each in soup(response).select(f"#refused-{person.pk} .errorlist li")]


def test_answers_that_webex_misses_are_given_one_by_one_until_it_takes_the_person(
    as_rita: Client, launch: Meeting, sandbox: SandboxServer, here: None
) -> None:
    person = SubmissionFactory(meeting=launch, approved=True, company_name="Engines")
    heard, topics, uses, *_texts = launch.questions.order_by("position")
    chosen = {question: list(question.options.order_by("position")) for question in (heard, topics, uses)}
    answered: list[str] = []
    for question, options in ((heard, chosen[heard][:1]), (topics, chosen[topics][1:3]), (uses, chosen[uses][2:])):
        press(as_rita, "push_now", launch.pk, model="meeting")
        assert labels(as_rita.get(address()), person) == [question.text]
        response = mend(as_rita, person, question, *(str(option.pk) for option in options))
        assert said(response) == [
            f"success: {person.full_name}: corrected ({question.text}). Webex refused them as they were. The next push "
            "sends them again, corrected. The registration (bulkInsert) does not let Webex mail them."
        ]
        answered += [option.text for option in options]
    press(as_rita, "push_now", launch.pk, model="meeting")
    person.refresh_from_db()
    assert (person.presence, list(person.answers.values_list("text", flat=True))) == ("registered", answered)
    entry = AuditEntry.objects.filter(action="edited").latest("pk")
    assert (entry.before, entry.after) == ({uses.text: []}, {uses.text: ["We used to"]})


def test_an_answer_that_is_too_long_for_webex_is_shortened_in_the_row(
    as_rita: Client, launch: Meeting, sandbox: SandboxServer, here: None
) -> None:
    there = sandbox.store.meeting(PRODUCT_LAUNCH_ID)
    assert there is not None and there.form is not None
    questions = [replace(question, is_required=False) for question in there.form.questions]
    questions[3] = role = replace(questions[3], max_length=5)
    sandbox.store.set_form(PRODUCT_LAUNCH_ID, replace(there.form, questions=tuple(questions)))
    person = SubmissionFactory(meeting=launch, approved=True, company_name="Engines")
    question = launch.questions.get(webex_id=str(role.id))
    Answer.objects.create(submission=person, question=question, question_text=question.text, text="Purchaser")
    press(as_rita, "push_now", launch.pk, model="meeting")
    row = soup(as_rita.get(address())).select_one(f"#refused-{person.pk}")
    assert row is not None
    field = row.select_one(f"[name=refused-{person.pk}-question_{question.pk}]")
    assert field is not None and field["value"] == "Purchaser"
    mend(as_rita, person, question, "Buyer")
    press(as_rita, "push_now", launch.pk, model="meeting")
    person.refresh_from_db()
    assert (person.presence, person.answers.get().text) == ("registered", "Buyer")


def refused_for(question: Question, *given: str, **kwargs: Any) -> Submission:
    """Whom Webex refused for an answer to the question."""
    words = f"customizedQuestions: question {question.webex_id} is wrong."
    person = people.refused(question.meeting, words=words, **kwargs)
    options = {option.text: option for option in question.options.all()}
    for position, each in enumerate(given):
        Answer.objects.create(
            submission=person,
            question=question,
            option=options.get(each),
            question_text=question.text,
            text=each,
            position=position,
        )
    return person


def test_what_is_wrong_is_said_in_the_row_and_what_was_chosen_is_kept(as_rita: Client) -> None:
    question = QuestionFactory(type="checkbox", options=["Red", "Green"], is_required=True, text="Which colours?")
    person = refused_for(question, "Red")
    red, green = question.options.order_by("position")
    assert wrong(mend(as_rita, person, question), person) == ["Choose at least one option for “Which colours?”"]
    assert wrong(mend(as_rita, person, question, str(red.pk)), person) == ["This is what is stored already: change it."]
    response = mend(as_rita, person, question, str(green.pk), was="")
    assert wrong(response, person) == [
        "Somebody else has changed this meanwhile, to “Red”. What you typed is not stored yet."
    ]
    ticked = [box["value"] for box in soup(response).select(f"#refused-{person.pk} input[checked]")]
    assert (ticked, person.answers.get().text) == ([str(green.pk)], "Red")


def test_a_text_of_several_lines_is_the_same_however_a_browser_ends_them(as_rita: Client) -> None:
    question = QuestionFactory(type="multiLineTextBox")
    person = refused_for(question, "one\ntwo")
    assert mend(as_rita, person, question, "one\r\nthree", was="one\r\ntwo").status_code == 302
    assert person.answers.get().text == "one\nthree"


@pytest.mark.parametrize(("kind", "given"), [("dropdownList", "Red"), ("checkbox", "Red"), ("singleLineTextBox", "x")])
def test_what_somebody_else_has_emptied_meanwhile_is_said(as_rita: Client, kind: str, given: str) -> None:
    question = QuestionFactory(type=kind, options=[] if "Text" in kind else ["Red", "Green"])
    person = refused_for(question, given)
    chosen = str(question.options.order_by("position")[1].pk) if question.has_options else "y"
    was = str(person.answers.get().option_id or "x")
    person.answers.all().delete()
    assert wrong(mend(as_rita, person, question, chosen, was=was), person) == [
        "Somebody else has emptied this meanwhile. What you typed is not stored yet."
    ]


def test_an_answer_that_changes_between_the_look_and_the_lock_is_not_overwritten(
    as_rita: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = QuestionFactory()
    person = refused_for(question, "before")
    is_stale = mending._is_stale

    def compare_and_somebody_else(*args: Any) -> bool:
        found = is_stale(*args)
        person.answers.update(text="by somebody else")
        return found

    monkeypatch.setattr(mending, "_is_stale", compare_and_somebody_else)
    assert wrong(mend(as_rita, person, question, "by us"), person) == [
        "This registration, or what becomes of it, has changed meanwhile."
    ]
    assert person.answers.get().text == "by somebody else"


def test_an_answer_that_was_not_sent_is_not_emptied(as_rita: Client) -> None:
    question = QuestionFactory()
    person = refused_for(question, "A text")
    sent = {f"was-question_{question.pk}": "A text"}
    response = as_rita.post(reverse("admin:registration_attention_mend", args=["refused", person.pk]), sent)
    assert said(response)[0].startswith("warning: Nothing was stored")
    assert person.answers.get().text == "A text"


def test_the_place_of_an_answer_tells_nothing_once_one_that_was_sent_may_be_retired(as_rita: Client) -> None:
    first = QuestionFactory(text="First?")
    second = QuestionFactory(meeting=first.meeting, text="Second?")
    person = refused_for(first, "x")
    Answer.objects.create(submission=person, question=second, question_text="Second?", text="y", position=1)
    Submission.objects.update(refusal="items[0].customizedQuestions[0].questionId is not a question of the form.")
    assert labels(as_rita.get(address()), person) == ["First?"]
    Question.objects.filter(pk=first.pk).update(is_retired=True)
    assert labels(as_rita.get(address()), person) == []


def test_a_question_of_which_nothing_can_be_chosen_any_more_is_not_asked(as_rita: Client) -> None:
    question = QuestionFactory(type="dropdownList", options=["Red"], is_required=True)
    person = refused_for(question)
    question.options.update(is_retired=True)
    assert labels(as_rita.get(address()), person) == []


def test_a_field_and_a_question_are_mended_together_and_its_words_name_no_field(as_rita: Client) -> None:
    meeting = MeetingFactory(work_phone_use="optional", job_title_use="required")
    question = QuestionFactory(meeting=meeting, text="What is your job title?", hint="Be brief")
    person = refused_for(question, "x")
    Submission.objects.update(refusal="“What is your job title?” and workPhone are wrong.", work_phone="1")
    page = as_rita.get(address())
    assert labels(page, person) == ["Work phone", "What is your job title?"]
    hint = soup(page).select_one(f"#mend-refused-{person.pk}-question_{question.pk}_helptext")
    assert hint is not None and text(hint) == "Be brief"
    row = soup(page).select_one(f"#refused-{person.pk}")
    assert row is not None
    hidden = {str(field["name"]): str(field["value"]) for field in row.select("input[type=hidden]")}
    typed = {f"refused-{person.pk}-work_phone": "", f"refused-{person.pk}-question_{question.pk}": "Boss"}
    as_rita.post(reverse("admin:registration_attention_mend", args=["refused", person.pk]), hidden | typed)
    person.refresh_from_db()
    assert (person.presence, person.work_phone, person.answers.get().text) == ("absent", "", "Boss")


def test_boxes_that_need_not_be_ticked_can_all_be_emptied(as_rita: Client) -> None:
    question = QuestionFactory(type="checkbox", options=["Red", "Green"], text="Which colours?")
    person = refused_for(question, "Red", "Green")
    assert mend(as_rita, person, question).status_code == 302
    person.refresh_from_db()
    assert (person.presence, person.answers.count()) == ("absent", 0)


def test_an_option_that_was_retired_stays_on_offer_where_it_was_chosen(as_rita: Client) -> None:
    question = QuestionFactory(type="radioButtons", options=["Red", "Green", "Blue"])
    question.options.exclude(text="Blue").update(is_retired=True)
    person = refused_for(question, "Red")
    offered = [text(each) for each in soup(as_rita.get(address())).select(f"#refused-{person.pk} option")]
    assert offered == ["Choose an option", "Red", "Blue"]


def test_a_private_question_is_in_the_row_for_managers_alone(as_rita: Client, as_dana: Client) -> None:
    question = QuestionFactory(is_private=True, text="What do you need?")
    person = refused_for(question, "A ramp")
    assert labels(as_dana.get(address()), person) == ["What do you need?"]
    assert labels(as_rita.get(address()), person) == []
    sent = {f"refused-{person.pk}-question_{question.pk}": "x", f"was-question_{question.pk}": "A ramp"}
    response = as_rita.post(reverse("admin:registration_attention_mend", args=["refused", person.pk]), sent)
    assert said(response)[0].startswith("warning: Nothing was stored")
    assert person.answers.get().text == "A ramp"


def test_many_rows_with_answers_to_mend_ask_as_many_queries_as_two(as_rita: Client) -> None:
    question = QuestionFactory(type="radioButtons", options=["Red", "Green"])
    for _number in range(2):
        refused_for(question, "Red")
    as_rita.get(address())
    few = queries_of(as_rita, address())
    for meeting in MeetingFactory.create_batch(4):
        refused_for(QuestionFactory(meeting=meeting, type="radioButtons", options=["Red", "Green"]), "Red")
    assert queries_of(as_rita, address()) == few
    assert counted(as_rita.get(address())) == {"refused": "6"}
