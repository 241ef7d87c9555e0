"""A meeting's outbox: whose decisions are held, to release or take back; and what a push would do, call by call."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from registration import audit, roles
from registration.admin import beyond_places, next_in_line, no_call, private
from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.meeting_filter import is_key
from registration.admin.outbox import REVIEW, due_of, held_counts, held_links
from registration.admin.push_progress import begin
from registration.admin.undo import with_way_back
from registration.admin.words import held_word, state_word
from registration.flow import preview, queries, release, ruling
from registration.flow.release import why_not
from registration.models import AuditedPerson, AuditEntry, Meeting, Question, Submission
from registration.models.submission import HELD
from registration.states import Decision

PAGE, PREVIEW = "registration_meeting_outbox", "registration_meeting_preview"
"""The names of the addresses."""

_A_PAGE = 100
_CALLS_A_PAGE = 5
_MOST_NAMED = 20


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of both pages, below that of the meeting."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/outbox/", view(partial(outbox_page, model_admin)), name=PAGE),
        path("<int:pk>/outbox/preview/", view(require_safe(partial(preview_page, model_admin))), name=PREVIEW),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str] | None:
    """The way there, for whoever may see the meeting's people."""
    if not any(request.user.has_perm(perm, meeting) for perm in roles.SEE_PEOPLE):
        return None
    return _("Outbox"), reverse(f"admin:{PAGE}", args=[meeting.pk])


# --- what is held -----------------------------------------------------------------------------------------------------


def outbox_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show who is held, the newest first; or do to them what one of the buttons says."""
    meeting = _meeting(request, pk)
    may_review = request.user.has_perm(REVIEW, meeting)
    if request.method == "POST":
        if not may_review:
            raise PermissionDenied
        return _act(request, meeting)
    counts, _newest = held_counts([meeting.pk]).get(meeting.pk, ({}, None))
    people = _held(meeting).annotate(has_changed=queries.has_changed_since_held()).select_related("held_by")
    page = Paginator(people.order_by("-held_at", "-pk"), _A_PAGE).get_page(request.GET.get("p"))
    texts = private.texts(request, meeting, page)
    rows = [
        {
            "person": person,
            "now": state_word(Decision, person.decision),
            "held": held_word(person.held_decision),
            "why": why_not(person),
            "reason": person.held_reason if person.held_by_id else ruling.told(person.held_reason, texts),
        }
        for person in page
    ]
    if rows:
        audit.note(acting_user(request), audit.Action.LISTED, meeting=meeting, thing="outbox", count=len(rows))
    return _page(
        model_admin,
        request,
        meeting,
        "meeting",
        title=_("Outbox"),
        purpose=_("What is decided here and held changes nothing, and nobody is told, until you release it."),
        page=page,
        rows=rows,
        held=held_links(meeting.pk, counts),
        total=sum(counts.values()),
        without_place=beyond_places.if_released(meeting),
        is_due=bool(due_of(Meeting.objects.filter(pk=meeting.pk))),
        may_review=may_review,
        may_change=request.user.has_perm("registration.change_meeting", meeting),
        seen_at=timezone.now().isoformat(),
    )


def _act(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Release all or the chosen, or take the chosen back; then push, where the button says so."""
    deed = request.POST.get("do", "")
    back = HttpResponseRedirect(reverse(f"admin:{PAGE}", args=[meeting.pk]))
    if deed in _OF_CHOSEN and "person" not in request.POST:
        messages.warning(request, _("Nothing was done: nothing was chosen."))
        return back
    if deed.startswith("release_all"):
        _release(request, meeting.submissions.all(), is_of_all=True)
    elif deed.startswith("release"):
        _release(request, _chosen(request, meeting), is_of_all=False)
    elif deed == "take_back":
        done = release.take_back(_chosen(request, meeting), by=acting_user(request))
        words = ngettext(
            "%d taken back: it is to be decided anew.", "%d taken back: they are to be decided anew.", done.changed
        )
        tell(request, words % done.changed, done)
    elif deed != "push":
        raise BadRequest("No such button.")
    return begin(request, [meeting.pk]) if deed.endswith("push") else back


_OF_CHOSEN = frozenset({"release", "release_push", "take_back"})


def _release(request: HttpRequest, people: QuerySet[Submission], *, is_of_all: bool) -> None:
    """Release what is held of the people, unless that was done since the page was read."""
    seen_at = _seen_at(request.POST.get("seen_at", ""))
    held = people.filter(HELD)
    was_released = AuditedPerson.objects.filter(
        submission=OuterRef("pk"), entry__action=AuditEntry.Action.RELEASED, entry__at__gte=seen_at
    )
    if not held.exists() and (count := people.filter(Exists(was_released)).count()):
        messages.info(request, ngettext("%d was released already.", "%d were released already.", count) % count)
        return
    # Of the chosen, those of whom nothing is held any more are named, too.
    done = release.release(held if is_of_all else people, by=acting_user(request), at=timezone.now(), seen_at=seen_at)
    words = ngettext("%d released.", "%d released.", done.changed) % done.changed
    told = with_way_back(request, words, done, AuditEntry.Action.RELEASED, back=request.get_full_path())
    tell(request, told, done)


def _chosen(request: HttpRequest, meeting: Meeting) -> QuerySet[Submission]:
    """The people whose boxes were ticked, whatever is held of them by now: no more than a page has."""
    keys = request.POST.getlist("person")
    if len(keys) > _A_PAGE or not all(map(is_key, keys)):
        raise BadRequest("No such people.")
    return meeting.submissions.filter(pk__in=[int(key) for key in keys])


def _seen_at(text: str) -> datetime:
    """When the page was read that was answered; the future counts as now. Raises ``BadRequest``."""
    try:
        seen_at = parse_datetime(text)
    except ValueError:
        seen_at = None
    if seen_at is None or timezone.is_naive(seen_at):
        raise BadRequest("No such time.")
    return min(seen_at, timezone.now())


def _held(meeting: Meeting) -> QuerySet[Submission]:
    return meeting.submissions.filter(HELD)


# --- what a push would do ---------------------------------------------------------------------------------------------


def preview_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The dry run, for whoever may have it done: it shows all that Webex would be sent."""
    meeting = _meeting(request, pk)
    if not request.user.has_perm(REVIEW, meeting):
        raise PermissionDenied
    is_released = request.GET.get("only") != "due"
    now, one = timezone.now(), Meeting.objects.filter(pk=meeting.pk)
    moving_up = preview.moving_up(meeting, at=now) if is_released else []
    plan = list(preview.plan(one, at=now, is_released=is_released, moving_up=moving_up))
    page = Paginator(plan, _CALLS_A_PAGE).get_page(request.GET.get("p"))
    letters = preview.letters(meeting) if is_released else {}
    private = _private(request, meeting)
    shown = [_shown(planned.call(), private) for planned in page]
    if count := sum(len(each["people"]) for each in shown):
        audit.note(acting_user(request), audit.Action.LISTED, meeting=meeting, thing="preview of a push", count=count)
    in_flight, _next_due_at = queries.in_flight([meeting])
    held = _held(meeting).count()
    return _page(
        model_admin,
        request,
        meeting,
        "preview",
        title=_("What a push would do"),
        purpose=_("Every call, person and mail of the next push, to look at before it is done."),
        is_released=is_released,
        page=page,
        kept="" if is_released else "only=due&",
        calls=shown,
        reasons=[] if plan else no_call.reasons([meeting], at=now),
        people_count=len({key for planned in plan for key in planned.pks}),
        mailed=preview.mailed(plan),
        letters=list(_letters(letters)),
        moving_up=next_in_line.letters(request, moving_up),
        queued=[(count, kind.label) for kind, count in preview.queued(meeting).items()],
        in_flight=in_flight,
        without_place=beyond_places.if_released(meeting) if is_released else [],
        total=held,
        left_out=held - _held(meeting).filter(queries.releasable()).count() if is_released else 0,
        seen_at=now.isoformat(),
    )


def _shown(call: preview.Call, private: frozenset[str]) -> dict[str, Any]:
    return {
        "line": call.line,
        "approved_after": call.approved_after,
        "people": [
            {"person": person, "email": call.email_of(person), "is_again": call.is_again(person)}
            for person in call.people
        ],
        "body": json.dumps(_without_private(call.body, private), indent=2, ensure_ascii=False),
    }


def _private(request: HttpRequest, meeting: Meeting) -> frozenset[str]:
    """The Webex ids of those questions whose answers the user may not see."""
    questions = Question.objects.filter(meeting=meeting)
    visible = questions.filter(roles.visible_questions(request.user)).values("pk")
    return frozenset(questions.exclude(pk__in=visible).values_list("webex_id", flat=True))


def _without_private(body: dict[str, Any], private: frozenset[str]) -> dict[str, Any]:
    """The body, with a word in the place of each answer to a private question."""
    if not private or "items" not in body:
        return body
    hidden = _("(private)")
    items = []
    for item in body["items"]:
        questions = item.get("customizedQuestions", [])
        kept = [
            {**each, "answers": [{"answer": hidden}]} if str(each.get("questionId")) in private else each
            for each in questions
        ]
        items.append({**item, "customizedQuestions": kept} if questions else item)
    return {**body, "items": items}


def _letters(letters: dict[Any, list[int]]) -> Iterator[dict[str, Any]]:
    """Each kind of mail that the portal would write, how many, and the first to whom."""
    first = {pk for pks in letters.values() for pk in pks[:_MOST_NAMED]}
    people = Submission.objects.in_bulk(first)
    for kind, pks in letters.items():
        named = [people[pk] for pk in pks[:_MOST_NAMED] if pk in people]
        yield {"kind": kind.label, "count": len(pks), "people": named, "more": len(pks) - len(named)}


# --- both -------------------------------------------------------------------------------------------------------------


def _meeting(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, where the user may see its people; any other is not found."""
    theirs = roles.only(Meeting.objects.all(), request.user, *roles.SEE_PEOPLE, path="")
    meeting: Meeting = get_object_or_404(theirs, pk=pk)
    return meeting


def _page(
    model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, template: str, **more: Any
) -> TemplateResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "meeting": meeting,
        "paused": no_call.paused(request.user, [meeting]),
        "back": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        "outbox": reverse(f"admin:{PAGE}", args=[meeting.pk]),
        "preview": reverse(f"admin:{PREVIEW}", args=[meeting.pk]),
        **more,
    }
    return TemplateResponse(request, f"admin/registration/outbox/{template}.html", context)
