"""続けすぎの数え方: one unlogged line for each person or address and rate."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0008_posture_sources")]
    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("clear_at", models.DateTimeField(verbose_name="空になる時刻")),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="証跡に書いた時刻")),
            ],
        ),
        migrations.RunSQL("ALTER TABLE access_pace SET UNLOGGED;", "ALTER TABLE access_pace SET LOGGED;"),
    ]
