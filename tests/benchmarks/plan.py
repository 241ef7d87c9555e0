"""How long it takes to find out that nothing is to be done about a million people."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import Portal, on_postgresql, on_sqlite

TITLE = "A planning pass over 1,000,000 settled submissions in 20 meetings to come"

PEOPLE = 1_000_000


def measure() -> Iterator[Line]:
    """Passes over a million people about whom nothing is to be done, on both databases."""
    yield from _passes("PostgreSQL", on_postgresql(), most_milliseconds=100)
    yield from _passes("SQLite", on_sqlite(), most_milliseconds=250)


def _passes(name: str, surroundings: AbstractContextManager[Portal], *, most_milliseconds: int) -> Iterator[Line]:
    with surroundings as portal:
        portal.measure("settled_people", PEOPLE)
        _seconds, times = portal.measure("plan", PEOPLE)
    pushes, busy = times["pushes"], times["busy"]
    yield Line(
        f"{name}: a push with nothing to do, median of 15",
        f"{pushes['median']:.1f} ms",
        f"< {most_milliseconds} ms",
        pushes["median"] < most_milliseconds,
    )
    yield Line("- the first, and the slowest of all", f"{pushes['first']:.1f} ms, {pushes['slowest']:.1f} ms")
    yield Line("- of these the look for meetings with work, median", f"{busy['median']:.1f} ms")
