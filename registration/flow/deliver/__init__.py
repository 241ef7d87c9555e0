"""The delivery loop: brings Webex to what we decided, and never sends anybody whose outcome is unknown.

Level-triggered: it looks at the rows, does what ``next_step`` says, and can be stopped at any line. Each round is
*claim* (a short transaction), *call* (none open), *record* (another). Running it twice, or on ten machines, is safe.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from registration.flow import queries
from registration.flow.deliver.loop import Loop
from registration.flow.deliver.rounds import StopRun
from registration.models import Meeting
from registration.report import Report
from registration.states import Presence
from registration.webex.client import WebexClient


def push(
    meetings: QuerySet[Meeting],
    *,
    client: WebexClient,
    requested_by: User | None = None,
    only: Collection[int] | None = None,
    seconds: float | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Report:
    """Do for the meetings' people what has to be done at Webex; those over, or unknown to Webex, are passed over.

    ``only`` narrows it to these submissions; ``seconds`` bounds the time after which no further call is begun.
    Webex's errors end in the report, and in the batches, never in an exception.
    """
    report = Report()
    chosen = list(queries.deliverable_meetings(meetings, at=clock()))
    ends_at = clock() + timedelta(seconds=seconds) if seconds is not None else None
    loop = Loop(client, report, requested_by, only, ends_at, clock)
    busy = queries.busy(chosen)
    try:
        for meeting in chosen:
            if meeting.pk in busy:
                loop.deliver(meeting)
    except StopRun:
        pass
    report.in_flight, report.next_due_at = queries.in_flight(chosen)
    report.left, stuck = queries.left_to_do(chosen)
    if stuck:
        report.needs_person = True
        report.problems.append(
            ngettext(
                "Webex accepted a change of %(count)d person’s status and did not make it. Look at them there.",
                "Webex accepted a change of %(count)d people’s status and did not make it. Look at them there.",
                stuck,
            )
            % {"count": stuck}
        )
    # Last: where nothing was left before, and another run ends at the same time, these are final.
    report.states = queries.people_by_presence(chosen)
    report.counts["left"] = report.states[Presence.ABSENT]
    return report


def pause(report: Report, *, at: datetime) -> float:
    """How many seconds to wait before another push may get further: at least one, and at most a minute."""
    waits = [1.0]
    if report.retry_after_seconds is not None:
        waits.append(report.retry_after_seconds)
    elif report.next_due_at is not None and not report.left:
        waits.append((report.next_due_at - at).total_seconds())
    return min(60.0, max(waits))
