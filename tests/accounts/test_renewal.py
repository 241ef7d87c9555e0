"""The access token of an integration: renewed ahead of its end and where Webex refuses it, and never lost."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import notices, renewal, seal, webex_client
from registration.accounts.credentials import token_source
from registration.errors import NotConfigured
from registration.models import Account
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.sandbox.token_endpoint import Integration
from registration.webex.errors import NotSent, RateLimited, Unauthorized, WebexError
from registration.webex.token_call import NoTokenNow, RenewalRefused
from tests.accounts.cast import CLIENT_SECRET, KEY, OTHER_KEY, REFRESH_TOKEN, an_account, an_account_with_a_token
from tests.accounts.conftest import refreshes

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)


class HandClock:
    """A clock that a test puts forward."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every call asks the database, as one does some seconds later; and nobody waits long."""
    monkeypatch.setattr(renewal, "REMEMBERED_SECONDS", 0.0)
    monkeypatch.setattr(renewal, "LONGEST_WAIT_SECONDS", 0.3)


def source_of(account: Account, clock: HandClock) -> renewal.RenewingToken:
    source = token_source(account, clock=clock)
    assert isinstance(source, renewal.RenewingToken)
    return source


def test_the_first_call_gets_tokens_and_stores_them_sealed(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock
) -> None:
    token = source_of(account, clock)()

    account.refresh_from_db()
    assert integration.is_good(token)
    assert seal.opened(account.access_token_sealed) == token
    assert seal.opened(account.refresh_token_sealed) == integration.refresh_token
    assert account.access_token_expires_at == NOW + timedelta(days=14)
    assert account.renew_at == NOW + timedelta(days=12.6)
    assert account.refresh_token_expires_at == NOW + timedelta(days=90)
    assert account.renewing_until is None
    [sent] = [dict(call.body) for call in sandbox.store.calls]
    assert sent == {
        "grant_type": "refresh_token",
        "client_id": "the-client-id",
        "client_secret": CLIENT_SECRET,
        "refresh_token": REFRESH_TOKEN,
    }


def test_nothing_secret_is_in_the_database_or_the_log(
    account: Account, integration: Integration, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = source_of(account, clock)
    secrets = [source(), REFRESH_TOKEN, CLIENT_SECRET, KEY]
    integration.expire_access_tokens()
    secrets += [source.renew(secrets[0]), integration.refresh_token]
    integration.expire_refresh_token()
    with pytest.raises(RenewalRefused) as refused:
        source.renew(secrets[-2])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM registration_account")
        stored = str(cursor.fetchall())

    shown = [stored, caplog.text, repr(source), str(refused.value), refused.value.words]
    assert [secret for secret in secrets for text in shown if secret in text] == []
    assert [(record.levelname, record.getMessage()) for record in caplog.records if "token" in record.getMessage()] == [
        ("INFO", f"token renewed account={account.pk} is_stored=True"),
        ("INFO", f"token renewed account={account.pk} is_stored=True"),
        ("WARNING", f"token not renewed account={account.pk} outcome=RenewalRefused"),
    ]


def test_a_good_token_is_used_until_it_is_due_and_renewed_ahead_of_its_end(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock
) -> None:
    source = source_of(account, clock)
    first = source()
    clock.now = NOW + timedelta(days=12.5)
    assert (source(), refreshes(sandbox)) == (first, 1)
    clock.now = NOW + timedelta(days=12.7)
    second = source()
    assert (second != first, refreshes(sandbox)) == (True, 2)
    account.refresh_from_db()
    assert seal.opened(account.refresh_token_sealed) == integration.refresh_token


@pytest.mark.parametrize(
    ("lives", "due_after"), [(1_209_600, 1_088_640), (43_200, 38_880), (1_200, 900), (120, 60), (1, 0.5)]
)
def test_a_token_is_due_a_tenth_of_its_life_or_five_minutes_before_its_end(
    account: Account, integration: Integration, clock: HandClock, lives: int, due_after: float
) -> None:
    integration.access_token_seconds = lives
    source_of(account, clock)()
    account.refresh_from_db()
    assert account.renew_at == NOW + timedelta(seconds=due_after)


def test_what_another_process_renewed_is_used(sandbox: SandboxServer, account: Account, clock: HandClock) -> None:
    ours, theirs = source_of(account, clock), source_of(account, clock)
    first = ours()
    second = theirs.renew(first)
    assert (ours(), refreshes(sandbox)) == (second, 2)


def test_a_token_is_remembered_for_some_seconds_only_until_webex_refuses_it(
    account: Account, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "REMEMBERED_SECONDS", 60.0)
    ours, theirs = source_of(account, clock), source_of(account, clock)
    first = ours()
    second = theirs.renew(first)
    assert ours() == first
    assert ours.renew(first) == second
    assert ours() == second


def test_a_call_that_webex_refuses_is_made_again_with_a_new_token(
    sandbox: SandboxServer, account: Account, integration: Integration
) -> None:
    with webex_client(account) as client:
        client.list_meetings(max=1)
        integration.expire_access_tokens()
        client.list_meetings(max=1)
    assert [call.operation for call in sandbox.store.calls] == [
        "accessToken",
        "listMeetings",
        "listMeetings",
        "accessToken",
        "listMeetings",
    ]


def test_a_refresh_token_that_has_ended_says_what_to_do_and_is_not_tried_again_at_once(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock
) -> None:
    integration.expire_refresh_token()
    source = source_of(account, clock)
    for _again in range(3):
        with pytest.raises(RenewalRefused) as caught:
            source()
    assert caught.value.words == (
        "Webex gives no new access token: the refresh token has expired or was replaced, or the client id or the "
        "client secret is wrong."
    )
    assert isinstance(caught.value, Unauthorized)
    assert refreshes(sandbox) == 1
    account.refresh_from_db()
    assert account.refresh_token_expires_at == NOW

    integration.refresh_token = REFRESH_TOKEN
    clock.now = NOW + timedelta(minutes=2)
    assert integration.is_good(source())


def test_a_refusal_that_passed_is_no_longer_told_though_webex_does_not_say_when_the_refresh_token_ends(
    sandbox: SandboxServer, account: Account, clock: HandClock
) -> None:
    sandbox.faults.add(Fault("accessToken", status=403))
    source = source_of(account, clock)
    with pytest.raises(RenewalRefused):
        source()
    sandbox.faults.add(Fault("accessToken", body='{"access_token": "new", "expires_in": 1209600}'))
    clock.now = NOW + timedelta(minutes=2)
    assert source() == "new"
    account.refresh_from_db()
    assert account.refresh_token_expires_at is None
    assert list(notices.of_account(account, now=clock.now)) == []


@pytest.mark.parametrize(
    ("fault", "kind", "next_try_after"),
    [
        ({"status": 500}, NoTokenNow, 15),
        ({"status": 503, "retry_after": "40"}, NoTokenNow, 40),
        ({"status": 404}, NoTokenNow, 15),
        ({"drop": True}, NoTokenNow, 15),
        ({"body": "<html>"}, NoTokenNow, 15),
        ({"body": "{}"}, NoTokenNow, 15),
        ({"body": '{"access_token": 5}'}, NoTokenNow, 15),
        ({"status": 302}, NoTokenNow, 15),
        ({"status": 429, "retry_after": "120"}, RateLimited, 120),
        ({"status": 401}, RenewalRefused, 60),
        ({"status": 400}, RenewalRefused, 60),
    ],
)
def test_each_way_to_get_no_token_has_its_error_and_its_pause(
    sandbox: SandboxServer,
    account: Account,
    clock: HandClock,
    fault: dict[str, Any],
    kind: type[WebexError],
    next_try_after: int,
) -> None:
    sandbox.faults.add(Fault("accessToken", **fault))
    source = source_of(account, clock)
    with pytest.raises(WebexError) as caught:
        source()
    assert type(caught.value) is kind
    account.refresh_from_db()
    assert account.renewing_until == NOW + timedelta(seconds=next_try_after)

    clock.now = NOW + timedelta(seconds=next_try_after)
    assert source()


def test_where_webex_cannot_be_reached_nothing_was_sent(account: Account, clock: HandClock, settings: Settings) -> None:
    settings.WEBEX_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(NotSent):
        source_of(account, clock)()


def test_a_token_that_is_still_good_is_used_while_there_is_no_new_one(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock
) -> None:
    source = source_of(account, clock)
    first = source()
    integration.expire_refresh_token()
    clock.now = NOW + timedelta(days=13)
    assert source() == first
    sandbox.faults.add(Fault("accessToken", status=500))
    clock.now = NOW + timedelta(days=13.5)
    assert source() == first
    clock.now = NOW + timedelta(days=14)
    with pytest.raises(RenewalRefused):
        source()


def test_a_token_whose_life_is_not_told_is_used_until_webex_refuses_it(
    sandbox: SandboxServer, account: Account, clock: HandClock
) -> None:
    sandbox.faults.add(Fault("accessToken", body='{"access_token": "endless", "expires_in": "soon"}'))
    source = source_of(account, clock)
    assert source() == "endless"
    clock.now = NOW + timedelta(days=500)
    assert source() == "endless"
    account.refresh_from_db()
    assert (account.access_token_expires_at, account.renew_at) == (None, None)
    assert seal.opened(account.refresh_token_sealed) == REFRESH_TOKEN
    assert source.renew("endless") != "endless"


def test_a_renewer_that_died_is_replaced_when_its_claim_ends(
    sandbox: SandboxServer, account: Account, clock: HandClock
) -> None:
    source = source_of(account, clock)
    first = source()
    Account.objects.update(renewing_until=NOW + timedelta(seconds=50))
    with pytest.raises(NoTokenNow):
        source.renew(first)
    assert refreshes(sandbox) == 1
    clock.now = NOW + timedelta(seconds=50)
    assert source.renew(first) != first
    assert refreshes(sandbox) == 2


def test_a_claim_from_before_the_clock_was_set_back_holds_nobody_up(account: Account, clock: HandClock) -> None:
    source = source_of(account, clock)
    first = source()
    Account.objects.update(renewing_until=NOW + timedelta(days=3))
    assert source.renew(first) != first


def test_what_was_renewed_between_looking_and_claiming_is_not_renewed_again(
    sandbox: SandboxServer, account: Account, clock: HandClock
) -> None:
    """The clock is read in between: here it lets another process renew the token at that very moment."""
    first = source_of(account, clock)()
    renewed: list[str] = []

    def meddling() -> datetime:
        if not renewed:
            renewed.append(source_of(account, clock).renew(first))
        return NOW

    assert token_source(account, clock=meddling).renew(first) == renewed[0]
    assert refreshes(sandbox) == 2


def test_new_credentials_in_the_settings_void_what_stems_from_the_old_ones(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock, settings: Settings
) -> None:
    source_of(account, clock)()
    Account.objects.update(renewing_until=NOW + timedelta(seconds=50))
    integration.refresh_token = settings.WEBEX_REFRESH_TOKEN = "authorized-again"

    token = source_of(account, clock)()

    assert (integration.is_good(token), refreshes(sandbox)) == (True, 2)
    assert sandbox.store.calls[-1].body["refresh_token"] == "authorized-again"


def test_new_credentials_that_are_refused_leave_nothing_of_the_old_ones(
    account: Account, clock: HandClock, settings: Settings
) -> None:
    source_of(account, clock)()
    settings.WEBEX_REFRESH_TOKEN = "wrong"
    with pytest.raises(RenewalRefused):
        source_of(account, clock)()
    account.refresh_from_db()
    assert (account.access_token_sealed, account.refresh_token_sealed) == ("", "")


def test_a_stored_account_has_an_integration_of_its_own(
    sandbox: SandboxServer, integration: Integration, clock: HandClock, settings: Settings
) -> None:
    settings.WEBEX_REFRESH_TOKEN = ""
    account = an_account()
    assert integration.is_good(source_of(account, clock)())


def test_a_stored_account_may_have_a_token_made_by_hand(sandbox: SandboxServer, clock: HandClock) -> None:
    assert token_source(an_account_with_a_token(token="mine"), clock=clock)() == "mine"


def test_keys_that_were_rotated_still_open_the_tokens(
    sandbox: SandboxServer, account: Account, clock: HandClock, settings: Settings
) -> None:
    source = source_of(account, clock)
    first = source()
    settings.TOKEN_KEYS = [OTHER_KEY, KEY]
    assert (source(), refreshes(sandbox)) == (first, 1)


def test_keys_that_are_lost_end_in_words_for_a_stored_account_only(
    sandbox: SandboxServer, account: Account, integration: Integration, clock: HandClock, settings: Settings
) -> None:
    stored = an_account()
    source, source_of_stored = source_of(account, clock), source_of(stored, clock)
    settings.TOKEN_KEYS = [OTHER_KEY]
    with pytest.raises(Unauthorized, match="did not accept") as caught:
        source_of_stored()
    with pytest.raises(NotConfigured) as at_once:
        token_source(stored, clock=clock)
    assert caught.value.words == str(at_once.value)
    assert "none of the TOKEN_KEYS opens them" in caught.value.words
    # The settings have what is needed to begin again.
    assert integration.is_good(source())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"WEBEX_CLIENT_ID": ""}, "WEBEX_CLIENT_ID must be set as well where there is a WEBEX_REFRESH_TOKEN."),
        ({"TOKEN_KEYS": []}, "TOKEN_KEYS is not set"),
        ({"TOKEN_KEYS": ["x"]}, "TOKEN_KEYS holds something that is no key"),
    ],
)
def test_an_incomplete_configuration_is_told_before_any_call(
    sandbox: SandboxServer,
    account: Account,
    clock: HandClock,
    settings: Settings,
    changes: dict[str, Any],
    words: str,
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(NotConfigured) as caught:
        token_source(account, clock=clock)
    assert str(caught.value).startswith(words)
    assert sandbox.store.calls == []


def test_an_account_without_credentials_says_so(clock: HandClock) -> None:
    with pytest.raises(NotConfigured, match="The Webex account “Empty” has no credentials"):
        token_source(Account.objects.create(name="Empty"), clock=clock)
