"""The start page: what needs a person, then the meetings to come, each at a glance."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.admin import AdminSite
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import roles
from registration.admin import glances, meeting_import
from registration.admin.base import acting_user
from registration.admin.numbers import NUMBERS, people_address
from registration.flow import all_waiting, attention, disagreements
from registration.flow.attention import Kind
from registration.keys import named
from registration.models import Meeting, Submission

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PER_PAGE = 12
MOST_COUNTED = 1000
"""Of more people than that, the section of what needs a person says only that they are more."""

_LONGEST_SEARCH = 300


class Need(NamedTuple):
    """People who wait for one of the staff: how many, what for, and where they are listed."""

    number: str
    words: "StrOrPromise"
    address: str


def context(site: AdminSite, request: HttpRequest) -> dict[str, Any]:
    """What the page shows: as many queries for twelve meetings as for two."""
    now = timezone.now()
    model_admin: Any = site.get_model_admin(Meeting)
    theirs: QuerySet[Meeting] = model_admin.get_queryset(request)
    words = request.GET.get("q", "").replace("\0", "").strip()[:_LONGEST_SEARCH]
    is_past = "past" in request.GET
    found = theirs.filter(title__in_any_case=words) if words else theirs
    page = Paginator(_past(found, now) if is_past else _coming(found, now), PER_PAGE).get_page(request.GET.get("page"))
    meetings = list(page.object_list)
    different = disagreements.parts()
    return {
        "purpose": _("What waits for you comes first, then each meeting at a glance; each number leads to its people."),
        "needs": list(_needs(request, now, different=different)),
        "glances": glances.of_each(meetings, request, now=now, different=different),
        "page": page,
        "pages": _pages(page, q=words, past=is_past),
        "q": words,
        "is_past": is_past,
        "has_meetings": bool(meetings) or bool(words) or theirs.exists(),
        "may_import": meeting_import.may_import(model_admin, request),
    }


def _coming(meetings: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    """Those that are not over, the next first."""
    return meetings.filter(end_at__gt=now).order_by("start_at", "pk")


def _past(meetings: QuerySet[Meeting], now: datetime) -> QuerySet[Meeting]:
    """Those that are over, the last first."""
    return meetings.filter(end_at__lte=now).order_by("-start_at", "-pk")


def _pages(page: Page[Meeting], *, q: str, past: bool) -> list[tuple["StrOrPromise", str]]:
    """The ways to the page before and the page after."""
    kept = ({"q": q} if q else {}) | ({"past": "1"} if past else {})
    ways: list[tuple[StrOrPromise, str]] = []
    if page.has_previous():
        ways.append((_("Earlier in the list"), "?" + urlencode(kept | {"page": page.previous_page_number()})))
    if page.has_next():
        ways.append((_("Further in the list"), "?" + urlencode(kept | {"page": page.next_page_number()})))
    return ways


# --- what needs a person ----------------------------------------------------------------------------------------------


def _needs(request: HttpRequest, now: datetime, *, different: disagreements.Parts) -> Iterator[Need]:
    """Who waits to be decided about, of all meetings to come that the user sees, then what else needs attention.

    Nothing where nobody does.
    """
    coming = roles.only(Meeting.objects.filter(end_at__gt=now), request.user, *roles.SEE_PEOPLE, path="")
    # By their keys: with a join, PostgreSQL may read everybody who was ever left undecided.
    pks = list(coming.order_by().values_list("pk", flat=True))
    for name, words in _WORDS.items():
        people = Submission.objects.filter(NUMBERS[name].condition, named(pks, of="meeting"))
        yield from _need(people, words, people_address(name))
    for kind, count in all_waiting.counts(acting_user(request), at=now, different=different).items():
        if kind is not Kind.HELD:  # said already, with those that are held for less than a day
            label = _KINDS[kind](count) if kind in _KINDS else str(kind.label)
            yield Need(attention.in_words(count), label, f"{reverse('admin:registration_attention')}#{kind}")


def _need(people: QuerySet[Any], words: Callable[[int], str], address: str) -> Iterator[Need]:
    count = people.order_by()[: MOST_COUNTED + 1].count()
    if count:
        shown = str(count) if count <= MOST_COUNTED else _("more than %d") % MOST_COUNTED
        yield Need(shown, words(count), address)


_KINDS: dict[Kind, Callable[[int], str]] = {
    Kind.ACCOUNTS: lambda n: ngettext("Webex account to look after", "Webex accounts to look after", n),
    Kind.MEETINGS: lambda n: ngettext("paused meeting", "paused meetings", n),
}
"""The kinds that are called by a word that is counted."""

_WORDS: dict[str, Callable[[int], str]] = {
    "to_review": lambda n: ngettext("registration waits for review", "registrations wait for review", n),
    "held": lambda n: ngettext("decision waits to be released", "decisions wait to be released", n),
}
