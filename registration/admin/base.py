"""What the portal's admin pages share: who acts, what a list can be asked, and its actions as buttons on a page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import SplitDateTimeField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from registration import roles
from registration.admin import edits, looks
from registration.admin.words import NOTHING
from registration.flow.review import Reviewed
from registration.models import Meeting
from registration.validators import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_YEARS = frozenset(str(year) for year in range(FIRST_YEAR, LAST_YEAR + 1))


class WhenEmpty(NamedTuple):
    """What an empty list says, and the ways on from there: what each is called, and where it leads."""

    words: "StrOrPromise"
    ways: Sequence[tuple["StrOrPromise", str]] = ()


def acting_user(request: HttpRequest) -> User:
    """Who is signed in. Every page of the admin demands somebody who is."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class StaffAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A page of the staff's side. ``object_actions`` names the actions that are also buttons on an object's page.

    An action gets a queryset of that one object then, and the same permissions hold. ``object_action_hints`` are what
    is to be known before pressing one, by the action's name.

    Everything here is for those meetings for which the user has a role (registration/roles.py). ``meeting_path`` leads
    from a row to its meeting: empty where the rows are meetings, ``None`` where they belong to none.
    ``verb_permissions`` are the permissions behind a verb of ``has_…_permission``, any of which will do.
    """

    meeting_path: ClassVar[str | None] = "meeting"
    verb_permissions: ClassVar[Mapping[str, Sequence[str]]] = {}

    shows_people: ClassVar[bool] = False
    """Whether its pages show attendees' data, so that each look at them is noted in the audit."""

    object_actions: ClassVar[Sequence[str]] = ()
    object_action_hints: ClassVar[Mapping[str, Promise]] = {}
    show_full_result_count = False
    # To write a row takes longer than to read it.
    list_per_page = 50
    empty_value_display = NOTHING
    # The site has no such address, see portal/staff.py.
    view_on_site = False

    purpose: ClassVar["StrOrPromise"] = ""
    """What the list is for, in a sentence."""
    one_purpose: ClassVar["StrOrPromise"] = ""
    """What the page of one of them is for."""
    words_when_empty: ClassVar["StrOrPromise"] = _lazy("There is nothing here yet.")
    """What an empty list says."""
    first_step: ClassVar["StrOrPromise"] = ""
    """What an empty list says besides to whoever may do it: who may add something, or has the permission below."""
    first_step_needs: ClassVar[str] = ""

    # --- who may what -------------------------------------------------------------------------------------------

    def may(self, request: HttpRequest, verb: str, obj: Any = None) -> bool:
        """Whether the user may do this: to the object, or, without one, to anything at all."""
        meeting = self.meeting_of(obj) if obj is not None and self.meeting_path is not None else None
        return any(request.user.has_perm(perm, meeting) for perm in self.permissions_of(verb))

    def permissions_of(self, verb: str) -> Sequence[str]:
        """The permissions behind the verb, any of which will do."""
        if verb in self.verb_permissions:
            return self.verb_permissions[verb]
        if verb == "review":
            return ["registration.change_submission"]
        names = ("view", "change") if verb == "view" else (verb,)
        return [f"{self.opts.app_label}.{name}_{self.opts.model_name}" for name in names]

    def meeting_of(self, obj: Any) -> Meeting:
        """The meeting that the object belongs to."""
        for name in (self.meeting_path or "").split("__"):
            obj = getattr(obj, name) if name else obj
        meeting: Meeting = obj
        return meeting

    def only(self, request: HttpRequest, verb: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of the rows to which the user may do this."""
        if self.meeting_path is None:
            return rows if self.may(request, verb) else rows.none()
        return roles.only(rows, request.user, *self.permissions_of(verb), path=self.meeting_path)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What the user may look at."""
        return self.only(request, "view", super().get_queryset(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may look at it, or at anything."""
        return self.may(request, "view", obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may change it, or anything."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may delete it, or anything."""
        return self.may(request, "delete", obj)

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the user may decide about submissions and have them sent to Webex: the meeting's, or any's."""
        return self.may(request, "review", obj)

    # --- the audit ----------------------------------------------------------------------------------------------

    def audited_meeting(self, obj: Any) -> Meeting | None:
        """The meeting in whose audit stands what is done to the object."""
        return self.meeting_of(obj) if self.meeting_path is not None else getattr(obj, "meeting", None)

    def save_related(self, request: HttpRequest, form: Any, formsets: Sequence[Any], change: bool) -> None:
        """Save the rows on the page, and note what was edited on it, in the same transaction."""
        super().save_related(request, form, formsets, change)
        meeting = self.audited_meeting(form.instance)
        edits.note(acting_user(request), meeting, form, formsets, is_new=not change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete it, and note what it said."""
        with transaction.atomic():
            edits.note_deletion(acting_user(request), self.audited_meeting(obj), obj)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete the chosen, and note what each said."""
        with transaction.atomic():
            for obj in queryset:
                edits.note_deletion(acting_user(request), self.audited_meeting(obj), obj)
            super().delete_queryset(request, queryset)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Say what the list is for, and what to do where it is empty; one that shows people is noted."""
        said = {"purpose": self.purpose, "when_empty": self.when_empty(request)}
        response = super().changelist_view(request, {**said, **(extra_context or {})})
        # An action may be answered by a page of its own, or by the list once more.
        if self.shows_people and "cl" in (shown := getattr(response, "context_data", None) or {}):
            looks.note_list(self, request, shown["cl"])
        return response

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Show an object's page; one that shows people is noted."""
        if self.shows_people and context.get("original") is not None:
            looks.note_page(self, request, context["original"])
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show Django's own history of an object, by its name; of one that shows people it is noted."""
        response = super().history_view(request, object_id, extra_context)
        if self.shows_people and "object" in (shown := getattr(response, "context_data", None) or {}):
            looks.note_page(self, request, shown["object"], how=_("Its history."))
        return response

    # --- what each page says --------------------------------------------------------------------------------------

    def when_empty(self, request: HttpRequest) -> WhenEmpty:
        """What the list says where there is nothing to list, and where the user is led next."""
        needed = self.first_step_needs
        may = request.user.has_perm(needed) if needed else self.has_add_permission(request)
        return WhenEmpty(
            f"{self.words_when_empty} {self.first_step}" if may and self.first_step else self.words_when_empty
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say what the page is for."""
        said = {"purpose": self.one_purpose}
        return super().changeform_view(request, object_id, form_url, {**said, **(extra_context or {})})

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, in which both inputs of a date with a time have names: the label beside them is that of neither."""
        form = super().get_form(*args, **kwargs)
        for field in form.base_fields.values():
            if isinstance(field, SplitDateTimeField):
                for part, name in zip(field.widget.widgets, (_("date"), _("time")), strict=True):
                    part.attrs["aria-label"] = f"{capfirst(str(field.label))}, {name}"
        return form

    # --- the list -----------------------------------------------------------------------------------------------

    def action_checkbox(self, obj: Any) -> SafeString:
        """The box to tick beside a row, as Django's own, which renders two templates for each."""
        label = format_html(_("Select this object for an action - {}"), str(obj))
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, helpers.ACTION_CHECKBOX_NAME, obj.pk, label)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list itself offers: with any other, a secret could be guessed letter by letter.

        And only what can be asked: PostgreSQL has no text with a NUL, and Python no year 10000.
        """
        is_askable = "\0" not in value and (value in _YEARS or not lookup.endswith("__year"))
        return is_askable and lookup in self.offered_lookups(request)

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
        chosen_rows = queryset if is_across else queryset.filter(pk__in=keys)
        found = chosen_rows.count()
        if not found:
            tell_nobody(request)
            return None
        if not is_across and (gone := len(set(keys)) - found):
            words = ngettext(
                "Left as it was: %d that was ticked. It is gone, or no longer among those of these filters: somebody "
                "else, or the portal itself, has changed it meanwhile.",
                "Left as they were: %d that were ticked. They are gone, or no longer among those of these filters: "
                "somebody else, or the portal itself, has changed them meanwhile.",
                gone,
            )
            messages.warning(request, words % gone)
        allowed = self._allowed_rows(request, queryset, request.POST.get("action", ""))
        if left_out := found - (allowed if is_across else allowed.filter(pk__in=keys)).count():
            words = ngettext(
                "Left as it was: %d, since you may only look at its meeting.",
                "Left as they were: %d, since you may only look at their meetings.",
                left_out,
            )
            messages.warning(request, words % left_out)
        return super().response_action(request, allowed, *args, **kwargs)

    def _allowed_rows(self, request: HttpRequest, rows: QuerySet[Any], action: str) -> QuerySet[Any]:
        """Those to which the user may do the action: it may be all right for one meeting, and not for another."""
        act = self.get_actions(request).get(action)
        for verb in getattr(act[0], "allowed_permissions", ()) if act else ():
            rows = self.only(request, verb, rows)
        return rows

    def offered_lookups(self, request: HttpRequest) -> Iterator[str]:
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
        if act is None or not self._allowed_rows(request, chosen, action).exists():
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
            if self.is_of_use(name, obj) and self._may_act(request, act, obj)
        ]

    def is_of_use(self, action: str, obj: Model) -> bool:
        """Whether the action can do anything to the object as it is, so that its button is worth showing."""
        return True

    def _may_act(self, request: HttpRequest, act: Any, obj: Model) -> bool:
        return all(self.may(request, verb, obj) for verb in getattr(act, "allowed_permissions", ()))

    def _allowed_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Those of the object's actions that the user may do, by name."""
        allowed: dict[str, Any] = self.get_actions(request)
        return {name: allowed[name][0] for name in self.object_actions if name in allowed}


def meeting_for(model_admin: StaffAdmin, request: HttpRequest, pk: int, *, verb: str) -> Meeting:
    """The meeting, where the user may do this to it; anything else is not found. A meeting's pages begin with it."""
    meeting: Meeting = get_object_or_404(model_admin.only(request, verb, Meeting.objects.all()), pk=pk)
    return meeting


def tell(request: HttpRequest, words: str, done: Reviewed) -> None:
    """Say in ``words`` what was done, and how many were left as they were and why."""
    if done.held:
        tell_held(request, done.held)
    if count := done.taken_back:
        taken_back = ngettext(
            "%d taken back before it was released.", "%d taken back before they were released.", count
        )
        messages.success(request, taken_back % count)
    if done.changed:
        messages.success(request, words)
    elif not (done.skipped or done.held or done.taken_back or done.linked):
        tell_nobody(request)
    if count := done.linked:
        linked = ngettext(
            "%d has a registration here already. The next push finds them at Webex, "
            "and does there what was decided about them here.",
            "%d have a registration here already. The next push finds them at Webex, "
            "and does there what was decided about them here.",
            count,
        )
        messages.warning(request, linked % count)
    if done.skipped:
        left = _("Left as they were: %(count)d (%(why)s).") % {"count": done.skipped, "why": "; ".join(done.why)}
        messages.warning(request, left)
    for more in done.overbooked:
        messages.warning(request, more)


def tell_held(request: HttpRequest, count: int) -> None:
    """Say how many are decided about without a change yet, and where they are released."""
    words = ngettext("%d decided, held until it is released.", "%d decided, held until they are released.", count)
    link = format_html('<a href="{}">{}</a>', reverse("admin:registration_outbox"), _("Open the outbox"))
    messages.success(request, format_html("{} {}", words % count, link))


def tell_nobody(request: HttpRequest) -> None:
    """Say that nothing was done, since what was chosen is gone."""
    messages.warning(request, _("Nothing was done: what you chose is no longer on this list."))
