"""Signing up under gunicorn: the portal beside the bare floor, in turns, on both databases."""

import os
import re
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.load import Load
from tests.benchmarks.parties import CONNECTIONS, KINDS, LOOK, SEND, SIGN_UP, Party, floor_served, ready_portal
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import ROOT, postgresql_database, sqlite_database

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
        with ready.served(FLAGS) as portal:
            with floor_served(floor_url, page_bytes=portal.form.page_bytes, flags=FLAGS) as floor:
                _take_turns(portal, floor, rounds=ROUNDS)
                yield from _compared(name, portal, floor)
                yield from _steady(name, portal, floor)
                assert floor.site.rows("floor_signup") == floor.site.rows("floor_mail") == floor.form.confirmed
            yield from _overloaded(name, portal)
            yield _kept(name, portal)
        recommended = _recommended_flags()
        with ready.served(recommended) as portal:
            _take_turns(portal, rounds=ROUNDS_AS_RECOMMENDED)
            told = ", ".join(f"{portal.a_second(kind):,.0f}" for kind in KINDS)
            yield Line(f"- GET, POST and whole sign-ups with {' '.join(recommended)}", f"{told} a second")


def _take_turns(*parties: Party, rounds: int) -> None:
    for party in parties:
        party.warm_up()
    for _ in range(rounds):
        for kind in KINDS:
            for party in parties:
                party.measure(kind)


def _compared(name: str, portal: Party, floor: Party) -> Iterator[Line]:
    yield Line(f"{name}: weight of the form's page", f"{portal.form.page_bytes:,} : {floor.form.page_bytes:,} bytes")
    for kind in (LOOK, SEND):
        speed = _times([each.a_second for each in portal.rounds[kind]], [each.a_second for each in floor.rounds[kind]])
        yield Line(
            f"{name}: {kind}",
            f"{portal.a_second(kind):,.0f}/s : {floor.a_second(kind):,.0f}/s = {speed:.2f} ×",
            f"≥ {LEAST_OF_FLOOR} ×",
            speed >= LEAST_OF_FLOOR,
        )
        yield Line("- server CPU", f"{portal.cpu_milliseconds(kind):.2f} ms : {floor.cpu_milliseconds(kind):.2f} ms")
    yield from _whole(name, portal, floor)


def _whole(name: str, portal: Party, floor: Party) -> Iterator[Line]:
    yield Line(f"{name}: {SIGN_UP}", f"{portal.a_second(SIGN_UP):,.0f}/s : {floor.a_second(SIGN_UP):,.0f}/s")
    cpu, floor_cpu = portal.cpu_milliseconds(SIGN_UP), floor.cpu_milliseconds(SIGN_UP)
    more = _times(
        [each.cpu_milliseconds for each in portal.rounds[SIGN_UP]],
        [each.cpu_milliseconds for each in floor.rounds[SIGN_UP]],
    )
    most = MOST_CPU_MILLISECONDS / WHERE_FLOOR_NEEDS
    yield Line(
        "- server CPU", f"{cpu:.2f} ms : {floor_cpu:.2f} ms = {more:.2f} ×", f"≤ 15/9 = {most:.2f} ×", more <= most
    )
    loads = [each.load for party in (portal, floor) for each in party.rounds[SIGN_UP]]
    yield Line("- the load generator's share of the machine", f"{_own_share(loads) * 100:.0f} %")


def _steady(name: str, portal: Party, floor: Party) -> Iterator[Line]:
    load, floor_load = (party.sign_ups_at(STEADY, seconds=STEADY_SECONDS) for party in (portal, floor))
    longest = load.milliseconds(99)
    yield Line(
        f"{name}: p99, whole sign-ups at {STEADY * 100:.0f} % of the highest load",
        f"{longest:.0f} ms : {floor_load.milliseconds(99):.0f} ms",
        f"< {LONGEST_MILLISECONDS} ms",
        longest < LONGEST_MILLISECONDS and not load.wrong,
    )


def _overloaded(name: str, portal: Party) -> Iterator[Line]:
    load = portal.sign_ups_at(OVERLOAD, seconds=OVERLOAD_SECONDS)
    went_wrong = ", ".join(f"{count} × {what}" for what, count in load.wrong.items())
    yield Line(
        f"{name}: errors at {OVERLOAD} × the highest load, for {OVERLOAD_SECONDS} s",
        went_wrong or f"0 of {len(load.latencies):,}",
        "0",
        not load.wrong,
    )
    yield Line("- median and slowest answer", f"{load.milliseconds(50):,.0f} and {load.milliseconds(100):,.0f} ms")


def _kept(name: str, portal: Party) -> Line:
    submissions, answers, mails = (
        portal.site.rows(f"registration_{table}") for table in ("submission", "answer", "mail")
    )
    assert answers == submissions * ANSWERS, "answers were lost"
    return Line(
        f"{name}: confirmed sign-ups, their rows, mails that wait",
        f"{portal.form.confirmed:,}, {submissions:,}, {mails:,}",
        "all the same",
        portal.form.confirmed == submissions == mails,
    )


def _times(ours: list[float], theirs: list[float]) -> float:
    """Ours by theirs, in the median round: the machine is as fast for both in one round, if not in the next."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def _own_share(loads: list[Load]) -> float:
    cores = os.cpu_count() or 1
    return sum(load.own_cpu_seconds for load in loads) / sum(load.seconds for load in loads) / cores


def _recommended_flags() -> list[str]:
    """What the README says to serve with."""
    found = re.search(r"gunicorn portal\.wsgi (--[^`]+)`", (ROOT / "README.md").read_text())
    assert found is not None
    return found[1].split()
