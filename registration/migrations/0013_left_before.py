"""Whom staff left as they are at Webex before there was a field for it stays left."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LEFT = "left as it is"


def restore(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Take it from each person's newest entry in the audit, unless staff left them anew since, or they are erased."""
    Submission = apps.get_model("registration", "Submission")
    AuditedPerson = apps.get_model("registration", "AuditedPerson")
    people = AuditedPerson.objects.filter(after=LEFT) | AuditedPerson.objects.filter(before=LEFT)
    newest = {
        pk: at if after == LEFT else None
        for pk, after, at in people.order_by("entry__at", "entry_id").values_list("submission_id", "after", "entry__at")
    }
    for pk, at in newest.items():
        Submission.objects.filter(pk=pk, left_at=None, erase_asked_at=None).update(left_at=at)


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0012_left_as_it_is"),
    ]

    operations = [
        migrations.RunPython(restore, migrations.RunPython.noop, elidable=True),
    ]
