"""What undoing does, as the page before it shows it: to whom, at Webex, by mail, and with places."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from django.utils.functional import Promise

from registration.flow.moving_up import Change, InLine, Next, waits_for_a_person
from registration.flow.places import WITH_PLACE
from registration.models import Mail, Submission
from registration.states import Decision, Step


@dataclass(frozen=True)
class Person:
    """What undoing does to one person."""

    submission: Submission
    to: Decision
    step: Step
    """What the next push does about it at Webex."""
    mail: Mail.Kind | None
    is_mailed_by_webex: bool
    is_called: bool
    """Whether a call about them is under way: what follows at Webex is known when it has ended, and done then."""
    is_asked: bool
    """Whether they are asked to confirm their address, and nothing is decided about them before."""
    note: str
    """The words of the rule that holds them for review again."""
    reason: str
    move: int
    """The primary key of what is undone."""
    withdrawn: tuple[int, ...] = ()
    """The primary keys of the mails that tell of what is undone and are not sent, since nobody has heard of it yet."""
    unheard: Mail.Kind | None = None
    """What those are."""
    turned: Mail.Kind | None = None
    """What such a mail is where it stays, and says how they stand when it is sent: something told them already."""
    heard: Mail.Kind | None = None
    """The mail that has told them of what is undone, where none waits that does: see ``unheard.of``."""

    @property
    def told(self) -> tuple[object, ...]:
        """All that is, or is not, mailed to them."""
        return self.mail, self.is_mailed_by_webex, self.withdrawn, self.turned

    @property
    def had_place(self) -> bool:
        """Whether they have a place of the meeting until it is undone."""
        return self.submission.decision in WITH_PLACE

    @property
    def has_place(self) -> bool:
        """Whether they have one from then on."""
        return self.to in WITH_PLACE

    @property
    def is_sent_anew(self) -> bool:
        """Whether they are removed at Webex only to be registered anew, as they were corrected meanwhile."""
        return self.step is Step.REMOVE and self.to is Decision.APPROVED


@dataclass(frozen=True)
class Plan:
    """What undoing does: to whom, and who is left as they are, with the reason.

    ``moving_up``: who gets a place from the waiting list that is free then.
    """

    people: list[Person]
    left: Mapping[Promise, int]
    moving_up: list[Next]

    @property
    def fingerprint(self) -> str:
        """A digest of all of it, which no other plan has."""
        facts = [
            (p.submission.pk, p.move, p.to, p.step.value, p.is_called, p.is_asked, p.note, *p.told) for p in self.people
        ]
        left = sorted((str(words), n) for words, n in self.left.items())
        moving_up = [(each.pk, each.decision.value, each.mail.value) for each in self.moving_up]
        return sha256(repr((facts, left, moving_up)).encode()).hexdigest()

    @property
    def targets(self) -> Counter[tuple[str, str]]:
        """How many go back, by the decision that they have and the one that they had."""
        return Counter((person.submission.decision, person.to) for person in self.people)

    @property
    def steps(self) -> Counter[Step]:
        """How many of them the next push does what about; those left out of whom that is not known yet.

        Whoever is removed to be registered anew is among the removed: see ``sent_anew``.
        """
        return Counter(person.step for person in self.people if not person.is_called)

    @property
    def sent_anew(self) -> int:
        """How many are removed at Webex and registered anew, since they were corrected."""
        return sum(person.is_sent_anew for person in self.people if not person.is_called)

    @property
    def called(self) -> int:
        """About how many of them a call is under way."""
        return sum(person.is_called for person in self.people)

    @property
    def mails(self) -> Counter[Mail.Kind]:
        """How many mails of each kind the portal writes."""
        return Counter(person.mail for person in self.people if person.mail is not None)

    @property
    def withdrawn(self) -> Counter[Mail.Kind]:
        """To how many a mail of each kind is not sent that still waits."""
        return Counter(person.unheard for person in self.people if person.unheard is not None)

    @property
    def turned(self) -> Counter[Mail.Kind]:
        """To how many a mail of each kind still waits, and says how they stand instead."""
        return Counter(person.turned for person in self.people if person.turned is not None)

    @property
    def misled(self) -> Counter[Mail.Kind]:
        """How many were mailed what is undone, by the kind of mail, and are written nothing."""
        return Counter(
            person.heard
            for person in self.people
            if person.heard is not None
            and person.mail is None
            and person.turned is None
            and not person.is_mailed_by_webex
        )

    @property
    def mailed_by_webex(self) -> int:
        """To how many Webex may write."""
        return sum(person.is_mailed_by_webex for person in self.people)

    @property
    def taking(self) -> Counter[int]:
        """How many have no place and get one, by the primary key of their meeting."""
        return Counter(p.submission.meeting_id for p in self.people if p.has_place and not p.had_place)

    @property
    def freeing(self) -> Counter[int]:
        """How many have a place and lose it, by the primary key of their meeting; where there are only so many."""
        losing = [p.submission.meeting for p in self.people if p.had_place and not p.has_place]
        return Counter(meeting.pk for meeting in losing if meeting.capacity is not None)

    @property
    def held_for_review(self) -> int:
        """How many a rule holds for review again."""
        return sum(bool(person.note) for person in self.people)

    @property
    def asked(self) -> int:
        """How many are asked to confirm their addresses."""
        return sum(person.is_asked for person in self.people)


def freed(people: list[Person]) -> dict[int, Change]:
    """What changes in the places and lines of those meetings where the line moves for it, by their primary key."""
    changes: dict[int, Change] = defaultdict(Change)
    for person in people:
        submission, change = person.submission, changes[person.submission.meeting_id]
        change.taken += person.has_place - person.had_place
        if submission.decision == Decision.WAITLISTED:
            change.leaving.add(submission.pk)
        if person.to is Decision.WAITLISTED and submission.in_line_since is not None:
            waits = person.is_asked or waits_for_a_person(submission)
            change.joining.append(InLine(submission.in_line_since, submission.pk, waits))
    moving = {person.submission.meeting_id for person in people if not person.has_place}
    return {pk: change for pk, change in changes.items() if pk in moving}
