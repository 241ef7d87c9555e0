"""The demonstration stays in its own surroundings; that it works is shown by ``make demo-once``, which CI runs."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core import mail as outgoing
from django.core.management.base import OutputWrapper
from django.utils import timezone
from pytest_django import Settings

from registration.accounts import seal
from registration.demo import run, surroundings
from registration.demo.people import APPROVED_BY_HOST, DECLINED, PEOPLE, REJECTED_BY_HOST, UNDECIDED
from registration.errors import PortalError
from registration.sandbox.server import SandboxServer
from tests.cast import MeetingFactory, SubmissionFactory

REAL = {
    "DATABASE_URL": "postgres://real/database",
    "DATABASE_URL_FILE": "/run/secrets/database",
    "EMAIL_URL_FILE": "/run/secrets/email",
    "WEBEX_BASE_URL_FILE": "/run/secrets/webex",
    "WEBEX_ACCESS_TOKEN_FILE": "/run/secrets/token",
    "SECRET_KEY_FILE": "/run/secrets/key",
    "ENV_FILE": "/etc/portal.env",
    "SSL_CERT_FILE": "/etc/ssl/cert.pem",
}


def test_nothing_of_a_real_portal_s_settings_reaches_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)
    environment = surroundings.environment(tmp_path)
    assert {name: environment.get(name) for name in REAL} == {
        "DATABASE_URL": f"sqlite:///{tmp_path}/portal.sqlite3",
        "DATABASE_URL_FILE": None,
        "EMAIL_URL_FILE": None,
        "WEBEX_BASE_URL_FILE": None,
        "WEBEX_ACCESS_TOKEN_FILE": None,
        "SECRET_KEY_FILE": None,
        "ENV_FILE": "",
        "SSL_CERT_FILE": "/etc/ssl/cert.pem",
    }
    assert environment["WEBEX_BASE_URL"].startswith("http://127.0.0.1:")
    assert environment["PATH"] == os.environ["PATH"]


def test_an_account_s_secrets_can_be_stored_in_it(tmp_path: Path, settings: Settings) -> None:
    settings.TOKEN_KEYS = [surroundings.environment(tmp_path)["TOKEN_KEYS"]]
    assert seal.opened(seal.sealed("a token")) == "a token"


def test_a_port_that_others_took_since_it_was_found_free_is_told(tmp_path: Path) -> None:
    environment = surroundings.environment(tmp_path)
    address, sandbox_port = environment["SITE_URL"], int(environment[surroundings.MARK])
    with surroundings.listening(address), surroundings.sandbox_on(sandbox_port, token="one"):
        for held in (surroundings.listening(address), surroundings.sandbox_on(sandbox_port, token="two")):
            with pytest.raises(surroundings.PortTaken), held:
                pass
        others = surroundings.environment(tmp_path)
        assert (others["SITE_URL"] != address, others[surroundings.MARK] != str(sandbox_port)) == (True, True)


def test_a_second_one_does_not_disturb_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with surroundings.only_one(folder), pytest.raises(PortalError) as refused, surroundings.only_one(folder):
        pass
    assert str(refused.value.words) == "A demonstration is running in this folder already: end it with Ctrl+C."


def test_it_says_that_it_starts_clean_only_where_something_was(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert surroundings.start_clean(folder) is False
    (folder / "mail" / "old").touch()
    assert surroundings.start_clean(folder) is True
    assert [path.name for path in folder.rglob("*")] == ["mail"]


@pytest.mark.django_db(transaction=True)
def test_while_it_serves_time_goes_by_and_mails_are_sent() -> None:
    soon = timezone.now() + timedelta(hours=5)
    SubmissionFactory(meeting=MeetingFactory(start_at=soon, reminder_hours=6, title="Launch"), approved=True)
    run.keep_up()
    assert [mail.subject for mail in outgoing.outbox] == ["It starts soon: Launch"]


def test_the_people_are_twenty_five_and_each_is_named_once() -> None:
    emails = [person.email.lower() for person in PEOPLE]
    assert (len(emails), len(set(emails))) == (25, 25)
    assert {*DECLINED, *UNDECIDED, *APPROVED_BY_HOST, *REJECTED_BY_HOST} <= set(emails)


def test_its_staff_can_send_themselves_a_test_mail(
    db: None, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run.Demo, "_command", lambda *arguments, **more: None)
    demo = run.Demo(OutputWrapper(StringIO()), tmp_path, sandbox)
    demo.prepare()
    assert [(user.username, user.email) for user in User.objects.all()] == [("staff", "staff@example.com")]
