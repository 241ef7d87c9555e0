"""Why a push makes no call: it cannot, or who is left waits for a person. Otherwise there is nothing to be done."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.flow import attention, disagreements, queries
from registration.flow.attention import Kind, Moments
from registration.models import Meeting, Submission
from registration.models.submission import HELD


class Why(NamedTuple):
    """A reason in words; and what the page is called where it is dealt with, and its address, if there is one."""

    words: str
    page: str = ""
    address: str = ""


def reasons(meetings: Collection[Meeting], *, at: datetime) -> list[Why]:
    """Why no call is made for the meetings; none where nothing has to be done there. As many queries for many."""
    against = {meeting.pk: why for meeting in meetings if (why := _against(meeting, at=at))}
    sent = [meeting for meeting in meetings if meeting.pk not in against]
    return [*against.values(), *waiting(sent, at=at)]


def _against(meeting: Meeting, *, at: datetime) -> Why | None:
    """Why nobody of the meeting is sent at all."""
    about = {"meeting": meeting}
    if not meeting.webex_id:
        return Why(_("“%(meeting)s” has no Webex id, so nobody can be sent.") % about)
    if meeting.is_cancelled:
        return Why(_("“%(meeting)s” is cancelled, so nobody is sent any more.") % about)
    if meeting.end_at <= at:
        return Why(_("“%(meeting)s” is over, so nobody is sent any more.") % about)
    return None


def waiting(meetings: Collection[Meeting], *, at: datetime) -> Iterator[Why]:
    """Who of meetings whose people are sent is looked up first, waits to be released, or for a person."""
    if not meetings:
        return
    in_flight, _next_due_at = queries.in_flight(meetings)
    if in_flight:
        words = ngettext(
            "%(count)d person is looked up first: the outcome of a call about them is not known yet.",
            "%(count)d people are looked up first: the outcome of a call about them is not known yet.",
            in_flight,
        )
        yield Why(words % {"count": in_flight})
    theirs = Q(meeting__in=[meeting.pk for meeting in meetings])
    if held := attention.capped(Submission.objects.filter(HELD, theirs, erase_asked_at=None)):
        words = ngettext(
            "%s decision is not released yet.", "%s decisions are not released yet.", held
        ) % attention.in_words(held)
        yield Why(words, _("Outbox"), reverse("admin:registration_outbox"))
    different = disagreements.parts()
    for kind in (Kind.REFUSED, Kind.STUCK, Kind.MISSING, Kind.DIFFERENT):
        parts = attention.rows(kind, Moments.at(at), different=different)
        if count := attention.counted([part.filter(theirs) for part in parts]):
            words = ngettext(
                "%(count)s person waits for somebody to look: %(kind)s.",
                "%(count)s people wait for somebody to look: %(kind)s.",
                count,
            )
            words %= {"count": attention.in_words(count), "kind": kind.label}
            yield Why(words, _("Needs attention"), f"{reverse('admin:registration_attention')}#{kind}")
