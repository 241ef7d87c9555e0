"""People in the order of time, for whoever sees those of some meetings only."""

from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.db.models import F, OrderBy, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from registration import roles
from registration.models import Submission

MOST_SORTED = 100_000
"""So many are sorted in less time than a page may take."""


def by_time(people: QuerySet[Submission], request: HttpRequest, *, newest_first: bool) -> QuerySet[Submission]:
    """In the order in which they signed up.

    An index has everybody in this order, and a planner expects to meet those of the user's meetings soon on its way;
    where others signed up before them all, it reads these first. So they are sorted, if they are not too many.
    """
    if sees_many(request):
        return people.order_by(*(("-submitted_at", "-pk") if newest_first else ("submitted_at", "pk")))
    return people.order_by(*(OrderBy(_unindexed(name), descending=newest_first) for name in ("submitted_at", "pk")))


def is_searched(request: HttpRequest) -> bool:
    """Whether people are searched for by words, and wanted in the order of time."""
    return bool(request.GET.get(SEARCH_VAR, "").strip()) and not request.GET.get(ORDER_VAR)


def sees_many(request: HttpRequest) -> bool:
    """Whether the user sees the people of all meetings, or of so many that they cannot be read for each page."""
    meetings = roles.scope(request.user, *roles.SEE_PEOPLE)
    if meetings is None:
        return True
    found: bool | None = getattr(request, "_sees_many", None)
    if found is None:
        theirs = Submission.objects.filter(meeting__in=meetings).order_by()
        found = theirs.values("pk")[: MOST_SORTED + 1].count() > MOST_SORTED
        request._sees_many = found  # type: ignore[attr-defined]
    return found


def _unindexed(name: str) -> Coalesce:
    """The column, as what no index is of."""
    return Coalesce(F(name), F(name))
