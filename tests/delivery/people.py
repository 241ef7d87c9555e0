"""People to deliver, and where they are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from registration.models import Meeting, Submission
from registration.report import Report
from registration.sandbox.server import SandboxServer
from tests.cast import SubmissionFactory

Push = Callable[..., Report]


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead


def approve(meeting: Meeting, count: int, **kwargs: Any) -> list[Submission]:
    people: list[Submission] = SubmissionFactory.create_batch(count, meeting=meeting, approved=True, **kwargs)
    return people


def presences() -> list[str]:
    return list(Submission.objects.order_by("pk").values_list("presence", flat=True))


def emails_at_webex(sandbox: SandboxServer, meeting: Meeting) -> list[str]:
    return sorted(registrant.email for registrant in sandbox.store.registrants(meeting.webex_id))


def everybody(people: list[Submission]) -> list[str]:
    return sorted(person.email_key for person in people)


def calls_of(sandbox: SandboxServer, operation: str) -> list[Any]:
    return [call for call in sandbox.store.calls if call.operation == operation]
