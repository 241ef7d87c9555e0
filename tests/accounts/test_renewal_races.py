"""Threads and real processes that need a new token at the same moment: one of them renews it, once."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Semaphore, Timer
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import seal, settings_account, webex_client
from registration.accounts.credentials import token_source
from registration.models import Account
from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer
from registration.sandbox.token_endpoint import Integration
from registration.webex import token_call
from registration.webex.token_call import NewTokens, RenewalRefused
from tests.accounts import cast
from tests.accounts.conftest import refreshes
from tests.at_once import at_once, database_for_threads
from tests.environment import POSTGRESQL_URL

pytestmark = pytest.mark.django_db(transaction=True)

LATENCY_SECONDS = 0.3


@pytest.fixture
def sandbox(settings: Settings, integration: Integration) -> Iterator[SandboxServer]:
    """A sandbox that takes its time, so that all are there before the first has its answer."""
    with SandboxServer(integration=integration, latency_seconds=LATENCY_SECONDS) as server:
        settings.WEBEX_BASE_URL = server.url
        for name, value in cast.SETTINGS.items():
            setattr(settings, name, value)
        yield server


@pytest.fixture
def account(sandbox: SandboxServer, tmp_path: Path) -> Iterator[Account]:
    """The account of the settings, in a database that threads and processes can use."""
    with database_for_threads(tmp_path):
        yield settings_account()


def some_minutes_later() -> datetime:
    return timezone.now() + timedelta(minutes=5)


def newest_is_stored(account: Account, integration: Integration) -> bool:
    account.refresh_from_db()
    return seal.opened(account.refresh_token_sealed) == integration.refresh_token


def test_eight_threads_get_their_first_token_by_one_refresh(
    sandbox: SandboxServer, account: Account, integration: Integration
) -> None:
    tokens = at_once(8, lambda _number: token_source(account, clock=timezone.now)())
    assert (len(set(tokens)), refreshes(sandbox)) == (1, 1)
    assert integration.is_good(tokens[0])


def test_eight_threads_of_one_client_whose_token_is_refused_renew_it_once(
    sandbox: SandboxServer, account: Account, integration: Integration, settings: Settings
) -> None:
    settings.WEBEX_CONCURRENCY = 8
    with webex_client(account) as client:
        client.list_meetings(max=1)
        integration.expire_access_tokens()
        at_once(8, lambda _number: client.list_meetings(max=1))
    assert Counter(call.operation for call in sandbox.store.calls) == {"accessToken": 2, "listMeetings": 17}
    assert newest_is_stored(account, integration)


def test_after_a_refusal_that_passed_all_who_ask_at_once_get_the_one_new_token(
    sandbox: SandboxServer, account: Account
) -> None:
    sandbox.faults.add(Fault("accessToken", status=403))
    with pytest.raises(RenewalRefused):
        token_source(account, clock=timezone.now)()

    tokens = at_once(4, lambda _number: token_source(account, clock=some_minutes_later)())
    assert (len(set(tokens)), refreshes(sandbox)) == (1, 2)


def test_while_one_renews_ahead_the_others_go_on_with_the_old_token_and_do_not_wait(
    sandbox: SandboxServer, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = token_source(account, clock=timezone.now)
    old = source()
    Account.objects.update(renew_at=timezone.now())
    have_gone_on = Semaphore(0)
    came_first = []

    def answer_last(_operation: str) -> None:
        """In the place of `Faults.take`, by which each call comes: Webex answers once the others have their token."""
        came_first.append(all(have_gone_on.acquire(timeout=20) for _number in range(5)))

    def ask(_number: int) -> bool:
        token = token_source(account, clock=timezone.now)()
        have_gone_on.release()
        return token == old

    monkeypatch.setattr(sandbox.faults, "take", answer_last)
    assert Counter(at_once(6, ask)) == {True: 5, False: 1}
    assert (came_first, refreshes(sandbox)) == ([True], 2)


def processes(sandbox: SandboxServer, count: int) -> "list[subprocess.Popen[str]]":
    """So many processes that each ask Webex for one thing and print ``ok``."""
    name = connection.settings_dict["NAME"]
    is_on_sqlite = connection.vendor == "sqlite"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": f"sqlite:///{name}" if is_on_sqlite else f"{POSTGRESQL_URL.rpartition('/')[0]}/{name}",
        "WEBEX_BASE_URL": sandbox.url,
        "WEBEX_CLIENT_ID": cast.CLIENT_ID,
        "WEBEX_CLIENT_SECRET": cast.CLIENT_SECRET,
        "WEBEX_REFRESH_TOKEN": cast.REFRESH_TOKEN,
        "TOKEN_KEYS": cast.KEY,
        "LOG_LEVEL": "WARNING",
    }
    code = "from registration.accounts import webex_client as c\nwith c() as w: w.list_meetings(max=1)\nprint('ok')"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    return [
        subprocess.Popen(command, cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True)
        for _number in range(count)
    ]


def test_two_processes_that_need_a_token_at_once_refresh_it_once(
    sandbox: SandboxServer, account: Account, integration: Integration
) -> None:
    runs = processes(sandbox, 2)
    assert [run.communicate(timeout=60)[0] for run in runs] == ["ok\n", "ok\n"]
    assert refreshes(sandbox) == 1
    assert newest_is_stored(account, integration)


def test_a_process_that_is_killed_while_it_renews_is_replaced(
    sandbox: SandboxServer, account: Account, integration: Integration
) -> None:
    integration.replaces_refresh_token = False
    [doomed] = processes(sandbox, 1)
    gives_up_at = time.monotonic() + 60
    while not sandbox.store.calls:
        assert time.monotonic() < gives_up_at, "the process did not call"
        time.sleep(0.005)
    doomed.kill()
    doomed.communicate()
    account.refresh_from_db()
    assert account.renewing_until is not None
    assert account.access_token_sealed == ""

    Account.objects.update(renewing_until=timezone.now())  # its claim ends
    [heir] = processes(sandbox, 1)
    assert heir.communicate(timeout=60)[0] == "ok\n"
    assert refreshes(sandbox) == 2


def test_a_database_that_goes_away_during_the_call_costs_no_refresh_token(
    sandbox: SandboxServer, account: Account, integration: Integration
) -> None:
    source = token_source(account, clock=timezone.now)
    connection.ensure_connection()
    Timer(LATENCY_SECONDS / 2, connection.connection.close).start()
    assert integration.is_good(source())
    assert newest_is_stored(account, integration)


def test_rotating_the_keys_during_the_call_costs_no_refresh_token(
    sandbox: SandboxServer, account: Account, integration: Integration, settings: Settings
) -> None:
    source = token_source(account, clock=timezone.now)
    first = source()

    def both(number: int) -> None:
        if number == 0:
            source.renew(first)
        else:
            time.sleep(LATENCY_SECONDS / 2)
            call_command("rotate_token_keys", verbosity=0)

    at_once(2, both)
    assert newest_is_stored(account, integration)


def test_a_renewal_that_outlives_its_claim_yields_to_the_one_that_took_over(
    sandbox: SandboxServer, account: Account, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was too slow is refused its old refresh token, and takes what the other has stored."""
    source = token_source(account, clock=timezone.now)
    real = token_call.renew
    tokens = []

    def slow(**given: Any) -> NewTokens:
        monkeypatch.setattr(token_call, "renew", real)
        Account.objects.update(renewing_until=timezone.now())
        tokens.append(token_source(account, clock=timezone.now)())
        return real(**given)

    monkeypatch.setattr(token_call, "renew", slow)
    assert [source()] == tokens
    assert newest_is_stored(account, integration)
