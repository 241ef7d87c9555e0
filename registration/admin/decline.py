"""The page between choosing whom to decline and declining them: it asks for the reason."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import helpers
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.choice import SHOWN_NAMES, fingerprint, way_back
from registration.flow import review
from registration.models import Submission

if TYPE_CHECKING:
    _Submissions = QuerySet[Submission]


class DeclineForm(forms.Form):
    """The reason."""

    required_css_class = "required"

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=AdminTextareaWidget(attrs={"rows": 4, "dir": "auto"}),
        help_text=gettext_lazy("It is mailed to the attendees, and they can read it on their own page."),
        error_messages={"required": gettext_lazy("Enter a reason: it is mailed to the attendees.")},
    )


def decline_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "_Submissions") -> HttpResponse | None:
    """Show the page, or decline the chosen once the reason was given (then there is nothing to show).

    Nobody is declined unseen: where others match the choice than when the page was shown, it is shown again.
    (On PostgreSQL, somebody who comes to match a filter between the look and the decision can still slip in.)
    """
    form = DeclineForm(request.POST if "reason" in request.POST else None)
    if form.is_valid():
        with transaction.atomic():
            if request.POST.get("shown") == fingerprint(chosen):
                done = review.decline(chosen, by=acting_user(request), reason=form.cleaned_data["reason"])
                tell(request, ngettext("%d declined.", "%d declined.", done.changed) % done.changed, done)
                return None
        form.add_error(None, _("Other people match your choice now. Look at it again."))
    # Before all that is shown: who comes to match in between was not seen.
    shown = fingerprint(chosen)
    count = chosen.count()
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": ngettext("Decline %d registration", "Decline %d registrations", count) % count,
        "opts": model_admin.opts,
        "form": form,
        "shown": shown,
        "names": [submission.full_name for submission in chosen[:SHOWN_NAMES]],
        "more": max(0, count - SHOWN_NAMES),
        "withdrawals": review.withdrawals(chosen),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "cancel": way_back(model_admin, request, chosen),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/registration/submission/decline.html", context)
