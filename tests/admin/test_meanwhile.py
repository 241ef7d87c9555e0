"""A meeting's page in two tabs: what one has stored is not overwritten by the other unseen."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from registration.models import AuditEntry, Meeting
from tests.admin.pages import complaints, fields_of, page_of, soup
from tests.cast import MeetingFactory, QuestionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def launch(db: None) -> Meeting:
    """A meeting with two questions."""
    times = {"start_at": datetime(2026, 12, 22, 14, tzinfo=UTC), "end_at": datetime(2026, 12, 22, 16, tzinfo=UTC)}
    meeting: Meeting = MeetingFactory(title="Launch", capacity=5, intro="Come!", timezone="Europe/Berlin", **times)
    for text in ("One?", "Two?"):
        QuestionFactory(meeting=meeting, text=text)
    return meeting


def shown(client: Client, meeting: Meeting) -> dict[str, str]:
    return fields_of(client.get(page_of(meeting)))


def save(client: Client, meeting: Meeting, fields: dict[str, str], **typed: str) -> Any:
    return client.post(page_of(meeting), fields | {name.replace("__", "-"): value for name, value in typed.items()})


def meanwhile(stored: str) -> str:
    return (
        f"Somebody else has changed this since you were shown it. Stored by now: {stored}. "
        "Save again to put what you typed in its place."
    )


def test_what_two_tabs_change_at_different_places_is_all_stored(as_dana: Client, launch: Meeting) -> None:
    first, second = shown(as_dana, launch), shown(as_dana, launch)
    assert save(as_dana, launch, first, title="Grand launch", capacity="7", questions__0__text="A?").status_code == 302
    assert save(as_dana, launch, second, intro="Do come!", questions__1__text="B?").status_code == 302
    launch.refresh_from_db()
    assert (launch.title, launch.capacity, launch.intro) == ("Grand launch", 7, "Do come!")
    assert list(launch.questions.order_by("position").values_list("text", flat=True)) == ["A?", "B?"]
    last = AuditEntry.objects.filter(action="edited", thing__startswith="meeting").latest("pk")
    assert last.before == {"Introduction": "Come!", "question: B?: Question": "Two?"}


@pytest.mark.parametrize(
    ("name", "theirs", "mine", "stored"),
    [
        ("title", "Grand launch", "Launch party", "Grand launch"),
        ("capacity", "7", "9", "7"),
        ("capacity", "", "9", "nothing"),
        ("approval", "automatic", "rules", "every submission is approved at once"),
        ("timezone", "UTC", "Asia/Tokyo", "UTC"),
        ("start_at_1", "09:30", "10:30", "2026-12-22 09:30:00"),
    ],
)
def test_what_both_change_is_refused_to_the_second_once(
    as_dana: Client, launch: Meeting, name: str, theirs: str, mine: str, stored: str
) -> None:
    first, second = shown(as_dana, launch), shown(as_dana, launch)
    assert save(as_dana, launch, first, **{name: theirs}).status_code == 302
    response = save(as_dana, launch, second, **{name: mine}, intro="Do come!")
    assert meanwhile(stored) in complaints(response)
    assert Meeting.objects.get().intro == "Come!"
    again = fields_of(response)
    assert (again[name], again["intro"]) == (mine, "Do come!")
    assert save(as_dana, launch, again).status_code == 302
    now = shown(as_dana, launch)
    assert (now[name].removesuffix(":00"), now["intro"]) == (mine, "Do come!")


def test_a_question_that_both_reword_is_refused_to_the_second_once(as_dana: Client, launch: Meeting) -> None:
    first, second = shown(as_dana, launch), shown(as_dana, launch)
    save(as_dana, launch, first, questions__0__text="Theirs?", questions__1__text="Too?", capacity="7")
    response = save(as_dana, launch, second, questions__0__text="Mine?")
    assert meanwhile("Theirs?") in complaints(response)
    assert save(as_dana, launch, fields_of(response)).status_code == 302
    launch.refresh_from_db()
    assert launch.capacity == 7
    assert list(launch.questions.order_by("position").values_list("text", flat=True)) == ["Mine?", "Too?"]


def test_a_box_that_is_ticked_in_one_tab_stays_so_when_the_other_is_saved(as_dana: Client, launch: Meeting) -> None:
    first, second = shown(as_dana, launch), shown(as_dana, launch)
    save(as_dana, launch, first, holds_decisions="on", questions__0__is_retired="on")
    assert save(as_dana, launch, second, title="Launch party").status_code == 302
    launch.refresh_from_db()
    assert (launch.holds_decisions, launch.title) == (True, "Launch party")
    assert [question.is_retired for question in launch.questions.order_by("position")] == [True, False]


def test_what_two_tabs_change_to_the_same_is_stored(as_dana: Client, launch: Meeting) -> None:
    first, second = shown(as_dana, launch), shown(as_dana, launch)
    for fields in (first, second):
        assert save(as_dana, launch, fields, capacity="7").status_code == 302


@pytest.mark.parametrize("sent", ["", "{", "[]", "1", '{"title": 1}', '{"nothing": "like it"}', '{"title": "x"}'])
def test_whatever_is_sent_back_the_page_is_saved_or_shown_again(as_dana: Client, launch: Meeting, sent: str) -> None:
    fields = shown(as_dana, launch) | {"shown": sent, "title": "Launch party"}
    assert as_dana.post(page_of(launch), fields).status_code == (200 if sent == '{"title": "x"}' else 302)


def test_the_page_of_a_new_meeting_shows_nothing_that_could_be_overwritten(as_dana: Client) -> None:
    page = soup(as_dana.get("/admin/registration/meeting/add/"))
    assert page.select('[name$="shown"]') == []
