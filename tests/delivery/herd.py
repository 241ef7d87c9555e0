"""Processes that push side by side, each to be killed in the middle of a batch: ``forked`` is where they come from."""

import json
import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from registration.models import Batch
from tests.delivery.processes import PATIENCE_SECONDS, Processes

COMMAND = ("push_registrations", "--skip-checks", "--until-done", "120")
LONGEST_LIFESPAN = 7


@dataclass(frozen=True)
class Forked:
    """One such process. It is old once it has claimed ``lifespan`` batches; ``notes`` is the file that it writes to."""

    pid: int
    notes: Path
    lifespan: int

    def is_running(self) -> bool:
        """Whether the process is there."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def is_old(self) -> bool:
        """Whether its time has come."""
        return len(self._claimed()) >= self.lifespan

    def kill_at_work(self) -> bool:
        """Kill it, if it has a batch under way. Returns whether it died in the middle of one."""
        if not self._has_batch_under_way():
            return False
        self.kill()
        return self._has_batch_under_way()  # it may have closed its last one just before

    def kill(self) -> None:
        """End it by SIGKILL, if it runs. Returns when it is gone."""
        if self.is_running():
            os.kill(self.pid, signal.SIGKILL)
            self.wait()

    def wait(self) -> int | None:
        """Return when it has ended: its exit status, or nothing where it was killed. Fails where that takes long."""
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while self.is_running():
            assert time.monotonic() < gives_up_at
            time.sleep(0.005)
        ends = [line for line in self._lines() if line.startswith("ended")]
        return int(ends[0].split()[1]) if ends else None

    def _has_batch_under_way(self) -> bool:
        """Whether it has claimed a batch that it has not closed."""
        return Batch.objects.filter(pk__in=self._claimed(), outcome=Batch.Outcome.UNDER_WAY).exists()

    def _claimed(self) -> list[int]:
        """The primary keys of the batches that it has claimed."""
        return [int(line) for line in self._lines() if line.isdecimal()]

    def _lines(self) -> list[str]:
        return self.notes.read_text().splitlines() if self.notes.exists() else []


class Herd:
    """So many runs at once, of which each that ends, or is killed, is followed by another. ``folder`` is for its notes.

    Those that still run are ended at the end of the ``with`` block.
    """

    def __init__(self, running: Processes, folder: Path, *, dice: random.Random) -> None:
        self.dice = dice
        self._mother = running.start("-m", "tests.delivery.forked")
        self._folder = folder
        self._alive: list[Forked] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._alive:
            process.kill()

    def fill_up(self, size: int) -> None:
        """Start as many as are missing."""
        self._alive = [process for process in self._alive if process.is_running()]
        while len(self._alive) < size:
            self._alive.append(self._fork())

    def kill_old(self) -> int:
        """Kill the old ones that have a batch under way. Returns how many died in the middle of one."""
        return sum(process.kill_at_work() for process in self._alive if process.is_old())

    def wait(self) -> set[int | None]:
        """Let all end by themselves. Returns their exit statuses."""
        return {process.wait() for process in self._alive if process.is_running()}

    def _fork(self) -> Forked:
        notes = self._folder / f"notes-{time.monotonic_ns()}.txt"
        orders, pids = self._mother.stdin, self._mother.stdout
        assert orders is not None
        assert pids is not None
        orders.write(json.dumps([str(notes), *COMMAND]).encode() + b"\n")
        orders.flush()
        return Forked(int(pids.readline()), notes, lifespan=self.dice.randint(1, LONGEST_LIFESPAN))
