"""Searching people by name, e-mail address, company or reference: every word must be somewhere in those.

On PostgreSQL it is answered by an index of trigrams (migrations/0011_search.py), whose expression is ``TEXT``, letter
by letter. A word without three letters in a row, as some names are, has none of its own, and is found as a whole only.
"""

import re

from django.db import connection, models
from django.db.models import Func, Q, QuerySet, Value
from django.db.models.functions import Upper

from registration.keys import named, unconditioned
from registration.models import Submission

INDEX = "submission_search"
COLUMNS = ("first_name", "last_name", "email_key", "company_name", "reference")
_BETWEEN = " || ' ' || "
TEXT = f"UPPER(' ' || {_BETWEEN.join(COLUMNS)} || ' ')"
"""All that is searched of one person, as the index has it."""

CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
CREATE_INDEX = f"CREATE INDEX IF NOT EXISTS {INDEX} ON registration_submission USING gin (({TEXT}) gin_trgm_ops)"

_MOST_WORDS = 10
_PART = re.compile(r"[^\W_]{3}")
_FEW = 4_000
_FEW_OF_SOME = 10_000


class _Holds(Func):
    """Whether the text of a person matches a pattern of LIKE, whatever the case of its letters."""

    output_field = models.BooleanField()
    template = "%(expressions)s"
    arg_joiner = " LIKE "


class _Text(Func):
    """All that is searched of one person, with a space on either side."""

    output_field = models.TextField()
    template = "' ' || %(expressions)s || ' '"
    arg_joiner = _BETWEEN


class _HoldsAll(Func):
    """``holds_all``, for SQLite."""

    output_field = models.BooleanField()
    function = "HOLDS_ALL"


def holds_all(first_name: str, last_name: str, email_key: str, company_name: str, reference: str, *parts: str) -> bool:
    """Whether each of the parts, in capitals, is in what is searched of one person, whatever the case of its letters.

    SQLite's own UPPER knows no letters but a to z, and nobody would find "Özil" by "özil". The columns come one by one:
    SQLite takes longer to put them together than to search them.
    """
    text = f" {first_name} {last_name} {email_key} {company_name} {reference} ".upper()
    # Not with all(), which takes twice as long: it is asked of everybody.
    for part in parts:  # noqa: SIM110
        if part not in text:
            return False
    return True


def matching(people: QuerySet[Submission], words: str, *, are_some: bool = False) -> QuerySet[Submission]:
    """Those of the people in whose name, address, company or reference each of the words is.

    Asks first whether there are only a few, and then for exactly those: otherwise a planner that expects many of a rare
    word would read everybody in the list's order, to find none. ``are_some``: whether the people are those of some
    meetings, of whom alone it pays to ask.
    """
    wanted = [word for word in words.replace("\0", "").split() if any(map(str.isalnum, word))][:_MOST_WORDS]
    if not wanted:
        return people.none() if words.strip() else people
    holds = _holds([word if _PART.search(word) else f" {word} " for word in wanted])
    # Of everybody: where the words alone decide, nothing else of the question leads the planner away from the index.
    asked, most = (people, _FEW_OF_SOME) if are_some else (Submission.objects.all(), _FEW)
    found = _keys(asked.filter(holds), most=most)
    if found is None:
        return people.filter(holds)
    return (unconditioned(people) if are_some else people).filter(named(found))


def _keys(people: QuerySet[Submission], *, most: int) -> list[int] | None:
    """Their primary keys; nothing where they are more than that."""
    found = list(people.order_by().values_list("pk", flat=True)[: most + 1])
    return found if len(found) <= most else None


def _holds(parts: list[str]) -> Q:
    if connection.vendor == "sqlite":
        return Q(_HoldsAll(*COLUMNS, *(Value(part.upper()) for part in parts)))
    return Q(*(_Holds(Upper(_Text(*COLUMNS)), Upper(Value(_pattern(part)))) for part in parts))


def _pattern(part: str) -> str:
    escaped = part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
