"""Where people stand on a meeting's waiting list: told on the own page, in mails and to staff."""

from collections.abc import Collection

from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from registration.models import Submission
from registration.models.submission import IN_LINE
from registration.states import Decision

MOVES = IN_LINE & Q(erase_asked_at__isnull=True)
"""Who is in line; whoever is to be erased moves no more, and must not hold up those behind them."""


def position(submission: Submission) -> int | None:
    """Where they are on the waiting list, from 1; None where they are not on it."""
    if submission.decision != Decision.WAITLISTED:
        return None
    return positions([submission.pk]).get(submission.pk)


def positions(submission_pks: Collection[int]) -> dict[int, int]:
    """Where each of them is on the waiting list of their meeting, from 1; who is on none is left out. One query."""
    since = OuterRef("in_line_since")
    is_behind = Q(in_line_since=since, pk__gte=OuterRef("pk"))
    ahead = Submission.objects.filter(MOVES, ~is_behind, in_line_since__lte=since, meeting=OuterRef("meeting"))
    count = ahead.order_by().values("meeting").annotate(count=Count("pk")).values("count")
    people = Submission.objects.filter(MOVES, pk__in=submission_pks).order_by()
    return dict(people.annotate(position=Coalesce(Subquery(count), Value(0)) + 1).values_list("pk", "position"))
