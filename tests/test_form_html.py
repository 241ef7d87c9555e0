"""How the form is rendered."""

import re

import pytest
from bs4 import BeautifulSoup
from crispy_forms.utils import render_crispy_form
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from registration.forms import RegistrationForm
from registration.models import Question
from tests.cast import MeetingFactory, QuestionFactory
from tests.filling import filled, name_of

pytestmark = pytest.mark.django_db


def rendered(form: RegistrationForm) -> BeautifulSoup:
    return BeautifulSoup(render_crispy_form(form, context={"request": RequestFactory().get("/")}), "html.parser")


def test_every_field_is_rendered_once_with_its_label_and_what_describes_it() -> None:
    meeting = MeetingFactory(shows_all=True)
    for kind in Question.Type.values:
        QuestionFactory(meeting=meeting, type=kind, options=[] if "TextBox" in kind else ["Red", "Green"])
    form = filled(meeting, email="wrong", work_phone="12")
    page = rendered(form)

    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert sorted(ids) == sorted(set(ids))
    assert [tag["for"] for tag in page.find_all("label") if tag["for"] not in ids] == []
    described = [target for tag in page.select("[aria-describedby]") for target in str(tag["aria-describedby"]).split()]
    assert sorted(described) == sorted(set(described) & set(ids))
    assert [tag["name"] for tag in page.select("[aria-invalid=true]")] == ["email", "work_phone"]
    assert {tag.get("name") for tag in page.find_all(["input", "select", "textarea"])} == {*form.fields}


@pytest.mark.parametrize(
    ("email", "described"),
    [
        ("ann@gmial.com", ["id_email_suggestion"]),
        ("a nn@gmial.com", ["id_email_error", "id_email_suggestion"]),
        ("ann@gmail.com", []),
    ],
)
def test_a_hint_that_comes_with_the_page_describes_the_address(email: str, described: list[str]) -> None:
    page = rendered(filled(MeetingFactory(), last_name="", email=email))
    [tag] = page.select("#id_email")
    assert str(tag.get("aria-describedby", "")).split() == described
    assert [name for name in described if not page.find(id=name)] == []


def test_optional_fields_say_so_and_required_ones_have_no_mark() -> None:
    page = rendered(RegistrationForm(meeting=MeetingFactory(job_title_use="optional", city_use="required")))
    labels = [re.sub(r"\s+", " ", tag.get_text()).strip() for tag in page.find_all("label")]
    assert labels == ["First name", "Last name", "E-mail address", "Job title (optional)", "City"]


@pytest.mark.parametrize("kind", ["singleLineTextBox", "radioButtons"])
def test_the_organisers_words_are_read_in_a_direction_of_their_own(kind: str) -> None:
    options = ["!موقعنا"] if kind == "radioButtons" else []
    page = rendered(filled(QuestionFactory(type=kind, text="كيف سمعت عنا?", options=options).meeting))
    assert [tag.get_text() for tag in page.find_all("bdi")][3:] == ["كيف سمعت عنا?", *options]


def test_boxes_stand_in_a_fieldset_under_their_question() -> None:
    question = QuestionFactory(
        type="checkbox", text="<i>Colour?</i>", options=["<b>Red</b>", "Green"], is_required=True
    )
    page = rendered(filled(question.meeting))
    box = page.find("input", {"name": name_of(question)})
    assert box is not None
    group = box.find_parent("fieldset")
    assert group is not None and group.legend is not None
    assert group.legend.get_text(strip=True) == "<i>Colour?</i>"
    assert [label.get_text() for label in group.find_all("label")] == ["<b>Red</b>", "Green"]
    assert group["aria-describedby"] == f"id_{name_of(question)}_helptext id_{name_of(question)}_error"


@pytest.mark.parametrize("kind", Question.Type.values)
def test_a_hint_describes_its_question_ahead_of_the_portals_own_words(kind: str) -> None:
    options = [] if "TextBox" in kind else ["Red"]
    question = QuestionFactory(type=kind, hint="<b>مرحبا</b> & 🌍", options=options, max_length=80)
    page = rendered(RegistrationForm(meeting=question.meeting))
    described_by = f"id_{name_of(question)}_helptext"
    [described] = page.select(f'[aria-describedby="{described_by}"]')
    [words] = page.select(f"#{described_by} p bdi")
    assert described.name == {"checkbox": "fieldset", "radioButtons": "fieldset"}.get(kind, described.name)
    assert words.get_text() == "<b>مرحبا</b> & 🌍"


def test_a_form_without_hints_has_nothing_of_them() -> None:
    page = rendered(RegistrationForm(meeting=QuestionFactory().meeting))
    assert page.select(".hint p bdi") == page.select("[aria-describedby*=question]") == []


def test_problems_lead_to_the_inputs() -> None:
    question = QuestionFactory(type="radioButtons", text="Colour?", options=["Red"], is_required=True)
    form = filled(question.meeting, last_name="", email="x")
    assert form.problems == [
        ("Enter your last name", "id_last_name"),
        ("Enter an e-mail address in the usual form, such as name@example.com", "id_email"),
        ("Choose an option for “Colour?”", f"id_{name_of(question)}_0"),
    ]
    ids = {tag["id"] for tag in rendered(form).find_all(id=True)}
    assert {input_id for _words, input_id in form.problems} <= ids


def test_everything_that_was_typed_stays_when_something_is_wrong() -> None:
    meeting = MeetingFactory(shows_all=True)
    boxes = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green"])
    _red, green = boxes.options.all()
    form = filled(
        meeting, email="wrong", country_region="France", work_phone="<12>", **{name_of(boxes): [str(green.pk)]}
    )
    page = rendered(form)
    values = {tag["name"]: tag.get("value") for tag in page.find_all("input") if tag.get("type") != "checkbox"}
    assert (values["first_name"], values["email"], values["work_phone"]) == ("Ann", "wrong", "<12>")
    assert [tag["value"] for tag in page.find_all("option", selected=True)] == ["France"]
    assert [tag["value"] for tag in page.find_all("input", checked=True)] == [str(green.pk)]


@pytest.mark.parametrize("count", [1, 12])
def test_building_the_form_takes_three_queries_at_first_and_none_later_however_many_questions(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    meeting = MeetingFactory(shows_all=True)
    QuestionFactory.create_batch(count, meeting=meeting, type="checkbox", options=[f"Option {n}" for n in range(count)])
    for queries in (3, 0):
        with django_assert_num_queries(queries):
            rendered(RegistrationForm(meeting=meeting))
