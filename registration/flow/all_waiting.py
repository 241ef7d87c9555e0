"""All that waits for a person, of every kind, in one question, so that each of the staff's pages can ask."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Q, Value
from django.utils import timezone

from registration import roles
from registration.flow import attention, disagreements
from registration.flow.attention import Kind, Moments, Who
from registration.prepared import Keys, Later, Prepared

_KINDS = [kind for kind in Kind if kind is not Kind.ACCOUNTS]
_DIFFERENT = "decided differently"


@dataclass(frozen=True)
class Waiting:
    """How many wait of a kind, up to one more than ``MOST_COUNTED``; and where each stands, in the order of meeting and
    key, unless they are more.
    """

    count: int
    places: list[tuple[int, int]] | None


def found(user: Who, *, at: datetime, different: disagreements.Parts | None = None) -> dict[Kind, Waiting]:
    """What waits that the user may see, of every kind but accounts. Two queries, however much there is.

    ``different`` is what ``disagreements.parts`` told, for who has asked already.
    """
    if not attention.may_look(user):
        return {kind: Waiting(0, []) for kind in _KINDS}
    different = different or disagreements.parts()
    scopes = {kind: roles.scope(user, *attention.seeing(kind)) for kind in _KINDS}
    keys: dict[str, Collection[int]] = {kind.value: pks for kind, pks in scopes.items() if pks is not None}
    if different.few is not None:
        keys[_DIFFERENT] = different.few
    question = _question(connection.vendor, frozenset(keys), most=attention.MOST_COUNTED + 1)
    rows = question.ask(moments=asdict(Moments.at(at)), keys=keys)
    places: dict[Kind, list[tuple[int, int]]] = {kind: [] for kind in _KINDS}
    for number, meeting, pk in rows:
        places[_KINDS[number]].append((meeting, pk))
    return {kind: _waiting(found) for kind, found in places.items()}


def counts(user: Who, *, at: datetime | None = None, different: disagreements.Parts | None = None) -> dict[Kind, int]:
    """How many of each kind wait that the user may see, the most urgent first, up to one more than ``MOST_COUNTED``.

    Kinds of which none waits are left out. ``different``: as in ``found``.
    """
    at = at or timezone.now()
    accounts = {Kind.ACCOUNTS: len(attention.accounts(user, at=at))}
    others = {kind: waiting.count for kind, waiting in found(user, at=at, different=different).items()}
    return {kind: count for kind, count in (accounts | others).items() if count}


def _waiting(places: list[tuple[int, int]]) -> Waiting:
    # Each part has been read so far, so that none was cut off where all of them are no more.
    are_all = len(places) <= attention.MOST_COUNTED
    return Waiting(len(places), sorted(places)) if are_all else Waiting(attention.MOST_COUNTED + 1, None)


@cache
def _question(vendor: str, known: frozenset[str], *, most: int) -> Prepared:
    """The question, up to so many rows of each part. ``known``: of which kinds it is told of which meetings the user
    sees them, since it is not of all; and whether it is told who is decided about differently.
    """
    at = Moments(*(Later(each.name) for each in fields(Moments)))
    are_told = _DIFFERENT in known
    different = disagreements.Parts(Q(pk__in=Keys(_DIFFERENT))) if are_told else disagreements.however_many()
    asked = []
    for number, kind in enumerate(_KINDS):
        for part in attention.rows(kind, at, different=different):
            path = attention.to_meeting(part)
            theirs = part.filter(**{f"{path or 'pk'}__in": Keys(kind.value)}) if kind.value in known else part
            asked.append(theirs.order_by().values_list(Value(number), path or Value(0), "pk")[:most])
    return Prepared(*asked)
