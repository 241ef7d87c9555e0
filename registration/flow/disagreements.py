"""People whom Webex holds otherwise than we decided, and about whom the delivery loop will do nothing more."""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from registration.flow.queries import was_asked
from registration.flow.regions import IS_DECIDED_SINCE
from registration.keys import named
from registration.models import Meeting, Submission
from registration.models.submission import APPROVED_SINCE, PENDING, REJECTED_THERE, TO_MOVE_BACK, TO_WITHDRAW
from registration.states import Step

Parts = tuple[Q, Q]

_FEW = 2_000


def among(submissions: QuerySet[Submission], *, within: Q | None = None) -> QuerySet[Submission]:
    """Those of the submissions that were decided differently here and at Webex, and stay so unless a person acts.

    The host rejected there whom we approved; or Webex accepted a change that we asked for, and did not make it.
    A pending person whom the host is to decide about is not among them, nor who is missing there altogether, nor who is
    to be erased. Asks as ``parts`` does; of ``within`` alone, where that holds for all of the submissions, such as that
    they are of one meeting.
    """
    unchanged, rejected = parts() if within is None else _parts(_asking(within), within)
    return submissions.filter(unchanged | rejected)


def parts() -> Parts:
    """The same as two conditions that between them hold everybody, nobody twice: whom Webex did not change though we
    asked, and whom the host rejected.

    The first are asked for at once, all of them by the partial indexes of their regions, and are few as a rule: then
    they are named by their keys. Of what calls tell, a planner expects so many that it would read everybody instead.
    """
    return _parts(_question(), Q())


def _parts(question: str, within: Q) -> Parts:
    with connection.cursor() as cursor:
        cursor.execute(f"{question} LIMIT {_FEW + 1:d}")
        few = [pk for (pk,) in cursor]
    unchanged = named(few) if len(few) <= _FEW else Q(pk__in=_unchanged(within))
    return unchanged, REJECTED_THERE & ~IS_DECIDED_SINCE


@cache
def _question() -> str:
    """How all are asked for. It is the same always, and takes longer to be put together than to be answered.

    Unless it is told of which meetings, SQLite takes an index of everybody for that of a region.
    """
    everywhere = Q(meeting__in=Meeting.objects.order_by().values("pk")) if connection.vendor == "sqlite" else Q()
    return _asking(everywhere)


def _asking(within: Q) -> str:
    """The question with its constants in it: SQLite does not see that a partial index will do for a parameter."""
    sql, params = _unchanged(within).query.sql_with_params()
    return sql % tuple(map(_literal, params))


def _literal(value: object) -> str:
    """A state, a number or nothing, as SQL has it."""
    return f"{value:d}" if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


def _unchanged(within: Q) -> "QuerySet[Any]":
    approving = Meeting.objects.filter(approves_pending=True).order_by().values("pk")
    first, *others = (
        Submission.objects.filter(part, within).order_by().values_list("pk", flat=True)
        for part in (
            TO_WITHDRAW & Q(was_asked(Step.REJECT, Step.REMOVE)),
            TO_MOVE_BACK & Q(was_asked(Step.MOVE_TO_PENDING)),
            PENDING & Q(meeting__in=approving) & Q(was_asked(Step.APPROVE)),
            APPROVED_SINCE & Q(was_asked(Step.APPROVE)),
        )
    )
    return first.union(*others, all=True)
