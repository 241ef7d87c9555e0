"""Why a push makes no call: it cannot, it must not since something is paused, or who is left waits for a person.

Otherwise there is nothing to be done.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.accounts.notices import moment
from registration.flow import attention, disagreements, pauses, queries
from registration.flow.attention import Kind, Moments
from registration.models import Account, Meeting, Submission
from registration.models.submission import HELD

_MEETING = gettext_lazy(
    "“%(paused)s” is paused since %(at)s: no call is made for it until somebody resumes it. %(reason)s"
)
_ACCOUNT = gettext_lazy(
    "The Webex account “%(paused)s” is paused since %(at)s: no call is made in its name until somebody resumes it. "
    "%(reason)s"
)


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


def paused(user: Any, meetings: Collection[Meeting], *, stopped: pauses.Stopped | None = None) -> list[Why]:
    """What is paused, so that no call is made for any of the meetings until a person resumes it: each once.

    ``stopped`` is what ``pauses.stopped`` told of them, for who has asked already; else one query.
    """
    stopped = pauses.stopped(meetings) if stopped is None else stopped
    held_up: dict[pauses.Stop, list[Meeting]] = {}
    for meeting in meetings:
        for stop in stopped.get(meeting.pk, ()):
            held_up.setdefault(stop, []).append(meeting)
    return [
        _account(user, stop, theirs) if isinstance(stop, Account) else _stop(user, Kind.MEETINGS, stop, of=stop)
        for stop, theirs in held_up.items()
    ]


def _account(user: Any, account: Account, meetings: list[Meeting]) -> Why:
    """Why it is paused is for those who may see it."""
    if any(user.has_perm(perm) for perm in attention.seeing(Kind.ACCOUNTS)):
        return _stop(user, Kind.ACCOUNTS, account, of=None)
    words = ngettext(
        "The Webex account of “%(meeting)s” is paused since %(at)s: no call is made for it until an administrator "
        "resumes the account.",
        "The Webex account of %(count)d meetings is paused since %(at)s: no call is made for them until an "
        "administrator resumes the account.",
        len(meetings),
    )
    return Why(words % {"meeting": meetings[0], "count": len(meetings), "at": _since(account)})


def _stop(user: Any, kind: Kind, stop: pauses.Stop, *, of: Meeting | None) -> Why:
    words = (_ACCOUNT if isinstance(stop, Account) else _MEETING) % {
        "paused": stop,
        "at": _since(stop),
        "reason": stop.pause_reason,
    }
    if not any(user.has_perm(perm, of) for perm in attention.seeing(kind)):
        return Why(words.strip())
    page = _("Resume “%s” on its page") if user.has_perm(attention.acting(kind), of) else _("The page of “%s”")
    return Why(
        words.strip(), page % stop, reverse(f"admin:registration_{stop._meta.model_name}_change", args=[stop.pk])
    )


def _since(stop: pauses.Stop) -> str:
    return moment(stop.paused_at) if stop.paused_at is not None else ""


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
