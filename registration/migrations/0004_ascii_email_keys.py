"""Addresses at internationalized domains are compared in their ASCII form from now on."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from registration.webex.records import ascii_email


def rekey(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Bring the keys that are stored in line; who signed up under both spellings keeps both registrations."""
    submissions = apps.get_model("registration", "Submission").objects
    columns = ("pk", "meeting_id", "email_key", "sent_email")
    for pk, meeting, *keys in submissions.order_by().values_list(*columns).iterator():
        email_key, sent_email = map(ascii_email, keys)
        if [email_key, sent_email] == keys:
            continue
        if not submissions.filter(meeting=meeting, email_key=email_key).exclude(pk=pk).exists():
            submissions.filter(pk=pk).update(email_key=email_key, sent_email=sent_email)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0003_sync_tried_at"),
    ]

    operations = [migrations.RunPython(rekey, migrations.RunPython.noop)]
