"""What happens next, and when."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from registration import next_steps
from registration.models import Meeting, Submission
from registration.next_steps import Phase
from registration.states import Decision, Presence, WebexStatus
from tests.pages import HOUR

NOW = datetime(2026, 12, 1, tzinfo=UTC)
MAIL = (
    "Look for our mail: it comes within a few minutes. It has your reference number and the link to your own page, "
    "where you can see at any time how your registration stands. If you do not see the mail, look in your spam folder."
)
LINK = "Your own link for joining comes from Webex by mail."
LINK_LATER = "Once you are approved, Webex mails you your own link for joining."
LINK_BY_HAND = "Once you are approved, the organisers send you the link for joining."
NOTHING_MORE = "Nothing more, unless the organisers change that. Then this page says so."


def meeting(**changes: Any) -> Meeting:
    facts: dict[str, Any] = {"start_at": NOW + HOUR, "end_at": NOW + 2 * HOUR, "webex_id": "a" * 32}
    return Meeting(**(facts | changes))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Phase.COMING),
        ({"start_at": NOW - HOUR}, Phase.COMING),
        ({"end_at": NOW}, Phase.OVER),
        ({"is_cancelled": True}, Phase.CANCELLED),
        ({"is_cancelled": True, "end_at": NOW}, Phase.CANCELLED),
    ],
)
def test_a_meeting_is_to_come_until_it_ends_unless_it_is_cancelled(facts: dict[str, Any], expected: Phase) -> None:
    assert next_steps.phase(meeting(**facts), now=NOW) is expected


@pytest.mark.parametrize(
    ("facts", "steps"),
    [
        (
            {"approval": "manual"},
            [
                MAIL,
                "The organisers look at your registration and decide. Your own page says so as soon as they have.",
                LINK_LATER,
            ],
        ),
        (
            {"approval": "automatic"},
            [MAIL, "Your registration needs no review: we pass it on to Webex, as a rule within minutes.", LINK],
        ),
        (
            {"approval": "automatic", "webex_id": ""},
            [MAIL, "Your registration needs no review.", "The organisers send you the link for joining."],
        ),
        (
            {"approval": "rules", "send_email": False},
            [
                MAIL,
                "Your answers may decide at once. Where they do not, the organisers look at your registration and "
                "decide; your own page says so as soon as they have.",
                LINK_BY_HAND,
            ],
        ),
        (
            {"approval": "automatic", "confirms_address": True, "confirm_hours": 1},
            [
                MAIL,
                "Follow the link in our mail within 1 hour, on any device: it confirms your address. Otherwise the "
                "registration ends, and somebody else gets your place.",
                "Then your registration needs no review: we pass it on to Webex, as a rule within minutes.",
                LINK_LATER,
            ],
        ),
        (
            {"capacity": 9, "waiting_list": "at_once", "approval": "automatic", "webex_id": ""},
            [
                MAIL,
                "If all places are taken, you are on the waiting list: our mail says so. As soon as a place becomes "
                "free, you get it, and we write to you.",
                "Then your registration needs no review.",
                LINK_BY_HAND,
            ],
        ),
        (
            {"capacity": 9, "waiting_list": "offer", "confirms_address": True},
            [
                MAIL,
                "Follow the link in our mail within 48 hours, on any device: it confirms your address. Otherwise the "
                "registration ends, and somebody else gets your place.",
                "If all places are taken, you are on the waiting list: our mail says so. As soon as a place becomes "
                "free, we offer it to you by mail, and keep it for you for a while.",
                "The organisers look at your registration and decide. Your own page says so as soon as they have.",
                LINK_LATER,
            ],
        ),
        ({"is_cancelled": True}, []),
        ({"end_at": NOW - timedelta(seconds=1)}, []),
    ],
)
def test_after_a_sign_up_the_steps_are_those_of_the_meeting(facts: dict[str, Any], steps: list[str]) -> None:
    subject = meeting(**facts)
    assert next_steps.after_sign_up(subject, phase=next_steps.phase(subject, now=NOW)) == steps


@pytest.mark.parametrize(
    ("decision", "presence", "status", "steps"),
    [
        ("waiting", "absent", "", ["As soon as the organisers have decided, this page says so.", LINK_LATER]),
        (
            "waitlisted",
            "absent",
            "",
            ["As soon as the organisers have a place for you, this page says so.", LINK_LATER],
        ),
        ("declined", "absent", "", [NOTHING_MORE]),
        ("cancelled", "absent", "", ["You need not do anything more."]),
        ("cancelled", "registered", "rejected", ["You need not do anything more."]),
        (
            "cancelled",
            "registered",
            "approved",
            [
                "We take your registration back at Webex, too, as a rule within minutes.",
                "You need not do anything more.",
            ],
        ),
        (
            "approved",
            "refused",
            "",
            [
                "As a rule, Webex has your registration within minutes.",
                LINK,
            ],
        ),
        (
            "approved",
            "registered",
            "pending",
            ["As soon as Webex tells us that you are approved there, this page says so.", LINK_LATER],
        ),
        ("approved", "registered", "rejected", [NOTHING_MORE]),
        (
            "approved",
            "registered",
            "approved",
            ["If you do not find Webex’s mail, look in your spam folder; then write to us."],
        ),
    ],
)
def test_on_the_own_page_the_steps_are_those_of_the_registration(
    decision: str, presence: str, status: str, steps: list[str]
) -> None:
    submission = Submission(meeting=meeting(), decision=decision, presence=presence, webex_status=status)
    assert next_steps.on_own_page(submission, now=NOW) == steps


@pytest.mark.parametrize(
    ("facts", "link"), [({}, LINK), ({"send_email": False}, "The organisers send you the link for joining.")]
)
def test_who_changed_answers_that_webex_has_reads_what_becomes_of_the_link(facts: dict[str, Any], link: str) -> None:
    there = {"decision": "approved", "presence": "registered", "webex_status": "approved", "sent_at": NOW}
    changed = Submission(meeting=meeting(**facts), corrected_at=NOW + HOUR, **there)
    assert next_steps.on_own_page(changed, now=NOW) == [
        "As a rule, Webex has your changes within minutes.",
        "Webex registers you anew: a link for joining that you have may stop working.",
        link,
    ]
    passed_on = Submission(meeting=meeting(**facts), corrected_at=NOW - HOUR, **there)
    never = Submission(meeting=meeting(**facts), **there)
    assert next_steps.on_own_page(passed_on, now=NOW) == next_steps.on_own_page(never, now=NOW)


def test_who_changed_answers_while_the_host_decides_reads_that_both_are_still_to_come() -> None:
    there = {"decision": "approved", "presence": "registered", "webex_status": "pending", "sent_at": NOW}
    changed = Submission(meeting=meeting(), corrected_at=NOW + HOUR, **there)
    assert next_steps.on_own_page(changed, now=NOW) == [
        "As a rule, Webex has your changes within minutes.",
        "As soon as Webex tells us that you are approved there, this page says so.",
        LINK_LATER,
    ]


def test_where_webex_sends_no_mail_nobody_is_told_to_look_for_one() -> None:
    for decision, presence, status in product(Decision, Presence, ["", *WebexStatus]):
        for facts in ({"webex_id": ""}, {"send_email": False}):
            submission = Submission(meeting=meeting(**facts), decision=decision, presence=presence, webex_status=status)
            words = " ".join(next_steps.on_own_page(submission, now=NOW))
            assert "Webex mails" not in words
            assert "Webex’s mail" not in words


@pytest.mark.parametrize("facts", [{"is_cancelled": True}, {"end_at": NOW}])
def test_nothing_happens_next_once_a_meeting_is_cancelled_or_over(facts: dict[str, Any]) -> None:
    for decision, presence, status in product(Decision, Presence, ["", *WebexStatus]):
        submission = Submission(meeting=meeting(**facts), decision=decision, presence=presence, webex_status=status)
        assert next_steps.on_own_page(submission, now=NOW) == []


UNTIL = datetime(2026, 12, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "of", "steps"),
    [
        (
            {"decision": "waitlisted"},
            {"waiting_list": "at_once"},
            ["Each place that becomes free goes to the first in line. Once one is yours, we write to you.", LINK_LATER],
        ),
        (
            {"decision": "waitlisted"},
            {"waiting_list": "offer", "offer_hours": 1},
            [
                "Each place that becomes free is offered to the first in line, by mail. You then have 1 hour to take "
                "it.",
                LINK_LATER,
            ],
        ),
        (
            {"decision": "offered", "offer_ends_at": UNTIL},
            {},
            [
                "Say by then whether you take the place. After that it is offered to the next in line.",
                LINK_LATER,
            ],
        ),
        (
            {"decision": "offered", "offer_ends_at": UNTIL, "confirm_by": UNTIL},
            {},
            ["Say by then whether you take the place. After that it is offered to the next in line.", LINK_LATER],
        ),
        (
            {"decision": "waiting", "confirm_by": UNTIL},
            {"approval": "automatic"},
            ["Once your address is confirmed, you are approved.", LINK_LATER],
        ),
        (
            {"decision": "waiting", "confirm_by": UNTIL},
            {"approval": "rules"},
            ["Once your address is confirmed, your registration is reviewed.", LINK_LATER],
        ),
        (
            {"decision": "waitlisted", "confirm_by": UNTIL},
            {},
            ["Once your address is confirmed, a place that becomes free can be yours.", LINK_LATER],
        ),
        ({"decision": "approved", "erase_asked_at": UNTIL}, {}, []),
    ],
)
def test_who_has_something_to_do_or_waits_for_a_turn_reads_what_and_until_when(
    facts: dict[str, Any], of: dict[str, Any], steps: list[str]
) -> None:
    assert next_steps.on_own_page(Submission(meeting=meeting(**of), **facts), now=NOW) == steps


def test_who_cancelled_reads_whether_they_can_register_again() -> None:
    submission = Submission(meeting=meeting(), decision="cancelled")
    assert next_steps.on_own_page(submission, now=NOW, can_register_again=True) == [
        "Have you changed your mind? You can register again, with the answers that you gave."
    ]
