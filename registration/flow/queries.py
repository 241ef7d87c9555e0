"""Questions asked of the tables by more than one verb."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from registration.models import Meeting, Submission
from registration.states import Decision, Policy, Presence, Step, WebexStatus, next_step

_STATUSES: tuple[WebexStatus | None, ...] = (None, *WebexStatus)


def needing(step: Step, policy: Policy) -> Q:
    """The condition under which ``next_step`` answers ``step``: the one plan, as SQL.

    Derived from the function itself, so that the plan and the loop cannot come to differ. What holds for every
    decision or every status is not asked for, which keeps the conditions as short as the partial indexes'.
    """
    condition = Q(pk__in=[])
    for presence in Presence:
        by_decision = {
            decision: [status for status in _STATUSES if next_step(decision, presence, status, policy) is step]
            for decision in Decision
        }
        if all(len(statuses) == len(_STATUSES) for statuses in by_decision.values()):
            condition |= Q(presence=presence)
            continue
        for decision, statuses in by_decision.items():
            if len(statuses) == len(_STATUSES):
                condition |= Q(presence=presence, decision=decision)
            elif statuses:
                condition |= Q(presence=presence, decision=decision, webex_status__in=[s or "" for s in statuses])
    return condition


def deliverable_meetings(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose people can be at Webex: known to Webex and not over."""
    return meetings.exclude(webex_id="").filter(end_at__gt=at).order_by("start_at", "pk")


def people_by_presence(meetings: Collection[Meeting]) -> dict[str, int]:
    """How many approved people of the meetings are in each presence; every presence is a key."""
    rows = (
        Submission.objects.filter(meeting__in=meetings, decision=Decision.APPROVED)
        .order_by()
        .values_list("presence")
        .annotate(Count("pk"))
    )
    return {presence.value: 0 for presence in Presence} | dict(rows)


def in_flight(meetings: Collection[Meeting]) -> QuerySet[Submission]:
    """People about whom a call is under way or its outcome unknown, whatever was decided about them."""
    return Submission.objects.filter(meeting__in=meetings, presence__in=[Presence.SENDING, Presence.UNCERTAIN])
