"""People whom Webex holds otherwise than we decided, and about whom the delivery loop will do nothing more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from registration.flow.queries import was_asked
from registration.flow.regions import IS_DECIDED_SINCE
from registration.keys import named
from registration.models import Meeting, Submission
from registration.models.submission import (
    LEFT_PENDING,
    OVERRULED,
    REJECTED_THERE,
    TO_MOVE_BACK,
    TO_WITHDRAW,
)
from registration.prepared import Prepared
from registration.states import Step

_FEW = 2_000


@dataclass(frozen=True)
class Parts:
    """Two conditions that between them hold everybody, nobody twice: whom Webex did not change though we asked, and
    whom the host rejected. ``few`` are the keys of the first, where they are few.
    """

    unchanged: Q
    few: Sequence[int] | None = None

    def __iter__(self) -> Iterator[Q]:
        yield self.unchanged
        yield REJECTED_THERE & ~IS_DECIDED_SINCE


def among(submissions: QuerySet[Submission], *, within: Q | None = None) -> QuerySet[Submission]:
    """Those of the submissions that were decided differently here and at Webex, and stay so unless a person acts.

    The host rejected there whom we approved; or Webex accepted a change that we asked for, and did not make it.
    A pending person whom the host is to decide about is not among them, nor who is missing there altogether, nor who is
    to be erased. Asks as ``parts`` does; of ``within`` alone, where that holds for all of the submissions, such as that
    they are of one meeting.
    """
    found = parts() if within is None else _parts(Prepared(_unchanged(within)[: _FEW + 1]), within)
    return submissions.filter(reduce(or_, found))


def parts() -> Parts:
    """The same in two parts.

    Whom Webex did not change is asked for at once, by the partial indexes of their regions, and they are few as a rule:
    then they are named by their keys. Of what calls tell, a planner expects so many that it would read everybody.
    """
    return _parts(_question(connection.vendor, most=_FEW + 1), Q())


def however_many(within: Q | None = None) -> Parts:
    """The same, without asking whether the first are few."""
    return Parts(Q(pk__in=_unchanged(within or Q())))


def _parts(question: Prepared, within: Q) -> Parts:
    few = [pk for (pk,) in question.ask()]
    return Parts(named(few), few) if len(few) <= _FEW else however_many(within)


@cache
def _question(vendor: str, *, most: int) -> Prepared:
    """How all are asked for. Unless it is told of which meetings, SQLite takes an index of everybody for that of a
    region.
    """
    everywhere = Q(meeting__in=Meeting.objects.order_by().values("pk")) if vendor == "sqlite" else Q()
    return Prepared(_unchanged(everywhere)[:most])


def _unchanged(within: Q) -> "QuerySet[Any]":
    approving = Meeting.objects.filter(approves_pending=True).order_by().values("pk")
    first, *others = (
        Submission.objects.filter(part, within).order_by().values_list("pk", flat=True)
        for part in (
            TO_WITHDRAW & Q(was_asked(Step.REJECT, Step.REMOVE)),
            TO_MOVE_BACK & Q(was_asked(Step.MOVE_TO_PENDING)),
            LEFT_PENDING & Q(meeting__in=approving) & Q(was_asked(Step.APPROVE)),
            OVERRULED & Q(was_asked(Step.APPROVE)),
        )
    )
    return first.union(*others, all=True)
