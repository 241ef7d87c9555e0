"""How many submissions of a meeting are in which state."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from registration.admin.numbers import NUMBERS
from registration.flow import disagreements
from registration.models import Submission, UnknownRegistrant
from registration.models.submission import NOT_LEFT
from registration.states import WebexStatus


@dataclass
class Totals:
    """A meeting's submissions, counted by each of the three things known of them; ``statuses`` without the unknown.

    And ``numbers``, the numbers at a glance, by their names; every name is a key. And the drift: people ``missing`` at
    Webex, decided ``differently``, and ``strangers``, who are at Webex only; without those whom staff left so.
    """

    total: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    presences: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NUMBERS, 0))
    missing: int = 0
    differently: int = 0
    strangers: int = 0


def totals_of(meeting_ids: Collection[int], *, different: disagreements.Parts | None = None) -> dict[int, Totals]:
    """The totals of each of the meetings: three grouped queries, however many there are.

    ``different`` is what ``disagreements.parts`` told, for who has asked already.
    """
    totals = {meeting_id: Totals() for meeting_id in meeting_ids}
    of_status = {f"has_{status}": Count("pk", filter=Q(webex_status=status)) for status in WebexStatus}
    of_number = {name: Count("pk", filter=number.rest) for name, number in NUMBERS.items()}
    # In the order of an index, so that nothing needs to be sorted.
    rows: Iterable[Any] = (
        Submission.objects.filter(meeting__in=totals)
        .order_by()
        .values("meeting", "decision", "presence")
        .annotate(**of_status, **of_number)
    )
    for row in rows:
        of_meeting, decision, presence = totals[row["meeting"]], row["decision"], row["presence"]
        everybody = row["signed_up"]
        of_meeting.total += everybody
        of_meeting.decisions[decision] += everybody
        of_meeting.presences[presence] += everybody
        of_meeting.statuses.update({status: count for status in WebexStatus if (count := row[f"has_{status}"])})
        for name, number in NUMBERS.items():
            of_meeting.numbers[name] += row[name] if number.is_among(decision, presence) else 0
    for of_meeting in totals.values():
        of_meeting.missing = of_meeting.numbers["missing"]
    for part in different or disagreements.parts():
        people = Submission.objects.filter(part, NOT_LEFT, meeting__in=totals).order_by()
        for meeting_id, count in people.values_list("meeting").annotate(Count("pk")):
            totals[meeting_id].differently += count
    strangers = UnknownRegistrant.objects.filter(meeting__in=totals, is_ignored=False)
    for meeting_id, count in strangers.order_by().values_list("meeting").annotate(Count("pk")):
        totals[meeting_id].strangers = count
    return totals
