"""Questions that are put together once: Django takes longer for that than a database for the answer.

What is another one each time is told when the question is asked: moments (``Later``) and primary keys (``Keys``). All
else stands in the SQL as it is: SQLite does not see that a partial index will do for a parameter.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Expression, QuerySet


class Later(Expression):
    """In a condition, the moment that is told by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(output_field=DateTimeField())
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A parameter, known by its name."""
        return "%s", (self,)


class Keys(Expression):
    """In a condition, as ``meeting__in=Keys("theirs")``, the primary keys that are told by this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """A list, known by its name."""
        return "(%s)", (self,)


class Prepared:
    """One question, answered with the rows of all querysets, one after another: as ``values_list`` of so many columns
    each.

    Holds for the database that is in use when it is made.
    """

    def __init__(self, *rows: "QuerySet[Any]") -> None:
        parts = [_told(*each.query.sql_with_params()) for each in rows]
        if len(parts) > 1:
            parts = [f"SELECT * FROM ({part}) AS part_{number}" for number, part in enumerate(parts)]  # noqa: S608
        self._sql = " UNION ALL ".join(parts)

    def ask(
        self, *, moments: Mapping[str, datetime] | None = None, keys: Mapping[str, Collection[int]] | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows, of these moments and keys: thousands of keys as well as one or none."""
        sql = self._sql
        for name, pks in (keys or {}).items():
            sql = sql.replace(_place(name), ",".join(f"{pk:d}" for pk in pks) or "NULL")
        at = {name: connection.ops.adapt_datetimefield_value(moment) for name, moment in (moments or {}).items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, at)
            return list(cursor.fetchall())


def _told(sql: str, params: Collection[object]) -> str:
    return sql.replace("%%", "%%%%") % tuple(map(_literal, params))


def _literal(value: object) -> str:
    """A state, a number or nothing, as SQL has it; or where it will be told."""
    match value:
        case Later():
            return f"%({value.name})s"
        case Keys():
            return _place(value.name)
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return f"{value:d}"
        case str():
            return "'{}'".format(value.replace("'", "''").replace("%", "%%"))
    raise TypeError(value)


def _place(name: str) -> str:
    return f"<{name}>"
