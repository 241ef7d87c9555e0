"""``manage.py import_meeting``: what it prints, and how it ends for cron and scripts."""

from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from registration.accounts import settings_account
from registration.models import Meeting
from registration.sandbox import seed
from registration.sandbox.faults import Fault
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.accounts.cast import KEY, an_account_with_a_token
from tests.cast import WEBEX_ID
from tests.importing.cast import COLOUR, WHY, at_webex

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> list[str]:
    """Run the command and return what it printed, line by line."""
    output = StringIO()
    call_command("import_meeting", *arguments, stdout=output, no_color=True)
    return output.getvalue().splitlines()


def test_it_tells_what_was_imported_and_what_comes_next(sandbox: SandboxServer) -> None:
    assert run(seed.PRODUCT_LAUNCH_ID, "--approval", "rules") == [
        "Imported: Product launch",
        "The form asks 5 customized questions.",
        "Sign-up page: http://testserver/meetings/product-launch/",
        "Next: look at the meeting in the admin and publish it, or run this again with --publish.",
    ]


def test_it_tells_what_an_import_changed(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(questions=(COLOUR, WHY)))
    run(WEBEX_ID)
    sandbox.store.set_form(WEBEX_ID, Form(questions=(replace(WHY, is_required=True),)))

    assert run(WEBEX_ID, "--publish") == [
        "Brought up to date: Launch",
        "The form asks 1 customized question.",
        "1 question is no longer asked.",
        "- Required now: “Why?”.",
        "- No longer asked: “Colour?”. The answers given are kept.",
        "Sign-up page: http://testserver/meetings/launch/",
        "Next: give people the address of the sign-up page, and have push_registrations run regularly.",
    ]


def test_every_option_reaches_the_meeting(sandbox: SandboxServer) -> None:
    at_webex(sandbox, Form(), host_email="boss@example.com")

    options = ["--host-email", "boss@example.com", "--current", "--slug", "ours", "--approval", "automatic"]
    run(WEBEX_ID, *options, "--publish")

    assert list(Meeting.objects.values_list("slug", "host_email_parameter", "current", "approval", "is_published")) == [
        ("ours", "boss@example.com", True, "automatic", True)
    ]


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"status": 401}, 1),
        ({"status": 400}, 3),
        ({"status": 403}, 3),
        ({"status": 404}, 3),
        ({"status": 405}, 3),
        ({"status": 409}, 3),
        ({"status": 410}, 3),
        ({"status": 415}, 3),
        ({"status": 428}, 3),
        ({"status": 423}, 4),
        ({"status": 429, "retry_after": "rand(30),add(30)"}, 4),
        ({"status": 500}, 4),
        ({"status": 502, "times": 3}, 4),
        ({"status": 503, "times": 3}, 4),
        ({"status": 504, "times": 3}, 4),
        ({"drop": True, "times": 3}, 4),
        ({"body": "<html>"}, 4),
        ({"body": ""}, 4),
        ({"body": "[]"}, 4),
    ],
)
@pytest.mark.parametrize("operation", ["getMeeting", "getRegistration"])
def test_each_way_to_fail_has_its_exit_status(
    sandbox: SandboxServer, operation: str, fault: dict[str, Any], status: int
) -> None:
    at_webex(sandbox, Form())
    sandbox.faults.add(Fault(operation, **fault))

    with pytest.raises(CommandError) as caught:
        run(WEBEX_ID)

    assert caught.value.returncode == status
    assert Meeting.objects.count() == 0


@pytest.mark.parametrize(
    "webex_id", ["nonsense", f"{WEBEX_ID}_I_1", WEBEX_ID, seed.TEAM_MEETING_ID, seed.PERSONAL_ROOM_ID]
)
def test_what_cannot_be_imported_needs_a_person(sandbox: SandboxServer, webex_id: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(webex_id)

    assert caught.value.returncode == 3


def test_without_a_token_it_says_which_setting_to_make(settings: Settings) -> None:
    settings.WEBEX_ACCESS_TOKEN = ""

    with pytest.raises(CommandError) as caught:
        run(WEBEX_ID)

    assert (str(caught.value), caught.value.returncode) == (
        "WEBEX_ACCESS_TOKEN is not set. Set it, and run check_webex to see whether it works.",
        1,
    )


def test_the_token_is_never_shown(
    sandbox: SandboxServer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    at_webex(sandbox, Form())
    sandbox.faults.add(Fault("getMeeting", status=401))

    with pytest.raises(CommandError) as caught:
        run(WEBEX_ID)
    shown = [*run(WEBEX_ID), str(caught.value), capfd.readouterr().err, caplog.text]

    assert [text for text in shown if "a-token-of-the-tests" in text] == []


def test_a_meeting_is_tied_to_the_account_that_is_named_and_stays_with_it(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    with SandboxServer(token="of-berlin") as server:
        settings.WEBEX_BASE_URL = server.url
        at_webex(server, Form())
        account = an_account_with_a_token("Berlin", token="of-berlin")
        with pytest.raises(CommandError):  # the token of the settings is refused
            run(WEBEX_ID)
        run(WEBEX_ID, "--account", "Berlin")
        run(WEBEX_ID)
        assert Meeting.objects.get().account == account

        settings.WEBEX_ACCESS_TOKEN = "of-berlin"
        run(WEBEX_ID, "--account", settings_account().name)
        assert Meeting.objects.get().account is None


def test_an_account_that_is_not_there_is_refused_before_anything_is_asked(sandbox: SandboxServer) -> None:
    settings_account()
    with pytest.raises(CommandError) as caught:
        run(WEBEX_ID, "--account", "Atlantis")
    assert (str(caught.value), caught.value.returncode, sandbox.store.calls) == (
        "No Webex account has the name “Atlantis”. There are: Account of the settings. Add one in the admin.",
        1,
        [],
    )
