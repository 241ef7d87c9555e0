"""Meetings: the list with its totals, one meeting's page, import and refresh."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from registration.accounts import notices
from registration.admin import (
    after_saving,
    at_webex,
    form_at_webex,
    look,
    meeting_import,
    meeting_pages,
    news,
    publishing,
    roles,
    rules,
)
from registration.admin.across import AsksAcross
from registration.admin.base import WhenEmpty
from registration.admin.drift import drift_counts
from registration.admin.look import LogoInline
from registration.admin.meeting_form import (
    MeetingForm,
    QuestionInline,
    has_choice_of_accounts,
    posted_or_own_zone,
    shown_only,
    withheld,
)
from registration.admin.pausing import AccountFilter, PausedFilter, resume
from registration.admin.totals import Totals, totals_of
from registration.admin.words import NOTHING, state_counts, tone_word
from registration.flow import pauses
from registration.forms.fields import LinesField
from registration.models import Logo, Meeting
from registration.standard_fields import CHOSEN_FIELDS
from registration.states import Decision, Presence, WebexStatus

_ABOUT = ("title", "slug", "agenda", "scheduled_type", "timezone", "start_at", "end_at")
_HOST = ("host_display_name", "host_email")
_LOOK = ("intro", "accent_color", "shades")
_REGISTRATION = ("is_published", "is_cancelled", "opens_at", "closes_at", "approval", "holds_decisions")
_SIGN_UP = ("has_check_step", "has_challenge")
_ADDRESSES = ("confirms_address", "confirm_hours")
_PLACES = ("capacity", "waiting_list", "offer_hours")
_CHANGES = ("changes_until", "has_review_after_change")
_MAILS = ("send_email", "reply_to", "reminder_hours")
_WEBEX_CALLS = ("account", "webex_id", "host_email_parameter", "current")
_WEBEX_STATUS = ("approves_pending", "withdrawal", "auto_accept_request", "imported_at")


class MeetingList(ChangeList):
    """A page of meetings, each with its totals, which are read in one query for the page."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then its totals."""
        super().get_results(request)
        meetings = list(self.result_list)
        totals = totals_of([meeting.pk for meeting in meetings])
        for meeting in meetings:
            meeting.totals = totals[meeting.pk]
        self.result_list = meetings


@admin.register(Meeting)
class MeetingAdmin(AsksAcross):
    """A meeting, made by hand or imported."""

    purpose = _("All meetings with their totals: import one, change it, or see who signed up.")
    one_purpose = _("One meeting: its sign-up page, its form, and how it goes to Webex.")
    meeting_path = ""
    form = MeetingForm
    # With Webex's ends of lines: a browser sends others, which a refresh would tell as a change.
    formfield_overrides = {TextField: {"form_class": LinesField}}
    fieldsets = (
        (None, {"fields": (*_ABOUT, *_HOST, "group")}),
        (_("Registration"), {"fields": (*_REGISTRATION, *_SIGN_UP, *_ADDRESSES)}),
        (_("Places and waiting list"), {"fields": _PLACES}),
        (_("What attendees can change"), {"fields": _CHANGES}),
        (
            _("Mails"),
            {
                "fields": _MAILS,
                "description": _("A person’s own link for joining is known to Webex alone, and in its mail only."),
            },
        ),
        (_("Webex"), {"fields": (*_WEBEX_CALLS, *_WEBEX_STATUS)}),
        (
            _("Standard fields on the form"),
            {
                "fields": tuple(f"{field.name}_use" for field in CHOSEN_FIELDS),
                "description": _("First name, last name and e-mail address are always asked for."),
            },
        ),
        # The last, since the logo comes right after it.
        (_("Look of its pages"), {"fields": _LOOK}),
    )
    readonly_fields = ("shades", "auto_accept_request", "imported_at")
    prepopulated_fields = {"slug": ("title",)}
    radio_fields = {"approval": admin.VERTICAL, "waiting_list": admin.VERTICAL}
    inlines = (LogoInline, QuestionInline)
    list_display = (
        "title",
        "starts",
        "is_published",
        "running",
        "sign_ups",
        "decisions",
        "at_webex",
        "statuses",
    )
    list_filter = ("is_published", PausedFilter, "approval", "scheduled_type")
    list_select_related = ("account",)
    search_fields = ("title", "slug", "webex_id")
    ordering = ("-start_at", "-pk")
    list_per_page = 25
    actions = ("push_now", "sync_now", "refresh", "resume", "write_news")
    actions_that_ask = frozenset({"refresh", "write_news"})
    object_actions = ("resume", "push_now", "sync_now", "refresh", "write_news")
    object_action_hints = {
        "refresh": _("Reads the meeting and its form again, and shows what would change before it does."),
    }
    view_on_site = False

    # --- the list -----------------------------------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with totals."""
        return MeetingList

    @admin.display(description=_("starts"), ordering="start_at")
    def starts(self, meeting: Meeting) -> str:
        """When it starts, in its own time zone."""
        return f"{meeting.start_at.astimezone(meeting.zone):%Y-%m-%d %H:%M} {meeting.timezone}"

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """With the account, where there are several."""
        return (*self.list_display, "webex_account") if has_choice_of_accounts(request) else self.list_display

    def get_list_filter(self, request: HttpRequest) -> tuple[Any, ...]:
        """With the account, where there are several."""
        return (*self.list_filter, AccountFilter) if has_choice_of_accounts(request) else self.list_filter

    @admin.display(description=_("paused"), ordering="paused_at")
    def running(self, meeting: Meeting) -> str:
        """Whether people are sent to Webex for it."""
        return tone_word("bad", "✗", _("paused")) if meeting.is_paused else NOTHING

    @admin.display(description=_("Webex account"), ordering="account")
    def webex_account(self, meeting: Meeting) -> str:
        """In whose name Webex is called."""
        return str(meeting.account or _("of the settings"))

    @admin.display(description=_("registrations"))
    def sign_ups(self, meeting: Meeting) -> str:
        """How many there are, as a link to them."""
        changelist = reverse("admin:registration_submission_changelist")
        total = _totals(meeting).total
        return format_html('<a href="{}?meeting__id__exact={}">{}</a>', changelist, meeting.pk, total)

    @admin.display(description=_("decisions"))
    def decisions(self, meeting: Meeting) -> str:
        """How many are in each decision."""
        return state_counts(Decision, _totals(meeting).decisions, parameter="decision__exact", meeting_id=meeting.pk)

    @admin.display(description=_("at Webex"))
    def presences(self, meeting: Meeting) -> str:
        """How many are in each presence."""
        return state_counts(Presence, _totals(meeting).presences, parameter="presence__exact", meeting_id=meeting.pk)

    @admin.display(description=_("Webex status"))
    def statuses(self, meeting: Meeting) -> str:
        """How many have each Webex status."""
        return state_counts(WebexStatus, _totals(meeting).statuses, parameter="webex_status", meeting_id=meeting.pk)

    @admin.display(description=_("at Webex"))
    def at_webex(self, meeting: Meeting) -> str:
        """How many are in each presence, and who drifted: the list has no room for a column more."""
        return format_html("{} {}", self.presences(meeting), self.drift(meeting, otherwise=""))

    def drift(self, meeting: Meeting, *, otherwise: str = NOTHING) -> str:
        """How many are at Webex otherwise than here, as links to them."""
        return drift_counts(_totals(meeting), meeting_id=meeting.pk) or otherwise

    @admin.display(description=_("its shades"))
    def shades(self, meeting: Meeting) -> str:
        """What becomes of its colour on its pages."""
        return look.shades(meeting.accent_color)

    # --- actions and buttons ------------------------------------------------------------------------------------

    @admin.action(description=_("Push to Webex now"), permissions=["review"])
    def push_now(self, request: HttpRequest, chosen: QuerySet[Meeting]) -> HttpResponse:
        """Do at Webex what is due for the people of the chosen meetings, on the page that shows how it goes on."""
        return at_webex.push(request, chosen)

    @admin.action(description=_("Sync statuses now"), permissions=["review"])
    def sync_now(self, request: HttpRequest, chosen: QuerySet[Meeting]) -> None:
        """Read back the statuses of the people of the chosen meetings."""
        at_webex.sync_statuses(request, chosen)

    @admin.action(description=_("Refresh from Webex"), permissions=["change"])
    def refresh(self, request: HttpRequest, chosen: QuerySet[Meeting]) -> HttpResponse | None:
        """Show what would change about the one, or about each of several; a button there does it."""
        return form_at_webex.refresh_chosen(self, request, chosen)

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Meeting]) -> None:
        """Go on with those of the chosen that are paused, but not where the form may be another one at Webex."""
        resume(self, request, chosen, by=pauses.resume_meetings, held=list(pauses.not_to_resume(chosen)))

    @admin.action(description=_("Write to everybody who is registered …"), permissions=["review"])
    def write_news(self, request: HttpRequest, chosen: QuerySet[Meeting]) -> HttpResponse | None:
        """Ask for confirmation, then mail everybody when the meeting is now, or that it is cancelled."""
        return news.news_page(self, request, chosen)

    def is_of_use(self, action: str, obj: Any) -> bool:
        """Only what is paused can be resumed, and nobody is written to about a meeting that is over."""
        return bool({"resume": obj.is_paused, "write_news": obj.end_at > timezone.now()}.get(action, True))

    def when_empty(self, request: HttpRequest) -> WhenEmpty:
        """Lead those who may to the import."""
        return meeting_import.when_there_is_none(self, request)

    # --- pages --------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        """Add the import, the logo and the meeting's other pages."""
        view = self.admin_site.admin_view(self.import_view)
        logo = self.admin_site.admin_view(require_safe(self.logo_view))
        return [
            path("import/", view, name="registration_meeting_import"),
            path("<int:pk>/logo/", logo, name="registration_meeting_logo"),
            *meeting_pages.addresses(self),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Import a meeting from Webex."""
        return meeting_import.import_page(self, request)

    def logo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The logo, also of a meeting that is not published, for whoever may see the meeting's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        logo = get_object_or_404(Logo, meeting__in=self.get_queryset(request).filter(pk=pk))
        return HttpResponse(bytes(logo.content), content_type=logo.content_type)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Offer the import to those who may."""
        may_import = meeting_import.may_import(self, request)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show and read the times in the meeting's own time zone; look at a form that is published before it is."""
        meeting = self.get_object(request, object_id) if object_id else None
        with timezone.override(posted_or_own_zone(request, meeting)):
            if meeting is not None or object_id is None:
                publishing.look(self, request, meeting)
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if hasattr(response, "render"):
                # Here, since it would otherwise be rendered after the zone was left.
                response.render()
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Meeting | None = None) -> Any:
        """Without the fields that the user is not offered; with what is shown, for whoever may store something else."""
        hidden = withheld(request)
        fieldsets: Any = [
            (title, {**options, "fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]
        if obj and self.has_change_permission(request, obj):
            fieldsets[0][1]["fields"].append("shown")
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Meeting | None = None) -> Any:
        """With the fields that the user only sees."""
        return [*super().get_readonly_fields(request, obj), *sorted(shown_only(request))]

    def get_form(self, request: HttpRequest, obj: Meeting | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Without them as well where the form names them itself; it knows why the meeting cannot be published."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        for name in withheld(request) | shown_only(request):
            form.base_fields.pop(name, None)
        form.why_not_published = publishing.refusals(request, obj)
        return form

    def save_model(self, request: HttpRequest, obj: Meeting, form: Any, change: bool) -> None:
        """Write what the form is about and nothing else: the meeting may have been paused since it was shown."""
        if change and not form.changed_data:
            return
        names = [name for name in form.fields if name in form.cleaned_data and name != "shown"]
        obj.save(update_fields=names if change else None)
        after_saving.follow_up(request, obj, form, is_new=not change)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add the buttons and the totals to the page of a meeting."""
        meeting = context["original"]
        if meeting is not None:
            context |= {
                "buttons": self.buttons(request, meeting),
                "links": meeting_pages.links(self, request, meeting),
                "rules": rules.summary(self, request, meeting),
                "role_holders": roles.of_meeting(request, meeting),
                "notices": [
                    *notices.of_account_of(meeting),
                    *notices.of_meeting(meeting, now=timezone.now()),
                ],
                "totals": [
                    (_("registrations"), self.sign_ups(meeting)),
                    (_("decisions"), self.decisions(meeting)),
                    (_("at Webex"), self.presences(meeting)),
                    (_("Webex status"), self.statuses(meeting)),
                    (_("drift"), self.drift(meeting)),
                ],
            }
        if request.FILES and context.get("errors") and not look.is_picture_refused(context["inline_admin_formsets"]):
            messages.warning(request, _("Choose the logo’s picture again: browsers do not keep files."))
        return super().render_change_form(request, context, *args, **kwargs)


def _totals(meeting: Meeting) -> Totals:
    """The meeting's totals: those of the page's one query, or else read now, once."""
    if not hasattr(meeting, "totals"):
        meeting.totals = totals_of([meeting.pk])[meeting.pk]  # type: ignore[attr-defined]
    return meeting.totals  # type: ignore[attr-defined, no-any-return]
