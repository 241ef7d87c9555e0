"""Questions asked of the tables by more than one verb."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.db.models.lookups import IsNull

from registration.flow import regions
from registration.keys import named
from registration.models import Batch, BatchItem, Meeting, Move, Submission
from registration.models.submission import (
    BEING_ERASED,
    CORRECTED,
    HELD,
    IN_FLIGHT,
    MOVED,
    NOT_LEFT,
    REFUSED,
    TO_ERASE,
    TO_REGISTER,
)
from registration.states import CHANGES, Decision, Policy, Presence, Step, WebexStatus

MOST_FAILED_CALLS = 10
"""Whose calls got no usable answer so often in a row is tried more rarely, and a person is told."""

_WAITS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 60))
"""How long after the last call, for one failed call more each time. It may be Webex that was down, and not the person
who cannot be taken: so nobody waits for longer than an hour after it is back."""

_ERASED_AGAIN_AFTER = timedelta(hours=1)

FAILED_CALLS_COUNTED = MOST_FAILED_CALLS + len(_WAITS) - 1

_IS_GIVEN_UP = Q(failed_calls__gte=MOST_FAILED_CALLS)


def deliverable_meetings(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose people can be at Webex: known to Webex, not over and not cancelled."""
    coming = meetings.exclude(webex_id="").filter(end_at__gt=at, is_cancelled=False)
    return coming.select_related("account").order_by("start_at", "pk")


def erasing_meetings(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings that are over or cancelled, and at which people are, or may be, who are to be erased.

    For nobody else is anything done there any more.
    """
    waiting = Submission.objects.filter(BEING_ERASED).order_by().values("meeting")
    past = meetings.exclude(webex_id="").filter(Q(end_at__lte=at) | Q(is_cancelled=True), pk__in=waiting)
    return past.select_related("account").order_by("start_at", "pk")


def being_erased(meetings: Collection[Meeting]) -> QuerySet[Submission]:
    """The people of the meetings who asked to be erased, and are, or may be, at Webex still."""
    return Submission.objects.filter(BEING_ERASED, meeting__in=meetings)


def busy(meetings: Collection[Meeting]) -> set[int]:
    """The primary keys of those meetings about whose people anything is to be done, or under way."""
    found: set[int] = set()
    for policy, group in _by_policy(meetings).items():
        for condition in [IN_FLIGHT, *_to_do(policy)]:
            people = Submission.objects.filter(condition, named(group, of="meeting"))
            found.update(people.order_by().values_list("meeting", flat=True).distinct())
    return found


def left_to_do(meetings: Collection[Meeting]) -> tuple[int, int]:
    """How many people of the meetings still need a step, and about how many a person must look: see ``was_asked``.

    Not counted is whom the next push need not send: who waits for somebody else's address, or is given up.
    """
    left = stuck = 0
    for policy, group in _by_policy(meetings).items():
        for step in regions.steps():
            for condition in regions.parts(step, policy):
                people = Submission.objects.filter(condition, meeting__in=group)
                # Mostly there are none, and then nothing more is to be asked.
                if count := people.count():
                    asked, told = _asked(people, step) if step in CHANGES else (0, 0)
                    waiting = people.filter(is_taken() | _IS_GIVEN_UP).count() if step is Step.REGISTER else 0
                    stuck += told
                    left += count - asked - waiting
    return left, stuck


def _asked(people: QuerySet[Submission], step: Step) -> tuple[int, int]:
    """About how many of the people Webex was asked for the step, and of how many of them staff are told."""
    asked = people.filter(was_asked(step)).aggregate(count=Count("pk"), told=Count("pk", filter=NOT_LEFT))
    return asked["count"], asked["told"]


def left_to_erase(meetings: Collection[Meeting]) -> tuple[int, int]:
    """The same for meetings that are over or cancelled, where only those who asked to be erased are removed."""
    people = Submission.objects.filter(TO_ERASE, meeting__in=meetings)
    stuck = people.filter(was_asked(Step.REMOVE)).count()
    return people.count() - stuck, stuck


def held_back(meetings: Collection[Meeting]) -> int:
    """How many approved people wait because somebody else, who is to stay so, is at Webex under their address."""
    return Submission.objects.filter(TO_REGISTER, is_held_back(), meeting__in=meetings).count()


def is_held_back() -> Exists:
    """Whether somebody else of the meeting, who is to stay so, is at Webex under this person's address."""
    about_to_go = TO_ERASE | (CORRECTED & ~Q(webex_status=WebexStatus.REJECTED))
    return is_taken(by=Q(presence=Presence.REGISTERED) & ~about_to_go)


def given_up(meetings: Collection[Meeting]) -> int:
    """How many approved people are tried more rarely, because their calls never got a usable answer."""
    return Submission.objects.filter(TO_REGISTER, _IS_GIVEN_UP, meeting__in=meetings).count()


def missing(meetings: Collection[Meeting]) -> int:
    """How many approved people Webex had and has no longer, without those whom staff left so."""
    gone = Submission.objects.filter(meeting__in=meetings, missing_at__isnull=False)
    return gone.filter(NOT_LEFT, decision=Decision.APPROVED).count()


def was_asked(*steps: Step, at: datetime | None = None) -> Exists:
    """Whether Webex was asked for one of the changes since the decision or correction that calls for it, and gave its
    answer: it accepted the call, or refused it for this person alone.

    If the person is still as they were, asking again would only mail them again: that is for a person to look at.
    Whatever the clock says, it was asked before if it has been asked for something else since. Who is to be erased, and
    is found under another id than the one that was to be removed, was not asked for yet; and with ``at``, it was not
    asked for them if that is an hour ago: they wait for a person, and are tried again meanwhile.
    """
    submitted_at = OuterRef("submitted_at")
    is_about_them = Q(registrant_id="") | Q(registrant_id=OuterRef("registrant_id"))
    is_not_erased = Q(IsNull(OuterRef("erase_asked_at"), True))
    if at is not None:
        is_about_them &= Q(batch__started_at__range=(at - _ERASED_AGAIN_AFTER, at))
    later = BatchItem.objects.filter(submission=OuterRef("submission"), batch__gt=OuterRef("batch"))
    return Exists(
        BatchItem.objects.filter(
            Q(batch__outcome=Batch.Outcome.DONE) | Q(batch__outcome=Batch.Outcome.REFUSED, batch__size=1),
            ~Exists(later.exclude(batch__action=Batch.Action.LOOK_UP)),
            is_about_them | is_not_erased,
            submission=OuterRef("pk"),
            batch__action__in=[step.name.lower() for step in steps],
            batch__started_at__gte=Greatest(
                *(Coalesce(OuterRef(name), submitted_at) for name in ("decided_at", "corrected_at", "erase_asked_at"))
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


def is_time_to_look(*, at: datetime, latest_due_at: datetime) -> Q:
    """Whether the lease of the call about the person has ended, or it is time to look up what became of them.

    What is due later than ``latest_due_at`` was put off by a clock that has been set back since.
    """
    return Q(due_at__lte=at) | Q(due_at__gt=latest_due_at)


def is_taken(*, by: Q | None = None) -> Exists:
    """Whether somebody else of the meeting has, or may have, this person's address at Webex.

    Their own was corrected since. Until Webex has them under the new one, whoever took the old one has to wait: by
    its address alone, nobody could tell the one's registration from the other's.
    """
    others = Submission.objects.filter(MOVED, by or Q(), meeting=OuterRef("meeting"), sent_email=OuterRef("email_key"))
    return Exists(others.exclude(presence=Presence.ABSENT).exclude(presence=Presence.REFUSED))


def releasable() -> Q:
    """Whose held decision may be released: the answers are still those about which it was decided."""
    is_unconfirmed = Q(held_decision=Decision.APPROVED, confirm_by__isnull=False)
    return HELD & Q(erase_asked_at=None) & ~is_unconfirmed & ~Q(has_changed_since_held())


def has_changed_since_held() -> Exists:
    """Whether the attendee changed their answers after what is held was decided: it was decided of other answers."""
    corrections = Move.objects.filter(submission=OuterRef("pk"), subject=Move.Subject.CORRECTION, by=None)
    return Exists(corrections.filter(at__gt=OuterRef("held_at")))


def people_by_presence(meetings: Collection[Meeting]) -> dict[str, int]:
    """How many approved people of the meetings are in each presence; every presence is a key. Without the erased."""
    rows = (
        Submission.objects.filter(meeting__in=meetings, decision=Decision.APPROVED, erase_asked_at=None)
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


def in_flight(meetings: Collection[Meeting], *, erasing: Collection[Meeting] = ()) -> tuple[int, datetime | None]:
    """How many people have a call under way or its outcome unknown, whatever was decided, and when the first is due.

    Of the meetings ``erasing`` only those who asked to be erased count.
    """
    people = Submission.objects.filter(IN_FLIGHT, meeting__in=meetings)
    if erasing:
        people |= Submission.objects.filter(IN_FLIGHT & BEING_ERASED, meeting__in=erasing)
    found = people.aggregate(count=Count("pk"), next_due_at=Min("due_at"))
    return found["count"], found["next_due_at"]


def _to_do(policy: Policy) -> list[Q]:
    """Anything but a look-up, for which in_flight() stands."""
    return [condition for step in regions.steps() for condition in regions.parts(step, policy)]


def _by_policy(meetings: Collection[Meeting]) -> dict[Policy, list[int]]:
    """Their primary keys: of hundreds of meetings, Django would ask each for its own in every query."""
    groups: dict[Policy, list[int]] = {}
    for meeting in meetings:
        groups.setdefault(meeting.policy, []).append(meeting.pk)
    return groups
