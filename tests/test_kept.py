"""The sign-up page is rendered once for all visitors, and never shows what was so before staff changed it."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from registration.models import Meeting, Question, form_changed
from tests.cast import MeetingFactory, QuestionFactory
from tests.connections import lose_the_connection
from tests.pages import ANN, read, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def colour() -> Question:
    question: Question = QuestionFactory(text="Colour?", type="radioButtons", options=["Red", "Green"])
    return question


def page_of(meeting: Meeting, client: Client | None = None) -> str:
    return (client or Client()).get(meeting.get_absolute_url()).content.decode()


def token_in(page: str) -> str:
    return page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


def test_two_visitors_get_the_same_page_each_with_a_token_of_their_own(colour: Question) -> None:
    pages = [page_of(colour.meeting), page_of(colour.meeting)]
    tokens = [token_in(page) for page in pages]
    assert len(set(tokens)) == 2
    assert pages[0].replace(tokens[0], "") == pages[1].replace(tokens[1], "")
    assert texts(read(Client().get(colour.meeting.get_absolute_url())), "legend") == [
        "About you",
        "Questions from the organisers",
        "Colour? (optional)",
    ]


def test_the_token_on_the_page_is_one_that_the_form_is_taken_with(colour: Question) -> None:
    page_of(colour.meeting)
    browser = Client(enforce_csrf_checks=True)
    token = token_in(page_of(colour.meeting, browser))
    response = browser.post(colour.meeting.get_absolute_url(), ANN | {"csrfmiddlewaretoken": token})
    assert (response.status_code, colour.meeting.submissions.count()) == (302, 1)


def test_the_page_that_was_kept_is_the_one_that_would_be_rendered(colour: Question, settings: Settings) -> None:
    page_of(colour.meeting)
    kept = page_of(colour.meeting)
    settings.DEBUG = True
    rendered = page_of(colour.meeting)
    assert kept.replace(token_in(kept), "") == rendered.replace(token_in(rendered), "")


def test_a_page_that_was_kept_costs_one_query(
    colour: Question, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page_of(colour.meeting)
    with django_assert_num_queries(1):
        page_of(colour.meeting)


def change_title(question: Question) -> str:
    question.meeting.title = "Another title"
    question.meeting.save()
    return "Another title"


def change_the_words(question: Question) -> str:
    question.text = "Hue?"
    question.save()
    return "Hue?"


def change_an_option(question: Question) -> str:
    question.options.all()[0].delete()
    question.options.create(text="Blue")
    return "Blue"


def change_in_bulk(question: Question) -> str:
    Question.objects.filter(pk=question.pk).update(text="Shade?")
    form_changed([question.meeting_id])
    return "Shade?"


@pytest.mark.parametrize("change", [change_title, change_the_words, change_an_option, change_in_bulk])
def test_what_staff_change_shows_at_once_and_is_what_the_form_takes(
    colour: Question, change: Callable[[Question], str]
) -> None:
    before = page_of(colour.meeting)
    words = change(colour)
    assert (words in before, words in page_of(colour.meeting)) == (False, True)


def test_an_option_that_was_retired_is_no_longer_taken(client: Client, colour: Question) -> None:
    red = colour.options.all()[0]
    page_of(colour.meeting, client)
    red.is_retired = True
    red.save()
    response = client.post(colour.meeting.get_absolute_url(), ANN | {f"question_{colour.pk}": str(red.pk)})
    assert texts(read(response), ".problems a") == ["Choose from the options for “Colour?”"]


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_was_lost_is_opened_anew_and_nobody_sees_it(client: Client) -> None:
    meeting = MeetingFactory(title="Launch")
    page_of(meeting, client)
    lose_the_connection()
    assert texts(read(client.get(meeting.get_absolute_url())), "h1") == ["Launch"]
    lose_the_connection()
    assert client.post(meeting.get_absolute_url(), ANN).status_code == 302


def test_meetings_do_not_get_each_others_pages() -> None:
    one, other = MeetingFactory(title="One"), MeetingFactory(title="Other")
    Meeting.objects.update(form_version="the same")
    assert [texts(read(Client().get(m.get_absolute_url())), "h1") for m in (one, other, one)] == [
        ["One"],
        ["Other"],
        ["One"],
    ]
