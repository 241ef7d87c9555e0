"""Signing up under gunicorn: the portal beside the bare floor, in turns, on both databases."""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.load import Load
from tests.benchmarks.parties import (
    CONNECTIONS,
    Party,
    cpu,
    floor_served,
    portal_served,
    ready_floor,
    ready_portal,
    speed,
    take_turns,
    times,
)
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import ROOT, postgresql_database, sqlite_database
from tests.benchmarks.visits import LOOK, SEND, SIGN_UP, Form

TITLE = f"Signing up, the portal : the bare floor (gunicorn with 2 sync workers, {CONNECTIONS} connections)"

FLAGS = ["--workers", "2"]
ROUNDS = 5
ROUNDS_AS_RECOMMENDED = 3
LEAST_OF_FLOOR = 0.6
MOST_CPU_MILLISECONDS, WHERE_FLOOR_NEEDS = 15, 9
STEADY, STEADY_SECONDS, LONGEST_MILLISECONDS = 0.8, 6, 100
OVERLOAD, OVERLOAD_SECONDS = 2, 4
ANSWERS = 6
"""Of everybody, to five questions: of one they tick two boxes."""


def measure() -> Iterator[Line]:
    """On each database the two in turns, then the portal alone: overloaded, and with the flags of the README."""
    with tempfile.TemporaryDirectory(prefix="registration-bench-static-") as static_root:
        yield from _measure_on("SQLite", sqlite_database, static_root=static_root)
        yield from _measure_on("PostgreSQL", postgresql_database, static_root=static_root)


def _measure_on(name: str, database: Callable[[], AbstractContextManager[str]], *, static_root: str) -> Iterator[Line]:
    with database() as portal_url, database() as floor_url:
        ready = ready_portal(portal_url, static_root=static_root)
        _seconds, meeting = ready.measure("open_meeting")
        bare = ready_floor(floor_url)
        with portal_served(ready, flags=FLAGS) as site:
            portal = Party(site, Form(site.address, meeting["path"]))
            with floor_served(bare, page_bytes=portal.visitors.page_bytes, flags=FLAGS) as floor_site:
                floor = Party(floor_site, Form(floor_site.address, "/"))
                take_turns(portal, floor, rounds=ROUNDS)
                yield from _compared(name, portal, floor)
                yield from _steady(name, portal, floor)
                assert floor.site.rows("floor_signup") == floor.site.rows("floor_mail") == floor.visitors.confirmed
            yield from _overloaded(name, portal)
            yield _kept(name, portal)
        recommended = _recommended_flags()
        with portal_served(ready, flags=recommended) as site:
            portal = Party(site, Form(site.address, meeting["path"]))
            take_turns(portal, rounds=ROUNDS_AS_RECOMMENDED)
            told = ", ".join(f"{portal.a_second(kind):,.0f}" for kind in (LOOK, SEND, SIGN_UP))
            yield Line(f"- GET, POST and whole sign-ups with {' '.join(recommended)}", f"{told} a second")


def _compared(name: str, portal: Party[Form], floor: Party[Form]) -> Iterator[Line]:
    yield Line(
        f"{name}: weight of the form's page", f"{portal.visitors.page_bytes:,} : {floor.visitors.page_bytes:,} bytes"
    )
    for kind in (LOOK, SEND):
        ratio = times(portal, floor, kind, speed)
        yield Line(
            f"{name}: {kind}",
            f"{portal.a_second(kind):,.0f}/s : {floor.a_second(kind):,.0f}/s = {ratio:.2f} ×",
            f"≥ {LEAST_OF_FLOOR} ×",
            ratio >= LEAST_OF_FLOOR,
        )
        yield Line("- server CPU", f"{portal.cpu_milliseconds(kind):.2f} ms : {floor.cpu_milliseconds(kind):.2f} ms")
    yield from _whole(name, portal, floor)


def _whole(name: str, portal: Party[Form], floor: Party[Form]) -> Iterator[Line]:
    yield Line(f"{name}: {SIGN_UP}", f"{portal.a_second(SIGN_UP):,.0f}/s : {floor.a_second(SIGN_UP):,.0f}/s")
    ours, theirs = portal.cpu_milliseconds(SIGN_UP), floor.cpu_milliseconds(SIGN_UP)
    more = times(portal, floor, SIGN_UP, cpu)
    most = MOST_CPU_MILLISECONDS / WHERE_FLOOR_NEEDS
    yield Line(
        "- server CPU", f"{ours:.2f} ms : {theirs:.2f} ms = {more:.2f} ×", f"≤ 15/9 = {most:.2f} ×", more <= most
    )
    loads = [each.load for party in (portal, floor) for each in party.rounds[SIGN_UP]]
    yield Line("- the load generator's share of the machine", f"{_own_share(loads) * 100:.0f} %")


def _steady(name: str, portal: Party[Form], floor: Party[Form]) -> Iterator[Line]:
    load, floor_load = (party.evenly(SIGN_UP, STEADY, seconds=STEADY_SECONDS) for party in (portal, floor))
    longest = load.milliseconds(99)
    yield Line(
        f"{name}: p99, whole sign-ups at {STEADY * 100:.0f} % of the highest load",
        f"{longest:.0f} ms : {floor_load.milliseconds(99):.0f} ms",
        f"< {LONGEST_MILLISECONDS} ms",
        longest < LONGEST_MILLISECONDS and not load.wrong,
    )


def _overloaded(name: str, portal: Party[Form]) -> Iterator[Line]:
    load = portal.evenly(SIGN_UP, OVERLOAD, seconds=OVERLOAD_SECONDS)
    went_wrong = ", ".join(f"{count} × {what}" for what, count in load.wrong.items())
    yield Line(
        f"{name}: errors at {OVERLOAD} × the highest load, for {OVERLOAD_SECONDS} s",
        went_wrong or f"0 of {len(load.latencies):,}",
        "0",
        not load.wrong,
    )
    yield Line("- median and slowest answer", f"{load.milliseconds(50):,.0f} and {load.milliseconds(100):,.0f} ms")


def _kept(name: str, portal: Party[Form]) -> Line:
    submissions, answers, mails = (
        portal.site.rows(f"registration_{table}") for table in ("submission", "answer", "mail")
    )
    assert answers == submissions * ANSWERS, "answers were lost"
    return Line(
        f"{name}: confirmed sign-ups, their rows, mails that wait",
        f"{portal.visitors.confirmed:,}, {submissions:,}, {mails:,}",
        "all the same",
        portal.visitors.confirmed == submissions == mails,
    )


def _own_share(loads: list[Load]) -> float:
    cores = os.cpu_count() or 1
    return sum(load.own_cpu_seconds for load in loads) / sum(load.seconds for load in loads) / cores


def _recommended_flags() -> list[str]:
    """What the README says to serve with."""
    found = re.search(r"gunicorn portal\.wsgi (--[^`]+)`", (ROOT / "README.md").read_text())
    assert found is not None
    return found[1].split()
