"""How PostgreSQL's tables are emptied after a test that has committed: each such test pays for it."""

from collections.abc import Sequence

from django.core.management.color import Style
from django.db.backends.base.operations import BaseDatabaseOperations


def delete_all(
    operations: BaseDatabaseOperations,
    style: Style,
    tables: Sequence[str],
    *,
    reset_sequences: bool = False,
    allow_cascade: bool = False,
) -> list[str]:
    """In the place of ``DatabaseOperations.sql_flush``: delete the few rows that there are.

    Django's TRUNCATE makes a new file for each table and each index, which takes PostgreSQL most of a second. The
    foreign keys are asked about when the transaction ends. Like Django, it leaves the sequences as they are.
    """
    assert not reset_sequences
    return ["; ".join(f"DELETE FROM {operations.quote_name(table)}" for table in tables)] if tables else []
