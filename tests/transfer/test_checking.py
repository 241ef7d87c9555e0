"""A row of a file is held to the rules of the sign-up form, and every cell that breaks one is named."""

import pytest
from django.contrib.auth.models import User

from registration.models import Meeting, Question
from registration.standard_fields import Use
from registration.transfer import mapping
from registration.transfer.checking import Checked, Checker
from registration.transfer.columns import columns_for
from registration.transfer.reading import LONGEST_CELL, Row
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db

HEADER = ["First name", "Last name", "E-mail", "Phone", "Country", "Colours?", "One?", "Why?"]


@pytest.fixture
def meeting() -> Meeting:
    found: Meeting = MeetingFactory(work_phone_use=Use.OPTIONAL, country_region_use=Use.REQUIRED)
    of_kind = Question.Type
    QuestionFactory(meeting=found, text="Colours?", type=of_kind.CHECKBOX, options=["Red", "Green; or so", "Blue"])
    QuestionFactory(meeting=found, text="One?", type=of_kind.RADIO, options=["Yes", "No"], is_required=True)
    QuestionFactory(meeting=found, text="Why?", max_length=10)
    return found


def checked(meeting: Meeting, *cells: str) -> Checked:
    names = mapping.guessed(HEADER, mapping.targets(meeting))
    assert "" not in names
    return Checker(meeting, header=HEADER, mapping=names).check(Row(2, list(cells)))


def test_what_is_right_is_what_the_form_would_store(meeting: Meeting) -> None:
    row = checked(meeting, " Ann ", "Lee", "Ann@Example.com", "020 7946 0000", "gb", "blue;GREEN; OR SO", "yes", "why")
    colours, one, why = meeting.questions.order_by("position")
    _red, green, blue = colours.options.order_by("position")
    assert row == Checked(
        "ann@example.com",
        {
            "first_name": "Ann",
            "last_name": "Lee",
            "email": "Ann@Example.com",
            "country_region": "United Kingdom",
            "work_phone": "+44 20 7946 0000",
        },
        [
            [colours.pk, "Colours?", green.pk, "Green; or so"],
            [colours.pk, "Colours?", blue.pk, "Blue"],
            [one.pk, "One?", one.options.get(text="Yes").pk, "Yes"],
            [why.pk, "Why?", None, "why"],
        ],
        [],
    )


def test_every_bad_cell_is_named(meeting: Meeting) -> None:
    row = checked(meeting, "", "www.x.example", "nobody", "12", "Atlantis", "Pink; Red", "maybe", "w" * 11, "too", " ")
    assert sorted(row.problems) == sorted(
        [
            ["First name", "", "Enter your first name"],
            ["Last name", "www.x.example", "Enter your last name without a web address"],
            ["E-mail", "nobody", "Enter an e-mail address in the usual form, such as name@example.com"],
            [
                "Phone",
                "12",
                "Enter a work phone number that begins with + and the country’s code, such as +44 20 7946 0000",
            ],
            ["Country", "Atlantis", "Choose a country or region from the list"],
            ["Colours?", "Pink; Red", "Choose from the options for “Colours?”"],
            ["One?", "maybe", "Choose from the options for “One?”"],
            ["Why?", "w" * 11, "Shorten “Why?” to 10 characters or fewer: it has 11"],
            ["Column 9", "too", "The row has more cells than the header. Is there a delimiter too many?"],
        ]
    )
    assert (row.email_key, row.values, row.answers) == ("", {}, [])


def test_a_very_long_cell_is_named_once_and_not_shown_whole(meeting: Meeting) -> None:
    row = checked(meeting, "x" * (LONGEST_CELL + 1), "Lee", "ann@example.com", "", "France", "", "No")
    assert row.problems == [
        ["First name", "x" * 200, f"Shorten it to {LONGEST_CELL} characters or fewer: it has {LONGEST_CELL + 1}"]
    ]


def test_what_is_required_and_has_no_column_is_named(meeting: Meeting) -> None:
    names = ["first_name", "last_name", "email"]
    row = Checker(meeting, header=HEADER[:3], mapping=names).check(Row(2, ["Ann", "Lee", "ann@example.com"]))
    assert row.problems == [
        ["(no column)", "", "Choose your country or region"],
        ["(no column)", "", "Choose an option for “One?”"],
    ]


def test_a_short_row_has_empty_cells_at_its_end(meeting: Meeting) -> None:
    assert checked(meeting, "Ann", "Lee", "ann@example.com", "", "France", "", "No").problems == []


def test_columns_are_guessed_from_our_words_webex_s_and_the_questions(meeting: Meeting) -> None:
    QuestionFactory(meeting=meeting, text="Why?")
    first, second = meeting.questions.filter(text="Why?").order_by("position")
    header = ["firstName", "SURNAME", "E-Mail-Address", "email", "workPhone", "why", "Why? (2)", "Other", "", "?"]
    assert mapping.guessed(header, mapping.targets(meeting)) == [
        "first_name", "last_name", "email", "", "work_phone", f"question_{first.pk}", f"question_{second.pk}", "", "",
        "",
    ]  # fmt: skip


def test_an_export_is_guessed_whole() -> None:
    meeting = MeetingFactory(shows_all=True)
    question = QuestionFactory(meeting=meeting)
    targets = mapping.targets(meeting)
    found = mapping.guessed([*targets.values(), "Reference", "Decision"], targets)
    assert found == [*targets, "", ""]
    assert found[-3] == f"question_{question.pk}"


def test_questions_with_the_words_of_our_own_columns_are_told_apart_from_them(dana: User) -> None:
    meeting = MeetingFactory()
    keys = [QuestionFactory(meeting=meeting, text=text).pk for text in ("Language", "tags", "E-mail address")]
    header = columns_for(dana, {meeting.pk}).header
    assert header[-4:-1] == ["Language (2)", "tags", "E-mail address (2)"]
    assert len(header) == len(set(header))
    found = dict(zip(header, mapping.guessed(header, mapping.targets(meeting)), strict=True))
    assert {words: name for words, name in found.items() if name} == {
        "First name": "first_name",
        "Last name": "last_name",
        "E-mail address": "email",
        "Language (2)": f"question_{keys[0]}",
        "tags": f"question_{keys[1]}",
        "E-mail address (2)": f"question_{keys[2]}",
    }
