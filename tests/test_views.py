"""The pages that visitors see, over HTTP."""

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.models import Meeting, Question, Submission
from tests.cast import ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory
from tests.pages import HOUR, read, sign_up, texts

pytestmark = pytest.mark.django_db


# --- the list ----------------------------------------------------------------------------------------------------


def test_the_list_shows_published_meetings_what_is_to_come_first(client: Client) -> None:
    now = timezone.now()
    for name, days in [("Long over", -20), ("Later", 20), ("Just over", -2), ("Soon", 2)]:
        MeetingFactory(title=name, start_at=now + timedelta(days=days))
    MeetingFactory(title="Under way", start_at=now - HOUR, end_at=now + HOUR)
    MeetingFactory(title="Secret", is_published=False)
    page = read(client.get("/"))
    assert texts(page, "main h2") == ["Under way", "Soon", "Later", "Just over", "Long over"]
    assert texts(page, "h1") == ["Meetings"]


def test_the_list_says_which_meetings_can_be_registered_for(client: Client) -> None:
    now = timezone.now()
    MeetingFactory(start_at=now + HOUR)
    MeetingFactory(start_at=now + 2 * HOUR, opens_at=now + HOUR)
    MeetingFactory(start_at=now + 3 * HOUR, closes_at=now - HOUR)
    SubmissionFactory(meeting=MeetingFactory(start_at=now + 4 * HOUR, capacity=1))
    MeetingFactory(start_at=now + 5 * HOUR, is_cancelled=True)
    MeetingFactory(start_at=now - 5 * HOUR)
    assert texts(read(client.get("/")), ".state") == [
        "Registration is open",
        "Registration opens later",
        "Registration is closed",
        "All places are taken",
        "Cancelled",
        "Over",
    ]


def test_an_empty_list_says_so(client: Client) -> None:
    assert texts(read(client.get("/")), "main p") == ["There is no meeting to register for at the moment."]


def test_a_long_list_has_pages(client: Client) -> None:
    MeetingFactory.create_batch(51)
    first, second = read(client.get("/")), read(client.get("/?page=2"))
    assert (len(first.select("main h2")), len(second.select("main h2"))) == (50, 1)
    assert (texts(first, ".pages"), texts(second, ".pages")) == (["Page 1 of 2 Next"], ["Previous Page 2 of 2"])
    assert read(client.get("/?page=nonsense")).select("main h2") == first.select("main h2")


# --- the sign-up page --------------------------------------------------------------------------------------------


def test_the_page_of_a_meeting_tells_what_and_when_and_offers_the_form(client: Client) -> None:
    meeting = MeetingFactory(
        title="Tom & Ann’s <Launch>",
        agenda="First\nSecond\n\n<script>alert(1)</script>",
        scheduled_type="webinar",
        host_display_name="Amélie",
        start_at=datetime(2090, 1, 5, 9, tzinfo=UTC),
    )
    page = read(client.get(meeting.get_absolute_url()))
    assert texts(page, "title") == texts(page, "h1") == ["Tom & Ann’s <Launch>"]
    assert texts(page, ".kind") == ["Webinar"]
    assert texts(page, ".facts dd") == [
        "Thursday, 5 January 2090, 10:00 to 11:00 (Europe/Berlin)",
        "Amélie",
        "Online, on Webex",
    ]
    assert texts(page, "#sign-up + .hint") == ["Registration closes: Thursday, 5 January 2090, 11:00 (Europe/Berlin)"]
    assert [tag["datetime"] for tag in page.select("main time")] == [
        "2090-01-05T09:00:00+00:00",
        "2090-01-05T10:00:00+00:00",
    ]
    assert texts(page, ".agenda p") == ["First Second", "<script>alert(1)</script>"]
    assert texts(page, "form button") == ["Register"]
    assert [tag["src"] for tag in page.select("script")] == ["/static/registration/site.js"]
    assert page.select("[style], [onclick], style") == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {"closes_at": -HOUR},
            ["Registration for this meeting is closed", "The time for registering has passed."],
        ),
        (
            {"opens_at": datetime(2090, 1, 5, 9, tzinfo=UTC), "start_at": datetime(2090, 2, 5, 9, tzinfo=UTC)},
            [
                "Registration opens on Thursday, 5 January 2090, 10:00 (Europe/Berlin)",
                "Come back to this page then: the form will be here.",
            ],
        ),
        ({"start_at": -2 * HOUR}, ["This meeting is over", "Look for another one in the list of meetings."]),
        (
            {"capacity": 0},
            ["All places are taken", "Nobody can register at the moment. A place may become free again."],
        ),
        (
            {"is_cancelled": True},
            ["This meeting has been cancelled", "It does not take place, and nobody can register for it."],
        ),
    ],
)
def test_a_meeting_that_takes_no_registrations_has_a_page_that_says_why_and_a_way_on(
    client: Client, facts: dict[str, Any], words: list[str]
) -> None:
    now = timezone.now()
    facts = {name: now + value if isinstance(value, timedelta) else value for name, value in facts.items()}
    meeting = MeetingFactory(title="Launch", host_email="dana@example.com", **facts)
    response = client.get(meeting.get_absolute_url())
    page = read(response)
    assert (response.status_code, page.select("form")) == (200, [])
    assert texts(page, "title, h1") == [f"{words[0]} · Launch", "Launch"]
    assert texts(page, ".notice > *") == [*words, "Questions? Write to dana@example.com .", "See all meetings"]
    assert [link["href"] for link in page.select(".notice a")] == ["mailto:dana@example.com", "/"]


@pytest.mark.parametrize("page", ["", "done/"])
@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_what_is_not_published_is_not_there(client: Client, page: str, method: str) -> None:
    address = MeetingFactory(is_published=False).get_absolute_url() + page
    expected = 405 if (page, method) == ("done/", "post") else 404
    assert getattr(client, method)(address).status_code == expected
    assert getattr(client, method)(f"/meetings/no-such/{page}").status_code == expected


@pytest.mark.parametrize("address", ["/", "/meetings/launch/", "/meetings/launch/done/", "/healthz"])
def test_head_is_answered_like_get_without_a_body(client: Client, address: str) -> None:
    MeetingFactory(slug="launch")
    response = client.head(address)
    assert (response.status_code, response.content) == (200, b"")


def test_the_sign_up_page_makes_as_many_queries_whatever_the_size(client: Client) -> None:
    def queries(size: int) -> list[int]:
        meeting = MeetingFactory(shows_all=True, capacity=100, approval=Meeting.Approval.RULES)
        for kind in Question.Type:
            QuestionFactory.create_batch(
                size, meeting=meeting, type=kind, options=[] if "Box" in kind and kind != "checkbox" else ["a"] * size
            )
        ApprovalRuleFactory.create_batch(size, meeting=meeting)
        SubmissionFactory.create_batch(size, meeting=meeting)
        with CaptureQueriesContext(connection) as getting_first:
            client.get(meeting.get_absolute_url())
        with CaptureQueriesContext(connection) as getting:
            client.get(meeting.get_absolute_url())
        data = {f"question_{q.pk}": "x" for q in meeting.questions.filter(type=Question.Type.SINGLE_LINE)}
        counts = [len(getting_first), len(getting)]
        # A new address, and the same address with another name.
        for first_name in ("Ann", "Anna"):
            with CaptureQueriesContext(connection) as posting:
                assert sign_up(client, meeting, first_name=first_name, **data).status_code == 302
            counts.append(len(posting))
        return counts

    small, large = queries(2), queries(40)
    assert small == large
    assert large[:2] == [6, 2]


@pytest.mark.parametrize("size", [2, 40])
def test_the_list_makes_three_queries_whatever_the_size(client: Client, size: int) -> None:
    for meeting in MeetingFactory.create_batch(size, capacity=20):
        SubmissionFactory.create_batch(2, meeting=meeting)
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) == 3


# --- the page after a sign-up --------------------------------------------------------------------------------------


def test_the_page_after_a_sign_up_says_what_happens_next_when_and_whom_to_ask(client: Client) -> None:
    meeting = MeetingFactory(
        slug="launch",
        title="Launch",
        start_at=datetime(2090, 1, 5, 9, tzinfo=UTC),
        host_display_name="<Dana>",
        host_email="dana@example.com",
    )
    SubmissionFactory(meeting=meeting, first_name="Ann", reference="K7QX-93MP")
    response = client.get("/meetings/launch/done/")
    page = read(response)
    assert texts(page, "h1, h2") == ["Thank you", "What happens next", "Whom to ask", "Launch"]
    assert texts(page, ".steps li")[1:] == [
        "The organisers look at your registration and decide. Your own page says so as soon as they have.",
        "Once you are approved, Webex mails you your own link for joining.",
        "The meeting starts: Thursday, 5 January 2090, 10:00 (Europe/Berlin)",
    ]
    assert texts(page, "#contact ~ p") == [
        "Write to <Dana> , dana@example.com . Give your reference number: it is in our mail."
    ]
    assert [tag["datetime"] for tag in page.select("main time")] == ["2090-01-05T09:00:00+00:00"] * 2
    assert [word for word in ("Ann", "K7QX") if word in response.content.decode()] == []


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ({}, "Answer our mail: the organisers read what you write."),
        ({"host_display_name": "Dana"}, "Answer our mail: the organisers read what you write."),
        (
            {"host_email": "dana@example.com"},
            "Write to dana@example.com . Give your reference number: it is in our mail.",
        ),
    ],
)
def test_the_page_after_a_sign_up_names_whom_it_can(client: Client, host: dict[str, str], words: str) -> None:
    MeetingFactory(slug="launch", **host)
    assert texts(read(client.get("/meetings/launch/done/")), "#contact ~ p") == [words]


@pytest.mark.parametrize(
    ("answers_to", "words"),
    [("", "Write to Dana , dana@example.com ."), ("desk@example.com", "Write to desk@example.com .")],
)
def test_the_host_is_named_with_an_address_only_where_it_is_theirs(client: Client, answers_to: str, words: str) -> None:
    MeetingFactory(slug="launch", host_display_name="Dana", host_email="dana@example.com", reply_to=answers_to)
    [said] = texts(read(client.get("/meetings/launch/done/")), "#contact ~ p")
    assert said == f"{words} Give your reference number: it is in our mail."


@pytest.mark.parametrize(
    ("facts", "heading"),
    [({"is_cancelled": True}, "This meeting has been cancelled"), ({"start_at": -2 * HOUR}, "This meeting is over")],
)
def test_the_page_after_a_sign_up_promises_nothing_of_a_meeting_that_does_not_come(
    client: Client, facts: dict[str, Any], heading: str
) -> None:
    now = timezone.now()
    MeetingFactory(
        slug="launch",
        title="Launch",
        **{name: now + value if isinstance(value, timedelta) else value for name, value in facts.items()},
    )
    response = client.get("/meetings/launch/done/")
    page = read(response)
    assert (texts(page, "h1"), texts(page, "title"), page.select(".steps")) == ([heading], [f"{heading} · Launch"], [])
    assert b"Thank you" not in response.content


# --- whom to write to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "facts"),
    [
        ("/meetings/launch/", {}),
        ("/meetings/launch/", {"closes_at": datetime(2020, 1, 5, tzinfo=UTC)}),
        ("/meetings/launch/done/", {}),
        ("", {}),
        ("change/", {}),
        ("change/", {"changes_until": datetime(2020, 1, 5, tzinfo=UTC)}),
    ],
)
def test_every_page_sends_people_to_whom_answers_go_as_soon_as_staff_say_so(
    client: Client, settings: Settings, page: str, facts: dict[str, Any]
) -> None:
    settings.HAS_CHALLENGES = True
    host = {"host_display_name": "Dana", "host_email": "dana@example.com"}
    meeting = MeetingFactory(slug="launch", has_challenge=True, **host, **facts)
    ann = SubmissionFactory(meeting=meeting, email="ann@lee.example")
    address = page if page.startswith("/") else ann.get_absolute_url() + page

    def named() -> set[str]:
        return set(re.findall(r"[a-z]+@example[.]com", texts(read(client.get(address)), "body")[0]))

    assert named() == {"dana@example.com"}
    meeting.reply_to = "desk@example.com"
    meeting.save()
    assert named() == {"desk@example.com"}


# --- every page --------------------------------------------------------------------------------------------------


def test_every_page_has_its_landmarks_and_one_heading(client: Client) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(slug="launch"))
    for address in ("/", "/meetings/launch/", "/meetings/launch/done/", submission.get_absolute_url(), "/nowhere/"):
        response = client.get(address)
        page = read(response)
        counts = [len(page.select(part)) for part in ("html[lang=en]", "header", "main#main", "footer", "h1")]
        assert counts[0:1] + counts[2:] == [1, 1, 1, 1], address
        assert page.select_one("body > a.skip-link")["href"] == "#main"  # type: ignore[index]


def test_no_token_address_or_answer_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    meeting = MeetingFactory(company_name_use="optional")
    with caplog.at_level(logging.INFO):
        sign_up(client, meeting, company_name="Acme")
        sign_up(client, meeting, company_name="Acme", email="wrong")
        client.get(Submission.objects.get().get_absolute_url())
    assert [record.getMessage() for record in caplog.records] == []


def test_healthz_answers_whether_the_database_does(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")

    def fail(*args: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(fail):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"the database does not answer")
