"""Inserting rows where a millisecond counts: the statement is written once, and not anew for each insert."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction
from django.db.models import AutoField, Field, Model

OrReplaceBy = Mapping[Any, tuple[str, ...]]


def insert(*groups: Sequence[Model], or_replace_by: OrReplaceBy = MappingProxyType({})) -> None:
    """Insert new rows, each group of one model in one statement as ``bulk_create`` does, and give them their keys.

    ``or_replace_by`` names, by model, the columns of a unique constraint: a row that has the same there is overwritten.
    No signals are sent. Raises ``IntegrityError`` as ``bulk_create`` does.
    """
    # One after the other: psycopg takes a statement with more than 50 values apart anew each time, which takes longer
    # than the round trips that are saved by sending them together.
    chosen, statements, values = _prepared(groups, or_replace_by)
    with connection.cursor() as cursor:
        for group, statement, own_values in zip(chosen, statements, values, strict=True):
            cursor.execute(statement, own_values)
            _take_keys(group, cursor)


def insert_and_take_back(*groups: Sequence[Model], or_replace_by: OrReplaceBy = MappingProxyType({})) -> None:
    """Insert the rows as ``insert`` does, and undo it: for nothing but the time that it takes. Inside a transaction.

    PostgreSQL is told all of it at once.
    """
    if not _takes_several_statements():
        with suppress(_TakenBack), transaction.atomic():
            insert(*groups, or_replace_by=or_replace_by)
            raise _TakenBack
        return
    _chosen, statements, values = _prepared(groups, or_replace_by)
    begin, end = "SAVEPOINT taken_back", "ROLLBACK TO SAVEPOINT taken_back; RELEASE SAVEPOINT taken_back"
    with connection.cursor() as cursor:
        cursor.execute("; ".join([begin, *statements, end]), list(chain(*values)))


class _TakenBack(Exception):
    """Rolls back to where the block began."""


def _prepared(
    groups: Sequence[Sequence[Model]], or_replace_by: OrReplaceBy
) -> tuple[list[Sequence[Model]], list[str], list[list[Any]]]:
    """The groups that have rows, and the statement and the values of each."""
    chosen = [group for group in groups if group]
    statements, values = [], []
    for group in chosen:
        model = type(group[0])
        statements.append(_statement(model, len(group), or_replace_by.get(model, ())))
        values.append([_stored(field, row) for row in group for field in _fields(model)])
    return chosen, statements, values


def _takes_several_statements() -> bool:
    """PostgreSQL does, as long as the values are written into them on this side, as Django does by default."""
    return connection.vendor == "postgresql" and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _take_keys(group: Sequence[Model], cursor: Any) -> None:
    for row, (pk,) in zip(group, cursor.fetchall(), strict=True):
        row.pk, row._state.adding, row._state.db = pk, False, connection.alias


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
