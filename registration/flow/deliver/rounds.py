"""What every round of the loop is made of: claim, call, record, and stop where further calls would fail as well."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn, TypedDict

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from registration.flow import moves
from registration.flow.moves import Claim
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.report import Report
from registration.states import Presence, Step
from registration.webex.client import WebexClient
from registration.webex.errors import (
    Conflict,
    Forbidden,
    MeetingUnavailable,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    WebexError,
)
from registration.webex.records import RegistrantRow, email_key
from registration.webex.transport import longest_call_seconds

logger = logging.getLogger("registration.deliver")

# What ends the work for one meeting, while the others go on.
_MEETING_ERRORS = (Forbidden, MeetingUnavailable, Rejected, Conflict)
# After so many calls in a row without a usable answer, whatever the meeting, Webex itself is down.
_UNKNOWNS_IN_A_ROW = 3


class Parameters(TypedDict):
    """The query parameters that every call for a meeting must carry, always the same."""

    current: bool
    host_email: str


class StopMeeting(Exception):
    """Nothing more can be done for this meeting in this run."""


class StopRun(Exception):
    """Nothing more can be done for this account in this run."""


@dataclass
class Rounds:
    """One run of the loop: what its rounds share."""

    client: WebexClient
    report: Report
    requested_by: User | None
    only: Collection[int] | None
    ends_at: datetime | None
    clock: Callable[[], datetime]
    proven_meetings: set[int] = field(default_factory=set)
    unknowns_in_a_row: int = 0

    def claim(self, meeting: Meeting, step: Step) -> Claim | None:
        """Take the next people who need the step; nobody when the time is up."""
        if self.is_time_up():
            return None
        now = self.clock()
        return moves.claim(
            meeting,
            step,
            limit=settings.WEBEX_BATCH_SIZE,
            at=now,
            lease_ends_at=now + lease(),
            requested_by=self.requested_by,
            only=self.only,
        )

    def is_time_up(self) -> bool:
        """Whether no further call may begin in this run; another one may go on then."""
        if self.ends_at is None or self.clock() < self.ends_at:
            return False
        self.report.will_get_further = True
        return True

    def ready(self, claimed: Claim, *, back_to: Presence) -> list[Submission]:
        """The people to send, if the lease outlasts a call and its grace; otherwise the meeting waits for another run.

        A process that was held up between its claim and its call must not send whom others may have sent since.
        """
        margin = timedelta(seconds=longest_call_seconds(settings.WEBEX_TIMEOUT_SECONDS)) + grace()
        people = moves.ready_to_send(claimed, margin_ends_at=self.clock() + margin)
        if people:
            return people
        self.settle(claimed, claimed.submissions, back_to, BatchItem.Outcome.POSTPONED, counts=False)
        self.close(claimed, Batch.Outcome.POSTPONED, http_status=None)
        raise StopMeeting

    def record_found(
        self, claimed: Claim, people: list[Submission], rows: dict[str, RegistrantRow]
    ) -> list[Submission]:
        """Record those whom Webex holds, matched by e-mail without regard to case; returns the others."""
        found = {p.pk: row for p in people if (row := rows.get(email_key(p.email)))}
        self.report.counts[Presence.REGISTERED] += moves.registered(claimed, found, at=self.clock())
        return [person for person in people if person.pk not in found]

    def make_uncertain(self, claimed: Claim, people: Sequence[Submission], *, has_failed: bool = False) -> None:
        """People whose outcome was not seen: they are looked up after the grace, before anything is sent again."""
        due_at = self.clock() + grace()
        unknown = BatchItem.Outcome.UNKNOWN
        self.settle(claimed, people, Presence.UNCERTAIN, unknown, due_at=due_at, has_failed=has_failed)

    def settle(
        self,
        claimed: Claim,
        people: Sequence[Submission],
        to: Presence,
        outcome: BatchItem.Outcome,
        *,
        due_at: datetime | None = None,
        refusal: str = "",
        has_failed: bool = False,
        counts: bool = True,
    ) -> None:
        """Record what became of claimed people; with ``counts``, the report tells them under where they are now."""
        pks = [person.pk for person in people]
        count = moves.settle(
            claimed,
            pks,
            to=to,
            outcome=outcome,
            at=self.clock(),
            due_at=due_at,
            refusal=refusal,
            has_failed=has_failed,
        )
        if counts:
            self.report.counts[to] += count

    def fail(self, claimed: Claim, people: list[Submission], error: WebexError, *, back_to: Presence) -> NoReturn:
        """A call that failed as a whole: people go back to where they were, or become uncertain; then stop."""
        if isinstance(error, OutcomeUnknown):
            self.make_uncertain(claimed, people, has_failed=True)
            self.close(claimed, Batch.Outcome.UNKNOWN, error)
        else:
            self.settle(claimed, people, back_to, BatchItem.Outcome.POSTPONED, counts=False)
            is_refusal = isinstance(error, (*_MEETING_ERRORS, Unauthorized))
            self.close(claimed, Batch.Outcome.REFUSED if is_refusal else Batch.Outcome.POSTPONED, error)
        self.stop(claimed.batch.meeting, error)

    def close(
        self,
        claimed: Claim,
        outcome: Batch.Outcome,
        error: WebexError | None = None,
        *,
        http_status: int | None = 200,
        tracking_id: str = "",
    ) -> None:
        """Write down how the batch's call ended, for staff and in the log, which names no person."""
        batch = claimed.batch
        self.report.batches += 1
        if not isinstance(error, OutcomeUnknown):
            self.unknowns_in_a_row = 0
        if error is not None:
            http_status, tracking_id = error.http_status, error.tracking_id
        words = str(_(error.words)) if error is not None else ""
        moves.close(batch, outcome, at=self.clock(), http_status=http_status, tracking_id=tracking_id, error=words)
        logger.info(
            "batch=%d meeting=%s action=%s size=%d outcome=%s status=%s tracking_id=%s",
            batch.pk, batch.meeting.slug, batch.action, batch.size, outcome, http_status, tracking_id,
        )  # fmt: skip

    def stop(self, meeting: Meeting, error: WebexError) -> NoReturn:
        """End the meeting, or the whole run, for an error that further calls would meet as well."""
        self.complain(meeting, error)
        if isinstance(error, (*_MEETING_ERRORS, OutcomeUnknown)):
            raise StopMeeting
        raise StopRun

    def complain(self, meeting: Meeting, error: WebexError) -> None:
        """Report the error. Raises ``StopRun`` once Webex gave no usable answer too often in a row."""
        self.report.problems.append(f"{meeting}: {_(error.words)} {_(error.hint)}")
        match error:
            case Unauthorized():
                self.report.is_misconfigured = True
            case RateLimited():
                self.report.retry_after_seconds = error.retry_after_seconds
            case OutcomeUnknown():
                self.unknowns_in_a_row += 1
        self.report.will_get_further |= not isinstance(error, (*_MEETING_ERRORS, Unauthorized))
        self.report.needs_person |= isinstance(error, _MEETING_ERRORS)
        if self.unknowns_in_a_row >= _UNKNOWNS_IN_A_ROW:
            raise StopRun


def emails(people: Sequence[Submission]) -> list[str]:
    """The people's e-mail addresses."""
    return [person.email for person in people]


def parameters(meeting: Meeting) -> Parameters:
    """The query parameters of every call for the meeting."""
    return {"current": meeting.current, "host_email": meeting.host_email_parameter}


def grace() -> timedelta:
    """How long an unknown outcome rests before it is looked up."""
    return timedelta(seconds=settings.WEBEX_GRACE_SECONDS)


def lease() -> timedelta:
    """How long a call may be under way."""
    return timedelta(seconds=settings.WEBEX_LEASE_SECONDS)
