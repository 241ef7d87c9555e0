"""Addresses that must be confirmed before anybody decides: by their owners, or by staff, or not in time."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from registration import mail
from registration.flow import approval, moves, places, told_late
from registration.models import Mail, Submission
from registration.models.submission import UNCONFIRMED
from registration.states import Decision

_AT_ONCE = 200


def by_owner(submission_pk: int, *, at: datetime) -> bool:
    """Confirm the address that its owner's mail was sent to. Returns whether it is confirmed now.

    The meeting decides then, where it does so by itself, and a mail says how the registration stands. Once more does
    nothing more. Where the time is up, the registration ends, unless the mail that tells of the time still waits.
    """
    person = Submission.objects.filter(pk=submission_pk)
    with override(settings.LANGUAGE_CODE):
        reason = _("its owner followed the link in our mail")
    in_time = Q(confirm_by__gt=at) | Q(decision=Decision.OFFERED) | told_late.is_untold(Mail.Kind.CONFIRM, at=at)
    if _confirm(person, at=at, reason=reason, when=in_time):
        return True
    places.release(Q(pk=submission_pk) & _unconfirmed_since(at), reason=_REASON, tell=None, at=at)
    return person.filter(confirmed_at__isnull=False).exists()


def by_staff(submissions: QuerySet[Submission], *, by: User, at: datetime) -> int:
    """Take the addresses as confirmed, whether the time is up or not. Returns how many were not.

    As by their owners, the meeting decides then, and a mail says how each registration stands.
    """
    pks = list(submissions.filter(UNCONFIRMED).order_by("pk").values_list("pk", flat=True))
    chunks = [pks[start : start + _AT_ONCE] for start in range(0, len(pks), _AT_ONCE)]
    return sum(len(_confirm(Submission.objects.filter(pk__in=chunk), at=at, by=by)) for chunk in chunks)


def expire(*, at: datetime) -> places.Released:
    """End the registrations whose addresses were not confirmed in time, and give their places to the next in line.

    No mail says so: nobody has shown that the mailbox wants any. A place that is offered is kept until the offer ends.
    Whose mail about it still waits to be sent has more time.
    """
    told_late.put_off(Mail.Kind.CONFIRM, at=at)
    return places.release(_unconfirmed_since(at), reason=_REASON, tell=None, at=at)


_REASON = gettext_lazy("the address was not confirmed in time")


def _unconfirmed_since(at: datetime) -> Q:
    is_untold = told_late.is_untold(Mail.Kind.CONFIRM, at=at)
    return UNCONFIRMED & Q(confirm_by__lte=at) & ~Q(decision=Decision.OFFERED) & ~is_untold


def _confirm(
    people: QuerySet[Submission], *, at: datetime, by: User | None = None, reason: str = "", when: Q | None = None
) -> list[int]:
    freed = set()
    with transaction.atomic():
        pks = moves.confirm(people, at=at, by=by, reason=reason, when=when)
        for person in Submission.objects.filter(pk__in=pks).select_related("meeting").order_by("pk"):
            approval.decide(person, approval.stored_answers(person), at=at)
            if person.decision == Decision.DECLINED:
                freed.add(person.meeting_id)
            if person.decision != Decision.OFFERED:
                # Whom a place is offered was mailed that, and has not answered yet.
                mail.write(person.pk, approval.outcome(person), at=at)
    if freed:
        places.fill_once_committed(freed, at=at)
    return pks
