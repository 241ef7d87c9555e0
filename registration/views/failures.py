"""The pages for what cannot be read, for what cannot be checked and for what is not there.

Django's own views for these look for the CSRF token in the form that was sent. Where that is what cannot be read, they
fail in turn, and the visitor gets a bare 500: these read nothing of the request.
"""

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseForbidden,
    HttpResponseNotFound,
)
from django.template.loader import render_to_string

from registration.views import own_change, sign_up


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBadRequest:
    """400: what was sent is too long, or no form."""
    return HttpResponseBadRequest(render_to_string("400.html"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseNotFound:
    """404: there is no such page."""
    return HttpResponseNotFound(render_to_string("404.html"))


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
    return HttpResponseForbidden(render_to_string("403_csrf.html"))
