"""Fixtures that every test may use, and what becomes of tests that cannot run here."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import SimpleTestCase
from hypothesis import settings as HypothesisSettings  # noqa: N812
from pytest_django import DjangoDbBlocker, Settings

from registration.sandbox.server import SandboxServer
from tests.contract.contract import DEFAULT_PATH
from tests.emptying import delete_all
from tests.environment import is_on_postgresql, postgresql_is_missing
from tests.made_once import collect_static_files, made_once, migrate

# The only thing that a machine cannot install for itself: Webex's own description, which is not ours to pass on.
MAY_BE_MISSING = str(DEFAULT_PATH.name)
skipped: list[str] = []

# What PostgreSQL has no say in, though the test has rows: they are made, and read again by their keys or in the order
# that the model gives them, as in hundreds of tests that are run on both.
ALIKE = frozenset(
    {
        # The words, the looks and the HTML that are made of a meeting, its form and one submission.
        *("test_form_html", "test_form_questions", "test_forms", "test_look", "test_preview"),
        *("admin/test_long_select", "admin/test_look", "admin/test_mail_texts", "admin/test_navigation"),
        *("mail/test_attachment", "mail/test_kinds", "mail/test_placeholders", "mail/test_truth"),
        # Doors: how commands tell what the modules behind them did, which have tests of their own.
        *("test_check_webex", "test_demo", "test_import_meeting", "test_progress"),
        # What is made of the answers of Webex, and how long is waited after them. The machine, which is run on both,
        # meets them all in any order, and asks the database whatever the loop asks.
        *("delivery/test_clock", "delivery/test_endings", "delivery/test_preflight", "delivery/test_told"),
        # Eve in her other roles, where she gets less far: she asks for the same pages, and no more.
        "admin/test_eve",
    }
)

# Python looks for rubbish each time that so many more objects were made than unmade: as it comes 700, which a page
# makes dozens of times.
gc.set_threshold(20_000, 20, 20)
# How long an example takes says how busy the machine is.
HypothesisSettings.register_profile("suite", deadline=None)
HypothesisSettings.load_profile("suite")
DatabaseOperations.sql_flush = delete_all  # type: ignore[assignment, method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite leave out what is about PostgreSQL; there what has been run on SQLite and asks nothing else there.

    Skip all, and say why, without a server.
    """
    belongs_here = asks_postgresql if is_on_postgresql else is_of_any_database
    config.hook.pytest_deselected(items=[item for item in items if not belongs_here(item)])
    items[:] = [item for item in items if belongs_here(item)]
    if not is_on_postgresql:
        return
    if reason := postgresql_is_missing():
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Let Python not look through the tests and all that they import for rubbish, over and over."""
    gc.collect()
    gc.freeze()


def is_of_any_database(item: pytest.Item) -> bool:
    """Whether the test is about more than PostgreSQL."""
    return item.get_closest_marker("postgresql") is None


def asks_postgresql(item: pytest.Item) -> bool:
    """Whether the test asks the database anything that no other test does.

    What is seen in a browser does not: the tests of each page ask for all that is on it. The story is told on both.
    Nor does what is listed in ``ALIKE``.
    """
    where = item.path.relative_to(Path(__file__).parent).with_suffix("")
    is_in_browser = where.parts[0] == "browser" and where.name != "test_story"
    is_furthest_eve = "[administrator" in item.name
    is_alike = where.as_posix() in ALIKE and not (where.name == "test_eve" and is_furthest_eve)
    return uses_database(item) and not is_in_browser and not is_alike


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database of the tests; PostgreSQL does not wait for the disk at the end of each transaction.

    Only the machine's own end could tell the difference: tests kill processes, whose transactions are then as
    finished as ever. It holds for the connections of those processes as well.
    """
    if not is_on_postgresql:
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit TO off")
        cursor.execute("SET synchronous_commit TO off")


@pytest.fixture(scope="session")
def _for_all_workers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of this run have together."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def static_root(_for_all_workers: Path) -> Path:
    """The static files as they are in production."""
    return made_once(_for_all_workers / "static-files", collect_static_files)


@pytest.fixture(scope="session")
def migrated(_for_all_workers: Path) -> Path:
    """An SQLite database with every table, for copies of it to be used."""
    return made_once(_for_all_workers / "migrated.sqlite3", migrate)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxServer]:
    """A running Webex sandbox, to which the portal's settings point."""
    with SandboxServer() as server:
        settings.WEBEX_BASE_URL = server.url
        yield server
