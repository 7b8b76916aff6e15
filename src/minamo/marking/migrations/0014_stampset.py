"""スタンプのことば of a person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import minamo.kernel.ids
from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [
        ("marking", "0013_page_code"),
        ("tenancy", "0006_school_hours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="StampSet",
            fields=[
                ("id", models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("words", models.JSONField(blank=True, default=list, verbose_name="ことば")),
                ("changed_at", models.DateTimeField(verbose_name="変えた時刻")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.municipality")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("municipality", "account"), name="marking_one_stamp_set")],
            },
        ),
        wall("marking_stampset", sides=("school",)),
    ]
