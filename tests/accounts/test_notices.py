"""What waits for a person is a warning of the system checks, too, without anybody's data."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.checks import Warning, run_checks
from django.core.checks.registry import Tags
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from registration.accounts import notices, settings_account
from registration.accounts.stem import mark_of
from registration.flow import pauses
from registration.models import Account, Meeting
from tests.accounts.cast import KEY, SETTINGS, an_account, an_account_with_a_token
from tests.cast import MeetingFactory

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)


def warnings() -> list[tuple[str, str]]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [(str(each.id), each.msg) for each in found if isinstance(each, Warning)]


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]


@pytest.mark.django_db
def test_what_waits_is_a_warning_without_the_words_that_may_name_a_person() -> None:
    assert warnings() == []
    pauses.pause_account(an_account(), reason="Webex says: bob@example.com may not.", at=AT)
    pauses.pause_meeting(MeetingFactory(title="Launch"), reason="Gone.", at=AT)
    assert warnings() == [
        (
            "registration.W004",
            "The Webex account “Berlin” is paused since 2026-11-01 09:30 UTC: nothing is sent in its name.",
        ),
        (
            "registration.W004",
            "The meeting “Launch” is paused since 2026-11-01 09:30 UTC: nobody is sent to Webex for it.",
        ),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(("arguments", "is_told"), [(["--database", "default"], True), ([], False)])
def test_the_command_check_tells_of_it_when_it_may_ask_the_database(arguments: list[str], is_told: bool) -> None:
    ends_at = timezone.now() + timedelta(hours=1)
    pauses.pause_account(an_account(), reason="No.", at=AT)
    an_account_with_a_token("Essen", expires_at=ends_at)
    told = StringIO()
    call_command("check", *arguments, stdout=told, stderr=told)
    found = re.findall(r"\(registration\.W004\) (.+)", told.getvalue())
    waiting = [
        "The Webex account “Berlin” is paused since 2026-11-01 09:30 UTC: nothing is sent in its name.",
        f"The access token of the Webex account “Essen” ends at {ends_at:%Y-%m-%d %H:%M} UTC. Enter a new one before.",
    ]
    assert found == (waiting if is_told else [])


@pytest.mark.django_db
def test_a_refresh_token_that_was_refused_is_told_until_there_is_another(settings: Settings) -> None:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    account = settings_account()
    mark = mark_of(account)
    Account.objects.update(credentials_mark=mark, refresh_token_expires_at=AT)
    assert [words for _id, words in warnings()] == [
        "The refresh token of the Webex account “Account of the settings” has ended, or Webex has refused it, at "
        "2026-11-01 09:30 UTC. Authorize the integration again."
    ]
    settings.WEBEX_REFRESH_TOKEN = "authorized-again"
    assert warnings() == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (timedelta(hours=2, seconds=1), []),
        (timedelta(hours=2), ["ends at 2026-11-01 09:30 UTC. Enter a new one before."]),
        (timedelta(seconds=1), ["ends at 2026-11-01 09:30 UTC. Enter a new one before."]),
        (timedelta(), ["has ended at 2026-11-01 09:30 UTC. Enter a new one."]),
    ],
)
def test_an_access_token_made_by_hand_is_told_from_two_hours_before_its_end(ahead: timedelta, told: list[str]) -> None:
    account = an_account_with_a_token("Essen", expires_at=AT)
    found = [notice.words for notice in notices.of_account(account, now=AT - ahead)]
    assert found == [f"The access token of the Webex account “Essen” {words}" for words in told]


@pytest.mark.django_db(transaction=True)
def test_missing_tables_are_nothing_to_warn_of() -> None:
    with connection.schema_editor() as editor:
        editor.alter_db_table(Meeting, "registration_meeting", "elsewhere")
    try:
        assert warnings() == []
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Meeting, "elsewhere", "registration_meeting")


@pytest.mark.django_db
def test_it_takes_three_queries_however_many_there_are(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(5):
        pauses.pause_meeting(MeetingFactory(account=an_account(f"Number {number}")), reason="Gone.", at=AT)
    Account.objects.update(refresh_token_expires_at=AT)
    with django_assert_num_queries(3):
        assert len(notices.of_all(now=timezone.now())) == 10
