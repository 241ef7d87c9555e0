"""Reasons to decline with, which managers prepare: for a meeting of theirs, or, with a role for all, for every one."""

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, Q, QuerySet, TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registration import roles
from registration.admin.base import StaffAdmin
from registration.forms.fields import LinesField
from registration.models import DeclineReason, Meeting

_MANAGE = "registration.change_declinereason"


@admin.register(DeclineReason)
class DeclineReasonAdmin(StaffAdmin):
    """A title to choose by, and the text that attendees read."""

    purpose = _("Reasons to choose from when people are declined; attendees read the text that was chosen.")
    one_purpose = _(
        "One reason to choose from when people are declined: its title is for staff, its text for attendees."
    )
    words_when_empty = _("There is no reason to choose from yet.")
    first_step = _("Add those that you give often.")

    formfield_overrides = {TextField: {"form_class": LinesField}}
    list_display = ("title", "where", "text")
    list_select_related = ("meeting",)
    search_fields = ("title",)
    ordering = ("title", "pk")

    @admin.display(description=_("meeting"))
    def where(self, reason: DeclineReason) -> str:
        """The meeting, or that it is for every one."""
        return str(reason.meeting or _("every meeting"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeclineReason]:
        """Those of the user's meetings, and those for every meeting."""
        scope = roles.scope(request.user, *self.permissions_of("view"))
        rows: QuerySet[DeclineReason] = DeclineReason.objects.all()
        return rows if scope is None else rows.filter(Q(meeting__in=scope) | Q(meeting=None))

    def may(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """Those for every meeting are changed only by who manages every meeting."""
        if obj is not None and obj.meeting is None and verb != "view":
            return roles.scope(request.user, *self.permissions_of(verb)) is None
        return super().may(request, verb, None if obj is not None and obj.meeting is None else obj)

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the meetings that the user manages; every meeting only to who manages every one."""
        scope = roles.scope(request.user, _MANAGE)
        kwargs["queryset"] = roles.only(Meeting.objects.all(), request.user, _MANAGE, path="")
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if scope is None:
            field.empty_label = str(_("every meeting"))
        else:
            field.required = True
        return field

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: each is deleted on its own page."""
        return {}
