"""How many submissions of a meeting are in which state."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count

from registration.flow import disagreements
from registration.models import Submission, UnknownRegistrant
from registration.states import Presence


@dataclass
class Totals:
    """A meeting's submissions, counted by each of the three things known of them; ``statuses`` without the unknown.

    And the drift: people ``missing`` at Webex, decided ``differently``, and ``strangers``, who are at Webex only.
    """

    total: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    presences: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    differently: int = 0
    strangers: int = 0


def totals_of(meeting_ids: Collection[int]) -> dict[int, Totals]:
    """The totals of each of the meetings: three grouped queries, however many there are."""
    totals = {meeting_id: Totals() for meeting_id in meeting_ids}
    rows = (
        Submission.objects.filter(meeting__in=totals)
        .order_by()
        .values_list("meeting", "decision", "presence", "webex_status")
        .annotate(Count("pk"), Count("missing_at"))
    )
    for meeting_id, decision, presence, status, count, missing in rows:
        of_meeting = totals[meeting_id]
        of_meeting.total += count
        of_meeting.decisions[decision] += count
        of_meeting.presences[presence] += count
        if status:
            of_meeting.statuses[status] += count
        of_meeting.missing += missing if presence == Presence.REGISTERED else 0
    different = disagreements.among(Submission.objects.filter(meeting__in=totals))
    for meeting_id, count in different.order_by().values_list("meeting").annotate(Count("pk")):
        totals[meeting_id].differently = count
    strangers = UnknownRegistrant.objects.filter(meeting__in=totals, is_ignored=False)
    for meeting_id, count in strangers.order_by().values_list("meeting").annotate(Count("pk")):
        totals[meeting_id].strangers = count
    return totals
