"""Bots that fill in the sign-up form by themselves, and people who are mistaken for one."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from registration.models import Mail, Meeting, Submission
from tests.cast import MeetingFactory
from tests.pages import ANN, read, sign_up, texts

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

NOON = datetime(2030, 6, 1, 12, tzinfo=UTC)
NOT_STORED = " Your registration was not stored. What you typed is still in the form below."
STALE = "Send the form once more: it could not be checked when it was shown to you" + NOT_STORED
TRAPPED = "Send the form once more: something was filled in that people do not see. It is empty again" + NOT_STORED


@pytest.fixture(autouse=True)
def three_seconds(settings: Settings) -> None:
    settings.FORM_MIN_SECONDS = 3


@pytest.fixture
def launch() -> Meeting:
    meeting: Meeting = MeetingFactory(start_at=NOON + timedelta(days=9))
    return meeting


def shown(response: "Response") -> str:
    return str(read(response).select_one("input[name=shown]")["value"])  # type: ignore[index]


def look(client: Client, meeting: Meeting) -> str:
    return shown(client.get(meeting.get_absolute_url()))


def too_fast(seconds: int) -> str:
    unit = "second" if seconds == 1 else "seconds"
    return f"Send the form once more, in {seconds} {unit}: it came back faster than people type{NOT_STORED}"


def given_back(response: "Response") -> tuple[int, str | None, list[str], list[str]]:
    """The status, when to try again, what is said, and what was typed."""
    page = read(response)
    typed = [str(tag["value"]) for tag in page.select("#id_first_name, #id_last_name, #id_email")]
    return response.status_code, response.headers.get("Retry-After"), texts(page, ".notice"), typed


def test_a_form_that_comes_back_faster_than_people_type_is_taken_a_moment_later(
    client: Client, launch: Meeting
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        mark = look(client, launch)
        clock.shift(1)
        response = sign_up(client, launch, shown=mark)
        assert given_back(response) == (429, "2", [too_fast(2)], list(ANN.values()))
        assert shown(response) == mark
        clock.shift(1)
        assert given_back(sign_up(client, launch, shown=mark))[:3] == (429, "1", [too_fast(1)])
        assert (Submission.objects.count(), Mail.objects.count()) == (0, 0)
        clock.shift(1)
        assert sign_up(client, launch, shown=mark).status_code == 302
    assert Submission.objects.count() == 1


def test_it_may_take_a_day_and_after_that_is_sent_once_more(client: Client, launch: Meeting) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        mark = look(client, launch)
        clock.shift(timedelta(days=1))
        assert sign_up(client, launch, shown=mark).status_code == 302
        clock.shift(1)
        response = sign_up(client, launch, shown=mark, email="bob@example.com")
        assert given_back(response)[:3] == (400, None, [STALE])
        clock.shift(3)
        assert sign_up(client, launch, shown=shown(response), email="bob@example.com").status_code == 302


@pytest.mark.parametrize("mark", ["", "1906545600", "1906545600:x", "x" * 10_000, "\x00", "\ud800", "٣:x"])
def test_a_form_without_a_mark_of_ours_comes_back_with_one(client: Client, launch: Meeting, mark: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        sent = urlencode(ANN | {"shown": mark}, errors="surrogatepass")
        response = client.post(launch.get_absolute_url(), sent, content_type="application/x-www-form-urlencoded")
        assert given_back(response) == (400, None, [STALE], list(ANN.values()))
        clock.shift(3)
        assert sign_up(client, launch, shown=shown(response)).status_code == 302


def test_a_mark_is_good_for_its_meeting_only(client: Client, launch: Meeting) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        mark = look(client, MeetingFactory(start_at=NOON + timedelta(days=9)))
        clock.shift(60)
        assert sign_up(client, launch, shown=mark).status_code == 400


def test_a_mark_from_the_future_is_too_fast_and_the_limit_can_be_turned_off(
    client: Client, launch: Meeting, settings: Settings
) -> None:
    with time_machine.travel(NOON, tick=False):
        mark = look(client, launch)
    with time_machine.travel(NOON - timedelta(seconds=7), tick=False):
        assert given_back(sign_up(client, launch, shown=mark))[1] == "10"
        settings.FORM_MIN_SECONDS = 0
        assert sign_up(client, launch).status_code == 302


def test_who_fills_in_what_nobody_sees_gets_it_back_empty(client: Client, launch: Meeting) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        mark = look(client, launch)
        clock.shift(9)
        response = sign_up(client, launch, shown=mark, homepage="https://spam.example")
        assert given_back(response) == (400, None, [TRAPPED], list(ANN.values()))
        [trap] = read(response).select("#id_homepage")
        assert "value" not in trap.attrs
        assert Submission.objects.count() == 0
        assert sign_up(client, launch, shown=shown(response), homepage="").status_code == 302


def test_what_nobody_sees_is_nothing_for_screen_readers_keyboards_and_password_managers(
    client: Client, launch: Meeting
) -> None:
    with time_machine.travel(NOON, tick=False):
        [trap] = read(client.get(launch.get_absolute_url())).select("#id_homepage")
    assert (trap["tabindex"], trap["autocomplete"], trap["data-lpignore"]) == ("-1", "off", "true")
    assert trap.parent is not None
    assert (trap.parent["aria-hidden"], trap["class"]) == ("true", ["visually-hidden"])
    assert texts(trap.parent, "label[for=id_homepage]") == ["Leave this empty: it is here for bots"]


def test_the_mark_travels_through_what_is_wrong_and_through_the_check_step(client: Client) -> None:
    meeting = MeetingFactory(has_check_step=True, start_at=NOON + timedelta(days=9))
    with time_machine.travel(NOON, tick=False) as clock:
        mark = look(client, meeting)
        clock.shift(1)
        wrong = sign_up(client, meeting, shown=mark, email="wrong")
        assert (wrong.status_code, shown(wrong), len(read(wrong).select(".problems"))) == (200, mark, 1)
        assert given_back(sign_up(client, meeting, shown=mark))[1] == "2"
        clock.shift(2)
        checking = sign_up(client, meeting, shown=mark)
        assert (texts(read(checking), "h1"), shown(checking)) == (["Check your answers"], mark)
        changing = sign_up(client, meeting, shown=mark, change="email")
        assert (changing.status_code, shown(changing)) == (200, mark)
        assert given_back(sign_up(client, meeting, checked="yes"))[0] == 400
        assert sign_up(client, meeting, shown=mark, checked="yes", homepage="x").status_code == 400
        assert sign_up(client, meeting, shown=mark, checked="yes").status_code == 302


def test_the_mark_travels_through_a_csrf_failure(launch: Meeting) -> None:
    client = Client(enforce_csrf_checks=True)
    with time_machine.travel(NOON, tick=False):
        mark = look(client, launch)
        response = sign_up(client, launch, shown=mark)
        assert (response.status_code, shown(response)) == (403, mark)
        response = sign_up(client, launch, shown="forged")
        assert (response.status_code, shown(response)) == (403, mark)


def test_all_visitors_of_a_second_have_the_same_mark_though_the_page_is_kept(client: Client, launch: Meeting) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = [look(Client(), launch) for _visitor in range(2)]
        clock.shift(1)
        second = look(Client(), launch)
    assert (len(set(first)), second == first[0]) == (1, False)
