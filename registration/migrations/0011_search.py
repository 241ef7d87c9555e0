from django.conf import settings
from django.db import DatabaseError, migrations, models, transaction

INDEX = (
    "CREATE INDEX IF NOT EXISTS submission_search ON registration_submission USING gin ((UPPER(' ' || first_name || ' ' "
    "|| last_name || ' ' || email_key || ' ' || company_name || ' ' || reference || ' ')) gin_trgm_ops)"
)
"""Until 0016_search_column.py, which keeps the same in a column."""


def index_search(apps, schema_editor):
    """On PostgreSQL, index what is searched; where the extension cannot be had, go on without (registration.W006)."""
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


def forget_search(apps, schema_editor):
    """Take the index away; the extension may have been there before."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS submission_search")


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0010_jobs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["decision", "submitted_at", "id"], name="submission_decision_at"),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("webex_status", "pending"), ("webex_status", "rejected"), _connector="OR"),
                fields=["webex_status", "submitted_at", "id"],
                name="submission_unsettled",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(
                    ("presence", "sending"), ("presence", "uncertain"), ("presence", "refused"), _connector="OR"
                ),
                fields=["presence", "submitted_at", "id"],
                name="submission_unusual",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", False)),
                fields=["submitted_at", "id"],
                name="submission_confirmed",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("review_note", ""), _negated=True),
                fields=["submitted_at", "id"],
                name="submission_review_note",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False)),
                fields=["submitted_at", "id"],
                name="submission_erased",
            ),
        ),
        migrations.RunPython(index_search, forget_search),
    ]
