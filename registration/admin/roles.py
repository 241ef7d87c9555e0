"""Who has which role, and the groups of meetings. Whoever gives roles gives them for their own meetings only."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import roles
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.meeting_filter import MeetingFilter
from registration.admin.role_form import RoleForm
from registration.models import Meeting, MeetingGroup, RoleAssignment

_MOST = 100
"""So many are named on a meeting's page at most."""


class RoleMeetingFilter(MeetingFilter):
    """By the meeting for which a role was given as such."""


@admin.register(RoleAssignment)
class RoleAdmin(StaffAdmin):
    """The roles that the user may know of: those for the meetings, and the groups of them, that they administer."""

    purpose = gettext_lazy("Who may do what here: a role holds for one meeting, a group of them, or all.")
    one_purpose = gettext_lazy("One person’s role: what they may do, and for which meetings.")
    words_when_empty = gettext_lazy("Nobody has a role yet.")
    first_step = gettext_lazy("Give one to those who are to help with a meeting.")

    form = RoleForm
    meeting_path = None
    fields = ("user", "role", "meeting", "group")
    list_display = ("person", "role", "holds_for")
    list_display_links = ("person",)
    list_filter = ("role", RoleMeetingFilter)
    list_select_related = ("user", "meeting", "group")
    search_fields = ("user__username", "user__first_name", "user__last_name", "meeting__title", "group__name")
    search_help_text = gettext_lazy("Person, meeting or group of meetings")

    # --- who may what: a role belongs to a meeting, to a group of them, or to all --------------------------------

    def may(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """Whether the user may do this to the role: where it holds, they are to be an administrator themselves."""
        if obj is None:
            return super().may(request, verb)
        return any(_covers(request, perm, obj) for perm in self.permissions_of(verb))

    def only(self, request: HttpRequest, verb: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the roles to which the user may do this."""
        perms = self.permissions_of(verb)
        meetings = roles.scope(request.user, *perms)
        if meetings is None:
            return rows
        groups = [group for perm in perms for group in roles.groups(request.user, perm) or ()]
        return rows.filter(Q(meeting__in=meetings) | Q(group__in=groups))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes their own role: they could raise it."""
        return super().has_change_permission(request, obj) and (obj is None or obj.user_id != request.user.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor does anybody take their own from themselves, alone or among others: they could not take that back."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.user_id != request.user.pk)

    # --- the list -----------------------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("person"), ordering="user__username")
    def person(self, role: RoleAssignment) -> SafeString:
        """Whose role it is."""
        return format_html('<bdi class="words">{}</bdi>', name_of(role.user))

    @admin.display(description=gettext_lazy("for"))
    def holds_for(self, role: RoleAssignment) -> SafeString:
        """For which meetings it holds."""
        return _where(role)

    # --- one role's page ----------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: RoleAssignment | None = None) -> tuple[str, ...]:
        """Whose it is stays: another person's role is another role."""
        return ("user",) if obj is not None else ()

    def get_form(
        self, request: HttpRequest, obj: RoleAssignment | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, which knows who fills it in."""
        form = super().get_form(request, obj, change, **kwargs)
        form.acting = acting_user(request)
        return form


@admin.register(MeetingGroup)
class MeetingGroupAdmin(StaffAdmin):
    """Groups of meetings. A meeting's own page says which it belongs to."""

    purpose = gettext_lazy("Meetings that belong together, so that one role holds for all of them.")
    one_purpose = gettext_lazy("One group of meetings; which belong to it is said on their own pages.")
    words_when_empty = gettext_lazy("There is no group yet.")
    first_step = gettext_lazy("Make one to give somebody a role for several meetings.")

    meeting_path = None
    list_display = ("name", "size")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MeetingGroup]:
        """With the number of their meetings."""
        found: QuerySet[MeetingGroup] = super().get_queryset(request).annotate(size=Count("meetings"))
        return found

    @admin.display(description=gettext_lazy("meetings"), ordering="size")
    def size(self, group: MeetingGroup) -> int:
        """How many meetings belong to it."""
        return group.size  # type: ignore[attr-defined, no-any-return]


def of_meeting(request: HttpRequest, meeting: Meeting) -> dict[str, Any] | None:
    """Who has a role for the meeting, the most powerful first, for whoever may know; else nothing. One query."""
    if not request.user.has_perm("registration.view_roleassignment", meeting):
        return None
    holds = Q(meeting=meeting) | Q(meeting=None, group=None)
    if meeting.group_id is not None:
        holds |= Q(group=meeting.group_id)
    rank = Case(
        *(When(role=role, then=Value(-number)) for number, role in enumerate(RoleAssignment.Role)),
        output_field=IntegerField(),
    )
    rows = RoleAssignment.objects.filter(holds).select_related("user", "group").order_by(rank, "user__username", "pk")
    may_add = request.user.has_perm("registration.add_roleassignment", meeting)
    add = f"{reverse('admin:registration_roleassignment_add')}?meeting={meeting.slug}"
    return {
        "rows": [(name_of(row.user), row.get_role_display(), _short(row, meeting)) for row in rows[:_MOST]],
        "add": add if may_add else "",
        "list": f"{reverse('admin:registration_roleassignment_changelist')}?meeting__id__exact={meeting.pk}",
    }


def name_of(user: User) -> str:
    """How one of the staff is called on the pages."""
    full = user.get_full_name()
    return f"{full} ({user.get_username()})" if full else user.get_username()


def _covers(request: HttpRequest, perm: str, role: RoleAssignment) -> bool:
    return roles.may_all_of(request.user, perm, meeting=role.meeting_id, group=role.group_id)


def _where(role: RoleAssignment) -> SafeString:
    if role.meeting is not None:
        return format_html('<bdi class="words">{}</bdi>', role.meeting)
    if role.group is not None:
        return format_html('{} <bdi class="words">{}</bdi>', _("the group"), role.group)
    return format_html("{}", _("every meeting"))


def _short(role: RoleAssignment, meeting: Meeting) -> str:
    if role.meeting_id == meeting.pk:
        return _("this meeting")
    return _("the group “%s”") % role.group if role.group is not None else _("every meeting")
