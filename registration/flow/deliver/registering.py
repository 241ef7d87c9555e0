"""Registering people, and what follows when Webex refuses a call as a whole."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from registration.flow import moves
from registration.flow.deliver.rounds import Rounds, keys, parameters
from registration.flow.deliver.run import StopAccount, StopMeeting, lease
from registration.flow.moves import Claim
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.registrant import registrant_of
from registration.states import Presence
from registration.webex.errors import Conflict, Rejected, WebexError
from registration.webex.records import RegistrantRow


class Registering(Rounds):
    """``bulkInsert``, halved until the bad rows stand alone, and after a conflict repeated for those who are absent."""

    def register_all(self, claimed: Claim) -> None:
        """Register the claimed people, and pause the meeting where Webex refuses every single one of a whole batch.

        Whatever it is, the next batch would meet it as well.
        """
        refused = self.register(claimed)
        if refused == len(claimed.submissions) == settings.WEBEX_BATCH_SIZE > 1:
            words = _("Webex refused every one of %(count)d people, each with the words on their own page.")
            self.endings.pause_meeting(claimed.batch.meeting, reason=words % {"count": refused})

    def register(self, claimed: Claim) -> int:
        """Register the claimed people in one call, and see each of them to an end. Returns how many Webex refused.

        Raises ``StopMeeting`` or ``StopAccount`` as ``Endings.stop`` does.
        """
        meeting, people = claimed.batch.meeting, claimed.submissions
        registrants = [
            registrant_of(person, answers=claimed.answers[person.pk], send_email=meeting.send_email)
            for person in people
        ]
        try:
            answered = self.client.bulk_insert(
                meeting.webex_id, registrants, may_leave=lambda: self.may_leave(claimed), **parameters(meeting)
            )
        except Conflict as error:
            self.close(claimed, Batch.Outcome.REFUSED, error)
            return self._after_conflict(claimed, people, error)
        except Rejected as error:
            self.close(claimed, Batch.Outcome.REFUSED, error)
            return self._after_refusal(claimed, people, error)
        except WebexError as error:
            self.fail(claimed, people, error, back_to=Presence.ABSENT)
            return 0
        with transaction.atomic():
            missing = self.record_found(claimed, people, matched(people, answered.rows))
            self.make_uncertain(claimed, missing, outcome=BatchItem.Outcome.LEFT_OUT)
            self.close(claimed, Batch.Outcome.DONE, http_status=answered.http_status, tracking_id=answered.tracking_id)
        return 0

    def halve(
        self,
        claimed: Claim,
        people: Sequence[Submission],
        *,
        carry_out: Callable[[Claim], int],
        back_to: Presence,
    ) -> int:
        """Make a refused call again for each half of its people. Returns how many Webex refused in the end."""
        middle = len(people) // 2
        return self._make_again(claimed, [people[:middle], people[middle:]], carry_out=carry_out, back_to=back_to)

    def prove_meeting(self, meeting: Meeting) -> None:
        """Make sure, once a run, that a refusal is about the people and not about the meeting.

        Raises ``StopMeeting`` or ``StopAccount`` where it is.
        """
        if meeting.pk in self.proven_meetings:
            return
        try:
            self.client.get_registration(meeting.webex_id, **parameters(meeting))
        except WebexError as error:
            self.endings.stop(meeting, error)
        self.proven_meetings.add(meeting.pk)

    def prove_meeting_of(self, claimed: Claim, people: Sequence[Submission], *, back_to: Presence) -> None:
        """The same for people whose call was refused: where it is about the meeting, they go back."""
        try:
            self.prove_meeting(claimed.batch.meeting)
        except (StopMeeting, StopAccount):
            self.put_back(claimed, people, to=back_to)
            raise

    def _after_conflict(self, claimed: Claim, people: list[Submission], conflict: Conflict) -> int:
        """Somebody of the call is at Webex already: record who is, and go on with those who are not."""
        meeting = claimed.batch.meeting
        try:
            rows = self.client.query(meeting.webex_id, keys(people), **parameters(meeting))
        except WebexError as error:
            self.make_uncertain(claimed, people)
            self.endings.stop(meeting, error)
        missing = self.record_found(claimed, people, rows)
        if len(missing) == len(people):
            return self._after_refusal(claimed, people, conflict)
        return self._make_again(claimed, [missing], carry_out=self.register, back_to=Presence.ABSENT)

    def _after_refusal(self, claimed: Claim, people: list[Submission], refusal: WebexError) -> int:
        """Nobody of the call was registered: find those for whose sake Webex refused it, by halving it."""
        self.prove_meeting_of(claimed, people, back_to=Presence.ABSENT)
        if len(people) == 1:
            self.refuse(claimed, people[0], str(_(refusal.words)))
            return 1
        return self.halve(claimed, people, carry_out=self.register, back_to=Presence.ABSENT)

    def _make_again(
        self,
        claimed: Claim,
        parts: list[Sequence[Submission]],
        *,
        carry_out: Callable[[Claim], int],
        back_to: Presence,
    ) -> int:
        refused = 0
        while parts:
            part = parts.pop(0)
            if not part:
                continue
            if self.is_over():
                self.put_back(claimed, part, to=back_to)
                continue
            now = self.run.clock()
            again = moves.claim_again(claimed, part, at=now, lease_ends_at=now + lease())
            if again is None:
                continue
            self.run.watch.opened(again.batch.pk)
            try:
                refused += carry_out(again)
            except (StopMeeting, StopAccount):
                for rest in parts:
                    self.put_back(claimed, rest, to=back_to)
                raise
        return refused


def matched(people: Sequence[Submission], rows: Sequence[RegistrantRow]) -> dict[str, RegistrantRow]:
    """The rows of an answer by the address under which each person was sent.

    A row under an address that nobody was sent under is that of the one person who is left over and has its name:
    Webex respelled their address. Whoever is taken for lost would be registered a second time.
    """
    by_key: dict[str, RegistrantRow] = {}
    for row in rows:
        by_key.setdefault(row.email_key, row)
    sent = {person.webex_key: person for person in people}
    left = [person for key, person in sent.items() if key not in by_key]
    strays = [row for key, row in by_key.items() if key not in sent]
    for person in left:
        own = [row for row in strays if _name(row) == _name(person)]
        if len(own) == 1 and sum(_name(other) == _name(person) for other in left) == 1:
            by_key[person.webex_key] = own[0]
    return by_key


def _name(named: Submission | RegistrantRow) -> tuple[str, str]:
    return named.first_name.strip().casefold(), named.last_name.strip().casefold()
