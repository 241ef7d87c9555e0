"""The page between choosing whom to decline and declining them: it asks for the reason."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import helpers
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin import next_in_line
from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.choice import SHOWN_NAMES, filters_in_words, fingerprint, named, way_back
from registration.admin.undo import local, with_way_back
from registration.flow import moving_up, review
from registration.flow.moving_up import Next
from registration.forms.fields import LinesField
from registration.models import AuditEntry, DeclineReason, Submission
from registration.states import Decision

if TYPE_CHECKING:
    _Submissions = QuerySet[Submission]

_MOST_REASONS = 200


class _Reasons(forms.Select):
    """Reasons to choose from, each with its text for the script that fills it in."""

    texts: Mapping[str, str] = {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option, with the text of the reason."""
        option = super().create_option(name, value, *args, **kwargs)
        if text := self.texts.get(str(value)):
            option["attrs"]["data-text"] = text
        return option


class DeclineForm(forms.Form):
    """The reason: typed, or chosen from those that staff prepared, or both."""

    prepared = forms.ChoiceField(
        label=gettext_lazy("Prepared reason"),
        required=False,
        widget=_Reasons(attrs={"data-fills": "id_reason"}),
        help_text=gettext_lazy("Its text is taken where none is typed."),
    )
    reason = LinesField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        widget=AdminTextareaWidget(attrs={"rows": 4, "dir": "auto"}),
        help_text=gettext_lazy("It is mailed to the attendees, and they can read it on their own page."),
    )

    @classmethod
    def of(cls, meetings: Collection[int], data: "QueryDict | None") -> "DeclineForm":
        """The form for people of these meetings; reasons of one meeting are offered where all are of that one."""
        is_for_them = Q(meeting=None) | (Q(meeting__in=list(meetings)) if len(meetings) == 1 else Q(pk=None))
        offered = list(DeclineReason.objects.filter(is_for_them)[:_MOST_REASONS])
        form = cls(data)
        widget = form.fields["prepared"].widget
        widget.texts = {str(reason.pk): reason.text for reason in offered}
        choices = [("", _("none: type it below")), *((str(reason.pk), reason.title) for reason in offered)]
        form.fields["prepared"].choices = choices  # type: ignore[attr-defined]
        if not offered:
            del form.fields["prepared"]
        return form

    def clean(self) -> dict[str, Any]:
        """Take the prepared text where none was typed."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("reason") and "reason" not in self.errors:
            texts = self.fields["prepared"].widget.texts if "prepared" in self.fields else {}
            cleaned["reason"] = texts.get(cleaned.get("prepared", ""), "")
            if not cleaned["reason"]:
                self.add_error("reason", _("Enter a reason: it is mailed to the attendees."))
        return cleaned


def decline_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "_Submissions") -> HttpResponse | None:
    """Show the page, or decline the chosen once the reason was given (then there is nothing to show).

    Nobody is declined unseen: where others match the choice than when the page was shown, it is shown again.
    (On PostgreSQL, somebody who comes to match a filter between the look and the decision can still slip in.)
    Whoever came from another page goes back there.
    """
    back = local(request.POST.get("back", ""))
    cancel = back or way_back(model_admin, request, chosen)
    meetings = list(chosen.order_by().values_list("meeting", flat=True).distinct()[:2])
    form = DeclineForm.of(meetings, request.POST if "reason" in request.POST else None)
    if form.is_valid():
        with transaction.atomic():
            if request.POST.get("shown") == fingerprint(chosen):
                done = review.decline(chosen, by=acting_user(request), reason=form.cleaned_data["reason"])
                words = ngettext("%d declined.", "%d declined.", done.changed) % done.changed
                told = with_way_back(request, words, done, AuditEntry.Action.DECLINED, back=cancel)
                tell(request, told, done)
                return HttpResponseRedirect(back) if back else None
        form.add_error(None, _("Other people match your choice now. Look at it again."))
    # Before all that is shown: who comes to match in between was not seen.
    shown = fingerprint(chosen)
    count = chosen.count()
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": ngettext("Decline %d registration", "Decline %d registrations", count) % count,
        "purpose": _("Give the reason, which each of these people reads; then they are declined."),
        "opts": model_admin.opts,
        "form": form,
        "shown": shown,
        "names": named(request, chosen),
        "more": max(0, count - SHOWN_NAMES),
        "withdrawals": review.withdrawals(chosen),
        "not_withdrawn": review.not_withdrawn(chosen),
        "moving_up": list(next_in_line.words(request, _moving_up(chosen))),
        "is_held": chosen.filter(meeting__holds_decisions=True).exists(),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "filters": filters_in_words(model_admin, request),
        "back": back,
        "cancel": cancel,
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/registration/submission/decline.html", context)


def _moving_up(chosen: "_Submissions") -> list[Next]:
    """Who gets the places that are free once they are declined. What is held frees none before its release."""
    counted = chosen.order_by().values("pk")
    freeing = Submission.objects.filter(pk__in=counted, erase_asked_at=None, meeting__holds_decisions=False)
    return moving_up.if_decided(freeing, to=Decision.DECLINED, at=timezone.now())
