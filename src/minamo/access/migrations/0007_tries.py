"""誤りの数え方: one line for each account, counted on by every worker."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0006_edition")]
    operations = [
        migrations.CreateModel(
            name="Tries",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="tries", serialize=False,
                        to="access.account",
                    ),
                ),
                ("wrong", models.PositiveSmallIntegerField(default=0, verbose_name="続けて誤った回数")),
                ("wrong_at", models.DateTimeField(blank=True, null=True, verbose_name="最後に誤った時刻")),
                ("spent", models.CharField(blank=True, max_length=64, verbose_name="使い終わった番号")),
                ("spent_at", models.DateTimeField(blank=True, null=True, verbose_name="使った時刻")),
            ],
        ),
    ]
