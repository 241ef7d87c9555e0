"""Fixtures that every test may use, and what becomes of tests that cannot run here."""

import os
from collections.abc import Iterator

import pytest
from django.test import SimpleTestCase
from pytest_django import Settings

from registration.sandbox.server import SandboxServer
from tests.contract.contract import DEFAULT_PATH
from tests.environment import is_on_postgresql, postgresql_is_missing

# The only thing that a machine cannot install for itself: Webex's own description, which is not ours to pass on.
MAY_BE_MISSING = str(DEFAULT_PATH.name)
skipped: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, leave out what uses no database: it has been run on SQLite. Skip all, and say why, without one."""
    if not is_on_postgresql:
        return
    config.hook.pytest_deselected(items=[item for item in items if not uses_database(item)])
    items[:] = [item for item in items if uses_database(item)]
    if reason := postgresql_is_missing():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def uses_database(item: pytest.Item) -> bool:
    """Whether the test has asked for the database of the tests."""
    assert isinstance(item, pytest.Function)
    is_django_case = item.cls is not None and issubclass(item.cls, SimpleTestCase)
    has_fixture = not {"db", "transactional_db", "live_server"}.isdisjoint(item.fixturenames)
    return is_django_case or has_fixture or item.get_closest_marker("django_db") is not None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember what was skipped that this machine could have run."""
    if report.skipped and MAY_BE_MISSING not in str(report.longrepr):
        skipped.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``NO_SKIPS`` in the environment (CI), a skipped test is a failure."""
    if os.environ.get("NO_SKIPS") and skipped and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so."""
    if os.environ.get("NO_SKIPS") and skipped:
        terminalreporter.write_line(f"NO_SKIPS is set, and {len(skipped)} tests were skipped.", red=True)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A running Webex sandbox, to which the portal's settings point."""
    with SandboxServer() as server:
        settings.WEBEX_BASE_URL = server.url
        yield server
