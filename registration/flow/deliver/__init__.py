"""The delivery loop: brings Webex to what we decided, and never sends anybody whose outcome is unknown.

Level-triggered: it looks at the rows, does what ``next_step`` says, and can be stopped at any line. Each round is
*claim* (a short transaction), *call* (none open), *record* (another). Running it twice, or on ten machines, is safe.
docs/delivery.md says why.
"""

import time
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from registration.accounts import Clients, account_of
from registration.errors import NotConfigured
from registration.flow import pauses, queries
from registration.flow.deliver.erasing import Erasing
from registration.flow.deliver.loop import Loop
from registration.flow.deliver.run import Calls, Run, StopAccount, Watch, horizon
from registration.flow.deliver.workers import Workers, side_by_side
from registration.models import Account, Meeting
from registration.report import Report
from registration.states import Presence

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

__all__ = ["Calls", "Watch", "horizon", "pause", "push"]


def push(
    meetings: QuerySet[Meeting],
    *,
    clients: Clients,
    requested_by: User | None = None,
    only: Collection[int] | None = None,
    seconds: float | None = None,
    clock: Callable[[], datetime] = timezone.now,
    stop: Event | None = None,
    watch: Watch | None = None,
) -> Report:
    """Do for the meetings' people what has to be done at Webex. Meetings unknown to Webex are passed over; at those
    that are over or cancelled, people are removed who are to be erased, and nothing else is done.

    ``only`` narrows it to these submissions; ``seconds`` bounds the time after which no further call is begun, and
    ``stop``, once set, begins none either. ``watch`` is told of progress, from several threads; ``Calls`` is one that
    keeps which batches were opened. Webex's errors end in the report, and in the batches, never in an exception.
    """
    report = Report()
    erasing = list(queries.erasing_meetings(meetings, at=clock()))
    chosen = list(queries.deliverable_meetings(meetings, at=clock()))
    ends_at = time.monotonic() + seconds if seconds is not None else None
    run = Run(
        report,
        requested_by,
        Q() if only is None else Q(pk__in=list(only)),
        ends_at,
        clock,
        stop or Event(),
        watch or Watch(),
    )
    busy = queries.busy(chosen)
    groups: dict[Account, list[Meeting]] = {}
    for meeting in [*(meeting for meeting in chosen if meeting.pk in busy), *erasing]:
        if not _is_paused(meeting, report):
            groups.setdefault(account_of(meeting), []).append(meeting)
    pasts = {meeting.pk for meeting in erasing}
    side_by_side([partial(_deliver, run, account, group, clients, pasts) for account, group in groups.items()])
    _sum_up(report, chosen, erasing, is_idle=not busy and not erasing)
    return report


def pause(report: Report, *, at: datetime) -> float:
    """How many seconds to wait before another push may get further: at least one, and at most a minute."""
    waits = [1.0]
    if report.retry_after_seconds is not None:
        waits.append(report.retry_after_seconds)
    elif report.next_due_at is not None and not report.left:
        waits.append((report.next_due_at - at).total_seconds())
    return min(60.0, max(waits))


def _is_paused(meeting: Meeting, report: Report) -> bool:
    if meeting.is_paused:
        words = _("%(meeting)s is paused: %(reason)s Resume it in the admin once that is put right.")
        report.complain(words % {"meeting": meeting, "reason": meeting.pause_reason}, needs_person=True)
    return meeting.is_paused


def _deliver(run: Run, account: Account, meetings: list[Meeting], clients: Clients, pasts: set[int]) -> None:
    """Deliver the meetings of one account; for ``pasts``, by primary key, nothing is done but erasing."""
    pauses.lift_if_renewed(account)
    if account.is_paused:
        words = _("The account “%(account)s” is paused: %(reason)s Resume it in the admin once that is put right.")
        run.report.complain(words % {"account": account, "reason": account.pause_reason}, needs_person=True)
        return
    try:
        client = clients.of(account)
    except NotConfigured as error:
        run.report.complain(str(error.words))
        run.report.is_misconfigured = True
        return
    with Workers(client.concurrency) as workers, suppress(StopAccount):
        loop, erasing = (kind(run, account, client, workers) for kind in (Loop, Erasing))
        for meeting in meetings:
            (erasing if meeting.pk in pasts else loop).deliver(meeting)


def _sum_up(report: Report, meetings: list[Meeting], erasing: list[Meeting], *, is_idle: bool) -> None:
    """Say what is left. Where nothing was to be done, and so nothing was done, little has to be counted."""
    report.refused = queries.refused(meetings)
    report.count_states = partial(queries.people_by_presence, meetings)
    _tell_of(queries.missing(meetings), report, _MISSING)
    if is_idle:
        return
    report.in_flight, report.next_due_at = queries.in_flight(meetings, erasing=erasing)
    given_up = queries.given_up(meetings)
    sums = zip(queries.left_to_do(meetings), queries.left_to_erase(erasing), strict=True)
    report.left, stuck = map(sum, sums)
    # What was decided while this run went on, or followed from what it did.
    report.will_get_further |= bool(report.left and report.batches)
    _tell_of(stuck, report, _STUCK)
    _tell_of(given_up, report, _GIVEN_UP)
    _tell_of(queries.held_back(meetings), report, _HELD_BACK)
    if waiting := queries.being_erased([*meetings, *erasing]).count():
        report.warn(_BEING_ERASED % {"count": waiting})
    # Last: where nothing was left before, and another run ends at the same time, these are final.
    report.counts["left"] = report.states[Presence.ABSENT]


_MISSING = ngettext_lazy(
    "%(count)d approved person is at Webex no longer: look for “missing” in the list of submissions.",
    "%(count)d approved people are at Webex no longer: look for “missing” in the list of submissions.",
    "count",
)
_STUCK = ngettext_lazy(
    "Webex was asked to change %(count)d person’s status and did not. Look at them there.",
    "Webex was asked to change %(count)d people’s status and did not. Look at them there.",
    "count",
)
_GIVEN_UP = ngettext_lazy(
    "Webex never gave a usable answer about %(count)d person. They are tried ever more rarely, at least once an hour; "
    "correct what they sent.",
    "Webex never gave a usable answer about %(count)d people. They are tried ever more rarely, at least once an hour; "
    "correct what they sent.",
    "count",
)
_HELD_BACK = ngettext_lazy(
    "%(count)d person waits: somebody whose address was corrected since is registered at Webex under theirs.",
    "%(count)d people wait: somebody whose address was corrected since is registered at Webex under theirs.",
    "count",
)

_BEING_ERASED = ngettext_lazy(
    "%(count)d person who asked to be erased may still be at Webex. They are removed as soon as nothing is in the way.",
    "%(count)d people who asked to be erased may still be at Webex. They are removed as soon as nothing is in the way.",
    "count",
)


def _tell_of(count: int, report: Report, words: "StrPromise") -> None:
    """Report people about whom somebody must do something, where there are any."""
    if count:
        report.complain(words % {"count": count}, needs_person=True)
