"""A meeting at a glance, on a page to itself: its numbers, and three charts with the data beside each."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import roles
from registration.admin import answer_counts, columns, glances, timeline
from registration.admin.base import StaffAdmin, meeting_for
from registration.models import Meeting

NAME = "registration_meeting_glance"
"""The name of the address."""


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The address of the page, below that of the meeting."""
    view = model_admin.admin_site.admin_view(require_safe(partial(glance_page, model_admin)))
    return [path("<int:pk>/glance/", view, name=NAME)]


def link(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> tuple[str, str] | None:
    """The way there, for those who may see the meeting's people."""
    if not _may_see_people(request, meeting):
        return None
    return _("At a glance"), reverse(f"admin:{NAME}", args=[meeting.pk])


def glance_page(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """The page; its queries are as many for a hundred thousand people as for one."""
    meeting = meeting_for(model_admin, request, pk, verb="view")
    if not _may_see_people(request, meeting):
        raise PermissionDenied
    now = timezone.now()
    [glance] = glances.of_each([meeting], request, now=now)
    line = timeline.of(meeting, now=now)
    people = line.total
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": str(meeting),
        "purpose": _(
            "How this meeting stands: its numbers, which lead to their people, and charts to look at or print."
        ),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "meeting": meeting,
        "change": reverse("admin:registration_meeting_change", args=[meeting.pk]),
        "people_address": f"{reverse('admin:registration_submission_changelist')}?meeting__id__exact={meeting.pk}",
        "glance": glance,
        "people": people,
        "timeline": line,
        "chart": columns.draw([(bar.label, bar.people) for bar in line.bars]),
        "funnel": [(figure, _share(figure.count, people), _percent(figure.count, people)) for figure in glance.funnel],
        "answers": answer_counts.of(meeting, request.user, people=people, written=_("wrote an answer")),
        "hides_answers": meeting.questions.filter(is_private=True).exists()
        and not model_admin.has_change_permission(request, meeting),
        "printed_at": now,
    }
    return TemplateResponse(request, "admin/registration/meeting/glance.html", context)


def _may_see_people(request: HttpRequest, meeting: Meeting) -> bool:
    return any(request.user.has_perm(perm, meeting) for perm in roles.SEE_PEOPLE)


def _share(count: int, people: int) -> int:
    return 1000 * count // people if people else 0


def _percent(count: int, people: int) -> str:
    return f"{100 * count / people:.0f} %" if people else "–"
