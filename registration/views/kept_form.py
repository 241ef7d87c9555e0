"""The sign-up page with its empty form: rendered once for all visitors, in each language and version of the form.

A form costs what its widgets' templates cost, and two visitors' pages differ in nothing but the CSRF token. Each
process keeps the pages that it has rendered last.
"""

import secrets
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language

from registration import wording
from registration.forms import RegistrationForm
from registration.models import Meeting
from registration.views import look

TEMPLATE = "registration/meeting.html"

_MOST_KEPT = 100
# Nobody can write it into a meeting's texts.
_TOKEN_STANDS_HERE = secrets.token_urlsafe(32)


def page(request: HttpRequest, meeting: Meeting) -> bytes:
    """The page for this visitor. What staff change shows at once: see ``Meeting.form_version``."""
    keep = _render if settings.DEBUG else _kept
    before, after = keep(meeting.pk, meeting.form_version, get_language() or settings.LANGUAGE_CODE)
    return before + get_token(request).encode() + after


def context(meeting: Meeting, form: RegistrationForm) -> dict[str, Any]:
    """What the template shows."""
    closes = wording.moment(meeting.closes_at or meeting.end_at, meeting=meeting)
    known = {"meeting": meeting, "when": wording.when(meeting), "closes": closes, "form": form}
    return known | look.shown_elsewhere(meeting)


def _render(meeting_pk: int, form_version: str, language: str) -> tuple[bytes, bytes]:
    """The page before the visitor's token and after it."""
    meeting = look.meetings().get(pk=meeting_pk)
    known = context(meeting, RegistrationForm(meeting=meeting)) | {"csrf_token": _TOKEN_STANDS_HERE}
    before, after = render_to_string(TEMPLATE, known).encode().split(_TOKEN_STANDS_HERE.encode())
    return before, after


_kept = lru_cache(maxsize=_MOST_KEPT)(_render)
