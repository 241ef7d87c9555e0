"""A push that staff ask for, which goes on after the answer; and the page that shows how it goes on, until its end.

It is remembered by its entries in the audit, one for each meeting; another entry says how it ended. All else on the
page is read from the rows, so that whoever carries it out, workers, this process or cron, is seen at work; a process
that dies leaves a page that says so, and cron goes on. Once it is over, the page is of its own calls, whatever is
pushed later.
"""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import audit, background, queue, roles
from registration.accounts import Clients
from registration.admin import no_call
from registration.admin.base import acting_user
from registration.admin.words import state_word
from registration.flow import deliver, pauses, pushes, queries
from registration.models import AuditEntry, Batch, BatchItem, Meeting, Submission
from registration.models.submission import REFUSED
from registration.report import Report
from registration.states import Decision, Presence, WebexStatus

PROGRESS, STATE = "registration_push", "registration_push_state"
"""The names of the addresses: of the page, and of the part of it that is read again and again."""

SECONDS = 120.0
"""After so long no further call is begun; what is left is for the next push."""

_MOST_CALLS = 50
_MOST_PEOPLE = 100


def addresses(site: AdminSite) -> list[URLPattern]:
    """The addresses of the page and of its state."""
    view = site.admin_view
    return [
        path("registration/push/<int:pk>/", view(require_safe(partial(progress_page, site))), name=PROGRESS),
        path("registration/push/<int:pk>/state/", view(require_safe(state_fragment)), name=STATE),
    ]


# --- the push ---------------------------------------------------------------------------------------------------------


def begin(request: HttpRequest, meetings: Sequence[int]) -> HttpResponseRedirect:
    """Have the meetings, by primary key, pushed after the answer, which leads to the page that shows it.

    Workers do it, where there are any; else a thread of this process does.
    """
    by = acting_user(request)
    entry = pushes.ask(meetings, by=by)
    if settings.QUEUE:
        queue.enqueue_push(meetings)
    else:
        background.start_once_committed(partial(carry_out, entry, by, meetings), name=f"push {entry.pk}")
    return HttpResponseRedirect(reverse(f"admin:{PROGRESS}", args=[entry.pk]))


def carry_out(entry: AuditEntry, by: User, meetings: Sequence[int]) -> None:
    """Push until nothing gets further or the time is up, and write down what came of it and how it ended."""
    calls, words = deliver.Calls(), ""
    try:
        report = _run(by, meetings, watch=calls)
        words = pushes.ENDED
    finally:
        pushes.note_calls(pushes.entries_of(entry), calls.batches, words=words)
    _end(entry.pk, by, meetings, report)


def _run(by: User, meetings: Sequence[int], *, watch: deliver.Watch) -> Report:
    chosen, ends_at = Meeting.objects.filter(pk__in=meetings), time.monotonic() + SECONDS
    with Clients() as clients:
        run = partial(deliver.push, chosen, clients=clients, requested_by=by, watch=watch)
        report = run(seconds=SECONDS)
        while report.is_worth_another:
            pause = deliver.pause(report, at=timezone.now())
            if time.monotonic() + pause >= ends_at:
                break
            time.sleep(pause)
            report = run(seconds=ends_at - time.monotonic()).after(report)
    return report


def _end(entry_pk: int, by: User, meetings: Sequence[int], report: Report) -> None:
    meeting = meetings[0] if len(meetings) == 1 else None
    stands = _standing(list(Meeting.objects.filter(pk__in=meetings)), {}, at=timezone.now())
    left = {"left": stands.left, "in_flight": stands.in_flight}
    after = {"problems": report.problems, "warnings": report.warnings, **left}
    thing, count = f"{pushes.THING} {entry_pk}", len(meetings)
    audit.note(by, audit.Action.PUSHED, meeting=meeting, thing=thing, count=count, after=after, words=pushes.ENDED)


# --- the page ---------------------------------------------------------------------------------------------------------


def progress_page(site: AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """How the push goes on; it lists people, and so it is noted who looked."""
    push = _push(request, pk)
    entry, state = push.entry, _state(request, push)
    if state["people"]:
        counts = Counter(person["submission"].meeting_id for person in state["people"])
        audit.note_meetings(acting_user(request), audit.Action.LISTED, counts, thing=f"{pushes.THING} {entry.pk}")
    context = {
        **site.each_context(request),
        "title": _("Push to Webex"),
        "purpose": _("What one push does at Webex, while it does it: what became of each person, and of each call."),
        "state_address": reverse(f"admin:{STATE}", args=[entry.pk]),
        "entry": entry,
        **state,
    }
    return TemplateResponse(request, "admin/registration/outbox/push.html", context)


def state_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes. Its header ``X-Poll`` says when it does so no more."""
    state = _state(request, _push(request, pk))
    response = TemplateResponse(request, "admin/registration/outbox/push_state.html", state)
    if state["is_over"]:
        response.headers["X-Poll"] = "done"
    return response


@dataclass(frozen=True)
class _Push:
    """A push: its first entry, its meetings by primary key, and those of them whose people the user may see."""

    entry: AuditEntry
    keys: Collection[int]
    meetings: list[Meeting]

    @property
    def is_seen_whole(self) -> bool:
        """Whether the user may see the people of all its meetings."""
        return len(self.meetings) == len(self.keys)


def _push(request: HttpRequest, pk: int) -> _Push:
    """The push, as far as the user may see it; nothing is found where that is none of it."""
    asked = get_object_or_404(AuditEntry, pk=pk, action=audit.Action.PUSHED, thing=pushes.THING)
    entries = pushes.entries_of(asked)
    keys = entries.keys()
    theirs = roles.only(Meeting.objects.filter(pk__in=keys), request.user, *roles.SEE_PEOPLE, path="")
    meetings = list(theirs.order_by("start_at", "pk"))
    if not meetings:
        raise Http404
    return _Push(next(iter(entries.values())), keys, meetings)


def _state(request: HttpRequest, push: _Push) -> dict[str, Any]:
    entry, meetings = push.entry, push.meetings
    now = timezone.now()
    stopped = _stopped(meetings, at=now)
    stands = _standing(meetings, stopped, at=now)
    end = AuditEntry.objects.filter(
        by=entry.by_id, at__gte=entry.at, action=audit.Action.PUSHED, thing=f"{pushes.THING} {entry.pk}"
    ).first()
    # What it said when it ended is of all its meetings, and so for who sees all of them.
    told: dict[str, Any] = end.after if end is not None and push.is_seen_whole else {}
    ended_at = _ended_at(push, end, stands, at=now)
    is_over = ended_at is not None
    calls = Batch.objects.filter(meeting__in=meetings, started_at__gte=entry.at)
    was_followed = is_over and calls.filter(started_at__gt=ended_at).exists()
    if is_over:
        calls = calls.filter(started_at__lte=ended_at)
    items = BatchItem.objects.filter(batch__in=calls)
    # What the rows tell now is what the push left only as long as nothing has gone on since.
    is_as_then = "left" not in told and not was_followed
    then = replace(stands, done=_became(items)) if is_as_then else _as_it_was(items, told)
    has_gone_on = was_followed or (not is_as_then and (then.left, then.in_flight) != (stands.left, stands.in_flight))
    call_count = calls.count()
    is_idle = is_over and not (call_count or then.left or then.in_flight or has_gone_on)
    waiting = _refused(meetings, of=None if is_as_then else items)
    return {
        "meetings": meetings,
        "is_over": is_over,
        "is_broken_off": is_over and end is None and is_as_then and stands.is_under_way,
        "counts": then.counts(),
        "left": then.left,
        "in_flight": then.in_flight,
        "refused": then.refused if is_as_then else waiting.count(),
        "stuck": stands.stuck if is_as_then or has_gone_on else 0,
        "stands_now": stands.counts() if has_gone_on else [],
        "reasons": no_call.reasons(meetings, at=now) if is_idle else [],
        "paused": no_call.paused(request.user, meetings, stopped=stopped),
        "is_paused_alone": not stands.is_under_way,
        "call_count": call_count,
        "calls": [
            {"batch": batch, "outcome": state_word(Batch.Outcome, batch.outcome)}
            for batch in calls.select_related("meeting").order_by("-pk")[:_MOST_CALLS]
        ],
        "people": outcomes(request, _newest(items).order_by("-pk")[:_MOST_PEOPLE]),
        "waiting": [{"submission": person, **mending(request, person)} for person in waiting[:_MOST_PEOPLE]],
        "problems": told.get("problems", []),
        "warnings": told.get("warnings", []),
        "now": now,
    }


@dataclass(frozen=True)
class _Standing:
    """How many people of a push are where; empty where that is not known, or not asked."""

    done: int | None
    left: int | None
    in_flight: int
    refused: int
    stuck: int = 0
    stopped: int = 0
    """How many of those left, or in flight, nobody does anything about before somebody resumes what is paused."""

    @property
    def is_under_way(self) -> bool:
        """Whether a push does anything about anybody of them."""
        return (self.left or 0) + self.in_flight > self.stopped

    def counts(self) -> list[tuple[str, int]]:
        """Each count that is known, with its words."""
        found = [
            (_("at Webex, or as decided there"), self.done),
            (_("left"), self.left),
            (_("outcome not known yet"), self.in_flight),
            (_("refused by Webex"), self.refused),
        ]
        return [(words, count) for words, count in found if count is not None]


def _stopped(meetings: Collection[Meeting], *, at: datetime) -> pauses.Stopped:
    """Those of the meetings where anything is to be done, and nothing is before somebody resumes what is paused."""
    stopped = pauses.stopped(meetings)
    if not stopped:
        return {}
    chosen = Meeting.objects.filter(pk__in=stopped)
    erasing = queries.erasing_meetings(chosen, at=at).values_list("pk", flat=True)
    busy = queries.busy(list(queries.deliverable_meetings(chosen, at=at))).union(erasing)
    return {pk: why for pk, why in stopped.items() if pk in busy}


def _standing(meetings: Collection[Meeting], stopped: pauses.Stopped, *, at: datetime) -> _Standing:
    """How the meetings stand, whatever brought them there; ``stopped`` are those of them whose people are not sent."""
    chosen = Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings])
    left, stuck = queries.left_to_do(list(queries.deliverable_meetings(chosen, at=at)))
    in_flight, _next_due_at = queries.in_flight(meetings)
    held_up = 0
    if stopped:
        theirs = list(queries.deliverable_meetings(chosen.filter(pk__in=stopped), at=at))
        # A call that was begun before still ends.
        unknown = Submission.objects.filter(presence=Presence.UNCERTAIN, meeting__in=list(stopped))
        held_up = queries.left_to_do(theirs)[0] + unknown.count()
    return _Standing(None, left, in_flight, queries.refused(meetings), stuck, held_up)


def _as_it_was(items: QuerySet[BatchItem], told: dict[str, Any]) -> _Standing:
    """How the people of the calls stood after them; and what was left then, where the push told."""
    counts: Counter[str] = Counter()
    found = _newest(items).order_by().values_list("outcome", "batch__action").annotate(Count("pk"))
    for outcome, action, count in found:
        is_gone = outcome == BatchItem.Outcome.ABSENT and action == Batch.Action.REMOVE
        counts[BatchItem.Outcome.REGISTERED if is_gone else outcome] += count
    unknown = counts[BatchItem.Outcome.UNKNOWN] + counts[BatchItem.Outcome.LEFT_OUT]
    return _Standing(
        done=counts[BatchItem.Outcome.REGISTERED],
        left=told.get("left"),
        in_flight=told.get("in_flight", unknown),
        refused=counts[BatchItem.Outcome.REFUSED],
    )


def _ended_at(push: _Push, end: AuditEntry | None, stands: _Standing, *, at: datetime) -> datetime | None:
    """When the push was over; nothing while it goes on. Workers tell of no end: theirs is when nothing is left
    but what is paused, or when they were asked for the same once more.
    """
    if end is not None:
        return end.at
    latest = push.entry.at + pushes.LONGEST
    if at < latest and not settings.QUEUE:
        return None
    if (again_at := _again_at(push, until=min(at, latest))) is not None:
        return again_at
    return latest if at >= latest or not stands.is_under_way else None


def _again_at(push: _Push, *, until: datetime) -> datetime | None:
    """When a push of any of the same meetings was asked for next."""
    later = AuditEntry.objects.filter(action=audit.Action.PUSHED, thing=pushes.THING, meeting__in=push.keys)
    found = later.filter(at__gt=push.entry.at, at__lte=until).order_by("at").first()
    return found.at if found is not None else None


def _newest(items: QuerySet[BatchItem]) -> QuerySet[BatchItem]:
    """The last outcome of each person among them."""
    later = items.filter(submission=OuterRef("submission"), pk__gt=OuterRef("pk"))
    return items.filter(~Exists(later))


def _became(items: QuerySet[BatchItem]) -> int:
    """How many of those who were in the calls are where they should be by now."""
    people = Submission.objects.filter(pk__in=items.values("submission"))
    is_gone = Q(presence=Presence.ABSENT) & ~Q(decision=Decision.APPROVED)
    return people.filter(Q(presence=Presence.REGISTERED) | is_gone).count()


def outcomes(request: HttpRequest, items: QuerySet[BatchItem]) -> list[dict[str, Any]]:
    """What became of each person of the calls, with Webex's words, and the address where it can be mended."""
    found = items.select_related("submission", "batch", "submission__meeting")
    return [
        {
            "submission": item.submission,
            "batch": item.batch,
            "outcome": state_word(BatchItem.Outcome, item.outcome),
            "webex_status": state_word(WebexStatus, item.webex_status),
            **mending(request, item.submission),
        }
        for item in found
    ]


def mending(request: HttpRequest, person: Submission) -> dict[str, str]:
    """Webex's words about a person whom it refused, and where that is mended by whoever may."""
    if person.presence != Presence.REFUSED:
        return {"refusal": "", "mend": ""}
    may = request.user.has_perm("registration.change_submission", person.meeting) and person.erase_asked_at is None
    address = reverse("admin:registration_submission_correct", args=[person.pk]) if may else ""
    return {"refusal": person.refusal, "mend": address}


def _refused(meetings: list[Meeting], *, of: QuerySet[BatchItem] | None) -> QuerySet[Submission]:
    """Those of the meetings who wait for a person, since Webex refused them; of those calls alone, where told."""
    refused = Submission.objects.filter(REFUSED, meeting__in=meetings).select_related("meeting").order_by("pk")
    return refused if of is None else refused.filter(pk__in=of.order_by().values("submission"))
