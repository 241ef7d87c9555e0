"""The start page: what needs a person, and each meeting at a glance, with every number a link to its people."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from registration.admin import glances, start
from registration.models import Meeting, MeetingGroup, RoleAssignment, Submission
from registration.states import Decision, Presence
from tests.admin.glancing import listed, numbers, with_role
from tests.admin.pages import soup, text
from tests.cast import MeetingFactory, SubmissionFactory
from tests.crowd import in_every_state, many_in_many_meetings, read_whole

pytestmark = pytest.mark.django_db

START = "admin:index"
Role = RoleAssignment.Role


def see(client: Client, query: str = "") -> Any:
    response = client.get(reverse(START) + query)
    assert response.status_code == 200
    return soup(response)


def titles(page: Any) -> list[str]:
    return [text(title) for title in page.select(".glance h3")]


# --- numbers and lists ------------------------------------------------------------------------------------------------


def test_each_number_leads_to_exactly_as_many_people(as_dana: Client) -> None:
    for meeting in MeetingFactory.create_batch(2):
        in_every_state(meeting)
    found = numbers(see(as_dana))
    assert len(found) == 2 * 19 + 2
    assert [(count, address) for count, address in found if listed(as_dana, address) != count] == []


def test_each_number_is_about_ones_own_meetings_alone(as_dana: Client) -> None:
    group = MeetingGroup.objects.create(name="Fairs")
    of_group, hers, other = MeetingFactory(group=group), MeetingFactory(), MeetingFactory()
    for meeting in (of_group, hers, other):
        in_every_state(meeting)
    client = with_role(Role.VIEWER, group=group)
    page = see(client)
    assert titles(page) == [of_group.title]
    found = numbers(page)
    assert [(count, address) for count, address in found if listed(client, address) != count] == []
    of_all = {address: count for count, address in numbers(see(as_dana))}
    needs = [(count, address) for count, address in found if "time=coming" in address]
    assert [3 * count for count, address in needs] == [of_all[address] for _count, address in needs]


def test_nobody_learns_anything_of_a_meeting_without_a_role_for_it() -> None:
    in_every_state(MeetingFactory(title="The secret launch"))
    eve = with_role(Role.ADMINISTRATOR, meeting=MeetingFactory(title="Her own"))
    for query in ("", "?q=launch", "?past=1"):
        response = eve.get(reverse(START) + query)
        assert "secret" not in response.text
        assert numbers(soup(response)) == []


def test_who_may_see_meetings_and_not_their_people_gets_no_numbers() -> None:
    in_every_state(MeetingFactory(title="Launch"))
    user = User.objects.create_user("ole", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_meeting"))
    client = Client()
    client.force_login(user)
    page = see(client)
    assert (titles(page), numbers(page), page.select(".figure")) == (["Launch"], [], [])


def test_what_needs_a_person_is_of_meetings_to_come(as_dana: Client) -> None:
    over = MeetingFactory(start_at=timezone.now() - timedelta(days=3))
    SubmissionFactory(meeting=over)
    SubmissionFactory(meeting=MeetingFactory())
    SubmissionFactory(meeting=MeetingFactory(), held_decision=Decision.DECLINED, held_at=timezone.now())
    words = [text(need) for need in see(as_dana).select(".needs li")]
    assert words == ["1 registration waits for review", "1 decision waits to be released"]


def test_of_very_many_it_says_that_they_are_more(as_dana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "MOST_COUNTED", 2)
    SubmissionFactory.create_batch(3, meeting=MeetingFactory())
    assert [text(need) for need in see(as_dana).select(".needs li")] == ["more than 2 registrations wait for review"]


def test_what_needs_attention_is_said_once_and_leads_to_its_section(as_dana: Client) -> None:
    meeting = MeetingFactory()
    SubmissionFactory(meeting=meeting, approved=True, presence=Presence.REFUSED)
    long_ago = timezone.now() - timedelta(days=2)
    SubmissionFactory(meeting=meeting, held_decision=Decision.DECLINED, held_at=long_ago)
    page = see(as_dana)
    words = [text(need) for need in page.select(".needs li")]
    assert words == ["1 decision waits to be released", "1 Refused by Webex"]
    attention = reverse("admin:registration_attention")
    assert [str(link["href"]) for link in page.select(".needs a[href*='#']")] == [f"{attention}#refused"]
    assert soup(as_dana.get(attention)).select_one("#refused") is not None
    assert page.select(".attention-banner") == []


def test_where_nobody_waits_it_says_so(as_dana: Client) -> None:
    SubmissionFactory(approved=True)
    assert "Nobody waits for you." in text(see(as_dana).select_one("section"))


# --- the meetings -----------------------------------------------------------------------------------------------------


def test_the_next_meeting_comes_first_and_those_that_are_over_are_behind_a_link(as_dana: Client) -> None:
    now = timezone.now()
    for title, days in {"Later": 9, "Soon": 1, "Over": -9, "Long over": -90}.items():
        MeetingFactory(title=title, start_at=now + timedelta(days=days))
    MeetingFactory(title="Now", start_at=now - timedelta(minutes=10))
    assert titles(see(as_dana)) == ["Now", "Soon", "Later"]
    assert titles(see(as_dana, "?past=1")) == ["Over", "Long over"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?q=LAUNCH", ["Launch 🚀 ZÜRICH"]),
        ("?q=🚀", ["Launch 🚀 ZÜRICH"]),
        ("?q=zürich", ["Launch 🚀 ZÜRICH"]),
        ("?q=%25", ["100 % <b>"]),
        ("?q=%00", ["100 % <b>", "Launch 🚀 ZÜRICH"]),
    ],
)
def test_a_meeting_is_found_by_its_title(as_dana: Client, query: str, shown: list[str]) -> None:
    MeetingFactory(title="100 % <b>")
    MeetingFactory(title="Launch 🚀 ZÜRICH")
    assert titles(see(as_dana, query)) == shown


def test_a_title_that_there_is_not_leads_back_to_all(as_dana: Client) -> None:
    MeetingFactory(title="Launch")
    page = see(as_dana, "?q=" + "x" * 5000)
    assert text(page.select_one(".empty")) == "No meeting has a title like that. Show all meetings"


@pytest.mark.parametrize(
    ("query", "first"), [("?page=2", "Meeting 13"), ("?page=x", "Meeting 01"), ("?page=9", "Meeting 13")]
)
def test_there_are_twelve_on_a_page(as_dana: Client, query: str, first: str) -> None:
    for n in range(1, 16):
        MeetingFactory(title=f"Meeting {n:02}", start_at=timezone.now() + timedelta(days=n))
    page = see(as_dana, query)
    assert titles(page)[0] == first
    assert len(titles(page)) == (12 if first == "Meeting 01" else 3)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-20T22:59", "in 11 days"),
        ("2026-11-20T23:00", "in 10 days"),
        ("2026-11-29T23:00", "tomorrow"),
        ("2026-11-30T22:59", "in 10 hours"),
        ("2026-12-01T00:00", "in 9 hours"),
        ("2026-12-01T07:59", "in 1 hour"),
        ("2026-12-01T08:30", "within the hour"),
        ("2026-12-01T09:00", "under way"),
        ("2026-12-01T10:00", "over since today"),
        ("2026-12-01T23:00", "1 day ago"),
        ("2026-12-11T12:00", "10 days ago"),
    ],
)
def test_it_says_how_long_it_is_by_the_calendar_where_the_meeting_is(now: str, words: str) -> None:
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    meeting = MeetingFactory.build(timezone="Europe/Berlin", start_at=start, end_at=start + timedelta(hours=1))
    assert glances.until(meeting, now=datetime.fromisoformat(now + "Z")) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "open"),
        ({"is_published": False}, "not published"),
        ({"is_cancelled": True}, "cancelled"),
        ({"capacity": 1}, "full"),
        ({"capacity": 1, "waiting_list": "offer"}, "waiting list only"),
        ({"closes_at": timezone.now() - timedelta(hours=1)}, "closed"),
        ({"opens_at": timezone.now() + timedelta(hours=1)}, "not open yet"),
    ],
)
def test_it_says_whether_one_can_sign_up(as_dana: Client, changes: dict[str, Any], words: str) -> None:
    SubmissionFactory(meeting=MeetingFactory(**changes))
    state = see(as_dana).select_one(".glance .state")
    assert text(state).split(maxsplit=1)[1] == words


@pytest.mark.parametrize(
    ("capacity", "people", "words"),
    [
        (None, 1, "1 place taken, without a limit"),
        (5, 2, "2 of 5 places taken, 3 free"),
        (1, 3, "3 of 1 places taken, 2 too many"),
        (0, 1, "1 of 0 places taken, 1 too many"),
    ],
)
def test_it_says_how_many_places_there_are(as_dana: Client, capacity: int | None, people: int, words: str) -> None:
    SubmissionFactory.create_batch(people, meeting=MeetingFactory(capacity=capacity))
    assert text(see(as_dana).select(".glance-facts")[1]) == words


def test_a_meeting_for_which_nobody_signed_up_says_what_to_do(as_dana: Client) -> None:
    meeting = MeetingFactory(is_published=False)
    hint = "Nobody has signed up yet. Publish the meeting, and share the address of its sign-up page."
    assert text(see(as_dana).select_one(".glance > .quiet")) == hint
    Meeting.objects.update(is_published=True)
    hint = (
        f"Nobody has signed up yet. Share the address of the sign-up page: http://testserver/meetings/{meeting.slug}/"
    )
    assert text(see(as_dana).select_one(".glance > .quiet")) == hint


def test_an_empty_portal_says_what_to_do_next(as_dana: Client) -> None:
    page = see(as_dana)
    ways = [str(link["href"]) for link in page.select(".empty a")]
    assert ways == [reverse("admin:registration_meeting_import"), reverse("admin:registration_meeting_add")]
    assert page.select(".start-search") == []


def test_who_has_no_role_yet_is_told_whom_to_ask(as_dana: Client) -> None:
    MeetingFactory()
    User.objects.create_user("new", is_staff=True)
    client = Client()
    client.force_login(User.objects.get(username="new"))
    page = see(client)
    assert "ask whoever gives roles here" in text(page.select_one(".empty"))
    assert page.select(".empty a") == []


def test_all_lists_stay_reachable(as_dana: Client) -> None:
    lists = {str(link["href"]) for link in see(as_dana).select(".all-pages th a")}
    assert {reverse("admin:registration_account_changelist"), reverse("admin:auth_user_changelist")} <= lists


@pytest.mark.parametrize("app", ["registration", "auth"])
def test_the_page_of_a_part_has_its_lists_and_says_nothing_of_people(as_dana: Client, app: str) -> None:
    SubmissionFactory()
    page = soup(as_dana.get(reverse("admin:app_list", args=[app])))
    assert page.select(".needs, .empty, #needs") == []
    assert text(page.select_one(".purpose")).startswith("All lists of this part of the portal.")
    lists = {str(link["href"]).split("/")[2] for link in page.select("#content-main th a")}
    assert lists == {app}


def test_it_asks_as_often_for_twelve_meetings_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for meeting in MeetingFactory.create_batch(2, capacity=5):
        SubmissionFactory.create_batch(2, meeting=meeting)
    see(as_dana)
    with CaptureQueriesContext(connection) as first:
        see(as_dana)
    for meeting in MeetingFactory.create_batch(10, capacity=5):
        SubmissionFactory.create_batch(3, meeting=meeting)
    assert Submission.objects.count() == 34
    with django_assert_num_queries(len(first.captured_queries)):
        assert len(titles(see(as_dana))) == 12


@pytest.mark.postgresql
def test_it_reads_none_of_the_people_of_meetings_that_are_over(as_dana: Client) -> None:
    over = [meeting.pk for meeting in many_in_many_meetings()[2:]]
    before = timezone.now() - timedelta(days=9)
    Meeting.objects.filter(pk__in=over).update(start_at=before, end_at=before)
    with CaptureQueriesContext(connection) as captured:
        see(as_dana)
    about_people = [query["sql"] for query in captured.captured_queries if '"registration_submission"' in query["sql"]]
    assert len(about_people) == 6
    assert read_whole(about_people, Submission) == []
