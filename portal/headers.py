"""The headers that every answer has, whoever makes it: a view, a redirect, an error page or a static file.

The policies themselves stand in the settings. A view that needs another one of these headers sets it itself.
"""

from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware


class HeadersMiddleware(SecurityMiddleware):
    """Adds Django's own headers, and those for which Django has no setting. Stands before all others.

    Django's middleware further in still redirects to https. Where it refuses a host that is not ours, its answer
    would go out without its own headers.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Redirect nobody."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """No other site embeds what the portal answers, and no cache keeps what a view did not open to it."""
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        # Not no-store: going back in the browser must show the form with what was typed.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return super().process_response(request, response)
