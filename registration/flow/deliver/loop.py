"""All that is due for a meeting, in its order."""

from registration.flow import moves
from registration.flow.deliver.registering import Registering
from registration.flow.deliver.rounds import StopMeeting, emails, grace, parameters
from registration.flow.moves import Claim
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.states import CHANGES, Presence, Step
from registration.webex.errors import Conflict, MeetingUnavailable, OutcomeUnknown, Rejected, WebexError


class Loop(Registering):
    """One run: looks people up, changes the status of those who are at Webex, verifies it, and registers the others."""

    def deliver(self, meeting: Meeting) -> None:
        """All that is due for one meeting."""
        try:
            moves.expire(meeting, at=self.clock())
            self._look_up(meeting)
            for step in CHANGES:
                self._change(meeting, step)
            self._look_up(meeting)
            while claimed := self.claim(meeting, Step.REGISTER):
                refused_before, people = self.report.counts[Presence.REFUSED], len(claimed.submissions)
                self.register(claimed)
                if people > 1 and self.report.counts[Presence.REFUSED] - refused_before == people:
                    # Webex refused every single one: whatever it is, the next batch would meet it as well.
                    raise StopMeeting
        except StopMeeting:
            pass

    def _look_up(self, meeting: Meeting) -> None:
        while claimed := self.claim(meeting, Step.LOOK_UP):
            people = claimed.submissions
            try:
                rows = self.client.query(meeting.webex_id, emails(people), **parameters(meeting))
            except (Rejected, OutcomeUnknown) as error:
                # Somebody among them may be whom Webex cannot answer for; the others of the meeting are not held up.
                moves.postpone(claimed, until=self.clock() + grace(), has_failed=True)
                self.close(claimed, Batch.Outcome.POSTPONED, error)
                self.complain(meeting, error)
                return
            except WebexError as error:
                moves.postpone(claimed, until=self.clock() + grace(), has_failed=False)
                self.close(claimed, Batch.Outcome.POSTPONED, error)
                self.stop(meeting, error)
            missing = self.record_found(claimed, people, rows)
            self.settle(claimed, missing, Presence.ABSENT, BatchItem.Outcome.ABSENT)
            self.close(claimed, Batch.Outcome.DONE)

    def _change(self, meeting: Meeting, step: Step) -> None:
        """Ask Webex to change people's status. Its 204 says nothing of a person, so they are looked up after it."""
        while claimed := self.claim(meeting, step):
            people = self.ready(claimed, back_to=Presence.REGISTERED)
            ids = [person.registrant_id for person in people]
            try:
                self.client.change(
                    step.name.lower(), meeting.webex_id, ids, send_email=meeting.send_email, **parameters(meeting)
                )
            except (Rejected, MeetingUnavailable, Conflict) as error:
                # One registrant whom the host removed can make Webex refuse the call: the look-up will tell, and
                # those who wait to be registered are not held up.
                self._verify(claimed, people)
                self.close(claimed, Batch.Outcome.REFUSED, error)
                self.complain(meeting, error)
                return
            except WebexError as error:
                self.fail(claimed, people, error, back_to=Presence.REGISTERED)
            self._verify(claimed, people)
            self.close(claimed, Batch.Outcome.DONE, http_status=204)

    def _verify(self, claimed: Claim, people: list[Submission]) -> None:
        """Have the people looked up next, in this very run."""
        now = self.clock()
        self.settle(claimed, people, Presence.UNCERTAIN, BatchItem.Outcome.UNKNOWN, due_at=now, counts=False)
