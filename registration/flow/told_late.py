"""The times of which a mail tells, in which people must confirm or take something: theirs from that mail on.

None of them runs out while its mail waits, as it does where the mail server is away for hours; and whoever is told late
has their whole time from then on.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from registration.flow import places
from registration.flow.moves.locking import chunks, locked
from registration.models import Mail, Submission
from registration.states import Decision

_ENDS = {Mail.Kind.CONFIRM: "confirm_by", Mail.Kind.OFFERED: "offer_ends_at"}
"""Where it is noted when the time ends that such a mail tells of."""

_LATE = timedelta(minutes=10)
"""A mail that comes so much later takes nobody's time that they would miss."""

_STEP = timedelta(hours=1)
"""So far the end is put off as long as the mail waits."""


def is_untold(kind: Mail.Kind, *, at: datetime) -> Q:
    """Whether such a mail still waits to be sent to them, of a meeting that is not over. For submissions."""
    return Q(Exists(_waiting(kind, at=at).filter(submission=OuterRef("pk"))))


def put_off(kind: Mail.Kind, *, at: datetime) -> int:
    """Put off the ends that have come while the mails that tell of them wait. Returns how many. One query for none."""
    field = _ENDS[kind]
    is_over = Q(**{f"{field}__lte": at})
    waiting = _waiting(kind, at=at).filter(**{f"submission__{field}__lte": at}).order_by()
    count = 0
    for chunk in chunks(list(waiting.values_list("submission", flat=True).distinct())):
        with transaction.atomic():
            people = locked(Submission.objects.filter(pk__in=chunk)).filter(is_over, erase_asked_at=None)
            pks = list(people.values_list("pk", flat=True))
            count += Submission.objects.filter(pk__in=pks).update(**{field: at + _STEP})
    return count


def begin(letter: Mail, *, at: datetime) -> None:
    """Give the person whom the mail is sent to now their whole time, where it tells of one and is late.

    Noted down before the mail is put together, so that what it says is true. One statement, and none for other mails.
    """
    person, meeting = letter.submission, letter.submission.meeting
    if letter.kind == Mail.Kind.OFFERED:
        field, ends_at = "offer_ends_at", places.offer_ends_at(meeting, at=at)
    elif letter.kind == Mail.Kind.CONFIRM and person.decision != Decision.OFFERED:
        field, ends_at = "confirm_by", at + timedelta(hours=meeting.confirm_hours)
    else:
        return
    known = getattr(person, field)
    if known is None or ends_at <= at or ends_at - known < _LATE or meeting.end_at <= at:
        return
    # Not where anything else has become of it since it was read.
    if Submission.objects.filter(Q(**{field: known}), pk=person.pk, erase_asked_at=None).update(**{field: ends_at}):
        setattr(person, field, ends_at)


def _waiting(kind: Mail.Kind, *, at: datetime) -> QuerySet[Mail]:
    return Mail.objects.filter(kind=kind, due_at__isnull=False, submission__meeting__end_at__gt=at)
