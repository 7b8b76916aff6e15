"""What a person corrected stands beside what the list had; a checked roster may be put away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interop", "0003_lookups")]
    operations = [
        migrations.AddField("trayrow", "mended", models.JSONField("直した内容", default=dict)),
        migrations.AlterField(
            "importrun",
            "state",
            models.CharField(
                "状態",
                max_length=10,
                choices=[
                    ("checking", "確認中"),
                    ("ready", "確認待ち"),
                    ("applied", "取り込み済み"),
                    ("refused", "受け付けられません"),
                    ("dismissed", "取り込まない"),
                ],
            ),
        ),
    ]
