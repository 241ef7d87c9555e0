from importlib import import_module

from django.apps.registry import Apps
from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMN = (
    "ALTER TABLE registration_submission ADD COLUMN IF NOT EXISTS search_text text GENERATED ALWAYS AS (UPPER(' ' || "
    "first_name || ' ' || last_name || ' ' || email_key || ' ' || company_name || ' ' || reference || ' ')) STORED"
)
INDEX = (
    "CREATE INDEX IF NOT EXISTS submission_search_text ON registration_submission USING gin (search_text gin_trgm_ops)"
)
"""The column until 0018_search_without_accents.py; the index is that of registration/search.py."""


def keep_what_is_searched(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On PostgreSQL, keep what is searched in a column. The table is written anew, with its indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS submission_search")
        schema_editor.execute(COLUMN)


def index_it(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Index the column; where the extension cannot be had, go on without (registration.W006)."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(INDEX)
    except DatabaseError:
        return
    # So that the planner knows from the first search on how rare a word is.
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ANALYZE registration_submission")


def forget(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the column away, and with it its index; the expression is indexed again."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE registration_submission DROP COLUMN IF EXISTS search_text")
    import_module("registration.migrations.0011_search").index_search(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0015_moved_back_before"),
    ]

    operations = [
        migrations.RunPython(keep_what_is_searched, forget),
        migrations.RunPython(index_it, migrations.RunPython.noop),
    ]
