"""An attendee's own page and a cancellation under gunicorn: the portal beside the bare floor, on both databases."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.parties import (
    CONNECTIONS,
    Party,
    floor_served,
    portal_served,
    ready_floor,
    ready_portal,
    speed,
    take_turns,
    times,
)
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import postgresql_database, sqlite_database
from tests.benchmarks.visits import CANCEL, OWN_PAGE, Owners

TITLE = f"An own page, the portal : the bare floor (gunicorn with 2 sync workers, {CONNECTIONS} connections)"

FLAGS = ["--workers", "2"]
ROUNDS = 5
PEOPLE = 20_000
"""More than can cancel in all rounds."""
LEAST_OF_FLOOR = 0.5


def measure() -> Iterator[Line]:
    """On each database the two in turns."""
    with tempfile.TemporaryDirectory(prefix="registration-bench-static-") as static_root:
        yield from _measure_on("SQLite", sqlite_database, static_root=static_root)
        yield from _measure_on("PostgreSQL", postgresql_database, static_root=static_root)


def _measure_on(name: str, database: Callable[[], AbstractContextManager[str]], *, static_root: str) -> Iterator[Line]:
    with database() as portal_url, database() as floor_url:
        ready = ready_portal(portal_url, static_root=static_root)
        _seconds, owners = ready.measure("owners", PEOPLE)
        bare = ready_floor(floor_url)
        _seconds, told = bare.run("-m", "tests.benchmarks.floor.people", str(PEOPLE))
        with portal_served(ready, flags=FLAGS) as site:
            portal = Party(site, Owners(site.address, owners["paths"]))
            with floor_served(bare, page_bytes=portal.visitors.page_bytes, flags=FLAGS) as floor_site:
                floor = Party(floor_site, Owners(floor_site.address, told.split()))
                take_turns(portal, floor, rounds=ROUNDS)
                assert floor_site.rows("floor_notice") == floor.visitors.cancelled
                assert site.rows("registration_mail") == portal.visitors.cancelled
        yield from _compared(name, portal, floor)


def _compared(name: str, portal: Party[Owners], floor: Party[Owners]) -> Iterator[Line]:
    weights = f"{portal.visitors.page_bytes:,} : {floor.visitors.page_bytes:,} bytes"
    yield Line(f"{name}: weight of the own page", weights)
    for kind in (OWN_PAGE, CANCEL):
        ratio = times(portal, floor, kind, speed)
        yield Line(
            f"{name}: {kind}",
            f"{portal.a_second(kind):,.0f}/s : {floor.a_second(kind):,.0f}/s = {ratio:.2f} ×",
            f"≥ {LEAST_OF_FLOOR} ×",
            ratio >= LEAST_OF_FLOOR,
        )
        yield Line("- server CPU", f"{portal.cpu_milliseconds(kind):.2f} ms : {floor.cpu_milliseconds(kind):.2f} ms")
