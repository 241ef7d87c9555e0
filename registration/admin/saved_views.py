"""Views of the list of submissions that staff keep under a name: its filters and order, never what was searched for.

What a view asks for is held against what its reader may ask for each time it is opened: a filter that is not theirs is
left out. Another's that is about a meeting of which they may see nothing is not offered to them.
"""

from collections.abc import Mapping
from functools import partial
from itertools import islice
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin.views.main import ORDER_VAR
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from registration import audit, roles
from registration.admin.base import StaffAdmin, acting_user
from registration.admin.meeting_filter import MeetingFilter, is_key
from registration.admin.submission_filters import tell_left_out
from registration.models import SavedView

SAVE, OPEN, DELETE = (f"registration_submission_view_{name}" for name in ("save", "open", "delete"))
"""The names of the addresses."""

_MOST_SHARED = 50
_MOST_READ = 1000
_MOST_OWN = 100
_LONGEST_QUERY = 2000
_MEETING = str(MeetingFilter.parameter_name)


class ViewForm(forms.Form):
    """The name of a view, and whether others may use it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    is_shared = forms.BooleanField(label=gettext_lazy("others may use it"), required=False)


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """Where views are saved, opened and deleted."""
    view = model_admin.admin_site.admin_view
    return [
        path("views/save/", view(require_POST(partial(save, model_admin))), name=SAVE),
        path("views/<int:pk>/", view(require_safe(partial(open_view, model_admin))), name=OPEN),
        path("views/<int:pk>/delete/", view(require_POST(partial(delete, model_admin))), name=DELETE),
    ]


def offered(request: HttpRequest) -> list[SavedView]:
    """All the user's own views, and then some that others share, but for those about meetings that are not theirs."""
    views = SavedView.objects.select_related("owner").order_by("name", "pk")
    own = views.filter(owner=request.user.pk)
    shared = views.filter(is_shared=True).exclude(owner=request.user.pk)[:_MOST_READ]
    theirs = (view for view in shared.iterator(chunk_size=2 * _MOST_SHARED) if _is_theirs(request, view))
    return [*own, *islice(theirs, _MOST_SHARED)]


def save(model_admin: StaffAdmin, request: HttpRequest) -> HttpResponse:
    """Keep the list as it is filtered, under a name; a view of one's own with that name is replaced.

    Whatever comes of it, the list stays filtered.
    """
    _demand(model_admin, request)
    form, by = ViewForm(request.POST), acting_user(request)
    query = urlencode(_asked(model_admin, request, request.POST.get("query", "")))
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 100 characters."))
        return HttpResponseRedirect(_list(query))
    name = form.cleaned_data["name"]
    if len(query) > _LONGEST_QUERY or by.saved_views.exclude(name=name).count() >= _MOST_OWN:
        messages.error(request, _("This is more than can be kept: use fewer filters, or delete a view."))
        return HttpResponseRedirect(_list(query))
    values = {"query": query, "is_shared": form.cleaned_data["is_shared"]}
    before: SavedView | None = None
    try:
        with transaction.atomic():
            before = by.saved_views.filter(name=name).first()
            view, _is_new = SavedView.objects.update_or_create(owner=by, name=name, defaults=values)
            _note(by, before, view)
    except IntegrityError:
        pass  # A double click: the first one saved it.
    messages.success(request, _said(before, is_shared=form.cleaned_data["is_shared"]))
    return HttpResponseRedirect(_list(query))


def _said(before: SavedView | None, *, is_shared: bool) -> str:
    """What became of the view."""
    if before is None:
        return _("The view was saved. What you searched for is not part of it.")
    words = _("Your view “%s” was replaced. What you searched for is not part of it.") % before.name
    return words if is_shared or not before.is_shared else " ".join([words, _("Others no longer see it.")])


def open_view(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Go to the list, filtered as the view says, as far as the user may."""
    _demand(model_admin, request)
    views = SavedView.objects.filter(Q(owner=request.user.pk) | Q(is_shared=True))
    view = get_object_or_404(views, pk=pk)
    if not _is_theirs(request, view):
        raise Http404
    asked = _asked(model_admin, request, view.query)
    if len(asked) < len(parse_qsl(view.query)):
        tell_left_out(request)
    return HttpResponseRedirect(_list(urlencode(asked)))


def delete(model_admin: StaffAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of the user's own views."""
    _demand(model_admin, request)
    view = get_object_or_404(SavedView, pk=pk, owner=request.user.pk)
    if view.is_shared:
        audit.note(acting_user(request), audit.Action.DELETED, thing=f"shared view: {view.name}")
    view.delete()
    messages.success(request, _("The view was deleted."))
    return HttpResponseRedirect(_list())


def _note(by: User, before: SavedView | None, view: SavedView) -> None:
    """Note what changes for others: that they have the view, have it no longer, or that it shows something else."""
    was_shared = before is not None and before.is_shared
    if was_shared and view.is_shared:
        action = audit.Action.EDITED if before and before.query != view.query else None
    elif was_shared or view.is_shared:
        action = audit.Action.ADDED if view.is_shared else audit.Action.DELETED
    else:
        action = None
    if action is not None:
        audit.note(by, action, thing=f"shared view: {view.name}")


def _demand(model_admin: StaffAdmin, request: HttpRequest) -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _list(query: str = "") -> str:
    address = reverse("admin:registration_submission_changelist")
    return f"{address}?{query}" if query else address


def _asked(model_admin: StaffAdmin, request: HttpRequest, query: str) -> Mapping[str, str]:
    """What of the query the user may ask the list for."""
    try:
        pairs = dict(parse_qsl(query, max_num_fields=50))
    except ValueError:
        return {}
    # Which answers can be asked for depends on the meeting: as if its list was open.
    asked = _as_if(request, pairs)
    return {
        name: value
        for name, value in pairs.items()
        if name == ORDER_VAR or model_admin.lookup_allowed(name, value, asked)
    }


def _as_if(request: HttpRequest, pairs: Mapping[str, str]) -> HttpRequest:
    asked = HttpRequest()
    asked.user = request.user
    asked.GET = QueryDict(urlencode(pairs))
    return asked


def _is_theirs(request: HttpRequest, view: SavedView) -> bool:
    if view.owner_id == request.user.pk:
        return True
    meeting = dict(parse_qsl(view.query)).get(_MEETING, "")
    scope = roles.scope(request.user, *roles.SEE_PEOPLE)
    return scope is None or not meeting or (is_key(meeting) and int(meeting) in scope)
