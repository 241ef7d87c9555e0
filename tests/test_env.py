"""The environment is read loudly: what is missing or wrong is said all at once, with what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

GOOD = {
    "SECRET_KEY": "x" * 60 + "0123456789",
    "SITE_URL": "https://register.example.com",
    "WEBEX_ACCESS_TOKEN": "a-token",
    "EMAIL_URL": "smtp://localhost",
    "BEHIND_PROXY": "true",
    "TRUSTED_PROXIES": "127.0.0.1,::1",
    "ENV_FILE": "",
    "DATABASE_URL": "sqlite:///:memory:",
}


def manage(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``manage.py`` in this environment alone."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "ENV_FILE": "", **environment},
        capture_output=True,
        text=True,
    )


def test_production_settings_pass_django_s_own_deployment_checks() -> None:
    checked = manage(GOOD, "check", "--deploy", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (2 silenced).\n")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set."),
        ({"SITE_URL": ""}, "SITE_URL is not set."),
        ({"SITE_URL": "register.example.com"}, "SITE_URL is no web address."),
        ({"SITE_URL": "https://[broken"}, "SITE_URL is no web address."),
        ({"SITE_URL": "https://example.com/portal"}, "SITE_URL has a path."),
        ({"DATABASE_URL": "sqlite:////proc/nowhere/db"}, "The folder for DATABASE_URL cannot be made."),
        ({"DEBUG": "perhaps"}, "DEBUG must be true or false."),
        ({"WEBEX_BATCH_SIZE": "many"}, "WEBEX_BATCH_SIZE is not a whole number."),
        ({"WEBEX_BATCH_SIZE": "0"}, "WEBEX_BATCH_SIZE must be from 1 to 100."),
        ({"WEBEX_GRACE_SECONDS": "-1"}, "WEBEX_GRACE_SECONDS must be from 1 to 3600."),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not a database URL of SQLite or PostgreSQL."),
        ({"EMAIL_URL": "pigeon://post"}, "EMAIL_URL is not an e-mail URL."),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is none of its values."),
        ({"WEBEX_BASE_URL": "webexapis.com"}, "WEBEX_BASE_URL is no web address."),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY"),
    ],
)
def test_what_is_wrong_stops_every_command_with_what_to_do(wrong: dict[str, str], message: str) -> None:
    checked = manage({name: value for name, value in (GOOD | wrong).items() if value}, "migrate", "--check")
    assert checked.returncode == 1
    assert "Traceback" not in checked.stderr
    assert message in checked.stderr
    assert "(registration.E001)" in checked.stderr
    assert "HINT: " in checked.stderr


def test_all_problems_are_said_at_once() -> None:
    checked = manage({}, "check")
    assert checked.stderr.count("(registration.E001)") == 2


def test_the_web_server_does_not_start_with_problems() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **GOOD, "WEBEX_BATCH_SIZE": "0"},
        capture_output=True,
        text=True,
    )
    assert started.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: WEBEX_BATCH_SIZE must be from 1 to 100. The default is 50."
    )


def test_a_worker_loads_all_pages_at_its_start_and_has_none_of_it_looked_through_for_rubbish_later() -> None:
    code = "import gc, sys, portal.wsgi; print('portal.urls' in sys.modules, gc.get_freeze_count() > 100_000)"
    started = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **GOOD},
        capture_output=True,
        text=True,
    )
    assert started.stdout == "True True\n", started.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(GOOD["SECRET_KEY"] + "\n")
    environment = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    shown = manage(environment | {"SECRET_KEY_FILE": str(secret)}, "shell", "--no-imports", "-c", code)
    assert shown.stdout == GOOD["SECRET_KEY"] + "\n"


def test_a_secret_may_begin_with_a_dollar_sign() -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    shown = manage(GOOD | {"SECRET_KEY": "$" + GOOD["SECRET_KEY"]}, "shell", "--no-imports", "-c", code)
    assert shown.stdout == f"${GOOD['SECRET_KEY']}\n"


@pytest.mark.parametrize(
    ("change", "identity", "hint"),
    [
        ({"WEBEX_ACCESS_TOKEN": ""}, "registration.W001", "then run check_webex"),
        ({"EMAIL_URL": ""}, "registration.W002", "Set it to a mail server"),
        ({"WEBEX_BASE_URL": "http://webex.example/v1"}, "registration.W003", "begins with https://"),
    ],
)
def test_what_is_risky_is_a_warning_with_a_hint(change: dict[str, str], identity: str, hint: str) -> None:
    checked = manage({name: value for name, value in (GOOD | change).items() if value}, "check")
    assert checked.returncode == 0
    assert f"({identity})" in checked.stderr
    assert hint in checked.stderr


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("https://register.example.com", "__Host-sessionid __Host-csrftoken True True"),
        ("http://register.example.com", "sessionid csrftoken False False"),
    ],
)
def test_on_https_the_cookies_are_bound_to_the_host(address: str, names: str) -> None:
    code = (
        "from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE)"
    )
    assert manage(GOOD | {"SITE_URL": address}, "shell", "--no-imports", "-c", code).stdout == f"{names}\n"


KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
INTEGRATION = {
    "WEBEX_ACCESS_TOKEN": "",
    "WEBEX_CLIENT_ID": "C-1",
    "WEBEX_CLIENT_SECRET": "s3cret",
    "WEBEX_REFRESH_TOKEN": "r3fresh",
    "TOKEN_KEYS": KEY,
}


def test_an_integration_in_place_of_a_token_passes_as_well() -> None:
    checked = manage(GOOD | INTEGRATION, "check", "--deploy", "--fail-level", "WARNING")
    assert (checked.returncode, checked.stdout) == (0, "System check identified no issues (2 silenced).\n")


@pytest.mark.parametrize(
    ("change", "identity", "message"),
    [
        ({"TOKEN_KEYS": ""}, "registration.E003", "TOKEN_KEYS is not set."),
        ({"TOKEN_KEYS": f"{KEY},my-s3cret-key"}, "registration.E003", "TOKEN_KEYS holds something that is no key."),
        ({"WEBEX_CLIENT_ID": ""}, "registration.E004", "WEBEX_CLIENT_ID must be set as well"),
        (
            {"WEBEX_CLIENT_SECRET": "", "WEBEX_REFRESH_TOKEN": ""},
            "registration.E004",
            "WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN must be set as well",
        ),
    ],
)
def test_credentials_that_could_not_renew_a_token_are_refused(
    change: dict[str, str], identity: str, message: str
) -> None:
    checked = manage(GOOD | INTEGRATION | change, "check")
    assert checked.returncode == 1
    assert f"({identity}) {message}" in checked.stderr
    assert "HINT: " in checked.stderr
    assert [secret for secret in ("s3cret", "r3fresh", KEY) if secret in checked.stderr] == []


def test_with_keys_the_accounts_may_be_kept_in_the_admin() -> None:
    checked = manage(GOOD | {"WEBEX_ACCESS_TOKEN": "", "TOKEN_KEYS": KEY}, "check")
    assert (checked.returncode, "registration.W001" in checked.stderr) == (0, False)


def test_a_lease_that_a_call_could_outlast_is_refused() -> None:
    checked = manage(GOOD | {"WEBEX_TIMEOUT_SECONDS": "60"}, "check")
    assert checked.returncode == 1
    assert "(registration.E002)" in checked.stderr
    assert "Set it to at least 380" in checked.stderr


def test_a_file_of_settings_fills_in_what_the_environment_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("LOG_LEVEL=ERROR\nSITE_URL=https://from.the.file\n")
    code = "from django.conf import settings as s; print(s.SITE_URL, s.LOGGING['loggers']['registration']['level'])"
    shown = manage(GOOD | {"ENV_FILE": str(tmp_path / "settings")}, "shell", "--no-imports", "-c", code)
    assert shown.stdout == "https://register.example.com ERROR\n"


def test_debug_is_off_and_no_secret_has_a_default() -> None:
    code = "from django.conf import settings as s; print(s.DEBUG, repr(s.WEBEX_ACCESS_TOKEN), s.SESSION_COOKIE_SECURE)"
    shown = manage(
        {name: GOOD[name] for name in ("SECRET_KEY", "SITE_URL", "DATABASE_URL")}, "shell", "--no-imports", "-c", code
    )
    assert shown.stdout == "False '' True\n"


def test_what_only_a_proxy_may_say_is_said_which_one_that_is() -> None:
    undeclared = {name: value for name, value in GOOD.items() if name != "TRUSTED_PROXIES"}
    checked = manage(undeclared, "check", "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 1
    assert "(registration.W005) TRUSTED_PROXIES is not set: only a proxy on this machine is believed" in checked.stderr
    assert "HINT: Set it to the addresses or networks of your proxies" in checked.stderr
    assert manage(undeclared | {"BEHIND_PROXY": "false"}, "check", "--deploy").stderr.count("W005") == 0
    wrong = manage(GOOD | {"TRUSTED_PROXIES": "10.0.0.1/8"}, "check")
    assert "TRUSTED_PROXIES is not a list of addresses and networks." in wrong.stderr
