"""The pages for what cannot be read, for what cannot be checked, for others, and for what is not there.

Django's own views for these look for the CSRF token in the form that was sent. Where that is what cannot be read, they
fail in turn, and the visitor gets a bare 500: these read nothing that was sent. Staff stay on their own side, and are
told what to do next, in the same words whatever the error says: nobody learns what is there and not theirs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registration.views import own_change, sign_up

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class _Refusal(NamedTuple):
    """What staff are told: the heading, what it means, and what to do next."""

    title: "StrOrPromise"
    purpose: "StrOrPromise"
    advice: Sequence["StrOrPromise"]


_FOR_STAFF = {
    "403.html": _Refusal(
        _("You may not see this page"),
        _("It is for people who have another role than you."),
        (
            _("Look for what you need from the start page, or go back to where you came from."),
            _("If you should see it, ask whoever gives roles here; or sign in with an account that may."),
        ),
    ),
    "403_csrf.html": _Refusal(
        _("Your form could not be checked"),
        _("Nothing was stored."),
        (
            _("Go back, reload the page and send the form again."),
            _("If that does not help, allow cookies for this site."),
        ),
    ),
    "404.html": _Refusal(
        _("There is no such page"),
        _("The address may be mistyped, what was there may be gone, or it is about a meeting that is not yours."),
        (
            _("Look for it from the start page, or go back to where you came from."),
            _("If it is about a meeting for which you have no role, ask whoever gives roles here."),
        ),
    ),
}
"""By the page that visitors get."""


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBadRequest:
    """400: what was sent is too long, or no form."""
    return HttpResponseBadRequest(render_to_string("400.html"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: the page is for others."""
    return _page(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: there is no such page."""
    return _page(request, "404.html", status=404)


def nothing_here(request: HttpRequest, **address: str) -> HttpResponse:
    """404, for an address at which Django has a page that the portal must not have. Raises ``Http404``."""
    raise Http404


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without a valid CSRF token. Whoever signs up, or changes their answers, gets it back
    with everything that they typed.
    """
    match = request.resolver_match
    if match is not None and match.view_name == "meeting":
        return sign_up.meeting_again(request, **match.kwargs)
    if match is not None and match.view_name == "change":
        return own_change.change_again(request, match.kwargs["token"])
    return _page(request, "403_csrf.html", status=403)


def _page(request: HttpRequest, name: str, *, status: int) -> HttpResponse:
    if not _is_for_staff(request):
        return HttpResponse(render_to_string(name), status=status)
    context = {**admin.site.each_context(request), **_FOR_STAFF[name]._asdict()}
    return HttpResponse(render_to_string("admin/registration/refused.html", context, request), status=status)


def _is_for_staff(request: HttpRequest) -> bool:
    """Whether somebody of the staff, who is signed in, asked for a page of their side."""
    is_there = request.path_info.startswith(reverse("admin:index"))
    # Whoever refuses a request before the session is read does not know who made it.
    return is_there and hasattr(request, "user") and admin.site.has_permission(request)
