"""Drift: people who are at Webex only, with what to do about them, and the filter for those who drifted apart."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registration import roles
from registration.admin import adopting, private
from registration.admin.across import AsksAcross
from registration.admin.base import acting_user, tell
from registration.admin.choice import SHOWN_NAMES, note_look_at_strangers
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.numbers import TimeFilter
from registration.admin.totals import Totals
from registration.admin.words import NOTHING, state_word, tone_word
from registration.flow import disagreements, drift
from registration.flow.review import Reviewed
from registration.models import Submission, UnknownRegistrant
from registration.models.submission import MISSING, NOT_LEFT
from registration.states import WebexStatus

_CHANGELIST = "admin:registration_unknownregistrant_changelist"


class DriftFilter(admin.SimpleListFilter):
    """Submissions on which Webex and the portal do not agree."""

    title = _("drift")
    parameter_name = "drift"
    choices_offered = (
        ("missing", _("missing at Webex")),
        ("different", _("decided differently")),
        ("left", _("left as at Webex")),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two kinds, and those of both whom staff left so."""
        return list(self.choices_offered)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        """Keep those of the chosen kind; any other keeps all."""
        match self.value():
            case "missing":
                return queryset.filter(MISSING)
            case "different":
                return disagreements.among(queryset).filter(NOT_LEFT)
            case "left":
                return drift.left(queryset)
        return queryset


@admin.register(UnknownRegistrant)
class UnknownRegistrantAdmin(AsksAcross):
    """Read-only, but for adopting and ignoring: what is shown is Webex's, as the last sync read it."""

    purpose = _("People whom Webex has registered and the portal does not know: adopt or ignore them.")
    one_purpose = _("One person whom only Webex knows: adopt them here, or ignore them.")
    words_when_empty = _("Nobody is at Webex only, as far as the last sync saw: there is nothing to do here.")
    list_display = ("name", "email_address", "status_word", "meeting", "registered", "is_ignored")
    verb_permissions = {"view": roles.SEE_PEOPLE}
    shows_people = True
    list_display_links = ("name",)
    list_filter = ("is_ignored", "webex_status", TimeFilter, MeetingFilter)
    list_select_related = ("meeting",)
    search_fields = ("first_name__in_any_case", "last_name__in_any_case", "email__in_any_case")
    search_help_text = _("Name or e-mail address")
    actions = ("adopt", "ignore", "stop_ignoring")
    object_actions = ("adopt", "ignore", "stop_ignoring")
    object_action_hints = {
        "adopt": _("Makes a registration here that stands for them, decided as at Webex. Nobody is mailed.")
    }
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("registrant_id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: a sync finds them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it is Webex's."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the next sync would find them again."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Who may view the list finds it on the start page."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UnknownRegistrant]:
        """With the meeting, which every page shows."""
        return super().get_queryset(request).select_related("meeting")

    # --- the list -----------------------------------------------------------------------------------------------

    @admin.display(description=_("name"), ordering="last_name")
    def name(self, person: UnknownRegistrant) -> SafeString:
        """First and last name, in whichever direction they are written."""
        return format_html('<bdi class="words">{}</bdi>', person)

    @admin.display(description=_("e-mail address"), ordering="email")
    def email_address(self, person: UnknownRegistrant) -> SafeString:
        """The address, which breaks before its @ where it is too long for a line."""
        name, at, host = person.email.rpartition("@")
        return format_html('<bdi class="words email">{}<wbr>{}{}</bdi>', name, at, host)

    @admin.display(description=_("Webex status"), ordering="webex_status")
    def status_word(self, person: UnknownRegistrant) -> str:
        """The status as Webex last told it, as a coloured word."""
        return state_word(WebexStatus, person.webex_status)

    @admin.display(description=_("registered (UTC)"), ordering="registration_time")
    def registered(self, person: UnknownRegistrant) -> str:
        """When they registered at Webex."""
        return f"{person.registration_time:%Y-%m-%d %H:%M}" if person.registration_time else NOTHING

    # --- what to do about them ----------------------------------------------------------------------------------

    @admin.action(description=_("Adopt"), permissions=["review"])
    def adopt(self, request: HttpRequest, chosen: QuerySet[UnknownRegistrant]) -> HttpResponse | None:
        """Let registrations here stand for the chosen."""
        done = adopting.adopt(chosen, by=acting_user(request), at=timezone.now())
        tell(request, adopting.told(done.changed), done)
        # Whose own page one came from have left it.
        match = request.resolver_match
        is_on_a_page = match is not None and "pk" in match.kwargs
        return HttpResponseRedirect(reverse(_CHANGELIST)) if is_on_a_page else None

    @admin.action(description=_("Ignore"), permissions=["review"])
    def ignore(self, request: HttpRequest, chosen: QuerySet[UnknownRegistrant]) -> None:
        """Leave the chosen at Webex, and report them no more."""
        chosen_count = chosen.count()
        count = drift.ignore(chosen, by=acting_user(request))
        left = chosen_count - count
        words = ngettext("%d is ignored now.", "%d are ignored now.", count) % count
        why = ngettext("%d was ignored already", "%d were ignored already", left) % left
        tell(request, words, Reviewed(count, left, (why,)))

    @admin.action(description=_("Stop ignoring"), permissions=["review"])
    def stop_ignoring(self, request: HttpRequest, chosen: QuerySet[UnknownRegistrant]) -> None:
        """Report the chosen again."""
        chosen_count = chosen.count()
        count = drift.stop_ignoring(chosen, by=acting_user(request))
        left = chosen_count - count
        words = ngettext("%d is reported again.", "%d are reported again.", count) % count
        why = ngettext("%d was not ignored", "%d were not ignored", left) % left
        tell(request, words, Reviewed(count, left, (why,)))

    def named_across(self, request: HttpRequest, rows: QuerySet[UnknownRegistrant]) -> list[str]:
        """Their names."""
        people = list(rows[:SHOWN_NAMES])
        if people:
            note_look_at_strangers(request, people)
        return [str(person) for person in people]

    # --- one person's page --------------------------------------------------------------------------------------

    def is_of_use(self, action: str, obj: Any) -> bool:
        """Whether the action can do anything to the person as they are."""
        return {"adopt": True, "ignore": not obj.is_ignored, "stop_ignoring": bool(obj.is_ignored)}[action]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        person = context["original"]
        context |= {
            "title": str(person),
            "subtitle": None,
            "buttons": self.buttons(request, person),
            "webex_status": self.status_word(person),
            "given_fields": drift.given_fields(person),
            "questions": private.given_at_webex(request, person.meeting, drift.given_answers(person)),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def drift_counts(totals: Totals, *, meeting_id: int) -> SafeString:
    """How many of the meeting drifted, and how, each a link to those; empty where nobody did."""
    submissions = reverse("admin:registration_submission_changelist")
    kinds = [
        (submissions, "drift=missing", totals.missing, _("missing")),
        (submissions, "drift=different", totals.differently, _("differs")),
        (reverse(_CHANGELIST), "is_ignored__exact=0", totals.strangers, _("only there")),
    ]
    links = [
        (address, meeting_id, query, count, tone_word("doubt", "?", words))
        for address, query, count, words in kinds
        if count
    ]
    link = '<a class="state-count" href="{}?meeting__id__exact={}&amp;{}">{} {}</a>'
    return format_html_join(" ", link, links)
