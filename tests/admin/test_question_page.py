"""A question's own page in two tabs: what one has stored is not overwritten by the other unseen."""

from typing import Any

import pytest
from django.test import Client

from registration.models import AuditEntry, Question
from tests.admin.pages import complaints, fields_of, page_of, soup
from tests.cast import QuestionFactory

pytestmark = pytest.mark.django_db

MEANWHILE = "Somebody else has changed this question since you were shown it. Nothing has been stored."
HOW = "Below is what you typed: save again to put it in the place of theirs. Or see what is stored."


@pytest.fixture
def colour(db: None) -> Question:
    """A question with two options, at Webex."""
    found: Question = QuestionFactory(text="Colour?", type="radioButtons", options=["Red", "Green"], webex_id="12")
    return found


def stored(question: Question) -> tuple[str, str, list[str]]:
    question.refresh_from_db()
    return question.text, question.webex_id, [option.text for option in question.options.all()]


def shown(client: Client, question: Question) -> dict[str, str]:
    return fields_of(client.get(page_of(question)))


def save(client: Client, question: Question, fields: dict[str, str], **typed: str) -> Any:
    more = {name.replace("__", "-"): value for name, value in typed.items()}
    return client.post(page_of(question), {**fields, **more})


def test_the_second_of_two_tabs_is_refused_and_says_what_has_changed(as_dana: Client, colour: Question) -> None:
    first, second = shown(as_dana, colour), shown(as_dana, colour)
    assert save(as_dana, colour, first, text="Which colour?", hint="One will do").status_code == 302
    response = save(as_dana, colour, second, text="Colours?", options__0__text="Crimson")
    assert complaints(response) == [
        MEANWHILE,
        "“Colour?”, Question: “Colour?” → “Which colour?”.",
        "“Colour?”, Hint: “” → “One will do”.",
        HOW,
    ]
    assert [str(link["href"]) for link in soup(response).select(".errorlist a")] == [page_of(colour)]
    assert stored(colour) == ("Which colour?", "12", ["Red", "Green"])
    assert AuditEntry.objects.count() == 1


def test_what_was_typed_stays_and_can_be_saved_over_it(as_dana: Client, colour: Question) -> None:
    first, second = shown(as_dana, colour), shown(as_dana, colour)
    save(as_dana, colour, first, text="Theirs?")
    again = fields_of(save(as_dana, colour, second, text="Mine?", options__0__text="Crimson"))
    assert (again["text"], again["options-0-text"]) == ("Mine?", "Crimson")
    assert save(as_dana, colour, again).status_code == 302
    assert stored(colour) == ("Mine?", "12", ["Crimson", "Green"])


def test_ids_that_webex_has_given_meanwhile_are_not_lost(as_dana: Client, colour: Question) -> None:
    fields = shown(as_dana, colour)
    Question.objects.update(webex_id="99")
    colour.options.filter(text="Red").update(webex_id="7")
    assert complaints(save(as_dana, colour, fields, text="Mine?")) == [
        MEANWHILE,
        "“Colour?”, Webex question id: 12 → 99.",
        "In “Colour?”, Webex option id of “Red”: 1 → 7.",
        HOW,
    ]
    assert stored(colour) == ("Colour?", "99", ["Red", "Green"])


def test_another_place_and_other_options_are_told(as_dana: Client, colour: Question) -> None:
    fields = shown(as_dana, colour)
    position = colour.position
    Question.objects.update(position=7)
    colour.options.create(text="Blue", position=9)
    assert complaints(save(as_dana, colour, fields)) == [
        MEANWHILE,
        "In “Colour?”, added: “Blue”.",
        f"Position: {position} → 7.",
        HOW,
    ]


def test_what_is_changed_elsewhere_refuses_nothing(as_dana: Client, colour: Question) -> None:
    fields = shown(as_dana, colour)
    QuestionFactory(meeting=colour.meeting)
    colour.meeting.title = "Another"
    colour.meeting.save()
    assert save(as_dana, colour, fields, text="Mine?").status_code == 302
    [entry] = AuditEntry.objects.all()
    assert entry.after == {"Question": "Mine?"}


@pytest.mark.parametrize("forged", ["", "forged", "a:b:c"])
def test_what_was_shown_cannot_be_forged(as_dana: Client, colour: Question, forged: str) -> None:
    response = save(as_dana, colour, shown(as_dana, colour), shown=forged, text="Mine?")
    assert complaints(response) == [MEANWHILE, HOW]
    assert stored(colour)[0] == "Colour?"
    assert save(as_dana, colour, fields_of(response)).status_code == 302


def test_what_another_questions_page_showed_is_none_of_this_ones(as_dana: Client, colour: Question) -> None:
    other = shown(as_dana, QuestionFactory(text="Colour?"))["shown"]
    assert complaints(save(as_dana, colour, shown(as_dana, colour), shown=other)) == [MEANWHILE, HOW]


def test_whoever_may_only_look_sees_the_page(as_vera: Client, colour: Question) -> None:
    response = as_vera.get(page_of(colour))
    assert (response.status_code, soup(response).select("[name=shown]")) == (200, [])
