"""Against a Webex that answers after 200 ms and takes 300 calls a minute: how near to the ideal, and to an SDK."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from math import ceil
from typing import Any

from registration.sandbox.seed import OPEN_HOUR_ID
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import ROOT, on_postgresql
from tests.benchmarks.webex import Calls, Webex, webex

TITLE = "At Webex's pace: 200 ms a call, 300 calls a minute, batches of 50, 4 calls in flight (PostgreSQL)"

LATENCY_SECONDS = 0.2
CALLS_PER_MINUTE = 300
BATCH_SIZE = 50
CONCURRENCY = 4
PEOPLE = (2_000, 10_000, 30_000)
COMPARED = 10_000
ONE_BY_ONE = 500
MOST_TIMES_IDEAL = 1.2
LEAST_RATIO = 150
LONGEST_SECONDS = 600


def ideal_seconds(people: int, *, further_calls: int = 0) -> float:
    """The shortest time in which anybody could make the bulk calls for so many people, and so many calls besides.

    A call takes the latency. Each begins once fewer than four are in flight and, as the limit is a window of 60 seconds
    that slides, once the call that was 300 before it is 60 seconds old.
    """
    begins: list[float] = []
    for number in range(ceil(people / BATCH_SIZE) + further_calls):
        begin = begins[number - CONCURRENCY] + LATENCY_SECONDS if number >= CONCURRENCY else 0.0
        if number >= CALLS_PER_MINUTE:
            begin = max(begin, begins[number - CALLS_PER_MINUTE] + 60)
        begins.append(begin)
    return begins[-1] + LATENCY_SECONDS


def measure() -> Iterator[Line]:
    """The three sizes, each with a Webex and a database of its own; the SDK runs beside the longest of them."""
    speed = 0.0
    for people in PEOPLE[:-1]:
        pushed, seconds, calls = _push(people)
        yield from _lines(people, pushed, seconds, calls)
        if people == COMPARED:
            speed = people / pushed["seconds"]
    with _sdk() as sdk:
        yield from _lines(PEOPLE[-1], *_push(PEOPLE[-1]))
        told, _ = sdk.communicate()
        assert sdk.returncode == 0, "the SDK did not register everybody"
    one_by_one = ONE_BY_ONE / float(told)
    yield Line(
        f"webexpythonsdk, {ONE_BY_ONE} people one by one, in the same minutes",
        f"{float(told):.1f} s: {one_by_one:.2f} people/s",
    )
    ratio = speed / one_by_one
    yield Line(
        f"people a second, of {COMPARED:,} in bulk to one by one",
        f"{speed:,.0f} : {one_by_one:.2f} = {ratio:.0f} ×",
        f"≥ {LEAST_RATIO} ×",
        ratio >= LEAST_RATIO,
    )


def _push(people: int) -> tuple[dict[str, Any], float, Calls]:
    """Push so many people. Returns what the process measured, the seconds that it took as a whole, and the calls."""
    with webex() as sandbox, on_postgresql(webex_base_url=sandbox.url) as portal:
        # Not from the paced one: the calls of an import minutes ago are none of its business any more.
        portal.import_meeting(OPEN_HOUR_ID)
        portal.measure("approved_people", people)
        with _paced_webex() as paced:
            at_pace = portal.changed(
                webex_base_url=paced.url,
                webex_batch_size=BATCH_SIZE,
                webex_concurrency=CONCURRENCY,
                webex_calls_per_minute=CALLS_PER_MINUTE,
            )
            seconds, pushed = at_pace.measure("push", LONGEST_SECONDS)
            return pushed, seconds, paced.end()


def _lines(people: int, pushed: dict[str, Any], command_seconds: float, calls: Calls) -> Iterator[Line]:
    bulk_calls, others = calls.count("bulkInsert"), calls.count() - calls.count("bulkInsert")
    ideal, ideal_of_bulk = ideal_seconds(people, further_calls=others), ideal_seconds(people)
    times = pushed["seconds"] / ideal
    is_whole = (pushed["exit_status"], pushed["report"]["registered"]) == (0, people)
    yield Line(
        f"{people:,} people, {bulk_calls} + {others} calls, from the push's call to its return",
        f"{pushed['seconds']:.2f} s = {times:.2f} × {ideal:.1f} s",
        f"≤ {MOST_TIMES_IDEAL} × ideal",
        is_whole and times <= MOST_TIMES_IDEAL,
    )
    yield Line(
        f"- by the ideal without the {others} calls of the pre-flight",
        f"{pushed['seconds'] / ideal_of_bulk:.2f} × {ideal_of_bulk:.1f} s",
    )
    yield Line("- of it the bulk calls, as Webex saw them", f"{calls.bulk_seconds:.2f} s")
    yield Line("- the whole command, with the start of Python", f"{command_seconds:.2f} s")
    yield Line("- most calls in any 60 seconds", str(calls.most_in_a_minute))
    yield Line("- answers “429 Too Many Requests”", str(calls.too_many), "0", calls.too_many == 0)


def _paced_webex() -> AbstractContextManager[Webex]:
    return webex(latency_seconds=LATENCY_SECONDS, calls_per_minute=CALLS_PER_MINUTE)


@contextmanager
def _sdk() -> Iterator["subprocess.Popen[str]"]:
    """The SDK at work against a Webex of its own, which is like ours."""
    with _paced_webex() as sandbox:
        command = [sys.executable, "-m", "tests.benchmarks.one_by_one", f"{sandbox.url}/", str(ONE_BY_ONE)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process
            finally:
                process.kill()
