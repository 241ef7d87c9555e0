"""The meetings in the admin: made by hand with their questions, and counted."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from registration.models import Answer, Meeting, Option, Question, Submission
from registration.standard_fields import CHOSEN_FIELDS
from registration.states import Decision, Presence, WebexStatus
from tests.admin.pages import (
    MEETINGS,
    complaints,
    facts,
    fields_of,
    page_of,
    rows,
    said,
    soup,
    text,
)
from tests.cast import WEBEX_ID, ApprovalRuleFactory, MeetingFactory, QuestionFactory, SubmissionFactory

ADD = "admin:registration_meeting_add"


def by_hand(**changes: str) -> dict[str, str]:
    """A meeting as staff fill it in, with nothing that is not needed."""
    return {
        "title": "Launch",
        "slug": "launch",
        "agenda": "",
        "scheduled_type": "meeting",
        "timezone": "Europe/Berlin",
        "start_at_0": "2026-12-22",
        "start_at_1": "15:00",
        "end_at_0": "2026-12-22",
        "end_at_1": "16:00",
        "host_display_name": "",
        "host_email": "",
        "capacity": "",
        "waiting_list": "none",
        "offer_hours": "24",
        "confirm_hours": "48",
        "changes_until_0": "",
        "changes_until_1": "",
        "reply_to": "",
        "reminder_hours": "",
        "send_email": "True",
        "approval": "manual",
        "webex_id": "",
        "host_email_parameter": "",
        "withdrawal": "reject",
        **{f"{field.name}_use": "hidden" for field in CHOSEN_FIELDS},
        "logo-TOTAL_FORMS": "0",
        "logo-INITIAL_FORMS": "0",
        "questions-TOTAL_FORMS": "0",
        "questions-INITIAL_FORMS": "0",
        **changes,
    }


# --- made by hand -----------------------------------------------------------------------------------------------------


def test_a_meeting_is_made_by_hand_with_its_fields_and_questions(as_dana: Client) -> None:
    response = as_dana.post(
        reverse(ADD),
        by_hand(
            webex_id="A1B2C3D4-E5F6-0718-293A-4B5C6D7E8F90",
            capacity="20",
            approval="rules",
            is_published="on",
            city_use="required",
            **{
                "questions-TOTAL_FORMS": "1",
                "questions-0-position": "3",
                "questions-0-text": "Colour?",
                "questions-0-type": "radioButtons",
                "questions-0-is_required": "on",
            },
        ),
    )
    assert complaints(response) == []
    meeting = Meeting.objects.get()
    assert (meeting.slug, meeting.webex_id, meeting.capacity, meeting.approval) == ("launch", WEBEX_ID, 20, "rules")
    assert (meeting.is_published, meeting.shown_fields, str(meeting.use_of("city"))) == (True, ["city"], "required")
    assert list(meeting.questions.values_list("position", "text", "type", "is_required")) == [
        (3, "Colour?", "radioButtons", True)
    ]


def test_times_are_read_and_shown_in_the_meetings_own_zone(as_dana: Client) -> None:
    as_dana.post(reverse(ADD), by_hand())
    meeting = Meeting.objects.get()
    assert meeting.start_at == datetime(2026, 12, 22, 14, 0, tzinfo=UTC)
    shown = fields_of(as_dana.get(page_of(meeting)))
    assert (shown["start_at_0"], shown["start_at_1"], shown["timezone"]) == ("2026-12-22", "15:00:00", "Europe/Berlin")
    assert [row[1] for row in rows(as_dana.get(reverse(MEETINGS)))] == ["2026-12-22 15:00 Europe/Berlin"]


def test_saving_a_meeting_as_it_is_changes_nothing(as_dana: Client) -> None:
    meeting = MeetingFactory(timezone="America/New_York", shows_all=True, opens_at="2026-11-01T23:30:00Z")
    QuestionFactory(meeting=meeting, options=["Red"])
    ApprovalRuleFactory(meeting=meeting)
    names = [field.attname for field in Meeting._meta.concrete_fields if field.name != "form_version"]
    before = Meeting.objects.values(*names).get()
    response = as_dana.post(page_of(meeting), fields_of(as_dana.get(page_of(meeting))))
    assert (response.status_code, complaints(response)) == (302, [])
    assert Meeting.objects.values(*names).get() == before


def test_registration_opens_and_closes_by_the_meetings_clock_across_a_change_of_the_clocks(as_dana: Client) -> None:
    times = {"opens_at_0": "2026-10-24", "opens_at_1": "9:00", "closes_at_0": "2026-10-26", "closes_at_1": "9:00"}
    as_dana.post(reverse(ADD), by_hand(**times))
    meeting = Meeting.objects.get()
    assert (meeting.opens_at, meeting.closes_at) == (
        datetime(2026, 10, 24, 7, 0, tzinfo=UTC),
        datetime(2026, 10, 26, 8, 0, tzinfo=UTC),
    )


def test_moving_a_meeting_to_another_zone_keeps_the_hour_on_its_clock(as_dana: Client) -> None:
    as_dana.post(reverse(ADD), by_hand(timezone="UTC"))
    meeting = Meeting.objects.get()
    fields = fields_of(as_dana.get(page_of(meeting))) | {"timezone": "Asia/Tokyo"}
    assert as_dana.post(page_of(meeting), fields).status_code == 302
    meeting.refresh_from_db()
    assert meeting.start_at == datetime(2026, 12, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timezone": "Mars/Phobos"}, ["Select a valid choice. Mars/Phobos is not one of the available choices."]),
        ({"end_at_1": "14:00"}, ["The meeting cannot end before it starts."]),
        (
            {"opens_at_0": "2026-12-02", "opens_at_1": "9:00", "closes_at_0": "2026-12-01", "closes_at_1": "9:00"},
            ["Registration cannot close before it opens."],
        ),
        ({"start_at_0": "0001-01-01"}, ["Enter a year from 1970 to 2200."]),
        ({"webex_id": "123"}, ["Enter the id of the meeting series: 32 characters, 0-9 and a-f."]),
        ({"slug": "not a slug"}, ["Enter a valid “slug” consisting of letters, numbers, underscores or hyphens."]),
        ({"start_at_0": "soon"}, ["Enter a valid date."]),
        # Once there is no such time, and once there are two.
        *(
            (
                {"opens_at_0": day, "opens_at_1": "2:30"},
                [
                    f"{day} 02:30:00 couldn’t be interpreted in time zone Europe/Berlin; "
                    "it may be ambiguous or it may not exist."
                ],
            )
            for day in ("2026-03-29", "2026-10-25")
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(as_dana: Client, changes: dict[str, str], words: list[str]) -> None:
    assert complaints(as_dana.post(reverse(ADD), by_hand(**changes))) == words
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize("presence", [Presence.SENDING, Presence.UNCERTAIN, Presence.REGISTERED])
@pytest.mark.parametrize("changes", [{"webex_id": "b" * 32}, {"webex_id": ""}, {"current": "on"}])
def test_what_webex_calls_a_meeting_by_stays_while_anybody_may_be_there(
    as_dana: Client, presence: Presence, changes: dict[str, str]
) -> None:
    meeting = MeetingFactory(webex_id=WEBEX_ID)
    SubmissionFactory(meeting=meeting, approved=True)
    SubmissionFactory(meeting=meeting, approved=True, presence=presence, due_at=meeting.start_at)
    response = as_dana.post(page_of(meeting), fields_of(as_dana.get(page_of(meeting))) | changes)
    assert complaints(response) == [
        "1 person is, or may be, at Webex under the present value: they would be looked for, and registered again, "
        "under the new one. Import the other meeting as one of its own."
    ]
    Submission.objects.filter(presence=presence).update(presence=Presence.ABSENT)
    as_dana.post(page_of(meeting), fields_of(as_dana.get(page_of(meeting))) | changes)
    meeting.refresh_from_db()
    assert (meeting.webex_id, meeting.current) == (changes.get("webex_id", WEBEX_ID), "current" in changes)


@pytest.mark.parametrize("size", [2, 20])
def test_a_meetings_page_needs_as_many_queries_for_twenty_questions_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    meeting = MeetingFactory()
    for question in QuestionFactory.create_batch(size, meeting=meeting):
        ApprovalRuleFactory(meeting=meeting, field="", question=question)
    SubmissionFactory.create_batch(size, meeting=meeting)
    with django_assert_num_queries(16):
        as_dana.get(page_of(meeting))


# --- questions --------------------------------------------------------------------------------------------------------


def test_the_options_of_a_question_are_on_its_own_page(as_dana: Client) -> None:
    question = QuestionFactory(type=Question.Type.RADIO, options=["Red"])
    fields = fields_of(as_dana.get(page_of(question))) | {
        "options-TOTAL_FORMS": "2",
        "options-1-question": str(question.pk),
        "options-1-position": "2",
        "options-1-text": "Green",
    }
    response = as_dana.post(page_of(question), fields)
    assert response.headers["Location"] == page_of(question.meeting)
    assert list(question.options.values_list("text", "webex_id", "position")) == [("Red", "1", 1), ("Green", "", 2)]


def test_a_question_that_has_been_answered_is_retired_and_not_deleted(as_dana: Client) -> None:
    question = QuestionFactory(text="Colour?", options=["Red"])
    ann = SubmissionFactory(meeting=question.meeting)
    Answer.objects.create(
        submission=ann, question=question, option=question.options.get(), question_text="Colour?", text="Red"
    )
    words = (
        "{} has been answered and cannot be deleted. Mark it as retired instead: it is no longer asked."  # as on pages
    )
    on_meeting = fields_of(as_dana.get(page_of(question.meeting))) | {"questions-0-DELETE": "on"}
    assert complaints(as_dana.post(page_of(question.meeting), on_meeting)) == [words.format("“Colour?”")]
    on_question = fields_of(as_dana.get(page_of(question))) | {"options-0-DELETE": "on"}
    assert complaints(as_dana.post(page_of(question), on_question)) == [words.format("“Red”")]
    delete = reverse("admin:registration_question_delete", args=[question.pk])
    response = as_dana.post(delete, {"post": "yes"})
    assert said(response) == [f"error: {words.format('“Colour?”')}"]
    assert (Question.objects.count(), Option.objects.count(), Answer.objects.count()) == (1, 1, 1)


def test_a_question_that_nobody_has_answered_can_be_deleted(as_dana: Client) -> None:
    first, second = QuestionFactory.create_batch(2, meeting=MeetingFactory())
    as_dana.post(reverse("admin:registration_question_delete", args=[first.pk]), {"post": "yes"})
    fields = fields_of(as_dana.get(page_of(second.meeting))) | {"questions-0-DELETE": "on"}
    as_dana.post(page_of(second.meeting), fields)
    assert Question.objects.count() == 0


def test_questions_are_reached_from_their_meeting_and_not_from_the_index(as_dana: Client) -> None:
    question = QuestionFactory()
    index = soup(as_dana.get(reverse("admin:index")))
    listed = [text(row) for row in index.select(".app-registration th[id]")]
    assert "Questions" not in listed and {"Meetings", "Reasons to decline with"} <= set(listed)
    link = soup(as_dana.get(page_of(question.meeting))).select_one("a.inlinechangelink")
    assert link is not None
    assert str(link["href"]).partition("?")[0] == page_of(question)


# --- totals -----------------------------------------------------------------------------------------------------------


def test_the_totals_of_a_meeting_are_on_its_page_and_in_the_list(as_dana: Client) -> None:
    meeting = MeetingFactory(title="Launch", start_at="2026-12-22T14:00:00Z", end_at="2026-12-22T15:00:00Z")
    SubmissionFactory(meeting=meeting)
    for status in (WebexStatus.APPROVED, WebexStatus.APPROVED, WebexStatus.PENDING):
        SubmissionFactory(meeting=meeting, approved=True, presence=Presence.REGISTERED, webex_status=status)
    SubmissionFactory(decision=Decision.DECLINED)
    page = as_dana.get(page_of(meeting))
    counted = {
        "Registrations": "4",
        "Decisions": "1 ○ waiting for review 3 ✓ approved",
        "At Webex": "1 – not at Webex 3 ✓ at Webex",
        "Webex status": "1 ○ pending 2 ✓ approved",
    }
    assert facts(page) == {**counted, "Drift": "–"}
    listed = rows(as_dana.get(reverse(MEETINGS), {"q": "Launch"}))
    assert [row[:2] + row[3:] for row in listed] == [
        ["Launch", "2026-12-22 15:00 Europe/Berlin", "–", *counted.values()]
    ]
    found = [
        len(rows(as_dana.get(str(link["href"])))) for link in soup(page).select(".facts a")
    ]  # every total leads to exactly those whom it counts
    assert found == [4, 1, 3, 1, 3, 1, 2]


@pytest.mark.parametrize("size", [2, 20])
def test_the_list_needs_as_many_queries_for_twenty_meetings_as_for_two(
    as_dana: Client, django_assert_num_queries: DjangoAssertNumQueries, size: int
) -> None:
    for _ in range(size):
        SubmissionFactory()
    with django_assert_num_queries(9):
        assert len(rows(as_dana.get(reverse(MEETINGS)))) == size
