"""Inserting rows where a millisecond counts: in statements that are written once, and all in one round trip."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import AutoField, Field, Model

_Fields = tuple["Field[Any, Any]", ...]

_SAVEPOINT = "SAVEPOINT taken_back"
_TAKE_BACK = "ROLLBACK TO SAVEPOINT taken_back; RELEASE SAVEPOINT taken_back"


class Rows(NamedTuple):
    """New rows of one model.

    ``or_replace_by`` names the columns of a unique constraint: a row that has the same there is overwritten.
    ``is_taken_back``: they are inserted for nothing but the time that it takes, together with the ones right after them
    of which the same is so, and all of these are taken back.
    """

    rows: Sequence[Model]
    or_replace_by: tuple[str, ...] = ()
    is_taken_back: bool = False


def insert(rows: Sequence[Model], *, or_replace_by: tuple[str, ...] = ()) -> None:
    """Insert new rows of one model in one statement, as ``bulk_create`` does, and give them their keys.

    ``or_replace_by`` as for ``Rows``. No signals are sent. Raises ``IntegrityError`` as ``bulk_create`` does.
    """
    insert_all([Rows(rows, or_replace_by)])


def insert_all(groups: Sequence[Rows]) -> None:
    """Insert rows of several models, in this order, inside a transaction; PostgreSQL is told all of it at once.

    A row that another one refers to needs its key beforehand: see ``new_key``. Otherwise as ``insert``.
    """
    groups = [group for group in groups if group.rows]
    if len(groups) > 1 and _takes_several_statements():
        _insert_at_once(groups)
        return
    while groups:
        if groups[0].is_taken_back:
            count = next((n for n, group in enumerate(groups) if not group.is_taken_back), len(groups))
            _insert_and_take_back(groups[:count])
            groups = groups[count:]
        else:
            _insert(groups[0])
            groups = groups[1:]


def new_key(model: type[Model]) -> str:
    """The SQL that gives the next key of the model, for a row that is not inserted yet.

    PostgreSQL gives it to nobody else; SQLite not before the end of the transaction, which nobody else writes during.
    """
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        return f"nextval('{table}_{model._meta.pk.column}_seq')"
    return f"COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) + 1"  # noqa: S608


def _insert(group: Rows) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(*_statement_with_values(group))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    _take_keys(group, found)
    return found


def _insert_and_take_back(groups: Sequence[Rows]) -> None:
    """By deleting them again, where they take nobody's place: what was rolled back instead, SQLite would not write to
    its file, which takes most of the time.
    """
    if any(group.or_replace_by for group in groups):
        with taken_back():
            for group in groups:
                _insert(group)
        return
    inserted = [(type(group.rows[0])._meta, _insert(group)) for group in groups]
    with connection.cursor() as cursor:
        for meta, found in reversed(inserted):
            places = ", ".join(["%s"] * len(found))
            keys = [pk for (pk,) in found]
            cursor.execute(f'DELETE FROM "{meta.db_table}" WHERE "{meta.pk.column}" IN ({places})', keys)  # noqa: S608


def _insert_at_once(groups: Sequence[Rows]) -> None:
    """In one round trip. Each statement gets its values by itself: psycopg keeps how it takes one apart, but not if it
    is long.
    """
    with connection.cursor() as cursor:
        told, was_taken_back = [], False
        for group in groups:
            if group.is_taken_back is not was_taken_back:
                told.append(_SAVEPOINT if group.is_taken_back else _TAKE_BACK)
            told.append(cursor.mogrify(*_statement_with_values(group)))
            was_taken_back = group.is_taken_back
        if was_taken_back:
            told.append(_TAKE_BACK)
        cursor.execute("; ".join(told))
        answered = iter(groups)
        while True:
            if cursor.description is not None:
                _take_keys(next(answered), cursor.fetchall())
            if not cursor.nextset():
                break


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done in the block is undone at its end: it is done for nothing but the time that it takes."""
    with suppress(_TakenBack), transaction.atomic():
        yield
        raise _TakenBack


class _TakenBack(Exception):
    """Rolls back to where the block began."""


def _take_keys(group: Rows, found: Sequence[tuple[Any, ...]]) -> None:
    if not group.is_taken_back:
        for row, (pk,) in zip(group.rows, found, strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias


def _statement_with_values(group: Rows) -> tuple[str, list[Any]]:
    model = type(group.rows[0])
    fields = _fields(model) if group.or_replace_by else _filled(group.rows)
    values = [_stored(field, row) for row in group.rows for field in fields]
    return _statement(model, fields, len(group.rows), group.or_replace_by), values


def _takes_several_statements() -> bool:
    """PostgreSQL does, as long as the values are written into them on this side, as Django does by default."""
    return connection.vendor == "postgresql" and not connection.settings_dict["OPTIONS"].get("server_side_binding")


def _stored(field: "Field[Any, Any]", row: Model) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)


@cache
def _fields(model: type[Model]) -> _Fields:
    return tuple(field for field in model._meta.local_concrete_fields if not isinstance(field, AutoField))


def _filled(rows: Sequence[Model]) -> _Fields:
    """The fields that are filled in: what is left out becomes NULL all the same, and most of a new row is."""
    fields = type(rows[0])._meta.local_concrete_fields
    return tuple(field for field in fields if any(getattr(row, field.attname) is not None for row in rows))


@cache
def _statement(model: type[Model], fields: _Fields, rows: int, or_replace_by: tuple[str, ...]) -> str:
    """The SQL for so many rows, which is the same on SQLite and PostgreSQL."""
    columns = [f'"{field.column}"' for field in fields]
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
