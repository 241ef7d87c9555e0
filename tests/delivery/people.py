"""People to deliver, and where they are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from registration.accounts import Clients
from registration.flow import pauses
from registration.models import Account, Meeting, Submission
from registration.report import Report
from registration.sandbox.server import SandboxServer
from registration.webex.client import WebexClient
from tests.cast import SubmissionFactory

Push = Callable[..., Report]


class Clock:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead


class OneClient(Clients):
    """The same client for every account."""

    def __init__(self, client: WebexClient) -> None:
        super().__init__()
        self.client = client

    def of(self, account: Account) -> WebexClient:
        return self.client


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


def converge(push: Push, clock: Clock) -> Report:
    """Push until nothing is left, putting the clock past every pause, grace and lease in between."""
    for _ in range(12):
        clock.ahead += timedelta(seconds=settings.WEBEX_LEASE_SECONDS + 1)
        report: Report = push()
        if not report.is_worth_another:
            return report
    raise AssertionError(f"still not done: {report}")


def what_is_paused() -> str:
    """``meeting``, ``account``, both, or nothing."""
    kinds = (Meeting, Account)
    return " ".join(kind._meta.model_name or "" for kind in kinds if kind.objects.filter(paused_at__isnull=False))


def resume() -> None:
    """As staff do with the buttons."""
    by, _ = User.objects.get_or_create(username="resumer")
    pauses.resume_meetings(Meeting.objects.all(), by=by)
    pauses.resume_accounts(Account.objects.all(), by=by)
