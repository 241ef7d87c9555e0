"""What attendees read about their registration and the meeting's time."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from registration import wording
from registration.models import Meeting, Submission
from registration.states import Decision, Presence, WebexStatus

STATUSES = (None, *WebexStatus)


def headline(decision: Decision, presence: Presence, status: WebexStatus | None) -> str:
    return str(wording.status(decision, presence, status).headline)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (Decision.WAITING, "Received"),
        (Decision.WAITLISTED, "On the waiting list"),
        (Decision.DECLINED, "Declined"),
        (Decision.CANCELLED, "Cancelled"),
    ],
)
def test_without_approval_the_decision_is_all_there_is_to_say(decision: Decision, words: str) -> None:
    assert {headline(decision, *facts) for facts in product(Presence, STATUSES)} == {words}


@pytest.mark.parametrize("presence", [presence for presence in Presence if presence is not Presence.REGISTERED])
@pytest.mark.parametrize("status", STATUSES)
def test_what_goes_wrong_on_the_way_to_webex_reads_as_being_passed_on(
    presence: Presence, status: WebexStatus | None
) -> None:
    words = wording.status(Decision.APPROVED, presence, status)
    assert (words.headline, words.explanation, words.tone) == (
        "Approved",
        "Your registration is approved. We are passing it on to Webex.",
        "good",
    )


@pytest.mark.parametrize(
    ("status", "words", "tone"),
    [
        (None, "Registered with Webex", "good"),
        (WebexStatus.PENDING, "Waiting for the host", "neutral"),
        (WebexStatus.APPROVED, "You are registered", "good"),
        (WebexStatus.REJECTED, "Rejected at Webex", "bad"),
    ],
)
def test_at_webex_its_status_is_told(status: WebexStatus | None, words: str, tone: str) -> None:
    told = wording.status(Decision.APPROVED, Presence.REGISTERED, status)
    assert (told.headline, told.tone) == (words, tone)


def test_whose_status_there_our_approval_is_still_to_change_is_passed_on() -> None:
    passed_on = wording.status(Decision.APPROVED, Presence.ABSENT, None)
    for decision, presence, status in product(Decision, Presence, STATUSES):
        told = wording.status(decision, presence, status, is_overruled=True)
        expected = passed_on if decision is Decision.APPROVED else wording.status(decision, presence, status)
        assert told == expected


def test_who_changed_answers_is_not_sent_to_look_for_the_mail_about_the_old_ones() -> None:
    facts = Decision.APPROVED, Presence.REGISTERED, WebexStatus.APPROVED
    told = wording.status(*facts, is_corrected=True)
    assert (told.headline, told.explanation, told.tone) == (
        "You are registered",
        "Registered with Webex, and approved there. We are passing your changes on.",
        "good",
    )
    for others in product(Decision, Presence, STATUSES):
        if others != facts:
            assert wording.status(*others, is_corrected=True) == wording.status(*others)


def test_every_combination_has_words() -> None:
    combinations = product(Decision, Presence, STATUSES, [True, False], [True, False])
    for decision, presence, status, goes_to_webex, is_mailed_by_webex in combinations:
        told = wording.status(
            decision, presence, status, goes_to_webex=goes_to_webex, is_mailed_by_webex=is_mailed_by_webex
        )
        assert str(told.headline)
        assert str(told.explanation).endswith(".")
        assert told.tone in {"good", "bad", "neutral"}


def test_the_link_for_joining_comes_from_whoever_sends_it() -> None:
    registered = (Decision.APPROVED, Presence.REGISTERED, WebexStatus.APPROVED)
    assert [
        str(wording.status(*registered, is_mailed_by_webex=is_mailed).explanation) for is_mailed in (True, False)
    ] == [
        "Registered with Webex, and approved there. Look for Webex’s mail: it has your link for joining.",
        "Registered with Webex, and approved there. The organisers will send you the link for joining.",
    ]


def test_of_a_cancelled_meeting_nothing_else_is_said() -> None:
    every = product(Decision, Presence, STATUSES, [True, False])
    told = {wording.status(*facts, is_cancelled=True, is_over=is_over) for *facts, is_over in every}
    assert [str(one.headline) for one in told] == ["This meeting has been cancelled"]


@pytest.mark.parametrize(
    ("decision", "headlines"),
    [
        (Decision.WAITING, {"This meeting is over"}),
        (Decision.WAITLISTED, {"This meeting is over"}),
        (Decision.APPROVED, {"This meeting is over"}),
        (Decision.DECLINED, {"Declined"}),
        (Decision.CANCELLED, {"Cancelled"}),
    ],
)
def test_once_a_meeting_is_over_nothing_is_promised(decision: Decision, headlines: set[str]) -> None:
    told = {str(wording.status(decision, *facts, is_over=True).headline) for facts in product(Presence, STATUSES)}
    assert told == headlines


def test_the_status_of_a_submission_knows_its_meeting_and_the_time() -> None:
    at = datetime(2027, 1, 5, 9, tzinfo=UTC)
    submission = Submission(meeting=Meeting(end_at=at), decision="waiting", presence="absent")
    assert [str(wording.status_of(submission, now=now).headline) for now in (at - timedelta(seconds=1), at)] == [
        "Received",
        "This meeting is over",
    ]
    submission.meeting.is_cancelled = True
    assert wording.status_of(submission).headline == "This meeting has been cancelled"


UNTIL = datetime(2027, 1, 4, 9, tzinfo=UTC)
OFFERED = (
    "A place is yours if you want it",
    "A place has become free and is kept for you until Monday, 4 January 2027, 09:00 (UTC). Say on your own page "
    "whether you take it.",
)


@pytest.mark.parametrize(
    ("facts", "position", "headline", "explanation"),
    [
        (
            {"decision": "waiting", "confirm_by": UNTIL},
            None,
            "Confirm your e-mail address",
            "Your place is kept until Monday, 4 January 2027, 09:00 (UTC). Confirm by then that the address is yours.",
        ),
        (
            {"decision": "waitlisted", "confirm_by": UNTIL},
            7,
            "Confirm your e-mail address",
            "You are number 7 on the waiting list. Your place there is kept until Monday, 4 January 2027, 09:00 (UTC). "
            "Confirm by then that the address is yours.",
        ),
        (
            {"decision": "waitlisted", "confirm_by": UNTIL},
            None,
            "Confirm your e-mail address",
            "You are on the waiting list. Your place there is kept until Monday, 4 January 2027, 09:00 (UTC). Confirm "
            "by then that the address is yours.",
        ),
        ({"decision": "offered", "offer_ends_at": UNTIL}, None, *OFFERED),
        # Taking the place confirms the address: one thing to do, and one time.
        ({"decision": "offered", "offer_ends_at": UNTIL, "confirm_by": UNTIL - timedelta(hours=9)}, None, *OFFERED),
        (
            {"decision": "waitlisted"},
            7,
            "On the waiting list",
            "All places are taken. You are number 7 on the waiting list and will hear from us when a place becomes "
            "free.",
        ),
        (
            {"decision": "waitlisted"},
            None,
            "On the waiting list",
            "All places are taken. You are on the waiting list and will hear from us when a place becomes free.",
        ),
        (
            {"decision": "approved", "erase_asked_at": UNTIL},
            None,
            "Your data are being erased",
            "What you told us is taken out of the portal, and your registration is taken back at Webex.",
        ),
    ],
)
def test_what_is_awaited_is_said_with_its_time_or_turn(
    facts: dict[str, Any], position: int | None, headline: str, explanation: str
) -> None:
    end = datetime(2027, 1, 5, 9, tzinfo=UTC)
    submission = Submission(meeting=Meeting(start_at=end, end_at=end), **facts)
    told = wording.status_of(submission, now=UNTIL, position=position)
    assert (told.headline, told.explanation) == (headline, explanation)
    if "erase_asked_at" not in facts:
        assert wording.status_of(submission, now=end).headline == "This meeting is over"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"webex_status": "pending"}, "Webex: waiting for the host since Monday, 4 January 2027, 09:00 (UTC)."),
        ({"webex_status": "approved"}, "Webex: approved since Monday, 4 January 2027, 09:00 (UTC)."),
        ({"webex_status": "rejected"}, "Webex: rejected since Monday, 4 January 2027, 09:00 (UTC)."),
        ({"webex_status": ""}, ""),
        ({"webex_status": "approved", "presence": "uncertain"}, ""),
        ({"webex_status": "approved", "webex_status_at": None}, ""),
    ],
)
def test_how_it_stands_at_webex_and_since_when(facts: dict[str, Any], words: str) -> None:
    known = {"presence": "registered", "webex_status_at": UNTIL}
    assert wording.at_webex(Submission(meeting=Meeting(), **known | facts)) == words


def test_a_meeting_that_is_not_at_webex_promises_no_webex() -> None:
    told = wording.status(Decision.APPROVED, Presence.ABSENT, None, goes_to_webex=False)
    assert told.explanation == "Your registration is approved. The organisers will tell you how to join."


@pytest.mark.parametrize(
    ("start", "end", "zone", "words"),
    [
        ((2027, 1, 5, 9), (2027, 1, 5, 10), "Europe/Berlin", "Tuesday, 5 January 2027, 10:00 to 11:00 (Europe/Berlin)"),
        ((2027, 7, 5, 9), (2027, 7, 5, 10), "Europe/Berlin", "Monday, 5 July 2027, 11:00 to 12:00 (Europe/Berlin)"),
        (
            (2027, 1, 5, 4),
            (2027, 1, 5, 6),
            "America/New_York",
            "Monday, 4 January 2027, 23:00 to Tuesday, 5 January 2027, 01:00 (America/New\N{NO-BREAK SPACE}York)",
        ),
    ],
)
def test_the_time_is_told_in_the_meetings_zone(
    start: tuple[int, ...], end: tuple[int, ...], zone: str, words: str
) -> None:
    start_at, end_at = (datetime(*moment, tzinfo=UTC) for moment in (start, end))  # type: ignore[arg-type, misc]
    assert wording.when(Meeting(start_at=start_at, end_at=end_at, timezone=zone)) == words


def test_a_moment_is_told_in_the_meetings_zone() -> None:
    meeting = Meeting(timezone="Asia/Kolkata")
    assert wording.moment(datetime(2027, 3, 1, 20, 0, tzinfo=UTC), meeting=meeting) == (
        "Tuesday, 2 March 2027, 01:30 (Asia/Kolkata)"
    )
