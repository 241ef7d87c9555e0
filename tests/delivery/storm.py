"""Bad weather over the sandbox: faults at random, all the time."""

import random
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from registration.sandbox.faults import Fault
from registration.sandbox.server import SandboxServer

REFUSAL = "A conflict out of the blue."
_HTML: dict[str, Any] = {"body": "<html>Bad weather</html>", "content_type": "text/html"}
# A call is given up after 1 second, and rests for a grace of 1 second twice: what lands late lands within that.
_LATE_SECONDS = 0.9

WRITE_FAULTS = [
    Fault("bulkInsert", drop=True),
    Fault("bulkInsert", drop=True, after_write=True),
    Fault("bulkInsert", delay_seconds=1.4),  # given up before it was written
    Fault("bulkInsert", delay_seconds=1.4, after_write=True),
    *(Fault("bulkInsert", status=status, after_write=True) for status in (500, 502, 503, 504)),
    *(Fault("bulkInsert", status=status) for status in (500, 503)),
    Fault("bulkInsert", drop=True, land_after_seconds=_LATE_SECONDS),
    Fault("bulkInsert", status=504, land_after_seconds=_LATE_SECONDS),
    Fault("bulkInsert", status=202, land_after_seconds=_LATE_SECONDS),
    Fault("bulkInsert", short_by=1),
    Fault("bulkInsert", short_by=3, shuffle=True),
    Fault("bulkInsert", short_by=100),
    Fault("bulkInsert", shuffle=True),
    Fault("bulkInsert", double=True),
    Fault("bulkInsert", status=200, after_write=True, **_HTML),
    Fault("bulkInsert", status=502, **_HTML),
]
REFUSALS = [
    Fault("bulkInsert", status=409, message=REFUSAL),
    Fault("bulkInsert", status=429, retry_after="1"),
    Fault("bulkInsert", status=423, retry_after="0.5"),
]
READ_FAULTS = [
    Fault("query", drop=True),
    Fault("query", status=503, **_HTML),
    Fault("query", status=429, retry_after="1"),
    Fault("query", shuffle=True, double=True),
    Fault("query", delay_seconds=1.4),
    Fault("query", status=200, **_HTML),
]
FAULTS = [*WRITE_FAULTS, *REFUSALS, *READ_FAULTS]

_CHANGES = ("approve", "reject", "cancel", "bulkDelete")
# Those that take no time.
INSTANT_FAULTS = [
    *(
        Fault(operation, after_write=has_landed, drop=status is None, status=status)
        for operation in ("bulkInsert", *_CHANGES)
        for has_landed in (False, True)
        for status in (None, 503)
    ),
    *(Fault(operation, status=429, retry_after="0") for operation in ("bulkInsert", "query", *_CHANGES)),
    *(Fault("bulkInsert", status=status, after_write=True) for status in (202, 204, 500)),
    *(Fault("bulkInsert", status=status, message="No") for status in (400, 409)),
    Fault("bulkInsert", short_by=1),
    Fault("bulkInsert", shuffle=True, double=True),
    Fault("bulkInsert", status=200, after_write=True, **_HTML),
    Fault("query", status=500),
    Fault("query", status=200, **_HTML),
    Fault("query", status=400),
]


class Storm:
    """While it lasts, faults strike calls at random moments; ``sent`` counts them. Each kind comes as often as others.

    At most one at a time waits for a call of its operation, so that a call that is made anew may well succeed.
    """

    def __init__(self, sandbox: SandboxServer, *, dice: random.Random, mean_seconds: float = 0.25) -> None:
        self.sent = 0
        self._sandbox = sandbox
        self._dice = dice
        self._mean_seconds = mean_seconds
        self._is_over = Event()
        self._thread = Thread(target=self._rage, name="storm")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()
        self._sandbox.faults.clear()

    def _rage(self) -> None:
        deck: list[Fault] = []
        while not self._is_over.wait(self._dice.expovariate(1 / self._mean_seconds)):
            deck = deck or self._dice.sample(FAULTS, len(FAULTS))
            waiting = {fault.operation for fault in self._sandbox.faults.waiting()}
            fault = next((fault for fault in deck if fault.operation not in waiting), None)
            if fault is not None:
                deck.remove(fault)
                self._sandbox.faults.add(fault)
                self.sent += 1
