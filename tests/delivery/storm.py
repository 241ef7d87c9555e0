"""Bad weather over the sandbox: faults at random."""

import random
from threading import Lock
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
    """While it lasts, one in so many calls meets a fault; ``struck`` counts them. Each kind comes as often as others.

    It goes by the calls and not by the clock, which would let a fault wait for every first call after a pause: each
    pause would then be followed by a longer one, until there were hardly any calls.
    """

    def __init__(self, sandbox: SandboxServer, *, dice: random.Random, calls_a_fault: int = 6) -> None:
        self.struck = 0
        self._faults = sandbox.faults
        self._dice = dice
        self._calls_a_fault = calls_a_fault
        self._decks: dict[str, list[Fault]] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._faults.take = self._take  # type: ignore[method-assign]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._faults.take

    def _take(self, operation: str) -> Fault | None:
        with self._lock:
            kinds = [fault for fault in FAULTS if fault.operation == operation]
            if not kinds or self._dice.randrange(self._calls_a_fault):
                return None
            deck = self._decks.setdefault(operation, [])
            if not deck:
                deck += self._dice.sample(kinds, len(kinds))
            self.struck += 1
            return deck.pop()
