from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registration", "0011_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="left_at",
            field=models.DateTimeField(
                editable=False,
                help_text="When staff left them as they are at Webex: until anything changes, nobody is told of it.",
                null=True,
                verbose_name="left as at Webex since",
            ),
        ),
    ]
