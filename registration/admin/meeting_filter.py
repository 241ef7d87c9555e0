"""The filter by meeting: of those that the user may see, the ones that are most likely to be looked for."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registration.models import Meeting

_MOST = 50
"""So many are offered at most; every other is reached from the list of meetings."""


class MeetingFilter(admin.SimpleListFilter):
    """By meeting. Offered are those to come, the next first, and then those that are over, the last first."""

    title = _("meeting")
    parameter_name = "meeting__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The meetings, and the chosen one, whichever it is."""
        theirs = model_admin.admin_site.get_model_admin(Meeting).get_queryset(request)
        offered = list(_likely(theirs))
        chosen = request.GET.get(self.parameter_name, "")
        if is_key(chosen) and chosen not in {str(pk) for pk, _title in offered}:
            offered += theirs.filter(pk=int(chosen)).values_list("pk", "title")
        return [(str(pk), title) for pk, title in offered]

    def has_output(self) -> bool:
        """Also where there is one meeting only: it is what the list is about."""
        return bool(self.lookup_choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what belongs to the chosen meeting; what is no key of one keeps all."""
        value = self.value() or ""
        return queryset.filter(**{self.path: int(value)}) if is_key(value) else queryset

    path = "meeting"
    """How to get from a row to its meeting."""


def _likely(meetings: QuerySet[Meeting]) -> list[tuple[int, str]]:
    starts_if_coming = Case(When(end_at__gt=timezone.now(), then=F("start_at")))
    ordered = meetings.order_by(starts_if_coming.asc(nulls_last=True), "-start_at", "pk")
    return list(ordered.values_list("pk", "title")[:_MOST])


def is_key(value: str) -> bool:
    """Whether it is written as the key of a row is, and no longer than a database takes."""
    return value.isascii() and value.isdigit() and len(value) < 19
