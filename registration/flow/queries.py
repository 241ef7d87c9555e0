"""Questions asked of the tables by more than one verb."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from registration.flow import regions
from registration.models import Batch, BatchItem, Meeting, Submission
from registration.models.submission import CORRECTED, IN_FLIGHT, MOVED, REFUSED, TO_REGISTER
from registration.states import CHANGES, Decision, Policy, Presence, Step, WebexStatus

MOST_FAILED_CALLS = 10
"""Whose calls got no usable answer so often in a row is tried more rarely, and a person is told."""

_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""How long after the last call, for one failed call more each time. It may be Webex that was down, and not the person
who cannot be taken: so nobody waits for longer than an hour after it is back."""

FAILED_CALLS_COUNTED = MOST_FAILED_CALLS + len(_WAITS) - 1


def deliverable_meetings(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose people can be at Webex: known to Webex, not over and not cancelled."""
    coming = meetings.exclude(webex_id="").filter(end_at__gt=at, is_cancelled=False)
    return coming.select_related("account").order_by("start_at", "pk")


def busy(meetings: Collection[Meeting]) -> set[int]:
    """The primary keys of those meetings about whose people anything is to be done, or under way."""
    found: set[int] = set()
    for policy, group in _by_policy(meetings).items():
        for condition in [IN_FLIGHT, *_to_do(policy)]:
            people = Submission.objects.filter(condition, meeting__in=group)
            found.update(people.order_by().values_list("meeting", flat=True).distinct())
    return found


def left_to_do(meetings: Collection[Meeting]) -> tuple[int, int]:
    """How many people of the meetings still need a step, and about how many a person must look: see ``was_asked``."""
    left = stuck = 0
    for policy, group in _by_policy(meetings).items():
        for step in regions.steps():
            for condition in regions.parts(step, policy):
                people = Submission.objects.filter(condition, meeting__in=group)
                asked = people.filter(was_asked(step)).count() if step in CHANGES else 0
                waiting = people.filter(is_taken()).count() if step is Step.REGISTER else 0
                stuck += asked
                left += people.count() - asked - waiting
    return left, stuck


def held_back(meetings: Collection[Meeting]) -> int:
    """How many approved people wait because somebody else, who is to stay so, is at Webex under their address."""
    people = Submission.objects.filter(TO_REGISTER, meeting__in=meetings)
    about_to_go = CORRECTED & ~Q(webex_status=WebexStatus.REJECTED)
    return people.filter(is_taken(by=Q(presence=Presence.REGISTERED) & ~about_to_go)).count()


def given_up(meetings: Collection[Meeting]) -> int:
    """How many approved people are tried more rarely, because their calls never got a usable answer."""
    return Submission.objects.filter(TO_REGISTER, meeting__in=meetings, failed_calls__gte=MOST_FAILED_CALLS).count()


def missing(meetings: Collection[Meeting]) -> int:
    """How many approved people Webex had and has no longer."""
    gone = Submission.objects.filter(meeting__in=meetings, missing_at__isnull=False)
    return gone.filter(decision=Decision.APPROVED).count()


def was_asked(step: Step) -> Exists:
    """Whether Webex was asked for the change since the decision or correction that calls for it, and gave its answer:
    it accepted the call, or refused it for this person alone.

    If the person is still as they were, asking again would only mail them again: that is for a person to look at.
    Whatever the clock says, it was asked before if it has been asked for something else since.
    """
    submitted_at = OuterRef("submitted_at")
    later = BatchItem.objects.filter(submission=OuterRef("submission"), batch__gt=OuterRef("batch"))
    return Exists(
        BatchItem.objects.filter(
            Q(batch__outcome=Batch.Outcome.DONE) | Q(batch__outcome=Batch.Outcome.REFUSED, batch__size=1),
            ~Exists(later.exclude(batch__action=Batch.Action.LOOK_UP)),
            submission=OuterRef("pk"),
            batch__action=step.name.lower(),
            batch__started_at__gte=Greatest(
                Coalesce(OuterRef("decided_at"), submitted_at), Coalesce(OuterRef("corrected_at"), submitted_at)
            ),
        )
    )


def is_worth_trying(*, at: datetime, latest_due_at: datetime) -> Q:
    """Whether it is time to send the person, whose calls may have failed before.

    A presence from after ``latest_due_at`` was written by a clock that has been set back since.
    """
    is_time = Q(failed_calls__lt=MOST_FAILED_CALLS)
    for failed_calls, wait in enumerate(_WAITS, start=MOST_FAILED_CALLS):
        has_waited = Q(presence_at__lt=at - wait) | Q(presence_at__gt=latest_due_at)
        is_time |= Q(failed_calls=failed_calls) & has_waited
    return is_time


def is_taken(*, by: Q | None = None) -> Exists:
    """Whether somebody else of the meeting has, or may have, this person's address at Webex.

    Their own was corrected since. Until Webex has them under the new one, whoever took the old one has to wait: by
    its address alone, nobody could tell the one's registration from the other's.
    """
    others = Submission.objects.filter(MOVED, by or Q(), meeting=OuterRef("meeting"), sent_email=OuterRef("email_key"))
    return Exists(others.exclude(presence=Presence.ABSENT).exclude(presence=Presence.REFUSED))


def people_by_presence(meetings: Collection[Meeting]) -> dict[str, int]:
    """How many approved people of the meetings are in each presence; every presence is a key."""
    rows = (
        Submission.objects.filter(meeting__in=meetings, decision=Decision.APPROVED)
        .order_by()
        .values_list("presence")
        .annotate(Count("pk"))
    )
    return {presence.value: 0 for presence in Presence} | dict(rows)


def at_webex(meeting: Meeting) -> int:
    """How many people of the meeting are at Webex, or may be."""
    return meeting.submissions.exclude(presence=Presence.ABSENT).exclude(presence=Presence.REFUSED).count()


def refused(meetings: Collection[Meeting]) -> int:
    """How many approved people of the meetings Webex refused."""
    return Submission.objects.filter(REFUSED, meeting__in=meetings).count()


def in_flight(meetings: Collection[Meeting]) -> tuple[int, datetime | None]:
    """How many people have a call under way or its outcome unknown, whatever was decided, and when the first is due."""
    people = Submission.objects.filter(IN_FLIGHT, meeting__in=meetings)
    found = people.aggregate(count=Count("pk"), next_due_at=Min("due_at"))
    return found["count"], found["next_due_at"]


def _to_do(policy: Policy) -> list[Q]:
    """Anything but a look-up, for which in_flight() stands."""
    return [condition for step in regions.steps() for condition in regions.parts(step, policy)]


def _by_policy(meetings: Collection[Meeting]) -> dict[Policy, list[Meeting]]:
    groups: dict[Policy, list[Meeting]] = {}
    for meeting in meetings:
        groups.setdefault(meeting.policy, []).append(meeting)
    return groups
