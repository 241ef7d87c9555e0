"""Against a Webex that answers at once: how many people a second our own side carries, and in how much memory."""

from collections.abc import Iterator
from typing import Any

from registration.sandbox.seed import OPEN_HOUR_ID, PRODUCT_LAUNCH_ID
from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import on_postgresql
from tests.benchmarks.webex import webex

TITLE = "Our own side: no latency, no limit, batches of 100, 4 calls in flight (PostgreSQL)"

SMALL, LARGE = 10_000, 200_000
BATCH_SIZE = 100
LEAST_PER_SECOND = 3_000
MOST_MEGABYTES_MORE = 20
LONGEST_SECONDS = 600


def measure() -> Iterator[Line]:
    """Ten thousand people, two hundred thousand, and ten thousand who each answered five questions."""
    memory: dict[int, float] = {}
    for people in (SMALL, LARGE):
        pushed = _push(people, OPEN_HOUR_ID)
        memory[people] = pushed["megabytes"]
        speed = people / pushed["seconds"]
        yield Line(
            f"{people:,} people through plan, claim, call and record",
            f"{pushed['seconds']:.2f} s: {speed:,.0f} people/s",
            f"≥ {LEAST_PER_SECOND:,} people/s",
            _is_whole(pushed, people) and speed >= LEAST_PER_SECOND,
        )
    more = memory[LARGE] - memory[SMALL]
    yield Line(
        f"memory at its most, for {SMALL:,} and for {LARGE:,}",
        f"{memory[SMALL]:.0f} and {memory[LARGE]:.0f} MB: {more:+.0f} MB",
        f"± {MOST_MEGABYTES_MORE} MB",
        abs(more) <= MOST_MEGABYTES_MORE,
    )
    pushed = _push(SMALL, PRODUCT_LAUNCH_ID)
    assert _is_whole(pushed, SMALL)
    yield Line(
        f"{SMALL:,} people with five answers each",
        f"{pushed['seconds']:.2f} s: {SMALL / pushed['seconds']:,.0f} people/s",
    )


def _push(people: int, webex_id: str) -> dict[str, Any]:
    settings = {"webex_batch_size": BATCH_SIZE, "webex_concurrency": 4, "webex_calls_per_minute": 0}
    with webex() as sandbox, on_postgresql(webex_base_url=sandbox.url, **settings) as portal:
        portal.import_meeting(webex_id)
        portal.measure("approved_people", people)
        _seconds, pushed = portal.measure("push", LONGEST_SECONDS)
        sandbox.end()
    return pushed


def _is_whole(pushed: dict[str, Any], people: int) -> bool:
    return bool((pushed["exit_status"], pushed["report"]["registered"]) == (0, people))
