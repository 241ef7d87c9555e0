"""The headers that every answer has, whoever makes it: a view, a redirect, an error page or a static file.

The policies themselves stand in the settings. A view that needs another one of these headers sets it itself.
"""

from typing import Any

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware

OWN_PAGES = "/registrations/"
"""How each address begins that has an attendee's secret in it. One in which a mail program has garbled the secret
begins so, too.
"""

# Not even a bare error page may pass such an address on: the request for its style sheet would.
_SECRET = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


class HeadersMiddleware(SecurityMiddleware):
    """Adds Django's own headers, and those for which Django has no setting. Stands before all others.

    Django's middleware further in still redirects to https. Where it refuses a host that is not ours, its answer
    would go out without its own headers.

    No search engine or cache keeps what is answered at a secret address, whoever answers and with which status; and
    nobody is told of the address: a browser says of the page that it was on no more than the portal's own name. Without
    that it could not be checked where a form comes from.
    """

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        # One for all, so that it is put together once; the middleware of django-csp does it for each answer.
        self._policy = build_policy()

    def process_request(self, request: HttpRequest) -> None:
        """Redirect nobody."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """No other site embeds what the portal answers, and no cache keeps what a view did not open to it."""
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path_info.startswith(OWN_PAGES):
            for name, value in _SECRET.items():
                response.headers[name] = value
        # Not no-store: going back in the browser must show the form with what was typed.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        # Django's own pages for developers have their styles and scripts inside.
        if not (settings.DEBUG and response.status_code in {404, 500}):
            response.headers.setdefault("Content-Security-Policy", self._policy)
        return super().process_response(request, response)
