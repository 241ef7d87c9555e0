"""The audit: who of the staff did or saw what, of the meetings that its reader manages. Nobody changes it."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import roles
from registration.admin import looks, undo
from registration.admin.audit_changes import changes
from registration.admin.audit_filters import ByFilter, FromFilter, PersonFilter, UntilFilter, WhenFilter, about
from registration.admin.base import StaffAdmin
from registration.admin.erase import erasure_word
from registration.admin.meeting_filter import MeetingFilter, is_key
from registration.admin.paging import CappedPaginator
from registration.admin.words import LOOKS, NOTHING, tone_word
from registration.models import AuditEntry, Submission
from registration.states import Decision, Presence, WebexStatus

_READ = "registration.view_auditentry"
_MOST_PEOPLE = 200
_OF_ONE = gettext_lazy(
    "What staff did to one person and saw of them alone; exports and looks at lists stand in the audit of the meeting."
)
_LABELS: dict[str, Any] = {value: label for kind in (Decision, Presence, WebexStatus) for value, label in kind.choices}


def address_of(request: HttpRequest, submission: Submission) -> str:
    """The address of all that was done to somebody and seen of them; empty for whoever may not read it."""
    if not request.user.has_perm(_READ, submission.meeting):
        return ""
    return f"{reverse('admin:registration_auditentry_changelist')}?person={submission.pk}"


@admin.register(AuditEntry)
class AuditAdmin(StaffAdmin):
    """Read-only. Who reads the audit of some meetings reads what was done to, and seen of, each of these.

    What was done to people of several meetings at once is an entry for each, with its own people alone. A look at a
    list on which people of several meetings were is told to those alone who read the audit of all; and which lists and
    exports somebody was on is not found from their page.
    """

    purpose = gettext_lazy(
        "What staff did and saw, the newest first; all about one person is found from their own page."
    )
    one_purpose = gettext_lazy("One thing that somebody of the staff did or saw, and whom it was about.")
    words_when_empty = gettext_lazy("Nothing is written down yet: what staff do and see from now on stands here.")

    list_display = ("when", "who", "what", "about", "meeting_title", "how_many", "how")
    list_display_links = ("when",)
    list_filter = ("action", WhenFilter, FromFilter, UntilFilter, ByFilter, MeetingFilter, PersonFilter)
    list_select_related = ("by", "meeting", "submission")
    paginator = CappedPaginator
    sortable_by = ()
    # They would count all there is.
    show_facets = admin.ShowFacets.NEVER
    actions = None
    # The page is a template of its own; the form behind it has nothing to fill in.
    fields = ("action",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: what is done writes it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    # --- whose entries ------------------------------------------------------------------------------------------

    def may(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """Whether the user may read the entry: that of a meeting of theirs."""
        if obj is None or verb != "view":
            return super().may(request, verb)
        return self._readable(request).filter(pk=obj.pk).exists()

    def permissions_of(self, verb: str) -> list[str]:
        """To read it is one thing, to change it nobody's."""
        return [_READ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Those of their meetings; and all about one person, where they ask for that person."""
        person = PersonFilter.chosen(request)
        if person is None:
            return self._readable(request)
        theirs = roles.only(Submission.objects.filter(pk=person), request.user, _READ)
        return about(person) if theirs.exists() else AuditEntry.objects.none()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AuditEntry | None:
        """With what its page shows; whatever the list behind it was narrowed to."""
        if not is_key(object_id):
            return None
        found: AuditEntry | None = (
            self._readable(request).filter(pk=int(object_id)).select_related("by", "meeting", "submission").first()
        )
        return found

    def _readable(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return roles.only(AuditEntry.objects.all(), request.user, _READ)

    # --- the list -----------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Of one person, say where the rest stands."""
        is_of_one = PersonFilter.chosen(request) is not None
        said = {"purpose": _OF_ONE} if is_of_one else {}
        return super().changelist_view(request, {**said, **(extra_context or {})})

    @admin.display(description=gettext_lazy("when (UTC)"))
    def when(self, entry: AuditEntry) -> str:
        """When it was."""
        return f"{entry.at:%Y-%m-%d %H:%M:%S}"

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        """Who of the staff it was."""
        return entry.by.get_full_name() or entry.by.get_username()

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry: AuditEntry) -> str:
        """What they did."""
        return entry.get_action_display()

    @admin.display(description=gettext_lazy("of"))
    def about(self, entry: AuditEntry) -> SafeString:
        """Whom or what it was about."""
        words = person_link(entry.submission) if entry.submission is not None else entry.thing or _("people")
        return format_html('<span class="words" dir="auto">{}</span>', words)

    @admin.display(description=gettext_lazy("meeting"))
    def meeting_title(self, entry: AuditEntry) -> SafeString | str:
        """The meeting, where it was one."""
        return format_html('<bdi class="words">{}</bdi>', entry.meeting) if entry.meeting is not None else NOTHING

    @admin.display(description=gettext_lazy("how many"))
    def how_many(self, entry: AuditEntry) -> str:
        """How many it was about, where they are of one meeting; else it would tell of others'."""
        return str(entry.count) if entry.meeting_id is not None or entry.count == 1 else _("of several meetings")

    @admin.display(description=gettext_lazy("how"))
    def how(self, entry: AuditEntry) -> str:
        """How they did it."""
        return entry.note or NOTHING

    # --- one entry's page ---------------------------------------------------------------------------------------

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Add what the page shows."""
        entry = context["original"]
        people = roles.only(entry.people.all(), request.user, _READ, path="submission__meeting")
        shown = list(people.select_related("submission")[: _MOST_PEOPLE + 1])
        may_see = _may_see_changes(request, entry)
        context |= {
            "title": f"{self.what(entry)} – {self.when(entry)} UTC",
            "subtitle": None,
            "who": self.who(entry),
            "about": self.about(entry),
            "changes": changes(entry) if may_see else [],
            "is_withheld": not may_see,
            "people": [(person_link(row.submission), _state(row.before), _state(row.after)) for row in shown],
            "undo": undo.address_of_entry(request, entry),
            "is_cut": len(shown) > _MOST_PEOPLE,
        }
        if entry.submission_id or shown:
            looks.note_page(self, request, entry)
        return super().render_change_form(request, context, *args, **kwargs)


def person_link(submission: Submission) -> SafeString:
    """Their name, which leads to their page."""
    address = reverse("admin:registration_submission_change", args=[submission.pk])
    words = erasure_word(submission) or submission.full_name
    return format_html('<a href="{}"><bdi>{}</bdi></a>', address, words)


def _may_see_changes(request: HttpRequest, entry: AuditEntry) -> bool:
    """An attendee's answers before and after are for who may see the private ones, which are among them."""
    if entry.submission_id is None or not (entry.before or entry.after):
        return True
    return entry.meeting is not None and request.user.has_perm(roles.SEE_PRIVATE, entry.meeting)


def _state(value: str) -> SafeString | str:
    if value not in LOOKS:
        return value or NOTHING
    symbol, tone = LOOKS[value]
    return tone_word(tone, symbol, _LABELS.get(value, value))
