"""What the page shows: for each kind that waits, what it means, and at most so many rows of it."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
from registration.models import Meeting, Submission, UnknownRegistrant

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

_ABOUT_PEOPLE = frozenset(Kind) - {Kind.ACCOUNTS, Kind.MEETINGS, Kind.STRANGERS, Kind.HELD}

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


@dataclass(frozen=True)
class _Asked:
    """What the page is asked for, and what has been read for all of its sections at once.

    ``words`` are those in which the people were refused who alone are shown.
    """

    request: HttpRequest
    at: datetime
    bound: Bound
    waiting: Mapping[Kind, Waiting]
    people: Mapping[int, Submission] = field(default_factory=dict)
    different: disagreements.Parts | None = None
    words: str = ""

    @property
    def narrowed(self) -> dict[str, str]:
        """The condition for those who alone are shown."""
        return {"refusal": self.words} if self.words else {}

    def parts(self, kind: Kind, *, resolvable: bool = False) -> "list[QuerySet[Any]]":
        """What waits of a kind, or what the user may resolve of it; whatever is shown."""
        return attention.parts(kind, self.request.user, at=self.at, resolvable=resolvable, different=self.different)

    def first(self, kind: Kind) -> tuple[int, int] | None:
        """After which place the page begins: a kind is in the order of meeting and key, as an index has it."""
        return _key(self.request.GET.get(f"after_{kind}", ""))


def sections(request: HttpRequest, *, at: datetime, bound: Bound) -> list[Section]:
    """Each kind of which something waits that the user may see; or, where a group of refusals is chosen, that alone."""
    user, query = request.user, request.GET
    if "words" in query:
        words = chosen_words(user, query["words"], at=at)
        [refused] = attention.parts(Kind.REFUSED, user, at=at)
        waiting = {Kind.REFUSED: Waiting(attention.capped(refused.filter(refusal=words)), None)}
        return [_section(Kind.REFUSED, _Asked(request, at, bound, waiting, words=words))] if words else []
    different = disagreements.parts()
    waiting = all_waiting.found(user, at=at, different=different)
    asked = _Asked(request, at, bound, waiting, different=different)
    # All at once: a person has very many columns.
    places = (place for kind in _ABOUT_PEOPLE for place in _following(waiting[kind], asked.first(kind)))
    people = Submission.objects.select_related("meeting").in_bulk({pk for _meeting, pk in places})
    accounts = [_of_accounts(user, at=at)]
    others = (_section(kind, replace(asked, people=people)) for kind in waiting if waiting[kind].count)
    return [section for section in (*accounts, *others) if section.count]


def digest(words: str) -> str:
    """What stands for the words in an address: they may name somebody."""
    return sha256(words.encode()).hexdigest()[:16]


def chosen_words(user: Any, wanted: str, *, at: datetime) -> str:
    """Webex's words that the address asks for, if it still refuses anybody in these."""
    [refused] = attention.parts(Kind.REFUSED, user, at=at)
    found = attention.refusals(refused, most=MOST_GROUPED)
    return next((group["refusal"] for group in found if digest(group["refusal"]) == wanted), "")


def _of_accounts(user: Any, *, at: datetime) -> Section:
    shown = of_accounts(user, at=at)
    may_resolve = attention.may_resolve(Kind.ACCOUNTS, user)
    return Section(Kind.ACCOUNTS, len(shown), shown, may_resolve, resolvable=len(shown))


def _section(kind: Kind, asked: _Asked) -> Section:
    """The section of a kind of which something waits."""
    user, waiting, first = asked.request.user, asked.waiting[kind], asked.first(kind)
    section = Section(kind, waiting.count, [], attention.may_resolve(kind, user), chosen=asked.words)
    if kind is Kind.REFUSED:
        section.groups = _groups(asked)
    if kind is Kind.HELD:
        [held] = asked.parts(kind)
        section.rows = of_held(held)
        section.elsewhere = reverse(f"admin:{OUTBOX}") if len(section.rows) == SHOWN else ""
        return section
    section.resolvable = section.count
    if section.may_resolve and attention.sees_more(kind, user):
        own = asked.parts(kind, resolvable=True)
        section.resolvable = attention.counted(part.filter(**asked.narrowed) for part in own)
    if waiting.places is None:
        chosen = [part.filter(**asked.narrowed) for part in asked.parts(kind)]
        found = sorted((row for part in chosen for row in _after(part, first)), key=_place)
        places = [_place(row) for row in found]
    else:
        places = _following(waiting, first)
        found = _read(kind, places, people=asked.people)
    section.is_first = first is None
    section.rows = list(rows_of(kind, found[:SHOWN], user, at=asked.at, bound=asked.bound))
    for row, following in zip(section.rows, section.rows[1:], strict=False):
        row.next = following.pk
    if len(places) > SHOWN:
        section.more = _with(asked.request.GET, f"after_{kind}", "{}-{}".format(*places[SHOWN - 1]))
    return section


def _following(waiting: Waiting, first: tuple[int, int] | None) -> list[tuple[int, int]]:
    """The places of the rows of a page, and of one more than are shown; none where they are not known."""
    places = waiting.places or []
    return places[bisect_right(places, first) if first else 0 :][: SHOWN + 1]


def _read(kind: Kind, places: list[tuple[int, int]], *, people: Mapping[int, Submission]) -> list[Any]:
    """The rows at these places, without those that were deleted meanwhile."""
    pks = [pk for _meeting, pk in places]
    known: Mapping[int, Any] = people
    if kind is Kind.MEETINGS:
        known = Meeting.objects.in_bulk(pks)
    elif kind is Kind.STRANGERS:
        known = UnknownRegistrant.objects.select_related("meeting").in_bulk(pks)
    return [known[pk] for pk in pks if pk in known]


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


def _groups(asked: _Asked) -> list[Group]:
    """Words in which Webex refused several people: it may be one question of the form that is wrong."""
    [refused] = asked.parts(Kind.REFUSED)
    found = attention.refusals(refused, most=MOST_GROUPS)
    resolvable = {group["refusal"]: group["people"] for group in found}
    if attention.sees_more(Kind.REFUSED, asked.request.user):
        [own] = asked.parts(Kind.REFUSED, resolvable=True)
        own = own.filter(refusal__in=resolvable)
        resolvable = {group["refusal"]: group["people"] for group in attention.refusals(own, most=MOST_GROUPS)}
    return [
        Group(
            group["refusal"],
            group["people"],
            group["meetings"],
            group["first"],
            f"words={digest(group['refusal'])}",
            group["refusal"] == asked.words,
            resolvable.get(group["refusal"], 0),
        )
        for group in found
        if group["people"] > 1 or group["refusal"] == asked.words
    ]
