"""Reminders of a meeting that begins soon, to everybody who is approved."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from registration import mail
from registration.models import Mail, Meeting, Submission
from registration.states import Decision, WebexStatus

_AT_ONCE = 500
"""So many mails are written in one transaction."""

_JUST_NOW = timedelta(hours=1)


def write(*, at: datetime) -> int:
    """Write the reminders whose time has come. Returns how many.

    A meeting that was moved to a later time is reminded of once more, and nobody twice of the same time.
    """
    coming = Meeting.objects.filter(reminder_hours__isnull=False, is_cancelled=False, start_at__gt=at)
    count = 0
    for pk, start_at, hours in coming.order_by("start_at", "pk").values_list("pk", "start_at", "reminder_hours"):
        if start_at - timedelta(hours=hours or 0) <= at:
            while written := _write(pk, at=at):
                count += written
    return count


def _write(meeting_pk: int, *, at: datetime) -> int:
    with transaction.atomic():
        # One run at a time, or two would write the same. The meeting may have changed since it was found.
        meeting = Meeting.objects.select_for_update(no_key=True).get(pk=meeting_pk)
        people = to_remind(meeting, at=at).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]
        pks = list(people)
        mail.write_all(pks, Mail.Kind.REMINDER, at=at)
    return len(pks)


def to_remind(meeting: Meeting, *, at: datetime) -> QuerySet[Submission]:
    """Who is to be reminded of the meeting now: approved, not rejected at Webex, and not yet reminded of this time.

    Whoever was approved just now has just heard of it, and is reminded later, if there is a later.
    """
    if meeting.reminder_hours is None or meeting.is_cancelled or meeting.start_at <= at:
        return Submission.objects.none()
    since = meeting.start_at - timedelta(hours=meeting.reminder_hours)
    if since > at:
        return Submission.objects.none()
    reminded = Mail.objects.filter(submission=OuterRef("pk"), kind=Mail.Kind.REMINDER, queued_at__gte=since)
    approved = meeting.submissions.filter(decision=Decision.APPROVED, erase_asked_at__isnull=True)
    has_just_heard = Q(decided_at__isnull=False, decided_at__gt=at - _JUST_NOW)
    return approved.exclude(webex_status=WebexStatus.REJECTED).filter(~Exists(reminded), ~has_just_heard)
