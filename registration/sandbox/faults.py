"""Misbehaviour on demand: what a test or a person tells the sandbox to do wrong, and to which calls."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from threading import Lock
from typing import Any

OPERATIONS = frozenset(
    {
        "listMeetings",
        "getMeeting",
        "getRegistration",
        "putRegistration",
        "deleteRegistration",
        "createRegistrant",
        "listRegistrants",
        "bulkInsert",
        "query",
        "getRegistrant",
        "deleteRegistrant",
        "approve",
        "reject",
        "cancel",
        "bulkDelete",
        "accessToken",
    }
)

_TEXTS = ("operation", "retry_after", "body", "content_type", "message")
_SECONDS = ("delay_seconds", "land_after_seconds")
_COUNTS = ("times", "status", "short_by")


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour, for the next `times` calls of `operation` ("*": of any).

    The call fails with `status` before its work is done, or with `after_write` once it is done. A 2xx `status`
    after the work keeps the true answer (202 and 204 are empty). `body` alone is sent with 200. Without any
    answer of its own (only a delay, or rows left out, shuffled or doubled) the work is done and answered.
    `land_after_seconds`: the client is answered (202 unless told otherwise) or dropped at once, and the work
    is done that much later. Wrong values raise `ValueError`.
    """

    operation: str = "*"
    times: int = 1
    after_write: bool = False
    status: int | None = None
    retry_after: str | None = None
    body: str | bytes | None = None
    content_type: str | None = None
    message: str | None = None
    drop: bool = False
    delay_seconds: float = 0.0
    short_by: int = 0
    shuffle: bool = False
    double: bool = False
    land_after_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.operation != "*" and self.operation not in OPERATIONS:
            raise ValueError(f"operation is none of: * {' '.join(sorted(OPERATIONS))}")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status is a number from 200 to 599")
        if self.status is None and (self.message is not None or self.retry_after is not None):
            raise ValueError("message and retry_after need a status")
        if self.times < 1 or self.short_by < 0:
            raise ValueError("times is at least 1, and short_by at least 0")
        if min(self.delay_seconds, self.land_after_seconds or 0) < 0:
            raise ValueError("delay_seconds and land_after_seconds are at least 0")
        if any(mark in f"{self.retry_after}{self.content_type}" for mark in "\r\n"):
            raise ValueError("retry_after and content_type are one line")

    @property
    def has_answer(self) -> bool:
        """Whether the client gets something else than the work's own answer."""
        return self.drop or self.status is not None or self.body is not None

    @classmethod
    def from_json(cls, data: object) -> "Fault":
        """A fault from the JSON of its fields. Raises `ValueError` in words for whoever wrote it."""
        if not isinstance(data, dict):
            raise ValueError("a fault is a JSON object")
        unknown = sorted(data.keys() - {field.name for field in fields(cls)})
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}")
        for name, value in data.items():
            if value is not None and not _is_well_typed(name, value):
                raise ValueError(f"{name} has the wrong type")
        return cls(**{name: value for name, value in data.items() if value is not None})

    def to_json(self) -> dict[str, Any]:
        """The fault's fields as JSON."""
        body = self.body.decode(errors="replace") if isinstance(self.body, bytes) else self.body
        return asdict(self) | {"body": body}


def _is_well_typed(name: str, value: object) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if isinstance(value, bool) or name not in (*_COUNTS, *_SECONDS):
        return isinstance(value, bool) and name not in (*_COUNTS, *_SECONDS)
    return isinstance(value, int) or (name in _SECONDS and isinstance(value, float))


class Faults:
    """The faults that are waiting for their calls, oldest first. Safe for threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()

    def add(self, fault: Fault) -> None:
        """Let the fault strike the next calls it is for."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults that have not struck."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[Fault]:
        """The faults that have not struck, each with the `times` it still has."""
        with self._lock:
            return list(self._waiting)

    def take(self, operation: str) -> Fault | None:
        """The oldest fault for this operation, used up by one; `None` when the call is to go well."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if fault.operation in ("*", operation):
                    if fault.times > 1:
                        self._waiting[index] = replace(fault, times=fault.times - 1)
                    else:
                        del self._waiting[index]
                    return fault
        return None


def spoil_rows(answer: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """The answer with its `items` cut short, shuffled or doubled as the fault says."""
    rows = answer.get("items")
    if not isinstance(rows, list):
        return dict(answer)
    rows = rows[: max(0, len(rows) - fault.short_by)]
    if fault.shuffle:
        # Dealt out the same way each time, so that a test that fails fails again; two rows or more always move.
        rows = rows[1::2] + rows[::2][::-1]
    if fault.double:
        rows = [row for row in rows for _ in range(2)]
    return {**answer, "items": rows}
