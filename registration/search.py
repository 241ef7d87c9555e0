"""Searching people by name, e-mail address, company or reference: every word must be somewhere in those.

Letters are found without their accents, and with them: not every keyboard has those of every name.

On PostgreSQL all of that stands in a column of its own, which the database keeps and no model knows, with an index of
trigrams (migrations/0018_search_without_accents.py). A word without three letters in a row, as some names are, has none
of its own, and is found as a whole only.
"""

import re
import unicodedata
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.lookups import IContains

from registration.keys import among_few
from registration.models import Submission
from registration.models.submission import REFERENCE_ALPHABET

INDEX = "submission_search_text"
COLUMNS = ("first_name", "last_name", "email_key", "company_name", "reference")
_TEXT = "search_text"
# What forms hold in the place of an apostrophe, which NFKD would make a space of; what is no letter with a mark, but
# another letter on many keyboards; and the marks, without which a Cyrillic й is an и as well.
_APOSTROPHES = "’‘ʼ´"
_LETTERS = dict(zip("øØłŁđĐðÐ", "oOlLdDdD", strict=True))
_PAIRS = {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
_MARKS = "[\\u0300-\\u036f]"
_APOSTROPHE = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))
_TRANSLATION = str.maketrans(_LETTERS | _PAIRS)


class _Folding(dict[int, str]):
    """How each character is compared, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        bare = re.sub(_MARKS, "", unicodedata.normalize("NFKD", chr(code).translate(_APOSTROPHE)))
        self[code] = unicodedata.normalize("NFKC", bare).translate(_TRANSLATION).upper()
        return self[code]


_FOLDING = _Folding()


def fold(text: str) -> str:
    """A text as it is compared: in capitals, and without accents."""
    return text.upper() if text.isascii() else unicodedata.normalize("NFC", text).translate(_FOLDING)


def _folded(sql: str) -> str:
    """``fold``, by PostgreSQL."""
    straight = "''" * len(_APOSTROPHES)
    sql = f"NORMALIZE(TRANSLATE({sql}, '{_APOSTROPHES}', '{straight}'), NFKD)"
    sql = f"NORMALIZE(REGEXP_REPLACE({sql}, '{_MARKS}', '', 'g'), NFKC)"
    sql = f"TRANSLATE({sql}, '{''.join(_LETTERS)}', '{''.join(_LETTERS.values())}')"
    for letter, pair in _PAIRS.items():
        sql = f"REPLACE({sql}, '{letter}', '{pair}')"
    return f"UPPER({sql})"


_WRITTEN_OUT = " || ' ' || ".join(COLUMNS)
DROP_COLUMN = f"ALTER TABLE registration_submission DROP COLUMN IF EXISTS {_TEXT}"
CREATE_COLUMN = (
    f"ALTER TABLE registration_submission ADD COLUMN {_TEXT} text GENERATED ALWAYS AS ("
    + _folded(f"' ' || {_WRITTEN_OUT} || ' '")
    + ") STORED"
)
"""It is kept, since to put it together for each of fifty thousand people takes longer than to search it."""

CREATE_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
CREATE_INDEX = f"CREATE INDEX IF NOT EXISTS {INDEX} ON registration_submission USING gin ({_TEXT} gin_trgm_ops)"

_MOST_WORDS = 10
_PART = re.compile(r"[^\W_]{3}")
_REFERENCE = re.compile(rf"([{REFERENCE_ALPHABET}]{{4}})([{REFERENCE_ALPHABET}]{{4}})", re.IGNORECASE)
_FEW = 2_000


class _Folded(Func):
    """``fold`` of a text, for PostgreSQL."""

    output_field = models.TextField()
    template = _folded("%(expressions)s")


class _Holds(Func):
    """Whether the text of a person matches a pattern of LIKE, both as they are compared."""

    output_field = models.BooleanField()
    template = "%(expressions)s"
    arg_joiner = " LIKE "


class _Text(Func):
    """All that is searched of one person, as it is compared, with a space on either side: a column of PostgreSQL's
    own.
    """

    output_field = models.TextField()

    def __init__(self) -> None:
        super().__init__(F("pk"))

    def as_sql(self, compiler: Any, connection: Any, **_more: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """The column, of the table that the primary key is of."""
        (key,) = self.get_source_expressions()
        return f"{compiler.quote_name_unless_alias(key.alias)}.{_TEXT}", []


class _HoldsAll(Func):
    """``holds_all``, for SQLite."""

    output_field = models.BooleanField()
    function = "HOLDS_ALL"


def holds_all(first_name: str, last_name: str, email_key: str, company_name: str, reference: str, *parts: str) -> bool:
    """Whether each of the parts, as they are compared, is in what is searched of one person.

    The columns come one by one: SQLite takes longer to put them together than to search them.
    """
    text = f" {first_name} {last_name} {email_key} {company_name} {reference} "
    if text.isascii():
        text = text.upper()
    else:
        text = f" {fold(first_name)} {fold(last_name)} {fold(email_key)} {fold(company_name)} {fold(reference)} "
    # Not with all(), which takes twice as long: it is asked of everybody.
    for part in parts:  # noqa: SIM110
        if part not in text:
            return False
    return True


@models.CharField.register_lookup
@models.TextField.register_lookup
class InAnyCase(models.Lookup):
    """``title__in_any_case="zürich"``: whether a piece of text is in a column, whatever the case of its letters.

    It is ``icontains``, but on SQLite, which knows no capitals but A to Z, ``holds_part``.
    """

    lookup_name = "in_any_case"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The question as Django asks it."""
        return IContains(self.lhs, self.rhs).as_sql(compiler, connection)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The question to the function that each connection to SQLite has (apps.py)."""
        text, params = self.process_lhs(compiler, connection)
        return f"HOLDS_PART({text}, %s)", [*params, str(self.rhs).upper()]


def holds_part(text: str | None, part: str) -> bool:
    """Whether the part, in capitals, is in the text, whatever the case of its letters."""
    return text is not None and part in text.upper()


def matching(people: QuerySet[Submission], words: str, *, are_some: bool = False) -> QuerySet[Submission]:
    """Those of the people in whose name, address, company or reference each of the words is.

    Asks first whether there are only a few, and then for exactly those: otherwise a planner that expects many of a rare
    word would read everybody in the list's order, to find none. ``are_some``: whether the people are so few that all of
    them may be read, in an order of which no index is.
    """
    wanted = [word for word in words.replace("\0", "").split() if any(map(str.isalnum, word))][:_MOST_WORDS]
    if not wanted:
        return people.none() if words.strip() else people
    holds = _holds(wanted)
    # Of everybody: where the words alone decide, nothing else of the question leads the planner away from the index.
    return people.filter(holds if are_some else among_few(Submission.objects.filter(holds), most=_FEW) or holds)


def _holds(words: list[str]) -> Q:
    spellings = [_spellings(word) for word in words]
    plain = [found[0] for found in spellings if len(found) == 1]
    each = [reduce(or_, (_holds_all([one]) for one in found)) for found in spellings if len(found) > 1]
    return reduce(and_, [_holds_all(plain), *each] if plain else each)


def _spellings(word: str) -> list[str]:
    """The word as it is compared; and a reference with its hyphen too, which few type."""
    with_hyphen = "-".join(found.groups()) if (found := _REFERENCE.fullmatch(word)) else word
    return list(dict.fromkeys([fold(word), fold(with_hyphen)]))


def _holds_all(words: list[str]) -> Q:
    parts = [word if _PART.search(word) else f" {word} " for word in words]
    if connection.vendor == "sqlite":
        return Q(_HoldsAll(*COLUMNS, *map(Value, parts)))
    return Q(*(_Holds(_Text(), _Folded(Value(_pattern(part)))) for part in parts))


def _pattern(part: str) -> str:
    escaped = part.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"
