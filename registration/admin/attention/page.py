"""The page, and where its buttons lead."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registration import audit, roles
from registration.admin.attention import acting, mending
from registration.admin.attention.places import DO, LIST, MEND
from registration.admin.attention.rows import SHOWN, Bound
from registration.admin.attention.sections import sections
from registration.admin.base import acting_user
from registration.flow import attention
from registration.flow.attention import Kind
from registration.forms import countries
from registration.forms.mending import COUNTRIES

_Page = Callable[..., HttpResponse]


def addresses(site: AdminSite) -> list[URLPattern]:
    """The addresses of the list and of what is done there."""

    def view(page: _Page) -> Any:
        return site.admin_view(partial(page, site))

    return [
        path("attention/", site.admin_view(require_safe(partial(page, site))), name=LIST),
        path("attention/<slug:what>/<int:pk>/mend/", view(mend), name=MEND),
        path("attention/<slug:what>/<slug:verb_name>/", view(acting.act), name=DO),
    ]


def page(site: AdminSite, request: HttpRequest, *, bound: Bound | None = None) -> HttpResponse:
    """All that waits; ``bound`` are fields that were sent and could not be taken."""
    if not attention.may_look(acting_user(request)):
        raise PermissionDenied
    at = timezone.now()
    found = sections(request, at=at, bound=bound or {})
    sees_all = roles.scope(request.user, *roles.SEE_PEOPLE) is None
    has_country = any("country_region" in row.form.fields for each in found for row in each.rows if row.form)
    audit.note(
        acting_user(request),
        audit.Action.LISTED,
        thing=_("what needs attention"),
        count=sum(len(section.rows) for section in found),
    )
    context = {
        **site.each_context(request),
        "title": _("Needs attention"),
        "purpose": _("What the portal cannot solve by itself, over all your meetings, the most urgent first."),
        "sections": found,
        "is_group": any(section.chosen for section in found) or "words" in request.GET,
        "silent_since": attention.silent_since(at=at) if sees_all else None,
        "stopped": list(attention.stopped(acting_user(request), at=at, most=SHOWN)),
        "query": request.GET.urlencode(),
        "countries_id": COUNTRIES,
        "countries": _countries() if has_country else [],
    }
    return TemplateResponse(request, "admin/registration/attention/page.html", context)


def _countries() -> list[str]:
    """Their names as Webex gets them, which are the ones that are stored."""
    return [name for name, _label in countries.choices(get_language() or "en") if name]


def mend(site: AdminSite, request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """Correct the fields of one row; the page again where they cannot be taken."""
    return mending.mend(request, what, pk, again=partial(_again, site, request))


def _again(site: AdminSite, request: HttpRequest, kind: Kind, pk: int, form: Any) -> HttpResponse:
    return page(site, request, bound={(kind, pk): form})
