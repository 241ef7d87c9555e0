"""What the page shows: for each kind that waits, what it means, and at most so many rows of it."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from registration.admin.attention.rows import SHOWN, Bound, Row, of_accounts, of_held, rows_of
from registration.admin.attention.verbs import VERBS, Call, Verb
from registration.admin.meeting_filter import is_key
from registration.admin.outbox import OUTBOX
from registration.flow import all_waiting, attention, disagreements
from registration.flow.all_waiting import Waiting
from registration.flow.attention import MOST_GROUPED, Kind
from registration.models import Meeting, Submission

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_GROUPS = 20

_MEANS: dict[Kind, "StrOrPromise"] = {
    Kind.ACCOUNTS: gettext_lazy(
        "Nothing is sent in the name of a paused account, and one whose token ends will be paused. Do what the words "
        "say, then resume it; new credentials end a pause by themselves."
    ),
    Kind.MEETINGS: gettext_lazy(
        "Nobody is sent to Webex for these meetings until somebody resumes them. Put right what the words say first."
    ),
    Kind.REFUSED: gettext_lazy(
        "Webex said no to these approved people, and they are not registered. Mend what its words are about: they go "
        "again with the next push."
    ),
    Kind.UNCERTAIN: gettext_lazy(
        "Webex was asked about these people, and what came of it is not known for too long. Nobody is sent twice "
        "meanwhile: a look-up tells. The push makes it by itself, if it runs."
    ),
    Kind.STUCK: gettext_lazy(
        "The push alone does not get these people any further. What keeps them stands beside each."
    ),
    Kind.MISSING: gettext_lazy(
        "These people were registered, and Webex has them no longer. Look them up again, or decline them here, too, "
        "where the host removed them on purpose."
    ),
    Kind.DIFFERENT: gettext_lazy(
        "Webex holds these people otherwise than we decided, and nothing more happens by itself. Hold on to our "
        "decision, or decide here as there."
    ),
    Kind.STRANGERS: gettext_lazy(
        "These people are registered at Webex and not here. Adopt them, and they have a registration here, too; or "
        "ignore them."
    ),
    Kind.MAILS: gettext_lazy(
        "Mails to these people have failed again and again, or for good. Mend the address, if it is mistyped, or have "
        "the mail sent again."
    ),
    Kind.HELD: gettext_lazy(
        "It was decided about people of these meetings more than a day ago, and nobody has released it: they know "
        "nothing of it yet."
    ),
}

_ABOUT_PEOPLE = frozenset(Kind) - {Kind.ACCOUNTS, Kind.MEETINGS, Kind.STRANGERS}

_MENDED = {Kind.REFUSED: gettext_lazy("Correct and send again"), Kind.MAILS: gettext_lazy("Correct and write again")}
"""What stands on the button of the fields in a row."""


@dataclass
class Group:
    """Refusals in the same words; ``resolvable``: of how many people the user may resolve them."""

    words: str
    people: int
    meetings: int
    title: str
    query: str
    is_chosen: bool
    resolvable: int


@dataclass
class Section:
    """One kind. ``chosen`` are the words of the group that alone is shown; ``more`` leads to the next rows, and
    ``elsewhere`` to the page that has all of them. Of those that are counted, so many are ``resolvable`` by the user.
    """

    kind: Kind
    count: int
    rows: list[Row]
    may_resolve: bool
    more: str = ""
    is_first: bool = True
    groups: list[Group] = field(default_factory=list)
    chosen: str = ""
    resolvable: int = 0
    elsewhere: str = ""

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.kind.label)

    @property
    def means(self) -> "StrOrPromise":
        """What it means, and what to do."""
        return _MEANS[self.kind]

    @property
    def counted(self) -> str:
        """How many there are, in words."""
        return attention.in_words(self.count)

    @property
    def counted_resolvable(self) -> str:
        """How many of them the user may resolve, in words."""
        return attention.in_words(self.resolvable)

    @property
    def verbs(self) -> tuple[Verb | Call, ...]:
        """What can be done to several at once."""
        return tuple(verb for verb in VERBS[self.kind] if any(verb in row.verbs for row in self.rows))

    @property
    def is_several(self) -> bool:
        """Whether more can be ticked than what has its own button."""
        rows = [row for row in self.rows if row.verbs]
        return bool(rows) and (len(rows) > 1 or (self.has_more and self.resolvable > 1) or not rows[0].buttons)

    @property
    def can_be_ticked(self) -> bool:
        """Whether there are buttons for those that are ticked."""
        return self.is_several or self.can_be_declined

    @property
    def can_be_declined(self) -> bool:
        """Whether it may be right to decline them here, too."""
        return self.may_resolve and self.kind in (Kind.MISSING, Kind.DIFFERENT)

    @property
    def has_more(self) -> bool:
        """Whether there are others than those on the page."""
        return bool(self.more) or not self.is_first

    @property
    def mended(self) -> "StrOrPromise":
        """What stands on the button of the fields in a row."""
        return _MENDED.get(self.kind, "")


def sections(request: HttpRequest, *, at: datetime, bound: Bound) -> list[Section]:
    """Each kind of which something waits that the user may see; or, where a group of refusals is chosen, that alone."""
    user, query = request.user, request.GET
    if "words" in query:
        words = chosen_words(user, query["words"], at=at)
        return [_section(Kind.REFUSED, request, at=at, bound=bound, words=words)] if words else []
    different = disagreements.parts()
    waiting = all_waiting.found(user, at=at, different=different)
    following = {kind: _following(each, _first(kind, request)) for kind, each in waiting.items() if each.places}
    # All at once: a person has very many columns.
    pks = {pk for kind, places in following.items() if kind in _ABOUT_PEOPLE for _meeting, pk in places}
    people = Submission.objects.select_related("meeting").in_bulk(pks)
    found = (
        _section(kind, request, at=at, bound=bound, waiting=waiting.get(kind), people=people, different=different)
        for kind in Kind
    )
    return [section for section in found if section.count]


def digest(words: str) -> str:
    """What stands for the words in an address: they may name somebody."""
    return sha256(words.encode()).hexdigest()[:16]


def chosen_words(user: Any, wanted: str, *, at: datetime) -> str:
    """Webex's words that the address asks for, if it still refuses anybody in these."""
    [refused] = attention.parts(Kind.REFUSED, user, at=at)
    found = attention.refusals(refused, most=MOST_GROUPED)
    return next((group["refusal"] for group in found if digest(group["refusal"]) == wanted), "")


def _section(
    kind: Kind,
    request: HttpRequest,
    *,
    at: datetime,
    bound: Bound,
    words: str = "",
    waiting: Waiting | None = None,
    people: Mapping[int, Submission] | None = None,
    different: disagreements.Parts | None = None,
) -> Section:
    """The section of a kind. ``waiting`` is what waits of it, and ``people`` have been read: neither is known yet of
    those who were refused in some words.
    """
    user = request.user
    if kind is Kind.ACCOUNTS:
        shown = of_accounts(user, at=at)
        return Section(kind, len(shown), shown, attention.may_resolve(kind, user), resolvable=len(shown))
    section = Section(kind, 0, [], attention.may_resolve(kind, user), chosen=words)
    if waiting is not None and not waiting.count:
        return section
    parts = attention.parts(kind, user, at=at, different=different)
    narrowed = {"refusal": words} if words else {}
    chosen = [part.filter(**narrowed) for part in parts]
    section.count = attention.counted(chosen) if waiting is None else waiting.count
    if not section.count:
        return section
    if kind is Kind.REFUSED:
        section.groups = _groups(parts[0], request, at=at, chosen=words)
    if kind is Kind.HELD:
        section.rows = of_held(chosen[0])
        section.elsewhere = reverse(f"admin:{OUTBOX}") if len(section.rows) == SHOWN else ""
        return section
    section.resolvable = section.count
    if section.may_resolve and attention.sees_more(kind, user):
        own = attention.parts(kind, user, at=at, resolvable=True, different=different)
        section.resolvable = attention.counted(part.filter(**narrowed) for part in own)
    first = _first(kind, request)
    if waiting is None or waiting.places is None:
        found = sorted((row for part in chosen for row in _after(part, first)), key=_place)
    else:
        found = _read(parts[0].model, _following(waiting, first), known=people or {})
    section.is_first = first is None
    section.rows = list(rows_of(kind, found[:SHOWN], user, at=at, bound=bound))
    for row, following in zip(section.rows, section.rows[1:], strict=False):
        row.next = following.pk
    if len(found) > SHOWN:
        section.more = _with(request.GET, f"after_{kind}", "{}-{}".format(*_place(found[SHOWN - 1])))
    return section


def _first(kind: Kind, request: HttpRequest) -> tuple[int, int] | None:
    """After which place the page begins: those of a kind are in the order of meeting and key, as an index has them."""
    return _key(request.GET.get(f"after_{kind}", ""))


def _following(waiting: Waiting, first: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The places of the rows of a page, and of one more than are shown."""
    places = waiting.places or []
    return places[bisect_right(places, first) if first else 0 :][: SHOWN + 1]


def _read(model: type[Any], places: list[tuple[int, int]], *, known: Mapping[int, Any]) -> list[Any]:
    """The rows at these places; without those that are gone meanwhile."""
    if model is not Submission:
        rows = model.objects.all() if model is Meeting else model.objects.select_related("meeting")
        known = rows.in_bulk([pk for _meeting, pk in places])
    return [known[pk] for _meeting, pk in places if pk in known]


def _after(part: "QuerySet[Any]", first: tuple[int, int] | None) -> "QuerySet[Any]":
    """The first rows of the part, and one more than are shown."""
    if part.model is Meeting:
        return part.filter(pk__gt=first[1] if first else 0).order_by("pk")[: SHOWN + 1]
    if first is not None:
        meeting, pk = first
        part = part.filter(Q(meeting__gt=meeting) | Q(meeting=meeting, pk__gt=pk), meeting__gte=meeting)
    return part.select_related("meeting").order_by("meeting_id", "pk")[: SHOWN + 1]


def _place(row: Any) -> tuple[int, int]:
    """Where the row stands among those of its kind."""
    return getattr(row, "meeting_id", 0), row.pk


def _key(text: str) -> tuple[int, int] | None:
    meeting, _dash, pk = text.partition("-")
    are_keys = is_key(meeting) and is_key(pk)
    return (int(meeting), int(pk)) if are_keys else None


def _with(query: QueryDict, name: str, value: str) -> str:
    changed = query.copy()
    changed[name] = value
    return changed.urlencode()


def _groups(refused: "QuerySet[Submission]", request: HttpRequest, *, at: datetime, chosen: str) -> list[Group]:
    """Words in which Webex refused several people: it may be one question of the form that is wrong."""
    found = attention.refusals(refused, most=MOST_GROUPS)
    resolvable = {group["refusal"]: group["people"] for group in found}
    if attention.sees_more(Kind.REFUSED, request.user):
        [own] = attention.parts(Kind.REFUSED, request.user, at=at, resolvable=True)
        own = own.filter(refusal__in=resolvable)
        resolvable = {group["refusal"]: group["people"] for group in attention.refusals(own, most=MOST_GROUPS)}
    return [
        Group(
            group["refusal"],
            group["people"],
            group["meetings"],
            group["first"],
            f"words={digest(group['refusal'])}",
            group["refusal"] == chosen,
            resolvable.get(group["refusal"], 0),
        )
        for group in found
        if group["people"] > 1 or group["refusal"] == chosen
    ]
