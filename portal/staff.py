"""The admin site: Django's own, with the staff's pages that belong to no model.

Not in registration/admin/: what is there is registered with it.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _


class StaffSite(admin.AdminSite):
    """The staff's side of the portal."""

    site_header = _("Webex registration")
    site_title = _("Webex registration")
    index_title = _("Meetings and registrations")
    # The lists are wide, and there is little to navigate to.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the way to the most used places."""
        from registration.admin import navigation

        return {**super().each_context(request), "ways": navigation.ways(self, request)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the start page."""
        from registration.admin import start

        return super().index(request, {**start.context(self, request), **(extra_context or {})})

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Show the lists of one part."""
        purpose = {"purpose": _("All lists of this part of the portal. What waits for you is on the start page.")}
        return super().app_index(request, app_label, {**purpose, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the pages that belong to no model: each module says its own addresses.

        Without “view on site”, which leads any of the staff to any object's own address: to an attendee's secret one.
        """
        own = [address for pages in _pages() for address in pages.addresses(self)]
        return [*own, *(address for address in super().get_urls() if getattr(address, "name", "") != "view_on_site")]


def _pages() -> Sequence[Any]:
    """The modules with such pages. Imported late: they need the site."""
    from registration.admin import attention, jobs, outbox, push_progress

    return (attention, jobs, outbox, push_progress)
