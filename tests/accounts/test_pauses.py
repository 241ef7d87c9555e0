"""Pausing and resuming: once, with the first reason, and ended by new credentials."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.utils import timezone
from pytest_django import Settings

from registration import queue
from registration.accounts import credentials, settings_account
from registration.accounts.credentials import token_source
from registration.flow import pauses
from registration.importing.series import Series
from registration.models import Account, Meeting
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.webex.errors import Unauthorized
from registration.webex.token_call import RenewalRefused
from tests.accounts.cast import KEY, an_account, an_account_with_a_token
from tests.accounts.conftest import refreshes
from tests.cast import MeetingFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
LATER = AT + timedelta(hours=1)


@pytest.fixture
def dana() -> User:
    return User.objects.create_user("dana")


def test_the_first_pause_of_a_meeting_and_its_reason_stay(dana: User) -> None:
    meeting, other = MeetingFactory(), MeetingFactory()
    stale = Meeting.objects.get(pk=meeting.pk)
    assert pauses.pause_meeting(meeting, reason="x" * 2000, at=AT) is True
    assert pauses.pause_meeting(stale, reason="Another.", at=LATER) is False
    assert (stale.paused_at, stale.pause_reason) == (AT, "x" * 1000)
    other.refresh_from_db()
    assert (meeting.is_paused, other.is_paused) == (True, False)

    assert pauses.resume_meetings(Meeting.objects.all(), by=dana) == 1
    assert pauses.resume_meetings(Meeting.objects.all(), by=dana) == 0
    assert list(Meeting.objects.values_list("paused_at", "pause_reason")) == [(None, "")] * 2


def test_the_first_pause_of_an_account_and_its_reason_stay(dana: User) -> None:
    account = settings_account()
    assert pauses.pause_account(account, reason="No.", at=AT) is True
    assert pauses.pause_account(account, reason="Another.", at=LATER) is False
    assert (account.paused_at, account.pause_reason, account.is_paused) == (AT, "No.", True)
    Account.objects.update(failures=5, blocked_until=LATER)

    assert pauses.resume_accounts(Account.objects.all(), by=dana) == 1
    assert pauses.resume_accounts(Account.objects.all(), by=dana) == 0
    account.refresh_from_db()
    assert (account.paused_at, account.pause_reason, account.failures) == (None, "", 0)
    assert account.blocked_until == LATER  # Webex asked for it


def test_whatever_cannot_ask_for_its_push_is_not_resumed(dana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(meeting_ids: object) -> None:
        raise DatabaseError

    pauses.pause_meeting(MeetingFactory(), reason="Gone.", at=AT)
    pauses.pause_account(settings_account(), reason="No.", at=AT)
    monkeypatch.setattr(queue, "enqueue_push", fail)
    with pytest.raises(DatabaseError):
        pauses.resume_meetings(Meeting.objects.all(), by=dana)
    with pytest.raises(DatabaseError):
        pauses.resume_accounts(Account.objects.all(), by=dana)
    assert (Meeting.objects.get().is_paused, Account.objects.get().is_paused) == (True, True)


@pytest.mark.parametrize(
    ("before", "after", "is_lifted"),
    [
        ({}, {}, False),
        ({}, {"WEBEX_ACCESS_TOKEN": "new"}, True),
        ({}, {"WEBEX_REFRESH_TOKEN": "new"}, True),
        ({"WEBEX_REFRESH_TOKEN": "old"}, {"WEBEX_CLIENT_SECRET": "new"}, True),
        ({"WEBEX_REFRESH_TOKEN": "old"}, {"WEBEX_ACCESS_TOKEN": "unused"}, False),
    ],
)
def test_new_credentials_in_the_settings_end_a_pause(
    settings: Settings, before: dict[str, str], after: dict[str, str], is_lifted: bool
) -> None:
    for name, value in before.items():
        setattr(settings, name, value)
    account = settings_account()
    pauses.pause_account(account, reason="No.", at=AT)
    for name, value in after.items():
        setattr(settings, name, value)
    assert pauses.lift_if_renewed(account) is is_lifted
    assert account.is_paused is not is_lifted
    assert Account.objects.filter(paused_at__isnull=True).exists() is is_lifted


def test_new_credentials_of_a_stored_account_end_its_pause_and_a_renewal_does_not(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account()
    pauses.pause_account(account, reason="No.", at=AT)
    Account.objects.update(refresh_token_sealed="renewed", access_token_sealed="renewed")
    assert pauses.lift_if_renewed(account) is False
    Account.objects.update(credentials_mark="of others")
    assert pauses.lift_if_renewed(account) is True
    assert (account.is_paused, account.pause_reason) == (False, "")


def test_new_credentials_that_came_before_the_pause_of_a_run_with_the_old_ones_end_it(settings: Settings) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account_with_a_token(token="old")
    edited = Account.objects.get(pk=account.pk)
    credentials.take_access_token(edited, access_token="new", expires_at=None)
    edited.save()
    pauses.pause_account(account, reason="No.", at=AT)
    assert pauses.lift_if_renewed(account) is True
    pauses.pause_account(account, reason="The new ones are no good either.", at=AT)
    assert pauses.lift_if_renewed(account) is False


def test_who_resumes_an_account_has_webex_asked_for_a_token_at_once_though_it_has_just_refused_one(
    sandbox: SandboxServer, account: Account, dana: User
) -> None:
    sandbox.faults.add(Fault("accessToken", status=403))
    with pytest.raises(RenewalRefused):
        token_source(account, clock=timezone.now)()
    pauses.pause_account(account, reason="No.", at=AT)
    pauses.resume_accounts(Account.objects.all(), by=dana)
    assert token_source(account, clock=timezone.now)()
    assert refreshes(sandbox) == 2


def test_who_resumes_an_account_does_not_disturb_a_renewal_that_is_under_way(account: Account, dana: User) -> None:
    claimed_until = timezone.now() + timedelta(seconds=50)
    Account.objects.update(renewing_until=claimed_until, refresh_token_expires_at=claimed_until)
    pauses.pause_account(account, reason="No.", at=AT)
    pauses.resume_accounts(Account.objects.all(), by=dana)
    account.refresh_from_db()
    assert account.renewing_until == claimed_until


@pytest.mark.parametrize(
    ("is_stored", "what_to_do"),
    [(False, "Set WEBEX_ACCESS_TOKEN to a new one."), (True, "Enter a new one on the account’s page in the admin.")],
)
def test_whose_token_is_refused_is_told_where_to_put_a_new_one(
    settings: Settings, is_stored: bool, what_to_do: str
) -> None:
    settings.TOKEN_KEYS = [KEY]
    account = an_account_with_a_token() if is_stored else settings_account()
    meeting = MeetingFactory(account=account if is_stored else None)
    refused = Unauthorized("No.", http_status=401)
    assert pauses.pause_for(refused, meeting=meeting, account=account, probe=list, at=AT) is True
    beginning = (
        "Webex does not accept the access token: it is wrong, or it has expired (a personal token lives 12 hours). "
    )
    assert account.pause_reason == beginning + what_to_do
    assert Series.of(meeting).advice(refused) == beginning + what_to_do


def test_the_log_tells_what_and_by_whom_and_no_reason(dana: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    meeting, account = MeetingFactory(), settings_account()
    pauses.pause_meeting(meeting, reason="Webex says: bob@example.com", at=AT)
    pauses.pause_meeting(meeting, reason="Again.", at=AT)
    pauses.pause_account(account, reason="Webex says: bob@example.com", at=AT)
    pauses.resume_meetings(Meeting.objects.all(), by=dana)
    pauses.resume_accounts(Account.objects.all(), by=dana)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"paused meeting={meeting.pk}"),
        ("WARNING", f"paused account={account.pk}"),
        ("INFO", f"resumed meeting={meeting.pk} by={dana.pk}"),
        ("INFO", f"resumed account={account.pk} by={dana.pk}"),
    ]
