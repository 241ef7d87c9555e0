"""Locks that are taken in one order everywhere, so that two transactions never wait for each other."""

from collections.abc import Collection, Iterator
from datetime import timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import Model, QuerySet

from registration.models import Batch, Submission
from registration.personal_data import BY_MODEL

M = TypeVar("M", bound=Model)

RESOLUTION = timedelta.resolution
"""What makes one time later than another."""

CHUNK = 5_000
"""So many keys a statement: SQLite takes at most 32,766 parameters."""


def in_order(rows: QuerySet[M]) -> QuerySet[M]:
    """The rows, locked in the order of their keys."""
    return rows.order_by("pk").select_for_update()


def locked(submissions: QuerySet[Submission]) -> QuerySet[Submission]:
    """The submissions of any queryset, locked.

    Filter the *result* by the state moved from: after it has waited for a lock, PostgreSQL asks again whether the
    conditions of the outer query hold, and not those of the one inside.
    """
    return in_order(Submission.objects.filter(pk__in=submissions.order_by().values("pk")))


def lock_what_comes_first(pks: Collection[int]) -> None:
    """Lock what others lock before they lock people, as far as it is about these submissions: what somebody typed who
    signed up again, and who is at Webex only. For whoever deletes it and locks the people, too: before these.
    """
    for name in ("registration.SecondSignUp", "registration.UnknownRegistrant"):
        list(in_order(BY_MODEL[name].about(pks)).values_list("pk", flat=True))


def held(batch: Batch, pks: Collection[int]) -> QuerySet[Submission]:
    """Those of the people whom the batch still holds."""
    return Submission.objects.filter(pk__in=list(pks), batch=batch)


def chunks(pks: Collection[int]) -> Iterator[list[int]]:
    """The keys, a statement's worth at a time."""
    remaining = iter(pks)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
