"""Reads back from Webex who is there: approved, pending or rejected, missing, or unknown to us.

It only ever reads at Webex, records what it saw, and pauses what Webex refuses. That somebody is not there makes nobody
absent: it is reported, and a person decides (flow/drift.py).
"""

import time
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from threading import Event

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from registration.accounts import Clients, account_of
from registration.errors import NotConfigured
from registration.flow import pauses, queries
from registration.flow.sync.alarms import Alarm, is_drop
from registration.flow.sync.reading import Reading
from registration.flow.sync.report import Report
from registration.flow.sync.rhythm import in_turn, is_due, next_sync_at
from registration.flow.sync.turns import OutOfTime, Sleep, Turns
from registration.importing import advice
from registration.models import Account, Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import (
    Conflict,
    Forbidden,
    MeetingUnavailable,
    OutcomeUnknown,
    Rejected,
    Unauthorized,
    WebexError,
)

__all__ = ["Report", "is_due", "next_sync_at", "statuses"]

_FOR_A_PERSON = (Forbidden, MeetingUnavailable, Rejected, Conflict)
_MOST_FAILURES = 3
"""So many meetings of an account may get no usable answer before the others are left for a later run."""


def statuses(
    meetings: QuerySet[Meeting],
    *,
    clients: Clients,
    only: Collection[int] | None = None,
    only_due: bool = False,
    seconds: float | None = None,
    clock: Callable[[], datetime] = timezone.now,
    sleep: Sleep | None = None,
    stop: Event | None = None,
) -> Report:
    """Read who is registered for the meetings that are not over, and with which status, and record what changed.

    ``only`` narrows it to these submissions, and ``only_due`` to meetings whose time has come (rhythm.py).
    ``seconds`` bounds the time after which no further call is begun; without it each call waits for its turn. Once
    ``stop`` is set, none is begun either. First come the meetings that have not been tried for longest. A paused
    meeting is read, and those of a paused account are not. An error of one meeting ends in the report and leaves the
    others going; an error of an account leaves the other accounts going.
    """
    ends_at = time.monotonic() + seconds if seconds is not None else None
    run = _Run(clients, only, ends_at, clock, sleep, stop)
    for meeting in in_turn(queries.deliverable_meetings(meetings, at=clock()), at=clock()):
        if only_due and not is_due(meeting, at=clock()):
            continue
        try:
            run.read(meeting)
        except OutOfTime:
            run.report.complain(_("There was not enough time for everybody: run the sync again."))
            break
    return run.report


class _Run:
    """One run over several meetings, and which accounts it has given up."""

    def __init__(
        self,
        clients: Clients,
        only: Collection[int] | None,
        ends_at: float | None,
        clock: Callable[[], datetime],
        sleep: Sleep | None,
        stop: Event | None,
    ) -> None:
        self.report = Report()
        self._clients = clients
        self._only = only
        self._ends_at = ends_at
        self._clock = clock
        self._sleep = sleep
        self._stop = stop
        self._given_up: set[int] = set()
        self._failures = Counter[int]()

    def read(self, meeting: Meeting) -> None:
        """Read one meeting, if its account is not given up. Raises ``OutOfTime``."""
        account = account_of(meeting)
        if account.pk in self._given_up or not self._may_call(account):
            return
        try:
            client = self._clients.of(account)
        except NotConfigured as error:
            self._give_up(account, str(error.words))
            self.report.is_misconfigured = True
            return
        turns = Turns(client.gate, ends_at=self._ends_at, sleep=self._sleep, stop=self._stop)
        turns.raise_if_out_of_time()
        began_at = self._clock()
        if self._only is None:
            Meeting.objects.filter(pk=meeting.pk).update(sync_tried_at=began_at)
        alarm = Alarm(meeting, client=client, turns=turns, clock=self._clock)
        reading = Reading(meeting, client=client, turns=turns, report=self.report, only=self._only, clock=self._clock)
        try:
            is_read = self._is_read(reading, meeting, account, client, turns, alarm)
        finally:
            # Also where the time was up, or a call failed, before everybody was asked for.
            if is_drop(reading.gone, before=reading.before):
                self.report.alarms.append(alarm.raise_about_drop(gone=reading.gone, before=reading.before))
        if is_read and self._only is None:
            Meeting.objects.filter(pk=meeting.pk).update(synced_at=began_at)

    def _is_read(
        self, reading: Reading, meeting: Meeting, account: Account, client: WebexClient, turns: Turns, alarm: Alarm
    ) -> bool:
        """Read, and tell whether the meeting need not be read again soon: it was, or Webex said why it cannot be."""
        try:
            reading.run()
        except WebexError as error:
            # Where nobody was registered yet, there is nobody to be lost.
            words = alarm.raise_if_switched_off(error) if reading.before else ""
            if not words:
                probe = partial(turns, partial(client.list_meetings, max=1))
                self._note(error, meeting, account, probe)
                return isinstance(error, _FOR_A_PERSON) and not account.is_paused
            self.report.alarms.append(words)
        return True

    def _may_call(self, account: Account) -> bool:
        pauses.lift_if_renewed(account)
        if account.is_paused:
            words = _("%(account)s is paused, and its meetings are not read: %(reason)s")
            self._give_up(account, words % {"account": account, "reason": account.pause_reason})
            self.report.needs_person = True
        return not account.is_paused

    def _note(self, error: WebexError, meeting: Meeting, account: Account, probe: Callable[[], object]) -> None:
        """Write an error down, and decide whether the meeting, and the account's others, are still worth a call."""
        words = f"{meeting}: {advice.with_hint(error)}"
        if pauses.pause_for(error, meeting=meeting, account=account, probe=probe, at=self._clock()):
            self._give_up(account, words)
            self.report.is_misconfigured |= isinstance(error, Unauthorized)
            self.report.needs_person = True
            return
        match error:
            case error if isinstance(error, _FOR_A_PERSON):
                self.report.complain(words)
                self.report.needs_person = True
            case OutcomeUnknown() if self._failures[account.pk] < _MOST_FAILURES - 1:
                self.report.complain(words)
                self._failures[account.pk] += 1
            case _:
                self._give_up(account, words)

    def _give_up(self, account: Account, words: str) -> None:
        self._given_up.add(account.pk)
        self.report.complain(words)
