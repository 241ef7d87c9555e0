"""What the host does at Webex, and what a test asks."""

from datetime import timedelta
from typing import Any

from registration.models import Meeting, Submission, UnknownRegistrant
from registration.sandbox.rows import Answer, Row
from registration.sandbox.server import SandboxServer
from tests.delivery.people import Clock

PAST_GRACE = timedelta(minutes=2)


class SleepingClock(Clock):
    """A clock that a sleep puts forward. ``slept``: the sleeps, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += timedelta(seconds=seconds)


def sign_up_at_webex(sandbox: SandboxServer, meeting: Meeting, email: str, *answers: Answer, **fields: Any) -> str:
    """Somebody registers on Webex's own page. Returns their registrant id."""
    row = Row({"firstName": "Eve", "lastName": "Stranger", "email": email.lower(), **fields}, answers)
    return sandbox.store.register(meeting.webex_id, [row])[0].id


def operations(sandbox: SandboxServer) -> list[str]:
    """The calls that Webex got, by name."""
    return [call.operation for call in sandbox.store.calls]


def missing() -> list[str]:
    """The references of those who are missing, in order."""
    return list(Submission.objects.filter(missing_at__isnull=False).order_by("pk").values_list("reference", flat=True))


def unknown() -> list[str]:
    """The addresses of those who are at Webex only, in order."""
    return sorted(UnknownRegistrant.objects.values_list("email", flat=True))


def states(*names: str) -> list[tuple[Any, ...]]:
    """These columns of everybody, in order."""
    return list(Submission.objects.order_by("pk").values_list(*names))
