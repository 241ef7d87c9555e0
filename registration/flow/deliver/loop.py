"""All that is due for a meeting, in its order."""

from functools import partial

from django.utils.translation import gettext as _

from registration.flow import moves
from registration.flow.deliver.preflight import Preflight
from registration.flow.deliver.registering import Registering
from registration.flow.deliver.rounds import keys, parameters
from registration.flow.deliver.run import StopMeeting, grace, horizon, rest
from registration.flow.moves import Claim
from registration.models import Batch, Meeting, Submission
from registration.states import CHANGES, Presence, Step
from registration.webex.errors import Conflict, MeetingUnavailable, NotBegun, OutcomeUnknown, Rejected, WebexError


class Loop(Registering):
    """One account's run: looks people up, changes those who are at Webex, verifies it, and registers the others."""

    def deliver(self, meeting: Meeting) -> None:
        """All that is due for one meeting. Raises ``StopAccount``."""
        self.begin()
        try:
            now = self.run.clock()
            moves.expire(meeting, at=now, look_up_at=now + rest(), latest_due_at=now + horizon())
            self.share(meeting, Step.LOOK_UP, self.look_up)
            for step in CHANGES:
                # Who is removed for a correction is to be registered again: where that cannot be, they stay.
                if step is not Step.REMOVE or self._has_looked(meeting, Step.REMOVE):
                    self.share(meeting, step, partial(self.change, step))
            self.share(meeting, Step.LOOK_UP, self.look_up)
            if self._has_looked(meeting, Step.REGISTER):
                self.share(meeting, Step.REGISTER, self.register_all)
        except StopMeeting:
            pass

    def _has_looked(self, meeting: Meeting, step: Step) -> bool:
        """Look at Webex's own form, once a run, if anybody needs the step. Returns whether it may be taken.

        Raises ``StopMeeting``, and pauses the meeting, where people would be refused or lose an answer.
        """
        if meeting.pk in self.looked_at:
            return True
        if not self.is_due(meeting, step) or not self.may_go_on():
            return False
        self.workers.warm()
        Preflight(self.run, self.endings, self.client, self.workers, self.may_go_on).check(meeting)
        self.looked_at.add(meeting.pk)
        return True

    def look_up(self, claimed: Claim) -> None:
        """Ask Webex who of the claimed people is there. Raises ``StopMeeting`` or ``StopAccount``."""
        meeting, people = claimed.batch.meeting, claimed.submissions
        try:
            rows = self.client.query(meeting.webex_id, keys(people), **parameters(meeting))
        except WebexError as error:
            has_failed = isinstance(error, Rejected | OutcomeUnknown)
            moves.postpone(claimed, until=self.run.clock() + grace(), has_failed=has_failed)
            self.close(claimed, Batch.Outcome.POSTPONED, error)
            if has_failed:
                # Somebody among them may be whom Webex cannot answer for; the others of the meeting are not held up.
                self.endings.complain(meeting, error)
                if isinstance(error, Rejected):
                    self.prove_meeting(meeting)
            elif not isinstance(error, NotBegun):
                self.endings.stop(meeting, error)
            return
        missing = self.record_found(claimed, people, rows)
        now = self.run.clock()
        moves.not_found(
            claimed,
            [person.pk for person in missing],
            at=now,
            before=now - grace(),
            again_at=now + grace(),
            left_out_words=_(
                "Webex took the call that was to register them, twice, and has nobody under this address. Look for "
                "them at Webex under another spelling of it; correct the address here, or send them again."
            ),
        )
        self.close(claimed, Batch.Outcome.DONE)

    def change(self, step: Step, claimed: Claim) -> int:
        """Ask Webex to change people's status. Its 204 says nothing of a person, so they are looked up after it.

        Returns for how many Webex refused it. Raises ``StopMeeting`` or ``StopAccount`` as ``Endings.stop`` does.
        """
        meeting, people = claimed.batch.meeting, claimed.submissions
        try:
            self.client.change(
                step.name.lower(),
                meeting.webex_id,
                [person.registrant_id for person in people],
                send_email=meeting.send_email,
                may_leave=lambda: self.may_leave(claimed),
                **parameters(meeting),
            )
        except (Rejected, MeetingUnavailable, Conflict) as error:
            self.close(claimed, Batch.Outcome.REFUSED, error)
            return self._after_refused_change(step, claimed, people, error)
        except WebexError as error:
            self.fail(claimed, people, error, back_to=Presence.REGISTERED)
            return 0
        self.look_up_next(claimed, people)
        self.close(claimed, Batch.Outcome.DONE, http_status=204)
        return 0

    def _after_refused_change(self, step: Step, claimed: Claim, people: list[Submission], refusal: WebexError) -> int:
        """One registrant whom the host removed can make Webex refuse the call for all: find them by halving it.

        For whom it is refused alone the look-up tells whether they are there at all.
        """
        self.prove_meeting_of(claimed, people, back_to=Presence.REGISTERED)
        if len(people) > 1:
            return self.halve(claimed, people, carry_out=partial(self.change, step), back_to=Presence.REGISTERED)
        self.look_up_next(claimed, people)
        self.endings.complain(claimed.batch.meeting, refusal)
        return 1
