"""A meeting's own look, on its pages and elsewhere; its logo and its colours at addresses that browsers keep."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from registration import colors as shades
from registration import wording
from registration.models import Logo, Meeting
from registration.pictures import FORMATS

_kept_for_a_year = cache_control(public=True, max_age=31_536_000, immutable=True)


def meetings() -> QuerySet[Meeting]:
    """Meetings with what a page shows of their logos: all but the picture itself."""
    return Meeting.objects.select_related("logo").defer("logo__content")


def shown_elsewhere(meeting: Meeting) -> dict[str, str]:
    """What the tags for search engines and chats are made of, see templates/registration/preview.html."""
    return {"description": wording.description(meeting), "site_url": settings.SITE_URL}


@require_safe
@_kept_for_a_year
def logo(request: HttpRequest, slug: str, digest: str, ending: str) -> HttpResponse:
    """The logo of a published meeting."""
    published = Logo.objects.filter(meeting__slug=slug, meeting__is_published=True, digest=digest)
    found = get_object_or_404(published.only("content", "content_type"))
    if ending != FORMATS[found.content_type]:
        raise Http404
    return HttpResponse(bytes(found.content), content_type=found.content_type)


@require_safe
@_kept_for_a_year
def colors(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The style sheet with the colour of a published meeting."""
    published = Meeting.objects.filter(slug=slug, is_published=True).exclude(accent_color="")
    color = get_object_or_404(published.only("accent_color")).accent_color
    if digest != shades.stylesheet_digest(color):
        raise Http404
    return HttpResponse(shades.stylesheet(color), content_type="text/css; charset=utf-8")
