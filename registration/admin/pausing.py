"""What the lists of meetings and of accounts share about pauses: filters, and the action that resumes."""

from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.accounts import settings_account
from registration.admin.base import StaffAdmin, acting_user, tell
from registration.flow.review import Reviewed
from registration.models import Account, Meeting


def resume(
    model_admin: StaffAdmin,
    request: HttpRequest,
    chosen: QuerySet[Any],
    *,
    by: Callable[..., int],
    held: Collection[Meeting] = (),
) -> None:
    """Resume by the verb ``by`` those of the chosen that are paused; each one's history says who did.

    Says how many stay as they were, and why: those that were not paused, and the ``held``, which nothing is done to.
    """
    user: User = acting_user(request)
    chosen_count = chosen.count()
    paused = list(chosen.filter(paused_at__isnull=False).exclude(pk__in=[meeting.pk for meeting in held]))
    resumed = by(chosen.model._default_manager.filter(pk__in=[each.pk for each in paused]), by=user)
    for each in paused if resumed else ():
        model_admin.log_change(request, each, "Resumed.")
    whys = [why_paused_still(meeting) for meeting in held]
    if running := chosen_count - resumed - len(held):
        whys.append(ngettext("%d was not paused", "%d were not paused", running) % running)
    words = ngettext("%d was resumed.", "%d were resumed.", resumed) % resumed
    tell(request, words, Reviewed(resumed, chosen_count - resumed, tuple(whys)))


def why_paused_still(meeting: Meeting) -> str:
    """Why the meeting, which is not to be resumed yet (flow/pauses.py), stays paused, and what to do."""
    words = _("“%s” stays paused, since its form was being written: in some minutes refresh it from Webex first")
    return words % meeting


class PausedFilter(admin.SimpleListFilter):
    """Those that are paused, or those that are not."""

    title = gettext_lazy("paused")
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Yes and no."""
        return [("1", _("Yes")), ("0", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter."""
        if self.value() in {"0", "1"}:
            return queryset.filter(paused_at__isnull=self.value() == "0")
        return queryset


class AccountFilter(admin.SimpleListFilter):
    """The meetings of one account."""

    title = gettext_lazy("Webex account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The accounts, that of the settings among them."""
        settings_account()
        return [(str(account.pk), account.name) for account in Account.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filter; a meeting without an account has that of the settings."""
        value = self.value()
        if value is None or value not in dict(self.lookup_choices):
            return queryset
        chosen = Account.objects.get(pk=value)
        meetings = queryset.filter(account=chosen)
        return meetings | queryset.filter(account=None) if chosen.is_from_settings else meetings
