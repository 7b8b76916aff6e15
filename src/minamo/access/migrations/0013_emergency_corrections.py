"""Corrections of a finding about an emergency, and their wall."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import minamo.kernel.ids
from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [("access", "0012_news")]
    operations = [
        migrations.CreateModel(
            name="EmergencyCorrection",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("municipality_id", models.UUIDField()),
                ("proper", models.BooleanField(verbose_name="妥当")),
                ("note", models.CharField(max_length=200, verbose_name="わけ")),
                ("by_label", models.CharField(max_length=120, verbose_name="訂正した人")),
                ("at", models.DateTimeField(verbose_name="時刻")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="access.emergencyreview",
                    ),
                ),
            ],
            options={"ordering": ["at", "id"]},
        ),
        wall("access_emergencycorrection", sides=("school",)),
    ]
