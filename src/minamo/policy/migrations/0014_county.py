"""郡の定め: a layer names its county and who agreed; drafts and editions name the layer they lie on. Nothing could write a layer until
now, so that none lies under what exists already."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def _lies_on() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policy.countylayer"
    )


class Migration(migrations.Migration):
    dependencies = [("policy", "0013_reminders")]
    operations = [
        migrations.AddField(
            "countylayer",
            "county",
            models.CharField(default="", max_length=6, verbose_name="郡の番号"),
            preserve_default=False,
        ),
        migrations.AddField(
            "countylayer",
            "members",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=6), default=list, size=None, verbose_name="合意した町"
            ),
        ),
        migrations.AddField("revision", "county", _lies_on()),
        migrations.AddField("issue", "county", _lies_on()),
    ]
