"""Erasing people for whom staff were asked to, by letter, say: the page that asks once more, and the filter."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin import next_in_line
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.choice import SHOWN_NAMES, filters_in_words, fingerprint, named, way_back
from registration.admin.words import tone_word
from registration.flow import erase, moving_up
from registration.flow.moving_up import Next
from registration.models import Submission
from registration.models.submission import BEING_ERASED
from registration.states import Decision, Presence

if TYPE_CHECKING:
    from django.db.models import QuerySet


class ErasureFilter(admin.SimpleListFilter):
    """Who was erased, and who still waits to be removed at Webex."""

    title = gettext_lazy("erasure")
    parameter_name = "erasure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two kinds."""
        return [("waiting", _("being erased")), ("erased", _("erased"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Submission]") -> "QuerySet[Submission]":
        """Keep those of the chosen kind; any other keeps all."""
        match self.value():
            case "waiting":
                return queryset.filter(BEING_ERASED)
            case "erased":
                return queryset.filter(erased_at__isnull=False)
        return queryset


def erasure_word(submission: Submission) -> SafeString | str:
    """What stands in the place of the name of somebody who asked to be erased; nothing for anybody else."""
    if submission.erased_at is not None:
        return tone_word("quiet", "–", _("erased"))
    return tone_word("waits", "→", _("being erased")) if submission.erase_asked_at is not None else ""


def erase_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "QuerySet[Submission]") -> HttpResponse | None:
    """Show the page, or, once it was confirmed, erase the chosen (then there is nothing to show).

    Nobody is erased unseen: where others match the choice than when the page was shown, it is shown again.
    """
    left = chosen.filter(erase_asked_at=None)
    # The keys, so that what is erased is what was looked at, whoever comes to match the choice meanwhile.
    pks = list(left.order_by("pk").values_list("pk", flat=True))
    if not pks:
        messages.info(request, _("Nothing was done: these were erased already."))
        return None
    people = Submission.objects.filter(pk__in=pks)
    shown = fingerprint(people)
    has_changed = "shown" in request.POST and request.POST["shown"] != shown
    if "shown" in request.POST and not has_changed:
        already = chosen.count() - len(pks)
        _tell(request, erase.ask(people, at=timezone.now(), by=acting_user(request)))
        if already:
            words = ngettext("Left as it was: %d, erased already.", "Left as they were: %d, erased already.", already)
            messages.warning(request, words % already)
        return None
    count = len(pks)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": ngettext("Erase the data of %d person", "Erase the data of %d people", count) % count,
        "purpose": _("Look once more at whose data go for good, and what follows from it."),
        "opts": model_admin.opts,
        "has_changed": has_changed,
        "shown": shown,
        "names": named(request, left),
        "more": max(0, count - SHOWN_NAMES),
        "at_webex": people.exclude(presence__in=[Presence.ABSENT, Presence.REFUSED]).count(),
        "mailed": people.filter(~Q(presence__in=[Presence.ABSENT, Presence.REFUSED]), meeting__send_email=True).count(),
        "moving_up": list(next_in_line.words(request, _moving_up(people))),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "filters": filters_in_words(model_admin, request),
        "cancel": way_back(model_admin, request, chosen),
        "media": model_admin.media,
    }
    return TemplateResponse(request, "admin/registration/submission/erase.html", context)


def _moving_up(people: "QuerySet[Submission]") -> list[Next]:
    """Who gets the places that are free once they are cancelled; nobody any more where the meeting is over."""
    now = timezone.now()
    return moving_up.if_decided(people.filter(meeting__end_at__gt=now), to=Decision.CANCELLED, at=now)


def _tell(request: HttpRequest, pks: list[int]) -> None:
    waiting = Submission.objects.filter(BEING_ERASED, pk__in=pks).count()
    if done := len(pks) - waiting:
        messages.success(request, ngettext("%d erased.", "%d erased.", done) % done)
    if waiting:
        words = ngettext(
            "%d is erased once the next push has removed them at Webex.",
            "%d are erased once the next push has removed them at Webex.",
            waiting,
        )
        messages.success(request, words % waiting)
