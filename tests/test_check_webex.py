"""``manage.py check_webex``: what works, what is wrong and what to do, in words and as an exit status."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import settings_account
from registration.flow import pauses
from registration.models import Account, Meeting
from registration.sandbox import seed
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form, Rule
from registration.sandbox.server import SandboxServer
from tests.accounts.cast import KEY, SETTINGS, an_account_with_a_token, integration
from tests.cast import WEBEX_ID, MeetingFactory, QuestionFactory
from tests.importing.cast import COLOUR, NEWS, WHY, answer_once, at_webex, import_it, meeting_json
from tests.importing.form_facts import everything_of

pytestmark = pytest.mark.django_db

TOKEN_WORKS = (
    "ok  account: Webex accepts the access token for reading. Whether it may also write shows when people are sent."
)
ACCOUNT = [
    "ok  account: The access token was made by hand. When it ends is not known; a personal one lives 12 hours.",
    TOKEN_WORKS,
]
SHOWN = "ok  launch: Webex shows the meeting."
SAME = "ok  launch: Time and registration form are the same here and at Webex."
NOT_ALLOWED = (
    "Webex does not allow this with the token in use. It needs the scopes meeting:schedules_read and "
    "meeting:schedules_write, from the meeting’s host. For another host’s meeting it needs meeting:admin_schedule_read "
    "and meeting:admin_schedule_write, and the host’s e-mail address. Webex says: Forbidden"
)
IMPORT_AGAIN = "wrong  launch: What is here differs from Webex: import the meeting again."


def run(*arguments: str) -> tuple[list[str], int]:
    """Run the command; returns what it printed, line by line, and its exit status."""
    output = StringIO()
    try:
        call_command("check_webex", *arguments, stdout=output, no_color=True)
    except CommandError as error:
        return output.getvalue().splitlines(), error.returncode
    return output.getvalue().splitlines(), 0


def test_what_works_is_said(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    import_it()

    assert run() == ([*ACCOUNT, SHOWN, SAME], 0)


def test_nothing_is_changed_by_looking(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    meeting = import_it().meeting
    sandbox.store.set_form(WEBEX_ID, Form(questions=(NEWS,)))
    before = everything_of(meeting), Meeting.objects.values().get()

    run()

    assert (everything_of(meeting), Meeting.objects.values().get()) == before


def test_without_names_it_takes_the_upcoming_meetings_that_have_a_webex_id(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()
    MeetingFactory(webex_id="")
    MeetingFactory(start_at=timezone.now() - timedelta(days=2))

    assert run() == ([*ACCOUNT, SHOWN, SAME], 0)


def test_a_named_meeting_without_a_webex_id_is_wrong(sandbox: SandboxServer) -> None:
    MeetingFactory(slug="ours", webex_id="")

    assert run("--meeting", "ours") == (
        [
            *ACCOUNT,
            "wrong  ours: This meeting has no Webex meeting id, so nobody is sent to Webex. "
            "Enter it, or import the meeting.",
        ],
        3,
    )


def test_an_unknown_name_is_refused_before_anything_is_asked(sandbox: SandboxServer) -> None:
    assert run("--meeting", "nobody") == ([], 1)
    assert sandbox.store.calls == []


def test_a_form_that_changed_at_webex_is_told_change_by_change(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    import_it()
    form = Form(auto_accept=True, shown_fields=frozenset({"fax"}), questions=(replace(WHY, id=7), NEWS))
    sandbox.store.set_form(WEBEX_ID, form)
    answer_once(sandbox, "getMeeting", meeting_json(start="2031-03-30T08:00:00Z"))

    assert run() == (
        [
            *ACCOUNT,
            SHOWN,
            "wrong  launch: Now on the form, and required: Fax.",
            "wrong  launch: Under a new id at Webex: “Why?”.",
            "wrong  launch: New question: “News?”.",
            "wrong  launch: No longer asked: “Colour?”. The answers given are kept.",
            "wrong  launch: Webex has another time for this meeting.",
            "wrong  launch: “Automatically accept all requests” was switched at Webex.",
            IMPORT_AGAIN,
        ],
        3,
    )


def test_after_another_import_all_is_well(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    import_it()
    sandbox.store.set_form(WEBEX_ID, Form(auto_accept=True, questions=(NEWS,)))
    import_it()

    assert run() == ([*ACCOUNT, SHOWN, SAME], 0)


def test_a_question_of_the_portal_s_own_is_nothing_wrong(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR,)))
    QuestionFactory(meeting=import_it().meeting, webex_id="", text="Diet?")

    assert run() == ([*ACCOUNT, SHOWN, SAME], 0)


def test_what_was_left_out_of_the_form_is_told_and_is_nothing_to_do(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()
    body = {"autoAcceptRequest": False, "customizedQuestions": [{"id": 1, "question": "Slider?", "type": "slider"}]}
    answer_once(sandbox, "getRegistration", body)

    assert run() == (
        [
            *ACCOUNT,
            SHOWN,
            "ok  launch: The question “Slider?” was left out: the portal does not know its type “slider”.",
            SAME,
        ],
        0,
    )


def test_it_makes_as_many_queries_for_a_meeting_whatever_its_form(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()

    def queries(size: int) -> int:
        questions = tuple(replace(COLOUR, id=number, text=f"Colour {number}?") for number in range(1, size + 1))
        rules = tuple(Rule("equals", "Bonn", "reject", order=order, field="city") for order in range(1, size + 1))
        sandbox.store.set_form(WEBEX_ID, Form(questions=questions, rules=rules))
        import_it(approval="rules")
        with CaptureQueriesContext(connection) as captured:
            assert run() == ([*ACCOUNT, SHOWN, SAME], 0)
        return len(captured)

    assert queries(2) == queries(40)


def test_registration_that_was_switched_off_is_said(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()
    sandbox.store.set_form(WEBEX_ID, None)

    assert run() == (
        [
            *ACCOUNT,
            SHOWN,
            "wrong  launch: This meeting has no registration. Switch registration on in Webex (the meeting needs a "
            "password and may not recur), then try again.",
        ],
        3,
    )


def test_a_refused_token_ends_the_check(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    import_it()
    sandbox.store.forget_calls()
    sandbox.faults.add(Fault("*", times=9, status=401))

    assert run() == (
        [
            "wrong  account: Webex does not accept the access token: it is wrong, or it has expired (a personal token "
            "lives 12 hours). Set WEBEX_ACCESS_TOKEN to a new one.",
        ],
        1,
    )
    assert [call.operation for call in sandbox.store.calls] == ["listMeetings"]


def test_without_a_token_it_is_misconfigured(settings: Settings) -> None:
    settings.WEBEX_ACCESS_TOKEN = ""

    assert run() == (
        ["wrong  account: WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works."],
        1,
    )


@pytest.mark.parametrize(
    ("fault", "words", "status"),
    [
        (
            {"status": 403, "message": "Not you."},
            "Webex does not let the token act for this host. It needs the scopes meeting:admin_schedule_read and "
            "meeting:admin_schedule_write, from an administrator of the host’s site, and the host must be this "
            "meeting’s. Webex says: Not you.",
            3,
        ),
        (
            {"status": 404},
            "Webex does not know this meeting for this host. Check the id and the host’s e-mail address.",
            3,
        ),
        ({"status": 500, "body": "<html>"}, "Webex gave no usable answer. Try again later.", 4),
    ],
)
def test_a_meeting_that_cannot_be_read_is_said_and_the_next_one_is_tried(
    sandbox: SandboxServer, fault: dict[str, Any], words: str, status: int
) -> None:
    at_webex(sandbox, Form(), start_at=timezone.now() + timedelta(days=1), host_email="boss@example.com")
    import_it(host_email="boss@example.com")
    import_it(seed.OPEN_HOUR_ID, slug="open-hour")
    sandbox.faults.add(Fault("getMeeting", **fault))

    assert run() == (
        [
            *ACCOUNT,
            f"wrong  launch: {words}",
            "ok  open-hour: Webex shows the meeting.",
            "ok  open-hour: Time and registration form are the same here and at Webex.",
        ],
        status,
    )


def test_while_webex_is_given_a_pause_no_further_meeting_is_tried(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), start_at=timezone.now() + timedelta(days=1))
    import_it()
    import_it(seed.OPEN_HOUR_ID, slug="open-hour")
    sandbox.faults.add(Fault("getMeeting", status=429, retry_after="90"))
    sandbox.store.forget_calls()

    lines, status = run()

    assert [re.sub("[0-9]+ seconds", "N seconds", line) for line in lines] == [
        *ACCOUNT,
        "wrong  launch: Webex takes no more calls at the moment. Try again in N seconds.",
        "wrong  open-hour: Webex was not asked: it is given a pause at the moment. Try again in N seconds.",
    ]
    assert (len(sandbox.store.calls), status) == (2, 4)


def test_what_needs_a_person_outweighs_what_may_pass(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), start_at=timezone.now() + timedelta(days=1))
    import_it()
    import_it(seed.OPEN_HOUR_ID, slug="open-hour")
    sandbox.faults.add(Fault("getMeeting", status=404))
    sandbox.faults.add(Fault("getMeeting", status=429))

    assert run()[1] == 3


def test_scripts_get_json(sandbox: SandboxServer) -> None:
    MeetingFactory(slug="ours", webex_id="")

    lines, status = run("--meeting", "ours", "--json")

    assert (json.loads("".join(lines)), status) == (
        {
            "findings": [
                *(
                    {
                        "account": "Account of the settings",
                        "meeting": "",
                        "words": line.removeprefix("ok  account: "),
                        "status": 0,
                    }
                    for line in ACCOUNT
                ),
                {
                    "account": "Account of the settings",
                    "meeting": "ours",
                    "words": "This meeting has no Webex meeting id, so nobody is sent to Webex. "
                    "Enter it, or import the meeting.",
                    "status": 3,
                },
            ]
        },
        3,
    )


# --- accounts and pauses ----------------------------------------------------------------------------------------------


def test_every_account_is_tried_and_a_bad_one_does_not_hide_the_others(
    sandbox: SandboxServer, settings: Settings
) -> None:
    settings.TOKEN_KEYS = [KEY]
    an_account_with_a_token("Aachen", expires_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    Account.objects.create(name="Empty")
    at_webex(sandbox, Form())
    import_it()
    sandbox.faults.add(Fault("listMeetings", times=2, status=403))

    assert run() == (
        [
            f"wrong  account: {NOT_ALLOWED}",
            SHOWN,
            SAME,
            "wrong  account “Aachen”: The access token of the Webex account “Aachen” has ended at 2026-03-01 12:00 "
            "UTC. Enter a new one.",
            f"wrong  account “Aachen”: {NOT_ALLOWED}",
            "wrong  account “Empty”: The Webex account “Empty” has no credentials. Enter them on its page.",
        ],
        1,
    )


def test_only_the_accounts_of_the_named_meetings_are_tried(sandbox: SandboxServer, settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    an_account_with_a_token("Aachen")
    MeetingFactory(slug="ours", webex_id="", account=an_account_with_a_token("Bonn"))

    lines, _status = run("--meeting", "ours")

    assert [line.split(":")[0] for line in lines] == ["ok  account “Bonn”", "ok  account “Bonn”", "wrong  ours"]


def test_an_access_token_that_is_about_to_end_waits_for_a_person_though_webex_still_takes_it(
    sandbox: SandboxServer, settings: Settings
) -> None:
    settings.TOKEN_KEYS = [KEY]
    ends_at = timezone.now() + timedelta(hours=1)
    MeetingFactory(slug="ours", webex_id="", account=an_account_with_a_token("Aachen", expires_at=ends_at))

    lines, status = run("--meeting", "ours")

    assert (lines[0], status) == (
        f"wrong  account “Aachen”: The access token of the Webex account “Aachen” ends at {ends_at:%Y-%m-%d %H:%M} "
        "UTC. Enter a new one before.",
        3,
    )
    assert lines[2] == f"ok  account “Aachen”: {TOKEN_WORKS.partition(': ')[2]}"


def test_an_integration_tells_when_its_tokens_end(settings: Settings) -> None:
    with SandboxServer(integration=integration()) as server:
        settings.WEBEX_BASE_URL = server.url
        for name, value in SETTINGS.items():
            setattr(settings, name, value)
        lines, status = run()
    account = Account.objects.get()
    assert account.access_token_expires_at is not None
    assert account.refresh_token_expires_at is not None
    assert (lines, status) == (
        [
            "ok  account: The portal renews the access token itself; this one ends at "
            f"{account.access_token_expires_at:%Y-%m-%d %H:%M} UTC, and the refresh token, unless it is used before, "
            f"at {account.refresh_token_expires_at:%Y-%m-%d %H:%M} UTC.",
            TOKEN_WORKS,
        ],
        0,
    )


def test_a_refresh_token_that_ends_soon_waits_for_a_person(settings: Settings) -> None:
    with SandboxServer(integration=integration(refresh_token_seconds=13 * 86_400)) as server:
        settings.WEBEX_BASE_URL = server.url
        for name, value in SETTINGS.items():
            setattr(settings, name, value)
        lines, status = run()
    assert (lines[0].split(" ends at ")[0], status) == (
        "wrong  account: The refresh token of the Webex account “Account of the settings”",
        3,
    )


def test_an_expired_refresh_token_is_told_in_words_and_ends_with_1(settings: Settings) -> None:
    known = integration()
    known.expire_refresh_token()
    with SandboxServer(integration=known) as server:
        settings.WEBEX_BASE_URL = server.url
        for name, value in SETTINGS.items():
            setattr(settings, name, value)
        first, again = run(), run()
    assert first == again
    assert (first[0][1:], first[1]) == (
        [
            "wrong  account: Webex gives no new access token: the refresh token has expired or was replaced, or the "
            "client id or the client secret is wrong. Authorize the integration again, and enter its new refresh "
            "token where the account's credentials are.",
        ],
        1,
    )


def test_what_is_paused_is_told_with_its_reason(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form())
    meeting = import_it().meeting
    at = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    pauses.pause_meeting(meeting, reason="Webex says: <bob@example.com> is bad.", at=at)
    pauses.pause_account(settings_account(), reason="Webex says: no.", at=at)

    assert run() == (
        [
            "wrong  account: The Webex account “Account of the settings” is paused since 2026-11-01 09:30 UTC: "
            "nothing is sent in its name. Why: Webex says: no.",
            *ACCOUNT,
            "wrong  launch: The meeting “Launch” is paused since 2026-11-01 09:30 UTC: nobody is sent to Webex for "
            "it. Why: Webex says: <…@…> is bad.",
            SHOWN,
            SAME,
        ],
        3,
    )


def test_another_host_than_the_one_acted_for_is_told(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), host_email="boss@example.com")
    import_it(host_email="boss@example.com")
    answer_once(sandbox, "getMeeting", meeting_json(hostEmail="other@example.com"))

    assert "wrong  launch: Webex names another host for this meeting than “act for the host” does here." in run()[0]
