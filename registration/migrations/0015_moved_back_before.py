"""Whom we moved back to pending at Webex before there was a field for it was moved back by us."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, OuterRef, Q, Subquery


def restore(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    """Take it from the newest call that asked for it since Webex has them."""
    Submission = apps.get_model("registration", "Submission")
    BatchItem = apps.get_model("registration", "BatchItem")
    asked = BatchItem.objects.filter(submission=OuterRef("pk"), batch__action="move_to_pending")
    newest = asked.order_by("-batch_id").values("batch__started_at")[:1]
    people = Submission.objects.exclude(presence__in=["absent", "refused"]).filter(erase_asked_at=None)
    moved = people.annotate(newest=Subquery(newest)).filter(Q(sent_at=None) | Q(newest__gt=F("sent_at")))
    moved.filter(newest__isnull=False).update(moved_back_at=Subquery(newest))


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0014_moved_back"),
    ]

    operations = [
        migrations.RunPython(restore, migrations.RunPython.noop, elidable=True),
    ]
