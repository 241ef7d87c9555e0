"""Inserting rows where a millisecond counts: the statement is written once, and not anew for each insert."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import AutoField, Field, Model


def insert(rows: Sequence[Model], *, or_replace_by: tuple[str, ...] = ()) -> None:
    """Insert new rows of one model in one statement, as ``bulk_create`` does, and give them their keys.

    ``or_replace_by`` names the columns of a unique constraint: a row that has the same there is overwritten. No signals
    are sent. Raises ``IntegrityError`` as ``bulk_create`` does.
    """
    if not rows:
        return
    # Rows of another model are another call: psycopg takes a statement with more than 50 values apart anew each time,
    # which takes longer than the round trip that is saved by sending two together.
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(rows[0]), len(rows), or_replace_by), _values(rows))
        for row, (pk,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias


def insert_and_take_back(rows: Sequence[Model]) -> None:
    """Insert the rows as ``insert`` does, and undo it: for nothing but the time that it takes. Inside a transaction.

    PostgreSQL is told all of it at once.
    """
    if not _takes_several_statements():
        with suppress(_TakenBack), transaction.atomic():
            insert(rows)
            raise _TakenBack
        return
    begin, end = "SAVEPOINT taken_back", "ROLLBACK TO SAVEPOINT taken_back; RELEASE SAVEPOINT taken_back"
    with connection.cursor() as cursor:
        cursor.execute("; ".join([begin, _statement(type(rows[0]), len(rows), ()), end]), _values(rows))


class _TakenBack(Exception):
    """Rolls back to where the block began."""


def _values(rows: Sequence[Model]) -> list[Any]:
    return [_stored(field, row) for row in rows for field in _fields(type(row))]


def _takes_several_statements() -> bool:
    """PostgreSQL does, as long as the values are written into them on this side, as Django does by default."""
    return connection.vendor == "postgresql" and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _stored(field: "Field[Any, Any]", row: Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)


@cache
def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return [field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField)]


@cache
def _statement(model: type[Model], rows: int, or_replace_by: tuple[str, ...]) -> str:
    """The SQL for so many rows, which is the same on SQLite and PostgreSQL."""
    columns = [f'"{field.column}"' for field in _fields(model)]
    places = f"({', '.join(['%s'] * len(columns))})"
    replacing = ""
    if or_replace_by:
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        replacing = f" ON CONFLICT ({', '.join(or_replace_by)}) DO UPDATE SET {changes}"
    # All names are those of the model.
    return (
        f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) '  # noqa: S608
        f'VALUES {", ".join([places] * rows)}{replacing} RETURNING "{model._meta.pk.column}"'
    )
