"""Tagging and assigning many at once: the page that asks with what tag, or to whom."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin import helpers
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration.admin.base import StaffAdmin, acting_user, tell
from registration.admin.choice import SHOWN_NAMES, filters_in_words, fingerprint, named, way_back
from registration.admin.notes import TagForm, chosen_user
from registration.flow import noting
from registration.flow.review import Reviewed
from registration.models import Submission

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    _People = QuerySet[Submission]

_MOST_MEETINGS = 1_000


class AssignForm(forms.Form):
    """Who is to look at them."""

    name = forms.ChoiceField(label=gettext_lazy("Assign to"), required=False)
    offered: "list[User]"

    @classmethod
    def among(cls, offered: "list[User]", data: Any) -> "AssignForm":
        """The form with these to choose from."""
        form = cls(data)
        form.offered = offered
        people = [(str(user.pk), str(user)) for user in offered]
        form.fields["name"].choices = [("", _("nobody")), *people]  # type: ignore[attr-defined]
        return form


def tag_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "_People") -> HttpResponse | None:
    """Ask for a tag, then put it on the chosen."""

    def put(name: str) -> None:
        count = chosen.count()
        done = noting.tag(chosen, name, by=acting_user(request))
        _tell(
            request, ngettext("%d tagged.", "%d tagged.", done), done, count, _("have the tag already, or were erased")
        )

    return _tagging(model_admin, request, chosen, put, title=_("Add a tag"), action="tag")


def untag_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "_People") -> HttpResponse | None:
    """Ask for a tag, then take it off the chosen."""

    def take(name: str) -> None:
        count = chosen.count()
        done = noting.untag(chosen, name, by=acting_user(request))
        words = ngettext("The tag was taken off %d.", "The tag was taken off %d.", done)
        _tell(request, words, done, count, _("did not have the tag"))

    return _tagging(model_admin, request, chosen, take, title=_("Remove a tag"), action="untag")


def assign_page(model_admin: StaffAdmin, request: HttpRequest, chosen: "_People") -> HttpResponse | None:
    """Ask to whom, of those who may review all of the chosen, then assign them."""
    offered = noting.assignable(_meetings(chosen))
    form = AssignForm.among(offered, request.POST if "name" in request.POST else None)
    if form.is_valid() and request.POST.get("shown") == fingerprint(chosen):
        count = chosen.count()
        to = chosen_user(form.cleaned_data["name"], offered)
        done = noting.assign(chosen, to=to, by=acting_user(request))
        words = (
            ngettext("%d assigned.", "%d assigned.", done)
            if to
            else ngettext("%d assigned to nobody.", "%d assigned to nobody.", done)
        )
        _tell(request, words, done, count, _("were so already, or were erased"))
        return None
    return _page(model_admin, request, chosen, form, title=_("Assign"), action="assign")


def _tagging(
    model_admin: StaffAdmin,
    request: HttpRequest,
    chosen: "_People",
    do: Callable[[str], None],
    *,
    title: "StrOrPromise",
    action: str,
) -> HttpResponse | None:
    form = TagForm(request.POST if "name" in request.POST else None)
    if form.is_valid() and request.POST.get("shown") == fingerprint(chosen):
        do(form.cleaned_data["name"])
        return None
    suggestions = noting.tags_in_use(_meetings(chosen))
    return _page(model_admin, request, chosen, form, title=title, action=action, suggestions=suggestions)


def _page(
    model_admin: StaffAdmin,
    request: HttpRequest,
    chosen: "_People",
    form: forms.Form,
    *,
    title: "StrOrPromise",
    action: str,
    suggestions: list[str] | None = None,
) -> HttpResponse:
    count = chosen.count()
    words = ngettext("%(title)s: %(count)d registration", "%(title)s: %(count)d registrations", count)
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "title": words % {"title": title, "count": count},
        "step": title,
        "purpose": _("Put registrations in order among yourselves: tags and assignments are never seen by attendees."),
        "opts": model_admin.opts,
        "form": form,
        "action": action,
        "suggestions": suggestions,
        "has_changed": form.is_bound and form.is_valid(),
        "shown": fingerprint(chosen),
        "names": named(request, chosen),
        "more": max(0, count - SHOWN_NAMES),
        "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
        "select_across": request.POST.get("select_across", "0"),
        "filters": filters_in_words(model_admin, request),
        "cancel": way_back(model_admin, request, chosen),
        "media": model_admin.media + form.media,
    }
    return TemplateResponse(request, "admin/registration/submission/label.html", context)


def _tell(request: HttpRequest, words: str, done: int, count: int, why: str) -> None:
    left = max(0, count - done)
    tell(request, words % done, Reviewed(done, left, (f"{left} {why}",) if left else ()))


def _meetings(chosen: "_People") -> list[int]:
    return list(chosen.order_by().values_list("meeting", flat=True).distinct()[:_MOST_MEETINGS])
