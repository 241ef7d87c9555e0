"""Erasing people's data, at Webex too: what they asked for themselves, or had staff do for them. It cannot be undone.

What is not needed to remove them at Webex is emptied at once, and the rest once they are known not to be there, which
the delivery loop sees to (flow/moves/erasures.py). What is left is a row that counts: a meeting, a decision, and when.
"""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import override

from registration import audit
from registration.flow import moves, places
from registration.flow.moves.locking import in_order, lock_what_comes_first
from registration.models import Submission
from registration.states import Decision

_AT_ONCE = 500
"""So many people are erased in one transaction."""


def ask(submissions: QuerySet[Submission], *, at: datetime, by: User | None = None) -> list[int]:
    """Erase the people, as far as that can be done before they are removed at Webex, and ask for that.

    Who is expected at a meeting that is not over is cancelled first, and their place goes to the next in line, who is
    mailed. They themselves are not: nothing is kept to write to. Any number may be given; each few hundred are a
    transaction of their own. Returns the primary keys of those who had not asked before. ``by`` is who of the staff
    does it for them.
    """
    asked: list[int] = []
    # Who waits in line first: no place that another of them frees is given to them.
    frees_a_place = Case(When(places.TAKES_A_PLACE, then=1), default=0)
    pks = list(submissions.order_by(frees_a_place, "pk").values_list("pk", flat=True))
    for start in range(0, len(pks), _AT_ONCE):
        chunk = pks[start : start + _AT_ONCE]
        people = Submission.objects.filter(pk__in=chunk)
        with transaction.atomic():
            lock_what_comes_first(chunk)
            # All of them, in their order: who is cancelled first are only some.
            list(in_order(people).values_list("pk", flat=True))
            decisions = dict(people.order_by().values_list("pk", "decision"))
            moves.decide(people.filter(meeting__end_at__gt=at), to=Decision.CANCELLED, at=at, by=by)
            erased = moves.begin_erasing(people, at=at, by=by, reason=_reason(by))
            audit.note_people(by, audit.Action.ERASED, erased, before=decisions)
            asked += erased
            meetings = set(people.order_by().values_list("meeting", flat=True))
        places.fill_once_committed(meetings, at=at)
    return asked


def _reason(by: User | None) -> str:
    with override(settings.LANGUAGE_CODE):
        return _("Asked for on their own page.") if by is None else _("Asked for by staff.")
