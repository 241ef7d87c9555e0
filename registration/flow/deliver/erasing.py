"""Meetings that are over or cancelled: who asked to be erased is still removed there, and nobody else is touched."""

from dataclasses import replace
from functools import partial

from registration.flow import moves
from registration.flow.deliver.loop import Loop
from registration.flow.deliver.rounds import parameters
from registration.flow.deliver.run import Run, StopMeeting, horizon, rest
from registration.flow.deliver.workers import Workers
from registration.flow.moves import Claim
from registration.flow.moves.erasures import MEETING_GONE
from registration.models import Account, Batch, BatchItem, Meeting, Submission
from registration.models.submission import BEING_ERASED
from registration.states import Presence, Step
from registration.webex.client import WebexClient
from registration.webex.errors import MeetingUnavailable, WebexError

_GONE = (404, 410)


class Erasing(Loop):
    """One account's run over such meetings. Webex's form is not looked at: nobody is to be registered again."""

    def __init__(self, run: Run, account: Account, client: WebexClient, workers: Workers) -> None:
        super().__init__(replace(run, only=run.only & BEING_ERASED), account, client, workers)

    def deliver(self, meeting: Meeting) -> None:
        """Look for the people, remove them, and look whether they are gone. Raises ``StopAccount``.

        Where Webex no longer has the meeting itself, nobody can be registered for it: then they are gone, too.
        """
        self.begin()
        try:
            now = self.run.clock()
            moves.expire(meeting, at=now, look_up_at=now + rest(), latest_due_at=now + horizon())
            if not self.is_due(meeting, Step.LOOK_UP) and not self.is_due(meeting, Step.REMOVE):
                return
            if gone := self._ask_whether_gone(meeting):
                self._let_go(meeting, gone)
                return
            self.share(meeting, Step.LOOK_UP, self.look_up)
            self.share(meeting, Step.REMOVE, partial(self.change, Step.REMOVE))
            self.share(meeting, Step.LOOK_UP, self.look_up)
        except StopMeeting:
            pass

    def is_still_running(self, meeting: Meeting) -> bool:
        """Whether neither the meeting nor the account was paused meanwhile."""
        return self.are_running(Meeting.objects.filter(pk=meeting.pk, paused_at=None))

    def _ask_whether_gone(self, meeting: Meeting) -> MeetingUnavailable | None:
        """Webex's answer that it does not have the meeting; nothing where it has. Raises ``StopMeeting``."""
        if not self.may_go_on():
            raise StopMeeting
        try:
            self.client.get_meeting(meeting.webex_id, **parameters(meeting))
        except WebexError as error:
            if isinstance(error, MeetingUnavailable) and error.http_status in _GONE:
                return error
            self.endings.stop(meeting, error)
        return None

    def _let_go(self, meeting: Meeting, gone: MeetingUnavailable) -> None:
        """Take them for absent, by way of a look-up that stands for all of them."""
        registered = Submission.objects.filter(self.run.only, meeting=meeting, presence=Presence.REGISTERED)
        moves.look_up_again(registered, at=self.run.clock())

        def record(claimed: Claim) -> None:
            absent, at = BatchItem.Outcome.ABSENT, self.run.clock()
            moves.settle(claimed, claimed.pks, to=Presence.ABSENT, outcome=absent, at=at, because=MEETING_GONE)
            self.close(claimed, Batch.Outcome.REFUSED, gone)

        self.share(meeting, Step.LOOK_UP, record)
