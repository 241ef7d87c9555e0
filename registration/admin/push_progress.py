"""A push that staff ask for, which goes on after the answer; and the page that shows how it goes on, until its end.

It is remembered by its entry in the audit; another entry says how it ended. All else on the page is read from the rows,
so that whoever carries it out, workers, this process or cron, is seen at work; a process that dies leaves a page that
says so, and cron goes on.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import audit, background, queue, roles
from registration.accounts import Clients
from registration.admin.base import acting_user
from registration.admin.words import state_word
from registration.flow import deliver, queries
from registration.models import AuditEntry, Batch, BatchItem, Meeting, Submission
from registration.models.submission import REFUSED
from registration.report import Report
from registration.states import Decision, Presence, WebexStatus

PROGRESS, STATE = "registration_push", "registration_push_state"
"""The names of the addresses: of the page, and of the part of it that is read again and again."""

SECONDS = 120.0
"""After so long no further call is begun; what is left is for the next push."""

_LONGEST = timedelta(minutes=5)
"""After so long without an end nobody is at it any more: the last call has ended, too."""

_MOST_CALLS = 50
_MOST_PEOPLE = 100
_THING = "push"


def addresses(site: AdminSite) -> list[URLPattern]:
    """The addresses of the page and of its state."""
    view = site.admin_view
    return [
        path("registration/push/<int:pk>/", view(partial(progress_page, site)), name=PROGRESS),
        path("registration/push/<int:pk>/state/", view(state_fragment), name=STATE),
    ]


# --- the push ---------------------------------------------------------------------------------------------------------


def begin(request: HttpRequest, meetings: Sequence[int]) -> HttpResponseRedirect:
    """Have the meetings, by primary key, pushed after the answer, which leads to the page that shows it.

    Workers do it, where there are any; else a thread of this process does.
    """
    by = acting_user(request)
    meeting = meetings[0] if len(meetings) == 1 else None
    after = {"meetings": list(meetings)}
    entry = audit.note(by, audit.Action.PUSHED, meeting=meeting, thing=_THING, count=len(meetings), after=after)
    if settings.QUEUE:
        queue.enqueue_push(meetings)
    else:
        background.start_once_committed(partial(carry_out, entry.pk, by, meetings), name=f"push {entry.pk}")
    return HttpResponseRedirect(reverse(f"admin:{PROGRESS}", args=[entry.pk]))


def carry_out(entry_pk: int, by: User, meetings: Sequence[int]) -> None:
    """Push until nothing gets further or the time is up, and write down how it ended."""
    chosen, ends_at = Meeting.objects.filter(pk__in=meetings), time.monotonic() + SECONDS
    with Clients() as clients:
        run = partial(deliver.push, chosen, clients=clients, requested_by=by)
        report = run(seconds=SECONDS)
        while report.is_worth_another:
            pause = deliver.pause(report, at=timezone.now())
            if time.monotonic() + pause >= ends_at:
                break
            time.sleep(pause)
            report = run(seconds=ends_at - time.monotonic()).after(report)
    _end(entry_pk, by, meetings, report)


def _end(entry_pk: int, by: User, meetings: Sequence[int], report: Report) -> None:
    meeting = meetings[0] if len(meetings) == 1 else None
    after = {"problems": report.problems, "warnings": report.warnings}
    thing = f"{_THING} {entry_pk}"
    audit.note(by, audit.Action.PUSHED, meeting=meeting, thing=thing, count=len(meetings), after=after, words="ended")


# --- the page ---------------------------------------------------------------------------------------------------------


def progress_page(site: AdminSite, request: HttpRequest, pk: int) -> HttpResponse:
    """How the push goes on; it lists people, and so it is noted who looked."""
    entry, meetings = _push(request, pk)
    state = _state(request, entry, meetings)
    if state["people"]:
        count = len(state["people"])
        thing = f"{_THING} {entry.pk}"
        audit.note(acting_user(request), audit.Action.LISTED, meeting=entry.meeting_id, thing=thing, count=count)
    context = {
        **site.each_context(request),
        "title": _("Push to Webex"),
        "purpose": _("What one push does at Webex, while it does it: what became of each person, and of each call."),
        "meetings": meetings,
        "state_address": reverse(f"admin:{STATE}", args=[entry.pk]),
        "entry": entry,
        **state,
    }
    return TemplateResponse(request, "admin/registration/outbox/push.html", context)


def state_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that changes. Its header ``X-Poll`` says when it does so no more."""
    entry, meetings = _push(request, pk)
    state = _state(request, entry, meetings)
    response = TemplateResponse(request, "admin/registration/outbox/push_state.html", state)
    if state["is_over"]:
        response.headers["X-Poll"] = "done"
    return response


def _push(request: HttpRequest, pk: int) -> tuple[AuditEntry, list[Meeting]]:
    """The push and those of its meetings whose people the user may see; nothing is found where that is none."""
    entry = AuditEntry.objects.filter(pk=pk, action=audit.Action.PUSHED, thing=_THING).select_related("by").first()
    if entry is None:
        raise Http404
    pushed = Meeting.objects.filter(pk__in=entry.after.get("meetings", []))
    meetings = list(roles.only(pushed, request.user, *roles.SEE_PEOPLE, path="").order_by("start_at", "pk"))
    if not meetings:
        raise Http404
    return entry, meetings


def _state(request: HttpRequest, entry: AuditEntry, meetings: list[Meeting]) -> dict[str, Any]:
    now = timezone.now()
    deliverable = list(queries.deliverable_meetings(Meeting.objects.filter(pk__in=[m.pk for m in meetings]), at=now))
    left, stuck = queries.left_to_do(deliverable)
    in_flight, _next_due_at = queries.in_flight(meetings)
    end = AuditEntry.objects.filter(
        by=entry.by_id, at__gte=entry.at, action=audit.Action.PUSHED, thing=f"{_THING} {entry.pk}"
    ).first()
    calls = Batch.objects.filter(meeting__in=meetings, started_at__gte=entry.at)
    items = BatchItem.objects.filter(batch__in=calls)
    became = _became(items)
    refused = queries.refused(meetings)
    has_time = now < entry.at + _LONGEST
    is_over = end is not None or not has_time or (bool(settings.QUEUE) and not left and not in_flight)
    return {
        "is_over": is_over,
        "is_broken_off": is_over and end is None and bool(left or in_flight),
        "counts": [
            (_("at Webex, or as decided there"), became["done"]),
            (_("left"), left),
            (_("outcome not known yet"), in_flight),
            (_("refused by Webex"), refused),
        ],
        "left": left,
        "in_flight": in_flight,
        "refused": refused,
        "stuck": stuck,
        "call_count": calls.count(),
        "calls": [
            {"batch": batch, "outcome": state_word(Batch.Outcome, batch.outcome)}
            for batch in calls.select_related("meeting").order_by("-pk")[:_MOST_CALLS]
        ],
        "people": outcomes(request, _newest(items).order_by("-pk")[:_MOST_PEOPLE]),
        "waiting": _refused(request, meetings),
        **_told_at_end(entry, end, meetings),
        "now": now,
    }


def _told_at_end(entry: AuditEntry, end: AuditEntry | None, meetings: list[Meeting]) -> dict[str, list[str]]:
    """What the push said when it ended: it may name any of its meetings, and is for who sees all of them."""
    sees_all = len(meetings) == len(entry.after["meetings"])
    told = end.after if end is not None and sees_all else {}
    return {name: told.get(name, []) for name in ("problems", "warnings")}


def _newest(items: QuerySet[BatchItem]) -> QuerySet[BatchItem]:
    """The last outcome of each person."""
    later = BatchItem.objects.filter(submission=OuterRef("submission"), pk__gt=OuterRef("pk"))
    return items.filter(~Exists(later))


def _became(items: QuerySet[BatchItem]) -> Counter[str]:
    """How many of those who were in the calls are where they should be by now."""
    people = Submission.objects.filter(pk__in=items.values("submission")).order_by()
    became: Counter[str] = Counter()
    for presence, decision, count in people.values_list("presence", "decision").annotate(Count("pk")):
        is_gone = presence == Presence.ABSENT and decision != Decision.APPROVED
        became["done" if presence == Presence.REGISTERED or is_gone else presence] += count
    return became


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


def _refused(request: HttpRequest, meetings: list[Meeting]) -> list[dict[str, Any]]:
    """Those of the meetings who wait for a person, since Webex refused them: the first few."""
    refused = Submission.objects.filter(REFUSED, meeting__in=meetings).select_related("meeting").order_by("pk")
    return [{"submission": person, **mending(request, person)} for person in refused[:_MOST_PEOPLE]]
