"""What each process keeps of the meetings that were asked for last: themselves, and the pages that all visitors share.

A page costs what its templates cost, a form most of all; and two visitors' forms differ in nothing but a few hidden
inputs: the CSRF token and what keeps bots out.
What is kept is found by the meeting's ``form_version``, read for each visitor: what staff change shows at once.
"""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache, wraps
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registration.models import Meeting
from registration.views import look
from registration.views.connected import asked_first

T = TypeVar("T")
S = TypeVar("S", bound=Hashable)

# Written out: to have this put together for every visitor would cost half as much as all the rest of the page.
_PUBLISHED = "SELECT id, form_version FROM registration_meeting WHERE slug = %s AND is_published"

_MOST_KEPT = 100
# Nobody can write them into a meeting's texts.
_STANDS_HERE = secrets.token_hex(32)
_OWN_PART = re.compile(f"{_STANDS_HERE}_([a-z_]+)_".encode())
_TOKEN = "csrf_token"  # noqa: S105


def keep(make: Callable[..., T]) -> Callable[..., T]:
    """Keep what was made last, by its arguments; in development everything is made anew."""
    kept = lru_cache(maxsize=_MOST_KEPT)(make)

    @wraps(make)
    def kept_or_made(*args: Hashable) -> T:
        return make(*args) if settings.DEBUG else kept(*args)

    return kept_or_made


def published(slug: str) -> Meeting:
    """The published meeting of this name, with its logo. It is shared: read it, and change nothing of it.

    Raises ``Http404`` where there is none.
    """
    found = asked_first(lambda: _version(slug))
    if found is None:
        raise Http404(_("There is no such meeting."))
    return _meeting(*found)


def as_of(meeting_pk: int, form_version: str) -> Meeting:
    """The meeting as it was when it got this version, with its logo. It is shared: read it, and change nothing."""
    return _meeting(meeting_pk, form_version)


def page(template: str, meeting: Meeting, *, context: Callable[[Meeting], dict[str, Any]], variant: str = "") -> bytes:
    """The page of a meeting. ``variant`` names what ``context`` depends on besides the meeting and the language."""
    [only] = _page(template, context, meeting.pk, meeting.form_version, _language(), variant)
    return only


def page_around(
    template: str,
    meeting: Meeting,
    *,
    context: Callable[[Meeting, S], dict[str, Any]],
    shape: S,
    holes: Mapping[str, str],
) -> bytes:
    """The page around what is about one person, which stands in its ``holes``: whatever is no safe HTML is escaped.

    All else on the page follows from the meeting and the ``shape``, and nothing of it may be about a person.
    """
    parts = _page_around(template, context, meeting.pk, meeting.form_version, _language(), shape, tuple(holes))
    return _filled(parts, {name: conditional_escape(value) for name, value in holes.items()})


def page_with_form(
    request: HttpRequest,
    template: str,
    meeting: Meeting,
    *,
    context: Callable[[Meeting], dict[str, Any]],
    own: Mapping[str, str],
    variant: str = "",
) -> bytes:
    """The same with a form in it, which gets this visitor's own CSRF token, and ``own``: by the names that ``context``
    gave to ``own_part``. They are written as they are.
    """
    parts = _page(template, context, meeting.pk, meeting.form_version, _language(), variant)
    return _filled(parts, {_TOKEN: get_token(request), **own})


def _filled(parts: list[bytes], values: Mapping[str, str]) -> bytes:
    """The page with its own parts: text and their names take turns."""
    named = {name.encode(): value for name, value in values.items()}
    return b"".join(named[part].encode() if index % 2 else part for index, part in enumerate(parts))


def own_part(name: str) -> str:
    """What stands in a kept page for what is each visitor's own."""
    return f"{_STANDS_HERE}_{name}_"


def _version(slug: str) -> tuple[int, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISHED, [slug])
        found: tuple[int, str] | None = cursor.fetchone()
        return found


@keep
def _meeting(meeting_pk: int, form_version: str) -> Meeting:
    return look.meetings().get(pk=meeting_pk)


@keep
def _page_around(
    template: str,
    context: Callable[[Meeting, S], dict[str, Any]],
    meeting_pk: int,
    form_version: str,
    language: str,
    shape: S,
    names: tuple[str, ...],
) -> list[bytes]:
    known = context(_meeting(meeting_pk, form_version), shape) | {"holes": {name: own_part(name) for name in names}}
    return _OWN_PART.split(render_to_string(template, known).encode())


@keep
def _page(
    template: str,
    context: Callable[[Meeting], dict[str, Any]],
    meeting_pk: int,
    form_version: str,
    language: str,
    variant: str,
) -> list[bytes]:
    """The parts of the page around what is each visitor's own, and the names of that between them."""
    known = context(_meeting(meeting_pk, form_version)) | {"csrf_token": own_part(_TOKEN)}
    return _OWN_PART.split(render_to_string(template, known).encode())


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE
