"""The form that a meeting's definition builds: its standard fields."""

from typing import Any

import pytest
from django.utils.translation import override

from registration.forms import RegistrationForm
from registration.forms.fields import PHONE_FIELDS
from registration.models import Option
from registration.standard_fields import BY_NAME, STANDARD_FIELDS, Use
from tests.cast import MeetingFactory, QuestionFactory
from tests.filling import NAMES, choices_of, errors, filled, name_of

pytestmark = pytest.mark.django_db


# --- which fields there are --------------------------------------------------------------------------------------


def test_a_plain_meeting_asks_for_name_and_address_only() -> None:
    assert list(RegistrationForm(meeting=MeetingFactory()).fields) == ["first_name", "last_name", "email"]


def test_every_standard_field_can_be_shown_with_its_bound_and_its_autocomplete() -> None:
    form = RegistrationForm(meeting=MeetingFactory(shows_all=True))
    shown = {
        name: (getattr(field, "max_length", None), field.widget.attrs["autocomplete"])
        for name, field in form.fields.items()
    }
    bounds = {f.name: (None if f.name == "country_region" else f.max_length, f.autocomplete) for f in STANDARD_FIELDS}
    assert shown == bounds


@pytest.mark.parametrize("use", Use)
def test_a_meeting_hides_offers_or_requires_a_field(use: Use) -> None:
    form = filled(MeetingFactory(job_title_use=use))
    assert ("job_title" in form.fields) is (use is not Use.HIDDEN)
    assert errors(form) == ({"job_title": ["Enter your job title"]} if use is Use.REQUIRED else {})


def test_questions_come_in_order_without_those_that_are_retired_or_have_nothing_to_choose() -> None:
    meeting = MeetingFactory()
    last = QuestionFactory(meeting=meeting, text="Last", position=9)
    first = QuestionFactory(meeting=meeting, text="First", position=1, type="radioButtons", options=["Yes", "No"])
    QuestionFactory(meeting=meeting, text="Gone", is_retired=True, is_required=True)
    emptied = QuestionFactory(meeting=meeting, type="dropdownList", is_required=True, options=["Only"])
    emptied.options.update(is_retired=True)
    QuestionFactory(text="Of another meeting")
    form = filled(meeting)
    assert [(name, field.label) for name, field in form.fields.items()][3:] == [
        (name_of(first), "First"),
        (name_of(last), "Last"),
    ]
    assert errors(form) == {}


@pytest.mark.parametrize("kind", ["checkbox", "dropdownList", "radioButtons"])
def test_retired_options_are_not_offered(kind: str) -> None:
    question = QuestionFactory(type=kind, options=["Red", "Green"])
    red, green = question.options.all()
    Option.objects.filter(pk=red.pk).update(is_retired=True)
    choices = choices_of(RegistrationForm(meeting=question.meeting), name_of(question))
    placeholder = [("", "Choose an option")] if kind == "dropdownList" else []
    assert choices == [*placeholder, (str(green.pk), "Green")]


# --- what is taken, and how it is kept ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann  ", "Ann"),
        ("O’Neill-Łukasiewicz", "O’Neill-Łukasiewicz"),
        ("李", "李"),
        ("נועה", "נועה"),
        ("\u200fנועה\u200f", "\u200fנועה\u200f"),
        ("👩‍🔬 Ann", "👩‍🔬 Ann"),
        ('<b>Ann</b> & "Co"', '<b>Ann</b> & "Co"'),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("Ann\x00\x07", "Ann"),
        ("Ann\r\nBcc: x@example.com", "Ann Bcc: x@example.com"),
        ("Ann\tMarie\u2028Lee", "Ann Marie Lee"),
        ("A" * 100, "A" * 100),
    ],
)
def test_a_name_of_any_script_is_kept_on_one_line(typed: str, kept: str) -> None:
    form = filled(MeetingFactory(), first_name=typed)
    assert errors(form) == {}
    assert form.values() == NAMES | {"first_name": kept}


@pytest.mark.parametrize(
    "address", ["https://prize.example", "HTTP://prize.example", "www.prize.example", "WWW.prize.example"]
)
def test_a_name_carries_no_web_address_into_our_mails(address: str) -> None:
    lure = f"You won! Claim at {address}"
    assert errors(filled(MeetingFactory(), first_name=lure, last_name=lure)) == {
        "first_name": ["Enter your first name without a web address"],
        "last_name": ["Enter your last name without a web address"],
    }


@pytest.mark.parametrize("nothing", ["", "   ", "\r\n", "\x00", "\u200b", "\u200e\u00a0"])
def test_a_name_that_nobody_can_see_is_no_name(nothing: str) -> None:
    assert errors(filled(MeetingFactory(), first_name=nothing)) == {"first_name": ["Enter your first name"]}


def test_what_is_missing_is_asked_for_in_words() -> None:
    meeting = MeetingFactory(**{f"{name}_use": Use.REQUIRED for name in BY_NAME if name not in NAMES})
    assert errors(RegistrationForm({}, meeting=meeting)) == {
        "first_name": ["Enter your first name"],
        "last_name": ["Enter your last name"],
        "email": ["Enter your e-mail address"],
        "job_title": ["Enter your job title"],
        "company_name": ["Enter the name of your company"],
        "address1": ["Enter the first line of your address"],
        "address2": ["Enter the second line of your address"],
        "city": ["Enter your city"],
        "state": ["Enter your state or province"],
        "zip_code": ["Enter your postal code"],
        "country_region": ["Choose your country or region"],
        "work_phone": ["Enter your work phone number"],
        "fax": ["Enter your fax number"],
    }


@pytest.mark.parametrize(
    "field", [field for field in STANDARD_FIELDS if field.name not in {"email", "country_region", *PHONE_FIELDS}]
)
def test_no_standard_field_outgrows_its_bound(field: Any) -> None:
    meeting = MeetingFactory(shows_all=True)
    assert errors(filled(meeting, **{field.name: "x" * field.max_length})) == {}
    assert errors(filled(meeting, **{field.name: "x" * (field.max_length + 1)})) == {
        field.name: [
            f"Shorten “{field.label}” to {field.max_length} characters or fewer: it has {field.max_length + 1}"
        ]
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ann.Lee+news@Example.COM ", "Ann.Lee+news@Example.COM"),
        ("ann@example.com\u200b", "ann@example.com"),
        ("ann@bücher.example", "ann@bücher.example"),
        (f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 61}.io", f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 61}.io"),
    ],
)
def test_an_address_is_kept_as_it_was_typed(typed: str, kept: str) -> None:
    form = filled(MeetingFactory(), email=typed)
    assert (errors(form), form.values()["email"]) == ({}, kept)


@pytest.mark.parametrize(
    "wrong",
    [
        "ann",
        "ann@",
        "@example.com",
        "a b@example.com",
        "a@b@c.com",
        "ann@example.com\r\nBcc: x@y.com",
        f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 50}.bücher.io",  # in ASCII it has 260 characters
        "ann@localhost",
        "ann@LocalHost",
        "ann@[127.0.0.1]",
        "ann@[::1]",
        "ann@127.0.0.1",
        "x" * 400,
    ],
)
def test_what_is_no_address_is_refused_with_an_example(wrong: str) -> None:
    words = errors(filled(MeetingFactory(), email=wrong))["email"]
    assert words[0] == "Enter an e-mail address in the usual form, such as name@example.com"


def test_an_address_of_more_than_254_characters_is_refused() -> None:
    address = f"{'a' * 64}@{'b' * 61}.{'c' * 61}.{'d' * 61}.info"
    assert len(address) == 255
    assert errors(filled(MeetingFactory(), email=address)) == {
        "email": ["Shorten “E-mail address” to 254 characters or fewer: it has 255"]
    }


# --- country and phone -------------------------------------------------------------------------------------------


def test_countries_are_listed_in_the_visitors_language_and_kept_in_english() -> None:
    meeting = MeetingFactory(country_region_use=Use.OPTIONAL)
    with override("de"):
        choices = dict(choices_of(RegistrationForm(meeting=meeting), "country_region"))
        form = filled(meeting, country_region="Germany")
        assert (errors(form), form.values()["country_region"]) == ({}, "Germany")
    assert (choices["Germany"], choices["South Korea"]) == ("Deutschland", "Südkorea")


def test_countries_have_the_names_that_webex_uses_in_the_order_of_the_alphabet() -> None:
    choices = choices_of(RegistrationForm(meeting=MeetingFactory(country_region_use="optional")), "country_region")
    assert [value for value, label in choices[1:] if value != label] == []
    assert {"United States", "United Kingdom", "South Korea"} <= {value for value, _label in choices}
    assert [label for _value, label in choices][:4] == [
        "Choose a country or region",
        "Afghanistan",
        "Åland Islands",
        "Albania",
    ]


@pytest.mark.parametrize("wrong", ["DE", "Atlantis", "germany"])
def test_a_country_that_is_not_listed_is_refused(wrong: str) -> None:
    meeting = MeetingFactory(country_region_use=Use.OPTIONAL)
    assert errors(filled(meeting, country_region=wrong)) == {
        "country_region": ["Choose a country or region from the list"]
    }


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("+49 30 901820", "", "+49 30 901820"),
        ("+49 (0)30/90 18-20", "", "+49 30 901820"),
        ("0049 30 901820", "", "+49 30 901820"),
        ("030 901820", "Germany", "+49 30 901820"),
        ("(202) 456-1111", "United States", "+1 202-456-1111"),
        ("+44 20 7946 0000", "Germany", "+44 20 7946 0000"),
        ("+1 202-456-1111 ext. 12", "", "+1 202-456-1111 ext. 12"),
        ("", "Germany", ""),
    ],
)
@pytest.mark.parametrize("field", sorted(PHONE_FIELDS))
def test_a_number_is_kept_in_one_spelling(field: str, typed: str, country: str, kept: str) -> None:
    form = filled(MeetingFactory(shows_all=True), **{field: typed, "country_region": country})
    assert (errors(form), form.values()[field]) == ({}, kept)


@pytest.mark.parametrize(
    "wrong", ["030 901820", "12", "+49", "call me", "+999 123456789", "+4930123456789012x12345678901234567890"]
)
@pytest.mark.parametrize(("field", "name"), [("work_phone", "work phone"), ("fax", "fax")])
def test_a_number_without_country_is_asked_for_in_its_international_form(field: str, name: str, wrong: str) -> None:
    assert errors(filled(MeetingFactory(shows_all=True), **{field: wrong})) == {
        field: [f"Enter a {name} number that begins with + and the country’s code, such as +44 20 7946 0000"]
    }


@pytest.mark.parametrize(
    ("country", "hint"), [("hidden", "With + and the country’s code, such as +44 20 7946 0000"), ("optional", "")]
)
def test_where_no_country_is_asked_for_a_hint_says_how_a_number_begins(country: str, hint: str) -> None:
    meeting = MeetingFactory(work_phone_use="optional", fax_use="optional", country_region_use=country)
    fields = RegistrationForm(meeting=meeting).fields
    assert [str(fields[name].help_text) for name in sorted(PHONE_FIELDS)] == [hint, hint]


@pytest.mark.parametrize(("field", "name"), [("work_phone", "work phone"), ("fax", "fax")])
def test_a_wrong_number_is_answered_with_an_example_of_the_country(field: str, name: str) -> None:
    assert errors(filled(MeetingFactory(shows_all=True), **{field: "12"}, country_region="France")) == {
        field: [f"Enter a {name} number, such as 01 23 45 67 89 or +33 1 23 45 67 89"]
    }
