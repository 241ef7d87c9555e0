"""A meeting's places: how many are taken, whose turn it is on the waiting list, and who moves up.

Places are counted and given away under a lock on the meeting: by a sign-up, by whoever registers again, and here.
Whoever holds that lock may lock submissions, and not the other way round. So a verb that frees a place does it in a
transaction of its own, and calls ``fill_once_committed``; should it die in between, flow/periodic.py fills.

Who has not confirmed their address yet counts like everybody else, on a place and in the line: their turn is theirs
from the first moment.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import mail
from registration.flow import approval, moves
from registration.line import MOVES
from registration.models import Mail, Meeting, Submission
from registration.models.submission import IN_LINE
from registration.states import Decision, WaitingList

WITH_PLACE = (Decision.WAITING, Decision.APPROVED, Decision.OFFERED)
TAKES_A_PLACE = Q(decision__in=WITH_PLACE)

_AT_ONCE = 200
"""So many people move up, or lose their places, in one transaction."""


class Released(NamedTuple):
    """How many registrations ended, and how many people moved up for it."""

    ended: int = 0
    moved_up: int = 0


def taken(meetings: Collection[Meeting]) -> dict[int, tuple[int, int]]:
    """How many places are taken, and how many people wait in line, by the primary key of the meeting. One query."""
    people = Submission.objects.filter(meeting__in=meetings).order_by().values_list("meeting_id")
    counted = people.annotate(places=Count("pk", filter=TAKES_A_PLACE), line=Count("pk", filter=IN_LINE))
    return {meeting_pk: (places, line) for meeting_pk, places, line in counted}


def overbooked(meetings: Collection[Meeting]) -> dict[int, int]:
    """How many more places are taken than there are, by the primary key of the meeting; at least one."""
    limits = {meeting.pk: meeting.capacity for meeting in meetings if meeting.capacity is not None}
    counts = taken([meeting for meeting in meetings if meeting.pk in limits]) if limits else {}
    return {pk: places - limits[pk] for pk, (places, _line) in counts.items() if places > limits[pk]}


def without_place(taking: QuerySet[Submission], *, freeing: QuerySet[Submission] | None = None) -> dict[int, int]:
    """How many would find no place free, were all of ``taking`` given one, and those of ``freeing`` without theirs.

    By the primary key of the meeting; at least one. Who has a place already takes no other. As many queries for many.
    """
    more = _by_meeting(taking.filter(~TAKES_A_PLACE, meeting__capacity__isnull=False))
    fewer = _by_meeting(freeing.filter(TAKES_A_PLACE)) if freeing is not None and more else {}
    return beyond(more, fewer=fewer)


def beyond(more: Mapping[int, int], *, fewer: Mapping[int, int]) -> dict[int, int]:
    """The same by numbers alone: how many are given a place (``more``), and how many lose theirs (``fewer``).

    Both by the primary key of the meeting. Two queries, if any.
    """
    meetings = list(Meeting.objects.filter(pk__in=more, capacity__isnull=False)) if more else []
    counts = taken(meetings) if meetings else {}
    found: dict[int, int] = {}
    for meeting in meetings:
        places, _line = counts.get(meeting.pk, (0, 0))
        free = max(0, (meeting.capacity or 0) - places + fewer.get(meeting.pk, 0))
        found[meeting.pk] = more[meeting.pk] - free
    return {pk: count for pk, count in found.items() if count > 0}


def _by_meeting(people: QuerySet[Submission]) -> dict[int, int]:
    """How many of the people each meeting has."""
    return dict(people.order_by().values_list("meeting").annotate(Count("pk")))


# --- who moves up -----------------------------------------------------------------------------------------------------


def fill_once_committed(meeting_pks: Collection[int], *, at: datetime) -> None:
    """``fill``, as soon as the caller's transaction is over; at once where there is none.

    What goes wrong then undoes nothing, and is made good by flow/periodic.py.
    """
    pks = list(meeting_pks)

    def fill_now() -> None:
        fill(pks, at=at)

    transaction.on_commit(fill_now, robust=True)


def fill(meeting_pks: Collection[int], *, at: datetime) -> int:
    """Give the free places of each meeting to the first in line, as the meeting says: at once, or by an offer.

    Everybody who moves up is mailed. Returns how many that are. Not to be called while a submission is locked.
    """
    # Whether anybody waits shows under the lock only: somebody may be joining the line at this moment, for want of the
    # place that has just become free. Where there is no limit, nobody joins it.
    meetings = moving(Meeting.objects.filter(pk__in=meeting_pks), at=at)
    count = 0
    for pk in meetings.filter(Q(capacity__isnull=False) | _has_line()).order_by("pk").values_list("pk", flat=True):
        while moved := _fill(pk, at=at):
            count += moved
    return count


def with_line(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose waiting lists move by themselves, and where somebody waits."""
    return moving(meetings, at=at).filter(_has_line()).order_by("pk")


def _has_line() -> Q:
    return Q(Exists(Submission.objects.filter(IN_LINE, meeting=OuterRef("pk"))))


def moving(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those where people move up by themselves: as the waiting list says, or because there is room for everybody."""
    moves_by_itself = ~Q(waiting_list=WaitingList.NONE) | Q(capacity__isnull=True)
    return meetings.filter(moves_by_itself, is_cancelled=False, end_at__gt=at)


def _fill(meeting_pk: int, *, at: datetime) -> int:
    with transaction.atomic():
        # No stronger lock: whoever has locked submissions may write rows that point to the meeting.
        meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting_pk)
        has_time = Q(confirm_by__isnull=True) | Q(confirm_by__gt=at)
        line = Submission.objects.filter(MOVES, has_time, meeting=meeting).order_by("in_line_since", "pk")
        first = list(line.values_list("pk", flat=True)[: _free(meeting)])
        if not first:
            return 0
        # The reasons are for staff, whatever language the visitor reads who made the place free.
        with override(settings.LANGUAGE_CODE):
            if meeting.waiting_list == WaitingList.OFFER:
                return _offer(meeting, first, at=at)
            return _move_up(first, at=at)


def _free(meeting: Meeting) -> int:
    """How many people may move up now."""
    if meeting.capacity is None:
        return _AT_ONCE
    places, _line = taken([meeting]).get(meeting.pk, (0, 0))
    return min(_AT_ONCE, max(0, meeting.capacity - places))


def offer_ends_at(meeting: Meeting, *, at: datetime) -> datetime:
    """Until when a place is theirs to take to whom it is offered at this moment."""
    # What nobody has taken by the start is offered to others while the meeting is under way.
    latest = meeting.start_at if meeting.start_at > at else meeting.end_at
    return min(at + timedelta(hours=meeting.offer_hours), latest)


def _offer(meeting: Meeting, pks: list[int], *, at: datetime) -> int:
    ends_at = offer_ends_at(meeting, at=at)
    people = Submission.objects.filter(pk__in=pks)
    reason = _("a place has become free")
    offered = moves.decide(people, to=Decision.OFFERED, at=at, reason=reason, offer_ends_at=ends_at, when=IN_LINE)
    mail.write_all(offered, Mail.Kind.OFFERED, at=at)
    return len(offered)


def _move_up(pks: list[int], *, at: datetime) -> int:
    people = Submission.objects.filter(pk__in=pks)
    moved = moves.decide(people, to=Decision.WAITING, at=at, reason=_("a place has become free"), when=IN_LINE)
    told: dict[Mail.Kind, list[int]] = defaultdict(list)
    for person in Submission.objects.filter(pk__in=moved).select_related("meeting").order_by("in_line_since", "pk"):
        approval.decide(person, approval.stored_answers(person), at=at)
        is_declined = person.decision == Decision.DECLINED
        told[Mail.Kind.DECLINED if is_declined else Mail.Kind.MOVED_UP].append(person.pk)
    for kind, of_kind in told.items():
        mail.write_all(of_kind, kind, at=at)
    return len(moved)


# --- who loses a place ------------------------------------------------------------------------------------------------


def release(people: Q, *, reason: Promise, tell: Mail.Kind | None, at: datetime) -> Released:
    """Cancel the registrations of which ``people`` holds, and give their places to the next in line.

    ``reason`` is for staff; ``tell`` is the mail about it, where there is one. A few hundred people a transaction.
    Somebody else may be doing the same at the same moment: each registration ends once.
    """
    ended = moved_up = 0
    while meetings := _release(people, reason=reason, tell=tell, at=at):
        ended += len(meetings)
        moved_up += fill(set(meetings), at=at)
    return Released(ended, moved_up)


def _release(people: Q, *, reason: Promise, tell: Mail.Kind | None, at: datetime) -> list[int]:
    """Do it for some of them. Returns the meeting of each."""
    with transaction.atomic():
        # Whoever asked to be erased is dealt with elsewhere, and those of a cancelled meeting have nothing to lose.
        cancelled = Meeting.objects.filter(is_cancelled=True).values("pk")
        found = Submission.objects.filter(people, ~Q(meeting__in=cancelled), erase_asked_at__isnull=True).order_by()
        some = Submission.objects.filter(pk__in=list(found.values_list("pk", flat=True)[:_AT_ONCE]))
        with override(settings.LANGUAGE_CODE):
            ended = moves.decide(some, to=Decision.CANCELLED, at=at, reason=str(reason), when=people)
        rows = list(Submission.objects.filter(pk__in=ended).values_list("pk", "meeting", F("meeting__end_at")))
        if tell:
            mail.write_all([pk for pk, _meeting, end_at in rows if end_at > at], tell, at=at)
    return [meeting for _pk, meeting, _end_at in rows]
