"""What each kind of error ends: a person's turn, the meeting, the account, or this run."""

from functools import partial
from threading import Lock
from typing import NoReturn

from django.utils.translation import gettext as _

from registration.flow import pauses
from registration.flow.deliver.run import Run, StopAccount, StopMeeting
from registration.importing import advice
from registration.models import Account, Meeting
from registration.webex.client import WebexClient
from registration.webex.errors import (
    Conflict,
    Forbidden,
    MeetingUnavailable,
    NotBegun,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unauthorized,
    WebexError,
)

# What no repetition helps against: somebody has to put it right, at Webex or here.
_FOR_A_PERSON = (Forbidden, MeetingUnavailable, Rejected, Conflict, Unauthorized)
# The budget: after so many calls in a row without a usable answer, and not all of them about one meeting, the account's
# run is over.
_FAILURES_IN_A_ROW = 3


class Endings:
    """The errors of one account's part of a run. Safe for threads."""

    def __init__(self, run: Run, account: Account, client: WebexClient) -> None:
        self._run = run
        self._account = account
        self._client = client
        self._failures: list[int] = []
        self._lock = Lock()

    @staticmethod
    def is_for_a_person(error: WebexError) -> bool:
        """Whether trying again does not help before a person has done something."""
        return isinstance(error, _FOR_A_PERSON)

    def stop(self, meeting: Meeting, error: WebexError) -> NoReturn:
        """End the meeting's or the account's part of the run, and pause it where only a person can put it right.

        Raises ``StopMeeting`` or ``StopAccount``.
        """
        self.complain(meeting, error)
        self._run.report.is_misconfigured |= isinstance(error, Unauthorized)
        at = self._run.clock()
        probe = partial(self._client.list_meetings, max=1)
        if pauses.pause_for(error, meeting=meeting, account=self._account, probe=probe, at=at):
            raise StopAccount
        match error:
            case Rejected():
                self.pause_meeting(meeting, reason=advice.words(error, host_email=meeting.host_email_parameter))
            case RateLimited():
                self._run.report.wait(error.retry_after_seconds or 0.0)
                raise StopAccount
            case NotBegun(retry_after_seconds=float(seconds)):
                self._run.report.wait(seconds)
        raise StopMeeting

    def pause_meeting(self, meeting: Meeting, *, reason: str) -> NoReturn:
        """Pause the meeting until a person resumes it. Raises ``StopMeeting``."""
        pauses.pause_meeting(meeting, reason=reason, at=self._run.clock())
        self._run.report.needs_person = True
        raise StopMeeting

    def complain(self, meeting: Meeting, error: WebexError) -> None:
        """Report the error. Raises ``StopAccount`` once Webex gave no usable answer too often in a row."""
        is_for_a_person = self.is_for_a_person(error)
        self._run.report.complain(
            f"{meeting}: {advice.with_hint(error)}",
            needs_person=is_for_a_person and not isinstance(error, Unauthorized),
            will_get_further=not is_for_a_person,
        )
        with self._lock:
            if len(self._failures) >= _FAILURES_IN_A_ROW and len(set(self._failures)) > 1:
                raise StopAccount

    def count_unknowns(self, meeting: Meeting, error: WebexError | None) -> None:
        """Count the calls in a row that got no usable answer."""
        is_failure = isinstance(error, OutcomeUnknown | NotSent) and not isinstance(error, NotBegun)
        with self._lock:
            self._failures = [*self._failures, meeting.pk] if is_failure else []

    def put_off(self, seconds: float) -> None:
        """There can be no call in the account's name for so long, which is longer than this run waits."""
        words = _(
            "Webex asked for a pause, or as many calls were made as a minute may have. The next one is made in %d "
            "seconds at the earliest."
        )
        self._run.report.complain(words % max(1, round(seconds)), will_get_further=True)
        self._run.report.wait(seconds)
