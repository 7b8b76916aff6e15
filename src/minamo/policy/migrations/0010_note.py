"""わけ: why somebody went back to an issue."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0009_base")]
    operations = [
        migrations.AddField("issue", "note", models.CharField(blank=True, default="", max_length=200, verbose_name="わけ"), preserve_default=False),
    ]
