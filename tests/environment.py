"""The environment of the tests, set before Django reads its settings.

``TEST_DATABASE=postgresql`` runs the suite on PostgreSQL, at ``TEST_POSTGRESQL_URL``.
"""

import os
import socket
from urllib.parse import urlsplit

POSTGRESQL_URL = os.environ.get("TEST_POSTGRESQL_URL", "postgres://postgres@127.0.0.1:5432/postgres")
is_on_postgresql = os.environ.get("TEST_DATABASE", "sqlite") == "postgresql"

SETTINGS = {
    "ENV_FILE": "",
    "DEBUG": "true",
    "SECRET_KEY": "for the tests",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "EMAIL_URL": "memorymail://",
    "DATABASE_URL": POSTGRESQL_URL if is_on_postgresql else "sqlite:///:memory:",
    "WEBEX_BASE_URL": "http://127.0.0.1:9/v1",
    "WEBEX_ACCESS_TOKEN": "a-token-of-the-tests",
    "WEBEX_CLIENT_ID": "",
    "WEBEX_CLIENT_SECRET": "",
    "WEBEX_REFRESH_TOKEN": "",
    "TOKEN_KEYS": "",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's event loop runs in the thread of the tests
    "LOG_LEVEL": "INFO",
    "DEFAULT_FROM_EMAIL": "registration@testserver",
    "BEHIND_PROXY": "false",
    "TRUSTED_PROXIES": "",
    "FORM_MIN_SECONDS": "0",  # the tests of the limits set them
    "SIGN_UPS_PER_MINUTE": "60",
    "MEETING_SIGN_UPS_PER_MINUTE": "0",
    "MAILS_PER_ADDRESS_PER_DAY": "0",
    "SURGE_SIGN_UPS_PER_MINUTE": "0",
    "QUEUE": "false",
    "WEBEX_BATCH_SIZE": "50",
    "WEBEX_CONCURRENCY": "1",  # a thread of its own would not see what a test has not committed
    "WEBEX_CALLS_PER_MINUTE": "0",
    "WEBEX_TIMEOUT_SECONDS": "30",
    "WEBEX_GRACE_SECONDS": "60",
    "WEBEX_LEASE_SECONDS": "300",
    "NO_PROXY": "127.0.0.1,localhost",
    "no_proxy": "127.0.0.1,localhost",
}
for name in SETTINGS:
    os.environ.pop(f"{name}_FILE", None)  # it would win over NAME
os.environ |= SETTINGS


def postgresql_is_missing() -> str:
    """Why PostgreSQL cannot be used, in words; empty where it can."""
    address = urlsplit(POSTGRESQL_URL)
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=5).close()
    except OSError:
        return (
            f"no PostgreSQL at {address.hostname}:{address.port}: start one, "
            "or set TEST_POSTGRESQL_URL to the address of one whose user may create databases"
        )
    return ""
