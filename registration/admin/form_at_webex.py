"""Refresh a meeting from Webex, and push its form there: each shows first what would change, and does just that."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.accounts import Clients
from registration.admin.at_webex import SECONDS, tried, with_webex
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.form_editor import may_edit, meeting_to_edit, page_context
from registration.admin.meeting_import import tell_imported
from registration.errors import ChangedMeanwhile
from registration.flow import form_import, form_push
from registration.form_design.checks import lasting
from registration.form_design.design import design_of
from registration.models import Meeting

T = TypeVar("T")

REFRESH, PUSH = "registration_meeting_form_refresh", "registration_meeting_form_push"
"""The names of the addresses."""

MOST_AT_ONCE = 20
"""So many meetings are refreshed from the list: each is looked at first, and somebody waits for it."""


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of both pages, below that of the form's editor."""
    view = model_admin.admin_site.admin_view
    return [
        path("<int:pk>/form/refresh/", view(partial(refresh_page, model_admin)), name=REFRESH),
        path("<int:pk>/form/push/", view(partial(push_page, model_admin)), name=PUSH),
    ]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> None:
    """None: the editor leads there."""
    return


def refresh_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """What a refresh would change; a POST does it, if both sides are as they were shown."""
    meeting = meeting_to_edit(model_admin, request, pk)
    changed = ""
    if request.method == "POST":
        imported, changed = _as_shown(request, form_import.refresh, meeting)
        if imported is not None:
            tell_imported(model_admin, request, imported)
            return _to_editor(meeting)
    planned = with_webex(request, lambda clients: form_import.plan(meeting, clients=clients))
    if changed and planned is not None and planned.is_empty:
        messages.info(request, _already_so(meeting))
        return _to_editor(meeting)
    if changed:
        messages.warning(request, changed)
    more = {
        "plan": planned,
        "purpose": _(
            "What reading the meeting and its form from Webex would change here. Nothing has been changed yet."
        ),
    }
    return _page(model_admin, request, meeting, "refresh", title=_("Refresh from Webex"), **more)


def refresh_chosen(model_admin: StaffAdmin, request: HttpRequest, chosen: QuerySet[Meeting]) -> HttpResponse | None:
    """What a refresh would change of each of the meetings; once that is confirmed, do it to those that are as they were
    shown, and show the others again. Nothing is shown where they are too many, which a message says, or all is done.

    Of one alone its own page shows it.
    """
    meetings = list(chosen.order_by("start_at", "pk")[: MOST_AT_ONCE + 1])
    is_shown = "is_shown" in request.POST
    if not is_shown and len(meetings) == 1 and may_edit(request, meetings[0]):
        return HttpResponseRedirect(reverse(f"admin:{REFRESH}", args=[meetings[0].pk]))
    if len(meetings) > MOST_AT_ONCE:
        messages.error(request, _("Refresh at most %d meetings at a time: choose fewer.") % MOST_AT_ONCE)
        return None
    if is_shown:
        meetings = _refresh_shown(model_admin, request, meetings)
    read = list(_in_time(meetings, lambda meeting, clients: form_import.plan(meeting, clients=clients)))
    if is_shown:
        read = list(_still_to_see(request, read))
        if not read:
            return None
    title = ngettext("Refresh %d meeting from Webex", "Refresh %d meetings from Webex", len(read))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "title": title % len(read),
        "purpose": _(
            "What reading these meetings and their forms from Webex would change here. Nothing has been changed yet."
        ),
        "read": [{"meeting": meeting, "plan": plan, "why": why} for meeting, plan, why in read],
        "is_any_read": any(plan for _meeting, plan, _why in read),
        "cancel": request.get_full_path(),
    }
    return TemplateResponse(request, "admin/registration/form_editor/refresh_several.html", context)


def push_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """What a push would change at Webex; a POST does it, if both sides are as they were shown."""
    meeting = meeting_to_edit(model_admin, request, pk)
    if request.method == "POST":
        pushed, changed = _as_shown(request, form_push.push, meeting)
        if changed:
            messages.warning(request, changed)
        if pushed is not None:
            model_admin.log_change(request, meeting, "Wrote the form to Webex.")
            if pushed.is_known:
                messages.success(request, _("Webex has this form now, and the portal the ids that it gave."))
            for note in pushed.notes:
                (messages.info if pushed.is_known else messages.error)(request, note)
            return _to_editor(meeting)
    planned = with_webex(request, lambda clients: form_push.plan(meeting, clients=clients))
    words = _("What writing this form to Webex would change there. Nothing has been written yet.")
    more = {"plan": planned, "purpose": words, "findings": lasting(design_of(meeting))}
    return _page(model_admin, request, meeting, "push", title=_("Push to Webex"), **more)


def _refresh_shown(model_admin: StaffAdmin, request: HttpRequest, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Refresh those that were shown, as they were. Returns those that have changed since; why others failed is said."""
    shown = {meeting.pk: request.POST.get(f"fingerprint-{meeting.pk}", "") for meeting in meetings}
    changed: list[Meeting] = []

    def refresh(meeting: Meeting, clients: Clients) -> form_import.Imported | None:
        try:
            return form_import.refresh(meeting, clients=clients, shown=shown[meeting.pk], by=acting_user(request))
        except ChangedMeanwhile:
            meeting.refresh_from_db()
            changed.append(meeting)
            return None

    for meeting, imported, why in _in_time([each for each in meetings if shown[each.pk]], refresh):
        if imported is not None:
            tell_imported(model_admin, request, imported)
        elif why:
            messages.error(request, _("“%(meeting)s” was not read: %(why)s") % {"meeting": meeting, "why": why})
    return changed


def _still_to_see(
    request: HttpRequest, read: Iterable[tuple[Meeting, form_import.Plan | None, str]]
) -> Iterator[tuple[Meeting, form_import.Plan | None, str]]:
    """Of those that have changed since they were shown, those to look at again, which is said; of the others, which a
    second click finds as the first has left them, that they need nothing more.
    """
    for meeting, plan, why in read:
        if plan is not None and plan.is_empty:
            messages.info(request, _already_so(meeting))
        else:
            messages.warning(request, _("“%s” has changed since it was shown: look at it again.") % meeting)
            yield meeting, plan, why


def _already_so(meeting: Meeting) -> str:
    return _("“%s” is here as it is at Webex already: there is nothing more to take over.") % meeting


def _in_time(
    meetings: Iterable[Meeting], call: Callable[[Meeting, Clients], T]
) -> Iterator[tuple[Meeting, T | None, str]]:
    """What ``call`` returns for each of the meetings, or why it failed; as far as there is time."""
    ends_at = timezone.now() + timedelta(seconds=SECONDS)
    for meeting in meetings:
        if timezone.now() > ends_at:
            yield meeting, None, _("There was not enough time for all of them: run it again for the others.")
        else:
            yield (meeting, *tried(partial(call, meeting)))


def _as_shown(request: HttpRequest, do: Callable[..., T], meeting: Meeting) -> tuple[T | None, str]:
    """Do it as it was shown. Nothing, and words, where it is another by now; nothing where it failed, which a message
    says. ``meeting`` is as it is now where it has changed.
    """

    def call(clients: Clients) -> tuple[T | None, str]:
        try:
            shown = request.POST.get("fingerprint", "")
            return do(meeting, clients=clients, shown=shown, by=acting_user(request)), ""
        except ChangedMeanwhile as error:
            meeting.refresh_from_db()
            return None, str(error.words)

    return with_webex(request, call) or (None, "")


def _to_editor(meeting: Meeting) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:registration_meeting_form", args=[meeting.pk]))


def _page(
    model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting, template: str, **more: object
) -> TemplateResponse:
    context = page_context(model_admin, request, meeting) | more
    return TemplateResponse(request, f"admin/registration/form_editor/{template}.html", context)
