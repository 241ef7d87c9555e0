"""The way to the most used places, at the top of every page of the staff's side."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registration import roles


class Place(NamedTuple):
    """A place: what it is called, the name of its address, and the permissions any of which lets somebody in."""

    label: Promise
    name: str
    perms: tuple[str, ...]


PLACES = (
    Place(_("Start"), "index", ()),
    Place(_("Needs attention"), "registration_attention", roles.SEE_PEOPLE),
    Place(
        _("Meetings"),
        "registration_meeting_changelist",
        ("registration.view_meeting", "registration.change_meeting"),
    ),
    Place(_("Submissions"), "registration_submission_changelist", roles.SEE_PEOPLE),
    Place(_("Outbox"), "registration_outbox", roles.SEE_PEOPLE),
    Place(_("Mails"), "registration_mail_changelist", roles.SEE_PEOPLE),
    Place(_("Batches"), "registration_batch_changelist", ("registration.view_batch", "registration.change_batch")),
    Place(_("Audit"), "registration_auditentry_changelist", ("registration.view_auditentry",)),
)


@dataclass(frozen=True)
class Way:
    """A link to a place; ``current`` is what the page that is shown is to it, in the words of ``aria-current``."""

    label: Promise
    address: str
    current: str


def ways(site: AdminSite, request: HttpRequest) -> list[Way]:
    """The places that the user may open, in order; none for who is not signed in."""
    if not site.has_permission(request):
        return []
    found = []
    for place in PLACES:
        address = address_of(place.name)
        if address and _may(request.user, place):
            found.append(Way(place.label, address, _current(request.path, address, is_start=place.name == "index")))
    return found


def address_of(name: str) -> str:
    """The address of the staff's page of this name; empty where there is no such page."""
    try:
        return reverse(f"admin:{name}")
    except NoReverseMatch:
        return ""


def _may(user: Any, place: Place) -> bool:
    return not place.perms or any(user.has_perm(perm) for perm in place.perms)


def _current(path: str, address: str, *, is_start: bool) -> str:
    if path == address:
        return "page"
    return "true" if path.startswith(address) and not is_start else ""
