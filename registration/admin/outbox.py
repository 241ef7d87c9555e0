"""The outbox: the decisions of all meetings that wait to be released, and where anything is due at Webex."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from registration import roles
from registration.admin import no_call
from registration.admin.held import HOLDABLE, address_of_held
from registration.admin.push_progress import begin
from registration.admin.words import state_word
from registration.flow import pauses, queries
from registration.flow.pauses import Stopped
from registration.models import Meeting, Submission
from registration.models.submission import HELD
from registration.states import Decision

REVIEW = "registration.change_submission"

OUTBOX = "registration_outbox"
"""The name of the address."""

_A_PAGE = 20


def addresses(site: AdminSite) -> list[URLPattern]:
    """The address of the page."""
    return [path("registration/outbox/", site.admin_view(partial(outbox_page, site)), name=OUTBOX)]


def outbox_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show it, or push what is due already for all the user's meetings."""
    if not any(request.user.has_perm(perm) for perm in roles.SEE_PEOPLE):
        raise PermissionDenied
    theirs = roles.only(Meeting.objects.all(), request.user, *roles.SEE_PEOPLE, path="")
    reviewed = roles.only(Meeting.objects.all(), request.user, REVIEW, path="")
    due = due_of(reviewed)
    if request.method == "POST":
        if not request.user.has_perm(REVIEW):
            raise PermissionDenied
        address = reverse(f"admin:{OUTBOX}")
        return begin(request, sorted(due)) if due else HttpResponseRedirect(address)
    is_held = Exists(Submission.objects.filter(HELD, meeting=OuterRef("pk")))
    listed = theirs.filter(Q(is_held) | Q(pk__in=due)).order_by("start_at", "pk")
    page = Paginator(listed, _A_PAGE).get_page(request.GET.get("p"))
    meetings = list(page)
    stopped = pauses.stopped(meetings)
    context = {
        **site.each_context(request),
        "title": _("Outbox"),
        "purpose": _(
            "What is decided and held waits here until it is released: until then it changes nothing, and nobody is "
            "told."
        ),
        "page": page,
        "rows": list(_rows(request, meetings, due, stopped)),
        "paused": no_call.paused(request.user, meetings, stopped=stopped),
        "due": len(due),
        "seen_at": timezone.now().isoformat(),
    }
    return TemplateResponse(request, "admin/registration/outbox/all.html", context)


def due_of(meetings: QuerySet[Meeting]) -> set[int]:
    """The primary keys of those of the meetings where a push has something to do."""
    now = timezone.now()
    erasing = queries.erasing_meetings(meetings, at=now).order_by().values_list("pk", flat=True)
    deliverable = (
        queries.deliverable_meetings(meetings, at=now).select_related(None).only("approves_pending", "withdrawal")
    )
    return queries.busy(list(deliverable)) | set(erasing)


def _rows(
    request: HttpRequest, meetings: Sequence[Meeting], due: set[int], stopped: Stopped
) -> Iterator[dict[str, Any]]:
    counted = held_counts([meeting.pk for meeting in meetings])
    reviewed = roles.scope(request.user, REVIEW)
    for meeting in meetings:
        counts, newest = counted.get(meeting.pk, ({}, None))
        yield {
            "meeting": meeting,
            "held": held_links(meeting.pk, counts),
            "total": sum(counts.values()),
            "newest": newest,
            "is_due": meeting.pk in due,
            "is_stopped": meeting.pk in stopped,
            "may_review": reviewed is None or meeting.pk in reviewed,
        }


def held_counts(meeting_pks: Sequence[int]) -> dict[int, tuple[dict[str, int], Any]]:
    """How many of each meeting are held, by decision, and when the newest was decided. One query."""
    rows = Submission.objects.filter(HELD, meeting__in=meeting_pks).order_by().values_list("meeting", "held_decision")
    found: dict[int, tuple[dict[str, int], Any]] = {}
    for pk, held, count, newest in rows.annotate(Count("pk"), Max("held_at")):
        counts, before = found.get(pk, ({}, None))
        found[pk] = ({**counts, held: count}, max(filter(None, (before, newest)), default=None))
    return found


def held_links(meeting_pk: int, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Each decision that is held of anybody: how many, the word for it, and the address of exactly those people."""
    return [
        {"count": counts[held], "word": state_word(Decision, held), "address": address_of_held(meeting_pk, held)}
        for held in HOLDABLE
        if counts.get(held)
    ]
