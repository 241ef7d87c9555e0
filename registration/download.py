"""All that the portal holds of an attendee, for themselves: made from the list of what it holds (personal_data.py)."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Field, Model, QuerySet

from registration.models import BatchItem, Move, Submission
from registration.personal_data import TABLES, Table, told


def of(submission: Submission) -> dict[str, Any]:
    """Everything, by the names of the tables and fields, with plain values that the Django JSON encoder takes.

    Without the secret of their page, and without who of the staff did what. Why something was decided is told where a
    person wrote that down: the words of a rule are for staff.
    """
    own, *others = [table for table in TABLES if table.told_as]
    return {
        "meeting": {name: getattr(submission.meeting, name) for name in ("title", "start_at", "end_at", "timezone")},
        own.told_as: _row(submission, own),
        **{table.told_as: [_row(row, table) for row in _rows(table, submission)] for table in others},
    }


def _rows(table: Table, submission: Submission) -> QuerySet[Model]:
    rows = table.about([submission.pk]).order_by("pk")
    if table.model_class is BatchItem:
        # Each is told with its call.
        rows = rows.select_related("batch")
    return rows if table.internal is None else rows.exclude(table.internal)


def _row(row: Model, table: Table) -> dict[str, Any]:
    names = set(told(table))
    values = {field.name: _value(row, field) for field in _fields(row) if field.name in names}
    if isinstance(row, Submission) and not _is_written_by_person(row):
        values["decision_reason"] = ""
    if isinstance(row, Move) and row.by_id is None and row.subject == Move.Subject.DECISION:
        values["reason"] = ""
    if isinstance(row, BatchItem):
        values |= {"action": row.batch.action, "started_at": row.batch.started_at}
    return values


def _fields(row: Model) -> "Iterator[Field[Any, Any]]":
    return (field for field in row._meta.get_fields() if isinstance(field, Field) and field.concrete)


def _value(row: Model, field: "Field[Any, Any]") -> Any:
    """The value; of a reference to another row, its number."""
    return getattr(row, field.attname)


def _is_written_by_person(submission: Submission) -> bool:
    """Whether one of the staff wrote why it was decided as it is."""
    last = submission.moves.filter(subject=Move.Subject.DECISION).first()
    return last is not None and last.by_id is not None
