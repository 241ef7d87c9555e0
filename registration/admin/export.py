"""Exports of the submissions: of exactly what the list shows, or of whom somebody chose on it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration import audit, roles
from registration.admin import looks
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.submission_filters import without_lost_answers
from registration.models import Job, Submission
from registration.transfer import run, writing
from registration.transfer.columns import columns_for
from registration.transfer.writing import CSV, XLSX, Chosen

URL_NAME = "registration_submission_export"
XLSX_AT_ONCE = 20_000
"""More people than that in a workbook take longer than anybody waits for a page: it is made in the background."""

MOST_AT_ONCE = 3
"""So many exports of one person are made in the background at a time."""


def export_view(model_admin: StaffAdmin, request: HttpRequest) -> HttpResponseBase:
    """Export what the list shows whose query string the address has, on all its pages."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    back = path = reverse("admin:registration_submission_changelist")
    query = request.GET.copy()
    query.pop("p", None)
    if query:
        back = f"{back}?{query.urlencode()}"
    format_name = request.POST.get("format")
    if request.method != "POST":
        return HttpResponseRedirect(back)
    if format_name not in (CSV, XLSX):
        raise BadRequest("No such format.")
    request.GET = query  # type: ignore[assignment]
    if without := without_lost_answers(request, undone=_("Nothing was exported."), path=path):
        return without
    try:
        shown = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return HttpResponseRedirect(back)
    how = looks.narrowed_by(model_admin, request, shown) or _("Not narrowed.")
    return export(model_admin, request, shown.queryset, format_name, how=how) or HttpResponseRedirect(back)


@admin.action(description=gettext_lazy("Export as CSV"), permissions=["review"])
def export_csv(model_admin: StaffAdmin, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponseBase | None:
    """Export whom somebody chose."""
    return export(model_admin, request, chosen, CSV, how=_("Chosen on the list."))


@admin.action(description=gettext_lazy("Export as XLSX"), permissions=["review"])
def export_xlsx(model_admin: StaffAdmin, request: HttpRequest, chosen: QuerySet[Submission]) -> HttpResponseBase | None:
    """Export whom somebody chose."""
    return export(model_admin, request, chosen, XLSX, how=_("Chosen on the list."))


def export(
    model_admin: StaffAdmin, request: HttpRequest, listed: QuerySet[Submission], format_name: str, *, how: str
) -> HttpResponseBase | None:
    """The file; or the way to the page on which it will be; ``None`` where there is nobody to export, or too much.

    Only the people of meetings that the user reviews: how many others there are is said.
    """
    user = acting_user(request)
    allowed = model_admin.only(request, "review", listed)
    chosen = writing.choose(allowed)
    if leaves_some_out(model_admin, request):
        _tell_left_out(request, writing.count(listed) - len(chosen.pks))
    if not chosen.pks:
        messages.warning(request, _("Nobody is on this list whom you may export."))
        return None
    columns = columns_for(user, chosen.meetings.keys())
    if format_name == XLSX and (words := writing.against_xlsx(columns.header)):
        messages.warning(request, words)
        return None
    if format_name == XLSX and len(chosen.pks) > XLSX_AT_ONCE:
        return _in_background(request, chosen, how=how)
    _note(request, chosen, format_name, how=how)
    rows = writing.rows_of(chosen, columns)
    write = writing.as_csv if format_name == CSV else writing.stream_xlsx
    return attachment(write(columns.header, rows), f"registrations-{timezone.now():%Y-%m-%d}.{format_name}")


def leaves_some_out(model_admin: StaffAdmin, request: HttpRequest) -> bool:
    """Whether the user may look at meetings that they may not export."""
    seen, exported = (roles.scope(request.user, *model_admin.permissions_of(verb)) for verb in ("view", "review"))
    return seen != exported


def attachment(content: Any, name: str) -> StreamingHttpResponse:
    """A file to be saved, which nobody on the way keeps."""
    return StreamingHttpResponse(
        content,
        content_type=writing.CONTENT_TYPES[name.rpartition(".")[2]],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _in_background(request: HttpRequest, chosen: Chosen, *, how: str) -> HttpResponse:
    user = acting_user(request)
    going_on = Job.objects.filter(by=user, work=Job.Work.EXPORT, state__in=[Job.State.WAITING, Job.State.RUNNING])
    if going_on.count() >= MOST_AT_ONCE:
        messages.warning(request, _("Your other exports are still being made: wait for them, or stop one."))
        return HttpResponseRedirect(reverse("admin:jobs"))
    job = run.ask_for_export(chosen, by=user, format_name=XLSX)
    _note(request, chosen, XLSX, how=how)
    return HttpResponseRedirect(reverse("admin:job", args=[job.pk]))


def _note(request: HttpRequest, chosen: Chosen, format_name: str, *, how: str) -> None:
    """Note it in the audit of each of the meetings, with how many are of that one."""
    by, thing = acting_user(request), format_name.upper()
    audit.note_meetings(by, audit.Action.EXPORTED, chosen.meetings, thing=thing, words=how)


def _tell_left_out(request: HttpRequest, left_out: int) -> None:
    if left_out > 0:
        words = ngettext(
            "%d person was left out of the export, since you may only look at their meeting.",
            "%d people were left out of the export, since you may only look at their meetings.",
            left_out,
        )
        messages.warning(request, words % left_out)


def export_context(model_admin: StaffAdmin, request: HttpRequest) -> dict[str, Any]:
    """What the buttons above the list need."""
    if not model_admin.may(request, "review"):
        return {}
    query = request.GET.copy()
    query.pop("p", None)
    address = reverse(f"admin:{URL_NAME}")
    return {
        "export_address": f"{address}?{query.urlencode()}" if query else address,
        "export_formats": [(CSV, _("Export as CSV")), (XLSX, _("Export as XLSX"))],
        "export_leaves_out": leaves_some_out(model_admin, request),
    }
