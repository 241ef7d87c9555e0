"""The page between choosing missing people and having them looked up again: it says what Webex will do then."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.choice import SHOWN_NAMES, filters_in_words, fingerprint, named, way_back
from registration.flow import drift
from registration.flow.review import Reviewed
from registration.models import Submission

if TYPE_CHECKING:
    from django.db.models import QuerySet


def look_up_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "QuerySet[Submission]") -> HttpResponse | None:
    """Show the page, or, once it was confirmed, have those of the chosen looked up who are missing at Webex.

    Where others are missing than when the page was shown, it is shown again. Shows nothing where nobody is missing.
    """
    missing = drift.missing(chosen)
    has_changed = False
    if "shown" in request.POST:
        with transaction.atomic():
            if request.POST["shown"] == fingerprint(missing):
                count = chosen.count()
                _tell(request, drift.look_up_again(missing, at=timezone.now(), by=acting_user(request)), count)
                return None
        has_changed = True
    shown = fingerprint(missing)
    count = missing.count()
    if not count:
        messages.info(request, _("Nobody of these is missing at Webex."))
        return None
    again, mailed = drift.registered_again(chosen)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": ngettext("Look up %d missing person again", "Look up %d missing people again", count) % count,
        "purpose": _("Have people looked for at Webex once more whom the last sync did not find there."),
        "opts": model_admin.opts,
        "has_changed": has_changed,
        "shown": shown,
        "names": named(request, missing),
        "more": max(0, count - SHOWN_NAMES),
        "again": again,
        "mailed": mailed,
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "filters": filters_in_words(model_admin, request),
        "cancel": way_back(model_admin, request, chosen),
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/registration/submission/look_up.html", context)


def _tell(request: HttpRequest, done: int, count: int) -> None:
    words = ngettext("%d will be looked up with the next push.", "%d will be looked up with the next push.", done)
    left = max(0, count - done)
    why = ngettext("%d is not missing", "%d are not missing", left) % left
    tell(request, words % done, Reviewed(done, left, (why,)))
