"""Addresses that are confirmed by their owners, on the staff's pages: the filter, the words, and the action."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin.base import acting_user, tell
from registration.flow import confirm
from registration.flow.review import Reviewed
from registration.models import Submission

_CONDITIONS = {
    "confirmed": Q(confirmed_at__isnull=False),
    "open": Q(confirm_by__isnull=False),
    "not_asked": Q(confirmed_at__isnull=True, confirm_by__isnull=True),
}


class AddressFilter(admin.SimpleListFilter):
    """By whether somebody has shown that the mailbox is theirs."""

    title = gettext_lazy("address")
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Confirmed, to be confirmed, and neither."""
        return [("confirmed", _("confirmed")), ("open", _("to be confirmed")), ("not_asked", _("not asked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Submission]) -> QuerySet[Submission]:
        """Keep those of the chosen kind; any other keeps all."""
        condition = _CONDITIONS.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)


def take_as_confirmed(request: HttpRequest, chosen: QuerySet[Submission]) -> None:
    """Take the addresses of the chosen as confirmed, and say of how many."""
    count = chosen.count()
    done = confirm.by_staff(chosen, by=acting_user(request), at=timezone.now())
    words = ngettext("%d address is taken as confirmed.", "%d addresses are taken as confirmed.", done)
    why = ngettext("%d has nothing to confirm", "%d have nothing to confirm", count - done) % (count - done)
    tell(request, words % done, Reviewed(done, max(0, count - done), (why,)))
