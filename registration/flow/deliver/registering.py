"""Registering people, and what follows when Webex refuses a call as a whole."""

from django.utils.translation import gettext as _

from registration.flow import moves
from registration.flow.deliver.rounds import Rounds, StopMeeting, StopRun, emails, lease, parameters
from registration.flow.moves import Claim
from registration.models import Batch, BatchItem, Submission
from registration.registrant import registrant_of
from registration.states import Presence
from registration.webex.errors import Conflict, Rejected, WebexError
from registration.webex.records import RegistrantRow


class Registering(Rounds):
    """``bulkInsert``, halved until the bad rows stand alone, and after a conflict repeated for those who are absent."""

    def register(self, claimed: Claim) -> None:
        """Register the claimed people in one call, and see each of them to an end. Stops as ``Rounds.stop`` says."""
        people = self.ready(claimed, back_to=Presence.ABSENT)
        meeting = claimed.batch.meeting
        registrants = [registrant_of(person, send_email=meeting.send_email) for person in people]
        try:
            answered = self.client.bulk_insert(meeting.webex_id, registrants, **parameters(meeting))
        except Conflict as error:
            self.close(claimed, Batch.Outcome.REFUSED, error)
            self._after_conflict(claimed, people, error)
        except Rejected as error:
            self.close(claimed, Batch.Outcome.REFUSED, error)
            self._after_refusal(claimed, people, error)
        except WebexError as error:
            self.fail(claimed, people, error, back_to=Presence.ABSENT)
        else:
            rows: dict[str, RegistrantRow] = {}
            for row in answered.rows:
                rows.setdefault(row.email_key, row)
            missing = self.record_found(claimed, people, rows)
            self.make_uncertain(claimed, missing)
            self.close(claimed, Batch.Outcome.DONE, http_status=answered.http_status, tracking_id=answered.tracking_id)

    def _after_conflict(self, claimed: Claim, people: list[Submission], conflict: Conflict) -> None:
        """Somebody of the call is at Webex already: record who is, and go on with those who are not."""
        meeting = claimed.batch.meeting
        try:
            rows = self.client.query(meeting.webex_id, emails(people), **parameters(meeting))
        except WebexError as error:
            self.make_uncertain(claimed, people)
            self.stop(meeting, error)
        missing = self.record_found(claimed, people, rows)
        if len(missing) == len(people):
            self._after_refusal(claimed, people, conflict)
        elif missing:
            self._register_again(claimed, [missing])

    def _after_refusal(self, claimed: Claim, people: list[Submission], refusal: WebexError) -> None:
        """Nobody of the call was registered: find those for whose sake Webex refused it, by halving it."""
        self._prove_meeting(claimed, people)
        if len(people) == 1:
            self.settle(claimed, people, Presence.REFUSED, BatchItem.Outcome.REFUSED, refusal=str(_(refusal.words)))
            return
        middle = len(people) // 2
        self._register_again(claimed, [people[:middle], people[middle:]])

    def _register_again(self, claimed: Claim, parts: list[list[Submission]]) -> None:
        while parts:
            part = parts.pop(0)
            if self.is_time_up():
                self.settle(claimed, part, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
                continue
            again = moves.claim_again(claimed, part, at=self.clock(), lease_ends_at=self.clock() + lease())
            if again is None:
                continue
            try:
                self.register(again)
            except (StopMeeting, StopRun):
                for rest in parts:
                    self.settle(claimed, rest, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
                raise

    def _prove_meeting(self, claimed: Claim, people: list[Submission]) -> None:
        """Make sure, once a run, that a refusal is about the people and not about the meeting."""
        meeting = claimed.batch.meeting
        if meeting.pk in self.proven_meetings:
            return
        try:
            self.client.get_registration(meeting.webex_id, **parameters(meeting))
        except WebexError as error:
            self.settle(claimed, people, Presence.ABSENT, BatchItem.Outcome.POSTPONED, counts=False)
            self.stop(meeting, error)
        self.proven_meetings.add(meeting.pk)
