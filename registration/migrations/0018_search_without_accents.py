from importlib import import_module

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

DROP = "ALTER TABLE registration_submission DROP COLUMN IF EXISTS search_text"
COLUMN = (
    "ALTER TABLE registration_submission ADD COLUMN search_text text GENERATED ALWAYS AS (UPPER(REPLACE(REPLACE("
    "REPLACE(REPLACE(REPLACE(REPLACE(TRANSLATE(NORMALIZE(REGEXP_REPLACE(NORMALIZE(TRANSLATE(' ' || first_name || ' ' "
    "|| last_name || ' ' || email_key || ' ' || company_name || ' ' || reference || ' ', '’‘ʼ´', ''''''''''), NFKD), "
    "'[\\u0300-\\u036f]', '', 'g'), NFKC), 'øØłŁđĐðÐ', 'oOlLdDdD'), 'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), "
    "'œ', 'oe'), 'Œ', 'OE'))) STORED"
)
"""Both are those of registration/search.py; the index is that of 0016_search_column.py, which goes with the column."""

_before = import_module("registration.migrations.0016_search_column")


def keep_it_without_accents(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """On PostgreSQL, keep what is searched without its accents. The table is written anew, with its indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)
        schema_editor.execute(COLUMN)


def keep_it_with_them(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keep it as it is written, as before."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)
    _before.keep_what_is_searched(apps, schema_editor)
    _before.index_it(apps, schema_editor)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0017_entry_for_each_meeting"),
    ]

    operations = [
        migrations.RunPython(keep_it_without_accents, keep_it_with_them),
        migrations.RunPython(_before.index_it, migrations.RunPython.noop),
    ]
