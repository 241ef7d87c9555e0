"""The sandbox in a process of its own, which remembers when each call came in and how it was answered.

``python -m tests.benchmarks.webex LATENCY_SECONDS CALLS_PER_MINUTE`` (0: no limit) prints its address, and at the end
of its standard input one JSON object about the calls.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registration.sandbox.server import SandboxServer
from tests.benchmarks.surroundings import ROOT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@dataclass
class Calls:
    """What the sandbox saw: calls by operation (the end of the path) and HTTP status, and the most in any 60 seconds.

    ``bulk_seconds``: from when the first bulk call came in to when the last was answered.
    """

    answered: dict[str, dict[str, int]] = field(default_factory=dict)
    most_in_a_minute: int = 0
    bulk_seconds: float = 0.0

    def count(self, *operations: str) -> int:
        """How many calls there were, of these operations or of all."""
        chosen = operations or tuple(self.answered)
        return sum(sum(self.answered.get(operation, {}).values()) for operation in chosen)

    @property
    def too_many(self) -> int:
        """How many were answered with 429."""
        return sum(statuses.get("429", 0) for statuses in self.answered.values())


class JournalledSandbox(SandboxServer):
    """A sandbox that keeps, of each call, when it came in, when it was answered, what it was and its HTTP status."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.journal: list[tuple[float, float, str, str]] = []

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began = time.monotonic()

        def note(status: str, *rest: Any) -> Any:
            operation = environ["PATH_INFO"].rpartition("/")[2]
            self.journal.append((began, time.monotonic(), operation, status[:3]))
            return start_response(status, *rest)

        return super()._answer(environ, note)

    def calls(self) -> Calls:
        """All that were answered so far, summed up."""
        answered: dict[str, Counter[str]] = {}
        for _began, _ended, operation, status in self.journal:
            answered.setdefault(operation, Counter())[status] += 1
        times = sorted(began for began, *_ in self.journal)
        bulk = [entry for entry in self.journal if entry[2] == "bulkInsert"]
        return Calls(
            answered={operation: dict(statuses) for operation, statuses in answered.items()},
            most_in_a_minute=_most_within(times, seconds=60),
            bulk_seconds=max(entry[1] for entry in bulk) - min(entry[0] for entry in bulk) if bulk else 0.0,
        )


def _most_within(times: list[float], *, seconds: float) -> int:
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


class Webex:
    """A sandbox process, as the benchmarks see it: its address, and once it has ended what it was asked."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url

    def end(self) -> Calls:
        """End it. Returns what it saw."""
        told, _ = self._process.communicate()
        return Calls(**json.loads(told))


@contextmanager
def webex(*, latency_seconds: float = 0.0, calls_per_minute: int = 0) -> Iterator[Webex]:
    """A sandbox in a process of its own, listening; it ends with the block at the latest."""
    command = [sys.executable, "-m", "tests.benchmarks.webex", str(latency_seconds), str(calls_per_minute)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Webex(process, process.stdout.readline().strip())
        finally:
            process.kill()


def main(latency_seconds: str, calls_per_minute: str) -> None:
    """Serve until the standard input ends."""
    sandbox = JournalledSandbox(
        latency_seconds=float(latency_seconds), rate_limit_per_minute=int(calls_per_minute) or None
    )
    with sandbox:
        sys.stdout.write(f"{sandbox.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
        calls = sandbox.calls()
    sys.stdout.write(json.dumps(vars(calls)))
    sys.stdout.flush()
    # Two hundred thousand registrants need not be taken apart one by one.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
