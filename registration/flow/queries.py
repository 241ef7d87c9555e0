"""Questions asked of the tables by more than one verb."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from registration.models import Batch, BatchItem, Meeting, Submission
from registration.states import CHANGES, Decision, Policy, Presence, Step, WebexStatus, next_step

_STATUSES: tuple[WebexStatus | None, ...] = (None, *WebexStatus)


def needing(step: Step, policy: Policy) -> Q:
    """The condition under which ``next_step`` answers ``step``: the one plan, as SQL.

    Derived from the function itself, so that the plan and the loop cannot come to differ. What holds for every
    decision or every status is not asked for, which keeps the conditions as short as the partial indexes'.
    """
    condition = Q(pk__in=[])
    for presence in Presence:
        conditions = [_needing(step, decision, presence, policy) for decision in Decision]
        if all(found == Q() for found in conditions):
            condition |= Q(presence=presence)
            continue
        for decision, found in zip(Decision, conditions, strict=True):
            if found is not None:
                condition |= Q(presence=presence, decision=decision) & found
    return condition


def _needing(step: Step, decision: Decision, presence: Presence, policy: Policy) -> Q | None:
    """What must hold of the Webex status for the step: an empty condition if any will do, nothing if none will."""

    def statuses(*, is_decided_since: bool) -> list[str]:
        return [
            status or ""
            for status in _STATUSES
            if next_step(decision, presence, status, policy, is_decided_since=is_decided_since) is step
        ]

    before, since = statuses(is_decided_since=False), statuses(is_decided_since=True)
    always = [status for status in before if status in since]
    if len(always) == len(_STATUSES):
        return Q()
    if not before and not since:
        return None
    is_newer = Q(decided_at__isnull=False, webex_status_at__isnull=False, decided_at__gt=F("webex_status_at"))
    found = Q(webex_status__in=always)
    if only_before := [status for status in before if status not in since]:
        found |= Q(webex_status__in=only_before) & ~is_newer
    if only_since := [status for status in since if status not in before]:
        found |= Q(webex_status__in=only_since) & is_newer
    return found


def deliverable_meetings(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose people can be at Webex: known to Webex and not over."""
    return meetings.exclude(webex_id="").filter(end_at__gt=at).order_by("start_at", "pk")


def busy(meetings: Collection[Meeting]) -> set[int]:
    """The primary keys of those meetings about whose people anything is to be done, or under way."""
    is_busy = Q(presence=Presence.SENDING) | Q(presence=Presence.UNCERTAIN)
    found: set[int] = set()
    for policy, group in _by_policy(meetings).items():
        people = Submission.objects.filter(_to_do(policy) | is_busy, meeting__in=group)
        found.update(people.order_by().values_list("meeting", flat=True).distinct())
    return found


def left_to_do(meetings: Collection[Meeting]) -> tuple[int, int]:
    """How many people of the meetings still need a step, and about how many a person must look: see ``was_asked``."""
    left = stuck = 0
    for policy, group in _by_policy(meetings).items():
        people = Submission.objects.filter(_to_do(policy), meeting__in=group)
        for step in CHANGES:
            stuck += people.filter(needing(step, policy), was_asked(step)).count()
        left += people.count()
    return left - stuck, stuck


def was_asked(step: Step) -> Exists:
    """Whether Webex was asked for the change, and accepted it, since the decision that calls for it.

    If the person is still as they were, asking again would only mail them again: that is for a person to look at.
    """
    return Exists(
        BatchItem.objects.filter(
            submission=OuterRef("pk"),
            batch__action=step.name.lower(),
            batch__outcome=Batch.Outcome.DONE,
            batch__started_at__gte=Coalesce(OuterRef("decided_at"), OuterRef("submitted_at")),
        )
    )


def people_by_presence(meetings: Collection[Meeting]) -> dict[str, int]:
    """How many approved people of the meetings are in each presence; every presence is a key."""
    rows = (
        Submission.objects.filter(meeting__in=meetings, decision=Decision.APPROVED)
        .order_by()
        .values_list("presence")
        .annotate(Count("pk"))
    )
    return {presence.value: 0 for presence in Presence} | dict(rows)


def in_flight(meetings: Collection[Meeting]) -> tuple[int, datetime | None]:
    """How many people have a call under way or its outcome unknown, whatever was decided, and when the first is due."""
    people = Submission.objects.filter(meeting__in=meetings, presence__in=[Presence.SENDING, Presence.UNCERTAIN])
    found = people.aggregate(count=Count("pk"), next_due_at=Min("due_at"))
    return found["count"], found["next_due_at"]


def _to_do(policy: Policy) -> Q:
    """Anything but a look-up, for which in_flight() stands."""
    condition = needing(Step.REGISTER, policy)
    for step in CHANGES:
        condition |= needing(step, policy)
    return condition


def _by_policy(meetings: Collection[Meeting]) -> dict[Policy, list[Meeting]]:
    groups: dict[Policy, list[Meeting]] = {}
    for meeting in meetings:
        groups.setdefault(meeting.policy, []).append(meeting)
    return groups
