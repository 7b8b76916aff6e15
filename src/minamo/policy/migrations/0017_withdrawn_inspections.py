"""A round of inspection that was begun by mistake is withdrawn: it stays, and another can be begun."""

from django.db import migrations, models

ONE_OPEN = {"fields": ("municipality", "school", "year", "kind"), "name": "policy_inspection_one_open", "nulls_distinct": False}


class Migration(migrations.Migration):
    dependencies = [("policy", "0016_corrections")]
    operations = [
        migrations.AddField(
            "inspection", "withdrawn_at", models.DateTimeField(null=True, verbose_name="取りやめた時刻")
        ),
        migrations.AddField(
            "inspection",
            "withdrawn_by",
            models.CharField(blank=True, default="", max_length=120, verbose_name="取りやめた人"),
            preserve_default=False,
        ),
        migrations.RemoveConstraint("inspection", "policy_inspection_one_open"),
        migrations.AddConstraint(
            "inspection",
            models.UniqueConstraint(condition=models.Q(finished_at=None, withdrawn_at=None), **ONE_OPEN),
        ),
        migrations.AddConstraint(
            "inspection",
            models.CheckConstraint(
                condition=models.Q(("finished_at", None), ("withdrawn_at", None), _connector="OR"),
                name="policy_inspection_one_end",
            ),
        ),
    ]
