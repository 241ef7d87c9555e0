"""Inserting rows where a millisecond counts: the statement is written once, and not anew for each insert."""

from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model


def insert(*groups: Sequence[Model], or_replace_by: tuple[str, ...] = ()) -> None:
    """Insert new rows, each group of one model in one statement as ``bulk_create`` does, and give them their keys.

    PostgreSQL gets the statements of all groups at once. ``or_replace_by`` names the columns of a unique constraint: a
    row that has the same there is overwritten. No signals are sent. Raises ``IntegrityError`` as ``bulk_create`` does.
    """
    chosen = [group for group in groups if group]
    statements = [_statement(type(group[0]), len(group), or_replace_by) for group in chosen]
    values = [[_stored(field, row) for row in group for field in _fields(type(row))] for group in chosen]
    with connection.cursor() as cursor:
        if chosen and _takes_several_statements():
            cursor.execute("; ".join(statements), list(chain(*values)))
            for group in chosen:
                _take_keys(group, cursor)
                cursor.nextset()
            return
        for group, statement, own_values in zip(chosen, statements, values, strict=True):
            cursor.execute(statement, own_values)
            _take_keys(group, cursor)


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
