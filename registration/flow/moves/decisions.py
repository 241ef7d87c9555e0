"""What people decide: about the decision itself, that an address is theirs, and that whom Webex refused goes again."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from registration import queue
from registration.flow.moves.locking import CHUNK, RESOLUTION, chunks, locked
from registration.models import Move, Submission
from registration.models.inserts import insert
from registration.states import DECISION_MOVES, Decision, Presence


def decide(
    submissions: QuerySet[Submission],
    *,
    to: Decision,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    offer_ends_at: datetime | None = None,
    when: Q | None = None,
) -> list[int]:
    """Move the decision of the submissions, where that is legal, write each change down, and ask for a push.

    Nobody is approved whose address is not confirmed yet, and whoever asked to be erased stays as they are. Whoever is
    put on the waiting list stands last on it. ``offer_ends_at``: until when a place is theirs that is offered.
    ``when`` must hold of them once they are locked: what chose them may be so no more.

    Returns the primary keys of those that changed; the others already were ``to``, or may not become it.
    """
    changes = _changes(to=to, at=at, reason=reason, offer_ends_at=offer_ends_at)
    origins = [origin for origin, targets in DECISION_MOVES.items() if to in targets]
    with transaction.atomic():
        movable = locked(submissions).filter(_may_move(to=to), when or Q(), decision__in=origins)
        rows = list(movable.values_list("pk", "decision", "meeting"))
        before = {pk: decision for pk, decision, _meeting in rows}
        for chunk in chunks(before):
            Submission.objects.filter(pk__in=chunk).update(**changes)
        Move.objects.bulk_create(
            (
                Move(submission_id=pk, subject=Move.Subject.DECISION, before=old, after=to, at=at, by=by, reason=reason)
                for pk, old in before.items()
            ),
            batch_size=CHUNK // 10,
        )
        # Last: others who ask for the same meeting may have to wait for this transaction from here on.
        queue.enqueue_push({meeting for _pk, _decision, meeting in rows})
    return list(before)


def decide_one(submission: Submission, *, to: Decision, at: datetime, reason: str = "") -> bool:
    """The same for one submission that was read, in fewer statements. Returns whether it changed.

    It does not where that is not legal, and where something else has been decided since it was read.
    """
    before = Decision(submission.decision)
    if to not in DECISION_MOVES[before]:
        return False
    with transaction.atomic():
        seen = Submission.objects.filter(_may_move(to=to), pk=submission.pk, decision=before)
        if not seen.update(**_changes(to=to, at=at, reason=reason)):
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


def _changes(*, to: Decision, at: datetime, reason: str, offer_ends_at: datetime | None = None) -> dict[str, Any]:
    # It is newer than all that we know of Webex, whatever clock that was noted down by.
    known_at = Coalesce(F("webex_status_at") + RESOLUTION, Value(at))
    decided_at = Greatest(Value(at), known_at, output_field=DateTimeField())
    changes = {"decision": to, "decided_at": decided_at, "decision_reason": reason, "offer_ends_at": offer_ends_at}
    if to is Decision.WAITLISTED:
        changes["in_line_since"] = at
    if to in (Decision.DECLINED, Decision.CANCELLED):
        changes["confirm_by"] = None
    return changes


def _may_move(*, to: Decision) -> Q:
    return Q(erase_asked_at=None) & (Q(confirm_by=None) if to is Decision.APPROVED else Q())


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
