"""Several Webex accounts side by side: each meeting is its own account's, and so is each trouble."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.utils import timezone
from pytest_django import Settings
from requests.adapters import HTTPAdapter

from registration.models import Account, Meeting
from registration.sandbox.forms import Form
from registration.sandbox.server import SandboxServer
from tests.accounts.cast import KEY, an_account_with_a_token
from tests.at_once import database_for_threads
from tests.cast import MeetingFactory
from tests.delivery.people import Push, approve, emails_at_webex, everybody

pytestmark = pytest.mark.django_db(transaction=True)

BERLIN, PARIS = "token-of-berlin", "token-of-paris"


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A Webex that takes only Berlin's token."""
    with SandboxServer(token=BERLIN) as server:
        settings.WEBEX_BASE_URL = server.url
        settings.TOKEN_KEYS = [KEY]
        yield server


@pytest.fixture
def meetings(sandbox: SandboxServer, tmp_path: Path) -> Iterator[dict[str, Meeting]]:
    """A meeting of each account by its token, in a database that other threads can use."""
    with database_for_threads(tmp_path):
        found: dict[str, Meeting] = {}
        for token in (BERLIN, PARIS):
            meeting = MeetingFactory(account=an_account_with_a_token(token, token=token))
            sandbox.store.add_meeting(id=meeting.webex_id, form=Form(auto_accept=True))
            found[token] = meeting
        yield found


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch, meetings: dict[str, Meeting]) -> dict[str, set[str]]:
    """The tokens that calls about each meeting leave with, by the meeting's own token."""
    left: dict[str, set[str]] = defaultdict(set)
    send = HTTPAdapter.send

    def noting(adapter: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        for own, meeting in meetings.items():
            if meeting.webex_id in str(request.url):
                left[own].add(str(request.headers["Authorization"]).removeprefix("Bearer "))
        return send(adapter, request, **kwargs)

    monkeypatch.setattr(HTTPAdapter, "send", noting)
    return left


def paused_accounts() -> list[str]:
    return list(Account.objects.filter(paused_at__isnull=False).values_list("name", flat=True))


def test_each_meeting_is_its_accounts_and_an_account_whose_token_is_refused_is_the_only_one_paused(
    sandbox: SandboxServer, meetings: dict[str, Meeting], tokens: dict[str, set[str]], push: Push
) -> None:
    people = {token: approve(meeting, 3) for token, meeting in meetings.items()}
    assert push().exit_status == 1
    assert tokens == {BERLIN: {BERLIN}, PARIS: {PARIS}}
    assert paused_accounts() == [PARIS]
    assert emails_at_webex(sandbox, meetings[BERLIN]) == everybody(people[BERLIN])
    assert emails_at_webex(sandbox, meetings[PARIS]) == []

    people[BERLIN] += approve(meetings[BERLIN], 1)
    tokens.clear()
    assert push().exit_status == 3  # whoever is paused waits for a person, and Webex is not called in their name
    assert tokens == {BERLIN: {BERLIN}}
    assert emails_at_webex(sandbox, meetings[BERLIN]) == everybody(people[BERLIN])


def test_a_pause_that_webex_asked_one_account_for_is_not_the_others(
    sandbox: SandboxServer, meetings: dict[str, Meeting], tokens: dict[str, set[str]], push: Push
) -> None:
    people = {token: approve(meeting, 3) for token, meeting in meetings.items()}
    Account.objects.filter(name=PARIS).update(blocked_until=timezone.now() + timedelta(seconds=200))
    report = push()
    assert (report.exit_status, report.left, tokens) == (4, len(people[PARIS]), {BERLIN: {BERLIN}})
    assert emails_at_webex(sandbox, meetings[BERLIN]) == everybody(people[BERLIN])
