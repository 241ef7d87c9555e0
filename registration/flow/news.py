"""Telling everybody who is registered that their meeting was moved or cancelled. Only ever when staff say so."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from registration import audit, mail
from registration.models import Mail, Meeting, Submission
from registration.states import Decision

STANDS = Q(
    decision__in=[Decision.WAITING, Decision.APPROVED, Decision.OFFERED, Decision.WAITLISTED], erase_asked_at=None
)


def people(meetings: QuerySet[Meeting], *, at: datetime) -> QuerySet[Submission]:
    """Whom it concerns: everybody who has a place in one of the meetings, or hopes for one, unless it is over."""
    return Submission.objects.filter(STANDS, meeting__in=meetings.order_by().values("pk"), meeting__end_at__gt=at)


def write(meetings: QuerySet[Meeting], *, at: datetime, by: User | None = None) -> int:
    """Write everybody a mail that says when the meeting is now, or that it does not take place. Returns how many.

    Who has such a mail waiting gets no other: what it says is put together when it is sent.
    """
    with transaction.atomic():
        # One at a time for each meeting: a button is pressed twice.
        list(
            Meeting.objects.filter(pk__in=meetings.order_by().values("pk"))
            .order_by("pk")
            .select_for_update(no_key=True)
        )
        waiting = Mail.objects.filter(kind=Mail.Kind.NEWS, due_at__isnull=False).order_by()
        chosen = people(meetings, at=at).exclude(pk__in=waiting.values("submission"))
        pks = list(chosen.order_by("pk").values_list("pk", flat=True))
        mail.write_all(pks, Mail.Kind.NEWS, at=at)
        audit.note_people(by, audit.Action.MAILED, pks, words=_("When the meeting is now, or that it is cancelled."))
    return len(pks)
