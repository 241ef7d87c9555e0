"""The two that are compared: the portal and the bare floor, under gunicorn, and what was measured of each."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from tests.benchmarks.load import Load, Visit, closed_loop, open_loop
from tests.benchmarks.served import Site, served
from tests.benchmarks.surroundings import Portal, migrated
from tests.benchmarks.visits import FORM_SECONDS, HOST

CONNECTIONS = 16
ROUND_SECONDS = 1.5
WARM_UP_SECONDS = 0.5

V = TypeVar("V", bound="Visitors")


class Visitors(Protocol):
    """Those who come to a party: what they may do there, by its name."""

    @property
    def visits(self) -> Mapping[str, Callable[[], Visit]]:
        """A visitor of each kind."""


@dataclass(frozen=True)
class Round:
    """One round of one kind of visit: visits a second, and the server's CPU milliseconds of each."""

    a_second: float
    cpu_milliseconds: float
    load: Load


@dataclass
class Party(Generic[V]):
    """One of the two while it is served, and its rounds by kind of visit."""

    site: Site
    visitors: V
    rounds: dict[str, list[Round]] = field(default_factory=lambda: defaultdict(list))

    def warm_up(self) -> None:
        """Have every worker do everything a few times."""
        for kind in self.visitors.visits:
            self._as_many_as_can_be(kind, seconds=WARM_UP_SECONDS)

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

    def evenly(self, kind: str, share: float, *, seconds: float) -> Load:
        """Visits that come evenly, at this share of the most that were carried."""
        a_second = share * self.a_second(kind)
        return open_loop(self.site.address, self.visitors.visits[kind], a_second=a_second, seconds=seconds)

    def _as_many_as_can_be(self, kind: str, *, seconds: float) -> Load:
        visit = self.visitors.visits[kind]
        load = closed_loop(self.site.address, visit, connections=CONNECTIONS, seconds=seconds)
        assert not load.wrong, f"{kind}: {load.wrong}"
        return load


def portal_served(portal: Portal, *, flags: Sequence[str]) -> AbstractContextManager[Site]:
    """The portal under gunicorn with these flags."""
    environment = portal.environment
    return served("portal.wsgi", environment=environment, flags=flags, database_url=environment["DATABASE_URL"])


def ready_portal(database_url: str, *, static_root: str) -> Portal:
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
    return portal


def ready_floor(database_url: str) -> Portal:
    """The bare floor, with its tables."""
    floor = Portal({"DJANGO_SETTINGS_MODULE": "tests.benchmarks.floor.settings", "DATABASE_URL": database_url})
    floor.run("-m", "django", "migrate", "--run-syncdb", "--verbosity=0")
    return floor


def floor_served(floor: Portal, *, page_bytes: int, flags: Sequence[str]) -> AbstractContextManager[Site]:
    """The bare floor under gunicorn with these flags, its page as heavy as is asked for."""
    environment = floor.environment | {"FLOOR_PAGE_BYTES": str(page_bytes)}
    url = environment["DATABASE_URL"]
    return served("tests.benchmarks.floor.wsgi", environment=environment, flags=flags, database_url=url)


def take_turns(*parties: Party[V], rounds: int) -> None:
    """So many rounds of each kind of visit, each party in turn: the machine is as fast for all in one round."""
    for party in parties:
        party.warm_up()
    for _ in range(rounds):
        for kind in parties[0].visitors.visits:
            for party in parties:
                party.measure(kind)


def times(ours: Party[V], theirs: Party[V], kind: str, measured: Callable[[Round], float]) -> float:
    """Ours by theirs, in the median round."""
    pairs = zip(ours.rounds[kind], theirs.rounds[kind], strict=True)
    return statistics.median(measured(our) / measured(their) for our, their in pairs)


def speed(each: Round) -> float:
    """Visits a second."""
    return each.a_second


def cpu(each: Round) -> float:
    """The server's milliseconds of a visit."""
    return each.cpu_milliseconds
