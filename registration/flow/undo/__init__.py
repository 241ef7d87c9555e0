"""Undoing what staff or a rule decided: what it does at Webex and which mails it causes is shown first, then done so.

What is undone is a decision as it was written down: of one person by its ``Move``, of many by an entry of the audit,
with what was decided by the same action about people of other meetings.
Each goes back to the decision that they had before, unless something else was decided since. What an attendee decided,
a cancellation for one, is theirs, and is not undone.

Who was on the waiting list goes back to their old place in it. An offer cannot be made again with the time that it had:
whoever was offered a place is in line again, where the next place is the first one's.

Who had not confirmed their address before they were declined is asked for that again, as whoever signs up now. Whom a
rule held for review is held again.

Who has not heard of what is undone, since the mail that tells of it still waits, never does: it is not sent, and
they are not told again what they know already (flow/unheard.py). Where nobody knows what they know, they are told how
they stand; and so is whoever was mailed what is undone, since it is not so any more: that they are back in review, by
a mail of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registration import audit, mail
from registration.flow import decided_before, moves, moving_up, places, unheard
from registration.flow.decided_before import Last
from registration.flow.moves.locking import chunks, locked
from registration.flow.undo.plan import Person, Plan, freed
from registration.flow.unheard import Waiting
from registration.models import AuditedPerson, AuditEntry, Mail, Move, Submission
from registration.states import UNDO_MOVES, Decision, Presence, Step, WebexStatus, next_step

__all__ = [
    "CHANGED",
    "ERASED",
    "ILLEGAL",
    "UNCONFIRMED",
    "UNDOABLE",
    "Person",
    "Plan",
    "back_to",
    "entry_back",
    "is_by_rule",
    "is_entry_undone",
    "is_move_undone",
    "last_of",
    "last_undoable",
    "move_back",
    "of_entry",
    "of_move",
]

UNDOABLE = frozenset(
    {audit.Action.APPROVED, audit.Action.DECLINED, audit.Action.REOPENED, audit.Action.UNDONE, audit.Action.RELEASED}
)
"""The entries of the audit that are decisions about people."""

CHANGED, ERASED, UNCONFIRMED, ILLEGAL = (
    _("something else was decided since"),
    _("erased"),
    _("the address is not confirmed yet"),
    _("there is no way back"),
)

_TOLD: dict[Decision, Mail.Kind] = {
    Decision.APPROVED: Mail.Kind.APPROVED,
    Decision.DECLINED: Mail.Kind.DECLINED,
    Decision.WAITLISTED: Mail.Kind.WAITLISTED,
}
"""The mail that tells of a decision that holds again. Back in review is news only to whoever was mailed otherwise."""


@dataclass(frozen=True)
class _Decided:
    """A decision as it was written down: by whom, until when, and of each person from what to what."""

    by: frozenset[int | None]
    until: datetime
    states: Mapping[int, tuple[str, str]]


def last_of(submission: Submission) -> Move | None:
    """The decision about the submission that holds, if staff made it and it can be undone."""
    move = last_undoable(submission)
    return move if move is not None and move.by_id is not None else None


def last_undoable(submission: Submission) -> Move | None:
    """The same, if staff or a rule made it."""
    move = submission.moves.filter(subject=Move.Subject.DECISION).select_related("by").first()
    if move is None or submission.erase_asked_at is not None or move.after != submission.decision:
        return None
    if move.by_id is None and not is_by_rule(move):
        return None
    return move if move.before and back_to(move.before) in UNDO_MOVES.get(Decision(submission.decision), ()) else None


def is_by_rule(move: Move) -> bool:
    """Whether a rule decided so. Nobody but a rule gives a reason to approve or decline of its own accord."""
    is_verdict = move.subject == Move.Subject.DECISION and move.after in (Decision.APPROVED, Decision.DECLINED)
    return move.by_id is None and is_verdict and bool(move.reason)


def back_to(before: str) -> Decision:
    """The decision that undoing leads to, by the one that there was before."""
    decision = Decision(before)
    return Decision.WAITLISTED if decision is Decision.OFFERED else decision


def of_move(move: Move, *, at: datetime) -> Plan:
    """What undoing one decision about one person does."""
    return _plan(_of_move(move), at=at)


def of_entry(entry: AuditEntry, people: QuerySet[Submission], *, at: datetime) -> Plan:
    """What undoing an entry of the audit does, to those of its people who are among these."""
    return _plan(_of_entry(entry, people), at=at)


def move_back(move: Move, *, by: User, at: datetime, shown: str) -> Plan | None:
    """Undo one decision about one person. Nothing is done, or returned, where that is not what was ``shown`` any more.

    ``shown`` is the fingerprint of the plan that was.
    """
    return _carry_out(_of_move(move), by=by, at=at, shown=shown)


def entry_back(entry: AuditEntry, people: QuerySet[Submission], *, by: User, at: datetime, shown: str) -> Plan | None:
    """The same for an entry of the audit."""
    return _carry_out(_of_entry(entry, people), by=by, at=at, shown=shown)


def is_move_undone(move: Move, *, by: User) -> bool:
    """Whether ``by`` undid the decision already, and nothing else was decided since."""
    return _is_undone(_of_move(move), by=by)


def is_entry_undone(entry: AuditEntry, people: QuerySet[Submission], *, by: User) -> bool:
    """The same for an entry of the audit: of any of these people."""
    return _is_undone(_of_entry(entry, people), by=by)


def _is_undone(decided: _Decided, *, by: User) -> bool:
    for chunk in chunks(list(decided.states)):
        for pk, each in decided_before.last_of(chunk).items():
            last, (before, after) = each.move, decided.states[pk]
            is_back = before in Decision.values and (last.before, last.after) == (after, back_to(before))
            if is_back and last.by_id == by.pk and last.at >= decided.until:
                return True
    return False


def _of_move(move: Move) -> _Decided:
    return _Decided(frozenset({move.by_id}), move.at, {move.submission_id: (move.before, move.after)})


def _of_entry(entry: AuditEntry, people: QuerySet[Submission]) -> _Decided:
    at_once = AuditedPerson.objects.filter(entry__in=audit.done_at_once(entry))
    rows = at_once.filter(submission__in=people.order_by().values("pk")).order_by("submission")
    states = {pk: (before, after) for pk, before, after in rows.values_list("submission_id", "before", "after")}
    # What a rule decided stays a rule's when staff release it, or have the rules decide about many.
    return _Decided(frozenset({entry.by_id, None}), entry.at, states)


def _carry_out(decided: _Decided, *, by: User, at: datetime, shown: str) -> Plan | None:
    with transaction.atomic():
        for chunk in chunks(sorted(decided.states)):
            list(locked(Submission.objects.filter(pk__in=chunk)).values_list("pk", flat=True))
            unheard.lock(chunk)
        plan = _plan(decided, at=at)
        if plan.fingerprint != shown:
            return None
        groups: dict[tuple[Decision, str], list[Person]] = defaultdict(list)
        for person in plan.people:
            groups[person.to, person.reason].append(person)
        for (to, reason), group in groups.items():
            _move(group, to=to, reason=reason, by=by, at=at)
        _note(plan.people, by=by)
        _hold_for_review(plan.people, at=at)
        _ask([person.submission for person in plan.people if person.is_asked], at=at)
    freed = {p.submission.meeting_id for p in plan.people if not p.has_place}
    places.fill_once_committed(freed, at=at)
    return plan


def _move(group: list[Person], *, to: Decision, reason: str, by: User, at: datetime) -> None:
    pks = [person.submission.pk for person in group]
    for chunk in chunks(pks):
        some = Submission.objects.filter(pk__in=chunk)
        moves.decide(some, to=to, at=at, by=by, reason=reason, is_undo=True, is_noted=False)
    for chunk in chunks([pk for person in group for pk in person.withdrawn]):
        mail.withdraw(chunk)
    told: dict[Mail.Kind, list[int]] = defaultdict(list)
    for person in group:
        if person.mail is not None:
            told[person.mail].append(person.submission.pk)
    for kind, mailed in told.items():
        mail.write_all(mailed, kind, at=at)


def _note(people: list[Person], *, by: User) -> None:
    """Write it down as one deed, wherever each of them went, so that it can be undone as one."""
    before = {person.submission.pk: person.submission.decision for person in people}
    after = {person.submission.pk: person.to.value for person in people}
    of = {person.submission.pk: person.submission.meeting_id for person in people}
    audit.note_people(by, audit.Action.UNDONE, after, before=before, after=after, of=of)


def _hold_for_review(people: list[Person], *, at: datetime) -> None:
    """Have the rules hold those whom they held."""
    by_words: dict[str, list[int]] = defaultdict(list)
    for person in people:
        if person.note:
            by_words[person.note].append(person.submission.pk)
    for words, pks in by_words.items():
        for chunk in chunks(pks):
            moves.hold_for_review(Submission.objects.filter(pk__in=chunk), words=words, at=at)


def _ask(people: list[Submission], *, at: datetime) -> None:
    """Have them confirm their addresses, with as much time for it as whoever signs up for their meetings now."""
    by_hours: dict[int, list[int]] = defaultdict(list)
    for submission in people:
        by_hours[submission.meeting.confirm_hours].append(submission.pk)
    for hours, pks in by_hours.items():
        for chunk in chunks(pks):
            moves.ask_to_confirm(Submission.objects.filter(pk__in=chunk), confirm_by=at + timedelta(hours=hours))


def _plan(decided: _Decided, *, at: datetime) -> Plan:
    people: list[Person] = []
    left: Counter[Promise] = Counter()
    for chunk in chunks(list(decided.states)):
        found = list(Submission.objects.filter(pk__in=chunk).select_related("meeting").order_by("pk"))
        lasts = decided_before.last_of(chunk)
        waiting, told = unheard.of({pk: last.move for pk, last in lasts.items()}, found)
        reasons = decided_before.reasons(pk for pk in chunk if decided.states[pk][0] == Decision.DECLINED)
        unconfirmed = [each.pk for each in found if _is_unconfirmed(each, before=decided.states[each.pk][0], at=at)]
        asked = decided_before.asked_to_confirm([lasts[pk] for pk in unconfirmed if pk in lasts])
        for submission in found:
            before, after = decided.states[submission.pk]
            last = lasts.get(submission.pk)
            if why := _why_not(submission, last.move if last else None, decided, before=before, after=after):
                left[why] += 1
            elif last is not None:
                reason, is_asked = reasons.get(submission.pk, ""), submission.pk in asked
                heard = told.get(submission.pk)
                person = _person(submission, last, before, reason=reason, is_asked=is_asked, heard=heard, at=at)
                people.append(_unheard(person, waiting.get(submission.pk)))
    return Plan(people, left, moving_up.of(freed(people), at=at))


def _why_not(
    submission: Submission, move: Move | None, decided: _Decided, *, before: str, after: str
) -> Promise | None:
    if submission.erase_asked_at is not None:
        return ERASED
    is_the_one = move is not None and (move.before, move.after) == (before, after) and move.by_id in decided.by
    if move is None or not is_the_one or move.at > decided.until or submission.decision != after:
        return CHANGED
    if before not in Decision.values or back_to(before) not in UNDO_MOVES.get(Decision(after), ()):
        return ILLEGAL
    if back_to(before) is Decision.WAITLISTED and submission.in_line_since is None:
        return ILLEGAL
    return UNCONFIRMED if before == Decision.APPROVED and submission.confirm_by is not None else None


def _is_unconfirmed(submission: Submission, *, before: str, at: datetime) -> bool:
    """Whether their meeting would want their address confirmed once they are where they were."""
    is_undecided = before in (Decision.WAITING, Decision.WAITLISTED, Decision.OFFERED)
    is_confirmed = submission.confirmed_at is not None or submission.confirm_by is not None
    return is_undecided and not is_confirmed and submission.meeting.confirms_address and _is_told(submission, at=at)


def _is_told(submission: Submission, *, at: datetime) -> bool:
    """Whether anybody is told of anything any more, them and Webex: their meeting is still to come."""
    return not submission.meeting.is_cancelled and submission.meeting.end_at > at


def _person(
    submission: Submission,
    last: Last,
    before: str,
    *,
    reason: str,
    is_asked: bool,
    heard: Mail.Kind | None,
    at: datetime,
) -> Person:
    to, meeting = back_to(before), submission.meeting
    is_told = _is_told(submission, at=at)
    kind = _TOLD.get(to) if is_told else None
    is_there = submission.presence == Presence.REGISTERED and submission.webex_status == WebexStatus.APPROVED
    is_told_by_us = meeting.is_approval_mailed_by_us or (is_there and _is_settled(submission, to))
    if to is Decision.APPROVED and not is_told_by_us:
        kind = None
    if to is Decision.WAITING and heard is not None and is_told:
        kind = Mail.Kind.BACK_IN_REVIEW
    if is_asked:
        # It says besides how the registration stands.
        kind = Mail.Kind.CONFIRM
    is_pushed = bool(meeting.webex_id) and is_told
    step = _step(submission, to) if is_pushed else Step.NOTHING
    is_called = is_pushed and submission.presence == Presence.SENDING
    # What was called, or may have been, is mailed by Webex as well as what is called then.
    by_webex = (is_called or step is not Step.NOTHING) and meeting.send_email
    note = last.note if to is Decision.WAITING else ""
    return Person(submission, to, step, kind, by_webex, is_called, is_asked, note, reason, last.move.pk, heard=heard)


def _unheard(person: Person, waiting: Waiting | None) -> Person:
    """The same, but that nobody is told of what is undone who has not heard of it, nor again of what they know."""
    if waiting is None:
        return person
    is_told_anew = person.mail is not None
    is_told_by_webex = person.to is Decision.APPROVED and person.is_mailed_by_webex
    if waiting.is_heard or not (is_told_anew or is_told_by_webex or waiting.is_known(person.to)):
        return person if is_told_anew else replace(person, turned=waiting.kind)
    kind = None if waiting.is_known(person.to) and not person.is_asked else person.mail
    return replace(person, mail=kind, withdrawn=waiting.mails, unheard=waiting.kind)


def _is_settled(submission: Submission, to: Decision) -> bool:
    """Whether Webex is not called about it, and so writes nothing."""
    return submission.missing_at is None and _step(submission, to) is Step.NOTHING


def _step(submission: Submission, to: Decision) -> Step:
    """What is to be done about them once the decision holds again. It is newer then than all that Webex told."""
    status = WebexStatus(submission.webex_status) if submission.webex_status else None
    return next_step(
        to,
        Presence(submission.presence),
        status,
        submission.meeting.policy,
        is_decided_since=status is not None,
        is_moved_back=submission.moved_back_at is not None,
        is_corrected=submission.is_corrected,
        is_missing=submission.missing_at is not None,
    )
