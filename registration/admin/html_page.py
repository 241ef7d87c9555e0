"""A mail's HTML as a page of its own: it may bring its inline styles, and nothing else."""

from django.http import HttpResponse

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; sandbox"
"""The sandbox gives it an origin of its own, without scripts, forms and cookies; its links can be followed."""


def html_page(html: str) -> HttpResponse:
    """The answer that shows it; like every page of the admin it is not to be kept by any cache."""
    return HttpResponse(
        html,
        headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
    )
