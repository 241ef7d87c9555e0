"""How the audit is narrowed: by when, by whom, and to one person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, ChangeList
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import roles
from registration.admin import paging
from registration.admin.meeting_filter import is_key
from registration.admin.submission_filters import DateFilter
from registration.models import AuditedPerson, AuditEntry

_MOST_STAFF = 200
_MOST_ENTRIES = 1000
_DAYS = {"1": gettext_lazy("last 24 hours"), "7": gettext_lazy("last 7 days"), "30": gettext_lazy("last 30 days")}


class WhenFilter(admin.SimpleListFilter):
    """By how long ago it was."""

    title = gettext_lazy("when")
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Some days."""
        return list(_DAYS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep what is not older; what is no such number keeps all."""
        value = self.value() or ""
        return queryset.filter(at__gte=timezone.now() - timedelta(days=int(value))) if value in _DAYS else queryset


class _DatedFilter(DateFilter):
    """A day, or a moment, that is typed beside the list."""

    template = "admin/registration/auditentry/date_filter.html"

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """What else the list is narrowed by, which stays as it is."""
        others = {self.parameter_name, PAGE_VAR, ERROR_FLAG}
        yield from ((name, value) for name, value in changelist.params.items() if name not in others)


class FromFilter(_DatedFilter):
    """By the first day, in UTC, on which it may have been."""

    title = gettext_lazy("from")
    parameter_name = "from"

    def kept(self, people: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        """What was from then on."""
        return people.filter(at__gte=moment)


class UntilFilter(_DatedFilter):
    """By the last day, in UTC, or the last moment, at which it may have been."""

    title = gettext_lazy("until")
    parameter_name = "until"

    def kept(self, people: QuerySet[Any], moment: datetime) -> QuerySet[Any]:
        """What was until then."""
        return people.filter(at__lte=moment) if "T" in self.typed else people.filter(at__lt=moment + timedelta(days=1))


class ByFilter(admin.SimpleListFilter):
    """By who of the staff it was."""

    title = gettext_lazy("who")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Those who stand in the newest of what its reader reads, whether they are staff still or not; and the chosen
        one, if they stand in any of it.
        """
        read = roles.only(AuditEntry.objects.all(), request.user, "registration.view_auditentry")
        is_among = Exists(read.filter(by=OuterRef("pk")))
        offered = list(_who_acted(request.user, is_among).order_by("username")[:_MOST_STAFF])
        chosen = request.GET.get(self.parameter_name, "")
        if is_key(chosen) and chosen not in {str(user.pk) for user in offered}:
            offered += User.objects.filter(is_among, pk=int(chosen))
        return [(str(user.pk), user.get_full_name() or user.get_username()) for user in offered]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep theirs; what is no user keeps all."""
        value = self.value() or ""
        return queryset.filter(by=int(value)) if is_key(value) else queryset


class PersonFilter(admin.SimpleListFilter):
    """All about one person: reached from their page. ``AuditAdmin.get_queryset`` reads what it leads to."""

    title = gettext_lazy("person")
    parameter_name = "person"

    @classmethod
    def chosen(cls, request: HttpRequest) -> int | None:
        """The primary key of the person that was asked for."""
        value = request.GET.get(cls.parameter_name, "")
        return int(value) if is_key(value) else None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one that was asked for, whose page tells who it is."""
        value = request.GET.get(self.parameter_name, "")
        return [(value, _("the chosen one"))] if is_key(value) else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """All, since they are narrowed already."""
        return queryset


def _who_acted(reader: Any, is_among: Exists) -> QuerySet[User]:
    """Who stands in the audit of the meetings that the user reads, in as many entries as the list counts."""
    meetings = roles.scope(reader, "registration.view_auditentry")
    if meetings is None:
        # One look at an index for each user.
        return User.objects.filter(is_among)
    newest = AuditEntry.objects.filter(meeting__in=meetings).order_by("-at", "-pk")
    return User.objects.filter(pk__in=newest.values("by")[: paging.MOST_COUNTED])


def about(submission_pk: int) -> QuerySet[AuditEntry]:
    """What was done to somebody, or seen of them, alone or among others; of the latter the newest."""
    among = AuditedPerson.objects.filter(submission=submission_pk).order_by("-pk")
    # Read first: with an “or” over a subquery, databases read all entries there are.
    pks = list(among.values_list("entry", flat=True)[:_MOST_ENTRIES])
    return AuditEntry.objects.filter(Q(submission=submission_pk) | Q(pk__in=pks))
