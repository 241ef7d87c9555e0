"""The page between choosing meetings and writing to everybody who is registered for them."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import wording
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.choice import fingerprint, way_back
from registration.flow import news
from registration.models import Meeting

MOVES = frozenset({"is_cancelled", "start_at", "end_at", "timezone"})
"""The fields of a meeting whose change is news."""


def news_page(model_admin: StaffAdmin, request: HttpRequest, chosen: QuerySet[Meeting]) -> HttpResponse | None:
    """Show the page, or, once it was confirmed, write to everybody.

    Nobody is written to unseen: where it concerns others than when the page was shown, it is shown again. Shows nothing
    where it concerns nobody.
    """
    now = timezone.now()
    people = news.people(chosen, at=now)
    has_changed = False
    if "shown" in request.POST:
        with transaction.atomic():
            if request.POST["shown"] == fingerprint(people):
                _tell(request, news.write(chosen, at=now, by=acting_user(request)))
                return None
        has_changed = True
    shown, count = fingerprint(people), people.count()
    if not count:
        messages.info(request, _("Nobody is registered for a meeting of these that is to come."))
        return None
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": ngettext("Write to %d person", "Write to %d people", count) % count,
        "purpose": _("Tell everybody who is registered when a meeting is now, or that it does not take place."),
        "opts": model_admin.opts,
        "has_changed": has_changed,
        "shown": shown,
        "meetings": [
            {"meeting": meeting, "when": wording.when(meeting), "count": people.filter(meeting=meeting).count()}
            for meeting in chosen.order_by("start_at", "pk")
        ],
        "selected": [str(pk) for pk in chosen.values_list("pk", flat=True)],
        "select_across": request.POST.get("select_across", "0"),
        "cancel": way_back(model_admin, request, chosen),
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/registration/meeting/news.html", context)


def point_to_it(request: HttpRequest, meeting: Meeting, changed: list[str]) -> None:
    """After a change that is news, say that nobody has been told."""
    if not MOVES.intersection(changed):
        return
    count = news.people(Meeting.objects.filter(pk=meeting.pk), at=timezone.now()).count()
    if count:
        words = ngettext(
            "%d registered person has not been told of this change: press “Write to everybody who is registered …”.",
            "%d registered people have not been told of this change: press “Write to everybody who is registered …”.",
            count,
        )
        messages.warning(request, words % count)


def _tell(request: HttpRequest, count: int) -> None:
    if count:
        messages.success(request, ngettext("%d mail is on its way.", "%d mails are on their way.", count) % count)
    else:
        messages.info(request, _("Nothing was done: their mails are on their way already."))
