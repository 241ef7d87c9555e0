"""The two that are compared: the portal and the bare floor, under gunicorn, and what was measured of each."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.load import Load, Visit, closed_loop, open_loop
from tests.benchmarks.served import Site, served
from tests.benchmarks.surroundings import ROOT, Portal, migrated
from tests.benchmarks.visits import FORM_SECONDS, HOST, Form

CONNECTIONS = 16
ROUND_SECONDS = 1.5
WARM_UP_SECONDS = 1

LOOK, SEND, SIGN_UP = "GET of the form", "POST of 13 fields and 5 answers", "whole sign-up: GET, POST, done"
KINDS = (LOOK, SEND, SIGN_UP)


@dataclass(frozen=True)
class Round:
    """One round of one kind of visit: visits a second, and the server's CPU milliseconds of each."""

    a_second: float
    cpu_milliseconds: float
    load: Load


@dataclass
class Party:
    """One of the two while it is served, and its rounds by kind of visit."""

    site: Site
    form: Form
    rounds: dict[str, list[Round]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def warm_up(self) -> None:
        """Have every worker do everything a few times."""
        self._as_many_as_can_be(SIGN_UP, seconds=WARM_UP_SECONDS)

    def measure(self, kind: str) -> None:
        """One round: as many visits as can be answered. Each must go well."""
        before = self.site.cpu_seconds()
        load = self._as_many_as_can_be(kind, seconds=ROUND_SECONDS)
        cpu_milliseconds = (self.site.cpu_seconds() - before) / load.visits * 1000
        self.rounds[kind].append(Round(load.visits_a_second, cpu_milliseconds, load))

    def a_second(self, kind: str) -> float:
        """Visits in the median round."""
        return statistics.median(each.a_second for each in self.rounds[kind])

    def cpu_milliseconds(self, kind: str) -> float:
        """The server's, of one visit, in the median round."""
        return statistics.median(each.cpu_milliseconds for each in self.rounds[kind])

    def sign_ups_at(self, share: float, *, seconds: float) -> Load:
        """Sign-ups that come evenly, at this share of the most that were carried."""
        a_second = share * self.a_second(SIGN_UP)
        return open_loop(self.site.address, self.form.sign_up, a_second=a_second, seconds=seconds)

    def _as_many_as_can_be(self, kind: str, *, seconds: float) -> Load:
        visits: dict[str, Callable[[], Visit]] = {
            LOOK: self.form.look,
            SEND: self.form.send,
            SIGN_UP: self.form.sign_up,
        }
        load = closed_loop(self.site.address, visits[kind], connections=CONNECTIONS, seconds=seconds)
        assert not load.wrong, f"{kind}: {load.wrong}"
        return load


@dataclass(frozen=True)
class ReadyPortal:
    """A portal with a meeting that people can sign up for, at ``path``."""

    portal: Portal
    path: str

    @contextmanager
    def served(self, flags: Sequence[str]) -> Iterator[Party]:
        """It under gunicorn with these flags."""
        environment = self.portal.environment
        with served(
            "portal.wsgi", environment=environment, flags=flags, database_url=environment["DATABASE_URL"]
        ) as site:
            yield Party(site, Form(site.address, self.path))


def ready_portal(database_url: str, *, static_root: str) -> ReadyPortal:
    """A portal as it is run for real, behind a proxy that speaks TLS; its mails go nowhere.

    ``static_root`` may have its static files already.
    """
    portal = migrated(
        database_url,
        django_settings_module="tests.benchmarks.settings",
        benchmark_static_root=static_root,
        site_url=f"https://{HOST}",
        allowed_hosts=HOST,
        behind_proxy="true",
        email_url="dummymail://",
        form_min_seconds=FORM_SECONDS,
        mails_per_address_per_day=20,
    )
    if not any(Path(static_root).iterdir()):
        portal.run("manage.py", "collectstatic", "--no-input", "--verbosity=0")
    _seconds, meeting = portal.measure("open_meeting")
    return ReadyPortal(portal, meeting["path"])


@contextmanager
def floor_served(database_url: str, *, page_bytes: int, flags: Sequence[str]) -> Iterator[Party]:
    """The bare floor under gunicorn with these flags, its page as heavy as is asked for."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.floor.settings",
        "DATABASE_URL": database_url,
        "FLOOR_PAGE_BYTES": str(page_bytes),
    }
    tables = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"]
    subprocess.run(tables, cwd=ROOT, env=os.environ | environment, check=True)
    with served("tests.benchmarks.floor.wsgi", environment=environment, flags=flags, database_url=database_url) as site:
        yield Party(site, Form(site.address, "/"))
