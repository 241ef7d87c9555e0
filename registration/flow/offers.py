"""Places that are offered to the first in line: taken, left to others, or lost. Each offer has one of these ends."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from registration import mail
from registration.flow import approval, moves, places, told_late
from registration.models import Mail, Submission
from registration.models.submission import OFFERED
from registration.states import Decision

_LOST = gettext_lazy("the offered place was not taken in time")


def take(submission_pk: int, *, at: datetime) -> bool:
    """Take the place that is offered. Returns whether this call took it: False where that is no longer possible.

    Their address counts as confirmed by it: they have read the mail. The meeting decides then, where it does so by
    itself, and one mail says that they moved up, or what was decided, and how the registration stands. Where the time
    is up, the place goes to the next in line, unless the mail that offers it still waits.
    """
    person = Submission.objects.filter(pk=submission_pk)
    with transaction.atomic(), override(settings.LANGUAGE_CODE):
        reason = _("they took the place that was offered")
        in_time = OFFERED & (Q(offer_ends_at__gt=at) | told_late.is_untold(Mail.Kind.OFFERED, at=at))
        is_taken = bool(moves.decide(person, to=Decision.WAITING, at=at, reason=reason, when=in_time))
        if is_taken:
            moves.confirm(person, at=at, reason=reason)
            submission = person.select_related("meeting").get()
            approval.decide(submission, approval.stored_answers(submission), at=at)
            mail.write(submission.pk, _outcome(submission), at=at)
            if submission.decision == Decision.DECLINED:
                places.fill_once_committed([submission.meeting_id], at=at)
    if not is_taken:
        places.release(Q(pk=submission_pk) & _over_since(at), reason=_LOST, tell=Mail.Kind.PLACE_LOST, at=at)
    return is_taken


def leave(submission_pk: int, *, at: datetime) -> bool:
    """Leave the place that is offered to the next in line, which ends the registration. Returns whether this did it."""
    person = Submission.objects.filter(pk=submission_pk)
    with transaction.atomic():
        with override(settings.LANGUAGE_CODE):
            reason = _("they left the place that was offered to others")
            is_left = bool(moves.decide(person, to=Decision.CANCELLED, at=at, reason=reason, when=OFFERED))
        if is_left:
            mail.write(submission_pk, Mail.Kind.CANCELLED, at=at)
            places.fill_once_committed(person.values_list("meeting", flat=True), at=at)
    return is_left


def expire(*, at: datetime) -> places.Released:
    """Take back the offers whose time is up, mail that to those who had them, and offer the places to the next.

    Whoever's mail about the offer still waits to be sent has more time.
    """
    told_late.put_off(Mail.Kind.OFFERED, at=at)
    return places.release(_over_since(at), reason=_LOST, tell=Mail.Kind.PLACE_LOST, at=at)


def _outcome(submission: Submission) -> Mail.Kind:
    """The one mail to whom took the place: that they moved up, unless it is more to say that they are approved."""
    outcome = approval.outcome(submission)
    return Mail.Kind.MOVED_UP if outcome is Mail.Kind.RECEIVED else outcome


def _over_since(at: datetime) -> Q:
    return OFFERED & Q(offer_ends_at__lte=at) & ~told_late.is_untold(Mail.Kind.OFFERED, at=at)
