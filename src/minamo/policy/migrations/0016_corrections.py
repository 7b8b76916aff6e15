"""Entries that correct the kind of an incident and take back the record of a report."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policy", "0015_first_answers")]
    operations = [
        migrations.AlterField(
            "incidententry",
            "kind",
            models.CharField(
                choices=[
                    ("reported", "知らせた"),
                    ("note", "記録"),
                    ("times", "時刻を正した"),
                    ("kind", "種類を正した"),
                    ("assessed", "見立て"),
                    ("affected", "影響を受けた人"),
                    ("preliminary", "速報を出した"),
                    ("final", "確報を出した"),
                    ("withdrawn", "報告の記録を取り消した"),
                    ("closed", "終えた"),
                ],
                max_length=11,
                verbose_name="種類",
            ),
        )
    ]
