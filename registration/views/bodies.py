"""How much a visitor may send: no more than the form that they were given can hold."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from registration.forms.registration import most_of
from registration.views import kept
from registration.views.secret import submission_of

MOST_BYTES, MOST_FIELDS = 256 * 1024, 1000
"""What any public form may send. A sign-up form that asks for very much may send as much as it asks for."""

_FOR_STAFF = "/admin/"


class BoundedBodyMiddleware:
    """Turns away what is longer than the form it was sent to, before anything reads it.

    413, with a page that says what to do; 400 for more fields than that form has. Staff send more: logos, and meetings
    with all their questions. Stands before what reads forms.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The page for what is too long. Raises ``TooManyFieldsSent``."""
        if request.method != "POST" or request.path_info.startswith(_FOR_STAFF):
            return None
        length = _length(request)
        if length > MOST_BYTES and length > _most(request, kwargs)[0]:
            return HttpResponse(render_to_string("413.html"), status=413)
        fields = sum(len(values) for _name, values in request.POST.lists())
        if fields > MOST_FIELDS and fields > _most(request, kwargs)[1]:
            raise TooManyFieldsSent
        return None


def _most(request: HttpRequest, kwargs: dict[str, Any]) -> tuple[int, int]:
    """Bytes and fields of the form at this address, for signing up or for changing what was sent; nothing beyond the
    usual elsewhere.
    """
    try:
        match request.resolver_match and request.resolver_match.view_name:
            case "meeting":
                return most_of(kept.published(kwargs["slug"]))
            case "change":
                return most_of(submission_of(kwargs["token"]).meeting)
    except Http404:
        pass
    return 0, 0


def _length(request: HttpRequest) -> int:
    """As the server passes it on: Django reads no byte more, and none where it is missing."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    return int(length) if length.isdecimal() else 0
