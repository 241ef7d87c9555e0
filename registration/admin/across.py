"""The page between "select all that match" and doing something to them all: exactly how many, who, and by what filters.

Who is acted on is who was shown: where others match by then, the page is shown again, and nothing was done.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin import helpers
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin import beyond_places
from registration.admin.base import StaffAdmin
from registration.admin.choice import SHOWN_NAMES, fingerprint, named
from registration.models import Submission
from registration.states import Decision

_MOST_KEYS = 30_000
"""SQLite takes no more in one question; it lets nobody else write meanwhile."""


def is_confirmed(request: HttpRequest, people: QuerySet[Submission]) -> bool:
    """Whether who matches now is who was shown."""
    return request.POST.get("shown_across") == fingerprint(people)


def frozen(people: QuerySet[Submission]) -> QuerySet[Submission]:
    """Those who match now, whoever comes to match in a moment."""
    pks = list(people.order_by().values_list("pk", flat=True)[: _MOST_KEYS + 1])
    if len(pks) > _MOST_KEYS:
        if connection.vendor != "postgresql":
            return people
        pks = list(people.order_by().values_list("pk", flat=True))
    return people.model._default_manager.filter(pk__in=pks).select_related("meeting").order_by("-submitted_at", "-pk")


def confirm_page(
    model_admin: StaffAdmin,
    request: HttpRequest,
    people: QuerySet[Submission],
    *,
    action: str,
    label: str,
    filters: Sequence[str],
    left_out: int,
    to: Decision | None = None,
) -> HttpResponse:
    """Show how many they are, the first of them, and the filters; the button does it.

    ``to`` is what it decides about them, where it decides: then it is told for how many no place is free.
    """
    shown = fingerprint(people)
    count = people.order_by().count()
    title = ngettext("%(action)s: %(count)d registration", "%(action)s: %(count)d registrations", count)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": title % {"action": label.removesuffix(" …"), "count": count},
        "purpose": _("Look once more at how many match, and who, before it is done to exactly these."),
        "opts": model_admin.opts,
        "action": action,
        "label": label.removesuffix(" …"),
        "count": count,
        "filters": filters,
        "left_out": left_out,
        "without_place": beyond_places.if_decided(people, to=to) if to else [],
        "has_changed": "shown_across" in request.POST,
        "shown": shown,
        "names": named(request, people),
        "more": max(0, count - SHOWN_NAMES),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "cancel": request.get_full_path(),
        "media": model_admin.media,
        "nobody": _("Nobody matches these filters any more."),
    }
    return TemplateResponse(request, "admin/registration/submission/across.html", context)
