"""Adopting people who are at Webex only: what to know before, and what is told of it, wherever it is done."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import drift, places, review
from registration.flow.moves.locking import chunks
from registration.flow.review import Reviewed
from registration.models import Meeting, UnknownRegistrant


def adopt(strangers: QuerySet[UnknownRegistrant], *, by: User, at: datetime) -> Reviewed:
    """Let registrations here stand for them (flow/drift.py), and see which meetings that overbooks."""
    chosen = strangers.count()
    meetings = Meeting.objects.in_bulk(set(strangers.order_by().values_list("meeting", flat=True)))
    before = places.overbooked(list(meetings.values()))
    adopted = drift.adopt(strangers, by=by, at=at)
    after = places.overbooked(list(meetings.values()))
    return Reviewed(
        adopted.made,
        chosen - adopted.made - adopted.linked,
        (_("somebody else was changing them at the same time"),),
        tuple(review.overbooked_words(meetings[pk], more) for pk, more in after.items() if more > before.get(pk, 0)),
        linked=adopted.linked,
    )


def told(count: int) -> str:
    """That for so many there is a registration now."""
    words = ngettext(
        "%d adopted, decided as at Webex. Nobody was mailed.",
        "%d adopted, decided as at Webex. Nobody was mailed.",
        count,
    )
    return words % count


def warnings(pks: Collection[int]) -> list[str]:
    """What follows from adopting them."""
    linked = sum(drift.count_registered(UnknownRegistrant.objects.filter(pk__in=chunk)) for chunk in chunks(pks))
    words = [_("Each gets a registration here, decided as at Webex. Nobody is mailed.")]
    if linked:
        here = ngettext(
            "%d of them has a registration here already, and gets none. The next push finds them at Webex, and does "
            "there what was decided about them here.",
            "%d of them have a registration here already, and get none. The next push finds them at Webex, and does "
            "there what was decided about them here.",
            linked,
        )
        words.append(here % linked)
    return words
