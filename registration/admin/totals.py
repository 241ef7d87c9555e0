"""How many submissions of a meeting are in which state."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count

from registration.models import Submission


@dataclass
class Totals:
    """A meeting's submissions, counted by each of the three things known of them; ``statuses`` without the unknown."""

    total: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    presences: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def totals_of(meeting_ids: Collection[int]) -> dict[int, Totals]:
    """The totals of each of the meetings, in one grouped query."""
    totals = {meeting_id: Totals() for meeting_id in meeting_ids}
    rows = (
        Submission.objects.filter(meeting__in=totals)
        .order_by()
        .values_list("meeting", "decision", "presence", "webex_status")
        .annotate(Count("pk"))
    )
    for meeting_id, decision, presence, status, count in rows:
        of_meeting = totals[meeting_id]
        of_meeting.total += count
        of_meeting.decisions[decision] += count
        of_meeting.presences[presence] += count
        if status:
            of_meeting.statuses[status] += count
    return totals
