"""The delivery loop: brings Webex to what we decided, and never sends anybody whose outcome is unknown.

Level-triggered: it looks at the rows, does what ``next_step`` says, and can be stopped at any line. Each round is
*claim* (a short transaction), *call* (none open), *record* (another). Running it twice, or on ten machines, is safe.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn, TypedDict

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import moves, queries
from registration.flow.moves import Claim
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.registrant import registrant_of
from registration.report import Report
from registration.states import CHANGES, Presence, Step
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

logger = logging.getLogger(__name__)

# What ends the work for one meeting, while the others go on.
_MEETING_ERRORS = (Forbidden, MeetingUnavailable, Rejected, Conflict)
# After so many calls in a row without a usable answer, whatever the meeting, Webex itself is down.
_UNKNOWNS_IN_A_ROW = 3


def push(
    meetings: QuerySet[Meeting],
    *,
    client: WebexClient,
    requested_by: User | None = None,
    only: Collection[int] | None = None,
    seconds: float | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Report:
    """Do for the meetings' people what has to be done at Webex; those over, or unknown to Webex, are passed over.

    ``only`` narrows it to these submissions; ``seconds`` bounds the time after which no further call is begun.
    Webex's errors end in the report, and in the batches, never in an exception.
    """
    report = Report()
    chosen = list(queries.deliverable_meetings(meetings, at=clock()))
    ends_at = clock() + timedelta(seconds=seconds) if seconds is not None else None
    delivery = _Delivery(client, report, requested_by, only, ends_at, clock)
    busy = queries.busy(chosen)
    try:
        for meeting in chosen:
            if meeting.pk in busy:
                delivery.deliver(meeting)
    except _StopRun:
        pass
    report.in_flight = queries.in_flight(chosen).count()
    report.next_due_at = queries.in_flight(chosen).aggregate(at=Min("due_at"))["at"]
    report.left, stuck = queries.left_to_do(chosen)
    if stuck:
        report.needs_person = True
        report.problems.append(
            ngettext(
                "Webex accepted a change of %(count)d person’s status and did not make it. Look at them there.",
                "Webex accepted a change of %(count)d people’s status and did not make it. Look at them there.",
                stuck,
            )
            % {"count": stuck}
        )
    # Last: where nothing was left before, and another run ends at the same time, these are final.
    report.states = queries.people_by_presence(chosen)
    report.counts["left"] = report.states[Presence.ABSENT]
    return report


def pause(report: Report, *, at: datetime) -> float:
    """How many seconds to wait before another push may get further: at least one, and at most a minute."""
    waits = [1.0]
    if report.retry_after_seconds is not None:
        waits.append(report.retry_after_seconds)
    elif report.next_due_at is not None and not report.left:
        waits.append((report.next_due_at - at).total_seconds())
    return min(60.0, max(waits))


class _Parameters(TypedDict):
    """The query parameters that every call for a meeting must carry, always the same."""

    current: bool
    host_email: str


class _StopMeeting(Exception):
    """Nothing more can be done for this meeting in this run."""


class _StopRun(Exception):
    """Nothing more can be done for this account in this run."""


@dataclass
class _Delivery:
    """One run of the loop."""

    client: WebexClient
    report: Report
    requested_by: User | None
    only: Collection[int] | None
    ends_at: datetime | None
    clock: Callable[[], datetime]
    proven_meetings: set[int] = field(default_factory=set)
    unknowns_in_a_row: int = 0

    def deliver(self, meeting: Meeting) -> None:
        """All that is due for one meeting."""
        try:
            moves.expire(meeting, at=self.clock())
            self._look_up(meeting)
            for step in CHANGES:
                self._change(meeting, step)
            self._look_up(meeting)
            while claimed := self._claim(meeting, Step.REGISTER):
                refused_before, people = self.report.counts[Presence.REFUSED], len(claimed.submissions)
                self._register(claimed)
                if people > 1 and self.report.counts[Presence.REFUSED] - refused_before == people:
                    # Webex refused every single one: whatever it is, the next batch would meet it as well.
                    raise _StopMeeting
        except _StopMeeting:
            pass

    # --- look up ------------------------------------------------------------------------------------------------

    def _look_up(self, meeting: Meeting) -> None:
        while claimed := self._claim(meeting, Step.LOOK_UP):
            people = claimed.submissions
            try:
                rows = self.client.query(meeting.webex_id, _emails(people), **_parameters(meeting))
            except (Rejected, OutcomeUnknown) as error:
                # Somebody among them may be whom Webex cannot answer for; the others of the meeting are not held up.
                moves.postpone(claimed, until=self.clock() + _grace(), has_failed=True)
                self._close(claimed, Batch.Outcome.POSTPONED, error)
                self._complain(meeting, error)
                return
            except WebexError as error:
                moves.postpone(claimed, until=self.clock() + _grace(), has_failed=False)
                self._close(claimed, Batch.Outcome.POSTPONED, error)
                self._stop(meeting, error)
            missing = self._record_found(claimed, people, rows)
            self._settle(claimed, missing, Presence.ABSENT, BatchItem.Outcome.ABSENT)
            self._close(claimed, Batch.Outcome.DONE)

    # --- change the status of registered people ---------------------------------------------------------------------

    def _change(self, meeting: Meeting, step: Step) -> None:
        """Ask Webex to change people's status. Its 204 says nothing of a person, so they are looked up after it."""
        while claimed := self._claim(meeting, step):
            people = self._ready(claimed, back_to=Presence.REGISTERED)
            ids = [person.registrant_id for person in people]
            try:
                self.client.change(
                    step.name.lower(), meeting.webex_id, ids, send_email=meeting.send_email, **_parameters(meeting)
                )
            except (Rejected, MeetingUnavailable, Conflict) as error:
                # One registrant whom the host removed can make Webex refuse the call: the look-up will tell, and
                # those who wait to be registered are not held up.
                self._verify(claimed, people)
                self._close(claimed, Batch.Outcome.REFUSED, error)
                self._complain(meeting, error)
                return
            except WebexError as error:
                self._fail(claimed, people, error, back_to=Presence.REGISTERED)
            self._verify(claimed, people)
            self._close(claimed, Batch.Outcome.DONE, http_status=204)

    def _verify(self, claimed: Claim, people: list[Submission]) -> None:
        """Have the people looked up next, in this very run."""
        now = self.clock()
        self._settle(claimed, people, Presence.UNCERTAIN, BatchItem.Outcome.UNKNOWN, due_at=now, counts=False)

    # --- register ---------------------------------------------------------------------------------------------------

    def _register(self, claimed: Claim) -> None:
        people = self._ready(claimed, back_to=Presence.ABSENT)
        meeting = claimed.batch.meeting
        registrants = [registrant_of(person, send_email=meeting.send_email) for person in people]
        try:
            answered = self.client.bulk_insert(meeting.webex_id, registrants, **_parameters(meeting))
        except Conflict as error:
            self._close(claimed, Batch.Outcome.REFUSED, error)
            self._after_conflict(claimed, people, error)
        except Rejected as error:
            self._close(claimed, Batch.Outcome.REFUSED, error)
            self._after_refusal(claimed, people, error)
        except WebexError as error:
            self._fail(claimed, people, error, back_to=Presence.ABSENT)
        else:
            rows: dict[str, RegistrantRow] = {}
            for row in answered.rows:
                rows.setdefault(row.email_key, row)
            missing = self._record_found(claimed, people, rows)
            self._make_uncertain(claimed, missing)
            self._close(claimed, Batch.Outcome.DONE, http_status=answered.http_status, tracking_id=answered.tracking_id)

    def _after_conflict(self, claimed: Claim, people: list[Submission], conflict: Conflict) -> None:
        """Somebody of the call is at Webex already: record who is, and go on with those who are not."""
        meeting = claimed.batch.meeting
        try:
            rows = self.client.query(meeting.webex_id, _emails(people), **_parameters(meeting))
        except WebexError as error:
            self._make_uncertain(claimed, people)
            self._stop(meeting, error)
        missing = self._record_found(claimed, people, rows)
        if len(missing) == len(people):
            self._after_refusal(claimed, people, conflict)
        elif missing:
            self._register_again(claimed, [missing])

    def _after_refusal(self, claimed: Claim, people: list[Submission], refusal: WebexError) -> None:
        """Nobody of the call was registered: find those for whose sake Webex refused it, by halving it."""
        self._prove_meeting(claimed, people)
        if len(people) == 1:
            self._settle(claimed, people, Presence.REFUSED, BatchItem.Outcome.REFUSED, refusal=str(_(refusal.words)))
            return
        middle = len(people) // 2
        self._register_again(claimed, [people[:middle], people[middle:]])

    def _register_again(self, claimed: Claim, parts: list[list[Submission]]) -> None:
        while parts:
            part = parts.pop(0)
            if self._is_time_up():
                self._settle(claimed, part, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
                continue
            again = moves.claim_again(claimed, part, at=self.clock(), lease_ends_at=self.clock() + _lease())
            if again is None:
                continue
            try:
                self._register(again)
            except (_StopMeeting, _StopRun):
                for rest in parts:
                    self._settle(claimed, rest, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
                raise

    def _prove_meeting(self, claimed: Claim, people: list[Submission]) -> None:
        """Make sure, once a run, that a refusal is about the people and not about the meeting."""
        meeting = claimed.batch.meeting
        if meeting.pk in self.proven_meetings:
            return
        try:
            self.client.get_registration(meeting.webex_id, **_parameters(meeting))
        except WebexError as error:
            self._settle(claimed, people, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
            self._stop(meeting, error)
        self.proven_meetings.add(meeting.pk)

    # --- what all of them share -------------------------------------------------------------------------------------

    def _claim(self, meeting: Meeting, step: Step) -> Claim | None:
        if self._is_time_up():
            return None
        now = self.clock()
        return moves.claim(
            meeting,
            step,
            limit=settings.WEBEX_BATCH_SIZE,
            at=now,
            lease_ends_at=now + _lease(),
            requested_by=self.requested_by,
            only=self.only,
        )

    def _is_time_up(self) -> bool:
        if self.ends_at is None or self.clock() < self.ends_at:
            return False
        self.report.will_get_further = True
        return True

    def _ready(self, claimed: Claim, *, back_to: Presence) -> list[Submission]:
        """The people to send, if the lease outlasts a call and its grace; otherwise the meeting waits for another run.

        A process that was held up between its claim and its call must not send whom others may have sent since.
        """
        margin = timedelta(seconds=longest_call_seconds(settings.WEBEX_TIMEOUT_SECONDS)) + _grace()
        people = moves.ready_to_send(claimed, margin_ends_at=self.clock() + margin)
        if people:
            return people
        self._settle(claimed, claimed.submissions, back_to, BatchItem.Outcome.POSTPONED, counts=False)
        self._close(claimed, Batch.Outcome.POSTPONED, http_status=None)
        raise _StopMeeting

    def _record_found(
        self, claimed: Claim, people: list[Submission], rows: dict[str, RegistrantRow]
    ) -> list[Submission]:
        """Record those whom Webex holds, matched by e-mail without regard to case; returns the others."""
        found = {p.pk: row for p in people if (row := rows.get(email_key(p.email)))}
        self.report.counts[Presence.REGISTERED] += moves.registered(claimed, found, at=self.clock())
        return [person for person in people if person.pk not in found]

    def _make_uncertain(self, claimed: Claim, people: Sequence[Submission], *, has_failed: bool = False) -> None:
        due_at = self.clock() + _grace()
        unknown = BatchItem.Outcome.UNKNOWN
        self._settle(claimed, people, Presence.UNCERTAIN, unknown, due_at=due_at, has_failed=has_failed)

    def _settle(
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

    def _fail(self, claimed: Claim, people: list[Submission], error: WebexError, *, back_to: Presence) -> NoReturn:
        """A call that failed as a whole: people go back to where they were, or become uncertain; then stop."""
        if isinstance(error, OutcomeUnknown):
            self._make_uncertain(claimed, people, has_failed=True)
            self._close(claimed, Batch.Outcome.UNKNOWN, error)
        else:
            self._settle(claimed, people, back_to, BatchItem.Outcome.POSTPONED, counts=False)
            is_refusal = isinstance(error, (*_MEETING_ERRORS, Unauthorized))
            self._close(claimed, Batch.Outcome.REFUSED if is_refusal else Batch.Outcome.POSTPONED, error)
        self._stop(claimed.batch.meeting, error)

    def _close(
        self,
        claimed: Claim,
        outcome: Batch.Outcome,
        error: WebexError | None = None,
        *,
        http_status: int | None = 200,
        tracking_id: str = "",
    ) -> None:
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

    def _stop(self, meeting: Meeting, error: WebexError) -> NoReturn:
        """End the meeting, or the whole run, for an error that further calls would meet as well."""
        self._complain(meeting, error)
        if isinstance(error, (*_MEETING_ERRORS, OutcomeUnknown)):
            raise _StopMeeting
        raise _StopRun

    def _complain(self, meeting: Meeting, error: WebexError) -> None:
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
            raise _StopRun


def _emails(people: Sequence[Submission]) -> list[str]:
    return [person.email for person in people]


def _parameters(meeting: Meeting) -> _Parameters:
    return {"current": meeting.current, "host_email": meeting.host_email_parameter}


def _grace() -> timedelta:
    return timedelta(seconds=settings.WEBEX_GRACE_SECONDS)


def _lease() -> timedelta:
    return timedelta(seconds=settings.WEBEX_LEASE_SECONDS)
