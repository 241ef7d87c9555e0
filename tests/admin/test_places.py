"""Places, the waiting list and addresses to be confirmed, on the staff's pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from registration.admin import meeting_outbox
from registration.flow import places, release, review
from registration.models import Meeting, Submission
from registration.states import Decision
from tests.admin.pages import (
    SUBMISSIONS,
    answer_of,
    buttons,
    choose,
    complaints,
    facts,
    fields_of,
    page_of,
    press,
    rows,
    said,
    soup,
    states,
    text,
)
from tests.cast import MeetingFactory, SubmissionFactory
from tests.letters import written

SINCE = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def meeting_with(**about: Any) -> Meeting:
    return MeetingFactory(**{"title": "Launch", "capacity": 1, "waiting_list": "at_once"} | about)


def person(meeting: Meeting, name: str, decision: str = "waiting", **about: Any) -> Submission:
    return SubmissionFactory(meeting=meeting, email=f"{name}@example.com", decision=decision, **about)


# --- the review -------------------------------------------------------------------------------------------------------


def test_nobody_is_approved_before_the_address_is_confirmed_and_staff_read_why(as_dana: Client) -> None:
    meeting = meeting_with(capacity=None)
    people = [
        person(meeting, "ann"),
        person(meeting, "bo", confirm_by=SINCE),
        person(meeting, "cy", "waitlisted", confirm_by=SINCE),
        person(meeting, "dee", "approved"),
    ]
    response = choose(as_dana, "approve", [each.pk for each in people])
    assert said(response) == [
        "success: 1 approved.",
        "warning: Left as they were: 3 (1 was approved already; 2 have not confirmed their addresses yet).",
    ]
    assert said(choose(as_dana, "approve", [people[1].pk]))[2:] == [
        "warning: Left as they were: 1 (1 has not confirmed their address yet)."
    ]


def test_declining_moves_the_line_up_once_that_is_stored(
    as_dana: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    meeting = meeting_with()
    ann, _bo = person(meeting, "ann"), person(meeting, "bo", "waitlisted")
    shown = answer_of(choose(as_dana, "decline", [ann.pk]))
    with django_capture_on_commit_callbacks(execute=True):
        as_dana.post(reverse(SUBMISSIONS), shown | {"reason": "Members only"})
    assert [decision for decision, *_ in states()] == ["declined", "waiting"]
    assert ("bo@example.com", "moved_up") in written()


@pytest.mark.parametrize(
    ("action", "decision", "done"),
    [("approve", "waitlisted", "2 approved."), ("reopen", "declined", "2 put back to review.")],
)
def test_staff_may_take_more_than_there_are_places_and_are_told(
    as_dana: Client, action: str, decision: str, done: str
) -> None:
    meeting = meeting_with()
    person(meeting, "ann", "approved")
    more = [person(meeting, name, decision) for name in ("bo", "cy")]
    assert said(choose(as_dana, action, [each.pk for each in more])) == [
        f"success: {done}",
        "warning: “Launch” has 2 people more than places.",
    ]


@pytest.mark.parametrize(
    ("action", "cautions"),
    [
        ("approve", ["No place of “Launch” is free for 2 of them."]),
        ("reopen", ["No place of “Launch” is free for 4 of them."]),
        ("mail_again", []),
    ],
)
def test_for_how_many_no_place_is_free_is_said_before_it_is_done_to_all_that_match(
    as_dana: Client, action: str, cautions: list[str]
) -> None:
    meeting = meeting_with(capacity=3)
    person(meeting, "ann", "approved")
    person(meeting, "bo")
    for name in ("cy", "dee"):
        person(meeting, name, "waitlisted")
    person(meeting, "ed", "declined")
    person(meeting, "flo", "cancelled")
    person(meeting, "gus", "waitlisted", confirm_by=SINCE)
    person(meeting_with(title="Free", capacity=2), "hal", "waitlisted")
    person(meeting_with(title="Any", capacity=None), "ida", "declined")
    page = choose(as_dana, action, [Submission.objects.first().pk], select_across="1")  # type: ignore[union-attr]
    assert [text(words) for words in soup(page).select(".caution")] == cautions
    assert states()[0][0] == "approved"


def test_the_outbox_and_its_preview_say_for_how_many_no_place_is_free(as_dana: Client) -> None:
    meeting = meeting_with(capacity=1, holds_decisions=True)
    gone = person(meeting, "ann", "approved")
    line = [person(meeting, name, "waitlisted") for name in ("bo", "cy", "dee")]
    everybody = Submission.objects.filter(meeting=meeting)
    dana = User.objects.get(username="dana")
    review.approve(everybody.filter(pk__in=[each.pk for each in line]), by=dana)

    def cautions(name: str, **query: str) -> list[str]:
        page = as_dana.get(reverse(f"admin:{name}", args=[meeting.pk]), query)
        return [text(words) for words in soup(page).select(".caution")]

    for name in (meeting_outbox.PAGE, meeting_outbox.PREVIEW):
        assert cautions(name) == ["No place of “Launch” is free for 3 of them."]
    assert cautions(meeting_outbox.PREVIEW, only="due") == []
    # The places of those who are declined at the same time are free then.
    review.decline(everybody.filter(pk=gone.pk), by=dana, reason="Full.")
    assert cautions(meeting_outbox.PAGE) == ["No place of “Launch” is free for 2 of them."]
    release.release(everybody, by=dana, at=timezone.now(), seen_at=timezone.now())
    assert places.overbooked([meeting]) == {meeting.pk: 2}


def test_who_has_a_place_already_takes_none_by_being_approved(as_dana: Client) -> None:
    meeting = meeting_with(capacity=0)
    ann = person(meeting, "ann")
    assert said(choose(as_dana, "approve", [ann.pk])) == ["success: 1 approved."]


def test_a_review_of_a_meeting_without_a_limit_says_nothing_of_places() -> None:
    ann = person(meeting_with(capacity=None, waiting_list="none"), "ann", "declined")
    dana = User.objects.create_user("dana")
    assert review.approve(Submission.objects.filter(pk=ann.pk), by=dana) == review.Reviewed(1, 0)


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.fixture
def three_addresses(db: None) -> Meeting:
    """Somebody who has confirmed, somebody who is to, and somebody who was not asked."""
    meeting = meeting_with(capacity=None)
    person(meeting, "confirmed", confirmed_at=SINCE)
    person(meeting, "open", confirm_by=SINCE)
    person(meeting, "unasked")
    return meeting


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("confirmed", ["confirmed"]),
        ("open", ["open"]),
        ("not_asked", ["unasked"]),
        ("nonsense", ["unasked", "open", "confirmed"]),
    ],
)
def test_the_list_can_be_filtered_by_the_address(
    as_dana: Client, three_addresses: Meeting, value: str, names: list[str]
) -> None:
    response = as_dana.get(reverse(SUBMISSIONS), {"address": value})
    assert [row[4] for row in rows(response)] == [f"{name}@example.com" for name in names]


def test_staff_take_an_address_as_confirmed(as_dana: Client, dana: User, three_addresses: Meeting) -> None:
    everybody = list(Submission.objects.values_list("pk", flat=True))
    response = choose(as_dana, "confirm_address", everybody)
    assert said(response) == [
        "success: 1 address is taken as confirmed.",
        "warning: Left as they were: 2 (2 have nothing to confirm).",
    ]
    waited = Submission.objects.get(email="open@example.com")
    assert (waited.confirm_by, waited.confirmed_at is not None) == (None, True)
    assert list(waited.moves.values_list("subject", "by")) == [("confirmation", dana.pk)]
    assert written() == [("open@example.com", "received")]


def test_the_button_is_there_as_long_as_there_is_something_to_confirm(
    as_dana: Client, as_vera: Client, three_addresses: Meeting
) -> None:
    waiting = Submission.objects.get(email="open@example.com")
    words = "Take the address as confirmed"
    assert words in buttons(as_dana.get(page_of(waiting)))
    assert words not in buttons(as_vera.get(page_of(waiting)))
    assert press(as_vera, "confirm_address", waiting.pk).status_code == 403
    assert said(press(as_dana, "confirm_address", waiting.pk)) == ["success: 1 address is taken as confirmed."]
    assert words not in buttons(as_dana.get(page_of(waiting)))


def test_a_persons_page_says_until_when(as_dana: Client) -> None:
    meeting = meeting_with()
    about = {"in_line_since": SINCE, "confirm_by": SINCE + timedelta(days=2)}
    first, second = person(meeting, "ann", "waitlisted", in_line_since=SINCE), person(meeting, "bo", "waitlisted")
    Submission.objects.filter(pk=second.pk).update(**about)
    offered = person(meeting, "cy", "offered", in_line_since=SINCE, confirmed_at=SINCE)
    Submission.objects.filter(pk=offered.pk).update(offer_ends_at=SINCE + timedelta(days=1))
    names = ("Decision", "On the waiting list since", "Address to be confirmed by")
    assert [facts(as_dana.get(page_of(second)))[name] for name in names] == [
        "☰ waiting list no. 2 @ address to be confirmed",
        "2026-11-01 09:30:00 UTC",
        "2026-11-03 09:30:00 UTC",
    ]
    assert facts(as_dana.get(page_of(first)))["Decision"] == "☰ waiting list no. 1"
    names = ("Decision", "Place offered until", "Address confirmed")
    assert [facts(as_dana.get(page_of(offered)))[name] for name in names] == [
        "◇ place offered",
        "2026-11-02 09:30:00 UTC",
        "2026-11-01 09:30:00 UTC",
    ]


def test_the_list_has_everybodys_place_in_line_for_one_query_more(as_dana: Client) -> None:
    meeting = meeting_with()
    for name in ("ann", "bo", "cy"):
        person(meeting, name)
    with CaptureQueriesContext(connection) as without:
        as_dana.get(reverse(SUBMISSIONS))
    Submission.objects.update(decision=Decision.WAITLISTED, in_line_since=F("submitted_at"))
    with CaptureQueriesContext(connection) as queries:
        shown = rows(as_dana.get(reverse(SUBMISSIONS)))
    assert [row[1] for row in shown] == [f"☰ waiting list no. {place}" for place in (3, 2, 1)]
    assert len(queries) == len(without) + 1


# --- the page of a meeting --------------------------------------------------------------------------------------------


def save(client: Client, meeting: Meeting, **changes: str) -> Any:
    return client.post(page_of(meeting), fields_of(client.get(page_of(meeting))) | changes)


NEW_FIELDS = {
    "capacity": "7",
    "waiting_list": "offer",
    "offer_hours": "12",
    "confirms_address": "on",
    "confirm_hours": "6",
    "changes_until_0": "2026-12-20",
    "changes_until_1": "09:00",
    "has_review_after_change": "on",
    "has_challenge": "on",
    "reply_to": "desk@example.com",
    "reminder_hours": "24",
    "send_email": "False",
}


def test_staff_set_everything_there_is_to_set_about_places_and_mails(as_dana: Client) -> None:
    meeting = MeetingFactory(start_at=datetime(2026, 12, 22, tzinfo=UTC))
    response = save(as_dana, meeting, **NEW_FIELDS)
    assert (response.status_code, complaints(response)) == (302, [])
    stored = Meeting.objects.get()
    assert {
        "capacity": stored.capacity,
        "waiting_list": stored.waiting_list,
        "hours": (stored.offer_hours, stored.confirm_hours, stored.reminder_hours),
        "booleans": (stored.confirms_address, stored.has_review_after_change, stored.has_challenge, stored.send_email),
        "changes_until": stored.changes_until,
        "reply_to": stored.reply_to,
    } == {
        "capacity": 7,
        "waiting_list": "offer",
        "hours": (12, 6, 24),
        "booleans": (True, True, True, False),
        "changes_until": datetime(2026, 12, 20, 8, tzinfo=UTC),
        "reply_to": "desk@example.com",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"capacity": ""}, "A waiting list needs a number of places."),
        ({"changes_until_0": "2026-12-23"}, "Once the meeting is over, nobody can change anything."),
        ({"offer_hours": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"confirm_hours": "1441"}, "Ensure this value is less than or equal to 1440."),
        ({"send_email": ""}, "This field is required."),
        ({"reply_to": "desk"}, "Enter a valid email address."),
    ],
)
def test_what_cannot_be_is_refused(as_dana: Client, changes: dict[str, str], words: str) -> None:
    meeting = MeetingFactory(start_at=datetime(2026, 12, 22, tzinfo=UTC))
    assert complaints(save(as_dana, meeting, **NEW_FIELDS | changes)) == [words]


def test_who_writes_is_a_choice_of_two_and_the_page_says_where_the_link_comes_from(as_dana: Client) -> None:
    page = as_dana.get(page_of(MeetingFactory())).content.decode()
    assert "Webex, with each person’s own link for joining" in page
    assert "the portal, without a link for joining: those come from Webex only, so send one yourself" in page
    assert page.count('type="radio" name="send_email"') == 2


@pytest.mark.parametrize("changes", [{"capacity": "2"}, {"capacity": "", "waiting_list": "none"}])
def test_more_places_are_given_to_the_first_in_line(
    as_dana: Client, changes: dict[str, str], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    meeting = meeting_with()
    person(meeting, "ann")
    person(meeting, "bo", "waitlisted")
    with django_capture_on_commit_callbacks(execute=True):
        response = save(as_dana, meeting, **changes)
    assert said(response) == [
        f'success: The meeting “<a href="{page_of(meeting)}">Launch</a>” was changed successfully.'
    ]
    assert [decision for decision, *_ in states()] == ["waiting", "waiting"]


def test_another_rule_for_the_line_holds_from_the_next_free_place_on(
    as_dana: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    meeting = meeting_with(waiting_list="none")
    person(meeting, "bo", "waitlisted")
    with django_capture_on_commit_callbacks(execute=True):
        save(as_dana, meeting, waiting_list="offer")
    assert [decision for decision, *_ in states()] == ["offered"]


def test_fewer_places_than_are_taken_and_a_line_that_no_longer_moves_are_spoken_of(as_dana: Client) -> None:
    meeting = meeting_with(capacity=2)
    person(meeting, "ann")
    person(meeting, "bo", "offered", offer_ends_at=timezone.now() + timedelta(hours=1))
    for name in ("cy", "dee"):
        person(meeting, name, "waitlisted")
    response = save(as_dana, meeting, capacity="1", waiting_list="none")
    assert said(response)[:2] == [
        "warning: “Launch” has 1 person more than places.",
        "warning: 2 people are still on the waiting list, and do not move up by themselves any more: approve or "
        "decline them.",
    ]
    # What was offered still holds.
    assert Submission.objects.filter(decision=Decision.OFFERED).count() == 1


def test_a_change_of_something_else_says_nothing_of_places(as_dana: Client) -> None:
    meeting = meeting_with(capacity=0)
    person(meeting, "ann")
    assert len(said(save(as_dana, meeting, title="Relaunch"))) == 1
