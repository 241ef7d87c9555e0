"""What every round of the loop is made of: claim, call, record."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from threading import Event
from typing import TypedDict

from django.conf import settings
from django.db.models import Exists, QuerySet
from django.utils.translation import gettext as _

from registration.flow import moves, pauses
from registration.flow.deliver.endings import Endings
from registration.flow.deliver.run import Run, StopAccount, StopMeeting, grace, horizon, lease, rest
from registration.flow.deliver.workers import Workers
from registration.flow.moves import Claim
from registration.models import Account, Batch, BatchItem, Meeting, Submission
from registration.states import Presence, Step
from registration.webex.client import WebexClient
from registration.webex.errors import NotBegun, OutcomeUnknown, WebexError
from registration.webex.records import RegistrantRow

logger = logging.getLogger("registration.deliver")

LONGEST_TURN_WAIT_SECONDS = 65.0
"""For its next turn a run waits so long: a little more than the minute that calls are counted by."""


class Parameters(TypedDict):
    """The query parameters that every call for a meeting must carry, always the same."""

    current: bool
    host_email: str


class Rounds:
    """One account's part of a run: what its rounds share. Several threads work through one meeting at a time."""

    def __init__(self, run: Run, account: Account, client: WebexClient, workers: Workers) -> None:
        self.run = run
        self.account = account
        self.client = client
        self.workers = workers
        self.endings = Endings(run, account, client)
        self.proven_meetings: set[int] = set()
        self.looked_at: set[int] = set()
        self._is_meeting_stopped = Event()
        self._is_account_stopped = Event()

    # --- going on and stopping --------------------------------------------------------------------------------------

    def share(self, meeting: Meeting, step: Step, carry_out: Callable[[Claim], object]) -> None:
        """Claim and carry out the step for the meeting's people, batch after batch, in all threads.

        Raises ``StopMeeting`` or ``StopAccount`` where one of them did; then all have ended.
        """
        first = self._claim(meeting, step) if self.is_due(meeting, step) else None
        if first is None:
            self._raise_if_stopped()
            return

        def work(claimed: Claim | None) -> None:
            try:
                while claimed := claimed or self._claim(meeting, step):
                    carry_out(claimed)
                    claimed = None
            except StopAccount:
                self._is_account_stopped.set()
            except BaseException as error:
                self._is_meeting_stopped.set()
                if not isinstance(error, StopMeeting):
                    raise

        if first.is_full:
            self.workers.share(work, first)
        else:
            work(first)
        self._raise_if_stopped()

    def begin(self) -> None:
        """Begin with another meeting."""
        self._is_meeting_stopped.clear()

    def _raise_if_stopped(self) -> None:
        if self._is_account_stopped.is_set():
            raise StopAccount
        if self._is_meeting_stopped.is_set():
            raise StopMeeting

    def may_go_on(self) -> bool:
        """Wait until a call may begin. Returns whether the run goes on then. Raises as ``share`` does."""
        may_call = self._wait_for_turn(lambda: True)
        self._raise_if_stopped()
        return may_call

    def is_over(self) -> bool:
        """Whether no further call may begin: for the meeting, in the account's name, or in this run."""
        return self._is_meeting_stopped.is_set() or self._is_account_stopped.is_set() or self.run.is_over()

    # --- claim ------------------------------------------------------------------------------------------------------

    def _claim(self, meeting: Meeting, step: Step) -> Claim | None:
        """Take the next people who need the step, when it is the account's turn; nobody where the run is over."""
        is_needed = partial(self.is_due, meeting, step)
        if not self._wait_for_turn(is_needed) or not self.is_still_running(meeting):
            return None
        now = self.run.clock()
        claimed = moves.claim(
            meeting,
            step,
            limit=settings.WEBEX_BATCH_SIZE,
            at=now,
            lease_ends_at=now + lease(),
            latest_due_at=now + horizon(),
            requested_by=self.run.requested_by,
            only=self.run.only,
        )
        if claimed is not None:
            self.run.watch.opened(claimed.batch.pk)
        return claimed

    def is_due(self, meeting: Meeting, step: Step) -> bool:
        """Whether anybody of this run needs the step now."""
        now = self.run.clock()
        return moves.is_due(meeting, step, at=now, latest_due_at=now + horizon(), only=self.run.only)

    def is_still_running(self, meeting: Meeting) -> bool:
        """Whether neither the meeting nor the account was paused meanwhile, by another run, a sync, or a person, nor
        the meeting cancelled.
        """
        return self.are_running(Meeting.objects.filter(pk=meeting.pk, paused_at=None, is_cancelled=False))

    def are_running(self, running: QuerySet[Meeting]) -> bool:
        """Whether there is such a meeting, and the account is not paused."""
        return Account.objects.filter(Exists(running), pk=self.account.pk, paused_at=None).exists()

    def _wait_for_turn(self, is_needed: Callable[[], bool]) -> bool:
        """Wait, before anybody is claimed, until a call may begin. Returns whether the run goes on then.

        Nobody waits for a turn that is not needed, or no longer.
        """
        while not self.is_over():
            seconds = self.client.gate.seconds_until_turn()
            if not seconds:
                return True
            if not is_needed():
                return False
            if seconds > LONGEST_TURN_WAIT_SECONDS or not self.run.has_time_for(seconds):
                self.endings.put_off(seconds)
                self._is_account_stopped.set()
                return False
            self.run.sleep(seconds)
        return False

    # --- call -------------------------------------------------------------------------------------------------------

    def may_leave(self, claimed: Claim) -> bool:
        """Whether the claimed people are still ours to send, and the lease outlasts a call and its grace.

        A process that was held up between its claim and its call must not send whom others may have sent since; nor
        anybody while the form is written to Webex (flow/form_push.py): the ids of their answers may be others by then.
        """
        is_ours = moves.is_ours(claimed, margin_ends_at=self.run.clock() + rest())
        return is_ours and not pauses.is_held(claimed.batch.meeting)

    # --- record -----------------------------------------------------------------------------------------------------

    def record_found(
        self, claimed: Claim, people: list[Submission], rows: Mapping[str, RegistrantRow]
    ) -> list[Submission]:
        """Record those whom Webex holds, matched by e-mail without regard to case; returns the others."""
        found = {person.pk: row for person in people if (row := rows.get(person.webex_key))}
        self._count(Presence.REGISTERED, moves.registered(claimed, found, at=self.run.clock()))
        return [person for person in people if person.pk not in found]

    def make_uncertain(
        self,
        claimed: Claim,
        people: Sequence[Submission],
        *,
        outcome: BatchItem.Outcome = BatchItem.Outcome.UNKNOWN,
        has_failed: bool = False,
    ) -> None:
        """People whose outcome was not seen: they are looked up after the grace, before anything is sent again."""
        now = self.run.clock()
        count = moves.settle(
            claimed,
            _pks(people),
            to=Presence.UNCERTAIN,
            outcome=outcome,
            at=now,
            due_at=now + grace(),
            has_failed=has_failed,
        )
        self._count(Presence.UNCERTAIN, count)

    def look_up_next(self, claimed: Claim, people: Sequence[Submission]) -> None:
        """Have people looked up in this very run: a 204 says nothing of a person."""
        now = self.run.clock()
        unknown = BatchItem.Outcome.UNKNOWN
        moves.settle(claimed, _pks(people), to=Presence.UNCERTAIN, outcome=unknown, at=now, due_at=now)

    def refuse(self, claimed: Claim, person: Submission, words: str) -> None:
        """Webex said no to this person, in these words."""
        refused = BatchItem.Outcome.REFUSED
        at = self.run.clock()
        count = moves.settle(claimed, [person.pk], to=Presence.REFUSED, outcome=refused, at=at, refusal=words)
        self._count(Presence.REFUSED, count)

    def put_back(self, claimed: Claim, people: Sequence[Submission], *, to: Presence) -> None:
        """People who were certainly not sent go back to where they were."""
        moves.settle(claimed, _pks(people), to=to, outcome=BatchItem.Outcome.POSTPONED, at=self.run.clock())

    def fail(self, claimed: Claim, people: Sequence[Submission], error: WebexError, *, back_to: Presence) -> None:
        """A call that failed as a whole: people go back to where they were, or become uncertain.

        Raises ``StopMeeting`` or ``StopAccount``, unless the call was only put off to its next turn.
        """
        if isinstance(error, OutcomeUnknown):
            self.make_uncertain(claimed, people, has_failed=True)
            self.close(claimed, Batch.Outcome.UNKNOWN, error)
        else:
            self.put_back(claimed, people, to=back_to)
            is_refusal = self.endings.is_for_a_person(error)
            self.close(claimed, Batch.Outcome.REFUSED if is_refusal else Batch.Outcome.POSTPONED, error)
        if isinstance(error, NotBegun) and error.retry_after_seconds is not None:
            return
        self.endings.stop(claimed.batch.meeting, error)

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
        self.run.report.count_batch()
        self.endings.count_unknowns(batch.meeting, error)
        if error is not None:
            http_status, tracking_id = error.http_status, error.tracking_id
        words = str(_(error.words)) if error is not None else ""
        at = self.run.clock()
        moves.close(batch, outcome, at=at, http_status=http_status, tracking_id=tracking_id, error=words)
        logger.info(
            "batch=%d meeting=%s action=%s size=%d outcome=%s status=%s tracking_id=%s",
            batch.pk, batch.meeting.slug, batch.action, batch.size, outcome, http_status, tracking_id,
        )  # fmt: skip

    def _count(self, where: Presence, people: int) -> None:
        self.run.report.count(where, people)
        if where is not Presence.UNCERTAIN:
            self.run.watch.settled(people)


def keys(people: Collection[Submission]) -> list[str]:
    """The addresses under which to look the people up."""
    return [person.webex_key for person in people]


def parameters(meeting: Meeting) -> Parameters:
    """The query parameters of every call for the meeting."""
    return {"current": meeting.current, "host_email": meeting.host_email_parameter}


def _pks(people: Sequence[Submission]) -> list[int]:
    return [person.pk for person in people]
