"""An attendee's own page, over HTTP."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar
from pytest_django import Settings

from registration.flow import moves
from registration.models import Answer, Mail, SecondSignUp, Submission
from registration.states import Decision, Presence, WebexStatus
from tests.cast import MeetingFactory, QuestionFactory, SubmissionFactory
from tests.connections import lose_the_connection
from tests.pages import HOUR, read, sign_up, texts

pytestmark = pytest.mark.django_db


def test_the_own_page_shows_status_and_everything_that_was_told(client: Client) -> None:
    meeting = MeetingFactory(title="Launch", host_email="host@example.com")
    submission = SubmissionFactory(
        meeting=meeting,
        first_name="נועה",
        last_name="<b>Lee</b>",
        email="ann@example.com",
        city="Bonn",
        reference="K7QX-93MP",
    )
    question = QuestionFactory(meeting=meeting, type="checkbox", options=["Red", "Green"])
    same = QuestionFactory(meeting=meeting)
    Answer.objects.bulk_create(
        Answer(submission=submission, question=about, question_text="Colour?", text=text, position=position)
        for position, (about, text) in enumerate([(question, "Red"), (question, "Green"), (same, "one\ntwo")])
    )
    page = read(client.get(submission.get_absolute_url()))
    assert texts(page, ".banner h2, .banner p") == [
        "Received",
        "We have received your registration. The organisers will look at it and decide.",
    ]
    given = [(texts(row, "dt"), texts(row, "dd")) for row in page.select(".given > div")]
    assert [pair for pair in given if pair[0] != ["Sent on"]] == [
        (["Reference"], ["K7QX-93MP"]),
        (["First name"], ["נועה"]),
        (["Last name"], ["<b>Lee</b>"]),
        (["E-mail address"], ["ann@example.com"]),
        (["City"], ["Bonn"]),
        (["Colour?"], ["Red", "Green"]),
        (["Colour?"], ["one two"]),
    ]
    assert texts(page, "h1") == ["Launch"]


@pytest.mark.parametrize(
    ("facts", "headline"),
    [
        ({"decision": Decision.APPROVED, "presence": Presence.UNCERTAIN}, "Approved"),
        ({"decision": Decision.APPROVED, "presence": Presence.REFUSED, "refusal": "Bad phone"}, "Approved"),
        (
            {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "webex_status": WebexStatus.APPROVED},
            "You are registered",
        ),
        (
            {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED},
            "Rejected at Webex",
        ),
    ],
)
def test_the_own_page_tells_the_status_at_webex_but_not_what_is_for_staff(
    client: Client, facts: dict[str, str], headline: str
) -> None:
    response = client.get(SubmissionFactory(**facts).get_absolute_url())
    assert texts(read(response), ".banner h2") == [headline]
    assert b"Bad phone" not in response.content


@pytest.mark.parametrize(
    ("decision", "is_ours", "expected"),
    [
        (
            Decision.APPROVED,
            False,
            (
                "Waiting for the host",
                "Webex: waiting for the host since Tuesday, 24 November 2026, 13:00 (Europe/Berlin).",
            ),
        ),
        (
            Decision.APPROVED,
            True,
            ("Approved", "Webex: pending since Tuesday, 24 November 2026, 13:00 (Europe/Berlin)."),
        ),
        (
            Decision.WAITING,
            True,
            ("Received", "Webex: pending since Tuesday, 24 November 2026, 13:00 (Europe/Berlin)."),
        ),
    ],
)
def test_of_whom_we_moved_back_ourselves_the_own_page_does_not_say_that_the_host_is_to_decide(
    client: Client, decision: Decision, is_ours: bool, expected: tuple[str, str]
) -> None:
    pending_since = datetime(2026, 11, 24, 12, tzinfo=UTC)
    person = SubmissionFactory(
        decision=decision,
        decided_at=pending_since + HOUR,
        presence=Presence.REGISTERED,
        webex_status=WebexStatus.PENDING,
        webex_status_at=pending_since,
        moved_back_at=pending_since if is_ours else None,
    )
    page = read(client.get(person.get_absolute_url()))
    assert (*texts(page, ".banner h2"), texts(page, ".banner p")[-1]) == expected


BEFORE = "Webex: rejected since Tuesday, 24 November 2026, 13:00 (Europe/Berlin), as your registration stood before."


@pytest.mark.parametrize(
    ("decision", "decided_after_hours", "expected"),
    [
        (Decision.WAITING, 1, ("Received", f"{BEFORE} If you are approved, that changes.")),
        (Decision.APPROVED, 1, ("Approved", f"{BEFORE} It is approved here; Webex does not show that yet.")),
        *(
            (
                decision,
                hours,
                (headline, "Webex: rejected since Tuesday, 24 November 2026, 13:00 (Europe/Berlin)."),
            )
            for decision, hours, headline in (
                (Decision.WAITING, -1, "Received"),
                (Decision.APPROVED, -1, "Rejected at Webex"),
                (Decision.CANCELLED, 1, "Cancelled"),
            )
        ),
    ],
)
def test_a_rejection_at_webex_from_before_somebody_registered_again_is_told_as_that(
    client: Client, decision: Decision, decided_after_hours: int, expected: tuple[str, str]
) -> None:
    rejected_since = datetime(2026, 11, 24, 12, tzinfo=UTC)
    person = SubmissionFactory(
        decision=decision,
        decided_at=rejected_since + decided_after_hours * HOUR,
        presence=Presence.REGISTERED,
        webex_status=WebexStatus.REJECTED,
        webex_status_at=rejected_since,
    )
    page = read(client.get(person.get_absolute_url()))
    assert (*texts(page, ".banner h2"), texts(page, ".banner p")[-1]) == expected


def test_a_persons_reason_for_declining_is_shown_and_a_rules_words_are_not(client: Client) -> None:
    by_person, by_rule, reopened = SubmissionFactory.create_batch(3)
    staff = User.objects.create_user("staff")
    now = timezone.now()
    of = {person.pk: Submission.objects.filter(pk=person.pk) for person in (by_person, by_rule, reopened)}
    moves.decide(of[by_person.pk], to=Decision.DECLINED, at=now, by=staff, reason="Members only, sorry.")
    moves.decide(of[by_rule.pk], to=Decision.DECLINED, at=now, reason="E-mail address ends with spam")
    moves.decide(of[reopened.pk], to=Decision.DECLINED, at=now, by=staff, reason="A mistake")
    moves.decide(of[reopened.pk], to=Decision.APPROVED, at=now, by=staff, reason="We know her")
    shown = [
        texts(read(client.get(person.get_absolute_url())), ".banner p")[1:] for person in (by_person, by_rule, reopened)
    ]
    assert shown == [["Reason: Members only, sorry."], [], []]


@pytest.mark.parametrize("page", ["", "calendar.ics"])
def test_the_own_page_is_kept_from_caches_search_engines_and_other_sites(client: Client, page: str) -> None:
    response = client.get(SubmissionFactory().get_absolute_url() + page)
    names = ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")
    assert [response.headers[name] for name in names] == ["no-store", "noindex, nofollow", "strict-origin"]


@pytest.mark.parametrize("page", ["", "calendar.ics"])
def test_the_own_page_of_nobody_is_not_there(client: Client, page: str) -> None:
    SubmissionFactory()
    assert client.get(f"/registrations/{'x' * 43}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "calendar.ics"])
def test_nothing_can_be_sent_to_the_own_page(client: Client, page: str) -> None:
    address = SubmissionFactory().get_absolute_url() + page
    assert (client.head(address).status_code, client.post(address).status_code) == (200, 405)


@pytest.mark.parametrize(
    "junk",
    [
        "%00",
        "a%00b",
        "x" * 42,
        "x" * 44,
        "x" * 43 + "%0A",
        "%22" + "x" * 42,
        "'" + "x" * 42,
        "é" * 43,
        "x" * 40 + "%2F..",
    ],
)
def test_what_cannot_be_an_own_page_is_not_there_and_not_looked_for(client: Client, junk: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/registrations/{junk}/")
    assert (response.status_code, texts(read(response), "h1"), len(queries)) == (404, ["There is no such page"], 0)


def test_the_own_page_makes_as_many_queries_whatever_the_size(client: Client) -> None:
    def queries(size: int) -> int:
        submission = SubmissionFactory(decision=Decision.DECLINED)
        for question in QuestionFactory.create_batch(size, meeting=submission.meeting):
            Answer.objects.create(submission=submission, question=question, question_text="?", text="x")
        SecondSignUp.objects.create(submission=submission, at=timezone.now(), values={}, answers=[["?", ["y"]]] * size)
        client.get(submission.get_absolute_url())
        with CaptureQueriesContext(connection) as captured:
            client.get(submission.get_absolute_url())
        return len(captured)

    assert [queries(2), queries(40)] == [4, 4]


@pytest.mark.parametrize(
    ("decision", "status", "queries"),
    [
        (Decision.WAITING, "", 1),
        (Decision.WAITLISTED, "", 3),  # where in line, and whether the meeting was put into a calendar
        (Decision.APPROVED, WebexStatus.PENDING, 1),
        (Decision.APPROVED, WebexStatus.APPROVED, 1),
        (Decision.APPROVED, WebexStatus.REJECTED, 2),
        (Decision.DECLINED, "", 3),  # who declined is asked, too
        (Decision.CANCELLED, WebexStatus.APPROVED, 2),
    ],
)
def test_the_own_page_reads_all_that_it_shows_at_once(
    client: Client, decision: Decision, status: str, queries: int
) -> None:
    presence = {"presence": Presence.REGISTERED, "webex_status": status} if status else {}
    submission = SubmissionFactory(decision=decision, **presence)
    client.get(submission.get_absolute_url())
    with CaptureQueriesContext(connection) as captured:
        client.get(submission.get_absolute_url())
    assert len(captured) == queries


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_was_lost_is_opened_anew_for_the_own_page(client: Client) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(title="Launch"))
    client.get(submission.get_absolute_url())
    lose_the_connection()
    assert texts(read(client.get(submission.get_absolute_url())), "h1") == ["Launch"]
    lose_the_connection()
    assert client.post(f"{submission.get_absolute_url()}cancel/").status_code == 302


# --- what happens next --------------------------------------------------------------------------------------------


def test_the_own_page_says_what_happens_next_and_when_the_meeting_starts(client: Client) -> None:
    meeting = MeetingFactory(start_at=datetime(2090, 1, 5, 9, tzinfo=UTC))
    page = read(client.get(SubmissionFactory(meeting=meeting).get_absolute_url()))
    assert texts(page, ".steps li") == [
        "As soon as the organisers have decided, this page says so.",
        "Once you are approved, Webex mails you your own link for joining.",
        "The meeting starts: Thursday, 5 January 2090, 10:00 (Europe/Berlin)",
    ]
    [starts] = page.select(".steps time")
    assert (starts["datetime"], starts["data-until"]) == ("2090-01-05T09:00:00+00:00",) * 2


def test_one_who_was_declined_is_not_told_when_the_meeting_starts(client: Client) -> None:
    page = read(client.get(SubmissionFactory(decision=Decision.DECLINED).get_absolute_url()))
    assert texts(page, "#next + *") == ["Nothing more, unless the organisers change that. Then this page says so."]


@pytest.mark.parametrize("decision", Decision)
def test_a_cancelled_meeting_says_so_whatever_the_registration(client: Client, decision: Decision) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(is_cancelled=True), decision=decision)
    page = read(client.get(submission.get_absolute_url()))
    assert texts(page, ".banner > *") == [
        "This meeting has been cancelled",
        "It does not take place. There is nothing that you need to do.",
    ]
    assert page.select("#next, #calendars") == []


def test_a_reason_for_declining_gives_way_to_a_cancelled_meeting(client: Client) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(is_cancelled=True))
    of = Submission.objects.filter(pk=submission.pk)
    by = User.objects.create_user("staff")
    moves.decide(of, to=Decision.DECLINED, at=timezone.now(), by=by, reason="Members only, sorry.")
    assert b"Members only" not in client.get(submission.get_absolute_url()).content


# --- the calendar -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "meeting", "is_offered"),
    [
        ({}, {}, True),
        ({"decision": Decision.WAITLISTED}, {}, False),
        ({"decision": Decision.OFFERED}, {}, False),
        ({"confirm_by": timezone.now() + HOUR}, {}, False),
        ({"decision": Decision.APPROVED}, {}, True),
        ({"decision": Decision.DECLINED}, {}, False),
        ({"decision": Decision.CANCELLED}, {}, False),
        (
            {"decision": Decision.APPROVED, "presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED},
            {},
            False,
        ),
        ({}, {"is_cancelled": True}, False),
        ({}, {"start_at": timezone.now() - 3 * HOUR}, False),
        ({}, {"start_at": timezone.now() - HOUR / 20}, True),
    ],
)
def test_the_calendar_is_offered_to_whoever_is_expected(
    client: Client, facts: dict[str, Any], meeting: dict[str, Any], is_offered: bool
) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(**meeting), **facts)
    page = read(client.get(submission.get_absolute_url()))
    names = ["Calendar file", "Google Calendar", "Outlook.com", "Microsoft 365", "Yahoo Calendar"]
    assert texts(page, ".calendars a") == (names if is_offered else [])


@pytest.mark.parametrize(
    ("facts", "meeting"),
    [
        ({"decision": Decision.WAITLISTED}, {}),
        ({"decision": Decision.OFFERED}, {}),
        ({"confirm_by": timezone.now() + HOUR}, {}),
        ({"decision": Decision.DECLINED}, {}),
        ({"decision": Decision.CANCELLED}, {}),
        ({"decision": "approved", "presence": Presence.REGISTERED, "webex_status": WebexStatus.REJECTED}, {}),
        ({"decision": Decision.APPROVED}, {"is_cancelled": True}),
    ],
)
def test_whoever_was_expected_before_can_take_it_out_of_their_calendar(
    client: Client, facts: dict[str, Any], meeting: dict[str, Any]
) -> None:
    submission = SubmissionFactory(meeting=MeetingFactory(**meeting), **facts)
    never = read(client.get(submission.get_absolute_url()))
    now = timezone.now()
    Mail.objects.create(submission=submission, kind=Mail.Kind.RECEIVED, queued_at=now, sent_at=now)
    page = read(client.get(submission.get_absolute_url()))
    assert [texts(each, "[aria-labelledby=calendars] a") for each in (never, page)] == [
        [],
        ["Take it out of your calendar"],
    ]
    assert [link["href"] for link in page.select("[aria-labelledby=calendars] a")] == ["calendar.ics"]
    calendar = Calendar.from_ical(client.get(f"{submission.get_absolute_url()}calendar.ics").content)
    assert (calendar["METHOD"], calendar.walk("VEVENT")[0]["STATUS"]) == ("CANCEL", "CANCELLED")


def test_nothing_is_left_in_a_calendar_of_what_is_over(client: Client) -> None:
    meeting = MeetingFactory(start_at=timezone.now() - 3 * HOUR)
    submission = SubmissionFactory(meeting=meeting, decision=Decision.CANCELLED)
    now = timezone.now()
    Mail.objects.create(submission=submission, kind=Mail.Kind.RECEIVED, queued_at=now, sent_at=now)
    assert read(client.get(submission.get_absolute_url())).select("[aria-labelledby=calendars]") == []


def test_the_links_to_other_sites_take_nothing_with_them(client: Client) -> None:
    submission = SubmissionFactory(reference="K7QX-93MP", email="ann@example.com")
    page = read(client.get(submission.get_absolute_url()))
    ours, *others = page.select(".calendars a")
    # From where the page stands: what is kept of it for others knows nobody's address.
    assert ours["href"] == "calendar.ics"
    assert [link["rel"] for link in others] == [["noopener", "noreferrer", "external"]] * 4
    addresses = " ".join(str(link["href"]) for link in others)
    assert [secret for secret in (submission.token, "K7QX", "ann") if secret in addresses] == []


def test_the_calendar_file_is_fetched_under_the_meetings_short_name(client: Client) -> None:
    meeting = MeetingFactory(slug="launch", title="Launch", start_at=datetime(2090, 1, 5, 9, tzinfo=UTC))
    submission = SubmissionFactory(meeting=meeting, decision=Decision.CANCELLED, reference="K7QX-93MP")
    response = client.get(f"{submission.get_absolute_url()}calendar.ics")
    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options")
    assert [response.headers[name] for name in names] == [
        "text/calendar; charset=utf-8",
        'attachment; filename="launch.ics"',
        "nosniff",
    ]
    events: Any = Calendar.from_ical(response.content).walk("VEVENT")
    facts = [(str(event["UID"]), str(event["STATUS"]), event.decoded("DTSTART")) for event in events]
    assert facts == [("K7QX-93MP@testserver", "CANCELLED", meeting.start_at)]


def test_fetching_the_calendar_file_leaves_no_token_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    submission = SubmissionFactory()
    with caplog.at_level(logging.INFO):
        client.get(f"{submission.get_absolute_url()}calendar.ics")
        client.get(f"/registrations/{'x' * 43}/calendar.ics")
    assert [record.getMessage() for record in caplog.records if submission.token in record.getMessage()] == []


# --- somebody signed up again -------------------------------------------------------------------------------------


def signed_up_again(submission: Submission, **values: str) -> None:
    """Somebody typed these values and one answer."""
    SecondSignUp.objects.create(
        submission=submission,
        at=datetime(2026, 12, 1, 9, tzinfo=UTC),
        values=values,
        answers=[["Why?", ["https://evil.example\n<b>Click</b>"]]] if values else [],
    )


def test_the_own_page_shows_what_was_typed_the_second_time_where_it_differs(client: Client) -> None:
    submission = SubmissionFactory(
        first_name="Ann", last_name="Lee", meeting=MeetingFactory(host_email="h@example.com")
    )
    signed_up_again(submission, first_name="Ann", last_name="Low", city="Bonn")
    page = read(client.get(submission.get_absolute_url()))
    rows = [(texts(row, "dt"), texts(row, "dd")) for row in page.select(".differs > div")]
    assert rows == [
        (["Last name"], ["As registered Lee", "As typed then Low"]),
        (["City"], ["As registered nothing", "As typed then Bonn"]),
        (["Why?"], ["As registered nothing", "As typed then https://evil.example <b>Click</b>"]),
    ]
    assert texts(page, "#again ~ p") == [
        "On Tuesday, 1 December 2026, 10:00 (Europe/Berlin) somebody signed up again with your e-mail address. "
        "What was typed then differs in these points:",
        "Nothing was changed: your registration is as you see it below. It may have been somebody else who knows your "
        "e-mail address; then you need not do anything.",
        "Was it you, and must your answers be changed? Change my answers . Must something else be changed? Write to "
        "h@example.com and give your reference.",
    ]
    assert [link["href"] for link in page.select("#again ~ p a")] == ["change/", "mailto:h@example.com"]
    # What a stranger typed is words and nothing else.
    assert page.select(".differs a, .differs b") == []


def test_who_can_no_longer_change_their_answers_is_told_whom_to_write_to(client: Client) -> None:
    meeting = MeetingFactory(host_email="h@example.com", changes_until=timezone.now())
    submission = SubmissionFactory(meeting=meeting)
    signed_up_again(submission, last_name="Low")
    page = read(client.get(submission.get_absolute_url()))
    assert texts(page, "#again ~ p")[-1] == (
        "Was it you, and must your answers be changed? Write to h@example.com and give your reference."
    )


def test_what_is_typed_into_the_form_the_second_time_is_what_is_shown(client: Client) -> None:
    meeting = MeetingFactory(company_name_use="optional", fax_use="optional")
    question = QuestionFactory(meeting=meeting, text="Colours?", type="checkbox", options=["Red", "Green"])
    red, green = question.options.values_list("pk", flat=True)
    sign_up(client, meeting, company_name="Acme", **{f"question_{question.pk}": [red]})
    sign_up(client, meeting, fax="", last_name="Low", **{f"question_{question.pk}": [red, green]})
    page = read(client.get(Submission.objects.get().get_absolute_url()))
    assert [texts(row, "dt, .said") for row in page.select(".differs > div")] == [
        ["Last name", "Lee", "Low"],
        ["Company", "Acme"],
        ["Colours?", "Red", "Red", "Green"],
    ]


def test_the_own_page_says_so_where_the_same_was_typed(client: Client) -> None:
    submission = SubmissionFactory(first_name="Ann")
    signed_up_again(submission)
    page = read(client.get(submission.get_absolute_url()))
    assert texts(page, "#again ~ *") == [
        "On Tuesday, 1 December 2026, 10:00 (Europe/Berlin) somebody signed up again with your e-mail address, and "
        "typed the same. Nothing was changed."
    ]


def test_who_was_signed_up_once_reads_nothing_of_a_second_time(client: Client) -> None:
    page = read(client.get(SubmissionFactory().get_absolute_url()))
    assert page.select("#again") == []


# --- what is kept of it -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", Decision)
def test_what_is_kept_of_a_page_tells_nobody_of_anybody_else(
    client: Client, decision: Decision, settings: Settings
) -> None:
    meeting = MeetingFactory()
    ann, bo = (
        SubmissionFactory(meeting=meeting, decision=decision, first_name=name, email=f"{name}@example.com")
        for name in ("Ann", "Bo")
    )
    client.get(ann.get_absolute_url())
    kept = client.get(bo.get_absolute_url()).content.decode()
    assert [known for known in (ann.token, ann.reference, "Ann", ann.email) if known in kept] == []
    settings.DEBUG = True
    assert client.get(bo.get_absolute_url()).content.decode() == kept


def test_what_staff_change_of_the_meeting_shows_at_once(client: Client) -> None:
    submission = SubmissionFactory()
    client.get(submission.get_absolute_url())
    submission.meeting.title = "Renamed"
    submission.meeting.save()
    assert texts(read(client.get(submission.get_absolute_url())), "h1") == ["Renamed"]
