"""What a rule holds for review: nothing is decided, and a person is asked to look."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from registration.flow.moves.locking import CHUNK, chunks, locked
from registration.models import Move, Submission
from registration.states import Decision


def hold_for_review(submissions: QuerySet[Submission], *, words: str, at: datetime) -> list[int]:
    """Note for staff which rule wants a person to look at those of the submissions that wait for review.

    ``words`` are the rule's. Whom the same words hold already, of whom something is decided, and whoever asked to be
    erased, stays as they are. Returns the primary keys of those that changed.
    """
    with transaction.atomic():
        waiting = locked(submissions).filter(decision=Decision.WAITING, held_decision="", erase_asked_at=None)
        pks = list(waiting.exclude(review_note=words).values_list("pk", flat=True))
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(review_note=words)
        Move.objects.bulk_create(
            (Move(submission_id=pk, subject=Move.Subject.HOLD, at=at, reason=words) for pk in pks),
            batch_size=CHUNK // 10,
        )
    return pks
