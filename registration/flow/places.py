"""A meeting's places: how many are taken, whose turn it is on the waiting list, and who moves up.

Places are counted and given away under a lock on the meeting: by a sign-up, by whoever registers again, and here.
Whoever holds that lock may lock submissions, and not the other way round. So a verb that frees a place does it in a
transaction of its own, and then calls ``fill``; should it die in between, flow/periodic.py does.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import mail
from registration.flow import approval, moves
from registration.models import Mail, Meeting, Submission
from registration.models.submission import IN_LINE
from registration.states import Decision, WaitingList

TAKES_A_PLACE = Q(decision__in=[Decision.WAITING, Decision.APPROVED, Decision.OFFERED])

_AT_ONCE = 200
"""So many people move up in one transaction."""


def taken(meetings: Collection[Meeting]) -> dict[int, tuple[int, int]]:
    """How many places are taken, and how many people wait in line, by the primary key of the meeting. One query."""
    people = Submission.objects.filter(meeting__in=meetings).order_by().values_list("meeting_id")
    counted = people.annotate(places=Count("pk", filter=TAKES_A_PLACE), line=Count("pk", filter=IN_LINE))
    return {meeting_pk: (places, line) for meeting_pk, places, line in counted}


def position(submission: Submission) -> int | None:
    """Where they are on the waiting list, from 1; None where they are not on it."""
    if submission.decision != Decision.WAITLISTED:
        return None
    since = submission.in_line_since
    is_before = Q(in_line_since__lt=since) | Q(in_line_since=since, pk__lt=submission.pk)
    return Submission.objects.filter(IN_LINE, is_before, meeting=submission.meeting_id).count() + 1


def fill(meeting_pks: Collection[int], *, at: datetime) -> int:
    """Give the free places of each meeting to the first in line, as the meeting says: at once, or by an offer.

    Everybody who moves up is mailed. Returns how many that are. Not to be called while a submission is locked.
    """
    count = 0
    for pk in with_line(Meeting.objects.filter(pk__in=meeting_pks), at=at).values_list("pk", flat=True):
        while moved := _fill(pk, at=at):
            count += moved
    return count


def with_line(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Meeting]:
    """Those of the meetings whose waiting lists move by themselves, and where somebody waits."""
    waiting = Submission.objects.filter(IN_LINE).order_by().values("meeting")
    moving = meetings.exclude(waiting_list=WaitingList.NONE).filter(is_cancelled=False, end_at__gt=at)
    return moving.filter(pk__in=waiting).order_by("pk")


def _fill(meeting_pk: int, *, at: datetime) -> int:
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting_pk)
        line = Submission.objects.filter(IN_LINE, meeting=meeting).order_by("in_line_since", "pk")
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


def _offer(meeting: Meeting, pks: list[int], *, at: datetime) -> int:
    ends_at = min(at + timedelta(hours=meeting.offer_hours), meeting.end_at)
    people = Submission.objects.filter(IN_LINE, pk__in=pks)
    reason = _("a place has become free")
    offered = moves.decide(people, to=Decision.OFFERED, at=at, reason=reason, offer_ends_at=ends_at)
    mail.write_all(offered, Mail.Kind.OFFERED, at=at)
    return len(offered)


def _move_up(pks: list[int], *, at: datetime) -> int:
    people = Submission.objects.filter(IN_LINE, pk__in=pks)
    moved = moves.decide(people, to=Decision.WAITING, at=at, reason=_("a place has become free"))
    for person in Submission.objects.filter(pk__in=moved).select_related("meeting"):
        approval.decide(person, approval.stored_answers(person), at=at)
    mail.write_all(moved, Mail.Kind.MOVED_UP, at=at)
    return len(moved)
