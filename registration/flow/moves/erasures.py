"""Erasing people: what is not needed to remove them at Webex goes at once, and the rest once they are not there."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, CharField, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from registration import personal_data, queue
from registration.flow.moves.locking import RESOLUTION, in_order, locked
from registration.models import Move, Submission
from registration.models.submission import BEING_ERASED
from registration.personal_data import Stage
from registration.states import Presence

NOT_THERE = (Presence.ABSENT, Presence.REFUSED)
"""Where nobody is at Webex, nor may be."""

NOBODY_THERE = _("Webex does not have them: everything is erased.")
MEETING_GONE = _("Webex has the meeting no longer, and nobody who was registered for it: everything is erased.")

_FINISHED_AT_ONCE = 500


def begin_erasing(submissions: QuerySet[Submission], *, at: datetime, by: User | None, reason: str) -> list[int]:
    """Note who is to be erased, empty what is not needed to remove them at Webex, and ask for a push.

    Who is not at Webex, and may not be there, is erased at once. Their address is free from now on: it is kept only as
    the one under which Webex has, or may have, them. Returns the primary keys of those who had not asked before.
    """
    # Later than every call that was made for them, whatever clock that was noted down by.
    asked_at = Greatest(Value(at), Coalesce(F("asked_at") + RESOLUTION, Value(at)), output_field=DateTimeField())
    may_be_there = Q(sent_email="") & ~Q(presence__in=NOT_THERE)
    with transaction.atomic():
        rows = list(locked(submissions).filter(erase_asked_at=None).values_list("pk", "meeting", "presence"))
        pks = [pk for pk, _meeting, _presence in rows]
        Submission.objects.filter(pk__in=pks).update(
            erase_asked_at=asked_at,
            sent_email=Case(When(may_be_there, then=F("email_key")), default=F("sent_email"), output_field=CharField()),
        )
        personal_data.empty(pks, stage=Stage.ASKED)
        _write_down(pks, at=at, by=by, reason=reason)
        _finish([pk for pk, _meeting, presence in rows if presence in NOT_THERE], at=at, because=NOBODY_THERE)
        queue.enqueue_push({meeting for _pk, meeting, presence in rows if presence not in NOT_THERE})
    return pks


def finish_erasing(*, at: datetime) -> int:
    """Erase what is left of those who asked for it and are not at Webex. Returns how many.

    ``settle`` does it in the same breath as it records that they are gone, so that there should be nobody left. What
    was written about the erased at the very moment, such as a second sign-up, goes as well.
    """
    personal_data.sweep()
    count = 0
    while True:
        with transaction.atomic():
            left = in_order(Submission.objects.filter(BEING_ERASED, presence__in=NOT_THERE))
            pks = list(left.values_list("pk", flat=True)[:_FINISHED_AT_ONCE])
            _finish(pks, at=at, because=NOBODY_THERE)
        count += len(pks)
        if len(pks) < _FINISHED_AT_ONCE:
            return count


def before_leaving(pks: Collection[int]) -> None:
    """Empty, while it is still known under which addresses and ids Webex had locked people, what is known by those."""
    personal_data.empty(pks, stage=Stage.ASKED)


def after_leaving(pks: Collection[int], *, at: datetime, because: "str | Promise" = NOBODY_THERE) -> None:
    """Erase what is left of locked people who have just been recorded not to be at Webex."""
    _finish(pks, at=at, because=because)


def _finish(pks: Collection[int], *, at: datetime, because: "str | Promise") -> None:
    if not pks:
        return
    personal_data.empty(pks, stage=Stage.REMOVED)
    Submission.objects.filter(pk__in=list(pks)).update(presence=Presence.ABSENT, erased_at=at)
    with override(settings.LANGUAGE_CODE):
        _write_down(pks, at=at, by=None, reason=str(because))


def _write_down(pks: Iterable[int], *, at: datetime, by: User | None, reason: str) -> None:
    Move.objects.bulk_create(
        (Move(submission_id=pk, subject=Move.Subject.ERASURE, at=at, by=by, reason=reason) for pk in pks),
        batch_size=500,
    )
