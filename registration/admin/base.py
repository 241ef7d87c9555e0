"""What the portal's admin pages share: who is acting, and the actions of a list as buttons on one object's page."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from registration.admin.words import NOTHING
from registration.flow.review import Reviewed


def acting_user(request: HttpRequest) -> User:
    """Who is signed in. Every page of the admin demands somebody who is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page of the staff's side. ``object_actions`` names the actions that are also buttons on an object's page.

    An action gets a queryset of that one object then, and the same permissions hold.
    """

    object_actions: ClassVar[Sequence[str]] = ()
    show_full_result_count = False
    empty_value_display = NOTHING

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Whether the user may decide about submissions and have them sent to Webex."""
        return request.user.has_perm("registration.change_submission")

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the buttons."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(self.object_action_view)
        return [path("<int:pk>/<slug:action>/do/", view, name=name), *super().get_urls()]

    def object_action_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        """Do one action to one object, and go back to its page.

        A GET changes nothing: it comes from signing in again after a button was pressed.
        """
        chosen = self.get_queryset(request).filter(pk=pk)
        obj = get_object_or_404(chosen)
        back = HttpResponseRedirect(self.object_address(request, obj))
        if request.method != "POST":
            return back
        act = self._allowed_actions(request).get(action)
        if act is None:
            raise PermissionDenied
        return act(self, request, chosen) or back

    def object_address(self, request: HttpRequest, obj: Model) -> str:
        """The address of the object's page, which keeps the filters of the list that one came from."""
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])
        filters = self.get_preserved_filters(request)
        return f"{address}?{filters}" if filters else address

    def buttons(self, request: HttpRequest, obj: Model) -> list[dict[str, Any]]:
        """The object's buttons that the user may press: where each posts to and what stands on it."""
        filters = self.get_preserved_filters(request)
        base = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
        return [
            {
                "name": name,
                "address": reverse(base, args=[obj.pk, name]) + (f"?{filters}" if filters else ""),
                "label": act.short_description,
            }
            for name, act in self._allowed_actions(request).items()
        ]

    def _allowed_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those of the object's actions that the user may do, by name."""
        allowed: dict[str, Any] = self.get_actions(request)
        return {name: allowed[name][0] for name in self.object_actions if name in allowed}


def tell(request: HttpRequest, words: str, done: Reviewed) -> None:
    """Say in ``words`` what was done, and how many were left as they were and why."""
    if done.changed or not done.skipped:
        messages.success(request, words)
    if done.skipped:
        left = _("Left as they were: %(count)d (%(why)s).") % {"count": done.skipped, "why": "; ".join(done.why)}
        messages.warning(request, left)
