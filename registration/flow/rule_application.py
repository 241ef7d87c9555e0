"""Having a meeting's rules decide about the people who wait for review already, once a person says so."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from registration import audit, mail
from registration.errors import ChangedMeanwhile
from registration.flow import approval, places, ruling, telling
from registration.flow.moves.locking import chunks
from registration.models import Mail, Meeting, Submission
from registration.models.submission import UNCONFIRMED
from registration.rules import Rule, first_match
from registration.states import Decision

_AT_ONCE = 2000
MOST_DECIDED = 10_000
"""So many are decided about at one time: whoever pressed the button waits for it."""

_AUDITED = {Decision.APPROVED: audit.Action.APPROVED, Decision.DECLINED: audit.Action.DECLINED}
_MAILS = {Decision.APPROVED: Mail.Kind.APPROVED, Decision.DECLINED: Mail.Kind.DECLINED}


@dataclass
class Plan:
    """What the rules would make of those who wait for review.

    ``by_rule``: whom each rule decides or holds, with its number in the list. The others are left: ``unmatched`` by any
    rule; ``held`` by the same rule already; ``for_a_person``, who put them back, or the host rejected them;
    ``unconfirmed``, who must confirm their address first; ``decided``, about whom a decision waits to be released.
    ``is_all``: whether nobody else waits who was not looked at. ``holds_decisions``: whether what is decided waits to
    be released.
    """

    by_rule: list[tuple[int, Rule, list[int]]] = field(default_factory=list)
    unmatched: int = 0
    held: int = 0
    for_a_person: int = 0
    unconfirmed: int = 0
    decided: int = 0
    is_all: bool = True
    holds_decisions: bool = False

    @property
    def count(self) -> int:
        """How many would change."""
        return sum(len(pks) for _number, _rule, pks in self.by_rule)

    @property
    def skipped(self) -> int:
        """How many would not."""
        return self.unmatched + self.held + self.for_a_person + self.unconfirmed + self.decided

    def counts(self) -> Counter[str]:
        """How many would change, by the result of the rule."""
        counts: Counter[str] = Counter()
        for _number, rule, pks in self.by_rule:
            counts[rule.result] += len(pks)
        return counts

    @property
    def fingerprint(self) -> str:
        """A digest of what would be done to whom, which no other plan has."""
        digest = sha256(str(self.holds_decisions).encode())
        for number, rule, pks in self.by_rule:
            digest.update(f"{number} {rule} {pks}".encode())
        return digest.hexdigest()


def plan(meeting: Meeting, *, most: int = MOST_DECIDED) -> Plan:
    """What would be done now, to about so many. A few queries for each two thousand people who wait, and one for each
    whom Webex rejected.
    """
    found = Plan(holds_decisions=meeting.holds_decisions)
    followed = ruling.followed(ruling.rules_of(meeting))
    rules = [rule for _number, rule in followed]
    decided: dict[int, list[int]] = {number: [] for number, _rule in followed}
    number_of = {id(rule): number for number, rule in followed}
    waiting = _waiting(meeting)
    found.unconfirmed = waiting.filter(UNCONFIRMED).count()
    found.decided = waiting.exclude(UNCONFIRMED).exclude(held_decision="").count()
    people = waiting.exclude(UNCONFIRMED).filter(held_decision="").order_by("pk")
    for chunk, values in ruling.with_values(people, rules, at_once=_AT_ONCE):
        left = approval.for_a_person(chunk)
        for person, answers in zip(chunk, values, strict=True):
            rule = first_match(rules, answers)
            if person.pk in left:
                found.for_a_person += 1
            elif rule is None:
                found.unmatched += 1
            elif rule.result not in approval.DECISIONS and person.review_note == rule.words:
                found.held += 1
            else:
                decided[number_of[id(rule)]].append(person.pk)
        if sum(map(len, decided.values())) >= most:
            found.is_all = not people.filter(pk__gt=chunk[-1].pk).exists()
            break
    found.by_rule = [(number, rule, decided[number]) for number, rule in followed if decided[number]]
    return found


def apply(meeting: Meeting, *, shown: str, by: User, at: datetime) -> Plan:
    """Do what the plan says, and mail each how they stand. Returns the plan with those alone who changed.

    The decisions are the rules', as if the people signed up now; that ``by`` had them applied is in the audit. Of whom
    something was decided meanwhile is left. ``shown`` is the fingerprint of the plan that was agreed to. Raises
    ``ChangedMeanwhile`` where it is another by now; then nothing has changed.
    """
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)
        agreed = plan(meeting)
        if agreed.fingerprint != shown or meeting.approval != Meeting.Approval.RULES:
            raise ChangedMeanwhile(_("The people who wait, or the rules, have changed meanwhile."))
        done = [
            (number, rule, approval.follow(rule, meeting, Submission.objects.filter(pk__in=pks), at=at))
            for number, rule, pks in agreed.by_rule
        ]
        for number, rule, pks in done:
            to = approval.DECISIONS.get(rule.result, Decision.WAITING)
            decided = _decided(pks, to) if to in _AUDITED else []
            _note(number, pks, to=to, decided=decided, by=by)
            _tell(decided, to=to, at=at)
        # It is for whoever was declined that there may be places now.
        places.fill_once_committed([meeting.pk], at=at)
    agreed.by_rule = [(number, rule, pks) for number, rule, pks in done if pks]
    return agreed


def _waiting(meeting: Meeting) -> QuerySet[Submission]:
    return meeting.submissions.filter(decision=Decision.WAITING, erase_asked_at=None)


def _decided(pks: list[int], to: Decision) -> list[int]:
    """Whose decision is that by now: where decisions are held, nobody's is."""
    found: list[int] = []
    for chunk in chunks(pks):
        found += Submission.objects.filter(pk__in=chunk, decision=to).order_by("pk").values_list("pk", flat=True)
    return found


def _note(number: int, pks: list[int], *, to: Decision, decided: list[int], by: User) -> None:
    words = _("by approval rule %d, for those who waited for review") % number
    before = dict.fromkeys(pks, Decision.WAITING.value)
    if to not in _AUDITED:
        audit.note_people(by, audit.Action.NOTED, pks, before=before, after="held for review", words=words)
        return
    audit.note_people(by, _AUDITED[to], decided, before=before, after=to, words=words)
    held = sorted(set(pks).difference(decided))
    audit.note_people(by, audit.Action.NOTED, held, before=before, after=f"held: {to}", words=words)


def _tell(decided: list[int], *, to: Decision, at: datetime) -> None:
    """As after a review: of an approval those alone to whom Webex does not write."""
    if to in _MAILS:
        told = telling.approvals_of_ours(decided) if to is Decision.APPROVED else decided
        mail.write_all(told, _MAILS[to], at=at)
