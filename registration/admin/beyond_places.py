"""For how many people no place is free, said before it is decided about them, released or undone."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from registration.flow import places, queries, undo
from registration.models import Meeting, Submission
from registration.models.submission import UNCONFIRMED
from registration.states import DECISION_MOVES, Decision

_TAKING = (Decision.WAITING, Decision.APPROVED, Decision.OFFERED)


def if_decided(people: QuerySet[Submission], *, to: Decision) -> list[str]:
    """What is said before the people are decided about so: of each of their meetings that has too few places."""
    if to not in _TAKING:
        return []
    origins = [origin for origin, moves in DECISION_MOVES.items() if to in moves]
    # A list that is filtered may have somebody more than once.
    chosen = Submission.objects.filter(pk__in=people.order_by().values("pk"))
    moving = chosen.filter(decision__in=origins, erase_asked_at=None)
    taking = moving.exclude(UNCONFIRMED) if to is Decision.APPROVED else moving
    return _words(places.without_place(taking))


def if_released(meeting: Meeting) -> list[str]:
    """What is said before all that is held, and can be, is released: the places of the declined are free then."""
    if meeting.capacity is None:
        return []
    held = meeting.submissions.filter(queries.releasable())
    freeing = held.filter(~Q(held_decision__in=_TAKING))
    return _words(places.without_place(held.filter(held_decision__in=_TAKING), freeing=freeing))


def if_undone(plan: undo.Plan) -> list[str]:
    """What is said before decisions are undone: the places of those who lose theirs are free then."""
    return _words(places.beyond(plan.taking, fewer=plan.freeing))


def _words(counts: Mapping[int, int]) -> list[str]:
    meetings = Meeting.objects.in_bulk(counts) if counts else {}
    return [
        ngettext(
            "No place of “%(meeting)s” is free for %(count)d of them.",
            "No place of “%(meeting)s” is free for %(count)d of them.",
            count,
        )
        % {"meeting": meetings[pk], "count": count}
        for pk, count in counts.items()
    ]
