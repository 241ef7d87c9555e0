"""The pages between choosing people and doing something to them: nothing is done to anybody unseen."""

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registration import audit
from registration.admin.base import StaffAdmin, acting_user
from registration.models import Submission, UnknownRegistrant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

SHOWN_NAMES = 10


def fingerprint(chosen: "QuerySet[Any]") -> str:
    """A digest of what is chosen, which no other choice has."""
    digest = sha256()
    for pk in chosen.order_by("pk").values_list("pk", flat=True).iterator():
        digest.update(b"%d," % pk)
    return digest.hexdigest()


def named(request: HttpRequest, people: "Sequence[Submission] | QuerySet[Submission]") -> list[str]:
    """The names of the first of them; that they were looked at is noted of each."""
    shown = list(people[:SHOWN_NAMES])
    note_look(request, shown)
    return [person.full_name for person in shown]


def note_look(request: HttpRequest, shown: "Sequence[Submission]") -> None:
    """Note that the people were named on a page that asks first."""
    audit.note_people(
        acting_user(request),
        audit.Action.VIEWED,
        [person.pk for person in shown],
        words=_("Before something was done."),
        of={person.pk: person.meeting_id for person in shown},
    )


def note_look_at_strangers(request: HttpRequest, shown: "Sequence[UnknownRegistrant]") -> None:
    """Note the same of people who are at Webex only: in one entry, which cannot point to them."""
    meetings = {stranger.meeting_id for stranger in shown}
    audit.note(
        acting_user(request),
        audit.Action.LISTED,
        meeting=meetings.pop() if len(meetings) == 1 else None,
        thing=str(UnknownRegistrant._meta.verbose_name_plural),
        count=len(shown),
        words=_("Before something was done."),
    )


def way_back(model_admin: StaffAdmin, request: HttpRequest, chosen: "QuerySet[Any]") -> str:
    """To the page or the filtered list that one came from."""
    match = request.resolver_match
    if match is not None and "pk" in match.kwargs:
        return model_admin.object_address(request, chosen.get())
    return request.get_full_path()


def filters_in_words(model_admin: StaffAdmin, request: HttpRequest) -> list[str]:
    """The filters behind "select all that match", for people to read; none where each was chosen."""
    if request.POST.get("select_across") != "1":
        return []
    changes: Any = model_admin.get_changelist_instance(request)
    return list(changes.filter_words if hasattr(changes, "filter_words") else _words(changes))


def _words(changes: ChangeList) -> "Iterator[str]":
    """What a list is narrowed by: the search, and of each filter in use its title and what is chosen."""
    if changes.query:
        yield _("search: %(words)s") % {"words": changes.query}
    for spec in changes.filter_specs:
        chosen = [str(choice["display"]) for choice in spec.choices(changes) if choice["selected"]]
        if chosen and any(spec.used_parameters.values()):
            yield _("%(filter)s: %(value)s") % {"filter": spec.title, "value": ", ".join(chosen)}
