"""Decisions that are held: kept beside the one that holds, which changes nothing until staff release them.

No move is written down: attendees are told of every one. What staff did is in the audit.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from registration.flow.moves.locking import chunks, locked
from registration.flow.queries import has_changed_since_held
from registration.models import Submission
from registration.models.submission import HELD
from registration.states import DECISION_MOVES, Decision

NOTHING_HELD: dict[str, Any] = {"held_decision": "", "held_reason": "", "held_by": None, "held_at": None}


def may_move(*, to: Decision) -> Q:
    """Who may be decided about: nobody who asked to be erased, and approved nobody who has not confirmed an address."""
    return Q(erase_asked_at=None) & (Q(confirm_by=None) if to is Decision.APPROVED else Q())


def hold(
    submissions: QuerySet[Submission],
    *,
    to: Decision,
    at: datetime,
    by: User | None = None,
    reason: str = "",
    when: Q | None = None,
) -> list[int]:
    """Keep ``to`` as what is decided about the submissions, where that is legal, until it is released.

    Nothing else changes. What was held before is replaced; where it is the same, and nobody changed their answers
    since, it stays as it is. ``when`` as for ``decide``. Returns the primary keys of those for whom it is held now and
    was not before.
    """
    origins = [origin for origin, targets in DECISION_MOVES.items() if to in targets]
    is_same = Q(held_decision=to, held_reason=reason) & ~Q(has_changed_since_held())
    with transaction.atomic():
        people = locked(submissions).filter(may_move(to=to), when or Q(), ~is_same, decision__in=origins)
        pks = list(people.values_list("pk", flat=True))
        for chunk in chunks(pks):
            Submission.objects.filter(pk__in=chunk).update(held_decision=to, held_reason=reason, held_by=by, held_at=at)
    return pks


def unhold(submissions: QuerySet[Submission], *, when: Q | None = None) -> dict[int, str]:
    """Forget what is held of the submissions; their decisions stay as they are. ``when`` as for ``decide``.

    Returns what was held, by primary key.
    """
    with transaction.atomic():
        rows = dict(locked(submissions).filter(HELD, when or Q()).values_list("pk", "held_decision"))
        drop(rows)
    return rows


def drop(pks: Collection[int]) -> None:
    """Forget what is held of locked submissions."""
    for chunk in chunks(pks):
        Submission.objects.filter(pk__in=chunk).update(**NOTHING_HELD)
