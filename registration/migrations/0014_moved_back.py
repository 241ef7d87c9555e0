from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0013_left_before"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="submission",
            name="submission_pending",
        ),
        migrations.RemoveIndex(
            model_name="submission",
            name="submission_approved_since",
        ),
        migrations.AddField(
            model_name="submission",
            name="moved_back_at",
            field=models.DateTimeField(
                editable=False,
                help_text="The time of the decision for which we had them moved back to pending at Webex, or just "
                "before that of the approval as which we register them anew: who is approved later than this is "
                "approved there again. Until Webex is seen to hold them otherwise.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(
                    ("erase_asked_at__isnull", True),
                    ("missing_at__isnull", True),
                    ("presence", "registered"),
                    models.Q(
                        ("moved_back_at__isnull", True),
                        ("decided_at__isnull", True),
                        ("decided_at__lte", models.F("moved_back_at")),
                        _connector="OR",
                    ),
                    ("decision", "approved"),
                    ("webex_status", "pending"),
                ),
                fields=["meeting", "decision", "presence", "failed_calls", "id"],
                name="submission_left_pending",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(
                    ("erase_asked_at__isnull", True),
                    ("missing_at__isnull", True),
                    ("presence", "registered"),
                    models.Q(
                        models.Q(("decided_at__gt", models.F("webex_status_at")), ("webex_status", "rejected")),
                        models.Q(("decided_at__gt", models.F("moved_back_at")), ("webex_status", "pending")),
                        _connector="OR",
                    ),
                    ("decision", "approved"),
                ),
                fields=["meeting", "decision", "presence", "failed_calls", "id"],
                name="submission_overruled",
            ),
        ),
    ]
