"""Whether a stranger can tell by the time that an answer takes whether an address is registered already."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from statistics import median

from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import Portal, on_postgresql, on_sqlite

TITLE = "How long a sign-up of a known address takes, whatever was decided about it, by one of a new address"

MOST_APART = 0.1
SIGN_UPS = 50
"""Of each kind."""


def measure() -> Iterator[Line]:
    """Each way of deciding, on both databases."""
    yield from _compared("PostgreSQL", on_postgresql(sign_ups_per_minute=0))
    yield from _compared("SQLite", on_sqlite(sign_ups_per_minute=0))


def _compared(name: str, surroundings: AbstractContextManager[Portal]) -> Iterator[Line]:
    with surroundings as portal:
        _seconds, told = portal.measure("known_and_new", SIGN_UPS)
    for form, times in told.items():
        new = median(times.pop("new"))
        ratios = [median(known) / new for known in times.values()]
        yield Line(
            f"{name}: {form}",
            f"{min(ratios):.2f} to {max(ratios):.2f} × {new:.1f} ms",
            f"{1 - MOST_APART:g} to {1 + MOST_APART:g} ×",
            all(abs(ratio - 1) <= MOST_APART for ratio in ratios),
        )
