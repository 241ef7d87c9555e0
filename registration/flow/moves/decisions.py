"""What people decide: about the decision itself, that an address is theirs, and that whom Webex refused goes again.

A decision that is held until staff release it is in moves/holding.py.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from registration import audit, queue
from registration.flow.moves.holding import NOTHING_HELD, drop, may_move
from registration.flow.moves.locking import CHUNK, RESOLUTION, chunks, locked
from registration.models import Move, Submission
from registration.models.inserts import insert
from registration.models.submission import TO_REGISTER
from registration.states import DECISION_MOVES, UNDO_MOVES, Decision, Presence

_NOTED = {
    Decision.APPROVED: audit.Action.APPROVED,
    Decision.DECLINED: audit.Action.DECLINED,
    Decision.WAITING: audit.Action.REOPENED,
}
"""What staff decide. Whom they erase is cancelled first, and noted as erased."""

ENDS_HOLD = (Decision.APPROVED, Decision.DECLINED)
"""The decisions with which a person has looked, or a rule: none holds for review any more."""

ENDS_CONFIRMING = (Decision.DECLINED, Decision.CANCELLED)
"""The decisions after which nobody is asked to confirm their address any more."""


def decide(
    submissions: QuerySet[Submission],
    *,
    to: Decision,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    offer_ends_at: datetime | None = None,
    when: Q | None = None,
    is_undo: bool = False,
    is_noted: bool = True,
) -> list[int]:
    """Move the decision of the submissions, where that is legal, write each change down, and ask for a push.

    Nobody is approved whose address is not confirmed yet, and whoever asked to be erased stays as they are. Whoever is
    put on the waiting list stands last on it. ``offer_ends_at``: until when a place is theirs that is offered.
    ``when`` must hold of them once they are locked: what chose them may be so no more. ``is_undo``: they go back to
    where they were (``UNDO_MOVES``), which on the waiting list is their old place. ``is_noted``: whether the audit is
    told here, and not by the caller, of whose deed this is a part.

    What was held until its release is held no longer, unless it is nobody's decision that they wait for one now, such
    as by a place that becomes free: then what staff decided still stands.

    Returns the primary keys of those that changed; the others already were ``to``, or may not become it.
    """
    changes = _changes(to=to, at=at, reason=reason, offer_ends_at=offer_ends_at)
    if is_undo:
        changes.pop("in_line_since", None)
    origins = [origin for origin, targets in (UNDO_MOVES if is_undo else DECISION_MOVES).items() if to in targets]
    with transaction.atomic():
        movable = locked(submissions).filter(may_move(to=to), when or Q(), decision__in=origins)
        rows = list(movable.values_list("pk", "decision", "meeting", "held_decision"))
        before = {pk: decision for pk, decision, _meeting, _held in rows}
        for chunk in chunks(before):
            Submission.objects.filter(pk__in=chunk).update(**changes)
        still_stands = by is None and to in _UNDECIDED
        drop([pk for pk, _decision, _meeting, held in rows if held and (held == to or not still_stands)])
        Move.objects.bulk_create(
            (
                Move(submission_id=pk, subject=Move.Subject.DECISION, before=old, after=to, at=at, by=by, reason=reason)
                for pk, old in before.items()
            ),
            batch_size=CHUNK // 10,
        )
        meetings = {pk: meeting for pk, _was, meeting, _held in rows}
        if to in _NOTED and is_noted:
            audit.note_people(by, _NOTED[to], before.keys(), before=before, after=to, of=meetings)
        # Last: others who ask for the same meeting may have to wait for this transaction from here on.
        queue.enqueue_push(set(meetings.values()))
    return list(before)


def decide_one(submission: Submission, *, to: Decision, at: datetime, reason: str = "") -> bool:
    """The same for one submission that was read, in fewer statements. Returns whether it changed.

    It does not where that is not legal, and where something else has been decided since it was read.
    """
    before = Decision(submission.decision)
    if to not in DECISION_MOVES[before]:
        return False
    # No savepoint: nobody goes on after an error in here.
    with transaction.atomic(savepoint=False):
        seen = Submission.objects.filter(may_move(to=to), pk=submission.pk, decision=before)
        if not seen.update(**_changes(to=to, at=at, reason=reason, before=before), **NOTHING_HELD):
            return False
        move = Move(
            submission_id=submission.pk,
            subject=Move.Subject.DECISION,
            before=before,
            after=to,
            at=at,
            reason=reason,
        )
        insert([move])
        queue.enqueue_push({submission.meeting_id})
    submission.decision = to
    return True


_UNDECIDED = (Decision.WAITING, Decision.OFFERED)
_ENDED = (Decision.DECLINED, Decision.CANCELLED)


def renew(submissions: QuerySet[Submission], *, at: datetime) -> dict[int, str]:
    """Let what is decided about the submissions count as decided anew, so that Webex is asked for it; ask for a push.

    Whoever asked to be erased stays as they are. Returns what is decided about each of the others, by primary key.
    """
    with transaction.atomic():
        chosen = locked(submissions).filter(erase_asked_at=None)
        rows = list(chosen.values_list("pk", "decision", "meeting"))
        decided = {pk: decision for pk, decision, _meeting in rows}
        for chunk in chunks(decided):
            Submission.objects.filter(pk__in=chunk).update(decided_at=_decided_at(at))
        queue.enqueue_push({meeting for _pk, _decision, meeting in rows})
    return decided


def _decided_at(at: datetime) -> Greatest:
    """Newer than all that we know of Webex, whatever clock that was noted down by."""
    known_at = Coalesce(F("webex_status_at") + RESOLUTION, Value(at))
    return Greatest(Value(at), known_at, output_field=DateTimeField())


def _changes(
    *,
    to: Decision,
    at: datetime,
    reason: str,
    offer_ends_at: datetime | None = None,
    before: Decision | None = None,
) -> dict[str, Any]:
    """What a decision changes of those about whom it is; ``before`` is what was decided, where that is one for all."""
    changes = {
        "decision": to,
        "decided_at": _decided_at(at),
        "decision_reason": reason,
        "offer_ends_at": offer_ends_at,
    }
    if to is Decision.WAITLISTED:
        changes["in_line_since"] = at
    if before is None or before in _ENDED:
        # Who is at Webex no more, and comes back here, is for its host like anybody else.
        is_back = Q(decision__in=_ENDED, presence__in=(Presence.ABSENT, Presence.REFUSED))
        changes["moved_back_at"] = Case(When(is_back, then=None), default=F("moved_back_at"))
    if to in ENDS_CONFIRMING:
        changes["confirm_by"] = None
    if to in ENDS_HOLD:
        # A person has looked. To cancel, and to register again, settles nothing.
        changes["review_note"] = ""
    return changes


def confirm(
    submissions: QuerySet[Submission],
    *,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    when: Q | None = None,
) -> list[int]:
    """Note that the addresses are confirmed, and write it down. Returns the primary keys of those that were not.

    ``when`` as for ``decide``. Whoever asked to be erased stays as they are.
    """
    with transaction.atomic():
        unconfirmed = locked(submissions).filter(when or Q(), confirm_by__isnull=False, erase_asked_at=None)
        pks = list(unconfirmed.values_list("pk", flat=True))
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(confirm_by=None, confirmed_at=at)
        Move.objects.bulk_create(
            (Move(submission_id=pk, subject=Move.Subject.CONFIRMATION, at=at, by=by, reason=reason) for pk in pks),
            batch_size=CHUNK // 10,
        )
        audit.note_people(by, audit.Action.EDITED, pks, words=_("The address was taken as confirmed."))
    return pks


def ask_to_confirm(submissions: QuerySet[Submission], *, confirm_by: datetime) -> list[int]:
    """Let nothing be decided about the submissions until their addresses are confirmed, and end them after that time.

    Whose address is confirmed, whoever has a time for it already, and whoever asked to be erased, stays as they are.
    Returns the primary keys of the others.
    """
    with transaction.atomic():
        plain = locked(submissions).filter(confirm_by=None, confirmed_at=None, erase_asked_at=None)
        pks = list(plain.values_list("pk", flat=True))
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(confirm_by=confirm_by)
    return pks


def forgive(submissions: QuerySet[Submission]) -> list[int]:
    """Let people whom Webex refused be sent again, and ask for a push.

    Returns the primary keys of those that were refused.
    """
    with transaction.atomic():
        meetings = dict(locked(submissions).filter(presence=Presence.REFUSED).values_list("pk", "meeting"))
        pks = list(meetings)
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(presence=Presence.ABSENT, refusal="", failed_calls=0)
        queue.enqueue_push(set(meetings.values()))
    return pks


def forget_failures(submissions: QuerySet[Submission]) -> list[int]:
    """Let approved people be sent with the next push however often their calls have failed, and ask for a push.

    Returns the primary keys of those of whom any had.
    """
    with transaction.atomic():
        chosen = locked(submissions).filter(TO_REGISTER, failed_calls__gt=0)
        meetings = dict(chosen.values_list("pk", "meeting"))
        for chunk in chunks(list(meetings)):
            Submission.objects.filter(pk__in=chunk).update(failed_calls=0)
        queue.enqueue_push(set(meetings.values()))
    return list(meetings)
