"""What the portal's admin pages share: who acts, what a list can be asked, and its actions as buttons on a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from registration.admin.words import NOTHING
from registration.flow.review import Reviewed
from registration.validators import FIRST_YEAR, LAST_YEAR

_YEARS = frozenset(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))


def acting_user(request: HttpRequest) -> User:
    """Who is signed in. Every page of the admin demands somebody who is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page of the staff's side. ``object_actions`` names the actions that are also buttons on an object's page.

    An action gets a queryset of that one object then, and the same permissions hold. ``object_action_hints`` are what
    is to be known before pressing one, by the action's name.
    """

    object_actions: ClassVar[Sequence[str]] = ()
    object_action_hints: ClassVar[Mapping[str, Promise]] = {}
    show_full_result_count = False
    empty_value_display = NOTHING

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Whether the user may decide about submissions and have them sent to Webex."""
        return request.user.has_perm("registration.change_submission")

    # --- the list -----------------------------------------------------------------------------------------------

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list itself offers: with any other, a secret could be guessed letter by letter.

        And only what can be asked: PostgreSQL has no text with a NUL, and Python no year 10000.
        """
        is_askable = "\0" not in value and (value in _YEARS or not lookup.endswith("__year"))
        return is_askable and lookup in self._offered_lookups(request)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Do the action, unless nothing of what was chosen is there any more, which a message says.

        Raises ``BadRequest`` for keys that no list of ours has shown.
        """
        chosen = request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)
        try:
            keys = [self.opts.pk.clean(key, None) for key in chosen]
        except ValidationError as error:
            raise BadRequest("No such key.") from error
        is_across = request.POST.get("select_across") == "1"
        if not (queryset if is_across else queryset.filter(pk__in=keys)).exists():
            tell_nobody(request)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def _offered_lookups(self, request: HttpRequest) -> Iterator[str]:
        """The parameters behind the filters and the dates beside and above the list."""
        for part in ("year", "month", "day") if self.date_hierarchy else ():
            yield f"{self.date_hierarchy}__{part}"
        for offered in self.get_list_filter(request):
            if isinstance(offered, str):
                is_relation = self.opts.get_field(offered).is_relation
                yield f"{offered}__id__exact" if is_relation else f"{offered}__exact"
            elif isinstance(offered, type) and issubclass(offered, admin.SimpleListFilter):
                yield str(offered.parameter_name)

    # --- one object's page --------------------------------------------------------------------------------------

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
        """The object's buttons that the user may press: where each posts to, what stands on it and what it does."""
        filters = self.get_preserved_filters(request)
        base = f"admin:{self.opts.app_label}_{self.opts.model_name}_act"
        return [
            {
                "name": name,
                "address": reverse(base, args=[obj.pk, name]) + (f"?{filters}" if filters else ""),
                "label": act.short_description,
                "hint": self.object_action_hints.get(name, ""),
            }
            for name, act in self._allowed_actions(request).items()
            if self.is_of_use(name, obj)
        ]

    def is_of_use(self, action: str, obj: Model) -> bool:
        """Whether the action can do anything to the object as it is, so that its button is worth showing."""
        return True

    def _allowed_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those of the object's actions that the user may do, by name."""
        allowed: dict[str, Any] = self.get_actions(request)
        return {name: allowed[name][0] for name in self.object_actions if name in allowed}


def tell(request: HttpRequest, words: str, done: Reviewed) -> None:
    """Say in ``words`` what was done, and how many were left as they were and why."""
    if done.changed:
        messages.success(request, words)
    elif not done.skipped:
        tell_nobody(request)
    if done.skipped:
        left = _("Left as they were: %(count)d (%(why)s).") % {"count": done.skipped, "why": "; ".join(done.why)}
        messages.warning(request, left)
    for more in done.overbooked:
        messages.warning(request, more)


def tell_nobody(request: HttpRequest) -> None:
    """Say that nothing was done, since what was chosen is gone."""
    messages.warning(request, _("Nothing was done: what you chose is no longer on this list."))
