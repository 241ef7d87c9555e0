"""How long it takes to export a million people, and how much memory."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

from tests.benchmarks.results import Line
from tests.benchmarks.surroundings import Portal, on_postgresql, on_sqlite

TITLE = "An export of 1,000,000 submissions (100,000 on SQLite), each with an answer"

PEOPLE, PEOPLE_ON_SQLITE = 1_000_000, 100_000
MOST_MEGABYTES = 150


def measure() -> Iterator[Line]:
    """Exports of everybody in both formats, on both databases."""
    yield from _exports("PostgreSQL", on_postgresql(), PEOPLE)
    yield from _exports("SQLite", on_sqlite(), PEOPLE_ON_SQLITE)


def _exports(name: str, surroundings: AbstractContextManager[Portal], people: int) -> Iterator[Line]:
    with surroundings as portal:
        portal.measure("people_to_export", people)
        for what, words in (("export_csv", "CSV"), ("export_xlsx", "XLSX, in the background")):
            _seconds, told = portal.measure(what, people)
            yield Line(
                f"{name}: {words}, {people:,} rows: most memory of the process",
                f"{told['megabytes']:.0f} MB",
                f"< {MOST_MEGABYTES} MB",
                told["megabytes"] < MOST_MEGABYTES,
            )
            took = f"{told['seconds']:.0f} s, {told['rate']:,.0f} rows/s, {told['file_megabytes']:.0f} MB"
            yield Line("- how long it took, and how large the file is", took)
