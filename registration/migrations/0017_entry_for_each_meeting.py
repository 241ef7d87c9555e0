"""What was done to people of several meetings is an entry of the audit for each of them, also where it is old."""

from collections import defaultdict

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def split(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Give each meeting an entry with its own people; the first keeps the entry that there was."""
    AuditEntry = apps.get_model("registration", "AuditEntry")
    AuditedPerson = apps.get_model("registration", "AuditedPerson")
    for entry in list(AuditEntry.objects.filter(meeting=None, people__isnull=False).distinct().order_by("pk")):
        people: dict[int, list[int]] = defaultdict(list)
        rows = AuditedPerson.objects.filter(entry=entry).order_by("submission__meeting", "pk")
        for pk, meeting in rows.values_list("pk", "submission__meeting"):
            people[meeting].append(pk)
        for meeting, theirs in people.items():
            entry.meeting_id, entry.count = meeting, len(theirs)
            entry.save()
            AuditedPerson.objects.filter(pk__in=theirs).update(entry=entry)
            # The next one is another entry, at the same moment.
            entry.pk, entry._state.adding = None, True


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0016_search_column"),
    ]

    operations = [
        migrations.RunPython(split, migrations.RunPython.noop, elidable=True),
    ]
