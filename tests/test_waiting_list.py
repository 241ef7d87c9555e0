"""The waiting list as visitors see it: on the list of meetings, the sign-up page, the check step and after it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from registration.models import Meeting, Submission
from registration.states import Decision
from tests.cast import MeetingFactory, SubmissionFactory
from tests.pages import ANN, read, sign_up, texts

pytestmark = pytest.mark.django_db

GETS_IT = (
    "All places are taken. You can join the waiting list: as soon as a place becomes free and it is your turn, "
    "you get it, and we write to you."
)
IS_OFFERED_IT = (
    "All places are taken. You can join the waiting list: as soon as a place becomes free and it is your turn, "
    "we offer it to you by mail."
)


def full_meeting(**facts: Any) -> Meeting:
    meeting: Meeting = MeetingFactory(**{"capacity": 1, "waiting_list": "at_once"} | facts)
    SubmissionFactory(meeting=meeting)
    return meeting


@pytest.mark.parametrize(("rule", "words"), [("at_once", GETS_IT), ("offer", IS_OFFERED_IT)])
def test_the_sign_up_page_says_that_all_places_are_taken_and_the_button_that_one_joins_the_line(
    client: Client, rule: str, words: str
) -> None:
    page = read(client.get(full_meeting(waiting_list=rule).get_absolute_url()))
    assert texts(page, "#sign-up, section > p:not(.hint), form button") == [
        "Join the waiting list",
        words,
        "Join the waiting list",
    ]


def test_a_place_that_is_free_is_for_whoever_waits(client: Client) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="offer")
    address = meeting.get_absolute_url()
    assert texts(read(client.get(address)), "form button") == ["Register"]
    SubmissionFactory(meeting=meeting, decision=Decision.WAITLISTED)
    assert texts(read(client.get(address)), "form button") == ["Join the waiting list"]


def test_the_page_says_so_too_where_something_is_wrong_with_the_form(client: Client, settings: Settings) -> None:
    meeting = full_meeting()
    wrong = sign_up(client, meeting, email="ann@")
    settings.SIGN_UPS_PER_MINUTE, settings.BEHIND_PROXY = 1, True
    client = Client(headers={"X-Forwarded-For": "203.0.113.7"})
    sign_up(client, MeetingFactory())
    too_many = sign_up(client, meeting)
    assert (wrong.status_code, too_many.status_code) == (200, 429)
    assert [texts(read(page), "form button") for page in (wrong, too_many)] == [["Join the waiting list"]] * 2


def test_the_check_step_says_so_before_anything_is_sent(client: Client) -> None:
    meeting = full_meeting(has_check_step=True)
    assert texts(read(client.get(meeting.get_absolute_url())), "form button") == ["Continue"]
    page = read(sign_up(client, meeting))
    assert texts(page, ".lead") == ["Nothing has been sent yet. All places are taken: you join the waiting list."]
    assert texts(page, "form > button") == ["Join the waiting list"]
    client.post(meeting.get_absolute_url(), ANN | {"checked": "yes"})
    assert Submission.objects.get(email=ANN["email"]).decision == Decision.WAITLISTED


def test_the_list_of_meetings_says_so(client: Client) -> None:
    full_meeting()
    assert texts(read(client.get("/")), ".state") == ["All places are taken: there is a waiting list"]


def test_after_it_everybody_reads_the_same_whether_they_have_a_place_or_wait(client: Client) -> None:
    meeting = MeetingFactory(capacity=1, waiting_list="at_once")
    pages = []
    for email in ("ann@example.com", "bo@example.com", "ann@example.com"):
        response = sign_up(client, meeting, email=email)
        assert response.headers["Location"] == reverse("done", args=[meeting.slug])
        pages.append(client.get(response.headers["Location"]).content)
    assert len(set(pages)) == 1
    assert list(Submission.objects.order_by("pk").values_list("decision", flat=True)) == ["waiting", "waitlisted"]


def test_the_place_that_becomes_free_changes_the_page_at_once(client: Client) -> None:
    meeting = full_meeting()
    assert texts(read(client.get(meeting.get_absolute_url())), "form button") == ["Join the waiting list"]
    Submission.objects.update(decision=Decision.CANCELLED)
    assert texts(read(client.get(meeting.get_absolute_url())), "form button") == ["Register"]
