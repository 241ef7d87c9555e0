"""What was measured, against what was wanted, on which machine: for people to read, here and in docs/benchmarks.md."""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import django

from tests.benchmarks.surroundings import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Line:
    """One number. ``is_met`` is None where nothing was asked for."""

    what: str
    measured: str
    wanted: str = ""
    is_met: bool | None = None

    @property
    def verdict(self) -> str:
        """Pass, fail or nothing."""
        return {None: "", True: "pass", False: "FAIL"}[self.is_met]

    def __str__(self) -> str:
        return f"{self.what:<62} {self.measured:<34} {self.wanted:<18} {self.verdict}".rstrip()


def machine(postgresql: str) -> str:
    """What the numbers were measured on."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {_gigabytes():.0f} GB, {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, Django {django.get_version()}, PostgreSQL {postgresql}, "
        f"SQLite {sqlite3.sqlite_version}; all processes on this one machine"
    )


def write_page(sections: dict[str, list[Line]], *, machine: str, command: str) -> None:
    """Put the numbers between the two marks in docs/benchmarks.md."""
    rows = [f"Measured on {datetime.now(UTC):%Y-%m-%d} with `{command}` on: {machine}."]
    for title, lines in sections.items():
        rows += ["", f"### {title}", "", *_table(lines)]
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text("\n".join([f"{before}{BEGIN}", *rows, f"{END}{after}"]))


def _table(lines: Iterable[Line]) -> list[str]:
    head = ["| what | measured | wanted | |", "| --- | --- | --- | --- |"]
    return head + [f"| {line.what} | {line.measured} | {line.wanted} | {line.verdict} |" for line in lines]


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _gigabytes() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
