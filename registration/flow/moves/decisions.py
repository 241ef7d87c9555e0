"""What people decide: about the decision itself, and that somebody whom Webex refused may be sent again."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from registration import queue
from registration.flow.moves.locking import CHUNK, RESOLUTION, chunks, locked
from registration.models import Move, Submission
from registration.states import DECISION_MOVES, Decision, Presence


def decide(
    submissions: QuerySet[Submission], *, to: Decision, at: datetime, by: User | None = None, reason: str = ""
) -> list[int]:
    """Move the decision of the submissions, where that is legal, write each change down, and ask for a push.

    Returns the primary keys of those that changed; the others already were ``to``, or may not become it.
    """
    # It is newer than all that we know of Webex, whatever clock that was noted down by.
    known_at = Coalesce(F("webex_status_at") + RESOLUTION, Value(at))
    decided_at = Greatest(Value(at), known_at, output_field=DateTimeField())
    origins = [origin for origin, targets in DECISION_MOVES.items() if to in targets]
    with transaction.atomic():
        rows = list(locked(submissions).filter(decision__in=origins).values_list("pk", "decision", "meeting"))
        before = {pk: decision for pk, decision, _meeting in rows}
        for chunk in chunks(before):
            Submission.objects.filter(pk__in=chunk).update(decision=to, decided_at=decided_at, decision_reason=reason)
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
