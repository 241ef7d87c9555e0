"""The pages of one meeting besides its own: each module says its addresses, and the link beside the meeting's title."""

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpRequest
from django.urls import URLPattern

from registration.admin import (
    form_at_webex,
    form_editor,
    glance,
    mail_texts,
    meeting_copy,
    meeting_outbox,
    people_import,
    rules,
)
from registration.admin.base import StaffAdmin
from registration.models import Meeting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_PAGES: Sequence[ModuleType] = (
    glance,
    meeting_outbox,
    form_editor,
    form_at_webex,
    rules,
    mail_texts,
    people_import,
    meeting_copy,
)
"""Each has ``addresses(model_admin)`` and ``link(model_admin, request, meeting)``, which is ``None`` where the user may
not go there."""


class Link(NamedTuple):
    """A link beside the meeting's title."""

    label: "StrOrPromise"
    address: str


def addresses(model_admin: StaffAdmin) -> list[URLPattern]:
    """The addresses of all of them."""
    return [address for page in _PAGES for address in page.addresses(model_admin)]


def links(model_admin: StaffAdmin, request: HttpRequest, meeting: Meeting) -> list[Link]:
    """The links to those that the user may open."""
    found = (page.link(model_admin, request, meeting) for page in _PAGES)
    return [Link(*link) for link in found if link is not None]
