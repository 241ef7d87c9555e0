"""What cannot be imported, and what staff are told to do about it."""

from typing import Any

import pytest

from registration.errors import ImportRefused
from registration.models import Meeting
from registration.sandbox import seed
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from registration.webex import errors as webex_errors
from tests.cast import WEBEX_ID, MeetingFactory
from tests.importing.cast import answer_once, at_webex, import_it, meeting_json

pytestmark = pytest.mark.django_db


def refusal(*args: Any, **choices: Any) -> str:
    with pytest.raises(ImportRefused) as caught:
        import_it(*args, **choices)
    assert Meeting.objects.count() == 0
    return str(caught.value.words)


ODD_YEAR = "At Webex this meeting is not between the years 1970 and 2200. Mend its time there, then try again."
WITHOUT_REASON = (
    "Webex refused this and gave no reason. Check in Webex that the meeting is still there and has registration; "
    "check_webex shows whether other meetings can be read."
)
OCCURRENCE = (
    "This is the id of one occurrence of a series. Use the part before the first “_”, "
    f"which is the id of the series: {WEBEX_ID}"
)
NO_ID = "This is no id of a meeting series: that has 32 characters, 0-9 and a-f; hyphens between them do no harm."


@pytest.mark.parametrize(
    ("webex_id", "words"),
    [
        (f"{WEBEX_ID}_20200516T230000Z", OCCURRENCE),
        (f"{WEBEX_ID}_I_1234567890", OCCURRENCE),
        ("A1B2C3D4-E5F6-0718-293A-4B5C6D7E8F90_I_1", OCCURRENCE),
        (
            "2876 543 2100",
            "This is a meeting number, the one for dialling in. The id of the meeting series has 32 characters, 0-9 "
            "and a-f: it is the “id” in Webex’s answer to GET /meetings?meetingNumber=28765432100",
        ),
        ("", NO_ID),
        (WEBEX_ID + "0", NO_ID),
        ("g" * 32, NO_ID),
        ("short_1", NO_ID),
        ("https://example.webex.com/meet/dana", NO_ID),
    ],
)
def test_what_is_no_series_id_is_refused_without_a_call(sandbox: SandboxServer, webex_id: str, words: str) -> None:
    assert refusal(webex_id) == words
    assert sandbox.store.calls == []


NO_REGISTRATION = (
    "This meeting has no registration. Switch registration on in Webex (the meeting needs a password and may not "
    "recur), then try again."
)


def test_a_meeting_without_registration_is_refused(sandbox: SandboxServer) -> None:
    assert refusal(seed.TEAM_MEETING_ID) == NO_REGISTRATION


def test_a_personal_room_is_refused(sandbox: SandboxServer) -> None:
    assert refusal(seed.PERSONAL_ROOM_ID) == (
        "A personal room cannot have registration. Schedule a meeting in Webex, and import that."
    )


def test_an_unknown_meeting_is_refused(sandbox: SandboxServer) -> None:
    assert refusal() == (
        "Webex does not know a meeting with this id, or it belongs to another host. Check the id; for another host’s "
        "meeting give the host’s e-mail address (this needs a token with admin scopes)."
    )
    assert refusal(host_email="boss@example.com") == (
        "Webex does not know this meeting for this host. Check the id and the host’s e-mail address."
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"meetingType": "scheduledMeeting"},
            "This is the id of one meeting of a series. Only the id of the series itself can have registration.",
        ),
        ({"registration": None}, NO_REGISTRATION),
        (
            {"start": None},
            "Webex gives no start or end for this meeting. Set its time in Webex, then try again.",
        ),
        (
            {"end": "soon"},
            "Webex gives no start or end for this meeting. Set its time in Webex, then try again.",
        ),
        ({"start": "0001-01-01T00:00:00Z"}, ODD_YEAR),
        ({"start": "1969-12-31T23:59:59Z"}, ODD_YEAR),
        ({"end": "9999-12-31T23:59:00Z"}, ODD_YEAR),
        ({"end": "2201-01-01T00:00:00Z"}, ODD_YEAR),
        ({"start": "1000-01-01T00:00:00Z", "end": "0999-01-01T00:00:00Z"}, ODD_YEAR),
        (
            {"end": "2031-03-30T08:59:59Z"},
            "At Webex this meeting ends before it starts. Mend its time there, then try again.",
        ),
    ],
)
def test_a_meeting_that_cannot_be_used_is_refused(sandbox: SandboxServer, answer: dict[str, Any], words: str) -> None:
    at_webex(sandbox, Form())
    answer_once(sandbox, "getMeeting", meeting_json(**answer))

    assert refusal() == words


def test_the_current_meeting_of_a_series_may_be_a_scheduled_one(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    body = meeting_json(id=f"{WEBEX_ID}_20310330T090000Z", meetingType="scheduledMeeting", registration=None)
    answer_once(sandbox, "getMeeting", body)

    assert import_it(current=True).meeting.webex_id == WEBEX_ID


@pytest.mark.parametrize("operation", ["getMeeting", "getRegistration"])
@pytest.mark.parametrize(
    ("fault", "cause", "words"),
    [
        (
            {"status": 401},
            webex_errors.Unauthorized,
            "Webex does not accept the access token: it is wrong, or it has expired (a personal token lives 12 hours). "
            "Set WEBEX_ACCESS_TOKEN to a new one.",
        ),
        (
            {"status": 403, "message": "Insufficient scope."},
            webex_errors.Forbidden,
            "Webex does not allow this with the token in use. It needs the scopes meeting:schedules_read and "
            "meeting:schedules_write, from the meeting’s host. For another host’s meeting it needs "
            "meeting:admin_schedule_read and meeting:admin_schedule_write, and the host’s e-mail address. "
            "Webex says: Insufficient scope.",
        ),
        (
            {"status": 429, "retry_after": "17"},
            webex_errors.RateLimited,
            "Webex takes no more calls at the moment. Try again in 17 seconds.",
        ),
        (
            {"status": 500, "message": "Out of order."},
            webex_errors.OutcomeUnknown,
            "Webex gave no usable answer. Try again later. Webex says: Out of order.",
        ),
        (
            {"body": "<html>Sign in</html>", "content_type": "text/html"},
            webex_errors.OutcomeUnknown,
            "Webex gave no usable answer. Try again later.",
        ),
        ({"status": 400, "message": "No."}, webex_errors.Rejected, "Webex refused this. Webex says: No."),
        ({"status": 400, "body": ""}, webex_errors.Rejected, WITHOUT_REASON),
        ({"status": 415, "body": ""}, webex_errors.MeetingUnavailable, WITHOUT_REASON),
        ({"status": 410, "message": "Gone."}, webex_errors.MeetingUnavailable, "Webex refused this. Webex says: Gone."),
    ],
)
def test_every_refusal_of_webex_has_its_own_words(
    sandbox: SandboxServer,
    operation: str,
    fault: dict[str, Any],
    cause: type[webex_errors.WebexError],
    words: str,
) -> None:
    at_webex(sandbox, Form())
    sandbox.faults.add(Fault(operation, **fault))

    with pytest.raises(ImportRefused) as caught:
        import_it()

    assert (str(caught.value.words), type(caught.value.__cause__)) == (words, cause)
    assert Meeting.objects.count() == 0


def test_a_host_for_whom_the_token_may_not_act_is_named_with_the_admin_scopes(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), host_email="other@example.com")

    assert refusal(host_email="boss@example.com") == (
        "Webex does not let the token act for this host. It needs the scopes meeting:admin_schedule_read and "
        "meeting:admin_schedule_write, from an administrator of the host’s site, and the host must be this meeting’s. "
        "Webex says: The user given as hostEmail is not the host of this meeting."
    )


def test_webex_that_cannot_be_reached_is_told_of() -> None:
    assert refusal() == "Webex could not be reached. Check the network and WEBEX_BASE_URL, and try again later."


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"slug": "no good"}, "The short name may have letters, digits, hyphens and underscores only."),
        ({"slug": "x" * 101}, "The short name may have 100 characters at most."),
        ({"host_email": "boss"}, "Enter the host’s e-mail address like name@example.com."),
    ],
)
def test_choices_that_make_no_sense_are_refused(sandbox: SandboxServer, choices: dict[str, str], words: str) -> None:
    assert refusal(**choices) == words
    assert sandbox.store.calls == []


def test_a_short_name_that_another_meeting_has_is_refused(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    other = MeetingFactory(slug="taken")

    with pytest.raises(ImportRefused) as caught:
        import_it(slug="taken")

    assert str(caught.value.words) == "Another meeting has the short name “taken” already. Choose another."
    assert list(Meeting.objects.all()) == [other]
